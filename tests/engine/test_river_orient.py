"""The direction of flow: from outlets, from elevation models, from fields; and rivers of mixed direction."""

from __future__ import annotations

import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.river.network import build
from envzones.plugin.engine.river.orient import by_field, by_nodes, down_dem, mixed_direction, towards_outlet
from envzones.plugin.engine.river.potential import bridges, chains, flow_rank, parts, solve

from .river_world import degrees, dense, metres, rivers

SHARED = Path(__file__).parents[3] / "shared" / "data"


def place(x, y):
    """A place in metres as degrees."""
    return shapely.get_coordinates(degrees(shapely.Point(x, y)))[0]


def turned(layer, rows):
    """The layer with some lines digitised the other way."""
    out = layer.copy()
    out["geometry"] = [g.reverse() if n in set(rows) else g for n, g in enumerate(out.geometry)]
    return out


def plain(layer, **options):
    """The network as digitised, no piece turned by itself."""
    return build(layer, repair=frozenset({"gap", "node"}), **options)


def rows_of(network, mask):
    return sorted(set(network.row[np.asarray(mask)].tolist()))


def apply(network, answer):
    return network.flipped(answer.flip).with_issues(answer.issues, answer.issue_edges)


def is_acyclic(tail, head, count):
    left = np.ones(len(tail), dtype=bool)
    while left.any():
        sources = np.setdiff1d(tail[left], head[left])
        if not len(sources):
            return False
        left &= ~np.isin(tail, sources)
    return True


# A main stem flowing east with two tributaries from the north.
TREE = (
    [(0, 0), (1000, 0)],
    [(1000, 0), (2500, 0)],
    [(2500, 0), (4000, 0)],
    [(1200, 1500), (1000, 0)],
    [(2600, 1800), (2500, 0)],
)


def tree(step=100.0, scale=1.0, names=("甲", "甲", "甲", "乙", "丙")):
    return rivers(*[dense(*(np.array(line) * scale), step=step * scale) for line in TREE], names=names)


# --------------------------------------------------------------------------------------------------------
# Graphs
# --------------------------------------------------------------------------------------------------------


graphs = st.integers(2, 12).flatmap(
    lambda n: st.tuples(
        st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), min_size=1, max_size=20)
    )
)


@given(graphs)
def test_parts_and_bridges_agree_with_taking_each_edge_out(graph):
    count, edges = graph
    a, b = np.array(edges).T
    label = parts(a, b, count)
    reach = np.eye(count, dtype=bool)
    for _ in range(count):
        for i, j in edges:
            reach[i] |= reach[j]
            reach[j] |= reach[i]
    reach = reach | reach.T
    reach = np.linalg.matrix_power(reach.astype(float), count) > 0
    assert ((label[:, None] == label[None, :]) == reach).all()
    alone = []
    for k, (i, j) in enumerate(edges):
        rest = [e for m, e in enumerate(edges) if m != k]
        without = parts(np.array([e[0] for e in rest], dtype=int), np.array([e[1] for e in rest], dtype=int), count)
        alone.append(bool(without[i] != without[j]))
    assert bridges(a, b, count).tolist() == alone


@given(graphs, st.integers(0, 2**31))
def test_potentials_agree_with_dense_algebra(graph, seed):
    count, edges = graph
    a, b = np.array(edges).T
    rng = np.random.default_rng(seed)
    conductance, right, anchor = rng.uniform(0.1, 2, len(a)), rng.normal(size=count), rng.uniform(0.1, 1, count)
    matrix = np.diag(anchor)
    for i, j, g in zip(a, b, conductance):
        if i != j:
            matrix[[i, j], [i, j]] += g
            matrix[[i, j], [j, i]] -= g
    assert solve(a, b, conductance, right, anchor=anchor) == pytest.approx(np.linalg.solve(matrix, right), abs=1e-9)


