"""A made city: zones of every layer that rulebooks name, as the layers are specified, and a mouse's way over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from ..plugin.engine.probe_rules import VERBS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..plugin.engine.catalog import Catalog, FieldSpec
    from ..plugin.engine.clauses.model import Rulebook

CITY = (112.0, 34.85, 112.75, 35.30)
VERTICES = 50
#: Metres: the median radius of a zone, and how much radii differ (log-normal).
_RADIUS, _SPREAD = 250.0, 0.8
_LAT = 111_000.0


def layers_named(books: Sequence[Rulebook]) -> list[str]:
    """Return the layers of zones that siting clauses look at from a place, without the city itself."""
    asked = [
        one
        for book in books
        for clause in book.of_kind("siting")
        for one in clause.relations()
        if one.verb in VERBS
    ]
    return sorted({one.layer for one in asked if one.layer} - {"admin_area"})


def city(
    books: Sequence[Rulebook], catalog: Catalog, count: int, seed: int, code: str
) -> tuple[dict[str, gpd.GeoDataFrame], gpd.GeoDataFrame]:
    """Make `count` zones, the same number in each layer, and where they are complete (two layers of three)."""
    rng = np.random.default_rng(seed)
    names = [name for name in layers_named(books) if name in catalog]
    share = np.diff(np.linspace(0, count, len(names) + 1).astype(int))
    frames = {name: _layer(rng, catalog[name], int(n)) for name, n in zip(names, share)}
    west, south, east, north = CITY
    place = shapely.segmentize(shapely.box(west + 0.01, south + 0.01, east - 0.01, north - 0.01), 0.002)
    frames["admin_area"] = gpd.GeoDataFrame(
        {"uid": ["A1"], "name": ["示例市"], "level": ["city"], "code": [code], "accuracy_m": [0.0]},
        geometry=[place],
        crs=4490,
    )
    complete = [name for k, name in enumerate(names) if k % 3]
    coverage = gpd.GeoDataFrame(
        {"layer": complete, "complete_as_of": "2018-01-01", "valid_until": "2035-01-01"},
        geometry=[place] * len(complete),
        crs=4490,
    )
    return frames, coverage


def _layer(rng: np.random.Generator, spec: Any, n: int) -> gpd.GeoDataFrame:
    middle = np.column_stack([rng.uniform(CITY[0], CITY[2], n), rng.uniform(CITY[1], CITY[3], n)])
    columns = {
        field.name: _cells(rng, field, n)
        for field in spec.fields
        if field.name not in ("valid_from", "valid_to")
    }
    columns["uid"] = [f"{spec.name}-{k}" for k in range(n)]
    columns["name"] = [f"示例{k}" for k in range(n)]
    columns["accuracy_m"] = rng.choice([0.0, 0.0, 5.0, 50.0], n)
    columns["life_state"] = "delineated" if "life_state" in columns else None
    shapes = {"Point": lambda: shapely.points(middle), "MultiLineString": lambda: _lines(rng, middle)}
    geometry = shapes.get(spec.geometry, lambda: _stars(rng, middle))()
    return gpd.GeoDataFrame({k: v for k, v in columns.items() if v is not None}, geometry=geometry, crs=4490)


def _cells(rng: np.random.Generator, field: FieldSpec, n: int) -> Any:
    if field.domain:
        values: Any = np.array([*field.domain, None], dtype=object)[rng.integers(0, len(field.domain) + 1, n)]
    elif field.type == "bool":
        values = np.array([True, False, None], dtype=object)[rng.integers(0, 3, n)]
    elif field.type in ("real", "int"):
        low = field.minimum if field.minimum is not None else 0.0
        values = rng.uniform(low, field.maximum if field.maximum is not None else low + 200.0, n)
        values = np.floor(values) if field.type == "int" else values
    elif field.type == "text":
        values = np.full(n, "示例", dtype=object)
    else:
        values = None
    return values


def _radii(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    radius = np.exp(rng.normal(np.log(_RADIUS), _SPREAD, n)).clip(20.0, 4000.0)
    return radius[:, None] * np.exp(0.15 * rng.standard_normal((n, VERTICES - 1)))


def _around(
    middle: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    wide = _LAT * np.cos(np.radians(middle[:, 1, None]))
    return np.stack([middle[:, 0, None] + x / wide, middle[:, 1, None] + y / _LAT], axis=-1)


def _stars(rng: np.random.Generator, middle: NDArray[np.float64]) -> NDArray[Any]:
    angle = np.linspace(0, 2 * np.pi, VERTICES - 1, endpoint=False)
    radius = _radii(rng, len(middle))
    ring = _around(middle, radius * np.cos(angle), radius * np.sin(angle))
    ring = np.concatenate([ring, ring[:, :1]], axis=1)
    return shapely.multipolygons(shapely.polygons(ring), indices=np.arange(len(middle)))


def _lines(rng: np.random.Generator, middle: NDArray[np.float64]) -> NDArray[Any]:
    turn = np.cumsum(rng.normal(0, 0.2, (len(middle), VERTICES)), axis=1) + rng.uniform(
        0, 2 * np.pi, (len(middle), 1)
    )
    line = _around(middle, np.cumsum(60 * np.cos(turn), axis=1), np.cumsum(60 * np.sin(turn), axis=1))
    return shapely.multilinestrings(shapely.linestrings(line), indices=np.arange(len(middle)))


def track(count: int, seed: int) -> NDArray[np.float64]:
    """Return where a mouse goes, (n, 2) degrees: it turns and hurries as hands do, 20 to 400 m at a time."""
    rng = np.random.default_rng(seed)
    west, south, east, north = CITY
    turn = np.cumsum(rng.normal(0, 0.35, count))
    step = np.exp(rng.normal(np.log(90), 0.7, count)).clip(20, 400)
    x = np.cumsum(step * np.cos(turn)) / (_LAT * np.cos(np.radians((south + north) / 2)))
    y = np.cumsum(step * np.sin(turn)) / _LAT
    # Back from the edges as from a mirror.
    return np.column_stack([_mirrored(x, west, east, rng), _mirrored(y, south, north, rng)])


def _mirrored(
    way: NDArray[np.float64], low: float, high: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    wide = high - low
    at = np.mod(way + rng.uniform(0, wide), 2 * wide)
    return low + np.where(at > wide, 2 * wide - at, at)
