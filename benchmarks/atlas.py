"""An atlas of river sections beside QGIS's own atlas of the same page: pages per minute, and memory over the run.

    PROJ_DATA=/usr/share/proj QT_QPA_PLATFORM=offscreen .venv/bin/python -m envzones.benchmarks.atlas [--scale 0.1]

A made city of 8,800 river reaches has 100 sections, each with its control zone and the outfalls in it.  Ours makes a
page for each anew, with its own layers, title, table, legend and notes; QGIS's atlas moves the map of one page from zone
to zone, filters its legend and leaves all else as it is.  Both write one PDF of 200 dpi on A4, each in a fresh process.
Memory is what the process holds after every ten pages.  Writes `atlas.md` to build/bench.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from .results import Check, Goal, Result, Row, ratios, write

ROOT = Path(__file__).resolve().parents[1]
PAGES, WORLD, OUTFALLS, DPI = 100, 0.1, 3000, 200
DAY = date(2019, 6, 30)
#: Memory may grow by so much from the tenth page to the last.
FLAT_MB = 32.0
_EACH = 10


def main() -> int:
    """Make the data, run both, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the 100 pages (0.1: ten)")
    parser.add_argument("--peers", choices=("all", "qgis", "none"), default="qgis")
    parser.add_argument("--json", type=Path, help="write the result as every benchmark writes it")
    parser.add_argument("--stage", choices=("data", "ours", "qgis"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    pages = max(2, round(PAGES * options.scale))
    if options.stage == "data":
        make_data(options.folder, pages)
        return 0
    if options.stage:
        print(json.dumps(measure(options.stage, options.folder, pages)))
        sys.stdout.flush()
        os._exit(0)  # QGIS's statics and Python's are destroyed in no particular order
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        stage("data", folder, options.scale)
        found = {"ours": stage("ours", folder, options.scale)}
        if options.peers != "none":
            found["qgis"] = stage("qgis", folder, options.scale)
    text = table(found, pages)
    print(text)
    target = ROOT / "build" / "bench" / "atlas.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text + "\n", encoding="utf-8")
    if options.json:
        write(options.json, result_of(found, pages))
    return 0


def result_of(found: dict[str, dict[str, Any]], pages: int) -> Result:
    """Return what was measured as every benchmark tells it."""
    task = f"an atlas of {pages} pages, one PDF"
    rows = []
    for name, who in (("ours", "ours"), ("qgis", "QGIS's atlas")):
        one = found.get(name)
        if one is None:
            rows.append(Row(task, who, note="left out"))
            continue
        note = f"{60 * one['pages'] / one['seconds']:.0f} pages a minute, longest wait for Cancel {one['longest']:.2f} s"
        rows.append(Row(task, who, (one["seconds"],), one["peak"], note=note))
    whole = all(one["pages"] == pages for one in found.values())
    held = [mb for _, mb in found["ours"]["memory"]]
    goal = Goal(
        f"memory from the tenth page of an atlas to the last grows by less than {FLAT_MB:.0f} MB",
        held[-1] - held[0] if len(held) > 1 else None, FLAT_MB, "<",
        words="" if len(held) > 1 else "too few pages to say",
    )  # fmt: skip
    about = (
        "Control zones of river sections in a made city of 8,800 reaches. Ours makes each page anew, with its own layers, title,"
        " table, legend and notes; QGIS's atlas moves the map of one page from zone to zone. One PDF of 200 dpi on A4, each in a"
        " fresh process."
    )
    checks = (Check("a page for every section", whole, f"{pages} sections"),)
    return Result("atlas", "An atlas of river sections", about, ratios(rows, "QGIS's atlas"), checks, (goal,))


def stage(name: str, folder: Path, scale: float) -> dict[str, Any]:
    """Run a stage in a process of its own."""
    print(f"atlas: {name}", file=sys.stderr)
    run = folder / f"run-{name}"
    run.mkdir(mode=0o700)
    environment = {
        "QT_QPA_PLATFORM": "offscreen", **os.environ, "XDG_RUNTIME_DIR": str(run),
        "QGIS_CUSTOM_CONFIG_PATH": str(folder / "profile"),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "envzones.benchmarks.atlas", "--stage", name, "--folder", str(folder), "--scale",
         str(scale)],
        env=environment, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.strip().splitlines()[-1]) if name != "data" else {}


# --- data ---------------------------------------------------------------------------------------------


def make_data(folder: Path, pages: int) -> None:
    """Write a one map of a made city, and the control zones of its sections."""
    import geopandas as gpd
    import numpy as np
    import shapely

    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.engine.report.content import about, of_section
    from envzones.plugin.engine.river.network import build
    from envzones.plugin.engine.river.section import control_section
    from envzones.plugin.store.geopackage import create
    from envzones.plugin.store.results import write_results

    from .rivers_made import make

    random = np.random.default_rng(8)
    world = make(WORLD, sections=pages, sites=1)
    rivers, sections = world.rivers(), world.sections()
    places = world.coords[random.integers(0, len(world.coords), OUTFALLS)] + random.normal(0, 0.002, (OUTFALLS, 2))
    base = {"provenance": "illustrative", "valid_from": date(2018, 1, 1), "life_state": "delineated", "accuracy_m": 5.0}

    def layer(uids: list[str], shapes: Any, **columns: Any) -> Any:
        data = {"uid": uids, **columns, **{name: [value] * len(uids) for name, value in base.items()}}
        return gpd.GeoDataFrame(data, geometry=shapes, crs="EPSG:4490")

    outfalls = layer([f"o{n}" for n in range(OUTFALLS)], shapely.points(places),
                     name=[f"排口{n}" for n in range(OUTFALLS)], stage=["found"] * OUTFALLS)  # fmt: skip
    frames = {
        "river_reach": layer(list(rivers["uid"]), rivers.geometry.array, river=[f"河{n % 97}" for n in range(len(rivers))],
                             width_m=[20.0 + 15.0 * order for order in world.order]),
        "monitoring_section": layer(list(sections["uid"]), sections.geometry.array,
                                    name=[f"第{n + 1}断面" for n in range(len(sections))],
                                    level=["city"] * len(sections), river=[f"河{n % 97}" for n in world.on_reach]),
        "outfall": outfalls,
        "admin_area": layer(["A1"], [shapely.box(*rivers.total_bounds)], name=["示例市"], level=["city"],
                            code=["419001"]),
    }  # fmt: skip
    meta = {"title": "示例一张图", "jurisdiction_code": "419001", "jurisdiction_zh": "示例市",
            "jurisdiction_en": "Sample City", "work_crs": "EPSG:4547"}  # fmt: skip
    create(folder / "map.gpkg", load_catalog(), frames=frames, meta=meta)
    result = control_section(
        build(frames["river_reach"]), frames["monitoring_section"], features={"outfall": outfalls}, upstream=5000.0,
        downstream=500.0, bank=500.0, as_of=DAY,
    )  # fmt: skip
    told = of_section(result, DAY, None)
    write_results(
        folder / "section.gpkg",
        {"reach": result.reach, "zone": result.zone, "finding": result.finding, "issue": result.issue},
        about=about(told),
    )


# --- both ways ----------------------------------------------------------------------------------------


class Memory:
    """What the process holds, looked at after every ten pages."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, float]] = []

    def page(self, number: int) -> None:
        """Take note that `number` pages are drawn."""
        if number and number % _EACH == 0 and number not in dict(self.rows):
            self.rows.append((number, resident_mb("VmRSS:")))


def resident_mb(name: str) -> float:
    """Return a line of /proc/self/status in megabytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    return float("nan")


def measure(name: str, folder: Path, pages: int) -> dict[str, Any]:
    """Print an atlas; return seconds, megabytes and what a page cost."""
    from qgis.core import QgsApplication, QgsProject

    application = QgsApplication([], True)
    application.initQgis()
    project = QgsProject.instance()
    from envzones.plugin.project.build import Request, build

    project.setFileName(str(folder / f"{name}.qgz"))
    build(Request(folder / "map.gpkg", {"section": folder / "section.gpkg"}, "zh", DAY), project)
    memory, costs = Memory(), []
    before = resident_mb("VmRSS:")
    out = folder / f"{name}.pdf"
    begun = time.perf_counter()
    drawn = (_ours if name == "ours" else _qgis)(project, out, pages, memory, costs)
    seconds = time.perf_counter() - begun
    memory.page(drawn)
    return {
        "pages": drawn, "seconds": seconds, "before": before, "peak": resident_mb("VmHWM:"), "memory": memory.rows,
        "longest": max(costs, default=0.0), "bytes": out.stat().st_size,
    }  # fmt: skip


def _ours(project: Any, out: Path, pages: int, memory: Memory, costs: list[float]) -> int:
    from envzones.plugin.project.atlas import pages as pages_of
    from envzones.plugin.project.atlas import print_atlas
    from envzones.plugin.project.layout import Sheet

    subjects = [subject for subject, _ in pages_of(project, "section", "zh")][:pages]
    last = time.perf_counter()
    done = 0

    class Steps:
        cancelled = False

        def __call__(self, fraction: float, message: str = "") -> None:
            nonlocal last, done
            now = time.perf_counter()
            # The longest that a user waits for Cancel to be heard.
            costs.append(now - last)
            last = now
            number = int(fraction * len(subjects) + 1e-6)
            if number > done:
                done = number
                memory.page(number)

    print_atlas(project, subjects, Sheet("a4", "landscape"), out, "zh", dpi=DPI, progress=Steps())
    return len(subjects)


def _qgis(project: Any, out: Path, pages: int, memory: Memory, costs: list[float]) -> int:
    from qgis.core import QgsFeedback, QgsLayoutExporter, QgsLayoutItemMap

    from envzones.plugin import compat
    from envzones.plugin.project.atlas import pages as pages_of
    from envzones.plugin.project.layout import Sheet, make_layout
    from envzones.plugin.project.layout_subject import result_layers

    first = pages_of(project, "section", "zh")[0][0]
    layout = make_layout(project, first, Sheet("a4", "landscape"), "zh")
    zones = result_layers(project, "section")[0]
    atlas = layout.atlas()
    atlas.setEnabled(True)
    atlas.setCoverageLayer(zones)
    if zones.featureCount() > pages:
        atlas.setFilterFeatures(True)
        atlas.setFilterExpression(f"$id <= {pages}")
    main = layout.itemById("map")
    main.setAtlasDriven(True)
    main.setAtlasScalingMode(QgsLayoutItemMap.AtlasScalingMode.Auto)
    settings = QgsLayoutExporter.PdfExportSettings()
    settings.dpi = DPI
    settings.textRenderFormat = compat.text_format(outlines=False)
    feedback = QgsFeedback()
    last = time.perf_counter()
    done = 0

    def step(percent: float) -> None:
        nonlocal last, done
        now = time.perf_counter()
        costs.append(now - last)
        last = now
        done += 1
        memory.page(done)

    feedback.progressChanged.connect(step)
    result, error = QgsLayoutExporter.exportToPdf(atlas, str(out), settings, feedback)
    if result != QgsLayoutExporter.ExportResult.Success:
        raise SystemExit(f"QGIS could not export its atlas: {error}")
    return int(atlas.count())


# --- the table ----------------------------------------------------------------------------------------


def table(found: dict[str, dict[str, Any]], pages: int) -> str:
    """Return what was measured, in Markdown."""
    titles = {"ours": "EnvZones, a page made for each section", "qgis": "QGIS's atlas, one page moved"}
    lines = [
        "| | pages | pages/min | seconds a page | longest wait for Cancel, s | peak MB | MB a page |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in found.items():
        each = one["seconds"] / one["pages"]
        lines.append(
            f"| {titles[name]} | {one['pages']} | {60 / each:.0f} | {each:.2f} | {one['longest']:.2f} |"
            f" {one['peak']:.0f} | {one['bytes'] / one['pages'] / 2**20:.2f} |"
        )
    lines += ["", "Memory in MB after so many pages:", ""]
    numbers = [number for number, _ in found["ours"]["memory"]]
    if numbers:
        lines += ["| | before | " + " | ".join(map(str, numbers)) + " |", "|---" * (len(numbers) + 2) + "|"]
        for name, one in found.items():
            held = " | ".join(f"{dict(map(tuple, one['memory'])).get(number, float('nan')):.0f}" for number in numbers)
            lines.append(f"| {titles[name]} | {one['before']:.0f} | {held} |")
    lines.append("")
    if "qgis" in found:
        ratio = (found["ours"]["seconds"] / found["ours"]["pages"]) / (found["qgis"]["seconds"] / found["qgis"]["pages"])
        lines.append(f"A page of ours takes {ratio:.2f} times a page of QGIS's atlas.")
    if len(numbers) > 1:
        rows = [held for _, held in found["ours"]["memory"]]
        grown = rows[-1] - rows[0]
        lines.append(f"From page {numbers[0]} to {numbers[-1]} memory grows by {grown:.0f} MB:"
                     f" {'flat' if grown < FLAT_MB else 'NOT flat'}.")  # fmt: skip
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
