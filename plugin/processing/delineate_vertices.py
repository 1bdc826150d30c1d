"""``envzones:delineatevertices``: zones from a table of boundary vertices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterCrs,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
)

from ..texts import tr
from .base import metres
from .delineate_base import LEVELS, DelineateAlgorithm

if TYPE_CHECKING:
    from ..engine.delineation import Delineated

_PARTS = ("both", "water", "land")


class DelineateVertices(DelineateAlgorithm):
    """Zones from degrees, minutes and seconds."""

    NAME = "delineatevertices"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Delineate from a vertex table")

    def tags(self) -> list[str]:
        return tr("drinking water,zone,vertex,table,coordinates,degrees,minutes,seconds,delineate").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Draw zones from a table of boundary vertices in degrees, minutes and seconds, degrees or metres")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Draws zones from the table of boundary vertices of a document: numbers, longitudes and latitudes in"
            " degrees, minutes and seconds (in signs or in Chinese), in degrees, or in projected metres. The boundary"
            " follows the numbers. One that crosses itself is refused with the place, and so is a closing point that"
            " differs from the first.\n\n"
            "How exact the zone is follows from the last digit: whole seconds are good to about 15 m, and sites near"
            " such a boundary are said to be near it."
        )

    def declare_inputs(self) -> None:
        """Add the table."""
        self.add(
            QgsProcessingParameterFile("TABLE", tr("Vertex table")),
            tr("A csv, xlsx or text file of one table."),
        )
        self.add(
            QgsProcessingParameterString("SHEET", tr("Sheet"), None, optional=True),
            tr("Of a workbook; left empty, the first."), advanced=True,
        )  # fmt: skip
        self.add(
            QgsProcessingParameterCrs("CRS", tr("Reference system"), None, optional=True),
            tr("Left empty: CGCS2000 for degrees, the zone that eight-digit eastings begin with for metres."),
        )
        self.add(
            QgsProcessingParameterBoolean("PACKED", tr("Plain numbers are ddd.mmss"), False),
            tr("114.0319 is then 114°3′19″."), advanced=True,
        )  # fmt: skip
        self.add(
            metres("ACCURACY", tr("Accuracy of the survey"), None, optional=True),
            tr("Where it is worse than the last digit."), advanced=True,
        )  # fmt: skip
        self.add_level()
        self.add(
            QgsProcessingParameterEnum(
                "PART", tr("Water or land"), [tr("water and land"), tr("water"), tr("land")], defaultValue=0
            ),
            tr("What the boundary encloses."), advanced=True,
        )  # fmt: skip

    def read_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Read the table."""
        from ..engine.delineation import read_sheet

        self._sheet = read_sheet(
            self.parameterAsFile(parameters, "TABLE", context), sheet=self.text(parameters, "SHEET", context),
            packed=self.parameterAsBoolean(parameters, "PACKED", context),
        )  # fmt: skip
        crs = self.parameterAsCrs(parameters, "CRS", context)
        self._crs = (crs.authid() or crs.toWkt()) if crs.isValid() else None
        self._accuracy = self.figure(parameters, "ACCURACY", context)
        self._level = LEVELS[self.parameterAsEnum(parameters, "LEVEL", context)]
        self._part = _PARTS[self.parameterAsEnum(parameters, "PART", context)]

    def draw(self, progress: Any) -> Delineated:
        """Draw the boundaries."""
        from ..engine.delineation import vertex_zones

        return vertex_zones(
            self._sheet, self.named(), level=self._level, part=self._part, crs=self._crs, accuracy=self._accuracy,
            progress=progress,
        )  # fmt: skip
