"""One table on one worksheet, laid out so that an office can print, filter and file it.

openpyxl is imported inside the functions: the engine starts without it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..publication import INTERNAL, Publication
from . import text
from .ledger_body import FORMATS, FORMULA_STARTS, LINE, MAX_CELL, MAX_HEIGHT, Body, cell_text, lines_needed
from .ledger_choices import add_choices
from .ledger_page import repeated, set_up_page, spread
from .publish import publish, settle, stamp

__all__ = [
    "BODY_FONT", "FORMULA_STARTS", "HEAD_FONT", "MAX_CELL", "MAX_ROWS", "Column", "Styles", "add_table", "finish",
    "put_text", "sheet_title", "workbook",
]  # fmt: skip
HEAD_FONT, BODY_FONT = "SimHei", "SimSun"
#: Excel's own limits.
MAX_ROWS, MAX_TITLE = 1_048_576, 31
_BAD_IN_TITLE = re.compile(r"[\[\]:*?/\\]")
_MERGED = re.compile(rb"(<mergeCells[^>]*>)(.*?)(</mergeCells>)", re.DOTALL)
_MERGE = re.compile(rb"<mergeCell [^>]*/>")


@dataclass(frozen=True)
class Column:
    """One column: its title, what its cells hold, and between which widths (Latin characters) it may lie.

    `kind` is text, int, metres, area (m²), area4 (ha), area2 (mu), share (of 1), degrees or date.  A text
    that does not fit `widest` is wrapped; a number never is.  `choices` are a drop-down list, which an `open` one
    only proposes.  `total` says what the last row tells of the column: ``count`` or ``sum``.  `key` names the column
    in the rule by which rows are marked.
    """

    title: str
    kind: str = "text"
    narrowest: float = 6.0
    widest: float = 40.0
    choices: tuple[str, ...] = ()
    open: bool = False
    total: str = ""
    key: str = ""


def workbook(publication: Publication = INTERNAL) -> Any:
    """Return an empty openpyxl workbook, or say that openpyxl is missing; :func:`finish` writes it.

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
    _set_unit(book)
    book.envzones_publication, book.envzones_bodies, book.envzones_lists = publication, [], {}
    return book


def _set_unit(book: Any) -> None:
    """Have the width of columns counted in digits of a font that each system has, or has one as wide as.

    Where the usual one, Calibri, is missing, columns grow by a third, and what was to be a page is two.
    """
    from openpyxl.styles import Font

    font = Font(name="Arial", size=9)
    book._fonts.clear()
    book._fonts.add(font)
    book._named_styles["Normal"].font = copy(font)


