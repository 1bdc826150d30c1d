"""The Map page: what it shows of a map, and what follows from day, city and rulebooks; each by what a user does."""

from __future__ import annotations

import importlib.util
import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAction, QCheckBox, QComboBox, QDateEdit, QLabel, QPushButton, QToolButton


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_window = _load("window")
Window, settle, wait_until = _window.Window, _window.settle, _window.wait_until
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qgis_app):
    one = Window()
    one.window.show()
    yield one
    one.window.close()
    one.window.deleteLater()
    settle()


@pytest.fixture(scope="module")
def few(onemap, tmp_path_factory) -> Path:
    """The sample map with a few of the layers: a project opens each of them."""
    from envzones.plugin.engine.catalog import Catalog, load_catalog
    from envzones.plugin.store.geopackage import create
    from envzones.plugin.store.store import open_store

    sample, full = open_store(onemap), load_catalog()
    names = ("admin_area", "drinking_water_zone", "heat_source", "coal_boiler")
    wanted = {*names, "mine_site", "road_land", "landform"}
    catalog = Catalog({name: spec for name, spec in full.items() if name in wanted}, full.themes)
    path = tmp_path_factory.mktemp("few") / "map.gpkg"
    meta = {key: value for key, value in sample.info().meta.items() if key not in ("schema_version", "created")}
    create(path, catalog, frames={name: sample.read(name) for name in names}, coverage=sample.read("layer_coverage"),
           meta=meta)  # fmt: skip
    return path


@pytest.fixture
def city(few, tmp_path, clean_project) -> Path:
    from envzones.plugin.project.make import open_project

    path = tmp_path / "map.gpkg"
    shutil.copy(few, path)
    open_project(clean_project, path, tmp_path / "map.qgz", "zh", date(2019, 6, 30))
    return path


class Pages:
    """Makes the page with a state of its own, as the desk does."""

    def __init__(self, window) -> None:
        from envzones.plugin.gui.desk_map import MapPage
        from envzones.plugin.gui.desk_state import DeskState

        self.triggered: list[str] = []
        self.state = DeskState()
        actions = {}
        for name in ("import", "site", "settings"):
            actions[name] = QAction(name, window.window)
            actions[name].triggered.connect(lambda _=False, name=name: self.triggered.append(name))
        self.page = MapPage(window, self.state, actions)
        self.page.resize(360, 640)
        self.page.show()
        self.layers, self.books = self.page._layers, self.page._books

    def find(self, kind, name: str):
        found = self.page.findChild(kind, name)
        assert found is not None, name
        return found

    def filled(self) -> None:
        wait_until(lambda: len(self.layers.rows()) > 5)

    def said(self, table: str) -> tuple[str, str, str]:
        item = self.layers.rows()[table]
        return item.text(0), item.text(1), item.text(2)

    def groups(self) -> dict[str, list[str]]:
        tops = [self.books.topLevelItem(index) for index in range(self.books.topLevelItemCount())]
        key = Qt.ItemDataRole.UserRole
        return {top.data(0, key): [top.child(row).data(0, key) for row in range(top.childCount())] for top in tops}

    def book(self, name: str):
        return next(item for item in self.books.books() if item.data(0, Qt.ItemDataRole.UserRole) == name)

    def release(self) -> None:
        self.page.release()
        self.state.release()
        self.page.deleteLater()
        settle()


@pytest.fixture
def pages(window, city):
    one = Pages(window)
    one.filled()
    yield one
    one.release()


def test_it_shows_the_map_its_layers_and_their_gaps(pages, window, city):
    assert "示例" in pages.find(QLabel, "EnvZonesMapTitle").text()
    assert pages.find(QLabel, "EnvZonesMapFile").text().startswith("map.gpkg")
    assert pages.find(QDateEdit, "EnvZonesAsOf").date().toPyDate() == date(2019, 6, 30)
    name, complete, clauses = pages.said("drinking_water_zone")
    assert name.endswith("[2]") and complete == "2019-06-01"
    name, complete, _ = pages.said("mine_site")
    assert name.endswith("[0]") and complete == "not declared"
    # Nothing was ever chosen for this map; Henan's law is in force and binds Jiyuan, its plan is in force in 2019.
    wait_until(lambda: pages.state.books == ["jiyuan-2018", "national-henan"])
    wait_until(lambda: pages.said("drinking_water_zone")[2] != "")


