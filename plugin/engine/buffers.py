"""Geodesic circles and buffers of lines and areas, many at a time.

About a circle of the ellipsoid longitude and latitude are smooth periodic functions of the azimuth, whose harmonics
fall off by the share that the radius is of the earth's.  So a circle of any number of points follows from a few exact
geodesics: the harmonics that these fix are summed, which is one product of matrices for all circles, and agrees with
the geodesics to a hundredth of a millimetre.

A buffer is drawn by :mod:`.outline` in a transverse Mercator about the middle of each part; what is wide from west to
east is cut into strips, each with its own meridian, and joined again.  Beyond 20 km, and
where chords of two arcs cross, the vertices are put to their distance on the ellipsoid one by one.

What lies within a distance is decided by distance (:mod:`.proximity`), not by what is drawn here.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .errors import InputError
from .geodesy import SEMI_MAJOR, densified, geod, inverse, metres_per_degree, tm_forward, tm_inverse
from .nearest import nearest_places
from .outline import outlines
from .threads import cores

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

#: Harmonics, and up to which share of the earth's radius they serve (what is left out is below 0.01 mm).
_HARMONICS = ((8, 0.03), (16, 0.2))
#: Circles that are worked out at a time, and shapes that a thread draws at a time.
_BLOCK, _SHAPES = 64, 256
#: A strip is no wider than this, metres: within, and 15 km beyond, the projection is true to 4e-6.
_STRIP_M = 20_000.0
#: Up to this distance, metres, the projection alone is enough.
_PLANE_M = 20_000.0
#: Coordinates as one number.
_PLANE = np.array([1.0, 1j])
#: Times that a vertex where two arcs cross is put to the distance of the nearer one.
_STEPS = 12
#: Directions to two places that cross less than this (sine) are one, or opposite.
_BLUNT = 3e-3
#: The same for strips, which are wider than most shapes.
_STRIP_PLANE_M = 3_000.0
#: How far an edge may be from its straight image, as a share of the distance and at least, metres.
_SAG, _SAG_M = 2e-6, 1e-3


def circles(lon: ArrayLike, lat: ArrayLike, radius_m: ArrayLike, n: int = 720) -> NDArray[Any]:
    """Draw geodesic circles.

    Parameters
    ----------
    lon, lat : (k,) float
        Centres, degrees (EPSG:4490).
    radius_m : float or (k,) float
        Ellipsoidal metres.
    n : int
        Vertices of each, at even azimuths; at least 3.

    Returns
    -------
    (k,) array of Polygon
        EPSG:4490, counter-clockwise.  The vertices lie on the circle within 0.1 mm; the edges are chords and fall
        short of it by radius (1 - cos(pi / n)): 0.14 m at 15 km and n = 720.

    Raises
    ------
    InputError
        For a radius that is no positive number, fewer than three vertices, and a circle that holds a pole or crosses
        the 180th meridian.
    """
    lon, lat, radius = np.broadcast_arrays(
        np.atleast_1d(np.asarray(lon, dtype=float)), np.atleast_1d(np.asarray(lat, dtype=float)),
        np.asarray(radius_m, dtype=float),
    )  # fmt: skip
    if n < 3:
        raise InputError(f"A circle cannot have {n} vertices; give 3 or more.")
    bad = ~(np.isfinite(lon) & np.isfinite(lat) & np.isfinite(radius) & (radius > 0) & (np.abs(lat) <= 90))
    if bad.any():
        k = int(np.argmax(bad))
        raise InputError(
            f"No circle of {radius[k]:g} m can be drawn about {lon[k]:g}, {lat[k]:g}; give degrees and a positive"
            " radius."
        )
    _refuse_edges(lon, lat, lon, lat, radius)
    out = np.empty(len(lon), dtype=object)
    # The share of the earth's radius, with the narrowing of the meridians.
    share = radius / SEMI_MAJOR
    share = share / np.cos(np.minimum(np.radians(np.abs(lat)) + share, 1.57))
    open_ = np.ones(len(lon), dtype=bool)
    for harmonics, most in _HARMONICS:
        rows = np.flatnonzero(open_ & (share <= most))
        open_[rows] = False
        # One block of coordinates for all: that of thousands would be fetched from the system anew each time.
        coords = np.empty((min(len(rows), _BLOCK), n + 1, 2))
        for low in range(0, len(rows), _BLOCK):
            part = rows[low : low + _BLOCK]
            out[part] = _closed(_summed(lon[part], lat[part], radius[part], harmonics, coords[: len(part)]))
    for k in np.flatnonzero(open_):
        azimuth = -360.0 / n * np.arange(n)
        x, y, _ = geod().fwd(np.full(n, lon[k]), np.full(n, lat[k]), azimuth, np.full(n, radius[k]))
        x = lon[k] + (np.asarray(x) - lon[k] + 180.0) % 360.0 - 180.0
        out[k] = _closed(np.column_stack([np.append(x, 0), np.append(y, 0)])[None])[0]
    return out


def circle(lon: float, lat: float, radius_m: float, n: int = 720) -> shapely.Polygon:
    """Return one geodesic circle; see :func:`circles`."""
    return circles(lon, lat, radius_m, n)[0]


def _refuse_edges(west: Any, south: Any, east: Any, north: Any, radius: Any) -> None:
    """Refuse what would reach over a pole or the 180th meridian."""
    reach = radius / SEMI_MAJOR * 1.01
    top = np.radians(np.maximum(np.abs(south), np.abs(north))) + reach
    with np.errstate(invalid="ignore"):
        aside = np.degrees(np.arcsin(np.minimum(np.sin(reach) / np.cos(np.minimum(top, 1.57)), 1.0)))
        beyond = (top >= np.pi / 2) | (west - aside < -180.0) | (east + aside > 180.0)
    if np.any(beyond):
        k = int(np.argmax(beyond))
        raise InputError(
            f"What lies within {radius[k]:g} m of {west[k]:g}, {south[k]:g} reaches a pole or the 180th meridian and"
            " cannot be drawn in degrees."
        )


def _summed(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    radius: NDArray[np.float64],
    harmonics: int,
    out: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Put the vertices of circles into all but the last of `out`, (k, n + 1, 2), counter-clockwise from the north."""
    to_east, to_north = _weights(out.shape[1] - 1, harmonics)
    azimuth = 180.0 / harmonics * np.arange(harmonics + 1)
    shape = (len(lon), harmonics + 1)
    lon_, lat_, radius_ = (np.repeat(one, harmonics + 1) for one in (lon, lat, radius))
    x, y, _ = geod().fwd(lon_, lat_, np.tile(azimuth, len(lon)), radius_)
    x, y = np.asarray(x).reshape(shape) - lon[:, None], np.asarray(y).reshape(shape) - lat[:, None]
    x = (x + 180.0) % 360.0 - 180.0
    # The centre is the coefficient of a row of ones.
    np.matmul(np.column_stack([x[:, 1:-1], lon]), to_east, out=out[:, :-1, 0])
    np.matmul(np.column_stack([y, lat]), to_north, out=out[:, :-1, 1])
    return out


