"""Mend what can be mended in a river layer without guessing, and tell of each place.

Three kinds are safe: an end within the tolerance of another end (``gap``) or of the middle of a line
(``node``), and a piece digitised against both its neighbours (``direction``).  The other three change what a
layer says of itself, so they are mended, or looked for at all, on request alone; see :mod:`.noding`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..geodesy import segment_m
from ..progress import Progress, report
from .flow import Flow
from .graph import csr
from .lines import Found, Lines, broken, match_ends, tidied
from .near import near_places, near_segments
from .noding import cross, deduplicate, merge

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

REPAIRS = ("gap", "node", "direction", "crossing", "duplicate", "pseudo_node")
SAFE = frozenset({"gap", "node", "direction"})

# A line that touches another within a tenth of a millimetre touches it, whatever the tolerance.
_TOUCH = 1e-4
_AT_VERTEX = 1e-3


def mend(
    lines: Lines,
    like: Ints | None,
    *,
    tolerance: float,
    repair: Collection[str],
    look_for: Collection[str],
    uid: NDArray[Any],
    found: Found,
    progress: Progress,
) -> Lines:
    """Look for faults in `lines`, mend those whose kind is in `repair`, and note each in `found`.

    Parameters
    ----------
    lines : Lines
    like : (r,) int, optional
        Rows of the layer with the same number here are alike but for their geometry: a node between two of
        them is needless.  Needed for ``pseudo_node`` alone.
    tolerance : float
        Metres.
    repair, look_for : collection of str
        Kinds (:data:`REPAIRS`) to mend and kinds to look for.  `SAFE` kinds are always looked for.
    uid : (r,) object
        What to call each row in a message.
    found : Found
    progress : Progress

    Raises
    ------
    InputError
        On an unknown kind.
    """
    unknown = sorted({*repair, *look_for} - set(REPAIRS))
    if unknown:
        raise InputError(f"There is no repair called '{unknown[0]}'; choose from: {', '.join(REPAIRS)}.")
    asked = {*repair, *look_for}
    lines = match_ends(lines, found)
    lines = _add_nodes(lines, max(tolerance, _TOUCH), "node" in repair, uid, found)
    report(progress, 0.5)
    if tolerance > 0:
        lines = _join_gaps(lines, tolerance, "gap" in repair, uid, found)
    report(progress, 0.7)
    if "crossing" in asked:
        lines = cross(lines, tolerance, "crossing" in repair, uid, found)
    if "duplicate" in asked:
        lines = deduplicate(lines, tolerance, "duplicate" in repair, uid, found)
    lines = _turn(lines, "direction" in repair, uid, found)
    report(progress, 0.9)
    if "pseudo_node" in asked and like is not None:
        lines = merge(lines, like, "pseudo_node" in repair, uid, found)
    return lines


# --------------------------------------------------------------------------------------------------------
# Nodes
# --------------------------------------------------------------------------------------------------------


def _add_nodes(lines: Lines, tolerance: float, wanted: bool, uid: NDArray[Any], found: Found) -> Lines:
    """Break a line where the end of another touches it between its own ends."""
    tail, head, node = lines.tail, lines.head, lines.node
    near = near_segments(node, lines.coords, lines.start, (tail, head), tolerance)
    if not len(near.place):
        return lines
    near, line = near.nearest(lines.line_of(near.vertex))
    point = node[near.place]
    clear = np.ones(len(line), dtype=bool)
    for end in (tail, head):
        clear &= segment_m(point, node[end[line]]) > max(tolerance, 2 * _AT_VERTEX)
    short = _ShortWays(lines, 4 * tolerance)
    for k in np.flatnonzero(clear):
        one, two = int(tail[line[k]]), int(head[line[k]])
        n = int(near.place[k])
        clear[k] = not (short.connected(n, one) or short.connected(n, two))
    clear &= ~_both_ends(near.place, line, near.metres, clear, short)
    near, line = near.only(clear), line[clear]
    if not len(line):
        return lines
    count = np.bincount(np.concatenate([tail, head]), minlength=len(node))
    loose = count[near.place] == 1
    at = csr(np.concatenate([tail, head]), len(node))
    own = at[1][at[0][near.place]] % len(lines)
    if not wanted:
        for n, k, f, gap in zip(near.place, own, line, near.metres):
            names = uid[lines.row[k]], uid[lines.row[f]]
            zh = f"河段 {names[0]} 的端点距河段 {names[1]} 中间 {gap:.2f} 米,该处没有节点,未打断;请核对"
            en = (
                f"Reach {names[0]} ends {gap:.2f} m from the middle of {names[1]}, which has no node there;"
                f" it was left so: check it."
            )
            found.add("warning", "missing_node", (zh, en), shapely.points(node[n]), lines=[k, f])
        return lines
    breaks = _Breaks(lines, line, near.vertex, near.share, loose, node[near.place], tolerance)
    for k, f, gap, place in zip(own, line, near.metres, breaks.place):
        names = uid[lines.row[k]], uid[lines.row[f]]
        zh = f"河段 {names[0]} 的端点在 {gap:.2f} 米内接到河段 {names[1]} 中间,已在此打断"
        en = f"Reach {names[0]} ends {gap:.2f} m from the middle of {names[1]}; that was split there."
        found.add("info", "node_added", (zh, en), shapely.points(place), spot=place)
    # A loose end comes to the line; where several lines already meet, the line comes to them.
    ends = np.concatenate([tail, head])
    tip_of = np.empty(len(node), dtype=np.int64)
    tip_of[ends] = np.arange(len(ends))
    tip = tip_of[near.place[loose]]
    moved = lines.moved(tip, breaks.place[loose])
    return broken(moved, line, breaks.vertex, breaks.share, breaks.place, found, also=tip % len(lines))


def _both_ends(
    place: Ints, line: Ints, metres: Floats, clear: NDArray[np.bool_], short: _ShortWays
) -> NDArray[np.bool_]:
    """Of both ends of a very short line that touch one line, tell the farther: it is not joined."""
    out = np.zeros(len(place), dtype=bool)
    for f in np.unique(line[clear][_repeated(line[clear])]):
        members = np.flatnonzero(clear & (line == f))
        for a in members:
            for b in members:
                if metres[a] < metres[b] and short.connected(int(place[a]), int(place[b])):
                    out[b] = True
    return out


def _repeated(value: Ints) -> NDArray[np.bool_]:
    _, inverse, count = np.unique(value, return_inverse=True, return_counts=True)
    return count[inverse] > 1


class _Breaks:
    """Where lines are broken: a loose end's foot, or the node that the line passes.

    Feet that follow one another on a line within the tolerance become one place, so that no reach is left that
    is shorter than it; where one of them is a node already, that is the place.
    """

    def __init__(
        self, lines: Lines, line: Ints, vertex: Ints, share: Floats, loose: NDArray[np.bool_], node: Floats,
        tolerance: float,
    ) -> None:  # fmt: skip
        a, b = lines.coords[vertex], lines.coords[vertex + 1]
        whole = segment_m(a, b)
        # A foot this near to a vertex is the vertex.
        first, last = share * whole < _AT_VERTEX, (1.0 - share) * whole < _AT_VERTEX
        last &= ~first
        self.vertex = np.where(last, vertex + 1, vertex)
        self.share = np.where(first | last, 0.0, share)
        foot = np.where(last[:, None], b, a + self.share[:, None] * (b - a))
        self.place = np.where(loose[:, None], foot, node)
        order = np.lexsort((self.share, self.vertex, line))
        same = line[order][1:] == line[order][:-1]
        near = same & (segment_m(foot[order][:-1], foot[order][1:]) <= tolerance)
        for run in np.split(order, np.flatnonzero(~near) + 1):
            firm = run[~loose[run]]
            for k in run[loose[run]] if len(run) > 1 else ():
                onto = run[0]
                if len(firm):
                    onto = firm[np.argmin(segment_m(np.repeat(foot[[k]], len(firm), axis=0), foot[firm]))]
                self.vertex[k], self.share[k], self.place[k] = self.vertex[onto], self.share[onto], self.place[onto]


# --------------------------------------------------------------------------------------------------------
# Gaps
# --------------------------------------------------------------------------------------------------------


def _join_gaps(lines: Lines, tolerance: float, wanted: bool, uid: NDArray[Any], found: Found) -> Lines:
    """Move loose ends onto the nearest other end."""
    node, ends = lines.node, np.concatenate([lines.tail, lines.head])
    shared = np.bincount(ends, minlength=len(node))
    one, two = near_places(node, np.flatnonzero(shared == 1), tolerance)
    gap = segment_m(node[one], node[two])
    near = gap <= tolerance
    if not near.any():
        return lines
    one, two, gap = one[near], two[near], gap[near]
    short = _ShortWays(lines, 4 * tolerance)
    lowest = np.full(len(node), len(lines))
    np.minimum.at(lowest, ends, np.arange(len(ends)) % len(lines))
    leader: dict[int, int] = {}

    def lead(n: int) -> int:
        while n in leader:
            n = leader[n]
        return n

    joined: set[int] = set()
    done: set[int] = set()
    for k in np.lexsort((two, gap, one)):
        a, b = int(one[k]), int(two[k])
        if a in done or short.connected(a, b):
            continue
        done.add(a)
        joined |= {a, b}
        a, b = lead(a), lead(b)
        if a != b:
            # Where lines already meet stays; between loose ends, that of the earlier line stays.
            if (shared[a] == 1, lowest[a], a) <= (shared[b] == 1, lowest[b], b):
                leader[b] = a
            else:
                leader[a] = b
    moving = np.array(sorted(n for n in joined if n in leader and shared[n] == 1), dtype=np.int64)
    if not len(moving):
        return lines
    target = np.array([lead(int(n)) for n in moving], dtype=np.int64)
    tip_of = np.empty(len(node), dtype=np.int64)
    tip_of[ends] = np.arange(len(ends))
    tip = tip_of[moving]
    away = segment_m(node[moving], node[target])
    for n, t, k, metres in zip(moving, target, tip % len(lines), away):
        name, spot = uid[lines.row[k]], shapely.points(node[n])
        if wanted:
            zh = f"河段 {name} 的端点与相邻端点相距 {metres:.2f} 米,已接上"
            en = f"Reach {name} ended {metres:.2f} m from the next line; the gap was closed."
            found.add("info", "gap_joined", (zh, en), spot, spot=node[t])
        else:
            zh = f"河段 {name} 的端点与相邻端点相距 {metres:.2f} 米,未接;请核对是否应相接"
            en = f"Reach {name} ends {metres:.2f} m from the next line; the gap was left: check it."
            found.add("warning", "gap", (zh, en), spot, lines=[k, *np.flatnonzero(ends == t) % len(lines)])
    return tidied(lines.moved(tip, node[target]), tip % len(lines), found) if wanted else lines


class _ShortWays:
    """Tells whether two nodes are already connected by a way of at most `limit` metres along the lines.

    Without it the ends of lines shorter than the tolerance would be joined to themselves.
    """

    def __init__(self, lines: Lines, limit: float) -> None:
        self._limit = limit
        self._near: dict[int, list[tuple[int, float]]] = {}
        first, last = lines.tips[: len(lines)], lines.tips[len(lines) :]
        close = np.flatnonzero(segment_m(first, last) <= limit)
        for k, length in zip(close, lines.only(close).length):
            if length <= limit:
                one, two = int(lines.tail[k]), int(lines.head[k])
                self._near.setdefault(one, []).append((two, float(length)))
                self._near.setdefault(two, []).append((one, float(length)))

    def connected(self, a: int, b: int) -> bool:
        best = {a: 0.0}
        queue = [a]
        while queue:
            node = queue.pop(0)
            for other, length in self._near.get(node, ()):
                way = best[node] + length
                if way <= self._limit and way < best.get(other, np.inf):
                    best[other] = way
                    queue.append(other)
        return b in best


# --------------------------------------------------------------------------------------------------------
# Direction
# --------------------------------------------------------------------------------------------------------


def _turn(lines: Lines, wanted: bool, uid: NDArray[Any], found: Found) -> Lines:
    """Turn pieces digitised against both their neighbours."""
    flip = np.zeros(len(lines), dtype=bool)
    for run in _plainly_backward(lines):
        flip[run] = True
        ids = list(dict.fromkeys(str(u) for u in uid[lines.row[run]]))
        zh, en = "、".join(ids), ", ".join(ids)
        middle = run[len(run) // 2]
        spot = shapely.points(lines.coords[(lines.start[middle] + lines.start[middle + 1]) // 2])
        if wanted:
            # Turning a river moves what is up and what is down by kilometres: whoever reads the list must see it.
            zh = f"河段 {zh} 的方向与上下游相反,已调转;请核对"
            en = f"Reach {en} ran against both its neighbours; it was turned: check it."
            found.add("warning", "direction_turned", (zh, en), spot, lines=run)
        else:
            zh = f"河段 {zh} 的方向与上下游相反,未调转;请核对"
            en = f"Reach {en} runs against both its neighbours; it was left so: check it."
            found.add("warning", "direction", (zh, en), spot, lines=run)
    return lines.turned(flip) if wanted and flip.any() else lines


def _plainly_backward(lines: Lines) -> list[Ints]:
    """Runs against both their neighbours that lead to the outlet when they are turned.

    Two neighbours may both be wrong and the piece between them right: then the turned piece leads away from the
    outlet of the river, and it cannot be told from here what is to be turned.
    """
    runs = backward_runs(len(lines.node), lines.tail, lines.head)
    if not runs:
        return runs
    flip = np.zeros(len(lines), dtype=bool)
    flip[np.concatenate(runs)] = True
    # How far apart the ends are will do for a length.
    apart = segment_m(lines.tips[: len(lines)], lines.tips[len(lines) :])
    tail, head = np.where(flip, lines.head, lines.tail), np.where(flip, lines.tail, lines.head)
    flow = Flow(len(lines.node), tail, head, apart)
    against = flow.against(flow.main_outlets(lambda: flow.gathered()[1]))
    return [run for run in runs if not against[run].any()]


def backward_runs(nodes: int, tail: Ints, head: Ints) -> list[Ints]:
    """Find edges, or runs of edges joined end to end, that are digitised against both their neighbours.

    At the lower end of such a run nothing flows out and other lines flow in; at its upper end nothing flows in
    and other lines flow out.  Where two such runs share an end it cannot be told which of them is wrong, and
    where turning one would close a ring it is not the one; neither is returned.

    Returns
    -------
    list of int arrays
        The edges of each run, upper first.
    """
    into, out = np.bincount(head, minlength=nodes), np.bincount(tail, minlength=nodes)
    spring = (into == 0) & (out > 1)
    sink = (out == 0) & (into > 1)
    if not spring.any() or not sink.any():
        return []
    pass_on = (into == 1) & (out == 1)
    below = np.empty(nodes, dtype=np.int64)
    below[tail] = np.arange(len(tail))
    runs: list[list[int]] = []
    for edge in np.flatnonzero(spring[tail]).tolist():
        run = [edge]
        while pass_on[head[run[-1]]]:
            run.append(int(below[head[run[-1]]]))
        if sink[head[run[-1]]]:
            runs.append(run)
    upper = np.array([tail[run[0]] for run in runs], dtype=np.int64)
    lower = np.array([head[run[-1]] for run in runs], dtype=np.int64)
    claims = np.bincount(np.concatenate([upper, lower]), minlength=nodes)
    turned = _Turned(nodes, tail, head)
    return [
        np.array(run, dtype=np.int64)
        for run, u, v in zip(runs, upper.tolist(), lower.tolist())
        if claims[u] == 1 and claims[v] == 1 and turned.turn(run, u, v)
    ]


class _Turned:
    """The network while runs are being turned."""

    def __init__(self, nodes: int, tail: Ints, head: Ints) -> None:
        pointer, edge = csr(tail, nodes)
        self._pointer, self._edge, self._head = pointer.tolist(), edge.tolist(), head.tolist()
        self._gone: set[int] = set()
        self._more: dict[int, int] = {}

    def turn(self, run: list[int], upper: int, lower: int) -> bool:
        """Turn a run unless the water from its upper end reaches the lower one another way."""
        seen = {upper}
        stack = [upper]
        while stack:
            node = stack.pop()
            ways = self._edge[self._pointer[node] : self._pointer[node + 1]]
            ways = [self._head[e] for e in ways if e != run[0] and e not in self._gone]
            if node in self._more:
                ways.append(self._more[node])
            for way in ways:
                if way == lower:
                    return False
                if way not in seen:
                    seen.add(way)
                    stack.append(way)
        self._gone.add(run[0])
        self._more[lower] = upper
        return True
