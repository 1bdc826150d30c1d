"""What a plan board says, in words to read on a screen and to paste into a table, in Chinese and English.

Rows are plain dictionaries as :func:`~.report.rows.records` makes them; the same rows always give the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .findings_matrix import tsv
from .findings_text import Fact
from .report import text
from .report.rows import Row, Words, truth
from .report.wording import (
    BOARD,
    ROLES,
    board_value,
    columns_words,
    figure_title,
    parts_words,
    target_words,
    value_words,
)

#: States of a row, from the first to be seen to; the counts on top of the board.
STATES: Mapping[str, tuple[str, str]] = {
    "overdue": ("逾期", "Overdue"),
    "outstanding": ("未完成", "Outstanding"),
    "not_computable": ("无法计算", "Not computable"),
    "done": ("达标", "Met"),
    "no_target": ("未定目标", "No target"),
}
#: A department that no document names.
NOBODY = ("未指明单位", "Nobody named")
_BETWEEN = ("、", ";", "；")


def state_title(state: str, lang: str) -> str:
    """Return what a count is called."""
    return text.word(dict(STATES), state, lang)


def row_state(row: Row, words: Words) -> str:
    """Return what the state of one row is called: a list is done or not, a figure meets its target or not."""
    return text.plain(board_value("state", row, words))


def counts(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return state -> how many rows are in it; every row is in one."""
    found = dict.fromkeys(STATES, 0)
    for row in rows:
        found[str(row["state"])] = found.get(str(row["state"]), 0) + 1
    return found


def most_overdue(rows: Iterable[Mapping[str, Any]]) -> int:
    """Return how many days the oldest overdue row is late."""
    return max((int(row["overdue_days"] or 0) for row in rows), default=0)


