"""The areas of a suitable-area run as a workbook: by verdict, by clause, and what they rest on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..clauses.model import STATES
from ..errors import InputError
from ..facilities import FacilityTypes, load_facility_types
from ..findings import VERDICT_WORDS
from . import text
from .sheet import Column, Styles, add_table, finish, workbook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..onemap import OneMap
    from ..suitability_model import SuitableArea

_NATURES = {
    "new": ("新建", "new"), "rebuild": ("改建", "rebuilt"), "expand": ("扩建", "expanded"),
    "existing": ("既有", "existing"),
}  # fmt: skip
_STATES = {
    "hit": ("约束成立", "binds"),
    "not_assessed": ("待核实", "to be verified"),
    "clear": ("范围内无", "nowhere in the area"),
}


def write_areas(
    path: str | Path, result: SuitableArea, onemap: OneMap, *, lang: str = "zh",
    facilities: FacilityTypes | None = None,
) -> Path:  # fmt: skip
    """Write the areas in km², hectares and mu.

    Clauses that do not bind such a facility, and books out of force, have no row.

    Raises
    ------
    InputError
        If the file cannot be written, or openpyxl is missing.
    """
    book, styles, say = workbook(), Styles(), (lambda zh, en: zh if lang == "zh" else en)
    title = say("适宜区域面积表", "Areas by verdict")
    notes = [_asked(result, facilities or load_facility_types(), lang)]
    area_heads = [Column(f"km²{tail}", "area4") for tail in _tails(lang)]
    hectares = [Column(say("公顷", "ha") + tail, "area4") for tail in _tails(lang)]
    mu = [Column(say("亩", "mu") + tail, "area2") for tail in _tails(lang)]
    areas = [area_heads[0], hectares[0], mu[0], area_heads[1], hectares[1], mu[1]]
    verdicts = [Column(say("结论", "Verdict"), widest=40), Column(say("图斑数", "Pieces"), "int"), *areas,
                Column(say("占比", "Share"), "share")]  # fmt: skip
    add_table(
        book, styles, say("按结论", "By verdict"), title, notes, verdicts,
        [[_verdict(row, lang), int(row["pieces"]), *_areas(row), row["share"]] for row in _rows(result.summary)],
        marks=["late" if row["known"] == "fail" else "open" if row["worse"] else "" for row in _rows(result.summary)],
        lang=lang, paper="A4",
    )  # fmt: skip
    clauses = [Column(say("文件", "Document"), widest=16), Column(say("条款", "Clause"), widest=12),
               Column(say("内容", "Content"), widest=34), Column(say("效力", "Effect"), widest=12),
               Column(say("状态", "State"), widest=12), *areas, Column(say("占比", "Share"), "share"),
               Column(say("为何待核实", "Why it is to be verified"), widest=60),
               Column(say("询问部门", "Department"), widest=24)]  # fmt: skip
    rows = [row for row in _rows(result.clauses) if row["state"] in _STATES]
    add_table(
        book, styles, say("按条款", "By clause"), say("条款约束面积", "Areas by clause"), notes, clauses,
        [
            [row["rulebook"], row["clause_id"], row["clause_zh" if lang == "zh" else "clause_en"],
             text.word(text.EFFECT, row["effect"], lang), _STATES[row["state"]][lang != "zh"], *_areas(row),
             row["share"], row["why" if lang == "zh" else "why_en"], row["department"]]
            for row in rows
        ],
        marks=["open" if row["state"] == "not_assessed" else "" for row in rows],
        lang=lang,
    )  # fmt: skip
    about = [Column(say("项目", "Item"), widest=30), Column(say("内容", "Content"), widest=90)]
    add_table(
        book, styles, say("说明", "About"), say("说明", "About"), [], about, _about(result, onemap, lang),
        lang=lang, paper="A4",
    )  # fmt: skip
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"Ledger {path} must end in .xlsx.")
    return finish(book, path, result.as_of, title=title)


def _tails(lang: str) -> tuple[str, str]:
    return ("(椭球)", "(投影)") if lang == "zh" else (" (ellipsoidal)", " (projected)")


def _rows(frame: Any) -> list[dict[str, Any]]:
    rows = frame.drop(columns="geometry", errors="ignore").to_dict("records")
    return [{k: None if v != v else v for k, v in row.items()} for row in rows]


def _areas(row: Mapping[str, Any]) -> list[float]:
    return [row[f"{kind}_{unit}"] for kind in ("area", "projected") for unit in ("km2", "ha", "mu")]


def _verdict(row: Mapping[str, Any], lang: str) -> str:
    i = int(lang != "zh")
    if row["outside_jurisdiction"]:
        return ("界外", "Outside the jurisdiction")[i]
    name = VERDICT_WORDS[row["known"]][i]
    if not row["worse"]:
        return name
    return name + (",待核实,可能" if i == 0 else ", to be verified, possibly ") + VERDICT_WORDS[row["possible"]][i]


def _asked(result: SuitableArea, facilities: FacilityTypes, lang: str) -> str:
    i = int(lang != "zh")
    kind = facilities.get(result.facility_type)
    parts = [getattr(kind, lang), _NATURES[result.nature][i] if result.nature else ("项目性质未定", "nature unknown")[i]]
    for name, value in result.attributes.items():
        known = facilities.attributes.get(name)
        shown = (("否", "是") if i == 0 else ("no", "yes"))[value] if isinstance(value, bool) else f"{value}"
        unit = f" {known.unit}" if known and known.unit else ""
        parts.append(f"{getattr(known, lang) if known else name} {shown}{unit}")
    head, joint = ("研判对象:", "、") if i == 0 else ("Asked for: ", ", ")
    tail = f";研判日期 {result.as_of}" if i == 0 else f"; as of {result.as_of}"
    return head + joint.join(parts) + tail


def _about(result: SuitableArea, onemap: OneMap, lang: str) -> list[list[str]]:
    i = int(lang != "zh")
    rows = [
        [("性质", "Nature")[i], ("初步研判,供审定参考,不代替行政许可或审批意见",
                                 "A preliminary assessment; it replaces no permit or approval")[i]],
        [("适用于", "Holds for")[i], ("点状选址;有范围的地块须另作选址研判",
                                      "A site taken as a point; check a site with an outline by itself")[i]],
        [("待核实", "To be verified")[i],
         ("图层缺失或未声明完整、设施属性未知、单位工作距离、定位精度以内,均不作“无限制”处理",
          "A layer missing or not complete, an attribute unknown, a working distance or positional accuracy is"
          " never taken for 'no constraint'")[i]],
        [("面积", "Areas")[i], ("椭球面积按CGCS2000椭球,投影面积按所在3度带;1亩=2000/3平方米",
                                "On the CGCS2000 ellipsoid, and projected in its 3-degree zone; 1 mu = 2000/3 m²")[i]],
    ]  # fmt: skip
    for book in result.books:
        state = STATES[book.state(None, result.as_of)][i]
        rows.append([("依据文件", "Document")[i], f"{book.document.zh} {book.document.number}({state})"])
    for name, metres in sorted(result.working.items()):
        rows.append([("本单位工作距离", "Working distance")[i], f"{name} {metres:g} m"])
    for mark in result.fingerprints:
        said = f"{onemap.title(mark['layer'], lang)}: {mark['rows']} / {mark['newest'] or '—'} / {mark['sha256'][:16]}"
        rows.append([("所用图层", "Layer used")[i], said])
    return rows
