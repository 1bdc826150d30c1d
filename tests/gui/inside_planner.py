"""Runs inside the QGIS window: a planner's day, by mouse and keyboard, and what was seen of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, os.environ["ENVZONES_TOOLS"])

import inside_tools as tools
from cut_off import cut_off, off_screen
from qgis.core import QgsPointXY, QgsProject
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAction,
    QApplication,
    QDockWidget,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QWidget,
)
from qgis.utils import iface, plugins

OUT = tools.OUT
SITES = [tuple(float(part) for part in one.split(",")) for one in os.environ["ENVZONES_SITES"].split(";")]
#: English texts that a Chinese window must not show.
KNOWN = tools.sources(Path(os.environ["ENVZONES_TS"])) if os.environ.get("ENVZONES_TS") else set()
SEEN: dict = {"cut": [], "english": []}


def check_looks(root: QWidget, name: str) -> None:
    """Note what is cut off or in the wrong language, and take a picture."""
    tools.rest(0.3)
    SEEN["cut"] += [f"{name}: {said}" for said in (*cut_off(root), *off_screen(root.window()))]
    SEEN["english"] += [f"{name}: {said}" for said in tools.english(root, KNOWN)]
    tools.shoot(iface.mainWindow() if root.window() is iface.mainWindow() else root, f"{name}.png")


def desk() -> QDockWidget:
    """Open the panel by its action and make it as wide as planners have it."""
    window = iface.mainWindow()
    action = window.findChild(QAction, "EnvZones_dock")
    if not action.isChecked():
        action.trigger()
    found = window.findChild(QDockWidget, "EnvZonesDock")
    window.resizeDocks([found], [370], Qt.Orientation.Horizontal)
    tools.rest()
    return found


def press(name: str) -> None:
    """Press a button of the window."""
    button = iface.mainWindow().findChild(QPushButton, name)
    if button is None or not button.isEnabled():
        raise RuntimeError(f"{name} cannot be pressed")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def sites(page: QWidget) -> dict:
    """Say what is to be built, click three places, check, compare, probe, export."""
    kind = page.findChild(QLineEdit, "EnvZonesFacilityType")
    kind.setFocus()
    # Pasted: Qt's test library types ASCII alone.
    QApplication.clipboard().setText(os.environ["ENVZONES_TYPE"])
    kind.paste()
    popup = page.form.completer.popup()
    tools.wait(popup.isVisible, 5)
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    tools.wait(lambda: page.form.profile.facility_type is not None, 5)
    tools.go(*SITES[0], 0.12)
    page.inputs.actions["point"].trigger()
    for place in SITES:
        tools.click(*place)
    tools.wait(lambda: len(page.sites) == len(SITES), 10)
    press("EnvZonesCheck")
    bar_seen = tools.wait(lambda: page.running.isVisible(), 5)
    tools.wait(lambda: page.view is not None and not page.running.busy, 120)
    check_looks(page.window().findChild(QDockWidget, "EnvZonesDock"), "site")
    answer = {
        "type": page.form.profile.facility_type,
        "sites": [[one["site_id"], one["known"], one["pending"]] for one in page.view.verdicts],
        "places": [list(QgsPointXY(one.centroid().asPoint()).toString(5).split(",")) for one in _shapes(page)],
        "stale": page.stale(), "bar_seen": bar_seen,
        "groups": [one.name() for one in QgsProject.instance().layerTreeRoot().findGroups()],
    }  # fmt: skip
    page._compare()
    tools.rest()
    check_looks(page._matrix, "matrix")
    answer["matrix"] = page._matrix.findChild(QTableView, "EnvZonesMatrixTable").model().columnCount()
    page._matrix.close()
    answer["probe"] = probe(page)
    for name in ("sites.xlsx", "sites.docx"):
        page.export(OUT / name)
        tools.wait(lambda: not page.running.busy, 120)
    return answer


def _shapes(page: QWidget) -> list:
    from envzones.plugin.project.findings_view import shape

    return [shape(one) for one in page.view.verdicts]


def probe(page: QWidget) -> dict:
    """Hold the site under the mouse."""
    iface.mainWindow().findChild(QAction, "EnvZones_probe").trigger()
    built = tools.wait(lambda: page.probe.ready, 90)
    answers = []
    for place in SITES[:2]:
        tools.hover(*place)
        tools.wait(lambda: page.probe.last is not None, 10)
        tools.wait(lambda: False, 0.4)
        answers.append([page.probe.last.known, page.probe.last.pending, len(page.probe.last.constraints)])
    check_looks(iface.mainWindow().findChild(QWidget, "EnvZonesProbeCard"), "probe")
    tools.shoot(iface.mainWindow(), "probe.png")
    QTest.keyClick(iface.mapCanvas().viewport(), Qt.Key.Key_Escape)
    tools.wait(lambda: False, 0.3)
    action = iface.mainWindow().findChild(QAction, "EnvZones_probe")
    if action.isChecked():
        action.trigger()
    return {"built": built, "answers": answers, "put_away": not action.isChecked()}


def river(page: QWidget) -> dict:
    """Click a section on the map and export its ledger."""
    answers = []
    page.answered.connect(answers.append)
    stored = next(one for one in tools.layer("monitoring_section").getFeatures() if one["uid"] == "MS-01")
    place = stored.geometry().asPoint()
    tools.go(place.x(), place.y(), 0.06)
    page._tools.pick.trigger()
    tools.click(place.x(), place.y())
    tools.wait(lambda: bool(answers), 90)
    check_looks(page.window().findChild(QDockWidget, "EnvZonesDock"), "river")
    page.export(OUT / "section.xlsx")
    tools.wait(lambda: (OUT / "section.xlsx").is_file(), 60)
    return {"title": page.findChild(QLabel, "EnvZonesRiverTitle").text(),
            "listed": int(answers[-1].result.finding["site_id"].nunique())}  # fmt: skip


def plan(page: QWidget) -> dict:
    """Compute the board and export it."""
    press("EnvZonesPlanCompute")
    tools.wait(lambda: page.view is not None and not page.running.busy, 180)
    check_looks(page.window().findChild(QDockWidget, "EnvZonesDock"), "plan")
    page.write_ledger(OUT / "plan.xlsx")
    tools.wait(lambda: (OUT / "plan.xlsx").is_file(), 120)
    return {"rows": len(page.view.rows), "stale": page.stale}


def look() -> dict:
    """A planner's day."""
    tools.arrange()
    plugin = plugins["envzones"]
    whole = desk()
    answer: dict = {"current": whole.current}
    plugin.show_page("map")
    tools.wait(lambda: False, 3)
    check_looks(whole, "map")
    answer["sites"] = sites(plugin.show_page("site"))
    answer["river"] = river(plugin.show_page("river"))
    answer["plan"] = plan(plugin.show_page("plan"))
    from envzones.plugin.project.map_out import printed_map
    from envzones.plugin.project.print_export import export

    export(printed_map(QgsProject.instance(), "zh"), OUT / "map.pdf")
    menu = next(one.menu() for one in iface.pluginMenu().actions() if one.menu() and "EnvZones" in one.menu().objectName())
    SEEN["english"] += tools.english(menu, KNOWN)
    answer["window"] = [iface.mainWindow().width(), iface.mainWindow().height()]
    answer["desk_width"] = whole.width()
    return {**answer, **SEEN}


QTimer.singleShot(1500, lambda: tools.leave(look))
