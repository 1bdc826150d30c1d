"""The vocabulary of geometry tests.  Each relation is one function; :data:`VERBS` is their only register.

A relation looks at all subjects at once and answers for each in four values: ``HIT``, ``TENTATIVE`` (a hit
that cannot carry a refusal: within positional accuracy, on a working distance, on an invalid geometry),
``OPEN`` (cannot be told: layer missing, not complete here, attribute empty) and ``CLEAR``.  Every answer
comes with rows of evidence; a clear one names the nearest miss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

import numpy as np
import shapely

from .. import geodesy, proximity
from .conditions import NO, UNKNOWN, YES, evaluate, missing
from .context import (
    CLEAR,
    EVIDENCE,
    FLAGS,
    FROM_CODE_WHY,
    HIT,
    OPEN,
    TENTATIVE,
    Context,
    Subjects,
    Zones,
    from_code,
)
from .model import Length, Relation, Where
from .neighbours import among, apart, likeliest, nearest, own_rows

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

WORKING_WHY = (
    "距离“{zh}”{metres:g} 米为本单位工作距离,文件未作规定",
    "the {metres:g} m of '{en}' are the office's working distance, not the document's",
)


@dataclass
class Outcome:
    """The answer of a relation: a state per subject and the evidence for it.

    Attributes
    ----------
    state : (n,) int8
    rows : DataFrame
        Columns :data:`~.context.EVIDENCE`; `subject` is the row number of the subject.
    """

    state: NDArray[np.int8]
    rows: pd.DataFrame


def evaluate_where(where: Where, subjects: Subjects, context: Context) -> Outcome:
    """Answer a whole ``where`` tree for all subjects."""
    if isinstance(where, Relation):
        return VERBS[where.verb](subjects, where, context)
    outcomes = [evaluate_where(branch, subjects, context) for branch in where.of]
    return _combine(where.verb, outcomes)


def _combine(verb: str, outcomes: list[Outcome]) -> Outcome:
    import pandas as pd

    states = np.stack([o.state for o in outcomes])
    rows = pd.concat([o.rows for o in outcomes], ignore_index=True)
    if verb == "none":
        worst = states.max(axis=0)
        state = np.where(worst == CLEAR, HIT, np.where(worst == HIT, CLEAR, OPEN)).astype(np.int8)
        before = rows["state"].to_numpy()
        rows["state"] = np.where(before == CLEAR, HIT, np.where(before == HIT, CLEAR, OPEN))
    else:
        state = (states.min(axis=0) if verb == "all" else states.max(axis=0)).astype(np.int8)
    # Of the branches' evidence keep what explains the combined answer, or all where none does.
    owner = rows["subject"].to_numpy(dtype=int)
    rows["state"] = (
        np.minimum(rows["state"].to_numpy(dtype=int), state[owner]) if len(rows) else rows["state"]
    )
    explains = rows["state"].to_numpy(dtype=int) == state[owner]
    explained = np.zeros(len(state), dtype=bool)
    explained[owner[explains]] = True
    keep = explains | ~explained[owner] | (rows["state"].to_numpy(dtype=int) >= TENTATIVE)
    rows = rows[keep].reset_index(drop=True)
    return Outcome(state, rows)


# --------------------------------------------------------------------------------------------------------
# Shared pieces
# --------------------------------------------------------------------------------------------------------


def evidence(n: int, **columns: Any) -> pd.DataFrame:
    """Return `n` rows of evidence with the columns given and all others empty."""
    import pandas as pd

    frame = pd.DataFrame(
        {name: np.zeros(n, dtype=bool) if name in FLAGS else np.full(n, None, dtype=object) for name in EVIDENCE}
    )
    for name, values in columns.items():
        frame[name] = np.asarray(values, dtype=bool) if name in FLAGS else values
    return frame


def unknown_layer(
    subjects: Subjects, relation: Relation, context: Context, missing_layer: str | None = None
) -> Outcome:
    """Return the answer of a relation whose layer the map does not hold: open for every subject."""
    layer = missing_layer or relation.layer or ""
    zh, en = context.incompleteness(layer)
    n = len(subjects)
    rows = evidence(
        n,
        subject=np.arange(n),
        state=OPEN,
        zone_layer=layer,
        relation=relation.verb,
        why=zh,
        why_en=en,
        department=context.onemap.department(layer),
    )
    return Outcome(np.full(n, OPEN, dtype=np.int8), rows)


def pair_rows(
    zones: Zones,
    relation: Relation,
    context: Context,
    s: Any,
    z: Any,
    state: Any,
    **more: Any,
) -> pd.DataFrame:
    """Return evidence rows for the pairs subject `s`, zone `z`."""
    frame = zones.frame
    empty = np.full(len(frame), "", dtype=object)
    uid = frame["uid"].to_numpy(dtype=object) if "uid" in frame else empty
    name = frame["name"].to_numpy(dtype=object) if "name" in frame else empty
    return evidence(
        len(s),
        subject=s,
        state=state,
        zone_layer=zones.name,
        zone_id=uid[z],
        zone_name=name[z],
        relation=relation.verb,
        department=context.onemap.department(zones.name),
        **more,
    )


def reasons(n: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return empty reasons in zh and en for `n` rows."""
    return np.full(n, "", dtype=object), np.full(n, "", dtype=object)


