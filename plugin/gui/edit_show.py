"""What the editing windows share: shapes drawn and zoomed to on the map, values and measures in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.gui import QgsRubberBand
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QDate, QVariant
from qgis.PyQt.QtGui import QColor

from ..project import editing, editing_shapes
from ..texts import tr

if TYPE_CHECKING:
    from qgis.gui import QgsMapCanvas

#: Stroke colour, fill colour, width in pixels.
MINE = (QColor(217, 119, 6), QColor(245, 158, 11, 60), 3)
THEIRS = (QColor(31, 95, 168), QColor(59, 130, 246, 50), 3)
BEFORE = (QColor(120, 120, 120), QColor(120, 120, 120, 60), 2)
AFTER = (QColor(46, 125, 50), QColor(46, 125, 50, 60), 2)
FAULT = (QColor(198, 40, 40), QColor(198, 40, 40, 90), 3)
#: Around what is zoomed to, as a share of its size, and at least in metres.
_MARGIN, _LEAST_M = 1.25, 40.0


class Marks:
    """Shapes drawn over the map until they are cleared."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self._bands: list[QgsRubberBand] = []
        self._box = QgsRectangle()

    def show(self, shapes: Sequence[tuple[QgsGeometry, Any]], crs: QgsCoordinateReferenceSystem) -> None:
        """Draw shapes, each with its look, instead of those drawn before."""
        self.clear()
        there = QgsCoordinateTransform(crs, self._canvas.mapSettings().destinationCrs(), QgsProject.instance())
        for shape, (stroke, fill, width) in shapes:
            if shape.isNull() or shape.isEmpty():
                continue
            band = QgsRubberBand(self._canvas, QgsWkbTypes.geometryType(shape.wkbType()))
            band.setStrokeColor(stroke)
            band.setFillColor(fill)
            band.setWidth(width)
            if shape.type() == QgsWkbTypes.GeometryType.PointGeometry:
                band.setIcon(QgsRubberBand.IconType.ICON_CIRCLE)
                band.setIconSize(14)
            band.setToGeometry(shape, crs)
            self._bands.append(band)
            self._box.combineExtentWith(there.transformBoundingBox(shape.boundingBox()))

    def zoom(self) -> None:
        """Show all that is drawn."""
        zoom_to(self._canvas, self._box)

    def clear(self) -> None:
        """Take everything off the map."""
        for band in self._bands:
            if not sip.isdeleted(band) and not sip.isdeleted(self._canvas):
                self._canvas.scene().removeItem(band)
        self._bands, self._box = [], QgsRectangle()
        self._box.setMinimal()

    def release(self, *_: Any) -> None:
        """Take everything off the map for good."""
        self.clear()


def zoom_to(canvas: QgsMapCanvas, box: QgsRectangle) -> None:
    """Show a rectangle given in the map's own coordinates, with some room around it."""
    if box.isNull() or box.xMinimum() > box.xMaximum():
        return
    box = QgsRectangle(box)
    box.scale(_MARGIN)
    # Degrees of a map that is not projected: a ten-thousandth part of a metre's number.
    least = _LEAST_M * (1e-5 if canvas.mapSettings().destinationCrs().isGeographic() else 1.0)
    if box.width() < least and box.height() < least:
        box.grow(least)
    canvas.setExtent(box)
    canvas.refresh()


def stored_feature(layer: QgsVectorLayer, fid: int) -> QgsFeature | None:
    """Return a feature as it is stored now, the edit session left aside; None where it is not there."""
    feature = QgsFeature()
    if layer.dataProvider().getFeatures(QgsFeatureRequest(fid)).nextFeature(feature):
        return feature
    return None


def stored_geometry(layer: QgsVectorLayer, fid: int) -> QgsGeometry | None:
    """Return a feature's shape as it is stored now."""
    feature = stored_feature(layer, fid)
    return None if feature is None else QgsGeometry(feature.geometry())


def in_words(layer: QgsVectorLayer, index: int, value: Any) -> str:
    """Return a plain value as the form shows it: a code's words, a date, an empty cell as a dash."""
    if editing.is_null(value):
        return "—"
    setup = layer.editorWidgetSetup(index)
    if setup.type() == "ValueMap":
        return _of_map(setup.config().get("map"), value)
    if isinstance(value, bool) or setup.type() == "CheckBox":
        return tr("yes") if value in (True, 1, "true", "1") else tr("no")
    if isinstance(value, QDate):
        return value.toString("yyyy-MM-dd")
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, QVariant):
        return str(value.value())
    return str(value)


def _of_map(pairs: Any, value: Any) -> str:
    options = pairs if isinstance(pairs, list) else [pairs or {}]
    for one in options:
        for words, code in one.items():
            if str(code) == str(value):
                return str(words)
    return str(value)


def measure_words(shape: QgsGeometry, crs: QgsCoordinateReferenceSystem, project: QgsProject) -> str:
    """Return a shape in a few words: its area or length (ellipsoidal) and its middle, or its coordinates."""
    if shape.isNull() or shape.isEmpty():
        return tr("(none)")
    if shape.type() == QgsWkbTypes.GeometryType.PointGeometry:
        point = shape.centroid().asPoint()
        return f"{point.x():.7f}, {point.y():.7f}"
    found = editing_shapes.measure(shape, crs, project)
    middle = shape.boundingBox().center()
    if shape.type() == QgsWkbTypes.GeometryType.LineGeometry:
        size = tr("{n} m").format(n=f"{found.perimeter:,.1f}")
    else:
        size = tr("{ha} ha").format(ha=f"{found.area / 1e4:,.4f}")
    return tr("{size}, middle {x}, {y}").format(size=size, x=f"{middle.x():.5f}", y=f"{middle.y():.5f}")
