"""Draw the styles of result layers: heavier than the map below them, each class with a shape or pattern of its own."""

from __future__ import annotations

from dataclasses import replace

from style_palette import (
    AMBER,
    BLUE,
    DARK,
    F_AMBER,
    F_BLUE,
    F_GREY,
    F_LILAC,
    F_SKY,
    F_YELLOW,
    GREEN,
    ORANGE,
    SLATE,
    VIOLET,
)
from style_parts import Area, Label, Line, Sign, Style, Symbol

FAIL, RESTRICTED, CONDITIONAL = (178, 24, 43), (176, 66, 0), (140, 100, 0)
NOTE, PASS, OPEN = (20, 104, 164), (0, 112, 92), (88, 88, 96)
F_FAIL, F_RESTRICTED, F_CONDITIONAL = (215, 48, 60), (240, 130, 50), (250, 205, 60)
F_NOTE, F_PASS = (110, 180, 225), (40, 165, 140)
_BROWN = (150, 52, 6)
_FINDING = (
    "CASE WHEN \"status\" = 'hit' AND \"tentative\" THEN 'tentative'"
    " WHEN \"status\" = 'hit' AND \"band\" = 'approximate' THEN 'approximate' ELSE \"status\" END"
)
_PLAN = _FINDING.replace(" ELSE", ' WHEN "status" = \'clear\' THEN "relation" ELSE')
_VERDICT = 'CASE WHEN "known" = \'pass\' AND "pending" > 0 THEN \'undecided\' ELSE "known" END'
_SUITABLE = (
    'CASE WHEN "outside_jurisdiction" THEN \'outside\' WHEN "worse" THEN "known" || \'_open\' ELSE "known" END'
)
_SITE = Label("site_name", 200_000, DARK, 9.0, bold=True, priority=10, distance=3.0)
_HIT = Label('CASE WHEN "status" = \'hit\' THEN "site_name" END', 25_000, DARK, 8.0)

