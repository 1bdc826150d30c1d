"""Saving an edit session so that nobody's work is overwritten, and reading the audit trail, as QGIS reaches a map.

A GeoPackage is written by SQLite in one transaction: versions are compared, every changed row gets its values, its
shape and its editor's name in one UPDATE, every row to be deleted is signed and deleted.  QGIS is left the new rows
to add.  (QGIS itself writes shapes and values of a GeoPackage apart, so that neither version nor name could go with
both, and would write them again over what others save in between.)  In PostgreSQL QGIS writes both at once: there
the version goes into the edit session and the trigger compares.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from qgis.core import (
    QgsDataSourceUri,
    QgsGeometry,
    QgsProviderConnectionException,
    QgsProviderRegistry,
    QgsVectorLayer,
)

from ..engine.errors import InputError
from . import editing
from .editing import EDITED, EDITOR, FID, VERSION, Pending

AUDIT_TABLE = "envzones_audit"
#: The words with which a database refuses a row that has changed meanwhile.
CHANGED = "envzones: row changed"
_SRS_ID = 4490
_CHUNK = 500
_WAIT_S = 10.0

#: Feature id -> (the row's fid, the version that was read, uid).
Known = Mapping[int, tuple[int, "int | None", str]]


@dataclass(frozen=True)
class Entry:
    """One entry of the audit trail; `before` and `after` by column name, the shape as WKB in hex under ``geom``."""

    id: int
    at: str
    who: str
    table: str
    uid: str
    fid: int
    action: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    def changed(self) -> list[str]:
        """Return the columns whose value changed, all that have a value for a new or deleted row."""
        old, new = self.before or {}, self.after or {}
        return [name for name in {**old, **new} if not editing.alike(old.get(name), new.get(name))]


@dataclass(frozen=True)
class Clash:
    """One row that somebody else changed since it was read; `version` is None where they deleted it."""

    feature: int
    row: int
    uid: str
    read: int | None
    version: int | None
    who: str
    at: str
    mine_deleted: bool = False

    @property
    def deleted(self) -> bool:
        """Whether they deleted the row."""
        return self.version is None


class EditStore(Protocol):
    """How an edit session of one layer meets its store."""

    def save(self, held: Pending, known: Known, who: str) -> list[Clash]:
        """Compare versions and, if none clashes, write what QGIS cannot write; new rows are left to QGIS.

        Raises
        ------
        InputError
            If the store cannot be reached or written; nothing was written.
        """
        ...

    #: Whether :meth:`save` writes changed rows, and the plugin signs for who edits; else QGIS writes them, with the
    #: version that was read, and the database knows its users.
    writes: bool

    def history(self, table: str, *, uid: str = "", row: int | None = None, limit: int = 200) -> list[Entry]:
        """Return a row's entries in the audit trail, the latest first; by uid, else by its fid.

        Raises
        ------
        InputError
            If the trail cannot be read.
        """
        ...


def store_of(layer: QgsVectorLayer) -> EditStore:
    """Return how a layer of a one map is saved."""
    return PostgisEdits(layer) if layer.providerType() == "postgres" else GeoPackageEdits(layer)


def now() -> str:
    """Return the time as the audit trail has it."""
    from ..store.store import now as store_now

    return store_now()


def clashes(held: Pending, known: Known, there: Mapping[int, tuple[int | None, str, str]]) -> list[Clash]:
    """Compare what was read with what is there now.

    `there` maps a row's fid to its (row_version, edited_by, edited_at) for the rows that still are there.
    """
    found = []
    for feature in sorted(held.changed | held.deleted):
        if feature not in known:
            continue
        row, read, uid = known[feature]
        gone = feature in held.deleted
        if row not in there:
            found.append(Clash(feature, row, uid, read, None, "", "", gone))
        elif there[row][0] != read:
            version, who, at = there[row]
            found.append(Clash(feature, row, uid, read, version or 0, who, at, gone))
    return found


def _entries(rows: Iterable[Sequence[Any]]) -> list[Entry]:
    return [
        Entry(
            int(number), _text(at), _text(who), _text(table), _text(uid), int(fid) if not editing.is_null(fid) else -1,
            _text(action), _cells(before), _cells(after),
        )
        for number, at, who, table, uid, fid, action, before, after in rows
    ]  # fmt: skip


def _text(value: Any) -> str:
    return "" if editing.is_null(value) else str(value)


def _cells(value: Any) -> dict[str, Any] | None:
    if editing.is_null(value):
        return None
    return json.loads(value) if isinstance(value, str) else dict(value)


def _named(found: list[Clash], history: Any, table: str) -> list[Clash]:
    """Say from the audit trail who deleted or changed a row, where the row itself does not tell."""
    out = []
    for clash in found:
        if clash.who and not clash.deleted:
            out.append(clash)
            continue
        entries = history(table, row=clash.row, limit=1)
        last = entries[0] if entries else None
        said = (last.who, last.at) if last else (clash.who, clash.at)
        out.append(Clash(clash.feature, clash.row, clash.uid, clash.read, clash.version, *said, clash.mine_deleted))
    return out


class GeoPackageEdits:
    """A layer in a GeoPackage."""

    writes = True

    def __init__(self, layer: QgsVectorLayer) -> None:
        parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
        self._path = str(parts.get("path") or "")
        self._table = editing.table(layer)
        self._kind = layer.dataProvider().wkbType()
        self._names = editing.store_indexes(layer.fields())

    def save(self, held: Pending, known: Known, who: str) -> list[Clash]:
        """Write changed rows and delete deleted ones, all in one transaction; see :class:`EditStore`."""
        if not held.changed and not held.deleted:
            return []
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                rows = [known[fid][0] for fid in held.changed | held.deleted if fid in known]
                found = clashes(held, known, self._there(connection, rows))
                if not found:
                    self._write(connection, held, known, who)
                    self._touch(connection)
                    connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        return _named(found, self.history, self._table)

    def history(self, table: str, *, uid: str = "", row: int | None = None, limit: int = 200) -> list[Entry]:
        """Return a row's entries in the audit trail, the latest first."""
        column, value = ("row_uid", uid) if uid else ("row_fid", row)
        query = (
            "SELECT id, at, who, table_name, row_uid, row_fid, action, before, after"
            f" FROM {AUDIT_TABLE} WHERE table_name = ? AND {column} = ? ORDER BY id DESC LIMIT ?"  # nosec B608
        )
        with self._connected() as connection:
            return _entries(connection.execute(query, (table, value, limit)).fetchall())

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        from ..engine.gpkg import connect

        try:
            with contextlib.closing(connect(self._path, write=True, wait_s=_WAIT_S)) as connection:
                yield connection
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise InputError(
                    f"{self._path} is being saved by another program; save again when it is done."
                ) from error
            raise InputError(f"{self._path} could not be used ({error}); nothing was saved.") from error
        except sqlite3.DatabaseError as error:
            raise InputError(f"{self._path} refused ({error}); nothing was saved.") from error

    def _there(self, connection: sqlite3.Connection, rows: Sequence[int]) -> dict[int, tuple[int | None, str, str]]:
        from ..engine.gpkg import quoted

        found = {}
        for first in range(0, len(rows), _CHUNK):
            some = rows[first : first + _CHUNK]
            marks = ", ".join("?" * len(some))
            for row, version, who, at in connection.execute(
                f"SELECT {FID}, {VERSION}, {EDITOR}, {EDITED}"  # nosec B608: quoted
                f" FROM {quoted(self._table)} WHERE {FID} IN ({marks})",
                some,
            ):
                found[row] = (version, who or "", at or "")
        return found

    def _write(self, connection: sqlite3.Connection, held: Pending, known: Known, who: str) -> None:
        from ..engine.gpkg import quoted
        from ..store.gpkg_ddl import GEOMETRY, LEAVING

        stamp, target = now(), quoted(self._table)
        for feature in sorted(held.changed & set(known)):
            row, read, _ = known[feature]
            cells = {
                self._names[index]: editing.plain(value)
                for index, value in held.values.get(feature, {}).items()
                if index in self._names
            }
            if feature in held.shapes:
                cells[GEOMETRY] = blob(editing.fitted(held.shapes[feature], self._kind))
            if not cells:
                continue
            cells.update({VERSION: read, EDITOR: who or None, EDITED: stamp if who else None})
            if not who:
                del cells[EDITOR], cells[EDITED]
            if read is None:
                del cells[VERSION]
            names = ", ".join(f"{quoted(name)} = ?" for name in cells)
            statement = f"UPDATE {target} SET {names} WHERE {FID} = ?"  # nosec B608: quoted
            connection.execute(statement, (*cells.values(), row))
        for feature in sorted(held.deleted):
            if feature not in known:
                continue
            row = known[feature][0]
            if who:
                connection.execute(
                    f"UPDATE {target} SET {EDITOR} = ?, {EDITED} = ? WHERE {FID} = ?",  # nosec B608: quoted
                    (who, f"{stamp}{LEAVING}", row),
                )
            connection.execute(f"DELETE FROM {target} WHERE {FID} = ?", (row,))  # nosec B608: quoted


    def _touch(self, connection: sqlite3.Connection) -> None:
        """Bring the layer's entry in gpkg_contents up to date, as GDAL does when it closes a layer."""
        from ..engine.gpkg import quoted
        from ..store.gpkg_ddl import GEOMETRY

        tree = quoted(f"rtree_{self._table}_{GEOMETRY}")
        connection.execute(
            "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),"
            " (min_x, min_y, max_x, max_y) ="
            f" (SELECT min(minx), min(miny), max(maxx), max(maxy) FROM {tree})"  # nosec B608: quoted
            " WHERE table_name = ?",
            (self._table,),
        )


