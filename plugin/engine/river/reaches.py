"""Traced rivers in metres, each in a transverse Mercator frame about its own section."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..geodesy import tm_forward

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .network import Network
    from .trace import Traces

# A straight line in degrees longer than this (degrees) bends by more than half a millimetre in metres.
DENSIFY_DEG = 0.002
# Vertices nearer to each other than this (metres) say nothing about the direction of the river.
_SAME_PLACE = 0.001


@dataclass(frozen=True)
class Reaches:
    """The pieces of traces as lines in metres.

    Attributes
    ----------
    traces : Traces
    lon0 : (n,) float
        Central meridian of each trace's frame (transverse Mercator, scale 1), degrees.
    xy : (v, 2) float
        Vertices of all pieces one after another, metres in the frame of the piece's trace; each piece runs
        downstream.
    degrees : (v, 2) float
        The same vertices in EPSG:4490.
    start : (p + 1,) int
        Piece `i` owns the vertices ``start[i]:start[i + 1]``.
    half : (p,) float
        Half the river's width at each piece, metres; 0 where it is unknown or not asked for.
    """

    traces: Traces
    lon0: NDArray[np.float64]
    xy: NDArray[np.float64]
    degrees: NDArray[np.float64]
    start: NDArray[np.int64]
    half: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.lon0)

    @cached_property
    def lines(self) -> NDArray[Any]:
        """One LineString in metres per piece, (p,)."""
        return shapely.linestrings(self.xy, indices=np.repeat(np.arange(len(self.half)), np.diff(self.start)))

    @cached_property
    def along(self) -> NDArray[np.float64]:
        """Metres from the upper end of its piece to each vertex, (v,)."""
        total = np.append(0.0, np.cumsum(np.hypot(*np.diff(self.xy, axis=0).T)))[: len(self.xy)]
        return total - np.repeat(total[self.start[:-1]], np.diff(self.start))

    @cached_property
    def strokes(self) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.float64]]:
        """Pieces of one width chained into long lines: (LineStrings in metres, trace of each, half width).

        The whole trace in as few lines as go without a loop: from each source or upper cut down to where a
        stroke from elsewhere passes, so that buffers have few ends.
        """
        t = self.traces
        last, rank = _chained(_below(t, self.half))
        order = np.lexsort((-rank, last, t.owner))
        size = (self.start[1:] - self.start[:-1])[order]
        row = np.repeat(np.arange(len(order)), size)
        vertex = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size) + self.start[order][row]
        fresh = np.ones(len(order), dtype=bool)
        fresh[1:] = last[order][1:] != last[order][:-1]
        number = np.cumsum(fresh) - 1
        lines = shapely.linestrings(self.xy[vertex], indices=number[row])
        return lines, t.owner[order][fresh], self.half[order][fresh]

    @cached_property
    def drawn(self) -> NDArray[Any]:
        """One LineString in EPSG:4490 per piece, (p,)."""
        return shapely.linestrings(
            self.degrees, indices=np.repeat(np.arange(len(self.half)), np.diff(self.start))
        )

    @cached_property
    def whole(self) -> NDArray[Any]:
        """One MultiLineString in metres per trace, (n,)."""
        return gathered(self.lines, self.traces.owner, len(self), shapely.multilinestrings)


def gathered(parts: NDArray[Any], owner: NDArray[np.int64], count: int, make: Any) -> NDArray[Any]:
    """Gather parts into one collection per owner; an owner without parts gets an empty collection.

    Parameters
    ----------
    parts : (p,) geometry
    owner : (p,) int
        Ascending, below `count`.
    count : int
    make : function
        ``shapely.multilinestrings``, ``shapely.multipolygons`` or ``shapely.geometrycollections``.
    """
    out = np.empty(count, dtype=object)
    out[:] = make(np.empty(0, dtype=object))
    if len(parts):
        make(parts, indices=owner, out=out)
    return out


def _below(t: Traces, half: NDArray[np.float64]) -> NDArray[np.int64]:
    """The piece that continues each piece downstream in its stroke, -1 for none."""
    count = len(t.edge)
    # Away from the start, each piece is continued by the first piece reached through it.
    heir = np.full(count, -1)
    has = np.flatnonzero(t.parent >= 0)[::-1]
    heir[t.parent[has]] = has
    below = np.where(t.up, -1, heir)
    heirs = heir[t.up & (heir >= 0)]
    below[heirs] = t.parent[heirs]
    # Through the start, the first piece up is continued by the first piece down.
    first = np.full((2, len(t)), -1)
    opening = np.flatnonzero(t.parent < 0)[::-1]
    first[t.up[opening].astype(int), t.owner[opening]] = opening
    both = (first >= 0).all(axis=0)
    below[first[1, both]] = first[0, both]
    return np.where((below >= 0) & (half[below] == half), below, -1)


def _chained(below: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the last member of each chain, and how many members lie between it and each one."""
    jump = np.where(below < 0, np.arange(len(below)), below)
    rank = (below >= 0).astype(np.int64)
    while (jump[jump] != jump).any():
        rank = rank + rank[jump]
        jump = jump[jump]
    return jump, rank


