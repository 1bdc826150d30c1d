"""What looks wrong in a whole network and cannot be mended without guessing.

Everything is found for the whole network at once and kept with it, so that asking again costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..geodesy import metres_per_degree
from . import graph
from .near import Near, near_segments

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .network import Network

    Ints = NDArray[np.int64]

# Cosine of the widest angle between the way an end points and the line it may be meant to meet.  A river that
# stops is odd wherever the other line lies, unless that is behind it; springs are near other rivers all the
# time, so one must point at the other line.
_SINK, _SPRING = -0.5, 0.5


def near_misses(network: Network, within: float = 50.0) -> tuple[Ints, Ints, NDArray[np.float64]]:
    """Find dead ends that may be meant to meet another line.

    A lower end counts when another line lies within the distance and not behind it (120 degrees to either side
    of where the end points); an upper end when the other line lies ahead (60 degrees to either side).

    Parameters
    ----------
    network : Network
    within : float
        Metres.

    Returns
    -------
    node : (k,) int
        The dead ends, ascending.
    edge : (k,) int
        The nearest such line.
    metres : (k,) float
        The distance to it.
    """
    return _kept(network, ("near_misses", within), lambda: _near_misses(network, within))


def misfits(network: Network) -> Ints:
    """Return the nodes where two lines or more meet and all of them run in, or all run out."""

    def find() -> Ints:
        into, out = network.degree
        return np.flatnonzero(((into == 0) | (out == 0)) & (into + out > 1))

    return _kept(network, ("misfits",), find)


def contradicts_outlet(network: Network) -> NDArray[np.bool_]:
    """Tell the edges from whose lower end the main outlet of their connected part cannot be reached.

    These are all edges above a piece that runs the wrong way; the piece itself is among those that
    :func:`against_outlet` tells.  In a part whose water runs in a circle all edges are told.  The smaller
    mouths of a delta are told too: whether an arm leads astray or to a mouth of its own is not in the lines.

    Returns
    -------
    (e,) bool
    """

    def find() -> NDArray[np.bool_]:
        flow = network.flow
        reached = np.zeros(flow.count, dtype=bool)
        flow.climb(main_outlets(network), reached)
        return ~reached[network.head]

    return _kept(network, ("contradicts_outlet",), find)


def against_outlet(network: Network) -> NDArray[np.bool_]:
    """Tell the edges that would have to run the other way for all water to reach the main outlet of its part.

    As few as possible on the way from any place to the outlet; where one of several edges at a node would do,
    all of them are told.

    Returns
    -------
    (e,) bool
    """

    return _kept(network, ("against_outlet",), lambda: network.flow.against(main_outlets(network)))


def main_outlets(network: Network) -> Ints:
    """Return the main outlet (a node) of each connected part that has a lower end.

    It is the one with the most river above it among the lower ends that lie about as far down as any (see
    :meth:`.flow.Flow.main_outlets`).  So a piece digitised backwards far up, at which most of the river seems to
    end, is not taken for it.
    """
    return _kept(network, ("main_outlets",), lambda: network.flow.main_outlets(lambda: network.upstream_total))


def on_cycle(network: Network) -> NDArray[np.bool_]:
    """Tell the edges from whose lower end the water can run back to their upper end.

    Returns
    -------
    (e,) bool
    """

    def find() -> NDArray[np.bool_]:
        out = network.tail == network.head
        for ring in graph.cycles(len(network.node), network.tail, network.head):
            out[ring] = True
        return out

    return _kept(network, ("on_cycle",), find)


def _kept(network: Network, key: tuple[Any, ...], find: Callable[[], Any]) -> Any:
    """Keep what is found with the network, which never changes."""
    store = network.__dict__.setdefault("_doubts", {})
    if key not in store:
        store[key] = find()
    return store[key]


def _near_misses(network: Network, within: float) -> tuple[Ints, Ints, NDArray[np.float64]]:
    into, out = network.degree
    node = np.flatnonzero(into + out == 1)
    number = np.full(len(network.node), -1)
    number[node] = np.arange(len(node))
    place = network.node[node]
    near = near_segments(
        place, network.coords, network.start, (number[network.tail], number[network.head]), within
    )
    near, edge = near.nearest(np.searchsorted(network.start, near.vertex, side="right") - 1)
    faces = _facing(network, node, near, within)
    near, edge = near.only(faces), edge[faces]
    order = np.lexsort((edge, near.metres, near.place))
    first = np.ones(len(order), dtype=bool)
    first[1:] = np.diff(near.place[order]) != 0
    best = order[first]
    return node[near.place[best]], edge[best], near.metres[best]


def _facing(network: Network, node: Ints, near: Near, within: float) -> NDArray[np.bool_]:
    """Whether the dead ends ``node[near.place]`` point towards the feet."""
    end = node[near.place]
    own = np.empty(len(network.node), dtype=np.int64)
    own[network.tail] = np.arange(len(network))
    own[network.head] = np.arange(len(network))
    edge = own[end]
    lower = network.head[edge] == end
    # The way the end points is the chord of the last stretch before it.
    back = np.minimum(network.length[edge], within)
    behind = network.locate(edge, np.where(lower, network.length[edge] - back, back))
    a, b = network.coords[near.vertex], network.coords[near.vertex + 1]
    foot = a + near.share[:, None] * (b - a)
    scale = np.column_stack(metres_per_degree(network.node[end, 1]))
    ahead = (network.node[end] - behind) * scale
    across = (foot - network.node[end]) * scale
    size = np.hypot(*ahead.T) * np.hypot(*across.T)
    cosine = np.divide((ahead * across).sum(axis=1), size, out=np.ones(len(size)), where=size > 1e-6)
    return cosine >= np.where(lower, _SINK, _SPRING)
