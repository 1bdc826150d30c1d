"""A made province of candidate sites and control zones, seeded: points, their polygons, and zones, in EPSG:4490.

Sites lie in towns of very different size and between them; every shape is a star seen from its own middle, so it is
valid as it is drawn.  Coordinates are rounded to a ninth decimal (a tenth of a millimetre), as files hold them, so
that a last digit of a sine on another machine changes nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

CENTRE = (113.5, 33.75)
SIDES = (7.0, 5.5)  # the province in degrees: 110-117 east, 31-36.5 north
SITES, ZONES, MILLION = 200_000, 20_000, 1_000_000
SITE_VERTICES = 50
SEED = 9
#: A city of a tenth of the sites and zones has about a fiftieth of the area.
_SHRINK = 0.83
_TOWNS = 64
_DECIMALS = 9
_LAT_M = 110_930.0
_WAVES = 5
#: Shapes drawn at once; their vertices then stay few enough for the memory of a small machine.
_BLOCK = 20_000


@dataclass(frozen=True)
class Province:
    """The made geometries, EPSG:4490.

    Attributes
    ----------
    points : (n, 2) float
        The sites as points.
    polygons : (n,) array of geometry
        The sites as polygons about these points.
    zones : (m,) array of geometry
    """

    points: NDArray[np.float64]
    polygons: NDArray[Any]
    zones: NDArray[Any]


def make(scale: float = 1.0, seed: int = SEED) -> Province:
    """Make sites and zones; `scale` 1 is a province, 0.1 a city.

    Raises
    ------
    ValueError
        If the scale is not above zero.
    """
    if not scale > 0:
        raise ValueError(f"The scale must be above zero, not {scale}.")
    rng = np.random.default_rng(seed)
    box = box_of(scale)
    towns = _Towns(rng, box)
    n, m = max(round(SITES * scale), 1), max(round(ZONES * scale), 1)
    points = np.round(towns.places(n, 0.6), _DECIMALS)
    radius = np.exp(rng.normal(np.log(120.0), 0.6, n)).clip(15.0, 900.0)
    polygons = _stars(rng, points, radius, np.full(n, SITE_VERTICES))
    # Zones gather too, but at waters and mines, not in the same towns.
    middle = _Towns(rng, box).places(m, 0.5)
    count = np.exp(rng.normal(np.log(150.0), 0.72, m)).clip(24, 1600).astype(int)
    radius = np.exp(rng.normal(np.log(700.0), 0.75, m)).clip(80.0, 8000.0)
    return Province(points, polygons, _stars(rng, middle, radius, count))


def many_points(count: int, scale: float = 1.0, seed: int = SEED) -> NDArray[np.float64]:
    """Make points alone over the whole area, (count, 2)."""
    rng = np.random.default_rng([seed, count])
    return np.round(_Towns(rng, box_of(scale)).places(count, 0.6), _DECIMALS)


def box_of(scale: float) -> tuple[float, float, float, float]:
    """Return west, south, east and north of the made area."""
    half = [side / 2 * min(scale, 1.0) ** _SHRINK for side in SIDES]
    return CENTRE[0] - half[0], CENTRE[1] - half[1], CENTRE[0] + half[0], CENTRE[1] + half[1]


class _Towns:
    """Places in towns of Pareto-weighted size, and anywhere."""

    def __init__(self, rng: np.random.Generator, box: tuple[float, float, float, float]) -> None:
        self.rng, self.box = rng, np.array(box)
        self.middle = rng.uniform(self.box[:2], self.box[2:], (_TOWNS, 2))
        weight = rng.pareto(1.3, _TOWNS) + 1.0
        self.share = weight / weight.sum()
        self.spread_m = np.exp(rng.normal(np.log(5000.0), 0.5, _TOWNS))

    def places(self, count: int, clustered: float) -> NDArray[np.float64]:
        """Return `count` places in mixed order, the share `clustered` of them in towns, all inside the box."""
        rng = self.rng
        out = rng.uniform(self.box[:2], self.box[2:], (count, 2))
        inside = np.flatnonzero(rng.random(count) < clustered)
        town = rng.choice(_TOWNS, len(inside), p=self.share)
        away = rng.normal(0.0, 1.0, (len(inside), 2)) * self.spread_m[town, None]
        out[inside] = self.middle[town] + _degrees(away, self.middle[town, 1])
        # Back from the edge as from a mirror.
        low, wide = self.box[:2], self.box[2:] - self.box[:2]
        at = np.mod(out - low, 2 * wide)
        return low + np.where(at > wide, 2 * wide - at, at)


def _degrees(metres: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring metres east and north to degrees; what shape a place has exactly does not matter here."""
    return metres / (_LAT_M * np.stack([np.cos(np.radians(lat)), np.ones_like(lat)], axis=-1))


