"""What lies near traced rivers, and how near: pairs of a zone and a feature, and places on the rivers.

The rivers are taken as straight segments, the segments of a piece in short runs ("chunks"), so that only the few
that can matter are measured.  Everything is in the metres of each zone's own frame but the boxes by which features
are found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..geodesy import metres_per_degree, tm_forward
from .feet import expand
from .reaches import DENSIFY_DEG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .features import Features
    from .zone import Zones

    _Floats = NDArray[np.float64]
    _Ints = NDArray[np.int64]

# Segments per chunk.
_RUN = 8
# Places this near to one another (metres) are one.
TOUCH = 1e-6
# Rooms for rounding, and for the frames' scale 50 km off their meridians.
_ROOM = 1.0005
# Features of more vertices than these are cut to the surroundings of a zone before they are brought to metres.
_MANY_VERTICES = 2000
# Coordinates brought to metres at a time, so that they stay in the processor's cache.
_BLOCK = 16384


class Rivers:
    """The traced rivers of all zones as segments.

    Attributes
    ----------
    piece : (s,) int
        The piece that each segment belongs to; segments run downstream, piece after piece.
    a, b, unit : (s, 2) float
        Ends of the segments and the unit vectors along them.
    length : (s,) float
    half : (s,) float
        Half the river's width.
    along : (s,) float
        Metres below the upper end of the piece's edge at `a`.
    chunk : (c + 1,) int
        Chunk `i` owns the segments ``chunk[i]:chunk[i + 1]``.
    chunk_zone : (c,) int
        Ascending.
    chunk_of : (s,) int
        The chunk of each segment.
    zone_chunks : (n + 1,) int
        Zone `k` owns the chunks ``zone_chunks[k]:zone_chunks[k + 1]``.
    """

    def __init__(self, zones: Zones) -> None:
        reaches, traces = zones.reaches, zones.reaches.traces
        size = np.diff(reaches.start)
        piece_of = np.repeat(np.arange(len(size)), size)
        opens = np.ones(len(piece_of), dtype=bool)
        opens[reaches.start[1:] - 1] = False
        self._vertex = np.flatnonzero(opens)
        self.piece = piece_of[self._vertex]
        self.a, self.b = reaches.xy[self._vertex], reaches.xy[self._vertex + 1]
        step = self.b - self.a
        self.length = np.hypot(step[:, 0], step[:, 1])
        with np.errstate(invalid="ignore", divide="ignore"):
            self.unit = np.nan_to_num(step / self.length[:, None])
        self.half = reaches.half[self.piece]
        first = np.searchsorted(self.piece, np.arange(len(size) + 1))
        total = np.append(0.0, np.cumsum(self.length))
        inside = total[:-1] - np.repeat(total[first[:-1]], size - 1)
        planar = total[first[1:]] - total[first[:-1]]
        # A piece's length is known on the ellipsoid; the frame divides it among its segments.
        with np.errstate(invalid="ignore", divide="ignore"):
            self.stretch = np.nan_to_num((traces.high - traces.low) / planar)
        self.along = traces.low[self.piece] + inside * self.stretch[self.piece]
        count = -(-(size - 1) // _RUN)
        row, k = expand(np.zeros(len(size), np.int64), count)
        self.chunk = np.append(first[row] + k * _RUN, len(self.piece))
        self.chunk_zone = traces.owner[row]
        self.chunk_of = np.repeat(np.arange(len(row)), np.diff(self.chunk))
        self.zone_chunks = np.searchsorted(self.chunk_zone, np.arange(len(reaches) + 1))
        self._degrees, self._lon0 = reaches.degrees, reaches.lon0

    def boxes(self, away: float) -> NDArray[Any]:
        """Return a box in degrees around each chunk, (c,), that holds what is nearer to its bank than `away`."""
        first = self._vertex[self.chunk[:-1]]
        last = self._vertex[self.chunk[1:] - 1] + 2
        bounds = np.empty((len(first), 4))
        # The borders of neighbouring runs are interleaved so that every second reduction is one chunk.
        edges = np.column_stack([first, last]).ravel()
        padded = np.concatenate([self._degrees, self._degrees[-1:]]) if len(self._degrees) else self._degrees
        if len(first):
            bounds[:, :2] = np.minimum.reduceat(padded, edges)[::2]
            bounds[:, 2:] = np.maximum.reduceat(padded, edges)[::2]
        room = _ROOM * (away + self.half[self.chunk[:-1]]) + 1.0
        return grown(bounds, room)

    def lines(self, chunk: _Ints) -> NDArray[Any]:
        """Return chunks as LineStrings in metres."""
        row, seg = expand(self.chunk[chunk], self.chunk[chunk + 1])
        ends = np.cumsum(np.diff(np.append(np.searchsorted(row, np.arange(len(chunk))), len(row)))) - 1
        xy = np.insert(self.a[seg], ends + 1, self.b[seg[ends]], axis=0)
        return shapely.linestrings(xy, indices=np.insert(row, ends + 1, np.arange(len(chunk))))

    def measure(self, seg: _Ints, share: _Floats) -> _Floats:
        """Return how many metres below the upper end of its edge a place on a segment lies."""
        return self.along[seg] + share * self.length[seg] * self.stretch[self.piece[seg]]


def grown(bounds: _Floats, metres: Any) -> NDArray[Any]:
    """Return boxes around bounds (m, 4) in degrees, grown by so many metres and a hair."""
    lat = np.clip(np.maximum(np.abs(bounds[:, 1]), np.abs(bounds[:, 3])) + 0.1, 0.0, 89.0)
    kx, _ = metres_per_degree(lat)
    _, ky = metres_per_degree(0.0)
    dx, dy = metres / kx, metres / ky
    return shapely.box(bounds[:, 0] - dx, bounds[:, 1] - dy, bounds[:, 2] + dx, bounds[:, 3] + dy)


def to_places(rivers: Rivers, row: _Ints, seg: _Ints, xy: _Floats) -> tuple[_Floats, _Floats]:
    """Measure points to segments: ``xy[row[i]]`` to ``seg[i]``.

    Returns
    -------
    away : (k,) float
        Metres to the centreline.
    share : (k,) float
        Where the foot lies on the segment, 0 to 1.
    """
    point, unit, length = xy[row], rivers.unit[seg], rivers.length[seg]
    point -= rivers.a[seg]
    at = np.clip(point[:, 0] * unit[:, 0] + point[:, 1] * unit[:, 1], 0.0, length)
    away = np.hypot(point[:, 0] - at * unit[:, 0], point[:, 1] - at * unit[:, 1])
    with np.errstate(invalid="ignore", divide="ignore"):
        return away, np.where(length > 0, at / length, 0.0)


@dataclass(frozen=True)
class Places:
    """The nearest place on the river of each of some points.

    Attributes
    ----------
    seg : (m,) int
    share : (m,) float
    away : (m,) float
        Metres to the centreline.
    side : (m,) int8
        1 where the point lies to the left, looking downstream, -1 to the right.
    """

    seg: _Ints
    share: _Floats
    away: _Floats
    side: NDArray[np.int8]

    def xy(self, rivers: Rivers) -> _Floats:
        """The places, (m, 2) metres."""
        return rivers.a[self.seg] + (self.share * rivers.length[self.seg])[:, None] * rivers.unit[self.seg]

    def take(self, rows: Any) -> Places:
        """Return some of them."""
        return Places(self.seg[rows], self.share[rows], self.away[rows], self.side[rows])


def nearest_places(rivers: Rivers, xy: _Floats, row: _Ints, seg: _Ints, banks: Any = True) -> Places:
    """Find the nearest place of each point among some segments.

    Parameters
    ----------
    rivers : Rivers
    xy : (m, 2) float
    row, seg : (k,) int
        Pairs of a point and a segment; rows ascending, each point at least once.
    banks : bool or (m,) bool
        Seek the nearest bank, the centreline deciding where several banks are equally near (so in the river);
        otherwise the nearest centreline.

    Notes
    -----
    Where the nearest place is a vertex, the segment that leads nearest towards the point is taken: its side is
    the point's, however sharp the river turns there.
    """
    away, share = to_places(rivers, row, seg, xy)
    first = np.searchsorted(row, np.arange(len(xy)))
    half = rivers.half[seg] * np.broadcast_to(banks, len(xy))[row]
    score = np.maximum(away - half, 0.0)
    tied = score <= (np.minimum.reduceat(score, first) + TOUCH)[row]
    score = np.where(tied, away, np.inf)
    tied = score <= (np.minimum.reduceat(score, first) + TOUCH)[row]
    many = np.add.reduceat(tied, first, dtype=np.int64) > 1
    chosen = np.flatnonzero(tied)
    if many.any():
        # Towards the segment's other end from its foot: the larger the cosine, the nearer it leads.
        open_ = chosen[many[row[chosen]]]
        ahead = np.where(share[open_] < 0.5, 1.0, -1.0)
        out = (
            xy[row[open_]]
            - rivers.a[seg[open_]]
            - (share * rivers.length[seg])[open_, None] * rivers.unit[seg[open_]]
        )
        cosine = ahead * np.einsum("ij,ij->i", out, rivers.unit[seg[open_]])
        order = np.lexsort((-cosine, row[open_]))
        best = order[np.unique(row[open_][order], return_index=True)[1]]
        chosen = np.sort(np.concatenate([chosen[~many[row[chosen]]], open_[best]]))
    s = seg[chosen]
    out = xy - rivers.a[s]
    cross = rivers.unit[s, 0] * out[:, 1] - rivers.unit[s, 1] * out[:, 0]
    return Places(s, share[chosen], away[chosen], np.where(cross > 0, 1, -1).astype(np.int8))


@dataclass(frozen=True)
class Pairs:
    """Features that may be near zones.

    Attributes
    ----------
    zone, feature : (m,) int
        Ascending by zone, then feature.
    geometry : (m,) geometry
        In the metres of the zone's frame.
    centre : (m, 2) float
    radius : (m,) float
        A circle that holds the feature.
    clipped : (m,) bool
        Whether the geometry is only the feature's part around the zone, to spare the rest.
    row, seg : (k,) int
        Pairs of one of these and a segment, ascending: every segment that can be nearest to any place of the
        feature.
    lead : (k,) float
        Metres from the centre to the segment's bank, negative in the river.
    """

    zone: _Ints
    feature: _Ints
    geometry: NDArray[Any]
    centre: _Floats
    radius: _Floats
    clipped: NDArray[np.bool_]
    row: _Ints
    seg: _Ints
    lead: _Floats

    def __len__(self) -> int:
        return len(self.zone)

    def members(self, which: _Ints) -> tuple[_Ints, _Ints]:
        """Return (place in `which`, index into `row` and `seg`) of the segments of some pairs."""
        return expand(np.searchsorted(self.row, which), np.searchsorted(self.row, which, side="right"))

    def segments(self, which: _Ints) -> tuple[_Ints, _Ints]:
        """Return (place in `which`, segment) of the segments of some pairs."""
        row, k = self.members(which)
        return row, self.seg[k]

    def take(self, keep: NDArray[np.bool_]) -> Pairs:
        """Return some of the pairs."""
        number = np.cumsum(keep) - 1
        held = keep[self.row]
        return Pairs(
            self.zone[keep], self.feature[keep], self.geometry[keep], self.centre[keep], self.radius[keep],
            self.clipped[keep], number[self.row[held]], self.seg[held], self.lead[held],
        )  # fmt: skip


def pairs_near(zones: Zones, rivers: Rivers, features: Features, away: float) -> Pairs:
    """Find the features that may lie within `away` metres of the bank of each zone (some lie farther)."""
    count = len(features)
    chunk, feature = features.tree.query(rivers.boxes(away))
    key = rivers.chunk_zone[chunk] * count + feature
    held = np.flatnonzero(~shapely.is_missing(zones.channel))
    if len(held):
        # A channel may reach far from its centreline: any stretch may be the nearest.
        drawn = shapely.bounds(zones.to_degrees(held, shapely.segmentize(zones.channel[held], 200.0)))
        which, feature = features.tree.query(grown(drawn, _ROOM * away + 1.0))
        beside = held[which] * count + feature
        keep = ~np.isin(rivers.chunk_zone[chunk], held)
        wide = np.union1d(beside, key[~keep])
        each, all_of = expand(rivers.zone_chunks[wide // count], rivers.zone_chunks[wide // count + 1])
        key, chunk = np.append(key[keep], wide[each]), np.append(chunk[keep], all_of)
    order = np.lexsort((chunk, key))
    key, chunk = key[order], chunk[order]
    pair, row = np.unique(key, return_inverse=True)
    zone, feature = pair // max(count, 1), pair % max(count, 1)
    geometry, clipped = _clipped(zones, features, zone, feature, away)
    centre, radius = _circles(geometry, zones.reaches.lon0[zone])
    again, seg = expand(rivers.chunk[chunk], rivers.chunk[chunk + 1])
    row = row.reshape(-1)[again]
    pairs = Pairs(zone, feature, geometry, centre, radius, clipped, row, seg, np.empty(0))
    return _in_metres(zones, _narrowed(zones, rivers, pairs, away))


def _circles(geometry: NDArray[Any], lon0: _Floats) -> tuple[_Floats, _Floats]:
    """Return circles (centre, radius) in metres around geometries in degrees."""
    if not len(geometry):
        return np.empty((0, 2)), np.empty(0)
    bounds = shapely.bounds(geometry)
    corner = np.stack(
        [np.column_stack(tm_forward(bounds[:, x], bounds[:, y], lon0)) for x in (0, 2) for y in (1, 3)], axis=1
    )
    centre = corner.mean(axis=1)
    radius = np.hypot(*(corner - centre[:, None]).transpose(2, 0, 1)).max(axis=1)
    # Parallels and straight lines bend: a hair is added for both.
    return centre, np.where(radius > TOUCH, radius * 1.001 + 0.01, TOUCH)


def _clipped(
    zones: Zones, features: Features, zone: _Ints, feature: _Ints, away: float
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the geometries of pairs, those with very many vertices only in the surroundings of their zones."""
    geometry = features.geometry[feature]
    clipped = shapely.get_num_coordinates(geometry) > _MANY_VERTICES
    rows = np.flatnonzero(clipped)
    clipped[rows[~features.valid(feature[rows])]] = False
    rows = np.flatnonzero(clipped)
    if not len(rows):
        return geometry, clipped
    which, number = np.unique(zone[rows], return_inverse=True)
    shape = zones.reaches.whole[which]
    held = np.flatnonzero(~shapely.is_missing(zones.channel[which]))
    shape[held] = shapely.geometrycollections(np.column_stack([shape[held], zones.channel[which[held]]]))
    room = _ROOM * (away + zones.reaches.half.max(initial=0.0)) + 100.0
    box = shapely.box(*(shapely.bounds(shape) + [-room, -room, room, room]).T)
    bounds = shapely.bounds(zones.to_degrees(which, shapely.segmentize(box, 200.0)))
    cut = plain(shapely.intersection(plain(geometry[rows]), shapely.box(*bounds.T)[number]))
    some = ~shapely.is_empty(cut)
    geometry[rows[some]] = cut[some]
    clipped[rows[~some]] = False
    return geometry, clipped


