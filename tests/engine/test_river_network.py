"""The network: what is mended, what is not, and that each mending has a row with a place to click on."""

from __future__ import annotations

from functools import lru_cache

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.river import network as network_module
from envzones.plugin.engine.river.network import build
from envzones.plugin.engine.river.rows import issue

from .river_world import GEOD, degrees, dense, geod_length, metres, rivers


def codes(network):
    return sorted(network.issues["code"])


def where(network, code):
    """Places of an issue, in metres."""
    rows = network.issues[network.issues["code"] == code]
    return [shapely.get_coordinates(metres(g))[0] for g in rows.geometry]


def test_a_clean_network_needs_no_word():
    network = build(
        rivers(dense((0, 3000), (0, 1000)), dense((900, 3000), (0, 1000)), dense((0, 1000), (0, 0)))
    )
    assert len(network) == 3 and len(network.node) == 4
    assert codes(network) == []
    assert network.head[0] == network.head[1] == network.tail[2]


def test_lengths_are_those_of_geod():
    lines = rivers(dense((0, 3000), (700, 1500), (0, 0)), dense((0, 0), (-4000, -9000)))
    network = build(lines)
    for length, line in zip(network.length, lines.geometry):
        assert length == pytest.approx(geod_length(line), abs=1e-6)


def test_a_layer_without_a_reference_system_is_refused():
    lines = rivers(dense((0, 1000), (0, 0)))
    with pytest.raises(InputError, match="coordinate reference system"):
        build(gpd.GeoDataFrame(geometry=list(lines.geometry)))


@pytest.mark.parametrize("bad", [{"tolerance": -1.0}, {"name_field": "nonsense"}])
def test_unusable_requests_are_refused(bad):
    with pytest.raises(InputError):
        build(rivers(dense((0, 1000), (0, 0))), **bad)


def test_a_layer_without_lines_is_refused():
    with pytest.raises(InputError, match="no line"):
        build(gpd.GeoDataFrame({"uid": ["a"]}, geometry=[shapely.Point(112, 35)], crs=4490))


def test_multipart_lines_are_taken_apart_with_a_row():
    both = shapely.multilinestrings([dense((0, 2000), (0, 1000)), dense((0, 1000), (0, 0))])
    network = build(rivers(both))
    assert len(network) == 2 and network.head[0] == network.tail[1]
    assert codes(network) == ["multipart"]


def test_zero_length_empty_and_foreign_geometries_are_left_out_with_a_row():
    point = degrees(shapely.Point(0, 0))
    lines = rivers(
        dense((0, 2000), (0, 0)), dense((5, 5), (6, 6)), dense((5, 5), (6, 6)), dense((5, 5), (6, 6))
    )
    shape = list(lines.geometry)
    shape[1] = shapely.linestrings([shapely.get_coordinates(point)[0]] * 2)
    shape[2], shape[3] = None, point
    network = build(lines.set_geometry(gpd.GeoSeries(shape, crs=4490)))
    assert len(network) == 1
    assert codes(network) == ["no_geometry", "not_a_line", "zero_length"]


def test_repeated_vertices_are_named_and_change_no_length():
    line = degrees(dense((0, 2000), (0, 0)))
    xy = shapely.get_coordinates(line)
    twice = shapely.linestrings(np.repeat(xy, [2] + [1] * (len(xy) - 1), axis=0))
    network = build(gpd.GeoDataFrame({"uid": ["a"]}, geometry=[twice], crs=4490))
    assert codes(network) == ["repeated_vertices"]
    assert network.length[0] == pytest.approx(geod_length(line), abs=1e-6)


def test_a_gap_within_the_tolerance_is_closed_with_a_row():
    network = build(rivers(dense((0, 2000), (0, 1000.8)), dense((0, 1000), (0, 0))))
    assert len(network.node) == 3 and network.head[0] == network.tail[1]
    assert codes(network) == ["gap_joined"]
    assert "0.80" in network.issues["message_en"][0]
    assert abs(where(network, "gap_joined")[0][1] - 1000.4) < 0.5
    assert network.length.sum() == pytest.approx(2000.0, abs=0.01)


