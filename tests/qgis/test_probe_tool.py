"""The probe in the hand: moves on a real canvas, the card beside the mouse, and what is left behind."""

from __future__ import annotations

import importlib.util
import time
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.gui import QgsRubberBand
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.clauses.book import load_books
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.probe import Probe
from envzones.plugin.engine.progress import report
from envzones.plugin.gui import probe_overlay
from envzones.plugin.gui.desk_state import DeskState
from envzones.plugin.gui.probe_tool import ProbeTool
from envzones.plugin.project import probe_work, settings
from envzones.plugin.store.geopackage import create

DAY = date(2019, 6, 30)
BOOKS = ["jiyuan-2018", "national-henan"]


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_window = _load("window")
Window, settle, wait_until = _window.Window, _window.settle, _window.wait_until


@pytest.fixture
def window(qgis_app):
    one = Window()
    one.window.resize(1000, 700)
    one.window.show()
    yield one
    one.window.close()
    one.window.deleteLater()
    settle()


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    """A map with nested drinking-water zones, wells and a city."""
    city = shapely.box(112.0, 34.8, 113.2, 35.4)
    base = {
        "provenance": "illustrative",
        "valid_from": date(2018, 1, 1),
        "life_state": "delineated",
        "accuracy_m": 0.0,
    }
    zone = {
        **base,
        "source_type": "river",
        "source_rank": "city",
        "source_name": "示例水源",
        "source_code": "T1",
    }
    frames = {
        "admin_area": [{**base, "uid": "A1", "name": "示例市", "level": "city", "code": "419001", "geometry": city}],
        "drinking_water_zone": [
            {**zone, "uid": "Z1", "name": "示例一级保护区", "level": "primary",
             "geometry": shapely.box(112.60, 35.10, 112.62, 35.12)},
            {**zone, "uid": "Z2", "name": "示例二级保护区", "level": "secondary",
             "geometry": shapely.box(112.58, 35.08, 112.64, 35.14)},
        ],
    }  # fmt: skip
    made = {name: gpd.GeoDataFrame(rows, geometry="geometry", crs=4490) for name, rows in frames.items()}
    coverage = gpd.GeoDataFrame(
        [{"layer": name, "complete_as_of": date(2019, 6, 1), "valid_until": date(2030, 6, 30), "declared_by": "示例局",
          "document": "示意〔2019〕1号", "geometry": city} for name in made],
        geometry="geometry", crs=4490,
    )  # fmt: skip
    where = tmp_path_factory.mktemp("probe") / "map.gpkg"
    create(where, load_catalog(), frames=made, coverage=coverage, meta={
        "title": "示例一张图", "jurisdiction_code": "419001", "jurisdiction_zh": "示例市", "jurisdiction_en": "Sample City",
        "work_crs": "EPSG:4547",
    })  # fmt: skip
    return where


@pytest.fixture
def project(clean_project, path):
    clean_project.setCrs(QgsCoordinateReferenceSystem("EPSG:4547"))
    settings.set_onemap_path(clean_project, path)
    settings.set_as_of(clean_project, DAY)
    settings.set_rulebooks(clean_project, BOOKS)
    return clean_project


@pytest.fixture
def canvas(window, project):
    one = window.canvas
    one.setDestinationCrs(project.crs())
    there = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4490"), project.crs(), project)
    one.setExtent(there.transformBoundingBox(QgsRectangle(112.5, 35.0, 112.72, 35.2)))
    return one


@pytest.fixture
def state(project):
    one = DeskState()
    yield one
    one.release()


@pytest.fixture
def tool(canvas, state):
    one = ProbeTool(canvas, state)
    yield one
    one.release()
    settle()


def pixel(canvas, lon: float, lat: float) -> QPoint:
    there = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4490"),
        canvas.mapSettings().destinationCrs(),
        canvas.mapSettings().transformContext(),
    )
    return (
        canvas.getCoordinateTransform().transform(there.transform(QgsPointXY(lon, lat))).toQPointF().toPoint()
    )


def degrees(canvas, at: QPoint) -> tuple[float, float]:
    back = QgsCoordinateTransform(
        canvas.mapSettings().destinationCrs(),
        QgsCoordinateReferenceSystem("EPSG:4490"),
        canvas.mapSettings().transformContext(),
    )
    found = back.transform(canvas.getCoordinateTransform().toMapCoordinates(at.x(), at.y()))
    return found.x(), found.y()


