"""Cuts at named roads, dykes and other lines, and the ground that a closed loop of lines encloses.

Everything here is done on faces: the border of an area and the lines divide the plane, and the faces that hold the
given points are kept (取水口一侧).  A line that ends inside an area divides nothing; where one of its ends comes
short of the border or of the next line by up to `extend` metres, it is prolonged straight, and by no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .delineation_rows import (
    LEVELS,
    Area,
    Delineated,
    Figure,
    Record,
    Source,
    delineated,
    drawn,
    frame_of,
    rows,
    shapes,
    within,
)
from .errors import InputError
from .geodesy import LocalFrame
from .progress import SILENT, Progress, report
from .river.rows import issue, texts

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

# Faces smaller than this (square metres) are crumbs of the noding.
_CRUMB = 0.01
_TOUCH = 1e-6
# Ends are always prolonged by this much: lines that meet in degrees may miss each other by a millimetre in metres.
_CLOSE = 0.01
# A place this near to a line (metres) lies on it.
_ON = 0.05
# Gaps in a loop are looked for this far ahead of the ends of lines (metres).
_AHEAD = 5000.0


@dataclass(frozen=True)
class Edge:
    """A named line, or the border of a polygon, that bounds a zone.

    Attributes
    ----------
    name : str
        As the document has it: 沙河堤, 水系南路北侧道路红线.
    geometry : geometry
        Lines, or polygons whose borders count; degrees.
    """

    name: str
    geometry: Any


def edges_of(data: gpd.GeoDataFrame, what: str, names: Sequence[str] | None = None) -> list[Edge]:
    """Return the lines and polygon borders of a layer, those of one name together.

    Parameters
    ----------
    data : GeoDataFrame
        Lines or polygons with ``name`` (or ``river``).
    what : str
        The layer's name, for messages.
    names : sequence of str, optional
        Only these, in this order.

    Raises
    ------
    InputError
        If a name is not there, or a row is a point.
    """
    from .geodesy import to_storage

    stored = to_storage(data, what)
    geometry = shapely.force_2d(np.asarray(stored.geometry.array, dtype=object))
    keep = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    if (shapely.get_dimensions(geometry[keep]) == 0).any():
        raise InputError(f"Layer '{what}' holds points, which bound nothing; give lines or polygons.")
    own = texts(stored, "name")
    if "river" in stored.columns:
        own = np.where(np.equal(own, None), texts(stored, "river"), own)
    found: dict[str, list[Any]] = {}
    for name, shape, ok in zip(own.tolist(), geometry, keep.tolist()):
        if ok:
            found.setdefault(name or what, []).append(shape)
    if names is not None:
        lost = [name for name in names if name not in found]
        if lost:
            raise InputError(
                f"Layer '{what}' has no line named '{lost[0]}'; it has {'、'.join(list(found)[:12]) or 'none'}."
            )
        found = {name: found[name] for name in names}
    if not found:
        raise InputError(f"Layer '{what}' holds no line; give the lines that bound the zone.")
    return [Edge(name, shapely.union_all(np.array(parts, dtype=object))) for name, parts in found.items()]


def lines_in(frame: LocalFrame, edges: Sequence[Edge], extend: float = 0.0) -> list[NDArray[Any]]:
    """Return the lines of each edge in metres, their open ends prolonged straight by `extend` metres."""
    out = []
    for edge in edges:
        geometry = edge.geometry
        parts = shapely.get_parts(geometry)
        border = shapely.get_dimensions(parts) == 2
        parts = np.concatenate([shapely.get_parts(shapely.boundary(parts[border])), parts[~border]])
        merged = shapely.line_merge(shapely.union_all(frame.forward(parts)))
        lines = shapely.get_parts(merged)
        out.append(np.array([_longer(line, max(extend, _CLOSE)) for line in lines], dtype=object))
    return out


def _longer(line: Any, extend: float) -> Any:
    """Prolong both ends of an open line straight."""
    if shapely.is_closed(line):
        return line
    xy = shapely.get_coordinates(line)
    for at, to in ((0, 1), (-1, -2)):
        away = xy[at] - xy[to]
        long = np.hypot(*away)
        if long > 0:
            end = xy[at] + away / long * extend
            xy = np.vstack([end, xy]) if at == 0 else np.vstack([xy, end])
    return shapely.linestrings(xy)


def faces(polygon: Any, lines: Sequence[Any]) -> NDArray[Any]:
    """Return the parts into which lines divide a polygon, all in one plane."""
    net = shapely.union_all(np.array([shapely.boundary(polygon), *lines], dtype=object))
    found = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    shapely.prepare(polygon)
    found = found[shapely.area(found) > _CRUMB]
    return found[shapely.contains(polygon, shapely.point_on_surface(found))]


def kept_faces(polygon: Any, lines: Sequence[NDArray[Any]], keep: NDArray[Any], names: Sequence[str]) -> Any:
    """Return the parts of a polygon (metres) that hold the places `keep` after all `lines` have cut it.

    Raises
    ------
    InputError
        If no place lies in the polygon, one lies on a line, or they lie on both sides of one.
    """
    inside = keep[shapely.intersects(polygon, keep)]
    if not len(inside):
        raise InputError("None of the places to be kept lies in the area that is cut; check them.")
    for name, some in zip(names, lines):
        if len(some) and shapely.distance(shapely.union_all(some), inside).min() < _ON:
            raise InputError(f"A place to be kept lies on '{name}', so that its side cannot be told; move it.")
    found = faces(polygon, [line for some in lines for line in some])
    tree = shapely.STRtree(found)
    _, which = tree.query(inside, predicate="intersects")
    held = found[np.unique(which)]
    for k, face in enumerate(held[1:], 1):
        shared = shapely.length(shapely.intersection(shapely.boundary(held[:k]), shapely.boundary(face)))
        if (shared > _ON).any():
            raise InputError(
                f"The places to be kept lie on both sides of one of the lines {'、'.join(names)}; check the places or"
                f" leave that line out."
            )
    return shapely.union_all(held)


def undivided(polygon: Any, lines: Sequence[NDArray[Any]], names: Sequence[str]) -> list[str]:
    """Return the names of lines that do not divide a polygon (metres) by themselves or with the others."""
    whole = len(faces(polygon, [line for some in lines for line in some]))
    out = []
    for n, name in enumerate(names):
        rest = [line for m, some in enumerate(lines) if m != n for line in some]
        if len(faces(polygon, rest)) == whole:
            out.append(name)
    return out


@np.errstate(invalid="ignore")
def cut(
    areas: gpd.GeoDataFrame, edges: Sequence[Edge], keep: gpd.GeoDataFrame, source: Source | None = None,
    *, level: str | None = None, extend: Figure | None = None, side: str = "取水口一侧",
    layer_names: Mapping[str, str] | None = None, progress: Progress = SILENT,
) -> Delineated:  # fmt: skip
    """Cut polygons at lines, and keep the side on which the given places lie.

    Parameters
    ----------
    areas : GeoDataFrame
        Polygons; ``level``, ``part``, ``extent_text`` and the source's fields are kept where present.
    edges : sequence of Edge
        Roads, dykes, contours, ridge lines, or polygons whose borders cut.
    keep : GeoDataFrame
        Points: intakes or wells.
    source : Source, optional
        What the zones belong to, where the rows do not say it.
    level : str, optional
        The level of rows that have none (primary).
    extend : Figure, optional
        Lines may be prolonged straight by so many metres to reach the border.
    side : str
        How the description calls the side that stays.
    progress : Progress

    Returns
    -------
    Delineated
        One row for each polygon that holds a place; the others are issues.

    Raises
    ------
    InputError
    """
    within(extend, "prolongation of the lines")
    names = dict(layer_names or {})
    stored, geometry = shapes(areas, names.get("areas", "areas"), 2)
    points_frame, points = shapes(keep, names.get("keep", "places to keep"), 0)
    record = Record("cut")
    record.note("extend", extend)
    record.choices["edges"] = [edge.name for edge in edges]
    record.used(names.get("areas", "areas"), stored)
    record.used(names.get("keep", "water_intake"), points_frame)
    words = f"{'、'.join(edge.name for edge in edges)}{side}的区域"
    columns = {key: texts(stored, key) for key in ("level", "part", "source_name", "source_code", "extent_text")}
    issues: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for k, polygon in enumerate(geometry):
        report(progress, k / len(geometry), "Cutting")
        frame = frame_of(polygon)
        inside = points[shapely.intersects(polygon, points)]
        if not len(inside):
            issues.append(issue(
                "warning", "nothing_kept", f"第 {k + 1} 个面内没有要保留一侧的点,未切割",
                f"Polygon {k + 1} holds none of the places to be kept and was not cut.",
                shapely.point_on_surface(polygon),
            ))  # fmt: skip
            continue
        area = frame.forward(polygon)
        lines = lines_in(frame, edges, extend.value if extend else 0.0)
        for name in undivided(area, lines, [edge.name for edge in edges]):
            raise InputError(
                f"'{name}' does not divide polygon {k + 1}: it misses it or ends inside it; give the whole line, or let"
                f" it be prolonged."
            )
        rest = kept_faces(area, lines, frame.forward(inside), [edge.name for edge in edges])
        own = source or Source(columns["source_name"][k] or "", columns["source_code"][k])
        lv = columns["level"][k] or level or "primary"
        before = columns["extent_text"][k]
        told = f"{before}，{words}" if before else words
        found += rows([Area(lv, columns["part"][k] or "both", drawn(frame, rest), told)], own, record, None)
    report(progress, 1.0)
    return delineated(found, issues)


@np.errstate(invalid="ignore")
def enclosed(
    edges: Sequence[Edge], place: gpd.GeoDataFrame, source: Source, *, level: str = "primary",
    extend: Figure | None = None, layer_names: Mapping[str, str] | None = None, progress: Progress = SILENT,
) -> Delineated:  # fmt: skip
    """Return the ground that lines enclose about a place: a quadrilateral of four named roads.

    Parameters
    ----------
    edges : sequence of Edge
        Lines (or polygon borders) that close a loop.
    place : GeoDataFrame
        One point inside.
    source : Source
    level : str
    extend : Figure, optional
        Ends may be prolonged straight by so many metres.
    progress : Progress

    Raises
    ------
    InputError
        If the lines enclose no ground about the place; the message says which end is how far from the next line.
    """
    if level not in LEVELS:
        raise InputError(f"Level '{level}' is unknown; use one of {', '.join(LEVELS)}.")
    within(extend, "prolongation of the lines")
    names = dict(layer_names or {})
    stored, points = shapes(place, names.get("keep", "place inside"), 0)
    if len(points) != 1:
        raise InputError(f"The place inside the loop is {len(points)} points; give one.")
    frame = frame_of(points[0])
    here = frame.forward(points[0])
    report(progress, 0.2, "Looking for the loop")
    lines = lines_in(frame, edges, extend.value if extend else 0.0)
    net = shapely.union_all(np.array([line for some in lines for line in some], dtype=object))
    found = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    held = found[shapely.contains(found, here)] if len(found) else found
    if not len(held):
        raise InputError(f"The lines {_listed(edges)} enclose no ground about the place; {_gap(frame, edges, lines)}.")
    face = held[int(np.argmin(shapely.area(held)))]
    border = shapely.boundary(face)
    idle = [
        edge.name for edge, some in zip(edges, lines)
        if shapely.length(shapely.intersection(shapely.union_all(some), shapely.buffer(border, 0.01))) < 0.1
    ]  # fmt: skip
    if idle:
        raise InputError(f"'{idle[0]}' bounds no side of the ground about the place; check the line or the place.")
    record = Record("enclosed")
    record.note("extend", extend)
    record.choices["edges"] = [edge.name for edge in edges]
    record.used(names.get("keep", "water_intake"), stored)
    words = f"{'、'.join(edge.name for edge in edges)}所围的区域"
    return delineated(rows([Area(level, "both", drawn(frame, face), words)], source, record, None), [])


def _listed(edges: Sequence[Edge]) -> str:
    return "、".join(edge.name for edge in edges)


def _gap(frame: LocalFrame, edges: Sequence[Edge], lines: Sequence[NDArray[Any]]) -> str:
    """Say where the loop is open: the shortest way from an open end to another line."""
    best: tuple[float, str, str, Any] | None = None
    for n, some in enumerate(lines):
        others = [(edges[m].name, shapely.union_all(more)) for m, more in enumerate(lines) if m != n and len(more)]
        for line in some:
            if shapely.is_closed(line):
                continue
            ahead = _longer(line, _AHEAD)
            for at in (0, -1):
                end = shapely.get_point(line, at)
                ray = shapely.linestrings(shapely.get_coordinates([end, shapely.get_point(ahead, at)]))
                for name, other in others:
                    # An end that lies beyond a line already is no gap: its prolongation leads away from it.
                    if shapely.distance(end, other) <= _TOUCH or not shapely.intersects(ray, other):
                        continue
                    away = float(shapely.distance(end, shapely.intersection(ray, other)))
                    if best is None or away < best[0]:
                        best = away, edges[n].name, name, end
    if best is None:
        return "check that the place lies inside the loop"
    away, name, other, end = best
    lon, lat = shapely.get_coordinates(frame.inverse(end))[0]
    return (
        f"'{name}' ends {away:.1f} m from '{other}' at {lon:.6f}, {lat:.6f}: close the gap, let the lines be"
        f" prolonged, or move the place"
    )
