"""The sheet of an items ledger that came back: its header, wherever it stands by now, its columns and its rows."""

from __future__ import annotations

import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..catalog import Catalog
from ..errors import EnvZonesError, InputError
from ..exchange.mapping import aliases
from ..exchange.matching import plain
from ..exchange.sheet_xlsx import bare_formulas, open_book
from ..progress import SILENT, Progress, report
from ..rectification import LAYER
from .items import COLUMNS
from .items_trace import SHEET, Trace, parse_trace

KEY = "problem_no"
_MOST_HEAD_ROWS = 30
#: More cells than these are not filled from merged ones; no ledger has as many.
_MOST_FILLED = 2_000_000
_EVERY = 200
_NO_FIELD = ("序号", "no", "no.")
_WHITE = re.compile(r"\s+")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^<>]{0,200}?\bref=[\"']([A-Z]{1,3}\d{1,7}):([A-Z]{1,3}\d{1,7})[\"']")
#: Other words that offices use for the columns.
_OTHER_TITLES: Mapping[str, tuple[str, ...]] = {
    KEY: ("编号", "图斑编号", "问题序号", "problem number", "no. of problem"),
    "status": ("状态", "整改进展", "进展", "state"), "due_on": ("整改时限", "完成时限", "期限"),
    "responsible_party": ("责任部门", "牵头单位"), "done_on": ("整改完成日期", "完成时间"),
    "closed_on": ("销号时间",), "verification": ("核查结论",), "measure": ("措施",), "remark": ("说明",),
}  # fmt: skip
_SHARED_ALIASES = ("township", "responsible_party", "responsible_person", "remark")


@dataclass(frozen=True)
class Sheet:
    """What a ledger holds.

    Attributes
    ----------
    rows : list of (int, list)
        Row of the sheet from 1, and its cells; rows without any cell are left out.
    columns : mapping of str to int
        Field of the layer (or made for the ledger) -> place of its column.
    passed : list of str
        Titles of columns that are no fields.
    trace : Trace or None
    empty_formulas : frozenset of (int, int)
        Row and column, from 1, of formulas without a value.
    """

    rows: list[tuple[int, list[Any]]]
    columns: dict[str, int]
    passed: list[str]
    trace: Trace | None
    empty_formulas: frozenset[tuple[int, int]]


def read_sheet(path: Path, catalog: Catalog, progress: Progress = SILENT) -> Sheet:
    """Read the sheet with the items: the one that the ledger remembers, else the first visible one with numbers.

    Raises
    ------
    InputError
        If the file is no workbook, is broken, or no sheet of it has a column of problem numbers.
    """
    if not path.is_file():
        raise InputError(f"Ledger {path} does not exist; check the path.")
    report(progress, 0.0)
    book = open_book(path)
    try:
        trace = parse_trace(_watched(book[SHEET], progress)) if SHEET in book.sheetnames else None
        names = [page.title for page in book.worksheets if page.sheet_state == "visible"]
        if trace is not None and trace.sheet in names:
            names = [trace.sheet, *(name for name in names if name != trace.sheet)]
        known = _Titles(catalog, trace)
        for name in names:
            rows = _rows(book[name], progress)
            head = known.header(rows[:_MOST_HEAD_ROWS])
            if head is not None:
                below = rows[head.place :]
                _fill_merged(below, _merged(path, book[name]), head.columns)
                return Sheet(below, head.columns, head.passed, trace, bare_formulas(path, book[name]))
    except EnvZonesError:
        raise
    except Exception as error:  # noqa: BLE001 - openpyxl raises whatever its parsers do on a broken sheet
        words = " ".join(str(error).split())[:120] or type(error).__name__
        raise InputError(f"{path.name} cannot be read ({words}); save the workbook again as .xlsx.") from error
    finally:
        book.close()
    raise InputError(
        f"{path.name} has no sheet with a column of problem numbers (问题编号); give the ledger that was written here."
    )


def _watched(page: Any, progress: Progress) -> Iterator[tuple[Any, ...]]:
    for number, cells in enumerate(page.iter_rows(values_only=True)):
        if number % _EVERY == 0:
            report(progress, min(0.9, number / 50_000))
        yield cells


def _rows(page: Any, progress: Progress) -> list[tuple[int, list[Any]]]:
    # What a sheet says of its own size is often wrong.
    page.reset_dimensions()
    rows = []
    for number, cells in enumerate(_watched(page, progress), start=1):
        last = len(cells)
        while last and cells[last - 1] in (None, ""):
            last -= 1
        if last:
            rows.append((number, list(cells[:last])))
    return rows


# --------------------------------------------------------------------------------------------------------
# The header
# --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Head:
    """Where the rows begin, field -> column, and titles that are no fields."""

    place: int
    columns: dict[str, int]
    passed: list[str]


