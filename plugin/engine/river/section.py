"""The river-section rule: what lies within 5000 m up, 500 m down and 500 m of either bank of a section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..findings import FINDING_COLUMNS, ISSUE_COLUMNS, table
from ..geodesy import area_m2, length_m, projected_area_m2, to_storage
from ..progress import SILENT, Progress, part, report
from .bankside import Banks, Held
from .features import Features, prepare
from .inside import Limits, Sections, list_inside
from .network import Network, build
from .questions import questions
from .repair import SAFE
from .rows import REACH_COLUMNS, STRIP_COLUMNS, ZONE_COLUMNS, identifiers, issue, texts
from .snap import place_barriers, snap
from .strips import strips as strips_of
from .trace import trace
from .zone import Zones, control_zones, reaches_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

# Long straight borders bend by less than a millimetre between degrees and metres at this step.
_DRAW_STEP = 200.0
_DRAWN_AT_ONCE = 64
_SIDES = ("left", "right", "channel")


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
    strip : GeoDataFrame
        The parts of the zones on the left and on the right bank and in the channel (no rows unless asked for).
    """

    reach: gpd.GeoDataFrame
    zone: gpd.GeoDataFrame
    finding: gpd.GeoDataFrame
    issue: gpd.GeoDataFrame
    strip: gpd.GeoDataFrame


