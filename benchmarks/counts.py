"""Instructions that single functions take, by callgrind: what a busy machine cannot blur.

    .venv-engine/bin/python -m envzones.benchmarks.counts --save FILE           # keep the counts of this state
    .venv-engine/bin/python -m envzones.benchmarks.counts --against FILE        # beside those that were kept
    .venv-engine/bin/python -m envzones.benchmarks.counts --commit REV          # beside another state of the source

The cases are those of `functions/cases.py`, smaller.  Counts repeat to some thousandths; they know nothing of waiting
for memory or of a second processor, so they say whether code got shorter, not how fast it is.  Only counts of one
machine and one set of libraries compare: libraries choose their code by the processor.  Needs `valgrind` and a C
compiler (apt-get install valgrind gcc), which nothing else here needs.  The exit status is 1 if a count rose by more
than --most.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import machine
from .machine import environment
from .results import table

ROOT = Path(__file__).resolve().parent.parent
#: Quick under callgrind, and what most of the rest stands on.
USUAL = ("distance, points to polygons", "within 500 m, points", "trace", "findings.table")
_SIZE = 0.1
#: A case may be slowed a hundredfold.
_LIMIT_S = 3600
_LIBRARY = """
#include <valgrind/callgrind.h>
void begin(void) { CALLGRIND_START_INSTRUMENTATION; CALLGRIND_ZERO_STATS; }
void finish(const char *name) { CALLGRIND_DUMP_STATS_AT(name); CALLGRIND_STOP_INSTRUMENTATION; }
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Count, compare, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="cases, divided by semicolons; 'all' for all of them")
    parser.add_argument("--size", type=float, default=_SIZE, help="share of the timed cases' data")
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep the counts as JSON")
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--against", type=Path, metavar="FILE", help="counts that were kept")
    other.add_argument("--commit", metavar="REV", help="another state of the source")
    parser.add_argument("--most", type=float, default=5.0, help="by how many per cent a count may rise (default 5)")
    options = parser.parse_args(arguments)
    lacking = [name for name in ("valgrind", "cc") if shutil.which(name) is None]
    if lacking:
        print(f"{' and '.join(lacking)} missing; apt-get install valgrind gcc", file=sys.stderr)
        return 2
    try:
        before = None
        if options.against:
            before = load(options.against)
        names, size = chosen(options.only, before), before["size"] if before else options.size
        if options.commit:
            with source_of(options.commit) as folder:
                before = {**counted(names, size, folder), "commit": options.commit}
        now = counted(names, size, None)
    except Trouble as error:
        print(error, file=sys.stderr)
        return 2
    print(compared(now, before))
    if options.save:
        options.save.parent.mkdir(parents=True, exist_ok=True)
        options.save.write_text(json.dumps(now, ensure_ascii=False, indent=1), encoding="utf-8")
    return 1 if before and risen(now["counts"], before["counts"], options.most) else 0


class Trouble(Exception):
    """What the user has to do something about."""


def chosen(only: str | None, before: Mapping[str, Any] | None) -> list[str]:
    """Names of the cases to count: those asked for, else those that were kept, else the usual ones."""
    from .functions.cases import CASES

    if only == "all":
        return list(CASES)
    names = [name.strip() for name in only.split(";")] if only else list(before["counts"] if before else USUAL)
    unknown = [name for name in names if name not in CASES]
    if unknown:
        raise Trouble(f"no such case: {'; '.join(unknown)}; there are {'; '.join(CASES)}")
    return names


