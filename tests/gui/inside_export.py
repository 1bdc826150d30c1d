"""Runs inside the QGIS window: maps and documents leave the project, by mouse, and what was seen of it."""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.environ["ENVZONES_TOOLS"])

import inside_tools as tools
from cut_off import cut_off, off_screen
from qgis.core import QgsProject, QgsSettings
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAction, QApplication, QDialogButtonBox, QLabel, QMainWindow, QMenu, QWidget
from qgis.utils import iface, plugins

OUT = tools.OUT
LEFT = Qt.MouseButton.LeftButton
SEEN: dict = {"cut": []}


def check_looks(root: QWidget, name: str) -> None:
    """Note what is cut off, and take a picture."""
    tools.rest(0.3)
    SEEN["cut"] += [f"{name}: {said}" for said in (*cut_off(root), *off_screen(root.window()))]
    tools.shoot(root, f"{name}.png")


def press(dialog: QWidget, name: str = "Ok") -> None:
    """Press a button of a dialog."""
    QTest.mouseClick(dialog.findChild(QDialogButtonBox).button(getattr(QDialogButtonBox.StandardButton, name)), LEFT)


def shown(name: str) -> QWidget | None:
    """Return a dialog that is open."""
    return next((one for one in QApplication.topLevelWidgets() if one.objectName() == name and one.isVisible()), None)


def answer_audience() -> list[str]:
    """Answer the question for whom, once it is asked."""
    asked: list[str] = []

    def look() -> None:
        dialog = shown("EnvZonesPublication")
        if dialog is None:
            QTimer.singleShot(100, look)
            return
        asked.append(dialog.windowTitle())
        check_looks(dialog, "publication")
        press(dialog)

    QTimer.singleShot(100, look)
    return asked


def maps() -> dict:
    """Export the one map, then open a page in the designer."""
    asked = answer_audience()
    action = iface.mainWindow().findChild(QAction, "EnvZones_export")
    action.trigger()
    dialog = shown("EnvZonesExportMap")
    tools.wait(lambda: dialog._picture.layout_shown is not None and not dialog._next.isActive(), 60)
    tools.wait(lambda: False, 5)
    check_looks(dialog, "export-map")
    path = OUT / "one.pdf"
    dialog._file.setFilePath(str(path))
    anyway = dialog._anyway
    if anyway.isVisible():
        anyway.setChecked(True)
    flaws = [dialog._flaws.item(k).text() for k in range(dialog._flaws.count())]
    press(dialog)
    written = tools.wait(path.is_file, 120)
    said = dialog.findChild(QLabel, "EnvZonesMapSaid").text() if not written else ""
    action.trigger()
    dialog = shown("EnvZonesExportMap")
    tools.wait(lambda: dialog._picture.layout_shown is not None, 60)
    before = set(QApplication.topLevelWidgets())
    QTest.mouseClick(dialog._designer, LEFT)
    tools.rest()
    designers = [
        one for one in set(QApplication.topLevelWidgets()) - before
        if isinstance(one, QMainWindow) and not isinstance(one, QMenu)
    ]  # fmt: skip
    for one in designers:
        one.close()
    return {"asked": len(asked), "written": written, "said": said, "flaws": flaws, "designers": len(designers),
            "layouts": [one.name() for one in QgsProject.instance().layoutManager().printLayouts()]}  # fmt: skip


def documents() -> dict:
    """Compute the board and export its ledger by the menu."""
    page = plugins["envzones"].show_page("plan")
    tools.rest()
    page.compute()
    tools.wait(lambda: page.view is not None and not page.running.busy, 180)
    button = page.export_button
    menu = button.menu()

    def choose() -> None:
        tools.shoot(menu, "menu.png")
        QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(button.entries["ledger"]).center())

    QTimer.singleShot(500, choose)
    QTest.mouseClick(button, LEFT)
    tools.wait(lambda: shown("EnvZonesReportDialog") is not None, 10)
    dialog = shown("EnvZonesReportDialog")
    check_looks(dialog, "export-ledger")
    path = OUT / "board.xlsx"
    dialog._file.setFilePath(str(path))
    press(dialog)
    tools.wait(lambda: path.is_file() or not dialog.busy, 120)
    written = path.is_file()
    return {"written": written, "said": "" if written else dialog.findChild(QLabel, "EnvZonesReportSaid").text()}


def look() -> dict:
    """Maps, then documents."""
    tools.arrange()
    QgsSettings().setValue("envzones/export_folder", str(OUT))
    return {"maps": maps(), "documents": documents(), **SEEN}


QTimer.singleShot(1500, lambda: tools.leave(look))
