"""Run groups of tests, each in the environment it is meant for; stop at the first group that fails.

test.py all | GROUP…    with groups engine, engine-qgis-libraries, qgis, gui, package
Options for pytest go after `--`.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import environment
from environment import ROOT

# A group that hangs is ended; a long run of the fuzzers sets the limit itself.
GROUP_LIMIT_S = int(os.environ.get("ENVZONES_GROUP_LIMIT_S", "2700"))
_COUNT = re.compile(r"(\d+) (passed|failed|skipped|errors?|xfailed|xpassed)")


@dataclass(frozen=True)
class Group:
    """Tests of one folder with the interpreter, the environment and the pytest options they run under."""

    title: str
    folder: str
    venv: str
    variables: dict[str, str]
    options: tuple[str, ...] = ()
    screen: bool = False

    def command(self) -> list[str]:
        """The command line, from the repository root."""
        pytest = [f"{self.venv}/bin/python", "-m", "pytest", *self.options, self.folder]
        if self.screen:
            return ["xvfb-run", "-a", "-s", "-screen 0 1366x768x24", *pytest]
        return pytest


def groups() -> dict[str, Group]:
    """All groups, in the order they run: the quickest to tell something comes first."""
    no_qgis_plugin = ("-p", "no:pytest_qgis")
    # Engine tests share nothing, so they use every core; a screen or a QGIS is used by one at a time.
    parallel = ("-n", str(min(os.cpu_count() or 1, 8)), "--dist", "worksteal")
    system_libraries = {**environment.plain(), "PROJ_DATA": environment.SYSTEM_PROJ}
    return {
        "engine": Group(
            "engine, newest libraries, no QGIS", "tests/engine", ".venv-engine", environment.plain(), parallel
        ),
        "engine-qgis-libraries": Group(
            "engine, QGIS's libraries, QGIS barred",
            "tests/engine",
            ".venv",
            system_libraries,
            (*no_qgis_plugin, *parallel),
        ),
        "qgis": Group("in QGIS's Python", "tests/qgis", ".venv", environment.qgis()),
        "gui": Group(
            "in a real QGIS window", "tests/gui", ".venv", environment.qgis(screen=True), no_qgis_plugin, screen=True
        ),
        "package": Group("the zip in a clean profile", "tests/package", ".venv", system_libraries, no_qgis_plugin),
    }


def run(group: Group, extra: list[str]) -> tuple[int, dict[str, int]]:
    """Run one group, its output passed on as it comes; return its exit code and its counts."""
    limit = time.monotonic() + GROUP_LIMIT_S
    process = subprocess.Popen(
        [*group.command(), *extra],
        cwd=ROOT,
        env=group.variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # so that a window or a server it started ends with it
    )
    last = ""

    def overdue(_signal: int, _frame: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, overdue)
    signal.alarm(GROUP_LIMIT_S)
    try:
        for line in process.stdout:
            print(line, end="", flush=True)
            if " in " in line and _COUNT.search(line):
                last = line
        code = process.wait(timeout=max(1.0, limit - time.monotonic()))
    except TimeoutError:
        print(f"'{group.title}' was still running after {GROUP_LIMIT_S} s and was ended", file=sys.stderr)
        code = 124
    finally:
        signal.alarm(0)
        end(process)
    counts: dict[str, int] = {}
    for number, word in _COUNT.findall(last):
        counts[word.rstrip("s") if word.startswith("error") else word] = int(number)
    return code, counts


def end(process: subprocess.Popen) -> None:
    """End what is left of the group's own processes, by their process group."""
    signal.alarm(0)
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):  # nothing is left, as it should be
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)


def main(arguments: list[str]) -> int:
    """Run what is asked for; print one line of totals."""
    extra: list[str] = []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, extra = arguments[:cut], arguments[cut + 1 :]
    known = groups()
    names = list(known) if arguments == ["all"] else arguments
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        print(f"test.py: no group '{' '.join(unknown)}'; there are: all, {', '.join(known)}", file=sys.stderr)
        return 2
    if any(known[name].screen for name in names) and shutil.which("xvfb-run") is None:
        print("xvfb-run is missing; run 'make setup'", file=sys.stderr)
        return 2

    totals: dict[str, int] = {"passed": 0, "failed": 0, "error": 0, "skipped": 0}
    started = time.monotonic()
    for name in names:
        group = known[name]
        if not any(Path(ROOT, group.folder).glob("**/test_*.py")):
            print(f"{group.folder} holds no test, so '{name}' proves nothing", file=sys.stderr)
            return 5
        print(f">> {name}: {group.title}", flush=True)
        begun = time.monotonic()
        code, counts = run(group, extra)
        print(f">> {name}: {time.monotonic() - begun:.0f} s", flush=True)
        for word, number in counts.items():
            totals[word] = totals.get(word, 0) + number
        if code:
            print(f"'{name}' failed (exit {code}); again alone: .venv/bin/python .ci/test.py {name}", file=sys.stderr)
            report(totals, time.monotonic() - started)
            return 1
    print(f"{len(names)} groups in {time.monotonic() - started:.0f} s")
    report(totals, time.monotonic() - started)
    return 0


def report(totals: dict[str, int], seconds: float) -> None:
    """Print the closing line over all groups that ran, in the words in which pytest closes one."""
    counts = {
        "failed": totals["failed"] + totals.get("xpassed", 0),
        "passed": totals["passed"],
        "skipped": totals["skipped"],
        "errors": totals["error"],
    }
    said = ", ".join(f"{number} {word}" for word, number in counts.items() if number or word == "passed")
    print(f" {said} in {seconds:.2f}s ".center(80, "="), flush=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
