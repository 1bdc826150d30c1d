"""``envzones look`` and ``envzones convert`` from the shell: what is proposed, what is moved, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from envzones.plugin.cli import main
from envzones.plugin.engine import datum
from envzones.plugin.engine.exchange import read

GEOD = Geod(a=6378137.0, rf=298.257222101)
RNG = np.random.default_rng(17)
PLACES = np.column_stack([RNG.uniform(112.0, 112.7, 40), RNG.uniform(34.9, 35.25, 40)])
NAMES = [f"厂{k}" for k in range(len(PLACES))]


def projected(epsg: int, xy: np.ndarray = PLACES) -> np.ndarray:
    return np.column_stack(Transformer.from_crs(4490, epsg, always_xy=True).transform(*xy.T))


def run(capsys: Any, *words: Any) -> tuple[int, str, str]:
    status = main([str(word) for word in words])
    said = capsys.readouterr()
    return status, said.out, said.err


def layer(path: Path, xy: np.ndarray, epsg: int) -> Path:
    frame = gpd.GeoDataFrame({"name": NAMES[: len(xy)]}, geometry=shapely.points(xy), crs=epsg)
    frame.to_file(path, driver="GPKG", engine="fiona")
    return path


def away(path: Path, truth: np.ndarray = PLACES) -> float:
    """The greatest distance of a written file's points from the truth, metres."""
    frame = read.read(path).frame
    at = shapely.get_coordinates(frame.geometry.array)
    return float(np.max(GEOD.inv(*at.T, *truth.T)[2]))


