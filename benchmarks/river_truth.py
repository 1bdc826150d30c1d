"""The right answer, by means that share nothing with the engine.

The trace comes from the generator's own tree (which reach flows into which) and lengths by ``pyproj.Geod``.  What
lies in a zone is decided from the rule's sentence, foot by foot:

    P is in the zone if it has a foot on the traced river (a place where the distance to P along the river is a local
    minimum) within the bank distance; a foot on the last 50 m before a cut, the cut itself included, counts only
    where P is not beyond the perpendicular, through the cut, to the chord of those 50 m.

So the zone is the union of convex figures: a rectangle for each stretch of the river and, about each vertex, the
part of the disc from which the vertex is a foot; those of the last 50 m before a cut clipped by its line.  A site
is inside if it meets one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import Proj

from .rivers_made import GEOD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from .rivers_made import World

UPSTREAM, DOWNSTREAM, BANK = 5000.0, 500.0, 500.0
CHORD = 50.0
#: A site this close to the edge of a zone (metres) may be listed or not.
EDGE = 0.001
_WIDE = 50.0  # around what is looked at, metres: only must not be too small


@dataclass(frozen=True)
class Piece:
    """The part ``low..high`` (metres below the upper end) of a reach, walked up or down.

    `near` is the distance from the section to its nearer end, `back` the piece before it (-1 at the section).
    """

    reach: int
    low: float
    high: float
    up: bool
    near: float
    back: int


@dataclass(frozen=True)
class Walk:
    """What is traced from one section; `cuts` are the pieces that end at the distance."""

    reach: int
    at: float
    pieces: list[Piece] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)

    def length(self, up: bool) -> float:
        """Metres traced one way."""
        return sum(p.high - p.low for p in self.pieces if p.up == up)

    def by_reach(self, up: bool) -> dict[int, float]:
        """Metres of each reach, one way."""
        return {p.reach: p.high - p.low for p in self.pieces if p.up == up}


def walk(
    world: World, reach: int, at: float, upstream: float = UPSTREAM, downstream: float = DOWNSTREAM
) -> Walk:
    """Walk the tree from a place on a reach: up into every tributary, down to the outlet, as far as asked."""
    out = Walk(reach, at)
    waiting = [(reach, at, 0.0, -1)]
    while waiting:
        i, high, near, back = waiting.pop()
        low = max(0.0, high - (upstream - near))
        out.pieces.append(Piece(i, low, high, True, near, back))
        here = len(out.pieces) - 1
        if low > 0:
            out.cuts.append(here)
        else:
            waiting.extend((j, float(world.length[j]), near + high, here) for j in world.above[i])
    i, low, near, back = reach, at, 0.0, -1
    while i >= 0:
        high = min(float(world.length[i]), low + downstream - near)
        out.pieces.append(Piece(i, low, high, False, near, back))
        back = len(out.pieces) - 1
        if high < world.length[i]:
            out.cuts.append(back)
            break
        near += high - low
        i, low = int(world.down[i]), 0.0
    return out


def nearest(world: World, points: NDArray[np.float64], within: float = 100.0) -> list[tuple[int, float]]:
    """Return the nearest place of the rivers to each point: reach, and metres below its upper end."""
    tree = shapely.STRtree(world.lines)
    out = []
    for lon, lat in points:
        kx = np.radians(1) * 6378137.0 * np.cos(np.radians(lat))
        box = shapely.box(lon - 1.2 * within / kx, lat - within / 1e5, lon + 1.2 * within / kx, lat + within / 1e5)
        frame = _frame(lon, lat)
        best = (np.inf, -1, 0.0)
        for i in tree.query(box):
            span = slice(world.start[i], world.start[i + 1])
            xy = np.column_stack(frame(*world.coords[span].T))
            a, d = xy[:-1], np.diff(xy, axis=0)
            share = np.clip(-(a * d).sum(1) / (d * d).sum(1), 0.0, 1.0)
            away = np.hypot(*(a + share[:, None] * d).T)
            k = int(np.argmin(away))
            if away[k] < best[0]:
                first = world.measure[span][k]
                best = (away[k], int(i), float(first + share[k] * (world.measure[span][k + 1] - first)))
        out.append((best[1], best[2]))
    return out


def _frame(lon: float, lat: float) -> Proj:
    """Metres east and north of a point, true near it."""
    return Proj(proj="tmerc", lat_0=float(lat), lon_0=float(lon), k=1, a=6378137.0, rf=298.257222101)


# --------------------------------------------------------------------------------------------------------
# The rule
# --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """The traced river of one section in metres, ready to judge places.

    Attributes
    ----------
    frame : Proj
    a, b : (s, 2) float
        Stretches between vertices.
    last : (s, c) bool
        The stretch lies within the last 50 m before a cut.
    vertex : (v, 2) float
    vertex_last : (v, c) bool
    vertex_ways : list of (k, 2) arrays
        Unit vectors along the river away from each vertex.
    cut, outward : (c, 2) float
    """

    frame: Proj
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    last: NDArray[np.bool_]
    vertex: NDArray[np.float64]
    vertex_last: NDArray[np.bool_]
    vertex_ways: list[NDArray[np.float64]]
    cut: NDArray[np.float64]
    outward: NDArray[np.float64]

    @property
    def lines(self) -> Any:
        """All stretches as one geometry."""
        return shapely.multilinestrings(list(np.stack([self.a, self.b], axis=1)))


def rule_of(world: World, walked: Walk, lon: float, lat: float) -> Rule:
    """Lay the walked river out in metres."""
    windows = _windows(walked)
    breaks: dict[int, set[float]] = {k: {p.low, p.high} for k, p in enumerate(walked.pieces)}
    for window in windows:
        for k, low, high in window:
            breaks[k] |= {low, high}
    degrees, measures, owner = [], [], []
    for k, piece in enumerate(walked.pieces):
        xy, at = _part(world, piece, sorted(breaks[k]))
        degrees.append(xy)
        measures.append(at)
        owner.append(np.full(len(at), k))
    frame = _frame(lon, lat)
    xy = np.column_stack(frame(*np.concatenate(degrees).T))
    at, own = np.concatenate(measures), np.concatenate(owner)
    follows = np.flatnonzero(own[1:] == own[:-1])
    middle, of = (at[follows] + at[follows + 1]) / 2, own[follows]
    last = np.zeros((len(follows), len(windows)), dtype=bool)
    for c, window in enumerate(windows):
        for k, low, high in window:
            last[:, c] |= (of == k) & (middle > low) & (middle < high)
    # Vertices that coincide (nodes, the section itself) are one place.
    key = np.round(xy, 5)
    _, first, same = np.unique(key, axis=0, return_index=True, return_inverse=True)
    same = same.ravel()
    vertex = xy[first]
    ways: list[list[NDArray[np.float64]]] = [[] for _ in vertex]
    touching: list[list[int]] = [[] for _ in vertex]
    for s, v in enumerate(follows):
        along = xy[v + 1] - xy[v]
        size = np.hypot(*along)
        if size < 1e-6:
            continue
        ways[same[v]].append(along / size)
        ways[same[v + 1]].append(-along / size)
        touching[same[v]].append(s)
        touching[same[v + 1]].append(s)
    cut, outward = [], []
    vertex_last = np.zeros((len(vertex), len(windows)), dtype=bool)
    for c, (window, end) in enumerate(zip(windows, walked.cuts)):
        piece = walked.pieces[end]
        there = xy[_row(own, at, end, piece.low if piece.up else piece.high)]
        k, low, high = window[-1]
        row = _row(own, at, k, high if walked.pieces[k].up else low)
        along = there - xy[row]
        cut.append(there)
        outward.append(along / np.hypot(*along))
        # The whole window but the place where it opens.
        vertex_last[:, c] = [any(last[s, c] for s in touching[v]) for v in range(len(vertex))]
        vertex_last[same[row], c] = False
    return Rule(
        frame, xy[follows], xy[follows + 1], last, vertex, vertex_last,
        [np.array(w).reshape(-1, 2) for w in ways],
        np.array(cut).reshape(-1, 2), np.array(outward).reshape(-1, 2),
    )  # fmt: skip


def _row(own: NDArray[np.int64], at: NDArray[np.float64], piece: int, measure: float) -> int:
    mine = np.flatnonzero(own == piece)
    return int(mine[np.argmin(np.abs(at[mine] - measure))])


def _windows(walked: Walk) -> list[list[tuple[int, float, float]]]:
    """For each cut, the parts of pieces that make the last 50 m before it, the cut first."""
    out = []
    for end in walked.cuts:
        left, k, window = CHORD, end, []
        while left > 0 and k >= 0:
            p = walked.pieces[k]
            span = min(left, p.high - p.low)
            window.append((k, p.low, p.low + span) if p.up else (k, p.high - span, p.high))
            left -= span
            k = p.back
        out.append(window)
    return out


def _part(world: World, piece: Piece, breaks: list[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Vertices of a piece, with places at `breaks` added; degrees and measures."""
    span = slice(world.start[piece.reach], world.start[piece.reach + 1])
    xy, at = world.coords[span], world.measure[span]
    inner = (at > piece.low + 1e-6) & (at < piece.high - 1e-6)
    measure = np.unique(np.concatenate([at[inner], breaks]))
    measure = measure[np.concatenate([[True], np.diff(measure) > 1e-7])]
    k = np.clip(np.searchsorted(at, measure, side="right") - 1, 0, len(at) - 2)
    share = (measure - at[k]) / (at[k + 1] - at[k])
    out = xy[k] + share[:, None] * (xy[k + 1] - xy[k])
    for end, row in ((0.0, 0), (at[-1], -1)):
        out[np.abs(measure - end) < 1e-7] = xy[row]
    return out, measure


