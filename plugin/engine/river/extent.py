"""How much of a feature lies in a zone: its part inside, that part's area or length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..geodesy import area_m2, metres_per_degree, projected_area_m2, tm_forward, tm_inverse, zone_meridian
from .pairs import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .pairs import Pairs
    from .zone import Zones

    _Bools = NDArray[np.bool_]
    _Floats = NDArray[np.float64]

# The drawn zone's arcs fall short of the circle by less than this (metres).
_ARC = 0.05
# Up to this extent (metres) the scale of a frame at a figure's centroid is that of the figure.
_SMALL = 2000.0


def parts_inside(
    zones: Zones, pairs: Pairs, inside: _Bools, suspect: _Bools, bank: float
) -> tuple[NDArray[Any], _Bools]:
    """Return the part of each feature in its zone, and which lie in it as a whole.

    Parameters
    ----------
    zones : Zones
    pairs : Pairs
    inside : (m,) bool
        The features that belong to their zones.
    suspect : (m,) bool
        Features from which a cut may take something away.
    bank : float

    Returns
    -------
    part : (m,) geometry or None
        Metres; None for points and what is not inside.
    whole : (m,) bool
    """
    out, whole = np.full(len(pairs), None, dtype=object), np.zeros(len(pairs), dtype=bool)
    rows = np.flatnonzero(inside & (shapely.get_dimensions(pairs.geometry) > 0))
    if not len(rows):
        return out, whole
    lead = np.minimum.reduceat(pairs.lead, np.searchsorted(pairs.row, rows))
    within = (np.maximum(lead, 0.0) + pairs.radius[rows] <= bank - _ARC) & ~suspect[rows]
    whole[rows[within]] = True
    rows = rows[~within]
    polygon = zones.polygon
    shapely.prepare(polygon[np.unique(pairs.zone[rows])])
    within = shapely.contains_properly(polygon[pairs.zone[rows]], pairs.geometry[rows])
    whole[rows[within]] = True
    out[whole] = pairs.geometry[whole]
    rows = rows[~within]
    cut = plain(_intersection(pairs.geometry[rows], polygon[pairs.zone[rows]]))
    # What only touches the drawn zone has no part in it.
    full = shapely.get_dimensions(cut) == shapely.get_dimensions(pairs.geometry[rows])
    full &= ~shapely.is_empty(cut)
    out[rows[full]] = cut[full]
    return out, whole & ~pairs.clipped


def _intersection(geometry: NDArray[Any], polygon: NDArray[Any]) -> NDArray[Any]:
    """Return the parts of geometries inside polygons of many more vertices."""
    bounds = (shapely.bounds(geometry) + [-1.0, -1.0, 1.0, 1.0]).tolist()
    # Overlay takes its time by vertices, clipping hardly any.
    around = np.empty(len(polygon), dtype=object)
    around[:] = [shapely.clip_by_rect(one, *box) for one, box in zip(polygon, bounds)]
    try:
        return shapely.intersection(geometry, around)
    except shapely.GEOSException:
        # Clipping may leave borders that touch themselves.
        return shapely.intersection(geometry, polygon)


def areas_inside(
    zones: Zones, pairs: Pairs, part: NDArray[Any], whole_in: _Bools, feature: NDArray[Any], inside: _Bools
) -> tuple[_Floats, _Floats, _Floats]:
    """Return the ellipsoidal and the projected area of parts, and the ellipsoidal one of whole features.

    Parameters
    ----------
    part : (m,) geometry or None
        Metres.
    whole_in : (m,) bool
        Where the part is the whole feature.
    feature : (m,) geometry
        Degrees.
    inside : (m,) bool

    Returns
    -------
    three (m,) float
        Square metres, NaN for what is no polygon or not inside.
    """
    count = len(pairs)
    area, projected, whole = np.full(count, np.nan), np.full(count, np.nan), np.full(count, np.nan)
    rows = np.flatnonzero(inside & (shapely.get_dimensions(pairs.geometry) == 2))
    area[rows] = projected[rows] = 0.0
    small = (pairs.radius[rows] <= _SMALL / 2) & ~pairs.clipped[rows]
    far, rows = rows[~small], rows[small]
    whole[rows], projected[rows] = _areas(pairs.geometry[rows], zones.reaches.lon0[pairs.zone[rows]])
    area[rows] = whole[rows]
    rows = rows[~whole_in[rows]]
    area[rows] = projected[rows] = 0.0
    held = rows[~shapely.is_missing(part[rows])]
    area[held], projected[held] = _areas(part[held], zones.reaches.lon0[pairs.zone[held]])
    if len(far):
        whole[far] = area_m2(feature[far])
        held = far[~shapely.is_missing(part[far])]
        degrees = zones.to_degrees(pairs.zone[held], part[held])
        area[held], projected[held] = area_m2(degrees), projected_area_m2(degrees)
    return area, projected, whole


def _areas(geometry: NDArray[Any], lon0: _Floats) -> tuple[_Floats, _Floats]:
    """Ellipsoidal and projected area of small polygons in the metres of frames about `lon0`.

    A conformal frame enlarges areas by the square of its scale, which hardly changes over a small polygon.
    """
    area = shapely.area(geometry)
    centre = shapely.get_coordinates(shapely.centroid(geometry))
    lon, lat = tm_inverse(centre[:, 0], centre[:, 1], lon0)
    true = area / _scale_squared(centre[:, 0], lat)
    x, _ = tm_forward(lon, lat, zone_meridian(lon))
    return true, true * _scale_squared(x, lat)


def _scale_squared(x: _Floats, lat: _Floats) -> _Floats:
    """Square of the scale of transverse Mercator `x` metres off its meridian, good to 1e-9 within 3 degrees."""
    kx, ky = metres_per_degree(lat)
    prime_vertical = kx / np.cos(np.radians(lat))
    ratio = x**2 / (prime_vertical * ky / np.radians(1.0) ** 2)
    return 1.0 + ratio + ratio**2 / 3


def lengths_inside(zones: Zones, pairs: Pairs, part: NDArray[Any], inside: _Bools) -> _Floats:
    """Return the ellipsoidal length of the parts of lines, metres; NaN for what is no line or not inside."""
    out = np.full(len(pairs), np.nan)
    rows = np.flatnonzero(inside & (shapely.get_dimensions(pairs.geometry) == 1))
    out[rows] = 0.0
    rows = rows[~shapely.is_missing(part[rows])]
    if not len(rows):
        return out
    single, owner = shapely.get_parts(part[rows], return_index=True)
    xy, index = shapely.get_coordinates(single, return_index=True)
    same = index[1:] == index[:-1]
    middle = ((xy[1:] + xy[:-1]) / 2)[same]
    step = np.hypot(*np.diff(xy, axis=0).T)[same]
    row = owner[index[1:][same]]
    _, lat = tm_inverse(middle[:, 0], middle[:, 1], zones.reaches.lon0[pairs.zone[rows[row]]])
    out[rows] = np.bincount(row, step / np.sqrt(_scale_squared(middle[:, 0], lat)), minlength=len(rows))
    return out
