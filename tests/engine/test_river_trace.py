"""Walking by distance: exact cuts, tributaries, braids, main stems, barriers, and the ends of rivers."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely

from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.progress import SILENT
from envzones.plugin.engine.river import network as networks
from envzones.plugin.engine.river.trace import BARRIER, CUT, NATURAL, SECTION, THROUGH, trace

from .river_world import GEOD, dense, metres, rivers


def build(layer):
    """The network as it is drawn, with nothing mended."""
    return networks.build(layer, tolerance=0, repair=())


def walk(network, start, **options):
    return trace(network, [start], **options)


def lines_of(network, traced, up=None):
    """Traced lines in degrees, cut by this test's own hand: vertex by vertex with Geod."""
    out = []
    for edge, low, high, way in zip(traced.edge, traced.low, traced.high, traced.up):
        if up is None or up == way:
            whole = network.coords[network.start[edge] : network.start[edge + 1]]
            out.append(part(whole, low, high))
    return out


def part(vertices, low, high):
    """The part of a line between two distances from its first vertex."""
    azimuth, _, step = GEOD.inv(*vertices[:-1].T, *vertices[1:].T)
    at = np.concatenate([[0.0], np.cumsum(step)])

    def place(distance):
        k = int(np.clip(np.searchsorted(at, distance, side="right") - 1, 0, len(step) - 1))
        lon, lat, _ = GEOD.fwd(*vertices[k], azimuth[k], distance - at[k])
        return [lon, lat]

    inner = vertices[(at > low + 1e-6) & (at < high - 1e-6)]
    return shapely.linestrings(np.vstack([place(low), inner, place(high)]))


def total(network, traced, up):
    return sum(GEOD.geometry_length(line) for line in lines_of(network, traced, up))


def places(network, edge, measure):
    """Places in metres, to a centimetre, sorted."""
    at = network.locate(edge, measure)
    return sorted(map(tuple, np.round(shapely.get_coordinates(metres(shapely.points(at))), 2) + 0.0))


def cut_places(network, traced, up=None):
    mine = np.ones(len(traced.cuts), bool) if up is None else traced.cuts.up == up
    return places(network, traced.cuts.edge[mine], traced.cuts.measure[mine])


def edges(traced, up=None):
    mine = slice(None) if up is None else traced.up == up
    return sorted(traced.edge[mine].tolist())


