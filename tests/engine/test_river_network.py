"""The network: what is mended, what is not, and that each mending has a row with a place to click on."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.river.network import build

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
