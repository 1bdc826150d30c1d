"""Keyboard shortcuts, kept by QGIS's own manager: Settings › Keyboard Shortcuts lists and changes them."""

from __future__ import annotations

from collections.abc import Mapping

from qgis.gui import QgsGui
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import QAction

#: Action -> default keys.  QGIS 3.22 to 3.44 binds none of them, nor do its own plugins.
DEFAULTS: Mapping[str, str] = {
    "dock": "Ctrl+Alt+Z",
    "site": "Ctrl+Alt+S",
    "river": "Ctrl+Alt+W",
    "plan": "Ctrl+Alt+B",
    "probe": "Ctrl+Alt+Q",
    "import": "Ctrl+Alt+I",
}


#: The names of all our actions begin so.
_OURS = "EnvZones"


class Shortcuts:
    """Hands actions to QGIS's shortcut manager; :meth:`release` takes them back.

    Attributes
    ----------
    taken : dict of str to str
        Actions whose default keys somebody else has, and who; they have no keys until the user gives them some.
    """

    def __init__(self, actions: Mapping[str, QAction]) -> None:
        self._manager = QgsGui.shortcutsManager()
        self.taken: dict[str, str] = {}
        for name, action in actions.items():
            keys = DEFAULTS.get(name, "")
            if keys:
                other = self._manager.actionForSequence(QKeySequence(keys))
                if other is not None and other is not action:
                    self.taken[name] = other.text()
                    keys = ""
            self._manager.registerAction(action, keys)

    def release(self) -> None:
        """Take back all actions of ours; what the user set is kept in QGIS's settings.

        QGIS registers every action of its window by itself, and its manager would keep pointing at those that are
        deleted: its dialog of shortcuts then crashes.
        """
        for action in self._manager.listActions():
            if action.objectName().startswith(_OURS):
                self._manager.unregisterAction(action)
