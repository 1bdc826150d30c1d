"""The one map as one GeoPackage.

The file holds a table per layer of the catalog (empty ones too), ``layer_coverage`` (where a layer is
complete), ``envzones_meta`` (what the map is), ``envzones_audit`` (who changed what, written by triggers), the
titles and code lists of all fields in the GeoPackage schema extension, and ``layer_styles``, the table from which
plain QGIS takes symbols and forms.

Coordinates are EPSG:4490 and stored longitude first, as the GeoPackage standard wants whatever the axis
order of the reference system.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import uuid
from collections.abc import Mapping
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine import gpkg
from ..engine.catalog import COVERAGE, Catalog, FieldSpec, LayerSpec
from ..engine.errors import InputError
from ..engine.gpkg import quoted
from ..engine.progress import SILENT, Progress, report
from . import gpkg_ddl as ddl
from .forms import style_document
from .location import Location
from .store import CoverageInfo, Created, LayerInfo, MapInfo, now

if TYPE_CHECKING:
    import geopandas as gpd

#: Version of the tables' layout, written to ``envzones_meta``.
#: 1: layers, coverage, titles, styles.  2: versions of rows, audit trail, uid of coverage.
SCHEMA_VERSION = 2
_GEOMETRY = ddl.GEOMETRY
_CANCEL_EVERY = 2000
#: "GPKG" and the version 1.2, which GDAL of QGIS 3.22 reads without remarks.
_APPLICATION, _USER_VERSION = 0x47504B47, 10200
#: What our styles are called in ``layer_styles``; a digest in ``envzones_meta`` tells whether one was changed since.
STYLE_NAME = "EnvZones"


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
    path = _writable(Path(path), overwrite)
    notes: list[str] = []
    fitted = fit(catalog, frames or {}, coverage, notes)
    report(progress, 0.1, "Writing layers")
    temporary = path.with_name(f".{path.stem}.{os.getpid()}-{uuid.uuid4().hex[:8]}.part.gpkg")
    try:
        rows = sum(len(frame) for frame in fitted.values())
        # Every table costs about as much as some hundred rows.
        total, done = rows + 200 * len(fitted), 0
        with contextlib.closing(_new_file(temporary)) as connection, connection:
            for spec in (*catalog.values(), COVERAGE):
                frame = fitted[spec.name]
                share = len(frame) + 200
                add_table(connection, spec)
                _fill(connection, spec, frame, progress, 0.1 + 0.8 * done / total, 0.8 * share / total)
                add_triggers(connection, spec.name)
                done += share
            report(progress, 0.92, "Writing titles, code lists and styles")
            _write_extras(connection, catalog, meta or {})
            report(progress, 0.96, "Finishing")
        settle(temporary)
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
    return Created(Location(path=path), {name: len(fitted[name]) for name in catalog}, tuple(notes))


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


def fit(
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


def _new_file(path: Path) -> sqlite3.Connection:
    """Start an empty GeoPackage."""
    try:
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA page_size = 4096")
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {_USER_VERSION}")
        # No one reads the file before it is whole, so waiting for the disk at each step gains nothing.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for statement in (*ddl.SKELETON, ddl.META_TABLE, *ddl.SCHEMA_TABLES, ddl.STYLE_TABLE, *ddl.AUDIT):
            connection.execute(statement)
        connection.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", ddl.REFERENCE_SYSTEMS)
        connection.executemany("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", ddl.SCHEMA_EXTENSION)
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path.parent}: no file can be written there ({error}); check space and rights.") from error
    return connection


def add_table(connection: sqlite3.Connection, spec: LayerSpec) -> None:
    """Make a layer's table with its spatial index, but without triggers, and register it."""
    connection.execute(ddl.feature_table(spec))
    connection.execute(ddl.spatial_index(spec.name))
    words = f"{spec.en} | {spec.department}" if spec.department else spec.en
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id)"
        " VALUES (?, 'features', ?, ?, ?)",
        (spec.name, spec.zh, words, gpkg.SRS_ID),
    )
    connection.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)",
        (spec.name, _GEOMETRY, spec.geometry.upper(), gpkg.SRS_ID),
    )
    connection.execute(
        "INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", (spec.name, _GEOMETRY, *ddl.RTREE_EXTENSION)
    )
    connection.execute("INSERT INTO gpkg_ogr_contents VALUES (?, 0)", (spec.name,))


