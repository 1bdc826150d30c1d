"""A real QGIS window: a zone is drawn, refused, corrected and saved; a colleague's edit is not overwritten."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
DEMO = HERE.parents[1] / "resources" / "demo" / "jiyuan"


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What the script in the window saw, and the map afterwards."""
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.folder import read_folder
    from envzones.plugin.store.geopackage import create

    spec = importlib.util.spec_from_file_location("qgis_window", HERE / "qgis_window.py")
    runner = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(runner)
    out = tmp_path_factory.mktemp("editing")
    onemap, project = out / "jiyuan.gpkg", out / "jiyuan.qgz"
    catalog = load_catalog()
    content = read_folder(DEMO, catalog)
    create(onemap, catalog, frames=content.frames, coverage=content.coverage, meta=content.meta)
    subprocess.run(
        [sys.executable, "-m", "envzones.plugin.project", "--onemap", str(onemap), "--out", str(project),
         "--as-of", "2019-06-30"], check=True, timeout=180,
    )  # fmt: skip
    answer = runner.run_in_window(HERE / "inside_editing.py", project, out)
    assert "error" not in answer, answer["error"]
    return {**answer, "map": onemap, "out": out, "log": out / "qgis.log"}


def test_measures_follow_the_drawing(seen):
    measured = seen["draw"]["measured"]
    area = float(measured["EnvZonesLive_m2_1"].replace(",", ""))
    assert 1.0e6 < area < 2.0e6
    assert float(measured["EnvZonesLive_ha_1"].replace(",", "")) == pytest.approx(area / 1e4, rel=1e-4)
    assert "valid" in measured["EnvZonesLiveState"]


def test_a_constraint_refuses_a_bad_value_in_plain_words(seen):
    draw = seen["draw"]
    assert "error" not in draw, draw["error"]
    assert not draw["ok_empty"]
    assert not draw["ok_bad"]
    assert any("批复面积" in text and "不小于0" in text for text in draw["words"]), draw["words"]


def test_the_corrected_zone_is_saved_and_in_the_trail(seen):
    from envzones.plugin.store.store import open_store

    draw = seen["draw"]
    assert draw["ok_good"], draw.get("still")
    assert draw["added"] == 1
    assert draw["saved"]
    store = open_store(seen["map"])
    zones = store.read("drinking_water_zone")
    mine = zones[zones["name"] == "五龙口一级保护区(新)"].iloc[0]
    trail = store.audit(layer="drinking_water_zone", uid=mine["uid"])
    assert trail["action"].tolist() == ["insert", "update", "update"]
    assert trail["who"].iloc[0] == "王工"
    assert trail["after"].iloc[0]["area_ha"] == 250.0
    assert mine.geometry.area == pytest.approx(0.02 * 0.015, rel=0.01)


def test_the_second_editor_is_asked_in_the_window(seen):
    conflict = seen["conflict"]
    assert conflict["they_saved"]
    assert conflict["still_edited"]
    assert conflict["messages"] == ["EnvZones"]  # and none of QGIS's own words
    shown = {name: (mine, theirs) for name, mine, theirs in conflict["fields"]}
    assert shown["批复面积(ha)"] == ("260", "240")
    assert shown["范围描述"] == ("—", "他人改写的范围")
    assert (conflict["kept"], conflict["text"]) == (260.0, "他人改写的范围")


def test_the_history_names_everybody(seen):
    assert [who for who, _ in seen["history"]["entries"]] == ["王工", "unknown", "王工"]


def test_it_unloads_and_loads_while_a_layer_is_edited(seen):
    reload = seen["reload"]
    assert reload["unloaded"]
    assert reload["left"] == []
    assert reload["loaded"]
    assert reload["watching"] > 40


def test_no_python_error_in_the_log(seen):
    log = seen["log"].read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log, log[-3000:]


def test_pictures_are_real(seen):
    from qgis.PyQt.QtGui import QImage

    for name in ("edit-live", "edit-form", "edit-conflict", "edit-history"):
        assert not QImage(str(seen["out"] / f"{name}.png")).isNull()
