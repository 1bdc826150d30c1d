"""On the map: the tool that picks a section, and the drawing of its zone before it is kept as layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsPointXY,
    QgsWkbTypes,
)
from qgis.gui import QgsMapMouseEvent, QgsMapTool, QgsRubberBand
from qgis.PyQt import sip
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor

from .river_data import STORAGE_CRS

if TYPE_CHECKING:
    from qgis.gui import QgsMapCanvas

    from .river_data import Answer

#: A click this many pixels from a section or a river means it.
REACH_PIXELS = 12
_SHAPE = QgsWkbTypes.GeometryType
#: Band -> geometry type, stroke, fill, width in pixels; as the styles of the result layers have them.
_LOOKS = {
    "zone": (_SHAPE.PolygonGeometry, (166, 54, 3, 255), (217, 95, 2, 45), 2),
    "U": (_SHAPE.LineGeometry, (31, 95, 168, 255), None, 4),
    "D": (_SHAPE.LineGeometry, (224, 130, 20, 255), None, 4),
    "cut": (_SHAPE.PointGeometry, (70, 20, 0, 255), (255, 255, 255, 255), 2),
    "section": (_SHAPE.PointGeometry, (255, 255, 255, 255), (198, 40, 40, 255), 2),
    "link": (_SHAPE.LineGeometry, (198, 40, 40, 255), None, 2),
}
_CASED = frozenset({"U", "D", "link"})
#: A reach ends at a cut where it ends this near to the distance, metres.
_AT_CUT = 0.01


class PickTool(QgsMapTool):
    """Tells where on the map the user clicked, and how near a thing must be to be meant."""

    picked = pyqtSignal(QgsPointXY, float)

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Pick with the left button."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(event.mapPoint(), REACH_PIXELS * self.canvas().mapUnitsPerPixel())

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Put the tool away with Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.canvas().unsetMapTool(self)
        else:
            event.ignore()


class Preview:
    """Rubber bands for one answer: its zone, its reaches up and down, its cuts, its section."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self._bands: dict[str, QgsRubberBand] = {}
        self._shown: dict[str, QgsGeometry] = {}
        canvas.destinationCrsChanged.connect(self._redraw)

    def show(self, answer: Answer) -> None:
        """Draw an answer instead of what was drawn."""
        import shapely

        shown: dict[str, Any] = {"section": shapely.Point(answer.place.lon, answer.place.lat)}
        if answer.has_zone:
            result = answer.result
            shown["zone"] = shapely.union_all(result.zone.geometry.array)
            up = (result.reach["direction"] == "U").to_numpy(dtype=bool)
            lines = result.reach.geometry
            shown["U"], shown["D"] = _collected(lines[up]), _collected(lines[~up])
            shown["cut"] = shapely.multipoints(cuts(result))
        self._shown = {name: _geometry(shape) for name, shape in shown.items() if shape is not None}
        self._redraw()

    def link(self, line: Any) -> None:
        """Draw the line from a feature to its place on the river; None takes it away."""
        self._shown.pop("link", None)
        if line is not None:
            self._shown["link"] = _geometry(line)
        self._draw("link")

    def clear(self) -> None:
        """Take everything off the map."""
        self._shown = {}
        self._redraw()

    def geometry(self, name: str) -> QgsGeometry:
        """Return what a band shows, in degrees; empty where it shows nothing."""
        return QgsGeometry(self._shown.get(name, QgsGeometry()))

    def release(self) -> None:
        """Take the bands out of the canvas."""
        if sip.isdeleted(self._canvas):
            return
        self._canvas.destinationCrsChanged.disconnect(self._redraw)
        for band in self._bands.values():
            if not sip.isdeleted(band):
                self._canvas.scene().removeItem(band)
        self._bands, self._shown = {}, {}

    def _redraw(self) -> None:
        for name in _LOOKS:
            self._draw(name)

    def _draw(self, name: str) -> None:
        shape = self._shown.get(name)
        if shape is None or shape.isEmpty():
            if name in self._bands:
                self._bands[name].reset(_LOOKS[name][0])
            return
        if name not in self._bands:
            self._bands[name] = self._band(name)
        self._bands[name].setToGeometry(shape, QgsCoordinateReferenceSystem(STORAGE_CRS))

    def _band(self, name: str) -> QgsRubberBand:
        kind, stroke, fill, width = _LOOKS[name]
        band = QgsRubberBand(self._canvas, kind)
        band.setStrokeColor(QColor(*stroke))
        band.setWidth(width)
        if fill is not None:
            band.setFillColor(QColor(*fill))
        if name in _CASED:
            band.setSecondaryStrokeColor(QColor(255, 255, 255, 200))
        if name == "cut":
            band.setIcon(QgsRubberBand.IconType.ICON_FULL_BOX)
            band.setIconSize(8)
        elif name == "section":
            band.setIcon(QgsRubberBand.IconType.ICON_FULL_DIAMOND)
            band.setIconSize(15)
        return band


def cuts(result: Any) -> Any:
    """Return the places where the reaches of a result are cut at its distances."""
    import numpy as np
    import shapely

    reach, zone = result.reach, result.zone
    up = (reach["direction"] == "U").to_numpy(dtype=bool)
    limit = np.where(up, zone["upstream_m"].iloc[0], zone["downstream_m"].iloc[0])
    at_cut = np.abs(reach["to_m"].to_numpy(dtype=float) - limit) <= _AT_CUT
    # Lines run downstream: the far end of a reach above the section is its first vertex.
    far = shapely.get_point(reach.geometry.array, np.where(up, 0, -1))
    return far[at_cut]


def _collected(lines: Any) -> Any:
    import shapely

    parts = shapely.get_parts(list(lines))
    return shapely.multilinestrings(parts) if len(parts) else None


def _geometry(shape: Any) -> QgsGeometry:
    import shapely

    geometry = QgsGeometry()
    geometry.fromWkb(shapely.to_wkb(shape))
    return geometry