def reaches_of(network: Network, traces: Traces, lon0: ArrayLike, use_width: bool = True) -> Reaches:
    """Bring traces to metres.

    Parameters
    ----------
    network : Network
    traces : Traces
    lon0 : (n,) float
        The longitude of each section, degrees.
    use_width : bool
        Measure the bank from half the river's width beside the centreline, where the width is known.

    Returns
    -------
    Reaches
    """
    lon0 = np.asarray(lon0, dtype=float)
    degrees, start = network.cut_arrays(traces.edge, traces.low, traces.high)
    degrees, start = _densified(degrees, start)
    meridian = np.repeat(lon0[traces.owner], np.diff(start))
    xy = np.column_stack(tm_forward(degrees[:, 0], degrees[:, 1], meridian))
    keep = _apart(xy, start)
    if not keep.all():
        start = np.append(0, np.cumsum(keep))[start]
        xy, degrees = xy[keep], degrees[keep]
    half = np.nan_to_num(network.width[traces.edge]) / 2 if use_width else np.zeros(len(traces.edge))
    return Reaches(traces, lon0, xy, degrees, start, half)


def _densified(
    degrees: NDArray[np.float64], start: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Add vertices so that no edge is longer than `DENSIFY_DEG`."""
    if not len(degrees):
        return degrees, start
    count = np.ones(len(degrees), dtype=np.int64)
    count[:-1] = np.maximum(np.ceil(np.hypot(*np.diff(degrees, axis=0).T) / DENSIFY_DEG), 1)
    count[start[1:] - 1] = 1
    if (count == 1).all():
        return degrees, start
    first = np.append(0, np.cumsum(count))
    begin = np.repeat(np.arange(len(degrees)), count)
    share = (np.arange(first[-1]) - first[begin]) / count[begin]
    end = np.minimum(begin + 1, len(degrees) - 1)
    out = degrees[begin] + share[:, None] * (degrees[end] - degrees[begin])
    return out, first[start]


def _apart(xy: NDArray[np.float64], start: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which vertices to keep so that neighbours lie apart; the ends of pieces always stay."""
    keep = np.ones(len(xy), dtype=bool)
    if not len(xy):
        return keep
    close = np.hypot(*np.diff(xy, axis=0).T) < _SAME_PLACE
    first = np.zeros(len(xy), dtype=bool)
    first[start[:-1]] = True
    last = np.zeros(len(xy), dtype=bool)
    last[start[1:] - 1] = True
    # The later vertex of a close pair goes; before the end of a piece, the earlier one.
    keep[1:] &= ~(close & ~first[1:] & ~last[1:])
    keep[:-1] &= ~(close & last[1:] & ~first[:-1])
    return keep
