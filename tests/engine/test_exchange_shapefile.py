"""Shapefiles: the encoding is told from the bytes, records stay paired, and GDAL finds the same shapes."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.exchange import dbf, read, shapefile, shp
from envzones.plugin.engine.exchange.model import ReadOptions

from . import messy

NAMES = [plot[0] for plot in messy.PLOTS]
TAIWAN = ["臺北市飲用水水源保護區", "臺灣自來水公司", "新北市環境保護局", "這個區域的邊界"]


def codes(foreign: Any) -> list[str]:
    return [note.code for note in foreign.notes]


def with_texts(folder: Path, texts: list[str], encoding: str, *, ldid: int = 0, cpg: str | None = None, size: int = 40) -> Path:
    path = messy.shapefile(folder, cpg=cpg)
    rows = [[text.encode(encoding)] for text in texts]
    path.with_suffix(".dbf").write_bytes(messy.dbf(rows, [("NAME", "C", size, 0)], ldid=ldid))
    return path


@pytest.mark.parametrize("said", ["UTF-8", "utf8", "UTF8", "65001", "\ufeffUTF-8", "UTF-8\r\n", " utf-8 "])
def test_spellings_of_utf8(tmp_path: Path, said: str) -> None:
    path = with_texts(tmp_path, NAMES, "utf-8")
    path.with_suffix(".cpg").write_bytes(said.encode("utf-8"))
    foreign = read.read(path)
    assert foreign.frame["NAME"].tolist() == NAMES and foreign.encoding.name == "utf-8" and foreign.encoding.sure
    assert not codes(foreign)


@pytest.mark.parametrize("said", ["936", "CP936", "GBK", "GB2312", "GB18030", "ANSI 936", "gbk", "cp54936", "EUC-CN"])
def test_spellings_of_gbk(tmp_path: Path, said: str) -> None:
    foreign = read.read(with_texts(tmp_path, NAMES, "gbk", cpg=said))
    assert foreign.frame["NAME"].tolist() == NAMES and foreign.encoding.name == "gb18030"
    assert said in foreign.encoding.zh and not codes(foreign)


@pytest.mark.parametrize(("said", "ldid"), [("950", 0), ("Big5", 0), (None, 0x4F), (None, 0)])
def test_big5(tmp_path: Path, said: str | None, ldid: int) -> None:
    foreign = read.read(with_texts(tmp_path, TAIWAN, "big5", cpg=said, ldid=ldid))
    assert foreign.frame["NAME"].tolist() == TAIWAN and foreign.encoding.name == "big5"


@pytest.mark.parametrize("said", ["ISO-8859-1", "88591", "1252", "ANSI 1252"])
def test_latin_that_is_really_gbk(tmp_path: Path, said: str) -> None:
    foreign = read.read(with_texts(tmp_path, NAMES, "gbk", cpg=said, ldid=0x57))
    assert foreign.frame["NAME"].tolist() == NAMES and foreign.encoding.name == "gb18030"
    assert "encoding_contradicts" in codes(foreign)


@pytest.mark.parametrize("said", ["OEM", "ANSI", ""])
def test_pages_that_say_nothing(tmp_path: Path, said: str) -> None:
    foreign = read.read(with_texts(tmp_path, NAMES, "gbk", cpg=said))
    assert foreign.frame["NAME"].tolist() == NAMES and not codes(foreign)


def test_a_page_that_nobody_knows_is_told(tmp_path: Path) -> None:
    foreign = read.read(with_texts(tmp_path, NAMES, "gbk", cpg="Klingon"))
    assert foreign.frame["NAME"].tolist() == NAMES and codes(foreign) == ["encoding_unknown"]


@pytest.mark.parametrize(
    ("encoding", "cpg", "ldid", "told"),
    [
        ("gbk", "UTF-8", 0, True), ("utf-8", "GBK", 0, True), ("utf-8", None, 0x4D, True), ("gbk", None, 0x4F, True),
        ("gbk", None, 0x4D, False), ("gbk", None, 0x57, False), ("utf-8", None, 0, False), ("gbk", "GBK", 0x4F, True),
    ],
)  # fmt: skip
def test_contradictions(tmp_path: Path, encoding: str, cpg: str | None, ldid: int, told: bool) -> None:
    foreign = read.read(with_texts(tmp_path, NAMES, encoding, cpg=cpg, ldid=ldid))
    assert foreign.frame["NAME"].tolist() == NAMES
    assert ("encoding_contradicts" in codes(foreign)) is told


def test_the_user_has_the_last_word(tmp_path: Path) -> None:
    foreign = read.read(with_texts(tmp_path, NAMES, "gbk"), ReadOptions(encoding="big5"))
    assert foreign.encoding.name == "big5" and "encoding_forced" in codes(foreign)
    with pytest.raises(InputError, match="no encoding 'klingon'"):
        read.read(with_texts(tmp_path, NAMES, "gbk"), ReadOptions(encoding="klingon"))


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
@pytest.mark.parametrize("size", [5, 7, 8, 11])
def test_a_character_cut_at_the_end_of_a_field_spoils_nothing(tmp_path: Path, encoding: str, size: int) -> None:
    foreign = read.read(with_texts(tmp_path, NAMES, encoding, size=size))
    for text, whole in zip(foreign.frame["NAME"], NAMES):
        assert text and whole.startswith(text) and size - 3 < len(text.encode(encoding)) <= size
    assert foreign.encoding.name == {"gbk": "gb18030"}.get(encoding, encoding) and not codes(foreign)


def test_field_names_are_decoded_cut_and_made_unique(tmp_path: Path) -> None:
    path = messy.shapefile(tmp_path)
    fields = [("水源保护区名称", "C", 10, 0), ("水源保护区名称", "C", 10, 0), ("A", "C", 4, 0), ("", "C", 4, 0)]
    path.with_suffix(".dbf").write_bytes(messy.dbf([[b"a", b"b", b"c", b"d"]] * 4, fields))
    foreign = read.read(path)
    assert list(foreign.frame.columns) == ["水源保护区", "水源保护区_2", "A", "field_4", "geometry"]


def test_a_field_called_geometry_does_not_hide_the_shapes(tmp_path: Path) -> None:
    path = messy.shapefile(tmp_path)
    path.with_suffix(".dbf").write_bytes(messy.dbf([[b"a"]] * 4, [("geometry", "C", 10, 0)]))
    foreign = read.read(path)
    assert list(foreign.frame.columns) == ["geometry_1", "geometry"] and foreign.frame.geometry.notna().all()


def test_types_of_cells(tmp_path: Path) -> None:
    path = messy.shapefile(tmp_path)
    fields = [("N0", "N", 18, 0), ("N2", "N", 10, 2), ("F", "F", 12, 3), ("D", "D", 8, 0), ("L", "L", 1, 0), ("M", "M", 10, 0)]
    rows = [
        [b"123456789012345678", b"1.50", b"1e3", b"20190927", b"T", b"1"],
        [b"", b"", b"", b"", b"?", b""],
        [b"******", b"**", b"-2", b"00000000", b"f", b""],
        [b"12x", b"nan", b"1e999", b"2019-9-2", b"Q", b""],
    ]
    path.with_suffix(".dbf").write_bytes(messy.dbf(rows, fields))
    foreign = read.read(path)
    cells = foreign.frame.drop(columns="geometry").astype(object)
    cells = cells.where(cells.notna(), None).to_dict("list")
    assert cells["N0"] == [123456789012345678, None, None, None] and cells["N2"] == [1.5, None, None, None]
    assert cells["F"] == [1000.0, None, -2.0, None] and cells["D"] == ["2019-09-27", None, None, None]
    assert cells["L"] == [True, None, False, None] and cells["M"] == [None] * 4
    assert codes(foreign).count("cells_unreadable") == 5 and "memo_left_out" in codes(foreign)


@pytest.mark.parametrize(
    ("text", "destroyed"),
    [
        ("锟斤拷锟斤拷", True), ("烫烫烫烫", True), ("????", True), ("河南省环境", False), ("什么?", False),
        ("娌冲崡鐪佺幆澧�", True),
    ],
)  # fmt: skip
def test_destroyed_text(tmp_path: Path, text: str, destroyed: bool) -> None:
    foreign = read.read(with_texts(tmp_path, [NAMES[0], text, NAMES[1], NAMES[2]], "gb18030"))
    assert ("text_destroyed" in codes(foreign)) is destroyed
    assert foreign.frame["NAME"].tolist()[0] == NAMES[0]
    if destroyed:
        assert [note.row for note in foreign.notes if note.code == "text_destroyed"] == [2]


def test_side_files_are_found_however_they_are_written(tmp_path: Path) -> None:
    path = messy.shapefile(tmp_path, "地块", cpg="GBK")
    for suffix in (".dbf", ".shx", ".cpg", ".shp"):
        path.with_suffix(suffix).rename(tmp_path / f"地块{suffix.upper()}")
    foreign = read.read(tmp_path / "地块.SHP")
    assert foreign.frame["名称"].tolist() == NAMES and ".cpg" in foreign.encoding.en
    assert read.read(tmp_path / "地块.DBF").frame["名称"].tolist() == NAMES, "the table leads to its shapes"
    names = [part.name for part in tmp_path.iterdir()]
    assert len(names) == 4, "nothing is left behind"


def test_no_index(tmp_path: Path) -> None:
    path = messy.shapefile(tmp_path, shx=False)
    foreign = read.read(path)
    assert len(foreign.frame) == 4 and codes(foreign) == ["no_index"]
    other = messy.shapefile(tmp_path, "b")
    index = other.with_suffix(".shx")
    index.write_bytes(index.read_bytes()[:104] + bytes(28))
    foreign = read.read(other)
    assert len(foreign.frame) == 4 and codes(foreign) == ["bad_index"]


def test_deleted_records_do_not_shift_the_others(tmp_path: Path) -> None:
    path = messy.shapefile(tmp_path)
    table = path.with_suffix(".dbf")
    data = bytearray(table.read_bytes())
    header, width = struct.unpack("<HH", data[8:12])
    data[header + width] = ord("*")
    table.write_bytes(data)
    foreign = read.read(path)
    assert foreign.frame["名称"].tolist() == [NAMES[0], *NAMES[2:]] and foreign.rows.tolist() == [1, 3, 4]
    assert shapely.get_coordinates(foreign.frame.geometry.iloc[1]).min(axis=0).tolist() == [112.58, 35.09]
    assert [(one.row, one.code, one.values["名称"]) for one in foreign.rejects] == [(2, "deleted", NAMES[1])]
    assert foreign.count == 4


@pytest.mark.parametrize("shx", [True, False])
@pytest.mark.parametrize("cut", [1, 60, 100, 250, 400])
def test_a_file_that_was_cut_off_gives_what_is_whole(tmp_path: Path, shx: bool, cut: int) -> None:
    path = messy.shapefile(tmp_path, shx=shx)
    path.write_bytes(path.read_bytes()[:-cut])
    foreign = read.read(path)
    whole = 4 - (cut + 135) // 136
    assert len(foreign.frame) == whole and foreign.frame["名称"].tolist() == NAMES[:whole] and "cut_off" in codes(foreign)
    assert foreign.frame.geometry.notna().all()
    assert [one.row for one in foreign.rejects] == list(range(whole + 1, 5)) and foreign.count == 4
    assert foreign.rejects[0].values["名称"] == NAMES[whole]


def test_nothing_whole(tmp_path: Path) -> None:
    path = messy.shapefile(tmp_path, shx=False)
    path.write_bytes(path.read_bytes()[:120])
    with pytest.raises(InputError, match="no whole shape"):
        read.read(path)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InputError, match="no whole shapefile"):
        read.read(path)


def test_a_table_that_was_cut_off(tmp_path: Path) -> None:
    path = messy.shapefile(tmp_path)
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes()[:-90])
    foreign = read.read(path)
    assert len(foreign.frame) == 4 and foreign.frame["名称"].tolist() == [*NAMES[:2], None, None]
    assert {"table_cut_off", "counts_differ"} <= set(codes(foreign))
    table.write_bytes(table.read_bytes()[:20])
    with pytest.raises(InputError, match="cut off"):
        read.read(path)


def test_more_records_than_shapes(tmp_path: Path) -> None:
    path = messy.shapefile(tmp_path)
    main, index = messy.shp(messy.plots()[:2])
    path.write_bytes(main)
    path.with_suffix(".shx").write_bytes(index)
    foreign = read.read(path)
    assert foreign.count == 4 and foreign.frame.geometry.isna().tolist() == [False, False, True, True]
    assert foreign.frame["名称"].tolist() == NAMES and {"counts_differ", "no_shape"} <= set(codes(foreign))


PRJ = {
    "": (None, None, "prj_empty"),
    "GCJ-02 火星坐标": (None, "gcj02", "prj_unknown"),
    "LOCAL grid of the mine": (None, "", "prj_unknown"),
    'PROJCS["broken': (None, "", "prj_unknown"),
}


@pytest.mark.parametrize("words", PRJ)
def test_a_prj_that_says_little(tmp_path: Path, words: str) -> None:
    crs, datum, code = PRJ[words]
    foreign = read.read(messy.shapefile(tmp_path, prj=words))
    assert code in codes(foreign) and foreign.frame.crs is None
    assert (foreign.declared is None) if words == "" else (foreign.declared.crs is crs and foreign.declared.datum == datum)
    assert not words or foreign.declared.words == words


@pytest.mark.parametrize("epsg", [4490, 4547, 4526, 2383, 4326])
@pytest.mark.parametrize("version", ["WKT1_ESRI", "WKT2_2019"])
def test_a_prj_is_declared_and_moves_nothing(tmp_path: Path, epsg: int, version: str) -> None:
    from pyproj import CRS

    foreign = read.read(messy.shapefile(tmp_path, epsg=epsg, prj=CRS.from_epsg(epsg).to_wkt(version)))
    assert foreign.declared.where == ".prj" and foreign.frame.crs == foreign.declared.crs
    assert foreign.declared.crs.to_epsg(min_confidence=20) == epsg
    assert shapely.get_coordinates(foreign.frame.geometry.iloc[0])[0] == pytest.approx(messy.plots(epsg)[0][0], abs=0)


def test_heights_are_left_out(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"a": [1, 2]}, geometry=[shapely.Point(1, 2, 3), shapely.Point(4, 5, 6)], crs=4490)
    frame.to_file(tmp_path / "z.shp")
    foreign = read.read(tmp_path / "z.shp")
    assert not foreign.frame.geometry.has_z.any() and "heights_dropped" in codes(foreign)
    assert shapely.get_coordinates(foreign.frame.geometry.array).tolist() == [[1, 2], [4, 5]]


def test_no_table(tmp_path: Path) -> None:
    foreign = read.read(messy.shapefile(tmp_path, table=False))
    assert len(foreign.frame) == 4 and codes(foreign) == ["no_table"] and foreign.encoding is None


def test_multipatch_is_refused(tmp_path: Path) -> None:
    path = messy.shapefile(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[:32] + struct.pack("<i", 31) + data[36:])
    with pytest.raises(InputError, match="MultiPatch"):
        read.read(path)


def test_coordinates_that_are_no_numbers_are_rejects(tmp_path: Path) -> None:
    path = messy.shapefile(tmp_path)
    data = path.read_bytes()
    at = data.index(struct.pack("<2d", 112.61, 35.08), 260)
    path.write_bytes(data[:at] + struct.pack("<d", float("nan")) + data[at + 8 :])
    foreign = read.read(path)
    assert [one.row for one in foreign.rejects] == [2] and len(foreign.frame) == 3 and foreign.count == 4


def ring(x: float, y: float, size: float, clockwise: bool = True) -> list[tuple[float, float]]:
    square = [(x, y), (x, y + size), (x + size, y + size), (x + size, y), (x, y)]
    return square if clockwise else square[::-1]


def polygon(*rings: list[tuple[float, float]]) -> bytes:
    points = [point for one in rings for point in one]
    begin = np.cumsum([0, *(len(one) for one in rings)])[:-1]
    return (
        struct.pack("<i4d2i", 5, 0, 0, 0, 0, len(rings), len(points))
        + struct.pack(f"<{len(rings)}i", *begin)
        + b"".join(struct.pack("<2d", *point) for point in points)
    )


def written(path: Path, records: list[bytes]) -> Path:
    body = b"".join(struct.pack(">2i", k + 1, len(one) // 2) + one for k, one in enumerate(records))
    head = struct.pack(">i20xi", 9994, 50 + len(body) // 2) + struct.pack("<2i8d", 1000, 5, *[0] * 8)
    path.write_bytes(head + body)
    return path


def test_rings_are_shells_and_holes(tmp_path: Path) -> None:
    lake_with_island = polygon(ring(0, 0, 10), ring(1, 1, 8, False), ring(2, 2, 6), ring(3, 3, 4, False))
    hole_first = polygon(ring(1, 1, 2, False), ring(0, 0, 10), ring(20, 20, 5), ring(21, 21, 1, False))
    inside_out = polygon(ring(0, 0, 10, False), ring(1, 1, 2), ring(5, 5, 2))
    apart = polygon(ring(0, 0, 1), ring(5, 5, 1, False))
    short = polygon(ring(0, 0, 10), [(1, 1), (2, 2)])
    nothing = polygon([(1, 1), (2, 2)])
    path = written(tmp_path / "a.shp", [lake_with_island, hole_first, inside_out, apart, short, nothing])
    foreign = read.read(path)
    assert [one.area for one in foreign.frame.geometry] == [100 - 64 + 36 - 16, 100 - 4 + 25 - 1, 100 - 8, 2, 100]
    assert foreign.frame.geometry.is_valid.all()
    assert [one.row for one in foreign.rejects] == [6] and foreign.count == 6
    assert {"rings_turned", "parts_dropped"} <= set(codes(foreign))


@st.composite
def shapes(draw: Any, kind: str) -> Any:
    whole = st.integers(-1000, 1000)

    def points(least: int) -> list[tuple[int, int]]:
        return draw(st.lists(st.tuples(whole, whole), min_size=least, max_size=6))

    if kind == "points":
        return shapely.MultiPoint(points(1)) if draw(st.booleans()) else shapely.Point(points(1)[0])
    if kind == "lines":
        return shapely.MultiLineString([points(2) for _ in range(draw(st.integers(1, 3)))])
    squares = [
        shapely.box(100 * k, 0, 100 * k + draw(st.integers(10, 90)), draw(st.integers(10, 90)))
        for k in range(draw(st.integers(1, 3)))
    ]
    shape = shapely.MultiPolygon(squares) - shapely.MultiPoint(points(1)).buffer(draw(st.integers(1, 5)), quad_segs=2)
    return shapely.segmentize(shape, 17)


@settings(max_examples=40)
@given(data=st.data(), kind=st.sampled_from(["lines", "areas"]))
def test_gdal_reads_the_same(tmp_path_factory: Any, data: Any, kind: str) -> None:
    made = data.draw(st.lists(st.one_of(st.none(), shapes(kind)), min_size=1, max_size=8))
    if all(one is None or one.is_empty for one in made):
        return
    texts = data.draw(st.lists(st.sampled_from([*NAMES, None, "ASCII", "㐀生僻字䶵"]), min_size=len(made), max_size=len(made)))
    numbers = data.draw(st.lists(st.integers(-(10**9), 10**9), min_size=len(made), max_size=len(made)))
    frame = gpd.GeoDataFrame({"名称": texts, "n": numbers}, geometry=made, crs=4490)
    path = tmp_path_factory.mktemp("peer") / "同行.shp"
    frame.to_file(path, encoding="utf-8")
    other = gpd.read_file(path)
    mine = read.read(path)
    assert mine.count == len(other) == len(mine.frame)
    # GDAL gives shapes without any point as None, too.
    for one, peer in zip(mine.frame.geometry, other.geometry):
        if one is None:
            assert peer is None or peer.is_empty
        else:
            assert shapely.equals_exact(shapely.normalize(one), shapely.normalize(peer), 0), (one, peer)
    assert [x or None for x in mine.frame["名称"]] == [x if isinstance(x, str) and x else None for x in other["名称"]]
    assert mine.frame["n"].tolist() == other["n"].tolist()
    assert mine.frame.crs == other.crs
    # Without the index the records are the same.
    path.with_suffix(".shx").unlink()
    again = read.read(path)
    assert (shapely.to_wkb(mine.frame.geometry.array) == shapely.to_wkb(again.frame.geometry.array)).all()


def test_pieces_are_the_whole(tmp_path: Path) -> None:
    n = 1000
    frame = gpd.GeoDataFrame({"k": range(n)}, geometry=[shapely.box(k, 0, k + 1, 1) for k in range(n)], crs=4547)
    frame.to_file(tmp_path / "a.shp")
    whole = read.read(tmp_path / "a.shp")
    pieces = list(read.read_chunks(tmp_path / "a.shp", size=300))
    assert [one.count for one in pieces] == [300, 300, 300, 100]
    assert np.concatenate([one.rows for one in pieces]).tolist() == whole.rows.tolist() == list(range(1, n + 1))
    assert sum((one.frame["k"].tolist() for one in pieces), []) == list(range(n))
    assert (np.concatenate([one.frame.geometry.array for one in pieces]) == whole.frame.geometry.array).all()
    assert len(read.read(tmp_path / "a.shp", ReadOptions(limit=7)).frame) == 7
    assert [one.count for one in read.read_chunks(tmp_path / "a.shp", ReadOptions(limit=5), size=3)] == [3, 2]


def test_an_empty_layer(tmp_path: Path) -> None:
    path = written(tmp_path / "a.shp", [])
    foreign = read.read(path)
    assert foreign.count == 0 and len(foreign.frame) == 0
    assert [one.count for one in read.read_chunks(path)] == [0]


def test_cancel(tmp_path: Path) -> None:
    class Stop:
        cancelled = True

        def __call__(self, fraction: float, message: str = "") -> None: ...

    with pytest.raises(Cancelled):
        read.read(messy.shapefile(tmp_path), progress=Stop())


def test_layers(tmp_path: Path) -> None:
    (one,) = shapefile.layers(messy.shapefile(tmp_path, "地块"))
    assert (one.name, one.geometry, one.count) == ("地块", "Polygon", 4)


def test_tables_are_read_in_blocks(tmp_path: Path) -> None:
    path = messy.shapefile(tmp_path).with_suffix(".dbf")
    table = dbf.read(path)
    assert [len(table.block(start, start + 3).data) for start in (0, 3, 6)] == [3, 1, 0]
    assert shp.index(path.with_suffix(".shp"), None).rebuilt
