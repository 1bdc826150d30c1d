"""Scenes: small sketch maps on which every rule of a rulebook is tried, written as a planner would read them.

A scene file (``tests/scenes/<rulebook>.yaml``) names positions in metres east and north of an origin.  This module draws
them in EPSG:4490 with pyproj alone (a transverse Mercator about the origin, true to scale there), puts them on a one
map, runs the rule, and says what came out.
"""

from __future__ import annotations

import dataclasses
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from pyproj import Transformer

from envzones.plugin.engine import plan, siting
from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.clauses.book import SHIPPED, load_book
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.yaml_source import YamlSource

FOLDER = Path(__file__).resolve().parents[1] / "scenes"
HALF_CITY_M = 40_000.0
HALF_SQUARE_M = 500.0
#: What may be said of a scene, by the kind of its rule.
SAID = {"indicator": {"met", "not_met", "unknown"}}
SAID_OF_PLACES = {"hit", "tentative", "miss", "unknown"}
_DRAWN = ("at", "box", "line", "ring", "whole_city")
_SCENE_KEYS = {"is", "says", "map", "subject", "distance_m", "value", "incomplete", "city", "as_of", "working", "dem"}


@dataclasses.dataclass(frozen=True)
class Scene:
    """One sketch: the rule, what is on the map, and what must come out."""

    book: str
    clause: str
    number: int
    origin: tuple[float, float]
    as_of: date
    body: dict

    @property
    def name(self):
        return f"{self.book}-{self.clause}-{self.number}-{self.body['is']}"


@cache
def book(name):
    return load_book(SHIPPED / f"{name}.yaml")


@lru_cache(maxsize=1)
def _catalog():
    return load_catalog()


@cache
def _drawing(origin):
    local = f"+proj=tmerc +lat_0={origin[1]} +lon_0={origin[0]} +k=1 +ellps=GRS80 +units=m"
    return Transformer.from_crs(local, 4490, always_xy=True)


def load(path):
    """Return the scenes of a file; an unknown key or answer is an error, never ignored."""
    source = YamlSource(Path(path), "Scenes")
    data = source.mapping(source.data, (), {"rulebook", "as_of", "origin", "scenes"}, {"rulebook", "as_of", "origin", "scenes"})
    kinds = {clause.id: clause.kind for clause in book(data["rulebook"]).clauses}
    found = []
    for clause, items in data["scenes"].items():
        if clause not in kinds:
            raise source.fault(("scenes", clause), "the rulebook has no such rule.")
        for number, body in enumerate(items):
            at = ("scenes", clause, number)
            source.mapping(body, at, _SCENE_KEYS, {"is"})
            if body["is"] not in SAID.get(kinds[clause], SAID_OF_PLACES):
                raise source.fault((*at, "is"), f"a rule of kind {kinds[clause]} cannot be {body['is']!r}.")
            found.append(
                Scene(data["rulebook"], clause, number, tuple(data["origin"]), body.get("as_of", data["as_of"]), body)
            )
    return found


# --------------------------------------------------------------------------------------------------------
# Drawing
# --------------------------------------------------------------------------------------------------------


def _draw(shape, origin):
    return shapely.transform(shape, lambda xy: np.column_stack(_drawing(origin).transform(xy[:, 0], xy[:, 1])))


def _draws(item, key):
    # A road has a field `ring` (绕城通道), which is true or false; the drawing key is a list of corners.
    return key in item and (key != "ring" or isinstance(item[key], list))


def shape_of(item, geometry, origin):
    """Draw what `item` says: a point, or what its layer's geometry type makes of one."""
    said = [key for key in _DRAWN if _draws(item, key)]
    if len(said) != 1:
        raise ValueError(f"{item}: give exactly one of {', '.join(_DRAWN)}")
    (key,) = said
    if key == "at":
        x, y = item["at"]
        if "Polygon" in geometry:
            half = HALF_SQUARE_M
            drawn = shapely.box(x - half, y - half, x + half, y + half)
        elif "Line" in geometry:
            drawn = shapely.LineString([(x - HALF_SQUARE_M, y), (x + HALF_SQUARE_M, y)])
        else:
            drawn = shapely.Point(x, y)
    elif key == "box":
        drawn = shapely.box(*item["box"])
    elif key == "whole_city":
        drawn = shapely.box(-HALF_CITY_M, -HALF_CITY_M, HALF_CITY_M, HALF_CITY_M)
    else:
        drawn = (shapely.LineString if key == "line" else shapely.Polygon)(item[key])
    # Straight on the ground, not in degrees: long edges get vertices every kilometre.
    return _draw(shapely.segmentize(drawn, 1000.0) if drawn.length > 2000 else drawn, origin)


def _frame(layer, items, origin):
    spec = _catalog()[layer]
    rows = []
    for i, item in enumerate(items):
        row = dict.fromkeys(spec.field_names)
        values = {key: value for key, value in item.items() if not (key in _DRAWN and _draws(item, key))}
        wrong = set(values) - set(row)
        if wrong:
            raise ValueError(f"layer {layer} has no field {', '.join(sorted(wrong))}")
        row.update(uid=f"{layer}-{i + 1}", name=f"{spec.zh}{i + 1}")
        row.update(values)
        row["geometry"] = shape_of(item, spec.geometry, origin)
        rows.append(row)
    columns = [*spec.field_names, "geometry"]
    return gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=4490)


