"""The Row history panel: who changed the selected feature when, field by field, and where it lay before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsMapLayer, QgsProject, QgsVectorLayer
from qgis.gui import QgsDockWidget
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QSize, Qt, QTimer
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..engine.errors import EnvZonesError
from ..project import editing, editing_store
from ..texts import tr
from . import edit_show
from .edit_guard import EditGuard, local_time
from .help import help_button

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

_PAUSE_MS = 120
_KEY = Qt.ItemDataRole.UserRole
_GREY, _GREEN = QColor(235, 235, 235), QColor(220, 240, 222)


class HistoryPanel(QgsDockWidget):
    """Follows the active layer's selection."""

    def __init__(self, iface: QgisInterface, guard: EditGuard) -> None:
        super().__init__(tr("Row History"), iface.mainWindow())
        self.setObjectName("EnvZonesHistory")
        self._canvas = iface.mapCanvas()
        self._guard = guard
        self._layer: QgsVectorLayer | None = None
        self._entries: list[editing_store.Entry] = []
        self._marks = edit_show.Marks(self._canvas)
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.look)
        self._canvas.currentLayerChanged.connect(self._follow)
        guard.saved.connect(self._later)
        self._follow(self._canvas.currentLayer())

    def release(self) -> None:
        """Let go of the canvas, the guard and the layer."""
        self._timer.stop()
        if not sip.isdeleted(self._canvas):
            self._canvas.currentLayerChanged.disconnect(self._follow)
        self._guard.saved.disconnect(self._later)
        self._gone()
        self._marks.release()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size for a panel below the map."""
        return QSize(800, 240)

    def _build(self) -> None:
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(4, 4, 4, 4)
        row = QHBoxLayout()
        self._title = QLabel()
        self._title.setObjectName("EnvZonesHistoryTitle")
        self._title.setWordWrap(True)
        row.addWidget(self._title, 1)
        self._zoom = QPushButton(tr("Show Shape on the Map"))
        self._zoom.setObjectName("EnvZonesHistoryZoom")
        self._zoom.setToolTip(tr("Before in grey, after in green"))
        self._zoom.clicked.connect(self.zoom)
        row.addWidget(self._zoom)
        row.addWidget(help_button("editing#history"))
        box.addLayout(row)
        split = QSplitter()
        split.setChildrenCollapsible(False)
        self._list = QTreeWidget()
        self._list.setObjectName("EnvZonesHistoryEntries")
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.setHeaderLabels([tr("When"), tr("Who"), tr("What")])
        self._list.currentItemChanged.connect(self._show)
        split.addWidget(self._list)
        self._table = QTableWidget(0, 3)
        self._table.setObjectName("EnvZonesHistoryFields")
        self._table.setHorizontalHeaderLabels([tr("Field"), tr("Before"), tr("After")])
        self._table.verticalHeader().hide()
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        split.addWidget(self._table)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 1)
        split.setSizes([1000, 1300])
        box.addWidget(split, 1)
        self.setWidget(page)

    # --- following ----------------------------------------------------------------------------------------------

    def _follow(self, layer: QgsMapLayer | None) -> None:
        if layer is self._layer and layer is not None:
            return
        self._gone()
        if editing.is_stored(layer):
            self._layer = layer
            layer.selectionChanged.connect(self._later)
            layer.willBeDeleted.connect(self._gone)
        self._later()

    def _gone(self) -> None:
        layer, self._layer = self._layer, None
        if layer is not None and not sip.isdeleted(layer):
            layer.selectionChanged.disconnect(self._later)
            layer.willBeDeleted.disconnect(self._gone)

    def _later(self, *_: Any) -> None:
        if self.isVisible():
            self._timer.start()

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Catch up when the panel is shown."""
        super().showEvent(event)
        self._follow(self._canvas.currentLayer())
        self._later()

    def hideEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Leave no mark on the map."""
        super().hideEvent(event)
        self._marks.clear()

    # --- showing ------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Read and show the history of the feature that is selected now."""
        self._marks.clear()
        self._entries = []
        layer = self._layer
        if layer is None:
            said = tr("Make a layer of the one map active and select a feature.")
        elif layer.selectedFeatureCount() != 1:
            said = tr("Select one feature of {layer}.").format(layer=layer.name())
        else:
            feature = layer.selectedFeatures()[0]
            try:
                self._entries = self._read(layer, feature)
            except EnvZonesError as error:
                said = str(error)
            else:
                name = feature.attribute("name") if feature.fields().indexOf("name") >= 0 else None
                title = str(feature.attribute("uid")) if editing.is_null(name) else str(name)
                said = tr("{name}: {n} entries").format(name=title, n=len(self._entries))
                if not self._entries:
                    said = tr("{name}: no entry; it is as it was when the map was made.").format(name=title)
        self._title.setText(said)
        self._list.clear()
        words = {"insert": tr("added"), "update": tr("changed"), "delete": tr("deleted")}
        for number, one in enumerate(self._entries):
            what = words.get(one.action, one.action)
            if one.action == "update":
                what = ", ".join(self._field(name) for name in one.changed())
            item = QTreeWidgetItem([local_time(one.at), one.who or tr("unknown"), what])
            item.setToolTip(2, what)
            item.setData(0, _KEY, number)
            self._list.addTopLevelItem(item)
        for column in (0, 1):
            self._list.resizeColumnToContents(column)
        self._table.setRowCount(0)
        self._list.setCurrentItem(self._list.topLevelItem(0))
        self._show()

    def _read(self, layer: QgsVectorLayer, feature: Any) -> list[editing_store.Entry]:
        uid = feature.attribute("uid")
        store = editing_store.store_of(layer)
        table = editing.table(layer)
        if not editing.is_null(uid) and str(uid):
            return store.history(table, uid=str(uid))
        return store.history(table, row=feature.id())

    def _field(self, name: str) -> str:
        if name == "geom":
            return tr("Shape")
        index = self._layer.fields().indexOf(name)
        return name if index < 0 else self._layer.attributeDisplayName(index)

    def _current(self) -> editing_store.Entry | None:
        item = self._list.currentItem()
        return None if item is None else self._entries[item.data(0, _KEY)]

    def _show(self, *_: Any) -> None:
        entry = self._current()
        self._marks.clear()
        has_shape = entry is not None and any("geom" in (cells or {}) for cells in (entry.before, entry.after))
        self._zoom.setEnabled(has_shape)
        if entry is None or self._layer is None:
            return
        names = [n for n in entry.changed() if not self._empty(entry, n)]
        self._table.setRowCount(len(names))
        for row, name in enumerate(names):
            for column, (text, colour) in enumerate(
                (
                    (self._field(name), None),
                    (self._words(entry.before, name), _GREY if entry.action == "update" else None),
                    (self._words(entry.after, name), _GREEN if entry.action == "update" else None),
                )
            ):
                cell = QTableWidgetItem(text)
                cell.setToolTip(text)
                if colour is not None:
                    cell.setBackground(colour)
                    cell.setForeground(QColor(0, 0, 0))
                self._table.setItem(row, column, cell)
        self._table.resizeRowsToContents()

    @staticmethod
    def _empty(entry: editing_store.Entry, name: str) -> bool:
        return all((cells or {}).get(name) is None for cells in (entry.before, entry.after))

    def _words(self, cells: Any, name: str) -> str:
        if cells is None:
            return ""
        if name == "geom":
            shape = editing.from_hex(cells.get(name))
            return edit_show.measure_words(shape, self._layer.crs(), QgsProject.instance())
        index = self._layer.fields().indexOf(name)
        return str(cells.get(name)) if index < 0 else edit_show.in_words(self._layer, index, cells.get(name))

    def zoom(self, _checked: bool = False) -> None:
        """Show where the feature lay before and after an entry."""
        entry = self._current()
        if entry is None or self._layer is None:
            return
        shapes = [
            (editing.from_hex((cells or {}).get("geom")), look)
            for cells, look in ((entry.before, edit_show.BEFORE), (entry.after, edit_show.AFTER))
        ]
        self._marks.show(shapes, self._layer.crs())
        self._marks.zoom()
