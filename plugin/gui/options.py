"""Settings → Options → EnvZones: what holds for all projects of a profile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qgis.gui import QgsFileWidget, QgsOptionsPageWidget, QgsOptionsWidgetFactory
from qgis.PyQt import sip
from qgis.PyQt.QtCore import Qt, QUrl
from qgis.PyQt.QtGui import QDesktopServices, QIcon
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from .. import dependencies, paths
from ..compat import setting
from ..engine.errors import EnvZonesError
from ..project import settings
from ..texts import language, tr
from . import tasks

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

TITLE = "EnvZones"


class OptionsFactory(QgsOptionsWidgetFactory):
    """Makes the page each time that QGIS opens its options."""

    def __init__(self) -> None:
        super().__init__(TITLE, QIcon(str(paths.ICON)))

    def icon(self) -> QIcon:
        return QIcon(str(paths.ICON))

    def createWidget(self, parent: QWidget) -> QgsOptionsPageWidget:  # noqa: N802 - QGIS's name
        return OptionsPage(parent)


class Options:
    """Registers the page with QGIS."""

    def __init__(self, iface: QgisInterface) -> None:
        self._iface = iface
        self._factory = OptionsFactory()
        iface.registerOptionsWidgetFactory(self._factory)

    def release(self) -> None:
        """Take the page away."""
        self._iface.unregisterOptionsWidgetFactory(self._factory)


class OptionsPage(QgsOptionsPageWidget):
    """Shows the settings; nothing is written before QGIS asks for it with :meth:`apply`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesOptions")
        from .help import help_button

        inside = QWidget()
        box = QVBoxLayout(inside)
        # QGIS's own Help button finds pages of its manual only.
        box.addWidget(help_button("options"), 0, Qt.AlignmentFlag.AlignRight)
        box.addWidget(self._general())
        box.addWidget(self._files())
        box.addWidget(self._distances(), 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def helpKey(self) -> str:  # noqa: N802 - QGIS's name
        """Return the page of the bundled guide that QGIS's own help button opens."""
        from ..project import guide

        address = guide.url("options")
        return "" if address is None else address.toString()

    def apply(self) -> None:
        """Keep what was entered."""
        from ..project import editing

        editing.set_user_name(self._editor.text())
        settings.set_usual_day(self._day.currentData())
        if self.isValid():
            settings.set_export_folder(self._folder.filePath().strip())
        # Who exports is told where it is no longer there.
        settings.set_report_template(self._template.filePath().strip())
        settings.set_probe_card(self._card.isChecked())
        if self._table is not None:
            settings.set_usual_working(self._table.values())

    def isValid(self) -> bool:  # noqa: N802 - QGIS's name
        """Tell whether all that was entered can be kept (QGIS asks from 3.28 on)."""
        folder = self._folder.filePath().strip()
        return not folder or Path(folder).is_dir()

    # --- what holds for everything --------------------------------------------------------------------------

    def _general(self) -> QGroupBox:
        from ..project import editing

        group = QGroupBox(tr("General"))
        form = QFormLayout(group)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._editor = QLineEdit(setting(editing.NAME_SETTING, "", str))
        self._editor.setObjectName("EnvZonesEditor")
        self._editor.setPlaceholderText(editing.user_name())
        self._editor.setToolTip(tr("The name that edits of a map in a file are signed with"))
        self._day = QComboBox()
        self._day.setObjectName("EnvZonesUsualDay")
        self._day.addItem(tr("the day saved with the project"), settings.PROJECTS_DAY)
        self._day.addItem(tr("the day on which it is opened"), settings.TODAY)
        self._day.setCurrentIndex(max(self._day.findData(settings.usual_day()), 0))
        self._folder = QgsFileWidget()
        self._folder.setObjectName("EnvZonesExportFolder")
        self._folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self._folder.setFilePath(settings.export_folder())
        self._folder.lineEdit().setPlaceholderText(tr("the folder of the project"))
        self._template = QgsFileWidget()
        self._template.setObjectName("EnvZonesReportTemplate")
        self._template.setStorageMode(QgsFileWidget.StorageMode.GetFile)
        self._template.setFilter(tr("Word document (*.docx)"))
        self._template.setFilePath(settings.report_template())
        self._template.lineEdit().setPlaceholderText(tr("none; the built-in form is used"))
        self._template.setToolTip(tr("Your office's own document: its page, heads and styles are used"))
        self._card = QCheckBox(tr("Show the &card beside the mouse while probing"))
        self._card.setObjectName("EnvZonesProbeCard")
        self._card.setChecked(settings.probe_card())
        form.addRow(tr("&Editor:"), self._editor)
        form.addRow(tr("Projects &speak of:"), self._day)
        form.addRow(tr("E&xport folder:"), self._folder)
        form.labelForField(self._folder).setBuddy(self._folder.lineEdit())
        form.addRow(tr("Report &template:"), self._template)
        form.labelForField(self._template).setBuddy(self._template.lineEdit())
        form.addRow(self._card)
        return group

    # --- own files ------------------------------------------------------------------------------------------

    def _files(self) -> QGroupBox:
        from ..project import working

        group = QGroupBox(tr("Own layers, rulebooks and styles"))
        box = QVBoxLayout(group)
        said = QLabel(tr("Files in this folder take the place of the shipped ones of the same name:"))
        said.setWordWrap(True)
        place = QLineEdit(str(paths.user_folder()))
        place.setObjectName("EnvZonesOwnFolder")
        place.setReadOnly(True)
        opening = QPushButton(tr("Open Folder"))
        opening.clicked.connect(lambda _checked=False: self.open_folder())
        row = QHBoxLayout()
        row.addWidget(place, 1)
        row.addWidget(opening)
        self._shipped = QComboBox()
        self._shipped.setObjectName("EnvZonesShipped")
        self._shipped.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        kinds = {"rulebooks": tr("Rulebook"), "layers": tr("Layer"), "styles": tr("Style")}
        for kind, files in working.shipped_files().items():
            for file in files:
                self._shipped.addItem(f"{kinds[kind]}: {file.name}", str(file))
        copying = QPushButton(tr("Copy to Change It"))
        copying.setObjectName("EnvZonesCopyShipped")
        copying.setToolTip(tr("Copy this shipped file to the folder; changes to the copy count from then on"))
        copying.clicked.connect(lambda _checked=False: self.copy_shipped())
        second = QHBoxLayout()
        second.addWidget(self._shipped, 1)
        second.addWidget(copying)
        self._copied = QLabel()
        self._copied.setObjectName("EnvZonesCopied")
        self._copied.setWordWrap(True)
        self._copied.hide()
        box.addWidget(said)
        box.addLayout(row)
        box.addLayout(second)
        box.addWidget(self._copied)
        return group

    def open_folder(self) -> None:
        """Show the folder of own files, made if it is not there."""
        folder = paths.user_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._say(tr("{path} could not be made ({error}).").format(path=folder, error=error))
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def copy_shipped(self) -> None:
        """Copy the chosen file, and say where the copy is."""
        from ..project import working

        try:
            copy = working.copy_shipped(Path(self._shipped.currentData()))
        except EnvZonesError as error:
            self._say(str(error))
            return
        self._say(tr("Copied to {path}").format(path=copy))

    def _say(self, text: str) -> None:
        self._copied.setText(text)
        self._copied.show()

    # --- distances ------------------------------------------------------------------------------------------

    def _distances(self) -> QGroupBox:
        from .working_table import WorkingTable

        group = QGroupBox(tr("Working distances of new projects"))
        box = QVBoxLayout(group)
        hint = QLabel(
            tr(
                "Where a document gives no number (“beside rivers”), the office sets one. What is set here is copied"
                " into projects that have none of their own."
            )
        )
        hint.setWordWrap(True)
        box.addWidget(hint)
        self._table: WorkingTable | None = None
        lacking = dependencies.message()
        if lacking:
            hint.setText(lacking)
            return group
        self._reading = QLabel(tr("Reading the rulebooks…"))
        self._reading.setWordWrap(True)
        box.addWidget(self._reading)
        lang = language()

        def read(_progress: object) -> object:
            from ..project import working

            return working.distances(lang)

        def found(answer: tuple) -> None:
            if sip.isdeleted(self):
                return
            self._table = WorkingTable()
            self._table.setMinimumHeight(12 * self.fontMetrics().height())
            self._table.fill(answer[0], settings.usual_working())
            self._reading.setText("\n".join(answer[1]))
            self._reading.setVisible(bool(answer[1]))
            box.addWidget(self._table, 1)

        def failed(said: str) -> None:
            if not sip.isdeleted(self):
                self._reading.setText(said)

        tasks.start(tasks.Work(tr("Reading the rulebooks"), read, found, failed, quiet=True))
        return group
