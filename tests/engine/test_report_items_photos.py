"""The photos of items, small and on a sheet of their own."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
from shapely.geometry import Point

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.report import items_photos
from envzones.plugin.engine.report.items import write_items

Image = pytest.importorskip("PIL.Image")


def picture(path: Path, size: tuple[int, int], fmt: str = "JPEG") -> None:
    """Write a photo that says where it was taken."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image, exif = Image.new("RGB", size, "#885533"), Image.Exif()
    exif[0x010F] = "SECRETCAM"
    exif[0x8825] = {1: "N", 2: (35.0, 8.0, 20.0)}
    image.save(path, fmt, exif=exif)


def items(*photos: tuple[str | None, str | None]) -> gpd.GeoDataFrame:
    """Return an item for each pair of photos."""
    count = len(photos)
    return gpd.GeoDataFrame(
        {
            "uid": [f"u{k}" for k in range(count)], "problem_no": [f"济源-J42-{k:04d}" for k in range(count)],
            "name": [f"问题{k}" for k in range(count)], "status": ["rectifying"] * count,
            "due_on": [None] * count, "photo_before": [one for one, _ in photos],
            "photo_after": [two for _, two in photos],
        },
        geometry=[Point(112.5, 35.1)] * count, crs="EPSG:4490",
    )  # fmt: skip


def write(folder: Path, frame: gpd.GeoDataFrame) -> Path:
    """Write the ledger with its photos."""
    return write_items(folder / "i.xlsx", frame, load_catalog(), as_of=date(2019, 6, 30), folder=folder)


def said(path: Path) -> list[str]:
    """Return every text of the photos' sheet."""
    sheet = openpyxl.load_workbook(path)["照片页"]
    return [cell.value for line in sheet.iter_rows() for cell in line if cell.value]


def test_pictures_are_small_captioned_and_tell_no_place(tmp_path: Path) -> None:
    picture(tmp_path / "照片" / "前.jpg", (4000, 3000))
    picture(tmp_path / "照片" / "后.png", (900, 1600), "PNG")
    path = write(tmp_path, items(("照片/前.jpg", "照片/后.png"), (None, None)))
    with zipfile.ZipFile(path) as package:
        media = sorted(name for name in package.namelist() if name.startswith("xl/media/"))
        bodies = [package.read(name) for name in media]
    assert len(bodies) == 2 and not any(b"SECRETCAM" in body or b"Exif" in body for body in bodies)
    sizes = {Image.open(io.BytesIO(body)).size for body in bodies}
    assert sizes == {(480, 360), (270, 480)}
    sheet = openpyxl.load_workbook(path)["照片页"]
    assert sorted((one.anchor._from.row, one.anchor._from.col) for one in sheet._images) == [(3, 0), (3, 1)]
    words = said(path)
    assert "共2项，其中1项有照片。" in words and any(one.startswith("济源-J42-0000  问题0") for one in words)
    assert "整改前：照片/前.jpg" in words and "整改后：照片/后.png" in words


def test_missing_broken_and_foreign_photos_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "map"
    folder.mkdir()
    picture(tmp_path / "outside.jpg", (50, 50))
    (folder / "bad.jpg").write_bytes(b"no picture")
    (folder / "link.jpg").symlink_to(tmp_path / "outside.jpg")
    frame = items(("gone.jpg", "bad.jpg"), ("../outside.jpg", str(tmp_path / "outside.jpg")), ("link.jpg", "..\\outside.jpg"))
    path = write(folder, frame)
    words = said(path)
    for one in ("缺少照片：gone.jpg", "照片无法读取：bad.jpg", "照片不在图库目录内：../outside.jpg", "照片不在图库目录内：link.jpg",
                "照片不在图库目录内：..\\outside.jpg"):  # fmt: skip
        assert one in words, one
    with zipfile.ZipFile(path) as package:
        assert not [name for name in package.namelist() if name.startswith("xl/media/")]


def test_without_pillow_photos_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture(tmp_path / "a.jpg", (50, 50))
    monkeypatch.setattr(items_photos, "_pillow", lambda: None)
    words = said(write(tmp_path, items(("a.jpg", None))))
    assert "a.jpg" in words and sum("Pillow" in one for one in words) == 1


def test_the_same_photos_make_the_same_bytes(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", (700, 500))
    frame = items(("a.jpg", "a.jpg"), ("a.jpg", None), (None, "a.jpg"))
    first = write(tmp_path, frame).read_bytes()
    assert write(tmp_path, frame).read_bytes() == first


def test_four_items_are_on_a_page_and_none_is_cut(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", (70, 50))
    sheet = openpyxl.load_workbook(write(tmp_path, items(*[("a.jpg", "a.jpg")] * 9)))["照片页"]
    assert [one.id for one in sheet.row_breaks.brk] == [10, 18] and len(sheet._images) == 18
