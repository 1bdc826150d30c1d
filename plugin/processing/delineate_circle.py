"""``envzones:delineatecircle``: a circle about an intake on the water alone, and a strip of the shore."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
)

from ..compat import VECTOR_POINT, VECTOR_POLYGON
from ..texts import tr
from .base import metres
from .delineate_base import LEVELS, DelineateAlgorithm, level_titles

if TYPE_CHECKING:
    from ..engine.delineation import Delineated


class DelineateCircle(DelineateAlgorithm):
    """Water within a radius of an intake, and land along the shore."""

    NAME = "delineatecircle"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Delineate lake intake zones")

    def tags(self) -> list[str]:
        return tr("drinking water,zone,intake,lake,reservoir,circle,shore,delineate").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Draw a circle about an intake on the water alone, and a strip of land along the shore")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Draws the zones of intakes on lakes and reservoirs: the water within so many metres of the intake, and the"
            " land so many metres from the shore on the intake's side. The shore is the edge of the water polygon that"
            " is given; where a document names a contour, give the polygon drawn at that contour."
        )

    def declare_inputs(self) -> None:
        """Add the intakes, the water and the figures."""
        for name, title, kind, text in (
            ("INTAKES", tr("Intakes"), VECTOR_POINT, tr("Intakes on or beside the water.")),
            ("WATER", tr("Water"), VECTOR_POLYGON, tr("Polygons of the lake or reservoir.")),
        ):
            self.add(QgsProcessingParameterFeatureSource(name, title, [kind]), text)
        self.add_preset("circle")
        for level, title in zip(LEVELS, level_titles()):
            for what, words, text in (
                ("RADIUS", tr("{level}: radius on the water"), tr("Metres about the intake.")),
                ("LAND", tr("{level}: metres from the shore"), tr("Left empty, the water alone.")),
            ):
                name = f"{level.upper()}_{what}"
                self.add(metres(name, words.format(level=title), None, optional=True), text, advanced=level == "quasi")
        self.add(
            QgsProcessingParameterEnum("ALL_WATER", tr("All of the water is the"), level_titles(), optional=True),
            tr("The level that takes all of the water, whatever the distance."),
        )
        self.add(
            QgsProcessingParameterBoolean("WHOLE_SHORE", tr("Land on all shores in the circle"), False),
            tr("Instead of the shore on the intake's side alone."), advanced=True,
        )  # fmt: skip
        self.add(
            QgsProcessingParameterBoolean("TOGETHER", tr("Water and land in one row"), False),
            tr("One zone of water and land instead of two."), advanced=True,
        )  # fmt: skip
        self.add(
            metres("TOLERANCE", tr("Snapping tolerance"), 100.0),
            tr("An intake may lie this far from its water."), advanced=True,
        )  # fmt: skip

    def read_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot the layers and read the figures."""
        from ..engine.delineation import CircleLevel

        self._intakes = self.frame(parameters, "INTAKES", context, feedback)
        self._water = self.frame(parameters, "WATER", context, feedback)
        shore = self.parameterAsBoolean(parameters, "WHOLE_SHORE", context)
        chosen = self.preset(parameters, context)
        preset = {one.level: replace(one, whole_shore=shore) for one in chosen.circle_levels()} if chosen else {}
        everything = self.choice(parameters, "ALL_WATER", context, LEVELS)
        self._levels = []
        for level in LEVELS:
            radius = self.figure(parameters, f"{level.upper()}_RADIUS", context)
            land = self.figure(parameters, f"{level.upper()}_LAND", context)
            if radius is not None or level == everything:
                self._levels.append(CircleLevel(level, None if level == everything else radius, land, shore))
            elif level in preset:
                self._levels.append(preset[level] if land is None else replace(preset[level], land=land))
        self._separate = not self.parameterAsBoolean(parameters, "TOGETHER", context)
        self._tolerance = self.parameterAsDouble(parameters, "TOLERANCE", context)

    def draw(self, progress: Any) -> Delineated:
        """Draw the circles."""
        from ..engine.delineation import water_circle

        return water_circle(
            self._intakes, self._water, self._levels, self.source, tolerance=self._tolerance,
            separate=self._separate, progress=progress,
        )  # fmt: skip
