"""Runs inside a QGIS window without the libraries that the engine needs: tries everything, says what happened."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from pathlib import Path

import processing
from qgis.core import QgsApplication, QgsProject
from qgis.gui import QgsMessageBarItem
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QAction, QApplication, QDialog, QDockWidget
from qgis.utils import iface, plugins, reloadPlugin

OUT = Path(os.environ["ENVZONES_OUT"])


def wait(done, seconds: float) -> bool:
    """Let QGIS work until `done()` or the time is over."""
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.02)
    return bool(done())


def messages() -> list[str]:
    """Return what the plugin says in the message bar now."""
    items = [item for item in iface.messageBar().items() if isinstance(item, QgsMessageBarItem)]
    return [item.text() for item in items if item.title() == "EnvZones"]


def press_everything() -> dict:
    """Trigger every action of ours that can be triggered; a dialog that opens is closed and named."""
    dialogs, pressed = [], 0
    for action in iface.mainWindow().findChildren(QAction):
        if not action.objectName().startswith("EnvZones") or not action.isEnabled() or action.menu() is not None:
            continue
        if action.objectName() == "EnvZones_help":
            continue
        QTimer.singleShot(300, lambda: [one.reject() for one in QApplication.topLevelWidgets()
                                        if isinstance(one, QDialog) and one.isModal() and one.isVisible()])  # fmt: skip
        action.trigger()
        pressed += 1
        wait(lambda: False, 0.35)
        dialogs += [one.windowTitle() for one in QApplication.topLevelWidgets()
                    if isinstance(one, QDialog) and one.isVisible()]  # fmt: skip
    return {"pressed": pressed, "dialogs": dialogs}


def edit() -> dict:
    """Edit a zone with QGIS's own means."""
    zones = next(one for one in QgsProject.instance().mapLayers().values()
                 if one.customProperty("envzones/table") == "mine_site")  # fmt: skip
    first = next(zones.getFeatures())
    field = zones.fields().indexOf("name")
    zones.startEditing()
    zones.changeAttributeValue(first.id(), field, "改名后的矿山")
    saved = zones.commitChanges()
    return {"saved": saved, "errors": zones.commitErrors(), "name": zones.getFeature(first.id())["name"]}


def look() -> dict:
    """Do what users do on such a machine."""
    wait(lambda: bool(QgsProject.instance().mapLayers()), 60)
    there = "envzones" in plugins
    before = messages()
    pressed = press_everything()
    said = messages()
    desk = iface.mainWindow().findChild(QDockWidget, "EnvZonesDock")
    iface.mainWindow().grab().save(str(OUT / "lacking.png"))
    edited = edit()
    zones = next(one for one in QgsProject.instance().mapLayers().values()
                 if one.customProperty("envzones/table") == "mine_site")  # fmt: skip
    buffered = processing.run("native:buffer", {"INPUT": zones, "DISTANCE": 0.01, "OUTPUT": "TEMPORARY_OUTPUT"})
    refused = QgsApplication.processingRegistry().algorithmById("envzones:sitingcheck").canExecute()
    reloadPlugin("envzones")
    wait(lambda: False, 0.5)
    return {
        "there": there, "before": before, "said": said, **pressed, "edited": edited,
        "buffered": buffered["OUTPUT"].featureCount(), "refused": list(refused),
        "desk": desk is not None and desk.isVisible(), "again": "envzones" in plugins,
        "imported": sorted({"geopandas", "shapely"} & set(sys.modules)),
    }  # fmt: skip


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
