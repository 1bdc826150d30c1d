"""Geometry for boundary-point TXT: into a Gauss-Krüger zone, and to whole units of the last decimal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import shapely

from ..errors import InputError
from .crs_systems import OLD_DATUMS, System, grid, table
from .model import CrsChoice, Note

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Grid = NDArray[np.int64]

DATUMS = {"cgcs2000": "2000国家大地坐标系", "xian80": "80国家大地坐标系", "beijing54": "1954北京坐标系"}
#: Vertices so near the straight line between others (m) say nothing.
_THIN_M = 0.0005
_BEND_M = 0.05
_LONG_M = 500.0


class Shaping(Protocol):
    """What of the options bears on geometry."""

    @property
    def decimals(self) -> int: ...
    @property
    def thin(self) -> bool: ...
    @property
    def from_north_west(self) -> bool: ...


def system_of(choice: CrsChoice) -> System:
    """Return the grid of a choice, eastings without the zone's number."""
    found = table().get(choice.crs.strip().upper())
    if found is None or found.width not in (3, 6) or found.datum not in DATUMS:
        raise InputError(
            f"A boundary-point TXT is in a 3° or 6° Gauss-Krüger zone, which {choice.crs} is not; choose one"
            " such as EPSG:4526."
        )
    return grid(found.datum, found.width, found.meridian, False)


def zone_of(system: System) -> int:
    """Return the number of a grid's zone."""
    return system.meridian // 3 if system.width == 3 else (system.meridian + 3) // 6


def placed(frame: gpd.GeoDataFrame, choice: CrsChoice, system: System, notes: list[Note]) -> NDArray[Any]:
    """Return the geometries in the grid, eastings without the zone's number, no vertex added."""
    import geopandas as gpd
    from pyproj import CRS

    from .crs_apply import from_4490
    from .crs_systems import datum_of

    if frame.crs is None:
        raise InputError("It is not known what the plots' coordinates are in; say their reference system first.")
    bare = shapely.force_2d(np.asarray(frame.geometry.array, dtype=object))
    if frame.crs == CRS.from_user_input(system.crs):
        return bare
    prefixed = grid(system.datum, system.width, system.meridian, True)
    if frame.crs == CRS.from_user_input(prefixed.crs):
        return shapely.transform(bare, lambda xy: xy - [zone_of(system) * 1e6, 0.0])
    if datum_of(frame.crs) in OLD_DATUMS:
        raise InputError(f"The plots are in {frame.crs.name}, an old datum; bring them to EPSG:4490 with its"
                         " parameters first.")
    degrees = gpd.GeoDataFrame(geometry=bare, crs=frame.crs).to_crs(4490)
    moved = from_4490(degrees, CrsChoice(system.crs, shift=choice.shift))
    shapes = np.asarray(moved.geometry.array, dtype=object)
    # Edges straight in degrees are written as straight in the grid: say so where that moves them.
    before = np.asarray(degrees.geometry.array, dtype=object)
    bend = _bend(before, shapes, choice, system) if frame.crs.is_geographic else 0.0
    if bend > _BEND_M:
        notes.append(Note(
            "warning", "edges_bend", f"经纬度下的直线边在投影后最多偏离 {bend:.2f} 米,文件中按投影后的直线书写",
            f"edges that are straight in degrees bend by up to {bend:.2f} m in the grid; the file has them"
            " straight in the grid",
        ))  # fmt: skip
    return shapes


def _bend(degrees: NDArray[Any], shapes: NDArray[Any], choice: CrsChoice, system: System) -> float:
    """The most that the middle of an edge moves by being straight in the grid, m."""
    import geopandas as gpd

    from .crs_apply import from_4490

    before, owner = shapely.get_coordinates(_lines(degrees), return_index=True)
    after = shapely.get_coordinates(_lines(shapes))
    edge = np.flatnonzero((owner[1:] == owner[:-1]) & (np.hypot(*np.diff(after, axis=0).T) > _LONG_M))
    if not len(edge):
        return 0.0
    middles = gpd.GeoDataFrame(geometry=shapely.points((before[edge] + before[edge + 1]) / 2), crs=4490)
    moved = from_4490(middles, CrsChoice(system.crs, shift=choice.shift))
    true = shapely.get_coordinates(np.asarray(moved.geometry.array))
    p, q = after[edge], after[edge + 1]
    along = (q - p) / np.hypot(*(q - p).T)[:, None]
    off = true - p
    return float(np.abs(along[:, 0] * off[:, 1] - along[:, 1] * off[:, 0]).max())


def _lines(shapes: NDArray[Any]) -> NDArray[Any]:
    """The rings and lines of geometries, one by one."""
    parts = shapely.get_parts(shapes[~shapely.is_missing(shapes)])
    areas = shapely.get_dimensions(parts) == 2
    return np.concatenate([shapely.get_rings(parts[areas]), parts[~areas]])


