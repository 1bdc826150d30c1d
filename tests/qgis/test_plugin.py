"""The plugin in a window: loads, unloads, leaves nothing behind; the panel is opened, used and closed."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QTreeWidget


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_window = _load("window")
Window, settle, census, wait_until = _window.Window, _window.settle, _window.census, _window.wait_until


@pytest.fixture
def window(qgis_app):
    one = Window()
    one.window.show()
    yield one
    one.window.close()
    one.window.deleteLater()
    settle()


@pytest.fixture
def plugin(window, qgis_processing):
    import envzones

    one = envzones.classFactory(window)
    one.initGui()
    yield one
    one.unload()
    settle()


def test_load_unload_load_leaves_nothing_behind(window, qgis_processing):
    import envzones

    bare = census(window)
    assert bare["providers"] == []
    counts = []
    for _ in range(2):
        plugin = envzones.classFactory(window)
        plugin.initGui()
        plugin._actions["dock"].trigger()
        settle()
        counts.append(census(window))
        plugin.unload()
        settle()
        assert census(window) == bare
    assert counts[0] == counts[1]
    assert counts[0]["providers"] == ["envzones"]
    assert counts[0]["docks"] == 1
    assert counts[0]["toolbars"] == 2
    assert counts[0]["actions"] == 19


def test_unload_survives_a_window_that_went_first(qgis_app, qgis_processing):
    from qgis.PyQt import sip

    import envzones

    window = Window()
    plugin = envzones.classFactory(window)
    plugin.initGui()
    plugin._actions["dock"].trigger()
    dock = plugin._dock
    toolbar = plugin._toolbar
    plugin._dock.release()
    sip.delete(dock)
    sip.delete(toolbar)
    plugin.unload()
    settle()


def test_panel_says_what_to_do_when_the_project_is_empty(plugin, window, clean_project):
    plugin._actions["dock"].trigger()
    assert plugin._dock.isVisible()
    assert plugin._dock._pages.currentIndex() == 0
    plugin._actions["dock"].trigger()
    assert not plugin._dock.isVisible()


@pytest.fixture
def city(onemap, tmp_path, clean_project) -> Path:
    from envzones.plugin.project.make import open_project

    path = tmp_path / "map.gpkg"
    shutil.copy(onemap, path)
    open_project(clean_project, path, tmp_path / "map.qgz", "zh", date(2019, 6, 30))
    return path


def test_panel_shows_the_map_and_its_gaps(plugin, window, city):
    plugin._actions["dock"].trigger()
    dock = plugin._dock
    assert dock._pages.currentIndex() == 1
    tree = dock.findChild(QTreeWidget, "EnvZonesLayers")
    wait_until(lambda: tree.topLevelItemCount() > 5)
    assert dock._day.date().toPyDate() == date(2019, 6, 30)
    states = {}
    for index in range(tree.topLevelItemCount()):
        group = tree.topLevelItem(index)
        for child in range(group.childCount()):
            item = group.child(child)
            states[item.data(0, Qt.ItemDataRole.UserRole)] = (item.text(1), item.text(2))
    assert states["drinking_water_zone"] == ("2", "2019-06-01")
    assert states["mine_site"][1] == "not declared"
    assert "示例" in dock._title.text()
    item = tree.topLevelItem(0).child(0)
    tree.itemDoubleClicked.emit(item, 0)
    assert window.active is not None


def test_panel_follows_the_date_and_the_rulebooks(plugin, window, city):
    from envzones.plugin.project import settings

    plugin._actions["dock"].trigger()
    dock = plugin._dock
    wait_until(lambda: dock._books.count() >= 1)
    tree = dock.findChild(QTreeWidget, "EnvZonesLayers")
    dock._day.setDate(dock._day.date().addYears(5))
    assert settings.as_of(QgsProject.instance()) == date(2024, 6, 30)
    def expired() -> bool:
        states = {
            group.child(row).data(0, Qt.ItemDataRole.UserRole): group.child(row).text(2)
            for group in (tree.topLevelItem(index) for index in range(tree.topLevelItemCount()))
            for row in range(group.childCount())
        }
        return states.get("drinking_water_zone") == "expired"

    wait_until(expired)
    assert "for reference only" in dock._books.item(0).text()
    dock._books.item(0).setCheckState(Qt.CheckState.Checked)
    assert settings.rulebooks(QgsProject.instance()) == ["jiyuan-2018"]


def test_panel_lists_verdicts_and_zooms_to_a_site(plugin, window, city, tools):
    import processing

    sites = tools.make_layer(
        "Point",
        "field=site_id:string&field=name:string&field=facility_type:string&field=nature:string"
        "&field=capacity_tph:double",
        [("Point (112.61 35.11)", ["C1", "小锅炉", "coal_boiler", "new", 10.0]),
         ("Point (112.9 35.3)", ["C2", "未知项目", None, None, None])], "sites",
    )  # fmt: skip
    plugin._actions["dock"].trigger()
    dock = plugin._dock
    tree = dock.findChild(QTreeWidget, "EnvZonesVerdicts")
    assert tree.topLevelItem(0).text(0) == "No siting check in this project yet"
    answer = processing.run(
        "envzones:sitingcheck",
        {"SITES": sites, "ONEMAP": str(city), "AS_OF": "2019-06-30", "VERDICT": "TEMPORARY_OUTPUT"},
    )
    QgsProject.instance().addMapLayer(answer["VERDICT"])
    wait_until(lambda: tree.topLevelItemCount() == 2)
    assert [tree.topLevelItem(i).text(0).split("\n")[0] for i in range(2)] == ["小锅炉", "未知项目"]
    assert not tree.topLevelItem(0).icon(0).isNull()
    window.canvas.setDestinationCrs(QgsProject.instance().crs())
    before = window.canvas.extent()
    tree.itemClicked.emit(tree.topLevelItem(0), 0)
    after = window.canvas.extent()
    assert after != before
    from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsPointXY

    there = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4490"), QgsProject.instance().crs(), QgsProject.instance()
    ).transform(QgsPointXY(112.61, 35.11))
    assert after.contains(there)
    assert after.width() < 10000.0


def test_verdicts_of_points_and_areas_of_one_file_are_listed_together(tools, clean_project, tmp_path):
    import geopandas as gpd
    import shapely

    from envzones.plugin.project import verdicts
    from envzones.plugin.project.results import read_results
    from envzones.plugin.store.results import write_results

    row = {"possible": "fail", "pending": 1, "hits": 0, "text_zh": "甲", "text_en": "a", "as_of": "2019-06-30"}
    frame = gpd.GeoDataFrame(
        [{**row, "site_id": "1", "site_name": "点", "known": "pass", "geometry": shapely.Point(112.6, 35.1)},
         {**row, "site_id": "2", "site_name": "面", "known": "fail", "geometry": shapely.box(112.6, 35.1, 112.7, 35.2)}],
        geometry="geometry", crs="EPSG:4490",
    )  # fmt: skip
    path = tmp_path / "check.gpkg"
    write_results(path, {"verdict": frame})
    for item in read_results(path, "check", "zh"):
        clean_project.addMapLayer(item.layer)
    found = verdicts.latest(clean_project)
    assert len(found) == 2
    assert [(one.site, one.value) for one in verdicts.rows(found, "zh")] == [("面", "fail"), ("点", "undecided")]


def test_dialogs_open_filled_in(plugin, window, city, monkeypatch):
    from envzones.plugin.gui.prefill import prefilled

    known = prefilled("sitingcheck")
    assert known["ONEMAP"] == str(city)
    assert known["AS_OF"] == "2019-06-30"
    heat = prefilled("heatradius")
    assert QgsProject.instance().mapLayer(heat["PLANTS"]).customProperty("envzones/table") == "heat_source"
    opened = []
    import processing

    monkeypatch.setattr(processing, "execAlgorithmDialog", lambda *given: opened.append(given))
    plugin._actions["heatradius"].trigger()
    assert opened[0][0] == "envzones:heatradius"
    assert opened[0][1]["PLANTS"] == heat["PLANTS"]


def test_new_project_dialog_makes_an_empty_map_and_opens_it(plugin, window, clean_project, tmp_path):
    from envzones.plugin.gui.new_project import NewProjectDialog, create_and_open

    dialog = NewProjectDialog(window.window)
    assert not dialog._ok.isEnabled()
    dialog._empty.setChecked(True)
    dialog.set_file(tmp_path / "new.gpkg")
    dialog._title.setText("新图")
    dialog._place.setText("某市")
    assert dialog._ok.isEnabled()
    create_and_open(window, dialog.answer())
    wait_until(lambda: (tmp_path / "new.qgz").is_file() and window.said, 60.0)
    assert len(QgsProject.instance().mapLayers()) > 40
    assert QgsProject.instance().title() == "新图"
    dialog.deleteLater()


def test_missing_libraries_give_one_message_and_no_dialog(plugin, window, monkeypatch):
    from envzones.plugin import dependencies

    monkeypatch.setattr(dependencies, "_version_text", lambda name: "1.8.5" if name == "shapely" else "9.9")
    plugin._actions["riversection"].trigger()
    assert len(window.said) == 1
    assert "shapely 2.0" in window.said[0][1]


def test_starting_costs_no_geo_library(tmp_path):
    code = (
        "import sys\n"
        "from qgis.core import QgsApplication\n"
        "app = QgsApplication([], False); app.initQgis()\n"
        "import envzones\n"
        "class Iface:\n"
        "    def __getattr__(self, name): raise AssertionError(name)\n"
        "plugin = envzones.classFactory(Iface()); plugin.initProcessing()\n"
        "assert QgsApplication.processingRegistry().algorithmById('envzones:sitingcheck') is not None\n"
        "heavy = {'geopandas', 'shapely', 'pandas', 'rasterio', 'fiona', 'pyproj', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "plugin.unload() if plugin._toolbar else None\n"
        "app.exitQgis()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
