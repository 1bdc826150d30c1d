"""Small maps with planted faults, for the tests of the checks."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import shapely

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.quality import validate

DAY = date(2024, 6, 1)
LON, LAT = 112.5, 35.0
#: Degrees per metre about (LON, LAT).
EAST, NORTH = 1 / 91290.0, 1 / 110940.0


def at(x, y):
    """Metres east and north of the middle -> degrees."""
    return LON + np.asarray(x) * EAST, LAT + np.asarray(y) * NORTH


def ring(*points):
    """Points in metres -> a list of degrees."""
    return [tuple(map(float, at(x, y))) for x, y in points]


def box(west, south, east, north):
    """A rectangle in metres."""
    return shapely.Polygon(ring((west, south), (east, south), (east, north), (west, north)))


def polygon(*points, holes=()):
    """A polygon of points in metres."""
    return shapely.Polygon(ring(*points), [ring(*hole) for hole in holes])


def zones(shapes, **columns):
    """Rows of drinking_water_zone, complete but for what the columns say."""
    n = len(shapes)
    base = {
        "uid": [f"Z{i}" for i in range(n)], "name": [f"zone {i}" for i in range(n)], "level": ["primary"] * n,
        "source_code": ["S1"] * n, "source_name": ["水源"] * n, "source_type": ["river"] * n,
    }
    base.update(columns)
    return gpd.GeoDataFrame(base, geometry=list(shapes), crs="EPSG:4490")


def rows(layer, shapes, **columns):
    """Rows of any layer with a uid each."""
    uid = [f"{layer}-{i}" for i in range(len(shapes))]
    return gpd.GeoDataFrame({"uid": uid, **columns}, geometry=list(shapes), crs="EPSG:4490")


def issues(frames, layers=None, rules=None, **kwargs):
    """Validate frames by layer name (one frame: zones) on DAY."""
    if isinstance(frames, gpd.GeoDataFrame):
        frames = {"drinking_water_zone": frames}
    onemap = OneMap.from_frames(frames, catalog=load_catalog())
    return validate(onemap, layers=layers, rules=rules, as_of=kwargs.pop("as_of", DAY), **kwargs)


def codes(found):
    """The codes found, each once, sorted."""
    return sorted(set(found["code"]))
