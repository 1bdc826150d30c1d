"""Tables of boundary vertices as they come: csv, xlsx or text of one table, with or without headings.

Columns are found by their usual headings; a table set in two halves side by side (序号 东经 北纬 序号 东经 北纬) is read
half after half.  Only one table is read; a file of several tables is taken apart first.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .delineation_angles import Coordinate, read_coordinate
from .errors import InputError

_HEADINGS = {
    "east": r"东经|经度|lon|lng|东坐标|横坐标|^y($|坐标|\()|^e$",
    "north": r"北纬|纬度|lat|北坐标|纵坐标|^x($|坐标|\()|^n$",
    "serial": r"序号|拐点|点号|点名|编号|界址点|^no\.?$|^id$|point|vertex|serial",
    "ring": r"圈号|环号|^ring$",
    "level": r"级别|^level$|保护区类别",
    "part": r"水域.?陆域|^part$",
    "name": r"水源地|source_name|保护区名称",
}
_LEVELS = {"一级": "primary", "二级": "secondary", "准": "quasi"}
_SPACED = re.compile(r"([°º˚度′'’分])[ \t]+(?=\d)")
# Headings stand among the first rows, below a title.
_TOP = 12


@dataclass(frozen=True)
class Vertex:
    """One row of a vertex table.

    Attributes
    ----------
    line : int
        Of the file, from 1.
    serial : str
        As it is written; empty where there is none.
    ring, level, name : str
        Empty where the table does not say.
    east, north : Coordinate
    """

    line: int
    serial: str
    ring: str
    level: str
    name: str
    east: Coordinate
    north: Coordinate


@dataclass(frozen=True)
class Sheet:
    """A vertex table: its name, its rows, and the SHA-256 of its cells."""

    name: str
    vertices: tuple[Vertex, ...]
    sha256: str
    swapped: bool = False


def read_sheet(path: str | Path, *, sheet: str | None = None, packed: bool = False) -> Sheet:
    """Read the vertex table of a csv, xlsx or text file.

    Parameters
    ----------
    path : path
        .csv, .txt, .tsv or .xlsx; text in UTF-8 or GB 18030.
    sheet : str, optional
        Sheet of a workbook; the first one when left out.
    packed : bool
        Plain numbers below 1000 are ddd.mmss.

    Raises
    ------
    InputError
        If it cannot be read, or a row is no vertex, with its line.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no file {path}; give the table of vertices as csv, xlsx or text.")
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xlsm"):
        cells = _workbook(path, sheet)
    elif suffix in (".csv", ".txt", ".tsv", ""):
        cells = split_text(_decoded(path))
    else:
        raise InputError(f"{path.name} is no table that can be read here; save it as csv, xlsx or text.")
    return sheet_of(cells, path.name, packed=packed)


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"{path.name} is neither UTF-8 nor GB 18030 text; save it as UTF-8.")


def _workbook(path: Path, sheet: str | None) -> list[list[str]]:
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise InputError(
            f"Reading {path.name} needs the Python package openpyxl, which cannot be imported here ({error}); install"
            f" it, or save the table as csv."
        ) from error
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # noqa: BLE001 - openpyxl raises what zipfile and its parsers do
        raise InputError(f"{path.name} cannot be read as a workbook ({error}); save it again as .xlsx.") from error
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise InputError(f"{path.name} has no sheet '{sheet}'; it has {', '.join(book.sheetnames)}.")
        page = book[sheet] if sheet is not None else book[book.sheetnames[0]]
        return [[_shown(cell) for cell in row] for row in page.iter_rows(values_only=True)]
    finally:
        book.close()


