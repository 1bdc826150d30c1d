"""A planner's day in a real QGIS window of 1366 x 768, in English and in Chinese."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DEMO = ROOT / "resources" / "demo" / "jiyuan"
DAY = date(2019, 6, 30)
PLACES = [(112.585, 35.095), (112.62, 35.12), (112.545, 35.075)]


@pytest.fixture(scope="module", params=["en", "zh_CN"])
def seen(request, tmp_path_factory):
    """What the script in the window saw."""
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.folder import read_folder
    from envzones.plugin.store.geopackage import create

    spec = importlib.util.spec_from_file_location("qgis_window", HERE / "qgis_window.py")
    runner = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(runner)
    chinese = request.param.startswith("zh")
    out = tmp_path_factory.mktemp(f"planner-{request.param}")
    onemap, project = out / "jiyuan.gpkg", out / "jiyuan.qgz"
    catalog = load_catalog()
    content = read_folder(DEMO, catalog)
    create(onemap, catalog, frames=content.frames, coverage=content.coverage, meta=content.meta)
    subprocess.run(
        [sys.executable, "-m", "envzones.plugin.project", "--onemap", str(onemap), "--out", str(project),
         "--as-of", DAY.isoformat(), "--lang", "zh" if chinese else "en"], check=True, timeout=180,
    )  # fmt: skip
    answer = runner.run_in_window(
        HERE / "inside_planner.py", project, out, locale=request.param, seconds=420.0,
        ENVZONES_SITES=";".join(f"{x},{y}" for x, y in PLACES), ENVZONES_TYPE="燃煤锅炉" if chinese else "Coal-fired boiler",
        ENVZONES_TS=str(ROOT / "i18n" / "envzones_zh_CN.ts") if chinese else "",
    )  # fmt: skip
    assert "error" not in answer, answer["error"]
    return {**answer, "out": out, "onemap": onemap, "chinese": chinese, "log": out / "qgis.log"}


def test_three_clicked_sites_get_the_verdicts_of_the_engine(seen):
    """The oracle is the engine itself, asked for the places that were clicked."""
    import geopandas as gpd
    import shapely

    from envzones.plugin.engine.clauses.book import load_books
    from envzones.plugin.engine.onemap import OneMap
    from envzones.plugin.engine.siting import check

    sites = seen["sites"]
    assert sites["type"] == "coal_boiler"
    assert len(sites["sites"]) == 3
    places = [tuple(float(part) for part in one) for one in sites["places"]]
    for got, wanted in zip(places, PLACES):
        assert abs(got[0] - wanted[0]) < 0.001 and abs(got[1] - wanted[1]) < 0.001
    frame = gpd.GeoDataFrame(
        {"site_id": ["1", "2", "3"]}, geometry=[shapely.Point(*one) for one in places], crs="EPSG:4490"
    )
    books = load_books(["jiyuan-2018", "national-henan"])
    oracle = check(frame, OneMap.open(seen["onemap"]), books, as_of=DAY, facility_type="coal_boiler").verdicts
    assert [one[1] for one in sites["sites"]] == oracle["known"].tolist()
    assert [one[2] for one in sites["sites"]] == oracle["pending"].tolist()
    assert sites["stale"] == ""
    assert ("选址研判" if seen["chinese"] else "Siting check") in sites["groups"]
    assert sites["matrix"] >= 3


def test_the_probe_follows_the_mouse(seen):
    probe = seen["sites"]["probe"]
    assert probe["built"]
    assert probe["put_away"]
    for (known, _pending, told), site in zip(probe["answers"], seen["sites"]["sites"]):
        assert told
        assert known == site[1]


def test_the_section_and_the_board_are_there(seen):
    assert seen["river"]["title"] == "沁河五龙口断面(示意)"
    assert seen["river"]["listed"] > 10
    assert seen["plan"]["rows"] > 200
    assert seen["plan"]["stale"] == ""


def test_everything_is_exported(seen):
    from openpyxl import load_workbook

    for name in ("sites.xlsx", "section.xlsx", "plan.xlsx"):
        book = load_workbook(seen["out"] / name)
        assert sum(sheet.max_row for sheet in book.worksheets) > 5, name
    assert (seen["out"] / "sites.docx").stat().st_size > 10_000
    assert (seen["out"] / "map.pdf").read_bytes()[:5] == b"%PDF-"


def test_nothing_is_cut_off_on_a_small_screen(seen):
    assert seen["window"][0] <= 1366 and seen["window"][1] <= 768
    assert seen["desk_width"] <= 420
    assert seen["cut"] == [], json.dumps(seen["cut"], ensure_ascii=False, indent=1)


def test_a_chinese_qgis_shows_no_english_of_ours(seen):
    assert seen["english"] == []


def test_no_python_error_in_the_log(seen):
    log = seen["log"].read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log, log[-3000:]
