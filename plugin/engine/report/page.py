"""A report as one web page with a map that can be moved: a single file, which needs no network and no server.

Leaflet (resources/web/leaflet, BSD-2-Clause) draws the map.  Everything that comes from data goes into the page as JSON
and is shown as text; a content security policy forbids the page to run or to fetch anything else.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..publication import INTERNAL, Publication
from . import page_map, text
from .features import Features
from .ledger_places import shielded, shielded_mark
from .publish import publish, stamp
from .rows import (
    Row,
    Words,
    conformity,
    distinct_issues,
    distinct_marks,
    inquiries,
    records,
    situation,
    sorted_findings,
    sorted_ledger,
    standing_words,
    truth,
    working_distances,
)
from .wording import (
    BOARD,
    board_mark,
    board_value,
    fingerprint_words,
    illustrative_note,
    issue_words,
    radius_result,
    verdict_words,
)

if TYPE_CHECKING:
    from .content import MapPage

_WEB = Path(__file__).resolve().parents[3] / "resources" / "web"
#: Pictures of Leaflet's style sheet: the page uses none of them, and must not ask for them.
_PICTURES = re.compile(r"background-image:\s*url\([^)]*\);?|url\([^)]*\)")
_MAPPING = re.compile(r"//# sourceMappingURL=\S+\s*$")
Chapter = dict[str, Any]


def write_html(
    path: str | Path,
    *,
    title: str,
    as_of: date | str,
    findings: Any = None,
    verdicts: Any = None,
    units: Any = None,
    section: Any = None,
    radius: Any = None,
    plan: Any = None,
    issues: Any = None,
    books: Iterable[Any] | None = None,
    fingerprints: Sequence[Mapping[str, Any]] | None = None,
    onemap: Any = None,
    working: Mapping[str, float] | None = None,
    maps: Sequence[MapPage] = (),
    notes: Sequence[str] = (),
    lang: str = "zh",
    publication: Publication = INTERNAL,
    overwrite: bool = True,
) -> Path:
    """Write a page; the parameters are those of :func:`.document.write_docx`.

    `maps` are passed over: the page has a map of its own, in degrees (EPSG:4490 read as the WGS 84 of the web, less
    than a metre off), on which shapes are simplified by some 20 m.

    Raises
    ------
    InputError
        If the date or the language cannot be understood, or the file cannot be written.
    """
    from .content import Content

    lang = text.check_language(lang)
    day = text.required_date(as_of, "The date of the check (as_of)")
    words = Words(lang, day, list(books or ()))
    content = Content(
        title,
        day,
        findings,
        verdicts,
        units,
        section,
        radius,
        plan,
        issues,
        tuple(words.books),
        tuple(fingerprints or ()),
        onemap,
        dict(working or {}),
        (),
        tuple(notes),
    )
    found = {
        "check": shielded(records(findings), publication),
        "section": shielded(records(getattr(section, "finding", None)), publication),
        "radius": shielded(records(getattr(radius, "finding", None)), publication),
        "plan": shielded(records(getattr(plan, "findings", None)), publication),
    }
    for kind, rows in found.items():
        for number, row in enumerate(rows):
            row["_key"] = f"{kind}:{number}"
    data = _Page(content, words, publication, found).data()
    return publish(path, _filled(data, stamp(day).isoformat()).encode("utf-8"), overwrite=overwrite)


def _filled(data: Mapping[str, Any], moment: str) -> str:
    leaflet = _MAPPING.sub("", (_WEB / "leaflet" / "leaflet.js").read_text(encoding="utf-8"))
    script = leaflet + "\n" + (_WEB / "report.js").read_text(encoding="utf-8")
    style = _PICTURES.sub("", (_WEB / "leaflet" / "leaflet.css").read_text(encoding="utf-8"))
    style += (_WEB / "report.css").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data:; base-uri 'none';"
        " form-action 'none'"
    )
    words = data["words"]
    parts = {
        "lang": "zh-CN" if data["lang"] == "zh" else "en",
        "policy": policy,
        "moment": moment,
        "title": html.escape(data["title"]),
        "map": html.escape(words["map"]),
        "style": style,
        "script": script,
        "noscript": html.escape(words["noscript"]),
        "data": _json(data),
    }
    page = (_WEB / "page.html").read_text(encoding="utf-8")
    # In one go, so that nothing that is filled in is taken for a place to fill.
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], page)


def _hash(said: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(said.encode('utf-8')).digest()).decode('ascii')}'"


def _json(data: Any) -> str:
    """Return JSON that no parser of HTML takes for markup."""
    said = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for sign in "<>&\u2028\u2029":
        said = said.replace(sign, f"\\u{ord(sign):04x}")
    return said


class _Page:
    """The chapters of one page."""

    def __init__(
        self, content: Any, words: Words, publication: Publication, found: Mapping[str, list[Row]]
    ) -> None:
        self.content, self.words, self.publication, self.found = content, words, publication, found
        self.lang, self.say = words.lang, words.zh_en
        self.features = Features(content.onemap, words)

    def data(self) -> dict[str, Any]:
        """Return all that the page shows."""
        say, content = self.say, self.content
        facts = [
            say(
                "初步研判，供审定参考；不代替行政许可、审批意见或现场核查",
                "Preliminary, for the office's own decision",
            ),
            say("研判日期：", "As of ")
            + text.day(content.as_of, self.lang)
            + (
                say("　编制单位：", "; prepared by ") + self.publication.office
                if self.publication.office
                else ""
            ),
            illustrative_note(self.words),
            *content.notes,
        ]
        chapters: list[Chapter] = []
        if content.verdicts is not None:
            chapters += self._sites(records(content.verdicts))
        if content.section is not None:
            chapters += self._sections()
        if content.radius is not None:
            chapters.append(self._radius())
        if content.plan is not None:
            chapters.append(self._board())
        chapters += [self._inquiries(), self._basis(), self._data(), self._decision()]
        return {
            "lang": self.lang,
            "title": say(f"{content.title}(初步研判)", f"{content.title} (preliminary)"),
            "marks": self.publication.marks(self.lang),
            "facts": [text.plain(one) for one in facts if one],
            "words": self._words(),
            "chapters": [one for one in chapters if one],
            "standings": [
                [name, text.word(text.STATUS, name, self.lang)] for name in ("hit", "not_assessed", "clear")
            ],
            "layers": page_map.layers(content, self.words, self.publication, self.found),
        }

    def _words(self) -> dict[str, str]:
        say = self.say
        return {
            "map": say("地图", "Map"),
            "legend": say("图例与图层", "Legend and layers"),
            "search": say("查找文字", "Find words"),
            "filter": say("按判定筛选", "Filter by status"),
            "all": say("全部", "All"),
            "goto": say("转到…", "Go to…"),
            "show": say("在地图上显示", "Show on the map"),
            "none": say("(无记录)", "(no rows)"),
            "rows": say("{n}行", "{n} rows"),
            "noscript": say(
                "请允许本页运行脚本，以显示地图和表格。",
                "Allow scripts on this page to see its map and tables.",
            ),
        }

    def _table(
        self, title: str, head: Sequence[str], rows: list[dict[str, Any]], *, link: int = 1, form: bool = False
    ) -> dict[str, Any]:
        for row in rows:
            row["c"] = [
                "\n".join(text.plain(one) for one in cell)
                if isinstance(cell, (list, tuple))
                else text.plain(cell)
                for cell in row["c"]
            ]
        return {"title": title, "head": list(head), "rows": rows, "link": link, "form": form}

    def _sites(self, verdicts: list[Row]) -> list[Chapter]:
        say, words = self.say, self.words
        summary = [
            {
                "c": [
                    i,
                    text.plain(row.get("site_name") or row.get("site_id")),
                    words.facility(row.get("facility_type")),
                    verdict_words(row, self.lang),
                    int(row.get("hits") or 0),
                    int(row.get("pending") or 0),
                ],
                "k": f"site:{row.get('site_id')}",
                "m": "late" if row.get("known") == "fail" else "open" if row.get("pending") else "",
            }
            for i, row in enumerate(verdicts, start=1)
        ]
        head = (
            say("序号", "No."),
            say("项目", "Site"),
            say("设施类型", "Type"),
            say("初步结论", "Verdict"),
            say("命中", "Hits"),
            say("待核实", "To verify"),
        )
        note = say(
            "有待核实条款的项目，不得理解为已经通过。", "A site with clauses to be verified has not passed."
        )
        chapters = [
            {"title": say("研判结论", "Verdicts"), "said": [note], "tables": [self._table("", head, summary)]}
        ]
        chapters.append({"title": say("选址符合性分析", "Conformity by site")})
        order = {row.get("site_id"): i for i, row in enumerate(verdicts)}
        groups: dict[Any, list[Row]] = {row.get("site_id"): [] for row in verdicts}
        for row in sorted_findings(self.found["check"], order):
            if row.get("status") != "not_applicable":
                groups.setdefault(row.get("site_id"), []).append(row)
        of_site = {row.get("site_id"): row for row in verdicts}
        head = (
            say("序号", "No."),
            say("管控要求", "Requirement"),
            say("本项目情况", "This project"),
            say("符合性", "Conformity"),
        )
        for site_id, rows in groups.items():
            verdict = of_site.get(site_id, {})
            table = []
            for i, row in enumerate(rows, start=1):
                hard = (
                    row.get("status") == "hit" and not truth(row, "tentative") and not truth(row, "reference")
                )
                doubtful = row.get("status") == "not_assessed" or truth(row, "tentative")
                told = [words.quoted(row), f"——{words.basis(row)}"]
                table.append(
                    {
                        "c": [i, told, situation(row, words), conformity(row, words)],
                        "s": text.plain(row.get("status")),
                        "k": row["_key"] if self._placed(row) else "",
                        "m": "late"
                        if hard and row.get("effect") in ("prohibit", "close")
                        else "open"
                        if doubtful
                        else "",
                    }
                )
            chapters.append(
                {
                    "title": text.plain(verdict.get("site_name") or site_id),
                    "level": 2,
                    "verdict": say("初步结论：", "Preliminary verdict: ") + verdict_words(verdict, self.lang)
                    if verdict
                    else "",
                    "tables": [self._table("", head, table, link=2)],
                }
            )
        return chapters

    def _placed(self, row: Row) -> bool:
        return (
            row.get("geometry") is not None
            and row.get("status") in (None, "hit")
            and not self.publication.hides_row(row)
        )

    def _sections(self) -> list[Chapter]:
        say, lang = self.say, self.lang
        head = (
            say("序号", "No."),
            say("名称", "Name"),
            say("类型", "Type"),
            say("里程", "Chainage"),
            say("岸别", "Bank"),
            say("距岸", "Offset"),
            say("直线距离", "Straight"),
            say("列别", "Listed as"),
            say("说明", "Remarks"),
        )
        said = say(
            "里程沿河道量算；距离为到岸线的距离；左右岸以面向下游为准。",
            "Chainage runs along the river; offsets are from the bank; banks as seen downstream.",
        )
        chapters: list[Chapter] = [{"title": say("断面上下游排查", "River sections"), "said": [said]}]
        listed = [row for row in self.found["section"] if row.get("status") in (None, "hit")]
        for zone in records(self.content.section.zone):
            mine = sorted_ledger(row for row in listed if row.get("section_id") == zone.get("section_id"))
            table = [
                {
                    "c": [
                        i,
                        text.plain(row.get("site_name") or row.get("site_id")),
                        self.features.kind(row),
                        text.chainage(row.get("chainage_m"), row.get("direction"), lang),
                        text.word(text.BANK, row.get("bank"), lang),
                        text.separation(row.get("offset_m"), row.get("threshold_m"), lang),
                        text.distance(row.get("straight_m"), lang),
                        standing_words(row, self.words),
                        self.words.why(row),
                    ],
                    "k": row["_key"] if self._placed(row) else "",
                    "s": "hit",
                    "m": "open" if truth(row, "tentative") else "",
                }
                for i, row in enumerate(mine, start=1)
            ]
            facts = say("；", "; ").join(
                filter(
                    None,
                    [
                        "/".join(
                            text.distance(zone.get(key), lang)
                            for key in ("upstream_m", "downstream_m", "bank_m")
                        ),
                        text.word(text.BANK_FROM, zone.get("bank_from"), lang),
                        text.area(zone.get("area_m2"), lang),
                        text.plain(zone.get("note")),
                    ],
                )
            )
            chapters.append(
                {
                    "title": text.plain(zone.get("name") or zone.get("section_id")),
                    "level": 2,
                    "said": [facts],
                    "tables": [self._table("", head, table)],
                }
            )
        return chapters

    def _radius(self) -> Chapter:
        say, lang = self.say, self.lang
        rows = sorted(
            self.found["radius"],
            key=lambda row: (row.get("distance_m") is None, float(row.get("distance_m") or 0)),
        )
        head = (
            say("序号", "No."),
            say("锅炉", "Boiler"),
            say("最近热源", "Nearest source"),
            say("距离", "Distance"),
            say("半径", "Radius"),
            say("结果", "Result"),
            say("说明", "Remarks"),
        )
        table = [
            {
                "c": [
                    i,
                    text.plain(row.get("site_name") or row.get("site_id")),
                    text.plain(row.get("zone_name")),
                    text.separation(row.get("distance_m"), row.get("threshold_m"), lang),
                    text.distance(row.get("threshold_m"), lang),
                    radius_result(row, self.words),
                    self.words.why(row),
                ],
                "k": row["_key"] if self._placed(row) else "",
                "s": text.plain(row.get("status")),
                "m": "open" if truth(row, "tentative") or row.get("status") == "not_assessed" else "",
            }
            for i, row in enumerate(rows, start=1)
        ]
        return {"title": say("热电联产供热半径", "Heat radius"), "tables": [self._table("", head, table)]}

    def _board(self) -> Chapter:
        rows = records(self.content.plan.board)
        shown = [(key, title) for key, title, _, _ in BOARD if key not in ("quote", "responsible")]
        table = []
        for row in rows:
            cells = [board_value(key, row, self.words) for key, _ in shown]
            cells = [text.day(one, "en") if isinstance(one, date) else one for one in cells]
            table.append({"c": ["" if one is None else one for one in cells], "m": board_mark(row)})
        return {
            "title": self.say("方案落实情况", "The plan board"),
            "tables": [self._table("", [text.pick(title, self.lang) for _, title in shown], table)],
        }

    def _inquiries(self) -> Chapter:
        say = self.say
        joint = say("；", "; ")
        lines = inquiries(self.found["check"] or self.found["plan"], self.words)
        table = [
            {
                "c": [
                    i,
                    one.department,
                    one.layer or say("项目资料", "Facts about the project"),
                    one.why,
                    joint.join(one.clauses),
                    joint.join(one.sites[:8])
                    + (
                        say(f" 等{len(one.sites)}个", f" and {len(one.sites) - 8} more")
                        if len(one.sites) > 8
                        else ""
                    ),
                ]
            }
            for i, one in enumerate(lines, start=1)
        ]
        head = (
            say("序号", "No."),
            say("主管部门", "Department"),
            say("所需资料", "Data needed"),
            say("原因", "Reason"),
            say("涉及条款", "Clauses"),
            say("涉及项目", "Sites"),
        )
        return (
            {"title": say("待核实事项函询清单", "What to ask whom"), "tables": [self._table("", head, table)]}
            if table
            else {}
        )

    def _basis(self) -> Chapter:
        from ..clauses.model import STATES

        say, words, content = self.say, self.words, self.content
        books = []
        for book in words.books:
            state = book.state(None, words.as_of)
            title = (
                book.document.zh if self.lang == "zh" else getattr(book.document, "en", "") or book.document.zh
            )
            said = text.pick(STATES[state], self.lang)
            said = said if state == "in_force" else say(f"参考({said})", f"Reference ({said})")
            books.append(
                {
                    "c": [
                        getattr(book.document, "number", "") or book.id,
                        title,
                        text.period(book.period.start, book.period.end, self.lang),
                        said,
                    ],
                    "m": "" if state == "in_force" else "open",
                }
            )
        head = (
            say("文号", "Number"),
            say("文件", "Document"),
            say("有效期", "Period"),
            say("效力", "Validity"),
        )
        tables = [self._table(say("依据文件及有效性", "Documents and validity"), head, books)]
        used = {**(getattr(content.plan, "working", None) or {}), **content.working}
        own = working_distances([*self.found["check"], *self.found["plan"]], words, used)
        if own:
            head = (say("名称", "About"), say("采用距离", "Distance"), say("涉及条款", "Clauses"))
            tables.append(
                self._table(
                    say("本单位工作距离(文件未规定米数，由本单位设定)", "The office's own working distances"),
                    head,
                    [{"c": list(one)} for one in own],
                )
            )
        return {"title": say("研判依据", "Basis"), "tables": tables}

    def _data(self) -> Chapter:
        say, content = self.say, self.content
        marks = distinct_marks(content.fingerprints, getattr(content.plan, "fingerprints", None))
        prints = [
            {
                "c": [
                    self.words.layer(one.get("layer")),
                    fingerprint_words(shielded_mark(one, self.publication), self.words),
                    one.get("sha256"),
                ]
            }
            for one in marks
        ]
        results = ((content.section, "issue"), (content.radius, "issue"), (content.plan, "issues"))
        faults = distinct_issues([content.issues, *(getattr(result, name, None) for result, name in results)])
        tables = []
        if prints:
            head = (say("图层", "Layer"), say("概况", "Content"), "SHA-256")
            tables.append(self._table(say("数据指纹", "Data fingerprints"), head, prints))
        if faults:
            told = [
                {
                    "c": [
                        text.word(text.SEVERITY, row.get("severity"), self.lang),
                        text.plain(row.get("section_id") or row.get("site_id") or row.get("plant_id")),
                        issue_words(row, self.lang),
                    ]
                }
                for row in faults
            ]
            head = (say("级别", "Severity"), say("断面/项目", "Section or site"), say("问题", "What"))
            tables.append(self._table(say("数据问题", "Faults of the data"), head, told))
        said = say(
            "图层未声明完整之处，未见要素不等于没有要素。",
            "Where a layer is not declared complete, nothing found is not nothing there.",
        )
        return {"title": say("数据来源与质量", "Data"), "said": [said], "tables": tables}

    def _decision(self) -> Chapter:
        say = self.say
        lines = (
            ("审定结论", "Decision"),
            ("修改理由", "Reason for change"),
            ("编制", "Prepared by"),
            ("审核", "Reviewed by"),
            ("审定", "Approved by"),
            ("日期", "Date"),
        )
        rows = [{"c": [text.pick(one, self.lang), ""]} for one in lines]
        return {
            "title": say("审定意见", "Decision"),
            "said": [say("以下由审定单位填写。", "To be filled in by the deciding office.")],
            "tables": [self._table("", ("", ""), rows, form=True)],
        }
