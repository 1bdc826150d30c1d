"""The left and the right strip of control zones, looking downstream, and the channel between them.

A zone is divided along the traced centreline, which is prolonged along the chord of its last 50 m where the river
ends.  Land that the centreline alone does not divide (between two rivers above their confluence, between the
limbs of a meander) belongs to the bank of the nearest stretch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .nearness import nearest_region
from .trace import CHORD, NATURAL
from .zone import Zones, polygons_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Floats = NDArray[np.float64]

# Places this far beside the middle of a segment tell on which side of it a face lies (metres).
_BESIDE = 0.05
# Lines stand this far aside where two sides share a face (metres), and parts smaller than this (square metres)
# are crumbs of the division.
_ASIDE = 0.5
_CRUMB = 1000.0
_EMPTY = shapely.MultiPolygon()


def strips(zones: Zones) -> list[tuple[Any, Any, Any]]:
    """Divide control zones into their left strip, their right strip and the channel.

    Parameters
    ----------
    zones : Zones

    Returns
    -------
    list of (left, right, channel)
        MultiPolygons in the metres of each zone's frame, empty where there is none.  Together they are the zone;
        they share borders only.  The channel is the traced channel, or the river's known width about the
        centreline.
    """
    ends = _prolonged(zones)
    with np.errstate(invalid="ignore"):
        return [_divided(zones, k, ends[k]) for k in range(len(zones))]


def _divided(zones: Zones, k: int, ends: list[Any]) -> tuple[Any, Any, Any]:
    reaches, polygon = zones.reaches, zones.polygon[k]
    channel = _channel(zones, k)
    land = polygon if shapely.is_empty(channel) else shapely.difference(polygon, channel)
    traces = reaches.traces
    lines = reaches.lines[traces.pointer[k] : traces.pointer[k + 1]]
    net = shapely.union_all([shapely.boundary(polygon), *lines, *ends])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    shapely.prepare(polygon)
    faces = faces[shapely.contains(polygon, shapely.point_on_surface(faces))]
    first, last = reaches.start[traces.pointer[k]], reaches.start[traces.pointer[k + 1]]
    begin = np.arange(first, last - 1)
    begin = begin[~np.isin(begin + 1, reaches.start)]
    a, b = reaches.xy[begin], reaches.xy[begin + 1]
    touch = [_touching(faces, a, b, side) for side in (1.0, -1.0)]
    found: list[list[Any]] = [[], []]
    undecided = []
    for n, face in enumerate(faces):
        sides = [bool(len(t[n])) for t in touch]
        if sides[0] != sides[1]:
            found[0 if sides[0] else 1].append(face)
        else:
            undecided.append(n)
    for n in undecided:
        for side, region in enumerate(_shared(faces[n], a, b, [t[n] for t in touch])):
            found[side].append(region)
    strip = []
    for parts in found:
        area = shapely.union_all(np.array(parts, dtype=object)) if parts else _EMPTY
        strip.append(area if shapely.is_empty(channel) else shapely.intersection(area, land))
    left, right, middle = polygons_of(np.array([*strip, channel], dtype=object))
    return left, right, middle


def _channel(zones: Zones, k: int) -> Any:
    """Return what of a zone is neither of its strips: the channel, else the river's known width."""
    if zones.channel[k] is not None:
        return shapely.intersection(zones.channel[k], zones.polygon[k])
    traces = zones.reaches.traces
    pieces = np.arange(traces.pointer[k], traces.pointer[k + 1])
    wide = pieces[zones.reaches.half[pieces] > 0]
    if not len(wide):
        return _EMPTY
    water = shapely.union_all(
        shapely.buffer(zones.reaches.lines[wide], zones.reaches.half[wide], quad_segs=16)
    )
    return shapely.intersection(water, zones.polygon[k])


def _touching(faces: NDArray[Any], a: _Floats, b: _Floats, side: float) -> list[NDArray[np.int64]]:
    """For each face, the segments that it lies on the left (1) or right (-1) side of."""
    along = b - a
    length = np.hypot(*along.T)
    out = np.column_stack([-along[:, 1], along[:, 0]]) / np.maximum(length, 1e-9)[:, None]
    beside = shapely.points((a + b) / 2 + side * np.minimum(_BESIDE, length / 4)[:, None] * out)
    segment, face = shapely.STRtree(faces).query(beside, predicate="intersects")
    return [segment[face == n] for n in range(len(faces))]


