"""The River section panel, used as a planner uses it: pick, change distances, read the table, export."""

from __future__ import annotations

import importlib.util
import math
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
    QgsSettings,
)
from qgis.gui import QgsMapToolPan, QgsRubberBand
from qgis.PyQt.QtCore import QItemSelectionModel, QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QComboBox, QLabel, QTableView


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_window = _load("window")
Window, settle, census, wait_until = _window.Window, _window.settle, _window.census, _window.wait_until
#: Of the area of a zone with flat ends.
_TOLERANCE = 0.003


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
def world(clean_project, window, river, section, outfalls, tools):
    """A straight river, a second one 40 m beside its last 2 km, a section, outfalls and a farm in the project."""
    first, last = tools.east(tools.lon, tools.lat, 10_500.0, 180.0), tools.east(tools.lon, tools.lat, 11_900.0, 180.0)
    points = [tools.east(*place, 40.0) for place in (first, last)]
    second = QgsFeature(river.fields())
    second.setAttributes(["R2", "丹河"])
    second.setGeometry(QgsGeometry.fromPolylineXY([QgsPointXY(*point) for point in points]))
    river.dataProvider().addFeatures([second])
    west, north = tools.east(*tools.east(tools.lon, tools.lat, 4_500.0, 180.0), 100.0)
    east, south = tools.east(*tools.east(west, north, 200.0), 100.0, 180.0)
    farm = tools.make_layer(
        "Polygon", "field=uid:string&field=name:string",
        [(f"Polygon (({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))",
          ["F1", "=1+1"])], "riparian_farming",
    )  # fmt: skip
    for layer, name in ((river, "river_reach"), (section, "monitoring_section"), (outfalls, "outfall")):
        layer.setName(name)
    clean_project.setCrs(QgsCoordinateReferenceSystem("EPSG:4547"))
    clean_project.addMapLayers([river, section, outfalls, farm])
    window.canvas.setDestinationCrs(clean_project.crs())
    window.canvas.setExtent(QgsRectangle(-20000, -20000, 20000, 20000))
    return {"river": river, "section": section, "outfall": outfalls, "farm": farm}


@pytest.fixture
def plugin(window, qgis_processing):
    import envzones

    QgsSettings().remove("envzones/river_panel")
    one = envzones.classFactory(window)
    one.initGui()
    yield one
    one.unload()
    settle()
    QgsSettings().remove("envzones/river_panel")


@pytest.fixture
def panel(plugin, world):
    panel = plugin.show_page("river")
    assert panel.isVisible()
    return panel


def on_map(lon: float, lat: float) -> QgsPointXY:
    project = QgsProject.instance()
    there = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4490"), project.crs(), project)
    return there.transform(QgsPointXY(lon, lat))


def answer_to(panel, act):
    """Do something and return the answer that the panel shows then."""
    found, failed = [], []
    panel.answered.connect(found.append)
    panel._runner.failed.connect(failed.append)
    act()
    try:
        wait_until(lambda: found or failed)
        wait_until(lambda: panel._runner.resting)
    finally:
        panel.answered.disconnect(found.append)
        panel._runner.failed.disconnect(failed.append)
    assert not failed, failed
    return found[-1]


def pick_section(panel, tools):
    x, y = tools.east(*tools.east(tools.lon, tools.lat, 6_000.0, 180.0), 20.0)
    return answer_to(panel, lambda: panel.pick(on_map(x, y), 60.0))


def area(answer) -> float:
    return float(answer.result.zone["area_m2"].iloc[0])


def names(panel, column: int = 1) -> list[str]:
    model = panel.findChild(QTableView, "EnvZonesRiverTable").model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_defaults_come_from_the_project(panel, world):
    form = panel._form
    assert form.layer("rivers") is world["river"]
    assert form.layer("sections") is world["section"]
    assert form.layer("channel") is None
    assert {layer.id() for layer in form.features()} == {world["outfall"].id(), world["farm"].id()}
    assert (form.wish().upstream, form.wish().downstream, form.wish().bank) == (5000.0, 500.0, 500.0)


