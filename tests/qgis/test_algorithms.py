"""The algorithms through Processing: their answers, a model, cancelling, and bad input."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProject,
    QgsWkbTypes,
)

ALGORITHMS = ("riversection", "rivernetwork", "riverchannel", "heatradius", "sitingcheck")
SITE_FIELDS = "field=site_id:string&field=name:string&field=facility_type:string&field=nature:string"


class Recorder(QgsProcessingFeedback):
    """Keeps what the user would read."""

    def __init__(self) -> None:
        super().__init__(False)
        self.errors: list[str] = []
        self.lines: list[str] = []

    def reportError(self, error, fatalError=False):  # noqa: N802, N803 - QGIS's names
        self.errors.append(error)

    def pushInfo(self, info):  # noqa: N802
        self.lines.append(info)


def run(name: str, parameters: dict, feedback: QgsProcessingFeedback | None = None) -> dict:
    """Run an algorithm with temporary outputs for all its layers."""
    import processing

    algorithm = QgsApplication.processingRegistry().algorithmById(f"envzones:{name}")
    assert algorithm is not None
    outputs = {output.name: "TEMPORARY_OUTPUT" for output in algorithm.create().outputs()}
    return processing.run(f"envzones:{name}", {**outputs, **parameters}, feedback=feedback)


def rows(layer) -> list[dict]:
    """Return a layer's attributes by field name, NULL as None."""
    names = layer.fields().names()
    return [dict(zip(names, feature.attributes())) for feature in layer.getFeatures()]


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_parameter_and_the_algorithm_explain_themselves(provider, name):
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"envzones:{name}")
    assert len(algorithm.shortHelpString()) > 200
    assert algorithm.canExecute() == (True, "")
    for parameter in algorithm.parameterDefinitions():
        assert len(parameter.help()) > 20, parameter.name()
        assert parameter.help().endswith("."), parameter.name()
        assert parameter.description(), parameter.name()


def test_river_section_answers_with_chainage_bank_and_offset(provider, river, section, outfalls, tools):
    answer = run("riversection", {"RIVERS": river, "SECTIONS": section, "FEATURES": [outfalls]})
    found = {row["site_id"]: row for row in rows(answer["FINDING"])}
    assert set(found) == {"left", "right", "band"}
    assert found["left"]["direction"] == "U"
    assert found["left"]["bank"] == "left"  # the river flows south: east is on the left
    assert found["left"]["chainage_m"] == pytest.approx(2000.0, abs=0.5)
    assert found["left"]["offset_m"] == pytest.approx(300.0, abs=0.5)
    assert found["left"]["site_layer"] == "outfall"
    assert found["right"]["direction"] == "D"
    assert found["right"]["bank"] == "right"
    assert abs(found["right"]["chainage_m"]) == pytest.approx(400.0, abs=0.5)
    assert found["band"]["band"] == "approximate"
    assert answer["FINDING_COUNT"] == 3
    lengths = {"U": 0.0, "D": 0.0}
    for feature in answer["REACH"].getFeatures():
        shape = shapely.from_wkb(bytes(feature.geometry().asWkb()))
        lengths[feature["direction"]] += tools.geod.geometry_length(shape)
    assert lengths["U"] == pytest.approx(5000.0, abs=0.5)
    assert lengths["D"] == pytest.approx(500.0, abs=0.5)
    zone = next(answer["ZONE"].getFeatures())
    area = abs(tools.geod.geometry_area_perimeter(shapely.from_wkb(bytes(zone.geometry().asWkb())))[0])
    assert area == pytest.approx(5500.0 * 1000.0, rel=0.003)
    assert answer["ZONE"].crs().authid() == "EPSG:4490"


def test_river_section_turns_reversed_lines_round(provider, river, section, tools):
    line = next(river.getFeatures()).geometry().asPolyline()
    wkt = "LineString (" + ", ".join(f"{p.x():.12f} {p.y():.12f}" for p in reversed(line)) + ")"
    against = tools.make_layer("LineString", "field=uid:string", [(wkt, ["R1"])], "against")
    there = run("riversection", {"RIVERS": river, "SECTIONS": section})
    back = run("riversection", {"RIVERS": against, "SECTIONS": section, "REVERSE": True})
    one, two = (next(a["ZONE"].getFeatures()).geometry() for a in (there, back))
    assert one.symDifference(two).area() < 1e-9


