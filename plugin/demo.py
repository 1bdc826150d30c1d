"""The demonstration: Jiyuan's map, its checks, ledger, report and printed map from one command.

``python -m envzones.plugin.demo --out build/demo`` runs the same verbs that users call, on real rivers and plants
and on features drawn for the demonstration (示意), as of the date that the demonstration data name.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import subprocess  # nosec B404: runs this Python on a module of this package
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .engine.errors import EnvZonesError, InputError

if TYPE_CHECKING:
    from .engine.onemap import OneMap
    from .engine.report.content import Content, MapPage

DATA = Path(__file__).resolve().parents[1] / "resources" / "demo" / "jiyuan"
#: The problem types that clause J42 names; they are layers of the one map.
PROBLEMS = (
    "outfall", "catering", "cage_culture", "sand_mining", "wharf", "dry_toilet", "riparian_farming", "waste_dump",
)  # fmt: skip
PRODUCTS = (
    "jiyuan.gpkg", "jiyuan.qgz", "section.gpkg", "radius.gpkg", "check.gpkg", "plan.gpkg", "ledger.xlsx", "items.xlsx",
    "siting.docx", "siting.html", "sections.docx", "sections.html", "plan.docx", "map.png", "map.pdf", "sections.pdf",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration and return its exit status."""
    options = argparse.ArgumentParser(prog="envzones-demo", description=__doc__.splitlines()[0])
    options.add_argument("--out", type=Path, default=Path("build/demo"), help="folder for the products")
    out = options.parse_args(arguments).out
    try:
        out.mkdir(parents=True, exist_ok=True)
        print(run(out))
    except EnvZonesError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    return 0


def run(out: Path) -> str:
    """Make all products in `out` and return the summary.

    Raises
    ------
    InputError
        If any verb refuses its input, or the printed map cannot be made.
    """
    from .engine.catalog import load_catalog
    from .engine.clauses.book import load_books
    from .engine.onemap import OneMap, read_file
    from .engine.plan import board
    from .engine.radius import heat_radius
    from .engine.report import content
    from .engine.river.section import control_section
    from .engine.siting import check
    from .store.folder import read_folder
    from .store.geopackage import create
    from .store.results import write_results

    catalog = load_catalog()
    data = read_folder(DATA, catalog)
    as_of = date.fromisoformat(data.meta["as_of"])
    path = out / "jiyuan.gpkg"
    create(path, catalog, frames=data.frames, coverage=data.coverage, meta=data.meta, overwrite=True)
    onemap = OneMap.open(path, catalog)
    books = load_books(data.meta["rulebooks"].split(","))

    sections = _in_force(onemap, "monitoring_section", as_of)
    section = control_section(
        _in_force(onemap, "river_reach", as_of),
        sections[sections["responsibility_target"].fillna(False).to_numpy(dtype=bool)],
        channel=_in_force(onemap, "river_channel", as_of),
        features={name: _in_force(onemap, name, as_of) for name in PROBLEMS},
        approximate={"bank": 50.0},
        jurisdiction=_city(onemap, as_of),
        as_of=as_of,
    )
    plants = _in_force(onemap, "heat_source", as_of)
    radius = heat_radius(plants, boilers=_in_force(onemap, "coal_boiler", as_of), as_of=as_of)
    siting = check(read_file(DATA / "candidates.geojson"), onemap, books, as_of=as_of)
    plan = board(onemap, books, as_of=as_of)
    made = {
        "section": content.of_section(section, as_of, onemap, "济源市责任目标断面周边排查报告(示意数据)"),
        "radius": content.of_radius(radius, as_of, onemap, "济源市热电联产供热半径排查(示意数据)"),
        "check": content.of_check(siting, onemap, "济源市候选项目选址符合性分析(示意数据)"),
        "plan": content.of_plan(plan, onemap, "济源市攻坚方案落实情况(示意数据)"),
    }
    for kind, one in made.items():
        write_results(out / f"{kind}.gpkg", content.frames(one), about=content.about(one))
    _print_map(out, as_of)
    with tempfile.TemporaryDirectory(prefix="envzones-demo-") as scratch:
        _write_documents(out, made, onemap, _print_sections(out, Path(scratch)))
    return _summary(out, as_of, books, siting, section, radius, plan, int(plants["chp"].isna().sum()))


def _print_sections(out: Path, scratch: Path) -> list[MapPage]:
    """Print a sheet for each river section: all as one file, and as pictures for the report."""
    from .cli import main as envzones
    from .engine.report.content import MapPage, read_results

    project = str(out / "jiyuan.qgz")
    for target in (str(out / "sections.pdf"), str(scratch / "pages")):
        words = ["--format", "png", "--no-check", "--dpi", "150"] if target.endswith("pages") else []
        with contextlib.redirect_stderr(io.StringIO()) as told:
            status = envzones(
                ["map", project, "--subject", "section", "--atlas", "--paper", "a4", "--out", target, *words]
            )
        if status:
            raise InputError(
                f"The maps of the sections could not be printed ({told.getvalue().strip()[-300:]})."
            )
    zones = read_results([out / "section.gpkg"], books=[]).section.zone
    pictures = sorted((scratch / "pages").glob("*.png"))
    named = {path.stem: path for path in pictures}
    return [
        MapPage(named[row.name], f"{row.name}上下游管控范围", f"section:{row.section_id}")
        for row in zones.itertuples(index=False) if row.name in named
    ]  # fmt: skip


