"""The middle line of a river polygon and its width: the Voronoi skeleton of its banks.

The banks are sampled, closer where the river is narrow, and triangulated (Delaunay).  The circles through the corners
of the triangles inside touch the banks at three places and hold none, so that their centres lie in the middle of the
river and their diameters are its width; centres of neighbouring triangles are joined.  Short branches into the bays of
a bank are pruned, the ends are carried on to the ends of the polygon.  Islands leave a loop, so that either arm has
its line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .potential import Chains, chains, parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Samples to the mean width of a river, and the share of the local width that they are apart at most.
_PER_WIDTH, _APART = 4.0, 0.5
# Rounds of closer sampling; each halves the distance between samples where they are too far apart.
_ROUNDS = 6
# Samples so near each other along a bank are on the same bank.
_SAME_BANK = 4


@dataclass(frozen=True)
class Skeleton:
    """Middle lines between junctions.

    Attributes
    ----------
    line : (k,) LineString
        In the polygon's own metres; lines that meet share their end point exactly.
    place : (k,) object
        For each line the distance along it, metres, at which `width` is known.
    width : (k,) object
        Widths there, metres.
    """

    line: NDArray[Any]
    place: NDArray[Any]
    width: NDArray[Any]


def skeleton(polygon: Any, *, spacing: float | None = None, spur: float = 1.0, smooth: float = 0.05) -> Skeleton:
    """Return the middle lines of a polygon.

    Parameters
    ----------
    polygon : Polygon
        Valid, in metres.
    spacing : float, optional
        Greatest distance between samples of the banks, metres; a quarter of the mean width where not given.
    spur : float
        A branch is kept if it reaches this many river widths beyond the bank of the river that it leaves.
    smooth : float
        The line may be moved by this share of the width to be smooth.

    Returns
    -------
    Skeleton
    """
    # GEOS raises flags of the processor over empty boxes and the like, of which numpy would warn.
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        return _skeleton(polygon, spacing, spur, smooth)


def _skeleton(polygon: Any, spacing: float | None, spur: float, smooth: float) -> Skeleton:
    mean_width = 2.0 * polygon.area / max(polygon.length, 1e-9)
    spacing = spacing or mean_width / _PER_WIDTH
    graph = _triangulated(polygon, max(spacing, 0.05))
    if not len(graph.tail):
        return _axis(polygon)
    alive = _whole(graph, mean_width)
    alive = _pruned(graph, alive, spur)
    if not alive.any():
        return _axis(polygon)
    paths = chains(graph.tail, graph.head, len(graph.centre), alive)
    found = _lines(polygon, graph, paths, spur, smooth)
    return found if len(found.line) else _axis(polygon)


@dataclass(frozen=True)
class _Graph:
    """Centres of circles, their radii, and which are neighbours."""

    centre: NDArray[np.float64]
    radius: NDArray[np.float64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]

    @property
    def length(self) -> NDArray[np.float64]:
        return np.hypot(*(self.centre[self.head] - self.centre[self.tail]).T)


def _triangulated(polygon: Any, spacing: float) -> _Graph:
    """Sample the banks, triangulate, and join the centres of the circles round neighbouring triangles."""
    rings = [shapely.get_coordinates(r)[:-1] for r in shapely.get_parts(shapely.get_rings(polygon))]
    least = spacing / 2**_ROUNDS
    rings = [_divided(r, np.hypot(*(np.roll(r, -1, axis=0) - r).T), np.full(len(r), spacing)) for r in rings]
    for last in range(_ROUNDS + 1):
        point = np.concatenate(rings)
        size = np.array([len(r) for r in rings])
        first = np.cumsum(size) - size
        number = np.arange(len(point))
        ring = np.repeat(np.arange(len(rings)), size)
        following = np.where(number == (first + size - 1)[ring], first[ring], number + 1)
        triangle = _triangles(point)
        a, b, owner = _sides(triangle)
        step = np.abs(a - b)
        step = np.where(ring[a] == ring[b], np.minimum(step, size[ring[a]] - step), len(point))
        if last == _ROUNDS:
            break
        length = np.hypot(*(point[following] - point).T)
        across = np.full(len(point), np.inf)
        far = step > _SAME_BANK
        apart = np.hypot(*(point[a[far]] - point[b[far]]).T)
        np.minimum.at(across, a[far], apart)
        np.minimum.at(across, b[far], apart)
        # A stretch of bank that is no side of a triangle has other banks nearer to its middle than its ends.
        present = np.zeros(len(point), dtype=bool)
        beside = (following[a] == b) | (following[b] == a)
        present[np.where(following[a] == b, a, b)[beside]] = True
        limit = np.where(present, np.inf, length / 2)
        limit = np.minimum(limit, _APART * np.minimum(across, across[following]))
        limit = np.maximum(limit, np.maximum(least, length / 2))
        if (limit >= length).all():
            break
        rings = [
            _divided(point[f : f + n], length[f : f + n], limit[f : f + n]) for f, n in zip(first, size)
        ]
    return _joined(polygon, point, triangle, a, b, owner, step)


def _divided(
    ring: NDArray[np.float64], length: NDArray[np.float64], limit: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Divide the sides of a ring into equal pieces no longer than `limit`."""
    count = np.maximum(1, np.ceil(length / limit - 1e-9)).astype(np.int64)
    side = np.repeat(np.arange(len(ring)), count)
    share = (np.arange(len(side)) - np.repeat(np.cumsum(count) - count, count)) / count[side]
    following = np.roll(ring, -1, axis=0)
    return ring[side] + share[:, None] * (following - ring)[side]


