"""The result of a check, used as a planner uses it: read, filter, fly, copy."""

from __future__ import annotations

import importlib.util
import time
from collections import Counter
from pathlib import Path

import pytest
from qgis.core import QgsVectorLayer
from qgis.gui import QgsRubberBand
from qgis.PyQt.QtCore import QModelIndex, Qt
from qgis.PyQt.QtGui import QColor, QPalette
from qgis.PyQt.QtTest import QAbstractItemModelTester, QTest
from qgis.PyQt.QtWidgets import QApplication, QComboBox

_spec = importlib.util.spec_from_file_location("site_world", Path(__file__).with_name("site_world.py"))
_world = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_world)
settle, in_view = _world.settle, _world.in_view
wait_until = _world.wait_until


@pytest.fixture(scope="module")
def checked(qgis_app, onemap, tmp_path_factory, tools):
    return _world.check(onemap, tmp_path_factory.mktemp("checked"), tools)


@pytest.fixture
def window(qgis_app, clean_project):
    one = _world.open_window(clean_project)
    yield one
    _world.close_window(one)


@pytest.fixture
def results(window, checked):
    from envzones.plugin.gui.site_results import SiteResults

    one = SiteResults(window)
    one.resize(345, 640)
    one.show()
    one.show_result(checked[0], "zh")
    settle()
    yield one
    one.release()
    one.deleteLater()
    settle()


def walk(model, parent=None, deep=True):
    """Every index below one, in order."""
    for row in range(model.rowCount(parent or QModelIndex())):
        index = model.index(row, 0, parent or QModelIndex())
        yield index
        if deep:
            yield from walk(model, index)


def rows_shown(results):
    """The findings in the tree, folded ones included."""
    from envzones.plugin.gui.told_model import FINDING, KIND

    return [results.row_of(index) for index in walk(results.tree.model()) if index.data(KIND) == FINDING]


def index_of(results, wanted):
    from envzones.plugin.gui.told_model import FINDING, KIND

    for index in walk(results.tree.model()):
        if index.data(KIND) == FINDING and wanted(results.row_of(index)):
            return index
    raise LookupError("no such row")


def of_frame(checked, site):
    """A site's findings as the engine gave them, those that read alike once."""
    frame = checked[0].findings
    frame = frame[frame["site_id"] == site]
    columns = ["rulebook", "clause_id", "status", "tentative", "zone_layer", "zone_id", "zone_name", "relation",
                           "distance_m", "threshold_m", "overlap_m2", "why"]  # fmt: skip
    return frame.drop_duplicates(columns)


def test_before_a_check_it_says_what_to_do(window):
    from envzones.plugin.gui.site_results import SiteResults

    one = SiteResults(window)
    one.show()
    assert one._empty.isVisible() and "Check" in one._empty.text()
    assert not one._page.isVisible()
    one.copy()
    one.deleteLater()


def test_it_shows_each_sites_verdict(results, checked):
    chooser = results.findChild(QComboBox, "EnvZonesResultSite")
    assert chooser.isVisible() and chooser.count() == 3
    told = []
    results.site_chosen.connect(told.append)
    said = checked[0].verdicts.set_index("site_id")["text_zh"]
    for place, site in enumerate("ABC"):
        chooser.setFocus()
        chooser.setCurrentIndex(place)
        assert results.site == site
        assert results._chip.text().replace("，", ",").replace("：", ":") == said[site]
        assert results._chip.accessibleName() == results._chip.text()
        wanted = Counter(of_frame(checked, site)["clause_id"])
        assert Counter(row["clause_id"] for row in rows_shown(results)) == wanted
    assert told == ["B", "C"]


def test_a_verdict_is_readable_and_told_apart_without_colour(results):
    """Contrast of at least 4.5, and another sign for each verdict when all is grey."""
    from envzones.plugin.gui import signs

    def light(colour):
        parts = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4
                 for v in (colour.redF(), colour.greenF(), colour.blueF())]  # fmt: skip
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    pictures = set()
    for value, colour in signs.COLOURS.items():
        a, b = sorted((light(colour), light(signs.ink(colour))))
        assert (b + 0.05) / (a + 0.05) >= 4.5, value
        image = signs.verdict_icon(value).pixmap(32, 32).toImage()
        # The shape alone: what is drawn at all, and what is drawn as bright as the mark's ink.
        grey = tuple(
            (image.pixelColor(x, y).alpha() > 128, image.pixelColor(x, y).alpha() > 128
             and abs(light(image.pixelColor(x, y)) - light(signs.ink(colour))) < 0.1)
            for x in range(32) for y in range(32)
        )  # fmt: skip
        pictures.add(grey)
    assert len(pictures) == len(signs.COLOURS)


