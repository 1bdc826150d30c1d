"""Tables of any PostGIS database, read through a cursor on the server so that memory stays small.

The address is that of a map (:mod:`..location`) with the table added:
``postgresql://user@host/database?schema=public&table=parcels`` or ``service=name schema=public table=parcels``; never
with a password.
"""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import numpy as np
import shapely

from ..errors import InputError
from ..gpkg import quoted
from ..location import Location, parse
from ..pg import extension_schema, session
from ..progress import SILENT, Progress, report
from . import ogr
from .model import PLAIN, Declared, Encoding, Foreign, LayerSummary, Note, ReadOptions

#: Types that the driver gives as plain numbers, truths and texts; all others are asked for as text.
_PLAIN_TYPES = frozenset({"int2", "int4", "int8", "float4", "float8", "bool", "text", "varchar"})
_CURVES = re.compile("CURVE|SURFACE|CIRCULAR", re.IGNORECASE)
_ABSENT = "schema=s&table=t"
_STEP = 10_000


@dataclass(frozen=True)
class _Table:
    """A table with a column of geometries: `srid` 0 where the column does not fix it."""

    schema: str
    name: str
    column: str
    srid: int
    kind: str
    dimensions: int
    rows: int
    label: str = ""


def layers(address: str | Path, options: ReadOptions = PLAIN, *, conninfo: str | None = None) -> list[LayerSummary]:
    """List the tables and views with geometries that the user may read, as ``schema.table``.

    Raises
    ------
    InputError
        If the database cannot be reached or has no PostGIS.
    """
    del options
    location, schema, table = _address(address)
    with session(location, conninfo) as connection:
        found = _tables(connection, location, schema)
    wanted = [one for one in found if not table or table in (one.name, one.label)]
    return [LayerSummary(one.label, one.kind.title(), None) for one in wanted]


def read(
    address: str | Path, options: ReadOptions = PLAIN, *, progress: Progress = SILENT, conninfo: str | None = None
) -> Foreign:
    """Read a table whole.

    Parameters
    ----------
    address : str
        Where the database is, with ``table=`` or with `options.layer`.
    options : ReadOptions
    progress : Progress
    conninfo : str, optional
        The connection as libpq reads it, with credentials that QGIS keeps.

    Raises
    ------
    InputError
        If there is no such table, or several have its name; if the database cannot be reached.
    """
    return next(_pieces(address, options, None, progress, conninfo))


def read_chunks(
    address: str | Path, options: ReadOptions = PLAIN, *, size: int = 50_000, progress: Progress = SILENT,
    conninfo: str | None = None,
) -> Iterator[Foreign]:  # fmt: skip
    """Read a table in pieces of `size` rows, ordered by its primary key; arguments and errors as :func:`read`."""
    return _pieces(address, options, size, progress, conninfo)


def _pieces(
    address: str | Path, options: ReadOptions, size: int | None, progress: Progress, conninfo: str | None
) -> Iterator[Foreign]:
    """Yield pieces of `size` rows; without a size one piece of all."""
    location, schema, table = _address(address)
    with session(location, conninfo) as connection:
        one = _one(_tables(connection, location, schema), options.layer or table, location)
        columns, left_out = _columns(connection, one)
        postgis = quoted(extension_schema(connection) or "public")
        notes = _notes(one, left_out)
        encoding = _encoding(connection, notes)
        done, first, srids = 0, True, set()
        with connection.cursor("envzones_import") as cursor:
            cursor.execute(_query(connection, one, columns, postgis, options.limit))
            while True:
                rows = _fetched(cursor, size, done, one, progress)
                if rows or first:
                    srids |= {int(row[1]) for row in rows if row[1]}
                    told = list(notes) if first else []
                    declared = _declared(connection, postgis, one.srid, srids, told)
                    piece = _piece(rows, done, list(columns), one, Path(str(location)), declared)
                    piece.encoding = encoding
                    piece.notes += told
                    yield piece
                done, first = done + len(rows), False
                if size is None or len(rows) < size:
                    break
    report(progress, 1.0)


def _fetched(cursor: Any, size: int | None, done: int, one: _Table, progress: Progress) -> list[Any]:
    """Return up to `size` rows (all without a size), asking in steps so that one can cancel."""
    rows: list[Any] = []
    while size is None or len(rows) < size:
        have = done + len(rows)
        report(progress, min(0.99, have / max(one.rows, have + _STEP)), one.label)
        more = cursor.fetchmany(_STEP if size is None else min(_STEP, size - len(rows)))
        if not more:
            break
        rows += more
    return rows


