"""The plan board through Processing, in this process and in the real qgis_process.bin."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
import subprocess
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from qgis.core import QgsProcessingException, QgsProcessingFeedback, QgsProject, QgsVectorLayer, QgsWkbTypes

ROOT = Path(__file__).resolve().parents[2]
AS_OF = "2019-06-30"
BOOK = """
id: board-test
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
  - id: W
    clause: 二
    zh: 水质目标
    en: Water
    quote: 达到或优于Ⅲ类水质断面比例达到60%以上
    kind: indicator
    effect: attend
    figures:
      - id: good
        zh: Ⅲ类及以上断面比例
        en: Share of class III or better
        measure: share
        of: {layer: monitoring_section}
        having: {actual_class: {in: [class_1, class_2, class_3]}}
        unit: '%'
        targets: [{by: 2018-12-31, words: 2018年度, min: 60}]
      - id: green
        zh: 绿地面积
        en: Green space
        measure: area
        of: {layer: green_space}
        unit: 公顷
        targets: [{by: 2020-12-31, words: 2020年底前, min: 1}]
"""


class Recorder(QgsProcessingFeedback):
    """Keeps what the user would read."""

    def __init__(self) -> None:
        super().__init__(False)
        self.lines: list[str] = []
        self.errors: list[str] = []

    def pushInfo(self, info):  # noqa: N802 - QGIS's name
        self.lines.append(info)

    def reportError(self, error, fatalError=False):  # noqa: N802, N803
        self.errors.append(error)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """A one map: a plant with a boiler 14 km off, three sections, and a green space; one layer is not declared."""
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.geopackage import create

    def frame(rows: list[dict]) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490")

    city = shapely.box(112.0, 34.8, 113.2, 35.4)
    base = {"provenance": "illustrative", "valid_from": date(2018, 1, 1), "life_state": "delineated", "accuracy_m": 0.0}
    sections = [("S1", "class_2"), ("S2", "class_5"), ("S3", "class_4")]
    frames = {
        "admin_area": frame([{**base, "uid": "A", "name": "示例市", "level": "city", "code": "419001", "geometry": city}]),
        "heat_source": frame(
            [{**base, "uid": "H", "name": "电厂", "chp": True, "status": "operating", "geometry": shapely.Point(112.6, 35.1)}]
        ),
        "coal_boiler": frame(
            [{**base, "uid": "B1", "name": "锅炉", "fuel": "coal", "utility": False, "status": "running",
              "geometry": shapely.Point(112.7, 35.1)}]
        ),
        "monitoring_section": frame(
            [
                {**base, "uid": uid, "name": uid, "level": "city", "river": "沁河", "actual_class": said,
                 "geometry": shapely.Point(112.5, 35.0 + i / 100)}
                for i, (uid, said) in enumerate(sections)
            ]
        ),
        "green_space": frame(
            [{**base, "uid": "G1", "name": "公园", "green_kind": "park", "geometry": shapely.box(112.5, 35.1, 112.51, 35.11)}]
        ),
    }  # fmt: skip
    coverage = frame(
        [
            {"layer": name, "complete_as_of": date(2018, 6, 1), "valid_until": date(2030, 1, 1), "geometry": city}
            for name in frames
            if name != "green_space"
        ]
    )
    path = tmp_path_factory.mktemp("计划 board") / "map.gpkg"
    create(path, load_catalog(), frames=frames, coverage=coverage, meta={"title": "示例", "jurisdiction_code": "419001"})
    return path


@pytest.fixture
def book(monkeypatch, tmp_path) -> str:
    """The test's rulebook in the user's folder."""
    from envzones.plugin import paths

    folder = tmp_path / "user" / "rulebooks"
    folder.mkdir(parents=True)
    (folder / "board-test.yaml").write_text(BOOK, encoding="utf-8")
    monkeypatch.setattr(paths, "user_folder", lambda: tmp_path / "user")
    return "board-test"


def run(parameters: dict, feedback: QgsProcessingFeedback | None = None) -> dict:
    import processing

    outputs = dict.fromkeys(("BOARD", "FINDING", "FINDING_AREA", "ISSUE"), "TEMPORARY_OUTPUT")
    return processing.run("envzones:planboard", {**outputs, "AS_OF": AS_OF, **parameters}, feedback=feedback)


def rows(layer: QgsVectorLayer) -> list[dict]:
    names = layer.fields().names()
    return [dict(zip(names, feature.attributes())) for feature in layer.getFeatures()]


def test_board_findings_and_numbers(provider, world, book, tmp_path):
    feedback = Recorder()
    answer = run({"ONEMAP": str(world), "RULEBOOK": [book], "XLSX": str(tmp_path / "l.xlsx")}, feedback)
    board = {row["figure_id"] or row["clause_id"]: row for row in rows(answer["BOARD"])}
    assert answer["BOARD"].wkbType() == QgsWkbTypes.Type.NoGeometry
    assert {key: row["met"] for key, row in board.items()} == {"B": "not_met", "good": "not_met", "green": "met"}
    assert board["B"]["listed"] == 1 and board["B"]["tentative"] == 0 and board["B"]["state"] == "overdue"
    assert board["good"]["value"] == pytest.approx(100 / 3) and board["good"]["overdue_days"] == 181
    assert board["good"]["target"] == "≥60" and (board["good"]["numerator"], board["good"]["denominator"]) == (1, 3)
    # At least what is drawn is green, and more would not lessen it.
    assert board["green"]["low"] > 1 and board["green"]["missing"] == "green_space"
    assert (answer["ROW_COUNT"], answer["MET_COUNT"], answer["NOT_MET_COUNT"], answer["OVERDUE_COUNT"]) == (3, 1, 2, 2)
    found = rows(answer["FINDING"])
    assert answer["FINDING"].geometryType() == QgsWkbTypes.GeometryType.PointGeometry
    assert {row["site_id"] for row in found if row["zone_id"] == "good" and row["relation"] == "short"} == {"S2", "S3"}
    assert all(feature.hasGeometry() for feature in answer["FINDING"].getFeatures())
    (area,) = rows(answer["FINDING_AREA"])
    assert area["site_id"] == "G1" and area["area_m2"] == pytest.approx(board["green"]["low"] * 1e4)
    drawn = {category.value(): category.label() for category in answer["FINDING"].renderer().categories()}
    assert drawn["counted"] == "Counted in the figure" and "clear" not in drawn
    assert answer["FINDING"].renderer().type() == answer["FINDING_AREA"].renderer().type() == "categorizedSymbol"
    assert (tmp_path / "l.xlsx").read_bytes()[:2] == b"PK" and answer["XLSX"] == str(tmp_path / "l.xlsx")
    said = " ".join(feedback.lines)
    assert "3 rows: 1 met, 2 not met (2 overdue), 0 not computable." in said and "33.33%" in said


def test_unsaved_edits_count(provider, world, book, clean_project, tmp_path):
    import shutil

    copy = tmp_path / "edited.gpkg"
    shutil.copy(world, copy)
    layer = QgsVectorLayer(f"{copy}|layername=monitoring_section", "monitoring_section", "ogr")
    QgsProject.instance().addMapLayer(layer)
    assert layer.startEditing()
    field = layer.fields().indexOf("actual_class")
    for feature in list(layer.getFeatures()):
        layer.changeAttributeValue(feature.id(), field, "class_1")
    answer = run({"ONEMAP": str(copy), "RULEBOOK": [book]})
    layer.rollBack()
    assert {row["figure_id"]: row["met"] for row in rows(answer["BOARD"])}["good"] == "met"


def test_bad_input_is_one_sentence(provider, book, tmp_path):
    feedback = Recorder()
    with pytest.raises(QgsProcessingException) as caught:
        run({"ONEMAP": str(tmp_path / "none.gpkg"), "RULEBOOK": [book]}, feedback)
    said = " ".join([*feedback.errors, str(caught.value)])
    assert "does not exist" in said and "Traceback" not in said


def test_in_the_real_program(world, tmp_path):
    """The shipped rulebook through qgis_process.bin, with the plugin linked into a profile of its own."""
    plugins = tmp_path / "profiles" / "default" / "python" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "envzones").symlink_to(ROOT)
    spec = importlib.util.spec_from_file_location("environment", ROOT / ".ci" / "environment.py")
    environment = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(environment)
    variables = environment.qgis(tmp_path)

    def program(*words: str) -> subprocess.CompletedProcess:
        done = subprocess.run(
            ["qgis_process.bin", *words], env=variables, capture_output=True, text=True, encoding="utf-8", timeout=240,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        assert not [sign for sign in ("Traceback", "Segmentation", "double free") if sign in done.stderr + done.stdout]
        return done

    program("plugins", "enable", "envzones")
    target = {name: tmp_path / f"{name.lower()}.gpkg" for name in ("BOARD", "FINDING", "ISSUE")}
    done = program(
        "run", "envzones:planboard", "--json", "--", f"ONEMAP={world}", "RULEBOOK=jiyuan-2018", f"AS_OF={AS_OF}",
        f"XLSX={tmp_path / 'ledger.xlsx'}", *(f"{name}={path}" for name, path in target.items()),
    )  # fmt: skip
    answer = json.loads(done.stdout)["results"]
    assert answer["ROW_COUNT"] == answer["MET_COUNT"] + answer["NOT_MET_COUNT"] + answer["PENDING_COUNT"]
    with sqlite3.connect(target["BOARD"]) as connection:
        board = dict(connection.execute("SELECT clause_id || ' ' || layer, met FROM board"))
    assert board["J14 coal_boiler"] == "not_met" and len(board) > 20
    assert (tmp_path / "ledger.xlsx").read_bytes()[:2] == b"PK"
