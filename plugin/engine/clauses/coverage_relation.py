"""The relation ``coverage``: what is not served, by count, by distance or by share of area.

A hit is a gap.  A gap is certain only where no provider can exist that the map does not know, so a layer that is
not declared complete leaves it open; what a known provider serves stays clear whatever else there may be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .. import geodesy, proximity
from ..progress import report
from ..served import drawn_reach, unserved
from .conditions import UNKNOWN, YES, evaluate, missing
from .context import CLEAR, HIT, OPEN, TENTATIVE, Context, Subjects, Zones
from .model import Relation
from .relations import (
    Outcome,
    add_reason,
    depth,
    evidence,
    gather,
    nearest,
    on_working,
    owner_of,
    pair_rows,
    reasons,
    unknown_layer,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Bools = NDArray[np.bool_]

# A share that misses what is asked by less than this is rounding (1 m² in 1 km²).
_EXACT = 1e-6
# So many places of a gap are asked whether the provider layer is complete round them.
_PLACES = 200


@dataclass
class _Answer:
    """What a measure found, one entry per subject.

    Attributes
    ----------
    gap : (n,) bool
        Not served, by the providers that are known to count, as they are drawn.
    by_accuracy, by_attribute, by_mended : (n,) bool
        Positional accuracy, a provider with an empty attribute, a mended geometry could turn the answer.
    complete : (n,) bool
        No provider that the map does not know could fill the whole gap.
    accuracy : (n,) float
        Metres, for the reason.
    columns : dict
        Evidence.
    """

    gap: _Bools
    by_accuracy: _Bools
    by_attribute: _Bools
    by_mended: _Bools
    complete: _Bools
    accuracy: NDArray[np.float64]
    columns: dict[str, Any]


@dataclass
class _Providers:
    """The features that may serve: those whose attributes pass the filter, or might."""

    zones: Zones
    row: NDArray[np.intp]
    sure: _Bools
    decided: NDArray[np.int8]

    @property
    def geometry(self) -> NDArray[Any]:
        return self.zones.geometry[self.row]

    @property
    def accuracy(self) -> NDArray[np.float64]:
        return self.zones.accuracy[self.row]

    @property
    def mended(self) -> _Bools:
        return self.zones.invalid[self.row]


def coverage(subjects: Subjects, relation: Relation, context: Context) -> Outcome:
    """Hit where the subject is not served.

    ``count``: fewer than so many providers lie in or on it.  ``distance``: some part of it is farther than that
    from every provider; the distance decides, not the polygon that is drawn.  ``min_share``: providers cover less
    than that share of it (of its area, or of its length for a line; a point is covered or not).

    Evidence is one row per subject: ``overlap_share`` the share served, ``area_m2`` or ``length_m`` and ``geometry``
    the gap, ``distance_m`` and ``zone_id`` the nearest provider, ``count`` of ``needed`` providers.
    """
    zones = context.zones(relation.layer or "")
    if zones is None:
        return unknown_layer(subjects, relation, context)
    if not len(subjects):
        return gather(0)
    decided = evaluate(relation.filter, zones.frame, zones.name)
    row = np.flatnonzero(((decided == YES) | (decided == UNKNOWN)) & zones.usable)
    providers = _Providers(zones, row, decided[row] == YES, decided)
    shapes, broken = _valid(subjects)
    measure = _by_count if relation.count else _by_distance if "distance" in relation.lengths else _by_share
    with np.errstate(invalid="ignore"):  # GEOS raises the processor's "invalid" flag over empty boxes
        found = measure(shapes, subjects, providers, relation, context)
    found.by_mended |= broken
    return gather(len(subjects), _rows(found, subjects, providers, relation, context))


def _valid(subjects: Subjects) -> tuple[NDArray[Any], _Bools]:
    """Return the subjects' geometries, mended where they are invalid, and which were."""
    shapes = subjects.geometry
    broken = ~shapely.is_valid(shapes)
    return (np.where(broken, shapely.make_valid(shapes), shapes), broken) if broken.any() else (shapes, broken)