def test_a_click_on_the_canvas_picks_the_section(plugin, panel, window, tools):
    canvas = window.canvas
    there = on_map(*tools.east(tools.lon, tools.lat, 6_000.0, 180.0))
    canvas.setExtent(QgsRectangle(there.x() - 5000, there.y() - 5000, there.x() + 5000, there.y() + 5000))
    settle()
    panel._tools.pick.trigger()
    assert canvas.mapTool() is panel._tool
    pixel = canvas.getCoordinateTransform().transform(there)
    spot = QPoint(round(pixel.x()) + 4, round(pixel.y()))
    answer = answer_to(panel, lambda: QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=spot))
    assert answer.place.uid == "S1"
    assert panel.findChild(QLabel, "EnvZonesRiverTitle").text() == "示例断面"
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.mapTool() is not panel._tool


def test_a_section_gets_its_zone_and_its_table(panel, tools):
    answer = pick_section(panel, tools)
    assert area(answer) == pytest.approx(5500.0 * 1000.0, rel=_TOLERANCE)
    # Nearest to the head first; both in the band of ±50 m are listed, the one 700 m off is not.
    assert names(panel) == ["左岸排口", "=1+1", "边界排口", "右岸排口"]
    chainages = [panel._results.sorted.row(k)["chainage"] for k in range(4)]
    assert [chainages[k] for k in (0, 2, 3)] == pytest.approx([2000.0, 1000.0, -400.0], abs=0.5)
    assert 1399.5 <= chainages[1] <= 1500.5
    assert [names(panel, 0)[k].replace(",", "") for k in (0, 2, 3)] == ["2000", "1000", "-400"]
    assert names(panel, 4) == ["Left bank", "Left bank", "Right bank", "Right bank"]
    model = panel._results.sorted
    farm = model.row(1)
    assert farm["area"] == pytest.approx(200.0 * 100.0, rel=1e-3)
    assert farm["offset"] == pytest.approx(100.0, abs=0.1)
    assert model.row(2)["state"] == "About the distance"
    assert model.row(0)["state"] == "Inside"
    assert "4 features" in panel.findChild(QLabel, "EnvZonesRiverCounts").text()


def test_the_table_sorts_numbers_as_numbers_and_filters(panel, tools):
    pick_section(panel, tools)
    panel._results.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert [panel._results.sorted.row(k)["chainage"] for k in range(4)] == sorted(row["chainage"] for row in panel._results.features.rows)
    # Empty areas stay at the end in both orders.
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        panel._results.table.sortByColumn(7, order)
        assert names(panel)[0] == "=1+1"
    panel._results.filter.setText("排口")
    assert len(names(panel)) == 3
    assert "3 shown" in panel._results.counts.text()
    panel.copy()
    pasted = QApplication.clipboard().text().splitlines()
    assert len(pasted) == 4
    assert pasted[0].startswith("Chainage (m)\tFeature\tLayer")
    panel._results.filter.clear()
    panel.copy()
    assert "'=1+1" in QApplication.clipboard().text()


def test_changing_a_distance_is_followed(panel, tools):
    before = pick_section(panel, tools)
    after = answer_to(panel, lambda: panel._form.set_distance("upstream", 3000.0))
    assert area(after) == pytest.approx(3500.0 * 1000.0, rel=_TOLERANCE)
    assert area(after) < area(before)
    wider = answer_to(panel, lambda: panel._form.set_distance("bank", 800.0))
    assert area(wider) == pytest.approx(3500.0 * 1600.0, rel=_TOLERANCE)
    assert "远处排口" in names(panel)
    drawn = panel._preview.geometry("zone")
    west, east = drawn.boundingBox().xMinimum(), drawn.boundingBox().xMaximum()
    width = tools.geod.inv(west, tools.lat, east, tools.lat)[2]
    assert width == pytest.approx(1600.0, rel=0.01)


