"""Zones along a river about an intake: so many metres up and down, so many metres from the bank or the dyke.

*取水口上游3000米、下游200米的水域及河堤外50米的陆域.*  The distances along the river are those of the river section
(:mod:`.river.trace`), and so are the square ends and the bank lines (:mod:`.river.zone`):

* the water is the channel between the two cuts (``river_channel``, else the river's width about its centreline);
* the land lies within the distance of the bank line asked for, and is not water.  Measured from the dykes, the
  foreland between water and dyke is land too;
* a tributary counts so many metres above its mouth, alone or not at all, or every one along the river's length;
* an outer level is measured on from the cuts of the one inside it, and holds what that one does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .delineation_rows import (
    Area,
    Delineated,
    Figure,
    Record,
    Source,
    check_levels,
    clean,
    delineated,
    drawn,
    joined,
    rings_between,
    rows,
    said,
    within,
)
from .delineation_tributaries import ALONG, Course
from .errors import InputError
from .geodesy import LocalFrame, to_storage
from .progress import SILENT, Progress, part, report
from .river.bankside import Banks, Held
from .river.network import Network, build
from .river.rows import identifiers, issue, texts
from .river.snap import snap
from .river.strips import strips
from .river.zone import Zones, control_zones, reaches_of

if TYPE_CHECKING:
    import geopandas as gpd

SIDES = ("both", "intake", "left", "right")
_BANK_WORDS = {
    "dyke": "河堤外{d}的陆域", "management": "河道管理范围线外{d}的陆域", "channel": "河道两侧各{d}的陆域",
    "centreline+width": "河道两侧各{d}的陆域", "centreline": "河道中心线两侧各{d}的陆域",
}  # fmt: skip
_SIDE_WORDS = {"intake": "取水口一侧", "left": "左岸", "right": "右岸"}
# The water is drawn as a zone of this many metres about the channel.
_HAIR = 0.001
# So much of the river (metres) may lie outside the channel without a width.
_UNHELD = 1.0


@dataclass(frozen=True)
class ReachLevel:
    """The figures of one level.

    Attributes
    ----------
    level : str
        ``primary``, ``secondary`` or ``quasi``.
    upstream, downstream : Figure
        Metres along the river, of the innermost level from the intake, of the others on from the cuts of the one
        inside.
    land : Figure or None
        Metres out of the bank line; None for the water alone.
    tributary : Figure, "along" or None
        Tributaries so many metres above their mouths (of the outer levels: on from the level inside); "along", all
        tributaries by the distance along the river; or none of them.
    side : str
        Land on ``both`` sides, the ``intake``'s side, the ``left`` or the ``right`` bank.
    """

    level: str
    upstream: Figure
    downstream: Figure
    land: Figure | None = None
    tributary: Figure | str | None = None
    side: str = "both"


@dataclass(frozen=True)
class _Full:
    """All that lies within the figures of one level, in metres: the water, and water and land."""

    water: Any
    whole: Any
    beside: Any
    mouths: tuple[tuple[str | None, Figure], ...]


@np.errstate(invalid="ignore")
def intake_reach(
    rivers: gpd.GeoDataFrame | Network,
    intakes: gpd.GeoDataFrame,
    levels: Sequence[ReachLevel],
    source: Source | None = None,
    *,
    channel: gpd.GeoDataFrame | None = None,
    dyke: gpd.GeoDataFrame | None = None,
    management: gpd.GeoDataFrame | None = None,
    bank_from: str | None = None,
    working_width: Figure | None = None,
    tributary_names: Sequence[str] | None = None,
    beside_inner: bool = True,
    separate: bool = True,
    anchor: str = "取水口",
    tolerance: float = 100.0,
    layer_names: Mapping[str, str] | None = None,
    progress: Progress = SILENT,
) -> Delineated:
    """Draw the zones of river intakes.

    Parameters
    ----------
    rivers : GeoDataFrame or Network
        Lines digitised downstream, with ``river`` (name) and ``width_m`` where known.
    intakes : GeoDataFrame
        Points: intakes, or whatever the document measures from (a dam).  Used where present: ``uid``, ``name``,
        ``river``, ``source_name``, ``source_code``, ``source_rank``.
    levels : sequence of ReachLevel
        From the inside out.
    source : Source, optional
        What the zones belong to; needed where the intakes do not say it themselves.
    channel, dyke, management : GeoDataFrame, optional
        Channel polygons, lines along the toes of the dykes, polygons of the management area.
    bank_from : {"management", "dyke", "channel", "centreline"}, optional
        Where land is measured from; by default the first of these whose layer is given.
    working_width : Figure, optional
        The river's width where neither a channel nor a width is known, metres.
    tributary_names : sequence of str, optional
        Only these tributaries count (甘河).
    beside_inner : bool
        Whether the land of an outer level lies beside the stretch of the inner one too.
    separate : bool
        Water and land as rows of their own; else one row of both.
    anchor : str
        What the description measures from: 取水口, 橡胶坝 …
    tolerance : float
        An intake may lie this far from its river, metres.
    layer_names : mapping, optional
        What the layers are called in the record: ``rivers``, ``intakes``, ``channel``, ``dyke``, ``management``.
    progress : Progress

    Returns
    -------
    Delineated
        The rows of each intake, water and land of each level; an intake that could not be placed is an issue.

    Raises
    ------
    InputError
        Unusable layers or figures.
    Cancelled
    """
    _check(levels, working_width, tolerance)
    names = dict(layer_names or {})
    issues: list[dict[str, Any]] = []
    network = rivers if isinstance(rivers, Network) else build(rivers, progress=part(progress, 0.0, 0.2))
    stored = to_storage(intakes, names.get("intakes", "intakes"))
    geometry = shapely.force_2d(np.asarray(stored.geometry.array, dtype=object))
    if not len(stored) or (shapely.get_type_id(geometry) != 0).any() or shapely.is_empty(geometry).any():
        raise InputError("Every intake must be a point; give a layer of points with a place each.")
    uid = identifiers(stored, ("uid", "name"), "I")
    xy = shapely.get_coordinates(geometry)
    starts, doubts = snap(network, xy, uid, texts(stored, "river"), tolerance)
    issues.extend(doubts)
    land = Banks.choose(bank_from, management, dyke, channel, None, issues)
    water = Banks.choose("channel" if channel is not None else "centreline", None, None, channel, None, issues)
    given = {"rivers": None if isinstance(rivers, Network) else rivers, "intakes": intakes}
    given["channel"] = channel
    given[land.source] = {"dyke": dyke, "management": management}.get(land.source, given.get(land.source))
    results = []
    for n, (k, start) in enumerate(sorted(starts.items())):
        step = part(progress, 0.2 + 0.8 * n / len(starts), 0.2 + 0.8 * (n + 1) / len(starts))
        mine = _source(source, stored, k)
        one = _Intake(network, start, xy[k], str(uid[k]), land, water, working_width, issues, step)
        record = Record("intake_reach")
        full = one.levels(levels, tributary_names, beside_inner)
        near = one.frame.inverse(shapely.buffer(shapely.envelope(full[-1].whole), 100.0))
        _record(record, levels, working_width, one, given, names, near)
        record.choices.update(
            bank_from=one.source, bank_note=one.note, beside_inner=beside_inner, anchor=anchor,
            tributaries=list(tributary_names) if tributary_names else None,
        )  # fmt: skip
        areas = _areas(levels, full, one, beside_inner, separate, anchor)
        results.append(delineated(rows(areas, mine, record, "river"), []))
        report(step, 1.0)
    return joined([delineated([], issues), *results])


def _check(levels: Sequence[ReachLevel], width: Figure | None, tolerance: float) -> None:
    check_levels(levels)
    within(width, "working width")
    if not 0 < tolerance < 1e6:
        raise InputError(f"The snapping tolerance is {tolerance} m; give metres greater than 0.")
    for one in levels:
        within(one.upstream, f"distance upstream of the {one.level} zone", zero=True)
        within(one.downstream, f"distance downstream of the {one.level} zone", zero=True)
        within(one.land, f"land of the {one.level} zone")
        if isinstance(one.tributary, str):
            if one.tributary != ALONG:
                raise InputError(f"Tributaries are metres, '{ALONG}' or left out, not '{one.tributary}'.")
        else:
            within(one.tributary, f"length of tributaries of the {one.level} zone")
        if one.side not in SIDES:
            raise InputError(f"The side of the land is one of {', '.join(SIDES)}, not '{one.side}'.")
    if levels[0].upstream.value + levels[0].downstream.value <= 0:
        raise InputError("The innermost zone is 0 m up and 0 m down the river; give one of them more than 0.")


def _source(source: Source | None, stored: gpd.GeoDataFrame, k: int) -> Source:
    """What the zones of intake `k` belong to: what is given, filled from the intake's own fields."""
    own = {
        key: texts(stored, column)[k]
        for key, column in (("name", "source_name"), ("code", "source_code"), ("rank", "source_rank"))
    }
    if source is None:
        return Source(**{**own, "name": own["name"] or texts(stored, "name")[k] or ""})
    return replace(source, code=source.code or own["code"], rank=source.rank or own["rank"])


