"""What is not served: too few providers, some part too far from all, too small a share covered."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from .relation_world import ask, layer, onemap, relation
from .river_world import GEOD, degrees, metres

TOWN = shapely.box(-1000, -1000, 1000, 1000)
POINT = shapely.Point
STATION = relation("coverage", "station", count=1)
TWO = relation("coverage", "station", count=2)
NEAR = relation("coverage", "station", distance=1000.0)
SEWER = relation("coverage", "station", min_share=0.6)


def answer(shape, the_relation, *providers, more=None, **options):
    subject = layer((shape, more or {}))
    states, rows = ask(subject, the_relation, onemap(station=layer(*providers), **options))
    assert len(rows) == 1
    return states[0], rows.iloc[0]


# --------------------------------------------------------------------------------------------------------
# Count
# --------------------------------------------------------------------------------------------------------


def test_a_town_with_too_few_stations_is_a_gap_and_says_how_many():
    state, row = answer(TOWN, TWO, POINT(0, 0), POINT(1500, 0))
    assert state == "hit"
    assert row["why"] == "应有2个,现有1个" and row["why_en"] == "2 needed, 1 there"
    assert (row["overlap_share"], row["count"], row["needed"]) == (0.5, 1, 2)
    assert answer(TOWN, TWO, POINT(0, 0), POINT(500, 0))[0] == "clear"


def test_no_station_known_is_open_where_the_layer_is_not_complete_but_a_served_town_stays_clear():
    state, row = answer(TOWN, STATION, incomplete=["station"])
    assert state == "open" and "完整" in row["why"]
    assert answer(TOWN, STATION, POINT(0, 0), incomplete=["station"])[0] == "clear"
    assert answer(TOWN, STATION)[0] == "hit"
    states, rows = ask(layer(TOWN), STATION, onemap())
    assert states == ["open"] and "没有" in rows.iloc[0]["why"]


def test_a_station_that_may_not_count_leaves_a_gap_open():
    six = relation("coverage", "station", filter={"six": True}, count=1)
    assert answer(TOWN, six, (POINT(0, 0), {"six": None}))[0] == "open"
    assert answer(TOWN, six, (POINT(0, 0), {"six": False}))[0] == "hit"
    state, row = answer(TOWN, six, (POINT(0, 0), {"six": None}), (POINT(9, 0), {"six": True}))
    assert state == "clear"
    _, row = answer(TOWN, six, (POINT(0, 0), {"six": None}))
    assert "six" in row["why"]


@pytest.mark.parametrize("x, state", [(1005, "tentative"), (995, "open"), (1015, "hit"), (980, "clear")])
def test_positional_accuracy_at_the_edge_of_the_town(x, state):
    found, row = answer(TOWN, STATION, (POINT(x, 0), {"accuracy_m": 10.0}))
    assert found == state
    assert bool(row["near_boundary"]) == (state in ("tentative", "open"))


def test_a_neighbour_on_the_border_does_not_lie_in_the_town():
    assert answer(TOWN, STATION, shapely.box(1000, -1000, 3000, 1000))[0] == "hit"
    assert answer(TOWN, STATION, shapely.box(999, -1000, 3000, 1000))[0] == "clear"


# --------------------------------------------------------------------------------------------------------
# Distance
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("x, state", [(999.0, "clear"), (1001.0, "hit")])
def test_a_point_is_served_by_the_nearest_provider(x, state):
    found, row = answer(POINT(0, 0), NEAR, POINT(x, 0), POINT(5000, 0))
    assert found == state
    expected = GEOD.inv(*degrees(POINT(0, 0)).coords[0], *degrees(POINT(x, 0)).coords[0])[2]
    assert row["distance_m"] == pytest.approx(expected, abs=1e-3)
    assert (row["threshold_m"], row["threshold_owner"], row["zone_id"]) == (1000.0, "document", "z0")


def test_a_working_distance_makes_a_gap_tentative():
    working = relation("coverage", "station", distance=("charger_radius", 1000.0))
    state, row = answer(POINT(0, 0), working, POINT(1500, 0))
    assert state == "tentative" and "工作距离" in row["why"]
    assert answer(POINT(0, 0), working, POINT(500, 0))[0] == "clear"


def test_the_gap_of_a_square_is_the_square_less_the_circle():
    state, row = answer(shapely.box(-1500, -1500, 1500, 1500), NEAR, POINT(0, 0))
    lon, lat = degrees(POINT(0, 0)).coords[0]
    azimuth = np.linspace(0, 360, 3600, endpoint=False)
    x, y, _ = GEOD.fwd(np.full(3600, lon), np.full(3600, lat), azimuth, np.full(3600, 1000.0))
    circle = abs(GEOD.polygon_area_perimeter(x, y)[0])
    whole = abs(GEOD.geometry_area_perimeter(degrees(shapely.box(-1500, -1500, 1500, 1500).segmentize(100)))[0])
    assert state == "hit"
    assert row["area_m2"] == pytest.approx(whole - circle, rel=1e-4)
    assert row["overlap_share"] == pytest.approx(circle / whole, rel=1e-3)
    arc = shapely.get_coordinates(row["geometry"])
    apart = GEOD.inv(np.full(len(arc), lon), np.full(len(arc), lat), arc[:, 0], arc[:, 1])[2]
    assert np.all((apart > 1050) | (np.abs(apart - 1000) < 0.1)) and (apart < 1001).sum() > 100


def test_a_road_tells_the_length_that_is_not_served():
    state, row = answer(shapely.LineString([(-3000, 0), (3000, 0)]), NEAR, POINT(0, 0))
    assert state == "hit"
    assert row["length_m"] == pytest.approx(4000, abs=0.2)
    assert row["overlap_share"] == pytest.approx(1 / 3, abs=1e-4)
    assert answer(shapely.LineString([(-900, 0), (900, 0)]), NEAR, POINT(0, 0))[0] == "clear"


@pytest.mark.parametrize("beyond, state", [(-0.003, "hit"), (0.003, "clear")])
def test_three_millimetres_decide_for_a_polygon(beyond, state):
    """The place farthest from three providers is the middle of their circle: no vertex of anything drawn."""
    angle = np.radians([90, 210, 330])
    places = [POINT(1500 * np.cos(a), 1500 * np.sin(a)) for a in angle]
    lon, lat = degrees(POINT(0, 0)).coords[0]
    radius = max(GEOD.inv(lon, lat, *degrees(p).coords[0])[2] for p in places)
    the_relation = relation("coverage", "station", distance=radius + beyond)
    middle = shapely.box(-300, -300, 300, 300)
    assert answer(middle, the_relation, *places)[0] == state


@pytest.mark.parametrize("beyond, state", [(-0.003, "hit"), (0.003, "clear")])
def test_three_millimetres_decide_at_a_corner_and_for_a_line(beyond, state):
    corner = degrees(POINT(700, 700)).coords[0]
    radius = GEOD.inv(*degrees(POINT(0, 0)).coords[0], *corner)[2]
    the_relation = relation("coverage", "station", distance=radius + beyond)
    assert answer(shapely.box(0, 0, 700, 700), the_relation, POINT(0, 0))[0] == state
    assert answer(shapely.LineString([(0, 0), (700, 700)]), the_relation, POINT(0, 0))[0] == state


@pytest.mark.parametrize(
    "half, accuracy, state",
    [(600, 5.0, "clear"), (705, 5.0, "open"), (710, 5.0, "tentative"), (720, 5.0, "hit")],
)
def test_positional_accuracy_at_the_reach(half, accuracy, state):
    square = shapely.box(-half, -half, half, half)
    assert answer(square, NEAR, (POINT(0, 0), {"accuracy_m": accuracy}))[0] == state
    assert answer(POINT(half * 2**0.5, 0), NEAR, POINT(0, 0), more={"accuracy_m": accuracy})[0] == state


def test_a_gap_is_certain_only_where_the_layer_is_complete_all_round():
    square, here = shapely.box(-1500, -1500, 1500, 1500), POINT(0, 0)
    assert answer(square, NEAR, here, incomplete=["station"])[0] == "open"
    assert answer(shapely.box(-500, -500, 500, 500), NEAR, here, incomplete=["station"])[0] == "clear"
    assert answer(square, NEAR, here, area=degrees(shapely.box(-1600, -1600, 1600, 1600)))[0] == "open"
    assert answer(square, NEAR, here, area=degrees(shapely.box(-2000, -2000, 9000, 9000)))[0] == "hit"
    assert answer(square, NEAR)[0] == "hit"
    assert answer(POINT(0, 0), NEAR, incomplete=["station"])[0] == "open"


def test_a_charger_that_may_not_count_leaves_the_gap_open():
    public = relation("coverage", "station", filter={"public": True}, distance=1000.0)
    square = shapely.box(-600, -600, 600, 600)
    assert answer(square, public, (POINT(0, 0), {"public": None}))[0] == "open"
    assert answer(POINT(0, 0), public, (POINT(0, 0), {"public": None}))[0] == "open"
    assert answer(square, public, (POINT(0, 0), {"public": None}), (POINT(1, 0), {"public": True}))[0] == "clear"
    assert answer(shapely.box(-900, -900, 900, 900), public, (POINT(0, 0), {"public": None}))[0] == "hit"


def test_what_a_broken_polygon_serves_is_not_served_for_sure():
    bow = shapely.Polygon([(-50, -50), (50, 50), (50, -50), (-50, 50)])
    assert answer(shapely.box(-200, -200, 200, 200), NEAR, bow)[0] == "open"
    assert answer(shapely.box(-200, -200, 200, 200), NEAR, bow, POINT(0, 0))[0] == "clear"
    state, row = answer(shapely.box(-2000, -2000, 2000, 2000), NEAR, bow)
    assert state == "tentative" and "修复" in row["why"]


COORD = st.integers(-20, 20).map(lambda n: n * 137.0)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(COORD, COORD), min_size=1, max_size=6, unique=True),
    st.tuples(COORD, COORD),
    st.integers(2, 12),
    st.integers(4, 24).map(lambda n: n * 151.0),
)
def test_a_gap_is_where_some_place_is_too_far_from_all(providers, corner, size, limit):
    x, y = corner
    square = shapely.box(x, y, x + 137.0 * size, y + 137.0 * size)
    state, row = answer(square, relation("coverage", "station", distance=limit), *map(POINT, providers))
    step = 137.0 * size / 24
    grid = np.array([(x + i * step, y + j * step) for i in range(25) for j in range(25)])
    places = np.array([degrees(POINT(p)).coords[0] for p in grid])
    apart = np.full(len(places), np.inf)
    for provider in providers:
        there = np.broadcast_to(degrees(POINT(provider)).coords[0], places.shape)
        apart = np.minimum(apart, GEOD.inv(*places.T, *there.T)[2])
    if apart.max() > limit + 0.1:
        assert state == "hit"
    elif apart.max() < limit - step:
        assert state == "clear"
    far = (apart > limit).mean()
    assert 1.0 - row["overlap_share"] == pytest.approx(far, abs=0.12)
    if state == "hit":
        drawn = metres(row["geometry"])
        assert shapely.covers(drawn.buffer(0.2), shapely.points(grid[apart > limit])).all()
        assert not shapely.covers(drawn.buffer(-0.2), shapely.points(grid[apart < limit])).any()


# --------------------------------------------------------------------------------------------------------
# Share
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width, state", [(1100, "hit"), (1300, "clear")])
def test_the_share_of_a_district_that_sewers_serve(width, state):
    found, row = answer(TOWN, SEWER, shapely.box(-1000, -1000, -1000 + width, 1000))
    assert found == state
    assert row["overlap_share"] == pytest.approx(width / 2000, abs=1e-4)
    assert row["area_m2"] == pytest.approx((2000 - width) * 2000, rel=1e-4)


def test_areas_that_overlap_count_once_and_a_shared_border_leaves_nothing_open():
    left, right = shapely.box(-1001, -1001, 100, 1001), shapely.box(-100, -1001, 1001, 1001)
    all_of = relation("coverage", "station", min_share=1.0)
    state, row = answer(TOWN, all_of, left, right)
    assert (state, row["overlap_share"]) == ("clear", 1.0)
    halves = shapely.box(-1500, -1500, 0, 1500), shapely.box(0, -1500, 1500, 1500)
    assert answer(TOWN, all_of, *((half, {"accuracy_m": 5.0}) for half in halves))[0] == "clear"
    assert answer(TOWN, SEWER, left, left)[0] == "hit"


def test_a_share_that_cannot_be_told():
    half = shapely.box(-1000, -1000, 0, 1000)
    assert answer(TOWN, SEWER, half, incomplete=["station"])[0] == "open"
    built = relation("coverage", "station", filter={"status": "built"}, min_share=0.6)
    assert answer(TOWN, built, (half, {"status": "built"}), (TOWN, {"status": None}))[0] == "open"
    assert answer(TOWN, SEWER, POINT(0, 0))[0] == "open"
    just = shapely.box(-1000, -1000, 198, 1000)
    assert answer(TOWN, SEWER, (just, {"accuracy_m": 10.0}))[0] == "tentative"
    assert answer(TOWN, SEWER, (shapely.box(-1000, -1000, 202, 1000), {"accuracy_m": 10.0}))[0] == "open"


def test_what_is_undeclared_counts_for_no_more_than_it_can_hold():
    """The layer is complete over most of the district: what is missing there cannot be made up elsewhere."""
    area = degrees(shapely.box(-5000, -5000, 900, 5000))
    assert answer(TOWN, SEWER, shapely.box(900, -1000, 1000, 1000), area=area)[0] == "hit"


def test_lines_by_length_and_points_by_being_covered():
    half = shapely.box(-1000, -1000, 0, 1000)
    road = shapely.LineString([(-1000, 0), (1000, 0)])
    state, row = answer(road, SEWER, half)
    assert state == "hit" and row["length_m"] == pytest.approx(1000, abs=0.1)
    assert answer(road, relation("coverage", "station", min_share=0.4), half)[0] == "clear"
    assert answer(POINT(-5, 0), SEWER, half)[0] == "clear"
    assert answer(POINT(5, 0), SEWER, half)[0] == "hit"


def test_many_subjects_at_once_keep_their_own_answers():
    shapes = [TOWN, POINT(0, 0), shapely.LineString([(0, 0), (5000, 0)]), POINT(9000, 9000)]
    states, rows = ask(layer(*shapes), NEAR, onemap(station=layer(POINT(0, 0), POINT(1, 1))))
    assert states == ["hit", "clear", "hit", "hit"]
    assert rows["subject"].tolist() == [0, 1, 2, 3]
    assert ask(layer(), NEAR, onemap(station=layer(POINT(0, 0))))[0] == []
