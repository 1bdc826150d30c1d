"""The nearest places of two geometries on the ellipsoid, for many pairs at a time.

An edge is straight in degrees, and no flat frame has the right scale for all places at once: in one scaled at some
latitude a candidate further north and one further south are both misjudged, by metres at 15 km.  So the candidates of
a pair are judged each by itself:

1. Boxes about eight edges, eight such boxes and so on are compared down to single edges, and whatever is further than
   the nearest two vertices known so far is dropped.
2. The few pairs of edges that are left are measured each at its own middle latitude, and of these the best are brought
   to the place where edge and geodesic are square to each other.

Shapes are taken as they are: none is copied or transformed, and of one that stands in many pairs the edges are listed
once.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .geodesy import SEMI_MAJOR, metres_per_degree, segment_m
from .threads import cores, quiet

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RADIAN = np.pi / 180
#: Edges or boxes in the next larger box.
_FAN = 8
#: Pairs, and edges of their shapes, that are worked on at a time.
_PAIRS = 2048
_EDGES = 2_000_000
#: Threads take part from so many pairs on.
_MANY = 2 * _PAIRS
#: So many pairs, of so many pairs of vertices together, are not worth boxes.
_FEW, _FEW_EDGES = 64, 6000
#: What a frame scaled at the middle latitude leaves out of a distance s is at most this share of (s / (R cos lat))^2:
#: the terms of Gauss's formula have denominators of 24 (measured against geodesics up to 300 km: 1/21).
_LEFT_OUT = 1 / 16
#: Added to a bound against rounding, metres.
_HAIR_M = 1e-3
#: A foot so near its place is left where it is, metres.
_THERE_M = 1e-6


def nearest_places(
    first: NDArray[Any], second: NDArray[Any], workers: int | None = None
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the nearest places of pairs of geometries.

    Parameters
    ----------
    first, second : (n,) array of geometry
        EPSG:4490, none of them missing or empty.
    workers : int, optional
        Threads for many pairs; by default all cores, at most eight.

    Returns
    -------
    ends : (n, 2, 2) float
        Longitude and latitude of the place on the first and on the second geometry, degrees.
    meet : (n,) bool
        Where they have a place in common.
    """
    ends = np.empty((len(first), 2, 2))
    meet = np.zeros(len(first), dtype=bool)
    dots = (shapely.get_type_id(first) == 0) & (shapely.get_type_id(second) == 0)
    if dots.any():
        ends[dots, 0] = shapely.get_coordinates(first[dots])
        ends[dots, 1] = shapely.get_coordinates(second[dots])
        meet[dots] = (ends[dots, 0] == ends[dots, 1]).all(axis=1)
    rest = np.flatnonzero(~dots)
    if not len(rest):
        return ends, meet
    if len(rest) <= _FEW:
        few = _few(first[rest], second[rest])
        if few is not None:
            ends[rest], meet[rest] = few
            return ends, meet
    shape_a, kinds_a = _distinct(first[rest])
    shape_b, kinds_b = _distinct(second[rest])
    pairs = _Pairs(kinds_a, kinds_b)
    load = np.cumsum(pairs.a.count[shape_a] + pairs.b.count[shape_b])
    cuts = [0]
    while cuts[-1] < len(rest):
        reached = load[cuts[-1] - 1] if cuts[-1] else 0
        end = int(np.searchsorted(load, reached + _EDGES))
        cuts.append(min(max(end, cuts[-1] + 1), cuts[-1] + _PAIRS, len(rest)))

    @quiet
    def work(block: slice) -> None:
        rows = rest[block]
        ends[rows], meet[rows] = pairs.nearest(shape_a[block], shape_b[block])

    blocks = [slice(low, high) for low, high in zip(cuts[:-1], cuts[1:])]
    count = min(workers or cores(), len(blocks))
    if count > 1 and len(rest) >= _MANY:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(work, blocks))
    else:
        for block in blocks:
            work(block)
    return ends, meet


