"""The direction of flow of a network whose digitising cannot be trusted.

Four ways to tell it: from the outlets, from an elevation model, from fields that name the nodes, from a field that
says whether a line runs with the flow.  Each returns an :class:`Orientation` and changes nothing itself.

The direction towards an outlet is that of a current that enters at every dead end and leaves at the outlets (see
:mod:`.potential`).  Where the river branches only upward this is the shortest way to the outlet; through braids and
loops the water runs from where it comes in to where it goes out, whatever the lengths of the arms, and no cycle
can arise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..geodesy import geod, metres_per_degree, to_storage
from .fall import down_dem
from .orientation import Orientation, described, place, runs
from .potential import distances, flow_rank, parts
from .rows import issue, text, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    from .network import Network

__all__ = ["Orientation", "by_field", "by_nodes", "down_dem", "mixed_direction", "towards_outlet"]

#: What a direction field says when it means "digitised with the flow" and "against it".
FORWARD = ("1", "f", "ft", "forward", "with", "downstream", "+", "正向", "顺向", "顺流", "顺")
BACKWARD = ("-1", "r", "b", "tf", "backward", "reverse", "against", "upstream", "-", "反向", "逆向", "逆流", "逆")
_TURNED_ZH, _TURNED_EN = "的数字化方向与流向相反,已调转", "digitised against the flow; turned."


def towards_outlet(network: Network, outlets: ArrayLike, *, tolerance: float = 500.0) -> Orientation:
    """Direct every reach towards the outlets.

    Parameters
    ----------
    network : Network
        Canals are left as they are, and no way leads through them.
    outlets : (k, 2) float
        Degrees; each stands for the nearest node, a dead end being preferred to a junction twice as near.
    tolerance : float
        An outlet farther than this from every node is not used, metres.

    Returns
    -------
    Orientation
        Issues ``outlet_too_far``, ``direction_turned`` and ``no_outlet`` (parts that no outlet drains, left as
        they are).

    Raises
    ------
    InputError
        Not one outlet lies at the network.
    """
    outlets = np.atleast_2d(np.asarray(outlets, dtype=float))
    if outlets.ndim != 2 or outlets.shape[1] != 2 or not len(outlets) or not np.isfinite(outlets).all():
        raise InputError("An outlet is a pair of longitude and latitude in degrees; give at least one.")
    use = _natural(network)
    node, metres = _nearest_nodes(network, outlets, use)
    good = metres <= tolerance
    if not good.any():
        lon, lat = outlets[int(np.argmin(metres))]
        raise InputError(
            f"No outlet lies at the rivers: the nearest, {lon:.6f},{lat:.6f}, is {metres.min():.0f} m from an end or"
            f" a junction of a river, more than {tolerance:g} m; give a place at the lower end of the river."
        )
    flip, reached = _toward(network, use, np.unique(node[good]))
    answer = Orientation(flip, use & ~reached)
    for k in np.flatnonzero(~good):
        lon, lat = outlets[k]
        answer.issues.append(issue(
            "error", "outlet_too_far",
            f"出口点 {lon:.6f},{lat:.6f} 距最近的河流端点约 {metres[k]:.0f} 米,超过容许的 {tolerance:g} 米,未使用;请核对",
            f"Outlet {lon:.6f},{lat:.6f} is {metres[k]:.0f} m from the nearest end or junction of a river, more than"
            f" the {tolerance:g} m allowed; it was not used. Check it.",
            shapely.points(outlets[k]),
        ))  # fmt: skip
        answer.issue_edges.append(np.empty(0, dtype=np.int64))
    answer.tell(network, flip, "info", "direction_turned", _TURNED_ZH, _TURNED_EN)
    _tell_parts(
        answer, network, answer.doubtful, "no_outlet",
        "与所给出口不相连,保持原方向;请补充其出口点",
        "not connected to any outlet given, left as digitised; give its outlet too.",
    )  # fmt: skip
    return answer


def by_nodes(network: Network, lines: gpd.GeoDataFrame, from_field: str, to_field: str) -> Orientation:
    """Direct every reach from the node that one field names to the node that another names.

    Where a name stands on several lines, its place is the node that most of them share; a line all of whose
    names stand on it alone cannot be told.

    Parameters
    ----------
    network : Network
    lines : GeoDataFrame
        What the network was built from.
    from_field, to_field : str

    Returns
    -------
    Orientation
        Issues ``direction_turned`` and ``node_fields_unclear``.

    Raises
    ------
    InputError
        An unknown or an empty field.
    """
    _same_rows(network, lines)
    upper, lower = (_labels(lines, name) for name in (from_field, to_field))
    row = np.unique(network.row)
    label = np.concatenate([upper[row], lower[row]])
    ends = _row_ends(network, row)
    known = np.array([one is not None for one in label])
    _, code = np.unique(np.where(known, label, "").astype(str), return_inverse=True)
    code = np.where(known, code.ravel(), -1)
    where = _places(code, ends, len(row))
    # The line's end at which each of its two names lies: 0 first, 1 last, -1 unknown.
    side = np.full(2 * len(row), -1)
    both = np.concatenate([ends, ends])
    for k in (0, 1):
        side[(where >= 0) & (where == both[:, k])] = k
    head_side, tail_side = side[len(row) :], side[: len(row)]
    clear = (tail_side >= 0) | (head_side >= 0)
    clear &= (tail_side < 0) | (head_side < 0) | (tail_side != head_side)
    clear &= (ends[:, 0] >= 0) & (ends[:, 0] != ends[:, 1])
    first_is_upper = np.where(tail_side >= 0, tail_side == 0, head_side == 1)
    flip, doubtful = np.zeros(len(network), dtype=bool), np.zeros(len(network), dtype=bool)
    at = np.searchsorted(row, network.row)
    along = _along_row(network, row, ends)
    flip[:] = clear[at] & (along != first_is_upper[at])
    doubtful[:] = ~clear[at]
    answer = Orientation(flip, doubtful)
    answer.tell(network, flip, "info", "direction_turned", _TURNED_ZH, _TURNED_EN)
    answer.tell(
        network, doubtful, "warning", "node_fields_unclear",
        f"无法由字段 {from_field}、{to_field} 判定流向,保持原方向;请核对",
        f"the fields '{from_field}' and '{to_field}' do not tell which end is which, left as digitised; check them.",
    )  # fmt: skip
    return answer


def by_field(
    network: Network,
    lines: gpd.GeoDataFrame,
    field: str,
    forward: str | Sequence[str] | None = None,
    backward: str | Sequence[str] | None = None,
) -> Orientation:
    """Direct every reach as a field says: digitised with the flow, or against it.

    Parameters
    ----------
    network : Network
    lines : GeoDataFrame
        What the network was built from.
    field : str
    forward, backward : str or sequence of str, optional
        The values that mean "with the flow" and "against it"; common words where neither is given.

    Returns
    -------
    Orientation
        Issues ``direction_turned`` and ``direction_unknown`` (empty cells).

    Raises
    ------
    InputError
        An unknown field, a value that means both, or values that mean neither.
    """
    _same_rows(network, lines)
    value = _labels(lines, field)
    if forward is None and backward is None:
        forward, backward = FORWARD, BACKWARD
    with_flow, against = _words(forward), _words(backward)
    if with_flow & against:
        raise InputError(f"The value '{sorted(with_flow & against)[0]}' cannot mean both with and against the flow.")
    lowered = np.array([None if v is None else v.lower() for v in value], dtype=object)
    used = np.zeros(len(lines), dtype=bool)
    used[network.row] = True
    unknown: dict[str, int] = {}
    for v, low in zip(value[used], lowered[used]):
        if low is not None and low not in with_flow and low not in against:
            unknown[v] = unknown.get(v, 0) + 1
    if unknown:
        listed = ", ".join(f"'{v}' ({n} lines)" for v, n in sorted(unknown.items(), key=lambda i: (-i[1], i[0]))[:10])
        raise InputError(
            f"Field '{field}' holds values that say neither with nor against the flow: {listed}; say which values mean"
            f" which (forward and backward)."
        )
    says_against = np.array([v is not None and v in against for v in lowered], dtype=bool)
    empty = np.array([v is None for v in lowered], dtype=bool)
    flip = ~empty[network.row] & (says_against[network.row] == _with_line(network, lines))
    answer = Orientation(flip, empty[network.row])
    answer.tell(network, flip, "info", "direction_turned", _TURNED_ZH, _TURNED_EN)
    answer.tell(
        network, answer.doubtful, "warning", "direction_unknown",
        f"的字段 {field} 为空,保持原方向;请补填",
        f"field '{field}' is empty, left as digitised; fill it in.",
    )  # fmt: skip
    return answer


def mixed_direction(network: Network) -> tuple[list[dict[str, Any]], list[NDArray[np.int64]]]:
    """Find the runs of a named river that go against the rest of it.

    A river is taken as a whole: it ends where the least length of it would have to be turned, and what then runs
    the other way is shown where it meets the rest head to head or tail to tail.  Canals may run both ways.

    Parameters
    ----------
    network : Network

    Returns
    -------
    rows : list of issue rows
        Code ``mixed_direction``.
    edges : list of int arrays
        The edges of each row.
    """
    named = _natural(network) & np.array([n is not None for n in network.name], dtype=bool)
    conflict = named & _in_conflict(network, named)
    if not conflict.any():
        return [], []
    _, code = np.unique(np.where(named, network.name, "").astype(str), return_inverse=True)
    suspect = named & np.isin(code.ravel(), code.ravel()[conflict])
    rows, edges = [], []
    for river in runs(network, suspect):
        if not conflict[river].any():
            continue
        against = _against(network, river)
        for run in runs(network, river[against]):
            # A run that goes another way without a clash is a second outlet (a distributary), no fault.
            if not conflict[run].any():
                continue
            rest = len(river) - int(against.sum())
            zh, en = described(
                network, run,
                f"与该河其余 {rest} 条河段的方向相反;请核对河线方向",
                f"run against the other {rest} of that river; check the direction of the lines.",
            )  # fmt: skip
            rows.append(issue("warning", "mixed_direction", zh, en, place(network, run)))
            edges.append(run)
    return rows, edges


# --------------------------------------------------------------------------------------------------------
# Towards an outlet
# --------------------------------------------------------------------------------------------------------


def _natural(network: Network) -> NDArray[np.bool_]:
    """Whether each edge is no canal."""
    return ~np.asarray(network.canal, dtype=bool)


def _toward(
    network: Network, use: NDArray[np.bool_], outlets: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which edges in `use` run against the current to `outlets`, and which of them it reaches."""
    edges = np.flatnonzero(use)
    tail, head = network.tail[edges], network.head[edges]
    rank = flow_rank(tail, head, network.length[edges], len(network.node), outlets)
    flip, reached = np.zeros(len(network), dtype=bool), np.zeros(len(network), dtype=bool)
    reached[edges] = rank[tail] >= 0
    flip[edges] = rank[tail] < rank[head]
    return flip, reached


