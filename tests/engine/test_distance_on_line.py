"""A place on an edge is at no distance from it, however the coordinates round."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.geodesy import distance


def far(first, second):
    """Distances, and how far their feet lie from the first geometry's point, degrees."""
    found = distance(first, second)
    ends = shapely.get_coordinates(found.line).reshape(-1, 2, 2)
    return found.metres, np.abs(ends[:, 1] - ends[:, 0]).max(axis=1)


@given(st.integers(0, 2**32 - 1), st.floats(0.00001, 0.3), st.floats(-60, 60))
@settings(max_examples=30, deadline=None)
def test_a_place_on_a_line_is_on_it(seed, size, lat):
    rng = np.random.default_rng(seed)
    corners = np.array([112.0, lat]) + rng.uniform(-size, size, (2000, 5, 2))
    k, share = rng.integers(0, 4, 2000), rng.uniform(0, 1, (2000, 1))
    start, end = corners[np.arange(2000), k], corners[np.arange(2000), k + 1]
    metres, feet = far(shapely.points(start + share * (end - start)), shapely.linestrings(corners))
    assert metres.max() < 2e-6
    assert feet.max() < 1e-10


def test_a_section_that_was_put_seven_metres_off():
    at = (114.02819085932472, 31.66015549881113)
    rng = np.random.default_rng(1)
    # Points rounded onto edges of some 80 m in every direction about a place where one was missed.
    turn = rng.uniform(0, 2 * np.pi, 200_000)
    way = np.column_stack([np.cos(turn), np.sin(turn)]) * 8e-4
    share = rng.uniform(0.05, 0.95, (200_000, 1))
    start = at - share * way
    end = start + way
    metres, _ = far(np.full(200_000, shapely.Point(at)), shapely.linestrings(np.stack([start, end], axis=1)))
    assert metres.max() < 2e-6


@pytest.mark.parametrize("apart_m", [1e-7, 1e-5, 1e-3, 0.1])
def test_a_place_beside_a_line_keeps_its_distance(apart_m):
    rng = np.random.default_rng(2)
    west = np.column_stack([rng.uniform(112, 113, 2000), rng.uniform(34, 36, 2000)])
    # Edges due north, places due east of them: the distance is the parallel's arc, less what is beneath a micrometre.
    line = shapely.linestrings(np.stack([west, west + [0, 0.001]], axis=1))
    spot = west + np.column_stack([np.zeros(2000), rng.uniform(0.0001, 0.0009, 2000)])
    lat = np.radians(spot[:, 1])
    radius = 6378137.0 * np.cos(lat) / np.sqrt(1 - 0.0066943800229 * np.sin(lat) ** 2)
    spot[:, 0] += np.degrees(apart_m / radius)
    metres, _ = far(shapely.points(spot), line)
    assert np.abs(metres - apart_m).max() < 2e-6
