"""Checks between the features of one layer: duplicates, overlaps, slivers and gaps.

The work is kept near the number of vertices: boxes tell which features can meet, and edges that two neighbours
share exactly are recognised by sorting (:func:`.quality_edges.unmatched`), so that the neighbours in a clean
mosaic are never intersected one with another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from . import geodesy
from .progress import SILENT, Progress, part, report
from .quality_edges import Boundary, boundary_of, edges_near_box, in_blocks, robust, runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]

#: Features whose boxes agree within this share of their size may be near-duplicates; this share in common they are.
_NEAR_BOX = 0.03
NEAR_SHARE = 0.97
#: An overlap of less than this (m2) is rounding.
_NOISE_M2 = 1e-3
_QUERY = 20000
#: Gaps wider than this (m) are not looked for: farther apart are no neighbours.
WIDEST_M = 20.0
#: A corner sharper than about ten degrees is closed by the search for gaps as if it were one.
_MITRE = 12.0


@dataclass(frozen=True)
class Meeting:
    """Pairs of features (positions, first < second) and the piece in question.

    `piece` in EPSG:4490, its ellipsoidal `area_m2`, and its mean width in metres (twice area by perimeter, which
    is the width of a long strip).
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    piece: NDArray[Any]
    area_m2: NDArray[np.float64]
    width_m: NDArray[np.float64]


def box_pairs(
    geometry: NDArray[Any], group: NDArray[np.int64], *, reach_m: float = 0.0, progress: Progress = SILENT
) -> Pairs:
    """Return all pairs (first < second) of one group whose boxes, widened by `reach_m`, meet; sorted.

    Negative groups take no part.
    """
    rows = np.flatnonzero((group >= 0) & ~shapely.is_missing(geometry) & ~shapely.is_empty(geometry))
    if len(rows) < 2:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    some = geometry[rows]
    tree = shapely.STRtree(some)
    box = widened(shapely.bounds(some), reach_m)
    found = []
    for low in range(0, len(rows), _QUERY):
        report(progress, low / len(rows), "")
        asked = shapely.box(*box[low : low + _QUERY].T) if reach_m else some[low : low + _QUERY]
        i, j = tree.query(asked)
        i = i + low
        keep = (i < j) & (group[rows[i]] == group[rows[j]])
        found.append(np.stack([rows[i[keep]], rows[j[keep]]]))
    pairs = np.concatenate(found, axis=1).astype(np.int64)
    pairs.sort(axis=0)
    pairs = pairs[:, np.lexsort((pairs[1], pairs[0]))]
    return pairs[0], pairs[1]


def widened(box: NDArray[np.float64], metres: float) -> NDArray[np.float64]:
    """Return boxes (n, 4) in degrees widened by `metres` on every side."""
    kx, ky = geodesy.metres_per_degree(np.abs(box[:, [1, 3]]).max(axis=1))
    return box + np.stack([-metres / kx, -metres / ky, metres / kx, metres / ky], axis=1)


# --------------------------------------------------------------------------------------------------------
# Duplicates
# --------------------------------------------------------------------------------------------------------


def same_geometry(geometry: NDArray[Any]) -> NDArray[np.int64]:
    """Return for each geometry (n,) the first one that is the same, itself where it is the first.

    The same points in the same order, from whatever point and in whatever direction a ring begins.
    """
    first = np.arange(len(geometry))
    rows = np.flatnonzero(~shapely.is_missing(geometry) & ~shapely.is_empty(geometry))
    if not len(rows):
        return first
    # Only those of one box and one number of points can be the same; few are.
    key = np.column_stack([shapely.bounds(geometry[rows]), shapely.get_num_coordinates(geometry[rows])])
    order = np.lexsort(key.T)
    alike = (key[order][1:] == key[order][:-1]).all(axis=1)
    some = np.zeros(len(rows), dtype=bool)
    some[order[1:][alike]] = some[order[:-1][alike]] = True
    rows = rows[some]
    seen: dict[bytes, int] = {}
    for row, body in zip(rows.tolist(), shapely.to_wkb(shapely.normalize(geometry[rows])).tolist()):
        first[row] = seen.setdefault(body, row)
    return first


