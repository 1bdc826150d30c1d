"""Flying to a place: the map moves there smoothly, all that matters is in sight, and a shape flashes for a second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
)
from qgis.gui import QgsRubberBand
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QAbstractAnimation, QEasingCurve, QRectF, Qt, QVariantAnimation
from qgis.PyQt.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from qgis.PyQt.QtWidgets import QWidget

if TYPE_CHECKING:
    from qgis.gui import QgsMapCanvas

STORAGE = "EPSG:4490"
#: How long the map takes to get there.
FLIGHT_MS = 260
_FLASHES, _FLASH_MS = 2, 500
_COLOUR, _HALO = QColor(197, 27, 125), QColor(255, 255, 255)
#: Around what is shown, as a share of its size, and at least so many metres of ground.
_ROOM, _LEAST_M = 1.35, 120.0
#: Metres.
_HAIR = 0.01
#: A place farther away than so many widths of the map is jumped to: a flight would show nothing on the way.
_FARTHEST = 6.0


def storage_crs() -> QgsCoordinateReferenceSystem:
    """Return the CRS of stored geometries."""
    return QgsCoordinateReferenceSystem(STORAGE)


class Flight:
    """Flies one canvas to shapes and flashes them."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self._film: _Film | None = None
        self._bands: list[QgsRubberBand] = []
        self._light = QVariantAnimation()
        self._light.setDuration(_FLASH_MS)
        self._light.setLoopCount(_FLASHES)
        for at, strength in ((0.0, 0.0), (0.15, 1.0), (0.7, 1.0), (1.0, 0.0)):
            self._light.setKeyValueAt(at, strength)
        self._light.valueChanged.connect(self._glow)
        self._light.finished.connect(self._dark)

    def to(
        self,
        around: Sequence[QgsGeometry],
        shapes: Sequence[QgsGeometry],
        crs: QgsCoordinateReferenceSystem | None = None,
        *,
        close: bool = False,
        smooth: bool = True,
    ) -> bool:
        """Show all of `around` and flash `shapes`; return whether there was anything to show.

        What is already in sight and large enough to be seen moves nothing, unless it is to be seen from `close`.
        """
        crs = crs or storage_crs()
        told = [one for one in shapes if not one.isNull() and not one.isEmpty()]
        box = self._box([*(one for one in around if not one.isNull() and not one.isEmpty()), *told], crs)
        if box is None:
            return False
        if close or not self._seen(box):
            self._move(box, smooth)
        if told:
            self._flash(told, crs)
        return True

    def release(self) -> None:
        """Take everything off the canvas."""
        self._dark()
        self._land()

    def _land(self) -> None:
        if self._film is not None and not sip.isdeleted(self._film):
            self._film.end()
        self._film = None

    def _flash(self, shapes: Sequence[QgsGeometry], crs: QgsCoordinateReferenceSystem) -> None:
        """Light shapes up; QGIS's own flash is too thin a line to find on imagery."""
        self._dark()
        for shape in shapes:
            band = QgsRubberBand(self._canvas, shape.type())
            band.setWidth(4)
            band.setIcon(QgsRubberBand.IconType.ICON_CIRCLE)
            band.setIconSize(14)
            band.setToGeometry(shape, crs)
            self._bands.append(band)
        self._light.start()

    def _glow(self, share: Any) -> None:
        for band in self._bands:
            if sip.isdeleted(band):  # the canvas went before the flash was over
                continue
            for setter, strength in (
                (band.setStrokeColor, 255), (band.setFillColor, 110), (band.setSecondaryStrokeColor, 160)
            ):  # fmt: skip
                colour = QColor(_HALO if setter == band.setSecondaryStrokeColor else _COLOUR)
                colour.setAlpha(round(strength * float(share)))
                setter(colour)
            band.update()

    def _dark(self) -> None:
        self._light.stop()
        for band in self._bands:
            if not sip.isdeleted(band) and not sip.isdeleted(self._canvas):
                self._canvas.scene().removeItem(band)
        self._bands = []

    def _box(self, shapes: Sequence[QgsGeometry], crs: QgsCoordinateReferenceSystem) -> QgsRectangle | None:
        if not shapes:
            return None
        box = QgsRectangle()
        box.setMinimal()
        for one in shapes:
            box.combineExtentWith(one.boundingBox())
        # QGIS takes a box without width or height for a point.
        box.grow(_HAIR / 111_320.0 if crs.isGeographic() else _HAIR)
        there = QgsCoordinateTransform(crs, self._canvas.mapSettings().destinationCrs(), QgsProject.instance())
        try:
            box = there.transformBoundingBox(box)
        except QgsCsException:
            return None
        box.scale(_ROOM)
        least = _LEAST_M / (111_320.0 if self._canvas.mapSettings().destinationCrs().isGeographic() else 1.0)
        if max(box.width(), box.height()) < least:
            box = QgsRectangle.fromCenterAndSize(box.center(), least, least)
        return box

    def _seen(self, box: QgsRectangle) -> bool:
        shown = self._canvas.extent()
        return shown.contains(box) and max(box.width() / shown.width(), box.height() / shown.height()) > 0.5

    def _move(self, box: QgsRectangle, smooth: bool) -> None:
        canvas = self._canvas
        before = QgsRectangle(canvas.extent())
        near = before.center().distance(box.center()) < _FARTHEST * max(before.width(), box.width())
        picture = canvas.viewport().grab() if smooth and near and canvas.isVisible() and not canvas.rotation() else None
        self._land()
        # One step in the history of extents; the map is drawn while the old picture moves over.
        canvas.setExtent(box)
        canvas.refresh()
        if picture is not None:
            self._film = _Film(canvas, picture, before)


class _Film(QWidget):
    """The map as it was, moving to where it belongs in the map that is being drawn below."""

    def __init__(self, canvas: QgsMapCanvas, picture: QPixmap, before: QgsRectangle) -> None:
        super().__init__(canvas.viewport())
        self.setObjectName("EnvZonesFlight")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._picture = picture
        self._background = canvas.canvasColor()
        point = canvas.getCoordinateTransform().transform
        first = point(before.xMinimum(), before.yMaximum())
        last = point(before.xMaximum(), before.yMinimum())
        self._start = QRectF(canvas.viewport().rect())
        self._end = QRectF(first.x(), first.y(), last.x() - first.x(), last.y() - first.y())
        self._now = self._start
        self.setGeometry(canvas.viewport().rect())
        self._animation = QVariantAnimation(self)
        self._animation.setDuration(FLIGHT_MS)
        self._animation.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.valueChanged.connect(self._step)
        self._animation.finished.connect(self.end)
        self.show()
        self._animation.start()

    def end(self) -> None:
        """Show the new map."""
        if self._animation.state() == QAbstractAnimation.State.Running:
            self._animation.stop()
        self.hide()
        self.deleteLater()

    def _step(self, share: Any) -> None:
        a, b, t = self._start, self._end, float(share)
        self._now = QRectF(
            a.x() + (b.x() - a.x()) * t, a.y() + (b.y() - a.y()) * t,
            a.width() + (b.width() - a.width()) * t, a.height() + (b.height() - a.height()) * t,
        )  # fmt: skip
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._background)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(self._now, self._picture, QRectF(self._picture.rect()))
        painter.end()
