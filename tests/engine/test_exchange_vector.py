"""GeoPackage, file geodatabase and GeoJSON: as GDAL and geopandas read them, in pieces, with what they declare."""

from __future__ import annotations

import json
import sqlite3
import struct
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.exchange import ogr, read
from envzones.plugin.engine.exchange.model import Foreign, LayerSummary, ReadOptions

from . import messy

NAMES = [plot[0] for plot in messy.PLOTS]


def codes(foreign: Foreign) -> list[str]:
    return [note.code for note in foreign.notes]


def frame(n: int = 4, epsg: int = 4547) -> gpd.GeoDataFrame:
    shapes = [shapely.Polygon(one) for one in messy.plots(epsg)]
    return gpd.GeoDataFrame(
        {"名称": [NAMES[k % 4] for k in range(n)], "k": np.arange(n), "亩": np.arange(n) / 4},
        geometry=[shapes[k % 4] for k in range(n)], crs=epsg,
    )  # fmt: skip


# --------------------------------------------------------------------------------------------------------
# GeoPackage and FileGDB
# --------------------------------------------------------------------------------------------------------


def test_gpkg(tmp_path: Path) -> None:
    made = frame()
    made.to_file(tmp_path / "图.gpkg", layer="地块")
    foreign = read.read(tmp_path / "图.gpkg")
    assert (foreign.format, foreign.name, foreign.count) == ("gpkg", "地块", 4)
    assert foreign.frame["名称"].tolist() == NAMES and foreign.frame["k"].tolist() == [0, 1, 2, 3]
    assert (foreign.frame.geometry.array == made.geometry.array).all()
    assert foreign.declared.crs.to_epsg() == 4547 and foreign.frame.crs == foreign.declared.crs
    assert foreign.encoding.name == "utf-8" and foreign.encoding.sure and foreign.rows.tolist() == [1, 2, 3, 4]
    (one,) = read.layers(tmp_path / "图.gpkg")
    assert one == LayerSummary("地块", one.geometry, 4)


def test_several_layers_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    frame().to_file(path, layer="地块")
    frame(2).to_file(path, layer="河流")
    pd.DataFrame({"x": [1]}).to_csv(tmp_path / "x.csv")
    assert [one.name for one in read.layers(path)] == ["地块", "河流"]
    with pytest.raises(InputError, match="2 layers .*地块, 河流"):
        read.read(path)
    assert len(read.read(path, ReadOptions(layer="河流")).frame) == 2
    with pytest.raises(InputError, match="no layer '湖泊'"):
        read.read(path, ReadOptions(layer="湖泊"))


def test_a_file_geodatabase(tmp_path: Path) -> None:
    fiona = pytest.importorskip("fiona")
    path = tmp_path / "成果.gdb"
    try:
        frame().drop(columns="k").to_file(path, driver="OpenFileGDB", layer="地块")
    except Exception as error:  # noqa: BLE001 - GDAL before 3.6 cannot write them
        pytest.skip(f"{fiona.__gdal_version__}: {error}")
    foreign = read.read(path)
    assert (foreign.format, foreign.name) == ("fgdb", "地块") and foreign.frame["名称"].tolist() == NAMES
    assert foreign.declared.crs.to_epsg() == 4547
    assert foreign.frame.geometry.area.tolist() == pytest.approx(frame().geometry.area.tolist(), rel=1e-6)
    members = {f"成果.gdb/{part.name}": part.read_bytes() for part in path.iterdir()}
    assert read.read(messy.zipped(tmp_path / "成果.zip", members)).frame["名称"].tolist() == NAMES
    assert read.sniff(path) == "fgdb"