def listed(rule: Rule, sites: SiteIndex, bank: float = BANK, edge: float = EDGE) -> tuple[set[int], set[int]]:
    """Return the sites that are surely inside, and those that may be (within `edge` metres of the zone's edge too)."""
    near = sites.about(rule, bank)
    if not len(near):
        return set(), set()
    lines = rule.lines
    away = shapely.distance(near.shape, lines)
    # Where a site keeps clear of all that lies beyond the cuts, distance alone decides: its nearest foot counts.
    touched = np.zeros(len(near), dtype=bool)
    for c in range(len(rule.cut)):
        window = shapely.multilinestrings(list(np.stack([rule.a[rule.last[:, c]], rule.b[rule.last[:, c]]], axis=1)))
        beyond = _half_plane(rule.cut[c], -rule.outward[c], -0.01, bank + 500.0)
        touched |= (shapely.distance(near.shape, window) < bank + 0.01) & shapely.intersects(near.shape, beyond)
    sure = set(near.row[~touched & (away <= bank - edge)].tolist())
    maybe = set(near.row[~touched & (away <= bank + edge)].tolist())
    rows = np.flatnonzero(touched & (away <= bank + edge))
    for slack, into in ((-edge, sure), (edge, maybe)):
        figures = _figures(rule, bank + slack, slack) if len(rows) else []
        for r in rows:
            if any(_meets(near.shape[r], figure, centre, bank + slack) for figure, centre in figures):
                into.add(int(near.row[r]))
    return sure, maybe | sure


