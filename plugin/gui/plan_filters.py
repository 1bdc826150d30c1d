"""What is shown of the plan board: counts that are pressed to filter, department, theme or rulebook, words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qgis.gui import QgsFilterLineEdit
from qgis.PyQt.QtCore import QSignalBlocker, QSize, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..engine import plan_text as said
from ..texts import tr
from .plan_model import Filter, state_icon

if TYPE_CHECKING:
    from ..project.plan_view import PlanView

#: Typing is over after so long; then the rows are filtered.
_PAUSE_MS = 200
_COLUMNS = 2


class PlanFilters(QWidget):
    """The counts on top and the filters below them."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[str, QToolButton] = {}
        grid = QGridLayout()
        grid.setSpacing(2)
        for place, state in enumerate(said.STATES):
            button = QToolButton()
            button.setObjectName(f"EnvZonesPlan_{state}")
            button.setCheckable(True)
            button.setIcon(state_icon(state))
            side = round(self.fontMetrics().height() * 1.1)
            button.setIconSize(QSize(side, side))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.toggled.connect(lambda _on: self.changed.emit())
            grid.addWidget(button, place // _COLUMNS, place % _COLUMNS)
            self._buttons[state] = button
        self._department, self._theme = QComboBox(), QComboBox()
        self._department.setObjectName("EnvZonesPlanDepartment")
        self._department.setToolTip(tr("Show clauses that one department leads"))
        self._theme.setObjectName("EnvZonesPlanTheme")
        self._theme.setToolTip(tr("Show one rulebook, or one theme of the map"))
        row = QHBoxLayout()
        for combo in (self._department, self._theme):
            combo.setAccessibleName(combo.toolTip())
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(6)
            combo.currentIndexChanged.connect(lambda _place: self.changed.emit())
            row.addWidget(combo, 1)
        self._text = QgsFilterLineEdit()
        self._text.setObjectName("EnvZonesPlanText")
        self._text.setShowSearchIcon(True)
        self._text.setPlaceholderText(tr("Find in the board"))
        self._text.setToolTip(tr("Words of the clause, its quotation, the layer, the figure or the department"))
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_PAUSE_MS)
        self._later.timeout.connect(self.changed)
        self._text.textChanged.connect(lambda _text: self._later.start())
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addLayout(grid)
        box.addLayout(row)
        box.addWidget(self._text)
        self.fill(None)

    def fill(self, view: PlanView | None) -> None:
        """Offer what a board has, the choice kept where it can be."""
        rows = view.rows if view is not None else []
        departments: dict[str, int] = {}
        themes: dict[str, int] = {}
        books: dict[str, int] = {}
        for row in rows:
            for found, name in (
                (departments, said.lead(row, view.words)), (themes, said.theme(row, view.words)),
                (books, str(row["rulebook"])),
            ):  # fmt: skip
                found[name] = found.get(name, 0) + 1
        ordered = sorted(departments.items(), key=lambda one: (-one[1], one[0]))
        _offer(self._department, tr("All departments"), [[(f"{name} ({n})", name) for name, n in ordered]])
        groups = []
        if len(books) > 1:
            groups.append([(view.words.document(name), f"book:{name}") for name in books])
        known = view.words.catalog.themes if view is not None else {}
        groups.append([(one.title(view.words.lang), f"theme:{name}") for name, one in known.items() if name in themes])
        _offer(self._theme, tr("All themes"), groups)

    def show_counts(self, counted: Mapping[str, int], latest: int, lang: str) -> None:
        """Write the counts, and on the overdue how many days the oldest is late."""
        for state, button in self._buttons.items():
            count = str(counted[state])
            if state == "overdue" and counted[state]:
                count = tr("{count} · {n} d").format(count=count, n=latest)
            # In two lines both columns fit into a narrow panel.
            words = f"{count}\n{said.state_title(state, lang)}"
            button.setText(words)
            tip = tr("Show only these: {state}").format(state=said.state_title(state, lang))
            if state == "overdue" and counted[state]:
                tip = f"{tip}\n" + tr("The oldest is {n} days overdue").format(n=latest)
            button.setToolTip(tip)
            button.setVisible(state != "no_target" or counted[state] > 0)

    @property
    def wanted(self) -> Filter:
        """What is to be shown."""
        return Filter(frozenset(name for name, one in self._buttons.items() if one.isChecked()), *self._rest())

    @property
    def unstated(self) -> Filter:
        """The same in any state: what the counts count."""
        return Filter(frozenset(), *self._rest())

    def _rest(self) -> tuple[str, str, str, str]:
        kind, _, name = str(self._theme.currentData() or "").partition(":")
        return (
            str(self._department.currentData() or ""), name if kind == "theme" else "", name if kind == "book" else "",
            self._text.text().strip(),
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Return what is chosen, to be kept."""
        return {
            "states": sorted(self.wanted.states), "department": self._department.currentData() or "",
            "theme": self._theme.currentData() or "",
        }  # fmt: skip

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Choose what was kept, where the board still has it."""
        with QSignalBlocker(self):
            for name, button in self._buttons.items():
                button.setChecked(name in kept.get("states", ()))
            for combo, key in ((self._department, "department"), (self._theme, "theme")):
                combo.setCurrentIndex(max(0, combo.findData(kept.get(key, ""))))
        self.changed.emit()

    def clear(self) -> None:
        """Show all."""
        with QSignalBlocker(self._text):
            self._text.clear()
        self.restore({})

    def release(self) -> None:
        """Stop waiting."""
        self._later.stop()


def _offer(combo: QComboBox, everything: str, groups: list[list[tuple[str, str]]]) -> None:
    before = combo.currentData()
    with QSignalBlocker(combo):
        combo.clear()
        combo.addItem(everything, "")
        for group in groups:
            if combo.count() > 1 and group:
                combo.insertSeparator(combo.count())
            for title, name in group:
                combo.addItem(title, name)
                combo.setItemData(combo.count() - 1, title, Qt.ItemDataRole.ToolTipRole)
        combo.setCurrentIndex(max(0, combo.findData(before)))
