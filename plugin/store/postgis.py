"""The one map as a schema of a PostgreSQL database with PostGIS: a team's map, the same tables as in the file."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ..engine.catalog import COVERAGE, Catalog, LayerSpec
from ..engine.errors import InputError
from ..engine.gpkg import SRS_ID, quoted
from ..engine.progress import SILENT, Progress, report
from . import audit
from . import postgis_ddl as ddl
from .forms import style_document
from .geopackage import SCHEMA_VERSION, STYLE_NAME, fit, style_key
from .gpkg_ddl import GEOMETRY
from .location import Location
from .prepare import Prepared, counts, doubled, prepare
from .store import (
    AUDIT_TABLE,
    EDITED,
    EDITOR,
    VERSION,
    Applied,
    Change,
    Conflict,
    ConflictRow,
    CoverageInfo,
    Created,
    LayerInfo,
    MapInfo,
    Migrated,
    now,
)

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_BATCH = 1000
#: Key of the advisory lock under which one map is edited by one transaction at a time ("EZ").
_LOCK = 0x455A
_CONNECT_S = 10


def connect(location: Location, password: str | None = None) -> Any:
    """Return a psycopg2 connection; `password` is one that QGIS's authentication database gave, never stored.

    Raises
    ------
    InputError
        If psycopg2 is missing or the server does not answer or refuses.
    """
    try:
        import psycopg2
    except ImportError as error:
        raise InputError(
            "A map in PostgreSQL needs the Python package psycopg2; QGIS brings it, elsewhere: pip install envzones[postgis]."
        ) from error
    settings: dict[str, Any] = {"connect_timeout": _CONNECT_S, "application_name": "EnvZones", **(location.dsn or {})}
    if password is not None:
        settings["password"] = password
    try:
        connection = psycopg2.connect(**settings)
        connection.set_client_encoding("UTF8")
    except psycopg2.Error as error:
        said = " ".join(str(error).split())
        raise InputError(
            f"The database of {location} cannot be reached ({said}); check address, service file and password file."
        ) from error
    return connection


@contextlib.contextmanager
def _session(location: Location, password: str | None = None, *, write: bool = False) -> Iterator[Any]:
    """One transaction with a cursor: committed at the end, or rolled back; the server's refusals in a sentence."""
    connection = connect(location, password)
    import psycopg2

    try:
        connection.set_session(readonly=not write)
        with connection.cursor() as cursor:
            yield cursor
        connection.commit()
    except psycopg2.errors.InsufficientPrivilege as error:
        connection.rollback()
        raise InputError(
            f"{location}: the database user may not do that ({_first(error)}); ask the map's administrator for the role"
            f" {ddl.role(location.schema, 'editor')}."
        ) from error
    except psycopg2.OperationalError as error:
        raise InputError(
            f"{location}: the connection broke ({_first(error)}); nothing of this save was kept, try again."
        ) from error
    except psycopg2.Error as error:
        if not connection.closed:
            connection.rollback()
        if error.pgcode == ddl.CHANGED_STATE:
            raise InputError(f"{location}: a row was changed by somebody else meanwhile; read it again.") from error
        raise InputError(f"{location} refused ({_first(error)}); nothing was changed.") from error
    except BaseException:
        if not connection.closed:
            connection.rollback()
        raise
    finally:
        connection.close()


