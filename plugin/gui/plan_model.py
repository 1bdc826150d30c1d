"""The plan board as a tree: rulebooks, their clauses, a row for each layer or figure, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QDate, QLocale, QModelIndex, QObject
from qgis.PyQt.QtGui import QIcon

from ..engine import plan_text as said
from .signs import verdict_icon
from .told_model import FACT, FINDING, GROUP, Node, ToldModel

if TYPE_CHECKING:
    from ..engine.findings_text import Fact
    from ..project.plan_view import PlanView, Row

#: A clause with several rows; one with a single row is that row.
CLAUSE = "clause"
_SIGNS = {
    "overdue": "fail", "outstanding": "restricted", "not_computable": "undecided", "done": "pass", "no_target": "note",
}  # fmt: skip


def state_icon(state: str) -> QIcon:
    """Return the sign of a state; states are told apart by shape as well as by colour."""
    return verdict_icon(_SIGNS[state])


def day_words(day: date) -> str:
    """Write a date as the user's locale does, the year in full."""
    form = QLocale().dateFormat(QLocale.FormatType.ShortFormat)
    form = form if "yyyy" in form else form.replace("yy", "yyyy")
    return QLocale().toString(QDate(day.year, day.month, day.day), form)


@dataclass(frozen=True)
class Filter:
    """Which rows are shown; what is empty keeps all."""

    states: frozenset[str] = frozenset()
    department: str = ""
    theme: str = ""
    book: str = ""
    text: str = ""


class PlanModel(ToldModel):
    """Rows are made when a board or a filter is chosen, their words when they are shown; a node's name is its state."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view: PlanView | None = None
        self._filter = Filter()
        self._hay: list[str] | None = None
        self.rows: list[Row] = []

    # --- what is shown ------------------------------------------------------------------------------------------

    @property
    def shown(self) -> int:
        """How many rows of the board pass the filter."""
        return len(self.rows)

    def show_view(self, view: PlanView | None) -> None:
        """Show a board."""
        self._view, self._hay = view, None
        self._make()

    def filter(self, wanted: Filter) -> None:
        """Show only some of its rows."""
        if wanted != self._filter:
            self._filter = wanted
            self._make()

    def passing(self, wanted: Filter) -> list[Row]:
        """Return the rows that a filter keeps."""
        view = self._view
        if view is None:
            return []
        rows: Iterable[tuple[int, Row]] = enumerate(view.rows)
        if wanted.states:
            rows = [(i, row) for i, row in rows if row["state"] in wanted.states]
        if wanted.book:
            rows = [(i, row) for i, row in rows if row["rulebook"] == wanted.book]
        if wanted.theme:
            rows = [(i, row) for i, row in rows if said.theme(row, view.words) == wanted.theme]
        if wanted.department:
            rows = [(i, row) for i, row in rows if said.lead(row, view.words) == wanted.department]
        if wanted.text:
            if self._hay is None:
                self._hay = [said.haystack(row, view.words) for row in view.rows]
            sought = wanted.text.casefold()
            rows = [(i, row) for i, row in rows if sought in self._hay[i]]
        return [row for _, row in rows]

    def _make(self) -> None:
        self.beginResetModel()
        self._clear()
        self.rows = self.passing(self._filter)
        books: dict[str, dict[str, list[Row]]] = {}
        for row in self.rows:
            books.setdefault(row["rulebook"], {}).setdefault(row["clause_id"], []).append(row)
        for clauses in books.values():
            first = next(iter(clauses.values()))[0]
            holder = self._add(Node(GROUP, self._root, first))
            for rows in clauses.values():
                if len(rows) == 1:
                    self._add_row(holder, rows[0])
                    continue
                clause = self._add(Node(CLAUSE, holder, rows[0], said.worst(rows)))
                for row in rows:
                    self._add_row(clause, row)
        self.endResetModel()

    def _add_row(self, holder: Node, row: Row) -> None:
        self._add(Node(FINDING, holder, row, row["state"], lazy=True))

    def _facts(self, node: Node) -> list[Fact]:
        return said.facts(node.row, self._view.words, day_words)

    def rows_of(self, index: QModelIndex) -> list[Row]:
        """Return the rows of the board at or below a row of the tree."""
        return self._rows(self._node(index)) if index.isValid() else []

    def _rows(self, node: Node) -> list[Row]:
        if node.kind in (FINDING, FACT):
            return [node.row]
        return [row for child in node.children for row in self._rows(child)]

    def _sign(self, node: Node) -> QIcon | None:
        return state_icon(node.name) if node.name else None

    def _words(self, node: Node) -> tuple[str, str]:
        if node.kind == FACT:
            return node.fact.label, node.fact.text
        words, row = self._view.words, node.row
        if node.kind == GROUP:
            return words.document(row["rulebook"]), self._tally(node)
        if node.kind == CLAUSE:
            return words.clause_title(row), _joined(str(row["clause"] or ""), self._tally(node), self._lead(row))
        alone = node.parent.kind == GROUP
        state = said.row_state(row, words)
        first = words.clause_title(row) if alone else said.title(row, words)
        second = _joined(state, said.progress(row, words))
        third = _joined(said.due(row, words, day_words), self._lead(row) if alone else "")
        where = _joined(str(row["clause"] or ""), said.title(row, words)) if alone else ""
        return first, "\n".join(part for part in (where, second, third) if part)

    def _lead(self, row: Row) -> str:
        return said.lead(row, self._view.words) if row["responsible"] else ""

    def _tally(self, node: Node) -> str:
        counted = said.counts(self._rows(node))
        lang = self._view.words.lang
        return _joined(*(f"{said.state_title(name, lang)} {n}" for name, n in counted.items() if n))


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
