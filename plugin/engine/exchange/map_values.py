"""Foreign words as our codes, dates and numbers: each value once, however many rows repeat it."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..catalog import FieldSpec
from .matching import Aliases, plain

if TYPE_CHECKING:
    import pandas as pd

_DAY = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s].*)?$")
_PACKED_DAY = re.compile(r"^(19|20)(\d{2})(\d{2})(\d{2})(?:\.0)?$")
_SERIAL = re.compile(r"^[2-5]\d{4}(?:\.0+)?$")
_NUMBER = re.compile(r"^([-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?)\s*(.*)$")
_TRUTHS = frozenset("true t yes y 1 1.0 是 有 √ false f no n 0 0.0 否 无 ×".split())
#: Day 0 of Excel's calendar, with its leap year that never was.
_EPOCH = dt.date(1899, 12, 30)
#: Units of area in square metres, by the words that titles use.
AREAS = {"公顷": 1e4, "ha": 1e4, "亩": 10000 / 15, "平方公里": 1e6, "km2": 1e6, "平方千米": 1e6, "平方米": 1.0, "m2": 1.0, "㎡": 1.0,
         "万平方米": 1e4}  # fmt: skip
LENGTHS = {"米": 1.0, "m": 1.0, "公里": 1000.0, "km": 1000.0, "千米": 1000.0}
_IN_BRACKETS = re.compile(r"[(（\[【](.*?)[)）\]】]")


def codes(item: FieldSpec, aliases: Aliases) -> dict[str, str]:
    """Return plain word -> code of a field's domain: codes, titles and aliases; an ambiguous word is left out."""
    found: dict[str, set[str]] = {}
    for code, titles in (item.domain or {}).items():
        for word in (code, titles.get("zh", ""), titles.get("en", ""), *aliases.values.get(code, ())):
            if plain(word):
                found.setdefault(plain(word), set()).add(code)
    # A code or title of the domain itself goes before another code's alias.
    for code, titles in (item.domain or {}).items():
        for word in (code, titles.get("zh", "")):
            if plain(word):
                found[plain(word)] = {code}
    return {word: next(iter(meant)) for word, meant in found.items() if len(meant) == 1}


def propose(values: pd.Series, item: FieldSpec, aliases: Aliases) -> dict[str, str]:
    """Return foreign word -> code for the words of a column that are known, alike ones included where one code
    is meant."""
    known = codes(item, aliases)
    out: dict[str, str] = {}
    for word in sorted({str(value).strip() for value in values.dropna().unique()} - {""}):
        said = plain(word)
        if said in known:
            out[word] = known[said]
            continue
        near = {
            code
            for one, code in known.items()
            if len(one) >= 2 and len(said) >= 2 and (one in said or said in one)
        }
        if len(near) == 1:
            out[word] = near.pop()
    return out


def units(column: str, item: FieldSpec) -> float | None:
    """Return the factor from the unit in a column's title to the field's own, None where nothing or the same
    is said."""
    match = _IN_BRACKETS.search(unicodedata.normalize("NFKC", column))
    if match is None or not item.unit or item.type not in ("real", "integer"):
        return None
    said, own = match[1].strip().lower(), unicodedata.normalize("NFKC", item.unit).strip().lower()
    for table in (AREAS, LENGTHS):
        plain_table = {unicodedata.normalize("NFKC", key).lower(): value for key, value in table.items()}
        if said in plain_table and own in plain_table:
            factor = plain_table[said] / plain_table[own]
            return None if factor == 1.0 else factor
    return None


def readable(word: str, item: FieldSpec) -> bool:
    """Tell whether a word can be read as a field's type."""
    said = unicodedata.normalize("NFKC", word).strip()
    if item.type == "date":
        return _date(said) is not None
    if item.type == "boolean":
        return said.lower() in _TRUTHS
    return number(said, item.unit) is not None


def _date(said: str) -> str | None:
    match = _DAY.match(said)
    if match:
        parts = match[1], match[2], match[3]
    else:
        match = _PACKED_DAY.match(said)
        if match:
            parts = match[1] + match[2], match[3], match[4]
        elif _SERIAL.match(said):
            return (_EPOCH + dt.timedelta(days=int(float(said)))).isoformat()
        else:
            return None
    try:
        return dt.date(*map(int, parts)).isoformat()
    except ValueError:
        return None


def number(said: str, unit: str | None) -> float | None:
    """Return a number with its thousands and the field's own unit taken off, None where it is none."""
    match = _NUMBER.match(said)
    if not match:
        return None
    rest = match[2].strip().lower()
    if rest and rest != (unit or "").strip().lower():
        return None
    value = float(match[1].replace(",", ""))
    return value if np.isfinite(value) else None


def converted(column: pd.Series, item: FieldSpec, words: Mapping[str, str], factor: float | None) -> pd.Series:
    """Turn a foreign column into our field's values; what is not known stays as it is, for the check to name.

    Parameters
    ----------
    column : Series, shape (n,)
    item : FieldSpec
    words : mapping of str to str
        Foreign word -> code.
    factor : float, optional
        What numbers are multiplied with.
    """
    import pandas as pd

    if item.type == "text" and not item.domain and not words:
        return column
    kinds = pd.api.types.infer_dtype(column, skipna=True)
    if kinds in ("floating", "integer", "boolean") and not words:
        if item.type == "date":
            column = column.map(lambda v: f"{v:.0f}" if v == v and v is not None else None).astype(object)
        else:
            return column.astype("float64") * factor if factor is not None and kinds != "boolean" else column
    if kinds in ("datetime64", "datetime", "date"):
        return column
    codes_, said = pd.factorize(column.to_numpy(dtype=object))
    values = np.empty(len(said) + 1, dtype=object)
    values[-1] = None
    for k, value in enumerate(said):
        values[k] = _converted(value, item, words, factor)
    return pd.Series(values[codes_], index=column.index, dtype=object)


def _converted(value: Any, item: FieldSpec, words: Mapping[str, str], factor: float | None) -> Any:
    word = str(value).strip()
    if not word:
        return None
    if words or item.domain:
        return words.get(word, value)
    said = unicodedata.normalize("NFKC", word)
    if item.type == "date":
        return _date(said) or value
    if item.type in ("real", "integer"):
        if isinstance(value, bool):
            return value
        found = number(said, item.unit)
        if found is None:
            return value
        found = found * factor if factor is not None else found
        return int(found) if item.type == "integer" and float(found).is_integer() else found
    if item.type == "boolean":
        return {"有": True, "√": True, "无": False, "×": False}.get(word, value)
    return value
