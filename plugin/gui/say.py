"""Messages in QGIS's message bar, with what to do next and the details behind a button."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Callable

from qgis.core import Qgis
from qgis.PyQt.QtWidgets import QPushButton

from ..texts import tr

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

#: How long good news stay, in seconds; what is wrong stays until it is read.
_SECONDS = {"info": 8, "success": 10, "warning": 0}


def say(
    iface: QgisInterface,
    text: str,
    level: str = "info",
    *,
    details: str = "",
    buttons: Sequence[tuple[str, Callable[[], None]]] = (),
) -> None:
    """Show one sentence; `level` is ``info``, ``success`` or ``warning``, `buttons` are (title, slot)."""
    bar = iface.messageBar()
    levels = Qgis.MessageLevel
    kind = {"info": levels.Info, "success": levels.Success, "warning": levels.Warning}[level]
    if not details and not buttons:
        bar.pushMessage("EnvZones", text, kind, _SECONDS[level])
        return
    item = bar.createMessage("EnvZones", text)
    for title, slot in buttons:
        _add(item, title, slot)
    if details:
        _add(item, tr("Details"), lambda: _show_details(iface, text, details))
    bar.pushWidget(item, kind, _SECONDS[level])


def _add(item: object, title: str, slot: Callable[[], None]) -> None:
    button = QPushButton(title)
    button.clicked.connect(lambda _checked=False: slot())
    item.layout().addWidget(button)


def _show_details(iface: QgisInterface, text: str, details: str) -> None:
    from qgis.gui import QgsMessageViewer

    viewer = QgsMessageViewer(iface.mainWindow())
    viewer.setTitle("EnvZones")
    viewer.setMessageAsPlainText(f"{text}\n\n{details}")
    viewer.show()