def finish(book: Any, path: str | Path, as_of: date, *, title: str = "", overwrite: bool = True) -> Path:
    """Write a workbook in its place, the same bytes for the same content.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    moment = stamp(as_of)
    book.properties.creator = "EnvZones"
    book.properties.created = moment
    if title:
        book.properties.title = text.plain(title)
    # What is hidden comes last, so that the sheets are numbered as they are seen.
    hidden = [sheet for sheet in book.worksheets if sheet.sheet_state != "visible"]
    for sheet in hidden:
        book.move_sheet(sheet, len(book.sheetnames) - 1 - book.index(sheet))
    buffer = io.BytesIO()
    book.save(buffer)
    bodies = {sheet.path: body for sheet, body in book.envzones_bodies}
    parts = {sheet.path.lstrip("/"): _filler(bodies.get(sheet.path)) for sheet in book.worksheets}
    return publish(path, settle(buffer.getvalue(), moment, parts), overwrite=overwrite)


def _filler(body: Body | None) -> Callable[[bytes], Iterable[bytes]]:
    def fill(part: bytes) -> Iterable[bytes]:
        # openpyxl keeps merged cells as a set, which has another order each time.
        part = _MERGED.sub(lambda found: found[1] + b"".join(sorted(_MERGE.findall(found[2]))) + found[3], part)
        return (part,) if body is None else body.fill(part)

    return fill


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
    words = cell_text(value)
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

    def body_style(self, sheet: Any, kind: str, mark: str, quoted: bool) -> int:
        """Return the number of a body cell's style in the workbook of `sheet`."""
        cell = self._cell(sheet, kind)
        cell.font = self.body
        if mark:
            cell.fill = self.late if mark == "late" else self.open
        if quoted:
            cell.quotePrefix = True
        return int(cell.style_id)

    def total_style(self, sheet: Any, kind: str, total: str, lang: str) -> int:
        """Return the number of a style of the last row."""
        cell = self._cell(sheet, kind)
        cell.font, cell.fill = self.head, self.fill
        if total == "count":
            cell.number_format = '0"条"' if lang == "zh" else '0" rows"'
            cell.alignment = self.middle
        return int(cell.style_id)

    def _cell(self, sheet: Any, kind: str) -> Any:
        from openpyxl.cell.cell import Cell

        # A cell that is in no row: only its style is wanted.
        cell = Cell(sheet, row=1, column=1)
        cell.border, cell.number_format = self.border, FORMATS[kind]
        cell.alignment = self.left if kind == "text" else self.middle if kind in ("int", "date") else self.right
        return cell


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
    live: str = "",
    fixed: int = 2,
    paper: str = "A3",
    lang: str = "zh",
    empty: str = "",
) -> Any:
    """Add a sheet: heading, notes, header row, body, totals where a column has one.

    Parameters
    ----------
    book : openpyxl.Workbook
        Of :func:`workbook`.
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
    live : str
        A formula of the columns' keys in braces, such as ``{state}="x"``: rows for which it holds are red, and it
        follows what is typed.
    fixed : int
        How many columns stay in sight, and on paper where columns take several pages.
    paper : str
        ``A3`` or ``A4``, landscape: the smallest to be used; wider where print would be too small to read.
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
    if len(body) + head >= MAX_ROWS:
        raise InputError(
            f"Sheet '{name}' would have {len(body)} rows and Excel ends at {MAX_ROWS}; check fewer sites at"
            f" a time."
        )
    sheet = book.create_sheet(sheet_title(book, name))
    last = get_column_letter(len(columns))
    filled = Body(sheet, styles, columns, body, marks, head, lang)
    book.envzones_bodies.append((sheet, filled))
    widths = filled.widths
    fixed = min(fixed, len(columns)) if len(columns) > 6 else 0
    repeat = repeated(widths, max(fixed, 1))
    pages = spread(widths, paper, repeat)
    for i, value in enumerate(widths):
        sheet.column_dimensions[get_column_letter(i + 1)].width = value
    # Columns that are repeated show what stands above them on every page, and no more than that.
    across = repeat if pages.breaks else len(columns)
    for number, words in enumerate([heading, *notes], start=1):
        cell = sheet.cell(number, 1)
        put_text(cell, words)
        cell.font = styles.title if number == 1 else styles.subtitle
        cell.alignment = copy(styles.left)
        sheet.merge_cells(start_row=number, start_column=1, end_row=number, end_column=across)
        # A merged cell never grows by itself.  The heading is half as large again as the notes.
        scale = 1.6 if number == 1 else 1.0
        lines = lines_needed(text.plain(words), sum(widths[:across]) / scale * 0.94)
        sheet.row_dimensions[number].height = min(MAX_HEIGHT, lines * LINE * scale + 4)
    for i, column in enumerate(columns, start=1):
        cell = sheet.cell(head, i)
        put_text(cell, column.title)
        cell.font, cell.fill, cell.border, cell.alignment = (
            styles.head,
            styles.fill,
            styles.border,
            styles.middle,
        )
    lines = max(lines_needed(column.title, value - 1.5) for column, value in zip(columns, widths))
    sheet.row_dimensions[head].height = lines * LINE + 8
    if not body and empty:
        put_text(sheet.cell(head + 1, 1), empty)
        sheet.cell(head + 1, 1).font = styles.body
    # By its name: a cell that is asked for would be written, and the row twice.
    sheet.freeze_panes = f"{get_column_letter(fixed + 1)}{head + 1}"
    if body:
        sheet.auto_filter.ref = f"A{head}:{last}{head + len(body)}"
    add_choices(book, sheet, columns, head + 1, head + len(body), lang)
    if live and body:
        _mark_live(sheet, styles, columns, live, head + 1, head + len(body))
    bottom = max(filled.last, head + 1)
    set_up_page(
        sheet, pages, lang, book.envzones_publication, head=head, fixed=repeat, area=f"A1:{last}{bottom}"
    )
    return sheet


def _mark_live(
    sheet: Any, styles: Styles, columns: Sequence[Column], live: str, first: int, last: int
) -> None:
    """Mark rows by a rule that follows what is typed."""
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.styles import PatternFill
    from openpyxl.utils import get_column_letter

    places = {c.key: f"${get_column_letter(i)}{first}" for i, c in enumerate(columns, start=1) if c.key}
    # In a rule's style the background is what fills.
    fill = PatternFill("solid", bgColor=styles.late.fgColor)
    rule = FormulaRule(formula=[live.format(**places)], fill=fill)
    sheet.conditional_formatting.add(f"A{first}:{get_column_letter(len(columns))}{last}", rule)
