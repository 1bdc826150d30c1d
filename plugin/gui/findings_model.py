"""One site's findings as a tree: control units, then clauses by effect, then what each says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.PyQt.QtCore import QObject

from ..engine import findings_text as said
from ..engine.control_units_text import list_facts, unit_line, unit_title
from ..texts import tr
from .signs import answer_icon
from .told_model import FACT, FINDING, GROUP, Node, ToldModel

if TYPE_CHECKING:
    from qgis.PyQt.QtGui import QIcon

    from ..project.findings_view import Row, View

FOLDER, UNIT = "folder", "unit"
#: The group of control units, beside the groups of clauses.
UNITS = "units"
#: Filter by standing: which standings each choice shows.
STANDINGS = {
    "": (),
    said.HIT: (said.HIT, said.TENTATIVE),
    said.OPEN: (said.TENTATIVE, said.OPEN),
    said.CLEAR: (said.CLEAR,),
    said.IDLE: (said.IDLE,),
}


class FindingsModel(ToldModel):
    """Rows are made when a site or a filter is chosen; their words when they are shown."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view: View | None = None
        self._site: Any = None
        self._rows: list[Row] = []
        self._hay: list[str] | None = None
        self._effect, self._standing, self._text = "", "", ""
        self.shown = 0

    # --- what is shown ------------------------------------------------------------------------------------------

    def show_site(self, view: View | None, site_id: Any) -> None:
        """Show one site of a view."""
        self._view, self._site = view, site_id
        self._rows = said.ordered(view.of_site(site_id)) if view is not None else []
        self._hay = None
        self._make()

    def filter(self, effect: str, standing: str, text: str) -> None:
        """Show only one effect, only some standings, only what contains a text; empty shows all."""
        wanted = (effect, standing, text.casefold().strip())
        if wanted != (self._effect, self._standing, self._text):
            self._effect, self._standing, self._text = wanted
            self._make()

    def effects(self) -> list[str]:
        """Return the groups that the site has, the gravest first."""
        return [name for name in said.GROUPS if any(said.group(row) == name for row in self._rows)]

    def _kept(self) -> list[Row]:
        rows = self._rows
        if self._text and self._view is not None:
            if self._hay is None:
                self._hay = [said.haystack(row, self._view.words) for row in rows]
            rows = [row for row, hay in zip(rows, self._hay) if self._text in hay]
        if self._effect:
            rows = [row for row in rows if said.group(row) == self._effect]
        wanted = STANDINGS[self._standing]
        return [row for row in rows if said.standing(row) in wanted] if wanted else rows

    def _make(self) -> None:
        self.beginResetModel()
        self._clear()
        kept = self._kept()
        self.shown = len(kept)
        if self._view is not None and not (self._effect or self._standing or self._text):
            self._add_units()
        groups: dict[str, Node] = {}
        folders: dict[str, Node] = {}
        for row in kept:
            name = said.group(row)
            if name not in groups:
                groups[name] = self._add(Node(GROUP, self._root, name=name))
            holder = groups[name]
            # What does not apply is folded away, unless it is what was asked for.
            if said.standing(row) == said.IDLE and self._standing != said.IDLE:
                if name not in folders:
                    folders[name] = self._add(Node(FOLDER, holder, name=name))
                holder = folders[name]
            self._add(Node(FINDING, holder, row, lazy=True))
        self.endResetModel()

    def _add_units(self) -> None:
        units = self._view.units_of(self._site) if self._view is not None else []
        if units:
            holder = self._add(Node(GROUP, self._root, name=UNITS))
            for row in units:
                self._add(Node(UNIT, holder, row, lazy=True))

    def _facts(self, node: Node) -> list[said.Fact]:
        words = self._view.words
        return said.facts(node.row, words) if node.kind == FINDING else list_facts(node.row, words)

    def _sign(self, node: Node) -> QIcon | None:
        if node.kind == FINDING:
            return answer_icon(str(node.row.get("effect")), said.standing(node.row))
        if node.kind == GROUP and node.name not in (UNITS, said.REFERENCE):
            return answer_icon(node.name, said.HIT)
        return None

    def _words(self, node: Node) -> tuple[str, str]:
        words = self._view.words
        if node.kind == FACT:
            return node.fact.label, node.fact.text
        if node.kind == UNIT:
            return unit_title(node.row, words), unit_line(node.row, words)
        if node.kind == FOLDER:
            return tr("Not applicable ({count})").format(count=len(node.children)), ""
        if node.kind == GROUP:
            return self._group_words(node)
        row = node.row
        answer = said.standing_title(said.standing(row), words.lang)
        head = " · ".join(part for part in (answer, said.clause_number(row)) if part)
        more = [said.measure(row, words), said.overlap(row, words)]
        due = said.deadline(row, words)
        if due and said.standing(row) in (said.HIT, said.TENTATIVE, said.OPEN):
            more.append(tr("Deadline: {day}").format(day=due))
        return said.title(row, words), "\n".join(part for part in (head, *more) if part)

    def _group_words(self, node: Node) -> tuple[str, str]:
        words = self._view.words
        if node.name == UNITS:
            return tr("Control Units Crossed"), ""
        counts = dict.fromkeys(said.STANDINGS, 0)
        for one in node.children:
            for row in [one.row] if one.kind == FINDING else [child.row for child in one.children]:
                counts[said.standing(row)] += 1
        told = [
            f"{said.standing_title(name, words.lang)} {counts[name]}"
            for name in (said.HIT, said.TENTATIVE, said.OPEN, said.CLEAR) if counts[name]
        ]  # fmt: skip
        return said.group_title(node.name, words.lang), " · ".join(told)
