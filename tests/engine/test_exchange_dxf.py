"""DXF drawings: layers, closed polylines, hatches, blocks and texts, in the encoding that they are really in."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.exchange import read
from envzones.plugin.engine.exchange.model import PLAIN, Foreign, ReadOptions


def line(layer: str, points: list[tuple[float, float]], *, closed: int = 1, bulge: float = 0.0) -> str:
    """A light polyline."""
    said = f"0\nLWPOLYLINE\n100\nAcDbEntity\n8\n{layer}\n100\nAcDbPolyline\n90\n{len(points)}\n70\n{closed}\n"
    return said + "".join(f"10\n{x}\n20\n{y}\n" + (f"42\n{bulge}\n" if bulge else "") for x, y in points)


def note(layer: str, x: float, y: float, words: str, kind: str = "TEXT") -> str:
    return f"0\n{kind}\n8\n{layer}\n10\n{x}\n20\n{y}\n40\n2.5\n1\n{words}\n"


OLD = (
    "0\nPOLYLINE\n8\n老图层\n66\n1\n70\n1\n"
    + "".join(f"0\nVERTEX\n8\n老图层\n10\n{x}\n20\n{y}\n30\n7\n" for x, y in [(50, 0), (60, 0), (60, 10)])
    + "0\nSEQEND\n"
)
HATCH = (
    "0\nHATCH\n100\nAcDbEntity\n8\n填充\n100\nAcDbHatch\n10\n0\n20\n0\n30\n0\n210\n0\n220\n0\n230\n1\n2\nSOLID\n70\n1\n71\n0\n"
    "91\n1\n92\n3\n72\n0\n73\n1\n93\n4\n10\n70\n20\n0\n10\n75\n20\n0\n10\n75\n20\n5\n10\n70\n20\n5\n97\n0\n75\n0\n76\n1\n98\n0\n"
)
BLOCKS = (
    "0\nSECTION\n2\nBLOCKS\n0\nBLOCK\n8\n0\n2\nB1\n70\n2\n10\n0\n20\n0\n3\nB1\n0\nLINE\n8\n0\n10\n0\n20\n0\n11\n1\n21\n1\n"
    "0\nATTDEF\n8\n0\n10\n0\n20\n0\n40\n1\n1\nx\n3\np\n2\n名称\n70\n0\n0\nENDBLK\n0\nENDSEC\n"
)
INSERT = (
    "0\nINSERT\n8\n井\n66\n1\n2\nB1\n10\n100\n20\n100\n{}0\nATTRIB\n8\n井\n10\n100\n20\n100\n40\n1\n1\n三号井\n2\n名称\n70\n0\n"
    "0\nSEQEND\n8\n井\n"
)
CIRCLE = "0\nCIRCLE\n100\nAcDbEntity\n8\n圆\n100\nAcDbCircle\n10\n200\n20\n5\n40\n3\n"
PLOT = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
ENTITIES = (
    line("地块", PLOT) + line("道路", [(20, 0), (30, 0), (30, 10)], closed=0) + line("弧", [(0, 20), (10, 20)], bulge=1.0)
    + note("注记", 5, 5, "化工厂旧址") + OLD + HATCH + INSERT.format("") + CIRCLE
)  # fmt: skip


def drawing(entities: str = ENTITIES, *, version: str = "AC1015", page: str = "ANSI_936", blocks: str = BLOCKS) -> str:
    said = f"9\n$DWGCODEPAGE\n3\n{page}\n" if page else ""
    return (
        f"0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\n{version}\n{said}0\nENDSEC\n{blocks}0\nSECTION\n2\nENTITIES\n{entities}"
        "0\nENDSEC\n0\nEOF\n"
    )


def dxf(folder: Path, words: str, encoding: str = "gbk", options: ReadOptions = PLAIN) -> Foreign:
    path = folder / "红线 图.dxf"
    path.write_bytes(words.encode(encoding))
    return read.read(path, options)


def codes(foreign: Foreign) -> list[str]:
    return [one.code for one in foreign.notes]


def rows(foreign: Foreign) -> list[tuple[Any, ...]]:
    frame = foreign.frame
    return list(zip(frame["Layer"], [one.geom_type for one in frame.geometry], frame["text"]))


WHOLE = [
    ("地块", "Polygon", "化工厂旧址"), ("道路", "LineString", None), ("弧", "Polygon", None), ("注记", "Point", "化工厂旧址"),
    ("老图层", "Polygon", None), ("填充", "Polygon", None), ("井", "LineString", None), ("井", "Point", "三号井"),
    ("圆", "Polygon", None),
]  # fmt: skip


def test_entities(tmp_path: Path) -> None:
    foreign = dxf(tmp_path, drawing())
    assert foreign.format == "dxf" and rows(foreign) == WHOLE and foreign.count == 9
    assert foreign.frame.geometry.area.iloc[[0, 4, 5]].tolist() == [100, 50, 25]
    assert foreign.frame.geometry.area.iloc[8] == pytest.approx(28.27, rel=3e-3)
    assert foreign.declared is None and foreign.frame.crs is None
    assert {"closed_lines", "no_crs", "curves_linearised"} <= set(codes(foreign))
    assert not foreign.frame.geometry.has_z.any()
    assert foreign.rows.tolist() == list(range(1, 10))
    assert [one.name for one in tmp_path.iterdir()] == ["红线 图.dxf"]


@pytest.mark.parametrize(
    ("encoding", "version", "page", "told"),
    [
        ("gbk", "AC1015", "ANSI_936", False), ("gbk", "AC1015", "", False), ("gbk", "AC1015", "ANSI_1252", True),
        ("utf-8", "AC1021", "ANSI_936", False), ("utf-8", "AC1032", "", False), ("utf-8", "AC1015", "ANSI_936", True),
        ("gbk", "AC1027", "ANSI_936", True), ("utf-8-sig", "AC1021", "", False),
    ],
)  # fmt: skip
def test_encodings(tmp_path: Path, encoding: str, version: str, page: str, told: bool) -> None:
    foreign = dxf(tmp_path, drawing(version=version, page=page), encoding)
    assert rows(foreign) == WHOLE
    assert ("encoding_contradicts" in codes(foreign)) is told


def test_the_user_has_the_last_word(tmp_path: Path) -> None:
    assert rows(dxf(tmp_path, drawing(page=""), options=ReadOptions(encoding="GBK"))) == WHOLE
    with pytest.raises(InputError, match="no encoding"):
        dxf(tmp_path, drawing(), options=ReadOptions(encoding="klingon"))


def test_escaped_characters_and_formats(tmp_path: Path) -> None:
    words = note("a", 1, 1, r"\U+6CB3\M+5C4CF1") + note("a", 2, 2, r"{\fSimSun|b0|i0;第一行\P第二行\H2.5x; 面积}", "MTEXT")
    foreign = dxf(tmp_path, drawing(words), "gbk")
    assert foreign.frame["text"].tolist() == ["河南1", "第一行\n第二行\n面积".replace("\n面积", " 面积")]


def test_lines_stay_lines_if_told(tmp_path: Path) -> None:
    foreign = dxf(tmp_path, drawing(), options=ReadOptions(lines_as_areas=False))
    kinds = [one.geom_type for one in foreign.frame.geometry]
    assert kinds.count("Polygon") == 1 and kinds[0] == "LineString", "a hatch is an area by itself"
    assert "closed_lines" not in codes(foreign)


def test_layers(tmp_path: Path) -> None:
    dxf(tmp_path, drawing(ENTITIES + line("地块", [(300, 0), (310, 0), (310, 10)])))
    path = tmp_path / "红线 图.dxf"
    assert [(one.name, one.count) for one in read.layers(path)] == [
        ("地块", 2), ("道路", 1), ("弧", 1), ("注记", 1), ("老图层", 1), ("填充", 1), ("井", 2), ("圆", 1),
    ]  # fmt: skip
    foreign = read.read(path, ReadOptions(layer="地块"))
    assert rows(foreign) == [("地块", "Polygon", "化工厂旧址"), ("地块", "Polygon", None)], "labels are on other layers"
    assert foreign.rows.tolist() == [1, 10] and foreign.count == 2
    assert len(read.read(path, ReadOptions(limit=3)).frame) == 3
    with pytest.raises(InputError, match="nothing on layer '红线'"):
        read.read(path, ReadOptions(layer="红线"))


def test_a_label_goes_to_the_smallest_polygon_around_it(tmp_path: Path) -> None:
    inner = [(4.0, 4.0), (6.0, 4.0), (6.0, 6.0), (4.0, 6.0)]
    entities = line("a", PLOT) + line("a", inner) + note("t", 5, 5, "内") + note("t", 1, 1, "外") + note("t", 2, 1, "外二")
    assert dxf(tmp_path, drawing(entities)).frame["text"].tolist() == ["外\n外二", "内", "内", "外", "外二"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"AC1032" + bytes(100), "DWG.*ASCII DXF"), (b"AutoCAD Binary DXF\r\n\x1a\x00" + bytes(100), "binary DXF"),
        (b"", "is empty"), (b"hello", "cannot be read"), (b"0\nSECTION\n", "cannot be read"),
    ],
)  # fmt: skip
def test_refusals(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "a.dxf"
    path.write_bytes(data)
    with pytest.raises(InputError, match=says) as caught:
        read.read(path)
    assert "a.dxf" in str(caught.value)


def nested(depth: int, times: int) -> str:
    made = "0\nSECTION\n2\nBLOCKS\n"
    for k in reversed(range(depth)):
        made += f"0\nBLOCK\n8\n0\n2\nN{k}\n70\n0\n10\n0\n20\n0\n3\nN{k}\n0\nLINE\n8\n0\n10\n0\n20\n0\n11\n1\n21\n1\n"
        if k < depth - 1:
            made += "".join(f"0\nINSERT\n8\n0\n2\nN{k + 1}\n10\n{10 ** k}\n20\n{2 * one}\n" for one in range(times))
        made += "0\nENDBLK\n"
    return made + "0\nENDSEC\n"


@pytest.mark.parametrize(
    ("blocks", "entities"),
    [
        (nested(9, 10), "0\nINSERT\n8\n0\n2\nN0\n10\n1\n20\n1\n"), (BLOCKS, INSERT.format("70\n3000\n71\n3000\n")),
        (nested(100, 1), "0\nINSERT\n8\n0\n2\nN0\n10\n1\n20\n1\n"),
    ],
)  # fmt: skip
def test_blocks_that_make_millions_are_refused_at_once(tmp_path: Path, blocks: str, entities: str) -> None:
    begun = time.monotonic()
    with pytest.raises(InputError, match="blocks within blocks"):
        dxf(tmp_path, drawing(entities, blocks=blocks))
    assert time.monotonic() - begun < 5


def test_blocks_in_blocks_are_read(tmp_path: Path) -> None:
    foreign = dxf(tmp_path, drawing("0\nINSERT\n8\n0\n2\nN0\n10\n1\n20\n1\n", blocks=nested(3, 2)))
    (one,) = foreign.frame.geometry
    assert one.geom_type == "MultiLineString" and len(one.geoms) == 7
