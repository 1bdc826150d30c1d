"""The catalog's rules, evaluated: which check a rule asks for, of which rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable

import numpy as np
import shapely

from . import quality_topology as topology
from .progress import SILENT, Progress, part, report
from .quality_edges import Boundary, boundary_of
from .quality_nesting import check_nesting
from .quality_places import check_inside
from .quality_values import check_link, check_requires, check_unique

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .quality_issues import Collector
    from .quality_layers import Examined, Layers

#: An overlap thinner than this (m) is two digitisings of one boundary: a warning, and a safe repair.
SLIVER_M = 2.0
#: Thinner still (m) it is what rounding coordinates to six decimals leaves: information, no warning.
ROUNDING_M = 0.05


def check_rule(
    rule: Any, layer: Examined, seen: Layers, found: Collector, *, progress: Progress = SILENT
) -> None:
    """Evaluate one rule (a dataclass of :mod:`.catalog_rules`) on a layer; a rule of an unknown kind is passed over."""
    check = _CHECKS.get(type(rule).__name__)
    report(progress, 0.0, layer.name)
    if check is not None:
        check(rule, layer, seen, found, progress)


def check_links(layer: Examined, seen: Layers, found: Collector) -> None:
    """Values of a field that points to another layer's must stand there; a layer that has no rows says nothing."""
    if layer.spec is None:
        return
    for name, link in dict(getattr(layer.spec, "links", None) or {}).items():
        target_name, target_field = (link.layer, link.field) if hasattr(link, "layer") else tuple(link)
        target = seen.of(target_name)
        if target is None or target.spec is None or not len(target) or target_field not in target.columns:
            continue
        check_link(layer.spec, layer.columns, name, target.spec, target.columns[target_field], found)


def matching(layer: Examined, tests: Mapping[str, Any] | None) -> NDArray[np.bool_]:
    """Tell which rows meet all `tests`: field -> a code, a list of codes, or min/max/in/not_in/is; unknown fails."""
    keep = np.ones(len(layer), dtype=bool)
    for name, test in (tests or {}).items():
        column = layer.columns.get(name)
        if column is None:
            return np.zeros(len(layer), dtype=bool)
        known = column.notna().to_numpy(dtype=bool)
        if not isinstance(test, Mapping):
            test = {"in": test if isinstance(test, (list, tuple, set, frozenset)) else [test]}
        for kind, value in test.items():
            if kind in ("in", "not_in"):
                here = column.isin(list(value)).to_numpy(dtype=bool)
                here = here if kind == "in" else known & ~here
            elif kind == "is":
                here = (column == value).fillna(False).to_numpy(dtype=bool)
            else:
                number = column.astype("float64").to_numpy()
                here = number >= value if kind == "min" else number <= value
            keep &= known & here
    return keep


def _names(rule: Any, *keys: str) -> tuple[str, ...]:
    """A rule's fields under the first of `keys` that it has, one name or several."""
    for key in keys:
        value = getattr(rule, key, None)
        if value:
            return (value,) if isinstance(value, str) else tuple(value)
    return ()


def _requires(rule: Any, layer: Examined, seen: Layers, found: Collector, progress: Progress) -> None:
    if layer.spec is not None:
        check_requires(layer.spec, layer.columns, rule.when, _names(rule, "fields", "field"), found)


def _unique(rule: Any, layer: Examined, seen: Layers, found: Collector, progress: Progress) -> None:
    if layer.spec is not None:
        check_unique(layer.spec, layer.columns, _names(rule, "fields", "field"), layer.now, found)


def _group(layer: Examined, fields: Sequence[str]) -> NDArray[np.int64]:
    """Group of each usable polygon by its values in `fields`, unknown equal to unknown; -1 for the other rows."""
    group = layer.codes(fields)
    group[~layer.usable] = -1
    # Copies of one geometry are told as such, not as overlaps besides.
    first = topology.same_geometry(layer.geometry)
    copies = (
        (first != np.arange(len(first)))
        & (layer.codes(fields) == layer.codes(fields)[first])
        & layer.usable[first]
    )
    group[copies] = -1
    return group


