"""The region of the river-section rule: the control zones themselves, and the bands in which they are in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .clauses.conditions import NO, YES, evaluate
from .clauses.river_relation import CHANNEL, RIVERS
from .progress import SILENT
from .suitability_regions import Named, Reason, Region, World
from .suitability_shapes import EMPTY, buffers, either, union, without

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .clauses.context import Zones
    from .clauses.model import Relation
    from .river.section import SectionResult


def river_section(world: World, relation: Relation) -> Region:
    """Return where a point lies in the control zone of a section.

    In doubt are the band that the document's 左右 leaves, a ring of the rivers' positional accuracy along the edge of
    a zone (the largest accuracy of the rivers near it), and all ground that an untraced section might have
    reached.
    """
    context = world.context
    sections = context.zones(relation.layer or "")
    if sections is None:
        return _missing(world, relation.layer or "")
    if context.network is None:
        return _missing(world, RIVERS)
    decided = evaluate(relation.filter, sections.frame, sections.name)
    rows = np.flatnonzero((decided != NO) & sections.usable)
    limits = {key: length.resolve(context.working) for key, length in relation.lengths.items()}
    reasons: list[Reason] = []
    band = float(relation.approximate.get("bank", 0.0))
    result = _sections(world, sections, rows, limits)
    context.tell(result.issue.to_dict("records"))
    drawn = result.zone["section_id"].astype(str).to_numpy(dtype=object)
    uid = sections.frame["uid"].astype(str).to_numpy(dtype=object)
    yes = np.isin(drawn, uid[decided == YES])
    zone = np.asarray(result.zone.geometry.array, dtype=object)
    inner = outer = zone
    if band > 0 and len(rows):
        inner = _aligned(_sections(world, sections, rows, {**limits, "bank": limits["bank"] - band}), drawn)
        outer = _aligned(_sections(world, sections, rows, {**limits, "bank": limits["bank"] + band}), drawn)
        reasons.append(Reason(
            f"在“{limits['bank']:g} 米左右”的 ±{band:g} 米范围内,现场核定",
            f"within ±{band:g} m of about {limits['bank']:g} m: settle on site",
        ))  # fmt: skip
    blur = _blur(world, zone)
    edge = world.patient(lambda: union(buffers(shapely.boundary(zone[blur > 0]), blur[blur > 0])))
    if not edge.is_empty:
        reasons.append(Reason("距边界在河流定位精度以内", "within the positional accuracy of the rivers"))
    tentative = world.within(world.patient(union, outer[yes]))
    hit = world.patient(without, world.within(world.patient(union, inner[yes])), edge)
    if any(length.working for length in relation.lengths.values()):
        hit = EMPTY
        reasons.append(Reason("按本单位工作距离量测", "measured by the office's working distance"))
    open_ = world.within(world.patient(lambda: union([*outer, edge])))
    if not yes.all():
        reasons.append(Reason("断面属性未填写", "an attribute of the section is empty"))
    lost = _lost(world, sections, rows, drawn, sum(limits.values()))
    if not lost.is_empty:
        reasons.append(Reason("附近断面未能追溯,见数据问题", "a section nearby could not be traced, see the issues"))
        open_ = world.patient(either, open_, world.within(lost))
    for layer in dict.fromkeys((relation.layer or "", RIVERS)):
        gap = world.incomplete(layer)
        if not gap.is_empty:
            reasons.append(world.lacking(layer))
            open_ = world.patient(either, open_, gap)
    open_ = world.patient(either, open_, tentative)
    onemap = context.onemap
    name = result.zone["name"].to_numpy(dtype=object) if "name" in result.zone else drawn
    name = np.where([bool(one) and one == one for one in name], name, drawn)
    named = Named(outer, name, onemap.title(sections.name), onemap.title(sections.name, "en"))
    return Region(open_, tentative, hit, tuple(reasons), (named,))


def _missing(world: World, layer: str) -> Region:
    return Region(world.area, EMPTY, EMPTY, (world.lacking(layer),))


def _sections(
    world: World, sections: Zones, rows: NDArray[np.intp], limits: dict[str, float]
) -> SectionResult:
    from .river.section import control_section

    context = world.context
    channel = context.zones(CHANNEL)
    return control_section(
        context.network,
        sections.frame.iloc[rows],
        channel=channel.frame if channel is not None and len(channel.frame) else None,
        as_of=context.as_of,
        progress=context.progress if context.progress is SILENT else _Listening(context.progress),
        **limits,
    )


class _Listening:
    """A progress that only listens for the user's cancelling."""

    def __init__(self, parent: Any) -> None:
        self._parent = parent

    @property
    def cancelled(self) -> bool:
        return bool(self._parent.cancelled)

    def __call__(self, fraction: float, message: str = "") -> None:
        return None


def _aligned(result: SectionResult, order: NDArray[Any]) -> NDArray[Any]:
    """Return a result's zones in the order of the sections `order`."""
    found = dict(zip(result.zone["section_id"].astype(str), result.zone.geometry))
    return np.array([found.get(one, EMPTY) for one in order], dtype=object)


def _blur(world: World, zone: NDArray[Any]) -> NDArray[np.float64]:
    """Return the largest positional accuracy of the rivers and channels in each zone, metres."""
    out = np.zeros(len(zone))
    for layer in (RIVERS, CHANNEL):
        lines = world.context.zones(layer)
        if lines is None or not len(lines.frame) or not len(zone):
            continue
        at, row = shapely.STRtree(lines.geometry).query(zone, predicate="intersects")
        np.maximum.at(out, at, lines.accuracy[row])
    return out


def _lost(
    world: World, sections: Zones, rows: NDArray[np.intp], drawn: NDArray[Any], reach: float
) -> Any:
    """Return the ground that sections which could not be traced might have reached."""
    uid = sections.frame["uid"].astype(str).to_numpy(dtype=object)[rows]
    failed = rows[~np.isin(uid, drawn)]
    return world.patient(lambda: union(buffers(shapely.centroid(sections.geometry[failed]), reach)))
