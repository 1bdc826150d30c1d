"""Split, merge, shared boundary, snapping presets, panels: real edits, one undo step each."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest
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
from qgis.gui import QgsMapToolCapture, QgsMapToolDigitizeFeature
from qgis.PyQt.QtCore import QPoint, Qt, pyqtSignal
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QLabel, QPushButton, QTableWidget, QTreeWidget


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_window = _load("window")
settle, census, wait_until = _window.settle, _window.census, _window.wait_until


class Window(_window.Window):
    """A window that knows which layer is active, as QGIS's does."""

    def activeLayer(self):  # noqa: N802 - QGIS's name
        return self.canvas.currentLayer()

    @property
    def currentLayerChanged(self) -> pyqtSignal:  # noqa: N802 - QGIS's name
        return self.canvas.currentLayerChanged


@pytest.fixture
def window(qgis_app):
    one = Window()
    one.window.resize(1200, 800)
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


TABLES = {
    "drinking_water_zone": "饮用水水源保护区", "river_reach": "河段", "road": "道路", "mine_site": "矿山",
    "coal_boiler": "燃煤锅炉", "admin_area": "行政区",
}  # fmt: skip


@pytest.fixture
def zones(onemap, tmp_path, clean_project, plugin, window):
    """The drinking-water zones of a map, active and in edit mode, seen on the canvas."""
    path = tmp_path / "map.gpkg"
    shutil.copy(onemap, path)
    clean_project.setCrs(QgsCoordinateReferenceSystem("EPSG:4547"))
    for name, title in TABLES.items():
        # With the style and the form that lie in the file.
        one = QgsVectorLayer(f"{path}|layername={name}", title, "ogr")
        one.setCustomProperty("envzones/table", name)
        clean_project.addMapLayer(one)
    layer = table("drinking_water_zone")
    canvas = window.canvas
    canvas.setDestinationCrs(clean_project.crs())
    canvas.setLayers([layer])
    canvas.setCurrentLayer(layer)
    show(canvas, 112.56, 35.06, 112.66, 35.16)
    settle()
    layer.startEditing()
    yield layer
    if layer.isEditable():
        layer.rollBack()


def table(name: str):
    return next(
        one for one in QgsProject.instance().mapLayers().values() if one.customProperty("envzones/table") == name
    )


def there() -> QgsCoordinateTransform:
    project = QgsProject.instance()
    return QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4490"), project.crs(), project)


def show(canvas, west: float, south: float, east: float, north: float) -> None:
    canvas.setExtent(there().transformBoundingBox(QgsRectangle(west, south, east, north)))


def click(canvas, lon: float, lat: float, button=Qt.MouseButton.LeftButton) -> None:
    pixel = canvas.getCoordinateTransform().transform(there().transform(QgsPointXY(lon, lat)))
    spot = QPoint(round(pixel.x()), round(pixel.y()))
    QTest.mouseMove(canvas.viewport(), spot)
    QTest.mouseClick(canvas.viewport(), button, pos=spot)


def row(layer, uid: str) -> QgsFeature:
    return next(one for one in layer.getFeatures() if one["uid"] == uid)


def box(west, south, east, north) -> QgsGeometry:
    shape = QgsGeometry.fromRect(QgsRectangle(west, south, east, north))
    shape.convertToMultiType()
    return shape


def add(layer, uid: str, shape: QgsGeometry, **values) -> int:
    feature = QgsFeature(layer.fields())
    for name, value in {"uid": uid, "name": uid, "level": "primary", "source_name": "某水源", **values}.items():
        feature[name] = value
    feature.setGeometry(shape)
    assert layer.addFeature(feature)
    return feature.id()


def area(shape: QgsGeometry) -> float:
    return shape.area()


# --- loading ------------------------------------------------------------------------------------------------


