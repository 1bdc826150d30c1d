"""From which places of a traced river (or of its bank lines) land is reached.

A *foot* of a point P is a place on the lines where the distance to P along them is a local minimum: on a segment
it is where the perpendicular through P meets it, at a vertex it is the vertex for all P in a wedge (the *pie*)
that every line leaving the vertex points away from.  A point is reached if it has a foot no farther away than the
foot's radius.

Before a *cut* the lines end in a window of some length.  A foot in the window, the cut itself included, reaches
only what is not beyond the cut's *square line*: the perpendicular through the cut to the chord of the window.
A foot that lies in the windows of several cuts must satisfy each of them.
"""

from __future__ import annotations

import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .paths import AT_VERTEX, Cuts, Paths, Windows, ends_of, expand, with_vertices
from .reaches import gathered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Floats = NDArray[np.float64]
    _Ints = NDArray[np.int64]

# Feet are told apart to this (metres), so that no point falls between a segment and the pie beside it.
_TOUCH = 1e-6
# Drawn regions overlap by this (metres), so that unions leave no hair between them.
_OVERLAP = 0.001
_HAIR = 0.01
# Arcs of drawn pies stay this close to the circle (metres).
_ARC = 0.001
_PAIRS_AT_ONCE = 1_000_000


class Feet:
    """All feet of all zones, as segments and vertices.

    Attributes
    ----------
    cuts : Cuts
    zone : (s,) int
        Ascending zone of each segment.
    a, b : (s, 2) float
        Ends of the segments.
    radius : (s,) float
    vertex_zone, vertex_xy, vertex_radius
        The same of the vertices; places where lines meet are there once, with the largest radius.
    rays : (u, 2, 2) float
        Unit vectors of the two lines at a vertex that bound its pie.
    pie : (u,) float
        Angle of the pie, radians; negative where there is none.
    one_sided : (s,) bool
        Whether a segment reaches land to its right alone.
    seg_guard, vertex_guard : (2, g) int
        Pairs (segment or vertex, cut) for what lies in windows, in ascending order of the first.
    held : (n,) geometry or None
        What belongs to each zone in any case: the channel.
    """

    def __init__(
        self, paths: Paths, cuts: Cuts, windows: Windows, count: int, held: NDArray[Any] | None = None
    ) -> None:
        self.cuts, self.count = cuts, count
        self.held = np.full(count, None, dtype=object) if held is None else held
        windows, extra_path, extra_along = ends_of(paths, windows)
        start, xy, along = with_vertices(paths, extra_path, extra_along)
        size = np.diff(start)
        path = np.repeat(np.arange(len(size)), size)
        inner = np.ones(max(len(xy) - 1, 0), dtype=bool)
        inner[start[1:-1] - 1] = False
        begin = np.flatnonzero(inner)
        self.a, self.b = xy[begin], xy[begin + 1]
        seg_path = path[begin]
        self.zone, self.radius = paths.zone[seg_path], paths.radius[seg_path]
        self.one_sided = paths.one_sided[seg_path]
        self.length = np.hypot(*(self.b - self.a).T)
        with np.errstate(invalid="ignore", divide="ignore"):
            self.unit = np.nan_to_num((self.b - self.a) / self.length[:, None])
        place = self._places(paths, start, path, xy)
        self.ends = np.stack([place[start[:-1]], place[start[1:] - 1]], axis=1).ravel()
        self._pies(np.concatenate([place[begin], place[begin + 1]]), np.concatenate([self.unit, -self.unit]))
        self._close_inner_pies(place[begin], place[begin + 1])
        self._guards(windows, start, along, place, begin, seg_path)
        zones = np.arange(count + 1)
        self.seg_pointer = np.searchsorted(self.zone, zones)
        self.vertex_pointer = np.searchsorted(self.vertex_zone, zones)
        self.cut_pointer = np.searchsorted(cuts.zone, zones)

    def _places(self, paths: Paths, start: _Ints, path: _Ints, xy: _Floats) -> _Ints:
        """Number the vertices, zone by zone; ends of lines that are one place get one number."""
        count = len(paths.zone)
        ends = np.concatenate([paths.first, paths.last])
        _, first, same = np.unique(ends, return_index=True, return_inverse=True)
        owner = np.arange(len(xy))
        at = np.concatenate([start[:-1], start[1:] - 1])
        owner[at] = at[first][same.reshape(-1)]
        kept = np.unique(owner)
        kept = kept[np.argsort(paths.zone[path[kept]], kind="stable")]
        number = np.empty(len(xy), dtype=np.int64)
        number[kept] = np.arange(len(kept))
        place = number[owner]
        self.vertex_zone, self.vertex_xy = paths.zone[path[kept]], xy[kept]
        self.vertex_radius = paths.radius[path[kept]].copy()
        np.maximum.at(self.vertex_radius, place[at], paths.radius[np.tile(np.arange(count), 2)])
        return place

    def _pies(self, place: _Ints, direction: _Floats) -> None:
        """Find the wedge at each vertex that all its lines point away from.

        It is what is left of the widest gap between neighbouring lines after a right angle on each side.
        """
        order = np.argsort(place, kind="stable")
        place, direction = place[order], direction[order]
        angle = np.arctan2(direction[:, 1], direction[:, 0])
        total = len(self.vertex_zone)
        pointer = np.searchsorted(place, np.arange(total + 1))
        one, other = pointer[:-1].copy(), pointer[1:] - 1
        gap = np.mod(angle[other] - angle[one], 2 * np.pi)
        gap[one == other] = 2 * np.pi
        # Two lines: the gap on the other side may be the wider one.
        turned = gap < np.pi
        one[turned], other[turned] = other[turned], one[turned]
        gap[turned] = 2 * np.pi - gap[turned]
        many = np.flatnonzero(np.diff(pointer) > 2)
        if len(many):
            row, member = expand(pointer[many], pointer[many + 1])
            member = member[np.lexsort((angle[member], row))]
            closing = np.append(np.flatnonzero(np.diff(row)), len(row) - 1)
            opening = np.append(0, closing[:-1] + 1)
            follows = np.arange(len(row)) + 1
            follows[closing] = opening
            width = angle[member[follows]] - angle[member]
            width[closing] += 2 * np.pi
            widest = np.lexsort((width, row))[closing]
            one[many], other[many], gap[many] = member[widest], member[follows[widest]], width[widest]
        self.rays = np.stack([direction[one], direction[other]], axis=1)
        self.pie = gap - np.pi
        self.pie_from = angle[one] + np.pi / 2

    def _close_inner_pies(self, upper: _Ints, lower: _Ints) -> None:
        """Take away the pies of one-sided lines that lie on their left."""
        rows = np.flatnonzero(self.one_sided)
        if not len(rows):
            return
        after = np.full(len(self.pie), -1)
        after[upper[rows]] = rows
        rows = rows[after[lower[rows]] >= 0]
        onward = after[lower[rows]]
        turn = self.unit[rows, 0] * self.unit[onward, 1] - self.unit[rows, 1] * self.unit[onward, 0]
        self.pie[lower[rows[turn < 0]]] = -1.0

    def _guards(
        self, windows: Windows, start: _Ints, along: _Floats, place: _Ints, begin: _Ints, seg_path: _Ints
    ) -> None:
        """Pair segments and vertices with the cuts whose windows they lie in."""
        segs = np.searchsorted(seg_path, np.arange(len(start)))
        row, seg = expand(segs[windows.path], segs[windows.path + 1])
        middle = (along[begin[seg]] + along[begin[seg] + 1]) / 2
        inside = (middle > windows.low[row]) & (middle < windows.high[row])
        self.seg_guard = np.unique(np.stack([seg[inside], windows.cut[row[inside]]]), axis=1)
        row, vertex = expand(start[windows.path], start[windows.path + 1])
        low, high, at = windows.low[row], windows.high[row], along[vertex]
        inside = (at > low + AT_VERTEX / 2) & (at < high - AT_VERTEX / 2)
        inside |= windows.low_in[row] & (np.abs(at - low) <= AT_VERTEX / 2)
        inside |= windows.high_in[row] & (np.abs(at - high) <= AT_VERTEX / 2)
        self.vertex_guard = np.unique(np.stack([place[vertex[inside]], windows.cut[row[inside]]]), axis=1)

    # ----------------------------------------------------------------------------------------------------
    # The rule for points
    # ----------------------------------------------------------------------------------------------------

    @cached_property
    def frames(self) -> _Floats:
        """What each cut can take away, (c, 4): depth beyond its line, right and left border, radius.

        It lies beyond the line and within the radius of the window, so in the rectangle of this depth between
        these borders (metres to the left of the outward direction).
        """
        count = len(self.cuts)
        ahead, right, left = np.zeros(count), np.zeros(count), np.zeros(count)
        radius = np.where(self.cuts.tip < 0, 0.0, self.vertex_radius[self.ends[self.cuts.tip]])
        seg, cut = self.seg_guard
        for end in (self.a[seg], self.b[seg]):
            np.maximum.at(ahead, cut, self.cuts.height(cut, end))
            np.minimum.at(right, cut, self.cuts.aside(cut, end))
            np.maximum.at(left, cut, self.cuts.aside(cut, end))
        np.maximum.at(radius, cut, self.radius[seg])
        vertex, cut = self.vertex_guard
        np.maximum.at(radius, cut, self.vertex_radius[vertex])
        # A hair wider, so that what is taken away leaves no hair of the round ends.
        reach = radius + _HAIR
        return np.column_stack([ahead + reach, right - reach, left + reach, radius])

    def suspects(self, zone: _Ints, xy: _Floats) -> NDArray[np.bool_]:
        """Tell which points lie where a cut may take land away; elsewhere all that is near is reached."""
        out = np.zeros(len(xy), dtype=bool)
        row, cut = expand(self.cut_pointer[zone], self.cut_pointer[zone + 1])
        u, v = self.cuts.height(cut, xy[row]), self.cuts.aside(cut, xy[row])
        depth, right, left, _ = self.frames[cut].T
        out[row[(u > 0) & (u <= depth) & (v >= right) & (v <= left)]] = True
        return out & ~self._in_held(zone, xy)

    def _in_held(self, zone: _Ints, xy: _Floats) -> NDArray[np.bool_]:
        out = np.zeros(len(xy), dtype=bool)
        rows = np.flatnonzero(~shapely.is_missing(self.held)[zone])
        if len(rows):
            out[rows] = shapely.intersects_xy(self.held[zone[rows]], xy[rows])
        return out

    def reached(self, zone: _Ints, xy: _Floats) -> NDArray[np.bool_]:
        """Decide for each point (m, 2) of each zone whether it has a foot that reaches it: the rule itself."""
        out = self._in_held(zone, xy)
        count = np.diff(self.seg_pointer)[zone] + np.diff(self.vertex_pointer)[zone]
        block = np.cumsum(count) // _PAIRS_AT_ONCE
        for k in range(int(block[-1]) + 1 if len(block) else 0):
            rows = np.flatnonzero(block == k)
            out[rows] |= self._reached(zone[rows], xy[rows])
        return out

    def _reached(self, zone: _Ints, xy: _Floats) -> NDArray[np.bool_]:
        out = np.zeros(len(xy), dtype=bool)
        row, seg = expand(self.seg_pointer[zone], self.seg_pointer[zone + 1])
        away = xy[row] - self.a[seg]
        unit = self.unit[seg]
        along = away[:, 0] * unit[:, 0] + away[:, 1] * unit[:, 1]
        right = away[:, 0] * unit[:, 1] - away[:, 1] * unit[:, 0]
        foot = (along >= -_TOUCH) & (along <= self.length[seg] + _TOUCH) & (np.abs(right) <= self.radius[seg])
        foot &= (right >= -_TOUCH) | ~self.one_sided[seg]
        row, seg = row[foot], seg[foot]
        out[row[self._lets(self.seg_guard, seg, xy[row])]] = True
        rest = np.flatnonzero(~out)
        zone, xy = zone[rest], xy[rest]
        row, vertex = expand(self.vertex_pointer[zone], self.vertex_pointer[zone + 1])
        away = xy[row] - self.vertex_xy[vertex]
        foot = np.hypot(*away.T) <= self.vertex_radius[vertex]
        row, vertex, away = row[foot], vertex[foot], away[foot]
        foot = self.pie[vertex] > -1e-9
        for ray in (self.rays[vertex, 0], self.rays[vertex, 1]):
            foot &= away[:, 0] * ray[:, 0] + away[:, 1] * ray[:, 1] <= _TOUCH
        row, vertex = row[foot], vertex[foot]
        out[rest[row[self._lets(self.vertex_guard, vertex, xy[row])]]] = True
        return out

    def _lets(self, guard: _Ints, foot: _Ints, xy: _Floats) -> NDArray[np.bool_]:
        """Tell whether the windows that feet lie in let them reach points."""
        out = np.ones(len(foot), dtype=bool)
        row, pair = expand(np.searchsorted(guard[0], foot), np.searchsorted(guard[0], foot, side="right"))
        beyond = self.cuts.height(guard[1, pair], xy[row]) > _TOUCH
        out[row[beyond]] = False
        return out

    # ----------------------------------------------------------------------------------------------------
    # The rule as polygons
    # ----------------------------------------------------------------------------------------------------

    def taken(self, low: int = 0, high: int | None = None) -> NDArray[Any]:
        """Draw what the cuts take away from the zones ``low..high``: geometries, empty where there is nothing.

        Their borders are within a millimetre of what the rule says.
        """
        high = self.count if high is None else high
        cuts = np.arange(self.cut_pointer[low], self.cut_pointer[high])
        taken = self._boxes(cuts, 0.0, *self.frames[cuts, :3].T)
        parts, cut = self._free_regions(cuts)
        without(taken, parts, cut - self.cut_pointer[low])
        heap = gathered(taken, self.cuts.zone[cuts] - low, high - low, shapely.geometrycollections)
        out = shapely.union_all(heap[:, None], axis=1)
        with_held = np.flatnonzero(~shapely.is_missing(self.held[low:high]))
        out[with_held] = shapely.difference(out[with_held], self.held[low:high][with_held])
        return out

    def _boxes(self, cut: _Ints, low: Any, high: Any, right: Any, left: Any) -> NDArray[Any]:
        """Rectangles in the frames of cuts."""
        ahead = self.cuts.outward[cut]
        aside = np.column_stack([-ahead[:, 1], ahead[:, 0]])
        corners = np.empty((len(cut), 4, 2))
        for k, (u, v) in enumerate(((low, right), (high, right), (high, left), (low, left))):
            corners[:, k] = self.cuts.point[cut]
            corners[:, k] += np.broadcast_to(u, len(cut))[:, None] * ahead
            corners[:, k] += np.broadcast_to(v, len(cut))[:, None] * aside
        return shapely.polygons(corners)

    def wider(self, by: float) -> Feet:
        """Return the same feet, reaching `by` metres farther."""
        out = copy.copy(self)
        out.__dict__.pop("frames", None)
        out.radius, out.vertex_radius = self.radius + by, self.vertex_radius + by
        return out

    def _free_regions(self, cuts: _Ints) -> tuple[NDArray[Any], _Ints]:
        """Draw what feet outside a cut's window reach of what the cut would take, as (polygons, cut)."""
        segments, seg_cut, seg = self._free_rectangles(cuts)
        pies, pie_cut, vertex = self._free_pies(cuts)
        segments = self._guarded(segments, self.seg_guard, seg)
        pies = self._guarded(pies, self.vertex_guard, vertex)
        parts, cut = np.concatenate([segments, pies]), np.concatenate([seg_cut, pie_cut])
        order = np.argsort(cut, kind="stable")
        parts, cut = parts[order], cut[order]
        keep = ~shapely.is_empty(parts)
        return parts[keep], cut[keep]

    def _candidates(
        self, cuts: _Ints, pointer: _Ints, xy: _Floats, reach: _Floats, guard: _Ints
    ) -> tuple[_Ints, _Ints]:
        """Pairs (cut, foot) of one zone near enough to meet, without the feet in the cut's own window."""
        zone = self.cuts.zone[cuts]
        row, foot = expand(pointer[zone], pointer[zone + 1])
        cut = cuts[row]
        depth, right, left, _ = self.frames[cut].T
        u, v = self.cuts.height(cut, xy[foot]), self.cuts.aside(cut, xy[foot])
        r = reach[foot]
        near = (u > -r) & (u < depth + r) & (v > right - r) & (v < left + r)
        cut, foot = cut[near], foot[near]
        guard = guard[:, np.isin(guard[1], cuts)]
        own = np.isin(foot * (len(self.cuts) + 1) + cut, guard[0] * (len(self.cuts) + 1) + guard[1])
        return cut[~own], foot[~own]

    def _beyond(self, xy: _Floats, row: _Ints, cut: _Ints) -> tuple[NDArray[Any], _Ints]:
        """Clip convex rings to what lies beyond the square lines of `cut`; return (polygons, cut).

        What does not reach beyond gives an empty polygon.
        """
        size = np.bincount(row, minlength=len(cut))
        height = self.cuts.height(cut[row], xy) + _OVERLAP
        after = np.arange(len(row)) + 1
        after[np.cumsum(size) - 1] -= size
        inside = height > 0
        crosses = inside != inside[after]
        count = inside.astype(np.int64) + crosses
        at = np.cumsum(count) - count
        out = np.empty((int(count.sum()), 2))
        out[at[inside]] = xy[inside]
        first, second = np.flatnonzero(crosses), after[crosses]
        share = height[first] / (height[first] - height[second])
        out[(at + inside)[first]] = xy[first] + share[:, None] * (xy[second] - xy[first])
        owner = np.repeat(row, count)
        whole = np.bincount(owner, minlength=len(cut)) >= 3
        # What is left of it may lie wholly to one side of what the cut takes.
        depth, right, left, _ = self.frames[cut].T
        aside = self.cuts.aside(cut[owner], out)
        for far in (
            aside <= right[owner],
            aside >= left[owner],
            self.cuts.height(cut[owner], out) >= depth[owner],
        ):
            whole &= np.bincount(owner, ~far, minlength=len(cut)) > 0
        keep = whole[owner]
        number = np.cumsum(whole) - 1
        polygons = np.full(len(cut), shapely.Polygon(), dtype=object)
        if whole.any():
            polygons[whole] = shapely.polygons(shapely.linearrings(out[keep], indices=number[owner[keep]]))
        return polygons, cut

    def _free_rectangles(self, cuts: _Ints) -> tuple[NDArray[Any], _Ints, _Ints]:
        middle = (self.a + self.b) / 2
        cut, seg = self._candidates(
            cuts, self.seg_pointer, middle, np.hypot(self.radius, self.length / 2), self.seg_guard
        )
        corners = self._rectangles(seg)
        flat, each = corners.reshape(-1, 2), np.repeat(cut, 4)
        u = self.cuts.height(each, flat).reshape(-1, 4)
        v = self.cuts.aside(each, flat).reshape(-1, 4)
        depth, right, left, _ = self.frames[cut].T
        near = (u.max(1) > 2 * _OVERLAP) & (u.min(1) < depth) & (v.max(1) > right) & (v.min(1) < left)
        cut, seg = cut[near], seg[near]
        row = np.repeat(np.arange(len(cut)), 4)
        return *self._beyond(corners[near].reshape(-1, 2), row, cut), seg

    def _rectangles(self, seg: _Ints) -> _Floats:
        """Corners of what segments reach, (k, 4, 2)."""
        along = self.unit[seg]
        side = np.column_stack([-along[:, 1], along[:, 0]])
        right = (self.radius[seg] + _OVERLAP)[:, None] * side
        left = np.where(self.one_sided[seg], _OVERLAP, self.radius[seg] + _OVERLAP)[:, None] * side
        a, b = self.a[seg] - _OVERLAP * along, self.b[seg] + _OVERLAP * along
        return np.stack([a - right, b - right, b + left, a + left], axis=1)

    def _free_pies(self, cuts: _Ints) -> tuple[NDArray[Any], _Ints, _Ints]:
        wide = self.pie * self.vertex_radius > _OVERLAP
        cut, vertex = self._candidates(
            cuts,
            self.vertex_pointer,
            self.vertex_xy,
            np.where(wide, self.vertex_radius, -np.inf),
            self.vertex_guard,
        )
        outward = self.cuts.outward[cut]
        # How far the pie goes along the outward direction.
        turn = np.mod(np.arctan2(outward[:, 1], outward[:, 0]) - self.pie_from[vertex], 2 * np.pi)
        over = np.minimum(np.maximum(turn - self.pie[vertex], 0.0), 2 * np.pi - turn)
        ahead = (
            np.where(turn <= self.pie[vertex], 1.0, np.maximum(np.cos(over), 0.0))
            * self.vertex_radius[vertex]
        )
        height = self.cuts.height(cut, self.vertex_xy[vertex])
        near = height + ahead > 2 * _OVERLAP
        cut, vertex, height, outward = cut[near], vertex[near], height[near], outward[near]
        # Only directions in which the pie goes beyond the line matter.
        radius = self.vertex_radius[vertex] + _ARC
        half = np.arccos(np.clip(-height / radius, -1.0, 1.0))
        half = np.where(height < 0, half, np.pi)
        facing = np.arctan2(outward[:, 1], outward[:, 0])
        middle = self.pie_from[vertex] + self.pie[vertex] / 2
        turn = np.mod(facing - middle + np.pi, 2 * np.pi) - np.pi
        low = np.maximum(-self.pie[vertex] / 2, turn - half)
        high = np.minimum(self.pie[vertex] / 2, turn + half)
        xy, row = self._pie_rings(vertex, radius, middle + low, np.maximum(high - low, 0.0))
        return *self._beyond(xy, row, cut), vertex

    def _pie_rings(
        self, vertex: _Ints, radius: _Floats, start: _Floats, width: _Floats
    ) -> tuple[_Floats, _Ints]:
        """Rings (points, row of each) of what vertices reach from angle `start` on over `width`."""
        step = 2 * np.sqrt(4 * _ARC / radius)
        count = np.ceil(width / step).astype(np.int64) + 1
        row, k = expand(np.zeros(len(vertex), np.int64), count + 1)
        angle = start[row] + width[row] * (k - 1) / np.maximum(count[row] - 1, 1)
        xy = self.vertex_xy[vertex[row]]
        arc = k > 0
        xy[arc] += radius[row[arc], None] * np.column_stack([np.cos(angle[arc]), np.sin(angle[arc])])
        return xy, row

    def _guarded(self, parts: NDArray[Any], guard: _Ints, foot: _Ints) -> NDArray[Any]:
        """Clip the regions of feet in other cuts' windows to this side of those cuts."""
        first, last = np.searchsorted(guard[0], foot), np.searchsorted(guard[0], foot, side="right")
        k = 0
        while len(rows := np.flatnonzero(last - first > k)):
            cut = guard[1, first[rows] + k]
            corner, owner = shapely.get_coordinates(parts[rows], return_index=True)
            over = np.zeros(len(rows), dtype=bool)
            over[owner[self.cuts.height(cut[owner], corner) > _TOUCH]] = True
            rows, cut = rows[over], cut[over]
            size = 10 * self.frames[cut, 3] + 1000.0
            parts[rows] = shapely.intersection(parts[rows], self._boxes(cut, -size, 0.0, -size, size))
            k += 1
        return parts


def without(geometry: NDArray[Any], parts: NDArray[Any], row: _Ints) -> None:
    """Take parts away from geometries, in place: ``parts[i]`` from ``geometry[row[i]]`` (rows ascending)."""
    if not len(parts):
        return
    rows, number = np.unique(row, return_inverse=True)
    size = np.bincount(number)
    first = np.cumsum(size) - size
    what = parts[first]
    more = (size > 1)[number]
    if more.any():
        _, heap = np.unique(row[more], return_inverse=True)
        collections = shapely.geometrycollections(parts[more], indices=heap)
        what[size > 1] = shapely.union_all(collections[:, None], axis=1)
    geometry[rows] = shapely.difference(geometry[rows], what)
