"""The Plan page, used as a planner uses it: compute, filter, click a row, list its features, write the ledger, reopen."""

from __future__ import annotations

import importlib.util
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QModelIndex, QPoint, Qt
from qgis.PyQt.QtTest import QAbstractItemModelTester, QTest
from qgis.PyQt.QtWidgets import QApplication, QComboBox, QLabel, QPushButton, QTableView, QToolButton

_spec = importlib.util.spec_from_file_location("window", Path(__file__).with_name("window.py"))
_window = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_window)
settle, wait_until = _window.settle, _window.wait_until
LEFT = Qt.MouseButton.LeftButton
DAY = date(2019, 6, 30)
BOOKS = ["board-test", "other-test"]
HEAD = """
id: {id}
jurisdiction: {{code: "419001", zh: 示例市, en: Sample}}
document: {{number: {number}, zh: 测试, en: Test}}
period: {{from: 2018-01-01, to: 2020-12-31}}
clauses:
"""
FIRST = HEAD.format(id="board-test", number="测〔2018〕1号") + """
  - id: B
    clause: 一
    zh: 锅炉关停
    en: Boilers
    quote: 供热半径15公里范围内的燃煤锅炉全部关停整合
    operative: 全部关停整合
    kind: inventory
    of: [coal_boiler, outfall]
    where: {within: {layer: heat_source, distance: 15 km, filter: {chp: {is: true}}}}
    effect: close
    due: {words: 2018年底前, date: 2018-12-31}
    responsible: {lead: 市发展和改革委员会, support: [环境保护局], local: []}
  - id: W
    clause: 二
    zh: 水质目标
    en: Water
    quote: 达到或优于Ⅲ类水质断面比例达到60%以上
    kind: indicator
    effect: attend
    responsible: {lead: 市水利局, support: [], local: []}
    figures:
      - id: good
        zh: Ⅲ类及以上断面比例
        en: Share of class III or better
        measure: share
        of: {layer: monitoring_section}
        having: {actual_class: {in: [class_1, class_2, class_3]}}
        unit: '%'
        targets: [{by: 2018-12-31, words: 2018年度, min: 30}, {by: 2020-12-31, words: 2020年度, min: 60}]
      - id: green
        zh: 绿地面积
        en: Green space
        measure: area
        of: {layer: green_space}
        unit: 公顷
        targets: [{by: 2020-12-31, words: 2020年底前, min: 1}]
"""
SECOND = HEAD.format(id="other-test", number="测〔2018〕2号") + """
  - id: M
    clause: 三
    zh: 矿山清单
    en: Mines
    quote: 建立矿山清单
    kind: inventory
    of: [mine_site]
    where: {anywhere: {}}
    effect: rectify
    responsible: {lead: 市水利局, support: [], local: []}
"""


