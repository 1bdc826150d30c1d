"""The verb ``plan`` of the command line."""

from __future__ import annotations

import argparse
from typing import Any

from .cli_books import add_books, books_of, onemap_of
from .cli_io import (
    EXIT_FINDINGS,
    add_documents,
    add_out,
    add_verb,
    check_outputs,
    progress_bar,
    say,
    say_issues,
    write_documents,
)

_MET = {"met": "met", "not_met": "NOT MET", "not_computable": "not computable", None: "no target"}


def add_plan(verbs: Any) -> None:
    """Declare ``envzones plan``."""
    one = add_verb(
        verbs, "plan", _plan, "how far the plans are carried out: lists, gaps and figures against their targets"
    )
    add_books(one)
    one.add_argument(
        "--fail-on",
        choices=("overdue", "not_met", "not_computable"),
        help="exit 1 where a row is overdue; where one is not met; where one is not met or cannot be told",
    )
    add_out(one)
    add_documents(one)


def _plan(options: argparse.Namespace) -> int:
    from .engine.plan import board
    from .engine.report.content import about, frames, of_plan
    from .engine.report.rows import records
    from .engine.report.wording import board_summary
    from .store.results import write_results

    check_outputs(options)
    books, onemap = books_of(options), onemap_of(options)
    result = board(
        onemap,
        books,
        as_of=options.as_of,
        working=dict(options.working),
        progress=progress_bar("plan"),
    )
    content = of_plan(result, onemap)
    write_results(options.out, frames(content), about=about(content))
    write_documents(options, content)
    rows = records(result.board)
    for row in rows:
        say(f"  {row['clause_id']:6} {_MET[row['met']]:14} {_described(row)}")
    for book in sorted({row["rulebook"] for row in rows if row["reference"]}):
        say(f"  {book} is not in force on {result.as_of}: reference only (参考), but what is overdue stays overdue.")
    say(f"As of {result.as_of}: {board_summary(rows, 'en')}")
    say_issues(result.issues)
    states, met = {row["state"] for row in rows}, {row["met"] for row in rows}
    found = {
        "overdue": "overdue" in states,
        "not_met": "not_met" in met,
        "not_computable": bool(met & {"not_met", "not_computable"}),
    }
    return EXIT_FINDINGS if options.fail_on and found[options.fail_on] else 0


def _described(row: dict[str, Any]) -> str:
    """Say in one line what a row of the board found."""
    from .engine.report.wording import figure_title, parts_words, target_words, value_words

    parts = [f"{row['layer']:20}"]
    if row["kind"] == "indicator":
        parts[0] = f"{figure_title(row, 'en')}:"
        ratio = f" ({parts_words(row)})" if parts_words(row) else ""
        parts.append((value_words(row, "en") or "no value") + ratio)
        parts.append(f"against {target_words(row, 'en')}" if row["target"] else "")
    elif row["checked"] is not None:
        if row["kind"] == "coverage":
            parts.append(f"{row['listed']:.0f} of {row['checked']:.0f} not served")
        else:
            parts.append(f"{row['listed']:.0f} listed, {row['outstanding']:.0f} outstanding")
        pending = row["tentative"] + row["open"]
        parts.append(f"{pending:.0f} to be verified" if pending else "")
    if row["overdue_days"]:
        parts.append(f"{row['overdue_days']:.0f} days overdue")
    said = ", ".join(part for part in parts[1:] if part)
    why = f" [{row['why_en']}]" if row["why_en"] and row["met"] != "met" else ""
    return f"{parts[0]} {said}{why}"
