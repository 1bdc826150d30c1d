"""Where features come nearest to the bank, what cuts take away from them left out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .feet import expand
from .legit import excess
from .pairs import nearest_places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .pairs import Pairs, Rivers
    from .zone import Zones

    _Bools = NDArray[np.bool_]
    _Floats = NDArray[np.float64]
    _Ints = NDArray[np.int64]

# A drawn zone falls short of the true one by less than this (metres).
_ROOM = 0.1
# Beyond the distance and beyond a cut, features are looked at every so many metres.
_STEP = 5.0
_SAME = 1e-6


@dataclass
class Nearest:
    """The place of each feature that is nearest to the bank of its zone, metres.

    Attributes
    ----------
    xy : (m, 2) float
    away : (m,) float
        Its distance, infinite where there is no such place.
    bank : (m, 2) float
        The place on the bank's line that is nearest to it.
    half : (m,) float
        How far that line is from the bank: half the river's width.
    channel : (m,) bool
        Whether the bank there is the edge of a channel polygon.
    """

    xy: _Floats
    away: _Floats
    bank: _Floats
    half: _Floats
    channel: _Bools

    @classmethod
    def nowhere(cls, count: int) -> Nearest:
        """Return no places."""
        none = np.full((count, 2), np.nan)
        return cls(none, np.full(count, np.inf), none.copy(), np.zeros(count), np.zeros(count, dtype=bool))

    def take(self, rows: Any) -> Nearest:
        """Return some of them."""
        return Nearest(*(getattr(self, f.name)[rows] for f in fields(self)))

    def put(self, rows: _Ints, other: Nearest) -> None:
        """Replace some of them."""
        for f in fields(self):
            getattr(self, f.name)[rows] = getattr(other, f.name)


def nearest_to_bank(
    zones: Zones, rivers: Rivers, pairs: Pairs, which: _Ints, geometry: NDArray[Any]
) -> Nearest:
    """Find where geometries (of the pairs `which`, in metres) come nearest to the bank."""
    found = Nearest.nowhere(len(which))
    filled = ~shapely.is_empty(geometry)
    held = ~shapely.is_missing(zones.channel[pairs.zone[which]])
    single = shapely.get_type_id(geometry) == 0
    at = np.flatnonzero(filled & single & ~held)
    if len(at):
        xy = shapely.get_coordinates(geometry[at])
        places = nearest_places(rivers, xy, *pairs.segments(which[at]))
        half = rivers.half[places.seg]
        away = np.maximum(places.away - half, 0.0)
        found.put(at, Nearest(xy, away, places.xy(rivers), half, np.zeros(len(at), dtype=bool)))
    at = np.flatnonzero(filled & ~single & ~held)
    if len(at):
        _of_shapes(rivers, pairs, which, at, geometry, found)
    at = np.flatnonzero(filled & held)
    if len(at):
        _of_held(zones, pairs.zone[which[at]], at, geometry[at], found)
    return found


def _of_shapes(
    rivers: Rivers, pairs: Pairs, which: _Ints, at: _Ints, geometry: NDArray[Any], found: Nearest
) -> None:
    """Measure lines and polygons to chunks: first to the one nearest to their middle, then to rivals."""
    row, k = pairs.members(which[at])
    chunk, lead = rivers.chunk_of[pairs.seg[k]], pairs.lead[k]
    fresh = np.flatnonzero(np.append(True, (np.diff(row) != 0) | (np.diff(chunk) != 0)))
    row, chunk, lead = row[fresh], chunk[fresh], np.minimum.reduceat(lead, fresh)
    order = np.lexsort((lead, row))
    best = order[np.searchsorted(row, np.arange(len(at)))]
    rival = np.ones(len(row), dtype=bool)
    rival[best] = False
    used, number = np.unique(chunk, return_inverse=True)
    lines, half = rivers.lines(used), rivers.half[rivers.chunk[used]]
    radius = pairs.radius[which[at]]
    for turn in (best, np.flatnonzero(rival)):
        # A rival can win only where its nearest place could be nearer than what is known.
        turn = turn[lead[turn] - radius[row[turn]] <= found.away[at[row[turn]]]]
        if not len(turn):
            continue
        line = shapely.shortest_line(geometry[at[row[turn]]], lines[number[turn]])
        _keep_nearer(found, at[row[turn]], line, half[number[turn]])


def _keep_nearer(found: Nearest, owner: _Ints, line: NDArray[Any], half: _Floats) -> None:
    """Note the shortest of some lines from features to banks, where it is shorter than what is known."""
    ends = shapely.get_coordinates(line).reshape(-1, 2, 2)
    away = np.maximum(np.hypot(*(ends[:, 0] - ends[:, 1]).T) - half, 0.0)
    by = np.lexsort((away, owner))
    by = by[np.unique(owner[by], return_index=True)[1]]
    by = by[away[by] < found.away[owner[by]]]
    dry = np.zeros(len(by), dtype=bool)
    found.put(owner[by], Nearest(ends[by, 0], away[by], ends[by, 1], half[by], dry))


def _of_held(zones: Zones, zone: _Ints, at: _Ints, geometry: NDArray[Any], found: Nearest) -> None:
    """Measure features to the channel, and to the centreline where there is none."""
    channel = zones.channel[zone]
    ends = shapely.get_coordinates(shapely.shortest_line(geometry, channel)).reshape(-1, 2, 2)
    away = np.hypot(*(ends[:, 0] - ends[:, 1]).T)
    wet = np.ones(len(at), dtype=bool)
    found.put(at, Nearest(ends[:, 0], away, ends[:, 1], np.zeros(len(at)), wet))
    banks = zones.banks
    row, line = expand(np.searchsorted(banks.owner, zone), np.searchsorted(banks.owner, zone, side="right"))
    if len(row):
        _keep_nearer(
            found, at[row], shapely.shortest_line(geometry[row], banks.lines[line]), banks.half[line] + _SAME
        )
        found.half[at] = np.maximum(found.half[at] - _SAME, 0.0)


class Beyond:
    """Leaves out what cuts take away.

    Attributes
    ----------
    suspect : (m,) bool
        Features from which a cut may take something away.
    blocked : (m,) bool
        Features near the bank of which no place within the distance sought is left.
    gap : (m,) float
        How far these are from their zone; infinite for others.
    """

    def __init__(
        self, zones: Zones, rivers: Rivers, pairs: Pairs, near: Nearest, bank: float, slack: float
    ) -> None:
        self.zones, self.rivers, self.pairs, self.near = zones, rivers, pairs, near
        self.bank, self.slack = bank, slack
        count = len(pairs)
        self.blocked, self.gap = np.zeros(count, dtype=bool), np.full(count, np.inf)
        self.suspect = self._suspects()
        feet = zones.feet
        # Where the nearest place itself is reached, nothing nearer can be.
        rows = np.flatnonzero(self.suspect & (near.away <= bank))
        rows = rows[~feet.reached(pairs.zone[rows], near.xy[rows])]
        self._left_over(rows)
        far = np.flatnonzero(self.suspect & (near.away > bank))
        far = far[~feet.wider(slack).reached(pairs.zone[far], near.xy[far])] if slack > 0 else far[:0]
        rows = np.union1d(rows[near.away[rows] > bank], far)
        gone = self._reached_farther(rows)
        self.blocked[gone] = True
        self._to_zone(gone)

    def _suspects(self) -> _Bools:
        """Tell which features come near what a cut may take away."""
        pairs, feet = self.pairs, self.zones.feet
        out = np.zeros(len(pairs), dtype=bool)
        row, cut = expand(feet.cut_pointer[pairs.zone], feet.cut_pointer[pairs.zone + 1])
        u = feet.cuts.height(cut, pairs.centre[row])
        v = feet.cuts.aside(cut, pairs.centre[row])
        depth, right, left, _ = feet.frames[cut].T
        room = pairs.radius[row] + 0.01
        wide = room + self.slack
        out[row[(u > -room) & (u <= depth + wide) & (v >= right - wide) & (v <= left + wide)]] = True
        return out

    def _near_zone(self, rows: _Ints, room: float) -> _Bools:
        """Tell which features come within `room` of the drawn zone."""
        zone, polygon = self.pairs.zone[rows], self.zones.polygon
        shapely.prepare(polygon[np.unique(zone)])
        return shapely.dwithin(polygon[zone], self.pairs.geometry[rows], np.full(len(rows), room))

    def _left_over(self, rows: _Ints) -> None:
        """Measure what is left of features whose nearest place is not reached."""
        pairs, near = self.pairs, self.near
        near.away[rows] = np.inf
        rows = rows[shapely.get_type_id(pairs.geometry[rows]) != 0]
        if not len(rows):
            return
        rows = rows[self._near_zone(rows, _ROOM)]
        shape = shapely.difference(pairs.geometry[rows], self.zones.taken[pairs.zone[rows]])
        found = nearest_to_bank(self.zones, self.rivers, pairs, rows, shape)
        inside = found.away <= self.bank
        near.put(rows[inside], found.take(inside))

    def _reached_farther(self, rows: _Ints) -> _Ints:
        """Look along features for places that feet reaching farther would reach; return those without any."""
        pairs, near = self.pairs, self.near
        near.away[rows] = np.inf
        if not len(rows) or self.slack <= 0:
            return rows
        some = rows[self._near_zone(rows, self.slack + _ROOM)]
        xy, owner = shapely.get_coordinates(
            shapely.segmentize(pairs.geometry[some], _STEP), return_index=True
        )
        more, foot = excess(self.zones.feet, pairs.zone[some[owner]], xy, self.slack)
        order = np.lexsort((more, owner))
        best = order[np.unique(owner[order], return_index=True)[1]]
        best = best[np.isfinite(more[best])]
        at = some[owner[best]]
        away = self.bank + more[best]
        half = np.hypot(*(xy[best] - foot[best]).T) - away
        near.put(at, Nearest(xy[best], away, foot[best], half, np.zeros(len(at), dtype=bool)))
        return rows[np.isinf(near.away[rows])]

    def _to_zone(self, rows: _Ints) -> None:
        """Measure what lies beyond cuts to the zone itself: the positional accuracy may bring it inside."""
        if not len(rows):
            return
        pairs, near = self.pairs, self.near
        line = shapely.shortest_line(pairs.geometry[rows], self.zones.polygon[pairs.zone[rows]])
        ends = shapely.get_coordinates(line).reshape(-1, 2, 2)
        self.gap[rows] = np.hypot(*(ends[:, 0] - ends[:, 1]).T)
        near.xy[rows] = near.bank[rows] = ends[:, 0]
        near.half[rows], near.channel[rows] = 0.0, False
