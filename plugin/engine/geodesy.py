"""True metres on the CGCS2000 ellipsoid.

Storage is EPSG:4490 (longitude, latitude in degrees) and an edge is straight in those coordinates.
Two facts follow, and everything here rests on them:

* the nearest points of two geometries are sought on the edges as they are stored, with no reprojection and no
  densifying (:mod:`.nearest`); the distance between these points is then measured on the ellipsoid;
* a length is the sum of short geodesics, an area is the shoelace sum in an equal-area latitude.

Where a whole figure must be drawn in metres (a river's control zone, a buffer: :mod:`.buffers`) a transverse
Mercator centred on the place is used.  It is written out in numpy because its centre differs per figure, and because
PROJ objects must not be created in Qt worker threads (pyproj 3.7 crashes there).

References
----------
Karney, C. F. F. (2011). Transverse Mercator with an accuracy of a few nanometers. J. Geodesy 85, 475-485.
Snyder, J. P. (1987). Map Projections: A Working Manual. USGS PP 1395 (authalic latitude, eq. 3-12).
GB 22021-2008 / CGCS2000: a = 6378137 m, 1/f = 298.257222101.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

STORAGE_CRS = "EPSG:4490"
SEMI_MAJOR = 6378137.0
INVERSE_FLATTENING = 298.257222101
_F = 1.0 / INVERSE_FLATTENING
_E2 = _F * (2.0 - _F)
_E = np.sqrt(_E2)
ECCENTRICITY = float(_E)
# Third flattening and the Krüger coefficients to order n^4 (error below 1 nm within 5 degrees).
_N = _F / (2.0 - _F)
_A_RECT = SEMI_MAJOR / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_ALPHA = (
    _N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16 + 41 * _N**4 / 180,
    13 * _N**2 / 48 - 3 * _N**3 / 5 + 557 * _N**4 / 1440,
    61 * _N**3 / 240 - 103 * _N**4 / 140,
    49561 * _N**4 / 161280,
)
_BETA = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440,
    17 * _N**3 / 480 - 37 * _N**4 / 840,
    4397 * _N**4 / 161280,
)
# Edges longer than this bend by more than a millimetre between a straight line in degrees and a straight
# line in a metric projection (sagitta L^2 tan(lat) / 8R).
_DENSIFY_DEG = 0.002
# Areas are measured of so many vertices at a time.
_AT_ONCE = 100_000
_MM = 0.001
_RADIAN = np.pi / 180
# Segments up to this length (metres) are measured by the mid-latitude formula, so many at a time that they
# stay in the processor's cache.
_SHORT_M = 5000.0
_BLOCK = 16384


def _quiet_proj_data() -> None:
    """Point a virtual environment's pyproj at the system's PROJ data before it is first imported.

    Debian's pyproj, seen from a virtual environment, looks for its data below the environment's prefix and
    warns that it found none; the data is the system's.
    """
    if os.environ.get("PROJ_DATA") or os.environ.get("PROJ_LIB"):
        return
    system = Path("/usr/share/proj")
    if (system / "proj.db").is_file():
        import importlib.util

        spec = importlib.util.find_spec("pyproj")
        if spec is not None and spec.origin and spec.origin.startswith("/usr/lib/python3"):
            os.environ["PROJ_DATA"] = str(system)


_quiet_proj_data()


@lru_cache(maxsize=1)
def geod() -> Any:
    """Return the geodesic calculator (``pyproj.Geod``) of the CGCS2000 ellipsoid."""
    from pyproj import Geod

    return Geod(a=SEMI_MAJOR, rf=INVERSE_FLATTENING)


def inverse(
    lon: NDArray[np.float64], lat: NDArray[np.float64], to_lon: NDArray[np.float64], to_lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Solve the inverse geodesic problem for pairs of places, degrees, (n,) each.

    Returns
    -------
    azimuth, back, metres : (n,) float
        Degrees from north at the first place, towards the first at the second, and the length of the geodesic.
    """
    if len(lon) == 1:
        # pyproj 3.7 takes arrays of one for numbers, and answers with numbers.
        one = geod().inv(float(lon[0]), float(lat[0]), float(to_lon[0]), float(to_lat[0]))
        return np.array(one[:1]), np.array(one[1:2]), np.array(one[2:])
    azimuth, back, metres = geod().inv(lon, lat, to_lon, to_lat)
    return np.asarray(azimuth), np.asarray(back), np.asarray(metres)


