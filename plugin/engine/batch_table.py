"""Sites in a PostGIS table, read by ranges of its primary key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import pg
from .batch_sites import STEP, Piece, even
from .errors import InputError
from .gpkg import quoted
from .location import Location

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

#: Types that the driver gives as numbers, truths, dates and texts.
_INTEGERS, _PLAIN = frozenset({"smallint", "integer", "bigint"}), ("boolean", "text", "character", "date", "timestamp")
_FLOATS = ("numeric", "real", "double precision")


def table_mark(connection: Any, schema: str, table: str) -> dict[str, Any]:
    """Return the number of rows of a table and a digest of them in any order, worked out by the server."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text"
            f" FROM {quoted(schema)}.{quoted(table)} t"  # nosec B608: quoted
        )
        rows, digest = cursor.fetchone()
    return {"rows": int(rows), "digest": digest}


@dataclass(frozen=True)
class TableSites:
    """Sites in a PostGIS table with a primary key of one column, by whose ranges it is read."""

    location: Location
    table: str

    def attributes(self) -> Iterator[pd.DataFrame]:
        """Yield everything but the geometries, in the order of the key, some rows at a time."""
        with self._open() as connection:
            described = self._described(connection)
            with connection.cursor("envzones_sites") as cursor:
                cursor.itersize = STEP
                chosen = ", ".join(described.plain) or "1"
                cursor.execute(f"SELECT {chosen} FROM {self._from} ORDER BY {described.key}")  # nosec B608: quoted
                first = True
                while (rows := cursor.fetchmany(STEP)) or first:
                    yield _cells(rows, described.names)
                    first = False

    def pieces(self, rows: int, size: int) -> list[Piece]:
        """Return partitions of at most `size` rows, each a range of the key."""
        with self._open() as connection, connection.cursor() as cursor:
            key = self._described(connection).key
            cursor.execute(
                f"SELECT k::text FROM (SELECT {key} AS k, row_number() OVER (ORDER BY {key}) AS n"  # nosec B608: quoted
                f" FROM {self._from}) t WHERE (n - 1) %% %s = 0 ORDER BY n",
                (size,),
            )
            bounds: list[str | None] = [row[0] for row in cursor.fetchall()]
        plain = even(rows, size)
        ends = [*bounds[1:], None]
        return [Piece(one.number, one.start, one.count, *pair) for one, pair in zip(plain, zip(bounds, ends))]

    def read(self, piece: Piece) -> gpd.GeoDataFrame:
        """Return the rows of a partition, in the order of the key."""
        where, values = [], []
        with self._open() as connection:
            described = self._described(connection)
            for value, sign in ((piece.low, ">="), (piece.high, "<")):
                if value is not None:
                    where.append(f"{described.key} {sign} %s::{described.key_type}")
                    values.append(value)
            return self._frame(connection, described, f"WHERE {' AND '.join(where)}" if where else "", values)

    def whole(self) -> gpd.GeoDataFrame:
        """Return all rows."""
        return self.read(Piece(0, 0, -1))

    def mark(self) -> dict[str, Any]:
        """Return what identifies the content: the number of rows and the server's digest of them."""
        with self._open() as connection:
            return {"table": self.table, **table_mark(connection, *self._place)}

    @property
    def _place(self) -> tuple[str, str]:
        schema, dot, name = self.table.rpartition(".")
        return (schema if dot else self.location.schema), name

    @property
    def _from(self) -> str:
        schema, name = self._place
        return f"{quoted(schema)}.{quoted(name)}"

    def _open(self) -> Any:
        return pg.session(self.location)

    def _described(self, connection: Any) -> _Described:
        """Return the columns of the table.

        Raises
        ------
        InputError
            If it is not there, has no geometries or no primary key of one column.
        """
        schema, name = self._place
        columns = pg.columns(connection, schema, name)
        shapes = [one for one, kind in columns.items() if kind.startswith(("geometry", "geography"))]
        if not shapes:
            raise InputError(f"{self.location} has no table {self.table} with geometries; check its name.")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT a.attname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid"
                " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_attribute a"
                " ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)"
                " WHERE i.indisprimary AND n.nspname = %s AND c.relname = %s",
                (schema, name),
            )
            keys = [row[0] for row in cursor.fetchall()]
        if len(keys) != 1:
            raise InputError(f"Table {self.table} has no primary key of one column, by which it is read; give it one.")
        names = [one for one in columns if one not in shapes]
        return _Described(
            shapes[0], tuple(names), tuple(_expression(one, columns[one]) for one in names), quoted(keys[0]),
            columns[keys[0]],
        )  # fmt: skip

    def _frame(self, connection: Any, described: _Described, where: str, values: list[str]) -> gpd.GeoDataFrame:
        import geopandas as gpd
        import shapely

        postgis = quoted(pg.extension_schema(connection) or "public")
        shape = f"{quoted(described.shape)}::{postgis}.geometry"
        with connection.cursor() as cursor:
            asked = (f"{postgis}.ST_AsBinary({shape}, 'NDR')", f"{postgis}.ST_SRID({shape})", *described.plain)
            chosen = ", ".join(asked)
            cursor.execute(
                f"SELECT {chosen} FROM {self._from} {where} ORDER BY {described.key}", values  # nosec B608: quoted
            )
            rows = cursor.fetchall()
            systems = {row[1] for row in rows} - {None, 0}
            if len(systems) > 1:
                raise InputError(f"Table {self.table} mixes reference systems; give all geometries one.")
            crs = None
            if systems:
                cursor.execute(
                    f"SELECT auth_name || ':' || auth_srid, srtext FROM {postgis}.spatial_ref_sys"  # nosec B608: quoted
                    " WHERE srid = %s",
                    (systems.pop(),),
                )
                crs = next((code or text for code, text in cursor.fetchall()), None)
        blobs = np.empty(len(rows), dtype=object)
        blobs[:] = [None if row[0] is None else bytes(row[0]) for row in rows]
        frame = _cells([row[2:] for row in rows], described.names)
        return gpd.GeoDataFrame(frame, geometry=shapely.from_wkb(blobs), crs=crs)


@dataclass(frozen=True)
class _Described:
    """The columns of a table: geometries, names of the rest and what is asked for them, the key and its type."""

    shape: str
    names: tuple[str, ...]
    plain: tuple[str, ...]
    key: str
    key_type: str


def _expression(name: str, kind: str) -> str:
    """Return what to ask for a column, so that the driver gives a number, a truth, a date or a text."""
    if kind.startswith(_FLOATS):
        return f"{quoted(name)}::float8"
    return quoted(name) if kind in _INTEGERS or kind.startswith(_PLAIN) else f"{quoted(name)}::text"


def _cells(rows: list[Any], names: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    columns = list(zip(*rows)) if rows and names else [()] * len(names)
    return pd.DataFrame({name: list(cells) for name, cells in zip(names, columns)}, index=range(len(rows)))