def _rows(found: _Answer, subjects: Subjects, providers: _Providers, relation: Relation, context: Context) -> Any:
    """Settle the states and say why."""
    zones, n = providers.zones, len(subjects)
    length = relation.lengths.get("distance")
    columns = found.columns
    zh, en = (columns.pop(name) for name in ("why", "why_en"))
    state = np.where(found.gap, HIT, CLEAR).astype(np.int8)
    for flags in (found.by_accuracy, found.by_mended):
        state[flags & found.gap] = TENTATIVE
        state[flags & ~found.gap] = OPEN
    add_reason(
        zh, en, found.by_accuracy,
        lambda r: f"结论在定位精度 {found.accuracy[r]:.0f} 米以内",
        lambda r: f"within the positional accuracy of {found.accuracy[r]:.0f} m",
    )  # fmt: skip
    add_reason(
        zh, en, found.by_mended, "图形无效,经修复后试算", "a geometry is invalid and was mended for this run"
    )
    if length:
        on_working(length, context, state, zh, en)
        columns.update(threshold_m=length.resolve(context.working), threshold_owner=owner_of(length))
    unknown = found.by_attribute & found.gap
    state[unknown] = OPEN
    if unknown.any():
        empty = missing(relation.filter, zones.frame.iloc[providers.row[~providers.sure]])
        names = list(dict.fromkeys(name for one in empty for name in one))
        add_reason(
            zh, en, unknown,
            f"{context.onemap.title(zones.name)}的属性未填写:{'、'.join(names)}",
            f"an attribute of {zones.name} is empty: {', '.join(names)}",
        )  # fmt: skip
    hidden = found.gap & ~found.complete
    state[hidden] = OPEN
    add_reason(zh, en, hidden, *context.incompleteness(zones.name))
    columns.update(why=zh, why_en=en, near_boundary=found.by_accuracy)
    every = np.arange(n)
    if not len(providers.row):
        return evidence(
            n, subject=every, state=state, zone_layer=zones.name, relation=relation.verb,
            department=context.onemap.department(zones.name), **columns,
        )  # fmt: skip
    known = np.flatnonzero(providers.sure) if providers.sure.any() else np.arange(len(providers.row))
    pick, measured = nearest(subjects, providers.geometry[known])
    drawn = columns.get("geometry", np.full(n, None, dtype=object))
    columns["geometry"] = np.where(shapely.is_missing(drawn), measured.line, drawn)
    return pair_rows(
        zones, relation, context, every, providers.row[known[pick]], state, distance_m=measured.metres,
        bearing_deg=measured.bearing, **columns,
    )  # fmt: skip


# --------------------------------------------------------------------------------------------------------
# So many providers
# --------------------------------------------------------------------------------------------------------


