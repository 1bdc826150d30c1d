"""100,000 zones validated: ours beside QGIS's check of validity and its topology checker, on the same file.

    .venv-engine/bin/python -m envzones.benchmarks.quality [--scale 0.1] [--peers qgis | none]

Makes the zones, lets each answer in a fresh process, and writes `quality-SCALE.md` to build/bench.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from . import quality_made
from .results import Check, Result, Row, ratios, write

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / ".ci"))
import environment  # noqa: E402 - the project's own, beside its build scripts

_LIMIT_S = 3600
OURS = "ours"
_ABOUT = (
    "From a GeoPackage of zones to what is wrong in them, each answer in a fresh process, reading included. Ours is timed three"
    " times over: all checks of `onemap validate`, the shapes alone, the overlaps of every pair alone. The peers are"
    " `qgis:checkvalidity` with the GEOS method, and the loop of QGIS's topology checker with the same C++ classes."
)


def main() -> int:
    """Make the zones, run everybody, compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3, help="of ours; the median counts")
    parser.add_argument("--peers", choices=("all", "qgis", "none"), default="qgis")
    parser.add_argument("--json", type=Path, help="write the result as every benchmark writes it")
    options = parser.parse_args()
    folder = ROOT / "build" / "bench" / "quality"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"zones-{options.scale:g}.gpkg"
    path.unlink(missing_ok=True)
    print("making the zones", file=sys.stderr)
    made = quality_made.make(options.scale, options.seed)
    quality_made.write(made, path)
    vertices = int(shapely.get_num_coordinates(made.geometry).sum())
    world = f"{len(made.geometry):,} zones, {vertices:,} vertices."
    lines = [world, ""]

    def ours(*flags: str) -> dict[str, Any]:
        runs = [child("quality_ours", path, folder / "ours.json", *flags) for _ in range(options.runs)]
        answer = json.loads((folder / "ours.json").read_text(encoding="utf-8"))
        for name in runs[0]["seconds"]:
            answer[name] = statistics.median(run["seconds"][name] for run in runs)
        answer["peak_mb"] = max(run["peak_mb"] for run in runs)
        answer["together"] = [sum(run["seconds"][name] for name in ("read", "check")) for run in runs]
        return answer

    whole, shape, pairs = ours(), ours("--only", "shape"), ours("--only", "overlap")
    lines += [
        "| task | who | read s | check s | together s | ours = 1 | peak MB |", "|---|---|---|---|---|---|---|",
        line("all checks", "ours", whole), line("validity", "ours", shape), line("overlaps", "ours", pairs),
    ]  # fmt: skip
    faults = planted(made, whole)
    found = [*map(sentence, faults), ""]
    rows = [
        Row("all checks", OURS, tuple(whole["together"]), whole["peak_mb"]),
        Row("validity", OURS, tuple(shape["together"]), shape["peak_mb"]),
        Row("overlaps", OURS, tuple(pairs["together"]), pairs["peak_mb"]),
    ]
    if options.peers != "none":
        theirs, both = {}, 0.0
        for peer, own in (("validity", shape), ("overlaps", pairs)):
            run = child("quality_qgis", peer, path, folder / f"{peer}.json", qgis=True)
            theirs[peer] = json.loads((folder / f"{peer}.json").read_text(encoding="utf-8"))
            name = "qgis:checkvalidity (GEOS)" if peer == "validity" else "topology checker's loop"
            total = run["seconds"]["read and check"]
            ratio = total / (own["read"] + own["check"])
            lines.append(f"| {peer} | {name} | | | {total:.1f} | {ratio:.1f} | {run['peak_mb']:.0f} |")
            rows.append(Row(peer, name, (total,), run["peak_mb"], note="once"))
            both += total
        everything = both / (whole["read"] + whole["check"])
        lines.append(f"| both | the two, beside all our checks | | | {both:.1f} | {everything:.1f} | |")
        rows.append(Row("all checks", "QGIS's two, validity and overlaps alone", (both,), note="once"))
        same = set(theirs["validity"]["invalid"]) == set(whole["invalid"]) == set(shape["invalid"])
        faults.append(
            Check(
                "the same features are invalid for QGIS", same,
                f"QGIS {len(theirs['validity']['invalid'])}, ours {len(whole['invalid'])}",
            )
        )  # fmt: skip
        missed, said = compare(theirs["overlaps"]["pairs"], pairs["pairs"])
        faults.append(Check("no overlapping pair of the topology checker's above 1 m2 is missed", not missed, said))
        found += map(sentence, faults[-2:])
    else:
        rows += [Row(task, "QGIS", note="left out") for task in ("validity", "overlaps")]
    text = "\n".join([*lines, "", *found, ""])
    print(text)
    (ROOT / "build" / "bench" / f"quality-{options.scale:g}.md").write_text(text, encoding="utf-8")
    result = Result("quality", "Validation of zones", f"{world} {_ABOUT}", ratios(rows, OURS), tuple(faults))
    if options.json:
        write(options.json, result)
    return 1 if result.wrong else 0


