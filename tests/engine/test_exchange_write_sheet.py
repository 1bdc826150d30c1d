"""Tables written: text stays text, places and areas are right, what a spreadsheet would spoil is told."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from envzones.plugin.engine import geodesy
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.exchange import read, write
from envzones.plugin.engine.exchange.model import CrsChoice
from envzones.plugin.engine.exchange.write import WriteOptions, write_layers

from . import writing_world as world


def both() -> dict[str, Any]:
    return {"drinking_water_zone": (world.zones(), world.ZONE), "water_intake": (world.intakes(), world.INTAKE)}


def cells(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as stream:
        return list(csv.DictReader(stream))


def test_places_and_areas(tmp_path: Path) -> None:
    done = write.write(world.zones(), tmp_path / "a.csv", spec=world.ZONE)
    assert [note.code for note in done.notes] == ["shapes_left_out"]
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    first, _, third = cells(tmp_path / "a.csv")
    assert first["保护区级别"] == "一级保护区" and first["发文日期"] == "2018-03-25" and first["批复面积(ha)"] == "1.5"
    at = shapely.centroid(world.SHAPE)
    assert (float(first["代表点经度(CGCS2000)"]), float(first["代表点纬度(CGCS2000)"])) == pytest.approx((at.x, at.y), abs=5e-9)
    assert first["代表点经度(CGCS2000,度分秒)"].startswith("112°30′3") and first["代表点纬度(CGCS2000,度分秒)"].endswith("″N")
    true, flat = geodesy.area_m2([world.SHAPE])[0], geodesy.projected_area_m2([world.SHAPE])[0]
    assert float(first["椭球面积(公顷)"]) == pytest.approx(true / 1e4, abs=5e-5)
    assert float(first["椭球面积(亩)"]) == pytest.approx(true / 1e4 * 15, abs=5e-4)
    assert float(first["投影面积(公顷)"]) == pytest.approx(flat / 1e4, abs=5e-5)
    assert third["代表点经度(CGCS2000)"] == "" and third["椭球面积(公顷)"] == "" and third["名称"] == ""


def test_a_place_is_never_beside_its_shape(tmp_path: Path) -> None:
    ring = shapely.Point(world.X, world.Y).buffer(0.02).difference(shapely.Point(world.X, world.Y).buffer(0.01))
    write.write(gpd.GeoDataFrame({"n": [1]}, geometry=[ring], crs="EPSG:4490"), tmp_path / "a.csv")
    (row,) = cells(tmp_path / "a.csv")
    assert ring.contains(shapely.Point(float(row["代表点经度(CGCS2000)"]), float(row["代表点纬度(CGCS2000)"])))


def test_points_and_their_reader(tmp_path: Path) -> None:
    done = write.write(world.intakes(), tmp_path / "a.csv", WriteOptions(columns=("degrees", "dms", "xy", "wkt")), spec=world.INTAKE)
    assert [note.code for note in done.notes] == ["formula_guarded"] and done.notes[0].row == 2
    assert cells(tmp_path / "a.csv")[1]["名称"] == "'=SUM(A1)"
    foreign = read.read(tmp_path / "a.csv")
    assert foreign.declared is not None and foreign.declared.crs.to_epsg() == 4490
    assert shapely.equals_exact(foreign.frame.geometry.array, world.intakes().geometry.array, 5.1e-9).all()


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
@pytest.mark.parametrize("columns", [("degrees",), ("dms",), ("xy",), ("wkt",)])
def test_every_form_of_coordinates_is_read_again(tmp_path: Path, name: str, columns: tuple[str, ...]) -> None:
    crs = CrsChoice("EPSG:4526") if columns in (("xy",), ("wkt",)) else None
    write.write(world.intakes(), tmp_path / name, WriteOptions(columns=columns, crs=crs))
    foreign = read.read(tmp_path / name)
    truth = world.intakes() if crs is None else world.intakes().to_crs(4526)
    # Hundredths of a second are 3e-6 degrees.
    near = {"degrees": 1e-8, "dms": 2e-6, "xy": 1e-3, "wkt": 1e-4}[columns[0]]
    assert shapely.equals_exact(foreign.frame.geometry.array, truth.geometry.array, near).all()
    assert foreign.declared is not None and foreign.declared.crs.to_epsg() == (4490 if crs is None else 4526)


def test_gb18030_holds_every_character(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["沁河𬇕", "㑇"]}, geometry=[shapely.Point(1, 2)] * 2, crs="EPSG:4490")
    write.write(frame, tmp_path / "a.csv", WriteOptions(encoding="gb18030"))
    assert [row["name"] for row in cells(tmp_path / "a.csv", "gb18030")] == ["沁河𬇕", "㑇"]
    with pytest.raises(InputError, match="not 'big5'"):
        write.write(frame, tmp_path / "b.csv", WriteOptions(encoding="big5"))
    with pytest.raises(InputError, match="'utm' is no kind of column"):
        write.write(frame, tmp_path / "b.csv", WriteOptions(columns=("utm",)))


def test_formulas_are_text_and_numbers_stay(tmp_path: Path) -> None:
    texts = ["=1+1", "+86-391", "-甲", "@x", "\t=1", "-12.5", "+3", "普通", "#N/A", "1e5"]
    frame = gpd.GeoDataFrame({"=t": texts}, geometry=[shapely.Point(1, 2)] * len(texts), crs="EPSG:4490")
    write.write(frame, tmp_path / "a.csv", WriteOptions(columns=()))
    assert [row["'=t"] for row in cells(tmp_path / "a.csv")] == [
        "'=1+1", "'+86-391", "'-甲", "'@x", "'\t=1", "-12.5", "+3", "普通", "#N/A", "1e5",
    ]  # fmt: skip
    write.write(frame, tmp_path / "a.xlsx", WriteOptions(columns=()))
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert [cell.value for cell in sheet["A"]] == ["=t", *texts]
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
    assert sheet["A2"].quotePrefix and not sheet["A9"].quotePrefix


def test_a_workbook_of_several_layers(tmp_path: Path) -> None:
    write_layers(both(), tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["饮用水水源保护区", "取水口"]
    sheet = book["饮用水水源保护区"]
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref.startswith("A1:") and sheet.auto_filter.ref.endswith("4")
    heads = [cell.value for cell in sheet[1]]
    column = {head: k + 1 for k, head in enumerate(heads)}
    assert sheet.cell(2, column["保护区级别"]).value == "一级保护区"
    assert sheet.cell(2, column["发文日期"]).value == datetime(2018, 3, 25)
    assert sheet.cell(2, column["代表点经度(CGCS2000)"]).number_format == "0.000000"
    assert sheet.cell(2, column["椭球面积(公顷)"]).value == pytest.approx(geodesy.area_m2([world.SHAPE])[0] / 1e4, abs=5e-5)
    assert sheet.cell(4, column["名称"]).value is None
    assert all(sheet.column_dimensions[letter].width >= 8 for letter in "ABC")
    assert book.properties.creator == "EnvZones"


def test_what_a_workbook_would_spoil_is_kept_as_text_or_told(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {
            "id": [410881001001001001, 5], "long": ["字" * 40000, "短"], "old": [date(1850, 1, 2), date(2020, 1, 2)],
            "moment": pd.to_datetime(["2020-01-02 08:30", None]), "yes": pd.array([True, None], dtype="boolean"),
        },
        geometry=[shapely.Point(1, 2)] * 2, crs="EPSG:4490",
    )  # fmt: skip
    done = write.write(frame, tmp_path / "a.xlsx", WriteOptions(columns=()))
    assert [(note.code, note.row) for note in done.notes] == [("integer_as_text", 1), ("text_cut", 1)]
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    rows = [list(row) for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert rows[0][0] == "410881001001001001" and rows[1][0] == 5
    assert len(rows[0][1]) == 32767 and rows[0][1].endswith("…")
    assert rows[0][2] == "1850-01-02" and rows[1][2] == datetime(2020, 1, 2)
    assert rows[0][3] == datetime(2020, 1, 2, 8, 30) and rows[0][4] == "是" and rows[1][4] is None
    write.write(frame, tmp_path / "a.csv", WriteOptions(columns=(), labels=False))
    assert [row["yes"] for row in cells(tmp_path / "a.csv")] == ["true", ""]


def test_a_shape_too_long_for_a_cell_is_left_out_and_told(tmp_path: Path) -> None:
    shape = shapely.Point(world.X, world.Y).buffer(0.01, quad_segs=500)
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shape], crs="EPSG:4490")
    done = write.write(frame, tmp_path / "a.xlsx", WriteOptions(columns=("wkt",)))
    assert [note.code for note in done.notes] == ["text_cut"] and "left out" in done.notes[0].en
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active["B2"].value is None


def test_english_titles_or_names(tmp_path: Path) -> None:
    write.write(world.zones(), tmp_path / "a.csv", WriteOptions(lang="en", columns=("areas",)), spec=world.ZONE)
    assert list(cells(tmp_path / "a.csv")[0])[:3] == ["Stable id", "Name", "Zone level"]
    assert "Ellipsoidal area (mu)" in cells(tmp_path / "a.csv")[0]
    write.write(world.zones(), tmp_path / "b.csv", WriteOptions(titles=False, labels=False, columns=()), spec=world.ZONE)
    assert cells(tmp_path / "b.csv")[0]["level"] == "primary"


def test_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1561852800")
    for name in ("a.xlsx", "b.xlsx"):
        write_layers(both(), tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_old_grids_have_no_degrees(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(5e5, 3.9e6)], crs="EPSG:2435")
    done = write.write(frame, tmp_path / "a.csv", WriteOptions(columns=("degrees", "xy")))
    assert [note.code for note in done.notes] == ["no_degrees"]
    assert list(cells(tmp_path / "a.csv")[0]) == ["n", "X(北,EPSG:2435)", "Y(东,EPSG:2435)"]


def test_gcj02_is_in_the_titles(tmp_path: Path) -> None:
    write.write(world.intakes(), tmp_path / "a.csv", WriteOptions(crs=CrsChoice("gcj02")))
    assert "经度(GCJ-02)" in cells(tmp_path / "a.csv")[0]
    foreign = read.read(tmp_path / "a.csv")
    assert foreign.declared is not None and foreign.declared.datum == "gcj02"


def test_too_many_rows_for_a_worksheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from envzones.plugin.engine.exchange import write_sheet

    monkeypatch.setattr(write_sheet, "MAX_ROWS", 2)
    with pytest.raises(InputError, match="a worksheet holds 1; write a CSV"):
        write.write(world.intakes(), tmp_path / "a.xlsx")
