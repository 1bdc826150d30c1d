"""One interface to a one map, wherever it is kept: a GeoPackage for one person, PostGIS for a team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..engine.errors import InputError
from ..engine.progress import SILENT, Progress
from .location import Location, parse

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ..engine.catalog import Catalog

#: What a row's number of version, its editor and the time of the edit are called in every table.
VERSION, EDITOR, EDITED = "row_version", "edited_by", "edited_at"
#: The audit trail's table, and the words with which a database refuses a row that has changed meanwhile.
AUDIT_TABLE = "envzones_audit"
CHANGED = "envzones: row changed"


@dataclass(frozen=True)
class Change:
    """Rows of one layer to insert, update and delete; all changes of one `apply` are one transaction.

    Attributes
    ----------
    layer : str
        A layer of the catalog, or ``layer_coverage``.
    insert : GeoDataFrame or None
        New rows in any declared CRS, fitted to the layer; a uid is made where there is none.
    update : GeoDataFrame or None
        Rows by ``uid``.  Only the columns present are written, the geometry if the frame has one.  A column
        ``row_version`` is what the rows had when they were read: a row that has another by now is a conflict.
        Without that column the last writer wins.
    delete : sequence of (uid, row_version or None)
    """

    layer: str
    insert: gpd.GeoDataFrame | None = None
    update: pd.DataFrame | None = None
    delete: Sequence[tuple[str, int | None]] = ()


@dataclass(frozen=True)
class Applied:
    """How many rows of which layer were inserted, updated and deleted, and sentences on what was left out."""

    inserted: Mapping[str, int]
    updated: Mapping[str, int]
    deleted: Mapping[str, int]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConflictRow:
    """One row that somebody else changed; `theirs` is None where they deleted it."""

    layer: str
    uid: str
    name: str
    ours: int | None
    theirs: int | None
    who: str
    at: str


class Conflict(InputError):
    """Rows were changed by somebody else since they were read; nothing was written."""

    def __init__(self, rows: Sequence[ConflictRow]) -> None:
        self.rows = tuple(rows)
        first = rows[0]
        who = first.who or "another program"
        did = "deleted" if first.theirs is None else "changed"
        more = f" ({len(rows) - 1} more rows like it)" if len(rows) > 1 else ""
        super().__init__(
            f"Layer '{first.layer}', row {first.uid}{f' ({first.name})' if first.name else ''}: {who} {did} it"
            f"{f' at {first.at}' if first.at else ''} after you read it{more}; nothing was written, read it again."
        )


@dataclass(frozen=True)
class CoverageInfo:
    """One declaration that a layer is complete somewhere; `bounds`: west, south, east, north in degrees."""

    layer: str
    complete_as_of: date | None
    valid_until: date | None
    declared_by: str
    document: str
    bounds: tuple[float, float, float, float] | None


@dataclass(frozen=True)
class LayerInfo:
    """One layer of a map; `bounds`: west, south, east, north in degrees, rounded outwards by up to 2e-5."""

    name: str
    title: str
    count: int
    bounds: tuple[float, float, float, float] | None
    newest_valid_from: date | None
    coverage: tuple[CoverageInfo, ...]


@dataclass(frozen=True)
class MapInfo:
    """What is known of a map without reading its geometries."""

    location: Location
    schema_version: int
    meta: Mapping[str, str]
    layers: tuple[LayerInfo, ...]

    @property
    def path(self) -> Path | None:
        """The file, or None where the map lies in PostgreSQL."""
        return self.location.path


@dataclass(frozen=True)
class Created:
    """What was made: rows per layer, and sentences about what was left out or made on the way."""

    location: Location
    counts: Mapping[str, int]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Migrated:
    """What a migration did, in sentences, from which schema version to which; `kept` is the copy left beside."""

    before: int
    after: int
    done: tuple[str, ...] = ()
    kept: Path | None = field(default=None)


class Store(Protocol):
    """A one map that can be described, read, edited and brought up to date."""

    location: Location

    def info(self) -> MapInfo:
        """Describe the map."""
        ...

    def tables(self) -> list[str]:
        """Return the names of its layers, ``layer_coverage`` included."""
        ...

    def read(self, layer: str) -> gpd.GeoDataFrame:
        """Return a layer's rows in EPSG:4490, the store's columns included."""
        ...

    def apply(self, changes: Sequence[Change], *, who: str | None, progress: Progress = SILENT) -> Applied:
        """Write all changes in one transaction, or none.

        Raises
        ------
        Conflict
            If a row was changed or deleted by somebody else since it was read.
        InputError
            If data do not fit their layer, or the store cannot be written.
        """
        ...

    def audit(
        self, *, layer: str | None = None, uid: str | None = None, since: str | None = None, limit: int | None = None
    ) -> pd.DataFrame:
        """Return the audit trail, the oldest entry first; see :func:`.audit.frame`."""
        ...

    def migrate(self, catalog: Catalog, *, progress: Progress = SILENT) -> Migrated:
        """Bring the tables to this version of EnvZones and to the catalog."""
        ...


def open_store(where: str | Path | Location, catalog: Catalog | None = None) -> Store:
    """Open a one map.

    Parameters
    ----------
    where : path, text or Location
        A .gpkg, ``postgresql://…`` or ``service=…``; see :func:`.location.parse`.
    catalog : Catalog, optional
        What its layers are; the shipped one when left out.

    Raises
    ------
    InputError
        If there is no such map.
    """
    from ..engine.catalog import load_catalog

    location = where if isinstance(where, Location) else parse(where)
    catalog = load_catalog() if catalog is None else catalog
    if location.path is not None:
        from .edits_gpkg import GeoPackageStore

        return GeoPackageStore(location, catalog)
    from .postgis import PostgisStore

    return PostgisStore(location, catalog)


def create(where: str | Path | Location, catalog: Catalog, **arguments: Any) -> Created:
    """Make a one map where `where` says; arguments as :func:`.geopackage.create` takes them."""
    location = where if isinstance(where, Location) else parse(where)
    if location.path is not None:
        from . import geopackage

        return geopackage.create(location.path, catalog, **arguments)
    from . import postgis

    return postgis.create(location, catalog, **arguments)


def now() -> str:
    """Return the time as the audit trail writes it: UTC, ISO 8601, microseconds."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
