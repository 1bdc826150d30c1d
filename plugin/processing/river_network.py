"""``envzones:rivernetwork``: what is wrong in river lines, and a clean directed network."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)

from ..compat import VECTOR_LINE, VECTOR_POINT
from ..texts import language, tr
from .base import EnvZonesAlgorithm, Output, metres

#: What can be mended and how canals can be taken, as the engine calls them, in the order of the parameters.
REPAIRS = ("gap", "node", "direction", "crossing", "duplicate", "pseudo_node")
CANALS = ("keep", "undirected", "exclude")


class RiverNetwork(EnvZonesAlgorithm):
    """A directed network of river lines, and a row and a place for everything that is wrong in them."""

    NAME = "rivernetwork"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("River network")

    def tags(self) -> list[str]:
        return tr("river,network,topology,gap,node,direction,flow,repair,check,stream order").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Check, direct and mend river lines")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Makes a directed network of any river lines and lists what is wrong in them, each with a place to look"
            " at: gaps, junctions and crossings without a node, duplicate, overlapping and near-parallel lines,"
            " loops, parts that are not connected, loose ends, and directions that contradict one another or the"
            " outlet.\n\n"
            "Nothing is mended unless it is chosen. The direction of flow is that of digitising, unless outlets, an"
            " elevation model or fields tell it. The issues output lists what was mended and what remains."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add(
            QgsProcessingParameterFeatureSource("RIVERS", tr("Rivers"), [VECTOR_LINE]),
            tr(
                "River lines. Fields used where present: uid, river (name), width_m (width of the channel),"
                " accuracy_m (positional accuracy), canal."
            ),
        )
        self.add(
            QgsProcessingParameterEnum(
                "REPAIR",
                tr("Mend"),
                [
                    tr("gaps within the tolerance"),
                    tr("junctions without a node"),
                    tr("pieces digitised against both their neighbours"),
                    tr("crossings without a node"),
                    tr("duplicate lines"),
                    tr("pseudo-nodes"),
                ],
                allowMultiple=True,
                optional=True,
                defaultValue=[],
            ),
            tr("What to mend. Each repair is listed in the issues; what is not chosen is listed and left as it is."),
        )
        self.add(
            metres("TOLERANCE", tr("Joining tolerance"), 1.0),
            tr("Metres between two ends, or an end and a line, that are meant to meet."),
        )
        self.add(
            QgsProcessingParameterFeatureSource("OUTLETS", tr("Outlets"), [VECTOR_POINT], optional=True),
            tr("Points where the water leaves. Every reach connected to one is directed towards it."),
        )
        self.add(
            QgsProcessingParameterRasterLayer("DEM", tr("Elevation model"), optional=True),
            tr("Directs every reach by the fall along whole rivers. Give this or outlets, not both."),
        )
        for name, title, text in (
            ("FROM_NODE", tr("Field of the upper node"), tr("Directs each line from the node named here.")),
            ("TO_NODE", tr("Field of the lower node"), tr("Directs each line to the node named here.")),
            (
                "DIRECTION_FIELD",
                tr("Field of the direction"),
                tr("Tells for each line whether it is digitised with the flow or against it."),
            ),
        ):
            field = QgsProcessingParameterField(name, title, None, "RIVERS", optional=True)
            self.add(field, text, advanced=True)
        for name, title, text in (
            ("FORWARD", tr("Values for: with the flow"), tr("Values of the direction field, with commas between.")),
            (
                "BACKWARD",
                tr("Values for: against the flow"),
                tr("Values of the direction field, with commas between. Empty: common words are understood."),
            ),
        ):
            self.add(QgsProcessingParameterString(name, title, None, optional=True), text, advanced=True)
        self.add(
            QgsProcessingParameterBoolean("REVERSE", tr("Lines run against the flow"), False),
            tr("Tick it where the river lines are digitised from mouth to source."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterEnum(
                "CANALS",
                tr("Canals"),
                [tr("like rivers"), tr("water may run both ways"), tr("left out")],
                defaultValue=0,
            ),
            tr("How reaches marked as artificial canals are taken."),
            advanced=True,
        )
        self.add(
            metres("DEAD_END", tr("Near miss"), 50.0),
            tr("A loose end nearer than this to another line is listed."),
            advanced=True,
        )
        self.add(
            metres("PARALLEL", tr("Double lines"), 30.0),
            tr("Lines that run side by side within this distance are listed; 0 does not look for them."),
            advanced=True,
        )

    def outputs(self) -> list[Output]:
        """Return the layers this algorithm writes."""
        return [
            Output(
                "EDGE",
                tr("River network"),
                tr("The reaches, digitised with the flow, with stream order, river above and findings."),
                "line",
            ),
            Output(
                "NODE",
                tr("Network nodes"),
                tr("Sources, confluences, forks, outlets and loose ends."),
                "point",
                by_default=False,
            ),
            Output("ISSUE", tr("Issues"), tr("What was mended and what remains, with a place to look at."), "point"),
        ]

    def numbers(self) -> dict[str, str]:
        """Return the numbers this algorithm returns."""
        return {
            "EDGE_COUNT": tr("Reaches"),
            "PART_COUNT": tr("Connected parts"),
            "FOUND_COUNT": tr("Findings before"),
            "MENDED_COUNT": tr("Repairs"),
            "LEFT_COUNT": tr("Findings that remain"),
        }

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot the layers and read the choices."""
        field = {
            name: self.parameterAsString(parameters, name, context) or None
            for name in ("FROM_NODE", "TO_NODE", "DIRECTION_FIELD")
        }
        if (field["FROM_NODE"] is None) != (field["TO_NODE"] is None):
            raise QgsProcessingException(
                tr("The fields of the upper and of the lower node belong together; choose both.")
            )
        way = field["DIRECTION_FIELD"]
        words = [self._words(parameters, name, context) for name in ("FORWARD", "BACKWARD")]
        self._inputs = {
            "lines": self.frame(parameters, "RIVERS", context, feedback),
            "outlets": self.frame(parameters, "OUTLETS", context, feedback),
            "dem": self.raster(parameters, "DEM", context),
            "nodes": (field["FROM_NODE"], field["TO_NODE"]) if field["FROM_NODE"] else None,
            "direction": (way, *words) if way else None,
            "reverse": self.parameterAsBoolean(parameters, "REVERSE", context),
            "canals": CANALS[self.parameterAsEnum(parameters, "CANALS", context)],
            "repair": frozenset(REPAIRS[n] for n in self.parameterAsEnums(parameters, "REPAIR", context)),
            "tolerance": self.parameterAsDouble(parameters, "TOLERANCE", context),
            "dead_end": self.parameterAsDouble(parameters, "DEAD_END", context),
            "parallel": self.parameterAsDouble(parameters, "PARALLEL", context),
        }

    def _words(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> list[str] | None:
        """Return the values of a list with commas, None when it is empty."""
        given = self.parameterAsString(parameters, name, context) or ""
        return [one.strip() for one in given.replace("，", ",").split(",") if one.strip()] or None

    def compute(self, progress: Any) -> dict[str, Any]:
        """Check, direct and mend."""
        from ..engine.river.check import check_network

        given = dict(self._inputs)
        result = check_network(given.pop("lines"), **given, progress=progress)
        self._counts = result.counts
        return {
            "EDGE": result.edge,
            "NODE": result.node,
            "ISSUE": result.issue,
            "EDGE_COUNT": len(result.edge),
            "PART_COUNT": int(result.edge["part"].max()),
            "FOUND_COUNT": int(result.counts["before"].sum()),
            "MENDED_COUNT": int(result.counts["mended"].sum()),
            "LEFT_COUNT": int(result.counts["after"].sum()),
        }

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say what was found, mended and left."""
        lines = [
            tr("{edges} reaches in {parts} connected parts; {found} findings, {mended} repairs, {left} remain.").format(
                edges=results["EDGE_COUNT"],
                parts=results["PART_COUNT"],
                found=results["FOUND_COUNT"],
                mended=results["MENDED_COUNT"],
                left=results["LEFT_COUNT"],
            )
        ]
        for row in self._counts.itertuples():
            lines.append(
                tr("{kind}: {before} before, {mended} mended, {after} remain").format(
                    kind=getattr(row, language()), before=row.before, mended=row.mended, after=row.after
                )
            )
        return lines
