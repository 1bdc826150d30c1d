"""Rings and edges of many polygons as flat arrays, and which edges two polygons share exactly."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

import numpy as np
import shapely

from .progress import SILENT, Progress, report

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Geometries per call into GEOS, so that a cancel is heard soon; GEOS calls of two blocks run side by side.
BLOCK = 4000
_THREADS = 2
#: Odd constants of the 64-bit golden ratio and of splitmix64's finaliser.
_K1, _K2, _K3 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def in_blocks(
    function: Callable[..., NDArray[Any]],
    *arrays: NDArray[Any],
    progress: Progress = SILENT,
    message: str = "",
    block: int = BLOCK,
) -> NDArray[Any]:
    """Call `function` on aligned blocks of the arrays in two threads and join what it returns.

    Raises
    ------
    Cancelled
        If the progress says so, within a few blocks.
    """
    count = len(arrays[0])

    def call(*some: NDArray[Any]) -> NDArray[Any]:
        # Some versions of GEOS leave floating-point flags behind; numpy keeps its state for each thread apart.
        with np.errstate(invalid="ignore"):
            return function(*some)

    if count <= block:
        report(progress, 0.0, message)
        return call(*arrays)
    starts = range(0, count, block)
    done: list[NDArray[Any]] = []
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting: list[Any] = []
        try:
            for start in starts:
                waiting.append(pool.submit(call, *(array[start : start + block] for array in arrays)))
                if len(waiting) > 2 * _THREADS:
                    done.append(waiting.pop(0).result())
                    report(progress, start / count, message)
            done.extend(one.result() for one in waiting)
        finally:
            for one in waiting:
                one.cancel()
    return np.concatenate(done)


def robust(function: Callable[..., NDArray[Any]], a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """Call an overlay of GEOS on pairs; a pair on which it fails is made valid and rounded to 1e-11 degrees first.

    A pair that fails even so gets an empty polygon: nothing is claimed of it.
    """
    try:
        with np.errstate(invalid="ignore"):
            return function(a, b)
    except shapely.errors.GEOSException:
        if len(a) > 1:
            half = len(a) // 2
            return np.concatenate([robust(function, a[:half], b[:half]), robust(function, a[half:], b[half:])])
    try:
        with np.errstate(invalid="ignore"):
            a, b = (shapely.make_valid(shapely.set_precision(shapely.make_valid(one), 1e-11)) for one in (a, b))
            return function(a, b)
    except shapely.errors.GEOSException:
        return np.array([shapely.Polygon()], dtype=object)


@dataclass(frozen=True)
class Rings:
    """All rings of n polygons or multipolygons.

    Attributes
    ----------
    xy : (m, 2) float
        Coordinates of all rings one after the other, each with its closing point.
    start : (r + 1,) int
        Where ring k begins: its coordinates are ``xy[start[k]:start[k + 1]]``.
    part, row : (r,) int
        Polygon (counted through all) and geometry that the ring belongs to.
    hole : (r,) bool
    """

    xy: NDArray[np.float64]
    start: NDArray[np.int64]
    part: NDArray[np.int64]
    row: NDArray[np.int64]
    hole: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.row)

    def ring_of(self) -> NDArray[np.int32]:
        """Return the ring of each coordinate, shape (m,)."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.start))

    def edges(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return, for each edge, the place of its first coordinate in `xy`, and its ring."""
        ring = self.ring_of()
        first = np.flatnonzero(ring[1:] == ring[:-1]) if len(ring) else np.zeros(0, dtype=np.int64)
        return first, ring[first]


def rings_of(geometry: NDArray[Any]) -> Rings:
    """Take the rings out of polygons (n,); geometries of other kinds and missing ones have none."""
    geometry = np.asarray(geometry, dtype=object)
    areal = np.isin(shapely.get_type_id(geometry), (3, 6))
    rows = np.flatnonzero(areal)
    parts, owner = shapely.get_parts(geometry[rows], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    start = np.concatenate([[0], np.cumsum(np.bincount(ring, minlength=len(rings)))]).astype(np.int64)
    hole = np.zeros(len(rings), dtype=bool)
    hole[1:] = part[1:] == part[:-1]
    return Rings(xy, start, part.astype(np.int64), rows[owner][part].astype(np.int64), hole)


def turning(rings: Rings) -> NDArray[np.int8]:
    """Return +1 where a ring keeps its polygon's interior on the left, -1 where on the right; shape (r,)."""
    if not len(rings):
        return np.zeros(0, dtype=np.int8)
    x, y = rings.xy[:, 0], rings.xy[:, 1]
    first = rings.start[:-1]
    # Relative to the ring's first point: a ring is small beside its coordinates.
    ring = rings.ring_of()
    dx, dy = x - x[first][ring], y - y[first][ring]
    cross = np.zeros(len(x))
    cross[:-1] = dx[:-1] * dy[1:] - dx[1:] * dy[:-1]
    cross[rings.start[1:] - 1] = 0.0
    left = np.add.reduceat(cross, first) > 0
    return np.where(left != rings.hole, 1, -1).astype(np.int8)


def unmatched(rings: Rings, group: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the edges that no other polygon of the group runs along the other way.

    Parameters
    ----------
    rings : Rings
        Of valid polygons.
    group : (n,) int
        Group of each geometry: only edges of one group can match.

    Returns
    -------
    first : (e,) int
        Place in ``rings.xy`` where each unmatched edge begins, in order.
    row : (e,) int
        Its geometry.

    Notes
    -----
    The number of polygons over a place changes from one side of an edge to the other by how often the edge is
    run one way less how often the other way, over all polygons of the group.  Where that is 0 the edge is
    matched.  So any area that lies in two polygons or in none is bounded by unmatched edges alone.  A few matched
    edges may be among those returned.
    """
    first, ring = rings.edges()
    if not len(first):
        return first, np.zeros(0, dtype=np.int64)
    bits = np.ascontiguousarray(rings.xy + 0.0).view(np.uint64)  # adding 0 turns -0 into 0
    vertex = _mixed(bits[:, 0] * _K1 + _mixed(bits[:, 1]))
    owner = rings.row[ring]
    a, b = vertex[first], vertex[first + 1]
    key = _mixed(a + b) ^ (group[owner].astype(np.uint64) * _K1)
    way = np.where(a < b, 1, -1).astype(np.int8) * turning(rings)[ring]
    order, begin, mixed = _sorted_runs(key)
    net = np.add.reduceat(way[order].astype(np.int32), begin)
    lonely = np.zeros(len(first), dtype=bool)
    lonely[order] = np.repeat((net != 0) | mixed, np.diff(np.concatenate([begin, [len(key)]])))
    keep = np.flatnonzero(lonely)
    return first[keep], owner[keep]


def _sorted_runs(key: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return an order that brings equal keys together, where each run begins, and which runs hold unequal keys.

    A key's upper bits and its place are sorted as one number, which takes half the time of an argsort; the few
    runs whose keys differ in the lower bits are told.
    """
    low = np.uint64(max(int(len(key) - 1).bit_length(), 1))
    mask = (np.uint64(1) << low) - np.uint64(1)
    packed = (key & ~mask) | np.arange(len(key), dtype=np.uint64)
    packed.sort()
    order = (packed & mask).astype(np.int64)
    packed >>= low
    fresh = np.concatenate([[True], packed[1:] != packed[:-1]])
    begin = np.flatnonzero(fresh)
    key = key[order]
    differ = np.zeros(len(key), dtype=bool)
    differ[1:] = (key[1:] != key[:-1]) & ~fresh[1:]
    return order, begin, np.logical_or.reduceat(differ, begin)


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scatter 64-bit numbers (splitmix64's finaliser)."""
    with np.errstate(over="ignore"):
        bits = (bits ^ (bits >> np.uint64(30))) * _K2
        bits = (bits ^ (bits >> np.uint64(27))) * _K3
        return bits ^ (bits >> np.uint64(31))


@dataclass(frozen=True)
class Boundary:
    """The unmatched edges of polygons (n,): their ends (e, 2, 2), boxes (e, 4), and which belong to whom."""

    ends: NDArray[np.float64]
    boxes: NDArray[np.float64]
    begin: NDArray[np.int64]
    size: NDArray[np.int64]


def boundary_of(geometry: NDArray[Any], group: NDArray[np.int64], taking: NDArray[np.bool_]) -> Boundary:
    """Return the unmatched edges of the polygons that are `taking` part; see :func:`unmatched`."""
    rings = rings_of(np.where(taking, geometry, None))
    first, owner = unmatched(rings, group)
    # Rings of one geometry stand together and rows rise, so that a geometry's edges are one run.
    begin, size = runs(owner, len(geometry))
    ends = np.stack([rings.xy[first], rings.xy[first + 1]], axis=1)
    return Boundary(ends, np.concatenate([ends.min(axis=1), ends.max(axis=1)], axis=1), begin, size)


def runs(owner: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the rows of each owner 0..count-1 begin in a sorted `owner`, and how many there are."""
    size = np.bincount(owner, minlength=count)
    return np.concatenate([[0], np.cumsum(size)[:-1]]).astype(np.int64), size.astype(np.int64)


def edges_near_box(
    boundary: Boundary,
    owner: NDArray[np.int64],
    window: NDArray[np.float64],
    *,
    progress: Progress = SILENT,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """For pairs (owner, window) yield (pair, edge) for each of the owner's edges whose box meets the window.

    `window` is (p, 4).  Pairs come in blocks of a few million edges.
    """
    boxes, begin = boundary.boxes, boundary.begin
    load = boundary.size[owner]
    at, limit = 0, 2_000_000
    total = np.cumsum(load)
    while at < len(owner):
        report(progress, at / len(owner), "")
        done = total[at - 1] if at else 0
        end = max(int(np.searchsorted(total, done + limit, side="right")), at + 1)
        some = load[at:end]
        pair = np.repeat(np.arange(at, end), some)
        edge = np.arange(len(pair)) - np.repeat(np.cumsum(some) - some, some) + np.repeat(begin[owner[at:end]], some)
        near = (
            (boxes[edge, 0] <= window[pair, 2])
            & (boxes[edge, 2] >= window[pair, 0])
            & (boxes[edge, 1] <= window[pair, 3])
            & (boxes[edge, 3] >= window[pair, 1])
        )
        yield pair[near], edge[near]
        at = end