def test_clauses_come_by_effect_and_what_does_not_apply_is_folded(results):
    from envzones.plugin.engine import findings_text as said
    from envzones.plugin.gui.findings_model import FOLDER
    from envzones.plugin.gui.told_model import GROUP, KIND

    model, tree = results.tree.model(), results.tree
    groups = [index for index in walk(model, deep=False) if index.data(KIND) == GROUP]
    assert all(tree.isExpanded(index) for index in groups)
    order = list(said.GROUPS)
    seen = []
    for group in groups:
        children = list(walk(model, group, deep=False))
        rows = [row for row in map(results.row_of, children) if row and "clause_id" in row]
        if rows:
            seen.append(order.index(said.group(rows[0])))
            standings = [list(said.STANDINGS).index(said.standing(row)) for row in rows]
            assert standings == sorted(standings)
        folders = [child for child in children if child.data(KIND) == FOLDER]
        assert len(folders) <= 1
        for folder in folders:
            assert folder == children[-1] and not tree.isExpanded(folder)
            assert str(model.rowCount(folder)) in folder.data()
    assert seen == sorted(seen) and len(seen) > 2


def test_opening_a_clause_shows_its_words_and_document(results):
    index = index_of(results, lambda row: row["zone_id"] == "Z1" and row["status"] == "hit")
    tree = results.tree
    tree.setCurrentIndex(index)
    tree.setFocus()
    QTest.keyClick(tree, Qt.Key.Key_Right)
    assert tree.isExpanded(index)
    facts = [tree.model().fact(tree.model().index(k, 0, index)) for k in range(tree.model().rowCount(index))]
    row = results.row_of(index)
    assert row["quote"] in facts[0].text
    assert any("〔2018〕" in fact.text or "法" in fact.text or "条例" in fact.text for fact in facts)
    # A row of facts belongs to its clause.
    assert results.row_of(tree.model().index(0, 0, index)) is row
    # Every row is as tall as its words at this width.
    settle()
    for child in [index, *walk(tree.model(), index)]:
        rect = tree.visualRect(child)
        assert rect.right() <= tree.viewport().width()
        assert rect.height() >= tree.fontMetrics().height()


def test_rows_are_wrapped_anew_when_the_panel_is_narrower(results):
    index = index_of(results, lambda row: row["zone_id"] == "Z1" and row["status"] == "hit")
    results.resize(700, 640)
    settle()
    QTest.qWait(50)
    wide = results.tree.visualRect(index).height()
    results.resize(300, 640)
    settle()
    QTest.qWait(50)
    assert results.tree.visualRect(index).height() > wide


@pytest.mark.parametrize("standing,wanted", [
    ("hit", lambda f: f["status"] == "hit"),
    ("open", lambda f: (f["status"] == "not_assessed") | ((f["status"] == "hit") & f["tentative"])),
    ("clear", lambda f: f["status"] == "clear"),
    ("idle", lambda f: f["status"] == "not_applicable"),
])  # fmt: skip
def test_filter_by_answer(results, checked, standing, wanted):
    combo = results.findChild(QComboBox, "EnvZonesFilterStatus")
    combo.setCurrentIndex(combo.findData(standing))
    frame = of_frame(checked, "A")
    assert Counter(row["clause_id"] for row in rows_shown(results)) == Counter(frame[wanted(frame)]["clause_id"])


def test_filter_by_effect_and_by_words(results, checked):
    effect = results.findChild(QComboBox, "EnvZonesFilterEffect")
    effect.setCurrentIndex(effect.findData("prohibit"))
    frame = of_frame(checked, "A")
    frame = frame[(frame["effect"] == "prohibit") & ~frame["reference"]]
    assert Counter(row["clause_id"] for row in rows_shown(results)) == Counter(frame["clause_id"])
    QTest.keyClicks(results._text, "Boiler")
    assert len(rows_shown(results)) == len(frame), "typing is over first"
    results._text.clear()
    results._text.insert("保护区")
    wait_until(lambda: results.tree.model().shown < len(frame))
    shown = rows_shown(results)
    titles = ("drinking_water_zone", "nature_reserve", "canal_zone")
    assert shown and all("保护区" in "".join(map(str, row.values())) or row["zone_layer"] in titles for row in shown)
    assert results._count.isVisible() and str(len(shown)) in results._count.text()
    # The filters stay when another site is chosen.
    results.choose_site("B")
    assert effect.currentData() == "prohibit" and all(row["site_id"] == "B" for row in rows_shown(results))