def add_reason(
    zh: NDArray[Any], en: NDArray[Any], rows: NDArray[np.bool_], text_zh: Any, text_en: Any
) -> None:
    """Append a reason (text, or a function of the row number) to the rows flagged."""
    for texts, text, joint in ((zh, text_zh, ";"), (en, text_en, "; ")):
        flagged = rows
        if not callable(text):
            bare = rows & (texts == "")
            texts[bare], flagged = text, rows & ~bare
        for row in np.flatnonzero(flagged):
            one = text(row) if callable(text) else text
            texts[row] = f"{texts[row]}{joint}{one}" if texts[row] else one


def doubts(
    zones: Zones, relation: Relation, z: NDArray[np.intp], decided: NDArray[np.int8], state: NDArray[np.int8],
    zh: NDArray[Any], en: NDArray[Any],
) -> None:  # fmt: skip
    """Lower a hit to tentative on a mended geometry or a derived attribute, and to open on an empty one."""
    bad = zones.invalid[z] & (state == HIT)
    state[bad] = TENTATIVE
    add_reason(
        zh, en, bad, "区划几何无效,经修复后试算", "the zone's geometry is invalid and was mended for this run"
    )
    derived = from_code(relation.filter, zones.frame)[z] & (state == HIT)
    state[derived] = TENTATIVE
    add_reason(zh, en, derived, *FROM_CODE_WHY)
    unknown = decided[z] == UNKNOWN
    if unknown.any():
        names = missing(relation.filter, zones.frame.iloc[z])
        state[unknown] = np.minimum(state[unknown], OPEN)
        add_reason(
            zh, en, unknown,
            lambda r: f"区划属性未填写:{'、'.join(names[r])}",
            lambda r: f"the zone's attribute is empty: {', '.join(names[r])}",
        )  # fmt: skip


def owner_of(length: Length) -> str:
    """Say whose number a distance is: the document's or the office's own."""
    return "working" if length.working else "document"


def on_working(
    length: Length, context: Context, state: NDArray[np.int8], zh: NDArray[Any], en: NDArray[Any]
) -> None:
    """Lower hits that rest on the office's own distance to tentative, and say so."""
    if not length.working:
        return
    hit = state >= TENTATIVE
    state[hit] = TENTATIVE
    names = {
        "zh": length.zh or length.working,
        "en": length.en or length.working,
        "metres": length.resolve(context.working),
    }
    add_reason(zh, en, hit, WORKING_WHY[0].format(**names), WORKING_WHY[1].format(**names))


