"""The control zones of traced sections, in metres.

A point P belongs to a zone if it has a *foot* on the traced river, a place where the distance to P along the river
is a local minimum, no farther away than ``bank`` (plus half the river's width there).  Feet on the last 50 m before
a cut, the cut included, count only for what is not beyond the cut's square line, the perpendicular through the cut
to the chord of these 50 m.  So land beside the traced river belongs, land that only the river beyond a cut reaches
does not; a zone ends square at its cuts and round where the river itself ends, and a river that is not traced has
no influence.

Single points are decided by this rule itself (:meth:`Zones.member`); the polygon is for drawing and for areas.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..geodesy import tm_forward, tm_inverse
from ..progress import SILENT, Progress, report
from .bank_lines import BankLines
from .feet import Cuts, Feet, Paths, Windows, expand
from .reaches import DENSIFY_DEG, Reaches, gathered, reaches_of
from .trace import CHORD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .network import Network

    _Floats = NDArray[np.float64]
    _Ints = NDArray[np.int64]

__all__ = ["Reaches", "Zones", "control_zones", "reaches_of"]

# Segments per quarter circle: arcs fall short of the circle by 0.15 m at 500 m.
QUAD_SEGS = 32
_THREADS = 2
_ZONES_AT_ONCE = 64
_MIN_AREA = 1.0
# Hairs are narrower than this and longer than that, and vertices nearer to each other are one (metres).
_GRID = 0.001
_SAME = 1e-5
_HAIR = 0.05
# Widths that differ by less (metres) are one.
_STEP = 0.001


@dataclass(frozen=True)
class Zones:
    """Control zones with what decides membership, in the metres of each zone's own frame.

    Attributes
    ----------
    reaches : Reaches
    bank : float
        Metres outward from the bank line.
    polygon : (n,) MultiPolygon
    channel : (n,) geometry or None
        The traced part of the channel.
    feet : Feet
        The rule.
    taken : (n,) Polygon or MultiPolygon
        What the cuts take away: near the trace, but beyond a cut.
    cut_trace : (c,) int
        Ascending.
    cut_point, cut_outward : (c, 2) float
        The cuts, and the unit vectors square to their lines, away from the trace.
    banks : BankLines
        Where the bank is measured from.
    """

    reaches: Reaches
    bank: float
    polygon: NDArray[Any]
    channel: NDArray[Any]
    feet: Feet
    taken: NDArray[Any]
    cut_trace: _Ints
    cut_point: _Floats
    cut_outward: _Floats
    banks: BankLines

    def __len__(self) -> int:
        return len(self.polygon)

    @cached_property
    def _first_line(self) -> _Ints:
        """Where the lines of each zone begin in `banks`, (n + 1,)."""
        shapely.prepare(self.banks.lines)
        return np.searchsorted(self.banks.owner, np.arange(len(self) + 1))

    def bank_distance(self, k: _Ints, geometry: NDArray[Any]) -> _Floats:
        """Return how far geometries lie from the traced bank of their zones, metres; 0 in the channel.

        Parameters
        ----------
        k : (m,) int
            The zone of each geometry.
        geometry : (m,) geometry
            In the metres of the zone's frame.

        Returns
        -------
        (m,) float
            Infinite for an empty geometry.
        """
        k = np.asarray(k, dtype=np.int64)
        geometry = np.asarray(geometry, dtype=object)
        row, line = expand(self._first_line[k], self._first_line[k + 1])
        out = np.full(len(geometry), np.inf)
        away = shapely.distance(self.banks.lines[line], geometry[row]) - self.banks.half[line]
        np.fmin.at(out, row, np.maximum(away, 0.0))
        channel = self.channel[k]
        with_channel = np.flatnonzero(~shapely.is_missing(channel))
        out[with_channel] = np.fmin(
            out[with_channel], shapely.distance(channel[with_channel], geometry[with_channel])
        )
        return out

    def member(self, k: _Ints, xy: _Floats) -> NDArray[np.bool_]:
        """Decide by the rule, exactly, whether points (m, 2) belong to zones `k`."""
        return self._decide(k, xy)[0]

    def beyond_cut(self, k: _Ints, xy: _Floats) -> NDArray[np.bool_]:
        """Tell which points (m, 2) are near enough to the bank of zones `k` but lie beyond a cut."""
        return self._decide(k, xy)[1]

    def _decide(self, k: _Ints, xy: _Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        k, xy = np.asarray(k, dtype=np.int64), np.asarray(xy, dtype=float).reshape(-1, 2)
        near = self.bank_distance(k, shapely.points(xy)) <= self.bank
        member = near.copy()
        # Where no cut has a say, the nearest place of the bank is a foot that counts.
        rows = np.flatnonzero(near)
        rows = rows[self.feet.suspects(k[rows], xy[rows])]
        member[rows] = self.feet.reached(k[rows], xy[rows])
        return member, near & ~member

    def meets(self, k: _Ints, geometry: NDArray[Any]) -> NDArray[np.bool_]:
        """Decide whether geometries of any kind (metres) have a place in zones `k`, to a millimetre.

        What the cuts take away is taken from the geometry; the rest belongs where it is near enough.
        """
        k, geometry = np.asarray(k, dtype=np.int64), np.asarray(geometry, dtype=object)
        out = self.bank_distance(k, geometry) <= self.bank
        rows = np.flatnonzero(out)
        rows = rows[shapely.intersects(self.taken[k[rows]], geometry[rows])]
        if len(rows):
            rest = shapely.difference(geometry[rows], self.taken[k[rows]])
            out[rows] = self.bank_distance(k[rows], rest) <= self.bank
        return out

    def to_metres(self, k: _Ints, geometry: NDArray[Any], densify: bool = True) -> NDArray[Any]:
        """Bring geometries in degrees (m,) to the frames of zones `k`; `densify` keeps edges within 1 mm."""
        geometry = np.asarray(geometry, dtype=object)
        if densify:
            geometry = shapely.segmentize(geometry, DENSIFY_DEG)
        return _projected(tm_forward, geometry, self.reaches.lon0[np.asarray(k, dtype=np.int64)])

    def to_degrees(self, k: _Ints, geometry: NDArray[Any], densify: float = 0.0) -> NDArray[Any]:
        """Bring geometries in the metres of zones `k` (m,) to EPSG:4490.

        With `densify`, edges longer than so many metres get vertices first: 200 m keep them within 1 mm.
        """
        geometry = np.asarray(geometry, dtype=object)
        if densify:
            geometry = shapely.segmentize(geometry, densify)
        return _projected(tm_inverse, geometry, self.reaches.lon0[np.asarray(k, dtype=np.int64)])


def _projected(project: Any, geometry: NDArray[Any], lon0: _Floats) -> NDArray[Any]:
    coords, owner = shapely.get_coordinates(geometry, return_index=True)
    out = np.column_stack(project(coords[:, 0], coords[:, 1], lon0[owner]))
    return shapely.set_coordinates(geometry.copy(), out)


# --------------------------------------------------------------------------------------------------------
# Cuts and windows
# --------------------------------------------------------------------------------------------------------


def end_places(network: Network, reaches: Reaches) -> tuple[_Ints, _Ints]:
    """Number the upper and the lower end of each piece, (p,) each: ends that are one place have one number."""
    t = reaches.traces
    whole = network.length[t.edge]
    node = np.concatenate([
        np.where(t.low <= 0.0, network.tail[t.edge], -1),
        np.where(t.high >= whole, network.head[t.edge], -1),
    ])  # fmt: skip
    key = np.rec.fromarrays([
        np.tile(t.owner, 2), node, np.where(node < 0, np.tile(t.edge, 2), -1),
        np.where(node < 0, np.concatenate([t.low, t.high]), 0.0),
    ])  # fmt: skip
    _, number = np.unique(key, return_inverse=True)
    number = number.reshape(-1)
    return number[: len(t.edge)], number[len(t.edge) :]


def cut_windows(reaches: Reaches, metres: float = CHORD) -> tuple[Cuts, Windows]:
    """Walk back from each cut along the trace so many metres: its window; the lines are the pieces.

    The square lines are those of the chords of the windows.
    """
    t, cuts, along = reaches.traces, reaches.traces.cuts, reaches.along
    upper, lower = reaches.start[:-1], reaches.start[1:] - 1
    length = along[lower] if len(along) else np.empty(0)
    count = len(cuts)
    child = _first_children(t)
    # Each step: the cuts still walking, the piece, whether it is entered at its upper end, what is left to walk.
    cut = np.arange(count)
    across = cuts.piece < 0
    piece = np.where(across, _other_side(t, cuts.trace, cuts.up, cuts.edge), cuts.piece)
    from_upper = np.where(across, ~t.up[piece], t.up[piece])
    outward = across.copy()
    left = np.full(count, metres)
    point = reaches.xy[np.where(from_upper, upper[piece], lower[piece])]
    back = point.copy()
    rows: list[tuple[Any, ...]] = []
    while len(cut):
        span = length[piece]
        step = np.minimum(span, left)
        on = left - span > 1e-9
        low = np.where(from_upper, 0.0, span - step)
        high = np.where(from_upper, step, span)
        rows.append((cut, piece, low, high, from_upper | on, ~from_upper | on))
        back[cut] = _at(reaches, along, piece, np.where(from_upper, high, low))
        # Towards the start by the parents, through it, and away from it by the first way.
        parent = t.parent[piece]
        through = ~outward & (parent < 0)
        after = np.where(outward, child[piece], parent)
        other = _other_side(t, t.owner[piece], t.up[piece], cuts.back_edge[cut])
        after = np.where(through, other, after)
        outward = outward | through
        go = on & (after >= 0)
        cut, piece, outward, left = cut[go], after[go], outward[go], (left - span)[go]
        from_upper = np.where(outward, ~t.up[piece], t.up[piece])
    chord = point - back
    long = np.hypot(*chord.T)
    with np.errstate(invalid="ignore", divide="ignore"):
        direction = np.nan_to_num(chord / long[:, None])
    columns = [np.concatenate(c) for c in zip(*rows)] if rows else [np.empty(0)] * 6
    kinds = (np.int64, np.int64, float, float, bool, bool)
    windows = Windows(*(c.astype(kind) for c, kind in zip(columns, kinds)))
    return Cuts(cuts.trace, point, direction, np.full(count, -1)), windows


def with_steps(paths: Paths, cuts: Cuts, windows: Windows) -> tuple[Cuts, Windows]:
    """Add a square line where a line meets others that reach less far, so that it ends square there.

    These lines have no windows: they take away what only the round end of the farther reach would hold.
    """
    ends = np.concatenate([paths.first, paths.last])
    radius = np.tile(paths.radius, 2)
    least = np.full(int(ends.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, ends, radius)
    step = np.flatnonzero(radius > least[ends] + _STEP)
    if not len(step):
        return cuts, windows
    path, lower = step % len(paths.zone), step >= len(paths.zone)
    tip = np.where(lower, paths.start[path + 1] - 1, paths.start[path])
    outward = paths.xy[tip] - paths.xy[np.where(lower, tip - 1, tip + 1)]
    outward /= np.hypot(*outward.T)[:, None]
    zone = np.concatenate([cuts.zone, paths.zone[path]])
    order = np.argsort(zone, kind="stable")
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    both = Cuts(
        zone[order],
        np.concatenate([cuts.point, paths.xy[tip]])[order],
        np.concatenate([cuts.outward, outward])[order],
        np.concatenate([cuts.tip, 2 * path + lower])[order],
    )
    return both, replace(windows, cut=number[windows.cut])


def _first_children(t: Any) -> _Ints:
    """The first piece reached through each piece, -1 for none."""
    child = np.full(len(t.edge), -1)
    has = np.flatnonzero(t.parent >= 0)[::-1]
    child[t.parent[has]] = has
    return child


def _other_side(t: Any, trace: _Ints, up: NDArray[np.bool_], edge: _Ints) -> _Ints:
    """The first piece on the other side of the start of traces, preferably on `edge`; -1 for none."""
    out = np.full(len(trace), -1)
    row, piece = expand(t.pointer[trace], t.pointer[trace + 1])
    fits = (t.parent[piece] < 0) & (t.up[piece] != up[row])
    row, piece = row[fits], piece[fits]
    # The later of equal assignments stays: the preferred one is written last.
    out[row[::-1]] = piece[::-1]
    best = t.edge[piece] == edge[row]
    out[row[best]] = piece[best]
    return out


def _at(reaches: Reaches, along: _Floats, piece: _Ints, metres: _Floats) -> _Floats:
    """Points so many metres below the upper ends of pieces, (k, 2)."""
    size = np.diff(reaches.start)
    row, vertex = expand(reaches.start[piece], reaches.start[piece + 1] - 1)
    begins = along[vertex] <= metres[row]
    at = np.zeros(len(piece), dtype=np.int64)
    np.maximum.at(at, row, np.where(begins, vertex, 0))
    at = np.maximum(at, reaches.start[piece])
    span = along[at + 1] - along[at] if len(size) else np.empty(0)
    share = np.clip((metres - along[at]) / span, 0.0, 1.0)
    return reaches.xy[at] + share[:, None] * (reaches.xy[at + 1] - reaches.xy[at])


# --------------------------------------------------------------------------------------------------------
# Drawing
# --------------------------------------------------------------------------------------------------------


def control_zones(
    network: Network,
    reaches: Reaches,
    bank: float,
    channel: NDArray[Any] | None = None,
    progress: Progress = SILENT,
) -> Zones:
    """Draw the control zones of traces.

    Parameters
    ----------
    network : Network
    reaches : Reaches
    bank : float
        Metres outward from the bank line.
    channel : (n,) geometry or None, optional
        The traced part of the channel of each, in the metres of its frame.
    progress : Progress

    Returns
    -------
    Zones
    """
    count = len(reaches)
    if channel is None:
        channel = np.full(count, None, dtype=object)
    first, last = end_places(network, reaches)
    paths = Paths(
        reaches.traces.owner,
        reaches.xy,
        reaches.start,
        bank + reaches.half,
        first,
        last,
        np.zeros(len(first), bool),
    )
    cuts, windows = cut_windows(reaches)
    longer = windows if shapely.is_missing(channel).all() else cut_windows(reaches, bank)[1]
    banks = BankLines(reaches, paths, cuts, windows, longer, channel, bank)
    feet = Feet(banks.paths, *with_steps(banks.paths, cuts, banks.windows), count, channel)
    polygon, taken = _drawn(banks, feet, bank, progress)
    return Zones(reaches, bank, polygon, channel, feet, taken, cuts.zone, cuts.point, cuts.outward, banks)


def _drawn(
    banks: BankLines, feet: Feet, bank: float, progress: Progress
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Draw all land within the distance of the bank, less what the cuts take away; return both."""
    count, channels = feet.count, np.flatnonzero(~shapely.is_missing(feet.held))
    owner = np.concatenate([banks.owner, channels])
    order = np.argsort(owner, kind="stable")
    owner = owner[order]
    lines = np.concatenate([banks.lines, feet.held[channels]])[order]
    half = np.concatenate([banks.half, np.zeros(len(channels))])[order]
    polygon, taken = np.empty(count, dtype=object), np.empty(count, dtype=object)
    bounds = np.append(np.arange(0, count, _ZONES_AT_ONCE), count)
    _ = feet.frames  # worked out once, before the threads ask for it

    def draw(low: int, high: int) -> None:
        rows = slice(*np.searchsorted(owner, [low, high]))
        # GEOS raises the processor's "invalid" flag over empty boxes, and numpy would warn of it.
        with np.errstate(invalid="ignore"):
            parts = shapely.buffer(lines[rows], bank + half[rows], quad_segs=QUAD_SEGS)
            heap = gathered(parts, owner[rows] - low, high - low, shapely.geometrycollections)
            land = shapely.union_all(heap[:, None], axis=1)
            less = feet.taken(low, high)
            cut = np.flatnonzero(~shapely.is_empty(less))
            land[cut] = shapely.difference(land[cut], less[cut])
            polygon[low:high], taken[low:high] = polygons_of(land), less

    if count <= _ZONES_AT_ONCE:
        draw(0, count)
        return polygon, taken
    with ThreadPoolExecutor(_THREADS) as pool:
        for k, _ in enumerate(pool.map(draw, bounds[:-1].tolist(), bounds[1:].tolist())):
            report(progress, bounds[k + 1] / count, "Drawing control zones")
    return polygon, taken