def test_the_bank_is_measured_from_what_is_chosen(panel, clean_project, window, tools):
    top, bottom = (tools.east(tools.lon, tools.lat, metres, 180.0) for metres in (-500.0, 12_500.0))
    corners = [tools.east(*top, 100.0, 270.0), tools.east(*top, 100.0), tools.east(*bottom, 100.0),
               tools.east(*bottom, 100.0, 270.0)]  # fmt: skip
    ring = ", ".join(f"{x} {y}" for x, y in [*corners, corners[0]])
    water = tools.make_layer("Polygon", "field=uid:string", [(f"Polygon (({ring}))", ["C1"])], "river_channel")
    clean_project.addMapLayer(water)
    pick_section(panel, tools)
    answer = answer_to(panel, lambda: panel._form.set_layer("channel", water))
    assert answer.result.zone["bank_from"].tolist() == ["channel"]
    assert area(answer) == pytest.approx(5500.0 * 1200.0, rel=_TOLERANCE)
    bank_from = panel.findChild(QComboBox, "EnvZonesRiverBankFrom")
    answer = answer_to(panel, lambda: bank_from.setCurrentIndex(bank_from.findData("centreline")))
    assert area(answer) == pytest.approx(5500.0 * 1000.0, rel=_TOLERANCE)
    # No line of dyke toes is given: said once, however often it is asked.
    said = len(window.said)
    bank_from.setCurrentIndex(bank_from.findData("dyke"))
    wait_until(lambda: len(window.said) > said)
    for metres in (510.0, 520.0):
        panel._form.set_distance("bank", metres)
        wait_until(lambda: panel._runner.resting)
    assert len(window.said) == said + 1
    assert "dyke" in panel._results.counts.text()


def test_strips_are_kept_where_they_are_wanted(panel, clean_project, tools):
    pick_section(panel, tools)
    answer = answer_to(panel, lambda: panel._form._strips.setChecked(True))
    strips = dict(zip(answer.result.strip["bank"], answer.result.strip["area_m2"]))
    assert strips["left"] == pytest.approx(5500.0 * 500.0, rel=_TOLERANCE)
    assert strips["right"] == pytest.approx(5500.0 * 500.0, rel=_TOLERANCE)
    panel.keep()
    kinds = [layer.customProperty("envzones/result") for layer in clean_project.mapLayers().values()]
    assert "section/strip" in kinds


def test_only_the_last_of_many_changes_is_listed(panel, tools):
    pick_section(panel, tools)
    found = []
    panel.answered.connect(found.append)
    for metres in range(1000, 4000, 100):
        panel._form.set_distance("upstream", float(metres))
        QApplication.processEvents()
    wait_until(lambda: found and found[-1].result.zone["upstream_m"].iloc[0] == 3900.0)
    assert len(found) < 30
    panel.answered.disconnect(found.append)


def test_a_place_on_a_river_is_a_section_of_its_own(panel, tools):
    x, y = tools.east(*tools.east(tools.lon, tools.lat, 8_000.0, 180.0), 15.0)
    answer = answer_to(panel, lambda: panel.pick(on_map(x, y), 30.0))
    assert answer.place.uid == "点选"
    assert panel._title.text() == "Place on 沁河"
    assert answer.result.zone["section_id"].tolist() == ["点选"]
    metres = tools.geod.inv(answer.place.lon, answer.place.lat, *tools.east(tools.lon, tools.lat, 8_000.0, 180.0))[2]
    assert metres < 0.01


def test_a_place_without_a_river_says_so(panel, tools):
    x, y = tools.east(*tools.east(tools.lon, tools.lat, 8_000.0, 180.0), 900.0)
    answer = answer_to(panel, lambda: panel.pick(on_map(x, y), 30.0))
    assert not answer.has_zone
    assert answer.result.issue["code"].tolist() == ["too_far"]
    assert panel._results.tabs.currentIndex() == 1
    assert not panel._tools.keep.isEnabled()
    assert panel._preview.geometry("zone").isEmpty()


