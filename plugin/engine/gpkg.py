"""GeoPackage geometries and feature tables by SQLite alone: no GDAL, so every Python that has shapely reads them.

A geometry is stored as a header (magic, version, flags, reference system, envelope) and WKB (OGC 12-128r15,
clause 2.1.3).
"""

from __future__ import annotations

import contextlib
import math
import sqlite3
import struct
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import numpy as np

from .errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

#: EPSG:4490, the reference system of every table of a one map.
SRS_ID = 4490
#: Bytes of the envelope by the code in bits 1 to 3 of the flags.
_ENVELOPE = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_XY = struct.Struct("<2sBBi4d")
_PLAIN = struct.Struct("<2sBBi")


def blobs(shapes: Any) -> list[bytes | None]:
    """Return geometries as GeoPackage blobs in EPSG:4490 (shape (n,), None for None).

    Points carry no envelope, empty geometries the flag that says so, as GDAL writes them.
    """
    import shapely

    shapes = np.asarray(shapes, dtype=object)
    wkb = shapely.to_wkb(shapes, byte_order=1, output_dimension=2)
    bounds = shapely.bounds(shapes)
    plain = shapely.get_type_id(shapes) == 0
    out: list[bytes | None] = []
    for body, (west, south, east, north), point in zip(wkb, bounds.tolist(), plain):
        if body is None:
            out.append(None)
        elif math.isnan(west):
            out.append(_PLAIN.pack(b"GP", 0, 0x11, SRS_ID) + body)
        elif point:
            out.append(_PLAIN.pack(b"GP", 0, 0x01, SRS_ID) + body)
        else:
            out.append(_XY.pack(b"GP", 0, 0x03, SRS_ID, west, east, south, north) + body)
    return out


def wkb(blob: bytes | None) -> bytes | None:
    """Return the WKB inside a GeoPackage blob.

    Raises
    ------
    ValueError
        If it is no GeoPackage geometry.
    """
    if blob is None:
        return None
    if len(blob) < 8 or blob[:2] != b"GP" or (blob[3] >> 1 & 7) not in _ENVELOPE:
        raise ValueError("no GeoPackage geometry")
    return bytes(blob[8 + _ENVELOPE[blob[3] >> 1 & 7] :])


def shapes(cells: Iterable[bytes | None], mend: Callable[[int, bytes], bytes] | None = None) -> np.ndarray:
    """Return the geometries of GeoPackage blobs, shape (n,), None for None; `mend` as for :func:`read_table`.

    Raises
    ------
    ValueError
        If a blob is no GeoPackage geometry.
    """
    import shapely

    bodies = [wkb(cell) for cell in cells]
    if mend is not None:
        bodies = [None if body is None else mend(row, body) for row, body in enumerate(bodies)]
    return shapely.from_wkb(np.array(bodies or [None], dtype=object))[: None if bodies else 0]


def quoted(name: str) -> str:
    """Return a table or column name as an SQL identifier: a name from a stranger's file stays a name."""
    return '"' + name.replace('"', '""') + '"'


def connect(
    path: str | Path, *, write: bool = False, wait_s: float = 5.0, shared: bool = False
) -> sqlite3.Connection:
    """Open a GeoPackage; for writing with the functions that its spatial index calls; `shared` between threads.

    The connection begins no transaction by itself (autocommit); the caller says BEGIN and COMMIT.

    Raises
    ------
    InputError
        If there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"One map {path} does not exist; make it with: envzones onemap create {path}")
    # as_uri() escapes the characters that a URI would read as its own.
    mode = "rw" if write else "ro"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=wait_s, isolation_level=None,
        check_same_thread=not shared,
    )  # fmt: skip
    if write:
        add_functions(connection)
    return connection


def add_functions(connection: sqlite3.Connection) -> None:
    """Give a connection the functions by which triggers keep a GeoPackage's spatial index (OGC 12-128r15, F.3)."""

    def bound(index: int) -> Any:
        def of(blob: bytes | None) -> float | None:
            found = _bounds(blob)
            return None if found is None else found[index]

        return of

    connection.create_function("ST_IsEmpty", 1, _is_empty, deterministic=True)
    for name, index in (("ST_MinX", 0), ("ST_MaxX", 1), ("ST_MinY", 2), ("ST_MaxY", 3)):
        connection.create_function(name, 1, bound(index), deterministic=True)


