"""The plugin as QGIS loads it: provider, menu, toolbar and desk, and all of it gone again on unload.

Nothing here imports geopandas, shapely or pandas; QGIS starts without paying for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from qgis.core import QgsApplication
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QCoreApplication, Qt, QTranslator
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction, QMenu, QToolBar

from . import texts
from .paths import ICON
from .texts import tr

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from .gui.desk import EnvZonesDesk
    from .gui.desk_state import DeskState
    from .gui.edit_toolbar import EditZones
    from .gui.import_wizard import ImportWizard
    from .processing.provider import EnvZonesProvider


class EnvZonesPlugin:
    """What QGIS holds while the plugin is enabled."""

    def __init__(self, iface: QgisInterface) -> None:
        self._iface = iface
        self._translator: QTranslator | None = None
        self._provider: EnvZonesProvider | None = None
        self._toolbar: QToolBar | None = None
        self._menu: QMenu | None = None
        self._state: DeskState | None = None
        self._desk: EnvZonesDesk | None = None
        self._import: ImportWizard | None = None
        self._editing: EditZones | None = None
        #: What registered itself with QGIS, in the order in which it did; each has release().
        self._parts: list[Any] = []
        self._actions: dict[str, QAction] = {}

    @property
    def iface(self) -> QgisInterface:
        """QGIS's window."""
        return self._iface

    @property
    def state(self) -> DeskState:
        """What the desk knows of the open project."""
        return self._state

    @property
    def editing(self) -> EditZones:
        """The tools for editing zones."""
        return self._editing

    # --- QGIS's entry points --------------------------------------------------------------------------

    def initProcessing(self) -> None:  # noqa: N802 - QGIS's name; qgis_process calls this alone
        """Register the Processing provider."""
        if self._provider is None:
            from .processing.provider import EnvZonesProvider

            self._install_translator()
            provider = EnvZonesProvider()
            if QgsApplication.processingRegistry().addProvider(provider):
                self._provider = provider

    def initGui(self) -> None:  # noqa: N802 - QGIS's name
        """Build the menu, the toolbar, and what else QGIS shows of us."""
        from . import sentences
        from .gui.desk_state import DeskState

        self._install_translator()
        sentences.install(texts.language())
        self.initProcessing()
        self._state = DeskState()
        self._menu = QMenu(tr("&EnvZones"))
        self._menu.setObjectName("EnvZonesMenu")
        self._menu.setIcon(QIcon(str(ICON)))
        self._iface.pluginMenu().addMenu(self._menu)
        self._toolbar = self._iface.addToolBar(tr("EnvZones Toolbar"))
        self._toolbar.setObjectName("EnvZonesToolbar")
        self._add_actions()
        from .gui.edit_toolbar import EditZones

        self._editing = EditZones(self._iface, self._menu, self.run_algorithm)
        self._parts.append(self._editing)
        self._install_parts()


    def _install_parts(self) -> None:
        """Register with QGIS what is neither menu nor panel: search bar, expressions, context menus, shortcuts."""
        from .gui.asof_view import AsOfView
        from .gui.callers import Callers
        from .gui.identify import Identify
        from .gui.layer_menu import LayerMenu
        from .gui.locator import Locator
        from .gui.options import Options
        from .gui.shortcuts import Shortcuts
        from .project.expressions import Expressions

        callers = Callers(self)
        self._parts += [
            AsOfView(self._state),
            Expressions(),
            callers,
            Locator(self._iface, self._state, callers.clause),
            Identify(self._iface, callers.feature, callers.place),
            LayerMenu(self._iface, callers.of_layer()),
            Options(self._iface),
            Shortcuts({**{f"edit_{name}": one for name, one in self._editing.actions.items()}, **self._actions}),
        ]

    def _add_actions(self) -> None:
        """Fill the menu and the toolbar, in the order of the work."""
        self._add("new", tr("New One-Map Project…"), tr("Make a one map and its project"), self.new_project)
        self._add(
            "shared", tr("Open a Shared Map…"), tr("Open a one map that lies in PostgreSQL"), self.open_shared_map
        )
        self._add(
            "import", tr("Import Files…"), tr("Bring files as offices send them into a layer of the one map"),
            self.import_files,
        )  # fmt: skip
        self._separate()
        self._add("dock", tr("EnvZones Panel"), tr("Show or hide the EnvZones panel"), self.toggle_dock)
        self._actions["dock"].setCheckable(True)
        for name, title, tip in (
            ("site", tr("Site Check"), tr("May a project go here? Click, draw or bring the sites")),
            ("river", tr("River Section"), tr("Click a section on the map and see its control zone")),
            ("plan", tr("Plan Board"), tr("How far each clause of the plans is carried out")),
        ):
            self._add(name, title, tip, lambda _=False, page=name: self.show_page(page))
        self._add(
            "probe", tr("Probe"), tr("Hold a site under the mouse: verdict and nearest constraints follow it"),
            self.probe,
        )  # fmt: skip
        self._actions["probe"].setCheckable(True)
        self._separate()
        tools = QMenu(tr("Checks for Many Sites"), self._menu)
        tools.setObjectName("EnvZonesToolsMenu")
        self._menu.addMenu(tools)
        for name, title, tip in (
            ("sitingcheck", tr("Siting Check…"), tr("Check candidate sites against the rulebooks")),
            ("riversection", tr("River Sections…"), tr("Draw sections' control zones and list what lies in them")),
            ("heatradius", tr("Heat Radius…"), tr("List the boilers within a plant's heat-supply radius")),
            ("planboard", tr("Plan Board…"), tr("Compute from the map how far plan documents are carried out")),
            ("suitablearea", tr("Suitable Area…"), tr("Where in an area a facility may go at all")),
        ):
            self._add(name, title, tip, lambda _=False, verb=name: self.run_algorithm(verb), menu=tools)
        self._add(
            "exportlayers", tr("Export Layers…"), tr("Write layers in the format that another office asks for"),
            self.export_layers,
        )  # fmt: skip
        self._add("export", tr("Export Map…"), tr("Write the printed map to a PDF or an image"), self.export_map)
        self._menu.addSeparator()
        self._add(
            "settings", tr("Project Settings…"),
            tr("The project's one map, city, rulebooks, day, and the office's own distances"), self.edit_settings,
            bar=False,
        )  # fmt: skip
        self._add("help", tr("Guide"), tr("Open the user guide"), self.open_guide, bar=False)
        self._menu.addSeparator()

    def unload(self) -> None:
        """Remove everything that was added, in the reverse order."""
        from . import sentences

        if self._import is not None and not sip.isdeleted(self._import):
            self._import.release()
        self._import = None
        for part in reversed(self._parts):
            part.release()
        self._parts = []
        self._editing = None
        if self._desk is not None and not sip.isdeleted(self._desk):
            self._desk.release()
            self._iface.removeDockWidget(self._desk)
            self._desk.deleteLater()
        self._desk = None
        if self._state is not None:
            self._state.release()
            self._state.deleteLater()
        self._state = None
        if self._toolbar is not None and not sip.isdeleted(self._toolbar):
            window = self._iface.mainWindow()
            if window is not None and hasattr(window, "removeToolBar"):
                window.removeToolBar(self._toolbar)
            self._toolbar.deleteLater()
        self._toolbar = None
        if self._menu is not None and not sip.isdeleted(self._menu):
            self._iface.pluginMenu().removeAction(self._menu.menuAction())
            self._menu.deleteLater()
        self._menu = None
        for action in self._actions.values():
            if not sip.isdeleted(action):
                action.deleteLater()
        self._actions = {}
        if self._provider is not None and not sip.isdeleted(self._provider):
            QgsApplication.processingRegistry().removeProvider(self._provider)
        self._provider = None
        if self._translator is not None:
            QCoreApplication.removeTranslator(self._translator)
        self._translator = None
        sentences.release()

    # --- actions ----------------------------------------------------------------------------------------

    def new_project(self, _checked: bool = False) -> None:
        """Ask what the new one map is, make it, and open its project."""
        if self._lacking():
            return
        from .gui.new_project import NewProjectDialog

        NewProjectDialog.ask(self._iface)

    def open_shared_map(self, _checked: bool = False) -> None:
        """Ask where a map in PostgreSQL is, and open its project."""
        if self._lacking():
            return
        from .gui.connect import SharedMapDialog

        SharedMapDialog.ask(self._iface)

    def import_files(self, _checked: bool = False) -> None:
        """Open the import wizard, or bring the one that is open to the front."""
        if self._lacking():
            return
        if self._import is not None and not sip.isdeleted(self._import):
            self._import.show()
            self._import.raise_()
            self._import.activateWindow()
            return
        from .gui.import_wizard import open_wizard

        self._import = open_wizard(self._iface)

    def desk(self) -> EnvZonesDesk:
        """Return the panel, built when it is first asked for."""
        if self._desk is None or sip.isdeleted(self._desk):
            from .gui.desk import EnvZonesDesk

            self._desk = EnvZonesDesk(self._iface, self._actions, self._state)
            self._desk.visibilityChanged.connect(self._actions["dock"].setChecked)
            self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self._desk)
            # Where the panel was when QGIS was closed.
            self._iface.mainWindow().restoreDockWidget(self._desk)
        return self._desk

    def toggle_dock(self, checked: bool) -> None:
        """Show or hide the panel."""
        if checked or self._desk is not None:
            self.desk().setUserVisible(checked)

    def show_page(self, name: str) -> Any:
        """Bring a page of the panel to the front and return it; None where it first needs a map or a library."""
        if self._lacking():
            return None
        self._state.settle()
        desk = self.desk()
        desk.setUserVisible(True)
        return desk.show_page(name)

    def probe(self, checked: bool) -> None:
        """Take the probe in hand, or put it away."""
        page = self.show_page("site") if checked else None
        if page is not None:
            page.start_probe()
        elif checked:
            self._actions["probe"].setChecked(False)
        elif self._desk is not None:
            self._desk.page("site").stop_probe()

    def edit_settings(self, _checked: bool = False) -> None:
        """Ask for the settings of the open project."""
        if self._lacking():
            return
        from .gui.project_settings import ProjectSettingsDialog

        ProjectSettingsDialog.ask(self._iface, self._state)

    def open_guide(self, _checked: bool = False) -> None:
        """Open the guide at its first page."""
        from .gui.help import open_help

        open_help("index", self._iface.mainWindow())

    def run_algorithm(self, verb: str, parameters: dict[str, Any] | None = None) -> None:
        """Open the dialog of one of our algorithms, filled in from the project's one map."""
        if self._lacking():
            return
        import processing

        from .gui.prefill import prefilled

        processing.execAlgorithmDialog(f"envzones:{verb}", {**prefilled(verb), **(parameters or {})})

    def export_layers(self, _checked: bool = False) -> None:
        """Open the dialog that writes layers, filled in with those that are chosen."""
        from .gui.export_layers import parameters

        self.run_algorithm("exportzones", parameters(self._iface))

    def export_map(self, _checked: bool = False) -> None:
        """Write the project's printed map."""
        from .gui.export_map import export_map

        export_map(self._iface)

    # --- helpers ----------------------------------------------------------------------------------------

    def _install_translator(self) -> None:
        if self._translator is None:
            self._translator = texts.load_translator()
            if self._translator is not None:
                QCoreApplication.installTranslator(self._translator)

    def _add(
        self, name: str, title: str, tip: str, slot: Callable[..., None], *, menu: QMenu | None = None, bar: bool = True
    ) -> None:
        icon = ICON.with_name(f"{name}.svg")
        action = QAction(QIcon(str(icon if icon.is_file() else ICON)), title, self._iface.mainWindow())
        action.setObjectName(f"EnvZones_{name}")
        action.setToolTip(tip)
        action.setStatusTip(tip)
        action.triggered.connect(slot)
        self._actions[name] = action
        (menu or self._menu).addAction(action)
        if bar and menu is None:
            self._toolbar.addAction(action)

    def _separate(self) -> None:
        self._menu.addSeparator()
        self._toolbar.addSeparator()

    def _lacking(self) -> bool:
        """Tell the user in one message what is missing, if anything is."""
        from qgis.core import Qgis

        from . import dependencies

        message = dependencies.message()
        if message:
            self._iface.messageBar().pushMessage("EnvZones", message, Qgis.MessageLevel.Warning, 0)
        return bool(message)
