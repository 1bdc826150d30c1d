"""The wizard's page of coordinates: what they look like and why, on a map, and the user's answer.

Nothing is chosen unasked, but for a reading that is certain; that is shown as chosen and can be changed.
"""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qgis.core import QgsCoordinateReferenceSystem, QgsMapLayerProxyModel, QgsProject
from qgis.gui import QgsMapLayerComboBox, QgsProjectionSelectionWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QDoubleValidator
from qgis.PyQt.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
    QWizardPage,
)

from ..engine.errors import EnvZonesError
from ..engine.exchange.model import CrsChoice
from ..project import import_layers, import_source
from ..project.import_state import State
from ..texts import language, tr
from .import_preview import PreviewMap
from .runner import Runner

if TYPE_CHECKING:
    from ..engine.exchange.crs_guard import Candidate, Reading
    from ..engine.exchange.model import Foreign

#: Names of the seven parameters, with their units.
_SHIFT = (("dx", "m"), ("dy", "m"), ("dz", "m"), ("rx", "″"), ("ry", "″"), ("rz", "″"), ("s", "ppm"))
_OTHER = -2


class Prose(QLabel):
    """Words that wrap, and press the button they belong to when they are clicked."""

    def __init__(self, text: str, button: QRadioButton) -> None:
        super().__init__(text)
        self._button = button
        self.setWordWrap(True)
        self.setBuddy(button)

    def mousePressEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Press the button."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._button.click()
        super().mousePressEvent(event)


