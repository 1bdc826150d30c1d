"""Every way in which a site comes to the desk."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import shapely
from pyproj import Transformer
from qgis.core import (
    QgsProject,
    QgsVectorFileWriter,
)
from qgis.PyQt.QtCore import QMimeData, QPoint, Qt, QUrl
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication

from envzones.plugin.engine import datum
from envzones.plugin.gui.site_crs import CrsDialog


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_shared = _load("site_page")
GEOD, at, click, metres, pixel_m, shapes = (
    _shared.GEOD, _shared.at, _shared.click, _shared.metres, _shared.pixel_m, _shared.shapes,
)  # fmt: skip
page, project, window = _shared.page, _shared.project, _shared.window
settle, wait_until = _shared.settle, _shared.wait_until


# --- the map --------------------------------------------------------------------------------------------------


def test_each_click_is_a_site_where_it_was_clicked(page):
    page.inputs.actions["point"].trigger()
    assert page.inputs.actions["point"].isChecked()
    places = [(112.61, 35.11), (112.65, 35.06)]
    for one in places:
        click(page, *one)
    assert [one.site_id for one in page.sites] == ["S1", "S2"]
    for shape, place in zip(shapes(page), places):
        assert metres((shape.x, shape.y), place) < pixel_m(page)
    assert page.list.selected_ids() == ["S2"]
    QTest.keyClick(page.iface.canvas, Qt.Key.Key_Escape)
    assert page.iface.canvas.mapTool() is None and not page.inputs.actions["point"].isChecked()


def test_an_area_is_drawn_and_says_how_large_it_is(page):
    canvas = page.iface.canvas
    page.inputs.actions["polygon"].trigger()
    tool = page.inputs.polygon_tool
    ring = [(112.60, 35.08), (112.64, 35.08), (112.64, 35.12), (112.60, 35.12)]
    for one in ring[:3]:
        click(page, *one)
    click(page, 112.70, 35.18)
    assert tool.said.startswith("4 corners")
    QTest.keyClick(canvas, Qt.Key.Key_Backspace)
    assert tool.said.startswith("3 corners")
    click(page, *ring[3])
    expected = abs(GEOD.polygon_area_perimeter(*zip(*ring))[0]) / 1e4
    shown = float(tool.said.split("· ")[1].split(" ha")[0].replace(",", ""))
    assert shown == pytest.approx(expected, rel=0.02)
    assert float(tool.said.split("(")[1].split(" mu")[0].replace(",", "")) == pytest.approx(shown * 15, rel=1e-4)
    click(page, 112.55, 35.05, Qt.MouseButton.RightButton)
    (shape,) = shapes(page)
    assert tool.said == "" and not tool.points
    lon, lat = shape.exterior.xy
    assert abs(GEOD.polygon_area_perimeter(lon, lat)[0]) / 1e4 == pytest.approx(expected, rel=0.02)
    # Straight on the map, so the edges in degrees run through points between.
    assert len(lon) > 5


def test_an_area_that_crosses_itself_is_refused_and_esc_gives_it_up(page):
    page.inputs.actions["polygon"].trigger()
    for one in [(112.60, 35.08), (112.64, 35.12), (112.64, 35.08), (112.60, 35.12)]:
        click(page, *one)
    QTest.keyClick(page.iface.canvas, Qt.Key.Key_Return)
    assert len(page.sites) == 0 and "crosses itself" in page.iface.said[-1][1]
    QTest.keyClick(page.iface.canvas, Qt.Key.Key_Escape)
    assert page.inputs.polygon_tool.said == "" and page.iface.canvas.mapTool() is page.inputs.polygon_tool
    click(page, 112.6, 35.1)
    QTest.keyClick(page.iface.canvas, Qt.Key.Key_Enter)
    assert "three corners" in page.iface.said[-1][1]


def test_the_probe_keeps_the_place_that_was_clicked(page):
    page.probe_action.trigger()
    assert page.iface.canvas.mapTool() is page.probe
    click(page, 112.61, 35.11)
    (shape,) = shapes(page)
    assert metres((shape.x, shape.y), (112.61, 35.11)) < pixel_m(page)
    page.stop_probe()
    assert page.iface.canvas.mapTool() is None


# --- layers ---------------------------------------------------------------------------------------------------


@pytest.fixture
def layer(tools, project):
    rows = [
        ("Point (500000 3885000)", ["甲", "锅炉项目", "coal_boiler", "新建", 3.5, 10.0]),
        ("Point (501000 3885000)", ["乙", "未知项目", "猜不出的类型", None, None, None]),
        ("", ["丙", "没有位置", None, None, None, None]),
    ]
    fields = "field=site_id:string&field=name:string&field=设施类型:string&field=项目性质:string&field=accuracy_m:double&field=capacity_tph:double"
    one = tools.make_layer("Point", fields, rows, "候选", "EPSG:4546")
    project.addMapLayer(one)
    return one


def test_a_layer_brings_what_its_columns_say(page, layer):
    page.inputs.actions["layer"].trigger()
    dialog = page.inputs.dialog
    dialog.layers.setLayer(layer)
    dialog.accept()
    wait_until(lambda: len(page.sites) == 2)
    first, second = page.sites
    assert (first.site_id, first.name, first.facility_type, first.nature) == ("甲", "锅炉项目", "coal_boiler", "new")
    assert first.accuracy_m == 3.5 and dict(first.attributes) == {"capacity_tph": 10.0}
    assert second.facility_type is None
    lon, lat = Transformer.from_crs(4546, 4490, always_xy=True).transform(500000, 3885000)
    assert metres((shapes(page)[0].x, shapes(page)[0].y), (lon, lat)) < 0.001
    said = page.iface.said[-1][1]
    assert "without a place, left out: 1" in said and "猜不出的类型" in said


def test_the_selection_of_the_active_layer(page, layer):
    page.inputs.actions["selection"].trigger()
    assert "Choose a vector layer" in page.iface.said[-1][1]
    page.iface.setActiveLayer(layer)
    page.inputs.actions["selection"].trigger()
    assert "No feature" in page.iface.said[-1][1]
    layer.selectByIds([2])
    page.inputs.actions["selection"].trigger()
    wait_until(lambda: len(page.sites) == 1)
    assert page.sites.ids == ["乙"]


# --- files ----------------------------------------------------------------------------------------------------


def drop(page, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(one)) for one in paths])
    args = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(50, 50), *args)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page, QDropEvent(QPoint(50, 50), *args))


def shapefile(tools, folder, crs="EPSG:4547") -> Path:
    layer = tools.make_layer(
        "Point", "field=名称:string&field=facility_t:string", [("Point (372000 3885000)", ["济源锅炉", "燃煤锅炉"])], "x", crs
    )
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.fileEncoding = "ESRI Shapefile", "GBK"
    path = folder / "候选.shp"
    QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(path), QgsProject.instance().transformContext(), options)
    return path


def test_a_gbk_shapefile_without_prj_is_asked_about(page, tools, tmp_path):
    path = shapefile(tools, tmp_path)
    for suffix in (".prj", ".cpg"):
        path.with_suffix(suffix).unlink(missing_ok=True)
    drop(page, *sorted(path.parent.iterdir()))  # all its side files at once: one shapefile
    wait_until(lambda: page.inputs.dialog is not None)
    dialog = page.inputs.dialog
    assert isinstance(dialog, CrsDialog) and dialog.choice() is None
    assert not dialog.buttons.button(dialog.buttons.StandardButton.Ok).isEnabled()
    dialog.readings.choose("EPSG:4547")
    assert "inside" in dialog.place.text()
    dialog.accept()
    wait_until(lambda: len(page.sites) == 1)
    (site,) = page.sites
    assert (site.name, site.facility_type) == ("济源锅炉", "coal_boiler")
    lon, lat = Transformer.from_crs(4547, 4490, always_xy=True).transform(372000, 3885000)
    (shape,) = shapes(page)
    assert metres((shape.x, shape.y), (lon, lat)) < 0.001
    settle()
    assert page.inputs.dialog is None


def test_a_shapefile_with_its_prj_is_taken_and_said(page, tools, tmp_path):
    drop(page, shapefile(tools, tmp_path))
    wait_until(lambda: len(page.sites) == 1)
    assert page.inputs.dialog is None
    assert "候选.shp" in page.iface.said[-1][1] and "114" in page.iface.said[-1][1]


CSV = "名称,经度,纬度\n甲,112.59,35.09\n乙,112.60,35.10\n"
KML = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>丙</name>
<Polygon><outerBoundaryIs><LinearRing><coordinates>112.59,35.09 112.60,35.09 112.60,35.10 112.59,35.09</coordinates>
</LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>"""
TXT = """[属性描述]
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=38
[地块坐标]
4,1.0,1,丁地块,面,,,,@
J1,1,3885000.000,38372000.000
J2,1,3885000.000,38372100.000
J3,1,3885100.000,38372100.000
J4,1,3885100.000,38372000.000
J1,1,3885000.000,38372000.000
"""


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [("a.csv", CSV, ["甲", "乙"]), ("b.kml", KML, ["丙"]), ("c.txt", TXT, ["丁地块"])],
)
def test_files_of_other_kinds_become_sites(page, tmp_path, name, text, names):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    drop(page, path)
    wait_until(lambda: page.inputs.dialog is not None or len(page.sites))
    if page.inputs.dialog is not None:
        page.inputs.dialog.readings.choose("EPSG:4490")
        page.inputs.dialog.accept()
    wait_until(lambda: len(page.sites) == len(names))
    assert [one.name for one in page.sites] == names
    assert all(shape.within(shapely.box(112.5, 35.0, 112.7, 35.2)) for shape in shapes(page))


