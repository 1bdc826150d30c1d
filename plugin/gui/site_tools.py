"""Candidate sites on the map: the tools that click and draw them, and the marks that show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsWkbTypes,
)
from qgis.gui import QgsMapMouseEvent, QgsMapTool, QgsRubberBand, QgsSnapIndicator
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QLocale, QPoint, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QKeyEvent
from qgis.PyQt.QtWidgets import QLabel

from ..project import site_sources
from ..project.import_layers import storage_crs
from ..texts import tr

if TYPE_CHECKING:
    from qgis.gui import QgsMapCanvas

_TYPES = QgsWkbTypes.GeometryType
_DRAWN, _CHOSEN = "#7a3db8", "#e0218a"
#: Square metres of a mu.
_MU_M2 = 2000 / 3


def area_words(square_metres: float) -> str:
    """Say an area in hectares and mu, in the user's numbers."""
    locale, hectares, mu = QLocale(), square_metres / 1e4, square_metres / _MU_M2
    places = 1 if hectares >= 100 else 2 if hectares >= 1 else 4
    return tr("{ha} ha ({mu} mu)").format(
        ha=locale.toString(hectares, "f", places), mu=locale.toString(mu, "f", 1 if mu >= 10 else 2)
    )


class _Tool(QgsMapTool):
    """Places under the mouse, snapped as the project has it.

    Signals
    -------
    drawn : the site, in the map's own system
    """

    drawn = pyqtSignal(QgsGeometry)

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._snapped = QgsSnapIndicator(canvas)

    def _at(self, event: QgsMapMouseEvent) -> QgsPointXY:
        match = self.canvas().snappingUtils().snapToMap(event.pos())
        self._snapped.setMatch(match)
        return match.point() if match.isValid() else self.toMapCoordinates(event.pos())

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Show what a click would snap to."""
        self._at(event)

    def deactivate(self) -> None:
        """Take the sign of snapping away."""
        self._snapped.setVisible(False)
        super().deactivate()

    def release(self) -> None:
        """Let go of the canvas."""
        if not sip.isdeleted(self.canvas()):
            self.canvas().unsetMapTool(self)


class PointTool(_Tool):
    """Each click is a site."""

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Take the place of a click."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.drawn.emit(QgsGeometry.fromPointXY(self._at(event)))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Put the tool away with Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.canvas().unsetMapTool(self)
        else:
            event.ignore()


class PolygonTool(_Tool):
    """Draws an area, and says how large it is and how many corners it has while it grows.

    Signals
    -------
    refused : why what was drawn is no area
    """

    refused = pyqtSignal(str)

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self.points: list[QgsPointXY] = []
        self._band = QgsRubberBand(canvas, _TYPES.PolygonGeometry)
        _dress(self._band, _CHOSEN)
        self._label = QLabel(canvas)
        self._label.setObjectName("EnvZonesDrawn")
        self._label.setAutoFillBackground(True)
        self._label.setMargin(3)
        self._label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._label.hide()

    @property
    def said(self) -> str:
        """What the tool says beside the mouse."""
        return self._label.text() if self._label.isVisibleTo(self.canvas()) else ""

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Add a corner; a right click closes the area."""
        if event.button() == Qt.MouseButton.RightButton:
            self._close()
        elif event.button() == Qt.MouseButton.LeftButton:
            at = self._at(event)
            # A double click is two clicks at one place.
            if not self.points or self.points[-1] != at:
                self.points.append(at)
            self._show(at, event.pos())

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Show the area as it would be with a corner here."""
        at = self._at(event)
        if self.points:
            self._show(at, event.pos())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Close with Enter, take the last corner back with Backspace, give up with Esc."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._close()
        elif event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) and self.points:
            self.points.pop()
            self._show(self.points[-1] if self.points else None, None)
        elif event.key() == Qt.Key.Key_Escape:
            if self.points:
                self._forget()
            else:
                self.canvas().unsetMapTool(self)
        else:
            event.ignore()
            return
        # QGIS's canvas would pan with some of these keys.
        event.accept()

    def deactivate(self) -> None:
        """Forget what was not closed."""
        self._forget()
        super().deactivate()

    def release(self) -> None:
        """Let go of the canvas; nothing is left on it."""
        super().release()
        if not sip.isdeleted(self._band):
            self.canvas().scene().removeItem(self._band)
        if not sip.isdeleted(self._label):
            self._label.deleteLater()

    def _show(self, at: QgsPointXY | None, cursor: QPoint | None) -> None:
        self._band.reset(_TYPES.PolygonGeometry)
        ring = [*self.points, at] if at is not None and self.points and at != self.points[-1] else list(self.points)
        if ring:
            self._band.setToGeometry(QgsGeometry.fromPolygonXY([[*ring, ring[0]]]), self._crs())
        self._label.setVisible(bool(self.points))
        if not self.points:
            return
        words = [tr("{n} corners").format(n=len(self.points))]
        square_metres = self._area(ring)
        if square_metres:
            words.append(area_words(square_metres))
        self._label.setText(" · ".join(words))
        self._label.adjustSize()
        if cursor is not None:
            room = self.canvas().size() - self._label.size()
            self._label.move(min(cursor.x() + 16, max(0, room.width())), min(cursor.y() + 16, max(0, room.height())))

    def _area(self, ring: list[QgsPointXY]) -> float:
        turn = QgsCoordinateTransform(self._crs(), storage_crs(), QgsProject.instance())
        try:
            there = [turn.transform(one) for one in ring]
        except QgsCsException:
            return 0.0
        return site_sources.enclosed_m2([(one.x(), one.y()) for one in there])

    def _crs(self) -> QgsCoordinateReferenceSystem:
        return self.canvas().mapSettings().destinationCrs()

    def _close(self) -> None:
        if len(self.points) < 3:
            self.refused.emit(tr("An area needs three corners or more; click another, or press Esc to give up."))
            return
        shape = QgsGeometry.fromPolygonXY([[*self.points, self.points[0]]])
        if not shape.isGeosValid():
            self.refused.emit(tr("The outline crosses itself; press Backspace to take the last corner back."))
            return
        self._forget()
        self.drawn.emit(shape)

    def _forget(self) -> None:
        self.points = []
        if not sip.isdeleted(self._band):
            self._band.reset(_TYPES.PolygonGeometry)
        if not sip.isdeleted(self._label):
            self._label.hide()


def _dress(band: QgsRubberBand, colour: str) -> None:
    line, fill = QColor(colour), QColor(colour)
    fill.setAlpha(40)
    band.setStrokeColor(line)
    band.setFillColor(fill)
    band.setSecondaryStrokeColor(QColor(255, 255, 255, 200))
    band.setWidth(2)
    band.setIcon(QgsRubberBand.IconType.ICON_CIRCLE)
    band.setIconSize(9)


class SiteMarks:
    """Shows sites on the map, the chosen ones in another colour."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self._bands: list[QgsRubberBand] = []

    @property
    def count(self) -> int:
        """How many marks are on the map."""
        return len(self._bands)

    def show(self, sites: Iterable[tuple[bytes, bool]], shape: Callable[[bytes], QgsGeometry]) -> None:
        """Show sites (WKB in EPSG:4490, chosen or not) in place of those before."""
        self.clear()
        groups: dict[tuple[int, bool], list[QgsGeometry]] = {}
        for wkb, chosen in sites:
            one = shape(wkb)
            groups.setdefault((int(one.type()), chosen), []).append(one)
        for (kind, chosen), shapes in groups.items():
            band = QgsRubberBand(self._canvas, _TYPES(kind))
            _dress(band, _CHOSEN if chosen else _DRAWN)
            for one in shapes:
                band.addGeometry(one, storage_crs(), False)
            band.updatePosition()
            band.update()
            self._bands.append(band)

    def clear(self) -> None:
        """Take them off the map."""
        for band in self._bands:
            if not sip.isdeleted(band):
                self._canvas.scene().removeItem(band)
        self._bands = []
