"""Pictures of editing: a zone drawn beside others, its measures, a colleague's edit, the history, the issues."""

from __future__ import annotations

from qgis.core import QgsFeature, QgsGeometry, QgsVectorLayer
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QTreeWidget
from qgis.utils import iface, plugins
from screenshots_window import click, desk, fold, go, hidden, layer, need, rest, shoot, wait

_AROUND = (112.515, 35.103, 112.548, 35.131)


def editing() -> None:
    """Take them all, and leave the map as it was but for one colleague's edit."""
    zones = layer("drinking_water_zone")
    desk().close()
    fold("drinking_water_zone")
    with hidden():
        _draw(zones)
        _measure(zones)
        _conflict(zones)
        _history()
        _issues(zones)
    zones.rollBack()
    zones.removeSelection()
    iface.mainWindow().findChild(QgsDockWidget, "EnvZonesDock").show()
    rest()


def _draw(zones: QgsVectorLayer) -> None:
    canvas, tools = iface.mapCanvas(), plugins["envzones"]._editing
    go(*_AROUND)
    tools.actions["live"].trigger()
    zones.startEditing()
    iface.actionAddFeature().trigger()
    for corner in ((112.5265, 35.1135), (112.5400, 35.1135), (112.5400, 35.1215)):
        click(*corner)
    QTest.mouseMove(canvas.viewport(), QPoint(5, 5))
    click(112.5265, 35.1215)
    rest(0.8)
    shoot(iface.mainWindow(), "edit-zones.png")
    QTest.keyClick(canvas.viewport(), Qt.Key.Key_Escape)
    iface.actionPan().trigger()


def _measure(zones: QgsVectorLayer) -> None:
    inner = next(one for one in zones.getFeatures() if one["uid"] == "DWZ-007")
    zones.selectByIds([inner.id()])
    shape = inner.geometry()
    shape.translate(0.0052, 0.0)
    zones.changeGeometry(inner.id(), shape)
    zones.changeAttributeValue(inner.id(), zones.fields().indexOf("approved_by"), "省人民政府")
    rest(0.8)
    shoot(plugins["envzones"]._editing.dock("live"), "edit-measures.png")


def _conflict(zones: QgsVectorLayer) -> None:
    tools = plugins["envzones"]._editing
    fid = zones.selectedFeatureIds()[0]
    theirs = QgsVectorLayer(zones.source(), "theirs", "ogr")
    theirs.startEditing()
    for name, value in (("extent_text", "取水井外围30米的区域"), ("approved_by", "河南省人民政府"), ("edited_by", "李工"),
                        ("edited_at", "2019-06-30T02:15:00.000Z")):  # fmt: skip
        theirs.changeAttributeValue(fid, zones.fields().indexOf(name), value)
    theirs.commitChanges()
    del theirs
    zones.commitChanges(False)
    need(lambda: tools.guard.dialog is not None, 20, "the question whose edit stays")
    tools.guard.dialog.keep(fid, True)
    shoot(tools.guard.dialog, "edit-conflict.png")
    tools.guard.dialog.accept()
    rest()


def _history() -> None:
    tools = plugins["envzones"]._editing
    tools.actions["live"].trigger()
    tools.actions["history"].trigger()
    rest(0.8)
    tools.dock("history").zoom()
    rest(1.0)
    shoot(iface.mainWindow(), "edit-history.png")
    tools.actions["history"].trigger()


def _issues(zones: QgsVectorLayer) -> None:
    tools = plugins["envzones"]._editing
    knot = QgsFeature(zones.fields())
    for name, value in (("uid", "knot"), ("name", "自相交示例"), ("level", "quasi"), ("source_name", "示例")):
        knot[name] = value
    knot.setGeometry(
        QgsGeometry.fromWkt("MultiPolygon (((112.53 35.125, 112.54 35.129, 112.54 35.125, 112.53 35.129, 112.53 35.125)))")
    )
    zones.addFeature(knot)
    tools.actions["validate"].trigger()
    rows = tools.dock("issues").findChild(QTreeWidget)
    need(lambda: rows.topLevelItemCount() > 0, 120, "the list of what is wrong")
    for number in range(rows.topLevelItemCount()):
        if rows.topLevelItem(number).text(0) == "自相交示例":
            rows.setCurrentItem(rows.topLevelItem(number))
            rows.itemClicked.emit(rows.topLevelItem(number), 0)
            break
    wait(lambda: False, 0.5)
    go(112.515, 35.103, 112.548, 35.135)
    rest(2.5)
    shoot(iface.mainWindow(), "edit-issues.png")
    tools.dock("issues").close()