def _by_count(
    shapes: NDArray[Any], subjects: Subjects, providers: _Providers, relation: Relation, context: Context
) -> _Answer:
    n, needed = len(subjects), int(relation.count or 1)
    s, p = shapely.STRtree(providers.geometry).query(shapes, predicate="intersects")
    both = (shapely.get_dimensions(shapes[s]) == 2) & (shapely.get_dimensions(providers.geometry[p]) == 2)
    # Neighbours that share a border do not lie in each other.
    alongside = np.zeros(len(s), dtype=bool)
    pieces = shapely.intersection(shapes[s], providers.geometry[p])
    alongside[both] = shapely.area(pieces[both]) == 0
    accuracy = providers.accuracy[p] + subjects.accuracy[s]
    shaky = (accuracy > 0) & ~alongside
    check = np.flatnonzero(shaky)
    shaky[check] = depth(shapes[s][check], providers.geometry[p][check], pieces[check]) <= accuracy[check]
    sure = providers.sure[p]
    counts = ~alongside & sure
    low = _tally(s[counts & ~shaky & ~providers.mended[p]], n)
    firm = _tally(s[counts & ~shaky], n)
    have = _tally(s[counts], n)
    reach = providers.accuracy.max(initial=0.0) + subjects.accuracy.max(initial=0.0)
    near_s, near_p, worst = s[:0], p[:0], np.zeros(n)
    if reach > 0:
        near_s, near_p = proximity.within(shapes, providers.geometry, reach, progress=context.progress)
        apart = geodesy.distance(shapes[near_s], providers.geometry[near_p]).metres
        margin = providers.accuracy[near_p] + subjects.accuracy[near_s]
        outside = (apart <= margin) & (margin > 0)
        outside &= ~np.isin(near_s * len(providers.row) + near_p, (s * len(providers.row) + p)[~alongside])
        near_s, near_p = near_s[outside], near_p[outside]
        np.maximum.at(worst, near_s, margin[outside])
    np.maximum.at(worst, s[shaky], accuracy[shaky])
    maybe = have + _tally(near_s[providers.sure[near_p]], n)
    unsure = ~alongside & ~sure
    all_of = maybe + _tally(s[unsure], n) + _tally(near_s[~providers.sure[near_p]], n)
    gap = have < needed
    zh, en = reasons(n)
    add_reason(
        zh, en, gap,
        lambda r: f"应有{needed}个,现有{have[r]}个", lambda r: f"{needed} needed, {have[r]} there",
    )  # fmt: skip
    return _Answer(
        gap,
        np.where(gap, maybe >= needed, firm < needed),
        gap & (all_of >= needed) & (maybe < needed),
        ~gap & (firm >= needed) & (low < needed),
        context.complete(providers.zones.name, subjects),
        worst,
        {
            "overlap_share": np.minimum(have / needed, 1.0), "count": have, "needed": np.full(n, needed), "why": zh,
            "why_en": en,
        },  # fmt: skip
    )


def _tally(subject: NDArray[np.intp], n: int) -> NDArray[np.int64]:
    return np.bincount(subject, minlength=n).astype(np.int64)


# --------------------------------------------------------------------------------------------------------
# Within a distance of a provider
# --------------------------------------------------------------------------------------------------------


def _by_distance(
    shapes: NDArray[Any], subjects: Subjects, providers: _Providers, relation: Relation, context: Context
) -> _Answer:
    n = len(subjects)
    limit = relation.lengths["distance"].resolve(context.working)
    blur = subjects.accuracy + providers.accuracy.max(initial=0.0)
    s, p = proximity.within(shapes, providers.geometry, limit + blur, progress=context.progress)
    answer = _Answer(
        *(np.zeros(n, dtype=bool) for _ in range(5)), np.zeros(n), {"overlap_share": np.zeros(n)}
    )
    answer.columns["why"], answer.columns["why_en"] = reasons(n)
    points = shapely.get_dimensions(shapes) == 0
    _reach_points(np.flatnonzero(points), shapes, subjects, providers, s, p, limit, answer)
    answer.complete[points] = context.complete(providers.zones.name, subjects, limit)[points]
    answer.columns["geometry"] = np.full(n, None, dtype=object)
    order = np.argsort(s, kind="stable")
    bounds = np.searchsorted(s[order], np.arange(n + 1))
    buffers = drawn_reach(providers.geometry, np.full(len(providers.row), limit)) if not points.all() else None
    for k in np.flatnonzero(~points).tolist():
        report(context.progress, k / n)
        mine = p[order[bounds[k] : bounds[k + 1]]]
        _reach_one(k, shapes[k], subjects, providers, mine, buffers, limit, answer)
        if answer.gap[k]:
            answer.complete[k] = _certain(answer.columns["geometry"][k], limit, providers.zones.name, context)
    _measure_gaps(shapes, answer)
    return answer


