"""The rule of the control zone, written a second time: slowly, point by point, straight from its sentence.

"A point belongs to the zone if it has a foot on the traced river no farther away than `bank` (plus half the
width there).  A foot is a place where the distance to the point along the river is a local minimum.  Feet on the
last 50 m before a cut, the cut included, count only for a point that is not beyond the square line, the
perpendicular through the cut to the chord of those 50 m."
"""

from __future__ import annotations

import heapq
import math

import numpy as np

CHORD = 50.0


class Rule:
    """The traced river of one section as a graph of straight segments, in metres."""

    def __init__(self, reaches, k=0):
        t = reaches.traces
        self.segments = []  # (place a, place b, half width)
        self.places = []
        self._known = {}
        first, last = t.pointer[k], t.pointer[k + 1]
        tips = {}
        for p in range(first, last):
            xy = reaches.xy[reaches.start[p] : reaches.start[p + 1]]
            ids = [self._place(c, end=j in (0, len(xy) - 1), key=(p, j)) for j, c in enumerate(xy)]
            tips[p] = (ids[0], ids[-1])
            self.segments.extend((a, b, reaches.half[p]) for a, b in zip(ids, ids[1:]))
        self.around = [[] for _ in self.places]
        for s, (a, b, _) in enumerate(self.segments):
            self.around[a].append((b, s))
            self.around[b].append((a, s))
        start = None
        for p in range(first, last):
            if t.parent[p] < 0:
                start = tips[p][1 if t.up[p] else 0]
        self.cuts = []  # (point, outward, {segment: (share low, share high)}, {places})
        for c in np.flatnonzero(t.cuts.trace == k):
            p = t.cuts.piece[c]
            place = start if p < 0 else tips[p][0 if t.up[p] else 1]
            self.cuts.append(self._window(place, start))

    def _place(self, c, end, key):
        """Ends of pieces at the same spot are one place; other vertices are places of their own."""
        spot = key
        if end:
            for known, number in self._known.items():
                if math.dist(known, c) < 1e-4:
                    return number
            spot = tuple(c)
            self._known[spot] = len(self.places)
        self.places.append(np.array(c))
        return len(self.places) - 1

    def _length(self, s):
        a, b, _ = self.segments[s]
        return math.dist(self.places[a], self.places[b])

    def _window(self, cut, start):
        """Walk 50 m from a cut towards the start, and past it."""
        distance, via = {start: 0.0}, {}
        queue = [(0.0, start)]
        while queue:
            d, a = heapq.heappop(queue)
            if d > distance[a]:
                continue
            for b, s in self.around[a]:
                if d + self._length(s) < distance.get(b, math.inf):
                    distance[b] = d + self._length(s)
                    via[b] = (a, s)
                    heapq.heappush(queue, (distance[b], b))
        left, here, segments, places, walked = CHORD, cut, {}, {cut}, set()
        while left > 1e-9:
            if here != start and here in via and via[here][1] not in walked:
                there, s = via[here]
            else:
                onward = [(b, s) for b, s in self.around[here] if s not in walked]
                if not onward:
                    break
                there, s = onward[0]
            walked.add(s)
            share = min(left / self._length(s), 1.0)
            segments[s] = (0.0, share) if self.segments[s][0] == here else (1.0 - share, 1.0)
            back = self.places[here] + share * (self.places[there] - self.places[here])
            left -= self._length(s)
            here = there
            if left > 1e-3:
                places.add(here)
        outward = self.places[cut] - back
        return self.places[cut], outward / np.hypot(*outward), segments, places

    def beyond(self, cut, point):
        """Whether a point is beyond the square line of a cut."""
        return float((point - self.cuts[cut][0]) @ self.cuts[cut][1]) > 0.0

    def holds(self, point, bank):
        """Whether a point belongs to the zone."""
        point = np.asarray(point, dtype=float)
        for s, (a, b, half) in enumerate(self.segments):
            p, q = self.places[a], self.places[b]
            share = float((point - p) @ (q - p)) / float((q - p) @ (q - p))
            if not 0.0 < share < 1.0 or math.dist(p + share * (q - p), point) > bank + half:
                continue
            windows = [k for k, c in enumerate(self.cuts) if s in c[2] and c[2][s][0] <= share <= c[2][s][1]]
            if not any(self.beyond(k, point) for k in windows):
                return True
        for v, place in enumerate(self.places):
            half = max(self.segments[s][2] for _, s in self.around[v])
            if math.dist(place, point) > bank + half:
                continue
            if any(float((point - place) @ (self.places[b] - place)) > 0 for b, _ in self.around[v]):
                continue
            if not any(self.beyond(k, point) for k, c in enumerate(self.cuts) if v in c[3]):
                return True
        return False

    def settled(self, point, bank, within=0.01):
        """Return what `holds` says, or None where the border is nearer than `within`."""
        said = {
            self.holds(np.add(point, d), bank)
            for d in ((0, 0), (within, 0), (-within, 0), (0, within), (0, -within))
        }
        return said.pop() if len(said) == 1 else None
