"""``envzones:riverchannel``: channel and centreline from land-survey water polygons."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
    QgsProcessingParameterPoint,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)

from ..compat import VECTOR_POLYGON
from ..texts import tr
from .base import STORAGE_CRS, EnvZonesAlgorithm, Output, metres


class RiverChannel(EnvZonesAlgorithm):
    """The channel and the centreline of rivers that are only drawn as polygons."""

    NAME = "riverchannel"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("River channel from land survey")

    def tags(self) -> list[str]:
        return tr("river,channel,centreline,width,land survey,DLTB,1101,skeleton").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Derive channel and centreline from the water polygons of the land survey")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "For offices that have no river lines: joins the water polygons of the land survey (DLTB, class 1101 and"
            " others) across parcel borders and bridges into one channel for each river, and draws its centreline with"
            " the width along it. Islands leave two arms, tributaries meet in a node, the ends reach the ends of the"
            " polygon.\n\n"
            "The direction of flow comes from a point upstream and one downstream, or from an elevation model; without"
            " them it is listed as unknown. Both layers can be given to the river section. Everything derived is marked"
            " as derived."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add(
            QgsProcessingParameterFeatureSource("POLYGONS", tr("Water polygons"), [VECTOR_POLYGON]),
            tr("Polygons of the land survey (DLTB), or any polygons of a river's water."),
        )
        self.add(
            QgsProcessingParameterField("CODE_FIELD", tr("Field of the land class"), None, "POLYGONS", optional=True),
            tr("Left empty, the field is found by its usual names, such as DLBM."),
        )
        self.add(
            QgsProcessingParameterString("CODES", tr("Land classes"), "1101", optional=True),
            tr(
                "With commas between: 1101 rivers, 1102 lakes, 1103 reservoirs, 1104 ponds, 1107 ditches, each with its"
                " sub-classes. Left empty, all polygons are used."
            ),
        )
        for name, title, text in (
            ("UPSTREAM", tr("Point upstream"), tr("A place up the river, anywhere on it.")),
            ("DOWNSTREAM", tr("Point downstream"), tr("A place on the same river below the point upstream.")),
        ):
            self.add(QgsProcessingParameterPoint(name, title, None, optional=True), text)
        self.add(
            QgsProcessingParameterRasterLayer("DEM", tr("Elevation model"), optional=True),
            tr("Directs every river by the fall along it. Give this or two points, not both."),
        )
        self.add(
            QgsProcessingParameterString("RIVER", tr("River name"), None, optional=True),
            tr("Written to all features, where the polygons are one river."),
        )
        self.add(
            metres("GAP", tr("Widest gap"), 30.0),
            tr("Waters no farther apart than this are joined as one river, as at a bridge."),
            advanced=True,
        )
        for name, title, default, text in (
            (
                "SPUR",
                tr("Shortest branch"),
                1.0,
                tr("A branch is kept if it reaches this many river widths beyond the bank of the river it leaves."),
            ),
            (
                "SMALLEST",
                tr("Smallest island"),
                400.0,
                tr("Islands and stray waters smaller than this many square metres are passed over."),
            ),
        ):
            number = QgsProcessingParameterNumber(
                name, title, QgsProcessingParameterNumber.Type.Double, default, minValue=0.0
            )
            self.add(number, text, advanced=True)

    def outputs(self) -> list[Output]:
        """Return the layers this algorithm writes."""
        return [
            Output("CHANNEL", tr("River channel"), tr("One polygon for each connected river."), "polygon"),
            Output(
                "CENTRELINE",
                tr("River centreline"),
                tr("Lines in the direction of flow, with the width of the channel."),
                "line",
            ),
            Output("ISSUE", tr("Issues"), tr("What was joined and what is unclear, with a place to look at."), "point"),
        ]

    def numbers(self) -> dict[str, str]:
        """Return the numbers this algorithm returns."""
        return {"CHANNEL_COUNT": tr("Channels"), "LENGTH": tr("Length of the centreline in metres")}

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot the polygons and read the choices."""
        codes = (self.parameterAsString(parameters, "CODES", context) or "").replace("，", ",")
        self._inputs = {
            "polygons": self.frame(parameters, "POLYGONS", context, feedback),
            "code_field": self.parameterAsString(parameters, "CODE_FIELD", context) or None,
            "codes": [one.strip() for one in codes.split(",") if one.strip()] or None,
            "upstream": self._point(parameters, "UPSTREAM", context),
            "downstream": self._point(parameters, "DOWNSTREAM", context),
            "dem": self.raster(parameters, "DEM", context),
            "river": self.parameterAsString(parameters, "RIVER", context) or None,
            "gap": self.parameterAsDouble(parameters, "GAP", context),
            "spur": self.parameterAsDouble(parameters, "SPUR", context),
            "smallest": self.parameterAsDouble(parameters, "SMALLEST", context),
        }

    def _point(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext
    ) -> tuple[float, float] | None:
        """Return a point in degrees, None when it was left empty."""
        if parameters.get(name) in (None, ""):
            return None
        point = self.parameterAsPoint(parameters, name, context, QgsCoordinateReferenceSystem(STORAGE_CRS))
        return point.x(), point.y()

    def compute(self, progress: Any) -> dict[str, Any]:
        """Join the polygons and draw their middle lines."""
        from ..engine.river.derive import derive_channel

        given = dict(self._inputs)
        result = derive_channel(given.pop("polygons"), **given, progress=progress)
        return {
            "CHANNEL": result.channel,
            "CENTRELINE": result.centreline,
            "ISSUE": result.issue,
            "CHANNEL_COUNT": len(result.channel),
            "LENGTH": float(result.centreline["length_m"].sum()),
        }

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say what was derived."""
        return [
            tr("{channels} channels, {length} km of centreline, {issues} issues.").format(
                channels=results["CHANNEL_COUNT"],
                length=f"{results['LENGTH'] / 1000:.1f}",
                issues=len(results["ISSUE"]),
            )
        ]