def parts_of(shape: Any, kind: str, row: int, options: Shaping, notes: list[Note]) -> list[list[Grid]]:
    parts: list[list[Grid]] = []
    lost = 0
    if kind == "点":
        return [[_whole(shapely.get_coordinates(shape), options.decimals)]]
    for part in shapely.get_parts(shape):
        lines = [part] if kind == "线" else [part.exterior, *part.interiors]
        rings: list[Grid] = []
        for number, line in enumerate(lines):
            ring = _ring(shapely.get_coordinates(line), kind, number == 0, options)
            if ring is None:
                lost += 1
                if number == 0:
                    break
                continue
            rings.append(ring)
        if rings:
            parts.append(rings)
    if not parts:
        raise InputError(
            f"Plot {row + 1} is smaller than the last of {options.decimals} decimals; write more decimals or"
            " leave it out."
        )
    if lost:
        notes.append(Note("warning", "ring_lost", f"第 {row + 1} 个地块有 {lost} 个小于坐标精度的圈,未写出",
                          f"{lost} rings of plot {row + 1} are smaller than the last decimal and were left"
                          " out", row + 1))  # fmt: skip
    return parts


def _whole(xy: NDArray[np.float64], decimals: int) -> Grid:
    return np.asarray(np.rint(xy * 10.0**decimals), dtype=np.int64)


def _ring(xy: NDArray[np.float64], kind: str, outer: bool, options: Shaping) -> Grid | None:
    """A ring's or line's vertices in whole units, without repeats; None where too few are left."""
    scale = 10.0**options.decimals
    area = kind == "面"
    xy = xy[:-1] if area else xy
    xy = xy[_different(_whole(xy, options.decimals), area)]
    if len(xy) < 2:
        return None
    if area:
        # What the first vertex is decides what is thinned: it is settled before.
        xy = xy[_order(_whole(xy, options.decimals), outer if options.from_north_west else None)]
    if options.thin:
        fine = np.rint(xy * scale * 1000) / (scale * 1000)
        xy = fine[_needed(fine, area)]
    ring = _whole(xy, options.decimals)
    ring = ring[_different(ring, area)]
    if options.thin:
        ring = ring[_needed(ring / scale, area)]
    if not area:
        return ring if len(ring) >= 2 else None
    return None if len(np.unique(ring, axis=0)) < 3 else ring


def _different(ring: Grid, area: bool) -> NDArray[np.bool_]:
    """Which vertices do not repeat the one before (for the last ones of a ring: the first)."""
    keep = np.ones(len(ring), dtype=bool)
    keep[1:] = (ring[1:] != ring[:-1]).any(axis=1)
    last = len(ring) - 1
    while area and last > 0 and (ring[0] == ring[last]).all():
        keep[last] = False
        last -= 1
    return keep


def _order(ring: Grid, clockwise: bool | None) -> NDArray[np.int64]:
    """The order in which a ring's vertices are written: as they are, or from the north-west on.

    A ring that touches itself at its first vertex begins with another: coming back there would close it.
    """
    order = np.arange(len(ring))
    if clockwise is not None:
        order = order[::-1] if (twice(ring) < 0) != clockwise else order
        first = int(np.lexsort((ring[order, 0], ring[order, 0] - ring[order, 1]))[0])
        order = np.roll(order, -first)
    turned = ring[order]
    if (turned[1:] == turned[0]).all(axis=1).any():
        _, which, times = np.unique(turned, axis=0, return_inverse=True, return_counts=True)
        single = np.flatnonzero(times[np.ravel(which)] == 1)
        order = np.roll(order, -int(single[0])) if len(single) else order
    return order


def _needed(xy: NDArray[np.float64], ring: bool) -> NDArray[np.bool_]:
    """Which vertices make the shape: the others lie within 0.5 mm of it (Douglas-Peucker from the first vertex)."""
    n = len(xy)
    if n < (4 if ring else 3):
        return np.ones(n, dtype=bool)
    line = np.vstack([xy, xy[:1]]) if ring else xy
    keep = np.zeros(len(line), dtype=bool)
    keep[[0, -1]] = True
    todo = [(0, len(line) - 1)]
    while todo:
        low, high = todo.pop()
        if high - low < 2:
            continue
        p, off = line[high] - line[low], line[low + 1 : high] - line[low]
        length = float(p @ p)
        share = np.clip(off @ p / length, 0.0, 1.0) if length else np.zeros(len(off))
        away = np.hypot(*(off - share[:, None] * p).T)
        k = int(away.argmax())
        if away[k] > _THIN_M:
            keep[low + 1 + k] = True
            todo += [(low, low + 1 + k), (low + 1 + k, high)]
    made = keep[:n]
    return made if made.sum() >= (3 if ring else 2) else np.ones(n, dtype=bool)


def twice(ring: Grid) -> int:
    """Twice the signed area in square units, exactly."""
    x, y = (ring[:, k].astype(object) - int(ring[0, k]) for k in (0, 1))
    return int((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
