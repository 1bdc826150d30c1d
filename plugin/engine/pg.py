"""Connections to PostgreSQL and reading of a one map's tables there; psycopg2 is imported when first needed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Callable

from .errors import InputError
from .gpkg import SRS_ID, quoted

if TYPE_CHECKING:
    import geopandas as gpd

    from .location import Location

GEOMETRY = "geom"
META = "envzones_meta"
#: What a connection says it is; an address may say otherwise.
_DEFAULTS = {"application_name": "EnvZones", "connect_timeout": "10"}
#: Before this version there is no gen_random_uuid() without an extension.
_OLDEST = 130000
#: SQLSTATEs: no right; waited too long or in a circle; the server goes down or the connection is gone.
_DENIED, _BUSY, _LOST = "42501", frozenset({"40P01", "55P03", "40001"}), frozenset({"57P01", "57P02", "57P03"})
#: SQLSTATE of a row that has changed meanwhile, and of an audit trail that is to stay as it is.
ROW_CHANGED, AUDIT_KEPT = "EZ001", "EZ002"
#: SQLSTATE class of a value that breaks a rule of its column.
_BREACH = "23514"


def psycopg2() -> Any:
    """Return the driver.

    Raises
    ------
    InputError
        If it is missing.
    """
    try:
        import psycopg2
        import psycopg2.extras
    except ImportError as error:
        raise InputError(
            "Maps in PostgreSQL need the Python library psycopg2, which comes with QGIS; elsewhere install it with:"
            " pip install psycopg2-binary"
        ) from error
    return psycopg2


def connect(location: Location, conninfo: str | None = None) -> Any:
    """Open a connection with every statement in a transaction, and PostgreSQL's own names first.

    Parameters
    ----------
    location : Location
        Where the map is; passwords come from ``~/.pgpass`` or a service file.
    conninfo : str, optional
        The same as libpq reads it, with the credentials that QGIS keeps; it never leaves this process.

    Raises
    ------
    InputError
        If the server cannot be reached or refuses, or is too old.
    """
    driver = psycopg2()
    settings = dict(location.dsn or {})
    if conninfo is None and "authcfg" in settings:
        raise InputError(
            f"{location} names credentials that only QGIS can read (authcfg); outside QGIS leave authcfg out and keep"
            " the password in ~/.pgpass or a service file."
        )
    settings.pop("authcfg", None)
    given = _DEFAULTS if conninfo is not None else {**_DEFAULTS, **settings}
    try:
        connection = driver.connect(conninfo or "", client_encoding="UTF8", **given)
    except driver.Error as error:
        raise InputError(
            f"{location} cannot be opened ({said(error)}); check the address, the user and the password in ~/.pgpass,"
            " the service file or QGIS's authentication."
        ) from error
    except UnicodeDecodeError as error:
        # libpq reports in the encoding of the system, whatever it is.
        raise InputError(f"{location} cannot be opened; check the address, the user and the password.") from error
    if connection.server_version < _OLDEST:
        found = connection.server_version // 10000
        connection.close()
        raise InputError(f"{location}: PostgreSQL {found} is too old; EnvZones needs 13 or newer.")
    return connection


def said(error: BaseException) -> str:
    """Return what the database says, as one line."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].strip().removeprefix("ERROR:").strip().rstrip(".;:")


@contextlib.contextmanager
def session(location: Location, conninfo: str | None = None, *, write: bool = False) -> Iterator[Any]:
    """One connection and one transaction: committed at the end where it writes, gone after an error.

    Raises
    ------
    InputError
        In one sentence, for whatever the database refuses.
    """
    driver = psycopg2()
    connection = connect(location, conninfo)
    committing = False
    try:
        # Reading sees one state of all tables.
        level = "READ COMMITTED" if write else "REPEATABLE READ"
        connection.set_session(isolation_level=level, readonly=not write)
        yield connection
        committing = True
        connection.commit() if write else connection.rollback()
    except driver.Error as error:
        raise _told(error, location, connection, committing) from error
    finally:
        with contextlib.suppress(driver.Error):
            connection.close()


def _told(error: Any, location: Location, connection: Any, committing: bool) -> InputError:
    code = error.pgcode or ""
    if connection.closed or code in _LOST or code.startswith("08"):
        if committing:
            return InputError(
                f"The connection to {location} was lost while it saved; read the map again to see whether it did."
            )
        return InputError(f"The connection to {location} was lost and nothing was written; try again.")
    if code == _DENIED:
        return InputError(
            f"{location}: your database user has not the right to do this ({said(error)}); ask who runs the database"
            f" for the role {location.schema}_reader, {location.schema}_editor or {location.schema}_admin."
        )
    if code in _BUSY:
        return InputError(f"{location} is being saved by somebody else; nothing was written, try again.")
    if code == ROW_CHANGED:
        return InputError(f"{location}: a row was changed by somebody else meanwhile; read it again.")
    if code == AUDIT_KEPT:
        return InputError(f"{location}: the audit trail cannot be changed.")
    if code == _BREACH:
        name, field = error.diag.table_name or "", (error.diag.constraint_name or "").rpartition("_")[0]
        return InputError(
            f"Layer '{name}', field {field}: the value is not in its domain or range; nothing was written, correct it."
        )
    return InputError(f"{location}: the database refused ({said(error)}); nothing was written.")


