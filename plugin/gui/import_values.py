"""The words of a column beside the codes of our field's domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QBrush, QColor
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..texts import language, tr

if TYPE_CHECKING:
    from ..engine.catalog import FieldSpec
    from ..engine.exchange.mapping import FieldMap

_UNSURE, _INK = QColor(255, 246, 220), QColor(30, 30, 30)


class ValuesTable(QWidget):
    """Each foreign word, how often it stands there, and which code it means."""

    #: Our field, the foreign word, the code (empty for none).
    changed = pyqtSignal(str, str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel()
        self.title.setWordWrap(True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.rows = QTableWidget(0, 3)
        self.rows.setObjectName("EnvZonesImportValues")
        self.rows.setHorizontalHeaderLabels([tr("Word in the file"), tr("Rows"), tr("Means")])
        self.rows.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.rows.verticalHeader().hide()
        self.rows.verticalHeader().setDefaultSectionSize(self.rows.fontMetrics().height() + 12)
        self.rows.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.rows.setColumnWidth(0, 320)
        self.rows.setColumnWidth(1, 80)
        self.title.setBuddy(self.rows)
        self._field = ""
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.title)
        box.addWidget(self.rows, 1)
        self.show_none()

    def show_none(self) -> None:
        """There is nothing to translate in the chosen field."""
        self._field = ""
        empty(self.rows)
        self.rows.setEnabled(False)
        self.title.setText(tr("Choose a field with fixed values above to see what its words mean."))

    def show_words(self, item: FieldSpec, one: FieldMap, words: dict[str, int]) -> None:
        """Show a column's words; those without a code first."""
        lang = language()
        self._field = item.name
        self.rows.setEnabled(True)
        self.title.setText(
            tr(
                "What the words of column {column} mean for {field}; rows with a word that means nothing are rejected"
            ).format(column=one.source, field=item.title(lang))
        )
        domain = item.domain or {}

        def code_of(word: str) -> str | None:
            return one.values.get(word) or (word if word in domain else None)

        ordered = sorted(words, key=lambda word: (code_of(word) is not None, -words[word]))
        empty(self.rows)
        self.rows.setRowCount(len(ordered))
        for row, word in enumerate(ordered):
            code = code_of(word)
            for column, text in ((0, word), (1, f"{words[word]:,}")):
                cell = QTableWidgetItem(text)
                if column:
                    cell.setTextAlignment(int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
                if code is None:
                    cell.setBackground(QBrush(_UNSURE))
                    cell.setForeground(QBrush(_INK))
                self.rows.setItem(row, column, cell)
            box = QComboBox()
            box.setAccessibleName(tr("Meaning of {word}").format(word=word))
            box.addItem(tr("(nothing: reject these rows)"), "")
            for one_code, titles in domain.items():
                box.addItem(titles[lang], one_code)
            box.setCurrentIndex(max(0, box.findData(code)))
            box.activated.connect(lambda _=0, k=row: self._given(k))
            self.rows.setCellWidget(row, 2, box)

    def set_code(self, word: str, code: str) -> None:
        """Say what a word means, as the user does."""
        for row in range(self.rows.rowCount()):
            if self.rows.item(row, 0).text() == word:
                box = self.rows.cellWidget(row, 2)
                box.setCurrentIndex(box.findData(code))
                self._given(row)

    def _given(self, row: int) -> None:
        code = self.rows.cellWidget(row, 2).currentData()
        for column in (0, 1):
            cell = self.rows.item(row, column)
            cell.setBackground(QBrush() if code else QBrush(_UNSURE))
            cell.setForeground(QBrush() if code else QBrush(_INK))
        self.changed.emit(self._field, self.rows.item(row, 0).text(), code)


def empty(table: QTableWidget) -> None:
    """Take all rows out; lists in cells go with them, and are gone from the screen at once."""
    for row in range(table.rowCount()):
        for column in range(table.columnCount()):
            widget = table.cellWidget(row, column)
            if widget is not None:
                widget.hide()
    table.setRowCount(0)
