"""Lines from which land is reached, the square lines of their cuts, and the windows before them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Floats = NDArray[np.float64]
    _Ints = NDArray[np.int64]

# A window's end this near to a vertex is the vertex (metres).
AT_VERTEX = 0.001


@dataclass(frozen=True)
class Paths:
    """Lines from which land is reached.

    Attributes
    ----------
    zone : (p,) int
        Ascending: the zone each line belongs to.
    xy : (v, 2) float
        Vertices, metres, one line after another.
    start : (p + 1,) int
    radius : (p,) float
        How far land is reached from each line, metres.
    first, last : (p,) int
        What the ends are: ends with the same number are one place.
    one_sided : (p,) bool
        Whether land is reached to the right of the line alone (a bank line with the river on its left).
    """

    zone: _Ints
    xy: _Floats
    start: _Ints
    radius: _Floats
    first: _Ints
    last: _Ints
    one_sided: NDArray[np.bool_]

    @cached_property
    def along(self) -> _Floats:
        """Metres from the beginning of its line to each vertex, (v,)."""
        step = np.append(0.0, np.hypot(*np.diff(self.xy, axis=0).T)) if len(self.xy) else np.empty(0)
        total = np.cumsum(step)
        return total - np.repeat(total[self.start[:-1]], np.diff(self.start))

    @cached_property
    def length(self) -> _Floats:
        """Length of each line, (p,)."""
        return self.along[self.start[1:] - 1]


@dataclass(frozen=True)
class Windows:
    """Which stretches of lines lie in the window of which cut.

    Attributes
    ----------
    cut, path : (w,) int
    low, high : (w,) float
        Metres along the line.
    low_in, high_in : (w,) bool
        Whether the ends themselves belong to the window.
    """

    cut: _Ints
    path: _Ints
    low: _Floats
    high: _Floats
    low_in: NDArray[np.bool_]
    high_in: NDArray[np.bool_]


@dataclass(frozen=True)
class Cuts:
    """Square lines.

    Attributes
    ----------
    zone : (c,) int
        Ascending.
    point, outward : (c, 2) float
        A point of each line and the unit vector square to it, away from the trace.
    tip : (c,) int
        For a square line without a window, the end of a line that it stands at: twice the line's number, and one
        more for its last vertex; -1 for a cut.
    """

    zone: _Ints
    point: _Floats
    outward: _Floats
    tip: _Ints

    def __len__(self) -> int:
        return len(self.zone)

    def height(self, cut: _Ints, xy: _Floats) -> _Floats:
        """Return how far points lie beyond the lines of `cut` (negative: on this side), metres."""
        return np.einsum("ij,ij->i", xy - self.point[cut], self.outward[cut])

    def aside(self, cut: _Ints, xy: _Floats) -> _Floats:
        """Return how far points lie to the left of the outward direction of `cut`, metres."""
        away = xy - self.point[cut]
        return away[:, 1] * self.outward[cut, 0] - away[:, 0] * self.outward[cut, 1]


def expand(first: _Ints, last: _Ints) -> tuple[_Ints, _Ints]:
    """Return (row, member) for all members ``first[row] <= member < last[row]``."""
    size = np.maximum(last - first, 0)
    row = np.repeat(np.arange(len(first)), size)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size) + first[row]


def ends_of(paths: Paths, windows: Windows) -> tuple[Windows, _Ints, _Floats]:
    """Settle windows' ends on vertices, and return where vertices must be added (path, metres along)."""
    out, path, along = [], [], []
    base = np.append(0.0, np.cumsum(paths.length + 1.0))
    flat = paths.along + np.repeat(base[:-1], np.diff(paths.start))
    for end in (windows.low, windows.high):
        at = base[windows.path] + end
        after = np.clip(
            np.searchsorted(flat, at), paths.start[windows.path], paths.start[windows.path + 1] - 1
        )
        before = np.maximum(after - 1, paths.start[windows.path])
        near = np.where(np.abs(flat[before] - at) < np.abs(flat[after] - at), before, after)
        settled = np.abs(flat[near] - at) <= AT_VERTEX
        out.append(np.where(settled, paths.along[near], end))
        path.append(windows.path[~settled])
        along.append(end[~settled])
    low, high = out
    new = Windows(windows.cut, windows.path, low, high, windows.low_in, windows.high_in)
    return new, np.concatenate(path), np.concatenate(along)


def with_vertices(paths: Paths, path: _Ints, along: _Floats) -> tuple[_Ints, _Floats, _Floats]:
    """Add vertices to lines; return (start, xy, along)."""
    if not len(path):
        return paths.start, paths.xy, paths.along
    order = np.lexsort((along, path))
    path, along = path[order], along[order]
    fresh = np.ones(len(path), dtype=bool)
    fresh[1:] = (path[1:] != path[:-1]) | (along[1:] - along[:-1] > AT_VERTEX)
    path, along = path[fresh], along[fresh]
    base = np.append(0.0, np.cumsum(paths.length + 1.0))
    flat = paths.along + np.repeat(base[:-1], np.diff(paths.start))
    at = np.searchsorted(flat, base[path] + along)
    share = (along - paths.along[at - 1]) / (paths.along[at] - paths.along[at - 1])
    xy = paths.xy[at - 1] + share[:, None] * (paths.xy[at] - paths.xy[at - 1])
    added = np.bincount(path, minlength=len(paths.zone))
    start = paths.start + np.append(0, np.cumsum(added))
    return start, np.insert(paths.xy, at, xy, axis=0), np.insert(paths.along, at, along)
