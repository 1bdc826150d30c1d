"""The algorithms that draw drinking-water zones, through Processing."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
import subprocess
from pathlib import Path

import pytest
import shapely
from qgis.core import QgsApplication, QgsProcessingException, QgsProcessingFeedback, QgsProject

ROOT = Path(__file__).resolve().parents[2]
LON, LAT = 112.6, 35.1
NAMES = ("intake", "wells", "circle", "corridor", "vertices", "cut")


class Recorder(QgsProcessingFeedback):
    """Keeps what QGIS says of an error."""

    def __init__(self):
        super().__init__(False)
        self.said = []

    def reportError(self, error, fatalError=False):  # noqa: N802, N803 - QGIS's names
        self.said.append(error)


def run(name, parameters, feedback=None):
    import processing

    outputs = dict.fromkeys(("ZONE", "ISSUE"), "TEMPORARY_OUTPUT")
    return processing.run(f"envzones:delineate{name}", {**outputs, **parameters}, feedback=feedback)


def refused(name, parameters):
    """Run what must be refused, and return what was said."""
    recorder = Recorder()
    with pytest.raises(QgsProcessingException) as caught:
        run(name, parameters, recorder)
    return "\n".join([*recorder.said, str(caught.value)])


def rows(layer):
    names = layer.fields().names()
    return [dict(zip(names, feature.attributes())) for feature in layer.getFeatures()]


def shapes(layer):
    return [shapely.from_wkb(bytes(feature.geometry().asWkb())) for feature in layer.getFeatures()]


def area(tools, geometry):
    return abs(tools.geod.geometry_area_perimeter(shapely.segmentize(geometry, 0.001))[0])


@pytest.fixture
def at(tools):
    """A place in metres east and north of the middle, as degrees."""

    def place(x, y):
        lon, lat, _ = tools.geod.fwd(LON, LAT, 90.0 if x >= 0 else 270.0, abs(x))
        lon, lat, _ = tools.geod.fwd(lon, lat, 0.0 if y >= 0 else 180.0, abs(y))
        return lon, lat

    return place


@pytest.fixture
def layer(tools, at):
    """Make a layer of one kind from places in metres."""

    def make(kind, *features, name="layer", fields="field=name:string"):
        def wkt(places):
            listed = ", ".join("{:.12f} {:.12f}".format(*at(*place)) for place in places)
            return {"Point": f"Point ({listed})", "LineString": f"LineString ({listed})",
                    "Polygon": f"Polygon (({listed}))"}[kind]  # fmt: skip

        return tools.make_layer(kind, fields, [(wkt(places), list(values)) for places, *values in features], name)

    return make


@pytest.fixture
def river(layer):
    way = [(x, 0) for x in range(-6000, 3001, 500)]
    return layer("LineString", (way, "沁河", 60.0), fields="field=river:string&field=width_m:double", name="river")


def test_the_algorithms_explain_themselves(provider):
    for name in NAMES:
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"envzones:delineate{name}")
        assert len(algorithm.shortHelpString()) > 150
        assert algorithm.canExecute() == (True, "")
        for parameter in algorithm.parameterDefinitions():
            assert parameter.help() or parameter.isDestination(), parameter.name()


def test_an_intake(provider, river, layer, tools, clean_project):
    intake = layer("Point", ([(0, 0)], "取水口"))
    answer = run("intake", {
        "RIVERS": river, "INTAKES": intake, "PRIMARY_UP": 1000, "PRIMARY_DOWN": 100, "PRIMARY_LAND": 50,
        "SECONDARY_UP": 2000, "SECONDARY_DOWN": 200, "SECONDARY_LAND": 500, "SOURCE_NAME": "示例水源地",
        "SOURCE_RANK": 1, "DOCUMENT_NO": "示政〔2020〕1号", "DOCUMENT_DATE": "2020-05-06",
    })  # fmt: skip
    assert answer["ZONE_COUNT"] == 4
    assert answer["SAVED_COUNT"] == 0
    told = rows(answer["ZONE"])
    assert [(row["level"], row["part"]) for row in told] == [
        ("primary", "water"), ("primary", "land"), ("secondary", "water"), ("secondary", "land"),
    ]  # fmt: skip
    assert told[0]["source_rank"] == "county"
    assert str(told[0]["document_date"]) == "2020-05-06"
    assert json.loads(told[0]["parameters"])["figures"][0]["owner"] == "document"
    assert area(tools, shapes(answer["ZONE"])[0]) == pytest.approx(1100 * 60, rel=2e-3)


def test_an_intake_by_a_preset_into_a_map(provider, river, layer, tmp_path):
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.geopackage import create
    from envzones.plugin.store.store import open_store

    path = tmp_path / "map.gpkg"
    create(path, load_catalog())
    intake = layer("Point", ([(0, 0)], "取水口"))
    given = {"RIVERS": river, "INTAKES": intake, "PRESET": 0, "SOURCE_NAME": "示例", "INTO": str(path), "FIGURES": 1}
    answer = run("intake", given)
    assert answer["SAVED_COUNT"] == 4
    stored = open_store(path).read("drinking_water_zone")
    assert len(stored) == 4
    assert stored["remark"].str.contains("待核实").all()
    assert "uid" in refused("intake", given)
    assert len(open_store(path).read("drinking_water_zone")) == 4


def test_wells(provider, layer, tools):
    wells = layer("Point", ([(0, 0)], "8号"), ([(300, 0)], "9号"))
    answer = run("wells", {"WELLS": wells, "PRIMARY": 50, "SECONDARY": 200, "SOURCE_NAME": "井群"})
    assert [row["level"] for row in rows(answer["ZONE"])] == ["primary", "secondary"]
    assert area(tools, shapes(answer["ZONE"])[0]) == pytest.approx(2 * 3.14159265 * 2500, rel=1e-3)
    dyke = layer("LineString", ([(-900, -100), (900, -100)], "沙河堤"))
    answer = run("wells", {
        "WELLS": wells, "OFFSETS": "8号、9号 北 50；8号 west 50; 9号 90 50", "EDGES": dyke, "SOURCE_NAME": "井群",
    })  # fmt: skip
    assert area(tools, shapes(answer["ZONE"])[0]) == pytest.approx(400 * 150, rel=1e-3)
    assert rows(answer["ZONE"])[0]["extent_text"].endswith("及沙河堤所围的区域")
    assert "cannot be read" in refused("wells", {"WELLS": wells, "OFFSETS": "8号 50", "SOURCE_NAME": "井群"})
    assert "alpha" in refused("wells", {"WELLS": wells, "CONDUCTIVITY": 10, "SOURCE_NAME": "井群"})


def test_a_circle(provider, layer, tools):
    water = layer("Polygon", ([(-800, -900), (0, -900), (0, 900), (-800, 900), (-800, -900)], "水库"))
    intake = layer("Point", ([(-50, 0)], "取水口"))
    answer = run("circle", {
        "INTAKES": intake, "WATER": water, "PRIMARY_RADIUS": 300, "PRIMARY_LAND": 200, "ALL_WATER": 1,
        "SOURCE_NAME": "水库",
    })  # fmt: skip
    assert [(row["level"], row["part"]) for row in rows(answer["ZONE"])] == [
        ("primary", "water"), ("primary", "land"), ("secondary", "water"),
    ]  # fmt: skip
    water_area = area(tools, shapes(answer["ZONE"])[0]) + area(tools, shapes(answer["ZONE"])[2])
    assert water_area == pytest.approx(800 * 1800, rel=1e-3)


def test_a_corridor(provider, layer, tools):
    line = layer("LineString", ([(0, 0), (800, 0)], "总干渠"))
    answer = run("corridor", {"LINES": line, "LEFT": 50, "RIGHT": 100, "SOURCE_NAME": "总干渠", "LEVEL": 1})
    assert area(tools, shapes(answer["ZONE"])[0]) == pytest.approx(800 * 150, rel=1e-3)
    assert rows(answer["ZONE"])[0]["level"] == "secondary"


def test_a_vertex_table(provider, tmp_path):
    path = tmp_path / "vertices.csv"
    path.write_text("序号,东经,北纬\n1,114°0′0″,35°0′0″\n2,114°1′0″,35°0′0″\n3,114°1′0″,35°1′0″\n", encoding="utf-8")
    answer = run("vertices", {"TABLE": str(path), "SOURCE_NAME": "示例"})
    assert rows(answer["ZONE"])[0]["accuracy_m"] == 15.0
    path.write_text(
        "序号,东经,北纬\n1,114,35\n2,114.01,35\n3,114,35.01\n4,114.01,35.01\n", encoding="utf-8"
    )
    assert "crosses itself" in refused("vertices", {"TABLE": str(path), "SOURCE_NAME": "示例"})


def test_a_cut_and_a_loop(provider, layer, tools):
    roads = layer(
        "LineString", ([(-900, 0), (900, 0)], "南路"), ([(600, -900), (600, 900)], "东路"),
        ([(-900, 500), (900, 500)], "北路"), ([(-400, -900), (-400, 900)], "西路"),
    )  # fmt: skip
    inside = layer("Point", ([(0, 200)], "点"))
    answer = run("cut", {"EDGES": roads, "KEEP": inside, "SOURCE_NAME": "示例"})
    assert area(tools, shapes(answer["ZONE"])[0]) == pytest.approx(1000 * 500, rel=1e-3)
    square = layer("Polygon", ([(-300, -300), (300, -300), (300, 300), (-300, 300), (-300, -300)], "面"))
    answer = run("cut", {
        "AREAS": square, "EDGES": roads, "EDGE_NAMES": "南路", "KEEP": inside, "SOURCE_NAME": "示例",
    })  # fmt: skip
    assert area(tools, shapes(answer["ZONE"])[0]) == pytest.approx(600 * 300, rel=1e-3)
    assert "no line named" in refused("cut", {"EDGES": roads, "EDGE_NAMES": "中路", "KEEP": inside, "SOURCE_NAME": "示例"})


def test_a_zone_needs_its_source(provider, layer):
    line = layer("LineString", ([(0, 0), (800, 0)], "渠"))
    assert "water source" in refused("corridor", {"LINES": line, "LEFT": 50, "DOCUMENT_NO": "1号"})


def test_the_result_looks_like_the_layer_of_the_map(provider, river, layer, clean_project):
    from qgis.core import QgsProcessingContext, QgsProcessingFeedback

    intake = layer("Point", ([(0, 0)], "取水口"))
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("envzones:delineateintake")
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    context.setProject(QgsProject.instance())
    for one in (river, intake):
        QgsProject.instance().addMapLayer(one)
    given = {"RIVERS": river.id(), "INTAKES": intake.id(), "PRIMARY_UP": 500, "PRIMARY_DOWN": 100, "SOURCE_NAME": "例",
             "ZONE": "memory:", "ISSUE": "memory:"}  # fmt: skip
    answer, done = algorithm.run(given, context, feedback)
    assert done
    result = context.takeResultLayer(answer["ZONE"])
    assert result.renderer().type() == "categorizedSymbol"
    assert result.renderer().classAttribute() == "level"


def test_in_the_real_program(tmp_path):
    """A vertex table through qgis_process.bin, with the plugin linked into a profile of its own, into a map."""
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.geopackage import create

    plugins = tmp_path / "profiles" / "default" / "python" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "envzones").symlink_to(ROOT)
    spec = importlib.util.spec_from_file_location("environment", ROOT / ".ci" / "environment.py")
    environment = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(environment)
    variables = environment.qgis(tmp_path)

    def program(*words):
        done = subprocess.run(
            ["qgis_process.bin", *words], env=variables, capture_output=True, text=True, encoding="utf-8", timeout=240,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        assert not [sign for sign in ("Traceback", "Segmentation", "double free") if sign in done.stderr + done.stdout]
        return done

    program("plugins", "enable", "envzones")
    table = tmp_path / "vertices.csv"
    table.write_text("序号,东经,北纬\n1,114°0′0″,35°0′0″\n2,114°1′0″,35°0′0″\n3,114°1′0″,35°1′0″\n", encoding="utf-8")
    create(tmp_path / "map.gpkg", load_catalog())
    done = program(
        "run", "envzones:delineatevertices", "--json", "--", f"TABLE={table}", "SOURCE_NAME=示例", "CRS=EPSG:4490",
        f"ZONE={tmp_path / 'zone.gpkg'}", f"ISSUE={tmp_path / 'issue.gpkg'}", f"INTO={tmp_path / 'map.gpkg'}",
    )  # fmt: skip
    assert json.loads(done.stdout)["results"]["SAVED_COUNT"] == 1
    with sqlite3.connect(tmp_path / "map.gpkg") as connection:
        assert connection.execute("SELECT level, accuracy_m FROM drinking_water_zone").fetchall() == [("primary", 15.0)]