class TestDistances:
    def test_a_straight_river_is_cut_at_the_very_distances(self):
        network = build(rivers(dense((0, 12000), (0, 0))))
        traced = walk(network, (0, 8000.0))
        assert total(network, traced, True) == pytest.approx(5000.0, abs=1e-3)
        assert total(network, traced, False) == pytest.approx(500.0, abs=1e-3)
        assert traced.cuts.up.tolist() == [True, False]
        assert traced.cuts.kind.tolist() == [CUT, CUT]
        assert len(traced.natural_node) == 0

    def test_the_two_pieces_at_the_start_meet_exactly(self):
        network = build(rivers(dense((0, 12000), (0, 0))))
        starts = [(0, at) for at in np.random.default_rng(1).uniform(6000, 11000, 50)]
        traced = trace(network, starts)
        assert (traced.low[~traced.up] == traced.high[traced.up]).all()
        assert (traced.low[~traced.up] == [at for _, at in starts]).all()

    def test_pieces_say_how_far_they_are(self):
        network = build(rivers(dense((0, 12000), (0, 6000)), dense((0, 6000), (0, 0))))
        traced = walk(network, (1, 2000.0))
        up = traced.up
        assert np.round(np.column_stack([traced.near, traced.far])[up]).tolist() == [[0, 2000], [2000, 5000]]
        assert traced.parent[up].tolist() == [-1, 0]
        assert traced.end[up].tolist() == [THROUGH, CUT]
        assert traced.far_measure[up] == pytest.approx([0.0, network.length[0] - 3000.0], abs=0.01)

    def test_chainage_is_positive_upstream(self):
        network = build(rivers(dense((0, 12000), (0, 0))))
        traced = walk(network, (0, 8000.0))
        up, down = np.flatnonzero(traced.up)[0], np.flatnonzero(~traced.up)[0]
        assert traced.chainage([up, up, down], [8000.0, 7900.0, 8100.0]) == pytest.approx([0.0, 100.0, -100.0])

    def test_a_short_lower_end(self):
        network = build(rivers(dense((0, 12000), (0, 0))))
        traced = walk(network, (0, float(network.length[0]) - 120.0))
        assert total(network, traced, False) == pytest.approx(120.0, abs=1e-3)
        assert traced.cuts.up.tolist() == [True]
        assert traced.natural_up.tolist() == [False]

    def test_a_source_and_an_outlet_within_the_distances_are_no_cuts(self):
        network = build(rivers(dense((0, 3000), (0, 0))))
        traced = walk(network, (0, 2800.0))
        assert total(network, traced, True) == pytest.approx(2800.0, abs=1e-3)
        assert total(network, traced, False) == pytest.approx(200.0, abs=0.01)
        assert len(traced.cuts) == 0
        assert set(traced.end) == {NATURAL}
        assert places(network, traced.edge, traced.far_measure) == [(0.0, 0.0), (0.0, 3000.0)]
        assert sorted(traced.natural_up) == [False, True]

    def test_a_distance_of_nothing_cuts_at_the_section(self):
        network = build(rivers(dense((0, 12000), (0, 0))))
        for options, other, back in (({"upstream": 0.0}, 3500.0, 3950.0), ({"downstream": 0.0}, 9000.0, 4050.0)):
            traced = walk(network, (0, 8000.0), **options)
            assert cut_places(network, traced) == sorted([(0.0, other), (0.0, 4000.0)])
            cuts = traced.cuts
            here = cuts.piece < 0
            assert places(network, cuts.back_edge[here], cuts.back_measure[here]) == [(0.0, back)]
            assert cuts.up[here].tolist() == ["upstream" in options]

    def test_a_distance_of_nothing_at_the_end_of_the_river_is_no_cut(self):
        network = build(rivers(dense((0, 12000), (0, 0))))
        assert cut_places(network, walk(network, (0, 0.0), upstream=0.0)) == [(0.0, 11500.0)]
        assert cut_places(network, walk(network, (0, 1e9), downstream=0.0)) == [(0.0, 5000.0)]

    def test_nothing_to_trace_is_an_empty_trace(self):
        network = build(rivers(dense((0, 12000), (0, 0))))
        traced = walk(network, (0, 0.0), downstream=0.0)
        assert len(traced) == 1
        assert len(traced.edge) == len(traced.cuts) == 0

    def test_no_start_at_all(self):
        traced = trace(build(rivers(dense((0, 12000), (0, 0)))), [])
        assert len(traced) == len(traced.edge) == len(traced.cuts) == len(traced.natural_node) == 0

    @pytest.mark.parametrize("up, down", [(-1.0, 500.0), (5000.0, -1.0), (0.0, 0.0), (float("nan"), 500.0)])
    def test_unusable_distances_are_refused(self, up, down):
        network = build(rivers(dense((0, 1000), (0, 0))))
        with pytest.raises(InputError, match="give two distances"):
            walk(network, (0, 500.0), upstream=up, downstream=down)

    def test_an_unknown_choice_of_the_main_stem_is_refused(self):
        network = build(rivers(dense((0, 1000), (0, 0))))
        with pytest.raises(InputError, match="longest or largest"):
            walk(network, (0, 500.0), main_stem=True, main_by="widest")


