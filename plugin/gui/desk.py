"""The desk: one panel with four pages, in the order of the work, and what to do first while there is no map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QAction,
    QFrame,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from .. import dependencies
from ..texts import tr
from .desk_page import Page
from .desk_state import DeskState

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

#: The pages in the order of the work.
PAGES = ("map", "site", "river", "plan")
#: A river's section can be looked at in any project with rivers.
_WITHOUT_MAP = {"river"}
_LEAST_WIDTH = 320


class EnvZonesDesk(QgsDockWidget):
    """Holds the pages; each is built when it is first shown."""

    def __init__(self, iface: QgisInterface, actions: Mapping[str, QAction], state: DeskState) -> None:
        super().__init__(tr("EnvZones"), iface.mainWindow())
        self.setObjectName("EnvZonesDock")
        self._iface = iface
        self._actions = actions
        self.state = state
        self._built: dict[str, Page] = {}
        self._tabs = QTabBar()
        self._tabs.setObjectName("EnvZonesTabs")
        self._tabs.setDocumentMode(True)
        self._tabs.setDrawBase(False)
        # All four are in sight even where the panel is narrow.
        self._tabs.setUsesScrollButtons(False)
        self._tabs.setExpanding(True)
        titles = {
            "map": (tr("Map"), tr("Which one map, its layers, rulebooks and day")),
            "site": (tr("Site"), tr("May a project go here?")),
            "river": (tr("River"), tr("What lies near a river section, and who has to clear it?")),
            "plan": (tr("Plan"), tr("How far are the plans carried out?")),
        }
        for name in PAGES:
            index = self._tabs.addTab(titles[name][0])
            self._tabs.setTabToolTip(index, titles[name][1])
        self._stack = QStackedWidget()
        self._lacking = QLabel()
        self._lacking.setWordWrap(True)
        self._lacking.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lacking.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._lacking.setMargin(9)
        self._first = self._first_steps()
        self._stack.addWidget(self._first)
        self._stack.addWidget(self._lacking)
        whole = QWidget()
        box = QVBoxLayout(whole)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self._tabs)
        box.addWidget(self._stack, 1)
        self.setWidget(whole)
        self.setMinimumWidth(_LEAST_WIDTH)
        state.project_changed.connect(self._project_changed)
        state.map_changed.connect(self._follow)
        self._tabs.currentChanged.connect(self._opened)
        self._project_changed()

    # --- what others call -----------------------------------------------------------------------------------

    def page(self, name: str) -> Page:
        """Return a page, built if it was not yet."""
        if name not in self._built:
            page = _make(name)(self._iface, self.state, self._actions)
            self._built[name] = page
            self._stack.addWidget(page)
        return self._built[name]

    def show_page(self, name: str) -> Page | None:
        """Bring a page to the front and return it; None where it first needs a map or a library."""
        self._tabs.setCurrentIndex(PAGES.index(name))
        self._follow()
        page = self._built.get(name)
        return page if page is not None and self._stack.currentWidget() is page else None

    @property
    def current(self) -> str:
        """The page whose tab is in front."""
        return PAGES[self._tabs.currentIndex()]

    def release(self) -> None:
        """Let go of everything before the panel is deleted."""
        self.state.project_changed.disconnect(self._project_changed)
        self.state.map_changed.disconnect(self._follow)
        for page in self._built.values():
            page.release()
        self._built = {}

    # --- following ------------------------------------------------------------------------------------------

    def _project_changed(self) -> None:
        wanted = self.state.kept("desk").get("page")
        if wanted in PAGES:
            self._tabs.setCurrentIndex(PAGES.index(wanted))
        self._follow()

    def _follow(self) -> None:
        """Show the page where it has what it needs, else what to do first."""
        lacking = dependencies.message()
        if lacking:
            self._lacking.setText(lacking)
            self._stack.setCurrentWidget(self._lacking)
            return
        if self.state.path is None and self.current not in _WITHOUT_MAP:
            self._stack.setCurrentWidget(self._first)
            return
        page = self.page(self.current)
        if self._stack.currentWidget() is not page:
            self._stack.setCurrentWidget(page)
            page.opened()

    def _opened(self, _index: int) -> None:
        self.state.keep("desk", {"page": self.current})
        self._follow()

    # --- the empty desk -------------------------------------------------------------------------------------

    def _first_steps(self) -> QWidget:
        page = QWidget()
        page.setObjectName("EnvZonesFirstSteps")
        box = QVBoxLayout(page)
        box.addWidget(_words("<b>" + tr("No one map in this project yet") + "</b>"))
        box.addWidget(_words(tr(
            "A one map is a single file, or a shared database, with all pollution-control zones of a city.<br><br>"
            "<b>1.</b> Make one: start with the demonstration map of Jiyuan, or with an empty map.<br>"
            "<b>2.</b> Draw zones, or import the files that offices have.<br>"
            "<b>3.</b> Ask it: may a project go here, what lies near a river section, how far is the plan carried out."
        )))  # fmt: skip
        for name in ("new", "shared", "help"):
            if name in self._actions:
                box.addWidget(_button(self._actions[name]), 0, Qt.AlignmentFlag.AlignLeft)
        box.addWidget(_words(tr("Or open a project whose layers come from a one map.")))
        box.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(page)
        return scroll


def _make(name: str) -> type[Page]:
    """Return the class of a page; what it needs is imported when it is first shown."""
    if name == "map":
        from .desk_map import MapPage

        return MapPage
    if name == "site":
        from .desk_site import SitePage

        return SitePage
    if name == "river":
        from .desk_river import RiverPage

        return RiverPage
    from .desk_plan import PlanPage

    return PlanPage


def _words(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.RichText)
    return label


def _button(action: QAction) -> QPushButton:
    button = QPushButton(action.icon(), action.text())
    button.setToolTip(action.toolTip())
    button.clicked.connect(action.trigger)
    return button
