"""DXF drawings: CAD layers as types, closed polylines as polygons, texts that stand in a polygon as its label.

GDAL reads the entities.  It takes the code page of the header for the truth, also in drawings of 2007 and later, which
are in UTF-8 whatever they say, and Latin-1 where none is said; so the encoding is told from the bytes first and GDAL is
given a copy whose bytes it passes through.

Source: Autodesk, DXF Reference (2018), "DXF format", ``$ACADVER`` and ``$DWGCODEPAGE``.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..progress import SILENT, Progress, part, report
from . import ogr, text
from .model import PLAIN, Encoding, Foreign, LayerSummary, ReadOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST = 256 << 20
_BINARY = b"AutoCAD Binary DXF"
#: GDAL's columns that say nothing to a planner.
_LEFT_OUT = frozenset({"PaperSpace", "SubClasses", "Linetype", "EntityHandle", "ExtendedEntity", "Text"})
_CURVES = re.compile("AcDb(Arc|Circle|Ellipse|Spline)")
_VERSION = re.compile(rb"\$ACADVER\s+1\s+AC(\d{4})")
_PAGE = re.compile(rb"\$DWGCODEPAGE\s+3\s+([A-Za-z0-9_.\-]{1,30})")
#: Drawings of AutoCAD 2007 and later are in UTF-8.
_UNICODE = 1021
#: ``\U+4E2D`` is a character, ``\M+5D6D0`` two bytes of a code page by number.
_ESCAPED = re.compile(r"\\U\+([0-9A-Fa-f]{4})|\\M\+([1-5])([0-9A-Fa-f]{4})")
_PAGES = {"1": "cp932", "2": "big5", "3": "cp949", "4": "johab", "5": "gb18030"}
_HIGH = re.compile("[\x80-\xff]+")
_ENTITY = re.compile(r"(?:^|\n)[ \t]*0[ \t]*\r?\n[ \t]*([A-Z]\w*)")
#: Entities of a drawing, blocks within blocks, and characters of an insert that are looked at.
_MOST, _DEEPEST, _LONGEST = 500_000, 60, 1 << 14
#: Shapely's numbers of kinds: from multipoints on they have parts, and collections any.
_MULTI, _COLLECTION = 4, 7
_TOGETHER = {0: shapely.multipoints, 1: shapely.multilinestrings, 3: shapely.multipolygons}
#: Codes of MTEXT for fonts, heights, colours and the like; ``\P`` ends a line.
_FORMAT = re.compile(r"\\[ACFHQTWfp][^;\\{}]{0,200};|\\[LlOoKk]|[{}]")


def layers(path: Path, options: ReadOptions = PLAIN) -> list[LayerSummary]:
    """List the CAD layers with the number of their entities."""
    found = read(path, ReadOptions(encoding=options.encoding, lines_as_areas=options.lines_as_areas))
    counts = found.frame["Layer"].value_counts(sort=False) if "Layer" in found.frame else {}
    return [LayerSummary(str(name), "Geometry", int(count)) for name, count in counts.items()]


def read(path: Path, options: ReadOptions = PLAIN, *, progress: Progress = SILENT) -> Foreign:
    """Read a drawing's entities; `options.layer` takes those of one CAD layer.

    Returns
    -------
    Foreign
        Columns ``Layer`` and ``text``: what a text says, or the texts inside a polygon.

    Raises
    ------
    InputError
        For a DWG, a binary DXF, and what GDAL cannot read.
    """
    import geopandas as gpd

    data = _bytes(path)
    foreign = Foreign(path.stem, path, "dxf", gpd.GeoDataFrame(), np.empty(0, dtype=np.int64), 0)
    foreign.encoding = _encoding(data, options, foreign)
    raw = _entities(path, data, foreign.encoding.name, part(progress, 0.0, 0.7))
    shapes = _flattened(np.asarray(raw.geometry, dtype=object))
    numbers = np.arange(1, len(shapes) + 1, dtype=np.int64)
    curved = any(_CURVES.search(str(said)) for said in raw.columns.get("SubClasses", []))
    columns = {
        name: [_passed(cell) for cell in cells]
        for name, cells in raw.columns.items()
        if name not in _LEFT_OUT and (name == "Layer" or any(cell is not None for cell in cells))
    }
    columns["text"] = _texts(shapes, raw.columns.get("Text", [None] * len(shapes)))
    # Coordinates that are no numbers are told below; nothing is to be made of them.
    sound = ogr.finite(shapes)
    usable = np.where(sound, shapes, None)
    if options.lines_as_areas:
        usable, closed = _closed(usable)
        shapes = np.where(sound, usable, shapes)
        if closed:
            foreign.note("info", "closed_lines", f"{closed} 条闭合多段线已作为面",
                         f"{closed} closed polylines were taken as polygons")  # fmt: skip
    report(progress, 0.8)
    _labels(usable, columns["text"])
    taken = _taken(columns, options, path)
    columns = {name: [cells[row] for row in taken] for name, cells in columns.items()}
    ogr.placed(foreign, columns, shapes[taken], raw.unread[taken], numbers=numbers[taken])
    if curved:
        foreign.note("info", "curves_linearised", "圆弧、样条等曲线已转为折线", "arcs and curves were turned into short lines")
    foreign.note("info", "no_crs", "DXF 不含坐标系信息", "a DXF says nothing of its reference system")
    ogr.tell_destroyed(foreign)
    report(progress, 1.0)
    return foreign


def _bytes(path: Path) -> bytes:
    with path.open("rb") as stream:
        head = stream.read(64)
    if head.startswith(b"AC10"):
        raise InputError(f"{path.name} is an AutoCAD drawing (DWG), which cannot be read; save it as ASCII DXF.")
    if head.startswith(_BINARY):
        raise InputError(f"{path.name} is a binary DXF, which cannot be read here; save it as ASCII DXF.")
    if path.stat().st_size > _LARGEST:
        raise InputError(f"{path.name} is larger than {_LARGEST >> 20} MB; save only the layers that are wanted.")
    return path.read_bytes()


# --------------------------------------------------------------------------------------------------------
# Encoding
# --------------------------------------------------------------------------------------------------------


def _encoding(data: bytes, options: ReadOptions, foreign: Foreign) -> Encoding:
    """Tell the encoding of the texts, by the bytes and what the header says."""
    forced = text.codec(options.encoding)
    if options.encoding and not forced:
        raise InputError(f"There is no encoding '{options.encoding}'; use UTF-8, GBK, GB18030 or Big5.")
    if forced:
        return Encoding(forced, f"由用户指定为 {options.encoding}", f"{options.encoding}, as the user said", True)
    version, page = _VERSION.search(data[:65536]), _PAGE.search(data[:65536])
    said = page[1].decode("ascii").replace("ANSI_", "") if page else None
    said = "UTF-8" if version and int(version[1]) >= _UNICODE else said
    # Lines are short: a character that was cut off in one says nothing of the others.
    told = list({line for line in data.split(b"\n") if not line.isascii()})
    found = text.detect_cells(told, declared=said, where="UTF-8" if said == "UTF-8" else "$DWGCODEPAGE")
    named = text.codec(said)
    if told and said and named not in ("", None, found.name):
        foreign.note("warning", "encoding_contradicts", f"文件头声明的编码({said})与实际字节不符,按 {found.name} 解码",
                     f"the header's encoding ({said}) is not that of the bytes; decoded as {found.name}")  # fmt: skip
    return found


def _entities(path: Path, data: bytes, codec: str, progress: Progress) -> ogr.Raw:
    """Read the entities of a copy in UTF-8 that says no code page, so that GDAL hands each byte on as a character."""
    words = _ESCAPED.sub(_character, data.decode(codec, "replace").lstrip("\ufeff"))
    _repeated(words, path)
    body = words.replace("$DWGCODEPAGE", "$DWGCODEPAG_").encode("utf-8", "replace")
    folder = Path(tempfile.mkdtemp(prefix="envzones-"))
    try:
        # Messages name the drawing as the user knows it.
        copy = folder / (re.sub(r'[\\/:*?"<>|]', "_", path.stem) + ".dxf")
        copy.write_bytes(body)
        return _bounded(copy, path, progress)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _repeated(words: str, path: Path) -> None:
    """Refuse blocks in blocks, or in rows and columns, that make entities by the million, which GDAL makes at once."""
    own: dict[str, int] = {}
    inserts: dict[str, list[tuple[str, int]]] = {}
    block = ""
    for match in _ENTITY.finditer(words):
        kind = match[1]
        if kind in ("BLOCK", "INSERT"):
            name, times = _insert(words[match.end() : match.end() + _LONGEST])
            if kind == "BLOCK":
                block = name
            else:
                inserts.setdefault(block, []).append((name, times))
        elif kind in ("ENDBLK", "SECTION"):
            block = ""
        own[block] = own.get(block, 0) + 1
    if not inserts:
        return
    made: dict[str, int] = {}
    total = sum(_made(name, own, inserts, made, 0) for name in list(own))
    if total > 4 * _MOST:
        raise InputError(
            f"{path.name} makes some {total} entities out of blocks within blocks; save the drawing without them, or"
            f" only the layers that are wanted."
        )


def _insert(words: str) -> tuple[str, int]:
    """Name of a BLOCK or of what an INSERT inserts, in capitals, and how often."""
    lines, name, times = words.split("\n"), "", 1
    for code, value in zip(lines[1::2], lines[2::2]):
        code, value = code.strip(), value.strip()
        if code == "0":
            break
        if code == "2":
            name = value.upper()
        elif code in ("70", "71") and value.isascii() and value.isdigit():
            times *= max(1, int(value[:9]))
    return name, times


def _made(
    name: str, own: dict[str, int], inserts: dict[str, list[tuple[str, int]]], made: dict[str, int], depth: int
) -> int:
    """How many entities a block makes, those of blocks in it included."""
    if name not in made:
        # A block that holds itself is passed over by GDAL.
        made[name] = own.get(name, 0)
        if depth > _DEEPEST:
            made[name] = 1 << 40
        else:
            count = own.get(name, 0)
            for other, times in inserts.get(name, ()):
                count += times * _made(other, own, inserts, made, depth + 1)
            made[name] = min(count, 1 << 40)
    return made[name]


def _bounded(copy: Path, path: Path, progress: Progress) -> ogr.Raw:
    """Read the entities, of which blocks within blocks may make any number."""
    found: list[ogr.Raw] = []
    for piece in ogr.pieces(copy, "entities"):
        found.append(piece)
        count = sum(len(one.geometry) for one in found)
        report(progress, min(0.99, count / (count + 20_000)), path.name)
        if count > _MOST:
            raise InputError(f"{path.name} holds more than {_MOST} entities; save only the layers that are wanted.")
    return ogr.joined(found)


def _character(match: re.Match[str]) -> str:
    if match[1]:
        said = chr(int(match[1], 16))
        return match[0] if "\ud800" <= said <= "\udfff" or said < " " else said
    return bytes.fromhex(match[3]).decode(_PAGES[match[2]], "replace")


def _passed(cell: Any) -> Any:
    """Turn what GDAL took for Latin-1 into what it is."""
    if not isinstance(cell, str):
        return cell
    return _HIGH.sub(lambda match: match[0].encode("latin-1").decode("utf-8", "replace"), cell)


def _texts(shapes: NDArray[Any], cells: list[Any]) -> list[str | None]:
    """What text entities say, without codes of format; a hatch's pattern is no text."""
    out: list[str | None] = [None] * len(shapes)
    for row, (shape, cell) in enumerate(zip(shapes, cells)):
        if isinstance(cell, str) and shape is not None and shape.geom_type == "Point":
            said = _FORMAT.sub("", _passed(cell).replace("\\P", "\n"))
            out[row] = "\n".join(line.strip() for line in said.splitlines()).strip() or None
    return out


