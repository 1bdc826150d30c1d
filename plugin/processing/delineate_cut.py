"""``envzones:delineatecut``: zones cut at roads and dykes, or enclosed by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterString,
)

from ..compat import VECTOR_POINT, VECTOR_POLYGON
from ..texts import tr
from .delineate_base import LEVELS, DelineateAlgorithm

if TYPE_CHECKING:
    from ..engine.delineation import Delineated


class DelineateCut(DelineateAlgorithm):
    """Polygons cut at lines, or the ground that lines enclose."""

    NAME = "delineatecut"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Delineate by roads and dykes")

    def tags(self) -> list[str]:
        return tr("drinking water,zone,cut,road,dyke,ridge,contour,enclosed,delineate").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Cut zones at roads, dykes or other lines and keep one side, or draw what such lines enclose")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Cuts polygons at named roads, dykes, contours or ridge lines and keeps the side on which the given points"
            " lie. Without polygons it draws the ground that the lines enclose about one point, as a quadrilateral of"
            " four roads.\n\n"
            "A line that ends inside a polygon, or a loop that is open, is refused with the place and the gap."
        )

    def declare_inputs(self) -> None:
        """Add the polygons, the lines and the points."""
        self.add(
            QgsProcessingParameterFeatureSource("AREAS", tr("Polygons to cut"), [VECTOR_POLYGON], optional=True),
            tr("Left empty, the ground that the lines enclose is drawn."),
        )
        self.add_edges(optional=False)
        self.add(
            QgsProcessingParameterFeatureSource("KEEP", tr("Points on the side that stays"), [VECTOR_POINT]),
            tr("Intakes or wells; without polygons, one point inside the loop."),
        )
        self.add(
            QgsProcessingParameterString("SIDE", tr("The text calls that side"), "取水口一侧"),
            tr("The word for the side in the description of the extent."), advanced=True,
        )  # fmt: skip
        self.add_level()

    def read_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot the layers."""
        self._areas = self.frame(parameters, "AREAS", context, feedback)
        self._keep = self.frame(parameters, "KEEP", context, feedback)
        self._edges = self.edges(parameters, context, feedback)
        self._side = self.text(parameters, "SIDE", context) or "取水口一侧"
        self._options = {
            "level": LEVELS[self.parameterAsEnum(parameters, "LEVEL", context)],
            "extend": self.figure(parameters, "EXTEND", context),
        }

    def draw(self, progress: Any) -> Delineated:
        """Cut, or look for the loop."""
        from ..engine.delineation import cut, enclosed

        if self._areas is None:
            return enclosed(self._edges, self._keep, self.named(), progress=progress, **self._options)
        return cut(
            self._areas, self._edges, self._keep, self.source, side=self._side, progress=progress, **self._options
        )
