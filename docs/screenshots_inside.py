"""Runs inside the QGIS window that ``screenshots.py`` opens: arranges, waits, takes the pictures."""

from __future__ import annotations

import json
import os
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import processing
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.gui import QgsAttributeDialog, QgsDockWidget
from qgis.PyQt.QtCore import QPoint, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDockWidget, QToolBar, QTreeWidget, QWidget, QWizard
from qgis.utils import iface, plugins

OUT = Path(os.environ["ENVZONES_OUT"])
CHINESE = os.environ["ENVZONES_LANG"].startswith("zh")
#: The toolbars a planner needs; the rest would crowd the picture.
_BARS = {"mFileToolBar", "mMapNavToolBar", "mSelectionToolBar", "EnvZonesEditToolbar"}
PROJECT = QgsProject.instance()


def wait(done: Callable[[], bool], seconds: float) -> None:
    """Let QGIS work until `done()` or the time is over."""
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.02)


def rest(seconds: float = 0.6) -> None:
    """Let the window settle."""
    wait(lambda: False, seconds)
    wait(lambda: not iface.mapCanvas().isDrawing(), 30)
    wait(lambda: False, 0.3)


def shoot(widget: QWidget, name: str) -> None:
    """Save a picture of a widget."""
    rest(0.3)
    if not widget.grab().save(str(OUT / name)):
        raise RuntimeError(f"{name} could not be written")


def layer(table: str):
    """Return a layer of the one map."""
    return next(one for one in PROJECT.mapLayers().values() if one.customProperty("envzones/table") == table)


def go(west: float, south: float, east: float, north: float) -> None:
    """Show a piece of the map given in degrees."""
    there = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4490"), PROJECT.crs(), PROJECT)
    iface.mapCanvas().setExtent(there.transformBoundingBox(QgsRectangle(west, south, east, north)))
    iface.mapCanvas().refresh()
    rest()


def arrange() -> QDockWidget:
    """Size the window, close what is not ours, open the panel."""
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
    wait(lambda: bool(PROJECT.mapLayers()), 60)
    plugins["envzones"]._actions["dock"].trigger()
    dock = window.findChild(QgsDockWidget, "EnvZonesDock")
    tree = dock.findChild(QTreeWidget, "EnvZonesLayers")
    wait(lambda: tree.topLevelItemCount() > 0, 60)
    return dock


def dialog(verb: str, name: str) -> None:
    """Take a picture of an algorithm's dialog, filled in from the project."""
    from envzones.plugin.gui.prefill import prefilled

    known = prefilled(verb)
    if verb == "sitingcheck":
        known.update(ONEMAP="~/jiyuan/jiyuan.gpkg", SITES=candidates())
    window = processing.createAlgorithmDialog(f"envzones:{verb}", known)
    window.show()
    window.resize(1000, 580)
    rest()
    shoot(window, name)
    window.close()
    window.deleteLater()


def candidates() -> str:
    """Add the candidate projects and return their layer's id."""
    path = Path(plugins["envzones"].__module__.replace(".", "/"))  # envzones/plugin/main
    root = Path(__import__(path.parts[0]).__file__).resolve().parent
    file = root / "resources" / "demo" / "jiyuan" / "candidates.geojson"
    sites = QgsVectorLayer(f"{file}|geometrytype=Point", "候选项目" if CHINESE else "Candidates", "ogr")
    PROJECT.addMapLayer(sites, False)
    return sites.id()


