"""The siting check over partitions: on one and on two workers of dask, a million sites in chunks, and what is held.

    .venv-engine/bin/python -m envzones.benchmarks.batch [--scale 1] [--json FILE] [--sites N] [--million N]

Every run is a fresh process, scheduler and workers are processes of their own.  Ends with 1 if a partitioned answer
differs from the check of all sites at once in any cell, or that from a truth found without the engine.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .machine import ROOT
from .results import Check, Goal, Part, Result, Row, part_text, write

if TYPE_CHECKING:
    import geopandas as gpd

FOLDER = ROOT / "build" / "bench"
#: The law, which binds everywhere, and a district's plan of few clauses for the million.
LAW, SHORT = "national-henan", "qibin-2023"
ZONES, SITES, MILLION = 20_000, 200_000, 1_000_000
#: So many are checked at once too, and held to the truth.
_HELD = 2_000
_CHUNK, _MILLION_CHUNK = 2_000, 20_000
#: Facility types of the sites, such as the book binds.
_TYPES = {LAW: ("mine", "livestock_farm"), SHORT: ("industry", "charging_station")}
#: A national run: sites, workers, and clauses of the law and of a city's plan.
NATION, WORKERS, CLAUSES = 3_600_000, 16, 173
FLAT_MB = 200.0
_LIMIT_S = 6 * 3600

ABOUT = """\
A made city map of 20,000 zones in the layers that the law names, as a GeoPackage, and made sites (points of two
facility types) in another; every siting clause of the book is answered for every site, and every row written as
GeoParquet.  Seconds run from the call to the last file, the look over all ids before and the fingerprints of inputs
included; starting the scheduler and the workers is not.  Peaks are of each process.  At a scale of s the sites are
s squared times as many.  Two workers on a machine of two cores share them with the scheduler and the client."""


def sites(count: int, kinds: Sequence[str], seed: int = 7) -> gpd.GeoDataFrame:
    """Make candidate sites, EPSG:4490: places inside the made city, of a facility type each, all new."""
    import geopandas as gpd

    from .probe_made import CITY

    rng = np.random.default_rng([seed, count])
    place = np.round(rng.uniform(CITY[:2], CITY[2:], (count, 2)), 9)
    return gpd.GeoDataFrame(
        {
            "site_id": [f"S{k}" for k in range(count)],
            "facility_type": np.array(kinds, dtype=object)[rng.integers(0, len(kinds), count)], "nature": "new",
        },
        geometry=shapely.points(place), crs="EPSG:4490",
    )  # fmt: skip


def made_map(folder: Path) -> Path:
    """Write the made map as a GeoPackage, once."""
    path = folder / "map.gpkg"
    if not path.is_file():
        frames, coverage = _frames()
        temporary = folder / "made.gpkg"
        temporary.unlink(missing_ok=True)
        for name, frame in (*frames.items(), ("layer_coverage", coverage)):
            frame.to_file(temporary, layer=name, driver="GPKG")
        with sqlite3.connect(temporary) as connection:
            connection.execute("CREATE TABLE envzones_meta (key TEXT PRIMARY KEY, value TEXT)")
        connection.close()
        temporary.replace(path)
    return path


def _frames() -> tuple[dict[str, gpd.GeoDataFrame], gpd.GeoDataFrame]:
    from ..plugin.engine.catalog import load_catalog
    from ..plugin.engine.clauses.book import load_books
    from .probe_made import city

    return city(load_books([LAW, SHORT]), load_catalog(), ZONES, 7, "419001")


def made_sites(folder: Path, count: int, book: str) -> Path:
    """Write made sites as a GeoPackage, once."""
    path = folder / f"sites-{book}-{count}.gpkg"
    if not path.is_file():
        temporary = folder / "made-sites.gpkg"
        temporary.unlink(missing_ok=True)
        sites(count, _TYPES[book]).to_file(temporary, driver="GPKG")
        temporary.replace(path)
    return path


def out_of(folder: Path) -> Path:
    """Return where this process has answers written: two runs of the benchmark may share the data, not the answers."""
    return folder / f"out-{os.getpid()}"


def run(folder: Path, count: int, book: str, workers: int, chunk: int) -> dict[str, Any]:
    """Check made sites in a fresh process, and return what it told; the answer stays in :func:`out_of`."""
    out = out_of(folder)
    shutil.rmtree(out, ignore_errors=True)
    command = [
        sys.executable, "-m", "envzones.benchmarks.batch_task", "--sites", made_sites(folder, count, book), "--map",
        made_map(folder), "--out", out, "--book", book, "--workers", workers, "--chunk", chunk,
    ]  # fmt: skip
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, encoding="utf-8", check=False, timeout=_LIMIT_S
    )
    if done.returncode:
        raise RuntimeError(f"{book}, {count} sites, {workers} workers: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def held(folder: Path, count: int, book: str) -> list[Check]:
    """Compare the partitions with the check of all sites at once, and that with the truth of :mod:`.siting_truth`."""
    import geopandas as gpd
    import pandas as pd

    from ..plugin.engine import siting
    from ..plugin.engine.batch_parts import TABLES
    from ..plugin.engine.clauses.book import load_books
    from ..plugin.engine.findings import table
    from ..plugin.engine.onemap import OneMap, read_file
    from .probe import day
    from .siting_check import judged, measured

    books = load_books([book])
    made = read_file(made_sites(folder, count, book))
    whole = siting.check(made, OneMap.open(made_map(folder)), books, as_of=day(books))
    differ, rows = [], 0
    for name, frame in (("finding", whole.findings), ("verdict", whole.verdicts), ("unit", whole.units)):
        place = pd.Index(whole.verdicts["site_id"]).get_indexer(frame["site_id"])
        want = frame.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)
        got = table(gpd.read_parquet(out_of(folder) / name), TABLES[name])
        shapes = [shapely.to_wkb(np.asarray(one.geometry.array)).tolist() for one in (got, want)]
        plain = [pd.DataFrame(one.drop(columns="geometry")) for one in (got, want)]
        rows += len(want)
        if shapes[0] != shapes[1] or not plain[0].equals(plain[1]):
            differ.append(name)
    checks = [
        Check(
            "partitions hold the rows of the check of all sites at once, to the last bit", not differ,
            f"{count:,} sites, {rows:,} rows" + (f"; differ: {', '.join(differ)}" if differ else ""),
        )
    ]
    frames = _frames()[0]
    for one in (judged(whole.findings, made, frames, books), measured(whole.findings, made, frames)):
        checks.append(Check(one["what"], one["ok"], one["detail"]))
    return checks


def measure(folder: Path, count: int, million: int, repeat: int) -> Result:
    """Run everything; `count` sites on one and two workers, `million` in chunks."""
    rows: list[Row] = []
    run(folder, _HELD, LAW, 2, max(_HELD // 7, 1))
    checks = held(folder, _HELD, LAW)
    task = f"{count:,} sites, every clause of the law"
    found: dict[int, list[dict[str, Any]]] = {1: [], 2: []}
    for _ in range(repeat):
        for workers in found:
            found[workers].append(run(folder, count, LAW, workers, min(_CHUNK, max(count // 8, 1))))
    one = f"{task} ({found[1][0]['clauses']})"
    base = [told["seconds"] for told in found[1]]
    for workers, told in found.items():
        seconds = tuple(one_run["seconds"] for one_run in told)
        who = f"dask, {workers} worker{'s' if workers > 1 else ''}"
        most = max(told, key=lambda one_run: max(one_run["held_mb"].values()))["held_mb"]
        rows.append(
            Row(
                one, who, seconds, max(most.values()), float(np.median(seconds) / np.median(base)), "dask, 1 worker",
                "peaks " + ", ".join(f"{name} {mb:.0f} MB" for name, mb in most.items())
                + f"; {told[0]['findings']:,} findings, {told[0]['disk_mb']:.0f} MB on disk",
            )
        )  # fmt: skip
    chunk = min(_MILLION_CHUNK, max(million // 20, 1))
    part = run(folder, max(million // 10, 1), SHORT, 0, chunk)
    all_ = run(folder, million, SHORT, 0, chunk)
    for told in (part, all_):
        rows.append(
            Row(
                f"{told['sites']:,} sites in chunks of {chunk:,}, {told['clauses']} clauses", "chunks, 1 process",
                (told["seconds"],), max(told["held_mb"].values()),
                note=f"{told['findings']:,} findings in {told['partitions']} partitions, {told['disk_mb']:.0f} MB on disk",
            )
        )  # fmt: skip
    grown = max(all_["held_mb"].values()) - max(part["held_mb"].values())
    two = float(np.median([told["seconds"] for told in found[2]]))
    goals = [
        Goal("two workers: at most 0.65 x the time of one", two / float(np.median(base)), 0.65, words="wall clock"),
        Goal("memory of a million sites: at most 200 MB above a tenth of them", grown, FLAT_MB, words="peak of the process"),
    ]
    return Result(
        "batch", "The check in partitions", ABOUT.replace("\n", " "), tuple(rows), tuple(checks), tuple(goals),
        (_estimate(found[1]),), _versions(),
    )  # fmt: skip


def _estimate(runs: list[dict[str, Any]]) -> str:
    """Say what a run of the nation's sources would take, with its arithmetic."""
    told = runs[0]
    asked = told["sites"] * told["clauses"]
    each, answers = float(np.sum(told["inside"])) / asked, NATION * CLAUSES
    hours, disk = answers * each / WORKERS / 3600, answers * told["disk_mb"] / asked / 1000
    return (
        f"estimate: {NATION:,} sites x {CLAUSES} clauses x {each * 1e6:.1f} µs (one worker, measured)"
        f" / {WORKERS} workers = {hours:.1f} h, and {disk:.0f} GB of GeoParquet"
    )


def _versions() -> dict[str, str]:
    import dask
    import distributed
    import pyarrow

    return {"dask": dask.__version__, "distributed": distributed.__version__, "pyarrow": pyarrow.__version__,
            "shapely": shapely.__version__}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--peers", default="all", help="there are none")
    parser.add_argument("--sites", type=int, help="on one and two workers (default: 200,000 x scale squared)")
    parser.add_argument("--million", type=int, help="in chunks (default: 1,000,000 x scale squared)")
    parser.add_argument("--repeat", type=int, default=1, help="of the runs on workers")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    share = options.scale**2
    count, million = options.sites or round(SITES * share), options.million or round(MILLION * share)
    folder = FOLDER / "batch"
    folder.mkdir(parents=True, exist_ok=True)
    result = measure(folder, count, million, options.repeat)
    shutil.rmtree(out_of(folder), ignore_errors=True)
    if options.json:
        write(options.json, result)
    print(part_text(Part(result.name, result.title, result=result)))
    return 1 if result.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
