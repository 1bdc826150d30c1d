"""Small maps drawn in metres, on which one relation is asked directly."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import geopandas as gpd
import shapely

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.clauses.context import CLEAR, HIT, OPEN, TENTATIVE, Context, Subjects
from envzones.plugin.engine.clauses.model import Length, Relation, Test
from envzones.plugin.engine.clauses.relations import evaluate_where
from envzones.plugin.engine.onemap import OneMap

from .river_world import degrees

DAY = date(2019, 6, 30)
WORDS = {HIT: "hit", TENTATIVE: "tentative", OPEN: "open", CLEAR: "clear"}
#: Where the layers of a sketch are complete unless a test says otherwise: 400 km square.
EVERYWHERE = shapely.box(110.0, 33.0, 115.0, 37.0)


def drawn(items):
    """A layer of (geometry in metres, attributes) pairs; uid z0, z1, …"""
    rows = [{"uid": f"z{n}", **more} for n, (_, more) in enumerate(items)]
    if not rows:
        return gpd.GeoDataFrame({"uid": []}, geometry=[], crs=4490)
    return gpd.GeoDataFrame(rows, geometry=[degrees(shape) for shape, _ in items], crs=4490)


def layer(*items):
    """A layer of geometries in metres, or (geometry, attributes)."""
    return drawn([one if isinstance(one, tuple) else (one, {}) for one in items])


@lru_cache(maxsize=1)
def _catalog():
    return load_catalog()


def onemap(incomplete=(), area=EVERYWHERE, **layers):
    names = [name for name in layers if name not in incomplete]
    coverage = gpd.GeoDataFrame(
        {"layer": names, "complete_as_of": ["2019-01-01"] * len(names), "valid_until": ["2030-01-01"] * len(names)},
        geometry=[area] * len(names),
        crs=4490,
    )
    return OneMap.from_frames(layers, coverage=coverage, catalog=_catalog())


def relation(verb, on, filter=None, **keys):
    """``relation("coverage", "charger", distance=1000.0)``; a (name, metres) pair is a working distance."""
    lengths = {}
    for key in ("distance", "bank", "observer_height", "target_height"):
        if key in keys:
            value = keys.pop(key)
            lengths[key] = Length(value[1], value[0], "某距离", "a distance") if isinstance(value, tuple) else Length(value)
    tests = tuple(Test(name, equals=value) for name, value in (filter or {}).items())
    return Relation(verb, on, tests, lengths, **keys)


def ask(subjects, the_relation, the_map, **context):
    """Return (state of each subject, evidence rows)."""
    the_context = Context(the_map, DAY, **context)
    outcome = evaluate_where(the_relation, Subjects(subjects, "site"), the_context)
    return [WORDS[state] for state in outcome.state.tolist()], outcome.rows
