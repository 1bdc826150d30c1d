"""The control units (三线一单) that sites cross, in the report and in the ledger: what the unit's list says, verbatim."""

from __future__ import annotations

from typing import Any

from . import text
from .lists import Lists
from .rows import Row, Words
from .sheet import Column
from .word import Paper

LAYER = "control_unit"
LISTS = (
    ("spatial_constraint", ("空间布局约束", "Spatial layout")),
    ("emission_control", ("污染物排放管控", "Emission control")),
    ("risk_prevention", ("环境风险防控", "Risk prevention")),
    ("resource_efficiency", ("资源开发效率", "Resource efficiency")),
)
_STATUS = {
    "crossed": ("涉及", "crossed"),
    "near": ("边界附近(待核实)", "near its boundary (to be verified)"),
    "none": ("不涉及任何管控单元", "in no unit"),
    "not_assessed": ("待核实", "to be verified"),
}


def status_words(row: Row, words: Words) -> str:
    """Return how a site stands to a unit, with the reason where it could not be told."""
    told = text.pick(_STATUS[row["status"]], words.lang)
    why = text.plain(row.get("why") if words.lang == "zh" else row.get("why_en"))
    return f"{told}:{why}" if row["status"] == "not_assessed" and why else told


def chapter(paper: Paper, words: Words, rows: list[Row]) -> None:
    """Write the chapter that opens a siting report: which units are crossed, and their lists to the letter."""
    say = words.zh_en
    paper.chapter(say("环境管控单元(三线一单)", "Environmental control units"))
    paper.say(say("管控单元只列示所涉单元及其清单原文，是否符合由审定单位逐条判断，不计入初步结论。",
                  "Units crossed and the words of their lists; whether the project conforms is for the office to"
                  " judge and stays outside the verdict."))  # fmt: skip
    table = []
    for i, row in enumerate(rows, start=1):
        unit = [text.plain(row.get("unit_name")), text.plain(row.get("unit_code"))]
        table.append([
            i, text.plain(row.get("site_name") or row.get("site_id")), [part for part in unit if part] or "—",
            words.value(LAYER, "unit_kind", row.get("unit_kind")) or "—", status_words(row, words), _part(row, words),
            text.day(row.get("version_date"), words.lang) if row.get("version_date") else "—",
        ])  # fmt: skip
    paper.table(say("涉及的环境管控单元", "Control units crossed"),
                (say("序号", "No."), say("项目", "Site"), say("管控单元", "Unit"), say("类别", "Kind"),
                 say("位置关系", "Relation"), say("占用", "Area"), say("清单版本", "Version")),
                table, (10, 30, 36, 18, 18, 24, 20), centred=(0,))  # fmt: skip
    lists = []
    for row in _once(rows):
        name = text.plain(row.get("unit_name") or row.get("unit_code"))
        said = [(text.pick(title, words.lang), text.plain(row.get(column))) for column, title in LISTS]
        if any(words_ for _, words_ in said):
            lists += [[name if k == 0 else "", title, words_ or "—"] for k, (title, words_) in enumerate(said)]
    if lists:
        paper.table(say("管控单元准入清单(原文)", "Lists of the units (verbatim)"),
                    (say("管控单元", "Unit"), say("管控类别", "Aspect"), say("管控要求", "Requirement")),
                    lists, (38, 28, 90))  # fmt: skip


def add_units(write: Lists, rows: list[Row]) -> None:
    """Add the ledger's sheet: one row per site and unit, with the four columns of the list verbatim."""
    say, words = write.say, write.words
    columns = [
        Column(say("序号", "No."), "int"),
        Column(say("项目", "Site"), widest=24),
        Column(say("管控单元编码", "Unit code"), widest=18),
        Column(say("管控单元名称", "Unit"), widest=24),
        Column(say("单元类别", "Kind"), widest=14),
        Column(say("位置关系", "Relation"), widest=18),
        Column(say("占用面积(m²,椭球)", "Area (m², ellipsoidal)"), "area"),
        Column(say("占用面积(m²,投影)", "Area (m², projected)"), "area"),
        Column(say("占项目比例", "Share of the site"), "share"),
        *(Column(text.pick(title, write.lang), widest=40) for _, title in LISTS),
        Column(say("清单版本", "Version"), "date"),
    ]
    table = [
        [
            i, text.plain(row.get("site_name") or row.get("site_id")), row.get("unit_code"), row.get("unit_name"),
            words.value(LAYER, "unit_kind", row.get("unit_kind")), status_words(row, words), row.get("overlap_m2"),
            row.get("overlap_projected_m2"), row.get("overlap_share"),
            *(text.plain(row.get(name)) for name, _ in LISTS), row.get("version_date"),
        ]
        for i, row in enumerate(rows, start=1)
    ]  # fmt: skip
    write._add(say("环境管控单元", "Control units"), say("涉及的环境管控单元及清单", "Control units crossed"),
               [write._dated()], columns, table)  # fmt: skip


def _part(row: Row, words: Words) -> str:
    area = row.get("overlap_m2")
    if area is None:
        return "—"
    share = row.get("overlap_share")
    return f"{area / 1e4:.4f} {words.zh_en('公顷', 'ha')}" + (f" ({share:.0%})" if share is not None else "")


def _once(rows: list[Row]) -> list[Row]:
    seen: dict[Any, Row] = {}
    for row in rows:
        if row.get("unit_id"):
            seen.setdefault(row["unit_id"], row)
    return list(seen.values())
