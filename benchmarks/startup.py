"""What the plugin adds to the start of QGIS, beside the plugins that QGIS brings itself.

    .venv/bin/python -m envzones.benchmarks.startup [--runs 5]

QGIS times each plugin it starts (``qgis.utils.plugin_times``, processor time); real windows are opened one after the
other with ours and QGIS's own enabled, and the medians compared.  Writes `startup.md` to build/bench.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import statistics
import sys
import tempfile
from pathlib import Path

from .results import Goal, Result, Row, ratios, write

ROOT = Path(__file__).resolve().parents[1]
OWN, PEERS = "envzones", ("processing", "db_manager", "MetaSearch", "grassprovider")
GOAL_MS = 100.0
_INSIDE = """
import json, os
from pathlib import Path
from qgis.PyQt.QtCore import QTimer
from qgis.utils import iface, plugin_times

def leave():
    out = Path(os.environ["ENVZONES_OUT"])
    (out / "result.part").write_text(json.dumps(plugin_times), encoding="utf-8")
    (out / "result.part").rename(out / "result.json")
    iface.actionExit().trigger()

QTimer.singleShot(500, leave)
"""


def main() -> int:
    """Open the windows and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--runs", type=int, default=5, help="windows; the medians count")
    parser.add_argument("--json", type=Path, help="write the result as every benchmark writes it")
    options = parser.parse_args()
    spec = importlib.util.spec_from_file_location("qgis_window", ROOT / "tests" / "gui" / "qgis_window.py")
    runner = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(runner)
    runner._SETTINGS = runner._SETTINGS.replace(
        "processing=true", "\n".join(f"{name}=true" for name in PEERS)
    )
    # As users have it: what was compiled once is kept.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch) / "inside.py"
        script.write_text(_INSIDE, encoding="utf-8")
        # The first window compiles and caches; it is not counted.
        for turn in range(options.runs + 1):
            out = Path(scratch) / str(turn)
            out.mkdir()
            print(f"window {turn} of {options.runs}", file=sys.stderr)
            for name, text in runner.run_in_window(script, None, out).items():
                if turn:
                    times.setdefault(name, []).append(1000.0 * float(re.sub("s$", "", text)))
    if OWN not in times:
        print("QGIS did not start the plugin; see the window's log", file=sys.stderr)
        return 1
    own = statistics.median(times[OWN])
    lines = ["| plugin | median ms | least | most | ours / theirs |", "|---|---|---|---|---|"]
    for name in sorted(times, key=lambda one: -statistics.median(times[one])):
        middle = statistics.median(times[name])
        ratio = f"{own / middle:.2f}" if name != OWN and middle > 0 else ""
        lines.append(f"| {name} | {middle:.0f} | {min(times[name]):.0f} | {max(times[name]):.0f} | {ratio} |")
    lines.append("")
    lines.append(f"Goal: under {GOAL_MS:.0f} ms; {'met' if own < GOAL_MS else 'not met'} ({own:.0f} ms).")
    text = "\n".join(lines)
    print(text)
    target = ROOT / "build" / "bench" / "startup.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text + "\n", encoding="utf-8")
    if options.json:
        write(options.json, result_of(times))
    return 0


def result_of(times: dict[str, list[float]]) -> Result:
    """Return the milliseconds of each plugin as every benchmark tells it."""
    task = "a plugin's share of the start"
    rows = [Row(task, name, tuple(value / 1000 for value in values)) for name, values in times.items() if name != OWN]
    first = Row(task, "ours", tuple(value / 1000 for value in times[OWN]))
    goal = Goal("what the plugin adds to the start of QGIS: under 100 ms", statistics.median(times[OWN]), GOAL_MS, "<")
    about = "QGIS itself times each plugin that it starts (processor time), in real windows with ours and its own plugins enabled."
    return Result("startup", "Start of QGIS", about, ratios([first, *rows], "ours"), goals=(goal,))


if __name__ == "__main__":
    sys.exit(main())
