"""One place being probed: all questions answered at once, measured only where an answer or its zone hangs on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from . import geodesy
from .clauses.conditions import NO, UNKNOWN
from .clauses.context import CLEAR, HIT, OPEN, TENTATIVE
from .clauses.relations import depth as depth_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .probe_rules import Questions, Union

#: Measured by the check's own functions where this near to where an answer turns, metres.
_HAIR = 1e-4


class Place:
    """A point in degrees and the zones near it.

    Attributes
    ----------
    low, high : (leaves,) int8
        The range that the answer of each leaf may be in.
    zone : (leaves,) int
        The zone that it rests on, by its number in the table; -1 for none.
    """

    def __init__(self, questions: Questions, lon: float, lat: float) -> None:
        self._q = questions
        self._table = questions.table
        self.place = np.array([lon, lat], dtype=float)
        self.point = shapely.Point(lon, lat)
        self._flat = shapely.Point(self.place * self._table.scale)
        self._near, self._metres = self._table.near(self.place)
        self._slack = self._table.slack(self._metres)
        self._meets = self._table.meets(self.point, self._near, self._metres)
        self._accuracy = self._table.accuracy[self._near] + questions.own_accuracy
        self._exact = np.where(self._meets, 0.0, self._metres)
        self._measured = self._meets.copy()
        self._foot = np.tile(self.place, (len(self._near), 1))
        self._inside: dict[int, bool] = {}
        self._border: dict[int, float] = {}
        count = len(questions.leaves)
        self.low = np.full(count, CLEAR, dtype=np.int8)
        self.high = np.full(count, CLEAR, dtype=np.int8)
        self.zone = np.full(count, -1, dtype=np.intp)
        self._ask_zones()
        self._ask_others()

    # --- areas ----------------------------------------------------------------------------------------------

    def within_area(self, area: int) -> bool:
        """Tell whether the place lies in an area, by its number."""
        if area not in self._inside:
            # For a point, to intersect a closed area is to be covered by it.
            self._inside[area] = bool(shapely.intersects(self._q.areas.shapes[area], self.point))
        return self._inside[area]

    def _complete(self, layer: int, margin: float) -> bool:
        """Tell whether a layer is declared complete at the place and `margin` metres around it."""
        area = self._q.covered[layer]
        if area < 0 or not self.within_area(area):
            return False
        if margin <= 0:
            return True
        planar = self._to_border(area)
        if abs(planar - margin) > planar * self._table.error * 1.5 + 1.0:
            return planar > margin
        edge = shapely.boundary(self._q.areas.shapes[area])
        return bool(geodesy.distance([self.point], [edge]).metres[0] >= margin)

    def _to_border(self, area: int) -> float:
        if area not in self._border:
            self._border[area] = float(shapely.distance(self._flat, self._q.borders[area]))
        return self._border[area]

    # --- distances ------------------------------------------------------------------------------------------

    def _measure(self, wanted: NDArray[np.bool_]) -> None:
        """Measure the zones flagged on the ellipsoid, those that are not yet."""
        rows = np.flatnonzero(wanted & ~self._measured)
        if len(rows):
            self._exact[rows], self._foot[rows] = self._table.measure(self.place, self._near[rows])
            self._measured[rows] = True

    def _measure_again(self, wanted: NDArray[np.bool_]) -> None:
        """Measure as the whole check does, where a rounding could turn an answer."""
        rows = np.flatnonzero(wanted & ~self._meets)
        if len(rows):
            points = np.full(len(rows), self.point, dtype=object)
            self._exact[rows] = geodesy.distance(points, self._table.geometry[self._near[rows]]).metres

    def distances(self, zones: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return metres to zones that answers rest on, and the nearest places there (m, 2)."""
        rows = np.searchsorted(self._near, zones)
        self._measure(np.isin(np.arange(len(self._near)), rows))
        return self._exact[rows], self._foot[rows]

    # --- the questions --------------------------------------------------------------------------------------

    def _ask_zones(self) -> None:
        """Answer ``inside``, ``overlap`` and ``within``: every question with every zone of its layer in reach."""
        q = self._q
        if not len(q.asked):
            return
        first = np.searchsorted(self._near, self._table.first)
        count = np.diff(first)[q.layer]
        ask = np.repeat(np.arange(len(q.asked)), count)
        begin = np.cumsum(count) - count
        zone = np.arange(len(ask)) - np.repeat(begin - first[q.layer], count)
        cell = q.offset[ask] + self._near[zone]
        decided = q.decided[cell]
        keep = np.flatnonzero(decided != NO)
        ask, zone, cell, unknown = ask[keep], zone[keep], cell[keep], decided[keep] == UNKNOWN
        within, limit = q.within[ask], q.limit[ask]
        hit, exact, accuracy = self._hits(zone, within, limit)
        state = np.where(hit, HIT, CLEAR).astype(np.int8)
        close = within & (accuracy > 0) & (limit - exact <= accuracy)
        inner = np.flatnonzero(hit & ~within & (accuracy > 0))
        close[inner] = self._shallow(zone[inner])
        state[hit & (close | q.working[ask])] = TENTATIVE
        state[hit & q.sized[ask]] = OPEN
        state[(self._table.invalid[self._near[zone]] | q.coded[cell]) & (state == HIT)] = TENTATIVE
        state[unknown & (state > OPEN)] = OPEN
        self._settle(ask, zone, state, hit, ~hit & (exact - limit <= accuracy))

    def _hits(
        self, zone: NDArray[np.intp], within: NDArray[np.bool_], limit: NDArray[np.float64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
        """Return which pairs are hit, with metres good enough for it, and the accuracy of both together."""
        metres, slack, accuracy = self._metres[zone], self._slack[zone], self._accuracy[zone]
        gap = np.abs(metres - limit)
        unsure = within & (gap <= slack) | (np.abs(gap - accuracy) <= slack)
        self._measure(self._flags(zone[unsure]))
        gap = np.abs(self._exact[zone] - limit)
        hair = unsure & ((gap < _HAIR) | (np.abs(gap - accuracy) < _HAIR))
        if hair.any():
            self._measure_again(self._flags(zone[hair]))
        exact = self._exact[zone]
        return np.where(within, exact <= limit, self._meets[zone]), exact, accuracy

    def _shallow(self, zone: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Tell which zones that hold the place might not, as exact as they are known."""
        rows = np.unique(zone)
        if not len(rows):
            return np.zeros(0, dtype=bool)
        metres, accuracy = self._table.depth(self.place, self._near[rows]), self._accuracy[rows]
        hair = np.flatnonzero(np.abs(metres - accuracy) < _HAIR)
        if len(hair):
            points = np.full(len(hair), self.point, dtype=object)
            metres[hair] = depth_of(points, self._table.geometry[self._near[rows[hair]]], points)
        return (metres <= accuracy)[np.searchsorted(rows, zone)]

    def _settle(
        self, ask: NDArray[np.intp], zone: NDArray[np.intp], state: NDArray[np.int8], hit: NDArray[np.bool_],
        near: NDArray[np.bool_],
    ) -> None:  # fmt: skip
        """Take for each question the strongest pair, of equals the nearest; else what could reach it soonest."""
        q = self._q
        asks = len(q.asked)
        best = np.full(asks, -1, dtype=np.int8)
        touched = np.zeros(asks, dtype=bool)
        first = np.flatnonzero(np.diff(ask, prepend=-1))
        if len(first):
            best[ask[first]] = np.maximum.reduceat(np.where(hit, state, -1), first)
            touched[ask[first]] = np.logical_or.reduceat(near, first)
            self._pick(ask, zone, state, hit, best, first)
        for k in np.flatnonzero(best < 0).tolist():
            clear = not touched[k] and self._complete(int(q.layer[k]), float(q.limit[k]))
            best[k] = CLEAR if clear else OPEN
        self.low[q.asked] = self.high[q.asked] = best

    def _pick(
        self, ask: NDArray[np.intp], zone: NDArray[np.intp], state: NDArray[np.int8], hit: NDArray[np.bool_],
        best: NDArray[np.int8], first: NDArray[np.intp],
    ) -> None:  # fmt: skip
        rival = np.where(best[ask] >= 0, hit & (state == best[ask]), True)
        # A miss is told by who could turn it soonest, the less exact from farther off.
        less = np.where(best[ask] >= 0, 0.0, self._accuracy[zone])
        slack = np.where(self._measured[zone], 0.0, self._slack[zone])
        count = np.diff(np.append(first, len(ask)))
        farthest = np.minimum.reduceat(np.where(rival, self._exact[zone] + slack - less, np.inf), first)
        rival &= self._exact[zone] - slack - less <= np.repeat(farthest, count)
        rivals = np.add.reduceat(rival.astype(np.intp), first)
        self._measure(self._flags(zone[rival & np.repeat(rivals > 1, count)]))
        gap = np.where(rival, self._exact[zone] - less, np.inf)
        at = np.flatnonzero(rival & (gap == np.repeat(np.minimum.reduceat(gap, first), count)))
        pick = at[np.searchsorted(at, first)]
        self.zone[self._q.asked[ask[first]]] = self._near[zone[pick]]

    def _flags(self, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        out = np.zeros(len(self._near), dtype=bool)
        out[rows] = True
        return out

    # --- those that ask no single zone ------------------------------------------------------------------------

    def _ask_others(self) -> None:
        for k, leaf in self._q.others:
            if leaf.verb == "":
                self.high[k] = HIT
                continue
            if leaf.verb == "outside" and leaf.layer >= 0:
                state = self._outside(k, leaf.layer)
            elif leaf.verb == "anywhere" and leaf.area >= 0:
                state = HIT if self.within_area(leaf.area) else CLEAR
            else:
                state = OPEN
            self.low[k] = self.high[k] = state

    def _outside(self, leaf: int, layer: int) -> int:
        union = self._q.unions[leaf]
        with np.errstate(invalid="ignore"):  # GEOS flags a comparison with the NaN bounds of an empty union
            if shapely.covers(union.sure, self.point):
                state = CLEAR
            else:
                state = OPEN if shapely.covers(union.wide, self.point) else HIT
        if state == HIT and not self._complete(layer, 0.0):
            state = OPEN
        mine = np.flatnonzero(np.isin(self._near, union.zones, assume_unique=True))
        if not len(mine):
            return state
        least = (self._exact[mine] + np.where(self._measured[mine], 0.0, self._slack[mine])).min()
        rivals = mine[self._exact[mine] - self._slack[mine] <= least]
        self._measure(self._flags(rivals))
        pick = rivals[np.argmin(self._exact[rivals])]
        self.zone[leaf] = self._near[pick]
        accuracy = self._accuracy[pick]
        if accuracy > 0 and state in (HIT, CLEAR) and self._at_edge(union, float(accuracy)):
            return TENTATIVE if state == HIT else OPEN
        return state

    def _at_edge(self, union: Union, accuracy: float) -> bool:
        """Tell whether the outline of united zones is no farther than their accuracy."""
        if not len(union.edges):
            return False
        reach = (accuracy + 1.0) / (1 - 1.5 * self._table.error)
        near = union.tree.query(self._flat, predicate="dwithin", distance=reach)
        if not len(near):
            return False
        points = np.full(len(near), self.point, dtype=object)
        return bool(geodesy.distance(points, union.edges[near]).metres.min() <= accuracy)