def test_a_click_flies_to_site_and_zone_and_flashes(results, window):
    from envzones.plugin.project import findings_view

    results.choose_site("B")
    index = index_of(results, lambda row: row["zone_id"] == "Z2" and row["distance_m"] and not row["tentative"])
    row = results.row_of(index)
    assert abs(row["distance_m"] - 900.0) < 5.0
    line, site = findings_view.shape(row), findings_view.shape(results.view.verdict("B"))
    tree, canvas = results.tree, window.canvas
    parent = index.parent()
    while parent.isValid():
        tree.expand(parent)
        parent = parent.parent()
    tree.scrollTo(index)
    settle()
    before, steps = canvas.extent(), []
    canvas.extentsChanged.connect(lambda: steps.append(canvas.extent()))
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=tree.visualRect(index).center())
    assert canvas.extent() != before
    assert in_view(canvas, line) and in_view(canvas, site)
    assert canvas.extent().width() < 20 * 900.0
    bands = [item for item in canvas.scene().items() if isinstance(item, QgsRubberBand)]
    assert len(bands) == 1 and abs(bands[0].asGeometry().length() - 900.0) < 10.0
    assert len(steps) == 1, "one step back is where the planner was"
    wait_until(lambda: not [item for item in canvas.scene().items() if isinstance(item, QgsRubberBand)])
    from qgis.PyQt.QtWidgets import QWidget

    settle()
    assert not canvas.findChildren(QWidget, "EnvZonesFlight")


def test_double_click_shows_it_closer_and_enter_flies(results, window):
    index = index_of(results, lambda row: row["zone_id"] == "Z1" and row["status"] == "hit")
    tree, canvas = results.tree, window.canvas
    tree.scrollTo(index)
    tree.setCurrentIndex(index)
    tree.setFocus()
    before = canvas.extent()
    QTest.keyClick(tree, Qt.Key.Key_Return)
    assert canvas.extent() != before
    near = canvas.extent()
    canvas.setExtent(before)
    place = tree.visualRect(index).center()
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert canvas.extent().width() <= near.width() + 1e-6
    # What is in sight already moves nothing.
    seen = canvas.extent()
    QTest.keyClick(tree, Qt.Key.Key_Return)
    assert canvas.extent() == seen


def test_a_clause_without_a_place_flies_to_its_site(results, window):
    from envzones.plugin.project import findings_view

    results.choose_site("C")
    row = next(one for one in results.view.of_site("C") if one[findings_view.WKB] is None)
    results.fly(index_of(results, lambda one: one is row))
    assert in_view(window.canvas, findings_view.shape(results.view.verdict("C")))
    assert window.canvas.extent().width() < 2000.0


