"""Which places lie within a short distance of which segments, for millions of segments.

A grid of square cells is laid over the layer.  The few cells that hold a place are marked in a table; one look
per vertex tells the segments that can matter, and only those are measured.  Two cells may share a slot of the
table: that costs a measurement more and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..geodesy import metres_per_degree

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The low bits of the weighted sum are a cell's slot in the table; neighbours from west to east lie side by side.
# Vertices are looked at so many at a time that they stay in the processor's cache.
_BLOCK = 32_768
_ACROSS = np.int32(19_349_663)


@dataclass(frozen=True)
class Near:
    """Places near segments, one entry per pair.

    Attributes
    ----------
    place : (k,) int
        Index of the place.
    vertex : (k,) int
        Vertex that opens the segment.
    share : (k,) float
        Where on the segment the foot is, 0 to 1.
    metres : (k,) float
        Distance to the foot.
    """

    place: NDArray[np.int64]
    vertex: NDArray[np.int64]
    share: NDArray[np.float64]
    metres: NDArray[np.float64]

    def nearest(self, line: NDArray[np.int64]) -> tuple[Near, NDArray[np.int64]]:
        """Return the nearest segment of each line (`line` is that of each entry) to each place, and the lines.

        Sorted by place, then by line; of segments that are as near (a foot at a vertex) the first.
        """
        order = np.lexsort((self.vertex, self.metres, line, self.place))
        first = np.ones(len(order), dtype=bool)
        first[1:] = (np.diff(self.place[order]) != 0) | (np.diff(line[order]) != 0)
        return self.only(order[first]), line[order[first]]

    def only(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> Near:
        """Return some of the entries."""
        return Near(self.place[keep], self.vertex[keep], self.share[keep], self.metres[keep])


def ranges(first: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ``first[i], first[i] + 1, ...`` (`count[i]` of them) of all `i`, one after another."""
    total = np.cumsum(count)
    return np.arange(total[-1] if len(total) else 0) + np.repeat(first - (total - count), count)


def near_segments(
    place: NDArray[np.float64],
    coords: NDArray[np.float64],
    start: NDArray[np.int64],
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    metres: float,
) -> Near:
    """Find the segments within `metres` of places, without those of lines that end there.

    Parameters
    ----------
    place : (p, 2) float
        Degrees.
    coords : (v, 2) float
        Vertices of all lines, degrees.
    start : (l + 1,) int
        Line `i` owns ``coords[start[i]:start[i + 1]]``.
    ends : two (l,) int arrays
        Index of the place at either end of each line (-1: none of the places).
    metres : float
        At most a few kilometres.

    Returns
    -------
    Near
        Sorted by place, then by vertex; distances are true to 1e-6 of themselves.
    """
    if not len(place):
        none = np.empty(0, dtype=np.int64)
        return Near(none, none, np.empty(0), np.empty(0))
    grid = _Grid(place, coords, metres)
    segment, slot = grid.segments(coords, start)
    first, count = grid.places_of(slot)
    which = grid.place[ranges(first, count)]
    segment = np.repeat(segment, count)
    line = np.searchsorted(start, segment, side="right") - 1
    foreign = (ends[0][line] != which) & (ends[1][line] != which)
    which, segment = which[foreign], segment[foreign]
    scale = np.column_stack(metres_per_degree(place[which, 1]))
    a = (coords[segment] - place[which]) * scale
    d = (coords[segment + 1] - coords[segment]) * scale
    square = (d * d).sum(axis=1)
    share = np.divide(-(a * d).sum(axis=1), square, out=np.zeros(len(a)), where=square > 0)
    share = np.clip(share, 0.0, 1.0)
    apart = np.hypot(*(a + share[:, None] * d).T)
    found = Near(which, segment, share, apart).only(apart <= metres)
    # A segment that lies in several cells of a place was met as often.
    _, once = np.unique(found.place * len(coords) + found.vertex, return_index=True)
    return found.only(once)


