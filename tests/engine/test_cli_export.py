"""``envzones onemap export | package`` from the shell."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import fiona
import geopandas as gpd
import pytest
import shapely

from envzones.plugin.cli import main
from envzones.plugin.engine.exchange import read
from envzones.plugin.store.store import create

from . import writing_world as world


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "市.gpkg"
    zones = world.zones().iloc[:2].drop(columns="row_version")
    area = gpd.GeoDataFrame(
        {"uid": ["CITY"], "name": ["示例市"], "level": ["city"]}, geometry=[shapely.box(112.4, 34.9, 112.51, 35.5)], crs="EPSG:4490"
    )
    frames = {"drinking_water_zone": zones, "water_intake": world.intakes(), "admin_area": area}
    create(path, world.CATALOG, frames=frames)
    return path


def run(capsys: Any, *words: Any) -> tuple[int, str, str]:
    status = main(["onemap", *(str(word) for word in words)])
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("out.shp", ["--encoding", "gbk", "--names", "titles", "--values", "titles"]),
        ("out.gpkg", ["--to", "EPSG:4547"]),
        ("out.kmz", ["--to", "gcj02"]),
        ("out.dxf", ["--to", "EPSG:4526", "--label", "name"]),
        ("out.csv", ["--encoding", "gb18030", "--columns", "degrees", "wkt"]),
        ("out.xlsx", ["--lang", "en"]),
        ("out.geojson", []),
        ("out.txt", ["--to", "EPSG:4526", "--txt", "decimals=2", "j_prefix=", "closing=no", "newline=lf"]),
    ],
)
def test_every_format(city: Path, tmp_path: Path, capsys: Any, name: str, options: list[str]) -> None:
    status, _, said = run(capsys, "export", city, "--layer", "drinking_water_zone", "--out", tmp_path / name, *options)
    assert status == 0 and "drinking_water_zone 2 rows" in said
    assert (tmp_path / name).is_file()
    if name != "out.xlsx":
        foreign = read.read(tmp_path / name)
        assert foreign.count >= 2
    status, _, said = run(capsys, "export", city, "--layer", "drinking_water_zone", "--out", tmp_path / name, *options)
    assert status == 2 and "exists already" in said
    status, *_ = run(capsys, "export", city, "--layer", "drinking_water_zone", "--out", tmp_path / name, "--overwrite", *options)
    assert status == 0


def test_a_dialect_of_txt(city: Path, tmp_path: Path, capsys: Any) -> None:
    run(capsys, "export", city, "--layer", "drinking_water_zone", "--out", tmp_path / "a.txt", "--to", "EPSG:4526",
        "--txt", "decimals=2", "j_prefix=", "closing=no", "newline=lf")  # fmt: skip
    lines = (tmp_path / "a.txt").read_bytes().decode("utf-8").split("\n")
    point = lines[lines.index("[地块坐标]") + 2]
    assert point.startswith("01,1,38") or point.split(",")[0] == "01"
    assert all(len(cell.split(".")[1]) == 2 for cell in point.split(",")[2:])
    for pair, words in (("decimals=x", "whole number"), ("closing=maybe", "yes or no"), ("colour=red", "one of")):
        status, _, said = run(capsys, "export", city, "--layer", "drinking_water_zone", "--out", tmp_path / "b.txt",
                              "--to", "EPSG:4526", "--txt", pair)  # fmt: skip
        assert status == 2 and words in said
    status, _, said = run(capsys, "export", city, "--layer", "drinking_water_zone", "--out", tmp_path / "b.txt", "--txt", "pad=3")
    assert status == 2 and "name it with --to" in said


def test_an_extract(city: Path, tmp_path: Path, capsys: Any) -> None:
    words = ["export", city, "--layer", "drinking_water_zone", "water_intake", "--within"]
    status, _, said = run(capsys, *words, "示例市", "--clip", "--out", tmp_path / "a.gpkg")
    assert status == 0 and "drinking_water_zone 1, water_intake 1 rows" in said
    with fiona.open(tmp_path / "a.gpkg", layer="drinking_water_zone") as source:
        assert source.bounds[2] == pytest.approx(112.51)
    area = tmp_path / "area.geojson"
    area.write_text(json.dumps(json.loads(shapely.to_geojson(shapely.box(112, 34, 113, 36)))))
    status, _, said = run(capsys, *words, area, "--out", tmp_path / "b.gpkg")
    assert status == 0 and "drinking_water_zone 2, water_intake 2 rows" in said
    for within, why in (("别处", "neither a file nor"), (tmp_path / "b.gpkg:water_intake", "no polygon")):
        status, _, said = run(capsys, *words, within, "--out", tmp_path / "c.gpkg")
        assert status == 2 and why in said
    assert not (tmp_path / "c.gpkg").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--layer", "lakes", "--out", "a.gpkg"], "no layer 'lakes'"),
        (["--layer", "water_intake", "--out", "a.xyz"], "does not say in which format"),
        (["--layer", "water_intake", "--out", "a.dxf"], "in degrees"),
        (["--layer", "water_intake", "--out", "a.gpkg", "--to", "EPSG:1"], "is no reference system"),
        (["--layer", "drinking_water_zone", "--out", "a.txt"], "such as EPSG:4526"),
    ],
)
def test_what_is_refused(city: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch, words: list[str], why: str) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, said = run(capsys, "export", city, *words)
    assert status == 2 and why in said
    assert not list(tmp_path.iterdir())


def test_packages(city: Path, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "共享.zip"
    status, _, said = run(capsys, "package", city, "--out", path, "--purpose", "季度共享", "--within", "示例市")
    assert status == 0 and "3 layers" in said
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["map"]["name"] == "市.gpkg" and manifest["purpose"] == "季度共享"
    assert manifest["choice"]["area"] == "示例市" and str(tmp_path) not in json.dumps(manifest)
    status, _, said = run(capsys, "package", "--check", path)
    assert status == 0 and "4 files and 3 layers are as they were sent" in said
    body = bytearray(path.read_bytes())
    place = body.find(b"README.md") + 60
    body[place] ^= 1
    path.write_bytes(bytes(body))
    status, out, said = run(capsys, "package", "--check", path)
    assert status == 1 and "README.md is not as it was sent" in out and "sent again" in said
    status, _, said = run(capsys, "package", city)
    assert status == 2 and "--out PKG.zip" in said
    status, _, said = run(capsys, "package", city, "--out", path)
    assert status == 2 and "exists already" in said
