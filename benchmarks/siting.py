"""Sites and zones of a whole province: ours beside the bare tree, geopandas, QGIS and PostGIS, held to an oracle.

    .venv-engine/bin/python -m envzones.benchmarks.siting [--scale 0.1] [--peers all | none | tree,qgis] [--long]

Asks for all pairs of 200,000 sites (points, then polygons) and 20,000 zones that meet, or lie within 500 m of each
other.  Every answer is found in a fresh process; ours and the peers take turns; each answer is held to a truth found
without the engine.  Ends with 1 if any answer of ours differs from it.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from . import siting_truth
from .province_made import MILLION, Files
from .results import Check, Goal, Part, Result, Row, number, part_text, table, write
from .siting_task import ASKING, METRES, PROJECTING
from .siting_truth import Truth

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / ".ci"))
import environment  # noqa: E402 - the project's own, beside its build scripts

PEERS = ("tree", "geopandas", "recipe", "qgis", "postgis")
#: In this order: what takes minutes for seconds of ours comes last.
PARTS = ("pairs", "linear", "million", "recipes", "postgis", "check")
TITLES = {
    ("points", "meet"): "points in zones", ("points", "near"): "points within 500 m",
    ("polygons", "meet"): "polygons that meet zones", ("polygons", "near"): "polygons within 500 m",
}  # fmt: skip
#: QGIS's buffers take minutes for a province; the recipes are compared on a city unless a long run is asked for.
CITY = 0.1
OURS, TREE = "ours, 2 threads", "raw STRtree, 1 thread"
GIGABYTE_MB = 1024.0
_LIMIT_S = 3600
#: A whole check that would take longer, by what a tenth of it took, is told and not run; a short run waits for less.
_CHECK_S = 900.0
_CHECK_CHUNK = 1_000

ABOUT = """\
200,000 sites (60 % of them in towns of very different size; as points, and as polygons of 50 vertices) and 20,000
zones of 24 to 1,600 vertices, seeded, EPSG:4490, read from GeoPackage.  A time named without more is from arrays of
geometry in memory to all pairs, everything that is built for it included: for the raw tree the tree and its query on
coordinates projected before (EPSG:4547; for shapes that meet, degrees), for ours, which starts from degrees, its own
images too.  The raw tree is asked both ways round and its quicker way counts.  Reading and the peers' projecting stand
apart; QGIS's algorithms read and project themselves, and PostGIS has loaded, projected and indexed before (and
may use two workers).
The truth comes from numpy and pyproj alone: every pair that the projection puts within 2 % of the threshold is
measured with pyproj.Geod to a millimetre, shapes that meet are found by even-odd counting and crossing edges."""


class Entrant(NamedTuple):
    """One way of answering.

    Attributes
    ----------
    who : str
        As tables name it.
    module, arguments : str, tuple of str
        The program that answers once, in a fresh process.
    qgis : bool
        Whether it runs in QGIS's Python.
    whole : bool
        Whether its time includes reading and projecting.
    """

    who: str
    module: str
    arguments: tuple[str, ...]
    qgis: bool = False
    whole: bool = False


@dataclass
class Outcome:
    """What an entrant's runs gave.

    Attributes
    ----------
    seconds : dict
        Stage -> seconds of each run.
    peak_mb : float
    pairs : int array or None
        The answer of its first run.
    failed : str
        Why it gave none.
    said : dict
        All else its program told.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)
    peak_mb: float = float("nan")
    pairs: Any = None
    failed: str = ""
    said: dict[str, Any] = field(default_factory=dict)

    def median(self, stage: str = "answer") -> float:
        """Median seconds of a stage; nan where it has none."""
        return statistics.median(self.seconds[stage]) if self.seconds.get(stage) else float("nan")

    def together(self, *stages: str) -> list[float]:
        """Seconds of several stages of each run, added."""
        return [sum(run) for run in zip(*(self.seconds[stage] for stage in stages))]


@dataclass
class Report:
    """What a run found, as it is gathered."""

    rows: list[Row] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    profile: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)

    def row(
        self, task: str, who: str, seconds: Sequence[float], peak_mb: float | None = None,
        ratio: float | None = None, of: str = "", note: str = "",
    ) -> None:  # fmt: skip
        """Add a row of a table."""
        peak_mb, ratio = (None if one is None or one != one else one for one in (peak_mb, ratio))
        self.rows.append(Row(task, who, tuple(seconds), peak_mb, ratio, of if ratio else "", note))

    def goal(self, goal: str, figure: float, limit: float, sense: str, words: str) -> None:
        """Add a goal beside its figure; one that was not measured has none."""
        self.goals.append(Goal(goal, figure if figure == figure else None, limit, sense, words=words))

    def result(self) -> Result:
        """Everything, in the form that all benchmarks share."""
        return Result(
            "siting", "Siting at province scale", ABOUT.replace("\n", " "), tuple(self.rows), tuple(self.checks),
            tuple(self.goals), tuple(self.profile), self.versions,
        )  # fmt: skip


