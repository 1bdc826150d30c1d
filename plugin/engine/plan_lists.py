"""Rows of the plan board that list features: inventories, and what a coverage clause finds not served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .clauses.conditions import YES, evaluate, missing
from .clauses.context import Context, Subjects
from .clauses.members import declared
from .clauses.model import Clause, Rulebook
from .plan_columns import MET_OF_STATE, days_late, head
from .siting import describe, judge

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from .onemap import OneMap


def listing(
    clause: Clause, book: Rulebook, name: str, context: Context
) -> tuple[dict[str, Any], pd.DataFrame | None]:
    """Return the row of one inventory or coverage clause for one layer, and its findings."""
    onemap, as_of = context.onemap, context.as_of
    row = head(clause, book, name, context)
    row["source"] = ",".join([f"{name}.{test.attribute}" for test in clause.when] or [name])
    row["unit"] = "%"
    zones = context.zones(name)
    if zones is None:
        row["why"], row["why_en"] = context.incompleteness(name)
        row["missing"] = name
        return {**row, "state": "not_computable", "met": "not_computable"}, None
    subjects = Subjects(zones.frame[zones.usable].reset_index(drop=True), name)
    judged = describe(judge(clause, subjects, context, None), clause, book, subjects, as_of)
    bound = np.unique(judged.loc[judged["status"] != "not_applicable", "subject"].to_numpy(dtype=int))
    evidence = judged[judged["status"].isin(["hit", "not_assessed"])].reset_index(drop=True)
    # What is not served is a gap whatever the feature's own state; only a listed problem can be settled.
    gaps = clause.kind == "coverage"
    settled = np.zeros(len(subjects), dtype=bool) if gaps else _settled(onemap, name, subjects)
    owner = evidence["subject"].to_numpy(dtype=int)
    evidence["overdue"] = evidence["overdue"].to_numpy(dtype=bool) & ~settled[owner]
    evidence["geometry"] = [
        shape if _shown(shape) else subjects.geometry[o] for shape, o in zip(evidence["geometry"], owner)
    ]
    hit = (evidence["status"] == "hit").to_numpy()
    tentative = evidence["tentative"].to_numpy(dtype=bool)
    listed = np.unique(owner[hit & ~tentative])
    doubtful = np.setdiff1d(owner[hit & tentative], listed)
    unknown = np.setdiff1d(owner[~hit], np.union1d(listed, doubtful))
    outstanding = int((~settled[listed]).sum())
    late = days_late(clause.deadline, as_of)
    complete = declared(context, name)
    lacking = _lacking(clause, subjects, evidence[~hit | tentative], complete)
    if not complete:
        row["why"], row["why_en"] = context.incompleteness(name)
    elif outstanding == 0 and len(lacking):
        row["why"], row["why_en"] = _first_reason(evidence[~hit | tentative])
    named = [test for test in clause.when if test.attribute == "name" and (test.among or test.equals)]
    nowhere = bool(named) and not (evaluate(named, subjects.frame) == YES).any()
    if nowhere:
        # The document speaks of one thing by its name: not to find it is no sign that it is dealt with.
        wanted = "、".join(str(v) for test in named for v in (test.among or (test.equals,)))
        row["why"], row["why_en"] = f"图上没有名为“{wanted}”的要素", f"nothing on the map is named {wanted}"
        lacking = list(dict.fromkeys([*lacking, f"{name}.name"]))
    if outstanding:
        state = "overdue" if late else "outstanding"
    elif nowhere or len(doubtful) or len(unknown) or not complete:
        state = "not_computable"
    else:
        state = "done"
    row.update(
        state=state,
        met=MET_OF_STATE[state],
        checked=len(bound) if gaps else len(subjects),
        listed=len(listed),
        tentative=len(doubtful),
        open=len(unknown),
        settled=int(settled[listed].sum()),
        outstanding=outstanding,
        overdue_days=late if outstanding else 0,
        missing=",".join(lacking) or None,
    )
    if gaps:
        row["gap_m2"] = float(np.nansum(evidence.loc[hit & ~tentative, "area_m2"].astype(float)))
        row.update(_share(len(bound) - len(listed) - len(doubtful) - len(unknown), len(doubtful) + len(unknown),
                          len(bound), complete))  # fmt: skip
    else:
        closed = int(settled[listed].sum())
        row.update(numerator=closed, denominator=len(listed))
        row["value"] = 100.0 * closed / len(listed) if len(listed) else None
    return row, evidence


def _share(served: int, unknown: int, count: int, complete: bool) -> dict[str, Any]:
    """Return which share of the features is served, and between which bounds it lies."""
    if not count:
        return {"numerator": 0, "denominator": 0}
    known = count - unknown
    return {
        "numerator": served,
        "denominator": count,
        "value": 100.0 * served / known if known else None,
        "low": 100.0 * served / count if complete else 0.0,
        "high": 100.0 * (served + unknown) / count if complete else 100.0,
    }


def _lacking(clause: Clause, subjects: Subjects, open_: pd.DataFrame, complete: bool) -> list[str]:
    """Return what leaves something open: the listed layer, its attributes that are not given, the layers beside."""
    found = [] if complete else [subjects.layer]
    owners = np.unique(open_["subject"].to_numpy(dtype=int))
    for names in missing(clause.when, subjects.frame.iloc[owners]) if len(owners) else []:
        found += [f"{subjects.layer}.{attribute}" for attribute in names]
    # What is open for the feature's own sake alone is not for another layer to answer.
    own = (open_["why"] == open_["question"]).to_numpy() if "question" in open_ else np.zeros(len(open_), dtype=bool)
    found += [layer for layer in open_.loc[~own, "zone_layer"] if isinstance(layer, str) and layer]
    return list(dict.fromkeys(found))


def _first_reason(open_: pd.DataFrame) -> tuple[str | None, str | None]:
    for zh, en in zip(open_["why"], open_["why_en"]):
        if isinstance(zh, str) and zh:
            return zh, en
    return None, None


def _shown(shape: Any) -> bool:
    return shape is not None and shape == shape and not shapely.is_empty(shape)


def _settled(onemap: OneMap, name: str, subjects: Subjects) -> NDArray[np.bool_]:
    """Tell which features the layer's own state calls dealt with (销号, 关停, 已消除 …)."""
    spec = onemap.spec(name)
    done = np.zeros(len(subjects), dtype=bool)
    for attribute, codes in (spec.settled if spec else {}).items():
        if attribute in subjects.frame.columns:
            done |= subjects.frame[attribute].isin(list(codes)).to_numpy()
    return done
