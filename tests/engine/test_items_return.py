"""A ledger goes to the office and comes back: reordered, added to, filled in, cut; what was changed is told, no more."""

from __future__ import annotations

import random
import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.conform import conform
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.report.items import write_items
from envzones.plugin.engine.report.items_return import CONFLICT, READY, REFUSED, read_items

DAY = date(2019, 7, 15)
CATALOG = load_catalog()
STATES = {"not_started": "未启动", "rectifying": "整改中", "done": "已完成", "closed": "已销号"}


def made(count: int = 6) -> gpd.GeoDataFrame:
    """Return items as a store gives them: two not begun, two under way, one done, one closed."""
    states = ["not_started", "not_started", "rectifying", "rectifying", "done", "closed"]
    rows = [
        {
            "uid": f"U{k}", "problem_no": f"示意-J42-{k:04d}", "name": f"排口{k}", "feature_layer": "outfall",
            "feature_uid": f"F{k}", "clause": "三(三)1", "status": states[k % 6], "responsible_party": "市水利局",
            "due_on": pd.Timestamp("2019-06-30"), "found_on": pd.Timestamp("2019-05-01"), "chainage_m": 1234.5678,
            "done_on": pd.Timestamp("2019-06-10") if states[k % 6] in ("done", "closed") else pd.NaT,
            "closed_on": pd.Timestamp("2019-06-20") if states[k % 6] == "closed" else pd.NaT,
            "verification": "confirmed" if states[k % 6] == "closed" else None,
            "verified_by": "张三" if states[k % 6] == "closed" else None,
            "closed_by": "李四" if states[k % 6] == "closed" else None, "tentative": False,
            "geometry": shapely.Point(112.5 + k / 100, 35.1),
        }
        for k in range(count)
    ]  # fmt: skip
    frame = gpd.GeoDataFrame(rows, crs="EPSG:4490")
    items = conform(frame, CATALOG["rectification_item"], "items")
    items["row_version"] = range(1, count + 1)
    return items


@pytest.fixture(scope="module")
def items() -> gpd.GeoDataFrame:
    return made()


@pytest.fixture
def ledger(items, tmp_path) -> Path:
    return write_items(tmp_path / "台账.xlsx", items, CATALOG, as_of=date(2019, 6, 30))


class Office:
    """An office at its desk, with openpyxl for Excel."""

    def __init__(self, path: Path) -> None:
        self.path, self.book = path, openpyxl.load_workbook(path)
        self.sheet = self.book.worksheets[0]
        rows = list(self.sheet.iter_rows())
        self.head = next(row for row in rows if any(cell.value == "问题编号" for cell in row))[0].row

    def column(self, title: str) -> int:
        return next(cell.column for cell in self.sheet[self.head] if cell.value == title)

    def row(self, number: str) -> int:
        column = self.column("问题编号")
        return next(r for r in range(self.head + 1, self.sheet.max_row + 1) if self.sheet.cell(r, column).value == number)

    def put(self, number: str, title: str, value: Any, *, formula: bool = False) -> None:
        cell = self.sheet.cell(self.row(number), self.column(title))
        cell.value = value
        if isinstance(value, str) and not formula:
            cell.data_type = "s"

    def table(self) -> tuple[list[Any], list[list[Any]]]:
        rows = [[cell.value for cell in row] for row in self.sheet.iter_rows(min_row=self.head)]
        return rows[0], [row for row in rows[1:] if "合计" not in row]

    def save(self, path: Path | None = None) -> Path:
        self.book.save(path or self.path)
        return path or self.path


def told(returned, state: str = READY) -> set[tuple[str, str, str]]:
    return {(one.number, one.field, one.new) for one in returned.of_state(state)}


def test_an_untouched_ledger_changes_nothing(ledger, items) -> None:
    back = read_items(ledger, items, CATALOG, as_of=DAY)
    assert back.traced and not back.changes and not back.problems and not back.missing and not back.unknown
    assert back.rows == back.unchanged == len(items)


