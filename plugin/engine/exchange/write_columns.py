"""What the writers share: a layer as plain columns, and sentences on what a format could not hold."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..catalog import STORE_COLUMNS, FieldSpec, LayerSpec, label
from .model import Note

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from pyproj import CRS

_LONE = re.compile("[\ud800-\udfff]")
#: Whole numbers beyond this do not fit 64 bits.
_LARGEST = 1 << 63
#: Rows named in a note; the rest is counted.
_NAMED = 8


@dataclass
class Column:
    """One attribute of a layer.

    Attributes
    ----------
    name : str
        As the frame has it.
    kind : str
        ``text``, ``integer``, ``real``, ``boolean``, ``date`` or ``datetime``.
    values : list, length n
        str, int, float, bool, date or datetime; None where unknown.
    spec : FieldSpec or None
        Of a column of the catalog's.
    """

    name: str
    kind: str
    values: list[Any]
    spec: FieldSpec | None = None

    def title(self, lang: str) -> str:
        """Return the field's title, with its unit; the name of a column that the catalog does not know."""
        return self.spec.title(lang) if self.spec else self.name

    def labelled(self, lang: str) -> Column:
        """Return the column with the titles of its codes in place of the codes; others stay as they are."""
        if self.spec is None or not self.spec.domain:
            return self
        spec = self.spec
        said = {code: label(spec, code, lang) for code in {*self.values} if code is not None}
        return Column(self.name, "text", [said.get(value) for value in self.values], spec)


@dataclass
class Sheet:
    """One layer, ready to be written.

    Attributes
    ----------
    name : str
        Of the table, file or folder.
    columns : list of Column
    shapes : object array, shape (n,)
        Two-dimensional geometries as (east, north); None for none.
    crs : pyproj.CRS or None
    system : str
        ``gcj02`` or ``bd09`` where `crs` cannot say it, else empty.
    """

    name: str
    columns: list[Column]
    shapes: NDArray[Any]
    crs: CRS | None
    system: str = ""
    spec: LayerSpec | None = None

    def title(self, lang: str) -> str:
        """Return the layer's title, its name where the catalog does not know it."""
        return self.spec.title(lang) if self.spec else self.name

    @property
    def degrees(self) -> bool:
        """Whether the coordinates are degrees: by the reference system, without one by the numbers."""
        if self.crs is not None:
            return bool(self.crs.is_geographic)
        bounds = shapely.total_bounds(self.shapes) if len(self.shapes) else np.full(4, np.nan)
        return bool(self.system) or not (np.abs(bounds) > np.array([180.0, 90.0, 180.0, 90.0])).any()

    def column(self, name: str) -> Column | None:
        """Return a column by its name or one of its titles."""
        for one in self.columns:
            if name in (
                one.name,
                one.title("zh"),
                one.title("en"),
                *((one.spec.zh, one.spec.en) if one.spec else ()),
            ):
                return one
        return None


@dataclass
class Told:
    """Notes gathered while writing; each kind of loss is one note with the rows that it concerns."""

    notes: list[Note] = field(default_factory=list)

    def say(self, severity: str, code: str, zh: str, en: str) -> None:
        """Add a note, once."""
        note = Note(severity, code, zh, en)
        if note not in self.notes:
            self.notes.append(note)

    def rows(self, severity: str, code: str, zh: str, en: str, rows: Sequence[int]) -> None:
        """Add a note with the numbers of the rows (from 1) that it concerns; nothing where there are none."""
        if len(rows):
            named = ", ".join(str(row) for row in list(rows)[:_NAMED])
            more_zh, more_en = (" 等", ", …") if len(rows) > _NAMED else ("", "")
            first = int(rows[0])
            words = (
                f"{zh}(第 {named}{more_zh} 行,共 {len(rows)} 行)",
                f"{en} (rows {named}{more_en}; {len(rows)} in all)",
            )
            self.notes.append(Note(severity, code, *words, first))


def sheet_of(
    frame: gpd.GeoDataFrame, name: str, spec: LayerSpec | None, told: Told, system: str = ""
) -> Sheet:
    """Return a frame as a sheet: the catalog's fields in their order first, then the others.

    The store's own columns (row number, version, editor) are no content and are left out.
    """
    geometry = frame.geometry.name
    shapes = np.asarray(frame.geometry.array, dtype=object).copy()
    deep = shapely.has_z(shapes)
    if deep.any():
        shapes = shapely.force_2d(shapes)
        told.rows(
            "info",
            "z_dropped",
            "高程(Z)未写出",
            "heights (Z) are not written",
            (np.flatnonzero(deep) + 1).tolist(),
        )
    shapes[shapely.is_empty(shapes)] = None
    known = {item.name: item for item in spec.fields} if spec else {}
    store = STORE_COLUMNS if spec else ()
    there = [str(column) for column in frame.columns if column != geometry and column not in store]
    order = [column for column in known if column in there] + [
        column for column in there if column not in known
    ]
    columns = [column_of(frame[column], column, known.get(column), told) for column in order]
    return Sheet(name, columns, shapes, frame.crs, system, spec)


