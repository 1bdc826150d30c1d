"""Problems registered and zone changes listed through Processing, in this process and in qgis_process.bin."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from pyproj import Geod
from qgis.core import QgsProcessingException, QgsProcessingFeedback, QgsProject, QgsVectorLayer

ROOT = Path(__file__).resolve().parents[2]
GEOD = Geod(a=6378137.0, rf=298.257222101)
BOOK = """
id: follow-test
jurisdiction: {code: "419001", zh: 示例市, en: Sample}
document: {number: 测〔2018〕1号, zh: 测试, en: Test}
period: {from: 2018-01-01, to: 2020-12-31}
clauses:
  - id: B
    clause: 一
    zh: 锅炉关停
    en: Boilers
    quote: 供热半径15公里范围内的燃煤锅炉全部关停整合
    operative: 全部关停整合
    kind: inventory
    of: [coal_boiler]
    where: {within: {layer: heat_source, distance: 15 km, filter: {chp: {is: true}}}}
    effect: close
    due: {words: 2018年底前, date: 2018-12-31}
"""
WEST, EAST = shapely.box(112.40, 35.0, 112.42, 35.02), shapely.box(112.42, 35.0, 112.43, 35.02)


@pytest.fixture
def world(monkeypatch, tmp_path) -> Path:
    """A map: a plant, two boilers near it and one far off; a source zone that a second document widened."""
    from envzones.plugin import paths
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.geopackage import create

    folder = tmp_path / "user" / "rulebooks"
    folder.mkdir(parents=True)
    (folder / "follow-test.yaml").write_text(BOOK, encoding="utf-8")
    monkeypatch.setattr(paths, "user_folder", lambda: tmp_path / "user")

    def frame(rows: list[dict]) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490")

    base = {"provenance": "illustrative", "valid_from": date(2018, 1, 1), "life_state": "delineated", "accuracy_m": 0.0}
    city = shapely.box(112.0, 34.8, 113.2, 35.4)
    boilers = [("B1", "北厂", 112.65), ("B2", "南厂", 112.70), ("B3", "远厂", 113.10)]
    zone = {**base, "name": "示例水源地", "source_name": "示例水源地", "level": "primary", "source_type": "groundwater"}
    frames = {
        "admin_area": frame([{**base, "uid": "A", "name": "示例市", "level": "city", "code": "419001", "geometry": city}]),
        "heat_source": frame([{**base, "uid": "P", "name": "热电厂", "chp": True, "status": "operating", "geometry": shapely.Point(112.6, 35.1)}]),
        "coal_boiler": frame(
            [{**base, "uid": uid, "name": name, "fuel": "coal", "utility": False, "status": "running", "geometry": shapely.Point(x, 35.1)}
             for uid, name, x in boilers]
        ),
        "drinking_water_zone": frame([
            {**zone, "uid": "Z1", "valid_to": date(2019, 1, 1), "life_state": "adjusted", "geometry": WEST,
             "document_no": "旧文"},
            {**zone, "uid": "Z2", "valid_from": date(2019, 1, 1), "adjusts_uid": "Z1", "document_no": "新文",
             "geometry": shapely.union(WEST, EAST)},
        ]),
    }  # fmt: skip
    path = tmp_path / "map.gpkg"
    coverage = gpd.GeoDataFrame(
        {"layer": list(frames), "complete_as_of": [date(2018, 1, 1)] * len(frames), "declared_by": ["本局"] * len(frames)},
        geometry=[city] * len(frames), crs="EPSG:4490",
    )  # fmt: skip
    create(path, load_catalog(), frames=frames, coverage=coverage, meta={"title": "示例", "jurisdiction_code": "419001"})
    return path


class Recorder(QgsProcessingFeedback):
    """Keeps what the user would read."""

    def __init__(self) -> None:
        super().__init__(False)
        self.said: list[str] = []

    def pushInfo(self, info):  # noqa: N802 - QGIS's name
        self.said.append(info)

    def reportError(self, error, fatalError=False):  # noqa: N802, N803
        self.said.append(error)


def refused(words: str, run, *arguments, **more) -> None:
    """Hold that a run ends with these words, in its messages or its exception."""
    feedback = Recorder()
    with pytest.raises(QgsProcessingException) as caught:
        run(*arguments, feedback=feedback, **more)
    assert words in " ".join([*feedback.said, str(caught.value)])


def board(world: Path) -> QgsVectorLayer:
    import processing

    outputs = dict.fromkeys(("BOARD", "FINDING", "FINDING_AREA", "ISSUE"), "TEMPORARY_OUTPUT")
    answer = processing.run(
        "envzones:planboard", {**outputs, "AS_OF": "2019-06-30", "ONEMAP": str(world), "RULEBOOK": ["follow-test"]}
    )
    return answer["FINDING"]


def register(world: Path, findings: list, feedback: QgsProcessingFeedback | None = None, **more) -> dict:
    import processing

    return processing.run(
        "envzones:registerproblems",
        {"ONEMAP": str(world), "FINDINGS": findings, "AS_OF": "2019-06-30", "NEW": "TEMPORARY_OUTPUT",
         "VANISHED": "TEMPORARY_OUTPUT", **more},
        feedback=feedback,
    )  # fmt: skip


def items(world: Path) -> list[dict]:
    layer = QgsVectorLayer(f"{world}|layername=rectification_item", "items", "ogr")
    names = layer.fields().names()
    return [dict(zip(names, feature.attributes())) for feature in layer.getFeatures()]


def test_problems_are_numbered_once_and_stay(provider, world, clean_project):
    found = board(world)
    trial = register(world, [found], TRY_ONLY=True, PREFIX="示例")
    assert trial["NEW_COUNT"] == 2 and trial["NEW"].featureCount() == 2 and items(world) == []
    first = register(world, [found], PREFIX="示例")
    assert (first["NEW_COUNT"], first["CHANGED_COUNT"], first["VANISHED_COUNT"]) == (2, 0, 0)
    kept = {item["feature_uid"]: item["problem_no"] for item in items(world)}
    assert set(kept) == {"B1", "B2"} and len(set(kept.values())) == 2
    assert all(number.startswith("示例") for number in kept.values())
    again = register(world, [found], PREFIX="示例")
    assert (again["NEW_COUNT"], again["CHANGED_COUNT"], again["UNCHANGED_COUNT"]) == (0, 0, 2)
    assert {item["feature_uid"]: item["problem_no"] for item in items(world)} == kept


def test_what_is_no_finding_and_what_is_unsaved_is_refused(provider, world, clean_project):
    found = board(world)
    other = QgsVectorLayer("Point?crs=EPSG:4490&field=a:string", "other", "memory")
    refused("no layer of findings", register, world, [other])
    layer = QgsVectorLayer(f"{world}|layername=rectification_item", "rectification_item", "ogr")
    QgsProject.instance().addMapLayer(layer)
    register(world, [found], PREFIX="示例")
    assert layer.startEditing()
    feature = next(layer.getFeatures())
    layer.changeAttributeValue(feature.id(), layer.fields().indexOf("remark"), "改")
    refused("unsaved edits", register, world, [found], PREFIX="示例")
    layer.rollBack()


def test_a_widened_zone_is_told_with_its_areas(provider, world, clean_project):
    import processing

    parameters = {"ONEMAP": str(world), "FROM": "2018-06-01", "TO": "2019-06-01", "CHANGE": "TEMPORARY_OUTPUT",
                  "PIECE": "TEMPORARY_OUTPUT"}  # fmt: skip
    answer = processing.run("envzones:zonechanges", {**parameters, "LAYERS": "drinking_water_zone"})
    (row,) = answer["CHANGE"].getFeatures()
    truth = abs(GEOD.geometry_area_perimeter(EAST.segmentize(0.001))[0])
    assert row["change"] == "adjusted" and row["document_no"] == "新文"
    assert row["gained_m2"] == pytest.approx(truth, rel=1e-6) and row["lost_m2"] == pytest.approx(0, abs=1)
    (piece,) = answer["PIECE"].getFeatures()
    assert piece["part"] == "gained" and piece.geometry().area() > 0
    run = processing.run
    refused("has no layer 'nothing'", run, "envzones:zonechanges", {**parameters, "LAYERS": "nothing"})
    refused("earlier day is missing", run, "envzones:zonechanges", {**parameters, "FROM": None})


def test_in_the_real_program(world, tmp_path):
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
            ["qgis_process.bin", "--json", "run", name, "--", f"ONEMAP={world}", *arguments],
            env=environment.qgis(tmp_path), capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["results"]

    findings = tmp_path / "findings.gpkg"
    board_layer = run(
        "envzones:planboard", "RULEBOOK=jiyuan-2018", "AS_OF=2019-06-30", f"FINDING={findings}", f"ISSUE={tmp_path / 'i.gpkg'}"
    )
    assert board_layer["FINDING"]
    done = run(
        "envzones:registerproblems", f"FINDINGS={findings}", "AS_OF=2019-06-30", "PREFIX=济", f"NEW={tmp_path / 'new.gpkg'}"
    )
    assert done["NEW_COUNT"] == len(items(world)) > 0
    told = run("envzones:zonechanges", "FROM=2018-06-01", "TO=2019-06-01", f"CHANGE={tmp_path / 'c.gpkg'}",
               f"PIECE={tmp_path / 'p.gpkg'}")  # fmt: skip
    assert told["CHANGE_COUNT"] == 1
