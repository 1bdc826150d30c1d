"""Where the water of a directed graph leaves it, and which edges are against that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .graph import connected, csr
from .near import ranges

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

# Mouths that lie within this of each other along the river, metres, may be arms of one river.
DELTA = 5000.0
# So few nodes at a time are faster dealt with one by one than as arrays.
_FEW = 24


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

    def main_outlets(self, above: Callable[[], Floats] | None = None) -> Ints:
        """Return the main outlet (a node) of each connected part that has a lower end.

        The lower end that lies farthest down: with any other one as the outlet more river, by length, would run
        the wrong way.  Of ends less than `DELTA` metres higher the one with the most river above is taken: a
        river has arms.  But an end at which several lines meet, and that of an arm which nothing joins below its
        fork, may be the work of one turned line; they are taken only where there is no other.

        Parameters
        ----------
        above : callable, optional
            Gives the river above the lower end of each edge, (e,) metres; without it the farthest end is taken.
        """
        part = connected(self.count, self.tail, self.head)
        into = np.bincount(self.head, minlength=self.count)
        out = np.bincount(self.tail, minlength=self.count)
        sink = np.flatnonzero((into > 0) & (out == 0))
        own = part[sink]
        several = np.bincount(own, minlength=self.count)[own] > 1
        down = np.zeros(len(sink))
        if several.any():
            down[several] = self._way_down(np.unique(own[several]))[sink[several]]
        river, firm = down, np.zeros(len(sink), dtype=bool)
        if above is not None and several.any():
            farthest = np.full(self.count, -np.inf)
            np.maximum.at(farthest, own, down)
            low = down > farthest[own] - DELTA
            total = np.bincount(self.head, weights=above(), minlength=self.count)[sink]
            river = np.where(low, total, -np.inf)
            firm = low & (into[sink] == 1) & ~self._bare_arm(sink, into, out)
        order = np.lexsort((sink, -river, ~firm, own))
        first = np.ones(len(order), dtype=bool)
        first[1:] = np.diff(own[order]) != 0
        return sink[order[first]]

    def _bare_arm(self, sink: Ints, into: Ints, out: Ints) -> Mask:
        """Whether the way up from each lower end comes to a fork before it comes to a confluence or a spring."""
        upper = np.zeros(self.count, dtype=np.int64)
        upper[self.head] = self.tail
        at = upper[sink]
        passing = np.flatnonzero((into[at] == 1) & (out[at] == 1))
        for _ in range(self.count):
            if not len(passing):
                break
            at[passing] = upper[at[passing]]
            passing = passing[(into[at[passing]] == 1) & (out[at[passing]] == 1)]
        return out[at] > 1

    def gathered(self) -> tuple[Floats, Floats]:
        """Return for each edge the longest way up from its lower end, and all the river above that end, metres.

        Both count the edge itself.  Arms share what lies above their fork equally.  On a directed cycle, and
        below one, what can be ordered above it is counted.
        """
        pointer, edge = self._outgoing
        arms = np.bincount(self.tail, minlength=self.count)
        longest, total = self.length.astype(float), self.length.astype(float)
        far, above = np.zeros(self.count), np.zeros(self.count)
        waiting = np.bincount(self.head, minlength=self.count)
        late = np.ones(self.count, dtype=bool)
        front = np.flatnonzero(waiting == 0)
        while len(front) > _FEW:
            late[front] = False
            e = edge[ranges(pointer[front], arms[front])]
            upper, lower = self.tail[e], self.head[e]
            longest[e] += far[upper]
            total[e] += above[upper] / arms[upper]
            np.maximum.at(far, lower, longest[e])
            np.add.at(above, lower, total[e])
            np.subtract.at(waiting, lower, 1)
            front = self._once(lower[waiting[lower] == 0])
        if len(front):
            # Down the main stems few nodes come at a time: one by one is faster.
            ways = pointer.tolist(), edge.tolist(), self.head.tolist()
            state = [a.tolist() for a in (waiting, far, above, longest, total)]
            late[_one_by_one(front.tolist(), ways, state)] = False
            far, above, longest, total = (np.array(a) for a in state[1:])
        rest = late[self.tail]
        upper = self.tail[rest]
        longest[rest] += far[upper]
        total[rest] += above[upper] / arms[upper]
        return longest, total

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


def _one_by_one(
    ready: list[int], ways: tuple[list[int], list[int], list[int]], state: list[list[Any]]
) -> list[int]:
    """Go on with :meth:`Flow.gathered` on plain lists; return the nodes that were dealt with."""
    pointer, edge, head = ways
    waiting, far, above, longest, total = state
    for node in ready:
        first, last = pointer[node], pointer[node + 1]
        way, share = far[node], above[node] / max(last - first, 1)
        for e in edge[first:last]:
            lower = head[e]
            longest[e] += way
            if longest[e] > far[lower]:
                far[lower] = longest[e]
            total[e] += share
            above[lower] += total[e]
            waiting[lower] -= 1
            if waiting[lower] == 0:
                ready.append(lower)
    return ready
