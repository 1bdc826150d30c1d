"""The rows of a table as a worksheet's own text.

A cell object for each of a million cells takes minutes and gigabytes; openpyxl therefore lays out a sheet, and the
rows below the header are written straight into the file when it is packed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from . import text

if TYPE_CHECKING:
    from .sheet import Column, Styles

#: Excel's own limits.
MAX_CELL, MAX_HEIGHT = 32_767, 409.0
LINE = 14.5
#: A cell that begins so is taken for a formula, or is in a spreadsheet that reads our text back; full-width signs
#: are typed by Chinese input methods, and some spreadsheets take them for the others.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
#: How much of a row's height and a column's width a program's own padding takes.
PADDING, WIDER = 1.6, 1.06

FORMATS = {
    "text": "@",
    "int": "0",
    "metres": "#,##0.00_ ",
    "area": "#,##0.0_ ",
    "area4": "#,##0.0000_ ",
    "area2": "#,##0.00_ ",
    "share": "0.0%_ ",
    "degrees": "0.000000_ ",
    "date": "yyyy-mm-dd",
}
DIGITS = {"int": 0, "metres": 2, "area": 1, "area4": 4, "area2": 2, "share": 1, "degrees": 6}
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"\s*/>')
_NO_ROWS = re.compile(rb"<sheetData\s*/>")
_DAY_ZERO = date(1899, 12, 30)
#: Before it Excel counts a day that never was.
_FIRST_DAY = date(1900, 3, 1)
_ROWS_AT_A_TIME = 500


def cell_text(value: Any) -> str:
    """Return what a cell can hold of a text: 32 767 units of UTF-16, the last of which says that there was more."""
    words = text.plain(value)
    if len(words) > MAX_CELL // 2:
        units = words.encode("utf-16-le", "replace")
        if len(units) > 2 * MAX_CELL:
            return units[: 2 * (MAX_CELL - 1)].decode("utf-16-le", "ignore") + "…"
    return words


def shown_width(words: str) -> int:
    """Return the columns that a line of text takes."""
    return len(words) if words.isascii() else _wide(words)


_wide = lru_cache(maxsize=1 << 16)(text.width)


def empty(value: Any) -> bool:
    """Tell whether a cell stays empty: None, an empty text, NaN, NaT, NA."""
    return value is None or value == "" or type(value).__name__ == "NAType" or value != value


@dataclass(frozen=True)
class Totals:
    """The last row: a word in the first column, a formula that follows the filter and its value in others."""

    word: str
    cells: dict[int, tuple[str, float]]


class Body:
    """The rows below a header.

    Parameters
    ----------
    sheet : openpyxl worksheet
    styles : Styles
    columns : sequence of Column
    rows : sequence of sequences
    marks : sequence of str
        ``late``, ``open`` or nothing for each row.
    head : int
        The row of the header.
    lang : str
    """

    def __init__(
        self, sheet: Any, styles: Styles, columns: Sequence[Column], rows: Sequence[Sequence[Any]],
        marks: Sequence[str], head: int, lang: str,
    ) -> None:  # fmt: skip
        from openpyxl.utils import get_column_letter

        self.columns, self.rows, self.marks, self.head = columns, rows, marks, head
        self._letters = [get_column_letter(i + 1) for i in range(len(columns))]
        self.totals = self._totals(lang) if rows else None
        summed = self.totals.cells if self.totals is not None else {}
        self.widths = [
            column_width(column, (row[i] for row in rows), summed.get(i, ("", None))[1])
            for i, column in enumerate(columns)
        ]
        self._style: dict[tuple[str, str, bool], int] = {}
        # In the order in which they come: styles are numbered as they are first asked for.
        for mark in dict.fromkeys(("", *marks)):
            for kind in dict.fromkeys(("text", *(column.kind for column in columns))):
                for quoted in (False, True) if kind == "text" else (False,):
                    self._style[kind, mark, quoted] = styles.body_style(sheet, kind, mark, quoted)
        self._sum_style = {}
        if self.totals:
            self._sum_style = {
                i: styles.total_style(sheet, "text" if i == 0 else column.kind, column.total, lang)
                for i, column in enumerate(columns)
            }

    @property
    def last(self) -> int:
        """The last row that holds anything."""
        return self.head + len(self.rows) + (self.totals is not None)

    def _totals(self, lang: str) -> Totals | None:
        cells: dict[int, tuple[str, float]] = {}
        for i, column in enumerate(self.columns):
            if not column.total or i == 0:
                continue
            span = f"{self._letters[i]}{self.head + 1}:{self._letters[i]}{self.head + len(self.rows)}"
            known = [row[i] for row in self.rows if not empty(row[i])]
            if column.total == "count":
                cells[i] = f"SUBTOTAL(103,{span})", float(len(known))
            elif known:
                cells[i] = f"SUBTOTAL(109,{span})", math.fsum(v for v in known if not isinstance(v, str))
        return Totals("合计" if lang == "zh" else "Total", cells) if cells else None

    # ---- as text ----------------------------------------------------------------------------------------

    def fill(self, part: bytes) -> Iterator[bytes]:
        """Return a worksheet's text with the rows in it."""
        if self.last > self.head:
            part = _DIMENSION.sub(f'<dimension ref="A1:{self._letters[-1]}{self.last}"/>'.encode(), part, count=1)
        part = _NO_ROWS.sub(b"<sheetData></sheetData>", part)
        front, found, rest = part.rpartition(b"</sheetData>")
        yield front
        yield from self._pieces()
        yield found + rest

    def _pieces(self) -> Iterator[bytes]:
        piece: list[str] = []
        for i, row in enumerate(self.rows):
            piece.append(self._row(self.head + 1 + i, row, self.marks[i] if i < len(self.marks) else ""))
            if len(piece) >= _ROWS_AT_A_TIME:
                yield "".join(piece).encode()
                piece = []
        if self.totals is not None:
            piece.append(self._total_row(self.totals))
        yield "".join(piece).encode()

    def _row(self, number: int, row: Sequence[Any], mark: str) -> str:
        cells: list[str] = []
        height = 1
        style = self._style
        for column, letter, width, value in zip(self.columns, self._letters, self.widths, row):
            kind = column.kind
            if empty(value):
                cells.append(f'<c r="{letter}{number}" s="{style[kind, mark, False]}"/>')
            elif kind == "text" or isinstance(value, str) or _unwritten_day(value):
                # A date column may hold the document's words where they name no day.
                words = cell_text(value)
                quoted = words.startswith(FORMULA_STARTS)
                cells.append(
                    f'<c r="{letter}{number}" s="{style["text", mark, quoted]}" t="inlineStr"><is>'
                    f'<t xml:space="preserve">{_escaped(words)}</t></is></c>'
                )
                room = width / WIDER - PADDING
                if len(words) * 2 > room or "\n" in words:
                    height = max(height, lines_needed(words, room))
            else:
                cells.append(f'<c r="{letter}{number}" s="{style[kind, mark, False]}"><v>{_number(value)}</v></c>')
        tall = min(MAX_HEIGHT, height * LINE + 5)
        return f'<row r="{number}" ht="{tall:g}" customHeight="1">{"".join(cells)}</row>'

    def _total_row(self, totals: Totals) -> str:
        number = self.last
        cells = []
        for i, letter in enumerate(self._letters):
            place = f'r="{letter}{number}" s="{self._sum_style[i]}"'
            if i == 0:
                cells.append(f'<c {place} t="inlineStr"><is><t>{_escaped(totals.word)}</t></is></c>')
            elif i in totals.cells:
                formula, value = totals.cells[i]
                # The value is kept beside the formula for programs that show a workbook without computing it.
                cells.append(f"<c {place}><f>{formula}</f><v>{_number(value)}</v></c>")
            else:
                cells.append(f"<c {place}/>")
        return f'<row r="{number}" ht="{LINE + 7:g}" customHeight="1">{"".join(cells)}</row>'


