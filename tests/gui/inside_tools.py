"""What scripts inside a QGIS window share: waiting, clicking on the map, pictures, and leaving with an answer."""

from __future__ import annotations

import json
import os
import time
import traceback
from pathlib import Path
from xml.etree import ElementTree

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QPoint, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QAction,
    QApplication,
    QDockWidget,
    QGroupBox,
    QHeaderView,
    QLabel,
    QTabBar,
    QWidget,
)
from qgis.utils import iface

OUT = Path(os.environ["ENVZONES_OUT"])
#: A window as users have it does not show these beside our panel.
_OTHERS = ("Browser", "Browser2", "AdvancedDigitizingTools", "MessageLog", "UserInputDockWidget")


def wait(done, seconds: float) -> bool:
    """Let QGIS work until `done()` or the time is over; tell whether it was done."""
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.02)
    return bool(done())


def rest(seconds: float = 0.5) -> None:
    """Let the window settle and the map be drawn."""
    wait(lambda: False, seconds)
    wait(lambda: not iface.mapCanvas().isDrawing(), 30)
    wait(lambda: False, 0.2)


def arrange(width: int = 1366, height: int = 768) -> None:
    """Give the window the size of a small screen."""
    window = iface.mainWindow()
    window.showNormal()
    window.setGeometry(0, 0, width, height)
    for name in _OTHERS:
        dock = window.findChild(QDockWidget, name)
        if dock is not None:
            dock.close()
    wait(lambda: bool(QgsProject.instance().mapLayers()), 60)
    rest()


def shoot(widget: QWidget, name: str) -> None:
    """Save a picture."""
    rest(0.3)
    if not widget.grab().save(str(OUT / name)):
        raise RuntimeError(f"{name} could not be written")


def layer(table: str):
    """Return a layer of the one map."""
    layers = QgsProject.instance().mapLayers().values()
    return next(one for one in layers if one.customProperty("envzones/table") == table)


def _there() -> QgsCoordinateTransform:
    crs = iface.mapCanvas().mapSettings().destinationCrs()
    return QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4490"), crs, QgsProject.instance())


def go(lon: float, lat: float, half: float = 0.05) -> None:
    """Show the map around a place."""
    box = _there().transformBoundingBox(QgsRectangle(lon - half, lat - half, lon + half, lat + half))
    iface.mapCanvas().setExtent(box)
    iface.mapCanvas().refresh()
    rest()


def spot(lon: float, lat: float) -> QPoint:
    """Return where on the canvas a place is."""
    pixel = iface.mapCanvas().getCoordinateTransform().transform(_there().transform(QgsPointXY(lon, lat)))
    return QPoint(round(pixel.x()), round(pixel.y()))


def hover(lon: float, lat: float) -> None:
    """Move the mouse over a place."""
    canvas = iface.mapCanvas().viewport()
    # The window system may leave out a move that ends where the last one did.
    QTest.mouseMove(canvas, spot(lon, lat) + QPoint(2, 2))
    QTest.mouseMove(canvas, spot(lon, lat))
    wait(lambda: False, 0.1)


def click(lon: float, lat: float, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
    """Click on the map."""
    hover(lon, lat)
    QTest.mouseClick(iface.mapCanvas().viewport(), button, pos=spot(lon, lat))
    wait(lambda: False, 0.1)


def sources(path: Path) -> set[str]:
    """Return the English texts of a file of translations whose translation is another text."""
    found = set()
    for message in ElementTree.parse(path).iter("message"):
        source, target = message.findtext("source") or "", message.findtext("translation") or ""
        if source != target and len(source) > 1:
            found.add(source.replace("&", ""))
    return found


def english(root: QWidget, known: set[str]) -> list[str]:
    """Return the texts of ours that a Chinese window shows in English."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        texts = [widget.toolTip(), widget.windowTitle(), widget.whatsThis()]
        if isinstance(widget, (QLabel, QAbstractButton)):
            texts.append(widget.text())
        if isinstance(widget, QGroupBox):
            texts.append(widget.title())
        if isinstance(widget, QTabBar):
            texts += [widget.tabText(index) for index in range(widget.count())]
        for action in widget.actions():
            if isinstance(action, QAction) and action.objectName().startswith("EnvZones"):
                texts += [action.text(), action.toolTip()]
        if isinstance(widget, QHeaderView) and widget.orientation() == Qt.Orientation.Horizontal and widget.model() is not None:
            texts += [str(widget.model().headerData(k, widget.orientation()) or "") for k in range(widget.count())]
        found += [text for text in texts if text.replace("&", "") in known]
    return sorted(set(found))


def leave(look) -> None:
    """Write what `look()` says, whole, and close QGIS."""
    try:
        answer = look()
    except Exception:
        answer = {"error": traceback.format_exc()}
    part = OUT / "result.part"
    part.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    part.rename(OUT / "result.json")
    QgsProject.instance().setDirty(False)
    QTimer.singleShot(0, iface.actionExit().trigger)