def test_load_unload_load_with_guards(window, qgis_processing, zones, plugin):
    import envzones

    zones.rollBack()
    plugin.unload()
    settle()
    bare = census(window)
    for _ in range(2):
        one = envzones.classFactory(window)
        one.initGui()
        for name in ("live", "history"):
            one._editing.actions[name].trigger()
        settle()
        assert zones.id() in one._editing.guard.watching()
        assert census(window)["toolbars"] == bare["toolbars"] + 2
        one.unload()
        settle()
        assert census(window) == bare
        zones.startEditing()
        zones.rollBack()
    plugin.initGui()


def test_actions_can_be_used_when_they_make_sense(plugin, zones, window):
    actions = plugin._editing.actions

    def can() -> set[str]:
        return {name for name in ("split", "merge", "shared", "validate", "adjust", "cancel") if actions[name].isEnabled()}

    assert can() == {"split", "validate"}
    zones.selectByIds([row(zones, "Z1").id()])
    assert can() == {"split", "shared", "validate", "adjust", "cancel"}
    zones.selectAll()
    assert can() == {"split", "merge", "validate", "cancel"}
    zones.rollBack()
    assert can() == {"validate"}
    window.canvas.setCurrentLayer(table("coal_boiler"))
    assert can() == {"validate"}
    window.canvas.setCurrentLayer(zones)
    for action in actions.values():
        assert not action.icon().isNull()
        assert action.statusTip()


# --- split and merge ----------------------------------------------------------------------------------------


def test_split_by_clicks_gives_each_part_its_own_row(plugin, zones, window):
    canvas = window.canvas
    zones.selectByIds([row(zones, "Z1").id()])
    whole = area(row(zones, "Z1").geometry())
    steps = zones.undoStack().count()
    plugin._editing.actions["split"].trigger()
    assert isinstance(canvas.mapTool(), QgsMapToolDigitizeFeature)
    click(canvas, 112.61, 35.09)
    click(canvas, 112.61, 35.13)
    click(canvas, 112.61, 35.13, Qt.MouseButton.RightButton)
    parts = [one for one in zones.getFeatures() if one["name"] == "示例一级保护区"]
    assert len(parts) == 2
    assert len({one["uid"] for one in parts}) == 2
    assert sum(area(one.geometry()) for one in parts) == pytest.approx(whole)
    assert zones.undoStack().count() == steps + 1
    zones.undoStack().undo()
    assert area(row(zones, "Z1").geometry()) == pytest.approx(whole)
    assert zones.featureCount() == 2
    zones.undoStack().redo()
    assert zones.commitChanges(), zones.commitErrors()
    saved = [one for one in zones.getFeatures() if one["name"] == "示例一级保护区"]
    assert len({one["uid"] for one in saved}) == 2


def test_a_line_that_splits_nothing_is_told_and_leaves_no_step(plugin, zones, window):
    from envzones.plugin.engine.errors import InputError
    from envzones.plugin.project import editing_shapes

    steps = zones.undoStack().count()
    with pytest.raises(InputError, match="splits nothing"):
        editing_shapes.split(zones, [QgsPointXY(112.0, 35.0), QgsPointXY(112.1, 35.0)])
    assert zones.undoStack().count() == steps


def test_merge_asks_whose_values_stay(plugin, zones, window):
    from envzones.plugin.gui.edit_merge import MergeDialog

    first = add(zones, "A", box(112.70, 35.10, 112.71, 35.11), document_no="甲〔2018〕1号")
    second = add(zones, "B", box(112.71, 35.10, 112.72, 35.11), document_no="乙〔2019〕2号", level="secondary")
    zones.selectByIds([first, second])
    steps = zones.undoStack().count()
    plugin._editing.actions["merge"].trigger()
    dialog = window.window.findChild(MergeDialog)
    fields = dialog.findChild(QTableWidget)
    titles = [fields.verticalHeaderItem(k).text() for k in range(fields.rowCount())]
    assert titles[:2] == ["保护区级别", "文号"]
    assert "保护区级别, 文号" in "".join(label.text() for label in dialog.findChildren(QLabel))
    keep = dialog.keep()
    other = 1 - [int(dialog._which.itemData(k)) for k in range(2)].index(keep)
    fields.cellClicked.emit(1, other)
    dialog.accept()
    settle()
    left = [one for one in zones.getFeatures() if one["uid"] in ("A", "B")]
    assert len(left) == 1
    kept, given = ("A", "乙〔2019〕2号") if keep == first else ("B", "甲〔2018〕1号")
    assert (left[0]["uid"], left[0]["document_no"]) == (kept, given)
    assert area(left[0].geometry()) == pytest.approx(2e-4)
    assert zones.undoStack().count() == steps + 1
    zones.undoStack().undo()
    assert {one["uid"] for one in zones.getFeatures()} == {"Z1", "Z2", "A", "B"}


