"""The network tool: one fault at a time, all at once, and none where there is none.

Each network is drawn by hand in metres; what must be found in it follows from the drawing.
"""

from __future__ import annotations

from collections import Counter

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.river import graph
from envzones.plugin.engine.river.check import KINDS, check_network
from envzones.plugin.engine.river.network import build

from .river_world import degrees, dense, geod_length, metres, points, rivers

HIGH, SIDE, FORK, MID, MOUTH = (0, 6000), (2500, 6000), (0, 3000), (0, 1500), (0, 0)
UPPER, TRIBUTARY = dense(HIGH, FORK), dense(SIDE, FORK)
ONE, TWO = dense(FORK, MID), dense(MID, MOUTH)
WEST = dense((-2500, 3500), MID)  # keeps the node between ONE and TWO a confluence
TREE = [UPPER, TRIBUTARY, ONE, TWO, WEST]


def back(line):
    return shapely.reverse(line)


def ring(x, y):
    """A closed line that begins and ends at (x, y), to the south-east of it."""
    return dense((x, y), (x + 600, y - 200), (x + 300, y - 700), (x, y))


#: Fault -> the lines, and what is to be found in them when nothing is mended.
FAULTS = {
    "gap": ([dense(HIGH, (0, 3000.6)), *TREE[1:], dense((2500, 3500), FORK)], ["gap", "disconnected"]),
    "missing_node": (
        [UPPER, TRIBUTARY, dense(FORK, MOUTH), dense((-2500, 3510), (0, 1510))],
        ["missing_node", "disconnected"],
    ),
    "direction": ([UPPER, TRIBUTARY, dense(FORK, (0, 2000)), back(dense((0, 2000), MID)), TWO], ["direction"]),
    "crossing": ([*TREE, dense((-900, 710), (900, 730))], ["crossing", "disconnected"]),
    "duplicate": ([*TREE, TWO], ["duplicate"]),
    "pseudo_node": ([*TREE, dense((0, 7000), HIGH)], ["pseudo_node"]),
    "self_loop": ([*TREE, ring(*FORK)], ["self_loop"]),
    "cycle": ([*TREE, dense(MID, (1800, 2200), FORK)], ["cycle"]),
    "disconnected": ([*TREE, dense((9000, 400), (9000, 0))], ["disconnected"]),
    "dangling": ([*TREE, dense(MID, (800, 1000))], ["dangling"]),
    "dead_end": ([*TREE, dense((2000, 1500), (12, 730))], ["dead_end", "disconnected"]),
    "direction_doubt": (
        [*TREE, dense((3000, 3000), FORK), dense((3000, 3000), MID)],
        ["direction_doubt"],
    ),
    "contradicts_outlet": (
        [*TREE, dense(MID, (400, 1450)), dense((400, 1450), (900, 1800)), dense((400, 1450), (900, 1000))],
        ["contradicts_outlet"],
    ),
    "overlap": (
        [*TREE, shapely.linestrings([(2000, 1500), *shapely.get_coordinates(TWO)[10:21], (-2000, 200)])],
        ["overlap", "disconnected"],
    ),
    "parallel": ([*TREE, dense((20, 1400), (20, 100))], ["parallel", "disconnected"]),
    "short_reach": (
        [UPPER, TRIBUTARY, ONE, dense(MID, (0, 1495)), dense((0, 1495), MOUTH), WEST, dense((2500, 2500), (0, 1495))],
        ["short_reach"],
    ),
    "multipart": (
        [shapely.multilinestrings([UPPER, ONE]), TRIBUTARY, TWO, WEST],
        ["multipart"],
    ),
}  # fmt: skip
#: Rivers that bear a name in some of these: where it changes, a node is no pseudo-node.
NAMES = {"direction": ["甲", "乙", "甲", "丙", "丁"]}
#: What can be mended: the kind of fault, and the code of the repair.
MENDS = {
    "gap": ("gap", "gap_joined"),
    "node": ("missing_node", "node_added"),
    "direction": ("direction", "direction_turned"),
    "crossing": ("crossing", "crossing_noded"),
    "duplicate": ("duplicate", "duplicate_dropped"),
    "pseudo_node": ("pseudo_node", "pseudo_node_merged"),
}


def layer(fault):
    return rivers(*FAULTS[fault][0], names=NAMES.get(fault))


def found(result):
    return sorted(result.issue["code"])


def places(result, code):
    rows = result.issue[result.issue["code"] == code]
    return np.array([shapely.get_coordinates(metres(g))[0] for g in rows.geometry])