def test_a_gap_beyond_the_tolerance_stays():
    network = build(rivers(dense((0, 2000), (0, 1001.2)), dense((0, 1000), (0, 0))))
    assert len(network.node) == 4
    assert codes(network) == []


def test_the_tolerance_is_in_metres_whatever_the_direction():
    for dx, dy in ((0.95, 0.0), (0.0, 0.95)):
        network = build(rivers(dense((dx, 2000 + dy), (dx, 1000 + dy)), dense((0, 1000), (0, 0))))
        assert len(network.node) == 3


def test_three_loose_ends_meet_in_one_node():
    network = build(
        rivers(dense((0, 2000), (0, 1000.5)), dense((800, 2000), (0.4, 1000)), dense((0, 1000), (0, 0)))
    )
    assert network.head[0] == network.head[1] == network.tail[2]
    assert codes(network) == ["gap_joined", "gap_joined"]


def test_lines_shorter_than_the_tolerance_survive():
    line = dense((0, 1000), (0, 999.6))
    network = build(rivers(dense((0, 2000), (0, 1000)), line, dense((0, 999.6), (0, 0))))
    assert len(network) == 3 and len(network.node) == 4
    assert network.length.sum() == pytest.approx(2000.0, abs=0.01)
    assert codes(network) == []
    # Also at a source, where the end is loose.
    network = build(rivers(line, dense((0, 999.6), (0, 999.2)), dense((0, 999.2), (0, 0))))
    assert len(network.node) == 4
    assert network.length.sum() == pytest.approx(1000.0, abs=0.01)


@pytest.mark.parametrize("gap", [0.0, 0.6])
def test_a_junction_without_a_node_is_split_with_a_row(gap):
    network = build(rivers(dense((0, 2000), (0, 0)), dense((900, 1900), (gap, 1020))))
    assert len(network) == 3 and len(network.node) == 4
    assert codes(network) == ["node_added"]
    assert np.hypot(*(where(network, "node_added")[0] - [0, 1020])) < 0.01
    confluence = network.head[2]
    assert len(network.incoming(confluence)) == 2 and len(network.outgoing(confluence)) == 1
    assert network.length[network.row == 0].sum() == pytest.approx(2000.0, abs=0.01)
    edges = set(network.issue_edges[0].tolist())
    assert edges == {0, 1, 2}


def test_an_end_too_far_from_the_middle_of_a_line_stays_loose():
    network = build(rivers(dense((0, 2000), (0, 0)), dense((900, 1900), (1.5, 1020))))
    assert len(network) == 2 and codes(network) == []


def test_lines_of_another_reference_system_are_brought_over():
    lines = rivers(dense((0, 3000), (0, 1000)), dense((0, 1000), (0, 0)))
    for epsg in (4547, 4526, 4326, 3857, 32649):
        network = build(lines.to_crs(epsg))
        assert len(network.node) == 3
        assert network.length == pytest.approx([2000, 1000], abs=0.01)


def test_two_junctions_on_one_line_make_three_pieces():
    trunk = dense((0, 3000), (0, 0))
    network = build(rivers(trunk, dense((900, 2900), (0, 2010)), dense((-900, 1900), (0, 1010))))
    assert len(network) == 5
    assert sorted(np.round(network.length[network.row == 0]).astype(int)) == [990, 1000, 1010]
    assert codes(network) == ["node_added", "node_added"]


def test_a_line_meets_a_node_of_others_that_it_passes():
    trunk = dense((0, 2000), (0, 0))
    network = build(rivers(trunk, dense((900, 1900), (0.3, 1020)), dense((900, 100), (0.3, 1020))))
    assert len(network) == 4
    assert len({int(n) for n in (network.head[2], network.head[3])}) == 1
    assert len(network.incoming(int(network.head[2]))) == 3


