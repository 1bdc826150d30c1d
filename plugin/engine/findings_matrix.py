"""Several candidate sites side by side: a line for each clause, a cell for each site; as text, HTML and .xlsx."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import findings_text as said
from .publication import INTERNAL, Publication
from .report import text
from .report.rows import Row, Words

#: A spreadsheet that pasted text begins with these is given a formula; the apostrophe makes it text.
_GUARD = "'"
#: Verdicts from the mildest to the gravest.
_RANK = ("pass", "note", "conditional", "undecided", "restricted", "fail")


@dataclass(frozen=True)
class Line:
    """One clause: its group, number, title, and for each site the finding that says most, or None."""

    group: str
    number: str
    title: str
    rulebook: str
    clause_id: str
    rows: tuple[Row | None, ...]

    @property
    def standings(self) -> tuple[str, ...]:
        """How the clause stands for each site."""
        return tuple(said.IDLE if row is None else said.standing(row) for row in self.rows)

    @property
    def differs(self) -> bool:
        """Whether the sites do not all have one answer."""
        return len(set(self.standings)) > 1

    @property
    def clear(self) -> bool:
        """Whether no site is concerned or open."""
        return set(self.standings) <= {said.CLEAR, said.IDLE}


def lines(verdicts: Sequence[Row], rows: Iterable[Row], words: Words) -> list[Line]:
    """Return the clauses that say something of at least one site, by group from the gravest."""
    place = {one.get("site_id"): i for i, one in enumerate(verdicts)}
    found: dict[tuple[str, str, str], list[Row | None]] = {}
    for row in said.ordered(row for row in rows if row.get("site_id") in place):
        key = (said.group(row), str(row.get("rulebook") or ""), str(row.get("clause_id") or ""))
        cells = found.setdefault(key, [None] * len(place))
        i = place[row.get("site_id")]
        # The first in reading order says most: what is hit, then what is nearest.
        if cells[i] is None:
            cells[i] = row
    made = []
    order = {name: i for i, name in enumerate(said.GROUPS)}
    for (group, book, clause), cells in found.items():
        first = next(row for row in cells if row is not None)
        line = Line(group, said.clause_number(first), said.title(first, words), book, clause, tuple(cells))
        if set(line.standings) != {said.IDLE}:
            made.append(line)
    return sorted(made, key=lambda line: (order.get(line.group, 99), line.rulebook, line.clause_id))


def chosen(every: Iterable[Line], *, differences: bool = False, hide_clear: bool = False) -> list[Line]:
    """Return the lines that are shown."""
    return [line for line in every if (line.differs or not differences) and not (hide_clear and line.clear)]


def cell(row: Row | None, words: Words) -> str:
    """Return a cell's words: a sign, the standing, the distance or the overlap."""
    if row is None:
        return ""
    own = said.standing(row)
    if own == said.IDLE:
        return said.SIGNS[own]
    parts = [f"{said.SIGNS[own]} {said.standing_title(own, words.lang)}"]
    gap = row.get("distance_m")
    if gap is not None and float(gap) > 0:
        parts.append(text.separation(gap, row.get("threshold_m"), words.lang))
    elif row.get("overlap_share") is not None and float(row["overlap_share"]) > 0:
        parts.append(text.share(row["overlap_share"]))
    return words.zh_en("，", ", ").join(part for part in parts if part)


def table(verdicts: Sequence[Row], shown: Sequence[Line], words: Words) -> list[list[str]]:
    """Return head and body as text: group, clause, title, then one column per site."""
    say = words.zh_en
    head = [say("类别", "Effect"), say("条款", "Clause"), say("要求", "Rule"), *(said.site_name(one) for one in verdicts)]
    answers = ["", "", say("初步结论", "Preliminary answer"), *(said.verdict_words(one, words.lang) for one in verdicts)]
    body = [
        [said.group_title(line.group, words.lang), line.number, line.title, *(cell(row, words) for row in line.rows)]
        for line in shown
    ]
    return [head, answers, *body]


def tsv(cells: Iterable[Sequence[str]]) -> str:
    """Return a table to paste into a spreadsheet; what looks like a formula stays text."""
    return "\n".join("\t".join(_flat(one) for one in row) for row in cells)


def _flat(value: str) -> str:
    words = " ".join(value.split())
    return f"{_GUARD}{words}" if words.startswith(("=", "+", "-", "@")) else words


def as_html(cells: Sequence[Sequence[str]]) -> str:
    """Return a table to paste into a document; a spreadsheet takes its cells as text."""
    style = ' style="mso-number-format:\'\\@\'"'
    rows = []
    for number, row in enumerate(cells):
        tag = "th" if number == 0 else "td"
        rows.append("<tr>" + "".join(f"<{tag}{style}>{html.escape(one)}</{tag}>" for one in row) + "</tr>")
    body = f'<table border="1">{"".join(rows)}</table>'
    return f'<html><head><meta charset="utf-8"></head><body>{body}</body></html>'


def write_xlsx(
    path: str | Path, verdicts: Sequence[Row], shown: Sequence[Line], words: Words, *,
    publication: Publication = INTERNAL,
) -> Path:  # fmt: skip
    """Write the table as a workbook, dated as the check is, with the marks of its publication.

    Raises
    ------
    InputError
        If openpyxl is missing or the file cannot be written.
    """
    from .report.sheet import Column, Styles, add_table, finish, workbook

    say = words.zh_en
    book, styles = workbook(), Styles()
    head, *body = table(verdicts, shown, words)
    columns = [
        Column(head[0], widest=12), Column(head[1], widest=16), Column(head[2], widest=36),
        *(Column(one, widest=26) for one in head[3:]),
    ]  # fmt: skip
    marks = ["", *("late" if said.HIT in line.standings else "" if line.clear else "open" for line in shown)]
    heading = say("候选地块比选", "Candidate sites side by side")
    notes = [
        *publication.marks(words.lang),
        say("研判日期:", "As of: ") + text.day(words.as_of, words.lang)
        + say("；以上为初步研判，不代替审批决定。", "; a preliminary assessment, the decision is the office's."),
        say("图例:", "Signs: ") + say("，", ", ").join(
            f"{sign} {said.standing_title(name, words.lang)}" for name, sign in said.SIGNS.items()
        ),
    ]  # fmt: skip
    add_table(book, styles, say("比选", "Comparison"), heading, notes, columns, body, marks=marks, lang=words.lang,
              empty=say("(无记录)", "(no rows)"))  # fmt: skip
    return finish(book, path, words.as_of)


def sites_in_order(verdicts: Iterable[Row], by: str) -> list[Row]:
    """Return the sites ``given`` as they came, by ``name``, or by ``verdict`` from the mildest to the gravest."""
    found = list(verdicts)
    if by == "name":
        return sorted(found, key=lambda one: (said.site_name(one), str(one.get("site_id"))))
    if by == "verdict":
        return sorted(
            found, key=lambda one: (_RANK.index(said.verdict_value(one)), float(one.get("pending") or 0))
        )
    return found
