"""Layers written through Processing and read back by QGIS itself."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path

import pytest
import shapely
from qgis.core import (
    QgsFeature,
    QgsGeometry,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsVectorLayer,
    QgsWkbTypes,
)

from .conftest import make_layer

ROOT = Path(__file__).resolve().parents[2]
X, Y = 112.5, 35.0
ZONE = shapely.Polygon([(X, Y), (X + 0.02, Y), (X + 0.02, Y + 0.02), (X, Y + 0.02)],
                       [[(X + 0.005, Y + 0.005), (X + 0.01, Y + 0.005), (X + 0.01, Y + 0.01)]])  # fmt: skip
FIELDS = "field=uid:string&field=name:string&field=level:string&field=area_ha:double&field=document_date:date"


@pytest.fixture
def zones():
    rows = [
        (ZONE.wkt, ["A", "沁河水源一级区", "primary", 1.5, "2019-06-30"]),
        (shapely.transform(ZONE, lambda xy: xy + 0.05).wkt, ["B", "蟒河水源", "secondary", None, None]),
        (None, ["C", "无图形", None, None, None]),
    ]
    return make_layer("MultiPolygon", FIELDS, rows, "drinking_water_zone")


def run(parameters, feedback=None):
    from qgis import processing

    return processing.run("envzones:exportzones", parameters, feedback=feedback or QgsProcessingFeedback())


def read(path, name="read", **options):
    layer = QgsVectorLayer(str(path), name, "ogr")
    assert layer.isValid()
    for key, value in options.items():
        getattr(layer, key)(value)
    return layer


@pytest.fixture
def in_chinese(monkeypatch):
    from envzones.plugin.processing import export_zones

    monkeypatch.setattr(export_zones, "language", lambda: "zh")


@pytest.mark.parametrize("encoding", [0, 2], ids=["UTF-8", "GBK"])
def test_qgis_reads_a_shapefile_in_either_encoding(provider, clean_project, in_chinese, zones, tmp_path, encoding):
    path = tmp_path / "保护区.shp"
    done = run({"LAYERS": [zones], "ENCODING": encoding, "TITLES": 1, "OUTPUT": str(path)})
    assert (done["ROW_COUNT"], done["FILE_COUNT"], done["OUTPUT"]) == (3, 6, str(path))
    layer = read(path)
    assert layer.dataProvider().encoding() == ("GBK" if encoding else "UTF-8")
    assert layer.crs().authid() == "EPSG:4490"
    assert layer.featureCount() == 3
    names = [one.name() for one in layer.fields()]
    assert all(len(name.encode("gbk" if encoding else "utf-8")) <= 10 for name in names)
    features = list(layer.getFeatures())
    assert features[0]["名称"] == "沁河水源一级区"
    level = next(name for name in names if name.startswith("保护区"))
    assert [one[level] or None for one in features] == ["一级保护区", "二级保护区", None]
    assert features[0].geometry().isGeosEqual(QgsGeometry.fromWkt(shapely.MultiPolygon([ZONE]).wkt))
    assert features[0].geometry().isGeosValid()
    assert not features[2].hasGeometry()


def test_unsaved_edits_leave_with_the_layer(provider, clean_project, zones, tmp_path):
    assert zones.startEditing()
    new = QgsFeature(zones.fields())
    new.setAttributes(["N", "新画的", "quasi", None, None])
    new.setGeometry(QgsGeometry.fromWkt(shapely.MultiPolygon([ZONE]).wkt))
    zones.addFeature(new)
    path = tmp_path / "out.gpkg"
    assert run({"LAYERS": [zones], "OUTPUT": str(path)})["ROW_COUNT"] == 4
    zones.rollBack()
    layer = read(f"{path}|layername=drinking_water_zone")
    assert layer.crs().authid() == "EPSG:4490"
    assert QgsWkbTypes.displayString(layer.wkbType()) == "MultiPolygon"
    found = {one["uid"]: one for one in layer.getFeatures()}
    assert found["N"]["name"] == "新画的" and found["N"].geometry().isGeosValid()
    assert {uid: one["level"] or None for uid, one in found.items()} == {
        "A": "primary", "B": "secondary", "C": None, "N": "quasi",
    }  # fmt: skip
    assert found["A"]["document_date"].toString("yyyy-MM-dd") == "2019-06-30"
    assert not found["C"].hasGeometry()


def test_a_drawing_in_metres_that_qgis_reads(provider, clean_project, zones, tmp_path):
    path = tmp_path / "out.dxf"
    run({"LAYERS": [zones], "CRS": "EPSG:4547", "LABEL": "name", "OUTPUT": str(path)})
    layer = read(path)
    found = {}
    for one in layer.getFeatures():
        found.setdefault(one["Layer"], []).append((one["Text"] or None, one.geometry()))
    texts = {text for rows in found.values() for text, _ in rows if text}
    assert texts == {"沁河水源一级区", "蟒河水源"}
    rings = next(rows for name, rows in found.items() if name.endswith("Primary zone"))
    assert len(rings) == 2  # the zone and its hole
    box = rings[0][1].boundingBox()
    assert 360_000 < box.xMinimum() < 370_000 and 3_870_000 < box.yMinimum() < 3_880_000
    assert abs(box.width() - 1858.87) < 0.1


def test_places_on_a_phone(provider, clean_project, zones, tmp_path):
    path = tmp_path / "out.kmz"
    feedback = QgsProcessingFeedback()
    run({"LAYERS": [zones], "SHIFTED": 1, "OUTPUT": str(path)}, feedback)
    assert "GCJ02" in feedback.textLog()
    layer = read(f"/vsizip/{path}/doc.kml")
    assert layer.featureCount() == 3
    moved = next(layer.getFeatures()).geometry().boundingBox()
    assert 0.004 < moved.xMinimum() - X < 0.008  # some 530 m


def test_what_cannot_be_written_is_said_and_leaves_nothing(provider, clean_project, zones, tmp_path, capsys):
    class Loud(QgsProcessingFeedback):
        def reportError(self, error, fatalError=False):  # noqa: N802, N803 - QGIS's names
            print(error)

    for parameters, words in (
        ({"LAYERS": [zones], "OUTPUT": str(tmp_path / "out.dxf")}, "in degrees"),
        ({"LAYERS": [zones], "OUTPUT": str(tmp_path / "out.tab")}, "does not say in which format"),
        ({"LAYERS": [], "OUTPUT": str(tmp_path / "out.kml")}, "at least one layer"),
    ):
        with pytest.raises(QgsProcessingException) as error:
            run(parameters, Loud())
        assert words in capsys.readouterr().out + str(error.value)
    assert not list(tmp_path.iterdir())


def test_through_the_real_qgis_process(tmp_path):
    plugins = tmp_path / "profiles" / "default" / "python" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "envzones").symlink_to(ROOT)
    spec = importlib.util.spec_from_file_location("environment", ROOT / ".ci" / "environment.py")
    environment = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(environment)
    variables = environment.qgis(tmp_path)
    data, out = tmp_path / "drinking_water_zone.geojson", tmp_path / "区.shp"
    feature = {"type": "Feature", "properties": {"uid": "A", "name": "沁河", "level": "primary", "source_name": "甲"},
               "geometry": json.loads(shapely.to_geojson(ZONE))}  # fmt: skip
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    data.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}), encoding="utf-8")

    def program(*words):
        done = subprocess.run(
            ["qgis_process.bin", *words], env=variables, capture_output=True, text=True, encoding="utf-8", timeout=240,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        assert not [sign for sign in ("Traceback", "Segmentation", "double free") if sign in done.stderr + done.stdout]
        return done

    program("plugins", "enable", "envzones")
    done = program("run", "envzones:exportzones", "--json", "--", f"LAYERS={data}", "CRS=EPSG:4547", "ENCODING=2", f"OUTPUT={out}")
    assert json.loads(done.stdout)["results"]["ROW_COUNT"] == 1
    layer = QgsVectorLayer(str(out), "read", "ogr")
    assert layer.crs().authid() == "EPSG:4547"
    assert [(one["name"], one["source_nam"]) for one in layer.getFeatures()] == [("沁河", "甲")]
