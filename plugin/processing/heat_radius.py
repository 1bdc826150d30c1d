"""``envzones:heatradius``: which boilers lie within the heat-supply radius of a plant."""

from __future__ import annotations

from datetime import date
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterNumber,
)

from ..compat import VECTOR_POINT, VECTOR_POLYGON
from ..texts import tr
from .base import EnvZonesAlgorithm, Output, day, metres
from .publication_base import DocumentParameters


class HeatRadius(DocumentParameters, EnvZonesAlgorithm):
    """Circles of true metres around heat and power plants, and the boilers inside."""

    NAME = "heatradius"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Heat radius")

    def tags(self) -> list[str]:
        return tr("heat,radius,boiler,power plant,cogeneration,distance,circle").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Boilers within the heat-supply radius of heat and power plants")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Draws the heat-supply radius around each heat and power plant as a circle of true metres on the"
            " CGCS2000 ellipsoid and decides for each boiler, by its distance and not by the drawn circle,"
            " whether it lies within; its nearest plant and the distance are given either way.\n\n"
            "A plant that does not say whether it is a cogeneration plant, or how large its units are, is"
            " unknown, not excluded: what rests on it is listed as to be verified."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add(
            QgsProcessingParameterFeatureSource("PLANTS", tr("Plants"), [VECTOR_POINT, VECTOR_POLYGON]),
            tr(
                "Heat and power plants, as points or as their premises. Fields used where present: uid, name, chp"
                " (cogeneration), unit_capacity_mw, accuracy_m."
            ),
        )
        self.add(
            QgsProcessingParameterFeatureSource(
                "BOILERS", tr("Boilers"), [VECTOR_POINT, VECTOR_POLYGON], optional=True
            ),
            tr("Boilers to be listed. Left empty, only the circles are drawn."),
        )
        self.add(
            metres("DISTANCE", tr("Radius"), 15000.0),
            tr("Metres from the plant; plan documents often say 15 km."),
        )
        self.add(
            QgsProcessingParameterNumber(
                "MIN_UNIT_MW",
                tr("Smallest unit capacity (MW)"),
                QgsProcessingParameterNumber.Type.Double,
                None,
                optional=True,
                minValue=0.0,
            ),
            tr("Only plants with units of at least this capacity. Left empty, all plants count."),
        )
        self.add(
            QgsProcessingParameterBoolean("CHP_ONLY", tr("Cogeneration plants only"), True),
            tr("Leave out plants whose field chp says that they are no cogeneration plants."),
        )
        self.add(
            day("AS_OF", tr("As of")),
            tr("Leave out features that are not in force on this day. Left empty, all features count."),
            advanced=True,
        )
        self.add_documents()

    def outputs(self) -> list[Output]:
        """Return the layers this algorithm writes."""
        return [
            Output("ZONE", tr("Heat radius"), tr("One circle for each plant."), "polygon"),
            Output(
                "FINDING",
                tr("Boilers"),
                tr("A line from each boiler to its nearest plant, and whether it lies within."),
                "line",
            ),
            Output("ISSUE", tr("Issues"), tr("What was unclear in the input, with a place to look at."), "point"),
        ]

    def numbers(self) -> dict[str, str]:
        """Return the numbers this algorithm returns."""
        return {"ZONE_COUNT": tr("Plants"), "HIT_COUNT": tr("Boilers within the radius")}

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot the layers and read the numbers."""
        self._inputs = {
            "plants": self.frame(parameters, "PLANTS", context, feedback),
            "boilers": self.frame(parameters, "BOILERS", context, feedback),
            "distance": self.parameterAsDouble(parameters, "DISTANCE", context),
            "min_unit_mw": self.number_or_none(parameters, "MIN_UNIT_MW", context),
            "chp_only": self.parameterAsBoolean(parameters, "CHP_ONLY", context),
            "as_of": self.day_or_none(parameters, "AS_OF", context),
        }
        self.prepare_documents(parameters, context)

    def compute(self, progress: Any) -> dict[str, Any]:
        """Draw and list."""
        from ..engine.progress import part
        from ..engine.radius import heat_radius
        from ..engine.report.content import of_radius

        given = dict(self._inputs)
        result = heat_radius(given.pop("plants"), **given, progress=part(progress, 0.0, 0.9))
        boilers = {} if given["boilers"] is None else {"coal_boiler": given["boilers"]}
        content = of_radius(result, given["as_of"] or date.today(), boilers)
        files = self.write_documents(content, part(progress, 0.9, 1.0))
        return {
            "files": files,
            "ZONE": result.zone,
            "FINDING": result.finding,
            "ISSUE": result.issue,
            "ZONE_COUNT": len(result.zone),
            "HIT_COUNT": int((result.finding["status"] == "hit").sum()),
        }

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say what was found."""
        return [
            tr("{plants} plants, {hits} boilers within the radius, {issues} issues.").format(
                plants=results["ZONE_COUNT"], hits=results["HIT_COUNT"], issues=len(results["ISSUE"])
            )
        ]
