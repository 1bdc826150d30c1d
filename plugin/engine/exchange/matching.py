"""Which of a foreign table's columns is which of our fields: by name, title, alias, likeness, and what stands in it.

Names are compared in plain forms: compatibility characters folded, lower case, without units in brackets and signs
between words.  A shapefile cuts names to ten bytes, so that a beginning may stand for the whole.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..catalog import FieldSpec
from ..errors import InputError
from ..yaml_source import YamlSource

if TYPE_CHECKING:
    import pandas as pd

_SIGNS = re.compile(r"[(\[（【].*?[)\]）】]|[_\-\s°:：/.、,，]")
_LEAST = 0.6
_SAMPLE = 500


class Likeness(NamedTuple):
    """How sure it is that a column is a field (0 to 1), and why, in zh and en."""

    sure: float
    zh: str
    en: str


NOTHING = Likeness(0.0, "", "")


class Aliases(NamedTuple):
    """Other names of fields, and other words for codes."""

    fields: Mapping[str, tuple[str, ...]]
    values: Mapping[str, tuple[str, ...]]


def plain(name: str) -> str:
    """Return a name as it is compared."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", name).strip().lower())


@lru_cache(maxsize=4)
def load_aliases(path: Path) -> Aliases:
    """Load the lists of aliases.

    Raises
    ------
    InputError
        If the file is no such list.
    """
    data = YamlSource(path, "Aliases").data
    if not isinstance(data, dict) or set(data) - {"fields", "values"}:
        raise InputError(f"{path} must hold the lists 'fields' and 'values' and nothing else; correct it.")
    out: list[dict[str, tuple[str, ...]]] = []
    for part in ("fields", "values"):
        lists = data.get(part) or {}
        if not isinstance(lists, dict) or not all(isinstance(one, list) for one in lists.values()):
            raise InputError(f"{path}: '{part}' must map names to lists of words; correct it.")
        out.append({str(key): tuple(str(word) for word in words) for key, words in lists.items()})
    return Aliases(*out)


def by_name(column: str, item: FieldSpec, aliases: Aliases) -> Likeness:
    """Compare a column's name with a field."""
    if column == item.name:
        return Likeness(1.0, "列名与字段名相同", "it has the field's name")
    if column in (item.zh, item.en, item.title("zh"), item.title("en")):
        return Likeness(0.98, "列名与字段标题相同", "it has the field's title")
    said = plain(column)
    if not said:
        return NOTHING
    known = [plain(one) for one in (item.name, item.zh, item.en)]
    if said in known:
        return Likeness(0.95, "列名与字段名称一致", "it has the field's name in other spelling")
    others = [plain(one) for one in aliases.fields.get(item.name, ())]
    if said in others:
        return Likeness(0.92, "列名是该字段的常用别名", "it is a common name of the field")
    if _cut(column, [item.name, item.zh, *aliases.fields.get(item.name, ())]):
        return Likeness(0.85, "列名是字段名截断到 10 字节", "it is the field's name cut to ten bytes")
    best = 0.0
    for one in (*known, *others):
        if len(one) < 2 or len(said) < 2:
            continue
        ratio = difflib.SequenceMatcher(None, said, one).ratio()
        if (one in said or said in one) and min(len(one), len(said)) >= 2:
            ratio = max(ratio, 0.62 + 0.2 * min(len(one), len(said)) / max(len(one), len(said)))
        best = max(best, ratio)
    if best < _LEAST:
        return NOTHING
    return Likeness(min(0.8, best), f"列名相近({best:.0%})", f"its name is alike ({best:.0%})")


def _cut(column: str, names: Sequence[str]) -> bool:
    """Whether a column's name is a name cut to ten bytes, as shapefiles do."""
    for name in names:
        for codec in ("utf-8", "gbk"):
            whole = name.encode(codec, errors="ignore")
            if len(whole) > 10 and whole[:10].decode(codec, errors="ignore") == column:
                return True
    return False


def by_values(values: pd.Series, item: FieldSpec, codes: Mapping[str, str] | None) -> tuple[bool, Likeness]:
    """Tell whether a column's values can be the field's at all, and whether they speak for it by themselves.

    `codes` are the field's words and codes in plain form, for a field with a domain.
    """
    from .map_values import readable

    known = values.dropna()
    known = known[known.astype(str).str.strip() != ""]
    if len(known) > _SAMPLE:
        known = known.iloc[:: max(1, len(known) // _SAMPLE)]
    if not len(known):
        return True, NOTHING
    words = [str(value) for value in known.unique()]
    if codes is not None:
        share = sum(plain(word) in codes for word in words) / len(words)
        if share == 1.0 and len(words) >= 2:
            return True, Likeness(0.7, "各值都在字段的值域内", "all its values are in the field's domain")
        return share > 0 or item.type == "text", NOTHING
    if item.type in ("integer", "real", "date", "boolean"):
        good = sum(readable(word, item) for word in words) / len(words)
        return good >= 0.5, NOTHING
    return True, NOTHING


def assign(scores: Mapping[tuple[str, str], Likeness]) -> dict[str, tuple[str, Likeness]]:
    """Pair fields with columns, each once, for the greatest sum of sureness.

    The pairs are few and most scores nothing, so that taking the surest first and then mending by exchange of two is
    enough: an exchange is made while it raises the sum.
    """
    taken: dict[str, tuple[str, Likeness]] = {}
    used: set[str] = set()
    for (name, column), like in sorted(scores.items(), key=lambda one: (-one[1].sure, one[0])):
        if like.sure >= _LEAST and name not in taken and column not in used:
            taken[name] = (column, like)
            used.add(column)
    better = True
    while better:
        better = False
        for a in list(taken):
            for b in list(taken):
                if a >= b:
                    continue
                one, other = scores.get((a, taken[b][0]), NOTHING), scores.get((b, taken[a][0]), NOTHING)
                if (
                    min(one.sure, other.sure) >= _LEAST
                    and one.sure + other.sure > taken[a][1].sure + taken[b][1].sure + 1e-9
                ):
                    taken[a], taken[b] = (taken[b][0], one), (taken[a][0], other)
                    better = True
    return taken


def any_text(value: Any) -> str:
    """Return a cell as text, empty for none."""
    return "" if value is None or value != value else str(value).strip()
