"""Which made sites meet which zones, and which lie within a distance of them: by numpy and pyproj alone.

The engine's geodesy has no part in it.  Whether shapes meet is decided for every pair of overlapping boxes by even-odd
counting and by crossing edges.  Whether they lie within a distance is decided by a projection where that leaves no
doubt, and in a band about the threshold by measuring: edges, straight in degrees, are divided until no piece leaves
its geodesic by a fifth of a millimetre, and the foot on each near piece is sought with ``pyproj.Geod.inv``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import Geod, Transformer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Rows = NDArray[np.intp]

GEOD = Geod(a=6378137.0, rf=298.257222101)
METRIC = "EPSG:4547"
#: Share of the threshold on either side of which pairs are measured.
BAND = 0.02
STEP_M = 100.0
_GOLDEN = (np.sqrt(5) - 1) / 2
#: Golden steps over a piece of 100 m: the foot is found to 0.1 mm along it, the distance far closer.
_ROUNDS = 29
#: Products of vertices worked on at once.
_CHUNK = 4_000_000
_LAT_M = 111_000.0


@dataclass(frozen=True)
class Truth:
    """All true pairs, sorted.

    Attributes
    ----------
    pairs : (n, 2) int
        Rows of site and zone.
    near : (k, 2) int
        Pairs that were measured, true or not.
    metres : (k,) float
        Their distance on the ellipsoid.
    threshold : float
        Metres; 0 where the question was whether shapes meet.
    """

    pairs: Rows
    near: Rows
    metres: Floats
    threshold: float

    def score(self, pairs: Rows) -> Score:
        """Compare an answer, (m, 2) in any order, with the truth."""
        truth, said, near = (_keys(one) for one in (self.pairs, pairs, self.near))
        missed, false = np.setdiff1d(truth, said), np.setdiff1d(said, truth)
        wrong = np.concatenate([missed, false])
        at = np.searchsorted(near, wrong)
        known = at < len(near)
        known[known] = near[at[known]] == wrong[known]
        off = np.abs(self.metres[at[known]] - self.threshold)
        return Score(len(truth), len(missed), len(false), float(off.max(initial=0.0)), int(np.sum(~known)), np.sort(off))


@dataclass(frozen=True)
class Score:
    """How an answer differs from the truth.

    Attributes
    ----------
    pairs, missed, false : int
        True pairs, those not named, those named wrongly.
    farthest_m : float
        How far from the threshold the worst measured one lies.
    gross : int
        Wrong pairs that lie outside the measured band altogether.
    off_m : (k,) float
        How far from the threshold each wrong measured pair lies, ascending.
    """

    pairs: int
    missed: int
    false: int
    farthest_m: float
    gross: int
    off_m: Floats

    @property
    def right(self) -> bool:
        """Whether nothing is missed and nothing is false."""
        return not self.missed and not self.false

    def words(self) -> str:
        """One line for a table."""
        said = f"{self.pairs:,} pairs, {self.missed:,} missed, {self.false:,} false"
        if self.right:
            return said
        where = f"all within {self.farthest_m:.3g} m of the threshold" if not self.gross else f"{self.gross:,} not near it"
        return f"{said}; {where}"


def _keys(pairs: Rows) -> NDArray[np.int64]:
    """One number for a pair, ascending."""
    return np.sort(pairs[:, 0].astype(np.int64) << 32 | pairs[:, 1])


# --------------------------------------------------------------------------------------------------------
# Do they meet?
# --------------------------------------------------------------------------------------------------------


def meeting(sites: NDArray[Any], zones: NDArray[Any]) -> Truth:
    """Return all pairs that meet: points in zones, or polygons that share a place with them.

    Parameters
    ----------
    sites : (n,) array of geometry
        Points, or polygons of one ring.
    zones : (m,) array of geometry
        Polygons of one ring.
    """
    zone, site = shapely.STRtree(sites).query(zones)
    found = []
    a, b = Rings(sites), Rings(zones)
    for part in _parts(site, zone, a.size[site] * 2 + b.size[zone] * 2):
        i, j = site[part], zone[part]
        met = _inside(a.first[i], b, j)
        if a.is_ring:
            met |= _inside(b.first[j], a, i)
            rest = np.flatnonzero(~met)
            met[rest] = _crossing(a, i[rest], b, j[rest])
        found.append(np.column_stack([i[met], j[met]]))
    return Truth(_sorted(found), np.empty((0, 2), dtype=np.intp), np.empty(0), 0.0)


class Rings:
    """Vertices of many geometries one after another.

    Attributes
    ----------
    coords : (v, 2) float
    start, size : (n,) int
        Where the vertices of each begin, and how many it has.
    first : (n, 2) float
    is_ring : bool
        Whether they are polygons; else points.
    """

    def __init__(self, shapes: NDArray[Any]) -> None:
        self.coords = shapely.get_coordinates(shapes)
        self.size = shapely.get_num_coordinates(shapes)
        self.start = np.cumsum(self.size) - self.size
        self.first = self.coords[self.start]
        self.is_ring = bool(np.any(shapely.get_dimensions(shapes) == 2))

    def edges(self, rows: Rows) -> tuple[Rows, Rows]:
        """Return for the edges of each of `rows`: which of the rows, and the vertex each begins at."""
        return _runs(self.start[rows], self.size[rows] - 1)

    def bounds(self, rows: Rows) -> Floats:
        """West, south, east and north of each of `rows`, (n, 4)."""
        low = np.minimum.reduceat(self.coords, self.start)
        high = np.maximum.reduceat(self.coords, self.start)
        return np.concatenate([low, high], axis=1)[rows]


def _inside(points: Floats, rings: Rings, rows: Rows) -> Bools:
    """Whether each point lies in its ring, by the even-odd rule."""
    owner, edge = rings.edges(rows)
    p, a, b = points[owner], rings.coords[edge], rings.coords[edge + 1]
    across = (a[:, 1] > p[:, 1]) != (b[:, 1] > p[:, 1])
    owner, p, a, b = owner[across], p[across], a[across], b[across]
    at = (p[:, 1] - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])
    count = np.bincount(owner[p[:, 0] - a[:, 0] < at], minlength=len(points))
    return count % 2 == 1


def _crossing(a: Rings, i: Rows, b: Rings, j: Rows) -> Bools:
    """Whether any edge of ring i of `a` crosses one of ring j of `b`, pair by pair."""
    one, other = a.bounds(i), b.bounds(j)
    window = np.concatenate([np.maximum(one[:, :2], other[:, :2]), np.minimum(one[:, 2:], other[:, 2:])], axis=1)
    (row_a, edge_a), (row_b, edge_b) = _windowed(a, i, window), _windowed(b, j, window)
    out = np.zeros(len(i), dtype=bool)
    for p, q, row in _products(row_a, row_b, len(i)):
        a0, a1 = a.coords[edge_a[p]], a.coords[edge_a[p] + 1]
        b0, b1 = b.coords[edge_b[q]], b.coords[edge_b[q] + 1]
        met = (_side(a0, a1, b0) != _side(a0, a1, b1)) & (_side(b0, b1, a0) != _side(b0, b1, a1))
        out[row[met]] = True
    return out


def _windowed(rings: Rings, rows: Rows, window: Floats) -> tuple[Rows, Rows]:
    """Return the edges whose boxes meet the window of their pair."""
    owner, edge = rings.edges(rows)
    low = np.minimum(rings.coords[edge], rings.coords[edge + 1])
    high = np.maximum(rings.coords[edge], rings.coords[edge + 1])
    keep = np.all(low <= window[owner, 2:], axis=1) & np.all(high >= window[owner, :2], axis=1)
    return owner[keep], edge[keep]


def _side(a: Floats, b: Floats, p: Floats) -> Bools:
    """Whether p lies to the left of a line from a to b."""
    return (b[:, 0] - a[:, 0]) * (p[:, 1] - a[:, 1]) > (b[:, 1] - a[:, 1]) * (p[:, 0] - a[:, 0])


# --------------------------------------------------------------------------------------------------------
# Are they near?
# --------------------------------------------------------------------------------------------------------


def near(sites: NDArray[Any], zones: NDArray[Any], metres: float) -> Truth:
    """Return all pairs at most `metres` apart on the ellipsoid; parameters as for :func:`meeting`.

    Raises
    ------
    ValueError
        If the projection could be wrong by more than half the band, so that pairs outside it are not sure.
    """
    a, b = projected(sites), projected(zones)
    doubt = _projection_error(zones, metres) + _projection_error(sites, metres)
    if doubt > metres * BAND / 2:
        raise ValueError(f"The projection may be {doubt:.2g} m off, too much for a band of {metres * BAND:g} m.")
    tree = shapely.STRtree(a)
    zone, site = tree.query(b, predicate="dwithin", distance=metres * (1 + BAND))
    sure = shapely.dwithin(a[site], b[zone], metres * (1 - BAND))
    i, j = site[~sure], zone[~sure]
    far = distances(sites[i], zones[j], metres * (1 + 2 * BAND))
    pairs = np.column_stack([site, zone])
    close = far <= metres
    order = np.argsort(i.astype(np.int64) << 32 | j)
    return Truth(_sorted([pairs[sure], np.column_stack([i, j])[close]]), np.column_stack([i, j])[order], far[order], metres)


def projected(shapes: NDArray[Any]) -> NDArray[Any]:
    """Bring degrees to the Gauss-Kruger zone of 114 degrees east, vertex by vertex."""
    bring = Transformer.from_crs("EPSG:4490", METRIC, always_xy=True)
    return shapely.transform(shapes, lambda xy: np.column_stack(bring.transform(xy[:, 0], xy[:, 1])))


def _projection_error(shapes: NDArray[Any], metres: float) -> float:
    """Return how far a distance of `metres` to these shapes may be off in the projection, at most."""
    coords, owner = shapely.get_coordinates(shapes, return_index=True)
    turn = np.radians(coords[:, 0] - 114.0) * np.cos(np.radians(coords[:, 1]))
    scale = float(np.max(turn**2)) / 2 * 1.1
    apart = np.diff(coords, axis=0)[np.diff(owner) == 0]
    longest = float(np.max(np.hypot(apart[:, 0], apart[:, 1]), initial=0.0)) * _LAT_M
    # An edge straight in degrees leaves the straight one by length^2 tan(latitude) / 8 R.
    return metres * scale + longest**2 * float(np.tan(np.radians(coords[:, 1].max()))) / (8 * 6.35e6)


def distances(first: NDArray[Any], second: NDArray[Any], limit: float) -> Floats:
    """Return the ellipsoidal distance of each pair of shapes that do not meet; infinity for one beyond `limit`.

    Parameters
    ----------
    first, second : (k,) array of geometry
        Points or polygons; edges straight in degrees.
    limit : float
        Metres.
    """
    out = np.full(len(first), np.inf)
    size = shapely.get_num_coordinates(first) * shapely.get_num_coordinates(second)
    for part in _parts(first, second, size * 2):
        a, b = _Pieces(first[part]), _Pieces(second[part])
        out[part] = np.minimum(_feet(a, b, limit, len(part)), _feet(b, a, limit, len(part)))
    out[out > limit] = np.inf
    return out


class _Pieces:
    """Vertices of shapes, edges divided into pieces of at most `STEP_M`, with the row each belongs to."""

    def __init__(self, shapes: NDArray[Any]) -> None:
        coords, owner = shapely.get_coordinates(shapes, return_index=True)
        same = np.append(owner[1:] == owner[:-1], False)
        ahead = np.append(coords[1:], coords[-1:], axis=0)
        long = np.hypot(*((ahead - coords) * np.column_stack([np.cos(np.radians(coords[:, 1])), np.ones(len(coords))])).T)
        count = np.where(same, np.maximum(np.ceil(long * 1.01 * _LAT_M / STEP_M), 1), 1).astype(int)
        at, place = _runs(np.zeros(len(coords), dtype=np.intp), count)
        share = (place / count[at])[:, None]
        self.coords = np.where(same[at, None], coords[at] + share * (ahead - coords)[at], coords[at])
        self.row = owner[at]
        # A piece begins at every vertex but the last of each shape.
        self.begins = np.flatnonzero(np.append(self.row[1:] == self.row[:-1], False))
        self.bounds = shapely.bounds(shapes)


def _feet(points: _Pieces, lines: _Pieces, limit: float, rows: int) -> Floats:
    """Return the least distance from the points of each row to the pieces of the same row."""
    out = np.full(rows, np.inf)
    if not len(lines.begins):
        return out
    lat = np.abs(points.bounds[:, [1, 3]]).max(axis=1) + 0.1
    pad = 1.05 * limit / _LAT_M / np.column_stack([np.cos(np.radians(lat)), np.ones(rows)])
    reach = np.concatenate([points.bounds[:, :2] - pad, points.bounds[:, 2:] + pad], axis=1)
    a, b = lines.coords[lines.begins], lines.coords[lines.begins + 1]
    row = lines.row[lines.begins]
    keep = np.all(np.minimum(a, b) <= reach[row, 2:], axis=1) & np.all(np.maximum(a, b) >= reach[row, :2], axis=1)
    a, b, row = a[keep], b[keep], row[keep]
    chosen_p, chosen_s, chosen_d = [], [], []
    for p, s, _ in _products(points.row, row, rows):
        rough = _roughly(points.coords[p], a[s], b[s])
        np.minimum.at(out, row[s], rough)
        # A first sieve while the least of a row is still being found; the second follows below.
        some = rough <= out[row[s]] * 1.005 + 0.5
        chosen_p.append(p[some])
        chosen_s.append(s[some])
        chosen_d.append(rough[some])
    p, s, rough = np.concatenate(chosen_p), np.concatenate(chosen_s), np.concatenate(chosen_d)
    some = rough <= out[row[s]] * 1.005 + 0.5
    p, s = p[some], s[some]
    out = np.full(rows, np.inf)
    np.minimum.at(out, row[s], foot(points.coords[p], a[s], b[s]))
    return out


def _roughly(p: Floats, a: Floats, b: Floats) -> Floats:
    """Return the distance from points to short edges in a frame about each point: true to a thousandth."""
    lat = np.radians(p[:, 1])
    bend = 1 - GEOD.es * np.sin(lat) ** 2
    unit = np.radians(1.0) * GEOD.a / np.sqrt(bend)
    stretch = np.column_stack([unit * np.cos(lat), unit * (1 - GEOD.es) / bend])
    a, b = (a - p) * stretch, (b - p) * stretch
    way = b - a
    length = np.einsum("ij,ij->i", way, way)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip(np.nan_to_num(-np.einsum("ij,ij->i", a, way) / length), 0.0, 1.0)
    return np.hypot(*(a + share[:, None] * way).T)


def foot(p: Floats, a: Floats, b: Floats) -> Floats:
    """Return the geodesic distance from points to short edges straight in degrees, by golden section, (n,) metres."""

    def at(share: Floats) -> Floats:
        q = a + share[:, None] * (b - a)
        return np.asarray(GEOD.inv(p[:, 0], p[:, 1], q[:, 0], q[:, 1])[2])

    low, high = np.zeros(len(p)), np.ones(len(p))
    best = np.minimum(at(low), at(high))
    x, y = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    fx, fy = at(x), at(y)
    for _ in range(_ROUNDS):
        left = fx < fy
        low, high = np.where(left, low, x), np.where(left, y, high)
        fresh = np.where(left, high - _GOLDEN * (high - low), low + _GOLDEN * (high - low))
        value = at(fresh)
        x, y, fx, fy = (
            np.where(left, fresh, y), np.where(left, x, fresh), np.where(left, value, fy), np.where(left, fx, value)
        )  # fmt: skip
    return np.minimum.reduce([best, fx, fy])


# --------------------------------------------------------------------------------------------------------
# Rows of uneven length
# --------------------------------------------------------------------------------------------------------


def _runs(start: Rows, count: Rows) -> tuple[Rows, Rows]:
    """Return for runs of numbers from each `start`, `count` long: which run, and the number."""
    owner = np.repeat(np.arange(len(start)), count)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count) + start[owner]


def _products(first: Rows, second: Rows, rows: int) -> Iterator[tuple[Rows, Rows, Rows]]:
    """Yield, some rows at a time, all index pairs of two ascending lists that stand in the same row, and the row."""
    size_a, size_b = np.bincount(first, minlength=rows), np.bincount(second, minlength=rows)
    start_a, start_b = np.cumsum(size_a) - size_a, np.cumsum(size_b) - size_b
    count = size_a * size_b
    for part in _parts(size_a, size_b, count):
        owner, k = _runs(np.zeros(len(part), dtype=np.intp), count[part])
        row = part[owner]
        yield start_a[row] + k // size_b[row], start_b[row] + k % size_b[row], row


def _parts(first: Any, second: Any, weight: Rows) -> Iterator[Rows]:
    """Yield the rows in runs whose weights add up to about `_CHUNK`."""
    if len(first) != len(second):
        raise ValueError(f"{len(first)} cannot be paired with {len(second)}.")
    if not len(first):
        return
    run = np.cumsum(weight) // _CHUNK
    yield from np.split(np.arange(len(weight)), np.flatnonzero(np.diff(run)) + 1)


def _sorted(found: list[Rows]) -> Rows:
    """Join lists of pairs and sort them by site, then zone."""
    pairs = np.concatenate(found) if found else np.empty((0, 2), dtype=np.intp)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
