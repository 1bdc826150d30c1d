"""The plugin in a real QGIS: what its start costs, and that unloading leaves nothing behind."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
DEMO = HERE.parents[1] / "build" / "demo"


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What the script in the window saw; QGIS speaks Chinese, so that a translator left behind is seen."""
    spec = importlib.util.spec_from_file_location("qgis_window", HERE / "qgis_window.py")
    runner = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(runner)
    out = tmp_path_factory.mktemp("life")
    for name in ("jiyuan.gpkg", "jiyuan.qgz", "check.gpkg", "section.gpkg", "radius.gpkg", "plan.gpkg"):
        shutil.copy(DEMO / name, out / name)
    answer = runner.run_in_window(
        HERE / "inside_life.py", None, out, locale="zh-Hans", ENVZONES_PROJECT=str(out / "jiyuan.qgz")
    )
    assert "error" not in answer, answer["error"]
    return {**answer, "log": out / "qgis.log"}


def test_starting_qgis_with_the_plugin_imports_no_geo_library(seen):
    assert seen["started"] == []


def test_every_part_is_there_in_both_lives(seen):
    first, second = seen["lives"]
    # QGIS itself adds to its shortcuts what its window has when it starts, and begins without a map tool.
    by_qgis = {"managed", "map_tool"}
    assert {k: v for k, v in first.items() if k not in by_qgis} == {k: v for k, v in second.items() if k not in by_qgis}
    assert first["managed"] >= second["managed"] > 20
    assert first["toolbars"] == ["EnvZonesEditToolbar", "EnvZonesToolbar"]
    assert first["providers"] == first["plugin_menu"] == 1
    assert first["locator"]
    assert {"envzones_chainage", "envzones_distance", "envzones_verdict"} <= set(first["functions"])
    assert first["layer_actions"]
    assert first["managed"]
    assert first["context"]
    assert first["options"]
    assert first["translated"]
    assert seen["taken"] == {}, "QGIS has keys of ours"


def test_unloading_leaves_nothing_behind(seen):
    for left in seen["bare"]:
        for what in ("toolbars", "docks", "locator", "functions", "options"):
            assert left[what] == [], what
        for what in ("actions", "menus", "plugin_menu", "providers", "layer_actions", "managed", "context"):
            assert left[what] == 0, what
        assert not left["translated"]
    assert seen["bare"][0] == seen["bare"][1]
    assert seen["alive"] == [False, False]


def test_qgis_works_on_without_it(seen):
    assert seen["edits"]
    log = seen["log"].read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log, log[-3000:]
