"""How far what serves a place reaches: areas within a distance of geometries, and what lies farther than that.

A reach is drawn in a transverse Mercator about each geometry's own middle, with arcs as inscribed chords; whether
anything lies farther is decided by distance to a millimetre, not by the polygon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .geodesy import LocalFrame, distance, metres_per_degree, scaled, tm_forward, tm_inverse

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Chords to a quarter circle of a drawn arc: at 1 km they fall short of it by 0.075 m.
_QUARTER = 64
# What is decided by distance is decided to this many metres.
_EXACT = 0.001
# Edges this long (degrees) bend by half a millimetre between degrees and metres.
_DENSIFY_DEG = 0.002
# So many of the largest parts of a gap are looked at before the slow way.
_PARTS = 64


def drawn_reach(geometry: NDArray[Any], metres: NDArray[np.float64], quarter: int = _QUARTER) -> NDArray[Any]:
    """Return what lies within a distance of each lon/lat geometry, in EPSG:4490.

    Parameters
    ----------
    geometry : (n,) geometry
    metres : (n,) float
        Below 0 a polygon shrinks; a point or line leaves nothing.
    quarter : int
        Chords to a quarter circle.

    Returns
    -------
    (n,) Polygon or MultiPolygon
        Its vertices are true to 2e-5 of the distance while the geometry spans less than 80 km from west to east.
    """
    geometry = np.asarray(geometry, dtype=object)
    if not len(geometry):
        return geometry
    box = shapely.bounds(geometry)
    lon0 = (box[:, 0] + box[:, 2]) / 2
    dense = shapely.segmentize(geometry, _DENSIFY_DEG)
    flat = _each(dense, lon0, tm_forward)
    reach = shapely.buffer(flat, np.asarray(metres, dtype=float), quad_segs=quarter)
    return _each(shapely.segmentize(reach, 500.0), lon0, tm_inverse)


def _each(geometry: NDArray[Any], lon0: NDArray[np.float64], project: Any) -> NDArray[Any]:
    xy, owner = shapely.get_coordinates(geometry, return_index=True)
    moved = np.column_stack(project(xy[:, 0], xy[:, 1], lon0[owner]))
    return shapely.set_coordinates(np.array(geometry, dtype=object), moved)


def unserved(shape: Any, providers: NDArray[Any], metres: NDArray[np.float64], reach: NDArray[Any]) -> Any:
    """Return the part of `shape` that is farther from each provider than its distance; empty if there is none.

    Parameters
    ----------
    shape : LineString or Polygon, or a collection of them
        Degrees.
    providers : (p,) geometry
        Degrees.
    metres : (p,) float
        How far each of them serves.
    reach : (p,) geometry
        The same as :func:`drawn_reach` drew it.

    Notes
    -----
    The part is drawn with the chords of `reach`; whether there is one at all is decided by distance.  A place a
    millimetre beyond is found; nearer than that is as good as at the distance.
    """
    if not len(providers):
        return shape
    gap = shapely.difference(shape, shapely.union_all(reach))
    if shapely.is_empty(gap):
        return gap
    parts = shapely.get_parts(gap)
    size = shapely.area(parts) + shapely.length(parts) * 1e-6
    parts = parts[np.argsort(-size, kind="stable")]
    for some in (parts[:1], parts[1:_PARTS]):
        if len(some) and _beyond(shapely.point_on_surface(some), providers, metres):
            return gap
    for part in parts:
        if _part_beyond(part, providers, metres):
            return gap
    return shapely.GeometryCollection()


def _beyond(points: NDArray[Any], providers: NDArray[Any], metres: NDArray[np.float64]) -> bool:
    row = np.repeat(np.arange(len(points)), len(providers))
    apart = distance(points[row], np.tile(providers, len(points))).metres.reshape(len(points), -1)
    return bool(((apart - metres).min(axis=1) > _EXACT).any())


def _part_beyond(part: Any, providers: NDArray[Any], metres: NDArray[np.float64]) -> bool:
    """Take the reach away from one small part in a frame about it, with chords short by half a millimetre."""
    west, south, east, north = shapely.bounds(part)
    lat = (south + north) / 2
    flat = scaled(np.append(providers, part), lat)
    close = (shapely.distance(flat[:-1], flat[-1]) <= metres * 1.02 + 10.0) & (metres >= 0)
    if not close.any():
        return True
    # Of a long provider only what can matter is drawn.
    most = float(metres[close].max())
    dx, dy = 1.1 * (most + 1.0) / np.array(metres_per_degree(lat))
    window = shapely.box(west - dx, south - dy, east + dx, north + dy)
    frame = LocalFrame((west + east) / 2)
    chords = int(np.ceil(np.pi / 4 / np.sqrt(_EXACT / max(most, 1.0)))) + 1
    near = frame.forward(shapely.intersection(providers[close], window))
    reach = shapely.buffer(near, metres[close] + _EXACT, quad_segs=chords)
    return not shapely.is_empty(shapely.difference(frame.forward(part), shapely.union_all(reach)))