def polygons_of(geometry: NDArray[Any]) -> NDArray[Any]:
    """Return the polygons of a square metre and more of each geometry (MultiPolygon), without smaller holes."""
    # Collections hold multi-polygons, which hold polygons.
    parts, owner = shapely.get_parts(geometry, return_index=True)
    kind = shapely.get_type_id(parts)
    if (kind > 3).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    keep = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) >= _MIN_AREA)
    parts, owner = parts[keep], owner[keep]
    parts, owner = _without_hairs(parts, owner)
    holed = np.flatnonzero(shapely.get_num_interior_rings(parts) > 0)
    if len(holed):
        rings, polygon = shapely.get_rings(parts[holed], return_index=True)
        shell = np.append(True, np.diff(polygon) > 0)
        big = shell | (shapely.area(shapely.polygons(rings)) >= _MIN_AREA)
        parts[holed] = shapely.polygons(rings[big], indices=polygon[big])
    return gathered(parts, owner, len(geometry), shapely.multipolygons)


def _without_hairs(polygon: NDArray[Any], owner: _Ints) -> tuple[NDArray[Any], _Ints]:
    """Take off spikes and cracks narrower than a millimetre, which overlays leave at times."""
    hairy = np.flatnonzero(_hairy(polygon))
    if not len(hairy):
        return polygon, owner
    polygon = polygon.copy()
    for k in hairy.tolist():
        polygon[k] = _combed(polygon[k])
    parts, number = shapely.get_parts(polygon, return_index=True)
    keep = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) >= _MIN_AREA)
    return parts[keep], owner[number[keep]]


