"""The part of the channel polygons that belongs to a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .trace import CHORD
from .zone import CutPlane, Reach, nearest_region, planes, polygons_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .network import Network


def traced_channel(network: Network, reach: Reach, polygons: NDArray[Any], bank: float) -> Any:
    """Cut channel polygons square at the cuts of a trace and keep its side.

    Parameters
    ----------
    network : Network
    reach : Reach
    polygons : array of Polygon or MultiPolygon
        Channel polygons that meet the trace, in degrees.
    bank : float
        Metres; gates across neighbouring arms of the channel are sought this far aside.

    Returns
    -------
    geometry or None
        In metres of the reach's frame; None where no polygon meets the trace.
    """
    if not len(polygons):
        return None
    channel = shapely.union_all(shapely.make_valid(reach.frame.forward(polygons)))
    if not shapely.intersects(channel, reach.whole):
        return None
    cuts, far = planes(network, reach, bank)
    beyond = _beyond_lines(cuts, far, reach)
    faces = _faces(channel, [gate for cut in cuts for gate in _gates(channel, cut, bank)])
    mine = []
    for face in faces:
        length = shapely.length(shapely.intersection(reach.whole, face))
        if length <= 0:
            continue
        past = shapely.length(shapely.intersection(beyond, face)) if beyond is not None else 0.0
        if past > length:
            continue
        if past > CHORD:
            # The channel runs round the gate (an island at the cut): nearness decides there.
            span = float(shapely.distance(shapely.points(shapely.get_coordinates(face)), reach.whole).max())
            face = shapely.difference(face, nearest_region(beyond, reach.whole, face, span))
        mine.append(face)
    if not mine:
        return None
    part = _without_tributaries(network, reach, shapely.union_all(mine))
    part = polygons_of(part)
    return part if not shapely.is_empty(part) else None


def _beyond_lines(cuts: list[CutPlane], far: Any, reach: Reach) -> Any:
    """Return the network beyond the cuts."""
    lines = [line for cut in cuts for line in shapely.get_parts(cut.near)]
    if far is not None:
        lines.extend(shapely.get_parts(far))
    if not lines:
        return None
    # What a cut holds "near" is on both sides of it; the trace itself is not beyond.
    return shapely.difference(shapely.multilinestrings(lines), shapely.buffer(reach.whole, 0.01))


def _gates(channel: Any, cut: CutPlane, bank: float) -> list[Any]:
    """Return the lines that close the channel at a cut.

    The gate is the perpendicular where it crosses the arm that holds the cut, and where it crosses other arms
    within `bank` that no other stretch of the trace runs through.
    """
    n = np.array([-cut.outward[1], cut.outward[0]])
    point = shapely.points(cut.point)
    across = 1.0 + float(shapely.distance(shapely.points(shapely.get_coordinates(channel)), point).max())
    line = shapely.linestrings([cut.point - n * across, cut.point + n * across])
    out = []
    for crossing in shapely.get_parts(shapely.intersection(line, channel)):
        if shapely.get_type_id(crossing) != 1:
            continue
        own = shapely.distance(crossing, point) < 0.5
        if own or (shapely.distance(crossing, point) <= bank and not shapely.intersects(crossing, cut.rest)):
            # Longer by a hair, so that it crosses the border instead of ending on it within rounding.
            ends = shapely.get_coordinates(crossing)
            along = (ends[-1] - ends[0]) / np.hypot(*(ends[-1] - ends[0]))
            out.append(shapely.linestrings([ends[0] - 0.001 * along, ends[-1] + 0.001 * along]))
    return out


def _faces(channel: Any, gates: list[Any]) -> NDArray[Any]:
    """Split the channel along gates."""
    if not gates:
        return shapely.get_parts(channel)
    net = shapely.union_all([shapely.boundary(channel), *gates])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    shapely.prepare(channel)
    return faces[shapely.contains(channel, shapely.point_on_surface(faces))]


def _without_tributaries(network: Network, reach: Reach, part: Any) -> Any:
    """Take away the channels of rivers that are not traced, outside the traced river's own width."""
    traced = {p.edge for p in reach.traced.pieces}
    around = shapely.box(*shapely.bounds(reach.frame.inverse(part)))
    others = [e for e in network.tree.query(around).tolist() if e not in traced]
    if not others:
        return part
    lines = shapely.intersection(reach.frame.forward(network.lines[others]), part)
    lines = shapely.get_parts(lines)
    lines = lines[(shapely.get_type_id(lines) == 1) & (shapely.length(lines) > CHORD)]
    if not len(lines):
        return part
    along = shapely.line_interpolate_point(
        reach.lines[:, None], np.linspace(0.05, 0.95, 19)[None, :], normalized=True
    ).ravel()
    inside = along[shapely.intersects(along, part)]
    half = float(shapely.distance(inside, shapely.boundary(part)).max()) if len(inside) else 0.0
    span = float(shapely.distance(shapely.points(shapely.get_coordinates(part)), reach.whole).max())
    foreign = nearest_region(shapely.multilinestrings(lines), reach.whole, part, span)
    return shapely.difference(part, shapely.difference(foreign, shapely.buffer(reach.whole, 1.25 * half)))