def _misses(
    subjects: Subjects, rows: NDArray[np.intp], zones: Zones, relation: Relation, context: Context,
    candidates: NDArray[np.intp], threshold: Length | None,
) -> pd.DataFrame:  # fmt: skip
    """Return one row per subject that is not hit: clear with its nearest miss, or open with the reason."""
    import pandas as pd

    if not len(rows):
        return evidence(0)
    limit = threshold.resolve(context.working) if threshold else 0.0
    zh, en = reasons(len(rows))
    state = np.full(len(rows), CLEAR, dtype=np.int8)
    extra: dict[str, Any] = {}
    if threshold:
        extra = {"threshold_m": limit, "threshold_owner": owner_of(threshold)}
    # Where most are misses all are measured, so that the next clause on this layer finds it done.
    most = 2 * len(rows) > len(subjects)
    subset, at = (subjects, rows) if most else (subjects.take(rows), np.arange(len(rows)))
    alone = np.ones(len(rows), dtype=bool)
    if len(candidates):
        own = among(candidates, own_rows(subset, zones))
        found, distances = likeliest(subset, zones, candidates, limit, own, context)
        pick, measured = found[at], distances.take(at)
        alone = pick < 0
        z = candidates[pick]
        accuracy = zones.accuracy[z] + subset.accuracy[at]
        near = ~alone & (measured.metres - limit <= accuracy)
        state[near] = OPEN
        add_reason(
            zh, en, near,
            lambda r: f"距界限 {measured.metres[r] - limit:.0f} 米,在定位精度 {accuracy[r]:.0f} 米以内",
            lambda r: f"{measured.metres[r] - limit:.0f} m beyond the limit, within the positional accuracy of"
            f" {accuracy[r]:.0f} m",
        )  # fmt: skip
    complete = context.complete(zones.name, subset, limit)[at]
    state[~complete] = OPEN
    why_zh, why_en = context.incompleteness(zones.name)
    add_reason(zh, en, ~complete, why_zh, why_en)
    bare = evidence(
        int(alone.sum()), subject=rows[alone], state=state[alone], zone_layer=zones.name, relation=relation.verb,
        why=zh[alone], why_en=en[alone], department=context.onemap.department(zones.name), **extra,
    )  # fmt: skip
    if alone.all():
        return bare
    some = ~alone
    told = pair_rows(
        zones, relation, context, rows[some], z[some], state[some], distance_m=measured.metres[some],
        bearing_deg=measured.bearing[some], geometry=measured.line[some], near_boundary=near[some], why=zh[some],
        why_en=en[some], **extra,
    )  # fmt: skip
    return pd.concat([told, bare], ignore_index=True) if alone.any() else told


def gather(n: int, *parts: pd.DataFrame) -> Outcome:
    """Join evidence rows; a subject's state is that of its strongest row."""
    import pandas as pd

    filled = [p for p in parts if len(p)]
    rows = pd.concat(filled, ignore_index=True) if filled else evidence(0)
    state = np.full(n, CLEAR, dtype=np.int8)
    if len(rows):
        np.maximum.at(state, rows["subject"].to_numpy(dtype=int), rows["state"].to_numpy(dtype=np.int8))
    return Outcome(state, rows)


def _not_hit(n: int, rows: pd.DataFrame) -> NDArray[np.intp]:
    flags = np.ones(n, dtype=bool)
    flags[rows["subject"].to_numpy(dtype=int)] = False
    return np.flatnonzero(flags)