@lru_cache(maxsize=16)
def _weights(n: int, harmonics: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what turns values at `harmonics` + 1 even azimuths from north to south into those at `n` around.

    The longitude's difference is an odd function of the azimuth (a sum of sines; nought at both ends), the latitude's
    an even one (of cosines).
    """
    m = harmonics
    order = np.arange(m + 1)
    known = np.pi / m * order
    wanted = -2 * np.pi / n * np.arange(n)
    half = np.where((order == 0) | (order == m), 0.5, 1.0)
    even = (2 / m) * half[:, None] * np.cos(np.outer(known, order)) * half @ np.cos(np.outer(order, wanted))
    odd = (2 / m) * np.sin(np.outer(known[1:-1], order[1:-1])) @ np.sin(np.outer(order[1:-1], wanted))
    return np.vstack([odd, np.ones(n)]), np.vstack([even, np.ones(n)])


def _closed(coords: NDArray[np.float64]) -> NDArray[Any]:
    """Return polygons of rings, (k, n + 1, 2), the last vertex of which is put to the first."""
    coords[:, -1] = coords[:, 0]
    return shapely.polygons(coords)


def buffers(
    geometry: ArrayLike, metres: ArrayLike, quad_segs: int = 64, *, workers: int | None = None
) -> NDArray[Any]:
    """Draw what lies within a true distance of geometries.

    Parameters
    ----------
    geometry : (n,) array of geometry
        EPSG:4490, edges straight in degrees, of any kind and width.
    metres : float or (n,) array of float
        Ellipsoidal metres, above 0.
    quad_segs : int
        Segments to a quarter of a circle.
    workers : int, optional
        Threads; by default all cores, at most eight.

    Returns
    -------
    (n,) array of Polygon or MultiPolygon
        EPSG:4490; None for None, an empty polygon for what is empty.  The vertices lie at the distance within 1 cm or
        4e-6 of it, whichever is more; arcs are drawn as chords, which fall short by metres (1 - cos(pi / 4 quad_segs)):
        4 cm at 500 m and 64, 0.14 m at 15 km and 180.

    Raises
    ------
    InputError
        For a distance that is no positive number, and what reaches a pole or the 180th meridian.
    """
    array = np.asarray(geometry, dtype=object).ravel()
    radius = np.broadcast_to(np.asarray(metres, dtype=float), array.shape)
    if not (np.isfinite(radius) & (radius > 0)).all():
        raise InputError("A buffer needs a distance above 0 m; give one for every geometry.")
    out = np.full(len(array), None, dtype=object)
    out[shapely.is_empty(array)] = shapely.Polygon()
    rows = np.flatnonzero(~shapely.is_missing(array) & ~shapely.is_empty(array))
    if not len(rows):
        return out
    _refuse_edges(*shapely.bounds(array[rows]).T, radius[rows])
    parts, owner = _parts(array[rows])
    drawn = np.empty(len(parts), dtype=object)
    reach = radius[rows][owner]
    dots = shapely.get_type_id(parts) == 0
    if dots.any():
        x, y = shapely.get_coordinates(parts[dots]).T
        drawn[dots] = circles(x, y, reach[dots], 4 * quad_segs)

    rough = np.zeros(len(parts), dtype=bool)

    def work(part: NDArray[np.intp]) -> None:
        drawn[part], rough[part] = _in_frames(parts[part], reach[part], quad_segs)

    rest = np.flatnonzero(~dots)
    blocks = [rest[low : low + _SHAPES] for low in range(0, len(rest), _SHAPES)]
    count = min(workers or cores(), len(blocks))
    if count > 1:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(work, blocks))
    else:
        for block in blocks:
            work(block)
    joined = _joined(drawn, owner, len(rows))
    # Where parts were joined or GEOS drew, chords cross; and the projection alone is not enough for great distances.
    whole = (radius[rows] > _PLANE_M) & (shapely.get_type_id(array[rows]) != 0)
    whole[owner[rough]] = True
    many = np.bincount(owner, minlength=len(rows)) > 1
    whole |= many & (radius[rows] > _STRIP_PLANE_M)
    for k in np.flatnonzero(whole | many):
        placed = None if whole[k] else shapely.get_coordinates(drawn[owner == k])
        joined[k] = _put(joined[k], array[rows[k]], float(radius[rows[k]]), placed, workers)
    out[rows] = joined
    return out


def geodesic_buffer(geometry: Any, radius_m: float, quad_segs: int = 64) -> Any:
    """Return the buffer of one geometry; see :func:`buffers`."""
    return buffers([geometry], radius_m, quad_segs)[0]


@np.errstate(invalid="ignore")  # GEOS leaves the processor's flag of an invalid value behind
def _parts(geometry: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return single, valid points, lines and polygons no wider than a strip, and the rows they come from."""
    bad = ~shapely.is_valid(geometry)
    if bad.any():
        geometry = geometry.copy()
        geometry[bad] = shapely.make_valid(geometry[bad])
    parts, owner = _single(geometry)
    west, south, east, north = shapely.bounds(parts).T
    width = _STRIP_M / metres_per_degree(np.minimum(np.maximum(np.abs(south), np.abs(north)), 89.0))[0]
    count = np.ceil((east - west) / width).astype(np.intp)
    wide = np.flatnonzero(count > 1)
    if not len(wide):
        return parts, owner
    row = np.repeat(wide, count[wide])
    number = np.arange(len(row)) - np.repeat(np.cumsum(count[wide]) - count[wide], count[wide])
    step = ((east - west) / np.maximum(count, 1))[row]
    low = west[row] + number * step
    strips = shapely.box(low, south[row] - 1.0, low + step, north[row] + 1.0)
    cut, whose = _single(shapely.intersection(parts[row], strips))
    whose = row[whose]
    # Where a strip only touches, what it touches is in the next one.
    same = shapely.get_dimensions(cut) == shapely.get_dimensions(parts[whose])
    slim = np.flatnonzero(count <= 1)
    return np.concatenate([parts[slim], cut[same]]), np.concatenate([owner[slim], owner[whose[same]]])


def _single(geometry: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the points, lines and polygons that geometries are made of, and the rows they come from."""
    parts, owner = geometry, np.arange(len(geometry))
    while (shapely.get_type_id(parts) >= 4).any():
        parts, at = shapely.get_parts(parts, return_index=True)
        owner = owner[at]
    kept = ~shapely.is_empty(parts)
    parts, owner = parts[kept], owner[kept]
    rings = shapely.get_type_id(parts) == 2
    parts[rings] = shapely.linestrings(*_lines(parts[rings])) if rings.any() else parts[rings]
    return parts, owner


def _lines(rings: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    return shapely.get_coordinates(rings, return_index=True)


def _in_frames(parts: NDArray[Any], radius: NDArray[np.float64], quad_segs: int) -> tuple[Any, Any]:
    """Draw the buffers of single lines and polygons, each in a transverse Mercator about its own middle."""
    west, south, east, north = shapely.bounds(parts).T
    middle = (west + east) / 2
    slope = np.tan(np.radians(np.minimum(np.maximum(np.abs(south), np.abs(north)) + 1.0, 89.0)))
    step = np.sqrt(8 * SEMI_MAJOR * np.maximum(radius * _SAG, _SAG_M) / slope)
    dense = densified(parts, step / 111_400.0)
    coords, owner = shapely.get_coordinates(dense, return_index=True)
    flat = np.column_stack(tm_forward(*coords.T, middle[owner]))
    # Near nought, where numbers are finest.
    start = np.zeros((len(parts), 2))
    start[owner[::-1]] = flat[::-1]
    drawn, rough = outlines(shapely.set_coordinates(dense, flat - start[owner]), radius, quad_segs)
    # The chord of an arc is left whole: halfway it is further off the arc than off its image.
    drawn = densified(drawn, np.maximum(step, 2.001 * radius * np.sin(np.pi / 4 / quad_segs)))
    coords, owner = shapely.get_coordinates(drawn, return_index=True)
    x, y = (coords + start[owner]).T
    return shapely.set_coordinates(drawn, np.column_stack(tm_inverse(x, y, middle[owner]))), rough


@np.errstate(invalid="ignore")  # GEOS leaves the processor's flag of an invalid value behind
def _joined(drawn: NDArray[Any], owner: NDArray[np.intp], count: int) -> NDArray[Any]:
    """Join the parts of each row."""
    out = np.empty(count, dtype=object)
    order = np.argsort(owner, kind="stable")
    size = np.bincount(owner, minlength=count)
    first = np.cumsum(size) - size
    alone = size == 1
    out[alone] = drawn[order[first[alone]]]
    for k in np.flatnonzero(~alone):
        out[k] = shapely.union_all(drawn[order[first[k] : first[k] + size[k]]])
    return out


@np.errstate(invalid="ignore")  # GEOS leaves the processor's flag of an invalid value behind
def _put(
    drawn: Any, geometry: Any, radius: float, placed: NDArray[np.float64] | None, workers: int | None
) -> Any:
    """Put the vertices of a buffer to their distance on the ellipsoid, but for those that are `placed` already.

    One between two places is moved away from the nearer, which may bring it too near to the other; from then on both
    are reckoned with.
    """
    coords = shapely.get_coordinates(drawn)
    off = np.arange(len(coords))
    if placed is not None:
        off = np.flatnonzero(~np.isin(coords @ _PLANE, placed @ _PLANE))
        if not len(off):
            return drawn
    before = np.full((len(off), 2), np.nan)
    for _ in range(_STEPS):
        at = coords[off]
        ends, meet = nearest_places(np.full(len(off), geometry, dtype=object), shapely.points(at), workers)
        away, away_to = _away(ends[:, 0], at)
        wrong = ~meet & (np.abs(away - radius) > _SAG * radius / 10)
        if not wrong.any():
            break
        off, at, foot, before, u = off[wrong], at[wrong], ends[wrong, 0], before[wrong], away_to[wrong]
        short = radius - away[wrong]
        known = np.flatnonzero(np.isfinite(before[:, 0]))
        move = u * short[:, None]
        if len(known):
            other, v = _away(before[known], at[known])
            cross = u[known, 0] * v[:, 1] - u[known, 1] * v[:, 0]
            both = np.abs(cross) > _BLUNT
            known, other, v, cross = known[both], (radius - other)[both], v[both], cross[both]
            one, u = short[known], u[known]
            move[known, 0] = (one * v[:, 1] - other * u[:, 1]) / cross
            move[known, 1] = (u[:, 0] * other - v[:, 0] * one) / cross
        coords[off] = at + move / np.column_stack(metres_per_degree(at[:, 1]))
        before = foot
    moved = shapely.set_coordinates(drawn, coords)
    return moved if shapely.is_valid(moved) else shapely.make_valid(moved)


def _away(foot: NDArray[np.float64], at: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return metres from feet to places, and at the places the direction (east, north) that leads away."""
    _, back, metres = inverse(*foot.T, *at.T)
    return metres, -np.column_stack([np.sin(np.radians(back)), np.cos(np.radians(back))])
