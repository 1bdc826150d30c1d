"""The table in which an office sets its own distances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from qgis.gui import QgsDoubleSpinBox
from qgis.PyQt.QtCore import QLocale, Qt
from qgis.PyQt.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from ..project.working import Distance
from ..texts import tr

_TITLE, _PROPOSED, _OWN = range(3)
_MOST_M = 1_000_000.0
#: How the rulebooks themselves say in a title that a number is to be verified.
_SAID = ("待核实", "unverified", "to be verified")


class WorkingTable(QTableWidget):
    """One row for each distance; a cleared cell means what the rulebook, or the profile, proposes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 3, parent)
        self.setObjectName("EnvZonesWorking")
        self.setHorizontalHeaderLabels([tr("Distance"), tr("Proposed"), tr("Ours")])
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_TITLE, QHeaderView.ResizeMode.Stretch)
        self._names: list[str] = []
        self._others: dict[str, float] = {}

    def fill(self, distances: Iterable[Distance], own: Mapping[str, float], usual: Mapping[str, float] = {}) -> None:
        """Show the distances with those that are set; `usual` are proposed before the rulebooks' own."""
        shown = sorted(distances, key=lambda one: one.title)
        self._names = [one.name for one in shown]
        # Of rulebooks that are not here: not shown, not lost.
        self._others = {name: metres for name, metres in own.items() if name not in self._names}
        self.setRowCount(len(shown))
        for row, one in enumerate(shown):
            title = one.title
            if one.verify and not any(said in title for said in _SAID):
                title = tr("{distance} (to be verified)").format(distance=title)
            proposed = (usual[one.name],) if one.name in usual else one.proposed
            words = " / ".join(f"{QLocale().toString(metres, 'f', -128)} m" for metres in proposed)
            clauses = "\n".join(one.clauses[:12]) + ("\n…" if len(one.clauses) > 12 else "")
            for column, text in ((_TITLE, title), (_PROPOSED, words)):
                item = QTableWidgetItem(text)
                item.setToolTip(f"{title}\n{clauses}")
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                if column == _PROPOSED:
                    item.setTextAlignment(int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
                self.setItem(row, column, item)
            self.setCellWidget(row, _OWN, self._spin(one.name, own.get(one.name, 0.0)))
        self.resizeRowsToContents()

    def spin(self, name: str) -> QgsDoubleSpinBox | None:
        """Return the cell of a distance."""
        return self.cellWidget(self._names.index(name), _OWN) if name in self._names else None

    def values(self) -> dict[str, float]:
        """Return the distances that are set, by name."""
        found = dict(self._others)
        for name in self._names:
            metres = self.spin(name).value()
            if metres > 0:
                found[name] = metres
        return found

    def _spin(self, name: str, metres: float) -> QgsDoubleSpinBox:
        spin = QgsDoubleSpinBox()
        spin.setObjectName(f"EnvZonesWorking_{name}")
        spin.setDecimals(1)
        spin.setRange(0.0, _MOST_M)
        spin.setSingleStep(50.0)
        spin.setSuffix(" m")
        # Nought would switch a clause off; here it means that nothing is set.
        spin.setSpecialValueText(tr("as proposed"))
        spin.setClearValue(0.0)
        spin.setValue(metres)
        # The wheel scrolls the table, it does not change what the cursor happens to be over.
        spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        spin.installEventFilter(self)
        return spin

    def eventFilter(self, watched: object, event: object) -> bool:  # noqa: N802 - Qt's name
        if event.type() == event.Type.Wheel and isinstance(watched, QgsDoubleSpinBox) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)