def depth(subject: NDArray[Any], zone: NDArray[Any], overlap: NDArray[Any]) -> NDArray[np.float64]:
    """Return how many metres the boundaries may move before subject and zone no longer meet (a lower bound)."""
    lat = shapely.get_y(shapely.centroid(overlap))
    place = np.concatenate([overlap, shapely.point_on_surface(overlap)])
    coords, owner = shapely.get_coordinates(place, return_index=True)
    owner = owner % len(overlap)
    kx, ky = geodesy.metres_per_degree(lat)
    points = shapely.points(coords * np.stack([kx, ky], axis=1)[owner])
    depth = np.zeros(len(overlap))
    for shape in (subject, zone):
        edge = shapely.boundary(geodesy.scaled(shape, lat))
        distance = np.where(shapely.is_empty(edge)[owner], 0.0, shapely.distance(points, edge[owner]))
        np.maximum.at(depth, owner, np.nan_to_num(distance))
    return depth


# --------------------------------------------------------------------------------------------------------
# The relations
# --------------------------------------------------------------------------------------------------------


def inside(subjects: Subjects, relation: Relation, context: Context) -> Outcome:
    """Hit where any part of the subject lies in a zone; the boundary belongs to the zone."""
    return _intersecting(subjects, relation, context, sized=False)


def overlap(subjects: Subjects, relation: Relation, context: Context) -> Outcome:
    """Hit where a zone covers at least `min_area` and at least the share `min_share` of the subject."""
    return _intersecting(subjects, relation, context, sized=True)


def _intersecting(subjects: Subjects, relation: Relation, context: Context, sized: bool) -> Outcome:
    zones = context.zones(relation.layer or "")
    if zones is None:
        return unknown_layer(subjects, relation, context)
    decided = evaluate(relation.filter, zones.frame, zones.name)
    candidates = np.flatnonzero((decided != NO) & zones.usable)
    s, z = proximity.intersecting(
        subjects.placed, zones.placed.take(candidates), progress=context.progress
    )
    s, z = apart(s, candidates[z], own_rows(subjects, zones))
    state = np.full(len(s), HIT, dtype=np.int8)
    zh, en = reasons(len(s))
    pieces = shapely.intersection(subjects.geometry[s], zones.geometry[z])
    accuracy = zones.accuracy[z] + subjects.accuracy[s]
    touching = (shapely.get_dimensions(subjects.geometry[s]) == 2) & (
        shapely.get_dimensions(zones.geometry[z]) == 2
    )
    touching &= shapely.area(pieces) == 0
    near = touching.copy()
    check = np.flatnonzero((accuracy > 0) & ~touching)
    if len(check):
        near[check] = (
            depth(subjects.geometry[s][check], zones.geometry[z][check], pieces[check]) <= accuracy[check]
        )
    state[near] = TENTATIVE
    add_reason(
        zh, en, near,
        lambda r: "仅与边界相接" if touching[r] else f"距边界在定位精度 {accuracy[r]:.0f} 米以内",
        lambda r: "it only touches the boundary" if touching[r]
        else f"within the positional accuracy of {accuracy[r]:.0f} m of the boundary",
    )  # fmt: skip
    polygons = shapely.get_dimensions(subjects.geometry[s]) == 2
    area = np.where(polygons, geodesy.area_m2(pieces), np.nan)
    projected = np.where(polygons, geodesy.projected_area_m2(pieces), np.nan)
    whole = geodesy.area_m2(subjects.geometry[s])
    share = np.divide(area, whole, out=np.full(len(s), np.nan), where=whole > 0)
    if sized and (relation.min_area_m2 > 0 or relation.min_share > 0):
        small = polygons & ((area < relation.min_area_m2) | (share < relation.min_share))
        complete = context.complete(zones.name, subjects)[s]
        state[small] = np.where(complete[small], CLEAR, OPEN)
        add_reason(zh, en, small & ~complete, *context.incompleteness(zones.name))
        state[~polygons] = OPEN
        add_reason(
            zh,
            en,
            ~polygons,
            "场地不是面,无法计算重叠面积",
            "the site is no polygon, so no overlap can be computed",
        )
    doubts(zones, relation, z, decided, state, zh, en)
    hits = pair_rows(
        zones, relation, context, s, z, state, distance_m=0.0, overlap_m2=area,
        overlap_projected_m2=projected, overlap_share=share, near_boundary=near, why=zh, why_en=en, geometry=pieces,
    )  # fmt: skip
    rest = _not_hit(len(subjects), hits)
    misses = _misses(subjects, rest, zones, relation, context, candidates, None)
    return gather(len(subjects), hits, misses)


