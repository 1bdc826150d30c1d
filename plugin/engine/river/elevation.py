"""Heights along lines from an elevation model in any reference system (rasterio)."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..geodesy import STORAGE_CRS, metres_per_degree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# Cells on a side of what is read at once.
_TILE = 1024


class Dem:
    """An open elevation model; made by :func:`open_dem`."""

    def __init__(self, dataset: Any) -> None:
        from pyproj import CRS, Transformer

        self._data = dataset
        self._to_dem = Transformer.from_crs(STORAGE_CRS, CRS.from_wkt(dataset.crs.to_wkt()), always_xy=True)
        self._scale = float(dataset.scales[0] or 1.0)
        self._offset = float(dataset.offsets[0] or 0.0)

    def cell_m(self, lat: float) -> float:
        """Return the side of a cell in metres at latitude `lat`."""
        t = self._data.transform
        area = abs(t.a * t.e - t.b * t.d)
        if self._data.crs.is_geographic:
            kx, ky = metres_per_degree(lat)
            return float(np.sqrt(area * kx * ky))
        return float(np.sqrt(area)) * float(self._data.crs.linear_units_factor[1])

    def sample(
        self, point: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the height at points by bilinear interpolation, and how far it differs within a cell around.

        Parameters
        ----------
        point : (m, 2) float
            Degrees, EPSG:4490.

        Returns
        -------
        height : (m,) float
            NaN outside the model and where it holds nothing.
        relief : (m,) float
            Highest less lowest of the four cells around.
        """
        x, y = self._to_dem.transform(point[:, 0], point[:, 1])
        inverse = ~self._data.transform
        column = inverse.a * np.asarray(x) + inverse.b * np.asarray(y) + inverse.c - 0.5
        row = inverse.d * np.asarray(x) + inverse.e * np.asarray(y) + inverse.f - 0.5
        height, relief = np.full(len(point), np.nan), np.full(len(point), np.nan)
        wide, high = self._data.width, self._data.height
        with np.errstate(invalid="ignore"):
            inside = (column >= -0.5) & (column <= wide - 0.5) & (row >= -0.5) & (row <= high - 0.5)
        rows = np.flatnonzero(inside)
        column = np.clip(column[rows], 0.0, max(wide - 1, 0))
        row = np.clip(row[rows], 0.0, max(high - 1, 0))
        left = np.minimum(np.floor(column).astype(np.int64), max(wide - 2, 0))
        top = np.minimum(np.floor(row).astype(np.int64), max(high - 2, 0))
        tile = (top // _TILE) * (wide // _TILE + 1) + left // _TILE
        order = np.argsort(tile, kind="stable")
        for mine in np.split(order, np.flatnonzero(np.diff(tile[order])) + 1):
            if len(mine):
                height[rows[mine]], relief[rows[mine]] = self._tile(
                    left[mine], top[mine], column[mine] - left[mine], row[mine] - top[mine]
                )
        return height * self._scale + self._offset, relief * abs(self._scale)

    def _tile(
        self,
        left: NDArray[np.int64],
        top: NDArray[np.int64],
        u: NDArray[np.float64],
        v: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Interpolate between the cells of one window."""
        from rasterio.windows import Window

        c0, r0 = int(left.min()), int(top.min())
        c1, r1 = min(int(left.max()) + 2, self._data.width), min(int(top.max()) + 2, self._data.height)
        block = self._data.read(1, window=Window(c0, r0, c1 - c0, r1 - r0), masked=True)
        cells = np.where(np.ma.getmaskarray(block), np.nan, np.ma.getdata(block).astype(float))
        cells = np.where(np.isfinite(cells), cells, np.nan)
        # A model one cell wide has no neighbour to the right: the cell itself serves.
        right = np.minimum(left + 1, c1 - 1) - c0
        below = np.minimum(top + 1, r1 - 1) - r0
        left, top = left - c0, top - r0
        four = np.stack([cells[top, left], cells[top, right], cells[below, left], cells[below, right]])
        weight = np.stack([(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v])
        known = np.isfinite(four)
        weight = np.where(known, weight, 0.0)
        total = weight.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            height = np.where(known, four * weight, 0.0).sum(axis=0) / total
        relief = np.where(known, four, -np.inf).max(axis=0) - np.where(known, four, np.inf).min(axis=0)
        return np.where(total > 0, height, np.nan), np.where(total > 0, relief, np.nan)


@contextmanager
def open_dem(path: str | Path) -> Iterator[Dem]:
    """Open the first band of an elevation model.

    Raises
    ------
    InputError
        If rasterio is not there, or the file cannot be read or is not placed on the earth.
    """
    try:
        import rasterio
        from rasterio.errors import RasterioError
    except ImportError as error:
        raise InputError(
            "Reading an elevation model needs the Python package rasterio, which is not installed; install it"
            " (pip install rasterio, or python3-rasterio from the system) or direct the rivers another way."
        ) from error
    with warnings.catch_warnings():
        # A file without a place is refused below, in plain words.
        warnings.simplefilter("ignore")
        try:
            dataset = rasterio.open(path)
        except (RasterioError, OSError) as error:
            raise InputError(f"The elevation model {path} cannot be read ({error}); give a raster file.") from error
    with dataset:
        if dataset.crs is None or dataset.transform.is_identity:
            raise InputError(
                f"The elevation model {path} declares no coordinate reference system; assign it and run again."
            )
        yield Dem(dataset)
