"""What the plan board holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from .clauses.context import Context
from .clauses.model import Clause, Rulebook

#: Column -> kind: t text, f number, b true/false.  One row per clause and listed layer, or per figure and group.
#: `checked` features were looked at; an inventory found `listed` of them, `settled` and `outstanding`, a coverage
#: clause `listed` gaps.  `value` is the figure from what is known, in `unit`; it lies between `low` and `high`,
#: which are empty where nothing bounds it.  `met` is ``met``, ``not_met`` or ``not_computable``, empty where the
#: document sets no target.  `source` and `missing` name columns as ``layer.column``, separated by commas.
BOARD_COLUMNS: Mapping[str, str] = {
    "rulebook": "t", "clause_id": "t", "clause": "t", "clause_zh": "t", "clause_en": "t", "kind": "t",
    "effect": "t", "layer": "t", "layer_zh": "t", "department": "t", "state": "t", "checked": "f",
    "listed": "f", "tentative": "f", "open": "f", "settled": "f", "outstanding": "f", "deadline_words": "t",
    "deadline": "t", "overdue_days": "f", "responsible": "t", "quote": "t", "why": "t", "why_en": "t",
    "reference": "b", "book_state": "t", "figure_id": "t", "figure_zh": "t", "figure_en": "t", "figure_group": "t",
    "numerator": "f", "denominator": "f", "value": "f", "low": "f", "high": "f", "unit": "t", "target": "t",
    "target_words": "t", "target_by": "t", "met": "t", "gap_m2": "f", "source": "t", "missing": "t",
}  # fmt: skip

#: What a state of a row says of the target.
MET_OF_STATE = {
    "done": "met",
    "outstanding": "not_met",
    "overdue": "not_met",
    "not_computable": "not_computable",
}


def head(clause: Clause, book: Rulebook, layer: str, context: Context) -> dict[str, Any]:
    """Return what a row of the board says of its clause and layer."""
    state = book.state(clause, context.as_of)
    return {
        "rulebook": book.id,
        "clause_id": clause.id,
        "clause": clause.clause,
        "clause_zh": clause.zh,
        "clause_en": clause.en,
        "kind": clause.kind,
        "effect": clause.effect,
        "layer": layer,
        "layer_zh": context.onemap.title(layer),
        "department": context.onemap.department(layer),
        "deadline_words": clause.deadline_words,
        "deadline": clause.deadline.isoformat() if clause.deadline else None,
        "responsible": str(clause.responsible),
        "quote": clause.quote,
        "reference": state != "in_force",
        "book_state": state,
    }


def days_late(deadline: date | None, as_of: date) -> int:
    """Return how many days ago `deadline` was; 0 where it is to come or there is none."""
    return max((as_of - deadline).days, 0) if deadline else 0
