"""A made province of rivers, sections and sites, and its damaged twin: seeded, the same on every machine.

Rivers are trees grown on a smooth relief: a flood rises from the outlets over a jittered lattice, and each place
drains to the one it was flooded from.  No two lines cross and none runs nearer to another than their common
node makes it, so what is asked of the clean network has one answer.  All coordinates are EPSG:4490.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import Geod

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

GEOD = Geod(a=6378137.0, rf=298.257222101)
CENTRE = (113.5, 33.75)
BOX_KM = (648.0, 610.0)  # the province, 110-117 east, 31-36.5 north, about its middle latitude
REACHES, SECTIONS, SITES = 100_000, 1000, 200_000
STEP_M = 88.5  # between the vertices of a river
OFF_M = 30.0  # a section's point lies up to this far from its river
SITE_VERTICES = 50
_KM_LAT = 110.93
_KM_LON = 111.32 * np.cos(np.radians(CENTRE[1])) * 1.0009


@dataclass(frozen=True)
class World:
    """Rivers as a tree, sections on them and sites about them.

    Attributes
    ----------
    coords : (v, 2) float
        Vertices of all reaches one after another, degrees, each reach from its upper to its lower end.
    start : (e + 1,) int
        Reach ``i`` owns ``coords[start[i]:start[i + 1]]``.
    down : (e,) int
        The reach below, -1 at an outlet.
    order : (e,) int
        Strahler order.
    on_reach, on_at : (n,) int, float
        Where the sections lie: reach, and metres below its upper end.
    on, off : (n, 2) float
        The sections' points: on the line, and up to `OFF_M` beside it.
    sites : (m, k, 2) float
        Closed rings.
    """

    coords: NDArray[np.float64]
    start: NDArray[np.int64]
    down: NDArray[np.int64]
    order: NDArray[np.int64]
    on_reach: NDArray[np.int64]
    on_at: NDArray[np.float64]
    on: NDArray[np.float64]
    off: NDArray[np.float64]
    sites: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.down)

    @cached_property
    def measure(self) -> NDArray[np.float64]:
        """Metres from the upper end of its reach to each vertex, by pyproj's geodesics."""
        _, _, step = GEOD.inv(*self.coords[:-1].T, *self.coords[1:].T)
        step = np.concatenate([[0.0], step])
        out = np.empty(len(self.coords))
        # Reach by reach: a running sum over the whole province would lose digits.
        for i in range(len(self)):
            span = slice(self.start[i], self.start[i + 1])
            part = step[span].copy()
            part[0] = 0.0
            out[span] = np.cumsum(part)
        return out

    @cached_property
    def length(self) -> NDArray[np.float64]:
        """Metres of each reach."""
        return self.measure[self.start[1:] - 1]

    @cached_property
    def above(self) -> list[list[int]]:
        """Reaches that flow into each reach."""
        out: list[list[int]] = [[] for _ in range(len(self))]
        for i, below in enumerate(self.down.tolist()):
            if below >= 0:
                out[below].append(i)
        return out

    @cached_property
    def lines(self) -> NDArray[Any]:
        """The reaches as LineStrings."""
        return shapely.linestrings(self.coords, indices=np.repeat(np.arange(len(self)), np.diff(self.start)))

    def rivers(self) -> gpd.GeoDataFrame:
        """The river layer."""
        return _layer({"uid": names("r", len(self)), "strahler": self.order}, self.lines)

    def sections(self, form: str = "off") -> gpd.GeoDataFrame:
        """The sections, ``on`` the line or ``off`` it."""
        return _layer({"uid": names("s", len(self.on))}, shapely.points(self.on if form == "on" else self.off))

    def sites_layer(self) -> gpd.GeoDataFrame:
        """The sites as polygons."""
        return _layer({"uid": names("p", len(self.sites))}, shapely.polygons(self.sites))


def _layer(columns: dict[str, Any], geometry: NDArray[Any]) -> gpd.GeoDataFrame:
    import geopandas as gpd

    return gpd.GeoDataFrame(columns, geometry=geometry, crs="EPSG:4490")


