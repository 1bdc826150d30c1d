"""The zip as a user gets it: built, unpacked into a clean QGIS profile, run in the real QGIS programs."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from pyproj import Geod

HERE = Path(__file__).resolve().parent
# The tests use the project's own build scripts and environments, and helpers that lie beside this file.
sys.path[:0] = [str(HERE), str(HERE.parents[1] / ".ci")]

import environment  # noqa: E402
import package  # noqa: E402
from programs import ROOT, run  # noqa: E402

CGCS2000 = Geod(a=6378137.0, rf=298.257222101)


@pytest.fixture(scope="session")
def zip_path(tmp_path_factory) -> Path:
    """envzones.zip, made from the committed state."""
    path = tmp_path_factory.mktemp("dist") / "envzones.zip"
    package.build(path)
    return path


@pytest.fixture(scope="session")
def installed(zip_path, tmp_path_factory) -> tuple[Path, Path]:
    """A clean profile (its configuration folder, the plugin's folder) with the zip unpacked and enabled."""
    configuration = tmp_path_factory.mktemp("配置 profile")  # a user's folder may be called anything
    plugins = configuration / "profiles" / "default" / "python" / "plugins"
    plugins.mkdir(parents=True)
    with zipfile.ZipFile(zip_path) as archive:
        archive.extractall(plugins)
    ended = run(["qgis_process.bin", "plugins", "enable", "envzones"], environment.qgis(configuration))
    ended.is_fine()
    return configuration, plugins / "envzones"


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> Path:
    """A GeoPackage with a river that flows due south, a section on it, a plant, and things at known distances."""
    path = tmp_path_factory.mktemp("输入 input") / "world.gpkg"
    lon = 112.6

    def point(start_lat: float, azimuth: float, metres: float, from_lon: float = lon) -> shapely.Point:
        return shapely.Point(CGCS2000.fwd(from_lon, start_lat, azimuth, metres)[:2])

    def write(layer: str, columns: dict[str, list]) -> None:
        frame = gpd.GeoDataFrame(columns, geometry="geometry", crs="EPSG:4490")
        frame.to_file(path, layer=layer, driver="GPKG", engine="fiona")

    river = shapely.LineString([(lon, 35.20), (lon, 35.10), (lon, 35.00)])
    upstream_lat = CGCS2000.fwd(lon, 35.10, 0.0, 2000.0)[1]
    downstream_lat = CGCS2000.fwd(lon, 35.10, 180.0, 300.0)[1]
    write("river_reach", {"river": ["沁河"], "geometry": [river]})
    gap = CGCS2000.fwd(lon, 35.10, 0.0, 0.6)[1]
    pieces = [
        shapely.LineString([(lon, 35.20), (lon, gap)]),
        shapely.LineString([(lon, 35.10), (lon, 35.05), (lon, 35.00)]),
        shapely.LineString([(lon + 0.05, 35.08), (lon, 35.05)]),
    ]
    write("river_pieces", {"uid": ["a", "b", "c"], "river": ["甲", "乙", "丙"], "geometry": pieces})
    write("monitoring_section", {"uid": ["S1"], "name": ["五龙口断面"], "geometry": [shapely.Point(lon, 35.10)]})
    write(
        "outfall",
        {
            "uid": ["left", "right", "far", "below"],
            "name": ["左岸排口", "右岸排口", "远处排口", "下游排口"],
            "geometry": [
                point(upstream_lat, 90.0, 300.0),
                point(downstream_lat, 270.0, 300.0),
                point(upstream_lat, 90.0, 700.0),
                point(CGCS2000.fwd(lon, 35.10, 180.0, 900.0)[1], 90.0, 100.0),
            ],
        },
    )
    write("heat_source", {"uid": ["P1"], "name": ["热电厂"], "chp": [True], "geometry": [shapely.Point(lon, 35.10)]})
    write(
        "coal_boiler",
        {
            "uid": ["inside", "outside"],
            "name": ["圈内锅炉", "圈外锅炉"],
            "geometry": [point(35.10, 73.0, 14_999.9), point(35.10, 251.0, 15_000.1)],
        },
    )
    return path


@pytest.fixture(scope="session")
def onemap(installed, tmp_path_factory) -> Path:
    """Jiyuan's one map, made by the command line from the data inside the installed plugin."""
    path = tmp_path_factory.mktemp("一张图") / "jiyuan.gpkg"
    data = installed[1] / "resources" / "demo" / "jiyuan"
    assert data.is_dir(), "the zip holds no demonstration data"
    variables = {**environment.plain(), "PROJ_DATA": environment.SYSTEM_PROJ}
    run([str(ROOT / ".venv/bin/envzones"), "onemap", "create", str(path), "--data", str(data)], variables).is_fine()
    return path


@pytest.fixture(scope="session")
def candidates(installed) -> Path:
    """The candidate projects that come with the demonstration."""
    return installed[1] / "resources" / "demo" / "jiyuan" / "candidates.geojson"