def _hairy(polygon: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which polygons have hairs of some length."""
    out = np.zeros(len(polygon), dtype=bool)
    rings, of_polygon = shapely.get_rings(polygon, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(xy):
        return out
    step = np.abs(np.diff(xy, axis=0)).max(axis=1)
    # Without the closing vertices and repeated ones.
    keep = np.append((np.diff(ring) == 0) & (step > _SAME), False)
    xy, ring = xy[keep], ring[keep]
    out[of_polygon[ring[_tips(xy, ring, _HAIR)]]] = True
    return out


def _tips(xy: _Floats, ring: _Ints, shortest: float) -> NDArray[np.bool_]:
    """Tell which vertices of open rings are tips of hairs."""
    first = np.flatnonzero(np.append(True, np.diff(ring) != 0))
    last = np.append(first[1:], len(ring)) - 1
    after = np.arange(1, len(ring) + 1)
    after[last] = first
    onward = xy[after] - xy
    back = np.empty_like(onward)
    back[after] = -onward
    facing = np.flatnonzero((onward * back).sum(axis=1) > 0)
    a, b = onward[facing], back[facing]
    long, short = np.hypot(*a.T), np.hypot(*b.T)
    across = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    out = np.zeros(len(ring), dtype=bool)
    out[facing] = (across <= _GRID * np.maximum(long, short)) & (np.minimum(long, short) > shortest)
    return out


def _combed(polygon: Any) -> Any:
    """Take the hairs off one polygon."""
    rings = []
    for ring in shapely.get_rings(polygon):
        xy = shapely.get_coordinates(ring)[:-1]
        for _ in range(len(xy)):
            keep = np.abs(xy - np.roll(xy, 1, axis=0)).max(axis=1) > _SAME
            xy = xy[keep]
            tips = np.flatnonzero(_tips(xy, np.zeros(len(xy), np.int64), 0.0)) if len(xy) > 3 else []
            if not len(tips):
                break
            xy = np.delete(xy, tips[:1], axis=0)
        if len(xy) >= 3:
            rings.append(shapely.linearrings(xy))
    combed = shapely.polygons(rings[0], holes=rings[1:] or None)
    if shapely.is_valid(combed):
        return combed
    return shapely.set_precision(shapely.make_valid(combed), _GRID)
