"""What lies in control zones: chainage, bank and offset of points, lines and polygons, for all zones at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..geodesy import distance, inverse, segment_m, tm_inverse
from ..progress import SILENT, Progress, report
from .extent import areas_inside, lengths_inside, parts_inside
from .features import Features, prepare
from .feet import expand
from .nearest import Beyond, nearest_to_bank
from .pairs import Rivers, nearest_places, pairs_near
from .sides import banks_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .network import Network
    from .zone import Zones

    _Bools = NDArray[np.bool_]
    _Floats = NDArray[np.float64]
    _Ints = NDArray[np.int64]

# Frames are true to this 50 km off their meridians; distances are measured again on the ellipsoid.
_SCALE = 1.0005
_EXACT = 1e-6

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
        pairs = pairs_near(zones, self.rivers, features, self.outer * _SCALE + 0.01)
        every = np.arange(len(pairs))
        nearest = nearest_to_bank(zones, self.rivers, pairs, every, pairs.geometry)
        # What has no measurable place is found invalid below.
        keep = (nearest.away <= self.outer * _SCALE + 0.01) | shapely.is_empty(pairs.geometry)
        valid = features.valid(pairs.feature[keep])
        met = every[keep]
        self.invalid = pairs.zone[met[~valid]], pairs.feature[met[~valid]]
        keep[met[~valid]] = False
        self.pairs, self.nearest = pairs.take(keep), nearest.take(keep)
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
        near, pairs = self.nearest, self.pairs
        cuts = Beyond(self.zones, self.rivers, pairs, near, self.bank, self.slack)
        blocked, self.suspect = cuts.blocked, cuts.suspect
        count = len(pairs)
        held = ~shapely.is_missing(self.zones.channel[pairs.zone])
        self.places = nearest_places(self.rivers, near.xy, *pairs.segments(np.arange(count)), banks=~held)
        self.offset = self._offsets()
        beyond = self.offset - self.bank
        river = np.where(
            near.channel,
            self.channel_accuracy[pairs.zone],
            self.river_accuracy[self.rivers.piece[self.places.seg]],
        )
        self.accuracy = self.own_accuracy + river
        widthless = centreline[pairs.zone] & ~near.channel & ~(near.half > _EXACT)
        spare = np.where(widthless, limits.working_width / 2, 0.0)
        self.in_band = (limits.band > 0) & (np.abs(beyond) <= limits.band) & ~blocked
        self.in_spare = (beyond > 0) & (beyond <= spare) & ~blocked
        self.inside = (beyond <= 0) & ~blocked
        self.hit = self.inside | self.in_band | self.in_spare
        self.near_border = (self.accuracy > 0) & (np.abs(beyond) <= self.accuracy) & ~blocked
        self.end_gap = cuts.gap
        rows = np.flatnonzero((self.accuracy > 0) & self.inside & ~self.near_border)
        self.end_gap[rows] = self._end_gaps(rows)
        self.near_end = (self.end_gap <= self.accuracy) & (self.accuracy > 0)
        self._keep(self.hit | self.near_border | self.near_end)

    def _keep(self, keep: _Bools) -> None:
        self.pairs, self.nearest = self.pairs.take(keep), self.nearest.take(keep)
        self.places = self.places.take(keep)
        for name in (
            "offset", "accuracy", "in_band", "in_spare", "hit", "inside", "near_border", "end_gap", "near_end",
            "suspect",
        ):  # fmt: skip
            setattr(self, name, getattr(self, name)[keep])

    def _offsets(self) -> _Floats:
        """Distances from the bank on the ellipsoid."""
        near, zone = self.nearest, self.pairs.zone
        exact = segment_m(self._degrees(zone, near.xy), self._degrees(zone, near.bank)) - near.half
        return np.where(exact < _EXACT, 0.0, exact)

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
        part, whole_in = parts_inside(self.zones, pairs, self.inside, self.suspect, self.bank)
        foot, shown = self.places.xy(rivers), self.nearest.xy.copy()
        seg, share = self.places.seg.copy(), self.places.share.copy()
        self._through(part, foot, shown, seg, share)
        piece = rivers.piece[seg]
        traces = self.zones.reaches.traces
        measure = np.clip(rivers.measure(seg, share), traces.low[piece], traces.high[piece])
        chainage = traces.chainage(piece, measure)
        ends = np.stack([self._degrees(zone, shown), self._degrees(zone, foot)], axis=1)
        azimuth, _, long = inverse(*ends[:, 0].T, *ends[:, 1].T)
        apart = long > 0.001
        line = np.full(count, None, dtype=object)
        line[apart] = shapely.linestrings(ends[apart])
        area, projected, whole = areas_inside(
            self.zones, pairs, part, whole_in, features.geometry[feature], self.inside
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
            "bank": banks_of(self.zones, rivers, pairs, part, self.places, self.offset),
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
        shapely.prepare(part[rows])
        centre = shapely.centroid(part[rows])
        middle = shapely.get_coordinates(centre)
        near = nearest_places(rivers, middle, *pairs.segments(rows), banks=False)
        place = near.xy(rivers)
        held = shapely.contains_xy(part[rows], place[:, 0], place[:, 1])
        at = rows[held]
        foot[at], seg[at], share[at] = place[held], near.seg[held], near.share[held]
        # The place nearest to the middle lies outside: look at the crossings themselves.
        more, centre = rows[~held], centre[~held]
        row, k = pairs.members(more)
        chunk = rivers.chunk_of[pairs.seg[k]]
        fresh = np.append(True, (np.diff(row) != 0) | (np.diff(chunk) != 0))[: len(row)]
        row, chunk = row[fresh], chunk[fresh]
        used, number = np.unique(chunk, return_inverse=True)
        line = rivers.lines(used)[number]
        met = shapely.intersects(part[more[row]], line)
        row = row[met]
        if len(row):
            crossing = shapely.intersection(part[more[row]], line[met])
            order = np.lexsort((shapely.distance(crossing, centre[row]), row))
            best = order[np.unique(row[order], return_index=True)[1]]
            row = row[best]
            place = shapely.get_coordinates(shapely.shortest_line(crossing[best], centre[row]))[::2]
            near = nearest_places(rivers, place, *pairs.segments(more[row]), banks=False)
            foot[more[row]], seg[more[row]], share[more[row]] = near.xy(rivers), near.seg, near.share
            at = np.concatenate([at, more[row]])
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
