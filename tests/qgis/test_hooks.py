"""What QGIS's own menus and tools offer of ours: identify, the map's and the layers' context menus, shortcuts."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
    QgsRectangle,
)
from qgis.gui import QgsGui, QgsMapMouseEvent
from qgis.PyQt.QtCore import QEvent, QPoint, Qt
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import QAction, QMenu


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_window = _load("window")
Window, settle, wait_until = _window.Window, _window.settle, _window.wait_until


@pytest.fixture
def window(qgis_app):
    one = Window()
    one.window.resize(800, 600)
    one.window.show()
    yield one
    one.window.close()
    one.window.deleteLater()
    settle()


# --- identify ---------------------------------------------------------------------------------------------------


@pytest.fixture
def identify(window, clean_project):
    from envzones.plugin.gui.identify import Identify

    calls = {"feature": [], "place": []}
    one = Identify(
        window, lambda layer, feature: calls["feature"].append((layer, feature.id())),
        lambda lon, lat: calls["place"].append((lon, lat)),
    )  # fmt: skip
    one.calls = calls
    yield one
    one.release()


def test_an_identified_feature_is_handed_over(identify, outfalls):
    actions = QgsGui.mapLayerActionRegistry().mapLayerActions(outfalls)
    ours = [one for one in actions if one.objectName() == "EnvZonesIdentify"]
    assert len(ours) == 1
    feature = next(outfalls.getFeatures())
    ours[0].triggerForFeature(outfalls, feature)
    assert identify.calls["feature"] == [(outfalls, feature.id())]


def test_a_place_of_the_map_is_handed_over_in_degrees(identify, window, clean_project):
    clean_project.setCrs(QgsCoordinateReferenceSystem("EPSG:4547"))
    canvas = window.canvas
    canvas.setDestinationCrs(clean_project.crs())
    there = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4490"), clean_project.crs(), clean_project)
    middle = there.transform(QgsPointXY(112.6, 35.1))
    canvas.setExtent(QgsRectangle(middle.x() - 1000, middle.y() - 1000, middle.x() + 1000, middle.y() + 1000))
    settle()
    pixel = canvas.getCoordinateTransform().transform(middle)
    spot = QPoint(round(pixel.x()), round(pixel.y()))
    event = QgsMapMouseEvent(canvas, QEvent.Type.MouseButtonRelease, spot, Qt.MouseButton.RightButton)
    menu = QMenu()
    canvas.contextMenuAboutToShow.emit(menu, event)
    (action,) = [one for one in menu.actions() if one.objectName() == "EnvZonesHere"]
    action.trigger()
    (place,) = identify.calls["place"]
    assert place[0] == pytest.approx(112.6, abs=1e-4)
    assert place[1] == pytest.approx(35.1, abs=1e-4)
    menu.deleteLater()


# --- layers -----------------------------------------------------------------------------------------------------


def test_layers_get_the_entries_that_are_for_them(window, clean_project, outfalls, river):
    from envzones.plugin.gui.layer_menu import LayerMenu

    river.setCustomProperty("envzones/table", "river_reach")
    clean_project.addMapLayer(outfalls)
    called = []
    callbacks = {name: lambda layer, name=name: called.append((name, layer)) for name in LayerMenu.ENTRIES}
    menu = LayerMenu(window, callbacks)
    try:
        assert set(menu.actions) == set(LayerMenu.ENTRIES)
        given = {name: window.custom[action] for name, action in menu.actions.items()}
        assert given["check_all"] == [outfalls.id()]
        assert given["check_selected"] == [outfalls.id()]
        # A layer that is no table of a one map cannot be validated or declared complete as one.
        assert given["validate"] == given["declare"] == given["history"] == []
        table = clean_project.addMapLayer(river)
        wait_until(lambda: table.id() in window.custom[menu.actions["check_all"]])
        window.active = outfalls
        menu.actions["check_all"].trigger()
        assert called == [("check_all", outfalls)]
        window.active = None
        menu.actions["check_all"].trigger()
        assert len(called) == 1
    finally:
        menu.release()
    settle()
    assert window.custom == {}


def test_the_menus_lead_to_the_pages(window, clean_project, onemap, tmp_path, qgis_processing, outfalls):
    """Through the whole plugin: a layer's features become candidate sites, one feature is checked at once."""
    import shutil
    from datetime import date

    import envzones
    from envzones.plugin.project.make import open_project

    path = tmp_path / "map.gpkg"
    shutil.copy(onemap, path)
    open_project(clean_project, path, tmp_path / "map.qgz", "zh", date(2019, 6, 30))
    clean_project.addMapLayer(outfalls)
    plugin = envzones.classFactory(window)
    plugin.initGui()
    try:
        plugin.state.settle()
        plugin.state.set_books(["national-henan"])
        callers = next(one for one in plugin._parts if type(one).__name__ == "Callers")
        callers.of_layer()["check_all"](outfalls)
        page = plugin.desk().page("site")
        wait_until(lambda: len(page.sites) == outfalls.featureCount())
        outfalls.removeSelection()
        callers.of_layer()["check_selected"](outfalls)
        assert "Nothing is selected" in str(window.said)
        page._clear()
        callers.feature(outfalls, next(outfalls.getFeatures()))
        wait_until(lambda: page.view is not None and not page.running.busy, 90.0)
        assert len(page.view.verdicts) == 1
        callers.place(112.6, 35.1)
        wait_until(lambda: len(page.view.verdicts) == 2 and not page.running.busy, 90.0)
    finally:
        plugin.unload()
        settle()


# --- shortcuts --------------------------------------------------------------------------------------------------


def test_keys_are_given_once_and_taken_back(window):
    from envzones.plugin.gui.shortcuts import DEFAULTS, Shortcuts

    manager = QgsGui.shortcutsManager()
    other = QAction("Somebody else's", window.window)
    other.setObjectName("other")
    manager.registerAction(other, DEFAULTS["river"])
    actions = {}
    for name in (*DEFAULTS, "settings"):
        actions[name] = QAction(name, window.window)
        actions[name].setObjectName(f"EnvZones_{name}")
    one = Shortcuts(actions)
    try:
        assert len(set(DEFAULTS.values())) == len(DEFAULTS)
        for name, keys in DEFAULTS.items():
            if name != "river":
                assert actions[name].shortcut() == QKeySequence(keys)
        # Keys that somebody has stay theirs, and it is known whose they are.
        assert other.shortcut() == QKeySequence(DEFAULTS["river"])
        assert actions["river"].shortcut().isEmpty()
        assert one.taken == {"river": "Somebody else's"}
        assert actions["settings"].shortcut().isEmpty()
    finally:
        one.release()
        manager.unregisterAction(other)
    assert not [action for action in manager.listActions() if action.objectName().startswith("EnvZones")]
