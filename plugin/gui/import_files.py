"""The wizard's first page: which files, which layer of one, how its text and its coordinate columns are read."""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path
from typing import Any

from qgis.core import Qgis, QgsSettings
from qgis.gui import QgsMessageBar
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QSplitter,
    QStyle,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWizardPage,
)

from ..engine.exchange.model import Note, ReadOptions
from ..engine.location import is_database
from ..project import import_source
from ..project.import_source import Peek
from ..project.import_state import State
from ..texts import language, tr
from .runner import Runner

_PATH = Qt.ItemDataRole.UserRole
_FOLDER = "envzones/import_folder"
_LEVELS = {
    "error": Qgis.MessageLevel.Critical, "warning": Qgis.MessageLevel.Warning, "info": Qgis.MessageLevel.Info,
}  # fmt: skip


class FileList(QListWidget):
    """Files to import; more can be dropped onto it."""

    dropped = pyqtSignal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)

    def dragEnterEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Take files."""
        self._take(event)

    def dragMoveEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Take files."""
        self._take(event)

    def dropEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Add the files that were dropped."""
        paths = local_files(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    @staticmethod
    def _take(event: Any) -> None:
        if local_files(event.mimeData()):
            event.acceptProposedAction()
        else:
            event.ignore()


def local_files(data: Any) -> list[str]:
    """Return the files that a drag brings."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile() and url.toLocalFile()]


