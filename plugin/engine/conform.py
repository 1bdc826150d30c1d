"""Fit frames to the catalog: every field present and typed, geometry promoted, what does not fit listed.

Nothing is dropped or changed in silence: columns that the layer does not have and identifiers that had to
be made are told in notes, and a value that breaks the layer's rules is a problem with its row.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .catalog import STORE_COLUMNS, FieldSpec, LayerSpec
from .errors import InputError
from .geodesy import STORAGE_CRS, to_storage

_DTYPES = {
    "text": object,
    "integer": "Int64",
    "real": "float64",
    "boolean": "boolean",
    "date": "datetime64[ns]",
}
_MEANT = {
    "text": "text", "integer": "whole number", "real": "number", "boolean": "yes or no (true, false)",
    "date": "date such as 2020-12-31 (1678 to 2261)",
}  # fmt: skip
_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0", "是"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0", "否"})
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
#: Columns of a store that carry no content of their own.
_STORE_COLUMNS = frozenset({*STORE_COLUMNS, "ogc_fid"})
#: Rows without a uid get one of this namespace, derived from their content: the same file gives the same ids.
_NAMESPACE = uuid.UUID("6f0c8a52-5d0f-5a0e-9a44-2f6f3c1b7e10")
#: GEOS's numbers of the kinds of geometry that layers have.
_TYPE_IDS = {"Point": 0, "MultiLineString": 5, "MultiPolygon": 6}


@dataclass(frozen=True)
class Problem:
    """One cell or geometry that breaks its layer's rules.

    `row` is the position in the frame, from 0; `uid` is empty where the row has none; `field` is
    ``geometry`` for a geometry; `message` reads on from "row 3 (uid x), field status: ".
    """

    layer: str
    row: int
    uid: str
    field: str
    message: str

    def sentence(self) -> str:
        """Return the place and the message as one text without a closing stop."""
        name = f" (uid {self.uid})" if self.uid else ""
        return f"row {self.row + 1}{name}, field {self.field}: {self.message}"


def empty_frame(spec: LayerSpec) -> gpd.GeoDataFrame:
    """Return a frame with all of a layer's fields, typed, and no row, in EPSG:4490."""
    columns = {item.name: pd.Series([], dtype=_DTYPES[item.type]) for item in spec.fields}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=STORAGE_CRS), crs=STORAGE_CRS)


def conform(
    frame: gpd.GeoDataFrame, spec: LayerSpec, where: str, *, notes: list[str] | None = None
) -> gpd.GeoDataFrame:
    """Fit a frame to a layer, or raise at what does not fit.

    Parameters
    ----------
    frame : GeoDataFrame
        Any rows in any declared CRS; domain values as codes.
    spec : LayerSpec
        The layer it is to become.
    where : str
        What the frame is, for messages: a file or a layer name.
    notes : list of str, optional
        Receives a sentence for each thing done that the caller should pass on (columns left out, ids made).

    Returns
    -------
    GeoDataFrame
        The same rows in order with index 0…n-1, exactly the layer's fields and the geometry, in EPSG:4490.

    Raises
    ------
    InputError
        At the first problem, with the number of further ones.
    """
    fitted, told, problems = examine(frame, spec, where)
    if notes is not None:
        notes.extend(told)
    if problems:
        more = f" ({len(problems) - 1} more like it)" if len(problems) > 1 else ""
        raise InputError(
            f"Layer '{spec.name}' from {where}, {problems[0].sentence()}{more}; correct the data."
        )
    return fitted