_VERDICTS: dict[str, tuple[str, Sign, Area, str]] = {
    "fail": ("不通过", Sign("square", FAIL, "cross2"), Area(FAIL, F_FAIL, "x3", "solid", 1.0, 110), "solid"),
    "restricted": (
        "受限",
        Sign("diamond", RESTRICTED, "line", glyph_turned=90),
        Area(RESTRICTED, F_RESTRICTED, "-3", "solid", 1.0, 110),
        "long",
    ),
    "conditional": (
        "通过(附条件)",
        Sign("triangle", CONDITIONAL, "bang", "light"),
        Area(CONDITIONAL, F_CONDITIONAL, "/3", "long", 1.0, 110),
        "dash dot",
    ),
    "note": ("提示", Sign("pentagon", NOTE, "circle", "light"), Area(NOTE, F_NOTE, ".4", "dash", 1.0, 90), "dash"),
    "undecided": (
        "尚不能判定(待核实)",
        Sign("hexagon", OPEN, "query", "hollow"),
        Area(OPEN, F_GREY, "*3", "dot", 1.0, 90),
        "dot",
    ),
    "pass": ("已查条款均未见限制", Sign("circle", PASS, "tick"), Area(PASS, F_PASS, "", "solid", 0.9, 80), "solid"),
}
_FINDINGS: dict[str, tuple[str, Sign, Area, Line]] = {
    "hit": ("命中", Sign("square", FAIL, size=3.6), Area(FAIL, F_FAIL, "", "solid", 0.8, 90), Line(FAIL, 0.9)),
    "tentative": (
        "命中,待核实",
        Sign("square", RESTRICTED, "query", "light", 3.8),
        Area(RESTRICTED, F_RESTRICTED, "/3", "dash", 0.7, 70),
        Line(RESTRICTED, 0.9, "dash"),
    ),
    "approximate": (
        "“左右”范围,现场核定",
        Sign("diamond", CONDITIONAL, state="light", size=3.8),
        Area(CONDITIONAL, F_CONDITIONAL, "\\3", "dash dot", 0.7, 70),
        Line(CONDITIONAL, 0.9, "dash dot"),
    ),
    "not_assessed": (
        "待核实",
        Sign("triangle", VIOLET, "", "hollow", 3.8),
        Area(VIOLET, F_LILAC, ".3", "dot", 0.7, 60),
        Line(VIOLET, 0.8, "dot"),
    ),
    "clear": (
        "未涉及",
        Sign("circle", NOTE, "", "light", 2.6),
        Area(NOTE, F_SKY, "", "long", 0.4, 40),
        Line(NOTE, 0.45),
    ),
    "not_applicable": (
        "不适用",
        Sign("circle", SLATE, "", "hollow", 2.6),
        Area(SLATE, F_GREY, "", "dot", 0.4, 30),
        Line(SLATE, 0.45, "dot"),
    ),
}
_PLANS: dict[str, tuple[str, Sign, Area, Line]] = {
    "hit": ("未完成、未覆盖或未达标", *_FINDINGS["hit"][1:]),
    "tentative": ("存疑,待核实", *_FINDINGS["tentative"][1:]),
    "approximate": _FINDINGS["approximate"],
    "not_assessed": _FINDINGS["not_assessed"],
    "counted": (
        "计入指标",
        Sign("circle", PASS, "", "full", 3.0),
        Area(PASS, F_PASS, "o4", "solid", 0.6, 60),
        Line(PASS, 0.7),
    ),
    "short": (
        "未计入指标",
        Sign("circle", ORANGE, "line", "hollow", 3.4, glyph_turned=90),
        Area(ORANGE, F_AMBER, "-3", "long", 0.7, 50),
        Line(ORANGE, 0.8, "long"),
    ),
}
_LEVELS: dict[str, tuple[str, Area]] = {
    "fail": ("不通过", Area(OPEN, (178, 24, 43), "", "solid", 0.15, 205, casing=0)),
    "restricted": ("受限", Area(OPEN, (252, 141, 89), "", "solid", 0.15, 205, casing=0)),
    "conditional": ("通过(附条件)", Area(OPEN, (254, 224, 144), "", "solid", 0.15, 205, casing=0)),
    "note": ("提示", Area(OPEN, (145, 191, 219), "", "solid", 0.15, 205, casing=0)),
    "pass": ("未见限制", Area(OPEN, (69, 117, 180), "", "solid", 0.15, 205, casing=0)),
    "restricted_open": ("受限,待核实(可能更严)", Area(OPEN, (239, 182, 159), "x2", "solid", 0.15, 205, casing=0)),
    "conditional_open": (
        "通过(附条件),待核实(可能更严)",
        Area(OPEN, (233, 254, 214), "/2", "solid", 0.15, 205, casing=0),
    ),
    "note_open": ("提示,待核实(可能更严)", Area(OPEN, (178, 237, 255), "-2", "solid", 0.15, 205, casing=0)),
    "pass_open": ("尚不能判定:已查条款未见限制", Area(OPEN, (99, 109, 136), "\\2", "solid", 0.15, 205, casing=0)),
    "outside": ("界外", Area(OPEN, (217, 217, 217), "*4", "solid", 0.15, 205, casing=0)),
}


def _by(attribute: str, classes: dict[str, tuple[str, Symbol]], label: Label | None = None) -> Style:
    return Style(
        attribute=attribute, classes=tuple((code, title, one) for code, (title, one) in classes.items()), label=label
    )


def _three(
    name: str, attribute: str, table: dict[str, tuple[str, Sign, Area, Line]], label: Label
) -> dict[str, Style]:
    return {
        f"{name}_point": _by(attribute, {code: (row[0], row[1]) for code, row in table.items()}, label),
        f"{name}_polygon": _by(
            attribute, {code: (row[0], row[2]) for code, row in table.items()}, replace(label, place="area")
        ),
        f"{name}_line": _by(attribute, {code: (row[0], row[3]) for code, row in table.items()}),
    }