# --- shared boundary ----------------------------------------------------------------------------------------

#: A neighbour with a ragged western edge, and a zone whose straight eastern edge half overlaps it.
NEIGHBOUR = "MultiPolygon (((112.61 35.10, 112.64 35.10, 112.64 35.13, 112.61 35.13, 112.612 35.12, 112.608 35.11, 112.61 35.10)))"


def test_the_edge_follows_the_neighbours_boundary_exactly(plugin, zones, window):
    zones.deleteFeatures([one.id() for one in zones.getFeatures()])
    mine = add(zones, "A", box(112.59, 35.10, 112.6105, 35.13))
    add(zones, "B", QgsGeometry.fromWkt(NEIGHBOUR))
    zones.selectByIds([mine])
    steps = zones.undoStack().count()
    plugin._editing.actions["shared"].trigger()
    canvas = window.canvas
    click(canvas, 112.61, 35.10)
    click(canvas, 112.61, 35.13)
    click(canvas, 112.61, 35.13, Qt.MouseButton.RightButton)
    ring = zones.getFeature(mine).geometry().asMultiPolygon()[0][0]
    edge = [(112.61, 35.10), (112.608, 35.11), (112.612, 35.12), (112.61, 35.13)]
    assert {(point.x(), point.y()) for point in ring} == {(112.59, 35.10), (112.59, 35.13), *edge}
    other = row(zones, "B").geometry()
    shape = zones.getFeature(mine).geometry()
    assert shape.intersection(other).area() == 0.0
    assert len(shape.combine(other).asPolygon()) == 1  # neither gap nor hole
    assert zones.undoStack().count() == steps + 1
    zones.undoStack().undo()
    assert zones.getFeature(mine).geometry().asMultiPolygon()[0][0][1].x() == 112.6105


def test_the_edge_follows_a_road_of_another_coordinate_system(plugin, zones, window, tools):
    zones.deleteFeatures([one.id() for one in zones.getFeatures()])
    mine = add(zones, "A", box(112.59, 35.10, 112.61, 35.13))
    to_plane = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4490"), QgsCoordinateReferenceSystem("EPSG:4547"), QgsProject.instance()
    )
    points = [(112.613, 35.09), (112.6125, 35.105), (112.614, 35.12), (112.613, 35.14)]
    plane = [to_plane.transform(QgsPointXY(*point)) for point in points]
    wkt = "LineString (" + ", ".join(f"{one.x():.6f} {one.y():.6f}" for one in plane) + ")"
    road = tools.make_layer("LineString", "field=uid:string", [(wkt, ["R"])], "road", "EPSG:4547")
    QgsProject.instance().addMapLayer(road)
    window.canvas.setLayers([zones, road])
    zones.selectByIds([mine])
    tool = plugin._editing.tool("shared")
    window.canvas.setMapTool(tool)
    tool.click(there().transform(QgsPointXY(112.61265, 35.10)))
    tool.click(there().transform(QgsPointXY(112.6134, 35.13)))
    tool.apply()
    ring = zones.getFeature(mine).geometry().asMultiPolygon()[0][0]
    found = [any(point.distance(QgsPointXY(*one)) < 1e-9 for point in ring) for one in points]
    assert found == [False, True, True, False]
    assert zones.getFeature(mine).geometry().isGeosValid()


def test_no_boundary_there_is_told(plugin, zones, window):
    zones.selectByIds([row(zones, "Z1").id()])
    tool = plugin._editing.tool("shared")
    window.canvas.setMapTool(tool)
    tool.click(there().transform(QgsPointXY(112.565, 35.065)))
    assert "No boundary here" in window.said[-1][1]


