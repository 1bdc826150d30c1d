"""A million rows of CSV into a map: ours beside ogr2ogr, on the same file in the same run.

    .venv-engine/bin/python -m envzones.benchmarks.import_csv [--scale 0.1] [--runs 3]

Ours reads, checks every cell against the layer, gives each row a stable id, keeps the columns that match no field, and
writes rows, spatial index and an audit entry for each; ogr2ogr writes rows and spatial index.  Ours and theirs take turns;
both files' coordinates and names are compared.  Writes `import-SCALE.md` to build/bench.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from .results import Check, Result, Row, ratios, write

ROOT = Path(__file__).resolve().parent.parent
ROWS = 1_000_000
LAYER = "pollution_source"
_ABOUT = (
    "From one CSV to points in a GeoPackage, in turns on the same file. Ours reads, checks every cell against the layer, gives"
    " each row a stable id, keeps the columns that match no field, and writes rows, spatial index and an audit entry for each;"
    " ogr2ogr writes rows and spatial index."
)


def main() -> int:
    """Make the file, run both, compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--runs", type=int, default=3, help="of each; the medians count")
    parser.add_argument("--json", type=Path, help="write the result as every benchmark writes it")
    parser.add_argument("--own", type=Path, metavar="MAP", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = ROOT / "build" / "bench" / "import"
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"rows-{options.scale:g}.csv"
    if options.own:
        return own(source, options.own)
    if shutil.which("ogr2ogr") is None:
        print("ogr2ogr is missing; install gdal-bin (make setup)", file=sys.stderr)
        return 2
    n = round(ROWS * options.scale)
    make(source, n)
    ours, theirs, peaks, their_peaks = [], [], [], []
    for turn in range(options.runs):
        print(f"turn {turn + 1} of {options.runs}", file=sys.stderr)
        target = folder / "theirs.gpkg"
        target.unlink(missing_ok=True)
        begun = time.perf_counter()
        held = peak_of(
            ["ogr2ogr", "-f", "GPKG", str(target), str(source), "-oo", "X_POSSIBLE_NAMES=经度", "-oo", "Y_POSSIBLE_NAMES=纬度",
             "-a_srs", "EPSG:4490"],
        )  # fmt: skip
        theirs.append(time.perf_counter() - begun)
        their_peaks.append(held)
        done = subprocess.run(
            [sys.executable, "-m", "envzones.benchmarks.import_csv", "--scale", str(options.scale), "--own", str(folder / "ours.gpkg")],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        told = json.loads(done.stdout)
        ours.append(told["seconds"])
        peaks.append(told["peak_mb"])
    check = compare(folder / "ours.gpkg", folder / "theirs.gpkg", source)
    turns = [a / b for a, b in zip(ours, theirs)]
    lines = [
        f"{n:,} rows, {source.stat().st_size / 1e6:.0f} MB of CSV.", "",
        "| who | seconds (median) | spread | peak MB |", "|---|---|---|---|",
        f"| ogr2ogr -f GPKG | {statistics.median(theirs):.1f} | {min(theirs):.1f}-{max(theirs):.1f} | {max(their_peaks):.0f} |",
        f"| envzones onemap import | {statistics.median(ours):.1f} | {min(ours):.1f}-{max(ours):.1f} | {max(peaks):.0f} |",
        "", f"Ours / ogr2ogr, turn by turn: median {statistics.median(turns):.2f} ({min(turns):.2f}-{max(turns):.2f}).",
        f"{check.what}: {'yes' if check.ok else 'NO'}; {check.detail}.",
    ]  # fmt: skip
    text = "\n".join([*lines, ""])
    print(text)
    (ROOT / "build" / "bench" / f"import-{options.scale:g}.md").write_text(text, encoding="utf-8")
    if options.json:
        task = f"{n:,} rows of CSV into a GeoPackage"
        rows = (Row(task, "ours", tuple(ours), max(peaks)), Row(task, "ogr2ogr", tuple(theirs), max(their_peaks), note="no checks, no audit"))
        write(options.json, Result("import_csv", "Import of a table", _ABOUT, ratios(rows, "ogr2ogr"), (check,)))
    return 0 if check.ok else 1


def peak_of(command: list[str]) -> float:
    """Run a program and return its highest resident memory in megabytes.

    Raises
    ------
    CalledProcessError
        If it fails.
    """
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    # The process object would look for a child that is gone.
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_maxrss / 1024


def make(path: Path, n: int) -> None:
    """Write the rows: name, longitude, latitude and five more columns."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({
        "企业名称": [f"示例企业{k}" for k in range(n)], "经度": np.round(111.9 + rng.random(n) * 0.9, 7),
        "纬度": np.round(34.8 + rng.random(n) * 0.5, 7), "行业": rng.choice(["化工", "建材", "造纸", "电镀"], n),
        "电话": [f"0391-{6000000 + k % 900000}" for k in range(n)], "年份": rng.integers(2000, 2024, n),
        "排放量": np.round(rng.random(n) * 100, 3), "备注": rng.choice(["", "正常", "停产"], n),
    })  # fmt: skip
    frame.to_csv(path, index=False, encoding="utf-8")


def own(source: Path, target: Path) -> int:
    """Import in this process, and print seconds and peak memory; the empty map is made before the clock starts."""
    import resource

    from ..plugin.engine.catalog import load_catalog
    from ..plugin.engine.exchange import mapping, read
    from ..plugin.engine.exchange.model import CrsChoice, ReadOptions
    from ..plugin.store.load import load
    from ..plugin.store.store import create

    catalog = load_catalog()
    create(target, catalog, overwrite=True)
    begun = time.perf_counter()
    sample = read.read(source, ReadOptions(limit=1000))
    done = load(
        target, LAYER, source, choice=CrsChoice("EPSG:4490"), mapping=mapping.propose(sample, catalog[LAYER]), catalog=catalog
    )
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "loaded": done.loaded}))
    return 0


def compare(ours: Path, theirs: Path, source: Path) -> Check:
    """Check that both hold the same rows at the same places."""

    def rows(path: Path, table: str, name: str, geometry: str) -> pd.DataFrame:
        with sqlite3.connect(path) as one:
            # A point's blob ends with its two ordinates.
            found = one.execute(f'SELECT "{name}", substr("{geometry}", -16) FROM "{table}" ORDER BY fid').fetchall()  # nosec B608
        return pd.DataFrame(found, columns=["name", "place"])

    mine, its = rows(ours, LAYER, "name", "geom"), rows(theirs, source.stem, "企业名称", "geom")
    same = len(mine) == len(its) and bool((mine == its).to_numpy().all())
    with sqlite3.connect(ours) as one:
        (trail,) = one.execute("SELECT count(*) FROM envzones_audit").fetchone()
        (index,) = one.execute("SELECT rtreecheck(?)", (f"rtree_{LAYER}_geom",)).fetchone()
    detail = (
        f"{len(mine):,} rows; audit entries {trail:,}; spatial index {index};"
        f" files {os.path.getsize(ours) / 1e6:.0f} and {os.path.getsize(theirs) / 1e6:.0f} MB"
    )
    return Check("rows, names and coordinates are those of ogr2ogr", same and index == "ok", detail)


if __name__ == "__main__":
    raise SystemExit(main())
