"""Shapefiles, byte by byte: UTF-8 or GBK told by .cpg and language byte, names of ten bytes, .prj in Esri's WKT.

Esri (1998): ESRI Shapefile Technical Description; dBASE III tables with the types C, N, L and D.
"""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..progress import Progress, part, report
from .field_names import cut, shortened
from .write_columns import Column, Sheet, Told
from .write_gpkg import clock

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .write import WriteOptions

#: Encodings by the name a user gives: Python's codec, what the .cpg says, the table's language byte.
_ENCODINGS = {
    "": ("utf-8", "UTF-8", 0x00), "utf-8": ("utf-8", "UTF-8", 0x00), "utf8": ("utf-8", "UTF-8", 0x00),
    "gbk": ("gbk", "936", 0x4D), "cp936": ("gbk", "936", 0x4D), "gb2312": ("gbk", "936", 0x4D),
    "gb18030": ("gbk", "936", 0x4D),
}  # fmt: skip
_LONGEST_TEXT, _MOST_FIELDS, _LARGEST = 254, 255, (1 << 31) - 1
_KINDS = ("point", "line", "area")
_KINDS_ZH = ("点", "线", "面")
_STEP = 5000


def make(
    sheets: Sequence[Sheet], folder: Path, stem: str, options: WriteOptions, told: Told, progress: Progress
) -> list[str]:
    """Write one sheet as a shapefile, or one per kind of shape where mixed ones are to be split.

    Raises
    ------
    InputError
        For mixed geometries that are not to be split, collections, characters that GBK lacks (unless `lossy`),
        more than
        255 fields, or more than 2 GB.
    """
    (sheet,) = sheets
    if options.encoding.lower() not in _ENCODINGS:
        raise InputError(
            f"A shapefile's text is written as utf-8 or gbk, not '{options.encoding}'; choose one of the two."
        )
    kinds = _kinds(sheet)
    there = [kind for kind in range(3) if (kinds == kind).any()]
    if len(there) <= 1:
        return _one(sheet, folder, stem, there[0] if there else _declared(sheet), options, told, progress)
    counts = [int((kinds == kind).sum()) for kind in there]
    en = ", ".join(f"{n} {_KINDS[kind]}s" for n, kind in zip(counts, there))
    if not options.split:
        raise InputError(
            f"Layer '{sheet.name}' has {en}, and a shapefile holds one kind; let it be split, or write a GeoPackage."
        )
    names: list[str] = []
    for k, kind in enumerate(there):
        # Rows without a shape go with the first file, so that none is lost.
        keep = (kinds == kind) | ((kinds == -1) if k == 0 else False)
        share = part(progress, k / len(there), (k + 1) / len(there))
        names += _one(_taken(sheet, keep), folder, f"{stem}_{_KINDS[kind]}", kind, options, told, share)
    zh = "、".join(f"{n} 个{_KINDS_ZH[kind]}" for n, kind in zip(counts, there))
    told.say("info", "split", f"图层含 {zh},已按类型分成 {len(there)} 个文件",
             f"the layer has {en} and was split into {len(there)} files")  # fmt: skip
    return names


def _kinds(sheet: Sheet) -> NDArray[np.int64]:
    """Return 0 for points, 1 for lines, 2 for areas, -1 for nothing."""
    ids = shapely.get_type_id(sheet.shapes)
    strange = np.flatnonzero(ids == 7)
    if len(strange):
        raise InputError(
            f"Layer '{sheet.name}', row {strange[0] + 1}: a collection of shapes of several kinds, which a"
            f" shapefile cannot hold;"
            f" take it apart first, or write a GeoPackage."
        )
    table = np.array([0, 1, 1, 2, 0, 1, 2, -1, -1])
    return np.asarray(table[np.where(ids < 0, 8, ids)], dtype=np.int64)


def _declared(sheet: Sheet) -> int:
    words = sheet.spec.geometry.lower() if sheet.spec else ""
    return 0 if "point" in words else 1 if "line" in words else 2


def _taken(sheet: Sheet, keep: NDArray[np.bool_]) -> Sheet:
    rows = np.flatnonzero(keep).tolist()
    columns = [replace(column, values=[column.values[k] for k in rows]) for column in sheet.columns]
    return replace(sheet, columns=columns, shapes=sheet.shapes[keep])