def test_outputs_are_styled(provider, river, section, outfalls):
    answer = run("riversection", {"RIVERS": river, "SECTIONS": section, "FEATURES": [outfalls]})
    assert answer["REACH"].renderer().type() == "categorizedSymbol"
    assert answer["REACH"].renderer().classAttribute() == "direction"
    assert answer["FINDING"].renderer().type() == "categorizedSymbol"
    categories = answer["ZONE"].renderer().categories()
    assert [category.value() for category in categories] == ["river_section"]
    assert categories[0].symbol().symbolLayer(0).strokeColor().name() == "#963406"


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4547", "EPSG:3857"])
def test_heat_radius_decides_by_true_metres_in_any_crs(provider, tools, crs):
    from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsPointXY

    there = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4490"), QgsCoordinateReferenceSystem(crs), QgsProject.instance()
    )

    def wkt(lon: float, lat: float) -> str:
        point = there.transform(QgsPointXY(lon, lat))
        return f"Point ({point.x():.12f} {point.y():.12f})"

    plants = tools.make_layer(
        "Point", "field=uid:string&field=name:string&field=chp:bool",
        [(wkt(tools.lon, tools.lat), ["P1", "示例电厂", True])], "plants", crs,
    )  # fmt: skip
    boilers = tools.make_layer(
        "Point", "field=uid:string",
        [(wkt(*tools.east(tools.lon, tools.lat, metres, 37.0)), [name])
         for name, metres in (("in", 14999.9), ("out", 15000.1))], "boilers", crs,
    )  # fmt: skip
    answer = run("heatradius", {"PLANTS": plants, "BOILERS": boilers})
    found = {row["site_id"]: row for row in rows(answer["FINDING"])}
    assert found["in"]["status"] == "hit"
    assert found["out"]["status"] == "clear"
    assert found["in"]["distance_m"] == pytest.approx(14999.9, abs=0.01)
    assert found["in"]["zone_name"] == "示例电厂"
    assert answer["HIT_COUNT"] == 1
    assert answer["ZONE_COUNT"] == 1


def sites_layer(tools, rows_):
    return tools.make_layer("Point", SITE_FIELDS + "&field=capacity_tph:double", rows_, "sites")


def test_siting_check_gives_known_and_possible(provider, tools, onemap):
    sites = sites_layer(
        tools, [("Point (112.61 35.11)", ["C1", "小锅炉", "coal_boiler", "new", 10.0])]
    )
    feedback = Recorder()
    answer = run("sitingcheck", {"SITES": sites, "ONEMAP": str(onemap), "AS_OF": "2019-06-30"}, feedback)
    verdict = rows(answer["VERDICT"])[0]
    assert verdict["known"] == "fail"  # the plan forbids new coal boilers up to 35 t/h anywhere in the city
    assert verdict["as_of"].toString("yyyy-MM-dd") == "2019-06-30"
    hits = [row for row in rows(answer["FINDING"]) if row["status"] == "hit"]
    assert any(row["clause_id"] == "J13b" and row["effect"] == "prohibit" for row in hits)
    assert answer["SITE_COUNT"] == 1
    assert answer["PENDING_COUNT"] == verdict["pending"]
    assert any("C1" in line for line in feedback.lines)
    assert QgsWkbTypes.geometryType(answer["VERDICT"].wkbType()) == QgsWkbTypes.PointGeometry


def test_siting_check_never_passes_a_site_that_was_not_assessed(provider, tools, onemap):
    sites = sites_layer(tools, [("Point (112.9 35.3)", ["C2", "项目", None, None, None])])
    answer = run("sitingcheck", {"SITES": sites, "ONEMAP": str(onemap), "AS_OF": "2019-06-30"})
    verdict = rows(answer["VERDICT"])[0]
    assert verdict["pending"] > 0
    assert "待核实" in verdict["text_zh"]


