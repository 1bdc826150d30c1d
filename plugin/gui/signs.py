"""Signs for verdicts and answers, told apart by shape as well as by colour, and the chip that shows a verdict."""

from __future__ import annotations

from functools import cache

from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QFont, QIcon, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from qgis.PyQt.QtWidgets import QLabel, QSizePolicy, QWidget

from ..engine.clauses.model import VERDICT_OF_EFFECT

#: The colours that the map gives to verdicts.
COLOURS = {
    "fail": QColor(178, 24, 43),
    "restricted": QColor(230, 85, 13),
    "conditional": QColor(242, 197, 0),
    "note": QColor(67, 147, 195),
    "undecided": QColor(140, 140, 140),
    "pass": QColor(27, 120, 55),
}
_MARKS = dict(zip(COLOURS, "×!§i?✓"))
_SIZE = 32


def ink(background: QColor) -> QColor:
    """Return black or white, whichever is easier to read on a colour."""
    parts = []
    for value in (background.redF(), background.greenF(), background.blueF()):
        parts.append(value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4)
    light = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    darker = (light + 0.05) / 0.05 > 1.05 / (light + 0.05)
    return QColor(Qt.GlobalColor.black if darker else Qt.GlobalColor.white)


@cache
def verdict_icon(value: str) -> QIcon:
    """Return the sign of a verdict: ``fail`` … ``pass`` or ``undecided``."""
    return QIcon(_pixmap(value, "hit"))


@cache
def answer_icon(effect: str, standing: str) -> QIcon:
    """Return the sign of a finding: filled where it is certain, half where it is in doubt, else an outline."""
    value = {"open": "undecided", "clear": "pass", "idle": "undecided"}.get(
        standing, VERDICT_OF_EFFECT.get(effect, "note")
    )
    return QIcon(_pixmap(value, standing))


def _pixmap(value: str, standing: str) -> QPixmap:
    picture = QPixmap(_SIZE, _SIZE)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colour = COLOURS[value]
    box = QRectF(2, 2, _SIZE - 4, _SIZE - 4)
    filled = standing == "hit"
    painter.setPen(QPen(colour, 3))
    painter.setBrush(QBrush(colour) if filled else QBrush(Qt.BrushStyle.NoBrush))
    outline = _outline(value, box)
    if standing == "idle":
        painter.drawLine(QPointF(8, _SIZE / 2), QPointF(_SIZE - 8, _SIZE / 2))
        painter.end()
        return picture
    painter.drawPolygon(outline) if outline is not None else painter.drawEllipse(box)
    if standing == "tentative":
        painter.setClipRect(QRectF(0, 0, _SIZE / 2, _SIZE))
        painter.setBrush(QBrush(colour))
        painter.drawPolygon(outline) if outline is not None else painter.drawEllipse(box)
        painter.setClipping(False)
    else:
        font = QFont()
        font.setPixelSize(round(_SIZE * 0.62))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(ink(colour) if filled else colour)
        middle = box.adjusted(0, _SIZE * 0.14, 0, 0) if value == "restricted" and outline is not None else box
        painter.drawText(middle, int(Qt.AlignmentFlag.AlignCenter), _MARKS[value])
    painter.end()
    return picture


def _outline(value: str, box: QRectF) -> QPolygonF | None:
    x, y, w, h = box.x(), box.y(), box.width(), box.height()
    if value == "fail":
        a, b = 0.29, 0.71
        corners = ((a, 0), (b, 0), (1, a), (1, b), (b, 1), (a, 1), (0, b), (0, a))
        return QPolygonF([QPointF(x + w * across, y + h * down) for across, down in corners])
    if value == "restricted":
        return QPolygonF([QPointF(x + w / 2, y), QPointF(x + w, y + h), QPointF(x, y + h)])
    if value == "conditional":
        return QPolygonF([
            QPointF(x + w / 2, y), QPointF(x + w, y + h / 2), QPointF(x + w / 2, y + h), QPointF(x, y + h / 2),
        ])  # fmt: skip
    return None


class VerdictChip(QLabel):
    """A verdict in its colour, with its sign and its words, wrapped where the panel is narrow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesVerdict")
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._value = "undecided"
        side = self._side()
        self.setContentsMargins(side + 12, 5, 8, 5)

    def _side(self) -> int:
        return round(self.fontMetrics().height() * 1.25)

    def show_verdict(self, value: str, words: str) -> None:
        """Show a verdict."""
        self._value = value
        palette = self.palette()
        palette.setColor(palette.ColorRole.WindowText, ink(COLOURS[value]))
        palette.setColor(palette.ColorRole.Text, ink(COLOURS[value]))
        self.setPalette(palette)
        self.setText(words)
        self.setAccessibleName(words)
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(COLOURS[self._value])
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        side = self._side()
        disc = QRectF(6, (self.height() - side) / 2, side, side)
        painter.setBrush(QColor(255, 255, 255, 235))
        painter.drawRoundedRect(disc.adjusted(-1, -1, 1, 1), 3, 3)
        verdict_icon(self._value).paint(painter, disc.adjusted(1, 1, -1, -1).toRect())
        painter.end()
        super().paintEvent(event)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size that leaves room for the sign."""
        return super().sizeHint().expandedTo(QSize(0, self._side() + 12))
