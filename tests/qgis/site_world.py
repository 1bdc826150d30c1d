"""A check of three sites and a window with a map, for the tests of what shows its result."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import shapely
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)

_spec = importlib.util.spec_from_file_location("window", Path(__file__).with_name("window.py"))
_window = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_window)
Window, settle, wait_until = _window.Window, _window.settle, _window.wait_until
DAY = date(2019, 6, 30)


class Quiet:
    """Progress that nobody looks at."""

    cancelled = False

    def __call__(self, fraction, message=""):
        pass


def check(onemap, folder, tools):
    """Three sites: one in a primary zone, one 900 m west of the secondary zone, one far off of unknown type."""
    import geopandas as gpd

    from envzones.plugin.project.site_check import CheckWish, prepare, run

    near = tools.east(112.58, 35.11, 900.0, 270.0)
    sites = gpd.GeoDataFrame(
        {"site_id": ["A", "B", "C"], "name": ["甲地块", "乙地块", "丙地块"],
         "facility_type": ["coal_boiler", "coal_boiler", None], "nature": ["new", "new", None],
         "accuracy_m": [1.0, 1.0, 1.0]},
        geometry=[shapely.box(112.605, 35.105, 112.607, 35.107), shapely.Point(near), shapely.Point(113.0, 35.3)],
        crs="EPSG:4490",
    )  # fmt: skip
    wish = prepare(CheckWish(sites, onemap, ["jiyuan-2018", "national-henan"], DAY), QgsProject.instance())
    path = folder / "check-1.gpkg"
    return run(wish, Quiet(), path), path


def open_window(project):
    """A window whose map shows the whole area."""
    one = Window()
    project.setCrs(QgsCoordinateReferenceSystem("EPSG:4547"))
    one.canvas.setDestinationCrs(project.crs())
    one.window.resize(900, 700)
    one.window.show()
    there = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4490"), project.crs(), project)
    one.canvas.setExtent(there.transformBoundingBox(QgsRectangle(112.0, 34.8, 113.2, 35.4)))
    settle()
    return one


def close_window(one):
    one.window.close()
    one.window.deleteLater()
    settle()


def in_view(canvas, geometry):
    """Whether the map shows all of a shape given in EPSG:4490."""
    there = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4490"), canvas.mapSettings().destinationCrs(), QgsProject.instance()
    )
    shape = QgsGeometry(geometry)
    shape.transform(there)
    return all(canvas.extent().contains(QgsPointXY(vertex)) for vertex in shape.vertices())
