"""Where the water of a directed graph leaves it, and which edges are against that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .graph import connected, csr
from .near import ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Flow:
    """A directed graph.

    Attributes
    ----------
    count : int
        Number of nodes.
    tail, head : (e,) int
        Upper and lower node of each edge.
    length : (e,) float
        Metres.
    """

    count: int
    tail: Ints
    head: Ints
    length: Floats

    @cached_property
    def _incoming(self) -> tuple[Ints, Ints]:
        return csr(self.head, self.count)

    @cached_property
    def _outgoing(self) -> tuple[Ints, Ints]:
        return csr(self.tail, self.count)

    @cached_property
    def _stamp(self) -> Ints:
        return np.empty(self.count, dtype=np.int64)

    def _once(self, node: Ints) -> Ints:
        """Drop repetitions, much faster than sorting."""
        number = np.arange(len(node))
        self._stamp[node] = number
        return node[self._stamp[node] == number]

    def main_outlets(self) -> Ints:
        """Return the main outlet (a node) of each connected part that has a lower end.

        The lower end that lies farthest down: with any other one as the outlet more river, by length, would run
        the wrong way.
        """
        part = connected(self.count, self.tail, self.head)
        lower, upper = np.zeros(self.count, dtype=bool), np.zeros(self.count, dtype=bool)
        lower[self.head], upper[self.tail] = True, True
        sink = np.flatnonzero(lower & ~upper)
        several = np.bincount(part[sink], minlength=self.count)[part[sink]] > 1
        down = np.zeros(len(sink))
        if several.any():
            down[several] = self._way_down(np.unique(part[sink[several]]))[sink[several]]
        order = np.lexsort((sink, -down, part[sink]))
        first = np.ones(len(order), dtype=bool)
        first[1:] = np.diff(part[sink[order]]) != 0
        return sink[order[first]]

    def _way_down(self, front: Ints) -> Floats:
        """Metres down the river from the nodes `front`, one in each part, less the metres up, to every node."""
        other = np.concatenate([self.head, self.tail])
        step = np.concatenate([self.length, -self.length])
        pointer, way = csr(np.concatenate([self.tail, self.head]), self.count)
        down = np.full(self.count, np.nan)
        down[front] = 0.0
        once = self._once
        while len(front):
            size = pointer[front + 1] - pointer[front]
            ways = way[ranges(pointer[front], size)]
            value = np.repeat(down[front], size) + step[ways]
            node = other[ways]
            fresh = np.isnan(down[node])
            node, value = node[fresh], value[fresh]
            down[node] = value
            front = once(node)
        return down

    def climb(self, front: Ints, reached: Mask) -> Ints:
        """Mark in `reached` the nodes `front` and all whose water comes to them; return those newly marked."""
        pointer, edge = self._incoming
        met = []
        once = self._once
        while len(front):
            reached[front] = True
            met.append(front)
            begin = pointer[front]
            upper = self.tail[edge[ranges(begin, pointer[front + 1] - begin)]]
            front = once(upper[~reached[upper]])
        return np.concatenate(met) if met else front

    def against(self, outlets: Ints) -> Mask:
        """Tell the edges that would have to run the other way for all water to come to `outlets`.

        As few as possible on the way from any place; where one of several edges at a node would do, all of
        them are told.
        """
        wrong = np.zeros(len(self.tail), dtype=bool)
        reached = np.zeros(self.count, dtype=bool)
        pointer, edge = self._outgoing
        front = outlets
        while len(front):
            climbed = self.climb(front, reached)
            begin = pointer[climbed]
            down = edge[ranges(begin, pointer[climbed + 1] - begin)]
            down = down[~reached[self.head[down]]]
            wrong[down] = True
            front = self._once(self.head[down])
        return wrong
