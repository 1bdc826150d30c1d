"""The border: what leaves QGIS comes back the same."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
import shapely
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeedback,
    QgsGeometry,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import NULL, QDate, QDateTime, QVariant

from envzones.plugin import bridge
from envzones.plugin.engine.errors import Cancelled, InputError

FIELDS = "field=t:string&field=n:int&field=x:double&field=b:bool&field=d:date&field=s:datetime"


@pytest.fixture
def layer(tools):
    return tools.make_layer(
        "Polygon", FIELDS,
        [
            ("Polygon ((112 35, 112.1 35, 112.1 35.1, 112 35))",
             ["一级", 3, 2.5, True, QDate(2019, 6, 30), QDateTime(2019, 6, 30, 8, 15, 0)]),
            ("", [NULL, NULL, NULL, NULL, NULL, NULL]),
        ], "zones",
    )  # fmt: skip


def test_types_and_nulls_cross_both_ways(layer):
    frame = bridge.to_frame(layer)
    assert frame.crs.to_epsg() == 4490
    assert frame["t"].tolist() == ["一级", None]
    assert frame["n"].iloc[0] == 3
    assert np.isnan(frame["n"].iloc[1])
    assert frame["b"].tolist() == [True, None]
    assert frame["d"].iloc[0] == pd.Timestamp("2019-06-30")
    assert frame["d"].isna().tolist() == [False, True]
    assert frame.geometry.iloc[1] is None
    kinds = bridge.column_kinds(frame, {"n": "int", "s": "datetime"})
    assert kinds == {"t": "string", "n": "int", "x": "double", "b": "bool", "d": "date", "s": "datetime"}
    back = QgsVectorLayer("Polygon?crs=EPSG:4490", "back", "memory")
    fields = bridge.fields_of(kinds)
    back.dataProvider().addAttributes(fields.toList())
    back.updateFields()
    assert bridge.to_sink(frame, back.dataProvider(), fields, kinds, shape="polygon") == 2
    first, second = back.getFeatures()
    assert first.attributes() == ["一级", 3, 2.5, True, QDate(2019, 6, 30), QDateTime(2019, 6, 30, 8, 15, 0)]
    assert all(value is None or value == NULL for value in second.attributes())
    assert [field.type() for field in back.fields()] == [
        QVariant.String, QVariant.LongLong, QVariant.Double, QVariant.Bool, QVariant.Date, QVariant.DateTime
    ]  # fmt: skip
    assert not second.hasGeometry()
    again = bridge.to_frame(back)
    assert shapely.equals(again.geometry.iloc[0], frame.geometry.iloc[0])


def test_unsaved_edits_are_seen(layer):
    layer.startEditing()
    first = next(layer.getFeatures())
    layer.changeAttributeValue(first.id(), 0, "二级")
    moved = first.geometry()
    moved.translate(0.5, 0.0)
    layer.changeGeometry(first.id(), moved)
    added = QgsFeature(layer.fields())
    added.setGeometry(QgsGeometry.fromWkt("Polygon ((0 0, 1 0, 1 1, 0 0))"))
    added.setAttributes(["新增", 1, 1.0, False, None, None])
    layer.addFeature(added)
    frame = bridge.to_frame(layer)
    assert sorted(t for t in frame["t"] if t) == ["二级", "新增"]
    assert frame[frame["t"] == "二级"].geometry.iloc[0].bounds[0] == pytest.approx(112.5)
    layer.rollBack()
    assert bridge.to_frame(layer)["t"].tolist() == ["一级", None]


def test_curves_and_heights_become_plain_shapes(tools):
    curve = tools.make_layer(
        "CurvePolygonZM", "field=a:int",
        [("CurvePolygonZM (CircularStringZM (0 0 1 1, 10 0 1 1, 10 10 1 1, 0 10 1 1, 0 0 1 1))", [1])],
        "curve", "EPSG:4547",
    )  # fmt: skip
    shape = bridge.to_frame(curve).geometry.iloc[0]
    assert shape.geom_type == "Polygon"
    assert not shape.has_z
    assert len(shape.exterior.coords) > 30


def test_whole_numbers_stay_whole(tools):
    layer = tools.make_layer("Point", "field=a:int8", [("Point (1 2)", [2**60 + 1])], "big")
    assert bridge.to_frame(layer)["a"].tolist() == [2**60 + 1]


def test_an_empty_layer_keeps_its_columns(tools):
    layer = tools.make_layer("Point", FIELDS, [], "none")
    frame = bridge.snapshot(layer, "none")
    assert list(frame.columns) == ["t", "n", "x", "b", "d", "s", "geometry"]
    assert len(frame) == 0


def test_a_layer_with_a_field_called_geometry(tools):
    layer = tools.make_layer("Point", "field=geometry:string", [("Point (1 2)", ["x"])], "odd")
    frame = bridge.to_frame(layer)
    assert frame["geometry"].tolist() == ["x"]
    assert frame.geometry.iloc[0] == shapely.Point(1, 2)


def test_crs_crosses_as_code_or_wkt(tools):
    assert bridge.crs_text(QgsCoordinateReferenceSystem("EPSG:4547")) == "EPSG:4547"
    own = QgsCoordinateReferenceSystem()
    own.createFromProj("+proj=tmerc +lon_0=112.5 +k=1 +x_0=500000 +ellps=GRS80 +units=m")
    assert "Transverse Mercator" in bridge.crs_text(own)
    layer = tools.make_layer("Point", "field=a:int", [("Point (500000 3886000)", [1])], "own")
    layer.setCrs(own)
    stored = bridge.snapshot(layer, "own")
    assert stored.crs.to_epsg() == 4490
    assert stored.geometry.iloc[0].x == pytest.approx(112.5, abs=1e-6)
    assert bridge.crs_text(QgsCoordinateReferenceSystem()) is None


def test_no_crs_is_an_error_that_names_the_layer(layer):
    layer.setCrs(QgsCoordinateReferenceSystem())
    with pytest.raises(InputError, match="my zones"):
        bridge.snapshot(layer, "my zones")


def test_cancel_reaches_the_reader_and_the_engine(layer):
    from envzones.plugin.engine.progress import Progress, report

    feedback = QgsFeedback()
    progress = bridge.FeedbackProgress(feedback)
    assert isinstance(progress, Progress)
    report(progress, 0.25)
    assert feedback.progress() == pytest.approx(25.0)
    feedback.cancel()
    with pytest.raises(Cancelled):
        report(progress, 0.5)
    with pytest.raises(Cancelled):
        bridge.to_frame(layer, feedback)


def test_evidence_of_any_kind_fits_a_line_layer():
    shapes = np.array(
        [shapely.Point(1, 1), shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (1, 1)]), None,
         shapely.GeometryCollection([shapely.Point(0, 0), shapely.box(2, 2, 3, 3)])], dtype=object
    )  # fmt: skip
    out = bridge.fit(shapes, "line")
    assert [None if s is None else s.geom_type for s in out] == ["MultiLineString"] * 3 + [None, "MultiLineString"]
    assert out[0].length < 1e-6
    assert out[1].length == pytest.approx(4.0)
    assert len(out[4].geoms) == 2


def test_dates_before_pandas_time_stay_dates(tools):
    layer = tools.make_layer("Point", "field=d:date", [("Point (1 2)", [QDate(1600, 1, 1)])], "old")
    frame = bridge.to_frame(layer)
    assert frame["d"].iloc[0] == date(1600, 1, 1)
    assert bridge.column_kinds(frame) == {"d": "date"}
