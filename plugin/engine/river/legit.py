"""How far places are from the nearest foot that counts for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from .feet import expand

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .feet import Feet

    _Floats = NDArray[np.float64]
    _Ints = NDArray[np.int64]

_TOUCH = 1e-6
_PAIRS_AT_ONCE = 262_144


def excess(feet: Feet, zone: _Ints, xy: _Floats, within: float) -> tuple[_Floats, _Floats]:
    """Return how much farther than its foot reaches each place lies, for the best of its feet that count.

    Parameters
    ----------
    feet : Feet
    zone : (m,) int
    xy : (m, 2) float
    within : float
        Feet that would have to reach more than so many metres farther do not matter.

    Returns
    -------
    excess : (m,) float
        Metres, 0 or less for what belongs to the zone, infinite where no foot counts.
    foot : (m, 2) float
        That foot.
    """
    out, foot = np.full(len(xy), np.inf), np.full((len(xy), 2), np.nan)
    held = np.flatnonzero(~shapely.is_missing(feet.held)[zone])
    inside = held[shapely.intersects_xy(feet.held[zone[held]], xy[held])]
    out[inside], foot[inside] = -np.inf, xy[inside]
    load = np.cumsum((np.diff(feet.seg_pointer) + np.diff(feet.vertex_pointer))[zone])
    block = load // _PAIRS_AT_ONCE
    for b in np.unique(block).tolist():
        rows = np.flatnonzero(block == b)
        for by in (_by_segments, _by_vertices):
            row, more, place = by(feet, zone[rows], xy[rows], within)
            order = np.lexsort((more, row))
            order = order[np.unique(row[order], return_index=True)[1]]
            order = order[more[order] < out[rows[row[order]]]]
            out[rows[row[order]]], foot[rows[row[order]]] = more[order], place[order]
    return out, foot


def _by_segments(feet: Feet, zone: _Ints, xy: _Floats, within: float) -> tuple[_Ints, _Floats, _Floats]:
    row, seg = expand(feet.seg_pointer[zone], feet.seg_pointer[zone + 1])
    away, unit = xy[row] - feet.a[seg], feet.unit[seg]
    along = away[:, 0] * unit[:, 0] + away[:, 1] * unit[:, 1]
    right = away[:, 0] * unit[:, 1] - away[:, 1] * unit[:, 0]
    more = np.abs(right) - feet.radius[seg]
    fits = (along >= -_TOUCH) & (along <= feet.length[seg] + _TOUCH) & (more <= within)
    fits &= (right >= -_TOUCH) | ~feet.one_sided[seg]
    row, seg, more, along = row[fits], seg[fits], more[fits], along[fits]
    lets = _lets(feet, feet.seg_guard, seg, xy[row])
    place = feet.a[seg] + along[:, None] * feet.unit[seg]
    return row[lets], more[lets], place[lets]


def _by_vertices(feet: Feet, zone: _Ints, xy: _Floats, within: float) -> tuple[_Ints, _Floats, _Floats]:
    row, vertex = expand(feet.vertex_pointer[zone], feet.vertex_pointer[zone + 1])
    away = xy[row] - feet.vertex_xy[vertex]
    more = np.hypot(away[:, 0], away[:, 1]) - feet.vertex_radius[vertex]
    fits = (more <= within) & (feet.pie[vertex] > -1e-9)
    row, vertex, more, away = row[fits], vertex[fits], more[fits], away[fits]
    fits = np.ones(len(row), dtype=bool)
    for ray in (feet.rays[vertex, 0], feet.rays[vertex, 1]):
        fits &= away[:, 0] * ray[:, 0] + away[:, 1] * ray[:, 1] <= _TOUCH
    fits &= _lets(feet, feet.vertex_guard, vertex, xy[row])
    return row[fits], more[fits], feet.vertex_xy[vertex[fits]]


def _lets(feet: Feet, guard: _Ints, foot: _Ints, xy: _Floats) -> NDArray[np.bool_]:
    """Tell whether the windows that feet lie in let them reach points."""
    out = np.ones(len(foot), dtype=bool)
    row, pair = expand(np.searchsorted(guard[0], foot), np.searchsorted(guard[0], foot, side="right"))
    out[row[feet.cuts.height(guard[1, pair], xy[row]) > _TOUCH]] = False
    return out
