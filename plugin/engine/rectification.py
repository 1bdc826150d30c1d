"""Follow-up (整改销号): what a check finds becomes an item with a number that stays, until it is closed.

The unit is the problem: one item per feature and rule, for a rule has its own deadline, its own responsible unit
and its own way of being closed.  A feature near several sections is one item that names them all.  A second run
finds its items again by layer and id of the feature, rulebook and rule; what people have entered by hand is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from . import geodesy
from .errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from .catalog import LayerSpec
    from .onemap import OneMap

LAYER = "rectification_item"
#: Effects of a rule whose hit is a problem to be dealt with.
EFFECTS = ("close", "prohibit", "rectify", "require", "restrict")
#: Relations of findings that stand behind a figure and are no problems of their own.
_FIGURES = ("counted", "missing_attribute", "short")
#: Fields by which a second run finds an item again.
IDENTITY = ("feature_layer", "feature_uid", "rulebook", "clause_id")
#: What each run writes anew; everything else of an item belongs to the people who work on it.
_SEEN = (
    "name", "clause", "problem", "tentative", "section_id", "direction", "chainage_m", "bank", "offset_m",
    "distance_m", "outside_jurisdiction", "last_seen_on",
)  # fmt: skip
#: What a run proposes and never changes once it is filled.
_PROPOSED = ("township", "responsible_party", "measure", "due_on", "due_words", "found_on")
_NUMBER = re.compile(r"(?P<head>.+)-(?P<serial>\d{4,})")
#: A run without a rulebook (a section's list by itself) has items of this rule.
_NO_RULE = "section"
_DIRECTIONS = {"U": "upstream", "D": "downstream"}


@dataclass(frozen=True)
class Registered:
    """What a run means for the items; all frames have the item layer's fields, EPSG:4490.

    Attributes
    ----------
    new : GeoDataFrame
        Items to insert, numbered.
    changed : GeoDataFrame
        Items that are there, as they should now be; ``row_version`` is that of the row read.
    unchanged : int
    vanished : GeoDataFrame
        Items not closed that this run no longer finds: to be verified and closed by people, never deleted.
    reappeared : GeoDataFrame
        Closed items that the run finds again (反弹); they are among `changed` only in `last_seen_on`.
    """

    new: gpd.GeoDataFrame
    changed: gpd.GeoDataFrame
    unchanged: int
    vanished: gpd.GeoDataFrame
    reappeared: gpd.GeoDataFrame


def register(
    findings: gpd.GeoDataFrame,
    onemap: OneMap,
    existing: gpd.GeoDataFrame,
    *,
    as_of: date,
    used: Iterable[str] = (),
    prefix: str | None = None,
) -> Registered:
    """Turn findings into items.

    Parameters
    ----------
    findings : GeoDataFrame
        Findings of a plan board, a section or a check (:data:`.findings.FINDING_COLUMNS`), of features of the map.
        Hits count, tentative ones as 待核实, of rules that close, prohibit, restrict, rectify or require.
    onemap : OneMap
        Where the features are; a feature whose state says that it is settled makes no item.
    existing : GeoDataFrame
        The items that the map has, with ``row_version`` where the store keeps it.
    as_of : date
        The day of the run.
    used : iterable of str
        Numbers ever used, those of deleted items too (from the audit trail): none is given twice.
    prefix : str, optional
        What numbers begin with; the jurisdiction's short name when left out.

    Returns
    -------
    Registered

    Raises
    ------
    InputError
        If the map names no jurisdiction and no `prefix` is given, or two existing items are of one problem.
    """
    spec = onemap.catalog[LAYER]
    wanted = _problems(findings, onemap, as_of)
    known = _known(existing)
    head = prefix or _short_name(onemap)
    numbers = _Numbers(head, [*used, *(existing["problem_no"].dropna() if len(existing) else ())])
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    unchanged, seen, again = 0, set(), []
    for key in sorted(wanted, key=lambda k: (k[2], k[3], k[0], k[1])):
        item = wanted[key]
        place = known.get(key)
        if place is None:
            new.append({**item, "problem_no": numbers.next(key[3]), "status": "not_started"})
            continue
        seen.add(place)
        row = existing.iloc[place]
        if row["status"] == "closed":
            again.append(place)
        updated = _updated(row, item, spec)
        if updated:
            changed.append({**row.to_dict(), **updated})
        else:
            unchanged += 1
    scope = {(key[2], key[3]) for key in wanted} | _rules_run(findings)
    gone = [
        place
        for key, place in known.items()
        if place not in seen and (key[2], key[3]) in scope and existing["status"].iat[place] != "closed"
    ]
    return Registered(
        _frame(new, spec, existing),
        _frame(changed, spec, existing),
        unchanged,
        existing.iloc[sorted(gone)].reset_index(drop=True),
        existing.iloc[sorted(again)].reset_index(drop=True),
    )


def overdue_days(items: pd.DataFrame, as_of: date) -> NDArray[np.int64]:
    """Return for each item how many days ago its deadline was; 0 where it is closed, to come or has none."""
    import pandas as pd

    late = (pd.Timestamp(as_of) - pd.to_datetime(items["due_on"])).dt.days.fillna(0).clip(lower=0)
    open_ = ~items["status"].isin(["done", "closed"]).to_numpy(bool)
    return np.where(open_, late.to_numpy(), 0).astype(np.int64)


def draw_sample(items: pd.DataFrame, *, share: float = 0.1, seed: str) -> list[str]:
    """Return the numbers of closed items drawn for a second look (回头看), at least `share` of them.

    The draw depends on `seed` (say, the year) and the numbers alone, so that anyone can repeat it.  At least one
    in ten is what the plan of Qibin asks for each year (clause Q17).

    Raises
    ------
    InputError
        If `share` is not between 0 and 1.
    """
    import hashlib

    if not 0 < share <= 1:
        raise InputError(f"The share of the sample is {share:g}; give one above 0 and up to 1, such as 0.1.")
    closed = sorted(items.loc[items["status"] == "closed", "problem_no"].dropna())
    count = int(np.ceil(len(closed) * share))
    return sorted(sorted(closed, key=lambda no: hashlib.sha256(f"{seed}|{no}".encode()).hexdigest())[:count])


# --------------------------------------------------------------------------------------------------------
# From findings to problems
# --------------------------------------------------------------------------------------------------------


def _problems(
    findings: gpd.GeoDataFrame, onemap: OneMap, as_of: date
) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    """Return what each problem's item should say, by identity."""
    import pandas as pd

    rows = findings[
        (findings["status"] == "hit")
        & (findings["effect"].isin(EFFECTS) | findings["rulebook"].isna())
        & ~findings["relation"].isin(_FIGURES)
        & findings["site_layer"].notna()
        & findings["site_id"].notna()
    ]
    towns = _Towns(onemap, as_of)
    found: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for layer, group in rows.groupby("site_layer", sort=True):
        features = onemap.layer(str(layer))
        spec = onemap.spec(str(layer))
        if features is None or spec is None or "uid" not in features:
            continue
        places = {uid: k for k, uid in reversed(list(enumerate(features["uid"])))}
        for row in group.to_dict("records"):
            place = places.get(row["site_id"])
            if place is None:
                continue
            feature = features.iloc[place]
            if _settled(feature, spec):
                continue
            key = (str(layer), str(row["site_id"]), _text(row["rulebook"]), _text(row["clause_id"]) or _NO_RULE)
            item = _item(row, feature, spec, towns, as_of)
            found[key] = _nearer(found[key], item) if key in found else item
    for key, item in found.items():
        item.update(zip(IDENTITY, (key[0], key[1], key[2] or None, key[3])))
        item["due_on"] = pd.Timestamp(item["due_on"]) if item["due_on"] else pd.NaT
    return found