def test_a_clean_tree_gives_no_word():
    result = check_network(rivers(*TREE, names=["甲", "乙", "甲", "甲", "丙"]))
    assert found(result) == []
    assert result.counts.empty
    assert result.edge["flags"].isna().all()


def test_the_edges_are_a_directed_network_with_orders_and_the_river_above():
    lines = rivers(*TREE, names=["甲", "乙", "甲", "甲", "丙"])
    edge = check_network(lines).edge.set_index("reach_uid")
    assert edge["strahler"].tolist() == [1, 1, 2, 2, 1]
    length = [geod_length(g) for g in lines.geometry]
    assert edge["length_m"].to_numpy() == pytest.approx(length, abs=1e-3)
    assert edge.loc["r3", "upstream_total_m"] == pytest.approx(sum(length), abs=1e-3)
    longest = max(length[0], length[1]) + length[2] + length[3]
    assert edge.loc["r3", "upstream_length_m"] == pytest.approx(longest, abs=1e-3)
    assert edge["part"].unique().tolist() == [1]
    assert edge.loc["r2", "from_node"] == edge.loc["r0", "to_node"] == edge.loc["r1", "to_node"]
    for uid, line in zip(edge.index, edge.geometry):
        given = lines.geometry[int(uid[1:])]
        assert shapely.get_coordinates(line) == pytest.approx(shapely.get_coordinates(given), abs=1e-12)


def test_the_nodes_say_what_they_are():
    fork = [dense(FORK, (900, 2000), MID), *TREE]
    node = check_network(rivers(*fork)).node
    kinds = {tuple(np.round(shapely.get_coordinates(metres(g))[0]).astype(int)): k for g, k in zip(node.geometry, node["kind"])}
    assert kinds == {
        HIGH: "source", SIDE: "source", (-2500, 3500): "source", FORK: "confluence", MID: "confluence", MOUTH: "outlet",
    }  # fmt: skip
    node = check_network(rivers(*FAULTS["dangling"][0])).node
    assert Counter(node["kind"]) == {"source": 3, "confluence": 2, "outlet": 1, "loose": 1}
    node = check_network(rivers(UPPER, ONE, dense(FORK, (1500, 1500)), names="甲甲乙")).node
    assert Counter(node["kind"]) == {"source": 1, "fork": 1, "outlet": 1, "loose": 1}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_is_found_once_and_nothing_else(fault):
    result = check_network(layer(fault))
    assert found(result) == sorted(FAULTS[fault][1])
    assert not result.issue["mended"].any()
    assert set(result.issue["message_zh"].str.len() > 5) == {True}
    assert result.issue["message_en"].str.endswith((".", "?")).all()
    assert not result.issue.geometry.is_empty.any() and (result.issue.geometry.geom_type == "Point").all()


@pytest.mark.parametrize("repair", MENDS)
def test_what_is_asked_for_is_mended_and_nothing_is_left(repair):
    kind, done = MENDS[repair]
    result = check_network(layer(kind), repair={repair})
    # What crossed the river is an arm of it now, and ends blind.
    left = ["dangling"] if repair == "crossing" else []
    assert found(result) == [done, *left]
    assert result.issue["mended"].tolist() == [False] * len(left) + [True]
    count = result.counts.set_index("kind")
    assert count.loc[kind, ["before", "mended", "after"]].tolist() == [1, 1, 0]
    if "disconnected" in FAULTS[kind][1]:
        assert count.loc["disconnected", ["before", "mended", "after"]].tolist() == [1, 0, 0]


@pytest.mark.parametrize("repair", MENDS)
def test_what_is_not_asked_for_stays(repair):
    kind, _ = MENDS[repair]
    others = set(MENDS) - {repair}
    result = check_network(layer(kind), repair=others)
    count = result.counts.set_index("kind")
    assert count.loc[kind, ["before", "mended", "after"]].tolist() == [1, 0, 1]


def test_a_reach_turned_round_below_a_whole_tree_is_told_where_the_tree_now_ends():
    # Above the turned reach a tree with a confluence of its own; beside it a tributary keeps its lower end supplied.
    tree = [dense((-900, 9000), HIGH), dense((900, 9000), HIGH), UPPER, TRIBUTARY]
    result = check_network(rivers(*tree, back(ONE), WEST, dense(MID, (0, -30000))))
    assert found(result) == ["direction_doubt"]
    assert places(result, "direction_doubt")[0] == pytest.approx(FORK, abs=0.01)
    above = sum(geod_length(degrees(line)) for line in [*tree, ONE]) / 1000
    assert f"({above:.2f} km cannot reach the outlet)" in result.issue["message_en"][0]


