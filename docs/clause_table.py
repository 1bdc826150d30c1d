"""Write docs/clauses.md: every row of the five plans, the rules made of it, and what each runs on.

Run it after a change of a rulebook: ``.venv/bin/python docs/clause_table.py``.  A test holds the file to the books.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.clauses.book import SHIPPED, load_book
from envzones.plugin.engine.clauses.model import KINDS, Clause, Combination, Rulebook, Where

#: Rulebook -> the letter and the number of its rows in the index of the five documents: 209 in all.
ROWS = {
    "jiyuan-2018": ("J", 72),
    "kaifeng-2020-air": ("K", 33),
    "zhengzhou-2020-air": ("ZA", 14),
    "zhengzhou-2020-water": ("ZW", 18),
    "zhengzhou-2020-soil": ("ZS", 16),
    "qibin-2023": ("Q", 18),
    "xuchang-2018": ("X", 38),
}
LAW = "national-henan"
TARGET = Path(__file__).with_name("clauses.md")
_KIND_WORDS = {
    "siting": "may this go here (选址)",
    "inventory": "what lies inside (清单)",
    "coverage": "what is not served (覆盖)",
    "indicator": "a figure against its target (指标)",
    "register": "kept as a list, nothing to compute (登记)",
}


def expected(name: str) -> list[str]:
    """Return the ids of the rows that a document has in the index."""
    letter, count = ROWS[name]
    return [f"{letter}{number:02d}" for number in range(1, count + 1)]


def relations(where: Where | None) -> list[str]:
    """Return the verbs of a condition, each once, in order."""
    if where is None:
        return []
    if isinstance(where, Combination):
        return list(dict.fromkeys(verb for branch in where.of for verb in relations(branch)))
    return [where.verb]


def computed(clause: Clause) -> bool:
    """Tell whether a rule runs: all but the registers, if the catalog has every layer it looks at."""
    return clause.kind != "register" and all(name in load_catalog() for name in clause.layers())


def _told(clause: Clause) -> str:
    if clause.kind == "register":
        return "—"
    if clause.kind == "indicator":
        return ", ".join(dict.fromkeys(figure.measure for figure in clause.figures))
    return ", ".join(relations(clause.where))


def _table(book: Rulebook) -> list[str]:
    lines = ["| row | clause | rule | kind | effect | relation or measure | layers |", "|---|---|---|---|---|---|---|"]
    for clause in sorted(book.clauses, key=lambda one: (one.row, one.id)):
        layers = ", ".join(f"`{name}`" for name in sorted(clause.layers())) or "—"
        where = clause.basis.zh + clause.basis.article if clause.basis else clause.clause
        lines.append(
            f"| {clause.row} | {where} | {clause.id} {clause.zh} | {clause.kind} | {clause.effect} | {_told(clause)} |"
            f" {layers} |"
        )
    return lines


def page() -> str:
    """Return the whole page."""
    books = {name: load_book(SHIPPED / f"{name}.yaml") for name in (*ROWS, LAW)}
    lines = [
        "# The clauses, and what becomes of each",
        "",
        "Written by `docs/clause_table.py` from the rulebooks in `resources/rulebooks/`; a test holds it to them.",
        "A *row* is a place of a plan document that speaks of space; it may hold several *rules*, because one sentence",
        "may forbid what is new and close what exists. Kinds: "
        + "; ".join(f"**{kind}** {words}" for kind, words in _KIND_WORDS.items())
        + ".",
        "",
        "| rulebook | document | rows | " + " | ".join(KINDS) + " | rows that compute |",
        "|---|---|---|" + "---|" * len(KINDS) + "---|",
    ]
    total, running, kinds = 0, 0, Counter()
    for name in ROWS:
        book = books[name]
        rows = expected(name)
        there = {clause.row for clause in book.clauses}
        count = Counter(clause.kind for clause in book.clauses)
        runs = {clause.row for clause in book.clauses if computed(clause)} & set(rows)
        total, running, kinds = total + len(there & set(rows)), running + len(runs), kinds + count
        lines.append(
            f"| [{name}](#{name}) | {book.document.zh} | {len(there & set(rows))} of {len(rows)} | "
            + " | ".join(str(count[kind]) for kind in KINDS)
            + f" | {len(runs)} |"
        )
    lines.append(
        f"| **all** | | **{total} of {sum(count for _, count in ROWS.values())}** | "
        + " | ".join(f"**{kinds[kind]}**" for kind in KINDS)
        + f" | **{running}** |"
    )
    law = Counter(clause.kind for clause in books[LAW].clauses)
    lines += [
        f"| [{LAW}](#{LAW}) | {books[LAW].document.zh} | — | " + " | ".join(str(law[kind]) for kind in KINDS) + " | — |",
        "",
        "Rows beyond the index (J73, K34 …) are clauses that it had missed. The law is stated in our own words (摘要),",
        "with its article and a mark of how well it is known; it is never printed as a quotation.",
        "",
    ]
    for name, book in books.items():
        lines += [f"## {name}", "", f"{book.document.zh} {book.document.number}".rstrip(), "", *_table(book), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
    sys.stderr.write(f"{TARGET.name} written\n")
