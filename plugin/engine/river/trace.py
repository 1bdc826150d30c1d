"""Walk a river network by distance, from many starts in one call.

Distances run along the river in ellipsoidal metres.  A reach is walked from its lower end when going up and
from its upper end when going down, at the shortest distance by which that end can be reached:

* The arms of a braid are each walked once, and what lies beyond the braid is measured by the shorter arm.  Where
  the distance ends inside the longer arm, that arm is cut there: its remainder could be reached from its other
  end only against the walking direction, so it is not traced.
* Going up follows every reach that flows towards the start; an arm that leaves above the start does not.  Going
  down follows every arm that the water takes.
* A directed cycle that leads back to the start ends there.  Where the way up and the way down cover the same
  stretch of a cycle, each place of it belongs to the shorter way, so that no stretch is traced twice.

The walk ends at the distance, at a barrier, at the next section or where the river itself ends.  What ends at a
node ends there for every way that arrives at it, whichever edge the barrier or section was given on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..progress import SILENT, Progress, report
from .stem import MAIN_BY, MainStem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from .network import Network

# A start this close to a node (metres) is the node; a cut this close to a node is at the node.
AT_NODE = 0.001
# The outward direction of a cut is that of the last so many metres of the trace.
CHORD = 50.0

# How a piece ends: joined to more of the trace, at the distance, where the river itself ends, at a barrier, at
# the next section.
THROUGH, CUT, NATURAL, BARRIER, SECTION = range(5)

# Reports are a few hundredths of a second apart.
_TRACES_PER_REPORT = 64
_STEPS_PER_REPORT = 8192

_Stops = dict  # edge -> [(metres from the end where the walk enters it, BARRIER or SECTION), ...] ascending


@dataclass(frozen=True)
class Cuts:
    """Where traces end short of the river's own end: square cuts, one per place and direction.

    Attributes
    ----------
    trace : (c,) int
        Ascending.
    edge : (c,) int
    measure : (c,) float
        Metres below the upper end of `edge`.
    up : (c,) bool
        Whether the cut ends the way up.
    kind : (c,) int8
        ``CUT``, ``BARRIER`` or ``SECTION``.
    piece : (c,) int
        The piece that ends here, -1 at the start itself (a distance of 0).
    back_edge : (c,) int
    back_measure : (c,) float
        The place `CHORD` metres back along the trace, through the start if need be, or as far as the trace goes.
        The outward direction of the cut is from there to the cut.
    """

    trace: NDArray[np.int64]
    edge: NDArray[np.int64]
    measure: NDArray[np.float64]
    up: NDArray[np.bool_]
    kind: NDArray[np.int8]
    piece: NDArray[np.int64]
    back_edge: NDArray[np.int64]
    back_measure: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.trace)


@dataclass(frozen=True)
class Traces:
    """What lies within the distances of each start: parts of edges ("pieces"), trace after trace.

    Attributes
    ----------
    pointer : (n + 1,) int
        Trace `k` owns the pieces ``pointer[k]:pointer[k + 1]``, the way up first.
    edge : (p,) int
    low, high : (p,) float
        Metres below the edge's upper end, ``low < high``.
    near, far : (p,) float
        Distance from the start along the river at the end towards the start and at the other one.
    up : (p,) bool
        Whether the piece lies upstream of the start.
    parent : (p,) int
        The piece (index in these arrays) by which the near end was reached, -1 at the start.  ``near`` is the
        ``far`` of the parent, unless that was shortened because the other way round a cycle is shorter.
    end : (p,) int8
        What the far end is: ``THROUGH``, ``CUT``, ``NATURAL``, ``BARRIER`` or ``SECTION``.
    start_edge : (n,) int
    start_at : (n,) float
        The starts: metres below the upper end of the edge, exactly 0 or the length of the edge at a node.
    cuts : Cuts
    natural_trace, natural_node : (m,) int
    natural_up : (m,) bool
        Nodes where the river itself ends within the distance: source (up) or outlet (down).
    """

    pointer: NDArray[np.int64]
    edge: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    near: NDArray[np.float64]
    far: NDArray[np.float64]
    up: NDArray[np.bool_]
    parent: NDArray[np.int64]
    end: NDArray[np.int8]
    start_edge: NDArray[np.int64]
    start_at: NDArray[np.float64]
    cuts: Cuts
    natural_trace: NDArray[np.int64]
    natural_node: NDArray[np.int64]
    natural_up: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start_edge)

    @cached_property
    def owner(self) -> NDArray[np.int64]:
        """The trace that each piece belongs to, (p,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.pointer))

    @property
    def far_measure(self) -> NDArray[np.float64]:
        """Measure on the edge at the end away from the start, (p,)."""
        return np.where(self.up, self.low, self.high)

    def chainage(self, piece: ArrayLike, measure: ArrayLike) -> NDArray[np.float64]:
        """Return the distance from the start, upstream positive, of places on pieces.

        Parameters
        ----------
        piece : (k,) int
        measure : (k,) float
            Metres below the upper end of the piece's edge.

        Returns
        -------
        (k,) float
        """
        piece = np.asarray(piece, dtype=np.int64)
        measure = np.asarray(measure, dtype=float)
        above = self.near[piece] + (self.high[piece] - measure)
        below = self.near[piece] + (measure - self.low[piece])
        return np.where(self.up[piece], above, -below)

    def one(self, k: int) -> Traces:
        """Return trace `k` alone."""
        low, high = self.pointer[k], self.pointer[k + 1]
        mine, cut, end = slice(low, high), self.cuts.trace == k, self.natural_trace == k
        cuts, parent, piece = self.cuts, self.parent[mine], self.cuts.piece[cut]
        return Traces(
            np.array([0, high - low]), self.edge[mine], self.low[mine], self.high[mine], self.near[mine],
            self.far[mine], self.up[mine], np.where(parent < 0, -1, parent - low), self.end[mine],
            self.start_edge[k : k + 1], self.start_at[k : k + 1],
            Cuts(
                np.zeros(len(piece), np.int64), cuts.edge[cut], cuts.measure[cut], cuts.up[cut], cuts.kind[cut],
                np.where(piece < 0, -1, piece - low), cuts.back_edge[cut], cuts.back_measure[cut],
            ),
            np.zeros(int(end.sum()), np.int64), self.natural_node[end], self.natural_up[end],
        )  # fmt: skip


