"""May this go here?  Candidate sites against every siting clause of the books (选址准入研判)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from . import geodesy
from .clauses.context import CLEAR, EVIDENCE, FLAGS, OPEN, Context, Subjects
from .clauses.model import NATURES, VERDICT_OF_EFFECT, VERDICTS, Clause, Rulebook, Where
from .clauses.relations import evaluate_where, evidence
from .control_units import crossed
from .errors import InputError
from .facilities import FacilityTypes, load_facility_types
from .findings import FINDING_COLUMNS, ISSUE_COLUMNS, VERDICT_COLUMNS, table, verdict_text
from .progress import SILENT, Progress, part, report
from .siting_binding import bindings, settle

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from .onemap import OneMap


@dataclass(frozen=True)
class CheckResult:
    """The answer of a siting check; all frames in EPSG:4490.

    Attributes
    ----------
    findings : GeoDataFrame
        One row per site, clause and piece of evidence (:data:`~.findings.FINDING_COLUMNS`).
    units : GeoDataFrame
        The control units (三线一单) crossed, with their lists (:data:`~.control_units.UNIT_COLUMNS`).
    verdicts : GeoDataFrame
        One row per site, with the site's geometry.
    issues : GeoDataFrame
        What was wrong with the input, with a place to click on.
    as_of : date
    books : list of Rulebook
    fingerprints : list of dict
        What identifies the data of every layer used.
    working : dict
        The office's own distances that were used, by name.
    ground : Context
        For a check of other sites on the same map.
    """

    findings: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    verdicts: gpd.GeoDataFrame
    issues: gpd.GeoDataFrame
    as_of: date
    books: Sequence[Rulebook]
    fingerprints: list[dict[str, Any]]
    working: dict[str, float] = field(default_factory=dict)
    ground: Context | None = field(default=None, repr=False, compare=False)


def check(
    sites: gpd.GeoDataFrame,
    onemap: OneMap,
    books: Sequence[Rulebook],
    *,
    as_of: date,
    facility_type: str | None = None,
    nature: str | None = None,
    working: Mapping[str, float] | None = None,
    facilities: FacilityTypes | None = None,
    ground: Context | None = None,
    progress: Progress = SILENT,
) -> CheckResult:
    """Check candidate sites against every siting clause.

    Parameters
    ----------
    sites : GeoDataFrame
        Points, lines or polygons in any declared CRS.  Columns read: `site_id` (else `uid`, else the row
        number), `name`, `facility_type`, `nature`, `accuracy_m`, and every attribute that a clause asks for.
    onemap : OneMap
    books : sequence of Rulebook
        A book not in force on `as_of` is reported as reference and stays outside the verdict.
    as_of : date
        The day on which zones, coverage declarations and books must be in force.
    facility_type, nature : str, optional
        For sites that do not say it themselves.
    working : mapping of str to float, optional
        The office's own distances in metres, by name.
    ground : Context, optional
        What a check of other sites on the same map, day and distances has worked out already
        (:attr:`CheckResult.ground`); it tells no issue of the map again.

    Raises
    ------
    InputError
        For a CRS that is missing, a facility type or nature that is unknown, an id used twice.
    Cancelled
        If the progress says so.
    """
    facilities = facilities or load_facility_types()
    context_issues: list[dict[str, Any]] = []
    frame = prepared(sites, facility_type, nature, facilities, context_issues)
    subjects = Subjects(frame, "site")
    parts: list[tuple[pd.DataFrame, dict[str, NDArray[Any]]]] = []
    context = (
        ground.again(progress, context_issues)
        if ground
        else Context(onemap, as_of, dict(working or {}), progress=progress, issues=context_issues)
    )
    units = crossed(subjects, context)
    clauses = [(book, clause) for book in books for clause in book.of_kind("siting")]
    for i, (book, clause) in enumerate(clauses):
        report(progress, i / max(len(clauses), 1), f"{book.id} {clause.id}")
        context.jurisdiction_code = book.jurisdiction.code
        context.progress = part(progress, i / len(clauses), (i + 1) / len(clauses))
        rows = judge(clause, subjects, context, facilities)
        parts.append((rows, _described(rows, clause, book, subjects, as_of)))
    findings = _joined(parts)
    verdicts = _verdicts(frame, findings, as_of)
    report(progress, 1.0, "done")
    return CheckResult(
        findings,
        units,
        verdicts,
        table(context.issues, ISSUE_COLUMNS),
        as_of,
        list(books),
        [onemap.fingerprint(name) for name in sorted(context.used)],
        working_distances([clause for _, clause in clauses], context.working),
        context,
    )


def working_distances(clauses: Iterable[Clause], working: Mapping[str, float]) -> dict[str, float]:
    """Return the office's own distances that `clauses` ask for, in metres by name, defaults included."""
    return {
        length.working: length.resolve(working)
        for clause in clauses
        for relation in clause.relations()
        for length in relation.lengths.values()
        if length.working
    }


