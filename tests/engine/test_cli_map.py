"""``envzones map``: what is ordered, which Python prints it, and what comes of it, from either environment."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from envzones.plugin import cli_map
from envzones.plugin.engine.errors import Cancelled, EnvZonesError, InputError
from envzones.plugin.engine.publication import Publication

LON, LAT = 112.6, 35.1


def parse(*words: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    cli_map.add_map(parser.add_subparsers(required=True))
    return parser.parse_args(["map", *map(str, words)])


def order(*words: object) -> dict:
    return cli_map.order_of(parse(*words))


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> Path:
    """A one map with a city and two zones, which need no check before they are printed."""
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.geopackage import create

    def frame(rows: list[dict]) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490")

    box = shapely.box(112.0, 34.8, 113.2, 35.4)
    base = {"provenance": "illustrative", "valid_from": date(2018, 1, 1), "life_state": "delineated", "accuracy_m": 5.0}
    zone = {"source_type": "river", "source_rank": "city", "source_name": "示例水源", "source_code": "T1"}
    path = tmp_path_factory.mktemp("map") / "示例.gpkg"
    create(
        path, load_catalog(),
        frames={
            "admin_area": frame([{**base, "uid": "A1", "name": "示例市", "level": "city", "code": "419001", "geometry": box}]),
            "drinking_water_zone": frame([
                {**base, **zone, "uid": "Z1", "name": "一级保护区", "level": "primary",
                 "geometry": shapely.box(112.60, 35.10, 112.62, 35.12)},
                {**base, **zone, "uid": "Z2", "name": "二级保护区", "level": "secondary",
                 "geometry": shapely.box(112.58, 35.08, 112.64, 35.14)},
            ]),
        },
        meta={"title": "示例一张图", "jurisdiction_code": "419001", "jurisdiction_zh": "示例市",
              "jurisdiction_en": "Sample City", "work_crs": "EPSG:4547"},
    )  # fmt: skip
    return path


# --- the order ----------------------------------------------------------------------------------------


def test_the_order_says_all_that_was_given(tmp_path):
    said = order("city.qgz", "--subject", "section:MS-01", "--paper", "a4", "--orientation", "portrait", "--dpi", "300",
                 "--out", tmp_path / "a.svg", "--layers", "--lang", "en", "--strict")  # fmt: skip
    assert said["out"] == str(tmp_path / "a.svg") and said["format"] == "svg"
    wanted = {"source": "city.qgz", "subject": "section:MS-01", "paper": "a4", "orientation": "portrait", "dpi": 300,
              "layers": True, "lang": "en", "check": "strict", "atlas": False, "one_file": True, "publication": None,
              "georeference": None}  # fmt: skip
    assert {name: said[name] for name in wanted} == wanted
    assert json.loads(json.dumps(said)) == said


def test_for_whom_is_handed_on_only_when_it_is_said(tmp_path):
    out = ("--out", tmp_path / "a.pdf")
    said = order("m.gpkg", *out, "--public", "--approval-no", "豫S1", "--decimals", "3", "--office", "局")["publication"]
    assert Publication.from_json(json.dumps(said)) == Publication("public", "", "豫S1", "局", 3)
    assert order("m.gpkg", *out, "--internal")["publication"]["audience"] == "internal"
    assert order("m.gpkg", *out)["publication"] is None


def test_where_an_atlas_goes(tmp_path):
    one = order("m.gpkg", "--atlas", "--subject", "zone", "--out", tmp_path / "zones.pdf")
    assert (one["one_file"], one["format"], one["out"]) == (True, "pdf", str(tmp_path / "zones.pdf"))
    each = order("m.gpkg", "--atlas", "--subject", "zone", "--out", tmp_path / "new", "--format", "png")
    assert (each["one_file"], each["format"], each["out"]) == (False, "png", str(tmp_path / "new"))
    there = order("m.gpkg", "--out", tmp_path)
    assert (there["one_file"], there["format"]) == (False, "pdf")
    assert order("m.gpkg", "--out", tmp_path / "map")["out"] == str(tmp_path / "map.pdf")
    assert order("m.gpkg", "--out", tmp_path / "a.png", "--world-file")["georeference"] is True
    assert order("m.gpkg", "--out", tmp_path / "a.png")["georeference"] is False


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["m.gpkg"], "Where to"),
        (["m.gpkg", "--out", "no/such/a.pdf"], "does not exist"),
        (["m.gpkg", "--out", "a.bmp"], "must end in .pdf"),
        (["m.gpkg", "--out", "a.png", "--format", "pdf"], "must end in .pdf"),
        (["m.gpkg", "--out", "nowhere/"], "does not exist"),
        (["m.gpkg", "--atlas", "--out", "a.png"], "a file each"),
        (["m.qgz", "--out", "a.pdf", "--section", "s.gpkg"], "holds its own results"),
        (["m.qgz", "--out", "a.pdf", "--as-of", "2019-06-30"], "holds its own"),
        (["m.gpkg", "--out", "a.pdf", "--approval-no", "豫S1"], "--public"),
    ],
)
def test_orders_that_make_no_sense(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=re.escape(said)):
        order(*words)
    assert os.listdir(tmp_path) == []


# --- QGIS's Python ------------------------------------------------------------------------------------


def test_without_qgis_it_says_what_to_do(monkeypatch):
    monkeypatch.delenv(cli_map.PYTHON_VARIABLE, raising=False)
    monkeypatch.setattr(cli_map, "_serves", lambda python, environment: False)
    with pytest.raises(InputError, match=r"No Python with QGIS was found; .*ENVZONES_QGIS_PYTHON"):
        cli_map.qgis_python()


def test_the_variable_is_obeyed_and_checked(monkeypatch, tmp_path):
    fake = tmp_path / "python3"
    fake.write_text("#!/bin/sh\nexit 0\n")
    fake.chmod(0o755)
    monkeypatch.setenv(cli_map.PYTHON_VARIABLE, str(fake))
    assert cli_map.qgis_python()[0] == str(fake)
    fake.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(InputError, match="no Python with QGIS"):
        cli_map.qgis_python()
    monkeypatch.setenv(cli_map.PYTHON_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(InputError, match="no Python with QGIS"):
        cli_map.qgis_python()


def test_another_python_gets_nothing_of_this_one(monkeypatch):
    for name in cli_map._OTHERS:
        monkeypatch.setenv(name, "/of/this/one")
    for environment in cli_map._environments("/usr/bin/other"):
        assert "/of/this/one" not in environment.values()
        assert environment["QT_QPA_PLATFORM"] == "offscreen"
    (own,) = cli_map._environments(sys.executable)
    assert own["PYTHONPATH"] == "/of/this/one"


@pytest.fixture(scope="module")
def qgis() -> tuple[str, dict[str, str]]:
    try:
        return cli_map.qgis_python()
    except InputError as error:
        pytest.skip(str(error))


# --- what is told -------------------------------------------------------------------------------------


def stand_in(tmp_path: Path, body: str) -> str:
    """Return a program that takes an order and tells what `body` tells, as QGIS's Python would."""
    program = tmp_path / "python3"
    program.write_text(
        f"#!{sys.executable}\nimport json, signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"order = json.load(sys.stdin)\n{body}\n"
    )
    program.chmod(0o755)
    return str(program)


