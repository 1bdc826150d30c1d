"""What the probe needs of the project: map and wish taken in the main thread, the probe built in a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProject

from .. import bridge, paths
from ..engine.errors import InputError
from ..engine.location import Location
from ..engine.progress import part, report
from . import source

if TYPE_CHECKING:
    from ..engine.onemap import OneMap
    from ..engine.probe import Probe


@dataclass(frozen=True)
class Facility:
    """What stands under the mouse: its type and nature, what else is known of it, how exact the place is."""

    facility_type: str | None = None
    nature: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    accuracy_m: float = 0.0


@dataclass(frozen=True)
class ProbeWish:
    """All that a probe rests on.

    Attributes
    ----------
    edits : mapping of table to LayerReader
        Layers with edits that are not saved.
    onemap : OneMap or None
        One that was read before, or of a shared map; None to read `path` in the worker.
    """

    path: Path | Location
    day: date
    books: tuple[str, ...]
    working: Mapping[str, float]
    facility: Facility
    edits: Mapping[str, bridge.LayerReader] = field(default_factory=dict)
    onemap: OneMap | None = None


@dataclass(frozen=True)
class Built:
    """A probe that is ready, and the map that it was built on."""

    probe: Probe
    onemap: OneMap


def wish(
    project: QgsProject, path: Path | Location, day: date, books: list[str], working: Mapping[str, float],
    facility: Facility, onemap: OneMap | None = None,
) -> ProbeWish:  # fmt: skip
    """Take what the worker cannot: edits that are not saved, and what QGIS keeps to open a shared map.

    Raises
    ------
    InputError
        If the map cannot be reached.
    """
    edits = {}
    if onemap is None and source.location(path).path is None:
        onemap = source.open_onemap(path, project)
    elif onemap is None:
        layers = source.map_layers(project, path)
        edits = {table: bridge.LayerReader(layer) for table, layer in layers.items() if layer.isModified()}
    return ProbeWish(path, day, tuple(books), dict(working), facility, edits, onemap)


def build(wanted: ProbeWish, progress: Any) -> Built:
    """Read what is asked for and settle what does not depend on the place (worker).

    Raises
    ------
    InputError
        If the map or a rulebook cannot be read, or none of the rulebooks is chosen.
    Cancelled
        If the progress says so.
    """
    from ..engine.clauses.book import load_books
    from ..engine.probe import Probe

    if not wanted.books:
        raise InputError("No rulebook is chosen for this project; choose those of the city on the Map page.")
    onemap = wanted.onemap or _read(wanted)
    report(progress, 0.05)
    books = load_books(list(wanted.books), paths.user_rulebooks())
    facility = wanted.facility
    probe = Probe(
        onemap, books, as_of=wanted.day, facility_type=facility.facility_type, nature=facility.nature,
        attributes=facility.attributes, working=wanted.working, accuracy_m=facility.accuracy_m,
        progress=part(progress, 0.1, 1.0),
    )  # fmt: skip
    return Built(probe, onemap)


def _read(wanted: ProbeWish) -> OneMap:
    """Open a map's file by SQLite alone: through GDAL each of its tables takes longer than all of them do so."""
    from ..engine import gpkg, onemap
    from ..engine.catalog import load_catalog

    catalog = load_catalog(paths.user_layers())
    opened = onemap.OneMap.open(wanted.path, catalog)
    if not wanted.edits:
        return opened
    readers: dict[str, Any] = {name: partial(opened.raw, name) for name in opened.layers()}
    for table, reader in wanted.edits.items():
        readers[table] = partial(bridge.to_frame, reader)
    file = gpkg.Tables(Path(opened.source))
    coverage = readers.pop(onemap.COVERAGE_TABLE, partial(file.read, onemap.COVERAGE_TABLE))()
    return onemap.OneMap(readers, coverage, opened.meta, catalog, opened.source)
