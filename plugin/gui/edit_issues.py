"""The Issues panel: what is wrong in an edited layer; click to see where, mend what can be mended safely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import Qgis, QgsGeometry, QgsMapLayer, QgsProject, QgsVectorLayer
from qgis.gui import QgsDockWidget
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStyle,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..engine.errors import EnvZonesError
from ..project import editing_checks
from ..texts import language, tr
from . import edit_show, tasks
from .help import help_button

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

_KEY = Qt.ItemDataRole.UserRole


class IssuesPanel(QgsDockWidget):
    """Lists the issues of one layer, unsaved edits included."""

    def __init__(self, iface: QgisInterface) -> None:
        super().__init__(tr("Issues"), iface.mainWindow())
        self.setObjectName("EnvZonesIssues")
        self._iface = iface
        self._canvas = iface.mapCanvas()
        self._layer: QgsVectorLayer | None = None
        self._found: editing_checks.Found | None = None
        self._task: tasks.Work | None = None
        self._run = 0
        self._marks = edit_show.Marks(self._canvas)
        self._build()
        QgsProject.instance().layersWillBeRemoved.connect(self._layers_going)

    def release(self) -> None:
        """Stop, and let go of the layer."""
        self._stop()
        QgsProject.instance().layersWillBeRemoved.disconnect(self._layers_going)
        self._marks.release()
        self._layer = self._found = None

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size for a panel below the map."""
        return QSize(800, 220)

    def _build(self) -> None:
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(4, 4, 4, 4)
        row = QHBoxLayout()
        self._title = QLabel(tr("Check a layer from the Edit Zones toolbar."))
        self._title.setObjectName("EnvZonesIssuesTitle")
        self._title.setWordWrap(True)
        row.addWidget(self._title, 1)
        self._bar = QProgressBar()
        self._bar.setMaximumWidth(160)
        self._bar.hide()
        row.addWidget(self._bar)
        self._cancel = QPushButton(tr("Cancel"))
        self._cancel.clicked.connect(self._stop)
        self._cancel.hide()
        row.addWidget(self._cancel)
        self._again = QPushButton(tr("Check Again"))
        self._again.setEnabled(False)
        self._again.clicked.connect(lambda _=False: self._layer is not None and self.check(self._layer))
        row.addWidget(self._again)
        self._mend = QPushButton(tr("Mend Selected"))
        self._mend.setObjectName("EnvZonesIssuesMend")
        self._mend.setToolTip(tr("Repair the selected rows where it is safe, as one undo step"))
        self._mend.setEnabled(False)
        self._mend.clicked.connect(self.mend)
        row.addWidget(self._mend)
        row.addWidget(help_button("editing#check"))
        box.addLayout(row)
        self._tree = QTreeWidget()
        self._tree.setObjectName("EnvZonesIssuesRows")
        self._tree.setRootIsDecorated(False)
        self._tree.setUniformRowHeights(True)
        self._tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._tree.setHeaderLabels([tr("Feature"), tr("What"), tr("How to mend")])
        self._tree.itemSelectionChanged.connect(self._chosen)
        self._tree.itemClicked.connect(self._to_issue)
        box.addWidget(self._tree, 1)
        self.setWidget(page)

    # --- checking -----------------------------------------------------------------------------------------------

    def check(self, layer: QgsVectorLayer) -> None:
        """Check a layer in the background, unsaved edits included."""
        self._stop()
        self._layer = layer
        self._run += 1
        run = self._run
        self._title.setText(tr("Checking {layer}…").format(layer=layer.name()))
        QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            prepared = editing_checks.prepare(layer, QgsProject.instance())
        except EnvZonesError as error:
            self._fail(run, str(error))
            return
        finally:
            QApplication.restoreOverrideCursor()
        self._bar.setValue(0)
        for widget in (self._bar, self._cancel):
            widget.show()
        self._task = tasks.Work(
            tr("Checking {layer}").format(layer=layer.name()),
            lambda progress: editing_checks.run(prepared, progress),
            lambda found: self._show(run, found),
            lambda said: self._fail(run, said),
        )
        self._task.progressChanged.connect(lambda percent: self._bar.setValue(int(percent)))
        tasks.start_or_run(self._task)

    def _stop(self, _checked: bool = False) -> None:
        self._run += 1
        if self._task is not None and not sip.isdeleted(self._task) and self._task.isActive():
            self._task.cancel()
            self._title.setText(tr("Cancelled."))
        self._rest()

    def _rest(self) -> None:
        self._task = None
        for widget in (self._bar, self._cancel):
            widget.hide()

    def _fail(self, run: int, said: str) -> None:
        if run == self._run and not sip.isdeleted(self):
            self._rest()
            self._title.setText(said)
            self._iface.messageBar().pushMessage("EnvZones", said, Qgis.MessageLevel.Warning)

    def _show(self, run: int, found: editing_checks.Found) -> None:
        if run != self._run or sip.isdeleted(self) or self._layer is None:
            return
        self._rest()
        self._found = found
        self._again.setEnabled(True)
        self._tree.clear()
        lang = language()
        icons = _icons(self.style())
        for number, one in enumerate(found.rows):
            item = QTreeWidgetItem([one.name or one.uid or str(one.fid), one.what[lang], one.mend[lang]])
            item.setIcon(0, icons[one.severity])
            item.setData(0, _KEY, number)
            for column in range(3):
                item.setToolTip(column, item.text(column))
            self._tree.addTopLevelItem(item)
        self._tree.setColumnWidth(0, 200)
        self._tree.setColumnWidth(1, 380)
        if found.rows:
            counts = [sum(one.severity == name for one in found.rows) for name in ("error", "warning", "info")]
            said = tr("{layer}: {errors} errors, {warnings} warnings, {notes} notes").format(
                layer=self._layer.name(), errors=counts[0], warnings=counts[1], notes=counts[2]
            )
        else:
            said = tr("{layer}: nothing is wrong.").format(layer=self._layer.name())
        self._title.setText(said)
        self._chosen()

    # --- one row ------------------------------------------------------------------------------------------------

    def _selected(self) -> list[editing_checks.Issue]:
        if self._found is None:
            return []
        return [self._found.rows[item.data(0, _KEY)] for item in self._tree.selectedItems()]

    def _chosen(self) -> None:
        editable = self._layer is not None and not sip.isdeleted(self._layer) and self._layer.supportsEditing()
        self._mend.setEnabled(editable and any(one.repair for one in self._selected()))

    def _to_issue(self, item: QTreeWidgetItem, _column: int) -> None:
        if self._found is None or self._layer is None:
            return
        one = self._found.rows[item.data(0, _KEY)]
        shape = QgsGeometry()
        if one.wkb:
            shape.fromWkb(one.wkb)
        if shape.isEmpty():
            shape = self._layer.getFeature(one.fid).geometry()
            self._marks.clear()
        else:
            self._marks.show([(shape, edit_show.FAULT)], editing_checks.storage_crs())
            self._marks.zoom()
        self._layer.selectByIds([one.fid])
        self._canvas.flashFeatureIds(self._layer, [one.fid])

    def mend(self, _checked: bool = False) -> None:
        """Repair the selected rows in the layer's edit session, as one undo step."""
        layer, found = self._layer, self._found
        chosen = [one for one in self._selected() if one.repair]
        if layer is None or found is None or not chosen:
            return
        if not layer.isEditable() and not layer.startEditing():
            self._iface.messageBar().pushMessage(
                "EnvZones", tr("{layer} cannot be edited.").format(layer=layer.name()), Qgis.MessageLevel.Warning
            )
            return
        try:
            said = editing_checks.mend(layer, found, chosen, language())
        except EnvZonesError as error:
            self._iface.messageBar().pushMessage("EnvZones", str(error), Qgis.MessageLevel.Warning)
            return
        self._iface.messageBar().pushMessage("EnvZones", said, Qgis.MessageLevel.Info)
        self.check(layer)

    def hideEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Leave no mark on the map."""
        super().hideEvent(event)
        self._marks.clear()

    def _layers_going(self, names: Any) -> None:
        layer = self._layer
        if isinstance(layer, QgsMapLayer) and not sip.isdeleted(layer) and layer.id() in [str(one) for one in names]:
            self._stop()
            self._layer = self._found = None
            self._tree.clear()
            self._again.setEnabled(False)
            self._title.setText(tr("Check a layer from the Edit Zones toolbar."))


def _icons(style: QStyle) -> dict[str, QIcon]:
    kinds = QStyle.StandardPixmap
    return {
        "error": style.standardIcon(kinds.SP_MessageBoxCritical),
        "warning": style.standardIcon(kinds.SP_MessageBoxWarning),
        "info": style.standardIcon(kinds.SP_MessageBoxInformation),
    }