def sketch(scene, extra=None):
    """Return the one map of a scene; `extra` is layer -> item added in front (the subject of an inventory)."""
    body, origin = scene.body, scene.origin
    contents = {name: items if isinstance(items, list) else [items] for name, items in (body.get("map") or {}).items()}
    for name, item in (extra or {}).items():
        contents[name] = [item, *contents.get(name, [])]
    city = _draw(
        shapely.segmentize(shapely.box(-HALF_CITY_M, -HALF_CITY_M, HALF_CITY_M, HALF_CITY_M), 1000.0), origin
    )
    frames = {name: _frame(name, items, origin) for name, items in contents.items()}
    if body.get("city", True):
        code = book(scene.book).jurisdiction.code
        own = gpd.GeoDataFrame(
            [{"uid": "city", "name": "本市", "level": "city", "code": code, "geometry": city}], geometry="geometry", crs=4490
        )
        if "admin_area" in frames:
            import pandas as pd

            both = pd.concat([own.astype({"geometry": object}), frames["admin_area"].astype({"geometry": object})])
            own = gpd.GeoDataFrame(both, geometry="geometry", crs=4490).reset_index(drop=True)
        frames["admin_area"] = own
    declared = [name for name in frames if name not in (body.get("incomplete") or [])]
    coverage = gpd.GeoDataFrame(
        {
            "layer": declared,
            "complete_as_of": ["2000-01-01"] * len(declared),
            "valid_until": ["2099-12-31"] * len(declared),
        },
        geometry=[shapely.box(*_grown(city.bounds))] * len(declared),
        crs=4490,
    )
    return OneMap.from_frames(frames, coverage=coverage)


def _grown(bounds, by=0.5):
    # Declared beyond the city too, so that a threshold at its edge is not open for that alone.
    return bounds[0] - by, bounds[1] - by, bounds[2] + by, bounds[3] + by


def terrain(scene, folder):
    """Write the DEM of a scene (30 m cells, metres about the origin) and return its path, or None."""
    said = scene.body.get("dem")
    if not said:
        return None
    import rasterio

    # The whole city at 60 m: 1,334 cells square, a file of 7 MB that GeoTIFF packs to a few hundred kB.
    cell = 60.0
    n = int(2 * HALF_CITY_M / cell)
    x = -HALF_CITY_M + cell * (np.arange(n) + 0.5)
    heights = np.full((n, n), float(said["base"]), dtype="float32")
    if "ridge" in said:
        ridge = said["ridge"]
        (x0, y0), (x1, y1) = ridge["from"], ridge["to"]
        gx, gy = np.meshgrid(x, -x)
        t = np.clip(((gx - x0) * (x1 - x0) + (gy - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2), 0, 1)
        off = np.hypot(gx - x0 - t * (x1 - x0), gy - y0 - t * (y1 - y0))
        heights[off <= ridge["width"] / 2] = said["base"] + ridge["height"]
    path = Path(folder) / "dem.tif"
    crs = f"+proj=tmerc +lat_0={scene.origin[1]} +lon_0={scene.origin[0]} +k=1 +ellps=GRS80 +units=m"
    with rasterio.open(
        path, "w", driver="GTiff", width=n, height=n, count=1, dtype="float32", crs=crs, nodata=-9999.0,
        transform=rasterio.Affine(cell, 0.0, -HALF_CITY_M, 0.0, -cell, HALF_CITY_M), compress="deflate",
    ) as out:  # fmt: skip
        out.write(heights, 1)
    return path


# --------------------------------------------------------------------------------------------------------
# Running
# --------------------------------------------------------------------------------------------------------


def play(scene, folder):
    """Run the rule on the sketch; return (what it is, rows that say so)."""
    whole = book(scene.book)
    clause = next(c for c in whole.clauses if c.id == scene.clause)
    alone = dataclasses.replace(whole, clauses=(clause,))
    dem = terrain(scene, folder)
    working = scene.body.get("working") or {}
    if clause.kind == "siting":
        return _site(scene, alone, dem, working)
    if clause.kind == "indicator":
        return _figure(scene, alone, dem, working)
    return _feature(scene, alone, clause, dem, working)


def _site(scene, alone, dem, working):
    said = dict(scene.body["subject"])
    drawn = shape_of({key: said.pop(key) for key in _DRAWN if key in said}, "Point", scene.origin)
    row = {"site_id": "S", "facility_type": said.pop("type", None), "nature": said.pop("nature", None), **said}
    site = gpd.GeoDataFrame([{**row, "geometry": drawn}], geometry="geometry", crs=4490)
    onemap = sketch(scene)
    onemap.dem = dem
    rows = siting.check(site, onemap, [alone], as_of=scene.as_of, working=working).findings
    status = set(rows["status"])
    if "hit" in status:
        answer = "hit" if bool((~rows["tentative"] & (rows["status"] == "hit")).any()) else "tentative"
    else:
        answer = "unknown" if "not_assessed" in status else "miss"
    return answer, rows


def _feature(scene, alone, clause, dem, working):
    said = dict(scene.body["subject"])
    layer = said.pop("layer", clause.of[0])
    onemap = sketch(scene, {layer: said})
    onemap.dem = dem
    rows = plan.board(onemap, [alone], as_of=scene.as_of, working=working).findings
    mine = rows[(rows["site_layer"] == layer) & (rows["site_id"] == said.get("uid", f"{layer}-1"))]
    status = set(mine["status"])
    if "hit" in status:
        answer = "hit" if bool((~mine["tentative"] & (mine["status"] == "hit")).any()) else "tentative"
    else:
        answer = "unknown" if "not_assessed" in status else "miss"
    return answer, mine


def _figure(scene, alone, dem, working):
    onemap = sketch(scene)
    onemap.dem = dem
    rows = plan.board(onemap, [alone], as_of=scene.as_of, working=working).board
    met = set(rows["met"])
    if "not_met" in met:
        return "not_met", rows
    return ("met" if met == {"met"} else "unknown"), rows
