"""The list of candidate sites: name, what is to be built, verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QIcon, QKeySequence
from qgis.PyQt.QtWidgets import QAbstractItemView, QAction, QHeaderView, QMenu, QTreeView, QWidget

from ..texts import tr
from .signs import verdict_icon

if TYPE_CHECKING:
    from qgis.PyQt.QtCore import QPoint

    from ..project.candidates import CandidateList

_ROLE = Qt.ItemDataRole
NAME, TYPE, VERDICT = range(3)


class SiteModel(QAbstractTableModel):
    """The candidates; a name is edited in place.

    Signals
    -------
    renamed : a site was called something else
    """

    renamed = pyqtSignal(str)

    def __init__(self, sites: CandidateList, type_title: Callable[[str | None], str], parent: QObject) -> None:
        super().__init__(parent)
        self._sites = sites
        self._ids: list[str] = []
        self._type_title = type_title
        self._verdicts: Mapping[str, tuple[str, str]] = {}
        self._stale = False

    def take(self, sites: CandidateList) -> None:
        """Show another list, or this one anew."""
        self.beginResetModel()
        self._sites, self._ids = sites, sites.ids
        self.endResetModel()

    def show_verdicts(self, verdicts: Mapping[str, tuple[str, str]], stale: bool) -> None:
        """Show site id -> (value, words)."""
        self._verdicts, self._stale = verdicts, stale
        self.refresh()

    def refresh(self) -> None:
        """Show what is known of the same sites now."""
        if self._ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, VERDICT))

    def site_id(self, row: int) -> str:
        """Return the site of a row."""
        return self._ids[row]

    def row_of(self, site_id: str) -> int:
        """Return the row of a site, -1 where it is not in the list."""
        return self._ids.index(site_id) if site_id in self._ids else -1

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's own signature
        """Return the number of sites."""
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, N802
        """Return the number of columns."""
        return 0 if parent.isValid() else 3

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> Any:  # noqa: N802
        """Return a column's title."""
        if role == _ROLE.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return (tr("Candidate"), tr("Facility"), tr("Verdict"))[section]
        return None

    def flags(self, index: QModelIndex) -> Qt.ItemFlags:
        """Let names be edited."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == NAME else flags

    def data(self, index: QModelIndex, role: int = _ROLE.DisplayRole) -> Any:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        site = self._sites[self._ids[index.row()]]
        value, words = self._verdicts.get(site.site_id, ("", ""))
        if role in (_ROLE.DisplayRole, _ROLE.ToolTipRole, _ROLE.EditRole):
            if index.column() == NAME:
                tip = f"{site.site_id}: {site.name}"
                return tip if role == _ROLE.ToolTipRole else site.name or site.site_id
            if index.column() == TYPE:
                return self._type_title(site.facility_type)
            if words and self._stale and role == _ROLE.ToolTipRole:
                return tr("Of an older check: {verdict}").format(verdict=words)
            return words
        if role == _ROLE.DecorationRole and index.column() == VERDICT and value:
            icon = verdict_icon(value)
            return QIcon(icon.pixmap(16, QIcon.Mode.Disabled)) if self._stale else icon
        return None

    def setData(self, index: QModelIndex, value: Any, role: int = _ROLE.EditRole) -> bool:  # noqa: N802 - Qt's name
        """Rename a site."""
        name = str(value or "").strip()
        if role != _ROLE.EditRole or not name:
            return False
        site_id = self._ids[index.row()]
        if name != self._sites[site_id].name:
            self._sites.rename(site_id, name)
            self.dataChanged.emit(index, index)
            self.renamed.emit(site_id)
        return True


class SiteList(QTreeView):
    """Shows the candidates.

    Signals
    -------
    chosen : others are selected
    remove_asked : ids to take out
    zoom_asked : ids to show on the map
    """

    chosen = pyqtSignal()
    remove_asked = pyqtSignal(list)
    zoom_asked = pyqtSignal(list)

    def __init__(self, model: SiteModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesSites")
        self.setAccessibleName(tr("Candidate sites"))
        self.setModel(model)
        self._sites = model
        self.setRootIsDecorated(False)
        self.setAlternatingRowColors(True)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.SelectedClicked
        )
        self.setMinimumHeight(round(self.fontMetrics().height() * 4.5))
        header = self.header()
        header.setStretchLastSection(True)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Interactive)
        letter = self.fontMetrics().averageCharWidth()
        header.resizeSection(NAME, letter * 15)
        header.resizeSection(TYPE, letter * 11)
        self.rename = self._action("rename", tr("Rename"), "mActionRename.svg", "F2", self._rename)
        self.zoom = self._action("zoom", tr("Zoom to Sites"), "mActionZoomToSelected.svg", "", self._zoom)
        self.remove = self._action("remove", tr("Remove"), "mActionDeleteSelected.svg", "Del", self._remove)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        self.doubleClicked.connect(lambda _index: self._zoom())
        self.selectionModel().selectionChanged.connect(lambda *_: self._selected())
        model.modelReset.connect(self._selected)
        self._selected()

    def _action(self, name: str, title: str, icon: str, keys: str, slot: Callable[[], None]) -> QAction:
        action = QAction(QgsApplication.getThemeIcon(f"/{icon}"), title, self)
        action.setObjectName(f"EnvZonesSite_{name}")
        if keys:
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda _checked=False: slot())
        self.addAction(action)
        return action

    def selected_ids(self) -> list[str]:
        """Return the ids of the selected sites, in the order of the list."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._sites.site_id(row) for row in rows]

    def select(self, ids: list[str]) -> None:
        """Select sites."""
        model = self.selectionModel()
        flags = QItemSelectionModel.SelectionFlag
        model.clearSelection()
        for one in ids:
            row = self._sites.row_of(one)
            if row >= 0:
                model.select(self._sites.index(row, 0), flags.Select | flags.Rows)
                model.setCurrentIndex(self._sites.index(row, 0), flags.NoUpdate)
                self.scrollTo(self._sites.index(row, 0))

    def _selected(self) -> None:
        count = len(self.selectionModel().selectedRows())
        self.rename.setEnabled(count == 1)
        self.zoom.setEnabled(self._sites.rowCount() > 0)
        self.remove.setEnabled(count > 0)
        self.chosen.emit()

    def _rename(self) -> None:
        rows = self.selectionModel().selectedRows()
        if len(rows) == 1:
            self.edit(rows[0])

    def _remove(self) -> None:
        self.remove_asked.emit(self.selected_ids())

    def _zoom(self) -> None:
        self.zoom_asked.emit(self.selected_ids())

    def _menu(self, at: QPoint) -> None:
        if self.indexAt(at).isValid():
            menu = QMenu(self)
            menu.addActions([self.zoom, self.rename, self.remove])
            menu.exec(self.viewport().mapToGlobal(at))
            menu.deleteLater()
