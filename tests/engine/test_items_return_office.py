"""What offices do to a ledger beyond its cells: own columns, merged cells, grouped titles, days without a year."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.catalog import Catalog, load_catalog
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.publication import Publication
from envzones.plugin.engine.report.items import write_items
from envzones.plugin.engine.report.items_return import CONFLICT, READY, REFUSED, read_items
from envzones.plugin.store.follow_up import apply_returned, take_back
from envzones.plugin.store.store import Change, Conflict, create, open_store

from .test_items_return import CATALOG, DAY, Office, items, ledger, made, told

__all__ = ["items", "ledger"]
NUMBER = "示意-J42-000{}".format


def copied(office: Office, folder: Path) -> openpyxl.Workbook:
    """Return the ledger's table in a workbook that is not ours."""
    book = openpyxl.Workbook()
    head, rows = office.table()
    for row in (head, *rows):
        book.active.append(row)
    return book


def rewritten(path: Path, part: str, change) -> Path:
    """Rewrite a part of a workbook's package."""
    with zipfile.ZipFile(path) as box:
        parts = {name: box.read(name) for name in box.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w") as box:
        for name, content in parts.items():
            box.writestr(name, content)
    return path


def test_the_ledgers_own_columns_go_before_an_offices_like_ones(ledger, items, tmp_path) -> None:
    """Columns 编号, 整改状态(上月) and 说明 stand before ours and hold something else."""
    book = copied(Office(ledger), tmp_path)
    page = book.active
    page.insert_cols(1, 3)
    for row in range(1, page.max_row + 1):
        said = ("编号", "整改状态(上月)", "说明") if row == 1 else (row - 1, "已销号", "沿河")
        for column, value in enumerate(said, start=1):
            page.cell(row, column).value = value
    path = tmp_path / "own.xlsx"
    book.save(path)
    back = read_items(path, items, CATALOG, as_of=DAY)
    assert back.rows == back.unchanged == len(items) and not back.changes and not back.unknown
    assert all(title in back.problems[0] for title in ("编号", "整改状态(上月)", "说明"))


def test_titles_grouped_over_two_rows(ledger, items, tmp_path) -> None:
    office = Office(ledger)
    office.put(NUMBER(0), "责任单位", "新局")
    office.put(NUMBER(2), "完成日期", "2019/7/2")
    office.put(NUMBER(2), "整改状态", "已完成")
    book = copied(office, tmp_path)
    page = book.active
    page.insert_rows(1)
    group = {"整改状态", "完成日期", "销号日期"}
    for cell in page[2]:
        if cell.value in group:
            page.cell(1, cell.column).value = "整改进度"
        else:
            page.cell(1, cell.column).value, cell.value = cell.value, None
            page.merge_cells(start_row=1, end_row=2, start_column=cell.column, end_column=cell.column)
    page.insert_rows(1)
    page["A1"] = "问题台账"
    page.merge_cells("A1:F1")
    path = tmp_path / "grouped.xlsx"
    book.save(path)
    back = read_items(path, items, CATALOG, as_of=DAY)
    assert told(back) == {
        (NUMBER(0), "responsible_party", "新局"), (NUMBER(2), "status", "已完成"), (NUMBER(2), "done_on", "2019-07-02"),
    }  # fmt: skip
    assert not back.problems and not back.missing


def test_a_cell_merged_over_rows_is_each_rows(ledger, items, tmp_path) -> None:
    office = Office(ledger)
    book = copied(office, tmp_path)
    page = book.active
    at = {cell.value: cell.column for cell in page[1]}
    page.cell(2, at["责任单位"]).value = "三镇联合专班"
    page.merge_cells(start_row=2, end_row=4, start_column=at["责任单位"], end_column=at["责任单位"])
    path = tmp_path / "merged.xlsx"
    book.save(path)
    numbers = {page.cell(row, at["问题编号"]).value for row in (2, 3, 4)}
    back = read_items(path, items, CATALOG, as_of=DAY, blank_clears=True)
    assert told(back) == {(number, "responsible_party", "三镇联合专班") for number in numbers}


def test_a_sheet_that_understates_its_size_is_read_whole(ledger, items) -> None:
    office = Office(ledger)
    office.put(NUMBER(5), "备注", "末行")
    part = "xl/worksheets/sheet1.xml"
    path = rewritten(
        office.save(), part, lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:C5"', xml)
    )
    with zipfile.ZipFile(path) as box:
        assert b'<dimension ref="A1:C5"' in box.read(part)
    back = read_items(path, items, CATALOG, as_of=DAY)
    assert back.rows == len(items) and told(back) == {(NUMBER(5), "remark", "末行")}


def test_numbers_as_a_typist_writes_them(ledger, items) -> None:
    office = Office(ledger)
    office.put(NUMBER(0), "备注", "一")
    office.put(NUMBER(0), "问题编号", " 示意－Ｊ42－００００ ")
    office.put(NUMBER(1), "问题编号", "示意-J4-20001")  # another number, though the same without its dashes
    back = read_items(office.save(), items, CATALOG, as_of=DAY)
    assert told(back) == {(NUMBER(0), "remark", "一")}
    assert back.unknown == ["示意-J4-20001"] and back.missing == [NUMBER(1)]
    assert back.states == {"ready": 1, "conflict": 0, "refused": 0, "unchanged": 4, "unknown": 1}


@pytest.mark.parametrize(
    ("said", "day"),
    [("2019.7.1", "2019-07-01"), ("2019年7月1日", "2019-07-01"), ("2019/07/01", "2019-07-01"), ("20190701", "2019-07-01"),
     ("２０１９－７－１", "2019-07-01"), (43647, "2019-07-01"), ("43647", "2019-07-01"), (date(2019, 7, 1), "2019-07-01"),
     ("7/1", "2019-07-01"), ("7月1日", "2019-07-01"), ("12月31日", "2018-12-31"), ("2/29", "2016-02-29")],
)  # fmt: skip
def test_days_in_every_hand(ledger, items, said, day) -> None:
    office = Office(ledger)
    office.put(NUMBER(2), "整改状态", "已完成")
    office.put(NUMBER(2), "完成日期", said)
    assert (NUMBER(2), "done_on", day) in told(read_items(office.save(), items, CATALOG, as_of=DAY))


@pytest.mark.parametrize("said", ["6月底", "7.1", 6.3, "2019-02-30", "31/12/2018", "TRUE", "#REF!"])
def test_what_is_no_day_is_refused(ledger, items, said) -> None:
    office = Office(ledger)
    office.put(NUMBER(2), "整改期限", said)
    back = read_items(office.save(), items, CATALOG, as_of=DAY)
    assert [(one.field, one.state) for one in back.changes] == [("due_on", REFUSED)]


def test_a_deadline_needs_its_year(ledger, items) -> None:
    office = Office(ledger)
    office.put(NUMBER(2), "整改期限", "9月30日")
    back = read_items(office.save(), items, CATALOG, as_of=DAY)
    assert "没有年份" in back.of_state(REFUSED)[0].why


def test_a_place_is_not_moved_by_a_ledger(ledger, items, tmp_path) -> None:
    office = Office(ledger)
    office.put(NUMBER(0), "经度", 113.1)
    office.put(NUMBER(1), "纬度(度分秒)", "36°00′00.00″N")
    office.put(NUMBER(2), "经度", 112.52)  # as it is
    path = office.save()
    back = read_items(path, items, CATALOG, as_of=DAY)
    assert {(one.number, one.field, one.state) for one in back.changes} == {
        (NUMBER(0), "lon", REFUSED), (NUMBER(1), "lat_dms", REFUSED),
    }  # fmt: skip
    assert not len(back.update(items))
    # Moved in the map since: the ledger says what it was given.
    now = items.copy()
    now["geometry"] = now.geometry.translate(0.2, 0.1)
    assert {(one.number, one.field) for one in read_items(path, now, CATALOG, as_of=DAY).changes} == {
        (NUMBER(0), "lon"), (NUMBER(1), "lat_dms"),
    }  # fmt: skip


def test_a_public_ledger_that_nobody_touched_changes_nothing(items, tmp_path) -> None:
    hidden = items.copy()
    hidden.loc[1, "feature_layer"] = "water_intake"
    hidden["geometry"] = hidden.geometry.translate(0.00123456, 0.00654321)
    public = Publication("public", decimals=2)
    path = write_items(tmp_path / "p.xlsx", hidden, CATALOG, as_of=date(2019, 6, 30), publication=public)
    back = read_items(path, hidden, CATALOG, as_of=DAY)
    assert not back.traced and not back.changes and back.unchanged == len(hidden)


def test_a_date_without_its_step_is_refused(ledger, items) -> None:
    office = Office(ledger)
    office.put(NUMBER(2), "完成日期", "2019-07-01")
    office.put(NUMBER(3), "整改状态", "已销号")
    office.put(NUMBER(3), "销号日期", "2019-07-01")
    office.put(NUMBER(4), "销号日期", "2019-07-01")
    office.put(NUMBER(5), "完成日期", "2019-07-01")  # after the closing
    back = read_items(office.save(), items, CATALOG, as_of=DAY)
    assert not back.of_state(READY)
    assert {(one.number, one.field) for one in back.of_state(REFUSED)} == {
        (NUMBER(2), "done_on"), (NUMBER(3), "status"), (NUMBER(3), "closed_on"), (NUMBER(4), "closed_on"),
        (NUMBER(5), "done_on"),
    }  # fmt: skip


def test_what_a_state_needs_is_not_emptied(ledger, items) -> None:
    office = Office(ledger)
    for title in ("核查人", "销号审批人", "完成日期", "责任单位"):
        office.put(NUMBER(5), title, None)
    back = read_items(office.save(), items, CATALOG, as_of=DAY, blank_clears=True)
    assert {one.field for one in back.of_state(REFUSED)} == {"verified_by", "closed_by", "done_on"}
    assert told(back) == {(NUMBER(5), "responsible_party", "")}


def test_a_step_is_written_whole_or_not(ledger, items) -> None:
    office = Office(ledger)
    office.put(NUMBER(2), "整改状态", "已完成")
    office.put(NUMBER(2), "完成日期", "2019-07-01")
    office.put(NUMBER(2), "备注", "好")
    path = office.save()
    back = read_items(path, items, CATALOG, as_of=DAY)
    assert {one.field for one in back.changes if one.tied} == {"status", "done_on"}
    for lacking in ("status", "done_on"):
        with pytest.raises(InputError, match="belong together"):
            back.update(items, [one for one in back.changes if one.field != lacking])
    assert set(back.update(items, [one for one in back.changes if not one.tied])) == {"uid", "row_version", "remark"}
    # The map has set a day meanwhile: the whole step waits for a choice.
    now = items.copy()
    now.loc[2, "done_on"] = pd.Timestamp("2019-07-09")
    back = read_items(path, now, CATALOG, as_of=DAY)
    assert {one.field for one in back.of_state(CONFLICT)} == {"status", "done_on"}
    assert told(back) == {(NUMBER(2), "remark", "好")}


def test_line_ends_and_blanks_of_other_programs_are_no_change(items, tmp_path) -> None:
    lines = items.copy()
    lines["remark"] = "一\n二 "
    office = Office(write_items(tmp_path / "l.xlsx", lines, CATALOG, as_of=date(2019, 6, 30)))
    office.put(NUMBER(0), "备注", " 一\r\n二")
    office.put(NUMBER(1), "备注", "一_x000D_\n二")
    assert not read_items(office.save(), lines, CATALOG, as_of=DAY).changes


def test_harmful_and_broken_workbooks_are_refused(ledger, items, tmp_path) -> None:
    whole = ledger.read_bytes()
    for part, change, words in (
        ("xl/worksheets/sheet1.xml", lambda xml: xml[: len(xml) // 2], "cannot be read|no workbook"),
        ("xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"?>", b"?><!DOCTYPE a [<!ENTITY x 'y'>]>", 1)
         if b"?>" in xml else b"<!DOCTYPE a [<!ENTITY x 'y'>]>" + xml, "document type"),
    ):  # fmt: skip
        ledger.write_bytes(whole)
        with pytest.raises(InputError, match=words):
            read_items(rewritten(ledger, part, change), items, CATALOG, as_of=DAY)
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("xl/worksheets/sheet1.xml", b" " * (400 << 20))
    with pytest.raises(InputError, match="far more than it should"):
        read_items(bomb, items, CATALOG, as_of=DAY)


def test_reading_stops_when_asked(ledger, items) -> None:
    class Stop:
        cancelled = True

        def __call__(self, fraction: float, message: str = "") -> None:
            raise AssertionError("nothing is told after the stop")

    with pytest.raises(Cancelled):
        read_items(ledger, items, CATALOG, as_of=DAY, progress=Stop())


VALUES = {
    "整改状态": ["未启动", "整改中", "已完成", "已销号", "销号", "差不多"], "完成日期": ["2019-06-15", "2019.7.1", "2031-1-1", None],
    "销号日期": ["2019-06-16", "7月2日", "明天"], "核查结果": ["属实", "不属实", None], "核查人": ["张三", None],
    "销号审批人": ["李四", None], "整改期限": ["2020-1-1", "年底"], "备注": ["a", None], "依据条款": ["别款"], "经度": [113.0],
    "问题编号": [NUMBER(0), "别市-1", None],
}  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_typed_each_row_is_counted_once_and_what_is_ready_fits_the_layer(data, ledger, items) -> None:
    """The oracle is the layer's own checks: whatever is applied leaves items that meet each of them."""
    office = Office(ledger)
    count = 0
    for row in range(office.head + 1, office.head + 1 + len(items)):
        for title, values in VALUES.items():
            if data.draw(st.integers(0, 3)) == 0:
                cell = office.sheet.cell(row, office.column(title))
                cell.value = data.draw(st.sampled_from(values))
        count += office.sheet.cell(row, office.column("问题编号")).value is not None
    path = office.save(office.path.with_name("typed.xlsx"))
    now = items.copy()
    if data.draw(st.booleans()):
        now.loc[4, ["status", "done_on"]] = ["rectifying", pd.NaT]
        now.loc[2, "remark"] = "图上"
    back = read_items(path, now, CATALOG, as_of=DAY, blank_clears=data.draw(st.booleans()))
    assert back.rows == count == sum(back.states.values())
    for chosen in (None, back.of_state(READY) + back.of_state(CONFLICT)):
        after = now.set_index("uid")
        update = back.update(now, chosen).set_index("uid")
        for uid, cells in update.iterrows():
            for name, value in cells.items():
                after.loc[uid, name] = value
        closed, done = after["status"] == "closed", after["status"] == "done"
        needed = ["done_on", "closed_on", "verification", "verified_by", "closed_by"]
        assert after.loc[closed, needed].notna().all(axis=None)
        assert after.loc[done, "done_on"].notna().all()
        assert not (after.loc[closed, "closed_on"] < after.loc[closed, "done_on"]).any()
        assert after.loc[~(done | closed), ["done_on", "closed_on"]].isna().all(axis=None)
        assert (after["problem_no"] == now.set_index("uid")["problem_no"]).all()


@pytest.fixture(params=["file", "postgresql"])
def store(request, tmp_path):
    """A map with six items, in a file and in PostgreSQL."""
    where = str(tmp_path / "map.gpkg") if request.param == "file" else request.getfixturevalue("pg_url")
    full = load_catalog()
    catalog = Catalog({"rectification_item": full["rectification_item"]}, full.themes)
    frame = made().drop(columns="row_version").assign(provenance="illustrative", life_state="delineated")
    create(where, catalog, frames={"rectification_item": frame})
    return open_store(where, catalog)


def test_into_a_map_and_against_a_colleague(store, tmp_path) -> None:
    read = store.read("rectification_item")
    office = Office(write_items(tmp_path / "l.xlsx", read, CATALOG, as_of=date(2019, 6, 30)))
    office.put(NUMBER(1), "整改状态", "已完成")
    office.put(NUMBER(2), "备注", "好")
    path = office.save()
    found, held = take_back(store, path, as_of=DAY)
    assert {(one.field, one.state) for one in found.changes} == {("status", READY), ("done_on", READY), ("remark", READY)}
    # Somebody edits one of the two between looking and applying: nothing is written.
    mine = read[read["problem_no"] == NUMBER(2)][["uid", "row_version"]].assign(township="克井镇")
    store.apply([Change("rectification_item", update=mine)], who="甲")
    with pytest.raises(Conflict):
        apply_returned(store, found, held, who="乙")
    assert store.read("rectification_item").set_index("problem_no").loc[NUMBER(1), "status"] == "not_started"
    found, held = take_back(store, path, as_of=DAY)
    assert apply_returned(store, found, held, who="乙") == 2
    after = store.read("rectification_item").set_index("problem_no")
    assert (after.loc[NUMBER(1), "status"], after.loc[NUMBER(2), "remark"]) == ("done", "好")
    assert after.loc[NUMBER(1), "done_on"] == pd.Timestamp(DAY) and after.loc[NUMBER(2), "township"] == "克井镇"
    trail = store.audit(layer="rectification_item").tail(2)
    # A database knows who is logged in.
    assert set(trail["who"]) == {"乙" if store.location.path else "chief"}
    assert not take_back(store, path, as_of=DAY)[0].changes
