"""A real QGIS window under Xvfb: the demonstration map, the panel, a river section, and a picture of each."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
DEMO = HERE.parents[1] / "resources" / "demo" / "jiyuan"


@pytest.fixture(scope="module")
def qgis_window():
    spec = importlib.util.spec_from_file_location("qgis_window", HERE / "qgis_window.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def seen(qgis_window, tmp_path_factory):
    """What the script in the window saw."""
    out = tmp_path_factory.mktemp("window")
    onemap, project = out / "jiyuan.gpkg", out / "jiyuan.qgz"
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.folder import read_folder
    from envzones.plugin.store.geopackage import create

    catalog = load_catalog()
    content = read_folder(DEMO, catalog)
    create(onemap, catalog, frames=content.frames, coverage=content.coverage, meta=content.meta)
    subprocess.run(
        [sys.executable, "-m", "envzones.plugin.project", "--onemap", str(onemap), "--out", str(project),
         "--as-of", "2019-06-30"], check=True, timeout=180,
    )  # fmt: skip
    answer = qgis_window.run_in_window(HERE / "inside_qgis.py", project, out)
    assert "error" not in answer, answer["error"]
    return {**answer, "png": out / "window.png", "river_png": out / "river-panel.png", "log": out / "qgis.log"}


def test_layer_tree_has_the_themes(seen):
    from envzones.plugin.engine.catalog import load_catalog

    catalog = load_catalog()
    assert [theme.zh for theme in catalog.themes.values()] == seen["groups"]
    assert {spec.zh for spec in catalog.values()} <= set(seen["layers"])
    assert seen["invalid"] == []


def test_panel_is_there_and_filled(seen):
    assert seen["dock_visible"]
    assert 280 <= seen["dock_width"] <= 500
    assert seen["panel_layers"] > 40
    assert seen["toolbar"]
    assert seen["menu"] == ["&EnvZones"]


def test_picture_is_a_real_window(seen):
    from qgis.PyQt.QtGui import QImage

    image = QImage(str(seen["png"]))
    assert (image.width(), image.height()) == tuple(seen["window"])
    assert image.width() <= 1366
    assert image.height() <= 768
    colours = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
    assert len(colours) > 200


def test_river_panel_shows_the_clicked_section(seen):
    river = seen["river"]
    assert river["title"] == "沁河五龙口断面(示意)"
    assert river["areas"][0] > river["areas"][1] > 1e6
    assert river["followed_s"] < 3.0
    chainages = river["chainages"]
    assert len(chainages) > 10
    assert chainages == sorted(chainages, reverse=True)
    assert chainages[0] > 0 > chainages[-1] >= -500.0 - 1e-6
    assert len(river["layers"]) > 4
    assert "km²" in river["counts"]
    from qgis.PyQt.QtGui import QImage

    image = QImage(str(seen["river_png"]))
    assert (image.width(), image.height()) == tuple(seen["window"])


def test_no_python_error_in_the_log(seen):
    log = seen["log"].read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log, log[-3000:]
