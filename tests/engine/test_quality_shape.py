"""Faults of single shapes, each planted and found; places against brute force."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.quality_edges import in_blocks, rings_of, turning
from envzones.plugin.engine.quality_shape import crossings, reasons, repeated_points, spikes

from .quality_world import at, box, codes, issues, polygon, rows, zones

GOOD = box(0, 0, 400, 300)
BOWTIE = polygon((0, 0), (400, 300), (400, 0), (0, 300))


def metres(point):
    """A place in metres from the middle of the test maps."""
    return (point.x - 112.5) * 91290, (point.y - 35.0) * 110940


def test_clean_zones_have_nothing():
    assert len(issues(zones([GOOD, box(400, 0, 800, 300), shapely.MultiPolygon([box(0, 500, 50, 550)])]))) == 0


@pytest.mark.parametrize(
    ("shape", "code", "place"),
    [
        (BOWTIE, "self_crossing", (200, 150)),
        (polygon((0, 0), (200, 150), (400, 0), (400, 300), (200, 150), (0, 300)), "ring_touches_itself", (200, 150)),
        (polygon((0, 0), (400, 0), (400, 300), (0, 300), holes=[((500, 10), (600, 10), (600, 90))]), "hole_outside", None),
        (shapely.MultiPolygon([GOOD, box(50, 50, 100, 100)]), "nested_rings", None),
        (
            polygon((0, 0), (400, 0), (400, 300), (0, 300), holes=[((50, 50), (250, 50), (250, 250)), ((150, 80), (200, 80), (200, 100))]),
            "nested_rings", None,
        ),
        (
            polygon((0, 0), (400, 0), (400, 300), (0, 300), holes=[((0, 100), (400, 150), (200, 160))]),
            "interior_split", None,
        ),
        (polygon((0, 0), (400, 0), (400, 300), (0, 300), holes=[((5, 5), (9, 5), (9, 9)), ((5, 5), (9, 5), (9, 9))]), "", None),
    ],
    ids=["bowtie", "touch", "hole outside", "nested shells", "nested holes", "split", "same hole twice"],
)  # fmt: skip
def test_invalid_shapes_are_told_with_a_place_and_a_repair(shape, code, place):
    assert not shape.is_valid
    found = issues(zones([shape, box(2000, 0, 2100, 100)]))
    assert set(found["uid"]) == {"Z0"}
    assert (found["severity"] == "error").all()
    assert (found["repair"] == "make_valid").all()
    assert not found.geometry.isna().any()
    if code:
        assert code in codes(found)
    if place:
        here = found[found["code"] == code].geometry
        assert any(np.allclose(metres(point), place, atol=0.5) for point in here)


def test_every_crossing_is_told_not_the_first_alone():
    saw = [(0, 0), (100, 200), (200, 0), (300, 200), (400, 0), (400, 100), (0, 100)]
    found = issues(zones([polygon(*saw)]))
    assert codes(found) == ["self_crossing"]
    assert len(found) == 4
    assert np.allclose(sorted(metres(p)[0] for p in found.geometry), [50, 150, 250, 350], atol=0.5)


def test_an_island_in_a_lake_is_right():
    lake = polygon((0, 0), (400, 0), (400, 300), (0, 300), holes=[((100, 100), (300, 100), (300, 200), (100, 200))])
    shape = shapely.MultiPolygon([lake, box(150, 120, 250, 180)])
    assert shape.is_valid
    assert len(issues(zones([shape]))) == 0
    twice = shapely.MultiPolygon([lake, box(150, 120, 250, 180), polygon((500, 0), (600, 100), (600, 0), (500, 100))])
    assert codes(issues(zones([twice]))) == ["self_crossing"]


def test_empty_wrong_and_unreal_geometries():
    with np.errstate(invalid="ignore"):
        nan = shapely.Polygon([at(0, 0), at(100, 0), (float("nan"), 35.0), at(0, 100)])
    shapes = [None, shapely.Polygon(), shapely.Point(at(5, 5)), nan, box(0, 0, 0.5, 0.5), GOOD]
    found = issues(zones(shapes))
    told = dict(zip(found["uid"], found["code"]))
    assert told == {
        "Z0": "no_geometry", "Z1": "no_geometry", "Z2": "wrong_geometry_type", "Z3": "bad_coordinate", "Z4": "point_sized",
    }  # fmt: skip
    assert "第3个节点" in found.set_index("uid")["what_zh"]["Z3"]
    assert found.geometry[found["uid"] == "Z3"].iloc[0] is not None


def test_repeated_points_and_spikes():
    again = polygon((0, 0), (400, 0), (400, 0), (400, 300), (0, 300))
    spike = polygon((1000, 0), (1400, 0), (1400, 149.9), (2400, 150), (1400, 150.1), (1400, 300), (1000, 300))
    at_start = polygon((4000, 150), (3000, 150.1), (3000, 300), (2600, 300), (2600, 0), (3000, 0), (3000, 149.9))
    corner = polygon((5000, 0), (6000, 0), (6000, 100))  # 6 degrees: pointed, no spike
    found = issues(zones([again, spike, at_start, corner]))
    assert list(zip(found["uid"], found["code"])) == [("Z0", "repeated_point"), ("Z1", "spike"), ("Z2", "spike")]
    assert list(found["severity"]) == ["info", "warning", "warning"]
    assert np.allclose(metres(found.geometry.iloc[1]), (2400, 150), atol=0.5)
    assert np.allclose(metres(found.geometry.iloc[2]), (4000, 150), atol=0.5)
    assert "1000.0 m" in found["what_en"].iloc[1]


def test_lines_and_points_have_their_faults_too():
    line = shapely.LineString([at(0, 0), at(50, 0), at(50, 0), at(90, 10)])
    found = issues({"river_reach": rows("river_reach", [line, shapely.Point(at(0, 0))], river=["沁河", "沁河"])})
    assert sorted(found["code"]) == ["repeated_point", "wrong_geometry_type"]


coordinate = st.integers(0, 12)
points = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=9)


def crossing_places(xy):
    """Places where segments of a closed ring cross inside both, by exact arithmetic on whole numbers."""
    found = set()
    segments = [(a, b) for a, b in zip(xy, xy[1:]) if a != b]
    for (a, b), (c, d) in combinations(segments, 2):
        side = [np.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))
                for p, q, r in ((a, b, c), (a, b, d), (c, d, a), (c, d, b))]  # fmt: skip
        if side[0] * side[1] < 0 and side[2] * side[3] < 0:
            t = ((c[0] - a[0]) * (d[1] - c[1]) - (c[1] - a[1]) * (d[0] - c[0])) / (
                (b[0] - a[0]) * (d[1] - c[1]) - (b[1] - a[1]) * (d[0] - c[0])
            )
            found.add((round(a[0] + t * (b[0] - a[0]), 6), round(a[1] + t * (b[1] - a[1]), 6)))
    return found


@settings(max_examples=150)
@given(points)
def test_invalid_is_what_geos_says_and_crossings_are_those_of_brute_force(xy):
    shape = shapely.Polygon(xy)
    ours = crossings(np.array([shape]))[0]
    proper = {tuple(np.round(place, 6)) for code, place in ours if code == "self_crossing"}
    for place in crossing_places([*xy, xy[0]]):
        assert any(abs(place[0] - x) < 1e-5 and abs(place[1] - y) < 1e-5 for x, y in proper)
    if shape.is_valid:
        assert ours == []
        return
    code, _, place = reasons(np.array([shape]))[0]
    assert code != "invalid_geometry"
    if code in ("self_crossing", "ring_touches_itself") and place is not None:
        assert ours
    shifted = shapely.transform(shape, lambda c: c * 1e-4 + (112.5, 35.0))
    found = issues(zones([shifted]))
    assert (found["severity"] == "error").any() == (not shifted.is_valid)


@given(points, st.booleans())
def test_which_side_of_a_ring_is_inside(xy, backwards):
    shape = shapely.Polygon(xy)
    if not shape.is_valid or shape.is_empty:
        return
    shape = shapely.Polygon(shapely.get_coordinates(shape)[:: -1 if backwards else 1])
    assert turning(rings_of(np.array([shape])))[0] == (1 if shape.exterior.is_ccw else -1)


def test_rings_of_many_kinds():
    shapes = np.array([None, shapely.Point(0, 0), BOWTIE, shapely.MultiPolygon([GOOD, box(900, 0, 950, 50)])], dtype=object)
    rings = rings_of(shapes)
    assert rings.row.tolist() == [2, 3, 3]
    assert len(rings.xy) == 15
    assert rings.start.tolist() == [0, 5, 10, 15]
    assert not len(rings_of(np.array([None], dtype=object)))


def test_blocks_are_joined_in_order_and_hear_a_cancel():
    from envzones.plugin.engine.errors import Cancelled

    assert (in_blocks(lambda a: a * 2, np.arange(1000), block=7) == np.arange(1000) * 2).all()

    class Stop:
        cancelled = True

        def __call__(self, fraction, message=""):
            raise AssertionError("asked after a cancel")

    with pytest.raises(Cancelled):
        in_blocks(lambda a: a, np.arange(1000), block=7, progress=Stop())


def test_repeated_points_and_spikes_in_arrays():
    shapes = np.array([GOOD, polygon((0, 0), (10, 0), (10, 0), (10, 10))], dtype=object)
    assert [row for row, _ in repeated_points(shapes)] == [1]
    assert spikes(shapes) == []
    assert spikes(np.array([None], dtype=object)) == []


def test_a_ring_that_encloses_nothing():
    flat = shapely.Polygon([(0, 0), (1, 1), (0, 0), (0, 0)])
    assert reasons(np.array([flat]))[0][0] in ("too_few_points", "self_crossing")
    assert codes(issues(zones([shapely.Polygon([at(0, 0), at(9, 9), at(0, 0), at(0, 0)])])))[0] in (
        "repeated_point", "self_crossing", "too_few_points",
    )  # fmt: skip
