"""Excel workbooks through openpyxl: the values, not the formulas; titles below merged headings; dates as dates."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..progress import Progress, report
from . import coordinate_columns as columns_
from .model import LayerSummary, Note, ReadOptions
from .sheet import Grid, Opened, header_row, refuse_empty, unique_titles

_HEAD_ROWS = 40
_LARGEST = 1 << 30
_RATIO = 300
_WIDEST = 2000
_LONGEST_ROW = 64 << 20
_HIDDEN = re.compile(rb"<(?:\w+:)?row\b[^<>]{0,400}\bhidden=[\"'](?:1|true)[\"']")
#: A cell with a formula and no value; one of text may have the empty text as its value.  Lengths are bounded lest a
#: harmful file be searched for ever.
_BARE_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b(?![^<>]{0,200}\bt=[\"']str)[^<>]{0,200}?\br=[\"']([A-Z]{1,3}\d{1,7})[\"'][^<>]{0,200}"
    rb"(?<!/)>\s{0,99}"
    rb"<(?:\w+:)?f\b(?:[^<>]{0,200}/>|[^<>]{0,200}>[^<]*</(?:\w+:)?f>)\s{0,99}"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s{0,99}</(?:\w+:)?v>)?\s{0,99}</(?:\w+:)?c>"
)
ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})


def sheets(path: Path) -> list[LayerSummary]:
    """List the sheets that hold anything."""
    book = open_book(path)
    try:
        return [
            LayerSummary(page.title, "Point", None, page.sheet_state)
            for page in book.worksheets
            if any(
                cell is not None
                for row in page.iter_rows(max_row=_HEAD_ROWS, values_only=True)
                for cell in row
            )
        ]
    finally:
        book.close()


def open_book(path: Path) -> Any:
    """Open a workbook for reading, formulas by their values; the caller closes it.

    Raises
    ------
    InputError
        If it is no workbook, unpacks to far more than it should, or hides entities.
    """
    import openpyxl

    try:
        with zipfile.ZipFile(path) as box:
            size = sum(info.file_size for info in box.infolist())
            if size > min(_LARGEST, max(path.stat().st_size, 1 << 20) * _RATIO):
                raise InputError(
                    f"{path.name} unpacks to far more than it should, as harmful files do; it was not opened."
                )
            for info in box.infolist():
                if info.filename.endswith((".xml", ".rels")):
                    with box.open(info) as stream:
                        if b"<!DOCTYPE" in stream.read(4096).upper():
                            raise InputError(
                                f"{path.name} holds a document type, which may be harmful; it was not opened."
                            )
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # extensions of Excel that openpyxl does not know and that hold no cells
            # From memory, so that no broken workbook leaves its file open.
            return openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True)
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - openpyxl raises whatever its parsers do on a broken workbook
        words = " ".join(str(error).split())[:120]
        raise InputError(
            f"{path.name} is no workbook that can be read ({words or type(error).__name__}); save it again as .xlsx."
        ) from error


def open_sheet(path: Path, options: ReadOptions, size: int, progress: Progress) -> Opened:
    """Open one sheet: the one named, else the only one with columns of coordinates.

    Raises
    ------
    InputError
        If none or several could be meant, or the workbook is broken.
    """
    book = open_book(path)
    try:
        page, rows = _page(book, path, options)
        notes: list[Note] = []
        top = options.header_row - 1 if options.header_row else None
        if options.header_row is None:
            top = header_row(rows, (options.x, options.y, options.wkt))
        if top is not None and top >= len(rows):
            raise InputError(
                f"{path.name} ({page.title}) has no row {top + 1} for its titles; check the number."
            )
        width = max((len(_trimmed(row)) for row in rows), default=0)
        if not width:
            raise refuse_empty(path, page.title)
        said: list[Any] = [None] * width
        if top is not None:
            said = (list(rows[top]) + [None] * width)[:width]
            over = rows[top - 1] if top else []
            # Titles that were merged downwards stand in the row above.
            said = [over[k] if cell in (None, "") and k < len(over) else cell for k, cell in enumerate(said)]
        titles = unique_titles(said, notes)
        above = tuple(str(cell) for row in rows[: top or 0] for cell in row if cell not in (None, ""))
        if page.sheet_state != "visible":
            notes.append(
                Note(
                    "info", "hidden_sheet", f"工作表“{page.title}”是隐藏的", f"sheet '{page.title}' is hidden"
                )
            )
        notes += _unseen(path, page, progress)
    except Exception:
        book.close()
        raise
    pieces = _pieces(book, page, path, titles, 0 if top is None else top + 1, size, progress)
    return Opened(page.title, titles, pieces, None, above, notes)


def _unseen(path: Path, page: Any, progress: Progress) -> list[Note]:
    """Tell of hidden rows, and of formulas whose value was never saved, which show in the sheet's own XML alone."""
    part = str(getattr(page, "_worksheet_path", "")).lstrip("/")
    hidden = formulas = 0
    where = ""
    try:
        with zipfile.ZipFile(path) as box, box.open(part) as stream:
            rest = b""
            while block := stream.read(1 << 20):
                report(progress, 0.0)
                rest += block
                # Whole rows at a time; a row that never ends is not waited for.
                cut = max(rest.rfind(b"</row>"), rest.rfind(b":row>"))
                if cut < 0 and len(rest) < _LONGEST_ROW:
                    continue
                whole, rest = (rest[:cut], rest[cut:]) if cut >= 0 else (rest, b"")
                if b"hidden" in whole:
                    hidden += len(_HIDDEN.findall(whole))
                if b"<f" in whole or b":f" in whole:
                    cells = _BARE_FORMULA.findall(whole)
                    formulas += len(cells)
                    where = where or (cells[0].decode("ascii", "replace") if cells else "")
    except (KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
        return []  # what is broken shows, with a sentence, when the cells are read
    notes = []
    if hidden:
        notes.append(Note("warning", "hidden_rows", f"有 {hidden} 行是隐藏的(筛选或手工隐藏),也已读入",
                          f"{hidden} rows are hidden (by a filter or by hand); they are read too"))  # fmt: skip
    if formulas:
        notes.append(Note(
            "warning", "formulas_without_values", f"{formulas} 个公式(如 {where})没有保存计算结果,读作空;请在 Excel 或 WPS 中打开并保存一次",
            f"{formulas} formulas ({where} the first) were saved without their values and are read as empty; open"
            f" the workbook"
            " in Excel or WPS and save it once",
        ))  # fmt: skip
    return notes


def bare_formulas(path: Path, page: Any) -> frozenset[tuple[int, int]]:
    """Return row and column, from 1, of the formulas of a sheet that were saved without their values."""
    from openpyxl.utils.cell import coordinate_to_tuple

    try:
        with zipfile.ZipFile(path) as box:
            content = box.read(str(getattr(page, "_worksheet_path", "")).lstrip("/"))
    except (KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
        return frozenset()  # what is broken shows, with a sentence, when the cells are read
    return frozenset(coordinate_to_tuple(one.decode("ascii")) for one in _BARE_FORMULA.findall(content))


def _page(book: Any, path: Path, options: ReadOptions) -> tuple[Any, list[list[Any]]]:
    pages = list(book.worksheets)
    if options.layer is not None:
        page = next((one for one in pages if one.title == options.layer), None)
        if page is None:
            raise InputError(
                f"{path.name} has no sheet '{options.layer}'; it has {', '.join(p.title for p in pages[:20])}."
            )
        return page, _head(page, path)
    heads = [(page, _head(page, path)) for page in pages]
    heads = [(page, rows) for page, rows in heads if any(_trimmed(row) for row in rows)]
    if not heads:
        raise refuse_empty(path)
    if len(heads) == 1:
        return heads[0]
    likely = [
        (page, rows) for page, rows in heads
        if any(isinstance(cell, str) and columns_.is_coordinate_title(cell) for row in rows for cell in row)
    ]  # fmt: skip
    if len(likely) == 1:
        return likely[0]
    names = ", ".join(page.title for page, _ in (likely or heads)[:20])
    raise InputError(
        f"{path.name} has {len(likely or heads)} sheets that could be meant ({names}); say which one."
    )


def _head(page: Any, path: Path) -> list[list[Any]]:
    try:
        page.reset_dimensions()  # what the sheet says of its own size is often wrong
        return [
            _trimmed([_cell(cell) for cell in row[:_WIDEST]])
            for row in page.iter_rows(max_row=_HEAD_ROWS, values_only=True)
        ]
    except Exception as error:  # noqa: BLE001 - a broken sheet shows only when it is read
        raise _broken(path, page.title, error) from error


def _broken(path: Path, name: str, error: Exception) -> InputError:
    words = " ".join(str(error).split())[:120] or type(error).__name__
    return InputError(
        f"{path.name}, sheet '{name}' cannot be read ({words}); save the workbook again as .xlsx."
    )


def _trimmed(row: list[Any]) -> list[Any]:
    last = max((k for k, cell in enumerate(row) if cell not in (None, "")), default=-1)
    return list(row[: last + 1])


def _cell(value: Any) -> Any:
    """A cell as it is kept: dates as ISO text, errors empty, whole numbers as integers."""
    if isinstance(value, str):
        value = value.strip()
        return None if value in ERRORS else value or None
    if isinstance(value, dt.datetime):
        return (
            value.date().isoformat()
            if value.time() == dt.time()
            else value.isoformat(sep=" ", timespec="seconds")
        )
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _pieces(
    book: Any, page: Any, path: Path, titles: list[str], skip: int, size: int, progress: Progress
) -> Iterator[Grid]:
    import pandas as pd

    width = len(titles)
    rows: list[list[Any]] = []
    lines: list[int] = []
    made = errors = 0
    told = False

    def grid() -> Grid:
        nonlocal errors, told
        notes = []
        if errors and not told:
            told = True
            notes.append(Note(
                "warning", "error_cells", f"自第 {errors} 行起有 #N/A、#REF! 一类的错误值,读作空",
                f"there are errors such as #N/A or #REF! from row {errors} on; they are read as empty", errors,
            ))  # fmt: skip
        columns = {title: pd.Series([row[k] for row in rows], dtype=object) for k, title in enumerate(titles)}
        return Grid(
            pd.DataFrame(columns, index=pd.RangeIndex(len(rows))),
            np.array(lines, dtype=np.int64),
            notes=notes,
        )

    try:
        for number, row in enumerate(page.iter_rows(min_row=skip + 1, values_only=True), skip + 1):
            if not ERRORS.isdisjoint(row):
                errors = errors or number
            cells = [_cell(cell) for cell in row[:width]]
            if number % 1000 == 0:
                report(progress, min(0.95, number / 1_000_000), f"{number:,}")
            if all(cell is None for cell in cells):
                continue
            rows.append(cells + [None] * (width - len(cells)))
            lines.append(number)
            if len(rows) >= size:
                yield grid()
                made += len(rows)
                rows, lines = [], []
        if rows or not made:
            yield grid()
    except (InputError, GeneratorExit):
        raise
    except Exception as error:  # noqa: BLE001 - a broken sheet shows only when it is read
        from ..errors import EnvZonesError

        if isinstance(error, EnvZonesError):
            raise
        raise _broken(path, page.title, error) from error
    finally:
        book.close()
