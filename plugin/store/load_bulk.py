"""Many rows into one layer of a map in one transaction, with the same result as so many single inserts.

Triggers run row by row, and Python would be asked for bounds a million times.  So within the transaction a GeoPackage's
triggers on the layer are taken away, and what they do is done for all rows at once by the same SQL; then they
are put back as they were.  PostgreSQL's triggers stay: rows come by COPY through a temporary table.
"""

from __future__ import annotations

import contextlib
import io
import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable, Protocol

import numpy as np
import shapely

from ..engine import gpkg
from ..engine.catalog import Catalog, LayerSpec
from ..engine.errors import Cancelled
from ..engine.gpkg import quoted
from ..engine.progress import Progress
from . import gpkg_ddl as ddl
from .edits_gpkg import GeoPackageStore, open_to_write, touch, transaction, write
from .geopackage import plain
from .prepare import Prepared, prepare
from .rtree_pack import pack
from .store import AUDIT_TABLE, EDITED, EDITOR, VERSION, Change, Store, now

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

_CACHE_KIB = 65_536
#: SQLite asks so often (in steps of its machine) whether to go on.
_ASK_EVERY = 200_000
_JSON_ROWS = 20_000
#: From so many new rows on, more than there were, the spatial index is made anew.
_PACKED = 2000
#: Indexes of tables with more rows than this are kept while rows come in.
_MOST_REMADE = 100_000


class Sink(Protocol):
    """Where rows go; nothing is there for others before the context it came from ends without an error."""

    def existing(self, uids: list[str]) -> tuple[set[str], set[str]]:
        """Return which uids the layer had before, and which this import brought."""
        ...

    def insert(self, frame: gpd.GeoDataFrame) -> None:
        """Add rows that fit the layer."""
        ...

    def update(self, frame: gpd.GeoDataFrame) -> None:
        """Bring rows that are there to these values, by uid."""
        ...


@contextlib.contextmanager
def bulk(
    store: Store, catalog: Catalog, spec: LayerSpec, who: str | None, progress: Progress
) -> Iterator[Sink]:
    """Open a layer for many rows; all of them are written when the context ends, or none."""
    tables = store.tables()

    def updates(frames: list[Any]) -> list[Prepared]:
        return prepare([Change(spec.name, update=frame) for frame in frames], catalog, tables, [])

    opened = (
        _gpkg(store, spec, who, progress, updates) if isinstance(store, GeoPackageStore) else
        _postgis(store, spec, updates)
    )  # fmt: skip
    with opened as sink:
        yield sink


# --------------------------------------------------------------------------------------------------------
# GeoPackage
# --------------------------------------------------------------------------------------------------------


