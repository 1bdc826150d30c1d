"""The river-section rule: what lies within 5000 m up, 500 m down and 500 m of either bank of a section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..findings import FINDING_COLUMNS, ISSUE_COLUMNS, table
from ..geodesy import (
    LocalFrame,
    area_m2,
    distance,
    length_m,
    metres_per_degree,
    projected_area_m2,
    to_storage,
)
from ..progress import SILENT, Progress, part, report
from .channel import traced_channel
from .inside import Features, Limits, Section, list_inside, prepare
from .network import Network, build
from .rows import REACH_COLUMNS, ZONE_COLUMNS, identifiers, issue, texts
from .snap import snap
from .trace import Trace, trace
from .zone import Reach, control_zone, linestrings, reach_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

# Long straight borders bend by less than a millimetre between degrees and metres at this step.
_DRAW_STEP = 200.0
# A river that ends this close to another line (metres) may have been meant to meet it.
_DEAD_END = 50.0


@dataclass(frozen=True)
class SectionResult:
    """The answer, all frames in EPSG:4490.

    Attributes
    ----------
    reach : GeoDataFrame
        The traced river, cut at the distances; ``from_m`` and ``to_m`` are metres along the river from the
        section, ``from_m < to_m``; lines run downstream.
    zone : GeoDataFrame
        One control zone per section.
    finding : GeoDataFrame
        What lies in the zones.
    issue : GeoDataFrame
        What could not be run, what was mended and what is in doubt.
    """

    reach: gpd.GeoDataFrame
    zone: gpd.GeoDataFrame
    finding: gpd.GeoDataFrame
    issue: gpd.GeoDataFrame


def control_section(
    rivers: gpd.GeoDataFrame | Network,
    sections: gpd.GeoDataFrame,
    *,
    channel: gpd.GeoDataFrame | None = None,
    features: Mapping[str, gpd.GeoDataFrame] | None = None,
    upstream: float = 5000.0,
    downstream: float = 500.0,
    bank: float = 500.0,
    main_stem: bool = False,
    tolerance: float = 100.0,
    approximate: Mapping[str, float] | None = None,
    working_width: float | None = None,
    jurisdiction: gpd.GeoDataFrame | None = None,
    as_of: Any = None,
    progress: Progress = SILENT,
) -> SectionResult:
    """Draw the control zone of each section and list what lies inside.

    Parameters
    ----------
    rivers : GeoDataFrame or Network
        Lines digitised downstream, or a network that :func:`..network.build` made of them.
    sections : GeoDataFrame
        Points; used where present: ``uid``, ``name``, ``river``.
    channel : GeoDataFrame, optional
        Channel polygons (water and flood land); the bank is their edge where they hold the traced river.
    features : mapping of layer name -> GeoDataFrame, optional
        What is looked for.
    upstream, downstream : float
        Metres along the river.
    bank : float
        Metres from the bank line.
    main_stem : bool
        Upstream the main stem alone instead of all tributaries.
    tolerance : float
        A section may lie this far from its river, metres.
    approximate : mapping, optional
        ``{"bank": 50.0}``: what lies within 50 m of the distance is listed apart, to be settled on site.
    working_width : float, optional
        The office's river width where none is known, metres.
    jurisdiction : GeoDataFrame, optional
        Polygons; what lies outside is marked.
    as_of : date or ISO text, optional
        Features and channel polygons not in force on that day are left out.
    progress : Progress

    Returns
    -------
    SectionResult

    Raises
    ------
    InputError
        Unusable frames or numbers.
    """
    _check(bank, tolerance, working_width)
    limits = Limits(bank, _band(approximate, bank), working_width or 0.0)
    issues: list[dict[str, Any]] = []
    network = rivers if isinstance(rivers, Network) else build(rivers, progress=part(progress, 0.0, 0.3))
    stored, uid = _sections(sections, issues)
    names = texts(stored, "name")
    points = shapely.get_coordinates(np.asarray(stored.geometry.array, dtype=object))
    starts, doubts = snap(network, points, uid, texts(stored, "river"), tolerance)
    issues.extend(doubts)
    layers = []
    for layer, data in (features or {}).items():
        prepared, found = prepare(layer, data, as_of)
        layers.append(prepared)
        issues.extend(found)
    polygons = _polygons(channel, as_of, issues)
    within = _union(jurisdiction)
    rows = sorted(starts)
    traces = trace(
        network,
        [starts[k] for k in rows],
        upstream=upstream,
        downstream=downstream,
        main_stem=main_stem,
        progress=part(progress, 0.3, 0.4),
    )
    answer = _Answer(network, limits, layers, polygons, within, issues, (upstream, downstream, main_stem))
    for n, (k, traced) in enumerate(zip(rows, traces)):
        report(progress, 0.4 + 0.6 * n / len(rows), "Drawing control zones")
        # GEOS raises the processor's "invalid" flag over empty boxes, and numpy would warn of it.
        with np.errstate(invalid="ignore"):
            answer.add(Section(str(uid[k]), names[k], shapely.points(points[k])), traced)
    answer.note_repairs()
    answer.note_crossings()
    report(progress, 1.0)
    return SectionResult(
        table(answer.reaches, REACH_COLUMNS),
        table(answer.zones, ZONE_COLUMNS),
        table(answer.findings, FINDING_COLUMNS),
        table(issues, ISSUE_COLUMNS),
    )


def _check(bank: float, tolerance: float, width: float | None) -> None:
    for value, what in ((bank, "distance from the bank"), (tolerance, "snapping tolerance")):
        if not value > 0:
            raise InputError(f"The {what} is {value}; give a distance in metres greater than 0.")
    if width is not None and not width >= 0:
        raise InputError(f"The working width is {width}; give a width in metres of 0 or more.")


def _band(approximate: Mapping[str, float] | None, bank: float) -> float:
    """Read ``approximate``; only the bank distance can be approximate."""
    if not approximate:
        return 0.0
    unknown = set(approximate) - {"bank"}
    if unknown:
        raise InputError(f"'approximate' knows only 'bank', not {', '.join(sorted(map(repr, unknown)))}.")
    band = float(approximate["bank"])
    if not 0 <= band < bank:
        raise InputError(f"The approximate band is {band} m; give metres from 0 up to less than {bank}.")
    return band


def _sections(
    sections: gpd.GeoDataFrame, issues: list[dict[str, Any]]
) -> tuple[gpd.GeoDataFrame, NDArray[Any]]:
    """Bring sections to points with unique ids; what cannot be used becomes an issue."""
    stored = to_storage(sections, "sections")
    uid = identifiers(stored, ("uid", "section_id"), "S")
    geometry = shapely.force_2d(np.asarray(stored.geometry.array, dtype=object))
    single = (shapely.get_type_id(geometry) == 4) & (shapely.get_num_geometries(geometry) == 1)
    geometry[single] = shapely.get_geometry(geometry[single], 0)
    point = (shapely.get_type_id(geometry) == 0) & ~shapely.is_empty(geometry)
    keep = point.copy()
    seen: set[str] = set()
    for k in range(len(uid)):
        if not point[k]:
            zh, en = f"断面 {uid[k]} 没有点位,未计算", f"Section {uid[k]} is no point and was not run."
            issues.append(issue("error", "no_geometry", zh, en, section_id=uid[k]))
        elif uid[k] in seen:
            keep[k] = False
            zh = f"断面编号 {uid[k]} 重复,后一个未计算;请改为唯一编号"
            en = f"The section id {uid[k]} is used twice; the later one was not run. Give each its own id."
            issues.append(issue("error", "duplicate_id", zh, en, geometry[k], section_id=uid[k]))
        seen.add(uid[k])
    stored = stored.set_geometry(geometry, crs=stored.crs)
    return stored[keep], uid[keep]


def _polygons(channel: gpd.GeoDataFrame | None, as_of: Any, issues: list[dict[str, Any]]) -> NDArray[Any]:
    """Return the valid channel polygons in degrees."""
    if channel is None or not len(channel):
        return np.empty(0, dtype=object)
    prepared, found = prepare("river_channel", channel, as_of)
    issues.extend(found)
    return prepared.geometry[shapely.get_dimensions(prepared.geometry) == 2]


def _union(jurisdiction: gpd.GeoDataFrame | None) -> Any:
    if jurisdiction is None:
        return None
    stored = to_storage(jurisdiction, "jurisdiction")
    geometry = np.asarray(stored.geometry.array, dtype=object)
    union = shapely.union_all(shapely.make_valid(geometry[~shapely.is_missing(geometry)]))
    if shapely.is_empty(union) or shapely.get_dimensions(union) < 2:
        raise InputError("The jurisdiction holds no polygon; give the polygon of the city or district.")
    shapely.prepare(union)
    return union


class _Answer:
    """Collects the rows of all sections."""

    def __init__(
        self,
        network: Network,
        limits: Limits,
        layers: list[Features],
        polygons: NDArray[Any],
        within: Any,
        issues: list[dict[str, Any]],
        asked: tuple[float, float, bool],
    ) -> None:
        self.network, self.limits, self.layers, self.polygons = network, limits, layers, polygons
        self.within, self.issues = within, issues
        self.upstream, self.downstream, self.main_stem = asked
        self.reaches: list[dict[str, Any]] = []
        self.zones: list[dict[str, Any]] = []
        self.findings: list[dict[str, Any]] = []
        self._touched: dict[int, set[str]] = {}
        self._channels = shapely.STRtree(polygons) if len(polygons) else None

    def add(self, section: Section, traced: Trace) -> None:
        """Trace is done; draw the zone of one section and list what lies inside."""
        if not traced.pieces:
            zh = f"断面 {section.uid} 处河流没有可追溯的长度,未计算"
            en = f"Section {section.uid} has no river to trace; it was not run."
            self.issues.append(
                issue("error", "nothing_traced", zh, en, section.point, section_id=section.uid)
            )
            return
        network = self.network
        frame = LocalFrame(float(shapely.get_x(section.point)))
        reach = reach_of(network, traced, frame)
        channel = self._channel(reach)
        zone = control_zone(network, reach, self.limits.bank, channel)
        lines = linestrings(reach.degrees)
        for piece, line, length in zip(traced.pieces, lines, length_m(lines)):
            self.reaches.append({
                "section_id": section.uid, "direction": piece.direction, "from_m": piece.near, "to_m": piece.far,
                "river": network.name[piece.edge], "length_m": length, "reach_uid": network.uid[piece.edge],
                "geometry": line,
            })  # fmt: skip
            self._touched.setdefault(piece.edge, set()).add(section.uid)
        bank_from, notes = self._bank_from(reach, channel)
        drawn = frame.inverse(shapely.segmentize(zone.polygon, _DRAW_STEP))
        drawn = shapely.multipolygons(shapely.get_parts(drawn))
        self.zones.append({
            "section_id": section.uid, "name": section.name, "kind": "river_section",
            "area_m2": area_m2([drawn])[0], "area_projected_m2": projected_area_m2([drawn])[0],
            "upstream_m": self.upstream, "downstream_m": self.downstream, "bank_m": self.limits.bank,
            "bank_from": bank_from, "note": ";".join(notes), "geometry": drawn,
        })  # fmt: skip
        self._doubts(section, traced)
        for layer in self.layers:
            self.findings.extend(
                list_inside(network, zone, section, layer, self.limits, bank_from != "channel", self.within)
            )

    def _channel(self, reach: Reach) -> Any:
        """Return the traced part of the channel polygons, None where there is none."""
        if self._channels is None:
            return None
        lines = shapely.multilinestrings([shapely.linestrings(d) for d in reach.degrees])
        met = np.sort(self._channels.query(lines, predicate="intersects"))
        return traced_channel(self.network, reach, self.polygons[met], self.limits.bank)

    def _bank_from(self, reach: Reach, channel: Any) -> tuple[str, list[str]]:
        """Say where the bank was measured from, and how the river was read."""
        reading = "上游仅干流" if self.main_stem else "上游含全部支流"
        notes = [f"上游{self.upstream:g}米、下游{self.downstream:g}米({reading})"]
        known = reach.half > 0
        total = float(shapely.length(reach.whole))
        if channel is not None:
            held = shapely.length(shapely.intersection(reach.whole, channel)) / total
            if held < 0.999:
                rest = "河宽或中心线" if known.any() else "中心线"
                notes.append(f"河道面覆盖所追溯河段的{held:.1%},其余自{rest}起算")
            return "channel", notes
        if known.any():
            if not known.all():
                share = float(shapely.length(reach.lines[known]).sum()) / total
                notes.append(f"{share:.1%}的河段有河宽,其余自中心线起算")
            return "centreline+width", notes
        notes.append("河宽不明,自河道中心线起算")
        return "centreline", notes

    def _doubts(self, section: Section, traced: Trace) -> None:
        """Name the ends of a trace that may be no ends: lines that face each other, or another line close by."""
        network = self.network
        for node, direction in traced.natural:
            place = shapely.points(network.node[node])
            into, out = network.incoming(node), network.outgoing(node)
            if (direction == "U" and len(out) >= 2) or (direction == "D" and len(into) >= 2):
                count = len(into) + len(out)
                zh_way, en_way = ("流出", "start") if direction == "U" else ("流入", "end")
                zh = f"断面 {section.uid} 的追溯止于此处,但 {count} 条河段均在此{zh_way};请核对河线方向"
                en = (
                    f"The trace of section {section.uid} ends here, where {count} reaches all {en_way};"
                    f" check the direction of the lines."
                )
                self.issues.append(issue("warning", "direction_doubt", zh, en, place, section_id=section.uid))
            kx, ky = metres_per_degree(network.node[node, 1])
            reach = _DEAD_END / np.array([kx, ky])
            around = shapely.box(*(network.node[node] - reach), *(network.node[node] + reach))
            others = np.setdiff1d(network.tree.query(around), [*into, *out])
            gaps = distance(np.full(len(others), place), network.lines[others]).metres
            if len(gaps) and gaps.min() <= _DEAD_END:
                other = network.uid[others[int(np.argmin(gaps))]]
                zh = f"断面 {section.uid} 的追溯止于此处,距河段 {other} 仅 {gaps.min():.1f} 米;请核对河线是否应相接"
                en = (
                    f"The trace of section {section.uid} ends here, only {gaps.min():.1f} m from reach {other};"
                    f" check whether the lines should meet."
                )
                self.issues.append(issue("warning", "dead_end", zh, en, place, section_id=section.uid))

    def note_crossings(self) -> None:
        """Name the places where a traced line crosses another one without a node."""
        network = self.network
        edges = np.array(sorted(self._touched), dtype=np.int64)
        mine, other = network.tree.query(network.lines[edges], predicate="crosses")
        seen: set[tuple[int, int]] = set()
        for one, two in zip(edges[mine].tolist(), other.tolist()):
            pair = (min(one, two), max(one, two))
            if pair in seen:
                continue
            seen.add(pair)
            place = shapely.point_on_surface(shapely.intersection(network.lines[one], network.lines[two]))
            names = f"{network.uid[one]} / {network.uid[two]}"
            sections = sorted(self._touched[one] | self._touched.get(two, set()))
            zh = f"河段 {names} 在此相交而无节点,按不相通处理;请核对(渡槽、倒虹吸除外)"
            en = f"Reaches {names} cross here without a node and were taken as not connected; check them."
            self.issues.append(issue("warning", "crossing", zh, en, place, section_id=",".join(sections)))

    def note_repairs(self) -> None:
        """Pass on what was mended in the network, for each section whose river it touches."""
        rows = self.network.issues.to_dict("records")
        for row, edges in zip(rows, self.network.issue_edges):
            sections = sorted({s for e in edges.tolist() for s in self._touched.get(e, ())})
            if sections:
                row["section_id"] = ",".join(sections)
            if sections or row["severity"] == "error":
                self.issues.append(row)