def test_what_an_office_does_to_a_ledger_is_read_rightly(ledger, items, tmp_path) -> None:
    office = Office(ledger)
    office.put("示意-J42-0000", "整改状态", "整改中")
    office.put("示意-J42-0001", "整改状态", "已完成")
    office.put("示意-J42-0001", "完成日期", "2019年7月1日")
    office.put("示意-J42-0002", "责任单位", "市水利局、五龙口镇政府")
    office.put("示意-J42-0003", "整改期限", datetime(2019, 9, 30))
    office.sheet.delete_rows(office.row("示意-J42-0005"))
    # Reordered, with a column of the office's own, in a workbook that is not ours.
    head, rows = office.table()
    order = list(range(len(head)))
    random.Random(3).shuffle(order)
    sheet = openpyxl.Workbook()
    page = sheet.active
    page.append(["济源市整改台账(7月返)"])
    page.append([])
    page.append([head[k] for k in order] + ["包保领导"])
    for row in reversed(rows):
        page.append([row[k] for k in order] + ["王五"])
    copied = tmp_path / "copied.xlsx"
    sheet.save(copied)
    moved = office.book
    del moved[office.sheet.title]
    for path, traced in ((copied, False), (_moved(moved, page, tmp_path), True)):
        back = read_items(path, items, CATALOG, as_of=DAY)
        assert back.traced is traced
        assert told(back) == {
            ("示意-J42-0000", "status", "整改中"), ("示意-J42-0001", "status", "已完成"),
            ("示意-J42-0001", "done_on", "2019-07-01"), ("示意-J42-0002", "responsible_party", "市水利局、五龙口镇政府"),
            ("示意-J42-0003", "due_on", "2019-09-30"),
        }  # fmt: skip
        assert back.missing == ["示意-J42-0005"] and not back.unknown
        assert [one for one in back.problems if "包保领导" in one] and len(back.problems) == 1
        update = back.update(items).set_index("uid")
        assert update.loc["U1", "status"] == "done" and update.loc["U1", "done_on"] == pd.Timestamp("2019-07-01")
        assert update.loc["U2", "status"] == "rectifying" and update.loc["U3", "row_version"] == 4
        assert back.rows == 5 and back.unchanged == 1


def _moved(book: Any, page: Any, folder: Path) -> Path:
    """Return the reordered table within the ledger's own workbook, with its hidden memory."""
    sheet = book.create_sheet("问题整改销号台账", 0)
    for row in page.iter_rows(values_only=True):
        sheet.append(row)
    path = folder / "moved.xlsx"
    book.save(path)
    return path


