"""The first chapter of a report, on one page: what was asked, what came of it, what binds hardest, what is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import text
from .rows import Row, Words, inquiries, situation, sorted_findings, sorted_ledger, standing, truth
from .word import Paper
from .wording import board_value, radius_result, verdict_words

#: Effects that bind, the gravest first.
BINDING = ("prohibit", "close", "restrict", "rectify", "require")
#: Rows of a table, and characters of a quotation, so that the summary stays on its page.
MOST_ROWS, MOST_WORDS = 4, 56
#: Departments named as those to be asked.
MOST_ASKED = 6
_GRAVEST = {"fail": 0, "restricted": 1, "conditional": 2}


class SummaryChapter:
    """The summary of one report."""

    paper: Paper
    words: Words
    zh_en: Any
    lang: str

    def overview(
        self, *, verdicts: Sequence[Row], findings: Sequence[Row], section: Any, radius: Any,
        board: Sequence[Row] | None, planned: Sequence[Row],
    ) -> None:  # fmt: skip
        """Write the page; `section` and `radius` are (zones, rows) or None, `board` None without a plan."""
        paper, say = self.paper, self.zh_en
        paper.chapter(say("摘要", "Summary"))
        # All sentences come first: what is open must not be found below a table.
        self._later: list[Callable[[], None]] = []
        if verdicts:
            self._of_sites(verdicts, findings)
        if section is not None:
            self._of_sections(*section)
        if radius is not None:
            self._of_radius(*radius)
        if board is not None:
            self._of_board(board, planned)
        self._open(findings or planned)
        for tables in self._later:
            tables()
        paper.break_page()

    def _of_sites(self, verdicts: Sequence[Row], findings: Sequence[Row]) -> None:
        paper, say = self.paper, self.zh_en
        day = text.day(self.words.as_of, self.lang)
        books = len(self.words.books)
        counts = []
        for code in text.VERDICT:
            count = sum(row.get("known") == code for row in verdicts)
            if count:
                said = text.word(text.VERDICT, code, self.lang)
                counts.append(f"{said}{count}个" if self.lang == "zh" else f"{said} {count}")
        open_ = sum(bool(row.get("pending")) for row in verdicts)
        paper.say(say(
            f"按{day}的数据，对{len(verdicts)}个项目逐条对照{books}份依据文件作选址初步研判："
            f"{'，'.join(counts)}；其中{open_}个项目尚有待核实条款，不得理解为已经通过。",
            f"On the data of {day}, {len(verdicts)} sites were held against {books} documents: {', '.join(counts)}."
            f" {open_} have clauses to be verified and have not passed.",
        ))  # fmt: skip
        hardest = self.hardest(verdicts, findings)
        if hardest:
            self._later.append(lambda: self._hardest_table(verdicts, hardest))
        else:
            paper.say(say("未见确定命中的禁止性、限制性条款。", "No clause is surely found to bind."))

    def _hardest_table(self, verdicts: Sequence[Row], hardest: Sequence[tuple[Row, Row]]) -> None:
        paper, say = self.paper, self.zh_en
        grave = {row.get("site_id"): _GRAVEST.get(str(row.get("known")), 9) for row in verdicts}
        said = {row.get("site_id"): verdict_words(row, self.lang) for row in verdicts}
        order = sorted(range(len(hardest)), key=lambda k: (grave[hardest[k][0].get("site_id")], k))[:MOST_ROWS]
        rows, marks = [], []
        for k in order:
            verdict, first = hardest[k]
            rows.append([
                text.plain(verdict.get("site_name") or verdict.get("site_id")), said[verdict.get("site_id")],
                [self._short(first), f"——{self.words.basis(first)}"], _cut(situation(first, self.words), MOST_WORDS),
            ])  # fmt: skip
            marks.append("late" if verdict.get("known") == "fail" else "")
        caption = say("最主要的限制", "What binds hardest")
        if len(hardest) > len(order):
            caption += say(f"(共{len(hardest)}个项目，列{len(order)}个，其余见“研判结论”)",
                           f" ({len(order)} of {len(hardest)} sites; the others under Verdicts)")  # fmt: skip
        paper.table(caption,
                    (say("项目", "Site"), say("初步结论", "Verdict"), say("管控要求", "Requirement"),
                     say("本项目情况", "This project")),
                    rows, (30, 24, 62, 40), marks=marks, size=9)  # fmt: skip

    def hardest(self, verdicts: Sequence[Row], findings: Sequence[Row]) -> list[tuple[Row, Row]]:
        """Return for each site that something surely binds its verdict and the gravest finding."""
        mine: dict[Any, list[Row]] = {}
        for row in sorted_findings(findings):
            sure = row.get("status") == "hit" and not truth(row, "tentative") and not truth(row, "reference")
            if sure and row.get("effect") in BINDING:
                mine.setdefault(row.get("site_id"), []).append(row)
        return [
            (verdict, min(mine[key], key=lambda row: BINDING.index(str(row["effect"]))))
            for verdict in verdicts if (key := verdict.get("site_id")) in mine
        ]  # fmt: skip

    def _short(self, row: Row) -> str:
        """Return the words of a rule around those that carry its effect."""
        said = self.words.quoted(row)
        if len(said) <= MOST_WORDS:
            return said
        operative = text.plain(row.get("operative")).split("…")[0]
        at = said.find(operative) if operative else -1
        begin = max(0, at - MOST_WORDS // 2) if at > MOST_WORDS // 2 else 0
        cut = said[begin : begin + MOST_WORDS]
        closed = "”" if said.endswith("”") and not cut.endswith("”") else ""
        opened = "“…" if said.startswith("“") else "…"
        return (opened if begin else "") + cut + ("…" if begin + MOST_WORDS < len(said) else "") + closed

    def _of_sections(self, zones: Sequence[Row], rows: Sequence[Row]) -> None:
        paper, say = self.paper, self.zh_en
        listed = [row for row in rows if row.get("status") in (None, "hit")]
        count = [sum(standing(row) == k for row in listed) for k in range(4)]
        day = text.day(self.words.as_of, self.lang)
        paper.say(say(
            f"按{day}的数据，排查{len(zones)}个断面上下游管控范围：范围内{count[0]}处，待核实{count[1]}处，"
            f"左右带(现场核定){count[2]}处，界外(函告所在地){count[3]}处。同一处要素在两个断面范围内的，各计一次。",
            f"On the data of {day}, the control zones of {len(zones)} river sections hold {count[0]} features;"
            f" {count[1]} more are to be verified, {count[2]} lie in the approximate band, {count[3]} outside the"
            " jurisdiction. A feature in two zones counts in both.",
        ))  # fmt: skip
        table = []
        for zone in zones:
            mine = sorted_ledger(row for row in listed if row.get("section_id") == zone.get("section_id"))
            near = min(
                (row for row in mine if standing(row) == 0 and row.get("offset_m") is not None),
                key=lambda row: float(row["offset_m"]), default=None,
            )  # fmt: skip
            told = "—"
            if near is not None:
                away = text.separation(near["offset_m"], near.get("threshold_m"), self.lang)
                name = text.plain(near.get("site_name") or near.get("site_id"))
                told = say(f"{name}，距岸{away}", f"{name}, {away} from the bank")
            table.append([
                text.plain(zone.get("name") or zone.get("section_id")),
                *(sum(standing(row) == k for row in mine) for k in range(4)), told,
            ])  # fmt: skip
        if table:
            self._later.append(lambda: paper.table(
                say("各断面排查结果", "Found along each section"),
                (say("断面", "Section"), say("范围内", "Inside"), say("待核实", "To verify"), say("左右带", "Band"),
                 say("界外", "Outside"), say("范围内距岸最近", "Nearest to the bank")),
                table, (44, 15, 15, 15, 17, 50), centred=(1, 2, 3, 4), size=9,
            ))  # fmt: skip

    def _of_radius(self, zones: Sequence[Row], rows: Sequence[Row]) -> None:
        paper, say = self.paper, self.zh_en
        results = [radius_result(row, self.words) for row in rows]
        inside, open_ = (results.count(one) for one in (say("半径内", "Inside"), say("待核实", "To be verified")))
        beyond = len(results) - inside - open_
        paper.say(say(
            f"按{text.day(self.words.as_of, self.lang)}的数据，对照{len(zones)}个热源的供热半径排查燃煤锅炉{len(rows)}台："
            f"半径内{inside}台，待核实{open_}台，半径外{beyond}台。",
            f"On the data of {text.day(self.words.as_of, self.lang)}, {len(rows)} coal boilers were held against the"
            f" heat radii of {len(zones)} plants: {inside} inside, {open_} to be verified, {beyond} outside.",
        ))  # fmt: skip

    def _of_board(self, board: Sequence[Row], planned: Sequence[Row]) -> None:
        paper, say = self.paper, self.zh_en
        late = [row for row in board if row.get("state") == "overdue"]
        unknown = sum(row.get("state") == "not_computable" for row in board)
        done = sum(row.get("state") == "done" for row in board)
        day = text.day(self.words.as_of, self.lang)
        paper.say(say(
            f"按{day}的数据，对照{len(self.words.books)}份依据文件核对任务{len(board)}项(条款×对象)：已完成{done}项，"
            f"逾期{len(late)}项，待核实{unknown}项。",
            f"On the data of {day}, {len(board)} tasks (clause by kind of feature) of"
            f" {len(self.words.books)} documents:"
            f" {done} done, {len(late)} overdue, {unknown} to be verified.",
        ))  # fmt: skip
        if not late:
            return
        quotes = {(row.get("rulebook"), row.get("clause_id")): row for row in planned if row.get("quote")}
        # What binds comes before what is only to be attended to, then what is late for longest.
        late.sort(key=lambda row: (
            row.get("effect") not in BINDING, -float(row.get("overdue_days") or 0), -float(row.get("outstanding") or 0)
        ))  # fmt: skip
        table = []
        for row in late[:MOST_ROWS]:
            said = quotes.get((row.get("rulebook"), row.get("clause_id")), row)
            days = int(row.get("overdue_days") or 0)
            when = text.plain(row.get("deadline_words")) or text.day(row.get("deadline"), self.lang)
            table.append([
                board_value("layer", row, self.words), [self._short(said), f"——{self.words.basis(said)}"],
                board_value("outstanding", row, self.words), [when, say(f"逾期{days}天", f"{days} days late")],
            ])  # fmt: skip
        self._later.append(lambda: paper.table(
            say("逾期最久的任务", "Longest overdue"),
            (say("对象", "Features"), say("要求", "Requirement"), say("未完成", "Open"), say("时限", "Deadline")),
            table, (32, 82, 16, 26), centred=(2,), marks=["late"] * len(table), size=9,
        ))  # fmt: skip

    def _open(self, rows: Sequence[Row]) -> None:
        """Say how many questions are open, and who can answer most of them."""
        lines = inquiries(rows, self.words)
        if not lines:
            return
        asked: dict[str, int] = {}
        for line in lines:
            asked[line.department] = asked.get(line.department, 0) + 1
        most = sorted(asked, key=lambda name: (-asked[name], name))
        named = self.zh_en("、", ", ").join(
            f"{name}({asked[name]})" if self.lang == "en" else f"{name}({asked[name]}项)" for name in most[:MOST_ASKED]
        )
        more = len(most) > MOST_ASKED
        self.paper.say(self.zh_en(
            f"待核实事项{len(lines)}项，须函询{len(most)}个单位：{named}{'等' if more else ''}，见“待核实事项函询清单”。",
            f"{len(lines)} questions are open, for {len(most)} departments: {named}{' and others' if more else ''};"
            " see What to ask whom.",
        ))  # fmt: skip


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"
