"""The options page and the project's settings: what is entered is kept with OK, and nothing of it without."""

from __future__ import annotations

import importlib.util
import shutil
from datetime import date
from pathlib import Path

import pytest
from qgis.core import QgsProject, QgsSettings
from qgis.PyQt.QtCore import QDate, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QDialogButtonBox, QLabel, QLineEdit, QPushButton


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_window = _load("window")
settle, wait_until = _window.settle, _window.wait_until
LEFT = Qt.MouseButton.LeftButton
KEYS = ("envzones/user_name", "envzones/day", "envzones/working", "envzones/export_folder", "envzones/probe_card",
        "envzones/report_template")  # fmt: skip


@pytest.fixture
def profile(qgis_app, tmp_path, monkeypatch) -> Path:
    """A profile's folder of own files, and settings that are gone afterwards."""
    from envzones.plugin import paths

    monkeypatch.setattr(paths, "user_folder", lambda: tmp_path / "profile")
    for key in KEYS:
        QgsSettings().remove(key)
    yield tmp_path / "profile"
    for key in KEYS:
        QgsSettings().remove(key)


@pytest.fixture
def page(profile):
    from envzones.plugin.gui.options import OptionsPage

    one = OptionsPage()
    one.resize(560, 600)
    one.show()
    wait_until(lambda: one._table is not None and one._table.rowCount() > 20)
    yield one
    one.deleteLater()
    settle()


@pytest.fixture(scope="module")
def few(onemap, tmp_path_factory) -> Path:
    from envzones.plugin.engine.catalog import Catalog, load_catalog
    from envzones.plugin.store.geopackage import create

    full = load_catalog()
    catalog = Catalog({name: full[name] for name in ("admin_area", "mine_site")}, full.themes)
    path = tmp_path_factory.mktemp("few") / "map.gpkg"
    create(path, catalog, meta={"title": "试", "jurisdiction_code": "419001", "jurisdiction_zh": "济源市",
                                "work_crs": "EPSG:4547", "rulebooks": "national-henan"})  # fmt: skip
    return path


@pytest.fixture
def dialog(few, profile, tmp_path, clean_project):
    from envzones.plugin.gui.desk_state import DeskState
    from envzones.plugin.gui.project_settings import ProjectSettingsDialog
    from envzones.plugin.project.make import open_project

    path = tmp_path / "map.gpkg"
    shutil.copy(few, path)
    open_project(clean_project, path, tmp_path / "map.qgz", "zh", date(2019, 6, 30))
    state = DeskState()
    one = ProjectSettingsDialog(state)
    one.show()
    wait_until(lambda: one._found is not None)
    yield one
    state.release()
    one.deleteLater()
    settle()


def kept() -> dict:
    return {key: QgsSettings().value(key) for key in KEYS}


def test_options_are_kept_when_qgis_applies_them_and_not_before(page, profile, tmp_path):
    from envzones.plugin.project import editing, settings

    before = kept()
    QTest.keyClicks(page.findChild(QLineEdit, "EnvZonesEditor"), "Li Lei")
    box = page.findChild(QComboBox, "EnvZonesUsualDay")
    box.setCurrentIndex(box.findData("today"))
    page._folder.setFilePath(str(tmp_path))
    page._template.setFilePath(str(tmp_path / "office.docx"))
    page.findChild(QCheckBox, "EnvZonesProbeCard").click()
    page._table.spin("river_side").setValue(800.0)
    assert kept() == before
    page.apply()
    assert editing.user_name() == "Li Lei"
    assert settings.usual_day() == "today"
    assert settings.export_folder() == str(tmp_path)
    assert settings.report_template() == str(tmp_path / "office.docx")
    assert settings.probe_card() is False
    assert settings.usual_working() == {"river_side": 800.0}
    again = type(page)()
    wait_until(lambda: again._table is not None)
    assert again._table.values() == {"river_side": 800.0}
    assert again.findChild(QLineEdit, "EnvZonesEditor").text() == "Li Lei"
    again.deleteLater()


