"""1,000 river sections on 100,000 reaches: ours beside QGIS's own chain and pgRouting, scored against the truth.

    .venv-engine/bin/python -m envzones.benchmarks.river [--scale 0.1] [--peers qgis,pgrouting | none]

Makes the province (or loads it from an earlier run), lets each system answer in fresh processes, and writes
`river-SCALE.md` and `river-SCALE.json` to build/bench.  Every time is a wall time on this machine in this run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pickle  # of files this program wrote itself
import shutil
import statistics
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from . import river_truth, rivers_made
from .results import write
from .river_ours import STAGES
from .river_result import result_of
from .river_score import Answer, damage_on, errors_of, silent, site_errors

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / ".ci"))
import environment  # noqa: E402 - the project's own, beside its build scripts

_PEERS = ("qgis", "pgrouting")
_LIMIT_S = 3600


class World:
    """The made province with its files and its truth, kept between runs while the sources that made it stay."""

    def __init__(self, scale: float, seed: int, folder: Path) -> None:
        sources = b"".join(Path(m.__file__).read_bytes() for m in (rivers_made, river_truth))
        key = hashlib.sha256(sources + f"{scale} {seed}".encode()).hexdigest()[:12]
        self.folder = folder / f"world-{scale:g}-{key}"
        kept = self.folder / "world.pickle"
        if kept.exists():
            self.made, self.spoilt, self.truth = pickle.loads(kept.read_bytes())
            return
        for old in folder.glob(f"world-{scale:g}-*"):
            shutil.rmtree(old)
        say("making the rivers")
        self.made = rivers_made.make(scale, seed)
        self.spoilt = rivers_made.damage(self.made, seed + 1)
        rivers_made.write(self.made, self.spoilt, self.folder)
        say("finding the truth")
        starts = {
            "on": list(zip(self.made.on_reach.tolist(), self.made.on_at.tolist())),
            "off": river_truth.nearest(self.made, self.made.off),
        }
        self.truth = {form: river_truth.truth_of(self.made, places, self.points(form)) for form, places in starts.items()}
        kept.write_bytes(pickle.dumps((self.made, self.spoilt, self.truth)))

    def points(self, form: str) -> Any:
        """The sections' points."""
        return self.made.on if form == "on" else self.made.off

    def file(self, name: str) -> str:
        """Path of one of its layers."""
        return str(self.folder / f"{name}.gpkg")


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)


def child(module: str, *arguments: str, qgis: bool = False) -> dict[str, Any]:
    """Run one task in a fresh process; its last line is its answer, and a failure is told in it."""
    python = ROOT / (".venv" if qgis else ".venv-engine") / "bin" / "python"
    command = [str(python), "-m", f"envzones.benchmarks.{module}", *arguments]
    begun = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=environment.qgis() if qgis else environment.plain(), capture_output=True, text=True,
        check=False, stdin=subprocess.DEVNULL, timeout=_LIMIT_S,
    )  # fmt: skip
    try:
        out = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, json.JSONDecodeError):
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return {"failed": f"{last} (exit {done.returncode})"}
    out["seconds"]["process"] = time.perf_counter() - begun
    return out


