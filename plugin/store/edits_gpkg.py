"""Reading and editing a one-map GeoPackage by SQLite: one transaction for all changes, nobody's work overwritten."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine import gpkg
from ..engine.catalog import COVERAGE, Catalog
from ..engine.errors import InputError
from ..engine.gpkg import quoted
from ..engine.progress import SILENT, Progress, report
from . import audit, geopackage
from . import gpkg_ddl as ddl
from .location import Location
from .prepare import Prepared, counts, doubled, prepare
from .store import (
    AUDIT_TABLE,
    CHANGED,
    EDITED,
    EDITOR,
    VERSION,
    Applied,
    Change,
    Conflict,
    ConflictRow,
    MapInfo,
    Migrated,
    now,
)

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

#: How long to wait for another program's save.
WAIT_S = 10.0
_CANCEL_EVERY = 500


class GeoPackageStore:
    """A one map in one GeoPackage; see :class:`.store.Store`."""

    def __init__(self, location: Location, catalog: Catalog) -> None:
        self.location = location
        self._catalog = catalog
        if location.path is None:
            raise InputError(f"{location} is no file; open it as a shared map.")
        self.path = location.path
        with contextlib.closing(gpkg.connect(self.path)) as connection, _readable(self.path):
            self._meta = geopackage.read_meta(connection, self.path)

    def info(self) -> MapInfo:
        """Describe the map."""
        return geopackage.info(self.path)

    def tables(self) -> list[str]:
        """Return the names of its layers, ``layer_coverage`` included."""
        with contextlib.closing(gpkg.connect(self.path)) as connection, _readable(self.path):
            rows = connection.execute(
                "SELECT table_name FROM gpkg_contents WHERE data_type = 'features' ORDER BY rowid"
            )
            return [row[0] for row in rows]

    def read(self, layer: str) -> gpd.GeoDataFrame:
        """Return a layer's rows in EPSG:4490, the store's columns included."""
        from ..engine.conform import typed

        frame = gpkg.read_table(self.path, layer)
        spec = COVERAGE if layer == COVERAGE.name else self._catalog.get(layer)
        for item in spec.fields if spec else ():
            if item.name in frame:
                frame[item.name], faults = typed(frame[item.name], item)
                if faults:
                    row, message = faults[0]
                    raise InputError(f"Layer '{layer}', row {row + 1}, field {item.name}: {message}; correct it.")
        return frame

    def audit(
        self, *, layer: str | None = None, uid: str | None = None, since: str | None = None, limit: int | None = None
    ) -> pd.DataFrame:
        """Return the audit trail, the oldest entry first."""
        self._current()
        query, arguments = audit.query(layer, uid, since, limit, mark="?")
        with contextlib.closing(gpkg.connect(self.path)) as connection, _readable(self.path):
            return audit.frame(connection.execute(query, arguments).fetchall(), self._catalog)

    def apply(self, changes: Sequence[Change], *, who: str | None, progress: Progress = SILENT) -> Applied:
        """Write all changes in one transaction, or none; see :meth:`.store.Store.apply`."""
        self._current()
        notes: list[str] = []
        prepared = prepare(changes, self._catalog, self.tables(), notes)
        report(progress, 0.1, "Writing edits")
        with open_to_write(self.path) as connection, transaction(connection, self.path):
            self._refuse_conflicts(connection, prepared)
            for number, one in enumerate(prepared):
                write(connection, one, who, progress)
                touch(connection, one.spec.name)
                report(progress, 0.1 + 0.9 * (number + 1) / len(prepared))
        return Applied(*counts(prepared), tuple(notes))

    def migrate(self, catalog: Catalog, *, progress: Progress = SILENT) -> Migrated:
        """Bring the file to this version of EnvZones and to the catalog; see :func:`.migrate.migrate`."""
        from .migrate import migrate

        return migrate(self.path, catalog, progress=progress)

    def _current(self) -> None:
        version = int(self._meta["schema_version"])
        if version < geopackage.SCHEMA_VERSION:
            raise InputError(
                f"{self.path} has the layout {version} of an older EnvZones;"
                f" bring it up to date with: envzones onemap migrate {self.path}"
            )

    def _refuse_conflicts(self, connection: sqlite3.Connection, prepared: Sequence[Prepared]) -> None:
        found: list[ConflictRow] = []
        for one in prepared:
            wanted: list[tuple[str, int | None]] = list(one.delete)
            if one.update is not None:
                wanted += list(zip(one.update["uid"], one.versions))
            for uid, ours in wanted:
                conflict = _conflict(connection, one.spec.name, uid, ours)
                if conflict is not None:
                    found.append(conflict)
            if one.insert is not None:
                _refuse_taken(connection, one)
        if found:
            raise Conflict(found)


def _conflict(connection: sqlite3.Connection, table: str, uid: str, ours: int | None) -> ConflictRow | None:
    name = "name" if table != COVERAGE.name else "layer"
    rows = connection.execute(
        f"SELECT {VERSION}, {EDITOR}, {EDITED}, {name} FROM {quoted(table)} WHERE uid = ?",  # nosec B608: quoted
        (uid,),
    ).fetchall()
    if len(rows) > 1:
        raise doubled(table, uid, len(rows))
    if not rows:
        last = connection.execute(
            f"SELECT who, at FROM {AUDIT_TABLE} WHERE table_name = ? AND row_uid = ?"  # nosec B608: a constant
            " AND action = 'delete' ORDER BY id DESC LIMIT 1",
            (table, uid),
        ).fetchone()
        if last is None:
            raise InputError(f"Layer '{table}' has no row with the uid {uid}; read the rows from the map.")
        return ConflictRow(table, uid, "", ours, None, last[0] or "", last[1])
    version, who, at, title = rows[0]
    if ours is None or version is None or ours == version:
        return None
    return ConflictRow(table, uid, title or "", ours, version, who or "", at or "")


def _refuse_taken(connection: sqlite3.Connection, one: Prepared) -> None:
    for uid in one.insert["uid"]:
        taken = connection.execute(
            f"SELECT 1 FROM {quoted(one.spec.name)} WHERE uid = ?",  # nosec B608: quoted
            (uid,),
        ).fetchone()
        if taken:
            raise InputError(f"Layer '{one.spec.name}' has a row with the uid {uid} already; update it instead.")


def write(connection: sqlite3.Connection, one: Prepared, who: str | None, progress: Progress) -> None:
    """Write one fitted change inside a transaction."""
    table = quoted(one.spec.name)
    stamp = now() if who else None
    if one.delete:
        for uid, _ in one.delete:
            if who:
                connection.execute(
                    f"UPDATE {table} SET {EDITOR} = ?, {EDITED} = ? WHERE uid = ?",  # nosec B608: quoted
                    (who, f"{stamp}{ddl.LEAVING}", uid),
                )
            connection.execute(f"DELETE FROM {table} WHERE uid = ?", (uid,))  # nosec B608: quoted
    if one.update is not None:
        cells = {name: geopackage.plain(one.update[name], one.spec.field(name)) for name in one.columns}
        if one.shapes is not None:
            cells[ddl.GEOMETRY] = gpkg.blobs(one.shapes)
        if who:
            cells[EDITOR], cells[EDITED] = [who] * len(one.update), [stamp] * len(one.update)
        names = list(cells)
        if names:
            settings = ", ".join(f"{quoted(name)} = ?" for name in names)
            statement = f"UPDATE {table} SET {settings} WHERE uid = ?"  # nosec B608: quoted
            for row, values in enumerate(zip(*cells.values(), one.update["uid"])):
                if row % _CANCEL_EVERY == 0:
                    report(progress, 0.1)
                connection.execute(statement, values)
    if one.insert is not None:
        names = [ddl.GEOMETRY, *one.spec.field_names, EDITOR, EDITED]
        columns: list[Any] = [gpkg.blobs(one.insert.geometry.array)]
        columns += [geopackage.plain(one.insert[item.name], item) for item in one.spec.fields]
        columns += [[who or None] * len(one.insert), [stamp] * len(one.insert)]
        statement = (
            f"INSERT INTO {table} ({', '.join(quoted(name) for name in names)})"  # nosec B608: quoted
            f" VALUES ({', '.join('?' * len(names))})"
        )
        for row, values in enumerate(zip(*columns)):
            if row % _CANCEL_EVERY == 0:
                report(progress, 0.1)
            connection.execute(statement, values)


def touch(connection: sqlite3.Connection, table: str) -> None:
    """Bring the layer's entry in gpkg_contents up to date, as GDAL does when it closes a layer."""
    tree = quoted(f"rtree_{table}_{ddl.GEOMETRY}")
    connection.execute(
        "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), (min_x, min_y, max_x, max_y) ="
        f" (SELECT min(minx), min(miny), max(maxx), max(maxy) FROM {tree}) WHERE table_name = ?",  # nosec B608: quoted
        (table,),
    )


def open_to_write(path: Path) -> contextlib.closing[sqlite3.Connection]:
    """Open a file for writing, waiting for others."""
    return contextlib.closing(gpkg.connect(path, write=True, wait_s=WAIT_S))


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """One writing transaction; a lock held by another program is waited for, then told in a sentence."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    except sqlite3.OperationalError as error:
        said = str(error)
        if "locked" in said or "busy" in said:
            raise InputError(
                f"{path} is being saved by another program for more than {WAIT_S:.0f} s; try again when it is done."
            ) from error
        if "readonly" in said:
            raise InputError(f"{path} may not be written; take a copy or change the file's rights.") from error
        raise InputError(f"{path} could not be written ({said}); nothing was changed.") from error
    except sqlite3.DatabaseError as error:
        if CHANGED in str(error):
            raise InputError(f"{path}: a row was changed by another program meanwhile; read it again.") from error
        raise InputError(f"{path} could not be written ({error}); nothing was changed.") from error


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path} is no readable GeoPackage ({error}); give a one map.") from error
