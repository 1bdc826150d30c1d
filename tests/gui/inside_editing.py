"""Runs inside the QGIS window: draws a zone by hand, fills its form, meets a colleague's edit, looks at the history."""

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
    QgsVectorLayer,
)
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QPoint, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDockWidget,
    QLabel,
    QLineEdit,
    QStackedWidget,
    QTableWidget,
    QTabWidget,
    QTreeWidget,
    QWidget,
)
from qgis.utils import iface, plugins

OUT = Path(os.environ["ENVZONES_OUT"])
PROJECT = QgsProject.instance()
WINDOW, CANVAS = iface.mainWindow(), iface.mapCanvas()
#: Beside the zones of the demonstration.
CORNERS = ((112.500, 35.200), (112.520, 35.200), (112.520, 35.215), (112.500, 35.215))


def wait(done, seconds: float) -> bool:
    """Let QGIS work until `done()` or the time is over."""
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.02)
    return bool(done())


def rest(seconds: float = 0.6) -> None:
    """Let the window settle."""
    wait(lambda: False, seconds)
    wait(lambda: not CANVAS.isDrawing(), 30)


def table(name: str) -> QgsVectorLayer:
    """Return a layer of the map."""
    return next(one for one in PROJECT.mapLayers().values() if one.customProperty("envzones/table") == name)


def shoot(widget: QWidget, name: str) -> None:
    """Take a picture."""
    rest(0.4)
    widget.grab().save(str(OUT / name))


def click(lon: float, lat: float, button=Qt.MouseButton.LeftButton, move: bool = True) -> None:
    """Click on the map."""
    there = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4490"), PROJECT.crs(), PROJECT)
    pixel = CANVAS.getCoordinateTransform().transform(there.transform(QgsPointXY(lon, lat)))
    spot = QPoint(round(pixel.x()), round(pixel.y()))
    if move:
        QTest.mouseMove(CANVAS.viewport(), spot)
        rest(0.1)
    QTest.mouseClick(CANVAS.viewport(), button, pos=spot)


def arrange() -> None:
    """Size the window, close what is in the way, show the measures."""
    WINDOW.showNormal()
    WINDOW.setGeometry(0, 0, 1366, 768)
    for name in ("Browser", "Browser2", "AdvancedDigitizingTools", "MessageLog", "UserInputDockWidget"):
        dock = WINDOW.findChild(QDockWidget, name)
        if dock is not None:
            dock.close()
    wait(lambda: bool(PROJECT.mapLayers()), 60)
    zones = table("drinking_water_zone")
    iface.setActiveLayer(zones)
    there = QgsCoordinateTransform(zones.crs(), PROJECT.crs(), PROJECT)
    CANVAS.setExtent(there.transformBoundingBox(QgsRectangle(112.47, 35.18, 112.56, 35.235)))
    plugins["envzones"]._editing.actions["live"].trigger()
    rest()


def editor(form: QWidget, field: str, kind: type) -> QWidget:
    """Return the widget in which a field is entered."""
    return next(one for one in form.findChildren(kind) if one.objectName() == field)


def enter(form: QWidget, field: str, text: str) -> None:
    """Type into a field."""
    box = editor(form, field, QLineEdit)
    box.clear()
    if text.isascii():
        QTest.keyClicks(box, text)
    else:
        box.insert(text)  # as an input method does
    rest(0.1)


def reveal(widget: QWidget) -> None:
    """Turn to the tab on which a widget lies."""
    above = widget
    while above.parentWidget() is not None:
        page, above = above, above.parentWidget()
        if isinstance(above, QStackedWidget) and isinstance(above.parentWidget(), QTabWidget):
            above.parentWidget().setCurrentWidget(page)


def choose(form: QWidget, field: str, code: str) -> None:
    """Choose from a field's list."""
    box = editor(form, field, QComboBox)
    box.setCurrentIndex(box.findData(code))
    rest(0.1)


def fill(seen: dict) -> None:
    """In the form that QGIS opens: a bad value, what it says, a good value, OK."""
    forms = (one for one in QApplication.allWidgets() if one.metaObject().className() == "QgsAttributeForm")
    form = next((one for one in forms if one.isVisible()), None)
    if form is None:
        if seen["patience"] > 0:
            seen["patience"] -= 1
            QTimer.singleShot(200, lambda: fill(seen))
        return
    dialog = form.window()
    try:
        button = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
        seen["ok_empty"] = button.isEnabled()
        choose(form, "level", "primary")
        enter(form, "source_name", "五龙口水源")
        enter(form, "name", "五龙口一级保护区(新)")
        reveal(editor(form, "area_ha", QLineEdit))
        enter(form, "area_ha", "-5")
        seen["ok_bad"] = button.isEnabled()
        # The words are on the mark beside the field.
        seen["words"] = [label.toolTip() for label in dialog.findChildren(QLabel) if label.isVisible() and label.toolTip()]
        shoot(dialog, "edit-form.png")
        enter(form, "area_ha", "250")
        seen["ok_good"] = button.isEnabled()
        if button.isEnabled():
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        else:
            seen["still"] = [
                label.text() for label in dialog.findChildren(QLabel) if label.isVisible() and label.text().strip()
            ]
            dialog.reject()
    except Exception:
        seen["error"] = traceback.format_exc()
        dialog.reject()


