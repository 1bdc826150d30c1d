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
    if count <= block:
        report(progress, 0.0, message)
        return function(*arrays)
    starts = range(0, count, block)
    done: list[NDArray[Any]] = []
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting: list[Any] = []
        try:
            for start in starts:
                waiting.append(pool.submit(function, *(array[start : start + block] for array in arrays)))
                if len(waiting) > 2 * _THREADS:
                    done.append(waiting.pop(0).result())
                    report(progress, start / count, message)
            done.extend(one.result() for one in waiting)
        finally:
            for one in waiting:
                one.cancel()
    return np.concatenate(done)


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
    matched.  So any area that lies in two polygons or in none is bounded by unmatched edges alone.
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
    order = np.argsort(key, kind="stable")
    key = key[order]
    begin = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    net = np.add.reduceat(way[order].astype(np.int32), begin)
    lonely = np.zeros(len(first), dtype=bool)
    lonely[order] = np.repeat(net != 0, np.diff(np.concatenate([begin, [len(key)]])))
    keep = np.flatnonzero(lonely)
    return first[keep], owner[keep]


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scatter 64-bit numbers (splitmix64's finaliser)."""
    with np.errstate(over="ignore"):
        bits = (bits ^ (bits >> np.uint64(30))) * _K2
        bits = (bits ^ (bits >> np.uint64(27))) * _K3
        return bits ^ (bits >> np.uint64(31))


def runs(owner: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the rows of each owner 0..count-1 begin in a sorted `owner`, and how many there are."""
    size = np.bincount(owner, minlength=count)
    return np.concatenate([[0], np.cumsum(size)[:-1]]).astype(np.int64), size.astype(np.int64)


def edges_near_box(
    boxes: NDArray[np.float64],
    begin: NDArray[np.int64],
    size: NDArray[np.int64],
    owner: NDArray[np.int64],
    window: NDArray[np.float64],
    *,
    progress: Progress = SILENT,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """For pairs (owner, window) yield (pair, edge) for each of the owner's edges whose box meets the window.

    `boxes` (e, 4) are the edges' boxes, `begin` and `size` say which belong to an owner, `window` is (p, 4).
    Pairs come in blocks of a few million edges.
    """
    load = size[owner]
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