def _reach_points(
    rows: NDArray[np.intp], shapes: NDArray[Any], subjects: Subjects, providers: _Providers,
    s: NDArray[np.intp], p: NDArray[np.intp], limit: float, answer: _Answer,
) -> None:  # fmt: skip
    """Points: served where a provider is no farther than `limit`."""
    if not len(rows):
        return
    mine = np.isin(s, rows)
    s, p = s[mine], p[mine]
    # A multipoint is served where all of its points are.
    parts, owner = shapely.get_parts(shapes[rows], return_index=True)
    where = np.searchsorted(rows, s)
    first = np.searchsorted(owner, np.arange(len(rows) + 1))
    size = np.diff(first)[where]
    pair = np.repeat(np.arange(len(s)), size)
    part = np.arange(len(pair)) - np.repeat(np.cumsum(size) - size, size) + first[where][pair]
    metres = geodesy.distance(parts[part], providers.geometry[p[pair]]).metres
    blur = providers.accuracy[p[pair]] + subjects.accuracy[s[pair]]
    sure, sound = providers.sure[p[pair]], ~providers.mended[p[pair]]

    def served(flags: _Bools) -> _Bools:
        hit = np.zeros(len(parts), dtype=bool)
        hit[part[flags]] = True
        return np.minimum.reduceat(hit, first[:-1])

    by_known = served(sure & (metres <= limit))
    firm = served(sure & (metres < limit - blur) | (sure & (blur == 0) & (metres <= limit)))
    near = served(sure & (metres <= limit + blur))
    answer.gap[rows] = ~by_known
    answer.by_accuracy[rows] = np.where(by_known, ~firm, near)
    answer.by_attribute[rows] = ~by_known & ~near & served(metres <= limit + blur)
    answer.by_mended[rows] = np.where(
        by_known, ~served(sure & sound & (metres <= limit)), served(sure & ~sound)
    )
    np.maximum.at(answer.accuracy, s[pair], blur)
    answer.columns["overlap_share"][rows] = by_known


def _reach_one(
    k: int, shape: Any, subjects: Subjects, providers: _Providers, mine: NDArray[np.intp], buffers: Any,
    limit: float, answer: _Answer,
) -> None:  # fmt: skip
    """A line or polygon: what is left of it beyond the reach of the providers `mine`."""
    geometry, blur = providers.geometry, providers.accuracy + float(subjects.accuracy[k])
    known = mine[providers.sure[mine]]
    answer.accuracy[k] = blur[mine].max(initial=0.0)

    def left(of: Any, which: NDArray[np.intp], by: float) -> bool:
        metres = limit + by * blur[which]
        reach = drawn_reach(geometry[which], metres) if by and blur[which].any() else buffers[which]
        return _any(unserved(of, geometry[which], metres, reach))

    gap = unserved(shape, geometry[known], np.full(len(known), limit), buffers[known])
    answer.gap[k] = _any(gap)
    sound = known[~providers.mended[known]]
    if answer.gap[k]:
        answer.columns["geometry"][k] = gap
        answer.by_mended[k] = len(sound) < len(known)
        answer.by_accuracy[k] = bool(blur[known].any()) and not left(gap, known, 1.0)
        answer.by_attribute[k] = len(known) < len(mine) and not answer.by_accuracy[k] and not left(gap, mine, 1.0)
        return
    answer.by_mended[k] = len(sound) < len(known) and left(shape, sound, 0.0)
    answer.by_accuracy[k] = bool(blur[known].any()) and left(shape, known, -1.0)


def _without(shape: Any, areas: NDArray[Any]) -> Any:
    return shapely.difference(shape, shapely.union_all(areas)) if len(areas) else shape


def _any(shape: Any) -> bool:
    return shape is not None and not bool(shapely.is_empty(shape))