def _narrowed(zones: Zones, rivers: Rivers, pairs: Pairs, away: float) -> Pairs:
    """Leave out pairs whose circles are too far, and segments that can be nearest to no place in a circle."""
    if not len(pairs):
        return pairs
    metres, _ = to_places(rivers, pairs.row, pairs.seg, pairs.centre)
    lead = metres - rivers.half[pairs.seg]
    best = np.minimum.reduceat(lead, np.searchsorted(pairs.row, np.arange(len(pairs))))
    best = np.maximum(best, 0.0)
    useful = lead <= (best + 2 * pairs.radius + TOUCH)[pairs.row]
    near = best - pairs.radius <= away
    rows = np.flatnonzero(~near & ~shapely.is_missing(zones.channel[pairs.zone]))
    gap = shapely.distance(zones.channel[pairs.zone[rows]], shapely.points(pairs.centre[rows]))
    near[rows] = gap - pairs.radius[rows] <= away
    trimmed = replace(pairs, row=pairs.row[useful], seg=pairs.seg[useful], lead=lead[useful])
    return trimmed.take(near)


def _in_metres(zones: Zones, pairs: Pairs) -> Pairs:
    """Bring the features to metres; what has coordinates that are no numbers becomes empty."""
    geometry = pairs.geometry.copy()
    if shapely.has_z(geometry).any():
        geometry = shapely.force_2d(geometry)
    geometry = plain(geometry)
    coords, owner = shapely.get_coordinates(geometry, return_index=True)
    if not len(coords):
        return pairs
    step = np.abs(np.diff(coords, axis=0)).max(axis=1)
    long = np.zeros(len(geometry), dtype=bool)
    long[owner[1:][(step > DENSIFY_DEG / 1.5) & (owner[1:] == owner[:-1])]] = True
    if long.any():
        geometry[long] = shapely.segmentize(geometry[long], DENSIFY_DEG)
        coords, owner = shapely.get_coordinates(geometry, return_index=True)
    lon0 = zones.reaches.lon0[pairs.zone]
    for low in range(0, len(coords), _BLOCK):
        part = slice(low, low + _BLOCK)
        coords[part] = np.column_stack(tm_forward(coords[part, 0], coords[part, 1], lon0[owner[part]]))
    odd = np.unique(owner[~np.isfinite(coords).all(axis=1)])
    geometry = shapely.set_coordinates(geometry, coords)
    geometry[odd] = shapely.Point()
    return replace(pairs, geometry=geometry)


def plain(geometry: NDArray[Any]) -> NDArray[Any]:
    """Return geometries with each mixed collection brought down to its parts of the highest dimension."""
    mixed = np.flatnonzero(shapely.get_type_id(geometry) == 7)
    make = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)
    for k in mixed.tolist():
        parts = [geometry[k]]
        while any(shapely.get_type_id(part) == 7 for part in parts):
            parts = [deeper for part in parts for deeper in shapely.get_parts(part)]
        parts = shapely.get_parts(np.array(parts, dtype=object))
        kind = shapely.get_dimensions(parts)
        geometry[k] = make[int(kind.max())](parts[kind == kind.max()])
    return geometry