def test_the_clauses_counted_at_a_layer_are_those_that_look_at_it(pages):
    from envzones.plugin.engine.clauses.book import load_books

    wait_until(lambda: len(pages.state.books) == 2 and pages.said("drinking_water_zone")[2] != "")
    day = date(2019, 6, 30)
    for table in ("drinking_water_zone", "coal_boiler", "road_land", "landform"):
        expected = 0
        for book in load_books(["jiyuan-2018", "national-henan"]):
            expected += sum(
                1 for clause in book.clauses if table in clause.layers() and book.state(clause, day) == "in_force"
            )
        assert pages.said(table)[2] == (str(expected) if expected else "")


def test_day_rulebooks_and_completeness_go_together(pages):
    edit = pages.find(QDateEdit, "EnvZonesAsOf")
    wait_until(lambda: "jiyuan-2018" in pages.groups().get("in_force", []))
    edit.setDate(edit.date().addYears(5))
    wait_until(lambda: pages.state.day == date(2024, 6, 30))
    wait_until(lambda: pages.said("drinking_water_zone")[1] == "expired")
    assert pages.groups()["reference"] == ["jiyuan-2018"]
    assert pages.groups()["in_force"] == ["national-henan"]
    # It is still ticked, with a warning: choosing is the user's.
    assert pages.book("jiyuan-2018").checkState(0) == Qt.CheckState.Checked
    assert not pages.book("jiyuan-2018").icon(0).isNull()
    QTest.mouseClick(pages.find(QToolButton, "EnvZonesToday"), LEFT)
    assert pages.state.day_set is None
    assert edit.date().toPyDate() == date.today()


def test_ticking_a_rulebook_chooses_it(pages):
    wait_until(lambda: len(pages.state.books) == 2 and pages.groups().get("in_force"))
    pages.book("jiyuan-2018").setCheckState(0, Qt.CheckState.Unchecked)
    assert pages.state.books == ["national-henan"]
    assert QgsProject.instance().isDirty()
    # A book of another place that is chosen stands among those that count.
    pages.book("xuchang-2018").setCheckState(0, Qt.CheckState.Checked)
    assert set(pages.state.books) == {"national-henan", "xuchang-2018"}
    wait_until(lambda: "xuchang-2018" in pages.groups()["in_force"])


def test_a_project_is_not_to_be_saved_because_rulebooks_were_suggested(window, city):
    project = QgsProject.instance()
    project.removeEntry("envzones", "/rulebooks")
    assert project.write()
    one = Pages(window)
    one.filled()
    wait_until(lambda: one.state.books == ["jiyuan-2018", "national-henan"])
    assert not project.isDirty()
    one.release()


def test_another_city_brings_its_own_rulebooks(pages):
    pages.state.set_books([])
    pages.state.set_day(date(2020, 6, 30))
    box = pages.find(QComboBox, "EnvZonesCity")
    wait_until(lambda: pages.books.topLevelItem(0).text(0).startswith("In force on 2020-06-30"))
    index = box.findData("410100")
    box.setCurrentIndex(index)
    box.activated.emit(index)
    zhengzhou = {"zhengzhou-2020-air", "zhengzhou-2020-soil", "zhengzhou-2020-water", "national-henan"}
    assert set(pages.state.books) == zhengzhou
    assert set(pages.groups()["in_force"]) == zhengzhou
    assert "jiyuan-2018" in pages.groups()["other"]


@pytest.mark.parametrize(
    ("code", "city", "expected"),
    [("410000", "419001", "above"), ("419001", "419001", "own"), ("410100", "419001", "other"),
     ("411000", "411002", "above"), ("411000", "411102", "other"), ("100000", "110105", "above"),
     ("410611", "410600", "other"), ("410600", "410611", "above"), ("410000", "", "other"), ("410000", "130100", "other")],
)  # fmt: skip
def test_whom_a_rulebook_binds(code, city, expected):
    from envzones.plugin.project.overview import binding

    assert binding(code, city) == expected