# --------------------------------------------------------------------------------------------------------
# The address
# --------------------------------------------------------------------------------------------------------


def _address(said: str | Path) -> tuple[Location, str, str]:
    """Return where the database is, and the schema and table that the address names ("" where it does not)."""
    words = str(said).strip()
    named: dict[str, str] = {}
    # A map's address takes no schema such as public, and no table; what cannot be split is left to it to refuse.
    with contextlib.suppress(ValueError):
        if words.startswith("service="):
            parts = shlex.split(words)
            named = dict(one.split("=", 1) for one in parts if one.startswith(("schema=", "table=")))
            words = " ".join(shlex.quote(one) for one in parts if not one.startswith(("schema=", "table=")))
        else:
            url = urlsplit(re.sub(r"^(postgres(?:ql)?):/(?!/)", r"\1://", words))
            pairs = parse_qsl(url.query, keep_blank_values=True)
            named = {key: value for key, value in pairs if key in ("schema", "table")}
            kept = urlencode([(key, value) for key, value in pairs if key not in named])
            words = urlunsplit(url._replace(query=kept))
    location = parse(words)
    schema = named.get("schema", "")
    return changed(location, schema=schema or location.schema), schema, named.get("table", "")


def _tables(connection: Any, location: Location, schema: str) -> list[_Table]:
    """Return the tables with geometries; one with several columns of them stands there once for each."""
    extension = extension_schema(connection)
    if extension is None:
        raise InputError(f"The database at {location} has no PostGIS, hence no layers; give another address.")
    postgis = quoted(extension)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g.s, g.t, g.c, g.srid, g.kind, g.dims, GREATEST(c.reltuples, 0)::bigint FROM ("
            " SELECT f_table_schema::text s, f_table_name::text t, f_geometry_column::text c, srid, type::text kind,"
            f" coord_dimension dims FROM {postgis}.geometry_columns UNION ALL"  # nosec B608: quoted
            " SELECT f_table_schema::text, f_table_name::text, f_geography_column::text, srid, type::text,"
            f" coord_dimension FROM {postgis}.geography_columns) g"
            " JOIN pg_catalog.pg_namespace n ON n.nspname = g.s"
            " JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = g.t"
            " WHERE NOT c.relispartition AND (%s = '' OR g.s = %s)"
            " AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')"
            " ORDER BY g.s, g.t, g.c",
            (schema, schema),
        )
        rows = [_Table(*row) for row in cursor.fetchall()]
    names = [(one.schema, one.name) for one in rows]
    return [
        changed(one, label=f"{one.schema}.{one.name}" + (f".{one.column}" if names.count(key) > 1 else ""))
        for one, key in zip(rows, names)
    ]


def _one(found: list[_Table], wanted: str, location: Location) -> _Table:
    """Return the table that is meant."""
    listed = ", ".join(one.label for one in found[:12]) + (" …" if len(found) > 12 else "")
    if not found:
        raise InputError(f"{location} has no table with geometries that you may read; ask who runs the database.")
    fits = [one for one in found if wanted == one.label] or [one for one in found if wanted in ("", one.name)]
    if not fits:
        raise InputError(f"{location} has no table '{wanted}' with geometries that you may read; it has {listed}.")
    if len(fits) > 1:
        listed = ", ".join(one.label for one in fits[:12]) + (" …" if len(fits) > 12 else "")
        raise InputError(f"{location} holds {len(fits)} tables ({listed}); say which one to read ({_ABSENT}).")
    return fits[0]


# --------------------------------------------------------------------------------------------------------
# The rows
# --------------------------------------------------------------------------------------------------------


