"""Unions by cluster are the unions of all at once, and works side by side answer as works in turn."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.errors import Cancelled
from envzones.plugin.engine.suitability_shapes import own, polygons, together, union


class Stopped:
    """A progress whose user has cancelled."""

    cancelled = True

    def __call__(self, fraction, message=""):
        return None


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.integers(2, 120), st.floats(0.001, 0.2))
def test_a_union_by_clusters_is_the_union_of_all(seed, count, wide):
    random = np.random.default_rng(seed)
    middle = random.uniform(0, 1, (count, 2))
    # Every other one on a lattice, so that edges are shared and corners touch.
    middle[::2] = np.round(middle[::2] / wide) * wide
    shapes = shapely.box(*(middle - wide / 2).T, *(middle + wide / 2).T)
    found, whole = union(shapes), shapely.union_all(shapes)
    assert found.is_valid
    assert shapely.get_type_id(found) in (3, 6)
    assert shapely.equals(found, whole)
    assert len(shapely.get_parts(found)) == len(shapely.get_parts(polygons(whole)))


def test_a_union_leaves_out_what_covers_no_ground_and_keeps_what_lies_alone():
    alone = shapely.multipolygons([shapely.box(k, 50, k + 0.5, 51) for k in range(3)])
    crowd = [shapely.box(k / 2, 0, k / 2 + 1, 1) for k in range(40)]
    found = union([*crowd, alone, shapely.Point(5, 5), shapely.LineString([(0, 9), (9, 9)]), shapely.Polygon()])
    assert shapely.area(found) == pytest.approx(20.5 + 1.5)
    assert len(shapely.get_parts(found)) == 4


def test_works_side_by_side_answer_in_order_and_tell_their_errors():
    assert together([lambda k=k: k * k for k in range(50)]) == [k * k for k in range(50)]
    assert together([]) == []

    def fails():
        raise ValueError("so")

    with pytest.raises(ValueError, match="so"):
        together([lambda: 1, fails])


def test_a_cancelled_run_waits_for_no_work():
    gate = threading.Event()
    try:
        with pytest.raises(Cancelled):
            together([lambda: gate.wait(30), lambda: gate.wait(30)], Stopped())
    finally:
        gate.set()


def test_a_copy_is_nobody_elses():
    one = shapely.box(0, 0, 1, 1)
    shapely.prepare(one)
    copy = own(one)
    assert copy is not one
    assert copy == one
    assert not shapely.is_prepared(copy)
    assert list(own(np.array([one, copy], dtype=object))) == [one, one]
