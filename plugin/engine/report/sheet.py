"""One table on one worksheet, laid out so that an office can print, filter and file it.

openpyxl is imported inside the functions: the engine starts without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..errors import InputError
from . import text

HEAD_FONT, BODY_FONT = "SimHei", "SimSun"
#: Excel's own limits.
MAX_ROWS, MAX_CELL, MAX_TITLE, MAX_HEIGHT = 1_048_576, 32_767, 31, 409.0
_LINE = 14.5
_BAD_IN_TITLE = re.compile(r"[\[\]:*?/\\]")
#: A cell that begins so is taken for a formula, or is in a spreadsheet that reads our text back.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_FORMATS = {
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


@dataclass(frozen=True)
class Column:
    """One column: its title, what its cells hold, and between which widths (Latin characters) it may lie.

    `kind` is text, int, metres, area (m²), area4 (ha), area2 (mu), share (of 1), degrees or date.  A text
    that does not fit `widest` is wrapped; a number never is.
    """

    title: str
    kind: str = "text"
    narrowest: float = 6.0
    widest: float = 40.0
    choices: tuple[str, ...] = ()


def workbook() -> Any:
    """Return an empty openpyxl workbook, or say that openpyxl is missing.

    Raises
    ------
    InputError
        If openpyxl cannot be imported.
    """
    try:
        from openpyxl import Workbook
    except ImportError as error:
        raise InputError(
            f"A ledger (.xlsx) needs the Python package openpyxl, which cannot be imported here ({error});"
            " install it with 'pip install openpyxl'."
        ) from error
    book = Workbook()
    book.remove(book.active)
    return book


def sheet_title(book: Any, wanted: str) -> str:
    """Return a sheet name that Excel accepts and the workbook does not have yet (case apart)."""
    clean = _BAD_IN_TITLE.sub("_", text.plain(wanted)).strip().strip("'") or "Sheet"
    taken = {name.casefold() for name in book.sheetnames}
    name, counter = clean[:MAX_TITLE], 1
    while name.casefold() in taken:
        counter += 1
        tail = f"_{counter}"
        name = clean[: MAX_TITLE - len(tail)] + tail
    return name


def put_text(cell: Any, value: Any) -> None:
    """Store `value` as text whatever it looks like: never as a formula, a number or an error."""
    words = text.plain(value)
    if len(words) > MAX_CELL:
        words = words[: MAX_CELL - 1] + "…"
    cell.value = words or None
    if words:
        cell.data_type = "s"
        # The prefix makes Excel keep the text when the cell is edited, and other programs show it as text.
        if words.startswith(FORMULA_STARTS):
            cell.quotePrefix = True


class Styles:
    """The cell styles of a workbook, made once: a style per cell makes a long ledger slow to write."""

    def __init__(self) -> None:
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        line = Side(style="thin", color="FF9AA5B1")
        self.border = Border(left=line, right=line, top=line, bottom=line)
        self.title = Font(name=HEAD_FONT, size=15, bold=False)
        self.subtitle = Font(name=BODY_FONT, size=10, color="FF44505C")
        self.head = Font(name=HEAD_FONT, size=10)
        self.body = Font(name=BODY_FONT, size=10)
        self.strong = Font(name=HEAD_FONT, size=10, color="FFB42318")
        self.fill = PatternFill("solid", fgColor="FFDCE6F0")
        self.late = PatternFill("solid", fgColor="FFFDE8E6")
        self.open = PatternFill("solid", fgColor="FFFFF6DC")
        self.left = Alignment(horizontal="left", vertical="center", wrap_text=True)
        self.right = Alignment(horizontal="right", vertical="center")
        self.middle = Alignment(horizontal="center", vertical="center", wrap_text=True)


def add_table(
    book: Any,
    styles: Styles,
    name: str,
    heading: str,
    notes: Sequence[str],
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    *,
    marks: Sequence[str] = (),
    paper: str = "A3",
    lang: str = "zh",
    empty: str = "",
) -> Any:
    """Add a sheet: heading, notes, header row, body.

    Parameters
    ----------
    book : openpyxl.Workbook
    styles : Styles
    name : str
        The tab; made unique and short.
    heading : str
    notes : sequence of str
        One merged row each, between the heading and the header.
    columns : sequence of Column
    rows : iterable of sequences
        As many cells as columns; None is an empty cell.
    marks : sequence of str
        For each row ``late`` (red), ``open`` (yellow) or an empty text.
    paper : str
        ``A3`` or ``A4``, landscape, fitted to its width.
    lang : str
    empty : str
        What a table without rows says.

    Returns
    -------
    openpyxl.worksheet.worksheet.Worksheet

    Raises
    ------
    InputError
        If the rows do not fit on a sheet.
    """
    from openpyxl.utils import get_column_letter

    body = [list(row) for row in rows]
    head = len(notes) + 2
    if len(body) + head > MAX_ROWS:
        raise InputError(
            f"Sheet '{name}' would have {len(body)} rows and Excel ends at {MAX_ROWS}; check fewer sites at"
            f" a time."
        )
    sheet = book.create_sheet(sheet_title(book, name))
    last = get_column_letter(len(columns))
    widths = [_column_width(column, [row[i] for row in body]) for i, column in enumerate(columns)]
    for i, value in enumerate(widths):
        sheet.column_dimensions[get_column_letter(i + 1)].width = value
    for number, words in enumerate([heading, *notes], start=1):
        cell = sheet.cell(number, 1)
        put_text(cell, words)
        cell.font = styles.title if number == 1 else styles.subtitle
        cell.alignment = copy(styles.left)
        sheet.merge_cells(start_row=number, start_column=1, end_row=number, end_column=len(columns))
        # A merged cell never grows by itself.  The heading is half as large again as the notes.
        scale = 1.6 if number == 1 else 1.0
        lines = text.lines_needed(words, sum(widths) / scale * 0.94)
        sheet.row_dimensions[number].height = min(MAX_HEIGHT, lines * _LINE * scale + 4)
    for i, column in enumerate(columns, start=1):
        cell = sheet.cell(head, i)
        put_text(cell, column.title)
        cell.font, cell.fill, cell.border, cell.alignment = (
            styles.head,
            styles.fill,
            styles.border,
            styles.middle,
        )
    lines = max(text.lines_needed(column.title, value - 1.5) for column, value in zip(columns, widths))
    sheet.row_dimensions[head].height = lines * _LINE + 8
    _fill(sheet, styles, columns, widths, body, marks, head)
    if not body and empty:
        put_text(sheet.cell(head + 1, 1), empty)
        sheet.cell(head + 1, 1).font = styles.body
    bottom = head + max(len(body), 1)
    sheet.freeze_panes = sheet.cell(head + 1, min(3, len(columns)) if len(columns) > 6 else 1)
    if body:
        sheet.auto_filter.ref = f"A{head}:{last}{head + len(body)}"
    _choices(sheet, columns, head, len(body), lang)
    set_up_page(sheet, paper, lang)
    # openpyxl 3.0 writes the rows as given, and a reference without $ repeats nothing.
    sheet.print_title_rows = f"${head}:${head}"
    sheet.print_area = f"A1:{last}{bottom}"
    return sheet


def _column_width(column: Column, values: Iterable[Any]) -> float:
    longest = 0
    for value in values:
        if value is None or value == "":
            continue
        longest = max(longest, max(text.width(line) for line in _shown(value, column.kind).split("\n")))
    # A header may break between any two Chinese characters; a Latin word may not.
    word = max((text.width(part) for part in re.split(r"[\s(/]", column.title)), default=0)
    header = max(min(text.width(column.title), 8), word if word <= 14 else 0)
    wanted = max(longest * 1.06 + 2.2, header + 2.6, column.narrowest)
    # Words in place of a date are wrapped like any text, but a date never is.
    widest = {"text": column.widest, "date": max(column.widest, 13.0)}.get(column.kind, wanted)
    return round(min(wanted, max(widest, header + 2.6)), 1)


def _shown(value: Any, kind: str) -> str:
    """Return roughly what a cell shows, for its width."""
    if kind == "text" or isinstance(value, (str, date)):
        return text.plain(value)
    digits = {"int": 0, "metres": 2, "area": 1, "area4": 4, "area2": 2, "share": 1, "degrees": 6}[kind]
    return f"{float(value):,.{digits}f}" + ("%" if kind == "share" else "")


def _fill(
    sheet: Any,
    styles: Styles,
    columns: Sequence[Column],
    widths: Sequence[float],
    body: Sequence[Sequence[Any]],
    marks: Sequence[str],
    head: int,
) -> None:
    made: dict[tuple[int, str, str], Any] = {}
    for r, row in enumerate(body):
        mark = marks[r] if r < len(marks) else ""
        height = 1
        for c, (column, value) in enumerate(zip(columns, row)):
            cell = sheet.cell(head + 1 + r, c + 1)
            # A date column may hold the document's words where they name no day.
            kind = "text" if isinstance(value, str) else column.kind
            key = (c, kind, mark)
            if key not in made:
                cell.font, cell.border = styles.body, styles.border
                cell.alignment = (
                    styles.left
                    if kind == "text"
                    else styles.middle
                    if kind in ("int", "date")
                    else styles.right
                )
                cell.number_format = _FORMATS[kind]
                if mark:
                    cell.fill = styles.late if mark == "late" else styles.open
                made[key] = copy(cell._style)
            cell._style = copy(made[key])
            if value is None or value == "":
                continue
            if kind == "text":
                put_text(cell, value)
                height = max(height, text.lines_needed(text.plain(value), widths[c] / 1.06 - 1.6))
            else:
                cell.value = value
        sheet.row_dimensions[head + 1 + r].height = min(MAX_HEIGHT, height * _LINE + 5)


def _choices(sheet: Any, columns: Sequence[Column], head: int, count: int, lang: str) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for i, column in enumerate(columns, start=1):
        if not column.choices or not count:
            continue
        rule = DataValidation(type="list", formula1='"' + ",".join(column.choices) + '"', allow_blank=True)
        rule.showErrorMessage = True
        rule.errorTitle = column.title
        rule.error = "请从下拉列表中选择" if lang == "zh" else "Choose from the list"
        letter = get_column_letter(i)
        rule.add(f"{letter}{head + 1}:{letter}{head + count}")
        sheet.add_data_validation(rule)


def set_up_page(sheet: Any, paper: str, lang: str) -> None:
    """Set landscape paper fitted to one page in width, margins, and page numbers."""
    page = sheet.page_setup
    page.orientation = "landscape"
    page.paperSize = {"A3": 8, "A4": 9}[paper]
    page.fitToWidth, page.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.5
    margins.top, margins.bottom, margins.header, margins.footer = 0.6, 0.7, 0.3, 0.35
    sheet.oddHeader.right.text = "&A"
    sheet.oddFooter.center.text = "第 &P 页 共 &N 页" if lang == "zh" else "Page &P of &N"
    sheet.print_options.horizontalCentered = True
