"""Hand-made rivers: drawn in metres about a point near Jiyuan, brought to degrees by PROJ itself."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from pyproj import Geod, Transformer

GEOD = Geod(a=6378137.0, rf=298.257222101)
LON, LAT = 112.6, 35.1
_TO_DEGREES = Transformer.from_crs(
    f"+proj=tmerc +lon_0={LON} +lat_0={LAT} +k=1 +a=6378137 +rf=298.257222101 +units=m",
    "EPSG:4490",
    always_xy=True,
)


def degrees(geometry):
    """Bring a geometry drawn in metres (x east, y north) to degrees."""
    return shapely.transform(geometry, lambda c: np.column_stack(_TO_DEGREES.transform(c[:, 0], c[:, 1])))


def metres(geometry):
    """The way back."""
    return shapely.transform(
        geometry, lambda c: np.column_stack(_TO_DEGREES.transform(c[:, 0], c[:, 1], direction="INVERSE"))
    )


def dense(*points, step=50.0):
    """A line through points in metres, with a vertex every `step` metres, as rivers have."""
    return shapely.segmentize(shapely.linestrings(np.array(points, dtype=float)), step)


def rivers(*lines, names=None, **columns):
    """A river layer of lines drawn in metres."""
    data = {"uid": [f"r{n}" for n in range(len(lines))], **columns}
    if names is not None:
        data["river"] = list(names)
    return gpd.GeoDataFrame(data, geometry=[degrees(line) for line in lines], crs=4490)


def points(places, **columns):
    """A point layer of places in metres."""
    data = {"uid": [f"p{n}" for n in range(len(places))], **columns}
    return gpd.GeoDataFrame(data, geometry=[degrees(shapely.Point(p)) for p in places], crs=4490)


def shapes(geometries, **columns):
    """A layer of any geometries drawn in metres."""
    data = {"uid": [f"g{n}" for n in range(len(geometries))], **columns}
    return gpd.GeoDataFrame(data, geometry=[degrees(g) for g in geometries], crs=4490)


def geod_length(line) -> float:
    """Length of a line in degrees by pyproj."""
    return GEOD.geometry_length(line)