def within(subjects: Subjects, relation: Relation, context: Context) -> Outcome:
    """Hit where the ellipsoidal distance from subject to zone, edge to edge, is at most the threshold."""
    zones = context.zones(relation.layer or "")
    if zones is None:
        return unknown_layer(subjects, relation, context)
    threshold = relation.lengths["distance"]
    limit = threshold.resolve(context.working)
    decided = evaluate(relation.filter, zones.frame, zones.name)
    candidates = np.flatnonzero((decided != NO) & zones.usable)
    s, z = proximity.within(subjects.placed, zones.placed.take(candidates), limit, progress=context.progress)
    s, z = apart(s, candidates[z], own_rows(subjects, zones))
    measured = geodesy.distance(subjects.geometry[s], zones.geometry[z])
    metres = measured.metres
    state = np.full(len(s), HIT, dtype=np.int8)
    zh, en = reasons(len(s))
    accuracy = zones.accuracy[z] + subjects.accuracy[s]
    near = (accuracy > 0) & (limit - metres <= accuracy)
    state[near] = TENTATIVE
    add_reason(
        zh, en, near,
        lambda r: f"距界限 {limit - metres[r]:.0f} 米,在定位精度 {accuracy[r]:.0f} 米以内",
        lambda r: f"{limit - metres[r]:.0f} m inside the limit, within the positional accuracy of {accuracy[r]:.0f} m",
    )  # fmt: skip
    on_working(threshold, context, state, zh, en)
    doubts(zones, relation, z, decided, state, zh, en)
    hits = pair_rows(
        zones, relation, context, s, z, state, distance_m=metres, threshold_m=limit,
        threshold_owner=owner_of(threshold), bearing_deg=measured.bearing, near_boundary=near,
        why=zh, why_en=en, geometry=measured.line,
    )  # fmt: skip
    rest = _not_hit(len(subjects), hits)
    misses = _misses(subjects, rest, zones, relation, context, candidates, threshold)
    return gather(len(subjects), hits, misses)


def outside(subjects: Subjects, relation: Relation, context: Context) -> Outcome:
    """Hit where some part of the subject lies in none of the zones (e.g. a project that must be in a park)."""
    zones = context.zones(relation.layer or "")
    if zones is None:
        return unknown_layer(subjects, relation, context)
    decided = evaluate(relation.filter, zones.frame, zones.name)
    n = len(subjects)
    area, wide = (
        context.kept(("union", zones.name, flags.tobytes()), partial(_prepared_union, zones.geometry[flags]))
        for flags in (decided == YES, decided != NO)
    )
    with np.errstate(invalid="ignore"):  # GEOS flags a comparison with the NaN bounds of an empty union
        contained, possible = shapely.covers(area, subjects.geometry), shapely.covers(wide, subjects.geometry)
    state = np.where(contained, CLEAR, np.where(possible, OPEN, HIT)).astype(np.int8)
    zh, en = reasons(n)
    add_reason(
        zh, en, possible & ~contained, "所在区划的属性未填写", "an attribute of the zone around it is empty"
    )
    complete = context.complete(zones.name, subjects)
    gap = (state == HIT) & ~complete
    state[gap] = OPEN
    why_zh, why_en = context.incompleteness(zones.name)
    add_reason(zh, en, gap, why_zh, why_en)
    candidates = np.flatnonzero((decided != NO) & zones.usable)
    if not len(candidates):
        rows = evidence(
            n, subject=np.arange(n), state=state, zone_layer=zones.name, relation=relation.verb, why=zh, why_en=en,
            department=context.onemap.department(zones.name),
        )  # fmt: skip
        return gather(n, rows)
    pick, measured = nearest(subjects, zones.placed.take(candidates), None, context.progress)
    z = candidates[pick]
    accuracy = zones.accuracy[z] + subjects.accuracy
    near = accuracy > 0
    near[near] = _to_edge(subjects.take(np.flatnonzero(near)), wide) <= accuracy[near]
    state[near & (state == HIT)] = TENTATIVE
    state[near & (state == CLEAR)] = OPEN
    add_reason(
        zh, en, near,
        lambda r: f"距边界在定位精度 {accuracy[r]:.0f} 米以内",
        lambda r: f"within the positional accuracy of {accuracy[r]:.0f} m of the boundary",
    )  # fmt: skip
    rows = pair_rows(
        zones, relation, context, np.arange(n), z, state, distance_m=measured.metres,
        bearing_deg=measured.bearing, near_boundary=near, why=zh, why_en=en, geometry=measured.line,
    )  # fmt: skip
    return gather(n, rows)


