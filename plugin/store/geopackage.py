"""The one map as one GeoPackage.

The file holds a table per layer of the catalog (empty ones too), ``layer_coverage`` (where a layer is
complete), ``envzones_meta`` (what the map is), the titles and code lists of all fields in the GeoPackage
schema extension, and ``layer_styles``, the table from which plain QGIS takes symbols and forms.

Coordinates are EPSG:4490 and stored longitude first, as the GeoPackage standard wants whatever the axis
order of the reference system.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.catalog import COVERAGE, Catalog, FieldSpec, LayerSpec
from ..engine.errors import InputError
from ..engine.progress import SILENT, Progress, report
from .forms import style_document

if TYPE_CHECKING:
    import geopandas as gpd

#: Version of the tables' layout, written to ``envzones_meta``.
SCHEMA_VERSION = 1
_FIONA_TYPES = {"text": "str", "integer": "int", "real": "float", "boolean": "bool", "date": "date"}
#: GDAL of QGIS 3.22 reads GeoPackage 1.2 without remarks; newer GDAL would write 1.4.
_GPKG_VERSION = "1.2"
_GEOMETRY = "geom"
_CANCEL_EVERY = 2000

_META_TABLE = "CREATE TABLE envzones_meta (key TEXT NOT NULL PRIMARY KEY, value TEXT)"
# Both tables stand in the GeoPackage standard's schema extension (annex F.9) as they are here.
_SCHEMA_TABLES = (
    "CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT,"
    " description TEXT, mime_type TEXT, constraint_name TEXT,"
    " CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),"
    " CONSTRAINT gdc_tn UNIQUE (table_name, name))",
    "CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL,"
    " value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,"
    " CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value))",
)
_SCHEMA_EXTENSION = (
    ("gpkg_data_columns", None, "gpkg_schema", "http://www.geopackage.org/spec121/#extension_schema", "read-write"),
    (
        "gpkg_data_column_constraints", None, "gpkg_schema",
        "http://www.geopackage.org/spec121/#extension_schema", "read-write",
    ),
)  # fmt: skip
# The table that QGIS makes when a user saves a style in a GeoPackage.
_STYLE_TABLE = (
    'CREATE TABLE layer_styles ("id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "f_table_catalog" TEXT(256),'
    ' "f_table_schema" TEXT(256), "f_table_name" TEXT(256), "f_geometry_column" TEXT(256), "styleName" TEXT(30),'
    ' "styleQML" TEXT, "styleSLD" TEXT, "useAsDefault" BOOLEAN, "description" TEXT, "owner" TEXT(30),'
    " \"ui\" TEXT(30), \"update_time\" DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"
)


@dataclass(frozen=True)
class Created:
    """What :func:`create` wrote: rows per layer, and sentences about what it left out or made on the way."""

    path: Path
    counts: Mapping[str, int]
    notes: tuple[str, ...]


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
    """What :func:`info` found in a file."""

    path: Path
    schema_version: int
    meta: Mapping[str, str]
    layers: tuple[LayerInfo, ...]


# --------------------------------------------------------------------------------------------------------
# Creating
# --------------------------------------------------------------------------------------------------------


def create(
    path: str | Path,
    catalog: Catalog,
    *,
    frames: Mapping[str, gpd.GeoDataFrame] | None = None,
    coverage: gpd.GeoDataFrame | None = None,
    meta: Mapping[str, str] | None = None,
    overwrite: bool = False,
    progress: Progress = SILENT,
) -> Created:
    """Write a one map.

    Parameters
    ----------
    path : path
        The .gpkg to make.  It appears only when it is complete.
    catalog : Catalog
        Its layers all become tables.
    frames : mapping of layer name to GeoDataFrame, optional
        Rows for some layers, in any declared CRS; they are fitted to the catalog first.
    coverage : GeoDataFrame, optional
        Rows of ``layer_coverage``: polygons with layer, complete_as_of, valid_until, declared_by, document.
    meta : mapping of text, optional
        Rows of ``envzones_meta`` (title, jurisdiction_code, jurisdiction_zh, jurisdiction_en, work_crs, …);
        schema_version and created are added.
    overwrite : bool
        Replace a file of that name.
    progress : Progress

    Returns
    -------
    Created

    Raises
    ------
    InputError
        If the file is there already and `overwrite` is not set, if it cannot be written, or if data do not
        fit.
    Cancelled
        If the user cancelled; an older file is still there.
    """
    import fiona

    path = _writable(Path(path), overwrite)
    notes: list[str] = []
    fitted = _fit(catalog, frames or {}, coverage, notes)
    report(progress, 0.1, "Writing layers")
    temporary = path.with_name(f".{path.stem}.{os.getpid()}-{uuid.uuid4().hex[:8]}.part.gpkg")
    try:
        rows = sum(len(frame) for frame in fitted.values())
        # Every table costs about as much as some hundred rows.
        total, done = rows + 200 * len(fitted), 0
        # No one reads the temporary file, so waiting for the disk at each table gains nothing; _settle()
        # waits once.
        with fiona.Env(OGR_SQLITE_SYNCHRONOUS="OFF"):
            for spec in (*catalog.values(), COVERAGE):
                frame = fitted[spec.name]
                share = len(frame) + 200
                _write_table(temporary, spec, frame, progress, 0.1 + 0.8 * done / total, 0.8 * share / total)
                done += share
        report(progress, 0.92, "Writing titles, code lists and styles")
        _write_extras(temporary, catalog, meta or {})
        report(progress, 0.96, "Finishing")
        _settle(temporary)
        report(progress, 0.98)
        try:
            os.replace(temporary, path)
        except PermissionError as error:
            raise InputError(f"{path} is in use by another program; close it there and run again.") from error
    finally:
        for leftover in (
            temporary,
            *(temporary.with_name(temporary.name + end) for end in ("-journal", "-wal", "-shm")),
        ):
            leftover.unlink(missing_ok=True)
    progress(1.0, "")
    return Created(path, {name: len(fitted[name]) for name in catalog}, tuple(notes))


def _writable(path: Path, overwrite: bool) -> Path:
    path = path.absolute()
    if path.suffix.lower() != ".gpkg":
        raise InputError(f"{path}: the one map is a GeoPackage; end the name with .gpkg.")
    if not path.parent.is_dir():
        raise InputError(f"{path.parent}: there is no such folder; create it or give another.")
    if path.is_dir():
        raise InputError(f"{path} is a folder; give the name of a file.")
    if path.exists():
        if not overwrite:
            raise InputError(f"{path} is there already; give another name or allow it to be overwritten.")
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size:
            # Someone has it open with edits that are not in the file yet; SQLite would be left with
            # another's log.
            raise InputError(f"{path} is open in another program (QGIS?); close it there and run again.")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"{path.parent}: no permission to write there; give another folder.")
    return path


def _fit(
    catalog: Catalog,
    frames: Mapping[str, gpd.GeoDataFrame],
    coverage: gpd.GeoDataFrame | None,
    notes: list[str],
) -> dict[str, gpd.GeoDataFrame]:
    """Fit all frames to their layers; layers without a frame get an empty one."""
    from ..engine.conform import conform, empty_frame

    for name in frames:
        catalog.require(name, "The data")
    fitted = {}
    for name, spec in catalog.items():
        fitted[name] = (
            conform(frames[name], spec, "the data", notes=notes) if name in frames else empty_frame(spec)
        )
        invalid = int((~fitted[name].geometry.is_valid & fitted[name].geometry.notna()).sum())
        if invalid:
            notes.append(
                f"Layer '{name}': {invalid} of {len(fitted[name])} geometries are invalid; repair them."
            )
    declared = (
        empty_frame(COVERAGE) if coverage is None else conform(coverage, COVERAGE, "the data", notes=notes)
    )
    for name in declared["layer"]:
        catalog.require(name, "Layer 'layer_coverage'")
    fitted[COVERAGE.name] = declared
    return fitted


def _write_table(
    path: Path, spec: LayerSpec, frame: gpd.GeoDataFrame, progress: Progress, start: float, share: float
) -> None:
    import fiona

    schema = {
        "geometry": spec.geometry,
        "properties": {item.name: _FIONA_TYPES[item.type] for item in spec.fields},
    }
    try:
        with fiona.open(
            path, "w", driver="GPKG", layer=spec.name, schema=schema, crs="EPSG:4490", VERSION=_GPKG_VERSION,
            FID="fid", GEOMETRY_NAME=_GEOMETRY, SPATIAL_INDEX="YES", IDENTIFIER=spec.zh,
            DESCRIPTION=f"{spec.en} | {spec.department}" if spec.department else spec.en,
        ) as table:  # fmt: skip
            table.writerecords(_records(spec, frame, progress, start, share))
    except (fiona.errors.FionaError, OSError) as error:
        raise InputError(f"{path.parent}: layer '{spec.name}' cannot be written there ({error}).") from error
    report(progress, start + share)


def _records(
    spec: LayerSpec, frame: gpd.GeoDataFrame, progress: Progress, start: float, share: float
) -> Iterator[dict[str, Any]]:
    from shapely.geometry import mapping

    columns = [(item.name, _plain(frame[item.name], item)) for item in spec.fields]
    for row, shape in enumerate(frame.geometry.array):
        if row % _CANCEL_EVERY == 0:
            report(progress, start + share * row / len(frame), spec.name)
        yield {
            "type": "Feature",
            "geometry": None if shape is None else mapping(shape),
            "properties": {name: values[row] for name, values in columns},
        }


def _plain(column: Any, item: FieldSpec) -> list[Any]:
    """Return a column's cells as the plain Python values that fiona writes, None where unknown."""
    known = column.notna().to_numpy()
    if item.type == "date":
        column = column.dt.date
    cast = {"integer": int, "real": float, "boolean": bool, "text": str, "date": lambda day: day}[item.type]
    return [cast(value) if there else None for value, there in zip(column, known)]


