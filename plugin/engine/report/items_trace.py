"""What an items ledger remembers of itself: a very hidden sheet, by which a return of it tells what was changed.

An office may rename, reorder, add and delete columns and rows; titles stay in the office's own words.  The sheet
says which field a column was, and what stood in the map when the ledger was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ..rectification import missing
from . import text
from .ledger_body import MAX_CELL, Body
from .sheet import Column, Styles

SHEET, VERSION = "_envzones", 1
_KIND = "envzones.items"
_KEY = "problem_no"


@dataclass(frozen=True)
class Trace:
    """What a ledger says of itself.

    Attributes
    ----------
    sheet : str
        Title of the sheet with the items.
    as_of : date
    lang : {"zh", "en"}
    columns : mapping of str to str
        Column title -> field of the layer.
    written : mapping of str to mapping of str to str
        Problem number -> field -> value as :func:`canonical` writes it, cut where a cell ends; ``row_version`` too.
    """

    sheet: str
    as_of: date
    lang: str
    columns: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def canonical(value: Any) -> str:
    """Return a value as text: an ISO date, a code, ``true`` or ``false``, a number in full; unknown is empty."""
    if missing(value):
        return ""
    if isinstance(value, (datetime, date)):
        return f"{value:%Y-%m-%d}"
    if type(value).__name__ in ("bool", "bool_"):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(int(value)) if float(value).is_integer() else repr(float(value))
    said = text.plain(value)
    return said if len(said) <= MAX_CELL else said[: MAX_CELL - 1] + "…"


def add_trace(book: Any, styles: Styles, trace: Trace) -> None:
    """Add the very hidden sheet to a workbook."""
    page = book.create_sheet(SHEET)
    page.sheet_state = "veryHidden"
    fields = [name for name in dict.fromkeys(trace.columns.values()) if name != _KEY]
    rows: list[Sequence[str]] = [
        (_KIND, str(VERSION)), ("sheet", trace.sheet), ("as_of", trace.as_of.isoformat()), ("lang", trace.lang),
        *(("column", title, name) for title, name in trace.columns.items()),
        ("rows", _KEY, "row_version", *fields),
        *(
            ("row", number, cells.get("row_version", ""), *(cells.get(name, "") for name in fields))
            for number, cells in trace.written.items()
        ),
    ]  # fmt: skip
    count = max(map(len, rows))
    cells = [[*row, *[""] * (count - len(row))] for row in rows]
    book.envzones_bodies.append((page, Body(page, styles, [Column("")] * count, cells, (), 0, trace.lang)))


def parse_trace(rows: Iterable[Sequence[Any]]) -> Trace | None:
    """Return the trace from the cells of its sheet; None where it is another version's, or was tampered with."""
    said: dict[str, str] = {}
    columns: dict[str, str] = {}
    heads: list[str] = []
    written: dict[str, dict[str, str]] = {}
    for row in rows:
        name, *cells = ("" if value is None else str(value) for value in row)
        if name == "column" and len(cells) > 1:
            columns[cells[0]] = cells[1]
        elif name == "rows":
            heads = [cell for cell in cells if cell]
        elif name == "row" and heads:
            values = dict(zip(heads, [*cells, *[""] * len(heads)]))
            written[values.pop(_KEY, "")] = values
        elif name and cells:
            said[name] = cells[0]
    try:
        if said[_KIND] != str(VERSION) or _KEY not in heads:
            return None
        return Trace(said["sheet"], date.fromisoformat(said["as_of"]), said["lang"], columns, written)
    except (KeyError, ValueError):
        return None