@pytest.mark.parametrize("first", ["Point", "Polygon"])
def test_sites_of_several_types_are_all_checked_and_all_shown(provider, onemap, tmp_path, first):
    import json

    point = {"type": "Point", "coordinates": [112.61, 35.11]}
    area = {"type": "Polygon", "coordinates": [[[112.7, 35.1], [112.71, 35.1], [112.71, 35.11], [112.7, 35.1]]]}
    shapes = [point, area] if first == "Point" else [area, point]
    features = [
        {"type": "Feature", "geometry": shape, "properties": {"site_id": shape["type"], "name": shape["type"]}}
        for shape in shapes
    ]
    path = tmp_path / "sites.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    answer = run("sitingcheck", {"SITES": str(path), "ONEMAP": str(onemap), "AS_OF": "2019-06-30"})
    found = {f["site_id"]: f.geometry() for f in answer["VERDICT"].getFeatures()}
    assert set(found) == {"Point", "Polygon"}
    assert all(not geometry.isNull() for geometry in found.values())


def test_siting_check_writes_ledger_and_report(provider, tools, onemap, tmp_path):
    sites = sites_layer(tools, [("Point (112.61 35.11)", ["C1", "小锅炉", "coal_boiler", "new", 10.0])])
    files = {"XLSX": str(tmp_path / "a.xlsx"), "DOCX": str(tmp_path / "a.docx")}
    answer = run("sitingcheck", {"SITES": sites, "ONEMAP": str(onemap), "AS_OF": "2019-06-30", **files})
    for name, path in files.items():
        assert answer[name] == path
        assert Path(path).read_bytes()[:2] == b"PK"


def test_siting_check_sees_unsaved_edits(provider, tools, onemap, clean_project, tmp_path):
    import shutil

    from qgis.core import QgsVectorLayer

    copy = tmp_path / "edited.gpkg"
    shutil.copy(onemap, copy)
    layer = QgsVectorLayer(f"{copy}|layername=admin_area", "admin_area", "ogr")
    clean_project.addMapLayer(layer)
    site = sites_layer(tools, [("Point (112.61 35.11)", ["C1", "小锅炉", "coal_boiler", "new", 10.0])])
    parameters = {"SITES": site, "ONEMAP": str(copy), "AS_OF": "2019-06-30"}
    before = rows(run("sitingcheck", parameters)["VERDICT"])[0]
    assert layer.startEditing()
    feature = next(layer.getFeatures())
    away = feature.geometry()
    away.translate(5.0, 0.0)  # the city is elsewhere: no clause of it binds the site
    assert layer.changeGeometry(feature.id(), away)
    after = rows(run("sitingcheck", parameters)["VERDICT"])[0]
    layer.rollBack()
    assert before["known"] == "fail"
    assert after["known"] != "fail"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ONEMAP": "/nowhere/map.gpkg"}, "/nowhere/map.gpkg does not exist"),
        ({"FACILITY_TYPE": "coal_boilr"}, "coal_boiler"),
    ],
)
def test_bad_input_is_answered_in_one_sentence(provider, tools, onemap, change, words):
    sites = sites_layer(tools, [("Point (112.61 35.11)", ["C1", "x", None, "new", 10.0])])
    feedback = Recorder()
    with pytest.raises(QgsProcessingException) as caught:
        run("sitingcheck", {"SITES": sites, "ONEMAP": str(onemap), **change}, feedback)
    said = " ".join([*feedback.errors, str(caught.value)])
    assert words in said
    assert "Traceback" not in said


def test_a_layer_without_crs_is_refused(provider, tools, section):
    rows_ = [("LineString (112.6 35.2, 112.6 35.0)", ["R"])]
    lines = tools.make_layer("LineString", "field=uid:string", rows_, "no crs")
    from qgis.core import QgsCoordinateReferenceSystem

    lines.setCrs(QgsCoordinateReferenceSystem())
    feedback = Recorder()
    with pytest.raises(QgsProcessingException):
        run("riversection", {"RIVERS": lines, "SECTIONS": section}, feedback)
    assert "no crs" in " ".join(feedback.errors)