def names(letter: str, count: int) -> list[str]:
    """Return ids: the letter and the row."""
    return [f"{letter}{n}" for n in range(count)]


def make(
    scale: float = 1.0, seed: int = 20, *, sections: int | None = None, sites: int | None = None
) -> World:
    """Make a province (1.0), a city (0.1) or less.

    Parameters
    ----------
    scale : float
        Share of the province's area, reaches, sections and sites.
    seed : int
    sections, sites : int, optional
        Other numbers of them.
    """
    random = np.random.default_rng(seed)
    coords, start, down = _grow(scale, random)
    order = _strahler(down)
    reach, at, on, off = _place(coords, start, order, sections or max(1, round(SECTIONS * scale)), random)
    rings = _sites(scale, sites or max(1, round(SITES * scale)), random)
    return World(coords, start, down, order, reach, at, on, off, rings)


def _degrees(km: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kilometres east and north of the centre to degrees; the plane need not be true, lengths are measured later."""
    return np.column_stack([CENTRE[0] + km[:, 0] / _KM_LON, CENTRE[1] + km[:, 1] / _KM_LAT])


# --------------------------------------------------------------------------------------------------------
# Rivers
# --------------------------------------------------------------------------------------------------------


def _grow(
    scale: float, random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    place, around = _lattice(scale, random)
    height = _relief(place, scale, random)
    parent = _flood(place, around, height, max(1, round(14 * np.sqrt(scale))), random)
    child = np.flatnonzero(parent >= 0)
    inflow = np.bincount(parent[child], minlength=len(place))
    # A reach runs from a source or a confluence down to the next confluence, the outlet, or now and then to a place
    # where the layer was cut for no reason that shows (a county's border).
    ends = (inflow != 1) | (random.uniform(0, 1, len(place)) < 0.5)
    heads = child[ends[child]].tolist()
    chains, lower = [], []
    for head in heads:
        chain, node = [head], int(parent[head])
        while not ends[node] and parent[node] >= 0:
            chain.append(node)
            node = int(parent[node])
        chains.append(chain)
        lower.append(node)
    reach_at = np.full(len(place), -1)
    reach_at[heads] = np.arange(len(heads))
    down = reach_at[np.array(lower)]
    edge = np.array([n for chain in chains for n in chain])
    owner = np.repeat(np.arange(len(chains)), [len(chain) for chain in chains])
    coords, start = _meander(place, edge, parent[edge], owner, random)
    return _degrees(coords), start, down


def _lattice(scale: float, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Jittered triangular lattice inside a rounded outline, and the six neighbours of each place (-1: none)."""
    width, height = np.array(BOX_KM) * np.sqrt(scale)
    side = np.sqrt(width * height * 0.73 / (0.866 * 1.11 * REACHES * scale))
    columns, rows = int(width / side) + 2, int(height / (0.866 * side)) + 2
    row, column = np.divmod(np.arange(rows * columns), columns)
    x = (column + 0.5 * (row % 2)) * side - width / 2
    y = row * 0.866 * side - height / 2
    inside = (2 * x / width) ** 2 + (2 * y / height) ** 2 < 0.93
    odd = row % 2
    steps = [(0, 1), (0, -1), (1, 0), (1, -1), (-1, 0), (-1, -1)]
    around = np.full((len(x), 6), -1)
    for k, (dr, dc) in enumerate(steps):
        to_row, to_column = row + dr, column + dc + (odd if dr else 0)
        there = (to_row >= 0) & (to_row < rows) & (to_column >= 0) & (to_column < columns)
        around[there, k] = (to_row * columns + to_column)[there]
    around[(around >= 0) & ~inside[around]] = -1
    number = np.cumsum(inside) - 1
    around = np.where(around >= 0, number[around], -1)[inside]
    angle, size = random.uniform(0, 2 * np.pi, len(x)), 0.24 * side * np.sqrt(random.uniform(0, 1, len(x)))
    place = np.column_stack([x + size * np.cos(angle), y + size * np.sin(angle)])[inside]
    return place, around


def _relief(place: NDArray[np.float64], scale: float, random: np.random.Generator) -> NDArray[np.float64]:
    """A slope to the south-east with hills, and some roughness that makes the rivers wander."""
    size = BOX_KM[0] * np.sqrt(scale)
    z = -(place[:, 0] - 0.6 * place[:, 1]) / size
    for _ in range(24):
        wave = size * random.uniform(0.08, 0.7)
        angle, phase = random.uniform(0, 2 * np.pi, 2)
        along = place[:, 0] * np.cos(angle) + place[:, 1] * np.sin(angle)
        z = z + 0.35 * wave / size * np.sin(2 * np.pi * along / wave + phase)
    return z + random.normal(0, 0.02, len(place))


def _flood(
    place: NDArray[np.float64],
    around: NDArray[np.int64],
    height: NDArray[np.float64],
    outlets: int,
    random: np.random.Generator,
) -> NDArray[np.int64]:
    """Return the place that each one drains to (-1 at outlets): a flood that rises from the lowest of the border."""
    border = np.flatnonzero((around < 0).any(axis=1))
    sector = np.floor((np.arctan2(*place[border].T) / (2 * np.pi) + 0.5) * outlets).clip(0, outlets - 1)
    seeds = [border[sector == k][np.argmin(height[border[sector == k]])] for k in range(outlets) if (sector == k).any()]
    parent = np.full(len(place), -2)
    parent[seeds] = -1
    queue = [(float(height[n]), int(n)) for n in seeds]
    # One river comes out at a mouth: two that end in one place would be in doubt even undamaged.
    mouths = set(map(int, seeds))
    heapq.heapify(queue)
    shuffled = random.permuted(around, axis=1).tolist()
    level = height.tolist()
    into = parent.tolist()
    while queue:
        _, node = heapq.heappop(queue)
        for other in shuffled[node]:
            if other >= 0 and into[other] == -2:
                into[other] = node
                heapq.heappush(queue, (level[other], other))
                if node in mouths:
                    break
    out = np.array(into)
    out[out == -2] = -1
    return out


def _meander(
    place: NDArray[np.float64],
    upper: NDArray[np.int64],
    lower: NDArray[np.int64],
    owner: NDArray[np.int64],
    random: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Bend each edge between its two places, narrowly enough to keep off its neighbours; join edges to reaches."""
    a, b = place[upper], place[lower]
    along = b - a
    span = np.hypot(*along.T)
    count = np.maximum(6, np.round(1.08 * span * 1000 / STEP_M)).astype(int)
    first = np.concatenate([[0], np.cumsum(count)])
    edge = np.repeat(np.arange(len(upper)), count)
    t = (np.arange(first[-1]) - first[edge]) / count[edge]
    waves, phase = random.uniform(1.0, 3.0, len(upper)), random.uniform(0, 2 * np.pi, len(upper))
    swing = random.uniform(0.03, 0.08, len(upper)) * span
    # A little roughness of its own, smaller than the meander.
    rough = random.normal(0, 0.0025, first[-1])
    off = (swing[edge] * np.sin(2 * np.pi * waves[edge] * t + phase[edge]) + rough) * np.sin(np.pi * t) ** 2
    normal = np.column_stack([-along[:, 1], along[:, 0]]) / span[:, None]
    points = a[edge] + t[:, None] * along[edge] + off[:, None] * normal[edge]
    # Each edge gave its upper end; the last edge of a reach gives the lower one too.
    last = np.flatnonzero(np.diff(owner, append=-1))
    points = np.insert(points, first[last + 1], b[last], axis=0)
    sizes = np.add.reduceat(count, np.concatenate([[0], last[:-1] + 1])) + 1
    return points, np.concatenate([[0], np.cumsum(sizes)])


def _strahler(down: NDArray[np.int64]) -> NDArray[np.int64]:
    order, best, times = (np.zeros(len(down), dtype=np.int64) for _ in range(3))
    waiting = np.bincount(down[down >= 0], minlength=len(down))
    ready = np.flatnonzero(waiting == 0).tolist()
    while ready:
        i = ready.pop()
        order[i] = 1 if best[i] == 0 else best[i] + (times[i] > 1)
        below = down[i]
        if below < 0:
            continue
        if order[i] > best[below]:
            best[below], times[below] = order[i], 1
        elif order[i] == best[below]:
            times[below] += 1
        waiting[below] -= 1
        if waiting[below] == 0:
            ready.append(int(below))
    return order


# --------------------------------------------------------------------------------------------------------
# Sections and sites
# --------------------------------------------------------------------------------------------------------


def _place(
    coords: NDArray[np.float64],
    start: NDArray[np.int64],
    order: NDArray[np.int64],
    count: int,
    random: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Sections, half of them on rivers of order 3 and above; the reach, the metres, and both points of each."""
    large = np.flatnonzero(order >= 3)
    half = min(count // 2, len(large))
    reach = random.choice(large, half, replace=False)
    rest = random.choice(np.setdiff1d(np.arange(len(order)), reach), count - half, replace=False)
    reach = random.permutation(np.concatenate([reach, rest]))
    vertex = start[reach] + (random.uniform(0, 1, count) * (start[reach + 1] - start[reach] - 1)).astype(int)
    share = random.uniform(0.05, 0.95, count)
    a, b = coords[vertex], coords[vertex + 1]
    on = a + share[:, None] * (b - a)
    at = np.empty(count)
    for k in range(count):
        span = np.vstack([coords[start[reach[k]] : vertex[k] + 1], on[k]])
        at[k] = GEOD.line_length(*span.T)
    azimuth, _, _ = GEOD.inv(*a.T, *b.T)
    side = np.where(random.uniform(0, 1, count) < 0.5, 90.0, -90.0)
    x, y, _ = GEOD.fwd(*on.T, azimuth + side, random.uniform(0, OFF_M, count))
    return reach, at, on, np.column_stack([x, y])


def _sites(scale: float, count: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Star-shaped sites, three fifths of them in towns."""
    width, height = np.array(BOX_KM) * np.sqrt(scale)
    towns = max(3, round(64 * np.sqrt(scale)))
    centre = random.uniform(-0.42, 0.42, (towns, 2)) * (width, height)
    weight = random.pareto(1.2, towns) + 0.2
    spread = random.uniform(2.0, 9.0, towns)
    town = random.choice(towns, round(0.6 * count), p=weight / weight.sum())
    clustered = centre[town] + random.normal(0, 1, (len(town), 2)) * spread[town, None]
    uniform = random.uniform(-0.5, 0.5, (count - len(town), 2)) * (width, height)
    middle = np.concatenate([clustered, uniform])
    radius = np.clip(np.exp(random.normal(np.log(120.0), 0.7, count)), 15.0, 900.0) / 1000.0
    angle = np.arange(SITE_VERTICES) * 2 * np.pi / SITE_VERTICES
    shape = np.ones((count, SITE_VERTICES))
    for wave in (2, 3, 5):
        shape += 0.12 * np.sin(wave * angle + random.uniform(0, 2 * np.pi, (count, 1)))
    shape += random.uniform(-0.08, 0.08, shape.shape)
    reach = radius[:, None] * shape
    ring = middle[:, None, :] + reach[:, :, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    ring = np.concatenate([ring, ring[:, :1]], axis=1)
    return _degrees(ring.reshape(-1, 2)).reshape(ring.shape)


# --------------------------------------------------------------------------------------------------------
# The damaged twin
# --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Damage:
    """What was done to which reach.

    Attributes
    ----------
    reversed, multipart, duplicate : (e,) bool
    gap : (e,) float
        Metres by which an end was drawn back, 0 for none.
    gap_up : (e,) bool
        It was the upper end.
    lines : (e,) MultiLineString
        The damaged reaches.
    """

    reversed: NDArray[np.bool_]
    multipart: NDArray[np.bool_]
    duplicate: NDArray[np.bool_]
    gap: NDArray[np.float64]
    gap_up: NDArray[np.bool_]
    lines: NDArray[Any]

    def rivers(self, world: World) -> gpd.GeoDataFrame:
        """The damaged river layer."""
        return _layer({"uid": names("r", len(world)), "strahler": world.order}, self.lines)


def damage(
    world: World,
    seed: int = 21,
    *,
    turned: float = 0.02,
    gaps: float = 0.01,
    multipart: float = 0.02,
    duplicates: float = 0.01,
) -> Damage:
    """Damage shares of the reaches: turned round, drawn back 0.3-30 m from a node, in two parts, vertices doubled."""
    random = np.random.default_rng(seed)
    count = len(world)

    def drawn(share: float) -> NDArray[np.bool_]:
        out = np.zeros(count, dtype=bool)
        out[random.choice(count, round(share * count), replace=False)] = True
        return out

    back, parted, doubled = drawn(turned), drawn(multipart), drawn(duplicates)
    joined_up = np.array([bool(a) for a in world.above])
    joined_down = world.down >= 0
    able = np.flatnonzero(joined_up | joined_down)
    gap, gap_up = np.zeros(count), np.zeros(count, dtype=bool)
    hit = random.choice(able, min(len(able), round(gaps * count)), replace=False)
    gap[hit] = np.minimum(np.exp(random.uniform(np.log(0.3), np.log(30.0), len(hit))), 0.4 * world.length[hit])
    gap_up[hit] = joined_up[hit] & (~joined_down[hit] | (random.uniform(0, 1, len(hit)) < 0.5))
    lines = shapely.multilinestrings(world.lines, indices=np.arange(count))
    for i in np.flatnonzero(back | parted | doubled | (gap > 0)):
        lines[i] = _damaged(world, i, gap[i], gap_up[i], doubled[i], parted[i], back[i], random)
    return Damage(back, parted, doubled, gap, gap_up, lines)


def _damaged(
    world: World, i: int, gap: float, gap_up: bool, doubled: bool, parted: bool, back: bool, random: np.random.Generator
) -> Any:
    xy = world.coords[world.start[i] : world.start[i + 1]]
    if gap > 0:
        if gap_up:
            xy = xy[::-1]
        _, _, step = GEOD.inv(*xy[:-1].T, *xy[1:].T)
        left = np.sum(step) - gap
        total = np.cumsum(step)
        k = int(np.searchsorted(total, left))
        share = (left - (total[k] - step[k])) / step[k]
        xy = np.vstack([xy[: k + 1], xy[k] + share * (xy[k + 1] - xy[k])])
        if gap_up:
            xy = xy[::-1]
    if doubled:
        xy = np.insert(xy, *_repeat(xy, random), axis=0)
    parts = [xy]
    if parted and len(xy) > 3:
        k = int(random.integers(1, len(xy) - 1))
        parts = [xy[: k + 1], xy[k:]]
    if back:
        parts = [part[::-1] for part in parts[::-1]]
    return shapely.multilinestrings([shapely.linestrings(part) for part in parts])


def _repeat(xy: NDArray[np.float64], random: np.random.Generator) -> tuple[Any, Any]:
    at = random.integers(0, len(xy), 2)
    return at, xy[at]


# --------------------------------------------------------------------------------------------------------
# Files
# --------------------------------------------------------------------------------------------------------


def write(world: World, spoilt: Damage, folder: Path) -> None:
    """Write rivers, damaged rivers, sections and sites as GeoPackages."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, layer in (
        ("rivers", world.rivers()),
        ("rivers_damaged", spoilt.rivers(world)),
        ("sections_on", world.sections("on")),
        ("sections_off", world.sections("off")),
        ("sites", world.sites_layer()),
    ):
        path = folder / f"{name}.gpkg"
        path.unlink(missing_ok=True)
        # In one rename: an interrupted run leaves no half file that a later one would take for whole.
        half = folder / f"{name}.part.gpkg"
        half.unlink(missing_ok=True)
        layer.to_file(half, layer=name, driver="GPKG", engine=_engine())
        half.rename(path)


def _engine() -> str:
    """The quicker writer where it is there."""
    try:
        import pyogrio  # noqa: F401 - only whether it is there
    except ImportError:
        return "fiona"
    return "pyogrio"
