"""Circles and buffers against pyproj's geodesics, GEOS's buffers and distances measured apart."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from envzones.plugin.engine import geodesy
from envzones.plugin.engine.buffers import buffers, circle, circles, geodesic_buffer
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.outline import outlines

GEOD = Geod(a=6378137.0, rf=298.257222101)
lons = st.floats(75.0, 134.0)
lats = st.floats(-55.0, 55.0)


@given(lons, lats, st.floats(0.1, 1_000_000.0), st.sampled_from([3, 4, 7, 32, 90]))
def test_circle_vertices_lie_on_the_radius_at_even_azimuths(lon, lat, radius, n):
    ring = circle(lon, lat, radius, n=n)
    assert shapely.is_ccw(ring.exterior) and ring.is_valid
    x, y = shapely.get_coordinates(ring)[:-1].T
    azimuth, _, away = GEOD.inv(np.full(n, lon), np.full(n, lat), x, y)
    assert np.allclose(away, radius, rtol=0, atol=1e-4)
    turned = (np.asarray(azimuth) + 360.0 / n * np.arange(n) + 180.0) % 360.0 - 180.0
    assert np.abs(np.radians(turned)).max() * radius < 1e-3


@pytest.mark.parametrize("lat", [80.0, 85.0, -88.0])
def test_circles_near_a_pole_that_do_not_hold_it(lat):
    x, y = shapely.get_coordinates(circle(20.0, lat, 100_000.0, n=64)).T
    assert np.allclose(GEOD.inv(np.full(65, 20.0), np.full(65, lat), x, y)[2], 100_000.0, atol=1e-4)


def test_many_circles_are_those_drawn_one_by_one():
    rng = np.random.default_rng(1)
    lon, lat, radius = rng.uniform(110, 117, 1300), rng.uniform(31, 37, 1300), rng.choice([500.0, 15_000.0, 400_000.0], 1300)
    many = circles(lon, lat, radius, n=60)
    for k in rng.choice(1300, 30, replace=False):
        assert shapely.equals_exact(many[k], circle(lon[k], lat[k], radius[k], n=60), tolerance=1e-12)
    area = np.array([abs(GEOD.geometry_area_perimeter(shapely.segmentize(one, 0.02))[0]) for one in many[:40]])
    # The oracle's edges are geodesics, ours straight in degrees: they differ in the area, not in the vertices.
    assert np.allclose(geodesy.area_m2(many[:40]), area, rtol=2e-6)


def test_a_drawn_circle_falls_short_by_its_chords_alone():
    ring = circle(112.6, 35.07, 15_000.0)
    away = geodesy.distance([shapely.Point(112.6, 35.07)], [ring.exterior]).metres[0]
    assert 0 < 15_000.0 - away < 0.1429 + 0.001


@pytest.mark.parametrize(
    ("lon", "lat", "radius"), [(179.95, 35.0, 15_000.0), (-179.99, 0.0, 5_000.0), (10.0, 89.9, 15_000.0)]
)
def test_what_reaches_a_pole_or_the_180th_meridian_is_refused(lon, lat, radius):
    for draw in (lambda: circle(lon, lat, radius), lambda: geodesic_buffer(shapely.Point(lon, lat).buffer(1e-4), radius)):
        with pytest.raises(InputError, match="a pole or the 180th meridian"):
            draw()


def test_unusable_radii_are_refused():
    for bad in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="radius"):
            circle(112.0, 35.0, bad)
        with pytest.raises(InputError, match="distance above 0 m"):
            buffers([shapely.Point(112, 35)], bad)
    with pytest.raises(InputError, match="vertices"):
        circle(112.0, 35.0, 10.0, n=2)


def shape(rng, kind, lon, lat, size):
    """A shape of a kind, about `size` degrees across."""
    n = int(rng.integers(4, 25))
    if kind == "star":
        angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
        away = size * rng.uniform(0.3, 1.0, n)
        return shapely.Polygon(np.column_stack([lon + away * np.cos(angle), lat + away * np.sin(angle)]))
    if kind == "holed":
        outer = shape(rng, "star", lon, lat, size)
        return shapely.difference(outer, shapely.box(lon - size / 8, lat - size / 8, lon + size / 6, lat + size / 7))
    if kind == "line":
        steps = rng.normal(0, size / 3, (n, 2))
        return shapely.LineString(np.array([lon, lat]) + np.cumsum(steps, axis=0))
    if kind == "river":
        return shapely.LineString(np.column_stack([np.linspace(lon, lon + size, n), lat + rng.normal(0, size / 8, n)]))
    parts = [shape(rng, "star", lon + size * k, lat, size / 2) for k in range(2)]
    return shapely.union_all([*parts, shapely.Point(lon, lat + size)])


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 100_000), kind=st.sampled_from(["star", "holed", "line", "river", "many"]), lat=lats,
    size=st.sampled_from([0.001, 0.02, 0.3, 2.0]), radius=st.sampled_from([30.0, 500.0, 3_000.0, 15_000.0, 60_000.0]),
)  # fmt: skip
def test_every_vertex_lies_at_the_radius_and_all_within_is_held(seed, kind, lat, size, radius):
    rng = np.random.default_rng(seed)
    one = shape(rng, kind, 112.0, lat, size)
    zone = buffers([one], radius, 16)[0]
    assert zone.is_valid and shapely.contains_properly(zone, one)
    coords = shapely.get_coordinates(zone)
    coords = coords[rng.permutation(len(coords))[:300]]
    away = geodesy.distance(shapely.points(coords), np.full(len(coords), one)).metres
    assert np.abs(away - radius).max() <= max(0.01, 4e-6 * radius)
    # Places told apart by distance: within what chords leave out they are on the side they belong to.
    west, south, east, north = zone.bounds
    places = shapely.points(rng.uniform([west, south], [east, north], (300, 2)))
    away = geodesy.distance(places, np.full(300, one)).metres
    inside = shapely.contains(zone, places)
    short = radius * (1 - np.cos(np.pi / 64)) * 1.02 + max(0.01, 4e-6 * radius)
    assert inside[away < radius - short].all() and not inside[away > radius + max(0.01, 4e-6 * radius)].any()


@pytest.mark.parametrize("radius", [500.0, 15_000.0, 100_000.0])
def test_a_shape_as_wide_as_a_province(radius):
    wide = shapely.LineString([(110.4, 31.4), (113.0, 36.2), (116.6, 33.0)])
    zone = buffers([wide], radius)[0]
    coords = shapely.get_coordinates(zone)[::7]
    away = geodesy.distance(shapely.points(coords), np.full(len(coords), wide)).metres
    assert np.abs(away - radius).max() < max(0.01, 1e-6 * radius)
    assert zone.geom_type == "Polygon" and zone.contains(wide)


def test_buffer_of_a_village_reaches_15_km_in_every_direction():
    village = shapely.box(112.40, 35.00, 112.42, 35.01)
    ring = shapely.get_coordinates(geodesic_buffer(village, 15_000.0))
    true = geodesy.distance(shapely.points(ring), np.full(len(ring), village)).metres
    assert np.abs(true - 15_000.0).max() < 0.1


def test_rows_keep_their_order_and_nothing_stays_nothing():
    rng = np.random.default_rng(2)
    made = [shape(rng, kind, 112.0, 35.0, 0.02) for kind in ("star", "holed", "line", "many")] * 60
    geometry = np.array([None, shapely.Point(), *made, shapely.Point(112.0, 35.0)], dtype=object)
    radius = np.linspace(100.0, 900.0, len(geometry))
    got = buffers(geometry, radius, 8)
    assert got[0] is None and got[1].is_empty
    for k in (2, 5, 99, len(got) - 1):
        assert shapely.equals_exact(got[k], buffers([geometry[k]], radius[k], 8)[0], tolerance=1e-9)
    assert shapely.get_num_coordinates(got[-1]) == 33
    assert shapely.get_num_coordinates(geometry[2:-1]).tolist() == shapely.get_num_coordinates(np.array(made)).tolist()


def test_a_bow_tie_is_buffered_as_what_it_covers():
    tie = shapely.Polygon([(112, 35), (112.01, 35.01), (112.01, 35), (112, 35.01)])
    zone = buffers([tie], 100.0)[0]
    assert zone.is_valid and zone.contains(shapely.make_valid(tie))


@np.errstate(invalid="ignore")  # GEOS leaves the processor's flag of an invalid value behind
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000), kind=st.sampled_from(["star", "line", "river", "lattice"]), radius=st.floats(1.0, 3000.0))
def test_outlines_in_the_plane_are_those_of_geos(seed, kind, radius):
    rng = np.random.default_rng(seed)
    if kind == "lattice":  # right angles, edges on one line
        cells = shapely.union_all([shapely.box(x, y, x + 1, y + 1) for x, y in rng.integers(0, 6, (14, 2))])
        one = max(shapely.get_parts(cells), key=shapely.area)
        one = shapely.transform(one, lambda c: c * 200.0)
    else:
        one = shape(rng, kind, 0.0, 0.0, float(rng.lognormal(5, 1)))
    drawn, left = outlines(np.array([one], dtype=object), np.array([radius]), 64)
    other = shapely.buffer(one, radius, quad_segs=64)
    assert drawn[0].is_valid
    assert shapely.symmetric_difference(drawn[0], other).area < 2e-3 * other.area
    if not left[0]:
        away = shapely.distance(shapely.points(shapely.get_coordinates(drawn[0])), one)
        assert np.abs(away - radius).max() < 1e-5


@np.errstate(invalid="ignore")  # GEOS leaves the processor's flag of an invalid value behind
def test_a_disc_that_fits_exactly_between_two_edges():
    """The way around would touch itself: the notch is as wide as the disc."""
    notch = shapely.Polygon([(0, 0), (600, 0), (600, 400), (400, 400), (400, 200), (200, 200), (200, 400), (0, 400)])
    drawn, _ = outlines(np.array([notch], dtype=object), np.array([100.0]), 64)
    other = shapely.buffer(notch, 100.0, quad_segs=64)
    assert drawn[0].is_valid
    assert shapely.symmetric_difference(drawn[0], other).area < 2e-3 * other.area