def test_reversing_the_lines_and_asking_for_it_is_the_same():
    lines = rivers(dense((0, 3000), (0, 1000.5)), dense((900, 3000), (0, 1000)), dense((0, 1000), (0, 0)))
    flipped = lines.set_geometry(shapely.reverse(lines.geometry.to_numpy()), crs=4490)
    one, two = build(lines), build(flipped, reverse=True)
    assert np.array_equal(one.coords, two.coords)
    assert np.array_equal(one.tail, two.tail) and np.array_equal(one.head, two.head)


def test_the_name_of_the_river_comes_from_the_catalogs_field():
    lines = rivers(dense((0, 1000), (0, 0)), names=["沁河"], name=["沁河五龙口段"])
    assert build(lines).name[0] == "沁河"
    assert build(lines, name_field="name").name[0] == "沁河五龙口段"
    assert build(lines.drop(columns="river")).name[0] == "沁河五龙口段"


@pytest.mark.parametrize("share", [0.0, 0.001, 0.37, 0.5, 0.9999, 1.0])
def test_a_place_on_an_edge_is_exact_to_a_tenth_of_a_millimetre(share):
    # One straight edge of 20 km: the hardest case for interpolation.
    line = shapely.linestrings([[112.5, 35.0], [112.66, 35.12]])
    network = build(gpd.GeoDataFrame({"uid": ["a"]}, geometry=[line], crs=4490))
    at = share * network.length[0]
    ((x, y),) = network.locate([0], [at])
    assert GEOD.inv(112.5, 35.0, x, y)[2] == pytest.approx(at, abs=1e-4)
    assert network.measure_of([0], np.array([[x, y]]))[0] == pytest.approx(at, abs=1e-4)


@lru_cache
def shaken(seed, lines=6, vertices=30):
    """A network of crooked lines that hang together in a chain with side arms, and its layer."""
    rng = np.random.default_rng(seed)
    shapes, foot = [], np.array([0.0, 20_000.0])
    for _ in range(lines):
        steps = np.column_stack([rng.normal(0, 60, vertices), -rng.uniform(40, 120, vertices)])
        shapes.append(shapely.linestrings(foot + np.cumsum(np.vstack([[0, 0], steps]), axis=0)))
        end = shapely.get_coordinates(shapes[-1])[-1]
        shapes.append(shapely.linestrings([end + [rng.uniform(900, 3000), 500], end + [400, 300], end]))
        foot = end
    layer = rivers(*shapes)
    return build(layer), layer


@settings(max_examples=30)
@given(st.integers(0, 50), st.lists(st.tuples(st.integers(0, 11), st.floats(0, 1), st.floats(0, 1)), max_size=12))
def test_many_parts_are_cut_as_one_by_one(seed, parts):
    network, _ = shaken(seed)
    edge = np.array([e for e, _, _ in parts], dtype=np.int64)
    low = np.array([min(a, b) for _, a, b in parts]) * network.length[edge]
    high = np.array([max(a, b) for _, a, b in parts]) * network.length[edge]
    xy, pointer = network.cut_arrays(edge, low, high)
    assert pointer[0] == 0 and pointer[-1] == len(xy) and len(pointer) == len(edge) + 1
    for k, e in enumerate(edge):
        part = xy[pointer[k] : pointer[k + 1]]
        # By hand: the vertices strictly between, and the two ends by Geod along the chord they lie on.
        whole = network.coords[network.start[e] : network.start[e + 1]]
        run = np.concatenate([[0.0], np.cumsum(GEOD.inv(*whole[:-1].T, *whole[1:].T)[2])])
        inner = whole[(run > low[k] + 2e-6) & (run < high[k] - 2e-6)]
        assert len(part) >= 2
        assert all((np.abs(part - v).max(axis=1) < 1e-12).any() for v in inner)
        assert len(part) <= len(inner) + 4
        assert GEOD.line_length(*part.T) == pytest.approx(high[k] - low[k], abs=2e-4)
        for end, at in ((part[0], low[k]), (part[-1], high[k])):
            j = min(int(np.searchsorted(run, at, side="right")) - 1, len(whole) - 2)
            assert GEOD.inv(*whole[j], *end)[2] == pytest.approx(at - run[j], abs=1e-4)


