"""Columns of the section's answers, and reading of the columns of what is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Column -> kind (t text, f number, b true/false), for :func:`..findings.table`.
REACH_COLUMNS = {
    "section_id": "t", "direction": "t", "from_m": "f", "to_m": "f", "river": "t", "length_m": "f",
    "reach_uid": "t",
}  # fmt: skip
STRIP_COLUMNS = {"section_id": "t", "name": "t", "bank": "t", "area_m2": "f", "area_projected_m2": "f"}
ZONE_COLUMNS = {
    "section_id": "t", "name": "t", "kind": "t", "area_m2": "f", "area_projected_m2": "f", "upstream_m": "f",
    "downstream_m": "f", "bank_m": "f", "bank_from": "t", "note": "t",
}  # fmt: skip


def issue(
    severity: str,
    code: str,
    zh: str,
    en: str,
    geometry: Any = None,
    *,
    section_id: str | None = None,
    site_id: str | None = None,
) -> dict[str, Any]:
    """Return one issue row: what was met, where, in Chinese and English."""
    return {
        "severity": severity, "code": code, "section_id": section_id, "site_id": site_id,
        "message_zh": zh, "message_en": en, "geometry": geometry,
    }  # fmt: skip


def text(value: Any) -> str | None:
    """Return a cell as stripped text, None for anything that means "empty"."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return str(value).strip() or None


def texts(data: pd.DataFrame, column: str | None) -> NDArray[Any]:
    """Return a column as an object array of texts (None where empty or where there is no such column)."""
    out = np.full(len(data), None, dtype=object)
    if column is not None and column in data.columns:
        out[:] = [text(v) for v in data[column]]
    return out


def numbers(data: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Return a column as floats; NaN where it is empty, no number, or missing altogether."""
    if column not in data.columns:
        return np.full(len(data), np.nan)
    return np.asarray(pd.to_numeric(data[column], errors="coerce"), dtype=float)


def truths(data: pd.DataFrame, column: str) -> NDArray[Any]:
    """Return a column as True, False or None (unknown); drivers hand in booleans as 0 and 1 too."""
    out = np.full(len(data), None, dtype=object)
    if column in data.columns:
        known = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
        out[:] = [known.get((text(v) or "").lower()) for v in data[column]]
    return out


def identifiers(data: pd.DataFrame, columns: tuple[str, ...], prefix: str) -> NDArray[Any]:
    """Return a text id per row: the first of `columns` that is filled, else `prefix` and the row number."""
    out = np.full(len(data), None, dtype=object)
    for column in columns:
        value = texts(data, column)
        out = np.array([v if o is None else o for o, v in zip(out, value)], dtype=object)
    return np.array([f"{prefix}{n + 1}" if o is None else o for n, o in enumerate(out)], dtype=object)
