"""Hand-made layers with known answers, and a provider registered once."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from pyproj import Geod
from qgis.core import QgsApplication, QgsFeature, QgsGeometry, QgsProject, QgsVectorLayer

GEOD = Geod(a=6378137.0, rf=298.257222101)
LON, LAT = 112.6, 35.1


_STATUS: list[int] = []


def pytest_sessionfinish(exitstatus: int) -> None:
    """Remember how the run ended."""
    _STATUS.append(int(exitstatus))


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure() -> None:
    """End the process with the run's own status, once all is reported.

    What of QGIS is static and what of it Python still holds would be destroyed in no particular order after this,
    which can crash.  How QGIS itself ends with the plugin in it is tested in qgis.bin and qgis_process.bin
    (tests/package).
    """
    if _STATUS:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_STATUS[-1])


@pytest.fixture(scope="module")
def provider(qgis_app, qgis_processing):
    """Register the provider as the plugin does."""
    from envzones.plugin.processing.provider import EnvZonesProvider

    one = EnvZonesProvider()
    assert QgsApplication.processingRegistry().addProvider(one)
    yield one
    QgsApplication.processingRegistry().removeProvider(one)


@pytest.fixture
def clean_project(qgis_app):
    """The project, empty before and after."""
    project = QgsProject.instance()
    project.clear()
    yield project
    project.clear()


def east(lon: float, lat: float, metres: float, azimuth: float = 90.0) -> tuple[float, float]:
    """Return the place `metres` from (lon, lat) in the direction of `azimuth`."""
    x, y, _ = GEOD.fwd(lon, lat, azimuth, metres)
    return x, y


def make_layer(
    kind: str, fields: str, rows: list[tuple[str, list]], name: str, crs: str = "EPSG:4490"
) -> QgsVectorLayer:
    """Build a memory layer from WKT and attribute rows; `fields` as in a memory provider's URI."""
    layer = QgsVectorLayer(f"{kind}?crs={crs}&{fields}", name, "memory")
    assert layer.isValid()
    features = []
    for wkt, attributes in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes(attributes)
        if wkt:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
        features.append(feature)
    done, _ = layer.dataProvider().addFeatures(features)
    assert done
    layer.updateExtents()
    return layer


@pytest.fixture
def river():
    """A straight river along a meridian, flowing south, 12 km long, with a section 6 km below its head."""
    head = (LON, LAT)
    points = [head] + [east(*head, 1000.0 * k, 180.0) for k in range(1, 13)]
    wkt = "LineString (" + ", ".join(f"{x:.12f} {y:.12f}" for x, y in points) + ")"
    return make_layer("LineString", "field=uid:string&field=river:string", [(wkt, ["R1", "沁河"])], "rivers")


@pytest.fixture
def section():
    """The section 6 km below the river's head."""
    x, y = east(LON, LAT, 6000.0, 180.0)
    return make_layer(
        "Point", "field=uid:string&field=name:string", [(f"Point ({x:.12f} {y:.12f})", ["S1", "示例断面"])], "sections"
    )


@pytest.fixture
def outfalls():
    """Four points: 2 km upstream on the left bank 300 m off, 400 m downstream right 499 m, 510 m and 700 m off."""
    def at(along: float, off: float, azimuth: float) -> str:
        x, y = east(*east(LON, LAT, 6000.0 + along, 180.0), off, azimuth)
        return f"Point ({x:.12f} {y:.12f})"

    rows = [
        (at(-2000.0, 300.0, 90.0), ["left", "左岸排口"]),
        (at(400.0, 499.0, 270.0), ["right", "右岸排口"]),
        (at(-1000.0, 510.0, 270.0), ["band", "边界排口"]),
        (at(-1000.0, 700.0, 270.0), ["far", "远处排口"]),
    ]
    return make_layer("Point", "field=uid:string&field=name:string", rows, "outfall")


@pytest.fixture(scope="session")
def onemap(tmp_path_factory) -> Path:
    """A one-map GeoPackage with a city, two nested drinking-water zones, a heat source and two boilers."""
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.geopackage import create

    def frame(rows: list[dict], crs: str = "EPSG:4490") -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(rows, geometry="geometry", crs=crs)

    city = shapely.box(112.0, 34.8, 113.2, 35.4)
    inner, outer = shapely.box(112.60, 35.10, 112.62, 35.12), shapely.box(112.58, 35.08, 112.64, 35.14)
    base = {"provenance": "illustrative", "valid_from": date(2018, 1, 1), "life_state": "delineated", "accuracy_m": 5.0}
    zone = {"source_type": "river", "source_rank": "city", "source_name": "示例水源", "source_code": "T1"}
    frames = {
        "admin_area": frame(
            [{**base, "uid": "A1", "name": "示例市", "level": "city", "code": "419001", "geometry": city}]
        ),
        "drinking_water_zone": frame(
            [
                {**base, **zone, "uid": "Z1", "name": "示例一级保护区", "level": "primary", "geometry": inner},
                {**base, **zone, "uid": "Z2", "name": "示例二级保护区", "level": "secondary", "geometry": outer},
            ]
        ),
        "heat_source": frame(
            [{**base, "uid": "H1", "name": "示例电厂", "chp": True, "unit_capacity_mw": 600.0,
              "geometry": shapely.Point(LON, LAT)}]
        ),
        "coal_boiler": frame(
            [{**base, "uid": "B1", "name": "示例锅炉", "capacity_tph": 10.0, "fuel": "coal", "status": "running",
              "geometry": shapely.Point(*east(LON, LAT, 14000.0, 45.0))}]
        ),
    }  # fmt: skip
    coverage = frame(
        [
            {"layer": name, "complete_as_of": date(2019, 6, 1), "valid_until": date(2020, 6, 30),
             "declared_by": "示例局", "document": "示意〔2019〕1号", "geometry": city}
            for name in ("admin_area", "drinking_water_zone", "heat_source", "coal_boiler")
        ]
    )  # fmt: skip
    path = tmp_path_factory.mktemp("onemap") / "map.gpkg"
    create(
        path,
        load_catalog(),
        frames=frames,
        coverage=coverage,
        meta={"title": "示例一张图", "jurisdiction_code": "419001", "jurisdiction_zh": "示例市",
              "jurisdiction_en": "Sample City", "work_crs": "EPSG:4547"},
    )  # fmt: skip
    return path


@pytest.fixture
def qgis_process(tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The real qgis_process.bin, with the plugin linked into a profile of its own; it is called with its words."""
    root = Path(__file__).resolve().parents[2]
    plugins = tmp_path / "qgis" / "profiles" / "default" / "python" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "envzones").symlink_to(root, target_is_directory=True)
    spec = importlib.util.spec_from_file_location("environment", root / ".ci" / "environment.py")
    environment = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(environment)
    variables = environment.qgis(tmp_path / "qgis")

    def program(*words: str, succeeds: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["qgis_process.bin", *words], env=variables, capture_output=True, text=True, encoding="utf-8", timeout=240,
            check=False,
        )  # fmt: skip
        told = done.stdout + done.stderr
        assert (done.returncode == 0) is succeeds, told[-3000:]
        assert not [sign for sign in ("Traceback", "Segmentation", "double free") if sign in told], told[-3000:]
        return done

    program("plugins", "enable", "envzones")
    return program


@pytest.fixture(scope="session")
def tools():
    """The helpers above, for test modules (which cannot import a conftest)."""
    from types import SimpleNamespace

    return SimpleNamespace(east=east, make_layer=make_layer, geod=GEOD, lon=LON, lat=LAT)