def _certain(gap: Any, margin: float, layer: str, context: Context) -> bool:
    """Whether the layer is declared complete `margin` metres round some place of the gap."""
    import geopandas as gpd

    parts = shapely.get_parts(gap)
    vertices = shapely.get_coordinates(gap)
    some = vertices[:: max(1, len(vertices) // _PLACES)]
    inner = shapely.point_on_surface(parts[np.argsort(-shapely.area(parts))][:_PLACES])
    places = np.concatenate([inner, shapely.points(some)])
    return bool(context.complete(layer, Subjects(gpd.GeoDataFrame(geometry=places, crs=4490)), margin).any())


def _measure_gaps(shapes: NDArray[Any], answer: _Answer) -> None:
    """Add area or length of the gaps and the share served."""
    gap = answer.columns["geometry"]
    for dimension, name, measure in ((2, "area_m2", geodesy.area_m2), (1, "length_m", geodesy.length_m)):
        out = answer.columns.setdefault(name, np.full(len(shapes), np.nan))
        rows = np.flatnonzero(shapely.get_dimensions(shapes) == dimension)
        whole = measure(shapes[rows])
        left = np.zeros(len(rows))
        some = ~shapely.is_missing(gap[rows])
        left[some] = measure(gap[rows[some]])
        out[rows] = left
        share = np.divide(left, whole, out=np.ones(len(rows)), where=whole > 0)
        answer.columns["overlap_share"][rows] = np.clip(1.0 - share, 0.0, 1.0)


# --------------------------------------------------------------------------------------------------------
# A share of the subject
# --------------------------------------------------------------------------------------------------------


def _by_share(
    shapes: NDArray[Any], subjects: Subjects, providers: _Providers, relation: Relation, context: Context
) -> _Answer:
    n, needed = len(subjects), relation.min_share
    areal = shapely.get_dimensions(providers.geometry) == 2
    blur = subjects.accuracy + providers.accuracy.max(initial=0.0)
    s, p = proximity.within(shapes, providers.geometry, blur, progress=context.progress)
    keep = areal[p]
    s, p = s[keep], p[keep]
    answer = _Answer(
        *(np.zeros(n, dtype=bool) for _ in range(5)), np.zeros(n), {"overlap_share": np.zeros(n)}
    )
    answer.columns["why"], answer.columns["why_en"] = reasons(n)
    gaps = answer.columns["geometry"] = np.full(n, None, dtype=object)
    order = np.argsort(s, kind="stable")
    bounds = np.searchsorted(s[order], np.arange(n + 1))
    declared = providers.zones.coverage.area

    def short(k: int, left: Any) -> bool:
        return _share_left(shapes[k], left) > 1.0 - needed + _EXACT

    for k in range(n):
        report(context.progress, k / n)
        mine = p[order[bounds[k] : bounds[k + 1]]]
        sure, sound = providers.sure[mine], ~providers.mended[mine]
        areas = providers.geometry[mine]
        left = _without(shapes[k], areas[sure])
        answer.gap[k] = short(k, left)
        if _any(left):
            gaps[k] = left
        unseen = left if declared is None else shapely.intersection(left, declared)
        answer.complete[k] = declared is not None and short(k, unseen)
        blur = providers.accuracy[mine] + float(subjects.accuracy[k])
        answer.accuracy[k] = blur.max(initial=0.0)
        if answer.gap[k]:
            wide = drawn_reach(areas, blur) if blur.any() else areas
            answer.by_accuracy[k] = not short(k, _without(left, wide[sure]))
            answer.by_attribute[k] = not answer.by_accuracy[k] and not short(k, _without(left, wide))
            answer.by_mended[k] = bool((sure & ~sound).any())
        else:
            answer.by_mended[k] = short(k, _without(shapes[k], areas[sure & sound]))
            if blur[sure].any():
                # Borders that providers share do not open: the whole shrinks, by the worst accuracy.
                whole = shapely.union_all(areas[sure])
                tight = drawn_reach(np.array([whole], dtype=object), np.array([-blur[sure].max()]))
                answer.by_accuracy[k] = short(k, _without(shapes[k], tight))
    _measure_gaps(shapes, answer)
    points = shapely.get_dimensions(shapes) == 0
    answer.columns["overlap_share"][points] = ~answer.gap[points]
    gaps[~answer.gap] = None
    if len(areal) and not areal.any():
        flat = np.ones(n, dtype=bool)
        answer.by_attribute |= answer.gap
        add_reason(
            answer.columns["why"], answer.columns["why_en"], flat & answer.gap,
            "服务图层不是面,无法计算覆盖比例", "the serving layer holds no polygons, so no share can be computed",
        )  # fmt: skip
    return answer


def _share_left(shape: Any, left: Any) -> float:
    """Return the share of a shape that is left: of area, of length, or of points."""
    if not _any(left):
        return 0.0
    dimension = shapely.get_dimensions(shape)
    if dimension == 0:
        return 1.0
    measure = geodesy.area_m2 if dimension == 2 else geodesy.length_m
    whole = float(measure([shape])[0])
    return float(measure([left])[0]) / whole if whole > 0 else 1.0
