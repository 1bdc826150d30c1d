"""How far each level of an intake's zone reaches along the river and up its tributaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .delineation_rows import Figure
from .river.trace import AT_NODE, Traces, trace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .delineation_reach import ReachLevel
    from .river.network import Network

#: Tributaries count as the river itself: by the distance along it.
ALONG = "along"


class Course:
    """The river above an intake: its own edges, and the mouths of its tributaries.

    The river's own edges are the main stem and the arms that leave it and come back.

    Parameters
    ----------
    network : Network
    start : (edge, metres below its upper end)
    names : sequence of str, optional
        Only these tributaries count.
    """

    def __init__(self, network: Network, start: tuple[int, float], names: Sequence[str] | None) -> None:
        self.network, self.start = network, start
        self.names = set(names) if names else None

    def traces(self, levels: Sequence[ReachLevel]) -> tuple[Traces, tuple[tuple[str | None, Figure], ...]]:
        """Trace the outermost of levels that are measured one on from the other.

        Returns
        -------
        traces : Traces
            Of one start.
        mouths : tuple of (name or None, Figure)
            The tributaries that count, with the metres above their mouths that this level adds.
        """
        up = np.cumsum([level.upstream.value for level in levels])
        down = sum(level.downstream.value for level in levels)
        if any(level.tributary == ALONG for level in levels):
            return trace(self.network, [self.start], upstream=float(up[-1]), downstream=down), ()
        mouths = self._mouths(float(up[-1]))
        wanted: dict[int, float] = {}
        told: dict[tuple[str | None, float], Figure] = {}
        for edge, away in mouths.items():
            if self.names is not None and self.network.name[edge] not in self.names:
                continue
            adds = [lv.tributary for lv, reach in zip(levels, up) if away <= reach and isinstance(lv.tributary, Figure)]
            if adds:
                wanted[edge] = sum(one.value for one in adds)
                last = levels[-1].tributary
                if isinstance(last, Figure):
                    told[(self.network.name[edge], last.value)] = last
        some = _Some(self.network, [e for e in mouths if e not in wanted])
        if not wanted:
            return some.trace(self.start, float(up[-1]), down, None), ()
        stops = self._ends(float(up[-1]))
        for edge, metres in wanted.items():
            stops.extend(self._above(edge, metres))
        limit = float(up[-1]) + sum(wanted.values()) + 1.0
        return some.trace(self.start, limit, down, stops), tuple((name, f) for (name, _), f in told.items())

    def _main(self, upstream: float) -> Traces:
        return trace(self.network, [self.start], upstream=upstream, downstream=0.0, main_stem=True)

    def _ends(self, upstream: float) -> list[tuple[int, float]]:
        """The places where the main stem and its arms reach the distance."""
        if upstream <= 0:
            return []
        own = self._own(upstream)
        t = trace(self.network, [self.start], upstream=upstream, downstream=0.0)
        cuts = t.cuts
        mine = cuts.up & (cuts.piece >= 0) & np.isin(cuts.edge, own)
        return list(zip(cuts.edge[mine].tolist(), cuts.measure[mine].tolist()))

    def _own(self, upstream: float) -> NDArray[np.int64]:
        """The edges of the river itself: the main stem, and what leaves it and comes back within the distance."""
        main = self._main(upstream)
        above = trace(self.network, [self.start], upstream=upstream, downstream=0.0)
        around = set(above.edge.tolist())
        own = set(main.edge.tolist())
        stack = list(own)
        while stack:
            edge = stack.pop()
            for other in self.network.outgoing(int(self.network.tail[edge])):
                if other in around and other not in own:
                    own.add(other)
                    stack.append(other)
            for other in self.network.outgoing(int(self.network.head[edge])):
                if other in around and other not in own:
                    own.add(other)
                    stack.append(other)
        return np.array(sorted(own), dtype=np.int64)

    def _mouths(self, upstream: float) -> dict[int, float]:
        """The lowest edges of the tributaries that join the river within the distance: edge -> metres up the river."""
        if upstream <= 0:
            return {}
        own = self._own(upstream)
        inside = set(own.tolist())
        t = trace(self.network, [self.start], upstream=upstream, downstream=0.0)
        nodes: dict[int, float] = {}
        for edge, low, far in zip(t.edge.tolist(), t.low.tolist(), t.far.tolist()):
            if edge in inside and low <= 0.0 and far < upstream - AT_NODE:
                node = int(self.network.tail[edge])
                nodes[node] = min(far, nodes.get(node, np.inf))
        edge, at = int(self.start[0]), float(self.start[1])
        if at <= AT_NODE:
            nodes[int(self.network.tail[edge])] = 0.0
        elif at >= self.network.length[edge] - AT_NODE:
            nodes[int(self.network.head[edge])] = 0.0
        return {
            e: away for node, away in nodes.items() for e in self.network.incoming(node) if e not in inside
        }

    def _above(self, edge: int, metres: float) -> list[tuple[int, float]]:
        """The places so many metres above a mouth, on every branch of the tributary."""
        network, out, seen = self.network, [], set()
        stack = [(edge, metres)]
        while stack:
            e, left = stack.pop()
            if e in seen:
                continue
            seen.add(e)
            length = float(network.length[e])
            if length > left + AT_NODE:
                out.append((e, length - left))
            elif length > left - AT_NODE:
                out.append((e, 0.0))
            else:
                stack.extend((other, left - length) for other in network.incoming(int(network.tail[e])))
        return out


class _Some:
    """A network without some of its edges; what is traced there is told in the edges of the whole."""

    def __init__(self, network: Network, without: Sequence[int]) -> None:
        self.whole = network
        self.kept = np.setdiff1d(np.arange(len(network)), np.asarray(without, dtype=np.int64))
        self.network = network if not len(without) else self._less()

    def _less(self) -> Network:
        whole, kept = self.whole, self.kept
        size = np.diff(whole.start)[kept]
        vertex = np.concatenate([np.arange(whole.start[e], whole.start[e + 1]) for e in kept.tolist()])
        columns = {
            name: getattr(whole, name)[kept]
            for name in ("length", "tail", "head", "name", "uid", "width", "accuracy", "canal", "row")
        }
        return replace(
            whole, coords=whole.coords[vertex], start=np.append(0, np.cumsum(size)),
            measure=whole.measure[vertex], issue_edges=(), **columns,
        )  # fmt: skip

    def trace(
        self, start: tuple[int, float], upstream: float, downstream: float, stops: list[tuple[int, float]] | None
    ) -> Traces:
        """Trace from one start; `stops` are barriers, all in edges of the whole network."""
        number = np.full(len(self.whole), -1)
        number[self.kept] = np.arange(len(self.kept))

        def mine(places: Sequence[Any]) -> list[tuple[int, float]]:
            return [(int(number[e]), m) for e, m in places if number[e] >= 0]

        t = trace(
            self.network, mine([start]), upstream=upstream, downstream=downstream,
            barriers=mine(stops) if stops else None,
        )  # fmt: skip
        cuts = replace(t.cuts, edge=self.kept[t.cuts.edge], back_edge=self.kept[t.cuts.back_edge])
        return replace(t, edge=self.kept[t.edge], start_edge=self.kept[t.start_edge], cuts=cuts)
