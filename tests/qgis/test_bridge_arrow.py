"""Both roads from a layer to a frame: whatever a GeoPackage holds, the same cells, types, shapes and feature ids."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osgeo import ogr
from qgis.core import (
    QgsFeature,
    QgsFeatureRequest,
    QgsField,
    QgsGeometry,
    QgsVectorLayer,
    QgsVectorLayerJoinInfo,
)
from qgis.PyQt.QtCore import QVariant

from envzones.plugin import bridge, bridge_arrow
from envzones.plugin.engine.errors import Cancelled

ogr.UseExceptions()
KINDS = (
    ("t", ogr.OFTString, ogr.OFSTNone), ("i", ogr.OFTInteger, ogr.OFSTNone), ("l", ogr.OFTInteger64, ogr.OFSTNone),
    ("r", ogr.OFTReal, ogr.OFSTNone), ("b", ogr.OFTInteger, ogr.OFSTBoolean), ("d", ogr.OFTDate, ogr.OFSTNone),
    ("s", ogr.OFTDateTime, ogr.OFSTNone), ("h", ogr.OFTInteger, ogr.OFSTInt16), ("f", ogr.OFTReal, ogr.OFSTFloat32),
)  # fmt: skip
#: Kind of layer -> shapes that it may hold, some that the standard would not have in it.
SHAPES = {
    ogr.wkbPoint: (None, "POINT (112.5 35)", "POINT EMPTY", "POINT (3 4)"),
    ogr.wkbPoint25D: (None, "POINT Z (112 35 7)", "POINT (1 2)"),
    ogr.wkbMultiPoint: ("MULTIPOINT (1 2,3 4)", "POINT (1 2)", None),
    ogr.wkbLineStringM: ("LINESTRING M (1 2 3,4 5 6)", "LINESTRING EMPTY"),
    ogr.wkbMultiLineString: ("MULTILINESTRING ((0 0,1 1),(2 2,3 3))", "LINESTRING (0 0,1 1)", "MULTILINESTRING EMPTY"),
    ogr.wkbPolygon: ("POLYGON ((0 0,1 0,1 1,0 0))", "MULTIPOLYGON (((0 0,1 0,1 1,0 0)))", None),
    ogr.wkbMultiPolygon: ("MULTIPOLYGON (((0 0,1 0,1 1,0 0)))", "POLYGON ((0 0,1 0,1 1,0 0))", None),
    ogr.wkbMultiPolygonZM: ("MULTIPOLYGON ZM (((0 0 1 2,1 0 1 2,1 1 1 2,0 0 1 2)))", "POLYGON ((0 0,1 0,1 1,0 0))"),
}
#: Kinds of layer that are read feature by feature.
ODD = {
    ogr.wkbUnknown: ("POINT (1 2)", "MULTIPOINT (1 2,3 4)", "POLYGON ((0 0,1 0,1 1,0 0))"),
    ogr.wkbCurvePolygon: ("CURVEPOLYGON (CIRCULARSTRING (0 0,1 1,2 0,1 -1,0 0))",),
    ogr.wkbCompoundCurve: ("COMPOUNDCURVE ((0 0,1 1),CIRCULARSTRING (1 1,2 2,3 1))",),
    ogr.wkbGeometryCollection: ("GEOMETRYCOLLECTION (POINT (1 2),LINESTRING (0 0,1 1))",),
}
POINTS = SHAPES[ogr.wkbPoint]
ROWS = [
    {"t": "甲、乙\n丙", "i": 1, "l": 2**53 - 1, "r": 0.1, "b": 1, "d": "2019/06/30", "s": "2019/06/30 08:15:00", "h": -3, "f": 1.5},
    {},
    {"t": "", "b": 0, "d": "1500/01/01", "s": "1601/02/03 00:00:00"},
    {"t": "𠮷野" * 300, "i": -(2**31), "r": -0.0, "d": "0900/12/31"},
]


def make(path: Path, rows, shapes, kind=ogr.wkbPoint, fields=KINDS, name="zones") -> QgsVectorLayer:
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    table = source.CreateLayer(name, geom_type=kind)
    for title, of, sub in fields:
        one = ogr.FieldDefn(title, of)
        one.SetSubType(sub)
        table.CreateField(one)
    for row, shape in zip(rows, shapes):
        feature = ogr.Feature(table.GetLayerDefn())
        for title, value in row.items():
            feature[title] = value
        if shape:
            feature.SetGeometry(ogr.CreateGeometryFromWkt(shape))
        table.CreateFeature(feature)
    del table, source
    layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
    assert layer.isValid()
    return layer


def same(layer: QgsVectorLayer) -> pd.DataFrame:
    """Read both ways and compare."""
    fast_reader, slow_reader = bridge.LayerReader(layer), bridge.LayerReader(layer)
    assert fast_reader.road is not None
    slow_reader.road = None
    fast, slow = bridge.to_frame(fast_reader), bridge.to_frame(slow_reader)
    assert bridge_arrow.read(fast_reader.road) is not None
    assert fast_reader.fids == slow_reader.fids
    assert list(fast.columns) == list(slow.columns) and (fast.dtypes == slow.dtypes).all(), (fast.dtypes, slow.dtypes)
    assert fast.crs == slow.crs and fast.index.equals(slow.index)
    for title in fast.columns:
        if title == fast.geometry.name:
            one, other = (np.asarray(frame.geometry.array) for frame in (fast, slow))
            assert [None if g is None else g.wkb for g in one] == [None if g is None else g.wkb for g in other]
        else:
            pd.testing.assert_series_equal(fast[title], slow[title], check_exact=True)
            assert [type(value) for value in fast[title]] == [type(value) for value in slow[title]]
    return fast


def test_every_kind_of_cell(tmp_path):
    frame = same(make(tmp_path / "一张图 '引号'.gpkg", ROWS, POINTS))
    assert frame["t"].tolist()[:3] == ["甲、乙\n丙", None, ""]
    assert frame["b"].tolist()[:3] == [True, None, False]


@pytest.mark.parametrize("kind", SHAPES)
def test_every_kind_of_shape(tmp_path, kind):
    shapes = SHAPES[kind]
    frame = same(make(tmp_path / "a.gpkg", ROWS, shapes, kind))
    assert not shapely.has_z(np.asarray(frame.geometry.array)).any()
    # Whatever comes first.
    same(make(tmp_path / "b.gpkg", ROWS, shapes[::-1], kind))


@pytest.mark.parametrize("kind", ODD)
def test_odd_shapes_go_feature_by_feature(tmp_path, kind):
    layer = make(tmp_path / "a.gpkg", ROWS, ODD[kind], kind)
    road = bridge.road_of(layer)
    assert road is None or bridge_arrow.read(road) is None
    assert bridge.to_frame(layer).geometry.notna().all()


def test_a_curve_in_a_layer_of_polygons(tmp_path):
    same(make(tmp_path / "a.gpkg", ROWS, ["CURVEPOLYGON (CIRCULARSTRING (0 0,1 1,2 0,1 -1,0 0))"], ogr.wkbPolygon))


@pytest.mark.parametrize("flags", [[1], [1, 0, 0, 1, 1, 1, 0, 1, 1, 0], [None, 1, None, 0, 1] * 5])
def test_truth_values(tmp_path, flags):
    frame = same(make(tmp_path / "a.gpkg", [{} if one is None else {"b": one} for one in flags], POINTS[1:2] * len(flags)))
    assert frame["b"].tolist() == [None if one is None else bool(one) for one in flags]


@pytest.mark.parametrize("row", ROWS)
def test_columns_without_and_with_nulls(tmp_path, row):
    same(make(tmp_path / "a.gpkg", [row] * 3, POINTS[1:2] * 3))


def test_no_rows(tmp_path):
    same(make(tmp_path / "a.gpkg", [], []))


def test_no_fields_but_the_id(tmp_path):
    same(make(tmp_path / "a.gpkg", [{}, {}], POINTS[1:2] * 2, fields=()))


def test_more_rows_than_a_batch(tmp_path, monkeypatch):
    monkeypatch.setattr(bridge_arrow, "_BATCH", 7)
    rows = [{"t": f"区{k}", "i": k if k % 3 else None, "d": "2019/06/30" if k % 5 else None} for k in range(50)]
    frame = same(make(tmp_path / "a.gpkg", rows, [f"POINT ({k} 1)" for k in range(50)]))
    assert frame.geometry.x.tolist() == list(range(50))


def test_ids_with_gaps(tmp_path):
    layer = make(tmp_path / "a.gpkg", ROWS, POINTS)
    assert layer.dataProvider().deleteFeatures([2])
    reader = bridge.LayerReader(layer)
    bridge.to_frame(reader)
    assert reader.fids == [1, 3, 4]
    same(layer)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_moments_do_not_move_with_the_clock_of_the_office(tmp_path, zone):
    """Read in processes of other time zones: the frames are those of the other road there."""
    make(tmp_path / "a.gpkg", [{"s": "2019/06/30 08:15:00"}, {"s": "2019/01/01 00:00:00.250+08"}], POINTS[1:2] * 2)
    code = (
        "from qgis.core import QgsApplication, QgsVectorLayer\n"
        "app = QgsApplication([], False); app.initQgis()\n"
        "from envzones.plugin import bridge\n"
        f"layer = QgsVectorLayer({str(tmp_path / 'a.gpkg')!r} + '|layername=zones', 'z', 'ogr')\n"
        "fast, slow = bridge.LayerReader(layer), bridge.LayerReader(layer)\n"
        "assert fast.road is not None\n"
        "slow.road = None\n"
        "fast, slow = bridge.to_frame(fast)['s'], bridge.to_frame(slow)['s']\n"
        "assert fast.equals(slow) and fast.notna().all(), (fast, slow)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "TZ": zone, "QT_QPA_PLATFORM": "offscreen"}, timeout=120)


CELL = st.fixed_dictionaries({}, optional={
    "t": st.text(st.characters(min_codepoint=1, exclude_categories=("Cs",)), max_size=20), "i": st.integers(-(2**31), 2**31 - 1),
    "l": st.integers(-(2**53), 2**53), "r": st.floats(allow_nan=False, allow_infinity=False), "b": st.integers(0, 1),
    "d": st.dates().map(lambda day: day.strftime("%Y/%m/%d").zfill(10)), "h": st.integers(-(2**15), 2**15 - 1),
})  # fmt: skip


@given(st.lists(st.tuples(CELL, st.sampled_from(POINTS)), max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_rows(tmp_path_factory, rows):
    same(make(tmp_path_factory.mktemp("any") / "a.gpkg", [row for row, _ in rows], [shape for _, shape in rows]))


# What must go feature by feature.


def test_unsaved_edits_are_seen(tmp_path):
    layer = make(tmp_path / "a.gpkg", ROWS, POINTS)
    layer.startEditing()
    assert bridge.road_of(layer) is not None
    layer.changeAttributeValue(1, layer.fields().indexOf("t"), "改")
    feature = QgsFeature(layer.fields())
    feature.setGeometry(QgsGeometry.fromWkt("POINT (9 9)"))
    layer.addFeature(feature)
    assert bridge.road_of(layer) is None
    frame = bridge.to_frame(layer)
    assert "改" in frame["t"].tolist() and shapely.Point(9, 9) in frame.geometry.tolist()
    layer.rollBack()
    same(layer)


def test_filters_joins_and_virtual_fields_take_the_slow_road(tmp_path):
    layer = make(tmp_path / "a.gpkg", ROWS, POINTS)
    layer.setSubsetString("i = 1")
    assert bridge.road_of(layer) is None and len(bridge.to_frame(layer)) == 1
    layer.setSubsetString("")
    same(layer)
    layer.addExpressionField("2 * i", QgsField("double", QVariant.Int))
    assert bridge.road_of(layer) is None and "double" in bridge.to_frame(layer)
    other = make(tmp_path / "b.gpkg", ROWS, POINTS)
    table = make(tmp_path / "c.gpkg", ROWS, POINTS)
    join = QgsVectorLayerJoinInfo()
    join.setJoinLayer(table)
    join.setJoinFieldName("i")
    join.setTargetFieldName("i")
    join.setUsingMemoryCache(True)
    other.addJoin(join)
    assert bridge.road_of(other) is None


@pytest.mark.parametrize("sub", [ogr.OFSTJSON, "binary"])
def test_fields_that_could_be_read_in_two_ways(tmp_path, sub):
    fields = (("j", ogr.OFTBinary, ogr.OFSTNone),) if sub == "binary" else (("j", ogr.OFTString, sub),)
    layer = make(tmp_path / "a.gpkg", [{}], [None], fields=fields)
    road = bridge.road_of(layer)
    assert road is None or bridge_arrow.read(road) is None
    assert list(bridge.to_frame(layer)) == ["fid", "j", "geometry"]


def test_other_formats_and_queries(tmp_path):
    memory = QgsVectorLayer("Point?field=a:string", "m", "memory")
    assert bridge.road_of(memory) is None
    layer = make(tmp_path / "a.gpkg", ROWS, POINTS)
    only = QgsVectorLayer(f"{tmp_path / 'a.gpkg'}|layername=zones|geometrytype=Polygon", "z", "ogr")
    assert only.isValid() and bridge.road_of(only) is None
    reader = bridge.LayerReader(layer, QgsFeatureRequest(1))
    assert reader.road is None and len(bridge.to_frame(reader)) == 1


def test_a_file_without_a_layers_name(tmp_path):
    make(tmp_path / "a.gpkg", ROWS, POINTS)
    alone = QgsVectorLayer(str(tmp_path / "a.gpkg"), "z", "ogr")
    assert alone.isValid() and len(same(alone)) == len(ROWS)
    # Which of two tables QGIS opened is not asked twice: feature by feature it is certain.
    source = ogr.Open(str(tmp_path / "a.gpkg"), update=1)
    source.CreateLayer("other", geom_type=ogr.wkbPoint)
    del source
    one_of_two = QgsVectorLayer(str(tmp_path / "a.gpkg"), "z", "ogr")
    assert bridge_arrow.read(bridge.road_of(one_of_two)) is None
    assert len(bridge.to_frame(one_of_two)) == len(ROWS)


def test_a_file_that_is_gone(tmp_path):
    layer = make(tmp_path / "a.gpkg", ROWS, POINTS)
    road = bridge.road_of(layer)
    assert bridge_arrow.read(bridge_arrow.Road(str(tmp_path / "b.gpkg"), "zones", road.fields, 4)) is None


def test_in_several_threads_at_a_time(tmp_path):
    layer = make(tmp_path / "a.gpkg", ROWS * 100, POINTS[1:2] * 400)
    readers = [bridge.LayerReader(layer) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        frames = list(pool.map(bridge.to_frame, readers))
    assert all(frame.drop(columns="geometry").equals(frames[0].drop(columns="geometry")) for frame in frames)


def test_cancelled(tmp_path):
    class Feedback:
        def isCanceled(self):  # noqa: N802 - QGIS's name
            return True

        def setProgress(self, value): ...  # noqa: N802 - QGIS's name

    with pytest.raises(Cancelled):
        bridge.to_frame(make(tmp_path / "a.gpkg", ROWS, POINTS), Feedback())


def test_without_gdals_stream(tmp_path, monkeypatch):
    monkeypatch.delattr(ogr.Layer, "GetArrowStreamAsNumPy")
    layer = make(tmp_path / "a.gpkg", ROWS, POINTS)
    assert bridge_arrow.read(bridge.road_of(layer)) is None
    assert len(bridge.to_frame(layer)) == 4
