"""What a siting check found, in words to read on a screen and to paste into a letter, in Chinese and English.

Rows are plain dictionaries as :func:`~.report.rows.records` makes them; the same rows always give the same words.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .clauses.model import OPERATIVE_EFFECTS, STATES, Combination
from .report import text
from .report.rows import Row, Words, conformity, inquiries, situation, sorted_findings, truth, zone_name
from .report.units import status_words as unit_words

#: How an answer stands, from the first to be read to the last.
HIT, TENTATIVE, OPEN, CLEAR, IDLE = "hit", "tentative", "open", "clear", "idle"
STANDINGS: Mapping[str, tuple[str, str]] = {
    HIT: ("涉及", "Concerned"),
    TENTATIVE: ("涉及(待核实)", "Concerned (to be verified)"),
    OPEN: ("待核实", "To be verified"),
    CLEAR: ("未涉及", "Not concerned"),
    IDLE: ("不适用", "Not applicable"),
}
#: Signs that tell standings apart without colour.
SIGNS: Mapping[str, str] = {HIT: "●", TENTATIVE: "◐", OPEN: "?", CLEAR: "○", IDLE: "–"}
#: The group of rules that are not in force on the day.
REFERENCE = "reference"
GROUPS = (*text.EFFECT, REFERENCE)
_REFERENCE = ("仅供参考(文件不在有效期内)", "For reference only (not in force)")
#: Findings that are alike in these read alike.
_SAME = (
    "site_id", "rulebook", "clause_id", "status", "tentative", "reference", "zone_layer", "zone_id", "zone_name",
    "relation", "distance_m", "threshold_m", "overlap_m2", "why", "section_id", "chainage_m", "direction",
)  # fmt: skip
_RANK = {name: i for i, name in enumerate(STANDINGS)}
_PLACE = {name: i for i, name in enumerate(GROUPS)}
_NUMERALS = "一二三四五六七八九十"


class Fact(NamedTuple):
    """One thing to know of a finding: what it is, and what it says; `quote` where these are a document's words."""

    label: str
    text: str
    quote: bool = False


def standing(row: Mapping[str, Any]) -> str:
    """Return how a finding stands: a key of :data:`STANDINGS`."""
    status = row.get("status")
    if status == "hit":
        return TENTATIVE if truth(row, "tentative") else HIT
    return {"not_assessed": OPEN, "clear": CLEAR}.get(str(status), IDLE)


def group(row: Mapping[str, Any]) -> str:
    """Return the group a finding is listed in: its effect, or :data:`REFERENCE`."""
    return REFERENCE if truth(row, "reference") else str(row.get("effect") or "attend")


def group_title(name: str, lang: str) -> str:
    """Return what a group is called."""
    return text.pick(_REFERENCE, lang) if name == REFERENCE else text.word(text.EFFECT, name, lang)


def standing_title(name: str, lang: str) -> str:
    """Return what a standing is called."""
    return text.pick(STANDINGS[name], lang)


def ordered(rows: Iterable[Row]) -> list[Row]:
    """Sort one site's findings: by group from the gravest, then by standing, near misses before far ones.

    Of answers that say the same (a clause may ask one layer twice) the first is kept.
    """

    def key(row: Row) -> tuple[Any, ...]:
        gap = row.get("distance_m")
        own = standing(row)
        return (
            _PLACE.get(group(row), 99), _RANK[own], own == CLEAR and gap is None,
            (math.inf if gap is None else float(gap)) if own == CLEAR else 0.0,
            str(row.get("rulebook") or ""), str(row.get("clause_id") or ""),
            math.inf if gap is None else float(gap), str(row.get("zone_id") or ""),
        )  # fmt: skip

    once: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        once.setdefault(tuple(row.get(name) for name in _SAME), row)
    return sorted(once.values(), key=key)


