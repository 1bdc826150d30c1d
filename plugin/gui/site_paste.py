"""Coordinates from the clipboard, with what is understood of them while they are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtGui import QFontDatabase
from qgis.PyQt.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ..engine.errors import EnvZonesError
from ..project import site_sources
from ..project.candidates import Profile
from ..texts import tr
from .help import add_help
from .runner import Runner
from .site_crs import Readings, lies_words

if TYPE_CHECKING:
    from ..project.import_source import Ground
    from ..project.site_sources import Pasted, Taken

_PAUSE_MS = 250


class PasteDialog(QDialog):
    """Asks for coordinates, whether they are points or a boundary, and what they are in."""

    def __init__(self, ground: Ground, profile: Profile, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesSitePaste")
        self.setWindowTitle(tr("Paste Coordinates"))
        self._ground, self._profile, self._title = ground, profile, title
        self._pasted: Pasted | None = None
        self.taken: Taken | None = None
        self._runner = Runner(self)
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._read)
        self.text.textChanged.connect(self._typed)
        self.finished.connect(lambda _=0: self._runner.stop())
        self._read()

    def _build(self) -> None:
        label = QLabel(tr("&Coordinates, or the text of a boundary-point file"))
        self.text = QPlainTextEdit()
        self.text.setObjectName("EnvZonesPasteText")
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setPlaceholderText("112.59, 35.09\nE112°35′24″ N35°05′24″\nJ1\t38371234.56\t3885012.34")
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(round(self.fontMetrics().height() * 4))
        label.setBuddy(self.text)
        self.said = QLabel()
        self.said.setObjectName("EnvZonesPasteSaid")
        self.said.setWordWrap(True)
        self.points = QRadioButton(tr("&Points, each a site"))
        self.ring = QRadioButton(tr("&Boundary of an area"))
        self._kind = QGroupBox(tr("These coordinates are"))
        row = QHBoxLayout(self._kind)
        for button in (self.points, self.ring):
            row.addWidget(button)
            button.clicked.connect(lambda _checked=False: self._look())
        row.addStretch(1)
        self._group = QGroupBox(tr("They are in"))
        inner = QVBoxLayout(self._group)
        inner.setContentsMargins(4, 4, 4, 4)
        self.readings = Readings()
        self.readings.changed.connect(self._show_place)
        inner.addWidget(self.readings)
        self.place = QLabel()
        self.place.setObjectName("EnvZonesPastePlace")
        self.place.setWordWrap(True)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("Add"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        add_help(self.buttons, "site")
        box = QVBoxLayout(self)
        for widget, stretch in (
            (label, 0), (self.text, 2), (self.said, 0), (self._kind, 0), (self._group, 3), (self.place, 0),
            (self.buttons, 0),
        ):  # fmt: skip
            box.addWidget(widget, stretch)
        letter = self.fontMetrics().averageCharWidth()
        self.resize(letter * 85, round(self.fontMetrics().height() * 31))

    def take_clipboard(self) -> None:
        """Begin with what is in the clipboard, where that is coordinates."""
        text = QApplication.clipboard().text()
        try:
            site_sources.understand(text)
        except EnvZonesError:
            return
        self.text.setPlainText(text)
        self._read()

    # --- what is understood -------------------------------------------------------------------------------------

    def _typed(self) -> None:
        # What was understood before may not be added for what stands there now.
        self._allow(False)
        self._timer.start()

    def _read(self) -> None:
        """Read the text anew."""
        self._timer.stop()
        text = self.text.toPlainText()
        self._pasted, said = None, ""
        if text.strip():
            try:
                self._pasted = site_sources.understand(text)
            except EnvZonesError as error:
                said = str(error)
        found = self._pasted
        self._kind.setVisible(found is not None and found.may_be_ring)
        self._group.setVisible(found is not None)
        if found is None:
            self.said.setText(said)
            self.place.setText("" if said else tr("Paste or type coordinates; nothing is moved unasked."))
            self._allow(False)
            return
        self.said.setText(self._words(found))
        self._look()

    @staticmethod
    def _words(found: Pasted) -> str:
        if found.plots is not None:
            words = [tr("Boundary-point text; plots: {n}.").format(n=len(found.plots.frame))]
            if found.plots.rejects:
                words.append(tr("Rows that could not be read: {n}.").format(n=len(found.plots.rejects)))
            return " ".join(words)
        words = [tr("Coordinates: {n}.").format(n=len(found.places))]
        if found.swapped:
            words.append(tr("The north stands first; that was taken into account."))
        words.append(tr("The last digit is good to {m} m.").format(m=f"{site_sources.digit_m(found):g}"))
        return " ".join(words)

    def _look(self) -> None:
        """Ask what the coordinates look like."""
        self._allow(False)
        if self._pasted is None:
            return
        if self._pasted.may_be_ring and not (self.points.isChecked() or self.ring.isChecked()):
            self.readings.offer(None)
            self._group.setVisible(False)
            self.place.setText(tr("Say whether these are points or a boundary."))
            return
        self._group.setVisible(True)
        try:
            foreign = site_sources.as_foreign(self._pasted, self._is_ring())
        except EnvZonesError as error:
            self.readings.offer(None)
            self._group.setVisible(False)
            self.place.setText(str(error))
            return
        ground = self._ground

        def seen(reading: Any) -> None:
            self.readings.offer(reading)
            self._show_place()

        from ..project.import_source import look

        self._runner.start(
            tr("Looking at the coordinates"), lambda progress: look(foreign, ground, progress), seen, self.place.setText
        )

    def _is_ring(self) -> bool:
        return self._pasted is not None and self._pasted.may_be_ring and self.ring.isChecked()

    def _show_place(self) -> None:
        """Say where the coordinates lie under the reading that is chosen."""
        choice = self.readings.choice
        self._allow(False)
        if self._pasted is None or self._timer.isActive():
            return
        if choice is None:
            self.place.setText("<b>" + tr("Choose what they are in; nothing is moved unasked.") + "</b>")
            return
        pasted = self._pasted
        try:
            exact = Profile(
                self._profile.facility_type, self._profile.nature,
                max(self._profile.accuracy_m, site_sources.digit_m(pasted) if pasted.plots is None else 0.0),
                self._profile.attributes,
            )  # fmt: skip
            foreign = site_sources.as_foreign(pasted, self._is_ring())
            self.taken = site_sources.from_foreign(foreign, choice, exact, self._title)
            where = site_sources.lies(self.taken.candidates, self._ground.jurisdiction)
        except EnvZonesError as error:
            self.place.setText(str(error))
            return
        self.place.setText(lies_words(where))
        self._allow(bool(self.taken.candidates))

    def _allow(self, yes: bool) -> None:
        if not yes:
            self.taken = None
        button = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        button.setEnabled(yes)
        button.setDefault(yes)

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Add with Ctrl+Enter from within the text."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (
            event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            button = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
            if button.isEnabled():
                button.click()
            return
        super().keyPressEvent(event)