def test_several_files_come_one_after_the_other(page, tools, tmp_path):
    bad = tmp_path / "z.pdf"
    bad.write_bytes(b"%PDF-1.4 nothing")
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    drop(page, bad, tmp_path / "a.csv", shapefile(tools, tmp_path))
    wait_until(lambda: page.inputs.dialog is not None)
    assert any("PDF" in str(said[1]) for said in page.iface.said)
    page.inputs.dialog.readings.choose("EPSG:4490")
    page.inputs.dialog.accept()
    wait_until(lambda: len(page.sites) == 3)
    assert [one.name for one in page.sites] == ["甲", "乙", "济源锅炉"]


# --- the clipboard --------------------------------------------------------------------------------------------


def paste(page, text):
    page.inputs.actions["paste"].trigger()
    dialog = page.inputs.dialog
    dialog.text.setPlainText(text)
    dialog._timer.timeout.emit()
    wait_until(lambda: not dialog._runner.busy)
    return dialog


def add(dialog):
    assert dialog.buttons.button(dialog.buttons.StandardButton.Ok).isEnabled(), dialog.place.text()
    QTest.mouseClick(dialog.buttons.button(dialog.buttons.StandardButton.Ok), Qt.MouseButton.LeftButton)
    settle()


PLACE = (112 + 35 / 60 + 24 / 3600, 35 + 5 / 60 + 24 / 3600)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("112.59, 35.09", (112.59, 35.09)), ("35.09 112.59", (112.59, 35.09)), ("(112.59,35.09)", (112.59, 35.09)),
        ("E112°35′24″ N35°05′24″", PLACE), ("N35°5′24″,E112°35′24″", PLACE), ("东经112°35′24″,北纬35°05′24″", PLACE),
        ("112度35分24秒 35度5分24秒", PLACE), ("112-35-24 35-05-24", PLACE), ("经度:112.59 纬度:35.09", (112.59, 35.09)),
        ("点号\t经度\t纬度\n1\t112.59\t35.09", (112.59, 35.09)),
    ],
)  # fmt: skip
def test_one_coordinate_as_people_write_it(page, text, place):
    dialog = paste(page, text)
    assert dialog.readings.choice is None and dialog.taken is None  # GCJ-02 and CGCS2000 look alike: it is asked
    dialog.readings.choose("EPSG:4490")
    if not dialog.taken:
        dialog.readings.choose("EPSG:4490", True)
    assert "inside" in dialog.place.text()
    add(dialog)
    (shape,) = shapes(page)
    assert metres((shape.x, shape.y), place) < 0.05


