"""The control zone of one traced section, in metres.

A point belongs to the zone if its distance to the traced bank is at most ``bank`` and it does not lie beyond
a cut.  "Beyond a cut" is decided by nearness, not by a rectangle, so that a meander which comes back past the
cut keeps its land:

* Each cut has a half plane H beyond the perpendicular to the chord of the last 50 m.  What lies in H and is
  nearer to the stretch of river at the cut (both sides of it) than to the rest of the trace is out.
* What is nearer to the river farther beyond the cut than to the whole trace is out.

Where it can be proved that a rectangle removes exactly that, a rectangle is removed; elsewhere the border is
drawn by a Voronoi diagram of points along the lines.  Single points are always decided by the rule itself.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import EnvZonesError
from ..geodesy import LocalFrame
from .trace import CHORD, Cut, Trace, nodes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .network import Network

QUAD_SEGS = 64
# Spacing of points along lines for Voronoi diagrams, and along borders for the proofs (metres).
SITE_STEP = 8.0
PROOF_STEP = 10.0
# How far beyond a cut the river is followed, in multiples of the reach of the zone.
BEYOND = 4.0
_REENTRY = 0.5
# Borders are rounded to this (metres).
_GRID = 0.001


@dataclass(frozen=True)
class CutPlane:
    """A cut in metres.

    Attributes
    ----------
    point, outward : (2,) float
        The cut and the unit vector of the chord of the last 50 m, away from the trace.
    near : geometry
        The river at the cut, both sides: the trace back from it and the network beyond it.
    rest : geometry
        The trace without its part in `near`.
    """

    point: NDArray[np.float64]
    outward: NDArray[np.float64]
    near: Any
    rest: Any

    def height(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far points lie beyond the perpendicular, metres (negative: on this side)."""
        return (xy - self.point) @ self.outward


@dataclass(frozen=True)
class Reach:
    """One trace in the metres of its own frame.

    Attributes
    ----------
    frame : LocalFrame
    traced : Trace
    degrees : list of (m, 2) float
        Vertices of each piece, downstream, EPSG:4490.
    lines : array of LineString
        The same in metres.
    half : (p,) float
        Half the river's width at each piece, 0 where it is unknown or not asked for.
    whole : geometry
        All lines.
    """

    frame: LocalFrame
    traced: Trace
    degrees: list[NDArray[np.float64]]
    lines: NDArray[Any]
    half: NDArray[np.float64]
    whole: Any


