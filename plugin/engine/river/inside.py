"""What lies in control zones: chainage, bank side and offset of points, lines and polygons, for all zones at once."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..geodesy import distance, geod, segment_m, tm_inverse
from ..progress import SILENT, Progress, report
from .extent import areas_inside, lengths_inside, parts_inside
from .features import Features, prepare
from .feet import expand
from .nearby import Pairs, Places, Rivers, nearest_places, pairs_near
from .sides import banks_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .feet import Feet
    from .network import Network
    from .zone import Zones

    _Bools = NDArray[np.bool_]
    _Floats = NDArray[np.float64]
    _Ints = NDArray[np.int64]

__all__ = ["Features", "Limits", "Sections", "list_inside", "prepare"]


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


@dataclass(frozen=True)
class Sections:
    """What the rows say about the sections themselves, one of each per zone.

    Attributes
    ----------
    uid, name : (n,) object
    point : (n, 2) float
        Degrees.
    """

    uid: NDArray[Any]
    name: NDArray[Any]
    point: _Floats


def list_inside(
    network: Network,
    zones: Zones,
    sections: Sections,
    features: Features,
    limits: Limits,
    centreline: NDArray[np.bool_],
    jurisdiction: Any = None,
    channel_accuracy: NDArray[np.float64] | None = None,
    progress: Progress = SILENT,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """List the features in zones, and those too near to a border to tell.

    Parameters
    ----------
    network : Network
    zones : Zones
    sections : Sections
    features : Features
    limits : Limits
    centreline : (n,) bool
        Where the bank of a zone is a centreline for want of anything better: there a river without a width may
        be as wide as the working width.
    jurisdiction : geometry, optional
        Degrees.
    channel_accuracy : (n,) float, optional
        Positional accuracy of each zone's channel in metres, NaN where unknown.
    progress : Progress

    Returns
    -------
    findings : list of dict
        One row per zone and feature, by zone.  ``hit`` within the distance; a hit in the band, within half the
        working width beyond the distance, or within the positional accuracy of the border is ``tentative``.
        ``not_assessed`` where only the positional accuracy leaves open whether the feature lies inside.
    issues : list of issue rows
        Invalid features met.
    """
    if not len(zones) or not len(features):
        return [], []
    # GEOS raises the processor's "invalid" flag over empty boxes, and numpy would warn of it.
    with np.errstate(invalid="ignore"):
        work = _Work(network, zones, features, limits, channel_accuracy)
        report(progress, 0.4, "Listing what lies inside")
        work.decide(np.asarray(centreline, dtype=bool), limits)
        report(progress, 0.7)
        rows = work.rows(sections, limits, jurisdiction)
    report(progress, 1.0)
    return rows, work.issues(sections)


@dataclass
class _Nearest:
    """The place of each feature that is nearest to the bank of its zone.

    `xy` is that place in metres, `away` its distance (infinite where there is none), `channel` whether the bank
    there is the edge of a channel polygon, and `bank` the place on that edge.
    """

    xy: _Floats
    away: _Floats
    channel: _Bools
    bank: _Floats


def _nearest(zones: Zones, rivers: Rivers, pairs: Pairs, which: _Ints, geometry: NDArray[Any]) -> _Nearest:
    """Find where geometries (of the pairs `which`, in metres) come nearest to the bank."""
    count = len(which)
    found = _Nearest(
        np.full((count, 2), np.nan),
        np.full(count, np.inf),
        np.zeros(count, dtype=bool),
        np.full((count, 2), np.nan),
    )
    filled = ~shapely.is_empty(geometry)
    single = filled & (shapely.get_type_id(geometry) == 0)
    at = np.flatnonzero(single)
    if len(at):
        found.xy[at] = shapely.get_coordinates(geometry[at])
        places = nearest_places(rivers, found.xy[at], *pairs.segments(rivers, which[at]))
        found.away[at] = np.maximum(places.away - rivers.half[places.seg], 0.0)
    at = np.flatnonzero(filled & ~single)
    if len(at):
        _nearest_of_shapes(rivers, pairs, which, at, geometry, found)
    channel = zones.channel[pairs.zone[which]]
    at = np.flatnonzero(filled & ~shapely.is_missing(channel))
    if len(at):
        line = shapely.get_coordinates(shapely.shortest_line(geometry[at], channel[at])).reshape(-1, 2, 2)
        away = np.hypot(*(line[:, 0] - line[:, 1]).T)
        nearer = away <= found.away[at]
        at, away, line = at[nearer], away[nearer], line[nearer]
        found.away[at], found.xy[at], found.bank[at], found.channel[at] = away, line[:, 0], line[:, 1], True
    return found


def _nearest_of_shapes(
    rivers: Rivers, pairs: Pairs, which: _Ints, at: _Ints, geometry: NDArray[Any], found: _Nearest
) -> None:
    """Measure lines and polygons to chunks: first to the one nearest to their middle, then to rivals."""
    first = np.searchsorted(pairs.row, which[at])
    row, k = expand(first, np.searchsorted(pairs.row, which[at], side="right"))
    order = np.lexsort((pairs.lead[k], row))
    best = order[np.searchsorted(row, np.arange(len(at)))]
    rival = np.ones(len(k), dtype=bool)
    rival[best] = False
    used, number = np.unique(pairs.chunk[k], return_inverse=True)
    lines, half = rivers.lines(used), rivers.half[rivers.chunk[used]]
    radius = pairs.radius[which[at]]
    for turn in (best, np.flatnonzero(rival)):
        # A rival can win only where its nearest place could be nearer than what is known.
        turn = turn[pairs.lead[k[turn]] - radius[row[turn]] <= found.away[at[row[turn]]]]
        if not len(turn):
            continue
        owner = at[row[turn]]
        line = shapely.shortest_line(geometry[owner], lines[number[turn]])
        away = np.maximum(shapely.length(line) - half[number[turn]], 0.0)
        by = np.lexsort((away, owner))
        by = by[np.unique(owner[by], return_index=True)[1]]
        by = by[away[by] < found.away[owner[by]]]
        found.away[owner[by]] = away[by]
        found.xy[owner[by]] = shapely.get_coordinates(line[by])[::2]


def wider(feet: Feet, by: float) -> Feet:
    """Return the same feet, reaching `by` metres farther."""
    out = copy.copy(feet)
    out.__dict__.pop("frames", None)
    out.radius, out.vertex_radius = feet.radius + by, feet.vertex_radius + by
    return out


class _Work:
    """The features near the zones, and what is found out about them step by step."""

    def __init__(
        self,
        network: Network,
        zones: Zones,
        features: Features,
        limits: Limits,
        channel_accuracy: NDArray[np.float64] | None,
    ) -> None:
        self.zones, self.features = zones, features
        traces = zones.reaches.traces
        self.river_accuracy = np.nan_to_num(network.accuracy[traces.edge])
        self.channel_accuracy = np.nan_to_num(
            np.zeros(len(zones)) if channel_accuracy is None else np.asarray(channel_accuracy, dtype=float)
        )
        own = np.nan_to_num(features.accuracy)
        exactness = own.max(initial=0.0) + max(
            self.river_accuracy.max(initial=0.0), self.channel_accuracy.max(initial=0.0)
        )
        self.bank = limits.bank
        self.slack = float(max(limits.band, limits.working_width / 2, exactness))
        self.outer = self.bank + self.slack
        self.rivers = Rivers(zones)
        # A hair more, since distances are measured again on the ellipsoid.
        pairs = pairs_near(zones, self.rivers, features, self.outer * 1.0005 + 0.01)
        nearest = _nearest(zones, self.rivers, pairs, np.arange(len(pairs)), pairs.geometry)
        keep = nearest.away <= self.outer * 1.0005 + 0.01
        valid = features.valid(pairs.feature)
        self.invalid = pairs.zone[keep & ~valid], pairs.feature[keep & ~valid]
        keep &= valid
        self.pairs = pairs.take(keep)
        self.nearest = _Nearest(
            nearest.xy[keep], nearest.away[keep], nearest.channel[keep], nearest.bank[keep]
        )
        self.own_accuracy = own[self.pairs.feature]

    def issues(self, sections: Sections) -> list[dict[str, Any]]:
        """Return an issue row for each invalid feature met."""
        zone, feature = self.invalid
        if not len(feature):
            return []
        which = np.unique(feature)
        names = [
            ",".join(str(sections.uid[k]) for k in np.unique(zone[feature == f]).tolist()) for f in which
        ]
        return self.features.invalid_rows(which, names)

    # ----------------------------------------------------------------------------------------------------
    # Inside or not
    # ----------------------------------------------------------------------------------------------------

    def decide(self, centreline: _Bools, limits: Limits) -> None:
        """Settle which features are listed, and why some of them are in doubt."""
        self._without_beyond()
        count = len(self.pairs)
        near, pairs = self.nearest, self.pairs
        self.places = nearest_places(self.rivers, near.xy, *pairs.segments(self.rivers))
        self.offset = self._offsets()
        beyond = self.offset - self.bank
        seg = self.places.seg
        piece = self.rivers.piece[seg]
        self.piece = piece
        river = np.where(near.channel, self.channel_accuracy[pairs.zone], self.river_accuracy[piece])
        self.accuracy = self.own_accuracy + river
        widthless = centreline[pairs.zone] & ~near.channel & ~(self.rivers.half[seg] > 0)
        spare = np.where(widthless, limits.working_width / 2, 0.0)
        blocked = self.blocked
        self.in_band = (limits.band > 0) & (np.abs(beyond) <= limits.band) & ~blocked
        self.in_spare = (beyond > 0) & (beyond <= spare) & ~blocked
        self.hit = ((beyond <= 0) | self.in_band | self.in_spare) & ~blocked
        self.inside = (beyond <= 0) & ~blocked
        self.near_border = (self.accuracy > 0) & (np.abs(beyond) <= self.accuracy) & ~blocked
        self.end_gap = np.full(count, np.inf)
        rows = np.flatnonzero((self.accuracy > 0) & self.inside & ~self.near_border)
        self.end_gap[rows] = self._end_gaps(rows)
        rows = np.flatnonzero(blocked)
        self.end_gap[rows] = self.gap_to_zone[rows]
        self.near_end = (self.end_gap <= self.accuracy) & (self.accuracy > 0)
        keep = self.hit | self.near_border | self.near_end
        self._keep(keep)

    def _keep(self, keep: _Bools) -> None:
        self.pairs = self.pairs.take(keep)
        near, places = self.nearest, self.places
        self.nearest = _Nearest(near.xy[keep], near.away[keep], near.channel[keep], near.bank[keep])
        self.places = Places(places.seg[keep], places.share[keep], places.away[keep], places.side[keep])
        for name in (
            "offset", "piece", "accuracy", "in_band", "in_spare", "hit", "inside", "near_border", "end_gap", "near_end",
            "suspect",
        ):  # fmt: skip
            setattr(self, name, getattr(self, name)[keep])

    def _without_beyond(self) -> None:
        """Where cuts have a say, measure again without what they take away.

        ``blocked`` is what lies near the bank but beyond cuts as a whole.
        """
        pairs, feet, zones = self.pairs, self.zones.feet, self.zones
        count = len(pairs)
        self.blocked = np.zeros(count, dtype=bool)
        self.gap_to_zone = np.full(count, np.inf)
        self.suspect = self._suspects()
        rows = np.flatnonzero(self.suspect)
        if not len(rows):
            return
        shape = pairs.geometry.copy()
        single = shapely.get_type_id(shape) == 0
        at = rows[single[rows] & (self.nearest.away[rows] <= self.bank)]
        shape[at[~feet.reached(pairs.zone[at], self.nearest.xy[at])]] = shapely.Point()
        self._subtract(rows[~single[rows]], shape, zones.taken)
        if self.slack > 0:
            far = rows[(self.nearest.away[rows] > self.bank) & np.isfinite(self.nearest.away[rows])]
            if len(far):
                reach = wider(feet, self.slack)
                at = far[single[far]]
                shape[at[~reach.reached(pairs.zone[at], self.nearest.xy[at])]] = shapely.Point()
                self._subtract(far[~single[far]], shape, reach.taken())
        gone = rows[shapely.is_empty(shape[rows]) | (self.nearest.away[rows] > self.outer * 1.0005 + 0.01)]
        self.blocked[gone] = True
        self._near_the_end(gone)

    def _suspects(self) -> _Bools:
        """Tell which features come near what a cut may take away."""
        pairs, feet = self.pairs, self.zones.feet
        out = np.zeros(len(pairs), dtype=bool)
        row, cut = expand(feet.cut_pointer[pairs.zone], feet.cut_pointer[pairs.zone + 1])
        u = feet.cuts.height(cut, pairs.centre[row])
        v = feet.cuts.aside(cut, pairs.centre[row])
        depth, right, left, _ = feet.frames[cut].T
        room = pairs.radius[row] + 0.01
        wide = room + self.slack
        out[row[(u > -room) & (u <= depth + wide) & (v >= right - wide) & (v <= left + wide)]] = True
        return out

    def _subtract(self, rows: _Ints, shape: NDArray[Any], taken: NDArray[Any]) -> None:
        """Take `taken` away from shapes and measure what is left of them."""
        zone = self.pairs.zone[rows]
        meet = shapely.intersects(taken[zone], shape[rows])
        rows, zone = rows[meet], zone[meet]
        if not len(rows):
            return
        shape[rows] = shapely.difference(shape[rows], taken[zone])
        found = _nearest(self.zones, self.rivers, self.pairs, rows, shape[rows])
        near = self.nearest
        near.xy[rows], near.away[rows] = found.xy, found.away
        near.channel[rows], near.bank[rows] = found.channel, found.bank

    def _near_the_end(self, rows: _Ints) -> None:
        """Measure what lies beyond cuts to the zone itself: the positional accuracy may bring it inside."""
        pairs = self.pairs
        line = shapely.shortest_line(pairs.geometry[rows], self.zones.polygon[pairs.zone[rows]])
        self.gap_to_zone[rows] = shapely.length(line)
        self.nearest.xy[rows] = shapely.get_coordinates(line)[::2]
        self.nearest.channel[rows] = False

    def _offsets(self) -> _Floats:
        """Distances from the bank on the ellipsoid."""
        near, places = self.nearest, self.places
        metres = near.xy
        zone = self.pairs.zone
        foot = places.xy(self.rivers)
        target = np.where(near.channel[:, None], near.bank, foot)
        exact = segment_m(self._degrees(zone, metres), self._degrees(zone, target))
        exact -= np.where(near.channel, 0.0, self.rivers.half[places.seg])
        return np.where(exact < 1e-6, 0.0, exact)

    def _degrees(self, zone: _Ints, xy: _Floats) -> _Floats:
        return np.column_stack(tm_inverse(xy[:, 0], xy[:, 1], self.zones.reaches.lon0[zone]))

    def _end_gaps(self, rows: _Ints) -> _Floats:
        """How far places inside lie from the square line of the cut before which their foot lies."""
        feet, zone = self.zones.feet, self.pairs.zone[rows]
        out = np.full(len(rows), np.inf)
        row, cut = expand(feet.cut_pointer[zone], feet.cut_pointer[zone + 1])
        xy = self.nearest.xy[rows]
        gap = np.abs(feet.cuts.height(cut, xy[row]))
        close = gap <= self.accuracy[rows[row]]
        row, cut, gap = row[close], cut[close], gap[close]
        if not len(row):
            return out
        order = np.argsort(feet.seg_guard[1], kind="stable")
        guarded, owner = feet.seg_guard[0][order], feet.seg_guard[1][order]
        again, k = expand(np.searchsorted(owner, cut), np.searchsorted(owner, cut, side="right"))
        seg = guarded[k]
        point = xy[row[again]] - feet.a[seg]
        at = np.clip(np.einsum("ij,ij->i", point, feet.unit[seg]), 0.0, feet.length[seg])
        away = np.hypot(*(point - at[:, None] * feet.unit[seg]).T) - (feet.radius[seg] - self.bank)
        mine = away <= self.nearest.away[rows[row[again]]] + 0.001
        np.minimum.at(out, row[again[mine]], gap[again[mine]])
        return out

    # ----------------------------------------------------------------------------------------------------
    # What is said about them
    # ----------------------------------------------------------------------------------------------------

    def rows(self, sections: Sections, limits: Limits, jurisdiction: Any) -> list[dict[str, Any]]:
        """Return the finding rows."""
        pairs, rivers, features = self.pairs, self.rivers, self.features
        count = len(pairs)
        if not count:
            return []
        zone, feature = pairs.zone, pairs.feature
        part = parts_inside(self.zones, pairs, self.inside, self.suspect, self.bank)
        foot, shown = self.places.xy(rivers), self.nearest.xy.copy()
        seg, share = self.places.seg.copy(), self.places.share.copy()
        self._through(part, foot, shown, seg, share)
        piece = rivers.piece[seg]
        traces = self.zones.reaches.traces
        measure = np.clip(rivers.measure(seg, share), traces.low[piece], traces.high[piece])
        chainage = traces.chainage(piece, measure)
        ends = np.stack([self._degrees(zone, shown), self._degrees(zone, foot)], axis=1)
        azimuth, _, long = geod().inv(*ends[:, 0].T, *ends[:, 1].T)
        apart = np.asarray(long) > 0.001
        line = np.full(count, None, dtype=object)
        line[apart] = shapely.linestrings(ends[apart])
        area, projected, whole = areas_inside(
            self.zones, pairs, part, features.geometry[feature], self.inside
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            share_of = np.minimum(area / whole, 1.0)
        outside = np.zeros(count, dtype=bool)
        if jurisdiction is not None:
            shapely.prepare(jurisdiction)
            outside = ~shapely.intersects(jurisdiction, features.geometry[feature])
        zh, en, doubt = self._reasons(limits)
        direction = np.where(traces.up[piece], "U", "D")
        columns: dict[str, Any] = {
            "site_id": features.uid(feature), "site_name": features.name(feature),
            "site_layer": np.full(count, features.layer, dtype=object),
            "status": np.where(self.hit, "hit", "not_assessed"), "tentative": self.hit & doubt,
            "why": zh, "why_en": en,
            "zone_layer": np.full(count, "monitoring_section", dtype=object), "zone_id": sections.uid[zone],
            "zone_name": sections.name[zone], "relation": np.full(count, "river_section", dtype=object),
            "distance_m": self.offset, "threshold_m": np.full(count, self.bank), "overlap_m2": area,
            "overlap_projected_m2": projected, "overlap_share": share_of, "river_distance_m": np.abs(chainage),
            "bank": banks_of(self.zones, rivers, pairs, part, self.nearest.xy, self.places, self.offset),
            "bearing_deg": np.where(apart, np.mod(azimuth, 360.0), np.nan),
            "near_boundary": self.near_border | self.near_end, "section_id": sections.uid[zone],
            "direction": direction, "chainage_m": chainage, "offset_m": self.offset,
            "straight_m": self._straight(sections), "area_m2": area,
            "length_m": lengths_inside(self.zones, pairs, part, self.inside),
            "band": np.where(self.in_band, "approximate", np.where(self.inside, "inside", None)),
            "outside_jurisdiction": outside, "geometry": line,
        }  # fmt: skip
        values = [column.tolist() for column in columns.values()]
        return [dict(zip(columns, row)) for row in zip(*values)]

    def _through(self, part: NDArray[Any], foot: _Floats, shown: _Floats, seg: _Ints, share: _Floats) -> None:
        """Where the river runs through a feature, read its chainage in the middle of its part inside."""
        pairs, rivers = self.pairs, self.rivers
        rows = np.flatnonzero(~shapely.is_missing(part) & (self.offset == 0.0))
        if not len(rows):
            return
        first = np.searchsorted(pairs.row, rows)
        row, k = expand(first, np.searchsorted(pairs.row, rows, side="right"))
        used, number = np.unique(pairs.chunk[k], return_inverse=True)
        line = rivers.lines(used)[number]
        crossing = shapely.intersection(part[rows[row]], line)
        met = ~shapely.is_empty(crossing)
        row, crossing = row[met], crossing[met]
        if not len(row):
            return
        centre = shapely.centroid(part[rows[row]])
        order = np.lexsort((shapely.distance(crossing, centre), row))
        best = order[np.unique(row[order], return_index=True)[1]]
        at = rows[row[best]]
        place = shapely.get_coordinates(shapely.shortest_line(crossing[best], centre[best]))[::2]
        places = nearest_places(rivers, place, *pairs.segments(rivers, at), banks=False)
        foot[at], seg[at], share[at] = places.xy(rivers), places.seg, places.share
        shown[at] = shapely.get_coordinates(shapely.point_on_surface(part[at]))

    def _straight(self, sections: Sections) -> _Floats:
        """Geodesic distances of whole features to the sections."""
        pairs, zone = self.pairs, self.pairs.zone
        point = self.zones.to_metres(
            np.arange(len(self.zones)), shapely.points(sections.point), densify=False
        )
        line = shapely.shortest_line(pairs.geometry, point[zone])
        ends = shapely.get_coordinates(line).reshape(-1, 2, 2)
        out = segment_m(self._degrees(zone, ends[:, 0]), sections.point[zone])
        out[np.hypot(*(ends[:, 0] - ends[:, 1]).T) < 1e-9] = 0.0
        cut = np.flatnonzero(pairs.clipped)
        if len(cut):
            section = shapely.points(sections.point[zone[cut]])
            out[cut] = distance(self.features.geometry[pairs.feature[cut]], section).metres
        return out

    def _reasons(self, limits: Limits) -> tuple[NDArray[Any], NDArray[Any], _Bools]:
        """Return why features are in doubt, in zh and en, and which are."""
        count = len(self.pairs)
        zh, en = np.full(count, None, dtype=object), np.full(count, None, dtype=object)
        doubt = self.in_band | self.in_spare | self.near_border | self.near_end
        bank = self.bank
        for k in np.flatnonzero(doubt).tolist():
            offset, accuracy, says, tells = self.offset[k], self.accuracy[k], [], []
            if self.in_band[k]:
                says.append(f"距岸 {offset:.1f} 米,在“{bank:g} 米左右”的 ±{limits.band:g} 米范围内,现场核定")
                tells.append(
                    f"{offset:.1f} m from the bank, within ±{limits.band:g} m of about {bank:g} m: settle on site"
                )
            if self.in_spare[k]:
                width = f"{limits.working_width:g}"
                says.append(f"以河道中心线量测、河宽不明,按工作河宽 {width} 米之半计可能在范围内,待核实")
                tells.append(
                    f"measured from a centreline of unknown width, within half the working {width} m"
                )
            if self.near_border[k]:
                gap = abs(offset - bank)
                says.append(f"距边界 {gap:.1f} 米,在定位精度 {accuracy:g} 米以内,待核实")
                tells.append(
                    f"{gap:.1f} m from the edge of the zone, within the positional accuracy of {accuracy:g} m"
                )
            elif self.near_end[k]:
                gap = self.end_gap[k]
                says.append(f"距管控段端部 {gap:.1f} 米,在定位精度 {accuracy:g} 米以内,待核实")
                tells.append(
                    f"{gap:.1f} m from the end of the section's zone, within the positional accuracy of {accuracy:g} m"
                )
            zh[k], en[k] = ";".join(says), "; ".join(tells)
        return zh, en, doubt