def test_a_coordinate_of_a_web_map_is_moved_when_the_user_says_so(page):
    dialog = paste(page, "112.590000, 35.090000")
    dialog.readings.choose("gcj02")
    add(dialog)
    (shape,) = shapes(page)
    assert metres((shape.x, shape.y), (112.59, 35.09)) > 300
    lon, lat = datum.wgs_to_gcj(shape.x, shape.y)
    assert metres((float(lon), float(lat)), (112.59, 35.09)) < 0.01


@pytest.mark.parametrize("text", ["372000.5 3885000.5", "X=3885000.5 Y=372000.5"])
def test_projected_metres_ask_for_their_zone(page, text):
    dialog = paste(page, text)
    offered = {one.choice.crs for one in dialog.readings.reading.candidates}
    assert "EPSG:4547" in offered and dialog.readings.choice is None
    dialog.readings.choose("EPSG:4547")
    add(dialog)
    (shape,) = shapes(page)
    lon, lat = Transformer.from_crs(4547, 4490, always_xy=True).transform(372000.5, 3885000.5)
    assert metres((shape.x, shape.y), (lon, lat)) < 0.001
    assert page.sites["S1"].accuracy_m == pytest.approx(0.05)


RING = "J1\t112.59\t35.09\nJ2\t112.60\t35.09\nJ3\t112.60\t35.10\nJ4\t112.59\t35.10"