def _rules_run(findings: gpd.GeoDataFrame) -> set[tuple[str, str]]:
    """Return the rules that a run has looked at, whether they found anything or not."""
    return {
        (_text(book), _text(rule) or _NO_RULE)
        for book, rule in findings[["rulebook", "clause_id"]].drop_duplicates().itertuples(index=False)
    }


def _item(
    row: Mapping[str, Any], feature: pd.Series, spec: LayerSpec, towns: _Towns, as_of: date
) -> dict[str, Any]:
    import pandas as pd
    import shapely

    point = shapely.point_on_surface(feature.geometry) if feature.geometry is not None else None
    name = _text(row["site_name"]) or _text(feature.get("name"))
    township = _text(feature.get("township")) or towns.of(point)
    section = _text(row["section_id"])
    return {
        "name": name or None,
        "clause": _text(row["clause"]) or None,
        "problem": _words(row, spec, name),
        "tentative": bool(row["tentative"]) or row["band"] == "approximate",
        "section_id": section or None,
        "direction": _DIRECTIONS.get(_text(row["direction"])),
        "chainage_m": _number(row["chainage_m"]),
        "bank": _text(row["bank"]) if _text(row["bank"]) in ("left", "right") else None,
        "offset_m": _number(row["offset_m"]),
        "distance_m": _number(row["distance_m"]),
        "outside_jurisdiction": bool(row["outside_jurisdiction"]),
        "township": township or None,
        "responsible_party": _text(feature.get("responsible_party")) or _text(row["responsible"]) or None,
        "measure": _text(row["operative"]) or None,
        "due_on": _text(row["deadline"]) or None,
        "due_words": _text(row["deadline_words"]) or None,
        "found_on": pd.Timestamp(as_of),
        "last_seen_on": pd.Timestamp(as_of),
        "provenance": _text(feature.get("provenance")) or None,
        "geometry": point,
    }