def _triangles(point: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the Delaunay triangles as (t, 3) numbers of points."""
    place, number = np.unique(point, axis=0, return_index=True)
    found = shapely.get_parts(shapely.delaunay_triangles(shapely.multipoints(place)))
    corner = shapely.get_coordinates(found).reshape(-1, 4, 2)[:, :3].reshape(-1, 2)
    both = np.concatenate([place, corner])
    _, inverse = np.unique(both, axis=0, return_inverse=True)
    return number[inverse.ravel()[len(place) :]].reshape(-1, 3)


def _sides(
    triangle: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the sides of triangles as (lesser point, greater point, triangle)."""
    one = triangle.ravel()
    two = np.roll(triangle, -1, axis=1).ravel()
    return np.minimum(one, two), np.maximum(one, two), np.repeat(np.arange(len(triangle)), 3)


def _joined(
    polygon: Any,
    point: NDArray[np.float64],
    triangle: NDArray[np.int64],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    owner: NDArray[np.int64],
    step: NDArray[np.int64],
) -> _Graph:
    centre, radius = _circles(point[triangle])
    shapely.prepare(polygon)
    middle = point[triangle].mean(axis=1)
    inside = shapely.contains_xy(polygon, middle[:, 0], middle[:, 1])
    inside &= shapely.contains_xy(polygon, centre[:, 0], centre[:, 1])
    # A side along the bank has its triangle inside and nothing of the river beyond it.
    keep = inside[owner] & (step > 1)
    a, b, owner = a[keep], b[keep], owner[keep]
    order = np.lexsort((b, a))
    a, b, owner = a[order], b[order], owner[order]
    twin = np.flatnonzero((a[1:] == a[:-1]) & (b[1:] == b[:-1]))
    tail, head = owner[twin], owner[twin + 1]
    nodes, local = np.unique(np.concatenate([tail, head]), return_inverse=True)
    local = local.ravel()
    return _Graph(centre[nodes], radius[nodes], local[: len(tail)], local[len(tail) :])


def _circles(corner: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return centre and radius of the circle through the corners of each triangle, (t, 3, 2)."""
    origin = corner[:, 0]
    p, q = corner[:, 1] - origin, corner[:, 2] - origin
    double = 2.0 * (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0])
    with np.errstate(invalid="ignore", divide="ignore"):
        pp, qq = (p * p).sum(axis=1), (q * q).sum(axis=1)
        offset = np.column_stack([q[:, 1] * pp - p[:, 1] * qq, p[:, 0] * qq - q[:, 0] * pp]) / double[:, None]
    offset = np.where(np.isfinite(offset), offset, np.inf)
    return origin + offset, np.hypot(*offset.T)


# --------------------------------------------------------------------------------------------------------
# Pruning
# --------------------------------------------------------------------------------------------------------


def _whole(graph: _Graph, width: float) -> NDArray[np.bool_]:
    """Return which edges belong to the river: not those of loose bits in the corners of its banks."""
    alive = graph.tail != graph.head
    label = parts(graph.tail, graph.head, len(graph.centre))[graph.tail]
    size = np.bincount(label[alive], weights=graph.length[alive], minlength=len(graph.centre))
    return alive & (size[label] >= min(width, float(size.max(initial=0.0))))


def _pruned(graph: _Graph, alive: NDArray[np.bool_], spur: float) -> NDArray[np.bool_]:
    """Return which edges are left when branches that reach less than `spur` widths beyond the bank are taken off."""
    length = graph.length
    while alive.any():
        paths = chains(graph.tail, graph.head, len(graph.centre), alive)
        ends = np.concatenate([paths.first, paths.last])
        degree = np.bincount(ends, minlength=len(graph.centre))
        size = np.bincount(paths.owner, weights=length[paths.edge], minlength=len(paths))
        loose_first, loose_last = degree[paths.first] == 1, degree[paths.last] == 1
        leaf = loose_first ^ loose_last
        tip = np.where(loose_first, paths.first, paths.last)
        root = np.where(loose_first, paths.last, paths.first)
        beyond = size + graph.radius[tip] - graph.radius[root]
        short = leaf & (beyond < spur * 2.0 * graph.radius[root])
        # Where all that meets is short, the two longest stay and are the river.
        all_short = np.bincount(root[short], minlength=len(graph.centre)) == degree
        if short.any():
            candidates = np.flatnonzero(short & all_short[root])
            order = candidates[np.lexsort((-beyond[candidates], root[candidates]))]
            rank = np.arange(len(order)) - np.searchsorted(root[order], root[order])
            short[order[rank < 2]] = False
        if not short.any():
            return alive
        alive = alive.copy()
        alive[paths.edge[short[paths.owner]]] = False
    return alive


# --------------------------------------------------------------------------------------------------------
# Lines
# --------------------------------------------------------------------------------------------------------


def _lines(polygon: Any, graph: _Graph, paths: Chains, spur: float, smooth: float) -> Skeleton:
    """Make lines of chains: smoothed between their ends, the loose ones carried on to the end of the polygon."""
    degree = np.bincount(np.concatenate([paths.first, paths.last]), minlength=len(graph.centre))
    bank = _Bank(polygon)
    line, place, width = [], [], []
    for k in range(len(paths)):
        span = slice(paths.pointer[k], paths.pointer[k + 1])
        edge, forward = paths.edge[span], paths.forward[span]
        nodes = np.concatenate([[paths.first[k]], np.where(forward, graph.head[edge], graph.tail[edge])])
        xy = _spread_out(graph.centre[nodes], graph.radius[nodes])
        if len(xy) < 2:
            continue
        for loose, way in ((degree[paths.last[k]] == 1, 1), (degree[paths.first[k]] == 1, -1)):
            if loose:
                xy = _out_of_corner(xy[::way], bank.away(xy[::way]), spur)[::way]
        xy = _smoothed(polygon, xy, bank.away(xy), smooth)
        xy = _thinned(xy, bank.away(xy))
        radius = bank.away(xy)
        at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
        if degree[paths.first[k]] == 1:
            end = _carried_on(polygon, xy[::-1], radius[::-1])
            if end is not None:
                at = np.concatenate([[0.0], at + np.hypot(*(xy[0] - end))])
                xy, radius = np.concatenate([end[None], xy]), np.concatenate([radius[:1], radius])
        if degree[paths.last[k]] == 1:
            end = _carried_on(polygon, xy, radius)
            if end is not None:
                at = np.concatenate([at, [at[-1] + np.hypot(*(xy[-1] - end))]])
                xy, radius = np.concatenate([xy, end[None]]), np.concatenate([radius, radius[-1:]])
        line.append(shapely.linestrings(xy))
        place.append(at)
        width.append(2.0 * radius)
    return Skeleton(_objects(line), _objects(place), _objects(width))


def _objects(items: list[Any]) -> NDArray[Any]:
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out


class _Bank:
    """The sides of a polygon, found by nearness."""

    def __init__(self, polygon: Any) -> None:
        xy, ring = shapely.get_coordinates(shapely.get_rings(polygon), return_index=True)
        same = ring[1:] == ring[:-1]
        self._side = shapely.linestrings(np.stack([xy[:-1][same], xy[1:][same]], axis=1))
        self._tree = shapely.STRtree(self._side)

    def away(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Half the width: samples lie beside the places where a circle touches, so theirs are a little too big."""
        point = shapely.points(xy)
        return shapely.distance(point, self._side[self._tree.nearest(point)])


def _spread_out(xy: NDArray[np.float64], radius: NDArray[np.float64]) -> NDArray[np.float64]:
    """Space points evenly, a quarter of the radius apart; the ends stay."""
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    if at[-1] <= 0:
        return xy[:1]
    # The step follows the width where that changes along the river.
    steps = np.diff(at) / np.maximum((radius[1:] + radius[:-1]) / 8.0, 1e-3)
    passed = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(int(np.ceil(passed[-1])), 1)
    there = np.interp(np.linspace(0.0, passed[-1], count + 1), passed, at)
    out = np.column_stack([np.interp(there, at, xy[:, 0]), np.interp(there, at, xy[:, 1])])
    out[0], out[-1] = xy[0], xy[-1]
    return out


def _out_of_corner(xy: NDArray[np.float64], radius: NDArray[np.float64], spur: float) -> NDArray[np.float64]:
    """Take off the last bit of a line that turns into a corner at the end of the river."""
    beyond = np.append(np.cumsum(np.hypot(*np.diff(xy[::-1], axis=0).T))[::-1], 0.0)
    size = beyond + radius[-1] - radius
    # Not more than a third of the line.
    within = (size < spur * 2.0 * radius) & (beyond < beyond[0] / 3.0)
    # From the tip inward until it is out of the corner.
    out = np.flatnonzero(~within)
    first = int(out[-1]) + 1 if len(out) else len(xy) - 1
    if first >= len(xy) - 1 or radius[-1] > 0.7 * radius[first]:
        return xy
    return xy[: first + 1]


def _thinned(xy: NDArray[np.float64], radius: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out points that the line does not need to stay within half a hundredth of the width."""
    line = shapely.simplify(shapely.linestrings(xy), 0.01 * float(np.percentile(radius, 5)))
    # Widths are known at points, so that some must stay on straight reaches too.
    return shapely.get_coordinates(shapely.segmentize(line, max(2.0 * float(np.median(radius)), 1.0)))


def _smoothed(
    polygon: Any, xy: NDArray[np.float64], radius: NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    """Average along the line over about a width; no point moves by more than `share` of the width."""
    if len(xy) < 3 or share <= 0:
        return xy
    kernel = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16.0
    out = xy
    for _ in range(8):
        # Beyond its ends the line goes on as its reflection in them, which holds them fast.
        padded = np.concatenate([2 * out[:1] - out[2:0:-1], out, 2 * out[-1:] - out[-2:-4:-1]])
        out = np.column_stack([np.convolve(padded[:, k], kernel, mode="valid") for k in (0, 1)])
        out[0], out[-1] = xy[0], xy[-1]
    move = out - xy
    size = np.hypot(*move.T)
    most = share * 2.0 * radius
    with np.errstate(invalid="ignore", divide="ignore"):
        move *= np.where(size > most, most / size, 1.0)[:, None]
    out = xy + move
    return out if shapely.covers(polygon, shapely.linestrings(out)) else xy


def _carried_on(
    polygon: Any, xy: NDArray[np.float64], radius: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return where a line that goes straight on from its last point leaves the polygon."""
    reach = float(radius[-1])
    away = np.hypot(*(xy - xy[-1]).T)
    before = xy[np.flatnonzero(away >= reach)[-1]] if (away >= reach).any() else xy[0]
    way = xy[-1] - before
    size = float(np.hypot(*way))
    if size <= 0:
        return None
    # The end of a river is not farther than some widths from the last circle inside it.
    ray = shapely.linestrings([xy[-1], xy[-1] + way / size * (6.0 * reach + 1.0)])
    first = shapely.get_coordinates(shapely.intersection(ray, polygon.boundary))
    if not len(first):
        return None
    gap = np.hypot(*(first - xy[-1]).T)
    return first[int(np.argmin(gap))] if gap.min() > 1e-6 else None


def _axis(polygon: Any) -> Skeleton:
    """The long axis of a figure too compact to have a skeleton."""
    box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(polygon))
    if len(box) < 4:
        return Skeleton(_objects([]), _objects([]), _objects([]))
    side = np.hypot(*np.diff(box[:3], axis=0).T)
    # The axis joins the middles of the two short sides.
    short = (0, 1, 2, 3) if side[0] < side[1] else (1, 2, 3, 0)
    start, end = box[list(short[:2])].mean(axis=0), box[list(short[2:])].mean(axis=0)
    inside = shapely.get_parts(shapely.intersection(shapely.linestrings([start, end]), polygon))
    inside = inside[shapely.get_type_id(inside) == 1]
    if not len(inside):
        return Skeleton(_objects([]), _objects([]), _objects([]))
    best = inside[int(np.argmax(shapely.length(inside)))]
    mean = polygon.area / max(best.length, 1e-9)
    return Skeleton(_objects([best]), _objects([np.array([0.0, best.length])]), _objects([np.array([mean, mean])]))
