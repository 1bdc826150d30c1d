"""The suitable area of a county with 20,000 zones against two rulebooks, beside plain geopandas.

    .venv-engine/bin/python -m envzones.benchmarks.suitable [--scale 1] [--runs 3] [--peers none] [--json FILE]

The peer does what one would by hand: for each relation of each clause that binds, the zones projected to EPSG:4547,
buffered, dissolved, and their union taken from the county; it knows no verdicts, no doubts and no true metres.  Places
all over the county are judged by the siting check, and each must have the verdict of the piece that holds it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from .results import Check, Goal, Result, Row, part_text, ratios, write
from .results import Part as Shown

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / ".ci"))
import environment  # noqa: E402 - the project's own, beside its build scripts

_LIMIT_S = 1800
_ABOUT = (
    "A made county of 45 by 45 km with zones on every layer that the two rulebooks ask for (jiyuan-2018, national-henan),"
    " cut into the pieces where a livestock farm may go, may on conditions, may not, or cannot be told; from frames in memory"
    " to the pieces, each time in a fresh process. The raster is burnt block by block from the pieces, judged at cells' centres."
)
TASK, RASTER = "a county's pieces", "the raster"


def main() -> int:
    """Time the pieces and the raster, and hold places to the siting check."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--scale", type=float, default=1.0, help="1: 20,000 zones")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--places", type=int, default=400, help="how many are judged by the siting check")
    parser.add_argument("--peers", default="all", help="none: ours alone")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    ours = [task("ours", options) for _ in range(options.runs)]
    rows = [Row(TASK, "ours", tuple(run["seconds"] for run in ours), max(run["peak_mb"] for run in ours),
                note=f"{ours[0]['pieces']:,} pieces of {ours[0]['zones']:,} zones")]  # fmt: skip
    if options.peers != "none":
        peer = task("geopandas", options)
        rows.append(Row(TASK, "geopandas, EPSG:4547", (peer["seconds"],), peer["peak_mb"], note="allowed or not, nothing else"))
    judged = task("judged", options)
    rasters = {cell: task("raster", options, "--cell", str(cell)) for cell in (30.0, 15.0)}
    rows += [
        Row(f"{RASTER} at {cell:g} m", "ours", (run["seconds"],), run["peak_mb"], note=f"{run['cells']:,} cells")
        for cell, run in rasters.items()
    ]
    checks = (
        Check("a place has the verdict of the piece that holds it", judged["wrong"] == 0 and judged["judged"] > 0,
              f"{judged['judged']} places, {judged['wrong']} otherwise, {judged['edge']} within a metre of an edge left out"),
        Check("a cell has the verdict of the piece at its centre", all(run["wrong"] == 0 for run in rasters.values()),
              f"{sum(run['asked'] for run in rasters.values())} cells"),
    )  # fmt: skip
    median = rows[0].median
    goals = (
        Goal("a county with 20,000 zones: under 20 s", median if options.scale == 1 else None, 20.0, "<",
             words="" if options.scale == 1 else f"run at {options.scale:g} of the zones"),
        Goal("the raster's peak memory at four times the cells: at most 1.1 x",
             rasters[15.0]["peak_mb"] / rasters[30.0]["peak_mb"], 1.1, "<="),
    )  # fmt: skip
    result = Result("suitable", "Suitable area of a county", _ABOUT, ratios(rows, "ours"), checks, goals,
                    profile=tuple(ours[0]["profile"]))  # fmt: skip
    print(part_text(Shown("suitable", result.title, result=result)))
    if options.json:
        write(options.json, result)
    return 1 if result.wrong else 0


def task(one: str, options: argparse.Namespace, *more: str) -> dict[str, Any]:
    """Run one side in a fresh process."""
    print(f"suitable: {one} {' '.join(more)}", file=sys.stderr)
    done = subprocess.run(
        [str(ROOT / ".venv-engine" / "bin" / "python"), "-m", "envzones.benchmarks.suitable_task", one,
         "--scale", str(options.scale), "--places", str(options.places), *more], cwd=ROOT, env=environment.plain(),
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=_LIMIT_S,
    )  # fmt: skip
    try:
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, json.JSONDecodeError):
        raise SystemExit(done.stderr[-2000:] or f"{one} failed") from None


if __name__ == "__main__":
    sys.exit(main())
