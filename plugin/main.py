"""The plugin as QGIS loads it: provider, menu, toolbar and dock, and all of it gone again on unload.

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

    from .gui.dock import EnvZonesDock
    from .gui.edit_toolbar import EditZones
    from .gui.import_wizard import ImportWizard
    from .gui.river_panel import RiverPanel
    from .processing.provider import EnvZonesProvider


class EnvZonesPlugin:
    """What QGIS holds while the plugin is enabled."""

    def __init__(self, iface: QgisInterface) -> None:
        self._iface = iface
        self._translator: QTranslator | None = None
        self._provider: EnvZonesProvider | None = None
        self._toolbar: QToolBar | None = None
        self._menu: QMenu | None = None
        self._dock: EnvZonesDock | None = None
        self._river: RiverPanel | None = None
        self._editing: EditZones | None = None
        self._import: ImportWizard | None = None
        self._actions: dict[str, QAction] = {}

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
        """Build the menu and the toolbar."""
        self._install_translator()
        self.initProcessing()
        self._menu = QMenu(tr("&EnvZones"))
        self._menu.setObjectName("EnvZonesMenu")
        self._menu.setIcon(QIcon(str(ICON)))
        self._iface.pluginMenu().addMenu(self._menu)
        self._toolbar = self._iface.addToolBar(tr("EnvZones Toolbar"))
        self._toolbar.setObjectName("EnvZonesToolbar")
        self._add("new", tr("New One-Map Project…"), tr("Make a one map and its project"), self.new_project)
        self._add(
            "shared", tr("Open a Shared Map…"), tr("Open a one map that lies in PostgreSQL"), self.open_shared_map
        )
        self._add(
            "import",
            tr("Import Files…"),
            tr("Bring files as offices send them into a layer of the one map"),
            self.import_files,
        )
        self._add("dock", tr("EnvZones Panel"), tr("Show or hide the EnvZones panel"), self.toggle_dock)
        self._actions["dock"].setCheckable(True)
        self._add(
            "riverpanel",
            tr("River Section Panel"),
            tr("Click a section on the map and see its control zone"),
            self.toggle_river_panel,
        )
        self._actions["riverpanel"].setCheckable(True)
        self._menu.addSeparator()
        self._toolbar.addSeparator()
        for name, title, tip in (
            ("sitingcheck", tr("Siting Check…"), tr("Check candidate sites against the rulebooks")),
            ("riversection", tr("River Section…"), tr("Draw a section's control zone and list what lies in it")),
            ("heatradius", tr("Heat Radius…"), tr("List the boilers within a plant's heat-supply radius")),
        ):
            self._add(name, title, tip, lambda _=False, verb=name: self.run_algorithm(verb))
        self._menu.addSeparator()
        self._toolbar.addSeparator()
        self._add(
            "exportlayers",
            tr("Export Layers…"),
            tr("Write layers in the format that another office asks for"),
            self.export_layers,
        )
        self._add("export", tr("Export Map…"), tr("Write the printed map to a PDF or an image"), self.export_map)
        self._menu.addSeparator()
        from .gui.edit_toolbar import EditZones

        self._editing = EditZones(self._iface, self._menu, self.run_algorithm)

    def unload(self) -> None:
        """Remove everything that was added, in the reverse order."""
        if self._import is not None and not sip.isdeleted(self._import):
            self._import.release()
        self._import = None
        if self._editing is not None:
            self._editing.release()
        self._editing = None
        for dock in (self._river, self._dock):
            if dock is not None and not sip.isdeleted(dock):
                dock.release()
                self._iface.removeDockWidget(dock)
                dock.deleteLater()
        self._river = self._dock = None
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

    def toggle_dock(self, checked: bool) -> None:
        """Show or hide the panel; it is built when it is first asked for."""
        if self._dock is None or sip.isdeleted(self._dock):
            if not checked:
                return
            from .gui.dock import EnvZonesDock

            self._dock = EnvZonesDock(self._iface, self._actions)
            self._dock.visibilityChanged.connect(self._actions["dock"].setChecked)
            self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self._dock)
        self._dock.setUserVisible(checked)

    def toggle_river_panel(self, checked: bool) -> None:
        """Show or hide the River section panel; it is built when it is first asked for."""
        action = self._actions["riverpanel"]
        if self._river is None or sip.isdeleted(self._river):
            if not checked:
                return
            if self._lacking():
                action.setChecked(False)
                return
            from .gui.river_panel import RiverPanel

            self._river = RiverPanel(self._iface)
            self._river.visibilityChanged.connect(action.setChecked)
            self._iface.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self._river)
            # Where the panel was when QGIS was closed.
            self._iface.mainWindow().restoreDockWidget(self._river)
        self._river.setUserVisible(checked)

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
        from .gui.export import export_map

        export_map(self._iface)

    # --- helpers ----------------------------------------------------------------------------------------

    def _install_translator(self) -> None:
        if self._translator is None:
            self._translator = texts.load_translator()
            if self._translator is not None:
                QCoreApplication.installTranslator(self._translator)

    def _add(self, name: str, title: str, tip: str, slot: Callable[..., None]) -> None:
        icon = ICON.with_name(f"{name}.svg")
        action = QAction(QIcon(str(icon if icon.is_file() else ICON)), title, self._iface.mainWindow())
        action.setObjectName(f"EnvZones_{name}")
        action.setToolTip(tip)
        action.setStatusTip(tip)
        action.triggered.connect(slot)
        self._actions[name] = action
        self._menu.addAction(action)
        self._toolbar.addAction(action)

    def _lacking(self) -> bool:
        """Tell the user in one message what is missing, if anything is."""
        from qgis.core import Qgis

        from . import dependencies

        message = dependencies.message()
        if message:
            self._iface.messageBar().pushMessage("EnvZones", message, Qgis.MessageLevel.Warning, 0)
        return bool(message)
