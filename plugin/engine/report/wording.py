"""Sentences and tables that the ledger and the report share."""

from __future__ import annotations

import re
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
    ("rulebook", ("依据文件", "Document"), "text", 14),
    ("clause", ("条款", "Clause"), "text", 10),
    ("clause_zh", ("任务", "Task"), "text", 22),
    ("effect", ("要求", "Effect"), "text", 11),
    ("layer", ("对象或指标", "Features or figure"), "text", 20),
    ("state", ("进展", "State"), "text", 12),
    ("value", ("现状", "Now"), "text", 14),
    ("target", ("目标", "Target"), "text", 17),
    ("parts", ("分子/分母", "Numerator / denominator"), "text", 11),
    ("checked", ("排查数", "Checked"), "int", 8),
    ("listed", ("列入数", "Listed"), "int", 8),
    ("tentative", ("待核实(存疑)", "To be verified (doubtful)"), "int", 8),
    ("open", ("待核实(缺资料)", "To be verified (no data)"), "int", 8),
    ("settled", ("已销号", "Settled"), "int", 8),
    ("outstanding", ("未完成", "Outstanding"), "int", 8),
    ("deadline", ("时限", "Deadline"), "date", 12),
    ("overdue_days", ("逾期天数", "Days overdue"), "int", 8),
    ("responsible", ("责任单位", "Responsible"), "text", 34),
    ("source", ("数据来源(图层.字段)", "Source (layer.field)"), "text", 20),
    ("missing", ("缺少的资料", "What is missing"), "text", 16),
    ("why", ("说明", "Remarks"), "text", 28),
)
BOARD_STATE = {
    "done": ("已完成", "Done"),
    "outstanding": ("未完成", "Outstanding"),
    "overdue": ("逾期", "Overdue"),
    "not_computable": ("待核实", "To be verified"),
    "no_target": ("未定目标", "No target"),
}
FIGURE_STATE = {
    **BOARD_STATE,
    "done": ("达标", "Met"),
    "outstanding": ("未达标", "Not met"),
    "overdue": ("逾期未达标", "Overdue"),
    "not_computable": ("无法计算", "Not computable"),
}
BOARD_MET = {
    "met": ("达标", "Met"),
    "not_met": ("未达标", "Not met"),
    "not_computable": ("无法计算", "Not computable"),
}
#: What a finding behind a figure says in `relation`.
ROLES = frozenset({"counted", "missing_attribute", "short"})
#: Units of the documents, for readers of English.
_UNITS = {
    **dict.fromkeys(("个", "台", "套", "座", "名", "次", "辆", "辆次", "无量纲"), ""),
    "公顷": "ha", "亩": "mu", "万亩": "10⁴ mu", "平方公里": "km²", "平方米": "m²", "万平方米": "10⁴ m²", "万m²": "10⁴ m²",
    "公里": "km", "千米": "km", "米": "m", "吨": "t", "万吨": "10⁴ t", "天": "days", "微克/立方米": "μg/m³", "克/千瓦时": "g/kWh",
    "亿千瓦时": "10⁸ kWh", "万千瓦": "10⁴ kW", "吨/(平方公里·月)": "t/(km²·month)", "t/(km²·月)": "t/(km²·month)",
}  # fmt: skip
_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")


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
        return figure_title(row, words.lang) or words.layer(value)
    if key == "state":
        return text.word(FIGURE_STATE if row.get("kind") == "indicator" else BOARD_STATE, value, words.lang)
    if key == "met":
        return text.word(BOARD_MET, value, words.lang)
    if key == "value":
        return value_words(row, words.lang)
    if key == "target":
        return target_words(row, words.lang)
    if key == "parts":
        return parts_words(row)
    if key in ("source", "missing"):
        return columns_words(value, words)
    if key == "deadline":
        return deadline(row)
    if key == "overdue_days":
        return int(value) if value else None
    if key == "why":
        return words.why(row)
    if {k: kind for k, _t, kind, _w in BOARD}[key] == "int":
        return None if value is None else int(value)
    return value


def figure_title(row: Row, lang: str) -> str:
    """Return what a figure is called, with its group; empty for a row that lists features."""
    title = text.plain(row.get("figure_zh" if lang == "zh" else "figure_en") or row.get("figure_zh"))
    group = text.plain(row.get("figure_group"))
    return f"{title}({group})" if title and group else title


def _unit(row: Row, lang: str) -> str:
    unit = text.plain(row.get("unit"))
    return unit if lang == "zh" else _UNITS.get(unit, unit)


