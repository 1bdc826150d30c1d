"""Tables: texts in any codec, coordinates in any form, rows with their lines, pieces that add up."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.exchange import sheet, text
from envzones.plugin.engine.exchange.coordinates import parse, settle, split_pairs, unpacked
from envzones.plugin.engine.exchange.model import ReadOptions

from .messy import dms

# --------------------------------------------------------------------------------------------------------
# Text
# --------------------------------------------------------------------------------------------------------

MAINLAND = "济源市沁河入河排污口位于五龙口镇,由生态环境局负责监督管理,水质目标为三类。"
TAIWAN = "臺北市政府環境保護局公告飲用水水源水質保護區範圍圖說及相關規定。"


@pytest.mark.parametrize(
    "said, codec, found",
    [(MAINLAND, "utf-8", "utf-8"), (MAINLAND, "gbk", "gb18030"), (MAINLAND, "utf-8-sig", "utf-8-sig"), (TAIWAN, "big5", "big5"),
     (MAINLAND, "utf-16", "utf-16"), (MAINLAND, "gb18030", "gb18030"), ("㐀𠀀㐁 " + MAINLAND, "gb18030", "gb18030"),
     ("only ASCII", "ascii", "utf-8"), ("", "ascii", "utf-8"), ("济", "gbk", "gb18030"), ("沁河", "gbk", "gb18030")],
)  # fmt: skip
def test_the_codec_is_found(said, codec, found):
    seen = text.detect(said.encode(codec))
    assert seen.name == found and seen.zh and seen.en
    assert text.decode(said.encode(codec), seen) == said


def test_a_declaration_counts_where_the_bytes_bear_it_out():
    assert text.detect(MAINLAND.encode("gbk"), declared="GBK").sure
    assert text.detect(MAINLAND.encode("gbk"), declared="utf-8").name == "gb18030"
    assert text.detect(MAINLAND.encode("utf-8"), declared="gb2312").name == "utf-8"
    assert text.detect(TAIWAN.encode("big5"), declared="950").name == "big5"
    assert text.detect(MAINLAND.encode("gbk"), declared="ISO-8859-1").name == "gb18030"


COMMON = "".join(bytes([lead, trail]).decode("gb2312") for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF)
                 if not (lead == 0xD7 and trail > 0xF9))  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from(COMMON), min_size=4, max_size=60), st.sampled_from(["utf-8", "gbk"]))
def test_common_characters_are_never_mistaken(said, codec):
    data = said.encode(codec)
    seen = text.detect(data)
    if seen.name != ("utf-8" if codec == "utf-8" else "gb18030"):
        assert not seen.sure, f"{said} in {codec} was certainly {seen.name}"


@pytest.mark.parametrize(
    "said, bad",
    [(MAINLAND, False), ("锟斤拷锟斤拷", True), ("a\ufffdb", True), ("烫烫烫烫", True), ("名称????", True), ("真的吗??", False),
     (MAINLAND.encode("utf-8").decode("latin-1"), True), (MAINLAND[:9].encode("utf-8").decode("gb18030", "ignore"), True),
     ("CaféÀ", False), ("鐢浜涓 正常文字里偶有生僻字", False)],
)  # fmt: skip
def test_destroyed_text_is_told(said, bad):
    assert (text.destroyed(said) is not None) is bad


# --------------------------------------------------------------------------------------------------------
# Coordinates
# --------------------------------------------------------------------------------------------------------

SIGNS = {
    "signs": ("°", "′", "″"), "words": ("度", "分", "秒"), "quotes": ("°", "'", '"'), "mixed": ("º", "’", "”"), "blanks": (" ", " ", ""),
    "hyphens": ("-", "-", ""), "colons": (":", ":", ""),
}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.floats(73.0, 135.99), min_size=1, max_size=6), st.sampled_from(sorted(SIGNS)), st.sampled_from(["", "东经", "E "]))
def test_degrees_minutes_seconds_in_every_writing(values, form, axis):
    found = parse([axis + dms(value, SIGNS[form]) for value in values])
    assert not found.bad and found.form == "dms" and found.axis == ("E" if axis else "")
    assert np.abs(found.values - values).max() <= 0.0005 / 3600 + 1e-12


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(73, 135), st.integers(0, 59), st.integers(0, 599999)), min_size=1, max_size=10))
def test_packed_degrees_both_ways(parts):
    truth = np.array([d + m / 60 + s / 1e4 / 3600 for d, m, s in parts])
    short = np.array([float(f"{d}.{m:02d}{s:06d}") for d, m, s in parts])
    whole = np.array([float(f"{d}{m:02d}{s // 10000:02d}.{s % 10000:04d}") for d, m, s in parts])
    for numbers in (short, whole):
        values, wrong = unpacked(numbers)
        assert not wrong.any() and np.abs(values - truth).max() < 1e-9
    assert unpacked(np.array([112.6, 1126000.0]))[1].all()


def test_packed_is_told_from_metres_by_both_columns():
    lon, lat = parse(["1123600", "1125959.5"]), parse(["350400", "345959.25"])
    assert lon.form == "metres"
    lon, lat = settle(lon, lat, None)
    assert np.allclose(lon.values, [112.6, 112 + 59 / 60 + 59.5 / 3600]) and np.allclose(lat.values[0], 35 + 4 / 60)
    east, north = settle(parse(["467956.06"] * 3), parse(["3848023.49"] * 3), None)
    assert east.form == north.form == "metres" and east.values[0] == 467956.06


def test_what_may_be_packed_is_asked():
    lon, lat = [f"112.{m:02d}{s:02d}" for m, s in zip(range(10, 50, 4), range(1, 60, 6))], [f"35.{m:02d}12" for m in range(10, 30, 2)]
    with pytest.raises(InputError, match="degrees or packed"):
        settle(parse(lon), parse(lat), None)
    assert settle(parse(["112.6543", "112.7777"]), parse(["35.01", "35.99"]), None)[0].form == "degrees"


@pytest.mark.parametrize(
    "cell, value",
    [("3,848,023.5", 3848023.5), ("38467956.06米", 38467956.06), ("112,6", 112.6), ("１１２．６", 112.6), ("112.6°", 112.6), (" 112.6 ", 112.6),
     ("112度36分", 112.6), ("112°36.0′", 112.6), ("东经:112.6", 112.6), ("112.6E", 112.6), (112.6, 112.6), ("1.126e2", 112.6)],
)  # fmt: skip
def test_single_cells(cell, value):
    found = parse([cell])
    assert not found.bad and found.values[0] == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("cell", ["", None, "abc", "112°75′", "112°36′61″", "nan", "inf", "1e999", "--", "112..6", "°", "经度", "12°3.5′4″"])
def test_cells_that_are_no_coordinate_say_so(cell):
    found = parse([cell, "112.6"])
    assert list(found.bad) == [0] and np.isnan(found.values[0]) and found.values[1] == 112.6
    assert all(found.bad[0])


def test_pairs_in_one_cell():
    cells = ["东经114度7分33.897秒,北纬35度37分41.353秒", "北纬35度37分,东经114度7分", "114.3,34.8", "(114.3 34.8)", "E114.3°, N34.8°", "x"]
    one, other = split_pairs(cells)
    assert parse(one).values[:5] == pytest.approx([114 + 7 / 60 + 33.897 / 3600, 114 + 7 / 60, 114.3, 114.3, 114.3])
    assert parse(other).values[1:5] == pytest.approx([35 + 37 / 60, 34.8, 34.8, 34.8])
    assert one[5] is None


# --------------------------------------------------------------------------------------------------------
# Tables
# --------------------------------------------------------------------------------------------------------


def write(path: Path, rows: list[list], codec: str = "gbk", **more) -> Path:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n", **more).writerows(rows)
    path.write_bytes(out.getvalue().encode(codec))
    return path


HEAD = ["名称", "经度", "纬度", "备注"]
CELL = st.text(st.sampled_from('abc济源沁"\',;\t |0123.-=\n'), max_size=12)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=30), st.sampled_from([",", "\t", ";", "|"]), st.sampled_from(["gbk", "utf-8", "utf-8-sig"]))
def test_every_cell_is_what_was_written(tmp_path_factory, cells, separator, codec):
    """As Python's own csv module reads it; and each row knows its line, though line ends stand in cells."""
    path = tmp_path_factory.mktemp("t") / "a.csv"
    rows = [[a, f"112.{k:04d}", "35.1", b] for k, (a, b) in enumerate(cells)]
    write(path, [HEAD, *rows], codec, delimiter=separator)
    found = sheet.read(path)
    assert found.count == len(rows) and not found.rejects
    with path.open(encoding=codec, newline="") as stream:
        reader = csv.reader(stream, delimiter=separator)
        expected, lines, line = [], [], 0
        for row in reader:
            expected.append(row)
            lines.append(line + 1)
            line = reader.line_num
    assert found.frame[HEAD].fillna("").to_numpy().tolist() == expected[1:]
    assert found.rows.tolist() == lines[1:]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 400), st.integers(1, 90), st.integers(0, 5))
