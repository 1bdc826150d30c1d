"""What lies in a control zone: chainage, bank side and offset of points, lines and polygons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from ..errors import InputError
from ..geodesy import area_m2, distance, geod, projected_area_m2, to_storage
from .rows import identifiers, issue, numbers, texts
from .zone import Zone

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from .network import Network

# On the bank line, or in the channel (metres).
ON_BANK = 0.01
# Distances this close to a limit are measured again on the ellipsoid.
_DOUBT = 0.5
_BORDER_STEP = 10.0


@dataclass(frozen=True)
class Features:
    """One layer of features, ready to be asked again and again.

    Attributes
    ----------
    layer : str
    geometry : array of geometry
        Valid ones, EPSG:4490.
    uid, name : (n,) object
    accuracy : (n,) float
        Positional accuracy in metres, NaN where unknown.
    """

    layer: str
    geometry: NDArray[Any]
    uid: NDArray[Any]
    name: NDArray[Any]
    accuracy: NDArray[np.float64]

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index of the features."""
        return shapely.STRtree(self.geometry)


@dataclass(frozen=True)
class Limits:
    """How far features are listed.

    Attributes
    ----------
    bank : float
        The document's distance, metres.
    band : float
        Half the width of the band around it that is listed apart, 0 for none.
    working_width : float
        The office's own river width where none is known, 0 for none.
    """

    bank: float
    band: float = 0.0
    working_width: float = 0.0


def prepare(layer: str, data: gpd.GeoDataFrame, as_of: Any = None) -> tuple[Features, list[dict[str, Any]]]:
    """Read one feature layer; features without a valid geometry become issues.

    With `as_of`, features not in force on that day (``valid_from``, ``valid_to``, ``life_state``) are left out
    and counted in one issue.
    """
    stored = to_storage(data, layer)
    geometry = shapely.force_2d(np.asarray(stored.geometry.array, dtype=object))
    uid = identifiers(stored, ("uid", "site_id", "id"), f"{layer}-")
    issues = []
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    valid = ~missing & shapely.is_valid(geometry)
    for k in np.flatnonzero(missing):
        zh = f"{layer} 的要素 {uid[k]} 没有图形,未参与"
        en = f"Feature {uid[k]} of {layer} has no geometry and was left out."
        issues.append(issue("warning", "no_geometry", zh, en, site_id=uid[k]))
    for k in np.flatnonzero(~missing & ~valid):
        reason = shapely.is_valid_reason(geometry[k])
        zh = f"{layer} 的要素 {uid[k]} 图形无效({reason}),未参与;请修复后重算"
        en = f"Feature {uid[k]} of {layer} is invalid ({reason}) and was left out; repair it and run again."
        where = shapely.get_point(shapely.linestrings(shapely.get_coordinates(geometry[k])[:2]), 0)
        issues.append(issue("error", "invalid_geometry", zh, en, where, site_id=uid[k]))
    in_force = in_force_on(stored, layer, as_of)
    gone = int((valid & ~in_force).sum())
    if gone:
        zh = f"{layer} 中 {gone} 个要素在 {as_of} 不在有效期内,未参与"
        en = f"{gone} features of {layer} are not in force on {as_of} and were left out."
        issues.append(issue("info", "not_in_force", zh, en))
    keep = valid & in_force
    return Features(
        layer, geometry[keep], uid[keep], texts(stored, "name")[keep], numbers(stored, "accuracy_m")[keep]
    ), issues


def in_force_on(data: gpd.GeoDataFrame, layer: str, as_of: Any) -> NDArray[np.bool_]:
    """Return which rows of a layer are in force on a day (all, where no day is given)."""
    out = np.ones(len(data), dtype=bool)
    if as_of is None:
        return out
    day = pd.Timestamp(as_of)
    for column, sign in (("valid_from", 1), ("valid_to", -1)):
        if column not in data.columns:
            continue
        try:
            dates = pd.to_datetime(data[column])
        except (ValueError, TypeError) as error:
            raise InputError(
                f"Field '{column}' of layer '{layer}' holds what is no date ({error}); correct it and run again."
            ) from error
        if dates.dt.tz is not None:
            dates = dates.dt.tz_localize(None)
        out &= ~(sign * (dates - day) > pd.Timedelta(0)).to_numpy(dtype=bool)
    return out & (texts(data, "life_state") != np.array("cancelled", dtype=object))


