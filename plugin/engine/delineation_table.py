"""Zones from tables of boundary vertices (拐点坐标表): degrees, minutes and seconds, degrees, or projected metres.

The boundary runs through the vertices in the order of their numbers.  Nothing is guessed: a boundary that crosses
itself is refused with the place, and so is a closing point that differs from the first.  How exact the boundary is
follows from the last digit that is written: whole seconds are cells of about 25 m × 31 m in Henan, good to ±15 m.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .delineation_rows import (
    LEVELS,
    PARTS,
    Area,
    Delineated,
    Figure,
    Record,
    Source,
    delineated,
    joined,
    rows,
    within,
)
from .delineation_sheet import Sheet, Vertex, read_sheet, sheet_of, split_text
from .errors import InputError
from .geodesy import STORAGE_CRS, distance, metres_per_degree, to_storage
from .progress import SILENT, Progress, report
from .river.rows import issue

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Sheet", "read_sheet", "sheet_of", "split_text", "vertex_zones"]

_DIGITS = re.compile(r"\d+")




@dataclass(frozen=True)
class _Ring:
    """One closed boundary: its vertices in order, without the closing one."""

    vertices: tuple[Vertex, ...]

    @property
    def xy(self) -> NDArray[np.float64]:
        """East and north, (n, 2)."""
        return np.array([(v.east.value, v.north.value) for v in self.vertices])


@np.errstate(invalid="ignore")
def vertex_zones(
    sheet: Sheet | str | Path, source: Source, *, level: str = "primary", part: str = "both",
    crs: str | None = None, accuracy: Figure | None = None, progress: Progress = SILENT,
) -> Delineated:  # fmt: skip
    """Draw the zones of a vertex table.

    Parameters
    ----------
    sheet : Sheet or path
    source : Source
        What the zones belong to; the table's own column 水源地 takes its place where filled.
    level, part : str
        Of rows where the table does not say it.
    crs : str, optional
        What the numbers are in; by default CGCS2000 (EPSG:4490) for degrees, and the CGCS2000 zone that eight-digit
        eastings begin with for metres.
    accuracy : Figure, optional
        How accurate the survey was, metres, where it is worse than the last digit.
    progress : Progress

    Returns
    -------
    Delineated
        One row for each zone of the table, ``accuracy_m`` from the last digit; issues tell what was put in order.

    Raises
    ------
    InputError
        A boundary that crosses itself, a closing point that is another, fewer than three vertices, unknown metres.
    """
    if level not in LEVELS or part not in PARTS:
        raise InputError(f"A zone's level is one of {', '.join(LEVELS)}, its part one of {', '.join(PARTS)}.")
    within(accuracy, "accuracy")
    sheet = sheet if isinstance(sheet, Sheet) else read_sheet(sheet)
    issues: list[dict[str, Any]] = []
    system = _system(sheet, crs)
    if sheet.swapped:
        issues.append(issue(
            "warning", "axes_swapped", f"{sheet.name}:经纬度(或XY)两列与表头相反,已按数值对调;请核对",
            f"{sheet.name}: the two columns of coordinates stand the other way round than usual; they were changed"
            f" over by their values. Check it.",
        ))  # fmt: skip
    groups: dict[tuple[str, str], list[Vertex]] = {}
    for vertex in sheet.vertices:
        groups.setdefault((vertex.level, vertex.name), []).append(vertex)
    results = []
    for n, ((lv, name), vertices) in enumerate(groups.items()):
        report(progress, n / len(groups), name or lv)
        rings = _rings(vertices, sheet.name, issues)
        geometry = _placed(_polygon(rings, sheet.name, system), system, sheet.name)
        exact, digit = _accuracy(vertices, system, geometry)
        record = Record("vertex_table", accuracy=[exact])
        if accuracy is not None:
            record.note("accuracy", accuracy)
            record.accuracy.append(accuracy.value)
        record.choices.update(crs=system, last_digit=digit, vertices=sum(len(r.vertices) for r in rings))
        record.layers.append({"layer": sheet.name, "rows": len(sheet.vertices), "sha256": sheet.sha256})
        mine = source if not name else _renamed(source, name)
        area = Area(lv or level, part, geometry, _words(rings))
        results.append(delineated(rows([area], mine, record, None), []))
    report(progress, 1.0)
    return joined([delineated([], issues), *results])


def _renamed(source: Source, name: str) -> Source:
    from dataclasses import replace

    return replace(source, name=name)


def _words(rings: Sequence[_Ring]) -> str:
    told = []
    for ring in rings:
        first, last = ring.vertices[0].serial, ring.vertices[-1].serial
        named = f"拐点{first}至{last}" if first and last else "各拐点"
        told.append(f"{named}(共{len(ring.vertices)}个)顺次连线")
    return f"由{'、'.join(told)}所围的区域"


def _system(sheet: Sheet, crs: str | None) -> str:
    """Return the CRS of a table's numbers."""
    metric = sheet.vertices[0].east.form == "metres"
    if crs is not None:
        from pyproj import CRS
        from pyproj.exceptions import CRSError

        try:
            geographic = CRS.from_user_input(crs).is_geographic
        except CRSError as error:
            raise InputError(f"'{crs}' is no reference system; give a code such as EPSG:4526.") from error
        if geographic == metric:
            kind = "degrees" if geographic else "metres"
            raise InputError(f"{sheet.name} does not hold {kind}, as {crs} has them; give its true reference system.")
        return crs
    if not metric:
        return STORAGE_CRS
    zones = {int(v.east.value // 1e6) for v in sheet.vertices}
    if zones == {0}:
        raise InputError(
            f"{sheet.name} holds metres without the number of their zone; say what they are in, such as EPSG:4547 for"
            f" CGCS2000 with the central meridian 114°E."
        )
    zone = zones.pop()
    if zones or not (13 <= zone <= 23 or 25 <= zone <= 45):
        raise InputError(f"{sheet.name}: the eastings begin with no single zone number (13-23, 25-45); check them.")
    return f"EPSG:{4491 + zone - 13 if zone <= 23 else 4513 + zone - 25}"


# --------------------------------------------------------------------------------------------------------
# Rings
# --------------------------------------------------------------------------------------------------------


def _number(vertex: Vertex) -> int | None:
    """The number in a vertex's name (J01 -> 1), None where it has none."""
    found = _DIGITS.findall(vertex.serial)
    return int(found[-1]) if found else None


def _at(vertex: Vertex) -> tuple[float, float]:
    return vertex.east.value, vertex.north.value


def _rings(vertices: Sequence[Vertex], name: str, issues: list[dict[str, Any]]) -> list[_Ring]:
    """Take the rows of one zone apart into closed boundaries."""
    groups: list[list[Vertex]] = [[]]
    closed = False
    for k, vertex in enumerate(vertices):
        now = groups[-1]
        fresh = bool(now) and (closed or now[-1].ring != vertex.ring)
        if now and not fresh and len(now) >= 3 and _number(vertex) is not None:
            restart = _number(vertex) == _number(now[0]) and _at(vertex) != _at(now[0])
            if restart and not _goes_on(vertices, k):
                away = _metres(now[0], vertex)
                raise InputError(
                    f"{name}, line {vertex.line}: the closing point {vertex.serial} lies {away} from the first point of"
                    f" that name (line {now[0].line}); correct one of them."
                )
            fresh = restart
        if fresh:
            groups.append([])
            now = groups[-1]
        closed = len(now) >= 3 and _at(vertex) == _at(now[0])
        now.append(vertex)
    return [_ring(group, name, issues) for group in groups]


def _goes_on(vertices: Sequence[Vertex], k: int) -> bool:
    """Whether a boundary begins at row `k`: the next row is the next point."""
    if k + 1 >= len(vertices):
        return False
    here, after = _number(vertices[k]), _number(vertices[k + 1])
    return here is not None and after is not None and after > here and vertices[k + 1].ring == vertices[k].ring


def _metres(a: Vertex, b: Vertex) -> str:
    if a.east.form == "metres":
        return f"{np.hypot(a.east.value - b.east.value, a.north.value - b.north.value):.1f} m"
    return f"{float(distance([shapely.points(*_at(a))], [shapely.points(*_at(b))]).metres[0]):.1f} m"


def _ring(group: list[Vertex], name: str, issues: list[dict[str, Any]]) -> _Ring:
    """Put the vertices of one boundary in order: without the closing point, numbers ascending, each place once."""
    first = group[0]
    if len(group) > 1 and _at(group[-1]) == _at(first):
        group = group[:-1]
    numbers = [_number(v) for v in group]
    known = [n for n in numbers if n is not None]
    if len(known) == len(group):
        twice = next((v for k, v in enumerate(group) if numbers[k] in numbers[:k]), None)
        if twice is not None:
            raise InputError(
                f"{name}, line {twice.line}: point {twice.serial} stands twice in one boundary; number the points once."
            )
        if known != sorted(known) and known != sorted(known, reverse=True):
            group = [group[k] for k in np.argsort(known, kind="stable").tolist()]
            issues.append(issue(
                "warning", "reordered", f"{name}:第 {first.line} 行起的拐点未按序号排列,已按序号连线;请核对",
                f"{name}: the points from line {first.line} on do not follow their numbers; the boundary does. Check"
                f" it.",
            ))  # fmt: skip
        lost = sorted(set(range(min(known), max(known) + 1)) - set(known))
        if lost:
            told = "、".join(map(str, lost[:10])) + ("…" if len(lost) > 10 else "")
            issues.append(issue(
                "warning", "serial_missing", f"{name}:第 {first.line} 行起缺少拐点 {told};请核对原文",
                f"{name}: from line {first.line} on, point {told} is missing; compare with the document.",
            ))  # fmt: skip
    once = [v for k, v in enumerate(group) if _at(v) != _at(group[k - 1]) or len(group) == 1]
    if len(once) < len(group):
        issues.append(issue(
            "info", "repeated", f"{name}:第 {first.line} 行起有 {len(group) - len(once)} 个拐点与前一点坐标相同,已合并",
            f"{name}: from line {first.line} on, {len(group) - len(once)} point(s) lie where the one before lies.",
        ))  # fmt: skip
    if len({_at(v) for v in once}) < 3:
        raise InputError(f"{name}, line {first.line}: a boundary needs three points or more; this one has {len(once)}.")
    ring = _Ring(tuple(once))
    _refuse_crossing(ring, name)
    return ring


def _refuse_crossing(ring: _Ring, name: str) -> None:
    """Refuse a boundary that crosses or touches itself, with the place."""
    xy = ring.xy
    if shapely.is_simple(shapely.linearrings(xy)):
        return
    count = len(xy)
    edges = shapely.linestrings(np.stack([xy, np.roll(xy, -1, axis=0)], axis=1))
    a, b = shapely.STRtree(edges).query(edges, predicate="intersects")
    apart = (b - a) % count
    keep = (a < b) & (apart > 1) & (apart < count - 1)
    # Neighbours share their common vertex; they may also run back over each other.
    near = (a < b) & ~keep
    back = near & (shapely.length(shapely.intersection(edges[a], edges[b])) > 0)
    pair = np.flatnonzero(keep | back)
    if not len(pair):
        raise InputError(f"{name}: the boundary from point {_called(ring, 0)} on crosses itself; correct the order.")
    k = int(pair[np.lexsort((b[pair], a[pair]))[0]])
    place = shapely.get_coordinates(shapely.intersection(edges[a[k]], edges[b[k]]))[0]
    shown = ", ".join(f"{value:.{2 if abs(value) > 1000 else 6}f}" for value in place)
    ends = [f"{_called(ring, int(e))}-{_called(ring, int(e + 1) % count)}" for e in (a[k], b[k])]
    raise InputError(
        f"{name}: the boundary crosses itself: the edges {ends[0]} and {ends[1]} meet at {shown} (lines"
        f" {ring.vertices[int(a[k])].line} and {ring.vertices[int(b[k])].line}); correct the order or the coordinates."
    )


def _called(ring: _Ring, k: int) -> str:
    vertex = ring.vertices[k]
    return vertex.serial or f"line {vertex.line}"


def _polygon(rings: Sequence[_Ring], name: str, system: str) -> Any:
    """Build polygons from boundaries: those inside others are holes, those in holes are islands."""
    shells = shapely.polygons([shapely.linearrings(ring.xy) for ring in rings])
    order = np.argsort(-shapely.area(shells), kind="stable")
    out = shapely.Polygon()
    for k in order.tolist():
        for j in range(len(rings)):
            meet = j != k and shapely.intersects(shapely.boundary(shells[j]), shapely.boundary(shells[k]))
            crossing = meet and shapely.relate_pattern(shells[k], shells[j], "T*T***T**")
            if crossing:
                at = shapely.get_coordinates(
                    shapely.intersection(shapely.boundary(shells[j]), shapely.boundary(shells[k]))
                )[0]
                raise InputError(
                    f"{name}: two boundaries of one zone cross at {at[0]:.6f}, {at[1]:.6f} ({system}); correct them."
                )
        out = shapely.symmetric_difference(out, shells[k])
    return out


def _placed(polygon: Any, system: str, name: str) -> Any:
    """Bring a polygon to EPSG:4490."""
    import geopandas as gpd

    return to_storage(gpd.GeoDataFrame(geometry=[polygon], crs=system), name).geometry.iloc[0]


def _accuracy(vertices: Sequence[Vertex], system: str, geometry: Any) -> tuple[float, str]:
    """Return half of what the last digit is worth on the ground, metres (two figures), and that digit in words."""
    east = min(v.east.step for v in vertices)
    north = min(v.north.step for v in vertices)
    form = vertices[0].east.form
    if form == "metres":
        return max(east, north) / 2, f"{max(east, north):g} m"
    kx, ky = metres_per_degree(shapely.get_y(shapely.centroid(geometry)))
    half = max(east * float(kx), north * float(ky)) / 2
    worth = max(east, north)
    told = f"{worth * 3600:.6g}″" if form != "degrees" else f"{worth:g}°"
    return float(f"{half:.2g}"), told