def _record(
    record: Record, levels: Sequence[ReachLevel], width: Figure | None, one: _Intake,
    given: Mapping[str, Any], names: Mapping[str, str], near: Any,
) -> None:  # fmt: skip
    for level in levels:
        for what in ("upstream", "downstream", "land", "tributary"):
            value = getattr(level, what)
            if isinstance(value, Figure):
                record.note(what, value, level.level)
            elif isinstance(value, str):
                record.choices[f"{what}_{level.level}"] = value
        if level.side != "both":
            record.choices[f"side_{level.level}"] = level.side
    if one.width_used:
        record.note("working_width", width)
    default = {
        "rivers": "river_reach", "intakes": "water_intake", "channel": "river_channel", "dyke": "dyke",
        "management": "river_management_area",
    }  # fmt: skip
    for key, frame in given.items():
        if frame is not None and key in default:
            record.used(names.get(key, default[key]), to_storage(frame, key), near)


# --------------------------------------------------------------------------------------------------------
# Drawing
# --------------------------------------------------------------------------------------------------------


class _Intake:
    """One intake on its river; what it draws is in the metres of its own frame."""

    def __init__(
        self, network: Network, start: tuple[int, float], xy: Any, uid: str, land: Banks, water: Banks,
        width: Figure | None, issues: list[dict[str, Any]], progress: Progress,
    ) -> None:  # fmt: skip
        self.network, self.start, self.uid, self.issues, self.progress = network, start, uid, issues, progress
        self.frame = LocalFrame(float(xy[0]))
        self.point = self.frame.forward(shapely.points(*xy))
        self.land, self.water, self.width = land, water, width
        self.source, self.note, self.width_used = land.source, "", False

    def levels(
        self, levels: Sequence[ReachLevel], names: Sequence[str] | None, beside_inner: bool
    ) -> list[_Full]:
        """Return what lies within each level, the inner ones included."""
        out: list[_Full] = []
        course = Course(self.network, self.start, names)
        for n, level in enumerate(levels):
            report(self.progress, 0.9 * n / len(levels), f"{self.uid} {level.level}")
            traces, mouths = course.traces(levels[: n + 1])
            own = self._one(traces, level)
            inner = out[-1] if out else None
            water = own[0] if inner is None else shapely.union(own[0], inner.water)
            whole = shapely.union(own[1], water)
            beside = shapely.MultiPolygon()
            if inner is not None:
                whole = shapely.union(whole, inner.whole)
                if not beside_inner:
                    beside = self._one(course.traces(levels[:n])[0], level)[1]
            out.append(_Full(water, whole, beside, mouths))
        return out

    def _one(self, traces: Any, level: ReachLevel) -> tuple[Any, Any]:
        """Return the water of a trace, and the water with the land of a level."""
        network, lon0 = self.network, [self.frame.lon0]
        if not len(traces.edge):
            raise InputError(f"Intake {self.uid} has no river to trace; check its place and the river layer.")
        reaches = reaches_of(network, traces, lon0)
        uid = np.array([self.uid], dtype=object)
        told: list[dict[str, Any]] = []
        held = self._wide(self.water.hold(network, reaches, _HAIR, uid, told), told)
        zones = control_zones(network, held.reaches, _HAIR, held.channel)
        water = clean(zones.polygon[0])
        if level.land is None:
            return water, water
        bank = level.land.value
        held = self.land.hold(network, reaches, bank, uid, told)
        self.source, self.note = str(held.source[0]), str(held.note[0])
        if held.centreline[0]:
            held = self._wide(held, told)
        zones = control_zones(network, held.reaches, bank, held.channel)
        whole = zones.polygon[0]
        if level.side != "both":
            whole = self._one_side(zones, whole, water, level)
        known = {(row["code"], row["message_zh"]) for row in self.issues}
        self.issues.extend(row for row in told if (row["code"], row["message_zh"]) not in known)
        return water, shapely.union(whole, water)

    def _wide(self, held: Held, told: list[dict[str, Any]]) -> Held:
        """Give the office's width to what has neither channel nor width; without it, refuse."""
        reaches = held.reaches
        without = reaches.half <= 0
        channel = held.channel[0]
        lines = reaches.lines[without]
        bare = lines if channel is None else shapely.difference(lines, channel)
        length = float(shapely.length(bare).sum())
        if length <= _UNHELD:
            return held
        if self.width is None:
            raise InputError(
                f"Intake {self.uid}: {length:.0f} m of its river lie in no channel polygon and have no width, so that"
                f" the water cannot be drawn; give the channel, the field width_m, or a working width."
            )
        self.width_used = True
        told.append(issue(
            "warning", "working_width",
            f"取水口 {self.uid}:{length:.0f} 米河段没有河道面和河宽,按工作河宽 {self.width.value:g} 米绘制,待核实",
            f"Intake {self.uid}: {length:.0f} m of river have neither a channel nor a width; drawn by the working"
            f" width of {self.width.value:g} m, to be verified.",
            self.frame.inverse(self.point), section_id=self.uid,
        ))  # fmt: skip
        half = np.where(without, self.width.value / 2, reaches.half)
        if channel is not None:
            inside = shapely.length(reaches.lines) - shapely.length(shapely.difference(reaches.lines, channel))
            half = np.where(without & (inside >= shapely.length(reaches.lines) - _HAIR), 0.0, half)
        return replace(held, reaches=replace(reaches, half=half))

    def _one_side(self, zones: Zones, whole: Any, water: Any, level: ReachLevel) -> Any:
        """Return the part of a zone on one side of the river."""
        reaches = zones.reaches
        room = float(shapely.hausdorff_distance(reaches.whole[0], shapely.boundary(whole))) + 1.0
        about = control_zones(self.network, replace(reaches, half=np.zeros(len(reaches.half))), room)
        left, right, _ = strips(about)[0]
        side = level.side
        if side == "intake":
            apart = [float(shapely.distance(self.point, area)) for area in (left, right)]
            if max(apart) < 1.0:
                raise InputError(
                    f"Intake {self.uid} lies on the centreline of its river, so that its side cannot be told; say left"
                    f" or right (looking downstream)."
                )
            side = "left" if apart[0] < apart[1] else "right"
        return shapely.intersection(whole, left if side == "left" else right)


