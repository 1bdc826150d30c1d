"""The help buttons of dialogs and pages: they open the bundled guide, without a network, and F1 does the same."""

from __future__ import annotations

from typing import Callable

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QEvent, QObject, Qt
from qgis.PyQt.QtGui import QDesktopServices, QIcon, QKeyEvent
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QDialog,
    QDialogButtonBox,
    QDockWidget,
    QMessageBox,
    QToolButton,
    QWidget,
    QWizard,
)

from ..project import guide
from ..texts import tr
from .desk_page import Page

#: Dynamic property of every help button: the page that it opens.
PROPERTY = "envzones_help"
NAME = "EnvZonesHelp"


def open_help(page: str, parent: QWidget | None = None) -> None:
    """Open the guide in the user's language at a page, e.g. ``"site"`` or ``"processing#sitingcheck"``."""
    address = guide.url(page)
    if address is None:
        said = tr("The guide is not there: {path} is missing. Install the plugin again.").format(path=guide.FOLDER)
    elif not QDesktopServices.openUrl(address):
        said = tr("No program opens web pages here. The guide is {path}").format(path=address.toLocalFile())
    else:
        return
    QMessageBox.information(parent, tr("Help"), said)


def help_button(page: str, parent: QWidget | None = None) -> QToolButton:
    """Return a small help button for a page of the desk, a panel or a dialog without a button row."""
    button = QToolButton(parent)
    button.setAutoRaise(True)
    button.setIcon(icon())
    button.setText(tr("Help"))
    button.clicked.connect(lambda _checked=False: open_help(button.property(PROPERTY), button))
    _mark(button, page)
    return button


def add_help(box: QDialogButtonBox, page: str) -> QAbstractButton:
    """Add the help button to a dialog's row of buttons."""
    button = box.addButton(QDialogButtonBox.StandardButton.Help)
    button.setText(tr("Help"))
    box.helpRequested.connect(lambda: open_help(button.property(PROPERTY), button))
    _mark(button, page)
    return button


def add_wizard_help(wizard: QWizard, page: Callable[[], str]) -> None:
    """Give a wizard its help button; `page` names the page of the guide for the step that is shown."""
    wizard.setOption(QWizard.WizardOption.HaveHelpButton, True)
    wizard.setOption(QWizard.WizardOption.HelpButtonOnRight, False)
    button = wizard.button(QWizard.WizardButton.HelpButton)
    wizard.helpRequested.connect(lambda: open_help(page(), wizard))
    wizard.currentIdChanged.connect(lambda _id: button.setProperty(PROPERTY, page()))
    name = button.objectName()
    _mark(button, page())
    # Qt knows the buttons of a wizard by names of its own.
    button.setObjectName(name)


def icon() -> QIcon:
    """Return QGIS's icon for help."""
    return QgsApplication.getThemeIcon("/mActionHelpContents.svg")


def _mark(button: QAbstractButton, page: str) -> None:
    button.setObjectName(NAME)
    button.setProperty(PROPERTY, page)
    button.setToolTip(tr("Open the guide at this page (F1)"))
    _HelpKey(button)


class _HelpKey(QObject):
    """Lets F1 press the help button wherever the focus is in its dialog, panel or page.

    A shortcut would be ambiguous beside QGIS's own F1, and neither would then work.
    """

    def __init__(self, button: QAbstractButton) -> None:
        super().__init__(button)
        self._button = button
        self._around: QWidget | None = None
        button.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        kind = event.type()
        if kind == QEvent.Type.Show and watched is self._button:
            self._watch()
        elif kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) and watched is self._around:
            return self._pressed(event)
        return False

    def _pressed(self, event: QKeyEvent) -> bool:
        if event.key() != Qt.Key.Key_F1 or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        if event.type() == QEvent.Type.KeyPress:
            self._button.click()
        event.accept()
        return True

    def _watch(self) -> None:
        """Listen to the widget that the button helps with, once it is known."""
        around = self._button.parentWidget()
        while around is not None and not isinstance(around, (Page, QDialog, QDockWidget)) and not around.isWindow():
            around = around.parentWidget()
        if around is not None and around is not self._around:
            if self._around is not None:
                self._around.removeEventFilter(self)
            self._around = around
            around.installEventFilter(self)
