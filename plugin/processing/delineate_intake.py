"""``envzones:delineateintake``: zones up and down a river from an intake."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterString,
)

from ..compat import VECTOR_LINE, VECTOR_POINT, VECTOR_POLYGON
from ..engine.errors import InputError
from ..texts import tr
from .base import metres
from .delineate_base import LEVELS, DelineateAlgorithm, level_titles

if TYPE_CHECKING:
    from ..engine.delineation import Delineated, ReachLevel

_BANKS = (None, "management", "dyke", "channel", "centreline")
_SIDES = ("both", "intake", "left", "right")


class DelineateIntake(DelineateAlgorithm):
    """So many metres up and down the river, and from its bank or dyke."""

    NAME = "delineateintake"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Delineate river intake zones")

    def tags(self) -> list[str]:
        return tr("drinking water,zone,intake,river,upstream,downstream,tributary,dyke,delineate").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Draw zones so many metres up and down a river from an intake, and from its bank or dyke")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Draws the zones of river intakes as documents describe them: so many metres upstream and downstream along"
            " the river, the water between the two cuts, and the land so many metres from the bank, the dyke or the"
            " management line. The outer levels are measured on from the cuts of the inner one. Tributaries count so"
            " many metres above their mouths, by the distance along the river, or not at all.\n\n"
            "Water and land are rows of their own. Every figure is written with the zone and with its owner: the"
            " document, the office, or a preset that is to be verified."
        )

    def declare_inputs(self) -> None:
        """Add the rivers, the intakes and the figures."""
        for name, title, kind, optional, text in (
            ("RIVERS", tr("Rivers"), VECTOR_LINE, False, tr("Lines running downstream, with river and width_m.")),
            ("INTAKES", tr("Intakes"), VECTOR_POINT, False, tr("Intakes, or what the document measures from.")),
            ("CHANNEL", tr("River channel"), VECTOR_POLYGON, True, tr("Polygons of the water between the banks.")),
            ("DYKE", tr("Dyke toe lines"), VECTOR_LINE, True, tr("Lines along the landward toes of the dykes.")),
            ("MANAGEMENT", tr("River management area"), VECTOR_POLYGON, True, tr("Polygons of the management area.")),
        ):
            self.add(QgsProcessingParameterFeatureSource(name, title, [kind], optional=optional), text)
        self.add_preset("intake")
        for level, title in zip(LEVELS, level_titles()):
            onward = tr("Along the river; of outer levels on from the inner one.")
            for what, words, text in (
                ("UP", tr("{level}: metres upstream"), onward),
                ("DOWN", tr("{level}: metres downstream"), onward),
                ("LAND", tr("{level}: metres of land"), tr("From the bank outward. Left empty, the water alone.")),
                (
                    "TRIBUTARY", tr("{level}: metres up tributaries"),
                    tr("Above their mouths. Left empty, tributaries do not count."),
                ),
            ):  # fmt: skip
                name = f"{level.upper()}_{what}"
                one = metres(name, words.format(level=title), None, optional=True)
                self.add(one, text, advanced=level == "quasi")
        self.add(
            QgsProcessingParameterBoolean("ALONG", tr("All tributaries by the distance along the river"), False),
            tr("Tributaries count as the river itself, as far as the distance upstream reaches."), advanced=True,
        )  # fmt: skip
        self.add(
            QgsProcessingParameterString("TRIBUTARIES", tr("Only these tributaries"), None, optional=True),
            tr("Their names, with commas between."), advanced=True,
        )  # fmt: skip
        banks = [
            tr("the best layer given"), tr("the management line"), tr("the dyke toe"), tr("the edge of the channel"),
            tr("the centreline, or half the width where it is known"),
        ]  # fmt: skip
        self.add(
            QgsProcessingParameterEnum("BANK_FROM", tr("Measure the land from"), banks, defaultValue=0),
            tr("Documents say outside the dyke, or on both sides; which line that is, is written to the zone."),
        )
        sides = [tr("both sides"), tr("the side of the intake"), tr("the left bank"), tr("the right bank")]
        self.add(
            QgsProcessingParameterEnum("SIDE", tr("Side of the land"), sides, defaultValue=0),
            tr("Left and right looking downstream."), advanced=True,
        )  # fmt: skip
        self.add(
            QgsProcessingParameterBoolean("BESIDE", tr("Outer land beside the inner zone too"), True),
            tr("Whether the land of an outer level also lies beside the stretch of the inner one."), advanced=True,
        )  # fmt: skip
        self.add(
            QgsProcessingParameterBoolean("TOGETHER", tr("Water and land in one row"), False),
            tr("One zone of water and land instead of two."), advanced=True,
        )  # fmt: skip
        self.add(
            QgsProcessingParameterString("ANCHOR", tr("The text measures from"), "取水口"),
            tr("The word for the place in the description of the extent, such as a rubber dam."), advanced=True,
        )  # fmt: skip
        self.add(
            metres("WORKING_WIDTH", tr("Working river width"), None, optional=True),
            tr("Where neither the channel nor a width is known; written as to be verified."), advanced=True,
        )  # fmt: skip
        self.add(
            metres("TOLERANCE", tr("Snapping tolerance"), 100.0),
            tr("An intake may lie this far from its river."), advanced=True,
        )  # fmt: skip

    def read_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot the layers and read the figures."""
        self._frames = {
            name.lower(): self.frame(parameters, name, context, feedback)
            for name in ("RIVERS", "INTAKES", "CHANNEL", "DYKE", "MANAGEMENT")
        }
        self._levels = self._read_levels(parameters, context)
        self._options = {
            "bank_from": _BANKS[self.parameterAsEnum(parameters, "BANK_FROM", context)],
            "working_width": self.figure(parameters, "WORKING_WIDTH", context),
            "tributary_names": self.names(parameters, "TRIBUTARIES", context),
            "beside_inner": self.parameterAsBoolean(parameters, "BESIDE", context),
            "separate": not self.parameterAsBoolean(parameters, "TOGETHER", context),
            "anchor": self.text(parameters, "ANCHOR", context) or "取水口",
            "tolerance": self.parameterAsDouble(parameters, "TOLERANCE", context),
        }

    def _read_levels(self, parameters: dict[str, Any], context: QgsProcessingContext) -> list[ReachLevel]:
        from ..engine.delineation import ALONG, ReachLevel

        side = _SIDES[self.parameterAsEnum(parameters, "SIDE", context)]
        chosen = self.preset(parameters, context)
        preset = {one.level: replace(one, side=side) for one in chosen.reach_levels()} if chosen else {}
        out = []
        for level in LEVELS:
            up, down, land, tributary = (
                self.figure(parameters, f"{level.upper()}_{what}", context)
                for what in ("UP", "DOWN", "LAND", "TRIBUTARY")
            )
            if up is None and down is None:
                if land is not None or tributary is not None:
                    raise InputError(
                        tr("Level {level} has land or tributaries, but no metres upstream and downstream.").format(
                            level=level
                        )
                    )
                if level in preset:
                    out.append(preset[level])
                continue
            along = self.parameterAsBoolean(parameters, "ALONG", context)
            zero = replace(up or down, value=0.0)
            land = land if land is not None and land.value > 0 else None
            out.append(ReachLevel(level, up or zero, down or zero, land, ALONG if along else tributary, side))
        return out

    def draw(self, progress: Any) -> Delineated:
        """Trace and draw."""
        from ..engine.delineation import intake_reach

        given = dict(self._frames)
        return intake_reach(
            given.pop("rivers"), given.pop("intakes"), self._levels, self.source, **given, **self._options,
            progress=progress,
        )  # fmt: skip
