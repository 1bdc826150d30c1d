"""How far is the plan carried out?  Inventory, coverage and indicator clauses computed from the map (方案落实情况)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from .clauses.context import Context
from .clauses.model import Rulebook
from .findings import FINDING_COLUMNS, ISSUE_COLUMNS, table
from .plan_columns import BOARD_COLUMNS
from .plan_figures import figures
from .plan_lists import listing
from .progress import SILENT, Progress, part, report
from .siting import working_distances

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from .onemap import OneMap

__all__ = ["BOARD_COLUMNS", "PlanResult", "board"]


@dataclass(frozen=True)
class PlanResult:
    """The plan board; all frames in EPSG:4490.

    Attributes
    ----------
    findings : GeoDataFrame
        What inventory clauses list and coverage clauses find not served: hits, tentative hits and what cannot be
        told; and the features behind the figures of indicator clauses, whose `relation` is ``counted``,
        ``missing_attribute`` or ``short`` and whose `zone_id` is the figure's id.
    board : GeoDataFrame
        One row per clause and layer, or per figure (:data:`~.plan_columns.BOARD_COLUMNS`; no geometry).  `state`
        is ``done`` (nothing outstanding), ``outstanding``, ``overdue``, ``not_computable`` or ``no_target``.
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
    """Compute every inventory, coverage and indicator clause from the map.

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
        If a layer has no CRS, an attribute holds what it cannot, or a figure asks for what its layer cannot give.
    Cancelled
        If the progress says so.
    """
    import pandas as pd

    context = Context(onemap, as_of, dict(working or {}))
    jobs = [
        (book, clause, name)
        for book in books
        for clause in book.of_kind("inventory", "coverage", "indicator")
        for name in (clause.of if clause.kind != "indicator" else (None,))
    ]
    found: list[pd.DataFrame] = []
    rows: list[dict[str, Any]] = []
    for i, (book, clause, name) in enumerate(jobs):
        report(progress, i / len(jobs), f"{book.id} {clause.id} {name or ''}".strip())
        context.jurisdiction_code = book.jurisdiction.code
        context.progress = part(progress, i / len(jobs), (i + 1) / len(jobs))
        if name is None:
            for row, behind in figures(clause, book, context):
                rows.append(row)
                found += [one for one in behind if len(one)]
            continue
        row, evidence = listing(clause, book, name, context)
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
