"""The list of sites, what is asked of them, their check, and what is kept with the project."""

from __future__ import annotations

import importlib.util
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from qgis.core import (
    QgsProject,
    QgsVectorLayer,
)
from qgis.gui import QgsRubberBand
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QInputMethodEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QComboBox, QLineEdit

from envzones.plugin.engine import siting
from envzones.plugin.engine.clauses.book import load_books
from envzones.plugin.engine.facilities import load_facility_types
from envzones.plugin.engine.facility_search import asked
from envzones.plugin.project import source
from envzones.plugin.project.candidates import MOST, Candidate, CandidateList, Profile


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_shared = _load("site_page")
BOOKS, DAY, THREE = _shared.BOOKS, _shared.DAY, _shared.THREE
click, drop_page, make_page, put = _shared.click, _shared.drop_page, _shared.make_page, _shared.put
page, project, window = _shared.page, _shared.project, _shared.window
settle, wait_until = _shared.settle, _shared.wait_until


# --- the list -------------------------------------------------------------------------------------------------


def test_sites_are_renamed_removed_and_shown(page):
    assert page._stack.currentWidget() is page._empty and not page.check_button.isEnabled()
    put(page, *THREE)
    assert page._stack.currentWidget() is page.list and page.check_button.isEnabled()
    assert page._marks.count == 2
    page.list.select(["S2"])
    assert page._marks.count == 3
    page.model.setData(page.model.index(1, 0), "改名")
    assert page.sites["S2"].name == "改名"
    before = page.iface.canvas.extent()
    page.list.zoom.trigger()
    assert page.iface.canvas.extent() != before
    page.list.remove.trigger()
    assert page.sites.ids == ["S1", "S3"]
    page.clear_action.trigger()
    assert len(page.sites) == 0 and page._marks.count == 0


def test_the_marks_go_with_the_page(page):
    put(page, *THREE)
    bands = [one for one in page.iface.canvas.scene().items() if isinstance(one, QgsRubberBand) and one.numberOfVertices()]
    assert bands
    page.hide()
    assert page._marks.count == 0
    page.show()
    assert page._marks.count == 2


def test_more_sites_than_the_list_takes_are_refused_whole():
    sites = CandidateList([Candidate("", "a", shapely.to_wkb(shapely.Point(112, 35)))] * 5)
    with pytest.raises(Exception, match="too many"):
        sites.add([Candidate("", "b", b"x")] * MOST)
    assert sites.ids == ["S1", "S2", "S3", "S4", "S5"]


# --- what is to be built --------------------------------------------------------------------------------------


def type_in(widget, text):
    """Type as an input method does, which Chinese comes through."""
    for letter in text:
        event = QInputMethodEvent()
        event.setCommitString(letter)
        QApplication.sendEvent(widget, event)


def choose_type(page, typed):
    page.form.type.clear()
    type_in(page.form.type, typed)
    popup = page.form.completer.popup()
    assert popup.isVisible() and popup.model().rowCount()
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    settle()


def expected_questions(kind, nature):
    return {one.attribute.id for one in asked(kind, nature, load_books(BOOKS), load_facility_types())}


def test_a_type_is_found_by_typing_and_only_its_questions_are_asked(page):
    choose_type(page, "煤锅炉")
    assert page.profile.facility_type == "coal_boiler" and page.form.type.text() == "Coal-fired boiler"
    assert page.form.path.text() == "Construction project › Combustion facility › Boiler"
    assert set(page.form.questions()) == expected_questions("coal_boiler", None)
    page.form.nature.setCurrentIndex(page.form.nature.findData("existing"))
    page.form.nature.activated.emit(page.form.nature.currentIndex())
    assert set(page.form.questions()) == expected_questions("coal_boiler", "existing")