class TestConfluences:
    def test_every_tributary_is_followed_to_its_own_distance(self):
        trunk, lower = dense((0, 9000), (0, 2000)), dense((0, 2000), (0, 0))
        network = build(rivers(trunk, lower, dense((7000, 2000), (0, 2000))))
        traced = walk(network, (1, 1000.0))
        # 1000 m to the confluence, then 4000 m up each.
        assert total(network, traced, True) == pytest.approx(1000 + 2 * 4000, abs=0.01)
        assert cut_places(network, traced) == [(0.0, 500.0), (0.0, 6000.0), (4000.0, 2000.0)]

    def test_a_tributary_that_joins_below_the_section_is_not_traced(self):
        network = build(rivers(dense((0, 9000), (0, 800)), dense((0, 800), (0, 0)), dense((3000, 800), (0, 800))))
        traced = walk(network, (0, 8000.0))
        assert edges(traced) == [0, 0, 1]
        assert total(network, traced, False) == pytest.approx(500.0, abs=1e-3)

    def test_going_down_follows_all_arms_of_a_fork(self):
        network = build(
            rivers(dense((0, 9000), (0, 200)), dense((0, 200), (-2000, -1800)), dense((0, 200), (2000, -1800)))
        )
        traced = walk(network, (0, 8700.0))
        assert total(network, traced, False) == pytest.approx(100 + 2 * 400, abs=0.01)
        off = 400 / np.sqrt(2)
        assert cut_places(network, traced, False) == [pytest.approx((x, 200 - off), abs=0.01) for x in (-off, off)]

    def test_another_arm_that_leaves_above_the_section_is_not_upstream(self):
        network = build(rivers(dense((0, 9000), (0, 3000)), dense((0, 3000), (0, 0)), dense((0, 3000), (4000, 0))))
        assert 2 not in edges(walk(network, (1, 2000.0)))

    def test_a_cut_exactly_at_a_node_is_one_cut(self):
        network = build(rivers(
            dense((0, 7000), (0, 6000)), dense((3000, 6000), (0, 6000)), dense((0, 6000), (0, 0)),
        ))  # fmt: skip
        at = float(network.length[2] - 500.0)
        traced = walk(network, (2, at), upstream=at)
        assert traced.cuts.up.sum() == 1
        assert traced.cuts.measure[traced.cuts.up].tolist() == [0.0]
        assert set(edges(traced)) == {2}

    def test_a_start_at_a_node_goes_every_way(self):
        network = build(
            rivers(dense((0, 7000), (0, 1000)), dense((6000, 1000), (0, 1000)), dense((0, 1000), (0, 0)))
        )
        for start in ((0, float(network.length[0])), (1, float(network.length[1]) - 5e-4), (2, 0.0), (2, 5e-4)):
            traced = walk(network, start)
            assert total(network, traced, True) == pytest.approx(10000.0, abs=0.01)
            assert total(network, traced, False) == pytest.approx(500.0, abs=1e-3)
            assert (traced.near[traced.parent < 0] == 0.0).all()


class TestBraidsAndLoops:
    short = dense((0, 3000), (0, 2000))
    long = dense((0, 3000), (1000, 2500), (0, 2000))
    long_arm = 2 * np.hypot(1000, 500)

    def braided(self):
        return build(rivers(dense((0, 9000), (0, 3000)), self.short, self.long, dense((0, 2000), (0, 0))))

    def test_a_braid_is_walked_once_with_the_shortest_distance(self):
        network = self.braided()
        traced = walk(network, (3, 1000.0))
        assert edges(traced, True) == [0, 1, 2, 3]
        assert traced.near[traced.edge == 0] == pytest.approx([2000.0], abs=0.01)
        # Both arms whole, and above them what the shorter arm leaves of 5000 m.
        assert total(network, traced, True) == pytest.approx(1000 + 1000 + self.long_arm + 3000, abs=0.01)
        assert cut_places(network, traced, True) == [(0.0, 6000.0)]

    def test_the_longer_arm_is_cut_where_the_distance_ends_in_it(self):
        network = self.braided()
        # 1000 m to the braid, 1000 m along the short arm, 500 m above it; 1500 m of the long arm's 2236 m.
        traced = walk(network, (3, 1000.0), upstream=2500.0)
        assert total(network, traced, True) == pytest.approx(1000 + 1000 + 500 + 1500, abs=0.01)
        rest = self.long_arm - 1500
        x, y = rest * 1000 / np.hypot(1000, 500), 3000 - rest * 500 / np.hypot(1000, 500)
        assert cut_places(network, traced, True) == [(0.0, 3500.0), (round(x, 2), round(y, 2))]

    def test_a_braid_below_the_section_is_walked_the_same_way(self):
        network = self.braided()
        traced = walk(network, (0, 5900.0), downstream=2500.0)
        # 100 m to the braid; both arms whole; below them 2500 - 1100 m.
        assert total(network, traced, False) == pytest.approx(100 + 1000 + self.long_arm + 1400, abs=0.01)

    def test_a_section_on_one_arm_does_not_trace_the_other(self):
        network = self.braided()
        traced = walk(network, (1, 500.0))
        assert sorted(set(edges(traced))) == [0, 1]  # 500 m down end at the foot of the braid
        assert edges(walk(network, (1, 500.0), downstream=600.0), False) == [1, 3]

    def ring(self):
        return build(rivers(
            dense((0, 1000), (1000, 1000)), dense((1000, 1000), (1000, 0)),
            dense((1000, 0), (0, 0)), dense((0, 0), (0, 1000)),
        ))  # fmt: skip

    def test_a_directed_cycle_is_walked_once_round(self):
        network = self.ring()
        traced = walk(network, (0, 500.0), downstream=0.0)
        # The ring is 4000 m round: upstream once round to the start, and no farther.
        assert total(network, traced, True) == pytest.approx(4000.0, abs=0.1)
        assert len(traced.cuts) == len(traced.natural_node) == 0

    @pytest.mark.parametrize("up, down, shares", [(5000, 500, (3500, 500)), (5000, 5000, (2000, 2000)), (1000, 5000, (1000, 3000))])
    def test_the_shorter_way_round_a_cycle_counts(self, up, down, shares):
        network = self.ring()
        traced = walk(network, (0, 500.0), upstream=up, downstream=down)
        assert total(network, traced, True) == pytest.approx(shares[0], abs=0.01)
        assert total(network, traced, False) == pytest.approx(shares[1], abs=0.01)
        assert len(traced.cuts) == 0
        whole = shapely.union_all([metres(line).buffer(1e-3) for line in lines_of(network, traced)])
        assert shapely.area(whole) / 2e-3 == pytest.approx(4000.0, abs=0.1)

    def test_a_cycle_longer_than_the_distances_is_cut_on_both_sides(self):
        network = self.ring()
        traced = walk(network, (0, 500.0), upstream=2000.0, downstream=500.0)
        assert cut_places(network, traced) == [(500.0, 0.0), (1000.0, 1000.0)]

    def test_a_tributary_of_a_cycle_is_upstream_by_the_way_round(self):
        ring = [dense((0, 1000), (1000, 1000)), dense((1000, 1000), (1000, 0)), dense((1000, 0), (0, 0)), dense((0, 0), (0, 1000))]
        network = build(rivers(*ring, dense((5000, 1000), (1000, 1000))))
        traced = walk(network, (0, 500.0), upstream=4000.0, downstream=600.0)
        # It joins 500 m below the start, 3500 m above it: 500 m of it lie within 4000 m.
        mine = traced.edge == 4
        assert traced.near[mine] == pytest.approx([3500.0], abs=0.1)
        assert cut_places(network, traced) == [(1500.0, 1000.0)]

    def test_a_loop_that_is_one_line(self):
        network = build(rivers(
            dense((0, 5000), (0, 3000)), dense((0, 3000), (500, 3500), (1000, 3000), (500, 2500), (0, 3000)),
            dense((0, 3000), (0, 0)),
        ))  # fmt: skip
        loop = 4 * np.hypot(500, 500)
        traced = walk(network, (2, 1000.0))
        assert total(network, traced, True) == pytest.approx(1000 + 2000 + loop, abs=0.01)
        assert len(traced.natural_node) == 1