class _Titles:
    """Which field a title means: word by word first, then in plain form, then by what else offices say."""

    def __init__(self, catalog: Catalog, trace: Trace | None) -> None:
        spec, shared = catalog[LAYER], aliases().fields
        ours = {title: name for zh, en, name, _, _ in COLUMNS for title in (zh, en)}
        layer = {one.title(lang, unit=False): one.name for one in spec.fields for lang in ("zh", "en")}
        said = {title: name for name, words in _OTHER_TITLES.items() for title in words}
        said.update({title: name for name in _SHARED_ALIASES for title in shared.get(name, ())})
        remembered = dict(trace.columns) if trace is not None else {}
        self._tiers = [
            *({_exact(title): name for title, name in one.items()} for one in (remembered, ours, layer)),
            # In plain form what stands in brackets falls away: the degrees go before their minutes and seconds.
            *({plain(title): name for title, name in reversed(one.items())} for one in (remembered, ours, layer)),
            {plain(title): name for title, name in said.items()},
        ]
        self._exact = 3

    def field(self, title: Any) -> tuple[int, str] | None:
        """Return how far off a title is, and its field."""
        if title is None:
            return None
        exact, rough = _exact(str(title)), plain(str(title))
        for tier, known in enumerate(self._tiers):
            name = known.get(exact if tier < self._exact else rough)
            if name is not None and (exact if tier < self._exact else rough):
                return tier, name
        return None

    def header(self, rows: Sequence[tuple[int, list[Any]]]) -> _Head | None:
        """Return the row with most fields, of those with a column of numbers; two rows where titles are grouped."""
        best: tuple[int, int] | None = None
        for place, (_, cells) in enumerate(rows):
            names = {found[1] for found in map(self.field, cells) if found}
            if KEY in names and (best is None or len(names) > best[0]):
                best = len(names), place
        if best is None:
            return None
        place = best[1]
        cells, first = list(rows[place][1]), place + 1
        if place:
            # Titles that were merged downwards stand in the row above.
            cells = self._beside(cells, rows[place - 1][1], only_empty=True)
        if first < len(rows):
            below = rows[first][1]
            at = next(k for k, cell in enumerate(cells) if (found := self.field(cell)) and found[1] == KEY)
            sure = [found for found in map(self.field, below) if found and found[0] < self._exact]
            if sure and (at >= len(below) or below[at] in (None, "")):
                cells, first = self._beside(cells, below, only_empty=False), first + 1
        return self._columns(cells, first)

    def _beside(self, cells: list[Any], other: Sequence[Any], *, only_empty: bool) -> list[Any]:
        count = max(len(cells), len(other))
        cells = [*cells, *[None] * (count - len(cells))]
        for k, title in enumerate(other):
            if title not in (None, "") and (not only_empty or (cells[k] in (None, "") and self.field(title))):
                cells[k] = title
        return cells

    def _columns(self, cells: Sequence[Any], first: int) -> _Head:
        taken: dict[str, tuple[int, int]] = {}
        for k, cell in enumerate(cells):
            found = self.field(cell)
            if found is not None and (found[1] not in taken or found[0] < taken[found[1]][0]):
                taken[found[1]] = (found[0], k)
        places = {k for _, k in taken.values()}
        passed = [
            str(cell).strip()
            for k, cell in enumerate(cells)
            if cell not in (None, "") and k not in places and plain(str(cell)) not in _NO_FIELD
        ]
        return _Head(first, {name: k for name, (_, k) in taken.items()}, passed)


def _exact(title: str) -> str:
    return _WHITE.sub("", unicodedata.normalize("NFKC", title)).lower()


# --------------------------------------------------------------------------------------------------------
# Merged cells
# --------------------------------------------------------------------------------------------------------


def _merged(path: Path, page: Any) -> list[tuple[int, int, int, int]]:
    """Return top, left, bottom and right, from 1, of the merged cells of a sheet."""
    from openpyxl.utils.cell import coordinate_to_tuple

    try:
        with zipfile.ZipFile(path) as box:
            content = box.read(str(getattr(page, "_worksheet_path", "")).lstrip("/"))
    except (KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
        return []  # what is broken shows, with a sentence, when the cells are read
    return [
        (*coordinate_to_tuple(one.decode("ascii")), *coordinate_to_tuple(other.decode("ascii")))
        for one, other in _MERGED.findall(content)
    ]


def _fill_merged(
    rows: Sequence[tuple[int, list[Any]]], merged: Sequence[tuple[int, int, int, int]], columns: Mapping[str, int]
) -> None:
    """Give every row that a cell was merged over its value: that is what merging says.  A number is one row's."""
    at = dict(rows)
    wanted = set(columns.values()) - {columns[KEY]}
    left = _MOST_FILLED
    for top, first, bottom, _ in merged:
        if bottom == top or first - 1 not in wanted or top not in at or first > len(at[top]):
            continue
        value = at[top][first - 1]
        for number in range(top + 1, bottom + 1):
            cells = at.get(number)
            left -= 1
            if left < 0:
                return
            if cells is None:
                continue
            cells.extend([None] * (first - len(cells)))
            if cells[first - 1] in (None, ""):
                cells[first - 1] = value