@pytest.fixture
def area(tmp_path: Path) -> Path:
    path = tmp_path / "area.geojson"
    ring = [[111.9, 34.8], [112.9, 34.8], [112.9, 35.3], [111.9, 35.3], [111.9, 34.8]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Metres without a zone number, as an office's table has them, in GBK."""
    path = tmp_path / "企业.csv"
    rows = [f"{name},{x:.4f},{y:.4f}" for name, (x, y) in zip(NAMES, projected(4547))]
    path.write_bytes("\r\n".join(["名称,东坐标,北坐标", *rows]).encode("gbk"))
    return path


def test_look_says_what_a_file_is(capsys: Any, table: Path, area: Path) -> None:
    status, out, _ = run(capsys, "look", table, "--within", area)
    assert status == 0
    assert "csv" in out and "40 rows" in out and "encoding: gb" in out and "名称, 东坐标, 北坐标" in out
    assert "looks like: EPSG:4547" in out and "100% inside" in out and "declares: no reference system" in out


def test_look_for_programs(capsys: Any, table: Path, area: Path) -> None:
    status, out, _ = run(capsys, "look", table, "--within", area, "--json")
    (seen,) = json.loads(out)
    assert status == 0 and seen["rows"] == 40 and seen["rejected"] == [] and not seen["certain"]
    first = seen["candidates"][0]
    assert first["crs"] == "EPSG:4547" and first["inside"] == 1.0 and not first["swap"]
    assert all(first[key] for key in ("zh", "en", "why_zh", "why_en"))


@pytest.mark.parametrize(
    "name, turn, low, high", [("gcj02", datum.wgs_to_gcj, 528, 603), ("bd09", datum.wgs_to_bd, 1218, 1322)]
)
def test_look_measures_the_shift_of_web_maps(
    capsys: Any, tmp_path: Path, name: str, turn: Any, low: float, high: float
) -> None:
    shifted = layer(tmp_path / "shifted.gpkg", np.column_stack(turn(*PLACES.T)), 4326)
    truth = layer(tmp_path / "truth.gpkg", PLACES, 4490)
    status, out, said = run(capsys, "look", shifted, "--reference", truth)
    assert status == 0 and f"looks like: {name}" in out and "reference layer" in said
    metres = float(out.split("  shift ")[1].split(" m")[0])
    assert low - 10 < metres < high + 10


@pytest.mark.parametrize("name", ["out.gpkg", "out.geojson", "out.csv"])
def test_convert_there_and_back_is_exact(capsys: Any, tmp_path: Path, name: str) -> None:
    truth = layer(tmp_path / "truth.gpkg", PLACES, 4490)
    for crs in ("gcj02", "bd09", "EPSG:4526"):
        there, back = tmp_path / f"{crs[-4:]}.gpkg", tmp_path / f"{crs[-4:]}_{name}"
        assert run(capsys, "convert", truth, "--to", crs, "--out", there)[0] == 0
        status, _, said = run(capsys, "convert", there, "--from", crs, "--out", back)
        assert status == 0 and "40 rows" in said and crs in said
        if back.suffix != ".csv":
            assert away(back) < 0.001


def test_convert_takes_what_the_file_declares(capsys: Any, tmp_path: Path, area: Path) -> None:
    grid = layer(tmp_path / "grid.gpkg", projected(4547), 4547)
    status, _, said = run(capsys, "convert", grid, "--within", area, "--out", tmp_path / "out.gpkg")
    assert status == 0 and "EPSG:4547 -> EPSG:4490" in said
    assert away(tmp_path / "out.gpkg") < 0.001


def test_convert_takes_nothing_in_place_of_what_is_declared(capsys: Any, tmp_path: Path, area: Path) -> None:
    """The meridian beside the declared one fits the jurisdiction: told, never taken, whichever is right."""
    out = tmp_path / "out.gpkg"
    wrong = layer(tmp_path / "wrong.gpkg", projected(4546), 4547)
    # Rightly declared, but of the country three degrees further east: under 111° it would fall into the jurisdiction.
    far = layer(tmp_path / "far.gpkg", projected(4547, PLACES + [3.0, 0.0]), 4547)
    for path in (wrong, far):
        status, _, said = run(capsys, "convert", path, "--within", area, "--out", out)
        assert status == 2 and "EPSG:4546" in said and "EPSG:4547" in said and "Say which one it is" in said
        assert not out.exists()
    assert run(capsys, "convert", far, "--from", "EPSG:4547", "--within", area, "--out", out)[0] == 0
    assert away(out, PLACES + [3.0, 0.0]) < 0.001


def test_convert_swaps_no_axes_unasked(capsys: Any, tmp_path: Path) -> None:
    turned = layer(tmp_path / "turned.gpkg", PLACES[:, ::-1], 4490)
    out = tmp_path / "out.gpkg"
    status, _, said = run(capsys, "convert", turned, "--out", out)
    assert status == 2 and "swapped" in said and not out.exists()
    assert run(capsys, "convert", turned, "--from", "EPSG:4490", "--swap", "--out", out)[0] == 0
    assert away(out) < 1e-6


def test_convert_refuses_to_guess(capsys: Any, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.gpkg"
    status, _, said = run(capsys, "convert", table, "--out", out)
    assert status == 2 and not out.exists() and "Say which one it is" in said
    assert all(f"EPSG:{code}" in said for code in (4546, 4547, 4548))
    assert run(capsys, "convert", table, "--from", "EPSG:4547", "--out", out)[0] == 0 and away(out) < 0.001


def test_an_old_datum_needs_its_parameters(capsys: Any, tmp_path: Path) -> None:
    old = layer(tmp_path / "old.gpkg", projected(2383), 2383)
    out = tmp_path / "out.gpkg"
    status, _, said = run(capsys, "convert", old, "--out", out)
    assert status == 2 and "surveyors" in said and not out.exists()
    status, _, said = run(capsys, "convert", old, "--from", "EPSG:2383", "--shift", "1,2,x", "--out", out)
    assert status == 2 and "seven numbers" in said
    status, _, _ = run(capsys, "convert", old, "--shift", "1,2,3,0,0,0,0", "--out", out)
    assert status == 2 and not out.exists()
    assert run(capsys, "convert", old, "--from", "EPSG:2383", "--shift", "12,-5,3,0,0,0,0", "--out", out)[0] == 0
    assert 1 < away(out) < 100


def test_what_is_there_is_kept(capsys: Any, tmp_path: Path) -> None:
    truth = layer(tmp_path / "truth.gpkg", PLACES, 4490)
    before = truth.read_bytes()
    status, _, said = run(capsys, "convert", truth, "--to", "EPSG:4526", "--out", truth)
    assert status == 2 and "exists" in said and truth.read_bytes() == before
    for options, words in (
        (["--to", "EPSG:99999"], "no reference system"), (["--from", "nonsense"], "no reference system"),
        (["--swap"], "name it too"),
    ):  # fmt: skip
        status, _, said = run(capsys, "convert", truth, *options, "--out", tmp_path / "x.gpkg")
        assert status == 2 and words in said and not (tmp_path / "x.gpkg").exists()
    status, _, said = run(capsys, "convert", tmp_path / "none.gpkg", "--out", tmp_path / "x.gpkg")
    assert status == 2 and "not there" in said


def test_rows_that_cannot_be_read_stop_a_conversion(capsys: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("名称,经度,纬度\n甲,112.6,35.1\n乙,112.7,35.1\n丙,112°75′,35\n", encoding="utf-8")
    status, _, said = run(capsys, "convert", path, "--from", "EPSG:4490", "--out", tmp_path / "x.gpkg")
    assert status == 2 and "1 of 3 rows" in said and not (tmp_path / "x.gpkg").exists()
