"""Boundary-point TXT written: in each dialect the same to the byte after reading, and the area printed that of the points."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envzones.plugin.engine import geodesy
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.exchange.boundary_txt import is_boundary_txt, read
from envzones.plugin.engine.exchange.boundary_txt_write import TxtOptions, WrittenTxt, write_txt
from envzones.plugin.engine.exchange.model import CrsChoice, Foreign, ReadOptions

ZONE = CrsChoice("EPSG:4526")
DEFAULT = TxtOptions(ZONE, producer="示例测绘队", date="2026-1-2")
AT = (38_500_000.0, 3_850_000.0)


def ring(*pairs: tuple[float, float]) -> list[tuple[float, float]]:
    return [(AT[0] + x, AT[1] + y) for x, y in pairs]


#: A square of 1 ha with a hole of 100 m², a part aside with a hole, and a triangle.
SHELL = ring((0, 100), (100, 100), (100, 0), (0, 0))
HOLE = ring((40, 40), (50, 40), (50, 50), (40, 50))
ASIDE = ring((200.1234, 0), (300, 0), (300, 50.5), (200.1234, 50.5))
ASIDE_HOLE = ring((220, 10), (230, 10), (225, 20))
TRIANGLE = ring((-50, -50), (-10.0004, -50), (-30, -20.123))


def sample(crs: int = 4526) -> gpd.GeoDataFrame:
    shapes = [
        shapely.Polygon(SHELL, [HOLE]), shapely.MultiPolygon([(SHELL, [HOLE]), (ASIDE, [ASIDE_HOLE])]), shapely.Polygon(TRIANGLE),
    ]  # fmt: skip
    data = {
        "plot_no": ["1", "G-2", None], "plot_name": ["示例单元A-01地块", "乙地块", "丙"], "map_sheet": ["I50", None, ""],
        "land_use": ["工业用地", None, None], "land_class": ["0601", None, None], "field_9": [None, "张三", None],
    }  # fmt: skip
    return gpd.GeoDataFrame(data, geometry=shapes, crs=4526).to_crs(crs)


def again(written: WrittenTxt, options: TxtOptions, folder: Path, told: ReadOptions | None = None) -> list[bytes]:
    """The bytes after reading what was written, and writing that."""
    out = []
    for number, path in enumerate(written.paths):
        found = read(path, told or ReadOptions(encoding=options.encoding))
        assert not found.rejects
        frame = found.frame
        if frame.crs is None:
            assert not options.header
            frame = frame.set_crs(4526 if options.zone_prefix else 4547)
        back = folder / f"{number}.txt"
        write_txt(frame, back, replace(options, many_files=False))
        out.append(back.read_bytes())
    return out


CHOICES = {
    "j_prefix": ("J", ""), "closing": (True, False), "zone_prefix": (True, False), "swap": (False, True),
    "fields": (9, 12, 0), "at": ("end", "start", "none"), "labels": ("ring", "plot"), "header": (True, False),
}  # fmt: skip
OTHERS = list(itertools.product((0, 2, 3), (2, 3, 4), ("ha", "m2", "mu"), ("utf-8", "utf-8-sig", "gb18030"), ("\n", "\r\n"),
                                (False, True), (True, False)))  # fmt: skip


def test_every_dialect_is_stable_to_the_byte(tmp_path: Path) -> None:
    """All of one half of the choices, and with each the next of the product of the others."""
    frame = sample()
    seen = set()
    for number, values in enumerate(itertools.product(*CHOICES.values())):
        chosen: dict[str, Any] = dict(zip(CHOICES, values))
        pad, decimals, unit, encoding, newline, brackets, counted = OTHERS[number * 7 % len(OTHERS)]
        options = replace(
            DEFAULT, **chosen, pad=pad, decimals=decimals, area_unit=unit, encoding=encoding, newline=newline,
            full_width_brackets=brackets, count_closing=counted, area_decimals=number % 7,
            block_project={"项目名称": "示例"} if number % 3 == 0 else None,
        )  # fmt: skip
        first = write_txt(frame, tmp_path / "a.txt", options)
        data = first.paths[0].read_bytes()
        assert again(first, options, tmp_path) == [data], options
        assert data.decode(encoding).count(newline) == data.count(b"\n")
        assert is_boundary_txt(data[:8192]), options
        seen.add(data)
    assert len(seen) == 576


@pytest.mark.parametrize("closing, labels", [(True, "ring"), (True, "plot"), (False, "ring")])
@pytest.mark.parametrize("zone_prefix", [True, False])
def test_rings_numbered_anew_in_each_part(tmp_path: Path, closing: bool, labels: str, zone_prefix: bool) -> None:
    options = replace(DEFAULT, rings="part", closing=closing, labels=labels, zone_prefix=zone_prefix)
    first = write_txt(sample(), tmp_path / "a.txt", options)
    said = first.paths[0].read_text(encoding="utf-8")
    assert not re.search(r"^\w+,3,", said, re.MULTILINE) and again(first, options, tmp_path) == [first.paths[0].read_bytes()]


def test_what_stands_in_the_file(tmp_path: Path) -> None:
    options = replace(DEFAULT, newline="\n", block_project={"项目名称": "示例项目"})
    written = write_txt(sample().iloc[:1], tmp_path / "a.txt", options)
    assert written.paths == (tmp_path / "a.txt",)
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == (
        "[项目信息]\n项目名称=示例项目\n[属性描述]\n格式版本号=1.01版本\n数据产生单位=示例测绘队\n数据产生日期=2026-1-2\n坐标系=2000国家大地坐标系\n"
        "几度分带=3\n投影类型=高斯克吕格\n计量单位=米\n带号=38\n精度=0.001\n转换参数=0,0,0,0,0,0,0\n[地块坐标]\n"
        "10,0.9900,1,示例单元A-01地块,面,I50,工业用地,0601,@\n"
        "J01,1,3850100.000,38500000.000\nJ02,1,3850100.000,38500100.000\nJ03,1,3850000.000,38500100.000\n"
        "J04,1,3850000.000,38500000.000\nJ01,1,3850100.000,38500000.000\n"
        "J01,2,3850040.000,38500040.000\nJ02,2,3850040.000,38500050.000\nJ03,2,3850050.000,38500050.000\n"
        "J04,2,3850050.000,38500040.000\nJ01,2,3850040.000,38500040.000\n"
    )
    other = replace(
        options, block_project=None, j_prefix="", pad=0, closing=False, zone_prefix=False, decimals=2, area_unit="mu", area_decimals=3,
        swap=True, fields=12, at="start", labels="plot", full_width_brackets=True,
    )  # fmt: skip
    write_txt(sample().iloc[1:2], tmp_path / "b.txt", other)
    said = (tmp_path / "b.txt").read_text(encoding="utf-8")
    assert said.startswith("【属性描述】\n") and "精度=0.01\n" in said and "\n带号=38\n" in said
    assert said.split("【地块坐标】\n")[1].splitlines()[:2] == [
        "@,15,22.341,G-2,乙地块,面,,,,张三,,", "1,1,500000.00,3850100.00",
    ]  # fmt: skip
    assert said.splitlines()[-1] == "15,4,500225.00,3850020.00"


def test_geometry_and_cells_come_back(tmp_path: Path) -> None:
    frame = sample()
    written = write_txt(frame, tmp_path / "a.txt", replace(DEFAULT, fields=12, decimals=4))
    found = read(written.paths[0])
    assert found.frame.crs.to_epsg() == 4526 and len(found.frame) == 3
    assert all(a.equals_exact(b, 1e-4) for a, b in zip(found.frame.geometry, frame.geometry))
    assert found.frame.plot_no.tolist() == ["1", "G-2", "3"] and found.frame.field_9.tolist() == [None, "张三", None]
    assert found.frame.land_use.tolist() == ["工业用地", None, None]
    assert not [note for note in found.notes if note.severity != "info"]


@pytest.mark.parametrize("crs", [4490, 4547, 4546, 4525, 4326])
def test_frames_in_other_systems(tmp_path: Path, crs: int) -> None:
    first = write_txt(sample(), tmp_path / "a.txt", DEFAULT).paths[0].read_bytes()
    second = write_txt(sample(crs), tmp_path / "b.txt", DEFAULT).paths[0].read_bytes()
    assert first == second
    # A file without the zone's number has the same digits after it.
    third = write_txt(sample(crs), tmp_path / "c.txt", replace(DEFAULT, crs=CrsChoice("EPSG:4547"), zone_prefix=False))
    assert third.paths[0].read_bytes() == re.sub(rb",38(\d{6}\.)", rb",\1", first)


@pytest.mark.parametrize("crs, header, epsg", [
    ("EPSG:4525", ("几度分带=3", "带号=37"), 4525), ("EPSG:4497", ("几度分带=6", "带号=19"), 4497),
    ("EPSG:4546", ("几度分带=3", "带号=37"), 4525), ("EPSG:4498", ("几度分带=6", "带号=20"), 4498),
])  # fmt: skip
def test_zones(tmp_path: Path, crs: str, header: tuple[str, ...], epsg: int) -> None:
    written = write_txt(sample(4490), tmp_path / "a.txt", replace(DEFAULT, crs=CrsChoice(crs)))
    assert all(part in written.paths[0].read_text(encoding="utf-8") for part in header)
    found = read(written.paths[0])
    assert found.frame.crs.to_epsg() == epsg
    moved = found.frame.to_crs(4526)
    assert max(a.hausdorff_distance(b) for a, b in zip(moved.geometry, sample().geometry)) < 0.002
    outside = any(note.code == "outside_zone" for note in written.notes)
    assert outside == (crs in ("EPSG:4525", "EPSG:4546"))


def test_old_datums(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="seven parameters"):
        write_txt(sample(4490), tmp_path / "a.txt", replace(DEFAULT, crs=CrsChoice("EPSG:2362")))
    shift = (10.0, -20.0, 30.0, 0.0, 0.0, 0.0, 0.0)
    options = replace(DEFAULT, crs=CrsChoice("EPSG:2362", shift=shift))
    written = write_txt(sample(4490), tmp_path / "a.txt", options)
    found = read(written.paths[0])
    assert found.frame.crs.to_epsg() == 2362 and "坐标系=80国家大地坐标系" in found.declared.words  # type: ignore[union-attr]
    assert write_txt(found.frame, tmp_path / "b.txt", options).paths[0].read_bytes() == written.paths[0].read_bytes()
    with pytest.raises(InputError, match="old datum"):
        write_txt(found.frame, tmp_path / "b.txt", DEFAULT)


@pytest.mark.parametrize("unit, places, says", [
    ("ha", 4, "0.9900"), ("ha", 2, "0.99"), ("m2", 2, "9900.00"), ("m2", 0, "9900"), ("mu", 3, "14.850"),
])  # fmt: skip
def test_units_of_area(tmp_path: Path, unit: str, places: int, says: str) -> None:
    options = replace(DEFAULT, area_unit=unit, area_decimals=places)
    written = write_txt(sample().iloc[:1], tmp_path / "a.txt", options)
    assert f"10,{says},1,示例" in written.paths[0].read_text(encoding="utf-8")
    assert read(written.paths[0]).frame.area_ha.iloc[0] == pytest.approx(0.99)
    told = next(note for note in written.notes if note.code == "area_printed")
    assert f"合计 {says}" in told.zh and "椭球面积" in told.zh and "planar" in told.en


def test_the_area_on_the_ellipsoid_is_told(tmp_path: Path) -> None:
    big = gpd.GeoDataFrame(geometry=[shapely.box(38_600_000, 3_850_000, 38_610_000, 3_860_000)], crs=4526)
    told = next(note for note in write_txt(big, tmp_path / "a.txt", DEFAULT).notes if note.code == "area_printed")
    true = geodesy.area_m2(np.asarray(big.to_crs(4490).geometry.array))[0] / 1e4
    assert "10000.0000 ha" in told.en and float(told.en.rsplit(" ", 2)[-2]) == pytest.approx(true, rel=1e-6)
    assert abs(true - 10000) > 1


def test_the_area_is_that_of_the_points_printed(tmp_path: Path) -> None:
    """A plot of 5.7089 ha; half a unit is rounded up, and no float has a say in it."""
    plot = shapely.Polygon(ring((0, 0), (237.87, 0), (237.87, 240), (0, 240)))
    half = shapely.Polygon(ring((0, 0), (1, 0), (1, 0.5), (0, 0.5)))
    frame = gpd.GeoDataFrame(geometry=[plot, half], crs=4526)
    said = write_txt(frame, tmp_path / "a.txt", DEFAULT).paths[0].read_text(encoding="utf-8")
    assert "\n5,5.7089,1,," in said and "\n5,0.0001,2,," in said
    cut = replace(DEFAULT, area_cut=True)
    said = write_txt(frame, tmp_path / "a.txt", cut).paths[0].read_text(encoding="utf-8")
    assert "\n5,5.7088,1,," in said and "\n5,0.0000,2,," in said


def test_a_file_for_each_plot(tmp_path: Path) -> None:
    frame = sample()
    frame["plot_name"] = ["甲/乙:*?", "con", "x" * 300]
    frame["plot_no"] = ["1", "", "1"]
    frame = gpd.GeoDataFrame(gpd.pd.concat([frame, frame.assign(plot_name=["甲/乙:*?", "CON", "X" * 300])], ignore_index=True))
    options = replace(DEFAULT, many_files=True)
    written = write_txt(frame, tmp_path, options)
    names = [path.name for path in written.paths]
    assert len({name.lower() for name in names}) == 6 == len(list(tmp_path.iterdir()))
    assert names[0] == "1_甲_乙.txt" and names[3] == "1_甲_乙_2.txt" and names[1] == "2_con.txt"
    assert all(len(name) <= 70 for name in names)
    folder = tmp_path / "again"
    folder.mkdir()
    assert again(written, options, folder) == [path.read_bytes() for path in written.paths]
    prefixed = write_txt(sample(), folder / "报备.txt", options)
    assert [path.name for path in prefixed.paths] == [
        "报备_1_示例单元A-01地块.txt", "报备_G-2_乙地块.txt", "报备_3_丙.txt"
    ]  # fmt: skip
    odd = sample().iloc[:1].assign(plot_no="..", plot_name="../../x")
    assert write_txt(odd, folder, options).paths[0].parent == folder


def test_text_that_would_break_the_format(tmp_path: Path) -> None:
    frame = sample().assign(
        plot_name=["甲,乙", "a@b\n第二行", "面"], plot_no=[1.0, 2, np.nan], land_use=["@", "，＠【】=", " x "],
        land_class=["线", None, "[属性描述]"],
    )  # fmt: skip
    for at, fields in itertools.product(("end", "start", "none"), (9, 12)):
        options = replace(DEFAULT, producer="甲\n[地块坐标]", at=at, fields=fields, block_project={"a=b": "c=d"})
        written = write_txt(frame, tmp_path / "a.txt", options)
        found = read(written.paths[0])
        assert found.frame.plot_name.tolist() == ["甲，乙", "a＠b 第二行", "面"] and found.frame.plot_no.tolist() == ["1", "2", "3"]
        assert found.frame.land_use.tolist() == [None, "，＠【】=", "x"] and found.frame.land_class.iloc[2] == "[属性描述]"
        assert again(written, options, tmp_path) == [written.paths[0].read_bytes()]
        changed = [note for note in written.notes if note.code == "text_changed"]
        assert {note.row for note in changed} == {1} and "plot_name" in changed[0].en


def test_columns_of_other_names(tmp_path: Path) -> None:
    frame = sample().rename(columns={"plot_no": "编号", "plot_name": "名称"})
    options = replace(DEFAULT, columns={"plot_no": "编号", "plot_name": "名称"})
    assert read(write_txt(frame, tmp_path / "a.txt", options).paths[0]).frame.plot_name.iloc[1] == "乙地块"
    ours = sample().rename(columns={"plot_no": "code", "plot_name": "name"})
    assert read(write_txt(ours, tmp_path / "a.txt", DEFAULT).paths[0]).frame.plot_no.iloc[1] == "G-2"
    with pytest.raises(InputError, match="no column '没有'"):
        write_txt(frame, tmp_path / "a.txt", replace(DEFAULT, columns={"plot_no": "没有"}))
    with pytest.raises(InputError, match="no cell 'owner'"):
        write_txt(frame, tmp_path / "a.txt", replace(DEFAULT, columns={"owner": "名称"}))


def test_names_of_points_can_be_kept(tmp_path: Path) -> None:
    labels = [[["A1", "A2", "A=3", "A4"], ["B1", "B2", "B3", "B4"]], None, [["x", "y"]]]
    frame = sample().assign(point_labels=[None if one is None else json.dumps(one) for one in labels])
    options = replace(DEFAULT, labels="kept")
    written = write_txt(frame, tmp_path / "a.txt", options)
    said = written.paths[0].read_text(encoding="utf-8")
    assert "A＝3,1," in said and "B4,2," in said and "J01,4," in said and "x," not in said
    assert again(written, options, tmp_path) == [written.paths[0].read_bytes()]


def test_lines_and_points(tmp_path: Path) -> None:
    shapes = [
        shapely.LineString(SHELL), shapely.MultiLineString([SHELL, ASIDE]), shapely.LinearRing(SHELL), shapely.Point(SHELL[0]),
        shapely.MultiPoint(SHELL), shapely.Polygon(SHELL),
    ]  # fmt: skip
    frame = gpd.GeoDataFrame(geometry=shapes, crs=4526)
    for closing, at in itertools.product((True, False), ("end", "start", "none")):
        options = replace(DEFAULT, closing=closing, at=at)
        written = write_txt(frame, tmp_path / "a.txt", options)
        found = read(written.paths[0])
        assert found.frame.kind.tolist() == ["线", "线", "线", "点", "点", "面"]
        assert all(a.equals_exact(shapely.LineString(b) if b.geom_type == "LinearRing" else b, 1e-3)
                   for a, b in zip(found.frame.geometry, frame.geometry))  # fmt: skip
        assert again(written, options, tmp_path) == [written.paths[0].read_bytes()]
    with pytest.raises(InputError, match="is no area"):
        write_txt(frame, tmp_path / "a.txt", replace(DEFAULT, fields=0))


def test_vertices_that_say_nothing_are_left_out_when_asked(tmp_path: Path) -> None:
    degrees = sample(4490)
    dense = degrees.set_geometry(shapely.segmentize(np.asarray(degrees.geometry.array), 1e-5))
    few = write_txt(sample(), tmp_path / "a.txt", DEFAULT)
    options = replace(DEFAULT, thin=True)
    thin = write_txt(dense, tmp_path / "b.txt", options)
    assert thin.paths[0].read_bytes() == few.paths[0].read_bytes()
    assert again(thin, options, tmp_path) == [thin.paths[0].read_bytes()]
    all_ = write_txt(dense, tmp_path / "c.txt", DEFAULT)
    assert all_.paths[0].stat().st_size > 5 * few.paths[0].stat().st_size


def test_order_from_the_north_west(tmp_path: Path) -> None:
    turned = shapely.Polygon(SHELL[2:] + SHELL[:2], [HOLE]).reverse()
    frame = gpd.GeoDataFrame(geometry=[turned], crs=4526)
    options = replace(DEFAULT, from_north_west=True)
    written = write_txt(frame, tmp_path / "a.txt", options)
    shape = read(written.paths[0]).frame.geometry.iloc[0]
    assert list(shape.exterior.coords)[:2] == SHELL[:2] and shape.interiors[0].is_ccw
    assert shape.interiors[0].coords[0] == HOLE[3]
    assert again(written, options, tmp_path) == [written.paths[0].read_bytes()]


def test_what_is_too_small_for_the_decimals(tmp_path: Path) -> None:
    speck = ring((5, 5), (5.0004, 5), (5, 5.0004))
    frame = gpd.GeoDataFrame(geometry=[shapely.Polygon(SHELL, [HOLE, speck])], crs=4526)
    written = write_txt(frame, tmp_path / "a.txt", DEFAULT)
    assert "ring_lost" in {note.code for note in written.notes}
    assert len(read(written.paths[0]).frame.geometry.iloc[0].interiors) == 1
    with pytest.raises(InputError, match="Plot 1 is smaller"):
        write_txt(gpd.GeoDataFrame(geometry=[shapely.Polygon(speck)], crs=4526), tmp_path / "a.txt", DEFAULT)
    # Repeats after rounding are written once.
    near = shapely.Polygon([*SHELL[:2], (SHELL[1][0] + 2e-4, SHELL[1][1]), *SHELL[2:]])
    said = write_txt(gpd.GeoDataFrame(geometry=[near], crs=4526), tmp_path / "a.txt", DEFAULT).paths[0].read_text(encoding="utf-8")
    assert "\n5,1.0000,1,," in said


def test_rows_without_geometry_are_told(tmp_path: Path) -> None:
    frame = sample()
    frame.loc[1, "geometry"] = None
    written = write_txt(frame, tmp_path / "a.txt", DEFAULT)
    note = next(note for note in written.notes if note.code == "no_geometry")
    assert note.row == 2 and "1 features" in note.en and len(read(written.paths[0]).frame) == 2


def test_long_edges_that_bend_are_told(tmp_path: Path) -> None:
    box = gpd.GeoDataFrame(geometry=[shapely.box(113.5, 34.5, 114.0, 35.0)], crs=4490)
    assert "edges_bend" in {note.code for note in write_txt(box, tmp_path / "a.txt", DEFAULT).notes}
    assert "edges_bend" not in {note.code for note in write_txt(sample(4490), tmp_path / "a.txt", DEFAULT).notes}


@pytest.mark.parametrize("options, says", [
    ({"crs": CrsChoice("EPSG:4490")}, "is not; choose one such as EPSG:4526"), ({"crs": CrsChoice("EPSG:32649")}, "choose one"),
    ({"crs": CrsChoice("nonsense")}, "choose one"), ({"decimals": 7}, "decimals .* one of 2, 3, 4"),
    ({"area_unit": "acre"}, "area_unit"), ({"fields": 10}, "fields"), ({"at": "middle"}, "at of"), ({"encoding": "big5"}, "encoding"),
    ({"j_prefix": "J,"}, "prefix of points"), ({"rings": "part", "fields": 0}, "cannot be told apart"),
    ({"rings": "part", "closing": False, "labels": "plot"}, "cannot be told apart"),
    ({"labels": "kept", "closing": False}, "Kept names"), ({"crs": CrsChoice("EPSG:4534")}, "outside the zone"),
])  # fmt: skip
def test_options_that_make_no_file(tmp_path: Path, options: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        write_txt(sample(4490), tmp_path / "a.txt", replace(DEFAULT, **options))
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no plots"):
        write_txt(sample().iloc[:0], tmp_path / "a.txt", DEFAULT)
    with pytest.raises(InputError, match="not known what"):
        write_txt(sample().set_crs(None, allow_override=True), tmp_path / "a.txt", DEFAULT)
    with pytest.raises(InputError, match="Folder .* does not exist"):
        write_txt(sample(), tmp_path / "none" / "a.txt", DEFAULT)
    with pytest.raises(InputError, match="Folder .* does not exist"):
        write_txt(sample(), tmp_path / "none", replace(DEFAULT, many_files=True))
    with pytest.raises(InputError, match="is a folder"):
        write_txt(sample(), tmp_path, DEFAULT)
    mixed = gpd.GeoDataFrame(geometry=[shapely.GeometryCollection([shapely.Point(SHELL[0]), shapely.Polygon(SHELL)])], crs=4526)
    with pytest.raises(InputError, match="mixes kinds"):
        write_txt(mixed, tmp_path / "a.txt", DEFAULT)
    with pytest.raises(InputError, match="No plot"):
        write_txt(gpd.GeoDataFrame(geometry=[None], crs=4526), tmp_path / "a.txt", DEFAULT)
    assert list(tmp_path.iterdir()) == []


def test_cancelling_leaves_the_old_file(tmp_path: Path) -> None:
    class Late:
        calls = 0

        @property
        def cancelled(self) -> bool:
            self.calls += 1
            return self.calls > 2

        def __call__(self, fraction: float, message: str = "") -> None: ...

    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(Cancelled):
        write_txt(sample(), path, DEFAULT, progress=Late())
    assert path.read_text(encoding="utf-8") == "old" and [one.name for one in tmp_path.iterdir()] == ["a.txt"]


def test_a_second_writing_is_the_same(tmp_path: Path) -> None:
    first = write_txt(sample(), tmp_path / "a.txt", DEFAULT).paths[0].read_bytes()
    assert write_txt(sample(), tmp_path / "b.txt", DEFAULT).paths[0].read_bytes() == first


# --------------------------------------------------------------------------------------------------------
# Any polygons, any dialect
# --------------------------------------------------------------------------------------------------------


@st.composite
def polygons(draw: Any) -> Any:
    """Valid polygons with holes and parts whose corners are any numbers, some of them touching."""
    shapes = []
    for k in range(draw(st.integers(1, 3))):
        left, size = 400.0 * k, draw(st.floats(1.0, 300.0))
        corners = draw(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=9))
        hull = shapely.MultiPoint(ring(*((left + x * size, y * size) for x, y in corners))).convex_hull
        if hull.geom_type != "Polygon" or hull.area < 0.01:
            hull = shapely.box(*ring((left, 0))[0], *ring((left + size, size))[0])
        shape = hull
        for inset in draw(st.lists(st.floats(0.05, 0.9), max_size=2)):
            centre = shape.representative_point()
            away = centre.distance(shape.boundary)
            shape = shape.difference(centre.buffer(away * inset, quad_segs=draw(st.integers(1, 4))))
        if draw(st.booleans()):
            # A hole that touches the shell where its ring begins.
            first, middle = shapely.Point(hull.exterior.coords[0]), hull.centroid
            other = shapely.affinity.rotate(shapely.LineString([first, middle]), 5, origin=first).interpolate(0.4, normalized=True)
            third = shapely.LineString([first, middle]).interpolate(0.4, normalized=True)
            notch = shapely.Polygon([first, other, third])
            if notch.is_valid and shape.contains_properly(notch.centroid) and shape.covers(notch):
                made = shapely.Polygon(shape.exterior, [*shape.interiors, notch.exterior]) if shape.geom_type == "Polygon" else shape
                shape = made if made.is_valid else shape
        shapes += list(shapely.get_parts(shape))
    joined = shapely.MultiPolygon(shapes)
    return joined if joined.is_valid else shapes[0]


TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Z", "Cc")), max_size=12)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    shapes=st.lists(polygons(), min_size=1, max_size=3), names=st.lists(TEXTS, min_size=3, max_size=3),
    choice=st.fixed_dictionaries({
        **{name: st.sampled_from(values) for name, values in CHOICES.items()}, "decimals": st.sampled_from((2, 3, 4)),
        "pad": st.integers(0, 3), "area_unit": st.sampled_from(("ha", "m2", "mu")), "area_decimals": st.integers(0, 6),
        "thin": st.booleans(), "from_north_west": st.booleans(), "newline": st.sampled_from(("\n", "\r\n")),
        "encoding": st.sampled_from(("utf-8", "utf-8-sig", "gb18030")), "count_closing": st.booleans(),
    }),
)  # fmt: skip
def test_any_polygons_are_stable_to_the_byte(
    tmp_path: Path, shapes: Sequence[Any], names: Sequence[str], choice: dict[str, Any]
) -> None:
    options = replace(DEFAULT, **choice)
    frame = gpd.GeoDataFrame({"plot_name": list(names[: len(shapes)])}, geometry=list(shapes), crs=4526)
    written = write_txt(frame, tmp_path / "a.txt", options)
    data = written.paths[0].read_bytes()
    assert again(written, options, tmp_path) == [data]
    found: Foreign = read(written.paths[0], ReadOptions(encoding=options.encoding))
    total = found.frame.geometry.area.sum()
    true = shapely.area(np.array(shapes, dtype=object)).sum()
    around = shapely.length(np.array(shapes, dtype=object)).sum()
    assert total == pytest.approx(true, abs=1e-6 + around * (10.0**-options.decimals + 0.001 * options.thin))
