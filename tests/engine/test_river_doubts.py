"""Doubts about a whole network: hand-made rivers, brute force, and no cry of wolf on a clean tree."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.river import doubts, flow
from envzones.plugin.engine.river.network import build

from .river_world import dense, metres, rivers


def back(line):
    return shapely.reverse(line)


def ids(network, edges):
    return sorted(network.uid[edges].tolist())


def tree(seed, reaches=40):
    """A random tree of lines that run down to one mouth, well apart from one another."""
    rng = np.random.default_rng(seed)
    # Nodes on a grid of 2 km; each but the lowest row hangs on one of its neighbours in the row below.
    across = 7
    place = {(0, 3): (6000.0, 0.0)}
    lines = []
    row = [3]
    for level in range(1, 1 + reaches):
        new = []
        for c in row:
            for d in rng.choice([-1, 0, 1], size=rng.integers(1, 3), replace=False):
                at = (level, int(np.clip(c + d, 0, across - 1)))
                if at in place or len(lines) >= reaches:
                    continue
                place[at] = (2000.0 * at[1] + rng.uniform(-300, 300), 2000.0 * level + rng.uniform(-300, 300))
                lines.append(dense(place[at], place[(level - 1, c)]))
                new.append(at[1])
        row = new or row[:1]
        if not new:
            break
    return lines


def wanders(lines):
    """Whether two of the lines cross, so that they are no tree."""
    array = np.array(lines, dtype=object)
    one, two = shapely.STRtree(array).query(array, predicate="crosses")
    return bool((one < two).any())


@settings(max_examples=40)
@given(st.integers(0, 400))
def test_a_clean_tree_gives_rise_to_no_doubt(seed):
    lines = tree(seed)
    if wanders(lines):
        return
    network = build(rivers(*lines))
    below = np.isin(np.arange(len(network.node)), network.tail)
    assert (~below).sum() == 1
    # Two lines that end at the mouth itself are asked about: it is the one node that nothing leaves.
    assert set(doubts.misfits(network)) <= set(np.flatnonzero(~below))
    assert not len(doubts.near_misses(network)[0])
    assert not doubts.contradicts_outlet(network).any()
    assert not doubts.against_outlet(network).any()
    assert not doubts.on_cycle(network).any()
    assert doubts.main_outlets(network).tolist() == np.flatnonzero(~below).tolist()


@settings(max_examples=40)
@given(st.integers(0, 400), st.data())
def test_one_reach_the_wrong_way_is_told_by_name(seed, data):
    lines = tree(seed)
    if wanders(lines) or len(lines) < 5:
        return
    straight = build(rivers(*lines), repair=())
    # Not the reaches at the mouth: with one of them turned another lower end may be the mouth.
    mouth = doubts.main_outlets(straight)
    inner = np.flatnonzero(~np.isin(straight.head, mouth) & ~np.isin(straight.head, straight.tail[np.isin(straight.head, mouth)]))
    if not len(inner):
        return
    wrong = int(data.draw(st.sampled_from(inner.tolist())))
    lines[wrong] = back(lines[wrong])
    network = build(rivers(*lines), repair=())
    told = doubts.against_outlet(network)
    named = told | np.isin(network.tail, doubts.misfits(network)) | np.isin(network.head, doubts.misfits(network))
    assert named.any()
    found, true = (n.node[doubts.main_outlets(n)] for n in (network, straight))
    if np.array_equal(found, true):
        assert np.flatnonzero(told).tolist() == [wrong]
        mouth = doubts.main_outlets(network)
        # By brute force: all edges from which the mouth is not reached.
        ways = {int(t): [] for t in range(len(network.node))}
        for t, h in zip(network.tail.tolist(), network.head.tolist()):
            ways[t].append(h)

        def arrives(n, seen):
            return n == mouth[0] or any(arrives(m, seen | {m}) for m in ways[n] if m not in seen)

        cut = {e for e, h in enumerate(network.head.tolist()) if not arrives(h, {h})}
        assert set(np.flatnonzero(doubts.contradicts_outlet(network)).tolist()) == cut


# ---- dead ends ---------------------------------------------------------------------------------------------


TRUNK = dense((0, 3000), (0, 0))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (dense((900, 2000), (12, 1500)), 12.0),  # a tributary that stops short of the river
        (dense((900, 2000), (49.5, 1500)), 49.5),
        (dense((900, 2000), (51, 1500)), None),
        (dense((30, 2500), (30, 1500)), 30.0),  # runs beside the river and stops
        (dense((12, 1500), (900, 1000)), 12.0),  # a distributary that begins beside the river, away from it
        (dense((30, 1500), (30, 500)), None),  # a spring beside the river, running along it ...
        (dense((30, 1500), (900, 1500)), 30.0),
    ],
)
def test_a_dead_end_that_faces_another_line_is_told_with_its_distance(line, told):
    network = build(rivers(TRUNK, line))
    node, edge, away = doubts.near_misses(network, 50.0)
    lower = told is not None and line is not None
    if not lower:
        # The lower end of the line that runs along counts; the spring does not.
        places = [shapely.get_coordinates(metres(shapely.Point(p)))[0][1] for p in network.node[node]]
        assert all(y < 600 for y in places)
        return
    assert len(node) == 1 and ids(network, edge) == ["r0"] and away[0] == pytest.approx(told, abs=0.01)


def test_short_tributaries_and_springs_near_a_river_are_no_dead_ends():
    network = build(
        rivers(TRUNK, dense((20, 1520), (0, 1500), step=5), dense((0, 1000), (25, 980), step=5), dense((40, 2800), (0, 2500)))
    )
    assert not len(doubts.near_misses(network)[0])


def test_a_river_that_ends_just_before_a_confluence_of_others_is_told_once():
    network = build(rivers(dense((0, 3000), (0, 1500)), dense((900, 2500), (0, 1500)), dense((0, 1500), (0, 0)), dense((-900, 2000), (-12, 1500))))
    node, edge, away = doubts.near_misses(network)
    assert len(node) == 1 and away[0] == pytest.approx(12, abs=0.01)
    assert network.uid[edge[0]] in ("r0", "r1", "r2")


def test_an_unmended_gap_is_a_dead_end_too():
    network = build(rivers(dense((0, 3000), (0, 2000.7)), dense((0, 2000), (0, 0))), repair=())
    node, _, away = doubts.near_misses(network)
    assert len(node) == 2 and away == pytest.approx([0.7, 0.7], abs=0.01)


# ---- nodes and outlets -------------------------------------------------------------------------------------


def test_misfits_are_nodes_that_all_lines_enter_or_all_leave():
    network = build(rivers(dense((0, 3000), (0, 2000)), dense((0, 1000), (0, 2000)), dense((0, 1000), (0, 0))), repair=())
    ys = [round(shapely.get_coordinates(metres(shapely.Point(p)))[0][1]) for p in network.node[doubts.misfits(network)]]
    assert sorted(ys) == [1000, 2000]


def test_a_wrong_reach_of_the_trunk_is_told_and_not_what_lies_above_it():
    pieces = [dense((0, y), (0, y - 1000)) for y in range(9000, 0, -1000)]
    side = [dense((900, y + 300), (0, y)) for y in range(8000, 0, -1000)]
    pieces[4] = back(pieces[4])
    network = build(rivers(*pieces, *side))
    assert not len(network.issues)  # a tributary joins at its lower end: not told by the neighbours alone
    assert ids(network, doubts.against_outlet(network)) == ["r4"]
    above = doubts.contradicts_outlet(network)
    assert above[:5].all() and not above[5:9].any()


def test_every_part_has_its_own_outlet_and_a_ring_has_none():
    ring = [dense((9000, 0), (9500, 800)), dense((9500, 800), (10_000, 0)), dense((10_000, 0), (9000, 0))]
    network = build(rivers(dense((0, 3000), (0, 0)), dense((5000, 3000), (5000, 0)), *ring, dense((9500, 2000), (9500, 800))))
    assert len(doubts.main_outlets(network)) == 2
    assert doubts.on_cycle(network).tolist() == [False, False, True, True, True, False]
    assert doubts.contradicts_outlet(network).tolist() == [False, False, True, True, True, True]


def test_a_long_arm_that_leads_astray_does_not_make_the_mouth_doubtful():
    lines = [dense((0, 9000), (0, 2000)), dense((900, 3000), (0, 2000)), dense((0, 2000), (0, 0)), dense((0, 2000), (3000, -500))]
    lines += [dense((3000, -500), (4000, -900)), dense((3000, -500), (4000, 0))]
    network = build(rivers(*lines))
    mouth = network.node[doubts.main_outlets(network)]
    assert np.abs(shapely.get_coordinates(metres(shapely.Point(mouth[0])))[0]).max() < 1
    assert ids(network, doubts.contradicts_outlet(network)) == ["r3", "r4", "r5"]


def test_what_was_found_is_kept_with_the_network():
    network = build(rivers(TRUNK, dense((900, 2000), (12, 1500))))
    assert doubts.near_misses(network) is doubts.near_misses(network)
    assert doubts.near_misses(network, 5.0)[0].tolist() == []
    other = network.flipped(np.array([True, False]))
    assert doubts.main_outlets(other).tolist() != doubts.main_outlets(network).tolist()


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.booleans())
def test_adding_up_by_levels_and_one_by_one_is_the_same(seed, ordered):
    rng = np.random.default_rng(seed)
    count, edges = int(rng.integers(2, 80)), int(rng.integers(1, 120))
    a, b = rng.integers(0, count, edges), rng.integers(0, count, edges)
    if ordered:
        a, b, count = np.minimum(a, b), np.maximum(a, b) + 1, count + 1
    graph = flow.Flow(count, a, b, rng.uniform(1, 9, edges))
    answers = []
    for few in (0, 24, 10**9):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(flow, "_FEW", few)
            answers.append(graph.gathered())
    for other in answers[1:]:
        assert np.allclose(other, answers[0])
    if ordered:  # no cycles: what comes down to the lowest nodes is all there is
        lowest = ~np.isin(b, a)
        assert answers[0][1][lowest].sum() == pytest.approx(graph.length.sum())
