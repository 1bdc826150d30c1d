"""Merging zones: whose row stays, and whose value where they differ."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QFont
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..project import editing, editing_shapes
from ..texts import tr
from . import edit_show
from .help import add_help

#: Fields whose difference has legal weight; they are asked for first.
_WEIGHTY = ("level", "document_no", "document_date", "valid_from", "source_code", "life_state")


class MergeDialog(QDialog):
    """Shows the fields in which the selected zones differ; a click on a cell takes that value."""

    def __init__(self, layer: QgsVectorLayer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesMerge")
        self.setWindowTitle(tr("Merge Zones"))
        self._layer = layer
        area = editing_shapes.ruler(layer.crs(), layer.project() or _project())
        self._features = sorted(layer.selectedFeatures(), key=lambda one: -area.measureArea(one.geometry()))
        weight = {name: rank for rank, name in enumerate(_WEIGHTY)}
        names = editing.store_indexes(layer.fields())
        self._fields = sorted(
            editing_shapes.differing(self._features), key=lambda index: (weight.get(names[index], len(weight)), index)
        )
        self._taken = dict.fromkeys(self._fields, 0)
        self._build()
        self._keep_changed(0)

    def _build(self) -> None:
        box = QVBoxLayout(self)
        form = QFormLayout()
        self._which = QComboBox()
        self._which.setObjectName("EnvZonesMergeKeep")
        for feature in self._features:
            self._which.addItem(self._title(feature), feature.id())
        self._which.currentIndexChanged.connect(self._keep_changed)
        form.addRow(tr("&Row that stays:"), self._which)
        box.addLayout(form)
        self._text = QLabel()
        self._text.setWordWrap(True)
        box.addWidget(self._text)
        self._table = QTableWidget(len(self._fields), len(self._features))
        self._table.setObjectName("EnvZonesMergeFields")
        self._table.setHorizontalHeaderLabels([self._title(one) for one in self._features])
        self._table.setVerticalHeaderLabels([self._layer.attributeDisplayName(index) for index in self._fields])
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._table.cellClicked.connect(self._take)
        box.addWidget(self._table, 1)
        if not self._fields:
            self._table.hide()
        buttons = QDialogButtonBox()
        buttons.addButton(tr("Merge"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        add_help(buttons, "editing#merge")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box.addWidget(buttons)
        self.resize(620, 420)

    def fids(self) -> list[int]:
        """Return the ids of the zones that are merged."""
        return [one.id() for one in self._features]

    def keep(self) -> int:
        """Return the id of the row that stays."""
        return int(self._which.currentData())

    def values(self) -> dict[int, Any]:
        """Return the values that are taken from other rows, by field index."""
        own = self._which.currentIndex()
        return {
            index: self._features[column].attribute(index) for index, column in self._taken.items() if column != own
        }

    def _title(self, feature: Any) -> str:
        index = feature.fields().indexOf("name")
        name = feature.attribute(index) if index >= 0 else None
        return str(feature.id()) if editing.is_null(name) or not str(name).strip() else str(name)

    def _keep_changed(self, row: int) -> None:
        self._taken = dict.fromkeys(self._fields, max(row, 0))
        names = editing.store_indexes(self._layer.fields())
        grave = [self._layer.attributeDisplayName(k) for k in self._fields if names[k] in _WEIGHTY]
        if grave:
            said = tr("The zones differ in: {fields}. Check below which value the merged zone shall have.").format(
                fields=", ".join(grave)
            )
        elif self._fields:
            said = tr("Click a cell to take that value; otherwise those of the row that stays are kept.")
        else:
            said = tr("The zones have the same values.")
        self._text.setText(said)
        self._draw()

    def _take(self, row: int, column: int) -> None:
        self._taken[self._fields[row]] = column
        self._draw()

    def _draw(self) -> None:
        for row, index in enumerate(self._fields):
            for column, feature in enumerate(self._features):
                words = edit_show.in_words(self._layer, index, editing.plain(feature.attribute(index)))
                item = QTableWidgetItem(words)
                item.setToolTip(words)
                if self._taken[index] == column:
                    font = QFont(self._table.font())
                    font.setBold(True)
                    item.setFont(font)
                    item.setCheckState(Qt.CheckState.Checked)
                self._table.setItem(row, column, item)


def _project() -> Any:
    from qgis.core import QgsProject

    return QgsProject.instance()
