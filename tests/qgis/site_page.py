"""What tests of the page of sites share: a page over a small map, clicks on its canvas, sites in its list."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest
import shapely
from pyproj import Geod
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest

from envzones.plugin.gui.desk_site import SitePage
from envzones.plugin.gui.desk_state import DeskState
from envzones.plugin.project import settings
from envzones.plugin.project.candidates import Candidate, Profile

DAY = date(2019, 6, 30)
BOOKS = ["jiyuan-2018", "national-henan"]
GEOD = Geod(a=6378137.0, rf=298.257222101)


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_window = _load("window")
settle, wait_until = _window.settle, _window.wait_until


class Window(_window.Window):
    """With the active layer that the layer tree of QGIS would have."""

    def activeLayer(self):  # noqa: N802 - QGIS's name
        return self.active


@pytest.fixture
def window(qgis_app):
    one = Window()
    one.window.resize(1100, 700)
    one.window.show()
    yield one
    one.window.close()
    one.window.deleteLater()
    settle()


@pytest.fixture
def project(clean_project, onemap):
    clean_project.setCrs(QgsCoordinateReferenceSystem("EPSG:4547"))
    settings.set_onemap_path(clean_project, onemap)
    settings.set_as_of(clean_project, DAY)
    settings.set_rulebooks(clean_project, BOOKS)
    areas = QgsVectorLayer(f"{onemap}|layername=admin_area", "areas", "ogr")
    assert areas.isValid()
    clean_project.addMapLayer(areas)
    return clean_project


@pytest.fixture
def page(window, project):
    window.canvas.setDestinationCrs(project.crs())
    there = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4490"), project.crs(), project)
    window.canvas.setExtent(there.transformBoundingBox(QgsRectangle(112.5, 35.0, 112.72, 35.2)))
    made = make_page(window)
    yield made
    drop_page(made)


def make_page(window):
    state = DeskState()
    made = SitePage(window, state, {})
    made.resize(360, 620)
    made.show()
    wait_until(lambda: len(made.form.books) == 2)
    return made


def drop_page(made):
    state = made.desk
    made.release()
    state.release()
    made.deleteLater()
    settle()


def at(page, lon, lat) -> QPoint:
    """Where on the canvas a place is."""
    canvas = page.iface.canvas
    turn = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4490"), canvas.mapSettings().destinationCrs(), QgsProject.instance()
    )
    there = canvas.getCoordinateTransform().transform(turn.transform(QgsPointXY(lon, lat)))
    return QPoint(round(there.x()), round(there.y()))


def click(page, lon, lat, button=Qt.MouseButton.LeftButton):
    viewport = page.iface.canvas.viewport()
    QTest.mouseMove(viewport, at(page, lon, lat))
    QTest.mouseClick(viewport, button, Qt.KeyboardModifier.NoModifier, at(page, lon, lat))
    settle()


def shapes(page):
    return [shapely.from_wkb(one.wkb) for one in page.sites]


def metres(a, b) -> float:
    return GEOD.inv(a[0], a[1], b[0], b[1])[2]


def pixel_m(page) -> float:
    return page.iface.canvas.mapUnitsPerPixel()



def put(page, *sites, **profile):
    """Add sites (name, WKT) to the page's list."""
    page.sites.add([
        Candidate("", name, shapely.to_wkb(shapely.from_wkt(wkt))).with_profile(Profile(**profile)) for name, wkt in sites
    ])  # fmt: skip
    page._list_changed()


THREE = (("甲", "POINT (112.61 35.11)"), ("乙", "POINT (112.65 35.06)"), ("丙", "POLYGON ((112.63 35.09, 112.66 35.09, 112.66 35.1, 112.63 35.09))"))