def test_a_table_is_points_or_a_boundary_as_the_user_says(page):
    dialog = paste(page, RING)
    assert "points or a boundary" in dialog.place.text()
    dialog.ring.click()
    wait_until(lambda: not dialog._runner.busy)
    dialog.readings.choose("EPSG:4490")
    lon, lat = [112.59, 112.60, 112.60, 112.59], [35.09, 35.09, 35.10, 35.10]
    expected = abs(GEOD.polygon_area_perimeter(lon, lat)[0]) / 1e4
    shown = float(dialog.place.text().split(", ")[1].split(" ha")[0])
    assert shown == pytest.approx(expected, rel=1e-3)
    dialog.points.click()
    wait_until(lambda: not dialog._runner.busy)
    assert "Sites: 4" in dialog.place.text()
    add(dialog)
    assert [one.name for one in page.sites] == ["J1", "J2", "J3", "J4"]


def test_a_boundary_that_crosses_itself_cannot_be_added(page):
    dialog = paste(page, "112.59 35.09\n112.60 35.10\n112.60 35.09\n112.59 35.10")
    dialog.ring.click()
    assert "order" in dialog.place.text()
    assert not dialog.buttons.button(dialog.buttons.StandardButton.Ok).isEnabled()
    dialog.reject()


def test_boundary_point_text_is_pasted_whole(page):
    dialog = paste(page, TXT)
    assert "plots: 1" in dialog.said.text()
    if dialog.readings.choice is None:
        dialog.readings.choose("EPSG:4526")
    add(dialog)
    (shape,) = shapes(page)
    assert abs(GEOD.geometry_area_perimeter(shape)[0]) == pytest.approx(10_000, rel=1e-3)
    assert page.sites["1" if "1" in page.sites else "S1"].name == "丁地块"


def test_coordinates_are_pasted_by_keyboard_but_a_field_keeps_its_own_paste(page):
    QApplication.clipboard().setText("112.59, 35.09")
    page.activateWindow()
    page.form.type.setFocus()
    settle()
    QTest.keyClick(page.form.type, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert page.inputs.dialog is None and page.form.type.text() == "112.59, 35.09"
    page.check_button.setEnabled(True)
    page.check_button.setFocus()
    QTest.keyClick(page.check_button, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert page.inputs.dialog.text.toPlainText() == "112.59, 35.09"
    page.inputs.dialog.reject()


@pytest.mark.parametrize("text", ["hello", "12", "", "112.59"])
def test_what_is_no_coordinate_cannot_be_added(page, text):
    dialog = paste(page, text)
    assert not dialog.buttons.button(dialog.buttons.StandardButton.Ok).isEnabled()
    dialog.reject()
