"""Made zones with planted faults: mosaics with shared boundaries, and scattered sources with nested zones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

WEST, SOUTH = 112.0, 34.0
#: Degrees per cell of a mosaic (about 900 m), and cells per side of one mosaic.
CELL, SIDE = 0.01, 40
METRE = 1 / 111_000
#: Shares of the zones that get a fault of each kind.
INVALID, SHIFTED, SHRUNK, COPIED = 0.01, 0.004, 0.004, 0.002


@dataclass
class Made:
    """Zones (n,) with their attributes, and which rows were spoilt how."""

    geometry: Any
    level: Any
    source: Any
    spoilt: dict[str, Any]


def make(scale: float, seed: int) -> Made:
    """Make about 100,000 x scale zones of 50 to 200 vertices: three fifths in mosaics, the others by source."""
    rng = np.random.default_rng(seed)
    count = int(100_000 * scale)
    shapes: list[Any] = []
    level: list[str] = []
    source: list[str] = []
    blocks = max(1, round(0.6 * count / SIDE**2))
    across = int(np.ceil(np.sqrt(2 * blocks)))
    for block in range(blocks):
        corner = WEST + (block % across) * (SIDE + 2) * CELL, SOUTH + (block // across) * (SIDE + 2) * CELL
        cells = _mosaic(rng, corner, points=int(rng.integers(13, 48)))
        shapes.extend(cells)
        level += ["secondary"] * len(cells)
        source += [f"M{block}"] * len(cells)
    north = SOUTH + (blocks // across + 2) * (SIDE + 2) * CELL
    pairs = (count - len(shapes)) // 2
    wide = int(np.ceil(np.sqrt(2 * pairs)))
    for pair in range(pairs):
        place = WEST + (pair % wide) * 1.2 * CELL, north + (pair // wide) * 1.2 * CELL
        inner, outer = _nested(rng, place, holed=bool(pair % 2))
        shapes += [inner, outer]
        level += ["primary", "secondary"]
        source += [f"S{pair}"] * 2
    made = Made(np.array(shapes, dtype=object), np.array(level), np.array(source), {})
    _spoil(made, rng)
    return made


def _mosaic(rng: np.random.Generator, corner: tuple[float, float], points: int) -> Any:
    """Cells with wiggling boundaries that neighbours share vertex for vertex; `points` edges to a side."""
    node = np.stack(np.meshgrid(np.arange(SIDE + 1), np.arange(SIDE + 1), indexing="ij"), -1) * 1.0
    node += rng.uniform(-0.2, 0.2, node.shape)
    share = np.linspace(0, 1, points + 1)[:, None]

    def side(a: Any, b: Any) -> Any:
        normal = np.stack([-(b - a)[..., 1], (b - a)[..., 0]], -1)
        phase = rng.uniform(0, 2 * np.pi, a.shape[:-1])[..., None]
        swing = 0.08 * np.sin(np.pi * share[:, 0]) * np.sin(7 * share[:, 0] + phase)
        line = a[..., None, :] + (b - a)[..., None, :] * share + swing[..., None] * normal[..., None, :]
        line[..., 0, :], line[..., -1, :] = a, b
        return line

    flat, tall = side(node[:-1], node[1:]), side(node[:, :-1], node[:, 1:])
    rings = np.concatenate([flat[:, :-1], tall[1:, :, 1:], flat[:, 1:, -2::-1], tall[:-1, :, -2::-1]], axis=2)
    return shapely.polygons(rings.reshape(SIDE * SIDE, -1, 2) * CELL + corner)


def _nested(rng: np.random.Generator, place: tuple[float, float], holed: bool) -> tuple[Any, Any]:
    """A ragged primary zone and its secondary, drawn over it or with it cut out."""
    n = int(rng.integers(50, 200))
    angle = 2 * np.pi * np.arange(n) / n
    ragged = 1 + 0.15 * np.sin(3 * angle + rng.uniform(0, 6)) + rng.uniform(-0.03, 0.03, n)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1) * ragged[:, None]
    inner, outer = ring * 0.15 * CELL + place, ring * rng.uniform(0.3, 0.42) * CELL + place
    return shapely.Polygon(inner), shapely.Polygon(outer, [inner[::-1]] if holed else [])


def _spoil(made: Made, rng: np.random.Generator) -> None:
    """Plant the faults, each in rows of its own."""
    n = len(made.geometry)
    order = rng.permutation(n)
    at = 0
    for name, share in (("invalid", INVALID), ("shifted", SHIFTED), ("shrunk", SHRUNK), ("copied", COPIED)):
        size = int(share * n)
        made.spoilt[name] = np.sort(order[at : at + size])
        at += size
    for k, row in enumerate(made.spoilt["invalid"]):
        made.geometry[row] = _broken(made.geometry[row], k % 5, rng)
    for row in made.spoilt["shifted"]:
        east, north = rng.uniform(20, 60, 2) * METRE
        made.geometry[row] = shapely.transform(made.geometry[row], lambda xy, e=east, m=north: xy + (e, m))
    for row in made.spoilt["shrunk"]:
        made.geometry[row] = shapely.buffer(made.geometry[row], -rng.uniform(0.3, 1.5) * METRE, join_style="mitre")
    copies = made.spoilt["copied"]
    made.spoilt["copied"] = np.arange(n, n + len(copies))
    made.geometry = np.concatenate([made.geometry, made.geometry[copies]])
    made.level, made.source = (np.concatenate([a, a[copies]]) for a in (made.level, made.source))


def _broken(shape: Any, how: int, rng: np.random.Generator) -> Any:
    """Break a polygon: exchange vertices, a loop, a hole outside or crossing, an exclave upon itself."""
    ring = shapely.get_coordinates(shape.exterior)
    k = int(rng.integers(5, len(ring) - 8))
    if how == 0:
        ring[[k, k + 3]] = ring[[k + 3, k]]
    elif how == 1:
        ring = np.concatenate([ring[:k], ring[k : k + 4], ring[k : k + 4], ring[k + 4 :]])
    middle = ring[:-1].mean(axis=0)
    small = middle + (ring - middle) * 0.1
    if how == 2:
        return shapely.Polygon(ring, [small + (2 * CELL, 0)])
    if how == 3:
        return shapely.Polygon(ring, [ring[k] + (small - middle)])
    if how == 4:
        return shapely.MultiPolygon([shapely.Polygon(ring), shapely.Polygon(small)])
    return shapely.Polygon(ring)


def write(made: Made, path: Path) -> None:
    """Write the zones as a GeoPackage whose table is drinking_water_zone."""
    import geopandas as gpd

    n = len(made.geometry)
    frame = gpd.GeoDataFrame(
        {"uid": [f"Z{k:06d}" for k in range(n)], "name": made.source, "level": made.level, "source_name": made.source},
        geometry=[g if g.geom_type == "MultiPolygon" else shapely.MultiPolygon([g]) for g in made.geometry],
        crs="EPSG:4490",
    )
    frame.to_file(path, layer="drinking_water_zone", driver="GPKG", VERSION="1.2")
