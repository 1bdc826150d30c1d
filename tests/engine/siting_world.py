"""A wide map with zones far apart and sites close to where answers turn, and distances by pyproj alone.

Nothing here uses the engine or GEOS: points are put and distances are measured with ``pyproj.Geod``, edges being
straight in degrees with a point at least every 100 m, and the foot found between them.
"""

from __future__ import annotations

import numpy as np
from pyproj import Geod

GEOD = Geod(a=6378137.0, rf=298.257222101)
STEP_M = 100.0
_GOLDEN = (np.sqrt(5) - 1) / 2
_CHUNK = 500_000


def forward(place, azimuth, metres):
    """Points from places (n, 2) along azimuths, degrees."""
    lon, lat, _ = GEOD.fwd(place[:, 0], place[:, 1], azimuth, metres)
    return np.column_stack([lon, lat])


def inverse(a, b):
    """Metres between the points of each pair."""
    return np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2])


def _roughly(a, b):
    """Metres between the points of each pair within a hundredth, to choose what is measured."""
    lat = np.radians((a[:, 1] + b[:, 1]) / 2)
    return np.hypot((a[:, 0] - b[:, 0]) * np.cos(lat), a[:, 1] - b[:, 1]) * 111_195.0


def grid(shift, count=12, cell=(0.25, 0.2), origin=(112.0, 34.0)):
    """Middles of zones, one to a cell of about 22 km; layers with different shifts stay 11 km apart."""
    i, j = np.meshgrid(np.arange(count), np.arange(count))
    return np.column_stack([
        origin[0] + cell[0] * (i.ravel() + 0.25 + shift[0] / 2), origin[1] + cell[1] * (j.ravel() + 0.25 + shift[1] / 2)
    ])  # fmt: skip


def star(rng, middle, corners=9, low=600.0, high=2000.0):
    """A polygon's ring (closed), concave as it comes."""
    azimuth = np.sort(np.linspace(0, 360, corners, endpoint=False) + rng.uniform(-15, 15, corners))[::-1]
    ring = forward(np.tile(middle, (corners, 1)), azimuth, rng.uniform(low, high, corners))
    return np.vstack([ring, ring[:1]])


def winding(rng, middle, count=6):
    """A line of a few kilometres."""
    at = [middle]
    azimuth = rng.uniform(0, 360)
    for _ in range(count):
        azimuth += rng.uniform(-60, 60)
        at.append(forward(at[-1][None], azimuth, rng.uniform(200, 700))[0])
    return np.array(at)


def box(rng, middle, low=500.0, high=1500.0):
    """A convex ring of four corners (closed), counter-clockwise."""
    azimuth = (rng.uniform(0, 90) - np.arange(4) * 90.0) + rng.uniform(-20, 20, 4)
    ring = forward(np.tile(middle, (4, 1)), azimuth, rng.uniform(low, high, 4) * 0 + rng.uniform(low, high))
    return np.vstack([ring, ring[:1]])


def on_edge(rng, line):
    """A random place on a line's edges, and the azimuth square to it to the right."""
    k = rng.integers(len(line) - 1)
    share = rng.uniform(0.05, 0.95)
    place = line[k] + share * (line[k + 1] - line[k])
    ahead = place + 1e-5 * (line[k + 1] - line[k])
    azimuth = GEOD.inv(*place, *ahead)[0]
    return place, azimuth + 90.0


def densified(line, step=STEP_M):
    """Points on a line at most `step` metres apart, straight in degrees, vertices included."""
    a, b = line[:-1], line[1:]
    k = np.maximum(np.ceil(inverse(a, b) / step), 1).astype(int)
    edge = np.repeat(np.arange(len(a)), k)
    share = (np.arange(len(edge)) - np.repeat(np.cumsum(k) - k, k)) / k[edge]
    return np.vstack([a[edge] + share[:, None] * (b - a)[edge], line[-1:]])


def _ragged(sizes_a, sizes_b):
    """All index pairs (a, b) within each row, for rows with so many of each; indexes run on from row to row."""
    count = sizes_a * sizes_b
    row = np.repeat(np.arange(len(count)), count)
    k = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    first_a, first_b = np.cumsum(sizes_a) - sizes_a, np.cumsum(sizes_b) - sizes_b
    return first_a[row] + k // sizes_b[row], first_b[row] + k % sizes_b[row]


