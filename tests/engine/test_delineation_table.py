"""Vertex tables: forms of angles, headings, rings, closing points, crossings, and how exact they are."""

from __future__ import annotations

import json

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from pyproj import Transformer

from envzones.plugin.engine import delineation as dl
from envzones.plugin.engine.delineation_angles import in_dms, read_coordinate
from envzones.plugin.engine.delineation_sheet import sheet_of, split_text
from envzones.plugin.engine.errors import InputError

SOURCE = dl.Source("示例水源地")
SQUARE = [(114.0, 35.0), (114.01, 35.0), (114.01, 35.01), (114.0, 35.01)]


def sheet(text, **options):
    return sheet_of(split_text(text), "拐点表", **options)


def draw(text, **options):
    return dl.vertex_zones(sheet(text), SOURCE, **options)


def table(places, head="序号,东经,北纬", first=1):
    return "\n".join([head, *(f"{n},{x},{y}" for n, (x, y) in enumerate(places, first))])


@pytest.mark.parametrize(
    ("said", "value", "step"),
    [
        ("114°3′19″", 114 + 3 / 60 + 19 / 3600, 1 / 3600),
        ("114º03'19.5\"", 114 + 3 / 60 + 19.5 / 3600, 0.1 / 3600),
        ("114度7分33.897秒", 114 + 7 / 60 + 33.897 / 3600, 0.001 / 3600),
        ("东经114度7分33.897秒", 114 + 7 / 60 + 33.897 / 3600, 0.001 / 3600),
        ("E114°3’19”", 114 + 3 / 60 + 19 / 3600, 1 / 3600),
        ("114°3′19″E", 114 + 3 / 60 + 19 / 3600, 1 / 3600),
        ("114 03 19", 114 + 3 / 60 + 19 / 3600, 1 / 3600),
        ("114:03:19", 114 + 3 / 60 + 19 / 3600, 1 / 3600),
        ("１１４°３′１９″", 114 + 3 / 60 + 19 / 3600, 1 / 3600),
        ("114°3.25′", 114 + 3.25 / 60, 0.01 / 60),
        ("114°", 114.0, 1.0),
        ("114.0553", 114.0553, 1e-4),
        ("114.05530", 114.0553, 1e-5),
        ("3848023.49", 3848023.49, 0.01),
    ],
)
def test_ways_of_writing_a_coordinate(said, value, step):
    one = read_coordinate(said, "here")
    assert one.value == pytest.approx(value, abs=1e-12)
    assert one.step == pytest.approx(step)


def test_packed_degrees_only_when_asked():
    assert read_coordinate("114.0319", "").value == 114.0319
    assert read_coordinate("114.0319", "", packed=True).value == pytest.approx(114 + 3 / 60 + 19 / 3600)
    assert read_coordinate("114.03195", "", packed=True).step == pytest.approx(0.1 / 3600)


@pytest.mark.parametrize("said", ["114°60′0″", "114°3′60″", "114.5°3′", "east", "114°3′19″x", "", "1e3", "nan"])
def test_what_is_no_coordinate(said):
    with pytest.raises(InputError, match="row 7"):
        read_coordinate(said, "row 7")


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 59))
def test_whole_seconds_come_back(d, m, s):
    said = f"{d}°{m}′{s}″"
    assert in_dms(read_coordinate(said, "").value) == said


def test_a_table_of_whole_seconds_is_good_to_half_a_second():
    rows = ["拐点序号 东经 北纬 备注"] + [
        f"{n} {in_dms(x)} {in_dms(y)} 示意" for n, (x, y) in enumerate(SQUARE, 1)
    ]
    result = draw("\n".join(rows))
    assert result.zone["accuracy_m"].tolist() == [15.0]
    assert json.loads(result.zone["parameters"].iloc[0])["choices"]["last_digit"] == "1″"
    assert shapely.equals(result.zone.geometry.iloc[0], shapely.MultiPolygon([shapely.Polygon(SQUARE)]))
    assert result.zone["extent_text"].iloc[0] == "由拐点1至4(共4个)顺次连线所围的区域"
    assert not len(result.issue)


def test_a_worse_survey_counts_more_than_the_last_digit():
    result = draw(table(SQUARE), accuracy=dl.Figure(800.0))
    assert result.zone["accuracy_m"].tolist() == [800.0]