def _write_extras(path: Path, catalog: Catalog, meta: Mapping[str, str]) -> None:
    """Add what is no feature table: metadata, titles and code lists, styles, attribute indexes."""
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    entries = {**meta, "schema_version": SCHEMA_VERSION, "created": meta.get("created", now)}
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(_META_TABLE)
        connection.executemany(
            "INSERT INTO envzones_meta VALUES (?, ?)", [(key, str(value)) for key, value in entries.items()]
        )
        for statement in _SCHEMA_TABLES:
            connection.execute(statement)
        connection.executemany("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", _SCHEMA_EXTENSION)
        connection.execute(_STYLE_TABLE)
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description) VALUES (?, ?, ?, ?)",
            ("layer_styles", "attributes", "layer_styles", "QGIS styles and forms"),
        )
        for spec in (*catalog.values(), COVERAGE):
            _write_columns(connection, spec)
            _write_style(connection, spec)
            if "uid" in spec.field_names:
                # Not unique: plain QGIS copies a feature with its uid, and the checks tell which are doubled.
                connection.execute(f'CREATE INDEX "{spec.name}_uid" ON "{spec.name}" ("uid")')


def _write_columns(connection: sqlite3.Connection, spec: LayerSpec) -> None:
    for item in spec.fields:
        constraint = None
        if item.domain or item.minimum is not None or item.maximum is not None:
            # Constraints of the fields that every layer has are shared.
            constraint = f"base_{item.name}" if item.base else f"{spec.name}_{item.name}"
        connection.execute(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, ?)",
            (spec.name, item.name, item.title("zh"), item.title("zh"), item.title("en"), constraint),
        )
        if constraint is None:
            continue
        there = "SELECT 1 FROM gpkg_data_column_constraints WHERE constraint_name = ?"
        if connection.execute(there, (constraint,)).fetchone():
            continue
        insert = "INSERT INTO gpkg_data_column_constraints VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        for code, titles in (item.domain or {}).items():
            connection.execute(insert, (constraint, "enum", code, None, None, None, None, titles["zh"]))
        if not item.domain:
            low, high = item.minimum, item.maximum
            connection.execute(insert, (constraint, "range", None, low, 1, high, 1, item.title("zh")))