def test_two_rivers_in_reach_are_asked_about(panel, tools):
    x, y = tools.east(*tools.east(tools.lon, tools.lat, 11_000.0, 180.0), 25.0)
    answer = answer_to(panel, lambda: panel.pick(on_map(x, y), 60.0))
    assert not answer.has_zone
    assert "ambiguous_river" in answer.result.issue["code"].tolist()
    which = panel.findChild(QComboBox, "EnvZonesRiverWhich")
    assert not which.isHidden()
    assert [which.itemText(k).split(",")[0] for k in range(which.count())] == ["Which river?", "丹河", "沁河"]

    def choose() -> None:
        which.setCurrentIndex(2)
        which.activated.emit(2)

    answer = answer_to(panel, choose)
    assert answer.has_zone
    assert set(answer.result.reach["river"]) == {"沁河"}
    assert which.isHidden()


def test_edits_of_the_rivers_drop_the_network(panel, world, tools):
    pick_section(panel, tools)
    runner, river = panel._runner, world["river"]
    network = runner.network
    assert network is not None
    answer_to(panel, lambda: panel._form.set_distance("upstream", 4000.0))
    assert runner.network is network, "another distance needs no other network"
    x, y = tools.east(tools.lon, tools.lat, 3_000.0, 180.0)
    river.startEditing()
    # The river now begins 3 km above the section.
    first = next(f for f in river.getFeatures() if f["uid"] == "R1")
    cut = [QgsPointXY(x, y), *first.geometry().asPolyline()[4:]]
    answer = answer_to(panel, lambda: river.changeGeometry(first.id(), QgsGeometry.fromPolylineXY(cut)))
    assert runner.network is not network
    # 3500 m of straight river and a half disc at the source.
    assert area(answer) == pytest.approx(3500.0 * 1000.0 + math.pi * 500.0**2 / 2, rel=_TOLERANCE)
    answer = answer_to(panel, river.rollBack)
    assert area(answer) == pytest.approx(4500.0 * 1000.0, rel=_TOLERANCE)


def test_edits_of_the_features_are_followed(panel, world, tools):
    pick_section(panel, tools)
    layer = world["outfall"]
    layer.startEditing()
    first = next(f for f in layer.getFeatures() if f["uid"] == "left")
    answer_to(panel, lambda: layer.deleteFeature(first.id()))
    assert "左岸排口" not in names(panel)
    answer_to(panel, layer.rollBack)
    assert "左岸排口" in names(panel)


def test_a_stored_section_that_moves_is_followed(panel, world, tools):
    pick_section(panel, tools)
    layer = world["section"]
    layer.startEditing()
    feature = next(layer.getFeatures())
    x, y = tools.east(tools.lon, tools.lat, 7_000.0, 180.0)
    answer = answer_to(
        panel, lambda: layer.changeGeometry(feature.id(), QgsGeometry.fromPointXY(QgsPointXY(x, y)))
    )
    assert answer.place.lat == pytest.approx(y)
    assert panel._results.sorted.row(0)["chainage"] == pytest.approx(3000.0, abs=0.5)
    layer.deleteFeature(feature.id())
    wait_until(lambda: panel._place is None)
    assert panel._preview.geometry("zone").isEmpty()
    layer.rollBack()


def test_a_network_is_built_without_holding_up_the_window(plugin, window, clean_project, tools):
    """20,000 reaches are read and joined in the background; the window never waits for long."""
    import time

    from qgis.core import QgsVectorLayer
    from qgis.PyQt.QtCore import QTimer

    layer = QgsVectorLayer("LineString?crs=EPSG:4490&field=uid:string&field=river:string", "river_reach", "memory")
    features = []
    for row in range(100):
        y = 34.0 + row * 0.01
        for column in range(200):
            x = 112.0 + column * 0.005
            feature = QgsFeature(layer.fields())
            feature.setAttributes([f"{row}-{column}", f"R{row}"])
            line = [QgsPointXY(x + 0.001 * k, y + 0.0001 * (k % 2)) for k in range(6)]
            line[-1] = QgsPointXY(112.0 + (column + 1) * 0.005, y)
            feature.setGeometry(QgsGeometry.fromPolylineXY(line))
            features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    clean_project.setCrs(layer.crs())
    clean_project.addMapLayer(layer)
    window.canvas.setDestinationCrs(layer.crs())
    panel = plugin.show_page("river")
    ticks = [time.monotonic()]
    timer = QTimer()
    timer.setInterval(1)
    timer.timeout.connect(lambda: ticks.append(time.monotonic()))
    timer.start()
    answer = answer_to(panel, lambda: panel.pick(QgsPointXY(112.5, 34.5), 0.0001))
    assert answer.result.zone["section_id"].tolist() == ["点选"]
    began = len(ticks)
    answer_to(panel, lambda: panel._form.set_distance("upstream", 6000.0))
    answer_to(panel, lambda: panel._form.set_distance("upstream", 7000.0))
    timer.stop()
    gaps = [(two - one) for one, two in zip(ticks, ticks[1:])]
    # Another program may take the processor for a while; a window that waits would wait for seconds.
    assert sorted(gaps)[-2] < 0.5
    assert len(ticks) > began