@dataclass(frozen=True)
class Section:
    """What the rows say about the section itself."""

    uid: str
    name: str | None
    point: Any


def list_inside(
    network: Network,
    zone: Zone,
    section: Section,
    features: Features,
    limits: Limits,
    unknown_width: bool,
    jurisdiction: Any = None,
) -> list[dict[str, Any]]:
    """Return a finding row for each feature in a zone, or too near to its border to tell.

    Parameters
    ----------
    network : Network
    zone : Zone
    section : Section
    features : Features
    limits : Limits
    unknown_width : bool
        The zone is measured from a centreline; reaches without a width may be as wide as the working width.
    jurisdiction : geometry, optional
        Degrees.

    Returns
    -------
    list of dict
        ``hit`` within the distance; a hit in the band, within half the working width beyond the distance, or
        within the positional accuracy of the border is ``tentative``.  ``not_assessed`` where only the
        positional accuracy leaves open whether the feature lies inside.
    """
    frame = zone.reach.frame
    accuracy = np.nan_to_num(features.accuracy)
    river_accuracy = np.nan_to_num(network.accuracy[[p.edge for p in zone.reach.traced.pieces]])
    exactness = float(accuracy.max(initial=0.0) + river_accuracy.max())
    slack = max(limits.band, limits.working_width / 2, exactness)
    outer = limits.bank + slack
    x0, y0, x1, y1 = shapely.bounds(
        zone.reach.whole if zone.channel is None else shapely.union(zone.reach.whole, zone.channel)
    )
    search = outer + float(zone.reach.half.max()) + 2.0
    box = frame.inverse(
        shapely.segmentize(shapely.box(x0 - search, y0 - search, x1 + search, y1 + search), 1000.0)
    )
    index = np.sort(features.tree.query(shapely.box(*shapely.bounds(box))))
    if not len(index):
        return []
    metric = frame.forward(features.geometry[index])
    away = zone.bank_distance(metric)
    near = away <= outer + _DOUBT
    index, metric = index[near], metric[near]
    rows = []
    for k, feature in enumerate(index):
        place = _place(zone, metric[k], outer)
        if place is None:
            continue
        row = _row(network, zone, section, features, int(feature), place, limits, unknown_width, accuracy)
        if row is not None:
            row["outside_jurisdiction"] = jurisdiction is not None and not shapely.intersects(
                jurisdiction, features.geometry[feature]
            )
            rows.append(row)
    return rows


@dataclass(frozen=True)
class _Place:
    """Where a feature lies, in metres of the frame.

    `nearest` is its point nearest to the bank that is not beyond a cut, `shown` the point from which its
    distance is drawn, `foot` the point of the centreline its chainage is read at, `inside` its part in the
    zone (None for points and for what lies in no part of the drawn zone).
    """

    nearest: NDArray[np.float64]
    shown: NDArray[np.float64]
    foot: NDArray[np.float64]
    piece: int
    inside: Any


