"""A small picture of a printed page: drawn in the background, dropped as soon as another one is asked for."""

from __future__ import annotations

from qgis.core import QgsPrintLayout
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPen, QResizeEvent, QWheelEvent
from qgis.PyQt.QtWidgets import QFrame, QGraphicsView, QWidget

#: Around an item that is shown, as a share of its size.
_MARGIN = 0.35
_MARK = QColor(220, 30, 30)


class LayoutPreview(QGraphicsView):
    """Shows a page of a layout that it owns; the layout's maps draw themselves in the background."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesMapPreview")
        self.setInteractive(False)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        # The page stands out from what is around it, in dark themes too.
        self.setBackgroundBrush(self.palette().mid())
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(policy)
        self.setVerticalScrollBarPolicy(policy)
        self._layout: QgsPrintLayout | None = None
        self._seen = QRectF()
        self._mark = QRectF()

    @property
    def layout_shown(self) -> QgsPrintLayout | None:
        """The layout that is shown."""
        return self._layout

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size in which a page can be recognised."""
        side = self.fontMetrics().height() * 20
        return QSize(round(side * 1.42), side)

    def show_layout(self, layout: QgsPrintLayout | None) -> None:
        """Show the first page of a layout, in place of what was shown; what is still drawn of that is dropped."""
        old, self._layout = self._layout, layout
        self._mark = QRectF()
        self.setScene(layout)
        if old is not None and not sip.isdeleted(old):
            old.deleteLater()
        if layout is not None and layout.pageCollection().pageCount():
            self._see(layout.pageCollection().page(0).sceneBoundingRect())

    def show_item(self, item_id: str) -> bool:
        """Show an item by its id, with a frame around it; the whole page where there is no such item."""
        item = self._layout.itemById(item_id) if self._layout is not None and item_id else None
        if item is None:
            self.show_page()
            return False
        self._mark = item.sceneBoundingRect()
        dx, dy = self._mark.width() * _MARGIN, self._mark.height() * _MARGIN
        self._see(self._mark.adjusted(-dx, -dy, dx, dy))
        return True

    def show_page(self) -> None:
        """Show the whole page."""
        self._mark = QRectF()
        if self._layout is not None and self._layout.pageCollection().pageCount():
            self._see(self._layout.pageCollection().page(0).sceneBoundingRect())

    def _see(self, box: QRectF) -> None:
        self._seen = box
        self.fitInView(box, Qt.AspectRatioMode.KeepAspectRatio)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep what is seen in sight."""
        super().resizeEvent(event)
        if not self._seen.isEmpty():
            self.fitInView(self._seen, Qt.AspectRatioMode.KeepAspectRatio)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Look closer, or at the whole page again."""
        if event.angleDelta().y() > 0:
            self.scale(1.25, 1.25)
        else:
            self.show_page()
        event.accept()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:  # noqa: N802 - Qt's name
        """Draw the frame around an item that is shown."""
        if not self._mark.isEmpty():
            pen = QPen(_MARK, 2.0)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawRect(self._mark)