class TestMainStem:
    @pytest.fixture
    def fork(self):
        """2000 m called 沁河 above the confluence, 9000 m of another river; 1000 m and a 3000 m branch on top."""
        return lambda names=None: build(rivers(
            dense((0, 4000), (0, 2000)), dense((0, 2000), (0, 0)), dense((9000, 2000), (0, 2000)),
            dense((0, 5000), (0, 4000)), dense((-9500, 4000), (0, 4000)), names=names,
        ))  # fmt: skip

    def test_the_name_comes_first(self, fork):
        network = fork(["沁河", "沁河", "丹河", "沁河", "丹河"])
        traced = walk(network, (1, 1000.0), main_stem=True)
        assert edges(traced, True) == [0, 1, 3]
        assert total(network, traced, True) == pytest.approx(4000.0, abs=0.01)
        assert len(traced.natural_node) == 1

    def test_a_missing_name_is_that_of_the_river_above_or_below(self, fork):
        for names in (["沁河", None, "丹河", "沁河", "丹河"], [None, "沁河", "丹河", "沁河", "丹河"]):
            network = fork(names)
            on = 1 if names[1] else 0
            assert 3 in edges(walk(network, (on, 1000.0), main_stem=True), True)
            assert 2 not in edges(walk(network, (on, 1000.0), main_stem=True), True)

    def test_another_name_is_not_taken_for_a_missing_one(self, fork):
        network = fork(["丹河", "沁河", None, "丹河", "丹河"])
        assert edges(walk(network, (1, 1000.0), main_stem=True), True) == [0, 1, 4]

    def test_without_names_the_longest(self, fork):
        network = fork()
        traced = walk(network, (1, 1000.0), main_stem=True)
        # 2000 + 9500 m above the confluence one way, 9000 m the other.
        assert edges(traced, True) == [0, 1, 4]
        assert total(network, traced, True) == pytest.approx(5000.0, abs=0.01)

    def test_the_largest_is_the_one_with_most_river_above(self):
        # 9000 m in one line one way; 2000 m with 6000 m and 5000 m on top the other.
        network = build(rivers(
            dense((0, 2000), (0, 0)), dense((9000, 2000), (0, 2000)), dense((0, 4000), (0, 2000)),
            dense((-6000, 4000), (0, 4000)), dense((0, 9000), (0, 4000)),
        ))  # fmt: skip
        assert edges(walk(network, (0, 1000.0), main_stem=True), True) == [0, 1]
        assert edges(walk(network, (0, 1000.0), main_stem=True, main_by="largest"), True) == [0, 2, 3]

    def test_one_arm_of_a_braid_is_the_main_stem(self):
        short, long = TestBraidsAndLoops.short, TestBraidsAndLoops.long
        network = build(rivers(dense((0, 9000), (0, 3000)), short, long, dense((0, 2000), (0, 0))))
        assert edges(walk(network, (3, 1000.0), main_stem=True), True) == [0, 2, 3]

    def test_downstream_all_arms_unless_the_main_one_is_asked_for(self):
        lines = [dense((0, 9000), (0, 200)), dense((0, 200), (-2000, -1800)), dense((0, 200), (2000, -1800))]
        network = build(rivers(*lines, names=["沁河", "灌渠", "沁河"]))
        assert edges(walk(network, (0, 8700.0), main_stem=True), False) == [0, 1, 2]
        assert edges(walk(network, (0, 8700.0), downstream_main=True), False) == [0, 2]
        assert edges(walk(network, (0, 8700.0), downstream_main=True), True) == [0]

    def test_the_main_arm_reaches_the_main_outlet(self):
        fork = [dense((0, 9000), (0, 200)), dense((0, 200), (-2000, -1800)), dense((0, 200), (2000, -1800))]
        more = [dense((-9000, -1800), (-2000, -1800)), dense((-2000, -1800), (-2000, -3000))]
        assert edges(walk(build(rivers(*fork, *more)), (0, 8700.0), downstream_main=True), False) == [0, 1]
        more = [dense((9000, -1800), (2000, -1800)), dense((2000, -1800), (2000, -3000))]
        assert edges(walk(build(rivers(*fork, *more)), (0, 8700.0), downstream_main=True), False) == [0, 2]

    def test_of_two_arms_that_rejoin_the_widest_then_the_shortest(self):
        short, long = TestBraidsAndLoops.short, TestBraidsAndLoops.long
        lines = (dense((0, 9000), (0, 3000)), short, long, dense((0, 2000), (0, 0)))
        network = build(rivers(*lines))
        assert edges(walk(network, (0, 5900.0), downstream_main=True), False) == [0, 1]
        wide = build(rivers(*lines, width_m=[60.0, 20.0, 40.0, 60.0]))
        assert edges(walk(wide, (0, 5900.0), downstream_main=True), False) == [0, 2]

    def test_equal_ways_do_not_depend_on_the_order_of_the_lines(self):
        left, right = dense((-3000, 5000), (0, 2000)), dense((3000, 5000), (0, 2000))
        below = dense((0, 2000), (0, 0))
        chosen = []
        for lines in ((left, right, below), (right, left, below)):
            network = build(rivers(*lines))
            chosen.append(cut_places(network, walk(network, (2, 1000.0), main_stem=True)))
        assert chosen[0] == chosen[1]


