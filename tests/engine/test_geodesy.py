"""Metres against independent oracles: pyproj's geodesics, PROJ's transverse Mercator, brute force."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from envzones.plugin.engine import geodesy
from envzones.plugin.engine.buffers import circle
from envzones.plugin.engine.errors import InputError

GEOD = Geod(a=6378137.0, rf=298.257222101)
lons = st.floats(110.0, 116.9)
lats = st.floats(31.0, 36.9)


@given(lons, lats, st.floats(-3.0, 3.0))
def test_transverse_mercator_agrees_with_proj(lon, lat, offset):
    lon0 = lon - offset
    crs = CRS.from_proj4(f"+proj=tmerc +lon_0={lon0!r} +k=1 +a=6378137 +rf=298.257222101 +units=m")
    ours = geodesy.tm_forward(lon, lat, lon0)
    theirs = Transformer.from_crs("EPSG:4490", crs, always_xy=True).transform(lon, lat)
    # PROJ takes what is nearer to its meridian than some 1e-8 degrees (0.4 mm) to be on it.
    near = abs(offset) < 1e-8
    assert np.allclose(ours, theirs, rtol=0, atol=1e-3 if near else 1e-4)
    assert np.allclose(geodesy.tm_inverse(*ours, lon0), (lon, lat), atol=1e-11)


@given(lons, lats, st.floats(0, 360), st.floats(0.01, 20000.0))
def test_point_distance_is_the_geodesic(lon, lat, azimuth, metres):
    x, y, _ = GEOD.fwd(lon, lat, azimuth, metres)
    got = geodesy.distance([shapely.Point(lon, lat)], [shapely.Point(x, y)])
    assert got.metres[0] == pytest.approx(metres, abs=1e-4)
    assert (
        min(abs(got.bearing[0] - azimuth % 360), 360 - abs(got.bearing[0] - azimuth % 360)) < 1e-3
        or metres < 1
    )


@given(st.floats(-180.0, 180.0), st.floats(-89.9, 89.9), st.floats(0, 360), st.floats(0.0, 12000.0))
def test_segments_are_measured_as_geodesics(lon, lat, azimuth, metres):
    x, y, _ = GEOD.fwd(lon, lat, azimuth, metres)
    true = GEOD.inv(lon, lat, x, y)[2]
    assert geodesy.segment_m([[lon, lat]], [[x, y]])[0] == pytest.approx(true, abs=1e-4)


def test_a_long_line_of_short_segments_keeps_a_millimetre_in_100_km():
    rng = np.random.default_rng(5)
    line = np.array([112.0, 34.0]) + np.cumsum(rng.normal(0.0004, 0.0004, (2000, 2)), axis=0)
    true = GEOD.inv(*line[:-1].T, *line[1:].T)[2]
    assert true.sum() > 100_000
    assert abs(geodesy.segment_m(line[:-1], line[1:]).sum() - true.sum()) < 1e-3


def test_segments_without_coordinates_have_no_length():
    got = geodesy.segment_m([[112.0, 35.0], [np.nan, 35.0]], [[112.0, 35.0], [112.0, 35.0]])
    assert got[0] == 0.0 and np.isnan(got[1])


@settings(max_examples=40, deadline=None)
@given(lons, lats, st.floats(0, 360), st.floats(1.0, 15000.0), st.floats(-80, 80), st.floats(0.1, 8.0))
def test_distance_to_an_edge_against_brute_force(lon, lat, azimuth, metres, turn, km):
    """The edge is straight in degrees; sample it finely and measure each sample on the ellipsoid."""
    x, y, _ = GEOD.fwd(lon, lat, azimuth, metres)
    a = GEOD.fwd(x, y, azimuth + 90 + turn, km * 1000)
    b = GEOD.fwd(x, y, azimuth - 90 + turn, km * 700)
    edge = shapely.LineString([a[:2], b[:2]])
    got = geodesy.distance([shapely.Point(lon, lat)], [edge]).metres[0]
    low, high = 0.0, 1.0
    for _ in range(6):  # successive refinement of a dense sample
        f = np.linspace(low, high, 400)
        px = a[0] + f * (b[0] - a[0])
        py = a[1] + f * (b[1] - a[1])
        d = GEOD.inv(np.full(400, lon), np.full(400, lat), px, py)[2]
        k = int(np.argmin(d))
        low, high = f[max(k - 2, 0)], f[min(k + 2, 399)]
    assert got == pytest.approx(d.min(), abs=1.5e-3)


def test_touching_geometries_are_at_zero():
    square = shapely.box(112.5, 35.0, 112.6, 35.1)
    got = geodesy.distance(
        [square, square, None], [shapely.Point(112.55, 35.05), shapely.Point(112.6, 35.1), square]
    )
    assert got.metres[:2].tolist() == [0.0, 0.0]
    assert np.isnan(got.metres[2]) and np.isnan(got.bearing).all()


def test_area_agrees_with_geodesic_polygon():
    ring = circle(112.6, 35.07, 15000.0)
    lon, lat = shapely.get_coordinates(shapely.segmentize(ring, 0.0005)).T
    oracle = abs(GEOD.polygon_area_perimeter(lon, lat)[0])
    assert geodesy.area_m2([ring])[0] == pytest.approx(oracle, rel=1e-7)
    # Facts measured with pyproj: ellipsoidal disc 706.849 km2, planar in the zone at Jiyuan 707.134 km2.
    assert oracle == pytest.approx(706.849e6, rel=2e-5)
    assert geodesy.projected_area_m2([ring])[0] == pytest.approx(707.134e6, rel=2e-5)


def test_length_of_lines_and_perimeters():
    line = shapely.MultiLineString([[(112, 35), (112.1, 35.1)], [(112.2, 35), (112.3, 35)]])
    box = shapely.box(112, 35, 112.01, 35.01)
    lengths = geodesy.length_m([line, box, shapely.Point(1, 1)])
    assert lengths[0] == pytest.approx(sum(GEOD.geometry_length(g) for g in line.geoms), abs=1e-6)
    assert lengths[1] == pytest.approx(GEOD.geometry_area_perimeter(box)[1], abs=1e-6)
    assert lengths[2] == 0


@pytest.mark.parametrize("epsg", [4547, 4526, 4546, 3857])
def test_projected_edges_stay_within_a_millimetre(epsg):
    to = Transformer.from_crs("EPSG:4490", f"EPSG:{epsg}", always_xy=True)
    a, b = to.transform(112.45, 35.0), to.transform(112.56, 35.12)
    frame = gpd.GeoDataFrame(geometry=[shapely.LineString([a, b])], crs=epsg)
    stored = geodesy.to_storage(frame, "line")
    assert stored.crs.to_epsg() == 4490
    back = Transformer.from_crs("EPSG:4490", f"EPSG:{epsg}", always_xy=True)
    samples = shapely.get_coordinates(shapely.segmentize(stored.geometry.iloc[0], 1e-5))
    points = shapely.points(np.column_stack(back.transform(*samples.T)))
    scale = 1 if epsg != 3857 else np.cos(np.radians(35))
    assert shapely.distance(points, frame.geometry.iloc[0]).max() * scale < 0.001


def test_missing_and_impossible_crs_are_refused():
    with pytest.raises(InputError, match="Layer 'plots' declares no coordinate reference system"):
        geodesy.to_storage(gpd.GeoDataFrame(geometry=[shapely.Point(1, 1)]), "plots")
    wrong = gpd.GeoDataFrame(geometry=[shapely.Point(38467956, 3848023)], crs=4490)
    with pytest.raises(InputError, match="declares degrees"):
        geodesy.to_storage(wrong, "plots")


@pytest.mark.parametrize("many", [False, True])
def test_an_invalid_polygon_stays_so_when_vertices_are_added(many):
    """GEOS would mend it on the way from a projected system, and half of a bow-tie would be gone unsaid."""
    x, y = 500_000.0, 3_880_000.0
    tie = shapely.Polygon([(x, y), (x + 9000, y + 9000), (x + 9000, y), (x, y + 9000)])
    holed = shapely.Polygon(
        [(x, y), (x + 9000, y), (x + 9000, y + 9000), (x, y + 9000)], [[(x + 8000, y + 10), (x + 12_000, y + 10), (x + 9000, y + 4000)]]
    )
    shapes = [shapely.MultiPolygon([tie, holed]), shapely.MultiPolygon([tie])] if many else [tie, holed]
    frame = gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4547")
    stored = geodesy.to_storage(frame, "sites")
    for before, after in zip(frame.geometry, stored.geometry):
        assert not after.is_valid and not before.is_valid
        assert shapely.get_num_coordinates(after) > shapely.get_num_coordinates(before)
    back = stored.to_crs("EPSG:4547")
    for before, after in zip(frame.geometry, back.geometry):
        # The rings run as they did; an edge longer than its ends apart would show here.
        assert shapely.length(after) == pytest.approx(shapely.length(before), rel=1e-9)
        assert len(shapely.get_parts(after)) == len(shapely.get_parts(before))


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_inverse_gives_arrays_however_few_the_pairs(count):
    rng = np.random.default_rng(count)
    lon, lat, to_lon, to_lat = rng.uniform(100, 120, (4, count)) - [[0], [80], [0], [80]]
    said = geodesy.inverse(lon, lat, to_lon, to_lat)
    assert [one.shape for one in said] == [(count,)] * 3
    for k in range(count):
        alone = Geod(a=6378137.0, rf=298.257222101).inv(lon[k], lat[k], to_lon[k], to_lat[k])
        assert [one[k] for one in said] == pytest.approx(alone, rel=0, abs=1e-9)