class Iface(_window.Window):
    """Keeps the forms that were asked for, and what was said."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, str]] = []

    def openFeatureForm(self, layer, feature, _edit):  # noqa: N802 - QGIS's name
        self.forms.append((layer.name(), feature["uid"]))

    def createMessage(self, title, text):  # noqa: N802
        self.said.append((title, text))
        return self.bar.createMessage(title, text)

    def pushWidget(self, widget, *_):  # noqa: N802
        self.bar.pushWidget(widget)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """A plant; boilers 9, 10, 11 and 27 km off, one of the near ones closed; three sections; a park."""
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.geopackage import create

    def frame(rows: list[dict]) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490")

    city = shapely.box(112.0, 34.8, 113.2, 35.4)
    base = {"provenance": "illustrative", "valid_from": date(2018, 1, 1), "life_state": "delineated", "accuracy_m": 0.0}
    boilers = [("B1", 112.70, "running"), ("B2", 112.71, "closed"), ("B3", 112.90, "running"), ("B4", 112.72, "running")]
    frames = {
        "admin_area": frame([{**base, "uid": "A", "name": "示例市", "level": "city", "code": "419001", "geometry": city}]),
        "heat_source": frame(
            [{**base, "uid": "H", "name": "电厂", "chp": True, "status": "operating", "geometry": shapely.Point(112.6, 35.1)}]
        ),
        "coal_boiler": frame(
            [{**base, "uid": uid, "name": f"锅炉{uid}", "fuel": "coal", "utility": False, "status": status,
              "geometry": shapely.Point(lon, 35.1)} for uid, lon, status in boilers]
        ),
        "monitoring_section": frame(
            [{**base, "uid": uid, "name": uid, "level": "city", "river": "沁河", "actual_class": said,
              "geometry": shapely.Point(112.5, 35.0 + i / 100)}
             for i, (uid, said) in enumerate([("S1", "class_2"), ("S2", "class_5"), ("S3", "class_4")])]
        ),
        "green_space": frame(
            [{**base, "uid": "G1", "name": "公园", "green_kind": "park", "geometry": shapely.box(112.5, 35.1, 112.51, 35.11)}]
        ),
    }  # fmt: skip
    coverage = frame(
        [{"layer": name, "complete_as_of": date(2018, 6, 1), "valid_until": date(2030, 1, 1), "geometry": city}
         for name in frames if name != "green_space"]
    )  # fmt: skip
    path = tmp_path_factory.mktemp("计划 page") / "map.gpkg"
    create(path, load_catalog(), frames=frames, coverage=coverage, meta={"title": "示例", "jurisdiction_code": "419001"})
    return path


@pytest.fixture
def books(monkeypatch, tmp_path) -> list[str]:
    """The test's rulebooks in the user's folder."""
    from envzones.plugin import paths

    folder = tmp_path / "user" / "rulebooks"
    folder.mkdir(parents=True)
    for name, content in zip(BOOKS, (FIRST, SECOND)):
        (folder / f"{name}.yaml").write_text(content, encoding="utf-8")
    monkeypatch.setattr(paths, "user_folder", lambda: tmp_path / "user")
    return BOOKS


@pytest.fixture
def city(world, books, tmp_path, clean_project) -> Path:
    """A project with the map's layers, its rulebooks and its day, saved."""
    from envzones.plugin.project import settings

    path = tmp_path / "map.gpkg"
    shutil.copy(world, path)
    for name in ("coal_boiler", "heat_source", "monitoring_section", "green_space", "rectification_item"):
        layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
        assert layer.isValid()
        clean_project.addMapLayer(layer)
    clean_project.setCrs(QgsCoordinateReferenceSystem("EPSG:4547"))
    settings.set_onemap_path(clean_project, path)
    settings.set_rulebooks(clean_project, books)
    settings.set_as_of(clean_project, DAY)
    assert clean_project.write(str(tmp_path / "city.qgz"))
    return path


@pytest.fixture
def window(qgis_app):
    one = Iface()
    one.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4547"))
    one.window.resize(900, 700)
    one.window.show()
    settle()
    yield one
    one.window.close()
    one.window.deleteLater()
    settle()


@pytest.fixture
def made(window, city):
    """Makes pages, and lets go of them in the end."""
    from envzones.plugin.gui.desk_plan import PlanPage
    from envzones.plugin.gui.desk_state import DeskState

    pages = []

    def make() -> PlanPage:
        page = PlanPage(window, DeskState(), {})
        page.resize(360, 640)
        page.show()
        settle()
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.release()
        page.desk.release()
        page.deleteLater()
    settle()


def compute(page) -> None:
    before = page.view
    QTest.mouseClick(page.findChild(QPushButton, "EnvZonesPlanCompute"), LEFT)
    said = len(page.iface.said)
    wait_until(lambda: (page.view is not before and not page.running.busy) or len(page.iface.said) > said, 60)
    settle()
    assert page.view is not before, page.iface.said


@pytest.fixture
def page(made):
    page = made()
    compute(page)
    return page


def expected(city: Path):
    """The board as the engine gives it for the map's file."""
    from envzones.plugin import paths
    from envzones.plugin.engine.clauses.book import load_books
    from envzones.plugin.engine.onemap import OneMap
    from envzones.plugin.engine.plan import board

    return board(OneMap.open(city), load_books(BOOKS, paths.user_folder() / "rulebooks"), as_of=DAY)


def walk(model, parent=None):
    for row in range(model.rowCount(parent or QModelIndex())):
        index = model.index(row, 0, parent or QModelIndex())
        yield index
        yield from walk(model, index)