def test_cancel_stops_the_work_and_writes_nothing(provider, river, section, outfalls, tmp_path):
    import processing

    class Impatient(Recorder):
        """Cancels as soon as the engine reports for the first time."""

        def setProgressText(self, text):  # noqa: N802
            self.cancel()

    feedback = Impatient()
    feedback.progressChanged.connect(lambda _: feedback.cancel())
    target = tmp_path / "zone.gpkg"
    answer = processing.run(
        "envzones:riversection",
        {"RIVERS": river, "SECTIONS": section, "FEATURES": [outfalls], "ZONE": str(target)},
        feedback=feedback,
    )
    assert feedback.isCanceled()
    assert "ZONE" not in answer
    assert not target.exists()


def test_runs_inside_a_model(provider, river, section, tmp_path):
    model = QgsProcessingModelAlgorithm("Zones of sections", "test")
    for name in ("lines", "points"):
        model.addModelParameter(QgsProcessingParameterFeatureSource(name, name), QgsProcessingModelParameter(name))
    child = QgsProcessingModelChildAlgorithm("envzones:riversection")
    child.setChildId("trace")
    source = QgsProcessingModelChildParameterSource
    child.addParameterSources("RIVERS", [source.fromModelParameter("lines")])
    child.addParameterSources("SECTIONS", [source.fromModelParameter("points")])
    child.addParameterSources("UPSTREAM", [source.fromStaticValue(2000.0)])
    child.addParameterSources("BANK", [source.fromStaticValue(200.0)])
    output = QgsProcessingModelOutput("zones")
    output.setChildId("trace")
    output.setChildOutputName("ZONE")
    child.setModelOutputs({"zones": output})
    model.addChildAlgorithm(child)
    path = tmp_path / "zones.model3"
    assert model.toFile(str(path))
    again = QgsProcessingModelAlgorithm()
    assert again.fromFile(str(path))
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    parameters = {"lines": river, "points": section, "trace:zones": "TEMPORARY_OUTPUT"}
    answer, done = again.run(parameters, context, QgsProcessingFeedback())
    assert done
    layer = context.takeResultLayer(answer["trace:zones"])
    zone = next(layer.getFeatures())
    assert zone["upstream_m"] == 2000.0
    assert zone["area_m2"] == pytest.approx(2500.0 * 400.0, rel=0.003)
    assert layer.renderer().type() == "categorizedSymbol"


def test_missing_libraries_are_named_once_and_nothing_breaks(provider, monkeypatch):
    from envzones.plugin import dependencies

    monkeypatch.setattr(dependencies, "_version_text", lambda name: "1.8.5" if name == "shapely" else "9.9")
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("envzones:heatradius")
    able, said = algorithm.canExecute()
    assert not able
    assert "shapely 2.0" in said
    assert "1.8.5" in said


def test_file_parameter_names_are_stable(provider):
    """Scripts and models of users rest on these names."""
    registry = QgsApplication.processingRegistry()
    names = {
        name: {p.name() for p in registry.algorithmById(f"envzones:{name}").parameterDefinitions()}
        for name in ALGORITHMS
    }
    assert {"RIVERS", "SECTIONS", "CHANNEL", "FEATURES", "UPSTREAM", "DOWNSTREAM", "BANK", "MAIN_STEM", "TOLERANCE",
            "REACH", "ZONE", "FINDING", "ISSUE"} <= names["riversection"]  # fmt: skip
    assert {"PLANTS", "BOILERS", "DISTANCE", "MIN_UNIT_MW", "CHP_ONLY", "ZONE", "FINDING",
            "ISSUE"} <= names["heatradius"]  # fmt: skip
    assert {"SITES", "ONEMAP", "RULEBOOK", "FACILITY_TYPE", "NATURE", "AS_OF", "XLSX", "DOCX", "FINDING", "VERDICT",
            "ISSUE"} <= names["sitingcheck"]  # fmt: skip
    onemap = registry.algorithmById("envzones:sitingcheck").parameterDefinition("ONEMAP")
    assert isinstance(onemap, QgsProcessingParameterFile)
