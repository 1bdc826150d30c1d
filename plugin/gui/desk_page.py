"""What the four pages of the desk have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qgis.PyQt.QtWidgets import QAction, QWidget

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from .desk_state import DeskState


class Page(QWidget):
    """One page.  A subclass builds its widgets, follows `state`, and lets go of everything in :meth:`release`."""

    #: Key of what the page remembers in a project, and of its page in the guide.
    NAME = ""

    def __init__(self, iface: QgisInterface, state: DeskState, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setObjectName(f"EnvZonesPage_{self.NAME}")
        self.iface = iface
        # Not called `state`: pages may have methods of that name.
        self.desk = state
        self.actions_by_name = actions

    def title(self) -> str:
        """Return what the page is called on its tab."""
        raise NotImplementedError

    def opened(self) -> None:
        """Be told that the page is shown."""

    def release(self) -> None:
        """Let go of the project, the canvas and the work in the background."""