def _words(row: Mapping[str, Any], spec: LayerSpec, name: str) -> str:
    """Say in one sentence what the problem is."""
    said = f"{spec.zh}“{name}”" if name else spec.zh
    rule = _text(row["clause_zh"])
    parts = [f"{said}:{rule}" if rule else said]
    zone, distance = _text(row["zone_name"]), _number(row["distance_m"])
    if zone:
        parts.append(f"涉及“{zone}”" + (f",相距{distance:.0f}米" if distance else ""))
    if row["band"] == "approximate":
        parts.append("位于“左右”幅度内,现场核定")
    if row["outside_jurisdiction"]:
        parts.append("界外,函告")
    return ";".join(parts)


def _nearer(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Join two hits of one problem: the surer and nearer one describes it, all sections are named."""
    first, second = sorted(
        (one, other),
        key=lambda item: (
            item["tentative"],
            np.inf if item["distance_m"] is None else item["distance_m"],
            item["problem"],
        ),
    )
    sections = [s for item in (one, other) for s in (item["section_id"] or "").split(",") if s]
    dues = sorted(item["due_on"] for item in (one, other) if item["due_on"])
    return {
        **first,
        "section_id": ",".join(sorted(set(sections))) or None,
        "due_on": dues[0] if dues else None,
        "tentative": first["tentative"] and second["tentative"],
    }


def _settled(feature: pd.Series, spec: LayerSpec) -> bool:
    return any(feature.get(name) in codes for name, codes in spec.settled.items())


class _Towns:
    """The towns of the map, by place."""

    def __init__(self, onemap: OneMap, as_of: date) -> None:
        areas = onemap.in_force("admin_area", as_of)
        if areas is None or "level" not in areas:
            self._names, self._tree = [], None
            return
        import shapely

        towns = areas[(areas["level"] == "town") & areas.geometry.notna()]
        self._names = list(towns["name"])
        self._tree = shapely.STRtree(np.asarray(towns.geometry.array)) if len(towns) else None

    def of(self, point: Any) -> str:
        """Return the name of the town in which a point lies, or an empty text."""
        if self._tree is None or point is None:
            return ""
        hits = sorted(self._tree.query(point, predicate="intersects").tolist())
        return str(self._names[hits[0]] or "") if hits else ""


# --------------------------------------------------------------------------------------------------------
# Items that are there
# --------------------------------------------------------------------------------------------------------


def _known(existing: gpd.GeoDataFrame) -> dict[tuple[str, str, str, str], int]:
    """Return the place of each item by identity."""
    found: dict[tuple[str, str, str, str], int] = {}
    if not len(existing):
        return found
    cells = existing.reindex(columns=list(IDENTITY)).to_numpy(dtype=object)
    for place, key in enumerate(cells):
        identity = (_text(key[0]), _text(key[1]), _text(key[2]), _text(key[3]) or _NO_RULE)
        if not identity[1]:
            continue
        if identity in found:
            numbers = [existing["problem_no"].iat[k] for k in (found[identity], place)]
            raise InputError(
                f"Layer '{LAYER}': the items {numbers[0]} and {numbers[1]} are of one problem; delete one of them."
            )
        found[identity] = place
    return found


def _updated(row: pd.Series, item: Mapping[str, Any], spec: LayerSpec) -> dict[str, Any]:
    """Return what of an item is new: what a run writes anew, and what it proposes where nothing stands."""
    told = {}
    for name in _SEEN:
        if not _same(row.get(name), item[name]):
            told[name] = item[name]
    for name in _PROPOSED:
        if missing(row.get(name)) and not missing(item[name]):
            told[name] = item[name]
    if set(told) == {"last_seen_on"} and not missing(row.get("last_seen_on")):
        # A run of an earlier day says nothing new.
        if row["last_seen_on"] >= item["last_seen_on"]:
            return {}
    elif told and not missing(row.get("last_seen_on")) and row["last_seen_on"] > item["last_seen_on"]:
        return {}
    return told


def _frame(rows: Sequence[Mapping[str, Any]], spec: LayerSpec, existing: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    from .conform import empty_frame, typed

    if not rows:
        return empty_frame(spec)
    names = [*spec.field_names, *(["row_version"] if "row_version" in existing else [])]
    data = {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names}
    for item in spec.fields:
        data[item.name] = typed(data[item.name], item)[0]
    shapes = [row.get("geometry") for row in rows]
    return gpd.GeoDataFrame(data, geometry=gpd.GeoSeries(shapes, crs=geodesy.STORAGE_CRS), crs=geodesy.STORAGE_CRS)


class _Numbers:
    """Hands out numbers, none of them twice: after the highest ever used of a rule."""

    def __init__(self, head: str, used: Iterable[str]) -> None:
        self._head = head
        self._last: dict[str, int] = {}
        for number in used:
            match = _NUMBER.fullmatch(str(number))
            if match:
                key = match["head"]
                self._last[key] = max(self._last.get(key, 0), int(match["serial"]))

    def next(self, rule: str) -> str:
        """Return the next number of a rule."""
        key = f"{self._head}-{rule}"
        self._last[key] = self._last.get(key, 0) + 1
        return f"{key}-{self._last[key]:04d}"


def _short_name(onemap: OneMap) -> str:
    name = (onemap.meta.get("jurisdiction_zh") or "").strip()
    short = re.sub(r"(市|县|区|自治县)$", "", name) or name
    if not short and not onemap.meta.get("jurisdiction_code"):
        raise InputError("The map names no jurisdiction, with which numbers begin; give a prefix, such as 济源.")
    return short or str(onemap.meta["jurisdiction_code"])


def _text(value: Any) -> str:
    return "" if missing(value) else str(value).strip()


def _number(value: Any) -> float | None:
    return None if missing(value) else round(float(value), 3)


def missing(value: Any) -> bool:
    """Tell whether a cell is unknown: None, NaN, NaT or NA."""
    # pandas.NA refuses to say whether it differs from itself.
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value


def _same(one: Any, other: Any) -> bool:
    if missing(one) or missing(other):
        return missing(one) and missing(other)
    if isinstance(one, float) or isinstance(other, float):
        return abs(float(one) - float(other)) < 5e-4
    return bool(one == other)
