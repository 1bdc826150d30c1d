"""The report: a preliminary assessment as a Word document, with room for the office's own decision."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ..clauses.model import STATES
from . import text
from .features import Features
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
    sorted_ledger,
    standing,
    truth,
    working_distances,
)
from .units import chapter
from .word import PORTRAIT_WIDTH, Paper
from .wording import (
    board_mark,
    board_value,
    fingerprint_words,
    illustrative_note,
    issue_words,
    radius_result,
    verdict_words,
)

#: Pieces of evidence printed for one clause, issues printed at all, sites named at once; the ledger has all.
MOST_EVIDENCE, MOST_ISSUES, MOST_SITES = 4, 40, 8
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
    map_image: str | Path | None = None,
    onemap: Any = None,
    working: Mapping[str, float] | None = None,
    notes: Sequence[str] = (),
    lang: str = "zh",
    office: str = "",
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
    map_image : path, optional
        A PNG or JPEG, printed on a page of its own.
    onemap : OneMap or mapping of str to GeoDataFrame, optional
        Gives the features' own types.
    working : mapping of str to float, optional
        The office's own distances in metres, by name, as the check used them.
    notes : sequence of str, optional
        Further remarks for the cover.
    lang : {"zh", "en"}
    office : str
        Who prepares the report.
    overwrite : bool
        False refuses to replace an existing file.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If python-docx or lxml is missing, the date or the language cannot be understood, the picture is none,
        or the file cannot be written.
    """
    lang = text.check_language(lang)
    day = text.required_date(as_of, "The date of the check (as_of)")
    paper = Paper(lang)
    words = Words(lang, day, list(books or ()))
    report = _Report(paper, words, Features(onemap, words))
    checked, planned = records(findings), records(getattr(plan, "findings", None))
    decided = records(verdicts)
    results = ((section, "issue"), (radius, "issue"), (plan, "issues"))
    faults = distinct_issues([issues, *(getattr(result, name, None) for result, name in results)])
    used = {**(getattr(plan, "working", None) or {}), **(working or {})}
    own = working_distances([*checked, *planned], words, used)

    paper.running_heads(words.zh_en(f"{title}(初步研判)", f"{title} (preliminary)"))
    report.cover(title, office, notes)
    report.basis(own)
    if decided:
        report.summary(decided)
    crossed = records(units)
    if crossed:
        chapter(paper, words, crossed)
    if checked:
        report.sites(checked, decided)
    if checked or planned:
        # What the sites wait for is asked here; a plan's hundred lists have theirs in the ledger.
        report.inquiries(checked or planned)
    if section is not None:
        report.section(records(section.zone), records(section.reach), records(section.finding))
    if radius is not None:
        report.radius(records(radius.zone), records(radius.finding))
    if plan is not None:
        report.board(records(getattr(plan, "board", None)), planned)
    report.data(distinct_marks(fingerprints, getattr(plan, "fingerprints", None)), faults)
    report.decision()
    if map_image is not None:
        paper.picture(map_image, words.zh_en("环境管控一张图", "The one map"))

    moment = stamp(day)
    about = paper.doc.core_properties
    about.title, about.author, about.last_modified_by = text.plain(title)[:255], "EnvZones", "EnvZones"
    about.created = about.modified = moment
    about.comments, about.revision = "", 1
    buffer = io.BytesIO()
    paper.doc.save(buffer)
    return publish(path, settle(buffer.getvalue(), moment), overwrite=overwrite)


_UNDONE, _MILD = ("overdue", "outstanding"), ("attend", "encourage")


def _for_the_applicant(row: Row) -> bool:
    """Tell whether a clause is open for nothing but a fact about the project."""
    return row.get("status") == "not_assessed" and bool(row.get("question")) and row["question"] == row.get("why")


