"""What a file is: by its content, then its suffix; and a sentence that says what to do with those that are nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.exchange import read
from envzones.plugin.engine.exchange.model import ReadOptions

from . import messy

KML, DXF = messy.kml().encode(), b"0\nSECTION\n2\nENTITIES\n0\nENDSEC\n0\nEOF\n"
TXT = messy.boundary_txt().encode("gbk")
CSV = "名称,经度,纬度\n甲,112.6,35.07\n乙,112.7,35.08\n".encode("gbk")
GEOJSON = json.dumps({"type": "FeatureCollection", "features": []}).encode()

CONTENT = {
    "kml": [("a.kml", KML), ("a.ovkml", KML), ("a.xml", KML), ("a", KML), ("a.txt", KML)],
    "dxf": [("a.dxf", DXF), ("a.txt", DXF), ("a.dxf", b"  0\r\nSECTION\r\n"), ("a.dxf", b"999\nmade by\n0\nSECTION\n")],
    "txt": [("a.txt", TXT), ("a.dat", TXT), ("a.csv", TXT), ("a.txt", messy.boundary_txt().encode("utf-16"))],
    "csv": [("a.csv", CSV), ("a.tsv", CSV.replace(b",", b"\t")), ("a.txt", CSV), ("a", CSV), ("a.xlsx", CSV)],
    "geojson": [("a.geojson", GEOJSON), ("a.json", GEOJSON), ("a", GEOJSON), ("a.txt", b"\xef\xbb\xbf \n" + GEOJSON)],
    "shapefile": [("a.shp", messy.shp(messy.plots())[0]), ("a", messy.shp(messy.plots())[0])],
    "gpkg": [("a.gpkg", b"SQLite format 3\0" + bytes(200)), ("a.db", b"SQLite format 3\0" + bytes(200))],
}


@pytest.mark.parametrize(("kind", "name", "data"), [(kind, *one) for kind, many in CONTENT.items() for one in many])
def test_content_decides(tmp_path: Path, kind: str, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert read.sniff(tmp_path / name) == kind


def test_zips_by_what_they_hold(tmp_path: Path) -> None:
    cases = {
        ("a.kmz", "doc.kml"): "kmz", ("a.ovkmz", "x.ovkml"): "kmz", ("a.xlsx", "xl/workbook.xml"): "xlsx",
        ("a.zip", "xl/workbook.xml"): "xlsx", ("a.zip", "a.shp"): "archive", ("a.zip", "doc.kml"): "archive",
    }  # fmt: skip
    for (name, member), kind in cases.items():
        assert read.sniff(messy.zipped(tmp_path / name, {member: b"x"})) == kind


def test_formats() -> None:
    found = read.formats()
    assert {"shapefile", "gpkg", "fgdb", "kml", "kmz", "geojson", "dxf", "csv", "xlsx", "txt", "postgis"} <= set(found)
    assert ".ovkml" in found["kml"] and ".gdb" in found["fgdb"]
    assert read.sniff("postgresql://u@h/d?schema=s&table=t") == "postgis"


REFUSED = {
    "a.xls": (b"\xd0\xcf\x11\xe0" + bytes(100), "save it in Excel or WPS as .xlsx"), "a.dwg": (b"AC1032", "ASCII DXF"),
    "a.pdf": (b"%PDF-1.7", "picture of a map"), "a.png": (b"\x89PNG\r\n", "holds no coordinates"),
    "a.jpg": (b"\xff\xd8\xff\xe0", "holds no coordinates"), "a.tif": (b"II*\0", "raster"),
    "a.mdb": (b"\0\1\0\0Standard Jet DB", "file geodatabase"), "a.tab": (b"!table\n!version 300", "MapInfo"),
    "a.bin": (bytes(range(256)) * 9, "no kind that can be read"), "a.html": (b"<html><body>", "no kind that can be read"),
    "leer.shp": (b"", "is empty"), "a.dbf": (b"\3" + bytes(99), ".shp is missing"), "a.doc": (b"\xd0\xcf\x11\xe0", "old Office"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_say_what_to_do(tmp_path: Path, name: str) -> None:
    data, says = REFUSED[name]
    (tmp_path / name).write_bytes(data)
    for call in (read.sniff, read.layers, read.read, lambda path: next(iter(read.read_chunks(path)))):
        with pytest.raises(InputError, match=says) as caught:
            call(tmp_path / name)
        assert str(caught.value).startswith(name) and str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_word_and_empty_zips(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Word document"):
        read.read(messy.zipped(tmp_path / "a.docx", {"word/document.xml": b"x"}))
    with pytest.raises(InputError, match="nothing in it that can be read"):
        read.read(messy.zipped(tmp_path / "a.zip", {"说明.doc": b"x", "readme.txt": b"hello"}))
    with pytest.raises(InputError, match=r"in\.dwg is an AutoCAD drawing"):
        read.read(messy.zipped(tmp_path / "b.zip", {"in.dwg": b"AC1032"}))


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.shp").write_bytes(b"x")
    (tmp_path / "a.shp").chmod(0)
    with pytest.raises(InputError, match="cannot be opened"):
        read.read(tmp_path / "a.shp")


def test_formats_that_are_read_whole_come_in_pieces_too(tmp_path: Path) -> None:
    (tmp_path / "a.kml").write_bytes(KML)
    pieces = list(read.read_chunks(tmp_path / "a.kml", size=3))
    assert [one.count for one in pieces] == [3, 1] and pieces[0].notes and not pieces[1].notes
    assert [one.frame.index.tolist() for one in pieces] == [[0, 1, 2], [0]]
    assert pieces[1].rows.tolist() == [4]


def test_one_member_may_be_named(tmp_path: Path) -> None:
    path = messy.zipped(tmp_path / "a.zip", {"x/a.kml": KML})
    assert len(read.read(path, ReadOptions(layer="x/a.kml")).frame) == 4
    with read.opened(path) as found:
        assert list(found) == ["x/a.kml"]
    with read.opened(tmp_path / "b.kml" if (tmp_path / "b.kml").write_bytes(KML) else tmp_path) as found:
        assert found == {"b.kml": tmp_path / "b.kml"}