def test_answers_apply_to_the_sites_chosen_and_to_those_to_come(page):
    put(page, *THREE)
    page.list.select(["S1", "S3"])
    choose_type(page, "燃煤锅炉")
    capacity = page.form.questions()["capacity_tph"]
    assert isinstance(capacity, QLineEdit)
    QTest.keyClicks(capacity, "20.5")
    QTest.keyClick(capacity, Qt.Key.Key_Return)
    yes = next(name for name, one in page.form.questions().items() if isinstance(one, QComboBox))
    box = page.form.questions()[yes]
    box.setCurrentIndex(1)
    box.activated.emit(1)
    for one in ("S1", "S3"):
        assert page.sites[one].facility_type == "coal_boiler"
        assert dict(page.sites[one].attributes) == {"capacity_tph": 20.5, yes: True}
    assert page.sites["S2"].facility_type is None
    assert page.profile.facility_type == "coal_boiler"
    frame = page.sites.to_frame()
    assert frame["capacity_tph"].tolist() == [20.5, None, 20.5] and frame[yes].tolist() == [True, None, True]
    # Another type is not asked for a boiler's capacity.
    page.list.select(["S1"])
    choose_type(page, "housing")
    assert "capacity_tph" not in page.sites["S1"].attributes
    assert page.sites["S3"].attributes["capacity_tph"] == 20.5


def test_an_unknown_type_says_what_it_costs(page):
    page.form.type.setText("")
    assert "remain to be verified" in page.form.path.text()
    type_in(page.form.type, "没有这种设施")
    page.form.completer.popup().hide()
    page.form.type.editingFinished.emit()
    assert page.profile.facility_type is None and page.form.type.text() == ""


# --- the check ------------------------------------------------------------------------------------------------


def run_check(page):
    QTest.mouseClick(page.check_button, Qt.MouseButton.LeftButton)
    wait_until(lambda: not page.running.busy, 120)
    assert page.result is not None, page.iface.said


@pytest.fixture
def checked(page):
    put(page, *THREE, facility_type="coal_boiler", nature="new", attributes={"capacity_tph": 20.0})
    page.sites.set_profile(["S2"], Profile("electric_boiler", "existing"))
    run_check(page)
    return page


def test_three_sites_are_checked_as_the_engine_does(checked, onemap):
    sites = checked.sites.to_frame()
    direct = siting.check(
        sites, source.open_onemap(onemap), load_books(BOOKS), as_of=DAY,
    )  # fmt: skip
    for name in ("verdicts", "findings", "units"):
        mine, theirs = getattr(checked.result, name), getattr(direct, name)
        pd.testing.assert_frame_equal(
            pd.DataFrame(mine.drop(columns="geometry")), pd.DataFrame(theirs.drop(columns="geometry"))
        )
        assert np.array_equal(shapely.to_wkb(mine.geometry.to_numpy()), shapely.to_wkb(theirs.geometry.to_numpy()))
    shown = [checked.model.data(checked.model.index(row, 2)) for row in range(3)]
    texts = direct.verdicts["text_en"].tolist()
    assert [one.lower() for one in shown] == [one.lower() for one in texts]
    assert len({*direct.verdicts["known"]}) > 1  # the sites are not all alike
    said = checked.iface.said[-1][1]
    assert said.startswith("3 sites checked") and checked.stale() == ""
    layers = [one for one in QgsProject.instance().mapLayers().values() if one.customProperty("envzones/kind") == "check"]
    assert layers


def test_edits_that_are_not_saved_count(page, onemap, project):
    put(page, THREE[0], facility_type="coal_boiler", nature="new")
    run_check(page)
    hits = set(page.result.findings.query("status == 'hit'")["zone_id"].dropna())
    assert {"Z1", "Z2"} & hits
    zones = QgsVectorLayer(f"{onemap}|layername=drinking_water_zone", "zones", "ogr")
    project.addMapLayer(zones)
    wait_until(lambda: zones.id() in page.desk._watched)
    zones.startEditing()
    zones.deleteFeatures([one.id() for one in zones.getFeatures()])
    wait_until(lambda: page.results.stale == "map")
    run_check(page)
    assert not {"Z1", "Z2"} & set(page.result.findings["zone_id"].dropna())
    zones.rollBack()
    wait_until(lambda: page.results.stale == "map")