def run(tmp_path: Path, body: str) -> int:
    return cli_map.run(stand_in(tmp_path, body), dict(os.environ), {"out": "x"})


def test_flaws_and_files_are_told(tmp_path, capsys):
    body = """
print("Warning 1: QGIS talks")
print(json.dumps({"progress": 0.2, "message": "沁河"}))
print(json.dumps({"flaw": {"severity": "warning", "item": "map", "page": "沁河", "message": "It is not round."}}))
print(json.dumps({"written": ["/x/沁河.pdf"]}))
"""
    assert run(tmp_path, body) == 0
    said = capsys.readouterr().err
    assert "warning: 沁河, map: It is not round." in said and "/x/沁河.pdf" in said and "talks" not in said


@pytest.mark.parametrize(
    ("status", "error"), [(2, InputError), (130, Cancelled)]
)
def test_errors_become_ours(tmp_path, status, error):
    with pytest.raises(error, match="No such section"):
        run(tmp_path, f'print(json.dumps({{"error": "No such section.", "status": {status}}}))')


def test_flaws_with_strict_are_findings(tmp_path, capsys):
    assert run(tmp_path, 'print(json.dumps({"error": "The map has flaws.", "status": 1}))') == 1
    assert "The map has flaws." in capsys.readouterr().err