def prepared(
    sites: gpd.GeoDataFrame,
    facility_type: str | None,
    nature: str | None,
    facilities: FacilityTypes,
    issues: list[dict[str, Any]],
) -> gpd.GeoDataFrame:
    """Return the sites that can be checked, in EPSG:4490, with ``site_id``, ``name``, ``facility_type`` and ``nature``.

    `issues` receives a row for each site whose geometry is unusable.  Raises InputError as :func:`check` does.
    """
    frame = geodesy.to_storage(sites, "sites").reset_index(drop=True).copy()
    key = next((name for name in ("site_id", "uid") if name in frame.columns), None)
    ids = [_said(v) for v in frame[key]] if key else [None] * len(frame)
    frame["site_id"] = _texts([one or str(row + 1) for row, one in enumerate(ids)])
    twice = frame["site_id"][frame["site_id"].duplicated()]
    if len(twice):
        raise InputError(f"Site id '{twice.iloc[0]}' is used twice; give each site its own id.")
    frame["name"] = _texts(
        [_said(v) for v in frame["name"]] if "name" in frame.columns else [None] * len(frame)
    )
    for name, default in (("facility_type", facility_type), ("nature", nature)):
        stated = [_said(v) for v in frame[name]] if name in frame.columns else [None] * len(frame)
        frame[name] = _texts([value or default for value in stated])
    for kind in {value for value in frame["facility_type"] if value}:
        facilities.get(kind)
    for value in {value for value in frame["nature"] if value}:
        if value not in NATURES:
            raise InputError(f"Project nature '{value}' is unknown; use one of {', '.join(NATURES)}.")
    geometry = np.asarray(frame.geometry.array, dtype=object)
    usable = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    valid = shapely.is_valid(geometry)
    for row in np.flatnonzero(~usable | ~valid):
        reason = "没有几何" if not usable[row] else shapely.is_valid_reason(geometry[row])
        issues.append(
            {
                "severity": "error",
                "code": "site_geometry",
                "site_id": frame["site_id"].iloc[row],
                "message_zh": f"候选地块 {frame['site_id'].iloc[row]} 几何不可用({reason}),未作研判,请修正后重试",
                "message_en": f"site {frame['site_id'].iloc[row]} was not checked: its geometry is unusable"
                f" ({'none' if not usable[row] else reason}); correct it and run again",
                "geometry": shapely.Point(shapely.get_coordinates(geometry[row])[0]) if usable[row] else None,
            }
        )
    return frame[usable & valid].reset_index(drop=True)


def _texts(values: list[str | None]) -> pd.Series:
    """Return a column of text or None; pandas 3 would turn a plain list's None into NaN."""
    import pandas as pd

    return pd.Series(values, dtype=object)


def _said(value: Any) -> str | None:
    return None if value is None or value != value or str(value).strip() == "" else str(value).strip()