@settings(deadline=None)
@given(st.integers(0, 2**31))
def test_the_current_knows_no_cycle_and_begins_and_ends_only_where_rivers_do(seed):
    """Random braids: a ladder of junctions with tributaries, an outlet at one end."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 15))
    edges = [(k, k + 1) for k in range(n - 1)]
    edges += [tuple(rng.choice(n, 2, replace=False)) for _ in range(int(rng.integers(0, 8)))]
    head_waters = n + int(rng.integers(0, 4))
    edges += [(k, int(rng.integers(0, n - 1))) for k in range(n, head_waters)]
    edges += [(head_waters, 0), (n - 1, head_waters + 1)]
    count = head_waters + 2
    a, b = np.array(edges).T
    rank = flow_rank(a, b, rng.uniform(10, 5000, len(a)), count, np.array([count - 1]))
    tail, head = np.where(rank[a] > rank[b], a, b), np.where(rank[a] > rank[b], b, a)
    assert is_acyclic(tail, head, count)
    dead = np.bincount(np.concatenate([a, b]), minlength=count) == 1
    assert set(np.setdiff1d(tail, head)) == set(np.flatnonzero(dead)) - {count - 1}
    assert set(np.setdiff1d(head, tail)) == {count - 1}


def test_chains_run_from_junction_to_junction_and_round_rings():
    tail, head = np.array([0, 2, 2, 5, 6]), np.array([1, 1, 3, 6, 5])
    found = chains(tail, head, 7, np.ones(5, dtype=bool))
    assert len(found) == 2
    assert found.edge[: found.pointer[1]].tolist() == [0, 1, 2]
    assert found.forward[: found.pointer[1]].tolist() == [True, False, True]
    assert (found.first[0], found.last[0]) == (0, 3)
    assert found.first[1] == found.last[1]


# --------------------------------------------------------------------------------------------------------
# Outlets
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [(), (0,), (1,), (2, 3), (4,), (0, 1, 2, 3, 4)])
def test_every_reach_of_a_tree_is_turned_towards_its_outlet(wrong):
    network = plain(turned(tree(), wrong))
    answer = towards_outlet(network, [place(4010, 20)])
    assert rows_of(network, answer.flip) == sorted(wrong)
    assert not answer.doubtful.any()
    done = apply(network, answer)
    down = build(tree())
    assert np.allclose(done.node[done.head][np.argsort(done.row)], down.node[down.head][np.argsort(down.row)])


def test_turned_reaches_are_told_once_for_each_river_with_a_place_on_it():
    network = plain(turned(tree(), (0, 1, 3)))
    answer = towards_outlet(network, [place(4000, 0)])
    assert [row["code"] for row in answer.issues] == ["direction_turned"] * 2
    assert "甲" in answer.issues[0]["message_zh"]
    assert "2 reaches, 2.5 km (r0, r1)" in answer.issues[0]["message_en"]
    assert metres(answer.issues[0]["geometry"]).distance(shapely.Point(1750, 0)) < 0.01
    assert rows_of(network, answer.issue_edges[0]) == [0, 1]


def test_a_part_without_outlet_stays_and_is_told():
    layer = rivers(dense((0, 0), (1000, 0)), dense((0, 9000), (1000, 9000)), dense((1000, 9000), (1500, 9500)))
    network = plain(turned(layer, (0,)))
    answer = towards_outlet(network, [place(1000, 0)])
    assert rows_of(network, answer.flip) == [0]
    assert rows_of(network, answer.doubtful) == [1, 2]
    assert [row["code"] for row in answer.issues] == ["direction_turned", "no_outlet"]
    assert rows_of(network, answer.issue_edges[1]) == [1, 2]


def test_an_outlet_away_from_the_river_is_refused_or_told():
    network = plain(tree())
    with pytest.raises(InputError, match="more than 500 m"):
        towards_outlet(network, [place(4000, 3000)])
    answer = towards_outlet(network, [place(4000, 3000), place(4000, 0)])
    assert [row["code"] for row in answer.issues] == ["outlet_too_far"]
    assert not answer.flip.any()
    with pytest.raises(InputError, match="pair of longitude and latitude"):
        towards_outlet(network, [[np.nan, 35.0]])


def test_the_dead_end_is_meant_where_a_junction_is_a_little_nearer():
    layer = rivers(dense((0, 0), (1000, 0)), dense((1000, 0), (1300, 0)), dense((500, 900), (1000, 0)))
    answer = towards_outlet(plain(turned(layer, (1,))), [place(1140, 0)])
    assert rows_of(plain(layer), answer.flip) == [1]


def test_braids_run_from_their_upper_to_their_lower_end_however_long_an_arm_is():
    # The lower arm is long, in two reaches, and its first reach is short: by distance alone both would run out of it.
    arms = rivers(
        dense((-9000, 0), (0, 0)),
        dense((0, 0), (1000, 0)),
        dense((0, 0), (100, -300)),
        dense((100, -300), (500, -4000), (1000, 0)),
        dense((0, -500), (100, -300)),
        dense((1000, 0), (2000, 0)),
    )
    for wrong in ((), (1, 2), (3,), (0, 2, 3, 4), (5,)):
        network = plain(turned(arms, wrong))
        assert rows_of(network, towards_outlet(network, [place(2000, 0)]).flip) == sorted(wrong)


def test_a_lake_ring_without_inflow_drains_both_ways_and_holds_no_cycle():
    ring = rivers(dense((0, 0), (500, 500), (1000, 0)), dense((1000, 0), (500, -700), (0, 0)), dense((1000, 0), (2000, 0)))
    network = plain(ring)
    done = apply(network, towards_outlet(network, [place(2000, 0)]))
    assert is_acyclic(done.tail, done.head, len(done.node))


def test_two_outlets_share_a_network():
    layer = rivers(dense((0, 0), (0, -1000)), dense((0, -1000), (-3000, -2000)), dense((0, -1000), (3000, -2000)))
    network = plain(turned(layer, (1,)))
    answer = towards_outlet(network, [place(-3000, -2000), place(3000, -2000)])
    assert rows_of(network, answer.flip) == [1]


def test_canals_are_left_alone_and_lead_nowhere():
    layer = rivers(
        dense((0, 0), (1000, 0)), dense((1000, 0), (1000, 2000)), dense((1000, 2000), (3000, 2000)),
        canal=[False, True, False],
    )  # fmt: skip
    network = plain(layer)
    answer = towards_outlet(network, [place(0, 0)])
    assert rows_of(network, answer.flip) == [0]
    assert rows_of(network, answer.doubtful) == [2]


# --------------------------------------------------------------------------------------------------------
# Fields
# --------------------------------------------------------------------------------------------------------


NODES = {"fnode": ["a", "b", "c", "d", "e"], "tnode": ["b", "c", "f", "b", "c"]}


@pytest.mark.parametrize("wrong", [(), (0,), (1, 3), (0, 1, 2, 3, 4)])
def test_node_fields_direct_every_line(wrong):
    layer = turned(tree().assign(**NODES), wrong)
    network = plain(layer)
    answer = by_nodes(network, layer, "fnode", "tnode")
    assert rows_of(network, answer.flip) == sorted(wrong)
    assert not answer.doubtful.any()


def test_node_fields_direct_lines_that_were_split_and_number_fields_too():
    # A tributary without a node of its own joins the first line in the middle.
    layer = rivers(dense((0, 0), (2000, 0)), dense((2000, 0), (3000, 0)), dense((1000, 900), (1000, 0)))
    layer["f"], layer["t"] = [1.0, 2.0, 9.0], ["2", "3", None]
    for wrong in ((), (0,), (0, 1)):
        given_ = turned(layer, wrong)
        network = plain(given_)
        assert len(network) == 4
        answer = by_nodes(network, given_, "f", "t")
        assert rows_of(network, answer.flip) == sorted(wrong)
        assert rows_of(network, answer.doubtful) == [2]
        assert [row["code"] for row in answer.issues][-1] == "node_fields_unclear"


def test_node_fields_that_do_not_fit_are_told():
    layer = tree().assign(**NODES)
    layer.loc[1, ["fnode", "tnode"]] = ["b", "b"]
    network = plain(layer)
    assert 1 in rows_of(network, by_nodes(network, layer, "fnode", "tnode").doubtful)
    with pytest.raises(InputError, match="no field 'nope'; choose one of: uid, river, fnode, tnode"):
        by_nodes(network, layer, "nope", "tnode")
    with pytest.raises(InputError, match="is empty"):
        by_nodes(network, layer.assign(fnode=None), "fnode", "tnode")


@pytest.mark.parametrize(
    ("values", "forward", "backward", "flipped", "open_"),
    [
        (["1", "-1", 1, None, "-1.0"], None, None, [1, 4], [3]),
        (["正向", "反向", "正向", "逆流", " "], None, None, [1, 3], [4]),
        (["N", "N", "J", "N", "J"], "N", "J", [2, 4], []),
        (["with", "anti", "anti", "Anti", "with"], ["with"], ["anti"], [1, 2, 3], []),
    ],
)
def test_a_field_directs_every_line(values, forward, backward, flipped, open_):
    layer = tree().assign(way=values)
    for built in (plain(layer), plain(layer).flipped(np.array([True, False, True, False, True]))):
        answer = by_field(built, layer, "way", forward, backward)
        done = apply(built, answer)
        straight = plain(turned(layer, flipped))
        sure = ~np.isin(done.row, open_)
        assert np.allclose(done.node[done.head[sure]], straight.node[straight.head[sure]])
        assert rows_of(built, answer.doubtful) == open_


def test_unknown_values_of_a_direction_field_are_counted():
    layer = tree().assign(way=["1", "up", "up", "sideways", "-1"])
    network = plain(layer)
    with pytest.raises(InputError, match=r"'up' \(2 lines\), 'sideways' \(1 lines\)"):
        by_field(network, layer, "way")
    with pytest.raises(InputError, match="no field 'direction'"):
        by_field(network, layer, "direction")
    with pytest.raises(InputError, match="both with and against"):
        by_field(network, layer, "way", "1", ["1", "-1"])
    with pytest.raises(InputError, match="not built from this river layer"):
        by_field(network, layer.iloc[:2], "way")


# --------------------------------------------------------------------------------------------------------
# Mixed directions
# --------------------------------------------------------------------------------------------------------


def test_a_river_of_one_direction_is_not_mixed():
    assert mixed_direction(plain(tree())) == ([], [])
    # Nor is one digitised backwards as a whole, or without a name.
    assert mixed_direction(plain(turned(tree(), range(5)))) == ([], [])
    assert mixed_direction(plain(turned(tree(names=None), (1,)))) == ([], [])


@pytest.mark.parametrize("wrong", [(0,), (1,), (2,)])
def test_the_minority_is_shown(wrong):
    network = plain(turned(tree(), wrong))
    rows, edges = mixed_direction(network)
    assert [row["code"] for row in rows] == ["mixed_direction"]
    assert rows_of(network, edges[0]) == list(wrong)
    assert "甲" in rows[0]["message_zh"]
    assert "other 2" in rows[0]["message_en"]


def test_a_delta_and_two_brooks_of_one_name_are_not_mixed():
    delta = rivers(
        dense((0, 0), (0, -1000)), dense((0, -1000), (-900, -2000)), dense((0, -1000), (900, -2000)), names=["甲"] * 3
    )
    brooks = rivers(
        dense((-900, 9000), (0, 9000)), dense((900, 9100), (0, 9000)), dense((0, 9000), (0, 8000)), names=["乙", "乙", "丙"]
    )
    assert mixed_direction(plain(delta)) == ([], [])
    assert mixed_direction(plain(brooks)) == ([], [])


# --------------------------------------------------------------------------------------------------------
# Elevation models
# --------------------------------------------------------------------------------------------------------


def write_dem(path, surface, crs, cell, extent, noise=0.0, nodata=-9999.0, hole=None, dtype="float32"):
    """Write a model of `surface` (metres x, y -> height) that covers `extent` (metres) in any CRS."""
    import rasterio
    from rasterio.transform import Affine

    corner = shapely.bounds(shapely.segmentize(degrees(shapely.box(*extent)), 0.01))
    there = Transformer.from_crs(4490, crs, always_xy=True)
    west, south, east, north = there.transform_bounds(*corner)
    wide, high = int((east - west) / cell) + 2, int((north - south) / cell) + 2
    transform = Affine(cell, 0.0, west, 0.0, -cell, north + cell)
    x, y = np.meshgrid(west + (np.arange(wide) + 0.5) * cell, north + cell - (np.arange(high) + 0.5) * cell)
    lon, lat = there.transform(x, y, direction="INVERSE")
    flat = shapely.get_coordinates(metres(shapely.multipoints(np.column_stack([np.ravel(lon), np.ravel(lat)]))))
    height = surface(flat[:, 0], flat[:, 1]).reshape(lon.shape)
    height = height + np.random.default_rng(1).normal(0.0, noise, height.shape) if noise else height
    if hole is not None:
        height[hole(flat[:, 0], flat[:, 1]).reshape(lon.shape)] = nodata
    with rasterio.open(
        path, "w", driver="GTiff", width=wide, height=high, count=1, dtype=dtype, crs=f"EPSG:{crs}",
        transform=transform, nodata=nodata,
    ) as out:  # fmt: skip
        out.write(height.astype(dtype), 1)
    return path


EXTENT = (-5000, -20000, 50000, 30000)


def falling(x, y):
    """Falls 2 m a kilometre eastward and 5 m a kilometre towards y = 0 (a valley)."""
    return 300.0 - 0.002 * x + 0.005 * np.abs(y)


@pytest.mark.parametrize(("crs", "cell"), [(4326, 1 / 120), (4547, 250.0), (3857, 400.0), (4490, 0.002)])
@pytest.mark.parametrize("wrong", [(), (1,), (0, 2, 4), (0, 1, 2, 3, 4)])
def test_a_network_is_directed_down_a_surface_in_any_crs(tmp_path, crs, cell, wrong):
    dem = write_dem(tmp_path / "dem.tif", falling, crs, cell, EXTENT)
    network = plain(turned(tree(scale=10.0), wrong))
    answer = down_dem(network, dem)
    assert rows_of(network, answer.flip) == sorted(wrong)
    assert not answer.doubtful.any()
    assert {row["code"] for row in answer.issues} <= {"direction_turned"}


def test_the_fall_is_that_of_the_whole_path_not_of_its_reaches(tmp_path):
    # 40 reaches of 1 km; with 3 m of noise in cells of 1 km most of the reaches alone say the wrong thing.
    dem = write_dem(tmp_path / "dem.tif", falling, 4547, 1000.0, EXTENT, noise=3.0)
    lines = [dense((1000 * k, 0), (1000 * k + 1000, 0)) for k in range(40)]
    wrong = set(np.flatnonzero(np.random.default_rng(3).random(40) < 0.4).tolist())
    network = plain(turned(rivers(*lines), wrong))
    answer = down_dem(network, dem)
    assert rows_of(network, answer.flip) == sorted(wrong)
    assert not answer.doubtful.any()


def test_a_fall_within_the_noise_is_doubtful_and_not_turned(tmp_path):
    def level(x, y):
        return 50.0 - 1e-5 * x

    dem = write_dem(tmp_path / "dem.tif", level, 4547, 500.0, EXTENT, noise=3.0)
    network = plain(turned(tree(scale=10.0), (1,)))
    answer = down_dem(network, dem)
    assert not answer.flip.any()
    assert answer.doubtful.all()
    assert {row["code"] for row in answer.issues} == {"fall_unsure"}
    assert all(row["severity"] == "warning" and row["geometry"] is not None for row in answer.issues)


def test_an_arm_is_sure_between_the_ends_of_a_sure_stem(tmp_path):
    dem = write_dem(tmp_path / "dem.tif", falling, 4547, 500.0, EXTENT, noise=0.5)
    layer = rivers(
        dense((0, 0), (18000, 0)), dense((18000, 0), (19000, 0)), dense((18000, 0), (18500, 300), (19000, 0)),
        dense((19000, 0), (40000, 0)),
    )  # fmt: skip
    for wrong in ((), (1,), (2,), (1, 2)):
        network = plain(turned(layer, wrong))
        answer = down_dem(network, dem)
        assert rows_of(network, answer.flip) == sorted(wrong)
        assert not answer.doubtful.any()


def test_a_path_that_rises_towards_the_outlet_is_doubtful(tmp_path):
    # Beyond the watershed at x = 20 km the land falls the other way, but the line goes on to the lower western outlet.
    def divide(x, y):
        return 400.0 - 0.01 * np.abs(x - 20000.0) - 0.003 * (20000.0 - x)

    dem = write_dem(tmp_path / "dem.tif", divide, 4547, 500.0, EXTENT)
    layer = rivers(
        dense((19000, 0), (0, 0)), dense((19000, 4000), (19000, 0)), dense((21000, 0), (19000, 0)),
        dense((45000, 0), (21000, 0)), dense((21000, 4000), (21000, 0)),
    )  # fmt: skip
    network = plain(layer)
    answer = down_dem(network, dem)
    assert 3 in rows_of(network, answer.doubtful)
    assert not answer.flip.any()
    assert "fall_contradicts" in {row["code"] for row in answer.issues}


def test_nodata_is_passed_over_and_lack_of_cover_refused(tmp_path):
    dem = write_dem(
        tmp_path / "hole.tif", falling, 4547, 250.0, EXTENT, hole=lambda x, y: (x > 12000) & (x < 16000) & (np.abs(y) < 600)
    )
    network = plain(turned(tree(scale=10.0), (1,)))
    answer = down_dem(network, dem)
    assert rows_of(network, answer.flip) == [1]
    away = write_dem(tmp_path / "away.tif", falling, 4547, 250.0, (60000, 0, 70000, 10000))
    with pytest.raises(InputError, match="holds no height at the rivers"):
        down_dem(network, away)


def test_unusable_models_are_refused_in_plain_words(tmp_path):
    import rasterio

    network = plain(tree())
    with pytest.raises(InputError, match="cannot be read"):
        down_dem(network, tmp_path / "none.tif")
    bare = tmp_path / "bare.tif"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(bare, "w", driver="GTiff", width=3, height=3, count=1, dtype="float32") as out:
            out.write(np.zeros((3, 3), dtype="float32"), 1)
    with pytest.raises(InputError, match="declares no coordinate reference system"):
        down_dem(network, bare)


def test_without_rasterio_the_message_says_what_to_install(monkeypatch, tmp_path):
    import sys

    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(InputError, match="rasterio"):
        down_dem(plain(tree()), tmp_path / "any.tif")


# --------------------------------------------------------------------------------------------------------
# The real rivers of GSHHG, with directions documented beside them
# --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def documented():
    path = SHARED / "2_hydro" / "gshhg_river_network_directed.gpkg"
    if not path.is_file():
        pytest.skip("the documented river network is not at hand")
    return gpd.read_file(path, layer="edges"), gpd.read_file(path, layer="nodes")


def compare(network, edges, answer):
    """Share of the length directed as documented, otherwise, and left in doubt; canals apart."""
    line = np.asarray(edges.geometry.array)[network.row]
    at = [shapely.line_locate_point(line, shapely.line_interpolate_point(network.lines, s, normalized=True)) for s in (0.4, 0.6)]
    as_documented = (at[0] < at[1]) != answer.flip
    river = ~network.canal
    length = np.where(river, network.length, 0.0) / network.length[river].sum()
    right = length[as_documented & ~answer.doubtful].sum()
    return right, length[~as_documented & ~answer.doubtful].sum(), length[answer.doubtful].sum()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gshhg_is_directed_as_documented(documented, seed):
    edges, nodes = documented
    wrong = np.flatnonzero(np.random.default_rng(seed).random(len(edges)) < 0.5)
    network = plain(turned(edges, wrong), name_field="name_zh")
    outlets = nodes.set_index("node").geometry[[n for n in edges["outlet_node"].unique() if n >= 0]]
    right, other, doubt = compare(network, edges, towards_outlet(network, shapely.get_coordinates(outlets.to_numpy())))
    # Two short arms in loops run the other way than by the shortest path, which is what is documented.
    assert right > 0.997
    assert doubt == 0
    right, other, doubt = compare(
        network, edges, down_dem(network, SHARED / "6_dem" / "henan_dem_30arcsec.tif")
    )
    assert right > 0.985
    assert other < 0.0025
    assert doubt < 0.015
