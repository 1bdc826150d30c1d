"""The audit trail as a frame: who changed which row when, and how it was before and after."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..engine.catalog import COVERAGE, Catalog, LayerSpec
from .store import AUDIT_TABLE

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("id", "at", "who", "layer", "uid", "fid", "action", "before", "after")


def query(
    layer: str | None,
    uid: str | None,
    since: str | None,
    limit: int | None,
    *,
    mark: str,
    table: str = AUDIT_TABLE,
    at: str = "at",
) -> tuple[str, tuple[Any, ...]]:
    """Return the statement that reads the trail, and its arguments; the last `limit` entries, oldest first.

    `mark` is what the driver writes for an argument, `at` the expression of the time as text in UTC.
    """
    tests, arguments = [], []
    for column, value in (("table_name", layer), ("row_uid", uid)):
        if value is not None:
            tests.append(f"{column} = {mark}")
            arguments.append(value)
    if since is not None:
        tests.append(f"{at} >= {mark}")
        arguments.append(since)
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    inner = (
        f"SELECT id, {at} AS at, who, table_name, row_uid, row_fid, action, before, after"  # nosec B608: constants
        f" FROM {table}{where}"
    )
    if limit is not None:
        inner += f" ORDER BY id DESC LIMIT {mark}"
        arguments.append(int(limit))
    return f"SELECT * FROM ({inner}) AS trail ORDER BY id", tuple(arguments)  # nosec B608: constants


def frame(rows: Sequence[Sequence[Any]], catalog: Catalog) -> pd.DataFrame:
    """Return rows of the trail as a frame with :data:`COLUMNS`, `before` and `after` as dicts of plain values.

    Values are those of the catalog's types whatever database kept them: yes and no are True and False, numbers
    float, dates text such as 2020-12-31, a geometry is hexadecimal WKB under ``geom``.
    """
    import pandas as pd

    out = []
    for number, at, who, layer, uid, fid, action, before, after in rows:
        spec = COVERAGE if layer == COVERAGE.name else catalog.get(layer)
        out.append((number, at, who, layer, uid, fid, action, _values(before, spec), _values(after, spec)))
    return pd.DataFrame(out, columns=list(COLUMNS), dtype=object)


def changed(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[str]:
    """Return the columns in which two states of a row differ."""
    old, new = before or {}, after or {}
    return [name for name in {**old, **new} if old.get(name) != new.get(name)]


def _values(text: str | Mapping[str, Any] | None, spec: LayerSpec | None) -> dict[str, Any] | None:
    if text is None:
        return None
    cells = json.loads(text) if isinstance(text, str) else dict(text)
    for item in spec.fields if spec else ():
        value = cells.get(item.name)
        if value is None:
            continue
        if item.type == "boolean":
            cells[item.name] = bool(value)
        elif item.type == "real":
            cells[item.name] = float(value)
    return cells
