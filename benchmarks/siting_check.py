"""The whole siting check over a made one map, in one fresh process; prints one line of JSON.

The map has the layers that the rulebooks name, 20,000 zones in all, and where they are complete; sites are points of
several facility types anywhere in it.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import resource
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .river_ours import Clock, peak_mb
from .siting_truth import distances, meeting, near

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from ..plugin.engine.clauses.model import Rulebook

TYPES = ("mine", "livestock_farm")
ZONES = 20_000
SEED = 7


def sites(count: int, seed: int = SEED) -> gpd.GeoDataFrame:
    """Make candidate sites, EPSG:4490: places inside the made city, of a facility type each, all new."""
    import geopandas as gpd

    from .probe_made import CITY

    rng = np.random.default_rng([seed, count])
    place = np.round(rng.uniform(CITY[:2], CITY[2:], (count, 2)), 9)
    kind = np.array(TYPES, dtype=object)[rng.integers(0, len(TYPES), count)]
    return gpd.GeoDataFrame(
        {"site_id": [f"S{k}" for k in range(count)], "facility_type": kind, "nature": "new"},
        geometry=shapely.points(place), crs="EPSG:4490",
    )  # fmt: skip


def main() -> int:
    """Check once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, required=True)
    parser.add_argument("--zones", type=int, default=ZONES)
    parser.add_argument("--books", default="national-henan")
    parser.add_argument("--chunk", type=int, help="so many sites in one call; their findings are counted and let go")
    parser.add_argument("--most-gb", type=float, default=14.0, help="fail rather than take more memory than this")
    parser.add_argument("--oracle", action="store_true", help="hold the findings to the benchmark's own truth")
    parser.add_argument("--profile", action="store_true", help="tell where the time goes; it is slower for it")
    options = parser.parse_args()
    # A table too large for the machine must end this process, not the machine.
    most = int(options.most_gb * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    from ..plugin.engine import siting
    from ..plugin.engine.catalog import load_catalog
    from ..plugin.engine.clauses.book import load_books
    from ..plugin.engine.onemap import OneMap
    from . import probe_made
    from .probe import day

    books = load_books(options.books.split(","))
    clock = Clock()
    with clock.stage("make the map"):
        catalog = load_catalog()
        code = next((book.jurisdiction.code for book in books if book.jurisdiction.code), "419001")
        frames, coverage = probe_made.city(books, catalog, options.zones, SEED, code)
        onemap = OneMap.from_frames(frames, coverage, catalog=catalog)
        frame = sites(options.sites)
    held = peak_mb()
    watch = cProfile.Profile()
    if options.profile:
        watch.enable()
    counted = {"findings": 0, "hits": 0, "verdicts": 0}
    chunk = options.chunk or len(frame)
    ground = None
    for low in range(0, len(frame), chunk):
        with clock.stage("answer"):
            result = siting.check(frame.iloc[low : low + chunk], onemap, books, as_of=day(books), ground=ground)
        ground = result.ground
        counted["findings"] += len(result.findings)
        counted["hits"] += int((result.findings["status"] == "hit").sum())
        counted["verdicts"] += len(result.verdicts)
    watch.disable()
    peak = peak_mb()
    held_to = []
    if options.oracle:
        held_to = [judged(result.findings, frame, frames, books), measured(result.findings, frame, frames)]
    print(json.dumps({
        "seconds": clock.seconds, "held_mb": held, "peak_mb": peak, **counted, "checks": held_to,
        "clauses": sum(len(book.of_kind("siting")) for book in books),
        "profile": _top(watch) if options.profile else [],
    }))  # fmt: skip
    return 0


def judged(
    findings: gpd.GeoDataFrame, frame: gpd.GeoDataFrame, frames: Mapping[str, gpd.GeoDataFrame], books: Sequence[Rulebook]
) -> dict[str, Any]:
    """Hold the hits of every clause that asks one plain thing of one layer to the sites found without the engine."""
    from ..plugin.engine.clauses.model import Relation

    place, ids = np.asarray(frame.geometry.array), frame["site_id"].to_numpy(dtype=object)
    asked = wrong = 0
    names = []
    for book in books:
        for clause in book.of_kind("siting"):
            one = clause.where
            plain = isinstance(one, Relation) and one.layer in frames and not (one.filter or clause.when or clause.unless)
            if not plain or one.verb not in ("inside", "within"):
                continue
            rows = findings[(findings["clause_id"] == clause.id) & (findings["rulebook"] == book.id)]
            rows = rows[rows["status"] != "not_applicable"]
            zones = np.asarray(frames[one.layer].geometry.array)
            if not len(rows) or np.any(shapely.get_dimensions(zones) != 2):
                continue
            truth = meeting(place, zones) if one.verb == "inside" else near(place, zones, one.lengths["distance"].metres)
            hit, there = set(rows.loc[rows["status"] == "hit", "site_id"]), set(rows["site_id"])
            wrong += len(hit ^ (set(ids[truth.pairs[:, 0]]) & there))
            asked += len(there)
            names.append(clause.id)
    return {
        "what": "siting.check: hits of the clauses that ask one plain thing are the oracle's", "ok": wrong == 0 < asked,
        "detail": f"{', '.join(names)}: {asked:,} sites and clauses, {wrong:,} wrong",
    }  # fmt: skip


def measured(
    findings: gpd.GeoDataFrame, frame: gpd.GeoDataFrame, frames: Mapping[str, gpd.GeoDataFrame], most: int = 3000
) -> dict[str, Any]:
    """Hold the distances of some findings to the truth's own measure."""
    rows = findings[findings["relation"].isin(["within", "inside"]) & (findings["distance_m"] > 0)]
    rows = rows.iloc[:: max(1, len(rows) // most)]
    zone = {uid: shape for layer in frames.values() for uid, shape in zip(layer["uid"], np.asarray(layer.geometry.array))}
    site = dict(zip(frame["site_id"], np.asarray(frame.geometry.array)))
    a = np.array([site[one] for one in rows["site_id"]], dtype=object)
    b = np.array([zone[one] for one in rows["zone_id"]], dtype=object)
    drawn = shapely.get_dimensions(b) > 0
    said = rows["distance_m"].to_numpy(dtype=float)[drawn]
    off = np.abs(distances(a[drawn], b[drawn], said.max(initial=0.0) * 1.1 + 10.0) - said)
    # The engine promises a millionth of a distance besides what its rows are rounded to.
    ok = len(off) > 0 and bool(np.all(off <= 1e-3 + 2e-6 * said))
    return {
        "what": "siting.check: distances of findings are pyproj's to a millimetre", "ok": ok,
        "detail": f"{len(off):,} measured, the worst {off.max(initial=0.0) * 1000:.2g} mm off",
    }  # fmt: skip


def _top(watch: cProfile.Profile, count: int = 10) -> list[str]:
    """The functions in which most time is spent, themselves and with what they call."""
    stats: Any = pstats.Stats(watch)
    whole = stats.total_tt

    def named(place: tuple[str, int, str]) -> str:
        file, _, function = place
        return f"{Path(file).stem}.{function}" if file != "~" else function

    own = sorted(stats.stats.items(), key=lambda one: -one[1][2])[:count]
    engine = [one for one in stats.stats.items() if "/engine/" in one[0][0]]
    deep = sorted(engine, key=lambda one: -one[1][3])[:count]
    return [
        *(f"itself {row[2] / whole:.0%}: {named(place)} ({row[1]:,} calls)" for place, row in own),
        *(f"with what it calls {row[3] / whole:.0%}: {named(place)} ({row[1]:,} calls)" for place, row in deep),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
