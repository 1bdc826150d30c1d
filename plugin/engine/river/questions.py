"""What a trace leaves in doubt: repairs it rests on, and places where the river layer may be wrong.

A doubt belongs to every section whose traced river it touches, so that no answer is wrong without a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .doubts import against_outlet, misfits, near_misses, on_cycle
from .rows import issue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from .network import Network
    from .trace import Traces

# A river that ends this close to another line (metres) may have been meant to meet it.
DEAD_END = 50.0
# What would have been mended, had that not been refused: the answer cannot be relied on.
_UNMENDED = ("gap", "missing_node", "direction")


def questions(network: Network, traces: Traces, section_id: NDArray[Any]) -> list[dict[str, Any]]:
    """Return the issue rows that the traces touch.

    Parameters
    ----------
    network : Network
    traces : Traces
    section_id : (n,) object
        Id of the section of each trace.

    Returns
    -------
    list of issue rows
        What was mended in the network, and ``dead_end``, ``direction_doubt``, ``outlet_doubt``, ``cycle`` and
        ``crossing``; each names its sections, joined by commas.
    """
    touched = _Touched(network, traces, section_id)
    return [
        *_repairs(network, touched),
        *_dead_ends(network, touched),
        *_misfits(network, touched),
        *_outlets(network, touched),
        *_cycles(network, touched),
        *_crossings(network, touched),
    ]


class _Touched:
    """Which sections touch an edge or a node."""

    def __init__(self, network: Network, traces: Traces, section_id: NDArray[Any]) -> None:
        self._id = section_id
        owner = traces.owner
        self._piece = np.argsort(traces.edge, kind="stable")
        self._edge, self._edge_owner = traces.edge[self._piece], owner[self._piece]
        self._low, self._high = traces.low, traces.high
        upper, lower = traces.low <= 0.0, traces.high >= network.length[traces.edge]
        self._node, self._node_owner = _sorted_pairs(
            np.concatenate([network.tail[traces.edge[upper]], network.head[traces.edge[lower]]]),
            np.concatenate([owner[upper], owner[lower]]),
        )
        # An arm that leaves or joins the trace speaks of its direction too.
        beside = np.isin(network.tail, self._node) | np.isin(network.head, self._node)
        self.beside = np.union1d(np.flatnonzero(beside), self._edge)
        self._tail, self._head = network.tail, network.head

    @property
    def edges(self) -> NDArray[np.int64]:
        """The traced edges."""
        return np.unique(self._edge)

    @property
    def nodes(self) -> NDArray[np.int64]:
        """The nodes that traces reach."""
        return np.unique(self._node)

    def by_edges(self, edges: Iterable[int]) -> list[str]:
        """Return the sections that trace one of `edges`."""
        return self._named(
            owner for e in edges for owner in _of(self._edge, self._edge_owner, int(e)).tolist()
        )

    def by_place(self, edge: int, measure: float) -> list[str]:
        """Return the sections that trace `edge` at so many metres below its upper end."""
        low, high = np.searchsorted(self._edge, [edge, edge + 1])
        piece = self._piece[low:high]
        # Closing a gap could move a cut by as much.
        within = (self._low[piece] - DEAD_END <= measure) & (measure <= self._high[piece] + DEAD_END)
        return self._named(self._edge_owner[low:high][within].tolist())

    def by_nodes(self, nodes: Iterable[int]) -> list[str]:
        """Return the sections that reach one of `nodes`."""
        return self._named(
            owner for n in nodes for owner in _of(self._node, self._node_owner, int(n)).tolist()
        )

    def by_reach(self, edges: Iterable[int]) -> list[str]:
        """Return the sections that trace one of `edges` or reach one of their ends."""
        edges = [int(e) for e in edges]
        ends = {int(n) for e in edges for n in (self._tail[e], self._head[e])}
        return sorted({*self.by_edges(edges), *self.by_nodes(ends)})

    def _named(self, owners: Iterable[int]) -> list[str]:
        return sorted({str(self._id[o]) for o in owners})


def _sorted_pairs(
    key: NDArray[np.int64], owner: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = np.argsort(key, kind="stable")
    return key[order], owner[order]


def _of(keys: NDArray[np.int64], owners: NDArray[np.int64], key: int) -> NDArray[np.int64]:
    low, high = np.searchsorted(keys, [key, key + 1])
    return owners[low:high]


def _repairs(network: Network, touched: _Touched) -> list[dict[str, Any]]:
    """Pass on what was met while the network was built, where a trace touches it."""
    if not len(network.issues):
        return []
    sizes = np.array([len(edges) for edges in network.issue_edges])
    flat = np.concatenate([*network.issue_edges, np.empty(0, np.int64)]).astype(np.int64)
    number = np.repeat(np.arange(len(sizes)), sizes)
    severity = network.issues["severity"].to_numpy()
    # What was not mended may be what ends the trace: then it lies beside it.
    left = np.isin(severity, ("warning", "error"))
    hit = np.isin(flat, touched.edges) | left[number] & np.isin(flat, touched.beside)
    rows = []
    # What is told of the whole layer touches every section.
    general = (severity == "error") | (sizes == 0) & (severity == "warning")
    for k in np.union1d(number[hit], np.flatnonzero(general)).tolist():
        row = network.issues.iloc[k].to_dict()
        edges = network.issue_edges[k]
        sections = touched.by_reach(edges) if left[k] else touched.by_edges(edges)
        row["section_id"] = ",".join(sections) or None
        if sections and row["code"] in _UNMENDED:
            row["severity"] = "error"
        rows.append(row)
    return rows


def _dead_ends(network: Network, touched: _Touched) -> list[dict[str, Any]]:
    """Ends that face a traced line, or of the trace that face another line."""
    node, edge, metres = near_misses(network, DEAD_END)
    at = network.measure_of(edge, network.node[node])
    met = np.isin(edge, touched.edges) | np.isin(node, touched.nodes)
    rows = []
    told: set[tuple[int, int]] = set()
    for n, e, m, away in zip(*(column[met].tolist() for column in (node, edge, at, metres))):
        # Past a cut the facing line is no matter of the trace.
        sections = sorted({*touched.by_place(e, m), *touched.by_nodes([n])})
        if not sections:
            continue
        own = next((int(k) for k in (*network.incoming(n), *network.outgoing(n))), e)
        if (min(own, e), max(own, e)) in told:
            # Two ends that face each other are one gap.
            continue
        told.add((min(own, e), max(own, e)))
        names = network.uid[own], network.uid[e]
        rows.append(issue(
            "warning", "dead_end",
            f"河段 {names[0]} 止于此处,距河段 {names[1]} 仅 {away:.1f} 米,按不相接处理;请核对河线是否应相接",
            f"Reach {names[0]} ends here, only {away:.1f} m from reach {names[1]}, and was taken as not joined to it;"
            f" check whether the lines should meet.",
            shapely.points(network.node[n]), section_id=",".join(sections),
        ))  # fmt: skip
    return rows


def _misfits(network: Network, touched: _Touched) -> list[dict[str, Any]]:
    """Nodes where all lines run in, or all run out, at an end of a traced reach."""
    rows = []
    ends = np.union1d(network.tail[touched.edges], network.head[touched.edges])
    for n in np.intersect1d(misfits(network), ends).tolist():
        meeting = [*network.incoming(n), *network.outgoing(n)]
        into, count = len(network.incoming(n)), len(meeting)
        sections = sorted({*touched.by_nodes([n]), *touched.by_edges(meeting)})
        zh_way, en_way = ("流入", "end") if into else ("流出", "start")
        rows.append(issue(
            "warning", "direction_doubt",
            f"{count} 条河段均在此{zh_way};请核对河线方向",
            f"{count} reaches all {en_way} here; check the direction of the lines.",
            shapely.points(network.node[n]), section_id=",".join(sections),
        ))  # fmt: skip
    return rows


def _outlets(network: Network, touched: _Touched) -> list[dict[str, Any]]:
    """Reaches on or beside the trace that run away from the river's outlet."""
    return _of_reaches(
        network, touched, against_outlet(network), "outlet_doubt",
        "河段 {} 的方向与本水系的出口相反;请核对河线方向",
        "Reach {} runs away from the outlet of its river system; check its direction.",
    )  # fmt: skip


