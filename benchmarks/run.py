"""All benchmarks, one after the other, and one report of what they found: RESULTS.md.

    .venv-engine/bin/python -m envzones.benchmarks [--short] [--only siting,river] [--peers none] [--out FILE]
    .venv-engine/bin/python -m envzones.benchmarks --render [--short]     # the report from what is kept, nothing is run

Each part is a module that makes its data, runs ours and the peers in turn, checks the answers and writes a
`results.Result`.  Two parts never run at the same time; before each, the machine is looked at, and a busy one is told.
What each part found is kept in build/bench/results (results-short), its output in build/bench/logs.

The exit status is 1 if a part failed, is not there, or gave a wrong answer; a goal not met is told, it is no failure.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from . import machine
from .machine import environment
from .results import (
    ABSENT,
    DONE,
    FAILED,
    Aim,
    Part,
    Result,
    part_text,
    read,
    read_part,
    report,
    summary,
    write_part,
)

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "build" / "bench"
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
#: How long a part that was told to end may take before it is ended.
_GRACE_S = 20.0
#: A part may put data and peers of 1.5 GB on the disk; a child that hangs is ended after this, in seconds.
_LIMIT_S, _SHORT_LIMIT_S = 6 * 3600.0, 600.0


@dataclass(frozen=True)
class Spec:
    """A part: which module, with which options, and what it is there for.

    Attributes
    ----------
    name : str
        The module in benchmarks/.
    title : str
    full, short : tuple of str
        Options of a full and of a short run, besides --json.
    expected : tuple of Aim
        The goals it answers; told where it gives no figures.
    peers : bool
        Whether it can leave out its peers (--peers none).
    qgis : bool
        Whether it runs in QGIS's Python from the start.
    """

    name: str
    title: str
    full: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    expected: tuple[Aim, ...] = ()
    peers: bool = True
    qgis: bool = False


SPECS = (
    Spec(
        "siting", "Siting at province scale", ("--scale", "1", "--peers", "all", "--long"),
        ("--scale", "0.1", "--peers", "tree", "--parts", "pairs,million", "--runs", "1"),
        (
            Aim("every pair as by geodesics, none missed, none false", "oracle's pairs"),
            Aim("points within 500 m, all pairs on the ellipsoid: at most 1.5 x the raw STRtree's query", "^points.*raw STRtree"),
            Aim("polygons within 500 m, all pairs on the ellipsoid: at most 1.5 x the raw STRtree's query", "^polygons.*raw STRtree"),
            Aim("points within 500 m: at least 100 x as fast as QGIS's buffer and join", "^points.*QGIS"),
            Aim("polygons within 500 m: at least 30 x as fast as PostGIS geography", "^polygons.*PostGIS"),
            Aim("peak memory at 200,000 sites: below 1 GB", "sites and their zones.*1 GB"),
            Aim("a million points in chunks: below 1 GB", "chunks.*1 GB"),
            Aim("cost linear: a site of 200,000 at most 1.3 x one of 50,000", "cost"),
        ),
    ),
    Spec(
        "river", "River sections", ("--scale", "1", "--peers", "all"),
        ("--scale", "0.1", "--peers", "none", "--runs", "1", "--no-qgis-python"),
        (
            Aim("1,000 sections from file to list in the engine's venv: at most 2 s", "list, engine"),
            Aim("1,000 sections from file to list in QGIS's Python: at most 5 s", "list, QGIS"),
            Aim("trace, cut and zone of 1,000 sections: at most 0.6 s", "trace, cut and zone"),
            Aim("one section, nothing read yet: at most 1.5 s", "nothing read"),
            Aim("one section, network there: at most 20 ms", "network there"),
            Aim("damaged network: no section silently wrong", "silently"), Aim("peak memory: below 1 GB", "peak memory"),
        ),
    ),
    Spec(
        "suitable", "Suitable area of a county", ("--scale", "1", "--peers", "all"),
        ("--scale", "0.1", "--peers", "none", "--runs", "1", "--places", "40"),
        (
            Aim("a county with 20,000 zones: under 20 s", "20 s"),
            Aim("the raster's peak memory, whatever its size: at most 1.1 x", "raster's peak memory"),
            Aim("everywhere the verdict of the siting check", "verdict of the piece"),
        ),
    ),
    Spec(
        "buffers", "Geodesic circles and buffers", ("--scale", "1", "--peers", "all"),
        ("--scale", "0.1", "--peers", "none", "--runs", "1"),
        (
            Aim("circles of 15 km, 720 vertices: thousands a second", "circles.*a second"),
            Aim("buffers of 500 m about polygons of 50 vertices: thousands a second", "polygons.*a second"),
            Aim("vertex error of a circle of 15 km: under 0.1 m", "circles.*vertex error"),
            Aim("areas and lengths in bulk as pyproj's", "in bulk against"),
            Aim("vertices of buffers true to 2e-5 of the radius, however wide the shape", "2e-5"),
        ),
    ),
    Spec(
        "bridge", "Reading and writing in QGIS", ("--scale", "1", "--peers", "all"),
        ("--scale", "0.1", "--peers", "all", "--runs", "1"),
        (
            Aim("reading points: at most 1.3 x bare PyQGIS WKB iteration", "points: at most"),
            Aim("reading polygons: at most 1.3 x bare PyQGIS WKB iteration", "polygons: at most"),
            Aim("the same frame by both roads, the same layer written", "same frame|what was read"),
        ),
    ),
    Spec(
        "batch", "The check in partitions", ("--scale", "1", "--sites", "20000"), ("--scale", "0.1", "--sites", "400", "--million", "4000"),
        (
            Aim("the partitions' rows are those of one check of all sites, to the last bit", "partitions hold the rows"),
            Aim("two workers: at most 0.65 x the time of one", "two workers"),
            Aim("memory of a million sites in chunks: at most 200 MB above a tenth of them", "million"),
        ),
    ),
    Spec(
        "probe", "A site under the mouse", ("--peers", "all"),
        ("--zones", "2000", "--places", "200", "--sample", "2", "--cities", "1"),
        (
            Aim("an answer at the 95th percentile: at most 16 ms", "95th"),
            Aim("the same answers as the whole check", "the whole check"),
        ),
    ),
    Spec(
        "quality", "Validation of zones", ("--scale", "1"), ("--scale", "0.05", "--runs", "1"),
        (
            Aim("every planted fault is found", "is found"),
            Aim("the same invalid features as QGIS and shapely", "invalid for"),
            Aim("no overlap of QGIS's topology checker is missed", "topology checker"),
        ),
    ),
    Spec(
        "import_csv", "Import of a table", ("--scale", "1"), ("--scale", "0.05", "--runs", "1"),
        (Aim("the same rows as ogr2ogr", "ogr2ogr"),), peers=False,
    ),
    Spec(
        "atlas", "An atlas of river sections", ("--scale", "1"), ("--scale", "0.03", "--peers", "none"),
        (Aim("memory over an atlas of 100 pages grows by less than 32 MB", "memory"),), qgis=True,
    ),
    Spec(
        "startup", "Start of QGIS", ("--runs", "5"), ("--runs", "1"),
        (Aim("what the plugin adds to the start of QGIS: under 100 ms", "100 ms"),), peers=False, qgis=True,
    ),
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts, print what each found, write the report."""
    options = parse(arguments)
    folder = BENCH / ("results-short" if options.short else "results")
    specs = [spec for spec in SPECS if spec.name in options.only]
    if options.render:
        parts = [kept(spec, folder, options.short) for spec in specs]
    else:
        # Ended from outside, it ends its part too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        parts = []
        ended = -math.inf
        for spec in specs:
            try:
                parts.append(run(spec, folder, options, time.monotonic() - ended))
            except KeyboardInterrupt:
                print(f"stopped in {spec.name}; --render reports on what was finished", file=sys.stderr)
                return 130
            ended = time.monotonic()
            print(part_text(parts[-1]), end="\n\n", flush=True)
    text = report(parts, machine.describe(), told(arguments, parts, options))
    print(text.split("\n## The machine", 1)[0])
    print(summary(parts))
    if options.out:
        write_text(options.out, text)
        print(f"written: {options.out}", file=sys.stderr)
    return 0 if all(part.good for part in parts) else 1


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; `only` becomes a set of names, `out` where to write or None."""
    parser = argparse.ArgumentParser(
        prog="python -m envzones.benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [spec.name for spec in SPECS]
    parser.add_argument("--short", action="store_true", help="a tenth of the data, quick peers: under three minutes")
    parser.add_argument("--only", default="", metavar="A,B", help=f"these parts: {', '.join(names)}")
    parser.add_argument("--peers", choices=("all", "none"), help="none leaves the peers out")
    parser.add_argument(
        "--with", dest="more", action="append", default=[], metavar="'PART OPTIONS'", type=shlex.split,
        help="options for one part, as in --with 'batch --scale 0.3'; told in the report",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, help="where to write (default: benchmarks/RESULTS.md after a full run)")
    parser.add_argument("--render", action="store_true", help="run nothing, write the report from what is kept")
    options = parser.parse_args(arguments)
    chosen = [name for name in options.only.split(",") if name]
    unknown = sorted({*chosen, *(one[0] for one in options.more if one)} - set(names))
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(names)}")
    # A report of a few parts does not take the place of the whole.
    if options.out is None and not options.short and not chosen:
        options.out = RESULTS
    options.only = set(chosen or names)
    return options


def run(spec: Spec, folder: Path, options: argparse.Namespace, idle_s: float) -> Part:
    """Run one part and keep what it found.

    Parameters
    ----------
    spec : Spec
    folder : Path
        Where results are kept.
    options : argparse.Namespace
    idle_s : float
        Seconds since the last part ended.
    """
    part = Part(spec.name, spec.title, expected=spec.expected, short=options.short, commit=machine.commit())
    if not (ROOT / "benchmarks" / f"{spec.name}.py").exists():
        return replace(part, state=ABSENT, words=f"there is no benchmarks/{spec.name}.py yet")
    given = spec.short if options.short else spec.full
    if options.peers == "none" and spec.peers:
        given = (*given, "--peers", "none")
    for one in options.more:
        if one and one[0] == spec.name:
            given = (*given, *one[1:])
    python = ROOT / (".venv" if spec.qgis else ".venv-engine") / "bin" / "python"
    target = folder / f"{spec.name}.result.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    state = machine.state(idle_s, patient=not options.short)
    part = replace(
        part, load=state.load, used=state.used, busy=state.busy, began=datetime.now().strftime("%Y-%m-%d %H:%M"),
        command=shlex.join(["python", "-m", f"envzones.benchmarks.{spec.name}", *given]),
    )  # fmt: skip
    log = BENCH / "logs" / f"{spec.name}.log"
    print(f"{spec.title}: {part.command} (log: {log.relative_to(ROOT)})", file=sys.stderr, flush=True)
    begun = time.monotonic()
    words = child(
        [str(python), "-m", f"envzones.benchmarks.{spec.name}", *given, "--json", str(target)],
        environment.qgis() if spec.qgis else environment.plain(), log, _SHORT_LIMIT_S if options.short else _LIMIT_S,
    )  # fmt: skip
    part = settle(replace(part, took_s=time.monotonic() - begun), target, words)
    write_part(folder / f"{spec.name}.json", part)
    return part


def settle(part: Part, target: Path, words: str) -> Part:
    """Say what became of a part from the file it wrote and from how it ended (`words`, empty when it ended well)."""
    result: Result | None = None
    if target.exists():
        try:
            result = read(target)
        except (OSError, ValueError) as error:
            return replace(part, state=FAILED, words=f"its result cannot be read: {error}")
    elif not words:
        words = "it wrote no result"
    # A part whose answers are wrong ends with a failure too; its checks say more than that.
    if words and not (result is not None and result.wrong):
        return replace(part, state=FAILED, words=words, result=result)
    return replace(part, state=DONE, result=result)


def child(command: list[str], variables: dict[str, str], log: Path, limit_s: float) -> str:
    """Run a part with its output in a log; return why it failed, or nothing.  Its own children end with it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            status = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            end(process)
            return f"it was ended after {limit_s / 60:.0f} minutes"
        except BaseException:
            end(process)
            raise
    if not status:
        return ""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return f"exit {status}: {lines[-1][:300] if lines else 'it said nothing'}"