@dataclass(frozen=True)
class Zone:
    """A control zone with what decides membership, in metres.

    Attributes
    ----------
    reach : Reach
    bank : float
    span : float
        The farthest that a point of the zone can lie from the centreline.
    channel : geometry or None
        The traced part of the channel polygons.
    cuts : list of CutPlane
    far : geometry or None
        The river farther beyond the cuts.
    polygon : geometry
    """

    reach: Reach
    bank: float
    span: float
    channel: Any
    cuts: list[CutPlane]
    far: Any
    polygon: Any

    def bank_distance(self, geometry: NDArray[Any]) -> NDArray[np.float64]:
        """Return the distance of geometries (metres of the frame) to the traced bank; 0 in the channel."""
        out = np.full(len(geometry), np.inf)
        for half, line in _by_half(self.reach):
            out = np.minimum(out, np.maximum(shapely.distance(geometry, line) - half, 0.0))
        if self.channel is not None:
            out = np.minimum(out, shapely.distance(geometry, self.channel))
        return out

    def beyond_cut(self, xy: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return for each point (n, 2) whether the rule puts it beyond a cut."""
        points = shapely.points(xy)
        out = np.zeros(len(xy), dtype=bool)
        for cut in self.cuts:
            ahead = np.flatnonzero(cut.height(xy) > 0)
            out[ahead] |= _nearer(points[ahead], cut.near, cut.rest)
        if self.far is not None:
            out |= _nearer(points, self.far, self.reach.whole)
        return out


def _nearer(points: NDArray[Any], one: Any, other: Any) -> NDArray[np.bool_]:
    """Whether points are nearer to `one` than to `other` (an empty `other` is infinitely far)."""
    if shapely.is_empty(other):
        return np.ones(len(points), dtype=bool)
    return shapely.distance(points, one) < shapely.distance(points, other)


def _by_half(reach: Reach) -> list[tuple[float, Any]]:
    """Group the lines by half width."""
    return [
        (float(half), shapely.multilinestrings(reach.lines[reach.half == half]))
        for half in np.unique(reach.half)
    ]


def reach_of(network: Network, traced: Trace, frame: LocalFrame, use_width: bool = True) -> Reach:
    """Bring a trace to metres."""
    pieces = traced.pieces
    edge = [p.edge for p in pieces]
    degrees = network.cut(edge, [p.low for p in pieces], [p.high for p in pieces])
    lines = frame.forward(linestrings(degrees))
    half = np.nan_to_num(network.width[edge]) / 2 if use_width else np.zeros(len(pieces))
    return Reach(frame, traced, degrees, lines, half, shapely.multilinestrings(lines))


def linestrings(vertices: list[NDArray[np.float64]]) -> NDArray[Any]:
    """Return one LineString per (m, 2) array of vertices."""
    if not vertices:
        return np.empty(0, dtype=object)
    sizes = [len(v) for v in vertices]
    return shapely.linestrings(np.concatenate(vertices), indices=np.repeat(np.arange(len(sizes)), sizes))


# --------------------------------------------------------------------------------------------------------
# What lies at and beyond the cuts
# --------------------------------------------------------------------------------------------------------


def planes(network: Network, reach: Reach, span: float) -> tuple[list[CutPlane], Any]:
    """Return the cuts of a trace with the river at them, and the river farther beyond them.

    Parameters
    ----------
    network : Network
    reach : Reach
    span : float
        Metres along the river that count as "at the cut".
    """
    cuts = reach.traced.cuts
    if not cuts:
        return [], None
    near_beyond, far = _beyond(network, reach, span)
    ends = np.concatenate(
        [
            network.locate([c.edge for c in cuts], [c.measure for c in cuts]),
            network.locate([c.back_edge for c in cuts], [c.back_measure for c in cuts]),
        ]
    )
    xy = shapely.get_coordinates(reach.frame.forward(shapely.points(ends), densify=False))
    out = []
    for k, cut in enumerate(cuts):
        chord = xy[k] - xy[len(cuts) + k]
        outward = chord / np.hypot(*chord)
        near, rest = _along_trace(network, reach, cut, xy[k], outward, span)
        out.append(
            CutPlane(
                xy[k],
                outward,
                shapely.multilinestrings(near + near_beyond[k]),
                shapely.multilinestrings(rest),
            )
        )
    return out, shapely.multilinestrings(far) if far else None


def _beyond(network: Network, reach: Reach, span: float) -> tuple[list[list[Any]], list[Any]]:
    """Follow the untraced network away from the cuts, in every direction, as far as `BEYOND` spans.

    Returns, in metres, the lines within `span` of each cut and all lines farther on.
    """
    tail, head, length = network.ends
    traced = reach.traced
    stop = nodes_of(network, traced)
    low: dict[int, float] = {}
    high: dict[int, float] = {}
    for p in traced.pieces:
        low[p.edge] = min(low.get(p.edge, np.inf), p.low)
        high[p.edge] = max(high.get(p.edge, -np.inf), p.high)
    limit = BEYOND * span
    walked: dict[tuple[int, bool], tuple[float, float, float, int]] = {}  # (edge, from its head) -> ...
    queue: list[tuple[float, int, int]] = []

    def walk(edge: int, from_head: bool, start: float, distance: float, cut: int) -> None:
        """Walk `edge` from measure `start` towards its tail (from its head) or its head."""
        if (edge, from_head) in walked:
            return
        if from_head:
            floor = high[edge] if edge in high and high[edge] < start else 0.0
            end = max(floor, start - (limit - distance))
            reached = tail[edge] if end <= 0.0 else -1
        else:
            ceiling = low[edge] if edge in low and low[edge] > start else length[edge]
            end = min(ceiling, start + (limit - distance))
            reached = head[edge] if end >= length[edge] else -1
        if start == end:
            return
        walked[edge, from_head] = (start, end, distance, cut)
        if reached >= 0 and reached not in stop:
            heapq.heappush(queue, (distance + abs(end - start), reached, cut))

    for k, cut in enumerate(traced.cuts):
        up = cut.direction == "U"
        at_node = (
            tail[cut.edge]
            if cut.measure <= 0.0
            else head[cut.edge]
            if cut.measure >= length[cut.edge]
            else -1
        )
        if at_node < 0:
            walk(cut.edge, up, cut.measure, 0.0, k)
            continue
        for edge in network.incoming(at_node) if up else network.outgoing(at_node):
            if edge not in low:
                walk(edge, up, length[edge] if up else 0.0, 0.0, k)
    seen: set[int] = set()
    while queue:
        distance, node, cut_index = heapq.heappop(queue)
        if node in seen:
            continue
        seen.add(node)
        for edge in network.incoming(node):
            if not (edge in high and high[edge] >= length[edge]):
                walk(edge, True, length[edge], distance, cut_index)
        for edge in network.outgoing(node):
            if not (edge in low and low[edge] <= 0.0):
                walk(edge, False, 0.0, distance, cut_index)
    _meet(walked)
    jobs: list[tuple[int, float, float, int]] = []  # edge, low, high, cut or -1 for far
    for (edge, from_head), (start, end, distance, cut_index) in walked.items():
        sign = -1.0 if from_head else 1.0
        split = start + sign * min(max(span - distance, 0.0), abs(end - start))
        for a, b, owner in ((start, split, cut_index), (split, end, -1)):
            if abs(b - a) > 1e-6:
                jobs.append((edge, min(a, b), max(a, b), owner))
    lines = reach.frame.forward(linestrings(network.cut(*zip(*[j[:3] for j in jobs])) if jobs else []))
    near: list[list[Any]] = [[] for _ in traced.cuts]
    far: list[Any] = []
    for line, job in zip(lines, jobs):
        (far if job[3] < 0 else near[job[3]]).append(line)
    return near, far


def _meet(walked: dict[tuple[int, bool], tuple[float, float, float, int]]) -> None:
    """Where an edge was walked from both ends, let each keep what it reaches first."""
    for (edge, from_head), (start, end, distance, cut) in list(walked.items()):
        if from_head or (edge, True) not in walked:
            continue
        start2, end2, distance2, cut2 = walked[edge, True]
        # Two cuts of one edge are walked away from each other.
        if start >= start2 or end <= end2:
            continue
        middle = min(max((start + start2 + distance2 - distance) / 2, start), start2)
        walked[edge, False] = (start, min(end, middle), distance, cut)
        walked[edge, True] = (start2, max(end2, middle), distance2, cut2)


def _along_trace(
    network: Network,
    reach: Reach,
    cut: Cut,
    point: NDArray[np.float64],
    outward: NDArray[np.float64],
    span: float,
) -> tuple[list[Any], list[Any]]:
    """Divide the trace into what lies within `span` of a cut along the river, and the rest.

    A stretch that comes back past the perpendicular, more than the chord's length from the cut, belongs to
    the rest from there on.
    """
    tail, head, length = network.ends
    pieces = reach.traced.pieces
    keys: list[tuple[Any, Any]] = []
    at_key: dict[Any, list[tuple[int, bool]]] = {}
    for k, p in enumerate(pieces):
        upper: Any = tail[p.edge] if p.low <= 0.0 else (p.edge, p.low)
        lower: Any = head[p.edge] if p.high >= length[p.edge] else (p.edge, p.high)
        keys.append((upper, lower))
        at_key.setdefault(upper, []).append((k, False))
        at_key.setdefault(lower, []).append((k, True))
    first: Any = (cut.edge, cut.measure)
    if cut.measure <= 0.0:
        first = tail[cut.edge]
    elif cut.measure >= length[cut.edge]:
        first = head[cut.edge]
    covered = np.zeros((len(pieces), 2))  # from the upper end, from the lower end
    totals = shapely.length(reach.lines)
    queue: list[tuple[float, int, Any]] = [(0.0, 0, first)]
    done: set[Any] = set()
    count = 0
    while queue:
        distance, _, key = heapq.heappop(queue)
        if key in done or distance >= span:
            continue
        done.add(key)
        for k, from_lower in at_key.get(key, ()):
            xy = shapely.get_coordinates(reach.lines[k])
            along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
            if from_lower:
                xy, along = xy[::-1], along[-1] - along[::-1]
            limit = min(span - distance, _reentry(xy, along, distance, point, outward))
            covered[k, int(from_lower)] = max(covered[k, int(from_lower)], min(limit, totals[k]))
            if limit >= totals[k]:
                count += 1
                heapq.heappush(queue, (distance + totals[k], count, keys[k][1 - int(from_lower)]))
    near: list[Any] = []
    rest: list[Any] = []
    for k, line in enumerate(reach.lines):
        upper_part, lower_part = covered[k]
        if upper_part + lower_part >= totals[k]:
            near.append(line)
            continue
        for a, b, bucket in (
            (0.0, upper_part, near),
            (upper_part, totals[k] - lower_part, rest),
            (totals[k] - lower_part, totals[k], near),
        ):
            if b - a > 1e-6:
                bucket.append(_substring(line, a, b))
    return near, rest


def _reentry(
    xy: NDArray[np.float64],
    along: NDArray[np.float64],
    offset: float,
    point: NDArray[np.float64],
    outward: NDArray[np.float64],
) -> float:
    """Distance along a line at which it comes back past the perpendicular (inf if it does not)."""
    height = (xy - point) @ outward
    past = np.flatnonzero((height > _REENTRY) & (offset + along > CHORD))
    if not len(past):
        return np.inf
    j = int(past[0])
    if j == 0:
        return 0.0
    low = height[j - 1]
    share = -low / (height[j] - low) if low < 0 else 0.0
    return max(along[j - 1] + share * (along[j] - along[j - 1]), CHORD - offset, 0.0)


def _substring(line: Any, a: float, b: float) -> Any:
    """Return the part of a line between two distances along it."""
    xy = shapely.get_coordinates(line)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    ends = np.column_stack([np.interp([a, b], along, xy[:, 0]), np.interp([a, b], along, xy[:, 1])])
    return shapely.linestrings(np.concatenate([ends[:1], xy[(along > a) & (along < b)], ends[1:]]))


# --------------------------------------------------------------------------------------------------------
# Drawing
# --------------------------------------------------------------------------------------------------------


def control_zone(network: Network, reach: Reach, bank: float, channel: Any = None) -> Zone:
    """Draw the control zone of a trace.

    Parameters
    ----------
    network : Network
    reach : Reach
    bank : float
        Metres outward from the bank line.
    channel : geometry, optional
        The traced part of the channel, in the metres of the reach's frame.

    Returns
    -------
    Zone
    """
    span = bank + float(reach.half.max())
    buffers = [shapely.buffer(line, bank + half, quad_segs=QUAD_SEGS) for half, line in _by_half(reach)]
    if channel is not None:
        far_bank = shapely.distance(shapely.points(shapely.get_coordinates(channel)), reach.whole).max()
        span = max(span, bank + float(far_bank))
        buffers.append(shapely.buffer(channel, bank, quad_segs=QUAD_SEGS))
    polygon = shapely.union_all(buffers) if len(buffers) > 1 else buffers[0]
    cuts, far = planes(network, reach, span)
    for cut in cuts:
        polygon = shapely.difference(polygon, _cut_off(cut, span))
    if far is not None:
        polygon = _without_far(polygon, far, reach.whole, span)
    return Zone(reach, bank, span, channel, cuts, far, polygons_of(polygon))


def _cut_off(cut: CutPlane, span: float) -> Any:
    """Return what a cut removes."""
    t, n = cut.outward, np.array([-cut.outward[1], cut.outward[0]])
    relative = shapely.get_coordinates(cut.near) - cut.point
    ahead, aside = relative @ t, relative @ n
    depth = max(ahead.max(), 0.0) + span + 1.0
    left, right = aside.min() - span - 1.0, aside.max() + span + 1.0

    def box(u0: float, u1: float, v0: float, v1: float) -> Any:
        corners = [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]
        return shapely.polygons([cut.point + u * t + v * n for u, v in corners])

    rectangle = box(0.0, depth, left, right)
    if shapely.is_empty(cut.rest) or shapely.distance(cut.rest, rectangle) > span:
        return rectangle
    if not shapely.intersects(cut.rest, box(1e-6, depth + span, left - span, right + span)):
        # The rest lies behind the perpendicular.  A place ahead that is nearest to it is reached from it by a
        # straight way on which it stays nearest, so the perpendicular itself would hold such a place; the
        # difference of two distances changes by at most 2 m a metre, so samples prove that it does not.
        across = np.arange(left, right + PROOF_STEP, PROOF_STEP)
        points = shapely.points(cut.point + across[:, None] * n)
        to_rest = shapely.distance(points, cut.rest)
        close = to_rest <= span + PROOF_STEP / 2
        if np.all(to_rest[close] - shapely.distance(points[close], cut.near) > PROOF_STEP):
            return rectangle
    return nearest_region(cut.near, cut.rest, rectangle, span)


def _without_far(polygon: Any, far: Any, whole: Any, span: float) -> Any:
    """Take away what is nearer to the river far beyond the cuts than to the trace."""
    if shapely.distance(far, polygon) >= span:
        return polygon
    if not shapely.intersects(far, polygon):
        border = shapely.points(
            shapely.get_coordinates(shapely.segmentize(shapely.boundary(polygon), PROOF_STEP))
        )
        to_far = shapely.distance(border, far)
        close = to_far <= span + PROOF_STEP / 2
        if np.all(to_far[close] - shapely.distance(border[close], whole) > PROOF_STEP):
            return polygon
    window = shapely.intersection(polygon, shapely.buffer(far, span))
    return shapely.difference(polygon, nearest_region(far, whole, window, span))


def nearest_region(one: Any, other: Any, window: Any, span: float) -> Any:
    """Return the part of `window` that is nearer to `one` than to `other` (within half a step)."""
    catch = shapely.buffer(window, span + SITE_STEP)
    a = _sites(one, catch)
    b = _sites(other, catch)
    if not len(b):
        return window
    if not len(a):
        return shapely.Polygon()
    origin = np.round(shapely.bounds(window)[:2])
    sites = np.concatenate([a, b]) - origin
    extent = shapely.transform(catch, lambda c: c - origin)
    cells = _voronoi(sites, extent)
    shown = shapely.transform(window, lambda c: c - origin)
    shapely.prepare(shown)
    mine = np.unique(shapely.STRtree(cells).query(shapely.points(sites[: len(a)]), predicate="intersects")[1])
    mine = mine[shapely.intersects(shown, cells[mine])]
    # Cells share their edges vertex by vertex, so they need no noding.
    region = shapely.transform(shapely.coverage_union_all(cells[mine]), lambda c: c + origin)
    return shapely.intersection(region, window)


def _voronoi(sites: NDArray[np.float64], extent: Any) -> NDArray[Any]:
    """Return the Voronoi cells of points.

    Points in rows and on circles make some versions of GEOS return crossing cells, so every point is moved by
    up to a millimetre, the same way in every run.
    """
    for seed in range(5):
        jitter = np.random.default_rng(seed).uniform(-_GRID, _GRID, sites.shape)
        diagram = shapely.voronoi_polygons(shapely.multipoints(sites + jitter), extend_to=extent)
        cells = shapely.get_parts(diagram)
        if shapely.is_valid(cells).all():
            return cells
    raise EnvZonesError(
        f"The border between two stretches of river near {sites[0].round()} could not be drawn; report this with the"
        f" river layer."
    )


def _sites(lines: Any, catch: Any) -> NDArray[np.float64]:
    """Points along lines, `SITE_STEP` apart, half a step from the ends; those within `catch`."""
    out = []
    for line in shapely.get_parts(lines):
        length = shapely.length(line)
        count = max(int(np.ceil(length / SITE_STEP)), 1)
        out.append(shapely.line_interpolate_point(line, (np.arange(count) + 0.5) * length / count))
    if not out:
        return np.empty((0, 2))
    points = np.concatenate(out)
    shapely.prepare(catch)
    return shapely.get_coordinates(points[shapely.intersects(catch, points)])


def polygons_of(geometry: Any) -> Any:
    """Round a geometry to the millimetre and keep its polygons of a square metre and more (MultiPolygon)."""
    parts = shapely.get_parts(shapely.get_parts(shapely.set_precision(shapely.make_valid(geometry), _GRID)))
    return shapely.multipolygons(parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) >= 1.0)])
