"""How sheets are laid out: totals, lists, marks that follow, pages, long tables, registers, what the public may see."""

from __future__ import annotations

import html
import importlib.util
import os
import random
import re
import shutil
import subprocess
import sys
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.publication import Publication
from envzones.plugin.engine.report import ledger_page
from envzones.plugin.engine.report.items import write_items
from envzones.plugin.engine.report.ledger import write_xlsx
from envzones.plugin.engine.report.ledger_places import shielded
from envzones.plugin.engine.report.sheet import MAX_CELL, Column, Styles, add_table, finish, workbook

_HELPER = Path(__file__).with_name("report_samples.py")
_SPEC = importlib.util.spec_from_file_location("report_samples", _HELPER)
samples = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(samples)
_DAY = date(2019, 6, 30)


def made(path: Path, columns: list[Column], rows: list[list[Any]], **more: Any) -> Any:
    """Write one table and open it again."""
    book = workbook()
    add_table(book, Styles(), "表", "表", ["注"], columns, rows, **more)
    return openpyxl.load_workbook(finish(book, path, _DAY))


def header(sheet: Any) -> int:
    """Return the number of the header row."""
    return int(sheet.print_title_rows.replace("$", "").split(":")[0])


def table(sheet: Any) -> list[dict[str, Any]]:
    """Return the rows below the header, the total apart."""
    top = header(sheet)
    titles = [cell.value for cell in sheet[top]]
    lines = [dict(zip(titles, (cell.value for cell in line))) for line in sheet.iter_rows(min_row=top + 1)]
    return [line for line in lines if isinstance(line[titles[0]], int)]


# ---- totals, lists, marks --------------------------------------------------------------------------------


def test_totals_follow_the_filter_and_keep_their_value(tmp_path: Path) -> None:
    columns = [Column("序号", "int"), Column("名称", total="count"), Column("面积", "area2", total="sum"), Column("空", "area", total="sum")]
    sheet = made(tmp_path / "t.xlsx", columns, [[1, "甲", 1.25, None], [2, None, 2.5, None], [3, "丙", None, None]])["表"]
    assert [cell.value for cell in sheet[7]] == ["合计", "=SUBTOTAL(103,B4:B6)", "=SUBTOTAL(109,C4:C6)", None]
    assert sheet.auto_filter.ref == "A3:D6"
    kept = openpyxl.load_workbook(tmp_path / "t.xlsx", data_only=True)["表"]
    assert [cell.value for cell in kept[7]] == ["合计", 2, 3.75, None]
    assert "$A$1:$D$7" in str(kept.print_area)


def test_short_lists_stand_in_the_rule_and_long_ones_on_a_hidden_sheet(tmp_path: Path) -> None:
    towns = tuple(f"第{i}个很长的乡镇名称" for i in range(40))
    columns = [
        Column("序号", "int"), Column("状态", choices=("是", "否")), Column("乡镇", choices=towns, open=True),
        Column("乡镇2", choices=towns), Column("逗号", choices=("a,b", "=1+1")),
    ]  # fmt: skip
    book = made(tmp_path / "t.xlsx", columns, [[1, "是", towns[0], towns[1], "a,b"]])
    rules = {str(rule.sqref): rule for rule in book["表"].data_validations.dataValidation}
    assert rules["B4"].formula1 == '"是,否"' and len('"是,否"') < 255
    assert (rules["C4"].formula1, rules["C4"].errorStyle) == ("_lists!$A$1:$A$40", "warning")
    assert (rules["D4"].formula1, rules["D4"].errorStyle) == ("_lists!$A$1:$A$40", "stop")
    assert rules["E4"].formula1 == "_lists!$B$1:$B$2"
    lists = book["_lists"]
    assert lists.sheet_state == "hidden" and book.sheetnames[-1] == "_lists"
    assert [cell.value for cell in lists["A"]] == list(towns) and lists["B2"].data_type == "s"
    assert all(len(rule.formula1) <= 257 for rule in rules.values())


def test_marks_follow_what_is_typed(tmp_path: Path) -> None:
    columns = [Column("序号", "int"), Column("状态", key="state"), Column("期限", "date", key="due")]
    live = 'AND(ISNUMBER({due}),{due}<DATE(2019,6,30),{state}<>"已完成")'
    sheet = made(tmp_path / "t.xlsx", columns, [[1, "整改中", date(2018, 12, 31)]], live=live)["表"]
    ((where, rules),) = sheet.conditional_formatting._cf_rules.items()
    assert str(where.sqref) == "A4:C4"
    assert rules[0].formula == ['AND(ISNUMBER($C4),$C4<DATE(2019,6,30),$B4<>"已完成")']
    assert rules[0].dxf.fill.bgColor.rgb == "FFFDE8E6"


