"""``envzones delineate``: into a file, into a map, and what is refused."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import shapely

from envzones.plugin.cli import main
from envzones.plugin.engine.catalog import Catalog, load_catalog
from envzones.plugin.store.store import create, open_store

from .test_delineation import CHANNEL, HEAD, four_lines, lake, points, shapes, straight


@pytest.fixture
def files(tmp_path):
    def put(name, frame):
        path = tmp_path / f"{name}.geojson"
        frame.to_file(path, driver="GeoJSON")
        return str(path)

    return {
        "rivers": put("rivers", straight()),
        "intakes": put("intakes", points([(0, 0)], name=["取水口"])),
        "channel": put("channel", shapes([CHANNEL])),
        "wells": put("wells", points([(0, 0), (400, 0)], name=["1号", "2号"])),
        "lake": put("lake", lake()),
        "shore": put("shore", points([(-50, 0)])),
        "roads": put("roads", shapes(four_lines(), name=["南路", "东路", "北路", "西路"])),
        "place": put("place", points([(0, 200)])),
        "area": put("area", shapes([shapely.box(-300, -300, 300, 300)])),
        "line": put("line", shapes([shapely.LineString([(0, 0), (900, 0)])], name=["渠"])),
        "out": str(tmp_path / "out.gpkg"),
    }


@pytest.fixture(params=["file", "postgresql"])
def city(request, tmp_path):
    """An empty map, in a file and in PostgreSQL."""
    where = str(tmp_path / "map.gpkg") if request.param == "file" else request.getfixturevalue("pg_url")
    zone = load_catalog()["drinking_water_zone"]
    create(where, Catalog({zone.name: zone}, load_catalog().themes))
    return where


NAME = ["--source-name", "示例水源地"]


def run(*arguments):
    return main(["delineate", *map(str, arguments)])


def zones(files):
    return gpd.read_file(files["out"], layer="zone")


def test_an_intake_into_a_file(files, capsys):
    status = run(
        "intake", "--rivers", files["rivers"], "--intakes", files["intakes"], "--channel", files["channel"],
        "--primary", 1000, 100, 50, "--secondary", 2000, 200, 500, *NAME, "--document-no", "示政〔2020〕1号",
        "--document-date", "2020-05-06", "--out", files["out"],
    )  # fmt: skip
    assert status == 0
    out = zones(files)
    assert out["level"].tolist() == ["primary", "primary", "secondary", "secondary"]
    assert set(out["document_no"]) == {"示政〔2020〕1号"}
    assert {f["owner"] for f in json.loads(out["parameters"].iloc[0])["figures"]} == {"document"}
    said = capsys.readouterr().err
    assert "示例水源地一级保护区(水域): 6.60 ha" in said
    assert "取水口上游1000米、下游100米的水域" in said


def test_an_intake_into_a_map_with_a_preset(files, city, capsys):
    arguments = [
        "intake", "--rivers", files["rivers"], "--intakes", files["intakes"], "--preset", "river", *NAME,
        "--source-rank", "county", "--into", city, "--who", "王工",
    ]  # fmt: skip
    assert run(*arguments) == 0
    store = open_store(city)
    rows = store.read("drinking_water_zone")
    assert len(rows) == 4
    assert set(rows["life_state"]) == {"delineated"}
    # In a database the login is who edits, whatever anybody says.
    assert (set(rows["edited_by"]) == {"王工"}) == city.endswith(".gpkg")
    assert rows["edited_by"].notna().all()
    assert set(rows["source_rank"]) == {"county"}
    assert rows["remark"].str.contains("待核实").all()
    trail = store.audit(layer="drinking_water_zone")
    assert trail["action"].tolist() == ["insert"] * 4
    assert json.loads(rows["parameters"].iloc[0])["method"] == "intake_reach"
    assert set(rows["method"]) == {"intake_reach"}
    # The same zones again are the same rows: refused, nothing is doubled.
    assert run(*arguments) == 2
    assert len(store.read("drinking_water_zone")) == 4
    capsys.readouterr()


def test_an_error_row_keeps_the_map_as_it_is(files, city, capsys, tmp_path):
    far = points([(0, 0), (0, 5000)])
    far.to_file(tmp_path / "far.geojson", driver="GeoJSON")
    status = run(
        "intake", "--rivers", files["rivers"], "--intakes", tmp_path / "far.geojson", "--primary", 1000, 100, *NAME,
        "--into", city, "--out", files["out"],
    )  # fmt: skip
    assert status == 2
    assert "nothing was written" in capsys.readouterr().err
    assert not len(open_store(city).read("drinking_water_zone"))
    assert len(zones(files)) == 1


@pytest.mark.parametrize(
    ("arguments", "parts", "hectares"),
    [
        (["wells", "--wells", "@wells", "--primary", 50], ["both"], 1.571),
        (["wells", "--wells", "@wells", "--preset", "pore_medium_sand", "--conductivity", 20, "--gradient", 0.004,
          "--porosity", 0.2], ["both", "both"], 2.262),
        (["wells", "--wells", "@wells", "--beside", "1号,2号", "北", 50, "--beside", "1号", "south", 50, "--beside",
          "1号", "west", 50, "--beside", "2号", "90", 50], ["both"], 5.0),
        (["circle", "--intakes", "@shore", "--water", "@lake", "--primary", 300, 200], ["water", "land"], None),
        (["circle", "--intakes", "@shore", "--water", "@lake", "--preset", "reservoir_medium", "--together"],
         ["both"], None),
        (["corridor", "--lines", "@line", "--left", 50], ["both"], 9.0),
        (["corridor", "--lines", "@line", "--left", 50, "--right", 10, "--ends", "round"], ["both"], None),
        (["cut", "--areas", "@area", "--edges", "@roads", "--edge-names", HEAD, "--keep", "@place"], ["both"], 18.0),
        (["enclosed", "--edges", "@roads", "--place", "@place", "--level", "secondary"], ["both"], 50.0),
    ],
)  # fmt: skip
def test_every_verb(files, arguments, parts, hectares):
    filled = [files[a[1:]] if str(a).startswith("@") else a for a in arguments]
    assert run(*filled, *NAME, "--out", files["out"]) == 0
    out = zones(files)
    assert out["part"].tolist() == parts
    if hectares is not None:
        assert out["area_m2"].iloc[0] / 1e4 == pytest.approx(hectares, rel=1e-3)


def test_a_table(files, tmp_path, capsys):
    path = tmp_path / "points.csv"
    path.write_text("序号,东经,北纬\n1,114°0′0″,35°0′0″\n2,114°1′0″,35°0′0″\n3,114°1′0″,35°1′0″\n", encoding="utf-8")
    assert run("table", path, *NAME, "--out", files["out"]) == 0
    assert "good to 15 m" in capsys.readouterr().err
    assert zones(files)["accuracy_m"].tolist() == [15.0]


def test_presets_are_listed(capsys):
    assert run("presets") == 0
    said = capsys.readouterr().out
    assert "河流型水源,一般河段(待核实)" in said
    assert "radius\t30-50\tMEM" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--primary", 1000, 100, *NAME], "need a place to go"),
        (["--primary", 1000, *NAME, "--out", "@out"], "two to four numbers"),
        (["--primary", 1000, "far", *NAME, "--out", "@out"], "'far' is no distance"),
        ([*NAME, "--out", "@out"], "No level"),
        (["--preset", "lake", *NAME, "--out", "@out"], "no preset 'lake'"),
        (["--primary", 1000, 100, "--document-no", "x", "--out", "@out"], "add --source-name"),
        (["--primary", 1000, 100, "--out", "@out"], None),
    ],
)
def test_what_is_refused(files, capsys, arguments, message):
    filled = [files[a[1:]] if str(a).startswith("@") else a for a in arguments]
    status = run("intake", "--rivers", files["rivers"], "--intakes", files["intakes"], *filled)
    if message is None:
        assert status == 0  # the intake's own name is the source's
        return
    assert status == 2
    assert message in capsys.readouterr().err
