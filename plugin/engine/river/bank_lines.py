"""From which lines land is reached: the bank lines of the traced channel, the centreline where there is none.

The window of a cut on a bank line is its stretch from the gate on that lies in the last 50 m before the square line.
Where the channel ends short of a cut, by less than the distance that land is reached, its end and the 50 m of bank
lines behind it are in the window too: the corners of a polygon that happens to end there reach nothing beyond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .feet import Cuts, Paths, Windows
from .trace import CHORD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .reaches import Reaches

    _Floats = NDArray[np.float64]
    _Ints = NDArray[np.int64]

# Borders of channels are rounded to a millimetre, so what lies on a square line is this near to it (metres).
_ON_LINE = 0.005
# Shorter bits of centreline outside the channel do not count (metres).
_BIT = 0.01


class BankLines:
    """The lines of all zones from which land is reached.

    Attributes
    ----------
    paths : Paths
    windows : Windows
    lines : (g,) LineString
        The centreline outside channels, metres.
    owner : (g,) int
        The zone of each of `lines`, ascending.
    half : (g,) float
        Half the river's width there.
    """

    def __init__(
        self,
        reaches: Reaches,
        centre: Paths,
        cuts: Cuts,
        windows: Windows,
        longer: Windows,
        channel: NDArray[Any],
        bank: float,
    ) -> None:
        """Find the lines.

        Parameters
        ----------
        reaches : Reaches
        centre : Paths
            The pieces.
        cuts : Cuts
        windows, longer : Windows
            The last 50 m, and the last `bank` metres, before the cuts.
        channel : (n,) geometry or None
        bank : float
            Metres.
        """
        self.paths, self.windows, self._longer = centre, windows, longer
        self.lines, self.owner, self.half = reaches.strokes
        zones = np.flatnonzero(~shapely.is_missing(channel))
        if not len(zones):
            return
        self._centre, self._cuts, self._bank = centre, cuts, bank
        self._next = int(max(centre.first.max(initial=-1), centre.last.max(initial=-1))) + 1
        self._rows: list[tuple[int, _Floats, float, int, int, bool]] = []
        self._marks: list[tuple[int, int, float, float, bool, bool]] = []
        self._outside: list[tuple[Any, int, float]] = []
        plain = np.ones(len(reaches), dtype=bool)
        plain[zones] = False
        for k in zones.tolist():
            self._add(reaches, k, channel[k])
        self._put_together(plain)

    def _add(self, reaches: Reaches, k: int, channel: Any) -> None:
        """Add the lines of one zone with a channel."""
        cut_rows = np.flatnonzero(self._cuts.zone == k)
        first, last = reaches.traces.pointer[k], reaches.traces.pointer[k + 1]
        exits: list[tuple[int, _Floats]] = []
        shapely.prepare(channel)
        for p in range(int(first), int(last)):
            line = reaches.lines[p]
            if shapely.covers(channel, line):
                continue
            half = float(reaches.half[p])
            for bit in shapely.get_parts(shapely.line_merge(shapely.difference(line, channel))):
                if shapely.get_type_id(bit) == 1 and shapely.length(bit) > _BIT:
                    exits += self._add_bit(k, p, line, bit, half)
        chains = self._add_rings(k, channel, cut_rows)
        for c, place in exits:
            self._mark_around(c, place, chains)

    def _add_bit(self, k: int, p: int, line: Any, bit: Any, half: float) -> list[tuple[int, _Floats]]:
        """Add a part of piece `p` outside the channel; return where windows go on into the channel."""
        xy = shapely.get_coordinates(bit)
        s0, s1 = shapely.line_locate_point(line, shapely.points(xy[[0, -1]]))
        if s0 > s1:
            s0, s1, xy = s1, s0, xy[::-1]
        opens, closes = s0 < _BIT, s1 > self._centre.length[p] - _BIT
        number = len(self._rows)
        first = int(self._centre.first[p]) if opens else self._new()
        last = int(self._centre.last[p]) if closes else self._new()
        self._rows.append((k, xy, self._bank + half, first, last, False))
        self._outside.append((shapely.linestrings(xy), k, half))
        exits = []
        w = self.windows
        for row in np.flatnonzero((w.path == p) & (w.low < s1) & (w.high > s0)):
            low, high = max(w.low[row], s0), min(w.high[row], s1)
            low_in = bool(w.low_in[row]) or low > w.low[row]
            high_in = bool(w.high_in[row]) or high < w.high[row]
            self._marks.append((int(w.cut[row]), number, low - s0, high - s0, low_in, high_in))
        w = self._longer
        for row in np.flatnonzero(w.path == p):
            for s, tip, free in ((s0, xy[0], not opens), (s1, xy[-1], not closes)):
                if free and w.low[row] < s < w.high[row]:
                    exits.append((int(w.cut[row]), tip))
        return exits

    def _new(self) -> int:
        self._next += 1
        return self._next - 1

    def _add_rings(self, k: int, channel: Any, cut_rows: _Ints) -> list[int]:
        """Add the border of a channel without its gates, each line with the channel on its left."""
        rings, polygon = shapely.get_rings(shapely.get_parts(channel), return_index=True)
        shell = np.append(True, np.diff(polygon) > 0)
        wrong = shapely.is_ccw(rings) != shell
        rings[wrong] = shapely.reverse(rings[wrong])
        chains = []
        for ring in rings:
            xy = shapely.get_coordinates(ring)
            height = np.array([(xy - self._cuts.point[c]) @ self._cuts.outward[c] for c in cut_rows])
            on = np.abs(height.reshape(len(cut_rows), len(xy))) <= _ON_LINE
            gate = (on[:, 1:] & on[:, :-1]).any(axis=0)
            if not gate.any():
                chains.append(self._add_ring(k, xy, cut_rows))
                continue
            # Begin behind a gate.
            turn = int(np.flatnonzero(gate)[0]) + 1
            gate = np.roll(gate, -turn)
            xy = np.concatenate([xy[turn:-1], xy[: turn + 1]])
            bounds = np.flatnonzero(np.diff(np.concatenate([[True], gate, [True]]).astype(int)))
            for low, high in bounds.reshape(-1, 2):
                chains.append(self._add_chain(k, xy[low : high + 1], cut_rows))
        return chains

    def _add_ring(self, k: int, xy: _Floats, cut_rows: _Ints) -> int:
        """Add a whole ring, beginning far from all cuts so that no window runs over its seam."""
        if len(cut_rows):
            away = np.min([np.hypot(*(xy[:-1] - self._cuts.point[c]).T) for c in cut_rows], axis=0)
            turn = int(np.argmax(away))
            xy = np.concatenate([xy[turn:-1], xy[: turn + 1]])
        seam = self._new()
        self._rows.append((k, xy, self._bank, seam, seam, True))
        return len(self._rows) - 1

    def _add_chain(self, k: int, xy: _Floats, cut_rows: _Ints) -> int:
        """Add a bank line between gates, with the windows at its ends."""
        number = len(self._rows)
        self._rows.append((k, xy, self._bank, self._new(), self._new(), True))
        along = _along(xy)
        for c in cut_rows:
            height = (xy - self._cuts.point[c]) @ self._cuts.outward[c]
            if abs(height[0]) <= _ON_LINE:
                self._marks.append((int(c), number, 0.0, _until(along, height), True, False))
            if abs(height[-1]) <= _ON_LINE:
                back = _until(along[-1] - along[::-1], height[::-1])
                self._marks.append((int(c), number, along[-1] - back, along[-1], False, True))
        return number

    def _mark_around(self, c: int, place: _Floats, chains: list[int]) -> None:
        """Where the channel ends within a window, the window goes on along its border both ways."""
        point = shapely.points(place)
        lines = [shapely.linestrings(self._rows[n][1]) for n in chains]
        number = chains[int(np.argmin(shapely.distance(lines, point)))]
        xy = self._rows[number][1]
        along = _along(xy)
        at = float(shapely.line_locate_point(shapely.linestrings(xy), point))
        here = int(np.clip(np.searchsorted(along, at), 1, len(along) - 1))
        height = (xy - self._cuts.point[c]) @ self._cuts.outward[c]
        level = float((place - self._cuts.point[c]) @ self._cuts.outward[c])
        low = min(level, 0.0) - CHORD
        ahead = _until(np.append(0.0, along[here:] - at), np.append(level, height[here:]), low)
        behind = _until(np.append(0.0, at - along[:here][::-1]), np.append(level, height[:here][::-1]), low)
        self._marks.append((c, number, at - behind, at + ahead, False, False))

    def _put_together(self, plain: NDArray[np.bool_]) -> None:
        """Put the lines of zones with and without a channel together, zone by zone."""
        centre, w = self._centre, self.windows
        old = np.flatnonzero(plain[centre.zone])
        zone = np.concatenate([centre.zone[old], np.array([r[0] for r in self._rows], dtype=np.int64)])
        order = np.argsort(zone, kind="stable")
        number = np.empty(len(order), dtype=np.int64)
        number[order] = np.arange(len(order))
        place = np.full(len(centre.zone), -1)
        place[old] = number[: len(old)]
        vertices = [centre.xy[centre.start[p] : centre.start[p + 1]] for p in old] + [
            r[1] for r in self._rows
        ]
        vertices = [vertices[i] for i in order]

        def column(have: NDArray[Any], at: int) -> NDArray[Any]:
            return np.concatenate([have[old], np.array([r[at] for r in self._rows], dtype=have.dtype)])[order]

        self.paths = Paths(
            zone[order],
            np.concatenate(vertices),
            np.append(0, np.cumsum([len(v) for v in vertices])),
            column(centre.radius, 2),
            column(centre.first, 3),
            column(centre.last, 4),
            column(centre.one_sided, 5),
        )
        kept = np.flatnonzero(place[w.path] >= 0)
        marks = list(zip(*self._marks)) or [()] * 6
        both = []
        for have, more in zip((w.cut, w.path, w.low, w.high, w.low_in, w.high_in), marks):
            both.append((have[kept], np.array(more, dtype=have.dtype)))
        path = np.concatenate([place[both[1][0]], number[len(old) + both[1][1]]])
        self.windows = Windows(np.concatenate(both[0]), path, *(np.concatenate(b) for b in both[2:]))
        mine = plain[self.owner]
        lines = [*self.lines[mine], *(o[0] for o in self._outside)]
        owner = np.concatenate([self.owner[mine], np.array([o[1] for o in self._outside], dtype=np.int64)])
        half = np.concatenate([self.half[mine], np.array([o[2] for o in self._outside], dtype=float)])
        order = np.argsort(owner, kind="stable")
        together = np.empty(len(lines), dtype=object)
        together[:] = lines
        self.lines, self.owner, self.half = together[order], owner[order], half[order]


def _along(xy: _Floats) -> _Floats:
    return np.append(0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T)))


def _until(along: _Floats, height: _Floats, low: float = -CHORD) -> float:
    """How far a line that begins at or before a square line stays between it and `low`."""
    high = max(2 * _ON_LINE, float(height[0]) + _ON_LINE)
    out = np.flatnonzero((height < low) | (height > high))
    if not len(out):
        return float(along[-1])
    j = int(out[0])
    limit = low if height[j] < low else high
    share = (limit - height[j - 1]) / (height[j] - height[j - 1])
    return float(along[j - 1] + np.clip(share, 0.0, 1.0) * (along[j] - along[j - 1]))
