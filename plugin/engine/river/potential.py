"""A river network as an undirected graph: its connected parts, its unbranched paths, and potentials on its nodes.

A direction that follows a potential (every edge from the higher to the lower node) holds no cycle.  Of the two
potentials here, the distance to the outlet makes a source of every place in a loop from which both ways are
equally far; the flow potential does not: it is that of a current that enters at the dead ends and leaves at the
outlets, so an arm of a braid is run through from its upper to its lower end however long it is.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .graph import connected

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Edges shorter than this (metres) resist like this, so that none short-circuits.
_SHORTEST = 0.01


def parts(tail: NDArray[np.int64], head: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the connected part of each node: the smallest node in it.

    Parameters
    ----------
    tail, head : (e,) int
        Ends of the edges.
    count : int
        Number of nodes.

    Returns
    -------
    (count,) int
    """
    return connected(count, np.asarray(tail), np.asarray(head))


@dataclass(frozen=True)
class Chains:
    """The unbranched paths of a network.

    Attributes
    ----------
    pointer : (c + 1,) int
        Chain `i` is ``edge[pointer[i]:pointer[i + 1]]``, in order.
    edge : (m,) int
    forward : (m,) bool
        Whether the chain runs along its edge from tail to head.
    first, last : (c,) int
        End nodes; equal for a chain that comes back to where it began.
    """

    pointer: NDArray[np.int64]
    edge: NDArray[np.int64]
    forward: NDArray[np.bool_]
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first)

    @property
    def owner(self) -> NDArray[np.int64]:
        """Chain of each place of `edge`."""
        return np.repeat(np.arange(len(self)), np.diff(self.pointer))


def chains(
    tail: NDArray[np.int64], head: NDArray[np.int64], count: int, use: NDArray[np.bool_]
) -> Chains:
    """Join the edges in `use` at nodes where exactly two of them meet.

    Parameters
    ----------
    tail, head : (e,) int
    count : int
        Number of nodes.
    use : (e,) bool

    Returns
    -------
    Chains
    """
    chosen = np.flatnonzero(use)
    ends = np.concatenate([tail[chosen], head[chosen]])
    degree = np.bincount(ends, minlength=count)
    order = np.argsort(ends, kind="stable")
    pointer = np.concatenate([[0], np.cumsum(degree)]).tolist()
    at_node = np.concatenate([chosen, chosen])[order].tolist()
    tails, heads, degrees = tail.tolist(), head.tolist(), degree.tolist()
    seen = np.zeros(len(tail), dtype=bool).tolist()
    bounds, edges, forward, first, last = [0], [], [], [], []

    def walk(edge: int, node: int) -> None:
        first.append(node)
        while True:
            seen[edge] = True
            along = tails[edge] == node
            edges.append(edge)
            forward.append(along)
            node = heads[edge] if along else tails[edge]
            if degrees[node] != 2:
                break
            onward = [e for e in at_node[pointer[node] : pointer[node + 1]] if not seen[e]]
            if not onward:
                break
            edge = onward[0]
        last.append(node)
        bounds.append(len(edges))

    for node in np.flatnonzero((degree > 0) & (degree != 2)).tolist():
        for edge in at_node[pointer[node] : pointer[node + 1]]:
            if not seen[edge]:
                walk(edge, node)
    for edge in chosen.tolist():  # what is left are rings
        if not seen[edge]:
            walk(edge, tails[edge])
    return Chains(
        np.array(bounds, dtype=np.int64),
        np.array(edges, dtype=np.int64),
        np.array(forward, dtype=bool),
        np.array(first, dtype=np.int64),
        np.array(last, dtype=np.int64),
    )


