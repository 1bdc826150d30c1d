"""Circles about an intake on the water alone, with a strip of the shore on its side; corridors along lines.

*取水口外围300米的水域,取水口一侧距岸边200米的陆域.*  The shore is the edge of the water polygon that is given: the
land survey's, or the one drawn at a contour (高程856米), whichever the document means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .buffers import circle
from .delineation_rows import (
    LEVELS,
    Area,
    Delineated,
    Figure,
    Record,
    Source,
    check_levels,
    clean,
    delineated,
    drawn,
    frame_of,
    joined,
    rings_between,
    rows,
    said,
    shapes,
    within,
)
from .errors import InputError
from .geodesy import LocalFrame
from .progress import SILENT, Progress, report
from .river.rows import identifiers, issue, texts

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

ENDS = ("square", "round")
# An intake may lie this far from the water it draws from (metres).
TOLERANCE = 100.0
_QUAD_SEGS = 90
# A shore shorter than this (metres) is where the circle only just touches it.
_SHORE = 0.1
_TOUCH = 0.01


@dataclass(frozen=True)
class CircleLevel:
    """The figures of one level.

    Attributes
    ----------
    level : str
    radius : Figure or None
        Metres about the intake, on the water; None for all of the water.
    land : Figure or None
        Metres of land from the shore; None for the water alone.
    whole_shore : bool
        Land on all shores in the circle rather than the intake's side alone.
    """

    level: str
    radius: Figure | None = None
    land: Figure | None = None
    whole_shore: bool = False


@np.errstate(invalid="ignore")
def water_circle(
    intakes: gpd.GeoDataFrame, water: gpd.GeoDataFrame, levels: Sequence[CircleLevel],
    source: Source | None = None, *, tolerance: float = TOLERANCE, separate: bool = True,
    layer_names: Mapping[str, str] | None = None, progress: Progress = SILENT,
) -> Delineated:  # fmt: skip
    """Draw circles about intakes on the water alone, and strips of land along the shore.

    Parameters
    ----------
    intakes : GeoDataFrame
        Points; ``source_name`` and ``source_code`` are used where `source` does not say them.
    water : GeoDataFrame
        Polygons of the lake, reservoir or river.
    levels : sequence of CircleLevel
        From the inside out, each measured from the intake and the shore.
    source : Source, optional
    tolerance : float
        An intake may lie this far from its water, metres.
    separate : bool
        Water and land as rows of their own.
    progress : Progress

    Returns
    -------
    Delineated
        An intake that is too far from any water is an issue.

    Raises
    ------
    InputError
    """
    check_levels(levels)
    for one in levels:
        within(one.radius, f"radius of the {one.level} zone")
        within(one.land, f"land of the {one.level} zone")
    if not 0 < tolerance < 1e6:
        raise InputError(f"The tolerance is {tolerance} m; give metres greater than 0.")
    names = dict(layer_names or {})
    stored, points = shapes(intakes, names.get("intakes", "intakes"), 0)
    lake, polygons = shapes(water, names.get("water", "water"), 2)
    uid = identifiers(stored, ("uid", "name"), "I")
    own, codes = texts(stored, "source_name"), texts(stored, "source_code")
    issues: list[dict[str, Any]] = []
    results = []
    for k, point in enumerate(points):
        report(progress, k / len(points), str(uid[k]))
        frame = frame_of(point)
        reach = 2 * max([one.radius.value for one in levels if one.radius] or [0.0]) + 2 * tolerance
        basin = _basin(frame, point, polygons, reach, all(one.radius for one in levels))
        here = frame.forward(point)
        if basin is None or shapely.distance(basin, here) > tolerance:
            issues.append(issue(
                "error", "no_water", f"取水口 {uid[k]} {tolerance:g} 米内没有水域面,未绘制;请核对坐标或水域图层",
                f"Intake {uid[k]} has no water within {tolerance:g} m and was not drawn; check its place or the water.",
                point, section_id=str(uid[k]),
            ))  # fmt: skip
            continue
        mine = source or Source(own[k] or texts(stored, "name")[k] or "")
        mine = replace(mine, code=mine.code or codes[k])
        record = Record("circle")
        for one in levels:
            record.note("radius", one.radius, one.level)
            record.note("land", one.land, one.level)
            record.choices[f"shore_{one.level}"] = "all" if one.whole_shore else "intake"
        near = frame.inverse(shapely.buffer(here, max(reach, 1.0)))
        record.used(names.get("intakes", "water_intake"), stored, point)
        record.used(names.get("water", "water"), lake, near)
        full = _grown([_circle_area(frame, point, basin, one) for one in levels])
        areas: list[Area] = []
        for one, ring, (wet, _) in zip(levels, rings_between([shapely.union(*f) for f in full]), full):
            water_words = "全部水域" if one.radius is None else f"取水口外围{said(one.radius)}的水域"
            side = "" if one.whole_shore else "取水口一侧"
            land_words = f"{side}距岸边{said(one.land)}的陆域" if one.land else ""
            if not separate:
                part = "both" if one.land else "water"
                words = "，".join(text for text in (water_words, land_words) if text)
                areas.append(Area(one.level, part, drawn(frame, ring), words))
                continue
            areas.append(Area(one.level, "water", drawn(frame, shapely.intersection(ring, wet)), water_words))
            if one.land:
                areas.append(Area(one.level, "land", drawn(frame, shapely.difference(ring, wet)), land_words))
        results.append(delineated(rows(areas, mine, record, "lake"), []))
    report(progress, 1.0)
    return joined([delineated([], issues), *results])


def _basin(frame: LocalFrame, point: Any, polygons: NDArray[Any], reach: float, clip: bool) -> Any:
    """Return the water about a point in metres: what lies near it, or all of the polygons that do."""
    box = frame.inverse(shapely.box(*_square(frame.forward(point), reach)))
    near = polygons[shapely.intersects(polygons, box)]
    if not len(near):
        return None
    if clip:
        near = shapely.intersection(near, box)
    return shapely.union_all(frame.forward(near))


def _square(point: Any, reach: float) -> tuple[float, float, float, float]:
    x, y = shapely.get_coordinates(point)[0]
    return x - reach, y - reach, x + reach, y + reach


def _circle_area(frame: LocalFrame, point: Any, basin: Any, one: CircleLevel) -> tuple[Any, Any]:
    """Return the water and the land of one level, metres."""
    if one.radius is None:
        about = shapely.buffer(shapely.envelope(basin), 1.0)
    else:
        about = frame.forward(circle(*shapely.get_coordinates(point)[0], one.radius.value), densify=False)
    wet = clean(shapely.intersection(basin, about))
    if one.land is None:
        return wet, shapely.MultiPolygon()
    shore = shapely.line_merge(shapely.intersection(shapely.boundary(basin), about))
    parts = shapely.get_parts(shore)
    parts = parts[(shapely.get_dimensions(parts) == 1) & (shapely.length(parts) > _SHORE)]
    if not len(parts):
        raise InputError(
            f"No shore lies within {one.radius.value if one.radius else 0:g} m of the intake, so that there is no land;"
            f" draw the water alone or take a larger radius."
        )
    if not one.whole_shore:
        here = frame.forward(point)
        parts = parts[[int(np.argmin(shapely.distance(parts, here)))]]
    strip = []
    for line in parts:
        cap = "round" if shapely.is_closed(line) else "flat"
        dry = shapely.difference(shapely.buffer(line, one.land.value, quad_segs=_QUAD_SEGS, cap_style=cap), basin)
        pieces = shapely.get_parts(dry)
        # Land beyond a narrow water is another shore's.
        strip.extend(pieces[shapely.length(shapely.intersection(pieces, shapely.buffer(line, _TOUCH))) > 0])
    return wet, clean(shapely.union_all(np.array(strip, dtype=object)))


def _grown(full: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Let each level hold the ones inside it."""
    out: list[tuple[Any, Any]] = []
    for wet, dry in full:
        if out:
            wet = shapely.union(wet, out[-1][0])
            dry = shapely.difference(shapely.union(dry, out[-1][1]), wet)
        out.append((wet, dry))
    return out


