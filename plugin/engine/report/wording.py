"""Sentences and tables that the ledger and the report share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import text
from .rows import Row, Words, truth


def illustrative_note(words: Words) -> str:
    """Say what 示意 means."""
    return words.zh_en(
        "来源性质为“示意”的要素仅供演示，位置和属性不代表真实情况，不得作为管理依据",
        "Features whose provenance is illustrative are for demonstration; do not act on their place or"
        " attributes",
    )


def fingerprint_words(mark: Mapping[str, Any], words: Words) -> str:
    """Write a layer's fingerprint: rows, extent, newest date, and since when it is declared complete."""
    say = words.zh_en
    if mark.get("rows") is None:
        return say("一张图中无此图层", "The map does not hold this layer")
    parts = [say(f"{mark['rows']}条", f"{mark['rows']} rows")]
    for key, zh, en in (
        ("extent", "范围", "extent"), ("newest", "最新生效日期", "newest"),
        ("complete_as_of", "完整性声明日期", "complete as of"),
    ):  # fmt: skip
        if mark.get(key):
            value = mark[key]
            shown = ", ".join(f"{v:.4f}" for v in value) if isinstance(value, (tuple, list)) else str(value)
            parts.append(say(f"{zh}{shown}", f"{en} {shown}"))
    if not mark.get("complete_as_of"):
        parts.append(say("未声明完整", "not declared complete"))
    return say("；", "; ").join(parts)


def radius_result(row: Row, words: Words) -> str:
    """Say on which side of the radius a boiler falls."""
    if row.get("status") == "not_assessed" or truth(row, "tentative"):
        return words.zh_en("待核实", "To be verified")
    if row.get("status") == "hit":
        return words.zh_en("半径内", "Inside")
    if row.get("status") == "clear":
        return words.zh_en("半径外", "Outside")
    return text.word(text.STATUS, row.get("status"), words.lang)


def issue_words(row: Row, lang: str) -> str:
    """Return an issue's message in the reader's language."""
    first, second = ("message_zh", "message_en") if lang == "zh" else ("message_en", "message_zh")
    said = row.get(first) or row.get(second)
    return text.prose(said) if lang == "zh" else text.plain(said)


def verdict_words(row: Row, lang: str) -> str:
    """Return a verdict in words; without any it is the two values themselves."""
    said = row.get("text_zh" if lang == "zh" else "text_en")
    if said:
        return text.prose(said) if lang == "zh" else text.plain(said)
    return text.word(text.VERDICT, row.get("known"), lang)


#: Columns of the plan board: key, titles, kind, widest.
BOARD = (
    ("rulebook", ("依据文件", "Document"), "text", 24),
    ("clause", ("条款", "Clause"), "text", 14),
    ("clause_zh", ("任务", "Task"), "text", 30),
    ("effect", ("要求", "Effect"), "text", 12),
    ("layer", ("对象", "Features"), "text", 18),
    ("state", ("进展", "State"), "text", 12),
    ("checked", ("排查数", "Checked"), "int", 10),
    ("listed", ("列入数", "Listed"), "int", 10),
    ("tentative", ("待核实(存疑)", "To be verified (doubtful)"), "int", 10),
    ("open", ("待核实(缺资料)", "To be verified (no data)"), "int", 10),
    ("settled", ("已销号", "Settled"), "int", 10),
    ("outstanding", ("未完成", "Outstanding"), "int", 10),
    ("deadline", ("时限", "Deadline"), "date", 16),
    ("overdue_days", ("逾期天数", "Days overdue"), "int", 10),
    ("responsible", ("责任单位", "Responsible"), "text", 40),
    ("why", ("说明", "Remarks"), "text", 40),
)
BOARD_STATE = {
    "done": ("已完成", "Done"),
    "outstanding": ("未完成", "Outstanding"),
    "overdue": ("逾期", "Overdue"),
    "not_computable": ("待核实", "To be verified"),
}


def board_value(key: str, row: Row, words: Words) -> Any:
    """Return one cell of the plan board: text, a whole number, a date or None."""
    value = row.get(key)
    if key == "rulebook":
        mark = words.zh_en("(参考)", " (reference)") if truth(row, "reference") else ""
        return words.document(value) + mark
    if key == "clause_zh":
        return words.clause_title(row)
    if key == "effect":
        return text.word(text.EFFECT, value, words.lang)
    if key == "layer":
        return words.layer(value)
    if key == "state":
        return text.word(BOARD_STATE, value, words.lang)
    if key == "deadline":
        return deadline(row)
    if key == "why":
        return words.why(row)
    if {k: kind for k, _t, kind, _w in BOARD}[key] == "int":
        return None if value is None else int(value)
    return value


def board_mark(row: Row) -> str:
    """Return ``late``, ``open`` or nothing for a row of the board."""
    return {"overdue": "late", "not_computable": "open"}.get(str(row.get("state")), "")


def deadline(row: Row) -> Any:
    """Return a deadline as a date, or the document's words where they name no day."""
    return text.as_date(row.get("deadline")) or row.get("deadline_words")
