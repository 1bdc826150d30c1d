"""Asks what coordinates are in: the readings with their reasons, none chosen but one that is certain."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from qgis.core import QgsCoordinateReferenceSystem
from qgis.gui import QgsProjectionSelectionWidget
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ..engine.errors import EnvZonesError
from ..engine.exchange.model import CrsChoice
from ..project import site_sources
from ..project.candidates import Profile
from ..texts import language, tr
from .help import add_help
from .import_crs import Prose
from .site_tools import area_words

if TYPE_CHECKING:
    from typing import Any

    from ..engine.exchange.crs_guard import Candidate, Reading
    from ..engine.exchange.model import Foreign
    from ..project.site_sources import Lies

_OTHER = 1000


class Readings(QWidget):
    """The readings of some coordinates, to choose one of.

    Signals
    -------
    changed : another one was chosen
    """

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesReadings")
        self.reading: Reading | None = None
        self._choices = QButtonGroup(self)
        self._choices.idClicked.connect(lambda _id: self.changed.emit())
        self._page = QWidget()
        self._grid = QGridLayout(self._page)
        self._grid.setContentsMargins(4, 4, 4, 4)
        self._grid.setColumnStretch(1, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.StyledPanel)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setMinimumHeight(round(self.fontMetrics().height() * 8))
        scroll.setWidget(self._page)
        self.other = QRadioButton(tr("&Another system:"))
        self.other_crs = QgsProjectionSelectionWidget()
        self.other_crs.setOptionVisible(QgsProjectionSelectionWidget.CrsOption.CrsNotSet, True)
        self.other_crs.crsChanged.connect(self._other_changed)
        self._choices.addButton(self.other, _OTHER)
        self._doubts = QLabel()
        self._doubts.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self.other)
        row.addWidget(self.other_crs, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(scroll, 1)
        box.addLayout(row)
        box.addWidget(self._doubts)

    def offer(self, reading: Reading | None) -> None:
        """List readings; what was chosen before stays chosen where it is still offered, what is certain is chosen."""
        before = self.choice if self.reading is not None else None
        self.reading = reading
        for button in self._choices.buttons():
            if button is not self.other:
                self._choices.removeButton(button)
        while self._grid.count():
            widget = self._grid.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
        self._choices.setExclusive(False)
        self.other.setChecked(False)
        self._choices.setExclusive(True)
        candidates = reading.candidates if reading is not None else ()
        for number, one in enumerate(candidates):
            button, words = self._row(number, one)
            self._choices.addButton(button, number)
            self._grid.addWidget(button, number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(words, number, 1)
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 0)
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        zh = language() == "zh"
        doubts = [one.zh if zh else one.en for one in reading.doubts] if reading is not None else []
        self._doubts.setText("\n".join(f"⚠ {words}" for words in doubts[:3]))
        self._doubts.setVisible(bool(doubts))
        chosen = before or site_sources.sure(reading)
        at = next((number for number, one in enumerate(candidates) if one.choice == chosen), None)
        if at is not None:
            self._choices.button(at).setChecked(True)
        elif before is not None and before.crs and self.other_crs.crs().isValid() and candidates:
            self.other.setChecked(all(one.choice.crs != before.crs for one in candidates))

    def _row(self, number: int, one: Candidate) -> tuple[QRadioButton, Prose]:
        zh = language() == "zh"
        title = one.zh if zh else one.en
        if one.choice.crs.startswith("EPSG:") and one.choice.crs not in title:
            title = f"{title} ({one.choice.crs})"
        if one.choice.swap:
            title = tr("{system}, north first").format(system=title)
        button = QRadioButton()
        button.setObjectName(f"EnvZonesReading{number}")
        button.setAccessibleName(title)
        why = one.why_zh if zh else one.why_en
        return button, Prose(f"<b>{html.escape(title)}</b><br>{html.escape(why)}", button)

    @property
    def choice(self) -> CrsChoice | None:
        """What was chosen, None where nothing was."""
        number = self._choices.checkedId()
        if number == _OTHER:
            crs = self.other_crs.crs()
            return CrsChoice(crs.authid() or crs.toWkt()) if crs.isValid() else None
        if number < 0 or self.reading is None or number >= len(self.reading.candidates):
            return None
        return self.reading.candidates[number].choice

    def choose(self, crs: str, swap: bool = False) -> None:
        """Choose a reading, as a click does."""
        for number, one in enumerate(self.reading.candidates if self.reading is not None else ()):
            if (one.choice.crs, one.choice.swap) == (crs, swap):
                self._choices.button(number).click()
                return
        self.other_crs.setCrs(QgsCoordinateReferenceSystem(crs))

    def _other_changed(self, *_: Any) -> None:
        if self.other_crs.crs().isValid():
            self.other.setChecked(True)
        self.changed.emit()


def lies_words(where: Lies) -> str:
    """Say how many sites there are, how large, and where they lie."""
    from qgis.PyQt.QtCore import QLocale

    words = [tr("Sites: {n}").format(n=where.count)]
    if where.area_m2:
        words.append(area_words(where.area_m2))
    if where.inside is not None and where.inside == where.count:
        words.append(tr("inside the map's administrative area"))
    elif where.inside:
        words.append(tr("{n} of them inside the map's administrative area").format(n=where.inside))
    elif where.away_m is not None:
        km = QLocale().toString(where.away_m / 1000, "f", 1)
        words.append(tr("{km} km outside the map's administrative area").format(km=km))
    return ", ".join(words) if language() != "zh" else "，".join(words)


class CrsDialog(QDialog):
    """Asks what the coordinates of a file are in; says where its features lie under the reading that is chosen."""

    def __init__(self, foreign: Foreign, reading: Reading, jurisdiction: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesSiteCrs")
        self.setWindowTitle(tr("Coordinates of {file}").format(file=foreign.path.name))
        self._foreign, self._jurisdiction = foreign, jurisdiction
        if foreign.declared is None:
            said = tr("The file does not say what its coordinates are in.")
        else:
            said = tr("The file says ({where}): {words}.").format(
                where=foreign.declared.where, words=foreign.declared.words or foreign.declared.datum
            )
        self.said = QLabel(said + " " + tr("Choose what they are in; nothing is moved unasked."))
        self.said.setWordWrap(True)
        self.readings = Readings()
        self.readings.offer(reading)
        self.readings.changed.connect(self._changed)
        self.place = QLabel()
        self.place.setObjectName("EnvZonesSiteCrsPlace")
        self.place.setWordWrap(True)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        add_help(self.buttons, "site")
        box = QVBoxLayout(self)
        box.addWidget(self.said)
        box.addWidget(self.readings, 1)
        box.addWidget(self.place)
        box.addWidget(self.buttons)
        letter = self.fontMetrics().averageCharWidth()
        self.resize(letter * 85, round(self.fontMetrics().height() * 27))
        self._changed()

    def choice(self) -> CrsChoice | None:
        """What the user chose."""
        return self.readings.choice

    def _changed(self) -> None:
        choice, fine = self.readings.choice, False
        if choice is None:
            self.place.setText(tr("Choose a system to see where the features would lie."))
        else:
            try:
                taken = site_sources.from_foreign(self._foreign, choice, Profile())
                self.place.setText(lies_words(site_sources.lies(taken.candidates, self._jurisdiction)))
                fine = True
            except EnvZonesError as error:
                self.place.setText(str(error))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(fine)
