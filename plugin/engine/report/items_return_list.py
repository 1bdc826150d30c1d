"""The changes of a returned ledger as a workbook, for those who are to agree to them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from . import text
from .items_return import CONFLICT, READY, REFUSED, UNCHANGED, UNKNOWN, Returned
from .sheet import Column, Styles, add_table, finish, workbook

_STATES = {
    READY: ("可应用", "Ready"), CONFLICT: ("冲突", "In conflict"), REFUSED: ("退回", "Refused"),
    UNCHANGED: ("未改", "Unchanged"), UNKNOWN: ("图上没有", "Not in the map"),
}  # fmt: skip
_COLUMNS = (
    (("行", "Row"), "int", 6), (("问题编号", "Problem no."), "text", 22), (("问题名称", "Name"), "text", 24),
    (("栏目", "Field"), "text", 16), (("图上", "In the map"), "text", 30), (("台账", "In the ledger"), "text", 30),
    (("状态", "State"), "text", 10), (("原因", "Reason"), "text", 40),
)  # fmt: skip


def write_changes(path: str | Path, found: Returned, *, as_of: date, lang: str = "zh") -> Path:
    """Write what came back: each changed cell with what becomes of it, and what was not read.

    Raises
    ------
    InputError
        If openpyxl is missing or the file cannot be written.
    """
    lang = text.check_language(lang)

    def say(zh: str, en: str) -> str:
        return zh if lang == "zh" else en

    def listed(numbers: list[str]) -> str:
        return say("、", ", ").join(numbers)

    counts = say("，", ", ").join(f"{text.pick(_STATES[name], lang)} {count}" for name, count in found.states.items())
    notes = [say(f"共{found.rows}行：{counts}。", f"{found.rows} rows: {counts}."), *found.problems]
    if found.missing:
        notes.append(say(f"台账中已没有，图上不变：{listed(found.missing)}。",
                         f"Not in the ledger any more, left as they are: {listed(found.missing)}."))  # fmt: skip
    if found.unknown:
        notes.append(say(f"图上没有：{listed(found.unknown)}。", f"Not in the map: {listed(found.unknown)}."))
    book, title = workbook(), say("台账改动清单", "Changes of the ledger")
    rows = [
        [one.row, one.number, one.name, one.title, one.old, one.new, text.pick(_STATES[one.state], lang), one.why]
        for one in found.changes
    ]
    columns = [Column(text.pick(words, lang), kind, widest=widest) for words, kind, widest in _COLUMNS]
    add_table(
        book, Styles(), title, title, notes, columns, rows, lang=lang,
        empty=say("台账没有改动。", "The ledger brings nothing new."),
    )  # fmt: skip
    return finish(book, path, as_of, title=title)
