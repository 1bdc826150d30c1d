"""dBase tables beside shapefiles, read as they stand: cells are bytes until the encoding is known.

GDAL decodes before one can see what it decodes; an unknown encoding is then guessed in silence.  Here the bytes are
looked at first (:mod:`.text`), and each value is decoded once, however many rows repeat it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from . import text
from .model import Encoding

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Language driver (byte 29) -> codec.  ESRI's own values beside those of dBase; 0 and 0x57 (ANSI) say nothing.
LDID = {
    0x13: "cp932", 0x4D: "gb18030", 0x4E: "cp949", 0x4F: "big5", 0x7A: "gb18030", 0x78: "big5", 0x79: "cp949", 0x7B: "cp932",
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0xC8: "cp1250", 0xC9: "cp1251", 0x58: "cp1252", 0x59: "cp1252",
}  # fmt: skip
_MOST_FIELDS = 2048


@dataclass(frozen=True)
class Field:
    """One field: its name's bytes, type letter, where its cells lie in a record, and its decimals."""

    name: bytes
    kind: str
    start: int
    size: int
    decimals: int


@dataclass
class Table:
    """A table's records as bytes, shape (n,), each with its flag of deletion first; `problems` say what was wrong."""

    fields: list[Field]
    records: NDArray[np.bytes_]
    ldid: int
    declared: int
    problems: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def deleted(self) -> NDArray[np.bool_]:
        """Which records are marked as deleted, (n,)."""
        return self._bytes(0, 1)[:, 0] == ord("*")

    def _bytes(self, start: int, size: int) -> NDArray[np.uint8]:
        width = self.records.dtype.itemsize
        return self.records.view(np.uint8).reshape(-1, width)[:, start : start + size]

    def cells(self, one: Field) -> NDArray[np.bytes_]:
        """Return a field's cells, padding included, (n,)."""
        block = np.ascontiguousarray(self._bytes(one.start, one.size))
        return block.view(f"S{one.size}").ravel() if one.size else np.zeros(len(block), dtype="S1")


def read(path: Path, limit: int | None = None) -> Table:
    """Read a table.

    Raises
    ------
    InputError
        If it is no dBase table.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(32)
        if len(head) < 32:
            raise InputError(f"{path.name} is empty or cut off; ask for the shapefile to be sent again.")
        count, header, width = struct.unpack("<IHH", head[4:12])
        if header < 33 or width < 1 or header > 33 + 32 * _MOST_FIELDS:
            raise InputError(f"{path.name} is no dBase table (its header is broken); ask for the shapefile again.")
        fields = _fields(stream.read(header - 32), width, path)
        problems = []
        whole = max(0, (size - header) // width)
        if whole < count:
            problems.append((
                "table_cut_off", f"{path.name} 头部声明 {count} 条记录,实有 {whole} 条,文件可能被截断",
                f"{path.name} announces {count} records but holds {whole}; it may have been cut off",
            ))  # fmt: skip
        stream.seek(header)
        wanted = min(count, whole) if limit is None else min(count, whole, limit)
        data = stream.read(wanted * width)
    # A fixed-width bytes type would strip zeros at the end, so the records are a void type.
    records = np.frombuffer(data, dtype=np.dtype(f"V{width}"), count=len(data) // width)
    return Table(fields, records.view(np.dtype(f"V{width}")), head[29], count, problems)


def _fields(data: bytes, width: int, path: Path) -> list[Field]:
    fields, start = [], 1
    for at in range(0, len(data) - 31, 32):
        piece = data[at : at + 32]
        if piece[:1] == b"\r":
            break
        name, kind, size, decimals = piece[:11].split(b"\0")[0], chr(piece[11]), piece[16], piece[17]
        if kind == "C" and decimals:
            size += 256 * decimals  # what Clipper and FoxPro write for long texts
        if start + size > width:
            raise InputError(f"{path.name} is no whole dBase table: its fields are wider than its records.")
        fields.append(Field(name, kind, start, size, decimals))
        start += size
    return fields


def encoding(table: Table, declared: str | None, where: str) -> Encoding:
    """Tell the encoding of the texts; `declared` is what the user or the .cpg says (`where`)."""
    cells: list[bytes] = [one.name for one in table.fields]
    for one in table.fields:
        if one.kind == "C":
            cells += [cell.rstrip(b" \0") for cell in np.unique(table.cells(one)).tolist()]
    said, place = declared, where
    if text.codec(declared) in (None, "", "iso-8859-1", "cp1252") and LDID.get(table.ldid, "").startswith(("gb", "big5")):
        said, place = LDID[table.ldid], f"LDID 0x{table.ldid:02X}"
    return text.detect_cells(cells, declared=said, where=place)


def columns(table: Table, codec: str) -> tuple[dict[str, list[Any]], list[tuple[str, str, str]]]:
    """Decode a table: cells by unique field name, and (code, zh, en) of what could not be read."""
    out: dict[str, list[Any]] = {}
    problems: list[tuple[str, str, str]] = []
    for k, one in enumerate(table.fields):
        name = text.decode_cell(one.name, codec).strip() or f"field_{k + 1}"
        title, n = name, 2
        while title in out:
            title, n = f"{name}_{n}", n + 1
        cells, codes = np.unique(table.cells(one), return_inverse=True)
        values, bad = _values(cells.tolist(), one, codec)
        if bad:
            problems.append((
                "cells_unreadable", f"字段“{title}”有不能按其类型读出的值(如 {bad[0]!r}),按空值处理",
                f"field '{title}' has values that are none of its type (such as {bad[0]!r}); they became empty",
            ))  # fmt: skip
        if one.kind in "MGP":
            problems.append((
                "memo_left_out", f"备注型字段“{title}”的内容在另一文件中,未读取",
                f"the contents of memo field '{title}' are in another file and were not read",
            ))  # fmt: skip
        out[title] = [values[code] for code in np.asarray(codes).ravel().tolist()]
    return out, problems


def _values(cells: Sequence[bytes], one: Field, codec: str) -> tuple[list[Any], list[str]]:
    values: list[Any] = []
    bad: list[str] = []
    for cell in cells:
        try:
            values.append(_value(cell, one, codec))
        except (ValueError, struct.error):
            values.append(None)
            bad.append(cell.decode("latin-1").strip())
    return values, bad


def _value(cell: bytes, one: Field, codec: str) -> Any:
    if one.kind == "C":
        # A cell may have been cut in the middle of its last character.
        return text.decode_cell(cell.rstrip(b" \0"), codec).strip() or None
    if one.kind in "IO+B@" and one.kind in "IO+":
        form = {"I": "<i", "+": "<i", "O": "<d"}[one.kind]
        return struct.unpack(form, cell.ljust(struct.calcsize(form), b"\0"))[0]
    if one.kind in "MGPB@0":
        return None
    said = cell.strip(b" \0")
    if not said or said.strip(b"*") == b"":
        return None
    if one.kind == "D":
        if not said.isdigit() or len(said) != 8:
            raise ValueError("no date")
        return None if said == b"00000000" else f"{said[:4].decode()}-{said[4:6].decode()}-{said[6:].decode()}"
    if one.kind == "L":
        if said in b"?":
            return None
        if said not in (b"T", b"t", b"Y", b"y", b"F", b"f", b"N", b"n", b"1", b"0"):
            raise ValueError("no truth value")
        return said in (b"T", b"t", b"Y", b"y", b"1")
    number = float(said)
    if not np.isfinite(number):
        raise ValueError("not finite")
    return int(said) if one.decimals == 0 and said.lstrip(b"+-").isdigit() else number
