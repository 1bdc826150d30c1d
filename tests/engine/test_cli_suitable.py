"""``envzones suitable`` on the demonstration city."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from envzones.plugin.cli import main

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "resources" / "demo" / "jiyuan"


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suitable")
    path = folder / "jiyuan.gpkg"
    assert main(["onemap", "create", str(path), "--data", str(DEMO)]) == 0
    return path


def ask(city, *more, out, kind="livestock_farm"):
    return main([
        "suitable", "--area", f"{city}:scenic_area", "--onemap", str(city), "--rulebook", "jiyuan-2018",
        "--facility-type", kind, "--nature", "new", "--as-of", "2019-06-30", "--out", str(out), *map(str, more),
    ])  # fmt: skip


def test_layers_raster_and_table(city, tmp_path, capsys):
    openpyxl = pytest.importorskip("openpyxl")
    rasterio = pytest.importorskip("rasterio")
    out, raster, ledger = tmp_path / "o.gpkg", tmp_path / "o.tif", tmp_path / "o.xlsx"
    assert ask(city, "--raster", raster, "--cell", 100, "--xlsx", ledger, out=out) == 0
    said = capsys.readouterr().err
    assert "mu (亩)" in said
    assert "To be verified:" in said
    with sqlite3.connect(out) as connection:
        layers = {row[0] for row in connection.execute("SELECT table_name FROM gpkg_contents")}
        assert layers == {"suitable", "clause_area", "issue"}
        known = {row[0] for row in connection.execute("SELECT DISTINCT known FROM suitable")}
        assert known <= {"pass", "note", "conditional", "restricted", "fail"}
        ((ha, mu),) = connection.execute("SELECT sum(area_ha), sum(area_mu) FROM suitable")
        assert mu == pytest.approx(15 * ha)
    with rasterio.open(raster) as data:
        assert data.crs.to_epsg() == 4547
    book = openpyxl.load_workbook(ledger)
    assert book.sheetnames == ["按结论", "按条款", "说明"]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["o.gpkg", "o.tif", "o.tif.aux.xml", "o.xlsx"]


def test_attributes_settle_what_was_open(city, tmp_path, capsys):
    assert ask(city, out=tmp_path / "a.gpkg") == 0
    before = capsys.readouterr().err
    given = ["--attribute", "statutory_key_project=false", "--attribute", "siting_unavoidable=false"]
    assert ask(city, *given, out=tmp_path / "b.gpkg") == 0
    after = capsys.readouterr().err
    assert "exception not answered: 除法律规定的重点建设项目选址确实无法避让外" in before
    assert "exception not answered: 除法律规定的重点建设项目选址确实无法避让外" not in after


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--attribute", "nothing=1"], "is unknown"),
        (["--raster", "x.png"], "must end in .tif"),
        (["--raster", "x.tif", "--cell", "0"], "cell size"),
    ],
)
def test_wrong_input_is_one_line(city, tmp_path, capsys, more, words):
    assert ask(city, *more, out=tmp_path / "o.gpkg") == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not (tmp_path / "o.gpkg").exists()


def test_an_unknown_type_names_near_ones(city, tmp_path, capsys):
    assert ask(city, out=tmp_path / "o.gpkg", kind="livestok_farm") == 2
    assert "livestock_farm" in capsys.readouterr().err


def test_a_book_out_of_force_is_said(city, tmp_path, capsys):
    assert main([
        "suitable", "--area", f"{city}:scenic_area", "--onemap", str(city), "--rulebook", "jiyuan-2018", "--no-law",
        "--facility-type", "chemical", "--as-of", "2022-01-01", "--out", str(tmp_path / "o.gpkg"), "--lang", "en",
    ]) == 0  # fmt: skip
    assert "100.0%" in capsys.readouterr().err
    with sqlite3.connect(tmp_path / "o.gpkg") as connection:
        ((words,),) = connection.execute("SELECT DISTINCT text_en FROM suitable")
    assert words == "no clause in force to check against"
