"""Divide an area between two sets of lines by nearness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import EnvZonesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Spacing of points along lines for Voronoi diagrams (metres).
SITE_STEP = 8.0
_JITTER = 0.001


def nearest_region(one: Any, other: Any, window: Any, span: float) -> Any:
    """Return the part of `window` that is nearer to `one` than to `other` (within half a step).

    Parameters
    ----------
    one, other : LineString or MultiLineString
        Metres.
    window : Polygon or MultiPolygon
    span : float
        No place of the window lies farther from both than this, metres.
    """
    catch = shapely.buffer(window, span + SITE_STEP)
    a = _sites(one, catch)
    b = _sites(other, catch)
    if not len(b):
        return window
    if not len(a):
        return shapely.Polygon()
    origin = np.round(shapely.bounds(window)[:2])
    sites = np.concatenate([a, b]) - origin
    extent = shapely.transform(catch, lambda c: c - origin)
    cells = _voronoi(sites, extent)
    shown = shapely.transform(window, lambda c: c - origin)
    shapely.prepare(shown)
    mine = np.unique(shapely.STRtree(cells).query(shapely.points(sites[: len(a)]), predicate="intersects")[1])
    mine = mine[shapely.intersects(shown, cells[mine])]
    # Cells share their edges vertex by vertex, so they need no noding.
    region = shapely.transform(shapely.coverage_union_all(cells[mine]), lambda c: c + origin)
    return shapely.intersection(region, window)


def _voronoi(sites: NDArray[np.float64], extent: Any) -> NDArray[Any]:
    """Return the Voronoi cells of points.

    Points in rows and on circles make some versions of GEOS return crossing cells, so every point is moved by
    up to a millimetre, the same way in every run.
    """
    for seed in range(5):
        jitter = np.random.default_rng(seed).uniform(-_JITTER, _JITTER, sites.shape)
        diagram = shapely.voronoi_polygons(shapely.multipoints(sites + jitter), extend_to=extent)
        cells = shapely.get_parts(diagram)
        if shapely.is_valid(cells).all():
            return cells
    raise EnvZonesError(
        f"The border between two stretches of river near {sites[0].round()} could not be drawn; report this with the"
        f" river layer."
    )


def _sites(lines: Any, catch: Any) -> NDArray[np.float64]:
    """Points along lines, `SITE_STEP` apart, half a step from the ends; those within `catch`."""
    parts = shapely.get_parts(lines)
    if not len(parts):
        return np.empty((0, 2))
    length = shapely.length(parts)
    count = np.maximum(np.ceil(length / SITE_STEP), 1).astype(np.int64)
    row = np.repeat(np.arange(len(parts)), count)
    k = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    points = shapely.line_interpolate_point(parts[row], (k + 0.5) * (length / count)[row])
    shapely.prepare(catch)
    return shapely.get_coordinates(points[shapely.intersects(catch, points)])
