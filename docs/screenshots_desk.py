"""Pictures of the desk: its four pages at work, the matrix, the probe, and what lies around them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qgis.core import QgsVectorLayer
from qgis.PyQt.QtCore import QAbstractItemModel, QDate, QModelIndex, QPoint
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QDateEdit, QPushButton, QTreeWidget, QWidget
from qgis.utils import iface
from screenshots_window import (
    OUT,
    PROJECT,
    click,
    desk,
    go,
    hidden,
    layer,
    need,
    pixel,
    rest,
    shoot,
    slim,
    wait,
)

import envzones


def pages() -> None:
    """Take the pictures of the four pages."""
    map_page()
    site_page()
    river_page()
    plan_page()


def map_page() -> None:
    """Show the whole window with the map page."""
    page = desk().show_page("map")
    slim()
    layers = page.findChild(QTreeWidget, "EnvZonesLayers")
    need(lambda: layers.topLevelItemCount() > 0, 60, "the layers of the map")
    page.findChild(QDateEdit, "EnvZonesAsOf").setDate(QDate(2019, 6, 30))
    iface.mapCanvas().setReferencedExtent(PROJECT.viewSettings().defaultViewExtent())
    # Until it is drawn anew the canvas shows the last picture at another scale.
    iface.mapCanvas().refresh()
    rest(2.0)
    layers.expandToDepth(0)
    iface.mapCanvas().refresh()
    rest(2.0)
    shoot(iface.mainWindow(), "desk-map.png")


def site_page() -> None:
    """Check four sites, look at one of them, compare them all, and hold another under the mouse."""
    page = desk().show_page("site")
    slim()
    with hidden():
        _probe(page)
    for kind, wanted in (("Point", ("P01", "P10", "P14")), ("Polygon", ("P08",))):
        sites = candidates(kind)
        page.add_layer(sites, [one.id() for one in sites.getFeatures() if one["site_id"] in wanted])
        need(lambda: not page.reading.busy, 30, "the candidate sites")
        rest(0.5)
    page.group.setCollapsed(True)
    with hidden():
        page.check()
        need(lambda: page.view is not None and not page.running.busy, 240, "the check")
        rest()
        page.splitter.setSizes([150, 430])
        site = next(str(one["site_id"]) for one in page.view.verdicts if "轵城" in str(one["site_name"]))
        page.results.choose_site(site)
        tree = page.results.tree
        wanted = next(one for one in _leaves(tree.model()) if _has_place(page, one))
        tree.setCurrentIndex(wanted)
        tree.expand(wanted)
        page.results.fly(wanted)
        rest(2.5)
        # The map is there: flying there again only flashes.
        page.results.fly(wanted)
        wait(lambda: False, 0.35)
        if not iface.mainWindow().grab().save(str(OUT / "site-result.png")):
            raise RuntimeError("site-result.png could not be written")
        page._compare()
        page._matrix.resize(1100, 620)
        rest(1.0)
        shoot(page._matrix, "matrix.png")
        page._matrix.close()
    page._clear()
    rest()


def candidates(kind: str) -> QgsVectorLayer:
    """Return the demonstration's candidate sites of one geometry type."""
    file = Path(envzones.__file__).resolve().parent / "resources" / "demo" / "jiyuan" / "candidates.geojson"
    sites = QgsVectorLayer(f"{file}|geometrytype={kind}", kind, "ogr")
    PROJECT.addMapLayer(sites, False)
    return sites


def _has_place(page: QWidget, index: QModelIndex) -> bool:
    row = page.results.row_of(index)
    return row is not None and bool(row.get("clause_id")) and (row.get("distance_m") or 0.0) > 0.0


def _leaves(model: QAbstractItemModel, parent: QModelIndex | None = None) -> Iterator[QModelIndex]:
    """Return the rows of a tree from the top down."""
    parent = parent or QModelIndex()
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        yield index
        yield from _leaves(model, index)


def _probe(page: QWidget) -> None:
    """Hold a livestock farm under the mouse, beside a drinking-water zone."""
    canvas = iface.mapCanvas()
    go(112.45, 35.05, 112.61, 35.145)
    page.form._set_type("livestock_farm")
    page.start_probe()
    spot = pixel(112.524, 35.1225)
    answers: list[object] = []
    page.probe.probed.connect(answers.append)
    QTest.mouseMove(canvas.viewport(), spot - QPoint(8, 8))
    need(lambda: page.probe.ready, 120, "the probe")
    QTest.mouseMove(canvas.viewport(), spot)
    need(lambda: bool(answers), 30, "the probe's answer")
    rest(0.5)
    shoot(iface.mainWindow(), "probe.png")
    page.stop_probe()
    page.form._set_type(None)


def river_page() -> None:
    """Click a section with the page's tool, and show its zone and what lies in it."""
    canvas = iface.mapCanvas()
    page = desk().show_page("river")
    slim()
    answers: list[object] = []
    page.answered.connect(answers.append)
    with hidden():
        stored = next(one for one in layer("monitoring_section").getFeatures() if one["uid"] == "MS-01")
        place = stored.geometry().asPoint()
        go(place.x() - 0.06, place.y() - 0.04, place.x() + 0.06, place.y() + 0.06)
        page._tools.pick.trigger()
        click(place.x(), place.y())
        need(lambda: bool(answers), 60, "the section's zone")
        page._tools.zoom.trigger()
        rest()
        page._splitter.setSizes([300, 330])
        page._results.table.selectRow(3)
        rest(2.0)
        shoot(iface.mainWindow(), "river.png")
        page._tools.clear_all.trigger()
        canvas.unsetMapTool(page._tool)
    rest()


def plan_page() -> None:
    """Compute the board, open what is overdue along river sections, and list the features behind it."""
    page = desk().show_page("plan")
    slim()
    page.findChild(QPushButton, "EnvZonesPlanCompute").click()
    rest(1.0)
    need(lambda: page.view is not None and not page.running.busy, 240, "the plan board")
    rest(1.0)
    # The section clause of the plan: it lists features, and some of them are overdue.
    tree, model = page.tree, page.model
    wanted = next(one for one in _indexes(model) if any(row["clause_id"] == "J42" for row in model.rows_of(one)))
    tree.expand(wanted.parent())
    tree.setCurrentIndex(wanted)
    tree.scrollTo(wanted, tree.ScrollHint.PositionAtTop)
    with hidden():
        page._clicked(wanted, True)
        rest(2.0)
        go(112.54, 35.03, 112.76, 35.17)
        shoot(iface.mainWindow(), "plan.png")
    page.features.close()
    for one in PROJECT.mapLayers().values():
        if isinstance(one, QgsVectorLayer):
            one.removeSelection()


def _indexes(model: QAbstractItemModel) -> list[QModelIndex]:
    """Return the rows of the second level of a tree."""
    tops = [model.index(row, 0) for row in range(model.rowCount())]
    return [model.index(row, 0, top) for top in tops for row in range(model.rowCount(top))]


def empty() -> None:
    """Show the desk while there is no map."""
    dock = desk()
    PROJECT.setDirty(False)
    PROJECT.clear()
    rest(1.5)
    need(lambda: not PROJECT.mapLayers(), 10, "an empty project")
    shoot(dock, "desk-empty.png")
