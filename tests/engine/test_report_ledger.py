"""The ledger, written and read back."""

from __future__ import annotations

import importlib.util
import re
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.report import publish as publishing
from envzones.plugin.engine.report import sheet as sheets
from envzones.plugin.engine.report.ledger import write_xlsx

_HELPER = Path(__file__).with_name("report_samples.py")
_SPEC = importlib.util.spec_from_file_location("report_samples", _HELPER)
samples = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(samples)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The sample ledger, reopened."""
    path = write_xlsx(tmp_path_factory.mktemp("ledger") / "台账.xlsx", **samples.everything())
    return openpyxl.load_workbook(path)


def header(sheet: Any) -> int:
    """Return the number of the header row."""
    return int(sheet.print_title_rows.replace("$", "").split(":")[0])


def rows(sheet: Any) -> list[dict[str, Any]]:
    """Return the body as dictionaries by column title."""
    top = header(sheet)
    titles = [cell.value for cell in sheet[top]]
    return [
        dict(zip(titles, (cell.value for cell in line)))
        for line in sheet.iter_rows(min_row=top + 1)
        if line[0].value not in (None, "合计", "Total")
    ]


def test_the_sheets_an_office_expects(ledger: Any) -> None:
    assert ledger.sheetnames == [
        "说明", "研判结论", "研判明细", "不适用条款", "函询清单", "任务看板", "J14 热电联产15公里供热半径内燃煤锅炉关停",
        "J42 责任目标断面上下游排查整治", "断面清单", "断面排查台账", "供热半径", "数据问题",
    ]  # fmt: skip


def test_text_that_begins_like_a_formula_stays_text(tmp_path: Path) -> None:
    verdicts = samples.verdicts()
    said = ["=1+1", "+8613800000000", "-cmd|' /C calc'!A0", "@SUM(A1)"]
    verdicts["site_name"] = said
    verdicts["site_id"] = full = ["＝1+1", "\r=1", "－2", "＠x"]
    found = samples.findings()
    found["quote"] = '\t=HYPERLINK("http://example.invalid")'
    path = tmp_path / "l.xlsx"
    write_xlsx(path, title="=2+2", as_of="2019-06-30", verdicts=verdicts, findings=found)
    book = openpyxl.load_workbook(path)
    lines = [line for sheet in book for line in sheet.iter_rows()]
    cells = {cell.value: cell for line in lines for cell in line if cell.value is not None}
    ours = [cell for line in lines for cell in line if cell.data_type == "f"]
    assert ours and all(re.fullmatch(r"=SUBTOTAL\(10[39],[A-Z]+\d+:[A-Z]+\d+\)", cell.value) for cell in ours)
    for words in (*said, *full, "=2+2"):
        assert cells[words].data_type == "s" and cells[words].quotePrefix
    assert "<f>" not in _xml(path, "xl/worksheets/sheet1.xml")


def test_text_that_looks_like_a_number_or_an_error_stays_text(tmp_path: Path) -> None:
    verdicts = samples.verdicts()
    verdicts["site_id"] = ["0012", "#N/A", "TRUE", "1e5"]
    path = write_xlsx(tmp_path / "l.xlsx", title="t", as_of="2019-06-30", verdicts=verdicts)
    book = openpyxl.load_workbook(path)
    assert [row["项目编号"] for row in rows(book["研判结论"])] == ["0012", "#N/A", "TRUE", "1e5"]
    assert all(cell.data_type == "s" for cell in book["研判结论"]["B"][3:-1])


def test_control_characters_do_not_break_the_file(tmp_path: Path) -> None:
    verdicts = samples.verdicts()
    verdicts.loc[0, "site_name"] = "甲\x00乙\x1f丙"
    path = write_xlsx(tmp_path / "l.xlsx", title="t", as_of="2019-06-30", verdicts=verdicts)
    book = openpyxl.load_workbook(path)
    assert rows(book["研判结论"])[0]["项目名称"] == "甲\ufffd乙\ufffd丙"


def test_same_input_same_bytes(tmp_path: Path) -> None:
    one = write_xlsx(tmp_path / "a.xlsx", **samples.everything()).read_bytes()
    two = write_xlsx(tmp_path / "b.xlsx", **samples.everything()).read_bytes()
    assert one == two


def test_header_filter_and_print_set_up(ledger: Any) -> None:
    for sheet in ledger:
        top = header(sheet)
        assert sheet.page_setup.orientation == "landscape"
        assert int(sheet.page_setup.paperSize) in (8, 9)
        if sheet.sheet_properties.pageSetUpPr.fitToPage:
            assert sheet.page_setup.fitToHeight == 0 and not sheet.col_breaks.brk
        else:
            assert 60 <= int(sheet.page_setup.scale) <= 100 and sheet.col_breaks.brk and sheet.print_title_cols
        assert sheet.freeze_panes.endswith(str(top + 1)), sheet.title
        if rows(sheet):
            assert sheet.auto_filter.ref.startswith(f"A{top}:"), sheet.title


def test_the_header_is_repeated_on_every_printed_page(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "l.xlsx", **samples.everything())
    names = re.findall(r'Print_Titles"[^>]*>([^<]*)<', _xml(path, "xl/workbook.xml"))
    assert len(names) == 12
    assert all(re.fullmatch(r"'[^']+'!\$\d+:\$\d+(,'[^']+'!\$A:\$[A-Z])?", name) for name in names), names


def test_no_cell_is_cut(ledger: Any) -> None:
    """Every text fits its column and row, wrapped; every number fits its column."""
    from openpyxl.utils import get_column_letter

    from envzones.plugin.engine.report import text

    for sheet in ledger:
        for line in sheet.iter_rows(min_row=header(sheet)):
            for cell in line:
                if cell.value is None:
                    continue
                wide = sheet.column_dimensions[get_column_letter(cell.column)].width
                if cell.data_type == "f":
                    continue
                if cell.data_type != "s":
                    assert len(str(cell.value)[:10]) <= wide, (sheet.title, cell.coordinate)
                    continue
                high = sheet.row_dimensions[cell.row].height
                assert cell.alignment.wrap_text
                needed = text.lines_needed(cell.value, wide)
                assert needed * 13 <= high, (sheet.title, cell.coordinate, cell.value)


def test_ledger_columns_and_values(ledger: Any) -> None:
    sheet = ledger["J42 责任目标断面上下游排查整治"]
    table = {row["要素编号"]: row for row in rows(sheet)}
    assert list(table["OUT-002"])[:7] == ["序号", "县(市、区)", "乡镇", "问题名称", "类型", "经度", "纬度"]
    assert list(table["OUT-002"])[7:12] == ["经度(度分秒)", "纬度(度分秒)", "坐标状态", "所在断面/保护区", "级别"]
    sand = table["SAND-01"]
    assert sand["面积(m²)"] == pytest.approx(12850.5)
    assert sand["面积(公顷)"] == pytest.approx(1.28505) and sand["面积(亩)"] == pytest.approx(19.27575)
    assert sand["岸别"] == "河道内" and sand["县(市、区)"] == "济源市" and sand["乡镇"] == "克井镇"
    assert (sand["经度(度分秒)"], sand["纬度(度分秒)"]) == ("112°37′12.36″E", "35°09′21.60″N")
    outfall = table["OUT-002"]
    assert outfall["问题编号"] == "JY-J42-0001" and outfall["责任单位"] == "五龙口镇人民政府"
    assert outfall["整改时限"] == datetime(2018, 12, 31) and outfall["完成日期"] == datetime(2018, 11, 20)
    assert outfall["类型"] == "入河排污口(生活污水直排口)" and outfall["里程(m)"] == pytest.approx(4999.2)
    assert outfall["照片"].split("\n") == ["photos/JY-J42-0001_前.jpg", "photos/JY-J42-0001_后.jpg"]


def test_what_is_closed_is_not_overdue(ledger: Any) -> None:
    table = {row["要素编号"]: row for row in rows(ledger["J42 责任目标断面上下游排查整治"])}
    assert (table["OUT-002"]["状态"], table["OUT-002"]["是否逾期"]) == ("已销号", "否")
    assert table["SAND-01"]["状态"] is None and table["SAND-01"]["是否逾期"] == "是"


def test_band_and_outside_are_listed_apart(ledger: Any) -> None:
    listed = [(row["要素编号"], row["列别"]) for row in rows(ledger["断面排查台账"])]
    assert listed[-1] == ("OUT-031", "界外(函告)") and listed[-2] == ("CAT-011", "左右带(现场核定)")
    assert ("CAT-003", "待核实") in listed and len(listed) == 8


def test_state_has_a_drop_down_list(ledger: Any) -> None:
    sheet = ledger["断面排查台账"]
    letters = {cell.column_letter: cell.value for cell in sheet[header(sheet)]}
    rules = {letters[str(rule.sqref).rstrip("0123456789:").split(":")[0].rstrip("0123456789")]: rule
             for rule in sheet.data_validations.dataValidation}  # fmt: skip
    assert set(rules) == {"县(市、区)", "乡镇", "坐标状态", "岸别", "状态", "是否逾期", "列别"}
    rule = rules["状态"]
    assert (rule.type, rule.formula1, rule.errorStyle) == ("list", '"未启动,整改中,已完成,已销号"', "stop")
    column = next(cell.column_letter for cell in sheet[header(sheet)] if cell.value == "状态")
    assert str(rule.sqref) == f"{column}{header(sheet) + 1}:{column}{header(sheet) + 8}"
    assert (rules["乡镇"].formula1, rules["乡镇"].errorStyle) == ('"克井镇"', "warning")


def test_a_feature_is_listed_once_however_many_zones_it_touches(tmp_path: Path) -> None:
    plan = samples.plan()
    again = plan.findings[plan.findings["site_id"] == "B-01"].copy()
    again["zone_id"], again["zone_name"], again["distance_m"] = "HS-2", "国电豫源", 9000.0
    import pandas as pd

    plan.findings = pd.concat([plan.findings, again], ignore_index=True)
    book = openpyxl.load_workbook(write_xlsx(tmp_path / "l.xlsx", title="t", as_of="2019-06-30", plan=plan))
    table = rows(next(sheet for sheet in book if sheet.title.startswith("J14")))
    (boiler,) = [row for row in table if row["要素编号"] == "B-01"]
    assert boiler["距离(m)"] == pytest.approx(3120.44) and "国电豫源" in boiler["备注"]


def test_inquiries_go_to_who_can_answer(ledger: Any) -> None:
    table = rows(ledger["函询清单"])
    asked = {row["函询单位(主管部门)"] for row in table}
    assert asked == {"市环境保护局", "市林业局", "市水利局", "申请单位(补充项目资料)"}
    (own,) = [row for row in table if row["函询单位(主管部门)"].startswith("申请单位")]
    assert own["原因"] == "未提供设施类型" and own["需提供的资料(图层)"] is None


def test_reasons_that_differ_in_metres_are_one_question(tmp_path: Path) -> None:
    found = samples.findings().iloc[[6, 6, 6]].copy()
    found["why"] = ["距界限61米,在定位精度360米以内", "距界限1,225.5米,在定位精度360米以内", "另一原因"]
    found["site_id"] = ["a", "b", "c"]
    found["site_name"] = ["甲", "乙", "丙"]
    path = write_xlsx(tmp_path / "l.xlsx", title="t", as_of="2019-06-30", findings=found)
    book = openpyxl.load_workbook(path)
    table = rows(book["函询清单"])
    assert [(row["数量"], row["原因"]) for row in table] == [(1, "另一原因"), (2, "距界限61米，在定位精度360米以内(等2处)")]


def test_conformity_never_passes_what_is_open(ledger: Any) -> None:
    table = rows(ledger["研判明细"])
    for row in table:
        if row["判定"] == "待核实":
            assert row["符合性"] == "待核实"
    assert {row["符合性"] for row in table} == {"不符合", "符合(未涉及)", "待核实", "参考：不符合"}
    verdict = {row["项目编号"]: row for row in rows(ledger["研判结论"])}
    assert verdict["P003"]["研判说明"].startswith("尚不能判定") and verdict["P003"]["待核实条数"] == 2


def test_a_near_miss_keeps_its_side(ledger: Any) -> None:
    table = {row["编号"]: row for row in rows(ledger["供热半径"])}
    assert table["B-02"]["距离(m)"] < 15000 < table["B-03"]["距离(m)"]
    assert (table["B-02"]["结果"], table["B-04"]["结果"]) == ("待核实", "半径外")


def test_about_names_books_distances_and_data(ledger: Any) -> None:
    lines = [" ".join(str(v) for v in row.values() if v) for row in rows(ledger["说明"])]
    joined = "\n".join(lines)
    assert "2019年6月30日" in joined and "初步研判" in joined and "示意" in joined
    assert "参考(不在有效期内)" in joined and "有效；有效期2018年9月27日至2020年12月31日" in joined
    assert any("本单位工作距离" in line and "交通干线两侧" in line and "1000米" in line for line in lines)
    assert "一张图中无此图层" in joined and "9f2c" * 16 in joined


def test_working_distance_is_the_one_used(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "l.xlsx", title="t", as_of="2019-06-30", findings=samples.findings(),
                      books=samples.books(), working={"road_side": 800.0})  # fmt: skip
    about = rows(openpyxl.load_workbook(path)["说明"])
    assert ["800米"] == [row["内容"] for row in about if row["项目"] == "交通干线两侧"]


def test_a_distance_that_a_finding_states_stands_in_for_the_proposal(tmp_path: Path) -> None:
    found = samples.findings()
    found.loc[found["threshold_owner"] == "working", "threshold_m"] = 750.0
    path = tmp_path / "l.xlsx"
    write_xlsx(path, title="t", as_of="2019-06-30", findings=found, books=samples.books())
    about = rows(openpyxl.load_workbook(path)["说明"])
    assert [row["内容"] for row in about if row["类别"] == "本单位工作距离"] == ["750米"]


def test_an_issue_that_two_results_repeat_is_listed_once(tmp_path: Path) -> None:
    twice = samples.section()
    path = write_xlsx(tmp_path / "l.xlsx", title="t", as_of="2019-06-30", section=twice, issues=twice.issue)
    table = rows(openpyxl.load_workbook(path)["数据问题"])
    assert [(row["级别"], row["代码"]) for row in table] == [("错误", "too_far"), ("警告", "joined_gap")]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_empty_frames_make_a_ledger(tmp_path: Path, lang: str) -> None:
    none = samples.frame([], [])
    parts = ("reach", "zone", "finding", "issue", "findings", "board", "issues")
    hollow = SimpleNamespace(**dict.fromkeys(parts, none))
    path = write_xlsx(tmp_path / "l.xlsx", title="空", as_of="2019-06-30", findings=none, verdicts=none,
                      section=hollow, radius=hollow, plan=hollow, issues=none, books=[], fingerprints=[],
                      lang=lang)  # fmt: skip
    assert len(openpyxl.load_workbook(path).sheetnames) == 10


def test_optional_columns_may_be_missing(tmp_path: Path) -> None:
    found = samples.findings()[["site_id", "status", "clause", "geometry"]]
    verdicts = samples.verdicts()[["site_id", "known", "geometry"]]
    path = write_xlsx(tmp_path / "l.xlsx", title="t", as_of="2019-06-30", findings=found, verdicts=verdicts)
    assert [row["初步结论"] for row in rows(openpyxl.load_workbook(path)["研判结论"])][0] == "不通过"


def test_english(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_xlsx(tmp_path / "l.xlsx", lang="en", **samples.everything()))
    assert book.sheetnames[:3] == ["About", "Verdicts", "Findings"]
    for sheet in book:
        titles = [str(cell.value) for cell in sheet[header(sheet)]]
        assert all(title.isascii() or "m²" in title for title in titles), titles


def test_an_existing_file_is_kept_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "l.xlsx"
    path.write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        write_xlsx(path, title="t", as_of="2019-06-30", overwrite=False)
    assert path.read_text() == "mine" and list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "l.xlsx"
    path.write_text("mine")

    def refuse(*_args: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(publishing.os, "replace", refuse)
    with pytest.raises(InputError, match="close it where it is open"):
        write_xlsx(path, title="t", as_of="2019-06-30")
    assert path.read_text() == "mine" and list(tmp_path.iterdir()) == [path]


def test_bad_places_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        write_xlsx(tmp_path / "none" / "l.xlsx", title="t", as_of="2019-06-30")
    with pytest.raises(InputError, match="no date"):
        write_xlsx(tmp_path / "l.xlsx", title="t", as_of="soon")


def test_missing_openpyxl_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(InputError, match="openpyxl"):
        write_xlsx(tmp_path / "l.xlsx", title="t", as_of="2019-06-30")


def test_sheet_names_that_excel_accepts() -> None:
    book = openpyxl.Workbook()
    wanted = "J14/[供热]:半径*?\\" + "很长" * 20
    one = book.create_sheet(sheets.sheet_title(book, wanted)).title
    two = sheets.sheet_title(book, wanted)
    assert len(one) <= 31 and len(two) <= 31 and one != two and not set(one) & set("[]:*?/\\")


def test_a_table_too_long_for_excel_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 10)
    book = openpyxl.Workbook()
    with pytest.raises(InputError, match="fewer sites"):
        sheets.add_table(book, sheets.Styles(), "n", "h", [], [sheets.Column("a")], [["x"]] * 10)


def _xml(path: Path, member: str) -> str:
    import zipfile

    with zipfile.ZipFile(path) as package:
        return package.read(member).decode()