def trace(
    network: Network,
    starts: Sequence[tuple[int, float]] | ArrayLike,
    *,
    upstream: float = 5000.0,
    downstream: float = 500.0,
    main_stem: bool = False,
    main_by: str = "longest",
    downstream_main: bool = False,
    stop_at_sections: bool = False,
    barriers: Sequence[tuple[int, float]] | ArrayLike | None = None,
    progress: Progress = SILENT,
) -> Traces:
    """Trace up and down from each start.

    Parameters
    ----------
    network : Network
    starts : (n, 2)-like of (edge, metres below its upper end)
    upstream, downstream : float
        Metres along the river; not both 0.  With 0, the trace is cut at the start itself.
    main_stem : bool
        Go up the main stem alone, as :class:`.stem.MainStem` chooses it.
    main_by : {"longest", "largest"}
        What the main stem is where the names do not say: the longest way up, or the most river above.
    downstream_main : bool
        Go down the main arm alone, as :class:`.stem.MainStem` chooses it.
    stop_at_sections : bool
        End at the next start.  Starts at the same place do not stop each other.
    barriers : (b, 2)-like of (edge, metres below its upper end), optional
        End at these places.  One at the start itself does not count.
    progress : Progress

    Returns
    -------
    Traces
        One trace per start, in order.

    Raises
    ------
    InputError
        Distances below 0 or both 0, or an unknown `main_by`.
    Cancelled
    """
    if not (upstream >= 0 and downstream >= 0 and upstream + downstream > 0):
        raise InputError(
            f"The distances along the river are {upstream} m up and {downstream} m down; give two distances of"
            f" 0 or more, not both 0."
        )
    if main_by not in MAIN_BY:
        raise InputError(f"The main stem can be chosen by {' or '.join(MAIN_BY)}, not by '{main_by}'.")
    edge, at = _places(network, starts)
    stops = [(*_places(network, () if barriers is None else barriers), BARRIER)]
    if stop_at_sections:
        stops.append((edge, at, SECTION))
    stem = MainStem(network, main_by)
    ways = (
        _Way(network, True, upstream, stops, stem if main_stem else None, progress),
        _Way(network, False, downstream, stops, stem if downstream_main else None, progress),
    )
    rows: list[tuple[Any, ...]] = []
    natural: list[tuple[int, int, bool]] = []
    pointer = [0]
    for k, (e, a) in enumerate(zip(edge.tolist(), at.tolist())):
        if k % _TRACES_PER_REPORT == 0:
            report(progress, k / len(edge), "Tracing")
        for way in ways:
            natural.extend((k, node, way.up) for node in way.walk(e, a, rows))
        pointer.append(len(rows))
    traces = _gather(network, edge, at, pointer, rows, natural)
    traces = _without_overlaps(network, traces)
    return _with_cuts(network, traces, upstream, downstream)


