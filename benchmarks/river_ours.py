"""Our side of the benchmark, one task in one fresh process; prints one line of JSON.

Runs in the engine's venv and in QGIS's Python; there layers are read through QGIS, as the plugin reads them.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STAGES = ("read rivers", "read sites", "build", "snap", "trace", "zone", "list", "write rows")


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        begun = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun


def peak_mb() -> float:
    """Peak resident memory of this process; getrusage would count the parent's before the exec."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def reader(in_qgis: bool) -> Any:
    """The function that reads a file into a frame."""
    if not in_qgis:
        from envzones.plugin.engine.onemap import read_file

        return read_file
    from qgis.core import QgsVectorLayer

    from envzones.plugin.bridge import snapshot

    def read(path: Path) -> Any:
        layer = QgsVectorLayer(str(path), path.stem, "ogr")
        if not layer.isValid():
            raise SystemExit(f"QGIS cannot read {path}")
        return snapshot(layer, path.stem)

    return read


def whole(read: Any, options: argparse.Namespace) -> dict[str, Any]:
    """Everything in the one public call."""
    from envzones.plugin.engine.river.section import control_section

    from .river_score import answer_of

    clock = Clock()
    with clock.stage("whole"):
        with clock.stage("read rivers"):
            rivers = read(options.rivers)
        with clock.stage("read sites"):
            sites = read(options.sites)
        sections = read(options.sections)
        with clock.stage("control_section"):
            result = control_section(rivers, sections, features={"site": sites})
    peak = peak_mb()
    answer = answer_of(result).to_json() if options.answer else None
    codes = result.issue.groupby(["severity", "code"]).size()
    return {
        "seconds": clock.seconds, "peak_mb": peak, "answer": answer,
        "issues": {f"{severity} {code}": int(n) for (severity, code), n in codes.items()},
    }  # fmt: skip


def staged(read: Any, options: argparse.Namespace) -> dict[str, Any]:
    """The parts of that call one by one; what each builds lazily falls to the first that needs it."""
    import numpy as np
    import shapely

    from envzones.plugin.engine.findings import FINDING_COLUMNS, table
    from envzones.plugin.engine.river.inside import Limits, Sections, list_inside, prepare
    from envzones.plugin.engine.river.network import build
    from envzones.plugin.engine.river.snap import snap
    from envzones.plugin.engine.river.trace import trace
    from envzones.plugin.engine.river.zone import control_zones, reaches_of

    clock = Clock()
    with clock.stage("read rivers"):
        rivers = read(options.rivers)
    with clock.stage("read sites"):
        sites = read(options.sites)
    sections = read(options.sections)
    uid = sections["uid"].to_numpy(dtype=object)
    points = shapely.get_coordinates(np.asarray(sections.geometry.array))
    nothing = np.full(len(uid), None, dtype=object)
    with np.errstate(invalid="ignore"):
        with clock.stage("build"):
            network = build(rivers)
        with clock.stage("snap"):
            starts, _ = snap(network, points, uid, nothing, 100.0)
        rows = np.array(sorted(starts))
        with clock.stage("trace"):
            traces = trace(network, [starts[k] for k in rows])
        with clock.stage("zone"):
            zones = control_zones(network, reaches_of(network, traces, points[rows, 0]), 500.0)
        with clock.stage("list"):
            features, _ = prepare("site", sites)
            found, _ = list_inside(
                network, zones, Sections(uid[rows], nothing[rows], points[rows]), features, Limits(500.0),
                np.ones(len(rows), dtype=bool),
            )  # fmt: skip
        with clock.stage("write rows"):
            table(found, FINDING_COLUMNS)
    return {"seconds": clock.seconds, "peak_mb": peak_mb()}


def one(read: Any, options: argparse.Namespace) -> dict[str, Any]:
    """One section from nothing read, then others on the network that is there."""
    from envzones.plugin.engine.river.network import build
    from envzones.plugin.engine.river.section import control_section

    clock = Clock()
    sections = read(options.sections)
    with clock.stage("cold"):
        network = build(read(options.rivers))
        control_section(network, sections.iloc[:1])
    sites = read(options.sites)
    near = sites.iloc[: max(1, len(sites) // 100)]
    del sites
    gc.collect()
    warm, listed = [], []
    for k in range(1, min(len(sections), 41)):
        begun = time.perf_counter()
        control_section(network, sections.iloc[k : k + 1])
        warm.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        control_section(network, sections.iloc[k : k + 1], features={"site": near})
        listed.append(time.perf_counter() - begun)
    clock.seconds["warm"] = sorted(warm)[len(warm) // 2] if warm else float("nan")
    clock.seconds["warm, with sites of a city"] = sorted(listed)[len(listed) // 2] if listed else float("nan")
    return {"seconds": clock.seconds, "peak_mb": peak_mb()}


def main() -> int:
    """Run one task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=("whole", "staged", "one"))
    parser.add_argument("--rivers", type=Path, required=True)
    parser.add_argument("--sections", type=Path, required=True)
    parser.add_argument("--sites", type=Path, required=True)
    parser.add_argument("--qgis", action="store_true")
    parser.add_argument("--answer", action="store_true", help="give the answer too")
    options = parser.parse_args()
    application = None
    if options.qgis:
        from qgis.core import QgsApplication

        application = QgsApplication([], False)
        application.initQgis()
    begun = time.perf_counter()
    import envzones.plugin.engine.river.section  # noqa: F401 - its time is told apart

    imported = time.perf_counter() - begun
    out = {"whole": whole, "staged": staged, "one": one}[options.task](reader(options.qgis), options)
    out["seconds"]["import"] = imported
    print(json.dumps(out))
    if application is not None:
        application.exitQgis()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
