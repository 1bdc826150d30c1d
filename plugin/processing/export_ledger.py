"""``envzones:itemsledger``: the ledger of the map's items, with what happened in a period and with their photos."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFileDestination,
)

from .. import paths
from ..texts import language, tr
from .base import Output, day
from .publication_base import PublicationParameters
from .rulebook_base import RulebookAlgorithm


class ItemsLedger(PublicationParameters, RulebookAlgorithm):
    """The items to be rectified as an Excel workbook."""

    NAME = "itemsledger"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Items ledger")

    def tags(self) -> list[str]:
        return tr("ledger,rectification,item,excel,week,month,quarter,photo,export").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Write the items to be rectified as a workbook, overdue ones first")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Writes one row for each item with its number, place, responsible unit, deadline and state, overdue ones"
            " first, with drop-down lists and a total that follows the filter. An edited ledger can be taken back.\n\n"
            "For a week, month, quarter or year, sheets tell what came, was done, was closed and is overdue, for each"
            " township and responsible unit, beside the period before. A sheet of photos shows each item before and"
            " after."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add_onemap()
        self.add(
            day("AS_OF", tr("Date of the ledger")),
            tr("The day to which overdue is counted, and which the period holds. Left empty, today."),
        )
        self.add(
            QgsProcessingParameterEnum(
                "PERIOD", tr("Period"),
                [tr("all items"), tr("one week"), tr("one month"), tr("one quarter"), tr("one year")], defaultValue=0,
            ),
            tr("The week, month, quarter or year is the one that holds the date of the ledger."),
        )  # fmt: skip
        self.add(
            QgsProcessingParameterBoolean("PHOTOS", tr("With photos"), False),
            tr("A sheet with the photos before and after; they lie beside the map."),
        )
        self.add(
            QgsProcessingParameterFileDestination("XLSX", tr("Ledger"), tr("Excel workbooks (*.xlsx)")),
            tr("The workbook to write."),
        )
        self.add_publication()

    def outputs(self) -> list[Output]:
        """Return no layer: a workbook is all it writes."""
        return []

    def numbers(self) -> dict[str, str]:
        """Return the numbers this algorithm returns."""
        return {"ITEM_COUNT": tr("Items"), "OVERDUE_COUNT": tr("Items overdue")}

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Open the map, and settle what is written for whom."""
        from ..engine.errors import InputError
        from ..project import items_out, source
        from ..store.store import open_store

        place = source.location(self.parameterAsFile(parameters, "ONEMAP", context))
        self._store = open_store(place) if place.path else source.store(place)
        self._folder = None
        if self.parameterAsBool(parameters, "PHOTOS", context):
            if place.path is None:
                raise InputError("A map in a database has no folder with photos; leave them out.")
            self._folder = place.path.absolute().parent
        self._as_of = self.day_or_none(parameters, "AS_OF", context) or date.today()
        span = items_out.SPANS[self.parameterAsEnum(parameters, "PERIOD", context)]
        self._period = items_out.span_of(span, self._as_of)
        self._path = Path(self.parameterAsFileOutput(parameters, "XLSX", context))
        self._publication = self.publication(parameters, context)
        layer = source.map_layers(context.project(), place).get("rectification_item") if context.project() else None
        if layer is not None and layer.isModified():
            feedback.pushWarning(tr("Edits of items that are not saved are not in the ledger."))

    def compute(self, progress: Any) -> dict[str, Any]:
        """Read the items and write the ledger."""
        from ..engine.catalog import load_catalog
        from ..engine.progress import report
        from ..engine.rectification import LAYER, overdue_days
        from ..engine.report.items import write_items

        report(progress, 0.0)
        items = self._store.read(LAYER)
        report(progress, 0.3)
        write_items(
            self._path, items, load_catalog(paths.user_layers()), as_of=self._as_of, lang=language(),
            publication=self._publication, period=self._period, folder=self._folder,
        )  # fmt: skip
        late = overdue_days(items, self._as_of) if len(items) else []
        return {
            "files": {"XLSX": str(self._path)}, "ITEM_COUNT": len(items),
            "OVERDUE_COUNT": sum(1 for days in late if days),
        }  # fmt: skip

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say how many items there are."""
        return [
            tr("{items} items, {late} of them overdue.").format(
                items=results["ITEM_COUNT"], late=results["OVERDUE_COUNT"]
            )
        ]
