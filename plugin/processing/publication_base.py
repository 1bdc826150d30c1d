"""What the algorithms that write products take alike: which documents, for whom, marked how, by whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..texts import language, tr
from .base import EnvZonesAlgorithm

if TYPE_CHECKING:
    from ..engine.publication import Publication
    from ..engine.report.content import Content

#: Parameters of documents, in the order that dialogs show them.
DOCUMENTS = ("XLSX", "DOCX", "PDF", "HTML")


class PublicationParameters:
    """Parameters of products for internal use or for the public; a part of an :class:`.base.EnvZonesAlgorithm`."""

    def add_publication(self) -> None:
        """Add the parameters; left empty, they are what the open project was told."""
        self.add(
            QgsProcessingParameterEnum(
                "AUDIENCE", tr("For whom"), [tr("Internal use"), tr("The public")], optional=True
            ),
            tr(
                "0 internal use: marked so. 1 the public: the places of intakes, sources and contaminated plots are"
                " left out, other coordinates are rounded, and the map approval number is printed. Left empty: what was"
                " chosen for the project, else internal use."
            ),
        )
        self.add(
            QgsProcessingParameterString("OFFICE", tr("Prepared by"), None, optional=True),
            tr("The compiling office that is printed."),
        )
        self.add(
            QgsProcessingParameterString("CLASSIFICATION", tr("Classification"), None, optional=True),
            tr("In the office's own words, printed on products for internal use."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterString("APPROVAL_NO", tr("Map approval number"), None, optional=True),
            tr("Printed on products for the public."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterNumber(
                "DECIMALS", tr("Decimals of public coordinates"), QgsProcessingParameterNumber.Type.Integer,
                None, optional=True, minValue=0, maxValue=6,
            ),
            tr("Decimal places of a degree; 4 are about 10 m."),
            advanced=True,
        )  # fmt: skip

    def publication(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Publication:
        """Return for whom the products are; run it in the main thread.

        Raises
        ------
        InputError
            If a mark is given that does not belong to the audience, or cannot be printed.
        """
        from ..engine.errors import InputError
        from ..project import publication as kept

        project = context.project()
        known = kept.usual() if project is None else kept.current(project)
        public = known.public
        if parameters.get("AUDIENCE") not in (None, ""):
            public = self.parameterAsEnum(parameters, "AUDIENCE", context) == 1
        said = {
            name: self.parameterAsString(parameters, name, context).strip()
            for name in ("OFFICE", "CLASSIFICATION", "APPROVAL_NO")
        }
        if said["CLASSIFICATION"] and public:
            raise InputError(
                "A classified product is not for the public; give a classification or the public, not both."
            )
        if said["APPROVAL_NO"] and not public:
            raise InputError(
                "A map approval number is for the public; choose the public, or leave the number out."
            )
        decimals = known.decimals
        if parameters.get("DECIMALS") not in (None, ""):
            decimals = self.parameterAsInt(parameters, "DECIMALS", context)
        return kept.made(
            public, said["CLASSIFICATION"] or known.classification, said["APPROVAL_NO"] or known.approval_no,
            said["OFFICE"] or known.office, decimals,
        )  # fmt: skip


class PublicationAlgorithm(PublicationParameters, EnvZonesAlgorithm):
    """Base of the algorithms that write products and nothing else."""


class DocumentParameters(PublicationParameters):
    """Parameters of ledgers and reports; a part of an :class:`.base.EnvZonesAlgorithm`."""

    def add_documents(self, *, result: bool = True) -> None:
        """Add a file for each kind of document, and for the result that documents can be written from later."""
        kinds = {
            "RESULT": (tr("Result file"), tr("GeoPackages (*.gpkg)")),
            "XLSX": (tr("Ledger"), tr("Excel workbooks (*.xlsx)")),
            "DOCX": (tr("Report"), tr("Word documents (*.docx)")),
            "PDF": (tr("Report as PDF"), tr("PDF files (*.pdf)")),
            "HTML": (tr("Page with a map"), tr("Web pages (*.html)")),
        }
        helps = {
            "RESULT": tr("All layers of the result in one file, from which documents can be written later."),
            "XLSX": tr("Optional workbook with the lists, and what to ask which department."),
            "DOCX": tr("Optional report with each clause quoted beside the site's situation."),
            "PDF": tr("The same report as PDF; it is made by LibreOffice and needs it installed."),
            "HTML": tr("One file with tables and an interactive map that needs no network."),
        }
        for name in (*(("RESULT",) if result else ()), *DOCUMENTS):
            title, files = kinds[name]
            self.add(
                QgsProcessingParameterFileDestination(name, title, files, optional=True, createByDefault=False),
                helps[name],
                advanced=result and name not in ("XLSX", "DOCX"),
            )
        self.add(
            QgsProcessingParameterFile(
                "TEMPLATE", tr("The office's document"), extension="docx", optional=True
            ),
            tr("A Word document with the office's page set-up, styles, header and footer, for DOCX and PDF."),
            advanced=True,
        )
        self.add_publication()

    def prepare_documents(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Settle what is written for whom; run it in the main thread."""
        given = {
            name: self.parameterAsFileOutput(parameters, name, context)
            for name in ("RESULT", *DOCUMENTS) if self.parameterDefinition(name) is not None
        }  # fmt: skip
        self._files = {name: Path(path) for name, path in given.items() if path}
        self._template = self.parameterAsFile(parameters, "TEMPLATE", context) or None
        self._publication = self.publication(parameters, context) if self._files else None

    def write_documents(self, content: Content, progress: Any) -> dict[str, str]:
        """Write the result and the documents that are asked for; return parameter -> path.  Any thread may call it."""
        from ..engine.progress import part, report
        from ..engine.report.content import about, frames, write
        from ..store.results import write_results

        for i, (name, path) in enumerate(self._files.items()):
            here = part(progress, i / len(self._files), (i + 1) / len(self._files))
            report(here, 0.0, path.name)
            if name == "RESULT":
                write_results(path, frames(content), about=about(content), progress=here)
                continue
            write(
                path,
                content,
                lang=language(),
                publication=self._publication,
                template=self._template,
                progress=here,
            )
        return {name: str(path) for name, path in self._files.items()}