class FilesPage(QWizardPage):
    """Files, and how the chosen one is read."""

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesImportFiles")
        self.setTitle(tr("Files"))
        self.setSubTitle(
            tr(
                "Choose files, folders or archives. Nothing is written before the last page; coordinates are asked"
                " on the next."
            )
        )
        self._state = state
        self._runner = Runner(self)
        self._filling = False
        #: Files that were imported in this wizard.
        self.done: set[str] = set()
        self._build()
        self._runner.changed.connect(self._busy)

    # --- widgets ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.bar = QgsMessageBar(self)
        self.bar.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.files = FileList()
        self.files.setObjectName("EnvZonesImportList")
        self.files.setAccessibleName(tr("Files to import"))
        self.files.setToolTip(tr("Drop files here; they are imported one after the other"))
        self.files.dropped.connect(self.add)
        self.files.currentItemChanged.connect(lambda *_: self._chosen())
        label = QLabel(tr("&Files (drop them here)"))
        label.setBuddy(self.files)
        add = QPushButton(tr("&Add Files…"))
        add.setToolTip(
            tr(
                "Shapefile, GeoPackage, KML/KMZ, GeoJSON, DXF, CSV, Excel, boundary-point TXT, or an archive of them"
            )
        )
        add.clicked.connect(lambda _=False: self._browse())
        more = QToolButton()
        more.setText(tr("Fol&der…"))
        more.setToolTip(tr("A file geodatabase (.gdb), or a folder of files"))
        more.clicked.connect(lambda _=False: self._browse_folder())
        table = QToolButton()
        table.setText(tr("&Table…"))
        table.setToolTip(tr("A table of a PostGIS database, by its address"))
        table.clicked.connect(lambda _=False: self._ask_table())
        self._remove = QToolButton()
        self._remove.setText(tr("&Remove"))
        self._remove.setToolTip(tr("Take the chosen file off the list"))
        self._remove.clicked.connect(lambda _=False: self.remove())
        row = QHBoxLayout()
        for widget in (add, more, table, self._remove):
            row.addWidget(widget)
        row.addStretch(1)
        left = QWidget()
        box = QVBoxLayout(left)
        box.setContentsMargins(0, 0, 6, 0)
        box.addWidget(label)
        box.addWidget(self.files, 1)
        box.addLayout(row)
        above = QSplitter(Qt.Orientation.Horizontal)
        above.addWidget(left)
        above.addWidget(self._form())
        above.setStretchFactor(0, 2)
        above.setStretchFactor(1, 3)
        above.setSizes([380, 560])
        above.setChildrenCollapsible(False)
        below = QWidget()
        box = QVBoxLayout(below)
        box.setContentsMargins(0, 4, 0, 0)
        head = QHBoxLayout()
        self._first = QLabel(tr("First rows"))
        head.addWidget(self._first, 1)
        self._progress = QProgressBar()
        self._progress.setMaximumWidth(180)
        self._progress.setTextVisible(False)
        # A place of its own, so that nothing jumps when it comes and goes.
        keep = self._progress.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self._progress.setSizePolicy(keep)
        self._progress.hide()
        head.addWidget(self._progress)
        box.addLayout(head)
        self.rows = QTableWidget()
        self.rows.setObjectName("EnvZonesImportRows")
        self.rows.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.rows.setAccessibleName(tr("First rows"))
        self.rows.verticalHeader().setDefaultSectionSize(self.rows.fontMetrics().height() + 6)
        self._first.setBuddy(self.rows)
        box.addWidget(self.rows, 1)
        whole = QSplitter(Qt.Orientation.Vertical)
        whole.addWidget(above)
        whole.addWidget(below)
        whole.setSizes([240, 240])
        whole.setChildrenCollapsible(False)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self.bar)
        page.addWidget(whole, 1)

    def _form(self) -> QWidget:
        self.layer = QComboBox()
        self.layer.setObjectName("EnvZonesImportSourceLayer")
        self.layer.setToolTip(tr("Layer, sheet, or file of an archive"))
        self.encoding = QComboBox()
        self.encoding.setObjectName("EnvZonesImportEncoding")
        self.encoding.setToolTip(tr("How the bytes of the text are read; change it while you watch the rows below"))
        self.why = QLabel()
        self.why.setObjectName("EnvZonesImportEncodingWhy")
        self.why.setWordWrap(True)
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        self.header = QSpinBox()
        self.header.setRange(-1, 1000)
        self.header.setValue(-1)
        self.header.setSpecialValueText(tr("found by itself"))
        self.header.setToolTip(tr("Row with the column names; 0 where there is none"))
        self.header.setObjectName("EnvZonesImportHeader")
        self.east, self.north, self.wkt, self.form = QComboBox(), QComboBox(), QComboBox(), QComboBox()
        for box, name, tip in (
            (self.east, "East", tr("Column with the east coordinate or the longitude")),
            (self.north, "North", tr("Column with the north coordinate or the latitude")),
            (self.wkt, "Wkt", tr("Column with shapes as WKT, in place of two columns")),
            (self.form, "Form", tr("How the coordinates are written")),
        ):
            box.setObjectName(f"EnvZonesImport{name}")
            box.setToolTip(tip)
        for code, words in ((None, tr("found by itself")), ("degrees", tr("decimal degrees")),
                            ("dms", tr("degrees, minutes, seconds")), ("packed", tr("packed (ddd.mmss, dddmmss)")),
                            ("metres", tr("metres"))):  # fmt: skip
            self.form.addItem(words, code)
        self.closed = QCheckBox(tr("&Closed lines are areas"))
        self.closed.setToolTip(tr("Closed polylines of a drawing, closed tracks of a phone"))
        self.closed.setChecked(True)
        self._panel = QWidget()
        form = QFormLayout(self._panel)
        form.setContentsMargins(6, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._labels: dict[QWidget, QLabel] = {}
        for words, widget in (
            (tr("&Layer or sheet"), self.layer), (tr("&Encoding"), self.encoding), ("", self.why),
            (tr("Title ro&w"), self.header), (tr("Ea&st"), self.east), (tr("N&orth"), self.north),
            (tr("W&KT"), self.wkt),
            (tr("Wr&itten as"), self.form), ("", self.closed),
        ):  # fmt: skip
            label = QLabel(words)
            label.setBuddy(widget)
            form.addRow(label, widget)
            self._labels[widget] = label
            if isinstance(widget, QComboBox):
                widget.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
                widget.setMinimumContentsLength(16)
                widget.activated.connect(lambda _=0: self._told())
        self.header.valueChanged.connect(lambda _=0: self._told())
        self.closed.toggled.connect(lambda _=False: self._told())
        self._for_tables = (self.header, self.east, self.north, self.wkt, self.form)
        return self._panel

    # --- files --------------------------------------------------------------------------------------------------

    def add(self, paths: list[str]) -> None:
        """Put files on the list, each once, and look at the first new one."""
        there = self.paths()
        first = None
        for path in paths:
            path = import_source.main_file(str(path))
            if path in there:
                continue
            there.append(path)
            item = QListWidgetItem(self._icon(path), import_source.name_of(path))
            item.setData(_PATH, path)
            item.setToolTip(path)
            self.files.addItem(item)
            first = first or item
        idle = self._state.peek is None and not self._runner.busy
        if first is not None and (not self._state.path or idle):
            self.files.setCurrentItem(first)
        self.completeChanged.emit()

    def remove(self) -> None:
        """Take the chosen file off the list."""
        row = self.files.currentRow()
        if row >= 0:
            self.files.takeItem(row)
            if not self.files.count():
                self._state.path = ""
                self._clear()

    def paths(self) -> list[str]:
        """Return all files on the list."""
        return [self.files.item(k).data(_PATH) for k in range(self.files.count())]

    def waiting(self) -> list[str]:
        """Return the files on the list that were not imported yet."""
        return [path for path in self.paths() if path not in self.done]

    def finished_one(self, path: str) -> None:
        """Tick a file off, and choose the next."""
        self.done.add(path)
        for row in range(self.files.count()):
            item = self.files.item(row)
            if item.data(_PATH) == path:
                item.setIcon(self.style().standardIcon(QStyle.StandardPixmap.SP_DialogApplyButton))
                item.setToolTip(tr("{path} (imported)").format(path=path))

    def choose(self, path: str) -> None:
        """Look at one of the files."""
        for row in range(self.files.count()):
            if self.files.item(row).data(_PATH) == path:
                self.files.setCurrentRow(row)

    def _icon(self, path: str) -> Any:
        kinds = QStyle.StandardPixmap
        folder = not is_database(path) and Path(path).is_dir()
        return self.style().standardIcon(kinds.SP_DirIcon if folder else kinds.SP_FileIcon)

    def _folder(self) -> str:
        return QgsSettings().value(_FOLDER, str(Path.home()), type=str)

    def _browse(self) -> None:
        suffixes = (
            "shp", "gpkg", "kml", "kmz", "ovkml", "ovkmz", "geojson", "json", "dxf", "csv", "tsv", "xlsx", "xlsm",
            "txt",
            "zip", "gz", "tar", "tgz",
        )  # fmt: skip
        known = tr("Files that can be imported ({patterns})").format(patterns=" ".join(f"*.{one}" for one in suffixes))
        paths, _ = QFileDialog.getOpenFileNames(
            self, tr("Files to Import"), self._folder(), f"{known};;{tr('All files (*)')}"
        )
        if paths:
            QgsSettings().setValue(_FOLDER, str(Path(paths[0]).parent))
            self.add(paths)

    def _browse_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, tr("Folder to Import"), self._folder())
        if path:
            QgsSettings().setValue(_FOLDER, str(Path(path).parent))
            self.add([path])

    def _ask_table(self) -> None:
        text, answered = QInputDialog.getText(
            self, tr("Table of a Database"),
            tr("Address, such as service=planning?schema=public&table=plots (no password in it):"),
        )  # fmt: skip
        text = text.strip()
        if answered and is_database(text):
            self.add([text])
        elif answered and text:
            said = tr("{text} is no address of a database table.").format(text=text)
            self._say(Note("warning", "address", said, said))

    # --- looking at one -----------------------------------------------------------------------------------------

    def _chosen(self) -> None:
        item = self.files.currentItem()
        path = "" if item is None else item.data(_PATH)
        if path != self._state.path or self._state.peek is None:
            self._state.path = path
            self._state.options = ReadOptions(lines_as_areas=self.closed.isChecked())
            self._state.rejects = None
            self._look()

    def _told(self) -> None:
        """Read again the way the user says."""
        if self._filling or not self._state.path:
            return
        header = self.header.value()
        self._state.options = replace(
            self._state.options, layer=self.layer.currentData(), encoding=self.encoding.currentData(),
            header_row=None if header < 0 else header, x=self.east.currentData(), y=self.north.currentData(),
            wkt=self.wkt.currentData(), form=self.form.currentData(), lines_as_areas=self.closed.isChecked(),
        )  # fmt: skip
        self._look()

    def _look(self) -> None:
        state = self._state
        state.forget()
        self.bar.clearWidgets()
        self.completeChanged.emit()
        if not state.path:
            self._runner.stop()
            self._clear()
            return
        path, options = state.path, state.options
        self._runner.start(
            tr("Looking at {file}").format(file=state.name),
            lambda progress: import_source.peek(path, options, progress), self._seen, self._refused,
        )  # fmt: skip

    def _busy(self) -> None:
        self._progress.setVisible(self._runner.busy)
        self._progress.setRange(0, 0 if self._runner.busy else 1)

    def _refused(self, said: str) -> None:
        self._clear(form=self._state.options == ReadOptions(lines_as_areas=self.closed.isChecked()))
        self._say(Note("error", "refused", said, said))
        self.completeChanged.emit()

    def _seen(self, peek: Peek) -> None:
        state = self._state
        state.peek = peek
        self._filling = True
        try:
            self._fill_form(peek)
        finally:
            self._filling = False
        self._fill_rows(peek)
        if peek.refused:
            self._say(Note("error", "refused", peek.refused, peek.refused))
        else:
            order = ("info", "warning", "error")
            # The last one pushed lies on top.
            for note in sorted(peek.notes, key=lambda one: order.index(one.severity)):
                self._say(note)
            if peek.rejected:
                said = tr(
                    "{n} of the first rows cannot be read; the check lists them with the reason."
                ).format(n=peek.rejected)
                self._say(Note("warning", "rejected", said, said))
        self.completeChanged.emit()

    def _say(self, note: Note) -> None:
        said = note.zh if language() == "zh" else note.en
        if note.row:
            said = tr("Row {row}: {what}").format(row=note.row, what=said)
        self.bar.pushMessage("", html.escape(said) if Qt.mightBeRichText(said) else said, _LEVELS[note.severity], 0)

    def _clear(self, *, form: bool = True) -> None:
        self.rows.clear()
        self.rows.setRowCount(0)
        self.rows.setColumnCount(0)
        self._first.setText(tr("First rows"))
        self._panel.setEnabled(not form)
        if form:
            self.why.clear()

    def _fill_form(self, peek: Peek) -> None:
        options = self._state.options
        lang = language()
        self._panel.setEnabled(True)
        self.layer.clear()
        for one in peek.layers:
            words = one.name if one.count is None else tr("{layer} ({n} rows)").format(layer=one.name, n=one.count)
            self.layer.addItem(words, one.name)
        self.layer.setCurrentIndex(self.layer.findData(peek.layer))
        self.encoding.clear()
        found = peek.encoding
        known = dict(import_source.ENCODINGS)
        name = "" if found is None else known.get(found.name, found.name)
        if options.encoding is None and name:
            self.encoding.addItem(tr("{encoding} (found)").format(encoding=name), None)
        else:
            self.encoding.addItem(tr("found by itself"), None)
        for code, words in import_source.ENCODINGS:
            self.encoding.addItem(words, code)
        self.encoding.setCurrentIndex(max(0, self.encoding.findData(options.encoding)))
        why = "" if found is None else (found.zh if lang == "zh" else found.en)
        unsure = found is not None and not found.sure
        self.why.setText(tr("Not certain: {why}").format(why=why) if unsure else why)
        fixed = peek.format in ("gpkg", "fgdb", "geojson", "xlsx", "postgis")
        self.encoding.setEnabled(not fixed)
        tables = peek.format in import_source.TABLES
        for widget in self._for_tables:
            widget.setVisible(tables)
            self._labels[widget].setVisible(tables)
        shut = peek.format in import_source.CLOSED
        self.closed.setVisible(shut)
        self._labels[self.closed].setVisible(shut)
        if tables:
            self._fill_columns(peek, options)

    def _fill_columns(self, peek: Peek, options: ReadOptions) -> None:
        pair = peek.columns.get("pair")
        for box, key, chosen in (
            (self.east, "east", options.x), (self.north, "north", options.y), (self.wkt, "wkt", options.wkt),
        ):  # fmt: skip
            found = peek.columns.get(key) or (pair if key != "wkt" else None)
            box.clear()
            if chosen is None and found:
                box.addItem(tr("{column} (found)").format(column=found), None)
            else:
                box.addItem("—" if chosen is None else tr("found by itself"), None)
            for title in peek.titles:
                box.addItem(title, title)
            box.setCurrentIndex(max(0, box.findData(chosen)))
        self.form.setCurrentIndex(max(0, self.form.findData(options.form)))

    def _fill_rows(self, peek: Peek) -> None:
        self.rows.clear()
        self.rows.setColumnCount(len(peek.titles))
        self.rows.setRowCount(len(peek.rows))
        self.rows.setHorizontalHeaderLabels(list(peek.titles))
        for r, row in enumerate(peek.rows):
            for c, text in enumerate(row):
                item = QTableWidgetItem(text if len(text) <= 200 else text[:199] + "…")
                item.setToolTip(text[:2000])
                self.rows.setItem(r, c, item)
        self.rows.resizeColumnsToContents()
        for c in range(len(peek.titles)):
            self.rows.setColumnWidth(c, min(self.rows.columnWidth(c), 260))
        said = tr("First {n} rows of {layer} ({format})").format(
            n=len(peek.rows), layer=peek.layer or self._state.name, format=peek.format
        )
        self._first.setText(said)

    # --- the wizard ---------------------------------------------------------------------------------------------

    def isComplete(self) -> bool:  # noqa: N802 - Qt's name
        """Tell whether a file is chosen whose rows can be read."""
        peek = self._state.peek
        return peek is not None and not peek.refused and bool(peek.rows or peek.titles)

    def release(self) -> None:
        """Stop what runs."""
        self._runner.stop()
