"""Chinese map offsets: GCJ-02 (高德, 腾讯) and BD-09 (百度) to and from true degrees.

The offsets are published by nobody; the formulas are what the field has used since 2013, and what they give
differs from the services by less than a metre.  Nothing here is applied unasked: :mod:`.quality_crs` only says
where coordinates look shifted.

All functions take and return arrays of degrees (longitude, latitude) of equal shape. The services shift the
mainland of China; elsewhere coordinates stay as they are. Where that is, is told by coarse rectangles with
exclusions (Aimeast, cnblogs.com, 2012-08-09; many ports of the formulas have them): Taiwan is left alone; Hong
Kong, Macao and border country that the rectangles cover (Kathmandu, Bishkek, Choibalsan) count as shifted. The true
position decides. Within a shift's length (1.3 km) outside such a rectangle a shifted place and an unshifted one can
have the same numbers; there the inverse takes them for shifted. WGS 84 and CGCS2000 are the same here: they differ
by less than the services' own noise.
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
#: West, south, east, north of where the services shift, and of what is left out of it.
_REGION = (
    (79.4462, 42.8899, 96.33, 49.2204), (109.6872, 39.3742, 135.0002, 54.1415), (73.1246, 29.5297, 124.143255, 42.8899),
    (82.9684, 26.7186, 97.0352, 29.5297), (97.0253, 20.414096, 124.367395, 29.5297),
    (107.975793, 17.871542, 111.744104, 20.414096),
)  # fmt: skip
_EXCLUDED = (
    (119.921265, 21.785006, 122.497559, 25.398623), (101.8652, 20.0988, 106.665, 22.284),
    (106.4525, 20.4878, 108.051, 21.5422), (109.0323, 50.3257, 119.127, 55.8175), (127.4568, 49.5574, 137.0227,
        55.8175),
    (131.2662, 42.5692, 137.0227, 44.8922),
)  # fmt: skip
_BD_STEP = np.pi * 3000.0 / 180.0
#: Steps of the inverse: each leaves about a hundredth of the error; six reach 1e-12 degrees.
_STEPS = 12
_ENOUGH = 1e-13


def wgs_to_gcj(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift true degrees to GCJ-02."""
    return _where_shifted(_gcj, lon, lat)


def gcj_to_wgs(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Take the GCJ-02 shift off: the inverse of :func:`wgs_to_gcj` within 1e-9 degrees (0.1 mm)."""
    return _taken_off(_gcj, lon, lat)


def gcj_to_bd(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift GCJ-02 to BD-09."""
    return _where_shifted(_bd, lon, lat)


def bd_to_gcj(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Take the BD-09 shift off, down to GCJ-02: the inverse of :func:`gcj_to_bd` within 1e-9 degrees."""
    return _taken_off(_bd, lon, lat)


def wgs_to_bd(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift true degrees to BD-09."""
    return _where_shifted(_both, lon, lat)


def bd_to_wgs(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Take the BD-09 shift off, down to true degrees."""
    return _taken_off(_both, lon, lat)


def _gcj(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
    """The GCJ-02 formula, wherever the place is."""
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
    with np.errstate(divide="ignore", invalid="ignore"):
        dlat = np.degrees(north * w2 * w / (_A * (1.0 - _EE)))
        dlon = np.degrees(east * w / (_A * np.cos(phi)))
    return lon + dlon, lat + dlat


def _bd(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
    """The BD-09 formula: the sine's argument is the ordinate times pi * 3000 / 180."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_STEP)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_STEP)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _both(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
    return _bd(*_gcj(lon, lat))


def in_china(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Tell which coordinates lie in the box around China's land (73..136 E, 3..54 N)."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    return (lon >= 73.0) & (lon <= 136.0) & (lat >= 3.0) & (lat <= 54.0)


def shifted(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Tell which true positions the services shift: those of the mainland, by coarse rectangles."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    inside = np.zeros(np.broadcast(lon, lat).shape, dtype=bool)
    for boxes, value in ((_REGION, True), (_EXCLUDED, False)):
        for west, south, east, north in boxes:
            inside[(lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)] = value
    return inside


def _where_shifted(formula: Callable[..., Pair], lon: ArrayLike, lat: ArrayLike) -> Pair:
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    inside = shifted(lon, lat)
    x, y = formula(lon, lat)
    return np.where(inside, x, lon), np.where(inside, y, lat)


def _taken_off(formula: Callable[..., Pair], lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Find what `formula` brings to (lon, lat): what it adds changes slowly, so it is taken off again and again."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    near = np.asarray((np.abs(lon) <= 180.0) & (np.abs(lat) < 85.0))
    # Beyond the mainland's neighbourhood the formula need not converge, and nothing there is shifted.
    x, y = np.where(near, lon, np.nan), np.where(near, lat, np.nan)
    with np.errstate(invalid="ignore"):
        for _ in range(_STEPS):
            there_x, there_y = formula(x, y)
            step_x, step_y = lon - there_x, lat - there_y
            x, y = x + step_x, y + step_y
            known = np.isfinite(step_x) & np.isfinite(step_y)
            if not known.any() or max(np.abs(step_x[known]).max(), np.abs(step_y[known]).max()) < _ENOUGH:
                break
    inside = shifted(x, y)
    return np.where(inside, x, lon), np.where(inside, y, lat)
