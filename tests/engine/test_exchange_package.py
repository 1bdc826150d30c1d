"""Exchange packages: what is in them, what is left out, the same bytes twice, and any change is found."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from envzones.plugin.engine import geodesy
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.exchange.extract import area_named, extract
from envzones.plugin.engine.exchange.package import PackageOptions, check, pack
from envzones.plugin.engine.gpkg import read_table
from envzones.plugin.engine.onemap import OneMap

from . import writing_world as world

SAID = PackageOptions(
    purpose="季度共享", classification="内部", sender="市生态环境局", receiver="市水利局", remark="第 3 季度", area_name="济源"
)
AREA = shapely.box(world.X - 0.01, world.Y - 0.01, world.X + 0.01, world.Y + 0.2)


@pytest.fixture
def onemap() -> OneMap:
    zones = world.zones()
    zones["life_state"] = ["delineated", "cancelled", "delineated"]
    zones["valid_to"] = pd.to_datetime([None, "2019-01-01", None])
    zones["valid_from"] = pd.to_datetime(["2018-03-25", None, None])
    zones["provenance"] = ["official", "official", "illustrative"]
    zones["source"] = ["省政府批复|豫政办", "省政府批复|豫政办", None]
    city = gpd.GeoDataFrame(
        {"uid": ["CITY"], "name": ["示例市"], "code": ["419001"], "level": ["city"]}, geometry=[AREA], crs="EPSG:4490"
    )
    coverage = gpd.GeoDataFrame(
        {"uid": ["c"], "layer": ["drinking_water_zone"], "complete_as_of": ["2019-06-01"], "valid_until": ["2020-06-01"]},
        geometry=[shapely.box(112, 34.5, 112.505, 36)], crs="EPSG:4490",
    )  # fmt: skip
    frames = {"water_intake": world.intakes(), "drinking_water_zone": zones, "admin_area": city, "road": zones.iloc[:0]}
    return OneMap.from_frames(frames, coverage, {"title": "示例图", "secret": "no", "schema_version": "2"})


def opened(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return json.loads(files["manifest.json"]), files


def test_what_a_package_holds(onemap: OneMap, tmp_path: Path) -> None:
    done = pack(onemap, tmp_path / "共享.zip", SAID)
    assert done.rows == {"drinking_water_zone": 3, "water_intake": 2, "admin_area": 1}
    manifest, files = opened(done.path)
    assert list(files) == ["README.md", "共享.gpkg", "共享.xlsx", "manifest.json", "SHA256SUMS"]
    assert [path.name for path in tmp_path.iterdir()] == ["共享.zip"]
    assert manifest["map"]["meta"] == {"title": "示例图", "schema_version": "2"}
    (tmp_path / "x.gpkg").write_bytes(files["共享.gpkg"])
    (tmp_path / "x.xlsx").write_bytes(files["共享.xlsx"])
    frame = read_table(tmp_path / "x.gpkg", "drinking_water_zone")
    assert frame["level"].tolist() == ["primary", "secondary", None]
    assert frame["document_date"].tolist() == ["2018-03-25", None, None] and "row_version" not in frame
    assert shapely.equals(frame.geometry.array[0], world.SHAPE)
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["饮用水水源保护区", "取水口", "行政区划"]
    values = [[cell.value for cell in row] for row in book["饮用水水源保护区"].iter_rows()]
    assert values[1][values[0].index("保护区级别")] == "一级保护区"
    one = next(entry for entry in manifest["layers"] if entry["layer"] == "drinking_water_zone")
    shapes = np.asarray(world.zones().geometry.array)[:2]
    assert one["ellipsoidal_m2"] == pytest.approx(geodesy.area_m2(shapes).sum(), abs=0.06)
    assert one["projected_m2"] == pytest.approx(geodesy.projected_area_m2(shapes).sum(), abs=0.06)
    assert one["provenance"] == {"official": 2, "illustrative": 1} and one["map_sha256"] == onemap.fingerprint(one["layer"])["sha256"]
    said = check(done.path)
    assert said.faults == () and said.files == 4 and said.layers == 3


def test_the_read_me_says_it_all_in_both_languages(onemap: OneMap, tmp_path: Path) -> None:
    pack(onemap, tmp_path / "a.zip", SAID, layers=["drinking_water_zone"], area=AREA, clip=True, as_of=date(2019, 6, 30))
    manifest, files = opened(tmp_path / "a.zip")
    words = files["README.md"].decode("utf-8")
    for said in ("季度共享", "内部", "市生态环境局", "市水利局", "第 3 季度", "示例图", "EPSG:4490", "2019-06-30",
                 "已声明完整", "declared complete", "(2019-06-01)", "not of the whole extent", "法定成果 1", "official 1",
                 "省政府批复\\|豫政办", "1 行在该时点无效", "1 rows not in force", "1 行在范围之外或没有图形", "1 rows were cut",
                 "water_intake(取水口)", "不是签名", "no signature", "投影面积", "椭球面积"):  # fmt: skip
        assert said in words, said
    for entry in manifest["files"]:
        if entry["name"] != "README.md":
            assert entry["sha256"] in words
    assert manifest["layers"][0]["map_sha256"] in words
    table = [line for line in words.splitlines() if line.startswith("| drinking_water_zone")]
    assert len(table) == 2 and all(line.replace("\\|", "").count("|") == 9 for line in table)
    assert str(tmp_path) not in words


def test_clipped_or_whole(onemap: OneMap, tmp_path: Path) -> None:
    (whole,) = extract(onemap, ["drinking_water_zone"], area=AREA)
    assert whole.frame["uid"].tolist() == ["A"] and (whole.outside, whole.cut) == (2, 0)
    assert shapely.equals(whole.frame.geometry.array[0], world.SHAPE)
    (cut,) = extract(onemap, ["drinking_water_zone"], area=AREA, clip=True)
    piece = cut.frame.geometry.array[0]
    assert piece.geom_type == "Polygon" and cut.cut == 1
    assert piece.symmetric_difference(world.SHAPE.intersection(AREA)).area < 1e-18
    lost = geodesy.area_m2([world.SHAPE])[0] - geodesy.area_m2([piece])[0]
    assert cut.lost_m2 == pytest.approx(lost, abs=0.01) and lost > 1e6
    touching = shapely.box(world.X + 0.02, world.Y, world.X + 0.03, world.Y + 0.02)
    with pytest.raises(InputError, match="No row of drinking_water_zone is within the area"):
        extract(onemap, ["drinking_water_zone"], area=touching, clip=True)
    with pytest.raises(InputError, match="no area to cut"):
        extract(onemap, clip=True)
    with pytest.raises(InputError, match="no layer 'lakes'"):
        extract(onemap, ["lakes"])
    assert shapely.equals(area_named(onemap, "示例市"), AREA) and shapely.equals(area_named(onemap, "419001"), AREA)
    assert area_named(onemap, "别处") is None


def test_a_shape_that_cannot_be_cut_is_named(onemap: OneMap) -> None:
    bow = shapely.Polygon([(world.X, world.Y), (world.X + 0.02, world.Y + 0.02), (world.X + 0.02, world.Y), (world.X, world.Y + 0.02)])
    frame = gpd.GeoDataFrame({"uid": ["B"]}, geometry=[bow], crs="EPSG:4490")
    try:
        extract(OneMap.from_frames({"road": frame}), area=AREA, clip=True)
    except InputError as error:
        assert "cannot be cut" in str(error)


def test_the_same_map_and_moment_give_the_same_bytes(onemap: OneMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1561852800")
    first = pack(onemap, tmp_path / "a.zip", SAID).path.read_bytes()
    frames = {name: onemap.raw(name).sample(frac=1, random_state=3) for name in reversed(onemap.layers())}
    shuffled = OneMap.from_frames(frames, onemap._coverage, onemap.meta)
    (tmp_path / "b").mkdir()
    second = pack(shuffled, tmp_path / "b" / "a.zip", SAID).path.read_bytes()
    # The map's own order of tables and rows does not matter, only what stands in them.
    assert first == second
    assert opened(tmp_path / "a.zip")[0]["made"] == "2019-06-30T00:00:00Z"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1561852900")
    assert pack(onemap, tmp_path / "c.zip", SAID).path.read_bytes() != first


def rewritten(path: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> Path:
    """Return a copy of a package with other content."""
    _, files = opened(path)
    out = path.with_name("other.zip")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in change(files).items():
            archive.writestr(name, body)
    return out


def _flip(name: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    def change(files: dict[str, bytes]) -> dict[str, bytes]:
        body = bytearray(files[name])
        body[len(body) // 2] ^= 1
        return {**files, name: bytes(body)}

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_flip("a.gpkg"), "a.gpkg is not as it was sent"),
        (_flip("a.xlsx"), "a.xlsx is not as it was sent"),
        (_flip("README.md"), "README.md is not as it was sent"),
        (lambda files: {**files, "extra.txt": b"x"}, "extra.txt is not listed"),
        (lambda files: {k: v for k, v in files.items() if k != "a.xlsx"}, "a.xlsx is missing"),
        (lambda files: {k: v for k, v in files.items() if k != "SHA256SUMS"}, "SHA256SUMS is missing"),
        (lambda files: {**files, "manifest.json": files["manifest.json"].replace("季度".encode(), "年度".encode())}, "manifest.json is not"),
    ],
)  # fmt: skip
def test_a_change_on_the_way_is_found(onemap: OneMap, tmp_path: Path, change: Any, words: str) -> None:
    pack(onemap, tmp_path / "a.zip", SAID)
    faults = check(rewritten(tmp_path / "a.zip", change)).faults
    assert any(words in en for _, en in faults) and all(zh for zh, _ in faults)


def test_content_that_is_not_what_the_manifest_says_is_found(onemap: OneMap, tmp_path: Path) -> None:
    """Files changed with their fingerprints, but not the fingerprint of the content."""
    pack(onemap, tmp_path / "a.zip", SAID)

    def change(files: dict[str, bytes]) -> dict[str, bytes]:
        import sqlite3

        (tmp_path / "x.gpkg").write_bytes(files["a.gpkg"])
        connection = sqlite3.connect(tmp_path / "x.gpkg")
        connection.execute("UPDATE drinking_water_zone SET level = 'quasi' WHERE uid = 'A'")
        connection.commit()
        connection.close()
        body = (tmp_path / "x.gpkg").read_bytes()
        manifest = json.loads(files["manifest.json"])
        next(one for one in manifest["files"] if one["name"] == "a.gpkg")["sha256"] = hashlib.sha256(body).hexdigest()
        out = {**files, "a.gpkg": body, "manifest.json": json.dumps(manifest).encode()}
        lines = [f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in out.items() if name != "SHA256SUMS"]
        return {**out, "SHA256SUMS": "\n".join(lines).encode()}

    assert check(rewritten(tmp_path / "a.zip", change)).faults == (
        ("图层 drinking_water_zone 的内容与清单不符", "the content of layer drinking_water_zone is not what the manifest says"),
    )


@pytest.mark.parametrize(
    ("body", "words"), [(b"PK\x03\x04 no zip", "cannot be read"), (b"", "cannot be read"), (None, "no exchange package")]
)
def test_other_files_are_refused(tmp_path: Path, body: bytes | None, words: str) -> None:
    path = tmp_path / "a.zip"
    if body is None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.txt", "x")
    else:
        path.write_bytes(body)
    with pytest.raises(InputError, match=words):
        check(path)
    with pytest.raises(InputError, match="does not exist"):
        check(tmp_path / "none.zip")


@pytest.mark.parametrize("manifest", ["[]", "{", '{"format": "x"}', '{"format": "envzones-exchange-package", "version": 1}',
                                      '{"format": "envzones-exchange-package", "version": 1, "files": [1], "layers": []}'])  # fmt: skip
def test_a_manifest_of_rubbish_is_refused(tmp_path: Path, manifest: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("manifest.json", manifest)
    with pytest.raises(InputError, match="no exchange package of a version"):
        check(tmp_path / "a.zip")


def test_nothing_half_written(onemap: OneMap, tmp_path: Path) -> None:
    pack(onemap, tmp_path / "a.zip", SAID)
    before = (tmp_path / "a.zip").read_bytes()
    with pytest.raises(InputError, match="exists already"):
        pack(onemap, tmp_path / "a.zip", SAID)

    class Stopped:
        cancelled = False

        def __call__(self, fraction: float, message: str = "") -> None:
            self.cancelled = fraction > 0.75

    with pytest.raises(Cancelled):
        pack(onemap, tmp_path / "a.zip", PackageOptions(overwrite=True), progress=Stopped())
    with pytest.raises(InputError, match="end in .zip"):
        pack(onemap, tmp_path / "a.gpkg", SAID)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"] and (tmp_path / "a.zip").read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="sha256sum is no program of Windows")
def test_sha256sum_checks_it_too(onemap: OneMap, tmp_path: Path) -> None:
    pack(onemap, tmp_path / "a.zip", SAID)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(tmp_path / "out")
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path / "out", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
