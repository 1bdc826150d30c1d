"""How far is the plan carried out?  The inventory clauses computed from the map (方案落实情况)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .clauses.context import Context, Subjects
from .clauses.model import Clause, Rulebook
from .findings import FINDING_COLUMNS, ISSUE_COLUMNS, table
from .progress import SILENT, Progress, part, report
from .siting import describe, judge, working_distances

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from .onemap import OneMap

#: One row per clause and listed layer.
BOARD_COLUMNS: Mapping[str, str] = {
    "rulebook": "t", "clause_id": "t", "clause": "t", "clause_zh": "t", "clause_en": "t", "kind": "t",
    "effect": "t", "layer": "t", "layer_zh": "t", "department": "t", "state": "t", "checked": "f",
    "listed": "f", "tentative": "f", "open": "f", "settled": "f", "outstanding": "f", "deadline_words": "t",
    "deadline": "t", "overdue_days": "f", "responsible": "t", "quote": "t", "why": "t", "why_en": "t",
    "reference": "b",
}  # fmt: skip


@dataclass(frozen=True)
class PlanResult:
    """The plan board; all frames in EPSG:4490.

    Attributes
    ----------
    findings : GeoDataFrame
        The features that the inventory clauses list, with hits, tentative hits and what cannot be told.
    board : GeoDataFrame
        One row per clause and layer (:data:`BOARD_COLUMNS`; no geometry).  `state` is ``done`` (nothing
        outstanding), ``outstanding``, ``overdue`` or ``not_computable``.
    issues : GeoDataFrame
    as_of : date
    books : list of Rulebook
    fingerprints : list of dict
    working : dict
        The office's own distances that were used.
    """

    findings: gpd.GeoDataFrame
    board: gpd.GeoDataFrame
    issues: gpd.GeoDataFrame
    as_of: date
    books: Sequence[Rulebook]
    fingerprints: list[dict[str, Any]]
    working: dict[str, float] = field(default_factory=dict)


def board(
    onemap: OneMap,
    books: Sequence[Rulebook],
    *,
    as_of: date,
    working: Mapping[str, float] | None = None,
    progress: Progress = SILENT,
) -> PlanResult:
    """List, for every inventory clause, the features of the map that it is about.

    Parameters
    ----------
    onemap : OneMap
    books : sequence of Rulebook
    as_of : date
        The day on which features, zones and coverage must be in force and deadlines are compared.
    working : mapping of str to float, optional
        The office's own distances in metres, by name.

    Raises
    ------
    InputError
        If a layer has no CRS or an attribute holds what it cannot.
    Cancelled
        If the progress says so.
    """
    import pandas as pd

    context = Context(onemap, as_of, dict(working or {}))
    jobs = [(b, clause, name) for b in books for clause in b.of_kind("inventory") for name in clause.of]
    found: list[pd.DataFrame] = []
    rows: list[dict[str, Any]] = []
    for i, (book, clause, name) in enumerate(jobs):
        report(progress, i / len(jobs), f"{book.id} {clause.id} {name}")
        context.jurisdiction_code = book.jurisdiction.code
        context.progress = part(progress, i / len(jobs), (i + 1) / len(jobs))
        row, evidence = _one(clause, book, name, context)
        rows.append(row)
        if evidence is not None and len(evidence):
            found.append(evidence)
    report(progress, 1.0, "done")
    return PlanResult(
        table(pd.concat(found, ignore_index=True) if found else [], FINDING_COLUMNS),
        table(rows, BOARD_COLUMNS),
        table(context.issues, ISSUE_COLUMNS),
        as_of,
        list(books),
        [onemap.fingerprint(layer) for layer in sorted(context.used)],
        working_distances([clause for _, clause, _ in jobs], context.working),
    )


def _one(
    clause: Clause, book: Rulebook, name: str, context: Context
) -> tuple[dict[str, Any], pd.DataFrame | None]:
    onemap, as_of = context.onemap, context.as_of
    row: dict[str, Any] = {
        "rulebook": book.id,
        "clause_id": clause.id,
        "clause": clause.clause,
        "clause_zh": clause.zh,
        "clause_en": clause.en,
        "kind": clause.kind,
        "effect": clause.effect,
        "layer": name,
        "layer_zh": onemap.title(name),
        "department": onemap.department(name),
        "deadline_words": clause.deadline_words,
        "deadline": clause.deadline.isoformat() if clause.deadline else None,
        "responsible": str(clause.responsible),
        "quote": clause.quote,
        "reference": book.state(clause, as_of) != "in_force",
    }
    zones = context.zones(name)
    if zones is None:
        row["why"], row["why_en"] = context.incompleteness(name)
        return {**row, "state": "not_computable"}, None
    subjects = Subjects(zones.frame[zones.usable].reset_index(drop=True), name)
    evidence = describe(judge(clause, subjects, context, None), clause, book, subjects, as_of)
    evidence = evidence[evidence["status"].isin(["hit", "not_assessed"])].reset_index(drop=True)
    settled = _settled(onemap, name, subjects)
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
    late = (as_of - clause.deadline).days if clause.deadline and as_of > clause.deadline else 0
    complete = bool(np.all(_declared(context, name)))
    if not complete:
        row["why"], row["why_en"] = context.incompleteness(name)
    if outstanding:
        state = "overdue" if late else "outstanding"
    elif len(doubtful) or len(unknown) or not complete:
        state = "not_computable"
    else:
        state = "done"
    row.update(
        state=state,
        checked=len(subjects),
        listed=len(listed),
        tentative=len(doubtful),
        open=len(unknown),
        settled=int(settled[listed].sum()),
        outstanding=outstanding,
        overdue_days=late if outstanding else 0,
    )
    return row, evidence


def _shown(shape: Any) -> bool:
    return shape is not None and shape == shape and not shapely.is_empty(shape)


def _declared(context: Context, name: str) -> NDArray[np.bool_]:
    """Tell whether the layer is declared complete over the jurisdiction (False where none is known)."""
    area = context.jurisdiction
    if area is None:
        return np.array([False])
    import geopandas as gpd

    return context.complete(name, Subjects(gpd.GeoDataFrame(geometry=[area], crs=4490)))


def _settled(onemap: OneMap, name: str, subjects: Subjects) -> NDArray[np.bool_]:
    """Tell which features the layer's own state calls dealt with (销号, 关停, 已消除 …)."""
    spec = onemap.spec(name)
    done = np.zeros(len(subjects), dtype=bool)
    for attribute, codes in (spec.settled if spec else {}).items():
        if attribute in subjects.frame.columns:
            done |= subjects.frame[attribute].isin(list(codes)).to_numpy()
    return done
