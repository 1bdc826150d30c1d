"""Lines drawn twice: a stretch that two lines share, and two lines that run side by side (banks, double lines)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..geodesy import INVERSE_FLATTENING, metres_per_degree
from ..progress import SILENT, Progress, report
from .graph import connected

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .network import Network

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

_METRES_PER_DEGREE = float(metres_per_degree(0.0)[0])
_ECCENTRICITY = float(np.sqrt(2 / INVERSE_FLATTENING - 1 / INVERSE_FLATTENING**2))
_FINE = 10.0  # metres between the places at which a stretch is measured
_CHUNK = 400_000  # pairs of a place and a line looked at in one go


@dataclass(frozen=True)
class Beside:
    """Stretches along which edges run together.

    Attributes
    ----------
    edges : tuple of int arrays
        The edges of each stretch.
    metres : (k,) float
        How long they run together.
    apart : (k,) float
        Their mean distance in metres.
    touching : (k,) float
        Metres of `metres` along which they lie on one another.
    place : (k, 2) float
        A place on the stretch, degrees.
    """

    edges: tuple[Ints, ...]
    metres: Floats
    apart: Floats
    touching: Floats
    place: Floats

    def __len__(self) -> int:
        return len(self.metres)


def shared(network: Network) -> Beside:
    """Find edges that share segments vertex by vertex, whichever way they run."""
    coords = network.coords
    last = np.zeros(len(coords), dtype=bool)
    last[network.start[1:] - 1] = True
    first = np.flatnonzero(~last)
    bits = np.ascontiguousarray(coords).view(np.uint64)
    # The sum of the hashes of the two ends does not depend on their order.
    with np.errstate(over="ignore"):
        point = _mixed(bits[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ _mixed(bits[:, 1]))
        key = point[first] + point[first + 1]
    ordered = np.sort(key)
    often = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    # Nearly all segments stand alone: only the others are put in order.
    if not len(often):
        return _NONE
    some = np.flatnonzero(often[np.searchsorted(often, key) % len(often)] == key)
    by = some[np.argsort(key[some], kind="stable")]
    same = np.flatnonzero(key[by][1:] == key[by][:-1])
    one, two = first[by[same]], first[by[same + 1]]
    forth = (coords[one] == coords[two]).all(1) & (coords[one + 1] == coords[two + 1]).all(1)
    back = (coords[one] == coords[two + 1]).all(1) & (coords[one + 1] == coords[two]).all(1)
    one, two = one[forth | back], two[forth | back]
    a = np.searchsorted(network.start, one, side="right") - 1
    b = np.searchsorted(network.start, two, side="right") - 1
    step = network.measure[one + 1] - network.measure[one]
    middle = (coords[one] + coords[one + 1]) / 2
    a, b = np.minimum(a, b), np.maximum(a, b)
    return _gathered(a, b, step, np.zeros(len(a)), middle, len(network), 0.0)


def _mixed(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    value = (value ^ (value >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return value ^ (value >> np.uint64(29))


def side_by_side(
    network: Network,
    within: float = 30.0,
    at_least: float = 300.0,
    touching: float = 1.0,
    progress: Progress = SILENT,
) -> Beside:
    """Find edges that run within `within` metres of one another for `at_least` metres together.

    Parameters
    ----------
    within : float
        Metres between the lines.
    at_least : float
        Metres along them.  What is nearer than twice `within` to a node that both end in does not count: there
        lines are near one another because they meet.
    touching : float
        Metres between lines that lie on one another.

    Returns
    -------
    Beside
    """
    if not len(network) or within <= 0:
        return _NONE
    plane = _Plane(network, within)
    report(progress, 0.1)
    one, two = plane.pairs()
    # Coarse: some place every half of `at_least`, at least the middle of each edge.
    rough = plane.places(at_least / 2)
    near = plane.hits(one, two, rough, progress)
    hit = np.unique(near[0])
    one, two = one[hit], two[hit]
    fine = plane.places(_FINE, np.unique(one))
    pair, at, apart = plane.hits(one, two, fine)
    long_enough = (np.bincount(pair, minlength=len(one)) * fine.step_of(one) >= 2 * within)[pair]
    pair, at, apart = pair[long_enough], at[long_enough], apart[long_enough]
    edge = one[pair]
    place = network.locate(edge, fine.measure[at])
    found = _gathered(edge, two[pair], fine.step_of(edge), apart, place, len(network), touching)
    keep = np.flatnonzero(found.metres >= at_least)
    return Beside(
        tuple(found.edges[k] for k in keep),
        *(v[keep] for v in (found.metres, found.apart, found.touching, found.place)),
    )


@dataclass(frozen=True)
class _Places:
    """Places along edges: where each edge's begin, their measures and coordinates in the plane."""

    pointer: Ints
    measure: Floats
    xy: Floats
    step: Floats

    def step_of(self, edge: Ints) -> Floats:
        return self.step[edge]


