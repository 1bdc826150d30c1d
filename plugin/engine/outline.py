"""The outline of a buffer in the plane: the path of a disc's centre that rolls around a shape.

Along an edge the centre goes straight, about a corner on an arc; wherever the disc would cover another edge the path is
blocked, and these blocked stretches are intervals with ends in closed form.  What is left, in the order of the ring, is
the outline.  Its corners are exact: GEOS smooths hollows shallower than a hundredth of the distance before it draws a
buffer, which puts it out by up to metres, and sorts out all the blocked stretches too, which takes it long.

Where the stretches that are left do not join into one ring (a bay that is wider within than its mouth leaves a hole;
a line that crosses itself) the shape is left to GEOS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

#: Edges on either side of a corner that are looked at before all others: they block most of what is blocked.
_NEIGHBOURS = 2
_GROUP = 8
#: Pairs of path and edge at a time.
_PAIRS = 1 << 18
#: Rings with more edges are left to GEOS.
_EDGES = 3000
#: An edge that rises less above another's line (metres) does not block it.
_LEVEL_M = 1e-6
#: Stretches that end this close together (metres) join.
_JOIN_M = 1e-3
#: A stretch this short (share of the whole) is none.
_SHORT = 1e-9
_TURN = 2 * np.pi


def outlines(shapes: NDArray[Any], radius: Floats, quad_segs: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the buffers of lines and polygons in the plane.

    Parameters
    ----------
    shapes : (n,) array of LineString or Polygon
        Valid, metres.
    radius : (n,) float
        Metres, above 0.
    quad_segs : int
        Segments to a quarter of a circle.

    Returns
    -------
    drawn : (n,) array of Polygon
        Every vertex lies at the radius; arcs are drawn as chords.
    left : (n,) bool
        Which GEOS drew: of these a vertex where two chords cross falls short like the chords.
    """
    out = np.full(len(shapes), None, dtype=object)
    rings, fits = _rings(shapes, radius)
    rows = np.flatnonzero(fits)
    coords, owner = shapely.get_coordinates(rings[rows], return_index=True)
    count = np.bincount(owner, minlength=len(rows))
    # The pairs that a ring takes, about.
    load = np.cumsum(count * (2 * _NEIGHBOURS + count // 2) + 1)
    first = np.concatenate([[0], np.cumsum(count)])
    low = 0
    while low < len(rows):
        reached = load[low - 1] if low else 0
        high = max(int(np.searchsorted(load, reached + _PAIRS)), low + 1)
        part = slice(first[low], first[high])
        some = rows[low:high]
        hulls = np.where(shapely.get_type_id(shapes[some]) == 3, shapely.convex_hull(shapes[some]), None)
        ring = _Rings(coords[part], owner[part] - low, radius[some])
        out[some] = ring.drawn(ring.reached(hulls), quad_segs)
        low = high
    # GEOS leaves the processor's flag of an invalid value behind.
    with np.errstate(invalid="ignore"):
        # Where a disc fits exactly between two edges the way around touches itself; GEOS draws that, too.
        left = ~shapely.is_valid(out)
        out[left] = shapely.buffer(shapes[left], radius[left], quad_segs=quad_segs)
    return out, left


def _rings(shapes: NDArray[Any], radius: Floats) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return what to roll around: the exterior ring, or the way along a line and back; and which shapes can be."""
    areas = shapely.get_type_id(shapes) == 3
    rings = np.array(shapes, dtype=object)
    rings[areas] = shapely.get_exterior_ring(shapes[areas])
    clockwise = np.flatnonzero(areas)[~shapely.is_ccw(rings[areas])]
    rings[clockwise] = shapely.reverse(rings[clockwise])
    lines = np.flatnonzero(~areas)
    if len(lines):
        coords, owner = shapely.get_coordinates(rings[lines], return_index=True)
        both = np.concatenate([coords, coords[::-1]])
        whose = np.concatenate([owner, owner[::-1]])
        order = np.argsort(whose, kind="stable")
        rings[lines] = shapely.linestrings(both[order], indices=whose[order])
    fits = shapely.get_num_coordinates(rings) <= _EDGES
    # A hole no disc fits into is filled.
    holes, owner = shapely.get_parts(shapes[areas]), np.flatnonzero(areas)
    many = shapely.get_num_interior_rings(holes) > 0
    if many.any():
        all_rings, at = shapely.get_rings(holes[many], return_index=True)
        inner = np.concatenate([[False], at[1:] == at[:-1]])
        west, south, east, north = shapely.bounds(all_rings[inner]).T
        whose = owner[many][at[inner]]
        fits[whose[np.minimum(east - west, north - south) > 2 * radius[whose]]] = False
    return rings, fits


class _Rings:
    """Closed rings, counter-clockwise, of some shapes; around each rolls a disc on the outside.

    Paths are numbered in the order of the rings: ``2 k`` is the arc about vertex `k`, ``2 k + 1`` the straight way
    along the edge that begins there.  A place on a path is told by its share of it, 0 to 1.
    """

    def __init__(self, coords: Floats, owner: Ints, radius: Floats) -> None:
        same = owner[1:] == owner[:-1]
        # The closing vertex of each ring goes, and so does whatever repeats the one before.
        keep = np.flatnonzero(np.concatenate([same & (coords[1:] != coords[:-1]).any(axis=1), [False]]))
        self.at, self.owner = coords[keep], owner[keep]
        self.rings = len(radius)
        self.size = np.bincount(self.owner, minlength=self.rings)
        self.first = np.cumsum(self.size) - self.size
        self.r = radius[self.owner]
        own = np.arange(len(keep)) - self.first[self.owner]
        self.own = own
        self.next = self.first[self.owner] + (own + 1) % self.size[self.owner]
        before = self.first[self.owner] + (own - 1) % self.size[self.owner]
        way = self.at[self.next] - self.at
        self.length = np.hypot(*way.T)
        self.way = way / self.length[:, None]
        self.heading = np.arctan2(self.way[:, 1], self.way[:, 0])
        was = self.way[before]
        turn = np.arctan2(was[:, 0] * self.way[:, 1] - was[:, 1] * self.way[:, 0], (was * self.way).sum(axis=1))
        self.turn = np.where(turn < -np.pi + 1e-9, np.pi, turn)
        # The disc stands off to the right of an edge.
        self.begin = np.arctan2(-was[:, 0], was[:, 1])

    def reached(self, hulls: NDArray[Any]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Tell which vertices and which edges a disc might touch from without; `hulls` are the convex hulls, or None.

        Resting on both ends of an edge of the hull the disc dips furthest into the hollow behind it: what it does not
        reach then it never does, nor does it block any way that nothing else blocks.  A hollow that could hold a whole
        disc is left in, for the outline has a hole there.
        """
        vertices = np.ones(len(self.at), dtype=bool)
        corners, whose = shapely.get_coordinates(hulls, return_index=True)
        if not len(corners):
            return vertices, vertices.copy()
        rings = np.zeros(self.rings, dtype=bool)
        rings[whose] = True
        known = np.concatenate([corners, self.at])
        order = np.lexsort((*known.T, np.concatenate([whose, self.owner])))
        # A vertex of the hull comes directly before those of the ring that are the same.
        mine, whom = known[order], np.concatenate([whose, self.owner])[order]
        new = np.concatenate([[True], (mine[1:] != mine[:-1]).any(axis=1) | (whom[1:] != whom[:-1])])
        group = np.cumsum(new) - 1
        hull = np.zeros(int(group[-1]) + 1, dtype=bool)
        hull[group[order < len(corners)]] = True
        mark = order >= len(corners)
        flag = np.zeros(len(self.at), dtype=bool)
        flag[order[mark] - len(corners)] = hull[group[mark]]
        rings &= np.bincount(self.owner[flag], minlength=self.rings) >= 2
        at = np.flatnonzero(flag & rings[self.owner])
        if not len(at):
            return vertices, vertices.copy()
        # Hollows, each from one vertex of the hull to the next around its ring.
        owner = self.owner[at]
        last = np.concatenate([owner[1:] != owner[:-1], [True]])
        begin = np.concatenate([[0], np.flatnonzero(last)[:-1] + 1])
        after = np.concatenate([at[1:], at[:1]])
        after[last] = at[begin]
        count = np.where(after > at, after - at, after - at + self.size[owner])
        row = np.repeat(np.arange(len(at)), count)
        inside = np.arange(len(row)) - (np.cumsum(count) - count)[row]
        edge = self.first[owner][row] + (self.own[at][row] + inside) % self.size[owner][row]
        u, v, r = self.at[at], self.at[after], self.r[at]
        half = (v - u) / 2
        deep = r * r - (half * half).sum(axis=1)
        high = np.sqrt(np.maximum(deep, 0.0)) / np.maximum(np.hypot(*half.T), 1e-300)
        centre = (u + v) / 2 + np.column_stack([half[:, 1], -half[:, 0]]) * high[:, None]
        start = np.cumsum(count) - count
        ends = self.at[edge], self.at[self.next[edge]]
        low = np.minimum.reduceat(np.minimum(*ends), start, axis=0)
        wide = (np.maximum.reduceat(np.maximum(*ends), start, axis=0) - low).min(axis=1)
        shut = (deep > 0) & (wide <= 2 * r)
        apart = ends[0] - centre[row]
        along = np.clip(-(apart * self.way[edge]).sum(axis=1), 0.0, self.length[edge])
        near = np.hypot(*(apart + along[:, None] * self.way[edge]).T)
        limit = np.where(shut, r + _LEVEL_M, np.inf)[row]
        edges = np.ones(len(self.at), dtype=bool)
        edges[edge] = near <= limit
        vertices[edge] = (np.hypot(*apart.T) <= limit) | (inside == 0)
        return vertices, edges

    def drawn(self, reached: tuple[NDArray[np.bool_], NDArray[np.bool_]], quad_segs: int) -> NDArray[Any]:
        """Return the polygon of each ring, None where stretches do not join; `reached` are vertices and edges."""
        paths = np.flatnonzero(np.column_stack([reached[0] & (self.turn > 1e-12), reached[1]]))
        span = np.concatenate([np.arange(-_NEIGHBOURS, 0), np.arange(1, _NEIGHBOURS + 1)])
        edges = np.flatnonzero(reached[1])
        place = np.cumsum(reached[1]) - 1
        size = np.bincount(self.owner[edges], minlength=self.rings)
        first = np.cumsum(size) - size
        ring = self.owner[paths // 2]
        other = first[ring][:, None] + (place[paths // 2] - first[ring])[:, None] + span
        other = first[ring][:, None] + (other - first[ring][:, None]) % size[ring][:, None]
        path, low, high = self._blocked(np.repeat(paths, len(span)), edges[other.ravel()])
        alive = np.unique(_free(paths, path, low, high)[0])
        path, low, high = self._blocked(*self._near(alive, edges, size))
        return self._joined(*_free(alive, path, low, high), quad_segs)

    def _near(self, paths: Ints, edges: Ints, size: Ints) -> tuple[Ints, Ints]:
        """Return pairs of a path and an edge that a disc on it may cover; `edges` of all rings, `size` of each ring."""
        begin, middle, end = (self._centre(paths, np.full(len(paths), share)) for share in (0.0, 0.5, 1.0))
        bulge = np.where(paths % 2 == 0, 1.0 - np.cos(np.minimum(self.turn[paths // 2], np.pi) / 4), 0.0)
        reach = (self.r[paths // 2] * (1.0 + bulge))[:, None]
        low = np.minimum(np.minimum(begin, middle), end) - reach
        high = np.maximum(np.maximum(begin, middle), end) + reach
        ends = self.at[edges], self.at[self.next[edges]]
        boxes = np.column_stack([np.minimum(*ends), np.maximum(*ends)])
        # Eight edges in a row have a box that is asked first.
        groups = -(-size // _GROUP)
        first, first_group = np.cumsum(size) - size, np.cumsum(groups) - groups
        ring = np.repeat(np.arange(len(size)), groups)
        inside = (np.arange(len(ring)) - first_group[ring]) * _GROUP
        starts = first[ring] + inside
        large = np.column_stack([
            np.minimum.reduceat(boxes[:, :2], starts, axis=0), np.maximum.reduceat(boxes[:, 2:], starts, axis=0)
        ])  # fmt: skip
        held = np.minimum(size[ring] - inside, _GROUP)
        whose = self.owner[paths // 2]
        row, group = _ranges(first_group[whose], groups[whose])
        row, group = _meeting(row, group, low, high, large)
        at, edge = _ranges(starts[group], held[group])
        row, edge = _meeting(row[at], edge, low, high, boxes)
        return paths[row], edges[edge]

    def _blocked(self, path: Ints, edge: Ints) -> tuple[Ints, Floats, Floats]:
        """Return the stretches (path, from, to) of paths on which a disc would cover an edge."""
        arcs = path % 2 == 0
        arc, line = np.flatnonzero(arcs), np.flatnonzero(~arcs)
        out = [self._on_arcs(path[arc] // 2, edge[arc]), self._on_lines(path[line] // 2, edge[line])]
        low = np.full(len(path), np.inf)
        high = np.full(len(path), -np.inf)
        for rows, (start, end) in zip((arc, line), out):
            low[rows], high[rows] = start, end
        keep = np.flatnonzero((high > low) & (high > 0) & (low < 1))
        return path[keep], low[keep], high[keep]

    def _on_lines(self, k: Ints, edge: Ints) -> tuple[Floats, Floats]:
        """Straight paths: in the frame of edge `k` the disc's centre runs along h = r."""
        r = self.r[k]
        dx, dy = self.way[k].T
        low, high = np.full(len(k), np.inf), np.full(len(k), -np.inf)
        ends = []
        for vertex in (edge, self.next[edge]):
            x, y = (self.at[vertex] - self.at[k]).T
            s, h = x * dx + y * dy, x * dy - y * dx
            ends.append((s, h))
            inside = (h > _LEVEL_M) & (h < 2 * r)
            reach = np.sqrt(np.where(inside, h * (2 * r - h), 0.0))
            low = np.where(inside, np.minimum(low, s - reach), low)
            high = np.where(inside, np.maximum(high, s + reach), high)
        (s, h), (s1, h1) = ends
        length = self.length[edge]
        ws, wh = (s1 - s) / length, (h1 - h) / length
        steep = (np.maximum(h, h1) > _LEVEL_M) & (np.minimum(h, h1) < 2 * r) & (np.abs(wh) > 1e-12)
        with np.errstate(divide="ignore", invalid="ignore"):
            for side in (-r, r):
                touch = s + (ws * (r - h) + side) / wh
                foot = ws * (touch - s) + wh * (r - h)
                on = steep & (foot >= 0) & (foot <= length)
                low = np.where(on, np.minimum(low, touch), low)
                high = np.where(on, np.maximum(high, touch), high)
        return low / self.length[k], high / self.length[k]

    def _on_arcs(self, k: Ints, edge: Ints) -> tuple[Floats, Floats]:
        """Arcs: directions from vertex `k` in which the disc that touches it covers the edge."""
        r, length = self.r[k], self.length[edge]
        at = self.at[k]
        x, y = (self.at[edge] - at).T
        x1, y1 = (self.at[self.next[edge]] - at).T
        wx, wy = self.way[edge].T
        share = np.clip(-(x * wx + y * wy), 0.0, length)
        nx, ny = x + share * wx, y + share * wy
        near = np.hypot(nx, ny)
        # From an end of the edge itself the middle of the interval is the way along it.
        first, last = np.hypot(x, y), np.hypot(x1, y1)
        own = near < _LEVEL_M
        nx = np.where(own, np.where(first < last, x1, x), nx)
        ny = np.where(own, np.where(first < last, y1, y), ny)
        middle = np.arctan2(ny, nx)
        low, high = np.full(len(k), np.inf), np.full(len(k), -np.inf)

        def take(angle: Floats, on: NDArray[np.bool_]) -> None:
            nonlocal low, high
            apart = angle - middle
            apart -= _TURN * np.rint(apart * (1 / _TURN))
            low = np.where(on, np.minimum(low, apart), low)
            high = np.where(on, np.maximum(high, apart), high)

        with np.errstate(invalid="ignore"):
            for far, px, py in ((first, x, y), (last, x1, y1)):
                on = (far > _LEVEL_M) & (far < 2 * r)
                half = np.arccos(np.minimum(far / (2 * r), 1.0))
                about = np.arctan2(py, px)
                take(about - half, on)
                take(about + half, on)
            heading = self.heading[edge]
            off = (wy * x - wx * y) / r  # the vertex's distance to the left of the edge's line, in radii
            base = -(x * wx + y * wy)
            for side in (-1.0, 1.0):
                sine = side - off
                # Where the vertex lies on the line, rounding must not lose the touch at a right angle.
                sine = np.where(np.abs(sine) < 1 + 1e-9, np.clip(sine, -1.0, 1.0), np.nan)
                lean = np.arcsin(sine)
                ahead = r * np.sqrt(1.0 - sine * sine)
                for angle, foot in ((heading + lean, base + ahead), (heading + (np.pi - lean), base - ahead)):
                    take(angle, (foot >= -_LEVEL_M) & (foot <= length + _LEVEL_M))
        low, high = np.where(near < 2 * r, low, np.inf), np.where(near < 2 * r, high, -np.inf)
        # Where the interval begins as seen from the beginning of the arc: it may hold it.
        turn = self.turn[k]
        none = ~(high >= low)
        low, high = np.where(none, 0.0, low), np.where(none, -1.0, high)
        start = (middle + low - self.begin[k]) % _TURN
        start = np.where(start > _TURN - 1e-9, start - _TURN, start)
        wide = high - low
        wraps = start + wide > _TURN
        start = np.where(wraps & (start > turn), start - _TURN, start)
        return start / turn, (start + wide) / turn

    def _joined(self, path: Ints, low: Floats, high: Floats, quad_segs: int) -> NDArray[Any]:
        """Join stretches into rings."""
        vertex, arcs = path // 2, path % 2 == 0
        owner = self.owner[vertex]
        start, end = self._centre(path, low), self._centre(path, high)
        begin = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]])) if len(owner) else np.empty(0, int)
        following = np.arange(1, len(path) + 1)
        following[np.concatenate([begin[1:], [len(path)]]).astype(int) - 1] = begin
        gap = np.hypot(*(start[following] - end).T)
        good = np.zeros(self.rings, dtype=bool)
        good[owner] = True
        np.logical_and.at(good, owner, gap <= _JOIN_M)
        step = np.pi / 2 / quad_segs
        steps = np.ceil((high - low) * self.turn[vertex] / step - 1e-9)
        pieces = np.where(arcs, np.maximum(steps, 1), 1).astype(np.intp)
        pieces[~good[owner]] = 0
        row = np.repeat(np.arange(len(path)), pieces)
        number = np.arange(len(row)) - (np.cumsum(pieces) - pieces)[row]
        share = low[row] + (high - low)[row] * number / np.maximum(pieces, 1)[row]
        points = self._centre(path[row], share)
        of = owner[row]
        out = np.full(self.rings, None, dtype=object)
        count = np.bincount(of, minlength=self.rings)
        good &= count >= 3
        keep = good[of]
        if keep.any():
            rings = shapely.linearrings(points[keep], indices=of[keep], out=np.full(self.rings, None, dtype=object))
            out[good] = shapely.polygons(rings[good])
        return out

    def _centre(self, path: Ints, share: Floats) -> Floats:
        """Return where the disc's centre is on paths."""
        k = path // 2
        arc = path % 2 == 0
        angle = np.where(arc, self.begin[k] + share * self.turn[k], np.arctan2(-self.way[k, 0], self.way[k, 1]))
        out = self.at[k] + self.r[k][:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        return out + self.way[k] * np.where(arc, 0.0, share * self.length[k])[:, None]


def _ranges(begin: Ints, count: Ints) -> tuple[Ints, Ints]:
    """Return the row of each range and the numbers in it, range by range."""
    row = np.repeat(np.arange(len(begin)), count)
    return row, np.arange(len(row)) + (begin - (np.cumsum(count) - count))[row]


def _meeting(row: Ints, other: Ints, low: Floats, high: Floats, boxes: Floats) -> tuple[Ints, Ints]:
    """Keep the pairs of which the boxes (low, high)[row] and boxes[other] meet."""
    box = boxes.take(other, axis=0)
    meet = (box[:, :2] <= high.take(row, axis=0)) & (box[:, 2:] >= low.take(row, axis=0))
    keep = np.flatnonzero(meet[:, 0] & meet[:, 1])
    return row[keep], other[keep]


def _free(paths: Ints, path: Ints, low: Floats, high: Floats) -> tuple[Ints, Floats, Floats]:
    """Return the stretches of `paths` that no blocked stretch (path, from, to) covers, in order."""
    # The ends of each path stand in as blocked stretches before 0 and after 1.
    path = np.concatenate([paths, path, paths])
    low = np.concatenate([np.full(len(paths), -1.0), np.maximum(low, 0.0), np.ones(len(paths))])
    high = np.concatenate([np.zeros(len(paths)), np.minimum(high, 1.0), np.full(len(paths), 2.0)])
    order = np.lexsort((low, path))
    path, low, high = path[order], low[order], high[order]
    number = np.cumsum(np.concatenate([[0], path[1:] != path[:-1]])) if len(path) else path
    reached = np.maximum.accumulate(high + 4.0 * number) - 4.0 * number
    gap = (path[1:] == path[:-1]) & (low[1:] - reached[:-1] > _SHORT)
    at = np.flatnonzero(gap)
    return path[at], reached[at], low[at + 1]