def _one(
    sheet: Sheet, folder: Path, stem: str, kind: int, options: WriteOptions, told: Told, progress: Progress
) -> list[str]:
    codec, cpg, ldid = _ENCODINGS[options.encoding.lower()]
    columns = (
        [column.labelled(options.lang) for column in sheet.columns] if options.labels else list(sheet.columns)
    )
    full = [_wanted(column, options) for column in columns]
    shorts = shortened(full, codec)
    names = [f"{stem}{suffix}" for suffix in (".shp", ".shx", ".dbf", ".cpg")]
    report(progress, 0.0, sheet.name)
    _shapes(sheet, kind, folder / names[0], folder / names[1], part(progress, 0.0, 0.5))
    (folder / names[2]).write_bytes(
        _dbf(sheet, columns, shorts, codec, ldid, options, told, part(progress, 0.5, 1.0))
    )
    (folder / names[3]).write_text(cpg, encoding="ascii")
    if sheet.crs is None:
        words = sheet.system.upper() or "?"
        told.say("warning", "no_crs", f"坐标系没有代码({words}),未写 .prj",
                 f"the reference system has no code ({words}); no .prj was written")  # fmt: skip
    else:
        crs = sheet.crs.source_crs if sheet.crs.is_bound else sheet.crs
        (folder / f"{stem}.prj").write_text(crs.to_wkt("WKT1_ESRI"), encoding="ascii", errors="replace")
        names.append(f"{stem}.prj")
    if any(short != column.name for short, column in zip(shorts, columns)):
        (folder / f"{stem}.fields.csv").write_text(_table(columns, shorts), encoding="utf-8-sig", newline="")
        names.append(f"{stem}.fields.csv")
        pairs = [f"{column.name} → {short}" for column, short in zip(columns, shorts) if short != column.name]
        words = "; ".join(pairs)
        told.say("info", "names_cut", f"字段名缩写为 10 字节以内(对照表见 {stem}.fields.csv):{words}",
                 f"field names are cut to ten bytes (listed in {stem}.fields.csv): {words}")  # fmt: skip
    return names


def _wanted(column: Column, options: WriteOptions) -> str:
    if options.titles and column.spec is not None:
        return column.spec.title(options.lang, unit=False)
    return column.name