def move(canvas, at: QPoint, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    """Move the mouse there; QTest's own move carries no modifiers."""
    from qgis.PyQt.QtCore import QEvent, QPointF
    from qgis.PyQt.QtGui import QMouseEvent

    view = canvas.viewport()
    QApplication.sendEvent(view, QMouseEvent(
        QEvent.Type.MouseMove, QPointF(at), QPointF(view.mapToGlobal(at)), Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton, modifier
    ))  # fmt: skip


def card(tool) -> probe_overlay.ProbeCard:
    return tool.canvas().viewport().findChild(probe_overlay.ProbeCard)


def answered(tool, at: QPoint):
    """Move there and return the answer that comes of it."""
    found = []
    tool.probed.connect(found.append)
    try:
        move(tool.canvas(), at)
        wait_until(lambda: found and not tool.busy)
    finally:
        tool.probed.disconnect(found.append)
    return found[-1]


def taken_up(tool, **wish):
    tool.set_wish(**wish)
    tool.canvas().setMapTool(tool)
    wait_until(lambda: tool.ready and not tool.busy)


def apart(path, lon, lat, **wish):
    """The answer of a probe that knows nothing of QGIS's layers."""
    frames = {name: gpd.read_file(path, layer=name) for name in ("admin_area", "drinking_water_zone")}
    coverage = gpd.read_file(path, layer="layer_coverage")
    onemap = OneMap.from_frames(frames, coverage, catalog=load_catalog())
    return Probe(onemap, load_books(BOOKS), as_of=DAY, **wish).at(lon, lat)


@pytest.mark.parametrize("place", [(112.61, 35.11), (112.59, 35.10), (112.57, 35.07), (112.6399, 35.13)])
def test_the_card_says_what_the_probe_says_at_that_place(tool, canvas, path, place):
    taken_up(tool, facility_type="mine", nature="new", title="露天采矿")
    at = pixel(canvas, *place)
    answer = answered(tool, at)
    expected = apart(path, *degrees(canvas, at), facility_type="mine", nature="new")
    assert (answer.known, answer.possible, answer.pending) == (
        expected.known,
        expected.possible,
        expected.pending,
    )
    assert card(tool).isVisible()
    said = card(tool).text()
    assert said[0] == "露天采矿" and said[1].lower() == expected.text_en.lower()
    shown = expected.nearest(probe_overlay.SHOWN)
    assert shown
    for one in shown:
        assert any(line.startswith(one.en) and probe_overlay.how_far(one) in line for line in said)
        assert one.zone_name in said
    # Lines lead from the mouse to the zones that are not around it.
    lines = tool._bands.shown("line")
    assert len(lines) == sum(one.distance_m > 0 for one in shown)
    mouse = canvas.getCoordinateTransform().toMapCoordinates(at.x(), at.y())
    for line in lines:
        assert line.asPolyline()[0].distance(mouse) < 0.01


def test_where_no_zone_is_near_the_card_says_so(tool, canvas):
    taken_up(tool)
    answer = answered(tool, pixel(canvas, 112.52, 35.02))
    assert not answer.nearest(4) and not tool._bands.shown("line")
    assert any("within 2 km" in line for line in card(tool).text())


def test_the_card_stays_on_the_canvas(tool, canvas):
    taken_up(tool)
    view = canvas.viewport().rect()
    for at in (view.topLeft(), view.topRight(), view.bottomLeft(), view.bottomRight(), view.center()):
        answered(tool, at)
        assert view.contains(card(tool).geometry())
        assert not card(tool).geometry().contains(at)


def test_moves_come_together_and_the_last_one_counts(tool, canvas):
    taken_up(tool)
    answered(tool, pixel(canvas, 112.55, 35.05))
    found = []
    tool.probed.connect(found.append)
    for k in range(50):
        move(canvas, QPoint(100 + 2 * k, 200))
    last = pixel(canvas, 112.61, 35.11)
    move(canvas, last)
    wait_until(lambda: found)
    time.sleep(0.05)
    QApplication.processEvents()
    assert len(found) <= 2
    expected = tool._built.probe.at(*degrees(canvas, last))
    assert (
        found[-1].text_en == expected.text_en
        and found[-1].constraints[0].zone_id == expected.constraints[0].zone_id
    )


def test_a_slow_answer_leaves_the_canvas_as_long_to_itself(tool, canvas, monkeypatch):
    taken_up(tool)
    probe = tool._built.probe
    began = []
    right = probe.at

    def slow(lon, lat):
        began.append(time.perf_counter())
        time.sleep(0.06)
        return right(lon, lat)

    monkeypatch.setattr(probe, "at", slow)
    ends = time.perf_counter() + 0.8
    k = 0
    while time.perf_counter() < ends:
        k += 1
        move(canvas, QPoint(100 + k % 300, 200))
        QApplication.processEvents()
        time.sleep(0.002)
    gaps = [b - a for a, b in zip(began, began[1:])]
    assert len(began) >= 3 and min(gaps) >= 0.115


def test_shift_holds_the_card_and_a_click_keeps_the_place(tool, canvas):
    taken_up(tool)
    kept = []
    tool.kept.connect(lambda *place: kept.append(place))
    first, other = pixel(canvas, 112.61, 35.11), pixel(canvas, 112.56, 35.05)
    answered(tool, first)
    before, said = card(tool).pos(), card(tool).text()
    move(canvas, other, Qt.KeyboardModifier.ShiftModifier)
    time.sleep(0.05)
    QApplication.processEvents()
    assert (card(tool).pos(), card(tool).text()) == (before, said)
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, other)
    assert kept[-1] == pytest.approx(degrees(canvas, first))
    answered(tool, other)
    assert card(tool).pos() != before
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, other)
    assert kept[-1] == pytest.approx(degrees(canvas, other)) and len(kept) == 2
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, other)
    assert len(kept) == 2