def draw() -> dict:
    """Draw a zone with QGIS's own tool, look at its measures meanwhile, fill in its form, save."""
    zones = table("drinking_water_zone")
    iface.actionToggleEditing().trigger()
    rest()
    iface.actionAddFeature().trigger()
    for corner in CORNERS[:3]:
        click(*corner)
    rest(0.5)
    panel = WINDOW.findChild(QgsDockWidget, "EnvZonesLive")
    measured = {label.objectName(): label.text() for label in panel.findChildren(QLabel) if label.objectName()}
    shoot(WINDOW, "edit-live.png")
    click(*CORNERS[3])
    seen: dict = {"patience": 50, "measured": measured}
    QTimer.singleShot(600, lambda: fill(seen))
    before = zones.featureCount()
    click(*CORNERS[3], Qt.MouseButton.RightButton, move=False)
    wait(lambda: zones.featureCount() > before or "error" in seen or seen["patience"] <= 0, 30)
    seen["added"] = zones.featureCount() - before
    iface.actionSaveActiveLayerEdits().trigger()
    wait(lambda: not zones.isModified(), 20)
    seen["saved"] = not zones.isModified()
    return seen


def conflict() -> dict:
    """A colleague changes a row while it is edited here; save, look at the question, keep mine."""
    zones = table("drinking_water_zone")
    row = next(one for one in zones.getFeatures() if one["name"] == "五龙口一级保护区(新)")
    theirs = QgsVectorLayer(zones.source(), "theirs", "ogr")
    theirs.startEditing()
    fields = zones.fields()
    theirs.changeAttributeValue(row.id(), fields.indexOf("extent_text"), "他人改写的范围")
    theirs.changeAttributeValue(row.id(), fields.indexOf("area_ha"), 240.0)
    saved = theirs.commitChanges()
    del theirs
    zones.changeAttributeValue(row.id(), fields.indexOf("area_ha"), 260.0)
    iface.actionSaveActiveLayerEdits().trigger()
    found: list[QDialog] = []
    wait(lambda: found or found.extend(WINDOW.findChildren(QDialog, "EnvZonesConflict")), 20)
    dialog = found[0]
    rest(0.5)
    cells = dialog.findChild(QTableWidget, "EnvZonesConflictFields")
    seen = {
        "they_saved": saved,
        "fields": [[cells.item(r, c).text() for c in range(3)] for r in range(cells.rowCount())],
        "messages": [item.title() for item in iface.messageBar().items()],
        "still_edited": zones.isModified(),
    }
    dialog.keep(row.id(), True)
    shoot(dialog, "edit-conflict.png")
    dialog.accept()
    wait(lambda: not zones.isModified(), 20)
    seen["kept"] = zones.getFeature(row.id())["area_ha"]
    seen["text"] = zones.getFeature(row.id())["extent_text"]
    zones.selectByIds([row.id()])
    return seen


def history() -> dict:
    """Look at the history of the zone."""
    iface.messageBar().clearWidgets()
    plugins["envzones"]._editing.actions["history"].trigger()
    panel = WINDOW.findChild(QgsDockWidget, "EnvZonesHistory")
    tree = panel.findChild(QTreeWidget)
    wait(lambda: tree.topLevelItemCount() >= 3, 20)
    rest()
    shoot(WINDOW, "edit-history.png")
    return {"entries": [[tree.topLevelItem(k).text(c) for c in (1, 2)] for k in range(tree.topLevelItemCount())]}


def reload() -> dict:
    """Unload the plugin and load it again while a layer is edited."""
    from qgis.utils import loadPlugin, startPlugin, unloadPlugin

    seen = {"unloaded": unloadPlugin("envzones")}
    rest()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    seen["left"] = [bar.objectName() for bar in WINDOW.findChildren(QWidget) if bar.objectName() == "EnvZonesEditToolbar"]
    seen["loaded"] = loadPlugin("envzones") and startPlugin("envzones")
    rest()
    seen["watching"] = len(plugins["envzones"]._editing.guard.watching())
    return seen


def main() -> None:
    """Do it, write the answer whole, and leave."""
    answer: dict = {}
    try:
        from envzones.plugin.project import editing

        editing.set_user_name("王工")
        arrange()
        for name, act in (("draw", draw), ("conflict", conflict), ("history", history), ("reload", reload)):
            answer[name] = act()
    except Exception:
        answer["error"] = f"{traceback.format_exc()}\n{answer}"
    part = OUT / "result.part"
    part.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    part.rename(OUT / "result.json")
    for layer in PROJECT.mapLayers().values():
        if isinstance(layer, QgsVectorLayer) and layer.isEditable():
            layer.rollBack()
    PROJECT.setDirty(False)
    QTimer.singleShot(0, iface.actionExit().trigger)


QTimer.singleShot(1500, main)
