"""What is wrong or doubtful in a whole network, beyond what building it finds: each a row, a place and its edges."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..geodesy import distance, metres_per_degree
from ..progress import SILENT, Progress, report
from . import beside, doubts, graph, orient
from .rows import issue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from .network import Network

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

# How many reaches a message names before it says how many more there are.
_NAMED = 6
# Metres up to which lines beside one another are called overlapping.
_ON_ONE_ANOTHER = 2.0
# A part of the network with this share of the largest one's length is taken for a basin of its own.
_BASIN = 0.05
# How far from a part that is not connected its neighbour is looked for, metres, and how many pairs at most.
_NEIGHBOUR, _MOST_PAIRS = 1000.0, 200_000


@dataclass(frozen=True)
class Limits:
    """What counts as near, long or short, in metres.

    Attributes
    ----------
    tolerance : float
        Up to here two ends are meant to be one; lines this near to one another overlap.
    dead_end : float
        An end farther than `tolerance` and nearer than this to another line is a near miss.
    parallel, parallel_length : float
        Lines within `parallel` of one another for at least `parallel_length` are a double line.
    short : float
        Reaches shorter than this are told.
    outlet : float
        A lower end within this of a given outlet is meant by it.
    """

    tolerance: float = 1.0
    dead_end: float = 50.0
    parallel: float = 30.0
    parallel_length: float = 300.0
    short: float = 10.0
    outlet: float = 1000.0


@dataclass(frozen=True)
class Arm:
    """Reaches that hang together and from which the outlet cannot be reached.

    Attributes
    ----------
    edges : (k,) int
    ends : (m,) int
        Nodes where it ends; none if it runs in a circle.
    single : bool
        It has no branches.
    known : bool
        It ends in a given outlet, or a reach that runs backwards has been told as the cause.
    """

    edges: Ints
    ends: Ints
    single: bool
    known: bool


@dataclass
class Faults:
    """The faults of one network, as they are found.

    Attributes
    ----------
    network : Network
    limits : Limits
    outlets : (k, 2) float
        Given outlets in degrees; none are fine.
    undirected : (e,) bool
        Edges that may run both ways (canals that were left undirected).
    rows : list of issue rows
    edges : list of int arrays
        The edges of each row.
    """

    network: Network
    limits: Limits
    outlets: NDArray[np.float64]
    undirected: Mask
    rows: list[dict[str, Any]] = field(default_factory=list)
    edges: list[Ints] = field(default_factory=list)

    def add(
        self, severity: str, code: str, words: tuple[str, str], place: Any, edges: Iterable[int] | Ints
    ) -> None:
        """Note one fault; `words` say it in Chinese and English, `place` is a point or a coordinate pair."""
        if not isinstance(place, shapely.Geometry):
            place = shapely.points(np.asarray(place, dtype=float))
        self.rows.append(issue(severity, code, *words, place))
        self.edges.append(np.asarray(edges, dtype=np.int64))

    # --- words and places ------------------------------------------------------------------------------

    def one(self, edge: int) -> tuple[str, str]:
        """Name a reach in Chinese and English."""
        name, uid = self.network.name[edge], self.network.uid[edge]
        return (f"河段 {uid}", f"Reach {uid}") if name is None else (f"{name}河段 {uid}", f"Reach {uid} ({name})")

    def many(self, edges: Ints) -> tuple[str, str]:
        """Name several reaches."""
        ids = list(dict.fromkeys(str(u) for u in self.network.uid[edges]))
        more = len(ids) - _NAMED
        zh, en = "、".join(ids[:_NAMED]), ", ".join(ids[:_NAMED])
        return (f"{zh} 等 {len(ids)} 条", f"{en} and {more} more") if more > 0 else (zh, en)

    def middle(self, edges: Ints) -> NDArray[np.float64]:
        """Return the middle of the longest of some reaches."""
        longest = edges[int(np.argmax(self.network.length[edges]))]
        return self.network.locate([longest], [self.network.length[longest] / 2])[0]

    # --- the graph -------------------------------------------------------------------------------------

    @cached_property
    def directed(self) -> Mask:
        return ~self.undirected

    @cached_property
    def degree_in(self) -> Ints:
        return self._degree(self.network.head)

    @cached_property
    def degree_out(self) -> Ints:
        return self._degree(self.network.tail)

    def _degree(self, ends: Ints) -> Ints:
        """Edges that flow in (or out) at each node; what may run both ways does both."""
        count = len(self.network.node)
        both = np.concatenate([self.network.tail[self.undirected], self.network.head[self.undirected]])
        return np.bincount(np.concatenate([ends[self.directed], both]), minlength=count)

    @cached_property
    def degree(self) -> Ints:
        """Line ends at each node."""
        ends = np.concatenate([self.network.tail, self.network.head])
        return np.bincount(ends, minlength=len(self.network.node))

    @cached_property
    def part(self) -> Ints:
        """The connected part of each edge, 0 being the longest."""
        network = self.network
        group = graph.connected(len(network.node), network.tail, network.head)[network.tail]
        return graph.ranked(group, network.length)

    @cached_property
    def cut_off(self) -> Mask:
        """Edges from whose lower end the outlet cannot be reached."""
        return doubts.contradicts_outlet(self.network) & self.directed

    @cached_property
    def arms(self) -> list[Arm]:
        """What is cut off, in pieces that hang together below the places where they leave the rest."""
        network = self.network
        edges = np.flatnonzero(self.cut_off)
        if not len(edges):
            return []
        stranded = np.zeros(len(network.node), dtype=bool)
        stranded[network.head[edges]] = True
        inner = edges[stranded[network.tail[edges]]]
        label = graph.connected(len(network.node), network.tail[inner], network.head[inner])
        label = label[network.head[edges]]
        by = np.argsort(label, kind="stable")
        out = []
        for group in np.split(edges[by], np.flatnonzero(np.diff(label[by])) + 1):
            nodes = np.unique(network.head[group])
            ends = nodes[self.sink[nodes]]
            known = self.told[network.tail[group]].any() or self.told[nodes].any()
            known |= bool(len(ends)) and self.at_outlet[ends].all()
            out.append(Arm(group, ends, bool((self.degree[nodes] <= 2).all()), bool(known)))
        return out

    @cached_property
    def sink(self) -> Mask:
        """Nodes from which nothing flows on."""
        return (self.degree_out == 0) & (self.degree_in > 0)

    @cached_property
    def main_outlet(self) -> Mask:
        """The outlet of each part."""
        main = np.zeros(len(self.network.node), dtype=bool)
        main[doubts.main_outlets(self.network)] = True
        return main & self.sink

    @cached_property
    def at_outlet(self) -> Mask:
        """Nodes that a given outlet means."""
        meant = np.zeros(len(self.network.node), dtype=bool)
        for point in self.outlets:
            scale = np.column_stack(metres_per_degree(point[1]))
            gap = np.hypot(*((self.network.node - point) * scale).T)
            meant |= gap <= self.limits.outlet
        return meant

    @cached_property
    def near_miss(self) -> tuple[Ints, Ints, NDArray[np.float64]]:
        """Dead ends that face another line: (node, edge, metres)."""
        return doubts.near_misses(self.network, self.limits.dead_end)

    @cached_property
    def told(self) -> Mask:
        """Nodes at which building the network has found a line that runs the wrong way."""
        told = np.zeros(len(self.network.node), dtype=bool)
        for number in np.flatnonzero((self.network.issues["code"] == "direction").to_numpy(dtype=bool)):
            edges = self.network.issue_edges[number]
            told[self.network.tail[edges]] = told[self.network.head[edges]] = True
        return told


def find(faults: Faults, progress: Progress = SILENT) -> Faults:
    """Look for every kind of fault and note them in `faults`."""
    steps = (
        self_loops, cycles, overlaps, parallels, disconnected, near_misses, dangling, direction_doubts, contradictions,
        mixed_directions, short_reaches,
    )  # fmt: skip
    for number, step in enumerate(steps):
        report(progress, number / len(steps), "Checking river lines")
        step(faults)
    report(progress, 1.0)
    return faults


def self_loops(faults: Faults) -> None:
    """Lines that end where they begin."""
    network = faults.network
    for edge in np.flatnonzero(network.tail == network.head):
        zh, en = faults.one(edge)
        length = network.length[edge]
        words = (
            f"{zh} 首尾相接成环(长 {length:.0f} 米),无法判定流向;请核对是否为湖岸或岛屿轮廓",
            f"{en} ends where it begins ({length:.0f} m), so it has no direction; is it the outline of a lake or an"
            " island?",
        )
        faults.add("warning", "self_loop", words, network.node[network.tail[edge]], [edge])


def cycles(faults: Faults) -> None:
    """Ways on which water would run in circles: one row for each set of reaches that lead back to themselves."""
    network = faults.network
    use = np.flatnonzero(faults.directed)
    for found in graph.cycles(len(network.node), network.tail[use], network.head[use]):
        edges = use[found]
        zh, en = faults.many(edges)
        words = (
            f"河段 {zh} 首尾相连成环流(共 {len(edges)} 段,{network.length[edges].sum():.0f} 米),水不会循环流动;"
            "请核对其中的流向",
            f"Reaches {en} lead back to where they began ({len(edges)} edges,"
            f" {network.length[edges].sum():.0f} m), which no river does; check their directions.",
        )
        faults.add("warning", "cycle", words, faults.middle(edges), edges)


def disconnected(faults: Faults) -> None:
    """Parts of the network without a connection to the largest."""
    network = faults.network
    count = int(faults.part.max()) + 1
    if count == 1:
        return
    drained = np.zeros(count, dtype=bool)
    meant = faults.at_outlet[network.tail] | faults.at_outlet[network.head]
    drained[faults.part[meant]] = True
    by = np.argsort(faults.part, kind="stable")
    groups = np.split(by, np.flatnonzero(np.diff(faults.part[by])) + 1)
    largest = network.length[groups[0]].sum()
    near = _gaps_between_parts(faults)
    for number in (n for n in range(1, count) if not drained[n]):
        edges = groups[number]
        zh, en = faults.many(edges)
        length = network.length[edges].sum()
        gap_zh = gap_en = ""
        if number in near:
            metres, other = near[number]
            other_zh, other_en = faults.one(other)
            gap_zh = f",距{other_zh} {metres:.1f} 米"
            gap_en = f", {metres:.1f} m from {other_en[0].lower()}{other_en[1:]}"
        words = (
            f"河段 {zh} 与主网不连通({len(edges)} 段,共 {length / 1000:.2f} 千米{gap_zh});若应相连,请补上缺口",
            f"Reaches {en} are not connected to the main network ({len(edges)} edges, {length / 1000:.2f} km{gap_en});"
            " if they should be, close the gap.",
        )
        # Another basin as large as this needs no look; a crumb does.
        severity = "info" if length >= _BASIN * largest else "warning"
        faults.add(severity, "disconnected", words, faults.middle(edges), edges)


def _gaps_between_parts(faults: Faults) -> dict[int, tuple[float, int]]:
    """For each part, how near an end of it comes to another part, or one of another part to it, and to which edge.

    Within `_NEIGHBOUR` metres; where the layer is all pieces it is not worth the time, and nothing is said.
    """
    network = faults.network
    part_of = np.zeros(len(network.node), dtype=np.int64)
    part_of[network.tail] = part_of[network.head] = faults.part
    ends = np.flatnonzero(faults.degree == 1)
    kx, ky = metres_per_degree(network.node[ends, 1])
    reach = np.column_stack([_NEIGHBOUR / kx, _NEIGHBOUR / ky])
    low, high = network.node[ends] - reach, network.node[ends] + reach
    at, edge = network.tree.query(shapely.box(*low.T, *high.T))
    other = part_of[ends[at]] != faults.part[edge]
    at, edge = at[other], edge[other]
    if not 0 < len(at) <= _MOST_PAIRS:
        return {}
    metres = distance(shapely.points(network.node[ends[at]]), network.lines[edge]).metres
    own = _edge_at(network)[ends[at]]
    side = np.concatenate([part_of[ends[at]], faults.part[edge]])
    beyond = np.concatenate([edge, own])
    gap = np.concatenate([metres, metres])
    order = np.lexsort((gap, side))
    first = order[np.concatenate([[True], np.diff(side[order]) != 0])]
    return {int(side[k]): (float(gap[k]), int(beyond[k])) for k in first if gap[k] <= _NEIGHBOUR}


def _edge_at(network: Network) -> Ints:
    """An edge that ends in each node."""
    out = np.zeros(len(network.node), dtype=np.int64)
    out[network.tail] = out[network.head] = np.arange(len(network))
    return out


def near_misses(faults: Faults) -> None:
    """Dead ends near another line; what lies within the tolerance has been told as a gap."""
    network = faults.network
    double = [set(e.tolist()) for row, e in zip(faults.rows, faults.edges) if row["code"] in ("parallel", "overlap")]
    for node, edge, metres in zip(*faults.near_miss):
        if metres <= faults.limits.tolerance:
            continue
        own = _touching(network, node)
        if any(edge in pair and own[0] in pair for pair in double):
            continue
        lower = network.head[own[0]] == node
        zh, en = faults.one(own[0])
        other_zh, other_en = faults.one(edge)
        words = (
            f"{zh} 的{'下' if lower else '上'}端悬空,距{other_zh} {metres:.1f} 米而未相接;若应相接,请延长或放大容差",
            f"{en}: its {'lower' if lower else 'upper'} end is loose, {metres:.1f} m from {other_en[0].lower()}"
            f"{other_en[1:]}; if they meet, extend it or raise the tolerance.",
        )
        faults.add("warning", "dead_end", words, network.node[node], [own[0], edge])


def dangling(faults: Faults) -> None:
    """Lower ends at which a river stops though it is no outlet."""
    network = faults.network
    loose = np.zeros(len(network.node), dtype=bool)
    for arm in faults.arms:
        if arm.single and not arm.known:
            loose[arm.ends] = True
    if len(faults.outlets):
        # Where outlets were given, the lowest end of all is loose as well if it is none of them.
        served = np.zeros(int(faults.part.max()) + 1, dtype=bool)
        served[0] = True
        served[faults.part[faults.at_outlet[network.tail] | faults.at_outlet[network.head]]] = True
        # A part that holds no outlet at all is told as disconnected.
        own = np.zeros(len(network.node), dtype=bool)
        own[network.head[served[faults.part]]] = True
        loose |= faults.main_outlet & own
    loose &= faults.sink & (faults.degree == 1) & ~faults.at_outlet & ~faults.told
    loose[faults.near_miss[0]] = False
    for node in np.flatnonzero(loose):
        own = _touching(network, node)
        zh, en = faults.one(own[0])
        words = (
            f"{zh} 的下端悬空,此处不是出口;请核对是断头、流向有误还是缺河段",
            f"{en} ends here, and this is no outlet; is it a dead arm, digitised the wrong way, or is a reach missing?",
        )
        faults.add("warning", "dangling", words, network.node[node], own)


def direction_doubts(faults: Faults) -> None:
    """Nodes where every line runs in, or every line runs out."""
    network = faults.network
    nodes = np.asarray(doubts.misfits(network), dtype=np.int64)
    # Rivers may well meet in the outlet itself, provided that all of their part drains there.
    torn = np.zeros(int(faults.part.max()) + 1, dtype=bool)
    torn[faults.part[faults.cut_off]] = True
    fine = np.zeros(len(network.node), dtype=bool)
    fine[network.head[~torn[faults.part]]] = True
    nodes = nodes[~faults.told[nodes] & ~faults.at_outlet[nodes] & ~(faults.main_outlet & fine)[nodes]]
    # A canal that may run both ways carries water on.
    nodes = nodes[(faults.degree_in[nodes] == 0) | (faults.degree_out[nodes] == 0)]
    stranded = {
        end: network.length[arm.edges].sum() / 1000 for arm in faults.arms for end in arm.ends.tolist()
    }
    for node in nodes.tolist():
        own = _touching(network, node)
        zh, en = faults.many(own)
        into = faults.degree_out[node] == 0
        above_zh = above_en = ""
        if node in stranded:
            above_zh = f"(共 {stranded[node]:.2f} 千米到不了出口)"
            above_en = f" ({stranded[node]:.2f} km cannot reach the outlet)"
        words = (
            f"河段 {zh} 在此全部{'流入' if into else '流出'},没有{'流出' if into else '流入'}的河段{above_zh};请核对流向",
            f"Reaches {en} all flow {'in' if into else 'out'} here and none flows {'out' if into else 'in'}{above_en};"
            " check their directions.",
        )
        faults.add("warning", "direction_doubt", words, network.node[node], own)


def contradictions(faults: Faults) -> None:
    """Reaches that cannot drain to the outlet of their part, together with what drains into them.

    What ends in one doubtful node, and a single arm that ends blind (dangling, dead end), is told there already;
    here is the rest.
    """
    network = faults.network
    round_trips: set[int] = set()
    for row, members in zip(faults.rows, faults.edges):
        if row["code"] == "cycle":
            round_trips.update(members.tolist())
    for arm in faults.arms:
        told = bool(len(arm.ends)) and bool((faults.degree[arm.ends] > 1).all())
        if arm.single or arm.known or told or round_trips.issuperset(arm.edges.tolist()):
            continue
        length = network.length[arm.edges].sum()
        zh, en = faults.many(arm.edges)
        words = (
            f"河段 {zh}({len(arm.edges)} 段,共 {length / 1000:.2f} 千米)按现有流向到不了出口;请核对流向",
            f"Reaches {en} ({len(arm.edges)} edges, {length / 1000:.2f} km) cannot reach the outlet the way they run;"
            " check their directions.",
        )
        place = network.node[arm.ends[0]] if len(arm.ends) else faults.middle(arm.edges)
        faults.add("warning", "contradicts_outlet", words, place, arm.edges)


def mixed_directions(faults: Faults) -> None:
    """Runs of a named river that go against the rest of it."""
    rows, edges = orient.mixed_direction(faults.network)
    faults.rows.extend(rows)
    faults.edges.extend(np.asarray(e, dtype=np.int64) for e in edges)


def overlaps(faults: Faults) -> None:
    """Lines that share a stretch vertex by vertex; whole duplicates are told as such."""
    network = faults.network
    found = beside.shared(network)
    copies = [set(e.tolist()) for row, e in zip(_codes(faults), _edges(faults)) if row.startswith("duplicate")]
    for edges, metres, place in zip(found.edges, found.metres, found.place):
        if any(copy.issuperset(edges.tolist()) for copy in copies):
            continue
        zh, en = faults.many(edges)
        words = (
            f"河段 {zh} 有 {metres:.0f} 米相互重叠;请只保留一条",
            f"Reaches {en} lie on one another for {metres:.0f} m; keep one of them there.",
        )
        faults.add("warning", "overlap", words, place, edges)


def parallels(faults: Faults) -> None:
    """Lines that run side by side: a river drawn by both its banks, or drawn twice."""
    limits = faults.limits
    on = min(limits.tolerance, _ON_ONE_ANOTHER)
    found = beside.side_by_side(faults.network, limits.parallel, limits.parallel_length, on)
    known = [
        set(e.tolist()) for row, e in zip(_codes(faults), _edges(faults)) if row in ("overlap", "duplicate")
    ]
    for edges, metres, apart, touching, place in zip(
        found.edges, found.metres, found.apart, found.touching, found.place
    ):
        if any(pair.issuperset(edges.tolist()) for pair in known):
            continue
        zh, en = faults.many(edges)
        if touching > metres / 2:
            code = "overlap"
            words = (
                f"河段 {zh} 有约 {touching:.0f} 米几乎重合;请只保留一条",
                f"Reaches {en} lie on one another for about {touching:.0f} m; keep one of them there.",
            )
        else:
            code = "parallel"
            words = (
                f"河段 {zh} 并行 {metres:.0f} 米,平均相距 {apart:.1f} 米;是否为两岸线或重复绘制,请核对",
                f"Reaches {en} run side by side for {metres:.0f} m, {apart:.1f} m apart on average; are they the two"
                " banks, or one river drawn twice?",
            )
        faults.add("warning", code, words, place, edges)


def short_reaches(faults: Faults) -> None:
    """Reaches of a few metres: left over from editing more often than meant."""
    network = faults.network
    for edge in np.flatnonzero((network.length < faults.limits.short) & (network.tail != network.head)):
        zh, en = faults.one(edge)
        words = (
            f"{zh} 仅长 {network.length[edge]:.2f} 米;请核对是否为编辑残留",
            f"{en} is only {network.length[edge]:.2f} m long; is it left over from editing?",
        )
        faults.add("info", "short_reach", words, faults.middle(np.array([edge])), [edge])


def _touching(network: Network, node: int) -> Ints:
    """The edges that end in a node, those that flow in first."""
    node = int(node)
    return np.unique(np.concatenate([network.incoming(node), network.outgoing(node)]).astype(np.int64))


def _codes(faults: Faults) -> list[str]:
    return [*faults.network.issues["code"].tolist(), *(row["code"] for row in faults.rows)]


def _edges(faults: Faults) -> list[Ints]:
    return [*faults.network.issue_edges, *faults.edges]