def worst(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the state that a clause with these rows shows: that of the row to be seen to first."""
    states = {str(row["state"]) for row in rows}
    return next((name for name in STATES if name in states), "no_target")


def lead(row: Mapping[str, Any], words: Words) -> str:
    """Return the department that leads a row's clause."""
    clause = words.clause(row)
    if clause is not None:
        said = clause.responsible.lead
    else:
        said = text.plain(row.get("responsible"))
    for sign in _BETWEEN:
        said = said.partition(sign)[0]
    return said.strip() or text.pick(NOBODY, words.lang)


def theme(row: Mapping[str, Any], words: Words) -> str:
    """Return the theme of the layer that a row looks at, empty where the catalog does not know it."""
    layer = row.get("layer")
    return words.catalog[layer].theme if layer in words.catalog else ""


def title(row: Row, words: Words) -> str:
    """Return what a row is of: a figure, or the features of a layer."""
    return figure_title(row, words.lang) or words.layer(row.get("layer"))


def progress(row: Row, words: Words) -> str:
    """Say how far a row is: settled of listed, or the figure with numerator and denominator against its target."""
    say = words.zh_en
    if row.get("kind") == "inventory":
        listed = row.get("listed")
        if listed is None:
            return ""
        closed = row.get("settled") or 0
        parts = [say(f"已销号{closed:.0f}/{listed:.0f}", f"{closed:.0f} of {listed:.0f} settled")]
        if not listed:
            parts = [say("未列入任何对象", "nothing listed")]
        doubtful = int(row.get("tentative") or 0) + int(row.get("open") or 0)
        if doubtful:
            parts.append(say(f"待核实{doubtful}", f"{doubtful} to be verified"))
        return say("，", ", ").join(parts)
    value, of = _value(row, words), parts_words(row)
    if not value and row.get("denominator") == 0 and row.get("kind") == "coverage":
        return say("没有涉及的对象", "nothing concerned")
    known = say(f"{value}（{of}）", f"{value} ({of})") if value and of else value or of
    target = target_words(row, words.lang)
    return say("，", ", ").join(one for one in (known, say(f"目标{target}", f"target {target}") if target else "") if one)


def _value(row: Row, words: Words) -> str:
    said = value_words(row, words.lang)
    return text.prose(said) if words.lang == "zh" else said


def due(row: Row, words: Words, day: Any = str) -> str:
    """Say by when, and how many days ago that was; `day` writes a date."""
    when = text.as_date(row.get("deadline"))
    said = day(when) if when is not None else text.plain(row.get("deadline_words"))
    parts = [words.zh_en(f"时限{said}", f"due {said}") if said else "", overdue(row, words)]
    return words.zh_en("，", ", ").join(part for part in parts if part)


def overdue(row: Row, words: Words) -> str:
    """Say how many days ago the deadline was; a figure may still miss the target of an earlier year."""
    late = int(row.get("overdue_days") or 0)
    when = text.as_date(row.get("deadline"))
    if not late:
        return ""
    if when is not None and when >= words.as_of:
        return words.zh_en(f"此前的目标逾期{late}天", f"an earlier target {late} days overdue")
    return words.zh_en(f"逾期{late}天", f"{late} days overdue")


def whom(row: Row, words: Words) -> list[str]:
    """Return whom to ask for what a row lacks: department and layer, each once."""
    lacking: dict[str, list[str]] = {}
    for name in text.plain(row.get("missing")).split(","):
        layer = name.partition(".")[0]
        if not layer:
            continue
        spec = words.catalog.get(layer)
        department = (spec.department if spec is not None else "") or (
            text.plain(row.get("department")) if layer == row.get("layer") else ""
        )
        lacking.setdefault(department or text.pick(NOBODY, words.lang), []).append(columns_words(name, words))
    return [
        words.zh_en(f"{who}（{'、'.join(what)}）", f"{who} ({', '.join(what)})") for who, what in lacking.items()
    ]


def facts(row: Row, words: Words, day: Any = str) -> list[Fact]:
    """Return what is told below a row: the document's words, the numbers, the source, what lacks and whom to ask."""
    say = words.zh_en
    number = text.plain(row.get("clause"))
    found = []
    clause = words.clause(row)
    quote = text.plain(row.get("quote"))
    if quote:
        own = clause is None or clause.verbatim
        found.append(Fact(say("原文", "Quotation") if own else say("摘要", "Summary"),
                          f"“{quote}”" if own else quote, True))  # fmt: skip
    found.append(Fact(say("依据", "Document"), " ".join(p for p in (words.document(row.get("rulebook")), number) if p)))
    if truth(row, "reference"):
        found.append(Fact(say("效力", "Force"), say("文件不在有效期内，仅供参考", "not in force, for reference only")))
    if row.get("kind") == "indicator" or row.get("kind") == "coverage":
        found.append(Fact(say("现状", "Now"), _value(row, words) or say("无法计算", "not computable")))
        found.append(Fact(say("分子/分母", "Numerator / denominator"), parts_words(row)))
        found.append(Fact(say("目标", "Target"), target_words(row, words.lang)))
    tallies = [
        f"{pair[0 if words.lang == 'zh' else 1]} {row[name]:.0f}"
        for name, pair, kind, _wide in BOARD if kind == "int" and name != "overdue_days" and row.get(name)
    ]  # fmt: skip
    found.append(Fact(say("数量", "Counts"), say("，", ", ").join(tallies)))
    found.append(Fact(say("时限", "Deadline"), _deadline(row, words, day)))
    found.append(Fact(say("责任单位", "Responsible"), text.plain(row.get("responsible"))))
    found.append(Fact(say("数据来源", "Source"), columns_words(row.get("source"), words)))
    found.append(Fact(say("缺少的资料", "What is missing"), columns_words(row.get("missing"), words)))
    found.append(Fact(say("向谁索取", "Whom to ask"), say("；", "; ").join(whom(row, words))))
    found.append(Fact(say("说明", "Remarks"), words.why(row)))
    return [one for one in found if one.text]


def _deadline(row: Row, words: Words, day: Any) -> str:
    when = text.as_date(row.get("deadline"))
    own = text.plain(row.get("deadline_words"))
    said = [day(when) if when is not None else "", f"“{own}”" if own else "", overdue(row, words)]
    return words.zh_en("，", ", ").join(part for part in said if part)


def haystack(row: Row, words: Words) -> str:
    """Return all that a search in a row finds, in one case."""
    parts = (
        words.clause_title(row), row.get("clause"), row.get("clause_id"), row.get("quote"), title(row, words),
        row.get("responsible"), row.get("layer"), words.document(row.get("rulebook")),
        columns_words(row.get("missing"), words),
    )  # fmt: skip
    return "\n".join(text.plain(part) for part in parts).casefold()


def as_table(rows: Sequence[Row], words: Words) -> str:
    """Return rows as a table to paste: columns of the ledger, tabs between cells, one line a row."""
    cells = [[text.pick(titles, words.lang) for _key, titles, _kind, _wide in BOARD]]
    cells += [[text.plain(board_value(key, row, words)) for key, *_ in BOARD] for row in rows]
    return tsv(cells)


# --- the features behind a row ----------------------------------------------------------------------------------


def feature_state(one: Row, words: Words) -> str:
    """Say how a feature stands behind a row."""
    role = one.get("relation")
    if one.get("status") == "not_assessed":
        return words.zh_en("待核实", "To be verified")
    if role == "counted" and one.get("status") != "hit":
        return words.zh_en("已计入", "Counted")
    if role == "short":
        return words.zh_en("未达要求", "Falls short")
    if one.get("status") == "hit":
        return words.zh_en("列入(待核实)", "Listed (to be verified)") if truth(one, "tentative") else words.zh_en(
            "列入", "Listed"
        )
    return words.zh_en("已计入", "Counted")


def feature_why(one: Row, words: Words) -> str:
    """Say what a feature is listed for: the zone it is near, or why it cannot be told."""
    why = words.why(one)
    if why:
        return why
    # A figure's findings name it as their zone.
    zone = text.plain(one.get("zone_name")) if one.get("relation") not in ROLES else ""
    layer = words.layer(one.get("zone_layer"))
    return words.zh_en("：", ": ").join(part for part in (layer, zone) if part) or words.clause_title(one)