# --------------------------------------------------------------------------------------------------------
# The gate every frame passes
# --------------------------------------------------------------------------------------------------------


def to_storage(frame: gpd.GeoDataFrame, what: str) -> gpd.GeoDataFrame:
    """Bring a frame to EPSG:4490, keeping its edges within 1 mm of where they were.

    Parameters
    ----------
    frame : GeoDataFrame
        Any geometries in any declared CRS.
    what : str
        The name of the layer as the user knows it, for the message.

    Returns
    -------
    GeoDataFrame
        A new frame in EPSG:4490; a frame already there is returned as it is.

    Raises
    ------
    InputError
        If the frame declares no CRS or its coordinates cannot be those of its CRS.
    """
    if frame.crs is None:
        raise InputError(
            f"Layer '{what}' declares no coordinate reference system; assign the one its coordinates are in"
            f" (for CGCS2000 degrees that is EPSG:4490) and run again."
        )
    geometry = np.asarray(frame.geometry.array)
    bounds = shapely.total_bounds(geometry) if len(geometry) else np.full(4, np.nan)
    degrees = np.array([180.0, 90.0, 180.0, 90.0]) + 1e-6
    if not np.isnan(bounds[0]) and frame.crs.is_geographic and (np.abs(bounds) > degrees).any():
        raise InputError(
            f"Layer '{what}' declares degrees ({frame.crs.to_string()[:60]}) but has coordinates beyond"
            f" ±180/±90 (x {bounds[0]:.1f} to {bounds[2]:.1f}, y {bounds[1]:.1f} to {bounds[3]:.1f});"
            f" assign its true projected reference system."
        )
    if frame.crs.to_epsg() == 4490:
        return frame
    if not frame.crs.is_geographic:
        frame = frame.set_geometry(densify_projected(geometry, frame.crs), crs=frame.crs)
    out = frame.to_crs(STORAGE_CRS)
    if len(out) and not np.isfinite(out.total_bounds).all() and not np.isnan(bounds[0]):
        raise InputError(
            f"Layer '{what}' has coordinates that its reference system ({frame.crs.to_string()[:60]}) cannot"
            f" hold; check whether it was assigned the wrong system."
        )
    return out


def densify_projected(geometry: NDArray[Any], crs: Any) -> NDArray[Any]:
    """Add vertices to projected edges, shape (n,), until a straight edge in degrees is within 1 mm of them."""
    from pyproj import Transformer

    coords, part_of = shapely.get_coordinates(geometry, return_index=True)
    if len(coords) < 2:
        return geometry
    same = part_of[1:] == part_of[:-1]
    start, end = coords[:-1][same], coords[1:][same]
    owner = part_of[1:][same]
    if not len(start):
        return geometry
    forward = Transformer.from_crs(crs, STORAGE_CRS, always_xy=True)
    middle = np.column_stack(forward.transform(*((start + end) / 2).T))
    mean = (np.column_stack(forward.transform(*start.T)) + np.column_stack(forward.transform(*end.T))) / 2
    with np.errstate(invalid="ignore"):
        kx, ky = metres_per_degree(mean[:, 1])
        sagitta = np.hypot((middle[:, 0] - mean[:, 0]) * kx, (middle[:, 1] - mean[:, 1]) * ky)
    edge = np.hypot(*(end - start).T)
    # The sagitta falls with the square of the edge length.
    pieces = np.ceil(np.sqrt(np.where(np.isfinite(sagitta), sagitta, 0.0) / (_MM / 2)))
    limit = np.full(len(geometry), np.inf)
    np.minimum.at(limit, owner, np.where(pieces > 1, edge / np.maximum(pieces, 1), np.inf))
    need = np.isfinite(limit)
    out = geometry.copy()
    if need.any():
        out[need] = shapely.segmentize(geometry[need], limit[need])
        # GEOS mends an invalid polygon when it adds vertices: half of a bow-tie would be gone, and nobody told.
        for row in np.flatnonzero(need & (shapely.get_dimensions(geometry) == 2) & ~shapely.is_valid(geometry)):
            out[row] = _segmentized(geometry[row], float(limit[row]))
    return out


