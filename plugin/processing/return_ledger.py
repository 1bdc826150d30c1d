"""``envzones:returnledger``: an edited ledger of items comes back into the map."""

from __future__ import annotations

import getpass
from datetime import date
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
)

from ..texts import language, tr
from .base import Output, day
from .rulebook_base import RulebookAlgorithm


class ReturnLedger(RulebookAlgorithm):
    """Shows what an office changed in a ledger, and writes it."""

    NAME = "returnledger"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Take back a ledger")

    def tags(self) -> list[str]:
        return tr("ledger,rectification,return,excel,round trip,import").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Show what an office changed in a ledger of items, and write it into the map")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Holds an edited ledger of items against the map, by problem number. Columns may have been moved, added or"
            " deleted; rows that are gone are named and never deleted in the map. A change that the item's state does"
            " not allow is refused with its reason; one of a field that the map has changed too, since the ledger was"
            " written, is a conflict.\n\n"
            "Without Apply nothing is written: the table shows what would be."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add_onemap()
        self.add(
            QgsProcessingParameterFile("LEDGER", tr("Edited ledger"), extension="xlsx"),
            tr("The workbook that came back, or a copy of its table."),
        )
        self.add(
            day("AS_OF", tr("Date of the return")),
            tr("No date in the ledger may be later, but deadlines. Left empty, today."),
        )
        self.add(
            QgsProcessingParameterBoolean("BLANK_CLEARS", tr("Emptied cells empty the field"), False),
            tr("Else an empty cell changes nothing."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterBoolean("APPLY", tr("Apply"), False),
            tr("Write the changes that are ready; conflicts and refusals are left out."),
        )

    def outputs(self) -> list[Output]:
        """Return the layers this algorithm writes."""
        return [Output("CHANGE", tr("Changes"), tr("A table with one row for each changed cell."), "none")]

    def numbers(self) -> dict[str, str]:
        """Return the numbers this algorithm returns."""
        return {
            "ROW_COUNT": tr("Rows read"), "READY_COUNT": tr("Changes ready"),
            "CONFLICT_COUNT": tr("Changes in conflict"),
            "REFUSED_COUNT": tr("Changes refused"), "ITEM_COUNT": tr("Items changed"),
        }  # fmt: skip

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Open the map, refuse one with unsaved edits of its items."""
        from ..project import source
        from ..store.store import open_store

        place = source.location(self.parameterAsFile(parameters, "ONEMAP", context))
        self._store = open_store(place) if place.path else source.store(place)
        self._items = (
            source.map_layers(context.project(), place).get("rectification_item") if context.project() else None
        )
        self._apply = self.parameterAsBool(parameters, "APPLY", context)
        if self._apply and self._items is not None and self._items.isModified():
            raise QgsProcessingException(
                tr("The items to be rectified have unsaved edits; save or discard them, then run again.")
            )
        self._path = Path(self.parameterAsFile(parameters, "LEDGER", context))
        self._as_of = self.day_or_none(parameters, "AS_OF", context) or date.today()
        self._blank_clears = self.parameterAsBool(parameters, "BLANK_CLEARS", context)

    def compute(self, progress: Any) -> dict[str, Any]:
        """Read the ledger, and write what is ready if it is to be applied."""
        from ..engine.findings import table
        from ..engine.progress import part, report
        from ..engine.report.items_return import CONFLICT, READY, REFUSED
        from ..store.follow_up import apply_returned, take_back

        report(progress, 0.0)
        self._found, items = take_back(
            self._store, self._path, as_of=self._as_of, lang=language(), blank_clears=self._blank_clears,
            progress=part(progress, 0.0, 0.7),
        )  # fmt: skip
        changed = 0
        if self._apply:
            changed = apply_returned(
                self._store, self._found, items, who=getpass.getuser(), progress=part(progress, 0.7, 1.0)
            )
        names = ("number", "field", "title", "old", "new", "state", "why", "name")
        rows = [
            {**{name: getattr(one, name) for name in names}, "row": float(one.row)}
            for one in self._found.changes
        ]
        return {
            "CHANGE": table(rows, {**dict.fromkeys(names, "t"), "row": "f"}), "ROW_COUNT": self._found.rows,
            "READY_COUNT": len(self._found.of_state(READY)), "CONFLICT_COUNT": len(self._found.of_state(CONFLICT)),
            "REFUSED_COUNT": len(self._found.of_state(REFUSED)), "ITEM_COUNT": changed,
        }  # fmt: skip

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say what came back."""
        lines = list(self._found.problems)
        for title, numbers in (
            (tr("Not in the ledger any more, left as they are: {numbers}"), self._found.missing),
            (tr("Not in the map: {numbers}"), self._found.unknown),
        ):
            if numbers:
                lines.append(title.format(numbers=", ".join(numbers)))
        lines.append(
            tr(
                "{rows} rows: {ready} changes ready, {conflict} in conflict, {refused} refused; {items} items changed."
            ).format(
                rows=results["ROW_COUNT"], ready=results["READY_COUNT"], conflict=results["CONFLICT_COUNT"],
                refused=results["REFUSED_COUNT"], items=results["ITEM_COUNT"],
            )
        )  # fmt: skip
        return lines

    def postProcessAlgorithm(  # noqa: N802 - QGIS's name
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Show the changed items in the open project."""
        if self._items is not None and self._apply:
            self._items.dataProvider().reloadData()
            self._items.triggerRepaint()
        return super().postProcessAlgorithm(context, feedback)