def _prepared_union(geometry: NDArray[Any]) -> Any:
    area = shapely.union_all(geometry)
    shapely.prepare(area)
    return area


def _to_edge(subjects: Subjects, area: Any) -> NDArray[np.float64]:
    """Return the metres from subjects to the outline of the areas in `area`, infinite where it has none.

    Only areas can hold a subject; the boundary of a union that mixes them with lines would be none at all.
    """
    parts = shapely.get_parts(area)
    edges = shapely.get_parts(shapely.boundary(parts[shapely.get_dimensions(parts) == 2]))
    if not len(subjects) or not len(edges):
        return np.full(len(subjects), np.inf)
    return nearest(subjects, edges)[1].metres


def anywhere(subjects: Subjects, relation: Relation, context: Context) -> Outcome:
    """Hit everywhere in the jurisdiction (city-level `admin_area`)."""
    n = len(subjects)
    area = context.jurisdiction
    zh, en = reasons(n)
    if area is None:
        state = np.full(n, OPEN, dtype=np.int8)
        every = np.ones(n, dtype=bool)
        add_reason(
            zh,
            en,
            every,
            "一张图中没有市级行政区界线",
            "the map has no city boundary (admin_area, level city)",
        )
    else:
        state = np.where(shapely.intersects(area, subjects.geometry), HIT, CLEAR).astype(np.int8)
    rows = evidence(
        n, subject=np.arange(n), state=state, zone_layer="admin_area", relation=relation.verb, why=zh, why_en=en,
        department=context.onemap.department("admin_area") if area is None else "",
    )  # fmt: skip
    return gather(n, rows)


def river_section(subjects: Subjects, relation: Relation, context: Context) -> Outcome:
    """Hit where the subject lies in the control zone of a monitoring section."""
    from .river_relation import river_section as run

    return run(subjects, relation, context)


def coverage(subjects: Subjects, relation: Relation, context: Context) -> Outcome:
    """Hit where the subject is not served: too few providers, some part too far from all, too small a share covered."""
    from .coverage_relation import coverage as run

    return run(subjects, relation, context)


def upstream_of(subjects: Subjects, relation: Relation, context: Context) -> Outcome:
    """Hit where the subject lies beside a river that flows to (or from) a feature of the layer."""
    from .upstream_relation import upstream_of as run

    return run(subjects, relation, context)


def visible_from(subjects: Subjects, relation: Relation, context: Context) -> Outcome:
    """Hit where some part of the subject can be seen from a feature of the layer, over the elevation model."""
    from .visibility_relation import visible_from as run

    return run(subjects, relation, context)


VERBS: Mapping[str, Callable[[Subjects, Relation, Context], Outcome]] = {
    "inside": inside,
    "outside": outside,
    "overlap": overlap,
    "within": within,
    "river_section": river_section,
    "coverage": coverage,
    "upstream_of": upstream_of,
    "visible_from": visible_from,
    "anywhere": anywhere,
}
