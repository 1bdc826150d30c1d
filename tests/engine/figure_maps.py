"""Small maps for figures: a city, layers declared complete or not, and completions of what they leave open."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import shapely

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.clauses.context import Context
from envzones.plugin.engine.clauses.model import Figure, Selection
from envzones.plugin.engine.onemap import OneMap

CITY = shapely.box(112.0, 34.9, 112.8, 35.3)
AS_OF = date(2019, 6, 30)
CATALOG = load_catalog()  # once: reading its files takes longer than a figure


def frame(rows, columns=()):
    """A frame of dictionaries; a row without a geometry lies in the middle of the city."""
    rows = [{"geometry": shapely.Point(112.4, 35.1), **row} for row in rows]
    if not rows:
        return gpd.GeoDataFrame({name: [] for name in columns}, geometry=[], crs=4490)
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=4490)


def onemap(incomplete=(), city=CITY, **layers):
    """A one map whose layers are complete over the city, but for those named."""
    layers = {name: rows if isinstance(rows, gpd.GeoDataFrame) else frame(rows) for name, rows in layers.items()}
    if city is not None:
        layers["admin_area"] = frame([{"uid": "C", "level": "city", "code": "419001", "geometry": city}])
    rows = [
        {"layer": name, "complete_as_of": "2015-01-01", "valid_until": "2030-01-01", "geometry": shapely.box(110, 33, 115, 37)}
        for name in layers
        if name not in incomplete
    ]
    return OneMap.from_frames(layers, frame(rows), catalog=CATALOG)


def context(the_map, as_of=AS_OF):
    """A check on that map."""
    return Context(the_map, as_of, jurisdiction_code="419001")


def figure(measure, layer, *, filter=(), where=None, unit="%", **more):  # noqa: A002 - the rulebook's word
    """A figure of one layer."""
    return Figure("f", "指标", "Figure", measure, Selection(layer, tuple(filter), where), unit=unit, **more)
