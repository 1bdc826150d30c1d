"""KML and KMZ written: escaped, titled, coloured, with holes; GCJ-02 only with a name that says so."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from envzones.plugin.engine import datum
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.exchange import read, write
from envzones.plugin.engine.exchange.model import CrsChoice, ReadOptions
from envzones.plugin.engine.exchange.write import WriteOptions, write_layers
from envzones.plugin.engine.exchange.write_colours import Look, look

from . import writing_world as world

NS = {"k": "http://www.opengis.net/kml/2.2"}


def both() -> dict[str, Any]:
    return {"drinking_water_zone": (world.zones(), world.ZONE), "water_intake": (world.intakes(), world.INTAKE)}


def parsed(path: Path) -> ET.Element:
    return ET.fromstring(path.read_text(encoding="utf-8"))


def places(words: str | None) -> np.ndarray:
    return np.array([[float(cell) for cell in place.split(",")] for place in (words or "").split()])


def test_folders_titles_and_shapes(tmp_path: Path) -> None:
    done = write_layers(both(), tmp_path / "a.kml")
    assert [note.code for note in done.notes] == ["taken_as_wgs84"]
    root = parsed(tmp_path / "a.kml")
    assert [one.text for one in root.findall(".//k:Folder/k:name", NS)] == ["饮用水水源保护区", "取水口"]
    first, second, third = root.findall(".//k:Folder", NS)[0].findall("k:Placemark", NS)
    assert first.findtext("k:name", None, NS) == "沁河<一级>&\"区\""
    data = {one.get("name"): (one.findtext("k:displayName", None, NS), one.findtext("k:value", None, NS))
            for one in first.findall(".//k:Data", NS)}  # fmt: skip
    assert data["level"] == ("保护区级别", "一级保护区") and data["area_ha"] == ("批复面积(ha)", "1.5")
    assert data["document_date"] == ("发文日期", "2018-03-25") and "row_version" not in data
    polygon = first.find("k:Polygon", NS)
    assert polygon is not None
    outer = places(polygon.findtext("k:outerBoundaryIs/k:LinearRing/k:coordinates", None, NS))
    (hole,) = [places(one.text) for one in polygon.findall("k:innerBoundaryIs/k:LinearRing/k:coordinates", NS)]
    assert shapely.equals(shapely.Polygon(outer, [hole]), world.SHAPE)
    assert shapely.LinearRing(outer).is_ccw
    assert len(second.findall("k:MultiGeometry/k:Polygon", NS)) == 2
    assert third.find(".//k:coordinates", NS) is None and third.find("k:name", NS) is None
    point = root.findall(".//k:Folder", NS)[1].findall("k:Placemark", NS)[1]
    assert places(point.findtext("k:Point/k:coordinates", None, NS)).tolist() == [[112.512345679, 35.02]]


def test_colours_are_those_of_the_layers_style(tmp_path: Path) -> None:
    write_layers(both(), tmp_path / "a.kml")
    root = parsed(tmp_path / "a.kml")
    styles = {one.get("id"): one for one in root.findall(".//k:Style", NS)}
    used = [one.text for one in root.findall(".//k:styleUrl", NS)]
    assert all(url[1:] in styles for url in used)
    first = styles[used[0][1:]]
    assert first.findtext("k:PolyStyle/k:color", None, NS) == "521e28c8"  # 200,40,30 at 82, as aabbggrr
    assert used[0] != used[1] and used[2] == "#s0_0"


def test_every_style_that_is_shipped_is_understood() -> None:
    plain = [spec.name for spec in world.CATALOG.values() if look(spec.style) == Look()]
    assert plain == []


def test_a_style_with_entities_or_of_rubbish_is_grey(tmp_path: Path) -> None:
    bomb = tmp_path / "a.qml"
    bomb.write_text('<!DOCTYPE q [<!ENTITY a "aaaa">]><qgis><renderer-v2 attr="&a;"/></qgis>')
    assert look(bomb) == Look()
    bomb.write_bytes(b"\0\xff<qgis")
    assert look(bomb) == Look() == look(None) == look(tmp_path / "none.qml")


def test_our_reader_and_gdal_read_it(tmp_path: Path) -> None:
    write_layers(both(), tmp_path / "a.kml")
    names = [one.name for one in read.layers(tmp_path / "a.kml")]
    foreign = read.read(tmp_path / "a.kml", ReadOptions(layer=names[0]))
    assert foreign.frame["name"].tolist()[:2] == ["沁河<一级>&\"区\"", "蟒河水源"]
    truth = np.asarray(world.zones().geometry.array)[:2]
    assert shapely.equals_exact(np.asarray(foreign.frame.geometry.array)[:2], truth, 1e-9, normalize=True).all()
    pyogrio = pytest.importorskip("pyogrio")
    frame = pyogrio.read_dataframe(tmp_path / "a.kml", layer="饮用水水源保护区")
    assert frame["Name"].tolist()[:2] == ["沁河<一级>&\"区\"", "蟒河水源"] and frame["level"].tolist()[0] == "一级保护区"
    assert shapely.equals_exact(shapely.force_2d(np.asarray(frame.geometry.array)[:2]), truth, 1e-9, normalize=True).all()


def test_control_characters_never_break_the_document(tmp_path: Path) -> None:
    # As objects: with pyarrow at hand pandas would make an Arrow column of them, which holds no lone surrogate.
    names = pd.Series(["a\x00b\x0b\ud800]]>", "<script>"], dtype=object)
    frame = gpd.GeoDataFrame({"name": names, "x<&>": ["1", "2"]}, geometry=[shapely.Point(1, 2)] * 2, crs="EPSG:4326")
    write.write(frame, tmp_path / "a.kml")
    root = parsed(tmp_path / "a.kml")
    assert [one.text for one in root.findall(".//k:Placemark/k:name", NS)] == ["a\ufffdb\ufffd\ufffd]]>", "<script>"]
    assert root.find(".//k:Data[@name='x<&>']", NS) is not None


def test_gcj02_says_so_in_its_name(tmp_path: Path) -> None:
    done = write_layers(both(), tmp_path / "手机.kmz", WriteOptions(crs=CrsChoice("gcj02")))
    assert [(note.severity, note.code) for note in done.notes] == [("warning", "not_wgs84")]
    with zipfile.ZipFile(tmp_path / "手机.kmz") as archive:
        assert archive.namelist() == ["doc.kml"]
        root = ET.fromstring(archive.read("doc.kml"))
    assert root.findtext("k:Document/k:name", None, NS) == "手机(GCJ-02 坐标 in GCJ-02)"
    assert "不可用于测量" in (root.findtext("k:Document/k:description", None, NS) or "")
    (lon, lat), = places(root.findall(".//k:Point/k:coordinates", NS)[0].text)
    true = datum.wgs_to_gcj(np.array([world.X]), np.array([world.Y]))
    assert (lon, lat) == pytest.approx((true[0][0], true[1][0]), abs=1e-9)


def test_the_same_content_is_the_same_kmz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1561852800")
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write_layers(both(), tmp_path / folder / "x.kmz")
    assert (tmp_path / "a" / "x.kmz").read_bytes() == (tmp_path / "b" / "x.kmz").read_bytes()


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="degrees only, not EPSG:4547"):
        write_layers(both(), tmp_path / "a.kml", WriteOptions(crs=CrsChoice("EPSG:4547")))
    with pytest.raises(InputError, match="no field 'nothing'.*uid, name"):
        write_layers(both(), tmp_path / "a.kml", WriteOptions(label="nothing"))
    assert not list(tmp_path.iterdir())


def test_titles_in_english_and_codes(tmp_path: Path) -> None:
    write.write(world.zones(), tmp_path / "a.kml", WriteOptions(lang="en", titles=True, labels=False, label="uid"), spec=world.ZONE)
    root = parsed(tmp_path / "a.kml")
    assert root.findtext(".//k:Folder/k:name", None, NS) == "Drinking-water source protection zone"
    assert root.findtext(".//k:Data[@name='Zone level']/k:value", None, NS) == "primary"
    assert [one.text for one in root.findall(".//k:Placemark/k:name", NS)] == ["A", "B", "C"]