def test_all_faults_at_once_are_each_found_once():
    every, names, expected = [], [], Counter()
    for number, (fault, (lines, codes)) in enumerate(FAULTS.items()):
        every += [shapely.transform(line, lambda c, n=number: c + [[0.0, 9000.0 * n]]) for line in lines]
        names += NAMES.get(fault, [None] * len(lines))
        expected.update(codes)
    result = check_network(rivers(*every, names=names))
    got = Counter(result.issue["code"])
    # Seventeen rivers are connected with one another no more than what is apart in them.
    assert got.pop("disconnected") == expected.pop("disconnected") + len(FAULTS) - 1
    assert got == expected
    mended = check_network(rivers(*every, names=names), repair=set(MENDS))
    left = Counter(mended.issue.loc[~mended.issue["mended"], "kind"])
    assert not set(left) & {kind for kind, _ in MENDS.values()}


def test_what_may_be_meant_is_noted_and_what_may_lead_astray_is_a_warning():
    severity = {fault: check_network(layer(fault)).issue.set_index("code")["severity"] for fault in FAULTS}
    assert severity["pseudo_node"]["pseudo_node"] == severity["multipart"]["multipart"] == "info"
    assert severity["short_reach"]["short_reach"] == "info"
    for fault in set(FAULTS) - {"pseudo_node", "multipart", "short_reach"}:
        assert severity[fault][fault] == "warning", fault
    # A tributary that hangs loose is as long as a basin; a crumb is not.
    assert severity["dead_end"]["disconnected"] == "info" and severity["disconnected"]["disconnected"] == "warning"


def test_places_are_where_the_faults_are():
    for fault, at in {
        "dangling": (800, 1000), "dead_end": (12, 730), "direction_doubt": (3000, 3000), "self_loop": FORK,
        "gap": (0, 3000.6), "short_reach": (0, 1497.5), "crossing": (0, 720),
    }.items():  # fmt: skip
        place = places(check_network(rivers(*FAULTS[fault][0])), fault)
        assert place[0] == pytest.approx(at, abs=1.0), fault
    place = places(check_network(rivers(*FAULTS["overlap"][0])), "overlap")[0]
    assert place[0] == pytest.approx(0, abs=0.5) and 500 <= place[1] <= 1000
    place = places(check_network(rivers(*FAULTS["parallel"][0])), "parallel")[0]
    assert abs(place[0]) < 21 and 100 <= place[1] <= 1400


def test_sizes_stand_in_the_messages():
    text = check_network(rivers(*FAULTS["dead_end"][0])).issue.set_index("code")["message_en"]
    assert "12.0 m from reach r3" in text["dead_end"] and "lower end" in text["dead_end"]
    text = check_network(rivers(*FAULTS["overlap"][0])).issue.set_index("code")["message_en"]
    assert "for 500 m" in text["overlap"]
    text = check_network(rivers(*FAULTS["parallel"][0])).issue.set_index("code")["message_en"]
    assert "for 13" in text["parallel"] and "20.0 m apart" in text["parallel"]
    text = check_network(rivers(*FAULTS["contradicts_outlet"][0])).issue["message_en"][0]
    length = sum(geod_length(degrees(line)) for line in FAULTS["contradicts_outlet"][0][-3:]) / 1000
    assert f"3 edges, {length:.2f} km" in text


def test_the_faults_of_an_edge_are_its_flags():
    edge = check_network(rivers(*FAULTS["dangling"][0])).edge
    assert edge["flags"].isna().tolist() == [True] * 5 + [False]
    assert edge["flags"][5] == "dangling"


def test_reaches_on_and_below_a_cycle_have_no_order():
    edge = check_network(rivers(*FAULTS["cycle"][0])).edge.set_index("reach_uid")
    assert edge["strahler"].notna().tolist() == [True, True, False, False, True, False]
    assert edge["upstream_length_m"].isna().tolist() == edge["strahler"].isna().tolist()


def test_a_braid_raises_no_order():
    arms = [dense(FORK, (900, 2200), MID), dense(FORK, (-900, 2200), MID)]
    edge = check_network(rivers(UPPER, *arms, TWO)).edge
    assert edge["strahler"].tolist() == [1, 1, 1, 1]


def test_named_rivers_that_run_against_themselves_are_told():
    lines = [UPPER, TRIBUTARY, ONE, back(TWO), WEST]
    codes = found(check_network(rivers(*lines, names=["甲", "乙", "甲", "甲", "丙"])))
    assert "mixed_direction" in codes


# --- directions told from outside ------------------------------------------------------------------------


