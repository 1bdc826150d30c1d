"""``envzones:exportmaps``: printed maps of the open project, one or an atlas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from .. import compat
from ..texts import language, tr
from .base import Output
from .publication_base import PublicationAlgorithm

KINDS = ("onemap", "theme", "section", "radius", "site", "zone", "county")
PAPERS, ORIENTATIONS, FORMATS = ("a4", "a3"), ("landscape", "portrait"), ("pdf", "png", "jpg", "svg")


class ExportMaps(PublicationAlgorithm):
    """Maps on paper."""

    NAME = "exportmaps"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Export maps")

    def tags(self) -> list[str]:
        return tr("map,print,layout,atlas,pdf,png,svg,export").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Print the one map, a theme, river sections, sites, zones or counties")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Prints maps of the open project: with title, grid, legend of what is visible, scale bar, notes and table."
            " Of river sections, heat sources and sites it prints those that the project has results of.\n\n"
            "Without a key, all subjects of the kind are printed: as pages of one PDF, or into a folder with a file"
            " each. What is wrong with a page is told before the first one is drawn. Files appear when all are done."
        )

    def flags(self) -> Any:
        # Layouts belong to the main thread, as in QGIS's own algorithms for them.
        return super().flags() | compat.no_threading_flag()

    def declare(self) -> None:
        """Add the input parameters."""
        titles = [
            tr("One map"), tr("Themes"), tr("River sections"), tr("Heat sources"), tr("Sites"), tr("Zones"),
            tr("Counties"),
        ]  # fmt: skip
        self.add(
            QgsProcessingParameterEnum("SUBJECT", tr("What is printed"), titles, defaultValue=0),
            tr("0 one map, 1 themes, 2 river sections, 3 heat sources, 4 sites, 5 zones, 6 counties."),
        )
        self.add(
            QgsProcessingParameterString("KEY", tr("Which one"), None, optional=True),
            tr("Its id or title, for example a section's number. Left empty: all of them, a page each."),
        )
        self.add(
            QgsProcessingParameterEnum("PAPER", tr("Paper"), ["A4", "A3"], defaultValue=1),
            tr("0 A4, 1 A3."),
        )
        self.add(
            QgsProcessingParameterEnum(
                "ORIENTATION", tr("Orientation"), [tr("Landscape"), tr("Portrait")], defaultValue=0
            ),
            tr("0 landscape, 1 portrait."),
        )
        self.add(
            QgsProcessingParameterNumber(
                "DPI", tr("Resolution (dpi)"), QgsProcessingParameterNumber.Type.Integer, 200, minValue=50,
                maxValue=1200,
            ),
            tr("Dots per inch."),
        )  # fmt: skip
        self.add(
            QgsProcessingParameterBoolean("LAYERS", tr("Layers that can be switched"), False),
            tr("In a single PDF or SVG."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterBoolean("STRICT", tr("Stop at flaws"), False),
            tr("Print nothing where the check before the first page finds a flaw."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterEnum("FORMAT", tr("Files in the folder"), list(FORMATS), defaultValue=0),
            tr("0 pdf, 1 png, 2 jpg, 3 svg."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterFileDestination(
                "OUTPUT", tr("Map"),
                tr("PDF files (*.pdf);;PNG images (*.png);;JPEG images (*.jpg);;SVG drawings (*.svg)"),
                optional=True, createByDefault=True,
            ),
            tr("One file: a map, or all pages as a PDF."),
        )  # fmt: skip
        self.add(
            QgsProcessingParameterFolderDestination("FOLDER", tr("Folder"), optional=True, createByDefault=False),
            tr("A file for each page, named by its title."),
        )
        self.add_publication()

    def outputs(self) -> list[Output]:
        """Return no layer: maps are files."""
        return []

    def numbers(self) -> dict[str, str]:
        """Return how many pages were printed and how many flaws were found."""
        return {"PAGES": tr("Pages"), "FLAWS": tr("Flaws")}

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Settle what is printed where, and look for flaws."""
        from .. import bridge
        from ..engine.errors import InputError
        from ..project import atlas, settings
        from ..project.layout import Sheet, subjects

        self._project = context.project()
        if self._project is None or settings.onemap_path(self._project) is None:
            raise InputError("No project with a one map is open; open one (qgis_process: --PROJECT_PATH=MAP.qgz).")
        kind = KINDS[self.parameterAsEnum(parameters, "SUBJECT", context)]
        key = self.parameterAsString(parameters, "KEY", context).strip()
        self._wanted = atlas.choose(
            subjects(self._project, language()), f"{kind}:{key}" if key else kind, all_of_kind=not key
        )
        self._sheet = Sheet(
            PAPERS[self.parameterAsEnum(parameters, "PAPER", context)],
            ORIENTATIONS[self.parameterAsEnum(parameters, "ORIENTATION", context)],
        )
        self._dpi = self.parameterAsInt(parameters, "DPI", context)
        self._layers = self.parameterAsBool(parameters, "LAYERS", context)
        self._format = FORMATS[self.parameterAsEnum(parameters, "FORMAT", context)]
        output = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        folder = self.parameterAsString(parameters, "FOLDER", context)
        self._output = Path(output) if output else None
        self._folder = Path(folder) if folder else None
        if self._output is None and self._folder is None:
            raise InputError("No file and no folder is given; give one for the map.")
        if self._output is not None and len(self._wanted) > 1 and self._output.suffix.lower() != ".pdf":
            raise InputError(
                f"{len(self._wanted)} pages go into one .pdf or into a folder; change OUTPUT or give FOLDER."
            )
        self._publication = self.publication(parameters, context)
        self._flaws = 0
        steps = bridge.FeedbackProgress(feedback)
        for title, flaw in atlas.preflight(
            self._project, self._wanted, self._sheet, language(), self._publication, steps
        ):
            self._flaws += 1
            feedback.pushWarning(f"{title}: {flaw.message}")
        if self._flaws and self.parameterAsBool(parameters, "STRICT", context):
            raise InputError("The map has flaws; nothing was written.")

    def compute(self, progress: Any) -> dict[str, Any]:
        """Draw the pages (in the main thread)."""
        from ..engine.progress import part, report
        from ..project import atlas, print_export
        from ..project.layout import make_layout

        files: dict[str, str] = {}
        both = self._output is not None and self._folder is not None
        lang, subjects = language(), [subject for subject, _ in self._wanted]
        if self._output is not None:
            here = part(progress, 0.0, 0.5 if both else 1.0)
            if len(subjects) == 1:
                report(here, 0.0, self._wanted[0][1])
                layout = make_layout(self._project, subjects[0], self._sheet, lang, publication=self._publication)
                report(here, 0.4, self._wanted[0][1])
                print_export.export(layout, self._output, dpi=self._dpi, layers=self._layers)
                layout.deleteLater()
            else:
                atlas.print_atlas(
                    self._project, subjects, self._sheet, self._output, lang, dpi=self._dpi,
                    publication=self._publication, progress=here,
                )  # fmt: skip
            files["OUTPUT"] = str(self._output)
        if self._folder is not None:
            atlas.print_atlas(
                self._project, subjects, self._sheet, self._folder, lang, fmt=self._format, one_file=False,
                dpi=self._dpi, publication=self._publication, progress=part(progress, 0.5 if both else 0.0, 1.0),
            )  # fmt: skip
            files["FOLDER"] = str(self._folder)
        return {"files": files, "PAGES": len(subjects), "FLAWS": self._flaws}