def near_duplicates(
    geometry: NDArray[Any], pairs: Pairs, *, share: float = NEAR_SHARE
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the pairs of valid polygons that have at least `share` of their union in common, and that share."""
    i, j = pairs
    box = shapely.bounds(geometry)
    size = np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])
    close = np.abs(box[i] - box[j]).max(axis=1) <= _NEAR_BOX * np.maximum(size[i], size[j])
    i, j = i[close], j[close]
    area = shapely.area(geometry)
    close = np.minimum(area[i], area[j]) >= share * np.maximum(area[i], area[j])
    i, j = i[close], j[close]
    both = shapely.area(robust(shapely.intersection, geometry[i], geometry[j]))
    ratio = both / np.maximum(area[i] + area[j] - both, 1e-300)
    hit = ratio >= share
    return i[hit], j[hit], ratio[hit]


# --------------------------------------------------------------------------------------------------------
# Overlaps
# --------------------------------------------------------------------------------------------------------


def overlaps(
    geometry: NDArray[Any],
    group: NDArray[np.int64],
    *,
    tolerance_m2: float = 1.0,
    pairs: Pairs | None = None,
    boundary: Boundary | None = None,
    progress: Progress = SILENT,
) -> Meeting:
    """Find all pairs of polygons of one group whose interiors have more than `tolerance_m2` in common.

    Parameters
    ----------
    geometry : (n,) valid polygon or multipolygon
        EPSG:4490.
    group : (n,) int
        Polygons are compared within a group; negative: left out.

    Notes
    -----
    An area in two polygons is bounded by unmatched edges, so one of its pairs is found at an unmatched edge of
    the one that lies in the other's box.  Its further pairs follow by stepping from a pair found to the
    neighbours of both, until no new pair overlaps.
    """
    if pairs is None:
        pairs = box_pairs(geometry, group, progress=part(progress, 0.0, 0.1))
    i, j = pairs
    if not len(i):
        return _meeting(geometry, i, j, np.zeros(0, dtype=object))
    asked = _at_unmatched(geometry, group, i, j, 0.0, boundary, part(progress, 0.1, 0.5))
    count = np.int64(len(geometry))
    code = i * count + j
    state = np.zeros(len(i), dtype=bool)  # already intersected
    pieces = np.full(len(i), None, dtype=object)
    neighbour_of = _neighbours(i, j, len(geometry))
    low = 0.5
    while len(asked):
        state[asked] = True
        meets = in_blocks(shapely.intersects, geometry[i[asked]], geometry[j[asked]], progress=part(progress, low, low))
        some = asked[meets]
        both = in_blocks(
            lambda a, b: robust(shapely.intersection, a, b), geometry[i[some]], geometry[j[some]],
            progress=part(progress, low, (1 + low) / 2),
        )  # fmt: skip
        low = (1 + low) / 2
        real = _rough_m2(both) > _NOISE_M2
        some, both = some[real], both[real]
        pieces[some] = both
        asked = _onward(i[some], j[some], neighbour_of, code, count)
        asked = asked[~state[asked]]
    hit = np.flatnonzero(~shapely.is_missing(pieces))
    met = _meeting(geometry, i[hit], j[hit], pieces[hit])
    keep = met.area_m2 > tolerance_m2
    return Meeting(met.first[keep], met.second[keep], met.piece[keep], met.area_m2[keep], met.width_m[keep])


def _at_unmatched(
    geometry: NDArray[Any],
    group: NDArray[np.int64],
    i: NDArray[np.int64],
    j: NDArray[np.int64],
    reach_m: float,
    boundary: Boundary | None,
    progress: Progress,
) -> NDArray[np.int64]:
    """Which pairs have an unmatched edge of one in the box of the other, widened by `reach_m`."""
    near = np.zeros(len(i), dtype=bool)
    for owner, other, pair, _edge, _xy in _unmatched_near(geometry, group, i, j, reach_m, boundary, progress):
        del owner, other
        near[pair] = True
    return np.flatnonzero(near)


def _unmatched_near(
    geometry: NDArray[Any],
    group: NDArray[np.int64],
    i: NDArray[np.int64],
    j: NDArray[np.int64],
    reach_m: float,
    boundary: Boundary | None,
    progress: Progress,
) -> Any:
    """Yield (owner, other, pair, edge, ends) for the unmatched edges of one of a pair in the other's box."""
    report(progress, 0.0, "")
    if boundary is None:
        taking = np.zeros(len(geometry), dtype=bool)
        taking[i] = taking[j] = True
        boundary = boundary_of(geometry, group, taking)
    report(progress, 0.6, "")
    window = widened(shapely.bounds(geometry), reach_m) if reach_m else shapely.bounds(geometry)
    for low, owner, other in ((0.6, i, j), (0.8, j, i)):
        for pair, edge in edges_near_box(
            boundary, owner, window[other], progress=part(progress, low, low + 0.2)
        ):
            yield owner, other, pair, edge, boundary.ends


def _neighbours(i: NDArray[np.int64], j: NDArray[np.int64], count: int) -> tuple[Any, Any, Any]:
    """For each feature the features whose boxes meet its own, itself included, as runs of one array."""
    a = np.concatenate([i, j, np.arange(count)])
    b = np.concatenate([j, i, np.arange(count)])
    order = np.argsort(a, kind="stable")
    begin, size = runs(a[order], count)
    return begin, size, b[order]


def _onward(
    i: NDArray[np.int64],
    j: NDArray[np.int64],
    neighbour_of: tuple[Any, Any, Any],
    code: NDArray[np.int64],
    count: np.int64,
) -> NDArray[np.int64]:
    """Positions in the sorted `code` of all pairs that can be stepped to from the pairs (i, j)."""
    begin, size, other = neighbour_of
    out = []
    for low in range(0, len(i), 2000):
        a, b = i[low : low + 2000], j[low : low + 2000]
        times = size[a] * size[b]
        pair = np.repeat(np.arange(len(a)), times)
        at = np.arange(len(pair)) - np.repeat(np.cumsum(times) - times, times)
        wide = size[b][pair]
        x, y = other[begin[a][pair] + at // wide], other[begin[b][pair] + at % wide]
        wanted = np.unique(np.minimum(x, y) * count + np.maximum(x, y))
        place = np.searchsorted(code, wanted)
        place[place == len(code)] = 0
        out.append(place[code[place] == wanted])
    return np.unique(np.concatenate(out)) if out else np.zeros(0, dtype=np.int64)


def _rough_m2(shapes: NDArray[Any]) -> NDArray[np.float64]:
    """Area to about a percent, from degrees."""
    box = shapely.bounds(shapes)
    kx, ky = geodesy.metres_per_degree(np.where(np.isfinite(box[:, 1]), (box[:, 1] + box[:, 3]) / 2, 0.0))
    return shapely.area(shapes) * kx * ky


def _meeting(geometry: NDArray[Any], i: NDArray[np.int64], j: NDArray[np.int64], pieces: NDArray[Any]) -> Meeting:
    pieces = areal(pieces)
    area = geodesy.area_m2(pieces) if len(pieces) else np.zeros(0)
    return Meeting(i, j, pieces, area, mean_width(pieces, area))


def areal(shapes: NDArray[Any]) -> NDArray[Any]:
    """Return the polygons of each geometry: an intersection may hold points and lines too."""
    out = np.array(shapes, dtype=object)
    mixed = np.flatnonzero(~np.isin(shapely.get_type_id(out), (3, 6)))
    for place in mixed:
        # A collection may hold multipolygons.
        parts = shapely.get_parts(shapely.get_parts(out[place : place + 1]))
        parts = parts[shapely.get_type_id(parts) == 3]
        out[place] = shapely.multipolygons(parts) if len(parts) else shapely.Polygon()
    return out


def mean_width(shapes: NDArray[Any], area_m2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return twice the area by the perimeter, in metres; 0 for what has none."""
    if not len(shapes):
        return np.zeros(0)
    round_m = geodesy.length_m(shapes)
    return np.divide(2 * area_m2, round_m, out=np.zeros(len(shapes)), where=round_m > 0)


# --------------------------------------------------------------------------------------------------------
# Gaps
# --------------------------------------------------------------------------------------------------------


def gaps(
    geometry: NDArray[Any],
    group: NDArray[np.int64],
    *,
    width_m: float = 2.0,
    smallest_m2: float = 1.0,
    boundary: Boundary | None = None,
    progress: Progress = SILENT,
) -> Meeting:
    """Find strips narrower than `width_m` between two polygons of one group that belong to none.

    Parameters
    ----------
    geometry : (n,) valid polygon or multipolygon
        EPSG:4490.
    smallest_m2 : float
        Smaller strips are rounding.

    Notes
    -----
    Only where unmatched edges of one come within `width_m` of the other is the strip drawn: both are cut to a
    window, widened by half the width and narrowed again with sharp corners, which fills what is narrower and
    gives every other boundary back as it was.
    """
    none = np.zeros(0, dtype=np.int64)
    i, j = box_pairs(geometry, group, reach_m=width_m, progress=part(progress, 0.0, 0.1))
    if not len(i):
        return _meeting(geometry, none, none, np.zeros(0, dtype=object))
    window = _windows(geometry, group, i, j, width_m, boundary, part(progress, 0.1, 0.7))
    some = np.flatnonzero(np.isfinite(window).all(axis=1))
    if not len(some):
        return _meeting(geometry, none, none, np.zeros(0, dtype=object))
    i, j, window = i[some], j[some], widened(window[some], 4 * width_m)
    lat = (window[:, 1] + window[:, 3]) / 2
    a, b = (_cut(geometry[side], window, lat) for side in (i, j))
    both = robust(shapely.union, a, b)

    def closed(shapes: NDArray[Any]) -> NDArray[Any]:
        style = {"join_style": "mitre", "mitre_limit": _MITRE}
        return shapely.buffer(shapely.buffer(shapes, width_m / 2, **style), -width_m / 2, **style)

    filled = in_blocks(closed, both, progress=part(progress, 0.7, 0.9), block=200)
    left = robust(shapely.difference, filled, both)
    pieces, pair = shapely.get_parts(left, return_index=True)
    # A strip touches both of what it lies between.
    keep = (shapely.get_type_id(pieces) == 3) & (shapely.area(pieces) > 0)
    pieces, pair = pieces[keep], pair[keep]
    keep = shapely.dwithin(pieces, a[pair], 0.01) & shapely.dwithin(pieces, b[pair], 0.01)
    pair = pair[keep]
    # Back in degrees a thin strip may cross itself in the last digit.
    pieces = areal(shapely.make_valid(_unscaled(pieces[keep], lat[pair])))
    pieces, again = shapely.get_parts(pieces, return_index=True)
    pair = pair[again]
    report(progress, 0.95, "")
    pieces, pair = _without_others(pieces, pair, geometry, group, i, j)
    met = _meeting(geometry, i[pair], j[pair], pieces)
    keep = (met.area_m2 > smallest_m2) & (met.width_m <= width_m) & (met.width_m > 0)
    return Meeting(met.first[keep], met.second[keep], met.piece[keep], met.area_m2[keep], met.width_m[keep])


def _windows(
    geometry: NDArray[Any],
    group: NDArray[np.int64],
    i: NDArray[np.int64],
    j: NDArray[np.int64],
    width_m: float,
    boundary: Boundary | None,
    progress: Progress,
) -> NDArray[np.float64]:
    """For each pair the box of the unmatched edges of both within `width_m` of the other; NaN where one has none."""
    boxes = [np.full((len(i), 4), np.nan) for _ in range(2)]
    box = shapely.bounds(geometry)
    reach = width_m / geodesy.metres_per_degree(np.nan_to_num(np.abs(box[:, [1, 3]]).max(axis=1)))[0]
    shapely.prepare(geometry[np.unique(np.concatenate([i, j]))])
    for owner, other, pair, edge, ends in _unmatched_near(geometry, group, i, j, width_m, boundary, progress):
        side = boxes[0] if owner is i else boxes[1]
        there = other[pair]
        near = in_blocks(
            lambda line, shape, far: shapely.dwithin(shape, line, far),
            shapely.linestrings(ends[edge]), geometry[there], reach[there],
        )  # fmt: skip
        pair, edge = pair[near], edge[near]
        # Only the part of a long edge that lies by the other counts.
        low = np.maximum(ends[edge].min(axis=1), box[other[pair]][:, :2] - reach[other[pair], None])
        high = np.minimum(ends[edge].max(axis=1), box[other[pair]][:, 2:] + reach[other[pair], None])
        for axis in (0, 1):
            np.fmin.at(side[:, axis], pair, low[:, axis])
            np.fmax.at(side[:, axis + 2], pair, high[:, axis])
    out = np.concatenate(
        [np.minimum(boxes[0][:, :2], boxes[1][:, :2]), np.maximum(boxes[0][:, 2:], boxes[1][:, 2:])], 1
    )
    out[np.isnan(boxes[0][:, 0]) | np.isnan(boxes[1][:, 0])] = np.nan
    return out


def _cut(shapes: NDArray[Any], window: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[Any]:
    """Cut each geometry to its window and bring it to metres about its latitude."""
    cut = robust(shapely.intersection, shapes, shapely.box(*window.T))
    return geodesy.scaled(areal(cut), lat)


def _unscaled(shapes: NDArray[Any], lat: NDArray[np.float64]) -> NDArray[Any]:
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    k = np.column_stack(geodesy.metres_per_degree(lat))
    return shapely.set_coordinates(np.array(shapes, dtype=object), xy / k[owner])


def _without_others(
    pieces: NDArray[Any],
    pair: NDArray[np.int64],
    geometry: NDArray[Any],
    group: NDArray[np.int64],
    i: NDArray[np.int64],
    j: NDArray[np.int64],
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Take out of each piece what a third polygon of the group covers."""
    if not len(pieces):
        return pieces, pair
    pieces = pieces.copy()
    at, row = shapely.STRtree(np.where(group >= 0, geometry, None)).query(pieces, predicate="intersects")
    third = (row != i[pair[at]]) & (row != j[pair[at]]) & (group[row] == group[i[pair[at]]])
    at, row = at[third], row[third]
    for place in np.unique(at):
        for other in geometry[row[at == place]]:
            pieces[place : place + 1] = robust(shapely.difference, pieces[place : place + 1], np.array([other]))
    pieces, again = shapely.get_parts(areal(pieces), return_index=True)
    return pieces, pair[again]
