"""Import Files…: from a file as an office sent it to rows of a layer of the one map, confirmed step by step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import Qgis, QgsProject
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QWizard

from .. import paths
from ..engine.catalog import load_catalog
from ..engine.errors import EnvZonesError
from ..engine.location import Location
from ..project import settings
from ..project.import_state import State
from ..texts import tr
from .help import add_wizard_help
from .import_check import CheckPage
from .import_crs import CrsPage
from .import_fields import FieldsPage
from .import_files import FilesPage
from .import_run import RunPage

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

FILES, CRS, FIELDS, CHECK, RUN = range(5)
#: What the guide calls these pages.
_HELP = ("files", "coordinates", "fields", "check", "run")


class ImportWizard(QWizard):
    """Five pages: files, coordinates, fields, check, import."""

    def __init__(self, iface: QgisInterface, where: Path | Location, parent: Any = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesImport")
        self.setWindowTitle(tr("Import Files"))
        self.setWindowIcon(QIcon(str(paths.ICON)))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlags(self.windowFlags() | Qt.WindowType.WindowMaximizeButtonHint)
        self.setWizardStyle(QWizard.WizardStyle.ModernStyle)
        self.setOption(QWizard.WizardOption.NoBackButtonOnStartPage, True)
        self.setOption(QWizard.WizardOption.NoCancelButtonOnLastPage, True)
        # A page keeps what was entered when one goes back.
        self.setOption(QWizard.WizardOption.IndependentPages, False)
        for which, words in (
            (QWizard.WizardButton.BackButton, tr("< &Back")), (QWizard.WizardButton.NextButton, tr("&Next >")),
            (QWizard.WizardButton.CommitButton, tr("&Import")), (QWizard.WizardButton.FinishButton, tr("&Finish")),
            (QWizard.WizardButton.CancelButton, tr("Cancel")), (QWizard.WizardButton.HelpButton, tr("&Help")),
        ):  # fmt: skip
            self.setButtonText(which, words)
        self._iface = iface
        self.state = State(where, load_catalog(paths.user_layers()))
        self.files, self.crs = FilesPage(self.state), CrsPage(self.state)
        self.fields, self.check = FieldsPage(self.state), CheckPage(self.state)
        self.run = RunPage(self.state, iface)
        for number, page in enumerate((self.files, self.crs, self.fields, self.check, self.run)):
            self.setPage(number, page)
        add_wizard_help(self, lambda: f"import#{_HELP[max(self.currentId(), 0)]}")
        self.check.map_words.connect(self._map_words)
        self.run.imported.connect(self.files.finished_one)
        self.run.imported.connect(lambda _path: self.check.forget())
        self.run.completeChanged.connect(self._queue)
        self.run.again.clicked.connect(lambda _=False: self.next_file())
        self.currentIdChanged.connect(lambda _=0: self._queue())
        QgsProject.instance().cleared.connect(self._project_gone)
        self.setMinimumSize(760, 520)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size that fits a laptop's screen of 1366 by 768."""
        return QSize(1080, 640)

    # --- several files ------------------------------------------------------------------------------------------

    def _queue(self) -> None:
        waiting = self.files.waiting()
        failed = self.run.loaded is None
        self.run.again.setVisible((failed or bool(waiting)) and not self.run.busy)
        self.run.again.setText(
            tr("Start &Again") if failed else tr("Import &Next File ({n} left)").format(n=len(waiting))
        )

    def next_file(self) -> None:
        """Begin again with the next file of the list, with the same one where nothing was imported.

        The mapping is proposed again where its columns are there.
        """
        waiting = self.files.waiting()
        failed = self.run.loaded is None
        self.restart()
        if waiting and not failed:
            self.files.choose(waiting[0])

    def _map_words(self, field: str) -> None:
        """Go back to say what a word means."""
        self.back()
        self.fields.show_field(field)

    # --- leaving ------------------------------------------------------------------------------------------------

    def reject(self) -> None:
        """Close; while rows are written, cancel first."""
        if self.run.busy:
            self.run.cancel()
            return
        super().reject()

    def done(self, result: int) -> None:
        """Let go of everything, and close."""
        self._release()
        super().done(result)

    def release(self) -> None:
        """Close without asking: the plugin goes."""
        self.run.release()
        self.done(int(QWizard.DialogCode.Rejected))

    def _release(self) -> None:
        project = QgsProject.instance()
        try:
            project.cleared.disconnect(self._project_gone)
        except TypeError:  # let go of already
            return
        for page in (self.files, self.crs, self.fields, self.check, self.run):
            getattr(page, "release", lambda: None)()

    def _project_gone(self) -> None:
        """The project that the map belongs to was closed."""
        if not sip.isdeleted(self) and not self.run.busy:
            self.release()


def open_wizard(iface: QgisInterface, files: list[str] | None = None) -> ImportWizard | None:
    """Open the wizard for the project's one map; tell where there is none."""
    project = QgsProject.instance()
    where = settings.onemap_path(project)
    bar = iface.messageBar()
    if where is None:
        bar.pushMessage(
            "EnvZones", tr("This project has no one map; make one with New One-Map Project… first."),
            Qgis.MessageLevel.Info,
        )  # fmt: skip
        return None
    try:
        wizard = ImportWizard(iface, where, iface.mainWindow())
    except EnvZonesError as error:
        bar.pushMessage("EnvZones", str(error), Qgis.MessageLevel.Warning)
        return None
    wizard.resize(wizard.sizeHint())
    wizard.show()
    if files:
        wizard.files.add([str(one) for one in files])
    return wizard