def _place(zone: Zone, geometry: Any, outer: float) -> _Place | None:
    """Find a feature's place; None where all of it within `outer` lies beyond a cut."""
    dimension = shapely.get_dimensions(geometry)
    if dimension == 0:
        points = shapely.get_coordinates(geometry)
        inside = None
    else:
        inside = shapely.intersection(geometry, zone.polygon)
        inside = None if shapely.is_empty(inside) else inside
        # The nearest place may be beyond a cut while another one is not.
        candidates = [shapely.segmentize(geometry, _BORDER_STEP)]
        for shape in (geometry, inside) if inside is not None else (geometry,):
            targets = [*zone.reach.lines, *([] if zone.channel is None else [zone.channel])]
            candidates.extend(shapely.get_point(shapely.shortest_line(shape, targets), 0))
        points = shapely.get_coordinates(candidates)
    distances = zone.bank_distance(shapely.points(points))
    close = distances <= outer + _DOUBT
    points, distances = points[close], distances[close]
    allowed = ~zone.beyond_cut(points)
    if inside is not None and not allowed.any():
        # A corner of the drawn zone that no sample met.
        points, allowed = shapely.get_coordinates(shapely.point_on_surface(inside)), np.array([True])
        distances = zone.bank_distance(shapely.points(points))
    if not allowed.any():
        return None
    points, distances = points[allowed], distances[allowed]
    nearest = points[int(np.argmin(distances))]
    shown, foot = nearest, None
    if inside is not None:
        crossing = shapely.intersection(inside, zone.reach.whole)
        centre = shapely.centroid(inside)
        if not shapely.is_empty(crossing):
            # The river runs through it: its chainage is read in its middle.
            foot = shapely.get_coordinates(shapely.shortest_line(crossing, centre))[0]
            shown = shapely.get_coordinates(shapely.point_on_surface(inside))[0]
    if foot is None:
        origin = shapely.points(nearest)
        lead = np.maximum(shapely.distance(zone.reach.lines, origin) - zone.reach.half, 0.0)
        tied = np.flatnonzero(lead <= lead.min() + 1e-6)
        piece = int(tied[np.argmin(shapely.distance(zone.reach.lines[tied], origin))])
        foot = shapely.get_coordinates(shapely.shortest_line(origin, zone.reach.lines[piece]))[-1]
    else:
        piece = int(np.argmin(shapely.distance(zone.reach.lines, shapely.points(foot))))
    return _Place(nearest, shown, foot, piece, inside)


def _row(
    network: Network,
    zone: Zone,
    section: Section,
    features: Features,
    feature: int,
    place: _Place,
    limits: Limits,
    unknown_width: bool,
    accuracies: NDArray[np.float64],
) -> dict[str, Any] | None:
    reach, frame = zone.reach, zone.reach.frame
    piece = reach.traced.pieces[place.piece]
    geometry = features.geometry[feature]
    offset = _offset(zone, place)
    own, river = float(accuracies[feature]), float(np.nan_to_num(network.accuracy[piece.edge]))
    accuracy = own + river
    spare = limits.working_width / 2 if unknown_width and not reach.half[place.piece] > 0 else 0.0
    reasons: list[tuple[str, str]] = []
    bank = limits.bank
    beyond = offset - bank
    in_band = limits.band > 0 and abs(beyond) <= limits.band
    if in_band:
        reasons.append(
            (
                f"距岸 {offset:.1f} 米,在“{bank:g} 米左右”的 ±{limits.band:g} 米范围内,现场核定",
                f"{offset:.1f} m from the bank, within ±{limits.band:g} m of about {bank:g} m: settle on site",
            )
        )
    if 0 < beyond <= spare:
        reasons.append(
            (
                f"以河道中心线量测、河宽不明,按工作河宽 {limits.working_width:g} 米之半计可能在范围内,待核实",
                f"measured from a centreline of unknown width, within half the working {limits.working_width:g} m",
            )
        )
    hit = beyond <= 0 or bool(reasons)
    near_boundary = accuracy > 0 and abs(beyond) <= accuracy
    if near_boundary:
        reasons.append(
            (
                f"距边界 {abs(beyond):.1f} 米,在定位精度 {accuracy:g} 米以内,待核实",
                f"{abs(beyond):.1f} m from the edge of the zone, within the positional accuracy of {accuracy:g} m",
            )
        )
    elif accuracy > 0:
        end = _end_gap(zone, place.nearest)
        if end <= accuracy:
            near_boundary = True
            reasons.append(
                (
                    f"距管控段端部 {end:.1f} 米,在定位精度 {accuracy:g} 米以内,待核实",
                    f"{end:.1f} m from the end of the section's zone, within the positional accuracy of {accuracy:g} m",
                )
            )
    if beyond > 0 and not reasons:
        return None
    foot = shapely.get_coordinates(frame.inverse(shapely.points(place.foot)))
    measure = float(network.measure_of([piece.edge], foot)[0])
    chainage = piece.chainage(min(max(measure, piece.low), piece.high))
    line = frame.inverse(shapely.linestrings([place.shown, place.foot]))
    (lon0, lat0), (lon1, lat1) = shapely.get_coordinates(line)
    azimuth, _, long = geod().inv(lon0, lat0, lon1, lat1)
    area = projected = share = None
    if shapely.get_dimensions(geometry) == 2 and beyond <= 0:
        part = frame.inverse(place.inside) if place.inside is not None else None
        area = float(area_m2([part])[0]) if part is not None else 0.0
        projected = float(projected_area_m2([part])[0]) if part is not None and area > 0 else 0.0
        share = min(area / float(area_m2([geometry])[0]), 1.0)
    return {
        "site_id": features.uid[feature], "site_name": features.name[feature], "site_layer": features.layer,
        "status": "hit" if hit else "not_assessed", "tentative": hit and bool(reasons),
        "why": ";".join(zh for zh, _ in reasons) or None, "why_en": "; ".join(en for _, en in reasons) or None,
        "zone_layer": "monitoring_section", "zone_id": section.uid, "zone_name": section.name,
        "relation": "river_section", "distance_m": offset, "threshold_m": bank, "overlap_m2": area,
        "overlap_projected_m2": projected, "overlap_share": share, "river_distance_m": abs(chainage),
        "bank": _bank(zone, place), "bearing_deg": azimuth % 360.0 if long > 0.001 else None,
        "near_boundary": near_boundary, "section_id": section.uid, "direction": piece.direction,
        "chainage_m": chainage, "offset_m": offset,
        "straight_m": float(distance([geometry], [section.point]).metres[0]), "area_m2": area,
        "band": "approximate" if in_band else "inside" if beyond <= 0 else None,
        "geometry": line if long > 0.001 else None,
    }  # fmt: skip


