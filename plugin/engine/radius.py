"""The heat-supply radius: coal boilers within a distance of a combined heat and power plant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from . import geodesy, proximity
from .buffers import buffers
from .errors import InputError
from .findings import FINDING_COLUMNS, ISSUE_COLUMNS, table
from .progress import SILENT, Progress, report
from .river.rows import identifiers, issue, numbers, texts, truths

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

#: Column -> kind (t text, f number), for :func:`.findings.table`.
ZONE_COLUMNS = {
    "plant_id": "t", "name": "t", "kind": "t", "area_m2": "f", "area_projected_m2": "f", "upstream_m": "f",
    "downstream_m": "f", "bank_m": "f", "bank_from": "t", "radius_m": "f", "note": "t",
}  # fmt: skip
#: A circle of 720 points falls short of 15 km by at most 0.14 m.
_QUAD_SEGS = 180
_DONE = {"closed", "converted"}


@dataclass(frozen=True)
class RadiusResult:
    """The answer, all frames in EPSG:4490.

    Attributes
    ----------
    zone : GeoDataFrame
        One polygon per plant that counts or may count.
    finding : GeoDataFrame
        One row per boiler: ``hit`` within the distance of a plant (the nearest plant is named), ``clear`` with
        the nearest miss otherwise, ``not_assessed`` where a plant may be missing.
    issue : GeoDataFrame
    """

    zone: gpd.GeoDataFrame
    finding: gpd.GeoDataFrame
    issue: gpd.GeoDataFrame


@dataclass(frozen=True)
class _Plants:
    """Plants that count, and those that may (with the reason)."""

    geometry: NDArray[Any]
    uid: NDArray[Any]
    name: NDArray[Any]
    accuracy: NDArray[np.float64]
    doubt_zh: list[str]
    doubt_en: list[str]


def heat_radius(
    plants: gpd.GeoDataFrame,
    *,
    distance: float = 15000.0,
    min_unit_mw: float | None = None,
    chp_only: bool = True,
    boilers: gpd.GeoDataFrame | None = None,
    coverage: gpd.GeoDataFrame | None = None,
    as_of: Any = None,
    progress: Progress = SILENT,
) -> RadiusResult:
    """Draw the supply radius of plants and decide for each boiler whether it lies within.

    Parameters
    ----------
    plants : GeoDataFrame
        Points (or polygons: the distance counts from their edge).  Used where present: ``uid``, ``name``,
        ``chp``, ``unit_capacity_mw``, ``status``, ``chp_from``, ``accuracy_m``.
    distance : float
        Metres on the ellipsoid; exactly the distance is within.
    min_unit_mw : float, optional
        Count plants whose largest unit has at least this capacity.
    chp_only : bool
        Count combined heat and power plants alone.  A plant of which it is not known (or whose capacity is not
        known, or which does not supply heat yet) makes its hits 待核实.
    boilers : GeoDataFrame, optional
        Used where present: ``uid``, ``name``, ``utility``, ``status``, ``accuracy_m``.
    coverage : GeoDataFrame, optional
        Polygons in which the plants are completely known; a boiler whose surroundings they do not cover and
        that lies within no known plant's distance is 待核实.
    as_of : date or ISO text, optional
        The day on which a plant has to supply heat (``chp_from``).
    progress : Progress

    Returns
    -------
    RadiusResult

    Raises
    ------
    InputError
        Unusable frames or numbers.
    """
    if not 0 < distance <= 100_000:
        raise InputError(f"The supply radius is {distance} m; give a distance between 0 and 100 000 m.")
    if min_unit_mw is not None and not min_unit_mw >= 0:
        raise InputError(f"The smallest unit is {min_unit_mw} MW; give a capacity of 0 or more.")
    issues: list[dict[str, Any]] = []
    chosen = _choose(plants, min_unit_mw, chp_only, as_of, issues)
    report(progress, 0.2, "Drawing supply radii")
    zones = _zones(chosen, distance)
    report(progress, 0.5, "Measuring boilers")
    rows: list[dict[str, Any]] = []
    if boilers is not None:
        rows = _findings(chosen, boilers, distance, _union(coverage), issues, progress)
    report(progress, 1.0)
    return RadiusResult(
        table(zones, ZONE_COLUMNS), table(rows, FINDING_COLUMNS), table(issues, ISSUE_COLUMNS)
    )


def _usable(data: gpd.GeoDataFrame, what: str, zh: str, prefix: str, issues: list[dict[str, Any]]) -> Any:
    """Return (rows in storage CRS, geometry, ids) of the features with a valid geometry; others are issues."""
    stored = geodesy.to_storage(data, what)
    geometry = shapely.force_2d(np.asarray(stored.geometry.array, dtype=object))
    uid = identifiers(stored, ("uid", "site_id", "id"), prefix)
    good = ~shapely.is_missing(geometry) & ~shapely.is_empty(geometry) & shapely.is_valid(geometry)
    for k in np.flatnonzero(~good):
        said = (
            f"{zh} {uid[k]} 没有有效图形,未参与",
            f"{what} {uid[k]} has no valid geometry and was left out.",
        )
        issues.append(issue("error", "invalid_geometry", *said, site_id=uid[k]))
    return stored[good], geometry[good], uid[good]


def _choose(
    plants: gpd.GeoDataFrame,
    min_unit_mw: float | None,
    chp_only: bool,
    as_of: Any,
    issues: list[dict[str, Any]],
) -> _Plants:
    """Choose the plants that count, and say which may."""
    import pandas as pd

    stored, geometry, uid = _usable(plants, "heat source", "热源", "P", issues)
    chp = truths(stored, "chp")
    unit = numbers(stored, "unit_capacity_mw")
    status = texts(stored, "status")
    since = texts(stored, "chp_from")
    keep: list[int] = []
    doubts_zh: list[str] = []
    doubts_en: list[str] = []
    for k in range(len(stored)):
        if (chp_only and chp[k] is False) or (min_unit_mw is not None and unit[k] < min_unit_mw):
            continue
        if status[k] == "closed":
            zh, en = (
                f"热源 {uid[k]} 已关停,未计供热半径",
                f"Heat source {uid[k]} is closed; it has no supply radius.",
            )
            place = shapely.point_on_surface(geometry[k])
            issues.append(issue("info", "plant_closed", zh, en, place, site_id=uid[k]))
            continue
        zh_parts, en_parts = [], []
        if chp_only and chp[k] is None:
            zh_parts.append("热源是否热电联产未注明")
            en_parts.append("it is not known whether the heat source is combined heat and power")
        if min_unit_mw is not None and np.isnan(unit[k]):
            zh_parts.append(f"热源单机容量未注明(要求不小于 {min_unit_mw:g} 兆瓦)")
            en_parts.append(
                f"the unit capacity of the heat source is not known (at least {min_unit_mw:g} MW asked)"
            )
        if status[k] in ("construction", "planned"):
            zh_parts.append("热源尚未建成")
            en_parts.append("the heat source is not built yet")
        if as_of is not None and since[k] is not None and pd.Timestamp(since[k]) > pd.Timestamp(as_of):
            zh_parts.append(f"热源自 {since[k][:10]} 起供热,晚于 {pd.Timestamp(as_of).date()}")
            en_parts.append(f"the heat source supplies heat only from {since[k][:10]}")
        keep.append(k)
        doubts_zh.append("、".join(zh_parts))
        doubts_en.append("; ".join(en_parts))
    if not keep:
        zh, en = "没有符合条件的热源", "No heat source meets the conditions."
        issues.append(issue("warning", "no_plant", zh, en))
    rows = np.array(keep, dtype=int)
    return _Plants(
        geometry[rows],
        uid[rows],
        texts(stored, "name")[rows],
        numbers(stored, "accuracy_m")[rows],
        doubts_zh,
        doubts_en,
    )


def _zones(plants: _Plants, radius: float) -> list[dict[str, Any]]:
    """Draw the circles (or buffers) of the plants."""
    rows = []
    shapes = buffers(plants.geometry, radius, _QUAD_SEGS)
    areas, projected = geodesy.area_m2(shapes), geodesy.projected_area_m2(shapes)
    for k, shape in enumerate(shapes):
        notes = [f"半径{radius:g}米(椭球面距离)"]
        if shapely.get_type_id(plants.geometry[k]) != 0:
            notes.append("自厂区边界起算")
        if plants.doubt_zh[k]:
            notes.append(f"待核实:{plants.doubt_zh[k]}")
        rows.append({
            "plant_id": plants.uid[k], "name": plants.name[k], "kind": "heat_radius",
            "area_m2": areas[k], "area_projected_m2": projected[k],
            "radius_m": radius, "note": ";".join(notes), "geometry": shapely.multipolygons(shapely.get_parts(shape)),
        })  # fmt: skip
    return rows


def _union(coverage: gpd.GeoDataFrame | None) -> Any:
    """Return the covered area in degrees, None where coverage is not asked for."""
    if coverage is None:
        return None
    geometry = np.asarray(geodesy.to_storage(coverage, "coverage").geometry.array, dtype=object)
    return shapely.union_all(shapely.make_valid(geometry[~shapely.is_missing(geometry)]))


def _findings(
    plants: _Plants,
    boilers: gpd.GeoDataFrame,
    radius: float,
    covered: Any,
    issues: list[dict[str, Any]],
    progress: Progress,
) -> list[dict[str, Any]]:
    stored, geometry, uid = _usable(boilers, "boiler", "燃煤锅炉", "B", issues)
    name, accuracy = texts(stored, "name"), np.nan_to_num(numbers(stored, "accuracy_m"))
    utility, status = truths(stored, "utility"), texts(stored, "status")
    rows = []
    away, best, within, certain = _nearest_plants(plants, geometry, radius)
    report(progress, 0.8)
    known = np.ones(len(geometry), dtype=bool) if covered is None else _covered(covered, geometry, radius)
    for k in range(len(stored)):
        if k % 512 == 0:
            report(progress, 0.9 + 0.1 * k / len(stored))
        base = {
            "site_id": uid[k], "site_name": name[k], "site_layer": "coal_boiler", "zone_layer": "heat_source",
            "relation": "within", "threshold_m": radius,
        }  # fmt: skip
        near = _Near(int(best[k]), away.metres[k], away.bearing[k], away.line[k], bool(within[k]), bool(certain[k]))
        row = base | _decide(plants, near if best[k] >= 0 else None, radius, accuracy[k], bool(known[k]))
        reasons_zh, reasons_en = row.pop("reasons")
        if row["status"] == "hit" and utility[k] is True:
            row["tentative"] = True
            at = "位于热源厂区内(0 米)" if row["distance_m"] == 0 else f"距热源 {row['distance_m']:.0f} 米"
            reasons_zh.append(f"电站锅炉,{at},是否属关停整合对象待核实")
            reasons_en.append(
                "a utility boiler, possibly the plant's own: whether it is meant is to be settled"
            )
        if row["status"] == "hit" and status[k] in _DONE:
            reasons_zh.append("该锅炉已拆除(关停)" if status[k] == "closed" else "该锅炉已改造")
            reasons_en.append(f"this boiler is already {status[k]}")
        row["why"], row["why_en"] = ";".join(reasons_zh) or None, "; ".join(reasons_en) or None
        rows.append(row)
    return rows


@dataclass(frozen=True)
class _Near:
    """The plant that decides a boiler."""

    plant: int
    metres: float
    bearing: float
    line: Any
    within: bool
    certain: bool


def _nearest_plants(plants: _Plants, boilers: NDArray[Any], radius: float) -> tuple[geodesy.Distances, Any, Any, Any]:
    """Find for each boiler the nearest plant within that counts for certain, else within, else of all.

    Returns
    -------
    measured : Distances
        To that plant.
    best : (n,) int
        Its row, -1 where there is none.
    within, certain : (n,) bool
        Whether it is within the radius, and then whether it counts for certain.
    """
    i, j = proximity.within(boilers, plants.geometry, radius)
    inside = np.zeros(len(boilers), dtype=bool)
    inside[i] = True
    bare = np.flatnonzero(~inside)
    more_i, more_j = proximity.nearest_candidates(boilers[bare], plants.geometry)
    i, j = np.concatenate([i, bare[more_i]]), np.concatenate([j, more_j])
    measured = geodesy.distance(boilers[i], plants.geometry[j])
    doubtful = np.array([bool(text) for text in plants.doubt_zh], dtype=bool)
    open_ = inside[i] & doubtful[j] if len(j) else np.zeros(0, dtype=bool)
    order = np.lexsort((j, measured.metres, open_, i))
    first = order[np.concatenate([[True], np.diff(i[order]) != 0])] if len(order) else order
    n = len(boilers)
    best, certain = np.full(n, -1), np.zeros(n, dtype=bool)
    metres, bearing, line = np.full(n, np.nan), np.full(n, np.nan), np.full(n, None, dtype=object)
    at = i[first]
    best[at], certain[at] = j[first], inside[at] & ~open_[first]
    metres[at], bearing[at], line[at] = measured.metres[first], measured.bearing[first], measured.line[first]
    return geodesy.Distances(metres, line, bearing), best, inside, certain


def _decide(plants: _Plants, near: _Near | None, radius: float, accuracy: float, known: bool) -> dict[str, Any]:
    """Decide one boiler; `known` says whether the plants are completely known around it."""
    reasons_zh: list[str] = []
    reasons_en: list[str] = []
    row: dict[str, Any] = {"status": "clear", "tentative": False, "reasons": (reasons_zh, reasons_en)}
    if near is not None:
        best = near.plant
        exactness = accuracy + float(np.nan_to_num(plants.accuracy[best]))
        gap = abs(float(near.metres) - radius)
        row |= {
            "zone_id": plants.uid[best], "zone_name": plants.name[best], "distance_m": float(near.metres),
            "bearing_deg": near.bearing, "near_boundary": exactness > 0 and gap <= exactness,
            "geometry": near.line if near.metres > 0 else None,
        }  # fmt: skip
        if near.within:
            row["status"] = "hit"
            if not near.certain:
                row["tentative"] = True
                reasons_zh.append(f"{plants.doubt_zh[best]},待核实")
                reasons_en.append(f"{plants.doubt_en[best]}: to be verified")
        if row["near_boundary"]:
            row["tentative"] = row["status"] == "hit"
            side = "边界内" if row["status"] == "hit" else "边界外"
            reasons_zh.append(f"在{side} {gap:.1f} 米,在定位精度 {exactness:g} 米以内,待核实")
            reasons_en.append(f"{gap:.1f} m from the edge, within the positional accuracy of {exactness:g} m")
            if row["status"] == "clear":
                row["status"] = "not_assessed"
    if row["status"] == "clear" and not known:
        row["status"] = "not_assessed"
        reasons_zh.append(f"周边 {radius / 1000:g} 公里范围未全部纳入热源图层,待核实")
        reasons_en.append(
            f"the heat sources are not completely known within {radius / 1000:g} km: to be verified"
        )
    return row


def _covered(covered: Any, boilers: NDArray[Any], radius: float) -> NDArray[np.bool_]:
    """Tell which boilers the covered area holds with everything within `radius`."""
    if shapely.is_empty(covered):
        return np.zeros(len(boilers), dtype=bool)
    held = shapely.covers(covered, boilers)
    border = np.full(int(held.sum()), shapely.boundary(covered), dtype=object)
    held[held] = geodesy.distance(boilers[held], border).metres >= radius
    return held
