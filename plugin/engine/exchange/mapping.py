"""How a foreign table becomes one of our layers: proposed, confirmed by the user, kept as a template, and applied."""

from __future__ import annotations

from collections.abc import Mapping as Mapping_
from dataclasses import dataclass, field, replace
from json import JSONEncoder
from json.encoder import encode_basestring
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..catalog import LayerSpec
from ..errors import InputError
from . import map_values
from .coordinate_columns import is_coordinate_title
from .matching import Aliases, Likeness, assign, by_name, by_values, load_aliases
from .model import CrsChoice, Foreign, ReadOptions

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

#: Where the columns go that match no field.
KEPT = "source_fields"
#: Fields that the map fills itself.
_OWN = frozenset({"uid", KEPT, "adjusts_uid"})
_PROBE = 1000
_ENCODER = JSONEncoder(ensure_ascii=False, default=str)


@dataclass(frozen=True)
class FieldMap:
    """One of our fields and the column it comes from.

    Attributes
    ----------
    source : str
        The foreign column.
    values : mapping of str to str
        Foreign word -> our code, for fields with a domain.
    factor : float or None
        What numbers are multiplied with, where the units differ.
    sure : float
        0 to 1; 1 where the user said so.
    why_zh, why_en : str
    """

    source: str
    values: Mapping_[str, str] = field(default_factory=dict)
    factor: float | None = None
    sure: float = 1.0
    why_zh: str = "用户指定"
    why_en: str = "chosen by the user"


