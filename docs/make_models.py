"""Write the Processing models that the plugin ships, resources/models/*.model3, with QGIS's own writer.

``.venv/bin/python docs/make_models.py`` writes them anew; they can be opened and changed in QGIS's model designer.
"""

from __future__ import annotations

import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QPointF

MODELS = Path(__file__).resolve().parents[1] / "resources" / "models"
_KINDS = QgsProcessing.SourceType
Given, Made, Fixed = (
    QgsProcessingModelChildParameterSource.fromModelParameter,
    QgsProcessingModelChildParameterSource.fromChildOutput,
    QgsProcessingModelChildParameterSource.fromStaticValue,
)


def model(name: str, title: str) -> QgsProcessingModelAlgorithm:
    """Return an empty model."""
    made = QgsProcessingModelAlgorithm(title, "EnvZones", "envzones_models")
    made.setName(title)
    made.setHelpContent({"ALG_CREATOR": "EnvZones", "name": name})
    return made


def ask(made: QgsProcessingModelAlgorithm, *parameters: QgsProcessingParameterDefinition) -> None:
    """Add what the model asks for."""
    for number, one in enumerate(parameters):
        place = QgsProcessingModelParameter(one.name())
        place.setPosition(QPointF(120 + 220 * number, 60))
        made.addModelParameter(one, place)


def step(
    made: QgsProcessingModelAlgorithm, name: str, sources: dict[str, list], outputs: dict[str, str]
) -> QgsProcessingModelChildAlgorithm:
    """Add one of our algorithms; `outputs` are those that the model hands on: output -> title."""
    child = QgsProcessingModelChildAlgorithm(f"envzones:{name}")
    child.setChildId(name)
    child.setDescription(name)
    child.setPosition(QPointF(300, 200 + 140 * len(made.childAlgorithms())))
    for parameter, given in sources.items():
        child.addParameterSources(parameter, given)
    for one in QgsApplication.processingRegistry().algorithmById(f"envzones:{name}").parameterDefinitions():
        # What must be said and is not asked is the algorithm's own default.
        optional = one.flags() & QgsProcessingParameterDefinition.Flag.FlagOptional
        if one.name() not in sources and not optional and not one.isDestination():
            child.addParameterSources(one.name(), [Fixed(one.defaultValue())])
    finals = {}
    for output, title in outputs.items():
        final = QgsProcessingModelOutput(title, "")
        final.setPosition(child.position() + QPointF(260, 70 * len(finals)))
        final.setChildId(name)
        final.setChildOutputName(output)
        finals[title] = final
    child.setModelOutputs(finals)
    made.addChildAlgorithm(child)
    return child


def clearance() -> QgsProcessingModelAlgorithm:
    """Rivers as they are drawn -> network -> sections' control zones and what lies in them."""
    made = model("sectionclearance", "Section clearance: network, section, list")
    sections = QgsProcessingParameterFeatureSource("SECTIONS", "Monitoring sections", [_KINDS.TypeVectorPoint])
    features = QgsProcessingParameterMultipleLayers("FEATURES", "Layers to be listed", _KINDS.TypeVectorAnyGeometry)
    ask(made, QgsProcessingParameterFeatureSource("RIVERS", "Rivers", [_KINDS.TypeVectorLine]), sections, features)
    step(made, "rivernetwork", {"RIVERS": [Given("RIVERS")], "REPAIR": [Fixed([0, 1])]}, {"ISSUE": "Issues of the rivers"})
    step(
        made, "riversection",
        {"RIVERS": [Made("rivernetwork", "EDGE")], "SECTIONS": [Given("SECTIONS")], "FEATURES": [Given("FEATURES")]},
        {"ZONE": "Control zones", "FINDING": "What lies in them", "REACH": "Traced reaches"},
    )  # fmt: skip
    return made


def sites() -> QgsProcessingModelAlgorithm:
    """Sites in another coordinate system -> CGCS2000 -> siting check with ledger and report."""
    made = model("sitesfromafile", "Siting check of a file: convert, check, report")
    onemap = QgsProcessingParameterFile("ONEMAP", "One map")
    system = QgsProcessingParameterString("FROM", "Coordinates are in (EPSG code, gcj02, bd09)", "EPSG:4490")
    kind = QgsProcessingParameterString("FACILITY_TYPE", "Facility type", None, optional=True)
    day = QgsProcessingParameterString("AS_OF", "Date of the check (2019-06-30)", None, optional=True)
    ask(
        made, QgsProcessingParameterFeatureSource("SITES", "Candidate sites", [_KINDS.TypeVectorAnyGeometry]), system,
        onemap, kind, day,
    )  # fmt: skip
    step(
        made, "convertcoordinates",
        {"INPUT": [Given("SITES")], "FROM": [Given("FROM")], "TO": [Fixed("EPSG:4490")]}, {},
    )  # fmt: skip
    step(
        made, "sitingcheck",
        {"SITES": [Made("convertcoordinates", "CONVERTED")], "ONEMAP": [Given("ONEMAP")],
         "FACILITY_TYPE": [Given("FACILITY_TYPE")], "AS_OF": [Given("AS_OF")],
         "RULEBOOK": [Fixed(["jiyuan-2018", "national-henan"])]},
        {"VERDICT": "Verdicts", "FINDING": "Findings", "XLSX": "Ledger", "DOCX": "Report"},
    )  # fmt: skip
    return made


def main() -> int:
    """Write all models; return 0, or 1 with what is wrong with one."""
    from envzones.plugin.processing.provider import EnvZonesProvider

    app = QgsApplication([], False)
    app.initQgis()
    provider = EnvZonesProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    MODELS.mkdir(parents=True, exist_ok=True)
    wrong = 0
    for made in (clearance(), sites()):
        fine, said = made.validate()
        path = MODELS / f"{made.helpContent()['name']}.model3"
        if not fine or not made.toFile(str(path)):
            sys.stderr.write(f"{path.name}: {'; '.join(said)}\n")
            wrong = 1
    app.exitQgis()
    return wrong


if __name__ == "__main__":
    sys.exit(main())
