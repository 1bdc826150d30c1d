"""Shapefiles written: names of ten bytes, either encoding, nothing lost in silence; GDAL and our reader find the same."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

import fiona
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.exchange import read, write
from envzones.plugin.engine.exchange.field_names import shortened
from envzones.plugin.engine.exchange.model import CrsChoice
from envzones.plugin.engine.exchange.write import WriteOptions

ZONE = shapely.Polygon([(112.5, 35), (112.6, 35), (112.6, 35.1), (112.5, 35.1)],
                       [[(112.52, 35.02), (112.54, 35.02), (112.54, 35.04), (112.52, 35.04)]])  # fmt: skip
SPEC = load_catalog()["drinking_water_zone"]


def frame(**columns: Any) -> gpd.GeoDataFrame:
    count = len(next(iter(columns.values())))
    shapes = [shapely.transform(ZONE, lambda xy, k=k: xy + [0.2 * k, 0]) for k in range(count)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4490")


def codes(written: write.Written) -> list[str]:
    return [note.code for note in written.notes]


def rows(path: Path, **options: Any) -> list[dict[str, Any]]:
    with fiona.open(path, **options) as source:
        return [dict(one["properties"]) for one in source]


@pytest.mark.parametrize(("encoding", "cpg", "ldid"), [("", b"UTF-8", 0), ("gbk", b"936", 0x4D), ("gb18030", b"936", 0x4D)])
def test_either_encoding_is_told_and_read(tmp_path: Path, encoding: str, cpg: bytes, ldid: int) -> None:
    data = frame(名称=["一级保护区", "沁河(济源段)"], 水源地名称和编码=["甲", None])
    done = write.write(data, tmp_path / "水源.shp", WriteOptions(encoding=encoding))
    assert [path.name for path in done.paths] == [f"水源{end}" for end in (".shp", ".shx", ".dbf", ".cpg", ".prj", ".fields.csv")]
    assert (tmp_path / "水源.cpg").read_bytes() == cpg
    assert (tmp_path / "水源.dbf").read_bytes()[29] == ldid
    short = shortened(["水源地名称和编码"], "gbk" if encoding else "utf-8")[0]
    assert len(short) == (5 if encoding else 3)
    expected = [{"名称": "一级保护区", short: "甲"}, {"名称": "沁河(济源段)", short: None}]
    assert rows(tmp_path / "水源.shp") == expected
    foreign = read.read(tmp_path / "水源.shp")
    assert foreign.encoding is not None and foreign.encoding.sure
    assert foreign.frame["名称"].tolist() == ["一级保护区", "沁河(济源段)"]
    assert foreign.declared is not None and foreign.declared.crs.to_epsg() == 4490
    assert shapely.equals(np.asarray(foreign.frame.geometry.array), np.asarray(data.geometry.array)).all()


def test_every_type_and_nothing(tmp_path: Path) -> None:
    data = frame(
        text=["甲", None, ""], whole=pd.array([3, None, -999999999], dtype="Int64"),
        large=pd.array([2**62 // 10, None, 123456789012], dtype="Int64"), huge=[2**63 - 1, 0, -(2**63)],
        real=[0.1 + 0.2, None, -1.5e-300], yes=pd.array([True, None, False], dtype="boolean"),
        day=[date(2019, 9, 27), None, date(1, 1, 1)], moment=[datetime(2019, 9, 27, 8, 30), None, datetime(2020, 1, 1)],
    )  # fmt: skip
    done = write.write(data, tmp_path / "a.shp")
    assert codes(done) == ["integer_as_text", "moment_as_text"]
    first, second, third = rows(tmp_path / "a.shp")
    assert (first["text"], second["text"], third["text"]) == ("甲", None, None)
    assert (first["whole"], second["whole"], third["whole"]) == (3, None, -999999999)
    assert (first["large"], second["large"], third["large"]) == (2**62 // 10, None, 123456789012)
    assert (first["huge"], third["huge"]) == (str(2**63 - 1), str(-(2**63)))
    assert (first["real"], second["real"], third["real"]) == (0.1 + 0.2, None, -1.5e-300)
    assert (first["day"], second["day"], third["day"]) == ("2019-09-27", None, "0001-01-01")
    assert first["moment"] == "2019-09-27T08:30:00"
    # Older GDAL gives a logical field as its letter.
    meant = {"T": True, "F": False, "?": None}
    assert [meant.get(one["yes"], one["yes"]) for one in (first, second, third)] == [True, None, False]
    ours = read.read(tmp_path / "a.shp").frame
    assert ours["yes"].tolist() == [True, None, False] and ours["large"].tolist()[2] == 123456789012


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
@settings(max_examples=200)
def test_numbers_come_back_exactly(values: list[float]) -> None:
    from envzones.plugin.engine.exchange.write_shapefile import _real

    for value in values:
        words = _real(value)
        assert len(words) <= 24 and float(words) == value


def test_names_of_ten_bytes(tmp_path: Path) -> None:
    assert shortened(["complete_as_of", "complete_as_on", "complete_a", "Complete_A"]) == [
        "complete_2", "complete_3", "complete_a", "Complete_1",
    ]  # fmt: skip
    assert shortened(["水源地名称", "水源地名称二", "面积(公顷)", "2019年", ""], "gbk") == [
        "水源地名称", "水源地名_1", "面积_公顷", "f2019年", "field",
    ]  # fmt: skip
    done = write.write(frame(complete_as_of=[1], complete_as_on=[2], complete_a=[3]), tmp_path / "a.shp")
    assert list(rows(tmp_path / "a.shp")[0].values()) == [1, 2, 3]
    assert list(rows(tmp_path / "a.shp")[0])[2] == "complete_a"
    (note,) = done.notes
    assert note.code == "names_cut" and "complete_as_of → comple" in note.en
    with (tmp_path / "a.fields.csv").open(encoding="utf-8-sig", newline="") as stream:
        listed = list(csv.DictReader(stream))
    assert [one["name"] for one in listed] == ["complete_as_of", "complete_as_on", "complete_a"]
    assert [one["field"] for one in listed] == list(rows(tmp_path / "a.shp")[0])


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=14), max_size=40),
    st.sampled_from(["utf-8", "gbk"]),
)
@settings(max_examples=300)
def test_no_two_names_are_the_same(names: list[str], encoding: str) -> None:
    short = shortened(names, encoding)
    assert len(short) == len(names) and len({one.casefold() for one in short}) == len(short)
    assert all(0 < len(one.encode(encoding)) <= 10 for one in short)


def test_characters_that_gbk_lacks_are_refused_or_told(tmp_path: Path) -> None:
    data = frame(name=["𬇕水", "好", "㑇河𬇕"])
    with pytest.raises(InputError, match=r"row 1: GBK lacks 𬇕\(U\+2C1D5\).*2 rows.*UTF-8"):
        write.write(data, tmp_path / "a.shp", WriteOptions(encoding="gbk"))
    assert not list(tmp_path.iterdir())
    done = write.write(data, tmp_path / "a.shp", WriteOptions(encoding="gbk", lossy=True))
    (note,) = done.notes
    assert note.code == "not_in_encoding" and note.row == 1 and "1, 3" in note.en
    assert [one["name"] for one in rows(tmp_path / "a.shp")] == ["?水", "好", "??河?"[1:]]
    write.write(data, tmp_path / "b.shp")
    assert [one["name"] for one in rows(tmp_path / "b.shp")] == ["𬇕水", "好", "㑇河𬇕"]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_long_text_is_cut_between_characters_and_told(tmp_path: Path, encoding: str) -> None:
    data = frame(name=["短", "保护区" * 60, "a" + "区" * 130])
    done = write.write(data, tmp_path / "a.shp", WriteOptions(encoding=encoding))
    assert codes(done) == ["text_cut"] and "2, 3" in done.notes[0].en
    for said, full in zip(rows(tmp_path / "a.shp"), data["name"]):
        assert full.startswith(said["name"])
        assert len(said["name"].encode(encoding)) <= 254
    assert len(rows(tmp_path / "a.shp")[1]["name"].encode(encoding)) > 250


def test_mixed_shapes_are_refused_or_split(tmp_path: Path) -> None:
    data = gpd.GeoDataFrame(
        {"n": [1, 2, 3, 4, 5]},
        geometry=[ZONE, shapely.Point(1, 2), shapely.LineString([(0, 0), (1, 1)]), None, shapely.MultiPoint([(1, 2), (3, 4)])],
        crs="EPSG:4490",
    )
    with pytest.raises(InputError, match="2 points, 1 lines, 1 areas.*split"):
        write.write(data, tmp_path / "a.shp")
    done = write.write(data, tmp_path / "a.shp", WriteOptions(split=True))
    assert codes(done) == ["split"]
    found = {name: [one["n"] for one in rows(tmp_path / f"a_{name}.shp")] for name in ("point", "line", "area")}
    assert found == {"point": [2, 4, 5], "line": [3], "area": [1]}
    with pytest.raises(InputError, match="row 2: a collection"):
        write.write(gpd.GeoDataFrame(geometry=[ZONE, shapely.GeometryCollection([ZONE, shapely.Point(0, 0)])]), tmp_path / "c.shp")


def test_rings_turn_as_esri_asks(tmp_path: Path) -> None:
    shapes = [shapely.Polygon(ZONE.exterior.coords[::-1], [ring.coords[::-1] for ring in ZONE.interiors]), ZONE,
              shapely.MultiPolygon([ZONE, shapely.transform(ZONE, lambda xy: xy + 1)])]  # fmt: skip
    write.write(gpd.GeoDataFrame({"n": [1, 2, 3]}, geometry=shapes, crs="EPSG:4490"), tmp_path / "a.shp")
    with fiona.open(tmp_path / "a.shp") as source:
        back = [shapely.geometry.shape(one["geometry"]) for one in source]
    assert shapely.equals(back, shapes).all()
    raw = (tmp_path / "a.shp").read_bytes()
    ring = np.frombuffer(raw[100 + 8 + 44 + 8 : 100 + 8 + 44 + 8 + 80], dtype="<f8").reshape(5, 2)
    assert not shapely.LinearRing(ring).is_ccw


def test_titles_and_codes(tmp_path: Path) -> None:
    data = frame(uid=["a"], level=["primary"], area_ha=[1.5], row_version=[3], own=["x"])
    done = write.write(data, tmp_path / "a.shp", WriteOptions(titles=True, labels=True, encoding="gbk"), spec=SPEC)
    assert list(rows(tmp_path / "a.shp")[0]) == ["要素标识", "保护区级别", "批复面积", "own"]
    assert rows(tmp_path / "a.shp")[0]["保护区级别"] == "一级保护区"
    assert "names_cut" in codes(done)
    write.write(data, tmp_path / "b.shp", spec=SPEC)
    assert rows(tmp_path / "b.shp")[0] == {"uid": "a", "level": "primary", "area_ha": 1.5, "own": "x"}


def test_the_system_is_written_as_esri_writes_it(tmp_path: Path) -> None:
    write.write(frame(a=[1]), tmp_path / "a.shp", WriteOptions(crs=CrsChoice("EPSG:4547")))
    said = (tmp_path / "a.prj").read_text()
    assert said.startswith('PROJCS["CGCS2000_3_Degree_GK_CM_114E"') and "D_China_2000" in said
    with fiona.open(tmp_path / "a.shp") as source:
        assert source.crs.to_epsg() == 4547
        west, south, *_ = source.bounds
    assert 300_000 < west < 400_000 and 3_800_000 < south < 3_900_000
    done = write.write(frame(a=[1]), tmp_path / "g.shp", WriteOptions(crs=CrsChoice("gcj02")))
    assert codes(done) == ["no_crs"] and not (tmp_path / "g.prj").exists()


def test_what_is_there_is_kept_unless_told_and_left_whole_if_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write.write(frame(a=[1]), tmp_path / "a.shp")
    (tmp_path / "a.qix").write_bytes(b"index of the old one")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(InputError, match="exists already"):
        write.write(frame(a=[2]), tmp_path / "a.shp")
    import os

    true, calls = os.replace, []

    def failing(source: Any, target: Any) -> None:
        calls.append(target)
        if len(calls) == 8:
            raise PermissionError(13, "Permission denied", str(target))
        true(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing)
        with pytest.raises(InputError, match="cannot be written"):
            write.write(frame(a=[2]), tmp_path / "a.shp", WriteOptions(overwrite=True))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    write.write(frame(a=[2]), tmp_path / "a.shp", WriteOptions(overwrite=True))
    assert rows(tmp_path / "a.shp") == [{"a": 2}]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.cpg", "a.dbf", "a.prj", "a.shp", "a.shx"]


def test_cancelling_leaves_nothing(tmp_path: Path) -> None:
    class Stopped:
        cancelled = True

        def __call__(self, fraction: float, message: str = "") -> None:
            return None

    with pytest.raises(Cancelled):
        write.write(frame(a=[1]), tmp_path / "a.shp", progress=Stopped())
    assert not list(tmp_path.iterdir())


def test_sizes_are_looked_at_before_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from envzones.plugin.engine.exchange import write_shapefile

    monkeypatch.setattr(write_shapefile, "_LARGEST", 400)
    with pytest.raises(InputError, match="at most 2; write a GeoPackage"):
        write.write(frame(a=[1, 2, 3]), tmp_path / "a.shp")
    monkeypatch.undo()
    with pytest.raises(InputError, match="300 fields"):
        write.write(frame(**{f"f{k}": [1] for k in range(300)}), tmp_path / "a.shp")
    assert not list(tmp_path.iterdir())


def test_no_rows_and_no_columns(tmp_path: Path) -> None:
    write.write(frame(a=[1]).iloc[:0], tmp_path / "a.shp", spec=SPEC)
    with fiona.open(tmp_path / "a.shp") as source:
        assert len(source) == 0 and source.schema["geometry"] == "Polygon"
    write.write(gpd.GeoDataFrame(geometry=[ZONE], crs="EPSG:4490"), tmp_path / "b.shp")
    assert rows(tmp_path / "b.shp") == [{"ID": 1}]


def test_the_same_bytes_on_the_same_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1561852800")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write.write(frame(a=["甲"], 很长的名字=[1.0]), tmp_path / name / "x.shp")
    assert (tmp_path / "a" / "x.dbf").read_bytes()[1:4] == bytes([119, 6, 30])
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
