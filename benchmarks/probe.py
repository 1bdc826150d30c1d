"""A site under the mouse, over 20,000 zones and by all clauses of each city: beside the check and geopandas.

    .venv-engine/bin/python -m envzones.benchmarks.probe [--zones 20000] [--places 2000] [--peers all | none]

For each city's rulebooks, with the law's, a map is made on the real layers' specifications; a mouse goes over it.
Every answer is timed alone; for a sample the whole check answers too, and the answers are compared.  Writes
`probe-ZONES.md` to build/bench.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from ..plugin.engine import siting
from ..plugin.engine.catalog import load_catalog
from ..plugin.engine.clauses.book import available, load_books
from ..plugin.engine.clauses.conditions import NO, evaluate
from ..plugin.engine.onemap import OneMap
from ..plugin.engine.probe import Probe
from . import probe_made
from .results import Check, Goal, Result, Row, ratios, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..plugin.engine.clauses.model import Rulebook

ROOT = Path(__file__).resolve().parent.parent
#: The law of the state and the province, which counts in every city.
LAW = "national-henan"
TYPES = ("mine", "livestock_farm", None)
GOAL_MS = 16.0
ZONES, OURS = 20_000, "ours"
_FRAME = "EPSG:4547"
_STATE = {"clear": 0, "not_assessed": 1, "hit": 3}


def main() -> int:
    """Make a map for each city, move over it, compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--zones", type=int, default=ZONES)
    parser.add_argument("--places", type=int, default=2_000)
    parser.add_argument(
        "--sample", type=int, default=10, help="places that the whole check and geopandas answer too"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--peers", choices=("all", "none"), default="all")
    parser.add_argument("--cities", type=int, default=0, help="the first so many cities alone (default all)")
    parser.add_argument("--json", type=Path, help="write the result as every benchmark writes it")
    options = parser.parse_args()
    lines = [
        f"{options.zones:,} zones, {options.places:,} places of a mouse; milliseconds for one answer, peers on"
        f" {options.sample} places.", "",
        "| rulebooks of | facility | rules | looked at | build s | p50 | p95 | max | the whole check | geopandas |"
        " same as the check |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    measured: list[tuple[str, dict[str, Any]]] = []
    for ids in cities()[: options.cities or None]:
        print(f"making {', '.join(ids)}", file=sys.stderr)
        books = load_books(ids)
        as_of = day(books)
        code = books[0].jurisdiction.code
        catalog = load_catalog()
        frames, coverage = probe_made.city(books, catalog, options.zones, options.seed, code)
        onemap = OneMap.from_frames(frames, coverage, catalog=catalog)
        track = probe_made.track(options.places, options.seed)
        for kind in TYPES:
            row = measure(onemap, books, as_of, kind, track, options.sample if options.peers == "all" else 0)
            measured.append((f"{ids[0].split('-')[0]}, {kind or 'any facility'}", row))
            lines.append(table_line(ids[0].split("-")[0], kind, row))
            print(lines[-1], file=sys.stderr)
    worst, wrong = max(row["p95"] for _, row in measured), sum(row["wrong"] for _, row in measured)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines += [
        "", f"Worst 95th percentile {worst:.1f} ms (goal {GOAL_MS:g}); peak memory of the whole run {peak:,.0f} MB;"
        f" answers that differ from the check's: {wrong}.", "",
    ]  # fmt: skip
    text = "\n".join(lines)
    print(text)
    target = ROOT / "build" / "bench" / f"probe-{options.zones}.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    if options.json:
        write(options.json, result_of(measured, options.zones, options.places, peak))
    return 1 if wrong else 0


def result_of(measured: Sequence[tuple[str, dict[str, Any]]], zones: int, places: int, peak_mb: float) -> Result:
    """Return what was measured, city by city and facility by facility, as every benchmark tells it."""
    rows, answers, differ = [], 0, 0
    for title, one in measured:
        note = f"{one['p50']:.1f} ms at the median, {one['p95']:.1f} ms at the 95th percentile; {one['rules']} rules"
        rows.append(Row(title, OURS, tuple(map(float, one["spent"])), peak_mb, note=note))
        for who, spent in (("the whole check", one["whole"]), ("geopandas by hand", one["flat"])):
            known = tuple(map(float, spent))
            rows.append(Row(title, who, known, note="" if known else "left out"))
        answers, differ = answers + one["sample"], differ + one["wrong"]
    checks = [Check("the same answers as the whole check, rule by rule", not differ, f"{answers} places, {differ} rules differ")]
    title, worst = max(measured, key=lambda one: one[1]["p95"])
    words = f"the slowest: {title}" + ("" if zones == ZONES else f"; {zones:,} zones, meant for {ZONES:,}")
    goal = Goal(f"an answer under the mouse, 95th percentile: at most {GOAL_MS:g} ms", worst["p95"], GOAL_MS, "<=", words=words)
    about = (
        f"A mouse goes over a made city of {zones:,} zones; at each of {places:,} places, what do all siting clauses of the"
        " city, the province and the state say? Each answer is timed alone. The whole check is `siting.check` for one site on"
        " the same map in memory; geopandas joins planar buffers drawn beforehand, without verdict or completeness."
    )
    return Result("probe", "A site under the mouse", about, ratios(rows, OURS), tuple(checks) if answers else (), (goal,))


def cities() -> list[list[str]]:
    """Return the shipped rulebooks city by city, each with the law."""
    found: dict[str, list[str]] = {}
    for name in available():
        if name != LAW:
            found.setdefault(name.split("-")[0], []).append(name)
    return [[*names, LAW] for _, names in sorted(found.items(), key=lambda one: one[0] != "jiyuan")]


def day(books: Sequence[Rulebook]) -> date:
    """Return a day on which all of the books are in force: the last day that the first of them to end is."""
    ends = [book.period.end for book in books if book.period.end] or [date(2019, 6, 30)]
    starts = [book.period.start for book in books if book.period.start] or [date(2018, 1, 1)]
    return max(min(ends), max(starts))


def measure(
    onemap: OneMap, books: Sequence[Rulebook], as_of: date, kind: str | None, track: Any, sample: int
) -> dict[str, Any]:
    """Time every place of a track, and the peers on a sample of it."""
    before = time.perf_counter()
    probe = Probe(onemap, books, as_of=as_of, facility_type=kind, nature="new" if kind else None)
    build = time.perf_counter() - before
    spent = np.empty(len(track))
    for k, (lon, lat) in enumerate(track):
        before = time.perf_counter()
        probe.at(lon, lat)
        spent[k] = time.perf_counter() - before
    chosen = track[:: max(1, len(track) // sample)][:sample] if sample else track[:0]
    whole, wrong = check(onemap, books, as_of, kind, chosen, probe)
    flat = planar(onemap, probe, as_of, chosen) if sample else np.empty(0)
    return {
        "rules": len(probe.rules), "zones": probe.zones, "build": build, "whole": whole, "wrong": wrong,
        "spent": spent, "flat": flat, "sample": len(chosen), **dict(zip(("p50", "p95", "max"), 1000 * np.percentile(spent, (50, 95, 100)))),
    }  # fmt: skip


def check(
    onemap: OneMap, books: Sequence[Rulebook], as_of: date, kind: str | None, places: Any, probe: Probe
) -> tuple[Any, int]:
    """Let the whole check answer for one site at a time: seconds, and answers that differ."""
    spent, wrong = [], 0
    left = set(probe.unprobed)
    for lon, lat in places:
        site = gpd.GeoDataFrame({"site_id": ["1"]}, geometry=[shapely.Point(lon, lat)], crs=4490)
        before = time.perf_counter()
        found = siting.check(
            site, onemap, books, as_of=as_of, facility_type=kind, nature="new" if kind else None
        ).findings
        spent.append(time.perf_counter() - before)
        counted = found[~found["reference"] & (found["status"] != "not_applicable")]
        columns = (counted[name] for name in ("rulebook", "clause_id", "status", "tentative"))
        expected: dict[tuple[str, str], int] = {}
        for book, clause, status, tentative in zip(*columns):
            if (book, clause) not in left:
                expected[book, clause] = max(
                    expected.get((book, clause), 0), _STATE[status] - (1 if tentative else 0)
                )
        got = {
            (one.rulebook, one.clause_id): _STATE[one.status] - (1 if one.tentative else 0)
            for one in probe.at(lon, lat).constraints if (one.rulebook, one.clause_id) not in left
        }  # fmt: skip
        wrong += sum(expected.get(rule) != got.get(rule) for rule in expected.keys() | got.keys())
    return np.array(spent), wrong


def planar(onemap: OneMap, probe: Probe, as_of: date, places: Any) -> Any:
    """Do it as one would with geopandas: planar buffers drawn beforehand, joined to the site one by one."""
    made: dict[Any, tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]] = {}
    for _, clause in probe.rules:
        for one in clause.relations():
            frame = (
                onemap.in_force(one.layer, as_of)
                if one.layer and one.verb in ("inside", "overlap", "within")
                else None
            )
            metres = one.lengths["distance"].resolve({}) if one.verb == "within" else 0.0
            if frame is None or (one.layer, one.filter, metres) in made:
                continue
            zones = frame[evaluate(one.filter, frame) != NO].to_crs(_FRAME)
            drawn = zones.set_geometry(zones.buffer(metres)) if metres else zones
            _ = drawn.sindex
            made[one.layer, one.filter, metres] = zones, drawn
    spent = []
    for lon, lat in places:
        before = time.perf_counter()
        site = gpd.GeoDataFrame({"site_id": ["1"]}, geometry=[shapely.Point(lon, lat)], crs=4490).to_crs(
            _FRAME
        )
        for zones, drawn in made.values():
            hit = gpd.sjoin(site, drawn[["geometry"]], predicate="intersects")
            if len(hit):
                zones.loc[hit["index_right"].unique()].distance(site.geometry.iloc[0]).min()
        spent.append(time.perf_counter() - before)
    return np.array(spent)


def table_line(books: str, kind: str | None, row: dict[str, Any]) -> str:
    """Return a row of the table."""
    cells = [books, kind or "any", row["rules"], f"{row['zones']:,}", f"{row['build']:.1f}",
             *(f"{row[name]:.1f}" for name in ("p50", "p95", "max"))]  # fmt: skip
    if row["sample"]:
        for spent in (row["whole"], row["flat"]):
            middle = 1000 * float(np.median(spent))
            cells.append(f"{middle:,.0f} (x{middle / row['p50']:,.0f})")
        cells.append("yes" if not row["wrong"] else f"NO: {row['wrong']}")
    else:
        cells += ["", "", ""]
    return f"| {' | '.join(str(cell) for cell in cells)} |"


if __name__ == "__main__":
    raise SystemExit(main())
