"""How a sheet is printed: on which paper, how small, on how many pages in width, and what stands above and below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..publication import Publication
from .text import plain

#: The paper's longer side in inches, less the margins.
_MARGIN = 0.4
_ROOM = {"A4": 297 / 25.4 - 2 * _MARGIN, "A3": 420 / 25.4 - 2 * _MARGIN}
_SIZE = {"A3": 8, "A4": 9}
#: Ten points become six: nobody reads smaller print at a meeting.
READABLE = 0.6
#: Programs differ by a little in how wide a column is: its unit is a digit of the workbook's font, 7 pixels, or 8
#: where that font is missing and another stands in.
_SAFE, _UNIT, _WIDE_UNIT = 0.97, 7, 8
#: As much of a wide table is repeated on each page as a heading needs, in characters, if it is no great part of it.
_HEADING, _MOST_REPEATED = 44, 90
_MOST_MARKS = 120


@dataclass(frozen=True)
class Pages:
    """How a table is spread: the paper, the scale (None: fitted to one page in width), the columns that end pages."""

    paper: str
    scale: int | None = None
    breaks: tuple[int, ...] = ()


def inches(width: float, unit: int = _WIDE_UNIT) -> float:
    """Return how wide a column of `width` characters is, at most unless a unit is given."""
    return (int(width * unit) + 5) / 96


def repeated(widths: Sequence[float], fixed: int) -> int:
    """Return how many columns stand on each page of a table that is split: those that are fixed, and a heading's."""
    count = fixed
    while count < len(widths) - 1 and sum(widths[:count]) < _HEADING and sum(widths[: count + 1]) <= _MOST_REPEATED:
        count += 1
    return count


def spread(widths: Sequence[float], paper: str, fixed: int) -> Pages:
    """Return the smallest paper on which a table is readable, split by columns where no paper is wide enough.

    Parameters
    ----------
    widths : sequence of float
        Of the columns, in characters.
    paper : {"A4", "A3"}
        The smallest to use.
    fixed : int
        How many columns are repeated on each page.
    """
    whole = sum(inches(width, _UNIT) for width in widths)
    for one in ("A4", "A3") if paper == "A4" else ("A3",):
        if _ROOM[one] / max(whole, 0.1) >= READABLE:
            return Pages(one)
    sizes = [inches(width) for width in widths]
    room = _ROOM["A3"] * _SAFE
    limit = room / READABLE
    count = len(_filled(sizes, fixed, limit))
    # As many pages as needed, filled as evenly as columns allow.
    low, high = sum(sizes[:fixed]), limit
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (low, middle) if len(_filled(sizes, fixed, middle)) <= count else (middle, high)
    ends = _filled(sizes, fixed, high)
    starts = [fixed, *ends[:-1]]
    widest = sum(sizes[:fixed]) + max(sum(sizes[a:b]) for a, b in zip(starts, ends))
    return Pages("A3", min(100, int(100 * room / widest)), tuple(ends[:-1]))


def _filled(sizes: Sequence[float], fixed: int, limit: float) -> list[int]:
    """Return after how many columns each page ends, none wider than `limit` unless one column alone is."""
    repeated = sum(sizes[:fixed])
    ends, used = [], repeated
    for i in range(fixed, len(sizes)):
        if used + sizes[i] > limit and used > repeated:
            ends.append(i)
            used = repeated
        used += sizes[i]
    return [*ends, len(sizes)]


def set_up_page(
    sheet: Any, pages: Pages, lang: str, publication: Publication, *, head: int, fixed: int, area: str
) -> None:
    """Set landscape paper, scale, margins, repeated header, page numbers and the marks of the publication."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.pagebreak import Break

    page = sheet.page_setup
    page.orientation, page.paperSize = "landscape", _SIZE[pages.paper]
    if pages.scale is None:
        page.fitToWidth, page.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    else:
        page.scale = pages.scale
        sheet.sheet_properties.pageSetUpPr.fitToPage = False
        for end in pages.breaks:
            sheet.col_breaks.append(Break(id=end))
        if fixed:
            sheet.print_title_cols = f"$A:${get_column_letter(fixed)}"
    margins = sheet.page_margins
    margins.left = margins.right = _MARGIN
    margins.top, margins.bottom, margins.header, margins.footer = 0.6, 0.6, 0.3, 0.3
    # openpyxl 3.0 writes the rows as given, and a reference without $ repeats nothing.
    sheet.print_title_rows = f"${head}:${head}"
    sheet.print_area = area
    marks = "    ".join(publication.marks(lang))
    sheet.oddHeader.left.text = _words(marks)
    sheet.oddHeader.right.text = "&A"
    if publication.office:
        sheet.oddFooter.left.text = _words(f"{'编制单位：' if lang == 'zh' else 'Prepared by '}{publication.office}")
    sheet.oddFooter.center.text = "第 &P 页 共 &N 页" if lang == "zh" else "Page &P of &N"
    sheet.print_options.horizontalCentered = True


def _words(said: str) -> str:
    """Return a header's text: an ampersand begins a code there, and all of a header has 255 characters."""
    return " ".join(plain(said).split())[:_MOST_MARKS].replace("&", "&&")
