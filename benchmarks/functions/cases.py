"""Single functions of the engine, each with made data, for pytest-benchmark and for instruction counts.

A case is made once and then called many times with the same answer.  Its data are made here, seeded, so that the file
can be run against another state of the engine too: whatever that state lacks, its case alone cannot be made.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import geopandas as gpd
import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MIDDLE, _SPREAD_DEG = (112.4, 35.1), 0.35
_DEG_M = 111_000.0
_BOOK = "national-henan"


@dataclass(frozen=True)
class Case:
    """One function with data.

    Attributes
    ----------
    group : str
        The module it belongs to.
    make : callable
        Takes the size (1 as it is timed, less for instruction counts) and returns what is called.
    """

    group: str
    make: Callable[[float], Callable[[], Any]]


def _count(size: float, full: int) -> int:
    return max(8, round(full * size))


def _places(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    return np.array(_MIDDLE) + rng.uniform(-_SPREAD_DEG, _SPREAD_DEG, (count, 2))


def _stars(rng: np.random.Generator, count: int, vertices: int, radius_m: float) -> NDArray[Any]:
    """Valid polygons, each seen whole from its middle."""
    turn = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    reach = radius_m / _DEG_M * rng.uniform(0.6, 1.0, (count, vertices)) * rng.lognormal(0, 0.5, (count, 1))
    middle = _places(rng, count)
    rings = np.stack([middle[:, :1] + reach * np.cos(turn) / 0.82, middle[:, 1:] + reach * np.sin(turn)], axis=2)
    return shapely.polygons(np.concatenate([rings, rings[:, :1]], axis=1))


def _points(rng: np.random.Generator, count: int) -> NDArray[Any]:
    return shapely.points(_places(rng, count))


def _rng() -> np.random.Generator:
    return np.random.default_rng(11)


# --- geodesy ------------------------------------------------------------------------------------------


def _distance_points(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine import geodesy

    rng, n = _rng(), _count(size, 5_000)
    stars = _stars(rng, n, 50, 500.0)
    points = shapely.points(_beside(rng, stars))
    return lambda: geodesy.distance(points, stars).metres


def _distance_polygons(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine import geodesy

    rng, n = _rng(), _count(size, 2_000)
    first, second = _stars(rng, n, 50, 500.0), _stars(rng, n, 50, 500.0)
    shift = _beside(rng, first) - shapely.get_coordinates(shapely.centroid(second))
    coords, owner = shapely.get_coordinates(second, return_index=True)
    second = shapely.set_coordinates(second, coords + shift[owner])
    return lambda: geodesy.distance(first, second).metres


def _beside(rng: np.random.Generator, shapes: NDArray[Any]) -> NDArray[np.float64]:
    """A place one to two kilometres from each shape's middle: pairs are measured where they are near."""
    turn, reach = rng.uniform(0, 2 * np.pi, len(shapes)), rng.uniform(1000, 2000, len(shapes)) / _DEG_M
    return shapely.get_coordinates(shapely.centroid(shapes)) + np.column_stack([reach * np.cos(turn) / 0.82, reach * np.sin(turn)])


