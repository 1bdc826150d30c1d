"""What lies beside a river that flows to a feature, or comes from one."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from .relation_world import ask, layer, onemap, relation
from .river_world import GEOD, degrees, dense, rivers

POINT = shapely.Point
# The main river runs west along y = 0 to x = -20 km; a tributary joins it from the north at x = 2 km.
MAIN = dense((20000, 0), (2000, 0)), dense((2000, 0), (-20000, 0))
BROOK = dense((2000, 8000), (2000, 0))
ABOVE = relation("upstream_of", "intake", bank=500.0, distance=5000.0)
ALL_ABOVE = relation("upstream_of", "intake", bank=500.0)
BELOW = relation("upstream_of", "intake", bank=500.0, distance=5000.0, direction="downstream")
EITHER = relation("upstream_of", "intake", bank=500.0, distance=5000.0, direction="both")


def the_map(*features, lines=(*MAIN, BROOK), more=None, **options):
    more = {"river_reach": rivers(*lines, **(more or {})), "intake": layer(*(features or (POINT(0, 0),)))}
    return onemap(**{**more, **options})


def answer(shape, the_relation=ABOVE, world=None, attributes=None, **options):
    states, rows = ask(layer((shape, attributes or {})), the_relation, world or the_map(), **options)
    assert len(rows) == 1
    return states[0], rows.iloc[0]


def along(*points):
    """Metres along a way drawn in metres, by pyproj."""
    return GEOD.geometry_length(degrees(dense(*points)))


def test_distance_along_the_river_and_from_it_in_true_metres():
    state, row = answer(POINT(2300, 1500))
    assert state == "hit"
    assert row["river_distance_m"] == pytest.approx(along((0, 0), (2000, 0), (2000, 1500)), abs=0.05)
    assert row["distance_m"] == pytest.approx(along((2300, 1500), (2000, 1500)), abs=0.01)
    assert (row["zone_id"], row["direction"], row["threshold_m"]) == ("z0", "U", 500.0)


@pytest.mark.parametrize(
    "place, the_relation, state",
    [
        ((3000, 400), ABOVE, "hit"),
        ((3000, 600), ABOVE, "clear"),
        ((4900, -400), ABOVE, "hit"),
        ((5100, -400), ABOVE, "clear"),  # past the limit along the river
        ((2300, 2900), ABOVE, "hit"),
        ((2300, 3100), ABOVE, "clear"),  # 5.1 km by the tributary
        ((2300, 3100), ALL_ABOVE, "hit"),
        ((19000, 0), ALL_ABOVE, "hit"),
        ((-100, 100), ABOVE, "clear"),  # below the intake
        ((-100, 100), ALL_ABOVE, "clear"),
        ((100, 100), ABOVE, "hit"),
        ((-100, 100), BELOW, "hit"),
        ((100, 100), BELOW, "clear"),
        ((-4900, 0), BELOW, "hit"),
        ((-5100, 0), BELOW, "clear"),
        ((100, 100), EITHER, "hit"),
        ((-100, 100), EITHER, "hit"),
        ((5100, 0), EITHER, "clear"),
    ],
)
def test_above_and_below(place, the_relation, state):
    assert answer(POINT(place), the_relation)[0] == state


def test_short_reaches_change_nothing():
    """A river in many short pieces must not claim what lies below the intake."""
    xs = np.arange(20000, -20001, -100.0)
    world = the_map(lines=[dense((a, 0), (b, 0)) for a, b in zip(xs, xs[1:])])
    assert answer(POINT(-100, 100), world=world)[0] == "clear"
    assert answer(POINT(130, 100), world=world)[0] == "hit"
    assert answer(POINT(5100, 100), world=world)[0] == "clear"
    assert answer(POINT(4950, 100), world=world)[0] == "hit"


def test_lines_and_polygons_count_with_any_part():
    assert answer(shapely.box(-900, 100, -100, 300))[0] == "clear"
    assert answer(shapely.box(-900, 100, 100, 300))[0] == "hit"
    assert answer(shapely.LineString([(-900, 100), (-10, 100)]))[0] == "clear"
    assert answer(shapely.LineString([(-900, 100), (10, 450)]))[0] == "hit"
    # Nearest to the river below the intake, but reaching over land above it within the bank distance.
    slanted = shapely.Polygon([(-300, 20), (600, 480), (600, 520), (-300, 60)])
    assert answer(slanted)[0] == "hit"
    state, row = answer(shapely.box(900, -50, 1100, 50))
    assert state == "hit" and row["distance_m"] == 0.0
    assert row["river_distance_m"] == pytest.approx(along((0, 0), (900, 0)), abs=0.05)


def test_the_bank_is_half_the_width_from_the_line():
    world = the_map(more={"width_m": [400.0, 400.0, None]})
    state, row = answer(POINT(1000, 650), world=world)
    assert state == "hit" and row["distance_m"] == pytest.approx(450, abs=0.1)
    assert answer(POINT(1000, 710), world=world)[0] == "clear"
    # The brook has no width: its own line is its bank.
    assert answer(POINT(2510, 1500), world=world)[0] == "clear"


def test_a_working_bank_is_tentative():
    working = relation("upstream_of", "intake", bank=("intake_bank", 500.0), distance=5000.0)
    state, row = answer(POINT(1000, 100), working)
    assert state == "tentative" and "工作距离" in row["why"] and row["threshold_owner"] == "working"
    assert answer(POINT(1000, 800), working)[0] == "clear"
    assert answer(POINT(1000, 800), working, working={"intake_bank": 900.0})[0] == "tentative"


def test_what_is_not_complete_leaves_open():
    assert answer(POINT(8000, 100), world=the_map(incomplete=["river_reach"]))[0] == "open"
    assert answer(POINT(8000, 100), world=the_map(incomplete=["intake"]))[0] == "open"
    assert answer(POINT(1000, 100), world=the_map(incomplete=["river_reach", "intake"]))[0] == "hit"
    # Far from any river no intake matters, but an unknown river may.
    assert answer(POINT(8000, 3000), world=the_map(incomplete=["intake"]))[0] == "clear"
    assert answer(POINT(8000, 3000), world=the_map(incomplete=["river_reach"]))[0] == "open"


def test_the_way_of_the_water_must_stay_where_the_layers_are_complete():
    near_by = degrees(shapely.box(-25000, -25000, 25000, 25000))
    assert answer(POINT(-8000, 100), world=the_map(area=near_by))[0] == "clear"
    cut = degrees(shapely.box(-10000, -25000, 25000, 25000))
    assert answer(POINT(-8000, 100), world=the_map(area=cut))[0] == "open"  # an intake at -11 km may be unknown
    # The river ends where its data end: it may go on.
    edge = degrees(shapely.box(-20010, -25000, 25000, 25000))
    assert answer(POINT(-8000, 100), ALL_ABOVE, world=the_map(area=edge))[0] == "open"
    assert answer(POINT(-8000, 100), ALL_ABOVE, world=the_map(area=near_by))[0] == "clear"


def test_a_feature_on_no_river_leaves_open_what_it_might_reach():
    world = the_map(POINT(0, 700))
    state, row = answer(POINT(3000, 100), world=world)
    assert state == "open" and "z0" in row["why"]
    assert answer(POINT(9000, 100), world=world)[0] == "clear"  # more than 5 km and the bank away
    assert answer(POINT(9000, 100), ALL_ABOVE, world=world)[0] == "open"
    assert answer(POINT(3000, 900), world=world)[0] == "clear"  # beside no river


def test_a_river_that_cannot_be_traced_leaves_open():
    """The intake lies at the very top of a river: the layer may be drawn against the flow."""
    world = the_map(POINT(20000, 0), lines=MAIN)
    state, row = answer(POINT(19000, 100), world=world)
    assert state == "open"


def test_missing_layers_and_empty_attributes():
    assert answer(POINT(1, 1), world=onemap(intake=layer(POINT(0, 0))))[0] == "open"
    assert answer(POINT(1, 1), world=onemap(river_reach=rivers(*MAIN)))[0] == "open"
    city = relation("upstream_of", "intake", filter={"level": "city"}, bank=500.0)
    assert answer(POINT(1000, 1), city, the_map((POINT(0, 0), {"level": None})))[0] == "open"
    assert answer(POINT(1000, 1), city, the_map((POINT(0, 0), {"level": "town"})))[0] == "clear"
    assert answer(POINT(1000, 1), city, the_map((POINT(0, 0), {"level": "city"})))[0] == "hit"
    assert answer(POINT(1000, 1), world=onemap(river_reach=layer(), intake=layer(POINT(0, 0))))[0] == "clear"


@pytest.mark.parametrize(
    "place, state",
    [((1000, 495), "tentative"), ((1000, 505), "open"), ((1000, 480), "hit"), ((1000, 520), "clear"),
     ((5, 100), "tentative"), ((-5, 100), "open"), ((-30, 100), "clear"), ((30, 100), "hit"),
     ((4995, 100), "tentative"), ((5005, 100), "open"), ((5030, 100), "clear")],
)  # fmt: skip
def test_positional_accuracy(place, state):
    assert answer(POINT(place), attributes={"accuracy_m": 10.0})[0] == state


def test_lakes_and_reservoirs_lie_where_rivers_meet_them():
    lake = shapely.box(-2000, -500, -1000, 500)
    world = the_map(lake)
    state, row = answer(POINT(0, 100), world=world)
    assert state == "hit"
    assert row["river_distance_m"] == pytest.approx(along((-1000, 0), (0, 0)), abs=0.05)
    assert answer(POINT(-2600, 100), world=world)[0] == "clear"
    # Nothing flows to a lake that no river meets.
    assert answer(POINT(0, 100), world=the_map(shapely.box(-2000, 1500, -1000, 2500)))[0] == "clear"


def test_the_nearer_of_several_features_does_not_hide_the_other():
    world = the_map(POINT(0, 0), POINT(-1000, 0), POINT(1500, 0))
    states, rows = ask(layer(POINT(1000, 100)), ABOVE, world)
    assert states == ["hit"]
    assert dict(zip(rows["zone_id"], rows["river_distance_m"].round(-1))) == {"z0": 1000.0, "z1": 2000.0}


# --------------------------------------------------------------------------------------------------------
# Against a plain walk over dense points
# --------------------------------------------------------------------------------------------------------

# A random tree: each reach joins one of the earlier ones' upper ends.
TREE = st.lists(st.tuples(st.integers(0, 30), st.integers(-8, 8), st.integers(1, 8)), min_size=1, max_size=7)


PLACES = st.lists(st.tuples(st.integers(-15, 15), st.integers(-10, 25)), min_size=10, max_size=20)


def test_agrees_with_a_walk_over_points():
    seen: list[str] = []

    @settings(max_examples=60)
    @given(TREE, st.integers(0, 30), PLACES)
    def agrees(tree, at, places):
        nodes, lines, below = [np.zeros(2)], [], []
        for joins, east, north in tree:
            foot = joins % len(nodes)
            nodes.append(nodes[foot] + 313.0 * np.array([east, north]))
            lines.append(dense(nodes[-1], nodes[foot]))
            below.append(foot)
        chosen = at % len(lines)
        start = shapely.get_coordinates(lines[chosen].interpolate(0.4, normalized=True))[0]
        limit, bank = 2600.0, 450.0
        world = the_map((POINT(start), {"river": f"r{chosen}"}), lines=lines, more={"river": [f"r{n}" for n in range(len(lines))]})
        subjects = [POINT(start + 107.0 * np.array(place)) for place in places]
        states, rows = ask(layer(*subjects), relation("upstream_of", "intake", bank=bank, distance=limit), world)
        seen.extend(states)
        # Points every few metres along the river, each with its distance down to the start, inf where it does not flow there.
        way = {chosen: None}
        spots, metres = [], []

        def above(node):
            return [k for k, foot in enumerate(below) if foot == node]

        def walk(k, reach, beginning):
            """Up reach k, `beginning` metres along it from its lower end; `reach` there."""
            up = lines[k].reverse()
            for d in np.arange(beginning, up.length, 5.0):
                spots.append(shapely.get_coordinates(up.interpolate(d))[0])
                metres.append(reach + d - beginning)
            for other in above(k + 1):
                way[other] = None
                walk(other, reach + up.length - beginning, 0.0)

        walk(chosen, 0.0, lines[chosen].length * 0.6)
        spots, metres = np.array(spots), np.array(metres)
        for shape, state in zip(subjects, states):
            apart = np.hypot(*(spots - shapely.get_coordinates(shape)[0]).T)
            within = metres <= limit
            sure = (apart < bank - 6) & (metres > 20) & (metres < limit - 20)
            # Not where it lies nearer to the river beyond one of the ends, where another rule decides.
            if not (apart[within] <= bank + 6).any():
                assert state == "clear"
            elif sure.any() and metres[apart.argmin()] > bank and metres[apart.argmin()] < limit - bank:
                assert state == "hit"
        for row in rows[rows["state"] == 3].itertuples():
            shape = shapely.get_coordinates(subjects[int(row.subject)])[0]
            apart = np.hypot(*(spots - shape).T)
            close = np.abs(metres - row.river_distance_m) < 12
            assert np.abs(apart[close] - row.distance_m).min() < 8

    agrees()
    assert seen.count("hit") > 50 and seen.count("clear") > 50