def examine(
    frame: gpd.GeoDataFrame, spec: LayerSpec, where: str
) -> tuple[gpd.GeoDataFrame, list[str], list[Problem]]:
    """Fit a frame to a layer and list what does not fit.

    A cell that cannot be read as its field's type becomes unknown in the result, and a geometry of the
    wrong kind None; a value outside its domain or range is kept.  Each is in the list of problems.

    Returns
    -------
    frame : GeoDataFrame
        As :func:`conform` returns it.
    notes : list of str
        Sentences on columns left out and ids made.
    problems : list of Problem
        In row order within each field, fields in table order, geometry last.

    Raises
    ------
    InputError
        If the frame has no geometry column or declares no CRS.
    """
    if not isinstance(frame, gpd.GeoDataFrame) or frame._geometry_column_name not in frame.columns:
        raise InputError(f"Layer '{spec.name}' from {where} has no geometry; give a table with geometry.")
    if len(frame) == 0 and frame.crs is None:
        frame = frame.set_crs(STORAGE_CRS)
    frame = to_storage(frame, f"{spec.name} from {where}").reset_index(drop=True)
    notes: list[str] = []
    geometry_name = frame.geometry.name
    unknown = sorted(
        str(name)
        for name in frame.columns
        if name != geometry_name and name not in spec.field_names and name not in _STORE_COLUMNS
    )
    if unknown:
        notes.append(
            f"Layer '{spec.name}' from {where}: columns without a field were left out: {', '.join(unknown)}."
        )
    columns: dict[str, pd.Series] = {}
    faults: list[tuple[int, str, str]] = []
    for item in spec.fields:
        if item.name in frame.columns and item.name != geometry_name:
            column, bad = typed(frame[item.name], item)
        else:
            column, bad = pd.Series([None] * len(frame), dtype=object).astype(_DTYPES[item.type]), []
        if item.name == "uid":
            column = _fill_uid(column, frame, notes, spec, where)
        faults += [(row, item.name, message) for row, message in bad]
        broken = {row for row, _ in bad}
        faults += [(row, item.name, message) for row, message in _breaches(column, item) if row not in broken]
        columns[item.name] = column
    faults += _late(columns, spec)
    geometry, bad = _promoted(np.asarray(frame.geometry.array), spec)
    faults += [(row, "geometry", message) for row, message in bad]
    fitted = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(geometry, crs=STORAGE_CRS), crs=STORAGE_CRS)
    uids = fitted["uid"] if "uid" in fitted.columns else pd.Series([""] * len(fitted), dtype=object)
    problems = [
        Problem(spec.name, row, str(uids.iloc[row] or ""), name, message) for row, name, message in faults
    ]
    return fitted, notes, problems


