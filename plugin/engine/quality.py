"""Checks on the one map: every fault as a row with severity, place, what it is and how to mend it.

:func:`validate` changes nothing; :mod:`.repair` mends what it is asked to.  The checks live in ``quality_*.py``, one
concern each, their codes and texts in :mod:`.quality_issues`, what the layers demand of their rows in the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from . import quality_topology as topology
from .errors import InputError
from .progress import SILENT, Progress, part, report
from .quality_crs import REFERENCES, check_shift
from .quality_issues import Collector
from .quality_layers import Examined, Layers
from .quality_places import DUE_CLASS, check_sections
from .quality_rules import check_links, check_rule

if TYPE_CHECKING:
    import geopandas as gpd

    from .catalog import Catalog
    from .onemap import OneMap

SECTIONS, ZONES = "monitoring_section", "drinking_water_zone"
#: Zones of groundwater say nothing of the class of a river.
_SURFACE = ("river", "lake", "canal")


def validate(
    onemap: OneMap,
    catalog: Catalog | None = None,
    *,
    layers: Sequence[str] | None = None,
    rules: Mapping[str, Sequence[Any]] | None = None,
    as_of: date | None = None,
    progress: Progress = SILENT,
) -> gpd.GeoDataFrame:
    """Find what is wrong in the layers of a map.

    Parameters
    ----------
    onemap : OneMap
        The map; also of frames alone (:meth:`.OneMap.from_frames`), as an edited layer is.
    catalog : Catalog, optional
        What the layers are (default: the map's).
    layers : sequence of str, optional
        Which layers are checked (default: all that the map holds).  The others serve as references.
    rules : mapping, optional
        Rules (:mod:`.catalog_rules`) by layer, in addition to the catalog's.
    as_of : date, optional
        The day (default: today).  Overlaps, gaps, nesting and places are asked of rows in force on it, all else
        of every row.
    progress : Progress

    Returns
    -------
    GeoDataFrame
        One row per issue with the columns of :data:`.quality_issues.ISSUE_COLUMNS` and a geometry in EPSG:4490
        (a point, or the piece in question; None where there is no place), in an order that does not depend on
        how it was computed.  `fid` is the row's number in its store, or its place from 1 where the frame has no
        such column.

    Raises
    ------
    InputError
        If a layer asked for is not in the map.
    Cancelled
        If the progress says so.
    """
    catalog = onemap.catalog if catalog is None else catalog
    as_of = date.today() if as_of is None else as_of
    names = _asked(onemap, layers)
    found = Collector()
    # A coordinate that is not a number is a row of the answer, not a warning of numpy's.
    with np.errstate(invalid="ignore"):
        _check(onemap, catalog, names, rules or {}, as_of, found, progress)
    report(progress, 1.0, "")
    return found.frame(names)


def _check(
    onemap: OneMap,
    catalog: Catalog,
    names: Sequence[str],
    rules: Mapping[str, Sequence[Any]],
    as_of: date,
    found: Collector,
    progress: Progress,
) -> None:
    """Run all checks, layer by layer, then those between layers."""
    seen = Layers(onemap, catalog, found, as_of)
    for number, name in enumerate(names):
        here = part(progress, 0.9 * number / len(names), 0.9 * (number + 1) / len(names))
        layer = seen.examined(name, part(here, 0.0, 0.4))
        if layer is None:
            continue
        _duplicates(layer, found, part(here, 0.4, 0.5))
        spec = layer.spec
        wanted = [*(spec.rules if spec is not None else ()), *rules.get(name, ())]
        for place, rule in enumerate(wanted):
            share = 0.5 + 0.5 * place / len(wanted), 0.5 + 0.5 * (place + 1) / len(wanted)
            check_rule(rule, layer, seen, found, progress=part(here, *share))
        check_links(layer, seen, found)
        report(here, 1.0, name)
    if SECTIONS in names or ZONES in names:
        _sections(seen, found)
    report(progress, 0.95, "")
    _shift(seen, names, found)


def _asked(onemap: OneMap, layers: Sequence[str] | None) -> list[str]:
    """The layers to check, in the catalog's order."""
    have = onemap.layers()
    if layers is None:
        asked = list(have)
    else:
        asked = list(dict.fromkeys(layers))
        for name in asked:
            if name not in have:
                raise InputError(f"The map has no layer '{name}'; use one of {', '.join(have) or 'none'}.")
    rank = {name: i for i, name in enumerate(onemap.catalog)}
    return sorted(asked, key=lambda name: (rank.get(name, len(rank)), name))


def _duplicates(layer: Examined, found: Collector, progress: Progress) -> None:
    """Rows that are one another's copy; the later of two is told."""
    report(progress, 0.0, layer.name)
    first = topology.same_geometry(layer.geometry)
    again = np.flatnonzero(first != np.arange(len(first)))
    if len(again):
        kinds = layer.content_codes()
        now = layer.now
        for row in again.tolist():
            original = int(first[row])
            same = kinds[row] == kinds[original]
            # A zone adjusted without a change of shape stands twice, once in force and once not.
            if not same and not (now[row] and now[original]):
                continue
            # Several things may stand at one point; only a name in common makes them one.
            if not same and not (layer.same_name(row, original) if layer.points else layer.one_object(row, original)):
                continue
            code = "duplicate_row" if same else "same_geometry"
            found.add(code, layer.name, row, other=(layer.name, original))
    if layer.areal and len(layer.geometry) > 1:
        shapes = layer.shapes
        group = np.where(shapely.is_missing(shapes) | (first != np.arange(len(first))), -1, layer.kind_group())
        pairs = topology.box_pairs(shapes, group, progress=part(progress, 0.2, 0.6))
        for i, j, share in zip(*topology.near_duplicates(shapes, pairs)):
            if first[i] != first[j]:
                other = (layer.name, int(i))
                found.add("near_duplicate", layer.name, int(j), other=other, words={"share": share})


def _sections(seen: Layers, found: Collector) -> None:
    """Sections against the zones they lie in."""
    sections, zones = seen.of(SECTIONS), seen.of(ZONES)
    if sections is None or zones is None or "target_class" not in sections.columns or "level" not in zones.columns:
        return
    surface = zones.usable.copy()
    if "source_type" in zones.columns:
        kind = zones.columns["source_type"]
        surface &= (kind.isna() | kind.isin(_SURFACE)).to_numpy(dtype=bool)
    titles = {}
    for layer, field in ((sections, "target_class"), (zones, "level")):
        domain = layer.spec.field(field).domain if layer.spec is not None else None
        titles.update({code: (words["zh"], words["en"]) for code, words in (domain or {}).items()})
    if not set(DUE_CLASS) <= set(titles):
        return
    check_sections(
        SECTIONS,
        np.where(sections.usable, sections.geometry, None),
        sections.columns["target_class"].to_numpy(dtype=object),
        ZONES,
        np.where(surface, zones.geometry, None),
        zones.columns["level"].to_numpy(dtype=object),
        titles,
        found,
    )


def _shift(seen: Layers, names: Sequence[str], found: Collector) -> None:
    """Layers that look like GCJ-02 against one another."""
    pairs = [pair for pair in REFERENCES if set(pair) & set(names)]
    shapes: dict[str, Any] = {}
    titles: dict[str, tuple[str, str]] = {}
    for name in sorted({name for pair in pairs for name in pair}):
        layer = seen.of(name)
        if layer is not None and layer.usable.any():
            shapes[name] = layer.geometry[layer.usable]
            titles[name] = (layer.spec.zh, layer.spec.en) if layer.spec is not None else (name, name)
    check_shift(shapes, set(names), titles, found)
