"""Items Ledger…: the items to be rectified as an Excel workbook, of all time or of one week, month, quarter or year."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import QDate, Qt
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
)

from ..engine.errors import EnvZonesError
from ..project import items_out, settings
from ..texts import tr
from .export_report import export_folder, file_name, kinds, lacking, may_replace, say_written
from .help import add_help
from .paged import Bar
from .publication_dialog import PublicationLine, ask
from .runner import Runner
from .say import say

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from .desk_state import DeskState


def items_ledger(iface: QgisInterface, state: DeskState) -> ItemsLedgerDialog | None:
    """Open the dialog; ask first for whom the project's products are."""
    missing = lacking(kinds()["ledger"])
    if missing:
        say(iface, missing, "warning")
        return None
    if ask(iface, state.project) is None:
        return None
    dialog = ItemsLedgerDialog(iface, state)
    dialog.open()
    return dialog


class ItemsLedgerDialog(QDialog):
    """Asks for the span and the file, and writes the ledger in the background."""

    def __init__(self, iface: QgisInterface, state: DeskState) -> None:
        super().__init__(iface.mainWindow())
        self.setObjectName("EnvZonesItemsLedger")
        self.setWindowTitle(tr("Items Ledger"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._iface, self._state = iface, state
        self._runner = Runner(self)
        self._runner.progressed.connect(lambda percent, left: self._bar.tell(percent, left, tr("Writing the ledger")))
        self._proposed = ""
        self._build()
        self._span.currentIndexChanged.connect(self._follow)
        self._day.dateChanged.connect(self._follow)
        self._follow()
        self.resize(64 * self.fontMetrics().averageCharWidth(), self.sizeHint().height())

    def _build(self) -> None:
        self._span = QComboBox()
        self._span.setObjectName("EnvZonesItemsSpan")
        titles = {
            "": tr("all items"), "week": tr("one week"), "month": tr("one month"), "quarter": tr("one quarter"),
            "year": tr("one year"),
        }  # fmt: skip
        for span in items_out.SPANS:
            self._span.addItem(titles[span], span)
        day = self._state.day
        self._day = QDateEdit(QDate(day.year, day.month, day.day))
        self._day.setObjectName("EnvZonesItemsDay")
        self._day.setCalendarPopup(True)
        self._day.setDisplayFormat("yyyy-MM-dd")
        self._day.setToolTip(tr("The week, month, quarter or year is the one that holds this day"))
        self._photos = QCheckBox(tr("With p&hotos"))
        self._photos.setObjectName("EnvZonesItemsPhotos")
        self._photos.setToolTip(tr("A sheet with the photos before and after; they lie beside the map"))
        self._photos.setChecked(True)
        self._file = QgsFileWidget()
        self._file.setObjectName("EnvZonesItemsFile")
        self._file.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        self._file.setFilter(tr("Excel workbook (*.xlsx)"))
        self._file.setDialogTitle(tr("Items Ledger"))
        self._file.setConfirmOverwrite(False)
        self._line = PublicationLine(self._state.project)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("&Items of:"), self._span)
        form.addRow(tr("&Day:"), self._day)
        form.addRow("", self._photos)
        form.addRow(tr("&File:"), self._file)
        form.labelForField(self._file).setBuddy(self._file.lineEdit())
        form.addRow(tr("For:"), self._line)
        self._said = QLabel()
        self._said.setObjectName("EnvZonesItemsSaid")
        self._said.setWordWrap(True)
        self._bar = Bar()
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._ok = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._ok.setText(tr("Export"))
        self._buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        add_help(self._buttons, "export")
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addLayout(form)
        box.addWidget(self._said)
        box.addWidget(self._bar)
        box.addStretch(1)
        box.addWidget(self._buttons)
        self._tell(
            tr("Edits of items that are not saved are not in the ledger.")
            if items_out.unsaved(self._state.project) else ""
        )  # fmt: skip

    @property
    def day(self) -> date:
        """The day that is chosen."""
        chosen = self._day.date()
        return date(chosen.year(), chosen.month(), chosen.day())

    def _follow(self, *_: Any) -> None:
        """Name the file after the span, unless a name was typed."""
        period = items_out.span_of(self._span.currentData(), self.day)
        if self._file.filePath().strip() in ("", self._proposed):
            words = period.split(":")[1] if period else self.day.isoformat()
            name = file_name(f"{tr('Items ledger')} {words}")
            self._proposed = str(export_folder(self._state.project) / f"{name}.xlsx")
            self._file.setFilePath(self._proposed)

    def accept(self) -> None:
        """Write the ledger."""
        text = self._file.filePath().strip()
        path = Path(text)
        if text and path.suffix.lower() != ".xlsx":
            path = path.with_name(f"{path.name}.xlsx")
        if self._runner.busy:
            return
        if not text:
            self._tell(tr("Name the file to write."))
            return
        if not path.parent.is_dir():
            self._tell(tr("The folder {folder} does not exist.").format(folder=path.parent))
            return
        if not may_replace(self, path):
            return
        try:
            read, folder = items_out.reader(self._state.project)
        except EnvZonesError as error:
            self._tell(str(error))
            return
        settings.set_export_folder(str(path.parent))
        day, period = self.day, items_out.span_of(self._span.currentData(), self.day)
        photos = folder if self._photos.isChecked() else None
        lang, publication = self._state.lang, self._line.publication

        def work(progress: Any) -> Path:
            return items_out.write(path, read, photos, day, period, lang, publication, progress)

        self._tell("")
        self._shut(True)
        self._bar.begin(tr("Writing the ledger"))
        self._runner.start(tr("Writing the ledger"), work, self._written, self._failed, self._cancelled)

    def _written(self, path: Path) -> None:
        say_written(self._iface, path)
        super().accept()

    def _failed(self, words: str) -> None:
        self._shut(False)
        self._tell(words)

    def _cancelled(self) -> None:
        self._failed(tr("Cancelled; nothing was written."))

    def reject(self) -> None:
        """Stop what runs; close where nothing does."""
        if self._runner.busy:
            self._runner.cancel()
        else:
            super().reject()

    def release(self) -> None:
        """Stop what runs, hear no more of it, and go."""
        self._runner.stop()
        super().reject()

    def _shut(self, shut: bool) -> None:
        for one in (self._span, self._day, self._photos, self._file, self._line, self._ok):
            one.setEnabled(not shut)
        if not shut:
            self._bar.hide()

    def _tell(self, words: str) -> None:
        self._said.setText(words)
        self._said.setVisible(bool(words))