def child(module: str, *arguments: Any, qgis: bool = False) -> dict[str, Any]:
    """Run one task in a fresh process; its last line is its answer."""
    print(f"{module} {' '.join(map(str, arguments[2:])) or arguments[0]}", file=sys.stderr)
    python = ROOT / (".venv" if qgis else ".venv-engine") / "bin" / "python"
    done = subprocess.run(
        [str(python), "-m", f"envzones.benchmarks.{module}", *map(str, arguments)], cwd=ROOT,
        env=environment.qgis() if qgis else environment.plain(), capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, timeout=_LIMIT_S,
    )  # fmt: skip
    try:
        # QGIS's Python may crash on leaving, when all is said and written.
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, json.JSONDecodeError):
        raise SystemExit(done.stderr[-2000:] or f"{module} failed") from None


def line(task: str, who: str, run: dict[str, Any]) -> str:
    """One row of the table."""
    together = run["read"] + run["check"]
    return f"| {task} | {who} | {run['read']:.1f} | {run['check']:.1f} | {together:.1f} | 1 | {run['peak_mb']:.0f} |"


def sentence(check: Check) -> str:
    """A check as a line of text."""
    return f"{check.what}: {'yes' if check.ok else 'NO'} ({check.detail})."


def planted(made: quality_made.Made, whole: dict[str, Any]) -> list[Check]:
    """Whether the planted faults were found."""
    by_row: dict[str, set[str]] = {}
    for code, uid, other in whole["rows"]:
        for one in (uid, other):
            if one:
                by_row.setdefault(one, set()).add(code)
    truth = {f"Z{k:06d}" for k in np.flatnonzero(~shapely.is_valid(made.geometry))}
    out = [
        Check(
            "the same features are invalid for shapely, asked one by one", truth == set(whole["invalid"]),
            f"shapely {len(truth)}, ours {len(whole['invalid'])}",
        )
    ]  # fmt: skip
    due = {
        "shifted": {"overlap", "overlap_sliver", "gap", "not_nested", "nesting_gap", "nesting_overlap"},
        "shrunk": {"gap", "nesting_gap"}, "copied": {"duplicate_row", "same_geometry", "self_crossing"},
    }  # fmt: skip
    # A lone zone that is moved or shrunk breaks nothing: only those with a neighbour or a level inside can be seen.
    for name, codes in due.items():
        rows = made.spoilt[name]
        tied = rows if name == "copied" else rows[np.char.startswith(made.source[rows], "M")]
        hit = sum(bool(by_row.get(f"Z{k:06d}", set()) & codes) for k in tied)
        out.append(Check(f"every zone that was {name} is found", hit == len(tied), f"planted {len(tied)}, found {hit}"))
    return out


def compare(theirs: list[list[Any]], ours: list[list[Any]]) -> tuple[int, str]:
    """How many overlapping pairs ours misses, and how they compare: theirs leave out a zone within another, ours
    what is below 1 m2."""
    theirs_by = {frozenset(pair[:2]): pair[2] * 1.015e10 for pair in theirs}  # m2 in a square degree at 35 N
    ours_by = {frozenset(pair[:2]): pair[2] for pair in ours}
    large = {pair for pair, area in theirs_by.items() if area > 1.05}
    missed = large - set(ours_by)
    return len(missed), (
        f"the checker {len(theirs_by)}, of them {len(large)} above 1 m2; ours {len(ours_by)} above"
        f" 1 m2; of theirs above 1 m2 ours misses {len(missed)}; ours alone: {len(set(ours_by) - set(theirs_by))}"
        " (zones within zones, which the checker does not count)"
    )


if __name__ == "__main__":
    raise SystemExit(main())