class _Report:
    """The chapters of one report."""

    def __init__(self, paper: Paper, words: Words, features: Features) -> None:
        self.paper, self.words, self.features = paper, words, features
        self.lang, self.zh_en = words.lang, words.zh_en

    def cover(self, title: str, office: str, notes: Sequence[str]) -> None:
        """The title page: what it is and is not, for which day, by whom."""
        paper, say = self.paper, self.zh_en
        for _ in range(4):
            paper.say("")
        paper.title(title)
        paper.say(say("初步研判", "Preliminary assessment"), size=18, strong=True, center=True, after=60)
        rows = [
            (say("研判日期", "As of"), text.day(self.words.as_of, self.lang)),
            (say("编制单位", "Prepared by"), office),
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

    def summary(self, verdicts: list[Row]) -> None:
        """The table of verdicts with what is still to be verified."""
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

    def _site(self, name: str, rows: list[Row]) -> None:
        paper, say, words = self.paper, self.zh_en, self.words
        table, marks, aside = [], [], []
        clauses = list(by_clause(rows).values())
        unasked = [one for one in clauses if _for_the_applicant(one[0])]
        for evidence in clauses:
            first = evidence[0]
            if first.get("status") == "not_applicable" or (len(unasked) > MOST_UNASKED and evidence in unasked):
                aside.append(first)
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

    def inquiries(self, rows: list[Row]) -> None:
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
                    joint.join(line.clauses),
                    self._some(line.sites),
                ]
                for i, line in enumerate(mine, start=1)
            ]
            paper.table(say(f"函询：{department}", f"To ask: {department}"),
                        (say("序号", "No."), say("所需资料", "Data needed"), say("原因", "Reason"),
                            say("涉及条款", "Clauses"),
                         say("涉及项目", "Sites")),
                        table, (10, 24, 38, 36, 48), centred=(0,))  # fmt: skip

    def _some(self, names: list[str]) -> str:
        joined = self.zh_en("；", "; ").join(names[:MOST_SITES])
        if len(names) <= MOST_SITES:
            return joined
        return joined + self.zh_en(f" 等{len(names)}个", f" and {len(names) - MOST_SITES} more")

    # ---- sections, radius, plan -------------------------------------------------------------------------

    def section(self, zones: list[Row], reaches: list[Row], rows: list[Row]) -> None:
        """The control zone of each river section and what lies in it."""
        paper, say = self.paper, self.zh_en
        paper.chapter(say("断面上下游排查", "River sections"))
        paper.say(say("里程沿河道量算，自断面起算；距离为到岸线的距离；左右岸以面向下游为准。",
                      "Chainage runs along the river from the section; offsets are from the bank; banks as"
                      " seen downstream."), keep=True)  # fmt: skip
        table = []
        for zone in zones:
            mine = [reach for reach in reaches if reach.get("section_id") == zone.get("section_id")]
            length = {
                s: sum(float(r.get("length_m") or 0) for r in mine if r.get("direction") == s) for s in "UD"
            }
            rule = "/".join(
                text.distance(zone.get(key), self.lang) for key in ("upstream_m", "downstream_m", "bank_m")
            )
            table.append([
                text.plain(zone.get("name") or zone.get("section_id")), rule,
                "/".join(text.distance(length[side], self.lang) for side in "UD"),
                text.word(text.BANK_FROM, zone.get("bank_from"), self.lang),
                text.area(zone.get("area_m2"), self.lang),
                text.plain(zone.get("note")),
            ])  # fmt: skip
        paper.table(say("断面管控区", "Control zones"),
                    (say("断面", "Section"), say("上游/下游/两岸范围", "Upstream/downstream/bank"),
                     say("河段总长(上/下游)", "Traced (up/down)"), say("岸线依据", "Bank from"), say("面积", "Area"),
                     say("说明", "Note")),
                    table, (26, 25, 24, 18, 24, 39), size=8.5)  # fmt: skip
        listed = [row for row in rows if row.get("status") in (None, "hit")]
        for zone in zones:
            key = zone.get("section_id")
            name = text.plain(zone.get("name") or key)
            mine = sorted_ledger(row for row in listed if row.get("section_id") == key)
            paper.part(name)
            if not mine:
                paper.say(
                    say(
                        "管控区内未见所排查类型的要素；以已声明完整的图层为准。",
                        "None of the kinds looked for was found.",
                    )
                )
            self._along(say(f"{name}范围内(含待核实)", f"{name}: inside (to be verified included)"),
                        [row for row in mine if standing(row) <= 1])  # fmt: skip
            self._along(say(f"{name}左右带(文件称“左右”，现场核定)", f"{name}: approximate band, to be settled on site"),
                        [row for row in mine if standing(row) == 2])  # fmt: skip
            self._along(say(f"{name}界外(函告所在地)", f"{name}: outside the jurisdiction, to be notified"),
                        [row for row in mine if standing(row) == 3])  # fmt: skip

    def _along(self, caption: str, rows: list[Row]) -> None:
        if not rows:
            return
        say, lang = self.zh_en, self.lang
        table, marks = [], []
        for i, row in enumerate(rows, start=1):
            extent = text.area(row.get("area_m2"), lang) if row.get("area_m2") else ""
            if row.get("length_m"):
                extent = say("区内长 ", "length inside ") + text.distance(row["length_m"], lang)
            remarks = [extent, self.words.why(row)]
            if truth(row, "tentative") and say("待核实", "To be verified") not in remarks[1]:
                remarks.insert(0, say("待核实", "To be verified"))
            table.append([
                i, text.plain(row.get("site_name") or row.get("site_id")), self.features.kind(row),
                text.chainage(row.get("chainage_m"), row.get("direction"), lang),
                text.word(text.BANK, row.get("bank"), lang),
                text.separation(row.get("offset_m"), row.get("threshold_m"), lang),
                text.distance(row.get("straight_m"), lang),
                say("；", "; ").join(part for part in remarks if part),
            ])  # fmt: skip
            marks.append("open" if truth(row, "tentative") else "")
        self.paper.table(
            caption,
            (say("序号", "No."), say("名称", "Name"), say("类型", "Type"), say("里程", "Chainage"), say("岸别", "Bank"),
             say("距岸", "Offset"), say("直线距离", "Straight"), say("说明", "Remarks")),
            table, (10, 27, 20, 22, 12, 15, 16, 34), marks=marks, centred=(0, 4), size=9,
        )  # fmt: skip

    def radius(self, zones: list[Row], rows: list[Row]) -> None:
        """The boilers within the heat radius, and the nearest beyond."""
        paper, say, lang = self.paper, self.zh_en, self.lang
        paper.chapter(say("热电联产供热半径", "Heat radius"))
        names = say("、", ", ").join(text.plain(zone.get("name") or zone.get("plant_id")) for zone in zones)
        inside = [row for row in rows if row.get("status") != "clear" or truth(row, "tentative")]
        beyond = [row for row in rows if row.get("status") == "clear" and not truth(row, "tentative")]
        sure = sum(row.get("status") == "hit" and not truth(row, "tentative") for row in rows)
        doubtful = len(inside) - sure
        paper.say(say(f"热源{len(zones)}个：{names or '无'}。半径内{sure}台，待核实{doubtful}台，半径外{len(beyond)}台。",
                      f"{len(zones)} heat sources: {names or 'none'}. {sure} boilers inside,"
                      f" {len(inside) - sure} to be verified,"
                      f" {len(beyond)} outside."), keep=bool(inside))  # fmt: skip
        table, marks = [], []
        by_distance = sorted(
            inside,
            key=lambda r: (r.get("distance_m") is None, r.get("distance_m") or 0.0, str(r.get("site_id"))),
        )
        for i, row in enumerate(by_distance, start=1):
            result = radius_result(row, self.words)
            table.append([
                i, text.plain(row.get("site_name") or row.get("site_id")), text.plain(row.get("zone_name")),
                text.separation(row.get("distance_m"), row.get("threshold_m"), lang),
                text.distance(row.get("threshold_m"), lang), result, self.words.why(row),
            ])  # fmt: skip
            marks.append("open" if truth(row, "tentative") or row.get("status") == "not_assessed" else "")
        if table:
            paper.table(say("供热半径内及待核实的燃煤锅炉", "Boilers inside or to be verified"),
                        (say("序号", "No."), say("锅炉", "Boiler"), say("最近热源", "Nearest source"),
                            say("距离", "Distance"),
                         say("半径", "Radius"), say("结果", "Result"), say("说明", "Remarks")),
                        table, (10, 38, 27, 22, 16, 16, 27), marks=marks, centred=(0, 5), size=9)  # fmt: skip

    def board(self, rows: list[Row], planned: list[Row]) -> None:
        """The plan board: clause, count, deadline, what is overdue."""
        paper, say = self.paper, self.zh_en
        paper.chapter(say("方案落实情况", "The plan board"))
        late = sum(row.get("state") == "overdue" for row in rows)
        unknown = sum(row.get("state") == "not_computable" for row in rows)
        paper.say(say(f"共{len(rows)}项(条款×对象)：逾期{late}项，待核实{unknown}项。清单见台账。",
                      f"{len(rows)} tasks (clause by kind of feature): {late} overdue, {unknown} to be"
                      f" verified. The ledger lists them."), keep=True)  # fmt: skip
        keys = (
            "clause",
            "clause_zh",
            "layer",
            "listed",
            "tentative",
            "open",
            "settled",
            "outstanding",
            "deadline",
            "state",
        )
        shown = [row for row in rows if row.get("state") in _UNDONE and row.get("effect") not in _MILD]
        paper.say(say(f"下表列出尚未完成的{len(shown)}项强制性任务；目标值、关注类条款和已完成任务见台账“任务看板”。",
                      f"The table has the {len(shown)} binding tasks that are not done; figures, what is only attended"
                      " to and what is done are on the ledger's plan board."))  # fmt: skip
        table = []
        for row in shown:
            cells = [board_value(key, row, self.words) for key in keys]
            cells = [text.day(c, "en") if isinstance(c, date) else "" if c is None else c for c in cells]
            cells[1] = [cells[1], board_value("rulebook", row, self.words)]
            days = row.get("overdue_days")
            if days:
                cells[-1] = [cells[-1], say(f"{int(days)}天", f"{int(days)} days")]
            elif row.get("state") == "not_computable":
                cells[-1] = [cells[-1], self.words.why(row)]
            table.append(cells)
        paper.table(say("任务进展", "Progress"),
                    (say("条款", "Clause"), say("任务", "Task"), say("对象", "Features"), say("列入", "Listed"),
                     say("存疑", "Doubtful"), say("缺资料", "No data"), say("已销号", "Settled"),
                     say("未完成", "Outstanding"),
                     say("时限", "Deadline"), say("进展", "State")),
                    table, (15, 34, 16, 9, 9, 12, 12, 12, 21, 16) if self.lang == "zh" else (14, 31, 17, 12,
                        15, 10, 13, 17, 19, 17),
                    marks=[board_mark(row) for row in shown], centred=(3, 4, 5, 6, 7, 8),
                    size=8.5)  # fmt: skip
        if planned and not rows:
            paper.say(say(f"列出要素{len(planned)}条。", f"{len(planned)} features listed."))

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
                        table, (32, 64, 60), size=8.5)  # fmt: skip
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
