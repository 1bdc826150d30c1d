"""The network tool: a clean directed network from any river lines, and a row for everything that is wrong in them.

Nothing is mended unless it is asked for.  What is found is counted before and after what was asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..errors import InputError
from ..findings import ISSUE_COLUMNS, table
from ..geodesy import STORAGE_CRS, to_storage
from ..progress import SILENT, Progress, part
from . import graph, orient
from .faults import Faults, Limits, find
from .network import Network, build
from .repair import REPAIRS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .orientation import Orientation

#: Every kind of finding, in the order in which they are told: kind -> Chinese and English.
KINDS: Mapping[str, tuple[str, str]] = {
    "no_geometry": ("没有图形", "no geometry"),
    "not_a_line": ("不是线", "no line"),
    "zero_length": ("长度为零", "no length"),
    "multipart": ("多部件线", "several parts"),
    "repeated_vertices": ("重复折点", "repeated vertices"),
    "ends_matched": ("端点微差", "ends apart by rounding"),
    "gap": ("端点缺口", "gap at an end"),
    "missing_node": ("交汇处缺节点", "junction without a node"),
    "crossing": ("相交处缺节点", "crossing without a node"),
    "pseudo_node": ("伪节点", "pseudo-node"),
    "duplicate": ("重复线", "duplicate line"),
    "overlap": ("重叠线", "overlapping lines"),
    "parallel": ("近平行双线", "near-parallel double line"),
    "self_loop": ("自成环", "self-loop"),
    "short_reach": ("过短河段", "very short reach"),
    "disconnected": ("不连通部分", "disconnected part"),
    "dead_end": ("端点近而未接", "end near another line"),
    "dangling": ("下端悬空", "dangling lower end"),
    "direction": ("反向河段", "piece digitised backwards"),
    "direction_doubt": ("流向存疑节点", "node of doubtful direction"),
    "mixed_direction": ("同河流向不一", "mixed directions in one river"),
    "contradicts_outlet": ("到不了出口", "cannot reach the outlet"),
    "cycle": ("环流", "directed cycle"),
    "outlet_too_far": ("出口点过远", "outlet far from every river"),
    "no_outlet": ("没有出口点的部分", "part without a given outlet"),
    "node_fields_unclear": ("节点字段不明", "unclear node fields"),
    "direction_unknown": ("流向字段为空", "empty direction field"),
    "fall_unsure": ("落差不足以定向", "fall too small to tell"),
    "fall_contradicts": ("落差与流向矛盾", "fall contradicts the direction"),
}
#: What has been mended -> the kind of fault that it was.
MENDED: Mapping[str, str] = {
    "gap_joined": "gap",
    "node_added": "missing_node",
    "direction_turned": "direction",
    "crossing_noded": "crossing",
    "duplicate_dropped": "duplicate",
    "pseudo_node_merged": "pseudo_node",
}
#: Kinds that reading the lines has dealt with already: they are not in the network any more.
_SETTLED = ("no_geometry", "not_a_line", "zero_length", "multipart", "repeated_vertices", "ends_matched")

EDGE_COLUMNS = {
    "uid": "t", "reach_uid": "t", "river": "t", "length_m": "f", "from_node": "t", "to_node": "t",
    "strahler": "f", "upstream_length_m": "f", "upstream_total_m": "f", "part": "f", "width_m": "f",
    "accuracy_m": "f", "canal": "b", "flags": "t",
}  # fmt: skip
# How many edges of a finding are looked at for the ids that its row lists.
_LISTED = 20
NODE_COLUMNS = {"uid": "t", "kind": "t", "inflows": "f", "outflows": "f", "part": "f"}
NETWORK_ISSUE_COLUMNS = {**ISSUE_COLUMNS, "kind": "t", "mended": "b", "reach_uid": "t"}


@dataclass(frozen=True)
class CheckResult:
    """A network, and what is wrong with it.

    Attributes
    ----------
    network : Network
        Mended and directed as asked.
    edge : GeoDataFrame
        Its reaches, digitised with the flow (EDGE_COLUMNS): ``uid`` is unique, ``reach_uid`` that of the line
        it stems from; ``strahler``, ``upstream_length_m`` (the longest way up) and ``upstream_total_m`` (all river
        above) are NaN on directed cycles and below them; ``part`` 1 is the largest connected part; ``flags`` lists
        the codes of its findings.  The other columns of the lines follow.
    node : GeoDataFrame
        Where reaches meet or end (NODE_COLUMNS): ``source``, ``outlet`` (the main one of its part, or one that was
        given), ``confluence``, ``fork``, ``pass``, or ``loose`` (any other lower end).
    issue : GeoDataFrame
        What was mended and what remains (NETWORK_ISSUE_COLUMNS).
    counts : DataFrame
        For each kind that was met: ``kind``, ``zh``, ``en``, found ``before``, ``mended``, found ``after``.
    """

    network: Network
    edge: gpd.GeoDataFrame
    node: gpd.GeoDataFrame
    issue: gpd.GeoDataFrame
    counts: pd.DataFrame


def check_network(
    lines: gpd.GeoDataFrame | Network,
    *,
    tolerance: float = 1.0,
    dead_end: float = 50.0,
    parallel: float = 30.0,
    parallel_length: float = 300.0,
    outlets: ArrayLike | gpd.GeoDataFrame | None = None,
    dem: str | Path | None = None,
    nodes: tuple[str, str] | None = None,
    direction: tuple[str, Sequence[str] | None, Sequence[str] | None] | None = None,
    reverse: bool = False,
    name_field: str | None = None,
    canals: str = "keep",
    repair: Collection[str] = frozenset(),
    progress: Progress = SILENT,
) -> CheckResult:
    """Find what is wrong in a network of river lines, direct it, and mend what is asked for.

    Parameters
    ----------
    lines : GeoDataFrame or Network
        River lines in any declared CRS; a network that is built already can be looked at, not mended.
    tolerance : float
        Metres between two ends that are meant to be one.
    dead_end : float
        A loose end nearer than this to another line is told, metres.
    parallel, parallel_length : float
        Lines within `parallel` metres of one another for `parallel_length` metres are told; 0 does not look.
    outlets : (k, 2) float or GeoDataFrame, optional
        Where the water leaves, as degrees or points: every reach is directed towards them.
    dem : path, optional
        Elevations: every reach is directed by the fall along whole rivers.
    nodes : (from field, to field), optional
        Fields with the names of the upper and the lower node of each line.
    direction : (field, forward, backward), optional
        A field that tells whether a line is digitised with the flow, and its values for either.
    reverse : bool
        All lines are digitised against the flow.
    name_field : str, optional
        The field with the river's name.
    canals : {"keep", "undirected", "exclude"}
        Take canals as rivers, as lines in which water may run both ways, or not at all.
    repair : collection of str
        What to mend, out of ``repair.REPAIRS``.
    progress : Progress

    Returns
    -------
    CheckResult

    Raises
    ------
    InputError
        An unknown repair, two ways of telling the direction at once, or whatever building or directing refuses.
    Cancelled
        The user asked to stop.
    """
    wanted = _wanted(repair)
    way = [name for name, given in zip(_WAYS, (outlets, dem, nodes, direction)) if given is not None]
    if len(way) > 1:
        raise InputError(f"The direction of flow is to be told by {way[0]} and by {way[1]}; choose one of them.")
    if canals not in ("keep", "undirected", "exclude"):
        raise InputError(f"'{canals}' is no way to take canals; choose keep, undirected or exclude.")
    if isinstance(lines, Network) and (wanted or nodes or direction):
        raise InputError("A network that is built already cannot be mended or directed by fields; give its lines.")
    points = _points(outlets)
    limits = Limits(tolerance, dead_end, parallel, parallel_length)

    def made(mend: frozenset[str], progress: Progress) -> Network:
        if isinstance(lines, Network):
            return lines
        return build(
            lines, tolerance=tolerance, reverse=reverse, name_field=name_field, repair=mend, look_for=REPAIRS,
            canals="exclude" if canals == "exclude" else "keep", progress=progress,
        )  # fmt: skip

    def looked_at(network: Network, progress: Progress) -> Faults:
        undirected = network.canal if canals == "undirected" else np.zeros(len(network), dtype=bool)
        return find(Faults(network, limits, points, undirected), progress)

    again = bool(wanted or way)
    raw = made(frozenset(), part(progress, 0.0, 0.25))
    faults = looked_at(raw, part(progress, 0.25, 0.5 if again else 0.95))
    before = _met(faults)
    if again:
        # A province takes hundreds of megabytes: the first look is counted and let go.
        del raw, faults
        # A direction told from outside needs no guess from the neighbours.
        network = made(wanted - {"direction"} if way else wanted, part(progress, 0.5, 0.6))
        for turned in _orientations(network, lines, points, dem, nodes, direction, part(progress, 0.6, 0.7)):
            network = network.flipped(turned.flip).with_issues(turned.issues, turned.issue_edges)
        faults = looked_at(network, part(progress, 0.7, 0.95))
    result = _result(before, faults, None if isinstance(lines, Network) else lines)
    progress(1.0)
    return result


_WAYS = ("outlet points", "an elevation model", "from/to fields", "a direction field")


def _wanted(repair: Collection[str]) -> frozenset[str]:
    if isinstance(repair, str):
        repair = [repair]
    unknown = sorted(set(repair) - set(REPAIRS))
    if unknown:
        raise InputError(f"'{unknown[0]}' is nothing that can be mended; choose from: {', '.join(REPAIRS)}.")
    return frozenset(repair)


def _points(outlets: ArrayLike | gpd.GeoDataFrame | None) -> NDArray[np.float64]:
    if outlets is None:
        return np.empty((0, 2))
    if isinstance(outlets, gpd.GeoDataFrame):
        shapes = to_storage(outlets, "outlets").geometry.dropna()
        return shapely.get_coordinates(shapely.point_on_surface(np.asarray(shapes[~shapes.is_empty].array)))
    return np.atleast_2d(np.asarray(outlets, dtype=float))


def _orientations(
    network: Network,
    lines: Any,
    points: NDArray[np.float64],
    dem: str | Path | None,
    nodes: tuple[str, str] | None,
    direction: tuple[str, Sequence[str] | None, Sequence[str] | None] | None,
    progress: Progress,
) -> list[Orientation]:
    if len(points):
        return [orient.towards_outlet(network, points)]
    if dem is not None:
        return [orient.down_dem(network, dem, progress=progress)]
    if nodes is not None:
        return [orient.by_nodes(network, lines, *nodes)]
    if direction is not None:
        return [orient.by_field(network, lines, *direction)]
    return []


# --------------------------------------------------------------------------------------------------------
# Frames
# --------------------------------------------------------------------------------------------------------


def _result(before: Counter[str], last: Faults, lines: gpd.GeoDataFrame | None) -> CheckResult:
    network = last.network
    issues = gpd.GeoDataFrame(
        pd.concat([network.issues, table(last.rows, ISSUE_COLUMNS)], ignore_index=True), crs=STORAGE_CRS
    )
    touched = [*network.issue_edges, *last.edges]
    codes = issues["code"].tolist()
    kinds = [MENDED.get(code, code) for code in codes]
    mended = np.array([code in MENDED for code in codes], dtype=bool)
    uid = [str(one) for one in network.uid.tolist()]
    issues["kind"] = np.array(kinds, dtype=object)
    issues["mended"] = mended
    # Most layers are cut into reaches on purpose.
    issues.loc[issues["kind"] == "pseudo_node", "severity"] = "info"
    issues["reach_uid"] = np.array(
        [",".join(dict.fromkeys(uid[e] for e in edges[:_LISTED].tolist())) or None for edges in touched],
        dtype=object,
    )
    order = {kind: number for number, kind in enumerate(KINDS)}
    rank = np.array([order.get(kind, len(order)) for kind in kinds], dtype=np.int64)
    names = [*NETWORK_ISSUE_COLUMNS, issues.geometry.name]
    return CheckResult(
        network=network,
        edge=_edges(last, codes, touched, lines),
        node=_nodes(last),
        issue=issues[names].iloc[np.lexsort((rank, mended))].reset_index(drop=True),
        counts=_counts(before, kinds, mended),
    )


def _met(faults: Faults) -> Counter[str]:
    """How often each kind was met."""
    codes = [*faults.network.issues["code"].tolist(), *(row["code"] for row in faults.rows)]
    return Counter(MENDED.get(code, code) for code in codes)


def _counts(before: Counter[str], kinds: list[str], done: NDArray[np.bool_]) -> pd.DataFrame:
    """How often each kind was met before and after mending."""
    mended = Counter(kind for kind, gone in zip(kinds, done) if gone)
    after = Counter(kind for kind, gone in zip(kinds, done) if not gone)
    for kind in _SETTLED:
        mended[kind] = before[kind]
        after.pop(kind, None)
    every = (*KINDS, *sorted((set(before) | set(after)) - set(KINDS)))
    kinds = [kind for kind in every if before[kind] or mended[kind] or after[kind]]
    return pd.DataFrame(
        {
            "kind": np.array(kinds, dtype=object),
            "zh": np.array([KINDS.get(k, (k, k))[0] for k in kinds], dtype=object),
            "en": np.array([KINDS.get(k, (k, k))[1] for k in kinds], dtype=object),
            "before": np.array([before[k] for k in kinds], dtype=np.int64),
            "mended": np.array([mended[k] for k in kinds], dtype=np.int64),
            "after": np.array([after[k] for k in kinds], dtype=np.int64),
        }
    )


def _edges(
    faults: Faults,
    codes: list[str],
    touched: Sequence[NDArray[np.int64]],
    lines: gpd.GeoDataFrame | None,
) -> gpd.GeoDataFrame:
    network = faults.network
    use = np.flatnonzero(faults.directed)
    order = np.full(len(network), np.nan)
    order[use] = graph.strahler(len(network.node), network.tail[use], network.head[use])
    known = np.isfinite(order)
    data = {
        "uid": _unique(network.uid),
        "reach_uid": network.uid,
        "river": network.name,
        "length_m": network.length,
        "from_node": _node_names(network.tail),
        "to_node": _node_names(network.head),
        "strahler": order,
        "upstream_length_m": np.where(known, network.upstream_length, np.nan),
        "upstream_total_m": np.where(known, network.upstream_total, np.nan),
        "part": faults.part + 1,
        "width_m": network.width,
        "accuracy_m": network.accuracy,
        "canal": network.canal,
        "flags": _flags(len(network), codes, touched),
    }
    if lines is not None:
        # A file knows no upper and lower case in the names of its columns, and numbers its rows itself.
        taken = {*EDGE_COLUMNS, lines.geometry.name.lower(), "geometry", "geom", "fid", "ogc_fid", "objectid"}
        for name in (n for n in lines.columns if str(n).lower() not in taken):
            data[name] = lines[name].array[network.row]
            taken.add(str(name).lower())
    return gpd.GeoDataFrame(data, geometry=list(network.lines), crs=STORAGE_CRS)


def _flags(count: int, codes: list[str], touched: Sequence[NDArray[np.int64]]) -> NDArray[Any]:
    """For each edge the codes of its findings, with commas between them."""
    out = np.full(count, None, dtype=object)
    members: dict[str, list[NDArray[np.int64]]] = {}
    for code, edges in zip(codes, touched):
        members.setdefault(code, []).append(edges)
    for code, edges in members.items():
        for edge in np.unique(np.concatenate(edges)).tolist():
            out[edge] = code if out[edge] is None else f"{out[edge]},{code}"
    return out


def _nodes(faults: Faults) -> gpd.GeoDataFrame:
    network = faults.network
    inflows, outflows = faults.degree_in, faults.degree_out
    kind = np.full(len(network.node), "through", dtype=object)
    kind[inflows == 0] = "source"
    kind[outflows >= 2] = "fork"
    kind[inflows >= 2] = "confluence"
    kind[(inflows == 0) & (outflows >= 1)] = "source"
    kind[faults.sink] = "loose"
    kind[faults.sink & (faults.main_outlet | faults.at_outlet)] = "outlet"
    of_node = np.zeros(len(network.node), dtype=np.int64)
    of_node[network.tail] = of_node[network.head] = faults.part + 1
    data = {
        "uid": _node_names(np.arange(len(network.node))),
        "kind": kind,
        "inflows": inflows.astype(np.int64),
        "outflows": outflows.astype(np.int64),
        "part": of_node,
    }
    return gpd.GeoDataFrame(data, geometry=list(shapely.points(network.node)), crs=STORAGE_CRS)


def _node_names(number: NDArray[np.int64]) -> NDArray[Any]:
    return np.array([f"n{n + 1}" for n in number.tolist()], dtype=object)


def _unique(uid: NDArray[Any]) -> NDArray[Any]:
    """Number the ids that stand more than once: R7.1, R7.2 ..."""
    texts = uid.astype(str)
    _, inverse, count = np.unique(texts, return_inverse=True, return_counts=True)
    inverse = inverse.ravel()
    by = np.argsort(inverse, kind="stable")
    offset = np.repeat(np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    number = np.empty(len(texts), dtype=np.int64)
    number[by] = np.arange(len(texts)) - offset + 1
    out = np.array(texts, dtype=object)
    taken = set(out[count[inverse] == 1].tolist())
    for k in np.flatnonzero(count[inverse] > 1):
        name = f"{out[k]}.{number[k]}"
        while name in taken:
            name += "+"
        out[k] = name
    return out
