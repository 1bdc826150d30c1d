"""What a directed network of nodes and edges is like, whatever it is drawn on: parts, cycles, stream order.

Edges are given as two arrays, the node at the upper end of each (`tail`) and the one at its lower end (`head`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


def connected(count: int, one: Ints, two: Ints) -> Ints:
    """Return which group each of `count` things belongs to, when `one[k]` and `two[k]` belong together.

    Returns
    -------
    (count,) int
        The lowest thing of the group.
    """
    group = np.arange(count, dtype=np.int64)
    while len(one):
        a, b = group[one], group[two]
        apart = a != b
        if not apart.any():
            break
        one, two = one[apart], two[apart]
        low, high = np.minimum(a[apart], b[apart]), np.maximum(a[apart], b[apart])
        # Hooking the higher of two leaders under the lower one cannot make a ring.
        np.minimum.at(group, high, low)
        while True:
            further = group[group]
            if np.array_equal(further, group):
                break
            group = further
    return group


def ranked(label: Ints, weight: Floats) -> Ints:
    """Number groups 0, 1, 2 ... from the heaviest on; `weight` is that of each member."""
    _, index = np.unique(label, return_inverse=True)
    index = index.ravel()
    total = np.bincount(index, weights=weight)
    rank = np.empty(len(total), dtype=np.int64)
    rank[np.argsort(-total, kind="stable")] = np.arange(len(total))
    return rank[index]


def csr(node: Ints, count: int) -> tuple[Ints, Ints]:
    """Group edges by node: ``edge[pointer[n]:pointer[n + 1]]``."""
    pointer = np.concatenate([[0], np.cumsum(np.bincount(node, minlength=count))])
    return pointer, np.argsort(node, kind="stable")


def strahler(count: int, tail: Ints, head: Ints) -> Floats:
    """Return the Strahler order of each edge.

    Two rivers of one order make a river of the next; two arms of one river, met again below an island, do not:
    an order is raised only where inflows of the highest order stem from different confluences or springs.

    Returns
    -------
    (e,) float
        NaN on a directed cycle and below one, where no order can be told.
    """
    order = [0] * len(tail)
    origin = [-1] * len(tail)
    pointer_in, edge_in = (a.tolist() for a in csr(head, count))
    pointer_out, edge_out = (a.tolist() for a in csr(tail, count))
    lower = head.tolist()
    waiting = np.bincount(head, minlength=count).tolist()
    ready = [n for n in range(count) if waiting[n] == 0]
    while ready:
        node = ready.pop()
        rank, source = 1, node
        first = True
        for edge in edge_in[pointer_in[node] : pointer_in[node + 1]]:
            if first or order[edge] > rank:
                rank, source, first = order[edge], origin[edge], False
            elif order[edge] == rank and origin[edge] != source:
                # Two that differ: whatever else comes with this order, it is raised once.
                source = -1
        if source == -1:
            rank, source = rank + 1, node
        for edge in edge_out[pointer_out[node] : pointer_out[node + 1]]:
            order[edge], origin[edge] = rank, source
            below = lower[edge]
            waiting[below] -= 1
            if waiting[below] == 0:
                ready.append(below)
    out = np.array(order, dtype=float)
    out[out == 0] = np.nan
    return out


def cycles(count: int, tail: Ints, head: Ints) -> list[Ints]:
    """Return the edges of each strongly connected component that holds a cycle (Tarjan, without recursion).

    An edge from a node to itself is left out: it is no way round anything.
    """
    edge = np.flatnonzero(tail != head)
    edge = edge[_untrimmed(count, tail[edge], head[edge])]
    if not len(edge):
        return []
    component = _strong(tail[edge], head[edge])
    inner = component[0] == component[1]
    label = component[0][inner]
    edge = edge[inner]
    by = np.argsort(label, kind="stable")
    return np.split(edge[by], np.flatnonzero(np.diff(label[by])) + 1) if len(edge) else []


def _untrimmed(count: int, tail: Ints, head: Ints) -> NDArray[np.bool_]:
    """Tell the edges that remain when sources are taken away again and again."""
    pointer, edge_out = (a.tolist() for a in csr(tail, count))
    waiting = np.bincount(head, minlength=count).tolist()
    lower = head.tolist()
    ready = [n for n in range(count) if waiting[n] == 0]
    while ready:
        node = ready.pop()
        for edge in edge_out[pointer[node] : pointer[node + 1]]:
            below = lower[edge]
            waiting[below] -= 1
            if waiting[below] == 0:
                ready.append(below)
    return np.array(waiting, dtype=np.int64)[tail] > 0


def _strong(tail: Ints, head: Ints) -> tuple[Ints, Ints]:
    """Label the strongly connected component of the upper and of the lower node of each edge."""
    place, index = np.unique(np.concatenate([tail, head]), return_inverse=True)
    index = index.ravel()
    upper, lower = index[: len(tail)], index[len(tail) :]
    count = len(place)
    pointer, edge_out = csr(upper, count)
    follow = lower[edge_out].tolist()
    pointer = pointer.tolist()
    seen, low, label = [-1] * count, [0] * count, [-1] * count
    at = list(pointer[:-1])
    stack: list[int] = []
    clock = 0
    for root in range(count):
        if seen[root] != -1:
            continue
        path = [root]
        while path:
            node = path[-1]
            if seen[node] == -1:
                seen[node] = low[node] = clock
                clock += 1
                stack.append(node)
            if at[node] < pointer[node + 1]:
                below = follow[at[node]]
                at[node] += 1
                if seen[below] == -1:
                    path.append(below)
                elif label[below] == -1:
                    low[node] = min(low[node], seen[below])
                continue
            path.pop()
            if path:
                low[path[-1]] = min(low[path[-1]], low[node])
            if low[node] == seen[node]:
                while True:
                    member = stack.pop()
                    label[member] = node
                    if member == node:
                        break
    label_of = np.array(label, dtype=np.int64)
    return label_of[upper], label_of[lower]
