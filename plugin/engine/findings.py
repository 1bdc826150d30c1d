"""Findings, verdicts and issues: the columns every verb answers in, and the two-valued verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from . import geodesy
from .clauses.model import VERDICT_OF_EFFECT, VERDICTS

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

#: Column -> kind: t text, f number, b true/false.  One row per site, clause and piece of evidence.
#: `reference` is true where the rule is not in force on the day (`book_state` says why), `verbatim` where `quote`
#: is the document's own words, `basis` names the statute of a rule of law, `question` is the part
#: of `why` that only the applicant can answer; the rest is for the department that keeps the layer.
FINDING_COLUMNS: Mapping[str, str] = {
    "site_id": "t", "site_name": "t", "site_layer": "t", "rulebook": "t", "clause_id": "t", "clause": "t",
    "clause_zh": "t", "effect": "t", "status": "t", "tentative": "b", "why": "t", "why_en": "t",
    "zone_layer": "t", "zone_id": "t", "zone_name": "t", "relation": "t", "distance_m": "f",
    "threshold_m": "f", "threshold_owner": "t", "overlap_m2": "f", "overlap_projected_m2": "f",
    "overlap_share": "f", "river_distance_m": "f", "bank": "t", "bearing_deg": "f", "near_boundary": "b",
    "quote": "t", "operative": "t", "deadline": "t", "deadline_words": "t", "overdue": "b",
    "responsible": "t", "department": "t", "reference": "b", "book_state": "t", "basis": "t", "verbatim": "b",
    "question": "t", "question_en": "t", "section_id": "t", "direction": "t",
    "chainage_m": "f", "offset_m": "f", "straight_m": "f", "area_m2": "f", "length_m": "f",
    "count": "f", "needed": "f", "band": "t", "outside_jurisdiction": "b", "focus": "t",
}  # fmt: skip
ISSUE_COLUMNS: Mapping[str, str] = {
    "severity": "t", "code": "t", "site_id": "t", "section_id": "t", "message_zh": "t", "message_en": "t",
}  # fmt: skip
VERDICT_COLUMNS: Mapping[str, str] = {
    "site_id": "t", "site_name": "t", "facility_type": "t", "known": "t", "possible": "t", "pending": "f",
    "hits": "f", "text_zh": "t", "text_en": "t", "as_of": "t",
}  # fmt: skip

VERDICT_WORDS = {
    "fail": ("不通过", "refused"),
    "restricted": ("受限", "restricted"),
    "conditional": ("通过(附条件)", "allowed with conditions"),
    "note": ("提示", "notes only"),
    "pass": ("未见限制", "no constraint found"),
}


def table(
    rows: pd.DataFrame | Mapping[str, Any] | list[dict[str, Any]], columns: Mapping[str, str]
) -> gpd.GeoDataFrame:
    """Return rows as a frame in EPSG:4490 with exactly `columns` and a geometry, whatever they lack.

    Rows may come one by one or column by column.  Text is text or None, numbers are float64, truth values True
    or False.
    """
    import geopandas as gpd
    import pandas as pd
    from geopandas.array import from_shapely

    cells, count = _cells(rows)
    data: dict[str, Any] = {}
    for name, kind in columns.items():
        cell = _typed(cells.get(name), kind, count)
        # As objects: pandas 3 would copy a clause's quotation for every row that carries it.
        data[name] = pd.Series(cell, dtype=object, copy=False) if kind == "t" else cell
    geometry = np.full(count, None, dtype=object)
    if "geometry" in cells:
        shapes = cells["geometry"]
        there = shapely.is_geometry(shapes)
        geometry[there] = shapes[there]
    data["geometry"] = from_shapely(geometry, crs=_storage_crs())
    return gpd.GeoDataFrame(data, geometry="geometry", copy=False)


def _cells(rows: Any) -> tuple[dict[str, Any], int]:
    """Column -> cells as an array of objects or of one kind, and the number of rows."""
    if isinstance(rows, list):
        names = dict.fromkeys(name for row in rows for name in row)
        return {name: _objects([row.get(name) for row in rows]) for name in names}, len(rows)
    cells = {name: np.asarray(rows[name]) for name in rows}
    return cells, max(map(len, cells.values()), default=0)


def _objects(cells: list[Any]) -> NDArray[Any]:
    out = np.empty(len(cells), dtype=object)
    out[:] = cells
    return out


def _typed(cells: NDArray[Any] | None, kind: str, count: int) -> NDArray[Any]:
    """A column of floats (f), truth values (b) or texts (t)."""
    import pandas as pd

    if kind == "f":
        if cells is None:
            return np.full(count, np.nan)
        try:
            return cells.astype(float)
        except (TypeError, ValueError):
            numbers = pd.to_numeric(pd.Series(cells, dtype=object), errors="raise")
            return numbers.to_numpy(dtype=float)
    if kind == "b":
        if cells is None:
            return np.zeros(count, dtype=bool)
        if cells.dtype == bool:
            return cells.copy()
        return np.array([v is True or v == 1 for v in cells.tolist()], dtype=bool)
    out = np.full(count, None, dtype=object)
    if cells is not None:
        there = np.flatnonzero(~pd.isna(cells))
        # An array of objects: tolist() would be slower, and most cells are texts already.
        texts = cells[there]
        if pd.api.types.infer_dtype(texts, skipna=False) != "string":
            texts = np.array([str(v) for v in texts.tolist()], dtype=object)
        filled = texts != ""
        out[there[filled]] = texts[filled]
    return out


@lru_cache(maxsize=1)
def _storage_crs() -> Any:
    """The storage CRS, read from its code once: that takes longer than a small table."""
    from pyproj import CRS

    return CRS.from_user_input(geodesy.STORAGE_CRS)


def verdict(effects: Iterable[str]) -> str:
    """Return the verdict of the gravest effect; ``pass`` when there is none."""
    found = {VERDICT_OF_EFFECT[effect] for effect in effects}
    return next((v for v in VERDICTS if v in found), "pass")


def verdict_text(known: str, possible: str, pending: int) -> tuple[str, str]:
    """Say a two-valued verdict in zh and en.

    ``known`` is the gravest assessed effect, ``possible`` the gravest among what could not be assessed.  A
    site with anything unassessed is never called passed without saying so.
    """
    zh, en = VERDICT_WORDS[known]
    if not pending:
        if known == "pass":
            return "已查条款均未见限制", "no constraint found in any clause checked"
        return zh, en
    worse = VERDICTS.index(possible) < VERDICTS.index(known)
    tail_zh, tail_en = f"待核实{pending}条", f"{pending} to be verified"
    if worse:
        tail_zh += f",可能{VERDICT_WORDS[possible][0]}"
        tail_en += f", possibly {VERDICT_WORDS[possible][1]}"
    if known == "pass":
        return f"尚不能判定:已查条款未见限制,{tail_zh}", f"undecided: no constraint found so far, {tail_en}"
    at_least = known != "fail"
    return f"{'至少' if at_least else ''}{zh},{tail_zh}", f"{'at least ' if at_least else ''}{en}, {tail_en}"
