"""The *Edit Zones* toolbar: its actions, what they need before they can be used, and what they open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from qgis.core import Qgis, QgsMapLayer, QgsProject, QgsVectorLayer, QgsWkbTypes
from qgis.gui import QgsAdvancedDigitizingDockWidget
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, QPoint, Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction, QInputDialog, QLineEdit, QMenu, QToolBar, QToolButton

from ..engine.errors import EnvZonesError
from ..paths import ICON
from ..project import editing, editing_shapes
from ..texts import tr
from . import edit_snap
from .edit_guard import EditGuard

if TYPE_CHECKING:
    from qgis.gui import QgisInterface, QgsDockWidget, QgsMapTool

_POLYGON = QgsWkbTypes.GeometryType.PolygonGeometry


class EditZones(QObject):
    """Everything for editing zones that the plugin adds to QGIS; :meth:`release` takes it away again."""

    def __init__(self, iface: QgisInterface, menu: QMenu, run_algorithm: Callable[[str], None]) -> None:
        super().__init__()
        self._iface = iface
        self._run_algorithm = run_algorithm
        self._tools: dict[str, QgsMapTool] = {}
        self._docks: dict[str, QgsDockWidget] = {}
        self._watched: QgsVectorLayer | None = None
        self._cad: QgsAdvancedDigitizingDockWidget | None = None
        self.actions: dict[str, QAction] = {}
        self.guard = EditGuard(iface)
        self.toolbar: QToolBar = iface.addToolBar(tr("Edit Zones Toolbar"))
        self.toolbar.setObjectName("EnvZonesEditToolbar")
        self.menu = QMenu(tr("Edit Zones"), menu)
        self.menu.setObjectName("EnvZonesEditMenu")
        self._fill()
        menu.addMenu(self.menu)
        changed = getattr(iface, "currentLayerChanged", None)
        if changed is not None:
            changed.connect(self._follow)
        self._follow(self.layer())

    def _fill(self) -> None:
        add = self._add
        add(
            "split",
            tr("Split Zones"),
            tr("Draw a line across zones; each part becomes a zone"),
            self._toggle_split,
            True,
        )
        add("merge", tr("Merge Zones…"), tr("Join the selected zones; choose whose values stay"), self.merge)
        add(
            "shared", tr("Take Shared Boundary"),
            tr("Click along a boundary, road or river on the map: the selected zone's edge follows it exactly"),
            self._toggle_shared, True,
        )  # fmt: skip
        self._separate()
        self.snap = edit_snap.SnapMenu(QgsProject.instance(), self._say)
        self.snap.setObjectName("EnvZonesSnapMenu")
        button = QToolButton()
        button.setObjectName("EnvZonesSnapButton")
        button.setIcon(_icon("snap"))
        button.setToolTip(f"<b>{tr('Snapping for Zones')}</b><br>{tr('Choose what the cursor snaps to')}")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(self.snap)
        self.toolbar.addWidget(button)
        self.snap.setTitle(tr("Snapping for Zones"))
        self.snap.setIcon(_icon("snap"))
        self.menu.addMenu(self.snap)
        add(
            "vertices", tr("Zone from a Vertex Table…"), tr("Draw a zone from a document's table of coordinates"),
            lambda _=False: self._run_algorithm("delineatevertices"),
        )  # fmt: skip
        self._separate()
        add(
            "live",
            tr("Zone Measures"),
            tr("Area, overlaps and nesting of a zone while you draw it"),
            self._toggle_live,
            True,
        )
        add(
            "validate",
            tr("Check This Layer"),
            tr("List what is wrong in the layer, unsaved edits included"),
            self.validate,
        )
        add(
            "history",
            tr("Row History"),
            tr("Who changed the selected feature, when, before and after"),
            self._toggle_history,
            True,
        )
        self._separate()
        add(
            "adjust",
            tr("Adjust Zone…"),
            tr("Give the selected zone its new extent by a document; the old one is kept"),
            self.adjust,
        )
        add(
            "cancel",
            tr("Cancel Zone…"),
            tr("End the selected zone by a document; it is kept in the history"),
            self.cancel,
        )
        self.menu.addSeparator()
        name = QAction(tr("Name for Edits…"), self)
        name.setObjectName("EnvZonesEdit_name")
        name.triggered.connect(self.ask_name)
        self.menu.addAction(name)

    def release(self) -> None:
        """Take everything away again, the guard last."""
        changed = getattr(self._iface, "currentLayerChanged", None)
        if changed is not None:
            changed.disconnect(self._follow)
        self._unwatch()
        canvas = self._iface.mapCanvas()
        for tool in self._tools.values():
            if not sip.isdeleted(tool):
                if not sip.isdeleted(canvas):
                    canvas.unsetMapTool(tool)
                tool.deleteLater()
        for dock in self._docks.values():
            if not sip.isdeleted(dock):
                dock.release()
                self._iface.removeDockWidget(dock)
                dock.deleteLater()
        self._tools, self._docks = {}, {}
        if self._cad is not None and not sip.isdeleted(self._cad):
            self._cad.deleteLater()
        self._cad = None
        self.snap.release()
        if not sip.isdeleted(self.toolbar):
            window = self._iface.mainWindow()
            if window is not None and hasattr(window, "removeToolBar"):
                window.removeToolBar(self.toolbar)
            self.toolbar.deleteLater()
        if not sip.isdeleted(self.menu):
            self.menu.deleteLater()
        for action in self.actions.values():
            if not sip.isdeleted(action):
                action.deleteLater()
        self.actions = {}
        self.guard.release()

    def _add(self, name: str, title: str, tip: str, slot: Callable[..., None], checkable: bool = False) -> None:
        action = QAction(_icon(name), title, self._iface.mainWindow())
        action.setObjectName(f"EnvZonesEdit_{name}")
        action.setToolTip(f"<b>{title.rstrip('…')}</b><br>{tip}")
        action.setStatusTip(tip)
        action.setCheckable(checkable)
        action.triggered.connect(slot)
        self.actions[name] = action
        self.toolbar.addAction(action)
        self.menu.addAction(action)

    def _separate(self) -> None:
        self.toolbar.addSeparator()
        self.menu.addSeparator()

    def _say(self, said: str, level: Any = Qgis.MessageLevel.Info) -> None:
        self._iface.messageBar().pushMessage("EnvZones", said, level)

    def _warn(self, error: EnvZonesError | str) -> None:
        self._say(str(error), Qgis.MessageLevel.Warning)

    # --- which layer --------------------------------------------------------------------------------------------

    def layer(self) -> QgsVectorLayer | None:
        """Return the layer that is active in QGIS, if it is one of features."""
        active = (
            self._iface.activeLayer()
            if hasattr(self._iface, "activeLayer")
            else self._iface.mapCanvas().currentLayer()
        )
        return active if isinstance(active, QgsVectorLayer) else None

    def _follow(self, layer: QgsMapLayer | None) -> None:
        self._unwatch()
        if isinstance(layer, QgsVectorLayer):
            self._watched = layer
            for signal in self._signals(layer):
                signal.connect(self._allow)
        self._allow()

    def _unwatch(self) -> None:
        layer, self._watched = self._watched, None
        if layer is not None and not sip.isdeleted(layer):
            for signal in self._signals(layer):
                signal.disconnect(self._allow)

    @staticmethod
    def _signals(layer: QgsVectorLayer) -> list[Any]:
        return [layer.editingStarted, layer.editingStopped, layer.selectionChanged, layer.willBeDeleted]

    def _allow(self, *_: Any) -> None:
        """Enable what can be done now."""
        layer = self._watched
        if layer is not None and (sip.isdeleted(layer) or not layer.isValid()):
            layer = self._watched = None
        stored = layer is not None and editing.is_stored(layer)
        editable = layer is not None and layer.isEditable()
        polygons = layer is not None and layer.geometryType() == _POLYGON
        chosen = layer.selectedFeatureCount() if layer is not None else 0
        lived = stored and layer.fields().indexOf("life_state") >= 0
        for name, can in (
            ("split", editable and polygons),
            ("merge", editable and polygons and chosen > 1),
            ("shared", editable and polygons and chosen == 1),
            ("validate", stored),
            ("adjust", lived and editable and chosen == 1),
            ("cancel", lived and editable and chosen > 0),
        ):
            self.actions[name].setEnabled(bool(can))

    # --- map tools ----------------------------------------------------------------------------------------------

    def cad(self) -> QgsAdvancedDigitizingDockWidget:
        """Return QGIS's panel for advanced digitizing, which its drawing tools need."""
        if hasattr(self._iface, "cadDockWidget"):
            return self._iface.cadDockWidget()
        if self._cad is None:
            self._cad = QgsAdvancedDigitizingDockWidget(self._iface.mapCanvas(), self._iface.mainWindow())
        return self._cad

    def tool(self, name: str) -> QgsMapTool:
        """Return one of the map tools; it is made when it is first asked for."""
        if name not in self._tools:
            from . import edit_tools

            canvas = self._iface.mapCanvas()
            made = edit_tools.SplitTool(canvas, self.cad()) if name == "split" else edit_tools.SharedTool(canvas)
            made.failed.connect(self._warn)
            made.setAction(self.actions[name])
            self._tools[name] = made
        return self._tools[name]

    def _toggle_split(self, checked: bool) -> None:
        self._toggle_tool("split", checked)

    def _toggle_shared(self, checked: bool) -> None:
        self._toggle_tool("shared", checked)

    def _toggle_tool(self, name: str, checked: bool) -> None:
        canvas = self._iface.mapCanvas()
        if checked:
            canvas.setMapTool(self.tool(name))
        else:
            canvas.unsetMapTool(self.tool(name))

    # --- dialogs ------------------------------------------------------------------------------------------------

    def merge(self, _checked: bool = False) -> None:
        """Ask whose values stay, and join the selected zones."""
        from .edit_merge import MergeDialog

        layer = self.layer()
        if layer is None or layer.selectedFeatureCount() < 2:
            return
        dialog = MergeDialog(layer, self._iface.mainWindow())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def merge() -> None:
            try:
                editing_shapes.merge(layer, dialog.fids(), dialog.keep(), dialog.values())
            except EnvZonesError as error:
                self._warn(error)

        dialog.accepted.connect(merge)
        dialog.open()

    def adjust(self, _checked: bool = False) -> None:
        """Ask for the document, keep the old extent and open a new row with the edited one."""
        self._ask_document("adjust")

    def cancel(self, _checked: bool = False) -> None:
        """Ask for the document, and end the selected zones."""
        self._ask_document("cancel")

    def _ask_document(self, verb: str) -> None:
        from .edit_life import LifeDialog

        layer = self.layer()
        if layer is None or self._lacking():
            return
        dialog = LifeDialog(layer, verb, self._iface.mainWindow())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.failed.connect(self._warn)
        dialog.done_with.connect(self._say)
        dialog.open()

    def ask_name(self, _checked: bool = False) -> None:
        """Ask under which name edits of a GeoPackage are kept in its history."""
        said, answered = QInputDialog.getText(
            self._iface.mainWindow(), tr("Name for Edits"),
            tr("Your name in the history of a map file (a shared map in PostgreSQL knows your login):"),
            QLineEdit.EchoMode.Normal, editing.user_name(),
        )  # fmt: skip
        if answered:
            editing.set_user_name(said)

    # --- panels -------------------------------------------------------------------------------------------------

    def _toggle_live(self, checked: bool) -> None:
        self._toggle_dock("live", checked)

    def _toggle_history(self, checked: bool) -> None:
        self._toggle_dock("history", checked)

    def _toggle_dock(self, name: str, checked: bool) -> None:
        if name in self._docks or checked:
            self.dock(name).setUserVisible(checked)

    def dock(self, name: str) -> QgsDockWidget:
        """Return a panel (live, history, issues); it is made when it is first asked for."""
        if name not in self._docks or sip.isdeleted(self._docks[name]):
            self._docks[name] = self._make(name)
        return self._docks[name]

    def _make(self, name: str) -> QgsDockWidget:
        area = Qt.DockWidgetArea.RightDockWidgetArea
        if name == "live":
            from .edit_panel import LivePanel

            made = LivePanel(self._iface)
        elif name == "history":
            from .edit_audit import HistoryPanel

            made = HistoryPanel(self._iface, self.guard)
            area = Qt.DockWidgetArea.BottomDockWidgetArea
        else:
            from .edit_issues import IssuesPanel

            made = IssuesPanel(self._iface)
            area = Qt.DockWidgetArea.BottomDockWidgetArea
        if name in self.actions:
            made.visibilityChanged.connect(self.actions[name].setChecked)
        self._iface.addDockWidget(area, made)
        window = self._iface.mainWindow()
        if hasattr(window, "restoreDockWidget"):
            window.restoreDockWidget(made)
        return made

    def validate(self, _checked: bool = False) -> None:
        """Check the active layer as it is now, and list what is wrong."""
        layer = self.layer()
        if layer is not None and not self._lacking():
            panel = self.dock("issues")
            panel.setUserVisible(True)
            panel.check(layer)

    def _lacking(self) -> bool:
        """Tell the user what is missing of the engine's libraries, if anything is."""
        from .. import dependencies

        missing = dependencies.message()
        if missing:
            self._warn(missing)
        return bool(missing)

    def show_snap_menu(self) -> None:
        """Open the menu of snapping presets below its button."""
        button = self.toolbar.findChild(QToolButton, "EnvZonesSnapButton")
        if button is not None:
            self.snap.popup(button.mapToGlobal(QPoint(0, button.height())))


def _icon(name: str) -> QIcon:
    return QIcon(str(ICON.with_name(f"edit_{name}.svg")))
