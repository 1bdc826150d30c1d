"""The features behind rows of the plan board: a table below the tree, from which each one's form opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QModelIndex, QPoint, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..engine import plan_text as said
from ..texts import tr
from .river_table import Column, Sorted, Table

if TYPE_CHECKING:
    from ..engine.report.rows import Words

#: Columns as wide as their content, but no wider than so many letters.
_WIDEST = 16
_DISTANCE = 2


class PlanFeatures(QWidget):
    """Lists features; tells which one is meant."""

    #: One is chosen: show it on the map.
    chosen = pyqtSignal(object)
    #: One is opened: show its form.
    opened = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesPlanFeatures")
        self.table = Table(
            [
                Column("name", tr("Feature")),
                Column("layer", tr("Layer")),
                Column("distance", tr("Distance (m)"), 0, tr("Distance from the zone that the clause names")),
                Column("state", tr("State")),
                Column("why", tr("Why")),
            ],
            self,
        )
        self.sorted = Sorted(self.table, self)
        self._title = QLabel()
        self._title.setWordWrap(True)
        self._form = _tool("/mActionFormView.svg", tr("Open Form"), tr("Open the form of the chosen feature"))
        self._form.setObjectName("EnvZonesPlanForm")
        self._form.clicked.connect(lambda _=False: self._open(self.view.currentIndex()))
        self._close = _tool("/mActionRemove.svg", tr("Close"), tr("Close this list"))
        self._close.clicked.connect(lambda _=False: self.hide())
        row = QHBoxLayout()
        row.addWidget(self._title, 1)
        row.addWidget(self._form, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self.view = QTableView()
        self.view.setObjectName("EnvZonesPlanFeatureRows")
        self.view.setAccessibleName(tr("Features Found"))
        self.view.setModel(self.sorted)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setSortingEnabled(True)
        self.view.setAlternatingRowColors(True)
        self.view.setWordWrap(False)
        self.view.setTabKeyNavigation(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.view.horizontalHeader().setStretchLastSection(True)
        self.view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._menu)
        self.view.clicked.connect(self._choose)
        self.view.doubleClicked.connect(self._open)
        self.view.selectionModel().currentRowChanged.connect(lambda *_: self._allow())
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 4, 0, 0)
        box.setSpacing(2)
        box.addLayout(row)
        box.addWidget(self.view, 1)
        self.hide()

    def show_features(self, title: str, findings: Sequence[Mapping[str, Any]], words: Words) -> None:
        """List the features of findings."""
        count = len({(one["site_layer"], one["site_id"]) for one in findings})
        self._title.setText(f"{title} ({count})")
        self._title.setToolTip(self._title.text())
        # Unsorted is as the board has them: the order of the layer.
        self.view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.table.fill(
            [
                {
                    "name": one["site_name"] or one["site_id"],
                    "layer": words.layer(one["site_layer"]),
                    "distance": one["distance_m"],
                    "state": said.feature_state(one, words),
                    "why": said.feature_why(one, words),
                    "finding": one,
                }
                for one in findings
            ]
        )
        # Most clauses ask what a feature is, not how far it lies from something.
        self.view.setColumnHidden(_DISTANCE, all(one["distance_m"] is None for one in findings))
        self.view.resizeColumnsToContents()
        widest = _WIDEST * self.fontMetrics().averageCharWidth() * 2
        for column in range(len(self.table.columns) - 1):
            self.view.setColumnWidth(column, min(self.view.columnWidth(column), widest))
        self._allow()
        self.show()

    def _allow(self) -> None:
        self._form.setEnabled(self.view.currentIndex().isValid())

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self.sorted.row(index.row())["finding"])

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self.sorted.row(index.row())["finding"])

    def _menu(self, at: QPoint) -> None:
        index = self.view.indexAt(at)
        if not index.isValid():
            return
        menu = QMenu(self.view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        icon = QgsApplication.getThemeIcon
        menu.addAction(icon("/mActionZoomToSelected.svg"), tr("Show on Map"), lambda: self._choose(index))
        menu.addAction(icon("/mActionFormView.svg"), tr("Open Form"), lambda: self._open(index))
        menu.popup(self.view.viewport().mapToGlobal(at))


def _tool(icon: str, title: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setIcon(QgsApplication.getThemeIcon(icon))
    button.setText(title)
    button.setToolTip(tip)
    return button
