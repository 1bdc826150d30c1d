"""Distances between geometries against a search along every edge with pyproj's geodesics."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from envzones.plugin.engine import geodesy
from envzones.plugin.engine.nearest import edges_of

GEOD = Geod(a=6378137.0, rf=298.257222101)


def star(rng, lon, lat, metres, n):
    """A polygon of `n` vertices about a place."""
    azimuth = np.linspace(0, 360, n, endpoint=False)
    away = metres * rng.uniform(0.5, 1.0, n)
    x, y, _ = GEOD.fwd(np.full(n, lon), np.full(n, lat), azimuth, away)
    return shapely.Polygon(np.column_stack([x, y]))


def along(place, start, end):
    """The least geodesic from places to edges straight in degrees, by ternary search: it has one valley."""
    low, high = np.zeros(len(place)), np.ones(len(place))

    def away(share):
        at = start + share[:, None] * (end - start)
        return np.asarray(GEOD.inv(*place.T, *at.T)[2])

    for _ in range(60):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        left = away(a) < away(b)
        high, low = np.where(left, b, high), np.where(left, low, a)
    return np.minimum.reduce([away(low), away(np.zeros(len(place))), away(np.ones(len(place)))])


def oracle(a, b):
    """The least distance of two geometries that do not meet, every end of an edge against every edge."""
    (_, first), (_, second) = edges_of(np.array([a])), edges_of(np.array([b]))
    one, other = (np.repeat(first, len(second), axis=0), np.tile(second, (len(first), 1)))
    both = [(one[:, :2], other), (one[:, 2:], other), (other[:, :2], one), (other[:, 2:], one)]
    return min(along(place, edge[:, :2], edge[:, 2:]).min() for place, edge in both)


def check(a, b, atol):
    got = geodesy.distance([a], [b])
    true = 0.0 if a.intersects(b) else oracle(a, b)
    assert got.metres[0] == pytest.approx(true, abs=atol)
    ends = shapely.get_coordinates(got.line[0])
    azimuth, _, length = GEOD.inv(*ends[0], *ends[1])
    assert length == pytest.approx(true, abs=atol)
    if true > 0:
        assert abs((got.bearing[0] - azimuth + 180) % 360 - 180) < 1e-6
    # Each end lies on its geometry (some 0.1 mm in degrees).
    for place, shape in zip(ends, (a, b)):
        assert shapely.distance(shapely.Point(place), shape) < 1e-9
    turned = geodesy.distance([b], [a])
    assert turned.metres[0] == pytest.approx(true, abs=atol)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000), lat=st.sampled_from([0.0, 31.0, 35.0, 52.0, -40.0, 80.0]),
    azimuth=st.floats(0, 360), apart=st.floats(0.0, 15_000.0), kinds=st.tuples(*[st.sampled_from("plsm")] * 2),
)  # fmt: skip
def test_shapes_of_all_kinds_near_each_other(seed, lat, azimuth, apart, kinds):
    rng = np.random.default_rng(seed)
    x, y, _ = GEOD.fwd(112.0, lat, azimuth, apart + 900.0)
    made = []
    for kind, (lon, at) in zip(kinds, ((112.0, lat), (x, y))):
        shape = star(rng, lon, at, rng.choice([20.0, 900.0]), int(rng.choice([5, 11])))
        made.append({
            "p": shapely.Point(lon, at), "l": shapely.LineString(shape.exterior.coords[:-1]), "s": shape,
            "m": shapely.GeometryCollection([shape, shapely.Point(lon + 0.02, at), shapely.MultiPoint([(lon, at + 0.02)])]),
        }[kind])  # fmt: skip
    check(*made, atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(
    lat=st.floats(-70.0, 70.0), apart=st.floats(10.0, 15_000.0), up=st.floats(5.0, 88.0), more=st.floats(-10.0, 10.0)
)
def test_a_place_further_north_and_one_further_south_are_judged_alike(lat, apart, up, more):
    """A flat frame scaled for one of them misjudges the other by up to some ten metres."""
    north, south = (GEOD.fwd(112.0, lat, azimuth, apart + d)[:2] for azimuth, d in ((up, 0.0), (180 - up, more)))
    got = geodesy.distance([shapely.Point(112.0, lat)], [shapely.MultiPoint([north, south])]).metres[0]
    assert got == pytest.approx(min(apart, apart + more), abs=1e-6)


@pytest.mark.parametrize("apart", [500.0, 5_000.0, 15_000.0, 100_000.0])
@pytest.mark.parametrize("lat", [0.0, 35.0, -60.0])
def test_a_long_meridian_is_met_squarely(apart, lat):
    x, _, _ = GEOD.fwd(112.0, lat, 90.0, apart)
    check(shapely.Point(112.0, lat), shapely.LineString([(x, lat - 2), (x, lat + 2)]), atol=max(1e-4, 1e-7 * apart))


def test_many_vertices_and_many_pairs():
    """Boxes within boxes, slices and threads: the same as one pair at a time, and as the search."""
    rng = np.random.default_rng(3)
    big = [star(rng, 112.0, 35.0, 20_000.0, 700), star(rng, 112.5, 35.0, 15_000.0, 90)]
    sites = shapely.points(rng.uniform([111.5, 34.6], [112.9, 35.4], (6000, 2)))
    other = np.array(big, dtype=object)[rng.integers(0, 2, len(sites))]
    got = geodesy.distance(sites, other).metres
    some = rng.choice(len(sites), 15, replace=False)
    for k in some:
        assert got[k] == geodesy.distance([sites[k]], [other[k]]).metres[0]
        assert got[k] == pytest.approx(0.0 if other[k].intersects(sites[k]) else oracle(sites[k], other[k]), abs=1e-4)
    a, b = star(rng, 112.9, 35.2, 9_000.0, 60), star(rng, 113.2, 35.4, 9_000.0, 70)
    check(a, b, atol=1e-4)


def test_a_hole_keeps_what_lies_in_it_apart():
    ring = shapely.difference(shapely.box(112.0, 35.0, 112.4, 35.4), shapely.box(112.1, 35.1, 112.3, 35.3))
    check(ring, shapely.box(112.15, 35.12, 112.2, 35.2), atol=1e-4)
    check(shapely.Point(112.2, 35.21), ring, atol=1e-4)


def test_neighbours_a_hair_apart_along_their_whole_border():
    """All edges of both are candidates; the gap is what it is at its narrowest."""
    y = np.linspace(35.0, 35.5, 4000)
    x = 112.0 + 0.002 * np.sin(60 * y)
    left = shapely.LineString(np.column_stack([x, y]))
    right = shapely.LineString(np.column_stack([x + 2e-6, y]))
    got = geodesy.distance([left], [right]).metres[0]
    some = [along(np.array([[x[k], y[k]]]), *(np.array([[x[n] + 2e-6, y[n]]]) for n in (k, k + 1)))[0] for k in range(0, 3999, 100)]
    assert 0 < got <= min(some) + 1e-6 and got > 0.1


def test_points_alone_and_what_is_missing():
    a = np.array([shapely.Point(112, 35), shapely.Point(112, 35), None, shapely.Point()], dtype=object)
    b = np.array([shapely.Point(112, 35), shapely.Point(112.1, 35), shapely.Point(1, 1), shapely.Point(1, 1)], dtype=object)
    got = geodesy.distance(a, b)
    assert got.metres[0] == 0.0 and np.isnan(got.bearing[0])
    assert got.metres[1] == pytest.approx(GEOD.inv(112, 35, 112.1, 35)[2], abs=1e-6)
    assert np.isnan(got.metres[2:]).all() and got.line[2] is None and got.line[3] is None
