"""Nesting of protection zones: 一级 in 二级 in 准, source by source.

Both ways of drawing are practice and right: the wider zone over all of the narrower one, or the wider zone with
the narrower one cut out (a hole, or two zones side by side along a shared boundary).  What is wrong is a narrower
zone that reaches beyond, stands away, or leaves a gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from . import geodesy
from .progress import SILENT, Progress, report
from .quality_edges import boundary_of, in_blocks, robust
from .quality_topology import areal, mean_width

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .quality_issues import Collector

#: A narrower zone that touches the wider one along less of its boundary than this is told.
ENCLOSED_SHARE = 0.5
#: Pieces of less than this (m2), and slivers thinner than this (m), are rounding of digitised boundaries.
SMALLEST_M2 = 1.0
THINNEST_M = 0.05


def check_nesting(
    layer: str,
    geometry: NDArray[Any],
    level: NDArray[Any],
    source: NDArray[np.int64],
    order: Sequence[str],
    titles: Mapping[str, tuple[str, str]],
    found: Collector,
    *,
    progress: Progress = SILENT,
) -> None:
    """Check every zone against the next wider level that its source has.

    Parameters
    ----------
    geometry : (n,) polygon or multipolygon
        Valid, EPSG:4490; rows that take no part have a negative source.
    level : (n,) object
        Code of the level.
    source : (n,) int
        Number of the source.
    order : sequence of str
        Levels from the innermost to the outermost.
    titles : mapping
        Level -> (zh, en).
    """
    rank = np.full(len(geometry), -1)
    for position, code in enumerate(order):
        rank[level == code] = position
    taking = (rank >= 0) & (source >= 0)
    if taking.any():
        # A source with one level has nothing to nest.
        least, most = np.full(source.max() + 1, len(order)), np.full(source.max() + 1, -1)
        np.minimum.at(least, source[taking], rank[taking])
        np.maximum.at(most, source[taking], rank[taking])
        taking &= (least < most)[np.where(taking, source, 0)]
    rows = np.flatnonzero(taking)
    if len(rows) < 2:
        return
    unions = _unions(geometry, rank, source, rows)
    child, parent, key = [], [], []
    for row in rows.tolist():
        here = (source[row], rank[row])
        for wider in range(rank[row] + 1, len(order)):
            if (source[row], wider) in unions:
                child.append(row)
                parent.append(unions[source[row], wider])
                key.append((*here, wider))
                break
    if not child:
        return
    a = np.array(child)
    b = np.array(parent, dtype=object)
    report(progress, 0.3, layer)
    # A narrower zone whose every edge the wider ones of its source run along from the other side fits its hole.
    fits = boundary_of(geometry, np.where(taking, source, -1), taking).size[a] == 0
    left = np.flatnonzero(~fits)
    report(progress, 0.5, layer)
    shapely.prepare(b[left])
    for test in (shapely.contains_properly, shapely.covers):  # the first is quicker and settles most
        left = left[~in_blocks(test, b[left], geometry[a[left]])] if len(left) else left
    report(progress, 0.6, layer)
    both = areal(robust(shapely.intersection, geometry[a[left]], b[left]))
    common, whole = geodesy.area_m2(both), geodesy.area_m2(geometry[a[left]])
    shares = common / np.maximum(whole, 1e-9)
    widths = mean_width(both, common)
    for place, here in enumerate(left):
        report(progress, 0.6 + 0.4 * place / len(left), layer)
        row = int(a[here])
        _, inner, outer = key[here]
        words = {
            "child": titles[order[inner]][0], "child_en": titles[order[inner]][1],
            "parent": titles[order[outer]][0], "parent_en": titles[order[outer]][1],
        }  # fmt: skip
        if shares[place] >= 0.5:
            _reaches_out(layer, row, geometry[row], b[here], words, found)
            continue
        if common[place] > SMALLEST_M2 and widths[place] > THINNEST_M:
            area = float(common[place])
            told = {**words, "area": area}
            found.add("nesting_overlap", layer, row, place=both[place], area_m2=area, words=told)
        within = [unions[source[row], k] for k in range(outer) if (source[row], k) in unions]
        _beside(layer, row, geometry[row], b[here], within, words, found)


def _unions(
    geometry: NDArray[Any], rank: NDArray[np.int64], source: NDArray[np.int64], rows: NDArray[np.int64]
) -> dict[tuple[int, int], Any]:
    """Union of the zones of each source and level; most have one."""
    code = source[rows] * 16 + rank[rows]
    order = rows[np.argsort(code, kind="stable")]
    code = source[order] * 16 + rank[order]
    begin = np.flatnonzero(np.concatenate([[True], code[1:] != code[:-1]]))
    end = np.concatenate([begin[1:], [len(code)]])
    out: dict[tuple[int, int], Any] = {}
    for low, high in zip(begin.tolist(), end.tolist()):
        key = (int(source[order[low]]), int(rank[order[low]]))
        some = geometry[order[low:high]]
        out[key] = some[0] if high - low == 1 else shapely.union_all(some)
    return out


def _reaches_out(layer: str, row: int, child: Any, parent: Any, words: dict[str, str], found: Collector) -> None:
    """The wider zone lies over the narrower one, but not over all of it."""
    out = areal(robust(shapely.difference, np.array([child]), np.array([parent])))
    pieces = shapely.get_parts(out)
    area = geodesy.area_m2(pieces)
    width = mean_width(pieces, area)
    real = (area > SMALLEST_M2) & (width > THINNEST_M)
    if not real.any():
        return
    total = float(area[real].sum())
    thin = bool((width[real] < 2.0).all())
    found.add(
        "not_nested", layer, row, place=shapely.multipolygons(pieces[real]), area_m2=total,
        severity="warning" if thin else "", words={**words, "area": total},
    )  # fmt: skip


def _beside(
    layer: str, row: int, child: Any, parent: Any, within: list[Any], words: dict[str, str], found: Collector
) -> None:
    """The wider zone is drawn without the narrower one: they must meet, and leave nothing between."""
    apart = geodesy.distance(np.array([child]), np.array([parent])).metres[0]
    holes = _holes(parent)
    if holes is not None and shapely.intersects(holes, child):
        # Only holes that hold something of the narrower zones are theirs; others are islands of the wider zone.
        mine = [hole for hole in shapely.get_parts(holes) if shapely.area(shapely.intersection(hole, child)) > 0]
        if mine:
            filled = shapely.union_all([_filled(shape) for shape in within])
            left = areal(robust(shapely.difference, np.array([shapely.union_all(mine)]), np.array([filled])))
            pieces = shapely.get_parts(left)
            area = geodesy.area_m2(pieces)
            real = (area > SMALLEST_M2) & (mean_width(pieces, area) > THINNEST_M)
            if real.any():
                total = float(area[real].sum())
                place = shapely.multipolygons(pieces[real])
                told = {**words, "area": total}
                found.add("nesting_gap", layer, row, place=place, area_m2=total, words=told)
            return
    if apart > THINNEST_M:
        line = geodesy.distance(np.array([child]), np.array([parent])).line[0]
        found.add("nesting_detached", layer, row, place=line, words={**words, "distance": apart})
        return
    share = _touching(child, parent)
    if share < ENCLOSED_SHARE:
        found.add("not_enclosed", layer, row, words={**words, "share": share})


def _touching(child: Any, parent: Any) -> float:
    """Share of the narrower zone's boundary within a hand's breadth of the wider zone."""
    lat = float(shapely.bounds(child)[[1, 3]].mean())
    a, b = geodesy.scaled(np.array([child, parent]), lat)
    edge = shapely.boundary(a)
    near = shapely.length(shapely.intersection(edge, shapely.buffer(b, 10 * THINNEST_M)))
    return float(near / max(shapely.length(edge), 1e-9))


def _holes(shape: Any) -> Any:
    rings, _ = shapely.get_rings(shapely.get_parts([shape]), return_index=True)
    if len(rings) == len(shapely.get_parts([shape])):
        return None
    holes = [shapely.polygons(ring) for part in shapely.get_parts([shape]) for ring in part.interiors]
    return shapely.multipolygons(holes)


def _filled(shape: Any) -> Any:
    return shapely.union_all(shapely.polygons([part.exterior for part in shapely.get_parts([shape])]))