def _first(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


# --------------------------------------------------------------------------------------------------------
# Creating
# --------------------------------------------------------------------------------------------------------


def create(
    location: Location,
    catalog: Catalog,
    *,
    frames: Mapping[str, gpd.GeoDataFrame] | None = None,
    coverage: gpd.GeoDataFrame | None = None,
    meta: Mapping[str, str] | None = None,
    overwrite: bool = False,
    password: str | None = None,
    progress: Progress = SILENT,
) -> Created:
    """Make a one map in a schema of its own, in one transaction; arguments as :func:`.geopackage.create`.

    The group roles ``<schema>_reader``, ``_editor`` and ``_admin`` are made where the user may; a note says what
    an administrator has to run where not.  Styles go to ``public.layer_styles``, where QGIS looks for them.

    Raises
    ------
    InputError
        If the schema is there already and `overwrite` is not set (or it is no one map), the database lacks
        PostGIS, or data do not fit.
    """
    notes: list[str] = []
    fitted = fit(catalog, frames or {}, coverage, notes)
    specs = (*catalog.values(), COVERAGE)
    report(progress, 0.1, "Writing layers")
    with _session(location, password, write=True) as cursor:
        postgis = _postgis(cursor, location)
        _make_room(cursor, location, overwrite)
        for statement in (*ddl.frame_tables(location.schema), *ddl.functions(location.schema, postgis)):
            cursor.execute(statement)
        for number, spec in enumerate(specs):
            report(progress, 0.1 + 0.8 * number / len(specs), spec.name)
            for statement in ddl.layer_table(location.schema, spec):
                cursor.execute(statement)
            _load(cursor, location.schema, spec, fitted[spec.name], progress)
            for statement in (*ddl.indexes(location.schema, spec), *ddl.triggers(location.schema, spec.name)):
                cursor.execute(statement)
        for statement in ddl.audit_protection(location.schema):
            cursor.execute(statement)
        made = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        entries = {**(meta or {}), "schema_version": SCHEMA_VERSION, "created": (meta or {}).get("created", made)}
        for key, value in entries.items():
            _remember(cursor, location.schema, key, str(value))
        styles = _styles(cursor, location, specs, notes)
        _roles(cursor, location, tuple(catalog), styles, notes)
        report(progress, 0.98)
    progress(1.0, "")
    return Created(location, {name: len(fitted[name]) for name in catalog}, tuple(notes))


def _postgis(cursor: Any, location: Location) -> str:
    cursor.execute(
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'"
    )
    row = cursor.fetchone()
    if row is None:
        raise InputError(f"{location}: the database has no PostGIS; let its owner run: CREATE EXTENSION postgis.")
    cursor.execute(f"SET LOCAL search_path = pg_catalog, {quoted(row[0])}")
    return row[0]


def _make_room(cursor: Any, location: Location, overwrite: bool) -> None:
    cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (location.schema,))
    if cursor.fetchone() is None:
        return
    if not overwrite:
        raise InputError(
            f"{location}: the schema {location.schema} is there already; give another or allow it to be overwritten."
        )
    cursor.execute("SELECT to_regclass(%s)", (f"{quoted(location.schema)}.{ddl.META}",))
    if cursor.fetchone()[0] is None:
        raise InputError(f"{location}: the schema {location.schema} holds no one map; it is left alone, give another.")
    cursor.execute(f"DROP SCHEMA {quoted(location.schema)} CASCADE")


def _load(cursor: Any, schema: str, spec: LayerSpec, frame: gpd.GeoDataFrame, progress: Progress) -> None:
    """Copy a new table's rows: its first state, and no edit."""
    if not len(frame):
        return
    names = [GEOMETRY, *spec.field_names, VERSION, EDITED]
    columns = [_hex(frame.geometry.array), *(_cells(frame[item.name], item.type) for item in spec.fields)]
    stamp = now()
    listed = ", ".join(quoted(name) for name in names)
    rows = list(zip(*columns))
    for first in range(0, len(rows), _BATCH):
        report(progress, 0.1, spec.name)
        text = io.StringIO()
        # An empty cell is NULL: conform() has made every empty text unknown.
        csv.writer(text).writerows((*row, 1, stamp) for row in rows[first : first + _BATCH])
        text.seek(0)
        cursor.copy_expert(f"COPY {quoted(schema)}.{quoted(spec.name)} ({listed}) FROM STDIN CSV", text)


