"""The ledger (台账): one workbook with verdicts, findings, the lists to clear, and what to ask whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..publication import INTERNAL, Publication
from . import text
from .features import Features
from .ledger_places import Places, shielded, shielded_mark
from .ledger_registers import by_feature, register_of
from .lists import Lists
from .rows import (
    Row,
    Words,
    by_clause,
    conformity,
    distinct_issues,
    distinct_marks,
    inquiries,
    one_per_feature,
    records,
    situation,
    sorted_findings,
    truth,
    working_distances,
)
from .sheet import Column, Styles, finish, workbook
from .units import add_units
from .wording import (
    BOARD,
    ROLES,
    board_mark,
    board_summary,
    board_value,
    deadline,
    fingerprint_words,
    illustrative_note,
    issue_words,
    verdict_words,
)


def write_xlsx(
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
    notes: Sequence[str] = (),
    by: str = "clause",
    lang: str = "zh",
    publication: Publication = INTERNAL,
    overwrite: bool = True,
) -> Path:
    """Write a ledger.

    Parameters
    ----------
    path : path
        The .xlsx file; written under a temporary name and renamed.
    title : str
    as_of : date or str
        The day the check was made for (ISO).
    findings, verdicts, units : GeoDataFrame, optional
        Of a siting check; the control units crossed.
    section : SectionResult, optional
        Anything with the frames ``reach``, ``zone``, ``finding``, ``issue``.
    radius : RadiusResult, optional
        Anything with ``zone``, ``finding``, ``issue``.
    plan : PlanResult, optional
        Anything with ``findings``, ``board``, ``issues``.
    issues : DataFrame, optional
        Further faults of the data.
    books : iterable of Rulebook, optional
    fingerprints : sequence of mapping, optional
        ``layer``, ``rows``, ``extent``, ``newest``, ``sha256``, ``complete_as_of``.
    onemap : OneMap or mapping of str to GeoDataFrame, optional
        Fills township, owner, coordinates and the state of follow-up from the features themselves.
    working : mapping of str to float, optional
        The office's own distances in metres, by name, as the check used them.
    notes : sequence of str, optional
        Further lines for the first sheet.
    by : {"clause", "theme"}
        A list to clear for each clause, or a register for each kind of feature with all clauses it comes under.
    lang : {"zh", "en"}
    publication : Publication
        For whom it is: a public one leaves places out.
    overwrite : bool
        False refuses to replace an existing file.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If openpyxl is missing, the date, the language or `by` cannot be understood, or the file cannot be written.
    """
    lang = text.check_language(lang)
    if by not in ("clause", "theme"):
        raise InputError(f"A ledger is ordered by clause or theme, not '{by}'; choose one of the two.")
    day = text.required_date(as_of, "The date of the check (as_of)")
    book = workbook(publication)
    styles = Styles()
    words = Words(lang, day, list(books or ()))
    features = Features(onemap, words)
    checked = shielded(records(findings), publication)
    planned = shielded(records(getattr(plan, "findings", None)), publication)
    traced = shielded(records(getattr(section, "finding", None)), publication)
    heated = shielded(records(getattr(radius, "finding", None)), publication)

    write = _Writer(book, styles, words, features, Places(publication, lang))
    used = {**(getattr(plan, "working", None) or {}), **(working or {})}
    own = working_distances([*checked, *planned], words, used)
    marks = distinct_marks(fingerprints, getattr(plan, "fingerprints", None))
    write.about(title, notes, [shielded_mark(mark, publication) for mark in marks], own)
    if verdicts is not None:
        hidden = {row.get("site_id") for row in checked if publication.hides(row.get("site_layer"))}
        write.verdicts(records(verdicts), hidden)
    if units is not None:
        add_units(write, records(units))
    if findings is not None:
        write.details(checked, records(verdicts))
    write.inquiries([*checked, *planned])
    if plan is not None:
        write.board(records(getattr(plan, "board", None)))
        if by == "clause":
            write.clause_ledgers(by_clause(_problems(planned)).values())
    if by == "theme":
        write.theme_ledgers([*_problems(planned), *traced, *heated])
    if section is not None:
        write.sections(records(section.zone), records(section.reach), traced)
        write.section_ledger(traced)
    if radius is not None:
        write.radius(records(radius.zone), heated)
    results = ((section, "issue"), (radius, "issue"), (plan, "issues"))
    write.issues(distinct_issues([issues, *(getattr(result, name, None) for result, name in results)]))
    return finish(book, path, day, title=title, overwrite=overwrite)


class _Writer(Lists):
    """The sheets of one workbook."""

    # ---- first sheet ------------------------------------------------------------------------------------

    def about(
        self,
        title: str,
        notes: Sequence[str],
        fingerprints: Sequence[Mapping[str, Any]] | None,
        own: list[Any],
    ) -> None:
        """Say what this is, for which day, on which documents, distances and data."""
        say, lang, publication = self.say, self.lang, self.places.publication
        general = say("基本信息", "General")
        lines: list[list[str]] = [
            [general, say("名称", "Title"), title, ""],
            [general, say("研判日期", "As of"), text.day(self.words.as_of, lang), ""],
            [general, say("性质", "Nature"), say("初步研判，供审定参考，不代替行政许可或审批意见",
                "Preliminary assessment for the office's own decision; it replaces no permit or approval"),
                ""],
            [general, say("坐标系", "Coordinates"), say("CGCS2000(EPSG:4490)；距离、面积按CGCS2000椭球计算",
                "CGCS2000 (EPSG:4490); distances and areas on the CGCS2000 ellipsoid"), ""],
            *([general, say("使用范围", "For whom"), mark, ""] for mark in publication.marks(lang)),
            *([general, say("编制单位", "Prepared by"), office, ""] for office in (publication.office,) if office),
            [general, say("示意数据", "Illustrative data"), illustrative_note(self.words), ""],
        ]  # fmt: skip
        lines += [[general, say("备注", "Note"), note, ""] for note in notes]
        for book in self.words.books:
            start = (
                say("有效", "In force")
                if self.words.in_force(book)
                else say("参考(不在有效期内)", "Reference (not in force)")
            )
            name = book.document.zh if lang == "zh" else getattr(book.document, "en", "") or book.document.zh
            lines.append([
                say("依据文件", "Documents"), self.words.document(book.id), name,
                f"{start}{say('；有效期', '; period ')}{text.period(book.period.start, book.period.end, lang)}",
            ])  # fmt: skip
        for name, metres, of in own:
            lines.append([say("本单位工作距离", "Working distances"), name, metres, of])
        for mark in fingerprints or ():
            lines.append(self._fingerprint(mark))
        columns = [
            Column(say("类别", "Group"), widest=22),
            Column(say("项目", "Item"), widest=34),
            Column(say("内容", "Content"), widest=62),
            Column(say("说明", "Remarks"), widest=70),
        ]
        self._add(say("说明", "About"), title, [self._dated()], columns, lines, paper="A4")

    def _fingerprint(self, mark: Mapping[str, Any]) -> list[str]:
        return [
            self.say("数据指纹", "Data fingerprint"),
            self.words.layer(mark.get("layer")),
            fingerprint_words(mark, self.words),
            f"SHA-256: {mark['sha256']}" if mark.get("sha256") else "",
        ]

    # ---- siting check -----------------------------------------------------------------------------------

    def verdicts(self, rows: list[Row], hidden: Collection[Any] = ()) -> None:
        """One row per site: what is known, what is possible, what is still open."""
        say, lang = self.say, self.lang
        columns = [
            Column(say("序号", "No."), "int"),
            Column(say("项目编号", "Site id"), widest=18),
            Column(say("项目名称", "Site"), widest=36, total="count"),
            Column(say("设施类型", "Facility type"), widest=24),
            Column(say("初步结论", "Preliminary verdict"), widest=18),
            Column(
                say("可能的结论(待核实条款若命中)", "Possible verdict (if open clauses apply)"), widest=18
            ),
            Column(say("命中条数", "Hits"), "int", total="sum"),
            Column(say("待核实条数", "To be verified"), "int", total="sum"),
            Column(say("研判说明", "In words"), widest=60),
            *self.places.columns()[:4],
            Column(say("审定结论", "Decision"), narrowest=14),
            Column(say("修改理由", "Reason for change"), narrowest=16),
        ]
        table, marks = [], []
        for i, row in enumerate(rows, start=1):
            place = self.places.cells(_centre(row.get("geometry")), hidden=row.get("site_id") in hidden)[:4]
            table.append([
                i, row.get("site_id"), row.get("site_name"), self.words.facility(row.get("facility_type")),
                text.word(text.VERDICT, row.get("known"), lang),
                text.word(text.VERDICT, row.get("possible"), lang),
                row.get("hits"), row.get("pending"), verdict_words(row, lang), *place, None, None,
            ])  # fmt: skip
            marks.append("late" if row.get("known") == "fail" else "open" if row.get("pending") else "")
        note = say("初步研判：有待核实条款的项目，结论不得理解为“通过”。",
                   "Preliminary: a site with clauses to be verified has not passed.")  # fmt: skip
        self._add(say("研判结论", "Verdicts"), say("选址准入研判结论", "Verdicts of the siting check"),
                  [self._dated(), note], columns, table, marks=marks)  # fmt: skip

    def details(self, rows: list[Row], verdict_rows: list[Row]) -> None:
        """One row per site, clause and zone; clauses that do not bind the site are listed apart."""
        say, lang, words = self.say, self.lang, self.words
        order = {row.get("site_id"): i for i, row in enumerate(verdict_rows)}
        ordered = sorted_findings(rows, order)
        idle = [row for row in ordered if row.get("status") == "not_applicable"]
        columns = [
            Column(say("序号", "No."), "int"),
            Column(say("项目编号", "Site id"), widest=12),
            Column(say("项目名称", "Site"), widest=22),
            Column(say("依据文件", "Document"), widest=16),
            Column(say("条款", "Clause"), widest=12),
            Column(say("条款名称", "Title"), widest=20),
            Column(say("管控要求", "Requirement (quotation)"), widest=42),
            Column(say("本项目情况", "This project"), widest=40),
            Column(say("符合性", "Conformity"), widest=12),
            Column(say("判定", "Status"), widest=9),
            Column(say("要求类型", "Effect"), widest=10),
            Column(say("距离(m)", "Distance (m)"), "metres"),
            Column(say("控制距离(m)", "Threshold (m)"), "metres"),
            Column(say("距离依据", "Whose distance"), widest=12),
            Column(say("方位", "Bearing"), widest=6),
            Column(say("重叠面积(m²)", "Overlap (m²)"), "area"),
            Column(say("占用地比例", "Share of site"), "share"),
            Column(say("涉及图层", "Layer"), widest=16),
            Column(say("涉及区域", "Zone"), widest=18),
            Column(say("时限", "Deadline"), "date", widest=14),
            Column(say("责任单位", "Responsible"), widest=28),
            Column(say("主管部门", "Department"), widest=14),
        ]
        table, marks = [], []
        for i, row in enumerate((row for row in ordered if row.get("status") != "not_applicable"), start=1):
            table.append([
                i, row.get("site_id"), row.get("site_name"), words.document(row.get("rulebook")),
                row.get("clause"),
                words.clause_title(row), words.quoted(row), situation(row, words), conformity(row, words),
                text.word(text.STATUS, row.get("status"), lang),
                text.word(text.EFFECT, row.get("effect"), lang),
                row.get("distance_m"), row.get("threshold_m"),
                text.word(text.OWNER, row.get("threshold_owner"), lang),
                text.compass(row.get("bearing_deg"), lang), row.get("overlap_m2"), row.get("overlap_share"),
                words.layer(row.get("zone_layer")), row.get("zone_name"), deadline(row),
                row.get("responsible"),
                row.get("department"),
            ])  # fmt: skip
            hit = row.get("status") == "hit" and not truth(row, "tentative")
            bars = hit and row.get("effect") in ("prohibit", "close") and not truth(row, "reference")
            open_ = row.get("status") == "not_assessed" or truth(row, "tentative")
            marks.append("late" if bars else "open" if open_ else "")
        self._add(say("研判明细", "Findings"), say("选址准入研判明细", "Findings of the siting check"),
                  [self._dated()], columns, table, marks=marks)  # fmt: skip
        columns = [
            Column(say("序号", "No."), "int"),
            Column(say("依据文件", "Document"), widest=22),
            Column(say("条款", "Clause"), widest=14),
            Column(say("条款名称", "Title"), widest=44),
            Column(say("不适用原因", "Why it does not apply"), widest=44),
            Column(say("项目数", "Sites"), "int"),
            Column(say("项目编号", "Site ids"), widest=60),
        ]
        groups: dict[tuple[str, ...], list[str]] = {}
        for row in idle:
            key = (
                words.document(row.get("rulebook")),
                text.plain(row.get("clause")),
                words.clause_title(row),
                words.why(row),
            )
            groups.setdefault(key, []).append(text.plain(row.get("site_id")))
        table = [
            [i, *key, len(ids), say("、", ", ").join(dict.fromkeys(ids))]
            for i, (key, ids) in enumerate(sorted(groups.items()), start=1)
        ]
        self._add(say("不适用条款", "Not applicable"), say("不约束本项目的条款", "Clauses that do not bind the site"),
                  [self._dated()], columns, table, paper="A4")  # fmt: skip

    def inquiries(self, rows: list[Row]) -> None:
        """What could not be assessed, by the department to be asked."""
        say = self.say
        joint = say("；", "; ")
        columns = [
            Column(say("序号", "No."), "int"),
            Column(say("函询单位(主管部门)", "Department to ask"), widest=26),
            Column(say("需提供的资料(图层)", "Data needed (layer)"), widest=28),
            Column(say("原因", "Reason"), widest=46),
            Column(say("涉及条款", "Clauses"), widest=52),
            Column(say("涉及项目/要素", "Sites concerned"), widest=52),
            Column(say("数量", "Count"), "int"),
            Column(say("回复情况", "Answer"), narrowest=16),
            Column(say("回复日期", "Answered on"), "date", narrowest=12),
        ]
        table = [
            [i, one.department, one.layer, one.why, joint.join(one.clauses), _some(one.sites, self.words),
                len(one.sites),
             None, None]
            for i, one in enumerate(inquiries(rows, self.words), start=1)
        ]  # fmt: skip
        note = say("下列事项因资料缺失、过期或项目情况不明未能判定，须函询核实后方可下结论。",
                   "These could not be assessed because data is missing, out of date or"
                   " unknown.")  # fmt: skip
        self._add(say("函询清单", "Inquiries"), say("待核实事项函询清单", "What to ask whom"),
                  [self._dated(), note], columns, table)  # fmt: skip

    # ---- plan -------------------------------------------------------------------------------------------

    def board(self, rows: list[Row]) -> None:
        """The plan board: each clause with its count, deadline and what is overdue."""
        say = self.say
        columns = [Column(say("序号", "No."), "int")]
        columns += [
            Column(text.pick(titles, self.lang), kind, widest=widest) for _key, titles, kind, widest in BOARD
        ]
        table = [
            [i, *(board_value(one[0], row, self.words) for one in BOARD)]
            for i, row in enumerate(rows, start=1)
        ]
        marks = [board_mark(row) for row in rows]
        note = say("“无法计算”指资料缺失、不全或存疑，不等于达标；区间为资料补齐后仍可能的取值范围。",
                   "Not computable: data is missing, incomplete or in doubt, which is no fulfilment; a range holds"
                   " every value that is still possible.")  # fmt: skip
        self._add(say("任务看板", "Plan board"), say("任务完成情况看板", "How far the plan is carried out"),
                  [self._dated() + say("；", "; ") + board_summary(rows, self.lang), note], columns, table,
                  marks=marks)  # fmt: skip

    def clause_ledgers(self, clauses: Iterable[list[Row]]) -> None:
        """A sheet for each clause that has something cleared, and one sheet for all that is only listed.

        A plan has a hundred lists; a workbook with a hundred sheets is read by nobody.
        """
        rest: list[Row] = []
        for rows in clauses:
            hits = [row for row in rows if row.get("status") == "hit"]
            if hits and hits[0].get("effect") in _CLEARED:
                self.clause_ledger(rows)
            else:
                rest += hits
        if rest:
            self._ledger(self.say("其他清单", "Other lists"), self.say("关注与鼓励类条款清单", "What clauses only attend to"),
                         [self._counts(rest)], rest)  # fmt: skip

    def theme_ledgers(self, rows: list[Row]) -> None:
        """A sheet for each register, in the order of the themes: its features with all that they come under."""
        hits = [
            row for row in rows
            if row.get("status") in (None, "hit") and (row.get("effect") is None or row["effect"] in _CLEARED)
        ]  # fmt: skip
        sheets: dict[tuple[str, Any], list[Row]] = {}
        for row in by_feature(hits, self.words):
            layer = str(row.get("site_layer") or "")
            sheets.setdefault((layer, register_of(layer, self.features.feature(row))), []).append(row)
        order = {name: i for i, name in enumerate(self.words.catalog)}
        for (layer, register), listed in sorted(
            sheets.items(), key=lambda one: (order.get(one[0][0], len(order)), one[0][0], _title_of(one[0][1]))
        ):
            title = text.pick(register.title, self.lang) if register is not None else self.words.layer(layer)
            self._ledger(title, title, [self._counts(listed)], listed, register)

    def clause_ledger(self, rows: list[Row]) -> None:
        """The list to clear under one inventory clause."""
        listed = one_per_feature((row for row in rows if row.get("status") == "hit"), self.words)
        first = rows[0]
        title = self.words.clause_title(first)
        quote = self.words.quoted(first) if first.get("quote") else ""
        notes = [
            self.say("依据:", "Basis: ") + self.words.basis(first) + (f"  {quote}" if quote else ""),
            self._counts(listed),
        ]
        unknown = len(
            {row.get("site_id") for row in rows if row.get("status") == "not_assessed"}
            - {row.get("site_id") for row in listed}
        )
        if unknown:
            notes.append(
                self.say(
                    f"另有{unknown}条未能判定，见“函询清单”。",
                    f"{unknown} more could not be assessed: see Inquiries.",
                )
            )
        self._ledger(f"{first.get('clause_id') or ''} {title}".strip(), title, notes, listed)

    def issues(self, rows: list[Row]) -> None:
        """Faults of the data that the run met."""
        say, lang = self.say, self.lang
        columns = [
            Column(say("序号", "No."), "int"),
            Column(say("级别", "Severity"), widest=14),
            Column(say("代码", "Code"), widest=26),
            Column(say("断面/项目", "Section or site"), widest=24),
            Column(say("问题", "What"), widest=90),
            Column(say("经度", "Longitude"), "degrees"),
            Column(say("纬度", "Latitude"), "degrees"),
        ]
        table = [
            [i, text.word(text.SEVERITY, row.get("severity"), lang), row.get("code"),
             row.get("section_id") or row.get("site_id") or row.get("plant_id"), issue_words(row, lang),
             *self.places.pair(_centre(row.get("geometry")), hidden=self.places.publication.public)]
            for i, row in enumerate(rows, start=1)
        ]  # fmt: skip
        self._add(
            say("数据问题", "Issues"),
            say("数据问题清单", "Faults of the data"),
            [self._dated()],
            columns,
            table,
            paper="A4",
        )


#: Effects under which something has to be done; the others attend or encourage.
_CLEARED = ("prohibit", "close", "restrict", "rectify", "require")


def _problems(rows: list[Row]) -> list[Row]:
    """Leave out what is behind a figure and no problem itself: a list to clear holds what is to be cleared."""
    return [row for row in rows if row.get("relation") not in ROLES or row.get("status") == "hit"]


def _some(names: Sequence[str], words: Words, most: int = 12) -> str:
    """Join names, and say how many there are where they are too many to read."""
    joined = words.zh_en("；", "; ").join(names[:most])
    if len(names) <= most:
        return joined
    return joined + words.zh_en(f" 等{len(names)}个", f" and {len(names) - most} more")


def _title_of(register: Any) -> str:
    return register.title[0] if register is not None else ""


def _centre(shape: Any) -> tuple[float, float] | None:
    if shape is None:
        return None
    point = shape if shape.geom_type == "Point" else shape.representative_point()
    return point.x, point.y
