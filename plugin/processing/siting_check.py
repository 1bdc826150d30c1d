"""``envzones:sitingcheck``: may this go here?"""

from __future__ import annotations

from datetime import date
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterString,
    QgsWkbTypes,
)

from ..compat import VECTOR_ANY
from ..texts import language, tr
from .base import Output, day
from .publication_base import DocumentParameters
from .rulebook_base import LAW, NATURES, PLAN, RulebookAlgorithm

_OF_DIMENSION = {
    0: QgsWkbTypes.Type.MultiPoint,
    1: QgsWkbTypes.Type.MultiLineString,
    2: QgsWkbTypes.Type.MultiPolygon,
}


class SitingCheck(DocumentParameters, RulebookAlgorithm):
    """Candidate sites against every siting clause of the rulebooks."""

    NAME = "sitingcheck"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Siting check")

    def tags(self) -> list[str]:
        return tr("siting,check,rulebook,clause,verdict,zone,compliance,constraint").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Check candidate sites against the clauses of plan documents")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Checks each candidate site against every siting clause of the chosen rulebooks on the one map and"
            " gives a verdict with two values: what is known, and what is possible once everything that could"
            " not be assessed is verified. Every finding carries its clause, the quotation, the distance and the"
            " threshold.\n\n"
            "No data is not no constraint: where a layer is not declared complete, or an attribute of the site is"
            " unknown, the clause is to be verified. The result is a preliminary assessment; the decision is the"
            " office's."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add(
            QgsProcessingParameterFeatureSource("SITES", tr("Candidate sites"), [VECTOR_ANY]),
            tr(
                "Points, lines or polygons of the candidate projects. Fields used where present: site_id, name,"
                " facility_type, nature, accuracy_m, and the attributes the clauses ask for, such as"
                " capacity_tph."
            ),
        )
        self.add_onemap()
        self.add_rulebooks(
            tr(
                "The plan documents whose clauses are checked, and the law in force (national-henan). A document"
                " that is not in force on the date is reported for reference only and stays outside the verdict."
            ),
            PLAN,
            LAW,
        )
        self.add(
            QgsProcessingParameterString("FACILITY_TYPE", tr("Facility type"), None, optional=True),
            tr(
                "Type of the sites that do not state one themselves, for instance coal_boiler. A wrong name is"
                " answered with the nearest ones."
            ),
        )
        self.add_nature(
            tr(
                "For sites that do not state it themselves: 0 new construction, 1 rebuilding, 2 expansion,"
                " 3 existing. Left empty, it is unknown and such clauses are to be verified."
            )
        )
        self.add(
            day("AS_OF", tr("Date of the check")),
            tr("Zones, declarations of completeness and documents count as of this day. Left empty, today."),
        )
        self.add_dem()
        self.add_documents()

    def outputs(self) -> list[Output]:
        """Return the layers this algorithm writes."""
        return [
            Output(
                "FINDING",
                tr("Findings"),
                tr("One row for each site, clause and piece of evidence; the line or outline shows it."),
                "line",
            ),
            Output("VERDICT", tr("Verdicts"), tr("Each site with what is known and what is possible."), "any"),
            Output(
                "UNIT",
                tr("Control units"),
                tr("The environmental control units that each site crosses, with their lists word for word."),
                "any",
                by_default=False,
            ),
            Output("ISSUE", tr("Issues"), tr("What was wrong with the input, with a place to look at."), "point"),
        ]

    def numbers(self) -> dict[str, str]:
        """Return the numbers this algorithm returns."""
        return {
            "SITE_COUNT": tr("Sites checked"),
            "HIT_COUNT": tr("Clauses hit"),
            "PENDING_COUNT": tr("Clauses to be verified"),
        }

    def geometry_type(self, output: Output) -> Any:
        """Let verdicts and units have the sites' geometry type; sites of several types are shown as points."""
        if output.name not in ("VERDICT", "UNIT"):
            return super().geometry_type(output)
        import numpy as np
        import shapely

        shapes = np.asarray(self._sites.geometry.array)
        kinds = set(shapely.get_dimensions(shapes[~shapely.is_missing(shapes)]).tolist())
        return _OF_DIMENSION[kinds.pop()] if len(kinds) == 1 else QgsWkbTypes.Type.MultiPoint

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot the sites, open the map, load the rulebooks."""
        self._sites = self.frame(parameters, "SITES", context, feedback)
        nature = parameters.get("NATURE")
        self._as_of = self.day_or_none(parameters, "AS_OF", context) or date.today()
        self._inputs = {
            "sites": self._sites,
            "onemap": self.onemap(parameters, context),
            "books": self.rulebooks(parameters, context),
            "facility_type": self.parameterAsString(parameters, "FACILITY_TYPE", context).strip() or None,
            "nature": None
            if nature in (None, "")
            else NATURES[self.parameterAsEnum(parameters, "NATURE", context)],
        }
        self.prepare_documents(parameters, context)

    def compute(self, progress: Any) -> dict[str, Any]:
        """Check, and write the ledger and the report if they are asked for."""
        from ..engine.progress import part
        from ..engine.report.content import of_check
        from ..engine.siting import check

        given = dict(self._inputs)
        result = check(
            given.pop("sites"),
            given.pop("onemap"),
            given.pop("books"),
            **given,
            as_of=self._as_of,
            progress=part(progress, 0.0, 0.9),
        )
        verdicts = result.verdicts
        files = self.write_documents(of_check(result, self._inputs["onemap"]), part(progress, 0.9, 1.0))
        return {
            "FINDING": result.findings,
            "VERDICT": verdicts,
            "UNIT": result.units,
            "ISSUE": result.issues,
            "SITE_COUNT": len(verdicts),
            "HIT_COUNT": int(verdicts["hits"].sum()),
            "PENDING_COUNT": int(verdicts["pending"].sum()),
            "files": files,
        }

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say each site's verdict."""
        verdicts = results["VERDICT"]
        lines = [tr("Checked as of {date}; this is a preliminary assessment.").format(date=self._as_of.isoformat())]
        text = "text_zh" if language() == "zh" else "text_en"
        for site_id, name, said in zip(verdicts["site_id"], verdicts["site_name"], verdicts[text]):
            lines.append(f"{site_id} {name or ''}: {said}")
        return lines
