"""Rows of the plan board that hold figures: what an indicator clause measures, against its target."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from .clauses.context import CLEAR, HIT, OPEN, Context
from .clauses.figures import MET, MISSING, NOT_COMPUTABLE, NOT_MET, Behind, Reading, read
from .clauses.model import Clause, Figure, Rulebook, Target
from .clauses.relations import evidence
from .plan_columns import days_late, head
from .siting import describe

if TYPE_CHECKING:
    import pandas as pd


def figures(clause: Clause, book: Rulebook, context: Context) -> list[tuple[dict[str, Any], list[pd.DataFrame]]]:
    """Return for each figure of an indicator clause, or each group of it, its row and the findings behind it.

    Raises
    ------
    InputError
        If the rulebook asks for what its layers cannot give.
    """
    found = []
    for figure in clause.figures:
        for reading in read(figure, context, f"Rulebook '{book.id}', clause {clause.id},"):
            row = _row(clause, book, figure, reading, context)
            found.append((row, [_findings(clause, book, row, behind, context) for behind in reading.behind]))
    return found


def _row(clause: Clause, book: Rulebook, figure: Figure, reading: Reading, context: Context) -> dict[str, Any]:
    as_of = context.as_of
    target = figure.target(as_of)
    met = reading.meets(target) if target is not None else None
    missed = _missed(clause, figure, reading, as_of)
    late = max((days_late(_day(one, clause), as_of) for one in missed), default=0)
    if target is None:
        # Without a target there is only the number to say.
        state = "no_target" if reading.defined else "not_computable"
    elif late:
        state = "overdue"
    else:
        state = {MET: "done", NOT_MET: "outstanding", NOT_COMPUTABLE: "not_computable"}[met or NOT_COMPUTABLE]
    low, high = reading.bounds
    row = head(clause, book, figure.of.layer, context)
    row.update(
        figure_id=figure.id,
        figure_zh=figure.zh,
        figure_en=figure.en,
        figure_group=reading.group,
        state=state,
        met=met,
        checked=reading.checked if reading.behind else None,
        open=sum(int((behind.role == MISSING).sum()) for behind in reading.behind) if reading.behind else None,
        overdue_days=late,
        numerator=_number(reading.numerator),
        denominator=_number(reading.denominator),
        value=_number(reading.value) if reading.defined or not reading.lacking else None,
        low=_number(low),
        high=_number(high),
        unit=figure.unit,
        source=",".join(reading.source()),
        missing=",".join(dict.fromkeys(name for why, _ in reading.lacking for name in why.lacks.split(","))),
    )
    if target is not None:
        day = _day(target, clause)
        row.update(
            target=threshold(target),
            target_words=target.words,
            target_by=target.by.isoformat() if target.by else None,
            deadline_words=target.words or clause.deadline_words,
            deadline=day.isoformat() if day else None,
        )
    row["why"], row["why_en"] = _why(reading, target, missed, as_of)
    return row


def threshold(target: Target) -> str:
    """Write what must be reached: ≥55, ≤0, 40–60."""
    low, high = target.minimum, target.maximum
    if low is not None and high is not None:
        return f"{low:g}" if low == high else f"{low:g}–{high:g}"
    return f"≥{low:g}" if low is not None else f"≤{high:g}"


def _day(target: Target, clause: Clause) -> date | None:
    return target.by or clause.deadline


def _missed(clause: Clause, figure: Figure, reading: Reading, as_of: date) -> list[Target]:
    """Return the targets whose day is past and that today's figure does not meet, the earliest first."""
    ordered = sorted(figure.targets, key=lambda one: _day(one, clause) or date.max)
    return [t for t in ordered if days_late(_day(t, clause), as_of) and reading.meets(t) == NOT_MET]


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _why(reading: Reading, target: Target | None, missed: list[Target], as_of: date) -> tuple[str, str]:
    zh = [f"{why.zh}({n}个)" if n else why.zh for why, n in reading.lacking]
    en = [f"{why.en} ({n})" if n else why.en for why, n in reading.lacking]
    if not reading.defined and not reading.lacking:
        zh.append("没有可计算的对象")
        en.append("there is nothing to measure")
    for one in missed:
        if one is not target:
            words = one.words or (one.by.isoformat() if one.by else "")
            zh.append(f"{words}目标{threshold(one)}{reading.figure.unit}至今未达到")
            en.append(f"the target {threshold(one)} {reading.figure.unit} of {words} is still not reached")
    return ";".join(zh), "; ".join(en)


def _findings(
    clause: Clause, book: Rulebook, row: dict[str, Any], behind: Behind, context: Context
) -> pd.DataFrame:
    """Return the features behind a figure: `relation` holds their role, `zone_id` and `zone_name` the figure."""
    members = behind.members
    rows = np.flatnonzero(behind.role != "")
    role = behind.role[rows]
    unknown = role == MISSING
    hit = behind.wrong[rows] & ~unknown & (row["met"] == NOT_MET)
    reasons = [members.reasons[r] if u else [] for r, u in zip(rows, unknown)]
    title = row["figure_zh"] + (f"({row['figure_group']})" if row["figure_group"] else "")
    found = evidence(
        len(rows),
        subject=rows,
        state=np.select([unknown, hit], [OPEN, HIT], CLEAR),
        zone_layer=[why[0].lacks.partition(".")[0].partition(",")[0] if why else None for why in reasons],
        zone_id=row["figure_id"],
        zone_name=title,
        relation=role,
        why=[";".join(dict.fromkeys(w.zh for w in why)) for why in reasons],
        why_en=["; ".join(dict.fromkeys(w.en for w in why)) for why in reasons],
        department=[why[0].department if why else None for why in reasons],
        geometry=members.geometry[rows],
    )
    if behind.size is not None:
        found["length_m" if row["unit"] in ("m", "米", "km", "公里", "千米") else "area_m2"] = behind.size[rows]
    found["status"] = np.select([unknown, hit], ["not_assessed", "hit"], "clear").astype(object)
    found["tentative"] = False
    found = describe(found, clause, book, members.subjects, context.as_of)
    found["deadline"], found["deadline_words"] = row["deadline"], row["deadline_words"]
    found["overdue"] = hit & (row["state"] == "overdue")
    return found