def _boundary(layer: Examined, group: NDArray[np.int64]) -> Boundary:
    """The unmatched edges of the layer's groups, made once for overlaps and gaps."""
    key = group.tobytes()
    if key not in layer.boundaries:
        # Only polygons whose box meets another's have edges to match; the others' need none.
        i, j = topology.box_pairs(layer.shapes, group, reach_m=topology.WIDEST_M)
        taking = np.zeros(len(layer), dtype=bool)
        taking[i] = taking[j] = True
        layer.boundaries[key] = boundary_of(layer.geometry, group, taking)
    return layer.boundaries[key]


def _overlap(rule: Any, layer: Examined, seen: Layers, found: Collector, progress: Progress) -> None:
    fields = _names(rule, "same", "within")
    group = _group(layer, fields)
    boundary = _boundary(layer, group)
    tolerance = float(getattr(rule, "tolerance", None) or 1.0)
    sliver = float(getattr(rule, "sliver", None) or SLIVER_M)
    met = topology.overlaps(
        layer.shapes, group, tolerance_m2=tolerance, boundary=boundary, progress=part(progress, 0.3, 1.0)
    )
    for i, j, piece, area, width in zip(met.first, met.second, met.piece, met.area_m2, met.width_m):
        code = "overlap_sliver" if width < sliver else "overlap"
        found.add(
            code, layer.name, int(j), place=piece, other=(layer.name, int(i)), area_m2=float(area),
            severity="info" if width < ROUNDING_M else "", words={"area": area, "width": width},
        )  # fmt: skip


def _neighbours(rule: Any, layer: Examined, seen: Layers, found: Collector, progress: Progress) -> None:
    width = min(float(getattr(rule, "width", None) or SLIVER_M), topology.WIDEST_M)
    fields = _names(rule, "same", "within")
    group = _group(layer, fields)
    boundary = _boundary(layer, group)
    met = topology.gaps(layer.shapes, group, width_m=width, boundary=boundary, progress=part(progress, 0.3, 1.0))
    for i, j, piece, area, wide in zip(met.first, met.second, met.piece, met.area_m2, met.width_m):
        found.add(
            "gap", layer.name, int(j), place=piece, other=(layer.name, int(i)), area_m2=float(area),
            severity="info" if wide < ROUNDING_M else "", words={"width": wide},
        )  # fmt: skip


def _nested(rule: Any, layer: Examined, seen: Layers, found: Collector, progress: Progress) -> None:
    if layer.spec is None or rule.field not in layer.columns:
        return
    by = _names(rule, "by")
    source = layer.codes(by)
    source[~layer.usable] = -1
    for name in by:
        known = layer.columns[name].notna().to_numpy(dtype=bool) if name in layer.columns else False
        source[~np.broadcast_to(known, len(layer))] = -1
    domain = layer.spec.field(rule.field).domain or {}
    titles = {code: (words["zh"], words["en"].lower()) for code, words in domain.items()}
    titles = {**{code: (code, code) for code in rule.order}, **titles}
    level = layer.columns[rule.field].to_numpy(dtype=object)
    check_nesting(layer.name, layer.shapes, level, source, rule.order, titles, found, progress=progress)


def _inside(rule: Any, layer: Examined, seen: Layers, found: Collector, progress: Progress) -> None:
    other = seen.of(rule.layer)
    if other is None:
        return
    where = other.usable & matching(other, getattr(rule, "filter", None))
    if not where.any():
        return
    area = shapely.union_all(other.geometry[where])
    titles = other.titles()
    names = [n for n in np.array(seen.found.subjects[other.name].name, dtype=object)[where] if n]
    if len(names) == 1:
        titles = (f"{titles[0]}({names[0]})", f"{titles[1].lower()} ({names[0]})")
    else:
        titles = (titles[0], titles[1].lower())
    rows = np.flatnonzero(layer.usable)
    severity = getattr(rule, "severity", "") or ""
    check_inside(
        layer.name, layer.geometry, rows, area, titles, found, other=other.name, severity=severity, progress=progress
    )


_CHECKS: Mapping[str, Callable[[Any, Any, Any, Any, Progress], None]] = {
    "Requires": _requires, "Unique": _unique, "Overlap": _overlap, "Neighbours": _neighbours, "Gaps": _neighbours,
    "Nested": _nested, "Inside": _inside,
}  # fmt: skip
