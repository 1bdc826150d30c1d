"""Repairs: each is made only when it is wanted, told with a place, and changes nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.river.lines import NOISE
from envzones.plugin.engine.river.near import near_places, near_segments
from envzones.plugin.engine.river.network import build
from envzones.plugin.engine.river.repair import REPAIRS, SAFE

from .river_world import GEOD, degrees, dense, metres, rivers

NOTHING = frozenset()


def codes(network):
    return sorted(network.issues["code"])


def where(network, code):
    """Places of an issue, in metres."""
    rows = network.issues[network.issues["code"] == code]
    return [shapely.get_coordinates(metres(g))[0] for g in rows.geometry]


def touched(network, code):
    """Ids of the reaches that each issue touches."""
    return [
        sorted(network.uid[edges].tolist())
        for row, edges in zip(network.issues["code"], network.issue_edges)
        if row == code
    ]


def back(line):
    return shapely.reverse(line)


def river(*ys, x=0.0):
    """Pieces of a straight river between these northings."""
    return [dense((x, a), (x, b)) for a, b in zip(ys, ys[1:])]


def flows_south(network):
    return (network.node[network.tail, 1] > network.node[network.head, 1]).tolist()


def test_an_unknown_repair_is_refused():
    for asked in ({"repair": {"mend_all"}}, {"look_for": ["mend_all"]}):
        with pytest.raises(InputError, match="mend_all.*gap, node"):
            build(rivers(dense((0, 1000), (0, 0))), **asked)


def test_the_safe_repairs_are_the_default():
    assert SAFE == {"gap", "node", "direction"} and set(REPAIRS) > SAFE


# ---- gaps and nodes ----------------------------------------------------------------------------------------


def test_an_unwanted_gap_is_told_and_left():
    network = build(rivers(*river(3000, 2000.8), *river(2000, 0)), repair=SAFE - {"gap"})
    assert len(network.node) == 4 and codes(network) == ["gap"]
    assert network.issues["severity"][0] == "warning" and "0.80 m" in network.issues["message_en"][0]
    assert touched(network, "gap") == [["r0", "r1"]]
    assert abs(where(network, "gap")[0][1] - 2000.4) < 0.5


def test_an_unwanted_node_is_told_and_left():
    lines = rivers(dense((0, 2000), (0, 0)), dense((900, 1900), (0.6, 1020)))
    network = build(lines, repair=SAFE - {"node"})
    assert len(network) == 2 and codes(network) == ["missing_node"]
    assert network.issues["severity"][0] == "warning" and "0.60 m" in network.issues["message_en"][0]
    assert touched(network, "missing_node") == [["r0", "r1"]]
    assert np.hypot(*(where(network, "missing_node")[0] - [0.6, 1020])) < 0.01


def test_nothing_is_mended_when_nothing_is_wanted():
    lines = rivers(
        dense((0, 4000), (0, 3000.5)), dense((0, 2000), (0, 3000)), dense((0, 2000), (0, 0)),
        dense((900, 1900), (0.6, 1020)), dense((900, 900), (-900, 880)),
    )  # fmt: skip
    network = build(lines, repair=NOTHING, look_for=REPAIRS)
    assert len(network) == 5
    assert np.array_equal(network.coords, shapely.get_coordinates(lines.geometry))
    assert codes(network) == ["crossing", "gap", "missing_node"]
    assert set(network.issues["severity"]) == {"warning"}


def test_a_loose_end_comes_to_its_foot_and_the_line_stays():
    trunk = dense((0, 2000), (0, 0))
    network = build(rivers(trunk, dense((900, 1900), (0.6, 1020))))
    node = network.node[network.head[2]]
    assert np.hypot(*(shapely.get_coordinates(metres(shapely.Point(node)))[0] - [0, 1020])) < 1e-3
    assert network.length[:2].sum() == pytest.approx(2000, abs=1e-3)


def test_an_end_beyond_the_line_comes_back_to_it():
    network = build(rivers(dense((0, 2000), (0, 0)), dense((900, 1020), (-0.7, 1020), step=5000)))
    assert codes(network) == ["node_added"] and len(network) == 3
    assert network.length[2] == pytest.approx(900, abs=0.01)


def test_an_end_whose_last_vertex_but_one_is_on_the_line_loses_the_stub():
    overshoot = shapely.linestrings([(900, 1020), (0, 1020), (-0.7, 1020)])
    network = build(rivers(shapely.linestrings([(0, 2000), (0, 1020), (0, 0)]), overshoot))
    assert len(network) == 3 and len(network.node) == 4
    assert (np.diff(network.measure)[np.diff(network.coords[:, 0]) == 0] != 0).all()
    assert network.length[2] == pytest.approx(900, abs=0.01)


def test_ends_from_both_sides_within_the_tolerance_become_one_node():
    network = build(
        rivers(dense((0, 2000), (0, 0)), dense((900, 1900), (0.6, 1020)), dense((-900, 1900), (-0.6, 1020.5)))
    )
    assert len(network) == 4 and network.head[2] == network.head[3]
    assert codes(network) == ["node_added", "node_added"]
    assert len(network.incoming(int(network.head[2]))) == 3
    assert network.length.min() > 800


def test_two_lines_that_end_at_one_place_on_a_third_break_it_once():
    network = build(
        rivers(dense((0, 2000), (0, 0)), dense((900, 1900), (0, 1020)), dense((-900, 1900), (0, 1020)))
    )
    assert len(network) == 4 and len(network.incoming(int(network.head[2]))) == 3


def test_the_ends_of_a_very_short_line_are_not_both_joined_to_its_neighbour():
    short = dense((0.1, 1020), (0.8, 1020))
    network = build(rivers(dense((0, 2000), (0, 0)), short))
    assert len(network) == 3
    assert network.length.min() == pytest.approx(0.8, abs=0.02)


def test_a_junction_at_a_vertex_of_the_line_breaks_it_there():
    network = build(rivers(shapely.linestrings([(0, 2000), (0, 1020), (0, 0)]), dense((900, 1900), (0.4, 1020))))
    assert len(network) == 3
    assert sorted(np.diff(network.start).tolist())[:2] == [2, 2]
    assert network.length[:2] == pytest.approx([980, 1020], abs=1e-3)


def test_an_end_on_a_line_is_a_node_at_any_tolerance():
    network = build(rivers(shapely.linestrings([(0, 2000), (0, 1020), (0, 0)]), dense((900, 1900), (0, 1020))), tolerance=0)
    assert len(network) == 3 and codes(network) == ["node_added"]


@pytest.mark.parametrize("shift", [(5e-10, 0), (0, 5e-10), (-4e-10, 4e-10)])
@pytest.mark.parametrize("tolerance", [0.0, 1.0])
def test_ends_within_the_noise_of_storing_are_one_place_told_in_one_row(shift, tolerance):
    lines = rivers(*river(3000, 2000, 1000, 0), *river(3000, 2000, x=900))
    moved = lines.geometry.to_numpy().copy()
    for k in (1, 2):
        xy = shapely.get_coordinates(moved[k])
        xy[0] += shift
        moved[k] = shapely.linestrings(xy)
    network = build(lines.set_geometry(moved, crs=4490), tolerance=tolerance)
    assert len(network.node) == 6 and codes(network) == ["ends_matched"]
    assert touched(network, "ends_matched") == [["r0", "r1", "r2"]]
    assert "2 places" in network.issues["message_en"][0]


def test_ends_beyond_the_noise_are_a_gap():
    lines = rivers(*river(3000, 2000, 1000))
    moved = lines.geometry.to_numpy().copy()
    moved[1] = shapely.transform(moved[1], lambda c: c + [20 * NOISE, 0])
    network = build(lines.set_geometry(moved, crs=4490))
    assert codes(network) == ["gap_joined"] and len(network.node) == 3


# ---- direction ---------------------------------------------------------------------------------------------


def test_a_piece_against_both_its_neighbours_is_turned_and_told():
    pieces = river(4000, 3000, 2000, 1000, 0)
    pieces[2] = back(pieces[2])
    network = build(rivers(*pieces))
    assert all(flows_south(network)) and codes(network) == ["direction_turned"]
    assert touched(network, "direction_turned") == [["r2"]]
    x, y = where(network, "direction_turned")[0]
    assert abs(x) < 1 and 1000 <= y <= 2000
    left = build(rivers(*pieces), repair=NOTHING)
    assert flows_south(left) == [True, True, False, True] and codes(left) == ["direction"]
    assert touched(left, "direction") == [["r2"]] and left.issues["severity"][0] == "warning"


def test_a_run_of_pieces_is_turned_as_one():
    pieces = river(5000, 4000, 3000, 2000, 1000, 500, 0)
    pieces[1:4] = map(back, pieces[1:4])
    network = build(rivers(*pieces))
    assert all(flows_south(network)) and touched(network, "direction_turned") == [["r1", "r2", "r3"]]


def test_a_backward_reach_between_confluences_of_heads_is_turned():
    # At the upper node three lines end; at the lower one all lines begin.
    network = build(
        rivers(
            dense((0, 4000), (0, 3000)), dense((900, 4000), (0, 3000)), dense((0, 2000), (0, 3000)), *river(2000, 0)
        )
    )
    assert all(flows_south(network)) and touched(network, "direction_turned") == [["r2"]]


def test_two_candidates_at_one_node_are_left():
    # r1 and r3 both end where r0 does, and both begin where others begin: which of them is wrong?
    lines = rivers(
        dense((0, 4000), (0, 3000)), dense((0, 2000), (0, 3000)), dense((0, 2000), (0, 0)),
        dense((900, 2000), (0, 3000)), dense((900, 2000), (900, 0)),
    )  # fmt: skip
    network = build(lines)
    assert codes(network) == [] and flows_south(network) == [True, False, True, False, True]


def test_two_arms_from_a_head_to_a_mouth_are_left():
    network = build(rivers(dense((0, 3000), (500, 1500), (0, 0)), dense((0, 3000), (-500, 1500), (0, 0))))
    assert codes(network) == [] and all(flows_south(network))


def test_what_would_close_a_ring_is_not_turned():
    # r0 and r1 + r2 are the arms of an island at the head of a closed lake; r3 ends in r1's arm.
    lines = rivers(
        dense((0, 3000), (-500, 1500), (0, 0)), dense((0, 3000), (500, 1500)), dense((500, 1500), (0, 0)),
        dense((2000, 1600), (500, 1500)),
    )  # fmt: skip
    network = build(lines)
    assert codes(network) == [] and all(flows_south(network))


@pytest.mark.parametrize("which", [0, 3])
def test_a_backward_piece_at_the_end_of_a_river_is_left_to_doubt(which):
    pieces = river(4000, 3000, 2000, 1000, 0)
    pieces[which] = back(pieces[which])
    network = build(rivers(*pieces))
    assert codes(network) == [] and not flows_south(network)[which]


def test_a_right_piece_between_two_wrong_ones_is_not_turned():
    pieces = river(9000, 8000, 7000, 6000, 4000, 2000, 0)
    pieces[0], pieces[2] = back(pieces[0]), back(pieces[2])
    # r1 alone is against both r0 and r2; the river goes on below, joined by others.
    network = build(rivers(*pieces, dense((900, 7500), (0, 6000)), dense((-900, 4500), (0, 2000))))
    assert touched(network, "direction_turned") == [] or ["r1"] not in touched(network, "direction_turned")
    assert flows_south(network)[1]


@settings(max_examples=40)
@given(st.lists(st.floats(200, 3000), min_size=3, max_size=9), st.data())
def test_whichever_run_inside_a_river_is_backward_the_river_is_whole_again(lengths, data):
    ys = np.concatenate([[0.0], np.cumsum(lengths)])[::-1]
    pieces = river(*ys)
    first = data.draw(st.integers(1, len(pieces) - 2))
    last = data.draw(st.integers(first, len(pieces) - 2))
    pieces[first : last + 1] = map(back, pieces[first : last + 1])
    network = build(rivers(*pieces))
    assert all(flows_south(network))
    assert touched(network, "direction_turned") == [sorted(f"r{k}" for k in range(first, last + 1))]


# ---- crossings ---------------------------------------------------------------------------------------------


CROSS = [dense((0, 2000), (0, 0)), dense((-800, 1100), (800, 900), step=1000)]


def test_crossings_are_looked_for_on_request_alone():
    assert codes(build(rivers(*CROSS))) == []
    told = build(rivers(*CROSS), look_for={"crossing"})
    assert codes(told) == ["crossing"] and len(told) == 2
    assert touched(told, "crossing") == [["r0", "r1"]]
    assert np.hypot(*(where(told, "crossing")[0] - [0, 1000])) < 0.01


def test_a_wanted_crossing_gets_a_node():
    network = build(rivers(*CROSS), repair={"crossing"})
    assert len(network) == 4 and len(network.node) == 5 and codes(network) == ["crossing_noded"]
    assert touched(network, "crossing_noded") == [["r0", "r0", "r1", "r1"]]
    assert network.length.sum() == pytest.approx(sum(GEOD.geometry_length(degrees(c)) for c in CROSS), abs=1e-4)


def test_lines_that_share_a_vertex_without_a_node_get_one():
    one = shapely.linestrings([(0, 2000), (0, 1000), (0, 0)])
    two = shapely.linestrings([(800, 2000), (0, 1000), (800, 0)])
    network = build(rivers(one, two), repair={"crossing"})
    assert len(network) == 4 and len(network.node) == 5
    assert (np.diff(network.start) == 2).all()


def test_three_lines_through_one_place_get_one_node():
    network = build(
        rivers(*[shapely.linestrings([a, (0, 0), b]) for a, b in
                 (((0, 900), (0, -900)), ((900, 500), (-900, -500)), ((-900, 500), (900, -500)))]),
        repair={"crossing"},
    )  # fmt: skip
    assert len(network) == 6 and len(network.node) == 7


def test_two_crossings_on_one_line_make_three_pieces():
    network = build(
        rivers(CROSS[0], CROSS[1], dense((-800, 400), (800, 500), step=1000)), repair={"crossing"}
    )
    assert len(network) == 7 and (network.uid == "r0").sum() == 3


def test_lines_that_meet_in_a_node_do_not_cross():
    lines = rivers(dense((0, 2000), (0, 1000)), dense((900, 2000), (0, 1000)), dense((0, 1000), (0, 0)))
    assert codes(build(lines, look_for={"crossing"})) == []


# ---- duplicates --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("against", [False, True])
def test_a_line_drawn_twice_is_used_once_on_request(against):
    line = dense((0, 2000), (300, 1500), (0, 1000))
    copy = back(line) if against else line
    lines = rivers(line, dense((0, 1000), (0, 0)), shapely.segmentize(copy, 30))
    assert codes(build(lines)) == []
    told = build(lines, look_for={"duplicate"})
    assert codes(told) == ["duplicate"] and len(told) == 3 and touched(told, "duplicate") == [["r0", "r2"]]
    network = build(lines, repair={"duplicate"})
    assert codes(network) == ["duplicate_dropped"] and network.uid.tolist() == ["r0", "r1"]
    assert touched(network, "duplicate_dropped") == [["r0"]]
    assert ("other direction" in network.issues["message_en"][0]) == against


def test_the_arms_of_an_island_are_no_duplicates():
    lines = rivers(
        dense((0, 2000), (30, 1500), (0, 1000)), dense((0, 2000), (-30, 1500), (0, 1000)), dense((0, 1000), (0, 0))
    )
    assert codes(build(lines, repair={"duplicate"})) == []


def test_three_copies_leave_one():
    line = dense((0, 2000), (0, 1000))
    network = build(rivers(line, line, line), repair={"duplicate"})
    assert len(network) == 1 and codes(network) == ["duplicate_dropped"] * 2


# ---- needless nodes ----------------------------------------------------------------------------------------


def test_pieces_that_are_alike_become_one_on_request():
    lines = rivers(*river(4000, 3000, 2000, 1000), dense((900, 2000), (0, 1000)), *river(1000, 0))
    assert codes(build(lines)) == []
    told = build(lines, look_for={"pseudo_node"})
    assert codes(told) == ["pseudo_node"] * 2 and len(told) == 5
    assert touched(told, "pseudo_node") == [["r0", "r1"], ["r1", "r2"]]
    network = build(lines, repair={"pseudo_node"})
    assert codes(network) == ["pseudo_node_merged"] * 2
    assert network.uid.tolist() == ["r0", "r3", "r4"]
    assert network.length == pytest.approx([3000, GEOD.geometry_length(lines.geometry[3]), 1000], abs=1e-4)
    assert touched(network, "pseudo_node_merged") == [["r0"], ["r0"]]
    assert (np.diff(network.measure)[np.diff(network.measure) > 0] > 0).all()
    assert len(shapely.get_coordinates(network.lines[0])) == 61


@pytest.mark.parametrize(
    "columns", [{"names": ["沁河", "丹河"]}, {"width_m": [20.0, 30.0]}, {"width_m": [20.0, None]}, {"canal": [True, False]}]
)
def test_a_node_where_something_changes_is_not_needless(columns):
    network = build(rivers(*river(2000, 1000, 0), **columns), repair={"pseudo_node"})
    assert len(network) == 2 and codes(network) == []


def test_a_closed_ring_of_pieces_becomes_one_line():
    a, b, c = (0, 0), (1000, 0), (500, 800)
    network = build(rivers(dense(a, b), dense(b, c), dense(c, a)), repair={"pseudo_node"})
    assert len(network) == 1 and network.tail[0] == network.head[0]


# ---- all together ------------------------------------------------------------------------------------------


def damaged(seed):
    """A tree of lines with faults of all kinds here and there."""
    rng = np.random.default_rng(seed)
    lines = []
    for k in range(8):
        x, y = 0.0, 8000.0 - 1000 * k
        lines.append(dense((x, y), (rng.uniform(-60, 60), y - 500), (x, y - 1000)))
        lines.append(dense((900, y - 500), (500, y - 700), (x, y - 1000)))
    lines.append(dense((-300, 4510), (300, 4490)))
    for k in rng.choice(16, 4, replace=False):
        xy = shapely.get_coordinates(lines[k])
        xy[-1] += rng.uniform(-0.5, 0.5, 2)
        lines[k] = shapely.linestrings(xy)
    for k in rng.choice(16, 3, replace=False):
        lines[k] = back(lines[k])
    lines.append(lines[3])
    return rivers(*lines)


@settings(max_examples=25)
@given(st.integers(0, 200), st.sets(st.sampled_from(REPAIRS)))
def test_nothing_moves_without_a_row_beside_it(seed, repair):
    lines = damaged(seed)
    network = build(lines, repair=repair, look_for=REPAIRS)
    before = shapely.get_coordinates(lines.geometry)
    here = shapely.multipoints(before)
    now = shapely.points(network.coords)
    changed = np.flatnonzero(shapely.distance(now, here) > 1e-12)
    places = np.array([shapely.get_coordinates(metres(g))[0] for g in network.issues.geometry if g is not None])
    for k in changed:
        at = shapely.get_coordinates(metres(now[k]))[0]
        assert np.hypot(*(places - at).T).min() < 1.5
    # No line is lost but for the duplicates that were wanted away, and every row names reaches that are there.
    mended = {"gap": "gap_joined", "node": "node_added", "direction": "direction_turned",
              "crossing": "crossing_noded", "duplicate": "duplicate_dropped", "pseudo_node": "pseudo_node_merged"}  # fmt: skip
    told = set(network.issues["code"])
    assert not told & {code for kind, code in mended.items() if kind not in repair}
    assert all(len(edges) and edges.max() < len(network) for edges in network.issue_edges)
    whole = shapely.length(lines.geometry).sum()
    drop = shapely.length(lines.geometry.iloc[3]) if "duplicate" in repair else 0.0
    assert abs(shapely.length(network.lines).sum() + drop * ("duplicate_dropped" in told) - whole) < 3e-4
    assert (np.diff(network.start) >= 2).all() and np.isfinite(network.coords).all()
    assert (network.length > 0).all()
    assert np.array_equal(network.coords[network.start[:-1]], network.node[network.tail])
    assert np.array_equal(network.coords[network.start[1:] - 1], network.node[network.head])


@settings(max_examples=20)
@given(st.integers(0, 200))
def test_a_mended_network_has_nothing_more_to_mend(seed):
    network = build(damaged(seed))
    again = build(rivers().set_geometry([], crs=4490) if not len(network) else _layer(network))
    assert set(again.issues["code"]) <= {"direction_turned"}
    assert len(again) == len(network) and len(again.node) == len(network.node)


def _layer(network):
    import geopandas as gpd

    return gpd.GeoDataFrame({"uid": network.uid}, geometry=list(network.lines), crs=4490)


# ---- the search beneath ------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.integers(0, 1000), st.sampled_from([0.5, 20.0, 300.0, 2000.0]))
def test_segments_near_places_are_those_that_brute_force_finds(seed, within):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 9, 12)
    scale = rng.choice([1e-4, 1e-3, 0.05])
    coords = np.array([112.0, 35.0]) + np.cumsum(rng.normal(0, scale, (sizes.sum(), 2)), axis=0)
    start = np.concatenate([[0], np.cumsum(sizes)])
    place = coords[rng.integers(0, len(coords), 25)] + rng.normal(0, within / 1e5, (25, 2))
    none = np.full(len(sizes), -1)
    got = near_segments(place, coords, start, (none, none), within)
    kx, ky = GEOD.inv(112, 35, 112.001, 35)[2] * 1e3, GEOD.inv(112, 35, 112, 35.001)[2] * 1e3
    inner = np.setdiff1d(np.arange(len(coords) - 1), start[1:] - 1)
    segment = shapely.linestrings(np.stack([coords[inner], coords[inner + 1]], axis=1) * [kx, ky])
    far = shapely.distance(shapely.points(place * [kx, ky])[:, None], segment[None, :])
    sure = {(int(p), int(inner[s])) for p, s in zip(*np.nonzero(far < 0.99 * within))}
    may = {(int(p), int(inner[s])) for p, s in zip(*np.nonzero(far < 1.01 * within))}
    pairs = list(zip(got.place.tolist(), got.vertex.tolist()))
    assert len(pairs) == len(set(pairs)) and sure <= set(pairs) <= may
    assert pairs == sorted(pairs)


@settings(max_examples=30)
@given(st.integers(0, 1000), st.sampled_from([1.0, 200.0]))
def test_places_near_places_are_those_that_brute_force_finds(seed, within):
    rng = np.random.default_rng(seed)
    place = np.array([112.0, 35.0]) + rng.normal(0, 3 * within / 1e5, (30, 2))
    asked = np.flatnonzero(rng.random(30) < 0.6)
    one, two = near_places(place, asked, within)
    far = np.array([[GEOD.inv(*p, *q)[2] for q in place] for p in place])
    true = {(int(a), int(b)) for a in asked for b in range(30) if a != b and far[a, b] <= within}
    assert true <= set(zip(one.tolist(), two.tolist()))
    assert (far[one, two] < 1.5 * within).all()


def test_no_places_are_near_nothing():
    none = np.empty((0, 2))
    coords = np.array([[112.0, 35.0], [112.1, 35.0]])
    got = near_segments(none, coords, np.array([0, 2]), (np.array([-1]), np.array([-1])), 10.0)
    assert len(got.place) == 0
    assert len(near_places(coords, np.empty(0, dtype=np.int64), 10.0)[0]) == 0