def section_zone() -> None:
    """Show a section's control zone close up, with what was found in it."""
    for node in PROJECT.layerTreeRoot().findLayers():
        kind = node.layer().customProperty("envzones/result") or ""
        if kind == "section/finding":
            node.setItemVisibilityChecked(True)
        if kind.startswith(("check/", "radius/")):
            node.setItemVisibilityChecked(False)
    zone = next(
        one for one in PROJECT.mapLayers().values() if one.customProperty("envzones/result") == "section/zone"
    )
    found = max(zone.getFeatures(), key=lambda feature: feature["name"] is not None and "五龙口" in str(feature["name"]))
    box = found.geometry().boundingBox()
    box.scale(1.15)
    go(box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
    shoot(iface.mainWindow(), "section-zone.png")


def suitable() -> None:
    """Show where a new livestock farm may go in the whole city, alone on the map."""
    city = processing.run("native:extractbyattribute", {
        "INPUT": layer("admin_area"), "FIELD": "level", "VALUE": "city", "OUTPUT": "TEMPORARY_OUTPUT",
    })["OUTPUT"]  # fmt: skip
    known = dict.fromkeys(("statutory_key_project", "siting_unavoidable", "soil_polluting"), "false")
    processing.runAndLoadResults("envzones:suitablearea", {
        "AREA": city, "ONEMAP": layer("admin_area").source().split("|")[0], "RULEBOOK": ["jiyuan-2018", "national-henan"],
        "FACILITY_TYPE": "livestock_farm", "NATURE": 0, "AS_OF": "2019-06-30",
        "ATTRIBUTES": "\n".join(f"{name}={value}" for name, value in known.items()),
        "SUITABLE": "TEMPORARY_OUTPUT",
    })  # fmt: skip
    made = (one for one in PROJECT.mapLayers().values() if one.customProperty("envzones/result"))
    shown = next(one for one in made if one.customProperty("envzones/result") == "suitablearea/suitable")
    for node in PROJECT.layerTreeRoot().findLayers():
        node.setItemVisibilityChecked(node.layer() in (shown, layer("admin_area")))
        node.setExpanded(node.layer() is shown)
    iface.setActiveLayer(shown)
    iface.zoomToActiveLayer()
    rest(2.0)
    shoot(iface.mainWindow(), "suitable.png")


def river_panel() -> None:
    """Click a section with the River section panel's tool, and show its zone and what lies in it."""
    window, canvas = iface.mainWindow(), iface.mapCanvas()
    hidden = [
        node
        for node in PROJECT.layerTreeRoot().findLayers()
        if node.isVisible() and node.layer().customProperty("envzones/result")
    ]
    for node in hidden:
        node.setItemVisibilityChecked(False)
    window.findChild(QgsDockWidget, "EnvZonesDock").close()
    plugins["envzones"]._actions["riverpanel"].trigger()
    panel = window.findChild(QgsDockWidget, "EnvZonesRiverPanel")
    answers = []
    panel.answered.connect(answers.append)
    stored = next(one for one in layer("monitoring_section").getFeatures() if one["uid"] == "MS-01")
    place = stored.geometry().asPoint()
    go(place.x() - 0.06, place.y() - 0.04, place.x() + 0.06, place.y() + 0.06)
    panel._tools.pick.trigger()
    there = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4490"), PROJECT.crs(), PROJECT)
    pixel = canvas.getCoordinateTransform().transform(there.transform(QgsPointXY(place)))
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(round(pixel.x()), round(pixel.y())))
    wait(lambda: bool(answers), 60)
    panel._tools.zoom.trigger()
    rest()
    panel._results.table.selectRow(3)
    rest(2.0)
    shoot(window, "river-panel.png" if CHINESE else "river-panel-en.png")
    panel._tools.clear_all.trigger()
    panel.close()
    canvas.unsetMapTool(panel._tool)
    window.findChild(QgsDockWidget, "EnvZonesDock").show()
    for node in hidden:
        node.setItemVisibilityChecked(True)
    rest()


def form() -> None:
    """Take a picture of the form of a drinking-water zone."""
    zones = layer("drinking_water_zone")
    zones.startEditing()
    window = QgsAttributeDialog(zones, next(zones.getFeatures()), False, iface.mainWindow(), True)
    window.show()
    window.resize(560, 640)
    rest()
    if QApplication.focusWidget() is not None:
        QApplication.focusWidget().clearFocus()
    shoot(window, "attribute-form.png")
    window.reject()
    zones.rollBack()


