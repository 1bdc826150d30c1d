"""What the picture takers share: waiting, going somewhere on the map, clicking, saving a picture."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QLocale, QPoint, QRect, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDockWidget, QToolBar, QWidget
from qgis.utils import iface, plugins

from envzones.plugin.project.editing import set_user_name

OUT = Path(os.environ["ENVZONES_OUT"])
CHINESE = os.environ["ENVZONES_LANG"].startswith("zh")
PROJECT = QgsProject.instance()
#: The toolbars a planner needs; the rest would crowd the picture.
_BARS = {"mFileToolBar", "mMapNavToolBar", "mSelectionToolBar", "EnvZonesEditToolbar"}
_DESK_WIDTH, _TREE_WIDTH = 380, 235


def wait(done: Callable[[], bool], seconds: float) -> bool:
    """Let QGIS work until `done()` or the time is over; tell whether it was done."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() >= end:
            return False
        QApplication.processEvents()
        time.sleep(0.02)
    return True


def need(done: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for what a picture cannot do without."""
    if not wait(done, seconds):
        raise RuntimeError(f"{what} did not come within {seconds:.0f} s")


def rest(seconds: float = 0.6) -> None:
    """Let the window settle, the map drawn to its end and no message in its way."""
    wait(lambda: False, seconds)
    wait(lambda: not iface.mapCanvas().isDrawing(), 60)
    iface.messageBar().clearWidgets()
    wait(lambda: False, 0.3)


def shoot(widget: QWidget, name: str, crop: QRect | None = None) -> None:
    """Save a picture of a widget, or of a part of it."""
    rest(0.3)
    picture = widget.grab() if crop is None else widget.grab(crop)
    if not picture.save(str(OUT / name)):
        raise RuntimeError(f"{name} could not be written")


def layer(table: str):
    """Return a layer of the one map."""
    return next(one for one in PROJECT.mapLayers().values() if one.customProperty("envzones/table") == table)


def action(name: str):
    """Return one of the plugin's actions."""
    return plugins["envzones"]._actions[name]


def desk() -> QDockWidget:
    """Return the panel with the four pages, shown."""
    dock = iface.mainWindow().findChild(QDockWidget, "EnvZonesDock")
    if dock is None or not dock.isVisible():
        action("dock").trigger()
        dock = iface.mainWindow().findChild(QDockWidget, "EnvZonesDock")
    return dock


def here(lon: float, lat: float) -> QgsPointXY:
    """Return a place given in degrees in the map's coordinates."""
    there = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4490"), PROJECT.crs(), PROJECT)
    return there.transform(QgsPointXY(lon, lat))


def pixel(lon: float, lat: float) -> QPoint:
    """Return where on the canvas a place is."""
    spot = iface.mapCanvas().getCoordinateTransform().transform(here(lon, lat))
    return QPoint(round(spot.x()), round(spot.y()))


def go(west: float, south: float, east: float, north: float) -> None:
    """Show a piece of the map given in degrees."""
    there = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4490"), PROJECT.crs(), PROJECT)
    iface.mapCanvas().setExtent(there.transformBoundingBox(QgsRectangle(west, south, east, north)))
    iface.mapCanvas().refresh()
    rest()


def click(lon: float, lat: float, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
    """Click on the map."""
    canvas, spot = iface.mapCanvas(), pixel(lon, lat)
    QTest.mouseMove(canvas.viewport(), spot)
    wait(lambda: False, 0.15)
    QTest.mouseClick(canvas.viewport(), button, pos=spot)


def slim() -> None:
    """Give the map the room that the panel does not need."""
    window = iface.mainWindow()
    tree = window.findChild(QDockWidget, "Layers")
    window.resizeDocks([tree, desk()], [_TREE_WIDTH, _DESK_WIDTH], Qt.Orientation.Horizontal)
    wait(lambda: False, 0.2)


def fold(shown: str = "") -> None:
    """Fold the layer tree, but for the theme of one layer, which becomes the active one."""
    root = PROJECT.layerTreeRoot()
    for node in root.findLayers():
        node.setExpanded(False)
    for group in root.findGroups(True):
        group.setExpanded(False)
    if shown:
        one = layer(shown)
        group = root.findLayer(one.id()).parent()
        group.setExpanded(True)
        root.findLayer(one.id()).setExpanded(True)
        iface.setActiveLayer(one)


def arrange() -> None:
    """Size the window, close what is not ours, open the panel."""
    set_user_name("王工" if CHINESE else "Wang")
    # Numbers and dates as an office's own computer writes them.
    QLocale.setDefault(QLocale("zh_CN" if CHINESE else "en_US"))
    window = iface.mainWindow()
    window.showNormal()
    window.setGeometry(0, 0, 1366, 768)
    for name in ("Browser", "Browser2", "AdvancedDigitizingTools", "MessageLog", "UserInputDockWidget"):
        dock = window.findChild(QDockWidget, name)
        if dock is not None:
            dock.close()
    ours = window.findChild(QToolBar, "EnvZonesToolbar")
    for bar in window.findChildren(QToolBar):
        if bar.parent() is window and bar is not ours and bar.objectName() not in _BARS:
            window.removeToolBar(bar)
    window.removeToolBarBreak(ours)
    need(lambda: bool(PROJECT.mapLayers()), 60, "the demonstration project")
    desk()
    slim()
    fold()
    iface.mapCanvas().setReferencedExtent(PROJECT.viewSettings().defaultViewExtent())
    rest(1.0)


@contextmanager
def hidden(kinds: tuple[str, ...] = ("",)) -> Iterator[None]:
    """Hide result layers (of these kinds) while a picture is about something else."""
    nodes = [
        node
        for node in PROJECT.layerTreeRoot().findLayers()
        if node.isVisible() and str(node.layer().customProperty("envzones/result") or "-").startswith(kinds)
        and node.layer().customProperty("envzones/result")
    ]
    for node in nodes:
        node.setItemVisibilityChecked(False)
    try:
        yield
    finally:
        for node in nodes:
            # A newer result takes the place of an older one.
            if not sip.isdeleted(node):
                node.setItemVisibilityChecked(True)
