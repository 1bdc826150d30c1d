"""The one map as a schema of a PostgreSQL database with PostGIS: a team's map, the same tables as in the file."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..engine import pg
from ..engine.catalog import COVERAGE, Catalog
from ..engine.errors import InputError
from ..engine.gpkg import quoted
from ..engine.location import Location
from ..engine.progress import SILENT, Progress, report
from . import audit, postgis_make
from .geopackage import SCHEMA_VERSION
from .gpkg_ddl import GEOMETRY
from .postgis_ddl import at
from .postgis_make import cells, create, hexes
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
    LayerInfo,
    MapInfo,
    Migrated,
)

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["PostgisStore", "create"]

_PAGE = 200
#: How long to wait for another's save, and how often to look whether the user has cancelled meanwhile.
WAIT_S, _LOOK_MS = 10.0, 300
#: Key of the advisory lock under which a map's rows are edited through this module.
_LOCK = postgis_make.LOCK + 1


class PostgisStore:
    """A one map in a PostgreSQL schema; see :class:`.store.Store`.

    Each method opens a connection and closes it; `conninfo` is what QGIS's authentication adds to the location, and
    is kept in memory only.
    """

    def __init__(self, location: Location, catalog: Catalog, conninfo: str | None = None) -> None:
        self.location = location
        self._catalog = catalog
        self._conninfo = conninfo
        with self.session() as connection:
            self.meta: Mapping[str, str] = pg.meta(connection, location)
        self._version = postgis_make.version(self.meta, location)

    def session(self, *, write: bool = False) -> contextlib.AbstractContextManager[Any]:
        """Open one connection and one transaction; see :func:`..engine.pg.session`."""
        return pg.session(self.location, self._conninfo, write=write)

    def table(self, table: str) -> str:
        """Return a table's quoted name with its schema."""
        return at(self.location.schema, table)

    # --- reading ----------------------------------------------------------------------------------------

    def tables(self) -> list[str]:
        """Return the names of its layers, ``layer_coverage`` included."""
        with self.session() as connection:
            return pg.tables(connection, self.location.schema)

    def read(self, layer: str) -> gpd.GeoDataFrame:
        """Return a layer's rows in EPSG:4490, the store's columns included."""
        from ..engine.conform import typed

        with self.session() as connection:
            frame = pg.read_table(connection, self.location, layer)
        spec = COVERAGE if layer == COVERAGE.name else self._catalog.get(layer)
        for item in spec.fields if spec else ():
            if item.name in frame:
                frame[item.name], faults = typed(frame[item.name], item)
                if faults:
                    row, message = faults[0]
                    raise InputError(f"Layer '{layer}', row {row + 1}, field {item.name}: {message}; correct it.")
        return frame

    def info(self) -> MapInfo:
        """Describe the map."""
        with self.session() as connection, connection.cursor() as cursor:
            meta = pg.meta(connection, self.location)
            postgis = quoted(pg.extension_schema(connection) or "public")
            there = pg.tables(connection, self.location.schema)
            coverage = self._coverage(cursor, postgis) if COVERAGE.name in there else {}
            names = [name for name in there if name != COVERAGE.name]
            # One question for all layers: a server may be far away.
            parts = []
            for name in names:
                dated = "valid_from" in pg.columns(connection, self.location.schema, name)
                parts.append(
                    f"SELECT count(*), {_box(f'{postgis}.ST_Extent({GEOMETRY})', postgis)},"  # nosec B608: quoted
                    f" {'max(valid_from)' if dated else 'NULL::date'} FROM {self.table(name)}"
                )
            rows = []
            if parts:
                numbered = [f"SELECT {k}, * FROM ({part}) AS t{k}" for k, part in enumerate(parts)]  # nosec B608
                cursor.execute(" UNION ALL ".join(numbered))
                rows = sorted(cursor.fetchall())
        layers = []
        for name, (_, count, *box, newest) in zip(names, rows):
            spec = self._catalog.get(name)
            title = spec.zh if spec else name
            layers.append(LayerInfo(name, title, count, _bounds(box), newest, tuple(coverage.get(name, ()))))
        return MapInfo(self.location, postgis_make.version(meta, self.location), meta, tuple(layers))

    def _coverage(self, cursor: Any, postgis: str) -> dict[str, list[CoverageInfo]]:
        cursor.execute(
            "SELECT layer, complete_as_of, valid_until, declared_by, document,"  # nosec B608: quoted
            f" {_box(GEOMETRY, postgis)} FROM {self.table(COVERAGE.name)} ORDER BY fid"
        )
        found: dict[str, list[CoverageInfo]] = {}
        for layer, since, until, who, document, *box in cursor.fetchall():
            entry = CoverageInfo(layer, since, until, who or "", document or "", _bounds(box))
            found.setdefault(layer, []).append(entry)
        return found

    def audit(
        self, *, layer: str | None = None, uid: str | None = None, since: str | None = None, limit: int | None = None
    ) -> pd.DataFrame:
        """Return the audit trail, the oldest entry first."""
        query, arguments = audit.query(layer, uid, since, limit, mark="%s", table=self.table(AUDIT_TABLE))
        with self.session() as connection, connection.cursor() as cursor:
            cursor.execute(query, arguments)
            return audit.frame(cursor.fetchall(), self._catalog)

    # --- writing ----------------------------------------------------------------------------------------

    def apply(self, changes: Sequence[Change], *, who: str | None = None, progress: Progress = SILENT) -> Applied:
        """Write all changes in one transaction, or none; who edits is the database user, whatever `who` says."""
        self._current()
        notes: list[str] = []
        prepared = prepare(changes, self._catalog, self.tables(), notes)
        rows = sum(len(part) for one in prepared for part in (one.delete, one.update, one.insert) if part is not None)
        report(progress, 0.1, "Writing edits")
        with self.session(write=True) as connection, connection.cursor() as cursor:
            question = "SELECT pg_catalog.pg_advisory_xact_lock(%s, pg_catalog.hashtext(%s))"
            _patiently(cursor, question, (_LOCK, self.location.schema), progress)
            self._refuse_conflicts(cursor, prepared, progress)
            done = 0
            for one in prepared:
                for statement, values in self.statements(one):
                    done = _run(cursor, statement, values, progress, done, max(rows, 1))
        progress(1.0, "")
        return Applied(*counts(prepared), tuple(notes))

    def migrate(self, catalog: Catalog, *, progress: Progress = SILENT) -> Migrated:
        """Bring the map to this version of EnvZones and to the catalog; see :func:`.postgis_make.migrate`."""
        return postgis_make.migrate(self.location, catalog, progress=progress, conninfo=self._conninfo)

    def _current(self) -> None:
        if self._version < SCHEMA_VERSION:
            raise InputError(
                f"{self.location} has the layout {self._version} of an older EnvZones; let who made it run: envzones"
                f" onemap migrate '{self.location}'"
            )

    def _refuse_conflicts(self, cursor: Any, prepared: Sequence[Prepared], progress: Progress) -> None:
        """Lock the rows that are to be changed and raise where one is no longer what it was."""
        found: list[ConflictRow] = []
        for one in prepared:
            ours: list[tuple[str, int | None]] = list(one.delete)
            if one.update is not None:
                ours += list(zip(one.update["uid"], one.versions))
            if ours:
                found += self._conflicts(cursor, one.spec.name, ours, progress)
            if one.insert is not None:
                self._refuse_taken(cursor, one)
        if found:
            raise Conflict(found)

    def _refuse_taken(self, cursor: Any, one: Prepared) -> None:
        cursor.execute(
            f"SELECT uid FROM {self.table(one.spec.name)} WHERE uid = ANY(%s) LIMIT 1",  # nosec B608: quoted
            (list(one.insert["uid"]),),
        )
        taken = cursor.fetchone()
        if taken:
            raise InputError(f"Layer '{one.spec.name}' has a row with the uid {taken[0]} already; update it instead.")

    def _conflicts(
        self, cursor: Any, table: str, ours: Sequence[tuple[str, int | None]], progress: Progress
    ) -> list[ConflictRow]:
        name = "name" if table != COVERAGE.name else "layer"
        locked = _patiently(
            cursor,
            f"SELECT uid, {VERSION}, {EDITOR}, {EDITED}, {name} FROM {self.table(table)}"  # nosec B608: quoted
            " WHERE uid = ANY(%s) ORDER BY fid FOR UPDATE",
            ([uid for uid, _ in ours],),
            progress,
        )
        rows: dict[str, list[tuple[Any, ...]]] = {}
        for uid, *rest in locked:
            rows.setdefault(uid, []).append(tuple(rest))
        found = []
        for uid, mine in ours:
            here = rows.get(uid, [])
            if len(here) > 1:
                raise doubled(table, uid, len(here))
            if here:
                version, who, when, title = here[0]
                if mine is not None and version is not None and mine != version:
                    found.append(ConflictRow(table, uid, title or "", mine, version, who or "", when or ""))
                continue
            cursor.execute(
                f"SELECT who, at FROM {self.table(AUDIT_TABLE)}"  # nosec B608: quoted
                " WHERE table_name = %s AND row_uid = %s AND action = 'delete' ORDER BY id DESC LIMIT 1",
                (table, uid),
            )
            last = cursor.fetchone()
            if last is None:
                raise InputError(f"Layer '{table}' has no row with the uid {uid}; read the rows from the map.")
            found.append(ConflictRow(table, uid, "", mine, None, last[0] or "", last[1]))
        return found

    def statements(self, one: Prepared) -> list[tuple[str, list[tuple[Any, ...]]]]:
        """Return what a change amounts to, each statement with the values of its rows."""
        table, found = self.table(one.spec.name), []
        if one.delete:
            statement = f"DELETE FROM {table} WHERE uid = %s"  # nosec B608: quoted
            found.append((statement, [(uid,) for uid, _ in one.delete]))
        if one.update is not None:
            values = {name: cells(one.update[name], one.spec.field(name).type) for name in one.columns}
            if one.shapes is not None:
                values[GEOMETRY] = hexes(one.shapes)
            if values:
                settings = ", ".join(f"{quoted(name)} = %s" for name in values)
                rows = list(zip(*values.values(), one.update["uid"]))
                found.append((f"UPDATE {table} SET {settings} WHERE uid = %s", rows))  # nosec B608: quoted
        if one.insert is not None:
            columns = [hexes(one.insert.geometry.array)]
            columns += [cells(one.insert[item.name], item.type) for item in one.spec.fields]
            listed = ", ".join(quoted(name) for name in (GEOMETRY, *one.spec.field_names))
            marks = ", ".join(["%s"] * len(columns))
            statement = f"INSERT INTO {table} ({listed}) VALUES ({marks})"  # nosec B608: quoted
            found.append((statement, list(zip(*columns))))
        return found


