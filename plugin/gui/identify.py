"""*What Applies Here?*: for a feature that is identified, and for a place of the map by its context menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeature,
    QgsMapLayer,
    QgsProject,
    QgsVectorLayer,
)
from qgis.gui import QgsGui, QgsMapLayerAction, QgsMapMouseEvent
from qgis.PyQt import sip
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QMenu

from ..paths import ICON
from ..texts import tr

if TYPE_CHECKING:
    from qgis.gui import QgisInterface


class Identify:
    """Registers the action with QGIS's identify tool and the map's context menu; :meth:`release` takes it away.

    `on_feature` is called with a layer and one of its features, `on_place` with longitude and latitude (EPSG:4490).
    """

    def __init__(
        self, iface: QgisInterface, on_feature: Callable[[QgsVectorLayer, QgsFeature], None],
        on_place: Callable[[float, float], None],
    ) -> None:  # fmt: skip
        self._iface, self._on_feature, self._on_place = iface, on_feature, on_place
        targets = QgsMapLayerAction.Target
        icon = ICON.with_name("site.svg")
        self._icon = QIcon(str(icon if icon.is_file() else ICON))
        self.action = QgsMapLayerAction(
            tr("What Applies Here?"), None, targets.SingleFeature, self._icon
        )
        self.action.setObjectName("EnvZonesIdentify")
        self.action.triggeredForFeature.connect(self._feature)
        QgsGui.mapLayerActionRegistry().addMapLayerAction(self.action)
        self._canvas = iface.mapCanvas()
        self._canvas.contextMenuAboutToShow.connect(self._menu)

    def _feature(self, layer: QgsMapLayer, feature: QgsFeature) -> None:
        if isinstance(layer, QgsVectorLayer) and layer.isSpatial():
            # Identify hands over a copy that lives no longer than the call.
            self._on_feature(layer, QgsFeature(feature))

    def _menu(self, menu: QMenu, event: QgsMapMouseEvent) -> None:
        point = event.mapPoint()
        action = menu.addAction(self._icon, tr("What Applies Here?"))
        action.setObjectName("EnvZonesHere")
        action.triggered.connect(lambda _checked=False: self._place(point))

    def _place(self, point: Any) -> None:
        crs = self._canvas.mapSettings().destinationCrs()
        there = QgsCoordinateTransform(crs, QgsCoordinateReferenceSystem("EPSG:4490"), QgsProject.instance())
        try:
            place = there.transform(point)
        except QgsCsException:
            from .say import say

            say(self._iface, tr("This place has no coordinates in CGCS2000."), "warning")
            return
        self._on_place(place.x(), place.y())

    def release(self) -> None:
        """Take the action out of QGIS."""
        if not sip.isdeleted(self._canvas):
            self._canvas.contextMenuAboutToShow.disconnect(self._menu)
        if not sip.isdeleted(self.action):
            QgsGui.mapLayerActionRegistry().removeMapLayerAction(self.action)
            self.action.deleteLater()
