"""The rulebooks to choose from: in force on the day, for reference, and those of other places, folded."""

from __future__ import annotations

from datetime import date

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QLocale, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from ..project.overview import OTHER, BookState, Overview, binding
from ..texts import tr

_KEY = Qt.ItemDataRole.UserRole
_GROUPS = ("in_force", "reference", "other")
_DOCUMENT, _CLAUSES = range(2)


class BooksTree(QTreeWidget):
    """Lets users check rulebooks.

    Signals
    -------
    chosen_changed : list of the ids that are checked now
    """

    chosen_changed = pyqtSignal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesRulebooks")
        self.setHeaderLabels([tr("Rulebook"), tr("Clauses")])
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setUniformRowHeights(True)
        self.setIndentation(12)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_DOCUMENT, QHeaderView.ResizeMode.Stretch)
        self._folded = {"other"}
        self.itemChanged.connect(self._tell)
        self.itemExpanded.connect(lambda item: self._folded.discard(item.data(0, _KEY)))
        self.itemCollapsed.connect(lambda item: self._folded.add(item.data(0, _KEY)))

    def fill(self, found: Overview, chosen: list[str], city: str, day: date) -> None:
        """Show the books as they stand for a city on a day."""
        blocked = self.blockSignals(True)
        scroll = self.verticalScrollBar().value()
        self.clear()
        groups: dict[str, list[BookState]] = {name: [] for name in _GROUPS}
        for book in found.books:
            if binding(book.code, city) == OTHER and book.id not in chosen:
                groups["other"].append(book)
            else:
                groups["in_force" if book.in_force else "reference"].append(book)
        titles = {
            "in_force": tr("In force on {day}").format(day=day.isoformat()),
            "reference": tr("Not in force, for reference"),
            "other": tr("Of other places"),
        }
        for name in _GROUPS:
            if not groups[name]:
                continue
            group = QTreeWidgetItem([f"{titles[name]} ({len(groups[name])})"])
            group.setData(0, _KEY, name)
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.addTopLevelItem(group)
            group.setFirstColumnSpanned(True)
            for book in groups[name]:
                group.addChild(_item(book, book.id in chosen))
            group.setExpanded(name not in self._folded)
        self.verticalScrollBar().setValue(scroll)
        self.blockSignals(blocked)

    def books(self) -> list[QTreeWidgetItem]:
        """Return the rows of books."""
        groups = [self.topLevelItem(index) for index in range(self.topLevelItemCount())]
        return [group.child(row) for group in groups for row in range(group.childCount())]

    def chosen(self) -> list[str]:
        """Return the ids that are checked."""
        return [item.data(0, _KEY) for item in self.books() if item.checkState(0) == Qt.CheckState.Checked]

    def _tell(self, _item: QTreeWidgetItem, _column: int = 0) -> None:
        self.chosen_changed.emit(self.chosen())


def _item(book: BookState, checked: bool) -> QTreeWidgetItem:
    said = [book.number or book.title, *([book.issued.isoformat()] if book.issued else [])]
    item = QTreeWidgetItem([" · ".join(said), QLocale().toString(book.clauses)])
    item.setData(0, _KEY, book.id)
    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
    item.setCheckState(0, Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)
    item.setTextAlignment(_CLAUSES, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
    if checked and not book.in_force:
        item.setIcon(0, QgsApplication.getThemeIcon("/mIconWarning.svg"))
    tip = f"{book.title}\n{book.place} – {period_words(book)}"
    for column in range(2):
        item.setToolTip(column, tip)
    return item


def period_words(book: BookState) -> str:
    """Say when a book is in force, and what it is on the day."""
    start = book.start.isoformat() if book.start else ""
    end = book.end.isoformat() if book.end else ""
    if start and end:
        period = tr("in force from {start} to {end}").format(start=start, end=end)
    elif start:
        period = tr("in force from {start} on").format(start=start)
    elif end:
        period = tr("in force until {end}").format(end=end)
    else:
        period = tr("in force without a term")
    if book.state == "superseded":
        return tr("{period}; superseded by {by}").format(period=period, by=book.superseded_by)
    if book.state == "expired":
        return tr("{period}; expired").format(period=period)
    if book.state == "not_yet":
        return tr("{period}; not yet in force").format(period=period)
    return period
