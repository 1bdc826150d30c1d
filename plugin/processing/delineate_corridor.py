"""``envzones:delineatecorridor``: so many metres on either side of a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
)

from ..compat import VECTOR_LINE
from ..texts import tr
from .base import metres
from .delineate_base import LEVELS, DelineateAlgorithm

if TYPE_CHECKING:
    from ..engine.delineation import Delineated

_ENDS = ("square", "round")


class DelineateCorridor(DelineateAlgorithm):
    """A corridor along lines."""

    NAME = "delineatecorridor"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Delineate a corridor")

    def tags(self) -> list[str]:
        return tr("drinking water,zone,canal,corridor,buffer,both sides,delineate").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Draw a zone so many metres on either side of a canal or another line")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Draws a zone along lines, so many true metres on either side, or on each side its own. Left and right are"
            " as seen along the direction in which a line was digitised. The ends are square, or round."
        )

    def declare_inputs(self) -> None:
        """Add the lines and the figures."""
        self.add(
            QgsProcessingParameterFeatureSource("LINES", tr("Lines"), [VECTOR_LINE]),
            tr("Canals, pipelines or rivers; name is used in the description."),
        )
        self.add(metres("LEFT", tr("Metres on either side"), None), tr("Or on the left, where the right has its own."))
        self.add(
            metres("RIGHT", tr("Metres on the right"), None, optional=True), tr("Left empty, as on the left.")
        )
        self.add(
            QgsProcessingParameterEnum("ENDS", tr("Ends"), [tr("square"), tr("round")], defaultValue=0),
            tr("How the corridor ends."), advanced=True,
        )  # fmt: skip
        self.add_level()

    def read_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot the lines and read the figures."""
        self._lines = self.frame(parameters, "LINES", context, feedback)
        self._left = self.figure(parameters, "LEFT", context)
        self._right = self.figure(parameters, "RIGHT", context)
        self._ends = _ENDS[self.parameterAsEnum(parameters, "ENDS", context)]
        self._level = LEVELS[self.parameterAsEnum(parameters, "LEVEL", context)]

    def draw(self, progress: Any) -> Delineated:
        """Draw the corridor."""
        from ..engine.delineation import corridor

        return corridor(
            self._lines, self._left, self._right, self.source, level=self._level, ends=self._ends, progress=progress
        )
