"""GeoPackage: plain feature tables with the titles and code lists of their fields (OGC 12-128r15, schema extension)."""

from __future__ import annotations

import os
import re
import sqlite3
import struct
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..gpkg import blobs, quoted
from ..progress import Progress, report
from .write_columns import Column, Sheet, Told

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .write import WriteOptions

_TYPES = {
    "text": "TEXT", "integer": "INTEGER", "real": "REAL", "boolean": "BOOLEAN", "date": "DATE", "datetime": "DATETIME",
}  # fmt: skip
_STEP = 20_000
_SCHEMA = "http://www.geopackage.org/spec121/#extension_schema"
#: First number of reference systems that no authority knows.
_OWN_SRS = 100000
_TABLES = (
    "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,"
    " organization TEXT NOT"
    " NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)",
    "CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,"
    " description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE,"
    " max_y DOUBLE,"
    " srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))",
    "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name"
    " TEXT NOT"
    " NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,"
    " CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),"
    " CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),"
    " CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))",
    "CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT"
    " NULL, scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))",
    "CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT,"
    " description TEXT, mime_type TEXT, constraint_name TEXT,"
    " CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name))",
    "CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL,"
    " value TEXT,"
    " min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,"
    " CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value))",
)
_UNDEFINED = (
    (
        "Undefined Cartesian SRS",
        -1,
        "NONE",
        -1,
        "undefined",
        "undefined Cartesian coordinate reference system",
    ),
    (
        "Undefined geographic SRS",
        0,
        "NONE",
        0,
        "undefined",
        "undefined geographic coordinate reference system",
    ),
)


def make(
    sheets: Sequence[Sheet], folder: Path, stem: str, options: WriteOptions, told: Told, progress: Progress
) -> list[str]:
    """Write one GeoPackage with a table per sheet; names stay ours unless titles are asked for.

    The bytes depend on the content and on SOURCE_DATE_EPOCH alone (and on the version of SQLite).
    """
    name = f"{stem}.gpkg"
    with closing(sqlite3.connect(folder / name, isolation_level=None)) as connection:
        connection.execute("PRAGMA application_id = 1196444487")  # 'GPKG'
        connection.execute("PRAGMA user_version = 10200")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for statement in _TABLES:
            connection.execute(statement)
        _reference_systems(connection)
        for table in ("gpkg_data_columns", "gpkg_data_column_constraints"):
            connection.execute(
                "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')",
                (table, _SCHEMA),
            )
        taken: set[str] = set()
        for k, sheet in enumerate(sheets):
            report(progress, k / len(sheets), sheet.name)
            _write(connection, sheet, _table_name(sheet.name, taken), options, told, progress)
        connection.execute("COMMIT")
        connection.execute("VACUUM")
    return [name]


def _reference_systems(connection: sqlite3.Connection) -> None:
    from pyproj import CRS

    connection.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", _UNDEFINED)
    _add_system(connection, CRS.from_epsg(4326))


def _add_system(connection: sqlite3.Connection, crs: Any) -> int:
    """Register a reference system; return its number in the file."""
    # The classic text of WKT 1 is what every program reads; a system that it cannot say is stored in WKT 2.
    definition = crs.to_wkt("WKT1_GDAL") if crs.to_epsg() or not crs.is_bound else crs.to_wkt()
    code = crs.to_epsg()
    if code is not None:
        connection.execute(
            "INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES (?, ?, 'EPSG', ?, ?, NULL)",
            (crs.name, code, code, definition),
        )
        return int(code)
    row = connection.execute(
        "SELECT srs_id FROM gpkg_spatial_ref_sys WHERE definition = ?", (definition,)
    ).fetchone()
    if row is not None:
        return int(row[0])
    (largest,) = connection.execute("SELECT max(srs_id) FROM gpkg_spatial_ref_sys").fetchone()
    number = max(_OWN_SRS, int(largest) + 1)
    connection.execute(
        "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, 'NONE', ?, ?, NULL)",
        (crs.name, number, number, definition),
    )
    return number


def _table_name(wanted: str, taken: set[str]) -> str:
    name, number = wanted.strip() or "layer", 1
    if re.match(r"(?i)gpkg_|sqlite_|rtree_", name):
        name = f"layer_{name}"
    start = name
    while name.casefold() in taken:
        number += 1
        name = f"{start}_{number}"
    taken.add(name.casefold())
    return name


