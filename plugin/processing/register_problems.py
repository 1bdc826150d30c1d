"""``envzones:registerproblems``: what a run found becomes items to be rectified, numbered for good."""

from __future__ import annotations

from datetime import date
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterString,
)

from ..texts import tr
from .base import Output, day
from .rulebook_base import RulebookAlgorithm

#: What a layer of findings has and no other layer.
_FINDING_FIELDS = ("rulebook", "clause_id", "effect", "status", "site_id")


class RegisterProblems(RulebookAlgorithm):
    """Items of the layer rectification_item from findings, written into the map."""

    NAME = "registerproblems"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Register problems")

    def tags(self) -> list[str]:
        return tr("rectification,problem,ledger,follow-up,register,item,number").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Make items to be rectified of what a plan board, a section or a check found")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Each feature that a rule asks to close, restrict or rectify becomes one item of the map with a problem"
            " number that is never given twice. Run again, items that are there are brought up to date and keep their"
            " number and what people entered; what is no longer found is listed, never deleted.\n\n"
            "Give the layers of findings of one or several runs. Tick Try only to see what would be written."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add_onemap()
        self.add(
            QgsProcessingParameterMultipleLayers(
                "FINDINGS", tr("Findings"), QgsProcessing.SourceType.TypeVector
            ),
            tr(
                "Layers of findings of the plan board, the river section or the siting check, over features of the map."
            ),
        )
        self.add(
            day("AS_OF", tr("Date of the run")),
            tr("The day on which the problems were found. Left empty, today."),
        )
        self.add(
            QgsProcessingParameterString("PREFIX", tr("Numbers begin with"), optional=True),
            tr("Left empty, the short name of the map's jurisdiction."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterBoolean("TRY_ONLY", tr("Try only"), False),
            tr("Say what would be written, and write nothing."),
        )

    def outputs(self) -> list[Output]:
        """Return the layers this algorithm writes."""
        return [
            Output("NEW", tr("New items"), tr("Items that this run registered."), "point"),
            Output(
                "VANISHED",
                tr("Items no longer found"),
                tr("Items that are not closed and that this run no longer finds: to be verified and closed."),
                "point",
                by_default=False,
            ),
        ]

    def numbers(self) -> dict[str, str]:
        """Return the numbers this algorithm returns."""
        return {
            "NEW_COUNT": tr("Items registered"),
            "CHANGED_COUNT": tr("Items brought up to date"),
            "UNCHANGED_COUNT": tr("Items unchanged"),
            "VANISHED_COUNT": tr("Items no longer found"),
            "REAPPEARED_COUNT": tr("Closed items found again"),
        }

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Take snapshots of the findings, refuse a map with unsaved edits of its items."""
        from ..project import source
        from ..store.store import open_store

        place = source.location(self.parameterAsFile(parameters, "ONEMAP", context))
        self._onemap = self.onemap(parameters, context)
        self._store = open_store(place) if place.path else source.store(place)
        frames = self.frames(parameters, "FINDINGS", context, feedback)
        if not frames:
            raise QgsProcessingException(tr("No layer of findings was given; run a plan board, a section or a check."))
        for name, frame in frames.items():
            if lacking := [field for field in _FINDING_FIELDS if field not in frame.columns]:
                raise QgsProcessingException(
                    tr("Layer '{layer}' is no layer of findings: it has no field {fields}.").format(
                        layer=name, fields=", ".join(lacking)
                    )
                )
        items = source.map_layers(context.project(), place).get("rectification_item")
        if items is not None and items.isModified():
            raise QgsProcessingException(
                tr("The items to be rectified have unsaved edits; save or discard them, then run again.")
            )
        self._frames = list(frames.values())
        self._as_of = self.day_or_none(parameters, "AS_OF", context) or date.today()
        self._prefix = self.parameterAsString(parameters, "PREFIX", context) or None
        self._try_only = self.parameterAsBool(parameters, "TRY_ONLY", context)
        self._items = items

    def compute(self, progress: Any) -> dict[str, Any]:
        """Register, and write unless it is a trial."""
        import getpass

        from ..engine.progress import report
        from ..store.follow_up import register_findings

        report(progress, 0.1)
        done = register_findings(
            self._store, self._onemap, self._frames, as_of=self._as_of, prefix=self._prefix, who=getpass.getuser(),
            write=not self._try_only,
        )  # fmt: skip
        report(progress, 0.9)
        return {
            "NEW": done.new,
            "VANISHED": done.vanished.drop(columns="fid", errors="ignore"),
            "NEW_COUNT": len(done.new),
            "CHANGED_COUNT": len(done.changed),
            "UNCHANGED_COUNT": done.unchanged,
            "VANISHED_COUNT": len(done.vanished),
            "REAPPEARED_COUNT": len(done.reappeared),
        }

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say how many."""
        words = (
            tr("Would register {new} items and bring {changed} up to date; {same} unchanged, {gone} no longer found.")
            if self._try_only
            else tr("Registered {new} items, brought {changed} up to date; {same} unchanged, {gone} no longer found.")
        )
        return [
            words.format(
                new=results["NEW_COUNT"],
                changed=results["CHANGED_COUNT"],
                same=results["UNCHANGED_COUNT"],
                gone=results["VANISHED_COUNT"],
            )
        ]

    def postProcessAlgorithm(  # noqa: N802 - QGIS's name
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Show the new items in the open project."""
        if self._items is not None and not self._try_only:
            self._items.dataProvider().reloadData()
            self._items.triggerRepaint()
        return super().postProcessAlgorithm(context, feedback)
