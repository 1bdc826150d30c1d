"""Tables: rows with their lines, cells as they were written, pieces that add up."""

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
from envzones.plugin.engine.exchange import sheet
from envzones.plugin.engine.exchange.model import ReadOptions


def write(path: Path, rows: list[list], codec: str = "gbk", **more) -> Path:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n", **more).writerows(rows)
    path.write_bytes(out.getvalue().encode(codec))
    return path


MAINLAND = "济源市沁河入河排污口位于五龙口镇"
HEAD = ["名称", "经度", "纬度", "备注"]
CELL = st.text(st.sampled_from('abc济源沁"\',;\t |0123.-=\n'), max_size=12)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=30), st.sampled_from([",", "\t", ";", "|"]),
    st.sampled_from(["gbk", "utf-8", "utf-8-sig"]))
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
    rows = [[f"厂{k}", "x" if k % 50 < bad else f"112.{k:04d}", "35.1",
        'a"b\nc' if k % 7 == 0 else ""] for k in range(n)]
    write(path, [["一览表"], [], HEAD, *rows])
    whole = sheet.read(path)
    pieces = list(sheet.read_chunks(path, size=size))
    assert sum(piece.count for piece in pieces) == whole.count == n
    assert np.concatenate([piece.rows for piece in pieces]).tolist() == whole.rows.tolist()
    assert pd.concat([piece.frame for piece in pieces])["名称"].tolist() == whole.frame["名称"].tolist()
    assert [one.row for piece in pieces for one in piece.rejects] == [one.row for one in whole.rejects]