def _hex(shapes: Any) -> list[str | None]:
    import numpy as np
    import shapely

    shapes = shapely.set_srid(np.asarray(shapes, dtype=object), SRS_ID)
    return list(shapely.to_wkb(shapes, hex=True, include_srid=True, byte_order=1, output_dimension=2))


def _cells(column: Any, kind: str) -> list[Any]:
    known = column.notna().to_numpy()
    cast: Any = {"integer": int, "real": float, "boolean": bool, "text": str, "date": lambda day: day.date()}[kind]
    return [cast(value) if there else None for value, there in zip(column, known)]


def _remember(cursor: Any, schema: str, key: str, value: str) -> None:
    cursor.execute(
        f"INSERT INTO {quoted(schema)}.{ddl.META} VALUES (%s, %s)"  # nosec B608: quoted
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )


def _attempt(cursor: Any, statements: Sequence[str]) -> str | None:
    """Run statements the user may lack the right for; return the server's words where so, with nothing done."""
    import psycopg2

    cursor.execute("SAVEPOINT envzones_attempt")
    try:
        for statement in statements:
            cursor.execute(statement)
    except psycopg2.errors.InsufficientPrivilege as error:
        cursor.execute("ROLLBACK TO SAVEPOINT envzones_attempt")
        return _first(error)
    cursor.execute("RELEASE SAVEPOINT envzones_attempt")
    return None


def _styles(cursor: Any, location: Location, specs: Sequence[LayerSpec], notes: list[str]) -> bool:
    """Store styles and forms where QGIS looks for them; return whether that was allowed."""
    cursor.execute("SELECT to_regclass(%s)", (f"public.{ddl.STYLES}",))
    if cursor.fetchone()[0] is None:
        refused = _attempt(cursor, [ddl.STYLE_TABLE])
        if refused:
            notes.append(
                f"Styles were not stored ({refused}); let the database's owner run: {ddl.STYLE_TABLE}; then run"
                " envzones onemap migrate."
            )
            return False
    cursor.execute("SELECT current_database()")
    database = cursor.fetchone()[0]
    cursor.execute("SELECT has_table_privilege(%s, 'INSERT')", (f"public.{ddl.STYLES}",))
    if not cursor.fetchone()[0]:
        notes.append(f"Styles were not stored: the user may not write public.{ddl.STYLES}.")
        return False
    cursor.execute(
        f"DELETE FROM public.{ddl.STYLES} WHERE f_table_catalog = %s AND f_table_schema = %s AND stylename = %s",  # nosec B608: constants
        (database, location.schema, STYLE_NAME),
    )
    for spec in specs:
        _style(cursor, location, database, spec, default=True)
    return True


def _style(cursor: Any, location: Location, database: str, spec: LayerSpec, *, default: bool) -> None:
    document = style_document(spec)
    cursor.execute(
        f"INSERT INTO public.{ddl.STYLES} (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,"  # nosec B608: constants
        " stylename, styleqml, useasdefault, description) VALUES (%s, %s, %s, %s, %s, XMLPARSE(DOCUMENT %s), %s, %s)",
        (database, location.schema, spec.name, GEOMETRY, STYLE_NAME, document, default, spec.zh),
    )
    _remember(cursor, location.schema, style_key(spec.name), hashlib.sha256(document.encode()).hexdigest())


def _roles(cursor: Any, location: Location, layers: tuple[str, ...], styles: bool, notes: list[str]) -> None:
    cursor.execute("SELECT current_database()")
    database = cursor.fetchone()[0]
    statements = [*ddl.make_roles(location.schema), *ddl.grants(location.schema, layers, database, styles=styles)]
    refused = _attempt(cursor, statements)
    if refused:
        notes.append(
            f"The roles were not made ({refused}); let an administrator run what this prints: envzones onemap roles"
            f" '{location}'"
        )


def role_statements(location: Location, catalog: Catalog) -> list[str]:
    """Return the SQL that makes a map's roles, for an administrator to run."""
    database = (location.dsn or {}).get("dbname", "")
    return [*ddl.make_roles(location.schema), *ddl.grants(location.schema, tuple(catalog), database, styles=True)]


