"""From a layer in QGIS to a frame and back, beside bare PyQGIS over the same features.

    .venv-engine/bin/python -m envzones.benchmarks.bridge [--scale 1] [--runs 5] [--peers none] [--json FILE]

200,000 points and 200,000 polygons of 50 vertices, each with ten attributes, in a GeoPackage.  The peers are the least
that a plugin without a bridge would do: a loop over the features that takes the geometry as WKB, and the same with the
attributes, which stays short of a frame.  Both roads of ours are timed, and their frames must be the same cell by cell.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from . import province_made
from .results import Check, Goal, Result, Row, part_text, ratios, write
from .results import Part as Shown

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / ".ci"))
import environment  # noqa: E402 - the project's own, beside its build scripts

_LIMIT_S = 1800
BARE = "PyQGIS, WKB alone"
WHO = {
    "column": "ours", "feature": "ours, feature by feature", "bare": BARE, "attributes": "PyQGIS, WKB and attributes",
    "sink": "ours, into a layer", "features": "PyQGIS, features made one by one",
}  # fmt: skip
_READ, _WRITE = ("column", "feature", "bare", "attributes"), ("sink", "features")
_ABOUT = (
    "A layer of a GeoPackage with ten attributes becomes a GeoDataFrame, in QGIS's Python; ours with all attributes and"
    " geometries of shapely, the peers no more than a list of WKB (and of attribute lists). Writing fills a memory layer"
    " from the frame. Every time is of a fresh process; imports, opening the layer and reading it once beforehand are not"
    " counted."
)


def main() -> int:
    """Make the layers, time all roads in turn, compare the frames."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--scale", type=float, default=1.0, help="1: 200,000 features of each kind")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", default="all", help="none: ours alone")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows: list[Row] = []
    checks: list[Check] = []
    goals: list[Goal] = []
    for kind in ("points", "polygons"):
        path = made(kind, options.scale)
        wanted = [one for one in (*_READ, *_WRITE) if options.peers != "none" or one in ("column", "feature", "sink")]
        runs: dict[str, list[dict[str, Any]]] = {one: [] for one in wanted}
        for _ in range(options.runs):
            for one in wanted:
                runs[one].append(task(one, path))
        found = {one: _row(kind, one, several) for one, several in runs.items()}
        rows += ratios([found[one] for one in _READ if one in found], BARE)
        rows += ratios([found[one] for one in _WRITE if one in found], WHO["features"])
        digests = {one: {run["digest"] for run in runs[one]} for one in ("column", "feature")}
        same = len(digests["column"] | digests["feature"]) == 1
        count = runs["column"][0]["count"]
        checks.append(Check(f"{kind}: both roads give the same frame", same, f"{count:,} rows, every cell and shape"))
        if "sink" in runs:
            back = {run["digest"] for run in runs["sink"]}
            checks.append(Check(f"{kind}: what is written is what was read", len(back) == 1 and same and all(
                run["same"] for run in runs["sink"]), "read back from the layer"))  # fmt: skip
        if "bare" in found:
            figure = found["column"].median / found["bare"].median
            goals.append(Goal(f"reading {kind}: at most 1.3 x bare PyQGIS WKB iteration", figure, 1.3, "<="))
    result = Result("bridge", "Reading and writing in QGIS", _ABOUT, tuple(rows), tuple(checks), tuple(goals))
    print(part_text(Shown("bridge", result.title, result=result)))
    if options.json:
        write(options.json, result)
    return 1 if result.wrong else 0


def _row(kind: str, one: str, runs: list[dict[str, Any]]) -> Row:
    verb = "written" if one in _WRITE else "read"
    return Row(
        f"{kind} {verb}", WHO[one], tuple(run["seconds"] for run in runs), max(run["peak_mb"] for run in runs)
    )


def made(kind: str, scale: float) -> Path:
    """Return a GeoPackage of points or polygons with ten attributes, made if it is not there."""
    import geopandas as gpd
    import shapely

    path = ROOT / "build" / "bench" / f"bridge-{kind}-{scale:g}.gpkg"
    if path.exists():
        return path
    province = province_made.make(scale)
    shapes = shapely.points(province.points) if kind == "points" else province.polygons
    rng, n = np.random.default_rng(province_made.SEED), len(shapes)
    levels = np.array(["一级", "二级", "准", None], dtype=object)
    frame = gpd.GeoDataFrame(
        {
            "uid": [f"zone-{k:06d}" for k in range(n)],
            "name": [f"第{k}号水源保护区" for k in range(n)],
            "level": rng.choice(levels, n),
            "department": np.full(n, "市生态环境局", dtype=object),
            "population": rng.integers(0, 100_000, n),
            "area_m2": rng.lognormal(12, 1, n),
            "accuracy_m": np.where(rng.random(n) < 0.3, np.nan, 5.0),
            "included": rng.random(n) < 0.5,
            "valid_from": np.datetime64("2000-01-01") + rng.integers(0, 8000, n).astype("timedelta64[D]"),
            "note": rng.choice(np.array([None, "待核实", "示意"], dtype=object), n),
        },
        geometry=shapes, crs="EPSG:4490",
    )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part.gpkg")
    partial.unlink(missing_ok=True)
    frame.to_file(partial, driver="GPKG", layer="sites", VERSION="1.2")
    partial.rename(path)
    return path


def task(one: str, path: Path) -> dict[str, Any]:
    """Run one road in a fresh QGIS Python."""
    print(f"{path.stem}: {WHO[one]}", file=sys.stderr)
    done = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "python"), "-m", "envzones.benchmarks.bridge_qgis", one, str(path)], cwd=ROOT,
        env=environment.qgis(), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=_LIMIT_S,
    )  # fmt: skip
    try:
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, json.JSONDecodeError):
        raise SystemExit(done.stderr[-2000:] or f"{one} failed") from None


if __name__ == "__main__":
    sys.exit(main())
