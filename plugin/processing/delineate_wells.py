"""``envzones:delineatewells``: zones of a well group."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..compat import VECTOR_POINT
from ..engine.errors import InputError
from ..texts import tr
from .base import metres
from .delineate_base import LEVELS, DelineateAlgorithm, level_titles

if TYPE_CHECKING:
    from ..engine.delineation import Delineated, Directed, Figure, WellLevel

_ARRANGEMENTS = ("auto", "circles", "hull")
_CORNERS = ("round", "mitre")
_FORMULA = ("CONDUCTIVITY", "GRADIENT", "POROSITY")


class DelineateWells(DelineateAlgorithm):
    """Circles, outer hulls with an offset, or offsets in directions."""

    NAME = "delineatewells"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Delineate well zones")

    def tags(self) -> list[str]:
        return tr("drinking water,zone,well,groundwater,hull,circle,radius,delineate").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Draw the zones of a group of wells: circles, outer hull and offset, or offsets in directions")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Draws the zones of a group of wells: a circle about each well, the outer hull of the wells and so many"
            " metres about it, or lines so many metres from named wells in a direction. Named roads, dykes or rivers"
            " bound the zone; the side of the wells stays.\n\n"
            "The radius is the document's or the office's, comes from a preset that is to be verified, or is computed"
            " as R = alpha K I T / n from figures that are asked for. Levels are measured from the wells."
        )

    def declare_inputs(self) -> None:
        """Add the wells and the figures."""
        self.add(
            QgsProcessingParameterFeatureSource("WELLS", tr("Wells"), [VECTOR_POINT]),
            tr("Points of one group, with uid or name where offsets name them."),
        )
        self.add_preset("wells")
        for level, title in zip(LEVELS, level_titles()):
            self.add(
                metres(level.upper(), tr("{level}: radius").format(level=title), None, optional=True),
                tr("Metres about each well, or about the hull."), advanced=level == "quasi",
            )  # fmt: skip
        self.add(
            QgsProcessingParameterEnum(
                "ARRANGEMENT", tr("Arrangement"),
                [tr("circles where wells are far apart, else their hull"), tr("circles"), tr("one hull")],
                defaultValue=0,
            ),
            tr("Wells are far apart beyond so many radii of each other."),
        )  # fmt: skip
        self.add(
            QgsProcessingParameterEnum(
                "CORNERS", tr("Corners of the hull"), [tr("round"), tr("straight")], defaultValue=0
            ),
            tr("Straight corners keep a quadrilateral a quadrilateral."), advanced=True,
        )  # fmt: skip
        real = QgsProcessingParameterNumber.Type.Double
        self.add(
            QgsProcessingParameterNumber("APART", tr("Far apart beyond"), real, None, optional=True, minValue=0.1),
            tr("In radii. Left empty, the preset's, or 2."), advanced=True,
        )  # fmt: skip
        self.add(
            QgsProcessingParameterString("OFFSETS", tr("Offsets in directions"), None, optional=True),
            tr(
                "Instead of a radius: wells, direction and metres, with semicolons between, as in"
                " W8,W9,W10 north 50; W8 east 50; W10 west 50. Several wells are one line."
            ),
        )
        self.add_edges(optional=True)
        self.add(
            QgsProcessingParameterString("REACH", tr("As far as the lines towards"), None, optional=True),
            tr("A direction such as south: the zone is stretched that way as far as the bounding lines."),
            advanced=True,
        )  # fmt: skip
        for name, title, text in (
            (
                "CONDUCTIVITY", tr("Hydraulic conductivity K"),
                tr("Metres a day. With I, n and a preset the radius is computed."),
            ),
            ("GRADIENT", tr("Hydraulic gradient I"), tr("Without unit, such as 0.002.")),
            ("POROSITY", tr("Effective porosity n"), tr("A share below 1, such as 0.2.")),
        ):  # fmt: skip
            number = QgsProcessingParameterNumber(name, title, real, None, optional=True, minValue=0.0)
            self.add(number, text, advanced=True)

    def read_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot the wells and read the figures."""
        from ..engine.delineation import WellLevel

        self._wells = self.frame(parameters, "WELLS", context, feedback)
        chosen = self.preset(parameters, context)
        self._inputs: dict[str, Figure] = {}
        self._more: list[dict[str, Any]] = []
        given = {level: self.figure(parameters, level.upper(), context) for level in LEVELS}
        levels = self._computed(parameters, context, chosen)
        if levels is None:
            levels = chosen.well_levels() if chosen is not None else []
        levels = [replace(one, radius=given.pop(one.level) or one.radius) for one in levels]
        levels += [WellLevel(level, radius) for level, radius in given.items() if radius is not None]
        directed = self._directed(self.text(parameters, "OFFSETS", context))
        if directed:
            if levels:
                raise InputError(tr("Give offsets in directions or radii, not both."))
            levels = [WellLevel("primary", directed=directed)]
        shape = {
            "arrangement": _ARRANGEMENTS[self.parameterAsEnum(parameters, "ARRANGEMENT", context)],
            "corners": _CORNERS[self.parameterAsEnum(parameters, "CORNERS", context)],
            "until": tuple(self.edges(parameters, context, feedback)),
            "reach": self.text(parameters, "REACH", context),
        }
        self._levels = [replace(one, **shape) for one in sorted(levels, key=lambda one: LEVELS.index(one.level))]
        self._options = {
            "apart": self.figure(parameters, "APART", context) or (chosen.own.get("apart") if chosen else None),
            "extend": self.figure(parameters, "EXTEND", context),
        }

    def _computed(
        self, parameters: dict[str, Any], context: QgsProcessingContext, chosen: Any
    ) -> list[WellLevel] | None:
        """Return the levels with computed radii, None where nothing is to be computed from."""
        from ..engine.delineation import pore_levels

        k, i, n = (self.figure(parameters, name, context) for name in _FORMULA)
        if k is None and i is None and n is None:
            return None
        if chosen is None or k is None or i is None or n is None:
            raise InputError(
                tr("A computed radius needs K, I, n and a preset that gives alpha and T; add what is missing.")
            )
        levels, self._inputs, self._more = pore_levels(chosen, k, i, n)
        return levels

    def _directed(self, said: str | None) -> tuple[Directed, ...]:
        """Read offsets in directions."""
        from ..engine.delineation import Directed, figure

        out = []
        for one in (said or "").replace("；", ";").replace("，", ",").replace("、", ",").split(";"):
            words = one.split()
            if not words:
                continue
            try:
                wells, direction, far = words
                value = float(far)
            except ValueError:
                text = tr("The offset {offset} cannot be read; write wells, direction and metres, as in W8 east 50.")
                raise InputError(text.format(offset=one.strip())) from None
            out.append(Directed(tuple(w for w in wells.split(",") if w), direction, figure(value, self._owner)))
        return tuple(out)

    def draw(self, progress: Any) -> Delineated:
        """Draw the wells' zones."""
        from ..engine.delineation import well_zones

        result = well_zones(
            self._wells, self._levels, self.named(), inputs=self._inputs, progress=progress, **self._options
        )
        return result.with_issues(self._more)