# --------------------------------------------------------------------------------------------------------
# Shapes
# --------------------------------------------------------------------------------------------------------


def _taken(columns: dict[str, list[Any]], options: ReadOptions, path: Path) -> NDArray[np.int64]:
    """The numbers of the entities that the options ask for."""
    of = columns.get("Layer", [None] * len(columns["text"]))
    rows = np.arange(len(of), dtype=np.int64)
    if options.layer is not None:
        rows = np.array([row for row in rows if of[row] == options.layer], dtype=np.int64)
        if not len(rows):
            names = ", ".join(str(one) for one in list(dict.fromkeys(of))[:12])
            raise InputError(f"{path.name} has nothing on layer '{options.layer}'; it has {names or 'none'}.")
    return rows if options.limit is None else rows[: options.limit]


def _flattened(shapes: NDArray[Any]) -> NDArray[Any]:
    """Shapes of blocks within blocks, which come as collections, as one shape of many parts where these are alike."""
    shapes = shapes.copy()
    for row in np.flatnonzero(shapely.get_type_id(shapes) == _COLLECTION):
        parts = np.array([shapes[row]], dtype=object)
        while (shapely.get_type_id(parts) >= _MULTI).any():
            parts = shapely.get_parts(parts)
        kinds = set(shapely.get_type_id(parts).tolist())
        make = _TOGETHER.get(kinds.pop()) if len(kinds) == 1 else None
        shapes[row] = make(parts) if make else shapely.geometrycollections(parts) if len(parts) else None
    return shapes