class TestStops:
    def test_a_barrier_ends_the_way(self):
        network = build(rivers(dense((0, 12000), (0, 0))))
        traced = walk(network, (0, 8000.0), barriers=[(0, 6500.0), (0, 5000.0), (0, 8200.0)])
        assert total(network, traced, True) == pytest.approx(1500.0, abs=1e-3)
        assert total(network, traced, False) == pytest.approx(200.0, abs=1e-3)
        assert traced.end.tolist() == traced.cuts.kind.tolist() == [BARRIER, BARRIER]
        assert traced.cuts.measure.tolist() == [6500.0, 8200.0]

    def test_a_barrier_beyond_the_distance_does_nothing(self):
        network = build(rivers(dense((0, 12000), (0, 0))))
        traced = walk(network, (0, 8000.0), barriers=[(0, 2999.0), (0, 8501.0)])
        assert traced.cuts.kind.tolist() == [CUT, CUT]

    def test_a_barrier_on_one_tributary_leaves_the_others(self):
        network = build(
            rivers(dense((0, 9000), (0, 2000)), dense((0, 2000), (0, 0)), dense((7000, 2000), (0, 2000)))
        )
        traced = walk(network, (1, 1000.0), barriers=[(2, float(network.length[2]) - 300.0)])
        assert cut_places(network, traced, True) == [(0.0, 6000.0), (300.0, 2000.0)]
        assert traced.cuts.kind[traced.cuts.up].tolist() == [BARRIER, CUT]

    def test_a_barrier_at_a_node_ends_every_way_there(self):
        network = build(
            rivers(dense((0, 9000), (0, 2000)), dense((0, 2000), (0, 0)), dense((7000, 2000), (0, 2000)))
        )
        for barrier in ((1, 0.0), (0, float(network.length[0])), (2, float(network.length[2]))):
            traced = walk(network, (1, 1000.0), barriers=[barrier])
            assert total(network, traced, True) == pytest.approx(1000.0, abs=0.01)
            assert traced.cuts.kind.tolist() == [BARRIER, CUT]

    def test_a_barrier_at_the_start_does_not_count(self):
        network = build(rivers(dense((0, 12000), (0, 6000)), dense((0, 6000), (0, 0))))
        for start, barrier in (((1, 100.0), (1, 100.0005)), ((1, 0.0), (0, 1e9))):
            traced = walk(network, start, barriers=[barrier])
            assert traced.cuts.kind.tolist() == [CUT, CUT]

    def test_a_barrier_at_the_source_changes_nothing(self):
        network = build(rivers(dense((0, 3000), (0, 0))))
        traced = walk(network, (0, 2500.0), barriers=[(0, 0.0)])
        assert traced.end[traced.up].tolist() == [NATURAL]

    def test_the_next_section_ends_the_way(self):
        network = build(rivers(dense((0, 12000), (0, 6000)), dense((0, 6000), (0, 0))))
        starts = [(0, 4000.0), (1, 1000.0), (1, 1300.0), (1, 1300.0004)]
        traced = trace(network, starts, stop_at_sections=True)
        reached = [
            [round(float(max(one.far[one.up == up]))) for up in (True, False)]
            for one in (traced.one(k) for k in range(4))
        ]
        assert reached == [[4000, 500], [3000, 300], [300, 500], [300, 500]]
        kinds = [traced.cuts.kind[traced.cuts.trace == k].tolist() for k in range(4)]
        assert kinds == [[CUT], [SECTION, SECTION], [SECTION, CUT], [SECTION, CUT]]
        assert trace(network, starts).cuts.kind.max() == CUT

    def test_a_section_at_a_node_ends_every_way_there(self):
        network = build(
            rivers(dense((0, 9000), (0, 2000)), dense((0, 2000), (0, 0)), dense((7000, 2000), (0, 2000)))
        )
        traced = trace(network, [(1, 1000.0), (2, 1e9)], stop_at_sections=True)
        assert traced.cuts.kind[traced.cuts.trace == 0].tolist() == [SECTION, CUT]
        assert total(network, traced.one(1), True) == pytest.approx(10000.0, abs=0.01)

    def test_one_barrier_met_from_both_sides_of_a_cycle(self):
        network = TestBraidsAndLoops().ring()
        traced = walk(network, (0, 500.0), upstream=5000.0, downstream=5000.0, barriers=[(1, 700.0)])
        # 1200 m below the start and 2800 m above it: everything is traced, nothing is cut off.
        assert total(network, traced, True) == pytest.approx(2800.0, abs=0.1)
        assert total(network, traced, False) == pytest.approx(1200.0, abs=0.1)
        assert len(traced.cuts) == 0


