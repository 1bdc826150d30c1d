"""Doubts about coordinates: swapped axes, projected metres taken for degrees, and the shift of Chinese web maps.

Whether a layer is in GCJ-02 cannot be seen in its numbers: the shift of some 500 m leaves every shape as it is.  It
shows against other layers alone.  So each layer is held against what it must lie on (sections on rivers, intakes
in their zones, channels along their rivers); where taking the shift off brings most of its features clearly nearer, and
no other small move brings them nearer still, that is told, with the figures and how sure it is.  Where only adding
the shift helps, the other layer is the shifted one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from . import datum, geodesy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from .quality_issues import Collector

#: (layer, what it lies on or beside): what the test rests on.
REFERENCES: tuple[tuple[str, str], ...] = (
    ("monitoring_section", "river_reach"), ("outfall", "river_reach"), ("water_intake", "drinking_water_zone"),
    ("boundary_marker", "drinking_water_zone"), ("river_channel", "river_reach"),
    ("black_odorous_reach", "river_reach"), ("monitoring_section", "river_channel"), ("outfall", "river_channel"),
)  # fmt: skip
#: Fewer features than this prove nothing; at most so many are measured.
FEWEST = 5
MOST = 400
#: The shift must bring the median below this share of what it was, and the median must have been this far (m).
CLEARLY = 0.4
FAR_M = 150.0
#: Share of the features that must come nearer.
MOSTLY = 0.75
#: A layer that is off by something else would agree still better moved on by this much (m) one way or another.
NUDGE_M = 150.0
_WAYS = {"inverse": datum.gcj_to_wgs, "forward": datum.wgs_to_gcj, "bd09": datum.bd_to_wgs}
#: Beyond this (m) a feature has nothing to do with the reference.
REACH_M = 3000.0


@dataclass(frozen=True)
class Shift:
    """How a layer agrees with another as it is and with the shift taken off: medians in metres, share nearer."""

    count: int
    before: float
    after: float
    share: float

    @property
    def clear(self) -> bool:
        """Whether the shift improves the agreement clearly."""
        better = self.after <= CLEARLY * self.before and self.share >= MOSTLY
        return self.count >= FEWEST and self.before >= FAR_M and better

    @property
    def sure(self) -> tuple[str, str]:
        """How sure it is, in zh and en: never certain."""
        if self.count >= 15 and self.share >= 0.9 and self.after <= 0.2 * self.before:
            return "较高", "high"
        return "一般", "moderate"


def swapped(geometry: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which geometries lie outside China as they are and inside with longitude and latitude exchanged."""
    box = shapely.bounds(geometry)
    with np.errstate(invalid="ignore"):
        here = datum.in_china(box[:, 0], box[:, 1]) & datum.in_china(box[:, 2], box[:, 3])
        there = datum.in_china(box[:, 1], box[:, 0]) & datum.in_china(box[:, 3], box[:, 2])
    return ~here & there


def check_coordinates(layer: str, geometry: NDArray[Any], found: Collector) -> NDArray[np.bool_]:
    """Tell swapped axes, coordinates beyond degrees, and places outside China; return which rows are sound."""
    box = shapely.bounds(geometry)
    known = np.isfinite(box).all(axis=1)
    turned = known & swapped(geometry)
    with np.errstate(invalid="ignore"):
        beyond = known & ~turned & ((np.abs(box[:, [0, 2]]) > 180.0).any(1) | (np.abs(box[:, [1, 3]]) > 90.0).any(1))
        abroad = known & ~turned & ~beyond
        abroad &= ~(datum.in_china(box[:, 0], box[:, 1]) & datum.in_china(box[:, 2], box[:, 3]))
    for mask, code in ((turned, "axes_swapped"), (beyond, "not_degrees"), (abroad, "outside_country")):
        for row in np.flatnonzero(mask):
            # The place is left where the numbers put it, unless no map could show it.
            place = None if code != "not_degrees" else shapely.Point()
            words = {"x": box[row, 0], "y": box[row, 1]}
            if code == "axes_swapped":
                place = shapely.points((box[row, 1] + box[row, 3]) / 2, (box[row, 0] + box[row, 2]) / 2)
            found.add(code, layer, int(row), place=place, words=words)
    return ~(turned | beyond | abroad)


def agreement(geometry: NDArray[Any], reference: NDArray[Any], way: str = "inverse") -> Shift:
    """Measure how features (n,) agree with a reference layer as they are and shifted.

    Parameters
    ----------
    geometry, reference : array of geometry
        EPSG:4490; usable ones only.
    way : {"inverse", "forward", "bd09"}
        Take the GCJ-02 shift off the features, put it on them, or take the BD-09 shift off.
    """
    none = Shift(0, np.nan, np.nan, 0.0)
    if len(geometry) < FEWEST or not len(reference):
        return none
    shapes, moved, tree = _pair(geometry, reference, way)
    before, after = _distance(shapes, tree), _distance(moved, tree)
    near = np.minimum(before, after) <= REACH_M
    if near.sum() < FEWEST:
        return none
    before, after = before[near], after[near]
    return Shift(
        int(near.sum()), float(np.median(before)), float(np.median(after)), float((after < before).mean())
    )


