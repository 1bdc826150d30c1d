"""On which bank features lie, looking downstream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .feet import expand
from .pairs import TOUCH, nearest_places, to_places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .pairs import Pairs, Places, Rivers
    from .zone import Zones

    _Bools = NDArray[np.bool_]
    _Floats = NDArray[np.float64]
    _Ints = NDArray[np.int64]

# On the bank line, or in the channel (metres).
ON_BANK = 0.01
# Borders are looked at every so many metres.
_STEP = 25.0
# So many neighbouring places are looked at together.
_GROUP = 8
# Few enough pairs of a place and a segment to stay in the processor's cache.
_PAIRS_AT_ONCE = 65_536
_LEFT, _RIGHT, _CHANNEL = 1, 2, 4
_WORD = np.array(["channel", "left", "right", "both", "channel", "left", "right", "both"], dtype=object)


def banks_of(
    zones: Zones,
    rivers: Rivers,
    pairs: Pairs,
    part: NDArray[Any],
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
    places : Places
        The place on the river nearest to each feature.
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
    """Tell which features surely lie on one side of the river.

    A feature of one part that meets no river lies on one side if every segment that can be nearest to one of its
    places belongs to one stretch of one piece which runs on in one general direction (all segments within 90
    degrees of its chord), and if no place is nearest to an end of that piece: to get from one side of such a
    stretch to the other without crossing it, one has to come nearest to an end of it.
    """
    out = (offset[rows] > ON_BANK) & (shapely.get_num_geometries(pairs.geometry[rows]) == 1)
    row, k = pairs.members(rows)
    seg = pairs.seg[k]
    begin = np.searchsorted(row, np.arange(len(rows)))
    first, last = np.minimum.reduceat(seg, begin), np.maximum.reduceat(seg, begin)
    piece = rivers.piece[first]
    out &= (rivers.piece[last] == piece) & _beside(rivers, pairs, rows, first, last)
    at = np.flatnonzero(out)
    again, between = expand(first[at], last[at] + 1)
    chord = rivers.b[last[at]] - rivers.a[first[at]]
    ahead = np.einsum("ij,ij->i", rivers.unit[between], chord[again])
    out[at[again[ahead <= 0]]] = False
    sure = _one_side(rivers, row, seg, pairs.centre[rows], pairs.radius[rows]) != 0
    return out | (sure & (offset[rows] > ON_BANK))


def _beside(rivers: Rivers, pairs: Pairs, rows: _Ints, first: _Ints, last: _Ints) -> _Bools:
    """Tell where no place of a feature can be nearest to an end of the piece."""
    lead = np.minimum.reduceat(pairs.lead, np.searchsorted(pairs.row, rows))
    reach = np.maximum(lead, 0.0) + 2 * pairs.radius[rows]
    out = np.ones(len(rows), dtype=bool)
    for seg, end, step in ((first, rivers.a, -1), (last, rivers.b, 1)):
        beyond = np.clip(seg + step, 0, len(rivers.piece) - 1)
        is_end = (beyond == seg) | (rivers.piece[beyond] != rivers.piece[seg])
        gap = np.hypot(*(end[seg] - pairs.centre[rows]).T) - rivers.half[seg]
        out &= ~is_end | (gap > reach)
    return out


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
    row, seg = pairs.segments(rows[at])
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
        place = nearest_places(rivers, xy, *pairs.segments(one))
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
    begin = np.searchsorted(owner, np.arange(len(rows) + 1))
    size = np.diff(begin)
    # Neighbouring places in groups, each within a circle: mostly the whole circle lies on one side.
    row, k = expand(np.zeros(len(rows), np.int64), -(-size // _GROUP))
    first = begin[row] + k * _GROUP
    low, high = np.minimum.reduceat(xy, first), np.maximum.reduceat(xy, first)
    centre, radius = (low + high) / 2, np.hypot(*(high - low).T) / 2 + TOUCH
    last = np.append(first[1:], len(xy))
    members = np.searchsorted(pairs.row, rows), np.searchsorted(pairs.row, rows, side="right")
    load = np.cumsum((members[1] - members[0])[row])
    block = load // _PAIRS_AT_ONCE
    for b in np.unique(block).tolist():
        some = slice(*np.searchsorted(block, [b, b + 1]))
        group, k = expand(members[0][row[some]], members[1][row[some]])
        seg = pairs.seg[k]
        away, _ = to_places(rivers, group, seg, centre[some])
        lead = away - rivers.half[seg]
        begins = np.searchsorted(group, np.arange(len(row[some])))
        reach = np.maximum(np.minimum.reduceat(lead, begins), 0.0) + 2 * radius[some] + TOUCH
        useful = lead <= reach[group]
        group, seg = group[useful], seg[useful]
        side = _one_side(rivers, group, seg, centre[some], radius[some])
        side[offset[rows[row[some]]] <= ON_BANK] = 0
        np.bitwise_or.at(found, rows[row[some]], np.where(side > 0, _LEFT, np.where(side < 0, _RIGHT, 0)))
        _look_at(zones, rivers, pairs, rows[row[some]], xy, first[some], last[some], side, group, seg, found)


def _one_side(rivers: Rivers, row: _Ints, seg: _Ints, centre: _Floats, radius: _Floats) -> NDArray[np.int64]:
    """Return 1 (left), -1 (right) or 0 (not sure) for circles, by the segments that can be nearest in them."""
    out = centre[row] - rivers.a[seg]
    cross = rivers.unit[seg, 0] * out[:, 1] - rivers.unit[seg, 1] * out[:, 0]
    begin = np.searchsorted(row, np.arange(len(centre)))
    low, high = np.minimum.reduceat(cross, begin), np.maximum.reduceat(cross, begin)
    return np.where(low > radius, 1, np.where(high < -radius, -1, 0))


def _look_at(
    zones: Zones, rivers: Rivers, pairs: Pairs, pair: _Ints, xy: _Floats, first: _Ints, last: _Ints,
    side: NDArray[np.int64], row: _Ints, seg: _Ints, found: _Ints,
) -> None:  # fmt: skip
    """Note the sides of each place of the groups that are not on one side; `row`, `seg`: the groups' segments."""
    open_ = np.flatnonzero(side == 0)
    if not len(open_):
        return
    group, place = expand(first[open_], last[open_])
    group = open_[group]
    point, k = expand(np.searchsorted(row, group), np.searchsorted(row, group, side="right"))
    places = nearest_places(rivers, xy[place], point, seg[k])
    wet = places.away - rivers.half[places.seg] <= ON_BANK
    channel = zones.channel[pairs.zone[pair[group]]]
    look = np.flatnonzero(~wet & ~shapely.is_missing(channel))
    if len(look):
        wet[look] = shapely.distance(shapely.points(xy[place[look]]), channel[look]) <= ON_BANK
    said = np.where(wet, _CHANNEL, np.where(places.side > 0, _LEFT, _RIGHT))
    np.bitwise_or.at(found, pair[group], said)
