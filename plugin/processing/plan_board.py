"""``envzones:planboard``: how far are the plans carried out?"""

from __future__ import annotations

from datetime import date
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingUtils,
    QgsVectorLayer,
)

from ..texts import language, tr
from .base import Output, day
from .publication_base import DocumentParameters
from .rulebook_base import PLAN, RulebookAlgorithm


class PlanBoard(DocumentParameters, RulebookAlgorithm):
    """The inventory, coverage and indicator clauses of the rulebooks, computed from the one map."""

    NAME = "planboard"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Plan board")

    def tags(self) -> list[str]:
        return tr("plan,board,target,indicator,inventory,coverage,overdue,ledger,rulebook").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Compute from the map how far plan documents are carried out")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Computes every clause of the chosen rulebooks that lists features, asks for a service or sets a figure:"
            " what is listed and what of it is settled, what is not served, and each figure with numerator,"
            " denominator and source against the target of the year. Each row is met, not met or not computable, with"
            " the days it is overdue and the features behind it.\n\n"
            "What the map does not say widens a figure to the range of values that are still possible: it is met only"
            " if the whole range is. A layer that is missing or not declared complete is named. Documents that are no"
            " longer in force are reference only, but what is overdue under them stays overdue."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add_onemap()
        self.add_rulebooks(tr("The plan documents whose clauses are computed; several make one board."), PLAN)
        self.add(
            day("AS_OF", tr("Date of the board")),
            tr(
                "Features, declarations of completeness, targets and deadlines count as of this day. Left empty,"
                " today."
            ),
        )
        self.add_dem()
        self.add_documents()

    def outputs(self) -> list[Output]:
        """Return the layers this algorithm writes."""
        return [
            Output(
                "BOARD",
                tr("Board"),
                tr("A table with one row for each clause and kind of feature, or for each figure."),
                "none",
            ),
            Output(
                "FINDING",
                tr("Findings"),
                tr("The features behind the board: listed, not served, counted, falling short, or not to be told."),
                "point",
            ),
            Output(
                "FINDING_AREA",
                tr("Findings that are areas"),
                tr("The same findings where they are polygons: gaps in a service, plots, zones."),
                "polygon",
                by_default=False,
            ),
            Output("ISSUE", tr("Issues"), tr("What was wrong with the input, with a place to look at."), "point"),
        ]

    def numbers(self) -> dict[str, str]:
        """Return the numbers this algorithm returns."""
        return {
            "ROW_COUNT": tr("Rows of the board"),
            "MET_COUNT": tr("Targets met"),
            "NOT_MET_COUNT": tr("Targets not met"),
            "OVERDUE_COUNT": tr("Rows overdue"),
            "PENDING_COUNT": tr("Rows not computable"),
        }

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Open the map, load the rulebooks."""
        self._onemap = self.onemap(parameters, context)
        self._books = self.rulebooks(parameters, context)
        self._as_of = self.day_or_none(parameters, "AS_OF", context) or date.today()
        self.prepare_documents(parameters, context)

    def compute(self, progress: Any) -> dict[str, Any]:
        """Compute the board, and write the ledger if it is asked for."""
        import numpy as np
        import shapely

        from ..engine.plan import board
        from ..engine.progress import part
        from ..engine.report.content import of_plan

        result = board(self._onemap, self._books, as_of=self._as_of, progress=part(progress, 0.0, 0.9))
        files = self.write_documents(of_plan(result, self._onemap), part(progress, 0.9, 1.0))
        rows, findings = result.board, result.findings
        areas = shapely.get_dimensions(np.asarray(findings.geometry.array)) == 2
        return {
            "BOARD": rows,
            "FINDING": findings,
            "FINDING_AREA": findings[areas].reset_index(drop=True),
            "ISSUE": result.issues,
            "ROW_COUNT": len(rows),
            "MET_COUNT": int((rows["met"] == "met").sum()),
            "NOT_MET_COUNT": int((rows["met"] == "not_met").sum()),
            "OVERDUE_COUNT": int((rows["state"] == "overdue").sum()),
            "PENDING_COUNT": int((rows["met"] == "not_computable").sum()),
            "files": files,
        }

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say how many targets are met, and what is not."""
        from ..engine.report.rows import records
        from ..engine.report.wording import board_summary, figure_title, target_words, value_words

        lang = language()
        rows = records(results["BOARD"])
        lines = [tr("As of {date}:").format(date=self._as_of.isoformat()) + " " + board_summary(rows, lang)]
        for row in rows:
            if row["met"] != "not_met":
                continue
            title = figure_title(row, lang) or (row["layer_zh"] if lang == "zh" else row["layer"])
            clause = row["clause_zh"] if lang == "zh" else row["clause_en"] or row["clause_zh"]
            said = " ".join(part for part in (value_words(row, lang), target_words(row, lang)) if part)
            late = f" +{row['overdue_days']:.0f} d" if row["overdue_days"] else ""
            lines.append(f"{row['rulebook']} {row['clause_id']} {clause} — {title}: {said}{late}")
        return lines

    def postProcessAlgorithm(  # noqa: N802 - QGIS's name
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        from ..project import styles

        answer = super().postProcessAlgorithm(context, feedback)
        for name in ("FINDING", "FINDING_AREA"):
            destination = getattr(self, "_written", {}).get(name)
            layer = QgsProcessingUtils.mapLayerFromString(destination, context) if destination else None
            if isinstance(layer, QgsVectorLayer):
                styles.apply_result_style(layer, "plan_finding")
        return answer