# ---- pages -----------------------------------------------------------------------------------------------


@given(st.lists(st.floats(6, 90), min_size=1, max_size=60), st.integers(1, 4), st.sampled_from(["A3", "A4"]))
@settings(max_examples=200, deadline=None)
def test_print_is_never_too_small_to_read(widths: list[float], fixed: int, paper: str) -> None:
    fixed = min(fixed, len(widths))
    pages = ledger_page.spread(widths, paper, fixed)
    sizes = [ledger_page.inches(width) for width in widths]
    room = ledger_page._ROOM[pages.paper]
    if pages.scale is None:
        assert not pages.breaks and room / sum(ledger_page.inches(width, 7) for width in widths) >= ledger_page.READABLE
        return
    assert pages.paper == "A3" and list(pages.breaks) == sorted(set(pages.breaks))
    ends = [*pages.breaks, len(widths)]
    for start, end in zip([fixed, *pages.breaks], ends):
        wide = sum(sizes[:fixed]) + sum(sizes[start:end])
        assert wide * pages.scale / 100 <= room or end - start == 1
    if fixed == 1 or sum(sizes[:fixed]) < 8:
        assert pages.scale >= 100 * ledger_page.READABLE - 1


def test_a_wide_table_is_split_between_columns_and_repeats_the_first(tmp_path: Path) -> None:
    columns = [Column("序号", "int"), *(Column(f"列{i}", widest=30) for i in range(24))]
    sheet = made(tmp_path / "t.xlsx", columns, [[1, *["很长的文字很长的文字很长的文字"] * 24]], paper="A4")["表"]
    assert int(sheet.page_setup.paperSize) == 8 and sheet.print_title_cols == "$A:$C"
    assert sheet.col_breaks.brk and not sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sorted(str(one) for one in sheet.merged_cells.ranges) == ["A1:C1", "A2:C2"]


def test_a_table_that_a4_holds_readably_stays_on_it(tmp_path: Path) -> None:
    columns = [Column("序号", "int"), Column("名称"), Column("说明", widest=60)]
    sheet = made(tmp_path / "t.xlsx", columns, [[1, "甲", "乙" * 30]], paper="A4")["表"]
    assert int(sheet.page_setup.paperSize) == 9 and sheet.sheet_properties.pageSetUpPr.fitToPage


# ---- text and rows ---------------------------------------------------------------------------------------


def test_each_row_is_written_once_and_holds_what_was_given(tmp_path: Path) -> None:
    draw = random.Random(4)  # noqa: S311 - no secret
    pool = ["甲", "=1+1", "＝A1", "a<b>&\"c\"", " 空格 ", "行\n二", "\t制表", "\x07铃", "x" * 50, "-5", "😀" * 9, None, ""]
    rows = [[i, draw.choice(pool), draw.choice([None, draw.uniform(-1e6, 1e6)]), draw.choice([None, date(2019, 1, 1)])]
            for i in range(1, 1300)]  # fmt: skip
    columns = [Column("序号", "int"), Column("文字"), Column("数", "area4"), Column("日", "date")]
    sheet = made(tmp_path / "t.xlsx", columns, rows)["表"]
    for line, (number, words, amount, day) in zip(sheet.iter_rows(min_row=4, values_only=True), rows):
        expected = words.replace("\x07", "\ufffd") if words else None
        assert line[:2] == (number, expected)
        assert line[2] is None if amount is None else line[2] == pytest.approx(amount)
        assert (line[3].date() if line[3] else None) == day
    with zipfile.ZipFile(tmp_path / "t.xlsx") as package:
        xml = package.read("xl/worksheets/sheet1.xml").decode()
    numbers = [int(n) for n in re.findall(r'<row r="(\d+)"', xml)]
    assert numbers == sorted(set(numbers)) and '<dimension ref="A1:D1302"/>' in xml
    read_only = openpyxl.load_workbook(tmp_path / "t.xlsx", read_only=True)
    assert sum(1 for _ in read_only["表"].iter_rows()) == 1302
    read_only.close()


@pytest.mark.parametrize("words", ["字" * 40_000, "😀" * 20_000, "a" * MAX_CELL])
def test_a_cell_holds_what_excel_holds(tmp_path: Path, words: str) -> None:
    sheet = made(tmp_path / "t.xlsx", [Column("a")], [[words]])["表"]
    kept = sheet["A4"].value
    assert len(kept.encode("utf-16-le")) // 2 <= MAX_CELL
    assert kept == words or kept.endswith("…") and words.startswith(kept[:-1])