def test_copying_a_clause_and_the_whole_result(results):
    from envzones.plugin.engine import findings_text as said

    clipboard = QApplication.clipboard()
    index = index_of(results, lambda row: row["zone_id"] == "Z1" and row["status"] == "hit")
    row = results.row_of(index)
    results.tree.setCurrentIndex(index)
    results.tree.setFocus()
    QTest.keyClick(results.tree, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text() == said.clause_text(row, results.view.words)
    assert row["quote"] in clipboard.text() and row["zone_name"] in clipboard.text()
    results.copy()
    assert clipboard.text() == results.text()
    assert clipboard.text().startswith("项目：甲地块") and "初步结论" in clipboard.text()


def menu_on(results, index):
    results.tree.scrollTo(index)
    settle()
    results.tree.customContextMenuRequested.emit(results.tree.visualRect(index).center())
    menu = QApplication.activePopupWidget()
    assert menu is not None
    found = {action.objectName().split("EnvZonesResult_")[1]: action for action in menu.actions()}
    return menu, found


def test_the_context_menu_opens_the_zones_form_and_copies(results, window, onemap, clean_project):
    from envzones.plugin.project import settings

    layer = QgsVectorLayer(f"{onemap}|layername=drinking_water_zone", "zones", "ogr")
    clean_project.addMapLayer(layer)
    settings.set_onemap_path(clean_project, onemap)
    opened = []
    window.openFeatureForm = lambda *given: opened.append(given)
    index = index_of(results, lambda row: row["zone_id"] == "Z1" and row["status"] == "hit")
    menu, actions = menu_on(results, index)
    assert list(actions) == ["fly", "copy", "copy_all", "form", "file"] and all(a.isEnabled() for a in actions.values())
    actions["form"].trigger()
    menu.close()
    (got, feature, edit), = opened  # fmt: skip
    assert got is layer and feature["uid"] == "Z1" and edit is False
    menu, actions = menu_on(results, results.tree.model().index(0, 0))
    assert not actions["copy"].isEnabled() and actions["copy_all"].isEnabled()
    actions["copy_all"].trigger()
    menu.close()
    assert QApplication.clipboard().text() == results.text()


def test_a_zone_that_is_not_in_the_project_is_said(results, window, monkeypatch):
    from envzones.plugin.gui import site_results

    told = []
    monkeypatch.setattr(site_results, "say", lambda _iface, words, level: told.append((words, level)))
    menu, actions = menu_on(results, index_of(results, lambda row: row["zone_id"] == "Z1"))
    actions["form"].trigger()
    menu.close()
    assert told == [("The zone of this clause is not among the project's layers.", "warning")]


def test_a_clauses_rulebook_file_is_shown_in_its_folder(results, monkeypatch):
    from envzones.plugin.gui import site_results

    shown = []

    class Native:
        def openFileExplorerAndSelectFile(self, path):  # noqa: N802
            shown.append(Path(path))

    class Gui:
        @staticmethod
        def nativePlatformInterface():  # noqa: N802
            return Native()

    monkeypatch.setattr(site_results, "QgsGui", Gui)
    index = index_of(results, lambda row: row["rulebook"] == "jiyuan-2018")
    menu, actions = menu_on(results, index)
    actions["file"].trigger()
    menu.close()
    assert [path.name for path in shown] == ["jiyuan-2018.yaml"] and shown[0].is_file()


def test_it_says_why_it_no_longer_holds(results):
    for why in ("map", "day", "books", "working", "sites"):
        results.show_stale(why)
        assert results._banner.isVisible() and results._why.text().endswith("Check again.")
    results.show_stale("")
    assert not results._banner.isVisible() and results.stale == ""


def test_a_project_opened_again_shows_the_same(results, checked):
    from envzones.plugin.project import findings_view

    made = [index.data() for index in walk(results.tree.model())]
    results.show_result(findings_view.of_file(checked[1], "zh"), "zh")
    assert [index.data() for index in walk(results.tree.model())] == made


def test_a_site_that_stays_chosen_when_it_is_checked_again(results, checked):
    results.choose_site("C")
    results.show_result(checked[0], "en")
    assert results.site == "C"


def test_the_model_keeps_qts_rules(results):
    model = results.tree.model()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for index in list(walk(model))[:60]:
        assert model.parent(model.index(0, 0, index)) == index or not model.hasChildren(index)
    results.choose_site("B")
    results._text.setText("保护区")
    results._filter()
    results.show_result(None, "zh")
    del tester


def test_ten_thousand_findings_do_not_freeze(results):
    from envzones.plugin.project.findings_view import View

    view = results.view
    base = view.of_site("A")
    rows = [{**base[k % len(base)], "zone_id": f"Z{k}", "zone_name": f"区划{k}"} for k in range(10_000)]
    many = View(view.verdicts, rows, view.units, view.issues, view.words)
    spent = {}

    def timed(what, act):
        start = time.perf_counter()
        act()
        QApplication.processEvents()
        spent[what] = time.perf_counter() - start

    timed("show", lambda: results.show_result(many, "zh"))
    assert results.tree.model().shown == 10_000
    timed("resize", lambda: results.resize(390, 640))
    timed("words", lambda: (results._text.setText("区划99"), results._filter()))
    assert results.tree.model().shown == sum("区划99" in row["zone_name"] for row in rows)
    timed("all", lambda: (results._text.clear(), results._filter()))
    timed("bottom", results.tree.scrollToBottom)
    assert max(spent.values()) < 3.0, spent


def test_dark_themes_are_followed(results):
    """Painted in the palette's colours: dark stays dark, and the words stand out."""
    dark = QPalette()
    for role, colour in ((QPalette.ColorRole.Base, 30), (QPalette.ColorRole.AlternateBase, 50),
                         (QPalette.ColorRole.Text, 240), (QPalette.ColorRole.Window, 40)):  # fmt: skip
        dark.setColor(role, QColor(colour, colour, colour))
    results.tree.setPalette(dark)
    settle()
    image = results.tree.viewport().grab().toImage()
    light = [image.pixelColor(x, y).lightness() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)]
    assert sorted(light)[len(light) // 2] < 60
    assert max(light) > 200


def test_a_canvas_that_closes_during_a_flight_takes_nothing_down(qgis_app, clean_project):
    from qgis.core import QgsGeometry
    from qgis.gui import QgsMapCanvas
    from qgis.PyQt import sip

    from envzones.plugin.gui.flash import Flight

    canvas = QgsMapCanvas()
    canvas.resize(300, 200)
    canvas.show()
    flight = Flight(canvas)
    place = QgsGeometry.fromWkt("LineString (112.6 35.1, 112.61 35.1)")
    assert flight.to([place], [place])
    assert not flight.to([QgsGeometry()], [QgsGeometry()])
    QTest.qWait(60)
    sip.delete(canvas)
    QTest.qWait(1300)
    flight.release()