def grouped(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """Return one site's findings by group, the gravest first; groups without a row are left out."""
    found: dict[str, list[Row]] = {}
    for row in ordered(rows):
        found.setdefault(group(row), []).append(row)
    return list(found.items())


# --- one finding ------------------------------------------------------------------------------------------------


def title(row: Mapping[str, Any], words: Words) -> str:
    """Return a rule's short title."""
    return words.clause_title(row)


def clause_number(row: Mapping[str, Any]) -> str:
    """Return the number of the clause in its document."""
    return text.plain(row.get("clause"))


def measure(row: Mapping[str, Any], words: Words) -> str:
    """Return where the site lies in a few words: 距饮用水水源保护区“小浪底”1240米，要求大于3000米."""
    own = standing(row)
    gap, limit = row.get("distance_m"), row.get("threshold_m")
    relation, zone = str(row.get("relation") or ""), zone_name(row, words)
    say = words.zh_en
    if relation == "river_section" or own == IDLE:
        return "" if own == IDLE else situation(dict(row), words)
    if gap is not None and math.isfinite(float(gap)) and float(gap) > 0:
        size = text.separation(gap, limit, words.lang)
        near = zone or say("最近要素", "the nearest feature")
        said = say(f"距{near}{size}", f"{size} from {near}")
    elif own == OPEN:
        return zone
    elif relation == "anywhere":
        return say("全行政区适用", "holds in the whole jurisdiction")
    elif relation == "outside":
        place = zone or say("划定范围", "the area")
        said = say(f"不在{place}内", f"outside {place}") if own in (HIT, TENTATIVE) else say(f"在{place}内", f"in {place}")
    elif own in (HIT, TENTATIVE):
        said = say(f"位于{zone or '管控范围'}内", f"in {zone or 'the zone'}")
    else:
        return say("附近没有此类区域", "no such zone near")
    limits = _limit(row, words)
    return said + (say("，", ", ") + limits if limits else "")


def _limit(row: Mapping[str, Any], words: Words) -> str:
    if row.get("threshold_m") is None:
        return ""
    size = text.distance(row["threshold_m"], words.lang)
    if _forbids_nearness(row, words):
        return words.zh_en(f"要求大于{size}", f"must be more than {size}")
    return words.zh_en(f"控制距离{size}", f"threshold {size}")


def _forbids_nearness(row: Mapping[str, Any], words: Words) -> bool:
    """Tell whether a rule keeps sites out of its distance; under ``none`` of several relations it is the other way."""
    if row.get("relation") != "within" or row.get("effect") not in OPERATIVE_EFFECTS:
        return False
    clause = words.clause(row)
    stack = [clause.where] if clause is not None and clause.where is not None else []
    while stack:
        tree = stack.pop()
        if isinstance(tree, Combination):
            if tree.verb == "none":
                return False
            stack.extend(tree.of)
    return clause is not None


def overlap(row: Mapping[str, Any], words: Words) -> str:
    """Return how much of the site lies in the zone: 重叠1.24公顷(18.6亩)，占用地8.0%."""
    extent = row.get("overlap_m2")
    if extent is None or not float(extent) > 0:
        return ""
    said = text.area(extent, words.lang)
    part = text.share(row.get("overlap_share"))
    return words.zh_en(
        f"重叠{said}" + (f"，占用地{part}" if part else ""), f"overlap {said}" + (f", {part} of the site" if part else "")
    )


def deadline(row: Mapping[str, Any], words: Words) -> str:
    """Return the day by which it must be done, with the document's words, and whether that is past."""
    day, said = text.day(row.get("deadline"), words.lang), text.plain(row.get("deadline_words"))
    both = day or said
    if day and said:
        both = words.zh_en(f"{day}({said})", f"{day} ({said})")
    if both and truth(row, "overdue"):
        both += words.zh_en("，已逾期", ", overdue")
    return both


def document(row: Mapping[str, Any], words: Words) -> str:
    """Return the document with its number and date, and the clause."""
    number = clause_number(row)
    book = words.book(row.get("rulebook"))
    if row.get("basis"):
        return text.plain(row["basis"])
    if book is None:
        return " ".join(part for part in (text.plain(row.get("rulebook")), number) if part)
    doc, say = book.document, words.zh_en
    name = say(f"《{doc.zh}》", doc.en or doc.zh)
    inside = [part for part in (doc.number, text.day(doc.issued, words.lang)) if part]
    said = name + (say(f"({'，'.join(inside)})", f" ({', '.join(inside)})") if inside else "")
    return said + (say(number, f", {number}") if number else "")


def facts(row: Row, words: Words) -> list[Fact]:
    """Return all there is to know of a finding, the quotation first."""
    say, own = words.zh_en, standing(row)
    found = [Fact(say("原文", "Words"), words.quoted(row), bool(row.get("quote")) and row.get("verbatim") is not False)]
    found.append(Fact(say("依据", "Document"), document(row, words)))
    state = str(row.get("book_state") or "")
    if truth(row, "reference") and state in STATES:
        found.append(Fact(say("效力", "Force"), text.pick(STATES[state], words.lang)))
    found.append(Fact(say("情况", "Situation"), situation(row, words)))
    if row.get("threshold_m") is not None:
        owner = text.word(text.OWNER, row.get("threshold_owner"), words.lang)
        size = text.distance(row["threshold_m"], words.lang)
        found.append(Fact(say("距离来源", "Threshold"), say(f"{size}({owner})", f"{size} ({owner})") if owner else size))
    if own in (TENTATIVE, OPEN):
        for whom, layer, why in words.questions(row):
            if why:
                found.append(Fact(say("待核实原因", "Open because"), why))
            asked = say(f"{whom}(提供{layer}资料)", f"{whom} ({layer})") if layer else whom
            if whom:
                found.append(Fact(say("向谁核实", "Ask"), asked))
    if row.get("focus") in ("yes", "open"):
        found.append(Fact(say("重点", "Focus"), say("重点范围内", "in the focus area") if row["focus"] == "yes"
                          else say("是否在重点范围内待核实", "to be verified")))  # fmt: skip
    for label, said in (
        (say("期限", "Deadline"), deadline(row, words)),
        (say("责任单位", "Responsible"), text.plain(row.get("responsible"))),
    ):
        if said:
            found.append(Fact(label, said))
    return [fact for fact in found if fact.text]


def clause_text(row: Row, words: Words) -> str:
    """Return one finding as lines of text."""
    joint = words.zh_en("：", ": ")
    number = clause_number(row)
    first = f"{title(row, words)}{words.zh_en(f'({number})', f' ({number})') if number else ''}"
    answer = f"{words.zh_en('符合性', 'Answer')}{joint}{conformity(row, words)}"
    return "\n".join([first, answer, *(f"{fact.label}{joint}{fact.text}" for fact in facts(row, words))])


# --- one site ---------------------------------------------------------------------------------------------------


def verdict_value(verdict: Mapping[str, Any]) -> str:
    """Return what a verdict's sign stands for: the known verdict, or ``undecided``."""
    known = str(verdict.get("known") or "pass")
    return "undecided" if known == "pass" and float(verdict.get("pending") or 0) > 0 else known


def verdict_words(verdict: Mapping[str, Any], lang: str) -> str:
    """Return a verdict's sentence."""
    said = text.plain(verdict.get(f"text_{lang}"))
    return text.prose(said) if lang == "zh" else said[:1].upper() + said[1:]


def site_name(verdict: Mapping[str, Any]) -> str:
    """Return a site's name, else its id."""
    return text.plain(verdict.get("site_name") or verdict.get("site_id"))


def units_words(units: Iterable[Row], words: Words) -> str:
    """Return the control units that a site crosses, in one sentence; empty where nothing is known of any."""
    say, parts = words.zh_en, []
    for row in units:
        names = [text.plain(row.get(name)) for name in ("unit_name", "unit_code") if row.get(name)]
        told = unit_words(row, words)
        if not names:
            parts.append(told)
            continue
        name = names[0] + (say(f"({names[1]})", f" ({names[1]})") if len(names) > 1 else "")
        kind = words.value("control_unit", "unit_kind", row.get("unit_kind"))
        share = text.share(row.get("overlap_share"))
        more = [part for part in (kind, share if row.get("status") == "crossed" else told) if part]
        parts.append(name + say("，", ", ") + say("，", ", ").join(more) if more else name)
    return say("；", "; ").join(parts)


def site_text(verdict: Row, units: Sequence[Row], rows: Iterable[Row], words: Words) -> str:
    """Return one site's result as a planner can paste it into a letter."""
    say = words.zh_en
    joint = say("：", ": ")
    rows = [row for row in rows if row.get("site_id") == verdict.get("site_id")]
    lines = [f"{say('项目', 'Site')}{joint}{site_name(verdict)}"]
    kind = words.facility(verdict.get("facility_type"))
    if kind:
        lines.append(f"{say('设施类型', 'Facility type')}{joint}{kind}")
    lines.append(f"{say('初步结论', 'Preliminary answer')}{joint}{verdict_words(verdict, words.lang)}")
    lines.append(f"{say('研判日期', 'As of')}{joint}{text.day(words.as_of, words.lang)}")
    crossed = units_words([row for row in units if row.get("site_id") == verdict.get("site_id")], words)
    if crossed:
        lines.append(f"{say('环境管控单元', 'Control units')}{joint}{crossed}")
    number = 0
    for name, members in grouped(rows):
        told = [row for row in members if standing(row) in (HIT, TENTATIVE, OPEN)]
        if not told:
            continue
        number += 1
        lines += ["", f"{_ordinal(number, words.lang)}{group_title(name, words.lang)}"]
        for i, row in enumerate(told, start=1):
            lines += _paragraph(i, row, words)
    asked = inquiries((row for row in rows if not truth(row, "reference")), words)
    if asked:
        number += 1
        lines += ["", f"{_ordinal(number, words.lang)}{say('需核实的事项', 'To be verified')}"]
        for i, one in enumerate(asked, start=1):
            about = f"{one.layer}{joint}" if one.layer else ""
            lines.append(f"{i}. {one.department}{say('——', ' - ')}{about}{one.why}")
    clear = _clauses(rows, CLEAR)
    idle = _clauses(rows, IDLE)
    lines += ["", say(f"另有{clear}条款经查未涉及，{idle}条款不适用。",
                      f"Besides, {clear} clauses are not concerned and {idle} do not apply.")]  # fmt: skip
    lines.append(say("以上为依据现有资料的初步研判，不代替审批决定。",
                     "A preliminary assessment from the data at hand; the decision is the office's."))  # fmt: skip
    return "\n".join(lines)


def _paragraph(number: int, row: Row, words: Words) -> list[str]:
    say = words.zh_en
    joint = say("：", ": ")
    lines = [f"{number}. {title(row, words)}{joint}{conformity(row, words)}"]
    lines.append(f"   {say('依据', 'Document')}{joint}{document(row, words)}")
    if row.get("quote"):
        lines.append(f"   {words.quoted(row)}")
    lines.append(f"   {say('情况', 'Situation')}{joint}{situation(row, words)}")
    due = deadline(row, words)
    if due:
        lines.append(f"   {say('期限', 'Deadline')}{joint}{due}")
    return lines


def _clauses(rows: Iterable[Row], wanted: str) -> int:
    return len({
        (row.get("rulebook"), row.get("clause_id")) for row in rows
        if standing(row) == wanted and not truth(row, "reference")
    })  # fmt: skip


def _ordinal(number: int, lang: str) -> str:
    if lang == "zh" and number <= len(_NUMERALS):
        return f"{_NUMERALS[number - 1]}、"
    return f"{number}. " if lang == "en" else f"{number}、"


def result_text(verdicts: Iterable[Row], units: Sequence[Row], rows: Iterable[Row], words: Words) -> str:
    """Return the result of several sites, one after the other."""
    of_site: dict[Any, list[Row]] = {}
    for row in sorted_findings(rows):
        of_site.setdefault(row.get("site_id"), []).append(row)
    parts = [site_text(one, units, of_site.get(one.get("site_id"), []), words) for one in verdicts]
    return "\n\n".join(parts)


def haystack(row: Mapping[str, Any], words: Words) -> str:
    """Return what a text filter looks into."""
    keys = ("clause", "clause_id", "clause_zh", "quote", "zone_name", "responsible", "department", "basis")
    parts = [text.plain(row.get(name)) for name in keys]
    return "\n".join([title(row, words), words.layer(row.get("zone_layer")), *parts]).casefold()