def test_a_ledger_through_another_office_suite_is_the_same(ledger, items, tmp_path) -> None:
    office = Office(ledger)
    office.put("示意-J42-0000", "整改状态", "整改中")
    office.put("示意-J42-0002", "备注", "=1+1 不是公式")
    path = office.save()
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not here")
    out = tmp_path / "out"
    command = [program, f"-env:UserInstallation={(tmp_path / 'lo').as_uri()}", "--headless", "--convert-to", "xlsx",
               "--outdir", str(out), str(path)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    back = read_items(out / path.name, items, CATALOG, as_of=DAY)
    assert told(back) == {("示意-J42-0000", "status", "整改中"), ("示意-J42-0002", "remark", "=1+1 不是公式")}
    assert not back.of_state(REFUSED) and not back.of_state(CONFLICT)


def test_steps_that_cannot_be_taken_are_refused_and_the_rest_goes_on(ledger, items) -> None:
    office = Office(ledger)
    office.put("示意-J42-0000", "整改状态", "已销号")
    office.put("示意-J42-0000", "备注", "照改")
    office.put("示意-J42-0004", "整改状态", "销号")
    office.put("示意-J42-0002", "整改状态", "差不多了")
    office.put("示意-J42-0003", "完成日期", "2031-01-01")
    office.put("示意-J42-0003", "依据条款", "别的条款")
    office.put("示意-J42-0001", "整改前照片", "../../secret.jpg")
    back = read_items(office.save(), items, CATALOG, as_of=DAY)
    refused = {(one.number, one.field): one.why for one in back.of_state(REFUSED)}
    assert "只能到" in refused["示意-J42-0000", "status"]
    assert "核查结果" in refused["示意-J42-0004", "status"] and "销号审批人" in refused["示意-J42-0004", "status"]
    assert "不在可选项内" in refused["示意-J42-0002", "status"]
    assert "之后" in refused["示意-J42-0003", "done_on"]
    assert "不能由台账修改" in refused["示意-J42-0003", "clause"]
    assert ("示意-J42-0001", "photo_before") in refused
    assert told(back) == {("示意-J42-0000", "remark", "照改")}
    with pytest.raises(InputError, match="refused cannot be applied"):
        back.update(items, back.of_state(REFUSED))


def test_closing_with_all_it_needs(ledger, items) -> None:
    office = Office(ledger)
    for title, value in (("整改状态", "已销号"), ("核查结果", "属实"), ("核查人", "张三"), ("销号审批人", "李四")):
        office.put("示意-J42-0004", title, value)
    back = read_items(office.save(), items, CATALOG, as_of=DAY)
    cells = back.update(items).iloc[0]
    assert cells["status"] == "closed" and cells["closed_on"] == pd.Timestamp(DAY) and cells["closed_by"] == "李四"


def test_reopening_takes_the_dates_back(ledger, items) -> None:
    office = Office(ledger)
    office.put("示意-J42-0005", "整改状态", "整改中")
    cells = read_items(office.save(), items, CATALOG, as_of=DAY).update(items).iloc[0]
    assert cells["status"] == "rectifying" and cells["rechecked"] is True or bool(cells["rechecked"])
    assert cells["done_on"] is None and cells["closed_on"] is None and cells["closed_by"] is None


def test_what_the_map_changed_meanwhile_is_a_conflict_and_nothing_else_is(ledger, items) -> None:
    now = items.copy()
    now.loc[0, "status"] = "rectifying"
    now.loc[1, "responsible_party"] = "市生态环境局"
    now.loc[0, "row_version"] = 9
    office = Office(ledger)
    office.put("示意-J42-0000", "整改状态", "已完成")
    office.put("示意-J42-0000", "备注", "已清理")
    back = read_items(office.save(), now, CATALOG, as_of=DAY)
    conflict = back.of_state(CONFLICT)
    assert {(one.number, one.field) for one in conflict} == {("示意-J42-0000", "status"), ("示意-J42-0000", "done_on")}
    assert "整改中" in conflict[0].why
    # What the office left alone does not undo what the map has come to say.
    assert told(back) == {("示意-J42-0000", "remark", "已清理")}
    chosen = back.update(now, back.changes).iloc[0]
    assert chosen["status"] == "done" and chosen["row_version"] == 9


def test_numbers_twice_unknown_or_lacking(ledger, items) -> None:
    office = Office(ledger)
    head, rows = office.table()
    sheet = openpyxl.Workbook()
    page = sheet.active
    page.append(head)
    for row in rows:
        page.append(row)
    page.append(rows[0])
    stranger = list(rows[1])
    stranger[head.index("问题编号")] = "别市-J42-0001"
    page.append(stranger)
    nameless = list(rows[2])
    nameless[head.index("问题编号")] = None
    page.append(nameless)
    path = office.path.with_name("strange.xlsx")
    sheet.save(path)
    back = read_items(path, items, CATALOG, as_of=DAY)
    assert back.unknown == ["别市-J42-0001"] and not back.changes
    assert any("均未读取" in one for one in back.problems) and any("没有问题编号" in one for one in back.problems)
    # Rows in: unchanged, twice, unknown.
    assert back.rows == len(rows) + 2 == back.unchanged + 2 + len(back.unknown) == sum(back.states.values())


def test_blanks_change_nothing_unless_asked_for(ledger, items) -> None:
    office = Office(ledger)
    office.put("示意-J42-0002", "责任单位", None)
    office.put("示意-J42-0002", "整改状态", None)
    path = office.save()
    assert not read_items(path, items, CATALOG, as_of=DAY).changes
    back = read_items(path, items, CATALOG, as_of=DAY, blank_clears=True)
    assert {(one.field, one.state) for one in back.changes} == {("responsible_party", READY), ("status", REFUSED)}


def test_formulas_without_values_are_named(ledger, items) -> None:
    office = Office(ledger)
    office.put("示意-J42-0002", "整改期限", "=TODAY()", formula=True)
    back = read_items(office.save(), items, CATALOG, as_of=DAY)
    assert [(one.field, one.state) for one in back.changes] == [("due_on", REFUSED)]
    assert "公式没有结果" in back.changes[0].why and back.states["refused"] == 1


def test_english_ledgers_come_back_too(items, tmp_path) -> None:
    path = write_items(tmp_path / "ledger.xlsx", items, CATALOG, as_of=date(2019, 6, 30), lang="en")
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    head = next(row for row in page.iter_rows() if any(cell.value == "Problem no." for cell in row))
    status = next(cell.column for cell in head if cell.value == "Status")
    number = next(cell.column for cell in head if cell.value == "Problem no.")
    row = next(r for r in range(head[0].row + 1, page.max_row + 1) if page.cell(r, number).value == "示意-J42-0000")
    page.cell(row, status).value = "rectifying"
    book.save(path)
    back = read_items(path, items, CATALOG, as_of=DAY, lang="en")
    assert [(one.field, one.value) for one in back.changes] == [("status", "rectifying")]


def test_what_is_no_ledger_is_refused(tmp_path, items) -> None:
    bad = tmp_path / "bad.xlsx"
    with pytest.raises(InputError, match="does not exist"):
        read_items(bad, items, CATALOG, as_of=DAY)
    bad.write_bytes(b"hello")
    with pytest.raises(InputError, match="no workbook"):
        read_items(bad, items, CATALOG, as_of=DAY)
    openpyxl.Workbook().save(bad)
    with pytest.raises(InputError, match="问题编号"):
        read_items(bad, items, CATALOG, as_of=DAY)


EDITS = {
    "责任单位": ("responsible_party", st.sampled_from(["甲局", "乙镇政府", "丙公司"])),
    "整改措施": ("measure", st.sampled_from(["封堵", "清运", "-复耕"])),
    "备注": ("remark", st.text(alphabet="甲乙丙abc=+", min_size=1, max_size=6).map(str.strip).filter(bool)),
    "整改期限": ("due_on", st.dates(date(2019, 7, 1), date(2021, 1, 1))),
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_edits_in_any_order_come_back_as_exactly_these(data, ledger, items, tmp_path) -> None:
    office = Office(ledger)
    head, rows = office.table()
    wanted: dict[tuple[str, str], str] = {}
    number_at = head.index("问题编号")
    for row in rows:
        for title, (name, values) in EDITS.items():
            if not data.draw(st.booleans()):
                continue
            value = data.draw(values)
            row[head.index(title)] = value
            said = value.isoformat() if isinstance(value, date) else value
            old = items.set_index("problem_no").loc[row[number_at], name]
            if not (name == "due_on" and pd.Timestamp(value) == old) and said != old:
                wanted[row[number_at], name] = said
    order = data.draw(st.permutations(range(len(head))))
    rows = data.draw(st.permutations(rows))
    book = openpyxl.Workbook()
    page = book.active
    page.append([head[k] for k in order])
    for r, row in enumerate(rows, start=2):
        for c, k in enumerate(order, start=1):
            cell = page.cell(r, c)
            cell.value = row[k]
            if isinstance(row[k], str):
                cell.data_type = "s"
    path = tmp_path / "edited.xlsx"
    book.save(path)
    back = read_items(path, items, CATALOG, as_of=DAY)
    assert {(one.number, one.field): one.new for one in back.of_state(READY)} == wanted
    assert not back.of_state(REFUSED) and not back.missing and not back.problems
    assert sum(back.states.values()) == back.rows == len(rows)
    assert back.states["ready"] == len({number for number, _ in wanted})