def test_types_of_cells(tmp_path: Path) -> None:
    made = gpd.GeoDataFrame(
        {
            "n": pd.array([1, None, 3], dtype="Int64"), "f": [1.5, None, 2.0], "s": ["甲", None, ""],
            "when": pd.to_datetime(["2019-09-27 08:00:01", None, "2020-01-01 00:00:00"]),
        },
        geometry=[shapely.Point(1, 2), None, shapely.Point(3, 4)], crs=4490,
    )  # fmt: skip
    # Only pyogrio writes whole numbers with gaps.
    made = made if _pyogrio() else made.drop(columns="n")
    made.to_file(tmp_path / "a.gpkg")
    found = read.read(tmp_path / "a.gpkg").frame
    cells = found.drop(columns="geometry").astype(object)
    cells = cells.where(cells.notna(), None)
    if _pyogrio():
        assert cells["n"].tolist() == [1, None, 3] and not any(isinstance(one, float) for one in cells["n"])
    assert cells["f"].tolist() == [1.5, None, 2.0] and cells["s"].tolist() == ["甲", None, ""]
    assert cells["when"].tolist() == ["2019-09-27T08:00:01", None, "2020-01-01T00:00:00"]
    assert found.geometry.iloc[1] is None


def _pyogrio() -> bool:
    try:
        import pyogrio  # noqa: F401
    except ImportError:
        return False
    return True


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("2019-09-27T08:00:00Z", "2019-09-27T08:00:00"), ("2019-09-27 08:00:00.500+08:00", "2019-09-27T08:00:00.5+08:00"),
        ("2019-09-27T08:00:00.000", "2019-09-27T08:00:00"), ("2019-09-27", "2019-09-27"), ("昨天", "昨天"), (None, None),
    ],
)  # fmt: skip
def test_moments(said: Any, plain: Any) -> None:
    assert ogr.moment(said) == plain


def curve() -> bytes:
    """A circle of radius 1 as a GeoPackage blob: CURVEPOLYGON(CIRCULARSTRING(...))."""
    points = [(0, 0), (1, 1), (2, 0), (1, -1), (0, 0)]
    ring = b"\x01" + struct.pack("<2I", 8, 5) + b"".join(struct.pack("<2d", *one) for one in points)
    return b"GP\0\x01" + struct.pack("<i", 4547) + b"\x01" + struct.pack("<2I", 10, 1) + ring


