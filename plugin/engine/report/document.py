"""The report: a preliminary assessment as a Word document, with room for the office's own decision."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..clauses.model import STATES
from ..publication import INTERNAL, Publication
from . import text
from .document_lists import ListChapters
from .document_summary import SummaryChapter
from .features import Features
from .ledger_places import shielded, shielded_mark
from .publish import publish, settle, stamp
from .rows import (
    Row,
    Words,
    by_clause,
    conformity,
    distinct_issues,
    distinct_marks,
    inquiries,
    records,
    situation,
    sorted_findings,
    truth,
    working_distances,
)
from .units import chapter
from .word import PORTRAIT_WIDTH, Paper
from .word_pages import page_numbers
from .wording import (
    fingerprint_words,
    illustrative_note,
    issue_words,
    verdict_words,
)

if TYPE_CHECKING:
    from .content import MapPage

#: Pieces of evidence printed for one clause, issues printed at all, sites named at once; the ledger has all.
MOST_EVIDENCE, MOST_ISSUES, MOST_SITES = 4, 40, 8
#: Clauses named for one question.
MOST_CLAUSES = 4
#: Of a plan, whose questions reach over the whole map.
MOST_PLANNED = 3
#: So many clauses that wait for the applicant alone are printed one by one; more say only that the site is undefined.
MOST_UNASKED = 12


def write_docx(
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
    maps: Sequence[MapPage] = (),
    onemap: Any = None,
    working: Mapping[str, float] | None = None,
    notes: Sequence[str] = (),
    lang: str = "zh",
    publication: Publication = INTERNAL,
    template: str | Path | None = None,
    overwrite: bool = True,
) -> Path:
    """Write a report.

    Parameters
    ----------
    path : path
        The .docx file; written under a temporary name and renamed.
    title : str
    as_of : date or str
        The day the check was made for (ISO).
    findings, verdicts, units : GeoDataFrame, optional
        Of a siting check; the control units crossed.
    section, radius, plan : optional
        Results of the other verbs, as :func:`.ledger.write_xlsx` takes them.
    issues : DataFrame, optional
        Further faults of the data.
    books : iterable of Rulebook, optional
    fingerprints : sequence of mapping, optional
    maps : sequence of MapPage
        PNG or JPEG, each on a page of its own where its subject is told of; those without one at the end.
    onemap : OneMap or mapping of str to GeoDataFrame, optional
        Gives the features' own types.
    working : mapping of str to float, optional
        The office's own distances in metres, by name, as the check used them.
    notes : sequence of str, optional
        Further remarks for the cover.
    lang : {"zh", "en"}
    publication : Publication
        Marks on the cover and on top of each page; for the public, places that it hides are left out.
    template : path, optional
        The office's own .docx: its page, its styles, its header and footer hold (:mod:`.word_template`).
    overwrite : bool
        False refuses to replace an existing file.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If python-docx or lxml is missing, the date or the language cannot be understood, a picture is none, the
        template cannot be used, or the file cannot be written.
    """
    lang = text.check_language(lang)
    day = text.required_date(as_of, "The date of the check (as_of)")
    words = Words(lang, day, list(books or ()))
    checked = shielded(records(findings), publication)
    planned = shielded(records(getattr(plan, "findings", None)), publication)
    decided = records(verdicts)
    results = ((section, "issue"), (radius, "issue"), (plan, "issues"))
    faults = distinct_issues([issues, *(getattr(result, name, None) for result, name in results)])
    used = {**(getattr(plan, "working", None) or {}), **(working or {})}
    own = working_distances([*checked, *planned], words, used)
    marks = distinct_marks(fingerprints, getattr(plan, "fingerprints", None))

    def write(pages: Mapping[str, str]) -> Paper:
        """Write the whole report; `pages` has the number of the page on which each heading stands."""
        filled = {
            "title": text.plain(title), "office": publication.office, "date": text.day(day, lang),
            "marks": "　".join(publication.marks(lang)),
        }  # fmt: skip
        paper = Paper(lang, template, filled)
        report = _Report(paper, words, Features(onemap, words), list(maps))
        siting = bool(checked or decided)
        head = words.zh_en(f"{title}(初步研判)", f"{title} (preliminary)") if siting else title
        paper.running_heads(" · ".join([head, *publication.marks(lang)]))
        report.cover(title, publication, notes, siting=siting)
        paper.contents(words.zh_en("目  录", "Contents"), pages)
        zones = None if section is None else records(section.zone)
        along = [] if section is None else shielded(records(section.finding), publication)
        circles = None if radius is None else records(radius.zone)
        near = [] if radius is None else shielded(records(radius.finding), publication)
        board = None if plan is None else records(getattr(plan, "board", None))
        report.overview(
            verdicts=decided, findings=checked, section=None if zones is None else (zones, along),
            radius=None if circles is None else (circles, near), board=board, planned=planned,
        )  # fmt: skip
        if words.books or own or siting:
            report.basis(own)
        if decided:
            report.summary(decided, checked)
        crossed = records(units)
        if crossed:
            chapter(paper, words, crossed)
        if checked:
            report.sites(checked, decided)
        if zones is not None:
            report.section(zones, records(section.reach), along)
        if circles is not None:
            report.radius(circles, near)
        if board is not None:
            report.board(board, planned)
        if checked or planned:
            # What the sites wait for is asked here; where both are given the plan's questions are in the ledger.
            report.inquiries(checked or planned, MOST_SITES if checked else MOST_PLANNED)
        report.data([shielded_mark(mark, publication) for mark in marks], faults)
        report.decision()
        report.maps(None)
        paper.finish()
        return paper

    moment = stamp(day)

    def packed(paper: Paper) -> bytes:
        about = paper.doc.core_properties
        about.title, about.author, about.last_modified_by = text.plain(title)[:255], "EnvZones", "EnvZones"
        about.created = about.modified = moment
        about.comments, about.revision = "", 1
        buffer = io.BytesIO()
        paper.doc.save(buffer)
        return settle(buffer.getvalue(), moment, paper.parts())

    first = write({})
    content = packed(first)
    # Which page a heading comes to stand on is known once the pages are set; without LibreOffice it is left out.
    pages = page_numbers(content, first.heads)
    if pages:
        content = packed(write(pages))
    return publish(path, content, overwrite=overwrite)


def _for_the_applicant(row: Row) -> bool:
    """Tell whether a clause is open for nothing but a fact about the project."""
    return row.get("status") == "not_assessed" and bool(row.get("question")) and row["question"] == row.get("why")


class _Report(SummaryChapter, ListChapters):
    """The chapters of one report."""

    def __init__(self, paper: Paper, words: Words, features: Features, maps: list[MapPage]) -> None:
        self.paper, self.words, self.features = paper, words, features
        self.lang, self.zh_en = words.lang, words.zh_en
        self._maps = maps

    def maps(self, key: str | None) -> None:
        """Place the maps of a subject, once; with None all that are left."""
        here = [one for one in self._maps if key is None or one.key == key]
        self._maps = [one for one in self._maps if one not in here]
        for number, one in enumerate(here, start=1):
            self.paper.picture(one.path, one.caption, last=number == len(here) and key is not None)

    def cover(self, title: str, publication: Publication, notes: Sequence[str], *, siting: bool) -> None:
        """The title page: what it is and is not, for which day, by whom."""
        paper, say = self.paper, self.zh_en
        for mark in publication.marks(self.lang):
            paper.say(mark, strong=True, indent=False)
        for _ in range(3):
            paper.say("")
        paper.title(title)
        kind = say("初步研判", "Preliminary assessment") if siting else say("初步结果", "Preliminary results")
        paper.say(kind, size=18, strong=True, center=True, after=60)
        rows = [
            (say("研判日期", "As of"), text.day(self.words.as_of, self.lang)),
            (say("编制单位", "Prepared by"), publication.office),
            (say("成果性质", "Nature"), say("初步研判，供审定参考；不代替行政许可、审批意见或现场核查",
                "Preliminary, for the office's own decision; replaces no permit, approval or site visit")),
            (say("坐标与量算", "Coordinates"), say("CGCS2000(EPSG:4490)；距离、面积按椭球计算",
                "CGCS2000 (EPSG:4490); distances and areas on the ellipsoid")),
            (say("示意数据", "Illustrative data"), illustrative_note(self.words)),
            *((say("备注", "Note"), note) for note in notes),
        ]  # fmt: skip
        paper.table("", (), rows, (34, 106), centred=(0,), size=12)
        paper.break_page()

    def basis(self, own: list[tuple[str, str, str]]) -> None:
        """The documents with their validity, and the office's own distances."""
        paper, say, words = self.paper, self.zh_en, self.words
        paper.chapter(say("研判依据", "Basis"))
        if words.books:
            rows, marks = [], []
            for book in words.books:
                state = book.state(None, words.as_of)
                holds = state == "in_force"
                title = (
                    book.document.zh
                    if self.lang == "zh"
                    else getattr(book.document, "en", "") or book.document.zh
                )
                rows.append([
                    getattr(book.document, "number", "") or book.id, title,
                    text.period(book.period.start, book.period.end, self.lang),
                    say(*STATES[state]) if holds else say(f"参考({STATES[state][0]})", f"Reference ({STATES[state][1]})"),
                ])  # fmt: skip
                marks.append("" if holds else "open")
            paper.table(say("依据文件及有效性", "Documents and validity"),
                        (say("文号", "Number"), say("文件", "Document"), say("有效期", "Period"),
                            say("效力", "Validity")),
                        rows, (36, 60, 40, 20), marks=marks, centred=(3,))  # fmt: skip
            if "open" in marks:
                paper.say(say("标为“参考”的文件在研判日期不在有效期内，其条款仅供参考，不计入结论。",
                              "Documents marked as reference are not in force on the date; they stay"
                              " outside the verdict."))  # fmt: skip
        else:
            paper.say(say("未引用条款文件。", "No rulebook was used."))
        if own:
            paper.table(say("本单位工作距离", "The office's working distances"),
                        (say("名称", "About"), say("采用距离", "Distance"), say("涉及条款", "Clauses")), own,
                        (56, 26, 74),
                        centred=(1,))  # fmt: skip
            paper.say(say("上列距离为本单位自行设定的工作距离，相关文件只规定“两侧”“沿线”“周边”等而未规定米数；"
                          "据此命中的条款列为待核实，不单独作为不通过的理由。",
                          "These distances are the office's own: the documents say along, beside or around"
                          " and state no"
                          " metres. A hit that rests on one is to be verified and refuses nothing by"
                          " itself."))  # fmt: skip

    def summary(self, verdicts: list[Row], findings: list[Row]) -> None:
        """The table of verdicts with what is still to be verified, and what binds each site hardest."""
        paper, say = self.paper, self.zh_en
        paper.chapter(say("研判结论", "Verdicts"))
        open_ = sum(bool(row.get("pending")) for row in verdicts)
        counts = []
        for code in text.VERDICT:
            count = sum(row.get("known") == code for row in verdicts)
            if count:
                counts.append(f"{text.word(text.VERDICT, code, self.lang)}{say(f'{count}个', f': {count}')}")
        paper.say(say(
            f"共研判项目{len(verdicts)}个：{'、'.join(counts)}；其中{open_}个尚有待核实条款。有待核实条款的项目，不得理解为已经通过。",
            f"{len(verdicts)} sites checked ({', '.join(counts)}); {open_} with clauses to be verified."
            f" Such a site has not passed.",
        ), keep=True)  # fmt: skip
        rows, marks = [], []
        for i, row in enumerate(verdicts, start=1):
            pending = int(row.get("pending") or 0)
            rows.append([
                i, [text.plain(row.get("site_name") or row.get("site_id")), text.plain(row.get("site_id"))],
                self.words.facility(row.get("facility_type")), verdict_words(row, self.lang),
                int(row.get("hits") or 0), pending,
            ])  # fmt: skip
            marks.append("late" if row.get("known") == "fail" else "open" if pending else "")
        paper.table(say("选址准入初步结论", "Preliminary verdicts"),
                    (say("序号", "No."), say("项目", "Site"), say("设施类型", "Type"), say("初步结论", "Verdict"),
                     say("命中", "Hits"), say("待核实", "To verify")),
                    rows, (11, 50, 26, 41, 13, 15), marks=marks, centred=(0, 4, 5))  # fmt: skip
        hardest = [
            [
                text.plain(verdict.get("site_name") or verdict.get("site_id")),
                [self.words.quoted(first), f"——{self.words.basis(first)}"], situation(first, self.words),
            ]
            for verdict, first in self.hardest(verdicts, findings)
        ]  # fmt: skip
        if hardest:
            paper.table(say("各项目最主要的限制", "What binds each site hardest"),
                        (say("项目", "Site"), say("管控要求", "Requirement"), say("本项目情况", "This project")),
                        hardest, (34, 74, 48))  # fmt: skip

    def sites(self, findings: list[Row], verdicts: list[Row]) -> None:
        """For each site the table 管控要求 | 本项目情况 | 符合性."""
        paper, say = self.paper, self.zh_en
        paper.chapter(say("选址符合性分析", "Conformity by site"))
        order = {row.get("site_id"): i for i, row in enumerate(verdicts)}
        of_site = {row.get("site_id"): row for row in verdicts}
        groups: dict[Any, list[Row]] = {}
        for row in sorted_findings(findings, order):
            groups.setdefault(row.get("site_id"), []).append(row)
        for site_id, rows in groups.items():
            name = text.plain(rows[0].get("site_name") or site_id)
            paper.part(name)
            verdict = of_site.get(site_id)
            if verdict is not None:
                paper.say(
                    say("初步结论：", "Preliminary verdict: ") + verdict_words(verdict, self.lang),
                    strong=True,
                    keep=True,
                )
            self._site(name, rows)
            self.maps(f"site:{site_id}")

    def _site(self, name: str, rows: list[Row]) -> None:
        paper, say, words = self.paper, self.zh_en, self.words
        table, marks, aside = [], [], []
        # Clauses that ask of the same zone are clear for the same reason, which is said once.
        clear: dict[str, list[str]] = {}
        clauses = list(by_clause(rows).values())
        unasked = [one for one in clauses if _for_the_applicant(one[0])]
        for evidence in clauses:
            first = evidence[0]
            if first.get("status") == "not_applicable" or (len(unasked) > MOST_UNASKED and evidence in unasked):
                aside.append(first)
                continue
            if first.get("status") == "clear" and not truth(first, "tentative"):
                mark = say("(参考)", " (reference)") if truth(first, "reference") else ""
                nearest = min(evidence, key=lambda row: _metres(row))
                clear.setdefault(situation(nearest, words), []).append(
                    f"{words.basis(first)}{mark} {words.clause_title(first)}"
                )
                continue
            requirement = [words.quoted(first)]
            requirement.append(f"——{words.basis(first)}")
            if first.get("deadline_words") or first.get("deadline"):
                when = text.plain(first.get("deadline_words")) or text.day(first.get("deadline"), self.lang)
                requirement.append(say("时限：", "Deadline: ") + when)
            told = list(
                dict.fromkeys(
                    situation(row, words) for row in evidence if row.get("status") == first.get("status")
                )
            )
            more = len(told) - MOST_EVIDENCE
            if more > 0:
                told = [*told[:MOST_EVIDENCE], say(f"另有{more}处，见台账", f"{more} more: see the ledger")]
            answer = conformity(first, words)
            table.append([len(table) + 1, requirement, told, answer])
            hard = (
                first.get("status") == "hit"
                and not truth(first, "tentative")
                and not truth(first, "reference")
            )
            doubtful = first.get("status") == "not_assessed" or truth(first, "tentative")
            marks.append(
                "late"
                if hard and first.get("effect") in ("prohibit", "close")
                else "open"
                if doubtful
                else ""
            )
        if table:
            paper.table(say(f"{name}符合性分析", f"Conformity of {name}"),
                        (say("序号", "No."), say("管控要求", "Requirement"), say("本项目情况", "This project"),
                         say("符合性", "Conformity")),
                        table, (10, 65, 58, 23), marks=marks, centred=(0, 3))  # fmt: skip
        if clear:
            paper.table(say(f"{name}未涉及的条款(符合)", f"{name}: clauses that it is clear of (conforms)"),
                        (say("本项目情况", "This project"), say("条款", "Clauses")),
                        [[why, "；".join(of) if self.lang == "zh" else "; ".join(of)] for why, of in clear.items()],
                        (52, 104), size=8.5)  # fmt: skip
        if aside:
            reasons: dict[str, int] = {}
            if waiting := sum(row.get("status") == "not_assessed" for row in aside):
                paper.say(say(f"另有{waiting}条因项目资料不明未能判定，见函询清单和台账，明确后须重新研判。",
                              f"{waiting} more clauses wait for facts about the project: see the inquiries and the"
                              " ledger, and check again once they are known."), strong=True)  # fmt: skip
            aside = [row for row in aside if row.get("status") == "not_applicable"]
            for row in aside:
                why = words.why(row) or text.word(text.STATUS, "not_applicable", self.lang)
                reasons[why] = reasons.get(why, 0) + 1
            counted = say("；", "; ").join(
                f"{why}{say(f'{n}条', f': {n}')}" for why, n in sorted(reasons.items())
            )
            paper.say(say(f"不适用条款{len(aside)}条({counted})，逐条见台账“不适用条款”。",
                          f"{len(aside)} clauses do not apply ({counted}): see the ledger."),
                          size=10)  # fmt: skip

    def inquiries(self, rows: list[Row], most: int) -> None:
        """What could not be assessed, by the department to be asked."""
        paper, say = self.paper, self.zh_en
        paper.chapter(say("待核实事项函询清单", "What to ask whom"))
        lines = inquiries(rows, self.words)
        if not lines:
            paper.say(
                say("本次研判无因资料不足而未能判定的条款。", "No clause was left open for want of data.")
            )
            return
        joint = say("；", "; ")
        departments = list(dict.fromkeys(line.department for line in lines))
        paper.say(say(f"下列事项因资料缺失、过期或项目情况不明未能判定，涉及{len(departments)}个单位，按主管部门分列。",
                      f"These could not be assessed for want of data; {len(departments)} departments can"
                      f" answer."), keep=True)  # fmt: skip
        for department in departments:
            mine = [line for line in lines if line.department == department]
            table = [
                [
                    i,
                    line.layer or say("项目资料", "Facts about the project"),
                    line.why,
                    joint.join(line.clauses[:MOST_CLAUSES])
                    + (say(f"等{len(line.clauses)}条", f" and {len(line.clauses) - MOST_CLAUSES} more")
                       if len(line.clauses) > MOST_CLAUSES else ""),
                    self._some(line.sites, most),
                ]
                for i, line in enumerate(mine, start=1)
            ]
            paper.table(say(f"函询：{department}", f"To ask: {department}"),
                        (say("序号", "No."), say("所需资料", "Data needed"), say("原因", "Reason"),
                            say("涉及条款", "Clauses"),
                         say("涉及项目", "Sites")),
                        table, (10, 22, 37, 50, 37), centred=(0,))  # fmt: skip

    def _some(self, names: list[str], most: int) -> str:
        joined = self.zh_en("；", "; ").join(names[:most])
        if len(names) <= most:
            return joined
        return joined + self.zh_en(f"等{len(names)}个", f" and {len(names) - most} more")

    # ---- data and decision ------------------------------------------------------------------------------

    def data(self, fingerprints: Sequence[Mapping[str, Any]], faults: list[Row]) -> None:
        """What data was used, and what was wrong with it."""
        paper, say = self.paper, self.zh_en
        paper.chapter(say("数据来源与质量", "Data"))
        paper.say(illustrative_note(self.words) + say("。图层未声明完整之处，未见要素不等于没有要素。",
                                                      ". Where a layer is not declared complete, nothing"
                                                      " found is not nothing there."),
                                                      keep=bool(fingerprints))  # fmt: skip
        if fingerprints:
            table = [
                [
                    self.words.layer(mark.get("layer")),
                    fingerprint_words(mark, self.words),
                    text.plain(mark.get("sha256")),
                ]
                for mark in fingerprints
            ]
            paper.table(say("数据指纹", "Data fingerprints"),
                (say("图层", "Layer"), say("概况", "Content"), "SHA-256"),
                        table, (26, 78, 52), size=7)  # fmt: skip
        if faults:
            table = [
                [text.word(text.SEVERITY, row.get("severity"), self.lang),
                 text.plain(row.get("section_id") or row.get("site_id") or row.get("plant_id")),
                 issue_words(row, self.lang)]
                for row in faults[:MOST_ISSUES]
            ]  # fmt: skip
            paper.table(say("数据问题", "Faults of the data"),
                (say("级别", "Severity"), say("断面/项目", "Section or site"), say("问题", "What")),
                        table, (18, 30, 108), centred=(0,), size=9)  # fmt: skip
            if len(faults) > MOST_ISSUES:
                rest = len(faults) - MOST_ISSUES
                paper.say(
                    say(f"另有{rest}条，见台账“数据问题”。", f"{rest} more: see Issues in the ledger."),
                    size=10,
                )

    def decision(self) -> None:
        """Room for the office's own decision."""
        say = self.zh_en
        self.paper.break_page()
        self.paper.chapter(say("审定意见", "Decision"))
        self.paper.say(say("以下由审定单位填写。", "To be filled in by the deciding office."))
        blank = "        年    月    日" if self.lang == "zh" else ""
        self.paper.form(
            [
                (say("审定结论", "Decision"), "", 38),
                (say("修改理由", "Reason for change"), "", 38),
                (say("编制", "Prepared by"), "", 14),
                (say("审核", "Reviewed by"), "", 14),
                (say("审定", "Approved by"), "", 14),
                (say("日期", "Date"), blank, 14),
            ],
            (34, PORTRAIT_WIDTH - 34),
        )


def _metres(row: Row) -> float:
    gap = row.get("distance_m")
    return float("inf") if gap is None else float(gap)