def judge(
    clause: Clause, subjects: Subjects, context: Context, facilities: FacilityTypes | None
) -> pd.DataFrame:
    """Answer one clause for all subjects: evidence rows plus `status` and `tentative`.

    `facilities` is given for siting clauses, which bind by facility type and project nature; an inventory
    binds by layer and needs none.
    """
    import pandas as pd

    bound = bindings(clause, subjects, facilities)
    area = context.jurisdiction
    if area is not None and len(subjects):
        home = context.once(
            ("home", context.jurisdiction_code), subjects, lambda: shapely.intersects(area, subjects.geometry)
        )
        bound.abroad(~home & (bound.state != CLEAR))
    rows = np.flatnonzero(bound.state != CLEAR)
    frames = []
    if len(rows) and clause.where is not None:
        outcome = evaluate_where(clause.where, subjects.take(rows), context)
        frames.append(settle(clause, subjects, rows, outcome, bound))
        if facilities is None:
            # What a listed feature leaves open is for the department that keeps its layer.
            own = frames[-1]["lacks"].to_numpy(dtype=bool) & (frames[-1]["state"] != OPEN).to_numpy()
            frames[-1].loc[own, "department"] = context.onemap.department(subjects.layer)
        if clause.focus and clause.focus.where and len(frames[-1]):
            frames[-1]["focus"] = _focus(clause.focus.where, subjects, frames[-1], context)
    idle = np.flatnonzero(bound.state == CLEAR)
    if len(idle):
        zh, en = bound.said(idle)
        blank = evidence(len(idle), subject=idle, why=zh, why_en=en)
        blank["status"], blank["tentative"], blank["lacks"] = "not_applicable", False, False
        frames.append(blank)
    filled = [f for f in frames if len(f)]
    return (
        pd.concat(filled, ignore_index=True)
        if filled
        else pd.DataFrame(columns=[*EVIDENCE, "status", "tentative"])
    )


def _focus(where: Where, subjects: Subjects, rows: pd.DataFrame, context: Context) -> NDArray[Any]:
    """Tell which hits come first (重点): yes, no, or open.  The focus ranks; it never makes a hit clear."""
    owner = rows["subject"].to_numpy(dtype=int)
    hit = (rows["status"] == "hit").to_numpy()
    answer = np.full(len(rows), None, dtype=object)
    chosen = np.unique(owner[hit])
    if len(chosen):
        state = np.full(len(subjects), CLEAR, dtype=np.int8)
        state[chosen] = evaluate_where(where, subjects.take(chosen), context).state
        words = np.array(["no", "open", "open", "yes"], dtype=object)
        answer[hit] = words[state[owner[hit]]]
    return answer


def describe(
    rows: pd.DataFrame, clause: Clause, book: Rulebook, subjects: Subjects, as_of: date
) -> pd.DataFrame:
    """Add to evidence rows what they say of the subject and the clause."""
    return rows.assign(**_described(rows, clause, book, subjects, as_of))


def _described(
    rows: pd.DataFrame, clause: Clause, book: Rulebook, subjects: Subjects, as_of: date
) -> dict[str, NDArray[Any]]:
    """Column -> cells of what evidence rows say of the subject and the clause."""
    owner = rows["subject"].to_numpy(dtype=int)
    frame, n = subjects.frame, len(rows)
    key = "site_id" if "site_id" in frame else "uid"
    ids = (
        frame[key].to_numpy(dtype=object)
        if key in frame
        else np.array([str(k + 1) for k in range(len(frame))], dtype=object)
    )
    names = frame["name"].to_numpy(dtype=object) if "name" in frame else np.full(len(frame), None, dtype=object)
    late = clause.deadline is not None and as_of > clause.deadline
    state, basis = book.state(clause, as_of), clause.basis
    same = {
        "site_layer": subjects.layer, "rulebook": book.id, "clause_id": clause.id, "clause": clause.clause,
        "clause_zh": clause.zh, "effect": clause.effect, "quote": clause.quote, "operative": clause.operative,
        "deadline": clause.deadline.isoformat() if clause.deadline else None,
        "deadline_words": clause.deadline_words, "responsible": str(clause.responsible), "book_state": state,
        "basis": f"{basis.zh}{basis.article}" if basis else None,
    }  # fmt: skip
    return {
        "site_id": ids[owner],
        "site_name": names[owner],
        **{name: np.full(n, value, dtype=object) for name, value in same.items()},
        "overdue": late & (rows["status"] == "hit").to_numpy(dtype=bool),
        "reference": np.full(n, state != "in_force"),
        "verbatim": np.full(n, clause.verbatim, dtype=bool),
    }


