"""Export Map…: chosen by typing, seen before it is written, checked, written whole, in one page or a page each."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import pytest
from qgis.core import QgsPrintLayout, QgsSettings
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QPoint, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QPushButton,
    QRadioButton,
)

from envzones.plugin.engine.publication import Publication
from envzones.plugin.gui import export_map as dialogs
from envzones.plugin.project import map_out, print_check, settings
from envzones.plugin.project import publication as kept
from envzones.plugin.project.layout import Sheet, Subject


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_shared = _load("site_page")
THREE, put = _shared.THREE, _shared.put
page, project, window = _shared.page, _shared.project, _shared.window
settle, wait_until = _shared.settle, _shared.wait_until
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def folder(qgis_app, tmp_path):
    """Where exports go."""
    before = QgsSettings().value(settings.EXPORT_FOLDER)
    place = tmp_path / "图件"
    place.mkdir()
    QgsSettings().setValue(settings.EXPORT_FOLDER, str(place))
    yield place
    QgsSettings().setValue(settings.EXPORT_FOLDER, before or "")


@pytest.fixture
def no_flaws(monkeypatch):
    """The map of these tests is not what is checked here."""
    monkeypatch.setattr(map_out, "check_layout", lambda layout, project: [])


@pytest.fixture
def checked(page, project):
    """A project with a check of three sites on its map."""
    put(page, *THREE, facility_type="coal_boiler", nature="new")
    page.check()
    wait_until(lambda: not page.running.busy, 60)
    settle()
    kept.remember(project, Publication(classification="内部"))
    return page


@pytest.fixture
def opened(checked, window):
    """Makes dialogs, and closes them in the end."""
    made = []

    def make(*given, **more):
        made.append(dialogs.export_map(window, *given, **more))
        settle()
        return made[-1]

    yield make
    for one in made:
        if one is not None and not sip.isdeleted(one):
            one.release()
    settle()


def press(dialog, name: str) -> None:
    QTest.mouseClick(dialog.findChild(QDialogButtonBox).button(getattr(QDialogButtonBox.StandardButton, name)), LEFT)


def pick(dialog, kind, name: str) -> None:
    widget = dialog.findChild(kind, name)
    QTest.mouseClick(widget, LEFT, pos=QPoint(8, widget.height() // 2))
    settle()


def choose(dialog, name: str, data) -> None:
    combo = dialog.findChild(QComboBox, name)
    place = combo.findData(data)
    assert place >= 0, [combo.itemData(k) for k in range(combo.count())]
    combo.setFocus()
    while combo.currentIndex() != place:
        QTest.keyClick(combo, Qt.Key.Key_Down if combo.currentIndex() < place else Qt.Key.Key_Up)


def previewed(dialog):
    """Wait for the picture, and for what is said of it."""
    wait_until(lambda: dialog._picture.layout_shown is not None and not dialog._next.isActive(), 20)
    return dialog._picture.layout_shown


def finish(dialog, window, seconds: float = 120.0) -> str:
    before = len(window.said)
    press(dialog, "Ok")
    wait_until(lambda: len(window.said) > before or not dialog.busy, seconds)
    settle()
    assert len(window.said) > before, said(dialog)
    return window.said[-1][1]


def pdf(path: Path) -> dict[str, str]:
    said = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
    return {line.split(":", 1)[0]: line.split(":", 1)[1].strip() for line in said.splitlines() if ":" in line}


def said(dialog) -> str:
    return dialog.findChild(QLabel, "EnvZonesMapSaid").text()


# --- one page -------------------------------------------------------------------------------------------------


def test_a_site_is_found_by_typing_and_printed(opened, window, folder, no_flaws):
    dialog = opened()
    combo = dialog.findChild(QComboBox, "EnvZonesMapSubject")
    titles = [combo.itemText(k) for k in range(combo.count())]
    wanted = next(title for subject, title in dialog._choices if subject == Subject("site", "S2"))
    assert wanted in titles and "Sites" in titles
    line = combo.lineEdit()
    line.selectAll()
    QApplication.clipboard().setText(wanted)
    QTest.keyClick(line, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(line, Qt.Key.Key_Return)
    settle()
    assert dialog._subject.subject == Subject("site", "S2") and dialog.isVisible()
    assert isinstance(previewed(dialog), QgsPrintLayout)
    # Words that are in no title change nothing.
    line.selectAll()
    QTest.keyClicks(line, "no such")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert dialog._subject.subject == Subject("site", "S2") and combo.currentText() == wanted
    choose(dialog, "EnvZonesMapPaper", "a4")
    choose(dialog, "EnvZonesMapOrientation", "portrait")
    words = finish(dialog, window)
    made = list(folder.iterdir())
    assert len(made) == 1 and made[0].as_uri() in words
    width, height = (float(one) for one in pdf(made[0])["Page size"].split()[:3:2])
    assert (round(width), round(height)) == (595, 842)


def test_a_heading_cannot_be_chosen(opened, no_flaws):
    dialog = opened()
    combo = dialog._subject
    before = combo.subject
    heading = next(row for row in range(combo.count()) if combo._of(row) is None)
    assert not combo.model().item(heading).isEnabled()
    combo.setCurrentIndex(heading)
    assert combo.subject == before


@pytest.mark.parametrize(("suffix", "head"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_other_formats(opened, window, folder, no_flaws, suffix, head):
    dialog = opened("site", "S1")
    choose(dialog, "EnvZonesMapFormat", suffix)
    assert not dialog.findChild(QCheckBox, "EnvZonesMapLayers").isEnabled()
    finish(dialog, window)
    made = [one for one in folder.iterdir() if one.suffix == f".{suffix}"]
    assert len(made) == 1 and made[0].read_bytes().startswith(head)


def test_the_preview_follows_and_the_older_is_dropped(opened, no_flaws):
    dialog = opened()
    first = previewed(dialog)
    choose(dialog, "EnvZonesMapPaper", "a4")
    assert dialog._picture.layout_shown is None
    settle()
    assert sip.isdeleted(first)
    second = previewed(dialog)
    size = second.pageCollection().page(0).pageSize()
    assert (round(size.width()), round(size.height())) == (297, 210)
    # Several changes in a row make one picture.
    made = []
    whole, dialog._picture.show_layout = dialog._picture.show_layout, lambda one: (made.append(one), whole(one))
    for data in ("portrait", "landscape", "portrait"):
        choose(dialog, "EnvZonesMapOrientation", data)
    wait_until(lambda: dialog._picture.layout_shown is not None)
    assert len([one for one in made if one is not None]) == 1
    del dialog._picture.show_layout


def test_the_preview_shows_the_map(opened, no_flaws):
    dialog = opened("onemap")
    previewed(dialog)

    def colours() -> int:
        picture = dialog._picture.grab().toImage()
        return len({picture.pixel(x, y) for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3)})

    wait_until(lambda: colours() > 8, 20)


# --- a page each ----------------------------------------------------------------------------------------------


def test_an_atlas_is_one_document(opened, window, folder, no_flaws):
    dialog = opened("site", "S1", atlas=True)
    assert dialog.findChild(QRadioButton, "EnvZonesMapEach").isChecked() and len(dialog.pages()) == 3
    ticks = []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(len(ticks)))
    timer.start(10)
    finish(dialog, window)
    timer.stop()
    # The window lived between the pages.
    assert len(ticks) >= 3
    made = list(folder.iterdir())
    assert len(made) == 1 and pdf(made[0])["Pages"] == "3"


def test_an_atlas_is_a_file_each(opened, window, folder, no_flaws):
    dialog = opened("site", "S1", atlas=True)
    choose(dialog, "EnvZonesMapFormat", "png")
    assert not dialog.findChild(QCheckBox, "EnvZonesMapSingle").isEnabled()
    assert "3 maps" in finish(dialog, window)
    made = sorted(folder.iterdir())
    assert len(made) == 3 and all(one.read_bytes().startswith(b"\x89PNG") for one in made)


def test_cancel_leaves_nothing(opened, window, folder, no_flaws):
    dialog = opened("site", "S1", atlas=True)
    previewed(dialog)
    tell = dialog._bar.tell
    told = []

    def cancel(percent, left, text) -> None:
        told.append(text)
        tell(percent, left, text)
        if dialog._running is not None and percent > 0:
            press(dialog, "Cancel")

    dialog._bar.tell = cancel
    press(dialog, "Ok")
    wait_until(lambda: "Cancelled" in said(dialog), 60)
    assert list(folder.iterdir()) == [] and dialog.isVisible() and not dialog.busy
    # While pages are checked, too.
    dialog._bar.tell = lambda percent, left, text: (tell(percent, left, text), press(dialog, "Cancel"))
    press(dialog, "Ok")
    wait_until(lambda: not dialog.busy)
    assert list(folder.iterdir()) == [] and "Cancelled" in said(dialog)
    dialog._bar.tell = tell
    press(dialog, "Cancel")
    settle()
    assert sip.isdeleted(dialog) or not dialog.isVisible()


# --- what is wrong --------------------------------------------------------------------------------------------


def test_errors_stop_the_export_unless_they_are_let_pass(opened, window, folder, monkeypatch):
    flaws = [print_check.Flaw("warning", "scalebar", "The scale is not round."),
             print_check.Flaw("error", "map", "The map has no layers.")]  # fmt: skip
    monkeypatch.setattr(map_out, "check_layout", lambda layout, project: flaws)
    dialog = opened("site", "S1")
    previewed(dialog)
    rows = dialog.findChild(QListWidget, "EnvZonesMapFlaws")
    assert [rows.item(k).text() for k in range(2)] == ["The map has no layers.", "The scale is not round."]
    ok = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
    assert not ok.isEnabled() and "Errors: 1, warnings: 1" in dialog.findChild(QLabel, "EnvZonesMapVerdict").text()
    # A double click shows where.
    whole = dialog._picture.transform().m11()
    item = rows.visualItemRect(rows.item(0)).center()
    QTest.mouseClick(rows.viewport(), LEFT, pos=item)
    QTest.mouseDClick(rows.viewport(), LEFT, pos=item)
    settle()
    mark = dialog._picture._mark
    assert not mark.isEmpty() and mark == dialog._picture.layout_shown.itemById("map").sceneBoundingRect()
    assert dialog._picture.transform().m11() != whole
    pick(dialog, QCheckBox, "EnvZonesMapAnyway")
    assert ok.isEnabled()
    # What was looked at is written: it is neither made nor checked again.
    monkeypatch.setattr(map_out, "make", None)
    monkeypatch.setattr(map_out, "check_layout", None)
    finish(dialog, window)
    assert len(list(folder.iterdir())) == 1


def test_the_pages_of_an_atlas_are_checked_before_the_first_is_written(opened, folder, monkeypatch):
    seen = []

    def check(layout, _project):
        seen.append(layout)
        return [print_check.Flaw("error", "title", f"fault {len(seen)}")] if len(seen) > 2 else []

    monkeypatch.setattr(map_out, "check_layout", check)
    dialog = opened("site", "S1", atlas=True)
    previewed(dialog)
    press(dialog, "Ok")
    wait_until(lambda: "Nothing was written" in said(dialog), 60)
    rows = dialog.findChild(QListWidget, "EnvZonesMapFlaws")
    # Of the preview one, then of all three pages.
    assert len(seen) == 4 and rows.count() == 2 and list(folder.iterdir()) == []
    pages = dialog.pages()
    assert rows.item(0).text() == f"{pages[1][1]}: fault 3"
    # A double click brings the page of the fault.
    at = rows.visualItemRect(rows.item(1)).center()
    QTest.mouseClick(rows.viewport(), LEFT, pos=at)
    QTest.mouseDClick(rows.viewport(), LEFT, pos=at)
    settle()
    assert dialog._looked == pages[2][0] and dialog._picture.layout_shown is not None


def test_a_wrong_name_is_told(opened, folder, no_flaws):
    dialog = opened("site", "S1")
    dialog._file.setFilePath(str(folder / "nowhere" / "map.pdf"))
    press(dialog, "Ok")
    assert "does not exist" in said(dialog) and dialog.isVisible()
    dialog._file.lineEdit().clear()
    press(dialog, "Ok")
    assert "Name the file" in said(dialog)


# --- remembered, and handed on --------------------------------------------------------------------------------


def test_choices_are_remembered_with_the_project(opened, window, folder, project, no_flaws, tmp_path):
    dialog = opened("site", "S2")
    choose(dialog, "EnvZonesMapPaper", "a4")
    choose(dialog, "EnvZonesMapFormat", "png")
    dialog._dpi.setValue(100)
    pick(dialog, QCheckBox, "EnvZonesMapPlace")
    finish(dialog, window)
    assert project.write(str(tmp_path / "p.qgz"))
    again = opened()
    order = again.order()
    assert again._subject.subject == Subject("site", "S2") and order.sheet == Sheet("a4", "landscape")
    assert (order.suffix, order.dpi, order.georeference) == ("png", 100, False)


def test_a_name_that_was_typed_keeps_its_folder(opened, folder, tmp_path, no_flaws):
    dialog = opened("site", "S1")
    other = tmp_path / "other"
    other.mkdir()
    dialog._file.setFilePath(str(other / "mine.pdf"))
    choose(dialog, "EnvZonesMapFormat", "png")
    assert dialog.order().path.parent == other and dialog.order().path.suffix == ".png"


def test_a_page_opens_in_the_layout_designer(opened, window, project, no_flaws):
    shown = []
    window.openLayoutDesigner = shown.append
    for _ in range(2):
        dialog = opened("site", "S1")
        previewed(dialog)
        QTest.mouseClick(dialog.findChild(QPushButton, "EnvZonesMapDesigner"), LEFT)
        settle()
    names = [one.name() for one in shown]
    assert len(set(names)) == 2 and all(project.layoutManager().layoutByName(name) is not None for name in names)
    # What was changed there by hand is offered, too.
    shown[0].pageCollection().page(0).setPageSize("A5")
    dialog = opened("layout", names[0])
    assert not dialog.findChild(QComboBox, "EnvZonesMapPaper").isEnabled()
    size = previewed(dialog).pageCollection().page(0).pageSize()
    assert round(min(size.width(), size.height())) == 148
    assert previewed(dialog) is not shown[0]


def test_without_a_map_or_an_audience_nothing_opens(window, clean_project, page, monkeypatch):
    monkeypatch.setattr(dialogs, "ask", lambda iface, project: None)
    assert dialogs.export_map(window) is None
    clean_project.clear()
    assert dialogs.export_map(window) is None and "no one map" in window.said[-1][1]


def test_it_fits_the_screen(opened, no_flaws):
    dialog = opened()
    assert dialog.width() <= 1366 and dialog.height() <= 720
    dialog.resize(1000, 560)
    settle()
    for kind in (QRadioButton, QCheckBox, QPushButton):
        for one in dialog.findChildren(kind):
            if one.isVisible() and one.text():
                assert one.width() >= one.sizeHint().width(), one.text()
