"""Chinese map offsets: GCJ-02 (高德, 腾讯) and BD-09 (百度) to and from true degrees.

The offsets are published by nobody; the formulas are what the field has used since 2013, and what they give
differs from the services by less than a metre.  Nothing here is applied unasked: :mod:`.quality_crs` only says
where coordinates look shifted.

All functions take and return arrays of degrees (longitude, latitude) of equal shape.  Outside the box in which
the services shift (72.004..137.8347 E, 0.8293..55.8271 N) coordinates stay as they are.  WGS 84 and CGCS2000
are the same here: they differ by less than the services' own noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Pair = tuple[NDArray[np.float64], NDArray[np.float64]]

#: Krasovsky 1940, the ellipsoid of the offset.
_A = 6378245.0
_EE = 0.006693421622965823
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_BD = np.pi * 3000.0 / 180.0
#: Steps of the inverse: each leaves about a hundredth of the error; six reach 1e-12 degrees.
_STEPS = 12
_ENOUGH = 1e-13


def wgs_to_gcj(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift true degrees to GCJ-02."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    short = (20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + short
    north += (20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + short
    east += (20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    phi = np.radians(lat)
    w2 = 1.0 - _EE * np.sin(phi) ** 2
    w = np.sqrt(w2)
    inside = _shifted(lon, lat)
    with np.errstate(divide="ignore", invalid="ignore"):
        dlat = np.degrees(north * w2 * w / (_A * (1.0 - _EE)))
        dlon = np.degrees(east * w / (_A * np.cos(phi)))
    return np.where(inside, lon + dlon, lon), np.where(inside, lat + dlat, lat)


def gcj_to_wgs(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Take the GCJ-02 shift off: the inverse of :func:`wgs_to_gcj` within 1e-9 degrees (0.1 mm)."""
    return _inverse(wgs_to_gcj, lon, lat)


def gcj_to_bd(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift GCJ-02 to BD-09."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD)
    inside = _shifted(lon, lat)
    return (
        np.where(inside, radius * np.cos(angle) + 0.0065, lon),
        np.where(inside, radius * np.sin(angle) + 0.006, lat),
    )


def bd_to_gcj(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Take the BD-09 shift off: the inverse of :func:`gcj_to_bd` within 1e-9 degrees."""
    return _inverse(gcj_to_bd, lon, lat)


def wgs_to_bd(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift true degrees to BD-09."""
    return gcj_to_bd(*wgs_to_gcj(lon, lat))


def bd_to_wgs(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Take the BD-09 shift off, down to true degrees."""
    return gcj_to_wgs(*bd_to_gcj(lon, lat))


def in_china(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Tell which coordinates lie in the box around China's land (73..136 E, 3..54 N)."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    return (lon >= 73.0) & (lon <= 136.0) & (lat >= 3.0) & (lat <= 54.0)


def _shifted(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)


def _inverse(forward: Callable[..., Pair], lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Find what `forward` brings to (lon, lat): what it adds changes slowly, so it is taken off again and again."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    x, y = lon, lat
    for _ in range(_STEPS):
        there_x, there_y = forward(x, y)
        step_x, step_y = lon - there_x, lat - there_y
        x, y = x + step_x, y + step_y
        known = np.isfinite(step_x) & np.isfinite(step_y)
        if not known.any() or max(np.abs(step_x[known]).max(), np.abs(step_y[known]).max()) < _ENOUGH:
            break
    return x, y
