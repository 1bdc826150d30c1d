"""Runs inside the QGIS window: opens the panel, clicks a section, takes pictures, says what is there."""

from __future__ import annotations

import json
import os
import time
import traceback
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QPoint, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QLabel, QTableView, QToolBar, QTreeWidget
from qgis.utils import iface, plugins

OUT = Path(os.environ["ENVZONES_OUT"])


def wait(done, seconds: float) -> bool:
    """Let QGIS work until `done()` or the time is over."""
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.02)
    return bool(done())


def look() -> dict:
    """Open the panel on the map and return what is there."""
    window = iface.mainWindow()
    window.showNormal()
    window.setGeometry(0, 0, 1366, 768)
    wait(lambda: bool(QgsProject.instance().mapLayers()), 60)
    plugins["envzones"]._actions["dock"].trigger()
    plugins["envzones"].show_page("map")
    dock = window.findChild(QgsDockWidget, "EnvZonesDock")
    layers = dock.findChild(QTreeWidget, "EnvZonesLayers")
    wait(lambda: layers.topLevelItemCount() > 0, 60)
    canvas = iface.mapCanvas()
    wait(lambda: not canvas.isDrawing(), 30)
    wait(lambda: False, 1.0)
    window.grab().save(str(OUT / "window.png"))
    tree = QgsProject.instance().layerTreeRoot()
    return {
        "groups": [group.name() for group in tree.findGroups()],
        "layers": [layer.name() for layer in tree.layerOrder()],
        "invalid": [layer.name() for layer in QgsProject.instance().mapLayers().values() if not layer.isValid()],
        "dock_visible": dock.isVisible(),
        "dock_width": dock.width(),
        "panel_layers": sum(layers.topLevelItem(i).childCount() for i in range(layers.topLevelItemCount())),
        "toolbar": window.findChild(QToolBar, "EnvZonesToolbar").isVisible(),
        "menu": [action.text() for action in iface.pluginMenu().actions() if "EnvZones" in action.text()],
        "window": [window.width(), window.height()],
    }


def section() -> dict:
    """Open the river page, click the section on the canvas, change a distance, take a picture."""
    window, canvas, project = iface.mainWindow(), iface.mapCanvas(), QgsProject.instance()
    panel = plugins["envzones"].show_page("river")
    rivers = panel._form.layer("rivers")
    stored = next(f for f in panel._form.layer("sections").getFeatures() if f["uid"] == "MS-01")
    there = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4490"), project.crs(), project)
    place = there.transform(QgsPointXY(stored.geometry().asPoint()))
    canvas.setExtent(QgsRectangle(place.x() - 8000, place.y() - 8000, place.x() + 8000, place.y() + 8000))
    wait(lambda: not canvas.isDrawing(), 30)
    panel._tools.pick.trigger()
    answers = []
    panel.answered.connect(answers.append)
    pixel = canvas.getCoordinateTransform().transform(place)
    QTest.mouseClick(
        canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(round(pixel.x()) + 3, round(pixel.y()) - 3)
    )
    wait(lambda: answers, 60)
    first = float(answers[-1].result.zone["area_m2"].iloc[0])
    began = time.monotonic()
    panel._form.set_distance("upstream", 4000.0)
    wait(lambda: answers[-1].result.zone["upstream_m"].iloc[0] == 4000.0, 60)
    followed = time.monotonic() - began
    second = float(answers[-1].result.zone["area_m2"].iloc[0])
    panel._form.set_distance("upstream", 5000.0)
    wait(lambda: answers[-1].result.zone["upstream_m"].iloc[0] == 5000.0, 60)
    panel._tools.zoom.trigger()
    wait(lambda: not canvas.isDrawing(), 30)
    wait(lambda: False, 1.0)
    window.grab().save(str(OUT / "river-panel.png"))
    model = panel.findChild(QTableView, "EnvZonesRiverTable").model()
    return {
        "rivers": rivers.name(),
        "title": panel.findChild(QLabel, "EnvZonesRiverTitle").text(),
        "areas": [first, second],
        "followed_s": followed,
        "chainages": [model.row(row)["chainage"] for row in range(model.rowCount())],
        "layers": sorted({model.row(row)["layer"] for row in range(model.rowCount())}),
        "counts": panel.findChild(QLabel, "EnvZonesRiverCounts").text(),
        "panel": [panel.width(), panel.height()],
    }


def main() -> None:
    """Look, write the answer whole, and leave."""
    try:
        answer = {**look(), "river": section()}
    except Exception:
        answer = {"error": traceback.format_exc()}
    part = OUT / "result.part"
    part.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    part.rename(OUT / "result.json")
    QgsProject.instance().setDirty(False)
    QTimer.singleShot(0, iface.actionExit().trigger)


QTimer.singleShot(1500, main)
