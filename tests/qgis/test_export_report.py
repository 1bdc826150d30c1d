"""The Export menu of the desk's pages: documents come out and open, questions are asked once, cancel leaves nothing."""

from __future__ import annotations

import importlib.util
import subprocess
import time
from datetime import date
from pathlib import Path

import pytest
from qgis.core import QgsProject, QgsSettings
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
)

from envzones.plugin import dependencies
from envzones.plugin.engine.publication import Publication
from envzones.plugin.gui import export_report as exports
from envzones.plugin.gui.publication_dialog import PublicationDialog
from envzones.plugin.project import publication as kept
from envzones.plugin.project import report_out, settings


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_shared = _load("site_page")
THREE, put = _shared.THREE, _shared.put
drop_page, make_page = _shared.drop_page, _shared.make_page
page, project, window = _shared.page, _shared.project, _shared.window
settle, wait_until = _shared.settle, _shared.wait_until
LEFT = Qt.MouseButton.LeftButton
KEYS = (settings.EXPORT_FOLDER, settings.REPORT_TEMPLATE, "envzones/report_maps", kept.USUAL_OFFICE)


@pytest.fixture(autouse=True)
def folder(qgis_app, tmp_path):
    """Where exports go."""
    for key in KEYS:
        QgsSettings().remove(key)
    place = tmp_path / "出口"
    place.mkdir()
    QgsSettings().setValue(settings.EXPORT_FOLDER, str(place))
    yield place
    for key in KEYS:
        QgsSettings().remove(key)


@pytest.fixture
def checked(page):
    put(page, *THREE, facility_type="coal_boiler", nature="new")
    run_check(page)
    return page


def run_check(page) -> None:
    page.check()
    wait_until(lambda: not page.running.busy, 60)
    settle()
    assert page.view is not None, page.iface.said


def modal(*steps, seconds: float = 10.0) -> list:
    """Use the next modal dialog, once it is there; each step gets it."""
    seen, end = [], time.monotonic() + seconds

    def act() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None or not isinstance(dialog, (PublicationDialog, QMessageBox)):
            if time.monotonic() < end:
                QTimer.singleShot(20, act)
            return
        seen.append(type(dialog).__name__)
        for step in steps:
            step(dialog)

    QTimer.singleShot(0, act)
    return seen


def button(name: str):
    """Press a button by its words."""
    return lambda dialog: QTest.mouseClick(
        next(one for one in dialog.findChildren(QPushButton) if one.text().replace("&", "") == name), LEFT
    )


def press(dialog, name: str) -> None:
    QTest.mouseClick(dialog.findChild(QDialogButtonBox).button(getattr(QDialogButtonBox.StandardButton, name)), LEFT)


def export(page, name: str):
    """Choose an entry of the menu, as the mouse does; return the dialog."""
    tool = page.export_button

    def choose() -> None:
        menu = tool.menu()
        QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(tool.entries[name]).center())

    QTimer.singleShot(50, choose)
    QTest.mouseClick(tool, LEFT)
    settle()
    return tool.dialog


def finish(dialog, page, seconds: float = 90.0) -> str:
    """Press Export; return what is said in the end."""
    before = len(page.iface.said)
    press(dialog, "Ok")
    wait_until(lambda: len(page.iface.said) > before or not dialog.busy, seconds)
    settle()
    assert len(page.iface.said) > before, dialog.findChild(QLabel, "EnvZonesReportSaid").text()
    return page.iface.said[-1][1]


