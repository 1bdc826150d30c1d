"""The wizard's last page: the import itself, and what became of the rows."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from qgis.core import Qgis, QgsProject, QgsVectorLayer
from qgis.PyQt import sip
from qgis.PyQt.QtCore import Qt, QUrl, pyqtSignal
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStyle,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
    QWizardPage,
)

from ..engine.errors import EnvZonesError
from ..project import import_layers, import_state
from ..project.import_state import State
from ..texts import language, tr
from .import_check import counts_in_words
from .runner import Runner, left_in_words

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from ..store.load import Loaded


class RunPage(QWizardPage):
    """Imports, and tells."""

    #: The import of a file is over: its path.
    imported = pyqtSignal(str)

    def __init__(self, state: State, iface: QgisInterface, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesImportRun")
        self.setTitle(tr("Import"))
        self.setSubTitle(tr("All rows are written in one step, or none."))
        self._state, self._iface = state, iface
        self._runner = Runner(self)
        self._runner.changed.connect(self._busy)
        self._runner.progressed.connect(self._progressed)
        self.loaded: Loaded | None = None
        self.layer: QgsVectorLayer | None = None
        self._build()

    def _build(self) -> None:
        self.icon = QLabel()
        self.said = QLabel()
        self.said.setObjectName("EnvZonesImportResult")
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.RichText)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        head = QHBoxLayout()
        head.addWidget(self.icon)
        head.addWidget(self.said, 1)
        self.bar = QProgressBar()
        self.bar.setObjectName("EnvZonesImportProgress")
        self.left = QLabel()
        self.left.setMinimumWidth(140)
        self.stop = QPushButton(tr("&Cancel Import"))
        self.stop.setObjectName("EnvZonesImportStop")
        self.stop.setToolTip(tr("Nothing is written then"))
        self.stop.clicked.connect(lambda _=False: self.cancel())
        row = QHBoxLayout()
        row.addWidget(self.bar, 1)
        row.addWidget(self.left)
        row.addWidget(self.stop)
        self.to_layer = QPushButton(tr("&Open Layer in Map"))
        self.to_layer.setObjectName("EnvZonesImportToLayer")
        self.to_layer.setToolTip(tr("Make the layer the active one and go to the rows"))
        self.to_layer.clicked.connect(lambda _=False: self.open_layer())
        self.to_rejects = QPushButton(tr("Open &Rejects File"))
        self.to_rejects.setObjectName("EnvZonesImportToRejects")
        self.to_rejects.clicked.connect(lambda _=False: self._open_rejects())
        self.again = QPushButton(tr("Import &Next File"))
        self.again.setObjectName("EnvZonesImportAgain")
        buttons = QHBoxLayout()
        for button in (self.to_layer, self.to_rejects, self.again):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.notes = QTreeWidget()
        self.notes.setObjectName("EnvZonesImportDone")
        self.notes.setHeaderHidden(True)
        self.notes.setRootIsDecorated(False)
        self.notes.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(head)
        box.addLayout(row)
        box.addLayout(buttons)
        box.addWidget(self.notes, 1)

    # --- importing ----------------------------------------------------------------------------------------------

    def initializePage(self) -> None:  # noqa: N802 - Qt's name
        """Begin at once: the user has pressed Import."""
        self.loaded = self.layer = None
        self.notes.clear()
        self.icon.clear()
        self.said.setText(tr("Importing {file}…").format(file=html.escape(self._state.name)))
        self.bar.setRange(0, 100)
        self.bar.setValue(0)
        self.left.clear()
        self.stop.setEnabled(True)
        self._buttons()
        try:
            job = import_state.job(self._state)
        except EnvZonesError as error:
            self._failed(str(error))
            return
        rejects = self._state.rejects
        self._runner.start(
            tr("Importing {file}").format(file=self._state.name), lambda progress: job.run(rejects, progress),
            self._done, self._failed, self._cancelled, quiet=False,
        )  # fmt: skip

    @property
    def busy(self) -> bool:
        """Whether rows are being written."""
        return self._runner.busy

    def cancel(self) -> None:
        """Ask the import to stop."""
        self.stop.setEnabled(False)
        self.said.setText(tr("Cancelling…"))
        self._runner.cancel()

    def _busy(self) -> None:
        busy = self._runner.busy
        for widget in (self.bar, self.left, self.stop):
            widget.setVisible(busy)
        self.completeChanged.emit()

    def _progressed(self, percent: float, left: float) -> None:
        self.bar.setValue(round(percent))
        self.left.setText(left_in_words(left))

    def _mark(self, kind: Any) -> None:
        self.icon.setPixmap(self.style().standardIcon(kind).pixmap(24, 24))

    def _failed(self, said: str) -> None:
        self._mark(QStyle.StandardPixmap.SP_MessageBoxCritical)
        self.said.setText(tr("Nothing was imported: {why}").format(why=html.escape(said)))
        self._buttons()
        self.completeChanged.emit()

    def _cancelled(self) -> None:
        self._mark(QStyle.StandardPixmap.SP_MessageBoxWarning)
        self.said.setText(tr("Cancelled; nothing was written."))
        self._buttons()
        self.completeChanged.emit()

    def _done(self, loaded: Loaded) -> None:
        state = self._state
        self.loaded = loaded
        kinds = QStyle.StandardPixmap
        self._mark(kinds.SP_MessageBoxWarning if loaded.rejected else kinds.SP_DialogApplyButton)
        self.layer = import_layers.refresh(
            QgsProject.instance(), state.where, loaded.layer, state.catalog, language()
        )
        title = state.catalog[loaded.layer].title(language())
        said = tr("{layer}: {counts}").format(layer=title, counts=counts_in_words(loaded))
        self.said.setText(f"<b>{said}</b>")
        zh = language() == "zh"
        lines = [note.zh if zh else note.en for note in loaded.notes]
        lines += [
            tr("{n} rows rejected: {why}").format(n=count, why=reason_zh if zh else reason_en)
            for (reason_zh, reason_en), count in loaded.reasons.items()
        ]
        if loaded.rejects_path is not None:
            lines.append(tr("The rejected rows are in {path}").format(path=loaded.rejects_path))
        for line in lines:
            item = QTreeWidgetItem([line])
            item.setToolTip(0, line)
            self.notes.addTopLevelItem(item)
        level = Qgis.MessageLevel.Warning if loaded.rejected else Qgis.MessageLevel.Success
        self._iface.messageBar().pushMessage("EnvZones", said, level)
        # The next file gets a rejects file of its own.
        state.rejects = None
        self.imported.emit(state.path)
        self._buttons()
        self.completeChanged.emit()

    def _buttons(self) -> None:
        layer = self.layer is not None and not sip.isdeleted(self.layer)
        self.to_layer.setEnabled(layer)
        self.to_rejects.setEnabled(self.loaded is not None and self.loaded.rejects_path is not None)

    # --- afterwards ---------------------------------------------------------------------------------------------

    def open_layer(self) -> None:
        """Make the layer active, and go to it."""
        layer = self.layer
        if layer is None or sip.isdeleted(layer):
            return
        self._iface.setActiveLayer(layer)
        canvas = self._iface.mapCanvas()
        box = canvas.mapSettings().layerExtentToOutputExtent(layer, layer.extent())
        if not box.isNull():
            from . import edit_show

            edit_show.zoom_to(canvas, box)

    def _open_rejects(self) -> None:
        if self.loaded is not None and self.loaded.rejects_path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.loaded.rejects_path)))

    def isComplete(self) -> bool:  # noqa: N802 - Qt's name
        """Tell whether the import is over."""
        return not self._runner.busy

    def release(self) -> None:
        """Stop what runs."""
        self._runner.stop()
