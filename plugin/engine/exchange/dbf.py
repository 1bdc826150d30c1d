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
    0x13: "cp932", 0x4D: "gb18030", 0x4E: "cp949", 0x4F: "big5", 0x7A: "gb18030", 0x78: "big5", 0x79: "cp949",
    0x7B: "cp932",
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0xC8: "cp1250", 0xC9: "cp1251", 0x58: "cp1252", 0x59: "cp1252",
}  # fmt: skip
#: Records that are read at once to learn the encoding, and different texts that are enough for it.
_BLOCK, _ENOUGH = 50_000, 200_000


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
    """A table that is read in blocks: where its records are, and what is said of it.

    `count` is the number of whole records, `declared` that of the header, `width` the bytes of a record, its flag of
    deletion first; `problems` say what was wrong.
    """

    path: Path
    fields: list[Field]
    header: int
    width: int
    count: int
    declared: int
    ldid: int
    problems: list[tuple[str, str, str]] = field(default_factory=list)

    def block(self, start: int = 0, stop: int | None = None) -> Block:
        """Read the records from `start` to before `stop`."""
        stop = self.count if stop is None else min(stop, self.count)
        with self.path.open("rb") as stream:
            stream.seek(self.header + start * self.width)
            data = stream.read(max(0, stop - start) * self.width)
        whole = len(data) // self.width
        return Block(np.frombuffer(data, dtype=np.uint8, count=whole * self.width).reshape(whole, self.width))


@dataclass(frozen=True)
class Block:
    """Records as bytes, shape (n, width)."""

    data: NDArray[np.uint8]

    @property
    def deleted(self) -> NDArray[np.bool_]:
        """Which records are marked as deleted, (n,)."""
        return self.data[:, 0] == ord("*")

    def cells(self, one: Field) -> NDArray[np.bytes_]:
        """Return a field's cells, padding included, (n,)."""
        part = np.ascontiguousarray(self.data[:, one.start : one.start + one.size])
        return part.view(f"S{one.size}").ravel() if one.size else np.zeros(len(part), dtype="S1")


def read(path: Path) -> Table:
    """Read a table's header.

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
        if header < 33 or width < 1 or header > size:
            raise InputError(f"{path.name} is no dBase table (its header is broken); ask for the shapefile again.")
        fields = _fields(stream.read(header - 32), width, path)
    problems = []
    whole = (size - header) // width
    if whole < count:
        problems.append((
            "table_cut_off", f"{path.name} 头部声明 {count} 条记录,实有 {whole} 条,文件可能被截断",
            f"{path.name} announces {count} records but holds {whole}; it may have been cut off",
        ))  # fmt: skip
    return Table(path, fields, header, width, min(whole, count), count, head[29], problems)


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
    cells: set[bytes] = set()
    for start in range(0, table.count, _BLOCK):
        block = table.block(start, start + _BLOCK)
        for one in table.fields:
            if one.kind == "C" and len(cells) < _ENOUGH:
                cells.update(cell.rstrip(b" \0") for cell in np.unique(block.cells(one)).tolist() if not cell.isascii())
    said, place = declared, where
    vague = text.codec(declared) in (None, "", "iso-8859-1", "cp1252")
    if vague and LDID.get(table.ldid, "").startswith(("gb", "big5")):
        said, place = LDID[table.ldid], f"LDID 0x{table.ldid:02X}"
    names = [one.name for one in table.fields]
    told = [*names, *sorted(cells)]
    found, free = text.detect_cells(told, declared=said, where=place), text.detect_cells(told)
    # GBK and Big5 decode each other's bytes: a declaration holds unless running text of the other is plain to see.
    rivals = {found.name, free.name} == {"gb18030", "big5"}
    return free if rivals and free.sure else found


def titles(table: Table, codec: str) -> list[str]:
    """Return the fields' names, each once; one that is empty is called after its place."""
    out: list[str] = []
    for k, one in enumerate(table.fields):
        name = text.decode_cell(one.name, codec).strip() or f"field_{k + 1}"
        title, n = name, 2
        while title in out:
            title, n = f"{name}_{n}", n + 1
        out.append(title)
    return out


def columns(table: Table, block: Block, codec: str) -> tuple[dict[str, list[Any]], list[tuple[str, str, str]]]:
    """Decode records: cells by the fields' :func:`titles`, and (code, zh, en) of what could not be read."""
    out: dict[str, list[Any]] = {}
    problems: list[tuple[str, str, str]] = []
    for title, one in zip(titles(table, codec), table.fields):
        cells, codes = np.unique(block.cells(one), return_inverse=True)
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
            bad.append(cell.decode("latin-1").strip()[:40])
    return values, bad


def _value(cell: bytes, one: Field, codec: str) -> Any:
    if one.kind in "IO+":
        form = {"I": "<i", "+": "<i", "O": "<d"}[one.kind]
        # Zeros at the end were cut off with the padding.
        number = struct.unpack(form, cell.ljust(struct.calcsize(form), b"\0"))[0]
        return number if np.isfinite(number) else None
    if one.kind in "MGPB@0":
        return None
    said = cell.partition(b"\0")[0].strip()
    if one.kind not in "NFDL":
        # A cell may have been cut in the middle of its last character.
        return text.decode_cell(said, codec).strip() or None
    if not said or said.strip(b"*") == b"" or said == b"?":
        return None
    if one.kind == "D":
        if not said.isdigit() or len(said) != 8:
            raise ValueError("no date")
        return None if said == b"00000000" else f"{said[:4].decode()}-{said[4:6].decode()}-{said[6:].decode()}"
    if one.kind == "L":
        if said not in (b"T", b"t", b"Y", b"y", b"F", b"f", b"N", b"n", b"1", b"0"):
            raise ValueError("no truth value")
        return said in (b"T", b"t", b"Y", b"y", b"1")
    number = float(said)
    if not np.isfinite(number):
        raise ValueError("not finite")
    return int(said) if one.decimals == 0 and said.lstrip(b"+-").isdigit() else number
