"""New One-Map Project…: make a one map and open its project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import Qgis, QgsCoordinateReferenceSystem, QgsProject
from qgis.gui import QgsFileWidget, QgsProjectionSelectionWidget
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QRadioButton,
    QVBoxLayout,
)

from .. import paths
from ..engine.errors import EnvZonesError
from ..project import make
from ..texts import language, tr
from . import tasks
from .help import add_help

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

DEMO = paths.RESOURCES / "demo" / "jiyuan"
_DEFAULT_CRS = "EPSG:4547"


@dataclass(frozen=True)
class Answer:
    """What the user asked for."""

    path: Path
    demo: bool
    title: str
    place: str
    work_crs: str


class NewProjectDialog(QDialog):
    """Asks for the file, the content, the city and the CRS to work in."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesNewProject")
        self.setWindowTitle(tr("New One-Map Project"))
        self.setMinimumWidth(480)
        self._demo = QRadioButton(tr("Demonstration map of Jiyuan, with zones of all themes"))
        self._empty = QRadioButton(tr("Empty map with all layers"))
        self._file = QgsFileWidget()
        self._file.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        self._file.setFilter(tr("One map (*.gpkg)"))
        self._file.setDialogTitle(tr("Save the One Map As"))
        self._title = QLineEdit()
        self._place = QLineEdit()
        self._crs = QgsProjectionSelectionWidget()
        self._crs.setCrs(QgsCoordinateReferenceSystem(_DEFAULT_CRS))
        self._hint = QLabel(
            tr(
                "The map is stored in CGCS2000 degrees (EPSG:4490). The working CRS is the city's CGCS2000"
                " 3-degree zone, so that you draw in metres."
            )
        )
        self._hint.setWordWrap(True)
        form = QFormLayout()
        form.addRow(tr("Content"), self._demo)
        form.addRow("", self._empty)
        form.addRow(tr("File"), self._file)
        form.addRow(tr("Title"), self._title)
        form.addRow(tr("City or county"), self._place)
        form.addRow(tr("Working CRS"), self._crs)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("Create"))
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        add_help(buttons, "new-project")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        box = QVBoxLayout(self)
        box.addLayout(form)
        box.addWidget(self._hint)
        box.addStretch(1)
        box.addWidget(buttons)
        self._demo.toggled.connect(self._follow)
        self._file.fileChanged.connect(self._follow)
        self._crs.crsChanged.connect(self._follow)
        has_demo = DEMO.is_dir()
        self._demo.setEnabled(has_demo)
        (self._demo if has_demo else self._empty).setChecked(True)
        self._follow()

    def answer(self) -> Answer:
        """Return what was entered."""
        text = self._file.filePath().strip()
        path = Path(text if text.lower().endswith(".gpkg") else f"{text}.gpkg")
        return Answer(
            path,
            self._demo.isChecked(),
            self._title.text().strip(),
            self._place.text().strip(),
            self._crs.crs().authid(),
        )

    def set_file(self, path: Path) -> None:
        """Enter the file."""
        self._file.setFilePath(str(path))

    def accept(self) -> None:
        """Close with OK, after asking whether an existing file may be replaced."""
        path = self.answer().path
        if path.exists():
            said = QMessageBox.question(
                self, self.windowTitle(), tr("{path} is there already. Replace it?").format(path=path)
            )
            if said != QMessageBox.StandardButton.Yes:
                return
        super().accept()

    def _follow(self, *_: Any) -> None:
        demo = self._demo.isChecked()
        # The demonstration brings its own title, city and working CRS.
        for widget in (self._title, self._place, self._crs):
            widget.setEnabled(not demo)
        self._ok.setEnabled(bool(self._file.filePath().strip()) and (demo or self._crs.crs().isValid()))

    @classmethod
    def ask(cls, iface: QgisInterface) -> None:
        """Show the dialog; on OK make the map in the background and open its project."""
        dialog = cls(iface.mainWindow())
        if dialog.exec() == QDialog.DialogCode.Accepted:
            create_and_open(iface, dialog.answer())
        dialog.deleteLater()


def create_and_open(iface: QgisInterface, wish: Answer) -> None:
    """Make the one map in the background, then its project in the window."""
    bar, lang = iface.messageBar(), language()

    def made(meta: dict[str, str]) -> None:
        if not iface.newProject(True):
            bar.pushMessage("EnvZones", tr("Map written to {path}").format(path=wish.path), Qgis.MessageLevel.Info)
            return
        project = QgsProject.instance()
        out = wish.path.with_suffix(".qgz")
        try:
            day = date.fromisoformat(meta["as_of"]) if meta.get("as_of") else date.today()
            make.open_project(project, wish.path, out, lang, day)
        except EnvZonesError as error:
            bar.pushMessage("EnvZones", str(error), Qgis.MessageLevel.Warning)
            return
        canvas = iface.mapCanvas()
        canvas.setReferencedExtent(project.viewSettings().defaultViewExtent())
        canvas.refresh()
        bar.pushMessage("EnvZones", tr("Project written to {path}").format(path=out), Qgis.MessageLevel.Success)

    tasks.start_or_run(
        tasks.Work(
            tr("Making the one map"),
            lambda progress: make.write_map(
                wish.path, DEMO if wish.demo else None, wish.title, wish.place, wish.work_crs, progress
            ),
            made,
            lambda said: bar.pushMessage("EnvZones", said, Qgis.MessageLevel.Warning),
        )
    )