def _joined(parts: list[tuple[pd.DataFrame, dict[str, NDArray[Any]]]]) -> gpd.GeoDataFrame:
    """Put the findings of all clauses one below the other, column by column."""
    filled = [(rows, said) for rows, said in parts if len(rows)]
    cells: dict[str, NDArray[Any]] = {}
    for name in (*FINDING_COLUMNS, "geometry"):
        column = [
            said[name] if name in said
            else rows[name].to_numpy(dtype=None if name in FLAGS else object) if name in rows
            else np.full(len(rows), None, dtype=object)
            for rows, said in filled
        ]  # fmt: skip
        if column:
            cells[name] = np.concatenate(column)
    return table(cells, FINDING_COLUMNS)


def _verdicts(frame: gpd.GeoDataFrame, findings: gpd.GeoDataFrame, as_of: date) -> gpd.GeoDataFrame:
    import pandas as pd

    n = len(frame)
    place = pd.Index(frame["site_id"])
    counted = findings[~findings["reference"].to_numpy(dtype=bool)]
    site = place.get_indexer(counted["site_id"])
    # Two books may have rules of one id; an older pandas makes no index of no rows.
    keys = counted[["rulebook", "clause_id"]]
    rule = pd.MultiIndex.from_frame(keys).factorize()[0] if len(keys) else np.zeros(0, dtype=int)
    grave = (
        counted["effect"]
        .map({one: VERDICTS.index(of) for one, of in VERDICT_OF_EFFECT.items()})
        .to_numpy(dtype=int)
    )
    status = counted["status"].to_numpy(dtype=object)
    certain = (status == "hit") & ~counted["tentative"].to_numpy(dtype=bool)
    doubtful = ((status == "hit") | (status == "not_assessed")) & ~certain
    pair = site * (int(rule.max(initial=0)) + 1) + rule
    # A clause that is hit beyond doubt is not counted again for its doubtful evidence.
    doubtful &= ~np.isin(pair, pair[certain])
    known, possible = (np.full(n, VERDICTS.index("pass")) for _ in range(2))
    hits, pending = np.zeros(n, dtype=int), np.zeros(n, dtype=int)
    for flags, worst, count in ((certain, known, hits), (doubtful, possible, pending)):
        rows = np.flatnonzero(flags)
        rows = rows[np.unique(pair[rows], return_index=True)[1]]
        np.minimum.at(worst, site[rows], grave[rows])
        np.add.at(count, site[rows], 1)
    asked = np.isin(np.arange(n), site)
    words = {
        key: verdict_text(VERDICTS[key[0]], VERDICTS[key[1]], key[2])
        for key in set(zip(known.tolist(), possible.tolist(), pending.tolist()))
    }
    nothing = ("没有在效条款可供研判", "no clause in force to check against")
    said = [
        words[key] if one else nothing
        for key, one in zip(zip(known.tolist(), possible.tolist(), pending.tolist()), asked.tolist())
    ]
    names = np.array(VERDICTS, dtype=object)
    cells = {
        "site_id": frame["site_id"],
        "site_name": frame["name"],
        "facility_type": frame["facility_type"],
        "known": names[known],
        "possible": names[possible],
        "pending": pending,
        "hits": hits,
        "text_zh": [zh for zh, _ in said],
        "text_en": [en for _, en in said],
        "as_of": [as_of.isoformat()] * n,
        "geometry": frame.geometry,
    }
    return table(cells, VERDICT_COLUMNS)