def shown(page) -> list[tuple]:
    """The rows of the board that the tree holds, as it holds them."""
    from envzones.plugin.gui.told_model import FINDING, KIND

    found = [page.model.row(index) for index in walk(page.model) if index.data(KIND) == FINDING]
    return [(row["rulebook"], row["clause_id"], row["layer"], row["figure_id"]) for row in found]


def index_of(page, clause: str, layer: str, figure: str | None = None) -> QModelIndex:
    from envzones.plugin.gui.told_model import FINDING, KIND

    for index in walk(page.model):
        row = page.model.row(index)
        if index.data(KIND) == FINDING and (row["clause_id"], row["layer"], row["figure_id"]) == (clause, layer, figure):
            return index
    raise LookupError(clause)


def click(page, index: QModelIndex, twice: bool = False) -> None:
    page.tree.setExpanded(index.parent(), True)
    page.tree.scrollTo(index)
    settle()
    at = page.tree.visualRect(index)
    at = QPoint(at.center().x(), at.top() + 8)
    QTest.mouseClick(page.tree.viewport(), LEFT, pos=at)
    if twice:
        QTest.mouseDClick(page.tree.viewport(), LEFT, pos=at)
    settle()


def selected() -> set[tuple[str, str]]:
    return {
        (layer.name(), feature["uid"])
        for layer in QgsProject.instance().mapLayers().values() if layer.fields().lookupField("uid") >= 0
        for feature in layer.selectedFeatures()
    }  # fmt: skip


def behind(result, clause: str, layer: str = "", figure: str = "") -> set[tuple[str, str]]:
    """The features behind a row, from the engine's findings."""
    frame = result.findings[result.findings["clause_id"] == clause]
    frame = frame[frame["zone_id"] == figure] if figure else frame[frame["site_layer"] == layer]
    return set(zip(frame["site_layer"], frame["site_id"]))


# --- the board --------------------------------------------------------------------------------------------------


def test_the_board_is_the_engines(page, city):
    from envzones.plugin.engine.plan_columns import BOARD_COLUMNS
    from envzones.plugin.engine.report.rows import records

    result = expected(city)
    rows = records(result.board)
    assert len(rows) == 5
    for ours, theirs in zip(page.view.rows, rows):
        assert {name: ours[name] for name in BOARD_COLUMNS} == {name: theirs[name] for name in BOARD_COLUMNS}
    assert len(page.view.findings) == len(result.findings)
    assert sorted(shown(page)) == sorted((r["rulebook"], r["clause_id"], r["layer"], r["figure_id"]) for r in rows)
    # What the tree says of the boilers: of the three within 15 km one is closed.
    said = index_of(page, "B", "coal_boiler").data()
    assert "1 of 3 settled" in said and "181 days overdue" in said
    green = index_of(page, "W", "green_space", "green").data()
    assert green.startswith("Green space") and "Met · 101.15–" in green and "target ≥1 ha" in green
    assert "33.33% (1/3), target ≥60%" in index_of(page, "W", "monitoring_section", "good").data()


def test_counts_add_up_and_filter(page, city):
    states = Counter(expected(city).board["state"])
    for state in ("overdue", "outstanding", "not_computable", "done"):
        button = page.findChild(QToolButton, f"EnvZonesPlan_{state}")
        assert button.text().split()[0] == str(states[state])
    assert "181 d\n" in page.findChild(QToolButton, "EnvZonesPlan_overdue").text()
    assert sum(states.values()) == len(page.view.rows)
    assert page.findChild(QToolButton, "EnvZonesPlan_no_target").isHidden()
    QTest.mouseClick(page.findChild(QToolButton, "EnvZonesPlan_overdue"), LEFT)
    assert [key[1:3] for key in shown(page)] == [("B", "coal_boiler")]
    QTest.mouseClick(page.findChild(QToolButton, "EnvZonesPlan_not_computable"), LEFT)
    assert len(shown(page)) == states["overdue"] + states["not_computable"]
    assert "of 5 rows" in page.findChild(QLabel, "EnvZonesPlanCount").text()
    for state in ("overdue", "not_computable"):
        QTest.mouseClick(page.findChild(QToolButton, f"EnvZonesPlan_{state}"), LEFT)
    assert len(shown(page)) == 5


