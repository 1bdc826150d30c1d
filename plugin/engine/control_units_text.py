"""The control units (三线一单) that a site crosses, in words: each unit's name, and its lists to the letter."""

from __future__ import annotations

from .findings_text import Fact
from .report import text
from .report.rows import Row, Words
from .report.units import LISTS as TITLES
from .report.units import status_words


def unit_title(row: Row, words: Words) -> str:
    """Return a unit's name, or that there is none."""
    return text.plain(row.get("unit_name") or row.get("unit_code")) or status_words(row, words)


def unit_line(row: Row, words: Words) -> str:
    """Return a unit's code and kind, and how much of the site lies in it."""
    told = status_words(row, words) if row.get("status") != "crossed" else ""
    parts = [
        text.plain(row.get("unit_code")) if row.get("unit_name") else "",
        words.value("control_unit", "unit_kind", row.get("unit_kind")),
        told if row.get("unit_name") or row.get("unit_code") else "",
        text.share(row.get("overlap_share")),
    ]
    return " · ".join(part for part in parts if part)


def list_facts(row: Row, words: Words) -> list[Fact]:
    """Return what a unit's list says, in its official order, and which version it is."""
    say = words.zh_en
    found = [
        Fact(text.pick(title, words.lang), text.plain(row.get(name)), True) for name, title in TITLES if row.get(name)
    ]
    both = (text.plain(row.get("document_no")), text.day(row.get("version_date"), words.lang))
    version = [part for part in both if part]
    if version:
        found.append(Fact(say("清单版本", "Version"), say("，", ", ").join(version)))
    if row.get("status") in ("near", "not_assessed"):
        found.append(Fact(say("位置关系", "Relation"), status_words(row, words)))
        if row.get("department"):
            found.append(Fact(say("向谁核实", "Ask"), text.plain(row["department"])))
    return found
