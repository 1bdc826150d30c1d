"""The Export menu of the Plan page: the board's documents, and the ledger of items of a span."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest
from qgis.core import QgsProject, QgsSettings
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QComboBox, QDateEdit, QDialogButtonBox, QLabel, QPushButton

from envzones.plugin.engine.publication import Publication
from envzones.plugin.project import items_out, settings
from envzones.plugin.project import publication as kept


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_plan = _load("test_desk_plan")
BOOKS, DAY, compute = _plan.BOOKS, _plan.DAY, _plan.compute
settle, wait_until = _plan.settle, _plan.wait_until
world, books, city, window, made, page = (
    _plan.world, _plan.books, _plan.city, _plan.window, _plan.made, _plan.page
)  # fmt: skip
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def folder(qgis_app, tmp_path):
    """Where exports go."""
    before = QgsSettings().value(settings.EXPORT_FOLDER)
    place = tmp_path / "out"
    place.mkdir()
    QgsSettings().setValue(settings.EXPORT_FOLDER, str(place))
    yield place
    QgsSettings().setValue(settings.EXPORT_FOLDER, before or "")


@pytest.fixture
def items(city) -> list[str]:
    """Two items, registered from the board; their numbers."""
    from envzones.plugin.engine.onemap import OneMap
    from envzones.plugin.engine.rectification import LAYER
    from envzones.plugin.store.follow_up import register_findings
    from envzones.plugin.store.store import open_store

    result = _plan.expected(city)
    register_findings(open_store(city), OneMap.open(city), [result.findings], as_of=DAY, prefix=None, who="test")
    return sorted(open_store(city).read(LAYER)["problem_no"])


def press(dialog, name: str) -> None:
    QTest.mouseClick(dialog.findChild(QDialogButtonBox).button(getattr(QDialogButtonBox.StandardButton, name)), LEFT)


def finish(dialog, window, seconds: float = 90.0) -> str:
    before = len(window.said)
    press(dialog, "Ok")
    wait_until(lambda: len(window.said) > before or not dialog._runner.busy, seconds)
    settle()
    assert len(window.said) > before, dialog._said.text()
    return window.said[-1][1]


def cells(path: Path) -> list[str]:
    from openpyxl import load_workbook

    book = load_workbook(path)
    return [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_items_ledger_of_all_and_of_a_month(made, items, window, folder):
    page = made()
    kept.remember(QgsProject.instance(), Publication(office="示例局"))
    page.export_button.entries["items"].trigger()
    dialog = page.export_button.dialog
    words = finish(dialog, window)
    path = folder / "Items ledger 2019-06-30.xlsx"
    assert path.as_uri() in words and set(items) <= set(cells(path))
    page.export_button.entries["items"].trigger()
    dialog = page.export_button.dialog
    span = dialog.findChild(QComboBox, "EnvZonesItemsSpan")
    span.setFocus()
    QTest.keyClick(span, Qt.Key.Key_Down)
    QTest.keyClick(span, Qt.Key.Key_Down)
    assert span.currentData() == "month" and dialog._file.filePath().endswith("Items ledger 2019-06.xlsx")
    day = dialog.findChild(QDateEdit, "EnvZonesItemsDay")
    day.setDate(day.date().addMonths(-1))
    assert dialog._file.filePath().endswith("Items ledger 2019-05.xlsx")
    day.setDate(day.date().addMonths(1))
    finish(dialog, window)
    assert sorted(one.name for one in folder.iterdir()) == ["Items ledger 2019-06-30.xlsx", "Items ledger 2019-06.xlsx"]


@pytest.mark.parametrize(
    ("span", "day", "period"),
    [("", date(2019, 6, 30), None), ("week", date(2019, 6, 30), "week:2019-26"), ("week", date(2018, 12, 31), "week:2019-01"),
     ("month", date(2019, 6, 30), "month:2019-06"), ("quarter", date(2019, 6, 30), "quarter:2019-Q2"),
     ("quarter", date(2019, 10, 1), "quarter:2019-Q4"), ("year", date(2019, 1, 1), "year:2019")],
)  # fmt: skip
def test_spans_are_those_of_the_day(span, day, period):
    assert items_out.span_of(span, day) == period


def test_unsaved_edits_of_items_are_told(made, items, window):
    page = made()
    kept.remember(QgsProject.instance(), Publication())
    layer = QgsProject.instance().mapLayersByName("rectification_item")[0]
    layer.reload()
    layer.startEditing()
    one = next(layer.getFeatures())
    layer.changeAttributeValue(one.id(), layer.fields().lookupField("remark"), "x")
    page.export_button.entries["items"].trigger()
    dialog = page.export_button.dialog
    assert "not saved" in dialog.findChild(QLabel, "EnvZonesItemsSaid").text()
    press(dialog, "Cancel")
    layer.rollBack()


def test_the_boards_ledger_from_the_menu_and_after_reopening(page, window, folder, tmp_path):
    project = QgsProject.instance()
    kept.remember(project, Publication())
    page.export_button.export("ledger")
    finish(page.export_button.dialog, window)
    first = folder / "Plan board.xlsx"
    assert "锅炉B4" in cells(first)
    assert project.write()
    project.clear()
    wait_until(lambda: page.view is None)
    assert project.read(str(tmp_path / "city.qgz"))
    wait_until(lambda: page.view is not None)
    assert page._computed is None and page.export_button.entries["ledger"].isEnabled()
    first.rename(folder / "fresh.xlsx")
    page.export_button.export("ledger")
    finish(page.export_button.dialog, window)
    assert page._computed is None
    # What is written from the stored board is what was written from the fresh one.
    assert cells(first) == cells(folder / "fresh.xlsx")


def test_a_public_board_says_so(page, window, folder):
    kept.remember(QgsProject.instance(), Publication("public", approval_no="GS(2019)1号"))
    page.export_button.export("ledger")
    dialog = page.export_button.dialog
    assert "the public" in dialog.findChild(QLabel, "EnvZonesPublicationWords").text()
    finish(dialog, window)
    assert any("GS(2019)1号" in cell for cell in cells(folder / "Plan board.xlsx"))


def test_maps_of_the_plan_page(page, window):
    kept.remember(QgsProject.instance(), Publication())
    page.export_button.entries["map"].trigger()
    dialog = page.export_button.dialog
    assert dialog is not None and dialog.order().pages[0][0].kind == "onemap"
    assert dialog.findChild(QPushButton, "EnvZonesMapDesigner").isEnabled()
    press(dialog, "Cancel")
    settle()


def test_take_back_ledger_opens_from_the_menu(made, items):
    from qgis.PyQt.QtWidgets import QApplication

    from envzones.plugin.gui.return_dialog import ReturnDialog

    page = made()
    page.export_button.entries["return"].trigger()
    settle()
    shown = [one for one in QApplication.topLevelWidgets() if isinstance(one, ReturnDialog) and one.isVisible()]
    assert len(shown) == 1
    shown[0].reject()
    settle()
