"""What the suitable area answers: its columns, its units, the values of its raster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from .clauses.model import VERDICTS, Rulebook

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

#: Units of area: name of the column's end -> square metres.
UNITS: Mapping[str, float] = {"km2": 1e6, "ha": 1e4, "mu": 2000.0 / 3.0}
#: Columns of areas in these units, ellipsoidal and projected.
AREAS = {f"{kind}_{unit}": "f" for kind in ("area", "projected") for unit in UNITS}
PIECE_COLUMNS: Mapping[str, str] = {
    "piece_id": "t", "facility_type": "t", "nature": "t", "known": "t", "possible": "t", "pending": "f",
    "hits": "f", "worse": "b", "severity": "f", "text_zh": "t", "text_en": "t", "clauses": "t", "effects": "t",
    "clauses_zh": "t", "pending_clauses": "t", "why": "t", "why_en": "t", "zones": "t", "zones_en": "t",
    "outside_jurisdiction": "b", "as_of": "t", "area_m2": "f", "area_projected_m2": "f", **AREAS,
}  # fmt: skip
CLAUSE_COLUMNS: Mapping[str, str] = {
    "rulebook": "t", "clause_id": "t", "clause": "t", "clause_zh": "t", "clause_en": "t", "effect": "t",
    "state": "t", "layers": "t", "why": "t", "why_en": "t", "department": "t", "quote": "t", "operative": "t",
    "verbatim": "b", "basis": "t", "responsible": "t", "reference": "b", "share": "f", "as_of": "t",
    "area_m2": "f", "area_projected_m2": "f", **AREAS,
}  # fmt: skip
SUMMARY_COLUMNS = (
    "known", "possible", "worse", "outside_jurisdiction", "pieces", "share", "area_m2", "area_projected_m2", *AREAS,
)  # fmt: skip

#: Cell values of the raster and of the column `severity`: what is known, plus `WORSE` where what is not yet
#: known could make it graver.
SEVERITY: Mapping[str, int] = {name: grade for grade, name in enumerate(reversed(VERDICTS))}
WORSE, OUTSIDE = 10, 20


@dataclass(frozen=True)
class SuitableArea:
    """The answer; all frames in EPSG:4490.

    Attributes
    ----------
    pieces : GeoDataFrame
        Disjoint polygons that together are the area (:data:`PIECE_COLUMNS`), gravest first.
    clauses : GeoDataFrame
        For each clause the ground it binds for certain (`state` ``hit``) and the ground where that cannot be
        told (``not_assessed``); without geometry where it binds nowhere (``clear``, ``not_applicable``) or is
        not in force on the day (``reference``).
    issues : GeoDataFrame
    summary : DataFrame
        Areas by verdict (:data:`SUMMARY_COLUMNS`).
    area : Polygon or MultiPolygon
    as_of : date
    books : list of Rulebook
    facility_type : str
    nature : str or None
    attributes : dict
    fingerprints : list of dict
    working : dict
    """

    pieces: gpd.GeoDataFrame
    clauses: gpd.GeoDataFrame
    issues: gpd.GeoDataFrame
    summary: pd.DataFrame
    area: Any
    as_of: date
    books: Sequence[Rulebook]
    facility_type: str
    nature: str | None
    attributes: Mapping[str, Any]
    fingerprints: list[dict[str, Any]]
    working: dict[str, float] = field(default_factory=dict)