# --------------------------------------------------------------------------------------------------------
# Reading a map
# --------------------------------------------------------------------------------------------------------


def meta(connection: Any, location: Location) -> dict[str, str]:
    """Return the entries of ``envzones_meta``, those of its own housekeeping left out.

    Raises
    ------
    InputError
        If the schema is no one map.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relname = %s",
            (location.schema, META),
        )
        if cursor.fetchone() is None:
            raise InputError(f"{location} is no one map; make one with: envzones onemap create '{location}'")
        table = f"{quoted(location.schema)}.{META}"
        cursor.execute(f"SELECT key, value FROM {table} WHERE key NOT LIKE 'style!_%' ESCAPE '!'")  # nosec B608: quoted
        return dict(cursor.fetchall())


def tables(connection: Any, schema: str) -> list[str]:
    """Return the feature tables of a schema that the user may read, in the order they were made."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
            " WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND a.attname = %s AND t.typname = 'geometry'"
            " AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')"
            " ORDER BY c.oid",
            (schema, GEOMETRY),
        )
        return [row[0] for row in cursor.fetchall()]


def columns(connection: Any, schema: str, table: str) -> dict[str, str]:
    """Return a table's columns with their types (``text``, ``bigint``, ``geometry(Point,4490)``), in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a"
            " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
            (schema, table),
        )
        return dict(cursor.fetchall())


def extension_schema(connection: Any) -> str | None:
    """Return the schema that holds PostGIS, or None where the database has none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace"
            " WHERE e.extname = 'postgis'"
        )
        row = cursor.fetchone()
        return row[0] if row else None


def read_table(connection: Any, location: Location, table: str) -> gpd.GeoDataFrame:
    """Read a feature table whole, in the order of ``fid``: all its columns, ``fid`` among them, in EPSG:4490.

    Cells are as the driver gives them; the catalog's types are given by :func:`.conform.typed`.

    Raises
    ------
    InputError
        If there is no such layer.
    """
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    import shapely

    found = columns(connection, location.schema, table)
    if GEOMETRY not in found:
        raise InputError(f"{location} has no layer '{table}'; see what it has with: envzones onemap info")
    names = [name for name in found if name != GEOMETRY]
    postgis = quoted(extension_schema(connection) or "public")
    chosen = ", ".join(quoted(name) for name in names)
    order = " ORDER BY fid" if "fid" in found else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {postgis}.ST_AsBinary({GEOMETRY}, 'NDR'), {chosen}"  # nosec B608: quoted
            f" FROM {quoted(location.schema)}.{quoted(table)}{order}"
        )
        rows = cursor.fetchall()
    cells = list(zip(*rows)) if rows else [()] * (1 + len(names))
    blobs = np.empty(len(rows), dtype=object)
    blobs[:] = [None if cell is None else bytes(cell) for cell in cells[0]]
    frame = pd.DataFrame(
        {name: pd.Series(list(values), dtype=object) for name, values in zip(names, cells[1:])}, index=range(len(rows))
    )
    if "fid" in frame:
        frame["fid"] = frame["fid"].astype("int64")
    crs = f"EPSG:{SRS_ID}"
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapely.from_wkb(blobs), index=frame.index, crs=crs), crs=crs)


def maps(location: Location, conninfo: str | None = None) -> list[str]:
    """Return the schemas of a database that are one maps and that the user may read.

    Raises
    ------
    InputError
        If the database cannot be reached.
    """
    with session(location, conninfo) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relname = %s AND c.relkind = 'r' AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')"
            " AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY 1",
            (META,),
        )
        return [row[0] for row in cursor.fetchall()]


def readers(
    location: Location, conninfo: str | None = None
) -> tuple[dict[str, Callable[[], gpd.GeoDataFrame]], Mapping[str, str]]:
    """Return what reads each layer of a map (each with a connection of its own), and the map's metadata.

    Raises
    ------
    InputError
        If the map cannot be reached or is none.
    """

    def read(table: str) -> gpd.GeoDataFrame:
        with session(location, conninfo) as connection:
            return read_table(connection, location, table)

    with session(location, conninfo) as connection:
        about = meta(connection, location)
        return {name: (lambda name=name: read(name)) for name in tables(connection, location.schema)}, about