# --------------------------------------------------------------------------------------------------------
# Corridors
# --------------------------------------------------------------------------------------------------------


@np.errstate(invalid="ignore")
def corridor(
    lines: gpd.GeoDataFrame, left: Figure, right: Figure | None = None, source: Source | None = None, *,
    level: str = "primary", ends: str = "square", layer_names: Mapping[str, str] | None = None,
    progress: Progress = SILENT,
) -> Delineated:  # fmt: skip
    """Draw a corridor along lines: so many metres on either side, or on each side its own.

    Parameters
    ----------
    lines : GeoDataFrame
        Left and right are as seen along a line's own direction.
    left, right : Figure
        Metres; `right` is as `left` where it is left out; one of them may be 0.
    source : Source, optional
        Where the lines do not say ``source_name``.
    level : str
    ends : {"square", "round"}
    progress : Progress

    Returns
    -------
    Delineated
        One row for each source: the lines of one source together.

    Raises
    ------
    InputError
    """
    right = left if right is None else right
    within(left, "distance to the left", zero=True)
    within(right, "distance to the right", zero=True)
    if left.value + right.value <= 0:
        raise InputError("The corridor is 0 m wide on both sides; give one of them more than 0.")
    if ends not in ENDS:
        raise InputError(f"The ends of a corridor are {' or '.join(ENDS)}, not '{ends}'.")
    if level not in LEVELS:
        raise InputError(f"Level '{level}' is unknown; use one of {', '.join(LEVELS)}.")
    names = dict(layer_names or {})
    stored, geometry = shapes(lines, names.get("lines", "lines"), 1)
    own, codes, called = texts(stored, "source_name"), texts(stored, "source_code"), texts(stored, "name")
    groups: dict[str | None, list[int]] = {}
    for k in range(len(geometry)):
        groups.setdefault(None if source else own[k], []).append(k)
    results = []
    for n, (name, which) in enumerate(groups.items()):
        report(progress, n / len(groups), "Drawing the corridor")
        some = geometry[which]
        frame = frame_of(*some)
        merged = shapely.line_merge(shapely.union_all(some), directed=left.value != right.value)
        parts = shapely.get_parts(frame.forward(merged))
        shape = shapely.union_all([_beside(line, left.value, right.value, ends == "round") for line in parts])
        mine = source or Source(name or "", codes[which[0]])
        record = Record("corridor")
        record.note("left", left, level)
        record.note("right", right, level)
        record.choices["ends"] = ends
        record.used(names.get("lines", "lines"), stored)
        line_name = "、".join(dict.fromkeys(text for text in called[which] if text)) or "中心线"
        aside = f"两侧各{said(left)}" if left.value == right.value else f"左侧{said(left)}、右侧{said(right)}"
        area = Area(level, "both", drawn(frame, shape), f"{line_name}{aside}的区域")
        results.append(delineated(rows([area], mine, record, "canal"), []))
    report(progress, 1.0)
    return joined(results)