@dataclass(frozen=True)
class Mapping:
    """How the columns of a table become the fields of a layer.

    Attributes
    ----------
    layer : str
    fields : mapping of str to FieldMap
        Our field -> where it comes from.
    constants : mapping of str to value
        Our field -> the value of all rows (a document's number, a date).
    ignored : tuple of str
        Columns that are not even kept in ``source_fields``.
    choice : CrsChoice, optional
        What the coordinates are in, where the template is for files that are always alike.
    options : ReadOptions, optional
        How such files are read.
    """

    layer: str
    fields: Mapping_[str, FieldMap] = field(default_factory=dict)
    constants: Mapping_[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    choice: CrsChoice | None = None
    options: ReadOptions | None = None

    def using(self, **fields: FieldMap) -> Mapping:
        """Return the mapping with these fields mapped so."""
        return replace(self, fields={**self.fields, **fields})


@dataclass
class Mapped:
    """A table as our layer's columns, before it is checked.

    Attributes
    ----------
    frame : GeoDataFrame, shape (n,)
        The mapped fields, the constants, ``source_fields``, and the geometry in the numbers of the file.
    outside : dict of (our field, foreign word) to count
        Words that are in no domain.
    """

    frame: gpd.GeoDataFrame
    outside: dict[tuple[str, str], int]


def aliases(path: Path | None = None) -> Aliases:
    """Load the aliases: the shipped list, or the user's own."""
    return load_aliases(path or Path(__file__).resolve().parents[3] / "layers" / "aliases.yaml")


def propose(foreign: Foreign, spec: LayerSpec, *, known: Aliases | None = None) -> Mapping:
    """Propose which column becomes which field, with the codes that words mean.

    Parameters
    ----------
    foreign : Foreign
        The table, or its first rows.
    spec : LayerSpec
        The layer it is to become.
    known : Aliases, optional
    """
    known = known or aliases()
    frame = foreign.frame
    columns = [str(name) for name in frame.columns if name != frame._geometry_column_name]
    scores: dict[tuple[str, str], Likeness] = {}
    for item in spec.fields:
        if item.name in _OWN and item.name not in columns:
            continue
        words = map_values.codes(item, known) if item.domain else None
        for column in columns:
            like = by_name(column, item, known)
            possible, speaks = by_values(frame[column], item, words)
            if not possible:
                continue
            best = like if like.sure >= speaks.sure else speaks
            if best.sure > 0:
                scores[item.name, column] = best
    fields = {}
    for name, (column, like) in assign(scores).items():
        item = spec.field(name)
        values = map_values.propose(frame[column], item, known) if item.domain else {}
        factor = map_values.units(column, item)
        zh, en = like.zh, like.en
        if factor is not None:
            zh, en = f"{zh};单位不同,乘以 {factor:g}", f"{en}; its unit differs: times {factor:g}"
        fields[name] = FieldMap(column, values, factor, like.sure, zh, en)
    order = {item.name: k for k, item in enumerate(spec.fields)}
    used = {one.source for one in fields.values()}
    # The columns of a table's coordinates have become its geometry.
    consumed = tuple(
        name for name in columns
        if foreign.format in ("csv", "xlsx") and name not in used and is_coordinate_title(name)
    )  # fmt: skip
    return Mapping(spec.name, dict(sorted(fields.items(), key=lambda one: order[one[0]])), ignored=consumed)


def check(mapping: Mapping, spec: LayerSpec, columns: list[str], where: str) -> None:
    """Refuse a mapping that does not fit its layer or its file.

    Raises
    ------
    InputError
        If it names a field that the layer has not, a column that the file has not, or a code of no domain.
    """
    if mapping.layer != spec.name:
        raise InputError(f"The mapping is for layer '{mapping.layer}', not for '{spec.name}'; choose the right one.")
    for name in (*mapping.fields, *mapping.constants):
        if name not in spec.field_names:
            raise InputError(f"Layer '{spec.name}' has no field '{name}'; it has {', '.join(spec.field_names)}.")
    lacking = sorted({one.source for one in mapping.fields.values()} - set(columns))
    if lacking:
        raise InputError(
            f"{where} has no column {', '.join(lacking)}, which the mapping wants; it has {', '.join(columns[:30])}."
        )
    for name, one in mapping.fields.items():
        domain = spec.field(name).domain
        wrong = sorted({code for code in one.values.values() if domain is None or code not in domain})
        if wrong:
            raise InputError(
                f"Field '{name}' has no code {', '.join(wrong)}; it has {', '.join(domain or ()) or 'no domain'}."
            )


def apply(foreign: Foreign, mapping: Mapping, spec: LayerSpec) -> Mapped:
    """Turn a table into our columns.

    Raises
    ------
    InputError
        As :func:`check`.
    """
    import geopandas as gpd
    import pandas as pd

    frame = foreign.frame
    columns = [str(name) for name in frame.columns if name != frame._geometry_column_name]
    check(mapping, spec, columns, foreign.path.name)
    n = len(frame)
    out: dict[str, Any] = {}
    outside: dict[tuple[str, str], int] = {}
    for name, one in mapping.fields.items():
        item = spec.field(name)
        values = map_values.converted(frame[one.source], item, one.values, one.factor)
        out[name] = values
        if item.domain:
            wrong = values[values.notna() & ~values.isin(list(item.domain))]
            for word, count in wrong.astype(str).value_counts().items():
                outside[name, str(word)] = int(count)
    for name, value in mapping.constants.items():
        out[name] = pd.Series(np.full(n, value, dtype=object), index=frame.index)
    used = {one.source for one in mapping.fields.values()} | set(mapping.ignored)
    rest = [name for name in columns if name not in used]
    if KEPT in spec.field_names and KEPT not in out and rest:
        out[KEPT] = pd.Series(as_json(frame, rest), index=frame.index, dtype=object)
    made = gpd.GeoDataFrame(pd.DataFrame(out, index=frame.index), geometry=frame.geometry.array, crs=frame.crs)
    return Mapped(made, outside)


def as_json(frame: pd.DataFrame, columns: list[str]) -> NDArray[Any]:
    """Return each row's cells of these columns as a JSON object, without empty ones; None where all are."""
    import pandas as pd

    n = len(frame)
    text = np.full(n, "", dtype=object)
    for name in columns:
        column = frame[name].astype(object)
        key = encode_basestring(name)
        if column.iloc[:_PROBE].nunique() > 0.9 * min(n, _PROBE):
            # Nearly all different: numbering them first would only cost.
            text = text + np.array([_piece(key, value) for value in column.tolist()] or [""], dtype=object)[:n]
            continue
        codes, values = pd.factorize(column.to_numpy(dtype=object))
        text = text + np.array([*(_piece(key, value) for value in values), ""], dtype=object)[codes]
    out = np.full(n, None, dtype=object)
    full = np.flatnonzero(text != "")
    out[full] = [f"{{{one[2:]}}}" for one in text[full]]
    return out


def _piece(key: str, value: Any) -> str:
    if isinstance(value, str):
        return f", {key}: {encode_basestring(value)}" if value.strip() else ""
    if value is None or value != value:
        return ""
    return f", {key}: {_ENCODER.encode(value.item() if isinstance(value, np.generic) else value)}"
