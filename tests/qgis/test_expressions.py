"""Expression functions: what results say, NULL where they say nothing or no longer hold, from many threads at once."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest
import shapely
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeature,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPalLayerSettings,
    QgsProject,
    QgsRectangle,
    QgsRuleBasedRenderer,
    QgsSymbol,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import QCoreApplication, QSize

ABOUT = {"onemap": "m.gpkg", "stamp": "('1',)", "as_of": "2019-06-30", "books": "jiyuan-2018", "working": ""}
NAMES = {"envzones_verdict", "envzones_distance", "envzones_chainage"}


@pytest.fixture
def results(clean_project, tmp_path):
    """A check of 2,000 sites and a section's list on the map."""
    from envzones.plugin.engine.findings import FINDING_COLUMNS, VERDICT_COLUMNS, table
    from envzones.plugin.project import outcome
    from envzones.plugin.store.results import write_results

    clean_project.write(str(tmp_path / "map.qgz"))
    kinds = ("fail", "restricted", "pass", "note")
    sites = [(f"S{k}", shapely.Point(112.0 + k % 50 * 0.01, 35.0 + k // 50 * 0.01)) for k in range(2000)]
    verdicts = table(
        [{"site_id": name, "known": kinds[k % 4], "possible": "pass", "pending": 1 if k == 2 else 0, "text_zh": "甲",
          "text_en": "a", "geometry": point} for k, (name, point) in enumerate(sites)], VERDICT_COLUMNS,
    )  # fmt: skip
    findings = table(
        [{"site_id": "S0", "clause_id": "J1", "zone_layer": "mine_site", "distance_m": 30.0, "geometry": sites[0][1]},
         {"site_id": "S0", "clause_id": "J2", "zone_layer": "road", "distance_m": 20.0, "geometry": sites[0][1]},
         {"site_id": "S0", "clause_id": "J2", "zone_layer": "road", "distance_m": 25.0, "geometry": sites[0][1]},
         {"site_id": "S1", "clause_id": "J1", "zone_layer": "mine_site", "geometry": sites[1][1]}], FINDING_COLUMNS,
    )  # fmt: skip
    along = table(
        [{"site_id": "OU-1", "section_id": "MS-1", "chainage_m": 1200.0, "geometry": sites[0][1]},
         {"site_id": "OU-1", "section_id": "MS-2", "chainage_m": -300.0, "geometry": sites[0][1]}], FINDING_COLUMNS,
    )  # fmt: skip
    for kind, layers in (("check", {"verdict": verdicts, "finding": findings}), ("section", {"finding": along})):
        path = write_results(outcome.results_folder(clean_project) / f"{kind}-1.gpkg", layers)
        outcome.publish(clean_project, kind, path, "en", about=ABOUT)
    return clean_project


@pytest.fixture
def functions(results):
    from envzones.plugin.project import lookup
    from envzones.plugin.project.expressions import Expressions

    one = Expressions()
    lookup.refresh(results, ABOUT)
    yield one
    one.release()


def value(text: str, feature: QgsFeature | None = None, layer: QgsVectorLayer | None = None):
    expression = QgsExpression(text)
    assert not expression.hasParserError(), expression.parserErrorString()
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    if feature is not None:
        context.setFeature(feature)
        context.setFields(feature.fields())
    expression.prepare(context)
    answer = expression.evaluate(context)
    assert not expression.hasEvalError(), expression.evalErrorString()
    return None if answer is None or (hasattr(answer, "isNull") and answer.isNull()) else answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("envzones_verdict('S0')", "fail"),
        ("envzones_verdict('S2')", "undecided"),
        ("envzones_verdict('nobody')", None),
        ("envzones_verdict(NULL)", None),
        ("envzones_distance('S0')", 20.0),
        ("envzones_distance('S0', 'J1')", 30.0),
        ("envzones_distance('S0', 'road')", 20.0),
        ("envzones_distance('S0', 'J9')", None),
        ("envzones_distance('S1')", None),
        ("envzones_chainage('OU-1')", -300.0),
        ("envzones_chainage('OU-1', 'MS-1')", 1200.0),
        ("envzones_chainage('OU-2')", None),
    ],
)
def test_they_say_what_the_results_say(functions, text, answer):
    assert value(text) == answer


def test_without_an_argument_it_is_the_feature_itself(functions, results):
    from envzones.plugin.project import outcome

    layer = outcome.published(results, "check")["verdict"][0]
    seen = {feature["site_id"]: value("envzones_verdict()", feature, layer) for feature in layer.getFeatures()}
    assert len(seen) == 2000
    assert seen["S4"] == "fail" and seen["S5"] == "restricted" and seen["S2"] == "undecided"


@pytest.mark.parametrize("what", ["stamp", "as_of", "books"])
def test_what_no_longer_holds_is_null(functions, results, what):
    from envzones.plugin.project import lookup

    lookup.refresh(results, {**ABOUT, what: "other"})
    assert value("envzones_verdict('S0')") is None
    assert value("envzones_distance('S0')") is None
    lookup.refresh(results, ABOUT)
    assert value("envzones_verdict('S0')") == "fail"


def test_they_hold_while_many_threads_draw(functions, results):
    """Symbols and labels of several layers ask at once, while the snapshot is replaced again and again."""
    from envzones.plugin.project import lookup, outcome

    source = outcome.published(results, "check")["verdict"][0]
    layers = []
    for _ in range(4):
        layer = QgsVectorLayer(source.source(), "sites", "ogr")
        renderer = QgsRuleBasedRenderer(QgsSymbol.defaultSymbol(layer.geometryType()))
        renderer.rootRule().children()[0].setFilterExpression("envzones_verdict() = 'fail'")
        layer.setRenderer(renderer)
        labels = QgsPalLayerSettings()
        labels.isExpression, labels.fieldName = True, "envzones_verdict() || coalesce(envzones_distance(), '')"
        layer.setLabeling(QgsVectorLayerSimpleLabeling(labels))
        layer.setLabelsEnabled(True)
        layers.append(layer)
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4490"))
    settings.setExtent(QgsRectangle(111.9, 34.9, 112.6, 35.5))
    settings.setOutputSize(QSize(400, 400))
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(None))
    settings.setExpressionContext(context)
    for _ in range(3):
        job = QgsMapRendererParallelJob(settings)
        job.start()
        while job.isActive():
            lookup.refresh(results, ABOUT)
            QCoreApplication.processEvents()
        assert not job.errors()
        image = job.renderedImage()
        assert len({image.pixel(x, y) for x in range(0, 400, 2) for y in range(0, 400, 2)}) > 2


