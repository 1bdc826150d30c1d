"""Draws the rows of a findings tree: wrapped to the panel's width, in the palette's colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QModelIndex, QRect, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFont, QFontMetrics, QIcon, QPainter, QPalette
from qgis.PyQt.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from .findings_model import FOLDER
from .told_model import FACT, FINDING, GROUP, KIND, LINES, SERIAL

if TYPE_CHECKING:
    from qgis.PyQt.QtWidgets import QTreeView

_WRAP = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignTop)
_PAD, _GAP = 4, 2
_TALL = 100_000


class FindingsDelegate(QStyledItemDelegate):
    """Measures each row once for a width; forget() when the rows or the width change."""

    def __init__(self, view: QTreeView) -> None:
        super().__init__(view)
        self._view = view
        self._heights: dict[int, int] = {}

    def forget(self) -> None:
        """Measure anew."""
        self._heights.clear()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: N802 - Qt's name
        """Return how tall a row is at the view's width."""
        serial = index.data(SERIAL)
        height = self._heights.get(serial)
        if height is None:
            height = self._heights[serial] = self._height(option.font, index, self._width(index))
        return QSize(self._width(index), height)

    def _width(self, index: QModelIndex) -> int:
        depth, above = 1, index.parent()
        while above.isValid():
            depth, above = depth + 1, above.parent()
        return max(80, self._view.viewport().width() - depth * self._view.indentation())

    def _height(self, font: QFont, index: QModelIndex, width: int) -> int:
        title, more = index.data(LINES)
        first, second = self._fonts(font, index)
        room = self._room(QRect(0, 0, width, _TALL), QFontMetrics(font), index)
        height = _tall(QFontMetrics(first), title, room.width()) + (
            _GAP + _tall(QFontMetrics(second), more, room.width()) if more else 0
        )
        least = self._side(QFontMetrics(font)) if index.data(Qt.ItemDataRole.DecorationRole) else 0
        return max(height, least) + 2 * _PAD

    def _fonts(self, font: QFont, index: QModelIndex) -> tuple[QFont, QFont]:
        first, second = QFont(font), QFont(font)
        kind = index.data(KIND)
        if kind == GROUP or (kind == FINDING and index.model().row(index).get("status") == "hit"):
            first.setBold(True)
        if kind == FACT:
            first.setPointSizeF(max(6.0, first.pointSizeF() * 0.9))
        return first, second

    @staticmethod
    def _side(metrics: QFontMetrics) -> int:
        return max(16, metrics.height())

    def _room(self, rect: QRect, metrics: QFontMetrics, index: QModelIndex) -> QRect:
        left = _PAD
        if index.data(Qt.ItemDataRole.DecorationRole) is not None:
            left += self._side(metrics) + _PAD
        if index.data(KIND) == FACT and index.model().fact(index).quote:
            left += _PAD + 3
        return rect.adjusted(left, _PAD, -_PAD, -_PAD)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Draw a row."""
        painter.save()
        palette = option.palette
        groups = QPalette.ColorGroup
        group = groups.Active if option.state & QStyle.StateFlag.State_Active else groups.Inactive
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        kind = index.data(KIND)
        if kind == GROUP and not chosen:
            painter.fillRect(option.rect, palette.color(group, QPalette.ColorRole.AlternateBase))
        style = option.widget.style() if option.widget is not None else self._view.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
        ink = palette.color(group, role)
        paper = palette.color(group, QPalette.ColorRole.Highlight if chosen else QPalette.ColorRole.Base)
        faint = _between(ink, paper, 0.32)
        metrics = QFontMetrics(option.font)
        room = self._room(option.rect, metrics, index)
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(icon, QIcon):
            side = self._side(metrics)
            icon.paint(painter, QRect(option.rect.x() + _PAD, option.rect.y() + _PAD, side, side))
        if kind == FACT and index.model().fact(index).quote:
            bar = QRect(option.rect.x() + _PAD, option.rect.y() + _PAD, 3, option.rect.height() - 2 * _PAD)
            painter.fillRect(bar, _between(ink, paper, 0.55))
        title, more = index.data(LINES)
        first, second = self._fonts(option.font, index)
        painter.setFont(first)
        painter.setPen(faint if kind in (FACT, FOLDER) else ink)
        painter.drawText(room, _WRAP, title)
        if more:
            room.setTop(room.top() + _tall(QFontMetrics(first), title, room.width()) + _GAP)
            painter.setFont(second)
            painter.setPen(faint if kind == GROUP else ink)
            painter.drawText(room, _WRAP, more)
        painter.restore()


def _tall(metrics: QFontMetrics, words: str, width: int) -> int:
    return metrics.boundingRect(QRect(0, 0, width, _TALL), _WRAP, words).height() if words else 0


def _between(ink: QColor, paper: QColor, share: float) -> QColor:
    """Mix two colours of the palette: fainter than the text in every theme."""
    a, b = ink.getRgb()[:3], paper.getRgb()[:3]
    return QColor(*(round(x + (y - x) * share) for x, y in zip(a, b)))
