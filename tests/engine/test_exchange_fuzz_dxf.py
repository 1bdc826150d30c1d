"""Drawings that no program ever wrote: a result or a sentence, whatever their bytes and groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from envzones.plugin.engine.exchange import read

from .fuzzing import fuzz, mutated, survives
from .test_exchange_dxf import ENTITIES, drawing, nested, note
from .test_exchange_fuzz_shapefile import adds_up

TOKENS = (
    b"0\nINSERT\n", b"0\nLWPOLYLINE\n", b"0\nHATCH\n", b"0\nENDSEC\n", b"0\nSPLINE\n", b"0\nELLIPSE\n", b"70\n32000\n",
    b"71\n32000\n", b"90\n2000000000\n", b"93\n99999999\n", b"10\n1e308\n", b"20\nnan\n", b"42\n1e30\n", b"\\U+D800", b"\\M+5FFFF",
    b"0\nDIMENSION\n", b"0\nMTEXT\n", b"2\nB1\n", b"0\n3DFACE\n", b"100\nAcDbSpline\n", b"72\n2\n", b"40\n0\n",
)  # fmt: skip


def _tried(tmp_path: Path, strategy: Any) -> None:
    path = tmp_path / "a.dxf"

    def check(data: bytes) -> None:
        path.write_bytes(data)
        adds_up(survives(lambda: read.read(path)))

    assert fuzz(strategy, check) >= 10


def test_mutated_drawings(tmp_path: Path) -> None:
    insert = "0\nINSERT\n8\n0\n2\nN0\n10\n1\n20\n1\n"
    good = [drawing().encode("gbk"), drawing(version="AC1032").encode(), drawing(insert, blocks=nested(3, 2)).encode("gbk")]
    _tried(tmp_path, mutated(good, TOKENS))


def test_groups_in_any_order(tmp_path: Path) -> None:
    codes = st.sampled_from([2, 5, 8, 10, 20, 30, 11, 21, 40, 41, 42, 50, 51, 70, 71, 72, 73, 90, 91, 92, 93, 94, 97, 100, 210])
    values = st.one_of(
        st.integers(-3, 40), st.floats(), st.sampled_from(["B1", "AcDbPolyline", "AcDbHatch", "AcDbSpline", "AcDbEllipse", ""])
    )
    kinds = st.sampled_from([
        "LWPOLYLINE", "POLYLINE", "VERTEX", "SEQEND", "HATCH", "SPLINE", "ELLIPSE", "ARC", "CIRCLE", "LINE", "POINT", "TEXT",
        "MTEXT", "INSERT", "ATTRIB", "DIMENSION", "SOLID", "3DFACE", "MLINE", "LEADER", "MULTILEADER", "ENDBLK", "BLOCK",
    ])  # fmt: skip
    entity = st.tuples(kinds, st.lists(st.tuples(codes, values), max_size=14)).map(
        lambda two: f"0\n{two[0]}\n" + "".join(f"{code}\n{value}\n" for code, value in two[1])
    )
    words = st.lists(entity, max_size=8).map(lambda many: drawing("".join(many) + note("a", 1, 1, "x")).encode("gbk"))
    _tried(tmp_path, words)
    assert ENTITIES