def _write_style(connection: sqlite3.Connection, spec: LayerSpec) -> None:
    connection.execute(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
        " styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '')",
        (spec.name, _GEOMETRY, "EnvZones", style_document(spec), spec.zh),
    )


def _settle(path: Path) -> None:
    """Flush a finished file to the disk, so that the rename cannot come before its content."""
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


# --------------------------------------------------------------------------------------------------------
# Describing
# --------------------------------------------------------------------------------------------------------


def info(path: str | Path) -> MapInfo:
    """Describe a one map without reading its geometries.

    Raises
    ------
    InputError
        If there is no such file, or it is no one map, or a newer EnvZones made it.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path} does not exist; give a one map made with: envzones onemap create.")
    try:
        # as_uri() escapes the characters that a URI would read as its own.
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            meta = _meta(connection, path)
            coverage = _coverage(connection)
            tables = connection.execute(
                "SELECT c.table_name, c.identifier, g.column_name FROM gpkg_contents c JOIN gpkg_geometry_columns g"
                " USING (table_name) WHERE c.data_type = 'features' AND c.table_name <> ? ORDER BY c.rowid",
                (COVERAGE.name,),
            ).fetchall()
            layers = tuple(
                _layer_info(connection, name, title or name, column, coverage)
                for name, title, column in tables
            )
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path} is no readable GeoPackage ({error}); give a one map.") from error
    return MapInfo(path, int(meta["schema_version"]), meta, layers)


def _meta(connection: sqlite3.Connection, path: Path) -> dict[str, str]:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'envzones_meta'").fetchone():
        raise InputError(
            f"{path} is no one map (it has no table envzones_meta); make one with: envzones onemap create."
        )
    meta = dict(connection.execute("SELECT key, value FROM envzones_meta"))
    version = meta.get("schema_version", "")
    if not version.isdigit():
        raise InputError(
            f"{path}: envzones_meta has no schema_version; the file is damaged, take a copy of it."
        )
    if int(version) > SCHEMA_VERSION:
        raise InputError(
            f"{path} was made by a newer EnvZones (schema {version}); update EnvZones to open it."
        )
    return meta


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value[:10]) if value else None


def _quoted(name: str) -> str:
    """Return a table name as an SQL identifier: a name from a stranger's file stays a name."""
    return '"' + name.replace('"', '""') + '"'


