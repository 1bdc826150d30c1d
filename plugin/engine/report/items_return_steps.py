"""What a row of a returned ledger may do to an item's state, and what has to come with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ..catalog import LayerSpec, label
from ..rectification import missing
from ..rectification_steps import FOLLOWING

#: What became of a change.
READY, CONFLICT, REFUSED = "ready", "conflict", "refused"
#: What an item has to have in a state, as its layer's checks say.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "done": ("done_on",), "closed": ("done_on", "verification", "verified_by", "closed_on", "closed_by"),
}  # fmt: skip
#: A date that belongs to states.
_DAY_OF = {"done_on": ("done", "closed"), "closed_on": ("closed",)}
#: What is written together with a step, or not at all.
_WITH_STEP = ("status", "done_on", "closed_on", "closed_by", "verification", "verified_by", "rechecked")


@dataclass(frozen=True)
class Change:
    """One cell that the office changed.

    Attributes
    ----------
    number : str
        Problem number.
    field, title : str
        Field of the layer; what the ledger calls it.
    old, new : str
        As people read them; `old` is what stands in the map now.
    value : object
        The new value as the layer holds it; None clears.
    state : {"ready", "conflict", "refused"}
    why : str
        Of a conflict or a refusal.
    row : int
        Of the sheet, from 1.
    name : str
        The item's.
    tied : bool
        Whether it belongs to a step of the item: all of the item's tied changes are written, or none.
    """

    number: str
    field: str
    title: str
    old: str
    new: str
    value: Any
    state: str = READY
    why: str = ""
    row: int = 0
    name: str = ""
    tied: bool = False


class Steps:
    """Holds the changes of a row against the state of its item."""

    def __init__(self, spec: LayerSpec, as_of: date, lang: str, say: Callable[[str, str], str]) -> None:
        self._spec, self._as_of, self._lang, self._say = spec, as_of, lang, say
        self._titles = {one.name: one.title(lang, unit=False) for one in spec.fields}

    def settled(self, changes: list[Change], item: Mapping[str, Any]) -> list[Change]:
        """Refuse what the item's state does not allow, complete a step that it does, and tie what belongs to it."""
        if not any(one.field in _WITH_STEP and one.state != REFUSED for one in changes):
            return changes
        step = next((one for one in changes if one.field == "status" and one.state != REFUSED), None)
        if step is not None:
            why = self._barred(step, changes, item)
            if why:
                changes = [replace(one, state=REFUSED, why=why) if one is step else one for one in changes]
                step = None
        state = item["status"] if step is None else step.value
        changes = [self._kept(one, state) for one in changes]
        changes = self._in_order(changes, item)
        return changes if step is None else self._tied([*changes, *self._added(step, changes, item)])

    def _after(self, changes: list[Change], item: Mapping[str, Any]) -> dict[str, Any]:
        after = {name: item.get(name) for name in _WITH_STEP}
        after.update({one.field: one.value for one in changes if one.state != REFUSED and one.field in after})
        return after

    def _barred(self, step: Change, changes: list[Change], item: Mapping[str, Any]) -> str:
        """Return why a step cannot be taken; empty where it can."""
        state, after = item["status"], self._after(changes, item)
        if step.value not in FOLLOWING.get(state, ()):
            codes = FOLLOWING.get(state, ())
            can = self._say("、", ", ").join(label(self._spec.field("status"), one, self._lang) for one in codes)
            return self._say(f"从“{step.old}”只能到{can}", f"from “{step.old}” it can go to {can} only")
        # The day of a step is today's where the ledger leaves it open.
        lacking = [
            self._titles[name]
            for name in NEEDED.get(step.value, ())
            if missing(after[name]) and name != {"done": "done_on", "closed": "closed_on"}[step.value]
        ]
        if lacking:
            return self._say(f"销号还缺：{'、'.join(lacking)}", f"closing lacks: {', '.join(lacking)}")
        if step.value == "closed" and _later(after["done_on"], after["closed_on"]):
            return self._say("销号日期早于完成日期", "closed before it was done")
        return ""

    def _kept(self, one: Change, state: str) -> Change:
        """Refuse a date of a state that the item is not in, and the clearing of what its state needs."""
        if one.state == REFUSED:
            return one
        said = label(self._spec.field("status"), state, self._lang)
        if one.value is not None and state not in _DAY_OF.get(one.field, (state,)):
            why = self._say(f"整改状态为“{said}”，不填{one.title}", f"the status is “{said}”, which has no such date")
            return replace(one, state=REFUSED, why=why)
        if one.value is None and one.field in NEEDED.get(state, ()):
            why = self._say(f"整改状态为“{said}”，不能为空", f"must not be empty while the status is “{said}”")
            return replace(one, state=REFUSED, why=why)
        return one

    def _in_order(self, changes: list[Change], item: Mapping[str, Any]) -> list[Change]:
        after = self._after(changes, item)
        if not _later(after["done_on"], after["closed_on"]) or after["status"] != "closed":
            return changes
        why = self._say("销号日期早于完成日期", "closed before it was done")
        return [
            replace(one, state=REFUSED, why=why) if one.field in _DAY_OF and one.state != REFUSED else one
            for one in changes
        ]

    def _added(self, step: Change, changes: list[Change], item: Mapping[str, Any]) -> list[Change]:
        """Return what a step brings with it that the ledger did not say."""
        import pandas as pd

        after, day = self._after(changes, item), pd.Timestamp(self._as_of)
        added: list[tuple[str, Any]] = []
        if step.value == "done" and missing(after["done_on"]):
            added.append(("done_on", day))
        if step.value == "closed" and missing(after["closed_on"]):
            added.append(("closed_on", day))
        if step.value == "rectifying":
            added += [(name, None) for name in ("done_on", "closed_on", "closed_by") if not missing(after[name])]
            if item["status"] == "closed":
                added.append(("rechecked", True))
        found = []
        for name, value in added:
            spec = self._spec.field(name)
            old, new = (label(spec, one, self._lang) for one in (item.get(name), value))
            found.append(replace(step, field=name, title=self._titles[name], old=old, new=new, value=value))
        return found

    @staticmethod
    def _tied(changes: list[Change]) -> list[Change]:
        tied = [replace(one, tied=one.field in _WITH_STEP and one.state != REFUSED) for one in changes]
        conflict = next((one for one in tied if one.tied and one.state == CONFLICT), None)
        if conflict is None:
            return tied
        # Half of a step is none: what belongs to a conflict waits with it.
        return [replace(one, state=CONFLICT, why=one.why or conflict.why) if one.tied else one for one in tied]


def _later(one: Any, other: Any) -> bool:
    return not missing(one) and not missing(other) and one > other
