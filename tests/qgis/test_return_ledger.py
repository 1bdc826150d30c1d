"""An edited ledger comes back into a map: from the shell, through Processing, and by the dialog."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest

from envzones.plugin import cli
from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.clauses.book import load_books
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.plan import board
from envzones.plugin.engine.report.items import write_items
from envzones.plugin.store.follow_up import register_findings
from envzones.plugin.store.store import Change, open_store

DAY = date(2019, 6, 30)


@pytest.fixture(scope="module")
def registered(onemap, tmp_path_factory) -> Path:
    """A map with an item for its boiler."""
    path = tmp_path_factory.mktemp("items") / "map.gpkg"
    shutil.copy(onemap, path)
    found = OneMap.open(path)
    plan = board(found, load_books(["jiyuan-2018"]), as_of=DAY)
    result = register_findings(open_store(path), found, [plan.findings], as_of=DAY, prefix="示例", who="甲")
    assert len(result.new) >= 1
    return path


@pytest.fixture
def city(registered, tmp_path) -> Path:
    return Path(shutil.copy(registered, tmp_path / "map.gpkg"))


@pytest.fixture
def edited(city, tmp_path) -> tuple[Path, str]:
    """A ledger whose first item is under way, with a measure."""
    path = write_items(tmp_path / "ledger.xlsx", open_store(city).read("rectification_item"), load_catalog(), as_of=DAY)
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    head = next(row for row in page.iter_rows() if any(cell.value == "问题编号" for cell in row))
    at = {cell.value: cell.column for cell in head}
    row = head[0].row + 1
    page.cell(row, at["整改状态"]).value = "整改中"
    page.cell(row, at["整改措施"]).value = "改用天然气"
    book.save(path)
    return path, page.cell(row, at["问题编号"]).value


def item(city: Path, number: str):
    items = open_store(city).read("rectification_item")
    return items[items["problem_no"] == number].iloc[0]


def test_the_shell_shows_and_then_applies(city, edited, capsys):
    ledger, number = edited
    words = ["onemap", "items", "return", str(city), str(ledger)]
    assert cli.main(words) == 0
    shown = capsys.readouterr()
    assert f"{number}  整改状态: 未启动 -> 整改中" in shown.out and "2 changes ready" in shown.err
    assert item(city, number)["status"] == "not_started"
    assert cli.main([*words, "--apply", "--who", "乙"]) == 0
    assert "1 item(s) changed" in capsys.readouterr().err
    assert (item(city, number)["status"], item(city, number)["measure"]) == ("rectifying", "改用天然气")
    trail = open_store(city).audit(layer="rectification_item")
    assert trail.iloc[-1]["who"] == "乙" if "who" in trail else True
    # The same ledger again brings nothing new.
    assert cli.main([*words, "--fail-on", "conflict"]) == 0
    assert "0 changes ready, 0 in conflict" in capsys.readouterr().err


def test_through_processing(provider, city, edited):
    import processing

    ledger, number = edited
    given = {"ONEMAP": str(city), "LEDGER": str(ledger), "CHANGE": "TEMPORARY_OUTPUT"}
    shown = processing.run("envzones:returnledger", given)
    assert (shown["READY_COUNT"], shown["ITEM_COUNT"]) == (2, 0)
    assert {row["field"] for row in shown["CHANGE"].getFeatures()} == {"status", "measure"}
    done = processing.run("envzones:returnledger", {**given, "APPLY": True})
    assert done["ITEM_COUNT"] == 1 and item(city, number)["status"] == "rectifying"


@pytest.fixture
def window(qgis_iface, clean_project, city):
    from envzones.plugin.project import settings

    settings.set_onemap_path(QgsProject.instance(), city)
    return qgis_iface


def _wait(condition, seconds=15.0):
    from time import monotonic

    until = monotonic() + seconds
    while not condition() and monotonic() < until:
        QTest.qWait(20)
    assert condition()


def test_the_dialog_shows_each_change_and_writes_the_ticked_ones(window, city, edited):
    from envzones.plugin.gui.return_dialog import ReturnDialog

    ledger, number = edited
    dialog = ReturnDialog.ask(window, QgsProject.instance())
    assert dialog is not None and not dialog._ok.isEnabled()
    dialog._file.setFilePath(str(ledger))
    _wait(lambda: dialog._table.topLevelItemCount() == 2 and not dialog._runner.busy)
    assert dialog._ok.isEnabled()
    rows = [dialog._table.topLevelItem(k) for k in range(2)]
    assert {row.text(0) for row in rows} == {number} and rows[0].text(1) == item(city, number)["name"]
    measure = next(row for row in rows if row.text(4) == "改用天然气")
    measure.setCheckState(0, Qt.CheckState.Unchecked)
    QTest.mouseClick(dialog._ok, Qt.MouseButton.LeftButton)
    _wait(lambda: item(city, number)["status"] == "rectifying")
    assert item(city, number)["measure"] != "改用天然气"


def test_a_step_is_ticked_whole(window, city, tmp_path):
    """Done needs its day: unticking one takes the other along, and a refusal cannot be ticked at all."""
    from envzones.plugin.gui.return_dialog import ReturnDialog

    path = write_items(tmp_path / "step.xlsx", open_store(city).read("rectification_item"), load_catalog(), as_of=DAY)
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    head = next(row for row in page.iter_rows() if any(cell.value == "问题编号" for cell in row))
    at = {cell.value: cell.column for cell in head}
    for title, value in (("整改状态", "已完成"), ("完成日期", "2019-06-20"), ("备注", "好"), ("整改期限", "年底")):
        page.cell(head[0].row + 1, at[title]).value = value
    number = page.cell(head[0].row + 1, at["问题编号"]).value
    book.save(path)
    dialog = ReturnDialog.ask(window, QgsProject.instance())
    dialog._file.setFilePath(str(path))
    _wait(lambda: dialog._table.topLevelItemCount() == 4 and not dialog._runner.busy)
    rows = {row.data(0, Qt.ItemDataRole.UserRole).field: row for row in dialog._rows()}
    assert {one.field for one in dialog.chosen()} == {"status", "done_on", "remark"}
    assert not rows["due_on"].flags() & Qt.ItemFlag.ItemIsEnabled and "is not a date" in rows["due_on"].toolTip(5)
    rows["done_on"].setCheckState(0, Qt.CheckState.Unchecked)
    assert {one.field for one in dialog.chosen()} == {"remark"}
    dialog._show.setCurrentIndex(dialog._show.findData("refused"))
    assert [field for field, row in rows.items() if not row.isHidden()] == ["due_on"]
    dialog._show.setCurrentIndex(0)
    rows["status"].setCheckState(0, Qt.CheckState.Checked)
    assert {one.field for one in dialog.chosen()} == {"status", "done_on", "remark"}
    dialog.accept()
    _wait(lambda: item(city, number)["status"] == "done")
    assert str(item(city, number)["done_on"])[:10] == "2019-06-20" and item(city, number)["remark"] == "好"


def test_a_colleagues_edit_since_the_reading_is_told_and_nothing_is_written(window, city, edited):
    from envzones.plugin.gui.return_dialog import ReturnDialog

    ledger, number = edited
    dialog = ReturnDialog.ask(window, QgsProject.instance())
    dialog._file.setFilePath(str(ledger))
    _wait(lambda: dialog._table.topLevelItemCount() == 2 and not dialog._runner.busy)
    mine = item(city, number).to_frame().T[["uid", "row_version"]].assign(remark="同事")
    open_store(city).apply([Change("rectification_item", update=mine)], who="同事")
    dialog.accept()
    _wait(lambda: not dialog._runner.busy and dialog._said.text())
    assert dialog.isVisible() and "同事" in dialog._said.text()
    assert item(city, number)["status"] == "not_started"
    dialog.reject()


def test_the_list_of_changes_as_a_workbook(city, edited, tmp_path, capsys):
    ledger, number = edited
    out = tmp_path / "changes.xlsx"
    assert cli.main(["onemap", "items", "return", str(city), str(ledger), "--report", str(out)]) == 0
    rows = [[cell for cell in row if cell is not None] for row in openpyxl.load_workbook(out).active.values]
    assert sum(number in row and "可应用" in row for row in rows) == 2
    assert any("改用天然气" in row for row in rows)
    count = len(open_store(city).read("rectification_item"))
    assert f"Of the rows 1 can be applied, 0 hold a conflict, 0 a refusal, {count - 1} are unchanged" in capsys.readouterr().err


def test_through_the_real_qgis_process(city, edited, qgis_process):
    ledger, number = edited
    given = ["run", "envzones:returnledger", "--json", "--", f"ONEMAP={city}", f"LEDGER={ledger}"]
    shown = json.loads(qgis_process(*given).stdout)["results"]
    assert (shown["READY_COUNT"], shown["ITEM_COUNT"]) == (2, 0) and item(city, number)["status"] == "not_started"
    done = json.loads(qgis_process(*given, "APPLY=true").stdout)["results"]
    assert done["ITEM_COUNT"] == 1 and item(city, number)["status"] == "rectifying"


def test_a_project_without_a_map_is_told(qgis_iface, clean_project):
    from envzones.plugin.gui.return_dialog import ReturnDialog

    assert ReturnDialog.ask(qgis_iface, QgsProject.instance()) is None