def _segments(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine import geodesy

    rng, n = _rng(), _count(size, 100_000)
    first, second = _places(rng, n), _places(rng, n)
    return lambda: geodesy.segment_m(first, second)


def _area(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine import geodesy

    stars = _stars(_rng(), _count(size, 5_000), 50, 500.0)
    return lambda: geodesy.area_m2(stars)


def _to_storage(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine import geodesy

    stars = _stars(_rng(), _count(size, 500), 50, 500.0)
    frame = gpd.GeoDataFrame(geometry=stars, crs=4490).to_crs(4547)
    return lambda: geodesy.to_storage(frame, "made")


# --- proximity ----------------------------------------------------------------------------------------


def _within_points(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine import proximity

    rng = _rng()
    points, zones = _points(rng, _count(size, 20_000)), _stars(rng, _count(size, 2_000), 195, 700.0)
    return lambda: proximity.within(points, zones, 500.0, workers=1)


def _within_polygons(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine import proximity

    rng = _rng()
    sites, zones = _stars(rng, _count(size, 5_000), 50, 120.0), _stars(rng, _count(size, 1_000), 195, 700.0)
    return lambda: proximity.within(sites, zones, 500.0, workers=1)


def _intersecting(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine import proximity

    rng = _rng()
    sites, zones = _stars(rng, _count(size, 10_000), 50, 120.0), _stars(rng, _count(size, 2_000), 195, 700.0)
    return lambda: proximity.intersecting(sites, zones, workers=1)


# --- rivers -------------------------------------------------------------------------------------------


def _rivers(size: float) -> Any:
    from envzones.benchmarks.rivers_made import make

    return make(max(0.01, 0.05 * size), sections=_count(size, 50), sites=1)


def _network(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine.river.network import build

    rivers = _rivers(size).rivers()
    return lambda: build(rivers)


def _trace(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine.river.network import build
    from envzones.plugin.engine.river.snap import snap
    from envzones.plugin.engine.river.trace import trace

    world = _rivers(size)
    sections = world.sections()
    points = shapely.get_coordinates(np.asarray(sections.geometry.array))
    network = build(world.rivers())
    nothing = np.full(len(points), None, dtype=object)
    starts, _ = snap(network, points, sections["uid"].to_numpy(dtype=object), nothing, 100.0)
    rows = [starts[k] for k in sorted(starts)]
    return lambda: trace(network, rows)


def _section(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine.river.network import build
    from envzones.plugin.engine.river.section import control_section

    world = _rivers(size)
    network, one = build(world.rivers()), world.sections().iloc[:1]
    return lambda: control_section(network, one)


# --- clauses ------------------------------------------------------------------------------------------


def _city(size: float) -> tuple[Any, Any, Any]:
    from envzones.benchmarks import probe_made
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.engine.clauses.book import load_books
    from envzones.plugin.engine.onemap import OneMap

    catalog, books = load_catalog(), load_books([_BOOK])
    frames, coverage = probe_made.city(books, catalog, _count(size, 2_000), 7, books[0].jurisdiction.code)
    return OneMap.from_frames(frames, coverage, catalog=catalog), books, probe_made.track(200, 7)


def _check(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine import siting

    onemap, books, track = _city(size)
    sites = gpd.GeoDataFrame(geometry=shapely.points(track[: _count(size, 100)]), crs=4490)
    return lambda: siting.check(sites, onemap, books, as_of=date(2019, 6, 30), facility_type="mine", nature="new")


def _probe(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine.probe import Probe

    onemap, books, track = _city(size)
    probe = Probe(onemap, books, as_of=date(2019, 6, 30), facility_type="mine", nature="new")
    places = track[: _count(size, 50)]
    return lambda: [probe.at(lon, lat) for lon, lat in places]


def _table(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine.findings import FINDING_COLUMNS, table

    rng, n = _rng(), _count(size, 5_000)
    shapes, metres = _points(rng, n), rng.uniform(0, 500, n)
    rows = [
        {"site_id": str(k), "clause_id": "1", "status": "hit", "zone_layer": "road", "distance_m": float(m), "geometry": p}
        for k, (m, p) in enumerate(zip(metres, shapes))
    ]
    return lambda: table(rows, FINDING_COLUMNS)


# --- files and zones ----------------------------------------------------------------------------------


def _read_table(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine import gpkg

    frame = _zones(size, 5_000)
    folder = tempfile.mkdtemp(prefix="envzones-case-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / "zones.gpkg"
    frame.to_file(path, layer="zone", driver="GPKG")
    return lambda: gpkg.read_table(path, "zone")


def _validate(size: float) -> Callable[[], Any]:
    from envzones.plugin.engine.onemap import OneMap
    from envzones.plugin.engine.quality import validate

    onemap = OneMap.from_frames({"drinking_water_zone": _zones(size, 500)})
    return lambda: validate(onemap, as_of=date(2024, 6, 1))


def _zones(size: float, full: int) -> gpd.GeoDataFrame:
    n = _count(size, full)
    return gpd.GeoDataFrame(
        {"uid": [f"Z{k}" for k in range(n)], "name": "a", "level": "primary", "source_name": [f"S{k}" for k in range(n)]},
        geometry=shapely.multipolygons(_stars(_rng(), n, 50, 300.0)[:, None]), crs=4490,
    )  # fmt: skip


CASES = {
    "distance, points to polygons": Case("geodesy", _distance_points),
    "distance, polygons to polygons": Case("geodesy", _distance_polygons),
    "segment_m": Case("geodesy", _segments),
    "area_m2": Case("geodesy", _area),
    "to_storage": Case("geodesy", _to_storage),
    "within 500 m, points": Case("proximity", _within_points),
    "within 500 m, polygons": Case("proximity", _within_polygons),
    "intersecting, polygons": Case("proximity", _intersecting),
    "network.build": Case("river", _network),
    "trace": Case("river", _trace),
    "control_section, one": Case("river", _section),
    "siting.check": Case("clauses", _check),
    "probe.at": Case("clauses", _probe),
    "findings.table": Case("clauses", _table),
    "gpkg.read_table": Case("files", _read_table),
    "quality.validate": Case("files", _validate),
}
