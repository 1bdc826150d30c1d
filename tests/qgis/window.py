"""A window to load the plugin into, without QGIS's own around it, and what tests of it share."""

from __future__ import annotations

import time

from qgis.core import QgsApplication, QgsExpression, QgsLocator, QgsProject, QgsVectorLayer
from qgis.gui import QgsDockWidget, QgsGui, QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import QCoreApplication, QEvent
from qgis.PyQt.QtWidgets import QAction, QMainWindow, QMenu, QToolBar


class Window:
    """A real main window behind the few calls of QgisInterface that the plugin makes."""

    def __init__(self) -> None:
        self.window = QMainWindow()
        self.menu = QMenu("Plugins", self.window)
        self.canvas = QgsMapCanvas(self.window)
        self.bar = QgsMessageBar(self.window)
        self.window.setCentralWidget(self.canvas)
        self.active = None
        self.locator = QgsLocator()
        self.custom: dict = {}
        self.factories: list = []
        self.said: list[tuple] = []

    def mainWindow(self):  # noqa: N802 - QGIS's names here and below
        return self.window

    def pluginMenu(self):  # noqa: N802
        return self.menu

    def mapCanvas(self):  # noqa: N802
        return self.canvas

    def messageBar(self):  # noqa: N802
        return self

    def pushMessage(self, *said):  # noqa: N802
        self.said.append(said)

    def addToolBar(self, title):  # noqa: N802
        return self.window.addToolBar(title)

    def addDockWidget(self, area, dock):  # noqa: N802
        self.window.addDockWidget(area, dock)

    def removeDockWidget(self, dock):  # noqa: N802
        self.window.removeDockWidget(dock)

    def setActiveLayer(self, layer):  # noqa: N802
        self.active = layer

    def registerLocatorFilter(self, one):  # noqa: N802
        self.locator.registerFilter(one)

    def deregisterLocatorFilter(self, one):  # noqa: N802
        self.locator.deregisterFilter(one)

    def addCustomActionForLayerType(self, action, _menu, _kind, _all):  # noqa: N802
        self.custom[action] = []

    def addCustomActionForLayer(self, action, layer):  # noqa: N802
        self.custom[action].append(layer.id())

    def removeCustomActionForLayerType(self, action):  # noqa: N802
        return self.custom.pop(action, None) is not None

    def registerOptionsWidgetFactory(self, factory):  # noqa: N802
        self.factories.append(factory)

    def unregisterOptionsWidgetFactory(self, factory):  # noqa: N802
        self.factories.remove(factory)

    def activeLayer(self):  # noqa: N802
        return self.active

    def newProject(self, _ask):  # noqa: N802
        QgsProject.instance().clear()
        return True


def settle() -> None:
    """Let deleteLater and queued signals happen."""
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()


def census(window: Window) -> dict:
    """Count what a plugin may leave behind."""
    plain = QgsVectorLayer("Point?crs=EPSG:4490", "plain", "memory")
    ours = [a for a in window.window.findChildren(QAction) if a.objectName().startswith("EnvZones")]
    return {
        "toolbars": len(window.window.findChildren(QToolBar)),
        "docks": len(window.window.findChildren(QgsDockWidget)),
        "menus": len(window.menu.actions()),
        "actions": len(ours),
        "locator": sum(one.name() == "envzones" for one in window.locator.filters()),
        "functions": sorted(one.name() for one in QgsExpression.Functions() if one.name().startswith("envzones")),
        "layer_menu": len(window.custom),
        "options": len(window.factories),
        "identify": sum(one.objectName().startswith("EnvZones") for one in QgsGui.mapLayerActionRegistry().mapLayerActions(plain)),
        "shortcuts": sum(one.objectName().startswith("EnvZones") for one in QgsGui.shortcutsManager().listActions()),
        "providers": [p.id() for p in QgsApplication.processingRegistry().providers() if p.id() == "envzones"],
    }


def wait_until(done, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited in vain"
        QCoreApplication.processEvents()
        time.sleep(0.01)