# --------------------------------------------------------------------------------------------------------
# Rows
# --------------------------------------------------------------------------------------------------------


def _areas(
    levels: Sequence[ReachLevel], full: Sequence[_Full], one: _Intake, beside_inner: bool, separate: bool,
    anchor: str,
) -> list[Area]:  # fmt: skip
    """Cut the levels into what each has beyond the inner ones, in degrees."""
    rings = rings_between([f.whole for f in full])
    out: list[Area] = []
    for n, (level, ring, this) in enumerate(zip(levels, rings, full)):
        water = shapely.intersection(ring, this.water)
        land = shapely.difference(ring, this.water)
        if n and not beside_inner:
            land = shapely.difference(land, this.beside)
        here = anchor if n == 0 else _within_words(levels[n - 1].level)
        reach = f"{here}{_reach_words(level)}"
        aside = _land_words(level, one.source)
        more = [
            f"{river or '支流'}汇入口至上游{said(m)}" for river, m in this.mouths
        ] or (["上述河段全部支流"] if level.tributary == ALONG else [])
        streams = "、".join([reach, *more])
        if not separate:
            words = f"{streams}的水域及{aside}" if aside else f"{streams}的水域"
            out.append(Area(level.level, "both" if aside else "water",
                            drawn(one.frame, shapely.union(water, land)), words))  # fmt: skip
            continue
        out.append(Area(level.level, "water", drawn(one.frame, water), f"{streams}的水域"))
        if aside:
            out.append(Area(level.level, "land", drawn(one.frame, land), f"{streams}的{aside}"))
    return out


def _within_words(inner: str) -> str:
    return {"primary": "一级保护区", "secondary": "二级保护区"}[inner]


def _reach_words(level: ReachLevel) -> str:
    """上游3000米、下游200米, without what is 0."""
    told = [f"上游{said(level.upstream)}"] if level.upstream.value else []
    told += [f"下游{said(level.downstream)}"] if level.downstream.value else []
    return "、".join(told)


def _land_words(level: ReachLevel, bank: str) -> str:
    if level.land is None:
        return ""
    words = _BANK_WORDS[bank].format(d=said(level.land))
    if level.side == "both":
        return words
    return f"{_SIDE_WORDS[level.side]}{words.replace('两侧各', '外')}"
