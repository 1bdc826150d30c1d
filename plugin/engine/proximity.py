"""Which of many geometries meet, lie within a distance of each other, or are nearest: pairs on the ellipsoid.

A distance is tested without a buffer.  Both sides are brought to the ellipsoid's own Mercator, whose scale depends on
latitude alone; it is conformal, so a distance d on the map stands for one on the ellipsoid between d times the smallest
and d times the largest scale of the latitudes it passes.  These two bounds decide all pairs but those in a band of
some centimetres about the threshold, which are measured on the ellipsoid.  It holds for any extent, a country too.

The fewer geometries ask a tree of the boxes of the more numerous; shapely lets other threads run while it compares
shapes, so all cores take part.

References
----------
Snyder, J. P. (1987). Map Projections: A Working Manual. USGS PP 1395 (Mercator on the ellipsoid, eq. 7-6 to 7-8).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, Union

import numpy as np
import shapely

from . import geodesy
from .errors import Cancelled, InputError
from .progress import SILENT, Progress
from .threads import cores, quiet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]
    Geometries = Union["Placed", NDArray[Any]]

#: Geometries that one task of a thread compares; what a prepared shape needs is freed after each.
_SLICE = 256
#: An edge straight in degrees may lie this far, in metres, from its straight image; longer edges are divided.
_SAG_M = 0.05
#: Added to every bound, besides what edges lie off: rounding.
_SLACK_M = 1e-3
#: Mercator has no poles; no province of China lies beyond.
_LIMIT_DEG = 84.0
#: Edges in a piece of a long line.
_PIECE = 32
#: Coordinates that stay in a processor's cache.
_BLOCK = 1 << 15
#: Fewer blocks are not worth a thread.
_FEW = 16
_NONE = np.empty(0, dtype=np.intp)
_RADIAN = float(np.radians(1.0))
#: An edge that rises less, in degrees of latitude, bends by less than that up to 84 degrees.
_SURELY_STRAIGHT_DEG = 4.5e-3


class Placed:
    """Geometries in degrees with their images in Mercator, worked out once and only where they are asked for.

    Parameters
    ----------
    geometry : (n,) array of geometry
        EPSG:4490, edges straight in degrees; None and empty ones pair with nothing.
    """

    def __init__(self, geometry: NDArray[Any]) -> None:
        self.geometry = np.asarray(geometry, dtype=object).ravel()

    def __len__(self) -> int:
        return len(self.geometry)

    def take(self, rows: NDArray[Any]) -> Placed:
        """Return these rows, with what is known of them already."""
        out = Placed(self.geometry[rows])
        for name in ("usable", "bounds", "flat", "flat_bounds"):
            if name in self.__dict__:
                out.__dict__[name] = self.__dict__[name][rows]
        return out

    @cached_property
    def usable(self) -> NDArray[np.bool_]:
        """Which have a geometry, (n,)."""
        return ~(shapely.is_missing(self.geometry) | shapely.is_empty(self.geometry))

    @cached_property
    def bounds(self) -> NDArray[np.float64]:
        """West, south, east and north in degrees, (n, 4)."""
        return shapely.bounds(self.geometry)

    @cached_property
    def flat(self) -> NDArray[Any]:
        """The images in Mercator metres, (n,); edges that would leave their image by 5 cm are divided.

        Raises
        ------
        InputError
            For a latitude beyond 84 degrees.
        """
        _require_mercator(self.bounds)
        shapes = _divided(self.geometry)
        coords = shapely.get_coordinates(shapes)
        return shapely.set_coordinates(np.array(shapes, dtype=object), mercator(coords))

    @property
    def slack(self) -> float:
        """How far, in metres, an edge may lie from its straight image."""
        return _SAG_M if np.any(shapely.get_dimensions(self.geometry) > 0) else 0.0

    @cached_property
    def flat_bounds(self) -> NDArray[np.float64]:
        """The boxes of the images, metres, (n, 4)."""
        low, high = mercator(self.bounds[:, :2]), mercator(self.bounds[:, 2:])
        return np.column_stack([low, high])

    @cached_property
    def tree(self) -> shapely.STRtree:
        """A tree of the boxes of the images."""
        return shapely.STRtree(_boxes(self.flat_bounds, self.usable))

    def scales(self, reach_m: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the smallest and the largest scale (metres per metre of the map) within `reach_m`, (n,) each."""
        pad = np.asarray(reach_m, dtype=float) / 110_000.0
        south, north = self.bounds[:, 1] - pad, self.bounds[:, 3] + pad
        far = np.maximum(np.abs(south), np.abs(north))
        near = np.where((south < 0) & (north > 0), 0.0, np.minimum(np.abs(south), np.abs(north)))
        return scale(np.minimum(far, 89.0)), scale(near)