def _bounds(
    connection: sqlite3.Connection, table: str, column: str, where: str = "", arguments: tuple[Any, ...] = ()
) -> tuple[float, float, float, float] | None:
    index = f"rtree_{table}_{column}"
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (index,)).fetchone():
        return None
    row = connection.execute(
        f"SELECT min(minx), min(miny), max(maxx), max(maxy) FROM {_quoted(index)} {where}",  # nosec B608: quoted
        arguments,
    ).fetchone()
    return None if row[0] is None else row


def _coverage(connection: sqlite3.Connection) -> dict[str, list[CoverageInfo]]:
    found: dict[str, list[CoverageInfo]] = {}
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (COVERAGE.name,)).fetchone():
        return found
    for fid, layer, since, until, who, document in connection.execute(
        "SELECT fid, layer, complete_as_of, valid_until, declared_by, document FROM layer_coverage ORDER BY fid"
    ).fetchall():
        bounds = _bounds(connection, COVERAGE.name, _GEOMETRY, "WHERE id = ?", (fid,))
        entry = CoverageInfo(layer, _day(since), _day(until), who or "", document or "", bounds)
        found.setdefault(layer, []).append(entry)
    return found


def _layer_info(
    connection: sqlite3.Connection,
    name: str,
    title: str,
    column: str,
    coverage: Mapping[str, list[CoverageInfo]],
) -> LayerInfo:
    table = _quoted(name)
    count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # nosec B608: quoted
    columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    newest = None
    if "valid_from" in columns:
        newest = connection.execute(f"SELECT max(valid_from) FROM {table}").fetchone()[0]  # nosec B608: quoted
    bounds = _bounds(connection, name, column)
    return LayerInfo(name, title, count, bounds, _day(newest), tuple(coverage.get(name, ())))
