"""CSV and Excel readers fed with what no program ever wrote."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import openpyxl
from hypothesis import strategies as st

from envzones.plugin.engine.exchange import sheet, text
from envzones.plugin.engine.exchange.model import Foreign

from .fuzzing import fuzz, mutated, survives

CSV = [
    "名称,经度,纬度,备注\n甲,112.5,35.1,x\n乙,112°36′,35°4′1.5″,\"a\nb\"\n".encode(codec) for codec in ("gbk", "utf-8", "utf-16")
] + [b"wkt;n\nPOINT (1 2);a\nSRID=4547;POLYGON ((0 0, 1 0, 1 1, 0 0));b\n", b"X\tY\n3848023.4\t38467956.0\n", b"1,2,3\n4,5,6\n"]  # fmt: skip
WORDS = [b",", b"\t", b";", b"\xd2\xbb", "°".encode(), "度".encode("gbk"), b"1e308", b"POINT (", b"lon", b"\n\n\n", b'""']


def held(path: Path) -> None:
    """A reader's promise: what it gives adds up."""
    found = survives(lambda: sheet.read(path))
    if isinstance(found, Foreign):
        assert found.count == len(found.frame) + len(found.rejects) and len(found.rows) == len(found.frame)


def test_fuzz_csv():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"

        def check(data: bytes) -> None:
            path.write_bytes(data)
            held(path)

        assert fuzz(mutated(CSV, WORDS) | st.binary(max_size=300), check) >= 50


def workbook() -> dict[str, bytes]:
    book = openpyxl.Workbook()
    page = book.active
    for row in (["名称", "经度", "纬度"], ["甲", 112.5, 35.1], ["乙", "112°36′", "=1+1"]):
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as box:
        return {name: box.read(name) for name in box.namelist()}


def test_fuzz_xlsx():
    """Parts of a workbook broken one by one inside a whole zip, and the zip's own bytes."""
    parts = workbook()
    names = [name for name in parts if name.endswith((".xml", ".rels"))]

    def packed(changed: dict[str, bytes]) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as box:
            for name, data in {**parts, **changed}.items():
                box.writestr(name, data)
        return out.getvalue()

    words = [b"<c r='ZZZ1'>", b"<row r='99999999'>", b"&#0;", b"<!DOCTYPE a>", b"t='s'", b"<v>1e400</v>"]
    one = st.sampled_from(names).flatmap(lambda name: mutated([parts[name]], words).map(lambda data: packed({name: data})))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"

        def check(data: bytes) -> None:
            if data[:2] != b"PK":
                return
            path.write_bytes(data)
            held(path)

        assert fuzz(one | mutated([packed({})]), check) >= 50


def test_fuzz_text():
    def check(data: bytes) -> None:
        found = survives(lambda: text.detect(data))
        said = text.decode(data, found)
        survives(lambda: text.destroyed(said))
        survives(lambda: text.detect_cells([data, data[:3], b""], declared="gbk"))

    assert fuzz(mutated([text_.encode(c) for text_ in ("济源市沁河", "café", "臺灣") for c in ("utf-8", "gb18030")]) | st.binary(max_size=200), check) >= 50
