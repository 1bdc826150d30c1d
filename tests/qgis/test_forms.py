"""Plain QGIS opens a map's file with styles, forms and domains; the project adds what ties the layers together."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pyproj
import pytest
import shapely
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsDistanceArea,
    QgsEditFormConfig,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeature,
    QgsFieldConstraints,
    QgsGeometry,
    QgsProject,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsVectorLayerUtils,
)
from qgis.gui import QgsAttributeForm

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.project.relations import add_relations
from envzones.plugin.store.forms_layout import _page
from envzones.plugin.store.geopackage import create

CATALOG = load_catalog()
# What a QGIS that has never heard of EnvZones finds in the file.
PLAIN = """
import importlib.util, json, sys
from qgis.core import QgsApplication, QgsVectorLayer
assert importlib.util.find_spec("envzones") is None
application = QgsApplication([], False)
application.initQgis()
found = {}
for name in sys.argv[2:]:
    layer = QgsVectorLayer(f"{sys.argv[1]}|layername={name}", name, "ogr")
    form = layer.editFormConfig()
    widgets, words = {}, {}
    for index, field in enumerate(layer.fields()):
        widgets[field.name()] = field.editorWidgetSetup().type()
        words[field.name()] = layer.constraintDescription(index)
    found[name] = {
        "valid": layer.isValid(),
        "renderer": layer.renderer().type(),
        "tabs": [tab.name() for tab in form.tabs()],
        "widgets": widgets,
        "words": words,
        "alias": {field.name(): field.alias() for field in layer.fields()},
        "read_only": [field.name() for i, field in enumerate(layer.fields()) if form.readOnly(i)],
        "label": layer.labelsEnabled(),
    }