def examine_columns(
    frame: pd.DataFrame, spec: LayerSpec, where: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Type and check only the columns that a frame has: what an edit of some fields brings.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        Some of the layer's fields; a geometry in any declared CRS.
    spec : LayerSpec
    where : str
        What the frame is, for messages.

    Returns
    -------
    frame : DataFrame, or GeoDataFrame in EPSG:4490 where the input has geometry
        The layer's fields among the columns, typed, index 0…n-1.
    problems : list of Problem

    Raises
    ------
    InputError
        If a geometry declares no CRS.
    """
    frame = frame.reset_index(drop=True)
    shapes = None
    if isinstance(frame, gpd.GeoDataFrame) and frame._geometry_column_name in frame.columns:
        frame = to_storage(frame, f"{spec.name} from {where}")
        shapes = np.asarray(frame.geometry.array)
    columns: dict[str, pd.Series] = {}
    faults: list[tuple[int, str, str]] = []
    for item in spec.fields:
        if item.name not in frame.columns:
            continue
        columns[item.name], bad = typed(frame[item.name], item)
        broken = {row for row, _ in bad}
        bad += [fault for fault in _breaches(columns[item.name], item) if fault[0] not in broken]
        faults += [(row, item.name, message) for row, message in bad]
    faults += _late(columns, spec)
    fitted = pd.DataFrame(columns, index=frame.index)
    if shapes is not None:
        promoted, bad = _promoted(shapes, spec)
        faults += [(row, "geometry", message) for row, message in bad]
        fitted = gpd.GeoDataFrame(fitted, geometry=gpd.GeoSeries(promoted, crs=STORAGE_CRS), crs=STORAGE_CRS)
    uids = fitted["uid"] if "uid" in fitted else pd.Series([""] * len(fitted), dtype=object)
    return fitted, [Problem(spec.name, row, str(uids.iloc[row] or ""), name, words) for row, name, words in faults]


def _late(columns: Mapping[str, pd.Series], spec: LayerSpec) -> list[tuple[int, str, str]]:
    """Return where the first of two ordered fields is more than the second."""
    faults = []
    for first, second in spec.checks:
        if first not in columns or second not in columns:
            continue
        late = (columns[first] > columns[second]).fillna(False).to_numpy(bool)
        for row in np.flatnonzero(late):
            shown = [_shown(columns[name].iloc[row]) for name in (first, second)]
            faults.append((int(row), first, f"{shown[0]} is more than {second}, which is {shown[1]}"))
    return faults


def _shown(value: Any) -> str:
    return value.strftime("%Y-%m-%d") if hasattr(value, "strftime") else f"{value:g}"


def typed(column: pd.Series, item: FieldSpec) -> tuple[pd.Series, list[tuple[int, str]]]:
    """Read a column as its field's type, whatever driver wrote it.

    Cells that cannot be read become unknown and are listed as (row, what is wrong).
    """
    if item.type == "date" and pd.api.types.is_datetime64_any_dtype(column.dtype):
        if getattr(column.dtype, "tz", None) is not None:
            column = column.dt.tz_localize(None)
        return column.astype("datetime64[ns]").dt.normalize(), []
    if item.type == "real" and pd.api.types.is_float_dtype(column.dtype) and column.dtype == np.float64:
        return column.astype("float64"), []
    values = column.astype(object)
    reader = {"text": _text, "integer": _integer, "real": _real, "boolean": _boolean, "date": _day}[item.type]
    result, bad = _each(values, reader, _MEANT[item.type])
    series = pd.Series(result, dtype=object)
    if item.type == "real":
        return series.astype("float64"), bad
    if item.type == "date":
        return pd.to_datetime(series).astype("datetime64[ns]"), bad
    if item.type == "text":
        return series, bad
    return series.astype(_DTYPES[item.type]), bad


def _each(values: pd.Series, reader: Callable[[Any], Any], meant: str) -> tuple[list[Any], list[tuple[int, str]]]:
    """Read every cell, each distinct value once; what cannot be read is None and listed."""
    known = values.notna().to_numpy()
    if pd.api.types.infer_dtype(values, skipna=True) == "string":
        # Texts alone are numbered in C; other values may be equal and yet of different types (1, True).
        codes, distinct = pd.factorize(values.to_numpy(dtype=object))
        read: list[Any] = []
        wrong: set[int] = set()
        for k, value in enumerate(distinct):
            try:
                read.append(reader(value))
            except (ValueError, TypeError, OverflowError):
                read.append(None)
                wrong.add(k)
        read.append(None)  # what a missing cell's code, -1, points to
        told = [(int(row), f"{values.iat[row]!r} is no {meant}") for row in np.flatnonzero(np.isin(codes, list(wrong)))]
        return [read[code] for code in codes.tolist()], (told if wrong else [])
    cache: dict[tuple[type, Any], Any] = {}
    cells = values.tolist()
    result: list[Any] = [None] * len(cells)
    bad: list[tuple[int, str]] = []
    for row in np.flatnonzero(known).tolist():
        value = cells[row]
        try:
            key = (type(value), value)
            if key not in cache:
                cache[key] = reader(value)
            result[row] = cache[key]
        except (ValueError, TypeError, OverflowError):
            bad.append((row, f"{value!r} is no {meant}"))
    return result, bad


def _text(value: Any) -> str | None:
    if isinstance(value, (dict, list, set, tuple)):
        raise TypeError("a structure, not a text")
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        value = int(value)
    return str(value).strip() or None


def _real(value: Any) -> float | None:
    if isinstance(value, (bool, np.bool_)):
        raise TypeError("a boolean, not a number")
    if isinstance(value, str) and not value.strip():
        return None
    number = float(value)
    if not np.isfinite(number):
        raise ValueError("not finite")
    return number


def _integer(value: Any) -> int | None:
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return int(value)
    number = _real(value)
    if number is not None and not number.is_integer():
        raise ValueError("has a fraction")
    return None if number is None else int(number)


def _boolean(value: Any) -> bool | None:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    word = str(value).strip().lower()
    if not word:
        return None
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError("neither true nor false")


def _day(value: Any) -> pd.Timestamp | None:
    if isinstance(value, str):
        if not value.strip():
            return None
        match = _DAY.fullmatch(value.strip())
        if match is None:
            raise ValueError("no date")
        return _timestamp(int(match[1]), int(match[2]), int(match[3]))
    if not hasattr(value, "year"):
        raise TypeError("no date")
    return _timestamp(value.year, value.month, value.day)


def _timestamp(year: int, month: int, day: int) -> pd.Timestamp:
    # datetime64[ns] ends in 2262, and "9999-12-31" for "for ever" is better left empty anyway.
    if not 1678 <= year <= 2261:
        raise ValueError("outside the range of dates")
    return pd.Timestamp(year=year, month=month, day=day)


def _fill_uid(
    column: pd.Series, frame: gpd.GeoDataFrame, notes: list[str], spec: LayerSpec, where: str
) -> pd.Series:
    missing = np.flatnonzero(column.isna().to_numpy())
    if not len(missing):
        return column
    taken = set(column.dropna())
    shapes = shapely.to_wkb(np.asarray(frame.geometry.array), hex=True)
    names = frame["name"].tolist() if "name" in frame.columns else [""] * len(frame)
    cells = column.tolist()
    for row in missing.tolist():
        content, copy = f"{spec.name}|{names[row]}|{shapes[row]}", 0
        while (made := content_uid(f"{content}|{copy}")) in taken:
            copy += 1
        taken.add(made)
        cells[row] = made
    column = pd.Series(cells, index=column.index, dtype=object)
    notes.append(f"Layer '{spec.name}' from {where}: {len(missing)} rows had no uid and were given one.")
    return column


def content_uid(content: str) -> str:
    """Return the id of a content: ``uuid.uuid5`` of our namespace, without the object in between."""
    digest = bytearray(hashlib.sha1(_NAMESPACE.bytes + content.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    said = digest.hex()
    return f"{said[:8]}-{said[8:12]}-{said[12:16]}-{said[16:20]}-{said[20:]}"


def _breaches(column: pd.Series, item: FieldSpec) -> list[tuple[int, str]]:
    """Return the rows of a typed column that break the field's rules."""
    found: list[tuple[int, str]] = []
    known = column.notna().to_numpy()
    if item.required:
        found += [(int(row), "is empty, and it is required") for row in np.flatnonzero(~known)]
    if item.domain:
        outside = known & ~column.isin(list(item.domain)).to_numpy()
        codes = ", ".join(item.domain)
        found += [
            (int(row), f"{column.iat[row]!r} is not in the domain ({codes})")
            for row in np.flatnonzero(outside)
        ]
    for limit, word, sign in ((item.minimum, "less", 1), (item.maximum, "more", -1)):
        if limit is not None:
            over = ((column.astype("float64") - limit) * sign < 0).to_numpy(bool)
            found += [
                (int(row), f"{_shown(column.iat[row])} is {word} than {limit:g}")
                for row in np.flatnonzero(over)
            ]
    if item.name == "uid":
        twice = column.duplicated(keep="first").to_numpy() & known
        found += [(int(row), "stands twice; an id names one row") for row in np.flatnonzero(twice)]
    return found


def _promoted(shapes: np.ndarray, spec: LayerSpec) -> tuple[np.ndarray, list[tuple[int, str]]]:
    """Make single geometries multi, drop heights, and list what is of another kind or empty."""
    bad: list[tuple[int, str]] = []
    flat = np.array(shapely.force_2d(shapes), dtype=object)
    kinds = shapely.get_type_id(flat)
    blank = (kinds < 0) | shapely.is_empty(flat)
    own = _TYPE_IDS[spec.geometry]
    single = {5: 1, 6: 3}.get(own)
    if single is not None:
        part = np.flatnonzero((kinds == single) & ~blank)
        make = shapely.multipolygons if single == 3 else shapely.multilinestrings
        if len(part):
            flat[part] = make(flat[part], indices=np.arange(len(part)))
            kinds[part] = own
    if own == 0:
        lone = np.flatnonzero((kinds == 4) & ~blank)
        lone = lone[shapely.get_num_geometries(flat[lone]) == 1]
        flat[lone] = shapely.get_geometry(flat[lone], 0)
        kinds[lone] = 0
    wrong = ~blank & (kinds != own)
    # A problem can be registered before anyone has been there; anything else without a place is useless.
    if spec.name != "rectification_item":
        bad += [(int(row), "is empty; draw it or remove the row") for row in np.flatnonzero(blank)]
    bad += [
        (int(row), f"is a {flat[row].geom_type}, and the layer holds {spec.geometry}") for row in np.flatnonzero(wrong)
    ]
    bad.sort(key=lambda one: one[0])
    flat[blank | wrong] = None
    return flat, bad