def medians(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Median seconds by stage, all of them, and highest memory of several runs; the first one's answer."""
    failed = [run for run in runs if "failed" in run]
    if failed:
        return failed[0]
    out = dict(runs[0])
    out["all"] = {name: [run["seconds"][name] for run in runs] for name in runs[0]["seconds"]}
    out["seconds"] = {name: statistics.median(values) for name, values in out["all"].items()}
    out["peak_mb"] = max(run["peak_mb"] for run in runs)
    return out


def ours(world: World, runs: int, *, qgis: bool) -> dict[str, Any]:
    """All our figures in one Python."""
    where = "QGIS's Python" if qgis else "the engine's venv"
    flag = ["--qgis"] if qgis else []
    out: dict[str, Any] = {}

    def task(name: str, rivers: str, form: str, *more: str) -> dict[str, Any]:
        return child(
            "river_ours", name, "--rivers", world.file(rivers), "--sections", world.file(f"sections_{form}"),
            "--sites", world.file("sites"), *flag, *more, qgis=qgis,
        )  # fmt: skip

    say(f"ours in {where}: whole")
    first = task("whole", "rivers", "off", "--answer")
    out["whole"] = medians([first, *(task("whole", "rivers", "off") for _ in range(runs - 1))])
    say(f"ours in {where}: staged")
    out["staged"] = medians([task("staged", "rivers", "off") for _ in range(runs)])
    say(f"ours in {where}: one section")
    out["one"] = medians([task("one", "rivers", "off") for _ in range(runs)])
    if not qgis:
        say(f"ours in {where}: the damaged twin, and sections exactly on the line")
        out["damaged"] = medians([task("whole", "rivers_damaged", "off", "--answer")])
        out["on"] = medians([task("whole", "rivers", "on", "--answer")])
        out["damaged on"] = medians([task("whole", "rivers_damaged", "on", "--answer")])
    return out


def peer(world: World, name: str) -> dict[str, Any]:
    """A peer on the clean network, and its trace on the damaged one."""
    say(f"{name}: clean")
    base = ["--sections", world.file("sections_off")]
    module, qgis = f"river_{name}", name == "qgis"
    out = {"whole": child(module, "--rivers", world.file("rivers"), *base, "--sites", world.file("sites"), qgis=qgis)}
    say(f"{name}: damaged")
    out["damaged"] = child(module, "--rivers", world.file("rivers_damaged"), *base, qgis=qgis)
    return out


# --------------------------------------------------------------------------------------------------------
# Scores
# --------------------------------------------------------------------------------------------------------


def score(world: World, run: dict[str, Any], form: str) -> dict[str, Any]:
    """Score an answer on the clean network."""
    if "failed" in run:
        return {"failed": run["failed"]}
    answer = Answer.from_json(run["answer"])
    walks, lists = world.truth[form]
    errors = errors_of(answer, walks)
    missed, false = site_errors(answer, lists)
    return {
        "sections": len(walks), "pairs": sum(len(sure) for sure, _ in lists),
        "off by more than 0.1 m": sum(e > 0.1 for e in errors), "off by more than 100 m": sum(e > 100 for e in errors),
        "largest error, m": max(errors), "median error, m": statistics.median(errors),
        "told": sum(bool(answer.told.get(s)) for s in range(len(walks))),
        "silently off by more than 1 m": sum(e > 1 and not answer.told.get(s) for s, e in enumerate(errors)),
        "sites missed": len(missed), "sites false": len(false),
        "worst": sorted(((round(e, 3), s) for s, e in enumerate(errors) if e > 0.1), reverse=True)[:10],
        "missed": sorted(missed)[:10], "false": sorted(false)[:10],
    }  # fmt: skip


def score_damaged(world: World, run: dict[str, Any], clean: dict[str, Any] | None, form: str) -> dict[str, Any]:
    """Score an answer on the damaged twin against the truth of the clean network."""
    if "failed" in run or (clean is not None and "failed" in clean):
        return {"failed": run.get("failed") or (clean or {}).get("failed")}
    answer = Answer.from_json(run["answer"])
    walks, lists = world.truth[form]
    base = Answer.from_json(clean["answer"]) if clean is not None else Answer()
    errors = errors_of(answer, walks)
    quiet = silent(answer, base, walks)
    told = [s for s in range(len(walks)) if answer.told.get(s, set()) - base.told.get(s, set())]
    right = {s for s, e in enumerate(errors) if e <= 1}
    missed, false = site_errors(answer, lists, right) if answer.inside else (None, None)
    return {
        "sections": len(walks), "right": len(right), "right, and warned": len(right & set(told)),
        "off by more than 1 m, and told": len(walks) - len(right) - len(quiet), "off by more than 1 m, silently": len(quiet),
        "off by more than 100 m, silently": sum(errors[s] > 100 for s in quiet),
        "sites missed in right sections": "" if missed is None else len(missed),
        "sites false in right sections": "" if false is None else len(false),
        "silent": [
            {"section": s, "metres": round(errors[s], 2), "damage": damage_on(world.made, world.spoilt, walks[s])}
            for s in sorted(quiet, key=lambda s: -errors[s])[:200]
        ],
        "warned though right": [
            {"section": s, "codes": sorted(answer.told[s] - base.told.get(s, set())),
             "damage": damage_on(world.made, world.spoilt, walks[s])}
            for s in sorted(right & set(told))[:50]
        ],
    }  # fmt: skip


# --------------------------------------------------------------------------------------------------------
# Tables
# --------------------------------------------------------------------------------------------------------


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _table(head: list[str], rows: list[list[Any]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(_cell, row)) + " |" for row in rows])