def _table(columns: Sequence[Column], shorts: Sequence[str]) -> str:
    """Return the table of short names: what each stands for, and its codes."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["field", "name", "title_zh", "title_en", "type", "codes"])
    for column, short in zip(columns, shorts):
        domain = column.spec.domain if column.spec and column.spec.domain else {}
        codes = "; ".join(f"{code}={titles['zh']}" for code, titles in domain.items())
        writer.writerow([short, column.name, column.title("zh"), column.title("en"), column.kind, codes])
    return out.getvalue()


# --------------------------------------------------------------------------------------------------------
# .shp and .shx
# --------------------------------------------------------------------------------------------------------


def _shapes(sheet: Sheet, kind: int, main: Path, index: Path, progress: Progress) -> None:
    shapes = sheet.shapes
    code = (8 if (shapely.get_type_id(shapes) == 4).any() else 1, 3, 5)[kind]
    bodies = _points(shapes, code) if kind == 0 else _parts(shapes, kind, code, progress)
    lengths = np.array([len(body) for body in bodies], dtype=np.int64)
    starts = 100 + np.concatenate([[0], np.cumsum(lengths + 8)])
    if starts[-1] > _LARGEST:
        raise InputError(
            f"Layer '{sheet.name}' takes {starts[-1] / 2**30:.1f} GB, and a shapefile holds at most 2; write a"
            f" GeoPackage or"
            f" fewer rows."
        )
    bounds = shapely.total_bounds(shapes) if len(shapes) else np.full(4, np.nan)
    box = np.where(np.isnan(bounds), 0.0, bounds).tolist()

    def head(size: int) -> bytes:
        return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, size // 2) + struct.pack(
            "<2i8d", 1000, code, *box, 0, 0, 0, 0
        )

    with main.open("wb") as stream:
        stream.write(head(int(starts[-1])))
        for k, body in enumerate(bodies):
            if k % _STEP == 0:
                report(progress, 0.7 + 0.3 * k / len(bodies))
            stream.write(struct.pack(">2i", k + 1, len(body) // 2))
            stream.write(body)
    rows = np.column_stack([starts[:-1] // 2, lengths // 2]).astype(">i4")
    index.write_bytes(head(100 + 8 * len(bodies)) + rows.tobytes())


def _points(shapes: NDArray[Any], code: int) -> list[bytes]:
    out: list[bytes] = []
    for shape in shapes:
        if shape is None:
            out.append(struct.pack("<i", 0))
            continue
        xy = shapely.get_coordinates(shape).astype("<f8")
        if code == 1:
            out.append(struct.pack("<i", 1) + xy.tobytes())
        else:
            box = [*xy.min(axis=0).tolist(), *xy.max(axis=0).tolist()]
            out.append(struct.pack("<i4di", 8, *box, len(xy)) + xy.tobytes())
    return out


def _parts(shapes: NDArray[Any], kind: int, code: int, progress: Progress) -> list[bytes]:
    """Return the records of lines or areas; outer rings go clockwise, holes anticlockwise."""
    pieces, owner = shapely.get_parts(shapes, return_index=True)
    if kind == 2:
        rings, of_piece = shapely.get_rings(pieces, return_index=True)
        outer = np.ones(len(rings), dtype=bool)
        outer[1:] = of_piece[1:] != of_piece[:-1]
        wrong = shapely.is_ccw(rings) == outer
        rings = rings.copy()
        rings[wrong] = shapely.reverse(rings[wrong])
        pieces, owner = rings, owner[of_piece]
    sizes = shapely.get_num_coordinates(pieces)
    xy = shapely.get_coordinates(pieces).astype("<f8")
    first_piece = np.searchsorted(owner, np.arange(len(shapes) + 1))
    ends = np.concatenate([[0], np.cumsum(sizes)])
    bounds = shapely.bounds(shapes)
    out: list[bytes] = []
    for k in range(len(shapes)):
        if k % _STEP == 0:
            report(progress, 0.7 * k / len(shapes))
        low, high = first_piece[k], first_piece[k + 1]
        if low == high:
            out.append(struct.pack("<i", 0))
            continue
        start, end = ends[low], ends[high]
        offsets = (ends[low:high] - start).astype("<i4")
        head = struct.pack("<i4d2i", code, *bounds[k].tolist(), high - low, end - start)
        out.append(head + offsets.tobytes() + xy[start:end].tobytes())
    return out


# --------------------------------------------------------------------------------------------------------
# .dbf
# --------------------------------------------------------------------------------------------------------


def _dbf(
    sheet: Sheet, columns: Sequence[Column], names: Sequence[str], codec: str, ldid: int, options: WriteOptions,
    told: Told,
    progress: Progress,
) -> bytes:  # fmt: skip
    count = len(sheet.shapes)
    if len(columns) > _MOST_FIELDS:
        raise InputError(
            f"Layer '{sheet.name}' has {len(columns)} fields, and a shapefile holds at most {_MOST_FIELDS};"
            f" leave some out."
        )
    fields: list[tuple[str, str, int, int, list[bytes]]] = []
    if not columns:
        fields.append(("ID", "N", 9, 0, [b"%9d" % k for k in range(1, count + 1)]))
    for k, (column, name) in enumerate(zip(columns, names)):
        report(progress, 0.8 * k / len(columns), column.name)
        fields.append((name, *_field(column, codec, options, told)))
    length = 1 + sum(width for _, _, width, _, _ in fields)
    if 32 * len(fields) + 34 + length * count > _LARGEST:
        raise InputError(
            f"The table of layer '{sheet.name}' takes {length * count / 2**30:.1f} GB, and a shapefile holds at"
            f" most 2; write a"
            f" GeoPackage or fewer rows."
        )
    day = clock().date()
    head = struct.pack("<4BIHH", 3, day.year - 1900, day.month, day.day, count, 33 + 32 * len(fields), length)
    out = [head + bytes(17) + bytes([ldid]) + bytes(2)]
    for name, kind, width, decimals, _ in fields:
        out.append(
            name.encode(codec).ljust(11, b"\0")
            + kind.encode()
            + bytes(4)
            + bytes([width, decimals])
            + bytes(14)
        )
    out.append(b"\r")
    for k, cells in enumerate(zip(*(cells for *_, cells in fields))):
        if k % _STEP == 0:
            report(progress, 0.8 + 0.2 * k / count)
        out.append(b" " + b"".join(cells))
    out.append(b"\x1a")
    return b"".join(out)


def _field(
    column: Column, codec: str, options: WriteOptions, told: Told
) -> tuple[str, int, int, list[bytes]]:
    """Return a column as type, width, decimals and cells of that width."""
    values = column.values
    if column.kind == "boolean":
        return "L", 1, 0, [b"?" if value is None else b"T" if value else b"F" for value in values]
    if column.kind == "date" and all(value is None or 1 <= value.year <= 9999 for value in values):
        return "D", 8, 0, [b" " * 8 if value is None else _day(value) for value in values]
    if column.kind == "integer":
        said = [b"" if value is None else b"%d" % value for value in values]
        widest = max(map(len, said), default=0)
        if widest <= 18:
            width = 9 if widest <= 9 else 18
            return "N", width, 0, [one.rjust(width) for one in said]
        told.say("info", "integer_as_text", f"“{column.name}”超过 18 位,写为文本",
                 f"'{column.name}' has more than 18 digits and is written as text")  # fmt: skip
    if column.kind == "real":
        return "N", 24, 15, [_real(value).rjust(24) for value in values]
    if column.kind == "datetime":
        told.say("info", "moment_as_text", f"“{column.name}”含时刻,写为文本(ISO 8601)",
                 f"'{column.name}' has times and is written as text (ISO 8601)")  # fmt: skip
    return _text(column, codec, options, told)


def _day(value: date) -> bytes:
    return b"%04d%02d%02d" % (value.year, value.month, value.day)


def _real(value: float | None) -> bytes:
    """Return a number in at most 24 characters from which exactly the same number is read."""
    if value is None:
        return b""
    words = repr(value)
    if "e" in words or len(words) > 24:
        plain = f"{value:.15f}"
        words = plain if len(plain) <= 24 and float(plain) == value else f"{value:.16e}"
    return words.encode("ascii")


def _text(column: Column, codec: str, options: WriteOptions, told: Told) -> tuple[str, int, int, list[bytes]]:
    said = ["" if value is None else (value if isinstance(value, str) else _iso(value)).replace("\0", " ")
            for value in column.values]  # fmt: skip
    if codec != "utf-8":
        said = _encodable(said, column.name, codec, options, told)
    cells = [one.encode(codec) for one in said]
    long = [k for k, cell in enumerate(cells) if len(cell) > _LONGEST_TEXT]
    for k in long:
        cells[k] = cut(said[k], codec, _LONGEST_TEXT).encode(codec)
    told.rows("warning", "text_cut", f"“{column.name}”超过 254 字节,已截断", f"'{column.name}' is cut at 254 bytes",
              [k + 1 for k in long])  # fmt: skip
    width = max(1, max(map(len, cells), default=1))
    return "C", width, 0, [cell.ljust(width) for cell in cells]


def _iso(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _encodable(said: list[str], name: str, codec: str, options: WriteOptions, told: Told) -> list[str]:
    """Refuse, or write as ``?`` and tell, what the encoding lacks."""
    bad: list[int] = []
    chars: dict[str, None] = {}
    for k, one in enumerate(said):
        try:
            one.encode(codec)
        except UnicodeEncodeError:
            bad.append(k)
            chars.update((char, None) for char in one if not _known(char, codec))
    if not bad:
        return said
    listed = " ".join(f"{char}(U+{ord(char):04X})" for char in list(chars)[:12]) + (
        " …" if len(chars) > 12 else ""
    )
    if not options.lossy:
        raise InputError(
            f"Field '{name}', row {bad[0] + 1}: {codec.upper()} lacks {listed} ({len(bad)} rows in all); write"
            f" UTF-8, or allow '?'"
            f" in their place."
        )
    out = list(said)
    for k in bad:
        out[k] = "".join(char if _known(char, codec) else "?" for char in out[k])
    told.rows("warning", "not_in_encoding", f"“{name}”含 {codec.upper()} 没有的字符 {listed},已写为 ?",
              f"'{name}' has characters that {codec.upper()} lacks ({listed}), written as ?",
              [k + 1 for k in bad])  # fmt: skip
    return out


def _known(char: str, codec: str) -> bool:
    try:
        char.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
