"""Which way is the main one where rivers meet or part."""

from __future__ import annotations

from functools import cached_property
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np

from .doubts import main_outlets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .network import Network

MAIN_BY = ("longest", "largest")
# Sizes that differ by less (metres) are the same: sums of lengths depend on how a river is split.
_SAME = 0.001
# A name is looked for beyond so many metres of reaches without a name.
_NAMELESS = 10000.0


class MainStem:
    """Chooses the main way at a node.

    Up: the same name first; else, or among several, the longest way up (``by="longest"``) or the most river
    above (``by="largest"``).

    Down: the same name first; else, or among several, the arms from which the main outlet of the connected
    part (see :func:`.doubts.main_outlets`) is reached, of these the widest where all widths are known,
    of these the one with the shortest way to that outlet.

    A reach without a name counts as having the name that is met beyond it before any other.  Where all that
    leaves a choice, the place of the next vertex decides, so that the order of the lines does not.

    Parameters
    ----------
    network : Network
    by : {"longest", "largest"}
    """

    def __init__(self, network: Network, by: str = "longest") -> None:
        self._network, self._by = network, by
        self._name = network.name
        self._names: dict[tuple[int, str, bool], bool] = {}

    def choose(self, ways: Sequence[int], name: str | None, up: bool) -> int:
        """Return the main one of the edges that lead on from a node.

        Parameters
        ----------
        ways : edges above the node (`up`) or below it
        name : str or None
            Name of the river so far.
        up : bool
        """
        if len(ways) == 1:
            return ways[0]
        pool = self._same_name(ways, name, up)
        if len(pool) > 1:
            for size in (self._size_up,) if up else (self._outlet_down, self._width_down, self._short_down):
                pool = _largest(pool, size)
                if len(pool) == 1:
                    break
        return min(pool, key=lambda e: self._next_vertex(e, up))

    def _same_name(self, ways: Sequence[int], name: str | None, up: bool) -> Sequence[int]:
        if not name:
            return ways
        same = [e for e in ways if self._name[e] == name]
        if not same:
            same = [e for e in ways if not self._name[e] and self._leads_to(e, name, up)]
        return same or ways

    def _leads_to(self, edge: int, name: str, up: bool) -> bool:
        """Whether beyond a reach without a name, through others without one, the name is met."""
        known = self._names.get((edge, name, up))
        if known is not None:
            return known
        tail, head, length = self._network.ends
        onward = self._network.incoming if up else self._network.outgoing
        beyond = tail if up else head
        way, queue, met = {edge: length[edge]}, [edge], False
        for e in queue:
            for other in onward(beyond[e]):
                if self._name[other] == name:
                    met = True
                elif not self._name[other] and other not in way and way[e] < _NAMELESS:
                    way[other] = way[e] + length[other]
                    queue.append(other)
            if met:
                break
        self._names[edge, name, up] = met
        return met

    def _next_vertex(self, edge: int, up: bool) -> tuple[float, ...]:
        start = self._network.start
        return tuple(self._network.coords[start[edge + 1] - 2 if up else start[edge] + 1])

    @cached_property
    def _size_up(self) -> Callable[[int], float]:
        network = self._network
        return (network.upstream_length if self._by == "longest" else network.upstream_total).__getitem__

    def _width_down(self, edge: int) -> float:
        return float(self._network.width[edge])

    def _outlet_down(self, edge: int) -> float:
        return float(np.isfinite(self._short_down(edge)))

    def _short_down(self, edge: int) -> float:
        """Minus the way to the main outlet."""
        return -(self._to_outlet[self._network.ends[1][edge]] + self._network.ends[2][edge])

    @cached_property
    def _to_outlet(self) -> list[float]:
        return outlet_distance(self._network)


def _largest(pool: Sequence[int], size: Callable[[int], float]) -> Sequence[int]:
    """Return those of `pool` whose size is the largest; all of them where a size is unknown."""
    sizes = np.array([size(e) for e in pool])
    if np.isnan(sizes).any() or not np.isfinite(sizes.max()):
        return pool
    return [e for e, s in zip(pool, sizes) if s >= sizes.max() - _SAME]


def outlet_distance(network: Network) -> list[float]:
    """Return the metres from each node down to the main outlet of its connected part, inf where none is reached.

    It is found once and kept with the network, which never changes.
    """
    if "_outlet_distance" not in network.__dict__:
        network.__dict__["_outlet_distance"] = _outlet_distance(network)
    return network.__dict__["_outlet_distance"]


def _outlet_distance(network: Network) -> list[float]:
    tail, _, length = network.ends
    out = [np.inf] * len(network.node)
    queue = [(0.0, node) for node in main_outlets(network).tolist()]
    for _, node in queue:
        out[node] = 0.0
    pointer, edge = network.inflow
    while queue:
        distance, node = heappop(queue)
        if distance > out[node]:
            continue
        for e in edge[pointer[node] : pointer[node + 1]]:
            upper = tail[e]
            if distance + length[e] < out[upper]:
                out[upper] = distance + length[e]
                heappush(queue, (out[upper], upper))
    return out