@pytest.mark.parametrize("more", ["\n5,114.0,35.0", "\n1,114.0,35.0"])
def test_a_closing_point_is_no_vertex(more):
    result = draw(table(SQUARE) + more)
    assert shapely.get_num_coordinates(result.zone.geometry.iloc[0]) == 5


def test_a_closing_point_of_the_same_name_elsewhere_is_refused():
    with pytest.raises(InputError, match=r"line 6: the closing point 1 lies \d+\.\d m from the first"):
        draw(table(SQUARE) + "\n1,114.0001,35.0")


def test_a_boundary_that_crosses_itself_is_refused_with_the_place():
    bow = [SQUARE[0], SQUARE[1], SQUARE[3], SQUARE[2]]
    with pytest.raises(InputError, match=r"edges 2-3 and 4-1 meet at 114\.005000, 35\.005000 \(lines 3 and 5\)"):
        draw(table(bow))


def test_a_boundary_that_runs_back_is_refused():
    back = [(114.0, 35.0), (114.02, 35.0), (114.01, 35.0), (114.01, 35.01)]
    with pytest.raises(InputError, match="crosses itself"):
        draw(table(back))


def test_numbers_give_the_order_and_gaps_are_told():
    text = "序号,东经,北纬\n1,114,35\n3,114.01,35.01\n2,114.01,35\n5,114,35.01"
    result = draw(text)
    assert result.issue["code"].tolist() == ["reordered", "serial_missing"]
    assert "4" in result.issue["message_zh"].iloc[1]
    assert result.zone.geometry.iloc[0].equals(shapely.Polygon(SQUARE))


def test_a_number_that_stands_twice_is_refused():
    with pytest.raises(InputError, match="line 4: point 2 stands twice"):
        draw("序号,东经,北纬\n1,114,35\n2,114.01,35\n2,114.01,35.01\n3,114,35.01")


def test_equal_neighbours_are_one_place():
    result = draw("序号,东经,北纬\n1,114,35\n2,114.01,35\n3,114.01,35\n4,114.01,35.01\n5,114,35.01")
    assert result.issue["code"].tolist() == ["repeated"]


def test_two_points_are_no_boundary():
    with pytest.raises(InputError, match="three points"):
        draw(table(SQUARE[:2]))


HOLE = [(114.004, 35.004), (114.006, 35.004), (114.006, 35.006), (114.004, 35.006)]
APART = [(114.1, 35.0), (114.11, 35.0), (114.11, 35.01)]


def test_rings_by_their_own_column_by_closing_and_by_numbers_that_begin_again():
    expected = shapely.difference(shapely.Polygon(SQUARE), shapely.Polygon(HOLE))
    by_column = "\n".join(
        ["点号,圈号,东经,北纬"] + [f"J{n},1,{x},{y}" for n, (x, y) in enumerate(SQUARE, 1)]
        + [f"J{n},2,{x},{y}" for n, (x, y) in enumerate(HOLE, 5)]
    )  # fmt: skip
    by_closing = table(SQUARE) + "\n1,114.0,35.0\n" + table(HOLE, "", 5).strip()
    by_number = table(SQUARE) + "\n" + table(HOLE, "").strip()
    for text in (by_column, by_closing, by_number):
        result = draw(text)
        assert shapely.equals(result.zone.geometry.iloc[0], expected)
    two = draw(table(SQUARE) + "\n" + table(APART, "").strip())
    assert len(two.zone.geometry.iloc[0].geoms) == 2


def test_boundaries_that_cross_each_other_are_refused():
    across = [(114.005, 34.99), (114.015, 34.99), (114.015, 35.005), (114.005, 35.005)]
    with pytest.raises(InputError, match="two boundaries of one zone cross at 114.0"):
        draw(table(SQUARE) + "\n" + table(across, "").strip())


def test_zones_by_their_level():
    head = "级别,序号,东经,北纬"
    rows = [f"一级保护区,{n},{x},{y}" for n, (x, y) in enumerate(HOLE, 1)]
    rows += [f"二级保护区,{n},{x},{y}" for n, (x, y) in enumerate(SQUARE, 1)]
    result = draw("\n".join([head, *rows]))
    assert result.zone["level"].tolist() == ["primary", "secondary"]
    titled = "\n".join(["序号,东经,北纬", "一级保护区,,", *(r.split(",", 1)[1] for r in rows[:4]), "二级保护区,,",
                        *(r.split(",", 1)[1] for r in rows[4:])])  # fmt: skip
    assert draw(titled).zone["level"].tolist() == ["primary", "secondary"]