def test_an_outlet_directs_every_reach():
    scrambled = rivers(back(UPPER), TRIBUTARY, back(ONE), TWO, back(WEST))
    result = check_network(scrambled, outlets=np.array([shapely.get_coordinates(degrees(shapely.Point(MOUTH)))[0]]))
    assert set(result.issue["code"]) == {"direction_turned"}
    for line, wanted in zip(result.edge.geometry, TREE):
        assert shapely.get_coordinates(metres(line)) == pytest.approx(shapely.get_coordinates(wanted), abs=1e-4)
    count = result.counts.set_index("kind")
    assert (count["after"] == 0).all()


def test_an_outlet_elsewhere_leaves_the_old_end_loose_no_more():
    outlet = points([HIGH])
    result = check_network(rivers(*TREE), outlets=outlet)
    node = result.node
    at = [tuple(np.round(shapely.get_coordinates(metres(g))[0]).astype(int)) for g in node.geometry[node["kind"] == "outlet"]]
    assert at == [HIGH]
    assert set(result.issue["code"]) == {"direction_turned"}


def test_fields_direct_every_reach():
    lines = rivers(UPPER, back(TRIBUTARY), ONE, TWO, WEST, way=["with", "against", "with", "with", "with"])
    result = check_network(lines, direction=("way", ["with"], ["against"]))
    assert set(result.issue["code"]) == {"direction_turned"}
    lines = rivers(UPPER, back(TRIBUTARY), ONE, TWO, WEST, a=list("abcde"), b=list("ccdfd"))
    lines.loc[2, "a"] = "c"
    lines.loc[3, "a"] = "d"
    result = check_network(lines, nodes=("a", "b"))
    assert set(result.issue["code"]) == {"direction_turned"}


def test_two_ways_of_telling_the_direction_are_refused():
    with pytest.raises(InputError, match="choose one"):
        check_network(rivers(*TREE), outlets=[(112.6, 35.1)], direction=("uid", None, None))


def test_unknown_repairs_and_canals_are_refused():
    with pytest.raises(InputError, match="gaps"):
        check_network(rivers(*TREE), repair={"gaps"})
    with pytest.raises(InputError, match="canals"):
        check_network(rivers(*TREE), canals="drop")


def test_reverse_turns_all_lines():
    result = check_network(rivers(*[back(line) for line in TREE]), reverse=True)
    assert found(result) == []


# --- canals ----------------------------------------------------------------------------------------------


def test_canals_may_run_both_ways_or_be_left_out():
    # A canal from one tributary to the other makes a way round: as a river it is a cycle.
    lines = [*TREE, dense(MID, (1500, 2500), FORK)]
    marked = rivers(*lines, canal=[False] * 5 + [True])
    assert found(check_network(marked)) == ["cycle"]
    free = check_network(marked, canals="undirected")
    assert found(free) == []
    assert free.edge["canal"].sum() == 1
    assert np.isnan(free.edge["strahler"][5]) and free.edge["strahler"][:5].tolist() == [1, 1, 2, 2, 1]
    gone = check_network(marked, canals="exclude")
    assert len(gone.edge) == 5
    assert not set(gone.issue["code"]) & set(KINDS)


# --- what a caller relies on -----------------------------------------------------------------------------


class _Stop:
    """Cancels once a given share of the work is done."""

    def __init__(self, at):
        self.at, self.seen = at, []

    @property
    def cancelled(self):
        return bool(self.seen) and self.seen[-1] >= self.at

    def __call__(self, fraction, message=""):
        self.seen.append(fraction)


def test_progress_rises_to_one_and_cancels():
    whole = _Stop(2.0)
    check_network(rivers(*TREE), progress=whole)
    assert whole.seen == sorted(whole.seen) and whole.seen[-1] == 1.0
    with pytest.raises(Cancelled):
        check_network(rivers(*TREE), progress=_Stop(0.3))


def test_a_network_that_is_built_can_be_looked_at_but_not_mended():
    network = build(rivers(*FAULTS["dangling"][0]))
    assert "dangling" in found(check_network(network))
    with pytest.raises(InputError, match="built already"):
        check_network(network, repair={"gap"})


def test_ids_are_unique_and_lead_back_to_the_lines():
    result = check_network(rivers(*FAULTS["missing_node"][0]), repair={"node"})
    assert result.edge["uid"].is_unique
    assert sorted(result.edge["uid"]) == ["r0", "r1", "r2.1", "r2.2", "r3"]
    assert (result.edge["reach_uid"] == "r2").sum() == 2


def test_a_numbered_id_is_not_one_that_is_there():
    lines = rivers(*FAULTS["missing_node"][0])
    lines["uid"] = ["r2.1", "r1", "r2", "r3"]
    assert check_network(lines, repair={"node"}).edge["uid"].is_unique


