"""The suitable area through Processing, in this process and in the real qgis_process.bin."""

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
from qgis.core import QgsProcessingException, QgsProcessingFeedback, QgsRasterLayer, QgsWkbTypes

ROOT = Path(__file__).resolve().parents[2]
AS_OF = "2019-06-30"
CITY = shapely.box(112.4, 35.0, 112.7, 35.2)
BOOK = """
id: suitable-test
jurisdiction: {code: "419001", zh: 示例市, en: Sample}
document: {number: 测〔2018〕1号, zh: 测试, en: Test}
period: {from: 2018-01-01, to: 2020-12-31}
clauses:
  - id: A
    clause: 一
    zh: 禁养区内禁止新建
    en: No new farms in the ban zone
    quote: 禁养区内禁止新建养殖场
    operative: 禁止新建
    kind: siting
    applies_to: [livestock_farm]
    nature: [new]
    where: {inside: {layer: livestock_ban_zone}}
    effect: prohibit
  - id: B
    clause: 二
    zh: 限制规模
    en: Restricted size
    quote: 限制大型养殖场
    operative: 限制
    kind: siting
    applies_to: [livestock_farm]
    nature: [new]
    when: {scale_farm: {is: true}}
    where: {within: {layer: village, distance: 500 m}}
    effect: restrict
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """A one map with a ban zone and a village, both declared complete."""
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.geopackage import create

    def frame(rows: list[dict]) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490")

    base = {"provenance": "illustrative", "valid_from": date(2018, 1, 1), "life_state": "delineated", "accuracy_m": 0.0}
    frames = {
        "admin_area": frame([{**base, "uid": "A", "name": "示例市", "level": "city", "code": "419001", "geometry": CITY}]),
        "livestock_ban_zone": frame(
            [{**base, "uid": "Z", "name": "禁养区甲", "zone_kind": "ban", "geometry": shapely.box(112.5, 35.05, 112.55, 35.1)}]
        ),
        "village": frame([{**base, "uid": "V", "name": "村", "geometry": shapely.Point(112.6, 35.1)}]),
    }  # fmt: skip
    coverage = frame(
        [
            {"layer": name, "complete_as_of": date(2018, 6, 1), "valid_until": date(2030, 1, 1),
             "geometry": CITY.buffer(0.1)}
            for name in frames
        ]
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("适宜 area")
    create(
        folder / "map.gpkg", load_catalog(), frames=frames, coverage=coverage,
        meta={"title": "示例", "jurisdiction_code": "419001"},
    )  # fmt: skip
    frame([{"uid": "X", "geometry": CITY}]).to_file(folder / "area.geojson")
    return folder / "map.gpkg"


@pytest.fixture
def book(monkeypatch, tmp_path) -> str:
    """The test's rulebook in the user's folder."""
    from envzones.plugin import paths

    folder = tmp_path / "user" / "rulebooks"
    folder.mkdir(parents=True)
    (folder / "suitable-test.yaml").write_text(BOOK, encoding="utf-8")
    monkeypatch.setattr(paths, "user_folder", lambda: tmp_path / "user")
    return "suitable-test"


def run(world: Path, parameters: dict, feedback: QgsProcessingFeedback | None = None) -> dict:
    import processing

    given = {
        **dict.fromkeys(("SUITABLE", "CLAUSE_AREA", "ISSUE"), "TEMPORARY_OUTPUT"),
        "AREA": str(world.parent / "area.geojson"), "ONEMAP": str(world), "AS_OF": AS_OF,
        "FACILITY_TYPE": "livestock_farm", "NATURE": 0,
    }  # fmt: skip
    return processing.run("envzones:suitablearea", {**given, **parameters}, feedback=feedback)


def rows(layer) -> list[dict]:
    names = layer.fields().names()
    return [dict(zip(names, feature.attributes())) for feature in layer.getFeatures()]


def test_every_parameter_explains_itself(provider):
    from qgis.core import QgsApplication

    algorithm = QgsApplication.processingRegistry().algorithmById("envzones:suitablearea")
    assert algorithm.shortHelpString() and algorithm.shortDescription()
    assert all(parameter.help() for parameter in algorithm.parameterDefinitions())


def test_pieces_raster_and_table(provider, world, book, tmp_path):
    files = {"RASTER": str(tmp_path / "s.tif"), "XLSX": str(tmp_path / "s.xlsx"), "CELL": 100}
    answer = run(world, {"RULEBOOK": [book], **files})
    pieces = rows(answer["SUITABLE"])
    assert answer["SUITABLE"].wkbType() == QgsWkbTypes.Type.MultiPolygon
    assert {(row["known"], row["possible"]) for row in pieces} == {
        ("fail", "pass"), ("pass", "restricted"), ("pass", "pass"),
    }  # fmt: skip
    refused = [row for row in pieces if row["known"] == "fail"]
    assert refused[0]["zones"].endswith("禁养区甲")
    assert answer["REFUSED_HA"] == pytest.approx(sum(row["area_ha"] for row in refused))
    whole = sum(row["area_ha"] for row in pieces)
    assert answer["FREE_HA"] == pytest.approx(whole - answer["REFUSED_HA"])
    assert answer["OPEN_HA"] == pytest.approx(sum(row["area_ha"] for row in pieces if row["worse"]))
    assert answer["SUITABLE"].renderer().type() == "categorizedSymbol"
    assert {row["state"] for row in rows(answer["CLAUSE_AREA"])} == {"hit", "not_assessed"}
    raster = QgsRasterLayer(answer["RASTER"], "s")
    assert raster.isValid()
    assert raster.crs().authid() == "EPSG:4547"
    assert (tmp_path / "s.xlsx").read_bytes()[:2] == b"PK"


@pytest.mark.parametrize(("said", "verdict"), [("scale_farm=true", "restricted"), ("scale_farm=false;", "pass")])
def test_an_attribute_settles_a_clause(provider, world, book, said, verdict):
    answer = run(world, {"RULEBOOK": [book], "ATTRIBUTES": said})
    assert {row["known"] for row in rows(answer["SUITABLE"])} == {"fail", "pass", verdict}
    assert answer["OPEN_HA"] == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"FACILITY_TYPE": "livestok"}, "unknown"),
        ({"ATTRIBUTES": "what=1"}, "is unknown"),
        ({"RASTER": "no/such/folder/s.tif"}, "does not exist"),
    ],
)
def test_bad_input_is_one_sentence(provider, world, book, change, words):
    class Recorder(QgsProcessingFeedback):
        errors: list[str] = []

        def reportError(self, error, fatalError=False):  # noqa: N802, N803 - QGIS's names
            self.errors.append(error)

    feedback = Recorder(False)
    with pytest.raises(QgsProcessingException) as caught:
        run(world, {"RULEBOOK": [book], **change}, feedback)
    said = " ".join([*feedback.errors, str(caught.value)])
    assert words in said
    assert "Traceback" not in said


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
    out, raster = tmp_path / "suitable.gpkg", tmp_path / "s.tif"
    done = program(
        "run", "envzones:suitablearea", "--json", "--", f"AREA={world.parent / 'area.geojson'}", f"ONEMAP={world}",
        "RULEBOOK=jiyuan-2018", "FACILITY_TYPE=livestock_farm", "NATURE=0", f"AS_OF={AS_OF}", f"SUITABLE={out}",
        f"RASTER={raster}", "CELL=200", f"XLSX={tmp_path / 's.xlsx'}",
    )  # fmt: skip
    answer = json.loads(done.stdout)["results"]
    assert answer["OPEN_HA"] > 0
    with sqlite3.connect(out) as connection:
        ((area,),) = connection.execute("SELECT sum(area_m2) FROM suitable")
    assert area == pytest.approx(6.09e8, rel=0.01)
    assert raster.is_file()
    assert (tmp_path / "s.xlsx").is_file()