# --------------------------------------------------------------------------------------------------------
# Running
# --------------------------------------------------------------------------------------------------------


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)


def child(module: str, *arguments: str, qgis: bool = False) -> dict[str, Any]:
    """Run one task in a fresh process; its last line is its answer, and a failure is told in it."""
    python = ROOT / (".venv" if qgis else ".venv-engine") / "bin" / "python"
    try:
        done = subprocess.run(
            [str(python), "-m", f"envzones.benchmarks.{module}", *arguments], cwd=ROOT, capture_output=True, text=True,
            env=environment.qgis() if qgis else environment.plain(), check=False, stdin=subprocess.DEVNULL, timeout=_LIMIT_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"failed": f"took more than {_LIMIT_S} s"}
    except FileNotFoundError:
        return {"failed": f"{python.parent.parent.name} is missing; run 'make setup'"}
    try:
        if done.returncode:
            raise ValueError
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return {"failed": f"{last} (exit {done.returncode})"}


class Bench:
    """One run of the benchmark.

    Parameters
    ----------
    options
        Of the command line.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.report = options, Report()
        self.peers = set(PEERS if options.peers == "all" else () if options.peers == "none" else options.peers.split(","))
        say("making the province")
        self.files = Files(options.folder, options.scale)
        self.city = self.files if options.long or options.scale <= CITY else Files(options.folder, CITY)
        self.scratch = options.folder / "siting-answers"
        self.scratch.mkdir(exist_ok=True)
        self.truths: dict[tuple[Path, str, str], Truth] = {}
        self.threads = ("--threads", "2")
        self.size = "" if options.scale == 1 else f" (at scale {options.scale:g})"
        self.found: dict[tuple[str, str], dict[str, Outcome]] = {}

    def truth(self, files: Files, sites: str, relation: str) -> Truth:
        """The true pairs, found once a run."""
        known = self.truths.get((files.folder, sites, relation))
        if known is None:
            say(f"finding the truth: {TITLES[sites, relation]}")
            a, b = (shapes_in(files.path(name)) for name in (sites, "zones"))
            known = siting_truth.meeting(a, b) if relation == "meet" else siting_truth.near(a, b, METRES)
            self.truths[files.folder, sites, relation] = known
        return known

    def contest(self, entrants: Sequence[Entrant], runs: int, files: Files | None = None) -> dict[str, Outcome]:
        """Let all answer in turn, `runs` times over."""
        out = {entrant.who: Outcome() for entrant in entrants}
        target = self.scratch / "pairs.npy"
        for run in range(runs):
            for entrant in entrants:
                outcome = out[entrant.who]
                if outcome.failed:
                    continue
                say(f"  {entrant.who}, {run + 1} of {runs}")
                folder = str((files or self.files).folder)
                told = child(entrant.module, *entrant.arguments, "--folder", folder, "--out", str(target), qgis=entrant.qgis)
                if "failed" in told:
                    outcome.failed = told["failed"]
                    continue
                for stage, seconds in told.pop("seconds").items():
                    outcome.seconds.setdefault(stage, []).append(seconds)
                outcome.peak_mb = float(np.fmax(outcome.peak_mb, told.pop("peak_mb")))
                outcome.said = told
                if outcome.pairs is None:
                    outcome.pairs = np.load(target)
        return out

    def tell(self, task: str, who: str, outcome: Outcome, truth: Truth | None, note: str = "", **of: Any) -> None:
        """Add the row of an entrant and, where it is ours, the check of its answer."""
        if outcome.failed:
            self.report.row(task, who, [], note=outcome.failed)
            if who.startswith("ours"):
                self.report.checks.append(Check(f"{task}, {who}: the oracle's pairs", False, outcome.failed))
            return
        notes = [note] if note else []
        if truth is not None:
            score = truth.score(outcome.pairs)
            notes.append(score.words())
            if who.startswith("ours"):
                self.report.checks.append(Check(f"{task}, {who}: the oracle's pairs", score.right, score.words()))
        self.report.row(task, who, outcome.seconds["answer"], outcome.peak_mb, note="; ".join(notes), **of)

    # ----------------------------------------------------------------------------------------------------
    # All pairs
    # ----------------------------------------------------------------------------------------------------

    def pairs(self) -> None:
        """Ours in both Pythons, the bare tree, geopandas and QGIS's own algorithms, task by task."""
        for sites, relation in TITLES:
            self._one(sites, relation)
        for sites in ("points", "polygons"):
            near = self.found[sites, "near"]
            if TREE in near:
                bare = near[TREE].median()
                self.report.goal(
                    f"{sites} within 500 m, projecting told apart: at most 1.5 times the raw STRtree query{self.size}",
                    near[OURS].median(ASKING) / bare, 1.5, "<=",
                    f"ours on two threads, tree and comparing, {near[OURS].median(ASKING):.2f} s; the tree and its query on one"
                    f" thread {bare:.2f} s; projecting takes {near[OURS].median(PROJECTING):.2f} s and"
                    f" {near[TREE].median('project'):.2f} s",
                )  # fmt: skip
                self.report.goal(
                    f"{sites} within 500 m, our projecting counted and the tree's not: at most 1.5 times the raw STRtree"
                    f" query{self.size}",
                    near[OURS].median() / bare, 1.5, "<=",
                    f"ours on two threads from degrees {near[OURS].median():.2f} s; the tree on one"
                    f" thread and projected before, {near[TREE].median():.2f} s; one thread each:"
                    f" {near['ours, 1 thread'].median() / near[TREE].median():.2f} (processor time"
                    f" {near['ours, 1 thread'].median('cpu') / near[TREE].median('cpu'):.2f}); in QGIS's Python"
                    f" {near[_IN_QGIS].median() / near[_TREE_QGIS].median():.2f} times the tree there",
                )  # fmt: skip
        polygons = self.found["polygons", "near"]
        if polygons[OURS].failed:
            return
        self.report.goal(
            f"{round(200_000 * self.options.scale):,} sites and their zones in less than 1 GB", polygons[OURS].peak_mb,
            GIGABYTE_MB, "<=",
            f"MB at the most, polygons within 500 m, files read by the same process ({polygons[OURS].said['held_mb']:.0f} MB"
            f" after reading); in QGIS's Python {polygons[_IN_QGIS].peak_mb:.0f} MB",
        )  # fmt: skip

    def _one(self, sites: str, relation: str) -> None:
        title = TITLES[sites, relation]
        say(title)
        asked = ("--sites", sites, "--relation", relation)
        entrants = [
            Entrant(OURS, "siting_task", ("ours", *asked, *self.threads)),
            Entrant("ours, 1 thread", "siting_task", ("ours", *asked)),
            Entrant(_IN_QGIS, "siting_task", ("ours", *asked, "--qgis", *self.threads), qgis=True),
        ]
        if "tree" in self.peers:
            entrants += [
                Entrant(TREE, "siting_task", ("tree", *asked)),
                Entrant("raw STRtree, 2 threads", "siting_task", ("tree", *asked, *self.threads)),
                Entrant(_TREE_QGIS, "siting_task", ("tree", *asked, "--qgis"), qgis=True),
            ]
        if "geopandas" in self.peers:
            entrants.append(Entrant("geopandas sjoin", "siting_task", ("geopandas", *asked)))
        if "qgis" in self.peers:
            what = ("join", "native:joinattributesbylocation") if relation == "meet" else ("extract", "native:extractwithindistance")
            entrants.append(Entrant(f"QGIS, {what[1]}", "siting_qgis", (what[0], "--sites", sites), qgis=True, whole=True))
        found = self.found[sites, relation] = self.contest(entrants, self.options.runs)
        truth = self.truth(self.files, sites, relation)
        base, mine = found.get(TREE), found[OURS].median()
        for entrant in entrants:
            outcome = found[entrant.who]
            self._versions(entrant, outcome)
            ours = entrant.who.startswith(("ours", "raw"))
            beside = base if ours else None
            tree_there = found.get(_TREE_QGIS)
            if entrant.qgis and ours:
                beside = tree_there
            ratio = outcome.median() / (beside.median() if beside else mine) if not ours or beside else float("nan")
            of = (TREE if not entrant.qgis else _TREE_QGIS) if ours else OURS
            if entrant.who.startswith("QGIS, native:extract"):
                self._sites_only(title, entrant.who, outcome, truth, mine)
                continue
            self.tell(title, entrant.who, outcome, truth, _stages(entrant, outcome), ratio=ratio, of=of if ratio == ratio else "")

    def _sites_only(self, title: str, who: str, outcome: Outcome, truth: Truth, mine: float) -> None:
        """QGIS's answer to the weaker question: which sites are near any zone."""
        if outcome.failed:
            self.report.row(title, who, [], note=outcome.failed)
            return
        near, said = np.unique(truth.pairs[:, 0]), np.unique(outcome.pairs)
        note = (
            f"sites only, no pairs; with reading and projecting; {len(near):,} sites,"
            f" {len(np.setdiff1d(near, said)):,} missed, {len(np.setdiff1d(said, near)):,} false"
        )
        self.report.row(title, who, outcome.seconds["answer"], outcome.peak_mb, outcome.median() / mine, OURS, note)

    def _versions(self, entrant: Entrant, outcome: Outcome) -> None:
        where = "in QGIS's Python" if entrant.qgis else "in the engine's"
        for name, version in outcome.said.get("versions", {}).items():
            self.report.versions[f"{name} {where}"] = version
        if "version" in outcome.said:
            self.report.versions["QGIS"] = outcome.said["version"]

    # ----------------------------------------------------------------------------------------------------
    # What takes long
    # ----------------------------------------------------------------------------------------------------

    def recipes(self) -> None:
        """The recipe of a buffer about every zone, in QGIS and geopandas, beside ours from the same files."""
        if not self.peers & {"qgis", "recipe"}:
            return
        whole = self.city is self.files
        scale = self.options.scale if whole else CITY
        title = f"points within 500 m, from files to pairs, scale {scale:g}"
        say(title)
        entrants = [
            Entrant(OURS, "siting_task", ("ours", *self.threads)),
            Entrant(_IN_QGIS, "siting_task", ("ours", "--qgis", *self.threads), qgis=True),
        ]
        found = self.contest(entrants, self.options.runs, self.city)
        slow = []
        if "qgis" in self.peers:
            slow.append(Entrant(_QGIS_RECIPE, "siting_qgis", ("recipe", "--sites", "points"), qgis=True, whole=True))
        if "recipe" in self.peers and scale <= CITY:
            slow.append(Entrant("geopandas, buffer and sjoin", "siting_task", ("recipe",)))
        found.update(self.contest(slow, 1, self.city))
        truth = self.truth(self.city, "points", "near")
        for entrant in [*entrants, *slow]:
            outcome = found[entrant.who]
            if not outcome.failed and not entrant.whole:
                stages = [stage for stage in ("read", "project", "answer") if stage in outcome.seconds]
                outcome.seconds["answer"] = outcome.together(*stages)
            ratio = outcome.median() / found[OURS].median()
            self.tell(title, entrant.who, outcome, truth, ratio=ratio, of=OURS)
        if _QGIS_RECIPE in found:
            far = "" if scale == 1 else f" (at scale {scale:g})"
            self.report.goal(
                f"points within 500 m: at least 100 times quicker than QGIS's buffer and join{far}",
                found[_QGIS_RECIPE].median() / found[_IN_QGIS].median(), 100, ">=",
                f"both in QGIS's Python, from files to pairs: {found[_QGIS_RECIPE].median():.1f} s and"
                f" {found[_IN_QGIS].median():.2f} s; in the engine's own Python"
                f" {found[_QGIS_RECIPE].median() / found[OURS].median():.0f} times",
            )  # fmt: skip

    def postgis(self) -> None:
        """PostGIS on the ellipsoid and in a projection, after loading and indexing."""
        if "postgis" not in self.peers:
            return
        say("PostGIS")
        told = child(
            "siting_postgis", "--folder", str(self.files.folder), "--runs", str(self.options.runs), "--out", str(self.scratch)
        )
        if "failed" in told:
            self.report.row("all tasks", "PostGIS", [], note=told["failed"])
            return
        self.report.versions["PostGIS"] = told["version"].split('"')[1]
        stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in told["seconds"].items())
        for name, one in told["answers"].items():
            sites, _, rest = name.partition(" ")
            relation, _, how = rest.partition(", ")
            outcome = Outcome({"answer": one["seconds"]}, one["peak_mb"], np.load(one["pairs"]))
            truth, mine = self.truth(self.files, sites, relation), self.found.get((sites, relation), {}).get(OURS)
            ratio = outcome.median() / mine.median() if mine else float("nan")
            who = f"PostGIS{', ' + how if how else ''}"
            note = f"before: {stages}"
            if how == "geography":
                off = truth.score(outcome.pairs).off_m
                note = f"{np.sum(off > METRES * 2e-5):,} wrong by more than 2e-5 of the distance, its edges being geodesics; {note}"
            self.tell(TITLES[sites, relation], who, outcome, truth, note, ratio=ratio, of=OURS if mine else "")
            if how == "geography" and sites == "polygons":
                self.report.goal(
                    f"polygons within 500 m: at least 30 times quicker than PostGIS on the ellipsoid{self.size}", ratio, 30, ">=",
                    f"geography takes {outcome.median():.1f} s with its index, loading, projecting and indexing not counted; ours"
                    f" {mine.median() if mine else float('nan'):.2f} s from geometry in memory",
                )  # fmt: skip

    def linear(self) -> None:
        """Ours at a quarter, a half and all of the sites against all zones."""
        whole = len(shapes_in(self.files.path("points")))
        counts = [whole // 4, whole // 2, whole]
        worst, words = 0.0, []
        for sites in ("points", "polygons"):
            asked = ("ours", "--sites", sites, "--relation", "near", *self.threads)
            entrants = [Entrant(f"ours, {n:,} sites", "siting_task", (*asked, "--rows", str(n))) for n in counts]
            say(f"linear: {sites}")
            found = self.contest(entrants, self.options.runs)
            if any(one.failed for one in found.values()):
                self.report.row(f"{sites} within 500 m, by number", "ours", [], note=next(o.failed for o in found.values() if o.failed))
                continue
            seconds = [found[entrant.who].median() for entrant in entrants]
            each = [s / n for s, n in zip(seconds, counts)]
            truth = self.truth(self.files, sites, "near")
            for entrant, n, cost in zip(entrants, counts, each):
                known = truth.pairs[truth.pairs[:, 0] < n]
                part = Truth(known, truth.near, truth.metres, truth.threshold)
                self.tell(
                    f"{sites} within 500 m, by number", entrant.who, found[entrant.who], part,
                    f"{cost * 1e6:.2f} microseconds a site", ratio=cost / each[0], of="a site at a quarter",
                )  # fmt: skip
            added = (seconds[2] - seconds[1]) / (seconds[1] - seconds[0]) / 2
            worst = max(worst, each[2] / each[0])
            words.append(f"{sites} {each[2] / each[0]:.2f} (a site added in the second half costs {added:.2f} times one before)")
        self.report.goal(
            f"cost in proportion: a site of {counts[2]:,} at most 1.3 times one of {counts[0]:,}", worst or float("nan"), 1.3, "<=",
            "; ".join(words),
        )  # fmt: skip

    def million(self) -> None:
        """A million points in chunks, from a file."""
        count = round(MILLION * self.options.scale)
        say(f"{count:,} points in chunks")
        path = self.files.million(count)
        chunk = max(count // 10, 1)
        entrant = Entrant("ours, in chunks", "siting_task", ("million", "--points", str(path), "--chunk", str(chunk), *self.threads))
        outcome = self.contest([entrant], self.options.runs)["ours, in chunks"]
        truth = None if outcome.failed else siting_truth.near(shapes_in(path), shapes_in(self.files.path("zones")), METRES)
        note = f"{chunk:,} at a time; reading {outcome.median('read'):.2f} s"
        self.tell(f"{count:,} points within 500 m", "ours, in chunks", outcome, truth, note)
        self.report.goal(
            f"{count:,} points in chunks in less than 1 GB", outcome.peak_mb, GIGABYTE_MB, "<=",
            f"MB at the most; {outcome.median():.2f} s and {outcome.median('read'):.2f} s for reading",
        )  # fmt: skip

    # ----------------------------------------------------------------------------------------------------
    # The whole check
    # ----------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """``siting.check`` over a made one map, and where its time goes."""
        count = max(round(20_000 * self.options.scale), 100)
        say(f"the whole check: {count:,} sites")
        first = self._check(count, self.options.check_runs, "--oracle")
        if first is not None:
            chunk = min(_CHECK_CHUNK, count)
            expected = first * 10
            if expected > _CHECK_S * min(self.options.scale, 1) ** 2 and not self.options.long:
                note = f"not run: by the {count:,} it would take {expected:.0f} s; --long runs it"
                self.report.row(f"siting.check, {10 * count:,} sites", f"ours, {chunk:,} at a time", [], note=note)
            else:
                self._check(10 * count, 1, "--chunk", str(chunk))
        told = child("siting_check", "--sites", str(count // 10), "--profile")
        self.report.profile += [f"siting.check of {count // 10:,} sites, {line}" for line in told.get("profile", [])]
        for (sites, relation), found in self.found.items():
            one = found[OURS]
            if relation == "near" and not one.failed:
                parts = ", ".join(f"{s.removeprefix('of it: ')} {one.median(s):.2f} s" for s in one.seconds if s.startswith("of it"))
                self.report.profile.append(f"{TITLES[sites, relation]}, ours on 2 threads {one.median():.2f} s; of it {parts}")

    def _check(self, count: int, runs: int, *more: str) -> float | None:
        title = f"siting.check, {count:,} sites"
        who = f"ours, {int(more[1]):,} at a time" if "--chunk" in more else "ours, in one call"
        told = [child("siting_check", "--sites", str(count), *more) for _ in range(runs)]
        failed = next((one["failed"] for one in told if "failed" in one), None)
        if failed:
            self.report.row(title, who, [], note=failed)
            self.report.checks.append(Check(f"{title}: it answers", False, failed))
            return None
        seconds = [one["seconds"]["answer"] for one in told]
        median, last = statistics.median(seconds), told[-1]
        self.report.checks += [Check(one["what"], one["ok"], one["detail"]) for one in last["checks"]]
        note = (
            f"national-henan, {last['clauses']} clauses, 20,000 zones; {last['findings']:,} findings, {last['hits']:,} hits;"
            f" {last['findings'] / median:,.0f} findings and {count / median:,.0f} sites a second"
        )
        self.report.row(title, who, seconds, max(one["peak_mb"] for one in told), note=note)
        return median


_IN_QGIS, _TREE_QGIS = "ours, 2 threads, in QGIS's Python", "raw STRtree, 1 thread, in QGIS's Python"
_QGIS_RECIPE = "QGIS, buffer and join"


def _stages(entrant: Entrant, outcome: Outcome) -> str:
    """What is told beside an answer: the stages that stand apart."""
    if outcome.failed:
        return ""
    if entrant.whole:
        return "with reading"
    names = {"read": "reading", "project": "projecting"}
    said = [f"{word} {outcome.median(n):.2f} s" for n, word in names.items() if outcome.median(n) > 0.0005]
    return ", ".join([f"processor {outcome.median('cpu'):.2f} s", *said])


@functools.lru_cache(maxsize=8)
def shapes_in(path: Path) -> Any:
    """The geometries of a file, without the engine."""
    import geopandas as gpd

    return np.asarray(gpd.read_file(path).geometry.array)


_GOALS = ("goal", "figure", "limit", "met", "")


def goals_of(result: Result) -> list[tuple[str, ...]]:
    """The goals of a result, for a table."""
    return [
        (g.goal, "" if g.figure is None else number(g.figure), f"{g.sense} {number(g.limit or 0)}", str(g.met), g.words)
        for g in result.goals
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="1 a province (default), 0.1 a city")
    parser.add_argument("--runs", type=int, default=3, help="of each quick answer; the median counts (default 3)")
    parser.add_argument("--check-runs", type=int, default=1, help="of the whole check (default 1)")
    parser.add_argument("--peers", default="all", help=f"all (default), none, or some of {','.join(PEERS)}")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"some of {','.join(PARTS)} (default all)")
    parser.add_argument("--long", action="store_true", help="the recipes over the whole province too, and checks of any length")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench")
    options = parser.parse_args(arguments)
    for given, known in ((options.peers, {*PEERS, "all", "none"}), (options.parts, set(PARTS))):
        if unknown := set(given.split(",")) - known:
            parser.error(f"no such thing: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    begun = time.perf_counter()
    bench = Bench(options)
    for name in PARTS:
        part: Callable[[], None] = getattr(bench, name)
        if name in options.parts.split(","):
            part()
    result = bench.report.result()
    say(f"took {time.perf_counter() - begun:.0f} s; load average {os.getloadavg()[0]:.1f}")
    text = "\n\n".join([part_text(Part(result.name, result.title, result=result)), table(_GOALS, goals_of(result))])
    print(text)
    (options.folder / f"siting-{options.scale:g}.md").write_text(text + "\n", encoding="utf-8")
    if options.json:
        write(options.json, result)
    return 1 if result.wrong or not result.checks else 0


if __name__ == "__main__":
    raise SystemExit(main())
