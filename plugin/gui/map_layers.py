"""The layers of the map by theme: what each holds, how far it is complete, how many clauses look at it."""

from __future__ import annotations

from collections.abc import Collection

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QLocale, Qt
from qgis.PyQt.QtGui import QPalette
from qgis.PyQt.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from ..project.overview import DECLARED, EXPIRED, NO_TABLE, LayerState, Overview
from ..texts import tr

_KEY = Qt.ItemDataRole.UserRole
_LAYER, _COMPLETE, _CLAUSES = range(3)
_ICONS = {
    DECLARED: "/mIconSuccess.svg", EXPIRED: "/mIconWarning.svg", NO_TABLE: "/mIconDelete.svg",
}  # fmt: skip
#: So many clauses are named in a tooltip.
_NAMED = 10


class LayersTree(QTreeWidget):
    """Lists layers; what is not needed now can be filtered away."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesLayers")
        self.setHeaderLabels([tr("Layer"), tr("Complete"), tr("Clauses")])
        self.headerItem().setToolTip(_LAYER, tr("With the number of features that the map holds"))
        self.headerItem().setToolTip(_COMPLETE, tr("The day as of which the layer is declared complete"))
        self.headerItem().setToolTip(_CLAUSES, tr("How many clauses of the chosen rulebooks look at the layer"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setUniformRowHeights(True)
        self.setIndentation(12)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_LAYER, QHeaderView.ResizeMode.Stretch)
        self._states: dict[str, LayerState] = {}
        self._shown: Collection[str] = ()
        self._folded: set[str] = set()
        self._text, self._gaps = "", False
        self.itemExpanded.connect(lambda item: self._folded.discard(item.text(0)))
        self.itemCollapsed.connect(self._fold)

    def fill(self, found: Overview, shown: Collection[str]) -> None:
        """Show a map's layers; `shown` are the tables that the project has layers of."""
        scroll = self.verticalScrollBar().value()
        current = self.table(self.currentItem())
        self._states = {state.table: state for state in found.layers}
        self._shown = set(shown)
        blocked = self.blockSignals(True)
        self.clear()
        for theme, states in found.themes.items():
            filled = sum(1 for state in states if state.rows)
            group = QTreeWidgetItem([theme])
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            group.setToolTip(_LAYER, tr("{n} of {all} layers hold features").format(n=filled, all=len(states)))
            self.addTopLevelItem(group)
            group.setFirstColumnSpanned(True)
            for state in states:
                item = self._item(state)
                group.addChild(item)
                if state.table == current:
                    self.setCurrentItem(item)
            group.setExpanded(theme not in self._folded)
        self._apply()
        self.blockSignals(blocked)
        self.verticalScrollBar().setValue(scroll)

    def narrow(self, text: str, gaps: bool) -> int:
        """Show the layers whose titles hold `text`, of these only the incomplete ones where asked; return how many."""
        self._text, self._gaps = text.strip().lower(), gaps
        return self._apply()

    def state(self, item: QTreeWidgetItem | None) -> LayerState | None:
        """Return the layer of a row, None for a theme."""
        return self._states.get(self.table(item))

    def table(self, item: QTreeWidgetItem | None) -> str:
        """Return the table of a row, empty for a theme."""
        return "" if item is None else item.data(0, _KEY) or ""

    def rows(self) -> dict[str, QTreeWidgetItem]:
        """Return table -> row."""
        groups = [self.topLevelItem(index) for index in range(self.topLevelItemCount())]
        items = [group.child(row) for group in groups for row in range(group.childCount())]
        return {self.table(item): item for item in items}

    def _fold(self, item: QTreeWidgetItem) -> None:
        self._folded.add(item.text(0))

    def _apply(self) -> int:
        count = 0
        for index in range(self.topLevelItemCount()):
            group = self.topLevelItem(index)
            left = 0
            for row in range(group.childCount()):
                item = group.child(row)
                state = self._states[self.table(item)]
                wanted = self._text in state.title.lower() or self._text in state.table or (
                    self._text in group.text(0).lower()
                )
                item.setHidden(not wanted or (self._gaps and not state.gap))
                left += not item.isHidden()
            group.setHidden(not left)
            count += left
        return count

    def _item(self, state: LayerState) -> QTreeWidgetItem:
        number = QLocale().toString
        # As QGIS's layer tree shows the number of features.
        name = state.title if state.rows is None else f"{state.title} [{number(state.rows)}]"
        item = QTreeWidgetItem([name, _said(state), number(len(state.needs)) if state.needs else ""])
        item.setData(0, _KEY, state.table)
        item.setTextAlignment(_CLAUSES, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
        if state.state in _ICONS:
            item.setIcon(_COMPLETE, QgsApplication.getThemeIcon(_ICONS[state.state]))
        elif state.needs:
            item.setIcon(_COMPLETE, QgsApplication.getThemeIcon("/mIconWarning.svg"))
        if not state.rows:
            faint = self.palette().brush(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
            item.setForeground(_LAYER, faint)
        tip = [state.title if state.table in self._shown or state.rows is None else _absent(state), coverage_tip(state)]
        if state.needs:
            tip += ["", needs_words(state)]
        for column in range(3):
            item.setToolTip(column, "\n".join(tip))
        return item


def _said(state: LayerState) -> str:
    if state.state == DECLARED:
        return state.complete_as_of.isoformat() if state.complete_as_of else tr("declared")
    if state.state == EXPIRED:
        return tr("expired")
    return tr("no table") if state.state == NO_TABLE else tr("not declared")


def _absent(state: LayerState) -> str:
    return tr("{layer} (not in this project)").format(layer=state.title)


def coverage_tip(state: LayerState) -> str:
    """Say what the declaration of completeness of a layer means."""
    until = state.valid_until.isoformat() if state.valid_until else ""
    if state.state == DECLARED:
        said = tr("Declared complete: where it shows nothing, there is nothing")
        return said + (" " + tr("(until {day})").format(day=until) if until else "")
    if state.state == EXPIRED:
        said = tr("The declaration has expired: what depends on this layer is to be verified")
        return said + (" " + tr("(it ended on {day})").format(day=until) if until else "")
    if state.state == NO_TABLE:
        return tr("The map has no such layer: what depends on it is to be verified")
    return tr("Never declared complete: what depends on this layer is to be verified")


def needs_words(state: LayerState) -> str:
    """Name the clauses that look at a layer."""
    lines = [tr("{n} clauses look at it:").format(n=QLocale().toString(len(state.needs)))]
    lines += [f"{one.book} {one.clause} {one.title}" for one in state.needs[:_NAMED]]
    if len(state.needs) > _NAMED:
        lines.append("…")
    return "\n".join(lines)