def test_without_the_card_lines_and_answers_stay(tool, canvas):
    settings.set_probe_card(False)
    try:
        taken_up(tool)
        answer = answered(tool, pixel(canvas, 112.57, 35.07))
        assert answer.nearest(4) and tool._bands.shown("line")
        assert not card(tool).isVisible()
        # What keeps it from answering is told all the same.
        tool._state.set_books([])
        move(canvas, QPoint(200, 200))
        assert card(tool).isVisible() and "No rulebook" in card(tool).text()[0]
    finally:
        settings.set_probe_card(True)


def test_escape_puts_it_away(tool, canvas):
    taken_up(tool)
    answered(tool, pixel(canvas, 112.61, 35.11))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.mapTool() is not tool
    assert not card(tool).isVisible() and not tool._bands.shown("line")
    # Taken up again it is ready at once: nothing changed meanwhile.
    canvas.setMapTool(tool)
    assert tool.ready and not tool.busy
    # Another map lets go of it, in the hand or not.
    canvas.unsetMapTool(tool)
    tool._state.project.clear()
    wait_until(lambda: tool._state.path is None)
    assert tool._built is None


def test_a_zoom_brings_other_places_under_the_mouse(tool, canvas):
    taken_up(tool)
    at = pixel(canvas, 112.61, 35.11)
    answered(tool, at)
    found = []
    tool.probed.connect(found.append)
    canvas.zoomByFactor(6.0)
    wait_until(lambda: found)
    expected = tool._built.probe.at(*degrees(canvas, at))
    assert found[-1].text_en == expected.text_en
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4490"))
    canvas.setExtent(QgsRectangle(112.5, 35.0, 112.72, 35.2))
    answer = answered(tool, pixel(canvas, 112.61, 35.11))
    assert "Z1" in {one.zone_id for one in answer.constraints}


def test_moves_while_it_is_built(tool, canvas, monkeypatch):
    right = probe_work.build

    def slow(wanted, progress):
        for k in range(40):
            time.sleep(0.01)
            progress(k / 40)
        return right(wanted, progress)

    monkeypatch.setattr(probe_work, "build", slow)
    tool.set_wish()
    canvas.setMapTool(tool)
    at = pixel(canvas, 112.61, 35.11)
    move(canvas, at)
    assert tool.busy and "Reading the map" in card(tool).text()[0]
    found = []
    tool.probed.connect(found.append)
    for k in range(20):
        move(canvas, QPoint(100 + k, 200))
        QApplication.processEvents()
    assert tool.busy and not found
    move(canvas, at)
    wait_until(lambda: found)
    assert found[0].text_en == tool._built.probe.at(*degrees(canvas, at)).text_en


