"""Checks on attributes: types, domains, limits, what is required, what must be unique, dates and links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from .catalog import FieldSpec, LayerSpec, label
from .progress import SILENT, Progress, report

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from .quality_issues import Collector

_DUE = {
    "text": ("文本", "text"), "integer": ("整数", "whole number"), "real": ("数", "number"),
    "boolean": ("是/否", "yes or no"), "date": ("日期", "date"),
}  # fmt: skip


def typed_columns(
    frame: pd.DataFrame, spec: LayerSpec, found: Collector, *, progress: Progress = SILENT
) -> dict[str, pd.Series]:
    """Return the layer's columns with the catalog's types; cells that cannot be read become unknown and are told."""
    import pandas as pd

    from .conform import typed

    columns: dict[str, pd.Series] = {}
    for item in spec.fields:
        report(progress, 0.0, spec.name)
        if item.name not in frame.columns:
            continue
        column = frame[item.name].reset_index(drop=True)
        if item.type == "text" and pd.api.types.infer_dtype(column, skipna=True) in ("string", "empty"):
            column = column.astype(object).where(column.notna(), None)
            column = column.where(column != "", None)
            bad = []
        else:
            column, bad = typed(column, item)
        for row, _ in bad:
            due_zh, due_en = _DUE[item.type]
            words = {**_titles(item), "value": frame[item.name].iloc[row], "due": due_zh, "due_en": due_en}
            found.add("wrong_type", spec.name, row, field=item.name, words=words)
        columns[item.name] = column
    return columns


def check_values(
    spec: LayerSpec,
    columns: Mapping[str, pd.Series],
    count: int,
    found: Collector,
    *,
    as_of: date,
    progress: Progress = SILENT,
) -> None:
    """Check what each field says of its values, and the pairs of ``LayerSpec.checks``."""
    for position, item in enumerate(spec.fields):
        report(progress, position / len(spec.fields), spec.name)
        _check_field(spec, item, columns.get(item.name), count, found, as_of)
    for first, second in spec.checks:
        if first in columns and second in columns:
            _check_order(spec, spec.field(first), spec.field(second), columns, found)
    _check_life(spec, columns, found)


def _check_field(
    spec: LayerSpec, item: FieldSpec, column: pd.Series | None, count: int, found: Collector, as_of: date
) -> None:
    import pandas as pd

    if column is None:
        known = np.zeros(count, dtype=bool)
    else:
        known = column.notna().to_numpy(dtype=bool)

    def tell(code: str, mask: NDArray[np.bool_], **more: Any) -> None:
        for row in np.flatnonzero(mask):
            value = "" if column is None else label(item, column.iloc[row], "zh")
            words = {**_titles(item), "value": value, **more}
            found.add(code, spec.name, int(row), field=item.name, words=words)

    if item.name == "uid":
        # A table without the column keeps its rows by number; a row without a uid in a table with one is a fault.
        if column is not None:
            tell("uid_missing", ~known)
            tell("uid_duplicate", column.duplicated(keep="first").to_numpy() & known)
        return
    if item.required:
        tell("required_empty", ~known)
    if column is None:
        return
    if item.domain:
        tell("not_in_domain", known & ~column.isin(list(item.domain)).to_numpy())
    for limit, code in ((item.minimum, "below_minimum"), (item.maximum, "above_maximum")):
        if limit is not None:
            number = column.astype("float64").to_numpy()
            over = number < limit if code == "below_minimum" else number > limit
            tell(code, known & over, limit=f"{limit:g}")
    pattern = item.pattern
    if pattern and item.type == "text":
        whole = re.compile(pattern)
        fit = {value: whole.fullmatch(value) is not None for value in column[known].unique()}
        tell("pattern_mismatch", known & ~column.map(lambda v: fit.get(v, True)).to_numpy(dtype=bool))
    if item.not_future and item.type == "date":
        tell("in_future", known & (column > pd.Timestamp(as_of)).fillna(False).to_numpy(dtype=bool))


def _titles(item: FieldSpec) -> dict[str, str]:
    return {"title": item.title("zh", unit=False), "title_en": item.title("en", unit=False)}


def _check_order(
    spec: LayerSpec, first: FieldSpec, second: FieldSpec, columns: Mapping[str, pd.Series], found: Collector
) -> None:
    late = (columns[first.name] > columns[second.name]).fillna(False).to_numpy(dtype=bool)
    code = "dates_contradict" if first.type == "date" else "values_contradict"
    for row in np.flatnonzero(late):
        words = {
            **_titles(first), "value": label(first, columns[first.name].iloc[row]),
            "other": second.title("zh", unit=False), "other_en": second.title("en", unit=False),
            "limit": label(second, columns[second.name].iloc[row]),
        }  # fmt: skip
        found.add(code, spec.name, int(row), field=first.name, words=words)


def _check_life(spec: LayerSpec, columns: Mapping[str, pd.Series], found: Collector) -> None:
    """A cancelled row names what cancelled it; nothing is in force before it was issued."""
    ruled = any("cancelled" in dict(getattr(rule, "when", None) or {}).get("life_state", ()) for rule in spec.rules)
    if "life_state" in columns and not ruled:
        cancelled = (columns["life_state"] == "cancelled").to_numpy(dtype=bool)
        named = np.ones(len(cancelled), dtype=bool)
        # Maps made before there were fields for the cancelling document keep it in the row's own.
        own = "cancel_document_no" not in columns
        for name in ("document_no", "document_date") if own else ("cancel_document_no", "cancel_document_date"):
            named &= columns[name].notna().to_numpy(dtype=bool) if name in columns else False
        for row in np.flatnonzero(cancelled & ~named):
            found.add("cancelled_without_document", spec.name, int(row), field="life_state")
    if "valid_from" in columns and "document_date" in columns:
        early = (columns["valid_from"] < columns["document_date"]).fillna(False).to_numpy(dtype=bool)
        for row in np.flatnonzero(early):
            words = {
                name: label(spec.field(key), columns[key].iloc[row])
                for name, key in (("value", "valid_from"), ("limit", "document_date"))
            }
            found.add("in_force_before_issued", spec.name, int(row), field="valid_from", words=words)


def check_requires(
    spec: LayerSpec, columns: Mapping[str, pd.Series], when: Mapping[str, Any], fields: Any, found: Collector
) -> None:
    """Where the fields of `when` have one of the values given, `fields` must be filled."""
    met: NDArray[np.bool_] | None = None
    for name, values in when.items():
        if name not in columns:
            return
        wanted = list(values) if isinstance(values, (list, tuple, set, frozenset)) else [values]
        here = columns[name].isin(wanted).fillna(False).to_numpy(dtype=bool)
        met = here if met is None else met & here
    if met is None:
        return
    said = [_when(spec, when, lang) for lang in ("zh", "en")]
    for name in fields:
        item = spec.field(name)
        empty = ~columns[name].notna().to_numpy(dtype=bool) if name in columns else np.ones(len(met), dtype=bool)
        for row in np.flatnonzero(met & empty):
            words = {**_titles(item), "when": said[0], "when_en": said[1]}
            found.add("requires_empty", spec.name, int(row), field=name, words=words)


def _when(spec: LayerSpec, when: Mapping[str, Any], lang: str) -> str:
    parts = []
    for name, values in when.items():
        wanted = list(values) if isinstance(values, (list, tuple, set, frozenset)) else [values]
        item = spec.field(name)
        said = ("、" if lang == "zh" else " or ").join(label(item, value, lang) for value in wanted)
        parts.append(f"{item.title(lang, unit=False)}{'为' if lang == 'zh' else ' is '}{said}")
    return (",且" if lang == "zh" else " and ").join(parts)


def check_unique(
    spec: LayerSpec, columns: Mapping[str, pd.Series], fields: Any, now: NDArray[np.bool_], found: Collector
) -> None:
    """No two rows in force (`now`) have the same values in all of `fields`; an unknown value is like no other."""
    import pandas as pd

    names = [name for name in fields if name in columns]
    if len(names) != len(list(fields)):
        return
    table = pd.DataFrame({name: columns[name].astype(object) for name in names})
    told = np.flatnonzero(table.notna().all(axis=1).to_numpy(dtype=bool) & now)
    for row in told[table.iloc[told].duplicated(keep="first").to_numpy()]:
        item = spec.field(names[0])
        value = ", ".join(label(spec.field(name), table[name].iloc[row]) for name in names)
        words = {**_titles(item), "value": value}
        found.add("not_unique", spec.name, int(row), field=names[0], words=words)


def check_link(
    spec: LayerSpec,
    columns: Mapping[str, pd.Series],
    name: str,
    target: LayerSpec,
    target_values: pd.Series,
    found: Collector,
) -> None:
    """Every value of the field stands in the other layer's."""
    if name not in columns:
        return
    column = columns[name]
    lost = column.notna().to_numpy(dtype=bool) & ~column.isin(set(target_values.dropna())).to_numpy(dtype=bool)
    item = spec.field(name)
    for row in np.flatnonzero(lost):
        words = {**_titles(item), "value": label(item, column.iloc[row]), "layer_zh": target.zh, "layer_en": target.en}
        found.add("link_broken", spec.name, int(row), field=name, words=words)