def blob(geometry: QgsGeometry) -> bytes | None:
    """Return a plane geometry as a GeoPackage blob in EPSG:4490, byte for byte as GDAL writes it; None for none."""
    if geometry.isNull() or geometry.isEmpty():
        return None
    body = bytes(geometry.asWkb())
    if geometry.constGet().dimension() == 0 and not geometry.isMultipart():
        return struct.pack("<2sBBi", b"GP", 0, 1, _SRS_ID) + body
    box = geometry.boundingBox()
    bounds = (box.xMinimum(), box.xMaximum(), box.yMinimum(), box.yMaximum())
    return struct.pack("<2sBBi4d", b"GP", 0, 3, _SRS_ID, *bounds) + body


class PostgisEdits:
    """A layer in PostgreSQL, reached with QGIS's own credentials."""

    writes = False

    def __init__(self, layer: QgsVectorLayer) -> None:
        self._uri = QgsDataSourceUri(layer.dataProvider().dataSourceUri())
        self._table = self._uri.table()
        self._schema = self._uri.schema()

    def save(self, held: Pending, known: Known, who: str) -> list[Clash]:  # noqa: ARG002 - the database knows who
        """Compare versions, and delete rows where their version is still the one read; see :class:`EditStore`."""
        touched = [fid for fid in held.changed | held.deleted if fid in known]
        if not touched:
            return []
        target = f"{_quoted(self._schema)}.{_quoted(self._table)}"
        rows = ", ".join(str(int(known[fid][0])) for fid in touched)
        there = {
            int(row): (None if editing.is_null(version) else int(version), _text(editor), _text(at))
            for row, version, editor, at in self._sql(
                f"SELECT {FID}, {VERSION}, {EDITOR}, {EDITED}"  # nosec B608: quoted
                f" FROM {target} WHERE {FID} IN ({rows})"
            )
        }
        found = clashes(held, known, there)
        if not found and held.deleted:
            pairs = " OR ".join(
                f"({FID} = {int(row)} AND {VERSION} IS NOT DISTINCT FROM {'NULL' if read is None else int(read)})"
                for row, read, _ in (known[fid] for fid in sorted(held.deleted) if fid in known)
            )
            # All or none: QGIS then finds nothing left to delete.
            statement = f"DELETE FROM {target} WHERE {pairs} RETURNING {FID}"  # nosec B608: quoted
            gone = {int(one[0]) for one in self._sql(statement)}
            found = [
                Clash(fid, known[fid][0], known[fid][2], known[fid][1], (known[fid][1] or 0) + 1, "", "", True)
                for fid in sorted(held.deleted)
                if fid in known and known[fid][0] not in gone
            ]
        return _named(found, self.history, self._table)

    def history(self, table: str, *, uid: str = "", row: int | None = None, limit: int = 200) -> list[Entry]:
        """Return a row's entries in the audit trail, the latest first."""
        test = f"row_uid = {_literal(uid)}" if uid else f"row_fid = {int(row or 0)}"
        return _entries(
            self._sql(
                "SELECT id, at::text, who, table_name, row_uid, row_fid, action, before::text, after::text"
                f" FROM {_quoted(self._schema)}.{AUDIT_TABLE}"  # nosec B608: quoted
                f" WHERE table_name = {_literal(table)} AND {test} ORDER BY id DESC LIMIT {int(limit)}"
            )
        )

    def _sql(self, statement: str) -> list[list[Any]]:
        provider = QgsProviderRegistry.instance().providerMetadata("postgres")
        try:
            connection = provider.createConnection(self._uri.connectionInfo(False), {})
            return connection.executeSql(statement)
        except QgsProviderConnectionException as error:
            raise InputError(f"The database of layer '{self._table}' refused ({error}); nothing was saved.") from error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