def choose(combo: QComboBox, data: str) -> None:
    place = combo.findData(data)
    assert place > 0, [combo.itemData(k) for k in range(combo.count())]
    combo.setCurrentIndex(place)


def test_filter_by_department_theme_book_and_words(page):
    department, theme = (page.findChild(QComboBox, f"EnvZonesPlan{name}") for name in ("Department", "Theme"))
    choose(department, "市水利局")
    assert {key[1] for key in shown(page)} == {"W", "M"}
    # The counts follow, but for the state itself.
    assert page.findChild(QToolButton, "EnvZonesPlan_overdue").text() == "0\nOverdue"
    choose(theme, "book:other-test")
    assert {key[1] for key in shown(page)} == {"M"}
    department.setCurrentIndex(0)
    choose(theme, "theme:heat")
    assert [key[1:3] for key in shown(page)] == [("B", "coal_boiler")]
    theme.setCurrentIndex(0)
    line = page.findChild(type(page._filters._text), "EnvZonesPlanText")
    line.setText("供热半径")
    wait_until(lambda: {key[1] for key in shown(page)} == {"B"})
    line.clear()
    wait_until(lambda: len(shown(page)) == 5)


def test_a_row_opens_to_its_sources(page):
    from envzones.plugin.gui.told_model import FACT, KIND

    index = index_of(page, "M", "mine_site")
    facts = {}
    for row in range(page.model.rowCount(index)):
        child = page.model.index(row, 0, index)
        assert child.data(KIND) == FACT
        fact = page.model.fact(child)
        facts[fact.label] = fact.text
    assert facts["Quotation"] == "“建立矿山清单”"
    assert facts["Document"] == "测〔2018〕2号 三"
    assert facts["What is missing"] == "Mine site"
    assert facts["Whom to ask"].endswith("(Mine site)") and len(facts["Whom to ask"]) > len(" (Mine site)")
    assert "Remarks" in facts


def test_the_model_keeps_qts_rules(page):
    QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    list(walk(page.model))
    QTest.mouseClick(page.findChild(QToolButton, "EnvZonesPlan_overdue"), LEFT)
    list(walk(page.model))
    page._filters.clear()
    list(walk(page.model))


# --- the map ----------------------------------------------------------------------------------------------------


def test_a_click_selects_exactly_the_features_behind(page, window, city):
    result = expected(city)
    boilers = QgsProject.instance().mapLayersByName("heat_source")[0]
    boilers.selectAll()
    click(page, index_of(page, "B", "coal_boiler"))
    wanted = behind(result, "B", "coal_boiler")
    assert wanted == {("coal_boiler", uid) for uid in ("B1", "B2", "B4")}
    assert selected() == wanted
    project = QgsProject.instance()
    there = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4490"), project.crs(), project)
    assert all(window.canvas.extent().contains(there.transform(QgsPointXY(lon, 35.1))) for lon in (112.70, 112.72))
    assert not window.canvas.extent().contains(there.transform(QgsPointXY(112.90, 35.1)))
    click(page, index_of(page, "W", "monitoring_section", "good"))
    wanted = behind(result, "W", figure="good")
    assert selected() == wanted and {layer for layer, _ in wanted} == {"monitoring_section"} and len(wanted) == 3
    # A clause has what its rows have.
    click(page, index_of(page, "B", "coal_boiler").parent())
    assert selected() == behind(result, "B", "coal_boiler") | behind(result, "B", "outfall")
    assert "3 features selected" in page.findChild(QLabel, "EnvZonesPlanCount").text()


