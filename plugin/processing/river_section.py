"""``envzones:riversection``: what lies near a river section, and on which bank."""

from __future__ import annotations

from datetime import date
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
)

from ..compat import VECTOR_ANY, VECTOR_LINE, VECTOR_POINT, VECTOR_POLYGON
from ..texts import tr
from .base import EnvZonesAlgorithm, Output, day, metres
from .publication_base import DocumentParameters

#: What the bank can be measured from, as the engine calls it, in the order of the parameter.
BANKS = (None, "management", "dyke", "channel", "centreline")


class RiverSection(DocumentParameters, EnvZonesAlgorithm):
    """The control zone along the river above and below a monitoring section, and what lies in it."""

    NAME = "riversection"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("River section")

    def tags(self) -> list[str]:
        return tr("river,section,upstream,downstream,bank,outfall,chainage,control zone").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Control zone and inventory along a river above and below monitoring sections")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Traces the river from each monitoring section: against the flow up to the upstream distance (into"
            " all tributaries, or along the main stem alone), with the flow down to the downstream distance."
            " Draws the control zone on both banks, cut square to the river at its ends, and lists every"
            " feature inside with its chainage along the river, its bank (looking downstream) and its offset.\n\n"
            "Lines must be digitised with the flow; tick the reverse option where they run against it. All"
            " distances are true metres on the CGCS2000 ellipsoid, whatever the layers' coordinate systems. What"
            " could not be traced, and every repair of the network, is listed in the issues output."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add(
            QgsProcessingParameterFeatureSource("RIVERS", tr("Rivers"), [VECTOR_LINE]),
            tr(
                "River lines, digitised in the direction of flow. Fields used where present: river (name),"
                " width_m (width of the channel), accuracy_m (positional accuracy)."
            ),
        )
        self.add(
            QgsProcessingParameterFeatureSource("SECTIONS", tr("Monitoring sections"), [VECTOR_POINT]),
            tr(
                "Points of the sections. Fields used where present: uid or section_id, name, and river, which"
                " decides between two rivers that are both within the tolerance."
            ),
        )
        self.add(
            QgsProcessingParameterFeatureSource("CHANNEL", tr("River channel"), [VECTOR_POLYGON], optional=True),
            tr(
                "Polygons of the channel (water and floodplain). With them the bank distance counts from their"
                " edge, without them from the centreline, or from half the width where it is known."
            ),
        )
        self.add(
            QgsProcessingParameterFeatureSource(
                "MANAGEMENT", tr("River management area"), [VECTOR_POLYGON], optional=True
            ),
            tr("Polygons within the management line. With them the bank distance counts from that line."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterFeatureSource("DYKE", tr("Dyke toe lines"), [VECTOR_LINE], optional=True),
            tr("Lines along the landward toes of the dykes. With them the bank distance counts from the dykes."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterEnum(
                "BANK_FROM",
                tr("Measure the bank distance from"),
                [
                    tr("the best layer given"),
                    tr("the management line"),
                    tr("the dyke toe"),
                    tr("the edge of the channel"),
                    tr("the centreline, or half the width where it is known"),
                ],
                defaultValue=0,
            ),
            tr(
                "Which line is the bank is the office's decision; it is written to the zone. Where the layer does"
                " not reach, the next best one counts, and the zone says so."
            ),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterMultipleLayers("FEATURES", tr("Features to list"), VECTOR_ANY, optional=True),
            tr(
                "Layers whose features are looked for inside the control zone, for instance outfalls, caterers,"
                " sand mining and dry toilets."
            ),
        )
        for name, title, default, text in (
            ("UPSTREAM", tr("Upstream distance"), 5000.0, tr("Metres along the river against the flow.")),
            ("DOWNSTREAM", tr("Downstream distance"), 500.0, tr("Metres along the river with the flow.")),
            ("BANK", tr("Bank distance"), 500.0, tr("Metres from the bank outward, on both sides.")),
        ):
            self.add(metres(name, title, default), text)
        self.add(
            QgsProcessingParameterBoolean("MAIN_STEM", tr("Main stem only"), False),
            tr(
                "Follow the main stem alone instead of all tributaries. Which reading holds is the office's"
                " decision; it is written to the zone."
            ),
        )
        self.add(
            QgsProcessingParameterEnum(
                "MAIN_BY",
                tr("Main stem where names do not tell"),
                [tr("the longest way up"), tr("the most river above")],
                defaultValue=0,
            ),
            tr("At a confluence the main stem keeps its name; where names do not tell, this decides."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterBoolean("DOWNSTREAM_MAIN", tr("Downstream the main arm only"), False),
            tr("Where the river forks below the section, follow the main arm alone instead of all arms."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterBoolean("STOP_AT_SECTIONS", tr("Stop at the next section"), False),
            tr("End the trace where it meets another section of the layer."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterFeatureSource(
                "BARRIERS", tr("Dams and sluices to stop at"), [VECTOR_ANY], optional=True
            ),
            tr("Points or lines. The trace ends, square to the river, where it meets one."),
            advanced=True,
        )
        self.add(
            metres("TOLERANCE", tr("Snapping tolerance"), 100.0),
            tr("A section farther than this from every river is listed in the issues and not traced."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterBoolean("REVERSE", tr("Lines run against the flow"), False),
            tr("Tick it where the river lines are digitised from mouth to source."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterBoolean("NO_REPAIR", tr("Mend nothing in the river layer"), False),
            tr(
                "Gaps within 1 m, missing nodes and pieces digitised against both their neighbours are mended for"
                " the trace and listed in the issues. Tick it to have them listed as errors instead."
            ),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterBoolean("NO_CANALS", tr("Leave out canals"), False),
            tr("Reaches marked as artificial canals are not part of the river network."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterNumber(
                "APPROXIMATE",
                tr("Width of the approximate band"),
                QgsProcessingParameterNumber.Type.Double,
                50.0,
                optional=True,
                minValue=0.0,
            ),
            tr(
                "Where the document says “about”, features within this many metres of the bank distance are"
                " listed apart, for a look on site. Empty or 0 lists none apart."
            ),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterNumber(
                "WORKING_WIDTH",
                tr("Working width of rivers without a known width"),
                QgsProcessingParameterNumber.Type.Double,
                None,
                optional=True,
                minValue=0.0,
            ),
            tr(
                "The office's own assumption, in metres. From a centreline of unknown width, features within half"
                " of it beyond the bank distance are listed as to be verified."
            ),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterFeatureSource(
                "JURISDICTION", tr("Jurisdiction"), [VECTOR_POLYGON], optional=True
            ),
            tr("Area of the office. Features outside it are listed apart, to be passed on to the neighbour."),
            advanced=True,
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
            Output("REACH", tr("Traced reaches"), tr("The river pieces traced, with from and to distances."), "line"),
            Output("ZONE", tr("Control zone"), tr("One polygon for each section."), "polygon"),
            Output("FINDING", tr("Features found"), tr("A line from each feature inside to the river."), "line"),
            Output(
                "STRIP",
                tr("Left and right strips"),
                tr("The zone on the left bank, on the right bank and in the channel, looking downstream."),
                "polygon",
                by_default=False,
            ),
            Output("ISSUE", tr("Issues"), tr("What was unclear or repaired, each with a place to look at."), "point"),
        ]

    def numbers(self) -> dict[str, str]:
        """Return the numbers this algorithm returns."""
        return {"ZONE_COUNT": tr("Sections traced"), "FINDING_COUNT": tr("Features found")}

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot the layers and read the numbers."""
        self._inputs = {
            name.lower(): self.frame(parameters, name, context, feedback)
            for name in ("RIVERS", "SECTIONS", "CHANNEL", "MANAGEMENT", "DYKE", "BARRIERS", "JURISDICTION")
        }
        band = self.number_or_none(parameters, "APPROXIMATE", context)
        self._inputs.update(
            features=self.frames(parameters, "FEATURES", context, feedback),
            upstream=self.parameterAsDouble(parameters, "UPSTREAM", context),
            downstream=self.parameterAsDouble(parameters, "DOWNSTREAM", context),
            bank=self.parameterAsDouble(parameters, "BANK", context),
            bank_from=BANKS[self.parameterAsEnum(parameters, "BANK_FROM", context)],
            main_stem=self.parameterAsBoolean(parameters, "MAIN_STEM", context),
            main_by=("longest", "largest")[self.parameterAsEnum(parameters, "MAIN_BY", context)],
            downstream_main=self.parameterAsBoolean(parameters, "DOWNSTREAM_MAIN", context),
            stop_at_sections=self.parameterAsBoolean(parameters, "STOP_AT_SECTIONS", context),
            no_repair=self.parameterAsBoolean(parameters, "NO_REPAIR", context),
            canals="exclude" if self.parameterAsBoolean(parameters, "NO_CANALS", context) else "keep",
            strips=parameters.get("STRIP") not in (None, ""),
            tolerance=self.parameterAsDouble(parameters, "TOLERANCE", context),
            reverse=self.parameterAsBoolean(parameters, "REVERSE", context),
            approximate={"bank": band} if band else None,
            working_width=self.number_or_none(parameters, "WORKING_WIDTH", context),
            as_of=self.day_or_none(parameters, "AS_OF", context),
        )
        self.prepare_documents(parameters, context)

    def compute(self, progress: Any) -> dict[str, Any]:
        """Trace, draw and list."""
        from ..engine.progress import part
        from ..engine.report.content import of_section
        from ..engine.river.network import build
        from ..engine.river.repair import SAFE
        from ..engine.river.section import control_section

        given = dict(self._inputs)
        network = build(
            given.pop("rivers"),
            reverse=given.pop("reverse"),
            repair=frozenset() if given.pop("no_repair") else SAFE,
            canals=given.pop("canals"),
            progress=part(progress, 0.0, 0.3),
        )
        result = control_section(network, given.pop("sections"), **given, progress=part(progress, 0.3, 0.9))
        content = of_section(result, given["as_of"] or date.today(), dict(given["features"]))
        files = self.write_documents(content, part(progress, 0.9, 1.0))
        return {
            "files": files,
            "REACH": result.reach,
            "ZONE": result.zone,
            "FINDING": result.finding,
            "STRIP": result.strip,
            "ISSUE": result.issue,
            "ZONE_COUNT": len(result.zone),
            "FINDING_COUNT": len(result.finding),
        }

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say what was found."""
        return [
            tr("{zones} sections traced, {features} features found, {issues} issues.").format(
                zones=results["ZONE_COUNT"], features=results["FINDING_COUNT"], issues=len(results["ISSUE"])
            )
        ]
