"""Duplicates, overlaps and gaps: against brute force over all pairs, and each planted fault found."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine import quality_topology as topology
from envzones.plugin.engine.catalog_rules import Neighbours

from .quality_world import EAST, LAT, LON, NORTH, box, codes, issues, polygon, zones

#: The catalog asks that zones of one source, level and part do not overlap; gaps are asked for besides.
LEVELS = {"drinking_water_zone": [Neighbours(width=2.0, same=("level", "source_name"))]}


def found(shapes, **columns):
    """Issues of zones under rules of one's own, shape and pair."""
    return issues(zones(shapes, **columns), rules=LEVELS)


def cells(n, size=100.0, seed=0, points=6):
    """A mosaic of n x n cells in degrees with wiggling shared boundaries."""
    rng = np.random.default_rng(seed)
    corner = np.stack(np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij"), -1) * 1.0
    corner += rng.uniform(-0.2, 0.2, corner.shape)
    share = np.linspace(0, 1, points + 1)[:, None]

    def side(a, b):
        across = np.stack([-(b - a)[..., 1], (b - a)[..., 0]], -1)
        swing = rng.uniform(-0.1, 0.1, (*a.shape[:-1], points + 1)) * np.sin(np.pi * share[:, 0])
        line = a[..., None, :] + (b - a)[..., None, :] * share + swing[..., None] * across[..., None, :]
        line[..., 0, :], line[..., -1, :] = a, b
        return line

    flat, tall = side(corner[:-1], corner[1:]), side(corner[:, :-1], corner[:, 1:])
    rings = np.concatenate(
        [flat[:, :-1], tall[1:, :, 1:], flat[:, 1:, -2::-1], tall[:-1, :, -2::-1]], axis=2
    ).reshape(n * n, -1, 2)
    return shapely.polygons(rings * size * [EAST, NORTH] + [LON, LAT])


def brute(shapes, group, tolerance):
    """All pairs of a group whose interiors share more than the tolerance, by intersecting every pair."""
    pairs = set()
    for i, j in combinations(range(len(shapes)), 2):
        if group[i] == group[j] >= 0:
            common = common_area(shapes[i], shapes[j]) / (EAST * NORTH)
            if common > tolerance:
                pairs.add((i, j))
    return pairs


def common_area(a, b):
    """Area of the intersection; some versions of GEOS leave a floating-point flag behind."""
    with np.errstate(invalid="ignore"):
        return shapely.area(shapely.intersection(a, b))


def ours(shapes, group, tolerance=1.0):
    met = topology.overlaps(np.asarray(shapes, dtype=object), np.asarray(group), tolerance_m2=tolerance)
    return set(zip(met.first.tolist(), met.second.tolist()))


corner = st.tuples(st.integers(0, 8), st.integers(0, 8))
shape = st.one_of(
    st.tuples(corner, st.integers(1, 4), st.integers(1, 4)).map(
        lambda t: [(t[0][0], t[0][1]), (t[0][0] + t[1], t[0][1]), (t[0][0] + t[1], t[0][1] + t[2]), (t[0][0], t[0][1] + t[2])]
    ),
    st.lists(corner, min_size=3, max_size=5),
)


@given(st.lists(st.tuples(shape, st.booleans()), min_size=2, max_size=14), st.integers(1, 3))
@settings(max_examples=300)
def test_overlaps_are_those_of_all_pairs(drawn, groups):
    """Figures on a coarse grid share corners, edges, parts of edges and directions in every way."""
    made = []
    for points, backwards in drawn:
        one = polygon(*[(100 * x, 100 * y) for x, y in points][:: -1 if backwards else 1])
        if one.is_valid and one.area > 0:
            made.append(one)
    group = np.arange(len(made)) % groups
    assert ours(made, group) == brute(made, group, 1.0)


@pytest.mark.parametrize("seed", range(4))
def test_two_mosaics_one_over_the_other(seed):
    """Each edge of either has its twin, and yet they overlap all over: found from the rim inwards."""
    rng = np.random.default_rng(seed)
    low = cells(5, seed=seed)
    high = shapely.transform(cells(4, seed=seed + 50), lambda c: c + rng.uniform(50, 150, 2) * [EAST, NORTH])
    shapes = np.concatenate([low, high])[rng.permutation(len(low) + len(high))]
    group = np.zeros(len(shapes), dtype=int)
    assert ours(shapes, group) == brute(shapes, group, 1.0)
    assert len(ours(shapes, group)) > 30


def test_a_clean_mosaic_has_neither_overlap_nor_gap_and_is_not_intersected(monkeypatch):
    asked = []
    true = shapely.intersection
    monkeypatch.setattr(shapely, "intersection", lambda a, b, **k: (asked.append(np.size(a)), true(a, b, **k))[1])
    shapes = cells(20)
    group = np.zeros(len(shapes), dtype=int)
    assert ours(shapes, group) == set()
    assert sum(asked) < len(shapes)
    assert len(topology.gaps(shapes, group).first) == 0


@pytest.mark.parametrize("seed", range(6))
def test_planted_overlaps_and_gaps_in_a_mosaic(seed):
    rng = np.random.default_rng(seed)
    shapes = cells(9, seed=seed)
    inner = [row * 9 + column for row in range(1, 8, 3) for column in range(1, 8, 3)]
    grown, shrunk = inner[:4], inner[4:]
    for row in grown:
        shapes[row] = shapely.buffer(shapes[row], rng.uniform(0.5, 5) * NORTH, join_style="mitre")
    widths = {}
    for row in shrunk:
        widths[row] = rng.uniform(0.3, 1.4)
        shapes[row] = shapely.buffer(shapes[row], -widths[row] * NORTH, join_style="mitre")
    group = np.zeros(len(shapes), dtype=int)
    assert ours(shapes, group) == brute(shapes, group, 1.0)
    met = topology.gaps(shapes, group)
    beside = [(i, j) for i, j in zip(met.first.tolist(), met.second.tolist())]
    assert all(set(pair) & set(shrunk) for pair in beside)
    for row in shrunk:
        around = {row - 1, row + 1, row - 9, row + 9}
        assert around <= {i + j - row for i, j in beside if row in (i, j)}
    # The strips are free land: they cover nothing of any cell, and are as wide as was taken off.
    rest = common_area(met.piece, shapely.union_all(shapes)) / (EAST * NORTH)
    assert rest.max() < 0.05
    for i, j, width, area in zip(met.first, met.second, met.width_m, met.area_m2):
        if area > 30:
            row = i if i in widths else j
            assert 0.5 * widths[row] < width < 1.4 * widths[row]


def test_open_strips_corners_and_far_neighbours():
    strip = [box(0, 0, 400, 300), box(401, 0, 800, 300)]
    told = found(strip)
    assert list(told["code"]) == ["gap"]
    assert told["what_zh"].iloc[0] == "与邻接要素之间有缝隙,均宽1.00 m"
    assert told["area_m2"].iloc[0] == pytest.approx(300, rel=0.02)
    assert (told["uid"].iloc[0], told["other_uid"].iloc[0]) == ("Z1", "Z0")
    assert len(found([box(0, 0, 400, 300), box(403, 0, 800, 300)])) == 0
    # Two that only meet in a corner, or at the end of their shared boundary, leave no gap.
    assert len(found([box(0, 0, 400, 300), box(400, 300, 800, 600)])) == 0
    assert len(found([box(0, 0, 400, 300), polygon((400, 0), (800, -200), (800, 300), (400, 300))])) == 0


def test_a_third_zone_in_the_strip_fills_it():
    assert len(found([box(0, 0, 400, 300), box(401, 0, 800, 300), box(400, 0, 401, 300)])) == 0


def test_overlaps_count_within_one_source_level_and_part_alone():
    pair = [box(0, 0, 400, 300), box(300, 0, 700, 300)]
    told = found(pair)
    assert list(told["code"]) == ["overlap"]
    assert told["area_m2"].iloc[0] == pytest.approx(30000, rel=1e-3)
    assert told.geometry.iloc[0].geom_type == "Polygon"
    assert codes(found(pair, source_name=["甲", "乙"])) == []
    assert codes(found(pair, part=["water", None])) == []
    assert "overlap" not in codes(found(pair, level=["primary", "secondary"]))


def test_a_thin_overlap_is_a_sliver_with_a_repair():
    told = found([box(0, 0, 400, 300), box(399, 0, 700, 300)])
    assert [*told["code"], *told["severity"], *told["repair"]] == ["overlap_sliver", "warning", "snap_to_neighbour"]
    assert list(found([box(0, 0, 400, 300), box(399.98, 0, 700, 300)])["severity"]) == ["info"]


def test_rows_out_of_force_overlap_nothing():
    pair = [box(0, 0, 400, 300), box(300, 0, 700, 300)]
    assert codes(found(pair, valid_to=["2020-01-01", None])) == []
    assert codes(found(pair, valid_from=["2030-01-01", None])) == []
    assert codes(found(pair, valid_to=["2030-01-01", None])) == ["overlap"]


def test_invalid_zones_spoil_no_comparison():
    bow = polygon((0, 0), (400, 300), (400, 0), (0, 300))
    assert codes(found([bow, box(0, 0, 400, 300), box(300, 0, 700, 300)])) == ["overlap", "self_crossing"]


def test_duplicates_of_every_kind():
    one, turned = box(0, 0, 400, 300), shapely.Polygon(shapely.get_coordinates(box(0, 0, 400, 300))[::-1])
    told = found([one, turned], name=["a", "a"], uid=["A", "B"])
    assert list(zip(told["uid"], told["code"], told["other_uid"])) == [("B", "duplicate_row", "A")]
    assert told["repair"].iloc[0] == "drop_duplicate"
    assert list(found([one, one], name=["a", "b"])["code"]) == ["same_geometry"]
    nearly = box(0.5, 0, 400, 300.5)
    told = found([one, nearly])
    assert set(told["code"]) == {"near_duplicate", "overlap"}
    assert list(found([one, one], uid=["A", "A"], name=["a", "b"])["code"]) == ["uid_duplicate", "same_geometry"]
    # A zone that was adjusted without a change of shape, and the level above drawn alike, are no duplicates.
    assert codes(found([one, one], valid_to=["2020-01-01", None], valid_from=[None, "2020-01-01"])) == []
    assert codes(found([one, one], level=["primary", "secondary"])) == []


@pytest.mark.parametrize("width", [0.4, 1.0, 1.9])
def test_near_and_same_by_brute_force(width):
    rng = np.random.default_rng(3)
    base = cells(5)
    shapes = np.concatenate([base, shapely.transform(base[:6], lambda c: c + width * NORTH * rng.uniform(-1, 1, 2)), base[10:13]])
    group = np.zeros(len(shapes), dtype=int)
    pairs = topology.box_pairs(shapes, group)
    i, j, share = topology.near_duplicates(shapes, pairs)
    expected = set()
    for a, b in combinations(range(len(shapes)), 2):
        common = common_area(shapes[a], shapes[b])
        if common / (shapes[a].area + shapes[b].area - common) >= topology.NEAR_SHARE:
            expected.add((a, b))
    assert set(zip(i.tolist(), j.tolist())) == expected
    same = topology.same_geometry(shapes)
    assert [(int(same[k]), k) for k in range(len(shapes)) if same[k] != k] == [(10, 31), (11, 32), (12, 33)]


def test_the_order_of_issues_does_not_depend_on_the_rows_order():
    shapes = list(cells(4, seed=2))
    shapes[5] = shapely.buffer(shapes[5], 3 * NORTH)
    uid = [f"Z{i}" for i in range(16)]
    first = found(shapes, uid=uid)
    again = found(shapes, uid=uid)
    assert first.equals(again)
    order = np.random.default_rng(0).permutation(16)
    turned = found([shapes[i] for i in order], uid=[uid[i] for i in order])
    assert {frozenset(p) for p in zip(first["uid"], first["other_uid"])} == {
        frozenset(p) for p in zip(turned["uid"], turned["other_uid"])
    }