# --- snapping -----------------------------------------------------------------------------------------------


def test_snap_presets_set_the_projects_snapping(plugin, zones, window):
    project = QgsProject.instance()
    plugin._editing.snap.choose("zones", pixels=20)
    config = project.snappingConfig()
    assert config.enabled()
    on = {layer.name() for layer, one in config.individualLayerSettings().items() if one.enabled()}
    assert {zones.name(), "河段"} <= on
    assert "道路" not in on
    assert config.individualLayerSettings(zones).tolerance() == 20
    assert project.topologicalEditing()
    avoided = project.avoidIntersectionsLayers()
    assert zones not in avoided  # levels lie inside one another
    assert table("mine_site") in avoided
    plugin._editing.snap.choose("off")
    assert not project.snappingConfig().enabled()
    assert project.avoidIntersectionsLayers() == []


# --- live panel ---------------------------------------------------------------------------------------------


@pytest.fixture
def live(plugin, zones):
    plugin._editing.actions["live"].trigger()
    panel = plugin._editing.dock("live")
    assert panel.isVisible()
    return panel


def text(panel, name: str) -> str:
    return panel.findChild(QLabel, f"EnvZonesLive{name}").text()


def test_measures_agree_with_the_ellipsoid_and_the_plane(live, zones, tools):
    zones.selectByIds([row(zones, "Z1").id()])
    live.look()
    points = zones.selectedFeatures()[0].geometry().asMultiPolygon()[0][0]
    lon, lat = [p.x() for p in points], [p.y() for p in points]
    geodesic, edge = tools.geod.polygon_area_perimeter(lon, lat)
    shown = float(text(live, "_m2_1").replace(",", ""))
    # Edges are straight in degrees there and geodesics here.
    assert shown == pytest.approx(abs(geodesic), rel=2e-6)
    assert float(text(live, "_m_1").replace(",", "")) == pytest.approx(edge, abs=0.051)
    assert float(text(live, "_ha_1").replace(",", "")) == pytest.approx(shown / 1e4, rel=1e-6)
    assert float(text(live, "_mu_1").replace(",", "")) == pytest.approx(shown * 0.0015, rel=1e-5)
    plane = QgsGeometry(zones.selectedFeatures()[0].geometry())
    plane.transform(there())
    assert float(text(live, "_m2_2").replace(",", "")) == pytest.approx(plane.area(), abs=0.06)


def test_nesting_is_told_and_followed(live, zones):
    fid = row(zones, "Z1").id()
    zones.selectByIds([fid])
    live.look()
    assert "lies inside" in text(live, "Nesting")
    zones.changeGeometry(fid, box(112.60, 35.10, 112.65, 35.12))
    wait_until(lambda: "outside" in text(live, "Nesting"))
    outer = row(zones, "Z2").id()
    ring = zones.getFeature(outer).geometry().difference(box(112.60, 35.10, 112.62, 35.12))
    zones.changeGeometry(fid, box(112.60, 35.10, 112.62, 35.12))
    zones.changeGeometry(outer, ring)
    zones.selectByIds([fid])
    live.look()
    assert "lies inside" in text(live, "Nesting")


def test_overlaps_and_gaps_of_neighbours_are_listed(live, zones):
    mine = add(zones, "A", box(112.70, 35.10, 112.71, 35.11), source_code="X")
    add(zones, "B", box(112.709, 35.10, 112.72, 35.11), source_code="Y")
    add(zones, "C", box(112.69, 35.10, 112.69995, 35.11), source_code="Y")
    add(zones, "D", box(112.70, 35.11, 112.71, 35.12), source_code="Y")
    zones.selectByIds([mine])
    live.look()
    tree = live.findChild(QTreeWidget)
    rows = [(tree.topLevelItem(k).text(0), tree.topLevelItem(k).text(1)) for k in range(tree.topLevelItemCount())]
    assert [name for name, _ in rows] == ["一级保护区: B", "一级保护区: C"]
    assert rows[0][1].startswith("overlap")
    gap = float(rows[1][1].split()[1])
    assert gap == pytest.approx(0.00005 * 91_100, rel=0.01)