def _figures(rule: Rule, bank: float, slack: float) -> list[tuple[Any, NDArray[np.float64] | None]]:
    """Convex figures whose union is the zone: (polygon, centre of the disc it is cut from, or None)."""
    out: list[tuple[Any, NDArray[np.float64] | None]] = []
    lines = [(rule.cut[c], rule.outward[c]) for c in range(len(rule.cut))]
    for a, b, last in zip(rule.a, rule.b, rule.last):
        along = b - a
        size = np.hypot(*along)
        if size < 1e-6:
            continue
        normal = np.array([-along[1], along[0]]) / size * bank
        ring = np.array([a + normal, b + normal, b - normal, a - normal])
        for c in np.flatnonzero(last):
            ring = _clip(ring, lines[c][0], lines[c][1], slack)
        if len(ring) >= 3:
            out.append((shapely.polygons(ring), None))
    for v, place in enumerate(rule.vertex):
        square = place + (bank + 1) * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        ring = square
        for way in rule.vertex_ways[v]:
            ring = _clip(ring, place, way, 0.0)
        for c in np.flatnonzero(rule.vertex_last[v]):
            ring = _clip(ring, lines[c][0], lines[c][1], slack)
        if len(ring) >= 3:
            out.append((shapely.polygons(ring), place))
    return out