@np.errstate(all="ignore")
def _closed(shapes: NDArray[Any]) -> tuple[NDArray[Any], int]:
    lines = (shapely.get_type_id(shapes) == 1) & (shapely.get_num_coordinates(shapes) >= 4)
    closed = np.flatnonzero(lines & shapely.is_closed(shapes))
    if len(closed):
        shapes = shapes.copy()
        xy, owner = shapely.get_coordinates(shapes[closed], return_index=True)
        shapes[closed] = shapely.polygons(shapely.linearrings(xy, indices=owner))
    return shapes, len(closed)


@np.errstate(all="ignore")
def _labels(shapes: NDArray[Any], texts: list[str | None]) -> None:
    """Give each polygon the texts whose anchor lies in it, and in no smaller one."""
    areas = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    said = [row for row, one in enumerate(texts) if one]
    # A polygon that crosses itself has no inside to speak of.
    areas = areas[shapely.is_valid(shapes[areas])] if len(areas) else areas
    if not len(areas) or not said:
        return
    s, a = shapely.STRtree(shapes[areas]).query(shapes[said], predicate="within")
    order = np.lexsort((shapely.area(shapes[areas])[a], s))
    _, first = np.unique(s[order], return_index=True)
    for k in order[first]:
        row, word = int(areas[a[k]]), texts[said[int(s[k])]]
        texts[row] = f"{texts[row]}\n{word}" if texts[row] else word