def _escaped(words: str) -> str:
    # A reader of XML makes a line feed of a bare carriage return.
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _unwritten_day(value: Any) -> bool:
    """Tell whether a day is earlier than a spreadsheet's calendar."""
    if isinstance(value, datetime):
        value = value.date()
    return isinstance(value, date) and value < _FIRST_DAY


def _number(value: Any) -> str:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return str((value - _DAY_ZERO).days)
    amount = float(value)
    if not math.isfinite(amount):
        return ""
    return repr(int(amount)) if amount.is_integer() and abs(amount) < 1e15 else repr(amount)


# --------------------------------------------------------------------------------------------------------
# Widths
# --------------------------------------------------------------------------------------------------------


def lines_needed(words: str, columns: float) -> int:
    """Return how many lines a text takes in `columns` Latin characters."""
    room = max(columns, 1)
    return sum(max(1, math.ceil(shown_width(line) / room)) for line in words.split("\n"))


def column_width(column: Column, values: Iterable[Any], total: float | None = None) -> float:
    """Return how wide a column has to be for its header, its cells and its total, within its own bounds."""
    longest, greatest, below = 0, -1.0, False
    for value in values:
        if empty(value):
            continue
        if column.kind == "text" or isinstance(value, str):
            words = value if isinstance(value, str) else text.plain(value)
            if len(words) * 2 > longest:
                longest = max(longest, max(shown_width(line) for line in words.split("\n")))
        elif isinstance(value, date):
            longest = max(longest, 10)
        else:
            amount = float(value)
            below |= amount < 0
            greatest = max(greatest, abs(amount))
    if total is not None and column.total == "sum":
        greatest = max(greatest, abs(total))
    if greatest >= 0 and math.isfinite(greatest):
        if column.kind == "share":
            greatest *= 100
        longest = max(longest, len(f"{greatest:,.{DIGITS[column.kind]}f}") + below + (column.kind == "share"))
    if total is not None and column.total == "count":
        longest = max(longest, len(f"{total:.0f}") + 5)
    # A header may break between any two Chinese characters; a Latin word may not.
    word = max((text.width(part) for part in re.split(r"[\s(/]", column.title)), default=0)
    header = max(min(text.width(column.title), 8), word if word <= 14 else 0)
    wanted = max(longest * WIDER + 2.2, header + 2.6, column.narrowest)
    # Words in place of a date are wrapped like any text, but a date never is.
    widest = {"text": column.widest, "date": max(column.widest, 13.0)}.get(column.kind, wanted)
    return round(min(wanted, max(widest, header + 2.6)), 1)