def _cycles(network: Network, touched: _Touched) -> list[dict[str, Any]]:
    """Reaches on or beside the trace from which the river runs back to itself."""
    return _of_reaches(
        network, touched, on_cycle(network), "cycle",
        "河段 {} 按现有方向首尾循环;请核对河线方向",
        "Reach {} is part of a loop that runs back to itself; check the direction of the lines.",
    )  # fmt: skip


def _of_reaches(
    network: Network, touched: _Touched, doubtful: NDArray[np.bool_], code: str, zh: str, en: str
) -> list[dict[str, Any]]:
    edges = touched.beside[doubtful[touched.beside]]
    return [
        issue(
            "warning", code, zh.format(network.uid[e]), en.format(network.uid[e]), _middle(network, e),
            section_id=",".join(touched.by_reach([e])),
        )
        for e in edges.tolist()
    ]  # fmt: skip


def _middle(network: Network, edge: int) -> Any:
    return shapely.points(network.locate([edge], [network.length[edge] / 2])[0])


def _crossings(network: Network, touched: _Touched) -> list[dict[str, Any]]:
    """Places where a traced line crosses another one without a node."""
    edges = touched.edges
    if not len(edges):
        return []
    lines = network.line_of(edges)
    mine, other = network.box_tree.query(lines)
    # Of two traced lines, one asks.
    asks = (edges[mine] < other) | ~np.isin(other, edges)
    mine, other = mine[asks], other[asks]
    shapely.prepare(lines)
    met = shapely.crosses(lines[mine], network.line_of(other))
    one, two = edges[mine[met]], other[met]
    pairs = np.unique(np.column_stack([np.minimum(one, two), np.maximum(one, two)]), axis=0)
    rows = []
    for a, b in pairs.tolist():
        place = shapely.point_on_surface(shapely.intersection(*network.line_of([a, b])))
        names = f"{network.uid[a]} / {network.uid[b]}"
        rows.append(issue(
            "warning", "crossing",
            f"河段 {names} 在此相交而无节点,按不相通处理;请核对(渡槽、倒虹吸除外)",
            f"Reaches {names} cross here without a node and were taken as not connected; check them.",
            place, section_id=",".join(touched.by_edges([a, b])),
        ))  # fmt: skip
    return rows
