"""The land between the dykes that holds each trace, from lines along the dykes' toes.

Along the trace, places every few metres look square to the river for the nearest dyke on either side.  Where both
sides have one, the dykes are followed from there to the next place; at the cuts, and where the dykes on either
side begin or end, the land between them is closed square to the river.  Where a side is open, the land between
dykes says nothing, and the bank has to be read from something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..geodesy import tm_inverse
from ..progress import SILENT, Progress, report
from .channel import in_frame
from .zone import cut_windows, polygons_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .network import Network
    from .reaches import Reaches

    _Floats = NDArray[np.float64]
    _Ints = NDArray[np.int64]

# Places along the trace are this far apart (metres).
STEP = 20.0
# A dyke farther from the river than this is none of its own (metres).
WIDEST = 3000.0
# A gap in a dyke up to this long is closed straight (a mouth, a ramp, a sluice), a longer one is open (metres).
BRIDGED = 300.0
# A tributary's last metres, up to this many, run between the dykes of the river it joins.
_MOUTH = 1500.0
# A dyke seen through a mouth is farther off than those beside the mouth by this (metres), and by more than a
# dyke that leaves the river at this slope.
_VALLEY, _SLOPE = 60.0, 2.0
# Sine of the angle below which a look goes along a dyke.
_GRAZING = 0.25
_OVER = 0.001
_GRID = 0.001
_ZONES_PER_REPORT = 16


@dataclass(frozen=True)
class OpenStretch:
    """A stretch of a trace that lacks a dyke.

    Attributes
    ----------
    zone : int
    left, right : bool
        Which sides lack it, looking downstream.
    length : float
        Metres along the river.
    place : Point
        The middle of the stretch, EPSG:4490.
    bridged : bool
        Whether the stretch is short and was closed straight.
    """

    zone: int
    left: bool
    right: bool
    length: float
    place: Any
    bridged: bool


def between_dykes(
    network: Network,  # noqa: ARG001 - the same call as that for channel polygons
    reaches: Reaches,
    dykes: NDArray[Any],
    widest: float = WIDEST,
    progress: Progress = SILENT,
) -> tuple[NDArray[Any], list[OpenStretch]]:
    """Find the land between the dykes that holds each trace.

    Parameters
    ----------
    network : Network
    reaches : Reaches
    dykes : (m,) LineString or MultiLineString
        Lines along the toes of the dykes, degrees.
    widest : float
        Metres from the river within which a dyke is its own.
    progress : Progress

    Returns
    -------
    channel : (n,) MultiPolygon or None
        In the metres of each trace's frame; None where no stretch has a dyke on both sides.
    open : list of OpenStretch
        Where a side lacks a dyke.
    """
    out = np.full(len(reaches), None, dtype=object)
    stretches: list[OpenStretch] = []
    dykes = np.asarray(dykes, dtype=object)
    dykes = dykes[~(shapely.is_missing(dykes) | shapely.is_empty(dykes))]
    cuts, _ = cut_windows(reaches)
    tree = shapely.STRtree(dykes)
    for k in range(len(reaches)):
        if k % _ZONES_PER_REPORT == 0:
            report(progress, k / len(reaches), "Looking for dykes")
        first, last = reaches.traces.pointer[k], reaches.traces.pointer[k + 1]
        if first == last:
            continue
        degrees = reaches.degrees[reaches.start[first] : reaches.start[last]]
        room = np.array([1.0 / 80_000.0, 1.0 / 110_000.0]) * (2 * widest)
        around = (*(degrees.min(axis=0) - room), *(degrees.max(axis=0) + room))
        near = np.sort(tree.query(shapely.box(*around)))
        lines = in_frame(dykes[near], float(reaches.lon0[k]), around) if len(near) else dykes[:0]
        lines = shapely.get_parts(shapely.get_parts(lines))
        lines = lines[(shapely.get_type_id(lines) == 1) & ~shapely.is_empty(lines)]
        rows = np.flatnonzero(cuts.zone == k)
        strokes, owner, _ = reaches.strokes
        one = _Between(strokes[owner == k], lines, widest)
        with np.errstate(invalid="ignore"):
            out[k] = one.land(cuts.point[rows], cuts.outward[rows])
        for left, right, length, xy, bridged in one.open:
            lon, lat = tm_inverse(xy[0], xy[1], reaches.lon0[k])
            stretches.append(
                OpenStretch(k, left, right, length, shapely.points(float(lon), float(lat)), bridged)
            )
    return out, stretches


class _Between:
    """One trace and the dykes about it, in metres."""

    def __init__(self, lines: NDArray[Any], dykes: NDArray[Any], widest: float) -> None:
        self.lines, self.dykes, self.widest = lines, dykes, widest
        xy, dyke = shapely.get_coordinates(dykes, return_index=True)
        same = np.flatnonzero(np.diff(dyke) == 0)
        self.low, self.high, self.dyke = xy[same], xy[same + 1], dyke[same]
        self.tree = shapely.STRtree(shapely.linestrings(np.stack([self.low, self.high], axis=1)))
        self.open: list[tuple[bool, bool, float, _Floats, bool]] = []

    def land(self, point: _Floats, outward: _Floats) -> Any:
        """Return the land between the dykes, or None, for cuts at `point` square to `outward`."""
        net: list[Any] = []
        inner: list[Any] = []
        for n in range(len(self.lines)):
            closing, held = self._along(n, point)
            net += closing
            inner += held
        if not inner:
            return None
        for p, t in zip(point, outward):
            side = np.array([[-t[1], t[0]], [t[1], -t[0]]])
            hits, away = self._hits(np.array([p, p]), side)
            if (away <= self.widest).all():
                net.append(_closed(hits[0], hits[1]))
        union = shapely.union_all([*self.dykes, *net], grid_size=_GRID)
        faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(union)))
        if not len(faces):
            return None
        # A face belongs where the stretches with dykes on both sides run through it.
        through = shapely.union_all(inner)
        held = shapely.length(shapely.intersection(faces, through))
        part = polygons_of(np.array([shapely.union_all(faces[held > 1.0])], dtype=object))[0]
        return None if shapely.is_empty(part) else part

    def _along(self, n: int, cut: _Floats) -> tuple[list[Any], list[Any]]:
        """Walk one line; return what closes the land between its dykes, and its stretches between dykes."""
        line = self.lines[n]
        total = float(shapely.length(line))
        count = max(int(np.ceil(total / STEP)), 1) + 1
        at = np.linspace(0.0, total, count)
        xy, along = self._places(line, at, total)
        left = np.column_stack([-along[:, 1], along[:, 0]])
        hits, away = self._hits(np.concatenate([xy, xy]), np.concatenate([left, -left]))
        step = total / (count - 1)
        away = away.reshape(2, count)
        room = int(BRIDGED // step)
        have = (away <= self.widest) & ~_through_mouth(away, room, step)
        hits = hits.reshape(2, count, 2)
        both = have.all(axis=0)
        joins = [self._joins(n, end, cut) for end in (0, -1)]
        good = _bridged(both, room)
        self._note(good, both, have, step, xy, [j == "river" for j in joins])
        net, inner = [], []
        for low, high in _runs(good):
            full = np.arange(low, high)[both[low:high]]
            a, b = full[0], full[-1]
            for side in (0, 1):
                net += self._followed(hits[side, full])
            if low > 0 or joins[0] == "none":
                net.append(_closed(hits[0, a], hits[1, a]))
            if high < count or joins[1] == "none":
                net.append(_closed(hits[0, b], hits[1, b]))
            # The rest up to the river that this one joins lies between that river's dykes or its own.
            first = 0.0 if joins[0] == "river" and at[a] <= _MOUTH else at[a]
            last = total if joins[1] == "river" and total - at[b] <= _MOUTH else at[b]
            if last > first:
                inner.append(
                    shapely.linestrings(self._places(line, np.linspace(first, last, 2 + count), total)[0])
                )
        return net, inner

    def _places(self, line: Any, at: _Floats, total: float) -> tuple[_Floats, _Floats]:
        """Points along a line, and the direction of the river there."""
        xy, ahead, behind = (
            shapely.get_coordinates(shapely.line_interpolate_point(line, np.clip(at + d, 0.0, total)))
            for d in (0.0, STEP, -STEP)
        )
        along = ahead - behind
        return xy, along / np.maximum(np.hypot(*along.T), 1e-9)[:, None]

    def _joins(self, n: int, end: int, cut: _Floats) -> str:
        """What the end of a line is: a "cut", where it meets another "river" of the trace, or "none"."""
        tip = shapely.get_point(self.lines[n], end)
        xy = shapely.get_coordinates(tip)[0]
        if len(cut) and np.hypot(*(cut - xy).T).min() < 0.01:
            return "cut"
        others = np.delete(self.lines, n)
        return "river" if len(others) and shapely.distance(others, tip).min() < 0.01 else "none"

    def _followed(self, hits: _Floats) -> list[Any]:
        """Lines between neighbouring places on different dykes."""
        if len(hits) < 2:
            return []
        dyke = self.dyke[self.tree.query_nearest(shapely.points(hits), all_matches=False)[1]]
        return [_closed(hits[j], hits[j + 1]) for j in np.flatnonzero(dyke[1:] != dyke[:-1])]

    def _hits(self, xy: _Floats, direction: _Floats) -> tuple[_Floats, _Floats]:
        """Where rays first meet a dyke, and how far that is (infinite where they meet none)."""
        hit, away = xy.copy(), np.full(len(xy), np.inf)
        rays = shapely.linestrings(np.stack([xy, xy + self.widest * direction], axis=1))
        ray, segment = self.tree.query(rays, predicate="intersects")
        along = self.high[segment] - self.low[segment]
        ahead = direction[ray]
        turn = ahead[:, 0] * along[:, 1] - ahead[:, 1] * along[:, 0]
        # A look along a dyke (up a side valley) does not see how far off it is.
        clear = np.abs(turn) > _GRAZING * np.hypot(*along.T)
        ray, segment, along, turn = ray[clear], segment[clear], along[clear], turn[clear]
        to = self.low[segment] - xy[ray]
        far = (to[:, 0] * along[:, 1] - to[:, 1] * along[:, 0]) / turn
        order = np.lexsort((far, ray))
        rows, first = np.unique(ray[order], return_index=True)
        away[rows] = np.maximum(far[order][first], 0.0)
        hit[rows] = xy[rows] + away[rows, None] * direction[rows]
        return hit, away

    def _note(
        self,
        good: NDArray[np.bool_],
        both: NDArray[np.bool_],
        have: NDArray[np.bool_],
        step: float,
        xy: _Floats,
        joins: list[bool],
    ) -> None:
        for low, high in _runs(~both):
            # Where a tributary enters the land between the dykes of the river it joins, it has none of its own.
            at_mouth = (low == 0 and joins[0]) or (high == len(both) and joins[1])
            if at_mouth and (high - low) * step <= _MOUTH:
                continue
            without = ~have[:, low:high].all(axis=1)
            middle = (low + high) // 2
            self.open.append((
                bool(without[0]), bool(without[1]), float((high - low) * step), xy[middle], bool(good[middle])
            ))  # fmt: skip


def _closed(a: _Floats, b: _Floats) -> Any:
    """A line between two places on dykes, a hair longer at both ends so that it meets them."""
    along = (b - a) / max(float(np.hypot(*(b - a))), 1e-9)
    return shapely.linestrings([a - _OVER * along, b + _OVER * along])


def _runs(flag: NDArray[np.bool_]) -> NDArray[np.int64]:
    """First and last + 1 of each run of True, (r, 2)."""
    change = np.flatnonzero(np.diff(np.concatenate([[False], flag, [False]]).astype(np.int8)))
    return change.reshape(-1, 2)


def _through_mouth(away: _Floats, room: int, step: float) -> NDArray[np.bool_]:
    """Tell where a look at the dyke (side, place) goes through a mouth, up a side valley: nearer on both sides."""
    shape = ((0, 0), (room, room))
    seen = np.lib.stride_tricks.sliding_window_view(
        np.pad(away, shape, constant_values=np.inf), 2 * room + 1, axis=1
    )
    slope = _SLOPE * step * np.abs(np.arange(-room, room + 1))
    expected = seen + slope
    before = expected[:, :, :room].min(axis=2, initial=np.inf)
    after = expected[:, :, room + 1 :].min(axis=2, initial=np.inf)
    return away > np.maximum(before, after) + _VALLEY


def _bridged(flag: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
    """Close gaps of up to `most` False between True."""
    out = flag.copy()
    for low, high in _runs(~flag):
        if low > 0 and high < len(flag) and high - low <= most:
            out[low:high] = True
    return out