def test_a_double_click_lists_them_and_opens_forms(page, window):
    assert page.features.isHidden()
    click(page, index_of(page, "B", "coal_boiler"), twice=True)
    view = page.findChild(QTableView, "EnvZonesPlanFeatureRows")
    model = view.model()
    assert view.isVisible()
    names = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert sorted(names) == ["锅炉B1", "锅炉B2", "锅炉B4"]
    form = page.findChild(QToolButton, "EnvZonesPlanForm")
    assert not form.isEnabled()
    place = view.visualRect(model.index(names.index("锅炉B4"), 0)).center()
    QTest.mouseClick(view.viewport(), LEFT, pos=place)
    assert selected() == {("coal_boiler", "B4")}
    QTest.mouseClick(form, LEFT)
    assert window.forms == [("coal_boiler", "B4")]
    place = view.visualRect(model.index(names.index("锅炉B1"), 0)).center()
    QTest.mouseClick(view.viewport(), LEFT, pos=place)
    QTest.mouseDClick(view.viewport(), LEFT, pos=place)
    assert window.forms[-1] == ("coal_boiler", "B1")
    view.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    metres = [page.features.sorted.row(row)["distance"] for row in range(3)]
    assert metres == sorted(metres, reverse=True) and metres[0] > 9_000.0


def test_features_that_the_project_does_not_show_are_told(page):
    project = QgsProject.instance()
    project.removeMapLayer(project.mapLayersByName("green_space")[0])
    settle()
    click(page, index_of(page, "W", "green_space", "green"))
    assert selected() == set()
    assert "0 of 1 features selected" in page.findChild(QLabel, "EnvZonesPlanCount").text()


# --- what it rests on -------------------------------------------------------------------------------------------


def test_unsaved_edits_count(made):
    layer = QgsProject.instance().mapLayersByName("coal_boiler")[0]
    layer.startEditing()
    one = next(feature for feature in layer.getFeatures() if feature["uid"] == "B4")
    layer.changeAttributeValue(one.id(), layer.fields().lookupField("status"), "closed")
    page = made()
    compute(page)
    assert "2 of 3 settled" in index_of(page, "B", "coal_boiler").data()
    assert page.stale == ""
    layer.rollBack()
    wait_until(lambda: page.stale == "map")


def test_it_tells_when_it_no_longer_holds(page):
    from qgis.PyQt.QtWidgets import QFrame

    banner = page.findChild(QFrame, "EnvZonesPlanStale")
    assert page.stale == "" and banner.isHidden()
    page.desk.set_day(date(2020, 1, 1))
    assert page.stale == "day" and banner.isVisible()
    page.desk.set_day(DAY)
    assert page.stale == "" and banner.isHidden()
    page.desk.set_books(["board-test"])
    assert page.stale == "books"
    compute(page)
    assert page.stale == "" and {key[0] for key in shown(page)} == {"board-test"}


def test_without_rulebooks_it_says_what_to_do_first(made):
    page = made()
    button = page.findChild(QPushButton, "EnvZonesPlanCompute")
    assert button.isEnabled()
    page.desk.set_books([])
    assert not button.isEnabled()
    assert "rulebook" in page.findChild(QLabel, "EnvZonesPlanEmpty").text()
    assert not page.findChild(QToolButton, "EnvZonesPlan_copy").isEnabled()


def test_cancel_leaves_all_as_it_was(made):
    page = made()
    layers = set(QgsProject.instance().mapLayers())
    page.compute()
    page.running.cancel()
    wait_until(lambda: not page.running.busy, 10)
    settle()
    assert page.view is None and set(QgsProject.instance().mapLayers()) == layers
    assert page.findChild(QPushButton, "EnvZonesPlanCompute").isEnabled()


def test_an_opened_project_shows_its_board_again(page, made, tmp_path):
    project = QgsProject.instance()
    before, findings = page.view.rows, page.view.findings
    QTest.mouseClick(page.findChild(QToolButton, "EnvZonesPlan_overdue"), LEFT)
    assert project.write()
    groups = [node.name() for node in project.layerTreeRoot().children()]
    project.clear()
    wait_until(lambda: page.view is None)
    assert project.read(str(tmp_path / "city.qgz"))
    assert [node.name() for node in project.layerTreeRoot().children()] == groups
    other = made()
    wait_until(lambda: other.view is not None)
    assert other.view.rows == before
    assert [(one["site_layer"], one["site_id"], one["relation"]) for one in other.view.findings] == [
        (one["site_layer"], one["site_id"], one["relation"]) for one in findings
    ]
    assert other.stale == ""
    # What was chosen is remembered with the project.
    assert [key[1:3] for key in shown(other)] == [("B", "coal_boiler")]
    wait_until(lambda: page.view is not None)
    project.removeMapLayers([layer.id() for layer in project.mapLayers().values()
                             if layer.customProperty("envzones/kind") == "plan"])  # fmt: skip
    wait_until(lambda: other.view is None)