def test_pieces_are_the_whole(tmp_path_factory, n, size, bad):
    path = tmp_path_factory.mktemp("t") / "a.csv"
    rows = [[f"厂{k}", "x" if k % 50 < bad else f"112.{k:04d}", "35.1", 'a"b\nc' if k % 7 == 0 else ""] for k in range(n)]
    write(path, [["一览表"], [], HEAD, *rows])
    whole = sheet.read(path)
    pieces = list(sheet.read_chunks(path, size=size))
    assert sum(piece.count for piece in pieces) == whole.count == n
    assert np.concatenate([piece.rows for piece in pieces]).tolist() == whole.rows.tolist()
    assert pd.concat([piece.frame for piece in pieces])["名称"].tolist() == whole.frame["名称"].tolist()
    assert [one.row for piece in pieces for one in piece.rejects] == [one.row for one in whole.rejects]


def test_titles_rows_above_blank_rows_and_wide_rows(tmp_path):
    path = write(tmp_path / "a.csv", [["某市一览表"], ["单位:某局"], [], ["名称", "名称", "", "X坐标", "Y坐标"],
                                      ["a", "b", "c", "3848023.49", "38467956.06"], [], ["d", "e", "f", "3848023.49", "38467956.06", "g"],
                                      ["h", "i", "j", "3848023.49", ""]])  # fmt: skip
    found = sheet.read(path)
    assert [str(c) for c in found.frame.columns] == ["名称", "名称_2", "column_3", "X坐标", "Y坐标", "geometry"]
    assert found.count == 3 and len(found.frame) == 1 and {one.code for one in found.rejects} == {"too_many_cells", "bad_coordinates"}
    assert [one.row for one in found.rejects] == [7, 8]
    assert found.frame.geometry.iloc[0].equals(shapely.Point(38467956.06, 3848023.49))
    assert {note.code for note in found.notes} >= {"titles_doubled", "titles_empty", "north_first"}