class TestBackPoints:
    def test_fifty_metres_back_along_the_river(self):
        network = build(rivers(dense((0, 9000), (0, 2000)), dense((0, 2000), (0, 0))))
        traced = walk(network, (1, 1000.0), upstream=1020.0)
        cuts = traced.cuts
        assert places(network, cuts.back_edge, cuts.back_measure) == [(0.0, 550.0), (0.0, 1970.0)]

    def test_through_the_start_and_over_short_pieces_to_the_other_side(self):
        ends = [9000.0, 1040.0, 1030.0, 1015.0, 1000.0, 990.0, 0.0]
        network = build(rivers(*(dense((0, a), (0, b)) for a, b in zip(ends, ends[1:]))))
        traced = walk(network, (4, 5.0), downstream=15.0)
        # The start is at 995, the cut at 980; 50 m back is at 1030, over four pieces.
        down = np.flatnonzero(~traced.cuts.up)
        assert places(network, traced.cuts.back_edge[down], traced.cuts.back_measure[down]) == [(0.0, 1030.0)]

    def test_the_main_stem_of_the_trace_on_the_other_side(self):
        network = build(
            rivers(dense((3000, 1010), (0, 1010)), dense((0, 9000), (0, 1010)), dense((0, 1010), (0, 0)))
        )
        traced = walk(network, (2, 10.0), downstream=10.0)
        down = np.flatnonzero(~traced.cuts.up)
        assert places(network, traced.cuts.back_edge[down], traced.cuts.back_measure[down]) == [(0.0, 1040.0)]

    def test_as_far_as_the_trace_goes(self):
        network = build(rivers(dense((0, 9000), (0, 0))))
        traced = walk(network, (0, 30.0), downstream=10.0)
        assert places(network, traced.cuts.back_edge, traced.cuts.back_measure) == [(0.0, 9000.0)]


