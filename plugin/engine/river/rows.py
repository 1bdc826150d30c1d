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
        # Nearly all cells are texts or empty; the rest goes through `text`.
        out[:] = [
            v.strip() or None if type(v) is str else None if v is np.nan else text(v) for v in data[column].tolist()
        ]
    return out


def numbers(data: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Return a column as floats; NaN where it is empty, no number, or missing altogether."""
    if column not in data.columns:
        return np.full(len(data), np.nan)
    return np.asarray(pd.to_numeric(data[column], errors="coerce"), dtype=float)


def numbers_read(
    data: pd.DataFrame, column: str, layer: str
) -> tuple[NDArray[np.float64], list[dict[str, Any]]]:
    """Return a column as :func:`numbers` does, and an issue row where filled cells hold no number (0 or more).

    Such cells count as unknown; so do negative and infinite ones, since widths and accuracies are neither.
    """
    out = numbers(data, column).copy()
    if column not in data.columns:
        return out, []
    bad = np.isnan(out) & ~pd.isna(data[column]).to_numpy()
    # A cell of blanks is an empty one.
    rows = np.flatnonzero(bad)
    bad[rows] = [text(value) is not None for value in data[column].iloc[rows]]
    odd = (out < 0) | np.isinf(out)
    out[odd] = np.nan
    rows = np.flatnonzero(bad | odd)
    if not len(rows):
        return out, []
    count, example = len(rows), text(data[column].iloc[int(rows[0])])
    zh = f"{layer} 的字段 {column} 有 {count} 个值不是有效数字(如“{example}”),按未知处理;请改正后重算"
    en = (
        f"{count} value(s) of field {column} of {layer} are no usable numbers (such as '{example}') and count as"
        f" unknown; correct them and run again."
    )
    return out, [issue("warning", "not_a_number", zh, en)]


def truths(data: pd.DataFrame, column: str) -> NDArray[Any]:
    """Return a column as True, False or None (unknown); drivers hand in booleans as 0 and 1 too."""
    out = np.full(len(data), None, dtype=object)
    if column in data.columns:
        known = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
        out[:] = [v if type(v) is bool else known.get((text(v) or "").lower()) for v in data[column].tolist()]
    return out


def identifiers(data: pd.DataFrame, columns: tuple[str, ...], prefix: str) -> NDArray[Any]:
    """Return a text id per row: the first of `columns` that is filled, else `prefix` and the row number."""
    out = np.full(len(data), None, dtype=object)
    empty = np.ones(len(data), dtype=bool)
    for column in columns:
        if column in data.columns and empty.any():
            out[empty] = texts(data, column)[empty]
            empty = np.equal(out, None)
    out[empty] = [f"{prefix}{n + 1}" for n in np.flatnonzero(empty)]
    return out
