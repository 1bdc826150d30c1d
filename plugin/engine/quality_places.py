"""Checks of one layer against others: what lies outside where it should be, sections against the zone they lie in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from . import geodesy
from .progress import SILENT, Progress, report
from .quality_edges import in_blocks, robust
from .quality_topology import areal, mean_width

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .quality_issues import Collector

#: A strip beyond a boundary thinner than this (m) is two digitisings of one line; it is told as information.
THIN_M = 2.0
_SMALLEST_M2 = 1.0
#: The weakest class that GB 3838-2002 allows in a zone of surface water, by level, and the order of classes.
DUE_CLASS = {"primary": "class_2", "secondary": "class_3"}
CLASSES = ("class_1", "class_2", "class_3", "class_4", "class_5", "inferior_5")


def check_inside(
    layer: str,
    geometry: NDArray[Any],
    rows: NDArray[np.int64],
    where: Any,
    titles: tuple[str, str],
    found: Collector,
    *,
    other: str = "",
    severity: str = "",
    progress: Progress = SILENT,
) -> None:
    """Tell which of `rows` are not wholly inside `where`, a valid geometry in EPSG:4490.

    `titles` (zh, en) name the place.
    """
    if not len(rows):
        return
    shapely.prepare(where)
    inside = in_blocks(lambda some: shapely.covers(where, some), geometry[rows], progress=progress, message=layer)
    for row in rows[~inside].tolist():
        report(progress, 0.9, layer)
        shape = geometry[row]
        out = robust(shapely.difference, np.array([shape]), np.array([where]))
        if shapely.is_empty(out[0]):
            continue
        area, level = None, severity
        how = ("", "")
        if shapely.get_dimensions(shape) == 2:
            out = areal(out)
            size = geodesy.area_m2(out)
            area = float(size[0])
            if area <= _SMALLEST_M2:
                continue
            share = area / max(float(geodesy.area_m2([shape])[0]), 1e-9)
            if float(mean_width(out, size)[0]) < THIN_M:
                level = "info"
            how = (f",界外{area:.0f} m²({share:.0%})", f" with {area:.0f} m² ({share:.0%})")
        elif shapely.get_dimensions(shape) == 1:
            length = float(geodesy.length_m(out)[0])
            if length <= _SMALLEST_M2:
                continue
            how = (f",界外{length:.0f} m", f" with {length:.0f} m")
        words = {"where_zh": titles[0], "where_en": titles[1], "how_zh": how[0], "how_en": how[1]}
        found.add("outside_jurisdiction", layer, row, place=out[0], area_m2=area, severity=level, words=words)
        if other:
            found.rows[-1]["other_layer"] = other


def check_sections(
    layer: str,
    points: NDArray[Any],
    target: NDArray[Any],
    zone_layer: str,
    zones: NDArray[Any],
    level: NDArray[Any],
    titles: dict[str, tuple[str, str]],
    found: Collector,
) -> None:
    """Tell the sections whose target class is weaker than the protection zone they lie in demands.

    Parameters
    ----------
    points : (n,) Point
        Usable ones; None elsewhere.
    target : (n,) object
        Code of the target class, None where unknown.
    zones : (m,) valid polygon
        Of surface water; None elsewhere.
    level : (m,) object
        Code of each zone's level.
    titles : mapping
        Titles (zh, en) of the classes and levels.

    References
    ----------
    GB 3838-2002, clause 3: class II in the primary zones of surface drinking water, class III in the secondary.
    """
    tree = shapely.STRtree(zones)
    point, zone = tree.query(points, predicate="intersects")
    worst: dict[int, tuple[int, int]] = {}
    for p, z in sorted(zip(point.tolist(), zone.tolist())):
        due = DUE_CLASS.get(level[z] if isinstance(level[z], str) else "")
        if due is None or target[p] not in CLASSES or CLASSES.index(target[p]) <= CLASSES.index(due):
            continue
        # In both zones the narrower one's demand is the stricter.
        if p not in worst or CLASSES.index(due) < worst[p][0]:
            worst[p] = (CLASSES.index(due), z)
    for p, (due_place, z) in worst.items():
        names = {"target": titles[target[p]], "zone": titles[level[z]], "due": titles[CLASSES[due_place]]}
        words = {key: pair[0] for key, pair in names.items()}
        words.update({f"{key}_en": pair[1] for key, pair in names.items()})
        words["due"] = f"≤{words['due']}"
        words["due_en"] = f"{words['due_en']} or better"
        found.add("section_target", layer, p, place=points[p], field="target_class", other=(zone_layer, z), words=words)
