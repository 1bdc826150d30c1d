"""A directed river network from any layer of lines.

Real river layers have small faults.  Those that can be mended without guessing are mended here, each with an
issue row and a place to click on; no vertex moves without one.

Edges run downstream.  All coordinates are EPSG:4490 and an edge is straight between its vertices in degrees;
its length is the sum of the geodesics between its vertices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..findings import ISSUE_COLUMNS, table
from ..geodesy import distance, geod, metres_per_degree, to_storage
from ..progress import SILENT, Progress, report
from .rows import identifiers, issue, numbers, texts

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

_Row = dict  # one issue row, as rows.issue makes it


@dataclass(frozen=True)
class Network:
    """A directed network of river edges.

    Attributes
    ----------
    coords : (v, 2) float
        Vertices of all edges one after another, degrees, each edge from its upper to its lower end.
    start : (e + 1,) int
        Edge `i` owns ``coords[start[i]:start[i + 1]]``.
    measure : (v,) float
        Metres from the upper end of its edge to each vertex.
    length : (e,) float
        Metres.
    tail, head : (e,) int
        Node at the upper and at the lower end.
    node : (n, 2) float
        Node coordinates, degrees.
    name, uid : (e,) object
        River name and reach id of the line an edge stems from (None where unknown).
    width, accuracy : (e,) float
        River width and positional accuracy in metres (NaN where unknown).
    row : (e,) int
        Row of the input that an edge stems from.
    issues : GeoDataFrame
        What was found and mended.
    issue_edges : tuple of int arrays
        For each issue, the edges it touches.
    """

    coords: NDArray[np.float64]
    start: NDArray[np.int64]
    measure: NDArray[np.float64]
    length: NDArray[np.float64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    node: NDArray[np.float64]
    name: NDArray[Any]
    uid: NDArray[Any]
    width: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    row: NDArray[np.int64]
    issues: gpd.GeoDataFrame
    issue_edges: tuple[NDArray[np.int64], ...]

    def __len__(self) -> int:
        return len(self.length)

    @cached_property
    def lines(self) -> NDArray[Any]:
        """The edges as LineStrings in degrees, upper end first."""
        return shapely.linestrings(self.coords, indices=np.repeat(np.arange(len(self)), np.diff(self.start)))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index of `lines`."""
        return shapely.STRtree(self.lines)

    @cached_property
    def inflow(self) -> tuple[list[int], list[int]]:
        """Edges that end at each node, as (pointers, edges): ``edges[pointers[n]:pointers[n + 1]]``."""
        return _compressed(self.head, len(self.node))

    @cached_property
    def outflow(self) -> tuple[list[int], list[int]]:
        """Edges that start at each node, as (pointers, edges)."""
        return _compressed(self.tail, len(self.node))

    @cached_property
    def ends(self) -> tuple[list[int], list[int], list[float]]:
        """Upper node, lower node and length of each edge as plain lists (fast to read one by one)."""
        return self.tail.tolist(), self.head.tolist(), self.length.tolist()

    def incoming(self, node: int) -> list[int]:
        """Return the edges that flow into `node`."""
        pointer, edge = self.inflow
        return edge[pointer[node] : pointer[node + 1]]

    def outgoing(self, node: int) -> list[int]:
        """Return the edges that flow out of `node`."""
        pointer, edge = self.outflow
        return edge[pointer[node] : pointer[node + 1]]

    @cached_property
    def upstream_length(self) -> NDArray[np.float64]:
        """The longest way up from the lower end of each edge, itself included, metres.

        Edges on a directed cycle (and those below one) count what can be ordered above them.
        """
        tail, head, length = self.ends
        longest = list(length)
        waiting = [len(self.incoming(n)) for n in range(len(self.node))]
        above = [0.0] * len(self.node)
        ready = [n for n, count in enumerate(waiting) if count == 0]
        while ready:
            node = ready.pop()
            for edge in self.outgoing(node):
                longest[edge] = above[node] + length[edge]
                lower = head[edge]
                above[lower] = max(above[lower], longest[edge])
                waiting[lower] -= 1
                if waiting[lower] == 0:
                    ready.append(lower)
        return np.array(longest)

    def locate(self, edge: ArrayLike, at: ArrayLike) -> NDArray[np.float64]:
        """Return the points `at` metres below the upper ends of `edge`, degrees, exact to 0.1 mm.

        Parameters
        ----------
        edge : (k,) int
        at : (k,) float
            Clipped to the edge.

        Returns
        -------
        (k, 2) float
        """
        edge = np.asarray(edge, dtype=np.int64)
        at = np.clip(np.asarray(at, dtype=float), 0.0, self.length[edge])
        vertex = self._segment(edge, at)
        a, b = self.coords[vertex], self.coords[vertex + 1]
        whole = self.measure[vertex + 1] - self.measure[vertex]
        rest = at - self.measure[vertex]
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(whole > 0, rest / whole, 0.0)
        # Distance along a straight line in degrees is not quite linear in the share: Newton, twice.
        for _ in range(2):
            point = a + share[:, None] * (b - a)
            _, _, reached = geod().inv(a[:, 0], a[:, 1], point[:, 0], point[:, 1])
            with np.errstate(invalid="ignore", divide="ignore"):
                share = share + np.where(whole > 0, (rest - np.asarray(reached)) / whole, 0.0)
        point = a + share[:, None] * (b - a)
        point[rest <= 0] = a[rest <= 0]
        point[rest >= whole] = b[rest >= whole]
        return point

    def _segment(self, edge: NDArray[np.int64], at: NDArray[np.float64]) -> NDArray[np.int64]:
        """Index of the vertex that opens the segment holding `at`."""
        shifted = self._shifted
        vertex = np.searchsorted(shifted, shifted[self.start[edge]] + at, side="right") - 1
        return np.clip(vertex, self.start[edge], self.start[edge + 1] - 2)

    @cached_property
    def _shifted(self) -> NDArray[np.float64]:
        """Measures laid end to end, so that one sorted array serves all edges."""
        base = np.concatenate([[0.0], np.cumsum(self.length)[:-1]])
        return self.measure + np.repeat(base, np.diff(self.start))

    def cut(self, edge: ArrayLike, low: ArrayLike, high: ArrayLike) -> list[NDArray[np.float64]]:
        """Return the vertices of the parts ``low..high`` (metres) of edges, each an (m, 2) array."""
        edge = np.asarray(edge, dtype=np.int64)
        low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
        first, last = self.locate(edge, low), self.locate(edge, high)
        out = []
        for k, e in enumerate(edge):
            span = slice(self.start[e], self.start[e + 1])
            measure = self.measure[span]
            # A vertex nearer than a micrometre to a cut is the cut.
            inner = self.coords[span][(measure > low[k] + 1e-6) & (measure < high[k] - 1e-6)]
            out.append(np.concatenate([first[k : k + 1], inner, last[k : k + 1]]))
        return out

    def measure_of(self, edge: ArrayLike, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how many metres below the upper end of `edge` each point on it lies.

        Parameters
        ----------
        edge : (k,) int
        point : (k, 2) float
            Degrees, on the edge (the nearest place on it is taken).
        """
        edge = np.asarray(edge, dtype=np.int64)
        out = np.empty(len(edge))
        for k, e in enumerate(edge):
            span = slice(self.start[e], self.start[e + 1])
            scale = np.column_stack(metres_per_degree(point[k, 1]))
            xy = (self.coords[span] - point[k]) * scale
            a, d = xy[:-1], np.diff(xy, axis=0)
            with np.errstate(invalid="ignore", divide="ignore"):
                share = np.nan_to_num(np.clip(-(a * d).sum(1) / (d * d).sum(1), 0.0, 1.0))
            gap = ((a + share[:, None] * d) ** 2).sum(1)
            j = int(np.argmin(gap))
            foot = self.coords[span][j] + share[j] * (self.coords[span][j + 1] - self.coords[span][j])
            _, _, reached = geod().inv(*self.coords[span][j], *foot)
            out[k] = min(self.measure[span][j] + reached, self.length[e])
        return out


def build(
    lines: gpd.GeoDataFrame,
    *,
    tolerance: float = 1.0,
    reverse: bool = False,
    name_field: str | None = None,
    progress: Progress = SILENT,
) -> Network:
    """Build a directed network from lines.

    Multi-part lines are taken apart, lines without length are left out, a loose end within `tolerance` of
    another end is joined to it, and a line is split where the end of another touches it within `tolerance`.
    Every one of these has a row in ``issues``.

    Parameters
    ----------
    lines : GeoDataFrame
        LineString or MultiLineString in any declared CRS.  Used where present: ``uid``, ``width_m``,
        ``accuracy_m`` and the river's name.
    tolerance : float
        Metres.
    reverse : bool
        The lines are digitised against the flow.
    name_field : str, optional
        The field with the river's name (default ``river``, else ``name``).
    progress : Progress

    Returns
    -------
    Network

    Raises
    ------
    InputError
        No CRS, no line at all, an unknown `name_field`, or a negative tolerance.
    """
    if not tolerance >= 0:
        raise InputError(f"The joining tolerance is {tolerance}; give a distance in metres, 0 or more.")
    if name_field is not None and name_field not in lines.columns:
        raise InputError(
            f"The river layer has no field '{name_field}'; choose one of: {', '.join(map(str, lines.columns))}."
        )
    if name_field is None:
        # In the catalog's layer `river` names the river and `name` the reach.
        name_field = "river" if "river" in lines.columns else "name"
    stored = to_storage(lines, "rivers")
    report(progress, 0.1, "Reading river lines")
    found: list[tuple[_Row, str, Any]] = []  # row, what `key` means ("row" | "place"), key
    uid = identifiers(stored, ("uid", "reach_id"), "R")
    parts, row = _parts(stored, uid, found)
    if not len(parts):
        raise InputError("The river layer holds no line with a length; give a layer of river lines.")
    if reverse:
        parts = [part[::-1] for part in parts]
    report(progress, 0.3, "Joining river lines")
    if tolerance > 0:
        parts, row = _split_at_ends(parts, row, tolerance, uid, found)
        report(progress, 0.6)
        parts = _join_ends(parts, row, tolerance, uid, found)
    network = _assemble(parts, row, stored, uid, name_field, found)
    report(progress, 1.0)
    return network


def _parts(
    stored: gpd.GeoDataFrame, uid: NDArray[Any], found: list[tuple[_Row, str, Any]]
) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """Take the layer apart into vertex arrays of single lines with a length."""
    geometry = shapely.force_2d(np.asarray(stored.geometry.array, dtype=object))
    kind = shapely.get_type_id(geometry)
    empty = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    line = ~empty & np.isin(kind, (1, 2, 5))
    for r in np.flatnonzero(empty):
        zh, en = f"河段 {uid[r]} 没有图形,未参与", f"Reach {uid[r]} has no geometry and was left out."
        found.append((issue("warning", "no_geometry", zh, en), "row", r))
    for r in np.flatnonzero(~empty & ~line):
        zh, en = f"河段 {uid[r]} 不是线,未参与", f"Reach {uid[r]} is no line and was left out."
        found.append((issue("error", "not_a_line", zh, en, shapely.point_on_surface(geometry[r])), "row", r))
    rows = np.flatnonzero(line)
    single, owner = shapely.get_parts(geometry[rows], return_index=True)
    for r in rows[np.flatnonzero(np.bincount(owner, minlength=len(rows)) > 1)]:
        n = shapely.get_num_geometries(geometry[r])
        zh, en = (
            f"河段 {uid[r]} 由 {n} 段组成,已逐段使用",
            f"Reach {uid[r]} has {n} parts; each was used as a line.",
        )
        place = shapely.get_point(shapely.get_geometry(geometry[r], 0), 0)
        found.append((issue("info", "multipart", zh, en, place), "row", r))
    coords, index = shapely.get_coordinates(single, return_index=True)
    fresh = np.ones(len(coords), dtype=bool)
    fresh[1:] = (index[1:] != index[:-1]) | (coords[1:] != coords[:-1]).any(axis=1)
    repeated = np.bincount(index[~fresh], minlength=len(single))
    count = np.bincount(index[fresh], minlength=len(single))
    for k in np.flatnonzero(repeated):
        r = rows[owner[k]]
        place = shapely.get_point(single[k], 0)
        if count[k] < 2:
            zh, en = (
                f"河段 {uid[r]} 有一段长度为零,未参与",
                f"Reach {uid[r]} has a part without length, left out.",
            )
            found.append((issue("warning", "zero_length", zh, en, place), "row", r))
        else:
            zh = f"河段 {uid[r]} 有 {repeated[k]} 个重复节点,已略去"
            en = f"Reach {uid[r]} repeats {repeated[k]} vertices; the repetitions were left out."
            found.append((issue("info", "repeated_vertices", zh, en, place), "row", r))
    coords, index = coords[fresh], index[fresh]
    pieces = np.split(coords, np.flatnonzero(np.diff(index)) + 1) if len(coords) else []
    keep = [k for k in range(len(pieces)) if len(pieces[k]) >= 2]
    return [pieces[k] for k in keep], rows[owner[np.unique(index)[keep]]] if keep else np.empty(0, np.int64)


def _boxes(points: NDArray[np.float64], metres: float) -> NDArray[Any]:
    """Boxes of `metres` around points in degrees, a hair too big rather than too small."""
    kx, ky = metres_per_degree(points[:, 1])
    dx, dy = 1.001 * metres / kx, 1.001 * metres / ky
    return shapely.box(points[:, 0] - dx, points[:, 1] - dy, points[:, 0] + dx, points[:, 1] + dy)


def _lines(parts: list[NDArray[np.float64]]) -> NDArray[Any]:
    sizes = [len(p) for p in parts]
    return shapely.linestrings(np.concatenate(parts), indices=np.repeat(np.arange(len(parts)), sizes))


def _tips(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """First vertices of all parts, then last ones: (2k, 2)."""
    return np.array([p[0] for p in parts] + [p[-1] for p in parts])


def _split_at_ends(
    parts: list[NDArray[np.float64]],
    row: NDArray[np.int64],
    tolerance: float,
    uid: NDArray[Any],
    found: list[tuple[_Row, str, Any]],
) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """Split a line where the end of another touches it between its own ends."""
    tips = _tips(parts)
    lines = _lines(parts)
    tip, line = shapely.STRtree(lines).query(_boxes(tips, tolerance))
    count = len(parts)
    first, last = tips[:count], tips[count:]
    own = (tips[tip] == first[line]).all(axis=1) | (tips[tip] == last[line]).all(axis=1)
    tip, line = tip[~own], line[~own]
    own_line = tip % count == line
    tip, line = tip[~own_line], line[~own_line]
    if not len(tip):
        return parts, row
    apart = distance(shapely.points(tips[tip]), lines[line])
    _, _, to_first = geod().inv(*tips[tip].T, *first[line].T)
    _, _, to_last = geod().inv(*tips[tip].T, *last[line].T)
    hit = (apart.metres <= tolerance) & (np.asarray(to_first) > tolerance) & (np.asarray(to_last) > tolerance)
    _, inverse, shared = np.unique(tips, axis=0, return_inverse=True, return_counts=True)
    loose = shared[inverse.ravel()] == 1
    parts = list(parts)
    insert: dict[int, list[tuple[int, float, NDArray[np.float64]]]] = {}
    seen: set[tuple[int, float, float]] = set()
    for k in np.flatnonzero(hit):
        t, f = int(tip[k]), int(line[k])
        end = tips[t]
        if (f, end[0], end[1]) in seen:
            continue
        seen.add((f, float(end[0]), float(end[1])))
        vertex, share, foot = _foot(parts[f], end)
        gap = apart.metres[k]
        # A loose end comes to the line; where several lines already meet, the line comes to them.
        place = foot if loose[t] else end
        if loose[t] and gap > 0:
            owner = t % count
            moved = parts[owner].copy()
            moved[0 if t < count else -1] = foot
            parts[owner] = moved
        insert.setdefault(f, []).append((vertex, share, place))
        zh = f"河段 {uid[row[t % count]]} 的端点在 {gap:.2f} 米内接到河段 {uid[row[f]]} 中间,已在此打断"
        en = f"Reach {uid[row[t % count]]} ends {gap:.2f} m from the middle of {uid[row[f]]}; that was split there."
        found.append((issue("info", "node_added", zh, en, shapely.points(place)), "place", tuple(place)))
    out, origin = [], []
    for k, part in enumerate(parts):
        for piece in _broken(part, sorted(insert.get(k, []), key=lambda i: (i[0], i[1]))):
            out.append(piece)
            origin.append(row[k])
    return out, np.array(origin, dtype=np.int64)


def _foot(part: NDArray[np.float64], point: NDArray[np.float64]) -> tuple[int, float, NDArray[np.float64]]:
    """Nearest place of `part` to `point`: the vertex before it, the share of the segment, its coordinates."""
    xy = (part - point) * np.column_stack(metres_per_degree(point[1]))
    a, d = xy[:-1], np.diff(xy, axis=0)
    share = np.clip(-(a * d).sum(1) / (d * d).sum(1), 0.0, 1.0)
    j = int(np.argmin(((a + share[:, None] * d) ** 2).sum(1)))
    if share[j] == 0.0:
        return j, 0.0, part[j]
    if share[j] == 1.0:
        return j + 1, 0.0, part[j + 1]
    return j, float(share[j]), part[j] + share[j] * (part[j + 1] - part[j])


def _broken(
    part: NDArray[np.float64], breaks: list[tuple[int, float, NDArray[np.float64]]]
) -> list[NDArray[np.float64]]:
    """Break vertices at (vertex, share of the next segment, coordinates), sorted along the line."""
    pieces, opened, since = [], part[0], 1
    for vertex, share, place in breaks:
        upto = vertex + 1 if share > 0 else vertex
        inner = part[since:upto]
        piece = np.concatenate([opened[None], inner, place[None]])
        piece = piece[np.concatenate([[True], (np.diff(piece, axis=0) != 0).any(axis=1)])]
        if len(piece) >= 2:
            pieces.append(piece)
        opened, since = place, vertex + 1
    piece = np.concatenate([opened[None], part[since:]])
    piece = piece[np.concatenate([[True], (np.diff(piece, axis=0) != 0).any(axis=1)])]
    if len(piece) >= 2:
        pieces.append(piece)
    return pieces


def _join_ends(
    parts: list[NDArray[np.float64]],
    row: NDArray[np.int64],
    tolerance: float,
    uid: NDArray[Any],
    found: list[tuple[_Row, str, Any]],
) -> list[NDArray[np.float64]]:
    """Move loose ends onto the nearest other end within `tolerance`."""
    tips = _tips(parts)
    count = len(parts)
    place, node, shared = np.unique(tips, axis=0, return_inverse=True, return_counts=True)
    node = node.ravel()
    loose = np.flatnonzero(shared == 1)
    a, b = shapely.STRtree(shapely.points(place)).query(_boxes(place[loose], tolerance))
    a = loose[a]
    a, b = a[a != b], b[a != b]
    if not len(a):
        return parts
    _, _, gap = geod().inv(*place[a].T, *place[b].T)
    gap = np.asarray(gap)
    order = np.lexsort((b, gap, a))
    short = _ShortWays(parts, node, 4 * tolerance)
    tip_of = np.empty(len(place), dtype=np.int64)
    tip_of[node] = np.arange(2 * count)
    lowest = np.full(len(place), 2 * count)
    np.minimum.at(lowest, node, np.arange(2 * count) % count)
    group = np.arange(len(place))
    done = -1
    parts = list(parts)

    def leader(n: int) -> int:
        while group[n] != n:
            n = group[n]
        return n

    joined: list[tuple[int, int]] = []
    for k in order:
        if a[k] == done or gap[k] > tolerance or short.connected(int(a[k]), int(b[k])):
            continue
        done = a[k]
        one, two = leader(int(a[k])), leader(int(b[k]))
        joined.append((int(a[k]), int(b[k])))
        if one != two:
            # Where lines already meet stays; between loose ends, that of the earlier line stays.
            if (shared[one] == 1, lowest[one], one) <= (shared[two] == 1, lowest[two], two):
                group[two] = one
            else:
                group[one] = two
    for n in sorted({n for pair in joined for n in pair}):
        target = leader(n)
        if target == n or shared[n] != 1:
            continue
        t = int(tip_of[n])
        _, _, moved_by = geod().inv(*place[n], *place[target])
        moved = parts[t % count].copy()
        moved[0 if t < count else -1] = place[target]
        parts[t % count] = moved
        name = uid[row[t % count]]
        zh = f"河段 {name} 的端点与相邻端点相距 {moved_by:.2f} 米,已接上"
        en = f"Reach {name} ended {moved_by:.2f} m from the next line; the gap was closed."
        spot = shapely.points(place[n])
        found.append((issue("info", "gap_joined", zh, en, spot), "place", tuple(place[target])))
    return parts


class _ShortWays:
    """Tells whether two nodes are already connected by a way of at most `limit` metres along the lines.

    Without it the ends of lines shorter than the tolerance would be joined to themselves.
    """

    def __init__(self, parts: list[NDArray[np.float64]], node: NDArray[np.int64], limit: float) -> None:
        self._limit = limit
        self._near: dict[int, list[tuple[int, float]]] = {}
        count = len(parts)
        box = np.array([[p[:, 0].min(), p[:, 1].min(), p[:, 0].max(), p[:, 1].max()] for p in parts])
        kx, ky = metres_per_degree(box[:, 1])
        small = np.flatnonzero(np.hypot((box[:, 2] - box[:, 0]) * kx, (box[:, 3] - box[:, 1]) * ky) <= limit)
        for k in small:
            length = geod().line_length(*parts[k].T)
            if length <= limit:
                one, two = int(node[k]), int(node[count + k])
                self._near.setdefault(one, []).append((two, length))
                self._near.setdefault(two, []).append((one, length))

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


def _assemble(
    parts: list[NDArray[np.float64]],
    row: NDArray[np.int64],
    stored: gpd.GeoDataFrame,
    uid: NDArray[Any],
    name_field: str,
    found: list[tuple[_Row, str, Any]],
) -> Network:
    sizes = np.array([len(p) for p in parts])
    start = np.concatenate([[0], np.cumsum(sizes)])
    coords = np.concatenate(parts)
    _, _, step = geod().inv(*coords[:-1].T, *coords[1:].T)
    step = np.concatenate([[0.0], np.asarray(step)])
    step[start[:-1]] = 0.0
    total = np.cumsum(step)
    measure = total - np.repeat(total[start[:-1]], sizes)
    # The running sum over a whole province loses a little; each edge's own sum does not.
    length = np.add.reduceat(step, start[:-1])
    measure[start[1:] - 1] = length
    node, inverse = np.unique(_tips(parts), axis=0, return_inverse=True)
    inverse = inverse.ravel()
    tail, head = inverse[: len(parts)], inverse[len(parts) :]
    at_place = {tuple(p): n for n, p in enumerate(node)}
    touching = []
    for _, kind, key in found:
        if kind == "row":
            touching.append(np.flatnonzero(row == key))
        else:
            n = at_place.get(key, -1)
            touching.append(np.flatnonzero((tail == n) | (head == n)))
    return Network(
        coords=coords,
        start=start,
        measure=measure,
        length=length,
        tail=tail,
        head=head,
        node=node,
        name=texts(stored, name_field)[row],
        uid=uid[row],
        width=numbers(stored, "width_m")[row],
        accuracy=numbers(stored, "accuracy_m")[row],
        row=row,
        issues=table([f[0] for f in found], ISSUE_COLUMNS),
        issue_edges=tuple(touching),
    )


def _compressed(node: NDArray[np.int64], count: int) -> tuple[list[int], list[int]]:
    """Edges grouped by node, as compressed rows."""
    pointer = np.concatenate([[0], np.cumsum(np.bincount(node, minlength=count))])
    return pointer.tolist(), np.argsort(node, kind="stable").tolist()
