"""Open a Shared Map…: choose a one map in PostgreSQL, test the connection, build its project.

Passwords are kept by QGIS's authentication, a service file or the password file; none is entered here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import Qgis, QgsProject, QgsSettings
from qgis.gui import QgsAuthConfigSelect, QgsFileWidget
from qgis.PyQt import sip
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QIntValidator
from qgis.PyQt.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..compat import setting
from ..engine import pg
from ..engine.errors import EnvZonesError
from ..engine.location import SCHEMA, Location
from ..project import make, source
from ..texts import language, tr
from . import tasks
from .help import add_help

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

#: libpq's modes, from what most servers take to what checks the most.
SSL_MODES = ("prefer", "require", "verify-ca", "verify-full", "disable")
_KEPT = "envzones/shared/"


@dataclass(frozen=True)
class Wish:
    """What the user asked for: which map, and where its project goes."""

    place: Location
    project: Path


class SharedMapDialog(QDialog):
    """Asks for server, database and map, credentials by the id under which QGIS keeps them, and the project's file."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesSharedMap")
        self.setWindowTitle(tr("Open a Shared Map"))
        self.setMinimumWidth(520)
        self._service, self._host, self._port = QLineEdit(), QLineEdit(), QLineEdit()
        self._service.setToolTip(tr("A section of the service file pg_service.conf; it takes the place of the host"))
        self._port.setValidator(QIntValidator(1, 65535, self._port))
        self._port.setMaximumWidth(80)
        self._database, self._user = QLineEdit(), QLineEdit()
        self._user.setToolTip(tr("Only with a password file; with stored credentials leave it empty"))
        self._ssl = QComboBox()
        self._ssl.addItems(list(SSL_MODES))
        self._auth = QgsAuthConfigSelect(self, "postgres")
        self._schema = QComboBox()
        self._schema.setEditable(True)
        self._schema.setObjectName("EnvZonesSharedSchema")
        self._test = QPushButton(tr("Test Connection"))
        self._said = QLabel()
        self._said.setObjectName("EnvZonesSharedSaid")
        self._said.setWordWrap(True)
        self._said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._file = QgsFileWidget()
        self._file.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        self._file.setFilter(tr("QGIS project (*.qgz *.qgs)"))
        self._file.setDialogTitle(tr("Save the Project As"))
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._ok = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._ok.setText(tr("Open"))
        self._buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        add_help(self._buttons, "shared-map")
        self._arrange()
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._test.clicked.connect(self.test)
        for edit in (self._service, self._host, self._port, self._database, self._user):
            edit.textChanged.connect(self._follow)
        self._schema.editTextChanged.connect(self._follow)
        self._file.fileChanged.connect(self._follow)
        self._recall()
        self._follow()

    def _arrange(self) -> None:
        hint = QLabel(
            tr(
                "A shared map is a schema of a PostgreSQL database that several people edit. Your password is kept by"
                " QGIS's authentication, a service file or the password file; the project never holds it."
            )
        )
        hint.setWordWrap(True)
        server = QWidget()
        row = QHBoxLayout(server)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._host, 1)
        row.addWidget(QLabel(tr("Port")))
        row.addWidget(self._port)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("Service"), self._service)
        form.addRow(tr("Host"), server)
        form.addRow(tr("Database"), self._database)
        form.addRow(tr("SSL mode"), self._ssl)
        form.addRow(tr("Credentials"), self._auth)
        form.addRow(tr("User"), self._user)
        test = QHBoxLayout()
        test.addWidget(self._test)
        test.addStretch(1)
        form.addRow("", test)
        form.addRow(tr("Map (schema)"), self._schema)
        form.addRow(tr("Project file"), self._file)
        box = QVBoxLayout(self)
        box.addWidget(hint)
        box.addLayout(form)
        # Room for what a server says, so that the window does not jump.
        self._said.setMinimumHeight(2 * self._said.fontMetrics().lineSpacing())
        self._said.setAlignment(Qt.AlignmentFlag.AlignTop)
        box.addWidget(self._said, 1)
        box.addWidget(self._buttons)

    # --- what was entered -----------------------------------------------------------------------------------

    def place(self) -> Location:
        """Return the address that was entered."""
        service = self._service.text().strip()
        dsn = {
            "service": service,
            "host": "" if service else self._host.text().strip(),
            "port": "" if service else self._port.text().strip(),
            "dbname": self._database.text().strip(),
            "user": self._user.text().strip(),
            "authcfg": self._auth.configId(),
            "sslmode": "" if self._ssl.currentText() == SSL_MODES[0] else self._ssl.currentText(),
        }
        schema = self._schema.currentText().strip() or SCHEMA
        # Read as an address from a stranger is: a schema that can be none is told here.
        return source.location(str(Location(dsn={key: value for key, value in dsn.items() if value}, schema=schema)))

    def wish(self) -> Wish:
        """Return what was entered.

        Raises
        ------
        InputError
            If the schema's name can be none.
        """
        text = self._file.filePath().strip()
        return Wish(self.place(), Path(text if text.lower().endswith((".qgz", ".qgs")) else f"{text}.qgz"))

    def set_address(self, place: Location, project: Path | None = None) -> None:
        """Enter an address."""
        dsn = place.dsn or {}
        pairs = ((self._service, "service"), (self._host, "host"), (self._port, "port"), (self._database, "dbname"),
                 (self._user, "user"))  # fmt: skip
        for edit, key in pairs:
            edit.setText(dsn.get(key, ""))
        self._ssl.setCurrentText(dsn.get("sslmode", SSL_MODES[0]))
        self._auth.setConfigId(dsn.get("authcfg", ""))
        self._schema.setEditText(place.schema)
        if project is not None:
            self._file.setFilePath(str(project))

    def _recall(self) -> None:
        text = setting(f"{_KEPT}address", "", str)
        try:
            place = source.location(text) if text else Location(dsn={"host": "", "port": "5432"})
        except EnvZonesError:
            return
        if place.path is None:
            self.set_address(place)

    def _follow(self, *_: Any) -> None:
        service = bool(self._service.text().strip())
        for edit in (self._host, self._port):
            edit.setEnabled(not service)
        reachable = service or bool(self._database.text().strip())
        self._test.setEnabled(reachable)
        self._ok.setEnabled(
            reachable and bool(self._file.filePath().strip()) and bool(self._schema.currentText().strip())
        )

    # --- testing --------------------------------------------------------------------------------------------

    def test(self) -> None:
        """Ask the server in the background which maps it has, and offer them."""
        try:
            place = self.place()
            known = source.conninfo(place)
        except EnvZonesError as error:
            self._say(str(error))
            return
        self._say(tr("Connecting…"))
        self._test.setEnabled(False)
        tasks.start(
            tasks.Work(
                tr("Testing the connection"),
                lambda _progress: pg.maps(place, known),
                self._tested,
                self._say,
                quiet=True,
            )
        )

    def _tested(self, maps: list[str]) -> None:
        if sip.isdeleted(self):
            return
        if maps:
            self._say(tr("Connected; maps: {maps}").format(maps=", ".join(maps)))
            chosen = self._schema.currentText().strip()
            self._schema.clear()
            self._schema.addItems(maps)
            self._schema.setCurrentText(chosen if chosen in maps else maps[0])
        else:
            self._say(
                tr(
                    "Connected; but you may read no map in this database. Ask its administrator for the role of a"
                    " reader."
                )
            )

    def _say(self, text: str) -> None:
        if not sip.isdeleted(self):
            self._said.setText(text)
            self._follow()
            # A long sentence takes its room from the screen, not from the fields.
            self.layout().activate()
            needed = self.layout().totalHeightForWidth(self.width())
            self.resize(self.width(), max(self.height(), needed))

    def accept(self) -> None:
        """Close with OK; an address that can be none is told instead."""
        try:
            wish = self.wish()
        except EnvZonesError as error:
            self._say(str(error))
            return
        QgsSettings().setValue(f"{_KEPT}address", str(wish.place))
        super().accept()

    @classmethod
    def ask(cls, iface: QgisInterface) -> None:
        """Show the dialog; on OK open the map's project."""
        dialog = cls(iface.mainWindow())
        if dialog.exec() == QDialog.DialogCode.Accepted:
            open_shared(iface, dialog.wish())
        dialog.deleteLater()


def open_shared(iface: QgisInterface, wish: Wish) -> None:
    """Reach the map in the background, then build its project in the window."""
    bar = iface.messageBar()

    def told(said: str) -> None:
        bar.pushMessage("EnvZones", said, Qgis.MessageLevel.Warning)

    def reached(meta: dict[str, str]) -> None:
        if not iface.newProject(True):
            return
        project = QgsProject.instance()
        QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            day = date.fromisoformat(meta["as_of"]) if meta.get("as_of") else date.today()
            make.open_project(project, wish.place, wish.project, language(), day)
        except EnvZonesError as error:
            told(str(error))
            return
        finally:
            QApplication.restoreOverrideCursor()
        canvas = iface.mapCanvas()
        canvas.setReferencedExtent(project.viewSettings().defaultViewExtent())
        canvas.refresh()
        bar.pushMessage(
            "EnvZones", tr("Project written to {path}").format(path=wish.project), Qgis.MessageLevel.Success
        )

    try:
        # QGIS asks for its master password here, where it can.
        source.conninfo(wish.place)
    except EnvZonesError as error:
        told(str(error))
        return
    tasks.start(
        tasks.Work(tr("Opening the shared map"), lambda _progress: source.read_meta(wish.place), reached, told)
    )
