"""A directed river network from any layer of lines.

Real river layers have small faults.  Those that can be mended without guessing are mended here, each with an
issue row and a place to click on; no vertex moves without one.

Edges run downstream.  All coordinates are EPSG:4490 and an edge is straight between its vertices in degrees;
its length is the sum of the geodesics between its vertices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..findings import ISSUE_COLUMNS, table
from ..geodesy import distance, geod, metres_per_degree, segment_m, to_storage
from ..progress import SILENT, Progress, report
from .rows import identifiers, issue, numbers, texts, truths

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    Rows = tuple[NDArray[np.int64], NDArray[np.int64]]

# Segments that `measure_of` looks at together.
_MANY = 1_000_000

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
    canal : (e,) bool
        Whether the line is said to be an artificial canal (人工渠).
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
    canal: NDArray[np.bool_]
    row: NDArray[np.int64]
    issues: gpd.GeoDataFrame
    issue_edges: tuple[NDArray[np.int64], ...]

    def __len__(self) -> int:
        return len(self.length)

    # ---- shapes ----------------------------------------------------------------------------------------

    @cached_property
    def lines(self) -> NDArray[Any]:
        """The edges as LineStrings in degrees, upper end first."""
        return shapely.linestrings(self.coords, indices=np.repeat(np.arange(len(self)), np.diff(self.start)))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index of `lines`."""
        return shapely.STRtree(self.lines)

    # ---- neighbours ------------------------------------------------------------------------------------

    @cached_property
    def incoming_rows(self) -> Rows:
        """Edges that end at each node, as (pointer (n + 1,), edges (e,)) arrays."""
        return _compressed(self.head, len(self.node))

    @cached_property
    def outgoing_rows(self) -> Rows:
        """Edges that start at each node, as (pointer (n + 1,), edges (e,)) arrays."""
        return _compressed(self.tail, len(self.node))

    @cached_property
    def degree(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """How many edges end, and how many start, at each node."""
        count = len(self.node)
        return np.bincount(self.head, minlength=count), np.bincount(self.tail, minlength=count)

    @cached_property
    def inflow(self) -> tuple[list[int], list[int]]:
        """`incoming_rows` as plain lists, which are faster to read one by one."""
        pointer, edge = self.incoming_rows
        return pointer.tolist(), edge.tolist()

    @cached_property
    def outflow(self) -> tuple[list[int], list[int]]:
        """`outgoing_rows` as plain lists."""
        pointer, edge = self.outgoing_rows
        return pointer.tolist(), edge.tolist()

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

    # ---- what lies above -------------------------------------------------------------------------------

    @cached_property
    def _downward(self) -> list[int]:
        """Nodes, each after all that lie above it; those on or below a directed cycle are left out."""
        pointer, edge = self.outflow
        head = self.ends[1]
        waiting = self.degree[0].tolist()
        ready = [n for n, count in enumerate(waiting) if count == 0]
        for node in ready:
            for k in range(pointer[node], pointer[node + 1]):
                lower = head[edge[k]]
                waiting[lower] -= 1
                if waiting[lower] == 0:
                    ready.append(lower)
        return ready

    @cached_property
    def upstream_length(self) -> NDArray[np.float64]:
        """The longest way up from the lower end of each edge, itself included, metres.

        Edges on a directed cycle (and those below one) count what can be ordered above them.
        """
        return self._gathered[0]

    @cached_property
    def upstream_total(self) -> NDArray[np.float64]:
        """Length of all the river above the lower end of each edge, itself included, metres.

        Where a river forks the arms share what lies above equally, so that nothing is counted twice where
        they meet again.  Edges on a directed cycle (and those below one) count what can be ordered above.
        """
        return self._gathered[1]

    @cached_property
    def _gathered(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        pointer, edge = self.outflow
        _, head, length = self.ends
        longest, total = list(length), list(length)
        far, all_above = [0.0] * len(self.node), [0.0] * len(self.node)
        for node in self._downward:
            first, last = pointer[node], pointer[node + 1]
            if first == last:
                continue
            way, share = far[node], all_above[node] / (last - first)
            for e in edge[first:last]:
                lower = head[e]
                longest[e] += way
                if longest[e] > far[lower]:
                    far[lower] = longest[e]
                total[e] += share
                all_above[lower] += total[e]
        # What a cycle, or a node below one, gets from above it was not handed on: hand it to its own edges.
        behind = np.ones(len(self.node), dtype=bool)
        behind[self._downward] = False
        late = behind[self.tail]
        out = np.array(longest), np.array(total)
        if late.any():
            out[0][late] += np.array(far)[self.tail[late]]
            out[1][late] += np.array(all_above)[self.tail[late]] / self.degree[1][self.tail[late]]
        return out

    # ---- places along edges ----------------------------------------------------------------------------

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
        vertex = np.searchsorted(self._shifted, self._base[edge] + at, side="right") - 1
        vertex = np.clip(vertex, self.start[edge], self.start[edge + 1] - 2)
        a, b = self.coords[vertex], self.coords[vertex + 1]
        whole = self.measure[vertex + 1] - self.measure[vertex]
        rest = at - self.measure[vertex]
        share = _ratio(rest, whole)
        # Distance along a straight line in degrees is not quite linear in the share: Newton, twice.
        for _ in range(2):
            reached = segment_m(a, a + share[:, None] * (b - a))
            share = share + _ratio(rest - reached, whole)
        point = a + share[:, None] * (b - a)
        point[rest <= 0] = a[rest <= 0]
        point[rest >= whole] = b[rest >= whole]
        return point

    @cached_property
    def _base(self) -> NDArray[np.float64]:
        """Length of all edges before each."""
        return np.concatenate([[0.0], np.cumsum(self.length)[:-1]])

    @cached_property
    def _shifted(self) -> NDArray[np.float64]:
        """Measures laid end to end, so that one sorted array serves all edges."""
        return self.measure + np.repeat(self._base, np.diff(self.start))

    def cut_arrays(
        self, edge: ArrayLike, low: ArrayLike, high: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the vertices of the parts ``low..high`` (metres) of edges, one part after another.

        Parameters
        ----------
        edge : (k,) int
        low, high : (k,) float
            ``low <= high``, clipped to the edge.

        Returns
        -------
        xy : (m, 2) float
            Degrees; each part runs downstream and has at least its two ends.
        pointer : (k + 1,) int
            Part `i` is ``xy[pointer[i]:pointer[i + 1]]``.
        """
        edge = np.asarray(edge, dtype=np.int64)
        low = np.clip(np.asarray(low, dtype=float), 0.0, self.length[edge])
        high = np.clip(np.asarray(high, dtype=float), 0.0, self.length[edge])
        # A vertex nearer than a micrometre to a cut is the cut.
        first = np.searchsorted(self._shifted, self._base[edge] + (low + 1e-6), side="right")
        last = np.searchsorted(self._shifted, self._base[edge] + (high - 1e-6), side="left")
        first = np.clip(first, self.start[edge] + 1, self.start[edge + 1] - 1)
        last = np.clip(last, first, self.start[edge + 1] - 1)
        inner = last - first
        pointer = np.concatenate([[0], np.cumsum(inner + 2)])
        xy = np.empty((pointer[-1], 2))
        xy[pointer[:-1]] = self.locate(edge, low)
        xy[pointer[1:] - 1] = self.locate(edge, high)
        xy[ranges(pointer[:-1] + 1, inner)] = self.coords[ranges(first, inner)]
        return xy, pointer

    def cut(self, edge: ArrayLike, low: ArrayLike, high: ArrayLike) -> list[NDArray[np.float64]]:
        """Return the parts of :meth:`cut_arrays` as a list of (m, 2) arrays."""
        xy, pointer = self.cut_arrays(edge, low, high)
        return np.split(xy, pointer[1:-1]) if len(pointer) > 1 else []

    def measure_of(self, edge: ArrayLike, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how many metres below the upper end of `edge` each point on it lies.

        Parameters
        ----------
        edge : (k,) int
        point : (k, 2) float
            Degrees, on the edge (the nearest place on it is taken).
        """
        edge = np.asarray(edge, dtype=np.int64)
        point = np.asarray(point, dtype=float).reshape(-1, 2)
        count = self.start[edge + 1] - self.start[edge] - 1
        out = np.empty(len(edge))
        # So many points at a time that their segments fit the memory.
        total = np.cumsum(count)
        bounds = np.searchsorted(total, np.arange(_MANY, total[-1] + _MANY, _MANY)) + 1 if len(total) else []
        low = 0
        for high in np.unique(np.minimum(bounds, len(edge))):
            out[low:high] = self._measures(edge[low:high], point[low:high], count[low:high])
            low = high
        return out

    def _measures(
        self, edge: NDArray[np.int64], point: NDArray[np.float64], count: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        vertex = ranges(self.start[edge], count)
        which = np.repeat(np.arange(len(edge)), count)
        scale = np.column_stack(metres_per_degree(point[:, 1]))[which]
        a, b = self.coords[vertex], self.coords[vertex + 1]
        xy, d = (a - point[which]) * scale, (b - a) * scale
        share = np.clip(_ratio(-(xy * d).sum(axis=1), (d * d).sum(axis=1)), 0.0, 1.0)
        gap = ((xy + share[:, None] * d) ** 2).sum(axis=1)
        # The first of the nearest segments of each point.
        pointer = np.cumsum(count) - count
        nearest = np.minimum.reduceat(gap, pointer)
        hits = np.flatnonzero(gap == nearest[which])
        best = hits[np.unique(which[hits], return_index=True)[1]]
        reached = segment_m(a[best], a[best] + share[best, None] * (b[best] - a[best]))
        return np.minimum(self.measure[vertex[best]] + reached, self.length[edge])

    # ---- changed copies --------------------------------------------------------------------------------

    def flipped(self, flip: ArrayLike) -> Network:
        """Return the network with the edges of the (e,) bool mask `flip` running the other way."""
        flip = np.asarray(flip, dtype=bool)
        count = np.diff(self.start)
        index = np.arange(len(self.coords))
        turned = np.repeat(flip, count)
        mirrored = np.repeat(self.start[:-1] + self.start[1:] - 1, count) - index
        index = np.where(turned, mirrored, index)
        measure = self.measure[index]
        measure[turned] = np.repeat(self.length, count)[turned] - measure[turned]
        return replace(
            self,
            coords=self.coords[index],
            measure=measure,
            tail=np.where(flip, self.head, self.tail),
            head=np.where(flip, self.tail, self.head),
        )

    def with_issues(self, rows: list[dict[str, Any]], edges: Sequence[ArrayLike]) -> Network:
        """Return the network with issue rows added, each with the edges it touches."""
        if len(rows) != len(edges):
            raise ValueError(f"{len(rows)} issue rows came with the edges of {len(edges)}.")
        if not rows:
            return self
        import pandas as pd

        issues = table(rows, ISSUE_COLUMNS)
        if len(self.issues):
            issues = pd.concat([self.issues, issues], ignore_index=True)
        touched = tuple(np.asarray(e, dtype=np.int64).ravel() for e in edges)
        return replace(self, issues=issues, issue_edges=self.issue_edges + touched)


def ranges(first: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ``first[i], first[i] + 1, ...`` (`count[i]` of them) of all `i`, one after another."""
    total = np.cumsum(count)
    return np.arange(total[-1] if len(total) else 0) + np.repeat(first - (total - count), count)


def _ratio(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """``a / b``, 0 where `b` is."""
    return np.divide(a, b, out=np.zeros(len(a)), where=b > 0)


def _compressed(node: NDArray[np.int64], count: int) -> Rows:
    """Edges grouped by node, as compressed rows."""
    pointer = np.concatenate([[0], np.cumsum(np.bincount(node, minlength=count))])
    return pointer, np.argsort(node, kind="stable")


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
    step = np.concatenate([[0.0], segment_m(coords[:-1], coords[1:])])
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
        canal=(truths(stored, "canal") == True)[row],  # noqa: E712 - element by element
        row=row,
        issues=table([f[0] for f in found], ISSUE_COLUMNS),
        issue_edges=tuple(touching),
    )
