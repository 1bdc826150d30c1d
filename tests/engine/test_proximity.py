"""Pairs that meet, lie within a distance or are nearest, against shapely pair by pair and pyproj's geodesics."""

from __future__ import annotations

import os

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from envzones.plugin.engine import geodesy, proximity, threads
from envzones.plugin.engine.errors import Cancelled, InputError

GEOD = Geod(a=6378137.0, rf=298.257222101)


def shapes(seed: int, count: int, lat: float, size: float = 0.02) -> np.ndarray:
    """Points, lines and polygons around 113 degrees east, some missing or empty."""
    rng = np.random.default_rng(seed)
    out = np.empty(count, dtype=object)
    for k in range(count):
        centre = rng.uniform([113.0, lat], [113.2, lat + 0.2])
        angle = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 9)))
        ring = centre + (rng.uniform(0.2, 1.0, len(angle)) * size)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        kind = rng.integers(0, 8)
        out[k] = (
            None if kind == 0 else shapely.Point() if kind == 1 else shapely.Point(centre) if kind < 4
            else shapely.LineString(ring) if kind < 6 else shapely.Polygon(ring).buffer(0)
        )  # fmt: skip
    return out


def every(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    i, j = np.meshgrid(np.arange(len(first)), np.arange(len(second)), indexing="ij")
    i, j = i.ravel(), j.ravel()
    there = ~(shapely.is_missing(first) | shapely.is_empty(first))[i] & ~(shapely.is_missing(second) | shapely.is_empty(second))[j]
    return i[there], j[there]


def dense(shape) -> np.ndarray:
    """Places of a shape some metres apart."""
    return shapely.get_coordinates(shapely.segmentize(shape, 4e-5))


def by_pyproj(a, b) -> float:
    """The least geodesic between places of two shapes that are apart: too long by millimetres at most."""
    p, q = dense(a), dense(b)
    i, j = (k.ravel() for k in np.meshgrid(np.arange(len(p)), np.arange(len(q)), indexing="ij"))
    return float(GEOD.inv(p[i, 0], p[i, 1], q[j, 0], q[j, 1])[2].min())


@given(st.integers(0, 10**6), st.sampled_from([-0.1, 18.0, 35.0, 53.0]), st.sampled_from([1, 2, 5]))
@settings(max_examples=25, deadline=None)
def test_what_meets(seed, lat, workers):
    first, second = shapes(seed, 25, lat), shapes(seed + 1, 40, lat)
    i, j = every(first, second)
    meet = shapely.intersects(first[i], second[j])
    got = proximity.intersecting(first, second, workers=workers)
    assert np.array_equal(got[0], i[meet]) and np.array_equal(got[1], j[meet])
    # The other way round the pairs are the same.
    turned = proximity.intersecting(second, first, workers=workers)
    assert {*zip(*(k.tolist() for k in turned))} == {*zip(j[meet].tolist(), i[meet].tolist())}


@given(st.integers(0, 10**6), st.sampled_from([-0.1, 18.0, 35.0, 53.0]), st.floats(0.0, 20_000.0), st.sampled_from([1, 3]))
@settings(max_examples=40, deadline=None)
def test_what_lies_within_a_distance(seed, lat, metres, workers):
    first, second = shapes(seed, 25, lat), shapes(seed + 1, 40, lat)
    i, j = every(first, second)
    near = geodesy.distance(first[i], second[j]).metres <= metres
    got = proximity.within(first, second, metres, workers=workers)
    assert np.array_equal(got[0], i[near]) and np.array_equal(got[1], j[near])


@given(st.integers(0, 10**6), st.sampled_from([18.0, 35.0, 53.0]))
@settings(max_examples=6, deadline=None)
def test_the_threshold_is_true_on_the_ellipsoid(seed, lat):
    """Thresholds set a decimetre about distances that pyproj alone has measured."""
    first, second = shapes(seed, 6, lat, 0.003), shapes(seed + 1, 6, lat, 0.003)
    i, j = every(first, second)
    apart = ~shapely.intersects(first[i], second[j])
    for a, b in list(zip(i[apart], j[apart]))[:8]:
        # A path between places 4 m apart on both sides is longer by at most 4 m squared over the distance.
        true = by_pyproj(first[a], second[b])
        spare = 0.1 + 16.0 / true
        one, other = first[[a]], second[[b]]
        assert len(proximity.within(one, other, true + 0.01)[0]) == 1
        assert len(proximity.within(one, other, true - spare)[0]) == 0


def test_points_a_millimetre_from_the_threshold():
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(75, 132, 500), rng.uniform(18, 53, 500)
    azimuth, metres = rng.uniform(0, 360, 500), rng.uniform(1, 15_000, 500)
    x, y, _ = GEOD.fwd(lon, lat, azimuth, metres)
    first, second = shapely.points(lon, lat), shapely.points(x, y)
    own = np.arange(500)
    for shift, expected in ((0.002, 500), (-0.002, 0)):
        i, j = proximity.within(first, second, metres + shift)
        assert np.sum(i == j) == expected, shift
    i, j = proximity.within(first, second, metres + 0.002)
    assert np.array_equal(np.unique(i[i == j]), own)


def test_a_distance_for_each_of_the_first():
    first, second = shapes(3, 60, 35.0), shapes(4, 30, 35.0)
    metres = np.random.default_rng(1).uniform(0, 8000, 60)
    i, j = every(first, second)
    near = geodesy.distance(first[i], second[j]).metres <= metres[i]
    got = proximity.within(first, second, metres)
    assert np.array_equal(got[0], i[near]) and np.array_equal(got[1], j[near])


def test_long_edges_bend_in_mercator():
    """A border straight in degrees over 3 degrees of latitude passes kilometres off its straight image."""
    border = np.array([shapely.LineString([(110.0, 31.0), (116.0, 36.0)])])
    share = np.linspace(0.02, 0.98, 97)
    foot = np.column_stack([110 + 6 * share, 31 + 5 * share])
    # Beside the line: across it in a frame true to angles at the foot.
    for side in (90.0, -90.0):
        azimuth = GEOD.inv(foot[:, 0] - 6e-4, foot[:, 1] - 5e-4, foot[:, 0] + 6e-4, foot[:, 1] + 5e-4)[0]
        x, y, _ = GEOD.fwd(foot[:, 0], foot[:, 1], azimuth + side, np.full(97, 500.0))
        places = shapely.points(x, y)
        assert len(proximity.within(places, border, 500.02)[0]) == 97
        assert len(proximity.within(places, border, 499.98)[0]) == 0


@given(st.integers(0, 10**6), st.sampled_from([-0.1, 18.0, 35.0, 53.0]), st.booleans())
@settings(max_examples=30, deadline=None)
def test_the_nearest_is_among_the_candidates(seed, lat, skipping):
    first, second = shapes(seed, 30, lat), shapes(seed + 1, 12, lat)
    skip = np.random.default_rng(seed).integers(-1, 12, 30) if skipping else None
    i, j = every(first, second)
    if skip is not None:
        other = j != skip[i]
        i, j = i[other], j[other]
    metres = geodesy.distance(first[i], second[j]).metres
    got_i, got_j = proximity.nearest_candidates(first, second, skip)
    assert set(got_i) == set(i)
    said = {*zip(got_i.tolist(), got_j.tolist())}
    for row in set(i.tolist()):
        best = metres[i == row].min()
        assert all((row, k) in said for k in j[i == row][metres[i == row] == best].tolist())
        assert not skipping or (row, int(skip[row])) not in said


def test_candidates_are_few():
    rng = np.random.default_rng(2)
    first = shapely.points(rng.uniform([110, 31], [117, 36], (2000, 2)))
    second = shapely.buffer(shapely.points(rng.uniform([110, 31], [117, 36], (300, 2))), 0.01)
    assert len(proximity.nearest_candidates(first, second)[0]) < 2200


def test_mercator_is_projs():
    rng = np.random.default_rng(0)
    coords = rng.uniform([-179, -84], [179, 84], (40_000, 2))
    text = "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=merc +a=6378137 +rf=298.257222101"
    x, y = Transformer.from_pipeline(text).transform(coords[:, 0], coords[:, 1])
    assert np.abs(proximity.mercator(coords) - np.column_stack([x, y])).max() < 2e-5


@pytest.mark.parametrize("call", [proximity.intersecting, lambda a, b: proximity.within(a, b, 10.0), proximity.nearest_candidates])
def test_nothing_pairs_with_nothing(call):
    some, none = np.array([shapely.Point(113, 35)]), np.array([None, shapely.Point()])
    for a, b in ((none, some), (some, none), (none, none), (some[:0], some), (some, some[:0])):
        i, j = call(a, b)
        assert len(i) == len(j) == 0


def test_shapes_prepared_by_others_stay_so():
    zone = np.array([shapely.box(113, 35, 114, 36), shapely.box(112, 35, 113, 36)])
    shapely.prepare(zone[0])
    proximity.intersecting(zone, shapely.points([[113.5, 35.5], [112.5, 35.5], [112.6, 35.5]]))
    assert shapely.is_prepared(zone).tolist() == [True, False]


def test_a_cancelled_question_stops():
    class Stopped:
        cancelled = True

        def __call__(self, fraction: float, message: str = "") -> None: ...

    places = shapely.points(np.random.default_rng(0).uniform([113, 35], [114, 36], (1000, 2)))
    for workers in (1, 2):
        with pytest.raises(Cancelled):
            proximity.within(places, places, 100.0, workers=workers, progress=Stopped())


def test_a_pole_is_refused():
    with pytest.raises(InputError, match="84 degrees"):
        proximity.within(np.array([shapely.Point(35, 113)]), np.array([shapely.Point(113, 35)]), 10.0)


def test_rows_taken_keep_their_places():
    all_of = proximity.Placed(shapes(9, 20, 35.0))
    assert len(all_of.flat) == 20
    rows = np.array([3, 7, 11])
    some = all_of.take(rows)
    assert "flat" in vars(some) and some.flat[1] is all_of.flat[7] and len(some) == 3


@pytest.mark.parametrize(("said", "count"), [("3", 3), ("", None), ("0", None), ("many", None)])
def test_how_many_threads_a_process_uses(monkeypatch, said, count):
    monkeypatch.setenv(threads.VARIABLE, said)
    assert threads.cores() == (count or min(os.cpu_count() or 1, 8))
