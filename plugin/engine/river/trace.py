"""Walk a river network by distance.

Distances run along the river in ellipsoidal metres.  A reach is walked from its lower end when going up and
from its upper end when going down, at the shortest distance by which that end can be reached; so the arms of a
braid are each walked once.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..progress import SILENT, Progress, report

if TYPE_CHECKING:
    from .network import Network

# A start this close to a node (metres) is the node; a cut this close to a node is at the node.
AT_NODE = 0.001
CHORD = 50.0


@dataclass(frozen=True)
class Piece:
    """A part of one edge within the distance.

    Attributes
    ----------
    edge : int
    low, high : float
        Metres below the edge's upper end, ``low < high``.
    near, far : float
        Distance from the start along the river at the end towards the start and at the other one.
    direction : {"U", "D"}
    parent : int
        The piece (index in the trace) by which the near end was reached, -1 at the start.
    end : {"cut", "natural", "through"}
        What the far end is: cut at the distance, the end of the river, or joined to more of the trace.
    """

    edge: int
    low: float
    high: float
    near: float
    far: float
    direction: str
    parent: int
    end: str

    @property
    def far_measure(self) -> float:
        """Measure on the edge at the end away from the start."""
        return self.low if self.direction == "U" else self.high

    def chainage(self, measure: float) -> float:
        """Return the chainage (upstream positive) of a measure on this piece."""
        if self.direction == "U":
            return self.near + (self.high - measure)
        return -(self.near + (measure - self.low))


@dataclass(frozen=True)
class Cut:
    """Where the trace is cut at the distance.

    Attributes
    ----------
    edge : int
    measure : float
        Metres below the upper end of `edge`.
    direction : {"U", "D"}
    back_edge, back_measure : int, float
        The place `CHORD` metres back along the trace (or as far as the trace goes): the outward direction is
        from there to the cut.
    piece : int
        The piece that ends here, -1 where the trace has no length on this side of the start.
    """

    edge: int
    measure: float
    direction: str
    back_edge: int
    back_measure: float
    piece: int


@dataclass(frozen=True)
class Trace:
    """What lies within the distances of one start.

    Attributes
    ----------
    edge : int
    at : float
        The start: metres below the upper end of the edge.
    pieces : list of Piece
    cuts : list of Cut
    natural : list of (int, str)
        Nodes where the river itself ends within the distance, and the direction.
    """

    edge: int
    at: float
    pieces: list[Piece] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    natural: list[tuple[int, str]] = field(default_factory=list)


def nodes_of(network: Network, traced: Trace) -> set[int]:
    """Return the nodes that the trace reaches."""
    out: set[int] = set()
    tail, head, length = network.ends
    for piece in traced.pieces:
        if piece.low <= 0.0:
            out.add(tail[piece.edge])
        if piece.high >= length[piece.edge]:
            out.add(head[piece.edge])
    return out


def trace(
    network: Network,
    starts: list[tuple[int, float]],
    *,
    upstream: float = 5000.0,
    downstream: float = 500.0,
    main_stem: bool = False,
    progress: Progress = SILENT,
) -> list[Trace]:
    """Trace up and down from each start.

    Parameters
    ----------
    network : Network
    starts : list of (edge, metres below its upper end)
    upstream, downstream : float
        Metres along the river; not both 0.
    main_stem : bool
        Go up the main stem alone: the same name first, else the longest upstream.  Downstream all arms are
        followed in any case.
    progress : Progress

    Returns
    -------
    list of Trace
        One per start, in order.
    """
    if not (upstream >= 0 and downstream >= 0 and upstream + downstream > 0):
        raise InputError(
            f"The distances along the river are {upstream} m up and {downstream} m down; give two distances of"
            f" 0 or more, not both 0."
        )
    out = []
    for k, (edge, at) in enumerate(starts):
        if k % 256 == 0:
            report(progress, k / len(starts), "Tracing")
        out.append(_trace_one(network, int(edge), float(at), upstream, downstream, main_stem))
    return out


def _trace_one(
    network: Network, edge: int, at: float, upstream: float, downstream: float, main_stem: bool
) -> Trace:
    length = network.ends[2][edge]
    at = 0.0 if at <= AT_NODE else length if at >= length - AT_NODE else at
    traced = Trace(edge, at)
    for direction, limit in (("U", upstream), ("D", downstream)):
        _walk(network, traced, direction, limit, main_stem)
    _add_cuts(network, traced, upstream, downstream)
    return traced


def _walk(network: Network, traced: Trace, direction: str, limit: float, main_stem: bool) -> None:
    """Dijkstra with a limit, one way."""
    if limit <= 0:
        return
    tail, head, length = network.ends
    up = direction == "U"
    onward = network.incoming if up else network.outgoing
    beyond = tail if up else head
    near_end = head if up else tail
    edge, at = traced.edge, traced.at
    best: dict[int, float] = {}
    reached_by: dict[int, int] = {}
    queue: list[tuple[float, int]] = []
    done: set[int] = set()

    def add(e: int, near: float, start: float, parent: int) -> None:
        """Walk edge `e`, entered at `near` metres from the start, from `start` metres along the way."""
        available = length[e] - start
        if e == edge and start == 0.0 and 0.0 < at < length[e]:
            # A directed cycle leads back to the start: stop there.
            available = length[e] - at if up else at
        span = min(available, limit - near)
        if limit - near >= available - AT_NODE:
            span = available
        if span <= 0:
            return
        low, high = (length[e] - start - span, length[e] - start) if up else (start, start + span)
        if start + span >= length[e]:
            low, high = (0.0, high) if up else (low, length[e])
        node = beyond[e]
        far = near + span
        arrived = start + span >= length[e] - 1e-9
        if not arrived:
            end = "through" if far < limit - AT_NODE else "cut"
        elif onward(node):
            end = "cut" if far >= limit - AT_NODE and best.get(node, far) >= limit - AT_NODE else "through"
        else:
            end = "natural"
        traced.pieces.append(Piece(e, low, high, near, far, direction, parent, end))
        if arrived and far < best.get(node, np.inf):
            best[node] = far
            reached_by[node] = len(traced.pieces) - 1
            heapq.heappush(queue, (far, node))

    if 0.0 < at < length[edge]:
        add(edge, 0.0, length[edge] - at if up else at, -1)
    else:
        node = tail[edge] if at <= 0.0 else head[edge]
        best[node] = 0.0
        reached_by[node] = -1
        heapq.heappush(queue, (0.0, node))
    ended: set[int] = set()
    while queue:
        distance, node = heapq.heappop(queue)
        if node in done or distance > best[node]:
            continue
        done.add(node)
        ways = onward(node)
        if not ways:
            ended.add(node)
            continue
        if distance >= limit - AT_NODE:
            continue
        if up and main_stem:
            parent = reached_by[node]
            below = traced.pieces[parent].edge if parent >= 0 else traced.edge
            ways = [main_way(network, ways, below)]
        for e in ways:
            if near_end[e] == node:
                add(e, distance, 0.0, reached_by[node])
    traced.natural.extend((n, direction) for n in sorted(ended))


def main_way(network: Network, ways: list[int], below: int) -> int:
    """Choose the main stem among the edges above a node: the same name first, else the longest upstream."""
    if len(ways) == 1:
        return ways[0]
    name = network.name[below]
    same = [e for e in ways if name is not None and network.name[e] == name]
    pool = same or ways
    longest = network.upstream_length
    # Equal lengths: the place decides, so that the order of the lines does not matter.
    return max(pool, key=lambda e: (longest[e], tuple(network.node[network.tail[e]])))


def _add_cuts(network: Network, traced: Trace, upstream: float, downstream: float) -> None:
    """Note the cuts: at the far end of every piece that ends in one, once per place."""
    seen: set[tuple[Any, ...]] = set()
    tail, head, length = network.ends
    ended = {"U": upstream <= 0, "D": downstream <= 0}
    for k, piece in enumerate(traced.pieces):
        if piece.end != "cut":
            continue
        measure = piece.far_measure
        if measure <= 0.0:
            key: tuple[Any, ...] = (piece.direction, "node", tail[piece.edge])
        elif measure >= length[piece.edge]:
            key = (piece.direction, "node", head[piece.edge])
        else:
            key = (piece.direction, piece.edge, measure)
        if key in seen:
            continue
        seen.add(key)
        back_edge, back_measure = _back(traced, k, CHORD)
        traced.cuts.append(Cut(piece.edge, measure, piece.direction, back_edge, back_measure, k))
    for direction, at_start in ended.items():
        if at_start and traced.pieces:
            _cut_at_start(network, traced, direction)


def _back(traced: Trace, piece: int, metres: float) -> tuple[int, float]:
    """Place `metres` back towards the start from the far end of `piece`, and through it to the other side."""
    edge, measure, k = traced.pieces[piece].edge, traced.pieces[piece].far_measure, piece
    direction = traced.pieces[piece].direction
    while k >= 0:
        p = traced.pieces[k]
        span = p.high - p.low
        if metres <= span:
            return p.edge, p.low + metres if direction == "U" else p.high - metres
        metres -= span
        edge, measure = p.edge, p.high if direction == "U" else p.low
        k = p.parent
    # Past the start: the first piece on the other side goes on.
    for p in traced.pieces:
        if p.direction != direction and p.parent < 0:
            span = min(metres, p.high - p.low)
            return p.edge, p.low + span if direction == "U" else p.high - span
    return edge, measure


def _cut_at_start(network: Network, traced: Trace, direction: str) -> None:
    """Cut at the start itself, where one of the two distances is 0 and the river goes on."""
    tail, head, length = network.ends
    edge, at = traced.edge, traced.at
    if at <= 0.0 and direction == "U" and not network.incoming(tail[edge]):
        return
    if at >= length[edge] and direction == "D" and not network.outgoing(head[edge]):
        return
    for p in traced.pieces:
        if p.parent < 0:
            span = min(CHORD, p.high - p.low)
            if p.direction == "D":
                traced.cuts.append(Cut(p.edge, p.low, direction, p.edge, p.low + span, -1))
            else:
                traced.cuts.append(Cut(p.edge, p.high, direction, p.edge, p.high - span, -1))
            return
