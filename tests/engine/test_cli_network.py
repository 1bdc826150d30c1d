"""``envzones network``: options, exit codes, the layers it writes and what it says."""

from __future__ import annotations

import argparse

import fiona
import geopandas as gpd
import openpyxl
import pytest
import shapely

from envzones.plugin import cli_network
from envzones.plugin.engine.errors import InputError

from .river_world import degrees, dense, points, rivers

FORK, MID, MOUTH = (0, 3000), (0, 1500), (0, 0)


@pytest.fixture
def rivers_file(tmp_path):
    """A gap of 0.6 m, a confluence without a node, a piece that ends blind."""
    lines = rivers(
        dense((0, 6000), (0, 3000.6)), dense(FORK, MOUTH), dense((2500, 2510), (0, 1510)), dense(MID, (600, 1000)),
        names=["甲", "乙", "丙", "丁"],
    )  # fmt: skip
    path = tmp_path / "河流.gpkg"
    lines.to_file(path, layer="river_reach", driver="GPKG", engine="fiona")
    return path


@pytest.fixture
def run(tmp_path, rivers_file):
    """Runs the verb on the file; returns its exit status."""

    def call(*arguments, source=rivers_file):
        verbs = argparse.ArgumentParser()
        cli_network.add_network(verbs.add_subparsers())
        options = verbs.parse_args(["network", "--rivers", str(source), "--out", str(tmp_path / "out.gpkg"), *arguments])
        return options.run(options)

    return call


def layer(tmp_path, name):
    return gpd.read_file(tmp_path / "out.gpkg", layer=name, engine="fiona")


def codes(tmp_path):
    return sorted(layer(tmp_path, "issue")["code"])


def test_nothing_is_mended_by_default_and_the_network_is_written(run, tmp_path, capsys):
    assert run() == 0
    assert fiona.listlayers(str(tmp_path / "out.gpkg")) == ["edge", "node", "issue"]
    assert codes(tmp_path) == [*["disconnected"] * 3, "gap", *["missing_node"] * 2]
    said = capsys.readouterr().err
    assert "4 reaches" in said and "gap at an end" in said and "found 1, mended 0, remaining 1" in said
    assert str(tmp_path / "out.gpkg") in said


def test_what_fix_names_is_mended(run, tmp_path, capsys):
    assert run("--fix", "gap,node") == 0
    assert codes(tmp_path) == ["dangling", "gap_joined", "node_added", "node_added"]
    said = capsys.readouterr().err
    assert "found 1, mended 1, remaining 0" in said
    edge = layer(tmp_path, "edge")
    assert edge.crs.to_epsg() == 4490
    assert len(edge) == 6 and edge["part"].max() == 1 and edge["uid"].is_unique
    issue = layer(tmp_path, "issue")
    assert issue["mended"].astype(bool).tolist() == [False, True, True, True]


@pytest.mark.parametrize(("given", "kinds"), [("none", 0), ("all", 6), ("pseudo-node", 1)])
def test_fix_understands_none_all_and_hyphens(given, kinds):
    assert len(cli_network._kinds(given)) == kinds


@pytest.mark.parametrize(
    "wrong", [["--fix", "gaps"], ["--outlet", "200,10"], ["--tolerance", "-1"], ["--canals", "drop"]]
)
def test_unusable_options_end_with_2(run, wrong, capsys):
    with pytest.raises(SystemExit) as ended:
        run(*wrong)
    assert ended.value.code == 2
    assert capsys.readouterr().err.strip()


@pytest.mark.parametrize(
    "wrong",
    [
        ["--from-node", "uid"], ["--forward", "x"], ["--dem", "no_such.tif"],
        ["--outlet", "112.6,35.1", "--direction-field", "uid"], ["--name-field", "nothing"],
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused_and_nothing_written(run, tmp_path, wrong):
    with pytest.raises(InputError):
        run(*wrong)
    assert not (tmp_path / "out.gpkg").exists()


def test_the_exit_code_says_whether_something_remains(run):
    assert run("--fail-on", "error") == 0
    assert run("--fail-on", "warning") == 1


def test_outlets_come_as_degrees_or_as_a_layer(run, tmp_path):
    lon, lat = shapely.get_coordinates(degrees(shapely.Point((0, 6000))))[0]
    assert run("--fix", "gap,node", "--outlet", f"{lon:.9f},{lat:.9f}") == 0
    by_degrees = layer(tmp_path, "edge")
    points([(0, 6000)]).to_file(tmp_path / "outlet.gpkg", driver="GPKG", engine="fiona")
    assert run("--fix", "gap,node", "--outlet", str(tmp_path / "outlet.gpkg")) == 0
    by_layer = layer(tmp_path, "edge")
    assert by_degrees["to_node"].tolist() == by_layer["to_node"].tolist()
    node = layer(tmp_path, "node")
    outlet = node.geometry[node["kind"] == "outlet"]
    assert len(outlet) == 1
    assert shapely.distance(outlet.iloc[0], shapely.Point(lon, lat)) < 1e-8


def test_a_field_tells_the_direction(run, tmp_path, rivers_file):
    lines = gpd.read_file(rivers_file, engine="fiona").assign(way=["逆", "顺", "顺", "顺"])
    lines.geometry = [shapely.reverse(lines.geometry[0]), *lines.geometry[1:]]
    lines.to_file(tmp_path / "ways.gpkg", driver="GPKG", engine="fiona")
    arguments = ["--fix", "gap,node", "--direction-field", "way", "--forward", "顺", "--backward", "逆"]
    assert run(*arguments, source=tmp_path / "ways.gpkg") == 0
    assert "direction_turned" in codes(tmp_path)
    assert layer(tmp_path, "edge")["strahler"].max() == 2


def test_a_ledger_lists_what_was_found(run, tmp_path):
    assert run("--fix", "gap", "--xlsx", str(tmp_path / "台账.xlsx")) == 0
    book = openpyxl.load_workbook(tmp_path / "台账.xlsx")
    text = "\n".join(str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None)
    assert "河网检查台账" in text
    assert "端点缺口:处理前 1,已处理 1,剩余 0" in text
    assert "交汇处缺节点" in text or "没有节点" in text


def test_the_network_can_be_read_as_rivers_again(run, tmp_path):
    assert run("--fix", "gap,node") == 0
    (tmp_path / "out.gpkg").rename(tmp_path / "first.gpkg")
    assert run(source=f"{tmp_path / 'first.gpkg'}:edge") == 0
    assert codes(tmp_path) == ["dangling"]
