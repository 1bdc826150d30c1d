"""Boundary-point TXT as offices write it: every dialect read, every contradiction told, nothing repaired in silence."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import CRS

from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.exchange import boundary_txt, crs_systems
from envzones.plugin.engine.exchange.boundary_txt import is_boundary_txt, layers, read
from envzones.plugin.engine.exchange.model import Foreign, ReadOptions

#: A plot of exactly 5.7089 ha in zone 38 (north, east), clockwise from its north-west corner.
PLOT = ((3853189.0, 38520986.0), (3853189.0, 38521223.87), (3852949.0, 38521223.87), (3852949.0, 38520986.0))
HOLE = ((3853100.0, 38521100.0), (3853050.0, 38521100.0), (3853050.0, 38521150.0), (3853100.0, 38521150.0))
ASIDE = ((3853500.0, 38521500.0), (3853500.0, 38521600.0), (3853400.0, 38521600.0), (3853400.0, 38521500.0))
HEADER = """[属性描述]
格式版本号=1.01版本
数据产生单位=示例测绘队
数据产生日期=2019-4-19
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=38
精度=0.001
转换参数=0,0,0,0,0,0,0
[地块坐标]
"""
PLOT_LINE = "5,5.7089,1,示例单元A-01地块,面,,,,@\n"


def points(ring: Sequence[tuple[float, float]] = PLOT, *, form: str = "J{:02d},{},{:.3f},{:.3f}", number: int = 1,
           close: bool = True) -> str:  # fmt: skip
    rows = [form.format(k, number, *pair) for k, pair in enumerate(ring, 1)]
    return "\n".join([*rows, rows[0]] if close else rows) + "\n"


GOOD = HEADER + PLOT_LINE + points()


@pytest.fixture()
def opened(tmp_path: Path) -> Any:
    def make(said: str | bytes, options: ReadOptions | None = None, encoding: str = "utf-8") -> Foreign:
        path = tmp_path / "报备坐标.txt"
        path.write_bytes(said if isinstance(said, bytes) else said.encode(encoding))
        found = read(path, options or ReadOptions())
        assert found.count == len(found.frame) + len(found.rejects) and len(found.rows) == len(found.frame)
        assert found.format == "txt" and found.name == "报备坐标"
        assert (found.frame.crs is None) == (found.declared is None or found.declared.crs is None)
        return found

    return make


def codes(found: Foreign) -> set[str]:
    return {note.code for note in found.notes if note.severity != "info"}


def epsg(found: Foreign) -> int | None:
    return found.declared.crs.to_epsg() if found.declared is not None and found.declared.crs is not None else None


def assert_plot(found: Foreign) -> None:
    assert len(found.frame) == 1 and not found.rejects
    ring = shapely.Polygon([(east, north) for north, east in PLOT])
    assert found.frame.geometry.iloc[0].equals_exact(ring, 1e-6)


def test_the_usual_form(opened: Any) -> None:
    found = opened(GOOD)
    assert_plot(found)
    row = found.frame.iloc[0]
    assert (row.plot_no, row.plot_name, row.kind, row.area_ha) == ("1", "示例单元A-01地块", "面", 5.7089)
    assert row.map_sheet is None and row.land_use is None and row.land_class is None
    assert f"{row.geometry.area / 1e4:.4f}" == "5.7089"
    assert epsg(found) == 4526 and "带号=38" in found.declared.words and found.declared.where == "header"
    assert found.rows.tolist() == [13] and codes(found) == set()
    assert list(found.frame.columns) == [
        "plot_no", "plot_name", "area_ha", "kind", "map_sheet", "land_use", "land_class", "geometry"
    ]  # fmt: skip
    header = next(note for note in found.notes if note.code == "header")
    assert "数据产生单位=示例测绘队" in header.zh and "精度=0.001" in header.en


BLOCKS = {
    "full-width brackets": GOOD.replace("[", "【").replace("]", "】"),
    "other full-width brackets": GOOD.replace("[", "［").replace("]", "］"),
    "full-width signs": GOOD.replace("=", "＝").replace(",", "，").replace("@", "＠"),
    "colons": GOOD.replace("=", "："),
    "a block for the project": "[项目信息]\n项目名称=示例\n项目编号=\n" + GOOD,
    "keys in another order": "\n".join([GOOD.split("\n")[0], *GOOD.split("\n")[10:0:-1], *GOOD.split("\n")[11:]]),
    "no block of points": GOOD.replace("[地块坐标]\n", ""),
    "no block of attributes": GOOD.replace("[属性描述]\n", ""),
    "blank lines": GOOD.replace("\n", "\n\n  \n"),
    "spaces at ends": GOOD.replace("\n", "  \t\n "),
    "comments": "# 导出\n// 由某程序\n" + GOOD,
    "no line end": GOOD.rstrip("\n"),
    "CRLF": GOOD.replace("\n", "\r\n"),
    "CR": GOOD.replace("\n", "\r"),
    "zone in words": GOOD.replace("几度分带=3", "几度分带=3度带").replace("带号=38", "带号=38带"),
    "zone in Chinese": GOOD.replace("几度分带=3", "几度分带=三度带"),
    "no zone": GOOD.replace("带号=38", "带号="),
    "the meridian as the zone": GOOD.replace("带号=38", "带号=114"),
    "central meridian": GOOD.replace("带号=38", "中央子午线=114"),
    "precision as digits": GOOD.replace("精度=0.001", "精度=3"),
    "precision of 0.0001": GOOD.replace("精度=0.001", "精度=0.0001"),
    "parameters blank": GOOD.replace("=0,0,0,0,0,0,0", "="),
    "parameters as commas": GOOD.replace("=0,0,0,0,0,0,0", "=,,,,,,"),
    "@ first": GOOD.replace(PLOT_LINE, "@5,5.7089,1,示例单元A-01地块,面,,,\n"),
    "@ first, in a cell": GOOD.replace(PLOT_LINE, "@,5,5.7089,1,示例单元A-01地块,面,,,\n"),
    "no @": GOOD.replace(PLOT_LINE, "5,5.7089,1,示例单元A-01地块,面,,,\n"),
    "@ glued": GOOD.replace(PLOT_LINE, "5,5.7089,1,示例单元A-01地块,面@\n"),
    "points end in @": GOOD.replace("38520986.000\n", "38520986.000,@\n"),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("name", BLOCKS)
def test_headers_and_signs(opened: Any, name: str, encoding: str) -> None:
    found = opened(BLOCKS[name], encoding=encoding)
    assert_plot(found)
    assert epsg(found) == 4526 and codes(found) == set()
    assert found.frame.plot_name.iloc[0] == "示例单元A-01地块" and found.frame.area_ha.iloc[0] == 5.7089
    assert is_boundary_txt(BLOCKS[name].encode(encoding)[:8192])


POINTS = {
    "J1": points(form="J{},{},{:.3f},{:.3f}"),
    "bare numbers": points(form="{},{},{:.3f},{:.3f}"),
    "blank labels": points(form="").replace("\n", "") or "\n".join(f",1,{n:.3f},{e:.3f}" for n, e in (*PLOT, PLOT[0])),
    "blank rings": points(form="J{},,{2:.3f},{3:.3f}".replace("{}", "{0}")),
    "no closing point": points(close=False),
    "closing point with a name of its own": points(close=False) + "J05,1,3853189.000,38520986.000\n",
    "ring before label": points(form="{1},J{0},{2:.3f},{3:.3f}"),
    "spaces between": points(form="J{} {} {:.3f} {:.3f}"),
    "semicolons between": points(form="J{};{};{:.3f};{:.3f}"),
    "tabs between": points(form="J{}\t{}\t{:.3f}\t{:.3f}"),
    "full-width": points(form="Ｊ{}，{}，{:.3f}，{:.3f}").replace("1", "１"),
    "a fifth cell": points(form="J{},{},{:.3f},{:.3f},50.12"),
    "no ring": points(form="J{0},{2:.3f},{3:.3f}"),
    "pairs": points(form="{2:.3f},{3:.3f}"),
    "whole metres": points(form="J{},{},{:.0f},{:.2f}"),
}


@pytest.mark.parametrize("name", POINTS)
def test_points(opened: Any, name: str) -> None:
    found = opened(HEADER + PLOT_LINE + POINTS[name])
    assert_plot(found)
    assert epsg(found) == 4526 and codes(found) == set()


@pytest.mark.parametrize("form, sure", [("J{:02d},{},{:.3f},{:.3f}", True), ("J{0},{2:.3f},{3:.3f}", True), ("{2:.3f},{3:.3f}", True),
                                        ("{2:.3f} {3:.3f}", True), ("{2:.3f},{3:.3f},12.5", True)])  # fmt: skip
def test_coordinates_only(opened: Any, form: str, sure: bool) -> None:
    said = points(form=form)
    found = opened(said)
    assert_plot(found)
    assert found.declared is None and found.frame.area_ha.isna().all()
    assert is_boundary_txt(said.encode()) == sure


def test_coordinates_only_of_several_plots(opened: Any) -> None:
    for close in (True, False):
        said = points(close=close) + points(HOLE, number=2, close=close) + points(ASIDE, close=close)
        found = opened(said)
        assert [len(shape.interiors) for shape in found.frame.geometry] == [1, 0]
        assert "plots_by_rings" in {note.code for note in found.notes}
        assert found.rows.tolist() == [1, 11 if close else 9]
    pairs = points(form="{2:.3f},{3:.3f}") + "\n" + points(ASIDE, form="{2:.3f},{3:.3f}")
    assert len(opened(pairs).frame) == 2


def test_labels_and_rings_that_look_like_a_place(opened: Any) -> None:
    """Point 114 of ring 35, and a height behind a pair."""
    assert_plot(opened(HEADER + PLOT_LINE + points(form="{0}14,35,{2:.3f},{3:.3f}", close=False)))
    assert_plot(opened(HEADER + PLOT_LINE + points(form="{2:.3f},{3:.3f},14.5,0")))


@pytest.mark.parametrize("said", [3, 4, 5, 6])
def test_count_of_points(opened: Any, said: int) -> None:
    for close in (True, False):
        found = opened(HEADER + PLOT_LINE.replace("5,", f"{said},", 1) + points(close=close))
        assert_plot(found)
        assert ("count_differs" in codes(found)) == (said in (3, 6))


def test_twelve_fields_and_what_stands_beside_the_mark(opened: Any) -> None:
    line = "5,5.7089,G-1,甲地块,面,I50G001001,工业用地,0601,张三,,备注,@"
    row = opened(HEADER + line + "\n" + points()).frame.iloc[0]
    assert (row.map_sheet, row.land_use, row.land_class, row.field_9, row.field_11) == (
        "I50G001001", "工业用地", "0601", "张三", "备注",
    )  # fmt: skip
    behind = opened(HEADER + "5,5.7089,G-1,甲地块,面,,,,@,张三\n" + points()).frame.iloc[0]
    assert behind.field_10 == "张三"
    commas = opened(HEADER + "5,5.7089,G-1,甲,乙地块,面,,工业用地,,@\n" + points()).frame.iloc[0]
    assert commas.plot_name == "甲,乙地块" and commas.land_use == "工业用地"
    short = opened(HEADER + "5,5.7089,甲地块,面,@\n" + points()).frame.iloc[0]
    assert short.plot_no == "甲地块" and short.plot_name is None and short.kind == "面"


SYSTEMS = [
    (words, width, zone, prefixed, crs_systems.grid(datum, width, meridian, prefixed).crs)
    for datum, words in (
        ("cgcs2000", "2000国家大地坐标系"), ("xian80", "80国家大地坐标系"), ("beijing54", "1954北京坐标系"),
        ("xian80", "1980西安坐标系"), ("beijing54", "北京54"), ("cgcs2000", "CGCS2000"),
    )
    for width, zone, meridian in ((3, 37, 111), (3, 38, 114), (3, 39, 117), (6, 19, 111), (6, 20, 117))
    for prefixed in (True, False)
]  # fmt: skip


@pytest.mark.parametrize("words, width, zone, prefixed, code", SYSTEMS)
def test_declared_systems(opened: Any, words: str, width: int, zone: int, prefixed: bool, code: str) -> None:
    offset = zone * 1e6 if prefixed else 0
    ring = [(north, east - 38e6 + offset) for north, east in PLOT]
    header = HEADER.replace("2000国家大地坐标系", words).replace("几度分带=3", f"几度分带={width}").replace("带号=38", f"带号={zone}")
    found = opened(header + PLOT_LINE + points(ring))
    assert found.frame.geometry.iloc[0].bounds[:2] == (520986.0 + offset, 3852949.0)
    crs = found.declared.crs
    assert crs == CRS.from_user_input(code) and crs == found.frame.crs
    # What the code means, told by PROJ itself.
    meridian = zone * 3 if width == 3 else zone * 6 - 3
    values = {p.name: p.value for p in crs.coordinate_operation.params}
    assert values["Longitude of natural origin"] == meridian
    assert values["False easting"] == 500_000 + offset
    assert {"2": "China", "C": "China", "8": "Xian", "1": "ian" if "80" in words else "Beijing", "北": "Beijing"}[words[0]] in (
        crs.geodetic_crs.datum.name.replace("China 2000", "China")
    )
    assert ("old_datum" in codes(found)) == ("2000" not in words)


@pytest.mark.parametrize("zone", range(25, 46))
@pytest.mark.parametrize("datum", ["cgcs2000", "xian80", "beijing54"])
def test_codes_of_all_zones(datum: str, zone: int) -> None:
    for prefixed in (True, False):
        crs = CRS.from_user_input(crs_systems.grid(datum, 3, zone * 3, prefixed).crs)
        values = {p.name: p.value for p in crs.coordinate_operation.params}
        assert values["Longitude of natural origin"] == zone * 3
        assert values["False easting"] == 500_000 + prefixed * zone * 1e6
        if datum == "cgcs2000":
            assert crs.to_epsg() == (4513 + zone - 25 if prefixed else 4534 + (zone * 3 - 75) // 3)


@pytest.mark.parametrize("zone", range(13, 24))
def test_codes_of_wide_zones(zone: int) -> None:
    for prefixed in (True, False):
        crs = CRS.from_user_input(crs_systems.grid("cgcs2000", 6, zone * 6 - 3, prefixed).crs)
        values = {p.name: p.value for p in crs.coordinate_operation.params}
        assert values["Longitude of natural origin"] == zone * 6 - 3
        assert crs.to_epsg() == (4491 if prefixed else 4502) + zone - 13


def test_systems_that_no_code_names(opened: Any) -> None:
    for words, datum in (("WGS84坐标系", ""), ("地方独立坐标系", ""), ("GCJ-02火星坐标系", "gcj02"), ("百度BD09", "bd09")):
        found = opened(GOOD.replace("2000国家大地坐标系", words))
        assert epsg(found) is None and words in found.declared.words and found.declared.datum == datum
    assert opened(points()).declared is None


def test_a_zone_that_nothing_tells(opened: Any) -> None:
    bare = [(north, east - 38e6) for north, east in PLOT]
    found = opened(HEADER.replace("带号=38", "带号=") + PLOT_LINE + points(bare))
    assert epsg(found) is None and "zone_missing" in codes(found)
    assert found.declared.words.startswith("坐标系=2000国家大地坐标系")
    found = opened(HEADER.replace("带号=38", "带号=38").replace("几度分带=3", "几度分带=6") + PLOT_LINE + points(bare))
    assert epsg(found) is None and "zone_unclear" in codes(found)


def test_a_header_of_another_zone_than_the_points(opened: Any) -> None:
    """The example that is copied most: 带号=38, eastings of zone 39, the closing point in ring 3."""
    ring = ((3377217.123, 39438683.652), (3377250.5, 39438800.25), (3377100.75, 39438790.5), (3377090.0, 39438690.0))
    said = HEADER + "5,1.4,1,地块一,面,,,,@\n" + points(ring, close=False) + "J01,3,3377217.123,39438683.652\n"
    found = opened(said)
    assert {"zone_mismatch", "ring_number"} <= codes(found)
    mismatch = next(note for note in found.notes if note.code == "zone_mismatch")
    for words in (mismatch.zh, mismatch.en):
        assert all(part in words for part in ("38", "39", "114", "117"))
    number = next(note for note in found.notes if note.code == "ring_number")
    assert number.row == 18 and "18" in number.en and "3" in number.zh
    assert found.declared.crs is None and "带号=38" in found.declared.words and "39" in found.declared.words
    assert len(found.frame) == 1 and len(found.frame.geometry.iloc[0].exterior.coords) == 5
    assert found.frame.geometry.iloc[0].bounds[0] == 39438683.652


def test_a_width_that_the_prefix_contradicts(opened: Any) -> None:
    found = opened(GOOD.replace("几度分带=3", "几度分带=6"))
    assert "width_mismatch" in codes(found) and epsg(found) is None


def test_swapped_axes(opened: Any) -> None:
    turned = [(east, north) for north, east in PLOT]
    found = opened(HEADER + PLOT_LINE + points(turned))
    assert_plot(found)
    assert codes(found) == {"axes_swapped"} and epsg(found) == 4526
    short = [(east - 38e6, north) for north, east in PLOT]
    found = opened(HEADER + PLOT_LINE + points(short))
    assert codes(found) == {"axes_swapped"} and epsg(found) == 4547
    # As told: the first ordinate is the north, whatever the digits say.
    found = opened(HEADER + PLOT_LINE + points(turned), ReadOptions(swap=True))
    assert codes(found) == {"axes_forced"} and found.frame.geometry.iloc[0].bounds[0] == 3852949.0
    assert_plot(opened(HEADER + PLOT_LINE + points(turned), ReadOptions(swap=False)))
    assert_plot(opened(GOOD, ReadOptions(swap=True)))


@pytest.mark.parametrize("other, says", [
    ((3853189.0, 521223.87), "without zone number"), ((38521223.87, 3853189.0), "before the north"),
    ((34.79, 114.23), "latitude"), ((3853189.0, 39521223.87), "begins with 39"),
])  # fmt: skip
def test_mixed_forms_are_refused_with_their_line(opened: Any, other: tuple[float, float], says: str) -> None:
    ring = [*PLOT[:2], other, *PLOT[2:]]
    with pytest.raises(InputError, match=r"报备坐标\.txt, line 16: ") as caught:
        opened(HEADER + PLOT_LINE + points(ring))
    assert says in str(caught.value)


def test_degrees(opened: Any) -> None:
    ring = [(34.79, 114.23), (34.79, 114.2326), (34.7878, 114.2326), (34.7878, 114.23)]
    for form in ("J{},{},{:.8f},{:.8f}", "J{0},{1},{3:.8f},{2:.8f}"):
        found = opened(HEADER + PLOT_LINE + points(ring, form=form))
        assert "degrees" in codes(found) and epsg(found) == 4490
        assert np.allclose(found.frame.geometry.iloc[0].bounds, (114.23, 34.7878, 114.2326, 34.79))
    signs = "\n".join(f"J{k},1,34°47′{24 - k % 2}.5″,114°13′{48 + k // 2}.25″" for k in range(4))
    found = opened(HEADER + PLOT_LINE + signs)
    assert epsg(found) == 4490 and found.frame.geometry.iloc[0].bounds[1] == pytest.approx(34 + 47 / 60 + 23.5 / 3600)


def test_holes_and_parts_are_told_by_where_they_lie(opened: Any) -> None:
    line = "15,,1,甲,面,,,,@\n"
    found = opened(HEADER + line + points() + points(HOLE, number=2) + points(ASIDE, number=3))
    shape = found.frame.geometry.iloc[0]
    assert shape.geom_type == "MultiPolygon" and [len(part.interiors) for part in shape.geoms] == [1, 0]
    part = next(note for note in found.notes if note.code == "ring_is_part")
    assert part.severity == "info" and part.row == 24
    # A hole that stands before its shell, and one that all share the number 1 with.
    turned = opened(HEADER + line + points(HOLE) + points(number=2))
    assert len(turned.frame.geometry.iloc[0].interiors) == 1 and "ring_order" in {note.code for note in turned.notes}
    shared = opened(HEADER + line.replace("15", "10") + points() + points(HOLE))
    assert len(shared.frame.geometry.iloc[0].interiors) == 1 and "ring_number_shared" in codes(shared)
    open_ = opened(HEADER + line.replace("15", "8") + points(close=False) + points(HOLE, close=False))
    assert len(open_.frame.geometry.iloc[0].interiors) == 1
    # An island in the hole is a part.
    island = ((3853090.0, 38521110.0), (3853080.0, 38521110.0), (3853080.0, 38521120.0))
    three = opened(HEADER + line + points() + points(HOLE, number=2) + points(island, number=3))
    assert [len(part.interiors) for part in three.frame.geometry.iloc[0].geoms] == [1, 0]


def test_a_hole_that_begins_where_its_shell_does(opened: Any) -> None:
    touching = (PLOT[0], (3853000.0, 38521100.0), (3853000.0, 38521050.0))
    for form in ("J{:02d},{},{:.3f},{:.3f}", ",{1},{2:.3f},{3:.3f}"):
        for close in (True, False):
            said = HEADER + "9,,1,甲,面,,,,@\n" + points(form=form, close=close) + points(touching, form=form, number=2, close=close)
            shape = opened(said).frame.geometry.iloc[0]
            assert len(shape.interiors) == 1 and len(shape.interiors[0].coords) == 4, (form, close)


def test_closing_points_that_are_not_quite(opened: Any) -> None:
    near = points(close=False) + "J01,1,3853189.001,38520986.000\n"
    found = opened(HEADER + PLOT_LINE + near)
    assert_plot(found)
    assert codes(found) == {"closing_differs"}
    twice = points() + "J01,1,3853189.000,38520986.000\n"
    found = opened(HEADER + PLOT_LINE + twice)
    assert_plot(found)
    assert "point_repeated" in {note.code for note in found.notes}


def test_a_boundary_that_crosses_itself_stays_as_it_is(opened: Any) -> None:
    bow = (PLOT[0], PLOT[2], PLOT[1], PLOT[3])
    found = opened(HEADER + PLOT_LINE + points(bow))
    assert "ring_crosses" in codes(found)
    assert shapely.get_coordinates(found.frame.geometry.iloc[0])[:4].tolist() == [[e, n] for n, e in bow]


def test_what_cannot_be_drawn_is_kept_apart(opened: Any) -> None:
    said = (
        HEADER + "2,0.1,1,短的,面,,,,@\n" + points(PLOT[:2], close=False) + PLOT_LINE.replace(",1,", ",2,") + points()
        + "4,1,3,没有点的,面,,,,@\n" + "4,1,4,错字,面,,,,@\n" + points(ASIDE).replace("3853400.000", "38534O0.000", 1)
        + "4,1,5,错位,面,,,,@\n" + points(ASIDE).replace("3853400.000", "385340.000", 1)
    )  # fmt: skip
    found = opened(said)
    assert found.frame.plot_no.tolist() == ["2"] and found.count == 5
    reasons = {reject.values["plot_name"]: (reject.row, reject.code, reject.en) for reject in found.rejects}
    assert reasons["短的"][:2] == (13, "bad_ring") and "line 14" in reasons["短的"][2]
    assert reasons["没有点的"][:2] == (22, "no_points")
    assert reasons["错字"][:2] == (23, "bad_point") and "line 26" in reasons["错字"][2]
    assert reasons["错位"][:2] == (29, "bad_number") and "line 32" in reasons["错位"][2]


def test_several_plots(opened: Any) -> None:
    said = GOOD + "5,1,2,乙,面,,,,@\n" + points(ASIDE)
    found = opened(said)
    assert found.frame.plot_name.tolist() == ["示例单元A-01地块", "乙"] and found.rows.tolist() == [13, 19]
    assert opened(said, ReadOptions(limit=1)).count == 1
    again = opened(GOOD + GOOD.replace("A-01", "A-02"))
    assert len(again.frame) == 2 and epsg(again) == 4526
    with pytest.raises(InputError, match="line 19: a second header says .*带号=39.*cut the file"):
        opened(GOOD + GOOD.replace("带号=38", "带号=39"))


def test_lines_and_points(opened: Any) -> None:
    line = HEADER + "4,,1,管线,线,,,,@\n" + points(close=False)
    found = opened(line)
    assert found.frame.geometry.iloc[0].geom_type == "LineString" and found.frame.kind.tolist() == ["线"]
    closed = opened(HEADER + "5,,1,管线,线,,,,@\n" + points())
    assert len(closed.frame.geometry.iloc[0].coords) == 5
    dots = opened(HEADER + "4,,1,桩,点,,,,@\n" + points(close=False) + "1,,2,井,点,,,,@\nJ1,1,3853189.000,38520986.000\n")
    assert [shape.geom_type for shape in dots.frame.geometry] == ["MultiPoint", "Point"]


@pytest.mark.parametrize("said, notes", [
    ("5.7089", set()), ("5.71", set()), ("57089", {"area_unit"}), ("57088.8", {"area_unit"}), ("85.6335", {"area_unit"}),
    ("9.9", {"area_differs"}), ("", set()), ("约5公顷", {"area_not_read"}), ("0", {"area_differs"}),
])  # fmt: skip
def test_areas(opened: Any, said: str, notes: set[str]) -> None:
    found = opened(HEADER + PLOT_LINE.replace("5.7089", said) + points())
    assert {note.code for note in found.notes} - {"header"} == notes
    area = found.frame.area_ha.iloc[0]
    if notes == {"area_unit"} or said.startswith("5.7"):
        assert area == pytest.approx(5.7089, abs=0.002)
    for note in found.notes:
        if note.code == "area_differs":
            assert "5.7089" in note.en and said in note.en and "5.7089" in note.zh


def test_one_plot_in_another_unit_than_the_rest(opened: Any) -> None:
    said = GOOD + "5,1,2,乙,面,,,,@\n" + points(ASIDE) + "5,57089,3,丙,面,,,,@\n" + points()
    found = opened(said)
    differs = next(note for note in found.notes if note.code == "area_differs")
    assert differs.row == 25 and "square metres" in differs.en
    assert found.frame.area_ha.tolist() == [5.7089, 1.0, 57089.0]


def test_parameters_are_told_and_not_applied(opened: Any) -> None:
    found = opened(GOOD.replace("=0,0,0,0,0,0,0", "=-12.5,88,103,0,0,0,1.2"))
    assert_plot(found)
    assert "parameters_given" in codes(found)


def test_labels_that_are_no_run_are_kept(opened: Any) -> None:
    said = GOOD.replace("J02,", "J1-2,")
    labels = json.loads(opened(said).frame.point_labels.iloc[0])
    assert labels == [["J01", "J1-2", "J03", "J04"]]
    through = points() + points(HOLE, number=2).replace("J04", "J08").replace("J03", "J07").replace("J02", "J06").replace("J01", "J05")
    assert "point_labels" not in opened(HEADER + PLOT_LINE + through).frame


def test_lines_of_no_kind_are_told(opened: Any) -> None:
    found = opened(GOOD + "制表人 张三\n")
    assert_plot(found)
    told = next(note for note in found.notes if note.code == "line_not_read")
    assert told.row == 19 and "制表人" in told.en
    many = opened(GOOD + "制表人 张三\n" * 50)
    assert len([note for note in many.notes if note.code == "line_not_read"]) == 21 and "30" in many.notes[-1].en


def test_numbers_of_no_place(opened: Any) -> None:
    local = [(north - 3.8e6, east - 38.5e6) for north, east in PLOT]
    found = opened(HEADER + PLOT_LINE + points(local))
    assert "unknown_numbers" in codes(found) and epsg(found) is None and len(found.frame) == 1
    assert found.frame.geometry.iloc[0].area / 1e4 == pytest.approx(5.7089, abs=5e-5)


def test_a_plot_that_reaches_too_far(opened: Any) -> None:
    found = opened(HEADER + PLOT_LINE + points().replace("3852949.000", "4852949.000", 1))
    assert {"far_point", "area_differs"} <= codes(found)


def test_destroyed_text_is_told(opened: Any) -> None:
    assert "text_destroyed" in codes(opened(GOOD.replace("示例单元", "锟斤拷")))


def test_what_is_no_boundary_file(tmp_path: Path, opened: Any) -> None:
    for said in (HEADER, "", "你好", PLOT_LINE, "a,b,c\n1,2,3\n"):
        with pytest.raises(InputError, match="no boundary points"):
            opened(said)
    with pytest.raises(InputError, match="cannot be opened"):
        read(tmp_path / "none.txt")
    assert not is_boundary_txt(b"") and not is_boundary_txt("名称,经度,纬度\n甲,114.2,35.1\n乙,114.3,35.2\n".encode())
    assert not is_boundary_txt(b"name,x,y\na,521000.1,3853100.2\nb,521100.1,3853100.2\nc,521200.1,3853100.2\n")
    assert not is_boundary_txt(b"521000.1,3853100.2\n521100.1,3853100.2\n521200.1,3853100.2\n")
    assert not is_boundary_txt(b'{"type": "FeatureCollection", "features": []}')
    assert not is_boundary_txt("附件说明:\n请查收,谢谢。联系人 a@b.cn, 电话 1234567\n".encode())


def test_layers(tmp_path: Path) -> None:
    path = tmp_path / "甲.txt"
    path.write_text(GOOD, encoding="gbk")
    (one,) = layers(path)
    assert (one.name, one.geometry, one.count) == ("甲", "Polygon", 1) and "带号=38" in one.words


def test_cancelled(tmp_path: Path) -> None:
    class Stop:
        cancelled = True

        def __call__(self, fraction: float, message: str = "") -> None: ...

    path = tmp_path / "甲.txt"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(Cancelled):
        read(path, progress=Stop())


def test_a_hundred_thousand_points_are_read_within_seconds(tmp_path: Path) -> None:
    lines = [HEADER.rstrip("\n")]
    for k in range(20_000):
        north, east = 3853000.0 + 20 * (k % 100), 38520000.0 + 20 * (k // 100)
        lines.append(f"5,0.01,{k + 1},地块{k + 1},面,,,,@")
        square = ((north, east), (north + 10, east), (north + 10, east + 10), (north, east + 10))
        lines += [f"J{i},1,{n:.3f},{e:.3f}" for i, (n, e) in enumerate((*square, square[0]), 1)]
    path = tmp_path / "大.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = boundary_txt.read(path)
    assert len(found.frame) == 20_000 and codes(found) == set() and found.frame.geometry.area.sum() == pytest.approx(2e6)


def test_the_page_says_what_the_reader_says(opened: Any) -> None:
    root = Path(boundary_txt.__file__).parents[3]
    page = (root / "docs" / "boundary-txt.md").read_text(encoding="utf-8")
    found = opened(page.split("```\n")[1])
    assert codes(found) == set() and epsg(found) == 4526
    assert f"{found.frame.geometry.area.iloc[0] / 1e4:.4f}" == "5.7089"
    source = "".join(one.read_text(encoding="utf-8") for one in Path(boundary_txt.__file__).parent.glob("boundary_txt*.py"))
    said = set(re.findall(r'(?:notes|reject|note)\(\s*(?:"[a-z]+", )?"([a-z_]+)"', source)) | {"bad_ring"}
    told = set(re.findall(r"\| `(\w+)` \|$", page, re.MULTILINE))
    assert told <= said and said - told <= {"header", "comments", "area_not_read", "axes_forced"}