def figure_number(value: float, row: Row) -> str:
    """Write a figure with so many decimals that rounding never moves it onto or across its target."""
    limits = [float(n) for n in _NUMBERS.findall(text.plain(row.get("target")))]
    for digits in (0 if abs(value) >= 1e4 or float(value).is_integer() else 2, 3, 4, 6, 9):
        said = f"{value:.{digits}f}"
        if all(value == limit or (float(said) - limit) * (value - limit) > 0 for limit in limits):
            break
    whole, dot, rest = f"{value:,.{digits}f}".partition(".")
    return whole + dot + rest if rest.strip("0") else whole


def value_words(row: Row, lang: str) -> str:
    """Write what a row's figure is: a number with its unit, or between which numbers it lies."""
    zh = lang == "zh"
    if row.get("kind") == "inventory":
        return ""  # the counts say it
    value, low, high = (row.get(name) for name in ("value", "low", "high"))
    unit = _unit(row, lang)
    unit = unit if zh or unit in ("", "%") else f" {unit}"
    if low is not None and high is not None and f"{low:.12g}" == f"{high:.12g}":
        # One number, said once.
        said = figure_number(float(low if value is None else value), row) + unit
        return said + gap_words(row, lang)
    known = "" if value is None else figure_number(float(value), row) + unit
    bounds = ""
    if low is not None and high is not None:
        bounds = f"{figure_number(float(low), row)}–{figure_number(float(high), row)}{unit}"
    elif low is not None:
        bounds = f"≥{figure_number(float(low), row)}{unit}"
    elif high is not None:
        bounds = f"≤{figure_number(float(high), row)}{unit}"
    if not bounds:
        return known if row.get("met") != "not_computable" else ""
    if not known or known in bounds:
        return bounds + gap_words(row, lang)
    return (f"{bounds}(已知部分{known})" if zh else f"{bounds} ({known} of what is known)") + gap_words(row, lang)


def gap_words(row: Row, lang: str) -> str:
    """Write the area that is not served, after the share that is."""
    gap = row.get("gap_m2")
    if gap is None or not float(gap) > 0:
        return ""
    return f",缺口{text.area(gap)}" if lang == "zh" else f", gap {text.area(gap, lang)}"


def target_words(row: Row, lang: str) -> str:
    """Write what a figure must reach, in which unit and by when in the document's words."""
    if not row.get("target"):
        return ""
    unit = _unit(row, lang)
    said = f"{row['target']}{unit if lang == 'zh' or unit in ('', '%') else ' ' + unit}"
    when = text.plain(row.get("target_words") or row.get("target_by"))
    return f"{said}({when})" if when else said


def parts_words(row: Row) -> str:
    """Write numerator and denominator: 11/20; nothing where there is no denominator."""
    parts = [row.get(name) for name in ("numerator", "denominator")]
    if any(part is None for part in parts) or not parts[1]:
        return ""
    return "/".join(text.number(part, 0 if float(part).is_integer() else 2) for part in parts)


def columns_words(names: Any, words: Words) -> str:
    """Write a list of ``layer.column`` with the titles that users know."""
    found = []
    for name in text.plain(names).split(","):
        layer, dot, column = name.partition(".")
        spec = words.catalog.get(layer)
        title = words.layer(layer)
        if dot and spec is not None and column in spec.field_names:
            column = spec.field(column).title(words.lang, unit=False)
        found.append(f"{title}.{column}" if dot else title)
    return words.zh_en("、", ", ").join(one for one in found if one)


def board_summary(rows: list[Row], lang: str) -> str:
    """Count the rows of the board by whether their targets are met."""
    count = {key: sum(row.get("met") == key for row in rows) for key in BOARD_MET}
    late = sum(row.get("state") == "overdue" for row in rows)
    if lang == "zh":
        return (
            f"共{len(rows)}项：达标{count['met']}项，未达标{count['not_met']}项(其中逾期{late}项)，"
            f"无法计算{count['not_computable']}项。"
        )
    return (
        f"{len(rows)} rows: {count['met']} met, {count['not_met']} not met ({late} overdue),"
        f" {count['not_computable']} not computable."
    )


def board_mark(row: Row) -> str:
    """Return ``late``, ``open`` or nothing for a row of the board."""
    return {"overdue": "late", "not_computable": "open"}.get(str(row.get("state")), "")


def deadline(row: Row) -> Any:
    """Return a deadline as a date, or the document's words where they name no day."""
    return text.as_date(row.get("deadline")) or row.get("deadline_words")
