"""On which bank features lie, looking downstream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .feet import expand
from .nearby import nearest_places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .nearby import Pairs, Places, Rivers
    from .zone import Zones

    _Bools = NDArray[np.bool_]
    _Floats = NDArray[np.float64]
    _Ints = NDArray[np.int64]

# On the bank line, or in the channel (metres).
ON_BANK = 0.01
# Borders are looked at every so many metres.
_STEP = 25.0
_PAIRS_AT_ONCE = 1_000_000
_LEFT, _RIGHT, _CHANNEL = 1, 2, 4
_WORD = np.array(["channel", "left", "right", "both", "channel", "left", "right", "both"], dtype=object)


def banks_of(
    zones: Zones,
    rivers: Rivers,
    pairs: Pairs,
    part: NDArray[Any],
    nearest: _Floats,
    places: Places,
    offset: _Floats,
) -> NDArray[Any]:
    """Return ``left``, ``right``, ``both`` or ``channel`` for each feature.

    Parameters
    ----------
    zones : Zones
    rivers : Rivers
    pairs : Pairs
    part : (m,) geometry or None
        The part of each feature inside, metres; without one its nearest place speaks for it.
    nearest : (m, 2) float
        The place of each feature that is nearest to the bank, metres.
    places : Places
        The nearest places on the river of these.
    offset : (m,) float
        Metres from the bank.
    """
    found = np.where(offset <= ON_BANK, _CHANNEL, np.where(places.side > 0, _LEFT, _RIGHT)).astype(np.int64)
    rows = np.flatnonzero(~shapely.is_missing(part))
    if len(rows):
        rows = rows[~_on_one_side(rivers, pairs, rows, offset)]
    if len(rows):
        rows = rows[~_astride(zones, rivers, pairs, part, rows, offset, found)]
    if len(rows):
        _look_along(zones, rivers, pairs, part, rows, offset, found)
    return _WORD[found]


def _on_one_side(rivers: Rivers, pairs: Pairs, rows: _Ints, offset: _Floats) -> _Bools:
    """Tell which features lie on the same side of every segment that could be nearest to any of their places."""
    row, seg = pairs.segments(rivers, rows)
    out = pairs.centre[rows[row]] - rivers.a[seg]
    cross = rivers.unit[seg, 0] * out[:, 1] - rivers.unit[seg, 1] * out[:, 0]
    first = np.searchsorted(row, np.arange(len(rows)))
    low, high = np.minimum.reduceat(cross, first), np.maximum.reduceat(cross, first)
    radius = pairs.radius[rows]
    return ((low > radius) | (high < -radius)) & (offset[rows] > ON_BANK)


def _astride(
    zones: Zones, rivers: Rivers, pairs: Pairs, part: NDArray[Any], rows: _Ints, offset: _Floats, found: _Ints
) -> _Bools:
    """Find polygons that the river divides: those that hold land just left and just right of it."""
    done = np.zeros(len(rows), dtype=bool)
    may = (offset[rows] == 0.0) & (shapely.get_dimensions(part[rows]) == 2)
    may &= shapely.is_missing(zones.channel[pairs.zone[rows]])
    at = np.flatnonzero(may)
    if not len(at):
        return done
    row, seg = pairs.segments(rivers, rows[at])
    shapely.prepare(part[rows[at]])
    middle = (rivers.a[seg] + rivers.b[seg]) / 2
    aside = np.column_stack([-rivers.unit[seg, 1], rivers.unit[seg, 0]]) * (rivers.half[seg] + 0.1)[:, None]
    held = shapely.contains_xy(part[rows[at[row]]], middle[:, 0], middle[:, 1])
    row, middle, aside = row[held], middle[held], aside[held]
    # One segment per feature will do: the middle one of those whose middle it holds.
    first, size = np.unique(row, return_index=True, return_counts=True)[1:]
    pick = first + size // 2
    row, middle, aside = row[pick], middle[pick], aside[pick]
    one = rows[at[row]]
    both = np.ones(len(one), dtype=bool)
    for side, sign in ((_LEFT, 1), (_RIGHT, -1)):
        xy = middle + sign * aside
        place = nearest_places(rivers, xy, *pairs.segments(rivers, one))
        dry = place.away - rivers.half[place.seg] > ON_BANK
        holds = shapely.contains_xy(part[one], xy[:, 0], xy[:, 1])
        both &= holds & dry & (place.side == sign)
        found[one[holds & dry & (place.side == sign)]] |= side
    done[at[row[both]]] = True
    return done


def _look_along(
    zones: Zones, rivers: Rivers, pairs: Pairs, part: NDArray[Any], rows: _Ints, offset: _Floats, found: _Ints
) -> None:
    """Look at places along the borders of parts (or along lines), and note the sides they lie on."""
    xy, owner = shapely.get_coordinates(shapely.segmentize(part[rows], _STEP), return_index=True)
    row, seg = pairs.segments(rivers, rows)
    begin = np.searchsorted(row, np.arange(len(rows) + 1))
    load = np.cumsum(np.diff(begin)[owner])
    block = load // _PAIRS_AT_ONCE
    channel = zones.channel[pairs.zone[rows]]
    for b in np.unique(block).tolist():
        low, high = np.searchsorted(block, [b, b + 1])
        mine = owner[low:high]
        point, k = expand(begin[mine], begin[mine + 1])
        place = nearest_places(rivers, xy[low:high], point, seg[k])
        wet = place.away - rivers.half[place.seg] <= ON_BANK
        look = np.flatnonzero(~wet & ~shapely.is_missing(channel[mine]) & (offset[rows[mine]] <= ON_BANK))
        if len(look):
            spot = shapely.points(xy[low + look])
            wet[look] = shapely.distance(spot, channel[mine[look]]) <= ON_BANK
        said = np.where(wet, _CHANNEL, np.where(place.side > 0, _LEFT, _RIGHT))
        np.bitwise_or.at(found, rows[mine], said)