def test_curves_become_lines_and_broken_blobs_rejects(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    frame().to_file(path, layer="a", SPATIAL_INDEX="NO")
    base = sqlite3.connect(path)
    base.execute("UPDATE a SET geom = ? WHERE fid = 1", (curve(),))
    wild = b"GP\0\x01" + struct.pack("<i", 4547) + b"\x01" + struct.pack("<I2d", 1, float("inf"), 3.0)
    base.execute("UPDATE a SET geom = ? WHERE fid = 2", (wild,))
    base.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = 'CURVEPOLYGON'")
    base.commit()
    base.close()
    foreign = read.read(path)
    assert foreign.count == 4 and [one.row for one in foreign.rejects] == [2] and foreign.rows.tolist() == [1, 3, 4]
    assert foreign.frame.geometry.iloc[0].area == pytest.approx(np.pi, rel=2e-3)
    assert "curves_linearised" in codes(foreign)


def test_heights_are_left_out(tmp_path: Path) -> None:
    gpd.GeoDataFrame(geometry=[shapely.Point(1, 2, 3)], crs=4490).to_file(tmp_path / "a.gpkg")
    foreign = read.read(tmp_path / "a.gpkg")
    assert not foreign.frame.geometry.has_z.any() and "heights_dropped" in codes(foreign)


def test_pieces_are_the_whole(tmp_path: Path) -> None:
    frame(1000).to_file(tmp_path / "a.gpkg")
    whole = read.read(tmp_path / "a.gpkg")
    pieces = list(read.read_chunks(tmp_path / "a.gpkg", size=300))
    assert [one.count for one in pieces] == [300, 300, 300, 100]
    assert np.concatenate([one.rows for one in pieces]).tolist() == whole.rows.tolist()
    assert sum((one.frame["k"].tolist() for one in pieces), []) == whole.frame["k"].tolist() == list(range(1000))
    assert [one.count for one in read.read_chunks(tmp_path / "a.gpkg", ReadOptions(limit=7), size=5)] == [5, 2]
    assert len(read.read(tmp_path / "a.gpkg", ReadOptions(limit=7)).frame) == 7


def test_no_rows_and_no_layers(tmp_path: Path) -> None:
    frame().iloc[:0].to_file(tmp_path / "a.gpkg", geometry_type="Polygon") if _pyogrio() else frame().iloc[:0].to_file(
        tmp_path / "a.gpkg", schema={"geometry": "Polygon", "properties": {"名称": "str"}}
    )
    foreign = read.read(tmp_path / "a.gpkg")
    assert foreign.count == 0 and "名称" in foreign.frame
    assert [one.count for one in read.read_chunks(tmp_path / "a.gpkg")] == [0]
    sqlite3.connect(tmp_path / "b.gpkg").execute("CREATE TABLE t (x)").connection.commit()
    with pytest.raises(InputError, match=r"b\.gpkg"):
        read.read(tmp_path / "b.gpkg")
    (tmp_path / "c.gpkg").write_bytes((tmp_path / "a.gpkg").read_bytes()[:5000])
    with pytest.raises(InputError, match=r"c\.gpkg"):
        read.read(tmp_path / "c.gpkg")


def test_cancel(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.gpkg")

    class Stop:
        cancelled = True

        def __call__(self, fraction: float, message: str = "") -> None: ...

    with pytest.raises(Cancelled):
        read.read(tmp_path / "a.gpkg", progress=Stop())


def test_another_reader_can_be_put_in(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.gpkg")

    class Other:
        def layers(self, path: str) -> list[LayerSummary]:
            return [LayerSummary("mine", "Point", 2)]

        def pieces(self, path: str, layer: Any, **options: Any) -> Any:
            assert path.endswith("a.gpkg") and layer == "mine" and options["limit"] is None
            shapes = np.array([shapely.Point(1, 2), None])
            yield ogr.Raw({"a": ["x", None]}, shapes, np.array([False, False]), "EPSG:4490")

    ogr.use(Other())
    try:
        foreign = read.read(tmp_path / "a.gpkg")
    finally:
        ogr.use(None)
    assert foreign.frame["a"].tolist() == ["x", None] and foreign.declared.crs.to_epsg() == 4490


@pytest.mark.parametrize("kind", ["gpkg", "geojson"])
def test_fiona_and_pyogrio_agree(tmp_path: Path, kind: str) -> None:
    if not _pyogrio():
        pytest.skip("pyogrio is not installed")
    made = frame(epsg=4326 if kind == "geojson" else 4547)
    made["note"] = ["a", None, "", "中"]
    path = tmp_path / f"a.{kind}"
    made.to_file(path, layer="a")
    one, other = ogr._Pyogrio(), ogr._Fiona()
    a, b = (
        next(reader.pieces(str(path), "a", encoding=None, limit=None, size=10))
        for reader in (one, other)
    )
    assert a.columns == b.columns and (a.geometry == b.geometry).all() and not a.unread.any()
    assert [x.name for x in one.layers(str(path))] == [x.name for x in other.layers(str(path))]


# --------------------------------------------------------------------------------------------------------
# GeoJSON
# --------------------------------------------------------------------------------------------------------

POINT = {"type": "Point", "coordinates": [112.6, 35.07, 12]}
FEATURE = {"type": "Feature", "properties": {"名称": "甲", "n": 1}, "geometry": POINT}


def geojson(folder: Path, document: Any, *, encoding: str = "utf-8", name: str = "a.geojson") -> Foreign:
    words = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    path = folder / name
    path.write_bytes(words.encode(encoding))
    return read.read(path)


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", **members, "features": list(features)}


@pytest.mark.parametrize(
    "document",
    [
        FEATURE, collection(FEATURE), POINT, {"type": "GeometryCollection", "geometries": [POINT]},
        json.dumps(FEATURE) + "\n" + json.dumps(FEATURE), "\x1e" + json.dumps(FEATURE) + "\n", "\ufeff" + json.dumps(FEATURE),
        {"features": [FEATURE]},
    ],
)  # fmt: skip
def test_kinds_of_documents(tmp_path: Path, document: Any) -> None:
    foreign = geojson(tmp_path, document)
    assert foreign.format == "geojson" and len(foreign.frame) >= 1
    assert shapely.get_coordinates(foreign.frame.geometry.iloc[0]).tolist() == [[112.6, 35.07]]
    assert "heights_dropped" in codes(foreign)
    assert foreign.declared.crs.to_epsg() == 4326 and foreign.declared.where == "format"


@pytest.mark.parametrize(
    ("member", "epsg"),
    [
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}, 4547),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, 4326),
        ({"type": "name", "properties": {"name": "EPSG:4490"}}, 4490),
        ({"type": "EPSG", "properties": {"code": 4490}}, 4490),
    ],
)
@pytest.mark.parametrize("last", [True, False])
def test_a_crs_member_is_declared(tmp_path: Path, member: Any, epsg: int, last: bool) -> None:
    document = collection(FEATURE, crs=member)
    foreign = geojson(tmp_path, dict(reversed(document.items())) if last else document)
    assert foreign.declared.where == "crs member"
    assert foreign.declared.crs.to_epsg() == epsg or foreign.declared.crs.to_string() == "OGC:CRS84"
    assert shapely.get_coordinates(foreign.frame.geometry.iloc[0]).tolist() == [[112.6, 35.07]]