def _run(
    cursor: Any, statement: str, rows: Sequence[tuple[Any, ...]], progress: Progress, done: int, total: int
) -> int:
    """Run a statement for each row, in their order, some hundred at a time; return how many rows are done by now."""
    extras = pg.psycopg2().extras
    for first in range(0, len(rows), _PAGE):
        report(progress, 0.1 + 0.9 * done / total)
        page = rows[first : first + _PAGE]
        extras.execute_batch(cursor, statement, page, page_size=_PAGE)
        done += len(page)
    return done


def _patiently(cursor: Any, question: str, arguments: tuple[Any, ...], progress: Progress) -> list[tuple[Any, ...]]:
    """Ask what may have to wait for another's save, and stop waiting when the user cancels or after a while."""
    busy = pg.psycopg2().errors.LockNotAvailable
    end = time.monotonic() + WAIT_S
    cursor.execute(f"SET LOCAL lock_timeout = {_LOOK_MS}")
    while True:
        cursor.execute("SAVEPOINT envzones_wait")
        try:
            cursor.execute(question, arguments)
            break
        except busy:
            cursor.execute("ROLLBACK TO SAVEPOINT envzones_wait")
            if time.monotonic() > end:
                raise
            report(progress, 0.1, "Waiting for another's save")
    rows = cursor.fetchall()
    cursor.execute("RELEASE SAVEPOINT envzones_wait")
    cursor.execute("SET LOCAL lock_timeout = 0")
    return rows


def _box(shape: str, postgis: str) -> str:
    return ", ".join(f"{postgis}.ST_{end}({shape})" for end in ("XMin", "YMin", "XMax", "YMax"))


def _bounds(box: Sequence[float | None]) -> tuple[float, float, float, float] | None:
    west, south, east, north = box
    if west is None or south is None or east is None or north is None:
        return None
    return west, south, east, north