def test_two_halves_side_by_side():
    text = "序号,东经,北纬,序号,东经,北纬\n1,114,35,3,114.01,35.01\n2,114.01,35,4,114,35.01"
    assert draw(text).zone.geometry.iloc[0].equals(shapely.Polygon(SQUARE))


def test_a_table_without_headings_tells_east_from_north_by_the_numbers():
    plain = "\n".join(f"{n} {y} {x}" for n, (x, y) in enumerate(SQUARE, 1))
    result = draw(plain)
    assert result.issue["code"].tolist() == ["axes_swapped"]
    assert result.zone.geometry.iloc[0].equals(shapely.Polygon(SQUARE))


def test_projected_metres_with_and_without_the_zone():
    forward = Transformer.from_crs("EPSG:4490", "EPSG:4526", always_xy=True)
    rows = [f"J{n},{y:.3f},{x:.3f}" for n, (x, y) in enumerate((forward.transform(*p) for p in SQUARE), 1)]
    result = draw("\n".join(["点号,X,Y", *rows]))
    assert json.loads(result.zone["parameters"].iloc[0])["choices"]["crs"] == "EPSG:4526"
    assert result.zone["accuracy_m"].iloc[0] == pytest.approx(0.0005)
    got = shapely.Polygon(SQUARE)
    assert shapely.hausdorff_distance(result.zone.geometry.iloc[0], got) < 1e-6
    bare = [f"{n},{y:.3f},{x - 38e6:.3f}" for n, (x, y) in enumerate((forward.transform(*p) for p in SQUARE), 1)]
    text = "\n".join(["点号,X,Y", *bare])
    with pytest.raises(InputError, match="without the number of their zone"):
        draw(text)
    assert shapely.hausdorff_distance(draw(text, crs="EPSG:4547").zone.geometry.iloc[0], got) < 1e-6
    with pytest.raises(InputError, match="does not hold degrees"):
        draw(text, crs="EPSG:4490")
    with pytest.raises(InputError, match="no reference system"):
        draw(text, crs="EPSG:0")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("序号,东经,北纬\n1,114,35\n2,114.01,", "line 3: one coordinate is empty"),
        ("序号,东经,北纬\n1,114,35\n2,114.0l,35", "line 3: '114.0l'"),
        ("序号,东经,北纬\n1,114,35\n2,35,114\n3,114,36", "change places"),
        ("序号,东经,北纬\n1,114,35\n2,500000,3848023\n3,114,36", "mixed"),
        ("序号,东经,北纬", "no vertex"),
        ("甲,乙\n丙,丁", "no two columns"),
        ("级别,序号,东经,北纬\n三级,1,114,35", "no level"),
    ],
)
def test_tables_that_cannot_be_read(text, message):
    with pytest.raises(InputError, match=message):
        draw(text)


def test_files_of_every_kind_are_the_same_table(tmp_path):
    text = table(SQUARE)
    files = [tmp_path / "a.csv", tmp_path / "b.txt", tmp_path / "c.xlsx", tmp_path / "d.csv"]
    files[0].write_text("\ufeff" + text, encoding="utf-8")
    files[1].write_text(text.replace(",", "\t"), encoding="utf-8")
    book = Workbook()
    book.active.append(["盘石头水库拐点坐标表"])
    for row in text.splitlines():
        book.active.append([float(v) if "." in v else v for v in row.split(",")])
    book.save(files[2])
    files[3].write_bytes(text.encode("gb18030"))
    shapes = [dl.vertex_zones(path, SOURCE).zone.geometry.iloc[0] for path in files]
    assert all(shape.equals(shapely.Polygon(SQUARE)) for shape in shapes)
    with pytest.raises(InputError, match="no sheet 'x'; it has Sheet"):
        dl.read_sheet(files[2], sheet="x")
    with pytest.raises(InputError, match="no file"):
        dl.read_sheet(tmp_path / "none.csv")
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(InputError, match="save it as csv"):
        dl.read_sheet(tmp_path / "a.pdf")
    (tmp_path / "bad.xlsx").write_bytes(b"no zip")
    with pytest.raises(InputError, match="cannot be read as a workbook"):
        dl.read_sheet(tmp_path / "bad.xlsx")
