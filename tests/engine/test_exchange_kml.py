"""KML and KMZ of Google Earth, ArcGIS, Ovital and phones: data as columns, shapes as GDAL reads them, no entities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.exchange import read
from envzones.plugin.engine.exchange.model import Foreign, ReadOptions

from . import messy

HEAD = '<?xml version="1.0" encoding="{}"?>\n<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="urn:gx"><Document>'
AREA = (
    "<Polygon><outerBoundaryIs><LinearRing><coordinates>112,35,9 112,36,9 113,36,9 113,35,9 112,35,9</coordinates>"
    "</LinearRing></outerBoundaryIs><innerBoundaryIs><LinearRing><coordinates>\n 112.2,35.2 112.4,35.2\n 112.4,35.4"
    "\t112.2,35.2 </coordinates></LinearRing></innerBoundaryIs></Polygon>"
)
ARCGIS = (
    "<![CDATA[<html><body><table border='1'><tr style='x'><td>济源市</td></tr><tr><td><table><tr bgcolor='#D4E4F3'>"
    "<td>名称</td>\n<td>化工厂&amp;旧址</td></tr><tr><TD>面积:</TD><TD>12.5 <b>亩</b></TD></tr><tr><td>备注</td><td></td></tr>"
    "</table></td></tr></table></body></html>]]>"
)


def kml(folder: Path, body: str, *, encoding: str = "utf-8", head: str = HEAD, name: str = "a.kml") -> Foreign:
    path = folder / name
    path.write_bytes((head.format(encoding) + body + "</Document></kml>").encode(encoding))
    return read.read(path)


def mark(inside: str) -> str:
    return f"<Placemark>{inside}</Placemark>"


def codes(foreign: Foreign) -> list[str]:
    return [note.code for note in foreign.notes]


def test_shapes(tmp_path: Path) -> None:
    point = "<Point><coordinates> 112.6,35.07,120 </coordinates></Point>"
    line = "<LineString><coordinates>1,2 3,4</coordinates></LineString>"
    closed = "<LineString><coordinates>1,2 3,4 3,5 1,2</coordinates></LineString>"
    multi = f"<MultiGeometry>{AREA}<MultiGeometry>{AREA}</MultiGeometry></MultiGeometry>"
    mixed = f"<MultiGeometry>{point}{line}</MultiGeometry>"
    track = "<gx:Track><when>2019</when><gx:coord>1 2 3</gx:coord><gx:coord>4 5 6</gx:coord></gx:Track>"
    tracks = f"<gx:MultiTrack>{track}{track}</gx:MultiTrack>"
    ring = "<LinearRing><coordinates>1,2 3,4 3,5 1,2</coordinates></LinearRing>"
    foreign = kml(tmp_path, "".join(map(mark, [point, line, closed, AREA, multi, mixed, track, tracks, ring, ""])))
    kinds = [None if one is None else one.geom_type for one in foreign.frame.geometry]
    assert kinds == [
        "Point", "LineString", "Polygon", "Polygon", "MultiPolygon", "GeometryCollection", "LineString", "MultiLineString",
        "Polygon", None,
    ]  # fmt: skip
    assert not foreign.frame.geometry.has_z.any() and foreign.count == 10
    assert foreign.frame.geometry.iloc[3].area == pytest.approx(1 - 0.02)
    assert foreign.declared.crs.to_epsg() == 4326 and foreign.declared.where == "format"
    assert {"closed_lines", "may_be_gcj02"} <= set(codes(foreign))
    as_lines = read.read(tmp_path / "a.kml", ReadOptions(lines_as_areas=False))
    assert [as_lines.frame.geometry.iloc[k].geom_type for k in (2, 8)] == ["LineString"] * 2
    assert "closed_lines" not in codes(as_lines)


def test_columns(tmp_path: Path) -> None:
    data = (
        "<ExtendedData><Data name='用途'><displayName>x</displayName><value>工业</value></Data><Data name='name'>"
        "<value>other</value></Data><SchemaData schemaUrl='#s'><SimpleData name='code'>41</SimpleData></SchemaData></ExtendedData>"
    )
    foreign = kml(
        tmp_path,
        "<name>doc</name><Folder><name>济源</name><Folder><name>地块</name>"
        + mark(f"<name>甲 &amp; 乙</name><description>两行\n说明</description>{data}<TimeStamp><when>2019-09-27</when></TimeStamp>")
        + "</Folder>" + mark("<name><![CDATA[丙]]></name><TimeSpan><begin>2018</begin></TimeSpan>") + "</Folder>" + mark(""),
    )  # fmt: skip
    frame = foreign.frame
    assert frame["name"].tolist() == ["甲 & 乙", "丙", None] and frame["folder"].tolist() == ["济源/地块", "济源", None]
    assert frame["用途"].tolist() == ["工业", None, None] and frame["code"].tolist() == ["41", None, None]
    assert frame["name_1"].tolist() == ["other", None, None], "data of the same name hide nothing"
    assert frame["description"].tolist()[0] == "两行\n说明" and frame["time"].tolist() == ["2019-09-27", "2018", None]


def test_tables_in_descriptions_become_columns(tmp_path: Path) -> None:
    foreign = kml(tmp_path, mark(f"<name>a</name><description>{ARCGIS}</description>{AREA}"))
    assert foreign.frame["名称"].tolist() == ["化工厂&旧址"] and foreign.frame["面积"].tolist() == ["12.5 亩"]
    assert "description" not in foreign.frame
    kept = kml(tmp_path, mark("<description>&lt;b&gt;无表格&lt;/b&gt;</description>"))
    assert kept.frame["description"].tolist() == ["<b>无表格</b>"]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "gb18030", "utf-16", "big5"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    name = "蟒河北岸砂場" if encoding == "big5" else "蟒河北岸砂场"
    foreign = kml(tmp_path, mark(f"<name>{name}</name>{AREA}"), encoding=encoding)
    assert foreign.frame["name"].tolist() == [name] and len(foreign.frame) == 1


def test_an_encoding_that_is_not_the_declared_one(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    path.write_bytes((HEAD.format("UTF-8") + mark("<name>蟒河北岸砂场</name>") + "</Document></kml>").encode("gbk"))
    foreign = read.read(path)
    assert foreign.frame["name"].tolist() == ["蟒河北岸砂场"] and foreign.encoding.name == "gb18030"


@pytest.mark.parametrize(
    "coordinates", ["112,35 112,36 113", "abc", "1,2 3;4", "112,35 nan,36", "1e999,2 3,4", "1,2,3,4 5,6", "112 35", "1,,2"]
)
def test_coordinates_that_cannot_be_read_are_rejects(tmp_path: Path, coordinates: str) -> None:
    bad = f"<LineString><coordinates>{coordinates}</coordinates></LineString>"
    foreign = kml(tmp_path, mark(f"<name>坏</name>{bad}") + mark(f"<name>好</name>{AREA}"))
    assert foreign.frame["name"].tolist() == ["好"] and foreign.rows.tolist() == [2] and foreign.count == 2
    assert [(one.row, one.values["name"]) for one in foreign.rejects] == [(1, "坏")]


@pytest.mark.parametrize(
    "coordinates", ["1,2,0 3,4,0", "1, 2, 0\n3, 4, 0", "1 ,2 3 ,4", "1,2\t3,4", "+1.0,2e0 3.,4", "1,2,0 3,4", "1 , 2 , 0 3 , 4 , 0"]
)
def test_blanks_between_coordinates(tmp_path: Path, coordinates: str) -> None:
    foreign = kml(tmp_path, mark(f"<LineString><coordinates>{coordinates}</coordinates></LineString>"))
    assert shapely.get_coordinates(foreign.frame.geometry.array).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("suffix", ["kmz", "ovkmz"])
def test_packed(tmp_path: Path, suffix: str) -> None:
    second = HEAD.format("utf-8") + mark(f"<name>二</name>{AREA}") + "</Document></kml>"
    path = messy.zipped(
        tmp_path / f"a.{suffix}", {"files/b.kml": second.encode(), "doc.kml": messy.kml().encode(), "files/i.png": b"x"}
    )
    foreign = read.read(path)
    assert foreign.format == "kmz" and foreign.frame["name"].tolist() == [*[plot[0] for plot in messy.PLOTS], "二"]
    assert foreign.rows.tolist() == [1, 2, 3, 4, 5]
    empty = messy.zipped(tmp_path / f"b.{suffix}", {"x.txt": b"x"})
    with pytest.raises(InputError, match="no KML document"):
        read.read(empty)


@pytest.mark.parametrize("name", ["a.ovkml", "a.kml", "a.xml", "a"])
def test_content_decides(tmp_path: Path, name: str) -> None:
    assert kml(tmp_path, mark(AREA), name=name).format == "kml"


@pytest.mark.parametrize(
    "document",
    [
        '<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "b">]><kml><name>&a;</name></kml>',
        '<!DOCTYPE k SYSTEM "http://example.invalid/x.dtd"><kml></kml>',
        '<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "1"><!ENTITY b "&a;&a;">]><kml>&b;</kml>',
    ],
)
def test_document_types_are_refused(tmp_path: Path, document: str) -> None:
    path = tmp_path / "a.kml"
    path.write_text(document, encoding="utf-8")
    with pytest.raises(InputError, match="document type"):
        read.read(path)


def test_depth_is_bounded(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="too deeply"):
        kml(tmp_path, "<Folder>" * 1000 + "</Folder>" * 1000)


def test_what_phones_write_wrongly_is_mended(tmp_path: Path) -> None:
    foreign = kml(tmp_path, mark(f"<name>A&B\x0b工厂 &lt;1&gt;</name>{AREA}"))
    assert foreign.frame["name"].tolist() == ["A&B 工厂 <1>"] and "xml_mended" in codes(foreign)
    with pytest.raises(InputError, match="no whole KML"):
        kml(tmp_path, mark("<name>offen"))


def test_links_are_told_and_not_followed(tmp_path: Path) -> None:
    foreign = kml(tmp_path, "<NetworkLink><Link><href>http://example.invalid/a.kml</href></Link></NetworkLink>" + mark(AREA))
    assert "links" in codes(foreign) and len(foreign.frame) == 1


def test_a_thousand_kinds_of_data_do_not_fill_memory(tmp_path: Path) -> None:
    marks = "".join(mark(f"<ExtendedData><Data name='k{k}'><value>{k}</value></Data></ExtendedData>{AREA}") for k in range(2000))
    foreign = kml(tmp_path, marks)
    assert len(foreign.frame) == 2000 and len(foreign.frame.columns) < 310 and "many_fields" in codes(foreign)
    assert sum(foreign.frame.drop(columns="geometry").notna().sum(axis=1) == 1) == 2000, "nothing is lost"


def test_limit(tmp_path: Path) -> None:
    kml(tmp_path, mark(AREA) * 10)
    assert len(read.read(tmp_path / "a.kml", ReadOptions(limit=3)).frame) == 3
    assert [one.count for one in read.read_chunks(tmp_path / "a.kml", size=4)] == [4, 4, 2]
    assert read.layers(tmp_path / "a.kml")[0].count == 10


def test_gdal_reads_the_same(tmp_path: Path) -> None:
    """The peer is GDAL's own reader, through geopandas."""
    import fiona

    random = np.random.default_rng(5)
    shapes = [
        shapely.Point(112, 35), shapely.LineString(random.random((9, 2))), shapely.Point(3, 4).buffer(1, quad_segs=5),
        shapely.Point(3, 4).buffer(2, quad_segs=5) - shapely.Point(3, 4).buffer(1, quad_segs=5),
    ]  # fmt: skip
    made = gpd.GeoDataFrame({"Name": ["甲", "乙", "丙", "丁"]}, geometry=shapes, crs=4326)
    path = tmp_path / "peer.kml"
    fiona.drvsupport.supported_drivers["KML"] = "rw"
    made.to_file(path, driver="KML", engine="fiona")
    foreign = read.read(path)
    assert foreign.frame["name"].tolist() == made["Name"].tolist()
    for one, other in zip(foreign.frame.geometry, made.geometry):
        assert shapely.equals_exact(shapely.normalize(one), shapely.normalize(other), 1e-9)


def columns(foreign: Any) -> list[str]:
    return list(foreign.frame.columns)


def test_an_empty_document(tmp_path: Path) -> None:
    foreign = kml(tmp_path, "")
    assert foreign.count == 0 and columns(foreign) == ["name", "geometry"]
