"""Entries in the context menus of the one map's layers, in QGIS's layer tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Callable

from qgis.core import QgsMapLayerType, QgsProject, QgsVectorLayer
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction

from ..paths import ICON
from ..project import source
from ..texts import tr

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

Callback = Callable[[QgsVectorLayer], None]


class LayerMenu:
    """Adds the entries to the layers that they are for; :meth:`release` takes them away.

    `callbacks` has, for each key of :data:`ENTRIES`, what is called with the layer.
    """

    #: Key -> whether the entry is for layers of the one map alone.
    ENTRIES: Mapping[str, bool] = {
        "check_selected": False, "check_all": False, "validate": True, "import": True, "export": True, "declare": True,
        "history": True,
    }  # fmt: skip

    def __init__(self, iface: QgisInterface, callbacks: Mapping[str, Callback]) -> None:
        self._iface = iface
        titles = {
            "check_selected": tr("Check Selected Features as Sites"),
            "check_all": tr("Check Whole Layer as Sites"),
            "validate": tr("Validate…"),
            "import": tr("Import into This Layer…"),
            "export": tr("Export…"),
            "declare": tr("Declare Complete…"),
            "history": tr("Row History"),
        }
        self.actions: dict[str, QAction] = {}
        self._known: set[str] = set()
        for name, title in titles.items():
            if name not in callbacks:
                continue
            icon = ICON.with_name(f"{name}.svg")
            action = QAction(QIcon(str(icon if icon.is_file() else ICON)), title, iface.mainWindow())
            action.setObjectName(f"EnvZonesLayer_{name}")
            action.triggered.connect(lambda _checked=False, call=callbacks[name]: self._call(call))
            iface.addCustomActionForLayerType(action, "EnvZones", QgsMapLayerType.VectorLayer, False)
            self.actions[name] = action
        project = QgsProject.instance()
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._follow)
        for signal in (project.layersAdded, project.readProject):
            signal.connect(self._later)
        self._follow()

    def _later(self, *_: object) -> None:
        self._timer.start()

    def _follow(self) -> None:
        """Give each new layer the entries that are for it."""
        there = QgsProject.instance().mapLayers().items()
        layers = {name: one for name, one in there if isinstance(one, QgsVectorLayer)}
        ours = {layer.id() for layer in source.map_layers(QgsProject.instance()).values() if _of_a_map(layer)}
        self._known &= set(layers)
        for name in set(layers) - self._known:
            self._known.add(name)
            if not layers[name].isSpatial():
                continue
            for key, action in self.actions.items():
                if name in ours or not self.ENTRIES[key]:
                    self._iface.addCustomActionForLayer(action, layers[name])

    def _call(self, call: Callback) -> None:
        layer = self._iface.activeLayer()
        if isinstance(layer, QgsVectorLayer):
            call(layer)

    def release(self) -> None:
        """Take the entries away."""
        self._timer.stop()
        project = QgsProject.instance()
        for signal in (project.layersAdded, project.readProject):
            signal.disconnect(self._later)
        for action in self.actions.values():
            self._iface.removeCustomActionForLayerType(action)
            if not sip.isdeleted(action):
                action.deleteLater()
        self.actions = {}


def _of_a_map(layer: QgsVectorLayer) -> bool:
    """Tell whether a layer is a table of a one map, without opening the map."""
    return bool(layer.customProperty("envzones/table")) or layer.fields().lookupField("row_version") >= 0