def _stars(
    rng: np.random.Generator, middle: NDArray[np.float64], radius: NDArray[np.float64], count: NDArray[np.int64]
) -> NDArray[Any]:
    """Draw a polygon of `count` vertices (the closing one among them) about each middle."""
    parts = [
        _drawn(rng, middle[low : low + _BLOCK], radius[low : low + _BLOCK], count[low : low + _BLOCK] - 1)
        for low in range(0, len(middle), _BLOCK)
    ]
    return np.concatenate(parts)


def _drawn(
    rng: np.random.Generator, middle: NDArray[np.float64], radius: NDArray[np.float64], count: NDArray[np.int64]
) -> NDArray[Any]:
    owner = np.repeat(np.arange(len(middle)), count)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    # Vertices keep their order around the middle: none is moved by half of its share of the turn.
    angle = 2 * np.pi * (place + rng.uniform(-0.3, 0.3, len(owner))) / count[owner]
    swell = 0.02 * rng.standard_normal(len(owner))
    phase = rng.uniform(0, 2 * np.pi, (_WAVES, len(middle)))
    height = rng.normal(0.0, 0.18, (_WAVES, len(middle)))
    for k in range(_WAVES):
        swell += height[k, owner] / (k + 1) ** 0.5 * np.sin((k + 1) * angle + phase[k, owner])
    metres = (radius[owner] * np.exp(swell))[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    coords = np.round(middle[owner] + _degrees(metres, middle[owner, 1]), _DECIMALS)
    return shapely.polygons(shapely.linearrings(coords, indices=owner))


class Files:
    """The layers of a made province as GeoPackages, kept between runs while the source that made them stays.

    Parameters
    ----------
    folder : path
        Where benchmarks keep their data; each scale and seed has a folder of its own in it.
    scale, seed
        As for :func:`make`.
    """

    LAYERS = ("points", "polygons", "zones")

    def __init__(self, folder: Path, scale: float = 1.0, seed: int = SEED) -> None:
        key = hashlib.sha256(Path(__file__).read_bytes() + f"{scale} {seed}".encode()).hexdigest()[:12]
        self.folder, self.scale, self.seed = folder / f"province-{scale:g}-{key}", scale, seed
        if self.folder.is_dir():
            return
        for old in folder.glob(f"province-{scale:g}-*"):
            shutil.rmtree(old)
        made = make(scale, seed)
        # A run that is stopped half way leaves no folder that the next would take for whole.
        partial = folder / f"{self.folder.name}.part"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for name, shapes in zip(self.LAYERS, (shapely.points(made.points), made.polygons, made.zones)):
            _write(shapes, partial / f"{name}.gpkg")
        os.replace(partial, self.folder)

    def path(self, name: str) -> Path:
        """Return the file of one of `LAYERS`."""
        return self.folder / f"{name}.gpkg"

    def million(self, count: int = MILLION) -> Path:
        """Return a file of a million points, made when it is first asked for."""
        target = self.folder / f"points-{count}.gpkg"
        if not target.exists():
            partial = target.with_suffix(".part.gpkg")
            _write(shapely.points(many_points(count, self.scale, self.seed)), partial)
            os.replace(partial, target)
        return target


def _write(shapes: NDArray[Any], path: Path) -> None:
    import geopandas as gpd

    path.unlink(missing_ok=True)
    frame = gpd.GeoDataFrame({"row": np.arange(len(shapes))}, geometry=shapes, crs="EPSG:4490")
    # A version that QGIS's GDAL knows too.
    frame.to_file(path, driver="GPKG", layer=path.stem.split(".")[0], VERSION="1.2")
