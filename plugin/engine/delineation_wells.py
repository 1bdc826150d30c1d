"""Zones of well groups: circles, outer hulls with an offset, and offsets in named directions.

* *开采井外围50米的区域*: a circle about each well;
* *各组井群外包线内及外围30米…的区域*: the outer hull of the wells and so many metres about it;
* by HJ 338's rule (待核实) wells farther apart than twice the radius keep their own circles, the others share the hull
  of the wells and the radius about it;
* *8号、9号、10号三口井一线向北50米、8号井向东50米、10号井向西50米及沙河堤所围的区域*: lines so many metres from wells in
  a direction, closed by named lines.

Distances are metres in a frame about the middle of the wells, true to 1.3e-6 within 10 km of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .delineation_cut import Edge, kept_faces, lines_in, undivided
from .delineation_rows import (
    Area,
    Delineated,
    Figure,
    Record,
    Source,
    check_levels,
    delineated,
    drawn,
    frame_of,
    rings_between,
    rows,
    said,
    shapes,
    within,
)
from .errors import InputError
from .progress import SILENT, Progress, report
from .river.rows import identifiers, issue, text

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from .geodesy import LocalFrame

ARRANGEMENTS = ("auto", "circles", "hull")
CORNERS = ("round", "mitre")
#: Direction -> azimuth in degrees, and how documents call it.
DIRECTIONS: Mapping[str, tuple[float, str]] = {
    "north": (0.0, "北"), "northeast": (45.0, "东北"), "east": (90.0, "东"), "southeast": (135.0, "东南"),
    "south": (180.0, "南"), "southwest": (225.0, "西南"), "west": (270.0, "西"), "northwest": (315.0, "西北"),
}  # fmt: skip
# Arcs lie inside the circle by 0.8 mm at 50 m, 8 mm at 500 m.
_QUAD_SEGS = 140
# Lines of directed offsets reach this far; an area that reaches it is open.
_FAR = 20_000.0
# Cosine of the angle to a direction below which a side faces it.
_FACING = np.sqrt(0.5)
# Corners of mitred hulls are cut off beyond so many offsets.
_MITRE = 20.0


@dataclass(frozen=True)
class Directed:
    """A line so many metres from wells in one direction.

    Attributes
    ----------
    wells : tuple of str
        Ids or names; of several, the line through them in this order (一线).
    direction : str
        A key of `DIRECTIONS`, its Chinese word, or degrees clockwise from north.
    metres : Figure
    """

    wells: tuple[str, ...]
    direction: str
    metres: Figure


@dataclass(frozen=True)
class WellLevel:
    """The figures of one level.

    Attributes
    ----------
    level : str
    radius : Figure or None
        Metres about each well, or about the hull; None where `directed` says it.
    arrangement : str
        ``circles``, ``hull``, or ``auto`` by the rule of twice the radius.
    corners : str
        Corners of a hull's offset: ``round``, or ``mitre`` (a polygon with straight sides, 四边形).
    directed : tuple of Directed
    until : tuple of Edge
        Lines that bound the zone; the side of the wells stays.
    reach : str or None
        Direction in which the zone is stretched as far as the lines of `until` (南至…道路红线).
    """

    level: str
    radius: Figure | None = None
    arrangement: str = "auto"
    corners: str = "round"
    directed: tuple[Directed, ...] = ()
    until: tuple[Edge, ...] = ()
    reach: str | None = None


def pore_radius(
    k: Figure, i: Figure, t: Figure, n: Figure, alpha: Figure, least: Figure | None = None
) -> tuple[Figure, bool]:
    """Return R = α·K·I·T/n of a well in pore water, and whether the least radius stands in for it.

    Parameters
    ----------
    k : Figure
        Hydraulic conductivity K, m/d.
    i : Figure
        Hydraulic gradient I (no unit).
    t : Figure
        Travel time T, days.
    n : Figure
        Effective porosity n (no unit, 0 to 1).
    alpha : Figure
        Safety factor α (1.5 is 150 %).
    least : Figure, optional
        The radius is not less than this, metres.

    Raises
    ------
    InputError
        If a figure is not positive, or the porosity not below 1.
    """
    for value, what in ((k, "K (m/d)"), (i, "I"), (t, "T (days)"), (n, "n"), (alpha, "alpha")):
        if not value.value > 0:
            raise InputError(f"The figure {what} is {value.value:g}; give a number greater than 0.")
    if n.value >= 1:
        raise InputError(f"The effective porosity n is {n.value:g}; it is a share below 1, such as 0.25.")
    metres = alpha.value * k.value * i.value * t.value / n.value
    # The result is as doubtful as the most doubtful figure in it.
    doubt = next((one for one in (alpha, t, k, i, n) if one.unverified), None)
    if least is not None and metres < least.value:
        return least, True
    if doubt is not None:
        return Figure(metres, "preset", doubt.mark, doubt.preset), False
    return Figure(metres, "computed"), False


@np.errstate(invalid="ignore")
def well_zones(
    wells: gpd.GeoDataFrame, levels: Sequence[WellLevel], source: Source, *, apart: Figure | None = None,
    extend: Figure | None = None, inputs: Mapping[str, Figure] | None = None,
    layer_names: Mapping[str, str] | None = None, progress: Progress = SILENT,
) -> Delineated:  # fmt: skip
    """Draw the zones of a group of wells.

    Parameters
    ----------
    wells : GeoDataFrame
        Points with ``uid`` or ``name`` where directed offsets name them.
    levels : sequence of WellLevel
        From the inside out; each is measured from the wells.
    source : Source
    apart : Figure, optional
        With ``auto``, wells farther apart than this many radii keep their own circles (2).
    extend : Figure, optional
        Lines of `until` may be prolonged straight by so many metres.
    inputs : mapping of str -> Figure, optional
        What a radius was computed from (K, I, T, n, alpha), recorded.
    progress : Progress

    Returns
    -------
    Delineated
        One row (water and land together) for each level.

    Raises
    ------
    InputError
    """
    factor = Figure(2.0, "office") if apart is None else apart
    _check(levels, factor, extend)
    names = dict(layer_names or {})
    stored, points = shapes(wells, names.get("wells", "wells"), 0)
    uid, called = identifiers(stored, ("uid", "name"), "W"), [text(v) for v in stored.get("name", [])]
    points, index = shapely.get_parts(points, return_index=True)
    group = _Group(points, uid[index], [called[k] if called else None for k in index.tolist()])
    record = Record("wells")
    for name, value in (inputs or {}).items():
        record.note(name, value, unit="m/d" if name == "K" else "d" if name.startswith("T") else "")
    record.note("extend", extend)
    record.used(names.get("wells", "water_intake"), stored)
    issues: list[dict[str, Any]] = []
    full, told = [], []
    for n, level in enumerate(levels):
        report(progress, n / len(levels), level.level)
        _note(record, level, factor)
        area, words = group.area(level, factor, extend, issues)
        full.append(area)
        told.append(words)
    areas = [
        Area(level.level, "both", drawn(group.frame, ring), words)
        for level, ring, words in zip(levels, rings_between(full), told)
    ]
    report(progress, 1.0)
    return delineated(rows(areas, source, record, "groundwater"), issues)


def _check(levels: Sequence[WellLevel], factor: Figure, extend: Figure | None) -> None:
    check_levels(levels)
    within(extend, "prolongation of the lines")
    if not factor.value > 0:
        raise InputError(f"Wells are apart beyond {factor.value:g} radii; give a number greater than 0.")
    for one in levels:
        if (one.radius is None) == (not one.directed):
            raise InputError(
                f"The {one.level} zone of wells needs a radius or offsets in directions, one of the two; give one."
            )
        within(one.radius, f"radius of the {one.level} zone")
        for offset in one.directed:
            within(offset.metres, f"offset of well {'、'.join(offset.wells)}")
            azimuth(offset.direction)
        if one.reach is not None:
            azimuth(one.reach)
            if not one.until:
                raise InputError("A zone can reach as far as a line only if the line is named; give it.")
        if one.arrangement not in ARRANGEMENTS or one.corners not in CORNERS:
            raise InputError(
                f"Wells are arranged as {', '.join(ARRANGEMENTS)} with {' or '.join(CORNERS)} corners, not"
                f" '{one.arrangement}' with '{one.corners}'."
            )


def _note(record: Record, level: WellLevel, factor: Figure) -> None:
    record.note("radius", level.radius, level.level)
    for offset in level.directed:
        record.note(f"{'、'.join(offset.wells)} {offset.direction}", offset.metres, level.level)
    if level.radius is not None:
        record.choices[f"arrangement_{level.level}"] = level.arrangement
        if level.arrangement == "auto":
            record.note("apart", factor, level.level, "radii")
    if level.corners != "round":
        record.choices[f"corners_{level.level}"] = level.corners
    if level.until:
        record.choices[f"until_{level.level}"] = [edge.name for edge in level.until]
    if level.reach:
        record.choices[f"reach_{level.level}"] = level.reach


def azimuth(direction: str) -> tuple[float, str]:
    """Return the azimuth (degrees) of a direction and its Chinese word.

    Raises
    ------
    InputError
        If it is none.
    """
    word = str(direction).strip()
    for name, (degrees, zh) in DIRECTIONS.items():
        if word.lower() == name or word == zh or word == zh + "面":
            return degrees, zh
    try:
        degrees = float(word)
    except ValueError:
        degrees = float("nan")
    if not 0 <= degrees <= 360:
        raise InputError(f"'{direction}' is no direction; use {', '.join(DIRECTIONS)}, or degrees from north.")
    return degrees % 360, f"方位{degrees:g}度方向"


class _Group:
    """Wells in metres."""

    def __init__(self, points: NDArray[Any], uid: NDArray[Any], names: list[str | None]) -> None:
        self.frame: LocalFrame = frame_of(*points)
        self.degrees, self.points = points, self.frame.forward(points)
        self.uid, self.names = uid.tolist(), names
        self.xy = shapely.get_coordinates(self.points)

    def area(
        self, level: WellLevel, factor: Figure, extend: Figure | None, issues: list[dict[str, Any]]
    ) -> tuple[Any, str]:
        """Return the zone of a level, the inner ones included, and its description."""
        reach = extend.value if extend else 0.0
        if level.directed:
            return self._directed(level, reach)
        hulls, words = self._arranged(level, factor)
        area = shapely.union_all(hulls)
        if not level.until:
            return area, words + "的区域"
        names = [edge.name for edge in level.until]
        lines = lines_in(self.frame, level.until, reach)
        if level.reach is not None:
            degrees, zh = azimuth(level.reach)
            area = _stretched(hulls, degrees, level.corners == "mitre")
            words = f"{words}{zh}至{'、'.join(names)}"
        idle = undivided(area, lines, names)
        for name in idle:
            if level.reach is not None:
                raise InputError(
                    f"'{name}' does not bound the zone towards {level.reach}: it misses it or ends inside it; give the"
                    f" whole line."
                )
            issues.append(issue(
                "info", "edge_beyond", f"“{name}”未与井群外围相交,对范围没有影响",
                f"'{name}' does not meet the ground about the wells and bounds nothing.",
            ))  # fmt: skip
        if len(idle) < len(names):
            area = kept_faces(area, lines, self.points, names)
        lost = ~shapely.intersects(area, self.points)
        if lost.any():
            raise InputError(f"Well {self._called(int(np.flatnonzero(lost)[0]))} would lie outside the zone; check it.")
        if level.reach is None:
            words = f"{words}、{'、'.join(names)}井群一侧"
        return area, words + "的区域"

    def _arranged(self, level: WellLevel, factor: Figure) -> tuple[NDArray[Any], str]:
        """Return the hulls (with their offset) of groups of wells, and how they are described."""
        if level.radius is None:
            raise InputError(f"The {level.level} zone of wells needs a radius; give it.")
        radius = level.radius.value
        count = len(self.points)
        group = np.arange(count)
        if level.arrangement == "hull":
            group[:] = 0
        elif level.arrangement == "auto":
            group = _linked(self.points, factor.value * radius)
        mitred = level.corners == "mitre"
        out = []
        for g in np.unique(group):
            hull = shapely.convex_hull(shapely.multipoints(self.points[group == g]))
            if mitred and shapely.get_type_id(hull) == 3:
                out.append(shapely.buffer(hull, radius, join_style="mitre", mitre_limit=_MITRE))
            else:
                out.append(shapely.buffer(hull, radius, quad_segs=_QUAD_SEGS))
        single = len(out) == count
        words = f"{'取水井' if count == 1 else '各开采井'}外围{said(level.radius)}"
        if not single:
            words = f"{'各组井群' if len(out) > 1 else '井群'}外包线内及外围{said(level.radius)}"
        return np.array(out, dtype=object), words

    def _directed(self, level: WellLevel, extend: float) -> tuple[Any, str]:
        """Return the ground that lines beside the wells and named lines enclose about the wells."""
        lines, names, words = [], [], []
        for offset in level.directed:
            degrees, zh = azimuth(offset.direction)
            which = [self._find(name) for name in offset.wells]
            lines.append(np.array([_beside(self.xy[which], degrees, offset.metres.value)], dtype=object))
            called = "、".join(offset.wells) + (f"{_COUNT.get(len(which), len(which))}口井一线" if len(which) > 1 else "")
            called = called if len(which) > 1 or called.endswith("井") else f"{called}井"
            words.append(f"{called}向{zh}{said(offset.metres)}")
            names.append(words[-1])
        lines += lines_in(self.frame, level.until, extend)
        names += [edge.name for edge in level.until]
        middle = self.xy.mean(axis=0)
        box = shapely.box(*(middle - _FAR), *(middle + _FAR))
        area = kept_faces(box, lines, self.points, names)
        if len(shapely.get_parts(area)) > 1:
            raise InputError("The lines divide the wells into separate grounds; check the lines.")
        border = shapely.intersection(shapely.boundary(area), shapely.boundary(box))
        if shapely.length(border) > 0:
            raise InputError(f"The ground about the wells is open towards the {_towards(border, middle)}; name the line"
                             f" that bounds it there, or one more offset.")  # fmt: skip
        told = "、".join(words) + (f"及{'、'.join(edge.name for edge in level.until)}" if level.until else "")
        return area, f"{told}所围的区域"

    def _find(self, name: str) -> int:
        rows_ = [k for k in range(len(self.uid)) if name in (self.uid[k], self.names[k])]
        if len(rows_) != 1:
            said_ = "no well" if not rows_ else f"{len(rows_)} wells"
            raise InputError(f"There is {said_} called '{name}'; each offset names wells by their id or name.")
        return rows_[0]

    def _called(self, k: int) -> str:
        return str(self.names[k] or self.uid[k])


_COUNT = {2: "两", 3: "三", 4: "四", 5: "五", 6: "六", 7: "七", 8: "八", 9: "九", 10: "十"}


def _linked(points: NDArray[Any], metres: float) -> NDArray[np.int64]:
    """Number the groups of points that are linked by steps of at most so many metres."""
    group = np.arange(len(points))
    xy = shapely.get_coordinates(points)
    boxes = shapely.box(*(xy - metres).T, *(xy + metres).T)
    a, b = shapely.STRtree(points).query(boxes)
    near = shapely.distance(points[a], points[b]) <= metres
    a, b = a[near], b[near]
    while True:
        least = group.copy()
        np.minimum.at(least, a, group[b])
        least = least[least]
        if (least == group).all():
            return group
        group = least


def _unit(degrees: float) -> NDArray[np.float64]:
    turn = np.radians(degrees)
    return np.array([np.sin(turn), np.cos(turn)])


def _beside(xy: NDArray[np.float64], degrees: float, metres: float) -> Any:
    """Return the line through wells (square to the direction for a single one), moved so many metres in a direction."""
    ahead = _unit(degrees)
    across = np.array([ahead[1], -ahead[0]])
    # From one side to the other, whatever order the wells are named in.
    order = np.argsort(xy @ across)
    xy = xy[order]
    along = xy @ across
    if len(xy) > 1 and (np.diff(along) <= 0).any():
        raise InputError("Wells of one line (一线) lie one behind the other in the direction of the offset; name others.")
    first = across if len(xy) == 1 else (xy[1] - xy[0]) / np.hypot(*(xy[1] - xy[0]))
    last = across if len(xy) == 1 else (xy[-1] - xy[-2]) / np.hypot(*(xy[-1] - xy[-2]))
    way = np.vstack([xy[0] - first * 3 * _FAR, xy, xy[-1] + last * 3 * _FAR])
    return shapely.linestrings(way + ahead * metres)


def _stretched(hulls: NDArray[Any], degrees: float, straight: bool) -> Any:
    """Return convex shapes that reach far in a direction: swept, or their sides prolonged `straight`."""
    ahead = _unit(degrees)
    if straight:
        return shapely.union_all(np.array([_opened(hull, ahead) for hull in hulls], dtype=object))
    moved = shapely.transform(hulls, lambda c: c + ahead * _FAR)
    return shapely.union_all(shapely.convex_hull([shapely.union(a, b) for a, b in zip(hulls, moved)]))


def _opened(hull: Any, ahead: NDArray[np.float64]) -> Any:
    """Return a convex shape without the sides that face a direction (within 45 degrees)."""
    xy = shapely.get_coordinates(shapely.normalize(hull))[::-1]  # normal polygons run clockwise
    middle = xy.mean(axis=0)
    out = shapely.box(*(middle - _FAR), *(middle + _FAR))
    for a, b in zip(xy[:-1], xy[1:]):
        along = (b - a) / np.hypot(*(b - a))
        inward = np.array([-along[1], along[0]])
        if -inward @ ahead > _FACING:
            continue
        far = 4 * _FAR
        half = [a - along * far, b + along * far, b + (along + inward) * far, a + (inward - along) * far]
        out = shapely.intersection(out, shapely.polygons(half))
    return out


def _towards(border: Any, middle: NDArray[np.float64]) -> str:
    """Name the main direction of what lies on the far border."""
    x, y = shapely.get_coordinates(shapely.centroid(border))[0] - middle
    turn = np.degrees(np.arctan2(x, y)) % 360
    return list(DIRECTIONS)[int(np.round(turn / 45.0)) % 8]
