"""``envzones:zonechanges``: which zones were drawn, adjusted or cancelled between two days, and what area that is."""

from __future__ import annotations

from datetime import date
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterString,
)

from ..texts import language, tr
from .base import Output, day
from .rulebook_base import RulebookAlgorithm


class ZoneChanges(RulebookAlgorithm):
    """The map of two days compared, zone by zone."""

    NAME = "zonechanges"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Zone changes between two days")

    def tags(self) -> list[str]:
        return tr("change,difference,adjust,cancel,life cycle,history,gained,lost,version").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("List the zones that differ between two days, with areas gained and lost")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Compares what is in force on two days: zones delineated, adjusted, cancelled and run out in between, each"
            " with its document and the areas before and after on the ellipsoid. The pieces gained and lost are a"
            " layer of their own."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add_onemap()
        self.add(day("FROM", tr("From")), tr("The earlier day."))
        self.add(day("TO", tr("To")), tr("The later day. Left empty, today."))
        self.add(
            QgsProcessingParameterString("LAYERS", tr("Layers"), optional=True),
            tr("Names of layers, separated by commas, such as drinking_water_zone. Left empty, all."),
            advanced=True,
        )

    def outputs(self) -> list[Output]:
        """Return the layers this algorithm writes."""
        return [
            Output("CHANGE", tr("Changes"), tr("One row for each zone that differs."), "point"),
            Output("PIECE", tr("Gained and lost"), tr("The pieces that zones gained and lost."), "polygon"),
        ]

    def numbers(self) -> dict[str, str]:
        """Return the numbers this algorithm returns."""
        return {"CHANGE_COUNT": tr("Zones that differ")}

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Open the map."""
        self._onemap = self.onemap(parameters, context)
        earlier = self.day_or_none(parameters, "FROM", context)
        if earlier is None:
            raise QgsProcessingException(tr("The earlier day is missing; give it as 2019-06-30."))
        self._days = earlier, self.day_or_none(parameters, "TO", context) or date.today()
        named = self.parameterAsString(parameters, "LAYERS", context).replace("，", ",").split(",")
        self._layers = [name.strip() for name in named if name.strip()] or None

    def compute(self, progress: Any) -> dict[str, Any]:
        """Compare."""
        from ..engine.lifecycle import changes

        found = changes(self._onemap, *self._days, layers=self._layers, progress=progress)
        return {"CHANGE": found.rows, "PIECE": found.pieces, "CHANGE_COUNT": len(found.rows)}

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say how many of which kind."""
        from ..engine.lifecycle import CHANGES

        rows = results["CHANGE"]
        place = 0 if language() == "zh" else 1
        kinds = rows["change"].value_counts()
        told = [f"{CHANGES[kind][place]} {count}" for kind, count in kinds.items() if kind in CHANGES]
        head = tr("{count} zones differ between {first} and {second}.").format(
            count=len(rows), first=self._days[0].isoformat(), second=self._days[1].isoformat()
        )
        return [f"{head} {', '.join(told)}".strip()]
