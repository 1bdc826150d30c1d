"""The zones of all layers as arrays: which lie near a place, and how far they are on the ellipsoid.

Distances in the frame of the arrays are wrong by at most a known share; :meth:`ZoneTable.measure` gives those of
:func:`.geodesy.distance`, worked out on the edges' coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from . import geodesy
from .clauses.context import Zones
from .clauses.relations import depth
from .nearest import best
from .progress import Progress, report

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Shapes prepared at a time, between two looks at whether the user cancelled.
_BATCH = 2000
#: Edges in a piece: what lies behind the nearest piece is not looked at.
_PIECE = 64
#: shapely's numbers of Polygon and MultiPolygon.
_AREAS = (3, 6)


class Edges:
    """The edges of many shapes; a point is an edge without length."""

    def __init__(self, shapes: NDArray[Any]) -> None:
        parts, owner = shapely.get_parts(shapes, return_index=True)
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
        areas = shapely.get_dimensions(parts) == 2
        rings, of = shapely.get_rings(parts[areas], return_index=True)
        lines = np.concatenate([parts[~areas], rings])
        owner = np.concatenate([owner[~areas], owner[areas][of]])
        # Edges of a shape one after the other; a part that is a single point keeps it as start and end.
        order = np.argsort(owner, kind="stable")
        coords, line = shapely.get_coordinates(lines[order], return_index=True)
        ends = np.append(line[1:] != line[:-1], True) if len(line) else np.empty(0, dtype=bool)
        alone = ends & np.insert(ends[:-1], 0, True) if len(line) else ends
        keep = np.flatnonzero(~ends | alone)
        self.start = coords[keep]
        self.end = coords[np.where(alone[keep], keep, np.minimum(keep + 1, max(len(coords) - 1, 0)))]
        count = (
            np.bincount(owner[order][line[keep]], minlength=len(shapes))
            if len(keep)
            else np.zeros(len(shapes), int)
        )
        self._pieces(count)

    def _pieces(self, count: NDArray[np.intp]) -> None:
        """Cut the edges of each shape into pieces with a box around them; `count` edges to a shape."""
        pieces = -(-count // _PIECE)
        self._first = np.concatenate([[0], np.cumsum(pieces)])
        owner = np.repeat(np.arange(len(count)), pieces)
        number = np.arange(len(owner)) - self._first[owner]
        self._begin = (np.cumsum(count) - count)[owner] + number * _PIECE
        self._size = np.minimum(count[owner] - number * _PIECE, _PIECE)
        if len(owner):
            low, high = np.minimum(self.start, self.end), np.maximum(self.start, self.end)
            self._low, self._high = (
                ufunc.reduceat(ends, self._begin, axis=0)
                for ufunc, ends in ((np.minimum, low), (np.maximum, high))
            )

    def _candidates(
        self, place: NDArray[np.float64], rows: NDArray[np.intp], k: NDArray[np.float64], slope: float = 0.0
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the edges of shapes that may be the nearest, and how many each shape has; `k` scales (m, 2).

        With the tangent of the place's latitude as `slope` they are those that may be nearest on the ellipsoid too.
        """
        count = self._first[rows + 1] - self._first[rows]
        shape = np.repeat(np.arange(len(rows)), count)
        begin = np.cumsum(count) - count
        piece = np.arange(len(shape)) - begin[shape] + self._first[rows][shape]
        if len(piece) > len(rows):
            below, above = self._low[piece] - place, place - self._high[piece]
            near = np.hypot(*(np.maximum(np.maximum(below, above), 0.0) * k[shape]).T)
            far = np.hypot(*(np.maximum(np.abs(below), np.abs(above)) * k[shape]).T)
            least = np.minimum.reduceat(far, begin)
            # A hair more, so that no rounding drops the nearest; and what the scale changes on the way.
            share = least / geodesy.SEMI_MAJOR
            least *= 1 + 1e-9 + 1.5 * abs(slope) * share + 4 * (slope * share) ** 2
            keep = near <= least[shape]
            piece, shape = piece[keep], shape[keep]
        size = self._size[piece]
        edge = np.repeat(self._begin[piece] - (np.cumsum(size) - size), size) + np.arange(int(size.sum()))
        return edge, np.bincount(shape, weights=size, minlength=len(rows)).astype(np.intp)

    def nearest(
        self, place: NDArray[np.float64], rows: NDArray[np.intp], lat: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the nearest place on each shape's edges (m, 2) and its distance, in frames scaled at `lat` (m,)."""
        scale = np.column_stack(geodesy.metres_per_degree(lat))
        edge, count = self._candidates(place, rows, scale)
        begin = np.cumsum(count) - count
        kx, ky = np.repeat(scale, count, axis=0).T
        start, end = self.start[edge], self.end[edge]
        ax, ay = (start[:, 0] - place[0]) * kx, (start[:, 1] - place[1]) * ky
        dx, dy = (end[:, 0] - start[:, 0]) * kx, (end[:, 1] - start[:, 1]) * ky
        square = dx * dx + dy * dy
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(square > 0, -(ax * dx + ay * dy) / square, 0.0).clip(0.0, 1.0)
        apart = np.hypot(ax + share * dx, ay + share * dy)
        least = np.minimum.reduceat(apart, begin)
        at = np.flatnonzero(apart == np.repeat(least, count))
        pick = at[np.searchsorted(at, begin)]
        return start[pick] + share[pick, None] * (end[pick] - start[pick]), least

    def feet(self, place: NDArray[np.float64], rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the nearest place on each shape's edges, (m, 2), as :func:`.geodesy.distance` finds it."""
        scale = np.tile(np.array(geodesy.metres_per_degree(place[1])), (len(rows), 1))
        edge, count = self._candidates(place, rows, scale, float(np.tan(np.radians(place[1]))))
        ends = np.column_stack([self.start[edge], self.end[edge]])
        return best(np.tile(place, (len(edge), 1)), ends, np.repeat(np.arange(len(rows)), count))[1]


class ZoneTable:
    """The zones of several layers in one table, layer by layer, each in the order of its rows.

    Parameters
    ----------
    layers : sequence of Zones
    reach : sequence of float
        How far each layer is looked for, metres.
    lat, error : float
        The frame's latitude and its relative error of distance.

    Attributes
    ----------
    layer, row : (n,) int
        Where each zone comes from.
    first : (layers + 1,) int
        Where each layer begins.
    """

    def __init__(
        self, layers: Sequence[Zones], reach: Sequence[float], lat: float, error: float, progress: Progress
    ) -> None:
        rows = [np.flatnonzero(zones.usable) for zones in layers]
        self.first = np.concatenate([[0], np.cumsum([len(one) for one in rows])]).astype(np.intp)
        self.layer = np.repeat(np.arange(len(layers)), np.diff(self.first))
        self.row = _joined(rows, np.intp)
        self.geometry = _joined([zones.geometry[one] for zones, one in zip(layers, rows)], object)
        self.accuracy = _joined([zones.accuracy[one] for zones, one in zip(layers, rows)], float)
        self.invalid = _joined([zones.invalid[one] for zones, one in zip(layers, rows)], bool)
        self.uid = _joined([_texts(zones, "uid", one) for zones, one in zip(layers, rows)], object)
        self.name = _joined([_texts(zones, "name", one) for zones, one in zip(layers, rows)], object)
        self.error = error
        self.scale = np.array([float(k) for k in geodesy.metres_per_degree(lat)])
        self._bounds = shapely.bounds(self.geometry)
        self._flat = geodesy.scaled(self.geometry, lat)
        for low in range(0, len(self._flat), _BATCH):
            report(progress, low / len(self._flat))
            shapely.prepare(self.geometry[low : low + _BATCH])
        self._tree = shapely.STRtree(self._flat)
        self._edges = Edges(self.geometry)
        padded = np.asarray(reach, dtype=float) * (1 + 2 * error) + 1.0
        self._reach = padded[self.layer] if len(self.layer) else np.empty(0)
        self._farthest = float(self._reach.max(initial=0.0))
        self._box = shapely.bounds(self._flat)

    def near(self, place: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the zones in reach of a place in degrees, in the table's order, and their metres in the frame."""
        x, y = place * self.scale
        r = self._farthest
        found = np.sort(self._tree.query(shapely.box(x - r, y - r, x + r, y + r)))
        west, south, east, north = self._box[found].T
        gap = np.hypot(
            np.maximum(np.maximum(west - x, x - east), 0.0), np.maximum(np.maximum(south - y, y - north), 0.0)
        )
        found = found[gap <= self._reach[found]]
        metres = shapely.distance(shapely.Point(x, y), self._flat[found])
        keep = metres <= self._reach[found]
        return found[keep], metres[keep]

    def slack(self, metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how wrong metres of the frame may be."""
        return metres * self.error * 1.5 + 1.0

    def meets(self, point: Any, zones: NDArray[np.intp], metres: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which zones hold the point, their boundary included."""
        flags = np.zeros(len(zones), dtype=bool)
        close = np.flatnonzero(metres <= 1.0)
        if len(close):
            flags[close] = shapely.intersects(self.geometry[zones[close]], point)
        return flags

    def measure(
        self, place: NDArray[np.float64], zones: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return ellipsoidal metres from a place to the outlines of zones, and the nearest places there (m, 2)."""
        if not len(zones):
            return np.empty(0), np.empty((0, 2))
        foot = self._edges.feet(place, zones)
        _, _, metres = geodesy.inverse(
            np.full(len(zones), place[0]), np.full(len(zones), place[1]), foot[:, 0], foot[:, 1]
        )
        return metres, foot

    def depth(self, place: NDArray[np.float64], zones: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return how many metres boundaries may move before zones that hold the place no longer do.

        As :func:`.clauses.relations.depth` says for a point.
        """
        shapes = self.geometry[zones]
        areas = np.isin(shapely.get_type_id(shapes), _AREAS)
        out = np.zeros(len(zones))
        if areas.any():
            out[areas] = self._edges.nearest(place, zones[areas], np.full(int(areas.sum()), place[1]))[1]
        if not areas.all():
            points = np.full(int((~areas).sum()), shapely.Point(place), dtype=object)
            out[~areas] = depth(points, shapes[~areas], points)
        return out


def _joined(parts: list[NDArray[Any]], kind: Any) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype=kind), *parts]).astype(kind)


def _texts(zones: Zones, column: str, rows: NDArray[np.intp]) -> NDArray[Any]:
    """Return a column as text, empty for what is missing."""
    out = np.full(len(rows), "", dtype=object)
    if column in zones.frame.columns:
        cells = zones.frame[column].to_numpy(dtype=object)[rows]
        out[:] = ["" if value is None or value != value else str(value) for value in cells]
    return out