def test_columns_may_be_named(tmp_path):
    path = write(tmp_path / "a.csv", [["a", "b", "c"], ["35.1", "n", "112.5"]])
    with pytest.raises(InputError, match="known to hold coordinates"):
        sheet.read(path)
    assert sheet.read(path, ReadOptions(x="c", y="a")).frame.geometry.iloc[0].equals(shapely.Point(112.5, 35.1))
    with pytest.raises(InputError, match="no column 'z'"):
        sheet.read(path, ReadOptions(x="z", y="a"))
    bare = write(tmp_path / "b.csv", [["n", "112.5", "35.1"], ["m", "112.6", "35.2"]])
    found = sheet.read(bare, ReadOptions(header_row=0, x="column_2", y="column_3"))
    assert len(found.frame) == 2 and found.frame["column_1"].tolist() == ["n", "m"]


@pytest.mark.parametrize(
    "title, datum, epsg",
    [("经度(GCJ02)", "gcj02", None), ("百度经度", "", None), ("经度(BD09)", "bd09", None), ("经度(CGCS2000)", "", 4490), ("经度(WGS84)", "", 4326),
     ("经度", "", None)],
)  # fmt: skip
def test_titles_may_say_the_system(tmp_path, title, datum, epsg):
    path = write(tmp_path / "a.csv", [["名称", title, "纬度"], ["a", "112.5", "35.1"]])
    if title == "百度经度":
        with pytest.raises(InputError):
            sheet.read(path)
        return
    found = sheet.read(path).declared
    assert (found.datum if found else "") == datum
    assert (found.crs.to_epsg() if found and found.crs else None) == epsg