def report(data: dict[str, Any]) -> str:
    """The tables of a run."""
    out = [f"# River benchmark, {data['date']}", "", data["world"], ""]
    base = data["ours"]["engine"]["whole"].get("seconds", {}).get("whole")
    rows = []
    for name, one in data["systems"].items():
        if "failed" in one:
            rows.append([name, f"not run: {one['failed']}", "", "", ""])
            continue
        seconds = one["seconds"]["whole"]
        rows.append([name, seconds, seconds / base if base else "", one["peak_mb"], one.get("note", "")])
    out += [_table(["from file to list of sites", "s", "ratio to ours", "peak MB", ""], rows), ""]
    pythons = {name: one for name, one in data["ours"].items() if "seconds" in one["staged"]}
    rows = [[stage, *(one["staged"]["seconds"].get(stage, "") for one in pythons.values())] for stage in STAGES]
    for key in ("cold", "warm", "warm, with sites of a city"):
        rows.append([f"one section, {key}", *(one["one"].get("seconds", {}).get(key, "") for one in pythons.values())])
    out += [_table(["ours by stage, s", *pythons], rows), ""]
    for title, key in (("clean network", "scores"), ("damaged twin", "damaged")):
        scores = {name: one for name, one in data[key].items() if "failed" not in one}
        names = [n for n in next(iter(scores.values()), {}) if not isinstance(next(iter(scores.values()))[n], list)]
        out += [_table([title, *scores], [[n, *(one.get(n, "") for one in scores.values())] for n in names]), ""]
    return "\n".join(out)


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="1 a province (default), 0.1 a city")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3, help="of ours; the median counts (default 3)")
    parser.add_argument("--peers", default="all", help="all (default), qgis, pgrouting, or none")
    parser.add_argument("--no-qgis-python", action="store_true", help="leave out our run in QGIS's Python")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--json", type=Path, help="write the result as every benchmark writes it")
    options = parser.parse_args(arguments)
    peers = {"none": [], "all": list(_PEERS)}.get(options.peers, options.peers.split(","))
    unknown = set(peers) - set(_PEERS)
    if unknown:
        parser.error(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(_PEERS)}")
    world = World(options.scale, options.seed, options.folder)
    made = world.made
    data: dict[str, Any] = {
        "date": date.today().isoformat(), "scale": options.scale, "sections": len(made.on), "processors": os.cpu_count(), "runs": options.runs,
        "world": f"{len(made):,} reaches, {made.length.sum() / 1000:,.0f} km, {len(made.coords):,} vertices, Strahler 1-"
                 f"{made.order.max()}; {len(made.on):,} sections; {len(made.sites):,} sites",
    }  # fmt: skip
    data["ours"] = {"engine": ours(world, options.runs, qgis=False)}
    if not options.no_qgis_python:
        data["ours"]["QGIS"] = ours(world, options.runs, qgis=True)
    found = {name: peer(world, name) for name in peers}
    engine = data["ours"]["engine"]
    data["systems"] = {"ours, engine's venv": {**engine["whole"], "note": f"median of {options.runs}"}}
    data["scores"] = {"ours": score(world, engine["whole"], "off"), "ours, on the line": score(world, engine["on"], "on")}
    data["damaged"] = {
        "ours": score_damaged(world, engine["damaged"], engine["whole"], "off"),
        "ours, on the line": score_damaged(world, engine["damaged on"], engine["on"], "on"),
    }
    if "QGIS" in data["ours"]:
        data["systems"]["ours, QGIS's Python"] = {**data["ours"]["QGIS"]["whole"], "note": f"median of {options.runs}"}
        data["scores"]["ours, QGIS's Python"] = score(world, data["ours"]["QGIS"]["whole"], "off")
    for name, title in (("qgis", "QGIS native chain"), ("pgrouting", "pgRouting")):
        if name in found:
            data["systems"][title] = {**found[name]["whole"], "note": "once"}
            data["scores"][title] = score(world, found[name]["whole"], "off")
            data["damaged"][title] = score_damaged(world, found[name]["damaged"], None, "off")
        else:
            data["systems"][title] = {"failed": "left out"}
    options.folder.mkdir(parents=True, exist_ok=True)
    text = report(data)
    for one in (*data["ours"]["engine"].values(), *data["ours"].get("QGIS", {}).values(), *data["systems"].values()):
        one.pop("answer", None)
    target = options.folder / f"river-{options.scale:g}"
    target.with_suffix(".json").write_text(json.dumps(data, indent=1), encoding="utf-8")
    target.with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)
    result = result_of(data)
    if options.json:
        write(options.json, result)
    return 1 if result.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
