"""Finds what a window does not show whole: text that is longer than its widget, widgets that stick out of their parent."""

from __future__ import annotations

import re

from qgis.PyQt.QtCore import QPoint, QRect, Qt
from qgis.PyQt.QtGui import QTextDocument
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QTabBar,
    QToolButton,
    QWidget,
)

#: Rounding of styles, in pixels.
_SLACK = 3


def cut_off(root: QWidget) -> list[str]:
    """Return what of `root` is not seen whole, one sentence each."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        if not widget.isVisible() or widget.window() is not root.window():
            continue
        said = _text(widget)
        if said:
            found.append(f"{_name(widget)}: {said}")
        said = _place(widget, root)
        if said:
            found.append(f"{_name(widget)}: {said}")
    return found


def off_screen(window: QWidget) -> list[str]:
    """Return what of a window lies off the screen."""
    screen = QApplication.primaryScreen().availableGeometry()
    frame = window.frameGeometry()
    if screen.contains(frame):
        return []
    return [f"{_name(window)}: {frame.width()} x {frame.height()} at {frame.x()},{frame.y()} on {screen.width()} x {screen.height()}"]


def _name(widget: QWidget) -> str:
    text = ""
    for attribute in ("text", "title", "windowTitle"):
        if callable(getattr(widget, attribute, None)):
            text = str(getattr(widget, attribute)())[:40]
            break
    return f"{type(widget).__name__} {widget.objectName()} '{text}'"


def _plain(text: str) -> str:
    return re.sub(r"&(?!&)", "", text)


def _text(widget: QWidget) -> str:
    """Tell whether a widget's own text fits."""
    metrics = widget.fontMetrics()
    if isinstance(widget, QLabel) and widget.text():
        return _label(widget)
    if isinstance(widget, QTabBar):
        for index in range(widget.count()):
            need = metrics.horizontalAdvance(_plain(widget.tabText(index)))
            if widget.isTabVisible(index) and widget.tabRect(index).width() + _SLACK < need:
                return f"tab '{widget.tabText(index)}' needs {need} pixels and has {widget.tabRect(index).width()}"
        return ""
    if isinstance(widget, QToolButton):
        if widget.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly and not widget.icon().isNull():
            return ""
        need = metrics.horizontalAdvance(_plain(widget.text()))
        return _short(need, widget.width()) if widget.text() else ""
    if isinstance(widget, QAbstractButton) and widget.text():
        lines = _plain(widget.text()).split("\n")
        return _short(max(metrics.horizontalAdvance(line) for line in lines), widget.width())
    if isinstance(widget, QGroupBox) and widget.title():
        return _short(metrics.horizontalAdvance(_plain(widget.title())), widget.width())
    if isinstance(widget, QComboBox) and not widget.isEditable() and widget.currentText():
        # A list may be long; its tool tip then has to say the whole.
        need = metrics.horizontalAdvance(widget.currentText())
        return "" if widget.toolTip() else _short(need, widget.width() - 24)
    if isinstance(widget, QLineEdit) and not widget.text() and widget.placeholderText():
        return _short(metrics.horizontalAdvance(widget.placeholderText()), widget.width() - 4) if not widget.toolTip() else ""
    return ""


def _short(need: int, has: int) -> str:
    return f"its text needs {need} pixels and has {has}" if need > has + _SLACK else ""


def _label(label: QLabel) -> str:
    # A label that gives way on purpose tells the whole in its tool tip.
    if label.toolTip():
        return ""
    rich = label.textFormat() == Qt.TextFormat.RichText or (
        label.textFormat() == Qt.TextFormat.AutoText and Qt.mightBeRichText(label.text())
    )
    room = label.contentsRect()
    if label.wordWrap():
        need = label.heightForWidth(label.width())
        return f"its text needs {need} pixels of height and has {label.height()}" if need > label.height() + _SLACK else ""
    if rich:
        document = QTextDocument()
        document.setDefaultFont(label.font())
        document.setHtml(label.text())
        return _short(int(document.idealWidth()) - 8, room.width())
    lines = _plain(label.text()).split("\n")
    return _short(max(label.fontMetrics().horizontalAdvance(line) for line in lines), room.width())


def _place(widget: QWidget, root: QWidget) -> str:
    """Tell whether a widget lies within its parent; what can be scrolled to counts as seen."""
    parent = widget.parentWidget()
    if widget is root or parent is None or widget.isWindow() or isinstance(parent, QAbstractScrollArea):
        return ""
    if isinstance(parent.parentWidget(), QAbstractScrollArea) and parent.parentWidget().viewport() is parent:
        return ""
    if not isinstance(widget, (QAbstractButton, QLabel, QComboBox, QLineEdit, QTabBar)):
        return ""
    here = QRect(QPoint(0, 0), parent.size())
    if not here.adjusted(-_SLACK, -_SLACK, _SLACK, _SLACK).contains(widget.geometry()):
        return f"sticks out of its parent ({widget.geometry().getRect()} in {here.getRect()})"
    return ""