def _write_documents(out: Path, made: Mapping[str, Content], onemap: OneMap, sheets: list[MapPage]) -> None:
    """Write what the office files, from the result files as anybody could do later."""
    import pandas as pd

    from .engine.rectification import register
    from .engine.report.content import MapPage, read_results, write
    from .engine.report.items import write_items

    page = MapPage(out / "map.png", "济源市环境管控一张图(示意)", "onemap")
    everything = read_results([out / f"{kind}.gpkg" for kind in made], onemap)
    write(out / "ledger.xlsx", replace(everything, title="济源市环境管控一张图排查台账(示意数据)"))
    for kind, name, maps in (
        ("check", "siting", [page]),
        ("section", "sections", sheets),
        ("plan", "plan", [page]),
    ):
        write(out / f"{name}.docx", replace(made[kind], maps=maps))
    write(out / "siting.html", made["check"])
    write(out / "sections.html", made["section"])
    findings = pd.concat([made["plan"].plan.findings, made["section"].section.finding], ignore_index=True)
    items = register(findings, onemap, onemap.layer("rectification_item"), as_of=made["plan"].as_of).new
    write_items(out / "items.xlsx", items, onemap.catalog, as_of=made["plan"].as_of, period="month:2019-06")


def _in_force(onemap: OneMap, name: str, as_of: date) -> Any:
    frame = onemap.in_force(name, as_of)
    if frame is None:
        raise InputError(f"The demonstration map has no layer {name}; restore {DATA / name}.geojson.")
    return frame


def _city(onemap: OneMap, as_of: date) -> Any:
    areas = _in_force(onemap, "admin_area", as_of)
    return areas[areas["level"] == "city"]


def _print_map(out: Path, as_of: date) -> None:
    """Build the QGIS project and print its layout, in a Python of its own: QGIS must not share this process."""
    command = [
        sys.executable, "-m", f"{__package__}.project", "--onemap", str(out / "jiyuan.gpkg"),
        "--section", str(out / "section.gpkg"), "--radius", str(out / "radius.gpkg"),
        "--check", str(out / "check.gpkg"), "--plan", str(out / "plan.gpkg"), "--out", str(out / "jiyuan.qgz"),
        "--png", str(out / "map.png"), "--pdf", str(out / "map.pdf"), "--as-of", as_of.isoformat(),
    ]  # fmt: skip
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # nosec B603
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit status {done.returncode}"]
        raise InputError(f"The printed map could not be made ({lines[-1]}); check that QGIS's Python works.")


def _summary(
    out: Path, as_of: date, books: Any, siting: Any, section: Any, radius: Any, plan: Any, unknown: int
) -> str:
    from .engine.findings import VERDICT_WORDS

    verdicts = siting.verdicts
    inside = section.finding[section.finding["status"] == "hit"]
    firm = inside[~inside["tentative"] & (inside["band"] != "approximate")]
    boilers = radius.finding[radius.finding["status"] == "hit"]
    overdue = plan.board[plan.board["state"] == "overdue"]
    said = [
        "undecided" if row.known == "pass" and row.pending else VERDICT_WORDS[row.known][1]
        for row in verdicts.itertuples()
    ]
    words = ", ".join(
        f"{said.count(word)} {word}" for word in dict.fromkeys(sorted(said, key=said.count, reverse=True))
    )
    sure = firm["site_id"].nunique()
    maybe = inside["site_id"].nunique() - sure
    pending = int((verdicts["pending"] > 0).sum())
    lines = [
        f"Jiyuan (济源市), checked as of {as_of} against"
        f" {', '.join(b.document.number or b.document.zh for b in books)}",
        f"  River sections  {section.zone['section_id'].nunique()} sections; {sure} problems inside"
        f" 5000 m / 500 m / 500 m, {maybe} more to be verified on site",
        f"  Heat radius     {boilers['site_id'].nunique()} boilers within 15 km of {len(radius.zone)} plants"
        f" ({unknown} of them perhaps no CHP: 待核实)",
        f"  Siting          {len(verdicts)} candidates: {words}; {pending} with clauses 待核实",
        f"  Plan board      {len(plan.board)} lists, {len(overdue)} overdue",
        "",
    ]
    lines += [f"    {row.site_id:6} {row.text_zh}  {row.site_name}" for row in verdicts.itertuples()]
    lines += [
        "",
        "  Rivers: GSHHG, 270-400 m off the truth; plants: WRI Global Power Plant Database; all else 示意 (drawn",
    ]
    lines += ["  for the demonstration). Hits within positional accuracy are 待核实.", ""]
    lines += [f"  {out / name}" for name in PRODUCTS]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