def test_a_second_board_takes_the_place_of_the_first(page):
    def layers() -> list[str]:
        return [layer.source().split("|")[0] for layer in QgsProject.instance().mapLayers().values()
                if layer.customProperty("envzones/kind") == "plan"]  # fmt: skip

    first = layers()
    compute(page)
    assert len(layers()) == len(first) and set(layers()).isdisjoint(first) and page.stale == ""


# --- what leaves the page ---------------------------------------------------------------------------------------


def test_the_ledger_holds_the_board(page, window, tmp_path):
    from openpyxl import load_workbook

    path = tmp_path / "台账.xlsx"
    page.write_ledger(path)
    wait_until(lambda: not page.running.busy, 60)
    settle()
    assert "台账.xlsx" in window.said[-1][1]
    cells = [str(cell.value) for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row if cell.value]
    assert "锅炉B4" in cells and any("水质目标" in cell or "Water" in cell for cell in cells)
    # A board that no longer holds is computed anew before it is written.
    page.desk.set_day(date(2019, 12, 31))
    before = page.view
    page.write_ledger(tmp_path / "second.xlsx")
    wait_until(lambda: page.view is not before and not page.running.busy, 60)
    assert (tmp_path / "second.xlsx").is_file() and page.view.words.as_of == date(2019, 12, 31)
    assert page.stale == ""


def test_copied_rows_make_a_table(page):
    choose(page.findChild(QComboBox, "EnvZonesPlanDepartment"), "市水利局")
    QTest.mouseClick(page.findChild(QToolButton, "EnvZonesPlan_copy"), LEFT)
    lines = QApplication.clipboard().text().split("\n")
    assert len(lines) == 1 + 3
    assert len({line.count("\t") for line in lines}) == 1
    head = lines[0].split("\t")
    assert {line.split("\t")[head.index("Clause")] for line in lines[1:]} == {"二", "三"}
    assert [line.split("\t")[head.index("State")] for line in lines[1:]][0] == "Not met"


def test_problems_are_registered_from_the_findings(page, city, provider):
    import processing

    from envzones.plugin.project import plan_view

    parameters = page.register_parameters(plan_view.stored(QgsProject.instance()))
    answer = processing.run(
        "envzones:registerproblems", {**parameters, "NEW": "TEMPORARY_OUTPUT", "VANISHED": "TEMPORARY_OUTPUT",
                                      "TRY_ONLY": True}
    )  # fmt: skip
    # B1 and B4 are outstanding; B2 is dealt with.
    assert answer["NEW_COUNT"] == 2
    assert {feature["feature_uid"] for feature in answer["NEW"].getFeatures()} == {"B1", "B4"}


def test_nothing_is_registered_from_a_board_that_no_longer_holds(page, window, monkeypatch):
    import processing

    asked = []
    monkeypatch.setattr(processing, "execAlgorithmDialog", lambda name, given: asked.append((name, given)), raising=False)
    QTest.mouseClick(page.findChild(QToolButton, "EnvZonesPlan_register"), LEFT)
    assert asked[0][0] == "envzones:registerproblems" and asked[0][1]["AS_OF"] == "2019-06-30"
    assert all(QgsProject.instance().mapLayer(name) is not None for name in asked[0][1]["FINDINGS"])
    page.desk.set_day(date(2020, 1, 1))
    QTest.mouseClick(page.findChild(QToolButton, "EnvZonesPlan_register"), LEFT)
    assert len(asked) == 1 and "Compute again" in window.said[-1][1]


def test_nothing_is_cut_off_in_a_narrow_panel(page):
    page.resize(340, 600)
    settle()
    for button in page.findChildren(QToolButton):
        if button.isVisible() and button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon:
            assert button.width() >= button.sizeHint().width(), button.text()
    letters = page.fontMetrics().averageCharWidth()
    assert page.minimumSizeHint().width() <= max(340, 38 * letters)
    assert page.tree.height() > 200