def _shown(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def split_text(text: str) -> list[list[str]]:
    """Split the text of one table into cells: by tabs or commas where it has them, else by blanks."""
    text = _SPACED.sub(r"\1", text.replace("，", ",").replace("、", ","))
    lines = text.splitlines()
    filled = [line for line in lines if line.strip()]
    if not filled:
        raise InputError("The table of vertices is empty; give rows of number, longitude and latitude.")
    for mark in ("\t", ",", ";"):
        if sum(mark in line for line in filled) > len(filled) / 2:
            quoted = mark == "," and '"' in text and re.search(r'(^|,)\s*"', text, re.MULTILINE)
            # A quotation mark is the sign of seconds too.
            style = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
            reader = csv.reader(io.StringIO(text), delimiter=mark, quoting=style)
            return [[cell.strip() for cell in row] for row in reader]
    return [line.split() for line in lines]


def sheet_of(cells: Sequence[Sequence[Any]], name: str, *, packed: bool = False) -> Sheet:
    """Read the rows of a table.

    Parameters
    ----------
    cells : rows of cells
        The file's rows from the first, empty ones included, so that lines can be named.
    name : str
        Of the file, for messages.
    packed : bool

    Raises
    ------
    InputError
    """
    grid = [["" if cell is None else str(cell).strip() for cell in row] for row in cells]
    digest = hashlib.sha256("\n".join("\t".join(row) for row in grid).encode()).hexdigest()
    top, halves = _heading(grid)
    if not halves:
        halves = [_guessed(grid, name, packed)]
        top = -1
    vertices: list[Vertex] = []
    kept = {"ring": "", "level": "", "name": ""}
    for half in halves:
        for n in range(top + 1, len(grid)):
            row = grid[n]
            east, north = _cell(row, half["east"]), _cell(row, half["north"])
            if not east and not north:
                # A row that only says which zone follows: 一级保护区.
                level = next((code for word, code in _LEVELS.items() if any(cell.startswith(word) for cell in row)), "")
                kept["level"] = level or kept["level"]
                continue
            where = f"{name}, line {n + 1}"
            if top < 0 and not vertices and not _reads(east, packed):
                continue
            if not east or not north:
                raise InputError(f"{where}: one coordinate is empty; a vertex needs both.")
            for key in kept:
                kept[key] = _cell(row, half.get(key)) or kept[key]
            vertices.append(Vertex(
                n + 1, _cell(row, half.get("serial")), kept["ring"], _level(kept["level"], where), kept["name"],
                read_coordinate(east, where, packed), read_coordinate(north, where, packed),
            ))  # fmt: skip
    if not vertices:
        raise InputError(f"{name} holds no vertex; give rows of number, longitude and latitude.")
    return _sides(Sheet(name, tuple(vertices), digest))


def _cell(row: Sequence[str], column: int | None) -> str:
    return row[column] if column is not None and column < len(row) else ""


def _reads(cell: str, packed: bool) -> bool:
    try:
        read_coordinate(cell, "", packed)
    except InputError:
        return False
    return True


def _level(word: str, where: str) -> str:
    if not word or word in _LEVELS.values():
        return word
    for start, code in _LEVELS.items():
        if word.startswith(start):
            return code
    raise InputError(f"{where}: '{word}' is no level; write 一级, 二级 or 准保护区.")


def _heading(grid: Sequence[Sequence[str]]) -> tuple[int, list[dict[str, int]]]:
    """Return the row of the headings and the columns of each half, or no half."""
    for n, row in enumerate(grid[:_TOP]):
        halves: list[dict[str, int]] = []
        half: dict[str, int] = {}
        for column, cell in enumerate(row):
            word = re.sub(r"\s+", "", cell).lower()
            key = next((key for key, pattern in _HEADINGS.items() if word and re.search(pattern, word)), None)
            if key is None:
                continue
            if key in half and {"east", "north"} <= half.keys():
                halves.append(half)
                half = {}
            half.setdefault(key, column)
        if {"east", "north"} <= half.keys():
            halves.append(half)
        if halves:
            return n, halves
    return -1, []


def _guessed(grid: Sequence[Sequence[str]], name: str, packed: bool) -> dict[str, int]:
    """Find the columns of a table without headings: the last two that hold coordinates, and what stands before."""
    for row in grid:
        good = [c for c, cell in enumerate(row) if cell and _reads(cell, packed)]
        numbers = [c for c in good if not re.fullmatch(r"\d{1,3}", row[c])]
        pick = numbers if len(numbers) >= 2 else good
        if len(pick) >= 2:
            a, b = pick[-2:] if len(pick) > 2 and len(numbers) < 2 else pick[:2]
            half = {"east": a, "north": b}
            if a > 0:
                half["serial"] = 0
            return half
    raise InputError(
        f"{name} has no two columns of coordinates; head them 东经 and 北纬 (or X and Y) and give one vertex a row."
    )


def _sides(sheet: Sheet) -> Sheet:
    """Tell east from north where the numbers themselves do; refuse headings that the numbers contradict.

    Raises
    ------
    InputError
        If degrees and metres are mixed, or longitudes stand under the heading of latitudes.
    """
    forms = {("metres" if c.form == "metres" else "degrees") for v in sheet.vertices for c in (v.east, v.north)}
    if len(forms) > 1:
        odd = next(v for v in sheet.vertices if (v.east.form == "metres") != (sheet.vertices[0].east.form == "metres")
                   or (v.east.form == "metres") != (v.north.form == "metres"))  # fmt: skip
        raise InputError(f"{sheet.name}, line {odd.line}: degrees and metres are mixed; use one of them.")
    low, high = [], []
    for v in sheet.vertices:
        if v.east.axis == "N" or v.north.axis == "E":
            wrong = True
        elif v.east.axis == "E" or v.north.axis == "N":
            wrong = False
        elif forms == {"metres"}:
            # Northings in China have seven digits, eastings six, or eight with the number of the zone.
            wrong = 1e6 <= abs(v.east.value) < 1e7 and not 1e6 <= abs(v.north.value) < 1e7
        else:
            wrong = abs(v.east.value) < 60 < abs(v.north.value)
        (high if wrong else low).append(v)
    if not high:
        return sheet
    if low:
        raise InputError(
            f"{sheet.name}, line {high[0].line}: longitude and latitude change places within the table; correct it."
        )
    turned = tuple(
        Vertex(v.line, v.serial, v.ring, v.level, v.name, v.north, v.east) for v in sheet.vertices
    )
    return Sheet(sheet.name, turned, sheet.sha256, True)