class TestManyStarts:
    def world(self):
        rng = np.random.default_rng(3)
        lines, ends = [], [(0.0, 0.0)]
        for _ in range(200):
            x, y = ends[rng.integers(max(0, len(ends) - 30), len(ends))]
            ends.append((x + rng.uniform(-900, 900), y + rng.uniform(200, 1200)))
            lines.append(dense(ends[-1], (x, y)))
        network = build(rivers(*lines))
        edge = rng.integers(0, len(network), 60)
        return network, list(zip(edge.tolist(), (rng.uniform(0, 1, 60) * network.length[edge]).tolist()))

    def test_all_together_is_each_alone(self):
        network, starts = self.world()
        together = trace(network, starts, upstream=3000.0)
        for k, start in enumerate(starts):
            alone, one = walk(network, start, upstream=3000.0), together.one(k)
            for name in ("pointer", "edge", "low", "high", "near", "far", "up", "parent", "end", "start_edge", "natural_node"):
                assert np.array_equal(getattr(alone, name), getattr(one, name)), name
            for name in ("trace", "edge", "measure", "up", "kind", "piece", "back_edge", "back_measure"):
                assert np.array_equal(getattr(alone.cuts, name), getattr(one.cuts, name)), name

    def test_indices_hold(self):
        network, starts = self.world()
        traced = trace(network, starts, upstream=3000.0)
        assert (np.bincount(traced.owner, minlength=60) == np.diff(traced.pointer)).all()
        assert (np.diff(traced.cuts.trace) >= 0).all()
        held = traced.parent >= 0
        assert (traced.owner[held] == traced.owner[traced.parent[held]]).all()
        assert traced.far[traced.parent[held]] == pytest.approx(traced.near[held], abs=1e-6)
        assert (traced.owner[traced.cuts.piece] == traced.cuts.trace).all()
        assert (traced.far_measure[traced.cuts.piece] == traced.cuts.measure).all()
        assert traced.far - traced.near == pytest.approx(traced.high - traced.low, abs=1e-6)

    def test_progress_runs_and_cancelling_stops(self):
        network, starts = self.world()

        class Stop:
            told: list[float] = []
            cancelled = False

            def __call__(self, fraction, message=""):
                self.told.append(fraction)
                self.cancelled = len(self.told) == 3

        with pytest.raises(Cancelled):
            trace(network, starts * 10, progress=Stop())
        assert Stop.told == sorted(Stop.told) and len(Stop.told) == 3

    def test_one_endless_walk_can_be_cancelled(self):
        ends = [(0.0, 10.0 * k) for k in range(30000, -1, -1)]
        network = build(rivers(*(shapely.linestrings([a, b]) for a, b in zip(ends, ends[1:]))))

        class Stop:
            started = None

            @property
            def cancelled(self):
                return self.started is not None

            def __call__(self, fraction, message=""):
                self.started = time.monotonic()

        stop = Stop()
        with pytest.raises(Cancelled):
            walk(network, (len(network) - 1, 5.0), upstream=1e9, progress=stop)
        assert time.monotonic() - stop.started < 1.0
        assert len(walk(network, (len(network) - 1, 5.0), upstream=1e9, progress=SILENT).edge) == 30001
