"""Export Map…: choose what a printed map shows, see it, have it checked, and write it, or a page each of many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsApplication, QgsProject
from qgis.gui import QgsFileWidget
from qgis.PyQt import sip
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QRadioButton,
    QSpinBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from ..engine.errors import Cancelled, EnvZonesError
from ..project import map_out, settings
from ..project.layout import Sheet
from ..project.map_out import OWN, Found, Held, Order, Subject
from ..texts import language, tr
from .export_preview import LayoutPreview
from .export_report import export_folder, file_name, may_replace, say_written
from .help import add_help
from .paged import Bar, Pieces, Pumped
from .publication_dialog import PublicationLine, ask
from .say import say
from .subject_combo import SubjectCombo

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

#: What the dialog remembers with the project.
_KEPT = "export_map"
_PAUSE_MS = 400
_LEAST_DPI, _USUAL_DPI, _MOST_DPI = 72, 200, 600


def export_map(
    iface: QgisInterface, kind: str = "", key: str = "", *, atlas: bool = False
) -> ExportMapDialog | None:
    """Open the dialog, with a subject chosen where one is given; ask first for whom the project's products are."""
    project = QgsProject.instance()
    if settings.onemap_path(project) is None:
        say(iface, tr("This project has no one map; make one with New One-Map Project… first."))
        return None
    if ask(iface, project) is None:
        return None
    try:
        dialog = ExportMapDialog(iface, project)
    except EnvZonesError as error:
        say(iface, str(error), "warning")
        return None
    if kind:
        dialog.choose(map_out.subject_of(kind, key), atlas)
    dialog.open()
    return dialog