def _nearest_nodes(
    network: Network, point: NDArray[np.float64], use: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the node that each point means, and how far it is, metres."""
    degree = np.bincount(
        np.concatenate([network.tail[use], network.head[use]]), minlength=len(network.node)
    )
    nodes = np.flatnonzero(degree)
    if not len(nodes):
        raise InputError("The river layer holds canals only; none of them can be directed towards an outlet.")
    node, metres = np.empty(len(point), dtype=np.int64), np.empty(len(point))
    for k, one in enumerate(point):
        gap = np.hypot(*((network.node[nodes] - one) * np.column_stack(metres_per_degree(one[1]))).T)
        best = nodes[int(np.argmin(np.where(degree[nodes] == 1, gap / 2, gap)))]
        node[k] = best
        metres[k] = geod().inv(*one, *network.node[best])[2]
    return node, metres


def _tell_parts(
    answer: Orientation, network: Network, edges: NDArray[np.bool_], code: str, zh: str, en: str
) -> None:
    """Add one row for each connected part among `edges`."""
    chosen = np.flatnonzero(edges)
    if not len(chosen):
        return
    part = parts(network.tail[chosen], network.head[chosen], len(network.node))[network.tail[chosen]]
    order = np.argsort(part, kind="stable")
    for run in np.split(chosen[order], np.flatnonzero(np.diff(part[order])) + 1):
        texts_ = described(network, run, zh, en)
        answer.issues.append(issue("warning", code, *texts_, place(network, run)))
        answer.issue_edges.append(run)


# --------------------------------------------------------------------------------------------------------
# From fields
# --------------------------------------------------------------------------------------------------------


def _same_rows(network: Network, lines: gpd.GeoDataFrame) -> None:
    if len(network.row) and int(network.row.max()) >= len(lines):
        raise InputError("The network was not built from this river layer; hand in the layer it was built from.")


def _labels(lines: gpd.GeoDataFrame, field: str) -> NDArray[Any]:
    """Return a field as texts; whole numbers without their decimals."""
    if field not in lines.columns:
        listed = ", ".join(str(c) for c in lines.columns if c != lines.geometry.name)
        raise InputError(f"The river layer has no field '{field}'; choose one of: {listed}.")
    out = texts(lines, field)
    for k, v in enumerate(out):
        if v is not None and v.endswith(".0"):
            out[k] = v[:-2]
    if all(v is None for v in out):
        raise InputError(f"Field '{field}' of the river layer is empty; choose a field that is filled in.")
    return out


def _words(given: str | Sequence[str] | None) -> set[str]:
    given = [given] if isinstance(given, (str, int, float)) else list(given or ())
    return {word.lower() for word in map(text, given) if word is not None}


def _with_line(network: Network, lines: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Whether each edge runs as the line it stems from was digitised."""
    stored = to_storage(lines, "rivers")
    line = shapely.force_2d(np.asarray(stored.geometry.array, dtype=object))[network.row]
    # Places inside the edge, since its ends may have been moved.
    first, second = (shapely.line_interpolate_point(network.lines, at, normalized=True) for at in (0.4, 0.6))
    return shapely.line_locate_point(line, first) <= shapely.line_locate_point(line, second)


def _row_ends(network: Network, row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the two end nodes of the path that each row's edges make, (-1, -1) where they make none."""
    at = np.searchsorted(row, network.row)
    count = len(network.node)
    key, times = np.unique(
        np.concatenate([at * count + network.tail, at * count + network.head]), return_counts=True
    )
    owner, node = key // count, key % count
    single = times == 1
    ends = np.full((len(row), 2), -1)
    number = np.bincount(owner[single], minlength=len(row))
    two = number[owner[single]] == 2
    ends[number == 2] = node[single][two].reshape(-1, 2)
    # A path through every node at most once: no node has a third edge.
    ends[np.unique(owner[times > 2])] = -1
    return ends


def _places(code: NDArray[np.int64], ends: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the node that each label names: the one end that most lines with the label share, else -1."""
    pair_code = np.repeat(code, 2)
    pair_node = np.concatenate([ends, ends]).ravel()
    good = (pair_code >= 0) & (pair_node >= 0)
    pairs, votes = np.unique(np.column_stack([pair_code, pair_node])[good], axis=0, return_counts=True)
    out = np.full(2 * count, -1)
    if not len(pairs):
        return out
    order = np.lexsort((-votes, pairs[:, 0]))
    pairs, votes = pairs[order], votes[order]
    first = np.concatenate([[True], pairs[1:, 0] != pairs[:-1, 0]])
    runner_up = np.append(np.where(first[1:], 0, votes[1:]), 0)
    sure = first & (votes > runner_up)
    place_of = np.full(int(code.max()) + 1, -1)
    place_of[pairs[sure, 0]] = pairs[sure, 1]
    known = code >= 0
    out[known] = place_of[code[known]]
    return out


def _along_row(
    network: Network, row: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether each edge leads away from the first end of its row's path."""
    at = np.searchsorted(row, network.row)
    along = network.tail == ends[at, 0]
    several = np.bincount(at, minlength=len(row)) > 1
    for r in np.flatnonzero(several & (ends[:, 0] >= 0)):
        mine = np.flatnonzero(at == r)
        nodes, local = np.unique(np.concatenate([network.tail[mine], network.head[mine]]), return_inverse=True)
        local = local.ravel()
        tail, head = local[: len(mine)], local[len(mine) :]
        root = np.searchsorted(nodes, ends[r, :1])
        away = distances(tail, head, np.ones(len(mine)), len(nodes), root)
        along[mine] = away[tail] < away[head]
    return along


# --------------------------------------------------------------------------------------------------------
# Mixed directions
# --------------------------------------------------------------------------------------------------------


def _in_conflict(network: Network, named: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Edges of a river that meet it head to head, or tail to tail, with no way out or in that explains it."""
    edges = np.flatnonzero(named)
    _, code = np.unique(network.name[edges].astype(str), return_inverse=True)
    code, count = code.ravel(), len(network.node)
    key_tail, key_head = code * count + network.tail[edges], code * count + network.head[edges]
    keys, local = np.unique(np.concatenate([key_tail, key_head]), return_inverse=True)
    local = local.ravel()
    leaving = np.bincount(local[: len(edges)], minlength=len(keys))
    arriving = np.bincount(local[len(edges) :], minlength=len(keys))
    # Two rivers of one name that end at one place of another river are no clash.
    anywhere_out = np.bincount(network.tail, minlength=count)[keys % count]
    clash = ((arriving >= 2) & (anywhere_out == 0)) | ((leaving >= 2) & (arriving == 0))
    out = np.zeros(len(network), dtype=bool)
    out[edges] = clash[local[: len(edges)]] | clash[local[len(edges) :]]
    return out


def _against(network: Network, river: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which edges of a connected river run against the direction that turns the least length of it."""
    nodes, local = np.unique(
        np.concatenate([network.tail[river], network.head[river]]), return_inverse=True
    )
    local = local.ravel()
    tail, head = local[: len(river)], local[len(river) :]
    length = network.length[river]
    degree = np.bincount(local, minlength=len(nodes))
    leaves_river = np.bincount(network.tail, minlength=len(network.node))[nodes] > np.bincount(
        tail, minlength=len(nodes)
    )
    ends = np.flatnonzero((degree == 1) | leaves_river)
    if not len(ends):
        return np.zeros(len(river), dtype=bool)
    root = _cheapest_root(tail, head, length, len(nodes), ends)
    rank = flow_rank(tail, head, length, len(nodes), np.array([root]))
    return rank[tail] < rank[head]


def _cheapest_root(
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    length: NDArray[np.float64],
    count: int,
    ends: NDArray[np.int64],
) -> int:
    """Return the end towards which the least length runs the wrong way, on a tree that spans the river."""
    near: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for e, (a, b) in enumerate(zip(tail.tolist(), head.tolist())):
        near[a].append((b, e))
        near[b].append((a, e))
    cost, start = [0.0] * count, int(ends[0])
    order, seen, way = [start], {start}, {}
    for node in order:
        for other, e in near[node]:
            if other not in seen:
                seen.add(other)
                way[other] = (node, e)
                order.append(other)
    tails = tail.tolist()
    # Towards the start every tree edge should run from child to parent.
    for other, (_, e) in way.items():
        cost[start] += float(length[e]) * (tails[e] != other)
    for other in order[1:]:
        parent, e = way[other]
        runs_up = tails[e] == other
        cost[other] = cost[parent] + float(length[e]) * (1.0 if runs_up else -1.0)
    return min(ends.tolist(), key=lambda n: (cost[n], n))