def near_places(
    place: NDArray[np.float64], asked: NDArray[np.int64], metres: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs (asked place, other place) that can lie within `metres`; a few lie beyond."""
    if not len(asked):
        return asked, asked
    # Those that are asked for are filed, for they are fewer; each is looked up from all places.
    grid = _Grid(place[asked], place, metres)
    slot = grid.slot_of(place)
    two = np.flatnonzero(grid.marked(slot))
    first, count = grid.places_of(slot[two])
    one, two = grid.place[ranges(first, count)], np.repeat(two, count)
    reach = grid.reach[one]
    one = asked[one]
    apart = np.abs(place[one] - place[two])
    keep = (one != two) & (apart[:, 0] <= reach[:, 0]) & (apart[:, 1] <= reach[:, 1])
    return one[keep], two[keep]


class _Grid:
    """Cells at least twice as wide as the distance; a place is filed in every cell its box touches."""

    def __init__(self, place: NDArray[np.float64], coords: NDArray[np.float64], metres: float) -> None:
        kx, ky = metres_per_degree(place[:, 1])
        # A hair too big rather than too small.
        self.reach = reach = 1.001 * metres / np.column_stack([np.maximum(kx, 1.0), ky])
        self._size = max(2.001 * float(reach.max()), _usual_step(coords), 1e-7)
        low, high = _corners(coords)
        self._origin = np.minimum((place - reach).min(axis=0), low)
        extent = np.maximum((place + reach).max(axis=0), high) - self._origin
        # A cell's number along an axis has 31 bits.
        self._size = max(self._size, float(extent.max()) / 2**30)
        (x, y), (right, top) = self._cells(place - reach), self._cells(place + reach)
        wide, high = right != x, top != y
        both = wide & high
        slot = self._slot(x, y)
        slots = [slot, self._slot(right[wide], y[wide]), self._slot(x[high], top[high])]
        slot = np.concatenate([*slots, self._slot(right[both], top[both])])
        owner = np.arange(len(place))
        owner = np.concatenate([owner, owner[wide], owner[high], owner[both]])
        # One wide table says whether a cell can hold a place, a narrow one where its places are.
        self._mask = np.int32((1 << min(max(int(64 * len(place)).bit_length(), 16), 26)) - 1)
        self._narrow = np.int32((1 << min(max(int(4 * len(place)).bit_length(), 16), 26)) - 1)
        self._marks = np.zeros(int(self._mask) + 1, dtype=bool)
        self._marks[slot & self._mask] = True
        slot &= self._narrow
        self.place = owner[np.argsort(slot, kind="stable")]
        self._pointer = np.zeros(int(self._narrow) + 2, dtype=np.int64)
        np.cumsum(np.bincount(slot, minlength=int(self._narrow) + 1), out=self._pointer[1:])

    def _cells(self, xy: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        out = (xy - self._origin) * (1.0 / self._size)
        return out[:, 0].astype(np.int32), out[:, 1].astype(np.int32)

    def _slot(self, x: NDArray[np.int32], y: NDArray[np.int32]) -> NDArray[np.int32]:
        return x + y * _ACROSS

    def slot_of(self, xy: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return the number of the cell of each point."""
        return self._slot(*self._cells(xy))

    def marked(self, slot: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Whether a cell of this number can hold a place."""
        return self._marks[slot & self._mask]

    def places_of(self, slot: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where in `place` those of each slot begin, and how many they are."""
        slot = slot & self._narrow
        first = self._pointer[slot]
        return first, self._pointer[slot + 1] - first

    def segments(
        self, coords: NDArray[np.float64], start: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (segment, slot) for every marked cell that a segment's own box touches."""
        joint = np.zeros(len(coords), dtype=bool)
        joint[start[1:] - 1] = True
        parts = [
            self._screened(coords[low : low + _BLOCK + 1], joint[low : low + _BLOCK + 1], low)
            for low in range(0, len(coords) - 1, _BLOCK)
        ]
        inside, slot, cross, x, y, right, top = (np.concatenate(column) for column in zip(*parts))
        dx, dy = np.abs(right - x), np.abs(top - y)
        long = (dx > 1) | (dy > 1)
        short, far = ~long, cross[long]
        # Long segments are taken in steps that are no longer than a cell.
        steps = np.maximum(dx, dy)[long].astype(np.int64) + 1
        owner = np.repeat(far, steps)
        step = ranges(np.zeros(len(far), dtype=np.int64), steps)
        size = np.repeat(steps, steps)
        a, d = coords[owner], coords[owner + 1] - coords[owner]
        xa, ya = self._cells(a + (step / size)[:, None] * d)
        xb, yb = self._cells(a + ((step + 1) / size)[:, None] * d)
        segment = np.concatenate([cross[short], owner])
        xa, ya = np.concatenate([x[short], xa]), np.concatenate([y[short], ya])
        xb, yb = np.concatenate([right[short], xb]), np.concatenate([top[short], yb])
        found, slots = [inside], [slot]
        wide, high = xa != xb, ya != yb
        for u, v, new in ((xa, ya, None), (xb, ya, wide), (xa, yb, high), (xb, yb, wide & high)):
            slot = self._slot(u, v)
            met = self.marked(slot)
            if new is not None:
                met &= new
            found.append(segment[met])
            slots.append(slot[met])
        return np.concatenate(found), np.concatenate(slots)

    def _screened(
        self, coords: NDArray[np.float64], joint: NDArray[np.bool_], first: int
    ) -> tuple[NDArray[Any], ...]:
        """Sort out the segments of a block of vertices.

        Returns
        -------
        inside, slot : (k,) int
            Segments within one cell, which is marked, and its slot.
        cross, x, y, right, top : (m,) int
            Segments that leave a cell and may meet a marked one, and the cells of their two ends.
        """
        x, y = self._cells(coords)
        slot = self._slot(x, y)
        hit = self.marked(slot)
        across = (x[1:] != x[:-1]) | (y[1:] != y[:-1])
        inside = np.flatnonzero(hit[:-1] & ~(across | joint[:-1]))
        cross = np.flatnonzero(across & ~joint[:-1])
        after = cross + 1
        # Into the next cell along one axis: the cells of the two ends are all there are.
        step = np.abs(x[after] - x[cross]) + np.abs(y[after] - y[cross])
        keep = (step > 1) | hit[cross] | hit[after]
        cross, after = cross[keep], after[keep]
        return inside + first, slot[inside], cross + first, x[cross], y[cross], x[after], y[after]


def _corners(xy: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest coordinates, axis by axis (ten times faster than along the rows)."""
    x, y = xy[:, 0], xy[:, 1]
    return np.array([x.min(), y.min()]), np.array([x.max(), y.max()])


def _usual_step(coords: NDArray[np.float64]) -> float:
    """Three times the usual extent of a segment, degrees, from a sample."""
    if len(coords) < 2:
        return 0.0
    sample = np.arange(0, len(coords) - 1, max(1, len(coords) // 10_000))
    return 3 * float(np.median(np.abs(coords[sample + 1] - coords[sample]).max(axis=1)))