def test_days_before_the_calendar_are_text(tmp_path: Path) -> None:
    sheet = made(tmp_path / "t.xlsx", [Column("日", "date")], [[date(1898, 5, 1)], [date(1949, 10, 1)]])["表"]
    assert sheet["A4"].value == "1898-05-01" and sheet["A5"].value.date() == date(1949, 10, 1)


def test_twenty_thousand_findings_take_seconds(tmp_path: Path) -> None:
    plan, count = samples.plan(), 20_000
    found = pd.concat([plan.findings] * (count // len(plan.findings) + 1), ignore_index=True).iloc[:count].copy()
    found["site_id"] = [f"{uid}-{i}" for i, uid in enumerate(found["site_id"])]
    plan.findings = found.assign(status="hit")
    start = time.perf_counter()
    path = write_xlsx(tmp_path / "l.xlsx", title="t", as_of=_DAY, plan=plan, books=samples.books(), onemap=samples.onemap())
    assert time.perf_counter() - start < 60
    with zipfile.ZipFile(path) as package:
        assert sum(package.read(name).count(b"<row ") for name in package.namelist() if "worksheets" in name) > count


# ---- by theme --------------------------------------------------------------------------------------------


def _themed() -> dict[str, Any]:
    """Return the samples with two plots and a supervised unit under two clauses."""
    kw = samples.everything()
    plan = kw["plan"]
    one = plan.findings.iloc[-2].to_dict()
    more = []
    for uid, name, layer, clause, due in (
        ("CP-1", "化工厂地块", "contaminated_plot", "J61", "2019-12-31"), ("CP-1", "化工厂地块", "contaminated_plot", "J58", "2018-06-30"),
        ("CP-2", "电镀厂地块", "contaminated_plot", "J61", None), ("PS-1", "冶炼厂", "pollution_source", "J56", None),
        ("PS-2", "造纸厂", "pollution_source", "J56", None),
    ):  # fmt: skip
        more.append({**one, "site_id": uid, "site_name": name, "site_layer": layer, "clause_id": clause, "clause": clause,
                     "status": "hit", "deadline": due, "overdue": due == "2018-06-30", "section_id": None, "effect": "rectify",
                     "geometry": Point(112.5, 35.1)})  # fmt: skip
    plan.findings = pd.concat([plan.findings, samples.frame(more, list(plan.findings.columns[:-1]))], ignore_index=True)
    kw["onemap"]["contaminated_plot"] = gpd.GeoDataFrame(
        {"uid": ["CP-1", "CP-2"], "register_state": ["contaminated", "suspected"], "address": ["沁园路1号", None],
         "industry": ["chemical", "electroplating"], "reason": ["超标", None], "listed_on": pd.to_datetime(["2018-01-02", None])},
        geometry=[Point(112.512345, 35.112345), None], crs=samples.CRS)  # fmt: skip
    kw["onemap"]["pollution_source"] = gpd.GeoDataFrame(
        {"uid": ["PS-1", "PS-2"], "kind": ["soil", "water"], "address": ["玉川路2号", "济水路3号"]},
        geometry=[None, Point(112.6, 35.1)], crs=samples.CRS)  # fmt: skip
    return kw


def test_registers_by_theme(tmp_path: Path) -> None:
    kw = _themed()
    kw["plan"].findings.loc[kw["plan"].findings["site_id"] == "PS-1", "geometry"] = None
    book = openpyxl.load_workbook(write_xlsx(tmp_path / "l.xlsx", **kw, by="theme"))
    names = book.sheetnames
    assert not [name for name in names if name.startswith("J")]
    assert {"燃煤锅炉清单", "污染地块名录", "疑似污染地块清单", "重点监管单位", "污染源企业", "入河排污口清单"} <= set(names)
    assert names.index("燃煤锅炉清单") < names.index("污染地块名录") < names.index("入河排污口清单")
    (plot,) = table(book["污染地块名录"])
    assert list(plot)[5:11] == ["地址", "行业类别", "纳入原因", "名录状态", "规划用途", "列入日期"]
    assert (plot["地址"], plot["行业类别"], plot["纳入原因"]) == ("沁园路1号", "化工", "超标")
    assert plot["依据条款"].split("\n") == ["济政〔2018〕29号 J58", "济政〔2018〕29号 J61"]
    assert plot["整改时限"].date() == date(2018, 6, 30) and plot["是否逾期"] == "是"
    assert [row["坐标状态"] for row in table(book["重点监管单位"])] == ["仅地址"]
    assert [row["坐标状态"] for row in table(book["污染源企业"])] == ["有坐标"]
    boilers = table(book["燃煤锅炉清单"])
    assert {row["要素编号"] for row in boilers} == {"B-01", "B-02", "B-05"}
    assert len({row["要素编号"] for row in table(book["入河排污口清单"])}) == 3


def test_an_unknown_order_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="clause or theme"):
        write_xlsx(tmp_path / "l.xlsx", title="t", as_of=_DAY, by="town")


# ---- what the public may see -----------------------------------------------------------------------------


def everything_in(path: Path) -> str:
    """Return every part of a workbook as one text."""
    with zipfile.ZipFile(path) as package:
        parts = [package.read(name).decode("utf-8", "replace") for name in package.namelist()]
    return html.unescape("\n".join(parts))


def digits(value: float, decimals: int) -> set[str]:
    """Return how a coordinate may be written from so many decimals on."""
    whole = f"{value:.9f}"
    return {whole[: whole.index(".") + 1 + decimals], f"{value:.{decimals}f}"}


def test_a_public_ledger_says_no_hidden_place(tmp_path: Path) -> None:
    kw = _themed()
    places = {"CP-1": (112.512345, 35.112345), "CP-2": (112.498761, 35.198761)}
    plan = kw["plan"].findings
    for uid, place in places.items():
        plan.loc[plan["site_id"] == uid, "geometry"] = Point(place)
    plan.loc[plan["site_id"] == "CP-2", ["chainage_m", "offset_m", "bearing_deg"]] = [1234.5, 67.8, 12.0]
    kw["fingerprints"] = [{"layer": "contaminated_plot", "rows": 2, "extent": "112.4988, 35.1123, 112.5123, 35.1988",
                           "newest": "", "sha256": "", "complete_as_of": ""}]  # fmt: skip
    kw["findings"] = kw["findings"].copy()
    kw["findings"].loc[0, ["zone_layer", "zone_name", "distance_m", "bearing_deg"]] = ["water_intake", "取水口甲", 743.21, 91.0]
    public = Publication("public", approval_no="豫S〔2019〕001号", decimals=3, office="济源市生态环境局")
    for by in ("clause", "theme"):
        path = write_xlsx(tmp_path / f"{by}.xlsx", **kw, by=by, publication=public)
        said = everything_in(path)
        for place in places.values():
            for value in place:
                assert not [one for one in digits(value, 4) if one in said], (by, value)
        assert "不公开" in said and "审图号：豫S〔2019〕001号" in said and "内部资料" not in said
        assert "743" not in said and "1234.5" not in said and "东方向" not in said.split("取水口甲")[-1][:40]
        book = openpyxl.load_workbook(path)
        assert all("审图号" in sheet.oddHeader.left.text for sheet in book if sheet.sheet_state == "visible")
    row = next(row for row in table(book["燃煤锅炉清单"]) if row["要素编号"] == "B-01")
    assert (row["经度"], row["纬度"]) == (112.55, 35.13) and row["经度(度分秒)"] == "112°33′00″E"
    internal = everything_in(write_xlsx(tmp_path / "i.xlsx", **kw, by="theme"))
    assert "112.512345" in internal and "内部资料" in internal and "不公开" not in internal


@pytest.mark.parametrize(
    ("metres", "threshold", "decimals", "told"),
    [(743.21, None, 3, 700), (743.21, None, 4, 740), (999.0, 1000, 3, 1000), (1001.0, 1000, 3, 1100), (996.0, 995, 4, 1000),
     (1040, 1010, 3, 1100), (970, 990, 3, 900), (0.0, None, 4, 0), (None, 5, 4, None)],
)  # fmt: skip
def test_distances_to_hidden_places_are_coarse_and_keep_their_side(metres, threshold, decimals, told) -> None:
    row = {"site_layer": "candidate", "zone_layer": "contaminated_plot", "distance_m": metres, "threshold_m": threshold,
           "bearing_deg": 3.0}  # fmt: skip
    (shown,) = shielded([row], Publication("public", decimals=decimals))
    assert shown["distance_m"] == told and shown["bearing_deg"] is None
    assert shielded([row], Publication()) == [row]


def test_a_public_items_ledger_says_no_hidden_place(tmp_path: Path) -> None:
    items = gpd.GeoDataFrame(
        {"uid": ["a", "b", "c"], "problem_no": ["甲-1", "甲-2", "甲-3"], "feature_layer": ["water_intake", "outfall", "outfall"],
         "status": ["rectifying"] * 3, "due_on": pd.to_datetime(["2018-12-31"] * 3), "chainage_m": [1234.5, 77.25, None]},
        geometry=[Point(112.512345, 35.112345), Point(112.623456, 35.223456), None], crs="EPSG:4490")  # fmt: skip
    public = Publication("public", decimals=4)
    path = write_items(tmp_path / "i.xlsx", items, load_catalog(), as_of=_DAY, publication=public, period="year:2019")
    said = everything_in(path)
    assert not [one for value in (112.512345, 35.112345) for one in digits(value, 4) if one in said]
    assert "1234.5" not in said and "112.623456" not in said and "112.6235" in said and "待取得，取得前不得公开" in said
    rows = {row["问题编号"]: row for row in table(openpyxl.load_workbook(path).worksheets[0])}
    assert [rows["甲-1"][name] for name in ("经度", "经度(度分秒)", "河道里程(m)", "坐标状态")] == ["不公开"] * 3 + ["有坐标"]
    assert rows["甲-2"]["经度(度分秒)"] == "112°37′24.6″E" and rows["甲-3"]["坐标状态"] == "无"


def test_the_classification_is_printed(tmp_path: Path) -> None:
    said = Publication(classification="内部 & 限阅", office="市局")
    path = write_xlsx(tmp_path / "l.xlsx", **samples.everything(), publication=said)
    book = openpyxl.load_workbook(path)
    assert all("内部资料" in sheet.oddHeader.left.text and "密级：内部 && 限阅" in sheet.oddHeader.left.text for sheet in book)
    assert all("编制单位：市局" in sheet.oddFooter.left.text for sheet in book)
    first = [cell.value for line in book["说明"].iter_rows() for cell in line]
    assert "密级：内部 & 限阅" in first and "市局" in first


# ---- other programs --------------------------------------------------------------------------------------


def test_pandas_reads_every_sheet(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "l.xlsx", **samples.everything())
    sheets = pd.read_excel(path, sheet_name=None, header=None)
    assert set(sheets) == set(openpyxl.load_workbook(path).sheetnames)
    ledger = sheets["断面排查台账"]
    assert ledger.iloc[-1, 0] == "合计" and float(ledger.iloc[-1, 3]) == 8
    top = ledger.index[ledger[0] == "序号"][0]
    areas = ledger.loc[top + 1 :, ledger.columns[ledger.loc[top] == "面积(m²)"][0]]
    assert float(areas.iloc[-1]) == pytest.approx(areas.iloc[:-1].astype(float).sum())


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")
def test_libreoffice_opens_it_and_computes_the_same(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "l.xlsx", **samples.everything())
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/lo", "--headless", "--convert-to", "ods", "--outdir",
               str(tmp_path / "o"), str(path)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=180)  # noqa: S603 - our own arguments
    again = ["soffice", f"-env:UserInstallation=file://{tmp_path}/lo", "--headless", "--convert-to", "xlsx", "--outdir",
             str(tmp_path / "p"), str(tmp_path / "o" / "l.ods")]  # fmt: skip
    subprocess.run(again, check=True, capture_output=True, timeout=180)  # noqa: S603
    ours, theirs = (openpyxl.load_workbook(one, data_only=True) for one in (path, tmp_path / "p" / "l.xlsx"))
    assert theirs.sheetnames == ours.sheetnames
    for sheet in ours:
        for line, other in zip(sheet.iter_rows(), theirs[sheet.title].iter_rows(max_row=sheet.max_row)):
            for cell, twin in zip(line, other):
                if isinstance(cell.value, float):
                    assert twin.value == pytest.approx(cell.value), (sheet.title, cell.coordinate)
                else:
                    assert twin.value == cell.value, (sheet.title, cell.coordinate)


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    script = (
        "import importlib.util, sys\n"
        "from envzones.plugin.engine.report.ledger import write_xlsx\n"
        f"spec = importlib.util.spec_from_file_location('s', {str(_HELPER)!r})\n"
        "samples = importlib.util.module_from_spec(spec); spec.loader.exec_module(samples)\n"
        "write_xlsx(sys.argv[1], **samples.everything())\n"
    )
    written = []
    for seed in "123":
        out = tmp_path / f"{seed}.xlsx"
        environment = {**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": "1561852800"}
        subprocess.run([sys.executable, "-c", script, str(out)], check=True, env=environment, timeout=120)  # noqa: S603
        written.append(out.read_bytes())
    assert written[0] == written[1] == written[2]
    with zipfile.ZipFile(tmp_path / "1.xlsx") as package:
        assert {info.date_time for info in package.infolist()} == {(2019, 6, 30, 0, 0, 0)}
