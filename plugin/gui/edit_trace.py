"""Finding the way along boundaries that are on the map, between two clicked places, with QGIS's tracer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import (
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
    QgsTracer,
    QgsVectorLayer,
    QgsWkbTypes,
)

if TYPE_CHECKING:
    from qgis.gui import QgsMapCanvas

_LINES = (QgsWkbTypes.GeometryType.LineGeometry, QgsWkbTypes.GeometryType.PolygonGeometry)
#: Above this many features in view, QGIS's tracer gives up.
MOST = 20_000


class Trace:
    """The edges of the map's visible lines and areas, in the CRS of the edited layer."""

    def __init__(self, canvas: QgsMapCanvas, layer: QgsVectorLayer) -> None:
        self._canvas, self._layer = canvas, layer
        self._tracer: QgsTracer | None = None
        self._extent = QgsRectangle()

    def layers(self) -> list[QgsVectorLayer]:
        """Return the visible layers of lines and areas, the edited one first."""
        shown = [
            one
            for one in self._canvas.layers()
            if isinstance(one, QgsVectorLayer) and one.geometryType() in _LINES
        ]
        if self._layer in shown:
            shown.remove(self._layer)
        return [self._layer, *shown]

    def snap(self, point: QgsPointXY, reach: float, skip: int | None = None) -> QgsPointXY | None:
        """Return the vertex, else the place on an edge, within `reach` of a point (layer CRS); None where none is.

        `skip` is the feature that is edited itself.
        """
        best: tuple[float, QgsPointXY] | None = None
        for layer in self.layers():
            there = QgsCoordinateTransform(self._layer.crs(), layer.crs(), QgsProject.instance())
            back = QgsCoordinateTransform(layer.crs(), self._layer.crs(), QgsProject.instance())
            box = QgsRectangle(point.x() - reach, point.y() - reach, point.x() + reach, point.y() + reach)
            request = QgsFeatureRequest().setFilterRect(there.transformBoundingBox(box)).setNoAttributes()
            for feature in layer.getFeatures(request):
                if layer is self._layer and feature.id() == skip:
                    continue
                shape = feature.geometry()
                shape.transform(back)
                found = _nearest(shape, point, reach)
                if found is not None and (best is None or found[0] < best[0]):
                    best = found
        return None if best is None else best[1]

    def path(self, first: QgsPointXY, last: QgsPointXY, skip: int | None = None) -> list[QgsPointXY]:
        """Return the shortest way from one place to the other along edges, both ends included; empty for none.

        Where both lie on one boundary, only that boundary is followed.
        """
        alone = self._along_one(first, last, skip)
        if alone:
            return alone
        tracer = self._ready(first, last)
        if tracer is None:
            return []
        points, _ = tracer.findShortestPath(first, last)
        return list(points)

    def _ready(self, first: QgsPointXY, last: QgsPointXY) -> QgsTracer | None:
        there = QgsCoordinateTransform(
            self._canvas.mapSettings().destinationCrs(), self._layer.crs(), QgsProject.instance()
        )
        extent = there.transformBoundingBox(self._canvas.extent())
        extent.combineExtentWith(QgsRectangle(first, last))
        if self._tracer is None or extent != self._extent:
            tracer = QgsTracer()
            tracer.setLayers([one for one in self.layers() if one is not self._layer] + [self._layer])
            tracer.setDestinationCrs(self._layer.crs(), QgsProject.instance().transformContext())
            tracer.setExtent(extent)
            tracer.setMaxFeatureCount(MOST)
            if not tracer.init():
                return None
            self._tracer, self._extent = tracer, extent
        return self._tracer

    def _along_one(self, first: QgsPointXY, last: QgsPointXY, skip: int | None) -> list[QgsPointXY]:
        """Return the way along one feature's boundary that both places lie on, the shortest of such."""
        best: list[QgsPointXY] = []
        least = float("inf")
        box = QgsRectangle(first, last)
        box.grow(1e-9)
        for layer in self.layers():
            there = QgsCoordinateTransform(self._layer.crs(), layer.crs(), QgsProject.instance())
            back = QgsCoordinateTransform(layer.crs(), self._layer.crs(), QgsProject.instance())
            request = QgsFeatureRequest().setFilterRect(there.transformBoundingBox(box)).setNoAttributes()
            for feature in layer.getFeatures(request):
                if layer is self._layer and feature.id() == skip:
                    continue
                shape = feature.geometry()
                shape.transform(back)
                for line in _lines(shape):
                    way = between(line, first, last)
                    if way:
                        length = QgsGeometry.fromPolylineXY(way).length()
                        if length < least:
                            best, least = way, length
        return best

    def forget(self) -> None:
        """Read the edges anew next time."""
        self._tracer = None


def _nearest(shape: QgsGeometry, point: QgsPointXY, reach: float) -> tuple[float, QgsPointXY] | None:
    """Return the distance and place on a shape; a vertex in reach goes before the edge beside it."""
    vertex, _, _, _, square = shape.closestVertex(point)
    if 0 <= square <= (0.6 * reach) ** 2:
        return 0.3 * square**0.5, QgsPointXY(vertex)
    square, place, _, _ = shape.closestSegmentWithContext(point)
    if 0 <= square <= reach**2:
        return square**0.5, QgsPointXY(place)
    return None


def _lines(shape: QgsGeometry) -> list[list[QgsPointXY]]:
    if shape.type() == QgsWkbTypes.GeometryType.PolygonGeometry:
        parts = shape.asMultiPolygon() if shape.isMultipart() else [shape.asPolygon()]
        return [ring for part in parts for ring in part]
    if shape.type() == QgsWkbTypes.GeometryType.LineGeometry:
        return shape.asMultiPolyline() if shape.isMultipart() else [shape.asPolyline()]
    return []


def between(line: list[QgsPointXY], first: QgsPointXY, last: QgsPointXY) -> list[QgsPointXY]:
    """Return the shorter way along a line or closed ring between two places on it; empty if one is not on it."""
    whole = QgsGeometry.fromPolylineXY(line)
    places = []
    for point in (first, last):
        square, _, after, _ = whole.closestSegmentWithContext(point)
        if square < 0 or square > 1e-18:
            return []
        places.append((after - 1, point))
    (one, start), (two, end) = places
    turned = (one, line[one].sqrDist(start)) > (two, line[two].sqrDist(end))
    if turned:
        (one, start), (two, end) = (two, end), (one, start)
    ahead = _distinct([start, *line[one + 1 : two + 1], end])
    way = ahead
    if line[0] == line[-1]:
        round_ = _distinct([end, *line[two + 1 : -1], *line[: one + 1], start])
        if QgsGeometry.fromPolylineXY(round_).length() < QgsGeometry.fromPolylineXY(ahead).length():
            way = list(reversed(round_))
    return list(reversed(way)) if turned else way


def _distinct(points: list[QgsPointXY]) -> list[QgsPointXY]:
    out = [point for k, point in enumerate(points) if k == 0 or point != points[k - 1]]
    return out if len(out) > 1 else [*out, *out]