print(json.dumps(found))
del layer, form, field
application.exitQgis()
"""


@pytest.fixture(scope="module")
def onemap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("forms") / "图 1.gpkg"
    create(path, CATALOG, meta={"title": "x"})
    return path


def opened(onemap: Path, name: str) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"{onemap.as_posix()}|layername={name}", name, "ogr")
    assert layer.isValid()
    return layer


def test_plain_qgis_shows_styles_forms_and_domains(onemap: Path) -> None:
    names = [spec.name for spec in CATALOG.values()] + ["layer_coverage"]
    done = subprocess.run(
        ["/usr/bin/python3", "-c", PLAIN, str(onemap), *names], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": "/usr/share/qgis/python", "QT_QPA_PLATFORM": "offscreen"}, cwd="/",
    )  # fmt: skip
    found = json.loads(done.stdout.strip().splitlines()[-1])
    for spec in CATALOG.values():
        told = found[spec.name]
        assert told["valid"] and told["tabs"][-1] == "来源与记录", spec.name
        assert set(told["read_only"]) >= {"row_version", "edited_by", "edited_at"}
        for item in spec.fields:
            assert told["alias"][item.name] == item.title("zh")
            wanted = "ValueMap" if item.domain else {"date": "DateTime", "boolean": "CheckBox"}.get(item.type, "TextEdit")
            assert told["widgets"][item.name] == wanted, (spec.name, item.name)
    zone = found["drinking_water_zone"]
    assert zone["renderer"] == "categorizedSymbol" and zone["label"]
    assert zone["tabs"] == ["保护区", "范围与面积", "依据与时效", "来源与记录"]
    assert zone["words"]["cancel_document_no"] == "取消文号: 生命周期为取消时必填"
    assert zone["words"]["area_ha"] == "批复面积: 不小于0 ha"


def test_every_constraint_is_an_expression_that_qgis_knows(onemap: Path) -> None:
    for spec in CATALOG.values():
        layer = opened(onemap, spec.name)
        context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
        for index, field in enumerate(layer.fields()):
            text = layer.constraintExpression(index)
            if text:
                expression = QgsExpression(text)
                assert expression.prepare(context), (spec.name, field.name(), expression.evalErrorString())
                assert not expression.hasParserError(), (spec.name, field.name(), expression.parserErrorString())


def row(layer: QgsVectorLayer, **values: object) -> object:
    feature = QgsVectorLayerUtils.createFeature(layer)
    for name, value in values.items():
        feature.setAttribute(name, value)
    return feature


def broken(layer: QgsVectorLayer, feature: object) -> dict[str, str]:
    found = {}
    for index, field in enumerate(layer.fields()):
        fine, errors = QgsVectorLayerUtils.validateAttribute(
            layer, feature, index, QgsFieldConstraints.ConstraintStrength.ConstraintStrengthHard
        )
        if not fine:
            found[field.name()] = layer.constraintDescription(index) or "; ".join(errors)
    return found


def test_bad_values_are_refused_in_plain_words(onemap: Path) -> None:
    layer = opened(onemap, "drinking_water_zone")
    layer.startEditing()
    fine = row(layer, level="primary", source_name="河口村水库")
    assert broken(layer, fine) == {}
    assert set(broken(layer, row(layer))) == {"level", "source_name"}
    bad = row(
        layer, level="primary", source_name="x", area_ha=-1.0, valid_from="2020-01-02", valid_to="2019-01-01",
        document_date="2999-01-01", life_state="cancelled",
    )  # fmt: skip
    assert broken(layer, bad) == {
        "area_ha": "批复面积: 不小于0 ha",
        "valid_to": "失效日期: 不能早于或小于“生效日期”；生命周期为取消时必填",
        "document_date": "发文日期: 不能晚于今天",
        "cancel_document_no": "取消文号: 生命周期为取消时必填",
    }
    unit = opened(onemap, "control_unit")
    unit.startEditing()
    told = broken(unit, row(unit, unit_code="A1", unit_kind="priority"))
    assert set(told) == {"unit_code"} and "ZH" in told["unit_code"]
    assert broken(unit, row(unit, unit_code="ZH41900110001", unit_kind="priority")) == {}
    for one in (layer, unit):
        one.rollBack()


def test_a_pasted_row_gets_an_id_of_its_own(onemap: Path) -> None:
    layer = opened(onemap, "drinking_water_zone")
    layer.startEditing()
    first = row(layer, level="primary", source_name="x")
    assert layer.addFeature(first)
    again = QgsVectorLayerUtils.createFeature(layer, first.geometry(), dict(enumerate(first.attributes())))
    assert again["uid"] and again["uid"] != first["uid"]
    layer.rollBack()


def test_the_form_opens_in_tabs(onemap: Path, qgis_app: object) -> None:
    layer = opened(onemap, "drinking_water_zone")
    assert layer.editFormConfig().layout() == QgsEditFormConfig.EditorLayout.TabLayout
    form = QgsAttributeForm(layer, row(layer, level="primary", source_name="x"))
    try:
        assert form.feature()["level"] == "primary"
    finally:
        form.deleteLater()


def test_sizes_in_the_form_are_those_of_pyproj(onemap: Path) -> None:
    project = QgsProject.instance()
    project.clear()
    project.setEllipsoid("EPSG:1024")
    box = shapely.box(113.9, 34.9, 114.0, 35.0)
    expression = re.search(r'evaluate\("(.*)"\)', _page("MultiPolygon", "zh"))[1]
    layer = opened(onemap, "drinking_water_zone")
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    feature = QgsFeature(layer.fields())
    feature.setGeometry(QgsGeometry.fromWkt(box.wkt))
    context.setFeature(feature)
    parsed = QgsExpression(expression)
    calculator = QgsDistanceArea()
    calculator.setSourceCrs(layer.crs(), project.transformContext())
    calculator.setEllipsoid("EPSG:7030")
    parsed.setGeomCalculator(calculator)
    said = parsed.evaluate(context)
    assert not parsed.hasEvalError(), parsed.evalErrorString()
    numbers = [float(text.replace(",", "")) for text in re.findall(r"([\d,]+\.\d) m²", said)]
    to_zone = pyproj.Transformer.from_crs(4490, 4547, always_xy=True)
    flat = shapely.Polygon(list(zip(*to_zone.transform(*box.exterior.xy))))
    area = abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(box)[0])
    assert numbers[0] == pytest.approx(area, rel=2e-4)
    assert numbers[1] == pytest.approx(flat.area, rel=1e-6)
    assert "公顷" in said and "亩" in said


def test_the_project_relates_sources_zones_and_markers(onemap: Path) -> None:
    project = QgsProject.instance()
    project.clear()
    names = ("drinking_water_source", "drinking_water_zone", "water_intake", "boundary_marker")
    layers = {name: opened(onemap, name) for name in names}
    for layer in layers.values():
        project.addMapLayer(layer)
    made = add_relations(project, CATALOG, layers, "zh")
    pairs = {(r.referencedLayer().name(), r.referencingLayer().name()) for r in made}
    assert pairs == {
        ("drinking_water_source", "drinking_water_zone"),
        ("drinking_water_source", "water_intake"),
        ("drinking_water_zone", "boundary_marker"),
    }
    zone = layers["drinking_water_zone"]
    assert zone.fields().field("source_code").editorWidgetSetup().type() == "ValueRelation"
    assert [tab.name() for tab in layers["drinking_water_source"].editFormConfig().tabs()][-2:] == [
        "饮用水水源保护区", "取水口",
    ]  # fmt: skip
    assert all(relation.isValid() for relation in project.relationManager().relations().values())
    project.clear()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_measures_of_a_form_are_told_in_every_language(qgis_app, lang):
    """Neither the language of QGIS nor that of the form keeps the page from measuring; the oracle is PROJ's own."""
    zones = QgsVectorLayer("MultiPolygon?crs=EPSG:4490", "zones", "memory")
    feature = QgsFeature(zones.fields())
    ring = [(112.5, 35.1), (112.51, 35.1), (112.51, 35.11), (112.5, 35.11)]
    feature.setGeometry(QgsGeometry.fromWkt(f"MultiPolygon((({', '.join(f'{x} {y}' for x, y in [*ring, ring[0]])})))"))
    expression = QgsExpression(re.search(r'evaluate\("(.*)"\)\)', _page("MultiPolygon", lang)).group(1))
    assert not expression.hasParserError(), expression.parserErrorString()
    measure = QgsDistanceArea()
    measure.setSourceCrs(QgsCoordinateReferenceSystem("EPSG:4490"), QgsProject.instance().transformContext())
    measure.setEllipsoid("EPSG:7024")
    expression.setGeomCalculator(measure)
    expression.setDistanceUnits(QgsUnitTypes.DistanceUnit.DistanceMeters)
    expression.setAreaUnits(QgsUnitTypes.AreaUnit.AreaSquareMeters)
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(zones))
    context.setFeature(feature)
    told = float(re.search(r"([\d,]+\.\d) m²", expression.evaluate(context)).group(1).replace(",", ""))
    area = abs(pyproj.Geod(a=6378137.0, rf=298.257222101).polygon_area_perimeter(*zip(*ring))[0])
    assert told == pytest.approx(area, rel=1e-4)
    expression.setAreaUnits(QgsUnitTypes.AreaUnit.AreaHectares)
    assert "m²" not in expression.evaluate(context)