def _require_mercator(bounds: NDArray[np.float64]) -> None:
    if np.any((bounds[:, 1] < -_LIMIT_DEG) | (bounds[:, 3] > _LIMIT_DEG)):
        raise InputError(
            f"A geometry lies beyond {_LIMIT_DEG:g} degrees of latitude; check whether its longitude and"
            " latitude are exchanged."
        )


def mercator(coords: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring longitudes and latitudes (n, 2), degrees, to the ellipsoid's Mercator, metres at the equator's scale."""
    out = np.empty_like(coords)
    e2 = geodesy.ECCENTRICITY**2

    def bring(low: int) -> None:
        block = slice(low, low + _BLOCK)
        out[block, 0] = coords[block, 0] * (geodesy.SEMI_MAJOR * _RADIAN)
        sine = np.sin(coords[block, 1] * _RADIAN)
        # e artanh(e sin) by its series, to a hundredth of a millimetre.
        square = e2 * sine * sine
        ellipsoid = e2 * sine * (1.0 + square * (1 / 3 + square * (1 / 5 + square / 7)))
        out[block, 1] = geodesy.SEMI_MAJOR * (0.5 * np.log((1.0 + sine) / (1.0 - sine)) - ellipsoid)

    parts = range(0, len(coords), _BLOCK)
    if len(parts) < _FEW:
        for low in parts:
            bring(low)
    else:
        with ThreadPoolExecutor(cores()) as pool:
            list(pool.map(bring, parts))
    return out


def scale(lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many metres on the ellipsoid one metre of the map stands for at latitude `lat`, degrees."""
    return geodesy.metres_per_degree(lat)[0] / np.radians(geodesy.SEMI_MAJOR)


def placed(geometry: Geometries) -> Placed:
    """Return geometries as :class:`Placed`."""
    return geometry if isinstance(geometry, Placed) else Placed(geometry)


def intersecting(
    first: Geometries, second: Geometries, *, workers: int | None = None, progress: Progress = SILENT
) -> Pairs:
    """Return all pairs that meet, a common boundary point included.

    Parameters
    ----------
    first, second : (n,), (m,) array of geometry, or Placed
        EPSG:4490, edges straight in degrees.
    workers : int, optional
        Threads; by default all cores, at most eight.

    Returns
    -------
    i, j : int arrays
        Rows of `first` and of `second`, sorted by `i`, then `j`.

    Raises
    ------
    Cancelled
        If the progress says so.
    """
    a, b = placed(first), placed(second)
    ask, told, turned = (a, b, False) if len(a) <= len(b) else (b, a, True)
    rows = np.flatnonzero(ask.usable)
    boxes = np.full(len(ask), None, dtype=object)
    boxes[rows] = _across(*ask.bounds[rows].T)
    tree = shapely.STRtree(told.geometry)

    def look(part: NDArray[np.intp]) -> Pairs:
        at, j = tree.query(boxes[part])
        i = part[at]
        with _Prepared(ask.geometry[part]):
            meet = shapely.intersects(ask.geometry[i], told.geometry[j])
        return i[meet], j[meet]

    return _sorted(*_gathered(look, rows, workers, progress), turned)


def within(
    first: Geometries,
    second: Geometries,
    metres: float | NDArray[np.float64],
    *,
    workers: int | None = None,
    progress: Progress = SILENT,
) -> Pairs:
    """Return all pairs whose ellipsoidal distance, edge to edge, is at most `metres`.

    Parameters
    ----------
    first, second : (n,), (m,) array of geometry, or Placed
        EPSG:4490, edges straight in degrees.
    metres : float or (n,) array of float
        One distance, or one for each of `first`.
    workers : int, optional
        Threads; by default all cores, at most eight.

    Returns
    -------
    i, j : int arrays
        Rows of `first` and of `second`, sorted by `i`, then `j`.

    Raises
    ------
    InputError
        For a latitude beyond 84 degrees.
    Cancelled
        If the progress says so.
    """
    a, b = placed(first), placed(second)
    ask, told, turned = (a, b, False) if len(a) <= len(b) else (b, a, True)
    rows = np.flatnonzero(ask.usable)
    if not len(rows) or not told.usable.any():
        return _NONE, _NONE
    limit = np.broadcast_to(np.asarray(metres, dtype=float), (len(a),))
    top = float(limit.max())
    for one in (ask, told):
        _require_mercator(one.bounds)
    # geodesy.distance is true to a millionth; the shapes must not settle what it would decide otherwise.
    slack = ask.slack + told.slack + _SLACK_M + 1e-6 * top
    # The scale is taken within reach of whichever of the two spans fewer degrees.
    sides = [(one.bounds[:, 3] - one.bounds[:, 1], *one.scales(top)) for one in (ask, told)]
    boxes = np.full(len(ask), None, dtype=object)
    kept = isinstance(first if turned else second, Placed)
    if kept:
        boxes[rows] = _grown(ask.flat_bounds[rows], ((top + slack) / sides[0][1])[rows])
        tree = told.tree
    else:
        # Images are worked out of those alone that may be near, slice by slice, while another thread compares;
        # a caller's Placed keeps them for its next question.
        boxes[rows] = _around(ask.bounds[rows], top + slack)
        tree = shapely.STRtree(told.geometry)
        rows = _side_by_side(rows, ask.bounds)
    asked = isinstance(second if turned else first, Placed)
    # Worked out here what threads share.
    mine, theirs = ask.flat if asked else None, told.flat if kept else None

    def look(part: NDArray[np.intp]) -> Pairs:
        at, j = tree.query(boxes[part])
        i = part[at]
        (span, low, high), (span_, low_, high_) = sides
        slim = span[i] <= span_[j]
        low, high = np.where(slim, low[i], low_[j]), np.where(slim, high[i], high_[j])
        wanted = limit[j if turned else i]
        own = ask.take(part).flat if mine is None else mine[part]
        if theirs is not None:
            others = theirs[j]
        else:
            near, of = np.unique(j, return_inverse=True)
            others = told.take(near).flat[of]
        with _Prepared(own):
            shapes = own[at]
            sure = shapely.dwithin(shapes, others, np.maximum(wanted - slack, 0.0) / high)
            sure &= wanted >= slack
            rest = np.flatnonzero(~sure)
            maybe = shapely.dwithin(shapes[rest], others[rest], (wanted[rest] + slack) / low[rest])
        rest = rest[maybe]
        if len(rest):
            exact = geodesy.distance(ask.geometry[i[rest]], told.geometry[j[rest]]).metres
            sure[rest] = exact <= wanted[rest]
        return i[sure], j[sure]

    return _sorted(*_gathered(look, rows, workers, progress), turned)


def nearest_candidates(
    first: Geometries,
    second: Geometries,
    skip: NDArray[np.intp] | None = None,
    *,
    workers: int | None = None,
    progress: Progress = SILENT,
) -> Pairs:
    """Return for each of `first` those of `second` that may be its nearest: nearly always one.

    Two are named where the map cannot tell which is nearer on the ellipsoid.  `skip` names for each of `first` a row
    of `second` that does not count (-1: none); one to which none is left has no pair.  Otherwise parameters, errors and
    the order of the pairs are those of :func:`within`.
    """
    a, b = placed(first), placed(second)
    rows = np.flatnonzero(a.usable)
    others = np.full(len(a), -1, dtype=np.intp) if skip is None else skip
    left = int(b.usable.sum()) - np.append(b.usable, False)[others]
    rows = rows[left[rows] > 0]
    if not len(rows):
        return _NONE, _NONE
    tree, shapes, targets = b.tree, a.flat, b.flat
    slack = a.slack + b.slack + _SLACK_M
    middle = shapely.points((a.flat_bounds[:, :2] + a.flat_bounds[:, 2:]) / 2)

    def look(part: NDArray[np.intp]) -> Pairs:
        # The one whose box is nearest gives an upper bound; boxes beyond it cannot hold the nearest.
        guess = tree.query_nearest(middle[part], all_matches=False)[1]
        own = np.flatnonzero(guess == others[part])
        guess[own] = _other(tree, a.flat_bounds[part[own]], others[part[own]])
        reach = shapely.distance(shapes[part], targets[guess])
        low, high = a.take(part).scales(reach)
        ratio, spare = high / low, 2 * slack / low
        at, j = tree.query(_grown(a.flat_bounds[part], reach * ratio + spare))
        counts = j != others[part[at]]
        at, j = at[counts], j[counts]
        far = np.where(j == guess[at], reach[at], np.nan)
        open_ = np.isnan(far)
        far[open_] = shapely.distance(shapes[part[at[open_]]], targets[j[open_]])
        best = np.full(len(part), np.inf)
        np.minimum.at(best, at, far)
        keep = far <= (best * ratio + spare)[at]
        return part[at[keep]], j[keep]

    return _sorted(*_gathered(look, rows, workers, progress), False)


def _side_by_side(rows: NDArray[np.intp], bounds: NDArray[np.float64]) -> NDArray[np.intp]:
    """Order rows by bands of latitude, so that a slice of them lies together and few have the same neighbours."""
    lon, lat = bounds[rows, 0] + bounds[rows, 2], bounds[rows, 1] + bounds[rows, 3]
    bands = max(int(np.sqrt(len(rows) / _SLICE)), 1)
    band = np.floor((lat - lat.min()) / (np.ptp(lat) + 1e-9) * bands)
    return rows[np.lexsort((lon, band))]


def _around(bounds: NDArray[np.float64], metres: float) -> NDArray[Any]:
    """Return what to ask a tree for all that may come within `metres` of boxes in degrees."""
    # A degree of latitude has at least 110.5 km.
    north = metres / 110_000.0
    east = north / np.cos(np.radians(np.minimum(np.abs(bounds[:, [1, 3]]).max(axis=1) + north, 89.0)))
    west, south, far_east, far_north = bounds.T
    return _across(west - east, south - north, far_east + east, far_north + north)


def _grown(bounds: NDArray[np.float64], by: NDArray[np.float64]) -> NDArray[Any]:
    """Return what to ask a tree for boxes grown on all sides."""
    west, south, east, north = bounds.T
    return _across(west - by, south - by, east + by, north + by)


def _across(west: Any, south: Any, east: Any, north: Any) -> NDArray[Any]:
    """Return lines across boxes: a tree goes by the box of what it is asked with, and a line is made sooner."""
    return shapely.linestrings(np.stack([west, south, east, north], axis=-1).reshape(-1, 2, 2))


def _other(tree: shapely.STRtree, bounds: NDArray[np.float64], own: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return for each box some row of the tree that is near and not its own."""
    found = np.full(len(bounds), -1, dtype=np.intp)
    reach = 1.0
    while (bare := np.flatnonzero(found < 0)).size:
        at, j = tree.query(_grown(bounds[bare], np.full(len(bare), reach)))
        other = j != own[bare[at]]
        found[bare[at[other]]] = j[other]
        reach *= 4
    return found


def pieces(line: Any) -> Placed:
    """Return a line (or lines) in pieces of few edges, so that a box around each tells who is near."""
    out: list[Any] = []
    for part in shapely.get_parts(line):
        coords = shapely.get_coordinates(part)
        for first in range(0, max(len(coords) - 1, 1), _PIECE):
            out.append(shapely.linestrings(coords[first : first + _PIECE + 1]))
    return Placed(np.array(out, dtype=object))


class _Prepared:
    """Shapes prepared for the length of a block; those that a caller had prepared stay so."""

    def __init__(self, shapes: NDArray[Any]) -> None:
        self._shapes = shapes[~shapely.is_prepared(shapes)]

    def __enter__(self) -> None:
        shapely.prepare(self._shapes)

    def __exit__(self, *_: object) -> None:
        shapely.destroy_prepared(self._shapes)


def _divided(geometry: NDArray[Any]) -> NDArray[Any]:
    """Divide the edges of shapes that would leave their straight image in Mercator by more than 5 cm."""
    if not np.any(shapely.get_dimensions(geometry) > 0):
        return geometry
    coords, owner = shapely.get_coordinates(geometry, return_index=True)
    # Few edges reach far enough north to bend at all; only these are looked at closely.
    rise = np.abs(np.diff(coords[:, 1]))
    edge = np.flatnonzero((rise > _SURELY_STRAIGHT_DEG) & (owner[1:] == owner[:-1]))
    if not len(edge):
        return geometry
    lat = np.radians(np.abs(coords[edge, 1]))
    across = np.abs(coords[edge + 1, 0] - coords[edge, 0])
    # Metres east and north; the edge bends north by y'' dlat^2 / 8, of which the share east / length leaves the line.
    east, north = across * 111_320.0 * np.cos(lat), rise[edge] * 111_320.0
    bend = north**2 * np.tan(lat) / (8 * 6.357e6) * east / np.hypot(east, north)
    pieces = np.ceil(np.sqrt(bend / _SAG_M))
    many = pieces > 1
    limit = np.full(len(geometry), np.inf)
    np.minimum.at(limit, owner[edge[many]], np.hypot(across, rise[edge])[many] / pieces[many])
    need = np.isfinite(limit)
    out = np.array(geometry, dtype=object)
    out[need] = shapely.segmentize(geometry[need], limit[need])
    return out


def _boxes(bounds: NDArray[np.float64], usable: NDArray[np.bool_]) -> NDArray[Any]:
    """Return the boxes themselves, for a tree that is asked which is nearest."""
    out = np.full(len(bounds), None, dtype=object)
    out[usable] = shapely.box(*bounds[usable].T)
    return out


def _gathered(
    look: Callable[[NDArray[np.intp]], Any], rows: NDArray[np.intp], workers: int | None, progress: Progress
) -> Pairs:
    """Run `look` over slices of `rows` on all threads and join the pairs."""
    parts = [rows[low : low + _SLICE] for low in range(0, len(rows), _SLICE)]
    found = list(_spread(look, parts, workers, progress))
    if not found:
        return _NONE, _NONE
    return np.concatenate([i for i, _ in found]), np.concatenate([j for _, j in found])


def _spread(
    look: Callable[[NDArray[np.intp]], Any], parts: list[NDArray[np.intp]], workers: int | None, progress: Progress
) -> Iterator[Any]:
    count, look = min(workers or cores(), len(parts)), quiet(look)
    if count <= 1:
        for part in parts:
            _go_on(progress)
            yield look(part)
        return
    pool = ThreadPoolExecutor(count)
    try:
        for answer in pool.map(look, parts):
            _go_on(progress)
            yield answer
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _go_on(progress: Progress) -> None:
    if progress.cancelled:
        raise Cancelled("Cancelled; nothing was written.")


def _sorted(i: NDArray[np.intp], j: NDArray[np.intp], turned: bool) -> Pairs:
    if turned:
        i, j = j, i
    order = np.lexsort((j, i))
    return i[order], j[order]