def test_layers_are_found_by_name_and_gaps_alone(pages):
    shown = [table for table, item in pages.layers.rows().items() if not item.isHidden()]
    QTest.keyClicks(pages.page._search, "drinking_water_z")
    assert [t for t, item in pages.layers.rows().items() if not item.isHidden()] == ["drinking_water_zone"]
    pages.page._search.clear()
    pages.find(QCheckBox, "EnvZonesOnlyGaps").click()
    gaps = [table for table, item in pages.layers.rows().items() if not item.isHidden()]
    declared = {"admin_area", "drinking_water_zone", "heat_source", "coal_boiler"}
    assert set(gaps) == set(shown) - declared
    assert pages.state.kept("map")["only_gaps"] is True


def test_what_the_page_remembers_comes_back_with_the_project(pages, window, tmp_path):
    project = QgsProject.instance()
    pages.find(QCheckBox, "EnvZonesOnlyGaps").click()
    assert project.write()
    project.clear()
    wait_until(lambda: pages.state.path is None)
    assert project.read(str(tmp_path / "map.qgz"))
    wait_until(lambda: pages.state.path is not None)
    wait_until(lambda: pages.find(QCheckBox, "EnvZonesOnlyGaps").isChecked())
    assert not project.isDirty()


def test_a_double_click_makes_the_layer_active(pages, window):
    item = pages.layers.rows()["coal_boiler"]
    pages.layers.scrollToItem(item)
    at = pages.layers.visualItemRect(item).center()
    QTest.mouseClick(pages.layers.viewport(), LEFT, pos=at)
    QTest.mouseDClick(pages.layers.viewport(), LEFT, pos=at)
    assert window.active is not None and window.active.customProperty("envzones/table") == "coal_boiler"


def entry(menu, text: str):
    return next(action for action in menu.actions() if action.text() == text)


def test_the_menu_opens_zooms_and_brings_back_a_layer(pages, window):
    from envzones.plugin.project import source

    opened = []
    window.showAttributeTable = opened.append
    project = QgsProject.instance()
    layer = source.map_layers(project)["coal_boiler"]
    menu = pages.page.menu(pages.layers.rows()["coal_boiler"])
    entry(menu, "Open Attribute Table").trigger()
    assert opened == [layer]
    window.canvas.setDestinationCrs(project.crs())
    zones = source.map_layers(project)["drinking_water_zone"]
    entry(pages.page.menu(pages.layers.rows()["drinking_water_zone"]), "Zoom to Layer").trigger()
    shown = window.canvas.mapSettings().outputExtentToLayerExtent(zones, window.canvas.extent())
    assert shown.contains(zones.extent())
    project.removeMapLayer(layer.id())
    settle()
    assert "coal_boiler" not in source.map_layers(project)
    entry(pages.page.menu(pages.layers.rows()["coal_boiler"]), "Add to Project").trigger()
    again = source.map_layers(project)["coal_boiler"]
    assert again.featureCount() == 1
    group = project.layerTreeRoot().findLayer(again.id()).parent()
    assert group.customProperty("envzones/theme") == "heat"


def test_a_layer_is_declared_complete_in_its_form(pages, city, monkeypatch):
    from envzones.plugin.gui import declare

    seen = []

    def fill_in(_iface, layer, feature) -> bool:
        seen.append({name: feature[name] for name in ("layer", "declared_by")})
        return layer.addFeature(feature)

    monkeypatch.setattr(declare, "ask", fill_in)
    assert pages.said("mine_site")[1] == "not declared"
    entry(pages.page.menu(pages.layers.rows()["mine_site"]), "Declare Complete…").trigger()
    assert seen[0]["layer"] == "mine_site"
    with closing(sqlite3.connect(city)) as file:
        rows = file.execute("SELECT complete_as_of FROM layer_coverage WHERE layer = 'mine_site'").fetchall()
    assert rows == [("2019-06-30",)]
    wait_until(lambda: pages.said("mine_site")[1] == "2019-06-30")
    # In all of the city.
    from envzones.plugin.engine.onemap import OneMap

    area = OneMap.open(city).coverage("mine_site", date(2019, 6, 30)).area
    assert area.equals(OneMap.open(city).coverage("coal_boiler", date(2019, 6, 30)).area)