def _beside(line: Any, left: float, right: float, rounded: bool) -> Any:
    """Return what lies beside a line (metres), so far on its left and so far on its right."""
    if left == right:
        return shapely.buffer(
            line, left, quad_segs=_QUAD_SEGS, cap_style="round" if rounded else "flat", join_style="round"
        )
    sides = [_one_side(line, metres, sign, rounded) for metres, sign in ((left, 1.0), (right, -1.0)) if metres > 0]
    return shapely.union_all(sides)


def _one_side(line: Any, metres: float, sign: float, rounded: bool) -> Any:
    """Return the places with a foot on the line no farther than `metres`, on its left (1) or right (-1)."""
    xy = shapely.get_coordinates(line)
    xy = xy[np.append(True, np.hypot(*np.diff(xy, axis=0).T) > 0)]
    along = np.diff(xy, axis=0)
    along /= np.hypot(*along.T)[:, None]
    out = sign * np.column_stack([-along[:, 1], along[:, 0]])
    a, b = xy[:-1], xy[1:]
    parts = list(shapely.polygons(np.stack([a, b, b + metres * out, a + metres * out], axis=1)))
    closed = bool(shapely.is_closed(line))
    pairs = list(zip(range(len(out) - 1), range(1, len(out)))) + ([(len(out) - 1, 0)] if closed else [])
    for before, after in pairs:
        cross = out[before, 0] * out[after, 1] - out[before, 1] * out[after, 0]
        # Round the outside of a bend.
        if sign * cross < 0:
            parts.append(_sector(b[before], out[before], out[after], metres))
    if rounded and not closed:
        parts.append(_sector(xy[0], -along[0], out[0], metres))
        parts.append(_sector(xy[-1], along[-1], out[-1], metres))
    return shapely.union_all(np.array(parts, dtype=object))


def _sector(centre: Any, first: Any, last: Any, radius: float) -> Any:
    """Return the sector of a circle between two unit vectors, the shorter way round."""
    start = np.arctan2(first[1], first[0])
    turn = (np.arctan2(last[1], last[0]) - start + np.pi) % (2 * np.pi) - np.pi
    angle = start + np.linspace(0.0, turn, max(2, int(np.ceil(abs(turn) / (np.pi / 2 / _QUAD_SEGS))) + 1))
    ways = np.column_stack([np.cos(angle), np.sin(angle)])
    # The very corners of the strips on either side: a rounding apart, a crack would stay between them.
    ways[0], ways[-1] = first, last
    arc = centre + radius * ways
    return shapely.polygons(np.vstack([centre, arc]))
