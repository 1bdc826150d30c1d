"""From the points of a plot to its rings, and from rings to polygons: holes by where they lie, not by their number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import shapely

from ..errors import InputError
from .model import Foreign


@dataclass
class Point:
    """One boundary point as it stands: label, ring, ordinates, and its line."""

    label: str
    ring: int
    east: float
    north: float
    line: int

    @property
    def at(self) -> tuple[float, float]:
        """East and north."""
        return self.east, self.north


def shape_of(points: list[Point], kind: str, foreign: Foreign) -> tuple[Any, list[list[str]]]:
    """Return a plot's geometry, and the labels of its rings without the closing points.

    Raises
    ------
    InputError
        If a ring has fewer than three points.
    """
    if kind == "点":
        shape = shapely.points([p.at for p in points])
        return (shape[0] if len(points) == 1 else shapely.multipoints(shape)), [[p.label for p in points]]
    rings = _rings(points, foreign)
    labels = [[p.label for p in ring] for ring in rings]
    if kind == "线":
        lines = []
        for ring in rings:
            if len(ring) < 2:
                raise InputError(f"line {ring[0].line}: a line needs two points or more.")
            lines.append(shapely.LineString([p.at for p in ring]))
        return (lines[0] if len(lines) == 1 else shapely.multilinestrings(lines)), labels
    shells: list[tuple[Any, list[Any]]] = []
    for number, ring in enumerate(rings):
        if len({p.at for p in ring}) < 3:
            raise InputError(f"line {ring[0].line}: a boundary needs three points or more, this one has {len(ring)}.")
        line = shapely.linearrings([p.at for p in ring])
        if not shapely.is_simple(line):
            foreign.note("warning", "ring_crosses", f"第 {ring[0].line} 行起的界线自相交,按原样读取,请核对",
                         f"the boundary from line {ring[0].line} on crosses itself; it was kept as it is, check it",
                         ring[0].line)  # fmt: skip
        area = shapely.Polygon(line)
        home = _home(shells, area)
        if home is not None:
            shells[home][1].append(line)
            continue
        if number and ring[0].ring > 1:
            foreign.note("info", "ring_is_part", f"第 {ring[0].line} 行起的第 {ring[0].ring} 圈不在外圈之内,按另一块处理",
                         f"ring {ring[0].ring} from line {ring[0].line} on lies in no other; it was taken as another part",
                         ring[0].line)  # fmt: skip
        shells.append((line, []))
    polygons = [shapely.Polygon(shell, holes) for shell, holes in shells]
    return (polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)), labels


def _home(shells: list[tuple[Any, list[Any]]], area: Any) -> int | None:
    """Which shell a ring is a hole of: the last one that it lies in, without lying in a hole of it."""
    if not area.is_valid:
        return None
    for k in range(len(shells) - 1, -1, -1):
        whole = shapely.Polygon(shells[k][0])
        if not whole.is_valid or not shapely.covers(whole, area) or shapely.equals(whole, area):
            continue
        holes = [shapely.Polygon(hole) for hole in shells[k][1]]
        if not any(hole.is_valid and shapely.covers(hole, area) for hole in holes):
            return k
    return None


def _rings(points: list[Point], foreign: Foreign) -> list[list[Point]]:
    """Cut a plot's points into rings, closing points taken off."""
    rings: list[list[Point]] = []
    now: list[Point] = []
    closed = False
    for point in points:
        if now and point.at == now[0].at and len(now) >= 3 and (point.ring == now[0].ring or point.label == now[0].label):
            if point.ring != now[0].ring:
                foreign.note("warning", "ring_number", f"第 {point.line} 行闭合点的圈号为 {point.ring},应为 {now[0].ring},已按闭合处理",
                             f"line {point.line}: the closing point has ring number {point.ring} instead of {now[0].ring}; it"
                             f" was taken as the closing point", point.line)  # fmt: skip
            rings.append(now)
            now, closed = [], True
            continue
        if now and point.ring != now[0].ring:
            rings.append(now)
            now = []
        elif now and point.at == now[-1].at:
            foreign.note("info", "point_repeated", f"第 {point.line} 行与上一点坐标相同,已合并",
                         f"line {point.line} repeats the point before; it was left out", point.line)  # fmt: skip
            continue
        now.append(point)
    if now:
        if closed and len(now) < 3:
            raise InputError(f"line {now[0].line}: {len(now)} point(s) stand after the boundary was closed.")
        rings.append(now)
    return rings