def test_nothing_is_cut_where_nothing_is_asked():
    network, _ = shaken(1)
    xy, pointer = network.cut_arrays([], [], [])
    assert xy.shape == (0, 2) and pointer.tolist() == [0]
    assert network.cut([], [], []) == []


@given(st.integers(0, 50), st.lists(st.tuples(st.integers(0, 11), st.floats(0, 1)), min_size=1, max_size=20))
def test_a_place_is_found_again_at_its_measure(seed, places):
    network, _ = shaken(seed)
    edge = np.array([e for e, _ in places])
    at = np.array([share for _, share in places]) * network.length[edge]
    assert np.allclose(network.measure_of(edge, network.locate(edge, at)), at, atol=1e-4)


def test_measures_of_many_points_are_taken_in_portions(monkeypatch):
    network, _ = shaken(3)
    edge = np.arange(len(network)).repeat(5)
    at = np.tile([0.0, 0.2, 0.5, 0.9, 1.0], len(network)) * network.length[edge]
    monkeypatch.setattr(network_module, "_MANY", 7)
    assert np.allclose(network.measure_of(edge, network.locate(edge, at)), at, atol=1e-4)


def test_turning_edges_turns_what_belongs_to_them():
    network, _ = shaken(4)
    flip = np.arange(len(network)) % 3 == 1
    other = network.flipped(flip)
    assert np.array_equal(other.tail[flip], network.head[flip])
    assert np.array_equal(other.head[flip], network.tail[flip])
    assert np.array_equal(other.tail[~flip], network.tail[~flip])
    same = shapely.equals(other.lines, network.lines) & (
        (shapely.get_point(other.lines, 0) == shapely.get_point(network.lines, -1)) == flip
    )
    assert same.all()
    assert np.allclose(other.measure[other.start[1:] - 1], other.length)
    assert (other.measure[other.start[:-1]] == 0).all()
    again = other.flipped(flip)
    assert np.array_equal(again.coords, network.coords) and np.allclose(again.measure, network.measure)
    at = 0.3 * network.length
    every = np.arange(len(network))
    assert np.allclose(
        other.locate(every[flip], network.length[flip] - at[flip]), network.locate(every[flip], at[flip]), atol=1e-9
    )


def test_issues_are_added_with_their_edges():
    network, _ = shaken(2)
    row = issue("warning", "odd", "某处存疑", "Something is odd.", shapely.Point(112.6, 35.1))
    more = network.with_issues([row], [[0, 2]])
    assert network.issues.empty and codes(more) == ["odd"]
    assert more.issue_edges[0].tolist() == [0, 2]
    twice = more.with_issues([row], [[1]])
    assert codes(twice) == ["odd", "odd"] and twice.issue_edges[1].tolist() == [1]
    assert twice.issues.crs.to_epsg() == 4490
    with pytest.raises(ValueError, match="rows"):
        network.with_issues([row], [])


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("canal", [True, False, None]),
        ("canal", [1, 0, None]),
        ("canal", ["是", "否", None]),
        ("kind", ["人工渠", "河流", None]),
        ("Type", ["沟渠", "地面河渠", None]),
        ("类型", ["灌溉渠道", "天然河道", ""]),
        ("waterway", ["canal", "river", "stream"]),
    ],
)
def test_canals_are_marked_and_left_out_on_request(column, values):
    lines = rivers(dense((0, 3000), (0, 2000)), dense((0, 2000), (0, 1000)), dense((0, 1000), (0, 0)))
    lines[column] = values
    assert build(lines).canal.tolist() == [True, False, False]
    without = build(lines, canals="exclude")
    assert len(without) == 2 and not without.canal.any()
    assert codes(without) == ["canals_excluded"] and "1 lines" in without.issues["message_en"][0]
    assert without.row.tolist() == [1, 2]


def test_an_unknown_way_with_canals_is_refused():
    with pytest.raises(InputError, match="canals"):
        build(rivers(dense((0, 1000), (0, 0))), canals="some")