class CrsPage(QWizardPage):
    """What the coordinates look like; the user's choice; a map of it."""

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesImportCrs")
        self.setTitle(tr("Coordinates"))
        self.setSubTitle(
            tr("Say what the coordinates are in. The map shows where the features would lie; nothing is moved unasked.")
        )
        self._state = state
        self._runner = Runner(self)
        self._runner.changed.connect(self._busy)
        self._looked: tuple[Any, ...] = ()
        self._problem = ""
        self._build()

    # --- widgets ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.declared = QLabel()
        self.declared.setObjectName("EnvZonesImportDeclared")
        self.declared.setWordWrap(True)
        self.declared.setTextFormat(Qt.TextFormat.RichText)
        self._choices = QButtonGroup(self)
        self._choices.idClicked.connect(lambda _=0: self._picked())
        self._list = QWidget()
        self._rows = QGridLayout(self._list)
        self._rows.setContentsMargins(6, 6, 6, 6)
        self._rows.setVerticalSpacing(8)
        self._rows.setColumnStretch(1, 1)
        self._scroll = QScrollArea()
        self._scroll.setObjectName("EnvZonesImportCandidates")
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._list)
        self._scroll.setMinimumHeight(120)
        self.other = QRadioButton(tr("&Another system:"))
        self.other.setToolTip(tr("A system that is not among those above"))
        self.other_crs = QgsProjectionSelectionWidget()
        self.other_crs.setOptionVisible(QgsProjectionSelectionWidget.CrsOption.CrsNotSet, True)
        self.other_crs.crsChanged.connect(self._other_changed)
        self.swap = QCheckBox(tr("S&wap: the first number is the north"))
        self.swap.setObjectName("EnvZonesImportSwap")
        self.swap.setToolTip(tr("Exchange the two coordinates of every point"))
        self.swap.toggled.connect(lambda _=False: self._changed())
        self.shift = QGroupBox(tr("Seven parameters to CGCS2000, from the surveyors of the place"))
        self.shift.setObjectName("EnvZonesImportShift")
        grid = QGridLayout(self.shift)
        grid.setContentsMargins(6, 4, 6, 4)
        self.parameters: list[QLineEdit] = []
        for number, (name, unit) in enumerate(_SHIFT):
            edit = QLineEdit()
            edit.setObjectName(f"EnvZonesImportShift_{name}")
            edit.setValidator(QDoubleValidator(edit))
            edit.setToolTip(tr("{name} in {unit}, position vector convention").format(name=name, unit=unit))
            edit.setMinimumWidth(48)
            label = QLabel(f"{name} ({unit})")
            label.setBuddy(edit)
            grid.addWidget(label, 0, number)
            grid.addWidget(edit, 1, number)
            edit.textChanged.connect(lambda _="": self._changed())
            self.parameters.append(edit)
        self.shift.hide()
        self.reference = QgsMapLayerComboBox()
        self.reference.setObjectName("EnvZonesImportReference")
        self.reference.setFilters(QgsMapLayerProxyModel.Filter.HasGeometry)
        self.reference.setAllowEmptyLayer(True, tr("(none)"))
        self.reference.setCurrentIndex(0)
        self.reference.setToolTip(
            tr("A layer of the project on which the features should lie: the shift of web maps is measured against it")
        )
        self.reference.layerChanged.connect(lambda _=None: self._measure())
        held = QLabel(tr("&Measure against"))
        held.setBuddy(self.reference)
        self.doubts = QLabel()
        self.doubts.setObjectName("EnvZonesImportDoubts")
        self.doubts.setWordWrap(True)
        self.doubts.setTextFormat(Qt.TextFormat.RichText)
        self.doubts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setMaximumHeight(6)
        keep = self._progress.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self._progress.setSizePolicy(keep)
        left = QWidget()
        box = QVBoxLayout(left)
        box.setContentsMargins(0, 0, 6, 0)
        box.addWidget(self.declared)
        box.addWidget(self._progress)
        box.addWidget(self._scroll, 1)
        row = QHBoxLayout()
        row.addWidget(self.other)
        row.addWidget(self.other_crs, 1)
        box.addLayout(row)
        box.addWidget(self.swap)
        box.addWidget(self.shift)
        row = QHBoxLayout()
        row.addWidget(held)
        row.addWidget(self.reference, 1)
        box.addLayout(row)
        box.addWidget(self.doubts)
        self.map = PreviewMap()
        self.map.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self.map)
        split.setChildrenCollapsible(False)
        split.setSizes([520, 480])
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(split, 1)
        self._choices.addButton(self.other, _OTHER)

    # --- looking ------------------------------------------------------------------------------------------------

    def initializePage(self) -> None:  # noqa: N802 - Qt's name
        """Read the rows that are weighed, and ask the guard; nothing is done again that is known."""
        state = self._state
        project = QgsProject.instance()
        self.map.set_ground(import_layers.ground_layers(project, state.where))
        wanted = (state.path, state.options)
        if wanted == self._looked and state.reading is not None:
            self._show_choice()
            return
        self._looked = wanted
        state.reading = state.choice = state.sample = None
        self._offer(None)
        self._ask()

    def cleanupPage(self) -> None:  # noqa: N802 - Qt's name
        """Keep the answer when the user goes back."""
        self._runner.stop()

    def _ask(self) -> None:
        """Read and look in the background."""
        state = self._state
        layer = self.reference.currentLayer()
        state.ground = import_source.ground(import_layers.areas(QgsProject.instance(), state.where), layer)
        path, options, held, known = state.path, state.options, state.ground, state.sample
        self.declared.setText(tr("Looking at the coordinates…"))
        self.completeChanged.emit()

        def work(progress: Any) -> tuple[Foreign, Reading]:
            foreign = import_source.sample(path, options, progress) if known is None else known
            return foreign, import_source.look(foreign, held, progress)

        self._runner.start(tr("Looking at the coordinates"), work, self._seen, self._refused)

    def _measure(self) -> None:
        """The reference layer changed: ask again, with what was read."""
        if self._state.sample is not None:
            self._ask()

    def _busy(self) -> None:
        self._progress.setRange(0, 0 if self._runner.busy else 1)
        self._progress.setVisible(self._runner.busy)

    def _refused(self, said: str) -> None:
        self.declared.setText(html.escape(said))
        self.completeChanged.emit()

    def _seen(self, answer: tuple[Foreign, Reading]) -> None:
        state = self._state
        before = state.choice
        state.sample, state.reading = answer
        self._offer(state.reading)
        self._tell(state.reading)
        if before is not None:
            self._select(before)
        elif state.mapping is not None and state.mapping.choice is not None and self._offered(state.mapping.choice):
            # A template says so; it is shown as chosen.
            self._select(state.mapping.choice)
        elif self._sure(state.reading):
            self._select(state.reading.candidates[0].choice)
        else:
            state.choice = None
            self._show_choice()

    @staticmethod
    def _sure(reading: Reading) -> bool:
        """Whether a reading may be shown as chosen; axes are never swapped unasked."""
        return reading.certain and bool(reading.candidates) and not reading.candidates[0].choice.swap

    def _offered(self, choice: CrsChoice) -> bool:
        reading = self._state.reading
        return reading is not None and any(one.choice.crs == choice.crs for one in reading.candidates)

    def _tell(self, reading: Reading) -> None:
        """Say what the file declares, whether that holds, and what is doubtful."""
        declared = self._state.sample.declared if self._state.sample is not None else None
        if declared is None:
            said = tr("The file does not say what its coordinates are in.")
        else:
            said = tr("The file says ({where}): {words}.").format(
                where=html.escape(declared.where), words=html.escape(declared.words or declared.datum)
            )
            if reading.agrees is True:
                said += " " + tr("The numbers can be that.")
            elif reading.agrees is False:
                said += " <b>" + tr("The numbers cannot be that.") + "</b>"
        if self._sure(reading):
            said += " " + tr("This reading is certain; it is chosen below.")
        elif reading.candidates:
            said += " <b>" + tr("Choose what they are in:") + "</b>"
        self.declared.setText(said)
        lang = language()
        shown = [one.zh if lang == "zh" else one.en for one in reading.doubts]
        self.doubts.setText("<br>".join(f"⚠ {html.escape(words)}" for words in shown[:4]))
        self.doubts.setVisible(bool(shown))

    def _offer(self, reading: Reading | None) -> None:
        """List the candidates, none chosen."""
        for button in self._choices.buttons():
            if button is not self.other:
                self._choices.removeButton(button)
        while self._rows.count():
            widget = self._rows.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._unselect()
        self.doubts.hide()
        for number, one in enumerate(reading.candidates if reading is not None else ()):
            button, words = self._candidate(number, one)
            self._choices.addButton(button, number)
            self._rows.addWidget(button, number, 0, Qt.AlignmentFlag.AlignTop)
            self._rows.addWidget(words, number, 1)
        if reading is not None and not reading.candidates:
            none = QLabel(tr("The numbers are those of no system that is in common use here."))
            none.setWordWrap(True)
            self._rows.addWidget(none, 0, 1)
        # Rows of a list before, which may have been longer, keep no room; the last takes what is left.
        for row in range(self._rows.rowCount()):
            self._rows.setRowStretch(row, 0)
        self._rows.setRowStretch(self._rows.rowCount(), 1)
        self.map.show_nothing()
        self.map.said.setText("")

    def _candidate(self, number: int, one: Candidate) -> tuple[QRadioButton, Prose]:
        zh = language() == "zh"
        title = one.zh if zh else one.en
        if one.choice.crs.startswith("EPSG:") and one.choice.crs not in title:
            title = f"{title} ({one.choice.crs})"
        if one.choice.swap:
            title = tr("{system}, north first").format(system=title)
        why = one.why_zh if zh else one.why_en
        facts = [why]
        if one.inside is not None and f"{one.inside:.0%}" not in why:
            facts.append(tr("{share} inside the jurisdiction").format(share=f"{one.inside:.0%}"))
        if one.shift_m is not None:
            facts.append(tr("measured shift {m} m").format(m=f"{one.shift_m:,.0f}"))
        # A radio button's own text does not wrap.
        button = QRadioButton()
        button.setObjectName(f"EnvZonesImportCandidate{number}")
        button.setAccessibleName(title)
        button.setToolTip(title)
        said = (";" if zh else "; ").join(facts)
        return button, Prose(f"<b>{html.escape(title)}</b><br>{html.escape(said)}", button)

    # --- choosing -----------------------------------------------------------------------------------------------

    def _unselect(self) -> None:
        self._choices.setExclusive(False)
        for button in self._choices.buttons():
            button.setChecked(False)
        self._choices.setExclusive(True)

    def _select(self, choice: CrsChoice) -> None:
        """Show a choice as chosen."""
        candidates = self._state.reading.candidates if self._state.reading is not None else ()
        # The same axes first, else the same system.
        alike = [k for k, one in enumerate(candidates) if one.choice.crs == choice.crs]
        match = next((k for k in alike if candidates[k].choice.swap == choice.swap), alike[0] if alike else None)
        for widget in (self.swap, self.other_crs, *self.parameters):
            widget.blockSignals(True)
        if match is None:
            self.other.setChecked(True)
            self.other_crs.setCrs(QgsCoordinateReferenceSystem(choice.crs))
        else:
            self._choices.button(match).setChecked(True)
        self.swap.setChecked(choice.swap)
        for edit, number in zip(self.parameters, choice.shift or ()):
            edit.setText(f"{number:.12g}")
        for widget in (self.swap, self.other_crs, *self.parameters):
            widget.blockSignals(False)
        self._changed()

    def choose(self, number: int) -> None:
        """Choose a candidate, as a click does."""
        self._choices.button(number).click()

    def _picked(self) -> None:
        number = self._choices.checkedId()
        if number >= 0 and self._state.reading is not None:
            self.swap.blockSignals(True)
            self.swap.setChecked(self._state.reading.candidates[number].choice.swap)
            self.swap.blockSignals(False)
        self._changed()

    def _other_changed(self, *_: Any) -> None:
        if self.other_crs.crs().isValid():
            self.other.setChecked(True)
        self._changed()

    def _chosen(self) -> CrsChoice | None:
        """What the widgets say."""
        number = self._choices.checkedId()
        if number == _OTHER:
            crs = self.other_crs.crs()
            if not crs.isValid():
                return None
            choice = CrsChoice(crs.authid() or crs.toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED))
        elif number >= 0 and self._state.reading is not None:
            choice = self._state.reading.candidates[number].choice
        else:
            return None
        shift = None
        if self._old(choice) and all(edit.text().strip() for edit in self.parameters):
            try:
                shift = tuple(float(edit.text()) for edit in self.parameters)
            except ValueError:
                shift = None
        return replace(choice, swap=self.swap.isChecked(), shift=shift)

    @staticmethod
    def _old(choice: CrsChoice) -> bool:
        """Whether the system is of an old datum."""
        from pyproj import CRS
        from pyproj.exceptions import CRSError

        from ..engine.exchange.crs_systems import OLD_DATUMS, datum_of, table

        known = table().get(choice.crs)
        if known is not None:
            return known.datum in OLD_DATUMS
        try:
            return datum_of(CRS.from_user_input(choice.crs)) in OLD_DATUMS
        except CRSError:
            return False

    def _changed(self) -> None:
        choice = self._chosen()
        self.shift.setVisible(choice is not None and self._old(choice))
        self._state.choice = choice
        self._show_choice()

    def _show_choice(self) -> None:
        """Show on the map where the features lie under the choice, or say why they cannot."""
        state = self._state
        self._problem = ""
        if state.sample is None:
            self.map.said.setText("")
        elif state.choice is None:
            self.map.show_nothing()
            self.map.said.setText(tr("Choose a system to see where the features would lie.") if state.reading else "")
        else:
            self._show_place(state.sample, state.choice)
        self.completeChanged.emit()

    def _show_place(self, foreign: Foreign, choice: CrsChoice) -> None:
        jurisdiction = self._state.ground.jurisdiction if self._state.ground is not None else None
        try:
            placed = import_source.place(foreign, choice, jurisdiction)
        except EnvZonesError as error:
            self._problem = str(error)
            self.map.show_nothing()
            self.map.said.setText(html.escape(self._problem))
            return
        self.map.show_frame(placed.frame)
        if placed.inside is None:
            self.map.said.setText(tr("{n} features shown.").format(n=placed.looked))
            return
        said = tr("{inside} of {n} features touch the map's administrative area.").format(
            inside=placed.inside, n=placed.looked
        )
        if placed.inside * 2 < placed.looked:
            said = f"<b>{said}</b> " + tr("Most lie outside: this is hardly the right reading.")
        self.map.said.setText(said)

    # --- the wizard ---------------------------------------------------------------------------------------------

    def isComplete(self) -> bool:  # noqa: N802 - Qt's name
        """Tell whether the user has said what the coordinates are in, and they can be that."""
        state = self._state
        return state.sample is not None and state.choice is not None and not self._problem and not self._runner.busy

    def release(self) -> None:
        """Stop what runs, let go of the layers."""
        self._runner.stop()
        self.map.release()