def is_best(geometry: NDArray[Any], reference: NDArray[Any], way: str = "inverse") -> bool:
    """Tell whether no nudge by NUDGE_M brings the shifted features nearer still (arguments as :func:`agreement`)."""
    _, moved, tree = _pair(geometry, reference, way)
    kx, ky = geodesy.metres_per_degree(float(shapely.get_coordinates(moved)[:, 1].mean()))
    here = np.median(_distance(moved, tree))
    for east, north in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)):
        off = NUDGE_M * np.array([east / kx, north / ky]) / np.hypot(east, north)
        if np.median(_distance(shapely.transform(moved, lambda xy, off=off: xy + off), tree)) < 0.9 * here:
            return False
    return True


def _pair(geometry: NDArray[Any], reference: NDArray[Any], way: str) -> tuple[NDArray[Any], NDArray[Any], Any]:
    """A sample of the features, the same shifted, and a tree of the reference."""
    shapes = _outline(geometry[:: max(1, int(np.ceil(len(geometry) / MOST)))])
    tree = shapely.STRtree(_outline(reference) if shapely.get_dimensions(shapes).max() > 0 else reference)
    turn = _WAYS[way]
    moved = shapely.transform(shapes, lambda xy: np.column_stack(turn(xy[:, 0], xy[:, 1])))
    return shapes, moved, tree


def _outline(shapes: NDArray[Any]) -> NDArray[Any]:
    """Points and lines as they are, polygons as their boundary."""
    return np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)


def _distance(shapes: NDArray[Any], tree: Any) -> NDArray[np.float64]:
    """Metres from each shape to the nearest in the tree: of points straight, of lines the mean over 20 points."""
    points, owner = _samples(shapes)
    at, other = tree.query_nearest(points, all_matches=False)
    metres = geodesy.distance(points[at], tree.geometries[other]).metres
    out = np.zeros(len(shapes))
    np.add.at(out, owner[at], metres)
    return out / np.maximum(np.bincount(owner[at], minlength=len(shapes)), 1)


def _samples(shapes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    dimension = shapely.get_dimensions(shapes)
    flat = np.flatnonzero(dimension == 0)
    long = np.flatnonzero(dimension == 1)
    share = np.linspace(0.025, 0.975, 20)
    along = shapely.line_interpolate_point(
        np.repeat(_longest(shapes[long]), len(share)), np.tile(share, len(long)), normalized=True
    )
    points = np.concatenate([shapely.centroid(shapes[flat]), along])
    return points, np.concatenate([flat, np.repeat(long, len(share))])


def _longest(lines: NDArray[Any]) -> NDArray[Any]:
    parts, owner = shapely.get_parts(lines, return_index=True)
    order = np.lexsort((shapely.length(parts), owner))
    last = np.flatnonzero(np.concatenate([owner[order][1:] != owner[order][:-1], [True]])) if len(order) else order
    return parts[order][last]


def check_shift(
    shapes: Mapping[str, NDArray[Any]],
    asked: set[str],
    titles: Mapping[str, tuple[str, str]],
    found: Collector,
) -> None:
    """Tell which of the layers `asked` look like GCJ-02 against the others.

    `shapes` holds the usable geometries by layer, `titles` their names in zh and en.
    """
    best: dict[str, tuple[Shift, str]] = {}
    for layer, reference in REFERENCES:
        if layer not in shapes or reference not in shapes:
            continue
        for way, shifted, other in (("inverse", layer, reference), ("forward", reference, layer)):
            if shifted not in asked:
                continue
            seen = agreement(shapes[layer], shapes[reference], way)
            fits = seen.clear and is_best(shapes[layer], shapes[reference], way)
            if fits and (shifted not in best or seen.after < best[shifted][0].after):
                best[shifted] = (seen, other)
    for layer, (seen, other) in best.items():
        box = shapely.total_bounds(shapes[layer])
        words: dict[str, Any] = {
            "reference": titles[other][0], "reference_en": titles[other][1], "n": seen.count,
            "before": seen.before, "after": seen.after,
            "share": seen.share, "sure_zh": seen.sure[0], "sure_en": seen.sure[1],
        }  # fmt: skip
        found.add("looks_like_gcj02", layer, place=shapely.points((box[:2] + box[2:]) / 2), words=words)
        found.rows[-1]["other_layer"] = other
