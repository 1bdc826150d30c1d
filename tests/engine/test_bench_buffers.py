"""The buffer benchmark's own parts: its files and its oracle."""

from __future__ import annotations

import numpy as np
import shapely
from pyproj import Geod

from envzones.benchmarks.buffers import area, geodesics, made, true_area
from envzones.benchmarks.buffers_task import RADIUS, read, save

GEOD = Geod(a=6378137.0, rf=298.257222101)


def test_files_give_back_shapes_and_numbers(tmp_path):
    shapes = np.array([shapely.Point(1, 2), shapely.box(0, 0, 1, 1)], dtype=object)
    save(tmp_path / "a.npz", shapes, np.array([1, 0, 1]))
    got = read(tmp_path / "a.npz")
    assert got[0] is got[2] and shapely.equals(got, shapes[[1, 0, 1]]).all()
    save(tmp_path / "b.npz", np.array([1.5, 2.5]))
    assert read(tmp_path / "b.npz").tolist() == [1.5, 2.5]


def test_the_shapes_are_the_same_every_time(tmp_path):
    sizes = [made(tmp_path / name, 0.001, 5) for name in "ab"]
    assert sizes[0] == sizes[1] and sizes[0]["distance"] == 100
    for task in sizes[0]:
        one, other = (read(tmp_path / name / f"{task}.npz") for name in "ab")
        assert shapely.equals_exact(one, other).all() and shapely.is_valid(one).all()


def test_the_oracle_finds_the_geodesic_to_the_middle_of_an_edge():
    x, y, _ = GEOD.fwd(112.0, 35.0, 90.0, 15_000.0)
    line = shapely.LineString([(x, y - 0.3), (x, y + 0.3)])
    at = np.linspace(y - 0.01, y + 0.01, 20_001)
    n = len(at)
    least = GEOD.inv(np.full(n, 112.0), np.full(n, 35.0), np.full(n, x), at)[2].min()
    assert abs(geodesics(np.array([[112.0, 35.0]]), line)[0] - least) < 1e-6
    assert abs(geodesics(np.array([[x, y]]), shapely.Point(112.0, 35.0))[0] - 15_000.0) < 1e-6


def test_the_true_areas_are_those_of_the_figures():
    circle = true_area("circles", shapely.Point(112.0, 35.0))
    assert abs(circle / (np.pi * RADIUS["circles"] ** 2) - 1) < 1e-6
    box = shapely.box(112.0, 35.0, 112.01, 35.01)
    sides = GEOD.geometry_area_perimeter(box)
    rounded = sides[0] + sides[1] * RADIUS["buffers"] + np.pi * RADIUS["buffers"] ** 2
    assert abs(true_area("buffers", box) / rounded - 1) < 1e-5
    assert abs(area(box) / sides[0] - 1) < 1e-6
