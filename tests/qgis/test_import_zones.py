"""Import and conversion of coordinates through Processing, in this process and in qgis_process.bin."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from qgis.core import (
    QgsFeature,
    QgsGeometry,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
)

ROOT = Path(__file__).resolve().parents[2]
CITY = shapely.box(112.0, 34.8, 112.9, 35.3)


class Recorder(QgsProcessingFeedback):
    """Keeps what the user would read."""

    def __init__(self) -> None:
        super().__init__(False)
        self.said: list[str] = []

    def pushInfo(self, info):  # noqa: N802 - QGIS's name
        self.said.append(info)

    def reportError(self, error, fatalError=False):  # noqa: N802, N803
        self.said.append(error)


def refused(words: str, name: str, parameters: dict) -> None:
    import processing

    feedback = Recorder()
    with pytest.raises(QgsProcessingException) as caught:
        processing.run(name, parameters, feedback=feedback)
    assert words in " ".join([*feedback.said, str(caught.value)])


@pytest.fixture
def world(tmp_path) -> Path:
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.geopackage import create

    city = gpd.GeoDataFrame(
        {"uid": ["A"], "name": ["示例市"], "level": ["city"], "code": ["419001"], "provenance": ["illustrative"]}, geometry=[CITY], crs=4490
    )
    path = tmp_path / "一张图 map.gpkg"
    create(path, load_catalog(), frames={"admin_area": city}, meta={"title": "示例", "jurisdiction_code": "419001"})
    return path


@pytest.fixture
def table(tmp_path) -> Path:
    path = tmp_path / "企业.csv"
    lines = ["企业名称,经度,纬度,行业,电话", "甲厂,112°36′00″,35°04′12″,化工,123", "乙厂,112°42′00″,35°06′00″,建材,456", "丙厂,112°75′,35,化工,7"]
    path.write_bytes("\r\n".join(lines).encode("gbk"))
    return path


def sources(world: Path) -> list[QgsFeature]:
    return list(QgsVectorLayer(f"{world}|layername=pollution_source", "s", "ogr").getFeatures())


def test_a_table_of_gbk_and_dms_is_imported(provider, world, table, clean_project, tmp_path):
    import processing

    shown = QgsVectorLayer(f"{world}|layername=pollution_source", "pollution_source", "ogr")
    QgsProject.instance().addMapLayer(shown)
    parameters = {"ONEMAP": str(world), "FILE": str(table), "LAYER": "pollution_source", "CRS": "EPSG:4490"}
    feedback = Recorder()
    trial = processing.run("envzones:importzones", {**parameters, "TRY_ONLY": True}, feedback=feedback)
    assert (trial["READ_COUNT"], trial["LOADED_COUNT"], trial["REJECTED_COUNT"]) == (3, 2, 1) and sources(world) == []
    done = processing.run("envzones:importzones", {**parameters, "REJECTS": str(tmp_path / "r.csv")}, feedback=feedback)
    assert (done["READ_COUNT"], done["LOADED_COUNT"], done["REJECTED_COUNT"]) == (3, 2, 1)
    assert "112°75′" in (tmp_path / "r.csv").read_text(encoding="utf-8-sig") and done["REJECTS"] == str(tmp_path / "r.csv")
    found = {f["name"]: f for f in sources(world)}
    assert set(found) == {"甲厂", "乙厂"} and found["甲厂"]["industry"] == "chemical"
    point = found["甲厂"].geometry().asPoint()
    assert (point.x(), point.y()) == pytest.approx((112.6, 35.07), abs=1e-9)
    assert json.loads(found["甲厂"]["source_fields"]) == {"电话": "123"}
    assert shown.featureCount() == 2 and any("3 rows read: 2 loaded" in line for line in feedback.said)


def test_nothing_is_guessed_and_no_edits_are_overrun(provider, world, table, clean_project):
    parameters = {"ONEMAP": str(world), "FILE": str(table), "LAYER": "pollution_source"}
    refused("Say which one it is", "envzones:importzones", parameters)
    refused("no layer 'nonsense'", "envzones:importzones", {**parameters, "LAYER": "nonsense"})
    refused("seven numbers", "envzones:importzones", {**parameters, "CRS": "EPSG:4610", "SHIFT": "1,b"})
    shown = QgsVectorLayer(f"{world}|layername=pollution_source", "pollution_source", "ogr")
    QgsProject.instance().addMapLayer(shown)
    assert shown.startEditing()
    feature = QgsFeature(shown.fields())
    feature.setGeometry(QgsGeometry.fromWkt("POINT (112.5 35.1)"))
    shown.addFeature(feature)
    refused("unsaved edits", "envzones:importzones", {**parameters, "CRS": "EPSG:4490"})
    shown.rollBack()


def layer(points: np.ndarray, crs: str = "EPSG:4490") -> QgsVectorLayer:
    made = QgsVectorLayer(f"Point?crs={crs}&field=name:string", "points", "memory")
    for k, (x, y) in enumerate(points):
        feature = QgsFeature(made.fields())
        feature.setAttributes([f"p{k}"])
        feature.setGeometry(QgsGeometry.fromWkt(f"POINT ({float(x)!r} {float(y)!r})"))
        made.dataProvider().addFeature(feature)
    return made


def coordinates(made: QgsVectorLayer) -> np.ndarray:
    return np.array([(f.geometry().constGet().geometryN(0) if f.geometry().isMultipart() else f.geometry().constGet()) and
                     (f.geometry().asMultiPoint()[0] if f.geometry().isMultipart() else f.geometry().asPoint())
                     for f in made.getFeatures()])  # fmt: skip


@pytest.mark.parametrize("name", ["gcj02", "bd09"])
def test_the_shift_of_web_maps_there_and_back(provider, clean_project, name):
    import processing

    from envzones.plugin.engine import datum

    truth = np.array([(113.6192856, 34.7478004), (112.6, 35.07)])
    there = processing.run("envzones:convertcoordinates", {"INPUT": layer(truth), "FROM": "layer", "TO": name, "CONVERTED": "TEMPORARY_OUTPUT"})
    turn = datum.wgs_to_gcj if name == "gcj02" else datum.wgs_to_bd
    assert np.abs(coordinates(there["CONVERTED"]) - np.column_stack(turn(*truth.T))).max() < 1e-12
    back = processing.run(
        "envzones:convertcoordinates", {"INPUT": there["CONVERTED"], "FROM": name, "TO": "EPSG:4490", "CONVERTED": "TEMPORARY_OUTPUT"}
    )
    assert np.abs(coordinates(back["CONVERTED"]) - truth).max() < 1e-9
    assert [f["name"] for f in back["CONVERTED"].getFeatures()] == ["p0", "p1"]


def test_what_cannot_be_converted_is_refused(provider, clean_project):
    base = {"INPUT": layer(np.array([(112.6, 35.07)])), "CONVERTED": "TEMPORARY_OUTPUT"}
    refused("surveyors", "envzones:convertcoordinates", {**base, "FROM": "EPSG:4610"})
    refused("not offered", "envzones:convertcoordinates", {**base, "TO": "EPSG:3857"})
    refused("no reference system", "envzones:convertcoordinates", {**base, "FROM": "nonsense"})
    refused("180", "envzones:convertcoordinates", {**base, "INPUT": layer(np.array([(38372301.0, 3883255.0)])), "FROM": "gcj02"})


def test_in_the_real_program(world, table, tmp_path):
    plugins = tmp_path / "profiles" / "default" / "python" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "envzones").symlink_to(ROOT)
    spec = importlib.util.spec_from_file_location("environment", ROOT / ".ci" / "environment.py")
    environment = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(environment)
    (tmp_path / "profiles" / "default" / "QGIS").mkdir()
    (tmp_path / "profiles" / "default" / "QGIS" / "QGIS3.ini").write_text("[PythonPlugins]\nenvzones=true\n")

    def run(name: str, *arguments: str) -> dict:
        done = subprocess.run(
            ["qgis_process.bin", "--json", "run", name, "--", *arguments],
            env=environment.qgis(tmp_path), capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["results"]

    done = run("envzones:importzones", f"ONEMAP={world}", f"FILE={table}", "LAYER=pollution_source", "CRS=EPSG:4490")
    assert (done["READ_COUNT"], done["LOADED_COUNT"], done["REJECTED_COUNT"]) == (3, 2, 1)
    run("envzones:convertcoordinates", f"INPUT={world}|layername=pollution_source", "FROM=layer", "TO=gcj02", f"CONVERTED={tmp_path / 'g.gpkg'}")
    moved = gpd.read_file(tmp_path / "g.gpkg")
    assert len(moved) == 2 and moved.total_bounds[0] > 112.605
