"""The Export button of the desk's pages, and the dialog that writes a ledger, a report, a PDF or a web page."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsApplication, QgsProject, QgsSettings
from qgis.gui import QgsFileWidget
from qgis.PyQt import sip
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import (
    QAction,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from .. import dependencies
from ..compat import setting
from ..engine.errors import EnvZonesError
from ..paths import ICON
from ..project import report_out, settings
from ..texts import language, tr
from .help import add_help
from .paged import Bar, Pieces
from .publication_dialog import PublicationLine, ask
from .runner import Runner
from .say import say

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from ..project.report_out import Matter

_WITH_MAPS = "envzones/report_maps"
#: So many maps are drawn unless told otherwise; each takes a second or more.
_FEW = 20
_UNSAFE = '\\/:*?"<>|'


@dataclass(frozen=True)
class Kind:
    """A kind of document: the end of its name, what the dialog and the menu call it, and what it can hold."""

    suffix: str
    title: str
    entry: str
    tip: str
    files: str
    maps: bool = False
    template: bool = False


def kinds() -> Mapping[str, Kind]:
    """Return the kinds of documents, in the order of the menu."""
    return {
        "ledger": Kind(
            ".xlsx", tr("Export Ledger"), tr("Ledger (xlsx)…"), tr("Write the result to an Excel workbook"),
            tr("Excel workbook (*.xlsx)"),
        ),
        "report": Kind(
            ".docx", tr("Export Report"), tr("Report (docx)…"),
            tr("Write the result to a Word document, each clause quoted"), tr("Word document (*.docx)"), True, True,
        ),
        "pdf": Kind(
            ".pdf", tr("Export PDF"), tr("PDF…"), tr("Write the report as a PDF; needs LibreOffice"),
            tr("PDF (*.pdf)"), True, True,
        ),
        "page": Kind(
            ".html", tr("Export Web Page"), tr("Web Page (html)…"),
            tr("Write one file with an interactive map that needs no network"), tr("Web page (*.html)"),
        ),
    }  # fmt: skip


def lacking(kind: Kind) -> str:
    """Return in a sentence what is missing here for a kind of document, or an empty text."""
    said = dependencies.document_message(kind.suffix)
    if said or kind.suffix != ".pdf":
        return said
    from ..engine.report.pdf import libreoffice

    return "" if libreoffice() is not None else tr(
        "A PDF of a report is made by LibreOffice, which is not installed here; export the report (docx) instead."
    )


class ExportButton(QToolButton):
    """What leaves a page: a menu of documents and maps, and what the page adds to it.

    Parameters
    ----------
    page : str
        For the names of the entries.
    matter : callable
        Returns what a document is made of; it raises what keeps it from being written.
    again : callable, optional
        Computes the result anew, where it no longer holds.
    shown : callable, optional
        Returns the kind and the key of the map that the page is about; without it there are no maps.
    """

    def __init__(
        self, page: str, iface: QgisInterface, project: QgsProject, matter: Callable[[], Matter],
        again: Callable[[], Any] | None = None, shown: Callable[[], tuple[str, str]] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.setObjectName(f"EnvZones{page}_export")
        self.setAutoRaise(True)
        self.setIcon(QIcon(str(ICON.with_name("export.svg"))))
        self.setText(tr("Export"))
        self.setToolTip(f"<b>{tr('Export')}</b><br>{tr('Ledgers, reports and maps of the result')}")
        self.setAccessibleName(tr("Export"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(QMenu(self))
        self.menu().setToolTipsVisible(True)
        self.menu().aboutToShow.connect(self._look)
        self._page, self._iface, self._project = page, iface, project
        self._matter, self._again, self._shown = matter, again, shown
        self._able = False
        #: The dialog that was opened last.
        self.dialog: QDialog | None = None
        #: By name: ledger, report, pdf, page, map, atlas, and what was added.
        self.entries: dict[str, QAction] = {}
        self._kinds = kinds()
        signs = ("mActionOpenTable", "mActionFilePrint", "mActionSaveAsPDF", "mActionAddWmsLayer")
        for sign, (name, kind) in zip(signs, self._kinds.items()):
            self.add(name, kind.entry, kind.tip, f"/{sign}.svg", lambda name=name: self.export(name))
        if shown is not None:
            self.menu().addSeparator()
            self.add(
                "map", tr("Map…"), tr("Write a printed map of what is shown"), "/mActionSaveMapAsImage.svg",
                lambda: self._map(False),
            )  # fmt: skip
            self.add(
                "atlas", tr("Map Atlas…"), tr("Write printed maps, a page each"), "/mIconAtlas.svg",
                lambda: self._map(True),
            )  # fmt: skip
        self.allow(False)

    def add(self, name: str, title: str, tip: str, icon: str, slot: Callable[[], Any]) -> QAction:
        """Add an entry to the menu."""
        action = QAction(QgsApplication.getThemeIcon(icon), title, self)
        action.setObjectName(f"EnvZones{self._page}_{name}")
        action.setToolTip(tip)
        action.setStatusTip(tip)
        action.triggered.connect(lambda _checked=False: slot())
        self.menu().addAction(action)
        self.entries[name] = action
        return action

    def allow(self, documents: bool, maps: bool | None = None) -> None:
        """Enable what can be done."""
        self._able = documents
        for name in self._kinds:
            self.entries[name].setEnabled(documents)
        for name in ("map", "atlas"):
            if name in self.entries:
                self.entries[name].setEnabled(documents if maps is None else maps)

    def export(self, name: str) -> None:
        """Open the dialog of a kind of document."""
        self.dialog = export_report(self._iface, self._project, name, self._matter, self._again)

    def release(self) -> None:
        """Close the dialog that is open."""
        if self.dialog is not None and not sip.isdeleted(self.dialog):
            self.dialog.release()
        self.dialog = None

    def _map(self, atlas: bool) -> None:
        from .export_map import export_map

        kind, key = self._shown()
        self.dialog = export_map(self._iface, kind, key, atlas=atlas)

    def _look(self) -> None:
        """Disable the entries whose library is missing, and say so."""
        for name, kind in self._kinds.items():
            missing = lacking(kind)
            self.entries[name].setEnabled(self._able and not missing)
            self.entries[name].setToolTip(missing or kind.tip)
            self.entries[name].setStatusTip(missing or kind.tip)


def export_report(
    iface: QgisInterface, project: QgsProject, name: str, matter: Callable[[], Matter],
    again: Callable[[], Any] | None = None,
) -> ReportDialog | None:  # fmt: skip
    """Ask for whom and where to, and write a document; nothing is written where one of the questions is cancelled.

    Parameters
    ----------
    name : {"ledger", "report", "pdf", "page"}
    matter : callable
        Returns what the document is made of; it raises what keeps it from being written.
    again : callable, optional
        Computes the result anew, where it no longer holds.
    """
    kind = kinds()[name]
    missing = lacking(kind)
    if missing:
        say(iface, missing, "warning")
        return None
    try:
        made = matter()
    except EnvZonesError as error:
        say(iface, str(error), "warning")
        return None
    if made.note and not _go_on(iface.mainWindow(), made.note, again):
        return None
    if ask(iface, project) is None:
        return None
    dialog = ReportDialog(iface, project, kind, made)
    dialog.open()
    return dialog


def _go_on(parent: QWidget, note: str, again: Callable[[], Any] | None) -> bool:
    """Ask whether a result that no longer holds is exported; compute it anew where that is preferred."""
    box = QMessageBox(QMessageBox.Icon.Warning, tr("Export"), note, QMessageBox.StandardButton.NoButton, parent)
    box.setObjectName("EnvZonesStaleExport")
    roles = QMessageBox.ButtonRole
    anew = box.addButton(tr("Compute Again"), roles.ActionRole) if again is not None else None
    on = box.addButton(tr("Export All the Same"), roles.AcceptRole)
    off = box.addButton(tr("Cancel"), roles.RejectRole)
    box.setEscapeButton(off)
    box.setDefaultButton(anew or off)
    box.exec()
    pressed = box.clickedButton()
    box.deleteLater()
    if anew is not None and pressed is anew:
        again()
    return pressed is on


class ReportDialog(QDialog):
    """Asks for title and file, and whether maps and the office's template are used; then writes the document."""

    def __init__(
        self, iface: QgisInterface, project: QgsProject, kind: Kind, matter: Matter, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent or iface.mainWindow())
        self.setObjectName("EnvZonesReportDialog")
        self.setWindowTitle(kind.title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._iface, self._project, self._kind, self._matter = iface, project, kind, matter
        self._pieces, self._runner = Pieces(self), Runner(self)
        self._drawn: tempfile.TemporaryDirectory[str] | None = None
        self._build()
        self._pieces.progressed.connect(self._drawing)
        self._runner.progressed.connect(lambda percent, left: self._bar.tell(percent, left, tr("Writing the document")))
        letters = self.fontMetrics().averageCharWidth()
        self.resize(72 * letters, self.sizeHint().height())

    # --- widgets ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        kind, matter = self._kind, self._matter
        box = QVBoxLayout(self)
        if matter.note:
            box.addWidget(self._banner(matter.note))
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._title = QLineEdit(matter.title)
        self._title.setObjectName("EnvZonesReportTitle")
        self._file = QgsFileWidget()
        self._file.setObjectName("EnvZonesReportFile")
        self._file.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        self._file.setFilter(kind.files)
        self._file.setDialogTitle(kind.title)
        # Asked once, here, whether the name was typed or chosen.
        self._file.setConfirmOverwrite(False)
        self._file.setFilePath(str(self._folder() / f"{file_name(matter.title)}{kind.suffix}"))
        self._line = PublicationLine(self._project)
        form.addRow(tr("&Title:"), self._title)
        form.addRow(tr("&File:"), self._file)
        form.labelForField(self._file).setBuddy(self._file.lineEdit())
        self._template = QgsFileWidget()
        self._template.setObjectName("EnvZonesReportTemplate")
        self._template.setStorageMode(QgsFileWidget.StorageMode.GetFile)
        self._template.setFilter(tr("Word document (*.docx)"))
        self._template.lineEdit().setPlaceholderText(tr("none; the built-in form is used"))
        self._template.setToolTip(tr("Your office's own document: its page, heads and styles are used"))
        self._template.setFilePath(settings.report_template())
        if kind.template:
            form.addRow(tr("T&emplate:"), self._template)
            form.labelForField(self._template).setBuddy(self._template.lineEdit())
        number = len(matter.maps)
        self._maps = QCheckBox(tr("With &map pages ({n})").format(n=number))
        self._maps.setObjectName("EnvZonesReportMaps")
        self._maps.setEnabled(number > 0)
        self._maps.setChecked(0 < number <= _FEW and setting(_WITH_MAPS, True, bool))
        self._maps.setToolTip(
            tr("Draw a printed map of each site or section into the document") if number
            else tr("Nothing of this result is on the map; keep it as layers first")
        )  # fmt: skip
        if kind.maps:
            form.addRow("", self._maps)
        form.addRow(tr("For:"), self._line)
        box.addLayout(form)
        self._said = QLabel()
        self._said.setObjectName("EnvZonesReportSaid")
        self._said.setWordWrap(True)
        self._said.hide()
        box.addWidget(self._said)
        self._bar = Bar()
        box.addWidget(self._bar)
        box.addStretch(1)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._ok = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._ok.setText(tr("Export"))
        self._buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        add_help(self._buttons, "export")
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        box.addWidget(self._buttons)

    def _banner(self, note: str) -> QFrame:
        banner = QFrame()
        banner.setFrameShape(QFrame.Shape.StyledPanel)
        row = QHBoxLayout(banner)
        row.setContentsMargins(4, 2, 4, 2)
        sign, words = QLabel(), QLabel(note)
        side = round(self.fontMetrics().height() * 1.1)
        sign.setPixmap(QgsApplication.getThemeIcon("/mIconWarning.svg").pixmap(side, side))
        words.setWordWrap(True)
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(words, 1)
        return banner

    def _folder(self) -> Path:
        return export_folder(self._project)

    # --- writing ------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether the document is being written."""
        return self._pieces.busy or self._runner.busy

    def accept(self) -> None:
        """Draw the maps, then write the document."""
        path = self._path()
        if path is None or self.busy:
            return
        settings.set_export_folder(str(path.parent))
        if self._kind.template:
            settings.set_report_template(self._template.filePath().strip())
        if self._kind.maps and self._matter.maps:
            QgsSettings().setValue(_WITH_MAPS, self._maps.isChecked())
        self._tell("")
        self._shut(True)
        if self._kind.maps and self._maps.isChecked():
            self._drawn = tempfile.TemporaryDirectory(prefix="envzones-")
            steps = report_out.pages(
                self._project, self._matter.maps, language(), self._line.publication, Path(self._drawn.name)
            )
            self._bar.begin(tr("Drawing the maps"))
            self._pieces.start(steps, lambda maps: self._write(path, maps), self._failed)
        else:
            self._write(path, ())

    def _path(self) -> Path | None:
        """Return the file to write, None where it needs another look."""
        text = self._file.filePath().strip()
        path = Path(text) if text else None
        if path is not None and path.suffix.lower() != self._kind.suffix:
            path = path.with_name(f"{path.name}{self._kind.suffix}")
        template = self._template.filePath().strip() if self._kind.template else ""
        if path is None or not path.name.removesuffix(self._kind.suffix).strip():
            self._tell(tr("Name the file to write."))
        elif not path.parent.is_dir():
            self._tell(tr("The folder {folder} does not exist.").format(folder=path.parent))
        elif template and not Path(template).is_file():
            self._tell(tr("The template {path} does not exist.").format(path=template))
        elif may_replace(self, path):
            return path
        return None

    def _drawing(self, percent: float, left: float, coming: str) -> None:
        number = round(percent * len(self._matter.maps) / 100.0) + 1
        self._bar.tell(
            percent, left,
            tr("Map {n} of {total}: {title}").format(n=number, total=len(self._matter.maps), title=coming),
        )  # fmt: skip

    def _write(self, path: Path, maps: Any) -> None:
        matter, title, lang, publication = self._matter, self._title.text().strip(), language(), self._line.publication
        template = self._template.filePath().strip() if self._kind.template else ""
        self._bar.begin(tr("Writing the document"))

        def work(progress: Any) -> Path:
            return report_out.write(
                path, matter, title, lang, publication, maps=maps, template=Path(template) if template else None,
                progress=progress,
            )  # fmt: skip

        self._runner.start(tr("Writing the document"), work, self._written, self._failed, self._cancelled, quiet=True)

    def _written(self, path: Path) -> None:
        self._clear()
        say_written(self._iface, path)
        super().accept()

    def _failed(self, words: str) -> None:
        self._clear()
        self._shut(False)
        self._tell(words)

    def _cancelled(self) -> None:
        self._clear()
        self._shut(False)
        self._tell(tr("Cancelled; nothing was written."))

    def reject(self) -> None:
        """Stop what runs; close where nothing does."""
        if self._pieces.busy:
            self._pieces.stop()
            self._cancelled()
        elif self._runner.busy:
            self._buttons.button(QDialogButtonBox.StandardButton.Cancel).setEnabled(False)
            self._bar.begin(tr("stopping…"))
            self._runner.cancel()
        else:
            super().reject()

    def release(self) -> None:
        """Stop what runs, hear no more of it, and go."""
        self._pieces.stop()
        self._runner.stop()
        self._clear()
        super().reject()

    def _clear(self) -> None:
        """Take away the pictures of the maps."""
        if self._drawn is not None:
            self._drawn.cleanup()
        self._drawn = None

    def _shut(self, shut: bool) -> None:
        """Leave nothing to change while the document is written."""
        for one in (self._title, self._file, self._template, self._line, self._ok):
            one.setEnabled(not shut)
        self._maps.setEnabled(not shut and bool(self._matter.maps))
        self._buttons.button(QDialogButtonBox.StandardButton.Cancel).setEnabled(True)
        if not shut:
            self._bar.hide()

    def _tell(self, words: str) -> None:
        self._said.setText(words)
        self._said.setVisible(bool(words))


def export_folder(project: QgsProject) -> Path:
    """Return where exports go unless another folder is chosen."""
    return Path(settings.export_folder() or project.homePath() or Path.home())


def file_name(title: str) -> str:
    """Return a title as a file can be called."""
    return "".join("_" if sign in _UNSAFE or not sign.isprintable() else sign for sign in title).strip(" .") or "_"


def may_replace(parent: QWidget, path: Path) -> bool:
    """Ask before a file is replaced."""
    if not path.exists():
        return True
    buttons = QMessageBox.StandardButton
    box = QMessageBox(
        QMessageBox.Icon.Question, tr("Export"), tr("{path} exists already. Replace it?").format(path=path),
        buttons.NoButton, parent,
    )  # fmt: skip
    box.setObjectName("EnvZonesReplace")
    on = box.addButton(tr("Replace"), QMessageBox.ButtonRole.AcceptRole)
    off = box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(off)
    box.exec()
    pressed = box.clickedButton()
    box.deleteLater()
    return pressed is on


def say_written(iface: QgisInterface, path: Path) -> None:
    """Say with a link where a product is."""
    say(iface, tr("Written: <a href=\"{url}\">{path}</a>").format(url=path.as_uri(), path=path), "success")