@pytest.mark.parametrize(
    ("member", "words", "datum"),
    [
        ({"type": "name", "properties": {"name": "GCJ-02"}}, "GCJ-02", "gcj02"),
        ({"type": "name", "properties": {"name": "local grid 7"}}, "local grid 7", ""),
        ({"type": "link", "properties": {"href": "http://example.invalid/crs"}}, "http://example.invalid/crs", ""),
    ],
)
def test_a_crs_that_nobody_knows(tmp_path: Path, member: Any, words: str, datum: str) -> None:
    foreign = geojson(tmp_path, collection(FEATURE, crs=member))
    assert (foreign.declared.crs, foreign.declared.words, foreign.declared.datum) == (None, words, datum)
    assert foreign.frame.crs is None


def test_a_crs_of_null_is_none(tmp_path: Path) -> None:
    foreign = geojson(tmp_path, collection(FEATURE, crs=None))
    assert foreign.declared is None and foreign.frame.crs is None


def test_cells(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "id": 7, "properties": {"a": {"b": [1]}, "n": 2**70, "f": 1.5, "t": True}, "geometry": None},
        {"type": "Feature", "properties": {"b": "x\x00y", "geometry": "z", "a": "\ud83d"}, "geometry": POINT},
        {"type": "Feature", "properties": None, "geometry": {"type": "Polygon", "coordinates": []}},
    ]
    foreign = geojson(tmp_path, json.dumps(collection(*features)).replace("1.5", "NaN"))
    cells = foreign.frame.drop(columns="geometry").astype(object)
    assert list(cells.columns) == ["id", "a", "n", "f", "t", "b", "geometry_1"]
    assert cells["a"].tolist() == ['{"b": [1]}', "\ufffd", None] and cells["n"].tolist()[0] == str(2**70)
    assert cells["b"].tolist()[1] == "xy" and cells["f"].isna().all() and cells["id"].tolist()[0] == 7
    assert foreign.frame.geometry.isna().tolist() == [True, False, True]


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": ["a", 1]}, {"type": "Polygon", "coordinates": [[[1, 2]]]}, {"type": "Blob"}, 7, "x",
        {"type": "Point", "coordinates": [float("nan"), 1]}, {"type": "LineString", "coordinates": [[1, 2], [3]]}, {},
        {"type": "Point", "coordinates": [float("inf"), 1]},
    ],
)  # fmt: skip
def test_geometries_that_cannot_be_read_are_rejects(tmp_path: Path, geometry: Any) -> None:
    bad = {"type": "Feature", "properties": {"名称": "坏"}, "geometry": geometry}
    foreign = geojson(tmp_path, collection(FEATURE, bad, "no feature", FEATURE))
    assert foreign.rows.tolist() == [1, 4] and foreign.count == 4
    assert [one.row for one in foreign.rejects] == [2, 3] and foreign.rejects[0].values["名称"] == "坏"


