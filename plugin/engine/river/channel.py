"""The part of channel polygons that belongs to each trace, cut square at the cuts.

The polygons are the river's water and flood land, or its management area.  A *gate* closes the channel at a cut: the
cut's square line where it crosses the arm that holds the cut, and where it crosses neighbouring arms that the
trace does not run through.  What the gates leave connected to the trace belongs to it, but for

* what lies round a gate (an island whose far arm the gate does not reach), where the river beyond the cut is
  nearer than the trace;
* the channels of rivers that are not traced, outside the traced river's own width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..geodesy import tm_forward
from ..progress import SILENT, Progress, report
from .feet import Cuts, Windows
from .nearness import nearest_region
from .reaches import DENSIFY_DEG
from .trace import CHORD
from .zone import cut_windows, polygons_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .network import Network
    from .reaches import Reaches

# Channel polygons are followed this far beyond the surroundings of the trace (metres).
_AROUND = 5000.0
# A cut this near to the channel is in it (metres).
_IN_CHANNEL = 0.5
# Gates are longer than the channel is wide by this at each end, so that they cross its border (metres).
_OVER = 0.001
_ZONES_PER_REPORT = 16


def traced_channels(
    network: Network, reaches: Reaches, polygons: NDArray[Any], bank: float, progress: Progress = SILENT
) -> NDArray[Any]:
    """Find the traced part of channel polygons.

    Parameters
    ----------
    network : Network
    reaches : Reaches
    polygons : (m,) Polygon or MultiPolygon
        Channel polygons in degrees; those that a trace does not touch are left alone.
    bank : float
        Metres; gates across neighbouring arms of the channel are sought this far aside.
    progress : Progress

    Returns
    -------
    (n,) MultiPolygon or None
        In the metres of each trace's frame; None where no polygon holds any of the trace.
    """
    out = np.full(len(reaches), None, dtype=object)
    polygons = np.asarray(polygons, dtype=object)
    if not len(polygons) or not len(reaches):
        return out
    cuts, windows = cut_windows(reaches)
    tree = shapely.STRtree(polygons)
    piece, polygon = tree.query(reaches.drawn, predicate="intersects")
    owner = reaches.traces.owner[piece]
    pairs = np.unique(np.stack([owner, polygon]), axis=1)
    zones, first = np.unique(pairs[0], return_index=True)
    last = np.append(first[1:], pairs.shape[1])
    for n, k in enumerate(zones.tolist()):
        if n % _ZONES_PER_REPORT == 0:
            report(progress, n / len(zones), "Cutting channels")
        mine = polygons[pairs[1, first[n] : last[n]]]
        with np.errstate(invalid="ignore"):
            one = _Part(network, reaches, k, cuts, windows, bank)
            out[k] = one.channel(mine)
    return out


def in_frame(geometry: NDArray[Any], lon0: float, around: tuple[float, float, float, float]) -> NDArray[Any]:
    """Bring geometries in degrees to metres, clipped to a box in degrees where they are far bigger than it."""
    bounds = shapely.bounds(geometry)
    low, high = np.array(around[:2]), np.array(around[2:])
    beyond = (bounds[:, :2] < low).any(axis=1) | (bounds[:, 2:] > high).any(axis=1)
    geometry = shapely.make_valid(geometry)
    geometry[beyond] = shapely.intersection(geometry[beyond], shapely.box(*around))
    dense = shapely.segmentize(geometry, DENSIFY_DEG)
    return shapely.transform(dense, lambda c: np.column_stack(tm_forward(c[:, 0], c[:, 1], lon0)))


class _Part:
    """One trace and its surroundings."""

    def __init__(
        self, network: Network, reaches: Reaches, k: int, cuts: Cuts, windows: Windows, bank: float
    ) -> None:
        self.network, self.bank = network, bank
        traces = reaches.traces
        self.pieces = np.arange(traces.pointer[k], traces.pointer[k + 1])
        self.whole, self.lines = reaches.whole[k], reaches.lines[self.pieces]
        self.lon0 = float(reaches.lon0[k])
        self.traces, self.k = traces, k
        xy = reaches.degrees[reaches.start[self.pieces[0]] : reaches.start[self.pieces[-1] + 1]]
        room = np.array([1.0 / 80_000.0, 1.0 / 110_000.0]) * (_AROUND + bank)
        self.around = (*(xy.min(axis=0) - room), *(xy.max(axis=0) + room))
        self.cut_rows = np.flatnonzero(cuts.zone == k)
        self.cuts = cuts
        at_ends = []
        for c in self.cut_rows:
            rows = np.flatnonzero(windows.cut == c)
            at_ends += [
                _between(reaches.lines[windows.path[w]], windows.low[w], windows.high[w]) for w in rows
            ]
        near_ends = shapely.buffer(shapely.multilinestrings(at_ends), 0.01) if at_ends else shapely.Polygon()
        self.rest = shapely.difference(self.whole, near_ends)

    def channel(self, polygons: NDArray[Any]) -> Any:
        """Return the traced part of channel polygons (degrees) in metres, or None."""
        channel = shapely.union_all(in_frame(polygons, self.lon0, self.around))
        parts = shapely.get_parts(channel)
        parts = parts[shapely.get_type_id(parts) == 3]
        channel = shapely.union_all(parts) if len(parts) else shapely.Polygon()
        if not shapely.intersects(channel, self.whole):
            return None
        beyond = self._beyond()
        mine = []
        closed = [(gate, self.cuts.outward[c]) for c in self.cut_rows for gate in self.gates(channel, c)]
        for face in faces(channel, [gate for gate, _ in closed]):
            held = shapely.length(shapely.intersection(self.whole, face))
            if held <= _IN_CHANNEL:
                continue
            past = shapely.length(shapely.intersection(beyond, face)) if beyond is not None else 0.0
            if past > held:
                continue
            if past > CHORD:
                # The channel runs round its gates: they hold at least about themselves.
                nearer = self._nearer_than(face, beyond)
                after = shapely.union_all([_strip(gate, CHORD * t) for gate, t in closed])
                before = shapely.union_all([_strip(gate, -CHORD * t) for gate, t in closed])
                face = shapely.union(shapely.difference(nearer, after), shapely.intersection(face, before))
            mine.append(face)
        if not mine:
            return None
        part = polygons_of(np.array([self._without_tributaries(shapely.union_all(mine))], dtype=object))[0]
        return None if shapely.is_empty(part) else part

    def gates(self, channel: Any, c: int) -> list[Any]:
        """Return the lines that close the channel at a cut."""
        point, ahead = self.cuts.point[c], self.cuts.outward[c]
        aside = np.array([-ahead[1], ahead[0]])
        place = shapely.points(point)
        across = 1.0 + float(shapely.hausdorff_distance(place, channel))
        line = shapely.linestrings([point - aside * across, point + aside * across])
        out = []
        for crossing in shapely.get_parts(shapely.intersection(line, channel)):
            if shapely.get_type_id(crossing) != 1:
                continue
            away = shapely.distance(crossing, place)
            if away < _IN_CHANNEL or (away <= self.bank and not shapely.intersects(crossing, self.rest)):
                ends = shapely.get_coordinates(crossing)
                along = (ends[-1] - ends[0]) / np.hypot(*(ends[-1] - ends[0]))
                out.append(shapely.linestrings([ends[0] - _OVER * along, ends[-1] + _OVER * along]))
        return out

    def _nearer_than(self, face: Any, other: Any) -> Any:
        """The part of a face that is nearer to the trace than to other lines."""
        return shapely.difference(face, nearest_region(other, self.whole, face, self._depth(face)))

    def _depth(self, face: Any) -> float:
        return float(shapely.distance(shapely.points(shapely.get_coordinates(face)), self.whole).max())

    def _beyond(self) -> Any:
        """The river that goes on beyond the cuts, up to the surroundings' edge."""
        network, traces = self.network, self.traces
        tail, head, length = network.ends
        traced: dict[int, list[float]] = {}
        stop: set[int] = set()
        for p in self.pieces.tolist():
            edge, low, high = int(traces.edge[p]), float(traces.low[p]), float(traces.high[p])
            span = traced.setdefault(edge, [low, high])
            span[0], span[1] = min(span[0], low), max(span[1], high)
            stop.update([tail[edge]] if low <= 0.0 else [])
            stop.update([head[edge]] if high >= length[edge] else [])
        jobs: list[tuple[int, float, float]] = []
        queue: list[int] = []
        cuts = traces.cuts
        for c in self.cut_rows.tolist():
            edge, at, up = int(cuts.edge[c]), float(cuts.measure[c]), bool(cuts.up[c])
            if 0.0 < at < length[edge]:
                jobs.append((edge, 0.0, at) if up else (edge, at, length[edge]))
                queue.append(tail[edge] if up else head[edge])
                continue
            node = tail[edge] if at <= 0.0 else head[edge]
            for e in network.incoming(node) if up else network.outgoing(node):
                if e not in traced:
                    jobs.append((e, 0.0, length[e]))
                    queue.append(tail[e] if up else head[e])
        west, south, east, north = self.around
        seen = {job[0] for job in jobs}
        while queue:
            node = queue.pop()
            x, y = network.node[node]
            if node in stop or not (west <= x <= east and south <= y <= north):
                continue
            stop.add(node)
            for e in (*network.incoming(node), *network.outgoing(node)):
                if e not in seen and e not in traced:
                    seen.add(e)
                    jobs.append((e, 0.0, length[e]))
                    queue.append(tail[e] if head[e] == node else head[e])
        if not jobs:
            return None
        return shapely.multilinestrings(self._in_metres(*map(np.array, zip(*jobs))))

    def _in_metres(
        self, edge: NDArray[np.int64], low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> NDArray[Any]:
        xy, start = self.network.cut_arrays(edge, low, high)
        lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(edge)), np.diff(start)))
        return shapely.transform(
            shapely.segmentize(lines, DENSIFY_DEG),
            lambda c: np.column_stack(tm_forward(c[:, 0], c[:, 1], self.lon0)),
        )

    def _without_tributaries(self, part: Any) -> Any:
        """Take away the channels of rivers that are not traced, outside the traced river's own width."""
        network = self.network
        others = np.setdiff1d(network.tree.query(shapely.box(*self.around)), self.traces.edge[self.pieces])
        if not len(others):
            return part
        zero = np.zeros(len(others))
        lines = self._in_metres(others, zero, network.length[others])
        lines = shapely.get_parts(shapely.intersection(lines[shapely.intersects(lines, part)], part))
        lines = lines[(shapely.get_type_id(lines) == 1) & (shapely.length(lines) > CHORD)]
        if not len(lines):
            return part
        along = shapely.line_interpolate_point(
            self.lines[:, None], np.linspace(0.05, 0.95, 19)[None, :], normalized=True
        ).ravel()
        inside = along[shapely.intersects(along, part)]
        # The river's own width: where it is not yet wider by the other river's mouth.
        width = shapely.distance(inside, shapely.boundary(part)) if len(inside) else np.zeros(1)
        foreign = nearest_region(shapely.multilinestrings(lines), self.whole, part, self._depth(part))
        own = shapely.buffer(self.whole, 1.25 * float(width.max()))
        return shapely.difference(part, shapely.difference(foreign, own))


def _strip(gate: Any, shift: NDArray[np.float64]) -> Any:
    """The parallelogram between a gate and itself shifted."""
    ends = shapely.get_coordinates(gate)
    return shapely.polygons(np.concatenate([ends, ends[::-1] + shift]))


def _between(line: Any, low: float, high: float) -> Any:
    """The part of a line between two distances along it."""
    xy = shapely.get_coordinates(line)
    along = np.append(0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T)))
    ends = np.column_stack([np.interp([low, high], along, xy[:, 0]), np.interp([low, high], along, xy[:, 1])])
    return shapely.linestrings(np.concatenate([ends[:1], xy[(along > low) & (along < high)], ends[1:]]))


def faces(area: Any, gates: list[Any]) -> NDArray[Any]:
    """Split an area along lines."""
    if not gates:
        return shapely.get_parts(area)
    net = shapely.union_all([shapely.boundary(area), *gates])
    cells = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    shapely.prepare(area)
    return cells[shapely.contains(area, shapely.point_on_surface(cells))]