def column_of(series: pd.Series, name: str, spec: FieldSpec | None, told: Told) -> Column:
    """Return a series as a column; its kind is the field's where the values are of it, else what the values are."""
    kind, values = _plain(series)
    if spec is not None and kind != spec.type:
        kind, values = _fitted(kind, values, spec.type)
    if kind == "text":
        broken = [row for row, value in enumerate(values, 1) if value is not None and _LONE.search(value)]
        if broken:
            values = [value if value is None else _LONE.sub("\ufffd", value) for value in values]
            told.rows(
                "warning",
                "broken_text",
                f"“{name}”含残缺字符",
                f"'{name}' holds halves of characters",
                broken,
            )
    if kind == "real":
        wild = [row for row, value in enumerate(values, 1) if value is not None and not math.isfinite(value)]
        if wild:
            values = [value if value is None or math.isfinite(value) else None for value in values]
            told.rows("warning", "not_finite", f"“{name}”为无穷大,已写为空",
                      f"'{name}' is infinite and was left empty", wild)  # fmt: skip
    return Column(name, kind, values, spec)


def _plain(series: pd.Series) -> tuple[str, list[Any]]:
    gone = series.isna().to_numpy(dtype=bool)
    code = getattr(series.dtype, "kind", "O")
    if code == "M":
        moments = [None if off else value.to_pydatetime(warn=False) for value, off in zip(series, gone)]
        if all(one is None or (one.tzinfo is None and one.time() == time()) for one in moments):
            return "date", [None if one is None else one.date() for one in moments]
        return "datetime", moments
    casts: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "b": ("boolean", bool), "i": ("integer", int), "u": ("integer", int), "f": ("real", float),
    }  # fmt: skip
    cells = series.astype(object).tolist()
    if code in casts:
        kind, cast = casts[code]
        return _bounded(kind, [None if off else cast(value) for value, off in zip(cells, gone)])
    kinds = {type(value) for value, off in zip(cells, gone) if not off}
    if kinds and all(issubclass(one, (bool, np.bool_)) for one in kinds):
        return "boolean", [None if off else bool(value) for value, off in zip(cells, gone)]
    if kinds and all(issubclass(one, (int, np.integer)) and not issubclass(one, bool) for one in kinds):
        return _bounded("integer", [None if off else int(value) for value, off in zip(cells, gone)])
    if kinds and all(issubclass(one, (int, float, np.number)) and not issubclass(one, bool) for one in kinds):
        return "real", [None if off else float(value) for value, off in zip(cells, gone)]
    if kinds and all(issubclass(one, datetime) for one in kinds):
        if any(not off and value.time() != time() for value, off in zip(cells, gone)):
            return "datetime", [None if off else value for value, off in zip(cells, gone)]
        return "date", [None if off else value.date() for value, off in zip(cells, gone)]
    if kinds and all(issubclass(one, date) for one in kinds):
        return "date", [None if off else value for value, off in zip(cells, gone)]
    return "text", _texts(cells, gone)


def _bounded(kind: str, values: list[Any]) -> tuple[str, list[Any]]:
    """Whole numbers that 64 bits cannot hold are kept as text."""
    if kind == "integer" and any(value is not None and not -_LARGEST <= value < _LARGEST for value in values):
        return "text", [None if value is None else str(value) for value in values]
    return kind, values


def _texts(cells: list[Any], gone: NDArray[np.bool_]) -> list[str | None]:
    out: list[str | None] = []
    for value, off in zip(cells, gone):
        if off:
            out.append(None)
        elif isinstance(value, str):
            out.append(value or None)
        elif isinstance(value, (dict, list, tuple)):
            out.append(json.dumps(value, ensure_ascii=False, default=str))
        elif isinstance(value, bytes):
            out.append(value.hex())
        elif isinstance(value, (date, datetime)):
            out.append(value.isoformat())
        else:
            out.append(str(value))
    return out


def _fitted(kind: str, values: list[Any], wanted: str) -> tuple[str, list[Any]]:
    """Take a column as the field's type where that loses nothing; an empty column is of any type."""
    if all(value is None for value in values):
        return wanted, values
    if wanted == "real" and kind == "integer":
        return wanted, [None if value is None else float(value) for value in values]
    if (
        wanted == "integer"
        and kind == "real"
        and all(value is None or value.is_integer() for value in values)
    ):
        return wanted, [None if value is None else int(value) for value in values]
    if wanted == "text" and kind in ("integer", "boolean"):
        return wanted, [None if value is None else str(value) for value in values]
    if wanted == "date" and kind == "text":
        try:
            return wanted, [None if value is None else date.fromisoformat(value) for value in values]
        except ValueError:
            return kind, values
    return kind, values