def test_building_can_be_cancelled(panel, world, tools, monkeypatch):
    import time

    from envzones.plugin.engine.errors import Cancelled
    from envzones.plugin.gui import river_data

    begun, ended = [], []

    def endless(_reader, _reverse, progress):
        begun.append(True)
        for _ in range(2000):
            if progress.cancelled:
                ended.append(True)
                raise Cancelled("Cancelled; nothing was written.")
            progress(0.1)
            time.sleep(0.01)

    monkeypatch.setattr(river_data, "build_network", endless)
    x, y = tools.east(tools.lon, tools.lat, 6_000.0, 180.0)
    panel.pick(on_map(x, y), 60.0)
    wait_until(lambda: begun and panel._busy.isVisible())
    assert "river network" in panel._bar.format()
    panel._stop.click()
    wait_until(lambda: ended)
    assert panel._runner.resting
    assert panel._busy.isHidden()
    assert panel._answer is None


def test_without_safe_threads_all_is_done_here(panel, tools, monkeypatch):
    from envzones.plugin import compat

    monkeypatch.setattr(compat, "threads_are_safe", lambda: False)
    assert area(pick_section(panel, tools)) == pytest.approx(5500.0 * 1000.0, rel=_TOLERANCE)


def test_rows_show_their_features(panel, window, tools):
    pick_section(panel, tools)
    assert panel._feature_of(panel._results.sorted.row(0))[0].name() == "outfall"
    model = panel._results.table.model()
    panel._results.table.selectionModel().setCurrentIndex(
        model.index(0, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
    )
    assert not panel._preview.geometry("link").isEmpty()
    before = window.canvas.extent()
    panel._zoom_to_feature(panel._results.sorted.row(0))
    x, y = tools.east(*tools.east(tools.lon, tools.lat, 4_000.0, 180.0), 300.0)
    assert window.canvas.extent() != before
    assert window.canvas.extent().contains(on_map(x, y))


def test_kept_layers_are_styled_and_in_one_group(panel, clean_project, tools):
    answer = pick_section(panel, tools)
    before = set(clean_project.mapLayers())
    panel.keep()
    settle()
    kept = [clean_project.mapLayer(key) for key in set(clean_project.mapLayers()) - before]
    by_kind = {layer.customProperty("envzones/result"): layer for layer in kept}
    assert {"section/reach", "section/zone", "section/finding"} <= set(by_kind)
    assert by_kind["section/zone"].featureCount() == 1
    assert by_kind["section/finding"].featureCount() == 4
    assert by_kind["section/reach"].renderer().type() == "categorizedSymbol"
    stored = next(by_kind["section/zone"].getFeatures())
    assert stored["area_m2"] == pytest.approx(area(answer))
    group = clean_project.layerTreeRoot().children()[0]
    assert group.name() == "River section 示例断面"
    assert len(group.findLayers()) == len(kept)
    # What was kept is no feature layer to be listed next time.
    wait_until(lambda: not panel._timer.isActive())
    assert {layer.name() for layer in panel._form.features()} == {"outfall", "riparian_farming"}


def test_kept_in_a_geopackage(panel, clean_project, tools, tmp_path):
    pick_section(panel, tools)
    panel.save(tmp_path / "result.gpkg")
    group = clean_project.layerTreeRoot().children()[0]
    assert {node.layer().source().split("|")[0] for node in group.findLayers()} == {str(tmp_path / "result.gpkg")}


def test_the_ledger_opens_and_holds_no_formula(panel, window, tools, tmp_path):
    from openpyxl import load_workbook

    pick_section(panel, tools)
    path = tmp_path / "ledger.xlsx"
    panel.export(path)
    wait_until(path.is_file)
    wait_until(lambda: window.said)
    book = load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    values = {cell.value for cell in cells}
    assert {"左岸排口", "右岸排口", "边界排口", "=1+1"} <= values
    # The totals are ours; what comes from the data is text.
    formulas = {str(cell.value) for cell in cells if cell.data_type == "f"}
    assert "=1+1" not in formulas and all("SUBTOTAL(" in one for one in formulas)


def test_a_kept_section_is_exported_without_a_new_click(panel, window, tools, tmp_path):
    from openpyxl import load_workbook

    def cells(path) -> list:
        return [cell.value for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row]

    assert not panel._export.entries["ledger"].isEnabled()
    pick_section(panel, tools)
    assert panel._export.entries["ledger"].isEnabled() and not panel._export.entries["map"].isEnabled()
    panel.keep()
    settle()
    wait_until(lambda: panel._export.entries["map"].isEnabled())
    panel.clear()
    assert panel._answer is None and panel._export.entries["ledger"].isEnabled()
    matter = panel._matter()
    assert [one.key for one in matter.maps] == ["section:S1"]
    panel.export(tmp_path / "kept.xlsx")
    wait_until((tmp_path / "kept.xlsx").is_file)
    assert {"左岸排口", "右岸排口", "边界排口"} <= set(cells(tmp_path / "kept.xlsx"))


def test_a_river_layer_that_goes_takes_its_section_along(panel, clean_project, world, tools):
    pick_section(panel, tools)
    clean_project.removeMapLayer(world["river"].id())
    wait_until(lambda: not panel._timer.isActive())
    assert panel._runner.network is None
    assert panel._preview.geometry("zone").isEmpty()
    panel._tools.pick.trigger()
    assert "rivers" in window_said(panel)


def window_said(panel) -> str:
    return panel._iface.said[-1][1]


def test_distances_are_remembered(plugin, panel, tools):
    panel._form.set_distance("upstream", 1234.0)
    plugin.unload()
    settle()
    plugin.initGui()
    assert plugin.show_page("river")._form.wish().upstream == 1234.0


def test_the_panel_turns_with_its_shape(plugin, panel):
    plugin._desk.setFloating(True)
    plugin._desk.resize(900, 330)
    settle()
    assert panel._splitter.orientation() == Qt.Orientation.Horizontal
    plugin._desk.resize(420, 900)
    settle()
    assert panel._splitter.orientation() == Qt.Orientation.Vertical


def test_unload_leaves_nothing_behind(window, world, qgis_processing, tools):
    import envzones

    def bands() -> int:
        return sum(isinstance(item, QgsRubberBand) for item in window.canvas.scene().items())

    def listeners() -> int:
        return sum(layer.receivers(layer.geometryChanged) for layer in world.values())

    pan = QgsMapToolPan(window.canvas)
    window.canvas.setMapTool(pan)
    bare, before, heard = census(window), bands(), listeners()
    for _ in range(2):
        plugin = envzones.classFactory(window)
        plugin.initGui()
        panel = plugin.show_page("river")
        panel._tools.pick.trigger()
        pick_section(panel, tools)
        assert bands() > before
        assert listeners() > heard
        plugin.unload()
        settle()
        assert census(window) == bare
        assert bands() == before
        assert listeners() == heard
        assert window.canvas.mapTool() is None or window.canvas.mapTool() is pan
        world["river"].triggerRepaint()
        world["river"].dataProvider().dataChanged.emit()
        settle()
