"""A box that offers everything that a printed map can show, grouped by kind, found by typing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qgis.PyQt.QtCore import QSortFilterProxyModel, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from qgis.PyQt.QtWidgets import QComboBox, QCompleter, QWidget

_SUBJECT = Qt.ItemDataRole.UserRole
_MOST_SHOWN = 18


class _Choices(QSortFilterProxyModel):
    """What can be typed: the entries without the headings."""

    def filterAcceptsRow(self, row: int, parent: Any) -> bool:  # noqa: N802 - Qt's name
        index = self.sourceModel().index(row, 0, parent)
        return index.data(_SUBJECT) is not None


class SubjectCombo(QComboBox):
    """Holds subjects under the headings of their kinds; words typed into it find them."""

    #: Another subject was chosen.
    chosen = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesMapSubject")
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMaxVisibleItems(_MOST_SHOWN)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(18)
        self._last = -1
        self._model = QStandardItemModel(self)
        self.setModel(self._model)
        proxy = _Choices(self)
        proxy.setSourceModel(self._model)
        completer = QCompleter(proxy, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setMaxVisibleItems(_MOST_SHOWN)
        self.setCompleter(completer)
        self.currentIndexChanged.connect(self._changed)
        self.lineEdit().editingFinished.connect(self._typed)

    def fill(self, choices: Sequence[tuple[Any, str]], kinds: Mapping[str, str]) -> None:
        """Offer these; the first is chosen."""
        blocked = self.blockSignals(True)
        self._model.clear()
        for kind, heading in kinds.items():
            among = [(subject, title) for subject, title in choices if subject.kind == kind]
            if not among:
                continue
            if len(kinds) > 1:
                head = QStandardItem(heading)
                font = head.font()
                font.setBold(True)
                head.setFont(font)
                head.setFlags(Qt.ItemFlag.NoItemFlags)
                self._model.appendRow(head)
            for subject, title in among:
                item = QStandardItem(title)
                item.setData(subject, _SUBJECT)
                item.setToolTip(title)
                self._model.appendRow(item)
        self.blockSignals(blocked)
        self._last = -1
        first = next((row for row in range(self.count()) if self._of(row) is not None), -1)
        self.setCurrentIndex(first)
        self._changed(first)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Take what was typed; Enter is not meant for the dialog's button."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._typed()
            event.accept()
        else:
            super().keyPressEvent(event)

    def _of(self, row: int) -> Any:
        item = self._model.item(row) if row >= 0 else None
        return None if item is None else item.data(_SUBJECT)

    @property
    def subject(self) -> Any:
        """The subject that is chosen, None where there is none."""
        return self._of(self._last)

    @property
    def title(self) -> str:
        """Its title."""
        item = self._model.item(self._last) if self._last >= 0 else None
        return "" if item is None else item.text()

    def choose(self, subject: Any) -> bool:
        """Choose a subject; False where it is not offered."""
        for row in range(self.count()):
            if self._of(row) == subject:
                self.setCurrentIndex(row)
                return True
        return False

    def _changed(self, row: int) -> None:
        if self._of(row) is None or row == self._last:
            return
        self._last = row
        self.lineEdit().setCursorPosition(0)
        self.chosen.emit()

    def _typed(self) -> None:
        """Take the entry that was typed, or the first that holds the words; else show the one that is chosen."""
        text = self.currentText().strip().casefold()
        rows = [row for row in range(self.count()) if self._of(row) is not None]
        same = [row for row in rows if self._model.item(row).text().casefold() == text]
        like = [row for row in rows if text and text in self._model.item(row).text().casefold()]
        row = same[0] if same else like[0] if like else self._last
        if self._last in same:
            row = self._last
        self.setCurrentIndex(row)
        if row >= 0:
            self.setEditText(self._model.item(row).text())
