"""Project Settings…: the one map, day, city, rulebooks and distances of the open project."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.gui import QgsDoubleSpinBox, QgsFileWidget
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QDate
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ..engine.errors import EnvZonesError
from ..project import settings, source, working
from ..project.overview import Overview, overview_here
from ..texts import tr
from . import tasks
from .help import add_help
from .map_books import BooksTree
from .working_table import WorkingTable

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from .desk_state import DeskState

_MOST_ACCURACY_M = 1000.0


class ProjectSettingsDialog(QDialog):
    """Shows what the project remembers; nothing of it changes before OK."""

    def __init__(self, state: DeskState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesProjectSettings")
        self.setWindowTitle(tr("EnvZones Project Settings"))
        self._state = state
        self._found: Overview | None = None
        self._distances: list[working.Distance] = []
        self._picked = list(state.books)
        tabs = QTabWidget()
        tabs.setObjectName("EnvZonesProjectTabs")
        tabs.addTab(self._general(), tr("General"))
        tabs.addTab(self._rulebooks(), tr("Rulebooks"))
        tabs.addTab(self._working(), tr("Working Distances"))
        self._said = QLabel()
        self._said.setObjectName("EnvZonesProjectSaid")
        self._said.setWordWrap(True)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("OK"))
        self._buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        add_help(self._buttons, "options")
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addWidget(tabs)
        box.addWidget(self._said)
        box.addWidget(self._buttons)
        self.resize(44 * self.fontMetrics().averageCharWidth(), 24 * self.fontMetrics().height())
        self._read()

    @classmethod
    def ask(cls, iface: QgisInterface, state: DeskState) -> bool:
        """Show the dialog; return whether it was left with OK."""
        dialog = cls(state, iface.mainWindow())
        done = dialog.exec() == QDialog.DialogCode.Accepted
        dialog.deleteLater()
        return bool(done)

    # --- the pages ------------------------------------------------------------------------------------------

    def _general(self) -> QWidget:
        state = self._state
        page = QWidget()
        form = QFormLayout(page)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._file: QgsFileWidget | None = None
        if state.path is not None and not isinstance(state.path, Path):
            place = QLineEdit(str(state.path))
            place.setObjectName("EnvZonesProjectMap")
            place.setReadOnly(True)
            place.setToolTip(tr("A shared map; open another one with Open a Shared Map…"))
            form.addRow(tr("&One map:"), place)
        else:
            self._file = QgsFileWidget()
            self._file.setObjectName("EnvZonesProjectMap")
            self._file.setFilter(tr("One map (*.gpkg)"))
            self._file.setFilePath("" if state.path is None else str(state.path))
            form.addRow(tr("&One map:"), self._file)
            form.labelForField(self._file).setBuddy(self._file.lineEdit())
        self._city = QComboBox()
        self._city.setObjectName("EnvZonesProjectCity")
        self._city.setEnabled(False)
        self._city.activated.connect(self._city_chosen)
        form.addRow(tr("&City:"), self._city)
        self._always_today = QRadioButton(tr("the day on which the project is opened"))
        self._one_day = QRadioButton(tr("this day:"))
        self._day = QDateEdit()
        self._day.setObjectName("EnvZonesProjectDay")
        self._day.setCalendarPopup(True)
        self._day.setDisplayFormat("yyyy-MM-dd")
        self._day.setDate(QDate(state.day.year, state.day.month, state.day.day))
        chosen = state.day_set is not None
        (self._one_day if chosen else self._always_today).setChecked(True)
        self._day.setEnabled(chosen)
        self._one_day.toggled.connect(self._day.setEnabled)
        form.addRow(tr("Speaks of:"), self._always_today)
        form.addRow("", self._one_day)
        form.addRow("", self._day)
        self._accuracy = QgsDoubleSpinBox()
        self._accuracy.setObjectName("EnvZonesProjectAccuracy")
        self._accuracy.setRange(0.0, _MOST_ACCURACY_M)
        self._accuracy.setDecimals(1)
        self._accuracy.setSuffix(" m")
        self._accuracy.setClearValue(0.0)
        self._accuracy.setValue(settings.accuracy(state.project))
        self._accuracy.setToolTip(tr("How far sites may lie from where they are drawn, unless a site says otherwise"))
        form.addRow(tr("Position &accuracy of sites:"), self._accuracy)
        return page

    def _rulebooks(self) -> QWidget:
        page = QWidget()
        box = QVBoxLayout(page)
        self._books = BooksTree()
        self._books.chosen_changed.connect(self._books_chosen)
        self._reading = QLabel(tr("Reading the rulebooks…"))
        self._reading.setWordWrap(True)
        box.addWidget(self._reading)
        box.addWidget(self._books, 1)
        return page

    def _working(self) -> QWidget:
        page = QWidget()
        box = QVBoxLayout(page)
        hint = QLabel(
            tr(
                "Where a document gives no number (“beside rivers”), the office sets one. What rests on such a distance"
                " is reported as preliminary."
            )
        )
        hint.setWordWrap(True)
        self._table = WorkingTable()
        box.addWidget(hint)
        box.addWidget(self._table, 1)
        return page

    # --- reading --------------------------------------------------------------------------------------------

    def _read(self) -> None:
        state = self._state
        path, day, lang = state.path, state.day, state.lang
        if path is None:
            self._reading.setText(tr("No one map in this project yet"))
            return

        def read(_progress: Any) -> tuple[Overview, list[working.Distance]]:
            return overview_here(path, day, lang), working.distances(lang)[0]

        def found(answer: tuple[Overview, list[working.Distance]]) -> None:
            if not sip.isdeleted(self):
                self._show(*answer)

        def failed(said: str) -> None:
            if not sip.isdeleted(self):
                self._reading.setText(said)

        tasks.start(tasks.Work(tr("Reading the one map"), read, found, failed, quiet=True))

    def _show(self, found: Overview, distances: list[working.Distance]) -> None:
        self._found, self._distances = found, distances
        self._reading.setText("\n".join(found.problems))
        self._reading.setVisible(bool(found.problems))
        wanted = settings.city(self._state.project) or found.meta.get("jurisdiction_code", "")
        for code, name in sorted(found.places.items()):
            self._city.addItem(name, code)
        if self._city.findData(wanted) < 0:
            self._city.insertItem(0, tr("not chosen"), "")
        self._city.setCurrentIndex(max(self._city.findData(wanted), 0))
        self._city.setEnabled(True)
        self._fill_books()
        self._fill_table(settings.working(self._state.project))

    def _fill_books(self) -> None:
        if self._found is not None:
            self._books.fill(self._found, self._picked, self._city.currentData() or "", self._state.day)

    def _fill_table(self, own: dict[str, float]) -> None:
        chosen = set(self._picked)
        self._table.fill([one for one in self._distances if chosen & set(one.books)], own)

    def _city_chosen(self, _index: int) -> None:
        code = self._city.currentData()
        if self._found is not None and code:
            self._picked = self._found.suggested(code)
            self._fill_books()
            self._fill_table(self._table.values())

    def _books_chosen(self, ids: list[str]) -> None:
        self._picked = ids
        self._fill_table(self._table.values())

    # --- keeping --------------------------------------------------------------------------------------------

    def accept(self) -> None:
        """Keep what was entered, or say what is wrong with it."""
        state = self._state
        path = state.path
        if self._file is not None and self._file.filePath().strip():
            path = Path(self._file.filePath().strip())
            if path != state.path:
                try:
                    source.read_meta(path)
                except EnvZonesError as error:
                    self._said.setText(str(error))
                    return
        if path is not None and path != state.path:
            settings.set_onemap_path(state.project, path)
        if self._found is not None:
            code = self._city.currentData() or ""
            if code != (settings.city(state.project) or self._found.meta.get("jurisdiction_code", "")):
                settings.set_city(state.project, code)
            state.set_books(self._picked)
            state.set_working(self._table.values())
        if self._accuracy.value() != settings.accuracy(state.project):
            settings.set_accuracy(state.project, self._accuracy.value())
        day = self._day.date()
        state.set_day(date(day.year(), day.month(), day.day()) if self._one_day.isChecked() else None)
        state.refresh()
        super().accept()