def _meets(shape: Any, figure: Any, centre: NDArray[np.float64] | None, bank: float) -> bool:
    if centre is None:
        return bool(shapely.intersects(shape, figure))
    if shapely.distance(shape, shapely.points(centre)) > bank:
        return False
    # GEOS 3.11 raises the processor's "invalid" flag over empty boxes, and numpy would warn of it.
    with np.errstate(invalid="ignore"):
        part = shapely.intersection(shape, figure)
    return bool(not shapely.is_empty(part) and shapely.distance(part, shapely.points(centre)) <= bank)


def _clip(ring: NDArray[np.float64], place: NDArray[np.float64], outward: NDArray[np.float64], slack: float) -> NDArray[np.float64]:
    """Cut a convex ring by the line through `place`; what lies more than `slack` metres outward goes."""
    if len(ring) < 3:
        return ring
    side = (ring - place) @ outward - slack
    out = []
    for k in range(len(ring)):
        p, q, here, there = ring[k - 1], ring[k], side[k - 1], side[k]
        if (here > 0) != (there > 0):
            out.append(p + here / (here - there) * (q - p))
        if there <= 0:
            out.append(q)
    return np.array(out).reshape(-1, 2)


def _half_plane(place: NDArray[np.float64], inward: NDArray[np.float64], slack: float, size: float) -> Any:
    """A rectangle that stands for the half-plane on the far side of a line, `size` metres about `place`."""
    outward = -inward
    across = np.array([-outward[1], outward[0]])
    base = place + slack * outward
    ring = [base + size * across, base - size * across, base - size * across + size * outward, base + size * across + size * outward]
    return shapely.polygons(np.array(ring))


# --------------------------------------------------------------------------------------------------------
# Sites
# --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Near:
    """Sites about one river, in its metres."""

    row: NDArray[np.int64]
    shape: NDArray[Any]

    def __len__(self) -> int:
        return len(self.row)


class SiteIndex:
    """Finds the sites about a place by their boxes, one by one."""

    def __init__(self, rings: NDArray[np.float64]) -> None:
        self.rings = rings
        self.low, self.high = rings.min(axis=1), rings.max(axis=1)

    def about(self, rule: Rule, bank: float) -> Near:
        """Return the sites whose box comes near the river's own."""
        margin = bank + _WIDE
        every = np.vstack([rule.a, rule.b])
        low, high = every.min(axis=0) - margin, every.max(axis=0) + margin
        x, y = rule.frame(
            [low[0], low[0], high[0], high[0]], [low[1], high[1], low[1], high[1]], inverse=True
        )
        slack = 0.001
        keep = (
            (self.low[:, 0] < max(x) + slack) & (self.high[:, 0] > min(x) - slack)
            & (self.low[:, 1] < max(y) + slack) & (self.high[:, 1] > min(y) - slack)
        )  # fmt: skip
        rows = np.flatnonzero(keep)
        if not len(rows):
            return Near(rows, np.empty(0, dtype=object))
        flat = self.rings[rows].reshape(-1, 2)
        metric = np.column_stack(rule.frame(*flat.T)).reshape(len(rows), -1, 2)
        return Near(rows, shapely.polygons(metric))


def truth_of(
    world: World, starts: Iterable[tuple[int, float]], points: NDArray[np.float64], edge: float = EDGE
) -> tuple[list[Walk], list[tuple[set[int], set[int]]]]:
    """Walk from all sections, and list the sites of each zone; `points` are the middles of the metric frames."""
    sites = SiteIndex(world.sites)
    walks, lists = [], []
    for (reach, at), (lon, lat) in zip(starts, points):
        walked = walk(world, reach, at)
        walks.append(walked)
        lists.append(listed(rule_of(world, walked, lon, lat), sites, edge=edge))
    return walks, lists


def lengths_of(lines: NDArray[Any]) -> NDArray[np.float64]:
    """Length of each line by pyproj's geodesics."""
    return np.array([GEOD.geometry_length(line) for line in lines])