def feet(points, lines):
    """Distance from each point of row i to line i: a list of arrays.

    Parameters
    ----------
    points : list of (m, 2)
    lines : list of (v, 2)
        A line of one vertex is a point.
    """
    known: dict[int, np.ndarray] = {}
    dense = [known.setdefault(id(line), densified(line) if len(line) > 1 else line) for line in lines]
    size_p, size_d = (np.array([len(x) for x in rows]) for rows in (points, dense))
    p, d = np.vstack(points), np.vstack(dense)
    i, j = _ragged(size_p, size_d)
    apart = np.concatenate([_roughly(p[i[n : n + _CHUNK]], d[j[n : n + _CHUNK]]) for n in range(0, len(i), _CHUNK)])
    # i ascends, so each point's distances lie together.
    least = np.minimum.reduceat(apart, np.searchsorted(i, np.arange(len(p))))
    row = np.repeat(np.arange(len(points)), size_p)
    last = (np.cumsum(size_d) - 1)[row]
    # The foot lies within half a step of an end of its short edge, so that end is no farther than this.
    close = apart <= least[i] * 1.02 + STEP_M / 2 + 1.0
    i, j = i[close], j[close]
    least = np.full(len(p), np.inf)
    np.minimum.at(least, i, inverse(p[i], d[j]))
    pairs = np.concatenate([np.column_stack([i, j]), np.column_stack([i, j - 1])])
    pairs = pairs[(pairs[:, 1] >= (np.cumsum(size_d) - size_d)[row[pairs[:, 0]]]) & (pairs[:, 1] < last[pairs[:, 0]])]
    i, j = np.unique(pairs, axis=0).T
    np.minimum.at(least, i, _golden(p[i], d[j], d[j + 1]))
    return np.split(least, np.cumsum(size_p)[:-1])


def _golden(p, a, b, rounds=8):
    """Least distance from points to short edges: golden section to two metres, then the parabola of its square."""
    low, high = np.zeros(len(p)), np.ones(len(p))

    def at(share):
        return inverse(p, a + share[:, None] * (b - a))

    x, y = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    fx, fy = at(x), at(y)
    for _ in range(rounds):
        left = fx < fy
        low, high = np.where(left, low, x), np.where(left, y, high)
        x, y, fx, fy = (
            np.where(left, high - _GOLDEN * (high - low), y), np.where(left, x, low + _GOLDEN * (high - low)),
            np.where(left, np.nan, fy), np.where(left, fx, np.nan),
        )  # fmt: skip
        fresh = at(np.where(left, x, y))
        fx, fy = np.where(left, fresh, fx), np.where(left, fy, fresh)
    half, middle = (high - low) / 2, (high + low) / 2
    f0, f1, f2 = at(low) ** 2, at(middle) ** 2, at(high) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        foot = middle + np.nan_to_num(half * (f0 - f2) / (2 * (f0 - 2 * f1 + f2)))
    return np.minimum.reduce([at(np.clip(foot, 0.0, 1.0)), np.sqrt(f0), np.sqrt(f1), np.sqrt(f2)])


def crossing(one, other):
    """Whether lines one[i] and other[i] cross properly: an array of bool."""
    size_a, size_b = (np.array([max(len(x) - 1, 0) for x in rows]) for rows in (one, other))
    a0, a1 = (np.vstack([x[s] for x in one]) for s in (slice(None, -1), slice(1, None)))
    b0, b1 = (np.vstack([x[s] for x in other]) for s in (slice(None, -1), slice(1, None)))
    i, j = _ragged(size_a, size_b)

    def side(p, q, r):
        return np.sign((q[:, 0] - p[:, 0]) * (r[:, 1] - p[:, 1]) - (q[:, 1] - p[:, 1]) * (r[:, 0] - p[:, 0]))

    met = side(a0[i], a1[i], b0[j]) * side(a0[i], a1[i], b1[j]) < 0
    met &= side(b0[j], b1[j], a0[i]) * side(b0[j], b1[j], a1[i]) < 0
    out = np.zeros(len(one), dtype=bool)
    out[np.repeat(np.arange(len(one)), size_a)[i[met]]] = True
    return out


def within_ring(points, ring):
    """Which points lie in a ring, by the even-odd rule."""
    a, b = ring[:-1], ring[1:]
    x, y = points[:, 0, None], points[:, 1, None]
    across = (a[None, :, 1] > y) != (b[None, :, 1] > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = a[None, :, 0] + (y - a[None, :, 1]) / (b - a)[None, :, 1] * (b - a)[None, :, 0]
    return (np.sum(across & (x < at), axis=1) % 2).astype(bool)


def clipped(ring, window):
    """What of a ring lies in a convex counter-clockwise window (Sutherland and Hodgman): its corners."""
    out = list(ring[:-1])
    for a, b in zip(window[:-1], window[1:]):
        given, out = out, []
        for p, q in zip(given, given[1:] + given[:1]):
            sp, sq = ((b[0] - a[0]) * (r[1] - a[1]) - (b[1] - a[1]) * (r[0] - a[0]) for r in (p, q))
            if sp >= 0:
                out.append(p)
            if sp * sq < 0:
                out.append(p + sp / (sp - sq) * (q - p))
    return np.array(out)


def area(ring):
    """Area of a ring, its edges straight in degrees, by pyproj."""
    if len(ring) < 3:
        return 0.0
    dense = densified(np.vstack([ring, ring[:1]]), 10.0)
    return abs(GEOD.polygon_area_perimeter(dense[:, 0], dense[:, 1])[0])