def add_triggers(connection: sqlite3.Connection, table: str) -> None:
    """Put a table under spatial index, version check and audit."""
    for statement in ddl.index_triggers(table):
        connection.execute(statement)
    add_edit_triggers(connection, table)


def add_edit_triggers(connection: sqlite3.Connection, table: str) -> None:
    """Put a table with the store's columns under version check and audit, all its columns included."""
    columns = {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({quoted(table)})")}
    for statement in ddl.edit_triggers(table, columns):
        connection.execute(statement)


def _fill(
    connection: sqlite3.Connection,
    spec: LayerSpec,
    frame: gpd.GeoDataFrame,
    progress: Progress,
    start: float,
    share: float,
) -> None:
    """Write a new table's rows, its index, count and extent; the rows are its first state and no edit."""
    import numpy as np
    import shapely

    shapes = np.asarray(frame.geometry.array)
    columns = [plain(frame[item.name], item) for item in spec.fields]
    stamp = now()
    rows = list(zip(range(1, len(frame) + 1), gpkg.blobs(shapes), *columns))
    names = ", ".join(quoted(name) for name in ("fid", _GEOMETRY, *spec.field_names, *ddl.STORE_TYPES))
    marks = ", ".join("?" * (2 + len(columns)))
    insert = f"INSERT INTO {quoted(spec.name)} ({names}) VALUES ({marks}, 1, NULL, ?)"  # nosec B608: quoted
    for first in range(0, len(rows), _CANCEL_EVERY):
        report(progress, start + share * first / len(rows), spec.name)
        connection.executemany(insert, [(*row, stamp) for row in rows[first : first + _CANCEL_EVERY]])
    bounds = shapely.bounds(shapes) if len(shapes) else np.empty((0, 4))
    placed = np.flatnonzero(~np.isnan(bounds[:, 0]))
    if len(placed):
        tree = quoted(f"rtree_{spec.name}_{_GEOMETRY}")
        connection.executemany(
            f"INSERT INTO {tree} VALUES (?, ?, ?, ?, ?)",  # nosec B608: quoted
            [(int(k) + 1, *bounds[k][[0, 2, 1, 3]].tolist()) for k in placed],
        )
        low, high = bounds[placed, :2].min(axis=0), bounds[placed, 2:].max(axis=0)
        connection.execute(
            "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?",
            (*low.tolist(), *high.tolist(), spec.name),
        )
    connection.execute(
        "UPDATE gpkg_ogr_contents SET feature_count = ? WHERE table_name = ?", (len(frame), spec.name)
    )
    report(progress, start + share)


def plain(column: Any, item: FieldSpec) -> list[Any]:
    """Return a typed column's cells as the values that SQLite stores, None where unknown."""
    known = column.notna().to_numpy()
    cast: Any = {"integer": int, "real": float, "boolean": int, "text": str, "date": lambda day: f"{day:%Y-%m-%d}"}
    cast = cast[item.type]
    return [cast(value) if there else None for value, there in zip(column, known)]


def _write_extras(connection: sqlite3.Connection, catalog: Catalog, meta: Mapping[str, str]) -> None:
    """Add what is no feature table: metadata, titles and code lists, styles, attribute indexes."""
    made = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    entries = {**meta, "schema_version": SCHEMA_VERSION, "created": meta.get("created", made)}
    connection.executemany(
        "INSERT INTO envzones_meta VALUES (?, ?)", [(key, str(value)) for key, value in entries.items()]
    )
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description) VALUES (?, ?, ?, ?)",
        ("layer_styles", "attributes", "layer_styles", "QGIS styles and forms"),
    )
    for spec in (*catalog.values(), COVERAGE):
        write_titles(connection, spec)
        write_style(connection, spec)
        write_indexes(connection, spec)