def test_wkt_with_an_srid(tmp_path):
    path = write(tmp_path / "a.csv", [["n", "wkt"], ["a", "SRID=4547;POLYGON ((0 0, 1 0, 1 1, 0 0))"], ["b", "POINT Z (1 2 3)"], ["c", "POLYGON"],
                                      ["d", ""], ["e", "POINT (nan 1)"]])  # fmt: skip
    found = sheet.read(path)
    assert found.declared.crs.to_epsg() == 4547 and len(found.frame) == 2 and [one.row for one in found.rejects] == [4, 5, 6]


def test_workbooks(tmp_path):
    book = openpyxl.Workbook()
    page = book.active
    page.title = "清单"
    page.append(["济源市排污口清单"])
    page.append(["名称", "坐标", None, "日期", "数量", "公式", "错误"])
    page.append([None, "经度", "纬度", None, None, None, None])
    page.merge_cells("B2:C2")
    page.append(["甲", 112.5, 35.1, dt.date(2019, 9, 27), 3.0, "=1+1", "#N/A"])
    page.append(["乙", "112°36′", "35°4′", dt.datetime(2019, 9, 27, 8, 30), "007", None, None])
    page.append(["丙", None, 35.1])
    other = book.create_sheet("说明")
    other.append(["填表说明"])
    path = tmp_path / "a.xlsx"
    book.save(path)
    found = sheet.read(path)
    assert found.name == "清单" and found.count == 3 and [one.row for one in found.rejects] == [6]
    assert [str(c) for c in found.frame.columns[:6]] == ["名称", "经度", "纬度", "日期", "数量", "公式"]
    assert found.frame["日期"].tolist() == ["2019-09-27", "2019-09-27 08:30:00"] and found.frame["数量"].tolist() == [3, "007"]
    assert found.frame["错误"].isna().all() and found.rows.tolist() == [4, 5]
    assert shapely.get_coordinates(found.frame.geometry.array)[1] == pytest.approx([112.6, 35 + 4 / 60])
    assert {one.name for one in sheet.layers(path)} == {"清单", "说明"}
    with pytest.raises(InputError, match="no sheet 'x'"):
        sheet.read(path, ReadOptions(layer="x"))


def test_two_sheets_that_could_be_meant_are_asked_for(tmp_path):
    book = openpyxl.Workbook()
    for name in ("一", "二"):
        page = book.create_sheet(name)
        page.append(["名称", "经度", "纬度"])
        page.append(["a", 112.5, 35.1])
    path = tmp_path / "a.xlsx"
    book.save(path)
    with pytest.raises(InputError, match="say which one"):
        sheet.read(path)
    assert len(sheet.read(path, ReadOptions(layer="二")).frame) == 1


def test_numbered_points_are_told(tmp_path):
    path = write(tmp_path / "a.csv", [["地块", "点号", "X", "Y"], ["a", "J1", "3848023.4", "38467956.0"]])
    assert any(note.code == "numbered_points" and "delineate" in note.en for note in sheet.read(path).notes)


def test_a_table_without_rows_is_empty_not_an_error(tmp_path):
    found = sheet.read(write(tmp_path / "a.csv", [HEAD]))
    assert found.count == 0 and len(found.frame) == 0 and [str(c) for c in found.frame.columns] == [*HEAD, "geometry"]