def test_a_document_that_was_cut_off(tmp_path: Path) -> None:
    words = json.dumps(collection(FEATURE, FEATURE, FEATURE))
    foreign = geojson(tmp_path, words[:-80])
    assert len(foreign.frame) == 2 and "cut_off" in codes(foreign)
    with pytest.raises(InputError, match="no whole JSON"):
        geojson(tmp_path, words[:60])


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"a": 1}, "no GeoJSON"), ("[1, 2]", "no whole JSON"), ({"type": "Topology", "objects": {}}, "no GeoJSON"),
        ({"geometryType": "esriGeometryPolygon", "feature": []}, "ArcGIS JSON"), ("{", "no whole JSON"), ("{]", "no whole JSON"),
        ("[" * 100000, "no whole JSON"), ('{"features": 5}', "no GeoJSON"), ('{"type": "Feature"', "no whole JSON"),
    ],
)  # fmt: skip
def test_json_that_is_no_geojson(tmp_path: Path, document: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        geojson(tmp_path, document)


def test_gbk_is_read_and_told(tmp_path: Path) -> None:
    foreign = geojson(tmp_path, collection(FEATURE, {**FEATURE, "properties": {"名称": NAMES[0]}}), encoding="gbk")
    assert foreign.frame["名称"].tolist() == ["甲", NAMES[0]] and "not_utf8" in codes(foreign)
    assert foreign.encoding.name == "gb18030"


def test_a_thousand_kinds_of_properties_do_not_fill_memory(tmp_path: Path) -> None:
    features = [{"type": "Feature", "properties": {f"k{k}": k}, "geometry": POINT} for k in range(2000)]
    foreign = geojson(tmp_path, collection(*features))
    assert len(foreign.frame.columns) < 310 and "many_fields" in codes(foreign)
    assert (foreign.frame.drop(columns="geometry").notna().sum(axis=1) == 1).all()


@settings(max_examples=40)
@given(data=st.data())
def test_geopandas_reads_the_same(tmp_path_factory: Any, data: Any) -> None:
    number = st.floats(-180, 180, allow_nan=False).map(lambda x: round(x, 7))
    point = st.tuples(number, number)
    shape = st.one_of(
        point.map(shapely.Point), st.lists(point, min_size=2, max_size=5).map(shapely.LineString),
        st.lists(point, min_size=3, max_size=5).map(shapely.Polygon), st.lists(point, min_size=1).map(shapely.MultiPoint),
        st.none(),
    )  # fmt: skip
    shapes = data.draw(st.lists(shape, min_size=1, max_size=6))
    texts = st.one_of(st.none(), st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")))
    made = gpd.GeoDataFrame(
        {"文字": data.draw(st.lists(texts, min_size=len(shapes), max_size=len(shapes))), "n": range(len(shapes))},
        geometry=shapes, crs=4326,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("peer") / "a.geojson"
    path.write_text(made.to_json(ensure_ascii=False), encoding="utf-8")
    mine = read.read(path)
    assert mine.count == len(made) == len(mine.frame)
    assert [x if isinstance(x, str) else None for x in mine.frame["文字"]] == [
        x if isinstance(x, str) else None for x in made["文字"]
    ]
    assert mine.frame["n"].tolist() == made["n"].tolist()
    for one, other in zip(mine.frame.geometry, made.geometry):
        assert (one is None and other is None) or shapely.equals_exact(one, other, 0)