def _few(first: NDArray[Any], second: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """Answer for a few pairs of small shapes by all pairs of edges; None where these are many."""
    ends = np.empty((len(first), 2, 2))
    meet = shapely.intersects(first, second)
    if meet.any():
        ends[meet] = shapely.get_coordinates(shapely.shortest_line(first[meet], second[meet])).reshape(-1, 2, 2)
    apart = np.flatnonzero(~meet)
    if not len(apart):
        return ends, meet
    first, second = first[apart], second[apart]
    most = shapely.get_num_coordinates(first) * shapely.get_num_coordinates(second)
    if int(most.sum()) > _FEW_EDGES:
        return None
    (owner_a, edges_a), (owner_b, edges_b) = edges_of(first), edges_of(second)
    count_a, count_b = (np.bincount(owner, minlength=len(apart)) for owner in (owner_a, owner_b))
    count = count_a * count_b
    pair = np.repeat(np.arange(len(apart)), count)
    number = np.arange(len(pair)) - (np.cumsum(count) - count)[pair]
    a = edges_a[(np.cumsum(count_a) - count_a)[pair] + number // count_b[pair]]
    b = edges_b[(np.cumsum(count_b) - count_b)[pair] + number % count_b[pair]]
    dots = bool((shapely.get_type_id(first) == 0).all())
    ends[apart] = _ends(pair, a, b, dots)
    return ends, meet


def _ends(pair: NDArray[np.intp], a: NDArray[np.float64], b: NDArray[np.float64], dots: bool) -> NDArray[np.float64]:
    """Return the nearest places (n, 2, 2) of each pair, of which the rows are edges of the first and of the second."""
    place, edge, pair, turned = _sides(pair, a, b, dots)
    pick, foot = best(place, edge, pair)
    side = turned[pick].astype(np.intp)
    out = np.empty((len(pick), 2, 2))
    rows = np.arange(len(pick))
    out[rows, side], out[rows, 1 - side] = place[pick], foot
    return out


def _distinct(geometry: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """Return for each geometry its number among the distinct objects, and these."""
    which = np.fromiter(map(id, geometry), dtype=np.int64, count=len(geometry))
    _, at, number = np.unique(which, return_index=True, return_inverse=True)
    return number.reshape(-1), geometry[at]


class _Edges:
    """The edges of shapes, (m, 4) degrees, shape by shape, in boxes of boxes.

    ``boxes[k]`` are those about eight to the power of `k` edges (`k` = 0: the edges' own), west, south, east and
    north; those of shape `s` begin at ``first[k][s]``.
    """

    def __init__(self, shapes: NDArray[Any]) -> None:
        owner, self.ends = edges_of(shapes)
        self.count = np.bincount(owner, minlength=len(shapes)).astype(np.intp)
        low = np.minimum(self.ends[:, :2], self.ends[:, 2:])
        high = np.maximum(self.ends[:, :2], self.ends[:, 2:])
        self.boxes = [np.column_stack([low, high])]
        self.sizes = [self.count]
        self.first = [np.cumsum(self.count) - self.count]
        self._vertices = [np.ascontiguousarray(self.ends[:, :2])]
        while self.sizes[-1].max(initial=1) > 1:
            size, first, boxes = self.sizes[-1], self.first[-1], self.boxes[-1]
            larger = -(-size // _FAN)
            begin = np.cumsum(larger) - larger
            at = np.repeat(first - begin * _FAN, larger) + np.arange(int(larger.sum())) * _FAN
            self.boxes.append(
                np.column_stack([
                    np.minimum.reduceat(boxes[:, :2], at, axis=0), np.maximum.reduceat(boxes[:, 2:], at, axis=0)
                ])
            )  # fmt: skip
            self._vertices.append(self._vertices[-1].take(at, axis=0))
            self.sizes.append(larger)
            self.first.append(begin)

    def roots(self, shape: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the boxes of shapes."""
        return self.boxes[-1].take(self.first[-1][shape], axis=0)

    def vertex(self, level: int, node: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return a vertex in each box of a level."""
        return self._vertices[level].take(node, axis=0)

    def opened(
        self, level: int, shape: NDArray[np.intp], node: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return which row each box within the boxes `node` (numbers at `level`) belongs to, and its number."""
        inside = node - self.first[level][shape]
        count = np.minimum(_FAN, self.sizes[level - 1][shape] - inside * _FAN)
        begin = np.cumsum(count) - count
        row = np.repeat(np.arange(len(node)), count)
        return row, np.arange(len(row)) + (self.first[level - 1][shape] + inside * _FAN - begin)[row]


def edges_of(shapes: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """List the edges of shapes; a point is an edge without length.

    Parameters
    ----------
    shapes : (n,) array of geometry

    Returns
    -------
    owner : (m,) int
        Row of `shapes`, rising.
    ends : (m, 4) float
        x and y of the start, x and y of the end.
    """
    parts, owner = shapes, np.arange(len(shapes))
    while (shapely.get_type_id(parts) >= 4).any():
        parts, at = shapely.get_parts(parts, return_index=True)
        owner = owner[at]
    kind = shapely.get_type_id(parts)
    dots = kind == 0
    rings, at = shapely.get_rings(parts[kind == 3], return_index=True)
    lines = np.concatenate([parts[(kind == 1) | (kind == 2)], rings])
    of_line = np.concatenate([owner[(kind == 1) | (kind == 2)], owner[kind == 3][at]])
    coords, line = shapely.get_coordinates(lines, return_index=True)
    steps = np.flatnonzero(line[1:] == line[:-1])
    points, at = shapely.get_coordinates(parts[dots], return_index=True)
    ends = np.concatenate([np.column_stack([coords[steps], coords[steps + 1]]), np.column_stack([points, points])])
    whose = np.concatenate([of_line[line[steps]], owner[dots][at]]).astype(np.intp)
    if (np.diff(whose) < 0).any():
        order = np.argsort(whose, kind="stable")
        whose, ends = whose[order], ends[order]
    return whose, ends


class _Pairs:
    """Two lists of distinct shapes, of which pairs are measured."""

    def __init__(self, shapes_a: NDArray[Any], shapes_b: NDArray[Any]) -> None:
        self.shapes_a, self.shapes_b = shapes_a, shapes_b
        self.a, self.b = _Edges(shapes_a), _Edges(shapes_b)
        self.dots = bool((shapely.get_type_id(shapes_a) == 0).all())

    def nearest(
        self, shape_a: NDArray[np.intp], shape_b: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the nearest places (n, 2, 2) of pairs named by their rows, and which pairs meet."""
        ends = np.empty((len(shape_a), 2, 2))
        meet = (_gaps(self.a.roots(shape_a), self.b.roots(shape_b)) <= 0.0).all(axis=1)
        first, second = self.shapes_a[shape_a[meet]], self.shapes_b[shape_b[meet]]
        common = shapely.intersects(first, second)
        meet[meet] = common
        line = shapely.shortest_line(first[common], second[common])
        ends[meet] = shapely.get_coordinates(line).reshape(-1, 2, 2)
        apart = np.flatnonzero(~meet)
        if not len(apart):
            return ends, meet
        pair, edge_a, edge_b = self._candidates(shape_a[apart], shape_b[apart])
        ends[apart] = _ends(pair, self.a.ends.take(edge_a, axis=0), self.b.ends.take(edge_b, axis=0), self.dots)
        return ends, meet

    def _candidates(
        self, shape_a: NDArray[np.intp], shape_b: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Return pair, edge of the first and edge of the second shape for all that may be nearest, pair by pair.

        Of the boxes that are left the corner of one is a vertex: the least distance between vertices is a bound that
        falls as the boxes become smaller.
        """
        level_a, level_b = len(self.a.boxes) - 1, len(self.b.boxes) - 1
        node_a, node_b = self.a.first[-1][shape_a], self.b.first[-1][shape_b]
        pair = np.arange(len(shape_a))
        box_a, box_b = self.a.boxes[-1][node_a], self.b.boxes[-1][node_b]
        bound = segment_m(self.a.vertex(level_a, node_a), self.b.vertex(level_b, node_b))
        while level_a or level_b:
            if level_a > level_b:
                row, node_a = self.a.opened(level_a, shape_a[pair], node_a)
                level_a, node_b, pair = level_a - 1, node_b[row], pair[row]
            else:
                row, node_b = self.b.opened(level_b, shape_b[pair], node_b)
                level_b, node_a, pair = level_b - 1, node_a[row], pair[row]
            if len(pair) == len(shape_a):
                continue
            scale, allowed = _scales(box_a, box_b, bound)
            vertex_a, vertex_b = self.a.vertex(level_a, node_a), self.b.vertex(level_b, node_b)
            away = (np.square(vertex_a - vertex_b) * np.square(scale).take(pair, axis=0)).sum(axis=1)
            first = _least(away, pair)
            bound = np.minimum(bound, segment_m(vertex_a[first], vertex_b[first]))
            scale, allowed = _scales(box_a, box_b, bound)
            gap = _gaps(self.a.boxes[level_a].take(node_a, axis=0), self.b.boxes[level_b].take(node_b, axis=0))
            gap *= (scale / allowed[:, None]).take(pair, axis=0)
            gap *= gap
            keep = np.flatnonzero(gap[:, 0] + gap[:, 1] <= 1.0)
            node_a, node_b, pair = node_a[keep], node_b[keep], pair[keep]
        return pair, node_a, node_b


def _gaps(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many degrees boxes are apart in longitude and in latitude, (n, 2)."""
    return np.maximum(np.maximum(a[:, :2] - b[:, 2:], b[:, :2] - a[:, 2:]), 0.0)


def _least(value: NDArray[np.float64], group: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return where in each group (numbered from 0, in order, none without a member) the value is least."""
    begin = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
    at = np.flatnonzero(value == np.minimum.reduceat(value, begin)[group])
    return at[np.searchsorted(at, begin)]


def _scales(
    box_a: NDArray[np.float64], box_b: NDArray[np.float64], bound: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least metres of a degree of longitude and of latitude, (n, 2), and what the bound allows by them.

    The middle of whatever lies within the bound is no further south than the bound from the more northern of the two
    southern edges, nor than the middle of these; and the other way round.  The one counts where boxes are large, the
    other where they are far apart.
    """
    reach = bound / 110_000.0
    low = np.maximum(np.maximum(box_a[:, 1], box_b[:, 1]) - reach, (box_a[:, 1] + box_b[:, 1]) / 2)
    high = np.minimum(np.minimum(box_a[:, 3], box_b[:, 3]) + reach, (box_a[:, 3] + box_b[:, 3]) / 2)
    far = np.minimum(np.maximum(np.abs(low), np.abs(high)), 89.9)
    near = np.where(low * high < 0, 0.0, np.minimum(np.minimum(np.abs(low), np.abs(high)), 89.9))
    # What the middle latitude leaves out of a distance.
    left = _LEFT_OUT * (bound / SEMI_MAJOR / np.cos(far * _RADIAN)) ** 2
    scale = np.column_stack([metres_per_degree(far)[0], metres_per_degree(near)[1]])
    return scale, bound * (1 + 1e-6 + left) + _HAIR_M


def _sides(
    pair: NDArray[np.intp], a: NDArray[np.float64], b: NDArray[np.float64], dots: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp], NDArray[np.bool_]]:
    """Return end and edge of all that may be nearest in pairs of edges apart: an end of one, somewhere on the other."""
    if dots:
        return a[:, :2], b, pair, np.zeros(len(pair), dtype=bool)
    place = np.concatenate([a[:, :2], a[:, 2:], b[:, :2], b[:, 2:]])
    turned = np.repeat([False, True], 2 * len(pair))
    return place, np.concatenate([b, b, a, a]), np.tile(pair, 4), turned


def best(
    place: NDArray[np.float64], edge: NDArray[np.float64], group: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find in each group the place that is nearest to its edge.

    Parameters
    ----------
    place : (m, 2) float
        Degrees.
    edge : (m, 4) float
        Longitude and latitude of start and end, degrees; the two may be the same.
    group : (m,) int
        From 0, none without a member; in any order.

    Returns
    -------
    pick : (n,) int
        The row of each group that is nearest.
    foot : (n, 2) float
        The nearest place on its edge, degrees.
    """
    about = np.clip(place[:, 1], np.minimum(edge[:, 1], edge[:, 3]), np.maximum(edge[:, 1], edge[:, 3]))
    middle = (place[:, 1] + about) / 2
    share, away = _foot(place, edge, middle)
    # The scale was that of a place on the edge which may not be the foot.
    slope = np.tan(np.minimum(np.abs(middle), 89.9) * _RADIAN)
    doubt = slope * np.abs(edge[:, 3] - edge[:, 1]) * _RADIAN + 1e-9
    doubt += _LEFT_OUT * (1 + slope**2) * (away / SEMI_MAJOR) ** 2
    most = np.full(int(group.max()) + 1, np.inf)
    np.minimum.at(most, group, away * (1 + doubt))
    keep = np.flatnonzero(away * (1 - doubt) <= most[group] + _HAIR_M)
    place, edge, group = place.take(keep, axis=0), edge.take(keep, axis=0), group[keep]
    foot = _squared(place, edge, share[keep])
    order = np.lexsort((segment_m(place, foot), group))
    first = order[np.concatenate([[True], np.diff(group[order]) != 0])]
    return keep[first], foot[first]


def _foot(
    place: NDArray[np.float64], edge: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far along each edge its nearest place lies (0 to 1), and its distance, in frames scaled at `lat`."""
    kx, ky = metres_per_degree(lat)
    ax, ay = (edge[:, 0] - place[:, 0]) * kx, (edge[:, 1] - place[:, 1]) * ky
    dx, dy = (edge[:, 2] - edge[:, 0]) * kx, (edge[:, 3] - edge[:, 1]) * ky
    square = dx * dx + dy * dy
    share = -(ax * dx + ay * dy) / np.where(square > 0, square, 1.0)
    share = np.minimum(np.maximum(share, 0.0), 1.0)
    return share, np.hypot(ax + share * dx, ay + share * dy)


def _squared(place: NDArray[np.float64], edge: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move feet along their edges to where the geodesic meets the edge squarely, by Newton's steps.

    The geodesic's azimuth at the foot is that of the mid-latitude formula with half the convergence of the meridians;
    a flat frame would leave it out, and 5 mm of distance at 15 km with it.
    """
    start, way = edge[:, :2], edge[:, 2:] - edge[:, :2]
    for _ in range(3):
        foot = start + share[:, None] * way
        middle = (foot[:, 1] + place[:, 1]) / 2
        kx, ky = metres_per_degree(middle)
        lon = foot[:, 0] - place[:, 0]
        east, north = lon * kx, (foot[:, 1] - place[:, 1]) * ky
        away = np.hypot(east, north)
        azimuth = np.arctan2(east, north) + lon * (_RADIAN / 2) * np.sin(middle * _RADIAN)
        kx, ky = metres_per_degree(foot[:, 1])
        x, y = way[:, 0] * kx, way[:, 1] * ky
        along = x * np.sin(azimuth) + y * np.cos(azimuth)
        across = (x * np.cos(azimuth) - y * np.sin(azimuth)) ** 2
        # Straight behind the edge there is no square: the step is as long as the edge, towards the nearer end.
        square = across > 1e-18 * along * along
        step = np.where(square, along * away / np.where(square, across, 1.0), np.sign(along))
        # Of a foot that lies on its place the direction is rounding alone.
        step[away < _THERE_M] = 0.0
        share = np.minimum(np.maximum(share - step, 0.0), 1.0)
    return start + share[:, None] * way
