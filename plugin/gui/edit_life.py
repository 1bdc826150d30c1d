"""Adjusting and cancelling zones by a document: asks for its number and dates, does it in the edit session."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsVectorLayer
from qgis.gui import QgsDateEdit
from qgis.PyQt.QtCore import QDate, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ..engine.errors import EnvZonesError
from ..project import editing, editing_life
from ..texts import tr
from .help import add_help


class LifeDialog(QDialog):
    """Asks for the document of an adjustment or a cancellation; `verb` is ``adjust`` or ``cancel``."""

    failed = pyqtSignal(str)
    #: What was done, in a sentence.
    done_with = pyqtSignal(str)

    def __init__(self, layer: QgsVectorLayer, verb: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesLife")
        self._layer, self._verb = layer, verb
        self._fids = sorted(layer.selectedFeatureIds())
        adjust = verb == "adjust"
        self.setWindowTitle(tr("Adjust Zone") if adjust else tr("Cancel Zone"))
        box = QVBoxLayout(self)
        text = QLabel(self._words())
        text.setWordWrap(True)
        box.addWidget(text)
        form = QFormLayout()
        self.number = QLineEdit()
        self.number.setObjectName("EnvZonesLifeNumber")
        self.number.setPlaceholderText(tr("e.g. 豫政文〔2019〕125号"))
        form.addRow(tr("&Document number:"), self.number)
        self.issued = _date("EnvZonesLifeIssued")
        form.addRow(tr("Document &date:"), self.issued)
        self.day = _date("EnvZonesLifeDay")
        form.addRow(tr("&In force from:") if adjust else tr("&Ends on:"), self.day)
        box.addLayout(form)
        self._hint = QLabel()
        self._hint.setWordWrap(True)
        box.addWidget(self._hint)
        box.addStretch(1)
        buttons = QDialogButtonBox()
        self._ok = buttons.addButton(self.windowTitle(), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel).setText(tr("Close") if not adjust else tr("Cancel"))
        add_help(buttons, "editing#life")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box.addWidget(buttons)
        for signal in (self.number.textChanged, self.issued.dateChanged, self.day.dateChanged):
            signal.connect(self._check)
        self._check()
        self.resize(460, 260)
        self.number.setFocus()

    def _words(self) -> str:
        names = [_name(self._layer, fid) for fid in self._fids]
        if self._verb == "cancel":
            return tr("{names}: the rows end by this document. They stay in the map's history.").format(
                names=", ".join(names)
            )
        if editing_life.reshaped(self._layer, self._fids[0]):
            return tr(
                "{name}: the row as it is stored ends, and a new row with the extent you have drawn begins by this"
                " document."
            ).format(name=names[0])
        return tr("{name}: draw its new extent first; what you change since the last save becomes the new row.").format(
            name=names[0]
        )

    def _check(self, *_: Any) -> None:
        """Say what is missing, and allow the rest."""
        said = ""
        if self._verb == "adjust" and not editing_life.reshaped(self._layer, self._fids[0]):
            said = tr("The zone's extent has not been changed yet.")
        elif not self.number.text().strip():
            said = tr("Enter the document's number.")
        elif self.issued.isNull():
            said = tr("Enter the document's date.")
        elif self.day.isNull():
            said = tr("Enter the day from which it counts.")
        elif self.day.date() < self.issued.date():
            said = tr("It cannot count before the document was issued.")
        self._hint.setText(said)
        self._ok.setEnabled(not said)

    def accept(self) -> None:
        """Do it in the edit session, as one undo step."""
        if not self._ok.isEnabled():
            return
        from ..engine.lifecycle import Document

        document = Document(
            self.number.text().strip(), self.issued.date().toPyDate(), self.day.date().toPyDate()
        )
        act = editing_life.adjust if self._verb == "adjust" else editing_life.cancel
        try:
            said = act(self._layer, self._fids, document)
        except EnvZonesError as error:
            self.failed.emit(str(error))
            return
        super().accept()
        self.done_with.emit(said)


def _date(name: str) -> QgsDateEdit:
    edit = QgsDateEdit()
    edit.setObjectName(name)
    edit.setDisplayFormat("yyyy-MM-dd")
    edit.setCalendarPopup(True)
    edit.setAllowNull(True)
    edit.setDate(QDate())
    edit.clear()
    return edit


def _name(layer: QgsVectorLayer, fid: int) -> str:
    feature = layer.getFeature(fid)
    index = feature.fields().indexOf("name")
    value = feature.attribute(index) if index >= 0 else None
    return str(fid) if editing.is_null(value) or not str(value).strip() else str(value)
