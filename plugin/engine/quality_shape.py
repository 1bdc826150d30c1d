"""Checks on single geometries: what is invalid and where, repeated points, spikes, kinds and coordinates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from . import geodesy
from .progress import SILENT, Progress, part
from .quality_edges import Rings, in_blocks, rings_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .quality_issues import Collector

#: GEOS's word for what is wrong -> our code.
_CODES = {
    "Self-intersection": "self_crossing",
    "Ring Self-intersection": "ring_touches_itself",
    "Hole lies outside shell": "hole_outside",
    "Holes are nested": "nested_rings",
    "Nested holes": "nested_rings",
    "Nested shells": "nested_rings",
    "Duplicate Rings": "duplicate_rings",
    "Interior is disconnected": "interior_split",
    "Too few points in geometry component": "too_few_points",
    "Invalid Coordinate": "bad_coordinate",
}
_REASON = re.compile(r"(?P<word>[^\[]+?)\s*(?:\[(?P<x>\S+) (?P<y>[^\]\s]+).*\])?$")
_KINDS = {
    "Point": ("Point",), "MultiLineString": ("LineString", "MultiLineString"),
    "MultiPolygon": ("Polygon", "MultiPolygon"),
}  # fmt: skip
#: Two points nearer than this (degrees; 1 mm) are one point repeated.
SAME_POINT_DEG = 9e-9
#: A spike turns back by less than this angle and is thinner than this.
SPIKE_DEGREES = 1.0
SPIKE_WIDTH_M = 0.5
#: A polygon smaller than this is a point drawn as a polygon.
POINT_SIZED_M2 = 1.0
#: Places told per geometry and code; a scribble has thousands.
MOST_PLACES = 50


def check_shapes(
    layer: str, due: str | None, geometry: NDArray[Any], found: Collector, *, progress: Progress = SILENT
) -> NDArray[np.bool_]:
    """Look at every geometry of a layer by itself.

    Parameters
    ----------
    layer : str
        The subject in `found`.
    due : str or None
        The geometry type that the layer holds.
    geometry : (n,) geometry
        EPSG:4490.

    Returns
    -------
    (n,) bool
        Which are fit for further checks: there, of the kind due, finite and valid.
    """
    gone = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    if due is not None and layer != "rectification_item":
        for row in np.flatnonzero(gone):
            found.add("no_geometry", layer, int(row))
    finite = _finite(layer, geometry, gone, found)
    kind = np.zeros(len(geometry), dtype=bool)
    if due is not None:
        kind = _kinds(layer, due, geometry, gone, found)
    usable = ~gone & finite & ~kind
    valid = usable.copy()
    rows = np.flatnonzero(usable)
    valid[rows] = in_blocks(shapely.is_valid, geometry[rows], progress=part(progress, 0.0, 0.4), message=layer)
    broken = np.flatnonzero(usable & ~valid)
    if len(broken):
        _invalid(layer, geometry, broken, found, part(progress, 0.4, 0.5))
    _vertices(layer, geometry, np.flatnonzero(usable), found, part(progress, 0.5, 1.0))
    if due == "MultiPolygon":
        _point_sized(layer, geometry, np.flatnonzero(valid), found)
    return valid


def _finite(layer: str, geometry: NDArray[Any], gone: NDArray[np.bool_], found: Collector) -> NDArray[np.bool_]:
    finite = np.ones(len(geometry), dtype=bool)
    bounds = shapely.bounds(geometry)
    xy, owner = None, None
    suspects = np.flatnonzero(~gone & ~np.isfinite(bounds).all(axis=1))
    if not len(suspects):
        # Bounds pass over a NaN, so that the sum is asked: one NaN makes it NaN.
        xy, owner = shapely.get_coordinates(geometry, return_index=True)
        if np.isfinite(xy.sum()):
            return finite
    if xy is None or owner is None:
        xy, owner = shapely.get_coordinates(geometry, return_index=True)
    bad = np.flatnonzero(~np.isfinite(xy).all(axis=1))
    told: set[int] = set()
    for place in bad.tolist():
        row = int(owner[place])
        finite[row] = False
        if row in told:
            continue
        told.add(row)
        mine = np.flatnonzero(owner == row)
        good = mine[np.isfinite(xy[mine]).all(axis=1)]
        spot = shapely.points(xy[good[np.abs(good - place).argmin()]]) if len(good) else None
        found.add("bad_coordinate", layer, row, place=spot, words={"vertex": place - int(mine[0]) + 1})
    return finite


def _kinds(
    layer: str, due: str, geometry: NDArray[Any], gone: NDArray[np.bool_], found: Collector
) -> NDArray[np.bool_]:
    ids = shapely.get_type_id(geometry)
    right = np.isin(ids, [shapely.GeometryType[kind.upper()].value for kind in _KINDS[due]])
    if due == "Point":
        right |= (ids == 4) & (shapely.get_num_geometries(geometry) == 1)
    wrong = ~gone & ~right
    for row in np.flatnonzero(wrong):
        words = {"found": geometry[row].geom_type, "due": due}
        found.add("wrong_geometry_type", layer, int(row), words=words)
    return wrong


def _point_sized(layer: str, geometry: NDArray[Any], rows: NDArray[np.int64], found: Collector) -> None:
    box = shapely.bounds(geometry[rows])
    # Only what has a small box can have a small area without being a sliver, which is no point.
    kx, ky = geodesy.metres_per_degree(np.where(np.isfinite(box[:, 1]), box[:, 1], 0.0))
    small = rows[((box[:, 2] - box[:, 0]) * kx < 10) & ((box[:, 3] - box[:, 1]) * ky < 10)]
    area = geodesy.area_m2(geometry[small]) if len(small) else np.zeros(0)
    for row, size in zip(small, area):
        if size < POINT_SIZED_M2:
            found.add("point_sized", layer, int(row), area_m2=float(size), words={"area": size})


# --------------------------------------------------------------------------------------------------------
# Invalid geometries: every place
# --------------------------------------------------------------------------------------------------------


def reasons(geometry: NDArray[Any]) -> list[tuple[str, str, tuple[float, float] | None]]:
    """Return (code, GEOS's words, place) of each invalid geometry."""
    out: list[tuple[str, str, tuple[float, float] | None]] = []
    for text in shapely.is_valid_reason(geometry).tolist():
        match = _REASON.match(text or "")
        word = match["word"] if match else str(text)
        place = (float(match["x"]), float(match["y"])) if match and match["x"] else None
        out.append((_CODES.get(word, "invalid_geometry"), word, place))
    return out


def _invalid(
    layer: str, geometry: NDArray[Any], rows: NDArray[np.int64], found: Collector, progress: Progress
) -> None:
    told = reasons(geometry[rows])
    places = crossings(geometry[rows], progress=progress)
    rings = ring_faults(geometry[rows])
    for position, (row, (code, word, at)) in enumerate(zip(rows, told)):
        mine: list[tuple[str, tuple[float, float]]] = [*rings[position], *places[position]]
        if at is not None and not any(_near(at, xy) for one, xy in mine if one == code):
            mine.insert(0, (code, at))
        elif at is None:
            found.add(code, layer, int(row), words={"why": word})
        count: dict[str, int] = {}
        for one, xy in mine:
            count[one] = count.get(one, 0) + 1
            if count[one] <= MOST_PLACES:
                spot = shapely.points(xy) if np.isfinite(xy).all() else None
                found.add(one, layer, int(row), place=spot, words={"why": word, "vertex": 0})


def _near(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return abs(a[0] - b[0]) < SAME_POINT_DEG and abs(a[1] - b[1]) < SAME_POINT_DEG


def crossings(
    geometry: NDArray[Any], *, progress: Progress = SILENT
) -> list[list[tuple[str, tuple[float, float]]]]:
    """Return all places where the boundary of each polygon (n,) crosses or runs along itself, or a ring touches itself.

    All segments of all given polygons go through one tree; two meet wrongly if they cross inside both, share a
    stretch, or belong to one ring, are no neighbours in it, and touch.
    """
    out: list[list[tuple[str, tuple[float, float]]]] = [[] for _ in geometry]
    rings = rings_of(geometry)
    first, ring = rings.edges()
    xy = rings.xy
    long = (xy[first] != xy[first + 1]).any(axis=1)  # a repeated point is no edge
    first, ring = first[long], ring[long]
    if not len(first):
        return out
    segments = shapely.linestrings(np.stack([xy[first], xy[first + 1]], axis=1))
    owner = rings.row[ring]
    way = xy[first + 1] - xy[first]
    tree = shapely.STRtree(segments)
    size = np.bincount(ring, minlength=len(rings))
    place_in_ring = np.arange(len(first)) - np.concatenate([[0], np.cumsum(size)[:-1]])[ring]
    for low in range(0, len(segments), 20000):
        in_blocks(lambda some: some, segments[:1], progress=progress)  # hears a cancel
        i, j = tree.query(segments[low : low + 20000])
        i = i + low
        keep = (i < j) & (owner[i] == owner[j])
        i, j = i[keep], j[keep]
        step = np.abs(place_in_ring[i] - place_in_ring[j])
        same = ring[i] == ring[j]
        neighbours = same & ((step == 1) | (step == size[ring[i]] - 1))
        # Neighbours meet in their common point; they meet wrongly only where one runs back on the other.
        keep = ~neighbours | _turns_back(way[i], way[j])
        i, j, same, neighbours = i[keep], j[keep], same[keep], neighbours[keep]
        meet = shapely.intersects(segments[i], segments[j])
        i, j, same, neighbours = i[meet], j[meet], same[meet], neighbours[meet]
        if not len(i):
            continue
        both = shapely.intersection(segments[i], segments[j])
        stretch = shapely.get_dimensions(both) == 1
        inside = shapely.crosses(segments[i], segments[j])
        wrong = stretch | inside | (same & ~neighbours)
        spot = shapely.get_coordinates(shapely.centroid(both[wrong]))
        code = np.where(stretch[wrong] | inside[wrong], "self_crossing", "ring_touches_itself")
        for row, one, at in zip(owner[i[wrong]].tolist(), code.tolist(), map(tuple, spot.tolist())):
            if not any(_near(at, other) for _, other in out[row][-200:]):
                out[row].append((one, at))
    return [sorted(places, key=lambda place: (place[1], place[0])) for places in out]


def _turns_back(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell of pairs of directions (n, 2) which are opposite, or so nearly that rounding may hide it."""
    dot = a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1]
    return (dot < 0) & (np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) < 1e-6 * np.abs(dot))


def ring_faults(geometry: NDArray[Any]) -> list[list[tuple[str, tuple[float, float]]]]:
    """Return each hole that leaves its shell, and each shell or hole that lies in another of its polygon."""
    out: list[list[tuple[str, tuple[float, float]]]] = [[] for _ in geometry]
    for row, shape in enumerate(geometry):
        polygons = [p for p in shapely.get_parts([shape]) if p.geom_type == "Polygon" and not p.is_empty]
        shells = []
        for polygon in polygons:
            shell = shapely.Polygon(polygon.exterior)
            holes = [shapely.Polygon(ring) for ring in polygon.interiors]
            shells.append(shell)
            if not shell.is_valid:
                continue
            holes = [hole for hole in holes if hole.is_valid and hole.area > 0]
            out[row] += [("hole_outside", _spot(hole)) for hole in holes if shapely.disjoint(shell, hole)]
            out[row] += _nested(holes, holes)
        # A polygon in another's hole is an island in a lake, and right.
        fit = [i for i, p in enumerate(polygons) if p.is_valid and p.area > 0]
        out[row] += _nested([polygons[i] for i in fit], [shells[i] for i in fit])
    return out


def _nested(outer: list[Any], inner: list[Any]) -> list[tuple[str, tuple[float, float]]]:
    """Return those of `inner` that lie in another one of `outer` (polygons of the same rings, in order)."""
    if len(outer) < 2:
        return []
    i, j = shapely.STRtree(inner).query(outer, predicate="contains")
    inside = {int(b) for a, b in zip(i, j) if a != b and not shapely.equals(outer[a], inner[b])}
    return [("nested_rings", _spot(inner[b])) for b in sorted(inside)]


def _spot(polygon: Any) -> tuple[float, float]:
    point = shapely.point_on_surface(polygon)
    return float(point.x), float(point.y)


# --------------------------------------------------------------------------------------------------------
# Vertices
# --------------------------------------------------------------------------------------------------------


def _vertices(
    layer: str, geometry: NDArray[Any], rows: NDArray[np.int64], found: Collector, progress: Progress
) -> None:
    """Repeated points and spikes, block by block."""
    for low in range(0, len(rows), 10000):
        in_blocks(lambda some: some, geometry[:1], progress=part(progress, low / len(rows), 1.0))
        some = rows[low : low + 10000]
        rings = rings_of(geometry[some])
        for row, xy in repeated_points(geometry[some], rings):
            found.add("repeated_point", layer, int(some[row]), place=shapely.points(xy))
        for row, xy, angle, length in spikes(geometry[some], rings):
            words = {"angle": angle, "length": length}
            found.add("spike", layer, int(some[row]), place=shapely.points(xy), words=words)


def repeated_points(
    geometry: NDArray[Any], rings: Rings | None = None
) -> list[tuple[int, tuple[float, float]]]:
    """Return (row, place) of every point that is the one before it again (rings and lines), within 1 mm."""
    found: list[tuple[int, tuple[float, float]]] = []
    for xy, start, owner in _lines(geometry, rings):
        if len(xy) < 2:
            continue
        again = np.abs(xy[1:, 0] - xy[:-1, 0]) < SAME_POINT_DEG
        again &= np.abs(xy[1:, 1] - xy[:-1, 1]) < SAME_POINT_DEG
        again[start[1:-1] - 1] = False  # from one line's end to the next one's begin
        at = np.flatnonzero(again) + 1
        rows = owner[np.searchsorted(start, at, side="right") - 1]
        found += [(int(row), (float(xy[i, 0]), float(xy[i, 1]))) for row, i in zip(rows, at)]
    return found


def spikes(
    geometry: NDArray[Any], rings: Rings | None = None
) -> list[tuple[int, tuple[float, float], float, float]]:
    """Return (row, tip, angle in degrees, length in metres) of the spikes of polygons.

    A spike is a vertex at which the ring turns back by less than SPIKE_DEGREES, while at the end of its shorter
    arm it is thinner than SPIKE_WIDTH_M.
    """
    rings = rings_of(geometry) if rings is None else rings
    xy, start = rings.xy, rings.start
    if len(xy) < 3:
        return []
    kx, ky = geodesy.metres_per_degree(float(np.nanmedian(xy[:, 1])))
    step = np.empty_like(xy)
    step[:-1] = np.diff(xy, axis=0)
    step *= (kx, ky)
    # From the closing point the ring goes on as from its first.
    step[start[1:] - 1] = step[start[:-1]]
    here, on = step[:-1], step[1:]
    dot = here[:, 0] * on[:, 0] + here[:, 1] * on[:, 1]
    turn = np.abs(here[:, 0] * on[:, 1] - here[:, 1] * on[:, 0])
    back = (dot < 0) & (turn < -np.tan(np.radians(SPIKE_DEGREES)) * dot)
    # Between the closing point and the next ring's first there is no edge.
    back[start[1:-1] - 1] = False
    at = np.flatnonzero(back)
    arm, other = np.hypot(*here[at].T), np.hypot(*on[at].T)
    thin = turn[at] / np.maximum(arm, other) < SPIKE_WIDTH_M
    real = thin & (np.minimum(arm, other) > SAME_POINT_DEG * kx)
    at, arm, other = at[real], arm[real], other[real]
    ring = np.searchsorted(start, at, side="right") - 1
    angle = np.degrees(np.arctan2(turn[at], -dot[at]))
    return [
        (int(rings.row[k]), (float(xy[i + 1, 0]), float(xy[i + 1, 1])), float(a), float(min(m, n)))
        for i, k, a, m, n in zip(at, ring, angle, arm, other)
    ]


def _lines(
    geometry: NDArray[Any], rings: Rings | None
) -> list[tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]]:
    """Coordinates of all rings and of all lines, where each begins (and the end), and its geometry."""
    geometry = np.asarray(geometry, dtype=object)
    rings = rings_of(geometry) if rings is None else rings
    flat = np.flatnonzero(np.isin(shapely.get_type_id(geometry), (1, 2, 5)))
    lines, owner = shapely.get_parts(geometry[flat], return_index=True)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    start = np.concatenate([[0], np.cumsum(np.bincount(line, minlength=len(lines)))]).astype(np.int64)
    return [(rings.xy, rings.start, rings.row), (xy, start, flat[owner].astype(np.int64))]