def test_titles_rows_above_blank_rows_and_wide_rows(tmp_path):
    path = write(tmp_path / "a.csv", [["某市一览表"], ["单位:某局"], [], ["名称", "名称", "", "X坐标", "Y坐标"],
                                      ["a", "b", "c", "3848023.49", "38467956.06"], [], ["d", "e", "f", "3848023.49",
                                          "38467956.06", "g"],
                                      ["h", "i", "j", "3848023.49", ""]])  # fmt: skip
    found = sheet.read(path)
    assert [str(c) for c in found.frame.columns] == ["名称", "名称_2", "column_3", "X坐标", "Y坐标", "geometry"]
    assert found.count == 3 and len(found.frame) == 1 and {one.code for one in found.rejects} == {"too_many_cells",
        "bad_coordinates"}
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
    [("经度(GCJ02)", "gcj02", None), ("百度经度", "", None), ("经度(BD09)", "bd09", None), ("经度(CGCS2000)", "", 4490),
        ("经度(WGS84)", "", 4326),
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
    path = write(tmp_path / "a.csv", [["n", "wkt"], ["a", "SRID=4547;POLYGON ((0 0, 1 0, 1 1, 0 0))"], ["b",
        "POINT Z (1 2 3)"], ["c", "POLYGON"],
                                      ["d", ""], ["e", "POINT (nan 1)"]])  # fmt: skip
    found = sheet.read(path)
    assert found.declared.crs.to_epsg() == 4547 and len(found.frame) == 2 and [one.row for one in found.rejects] == [4, 5, 6]


def test_wkt_may_be_asked_for(tmp_path):
    path = write(tmp_path / "a.csv", [["a", "经度", "纬度", "wkt"], ["LINESTRING (1 1, 2 2)", "112.51234", "35.11234", "POINT (1 2)"]])
    assert sheet.read(path).frame.geometry.iloc[0].equals(shapely.Point(112.51234, 35.11234))
    assert sheet.read(path, ReadOptions(form="wkt")).frame.geometry.iloc[0].equals(shapely.Point(1, 2))
    assert sheet.read(path, ReadOptions(form="wkt", x="a")).frame.geometry.iloc[0].geom_type == "LineString"


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
    assert found.frame["日期"].tolist() == ["2019-09-27", "2019-09-27 08:30:00"] and found.frame["数量"].tolist() == [3,
        "007"]
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


def codes(found) -> set[str]:
    return {note.code for note in found.notes}


def test_one_row_is_a_table(tmp_path):
    assert sheet.read(write(tmp_path / "a.csv", [["名称", "经度", "纬度"], ["甲厂", "112.6", "35.1"]])).count == 1


def test_rows_that_cannot_be_of_the_tables_form_are_kept_apart(tmp_path):
    good = [["a", f"112.{k}{k}1234", "35.123456", ""] for k in range(1, 9)]
    found = sheet.read(write(tmp_path / "a.csv", [HEAD, *good, ["b", "1126", "35.1", ""], ["c", "35.1", "112.6", ""],
    ["d", "0", "0", ""]]))
    assert len(found.frame) == 8 and [one.row for one in found.rejects] == [10, 11, 12]
    metres = [["a", "467956.06", f"384802{k}.49"] for k in range(8)]
    found = sheet.read(write(tmp_path / "b.csv", [["名称", "Y", "X"], *metres, ["b", "112.6", "35.1"]]))
    assert len(found.frame) == 8 and [one.row for one in found.rejects] == [10] and "mixed_forms" in codes(found)


def test_packed_numbers_are_read_alike_in_all_pieces(tmp_path):
    rows = [["a", f"112{k % 60:02d}{k * 7 % 60:02d}", f"35{k * 11 % 60:02d}{k * 13 % 60:02d}", ""] for k in range(5000)]
    rows[4321][1] = "1127500"
    path = write(tmp_path / "a.csv", [HEAD, *rows])
    whole = sheet.read(path)
    assert [one.row for one in whole.rejects] == [4323] and "form" in codes(whole)
    xy = np.vstack([shapely.get_coordinates(piece.frame.geometry.array) for piece in sheet.read_chunks(path, size=700)])
    assert np.array_equal(xy, shapely.get_coordinates(whole.frame.geometry.array)) and 112 <= xy[:,
        0].min() and xy[:, 0].max() < 113


def test_text_that_breaks_far_down_is_told_with_its_line(tmp_path):
    rows = [[MAINLAND, "112.61234", "35.11234", ""] for _ in range(60)]
    path = write(tmp_path / "a.csv", [HEAD, *rows], "utf-8")
    path.write_bytes(path.read_bytes() + b"\xff\xfe\xfd,112.61234,35.11234,\r\n")
    found = sheet.read(path)
    assert found.count == 61 and [note.row for note in found.notes if note.code == "text_destroyed"] == [62]


def test_coarse_coordinates_are_told(tmp_path):
    assert "coarse" in codes(sheet.read(write(tmp_path / "a.csv", [HEAD, ["a", "112.61", "35.1", ""]])))
    assert "coarse" not in codes(sheet.read(write(tmp_path / "a.csv", [HEAD, ["a", "112.61234", "35.11234", ""]])))


def test_a_files_name_or_the_lines_above_may_say_the_system(tmp_path):
    rows = [HEAD, ["a", "112.61234", "35.11234", ""]]
    found = sheet.read(write(tmp_path / "清单_GCJ02.csv", rows)).declared
    assert found.datum == "gcj02" and found.where == "file name"
    found = sheet.read(write(tmp_path / "a.csv", [["坐标系:CGCS2000"], *rows])).declared
    assert found.crs.to_epsg() == 4490 and found.where == "header"


@pytest.mark.parametrize("data, words", [(b"\xd0\xcf\x11\xe0" + bytes(600), "xlsx"), (b"<html><table><tr>",
    "web page"), (b"", "no table"), (b"a\0b", "zero bytes")])
def test_what_is_no_table_is_refused(tmp_path, data, words):
    path = tmp_path / "a.xls"
    path.write_bytes(data)
    with pytest.raises(InputError, match=words):
        sheet.read(path)


def test_an_unknown_encoding_is_refused(tmp_path):
    with pytest.raises(InputError, match="no encoding"):
        sheet.read(write(tmp_path / "a.csv", [HEAD]), ReadOptions(encoding="klingon"))


def test_what_a_workbook_does_not_show_is_told(tmp_path):
    book = openpyxl.Workbook()
    page = book.active
    page.append(["名称", "经度", "纬度", "公式", "错误"])
    page.append(["甲", 112.51234, 35.11234, "=1+1", "#N/A"])
    page.append(["乙", "112.61234", "35.11234", None, None])
    page.row_dimensions[3].hidden = True
    path = tmp_path / "a.xlsx"
    book.save(path)
    found = sheet.read(path)
    assert len(found.frame) == 2 and codes(found) >= {"hidden_rows", "formulas_without_values", "error_cells"}
    assert any("D2" in note.en for note in found.notes)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(CELL, st.integers(0, 9999)), min_size=1, max_size=40))
def test_attributes_are_those_that_pandas_reads(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("t") / "a.csv"
    write(path, [HEAD, *([a, f"112.{k:04d}17", "35.123456", f"x{a}"] for a, k in cells)], "utf-8")
    found = sheet.read(path)
    expected = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    assert found.frame[HEAD].to_numpy().tolist() == expected[HEAD].to_numpy().tolist()