def control_section(
    rivers: gpd.GeoDataFrame | Network,
    sections: gpd.GeoDataFrame,
    *,
    channel: gpd.GeoDataFrame | None = None,
    management: gpd.GeoDataFrame | None = None,
    dyke: gpd.GeoDataFrame | None = None,
    bank_from: str | None = None,
    features: Mapping[str, gpd.GeoDataFrame | Features] | None = None,
    upstream: float = 5000.0,
    downstream: float = 500.0,
    bank: float = 500.0,
    main_stem: bool = False,
    main_by: str = "longest",
    downstream_main: bool = False,
    stop_at_sections: bool = False,
    barriers: gpd.GeoDataFrame | None = None,
    tolerance: float = 100.0,
    repair: Collection[str] = SAFE,
    approximate: Mapping[str, float] | None = None,
    working_width: float | None = None,
    jurisdiction: gpd.GeoDataFrame | None = None,
    strips: bool = False,
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
        Channel polygons (water and flood land).
    management : GeoDataFrame, optional
        Polygons of the river management area.
    dyke : GeoDataFrame, optional
        Lines along the toes of the dykes.
    bank_from : {"management", "dyke", "channel", "centreline"}, optional
        Where the bank is; by default the first of these whose layer is given.  Where that layer does not hold
        the traced river, the bank is half the river's width from the centreline, or the centreline itself.
    features : mapping of layer name -> GeoDataFrame or Features, optional
        What is looked for; layers that :func:`..features.prepare` read are indexed once for many calls.
    upstream, downstream : float
        Metres along the river.
    bank : float
        Metres from the bank line.
    main_stem : bool
        Upstream the main stem alone instead of all tributaries.
    main_by : {"longest", "largest"}
        What makes a main stem where names do not tell: the longest way up, or the most river above.
    downstream_main : bool
        Downstream the main arm alone instead of all arms.
    stop_at_sections : bool
        Stop at the next section.
    barriers : GeoDataFrame, optional
        Points or lines (dams, sluices) at which the trace stops.
    tolerance : float
        A section or barrier may lie this far from its river, metres.
    repair : collection of str
        What is mended in `rivers` where it is a layer of lines (see :mod:`..repair`).
    approximate : mapping, optional
        ``{"bank": 50.0}``: what lies within 50 m of the distance is listed apart, to be settled on site.
    working_width : float, optional
        The office's river width where none is known, metres.
    jurisdiction : GeoDataFrame, optional
        Polygons; what lies outside is marked.
    strips : bool
        Give the left and the right strip of each zone too.
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
    network = (
        rivers
        if isinstance(rivers, Network)
        else build(rivers, repair=frozenset(repair), progress=part(progress, 0.0, 0.3))
    )
    stored, uid = _sections(sections, issues)
    names = texts(stored, "name")
    points = shapely.get_coordinates(np.asarray(stored.geometry.array, dtype=object))
    starts, doubts = snap(network, points, uid, texts(stored, "river"), tolerance)
    issues.extend(doubts)
    stops, doubts = place_barriers(network, barriers, tolerance)
    issues.extend(doubts)
    layers = []
    for layer, data in (features or {}).items():
        if isinstance(data, Features):
            layers.append(data)
            continue
        prepared, found = prepare(layer, data, as_of)
        layers.append(prepared)
        issues.extend(found)
    rows = np.array(sorted(starts), dtype=np.int64)
    asked = {
        "upstream": upstream, "downstream": downstream, "main_stem": main_stem, "main_by": main_by,
        "downstream_main": downstream_main, "stop_at_sections": stop_at_sections, "barriers": stops,
    }  # fmt: skip
    traces = trace(network, [starts[k] for k in rows.tolist()], progress=part(progress, 0.3, 0.4), **asked)
    lost = np.diff(traces.pointer) == 0
    for k in rows[lost].tolist():
        zh = f"断面 {uid[k]} 处河流没有可追溯的长度,未计算"
        en = f"Section {uid[k]} has no river to trace; it was not run."
        where = shapely.points(points[k])
        issues.append(issue("error", "nothing_traced", zh, en, where, section_id=uid[k]))
    if lost.any():
        rows = rows[~lost]
        traces = trace(network, [starts[k] for k in rows.tolist()], **asked)
    run = Sections(uid[rows], names[rows], points[rows])
    banks = Banks.choose(bank_from, management, dyke, channel, as_of, issues)
    reaches = reaches_of(network, traces, run.point[:, 0])
    held = banks.hold(network, reaches, bank, run.uid, issues, part(progress, 0.4, 0.5))
    zones = control_zones(network, held.reaches, bank, held.channel, progress=part(progress, 0.5, 0.7))
    issues.extend(questions(network, traces, run.uid))
    findings: list[dict[str, Any]] = []
    within = _union(jurisdiction)
    for n, prepared in enumerate(layers):
        share = 0.3 / len(layers)
        found, doubts = list_inside(
            network, zones, run, prepared, limits, held.centreline, within, held.accuracy,
            progress=part(progress, 0.7 + n * share, 0.7 + (n + 1) * share),
        )  # fmt: skip
        findings.extend(found)
        issues.extend(doubts)
    result = SectionResult(
        table(_reach_rows(network, zones, run), REACH_COLUMNS),
        table(_zone_rows(zones, run, held, asked, bank), ZONE_COLUMNS),
        table(findings, FINDING_COLUMNS),
        table(issues, ISSUE_COLUMNS),
        table(_strip_rows(zones, run) if strips else [], STRIP_COLUMNS),
    )
    report(progress, 1.0)
    return result


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


def _reach_rows(network: Network, zones: Zones, run: Sections) -> dict[str, Any]:
    """Return the traced pieces, column by column."""
    reaches, traces = zones.reaches, zones.reaches.traces
    lines = reaches.drawn
    return {
        "section_id": run.uid[traces.owner], "direction": np.where(traces.up, "U", "D"), "from_m": traces.near,
        "to_m": traces.far, "river": network.name[traces.edge], "length_m": length_m(lines),
        "reach_uid": network.uid[traces.edge], "geometry": lines,
    }  # fmt: skip


def _drawn(zones: Zones, which: NDArray[np.int64], polygon: NDArray[Any]) -> NDArray[Any]:
    """Bring polygons of the zones' frames to MultiPolygons in degrees."""
    drawn = np.empty(len(which), dtype=object)
    # Block by block: the coordinates of all at once, several times over, would be the peak of the memory.
    for low in range(0, len(which), _DRAWN_AT_ONCE):
        block = slice(low, low + _DRAWN_AT_ONCE)
        degrees = zones.to_degrees(which[block], polygon[block], densify=_DRAW_STEP)
        parts, owner = shapely.get_parts(degrees, return_index=True)
        drawn[block] = shapely.multipolygons(parts, indices=owner)
    return drawn


def _zone_rows(zones: Zones, run: Sections, held: Held, asked: dict[str, Any], bank: float) -> dict[str, Any]:
    """Return the zones, column by column."""
    drawn = _drawn(zones, np.arange(len(run.uid)), zones.polygon)
    reading = _reading(asked)
    return {
        "section_id": run.uid, "name": run.name, "kind": np.full(len(run.uid), "river_section", dtype=object),
        "area_m2": area_m2(drawn), "area_projected_m2": projected_area_m2(drawn),
        "upstream_m": np.full(len(run.uid), asked["upstream"]),
        "downstream_m": np.full(len(run.uid), asked["downstream"]), "bank_m": np.full(len(run.uid), bank),
        "bank_from": held.source, "note": np.array([f"{reading};{note}" for note in held.note], dtype=object),
        "geometry": drawn,
    }  # fmt: skip


def _reading(asked: dict[str, Any]) -> str:
    """Say how the river was read."""
    up = "上游含全部支流"
    if asked["main_stem"]:
        up = "上游仅干流"
    text = f"上游{asked['upstream']:g}米、下游{asked['downstream']:g}米({up}"
    text += ",下游仅主汊" if asked["downstream_main"] else ""
    text += ",止于下一断面" if asked["stop_at_sections"] else ""
    text += ",止于闸坝" if asked["barriers"] else ""
    return text + ")"


def _strip_rows(zones: Zones, run: Sections) -> dict[str, Any]:
    """Return the strips, column by column."""
    polygon = np.array(strips_of(zones), dtype=object).reshape(len(run.uid), len(_SIDES))
    zone, side = np.nonzero(~shapely.is_empty(polygon))
    drawn = _drawn(zones, zone, polygon[zone, side])
    return {
        "section_id": run.uid[zone], "name": run.name[zone], "bank": np.array(_SIDES, dtype=object)[side],
        "area_m2": area_m2(drawn), "area_projected_m2": projected_area_m2(drawn), "geometry": drawn,
    }  # fmt: skip