def _offset(zone: Zone, place: _Place) -> float:
    """Distance from the bank; measured on the ellipsoid where the frame's own rounding could decide."""
    offset = float(zone.bank_distance(np.array([shapely.points(place.nearest)]))[0])
    if offset < 1e-6:
        return 0.0
    if abs(offset - zone.bank) > _DOUBT:
        return offset
    frame = zone.reach.frame
    point = frame.inverse(shapely.points(place.nearest))
    edges = zone.reach.degrees
    exact = distance([point] * len(edges), [shapely.linestrings(d) for d in edges]).metres - zone.reach.half
    best = float(exact.min())
    if zone.channel is not None:
        best = min(best, float(distance([point], [frame.inverse(zone.channel)]).metres[0]))
    return max(best, 0.0)


def _end_gap(zone: Zone, xy: NDArray[np.float64]) -> float:
    """Distance of a point to the nearest cut's perpendicular, where it lies on that cut's stretch."""
    gaps = [
        abs(float(cut.height(xy[None])[0]))
        for cut in zone.cuts
        if shapely.is_empty(cut.rest)
        or shapely.distance(shapely.points(xy), cut.near) <= shapely.distance(shapely.points(xy), cut.rest)
    ]
    return min(gaps, default=np.inf)


def _bank(zone: Zone, place: _Place) -> str:
    """Return left, right, channel or both, looking downstream."""
    if place.inside is None:
        sides = sides_of(zone, place.nearest[None])
    else:
        inside = place.inside
        sides = sides_of(zone, shapely.get_coordinates(shapely.segmentize(inside, _BORDER_STEP)))
    found = set(sides.tolist())
    if {"left", "right"} <= found:
        return "both"
    return (found - {"channel"} or {"channel"}).pop()


def sides_of(zone: Zone, xy: NDArray[np.float64]) -> NDArray[Any]:
    """Return for each point (n, 2) in metres of the frame its bank: left, right or channel."""
    lines = shapely.get_parts(shapely.line_merge(zone.reach.whole, directed=True))
    points = shapely.points(xy)
    gaps = shapely.distance(points[:, None], lines[None, :])
    nearest = lines[np.argmin(gaps, axis=1)]
    at = shapely.line_locate_point(nearest, points)
    length = shapely.length(nearest)
    # A chord of a metre about the foot halves the angle where the foot is a vertex.
    one = shapely.get_coordinates(shapely.line_interpolate_point(nearest, np.maximum(at - 0.5, 0.0)))
    two = shapely.get_coordinates(shapely.line_interpolate_point(nearest, np.minimum(at + 0.5, length)))
    middle = shapely.get_coordinates(shapely.line_interpolate_point(nearest, at))
    along, aside = two - one, xy - middle
    cross = along[:, 0] * aside[:, 1] - along[:, 1] * aside[:, 0]
    out = np.where(cross > 0, "left", "right").astype(object)
    out[zone.bank_distance(points) <= ON_BANK] = "channel"
    return out