def test_the_project_is_closed_while_it_is_built(tool, canvas, project, state, monkeypatch):
    right = probe_work.build

    def slow(wanted, progress):
        time.sleep(0.3)
        return right(wanted, progress)

    monkeypatch.setattr(probe_work, "build", slow)
    canvas.setMapTool(tool)
    move(canvas, QPoint(200, 200))
    project.clear()
    wait_until(lambda: state.path is None)
    time.sleep(0.4)
    for _ in range(5):
        QApplication.processEvents()
    assert tool._built is None and not tool.busy
    move(canvas, QPoint(210, 200))
    assert "no one map" in card(tool).text()[0]


def test_cancelled_in_the_task_manager(tool, canvas, monkeypatch):
    right = probe_work.build

    def slow(wanted, progress):
        for k in range(500):
            time.sleep(0.01)
            report(progress, k / 500)
        return right(wanted, progress)

    monkeypatch.setattr(probe_work, "build", slow)
    canvas.setMapTool(tool)
    move(canvas, QPoint(200, 200))
    wait_until(lambda: "%" in card(tool).text()[0])
    began = time.monotonic()
    QgsApplication.taskManager().cancelAll()
    wait_until(lambda: canvas.mapTool() is not tool)
    assert time.monotonic() - began < 1.0
    assert not tool.busy and not card(tool).isVisible()


def test_no_map_and_no_rulebooks_are_told(tool, canvas, project, state):
    state.set_books([])
    canvas.setMapTool(tool)
    move(canvas, QPoint(200, 200))
    assert card(tool).isVisible() and "No rulebook" in card(tool).text()[0]
    state.set_books(BOOKS)
    wait_until(lambda: tool.ready and not tool.busy)
    assert len(answered(tool, QPoint(220, 200)).constraints) > 10


def test_a_map_that_cannot_be_read_is_told(tool, canvas, project, state, monkeypatch):
    state.set_books(["no-such-book"])
    canvas.setMapTool(tool)
    move(canvas, QPoint(200, 200))
    wait_until(lambda: not tool.busy)
    assert "no-such-book" in card(tool).text()[0]


def test_unsaved_edits_and_other_settings_count(tool, canvas, project, state, path):
    layer = QgsVectorLayer(f"{path.as_posix()}|layername=drinking_water_zone", "zones", "ogr")
    project.addMapLayer(layer)
    wait_until(lambda: state._watched)
    taken_up(tool, facility_type="mine", nature="new")
    place = (112.68, 35.02)
    at = pixel(canvas, *place)
    before = answered(tool, at)
    assert "N1" not in {one.zone_id for one in before.constraints}
    layer.startEditing()
    feature = QgsFeature(layer.fields())
    feature["uid"], feature["name"], feature["level"] = "N1", "新增保护区", "primary"
    feature.setGeometry(QgsGeometry.fromWkt(shapely.multipolygons([shapely.Point(*place).buffer(0.01)]).wkt))
    assert layer.addFeature(feature)
    wait_until(lambda: not tool.ready or tool.busy, 5)
    wait_until(lambda: tool.ready and not tool.busy)
    after = answered(tool, at)
    assert "N1" in {one.zone_id for one in after.constraints if one.status == "hit"}
    layer.rollBack()
    state.set_day(date(2035, 1, 1))
    wait_until(lambda: tool.ready and not tool.busy)
    assert "新增保护区" not in " ".join(card(tool).text())


def test_nothing_is_left_behind(canvas, state):
    before = len(canvas.scene().items()), len(canvas.viewport().children())
    tool = ProbeTool(canvas, state)
    taken_up(tool)
    answered(tool, pixel(canvas, 112.57, 35.07))
    assert [item for item in canvas.scene().items() if isinstance(item, QgsRubberBand)]
    tool.release()
    settle()
    assert canvas.mapTool() is not tool
    assert (len(canvas.scene().items()), len(canvas.viewport().children())) == before
    canvas.setExtent(canvas.extent())
    state.map_changed.emit()


def test_released_while_it_is_built(canvas, state):
    tool = ProbeTool(canvas, state)
    canvas.setMapTool(tool)
    assert tool.busy
    tool.release()
    time.sleep(0.3)
    settle()
    assert canvas.viewport().findChild(probe_overlay.ProbeCard) is None