class _Plane:
    """The network on an isometric plane (Mercator): true shapes, and lengths after one local factor."""

    def __init__(self, network: Network, within: float) -> None:
        self._network = network
        self._within = within
        lat = np.radians(network.coords[:, 1])
        psi = np.arctanh(np.sin(lat)) - _ECCENTRICITY * np.arctanh(_ECCENTRICITY * np.sin(lat))
        self._xy = np.column_stack([network.coords[:, 0], np.degrees(psi)]) * _METRES_PER_DEGREE
        low = np.minimum.reduceat(self._xy, network.start[:-1])
        high = np.maximum.reduceat(self._xy, network.start[:-1])
        south = np.minimum.reduceat(network.coords[:, 1], network.start[:-1])
        north = np.maximum.reduceat(network.coords[:, 1], network.start[:-1])
        # The factor at the middle of an edge is good for lengths of some metres; a hair is added where it decides
        # which pairs are looked at.
        self._factor = _METRES_PER_DEGREE / metres_per_degree((south + north) / 2)[0]
        pad = (1.05 * within * self._factor)[:, None]
        self._low, self._high = low - pad, high + pad
        indices = np.repeat(np.arange(len(network)), np.diff(network.start))
        self._line = shapely.linestrings(self._xy, indices=indices)

    def pairs(self) -> tuple[Ints, Ints]:
        """Pairs of edges whose boxes come near enough."""
        box = shapely.box(*self._low.T, *self._high.T)
        one, two = shapely.STRtree(self._line).query(box)
        # The shorter edge is the one along which is measured.
        length = self._network.length
        keep = (length[one] < length[two]) | ((length[one] == length[two]) & (one < two))
        return one[keep], two[keep]

    def places(self, step: float, edges: Ints | None = None) -> _Places:
        """Return places about every `step` metres of `edges` (default: all), at least one each."""
        network = self._network
        count = np.zeros(len(network), dtype=np.int64)
        wanted = slice(None) if edges is None else edges
        count[wanted] = np.maximum(np.ceil(network.length[wanted] / step), 1).astype(np.int64)
        pointer = np.concatenate([[0], np.cumsum(count)])
        edge = np.repeat(np.arange(len(network)), count)
        stride = network.length / np.maximum(count, 1)
        measure = (np.arange(len(edge)) - pointer[edge] + 0.5) * stride[edge]
        base = np.concatenate([[0.0], np.cumsum(network.length)[:-1]])
        total = network.measure + np.repeat(base, np.diff(network.start))
        where = base[edge] + measure
        xy = np.column_stack([np.interp(where, total, self._xy[:, k]) for k in (0, 1)])
        return _Places(pointer, measure, xy, stride)

    def hits(
        self, one: Ints, two: Ints, places: _Places, progress: Progress = SILENT
    ) -> tuple[Ints, Ints, Floats]:
        """Return (pair, place, metres) of the places of `one` within reach of `two`."""
        low, high = np.maximum(self._low[one], self._low[two]), np.minimum(self._high[one], self._high[two])
        count = places.pointer[one + 1] - places.pointer[one]
        bounds = np.searchsorted(np.cumsum(count), np.arange(_CHUNK, count.sum() + _CHUNK, _CHUNK))
        out: list[tuple[Ints, Ints, Floats]] = []
        opened = 0
        for closed in np.unique(np.append(np.minimum(bounds + 1, len(one)), len(one))):
            report(progress, 0.1 + 0.8 * closed / max(len(one), 1))
            span = np.arange(opened, closed)
            opened = closed
            pair = np.repeat(span, count[span])
            offset = np.cumsum(count[span]) - count[span]
            at = np.arange(len(pair)) - np.repeat(offset, count[span]) + places.pointer[one[pair]]
            xy = places.xy[at]
            inside = ((xy >= low[pair]) & (xy <= high[pair])).all(axis=1)
            inside[inside] = ~self._where_they_meet(one[pair[inside]], two[pair[inside]], xy[inside])
            pair, at, xy = pair[inside], at[inside], xy[inside]
            apart = shapely.distance(shapely.points(xy), self._line[two[pair]]) / self._factor[one[pair]]
            near = apart <= self._within
            out.append((pair[near], at[near], apart[near]))
        if not out:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
        return tuple(np.concatenate([part[k] for part in out]) for k in range(3))  # type: ignore[return-value]

    def _where_they_meet(self, one: Ints, two: Ints, xy: Floats) -> NDArray[np.bool_]:
        """Tell the places within twice the reach of a node that both edges end in."""
        network = self._network
        close = np.zeros(len(one), dtype=bool)
        reach = 2 * self._within * self._factor[one]
        for node, vertex in (
            (network.tail[one], network.start[one]),
            (network.head[one], network.start[one + 1] - 1),
        ):
            meet = (node == network.tail[two]) | (node == network.head[two])
            close |= meet & (np.hypot(*(xy - self._xy[vertex]).T) <= reach)
        return close


_NONE = Beside((), np.empty(0), np.empty(0), np.empty(0), np.empty((0, 2)))


def _gathered(a: Ints, b: Ints, metres: Floats, apart: Floats, place: Floats, count: int, touching: float) -> Beside:
    """Put pieces of edges `a` and `b` together to stretches: edges joined by any piece are one stretch."""
    if not len(a):
        return _NONE
    group = connected(count, a, b)[a]
    by = np.argsort(group, kind="stable")
    first = np.flatnonzero(np.concatenate([[True], np.diff(group[by]) != 0]))
    size = np.diff(np.append(first, len(by)))
    total = np.add.reduceat(metres[by], first)
    mean = np.add.reduceat((apart * metres)[by], first) / np.maximum(total, 1e-9)
    on = np.add.reduceat((metres * (apart <= touching))[by], first)
    middle = by[first + size // 2]
    cuts = np.split(by, first[1:])
    edges: list[Any] = [np.unique(np.concatenate([a[c], b[c]])) for c in cuts]
    return Beside(tuple(edges), total, mean, on, place[middle])