def _is_empty(blob: bytes | None) -> int | None:
    return None if blob is None else int(_bounds(blob) is None)


def _bounds(blob: bytes | None) -> tuple[float, float, float, float] | None:
    """Return west, east, south, north; None for an empty geometry."""
    if blob is None or blob[3] & 0x10:
        return None
    if blob[3] >> 1 & 7:
        order = "<" if blob[3] & 1 else ">"
        west, east, south, north = struct.unpack_from(f"{order}4d", blob, 8)
        return None if math.isnan(west) else (west, east, south, north)
    import shapely

    west, south, east, north = shapely.from_wkb(wkb(blob)).bounds or (math.nan,) * 4
    return None if math.isnan(west) else (west, east, south, north)


def read_table(
    path: str | Path, table: str, *, mend: Callable[[int, bytes], bytes] | None = None
) -> gpd.GeoDataFrame:
    """Read a feature table whole: all its columns, ``fid`` among them, in EPSG:4490 or what the table declares.

    Cells are as SQLite gives them; the catalog's types are given by :func:`.conform.typed`.  `mend` is handed the
    place of each row and its WKB and returns the WKB to read: what is open there no reader takes.

    Raises
    ------
    InputError
        If the file or the table cannot be read.
    """
    path = Path(path)
    try:
        with contextlib.closing(connect(path)) as connection:
            return _read(connection, path, table, mend)
    except (sqlite3.DatabaseError, ValueError) as error:
        raise InputError(f"Layer '{table}' of {path} cannot be read ({error}); take a copy of the file.") from error


class Tables:
    """Reads tables of one GeoPackage through one connection, which any thread may use in its turn.

    A map's schema with its triggers takes some 50 ms to parse, once per connection.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def read(self, table: str) -> gpd.GeoDataFrame:
        """Read a feature table whole; see :func:`read_table`."""
        try:
            with self._lock:
                if self._connection is None:
                    self._connection = connect(self._path, shared=True)
                return _read(self._connection, self._path, table, None)
        except (sqlite3.DatabaseError, ValueError) as error:
            raise InputError(
                f"Layer '{table}' of {self._path} cannot be read ({error}); take a copy of the file."
            ) from error

    def __del__(self) -> None:
        if self._connection is not None:
            self._connection.close()


def _read(
    connection: sqlite3.Connection, path: Path, table: str, mend: Callable[[int, bytes], bytes] | None
) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    row = connection.execute(
        "SELECT g.column_name, s.organization, s.organization_coordsys_id FROM gpkg_geometry_columns g"
        " LEFT JOIN gpkg_spatial_ref_sys s USING (srs_id) WHERE g.table_name = ?",
        (table,),
    ).fetchone()
    if row is None:
        raise InputError(f"{path} has no layer '{table}'; see what it has with: envzones onemap info {path}")
    geometry, authority, code = row
    cursor = connection.execute(f"SELECT * FROM {quoted(table)}")  # nosec B608: quoted
    names = [column[0] for column in cursor.description]
    rows = cursor.fetchall()
    columns: dict[str, Any] = {
        name: pd.Series(list(cells), dtype=object)
        for name, cells in zip(names, zip(*rows) if rows else [[] for _ in names])
        if name != geometry
    }
    place = names.index(geometry)
    made = shapes([cells[place] for cells in rows], mend)
    crs = f"{authority}:{code}" if authority and authority.upper() == "EPSG" else None
    frame = pd.DataFrame(columns, index=range(len(rows)))
    if "fid" in frame:
        frame["fid"] = frame["fid"].astype("int64")
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(made, index=frame.index, crs=crs), crs=crs)