def test_they_are_listed_with_help_and_leave_nothing_behind(functions):
    listed = {one.name(): one for one in QgsExpression.Functions() if one.name() in NAMES}
    assert set(listed) == NAMES
    for name, function in listed.items():
        assert function.group() == "EnvZones"
        assert name in QgsExpression.helpText(name)
    functions.release()
    assert not {one.name() for one in QgsExpression.Functions()} & NAMES


def test_they_compute_and_import_nothing():
    """In a Python that has none of the engine's libraries they still answer."""
    code = (
        "import sys\n"
        "from qgis.core import QgsApplication, QgsExpression\n"
        "app = QgsApplication([], False); app.initQgis()\n"
        "from envzones.plugin.project import expressions, lookup\n"
        "one = expressions.Expressions()\n"
        "lookup._CURRENT[0] = lookup.Snapshot(verdicts={'A': ('fail', '', '')})\n"
        "assert QgsExpression(\"envzones_verdict('A')\").evaluate() == 'fail'\n"
        "assert not {'geopandas', 'shapely', 'pandas', 'numpy'} & set(sys.modules)\n"
        "one.release(); app.exitQgis()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_the_project_has_nothing_else_to_say(clean_project):
    from envzones.plugin.project import lookup

    made = lookup.refresh(QgsProject.instance(), {**ABOUT, "as_of": date.today().isoformat()})
    assert not made.verdicts and not made.distances and not made.chainages
