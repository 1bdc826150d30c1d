"""One side of the suitable area in a fresh process; prints one line of JSON."""

from __future__ import annotations

import argparse
import json
import pickle
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.clauses.book import load_book
from envzones.plugin.engine.clauses.shelf import SHIPPED
from envzones.plugin.engine.onemap import OneMap

from .river_ours import peak_mb

ROOT = Path(__file__).resolve().parent.parent
DAY, KIND, NATURE = date(2019, 6, 30), "livestock_farm", "new"
BOOKS = ("jiyuan-2018", "national-henan")
COUNTY = shapely.box(112.0, 34.8, 112.49, 35.205)
_AROUND = shapely.box(111.5, 34.3, 113.0, 35.7)
#: Made by other means: the jurisdiction, and rivers, which need a network.
_NOT_MADE = {"admin_area", "river_reach", "monitoring_section"}
_SEED = 20_251


def main() -> int:
    """Run one side once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=("ours", "geopandas", "judged", "raster"))
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--places", type=int, default=400)
    parser.add_argument("--cell", type=float, default=30.0)
    options = parser.parse_args()
    print(json.dumps({**SIDES[options.side](options), "peak_mb": peak_mb()}), flush=True)
    return 0


def made(scale: float) -> tuple[OneMap, list[Any], int]:
    """Return the county's map, the books and the number of zones."""
    rng = np.random.default_rng(_SEED)
    catalog = load_catalog()
    books = [load_book(SHIPPED / f"{name}.yaml") for name in BOOKS]
    asked = {one.layer for book in books for clause in book.of_kind("siting") for one in clause.relations() if one.layer}
    names = sorted(asked - _NOT_MADE)
    count = round(20_000 * scale)
    west, south, east, north = COUNTY.bounds
    middle = rng.uniform([west, south], [east, north], (count, 2))
    radius = rng.lognormal(np.log(120.0), 0.8, count).clip(30.0, 3000.0)
    shapes = _stars(rng, middle, radius, rng.lognormal(np.log(60.0), 0.7, count).clip(12, 600).astype(int))
    frames: dict[str, gpd.GeoDataFrame] = {}
    for name, rows in zip(names, np.array_split(rng.permutation(count), len(names))):
        spec, shape = catalog.get(name), shapes[rows]
        if "Point" in spec.geometry:
            shape = shapely.centroid(shape)
        elif "Line" in spec.geometry:
            shape = shapely.boundary(shape)
        cells: dict[str, Any] = {"uid": [f"{name}-{k}" for k in range(len(rows))], "name": [f"{name} {k}" for k in range(len(rows))]}
        for field in spec.fields:
            if field.domain and field.name not in cells:
                domain = catalog.domains[field.domain] if isinstance(field.domain, str) else field.domain
                codes = [str(getattr(code, "code", code)) for code in domain]
                cells[field.name] = rng.choice(np.array(codes, dtype=object), len(rows))
        frames[name] = gpd.GeoDataFrame(cells, geometry=shape, crs=4490)
    city = {"uid": ["city"], "name": ["county"], "level": ["city"], "code": ["419001"]}
    frames["admin_area"] = gpd.GeoDataFrame(city, geometry=[shapely.box(111.8, 34.6, 112.7, 35.4)], crs=4490)
    declared = gpd.GeoDataFrame(
        {"layer": names, "complete_as_of": ["2019-01-01"] * len(names), "valid_until": [None] * len(names)},
        geometry=[_AROUND] * len(names), crs=4490,
    )  # fmt: skip
    return OneMap.from_frames(frames, declared, {}, catalog), books, count


def _stars(rng: Any, middle: Any, radius: Any, count: Any) -> Any:
    owner = np.repeat(np.arange(len(middle)), count)
    first = np.cumsum(count) - count
    angle = 2 * np.pi * (np.arange(len(owner)) - first[owner]) / count[owner]
    reach = radius[owner] * rng.uniform(0.7, 1.3, len(owner))
    lat = middle[owner, 1]
    x = middle[owner, 0] + reach * np.cos(angle) / (111_320.0 * np.cos(np.radians(lat)))
    y = lat + reach * np.sin(angle) / 111_000.0
    return shapely.polygons(shapely.linearrings(np.column_stack([x, y]), indices=owner))


def _found(onemap: OneMap, books: list[Any]) -> Any:
    from envzones.plugin.engine.suitability import suitable_area

    area = gpd.GeoDataFrame(geometry=[COUNTY], crs=4490)
    return suitable_area(area, onemap, books, facility_type=KIND, nature=NATURE, as_of=DAY)


def _kept(scale: float) -> Path:
    return ROOT / "build" / "bench" / f"suitable-{scale:g}.pickle"


def ours(options: argparse.Namespace) -> dict[str, Any]:
    """From frames to pieces; then once more with a profile."""
    onemap, books, zones = made(options.scale)
    begun = time.perf_counter()
    result = _found(onemap, books)
    seconds = time.perf_counter() - begun
    _kept(options.scale).parent.mkdir(parents=True, exist_ok=True)
    # Read by this benchmark alone, in the next process.
    _kept(options.scale).write_bytes(pickle.dumps(result))
    return {"seconds": seconds, "pieces": len(result.pieces), "zones": zones, "profile": _profile(options.scale)}