def end(process: subprocess.Popen[bytes]) -> None:
    """End a part and all it started: asked first, as by Ctrl-C, so that it can put away its servers."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_S)
    # What is left of its group, whether it ended itself or not.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kept(spec: Spec, folder: Path, short: bool) -> Part:
    """A part as it was last run."""
    path = folder / f"{spec.name}.json"
    if not path.exists():
        return Part(spec.name, spec.title, ABSENT, "it has not been run here", expected=spec.expected, short=short)
    try:
        return replace(read_part(path), expected=spec.expected)
    except (OSError, ValueError) as error:
        return Part(spec.name, spec.title, FAILED, f"what is kept cannot be read: {error}", expected=spec.expected, short=short)


def told(arguments: Sequence[str] | None, parts: Sequence[Part], options: argparse.Namespace) -> list[str]:
    """The report's first lines: where it comes from, when, and how to read it."""
    given = shlex.join(["python", "-m", "envzones.benchmarks", *(sys.argv[1:] if arguments is None else arguments)])
    began = sorted(part.began for part in parts if part.began)
    when = " to ".join(dict.fromkeys([began[0], began[-1]])) if began else "not run"
    how = "Parts run at different times; each says when" if options.render else "All parts in one run, one after the other"
    return [
        f"Written by `{given}` ({when}). {how}.", "",
        "Within a part, ours and the peers ran in turn on the same data: what travels to another machine is the ratio and"
        " the score, not the seconds. Spreads are least, median and most of all repetitions; memory is the peak of a fresh"
        " process (of PostgreSQL: its server and backends). `README.md` says how each part measures.",
    ]  # fmt: skip


def write_text(path: Path, text: str) -> None:
    """Write the report in one go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


if __name__ == "__main__":
    raise SystemExit(main())