def _shared(face: Any, a: _Floats, b: _Floats, touching: list[NDArray[np.int64]]) -> tuple[Any, Any]:
    """Divide a face that lies on the left of some stretches and on the right of others, by nearness."""
    if not len(touching[0]) or not len(touching[1]):
        # A face that touches no segment from either side: the nearest segment tells.
        place = shapely.point_on_surface(face)
        near = int(np.argmin(shapely.distance(shapely.linestrings(np.stack([a, b], axis=1)), place)))
        along, away = b[near] - a[near], shapely.get_coordinates(place)[0] - a[near]
        across = along[0] * away[1] - along[1] * away[0]
        return (face, _EMPTY) if across > 0 else (_EMPTY, face)
    along = b - a
    out = np.column_stack([-along[:, 1], along[:, 0]]) / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    # Where a stretch has the face on both sides, each side must have its own line.
    lines = [
        shapely.multilinestrings(list(np.stack([(a + side * out)[t], (b + side * out)[t]], axis=1)))
        for side, t in zip((_ASIDE, -_ASIDE), touching)
    ]
    depth = shapely.distance(shapely.points(shapely.get_coordinates(face)), shapely.union_all(lines)).max()
    left = nearest_region(lines[0], lines[1], face, float(depth))
    sides = [left, shapely.difference(face, left)]
    # Crumbs that reach none of their own stretches belong to the other side.
    parts = [shapely.get_parts(side) for side in sides]
    own = [shapely.distance(part, line) <= 2 * _ASIDE for part, line in zip(parts, lines)]
    big = [
        mine & (shapely.area(part) >= _CRUMB) if mine.any() else np.ones(len(part), dtype=bool)
        for part, mine in zip(parts, own)
    ]
    left, right = (
        shapely.union_all(np.concatenate([parts[i][big[i]], parts[1 - i][~big[1 - i]]])) for i in (0, 1)
    )
    return left, right


def _prolonged(zones: Zones) -> list[list[Any]]:
    """Lines that prolong each trace past its ends, one list per zone.

    At a cut the end is on the border of the zone already: a metre makes sure that it crosses it.
    """
    reaches, traces = zones.reaches, zones.reaches.traces
    out: list[list[Any]] = [[] for _ in range(len(zones))]
    for k, point, outward in zip(zones.cut_trace.tolist(), zones.cut_point, zones.cut_outward):
        out[k].append(shapely.linestrings([point, point + outward]))
    reach = zones.bank + reaches.half.max(initial=0.0)
    for p in np.flatnonzero(traces.end == NATURAL):
        k = int(traces.owner[p])
        xy = reaches.xy[reaches.start[p] : reaches.start[p + 1]]
        if not traces.up[p]:
            xy = xy[::-1]
        along = np.append(0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T)))
        chord = min(CHORD, along[-1])
        back = np.array([np.interp(chord, along, xy[:, 0]), np.interp(chord, along, xy[:, 1])])
        length = np.hypot(*(xy[0] - back))
        if length <= 0:
            continue
        # Beyond the border, also where a channel lies about the end.
        room = reach
        if zones.channel[k] is not None:
            room += float(shapely.hausdorff_distance(shapely.points(xy[0]), zones.channel[k]))
        ahead = shapely.linestrings([xy[0], xy[0] + (xy[0] - back) / length * (room + 1.0)])
        out[k].append(_up_to(ahead, reaches.whole[k]))
    return out


def _up_to(line: Any, whole: Any) -> Any:
    """The part of a line before it meets the trace again."""
    start = shapely.get_point(line, 0)
    met = shapely.intersection(line, whole)
    parts = shapely.get_parts(met)
    away = shapely.distance(parts, start)
    away = away[away > 1e-6]
    if not len(away):
        return line
    return shapely.linestrings(
        np.concatenate(
            [
                shapely.get_coordinates(start),
                shapely.get_coordinates(shapely.line_interpolate_point(line, away.min())),
            ]
        )
    )