RESULTS: dict[str, Style] = {
    "verdict_point": _by(
        _VERDICT, {code: (row[0], replace(row[1], size=5.4, ringed=True)) for code, row in _VERDICTS.items()}, _SITE
    ),
    "verdict_polygon": _by(
        _VERDICT, {code: (row[0], row[2]) for code, row in _VERDICTS.items()}, replace(_SITE, place="area")
    ),
    "verdict_line": _by(
        _VERDICT,
        {
            code: (row[0], Line(row[2].ink, 1.4, row[3], 0.8, signs="*" if code == "fail" else "", every=5.0))
            for code, row in _VERDICTS.items()
        },
        replace(_SITE, place="line"),
    ),
    **_three("finding", _FINDING, _FINDINGS, _HIT),
    **_three("plan_finding", _PLAN, _PLANS, _HIT),
    "zone_polygon": _by(
        "kind",
        {
            "river_section": ("断面管控范围", Area(_BROWN, F_AMBER, "", "long", 0.8, 30, 0.8)),
            "heat_radius": ("供热半径", Area(_BROWN, None, "", "dash dot", 0.8, 0, 1.2)),
            "": ("管控范围", Area(_BROWN, F_AMBER, "", "dash", 0.8, 30)),
        },
        Label("name", 150_000, _BROWN, 9.0, bold=True, place="area", priority=8),
    ),
    "strip_polygon": _by(
        "bank",
        {
            "left": ("左岸", Area(VIOLET, F_LILAC, "/3", "solid", 0.4, 60)),
            "right": ("右岸", Area(AMBER, F_YELLOW, "\\3", "solid", 0.4, 70)),
            "channel": ("河道", Area(BLUE, F_BLUE, "", "solid", 0.3, 110)),
        },
    ),
    "reach_line": _by(
        "direction",
        {
            "U": ("上游河段", Line((24, 84, 152), 1.5, casing=0.8, arrow=True, every=9.0)),
            "D": ("下游河段", Line((176, 76, 0), 1.5, "long", 0.8, arrow=True, every=9.0)),
        },
    ),
    "issue_point": _by(
        "severity",
        {
            "error": ("错误", Sign("triangle", FAIL, "bang", "full", 5.0, ringed=True)),
            "warning": ("警告", Sign("triangle", CONDITIONAL, "bang", "light", 4.6, ringed=True)),
            "info": ("说明", Sign("triangle", SLATE, "circle", "hollow", 4.0, ringed=True)),
        },
    ),
    "issue_area_polygon": _by(
        "severity",
        {
            "error": ("错误", Area(FAIL, F_FAIL, "x2", "solid", 0.7, 90)),
            "warning": ("警告", Area(CONDITIONAL, F_CONDITIONAL, "/2", "dash", 0.7, 90)),
            "info": ("说明", Area(SLATE, F_SKY, "", "dot", 0.6, 60)),
        },
        Label("name", 150_000, DARK, place="area"),
    ),
    "node_point": _by(
        "kind",
        {
            "source": ("源头", Sign("circle", GREEN, "", "full", 2.6)),
            "outlet": ("出口", Sign("square", FAIL, "", "full", 2.8)),
            "confluence": ("汇合", Sign("circle", BLUE, "", "hollow", 2.2)),
            "fork": ("分汊", Sign("diamond", VIOLET, "", "full", 2.8)),
            "through": ("途经", Sign("circle", SLATE, "", "light", 1.4)),
            "loose": ("悬挂端点", Sign("cross_fill", ORANGE, "", "full", 3.6, 45)),
        },
    ),
    "edge_line": Style(Line(BLUE, 0.6, arrow=True, every=12.0)),
    "centreline_line": Style(Line((8, 81, 156), 0.6, "long", arrow=True, every=12.0)),
    "channel_polygon": Style(Area(BLUE, F_SKY, "", "solid", 0.4, 130)),
    "clause_area_polygon": _by(
        "state",
        {
            "hit": ("约束成立", _LEVELS["fail"][1]),
            "not_assessed": ("待核实", _LEVELS["restricted_open"][1]),
        },
    ),
    "suitable_polygon": _by(_SUITABLE, dict(_LEVELS)),
}