def bridges(first: NDArray[np.int64], last: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """Whether each edge is the only way between its ends, so that no loop runs through it."""
    degree = np.bincount(np.concatenate([first, last]), minlength=count)
    pointer = np.concatenate([[0], np.cumsum(degree)]).tolist()
    order = np.argsort(np.concatenate([first, last]), kind="stable")
    other = np.concatenate([last, first])[order].tolist()
    edge = np.concatenate([np.arange(len(first))] * 2)[order].tolist()
    entered, lowest, back = [-1] * count, [0] * count, [-1] * count
    place = pointer[:-1].copy()
    out = np.zeros(len(first), dtype=bool)
    clock = 0
    for root in np.flatnonzero(degree).tolist():
        if entered[root] >= 0:
            continue
        stack = [root]
        entered[root] = lowest[root] = clock
        clock += 1
        while stack:
            node = stack[-1]
            if place[node] < pointer[node + 1]:
                k = place[node]
                place[node] += 1
                if edge[k] == back[node]:
                    continue
                beyond = other[k]
                if entered[beyond] >= 0:
                    lowest[node] = min(lowest[node], entered[beyond])
                else:
                    back[beyond] = edge[k]
                    entered[beyond] = lowest[beyond] = clock
                    clock += 1
                    stack.append(beyond)
                continue
            stack.pop()
            if stack:
                lowest[stack[-1]] = min(lowest[stack[-1]], lowest[node])
                out[back[node]] = lowest[node] > entered[stack[-1]]
    return out


def distances(
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    length: NDArray[np.float64],
    count: int,
    roots: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return how far each node lies from the nearest of `roots` along the undirected edges; inf if unreached."""
    degree = np.bincount(np.concatenate([tail, head]), minlength=count)
    pointer = np.concatenate([[0], np.cumsum(degree)]).tolist()
    order = np.argsort(np.concatenate([tail, head]), kind="stable")
    other = np.concatenate([head, tail])[order].tolist()
    step = np.concatenate([length, length])[order].tolist()
    best = [np.inf] * count
    queue = []
    for root in np.asarray(roots).tolist():
        best[root] = 0.0
        queue.append((0.0, root))
    heapq.heapify(queue)
    while queue:
        so_far, node = heapq.heappop(queue)
        if so_far > best[node]:
            continue
        for k in range(pointer[node], pointer[node + 1]):
            way = so_far + step[k]
            if way < best[other[k]]:
                best[other[k]] = way
                heapq.heappush(queue, (way, other[k]))
    return np.array(best)


def solve(
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    conductance: NDArray[np.float64],
    injected: NDArray[np.float64],
    *,
    ground: NDArray[np.int64] | None = None,
    anchor: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the potential of each node of a resistor network.

    The sum over the edges of a node of conductance times difference, plus anchor times potential, equals what is
    injected there.  Nodes are eliminated, those with the fewest neighbours first, which on a river network is
    nearly as quick as walking it and as exact as the arithmetic.

    Parameters
    ----------
    tail, head : (e,) int
    conductance : (e,) float
    injected : (n,) float
        One for each node.
    ground : (g,) int, optional
        Nodes whose potential is 0.
    anchor : (n,) float, optional
        Conductance from each node to potential 0.  With it the whole may be any positive definite matrix of
        which `conductance` holds the negated elements beside the diagonal.

    Returns
    -------
    (n,) float
        A part with neither ground nor anchor is grounded at one of its nodes.
    """
    count = len(injected)
    near: list[dict[int, float]] = [{} for _ in range(count)]
    for a, b, g in zip(tail.tolist(), head.tolist(), conductance.tolist()):
        if a != b:
            near[a][b] = near[a].get(b, 0.0) + g
            near[b][a] = near[b].get(a, 0.0) + g
    source = injected.tolist()
    held = [0.0] * count if anchor is None else anchor.tolist()
    fixed = set() if ground is None else set(np.asarray(ground).tolist())
    queue = [(len(near[n]), n) for n in range(count) if n not in fixed]
    heapq.heapify(queue)
    gone = [False] * count
    order: list[tuple[int, list[tuple[int, float]], float]] = []
    while queue:
        degree, node = heapq.heappop(queue)
        if gone[node] or degree != len(near[node]):
            continue
        gone[node] = True
        around = list(near[node].items())
        total = sum(g for _, g in around) + held[node]
        order.append((node, around, total))
        for k, (a, g) in enumerate(around):
            mine = near[a]
            del mine[node]
            source[a] += source[node] * g / total
            held[a] += held[node] * g / total
            for b, h in around[k + 1 :]:
                both = g * h / total
                mine[b] = mine.get(b, 0.0) + both
                near[b][a] = near[b].get(a, 0.0) + both
        for a, _ in around:
            if a not in fixed:
                heapq.heappush(queue, (len(near[a]), a))
        near[node] = {}
    potential = [0.0] * count
    for node, around, total in reversed(order):
        if total:
            potential[node] = (source[node] + sum(g * potential[a] for a, g in around)) / total
    return np.array(potential)


def flow_rank(
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    length: NDArray[np.float64],
    count: int,
    outlets: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Rank the nodes so that water runs from the greater to the lesser; -1 where no outlet can be reached.

    Parameters
    ----------
    tail, head : (e,) int
    length : (e,) float
        Metres.
    count : int
    outlets : (k,) int
        Nodes.

    Returns
    -------
    (count,) int
        Distinct ranks.  Only at a dead end that is no outlet does a river begin, only at an outlet does it end;
        of nodes that no current tells apart, the one farther from the outlet is the upper one.  The current
        into a loop is the length of the river above it.
    """
    away = distances(tail, head, length, count, outlets)
    reached = np.isfinite(away)
    met = reached[tail]
    tail, head, length = tail[met], head[met], np.maximum(length[met], _SHORTEST)
    injected = _headwaters(tail, head, length, count, outlets)
    potential = solve(tail, head, 1.0 / length, injected, ground=outlets)
    # What differs by rounding only is equal; rounded, the order stays an order.
    grain = 1e-12 * max(float(potential.max(initial=0.0)), 1.0)
    order = np.lexsort((np.arange(count), away, np.round(potential / grain)))
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    rank[~reached] = -1
    return rank


def _headwaters(
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    length: NDArray[np.float64],
    count: int,
    outlets: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the current that enters at each node: the length of the edge below it where no loop is above."""
    edge = np.arange(len(tail))
    degree_ = np.bincount(np.concatenate([tail, head]), minlength=count)
    # The one edge that is left at a node is the exclusive or of all that are left.
    left_ = np.zeros(count, dtype=np.int64)
    np.bitwise_xor.at(left_, tail, edge)
    np.bitwise_xor.at(left_, head, edge)
    degree, left = degree_.tolist(), left_.tolist()
    tails, heads, lengths = tail.tolist(), head.tolist(), length.tolist()
    injected = [0.0] * count
    for node in outlets.tolist():
        degree[node] = -1
    ready = [n for n, d in enumerate(degree) if d == 1]
    while ready:
        node = ready.pop()
        if degree[node] != 1:
            continue
        e = left[node]
        other = heads[e] if tails[e] == node else tails[e]
        degree[node] = 0
        injected[node] += lengths[e]
        left[other] ^= e
        if degree[other] > 0:
            degree[other] -= 1
            if degree[other] == 1:
                ready.append(other)
    return np.array(injected)
