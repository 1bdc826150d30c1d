"""Drop-down lists of a sheet's columns: in the rule itself, or on a hidden sheet where a rule has no room for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .ledger_body import cell_text

if TYPE_CHECKING:
    from .sheet import Column

LISTS = "_lists"
#: What Excel takes as a list within a rule, quotation marks apart.
_LONGEST = 255


def add_choices(book: Any, sheet: Any, columns: Sequence[Column], first: int, last: int, lang: str) -> None:
    """Give columns with choices a drop-down list in the rows from `first` to `last`."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for i, column in enumerate(columns, start=1):
        if not column.choices or last < first:
            continue
        rule = DataValidation(type="list", formula1=_formula(book, column.choices), allow_blank=True)
        rule.showErrorMessage = True
        # Of a list that is not closed, such as of towns, another value is a question and no fault.
        rule.errorStyle = "warning" if column.open else "stop"
        rule.errorTitle = column.title[:32]
        rule.error = "请从下拉列表中选择" if lang == "zh" else "Choose from the list"
        letter = get_column_letter(i)
        rule.add(f"{letter}{first}:{letter}{last}")
        sheet.add_data_validation(rule)


def _formula(book: Any, choices: Sequence[str]) -> str:
    joined = ",".join(choices)
    apart = any("," in choice or '"' in choice or choice != choice.strip() for choice in choices)
    if len(joined) <= _LONGEST and not apart and not joined.startswith("="):
        return f'"{joined}"'
    from openpyxl.utils import get_column_letter

    from .sheet import put_text

    if LISTS not in book.sheetnames:
        book.create_sheet(LISTS).sheet_state = "hidden"
    page, known = book[LISTS], book.envzones_lists
    if choices not in known:
        known[choices] = len(known) + 1
        for row, choice in enumerate(choices, start=1):
            put_text(page.cell(row, known[choices]), cell_text(choice))
    letter = get_column_letter(known[choices])
    return f"{LISTS}!${letter}$1:${letter}${len(choices)}"
