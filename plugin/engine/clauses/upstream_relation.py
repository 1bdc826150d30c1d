"""The relation ``upstream_of``: beside a river that flows to, or comes from, a feature.

The way of the water is that of the river network (:mod:`..river.trace`): up from a feature every reach that flows to
it, down from it every arm that the water takes.  A subject belongs to the river where its nearest place on the traced
river lies; at the ends of the trace the river that goes on claims what is nearer to it, so that nothing below a
section counts as lying above it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .. import geodesy, proximity
from ..river.near import ranges
from ..river.questions import questions
from ..river.rows import issue, texts
from ..river.snap import snap
from ..river.trace import Traces, trace
from .conditions import NO, evaluate
from .context import CLEAR, HIT, OPEN, TENTATIVE, Context, Subjects, Zones
from .model import Relation
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

    from ..river.network import Network

    _Ints = NDArray[np.int64]
    _Floats = NDArray[np.float64]
    _Bools = NDArray[np.bool_]

RIVERS = "river_reach"
# A section may lie this far from its river, metres; a river that ends this near to the edge of its data may go on.
_TOLERANCE = 100.0
# Metres that are no difference.
_EXACT = 0.001
# How much of the river that goes on past an end is looked at, in bank distances.
_ONWARD = 5.0
# Steps at which the outline of a subject near the end of a trace is looked at.
_STEPS = 500.0


@dataclass(frozen=True)
class _Asked:
    """What the relation asks: metres from the bank, metres along the river, which ways."""

    bank: float
    limit: float
    ways: tuple[bool, ...]  # True: subjects above the feature


@dataclass(frozen=True)
class _Near:
    """Subjects near edges of the network, by edge: pairs that may lie within the bank distance."""

    subject: _Ints
    edge: _Ints

    def of(self, edge: _Ints) -> tuple[_Ints, _Ints]:
        """Return (row of `edge`, subject) for the subjects near each edge."""
        first = np.searchsorted(self.edge, edge, side="left")
        count = np.searchsorted(self.edge, edge, side="right") - first
        return np.repeat(np.arange(len(edge)), count), self.subject[ranges(first, count)]


@dataclass
class _Beside:
    """Subjects beside traced river, one entry per subject and feature.

    `offset` is from the bank, `along` from the feature down or up the river, `margin` the positional accuracy.
    """

    subject: _Ints
    zone: _Ints
    offset: _Floats
    along: _Floats
    margin: _Floats
    at_end: _Floats  # metres along the river to the nearest end of the trace that the river goes on from
    inside: _Bools
    doubtful: _Bools  # not inside, but positional accuracy could make it so
    line: NDArray[Any]
    bearing: _Floats
    up: _Bools = field(default_factory=lambda: np.empty(0, dtype=bool))

    def take(self, rows: Any) -> _Beside:
        return _Beside(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    @staticmethod
    def join(parts: list[_Beside]) -> _Beside:
        names = _Beside.__dataclass_fields__
        return _Beside(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))


def upstream_of(subjects: Subjects, relation: Relation, context: Context) -> Outcome:
    """Hit where the subject lies within `bank` of a reach that flows to (or from) a feature of the layer.

    The bank is half the river's width from its line, where the width is known.  ``distance`` limits the way along the
    river; without it the way has no end.  Evidence is one row per subject and feature: ``river_distance_m`` along the
    river, ``distance_m`` from the bank, ``direction`` U where the subject lies above the feature.

    A feature that lies on no river, or whose river cannot be traced, leaves open whatever it might have reached.  A
    subject beside a river is clear only where rivers and features are complete all along the way of the water.
    """
    sections = context.zones(relation.layer or "")
    if sections is None:
        return unknown_layer(subjects, relation, context)
    rivers = context.zones(RIVERS)
    if rivers is not None and not rivers.usable.any():
        return _no_river(subjects, relation, context)
    network = context.network
    if network is None:
        return unknown_layer(subjects, relation, context, missing_layer=RIVERS)
    if not len(subjects):
        return gather(0)
    length = relation.lengths.get("distance")
    asked = _Asked(
        relation.lengths["bank"].resolve(context.working),
        length.resolve(context.working) if length else np.inf,
        {"upstream": (True,), "downstream": (False,), "both": (True, False)}[relation.direction],
    )
    context.tell(network.issues.to_dict("records") if len(network.issues) else [])
    decided = evaluate(relation.filter, sections.frame, sections.name)
    candidates = np.flatnonzero((decided != NO) & sections.usable)
    starts, owner, lost = _starts(network, sections, candidates, context)
    near = _near(network, subjects, asked)
    parts = []
    for up in asked.ways:
        found, gone = _beside(network, sections, subjects, near, starts, owner, asked, up, context)
        parts.append(found)
        lost = np.union1d(lost, gone)
    beside = _best(_Beside.join(parts))
    hits = _hits(beside.take(beside.inside), sections, relation, asked, decided, context)
    rest = np.setdiff1d(np.arange(len(subjects)), hits["subject"].to_numpy(dtype=int))
    doubtful = np.unique(beside.subject[beside.doubtful])
    misses = _misses(rest, doubtful, lost, candidates, network, near, subjects, sections, relation, asked, context)
    return gather(len(subjects), hits, misses)


def _no_river(subjects: Subjects, relation: Relation, context: Context) -> Outcome:
    """The layer of rivers is there and empty: nothing lies beside one, where that is known to be so."""
    gap = ~context.complete(RIVERS, subjects, relation.lengths["bank"].resolve(context.working))
    zh, en = reasons(len(subjects))
    add_reason(zh, en, gap, *context.incompleteness(RIVERS))
    rows = evidence(
        len(subjects), subject=np.arange(len(subjects)), state=np.where(gap, OPEN, CLEAR), zone_layer=RIVERS,
        relation=relation.verb, why=zh, why_en=en, department=context.onemap.department(RIVERS),
    )  # fmt: skip
    return gather(len(subjects), rows)


# --------------------------------------------------------------------------------------------------------
# Where features lie on rivers, and which subjects lie near one
# --------------------------------------------------------------------------------------------------------


def _starts(
    network: Network, sections: Zones, rows: NDArray[np.intp], context: Context
) -> tuple[list[tuple[int, float]], _Ints, _Ints]:
    """Return (edge, measure) places of the features, the feature of each, and the features that have no place.

    Points are snapped as sections are; lines and polygons lie where rivers meet them, and where none does nothing
    flows to them.
    """
    geometry = sections.geometry[rows]
    flat = shapely.get_dimensions(geometry) == 0
    uid = sections.frame["uid"].to_numpy(dtype=object)
    parts, of = shapely.get_parts(geometry[flat], return_index=True)
    feature = rows[flat][of]
    places, said = snap(
        network, shapely.get_coordinates(parts), uid[feature], texts(sections.frame, "river")[feature], _TOLERANCE
    )
    context.tell(said)
    starts = list(places.values())
    owner = feature[list(places)].tolist()
    lost = np.setdiff1d(feature, owner)
    which, edge = network.tree.query(geometry[~flat], predicate="intersects")
    met = shapely.intersection(network.lines[edge], geometry[~flat][which])
    pieces, pair = shapely.get_parts(met, return_index=True)
    ends = np.where(shapely.get_dimensions(pieces) == 1, shapely.boundary(pieces), pieces)
    spots, at = shapely.get_coordinates(ends, return_index=True)
    pair = pair[at]
    starts += list(zip(edge[pair].tolist(), network.measure_of(edge[pair], spots).tolist()))
    owner += rows[~flat][which[pair]].tolist()
    return starts, np.array(owner, dtype=np.int64), lost


def _near(network: Network, subjects: Subjects, asked: _Asked) -> _Near:
    """Find the subjects within the bank distance of edges (positional accuracy included), by edge."""
    reach = asked.bank + _widest(network) + subjects.accuracy
    s, e = proximity.within(subjects.placed, network.placed, reach)
    metres = geodesy.distance(subjects.geometry[s], network.lines[e]).metres
    beyond = metres - _half(network, e) - subjects.accuracy[s] - np.nan_to_num(network.accuracy[e])
    s, e = s[beyond <= asked.bank], e[beyond <= asked.bank]
    order = np.lexsort((s, e))
    return _Near(s[order], e[order])


def _half(network: Network, edge: _Ints) -> _Floats:
    return np.nan_to_num(network.width[edge]) / 2


def _widest(network: Network) -> float:
    """Half the widest river and the worst accuracy, metres."""
    half = np.nan_to_num(network.width).max(initial=0.0) / 2
    return float(half + np.nan_to_num(network.accuracy).max(initial=0.0))


# --------------------------------------------------------------------------------------------------------
# Beside the traced river
# --------------------------------------------------------------------------------------------------------


def _beside(
    network: Network, sections: Zones, subjects: Subjects, near: _Near, starts: list[tuple[int, float]],
    owner: _Ints, asked: _Asked, up: bool, context: Context,
) -> tuple[_Beside, _Ints]:  # fmt: skip
    """Trace one way and return the subjects beside it, and the features whose river has no length that way."""
    limits = (asked.limit, 0.0) if up else (0.0, asked.limit)
    t = trace(network, starts, upstream=limits[0], downstream=limits[1], progress=context.progress)
    names = sections.frame["uid"].astype(str).to_numpy(dtype=object)[owner]
    context.tell(questions(network, t, names) if len(t.edge) else [])
    empty = np.diff(t.pointer) == 0
    gone = np.setdiff1d(owner[empty], owner[~empty])
    for z in gone.tolist():
        name, where = str(sections.frame["uid"].iloc[z]), "上" if up else "下"
        context.tell([issue(
            "error", "nothing_traced",
            f"{sections.name} {name} 处{where}游没有可追溯的河流,是否命中无法判定",
            f"{sections.name} {name} has no river to trace {'up' if up else 'down'}stream; what it would reach"
            f" cannot be told.",
            shapely.centroid(sections.geometry[z]), section_id=name,
        )])  # fmt: skip
    piece, subject = near.of(t.edge)
    metres, line, bearing = _distances(network, subjects, subject, t.edge[piece], t.low[piece], t.high[piece])
    edge = t.edge[piece]
    offset = np.maximum(metres - _half(network, edge), 0.0)
    own = subjects.accuracy[subject] + np.nan_to_num(network.accuracy[edge])
    keep = offset <= asked.bank + own
    piece, subject, edge, line, bearing = piece[keep], subject[keep], edge[keep], line[keep], bearing[keep]
    offset, own, metres = offset[keep], own[keep], metres[keep]
    at = _foot(network, subjects, subject, edge, line, metres, t.low[piece], t.high[piece], up)
    along = np.abs(t.chainage(piece, at))
    genuine = _genuine(t, piece, subject, metres, along)
    zone = owner[t.owner[piece]]
    margin = own + sections.accuracy[zone]
    # The ends from which the river goes on: the feature itself, and the limit.
    to_cut = asked.limit - along
    found = _Beside(
        subject, zone, offset, along, margin, np.minimum(along, to_cut),
        genuine & (offset <= asked.bank), genuine & (offset > asked.bank), line, bearing, np.full(len(subject), up),
    )  # fmt: skip
    _at_ends(network, subjects, found, t, piece, metres, starts, asked, up)
    return found, gone


def _genuine(t: Traces, piece: _Ints, subject: _Ints, metres: _Floats, along: _Floats) -> _Bools:
    """Tell which feet are the nearest places of the river around them.

    A foot on the end of a piece where a joined piece comes nearer is none: the subject lies beside the other piece.
    """
    out = np.ones(len(piece), dtype=bool)
    if not len(piece):
        return out
    # Pieces meet at the far end of one of them, which the others name as their parent.
    joint = np.where(t.parent >= 0, t.parent, len(t.edge) + t.owner)
    many = int(subject.max()) + 1
    near, far = joint[piece] * many + subject, piece * many + subject
    keys, back = np.unique(np.concatenate([near, far]), return_inverse=True)
    least = np.full(len(keys), np.inf)
    np.minimum.at(least, back.ravel(), np.tile(metres, 2))
    for side, at in ((back.ravel()[: len(piece)], t.near), (back.ravel()[len(piece) :], t.far)):
        on_end = np.abs(along - at[piece]) <= _EXACT
        out &= ~(on_end & (least[side] < metres - _EXACT))
    return out


def _distances(
    network: Network, subjects: Subjects, subject: _Ints, edge: _Ints, low: _Floats, high: _Floats
) -> tuple[_Floats, NDArray[Any], _Floats]:
    """Measure from subjects to parts of edges, each different pair once: metres, shortest line, bearing."""
    key = np.column_stack([subject, edge, low, high])
    one, back = np.unique(key, axis=0, return_inverse=True)
    back = back.ravel()
    lines = _cut(network, one[:, 1].astype(np.int64), one[:, 2], one[:, 3])
    measured = geodesy.distance(subjects.geometry[one[:, 0].astype(np.int64)], lines)
    return measured.metres[back], measured.line[back], measured.bearing[back]


def _cut(network: Network, edge: _Ints, low: _Floats, high: _Floats) -> NDArray[Any]:
    xy, pointer = network.cut_arrays(edge, low, high)
    return shapely.linestrings(xy, indices=np.repeat(np.arange(len(edge)), np.diff(pointer)))


def _foot(
    network: Network, subjects: Subjects, subject: _Ints, edge: _Ints, line: NDArray[Any], metres: _Floats,
    low: _Floats, high: _Floats, up: bool,
) -> _Floats:  # fmt: skip
    """Return where on its edge the nearest place to each subject lies; of a subject in the river, its nearest end."""
    if not len(subject):
        return np.empty(0)
    at = network.measure_of(edge, shapely.get_coordinates(shapely.get_point(line, -1)))
    rows = np.flatnonzero(metres == 0.0)
    met = shapely.intersection(subjects.geometry[subject[rows]], _cut(network, edge[rows], low[rows], high[rows]))
    xy, owner = shapely.get_coordinates(met, return_index=True)
    measure = network.measure_of(edge[rows[owner]], xy)
    best = np.full(len(rows), -np.inf if up else np.inf)
    (np.maximum if up else np.minimum).at(best, owner, measure)
    some = np.isfinite(best)
    at[rows[some]] = best[some]
    return np.clip(at, low, high)


def _at_ends(
    network: Network, subjects: Subjects, found: _Beside, t: Traces, piece: _Ints, metres: _Floats,
    starts: list[tuple[int, float]], asked: _Asked, up: bool,
) -> None:  # fmt: skip
    """Take out what is nearer to the river that goes on past an end of the trace than to the trace."""
    ends = np.flatnonzero((found.at_end <= _EXACT) & (found.inside | found.doubtful))
    if not len(ends):
        return
    onward = _ONWARD * (asked.bank + _widest(network)) + 1000.0
    owner = t.owner[piece[ends]]
    chosen = np.unique(owner)
    asked_again = [starts[k] for k in chosen.tolist()]
    back = trace(network, asked_again, upstream=0.0 if up else onward, downstream=onward if up else 0.0)
    tails = [(back.owner, back.edge, back.low, back.high)]
    if np.isfinite(asked.limit):
        far = asked.limit + onward
        more = trace(network, asked_again, upstream=far if up else 0.0, downstream=0.0 if up else far)
        past = more.far > asked.limit + _EXACT
        over = np.minimum(more.far - asked.limit, more.high - more.low)
        low = more.low if up else more.high - over
        high = more.low + over if up else more.high
        tails.append((more.owner[past], more.edge[past], low[past], high[past]))
    trail, edge, low, high = (np.concatenate(column) for column in zip(*tails))
    lines = _cut(network, edge, low, high)
    for row, k in zip(ends.tolist(), np.searchsorted(chosen, owner).tolist()):
        on = lines[trail == k]
        if not len(on):
            continue
        shape = subjects.geometry[found.subject[row]]
        apart = geodesy.distance(np.full(len(on), shape), on)
        nearest_on = int(apart.metres.argmin())
        if apart.metres[nearest_on] >= metres[row] - _EXACT:
            continue
        beside = piece[(found.subject == found.subject[row]) & (t.owner[piece] == chosen[k])]
        traced = _cut(network, t.edge[beside], t.low[beside], t.high[beside])
        if _some_part(shape, traced, on, asked.bank + float(_half(network, t.edge[piece[row]]))):
            continue
        foot = shapely.get_point(apart.line[nearest_on], -1)
        end = shapely.get_point(found.line[row], -1)
        beyond = float(geodesy.distance([foot], [end]).metres[0])
        found.inside[row] = False
        found.doubtful[row] = bool(found.margin[row] > 0 and beyond <= found.margin[row])


def _some_part(shape: Any, traced: NDArray[Any], onward: NDArray[Any], reach: float) -> bool:
    """Whether some place on the outline of a line or polygon is within `reach` of the trace and nearer to it.

    Going from a place inside a polygon towards its nearest place on the trace, one leaves the polygon through its
    outline, where all of that still holds; so the outline speaks for the whole.
    """
    dimension = shapely.get_dimensions(shape)
    if dimension == 0:
        return False
    lat = float(shapely.get_y(shapely.centroid(shape)))
    outline = shapely.boundary(shape) if dimension == 2 else shape
    flat = geodesy.scaled(np.array([outline, shapely.union_all(traced), shapely.union_all(onward)]), lat)
    close = shapely.intersection(flat[0], shapely.buffer(shapely.envelope(flat[1]), reach))
    steps = shapely.segmentize(close, max(reach / _STEPS, 0.5))
    points = shapely.points(shapely.get_coordinates(steps))
    own = shapely.distance(points, flat[1])
    near = own <= reach
    return bool((own[near] <= shapely.distance(points[near], flat[2])).any())


def _best(found: _Beside) -> _Beside:
    """Keep one entry per subject and feature: inside before doubtful, nearest to the bank, nearest along the river."""
    keep = found.inside | found.doubtful
    found = found.take(keep)
    order = np.lexsort(
        (found.along, np.round(found.offset, 3), ~found.inside, found.zone, found.subject)
    )
    pair = np.column_stack([found.subject, found.zone])[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (pair[1:] != pair[:-1]).any(axis=1)
    return found.take(order[first])


# --------------------------------------------------------------------------------------------------------
# Evidence
# --------------------------------------------------------------------------------------------------------


def _hits(
    beside: _Beside, sections: Zones, relation: Relation, asked: _Asked, decided: NDArray[np.int8], context: Context
) -> pd.DataFrame:
    n = len(beside.subject)
    state = np.full(n, HIT, dtype=np.int8)
    zh, en = reasons(n)
    spare = np.minimum(asked.bank - beside.offset, beside.at_end)
    near = (beside.margin > 0) & (spare <= beside.margin)
    state[near] = TENTATIVE
    add_reason(
        zh, en, near,
        lambda r: f"距界限 {spare[r]:.0f} 米,在定位精度 {beside.margin[r]:.0f} 米以内",
        lambda r: f"{spare[r]:.0f} m inside the limit, within the positional accuracy of {beside.margin[r]:.0f} m",
    )  # fmt: skip
    for length in relation.lengths.values():
        on_working(length, context, state, zh, en)
    doubts(sections, relation, beside.zone, decided, state, zh, en)
    uid = sections.frame["uid"].to_numpy(dtype=object)[beside.zone]
    return pair_rows(
        sections, relation, context, beside.subject, beside.zone, state, distance_m=beside.offset,
        threshold_m=asked.bank, threshold_owner=owner_of(relation.lengths["bank"]), river_distance_m=beside.along,
        section_id=uid, direction=np.where(beside.up, "U", "D"),
        chainage_m=np.where(beside.up, beside.along, -beside.along), offset_m=beside.offset,
        bearing_deg=beside.bearing, near_boundary=near, why=zh, why_en=en, geometry=beside.line,
    )  # fmt: skip


def _misses(
    rest: NDArray[np.intp], doubtful: _Ints, lost: _Ints, candidates: NDArray[np.intp], network: Network, near: _Near,
    subjects: Subjects, sections: Zones, relation: Relation, asked: _Asked, context: Context,
) -> pd.DataFrame:  # fmt: skip
    """Return one row per subject that is not hit: clear, or open with the reason."""
    if not len(rest):
        return evidence(0)
    subset = subjects.take(rest)
    state = np.full(len(rest), CLEAR, dtype=np.int8)
    zh, en = reasons(len(rest))
    blurred = np.isin(rest, doubtful)
    state[blurred] = OPEN
    add_reason(
        zh, en, blurred, "距界限在定位精度以内", "within the positional accuracy of the limit"
    )
    gap = ~context.complete(RIVERS, subset, asked.bank)
    state[gap] = OPEN
    add_reason(zh, en, gap, *context.incompleteness(RIVERS))
    beside = np.isin(rest, near.subject)
    if len(lost):
        for z in lost.tolist():
            there = np.full(len(rest), sections.geometry[z], dtype=object)
            reach = beside & (geodesy.distance(subset.geometry, there).metres <= asked.limit + asked.bank)
            state[reach] = OPEN
            name = str(sections.frame["uid"].iloc[z])
            add_reason(
                zh, en, reach,
                f"{name} 未能落到河流上或无法追溯,见数据问题", f"{name} lies on no river or could not be traced, see the issues",
            )  # fmt: skip
    for layer, unknown in _ways_unknown(network, near, rest, sections.name, asked, context).items():
        state[unknown] = OPEN
        add_reason(zh, en, unknown & ~(gap & (layer == RIVERS)), *context.incompleteness(layer))
    extra = {"threshold_m": asked.bank, "threshold_owner": owner_of(relation.lengths["bank"])}
    if not len(candidates):
        return evidence(
            len(rest), subject=rest, state=state, zone_layer=sections.name, relation=relation.verb, why=zh, why_en=en,
            department=context.onemap.department(sections.name), **extra,
        )  # fmt: skip
    pick, measured = nearest(subset, sections.placed.take(candidates))
    return pair_rows(
        sections, relation, context, rest, candidates[pick], state, straight_m=measured.metres,
        bearing_deg=measured.bearing, geometry=measured.line, why=zh, why_en=en, **extra,
    )  # fmt: skip


def _ways_unknown(
    network: Network, near: _Near, rest: NDArray[np.intp], layer: str, asked: _Asked, context: Context
) -> dict[str, _Bools]:
    """Tell for which of the subjects `rest` the way of the water leaves where rivers or features are complete.

    From each edge near a subject the water is followed to the limit, the whole edge included.
    """
    unknown = {name: np.zeros(len(rest), dtype=bool) for name in dict.fromkeys((RIVERS, layer))}
    pair = np.isin(near.subject, rest)
    edges, back = np.unique(near.edge[pair], return_inverse=True)
    if not len(edges):
        return unknown
    known = {name: context.complete(name, _shapes(network.lines)) for name in unknown}
    own = network.length[edges]
    for up in asked.ways:
        # Subjects above a feature: follow the water down to it.
        limit = asked.limit + own.max()
        t = trace(
            network, np.column_stack([edges, np.where(up, 0.0, own)]), upstream=0.0 if up else limit,
            downstream=limit if up else 0.0, progress=context.progress,
        )  # fmt: skip
        reached = t.near < asked.limit + own[t.owner]
        nodes, which = np.unique(t.natural_node, return_inverse=True)
        goes_on = ~context.complete(RIVERS, _shapes(shapely.points(network.node[nodes])), _TOLERANCE)
        for name, flags in unknown.items():
            bad = np.zeros(len(edges), dtype=bool)
            bad[t.owner[reached & ~known[name][t.edge]]] = True
            if name == RIVERS:
                bad[t.natural_trace[goes_on[which.ravel()]]] = True
            flags[np.searchsorted(rest, near.subject[pair][bad[back.ravel()]])] = True
    return unknown


def _shapes(geometry: NDArray[Any]) -> Subjects:
    import geopandas as gpd

    return Subjects(gpd.GeoDataFrame(geometry=geometry, crs=4490))