def _columns(connection: Any, one: _Table) -> tuple[dict[str, str], list[str]]:
    """Return column -> SQL expression of those that hold words and numbers, and the names of those left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname, t.typname, COALESCE(b.typname, '') FROM pg_catalog.pg_attribute a"
            " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype"
            " WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped"
            " AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY a.attnum",
            (one.schema, one.name),
        )
        rows = cursor.fetchall()
    chosen: dict[str, str] = {}
    left_out = []
    for name, kind, base in rows:
        kind = base or kind
        if name == one.column:
            continue
        if kind in ("geometry", "geography", "raster", "bytea"):
            left_out.append(name)
        elif kind == "numeric":
            chosen[name] = f"{quoted(name)}::float8"
        elif kind in _PLAIN_TYPES:
            chosen[name] = quoted(name)
        else:
            chosen[name] = f"{quoted(name)}::text"
    return chosen, left_out


def _query(connection: Any, one: _Table, columns: dict[str, str], postgis: str, limit: int | None) -> str:
    with connection.cursor() as cursor:
        # Dates as 2019-09-27, whatever the server is set to.
        cursor.execute("SET LOCAL datestyle = 'ISO'")
        cursor.execute(
            "SELECT a.attname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid"
            " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(num, pos) ON true"
            " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.num"
            " WHERE i.indisprimary AND n.nspname = %s AND c.relname = %s ORDER BY k.pos",
            (one.schema, one.name),
        )
        keys = [quoted(row[0]) for row in cursor.fetchall()]
    shape = f"{quoted(one.column)}::{postgis}.geometry"
    flat = f"{postgis}.ST_Force2D({shape})"
    if _CURVES.search(one.kind) or one.kind.upper().startswith("GEOMETRY"):
        flat = f"{postgis}.ST_CurveToLine({flat})"
    chosen = [f"{postgis}.ST_AsBinary({flat}, 'NDR')", f"{postgis}.ST_SRID({shape})", *columns.values()]
    order = f" ORDER BY {', '.join(keys)}" if keys else ""
    most = "" if limit is None else f" LIMIT {int(limit)}"
    return f"SELECT {', '.join(chosen)} FROM {quoted(one.schema)}.{quoted(one.name)}{order}{most}"  # nosec B608: quoted


def _piece(
    rows: list[Any], done: int, names: list[str], one: _Table, path: Path, declared: Declared | None
) -> Foreign:
    import geopandas as gpd

    n = len(rows)
    cells = list(zip(*rows)) if rows else [()] * (2 + len(names))
    blobs = np.empty(n, dtype=object)
    blobs[:] = [None if cell is None else bytes(cell) for cell in cells[0]]
    shapes = shapely.from_wkb(blobs, on_invalid="ignore")
    foreign = Foreign(one.label, path, "postgis", gpd.GeoDataFrame(), np.empty(0, dtype=np.int64), 0)
    foreign.declared = declared
    unread = np.array([blob is not None for blob in blobs], dtype=bool) & shapely.is_missing(shapes)
    numbers = np.arange(done + 1, done + n + 1, dtype=np.int64)
    ogr.placed(foreign, dict(zip(names, cells[2:])), shapes, unread, numbers=numbers)
    return foreign


def _notes(one: _Table, left_out: list[str]) -> list[Note]:
    notes = []
    if left_out:
        said = ", ".join(left_out)
        notes.append(Note("info", "columns_left_out", f"字段 {said} 为图形或二进制,未读取",
                          f"columns of shapes or bytes were not read: {said}"))  # fmt: skip
    if one.dimensions > 2:
        notes.append(Note("info", "heights_dropped", "Z/M 值已去掉", "Z and M values were left out"))
    if _CURVES.search(one.kind):
        notes.append(Note("info", "curves_linearised", "曲线已转为折线", "curves were turned into short straight lines"))
    return notes


def _encoding(connection: Any, notes: list[Note]) -> Encoding:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        said = str(cursor.fetchone()[0])
    if said == "SQL_ASCII":
        notes.append(Note(
            "warning", "encoding_unknown", "数据库编码为 SQL_ASCII,未检查文字", "the database checks no encoding (SQL_ASCII)",
        ))  # fmt: skip
    return Encoding("utf-8", f"数据库编码为 {said}", f"the database is in {said}", said != "SQL_ASCII")


def _declared(connection: Any, postgis: str, srid: int, seen: set[int], notes: list[Note]) -> Declared | None:
    """What the column's SRID is; where the column fixes none, that of the rows if they agree."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if not srid and len(seen) > 1:
        said = ", ".join(map(str, sorted(seen)))
        notes.append(Note("error", "mixed_systems", f"同一列中有多种坐标系(SRID {said}),请分别导出",
                          f"the rows are in several reference systems (SRID {said}); export them apart"))  # fmt: skip
        return Declared(None, f"SRID {said}", "layer")
    srid = srid or next(iter(seen), 0)
    if not srid:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT auth_name, auth_srid, srtext FROM {postgis}.spatial_ref_sys WHERE srid = %s",  # nosec B608: quoted
            (srid,),
        )
        row = cursor.fetchone() or (None, None, None)
    for said in (f"{row[0]}:{row[1]}" if row[0] and row[1] else "", row[2] or "", f"EPSG:{srid}"):
        with contextlib.suppress(CRSError):
            if said:
                crs = CRS.from_user_input(said)
                return Declared(crs, f"SRID {srid} ({crs.name})", "layer")
    return Declared(None, f"SRID {srid}", "layer")