def _profile(scale: float) -> list[str]:
    import cProfile
    import pstats

    onemap, books, _ = made(scale)
    profile = cProfile.Profile()
    profile.runcall(_found, onemap, books)
    stats = pstats.Stats(profile)
    total = sum(own for _, _, own, _, _ in stats.stats.values())
    first = sorted(stats.stats.items(), key=lambda item: -item[1][2])[:6]
    return [f"{own / total:.0%} {Path(file).name} {name}" for (file, _, name), (_, _, own, _, _) in first]


def judged(options: argparse.Namespace) -> dict[str, Any]:
    """Places all over the county, by the siting check and by the piece that holds each."""
    from envzones.plugin.engine.proximity import within
    from envzones.plugin.engine.siting import check

    onemap, books, _ = made(options.scale)
    result = pickle.loads(_kept(options.scale).read_bytes())  # noqa: S301 - written by this benchmark
    west, south, east, north = COUNTY.bounds
    rng = np.random.default_rng(_SEED + 1)
    places = shapely.points(rng.uniform([west, south], [east, north], (options.places, 2)))
    shapes = np.asarray(result.pieces.geometry.array, dtype=object)
    near = within(places, shapely.boundary(shapes), 1.0)[0]
    away = np.setdiff1d(np.arange(len(places)), near)
    sites = gpd.GeoDataFrame({"site_id": [str(k) for k in away]}, geometry=places[away], crs=4490)
    begun = time.perf_counter()
    verdicts = check(sites, onemap, books, as_of=DAY, facility_type=KIND, nature=NATURE).verdicts
    seconds = time.perf_counter() - begun
    s, p = shapely.STRtree(shapes).query(places[away], predicate="intersects")
    wrong = len(away) - len(np.unique(s))
    for name in ("known", "possible", "pending"):
        wrong += int((verdicts[name].to_numpy()[s] != result.pieces[name].to_numpy()[p]).sum())
    return {"seconds": seconds, "judged": len(away), "edge": len(places) - len(away), "wrong": wrong}


def raster(options: argparse.Namespace) -> dict[str, Any]:
    """Burn the pieces; look at cells all over."""
    import rasterio

    from envzones.plugin.engine.suitability_raster import projection, work_crs, write_raster

    onemap, _, _ = made(0.001)
    result = pickle.loads(_kept(options.scale).read_bytes())  # noqa: S301 - written by this benchmark
    with tempfile.TemporaryDirectory() as scratch:
        begun = time.perf_counter()
        path = write_raster(Path(scratch) / "out.tif", result, onemap, cell=options.cell)
        seconds = time.perf_counter() - begun
        peak = peak_mb()
        crs = work_crs(onemap, result.area)
        with rasterio.open(path) as source:
            cells = source.width * source.height
            rng = np.random.default_rng(_SEED + 2)
            row, column = rng.integers(0, source.height, 2000), rng.integers(0, source.width, 2000)
            x, y = (np.array(one) for one in source.xy(row, column))
            got = source.read(1)[row, column]
    lon, lat = projection(crs).transform(x, y, direction="INVERSE")
    shapes = np.asarray(result.pieces.geometry.array, dtype=object)
    s, p = shapely.STRtree(shapes).query(shapely.points(lon, lat), predicate="within")
    # Cells whose centre is on an edge belong to either.
    from envzones.plugin.engine.proximity import within

    edge = set(within(shapely.points(lon, lat), shapely.boundary(shapes), 0.05)[0].tolist())
    wrong = sum(
        int(got[a]) != int(result.pieces["severity"].iloc[b]) for a, b in zip(s.tolist(), p.tolist()) if a not in edge
    )
    return {"seconds": seconds, "cells": cells, "wrong": wrong, "asked": len(s), "peak_mb": peak}


def geopandas(options: argparse.Namespace) -> dict[str, Any]:
    """The same ground by hand: buffers of projected zones, dissolved, taken from the county."""
    from envzones.plugin.engine.clauses.conditions import NO, evaluate

    onemap, books, _ = made(options.scale)
    wanted = []
    for book in books:
        for clause in book.of_kind("siting"):
            for one in clause.relations():
                if one.verb in ("inside", "within", "overlap") and one.layer in onemap.layers():
                    metres = one.lengths["distance"].resolve({}) if one.verb == "within" else 0.0
                    wanted.append((onemap.layer(one.layer), one, metres))
    begun = time.perf_counter()
    free = gpd.GeoSeries([COUNTY], crs=4490).to_crs(4547)
    taken = []
    for frame, one, metres in wanted:
        zones = frame[evaluate(one.filter, frame) != NO].to_crs(4547)
        if len(zones):
            taken.append(zones.buffer(metres).union_all())
    left = free.difference(shapely.union_all(taken))
    return {"seconds": time.perf_counter() - begun, "km2": float(left.area.sum() / 1e6)}


SIDES = {"ours": ours, "geopandas": geopandas, "judged": judged, "raster": raster}


if __name__ == "__main__":
    raise SystemExit(main())
