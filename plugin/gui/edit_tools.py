"""Map tools that change zones: split along a drawn line, lay an edge along a shared boundary."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.gui import (
    QgsAdvancedDigitizingDockWidget,
    QgsMapCanvas,
    QgsMapMouseEvent,
    QgsMapTool,
    QgsMapToolCapture,
    QgsMapToolDigitizeFeature,
    QgsRubberBand,
)
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor

from ..engine.errors import EnvZonesError
from ..project import editing, editing_shapes
from ..texts import tr
from .edit_trace import Trace

#: A click or the cursor this many pixels from a boundary means it.
REACH_PIXELS = 14


class SplitTool(QgsMapToolDigitizeFeature):
    """QGIS's own line drawing, with its snapping, tracing and undo; the line then splits the zones."""

    failed = pyqtSignal(str)

    def __init__(self, canvas: QgsMapCanvas, cad: QgsAdvancedDigitizingDockWidget) -> None:
        super().__init__(canvas, cad, QgsMapToolCapture.CaptureMode.CaptureLine)
        self.setCheckGeometryType(False)
        self.digitizingCompleted.connect(self._split)

    def _split(self, feature: QgsFeature) -> None:
        layer = self.canvas().currentLayer()
        if not isinstance(layer, QgsVectorLayer) or not layer.isEditable():
            self.failed.emit(tr("Begin to edit the layer of zones first."))
            return
        shape = feature.geometry()
        line = shape.asMultiPolyline()[0] if shape.isMultipart() else shape.asPolyline()
        try:
            editing_shapes.split(layer, line, QgsProject.instance().topologicalEditing())
        except EnvZonesError as error:
            self.failed.emit(str(error))


class SharedTool(QgsMapTool):
    """Click along a boundary on the map; the selected zone's edge between the first and the last click follows it.

    Left click sets a place (the way between two places runs along the map's edges), right click or Enter applies,
    Backspace takes the last place back, Esc gives up.
    """

    failed = pyqtSignal(str)

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._places: list[QgsPointXY] = []
        self._way: list[list[QgsPointXY]] = []
        self._trace: Trace | None = None
        self._layer: QgsVectorLayer | None = None
        self._fid = 0
        self._band = _band(canvas, QgsWkbTypes.GeometryType.LineGeometry, QColor(198, 40, 40), 3)
        self._ahead = _band(canvas, QgsWkbTypes.GeometryType.LineGeometry, QColor(198, 40, 40, 130), 2)
        self._mark = _band(canvas, QgsWkbTypes.GeometryType.PointGeometry, QColor(198, 40, 40), 2)
        self._mark.setIcon(QgsRubberBand.IconType.ICON_BOX)
        self._mark.setIconSize(12)

    # --- QGIS's entry points ------------------------------------------------------------------------------------

    def deactivate(self) -> None:
        """Forget what was clicked when another tool is taken."""
        self.reset()
        super().deactivate()

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Show where a click would land, and the way there."""
        if not self._begin():
            return
        place = self._snap(event.mapPoint())
        self._mark.reset(QgsWkbTypes.GeometryType.PointGeometry)
        self._ahead.reset(QgsWkbTypes.GeometryType.LineGeometry)
        if place is None:
            return
        self._mark.setToGeometry(QgsGeometry.fromPointXY(place), self._layer.crs())
        if self._places:
            way = self._trace.path(self._places[-1], place, self._fid)
            if len(way) > 1:
                self._ahead.setToGeometry(QgsGeometry.fromPolylineXY(way), self._layer.crs())

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Set a place, or apply."""
        if event.button() == Qt.MouseButton.RightButton:
            self.apply()
        elif event.button() == Qt.MouseButton.LeftButton and self._begin():
            self.click(event.mapPoint())

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Enter applies, Backspace takes the last place back, Esc gives up."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.apply()
        elif key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self._back()
        elif key == Qt.Key.Key_Escape:
            self.reset()
        else:
            event.ignore()
            return
        # QGIS would delete the selected feature on Delete.
        event.accept()

    # --- work ---------------------------------------------------------------------------------------------------

    def click(self, point: QgsPointXY) -> None:
        """Take a place near a point of the map."""
        if not self._begin():
            return
        place = self._snap(point)
        if place is None:
            self.failed.emit(tr("No boundary here: click on an edge that the map shows."))
            return
        if self._places:
            way = self._trace.path(self._places[-1], place, self._fid)
            if len(way) < 2:
                self.failed.emit(tr("No way along the map's edges leads there; click nearer, or zoom in."))
                return
            self._way.append(way)
        self._places.append(place)
        self._draw()

    def apply(self) -> None:
        """Lay the zone's edge along what was clicked, as one undo step."""
        layer, fid = self._layer, self._fid
        path = [point for way in self._way for point in way]
        self.reset()
        if layer is None or not path or not layer.isEditable():
            return
        try:
            shape = editing_shapes.along(layer.getFeature(fid).geometry(), path)
        except EnvZonesError as error:
            self.failed.emit(str(error))
            return
        layer.beginEditCommand(tr("Take shared boundary"))
        layer.changeGeometry(fid, editing.fitted(shape, layer.wkbType()))
        layer.endEditCommand()
        layer.triggerRepaint()

    def reset(self) -> None:
        """Forget what was clicked."""
        self._places, self._way, self._trace, self._layer = [], [], None, None
        for band in (self._band, self._ahead):
            band.reset(QgsWkbTypes.GeometryType.LineGeometry)
        self._mark.reset(QgsWkbTypes.GeometryType.PointGeometry)

    def _begin(self) -> bool:
        """Take the selected zone of the current layer; tell whether there is one."""
        if self._layer is not None:
            return True
        layer = self.canvas().currentLayer()
        if not isinstance(layer, QgsVectorLayer) or not layer.isEditable() or layer.selectedFeatureCount() != 1:
            return False
        self._layer, self._fid = layer, layer.selectedFeatureIds()[0]
        self._trace = Trace(self.canvas(), layer)
        return True

    def _snap(self, point: QgsPointXY) -> QgsPointXY | None:
        there = QgsCoordinateTransform(
            self.canvas().mapSettings().destinationCrs(), self._layer.crs(), QgsProject.instance()
        )
        here = there.transform(point)
        reach = REACH_PIXELS * self.canvas().mapUnitsPerPixel()
        beside = there.transform(QgsPointXY(point.x() + reach, point.y()))
        return self._trace.snap(here, here.distance(beside), self._fid)

    def _back(self) -> None:
        if self._places:
            self._places.pop()
        if self._way:
            self._way.pop()
        self._draw()

    def _draw(self) -> None:
        self._ahead.reset(QgsWkbTypes.GeometryType.LineGeometry)
        path = [point for way in self._way for point in way]
        if len(path) > 1:
            self._band.setToGeometry(QgsGeometry.fromPolylineXY(path), self._layer.crs())
        else:
            self._band.reset(QgsWkbTypes.GeometryType.LineGeometry)


def _band(canvas: QgsMapCanvas, kind: Any, colour: QColor, width: int) -> QgsRubberBand:
    band = QgsRubberBand(canvas, kind)
    band.setColor(colour)
    band.setWidth(width)
    return band
