"""The buttons of the River section panel."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction, QMenu, QToolBar, QToolButton, QWidget

from ..paths import ICON
from ..texts import tr


class Tools(QToolBar):
    """Pick, zoom, keep, save, copy and clear, each an action, and the menu of what is exported."""

    def __init__(self, export: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesRiverTools")
        self.setIconSize(QSize(20, 20))
        self.pick = self._action(
            "pick", tr("Pick on the Map"), tr("Click a section or a place on a river"), ICON.with_name("riverpanel.svg")
        )
        self.pick.setCheckable(True)
        self.zoom = self._action(
            "zoom", tr("Zoom to the Zone"), tr("Show the whole control zone on the map"), "mActionZoomToSelected.svg"
        )
        self.keep = self._action(
            "keep", tr("Keep as Layers"), tr("Keep the result beside the project and show it as layers"),
            "mActionDuplicateLayer.svg",
        )  # fmt: skip
        self.save = self._action(
            "save", tr("Keep in a GeoPackage…"), tr("Write the result to a file and add it to the project"),
            "mActionFileSave.svg",
        )  # fmt: skip
        self.copy = self._action(
            "copy", tr("Copy the Table"), tr("Copy the features shown to the clipboard"), "mActionEditCopy.svg"
        )
        self.clear_all = self._action(
            "clear", tr("Clear"), tr("Take the section off the map"), "mActionDeselectAll.svg"
        )
        self.addAction(self.pick)
        self._worded = True
        self._word(True)
        self.addAction(self.zoom)
        self.addSeparator()
        button = QToolButton()
        button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QMenu(button)
        menu.addActions([self.keep, self.save])
        button.setMenu(menu)
        button.setDefaultAction(self.keep)
        self.addWidget(button)
        self.addWidget(export)
        self.addAction(self.copy)
        self.addSeparator()
        self.addAction(self.clear_all)

    def fit(self, room: int) -> None:
        """Leave the words of the first button away where the others would not be seen."""
        button = self.widgetForAction(self.pick)
        words = button.fontMetrics().horizontalAdvance(self.pick.text())
        whole = self.sizeHint().width() + (0 if self._worded else words)
        self._word(whole <= room)

    def _word(self, worded: bool) -> None:
        styles = Qt.ToolButtonStyle
        self._worded = worded
        self.widgetForAction(self.pick).setToolButtonStyle(
            styles.ToolButtonTextBesideIcon if worded else styles.ToolButtonIconOnly
        )

    def allow(self, *, result: bool, place: bool) -> None:
        """Enable what can be done with a result, and with a place."""
        for action in (self.zoom, self.keep, self.save, self.copy):
            action.setEnabled(result)
        self.clear_all.setEnabled(place)

    def _action(self, name: str, title: str, tip: str, icon: str | Path) -> QAction:
        image = QIcon(str(icon)) if isinstance(icon, Path) else QgsApplication.getThemeIcon(f"/{icon}")
        action = QAction(image, title, self)
        action.setObjectName(f"EnvZonesRiver_{name}")
        action.setToolTip(f"<b>{title}</b><br>{tip}")
        action.setStatusTip(tip)
        return action