def write_indexes(connection: sqlite3.Connection, spec: LayerSpec) -> None:
    """Index the columns that are looked up, where they are not yet."""
    for name in ddl.indexed(spec):
        # Not unique: plain QGIS copies a feature with its uid, and the checks tell which are doubled.
        connection.execute(
            f"CREATE INDEX IF NOT EXISTS {quoted(f'{spec.name}_{name}')} ON {quoted(spec.name)} ({quoted(name)})"
        )


def constraint_name(spec: LayerSpec, item: FieldSpec) -> str | None:
    """Return what a field's code list or range is called in the file; fields that every layer has share theirs."""
    if item.domain or item.minimum is not None or item.maximum is not None:
        return f"base_{item.name}" if item.base else f"{spec.name}_{item.name}"
    return None


def write_titles(connection: sqlite3.Connection, spec: LayerSpec) -> None:
    """Write the titles and code lists of a layer's fields to the schema extension's tables."""
    for item in spec.fields:
        constraint = constraint_name(spec, item)
        connection.execute(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, ?)",
            (spec.name, item.name, item.title("zh"), item.title("zh"), item.title("en"), constraint),
        )
        there = "SELECT 1 FROM gpkg_data_column_constraints WHERE constraint_name = ?"
        if constraint is None or connection.execute(there, (constraint,)).fetchone():
            continue
        insert = "INSERT INTO gpkg_data_column_constraints VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        for code, titles in (item.domain or {}).items():
            connection.execute(insert, (constraint, "enum", code, None, None, None, None, titles["zh"]))
        if not item.domain:
            low, high = item.minimum, item.maximum
            connection.execute(insert, (constraint, "range", None, low, 1, high, 1, item.title("zh")))


def write_style(connection: sqlite3.Connection, spec: LayerSpec) -> None:
    """Add a layer's style and form as the default that plain QGIS shows."""
    document = style_document(spec)
    connection.execute(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
        " styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '')",
        (spec.name, _GEOMETRY, STYLE_NAME, document, spec.zh),
    )
    remember_style(connection, spec.name, document)


def style_key(table: str) -> str:
    """Return the entry of ``envzones_meta`` that keeps the digest of a layer's style as we wrote it."""
    return f"style_{table}"


def remember_style(connection: sqlite3.Connection, table: str, document: str) -> None:
    """Keep the digest of a style, by which a later version knows whether somebody changed it."""
    digest = hashlib.sha256(document.encode()).hexdigest()
    connection.execute("INSERT OR REPLACE INTO envzones_meta VALUES (?, ?)", (style_key(table), digest))


def settle(path: Path) -> None:
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
        with contextlib.closing(gpkg.connect(path)) as connection:
            meta = read_meta(connection, path)
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
    return MapInfo(Location(path=path), int(meta["schema_version"]), meta, layers)


def read_meta(connection: sqlite3.Connection, path: Path) -> dict[str, str]:
    """Return what a map says of itself.

    Raises
    ------
    InputError
        If the file is no one map, or a newer EnvZones made it.
    """
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'envzones_meta'").fetchone():
        raise InputError(
            f"{path} is no one map (it has no table envzones_meta); make one with: envzones onemap create."
        )
    meta = dict(connection.execute("SELECT key, value FROM envzones_meta WHERE key NOT LIKE 'style!_%' ESCAPE '!'"))
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


def _bounds(
    connection: sqlite3.Connection, table: str, column: str, where: str = "", arguments: tuple[Any, ...] = ()
) -> tuple[float, float, float, float] | None:
    index = f"rtree_{table}_{column}"
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (index,)).fetchone():
        return None
    row = connection.execute(
        f"SELECT min(minx), min(miny), max(maxx), max(maxy) FROM {quoted(index)} {where}",  # nosec B608: quoted
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
    table = quoted(name)
    count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # nosec B608: quoted
    columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    newest = None
    if "valid_from" in columns:
        newest = connection.execute(f"SELECT max(valid_from) FROM {table}").fetchone()[0]  # nosec B608: quoted
    bounds = _bounds(connection, name, column)
    return LayerInfo(name, title, count, bounds, _day(newest), tuple(coverage.get(name, ())))
