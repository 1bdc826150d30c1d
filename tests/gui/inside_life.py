"""Runs inside a QGIS window: loads, uses, unloads and loads the plugin again, and counts what is left each time."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import traceback
import weakref
from pathlib import Path

from qgis.core import QgsApplication, QgsExpression, QgsProject, QgsVectorLayer
from qgis.gui import QgsGui
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QObject, QTimer
from qgis.PyQt.QtWidgets import (
    QAction,
    QApplication,
    QDialog,
    QDockWidget,
    QMenu,
    QShortcut,
    QToolBar,
    QTreeView,
)
from qgis.utils import iface, loadPlugin, plugins, startPlugin, unloadPlugin

OUT = Path(os.environ["ENVZONES_OUT"])
HEAVY = {"geopandas", "shapely", "pandas", "rasterio"}


def wait(done, seconds: float) -> bool:
    """Let QGIS work until `done()` or the time is over."""
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.02)
    return bool(done())


def settle() -> None:
    """Let deferred deletions happen."""
    for _ in range(4):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        wait(lambda: False, 0.1)


def options_pages() -> list[str]:
    """Return the names of the pages of QGIS's options that are ours."""
    found: list[str] = []

    def look() -> None:
        for dialog in QApplication.topLevelWidgets():
            if not (isinstance(dialog, QDialog) and dialog.isVisible() and dialog.isModal()):
                continue
            for tree in dialog.findChildren(QTreeView):
                model = tree.model()
                stack = [model.index(row, 0) for row in range(model.rowCount())]
                while stack:
                    index = stack.pop()
                    if "EnvZones" in str(index.data()):
                        found.append(str(index.data()))
                    stack += [model.index(row, 0, index) for row in range(model.rowCount(index))]
            dialog.reject()

    QTimer.singleShot(1500, look)
    iface.showOptionsDialog(iface.mainWindow())
    return sorted(set(found))


def context_entries(layer: QgsVectorLayer) -> int:
    """Return how many entries of ours the layer's context menu has."""
    iface.setActiveLayer(layer)
    menu = iface.layerTreeView().menuProvider().createContextMenu()
    stack, count = list(menu.actions()), 0
    while stack:
        action = stack.pop()
        count += action.objectName().startswith("EnvZones")
        if action.menu() is not None:
            stack += action.menu().actions()
    menu.deleteLater()
    return count


def census(layer: QgsVectorLayer) -> dict:
    """Count everything that a plugin may leave behind in QGIS."""
    window = iface.mainWindow()
    # PyQt does not know QGIS's own search bar by its class.
    locator = next(one for one in window.findChildren(QObject) if one.metaObject().className() == "QgsLocator")
    return {
        "toolbars": sorted(bar.objectName() for bar in window.findChildren(QToolBar) if "EnvZones" in bar.objectName()),
        "docks": sorted(d.objectName() for d in window.findChildren(QDockWidget) if "EnvZones" in d.objectName()),
        "actions": sum(a.objectName().startswith("EnvZones") for a in window.findChildren(QAction)),
        "shortcuts": len(window.findChildren(QShortcut)),
        "menus": sum("EnvZones" in m.objectName() for m in window.findChildren(QMenu)),
        "plugin_menu": sum(a.menu() is not None and a.menu().objectName() == "EnvZonesMenu" for a in iface.pluginMenu().actions()),
        "providers": sum(p.id() == "envzones" for p in QgsApplication.processingRegistry().providers()),
        "locator": [name for name in (one.metaObject().className() for one in locator.children()) if name == "ZoneFilter"],
        "functions": sorted(f.name() for f in QgsExpression.Functions() if "envzones" in f.name()),
        "layer_actions": sum("EnvZones" in a.objectName() for a in QgsGui.mapLayerActionRegistry().mapLayerActions(layer)),
        "managed": sum(a.objectName().startswith("EnvZones") for a in QgsGui.shortcutsManager().listActions()),
        "context": context_entries(layer),
        "options": options_pages(),
        "canvas_items": len(iface.mapCanvas().scene().items()),
        "map_tool": type(iface.mapCanvas().mapTool()).__name__,
        "translated": QCoreApplication.translate("EnvZones", "&EnvZones") != "&EnvZones"
        or QCoreApplication.translate("EnvZones", "Rulebooks") != "Rulebooks",
    }  # fmt: skip


def use() -> None:
    """Open what there is to open, so that it has to be taken away again."""
    window = iface.mainWindow()
    action = window.findChild(QAction, "EnvZones_dock")
    if not action.isChecked():
        action.trigger()
    wait(lambda: False, 0.5)
    desk = window.findChild(QDockWidget, "EnvZonesDock")
    for name in ("map", "site", "river", "plan"):
        desk.show_page(name)
        wait(lambda: False, 0.5)
    for name in ("EnvZones_probe", "EnvZonesEdit_live", "EnvZonesEdit_history"):
        one = window.findChild(QAction, name)
        if one is not None and one.isEnabled():
            one.trigger()
            wait(lambda: False, 0.5)


def look() -> dict:
    """Go through two lives of the plugin."""
    started = sorted(HEAVY & set(sys.modules))
    QgsProject.instance().read(os.environ["ENVZONES_PROJECT"])
    wait(lambda: False, 1.5)
    layer = next(one for one in QgsProject.instance().mapLayers().values()
                 if one.customProperty("envzones/table") == "drinking_water_zone")  # fmt: skip
    lives, bare = [], []
    alive = []
    for _ in range(2):
        if "envzones" not in plugins:
            loadPlugin("envzones")
            startPlugin("envzones")
        settle()
        lives.append(census(layer))
        use()
        plugin = plugins["envzones"]
        taken = next(part for part in plugin._parts if type(part).__name__ == "Shortcuts").taken
        alive.append(weakref.ref(plugin))
        del plugin
        unloadPlugin("envzones")
        settle()
        gc.collect()
        settle()
        bare.append(census(layer))
    layer.triggerRepaint()
    wait(lambda: not iface.mapCanvas().isDrawing(), 20)
    edits = layer.startEditing()
    layer.rollBack()
    return {"started": started, "lives": lives, "bare": bare, "edits": edits, "taken": taken,
            "alive": [one() is not None for one in alive]}  # fmt: skip


def main() -> None:
    """Look, write the answer whole, and leave."""
    try:
        answer = look()
    except Exception:
        answer = {"error": traceback.format_exc()}
    part = OUT / "result.part"
    part.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    part.rename(OUT / "result.json")
    QgsProject.instance().setDirty(False)
    QTimer.singleShot(0, iface.actionExit().trigger)



QTimer.singleShot(1500, main)
