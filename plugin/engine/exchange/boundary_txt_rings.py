"""From a plot's points to its rings, and from rings to polygons: holes by where they lie, not by their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from .boundary_txt_header import Notes

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A closing point so near its first one (m) is meant to be it.
_NEAR_M = 0.05
_NEAR_DEG = 5e-7
#: Bounds on the work for rings that lie in each other by the thousands, as only broken files have them.
_MOST_PAIRS = 200_000
_MOST_TESTS = 20_000_000
_QUERY = 200


class BadRing(InputError):
    """A plot that cannot be drawn, and why, in Chinese too."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh


@dataclass
class Points:
    """The points of a plot: labels, ring numbers, lines, ordinates as they stand, and then east and north, (n,)."""

    labels: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    second: list[float] = field(default_factory=list)
    east: Any = None
    north: Any = None

    def __len__(self) -> int:
        return len(self.labels)

    def taken(self, index: Sequence[int]) -> Points:
        """Return some of the points."""
        held = (self.labels, self.numbers, self.lines, self.first, self.second)
        out = Points(*([values[k] for k in index] for values in held))
        out.east, out.north = self.east[list(index)], self.north[list(index)]
        return out


@dataclass
class Ring:
    """One ring: the indices of its points, closing point taken off, and whether it was closed."""

    index: list[int]
    closed: bool = False
    repeated: int = 0


def cut(points: Points, notes: Notes, *, metric: bool = True, strict: bool = True) -> list[Ring]:
    """Cut a plot's points into rings.

    A ring ends where it comes back to its first point, where the number changes, or where the first label stands
    again.
    `strict` tells parts that share a number; in files without plots' lines they are plots.
    """
    near = _NEAR_M if metric else _NEAR_DEG
    labels, numbers, lines = points.labels, points.numbers, points.lines
    east, north = points.east.tolist(), points.north.tolist()
    rings: list[Ring] = []
    now = Ring([])
    for k in range(len(points)):
        if not now.index:
            now.index.append(k)
            continue
        start = now.index[0]
        away = max(abs(east[k] - east[start]), abs(north[k] - north[start]))
        named = labels[k] == labels[start] and labels[k] != ""
        same = numbers[k] == numbers[start]
        if now.closed:
            if away == 0 and not _goes_on(points, k):
                _repeated(lines[k], notes)
                now.repeated += 1
                continue
            if same and strict:
                _shared(points, k, notes)
        elif len(now.index) >= 3 and away == 0 and _closes(points, now.index, k):
            now.closed = True
            if not same:
                notes("warning", "ring_number",
                      f"第 {lines[k]} 行闭合点的圈号为 {numbers[k]},应为 {numbers[start]},已按闭合点处理",
                      f"line {lines[k]}: the closing point has ring number {numbers[k]} instead of"
                      f" {numbers[start]}; it was taken"
                      f" as the closing point", lines[k])  # fmt: skip
            continue
        elif same and named and len(now.index) >= 3:
            if 0 < away <= near and _closes(points, now.index, k):
                now.closed = True
                notes("warning", "closing_differs", f"第 {lines[k]} 行闭合点与首点相差 {away:.3g},已按首点闭合",
                      f"line {lines[k]}: the closing point lies {away:.3g} from the first; the ring was"
                      " closed at the first",
                      lines[k])  # fmt: skip
                continue
            if strict:
                _shared(points, k, notes)
        elif same:
            last = now.index[-1]
            if east[k] == east[last] and north[k] == north[last]:
                _repeated(lines[k], notes)
                now.repeated += 1
            else:
                now.index.append(k)
            continue
        rings.append(now)
        now = Ring([k])
    return [*rings, now] if now.index else rings


def _goes_on(points: Points, k: int) -> bool:
    """Whether a ring begins at point `k`, rather than that the point stands alone."""
    return k + 1 < len(points) and points.numbers[k + 1] == points.numbers[k]


def _closes(points: Points, ring: list[int], k: int) -> bool:
    """Whether point `k`, where the ring began, closes it; else it is the first of a ring that begins there too."""
    labels, numbers, start = points.labels, points.numbers, ring[0]
    if k + 1 >= len(points) or numbers[k + 1] != numbers[k]:
        return True
    if numbers[k] == numbers[start]:
        second = labels[ring[1]]
        return not (labels[k] == labels[start] != "" and labels[k + 1] == second != "")
    return labels[k] == labels[start] == labels[k + 1] != ""


def _repeated(line: int, notes: Notes) -> None:
    notes("info", "point_repeated", f"第 {line} 行与前面的点坐标相同,已合并",
          f"line {line} repeats a point before; it was left out", line)  # fmt: skip


def _shared(points: Points, k: int, notes: Notes) -> None:
    line, number = points.lines[k], points.numbers[k]
    notes("warning", "ring_number_shared", f"第 {line} 行起是另一圈,但圈号仍为 {number},已按界线分开",
          f"another ring begins at line {line}, though its number is still {number}; they were told apart by"
          " their points",
          line)  # fmt: skip


def lines_of(points: Points) -> list[Ring]:
    """Cut the points of a plot of kind 线 into its parts, by their numbers alone."""
    parts: list[Ring] = []
    for k in range(len(points)):
        if parts and points.numbers[k] == points.numbers[parts[-1].index[0]]:
            parts[-1].index.append(k)
        else:
            parts.append(Ring([k]))
    return parts


