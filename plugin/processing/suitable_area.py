"""``envzones:suitablearea``: where may this go?"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterString,
    QgsProcessingUtils,
    QgsRasterLayer,
)

from ..texts import language, tr
from .base import Output, day, metres
from .rulebook_base import LAW, NATURES, PLAN, RulebookAlgorithm


class SuitableArea(RulebookAlgorithm):
    """An area cut into pieces by what the clauses say of a facility there."""

    NAME = "suitablearea"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Suitable area")

    def tags(self) -> list[str]:
        return tr("suitable,siting,area,rulebook,clause,constraint,severity,raster,zone").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Show where in an area a facility may be built, and what stands against it elsewhere")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Cuts an area into pieces by what the siting clauses of the chosen rulebooks say of a facility there:"
            " no constraint found, notes only, allowed with conditions, restricted or refused. Each piece names"
            " its clauses and zones and gives its area in km², hectares and mu. A point anywhere in a piece gets"
            " the same verdict from the siting check; a site with an outline is to be checked by itself.\n\n"
            "Hatched pieces could still turn out graver: a layer is missing or not declared complete there, an"
            " attribute of the facility is not given, a distance is the office's own, or the place lies within the"
            " positional accuracy of a zone's edge. The result is a preliminary assessment; the decision is the"
            " office's."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add(
            QgsProcessingParameterFeatureSource(
                "AREA", tr("Area"), [QgsProcessing.SourceType.TypeVectorPolygon]
            ),
            tr("Polygons of the ground to look at, such as a county or a township."),
        )
        self.add_onemap()
        self.add_rulebooks(
            tr("The plan documents whose clauses count. One that is not in force on the date takes no part."), PLAN, LAW
        )
        self.add(
            QgsProcessingParameterString("FACILITY_TYPE", tr("Facility type"), None),
            tr("What is to be built, for instance livestock_farm. A wrong name is answered with the nearest ones."),
        )
        self.add_nature(
            tr(
                "0 new construction, 1 rebuilding, 2 expansion, 3 existing. Left empty, it is unknown and such"
                " clauses are to be verified."
            ),
            0,
        )
        self.add(
            QgsProcessingParameterString("ATTRIBUTES", tr("Attributes"), None, multiLine=True, optional=True),
            tr(
                "What is known of the facility, one NAME=VALUE to a line or separated by semicolons, such as"
                " capacity_tph=20. A clause that asks for another attribute is to be verified."
            ),
        )
        self.add(
            day("AS_OF", tr("Date of the check")),
            tr("Zones, declarations of completeness and documents count as of this day. Left empty, today."),
        )
        self.add(
            metres("CELL", tr("Cell size"), 30.0),
            tr("Of the raster, in metres of the city's CGCS2000 3-degree zone."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterRasterDestination(
                "RASTER", tr("Severity raster"), optional=True, createByDefault=False
            ),
            tr("Optional GeoTIFF with the verdict of each cell, judged at its centre."),
        )
        self.add(
            QgsProcessingParameterFileDestination(
                "XLSX", tr("Table of areas"), tr("Excel workbooks (*.xlsx)"), optional=True, createByDefault=False
            ),
            tr("Optional workbook with the areas by verdict and by clause."),
        )

    def outputs(self) -> list[Output]:
        """Return the layers this algorithm writes."""
        return [
            Output(
                "SUITABLE",
                tr("Suitable area"),
                tr("The pieces, with verdict, clauses, zones and area."),
                "polygon",
            ),
            Output(
                "CLAUSE_AREA",
                tr("Areas of clauses"),
                tr("Where each clause binds, and where that is to be verified."),
                "polygon",
                by_default=False,
            ),
            Output("ISSUE", tr("Issues"), tr("What was wrong with the input, with a place to look at."), "point"),
        ]

    def numbers(self) -> dict[str, str]:
        """Return the numbers this algorithm returns."""
        return {
            "FREE_HA": tr("Hectares without prohibition or restriction"),
            "REFUSED_HA": tr("Hectares refused"),
            "OPEN_HA": tr("Hectares that could still turn out graver"),
        }

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot the area, open the map, load the rulebooks, build the raster's projection."""
        from ..engine.suitability import read_attributes
        from ..engine.suitability_raster import check_raster, projection, work_crs

        area = self.frame(parameters, "AREA", context, feedback)
        kind = self.parameterAsString(parameters, "FACILITY_TYPE", context).strip()
        if not kind:
            raise QgsProcessingException(tr("Say what is to be built: the facility type is empty."))
        texts = self.parameterAsString(parameters, "ATTRIBUTES", context).replace("\n", ";").split(";")
        self._onemap = self.onemap(parameters, context)
        books = self.rulebooks(parameters, context)
        self._inputs = {
            "area": area,
            "onemap": self._onemap,
            "books": books,
            "facility_type": kind,
            "nature": None
            if parameters.get("NATURE", 0) in (None, "")
            else NATURES[self.parameterAsEnum(parameters, "NATURE", context)],
            "attributes": read_attributes((text for text in texts if text.strip()), books),
            "as_of": self.day_or_none(parameters, "AS_OF", context) or date.today(),
        }
        self._cell = self.parameterAsDouble(parameters, "CELL", context)
        self._raster = self.parameterAsOutputLayer(parameters, "RASTER", context) if parameters.get("RASTER") else ""
        self._xlsx = self.parameterAsFileOutput(parameters, "XLSX", context)
        if self._raster:
            check_raster(self._raster, self._cell)
            # PROJ objects are built here: in a worker thread they can crash.
            projection(work_crs(self._onemap, area.geometry.iloc[0].centroid if len(area) else None))

    def compute(self, progress: Any) -> dict[str, Any]:
        """Cut the area up, and write the raster and the table if they are asked for."""
        from ..engine.progress import part, report
        from ..engine.suitability import suitable_area
        from ..engine.suitability_raster import write_raster

        given = dict(self._inputs)
        result = suitable_area(
            given.pop("area"), given.pop("onemap"), given.pop("books"), **given, progress=part(progress, 0.0, 0.85)
        )
        files = {}
        if self._raster:
            share = part(progress, 0.85, 0.95)
            write_raster(self._raster, result, self._onemap, cell=self._cell, lang=language(), progress=share)
            files["RASTER"] = self._raster
        if self._xlsx:
            report(progress, 0.95, tr("Writing the documents"))
            from ..engine.report.suitable import write_areas

            write_areas(Path(self._xlsx), result, self._onemap, lang=language())
            files["XLSX"] = self._xlsx
        pieces = result.pieces
        inside = ~pieces["outside_jurisdiction"]
        free = inside & ~pieces["known"].isin(("fail", "restricted"))
        self._result = result
        return {
            "SUITABLE": pieces,
            "CLAUSE_AREA": result.clauses[~result.clauses.geometry.isna()].reset_index(drop=True),
            "ISSUE": result.issues,
            "FREE_HA": float(pieces.loc[free, "area_ha"].sum()),
            "REFUSED_HA": float(pieces.loc[inside & (pieces["known"] == "fail"), "area_ha"].sum()),
            "OPEN_HA": float(pieces.loc[inside & pieces["worse"], "area_ha"].sum()),
            "files": files,
        }

    def postProcessAlgorithm(  # noqa: N802
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        answer = super().postProcessAlgorithm(context, feedback)
        if self._raster:
            layer = QgsProcessingUtils.mapLayerFromString(self._raster, context)
            if isinstance(layer, QgsRasterLayer):
                from ..project.styles import apply_raster_style

                apply_raster_style(layer, "suitable")
        return answer

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say how much ground there is of each verdict, and what is to be verified."""
        from ..engine.findings import VERDICT_WORDS

        i = 0 if language() == "zh" else 1
        lines = [
            tr("As of {date}; this is a preliminary assessment.").format(date=self._inputs["as_of"].isoformat())
        ]
        for row in self._result.summary.itertuples():
            if row.outside_jurisdiction:
                name = tr("Outside the jurisdiction")
            else:
                name = VERDICT_WORDS[row.known][i]
                if row.worse:
                    name = tr("{known}, possibly {possible}").format(
                        known=name, possible=VERDICT_WORDS[row.possible][i]
                    )
            lines.append(
                tr("{verdict}: {km2:.2f} km², {ha:.1f} ha, {mu:.0f} mu ({share:.1%})").format(
                    verdict=name, km2=row.area_km2, ha=row.area_ha, mu=row.area_mu, share=row.share
                )
            )
        return lines
