"""``envzones:exportreport``: ledgers and reports from results that were made before."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterString,
)

from .. import paths
from ..texts import language, tr
from .base import EnvZonesAlgorithm, Output, day
from .publication_base import DocumentParameters


class ExportReport(DocumentParameters, EnvZonesAlgorithm):
    """Documents from stored results."""

    NAME = "exportreport"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Export ledger and report")

    def tags(self) -> list[str]:
        return tr("report,ledger,word,excel,pdf,html,document,export").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Write ledgers and reports from results that were made before")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Writes a ledger (xlsx), a report (docx, pdf) or a page with an interactive map (html) from the results of"
            " a siting check, a plan board, river sections or heat radii. The day, the rulebooks, the distances and"
            " the fingerprints of the data are those of the check. Where the one map has changed since, a note on the"
            " first page says so.\n\n"
            "A PDF is made by LibreOffice and needs it installed."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add(
            QgsProcessingParameterMultipleLayers("RESULTS", tr("Results"), QgsProcessing.SourceType.TypeFile),
            tr("GeoPackages that the checks wrote, one of each kind at most, all made for one day."),
        )
        self.add(
            QgsProcessingParameterFile(
                "ONEMAP", tr("One map"), fileFilter=tr("One map (*.gpkg *schema=*)"), optional=True
            ),
            tr("Names the features and tells whether the data has changed since the check."),
        )
        self.add(
            QgsProcessingParameterString("TITLE", tr("Title"), None, optional=True),
            tr("Left empty: what the results are called."),
        )
        self.add(
            day("AS_OF", tr("Date of the check")),
            tr("Only for results of other programs, which do not say their day."),
            advanced=True,
        )
        self.add_documents(result=False)

    def outputs(self) -> list[Output]:
        """Return no layer: documents are all it writes."""
        return []

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Open the map, and settle what is written for whom."""
        from ..engine.errors import InputError
        from ..project.source import open_onemap

        self._results = self.parameterAsFileList(parameters, "RESULTS", context)
        where = self.parameterAsFile(parameters, "ONEMAP", context)
        self._onemap = open_onemap(where, context.project()) if where else None
        self._as_of = self.day_or_none(parameters, "AS_OF", context)
        self._title = self.parameterAsString(parameters, "TITLE", context).strip()
        self.prepare_documents(parameters, context)
        if not self._files:
            raise InputError("No document is asked for; give a file for at least one.")

    def compute(self, progress: Any) -> dict[str, Any]:
        """Read the results and write the documents."""
        from dataclasses import replace

        from ..engine.progress import part
        from ..engine.report.content import read_results

        content = read_results(
            self._results, self._onemap, book_folder=paths.user_rulebooks(), as_of=self._as_of,
            lang=language(),
        )  # fmt: skip
        self._notes = list(content.notes)
        if self._title:
            content = replace(content, title=self._title)
        return {"files": self.write_documents(content, part(progress, 0.2, 1.0))}

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say what has changed since the check."""
        return self._notes
