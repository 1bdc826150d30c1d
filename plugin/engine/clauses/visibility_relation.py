"""The relation ``visible_from``: what can be seen from a feature over the elevation model (直观可视范围)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .. import geodesy, proximity
from ..errors import InputError
from ..progress import part, report
from ..terrain import HIDDEN, SEEN, UNKNOWN, Sight, open_terrain
from .conditions import NO, evaluate
from .context import CLEAR, HIT, OPEN, TENTATIVE, Context, Subjects, Zones
from .model import Length, Relation
from .relations import (
    Outcome,
    add_reason,
    doubts,
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
    import pandas as pd
    from numpy.typing import NDArray

#: The eyes of someone standing, and the ground itself, where a rule does not say.
EYE, GROUND = Length(1.6), Length(0.0)
_NO_MODEL = ("一张图未提供数字高程模型(DEM)", "the map has no elevation model (DEM)")
_BAD_MODEL = ("数字高程模型不可用,见数据问题", "the elevation model cannot be used, see the issues")
_NO_HEIGHT = ("视线经过处高程数据缺失", "the elevation model holds no height along the line of sight")
_HIDDEN = ("距离以内但被地形遮挡", "within the distance but hidden by the ground")


@dataclass(frozen=True)
class _Pairs:
    """Subjects and zones no farther apart than the distance, positional accuracy included."""

    s: NDArray[np.intp]
    z: NDArray[np.intp]
    measured: geodesy.Distances
    blur: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.s)


def visible_from(subjects: Subjects, relation: Relation, context: Context) -> Outcome:
    """Hit where some part of the subject is seen from some place of a zone no farther away than `distance`.

    Observers stand on the ground (``observer_height`` above it, 1.6 m) along the zones' lines and outlines and on
    every cell inside; any part of the subject counts, ``target_height`` (0 m) above the ground.  See :mod:`..terrain`.

    Evidence: ``distance_m`` from subject to zone, ``straight_m`` and ``geometry`` the shortest line of sight found.
    Positional accuracy counts at the limit; that a place seen may lie a little aside does not.
    """
    zones = context.zones(relation.layer or "")
    if zones is None:
        return unknown_layer(subjects, relation, context)
    if not len(subjects):
        return gather(0)
    limit = relation.lengths["distance"].resolve(context.working)
    decided = evaluate(relation.filter, zones.frame, zones.name)
    candidates = np.flatnonzero((decided != NO) & zones.usable)
    pairs = _pairs(subjects, zones, candidates, limit)
    sights, lacking = _look(pairs, subjects, zones, relation, context, limit)
    hits = _hits(pairs, sights, lacking, zones, relation, context, decided, limit)
    rest = np.setdiff1d(np.arange(len(subjects)), hits["subject"].to_numpy(dtype=int))
    return gather(
        len(subjects), hits, _misses(rest, np.unique(pairs.s), subjects, zones, relation, context, candidates, limit)
    )


def _pairs(subjects: Subjects, zones: Zones, candidates: NDArray[np.intp], limit: float) -> _Pairs:
    reach = limit + subjects.accuracy + zones.accuracy[candidates].max(initial=0.0)
    s, z = proximity.within(subjects.placed, zones.placed.take(candidates), reach)
    z = candidates[z]
    measured = geodesy.distance(subjects.geometry[s], zones.geometry[z])
    blur = subjects.accuracy[s] + zones.accuracy[z]
    keep = np.flatnonzero(measured.metres <= limit + blur)
    keep = keep[np.lexsort((z[keep], s[keep]))]
    kept = geodesy.Distances(measured.metres[keep], measured.line[keep], measured.bearing[keep])
    return _Pairs(s[keep], z[keep], kept, blur[keep])


def _look(
    pairs: _Pairs, subjects: Subjects, zones: Zones, relation: Relation, context: Context, limit: float
) -> tuple[list[Sight], tuple[str, str] | None]:
    """Return what each pair sees, or why nothing can be told."""
    nothing = [Sight(UNKNOWN)] * len(pairs)
    if not len(pairs):
        return [], None
    eye, top = (
        relation.lengths.get(key, usual).resolve(context.working)
        for key, usual in (("observer_height", EYE), ("target_height", GROUND))
    )
    try:
        path = context.onemap.dem
        if path is None:
            return nothing, _NO_MODEL
        sights: list[Sight] = []
        with open_terrain(path) as terrain:
            bounds = np.flatnonzero(np.diff(pairs.s, prepend=-1, append=-1))
            for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist()):
                report(context.progress, first / len(pairs))
                step = part(context.progress, first / len(pairs), last / len(pairs))
                view = terrain.around(
                    subjects.geometry[pairs.s[first]], limit + float(pairs.blur[first:last].max())
                )
                for k in range(first, last):
                    shortest = pairs.measured.line[k]
                    sights.append(
                        view.sight(zones.geometry[pairs.z[k]], limit + pairs.blur[k], eye, top, shortest, step)
                    )
        return sights, None
    except InputError as error:
        context.tell([{
            "severity": "error", "code": "elevation_model", "message_zh": f"数字高程模型不可用:{error}",
            "message_en": str(error), "geometry": None,
        }])  # fmt: skip
        return nothing, _BAD_MODEL


def _hits(
    pairs: _Pairs, sights: list[Sight], lacking: tuple[str, str] | None, zones: Zones, relation: Relation,
    context: Context, decided: NDArray[np.int8], limit: float,
) -> pd.DataFrame:  # fmt: skip
    """Return a row for each pair that sees, or of which that cannot be told."""
    found = np.array([sight.state for sight in sights], dtype=int)
    k = np.flatnonzero(found != HIDDEN)
    if not len(k):
        return evidence(0)
    seen, away = found[k] == SEEN, np.array([sights[n].metres for n in k])
    s, z, blur, metres = pairs.s[k], pairs.z[k], pairs.blur[k], pairs.measured.metres[k]
    zh, en = reasons(len(k))
    # A pair that only positional accuracy brings within the distance cannot be told; nor one without heights.
    state = np.where(seen & (away <= limit), HIT, OPEN).astype(np.int8)
    add_reason(zh, en, ~seen, *(lacking or _NO_HEIGHT))
    near = seen & (blur > 0) & (np.abs(limit - away) <= blur)
    state[near & (state == HIT)] = TENTATIVE
    add_reason(
        zh, en, near,
        lambda r: f"距界限 {abs(limit - away[r]):.0f} 米,在定位精度 {blur[r]:.0f} 米以内",
        lambda r: f"{abs(limit - away[r]):.0f} m from the limit, within the positional accuracy of {blur[r]:.0f} m",
    )  # fmt: skip
    for length in relation.lengths.values():
        on_working(length, context, state, zh, en)
    doubts(zones, relation, z, decided, state, zh, en)
    line = np.array([sights[n].line for n in k], dtype=object)
    return pair_rows(
        zones, relation, context, s, z, state, distance_m=metres, threshold_m=limit,
        threshold_owner=owner_of(relation.lengths["distance"]), bearing_deg=pairs.measured.bearing[k],
        straight_m=away, near_boundary=near, why=zh, why_en=en,
        geometry=np.where(shapely.is_missing(line), pairs.measured.line[k], line),
    )  # fmt: skip


def _misses(
    rest: NDArray[np.intp], close: NDArray[np.intp], subjects: Subjects, zones: Zones, relation: Relation,
    context: Context, candidates: NDArray[np.intp], limit: float,
) -> pd.DataFrame:  # fmt: skip
    """Return one row per subject that no zone sees: clear with its nearest zone, or open with the reason."""
    if not len(rest):
        return evidence(0)
    subset = subjects.take(rest)
    zh, en = reasons(len(rest))
    add_reason(zh, en, np.isin(rest, close), *_HIDDEN)
    complete = context.complete(zones.name, subset, limit)
    state = np.where(complete, CLEAR, OPEN).astype(np.int8)
    add_reason(zh, en, ~complete, *context.incompleteness(zones.name))
    extra: dict[str, Any] = {
        "threshold_m": limit, "threshold_owner": owner_of(relation.lengths["distance"]), "why": zh, "why_en": en,
    }  # fmt: skip
    if not len(candidates):
        return evidence(
            len(rest), subject=rest, state=state, zone_layer=zones.name, relation=relation.verb,
            department=context.onemap.department(zones.name), **extra,
        )  # fmt: skip
    pick, measured = nearest(subset, zones.placed.take(candidates))
    return pair_rows(
        zones, relation, context, rest, candidates[pick], state, distance_m=measured.metres,
        bearing_deg=measured.bearing, geometry=measured.line, **extra,
    )  # fmt: skip