class _Gpkg:
    def __init__(self, connection: sqlite3.Connection, spec: LayerSpec, who: str | None) -> None:
        self._connection, self._spec, self._who = connection, spec, who
        self._table = quoted(spec.name)
        self._stamp = now()
        (last,) = connection.execute(f"SELECT coalesce(max(fid), 0) FROM"
            f" {self._table}").fetchone()  # nosec B608: quoted
        (used,) = connection.execute(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?", (spec.name,)
        ).fetchone()
        self.first = max(last, used) + 1
        #: An empty layer has nothing to meet but what this import brings: hashes of its ids stand in for an index.
        self._brought: set[int] | None = set() if last == 0 else None
        self._next = self.first
        self._filled: set[str] = set()
        self._sometimes: set[str] = set()
        self._ids: list[NDArray[np.int64]] = []
        self._boxes: list[NDArray[np.float64]] = []
        self.later: list[gpd.GeoDataFrame] = []

    def existing(self, uids: list[str]) -> tuple[set[str], set[str]]:
        import json

        if self._brought is not None:
            return set(), {uid for uid in uids if hash(uid) in self._brought}
        before, mine = set(), set()
        query = (
            f"SELECT t.uid, t.fid FROM json_each(?) AS j JOIN {self._table} AS t"  # nosec B608: quoted
            " ON t.uid = j.value"
        )
        for at in range(0, len(uids), _JSON_ROWS):
            for uid, fid in self._connection.execute(query, (json.dumps(uids[at : at + _JSON_ROWS]),)):
                (before if fid < self.first else mine).add(uid)
        return before, mine

    def insert(self, frame: gpd.GeoDataFrame) -> None:
        n = len(frame)
        fids = range(self._next, self._next + n)
        self._next += n
        shapes = np.asarray(frame.geometry.array, dtype=object)
        items = [item for item in self._spec.fields if frame[item.name].notna().any()]
        values = {item.name: plain(frame[item.name], item) for item in items}
        names = ["fid", ddl.GEOMETRY, *values, VERSION, EDITOR, EDITED]
        columns = [fids, gpkg.blobs(shapes), *values.values()]
        columns += [[1] * n, [self._who or None] * n, [self._stamp] * n]
        statement = (
            f"INSERT INTO {self._table} ({', '.join(quoted(name) for name in names)})"  # nosec B608: quoted
            f" VALUES ({', '.join('?' * len(names))})"
        )
        self._connection.executemany(statement, zip(*columns))
        self._filled |= set(values)
        if self._brought is not None:
            self._brought.update(map(hash, values.get("uid", ())))
        self._sometimes |= {item.name for item in self._spec.fields if None in values.get(item.name, (None,))}
        bounds = shapely.bounds(shapes)
        placed = ~np.isnan(bounds[:, 0])
        self._ids.append(np.asarray(fids)[placed])
        self._boxes.append(bounds[placed][:, [0, 2, 1, 3]])

    def update(self, frame: gpd.GeoDataFrame) -> None:
        self.later.append(frame)

    def _write_trail(self) -> None:
        """Write the audit entries that the trigger would have written; fields that are empty are left out."""
        kinds = {item.name: ddl.TYPES[item.type] for item in self._spec.fields if item.name in self._filled}
        uid = "t.uid" if "uid" in kinds else "NULL"
        # As :func:`..engine.gpkg.blobs` makes them: points without an envelope, what is empty is NULL.
        header = 8 if self._spec.geometry == "Point" else 40
        after = ddl.filled_json("t", kinds, self._filled - self._sometimes, header)
        self._connection.execute(
            f"INSERT INTO {AUDIT_TABLE} (at, who, table_name, row_uid, row_fid, action, after)"  # nosec B608: quoted
            f" SELECT ?, ?, ?, {uid}, t.fid, 'insert', {after} FROM {self._table} AS t"
            " WHERE t.fid >= ? ORDER BY t.fid",
            (f"{self._stamp[:23]}Z", self._who or None, self._spec.name, self.first),
        )

    def finish(self) -> None:
        """Bring index and count up to date with what was inserted."""
        self._connection.execute(
            "UPDATE gpkg_ogr_contents SET feature_count = feature_count + ? WHERE lower(table_name) = lower(?)",
            (self._next - self.first, self._spec.name),
        )
        self._write_trail()
        if not self._ids:
            return
        ids, boxes = np.concatenate(self._ids), np.concatenate(self._boxes)
        tree = f"rtree_{self._spec.name}_{ddl.GEOMETRY}"
        (there,) = self._connection.execute(f"SELECT count(*) FROM {quoted(f'{tree}_rowid')}").fetchone()  # nosec B608
        if len(ids) < _PACKED or there > len(ids):
            insert = f"INSERT INTO {quoted(tree)} VALUES (?, ?, ?, ?, ?)"  # nosec B608: quoted
            self._connection.executemany(insert, zip(ids.tolist(), *boxes.T.tolist()))
            return
        old = np.array(
            self._connection.execute(f"SELECT id, minx, maxx, miny, maxy FROM {quoted(tree)}").fetchall()  # nosec B608
        ).reshape(-1, 5)
        pack(
            self._connection,
            tree,
            np.concatenate([old[:, 0].astype(np.int64), ids]),
            np.concatenate([old[:, 1:], boxes]),
        )


