"""The right half of the River section panel: the features by chainage, the issues, the line that sums them up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qgis.gui import QgsFilterLineEdit
from qgis.PyQt.QtCore import QByteArray, QModelIndex, QPoint, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QAbstractItemView, QLabel, QMenu, QTableView, QTabWidget, QVBoxLayout, QWidget

from ..texts import language, tr
from . import river_table
from .river_data import Answer

_CHAINAGE = 0
#: Columns as wide as their content, but no wider than this many letters.
_WIDEST = 30
_FILTER_WIDTH = 105


class Results(QWidget):
    """Shows an answer in two tables; tells which row the user means."""

    #: A feature's row was chosen; None when none is.
    chosen = pyqtSignal(object)
    #: A feature's row was opened, or an issue's.
    opened = pyqtSignal(object)
    issue_opened = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.features = river_table.Table(river_table.feature_columns(), self)
        self.sorted = river_table.Sorted(self.features, self)
        self.issues = river_table.Table(river_table.issue_columns(), self)
        self._sorted_issues = river_table.Sorted(self.issues, self)
        self._answer: Answer | None = None
        self._sized = False
        self.table = _view("EnvZonesRiverTable", self.sorted)
        self.table.sortByColumn(_CHAINAGE, Qt.SortOrder.DescendingOrder)
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        self.table.doubleClicked.connect(lambda index: self.opened.emit(self.sorted.row(index.row())))
        self.table.horizontalHeader().setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.horizontalHeader().customContextMenuRequested.connect(self._offer_columns)
        self.issue_table = _view("EnvZonesRiverIssues", self._sorted_issues)
        self.issue_table.setSortingEnabled(False)
        self.issue_table.setWordWrap(True)
        self.issue_table.clicked.connect(self._open_issue)
        self.issue_table.activated.connect(self._open_issue)
        self.filter = QgsFilterLineEdit()
        self.filter.setObjectName("EnvZonesRiverFilter")
        self.filter.setShowSearchIcon(True)
        self.filter.setPlaceholderText(tr("Filter the features"))
        self.filter.textChanged.connect(self.sorted.setFilterFixedString)
        self.filter.textChanged.connect(lambda _: self._sum_up())
        self.counts = QLabel()
        self.counts.setObjectName("EnvZonesRiverCounts")
        self.counts.setWordWrap(True)
        self.counts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.filter.setMinimumWidth(_FILTER_WIDTH)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("EnvZonesRiverTabs")
        self.tabs.setDocumentMode(True)
        self.tabs.setCornerWidget(self.filter, Qt.Corner.TopRightCorner)
        self.tabs.addTab(self.table, tr("Features Found"))
        self.tabs.addTab(self.issue_table, tr("Issues"))
        self.tabs.currentChanged.connect(lambda index: self.filter.setVisible(index == 0))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 4, 4, 4)
        outer.addWidget(self.tabs, 1)
        outer.addWidget(self.counts)

    # --- what is shown ----------------------------------------------------------------------------------------

    def show_zone(self, answer: Answer) -> None:
        """Show what is known before the features are: the issues, and the size of the zone."""
        self._answer = answer
        if not answer.has_zone:
            self.features.fill([])
        self._show_issues(answer)
        self._sum_up()

    def show_list(self, answer: Answer, titles: Mapping[str, str]) -> None:
        """Show the features; `titles` names their layers."""
        self._answer = answer
        self.features.fill(river_table.feature_rows(answer.result.finding, titles))
        if self.features.rows and not self._sized:
            self._size_columns()
        self._show_issues(answer)
        self._sum_up()

    def clear(self) -> None:
        """Show nothing."""
        self._answer = None
        self.features.fill([])
        self.issues.fill([])
        self.tabs.setTabText(1, tr("Issues"))
        self._sum_up()

    def say(self, said: str) -> None:
        """Say something in place of the sum."""
        self.counts.setText(said)

    def _show_issues(self, answer: Answer) -> None:
        rows = river_table.issue_rows(answer.result.issue)
        self.issues.fill(rows)
        self.issue_table.resizeRowsToContents()
        self.tabs.setTabText(1, tr("Issues ({n})").format(n=len(rows)) if rows else tr("Issues"))
        if not answer.has_zone and rows:
            self.tabs.setCurrentIndex(1)
        elif answer.has_zone and not rows:
            self.tabs.setCurrentIndex(0)

    def _sum_up(self) -> None:
        answer, count = self._answer, len(self.features.rows)
        has_zone = answer is not None and answer.has_zone
        self.tabs.setTabText(0, tr("Features ({n})").format(n=count) if has_zone else tr("Features Found"))
        if answer is None:
            self.counts.clear()
        elif not has_zone:
            self.counts.setText(tr("No zone: see the issues."))
        else:
            self.counts.setText(self._summary(answer, count))

    def _summary(self, answer: Answer, count: int) -> str:
        from ..engine.report import text

        zone, number = answer.result.zone.iloc[0], river_table.shown
        said = [
            tr("Zone {area} km²").format(area=number(zone["area_m2"] / 1e6, 2)),
            tr("river {km} km").format(km=number(answer.result.reach["length_m"].sum() / 1000.0, 2)),
            tr("bank from: {what}").format(what=text.word(text.BANK_FROM, zone["bank_from"], language())),
            tr("{n} features").format(n=count),
        ]
        waiting = sum(row["open"] for row in self.features.rows)
        outside = sum(row["outside"] for row in self.features.rows)
        if waiting:
            said.append(tr("{n} to be verified").format(n=waiting))
        if outside:
            said.append(tr("{n} outside the jurisdiction").format(n=outside))
        if self.sorted.rowCount() != count:
            said.append(tr("{n} shown").format(n=self.sorted.rowCount()))
        return " · ".join(said)

    # --- columns ----------------------------------------------------------------------------------------------

    def save_state(self) -> QByteArray:
        """Return the widths, order and sorting of the columns."""
        return self.table.horizontalHeader().saveState()

    def restore_state(self, state: QByteArray) -> None:
        """Take them back."""
        self._sized = self.table.horizontalHeader().restoreState(state)

    def _size_columns(self) -> None:
        """Make columns as wide as their content, once: widths that jump with each distance would tire."""
        self._sized = True
        widest = _WIDEST * self.table.fontMetrics().averageCharWidth()
        self.table.resizeColumnsToContents()
        for column in range(self.features.columnCount()):
            self.table.setColumnWidth(column, min(self.table.columnWidth(column) + 8, widest))

    def _offer_columns(self, point: QPoint) -> None:
        header = self.table.horizontalHeader()
        menu = QMenu(self)
        for number, column in enumerate(self.features.columns[1:], start=1):
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(not header.isSectionHidden(number))
            action.toggled.connect(lambda on, number=number: header.setSectionHidden(number, not on))
        menu.exec(header.mapToGlobal(point))
        menu.deleteLater()

    # --- rows -------------------------------------------------------------------------------------------------

    def _chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.chosen.emit(self.sorted.row(current.row()) if current.isValid() else None)

    def _open_issue(self, index: QModelIndex) -> None:
        self.issue_opened.emit(self._sorted_issues.row(index.row()))


def _view(name: str, model: Any) -> QTableView:
    view = QTableView()
    view.setObjectName(name)
    view.setModel(model)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setSortingEnabled(True)
    view.setAlternatingRowColors(True)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() + 8)
    header = view.horizontalHeader()
    header.setHighlightSections(False)
    header.setStretchLastSection(True)
    return view