def test_a_crash_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"ended before the map was printed \(something broke\)"):
        run(tmp_path, 'sys.stderr.write("long story\\nsomething broke\\n"); sys.exit(3)')


@pytest.mark.skipif(os.name == "nt", reason="sends signals")
def test_an_interrupt_ends_the_child(tmp_path):
    """Ctrl-C in the parent: the child is gone within a second, also one that hangs at its work."""
    program = stand_in(tmp_path, f"open({str(tmp_path / 'pid')!r}, 'w').write(str(__import__('os').getpid()));"
                                 "time.sleep(60)")  # fmt: skip
    code = (
        # A shell that runs tests in the background has interrupts ignored, and its children with it.
        "import os, signal, sys\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from envzones.plugin import cli_map\nfrom envzones.plugin.engine.errors import Cancelled\n"
        f"try: cli_map.run({program!r}, dict(os.environ), {{}})\nexcept Cancelled as error: sys.exit('told ' + str(error))"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    for _ in range(200):
        if (tmp_path / "pid").is_file() and (tmp_path / "pid").read_text():
            break
        time.sleep(0.05)
    child = int((tmp_path / "pid").read_text())
    began = time.monotonic()
    parent.send_signal(signal.SIGINT)
    said = parent.communicate(timeout=20)[1]
    assert time.monotonic() - began < 2.0
    assert "told Cancelled; nothing was written." in said
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


# --- the real thing -----------------------------------------------------------------------------------


def envzones(*words: object) -> int:
    options = parse(*words)
    try:
        return options.run(options)
    except EnvZonesError as error:
        print(error, file=sys.stderr)
        return 130 if isinstance(error, Cancelled) else 2


def test_prints_an_atlas_from_this_python(qgis, city, tmp_path, capsys):
    out = tmp_path / "zones.pdf"
    said = envzones(city, "--subject", "zone", "--atlas", "--paper", "a4", "--dpi", "72", "--out", out, "--as-of",
                    "2019-06-30", "--office", "示例市生态环境局")  # fmt: skip
    told = capsys.readouterr().err
    assert said == 0, told
    assert str(out) in told and out.read_bytes()[:5] == b"%PDF-" and os.listdir(tmp_path) == ["zones.pdf"]
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", out.read_bytes())) == 2


def test_lists_what_can_be_printed(qgis, city, capsys):
    assert envzones(city, "--list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "zone:drinking_water_zone/Z1\t一级保护区" in lines and lines[0].startswith("onemap\t")


def test_asks_for_one_of_several(qgis, city, tmp_path, capsys):
    assert envzones(city, "--subject", "zone", "--out", tmp_path / "a.pdf") == 2
    assert "zone:drinking_water_zone/Z1 (一级保护区)" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []


def test_strict_prints_nothing_where_there_is_a_flaw(qgis, city, tmp_path, capsys):
    words = ("--subject", "zone:一级保护区", "--paper", "a4", "--dpi", "72", "--out", tmp_path / "a.png", "--public")
    assert envzones(city, *words, "--strict") == 1
    said = capsys.readouterr().err
    assert "approval number is missing" in said and os.listdir(tmp_path) == []
    assert envzones(city, *words, "--no-check") == 0
    assert "missing" not in capsys.readouterr().err and os.listdir(tmp_path) == ["a.png"]