def _places(network: Network, places: Any) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Read (edge, measure) pairs; what is within `AT_NODE` of a node is at the node."""
    pairs = np.asarray(places, dtype=float).reshape(-1, 2)
    edge = pairs[:, 0].astype(np.int64)
    length = network.length[edge]
    at = np.where(pairs[:, 1] <= AT_NODE, 0.0, pairs[:, 1])
    return edge, np.where(at >= length - AT_NODE, np.where(at > 0.0, length, 0.0), at)


class _Way:
    """Walks one way, up or down: Dijkstra with a limit."""

    def __init__(
        self,
        network: Network,
        up: bool,
        limit: float,
        stops: list[tuple[NDArray[np.int64], NDArray[np.float64], int]],
        stem: MainStem | None,
        progress: Progress,
    ) -> None:
        tail, head, self.length = network.ends
        self.up, self.limit, self.progress = up, limit, progress
        self.origin, self.beyond = (head, tail) if up else (tail, head)
        self.pointer, self.onward = network.inflow if up else network.outflow
        self.stem, self.name = stem, network.name
        self.edge_stops: _Stops = {}
        self.node_stops: dict[int, int] = {}
        for edges, measures, kind in stops:
            for e, m in zip(edges.tolist(), measures.tolist()):
                if m <= 0.0 or m >= self.length[e]:
                    self.node_stops.setdefault(tail[e] if m <= 0.0 else head[e], kind)
                else:
                    self.edge_stops.setdefault(e, []).append((self.length[e] - m if up else m, kind))
        for places in self.edge_stops.values():
            places.sort()

    def walk(self, edge: int, at: float, rows: list[tuple[Any, ...]]) -> list[int]:
        """Add the pieces from one start to `rows`; return the nodes where the river itself ends.

        A row is (edge, metres from where the walk enters it to the piece's near and far ends, distances of
        these, parent, end).
        """
        limit, length, beyond = self.limit, self.length, self.beyond
        if limit <= 0.0:
            return []
        nearly = limit - AT_NODE
        first = len(rows)
        whole = length[edge]
        begin = whole - at if self.up else at
        inside = 0.0 < at < whole
        best: dict[int, float] = {}
        reached: dict[int, int] = {}
        queue: list[tuple[float, int]] = []
        ended: list[int] = []
        node = -1
        distance, parent = 0.0, -1
        ways: Sequence[int] = (edge,)
        name = self.name[edge]
        if not inside:
            node = self.origin[edge] if begin <= 0.0 else beyond[edge]
            best[node] = 0.0
            reached[node] = -1
            queue.append((0.0, node))
            ways = ()
        home, steps = begin if inside else -1.0, 0
        while True:
            for e in ways:
                to, kind = length[e], THROUGH
                arrives = beyond[e]
                if e == edge and inside and begin == 0.0:
                    # A directed cycle has led back to the start: stop there.
                    to, arrives = home, -1
                for stop, what in self.edge_stops.get(e, ()):
                    if begin + AT_NODE < stop < to - AT_NODE:
                        to, kind, arrives = stop, what, -1
                        break
                if to - begin > limit - distance + AT_NODE:
                    to, kind, arrives = begin + (limit - distance), CUT, -1
                if to <= begin:
                    continue
                far = distance + (to - begin)
                if arrives >= 0 and far < best.get(arrives, np.inf):
                    best[arrives] = far
                    reached[arrives] = len(rows)
                    heappush(queue, (far, arrives))
                rows.append((e, begin, to, distance, far, parent, kind, arrives))
            begin = 0.0
            ways = ()
            while queue:
                distance, node = heappop(queue)
                if distance > best[node]:
                    continue
                steps += 1
                if steps % _STEPS_PER_REPORT == 0 and self.progress.cancelled:
                    report(self.progress, 0.0)
                ways = self.onward[self.pointer[node] : self.pointer[node + 1]]
                parent = reached[node]
                if not ways:
                    ended.append(node)
                elif distance < nearly and (parent < 0 or node not in self.node_stops):
                    break
                ways = ()
            if not ways:
                break
            if self.stem is not None:
                # The way is a single one, so the last name met on it is that of the piece below.
                if parent >= 0:
                    name = self.name[rows[parent][0]] or name
                ways = (self.stem.choose(ways, name, self.up),)
        self._finish(rows, first, best, set(ended))
        return sorted(ended)

    def _finish(
        self, rows: list[tuple[Any, ...]], first: int, best: dict[int, float], ended: set[int]
    ) -> None:
        """Say how the pieces that arrive at nodes end, now that every distance is final."""
        nearly = self.limit - AT_NODE
        for k in range(first, len(rows)):
            *row, kind, node = rows[k]
            if node >= 0:
                if node in ended:
                    kind = NATURAL
                elif node in self.node_stops and best[node] > 0.0:
                    kind = self.node_stops[node]
                elif best[node] >= nearly:
                    kind = CUT
            rows[k] = (*row, kind, self.up)


def _gather(
    network: Network,
    edge: NDArray[np.int64],
    at: NDArray[np.float64],
    pointer: list[int],
    rows: list[tuple[Any, ...]],
    natural: list[tuple[int, int, bool]],
) -> Traces:
    """Turn rows into arrays; no cuts yet."""
    columns = list(zip(*rows)) or [()] * 8
    on = np.array(columns[0], dtype=np.int64)
    begin, to, near, far = (np.array(c, dtype=float) for c in columns[1:5])
    parent = np.array(columns[5], dtype=np.int64)
    end = np.array(columns[6], dtype=np.int8)
    up = np.array(columns[7], dtype=bool)
    length = network.length[on]
    low, high = np.where(up, length - to, begin), np.where(up, length - begin, to)
    # length - (length - at) may miss `at` by a rounding; pieces must meet at the start exactly.
    owner = np.repeat(np.arange(len(edge)), np.diff(pointer))
    home = np.where((at > 0.0) & (at < network.length[edge]), network.length[edge] - at, -1.0)[owner]
    mine = up & (on == edge[owner])
    high[mine & (begin == home)] = at[owner[mine & (begin == home)]]
    low[mine & (to == home)] = at[owner[mine & (to == home)]]
    where = list(zip(*natural)) or [()] * 3
    none = np.empty(0, np.int64)
    cuts = Cuts(none, none, none * 0.0, none > 0, none.astype(np.int8), none, none, none * 0.0)
    return Traces(
        np.array(pointer), on, low, high, near, far, up, parent, end, edge, at, cuts,
        np.array(where[0], dtype=np.int64), np.array(where[1], dtype=np.int64), np.array(where[2], dtype=bool),
    )  # fmt: skip


def _without_overlaps(network: Network, traces: Traces) -> Traces:
    """Give each place that both the way up and the way down cover (on a directed cycle) to the shorter one."""
    t = traces
    inside = (t.start_at > 0.0) & (t.start_at < network.length[t.start_edge])
    # On the start's own edge it is the part that opens one way that meets the part that closes the other way.
    own = inside[t.owner] & (t.edge == t.start_edge[t.owner])
    key = 2 * (t.owner * len(network) + t.edge) + (own & ((t.parent < 0) == t.up))
    ups, downs = np.flatnonzero(t.up), np.flatnonzero(~t.up)
    _, u, d = np.intersect1d(key[ups], key[downs], assume_unique=True, return_indices=True)
    u, d = ups[u], downs[d]
    meet = t.high[d] - t.low[u] > -AT_NODE
    if not meet.any():
        return t
    u, d = u[meet], d[meet]
    low, high, far, end = t.low.copy(), t.high.copy(), t.far.copy(), t.end.copy()
    same = (t.near[u] + t.high[u] - t.near[d] + t.low[d]) / 2
    border = np.clip(same, low[u], np.maximum(low[u], high[d]))
    low[u], high[d] = np.minimum(border, high[u]), np.minimum(border, high[d])
    far[u], far[d] = t.near[u] + (high[u] - low[u]), t.near[d] + (high[d] - low[d])
    end[u] = end[d] = THROUGH
    # A rounding of the border may leave a piece of no length.
    keep = high - low > 1e-6
    parent = t.parent.copy()
    for k in np.flatnonzero(keep):
        while parent[k] >= 0 and not keep[parent[k]]:
            parent[k] = parent[parent[k]]
    number = np.append(np.cumsum(keep) - 1, -1)
    return replace(
        t, pointer=np.append(0, np.cumsum(keep))[t.pointer], edge=t.edge[keep], low=low[keep], high=high[keep],
        near=t.near[keep], far=far[keep], up=t.up[keep], parent=number[parent[keep]], end=end[keep],
    )  # fmt: skip


def _with_cuts(network: Network, traces: Traces, upstream: float, downstream: float) -> Traces:
    """Note the cuts: at the far end of every piece that ends in one, and at the start where a distance is 0."""
    t = traces
    piece = np.flatnonzero((t.end == CUT) | (t.end == BARRIER) | (t.end == SECTION))
    trace, up, kind = t.owner[piece], t.up[piece], t.end[piece]
    edge, measure = t.edge[piece], t.far_measure[piece]
    for limit, way in ((upstream, True), (downstream, False)):
        if limit <= 0.0:
            k = np.flatnonzero(np.diff(t.pointer) > 0)
            trace, piece = np.append(trace, k), np.append(piece, np.full(len(k), -1))
            up, kind = np.append(up, np.full(len(k), way)), np.append(kind, np.full(len(k), CUT, np.int8))
            edge, measure = np.append(edge, t.start_edge[k]), np.append(measure, t.start_at[k])
    node = np.where(measure >= network.length[edge], network.head[edge], -1)
    node = np.where(measure <= 0.0, network.tail[edge], node)
    # Several arms may arrive at one node: the nearest speaks for them.
    order = np.lexsort((piece, np.where(piece < 0, 0.0, np.append(t.far, 0.0)[piece]), ~up, trace))
    place = 2 * np.where(node >= 0, node, len(network.node) + np.arange(len(node))) + up
    place += trace * (2 * (len(network.node) + len(node)))
    order = order[np.sort(np.unique(place[order], return_index=True)[1])]
    along = _Along(network, t)
    doubtful = (node >= 0) | (piece < 0)
    order = [c for c in order if not doubtful[c] or along.goes_on(trace[c], edge[c], measure[c], up[c])]
    order = np.array(order, dtype=np.int64)
    trace, edge, measure, up, piece = (a[order] for a in (trace, edge, measure, up, piece))
    back_edge, back_measure = along.back(trace, edge, measure, up, piece)
    cuts = Cuts(trace, edge, measure, up, kind[order].astype(np.int8), piece, back_edge, back_measure)
    return replace(t, cuts=cuts)


class _Along:
    """Moves along finished traces."""

    def __init__(self, network: Network, traces: Traces) -> None:
        self.network, self.traces = network, traces
        self.stem = MainStem(network)

    def goes_on(self, trace: int, edge: int, measure: float, up: bool) -> bool:
        """Whether river that is not traced leads on from a place in a direction."""
        t, network = self.traces, self.network
        tail, head, length = network.ends
        ways = [(edge, measure)]
        if measure <= 0.0 or measure >= length[edge]:
            node = tail[edge] if measure <= 0.0 else head[edge]
            onward = network.incoming(node) if up else network.outgoing(node)
            ways = [(e, length[e] if up else 0.0) for e in onward]
        mine = slice(t.pointer[trace], t.pointer[trace + 1])
        opens = (t.high if up else t.low)[mine]
        return not all(((t.edge[mine] == e) & (np.abs(opens - m) <= AT_NODE)).any() for e, m in ways)

    def back(
        self,
        trace: NDArray[np.int64],
        edge: NDArray[np.int64],
        measure: NDArray[np.float64],
        up: NDArray[np.bool_],
        piece: NDArray[np.int64],
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the places `CHORD` metres back from cuts, through the start to the other side if need be."""
        t = self.traces
        edge, measure = edge.copy(), measure.copy()
        rest, at = np.full(len(piece), CHORD), piece.copy()
        left = np.flatnonzero(at >= 0)
        while len(left):
            p = at[left]
            step = np.minimum(rest[left], t.high[p] - t.low[p])
            edge[left] = t.edge[p]
            measure[left] = np.where(
                t.up[p], np.minimum(t.low[p] + step, t.high[p]), np.maximum(t.high[p] - step, t.low[p])
            )
            rest[left] -= step
            at[left] = t.parent[p]
            left = left[(rest[left] > 0.0) & (at[left] >= 0)]
        for c in np.flatnonzero(rest > 0.0):
            edge[c], measure[c] = self._out(
                int(trace[c]), not up[c], float(rest[c]), int(edge[c]), measure[c]
            )
        return edge, measure

    def _out(self, trace: int, up: bool, metres: float, edge: int, measure: float) -> tuple[int, float]:
        """Return the place `metres` from the start one way along the main stem of the trace, from a place there."""
        t = self.traces
        mine = np.arange(t.pointer[trace], t.pointer[trace + 1])
        mine = mine[t.up[mine] == up]
        name, last = self.network.name[edge], -1
        while metres > 0.0:
            ways = {int(t.edge[p]): int(p) for p in mine[t.parent[mine] == last]}
            if not ways:
                break
            edge = self.stem.choose(list(ways), name, up)
            last = ways[edge]
            name = self.network.name[edge] or name
            step = min(metres, float(t.high[last] - t.low[last]))
            measure = float(t.high[last] - step if up else t.low[last] + step)
            metres -= step
        return edge, measure