def test_the_river_above_is_the_longest_way_and_the_sum():
    # Two springs of 1000 m and 2000 m, a fork of arms 1000 m and about 1414 m that meet again, 500 m to the end.
    network = build(
        rivers(
            dense((0, 4000), (0, 3000)),
            dense((2000, 3000), (0, 3000)),
            dense((0, 3000), (0, 2000)),
            dense((0, 3000), (500, 2500), (0, 2000)),
            dense((0, 2000), (0, 1500)),
        )
    )
    arm = 1000 * np.sqrt(2)
    assert network.upstream_length == pytest.approx([1000, 2000, 3000, 2000 + arm, 2500 + arm], abs=1)
    assert network.upstream_total == pytest.approx(
        [1000, 2000, 1500 + 1000, 1500 + arm, 3000 + 1000 + arm + 500], abs=1
    )


def test_a_directed_cycle_does_not_stop_the_adding_up():
    network = build(
        rivers(dense((0, 3000), (0, 2000)), dense((0, 2000), (900, 1500), (0, 1000)), dense((0, 1000), (0, 2000)))
    )
    assert np.isfinite(network.upstream_total).all()
    assert network.upstream_length[0] == pytest.approx(1000, abs=0.1)


def test_a_line_without_a_vertex_between_and_one_of_many_kilometres_keep_their_length():
    lines = rivers(dense((0, 0), (-30_000, -90_000), step=40_000), dense((0, 3000), (0, 0), step=1.0))
    network = build(lines)
    for length, line in zip(network.length, lines.geometry):
        assert length == pytest.approx(geod_length(line), abs=1e-3)


def vertexwise(layer, seed):
    """The layer with every line split at some of its vertices."""
    rng = np.random.default_rng(seed)
    out, of = [], []
    for k, line in enumerate(layer.geometry):
        xy = shapely.get_coordinates(line)
        at = np.sort(rng.choice(np.arange(1, len(xy) - 1), size=min(3, len(xy) - 2), replace=False))
        for part in np.split(np.arange(len(xy)), at):
            index = np.append(part, part[-1] + 1) if part[-1] + 1 < len(xy) else part
            out.append(shapely.linestrings(xy[index]))
            of.append(layer["uid"][k])
    return gpd.GeoDataFrame({"uid": of}, geometry=out, crs=4490)


def ways(network):
    """Metres along the river from every node to the mouth, by Bellman and Ford's rule."""
    far = np.where(np.isin(np.arange(len(network.node)), network.tail), np.inf, 0.0)
    for _ in range(len(network)):
        for t, h, length in zip(*network.ends):
            far[t] = min(far[t], length + far[h])
    return {tuple(place): way for place, way in zip(network.node, far)}


@settings(max_examples=15)
@given(st.integers(0, 100))
def test_splitting_lines_at_vertices_changes_no_length_and_no_way(seed):
    whole, layer = shaken(seed)
    split = build(vertexwise(layer, seed))
    assert len(split) > len(whole) and not len(split.issues)
    assert split.length.sum() == pytest.approx(whole.length.sum(), abs=1e-6)
    far, now = ways(whole), ways(split)
    assert set(far) <= set(now)
    assert all(now[place] == pytest.approx(way, abs=1e-6) for place, way in far.items())


@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=4, unique=True))
def test_splitting_a_line_keeps_its_length(shares):
    line = degrees(dense((0, 3000), (700, 1500), (0, 0)))
    network = build(gpd.GeoDataFrame({"uid": ["a"]}, geometry=[line], crs=4490))
    breaks = [0.0, *sorted(s * network.length[0] for s in shares), network.length[0]]
    spans = [(a, b) for a, b in zip(breaks, breaks[1:]) if b - a > 0.01]
    parts = network.cut([0] * len(spans), [a for a, _ in spans], [b for _, b in spans])
    again = build(
        gpd.GeoDataFrame(
            {"uid": ["a"] * len(parts)}, geometry=list(map(shapely.linestrings, parts)), crs=4490
        )
    )
    assert again.length.sum() == pytest.approx(network.length[0], abs=1e-3)