def _segmentized(shape: Any, limit: float) -> Any:
    """Add vertices to an area ring by ring, whatever the rings make of it."""
    if shape.geom_type == "Polygon":
        rings = [shapely.segmentize(ring, limit) for ring in (shape.exterior, *shape.interiors)]
        return shapely.polygons(rings[0], holes=rings[1:] or None)
    if shape.geom_type in ("MultiPolygon", "GeometryCollection"):
        return type(shape)([_segmentized(one, limit) for one in shape.geoms])
    return shapely.segmentize(shape, limit)


def metres_per_degree(lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return metres per degree of longitude and of latitude on the ellipsoid at latitude `lat` (degrees)."""
    phi = np.radians(np.asarray(lat, dtype=float))
    w2 = 1.0 - _E2 * np.sin(phi) ** 2
    prime_vertical = SEMI_MAJOR / np.sqrt(w2)
    meridian = SEMI_MAJOR * (1.0 - _E2) / w2**1.5
    return np.radians(1.0) * prime_vertical * np.cos(phi), np.radians(1.0) * meridian


# --------------------------------------------------------------------------------------------------------
# Transverse Mercator about any meridian
# --------------------------------------------------------------------------------------------------------


def tm_forward(
    lon: ArrayLike, lat: ArrayLike, lon0: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project degrees to metres by transverse Mercator about `lon0`, scale 1 (all arrays broadcast)."""
    phi = np.radians(np.asarray(lat, dtype=float))
    lam = np.radians(np.asarray(lon, dtype=float) - np.asarray(lon0, dtype=float))
    sin_phi = np.sin(phi)
    t = np.sinh(np.arctanh(sin_phi) - _E * np.arctanh(_E * sin_phi))
    cos_lam = np.cos(lam)
    r2 = t * t + cos_lam * cos_lam
    xi = np.arctan2(t, cos_lam)
    sinh_eta = np.sin(lam) / np.sqrt(r2)
    cosh_2eta = 1.0 + 2.0 * sinh_eta * sinh_eta
    sinh_2eta = 2.0 * sinh_eta * np.sqrt(1.0 + sinh_eta * sinh_eta)
    x, y = _krueger(_ALPHA, 2.0 * t * cos_lam / r2, (cos_lam * cos_lam - t * t) / r2, sinh_2eta, cosh_2eta)
    return _A_RECT * (np.arcsinh(sinh_eta) + x), _A_RECT * (xi + y)


def _krueger(
    coefficients: tuple[float, ...],
    sin: NDArray[np.float64],
    cos: NDArray[np.float64],
    sinh: NDArray[np.float64],
    cosh: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum Krüger's series by Clenshaw's recurrence on complex numbers.

    Given the functions of 2 xi and 2 eta, returns the sums over j of a_j cos(2 j xi) sinh(2 j eta) and of
    a_j sin(2 j xi) cosh(2 j eta).
    """
    real, imaginary = 2.0 * cos * cosh, -2.0 * sin * sinh
    re = im = re_before = im_before = np.zeros_like(real)
    for a in coefficients[::-1]:
        re, im, re_before, im_before = (
            a + real * re - imaginary * im - re_before,
            real * im + imaginary * re - im_before,
            re,
            im,
        )
    return sin * cosh * im + cos * sinh * re, sin * cosh * re - cos * sinh * im


def tm_inverse(
    x: ArrayLike, y: ArrayLike, lon0: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Invert :func:`tm_forward`: metres to degrees of longitude and latitude."""
    xi = np.asarray(y, dtype=float) / _A_RECT
    eta = np.asarray(x, dtype=float) / _A_RECT
    eta_, xi_ = _krueger(_BETA, np.sin(2 * xi), np.cos(2 * xi), np.sinh(2 * eta), np.cosh(2 * eta))
    xi_, eta_ = xi - xi_, eta - eta_
    tau_prime = np.sin(xi_) / np.hypot(np.sinh(eta_), np.cos(xi_))
    lam = np.arctan2(np.sinh(eta_), np.cos(xi_))
    # Newton on the isometric latitude (Karney 2011, eq. 19-21): two steps reach rounding error.
    tau = tau_prime.copy()
    for _ in range(3):
        root = np.sqrt(1 + tau**2)
        sigma = np.sinh(_E * np.arctanh(_E * tau / root))
        tau_i = tau * np.sqrt(1 + sigma**2) - sigma * root
        tau = tau + (tau_prime - tau_i) / np.sqrt(1 + tau_i**2) * (1 + (1 - _E2) * tau**2) / (
            (1 - _E2) * root
        )
    return np.degrees(lam) + np.asarray(lon0, dtype=float), np.degrees(np.arctan(tau))


class LocalFrame:
    """A metric frame (transverse Mercator, scale 1) about one meridian.

    Within 10 km of the meridian a length is true to 1.3e-6, within 40 km to 2e-5.
    """

    def __init__(self, lon0: float) -> None:
        self.lon0 = float(lon0)

    def forward(self, geometry: Any, densify: bool = True) -> Any:
        """Bring lon/lat geometries (one or an array) to metres.

        Edges are straight in degrees; `densify` adds vertices so that they stay within 1 mm.
        """
        if densify:
            geometry = shapely.segmentize(geometry, _DENSIFY_DEG)
        return shapely.transform(geometry, lambda c: np.column_stack(tm_forward(c[:, 0], c[:, 1], self.lon0)))

    def inverse(self, geometry: Any) -> Any:
        """Bring geometries in this frame's metres back to degrees (EPSG:4490)."""
        return shapely.transform(geometry, lambda c: np.column_stack(tm_inverse(c[:, 0], c[:, 1], self.lon0)))


# --------------------------------------------------------------------------------------------------------
# Distances
# --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Distances:
    """Pairwise ellipsoidal distances between geometries.

    Attributes
    ----------
    metres : (n,) float
        Ellipsoidal distance, 0 where the geometries meet, NaN where one is missing or empty.
    line : (n,) LineString
        The shortest line in degrees, from the first geometry to the second.
    bearing : (n,) float
        Azimuth of that line at its start, degrees clockwise from north; NaN where the distance is 0.
    """

    metres: NDArray[np.float64]
    line: NDArray[Any]
    bearing: NDArray[np.float64]

    def take(self, rows: NDArray[Any]) -> Distances:
        """Return the distances of these rows."""
        return Distances(self.metres[rows], self.line[rows], self.bearing[rows])


def scaled(geometry: NDArray[Any], lat: ArrayLike) -> NDArray[Any]:
    """Stretch lon/lat geometries to metres about latitude `lat` (one value, or one per geometry)."""
    coords, owner = shapely.get_coordinates(geometry, return_index=True)
    kx, ky = metres_per_degree(np.broadcast_to(np.asarray(lat, dtype=float), (len(geometry),)))
    return shapely.set_coordinates(
        np.array(geometry, dtype=object), coords * np.column_stack([kx, ky])[owner]
    )


def distance(first: ArrayLike, second: ArrayLike) -> Distances:
    """Measure pairwise distances between lon/lat geometries on the ellipsoid.

    Parameters
    ----------
    first, second : array of geometry
        Equal length, EPSG:4490; edges straight in degrees.

    Returns
    -------
    Distances
        Within 0.1 mm of the true distance up to 15 km and 1e-7 of it up to 100 km.

    Notes
    -----
    See :mod:`.nearest`; the nearest places are found on all cores where there are many pairs.
    """
    from .nearest import nearest_places

    a = np.asarray(first, dtype=object).ravel()
    b = np.asarray(second, dtype=object).ravel()
    n = len(a)
    empty = shapely.is_missing(a) | shapely.is_missing(b) | shapely.is_empty(a) | shapely.is_empty(b)
    metres, bearing = np.full(n, np.nan), np.full(n, np.nan)
    line = np.full(n, None, dtype=object)
    rows = np.flatnonzero(~empty)
    if not len(rows):
        return Distances(metres, line, bearing)
    ends, meet = nearest_places(a[rows], b[rows])
    line[rows] = shapely.linestrings(ends)
    metres[rows[meet]] = 0.0
    rows, ends = rows[~meet], ends[~meet]
    azimuth, _, metres[rows] = inverse(ends[:, 0, 0], ends[:, 0, 1], ends[:, 1, 0], ends[:, 1, 1])
    bearing[rows] = np.where(metres[rows] > 0, np.mod(azimuth, 360.0), np.nan)
    return Distances(metres, line, bearing)


# --------------------------------------------------------------------------------------------------------
# Lengths and areas
# --------------------------------------------------------------------------------------------------------


def segment_m(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Return the geodesic between the points `a` and `b` of each pair in metres.

    Parameters
    ----------
    a, b : (n, 2) float
        Longitude and latitude, degrees.

    Returns
    -------
    (n,) float
        Within 0.1 mm of the geodesic (NaN where a coordinate is NaN).

    Notes
    -----
    Up to 5 km Gauss's mid-latitude formula is used, its second-order terms those of the sphere: what they
    leave out is below e^2 (s/R)^2 / 8, 5e-10 of the length, and thirty times faster than ``Geod.inv``, which
    takes the longer segments and those near a pole.
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    out = np.empty(len(a))
    for low in range(0, len(a), _BLOCK):
        part = slice(low, low + _BLOCK)
        out[part] = _middle_latitude(a[part, 0], a[part, 1], b[part, 0], b[part, 1])
    far = np.flatnonzero(out > _SHORT_M)
    if len(far):
        out[far] = inverse(a[far, 0], a[far, 1], b[far, 0], b[far, 1])[2]
    return out


def _middle_latitude(
    lon1: NDArray[np.float64], lat1: NDArray[np.float64], lon2: NDArray[np.float64], lat2: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Length of short segments; infinite where the formula does not hold."""
    dlon2 = (lon2 - lon1) * _RADIAN
    dlon2 *= dlon2
    dlat2 = (lat2 - lat1) * _RADIAN
    dlat2 *= dlat2
    sin2 = np.sin((lat1 + lat2) * (_RADIAN / 2))
    sin2 *= sin2
    w2 = 1.0 - _E2 * sin2
    east = (1.0 - sin2) * dlon2 * (1.0 + (dlat2 - sin2 * dlon2) / 12)
    north = dlat2 * (1.0 - (2.0 + sin2) * dlon2 / 12) * ((1.0 - _E2) / w2) ** 2
    with np.errstate(invalid="ignore"):
        metres = SEMI_MAJOR * np.sqrt((east + north) / w2)
    metres[(dlon2 > 1e-4) | (sin2 > 0.93)] = np.inf
    return metres


def length_m(geometry: ArrayLike) -> NDArray[np.float64]:
    """Return the ellipsoidal length of each lon/lat line in metres (0 for points, perimeter for polygons)."""
    array = np.asarray(geometry, dtype=object).ravel()
    lines, owner = shapely.get_parts(
        shapely.boundary(array[shapely.get_dimensions(array) == 2]), return_index=True
    )
    polygon_rows = np.flatnonzero(shapely.get_dimensions(array) == 2)
    line_rows = np.flatnonzero(shapely.get_dimensions(array) == 1)
    more, more_owner = shapely.get_parts(array[line_rows], return_index=True)
    lines = np.concatenate([lines, more])
    owner = np.concatenate([polygon_rows[owner], line_rows[more_owner]]).astype(int)
    coords, index = shapely.get_coordinates(lines, return_index=True)
    out = np.zeros(len(array))
    if len(coords) > 1:
        same = index[1:] == index[:-1]
        p, q = coords[:-1][same], coords[1:][same]
        out += np.bincount(owner[index[1:][same]], weights=segment_m(p, q), minlength=len(array))
    return out


def area_m2(geometry: ArrayLike) -> NDArray[np.float64]:
    """Return the ellipsoidal area (椭球面积) of each lon/lat polygon in square metres, by authalic latitude."""
    return _block_by_block(_area, geometry)


def _area(array: NDArray[Any]) -> NDArray[np.float64]:
    part, owner = shapely.get_parts(array, return_index=True)
    area = shapely.area(shapely.transform(densified(part, _DENSIFY_DEG), _equal_area))
    return np.bincount(owner, weights=area, minlength=len(array))


def _block_by_block(measure: Callable[[NDArray[Any]], NDArray[np.float64]], geometry: ArrayLike) -> NDArray[np.float64]:
    """Measure geometries so many vertices at a time: what is held of them meanwhile does not grow with their number."""
    array = np.asarray(geometry, dtype=object).ravel()
    last = np.cumsum(shapely.get_num_coordinates(array))
    steps = np.arange(_AT_ONCE, last[-1] if len(last) else 0, _AT_ONCE)
    bounds = np.unique([0, *np.searchsorted(last, steps).tolist(), len(array)])
    return np.concatenate([np.empty(0), *(measure(array[low:high]) for low, high in zip(bounds[:-1], bounds[1:]))])


def densified(geometry: NDArray[Any], step: ArrayLike) -> NDArray[Any]:
    """Return geometries (n,) with vertices added to edges longer than `step` (in their own units; one, or one each).

    GEOS rebuilds every polygon it segmentizes, which takes longer than all the rest of an area; most have no
    long edge and are left as they are.
    """
    coords, owner = shapely.get_coordinates(geometry, return_index=True)
    long = np.zeros(len(geometry), dtype=bool)
    step = np.broadcast_to(np.asarray(step, dtype=float), (len(geometry),))
    if len(coords):
        edge = (np.hypot(*np.diff(coords, axis=0).T) > step[owner[1:]]) & (np.diff(owner) == 0)
        long[owner[1:][edge]] = True
    out = np.array(geometry, dtype=object)
    out[long] = shapely.segmentize(out[long], step[long])
    return out


def _equal_area(coords: NDArray[np.float64]) -> NDArray[np.float64]:
    sin_phi = np.sin(np.radians(coords[:, 1]))
    q = (1 - _E2) * (sin_phi / (1 - _E2 * sin_phi**2) + np.arctanh(_E * sin_phi) / _E)
    return np.column_stack([SEMI_MAJOR * np.radians(coords[:, 0]), SEMI_MAJOR * q / 2])


def zone_meridian(lon: ArrayLike) -> NDArray[np.float64]:
    """Return the central meridian of the 3-degree Gauss-Krüger zone (3°带) that holds longitude `lon`."""
    return 3.0 * np.floor((np.asarray(lon, dtype=float) + 1.5) / 3.0)


def projected_area_m2(geometry: ArrayLike) -> NDArray[np.float64]:
    """Return the projected area (投影面积): planar area in the CGCS2000 3-degree zone of each centroid."""
    return _block_by_block(_projected_area, geometry)


def _projected_area(array: NDArray[Any]) -> NDArray[np.float64]:
    meridian = zone_meridian(shapely.get_x(shapely.centroid(array)))
    part, owner = shapely.get_parts(array, return_index=True)
    part = densified(part, _DENSIFY_DEG)
    area = np.zeros(len(part))
    for lon0 in np.unique(meridian[np.isfinite(meridian)]):
        rows = meridian[owner] == lon0
        area[rows] = shapely.area(LocalFrame(lon0).forward(part[rows], densify=False))
    return np.bincount(owner, weights=area, minlength=len(array))
