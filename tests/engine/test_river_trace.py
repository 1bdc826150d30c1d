"""Walking by distance: exact cuts, tributaries, braids, main stems and the ends of rivers."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.river.network import build
from envzones.plugin.engine.river.trace import trace

from .river_world import dense, geod_length, metres, rivers


def walk(network, start, **options):
    return trace(network, [start], **options)[0]


def lines_of(network, traced, direction=None):
    pieces = [p for p in traced.pieces if direction in (None, p.direction)]
    vertices = network.cut([p.edge for p in pieces], [p.low for p in pieces], [p.high for p in pieces])
    return [shapely.linestrings(v) for v in vertices]


def total(network, traced, direction):
    return sum(map(geod_length, lines_of(network, traced, direction)))


def cut_places(network, traced):
    places = network.locate([c.edge for c in traced.cuts], [c.measure for c in traced.cuts])
    return sorted(map(tuple, np.round(shapely.get_coordinates(metres(shapely.points(places))), 2)))


def test_a_straight_river_is_cut_at_the_very_distances():
    network = build(rivers(dense((0, 12000), (0, 0))))
    traced = walk(network, (0, 8000.0))
    assert total(network, traced, "U") == pytest.approx(5000.0, abs=1e-4)
    assert total(network, traced, "D") == pytest.approx(500.0, abs=1e-4)
    assert [c.direction for c in traced.cuts] == ["U", "D"]
    assert traced.natural == []


def test_pieces_run_downstream_and_say_how_far_they_are():
    network = build(rivers(dense((0, 12000), (0, 6000)), dense((0, 6000), (0, 0))))
    traced = walk(network, (1, 2000.0))
    up = [p for p in traced.pieces if p.direction == "U"]
    assert [(round(p.near), round(p.far)) for p in up] == [(0, 2000), (2000, 5000)]
    for line in lines_of(network, traced):
        y = shapely.get_coordinates(metres(line))[:, 1]
        assert (np.diff(y) < 0).all()


def test_every_tributary_is_followed_to_its_own_distance():
    trunk, lower = dense((0, 9000), (0, 2000)), dense((0, 2000), (0, 0))
    tributary = dense((7000, 2000), (0, 2000))
    network = build(rivers(trunk, lower, tributary))
    traced = walk(network, (1, 1000.0))
    # 1000 m to the confluence, then 4000 m up each.
    assert total(network, traced, "U") == pytest.approx(1000 + 2 * 4000, abs=0.01)
    assert cut_places(network, traced) == [(0.0, 500.0), (0.0, 6000.0), (4000.0, 2000.0)]


def test_the_main_stem_follows_the_name_first():
    network = build(rivers(
        dense((0, 4000), (0, 2000)), dense((0, 2000), (0, 0)), dense((9000, 2000), (0, 2000)),
        names=["沁河", "沁河", "丹河"],
    ))  # fmt: skip
    traced = walk(network, (1, 1000.0), main_stem=True)
    assert {network.name[p.edge] for p in traced.pieces} == {"沁河"}
    assert total(network, traced, "U") == pytest.approx(3000.0, abs=0.01)
    assert len(traced.natural) == 1


def test_the_main_stem_without_names_is_the_longest():
    network = build(
        rivers(dense((0, 4000), (0, 2000)), dense((0, 2000), (0, 0)), dense((9000, 2000), (0, 2000)))
    )
    traced = walk(network, (1, 1000.0), main_stem=True)
    assert {p.edge for p in traced.pieces} == {1, 2}
    assert total(network, traced, "U") == pytest.approx(5000.0, abs=0.01)


def test_a_braid_is_walked_once_with_the_shortest_distance():
    short = dense((0, 3000), (0, 2000))
    long = dense((0, 3000), (1000, 2500), (0, 2000))
    network = build(rivers(dense((0, 9000), (0, 3000)), short, long, dense((0, 2000), (0, 0))))
    traced = walk(network, (3, 1000.0))
    assert sorted(p.edge for p in traced.pieces if p.direction == "U") == [0, 1, 2, 3]
    above = next(p for p in traced.pieces if p.edge == 0)
    assert above.near == pytest.approx(2000.0, abs=0.01)
    # Both arms whole, and above them what the shorter arm leaves of 5000 m.
    arms = 1000 + 2 * np.hypot(1000, 500)
    assert total(network, traced, "U") == pytest.approx(1000 + arms + 3000, abs=0.01)


def test_going_down_follows_all_arms_of_a_fork():
    network = build(
        rivers(dense((0, 9000), (0, 200)), dense((0, 200), (-2000, -1800)), dense((0, 200), (2000, -1800)))
    )
    traced = walk(network, (0, 8700.0))
    assert total(network, traced, "D") == pytest.approx(100 + 2 * 400, abs=0.01)
    assert len([c for c in traced.cuts if c.direction == "D"]) == 2


def test_a_tributary_that_joins_below_the_section_is_not_traced():
    network = build(rivers(dense((0, 9000), (0, 800)), dense((0, 800), (0, 0)), dense((3000, 800), (0, 800))))
    traced = walk(network, (0, 8000.0))
    assert 2 not in {p.edge for p in traced.pieces}
    assert total(network, traced, "D") == pytest.approx(500.0, abs=1e-4)


def test_another_arm_that_leaves_above_the_section_is_not_upstream():
    fork = [dense((0, 9000), (0, 3000)), dense((0, 3000), (0, 0)), dense((0, 3000), (4000, 0))]
    network = build(rivers(*fork))
    traced = walk(network, (1, 2000.0))
    assert 2 not in {p.edge for p in traced.pieces}


def test_a_source_and_an_outlet_within_the_distances_are_no_cuts():
    network = build(rivers(dense((0, 3000), (0, 0))))
    traced = walk(network, (0, 2800.0))
    assert total(network, traced, "U") == pytest.approx(2800.0, abs=1e-3)
    assert total(network, traced, "D") == pytest.approx(200.0, abs=1e-3)
    assert traced.cuts == []
    assert sorted(d for _, d in traced.natural) == ["D", "U"]


def test_a_cut_exactly_at_a_node_is_one_cut():
    network = build(rivers(
        dense((0, 7000), (0, 6000)), dense((3000, 6000), (0, 6000)), dense((0, 6000), (0, 0)),
    ))  # fmt: skip
    at = float(network.length[2] - 500.0)
    traced = walk(network, (2, at), upstream=at)
    up = [c for c in traced.cuts if c.direction == "U"]
    assert len(up) == 1 and up[0].measure == 0.0
    assert {p.edge for p in traced.pieces} == {2}


def test_a_start_at_a_node_goes_every_way():
    network = build(
        rivers(dense((0, 7000), (0, 1000)), dense((6000, 1000), (0, 1000)), dense((0, 1000), (0, 0)))
    )
    from_above = walk(network, (0, float(network.length[0])))
    from_below = walk(network, (2, 0.0))
    for traced in (from_above, from_below):
        assert total(network, traced, "U") == pytest.approx(10000.0, abs=0.01)
        assert total(network, traced, "D") == pytest.approx(500.0, abs=1e-4)


def test_a_directed_cycle_ends():
    ring = [
        dense((0, 1000), (1000, 1000)),
        dense((1000, 1000), (1000, 0)),
        dense((1000, 0), (0, 0)),
        dense((0, 0), (0, 1000)),
    ]
    network = build(rivers(*ring))
    traced = walk(network, (0, 500.0))
    # The ring is 4000 m round: upstream once round to the start, and no farther.
    assert total(network, traced, "U") == pytest.approx(4000.0, abs=0.1)


def test_a_distance_of_nothing_cuts_at_the_section():
    network = build(rivers(dense((0, 12000), (0, 0))))
    traced = walk(network, (0, 8000.0), upstream=0.0)
    assert cut_places(network, traced) == [(0.0, 3500.0), (0.0, 4000.0)]


@pytest.mark.parametrize("up, down", [(-1.0, 500.0), (5000.0, -1.0), (0.0, 0.0), (float("nan"), 500.0)])
def test_unusable_distances_are_refused(up, down):
    network = build(rivers(dense((0, 1000), (0, 0))))
    with pytest.raises(InputError):
        walk(network, (0, 500.0), upstream=up, downstream=down)


def test_no_path_is_longer_than_the_distance_on_random_trees():
    rng = np.random.default_rng(7)
    for _ in range(5):
        lines, ends = [], [(0.0, 0.0)]
        for _ in range(40):
            x, y = ends[rng.integers(len(ends))]
            upper = (x + rng.uniform(-900, 900), y + rng.uniform(200, 1200))
            lines.append(dense(upper, (x, y)))
            ends.append(upper)
        network = build(rivers(*lines))
        traced = walk(network, (0, float(network.length[0] / 2)), upstream=3000.0)
        assert max(p.far for p in traced.pieces) <= 3000.0 + 1e-6
        for p in traced.pieces:
            assert p.far - p.near == pytest.approx(p.high - p.low, abs=1e-6)
            if p.parent >= 0:
                assert traced.pieces[p.parent].far == pytest.approx(p.near, abs=1e-6)