def set_path(dialog, path: Path) -> None:
    line = dialog._file.lineEdit()
    line.selectAll()
    QApplication.clipboard().setText(str(path))
    QTest.keyClick(line, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


# --- what comes out -------------------------------------------------------------------------------------------


def test_ledger_and_report_are_written_and_the_audience_is_asked_once(checked, folder):
    import docx
    import openpyxl

    assert all(one.isEnabled() for name, one in checked.export_button.entries.items() if name != "pdf")
    seen = modal(button("OK"))
    dialog = export(checked, "ledger")
    assert seen == ["PublicationDialog"] and dialog.isVisible()
    said = finish(dialog, checked)
    path = folder / "Siting report.xlsx"
    assert path.as_uri() in said
    book = openpyxl.load_workbook(path, read_only=True)
    cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    assert all(any(name == cell for cell in cells) for name, _ in THREE)
    book.close()
    # Nobody is asked again.
    seen = modal(button("OK"), seconds=1.0)
    dialog = export(checked, "report")
    assert seen == []
    title = dialog.findChild(QLineEdit, "EnvZonesReportTitle")
    title.selectAll()
    QTest.keyClicks(title, "Three sites")
    dialog.findChild(QCheckBox, "EnvZonesReportMaps").setChecked(False)
    assert (folder / "Siting report.docx").as_uri() in finish(dialog, checked)
    words = "\n".join(one.text for one in docx.Document(str(folder / "Siting report.docx")).paragraphs)
    assert "Three sites" in words
    assert sorted(one.name for one in folder.iterdir()) == ["Siting report.docx", "Siting report.xlsx"]


def test_maps_of_the_sites_go_into_the_report(checked, project, folder):
    import docx

    kept.remember(project, Publication())
    dialog = export(checked, "report")
    box = dialog.findChild(QCheckBox, "EnvZonesReportMaps")
    assert box.isEnabled() and box.isChecked() and "(3)" in box.text()
    told = []
    dialog._pieces.progressed.connect(lambda *_: told.append(dialog._bar.words))
    assert "Siting report.docx" in finish(dialog, checked, 180)
    assert len(told) == 3 and all(f"Map {n} of 3" in words for n, words in zip((1, 2, 3), told))
    document = docx.Document(str(folder / "Siting report.docx"))
    pictures = [part for part in document.part.package.iter_parts() if part.content_type.startswith("image/")]
    assert len(pictures) >= 3


def test_a_web_page_is_written(checked, project, folder):
    kept.remember(project, Publication())
    dialog = export(checked, "page")
    assert dialog.findChild(QCheckBox, "EnvZonesReportMaps") is None or not dialog._maps.isVisible()
    assert "Siting report.html" in finish(dialog, checked)
    assert "甲" in (folder / "Siting report.html").read_text(encoding="utf-8")


def test_a_pdf_is_made_by_libreoffice(checked, project, folder):
    kept.remember(project, Publication(classification="秘密", office="示例局"))
    dialog = export(checked, "pdf")
    dialog.findChild(QCheckBox, "EnvZonesReportMaps").setChecked(False)
    assert "Siting report.pdf" in finish(dialog, checked, 180)
    words = subprocess.run(
        ["pdftotext", str(folder / "Siting report.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "秘密" in words and "甲" in words
    assert [one.name for one in folder.iterdir()] == ["Siting report.pdf"]


def test_a_pdf_that_is_cancelled_leaves_nothing(checked, project, folder):
    kept.remember(project, Publication())
    dialog = export(checked, "pdf")
    dialog.findChild(QCheckBox, "EnvZonesReportMaps").setChecked(False)
    press(dialog, "Ok")
    QTest.qWait(2500)
    assert dialog.busy
    asked = time.monotonic()
    press(dialog, "Cancel")
    wait_until(lambda: not dialog.busy, 20)
    assert time.monotonic() - asked < 2.0 and list(folder.iterdir()) == []
    press(dialog, "Cancel")


def test_an_opened_project_needs_no_new_check(checked, window, project, folder, tmp_path):
    import openpyxl

    kept.remember(project, Publication())
    path = tmp_path / "kept.qgz"
    assert project.write(str(path))
    drop = checked
    project.clear()
    wait_until(lambda: drop.view is None)
    assert not drop.export_button.entries["ledger"].isEnabled()
    assert project.read(str(path))
    wait_until(lambda: drop.view is not None)
    assert drop.result is None and drop.export_button.entries["ledger"].isEnabled()
    dialog = export(drop, "ledger")
    assert "Siting report.xlsx" in finish(dialog, drop)
    assert drop.result is None
    book = openpyxl.load_workbook(folder / "Siting report.xlsx", read_only=True)
    cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    assert all(any(name == cell for cell in cells) for name, _ in THREE)
    book.close()


def test_without_its_layers_it_says_so(checked, project, window):
    checked.result = None
    kept.remember(project, Publication())
    project.removeMapLayers([one.id() for one in project.mapLayers().values() if one.customProperty("envzones/kind")])
    assert export(checked, "ledger") is None and "Compute it again" in window.said[-1][1]


# --- a result that no longer holds ----------------------------------------------------------------------------


def test_a_stale_result_asks_and_says_so_in_the_document(checked, project, folder):
    import docx

    kept.remember(project, Publication())
    checked.desk.set_day(date(2020, 1, 1))
    settle()
    assert checked.stale() == "day"
    seen = modal(button("Cancel"))
    assert export(checked, "report") is None and seen == ["QMessageBox"]
    modal(button("Export All the Same"))
    dialog = export(checked, "report")
    dialog.findChild(QCheckBox, "EnvZonesReportMaps").setChecked(False)
    finish(dialog, checked)
    document = docx.Document(str(folder / "Siting report.docx"))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    words = "\n".join([*(one.text for one in document.paragraphs), *cells])
    assert "another day" in words
    before = checked.view
    modal(button("Compute Again"))
    assert export(checked, "report") is None
    wait_until(lambda: checked.view is not before and not checked.running.busy, 60)
    assert checked.stale() == ""


# --- cancel ---------------------------------------------------------------------------------------------------


def test_no_audience_no_export(checked, folder, project):
    seen = modal(button("Cancel"))
    assert export(checked, "ledger") is None and seen == ["PublicationDialog"]
    assert list(folder.iterdir()) == [] and kept.stored(project) is None


def test_cancel_between_the_maps_leaves_nothing(checked, project, folder):
    kept.remember(project, Publication())
    dialog = export(checked, "report")
    drawn = []
    dialog._pieces.progressed.connect(lambda *_: (drawn.append(Path(dialog._drawn.name)), press(dialog, "Cancel")))
    press(dialog, "Ok")
    wait_until(lambda: drawn and not dialog.busy, 60)
    settle()
    assert len(drawn) == 1 and not drawn[0].exists() and list(folder.iterdir()) == []
    assert dialog.isVisible() and "Cancelled" in dialog.findChild(QLabel, "EnvZonesReportSaid").text()
    press(dialog, "Cancel")
    settle()


def test_cancel_while_writing_leaves_nothing(checked, project, folder):
    kept.remember(project, Publication())
    dialog = export(checked, "ledger")
    whole = dialog._matter.make

    def slowly():
        time.sleep(0.5)
        return whole()

    object.__setattr__(dialog._matter, "make", slowly)
    press(dialog, "Ok")
    QTest.qWait(100)
    asked = time.monotonic()
    press(dialog, "Cancel")
    wait_until(lambda: not dialog.busy)
    settle()
    assert time.monotonic() - asked < 1.5 and list(folder.iterdir()) == []
    assert "Cancelled" in dialog.findChild(QLabel, "EnvZonesReportSaid").text()
    # The same dialog can then export.
    assert "xlsx" in finish(dialog, checked) and len(list(folder.iterdir())) == 1


# --- what can go wrong ----------------------------------------------------------------------------------------


def test_a_file_is_replaced_only_when_asked(checked, project, folder):
    kept.remember(project, Publication())
    path = folder / "mine.xlsx"
    path.write_bytes(b"mine")
    dialog = export(checked, "ledger")
    # The ending is added.
    set_path(dialog, folder / "mine")
    seen = modal(button("Cancel"))
    press(dialog, "Ok")
    settle()
    assert seen == ["QMessageBox"] and path.read_bytes() == b"mine" and not dialog.busy
    modal(button("Replace"))
    finish(dialog, checked)
    assert path.read_bytes()[:2] == b"PK"


@pytest.mark.parametrize(("name", "said"), [("", "Name the file"), ("nowhere/out.xlsx", "does not exist")])
def test_a_wrong_name_is_told(checked, project, folder, name, said):
    kept.remember(project, Publication())
    dialog = export(checked, "ledger")
    if name:
        set_path(dialog, folder / name)
    else:
        dialog._file.lineEdit().clear()
    press(dialog, "Ok")
    settle()
    assert said in dialog.findChild(QLabel, "EnvZonesReportSaid").text() and dialog.isVisible()
    press(dialog, "Cancel")


def test_a_missing_library_disables_its_entry_alone(checked, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        dependencies.importlib.util, "find_spec", lambda name, *a: None if name == "docx" else found(name, *a)
    )
    checked.export_button.menu().aboutToShow.emit()
    entries = checked.export_button.entries
    assert entries["ledger"].isEnabled() and entries["page"].isEnabled()
    for name in ("report", "pdf"):
        assert not entries[name].isEnabled() and "python-docx" in entries[name].toolTip()
    monkeypatch.undo()
    checked.export_button.menu().aboutToShow.emit()
    assert entries["report"].isEnabled() and "python-docx" not in entries["report"].toolTip()


def test_without_libreoffice_there_is_no_pdf(checked, monkeypatch):
    from envzones.plugin.engine.report import pdf

    monkeypatch.setattr(pdf, "libreoffice", lambda: None)
    checked.export_button.menu().aboutToShow.emit()
    entry = checked.export_button.entries["pdf"]
    assert not entry.isEnabled() and "LibreOffice" in entry.toolTip()


def test_the_template_is_remembered_for_all_projects(checked, project, folder, tmp_path):
    import docx

    kept.remember(project, Publication())
    template = tmp_path / "office.docx"
    docx.Document().save(str(template))
    dialog = export(checked, "report")
    dialog.findChild(QCheckBox, "EnvZonesReportMaps").setChecked(False)
    dialog._template.setFilePath(str(template))
    finish(dialog, checked)
    assert (folder / "Siting report.docx").is_file()
    template.unlink()
    dialog = export(checked, "report")
    assert dialog._template.filePath() == str(template)
    set_path(dialog, folder / "second.docx")
    press(dialog, "Ok")
    settle()
    assert "template" in dialog.findChild(QLabel, "EnvZonesReportSaid").text()
    press(dialog, "Cancel")


def test_unload_closes_the_dialog(window, project):
    kept.remember(project, Publication())
    one = make_page(window)
    put(one, *THREE, facility_type="coal_boiler", nature="new")
    run_check(one)
    dialog = export(one, "ledger")
    press(dialog, "Ok")
    drop_page(one)
    from qgis.PyQt import sip

    assert sip.isdeleted(dialog) or not dialog.isVisible()


def test_it_fits_the_screen(checked, project):
    kept.remember(project, Publication("public", office="示例省示例市生态环境局" * 4))
    dialog = export(checked, "report")
    assert dialog.width() <= 1366 and dialog.minimumSizeHint().height() <= 700
    for label in dialog.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap():
            assert label.width() >= label.sizeHint().width(), label.text()
    press(dialog, "Cancel")


@pytest.mark.parametrize(
    ("title", "name"), [("a/b:c", "a_b_c"), ("…/../x", "…_.._x"), (" .. ", "_"), ("沁河\n断面?", "沁河_断面_")]
)
def test_titles_become_names_of_files(title, name):
    assert exports.file_name(title) == name


def test_maps_are_those_of_the_result(checked, project):
    maps = report_out.maps_of(QgsProject.instance(), "check", ["S3", "S1"], "en")
    assert [one.key for one in maps] == ["site:S3", "site:S1"]