def load(path: Path) -> dict[str, Any]:
    """Read counts that were kept."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Trouble(f"{path} cannot be read: {error}") from None
    if not isinstance(found, dict) or not {"counts", "size", "with"} <= set(found):
        raise Trouble(f"{path} holds no counts; write it with --save")
    return found


def counted(names: Sequence[str], size: float, package: Path | None) -> dict[str, Any]:
    """Count the instructions of one call of each case, of this source or of another's.

    Parameters
    ----------
    names : sequence of str
    size : float
    package : Path, optional
        A folder with another `envzones` in it.
    """
    said = f"counting {len(names)} cases of {'another state' if package else 'this state'}"
    print(said, file=sys.stderr, flush=True)
    variables = {
        **environment.plain(), "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    if package:
        variables["PYTHONPATH"] = str(package)
    with tempfile.TemporaryDirectory(prefix="envzones-counts-") as scratch:
        folder = Path(scratch)
        library = built(folder)
        command = [
            "valgrind", "--tool=callgrind", "--quiet", "--instr-atstart=no", "--separate-threads=no",
            f"--callgrind-out-file={folder / 'out'}", sys.executable,
            str(ROOT / "benchmarks" / "functions" / "counted.py"), str(library), str(size), *names,
        ]  # fmt: skip
        done = subprocess.run(
            command, cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=_LIMIT_S
        )
        try:
            told = json.loads(done.stdout.strip().splitlines()[-1])
        except (IndexError, ValueError):
            raise Trouble(f"callgrind: {done.stderr.strip()[-500:] or 'it said nothing'}") from None
        measured = Path(told["package"]).resolve()
        if measured != (package / "envzones").resolve() if package else measured != ROOT:
            raise Trouble(f"another package was measured than meant: {measured}")
        counts = dumped(folder)
    return {
        "commit": machine.commit() if package is None else "", "size": size, "with": _libraries(),
        "counts": {name: counts.get(name) for name in names},
        "not made": {name: why for name, why in told["cases"].items() if why},
    }  # fmt: skip


def built(folder: Path) -> Path:
    """Build the library through which a program tells callgrind when to count."""
    source, library = folder / "switch.c", folder / "switch.so"
    source.write_text(_LIBRARY, encoding="ascii")
    done = subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Trouble(f"the C compiler failed: {done.stderr.strip()[-300:]}")
    return library


def dumped(folder: Path) -> dict[str, int]:
    """Instructions by the name that each dump was asked for under."""
    out = {}
    for path in folder.glob("out*"):
        text = path.read_text(encoding="utf-8", errors="replace")
        name = re.search(r"^desc: Trigger: Client Request: (.+)$", text, re.MULTILINE)
        total = re.search(r"^(?:totals|summary): (\d+)", text, re.MULTILINE)
        if name and total:
            out[name.group(1).strip()] = int(total.group(1))
    return out


@contextlib.contextmanager
def source_of(revision: str) -> Any:
    """A folder with another state of the source as package `envzones`, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="envzones-source-") as scratch:
        # An index of its own: the checkout's is left alone. (`git archive` would leave the benchmarks out.)
        variables = {**os.environ, "GIT_INDEX_FILE": str(Path(scratch) / "index")}
        for command in (["read-tree", f"{revision}^{{commit}}"], ["checkout-index", "-a", f"--prefix={scratch}/envzones/"]):
            done = subprocess.run(["git", *command], cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Trouble(f"git {command[0]} {revision} failed: {done.stderr.strip()}")
        yield Path(scratch)


def compared(now: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    """The table, and what makes the comparison doubtful."""
    head = ["million instructions", f"now ({now['commit'] or 'source'})"]
    if before:
        head += [f"before ({before['commit'] or 'source'})", "change"]
    rows = []
    for name, count in now["counts"].items():
        row = [name, _millions(count)]
        if before:
            old = before["counts"].get(name)
            row += [_millions(old), f"{100 * (count / old - 1):+.1f} %" if count and old else ""]
        rows.append(row)
    out = [table(head, rows)]
    for one, when in ((now, "now"), (before or {}, "before")):
        out += [f"{name} ({when}): {why}" for name, why in one.get("not made", {}).items()]
    if before and before["with"] != now["with"]:
        out.append("The libraries or the processor are not the same: the counts do not compare.")
    return "\n\n".join(out)


def risen(now: Mapping[str, int | None], before: Mapping[str, int | None], most: float) -> list[str]:
    """Cases whose count rose by more than so many per cent."""
    pairs = ((name, count, before.get(name)) for name, count in now.items())
    return [name for name, count, old in pairs if count and old and count > old * (1 + most / 100)]


def _millions(count: int | None) -> str:
    return "" if count is None else f"{count / 1e6:,.1f}"


def _libraries() -> dict[str, str]:
    told = machine.engine_versions()
    return {**told, "processor": machine.processor(), "python": sys.version.split()[0], "cores": str(os.cpu_count())}


if __name__ == "__main__":
    raise SystemExit(main())
