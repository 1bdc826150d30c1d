"""Lines of sight over an elevation model (直观可视): from which places can a place be seen?

The surface is drawn between the centres of the model's cells.  A line of sight is held against it wherever it crosses
the grid of centres, at the heights between the two centres there, the exact method (R3) of

    Franklin, W. R. & Ray, C. K. (1994). Higher isn't necessarily better: visibility algorithms and experiments.
    Proc. 6th Symposium on Spatial Data Handling, Edinburgh, 751-770.

The earth curves away under a line of sight and refraction bends the line after it.  Between two places `D` metres
apart the surface at the share `t` of the way rises above the chord by

    (1 - k) D^2 t (1 - t) / (2 R),

the same as lowering every place by (1 - k) d^2 / (2 R) at its distance `d` from the observer, with the mean radius
R = 6371008.8 m (GRS 80) and Gauss's coefficient of refraction k = 0.13, as in

    Yoeli, P. (1985). The making of intervisibility maps with computer and plotter. Cartographica 22(3), 88-103.

Where the model holds nothing a line of sight cannot be told, unless known ground hides it.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .errors import InputError
from .geodesy import STORAGE_CRS, metres_per_degree
from .progress import SILENT, Progress, report
from .river.near import ranges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    _Floats = NDArray[np.float64]
    _Ints = NDArray[np.int64]

REFRACTION = 0.13
EARTH_RADIUS = 6371008.8
HIDDEN, UNKNOWN, SEEN = 0, 1, 2

# Formats that hold their heights themselves: a virtual raster from a stranger could name any file or address.
_FORMATS = ("GTiff", "HFA", "AAIGrid", "SRTMHGT", "EHdr", "ENVI", "DTED", "USGSDEM", "GPKG", "netCDF", "JP2OpenJPEG")
# Most cells of one view (4 bytes each); most of a whole model that is kept, once more than a few views were asked for;
# pairs of places looked at together, and crossings of rays.
_CELLS = 100_000_000
_HELD, _FEW = 25_000_000, 8
_PAIRS = 2_000_000
_CROSSINGS = 1_000_000
# Rays are held against every so many grid lines first: most of those that are hidden are found hidden so.
_STRIDE = 8
# The ray may touch the ground by rounding (metres).
_TOUCH = 1e-6
_DENSIFY_DEG = 0.002


@dataclass(frozen=True)
class Sight:
    """The answer for one subject and one zone.

    Attributes
    ----------
    state : int
        ``SEEN``, ``HIDDEN``, or ``UNKNOWN`` where the model has no height for a line that nothing else hides.
    metres : float
        Length of the shortest line of sight found, NaN for none.
    line : LineString or None
        That line in EPSG:4490, from the subject to the observer.
    """

    state: int
    metres: float = np.nan
    line: Any = None


class Terrain:
    """An open elevation model; made by :func:`open_terrain`.  Grid coordinates are (column, row) of cell centres."""

    def __init__(self, dataset: Any) -> None:
        self._data = dataset
        self._scale = float(dataset.scales[0] or 1.0)
        self._offset = float(dataset.offsets[0] or 0.0)
        self._asked = 0
        self._whole: NDArray[np.float32] | None = None

    def to_grid(self, degrees: _Floats) -> _Floats:
        """Bring (n, 2) degrees (EPSG:4490) to grid coordinates."""
        x, y = self._moved(STORAGE_CRS, self._data.crs, degrees)
        inverse = ~self._data.transform
        return np.column_stack(
            [inverse.a * x + inverse.b * y + inverse.c - 0.5, inverse.d * x + inverse.e * y + inverse.f - 0.5]
        )

    def to_degrees(self, grid: _Floats) -> _Floats:
        """Bring (n, 2) grid coordinates to degrees."""
        t = self._data.transform
        column, row = grid[:, 0] + 0.5, grid[:, 1] + 0.5
        place = np.column_stack([t.a * column + t.b * row + t.c, t.d * column + t.e * row + t.f])
        return np.column_stack(self._moved(self._data.crs, STORAGE_CRS, place))

    @staticmethod
    def _moved(source: Any, target: Any, xy: _Floats) -> tuple[_Floats, _Floats]:
        from rasterio.warp import transform

        x, y = transform(source, target, xy[:, 0], xy[:, 1])
        return np.asarray(x, dtype=float), np.asarray(y, dtype=float)

    def heights(self, low: _Ints, high: _Ints) -> NDArray[np.float32]:
        """Read the cells from (column, row) `low` to `high`, both included; NaN outside and where there is none.

        Raises
        ------
        InputError
            If they are too many to hold.
        """
        width, height = (high - low + 1).tolist()
        if width * height > _CELLS:
            raise InputError(
                f"Lines of sight over {width} x {height} cells of the elevation model are too many; give a coarser"
                f" model, or a shorter distance."
            )
        out = np.full((height, width), np.nan, dtype=np.float32)
        first = np.maximum(low, 0)
        last = np.minimum(high, (self._data.width - 1, self._data.height - 1))
        if (last < first).any():
            return out
        c, r = first.tolist()
        columns, rows = (last - first + 1).tolist()
        # For a few subjects their surroundings are read, for many of them the model, once.
        self._asked += 1
        if self._whole is None and self._asked > _FEW and self._data.width * self._data.height <= _HELD:
            self._whole = self._read(0, 0, self._data.width, self._data.height)
        cells = (
            self._read(c, r, columns, rows)
            if self._whole is None
            else self._whole[r : r + rows, c : c + columns]
        )
        c, r = (first - low).tolist()
        out[r : r + rows, c : c + columns] = cells
        return out

    def _read(self, column: int, row: int, width: int, height: int) -> NDArray[np.float32]:
        from rasterio.windows import Window

        block = self._data.read(1, window=Window(column, row, width, height), masked=True)
        cells = np.ma.getdata(block).astype(np.float32) * np.float32(self._scale) + np.float32(self._offset)
        return np.where(np.ma.getmaskarray(block) | ~np.isfinite(cells), np.float32(np.nan), cells)

    def around(self, subject: Any, reach: float) -> View:
        """Prepare to look at one lon/lat geometry from up to `reach` metres around it."""
        return View(self, subject, reach)


class View:
    """The ground around one subject, and the places of it that may be seen."""

    def __init__(self, terrain: Terrain, subject: Any, reach: float) -> None:
        west, south, east, north = shapely.bounds(subject)
        kx, ky = metres_per_degree([max(abs(south), abs(north))])
        dx, dy = 1.01 * reach / float(kx[0]), 1.01 * reach / float(ky[0])
        self._terrain = terrain
        self._box = shapely.box(west - dx, south - dy, east + dx, north + dy)
        corners = terrain.to_grid(shapely.get_coordinates(shapely.segmentize(self._box, max(dx, dy) / 8)))
        self._usable = bool(np.isfinite(corners).all())
        if self._usable:
            low = np.floor(corners.min(axis=0)).astype(np.int64) - 2
            high = np.ceil(corners.max(axis=0)).astype(np.int64) + 2
            self._origin, self._heights = low, terrain.heights(low, high)
            self._places = self._sampled(subject)

    def _sampled(self, shape: Any) -> tuple[_Floats, _Floats]:
        """Return places of a geometry, in the grid of this view and in degrees.

        A place at most every cell along lines and outlines, vertices included, and the cell centres inside polygons.
        """
        flat = shapely.transform(
            shapely.segmentize(shape, _DENSIFY_DEG), lambda xy: self._terrain.to_grid(xy) - self._origin
        )
        parts = shapely.get_parts(flat)
        areal = shapely.get_dimensions(parts) == 2
        areas = parts[areal]
        edges = np.concatenate([shapely.boundary(areas), parts[~areal]])
        found = [shapely.get_coordinates(shapely.segmentize(edges, 1.0))]
        for area in areas:
            low, high = np.ceil(shapely.bounds(area)[:2]), np.floor(shapely.bounds(area)[2:])
            column, row = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
            shapely.prepare(area)
            inside = shapely.contains_xy(area, column.ravel(), row.ravel())
            found.append(np.column_stack([column.ravel()[inside], row.ravel()[inside]]))
        grid = np.unique(np.concatenate(found), axis=0)
        return grid, self._terrain.to_degrees(grid + self._origin)

    def sight(
        self, zone: Any, limit: float, eye: float, top: float, also: Any = None, progress: Progress = SILENT
    ) -> Sight:
        """Say whether some place of the subject is seen from some place of `zone` at most `limit` metres away.

        Parameters
        ----------
        zone : geometry
            Degrees.  Observers stand along its lines, its outline and on the cells inside.
        limit : float
            Metres.
        eye, top : float
            Metres above the ground of the observer's eye, and of what is looked for on the subject.
        also : LineString, optional
            Its two ends, on the subject and on the zone, are looked along too (the shortest line between them).
        """
        if not self._usable:
            return Sight(UNKNOWN)
        near = shapely.intersection(zone, self._box)
        if shapely.is_empty(near):
            return Sight(HIDDEN)
        observers, targets = self._sampled(near), self._places
        if also is not None:
            ends = shapely.get_coordinates(also)
            grid = self._terrain.to_grid(ends) - self._origin
            targets = np.vstack([targets[0], grid[:1]]), np.vstack([targets[1], ends[:1]])
            observers = np.vstack([observers[0], grid[-1:]]), np.vstack([observers[1], ends[-1:]])
        step = max(1, _PAIRS // len(observers[0]))
        unknown = False
        for first in range(0, len(targets[0]), step):
            report(progress, first / len(targets[0]))
            some = targets[0][first : first + step], targets[1][first : first + step]
            found = self._look(observers, some, limit, eye, top)
            if found.state == SEEN:
                return found
            unknown |= found.state == UNKNOWN
        return Sight(UNKNOWN if unknown else HIDDEN)

    def _look(
        self, observers: tuple[_Floats, _Floats], targets: tuple[_Floats, _Floats], limit: float, eye: float, top: float
    ) -> Sight:
        metres = _apart(observers[1], targets[1])
        o, t = np.nonzero(metres <= limit)
        metres = metres[o, t]
        order = np.argsort(metres, kind="stable")
        unknown, low, size = False, 0, 4096
        # The shortest first: what is seen is most often seen from near by.
        while low < len(order):
            some = order[low : low + size]
            low, size = low + size, size * 8
            state = rays(
                self._heights, observers[0][o[some]], targets[0][t[some]], metres[some], eye, top
            )
            seen = np.flatnonzero(state == SEEN)
            if len(seen):
                k = some[seen[0]]
                line = shapely.LineString([targets[1][t[k]], observers[1][o[k]]])
                return Sight(SEEN, float(metres[k]), line)
            unknown |= bool((state == UNKNOWN).any())
        return Sight(UNKNOWN if unknown else HIDDEN)


def _apart(a: _Floats, b: _Floats) -> _Floats:
    """Metres between all places (n, m), within 1e-6 of the distance for tens of kilometres."""
    east_a, north_a = metres_per_degree(a[:, 1])
    east_b, north_b = metres_per_degree(b[:, 1])
    dx = (a[:, None, 0] - b[None, :, 0]) * (east_a[:, None] + east_b[None, :]) / 2
    dy = (a[:, None, 1] - b[None, :, 1]) * (north_a[:, None] + north_b[None, :]) / 2
    return np.hypot(dx, dy)


def rays(
    heights: NDArray[Any], observer: _Floats, target: _Floats, metres: _Floats, eye: float, top: float
) -> NDArray[np.int8]:
    """Tell which targets are seen from their observers.

    Parameters
    ----------
    heights : (rows, columns) float
        Metres at cell centres, NaN where unknown.
    observer, target : (n, 2) float
        (column, row) among the cell centres, within the array.
    metres : (n,) float
        Ground distance of each pair.
    eye, top : float
        Metres above the ground at the observer and at the target.

    Returns
    -------
    (n,) int8
        ``SEEN``, ``HIDDEN`` or ``UNKNOWN``.
    """
    start, end = height_at(heights, observer) + eye, height_at(heights, target) + top
    state = np.where(np.isnan(start + end), UNKNOWN, SEEN).astype(np.int8)
    for stride in (_STRIDE, 1):
        left = np.flatnonzero(state == SEEN)
        size = np.abs(target[left] - observer[left]).sum(axis=1) / stride + 2.0
        block = (np.cumsum(size) // _CROSSINGS).astype(np.int64)
        for some in np.split(left, np.flatnonzero(np.diff(block)) + 1):
            if len(some):
                state[some] = _against_ground(
                    heights, observer[some], target[some], metres[some], start[some], end[some], stride
                )
    return state


def _against_ground(
    heights: NDArray[Any], a: _Floats, b: _Floats, metres: _Floats, start: _Floats, end: _Floats, stride: int
) -> NDArray[np.int8]:
    """Hold rays against every `stride`-th grid line; an unknown height counts only where every one is looked at."""
    hidden, hole = np.zeros(len(a), dtype=bool), np.zeros(len(a), dtype=bool)
    for axis in (0, 1):
        ray, share, ground = _crossings(heights, a, b, axis, stride)
        rise = (1.0 - REFRACTION) / (2.0 * EARTH_RADIUS) * metres[ray] ** 2 * share * (1.0 - share)
        sight = start[ray] + share * (end[ray] - start[ray])
        with np.errstate(invalid="ignore"):
            hidden[ray[ground + rise > sight + _TOUCH]] = True
        if stride == 1:
            hole[ray[np.isnan(ground)]] = True
    return np.where(hidden, HIDDEN, np.where(hole, UNKNOWN, SEEN)).astype(np.int8)


def _crossings(
    heights: NDArray[Any], a: _Floats, b: _Floats, axis: int, stride: int
) -> tuple[_Ints, _Floats, _Floats]:
    """Return (ray, share of the way, ground height) where rays cross every `stride`-th grid line of an axis."""
    low, high = np.minimum(a[:, axis], b[:, axis]), np.maximum(a[:, axis], b[:, axis])
    first = np.ceil(low / stride).astype(np.int64)
    count = np.where(high > low, np.floor(high / stride).astype(np.int64) - first + 1, 0)
    ray = np.repeat(np.arange(len(a)), count)
    line = ranges(first, count) * stride
    share = (line - a[ray, axis]) / (b[ray, axis] - a[ray, axis])
    keep = (share > 0.0) & (share < 1.0)
    ray, line, share = ray[keep], line[keep], share[keep]
    aside = a[ray, 1 - axis] + share * (b[ray, 1 - axis] - a[ray, 1 - axis])
    before = np.floor(aside).astype(np.int64)
    after = np.minimum(before + 1, heights.shape[axis] - 1)
    part = aside - before
    one, other = (heights[before, line], heights[after, line]) if axis == 0 else (
        heights[line, before], heights[line, after])  # fmt: skip
    one, other = one.astype(float), other.astype(float)
    # A height that weighs nothing need not be known.
    return ray, share, np.where(part == 0.0, one, one + part * (other - one))


def height_at(heights: NDArray[Any], place: _Floats) -> _Floats:
    """Return the heights at (column, row) places between cell centres, bilinear; NaN where a neighbour is unknown."""
    floor = np.floor(place).astype(np.int64)
    u, v = (place - floor).T
    left, top = np.clip(floor[:, 0], 0, heights.shape[1] - 1), np.clip(floor[:, 1], 0, heights.shape[0] - 1)
    right, below = np.minimum(left + 1, heights.shape[1] - 1), np.minimum(top + 1, heights.shape[0] - 1)
    out = np.zeros(len(place))
    for row, column, weight in (
        (top, left, (1 - u) * (1 - v)), (top, right, u * (1 - v)), (below, left, (1 - u) * v), (below, right, u * v),
    ):  # fmt: skip
        out += np.where(weight > 0, weight * heights[row, column], 0.0)
    return out


@contextmanager
def open_terrain(path: str | Path) -> Iterator[Terrain]:
    """Open the first band of an elevation model in any declared reference system.

    Raises
    ------
    InputError
        If rasterio is not there, or the file cannot be read, is a virtual raster, or is not placed on the earth.
    """
    try:
        import rasterio
        from rasterio.errors import RasterioError
    except ImportError as error:
        raise InputError(
            "Lines of sight need the Python package rasterio, which is not installed; install it (pip install"
            " rasterio, or python3-rasterio from the system)."
        ) from error
    with warnings.catch_warnings():
        # A file without a place is refused below, in plain words.
        warnings.simplefilter("ignore")
        dataset, said = None, ""
        for driver in _FORMATS:
            try:
                dataset = rasterio.open(path, driver=driver)
            except (RasterioError, OSError) as error:
                said = said or str(error)
                continue
            break
    if dataset is None:
        raise InputError(
            f"The elevation model {path} cannot be read ({said}); give a raster file that holds its heights itself,"
            f" such as GeoTIFF."
        )
    with dataset:
        if dataset.crs is None or dataset.transform.is_identity:
            raise InputError(
                f"The elevation model {path} declares no coordinate reference system; assign it and run again."
            )
        yield Terrain(dataset)