def click(lon: float, lat: float, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
    """Click on the map."""
    canvas = iface.mapCanvas()
    there = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4490"), PROJECT.crs(), PROJECT)
    pixel = canvas.getCoordinateTransform().transform(there.transform(QgsPointXY(lon, lat)))
    spot = QPoint(round(pixel.x()), round(pixel.y()))
    QTest.mouseMove(canvas.viewport(), spot)
    rest(0.1)
    QTest.mouseClick(canvas.viewport(), button, pos=spot)


def editing() -> None:
    """Draw a zone beside others, look at its measures, meet a colleague's edit, look at the history."""
    window, canvas, zones = iface.mainWindow(), iface.mapCanvas(), layer("drinking_water_zone")
    tools = plugins["envzones"]._editing
    window.findChild(QgsDockWidget, "EnvZonesDock").close()
    iface.setActiveLayer(zones)
    go(112.515, 35.103, 112.548, 35.131)
    tools.actions["live"].trigger()
    zones.startEditing()
    iface.actionAddFeature().trigger()
    for corner in ((112.5265, 35.1135), (112.5400, 35.1135), (112.5400, 35.1215)):
        click(*corner)
    QTest.mouseMove(canvas.viewport(), QPoint(5, 5))
    click(112.5265, 35.1215)
    rest(0.8)
    shoot(window, "edit-zones.png")
    QTest.keyClick(canvas.viewport(), Qt.Key.Key_Escape)
    iface.actionPan().trigger()
    inner = next(one for one in zones.getFeatures() if one["uid"] == "DWZ-007")
    zones.selectByIds([inner.id()])
    shape = inner.geometry()
    shape.translate(0.0052, 0.0)
    zones.changeGeometry(inner.id(), shape)
    zones.changeAttributeValue(inner.id(), zones.fields().indexOf("approved_by"), "省人民政府")
    rest(0.8)
    shoot(tools.dock("live"), "edit-measures.png")
    theirs = QgsVectorLayer(zones.source(), "theirs", "ogr")
    theirs.startEditing()
    for name, value in (("extent_text", "取水井外围30米的区域"), ("approved_by", "河南省人民政府"), ("edited_by", "李工"),
                        ("edited_at", "2019-06-30T02:15:00.000Z")):  # fmt: skip
        theirs.changeAttributeValue(inner.id(), zones.fields().indexOf(name), value)
    theirs.commitChanges()
    del theirs
    zones.commitChanges(False)
    wait(lambda: tools.guard.dialog is not None, 20)
    tools.guard.dialog.keep(inner.id(), True)
    shoot(tools.guard.dialog, "edit-conflict.png")
    tools.guard.dialog.accept()
    rest()
    iface.messageBar().clearWidgets()
    tools.actions["live"].trigger()
    tools.actions["history"].trigger()
    rest(0.8)
    tools.dock("history").zoom()
    rest(1.0)
    shoot(window, "edit-history.png")
    tools.actions["history"].trigger()
    knot = QgsFeature(zones.fields())
    for name, value in (("uid", "knot"), ("name", "自相交示例"), ("level", "quasi"), ("source_name", "示例")):
        knot[name] = value
    knot.setGeometry(
        QgsGeometry.fromWkt("MultiPolygon (((112.53 35.125, 112.54 35.129, 112.54 35.125, 112.53 35.129, 112.53 35.125)))")
    )
    zones.addFeature(knot)
    tools.actions["validate"].trigger()
    rows = tools.dock("issues").findChild(QTreeWidget)
    wait(lambda: rows.topLevelItemCount() > 0, 120)
    for number in range(rows.topLevelItemCount()):
        if rows.topLevelItem(number).text(0) == "自相交示例":
            rows.setCurrentItem(rows.topLevelItem(number))
            rows.itemClicked.emit(rows.topLevelItem(number), 0)
            break
    go(112.515, 35.103, 112.548, 35.135)
    rest(2.5)
    shoot(window, "edit-issues.png")
    tools.dock("issues").close()
    zones.rollBack()
    zones.removeSelection()
    window.findChild(QgsDockWidget, "EnvZonesDock").show()
    rest()


def importing() -> None:
    """Go through the import wizard with a shapefile in GBK that has no .prj, up to its check; nothing is imported."""
    import importlib.util

    import envzones

    made = Path(envzones.__file__).resolve().parent / "tests" / "engine" / "messy.py"
    spec = importlib.util.spec_from_file_location("messy", made)
    messy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(messy)
    folder = OUT / "import"
    folder.mkdir()
    plugins["envzones"]._actions["import"].trigger()
    wizard = iface.mainWindow().findChild(QWizard, "EnvZonesImport")
    wizard.files.add([str(messy.shapefile(folder, epsg=4547))])
    wait(lambda: wizard.state.peek is not None, 30)
    shoot(wizard, "import-files.png")
    wizard.next()
    wait(lambda: wizard.state.reading is not None, 30)
    wizard.crs.choose(0)
    wizard.crs.map.to_both()
    rest(1.5)
    shoot(wizard, "import-crs.png")
    wizard.next()
    wizard.fields.choose("contaminated_plot")
    wizard.fields.set_fixed("register_state", "suspected")
    wizard.fields.show_field("planned_use")
    rest()
    shoot(wizard, "import-fields.png")
    wizard.next()
    wait(lambda: wizard.check.loaded is not None, 60)
    wizard.check.file.lineEdit().setText("~/地块_rejects.csv")
    wizard.check.rejects.setCurrentItem(wizard.check.rejects.topLevelItem(0))
    rest(1.5)
    shoot(wizard, "import-check.png")
    wizard.reject()


def layout() -> None:
    """Take a picture of the print layout's window."""
    designer = iface.openLayoutDesigner(PROJECT.layoutManager().printLayouts()[0])
    window = designer.window()
    window.showNormal()
    window.setGeometry(0, 0, 1366, 768)
    rest(1.5)
    designer.view().zoomFull()
    rest(4.0)
    shoot(window, "layout.png")
    window.close()


def new_project() -> None:
    """Take a picture of the dialog for a new one map."""
    from envzones.plugin.gui.new_project import NewProjectDialog

    window = NewProjectDialog(iface.mainWindow())
    window.set_file(Path("~/jiyuan/jiyuan.gpkg"))
    window.show()
    rest()
    shoot(window, "new-project.png")
    window.close()


def pictures() -> None:
    """Take the pictures of this language."""
    dock = arrange()
    canvas = iface.mapCanvas()
    canvas.setReferencedExtent(PROJECT.viewSettings().defaultViewExtent())
    dock._tabs.setCurrentIndex(1)
    rest(1.0)
    shoot(iface.mainWindow(), "window.png" if CHINESE else "window-en.png")
    river_panel()
    if not CHINESE:
        return
    dialog("sitingcheck", "siting-check.png")
    dialog("riversection", "river-section.png")
    new_project()
    form()
    editing()
    importing()
    layout()
    section_zone()
    suitable()
    PROJECT.setDirty(False)
    PROJECT.clear()
    wait(lambda: dock._pages.currentIndex() == 0, 10)
    shoot(dock, "panel-empty.png")


def main() -> None:
    """Take them, say how it went, and leave."""
    answer: dict[str, str] = {}
    try:
        pictures()
    except Exception:  # noqa: BLE001 - the caller prints it
        answer["error"] = traceback.format_exc()
    part = OUT / "result.part"
    part.write_text(json.dumps(answer), encoding="utf-8")
    part.rename(OUT / "result.json")
    PROJECT.setDirty(False)
    QTimer.singleShot(0, iface.actionExit().trigger)


QTimer.singleShot(1500, main)
