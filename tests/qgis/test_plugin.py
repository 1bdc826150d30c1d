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
from qgis.PyQt.QtWidgets import QWidget


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


#: Actions that have no keys: the layer menu's.
_MENU_ONLY = 7


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
    assert counts[0]["actions"] == counts[0]["shortcuts"] + _MENU_ONLY
    assert counts[0]["functions"] == ["envzones_chainage", "envzones_distance", "envzones_verdict"]
    for what in ("locator", "identify", "options"):
        assert counts[0][what] == 1, what
    assert counts[0]["layer_menu"] == 7


def test_unload_survives_a_window_that_went_first(qgis_app, qgis_processing):
    from qgis.PyQt import sip

    import envzones

    window = Window()
    plugin = envzones.classFactory(window)
    plugin.initGui()
    plugin._actions["dock"].trigger()
    desk, toolbar = plugin._desk, plugin._toolbar
    desk.release()
    sip.delete(desk)
    sip.delete(toolbar)
    plugin.unload()
    settle()


def test_desk_says_what_to_do_when_the_project_is_empty(plugin, window, clean_project):
    plugin._actions["dock"].trigger()
    desk = plugin._desk
    assert desk.isVisible()
    first = desk.findChild(QWidget, "EnvZonesFirstSteps")
    assert first.isVisible()
    assert plugin.show_page("site") is None
    assert first.isVisible()
    river = plugin.show_page("river")
    assert river.isVisible()
    assert not first.isVisible()
    plugin._actions["dock"].trigger()
    assert not desk.isVisible()


def test_desk_remembers_its_page_with_the_project(plugin, window, city, tmp_path):
    from envzones.plugin.project import settings

    project = QgsProject.instance()
    plugin.show_page("plan")
    assert settings.page_state(project, "desk") == {"page": "plan"}
    assert project.write()
    plugin.show_page("map")
    project.read(project.fileName())
    wait_until(lambda: plugin._desk.current == "plan")


def test_desk_follows_the_project_that_is_opened_and_closed(plugin, window, city):
    page = plugin.show_page("site")
    assert page.isVisible()
    QgsProject.instance().clear()
    wait_until(lambda: not page.isVisible())
    assert plugin._desk.findChild(QWidget, "EnvZonesFirstSteps").isVisible()


@pytest.fixture
def city(onemap, tmp_path, clean_project) -> Path:
    from envzones.plugin.project.make import open_project

    path = tmp_path / "map.gpkg"
    shutil.copy(onemap, path)
    open_project(clean_project, path, tmp_path / "map.qgz", "zh", date(2019, 6, 30))
    return path


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
