"""Repairs that are made, or looked for at all, on request alone: crossings, duplicates, needless nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..geodesy import metres_per_degree, scaled, segment_m
from .lines import NOISE, Found, Lines, broken
from .near import ranges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


# --------------------------------------------------------------------------------------------------------
# Crossings
# --------------------------------------------------------------------------------------------------------


def crossings(lines: Lines, tolerance: float) -> tuple[Ints, Ints, Floats]:
    """Find where two lines cross, or touch between their ends, without a node.

    Returns
    -------
    one, two : (k,) int
        The lines, ``one < two``.
    place : (k, 2) float
        Degrees.
    """
    shape = lines.shapes()
    one, two = shapely.STRtree(shape).query(shape, predicate="crosses")
    one, two = one[one < two], two[one < two]
    order = np.lexsort((two, one))
    one, two = one[order], two[order]
    part, which = shapely.get_parts(shapely.intersection(shape[one], shape[two]), return_index=True)
    point = shapely.get_type_id(part) == 0
    place, which = shapely.get_coordinates(part[point]), which[point]
    one, two = one[which], two[which]
    # A node that both share is no crossing; nor is a place beside it within the tolerance.
    noded = np.zeros(len(one), dtype=bool)
    for end in (lines.tail, lines.head):
        for other in (lines.tail, lines.head):
            common = end[one] == other[two]
            noded |= common & (segment_m(lines.node[end[one]], place) <= max(tolerance, 1e-4))
    return one[~noded], two[~noded], place[~noded]


def cross(lines: Lines, tolerance: float, wanted: bool, uid: NDArray[Any], found: Found) -> Lines:
    """Break both lines where they cross without a node."""
    one, two, place = crossings(lines, tolerance)
    breaks: list[tuple[int, int, float, Floats]] = []
    for a, b, spot in zip(one.tolist(), two.tolist(), place):
        names = uid[lines.row[a]], uid[lines.row[b]]
        if not wanted:
            zh = f"河段 {names[0]} 与 {names[1]} 在此相交而无节点,未打断;请核对(渡槽、倒虹吸除外)"
            en = f"Reaches {names[0]} and {names[1]} cross here without a node; they were left so: check them."
            found.add("warning", "crossing", (zh, en), shapely.points(spot), lines=[a, b])
            continue
        zh = f"河段 {names[0]} 与 {names[1]} 在此相交而无节点,已在此打断"
        en = f"Reaches {names[0]} and {names[1]} crossed here without a node; both were split."
        found.add("info", "crossing_noded", (zh, en), shapely.points(spot), spot=spot)
        breaks += [(k, *foot, spot) for k in (a, b) if (foot := _foot(lines, k, spot)) is not None]
    if not breaks:
        return lines
    line, vertex, share, at = (np.array(column) for column in zip(*breaks))
    return broken(lines, line, vertex, share, at, found)


def _foot(lines: Lines, line: int, point: Floats) -> tuple[int, float] | None:
    """Vertex before the foot of a point, and the share of the segment after it; None at an end of the line."""
    span = lines.coords[lines.start[line] : lines.start[line + 1]]
    scale = np.column_stack(metres_per_degree(point[1]))
    xy = (span - point) * scale
    a, d = xy[:-1], np.diff(xy, axis=0)
    share = np.clip(-(a * d).sum(axis=1) / (d * d).sum(axis=1), 0.0, 1.0)
    j = int(np.argmin(((a + share[:, None] * d) ** 2).sum(axis=1)))
    part = float(share[j])
    for vertex in (j, j + 1):
        if (np.abs(span[vertex] - point) <= NOISE).all():
            j, part = vertex, 0.0
    if part == 1.0:
        j, part = j + 1, 0.0
    return None if part == 0.0 and j in (0, len(span) - 1) else (int(lines.start[line]) + j, part)


# --------------------------------------------------------------------------------------------------------
# Duplicates
# --------------------------------------------------------------------------------------------------------


def duplicates(lines: Lines, tolerance: float) -> Iterator[tuple[int, int, bool]]:
    """Find lines with the ends of an earlier line that nowhere leave it by more than `tolerance` metres.

    Yields
    ------
    kept, copy : int
        The earlier and the later line.
    against : bool
        They run in opposite directions.
    """
    low, high = np.minimum(lines.tail, lines.head), np.maximum(lines.tail, lines.head)
    key = low * len(lines.node) + high
    order = np.argsort(key, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(key[order])) + 1)
    for group in sorted((g for g in groups if len(g) > 1), key=lambda g: g[0]):
        shape = scaled(lines.shapes(group), lines.node[lines.tail[group[0]], 1])
        gone: set[int] = set()
        for i in range(len(group)):
            for j in range(i + 1, len(group)):
                if i in gone or j in gone:
                    continue
                # A vertex on each segment's way: lines with few vertices may leave one another between them.
                if shapely.hausdorff_distance(shape[i], shape[j], densify=0.1) <= max(tolerance, 1e-3):
                    gone.add(j)
                    against = lines.tail[group[i]] != lines.tail[group[j]]
                    yield int(group[i]), int(group[j]), bool(against)


def deduplicate(lines: Lines, tolerance: float, wanted: bool, uid: NDArray[Any], found: Found) -> Lines:
    """Leave out lines that repeat an earlier one."""
    now = np.arange(len(lines))
    for kept, copy, against in duplicates(lines, tolerance):
        names = uid[lines.row[kept]], uid[lines.row[copy]]
        way_zh, way_en = ("(方向相反)", " in the other direction") if against else ("", "")
        middle = (lines.start[copy] + lines.start[copy + 1]) // 2
        spot = shapely.points(lines.coords[middle])
        if wanted:
            now[copy] = kept
            zh = f"河段 {names[1]} 与河段 {names[0]} 重复{way_zh},已略去"
            en = f"Reach {names[1]} repeats reach {names[0]}{way_en}; it was left out."
            found.add("info", "duplicate_dropped", (zh, en), spot, lines=[kept])
        else:
            zh = f"河段 {names[1]} 与河段 {names[0]} 重复{way_zh},未处理;请核对"
            en = f"Reach {names[1]} repeats reach {names[0]}{way_en}; both were used: check them."
            found.add("warning", "duplicate", (zh, en), spot, lines=[kept, copy])
    keep = now == np.arange(len(lines))
    if keep.all():
        return lines
    found.renumber(np.arange(len(lines)), (np.cumsum(keep) - 1)[now])
    return lines.only(keep)


# --------------------------------------------------------------------------------------------------------
# Needless nodes
# --------------------------------------------------------------------------------------------------------


def pseudo_nodes(lines: Lines, like: Ints) -> tuple[Ints, Ints]:
    """Find pairs of edges (upper, lower) that meet in a node of no other line and are alike in all they say."""
    nodes = len(lines.node)
    into, out = np.bincount(lines.head, minlength=nodes), np.bincount(lines.tail, minlength=nodes)
    above, below = np.full(nodes, -1), np.full(nodes, -1)
    above[lines.head], below[lines.tail] = np.arange(len(lines)), np.arange(len(lines))
    node = np.flatnonzero((into == 1) & (out == 1))
    upper, lower = above[node], below[node]
    same = (upper != lower) & (like[lines.row[upper]] == like[lines.row[lower]])
    return upper[same], lower[same]


def merge(lines: Lines, like: Ints, wanted: bool, uid: NDArray[Any], found: Found) -> Lines:
    """Make one line of those that a needless node divides; it keeps the id of its upper part."""
    upper, lower = pseudo_nodes(lines, like)
    for a, b in zip(upper.tolist(), lower.tolist()):
        names, spot = (uid[lines.row[a]], uid[lines.row[b]]), shapely.points(lines.node[lines.head[a]])
        if wanted:
            zh = f"河段 {names[0]} 与 {names[1]} 之间为伪节点,已合并"
            en = f"Only reaches {names[0]} and {names[1]} meet here and they are alike; they were merged."
            found.add("info", "pseudo_node_merged", (zh, en), spot, lines=[a])
        else:
            zh = f"河段 {names[0]} 与 {names[1]} 之间为伪节点,未合并"
            en = f"Only reaches {names[0]} and {names[1]} meet here and they are alike; they were not merged."
            found.add("warning", "pseudo_node", (zh, en), spot, lines=[a, b])
    if not wanted or not len(upper):
        return lines
    follow = dict(zip(upper.tolist(), lower.tolist()))
    inner = np.zeros(len(lines), dtype=bool)
    inner[lower] = True
    chain: list[int] = []  # edges in their new order
    opens: list[int] = []  # where in `chain` a new line opens
    taken = np.zeros(len(lines), dtype=bool)
    # A ring of needless nodes alone has no upper end: any of its edges will do.
    for edge in [*np.flatnonzero(~inner).tolist(), *np.flatnonzero(inner).tolist()]:
        if taken[edge]:
            continue
        opens.append(len(chain))
        at: int | None = edge
        while at is not None and not taken[at]:
            taken[at] = True
            chain.append(at)
            at = follow.get(at)
    order, first = np.array(chain, dtype=np.int64), np.array(opens, dtype=np.int64)
    new = np.zeros(len(chain), dtype=np.int64)
    new[first[1:]] = 1
    new = np.cumsum(new)
    begin, count = lines.start[order], np.diff(lines.start)[order]
    joined = np.ones(len(order), dtype=bool)
    joined[first] = False  # the first vertex of a further part is the last one of the part before
    coords = lines.coords[ranges(begin + joined, count - joined)]
    ends = np.concatenate([[0], np.cumsum(np.bincount(new, weights=count - joined).astype(np.int64))])
    now = np.empty(len(lines), dtype=np.int64)
    now[order] = new
    found.renumber(np.arange(len(lines)), now)
    return Lines(coords, ends, lines.row[order[first]])