class ExportMapDialog(QDialog):
    """Shows the choices on the left, the page and what is wrong with it on the right."""

    def __init__(self, iface: QgisInterface, project: QgsProject) -> None:
        super().__init__(iface.mainWindow())
        self.setObjectName("EnvZonesExportMap")
        self.setWindowTitle(tr("Export Map"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._iface, self._project, self._lang = iface, project, language()
        self._choices = map_out.choices(project, self._lang)
        self._pieces = Pieces(self)
        self._running: Pumped | None = None
        # The name that the dialog proposed: one that was typed is left alone.
        self._proposed = ""
        self._looked: Subject | Held | None = None
        self._item = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.preview)
        # The picture comes before what is wrong with it, so that the window is drawn between.
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(_PAUSE_MS // 4)
        self._next.timeout.connect(self._check_shown)
        # What is wrong with the page that is shown, None while that is not known.
        self._known: list[Found] | None = None
        self._build()
        self._pieces.progressed.connect(
            lambda percent, left, title: self._bar.tell(percent, left, tr("Checking {title}").format(title=title))
        )
        self._recall()
        for signal in self._signals():
            signal.connect(self._follow)
        self._line.changed.connect(self._later)
        self._follow()
        letters, lines = self.fontMetrics().averageCharWidth(), self.fontMetrics().height()
        self.resize(130 * letters, 34 * lines)

    # --- widgets ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        left = QWidget()
        box = QVBoxLayout(left)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._what())
        box.addWidget(self._sheet())
        box.addWidget(self._file_group())
        box.addStretch(1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(self._looks())
        splitter.setStretchFactor(1, 1)
        self._bar = Bar()
        self._said = QLabel()
        self._said.setObjectName("EnvZonesMapSaid")
        self._said.setWordWrap(True)
        self._said.hide()
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._ok = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._ok.setText(tr("Export"))
        self._buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        self._designer = self._buttons.addButton(
            tr("Open in Layout Designer"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self._designer.setObjectName("EnvZonesMapDesigner")
        self._designer.setToolTip(tr("Add the page to the project's layouts, to change it by hand"))
        self._designer.clicked.connect(self.open_designer)
        add_help(self._buttons, "export")
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.addWidget(splitter, 1)
        whole.addWidget(self._said)
        whole.addWidget(self._bar)
        whole.addWidget(self._buttons)

    def _what(self) -> QGroupBox:
        group = QGroupBox(tr("What to print"))
        self._one, self._each = QRadioButton(tr("&One page:")), QRadioButton(tr("A page &each:"))
        self._one.setObjectName("EnvZonesMapOne")
        self._each.setObjectName("EnvZonesMapEach")
        self._one.setChecked(True)
        pair = QButtonGroup(self)
        pair.addButton(self._one)
        pair.addButton(self._each)
        self._subject = SubjectCombo()
        self._subject.fill(self._choices, map_out.kinds())
        self._subject.setToolTip(tr("Type a part of the name to find it"))
        self._kind = QComboBox()
        self._kind.setObjectName("EnvZonesMapKind")
        for kind, title in map_out.kinds().items():
            number = sum(subject.kind == kind for subject, _ in self._choices)
            if number and kind not in ("onemap", OWN):
                self._kind.addItem(tr("{kind} ({n} pages)").format(kind=title, n=number), kind)
        self._each.setEnabled(self._kind.count() > 0)
        form = QFormLayout(group)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self._one, self._subject)
        form.addRow(self._each, self._kind)
        return group

    def _sheet(self) -> QGroupBox:
        group = QGroupBox(tr("Page"))
        self._paper, self._turned = QComboBox(), QComboBox()
        self._paper.setObjectName("EnvZonesMapPaper")
        self._turned.setObjectName("EnvZonesMapOrientation")
        for title, value in (("A4", "a4"), ("A3", "a3")):
            self._paper.addItem(title, value)
        for title, value in ((tr("Landscape"), "landscape"), (tr("Portrait"), "portrait")):
            self._turned.addItem(title, value)
        self._paper.setCurrentIndex(1)
        row = QHBoxLayout()
        row.addWidget(self._paper, 1)
        row.addWidget(self._turned, 2)
        form = QFormLayout(group)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("&Paper:"), row)
        form.labelForField(row).setBuddy(self._paper)
        self._line = PublicationLine(self._project)
        form.addRow(tr("For:"), self._line)
        return group

    def _file_group(self) -> QGroupBox:
        group = QGroupBox(tr("File"))
        self._format = QComboBox()
        self._format.setObjectName("EnvZonesMapFormat")
        for title, value in ((tr("PDF"), "pdf"), (tr("PNG image"), "png"), (tr("SVG drawing"), "svg")):
            self._format.addItem(title, value)
        self._dpi = QSpinBox()
        self._dpi.setObjectName("EnvZonesMapDpi")
        self._dpi.setRange(_LEAST_DPI, _MOST_DPI)
        self._dpi.setSingleStep(50)
        self._dpi.setSuffix(tr(" dpi"))
        self._dpi.setValue(_USUAL_DPI)
        row = QHBoxLayout()
        row.addWidget(self._format, 2)
        row.addWidget(self._dpi, 1)
        self._layers = QCheckBox(tr("&Layers that can be switched"))
        self._layers.setObjectName("EnvZonesMapLayers")
        self._layers.setToolTip(tr("A PDF reader can then show and hide the layers of the map"))
        self._place = QCheckBox(tr("Geore&ferenced"))
        self._place.setObjectName("EnvZonesMapPlace")
        self._place.setToolTip(tr("The file knows where it lies, so that it can be opened as a map layer"))
        self._place.setChecked(True)
        self._single = QCheckBox(tr("All pages in one &document"))
        self._single.setObjectName("EnvZonesMapSingle")
        self._single.setChecked(True)
        self._file = QgsFileWidget()
        self._file.setObjectName("EnvZonesMapFile")
        self._file.setConfirmOverwrite(False)
        form = QFormLayout(group)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("For&mat:"), row)
        form.labelForField(row).setBuddy(self._format)
        for one in (self._layers, self._place, self._single):
            form.addRow("", one)
        form.addRow(tr("&Write to:"), self._file)
        form.labelForField(self._file).setBuddy(self._file.lineEdit())
        return group

    def _looks(self) -> QWidget:
        self._picture = LayoutPreview()
        self._picture.setToolTip(tr("Turn the wheel to look closer"))
        self._flaws = QListWidget()
        self._flaws.setObjectName("EnvZonesMapFlaws")
        self._flaws.setWordWrap(True)
        self._flaws.setResizeMode(QListWidget.ResizeMode.Adjust)
        self._flaws.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._flaws.setToolTip(tr("Double-click to see where on the page"))
        self._flaws.itemDoubleClicked.connect(self._show_flaw)
        self._verdict = QLabel()
        self._verdict.setObjectName("EnvZonesMapVerdict")
        self._verdict.setWordWrap(True)
        self._anyway = QCheckBox(tr("E&xport despite errors"))
        self._anyway.setObjectName("EnvZonesMapAnyway")
        self._anyway.hide()
        self._anyway.toggled.connect(self._allow)
        row = QHBoxLayout()
        row.addWidget(self._verdict, 1)
        row.addWidget(self._anyway)
        below = QWidget()
        box = QVBoxLayout(below)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(row)
        box.addWidget(self._flaws, 1)
        looks = QSplitter(Qt.Orientation.Vertical)
        looks.setChildrenCollapsible(False)
        looks.addWidget(self._picture)
        looks.addWidget(below)
        looks.setStretchFactor(0, 3)
        looks.setStretchFactor(1, 1)
        return looks

    def _signals(self) -> list[Any]:
        return [
            self._one.toggled, self._subject.chosen, self._kind.currentIndexChanged, self._paper.currentIndexChanged,
            self._turned.currentIndexChanged, self._format.currentIndexChanged, self._single.toggled,
        ]  # fmt: skip

    # --- what is chosen -----------------------------------------------------------------------------------------

    def choose(self, subject: Subject | Held, atlas: bool = False) -> None:
        """Choose what is printed: this, or a page for each of its kind."""
        self._subject.choose(subject)
        place = self._kind.findData(subject.kind)
        if place >= 0:
            self._kind.setCurrentIndex(place)
        (self._each if atlas and self._each.isEnabled() else self._one).setChecked(True)

    @property
    def sheet(self) -> Sheet:
        """The sheet that is chosen."""
        return Sheet(self._paper.currentData(), self._turned.currentData())

    def pages(self) -> list[tuple[Subject | Held, str]]:
        """Return what is printed, with titles."""
        if self._each.isChecked():
            return [one for one in self._choices if one[0].kind == self._kind.currentData()]
        return [] if self._subject.subject is None else [(self._subject.subject, self._subject.title)]

    def order(self) -> Order:
        """Return what is to be printed, as it is chosen."""
        suffix, atlas = self._format.currentData(), self._each.isChecked()
        one_file = not atlas or (suffix == "pdf" and self._single.isChecked())
        path = Path(self._file.filePath().strip())
        if one_file and path.name and path.suffix.lower() != f".{suffix}":
            path = path.with_name(f"{path.name}.{suffix}")
        return Order(
            self.pages(), path, self.sheet, suffix, self._dpi.value(),
            layers=not atlas and suffix == "pdf" and self._layers.isChecked(),
            georeference=not atlas and suffix != "svg" and self._place.isChecked(), atlas=atlas, one_file=one_file,
        )  # fmt: skip

    def _follow(self, *_: Any) -> None:
        """Offer what belongs to the choice, and show it after a pause."""
        atlas, suffix = self._each.isChecked(), self._format.currentData()
        self._subject.setEnabled(not atlas)
        self._kind.setEnabled(atlas)
        own = not atlas and self._subject.subject is not None and self._subject.subject.kind == OWN
        for one in (self._paper, self._turned):
            one.setEnabled(not own)
        self._layers.setVisible(not atlas)
        self._layers.setEnabled(suffix == "pdf")
        self._place.setVisible(not atlas)
        self._place.setEnabled(suffix != "svg")
        self._single.setVisible(atlas)
        self._single.setEnabled(suffix == "pdf")
        self._dpi.setEnabled(suffix != "svg")
        self._propose()
        self._later()

    def _propose(self) -> None:
        """Name the file after what it shows, unless a name was typed."""
        order = self.order()
        modes = QgsFileWidget.StorageMode
        self._file.setStorageMode(modes.SaveFile if order.one_file else modes.GetDirectory)
        self._file.setDialogTitle(tr("Export Map"))
        self._file.setFilter(self._format.currentText() + f" (*.{order.suffix})")
        written = self._file.filePath().strip()
        folder = export_folder(self._project)
        if written and written != self._proposed:
            folder = Path(written) if Path(written).is_dir() else Path(written).parent
        title = map_out.kinds()[self._kind.currentData()] if order.atlas else self._subject.title
        name = folder / file_name(title)
        self._proposed = str(name.with_name(f"{name.name}.{order.suffix}") if order.one_file else folder)
        self._file.setFilePath(self._proposed)

    def _later(self, *_: Any) -> None:
        """Show the choice after a pause; what was shown is no longer it."""
        self._looked, self._item, self._known = None, "", None
        self._next.stop()
        self._picture.show_layout(None)
        self._show_flaws([])
        self._verdict.setText("")
        self._anyway.setChecked(False)
        self._pause.start()
        self._allow()

    # --- looking ------------------------------------------------------------------------------------------------

    def preview(self) -> None:
        """Make the page that is chosen, show it, and say what is wrong with it."""
        self._pause.stop()
        pages = self.pages()
        known = [one for one in pages if one[0] == self._looked] or pages[:1]
        if not known:
            self._verdict.setText(tr("There is nothing to print."))
            return
        subject, title = known[0]
        self._tell("")
        try:
            layout = map_out.make(self._project, subject, self.sheet, self._lang, self._line.publication)
        except EnvZonesError as error:
            self._tell(str(error))
            return
        self._picture.show_layout(layout)
        if self._looked is None:
            self._verdict.setText(tr("Checking {title}").format(title=title))
            self._next.start()
        self._looked = subject
        if self._item:
            self._picture.show_item(self._item)

    def _check_shown(self) -> None:
        layout, pages = self._picture.layout_shown, self.pages()
        if layout is None or not pages:
            return
        flaws = map_out.check_layout(layout, self._project)
        found = [Found(*pages[0], one) for one in flaws]
        self._show_flaws(found)
        if len(pages) == 1:
            self._known = found

    def _show_flaws(self, found: list[Found]) -> None:
        self._flaws.clear()
        several = len({one.subject for one in found}) > 1
        icon = QgsApplication.getThemeIcon
        for one in sorted(found, key=lambda one: not one.error):
            text = f"{one.title}: {one.flaw.message}" if several else one.flaw.message
            item = QListWidgetItem(icon("/mIconCritical.svg" if one.error else "/mIconWarning.svg"), text)
            item.setData(Qt.ItemDataRole.UserRole, one)
            item.setToolTip(text)
            self._flaws.addItem(item)
        self._errors = sum(one.error for one in found)
        warnings = len(found) - self._errors
        if not found:
            said = tr("No faults found on the page.")
        elif self._errors:
            said = tr("Errors: {errors}, warnings: {warnings}. Errors stop the export.").format(
                errors=self._errors, warnings=warnings
            )
        else:
            said = tr("Warnings: {warnings}.").format(warnings=warnings)
        self._verdict.setText(said)
        self._anyway.setVisible(self._errors > 0)
        self._allow()

    def _show_flaw(self, item: QListWidgetItem) -> None:
        found: Found = item.data(Qt.ItemDataRole.UserRole)
        self._item = found.flaw.item
        if found.subject == self._looked:
            self._picture.show_item(self._item)
        else:
            self._looked = found.subject
            self.preview()

    # --- writing ------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether pages are being checked or drawn."""
        return self._pieces.busy or self._running is not None

    def accept(self) -> None:
        """Check every page; where nothing stops it, draw them."""
        order = self.order()
        if self.busy or not order.pages or not self._may_write(order):
            return
        self._keep()
        settings.set_export_folder(str(order.path.parent if order.one_file else order.path))
        self._tell("")
        self._pause.stop()
        self._next.stop()
        self._shut(True)
        self._bar.begin(tr("Checking the pages"))
        if self._known is not None:
            self._checked(order, self._known)
            return
        steps = map_out.check_pages(self._project, order, self._lang, self._line.publication)
        self._pieces.start(steps, lambda found: self._checked(order, found), self._failed)

    def _may_write(self, order: Order) -> bool:
        folder = order.path.parent if order.one_file else order.path
        if not self._file.filePath().strip():
            self._tell(tr("Name the file to write."))
        elif not folder.is_dir():
            self._tell(tr("The folder {folder} does not exist.").format(folder=folder))
        else:
            return not order.one_file or may_replace(self, order.path)
        return False

    def _checked(self, order: Order, found: list[Found]) -> None:
        anyway = self._anyway.isChecked()
        self._show_flaws(found)
        self._anyway.setChecked(anyway)
        if self._errors and not anyway:
            self._shut(False)
            self._tell(tr("Nothing was written: mend the errors, or tick “Export despite errors”."))
            return
        self._draw(order)

    def _draw(self, order: Order) -> None:
        number = len(order.pages)

        def tell(percent: float, left: float, title: str) -> None:
            self._bar.tell(percent, left, title or tr("Drawing pages: {n}").format(n=number))

        running = self._running = Pumped(tell)
        try:
            made = self._picture.layout_shown if self._known is not None else None
            paths = map_out.print_order(self._project, order, self._lang, self._line.publication, running, made)
        except Cancelled:
            self._failed(tr("Cancelled; nothing was written."))
        except EnvZonesError as error:
            self._failed(str(error))
        else:
            self._written(order, paths)
        finally:
            if not sip.isdeleted(self):
                self._running = None

    def _written(self, order: Order, paths: list[Path]) -> None:
        if len(paths) == 1:
            say_written(self._iface, paths[0])
        else:
            words = tr("{n} maps written to <a href=\"{url}\">{path}</a>").format(
                n=len(paths), url=order.path.as_uri(), path=order.path
            )
            say(self._iface, words, "success")
        self._picture.show_layout(None)
        super().accept()

    def _failed(self, words: str) -> None:
        self._shut(False)
        self._tell(words)

    def reject(self) -> None:
        """Stop what runs; close where nothing does."""
        if self._pieces.busy:
            self._pieces.stop()
            self._failed(tr("Cancelled; nothing was written."))
        elif self._running is not None:
            self._running.cancel()
            self._buttons.button(QDialogButtonBox.StandardButton.Cancel).setEnabled(False)
        else:
            self._end()
            super().reject()

    def release(self) -> None:
        """Stop what runs, and go."""
        self._pieces.stop()
        if self._running is not None:
            self._running.cancel()
        self._end()
        super().reject()

    def _end(self) -> None:
        self._pause.stop()
        self._next.stop()
        self._picture.show_layout(None)

    def open_designer(self, _checked: bool = False) -> None:
        """Add the page that is shown to the project's layouts, and open it in QGIS's designer."""
        pages = self.pages()
        shown = next((one for one in pages if one[0] == self._looked), pages[0] if pages else None)
        if shown is None or self.busy:
            return
        try:
            layout = map_out.open_in_project(self._project, *shown, self.sheet, self._lang, self._line.publication)
        except EnvZonesError as error:
            self._tell(str(error))
            return
        self._keep()
        self.reject()
        self._iface.openLayoutDesigner(layout)

    # --- state --------------------------------------------------------------------------------------------------

    def _shut(self, shut: bool) -> None:
        for one in self.findChildren(QGroupBox):
            one.setEnabled(not shut)
        self._designer.setEnabled(not shut)
        self._buttons.button(QDialogButtonBox.StandardButton.Cancel).setEnabled(True)
        if not shut:
            self._bar.hide()
        self._allow(shut=shut)

    def _allow(self, *_: Any, shut: bool | None = None) -> None:
        stopped = getattr(self, "_errors", 0) > 0 and not self._anyway.isChecked()
        self._ok.setEnabled(not (self.busy if shut is None else shut) and not stopped and bool(self.pages()))

    def _tell(self, words: str) -> None:
        self._said.setText(words)
        self._said.setVisible(bool(words))

    def _keep(self) -> None:
        """Remember the choices with the project."""
        subject, order = self._subject.subject, self.order()
        settings.set_page_state(self._project, _KEPT, {
            "subject": [subject.kind, subject.key] if subject is not None else [], "kind": self._kind.currentData(),
            "atlas": order.atlas, "paper": order.sheet.paper, "orientation": order.sheet.orientation,
            "format": order.suffix, "dpi": order.dpi, "layers": self._layers.isChecked(),
            "place": self._place.isChecked(), "single": self._single.isChecked(),
        })  # fmt: skip

    def _recall(self) -> None:
        kept = settings.page_state(self._project, _KEPT)
        subject = kept.get("subject")
        if isinstance(subject, list) and len(subject) == 2 and subject[0] in map_out.kinds():
            self._subject.choose(map_out.subject_of(str(subject[0]), str(subject[1])))
        for combo, name in (
            (self._kind, "kind"), (self._paper, "paper"), (self._turned, "orientation"), (self._format, "format"),
        ):  # fmt: skip
            place = combo.findData(kept.get(name))
            if place >= 0:
                combo.setCurrentIndex(place)
        if isinstance(kept.get("dpi"), int):
            self._dpi.setValue(kept["dpi"])
        for box, name in ((self._layers, "layers"), (self._place, "place"), (self._single, "single")):
            if isinstance(kept.get(name), bool):
                box.setChecked(kept[name])
        if kept.get("atlas") is True and self._each.isEnabled():
            self._each.setChecked(True)