def grant(location: Location, member: str, kind: str, password: str | None = None) -> None:
    """Make a database user a reader, editor or admin of a map.

    Raises
    ------
    InputError
        If there is no such kind or user, or the connection may not grant it.
    """
    if kind not in ddl.ROLES:
        raise InputError(f"'{kind}' is no role of a map; use {', '.join(ddl.ROLES)}.")
    with _session(location, password, write=True) as cursor:
        cursor.execute(f"GRANT {quoted(ddl.role(location.schema, kind))} TO {quoted(member)}")


# --------------------------------------------------------------------------------------------------------
# The store
# --------------------------------------------------------------------------------------------------------


class PostgisStore:
    """A one map in a PostgreSQL schema; see :class:`.store.Store`."""

    def __init__(self, location: Location, catalog: Catalog, password: str | None = None) -> None:
        self.location = location
        self._catalog = catalog
        self._password = password
        self._s = quoted(location.schema)
        self._meta = self._read_meta()

    def _session(self, *, write: bool = False) -> contextlib.AbstractContextManager[Any]:
        return _session(self.location, self._password, write=write)

    def _read_meta(self) -> dict[str, str]:
        with self._session() as cursor:
            cursor.execute("SELECT to_regclass(%s)", (f"{self._s}.{ddl.META}",))
            if cursor.fetchone()[0] is None:
                raise InputError(
                    f"{self.location} holds no one map (no table {ddl.META}); make one with: envzones onemap create."
                )
            cursor.execute(
                f"SELECT key, value FROM {self._s}.{ddl.META} WHERE key NOT LIKE 'style!_%%' ESCAPE '!'"  # nosec B608: quoted
            )
            meta = dict(cursor.fetchall())
        version = meta.get("schema_version", "")
        if not version.isdigit():
            raise InputError(f"{self.location}: {ddl.META} has no schema_version; restore it from a backup.")
        if int(version) > SCHEMA_VERSION:
            raise InputError(
                f"{self.location} was made by a newer EnvZones (schema {version}); update EnvZones to open it."
            )
        return meta

    @property
    def meta(self) -> Mapping[str, str]:
        """What the map says of itself."""
        return self._meta

    def tables(self) -> list[str]:
        """Return the names of its layers, ``layer_coverage`` included."""
        with self._session() as cursor:
            return self._tables(cursor)

    def _tables(self, cursor: Any) -> list[str]:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = %s"
            " WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r' AND NOT a.attisdropped ORDER BY c.oid",
            (GEOMETRY, self._s),
        )
        return [row[0] for row in cursor.fetchall()]

    def read(self, layer: str) -> gpd.GeoDataFrame:
        """Return a layer's rows in EPSG:4490, the store's columns included."""
        import geopandas as gpd
        import numpy as np
        import pandas as pd
        import shapely

        from ..engine.conform import typed

        with self._session() as cursor:
            if layer not in self._tables(cursor):
                raise InputError(f"{self.location} has no layer '{layer}'; see: envzones onemap info.")
            names = [name for name in self._columns(cursor, layer) if name != GEOMETRY]
            listed = ", ".join(quoted(name) for name in names)
            cursor.execute(
                f"SELECT ST_AsBinary({GEOMETRY}), {listed} FROM {self._s}.{quoted(layer)} ORDER BY fid"  # nosec B608: quoted
            )
            rows = cursor.fetchall()
        cells = list(zip(*rows)) if rows else [[] for _ in range(len(names) + 1)]
        frame = pd.DataFrame({n: pd.Series(list(c), dtype=object) for n, c in zip(names, cells[1:])}, index=range(len(rows)))
        if "fid" in frame:
            frame["fid"] = frame["fid"].astype("int64")
        spec = COVERAGE if layer == COVERAGE.name else self._catalog.get(layer)
        for item in spec.fields if spec else ():
            if item.name in frame:
                frame[item.name], faults = typed(frame[item.name], item)
                if faults:
                    row, message = faults[0]
                    raise InputError(f"Layer '{layer}', row {row + 1}, field {item.name}: {message}; correct it.")
        blobs = [None if cell is None else bytes(cell) for cell in cells[0]]
        made = shapely.from_wkb(np.array(blobs or [None], dtype=object))[: None if blobs else 0]
        crs = f"EPSG:{SRS_ID}"
        return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(made, index=frame.index, crs=crs), crs=crs)

    def _columns(self, cursor: Any, table: str) -> dict[str, str]:
        cursor.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass"
            " AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            (f"{self._s}.{quoted(table)}",),
        )
        return dict(cursor.fetchall())

    def info(self) -> MapInfo:
        """Describe the map."""
        layers = []
        with self._session() as cursor:
            there = self._tables(cursor)
            coverage = self._coverage(cursor) if COVERAGE.name in there else {}
            for name in there:
                if name == COVERAGE.name:
                    continue
                newest = "max(valid_from)" if "valid_from" in self._columns(cursor, name) else "NULL::date"
                cursor.execute(
                    f"SELECT count(*), {_box(f'ST_Extent({GEOMETRY})')}, {newest} FROM {self._s}.{quoted(name)}"  # nosec B608: quoted
                )
                count, *box, day = cursor.fetchone()
                spec = self._catalog.get(name)
                bounds = None if box[0] is None else tuple(box)
                layers.append(
                    LayerInfo(name, spec.zh if spec else name, count, bounds, day, tuple(coverage.get(name, ())))
                )
        return MapInfo(self.location, int(self._meta["schema_version"]), self._meta, tuple(layers))

    def _coverage(self, cursor: Any) -> dict[str, list[CoverageInfo]]:
        cursor.execute(
            "SELECT layer, complete_as_of, valid_until, declared_by, document,"  # nosec B608: quoted
            f" {_box(GEOMETRY)} FROM {self._s}.{COVERAGE.name} ORDER BY fid"
        )
        found: dict[str, list[CoverageInfo]] = {}
        for layer, since, until, who, document, *box in cursor.fetchall():
            bounds = None if box[0] is None else tuple(box)
            entry = CoverageInfo(layer, since, until, who or "", document or "", bounds)
            found.setdefault(layer, []).append(entry)
        return found

    def audit(
        self, *, layer: str | None = None, uid: str | None = None, since: str | None = None, limit: int | None = None
    ) -> pd.DataFrame:
        """Return the audit trail, the oldest entry first."""
        query, arguments = audit.query(layer, uid, since, limit, mark="%s", table=f"{self._s}.{AUDIT_TABLE}")
        with self._session() as cursor:
            cursor.execute(query, arguments)
            return audit.frame(cursor.fetchall(), self._catalog)

    def apply(self, changes: Sequence[Change], *, who: str | None = None, progress: Progress = SILENT) -> Applied:
        """Write all changes in one transaction, or none; who edits is the database user, whatever `who` says."""
        notes: list[str] = []
        with self._session(write=True) as cursor:
            prepared = prepare(changes, self._catalog, self._tables(cursor), notes)
            report(progress, 0.1, "Writing edits")
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_LOCK, self.location.schema))
            self._refuse_conflicts(cursor, prepared)
            for number, one in enumerate(prepared):
                self._write(cursor, one, progress)
                report(progress, 0.1 + 0.9 * (number + 1) / len(prepared))
        return Applied(*counts(prepared), tuple(notes))

    def _refuse_conflicts(self, cursor: Any, prepared: Sequence[Prepared]) -> None:
        found: list[ConflictRow] = []
        for one in prepared:
            ours: dict[str, int | None] = dict(one.delete)
            if one.update is not None:
                ours.update(zip(one.update["uid"], one.versions))
            if ours:
                found += self._conflicts(cursor, one.spec.name, ours)
            if one.insert is not None:
                cursor.execute(
                    f"SELECT uid FROM {self._s}.{quoted(one.spec.name)} WHERE uid = ANY(%s) LIMIT 1",  # nosec B608: quoted
                    (list(one.insert["uid"]),),
                )
                taken = cursor.fetchone()
                if taken:
                    raise InputError(
                        f"Layer '{one.spec.name}' has a row with the uid {taken[0]} already; update it instead."
                    )
        if found:
            raise Conflict(found)

    def _conflicts(self, cursor: Any, table: str, ours: Mapping[str, int | None]) -> list[ConflictRow]:
        name = "name" if table != COVERAGE.name else "layer"
        cursor.execute(
            f"SELECT uid, {VERSION}, {EDITOR}, {EDITED}, {name} FROM {self._s}.{quoted(table)}"  # nosec B608: quoted
            " WHERE uid = ANY(%s) ORDER BY uid FOR UPDATE",
            (list(ours),),
        )
        rows: dict[str, list[tuple[Any, ...]]] = {}
        for uid, *rest in cursor.fetchall():
            rows.setdefault(uid, []).append(tuple(rest))
        found = []
        for uid, mine in ours.items():
            here = rows.get(uid, [])
            if len(here) > 1:
                raise doubled(table, uid, len(here))
            if here:
                version, who, at, title = here[0]
                if mine is not None and version is not None and mine != version:
                    found.append(ConflictRow(table, uid, title or "", mine, version, who or "", at or ""))
                continue
            cursor.execute(
                f"SELECT who, at FROM {self._s}.{AUDIT_TABLE} WHERE table_name = %s AND row_uid = %s"  # nosec B608: quoted
                " AND action = 'delete' ORDER BY id DESC LIMIT 1",
                (table, uid),
            )
            last = cursor.fetchone()
            if last is None:
                raise InputError(f"Layer '{table}' has no row with the uid {uid}; read the rows from the map.")
            found.append(ConflictRow(table, uid, "", mine, None, last[0] or "", last[1]))
        return found

    def _write(self, cursor: Any, one: Prepared, progress: Progress) -> None:
        from psycopg2.extras import execute_batch

        table = f"{self._s}.{quoted(one.spec.name)}"
        if one.delete:
            cursor.execute(f"DELETE FROM {table} WHERE uid = ANY(%s)", ([uid for uid, _ in one.delete],))  # nosec B608: quoted
        statements: list[tuple[str, list[tuple[Any, ...]]]] = []
        if one.update is not None:
            cells = {name: _cells(one.update[name], one.spec.field(name).type) for name in one.columns}
            if one.shapes is not None:
                cells[GEOMETRY] = _hex(one.shapes)
            if cells:
                settings = ", ".join(f"{quoted(name)} = %s" for name in cells)
                rows = list(zip(*cells.values(), one.update["uid"]))
                statements.append((f"UPDATE {table} SET {settings} WHERE uid = %s", rows))  # nosec B608: quoted
        if one.insert is not None:
            names = [GEOMETRY, *one.spec.field_names]
            columns = [_hex(one.insert.geometry.array)]
            columns += [_cells(one.insert[item.name], item.type) for item in one.spec.fields]
            listed, marks = ", ".join(quoted(name) for name in names), ", ".join(["%s"] * len(names))
            statements.append(
                (f"INSERT INTO {table} ({listed}) VALUES ({marks})", list(zip(*columns)))  # nosec B608: quoted
            )
        for statement, rows in statements:
            for first in range(0, len(rows), _BATCH):
                report(progress, 0.1)
                execute_batch(cursor, statement, rows[first : first + _BATCH], page_size=200)

    def migrate(self, catalog: Catalog, *, progress: Progress = SILENT) -> Migrated:
        """Bring the schema to the catalog: tables, columns, titles and styles that are missing; nothing is taken away."""
        before = int(self._meta["schema_version"])
        done: list[str] = []
        with self._session(write=True) as cursor:
            postgis = _postgis(cursor, self.location)
            for statement in ddl.functions(self.location.schema, postgis):
                cursor.execute(statement)
            there = self._tables(cursor)
            specs = (*catalog.values(), COVERAGE)
            for number, spec in enumerate(specs):
                report(progress, 0.1 + 0.8 * number / len(specs), spec.name)
                if spec.name not in there:
                    for statement in (
                        *ddl.layer_table(self.location.schema, spec),
                        *ddl.indexes(self.location.schema, spec),
                        *ddl.triggers(self.location.schema, spec.name),
                    ):
                        cursor.execute(statement)
                    done.append(f"Layer '{spec.name}' was added.")
                    continue
                self._columns_to_catalog(cursor, spec, done)
                for statement in (*ddl.comments(self.location.schema, spec), *ddl.indexes(self.location.schema, spec)):
                    cursor.execute(statement)
            self._styles_to_catalog(cursor, specs, done)
            _remember(cursor, self.location.schema, "schema_version", str(SCHEMA_VERSION))
            _roles(cursor, self.location, tuple(catalog), False, done)
        progress(1.0, "")
        return Migrated(before, SCHEMA_VERSION, tuple(done))

    def _columns_to_catalog(self, cursor: Any, spec: LayerSpec, done: list[str]) -> None:
        there = self._columns(cursor, spec.name)
        added = []
        for item in spec.fields:
            kind = ddl.TYPES[item.type]
            if item.name not in there:
                cursor.execute(f"ALTER TABLE {self._s}.{quoted(spec.name)} ADD COLUMN {quoted(item.name)} {kind}")
                added.append(item.name)
            elif there[item.name] != kind:
                raise InputError(
                    f"Layer '{spec.name}', field {item.name} is {there[item.name]} in the database and {kind} in the"
                    " catalog; rename one of them."
                )
        if added:
            done.append(f"Layer '{spec.name}': fields added: {', '.join(added)}.")

    def _styles_to_catalog(self, cursor: Any, specs: Sequence[LayerSpec], done: list[str]) -> None:
        cursor.execute("SELECT to_regclass(%s)", (f"public.{ddl.STYLES}",))
        if cursor.fetchone()[0] is None:
            _styles(cursor, self.location, specs, done)
            return
        cursor.execute("SELECT current_database()")
        database = cursor.fetchone()[0]
        for spec in specs:
            cursor.execute(
                f"SELECT id, stylename, useasdefault, styleqml::text FROM public.{ddl.STYLES} WHERE f_table_catalog = %s"  # nosec B608: constants
                " AND f_table_schema = %s AND f_table_name = %s",
                (database, self.location.schema, spec.name),
            )
            rows = cursor.fetchall()
            ours = [row for row in rows if row[1] == STYLE_NAME]
            default = any(row[2] for row in rows if row[1] != STYLE_NAME)
            if not ours:
                _style(cursor, self.location, database, spec, default=not default)
                done.append(f"Layer '{spec.name}': its form and style were stored.")
                continue
            cursor.execute(
                f"SELECT value FROM {self._s}.{ddl.META} WHERE key = %s", (style_key(spec.name),)  # nosec B608: quoted
            )
            kept = cursor.fetchone()
            document = style_document(spec)
            if ours[0][3] == document:
                continue
            if kept is None or kept[0] != hashlib.sha256(ours[0][3].encode()).hexdigest():
                done.append(f"Layer '{spec.name}': the style in the database is the office's own and was kept.")
                continue
            cursor.execute(f"DELETE FROM public.{ddl.STYLES} WHERE id = %s", (ours[0][0],))  # nosec B608: constants
            _style(cursor, self.location, database, spec, default=bool(ours[0][2]))
            done.append(f"Layer '{spec.name}': the form and style were brought up to date.")


def _box(shape: str) -> str:
    return ", ".join(f"ST_{end}({shape})" for end in ("XMin", "YMin", "XMax", "YMax"))