def test_a_declaration_that_was_not_filled_in_leaves_nothing(pages, city, monkeypatch):
    from envzones.plugin.gui import declare
    from envzones.plugin.project import source

    monkeypatch.setattr(declare, "ask", lambda *_: False)
    entry(pages.page.menu(pages.layers.rows()["mine_site"]), "Declare Complete…").trigger()
    layer = source.map_layers(QgsProject.instance())["layer_coverage"]
    assert not layer.isEditable()
    with closing(sqlite3.connect(city)) as file:
        assert file.execute("SELECT count(*) FROM layer_coverage WHERE layer = 'mine_site'").fetchone() == (0,)


def test_the_map_is_shown_as_of_the_day_from_the_page(pages, city):
    from envzones.plugin.engine.onemap import OneMap
    from envzones.plugin.project import source

    layer = source.map_layers(QgsProject.instance())["drinking_water_zone"]
    pages.find(QCheckBox, "EnvZonesShowAsOf").click()
    note = pages.find(QLabel, "EnvZonesShowAsOfNote")
    wait_until(lambda: note.text() == "All features of the map are in force on this day.")
    pages.find(QDateEdit, "EnvZonesAsOf").setDate(date(2017, 1, 1))
    wait_until(lambda: layer.featureCount() == 0)
    assert len(OneMap.open(city).in_force("drinking_water_zone", date(2017, 1, 1))) == 0
    wait_until(lambda: note.text() == "Features are hidden in 4 layers.", 5.0)
    pages.find(QCheckBox, "EnvZonesShowAsOf").click()
    wait_until(lambda: layer.featureCount() == 2)


def test_next_steps_are_one_click_away(pages, monkeypatch):
    import processing

    opened = []
    monkeypatch.setattr(processing, "execAlgorithmDialog", lambda *given: opened.append(given))
    for name in ("import", "site", "validate"):
        QTest.mouseClick(pages.find(QPushButton, f"EnvZonesStep_{name}"), LEFT)
    assert pages.triggered == ["import", "site"]
    assert opened[0][0] == "envzones:validatezones" and opened[0][1]["ONEMAP"].endswith("map.gpkg")


def test_a_map_that_cannot_be_read_is_said_to_be_so(pages, city):
    with closing(sqlite3.connect(city)) as file:
        file.execute("DROP TABLE envzones_meta")
        file.commit()
    QTest.mouseClick(pages.find(QToolButton, "EnvZonesReload"), LEFT)
    wait_until(lambda: pages.find(QLabel, "EnvZonesMapTitle").text() == "The one map cannot be read")
    assert "map.gpkg" in pages.find(QLabel, "EnvZonesMapNote").text()


def test_a_rulebook_that_cannot_be_read_is_named_and_takes_no_other_along(pages, monkeypatch, tmp_path):
    from envzones.plugin import paths

    (tmp_path / "profile" / "rulebooks").mkdir(parents=True)
    (tmp_path / "profile" / "rulebooks" / "ours.yaml").write_text("id: ours\nclauses: {}\n", encoding="utf-8")
    monkeypatch.setattr(paths, "user_folder", lambda: tmp_path / "profile")
    QTest.mouseClick(pages.find(QToolButton, "EnvZonesReload"), LEFT)
    wait_until(lambda: "ours.yaml" in pages.find(QLabel, "EnvZonesMapNote").text())
    assert "national-henan" in {name for group in pages.groups().values() for name in group}


def test_after_release_nothing_follows(window, city):
    from envzones.plugin.project import settings

    one = Pages(window)
    one.filled()
    one.release()
    settings.set_as_of(QgsProject.instance(), date(2001, 1, 1))
    QgsProject.instance().clear()
    settle()


def test_the_plugin_shows_the_map_as_of_its_day_without_its_panel(window, city, qgis_processing):
    import envzones
    from envzones.plugin.project import asof, settings, source

    project = QgsProject.instance()
    plugin = envzones.classFactory(window)
    plugin.initGui()
    try:
        asof.set_shown(project, True)
        settings.set_as_of(project, date(2017, 1, 1))
        assert project.write() and project.read(project.fileName())
        layer = source.map_layers(project)["drinking_water_zone"]
        wait_until(lambda: layer.subsetString() != "")
        wait_until(lambda: layer.featureCount() == 0)
        assert layer.startEditing() and layer.featureCount() == 2
        layer.rollBack()
        wait_until(lambda: layer.featureCount() == 0)
    finally:
        plugin.unload()
        settle()
