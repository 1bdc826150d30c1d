"""``envzones onemap validate``: what it writes, prints, repairs and returns."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest

from envzones.plugin.cli import main
from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.onemap import OneMap, read_file
from envzones.plugin.engine.quality import validate
from envzones.plugin.engine.quality_issues import ISSUE_COLUMNS
from envzones.plugin.store.geopackage import create
from envzones.plugin.store.store import open_store

from .quality_world import DAY, box, polygon, zones

BOWTIE = polygon((0, 1000), (400, 1300), (400, 1000), (0, 1300))
ROW = {"source_name": ["甲", "甲", "乙", "丙"], "name": ["a", "a", "b", "c"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A map with a duplicate row, a bow tie and a good zone, and one with nothing."""
    folder, good = tmp_path_factory.mktemp("maps"), box(0, 0, 400, 300)
    frames = {"drinking_water_zone": zones([good, good, BOWTIE, box(0, 3000, 400, 3300)], **ROW)}
    create(folder / "map.gpkg", load_catalog(), frames=frames)
    create(folder / "empty.gpkg", load_catalog())
    return folder


@pytest.fixture
def city(made, tmp_path):
    return Path(shutil.copy(made / "map.gpkg", tmp_path))


def run(city, tmp_path, *more):
    return main(["onemap", "validate", str(city), "--out", str(tmp_path / "i.gpkg"), "--as-of", "2024-06-01", *more])


def test_it_writes_points_pieces_and_a_ledger(city, tmp_path, capsys):
    before = city.read_bytes()
    assert run(city, tmp_path, "--xlsx", str(tmp_path / "i.xlsx")) == 0
    issues = read_file(tmp_path / "i.gpkg", "issue")
    assert set(ISSUE_COLUMNS) - {"fid"} | {"row_fid"} <= set(issues.columns)
    assert sorted(issues["row_fid"]) == [2, 3]
    assert sorted(issues["code"]) == ["duplicate_row", "self_crossing"]
    assert set(issues.geom_type) == {"Point"}
    assert len(read_file(tmp_path / "i.gpkg", "issue_area")) == 0
    said = capsys.readouterr().err
    assert "2 error, 0 warning, 0 info" in said
    assert "self_crossing" in said
    book = openpyxl.load_workbook(tmp_path / "i.xlsx")
    assert book.sheetnames == ["汇总", "问题清单"]
    cells = [cell.value for row in book["问题清单"].iter_rows() for cell in row]
    assert "边界自相交" in cells
    assert "饮用水水源保护区" in cells
    assert city.read_bytes() == before


def test_exit_codes_and_layers(city, tmp_path):
    assert run(city, tmp_path, "--fail-on", "error") == 1
    assert run(city, tmp_path, "--fail-on", "error", "--layer", "mine_site") == 0
    assert run(city, tmp_path, "--layer", "nothing") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--repair", "all"], "--repaired"), (["--repaired", "x.gpkg"], "--repair"), (["--apply", "--repair", "all"], "--who"),
        (["--repair", "all", "--repaired", "{map}"], "names the map itself"),
        (["--repair", "all", "--repaired", "{map}.txt"], ".gpkg"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_one_line(city, tmp_path, capsys, arguments, words):
    assert run(city, tmp_path, *[one.replace("{map}", str(city)) for one in arguments]) == 2
    said = capsys.readouterr().err.strip()
    assert words in said
    assert "\n" not in said


def test_a_repaired_copy(city, tmp_path, capsys):
    before, new = city.read_bytes(), tmp_path / "new.gpkg"
    done = run(city, tmp_path, "--repair", "make_valid", "--repaired", str(new), "--who", "某某", "--fail-on", "error")
    assert done == 1  # the duplicate row was not asked for
    assert city.read_bytes() == before
    assert list(validate(OneMap.open(new), as_of=DAY)["code"]) == ["duplicate_row"]
    said = capsys.readouterr().err
    assert "1 repairs" in said
    assert "afterwards: 1 error, 0 warning, 0 info" in said
    trail = open_store(new).audit()
    assert list(trail["action"])[-1:] == ["update"]
    assert list(trail["who"])[-1:] == ["某某"]


def test_repairs_in_the_map_are_audited(city, tmp_path):
    assert run(city, tmp_path, "--repair", "all", "--apply", "--who", "某某", "--xlsx", str(tmp_path / "i.xlsx"), "--fail-on", "error") == 0
    assert len(validate(OneMap.open(city), as_of=DAY)) == 0
    trail = open_store(city).audit(layer="drinking_water_zone")
    told = [(row.action, row.uid) for row in trail.itertuples() if row.who == "某某"]
    assert sorted(told) == [("delete", "Z1"), ("update", "Z2")]
    assert "修复记录" in openpyxl.load_workbook(tmp_path / "i.xlsx").sheetnames


def test_a_clean_map(made, tmp_path, capsys):
    assert run(made / "empty.gpkg", tmp_path, "--fail-on", "warning", "--xlsx", str(tmp_path / "i.xlsx"), "--lang", "en") == 0
    assert "0 error, 0 warning, 0 info" in capsys.readouterr().err
    assert openpyxl.load_workbook(tmp_path / "i.xlsx").sheetnames == ["Summary", "Issues"]
    assert len(read_file(tmp_path / "i.gpkg", "issue")) == 0