def test_a_crossing_boundary_is_told_in_words_while_drawing(live, zones, window, plugin):
    canvas = window.canvas
    tool = QgsMapToolDigitizeFeature(canvas, plugin._editing.cad(), QgsMapToolCapture.CaptureMode.CapturePolygon)
    canvas.setMapTool(tool)
    for lon, lat in ((112.57, 35.07), (112.60, 35.10), (112.60, 35.07), (112.57, 35.10)):
        click(canvas, lon, lat)
    live.look()
    assert "crosses or touches itself" in text(live, "State")
    assert "New zone" in text(live, "Title")
    tool.undo()
    canvas.unsetMapTool(tool)
    live.look()
    assert "Draw, edit or select" in text(live, "Title")
    tool.deleteLater()


def test_a_look_is_quick_among_many_neighbours(live, zones):
    import time

    for k in range(300):
        x, y = 112.70 + 0.001 * (k % 20), 35.10 + 0.001 * (k // 20)
        shape = QgsGeometry.fromPointXY(QgsPointXY(x, y)).buffer(0.0006, 25)
        add(zones, f"N{k}", shape, source_code=f"S{k}")
    mine = add(zones, "A", QgsGeometry.fromPointXY(QgsPointXY(112.71, 35.107)).buffer(0.004, 100), source_code="A")
    zones.selectByIds([mine])
    live.look()
    began = time.perf_counter()
    for _ in range(5):
        live.look()
    took = (time.perf_counter() - began) / 5
    assert live.findChild(QTreeWidget).topLevelItemCount() > 30
    assert took < 0.25  # 50 ms on an idle machine


# --- history ------------------------------------------------------------------------------------------------


def test_history_shows_who_when_before_and_after(plugin, zones, window):
    from envzones.plugin.project import editing

    editing.set_user_name("王工")
    fid = row(zones, "Z1").id()
    zones.changeAttributeValue(fid, zones.fields().indexOf("source_rank"), "county")
    zones.changeGeometry(fid, box(112.60, 35.10, 112.63, 35.12))
    assert zones.commitChanges(False), zones.commitErrors()
    editing.set_user_name("")
    plugin._editing.actions["history"].trigger()
    panel = plugin._editing.dock("history")
    zones.selectByIds([fid])
    entries, fields = panel.findChild(QTreeWidget), panel.findChild(QTableWidget)
    wait_until(lambda: entries.topLevelItemCount() > 0)
    top = entries.topLevelItem(0)
    assert top.text(1) == "王工"
    assert "水源级别" in top.text(2)
    shown = {fields.item(k, 0).text(): (fields.item(k, 1).text(), fields.item(k, 2).text()) for k in range(fields.rowCount())}
    assert shown["水源级别"] == ("市级", "县级")
    assert "ha" in shown["Shape"][0]
    assert shown["Shape"][0] != shown["Shape"][1]
    before = window.canvas.extent()
    panel.findChild(QPushButton, "EnvZonesHistoryZoom").click()
    assert window.canvas.extent() != before
    assert len(panel._marks._bands) == 2
    zones.changeAttributeValue(fid, zones.fields().indexOf("source_rank"), "city")
    assert zones.commitChanges(False)
    wait_until(lambda: entries.topLevelItemCount() > 1)


# --- checks -------------------------------------------------------------------------------------------------


def test_issues_are_listed_and_mended_in_one_step(plugin, zones, window):
    bow = "MultiPolygon (((112.70 35.10, 112.71 35.11, 112.71 35.10, 112.70 35.11, 112.70 35.10)))"
    mine = add(zones, "A", QgsGeometry.fromWkt(bow), source_code="X")
    plugin._editing.actions["validate"].trigger()
    panel = plugin._editing.dock("issues")
    tree = panel.findChild(QTreeWidget)
    wait_until(lambda: tree.topLevelItemCount() > 0, 60.0)
    rows = [tree.topLevelItem(k) for k in range(tree.topLevelItemCount())]
    wrong = next(item for item in rows if item.text(1) == "the boundary crosses itself")
    tree.itemClicked.emit(wrong, 0)
    assert zones.selectedFeatureIds() == [mine]
    wrong.setSelected(True)
    steps = zones.undoStack().count()
    button = panel.findChild(QPushButton, "EnvZonesIssuesMend")
    assert button.isEnabled()
    button.click()
    assert zones.undoStack().count() == steps + 1
    assert zones.getFeature(mine).geometry().isGeosValid()
    assert "Mended 1 rows" in window.said[-1][1]
    wait_until(lambda: "Checking" not in panel.findChild(QLabel, "EnvZonesIssuesTitle").text(), 60.0)
    assert not any(
        tree.topLevelItem(k).text(1) == "the boundary crosses itself" for k in range(tree.topLevelItemCount())
    )
    zones.undoStack().undo()
    assert not zones.getFeature(mine).geometry().isGeosValid()


# --- life cycle ---------------------------------------------------------------------------------------------


def fill(dialog, number: str, issued: str, day: str) -> None:
    from qgis.PyQt.QtCore import QDate

    dialog.number.setText(number)
    dialog.issued.setDate(QDate.fromString(issued, "yyyy-MM-dd"))
    dialog.day.setDate(QDate.fromString(day, "yyyy-MM-dd"))


def test_an_adjusted_zone_keeps_its_old_row(plugin, zones, window):
    from envzones.plugin.gui.edit_life import LifeDialog

    fid = row(zones, "Z1").id()
    zones.selectByIds([fid])
    plugin._editing.actions["adjust"].trigger()
    dialog = window.window.findChild(LifeDialog)
    fill(dialog, "豫政文〔2019〕125号", "2019-07-01", "2019-08-01")
    assert not dialog._ok.isEnabled()
    assert "has not been changed" in dialog._hint.text()
    dialog.reject()
    settle()
    old = zones.getFeature(fid).geometry()
    zones.changeGeometry(fid, box(112.60, 35.10, 112.625, 35.12))
    steps = zones.undoStack().count()
    plugin._editing.actions["adjust"].trigger()
    dialog = window.window.findChild(LifeDialog)
    fill(dialog, "豫政文〔2019〕125号", "2019-07-01", "2019-06-01")
    assert "before the document was issued" in dialog._hint.text()
    fill(dialog, "豫政文〔2019〕125号", "2019-07-01", "2019-08-01")
    dialog.accept()
    settle()
    assert zones.undoStack().count() == steps + 1
    assert zones.commitChanges(False), zones.commitErrors()
    before, after = row(zones, "Z1"), next(one for one in zones.getFeatures() if one["adjusts_uid"] == "Z1")
    assert before.geometry().equals(old)
    assert before["valid_to"].toString("yyyy-MM-dd") == after["valid_from"].toString("yyyy-MM-dd") == "2019-08-01"
    assert (after["life_state"], after["document_no"]) == ("adjusted", "豫政文〔2019〕125号")
    assert after["uid"] != "Z1"
    assert after.geometry().area() == pytest.approx(5e-4)
    assert after["source_code"] == before["source_code"]


def test_a_cancelled_zone_says_by_which_document(plugin, zones, window):
    from envzones.plugin.gui.edit_life import LifeDialog

    zones.selectByIds([row(zones, "Z1").id()])
    plugin._editing.actions["cancel"].trigger()
    dialog = window.window.findChild(LifeDialog)
    fill(dialog, "豫政文〔2020〕1号", "2017-07-01", "2017-08-01")
    dialog.accept()
    assert "in force from 2018-01-01" in window.said[-1][1]
    fill(dialog, "豫政文〔2020〕1号", "2020-07-01", "2020-08-01")
    dialog.accept()
    settle()
    assert zones.commitChanges(), zones.commitErrors()
    gone = row(zones, "Z1")
    assert gone["life_state"] == "cancelled"
    assert gone["cancel_document_no"] == "豫政文〔2020〕1号"
    assert gone["valid_to"].toString("yyyy-MM-dd") == "2020-08-01"