def shape_of(points: Points, kind: str, rings: list[Ring], notes: Notes) -> Any:
    """Return a plot's geometry, vertices in their order.

    Raises
    ------
    BadRing
        If a ring has fewer than three points, a line fewer than two, or thousands of rings lie in each other.
    """
    if kind == "点":
        dots = shapely.points(points.east, points.north)
        return dots[0] if len(dots) == 1 else shapely.multipoints(dots)
    every = np.column_stack([points.east, points.north])
    coords = [every[ring.index] for ring in rings]
    if kind == "线":
        for ring in rings:
            if len(ring.index) < 2:
                line = points.lines[ring.index[0]]
                raise BadRing(f"第 {line} 行起的线只有一个点", f"the line that begins at line {line} has one point,"
                                                     " and needs two")
        made = [shapely.linestrings(one) for one in coords]
        return made[0] if len(made) == 1 else shapely.multilinestrings(made)
    for ring, one in zip(rings, coords):
        different = len(set(map(tuple, one.tolist())))
        if different < 3:
            line = points.lines[ring.index[0]]
            raise BadRing(
                f"第 {line} 行起的一圈只有 {different} 个不同的点,至少需要 3 个",
                f"the ring that begins at line {line} has {different} different points, and needs three",
            )
    if len(rings) == 1:
        return shapely.polygons(shapely.linearrings(coords[0]))
    return _polygons(points, rings, coords, notes)


def _polygons(points: Points, rings: list[Ring], coords: list[NDArray[np.float64]], notes: Notes) -> Any:
    numbers = [points.numbers[ring.index[0]] for ring in rings]
    at = [points.lines[ring.index[0]] for ring in rings]
    owner = np.repeat(np.arange(len(coords)), [len(one) for one in coords])
    made = shapely.linearrings(np.vstack(coords), indices=owner)
    rank, parents = _parents(coords, made, at[0])
    shell = [True] * len(rings)
    for k in rank:
        shell[k] = parents[k] < 0 or not shell[parents[k]]
    holes: dict[int, list[int]] = {k: [] for k in range(len(rings)) if shell[k]}
    for k, is_shell in enumerate(shell):
        if not is_shell:
            holes[parents[k]].append(k)
            if parents[k] > k:
                notes("info", "ring_order", f"第 {at[k]} 行起的内圈写在外圈之前,已按位置归入外圈",
                      f"the hole from line {at[k]} stands before its outer ring; it was put into"
                      " it", at[k])  # fmt: skip
        elif k and numbers[k] > 1:
            notes("info", "ring_is_part", f"第 {at[k]} 行起的第 {numbers[k]} 圈不在外圈之内,按另一块处理",
                  f"ring {numbers[k]} from line {at[k]} lies in no outer ring; it was taken as another"
                  " part", at[k])  # fmt: skip
    outer = np.array(list(holes))
    parts = shapely.polygons(made[outer])
    for k, inner in enumerate(holes.values()):
        if inner:
            parts[k] = shapely.polygons(made[outer[k]], made[inner])
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def _tangled(line: int, n: int) -> BadRing:
    return BadRing(
        f"第 {line} 行起的地块有 {n} 圈,互相套叠,无法分清内外圈",
        f"the plot that begins at line {line} has {n} rings that lie in each other; it cannot be told which"
        " are holes",
    )


def _parents(coords: list[NDArray[np.float64]], made: NDArray[Any], line: int) -> tuple[list[int], list[int]]:
    """Return the rings from the largest on, and for each the smallest ring that it lies in (-1 for none).

    A ring lies in another if most of its vertices and midpoints do: one that touches it, or leaves it by a rounding,
    still does.  Rings need not be valid.
    """
    n = len(coords)
    areas = shapely.polygons(made)
    size = shapely.area(areas)
    rank = np.lexsort((np.arange(n), -size))
    place = np.empty(n, dtype=np.int64)
    place[rank] = np.arange(n)
    box = shapely.bounds(areas)
    spare = 0.01 * np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])
    tree = shapely.STRtree(areas)
    found: list[NDArray[np.int64]] = []
    total = 0
    for begin in range(0, n, _QUERY):
        inner, outer = tree.query(areas[begin : begin + _QUERY])
        inner = inner + begin
        fits = (place[outer] < place[inner]) & (box[outer, 0] <= box[inner, 0] + spare[inner])
        fits &= (box[outer, 1] <= box[inner, 1] + spare[inner]) & (box[outer, 2] >= box[inner, 2] - spare[inner])
        fits &= box[outer, 3] >= box[inner, 3] - spare[inner]
        found.append(np.stack([inner[fits], outer[fits]]))
        total += int(fits.sum())
        if total > _MOST_PAIRS:
            raise _tangled(line, n)
    inner, outer = np.concatenate(found, axis=1)
    probes = [np.vstack([one, (one + np.roll(one, -1, axis=0)) / 2]) for one in coords]
    if sum(len(probes[k]) for k in inner) > _MOST_TESTS:
        raise _tangled(line, n)
    parents = np.full(n, -1)
    # From the largest outer ring on, so that the smallest is kept.
    for j in rank[np.isin(rank, outer)]:
        which = inner[outer == j]
        xy = np.vstack([probes[k] for k in which])
        shapely.prepare(areas[j])
        starts = np.cumsum([0, *(len(probes[k]) for k in which[:-1])])
        counts = np.array([len(probes[k]) for k in which])
        covered = np.add.reduceat(shapely.intersects_xy(areas[j], xy[:, 0], xy[:, 1]).astype(float), starts) / counts
        inside = np.add.reduceat(shapely.contains_xy(areas[j], xy[:, 0], xy[:, 1]).astype(float), starts)
        parents[which[(covered > 0.5) & (inside > 0)]] = j
    return rank.tolist(), parents.tolist()