def test_a_folder_that_is_not_there_is_not_kept(page, tmp_path):
    from envzones.plugin.project import settings

    page._folder.setFilePath(str(tmp_path / "nowhere"))
    assert not page.isValid()
    page.apply()
    assert settings.export_folder() == ""


def test_the_distances_are_those_that_rulebooks_leave_to_the_office(page):
    import yaml

    # By reading the files themselves.
    def names(value) -> set[str]:
        if isinstance(value, dict):
            own = {value["working"]} if "working" in value else set()
            return own.union(*(names(one) for one in value.values()))
        return set().union(*(names(one) for one in value)) if isinstance(value, list) else set()

    folder = Path(__file__).parents[2] / "resources" / "rulebooks"
    expected = set().union(*(names(yaml.safe_load(file.read_text("utf-8"))) for file in folder.glob("*.yaml")))
    assert set(page._table._names) == expected
    rows = {page._table._names[row]: (page._table.item(row, 0).text(), page._table.item(row, 1).text())
            for row in range(page._table.rowCount())}  # fmt: skip
    assert rows["river_side"][1] == "1,000 m"
    # Two books propose two numbers.
    assert rows["corridor_station"][1] == "20,000 m / 10,000 m"
    # A number from memory says so.
    assert [name for name, (title, _) in rows.items() if "verified" in title] == sorted(
        ["canal_width_above", "canal_width_below", "canal_width_works"], key=list(rows).index
    )


def test_a_shipped_file_is_copied_to_where_it_counts(page, profile):
    from envzones.plugin.engine.clauses.shelf import available

    box = page.findChild(QComboBox, "EnvZonesShipped")
    box.setCurrentIndex(box.findText("Rulebook: jiyuan-2018.yaml"))
    QTest.mouseClick(page.findChild(QPushButton, "EnvZonesCopyShipped"), LEFT)
    copy = profile / "rulebooks" / "jiyuan-2018.yaml"
    assert copy.is_file()
    assert available(profile / "rulebooks")["jiyuan-2018"] == copy
    said = page.findChild(QLabel, "EnvZonesCopied")
    assert said.isVisible() and str(copy) in said.text()
    copy.write_text("changed", encoding="utf-8")
    QTest.mouseClick(page.findChild(QPushButton, "EnvZonesCopyShipped"), LEFT)
    assert "is there already" in said.text()
    assert copy.read_text(encoding="utf-8") == "changed"


def test_copies_of_layers_and_styles_take_the_place_of_the_shipped_ones(profile):
    from envzones.plugin import paths
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.project import working

    files = working.shipped_files()
    layer = working.copy_shipped(next(one for one in files["layers"] if one.name == "mine_site.yaml"))
    assert load_catalog(profile / "layers")["mine_site"].path == layer
    style = next(one for one in files["styles"] if one.name == "verdict_point.qml")
    assert paths.user_or_shipped(style) == style
    assert working.copy_shipped(style) == paths.user_or_shipped(style) != style


def test_a_project_begins_with_what_the_profile_says(profile, few, tmp_path, clean_project):
    from envzones.plugin.project import settings
    from envzones.plugin.project.make import open_project

    path = tmp_path / "map.gpkg"
    shutil.copy(few, path)
    open_project(clean_project, path, tmp_path / "map.qgz", "zh", date(2019, 6, 30))
    settings.set_usual_working({"river_side": 800.0})
    settings.begin(clean_project)
    assert settings.working(clean_project) == {"river_side": 800.0}
    assert settings.as_of(clean_project) == date(2019, 6, 30)
    assert not clean_project.isDirty()
    # One that has distances keeps them; the day of opening is asked for.
    settings.set_working(clean_project, {"road_side": 300.0})
    settings.set_usual_day("today")
    settings.begin(clean_project)
    assert settings.working(clean_project) == {"road_side": 300.0}
    assert settings.as_of(clean_project) is None