def test_the_other_columns_of_the_lines_are_kept():
    lines = rivers(*FAULTS["missing_node"][0], chief=list("甲乙丙丁"), depth=[1.5, 2.5, 3.5, 4.5], FID=[1, 2, 3, 4])
    edge = check_network(lines, repair={"node"}).edge
    assert edge.groupby("reach_uid")["chief"].agg(set).to_dict() == {"r0": {"甲"}, "r1": {"乙"}, "r2": {"丙"}, "r3": {"丁"}}
    assert edge.groupby("reach_uid")["depth"].max().tolist() == [1.5, 2.5, 3.5, 4.5]
    assert "FID" not in edge.columns


def test_the_answer_can_be_checked_again_and_is_clean():
    every = rivers(*FAULTS["missing_node"][0])
    mended = check_network(every, repair={"node"}).edge
    again = check_network(mended)
    assert found(again) == []
    pd.testing.assert_series_equal(again.edge["strahler"], mended["strahler"])


# --- against brute force ---------------------------------------------------------------------------------


def _reach(count, tail, head):
    out = np.eye(count, dtype=bool)
    for _ in range(count):
        out[:, head] |= out[:, tail]
    return out


@pytest.mark.parametrize("seed", range(12))
def test_parts_and_cycles_agree_with_brute_force(seed):
    random = np.random.default_rng(seed)
    count, edges = 14, int(random.integers(3, 30))
    tail, head = random.integers(0, count, edges), random.integers(0, count, edges)
    both = np.eye(count, dtype=bool)
    step = np.eye(count, dtype=bool)
    for a, b in zip(tail, head):
        both[a, b] = both[b, a] = step[a, b] = True
    for _ in range(count):
        both, step = both @ both, step @ step
    label = graph.connected(count, tail, head)
    assert (both == (label[:, None] == label)).all()
    strong = step & step.T
    expected = {
        frozenset(k for k in range(edges) if strong[node, tail[k]] and strong[node, head[k]] and tail[k] != head[k])
        for node in range(count)
    } - {frozenset()}
    got = graph.cycles(count, tail, head)
    assert {frozenset(edges.tolist()) for edges in got} == expected
    assert len(got) == len(expected)


@pytest.mark.parametrize("seed", range(6))
def test_orders_of_a_random_tree_are_strahlers(seed):
    random = np.random.default_rng(seed)
    count = 200
    head = np.array([int(random.integers(0, n)) for n in range(1, count)])
    tail = np.arange(1, count)

    def by_hand(node):
        above = sorted((by_hand(k) for k in tail[head == node]), reverse=True)
        if not above:
            return 1
        return above[0] + 1 if above[1:2] == above[:1] else above[0]

    assert graph.strahler(count, tail, head).tolist() == [by_hand(k) for k in tail]


def test_side_by_side_agrees_with_sampling():
    random = np.random.default_rng(5)
    xy = np.cumsum(np.column_stack([random.normal(0, 40, 120), -np.full(120, 60.0)]), axis=0)
    line = shapely.linestrings(xy)
    other = shapely.linestrings(xy[20:80] + [[25.0, 0.0]])
    result = check_network(rivers(line, other))
    assert "parallel" in found(result)
    sample = shapely.line_interpolate_point(other, np.arange(5.0, other.length, 10.0))
    apart = shapely.distance(line, sample)
    text = result.issue.set_index("code")["message_en"]["parallel"]
    said = float(text.split(" for ")[1].split(" m,")[0])
    assert said == pytest.approx(10.0 * (apart <= 30.0).sum(), rel=0.05)


def test_lines_that_lie_on_one_another_with_other_vertices_overlap():
    other = dense((2000, 1500), (0, 1000), (0, 500), (-2000, 200), step=70)
    result = check_network(rivers(*TREE, other))
    assert found(result) == ["disconnected", "overlap"]
    text = result.issue.set_index("code")["message_en"]["overlap"]
    assert float(text.split("about ")[1].split(" m")[0]) == pytest.approx(500, abs=25)


def test_layers_in_metres_are_read_too():
    lines = rivers(*FAULTS["dead_end"][0]).to_crs(4546)
    assert found(check_network(lines)) == sorted(FAULTS["dead_end"][1])


def test_an_empty_answer_has_all_its_columns():
    result = check_network(rivers(UPPER))
    assert isinstance(result.issue, gpd.GeoDataFrame) and len(result.issue) == 0
    assert {"severity", "code", "kind", "mended", "message_zh", "message_en", "reach_uid"} <= set(result.issue.columns)