def _write(
    connection: sqlite3.Connection,
    sheet: Sheet,
    table: str,
    options: WriteOptions,
    told: Told,
    progress: Progress,
) -> None:
    columns = [column.labelled(options.lang) for column in sheet.columns] if options.labels else sheet.columns
    names = _column_names(columns, options, told)
    srs = _add_system(connection, sheet.crs) if sheet.crs is not None else 0 if sheet.degrees else -1
    if sheet.crs is None:
        words = sheet.system.upper() or "?"
        told.say("warning", "no_crs", f"坐标系未登记({words}),GeoPackage 中记为“未定义”",
                 f"the reference system ({words}) has no code and stands as undefined in the GeoPackage")  # fmt: skip
    kind, shapes = _kind(sheet)
    body = "".join(f", {quoted(name)} {_TYPES[column.kind]}" for name, column in zip(names, columns))
    connection.execute(
        f'CREATE TABLE {quoted(table)} ("fid" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "geom" {kind}{body})'
    )
    bounds = shapely.total_bounds(shapes) if len(shapes) else np.full(4, np.nan)
    placed = [None] * 4 if np.isnan(bounds[0]) else bounds.tolist()
    title, described = (sheet.spec.zh, sheet.spec.en) if sheet.spec else (table, "")
    connection.execute(
        "INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?, ?)",
        (table, table, f"{title} {described}".strip(), moment(), *placed, srs),
    )
    connection.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", (table, kind, srs))
    marks = ", ".join("?" * (2 + len(columns)))
    listed = ", ".join(quoted(name) for name in ("fid", "geom", *names))
    insert = f"INSERT INTO {quoted(table)} ({listed}) VALUES ({marks})"  # nosec B608: quoted
    cells = [_stored(column) for column in columns]
    head = struct.pack("<i", srs)
    for first in range(0, len(shapes), _STEP):
        report(progress, first / len(shapes), sheet.name)
        last = min(first + _STEP, len(shapes))
        made = [None if blob is None else blob[:4] + head + blob[8:] for blob in blobs(shapes[first:last])]
        rows = zip(range(first + 1, last + 1), made, *(column[first:last] for column in cells))
        connection.executemany(insert, rows)
    _titles(connection, table, names, columns, options)


def _column_names(columns: Sequence[Column], options: WriteOptions, told: Told) -> list[str]:
    taken = {"fid", "geom"}
    names = []
    for column in columns:
        wanted = (column.title(options.lang) if options.titles else column.name) or "field"
        name, number = wanted, 1
        while name.casefold() in taken:
            number += 1
            name = f"{wanted}_{number}"
        taken.add(name.casefold())
        names.append(name)
        if name != wanted:
            told.say(
                "info", "renamed", f"字段“{wanted}”写为“{name}”", f"column '{wanted}' is written as '{name}'"
            )
    return names


def _kind(sheet: Sheet) -> tuple[str, NDArray[Any]]:
    """Return the geometry type of the table, and the shapes as it: single and multiple mixed become multiple."""
    shapes = sheet.shapes
    found = {int(kind) for kind in np.unique(shapely.get_type_id(shapes)) if kind >= 0}
    if not found:
        return (sheet.spec.geometry.upper() if sheet.spec else "GEOMETRY"), shapes
    for single, name in ((0, "POINT"), (1, "LINESTRING"), (3, "POLYGON")):
        multiple = {0: 4, 1: 5, 3: 6}[single]
        if found == {single} and not (sheet.spec and sheet.spec.geometry.upper() == f"MULTI{name}"):
            return name, shapes
        if found <= {single, multiple}:
            out = shapes.copy()
            ones = np.flatnonzero(shapely.get_type_id(out) == single)
            if len(ones):
                wrap = {0: shapely.multipoints, 1: shapely.multilinestrings, 3: shapely.multipolygons}[single]
                out[ones] = wrap(out[ones], indices=np.arange(len(ones)))
            return f"MULTI{name}", out
    return "GEOMETRY", shapes


def _stored(column: Column) -> list[Any]:
    if column.kind == "date":
        return [None if value is None else value.isoformat() for value in column.values]
    if column.kind == "datetime":
        return [None if value is None else _utc(value) for value in column.values]
    if column.kind == "boolean":
        return [None if value is None else int(value) for value in column.values]
    return column.values


def _utc(value: datetime) -> str:
    if value.tzinfo is not None:
        value = value.astimezone(timezone.utc)
    return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def _titles(
    connection: sqlite3.Connection,
    table: str,
    names: Sequence[str],
    columns: Sequence[Column],
    options: WriteOptions,
) -> None:
    """Write titles (Chinese, English beside it) and code lists where the file speaks of codes."""
    for name, column in zip(names, columns):
        item = column.spec
        if item is None:
            continue
        constraint = None
        if item.domain and not options.labels:
            constraint = f"{table}_{name}"
            connection.executemany(
                "INSERT INTO gpkg_data_column_constraints VALUES (?, 'enum', ?, NULL, NULL, NULL, NULL, ?)",
                [(constraint, code, titles[options.lang]) for code, titles in item.domain.items()],
            )
        connection.execute(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, ?)",
            (table, name, item.title("zh"), item.title("zh"), item.title("en"), constraint),
        )


def moment() -> str:
    """Return the time that is written into files: SOURCE_DATE_EPOCH where it is set, else now."""
    return clock().strftime("%Y-%m-%dT%H:%M:%S.000Z")


def clock() -> datetime:
    """Return SOURCE_DATE_EPOCH where it is set, else now, in UTC.

    Raises
    ------
    InputError
        If the variable holds no number of seconds.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return datetime.now(timezone.utc).replace(microsecond=0)
    if not epoch.isdigit() or int(epoch) >= 1 << 33:
        raise InputError(
            f"SOURCE_DATE_EPOCH is '{epoch}', which is no number of seconds since 1970; correct or unset it."
        )
    return datetime.fromtimestamp(int(epoch), timezone.utc)
