"""The wizard's page of the check: the import tried without writing, with all that is wrong and where."""

from __future__ import annotations

import html
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsGeometry, QgsProject
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
    QWizardPage,
)

from ..engine.errors import EnvZonesError
from ..project import import_layers, import_source, import_state
from ..project.import_state import State
from ..texts import language, tr
from .import_preview import PreviewMap
from .runner import Runner, left_in_words

if TYPE_CHECKING:
    from ..store.load import Loaded

_KEY = Qt.ItemDataRole.UserRole


class CheckPage(QWizardPage):
    """Counts, values outside domains, rejected rows, and what to do about them."""

    #: The user wants to say what a word of this field means.
    map_words = pyqtSignal(str)

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesImportCheck")
        self.setTitle(tr("Check"))
        self.setSubTitle(
            tr(
                "The import was tried without writing anything. Look at what would be rejected before you go on."
            )
        )
        self.setCommitPage(True)
        self._state = state
        self._runner = Runner(self)
        self._runner.changed.connect(self._busy)
        self._runner.progressed.connect(self._progressed)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.loaded: Loaded | None = None
        self._tried: tuple[Any, ...] = ()
        self._rows: list[import_state.Rejected] = []
        self._build()

    def _build(self) -> None:
        self.counts = QLabel()
        self.counts.setObjectName("EnvZonesImportCounts")
        self.counts.setWordWrap(True)
        self.counts.setTextFormat(Qt.TextFormat.RichText)
        self._bar = QProgressBar()
        self._bar.setMaximumHeight(14)
        self._left = QLabel()
        self._cancel = QPushButton(tr("Cancel Check"))
        self._cancel.clicked.connect(lambda _=False: self._runner.cancel())
        self._again = QPushButton(tr("Check A&gain"))
        self._again.clicked.connect(lambda _=False: self.check())
        head = QHBoxLayout()
        head.addWidget(self.counts, 1)
        head.addWidget(self._again, 0, Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(self._left)
        row.addWidget(self._cancel)
        self.rejects = QTreeWidget()
        self.rejects.setObjectName("EnvZonesImportRejects")
        self.rejects.setRootIsDecorated(False)
        self.rejects.setUniformRowHeights(True)
        self.rejects.setHeaderLabels([tr("Row"), tr("Feature"), tr("Reason")])
        self.rejects.setToolTip(tr("Choose a row to see it on the map"))
        self.rejects.currentItemChanged.connect(lambda item, _=None: self._jump(item))
        self.rejects.itemClicked.connect(lambda item, _=0: self._jump(item))
        self.outside = QTreeWidget()
        self.outside.setObjectName("EnvZonesImportOutside")
        self.outside.setRootIsDecorated(False)
        self.outside.setHeaderLabels([tr("Field"), tr("Word"), tr("Rows")])
        self.outside.setToolTip(tr("Double-click a word to say what it means"))
        self.outside.itemDoubleClicked.connect(lambda item, _=0: self.map_words.emit(item.data(0, _KEY)))
        self.notes = QTreeWidget()
        self.notes.setObjectName("EnvZonesImportNotes")
        self.notes.setRootIsDecorated(False)
        self.notes.setHeaderHidden(True)
        self.notes.setWordWrap(True)
        for tree in (self.rejects, self.outside, self.notes):
            tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.tabs = QTabWidget()
        self.tabs.addTab(self.rejects, tr("Rejected rows"))
        self.tabs.addTab(self.outside, tr("Values outside domains"))
        self.tabs.addTab(self.notes, tr("Notes"))
        self.map = PreviewMap()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.tabs)
        split.addWidget(self.map)
        split.setSizes([600, 400])
        split.setChildrenCollapsible(False)
        self.conflict = QComboBox()
        self.conflict.setObjectName("EnvZonesImportConflict")
        for code, words in (
            ("reject", tr("reject the row, as a row of its own in the rejects file")),
            ("skip", tr("skip it, the map's row stays")),
            ("update", tr("bring the map's row up to date")),
        ):
            self.conflict.addItem(words, code)
        self.conflict.setToolTip(
            tr("A row without an id of its own gets one from its name and place: the same file meets itself")
        )
        self.conflict.activated.connect(lambda _=0: self._conflict_chosen())
        self.file = QgsFileWidget()
        self.file.setObjectName("EnvZonesImportRejectsFile")
        self.file.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        self.file.setFilter(tr("Table (*.csv)"))
        self.file.setDialogTitle(tr("Rejected Rows"))
        self.file.setToolTip(tr("Rows that fail are kept here with the reason, to be mended and given again"))
        self.file.fileChanged.connect(self._file_chosen)
        form = QFormLayout()
        for words, widget in (
            (tr("If the map has the row &already"), self.conflict),
            (tr("&Rejected rows go to"), self.file),
        ):
            label = QLabel(words)
            label.setBuddy(widget)
            form.addRow(label, widget)
        self.hint = QLabel()
        self.hint.setObjectName("EnvZonesImportHint")
        self.hint.setWordWrap(True)
        self.hint.setTextFormat(Qt.TextFormat.RichText)
        form.addRow(self.hint)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(head)
        box.addLayout(row)
        box.addWidget(split, 1)
        box.addLayout(form)

    # --- checking -----------------------------------------------------------------------------------------------

    def initializePage(self) -> None:  # noqa: N802 - Qt's name
        """Try the import, unless nothing changed since it was tried."""
        state = self._state
        self.map.set_ground(import_layers.ground_layers(QgsProject.instance(), state.where))
        if state.rejects is None:
            state.rejects = import_state.rejects_beside(state.where, state.path)
        self.file.blockSignals(True)
        self.file.setFilePath(str(state.rejects))
        self.file.blockSignals(False)
        self.conflict.setCurrentIndex(self.conflict.findData(state.on_conflict))
        self._draw()
        if self.loaded is None or self._tried != self._what():
            self.check()

    def cleanupPage(self) -> None:  # noqa: N802 - Qt's name
        """Stop when the user goes back."""
        self._runner.stop()

    def forget(self) -> None:
        """What was tried is no longer so: the map has changed."""
        self.loaded = None

    def _what(self) -> tuple[Any, ...]:
        state = self._state
        return state.path, state.options, state.choice, state.mapping, state.on_conflict

    def _draw(self) -> None:
        state = self._state
        if state.sample is None or state.choice is None:
            return
        try:
            placed = import_source.place(state.sample, state.choice, None)
        except EnvZonesError as error:
            self.map.said.setText(html.escape(str(error)))
            return
        self.map.show_frame(placed.frame)
        self.map.said.setText(tr("Choose a rejected row to see where it is."))

    def check(self) -> None:
        """Try the import in the background."""
        self.loaded = None
        self._hint()
        self._tried = self._what()
        for tree in (self.rejects, self.outside, self.notes):
            tree.clear()
        self.counts.setText(tr("Trying the import of {file}…").format(file=self._state.name))
        self._bar.setRange(0, 100)
        self._bar.setValue(0)
        self._left.clear()
        self._drop()
        self._folder = tempfile.TemporaryDirectory(prefix="envzones-")
        aside = Path(self._folder.name) / "rejects.csv"
        try:
            job = import_state.job(self._state)
        except EnvZonesError as error:
            self._failed(str(error))
            return

        def work(progress: Any) -> tuple[Loaded, list[import_state.Rejected]]:
            loaded = job.run(aside, progress, dry_run=True)
            return loaded, import_state.read_rejects(loaded.rejects_path)

        self._runner.start(tr("Checking the import"), work, self._checked, self._failed, self._cancelled)

    def _busy(self) -> None:
        busy = self._runner.busy
        self._bar.setVisible(busy)
        self._cancel.setVisible(busy)
        self._left.setVisible(busy)
        self._again.setVisible(not busy)
        self.conflict.setEnabled(not busy)
        self.completeChanged.emit()

    def _progressed(self, percent: float, left: float) -> None:
        self._bar.setValue(round(percent))
        self._left.setText(left_in_words(left))

    def _failed(self, said: str) -> None:
        self.counts.setText(f"<b>{html.escape(said)}</b>")
        self.completeChanged.emit()

    def _cancelled(self) -> None:
        self.counts.setText(tr("The check was cancelled."))
        self.completeChanged.emit()

    def _checked(self, answer: tuple[Loaded, list[import_state.Rejected]]) -> None:
        self.loaded, self._rows = answer
        loaded = self.loaded
        self.counts.setText(f"<b>{counts_in_words(loaded, tried=True)}</b>")
        zh = language() == "zh"
        for row in self._rows:
            item = QTreeWidgetItem([str(row.row), row.label, row.zh if zh else row.en])
            item.setData(0, _KEY, row.row)
            for column in range(3):
                item.setToolTip(column, item.text(column))
            self.rejects.addTopLevelItem(item)
        if not self._rows:
            for (reason_zh, reason_en), count in loaded.reasons.items():
                self.rejects.addTopLevelItem(
                    QTreeWidgetItem(["", tr("{n} rows").format(n=count), reason_zh if zh else reason_en])
                )
        spec, words = self._state.spec, {}
        for (field, word), count in sorted(loaded.outside.items(), key=lambda one: -one[1]):
            title = field if spec is None else spec.field(field).title(language())
            item = QTreeWidgetItem([title, word, f"{count:,}"])
            item.setData(0, _KEY, field)
            item.setTextAlignment(2, int(Qt.AlignmentFlag.AlignRight))
            self.outside.addTopLevelItem(item)
            words.setdefault(field, {})[word] = count
        self._state.words = words
        for note in loaded.notes:
            item = QTreeWidgetItem([note.zh if zh else note.en])
            item.setToolTip(0, item.text(0))
            self.notes.addTopLevelItem(item)
        for tree in (self.rejects, self.outside):
            for column in range(2):
                tree.resizeColumnToContents(column)
                tree.setColumnWidth(column, min(tree.columnWidth(column), 260))
        for number, count in enumerate((loaded.rejected, len(loaded.outside), len(loaded.notes))):
            title = (tr("Rejected rows"), tr("Values outside domains"), tr("Notes"))[number]
            self.tabs.setTabText(number, f"{title} ({count:,})")
        self.tabs.setCurrentIndex(0 if loaded.rejected else 2)
        self._hint()
        self.completeChanged.emit()

    def _hint(self) -> None:
        """Say why the import cannot go on, if it cannot."""
        loaded, path, said = self.loaded, self._state.rejects, ""
        if loaded is not None and not (loaded.loaded or loaded.updated):
            said = tr("No row would be loaded: go back and put the mapping or the coordinates right.")
        elif loaded is not None and loaded.rejected and path is None:
            said = tr("Say where the rejected rows go.")
        elif loaded is not None and loaded.rejected and path is not None and not path.parent.is_dir():
            said = tr("The folder {path} does not exist; choose another for the rejected rows.").format(
                path=path.parent
            )
        self.hint.setText(f"<b>{html.escape(said)}</b>" if said else "")
        self.hint.setVisible(bool(said))

    # --- one row ------------------------------------------------------------------------------------------------

    def _jump(self, item: QTreeWidgetItem | None) -> None:
        """Show a rejected row on the map, if it has a shape."""
        number = None if item is None else item.data(0, _KEY)
        row = next((one for one in self._rows if one.row == number), None)
        if row is None:
            return
        shape = self._shape(row)
        if shape is None:
            self.map.said.setText(tr("Row {row} has no shape that can be shown.").format(row=row.row))
            return
        self.map.mark(shape, import_layers.storage_crs())
        why = row.zh if language() == "zh" else row.en
        self.map.said.setText(tr("Row {row}: {what}").format(row=row.row, what=html.escape(why)))

    def _shape(self, row: import_state.Rejected) -> QgsGeometry | None:
        import geopandas as gpd
        import shapely

        from ..engine.exchange.crs_apply import to_4490

        choice = self._state.choice
        shape = shapely.from_wkt(row.wkt, on_invalid="ignore") if row.wkt else None
        if shape is None or shape.is_empty or choice is None:
            return None
        try:
            made = to_4490(gpd.GeoDataFrame(geometry=[shape]), choice, self._state.name)
        except EnvZonesError:
            return None
        return import_layers.geometry(shapely.to_wkb(made.geometry.iloc[0]))

    # --- choices ------------------------------------------------------------------------------------------------

    def _conflict_chosen(self) -> None:
        code = self.conflict.currentData()
        if code != self._state.on_conflict:
            self._state.on_conflict = code
            self.check()

    def _file_chosen(self, text: str) -> None:
        text = text.strip()
        self._state.rejects = Path(text).expanduser() if text else None
        self._hint()
        self.completeChanged.emit()

    # --- the wizard ---------------------------------------------------------------------------------------------

    def isComplete(self) -> bool:  # noqa: N802 - Qt's name
        """Tell whether the check is done, a row would be loaded, and rejected rows have a place to go."""
        loaded = self.loaded
        if loaded is None or self._runner.busy:
            return False
        path = self._state.rejects
        kept = not loaded.rejected or (path is not None and path.parent.is_dir())
        return kept and bool(loaded.loaded or loaded.updated)

    def _drop(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.cleanup()

    def release(self) -> None:
        """Stop what runs, leave no file behind."""
        self._runner.stop()
        self._drop()
        self.map.release()


def counts_in_words(loaded: Loaded, *, tried: bool = False) -> str:
    """Say what becomes, or became, of a file's rows; the counts add up."""
    parts = [
        (tr("{n} would be loaded") if tried else tr("{n} loaded")).format(n=f"{loaded.loaded:,}"),
    ]
    if loaded.updated:
        parts.append((tr("{n} would be brought up to date") if tried else tr("{n} brought up to date")).format(
            n=f"{loaded.updated:,}"))  # fmt: skip
    if loaded.skipped:
        parts.append((tr("{n} would be skipped") if tried else tr("{n} skipped")).format(n=f"{loaded.skipped:,}"))
    parts.append((tr("{n} would be rejected") if tried else tr("{n} rejected")).format(n=f"{loaded.rejected:,}"))
    comma = "，" if language() == "zh" else ", "
    return tr("{n} rows read: {parts}.").format(n=f"{loaded.read:,}", parts=comma.join(parts))