def test_the_page_is_registered_once_and_taken_away(profile):
    from envzones.plugin.gui.options import Options, OptionsPage

    class Iface:
        factories: list = []

        def registerOptionsWidgetFactory(self, factory):  # noqa: N802
            self.factories.append(factory)

        def unregisterOptionsWidgetFactory(self, factory):  # noqa: N802
            self.factories.remove(factory)

    options = Options(Iface())
    (factory,) = Iface.factories
    assert factory.title() == "EnvZones" and not factory.icon().isNull()
    made = factory.createWidget(None)
    assert isinstance(made, OptionsPage)
    assert made.helpKey().startswith("file:")
    made.deleteLater()
    options.release()
    assert Iface.factories == []
    settle()


# --- the project's settings -----------------------------------------------------------------------------------


def press(dialog, which: str) -> None:
    box = dialog.findChild(QDialogButtonBox)
    QTest.mouseClick(box.button(getattr(QDialogButtonBox.StandardButton, which)), LEFT)


def of_project() -> tuple:
    from envzones.plugin.project import settings

    project = QgsProject.instance()
    return (settings.onemap_path(project), settings.city(project), settings.as_of(project),
            settings.rulebooks(project), settings.working(project), settings.accuracy(project))  # fmt: skip


def enter(dialog) -> None:
    box = dialog.findChild(QComboBox, "EnvZonesProjectCity")
    index = box.findData("411000")
    box.setCurrentIndex(index)
    box.activated.emit(index)
    dialog._day.setDate(QDate(2019, 12, 31))
    dialog._accuracy.setValue(15.0)
    dialog._table.spin("line_of_sight").setValue(1500.0)


def test_what_is_entered_is_kept_with_ok(dialog):
    from envzones.plugin.project import settings

    assert dialog._table.spin("line_of_sight") is None
    enter(dialog)
    press(dialog, "Ok")
    path, city, day, books, own, accuracy = of_project()
    assert (path.name, city, day, accuracy) == ("map.gpkg", "411000", date(2019, 12, 31), 15.0)
    assert set(books) == {"national-henan", "xuchang-2018"}
    assert own == {"line_of_sight": 1500.0}
    assert QgsProject.instance().isDirty()
    # As it is read from the saved file.
    project = QgsProject.instance()
    before = of_project()
    assert project.write() and project.read(project.fileName())
    assert of_project() == before
    assert settings.has_rulebooks(project)


def test_cancel_changes_nothing(dialog):
    before = of_project()
    enter(dialog)
    press(dialog, "Cancel")
    assert of_project() == before
    assert not QgsProject.instance().isDirty()


def test_ok_without_a_change_leaves_nothing_to_save(dialog):
    before = of_project()
    press(dialog, "Ok")
    assert of_project() == before
    assert not QgsProject.instance().isDirty()


def test_a_file_that_is_no_one_map_is_refused_in_a_sentence(dialog, tmp_path):
    (tmp_path / "other.gpkg").write_bytes(b"no database at all, but long enough to be read as one")
    before = of_project()
    dialog._file.setFilePath(str(tmp_path / "other.gpkg"))
    press(dialog, "Ok")
    assert dialog.isVisible()
    assert "other.gpkg" in dialog.findChild(QLabel, "EnvZonesProjectSaid").text()
    assert of_project() == before


def test_today_is_whatever_day_the_project_is_opened_on(dialog):
    from envzones.plugin.project import settings

    dialog._always_today.click()
    assert not dialog._day.isEnabled()
    press(dialog, "Ok")
    assert settings.as_of(QgsProject.instance()) is None


def test_distances_of_rulebooks_that_are_not_here_are_kept(dialog):
    dialog._table.fill(dialog._distances, {"unknown_side": 42.0, "river_side": 700.0})
    assert dialog._table.values() == {"unknown_side": 42.0, "river_side": 700.0}
    spin = dialog._table.spin("river_side")
    spin.clear()
    assert dialog._table.values() == {"unknown_side": 42.0}
