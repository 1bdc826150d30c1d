"""Internal use or the public: asked once in a project, and shown in every dialog that exports something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ..engine.errors import InputError
from ..engine.publication import Publication
from ..project import publication as kept
from ..texts import tr
from .help import add_help

if TYPE_CHECKING:
    from qgis.core import QgsProject
    from qgis.gui import QgisInterface


def ask(iface: QgisInterface, project: QgsProject, *, again: bool = False) -> Publication | None:
    """Return for whom products of a project are made; ask where that is not known, or `again`.

    Returns
    -------
    Publication or None
        None if the dialog was cancelled; nothing is remembered then.
    """
    known = kept.stored(project)
    if known is not None and not again:
        return known
    return PublicationDialog.ask(known or kept.usual(), project, iface.mainWindow())


class PublicationDialog(QDialog):
    """Shows one publication; :attr:`publication` is what was entered once the dialog was left with OK."""

    def __init__(self, shown: Publication, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesPublication")
        self.setWindowTitle(tr("Internal Use or the Public"))
        self.publication: Publication | None = None
        box = QVBoxLayout(self)
        hint = QLabel(
            tr("For whom are the maps, ledgers and reports of this project? The answer stays with the project.")
        )
        hint.setWordWrap(True)
        box.addWidget(hint)
        box.addWidget(self._audiences(shown))
        self._meaning = QLabel()
        self._meaning.setObjectName("EnvZonesPublicationMeaning")
        self._meaning.setWordWrap(True)
        self._meaning.setAlignment(Qt.AlignmentFlag.AlignTop)
        box.addLayout(self._form(shown))
        box.addWidget(self._meaning)
        box.addLayout(self._warning_row())
        box.addStretch(1)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("OK"))
        self._buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        add_help(self._buttons, "export")
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        box.addWidget(self._buttons)
        for signal in (self._public.toggled, self._approval.textChanged, self._decimals.valueChanged):
            signal.connect(self._follow)
        self._office.textChanged.connect(lambda _text: self._say(""))
        self._classification.editTextChanged.connect(lambda _text: self._say(""))
        letters, lines = self.fontMetrics().averageCharWidth(), self.fontMetrics().height()
        self.resize(QSize(64 * letters, 24 * lines))
        self._follow()

    @classmethod
    def ask(cls, shown: Publication, project: QgsProject, parent: QWidget | None) -> Publication | None:
        """Show the dialog; remember and return what was entered, None if it was cancelled."""
        dialog = cls(shown, parent)
        done = dialog.exec() == QDialog.DialogCode.Accepted
        found = dialog.publication if done else None
        dialog.deleteLater()
        if found is not None:
            kept.remember(project, found)
        return found

    # --- widgets ------------------------------------------------------------------------------------------------

    def _audiences(self, shown: Publication) -> QGroupBox:
        group = QGroupBox(tr("Made for"))
        self._internal = QRadioButton(tr("&Internal use"))
        self._internal.setObjectName("EnvZonesInternal")
        self._public = QRadioButton(tr("The &public"))
        self._public.setObjectName("EnvZonesPublic")
        (self._public if shown.public else self._internal).setChecked(True)
        row = QHBoxLayout(group)
        row.addWidget(self._internal)
        row.addWidget(self._public)
        row.addStretch(1)
        return group

    def _form(self, shown: Publication) -> QFormLayout:
        self._classification = QComboBox()
        self._classification.setObjectName("EnvZonesClassification")
        self._classification.setEditable(True)
        self._classification.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._classification.addItem("")
        self._classification.addItems(list(kept.CLASSIFICATIONS))
        self._classification.setCurrentText(shown.classification)
        self._classification.lineEdit().setPlaceholderText(tr("none"))
        self._classification.setToolTip(tr("As your office states it; the program decides none"))
        self._approval = QLineEdit(shown.approval_no)
        self._approval.setObjectName("EnvZonesApproval")
        self._approval.setPlaceholderText(tr("pending"))
        self._approval.setToolTip(tr("The number that the surveying authority gave the map, such as GS(2019)1234"))
        self._decimals = QSpinBox()
        self._decimals.setObjectName("EnvZonesDecimals")
        self._decimals.setRange(0, kept.MOST_DECIMALS)
        self._decimals.setValue(min(shown.decimals, kept.MOST_DECIMALS))
        self._decimals.setToolTip(tr("Decimal places of a degree that coordinates are rounded to"))
        self._metres = QLabel()
        rounding = QHBoxLayout()
        rounding.addWidget(self._decimals)
        rounding.addWidget(self._metres, 1)
        self._office = QLineEdit(shown.office)
        self._office.setObjectName("EnvZonesOffice")
        self._office.setToolTip(tr("The office that prepares the product; it is printed on the cover and on maps"))
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("&Classification:"), self._classification)
        form.addRow(tr("&Map approval number:"), self._approval)
        form.addRow(tr("&Decimals of coordinates:"), rounding)
        form.addRow(tr("Pr&epared by:"), self._office)
        form.labelForField(rounding).setBuddy(self._decimals)
        self._labels = {one: form.labelForField(one) for one in (self._classification, self._approval, rounding)}
        self._rounding = rounding
        return form

    def _warning_row(self) -> QHBoxLayout:
        self._sign = QLabel()
        side = round(self.fontMetrics().height() * 1.1)
        self._sign.setPixmap(QgsApplication.getThemeIcon("/mIconWarning.svg").pixmap(side, side))
        self._warning = QLabel()
        self._warning.setObjectName("EnvZonesPublicationWarning")
        self._warning.setWordWrap(True)
        self._warning.setAlignment(Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout()
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._warning, 1)
        return row

    # --- following ----------------------------------------------------------------------------------------------

    def _follow(self, *_: object) -> None:
        """Offer what belongs to the audience."""
        public = self._public.isChecked()
        for widget, able in (
            (self._classification, not public), (self._approval, public), (self._decimals, public),
            (self._metres, public),
        ):  # fmt: skip
            widget.setEnabled(able)
        for field, able in ((self._classification, not public), (self._approval, public), (self._rounding, public)):
            self._labels[field].setEnabled(able)
        self._metres.setText(kept.rounding(self._decimals.value()))
        self._meaning.setText(kept.meaning(public))
        self._say("")

    def _say(self, text: str) -> None:
        """Show what is wrong, or what the product will have to say."""
        text = text or kept.pending(self._public.isChecked(), self._approval.text())
        self._warning.setText(text)
        self._warning.setVisible(bool(text))
        self._sign.setVisible(bool(text))

    def accept(self) -> None:
        """Take what was entered, if it can be printed."""
        try:
            self.publication = kept.made(
                self._public.isChecked(), self._classification.currentText(), self._approval.text(),
                self._office.text(), self._decimals.value(),
            )  # fmt: skip
        except InputError as error:
            self._say(str(error))
            return
        super().accept()


class PublicationLine(QWidget):
    """One line of an export dialog: for whom the product is, and a button to change it."""

    changed = pyqtSignal()

    def __init__(self, project: QgsProject, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesPublicationLine")
        self._project = project
        self._words = QLabel()
        self._words.setObjectName("EnvZonesPublicationWords")
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        # An office's long name wraps; the button stays where it is.
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._change = QPushButton(tr("Chan&ge…"))
        self._change.setObjectName("EnvZonesPublicationChange")
        self._change.setToolTip(tr("Internal use or the public, classification, map approval number, office"))
        self._change.clicked.connect(self.change)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._words, 1)
        row.addWidget(self._change)
        self._show()

    @property
    def publication(self) -> Publication:
        """For whom the product is made."""
        return kept.current(self._project)

    def change(self, _checked: bool = False) -> None:
        """Ask again."""
        if PublicationDialog.ask(self.publication, self._project, self.window()) is not None:
            self._show()
            self.changed.emit()

    def _show(self) -> None:
        shown = self.publication
        self._words.setText(kept.words(shown))
        self._words.setToolTip("\n".join(part for part in (kept.meaning(shown.public), kept.pending(
            shown.public, shown.approval_no)) if part))  # fmt: skip