def test_what_changes_makes_the_answer_stale(checked):
    assert checked.results.stale == ""
    checked.desk.set_day(date(2019, 7, 1))
    assert checked.results.stale == "day"
    checked.desk.set_day(DAY)
    assert checked.results.stale == ""
    checked.desk.set_books(["jiyuan-2018"])
    assert checked.results.stale == "books"
    checked.desk.set_books(BOOKS)
    checked.list.select(["S2"])
    checked.list.remove.trigger()
    assert checked.results.stale == "sites"


def test_renaming_a_site_does_not(checked):
    checked.model.setData(checked.model.index(0, 0), "新名")
    assert checked.results.stale == ""


def test_a_check_that_is_cancelled_ends_at_once_and_leaves_nothing(page):
    put(page, *THREE, facility_type="coal_boiler")
    page.check_button.click()
    began = time.monotonic()
    wait_until(lambda: time.monotonic() > began + 0.5)
    assert page.running.busy and not page.check_button.isEnabled()
    page.running.cancel()
    asked_at = time.monotonic()
    wait_until(lambda: not page.running.busy, 30)
    assert time.monotonic() - asked_at < 1.0
    assert page.result is None and page.check_button.isEnabled()
    assert not [one for one in QgsProject.instance().mapLayers().values() if one.customProperty("envzones/kind")]


def test_ledger_and_report_are_written(checked, tmp_path):
    import openpyxl

    assert checked.export_button.entries["ledger"].isEnabled()
    for name in ("out.xlsx", "out.docx"):
        checked.export(tmp_path / name)
        wait_until(lambda: not checked.running.busy, 60)
        assert (tmp_path / name).stat().st_size > 5000, checked.iface.said[-1]
    book = openpyxl.load_workbook(tmp_path / "out.xlsx", read_only=True)
    cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    assert all(any(name == cell for cell in cells) for name, _ in THREE)
    book.close()


def test_sites_are_compared_and_the_result_copied(checked):
    checked.compare_action.trigger()
    assert checked._matrix.isVisible()
    checked.copy_action.trigger()
    assert "甲" in QApplication.clipboard().text()


def test_all_is_kept_with_the_project(window, project, tmp_path):
    page = make_page(window)
    put(page, *THREE, facility_type="coal_boiler", nature="new", attributes={"capacity_tph": 20.0})
    page.list.select(["S1"])
    run_check(page)
    before, verdicts = page.sites.to_json(), page.view.verdicts
    path = tmp_path / "kept.qgz"
    assert project.write(str(path))
    drop_page(page)
    project.clear()
    page = make_page_of(window, project, path)
    try:
        assert page.sites.to_json() == before
        assert page.profile.facility_type is None or page.profile.facility_type == "coal_boiler"
        wait_until(lambda: page.view is not None)
        known = {one["site_id"]: one["known"] for one in page.view.verdicts}
        assert known == {one["site_id"]: one["known"] for one in verdicts}
        assert page.stale() == "" and page.export_button.entries["ledger"].isEnabled()
    finally:
        drop_page(page)


def make_page_of(window, project, path):
    assert project.read(str(path))
    return make_page(window)


def test_another_project_has_other_sites(page):
    put(page, *THREE)
    QgsProject.instance().clear()
    wait_until(lambda: len(page.sites) == 0)
    assert not page.check_button.isEnabled() and "one map" in page.check_button.toolTip()


def test_nothing_is_left_on_the_canvas(window, project):
    before = len(window.canvas.scene().items())
    page = make_page(window)
    put(page, *THREE)
    page.inputs.actions["polygon"].trigger()
    click(page, 112.6, 35.1)
    drop_page(page)
    assert window.canvas.mapTool() is None
    left = [one for one in window.canvas.scene().items() if isinstance(one, QgsRubberBand)]
    assert len(left) == 0 and len(window.canvas.scene().items()) <= before + 2


@pytest.mark.parametrize("held", [None, [], "x", [{"site_id": "a"}], [{"site_id": "a", "wkb": "zz"}], [3]])
def test_what_was_written_by_hand_into_a_project_does_no_harm(held):
    assert len(CandidateList.from_json(held)) == 0
    assert Profile.from_json(held) == Profile()