@contextlib.contextmanager
def _gpkg(
    store: GeoPackageStore,
    spec: LayerSpec,
    who: str | None,
    progress: Progress,
    updates: Callable[[Any], list[Prepared]],
) -> Iterator[_Gpkg]:
    path = store.path
    with open_to_write(path) as connection:
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.set_progress_handler(lambda: int(progress.cancelled), _ASK_EVERY)
        try:
            with transaction(connection, path):
                triggers = connection.execute(
                    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = lower(?)",
                    (spec.name,),
                ).fetchall()
                for name, _ in triggers:
                    connection.execute(f"DROP TRIGGER {quoted(name)}")
                indexes = _idle_indexes(connection, spec.name)
                for name, _ in indexes:
                    connection.execute(f"DROP INDEX {quoted(name)}")
                sink = _Gpkg(connection, spec, who)
                yield sink
                sink.finish()
                for _, statement in (*indexes, *triggers):
                    connection.execute(statement)
                for one in updates(sink.later):
                    write(connection, one, who, progress)
                touch(connection, spec.name)
        except Exception as error:
            if progress.cancelled and not isinstance(error, Cancelled):
                raise Cancelled("Cancelled; nothing was written.") from error
            raise


def _idle_indexes(connection: sqlite3.Connection, table: str) -> list[tuple[str, str]]:
    """Return the indexes that nobody asks while rows come in, and that are sooner made anew than kept: name and SQL."""
    found = []
    for one in (table, AUDIT_TABLE):
        (count,) = connection.execute(f"SELECT coalesce(max(rowid), 0) FROM"
            f" {quoted(one)}").fetchone()  # nosec B608: quoted
        if count > _MOST_REMADE:
            continue
        found += connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOTNULL AND lower(tbl_name) = lower(?)",
            (one,),
        ).fetchall()
    (there,) = connection.execute(f"SELECT EXISTS (SELECT 1 FROM {quoted(table)})").fetchone()  # nosec B608: quoted
    if not there:
        return found
    # Rows are looked up by their uid all the while.
    return [(name, sql) for name, sql in found if not sql.rstrip(" )").lower().endswith(('"uid"', "(uid"))]


# --------------------------------------------------------------------------------------------------------
# PostGIS
# --------------------------------------------------------------------------------------------------------


class _Postgis:
    def __init__(self, cursor: Any, spec: LayerSpec, table: str) -> None:
        self._cursor, self._spec, self._table = cursor, spec, table
        self._mine: set[str] = set()
        self.later: list[gpd.GeoDataFrame] = []

    def existing(self, uids: list[str]) -> tuple[set[str], set[str]]:
        self._cursor.execute(f"SELECT uid FROM {self._table} WHERE uid = ANY(%s)", (uids,))  # nosec B608: quoted
        found = {row[0] for row in self._cursor.fetchall()}
        return found - self._mine, found & self._mine

    def insert(self, frame: gpd.GeoDataFrame) -> None:
        from .postgis_make import cells, copied, hexes

        items = [item for item in self._spec.fields if frame[item.name].notna().any()]
        columns = [hexes(np.asarray(frame.geometry.array, dtype=object))]
        columns += [cells(frame[item.name], item.type) for item in items]
        lines = "".join("\t".join(copied(value) for value in row) + "\n" for row in zip(*columns))
        names = ", ".join(quoted(name) for name in (ddl.GEOMETRY, *(item.name for item in items)))
        self._cursor.copy_expert(
            f"COPY {self._table} ({names}) FROM STDIN", io.StringIO(lines)  # nosec B608: quoted
        )
        self._mine |= set(frame["uid"])

    def update(self, frame: gpd.GeoDataFrame) -> None:
        self.later.append(frame)


@contextlib.contextmanager
def _postgis(store: Any, spec: LayerSpec, updates: Callable[[Any], list[Prepared]]) -> Iterator[_Postgis]:
    with store.session(write=True) as connection, connection.cursor() as cursor:
        sink = _Postgis(cursor, spec, store.table(spec.name))
        yield sink
        for one in updates(sink.later):
            for statement, values in store.statements(one):
                cursor.executemany(statement, values)
