"""The result file of a check over partitions: the tables of :func:`.results.write_results`, filled piece by piece."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import struct
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine import gpkg
from ..engine.batch_parts import PARTED, TABLES, part_name
from ..engine.errors import InputError
from ..engine.findings import table
from ..engine.progress import SILENT, Progress, report
from ..engine.result_file import About
from .results import check_writable, write_results

if TYPE_CHECKING:
    from ..engine.batch import BatchResult

#: A geometry for the one row by which GDAL learns of what kind a layer is.
_SAMPLES = {
    "Point": "POINT (0 0)", "LineString": "LINESTRING (0 0, 1 1)", "Polygon": "POLYGON ((0 0, 1 0, 1 1, 0 0))",
    "MultiPoint": "MULTIPOINT (0 0)", "MultiLineString": "MULTILINESTRING ((0 0, 1 1))",
    "MultiPolygon": "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))", "GeometryCollection": "GEOMETRYCOLLECTION (POINT (0 0))",
}  # fmt: skip
_STEP = 50_000
_CACHE_KB = 200_000


def write_parts(path: str | Path, result: BatchResult, *, about: About, progress: Progress = SILENT) -> Path:
    """Write the pieces of a run as one GeoPackage, replacing an older file; memory does not grow with the rows.

    Parameters
    ----------
    path : path
        The .gpkg; it changes only when everything is written.
    result : BatchResult
        Of kind ``pieces``.
    about : About
        What the result rests on.
    progress : Progress

    Raises
    ------
    InputError
        If it cannot be written (on Windows, while another program holds it open), or a piece cannot be read.
    Cancelled
        If the progress says so; the older file and the pieces are untouched.
    """
    path = check_writable(path)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}-{uuid.uuid4().hex[:8]}.part.gpkg")
    parts = result.manifest.parts()
    numbers = sorted(map(int, result.manifest.said["parts"]))
    kinds = {name: {one for part in parts for one in part["geometries"][name]} for name in PARTED}
    try:
        write_results(temporary, _layers(kinds, result), about=about)
        with contextlib.closing(gpkg.connect(temporary, write=True)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
            triggers = _without_triggers(connection)
            boxes = {name: _Box() for name in PARTED}
            for k, number in enumerate(numbers):
                report(progress, k / len(numbers), path.name)
                _append(connection, part_name(result.folder, "pieces", "", number), boxes)
            for name in PARTED:
                _tell(connection, name, boxes[name])
            for statement in triggers:
                connection.execute(statement)
        try:
            os.replace(temporary, path)
        except OSError as error:
            raise InputError(
                f"{path} cannot be replaced ({error.strerror}); close it in other programs and run again."
            ) from error
    except sqlite3.Error as error:
        raise InputError(f"{path} cannot be written ({error}); make room and run again.") from error
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            temporary.with_name(temporary.name + end).unlink(missing_ok=True)
    return path


def _layers(kinds: Mapping[str, set[str]], result: BatchResult) -> dict[str, Any]:
    """Return the layers with a row or two, so that GDAL makes the tables that it makes of the whole; issues whole."""
    import shapely

    out: dict[str, Any] = {}
    for name in PARTED:
        one_kind = len(kinds[name]) == 1
        sample = [_SAMPLES[next(iter(kinds[name]))]] if one_kind else [_SAMPLES["Point"], _SAMPLES["LineString"]]
        out[name] = table([{"geometry": shapely.from_wkt(one)} for one in sample], TABLES[name])
    out["issue"] = result.issues()
    return out


class _Box:
    """The rows and the extent of a layer as it fills."""

    def __init__(self) -> None:
        self.rows = 0
        self.bounds: list[float] | None = None

    def add(self, west: float, south: float, east: float, north: float) -> None:
        """Take in the bounds of a geometry."""
        if self.bounds is None:
            self.bounds = [west, south, east, north]
        else:
            low, high = self.bounds[:2], self.bounds[2:]
            self.bounds = [min(low[0], west), min(low[1], south), max(high[0], east), max(high[1], north)]


def _without_triggers(connection: sqlite3.Connection) -> list[str]:
    """Empty the tables, and take from them the triggers that would look at each row; return what makes them again."""
    names = ", ".join("?" * len(PARTED))
    found = connection.execute(
        f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({names})",  # nosec B608: marks
        PARTED,
    ).fetchall()
    for name, _ in found:
        connection.execute(f"DROP TRIGGER {gpkg.quoted(name)}")
    for name in PARTED:
        connection.execute(f"DELETE FROM {gpkg.quoted(name)}")  # nosec B608: quoted
        connection.execute(f"DELETE FROM {gpkg.quoted(f'rtree_{name}_geom')}")  # nosec B608: quoted
        connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
    return [sql for _, sql in found]


def _append(connection: sqlite3.Connection, piece: Path, boxes: Mapping[str, _Box]) -> None:
    """Add the rows of a piece, and their bounds to the spatial index."""
    if not piece.is_file():
        raise InputError(f"{piece} is gone; run the same command again.")
    connection.execute("ATTACH DATABASE ? AS piece", (str(piece),))
    connection.execute("BEGIN")
    for name in PARTED:
        columns = ", ".join(map(gpkg.quoted, ("geom", *TABLES[name])))
        first = boxes[name].rows
        connection.execute(
            f"INSERT INTO main.{gpkg.quoted(name)} ({columns}) SELECT {columns}"  # nosec B608: quoted
            f" FROM piece.{gpkg.quoted(name)} ORDER BY rowid"
        )
        boxes[name].rows += connection.execute("SELECT changes()").fetchone()[0]
        _index(connection, name, first, boxes[name])
    connection.execute("COMMIT")
    connection.execute("DETACH DATABASE piece")


def _index(connection: sqlite3.Connection, name: str, first: int, box: _Box) -> None:
    tree = gpkg.quoted(f"rtree_{name}_geom")
    reading = connection.execute(
        f"SELECT fid, geom FROM main.{gpkg.quoted(name)} WHERE fid > ? AND geom IS NOT NULL", (first,)  # nosec B608
    )
    while rows := reading.fetchmany(_STEP):
        found = [(fid, _bounds(blob)) for fid, blob in rows]
        for _, one in found:
            box.add(*one)
        connection.executemany(
            f"INSERT INTO {tree} VALUES (?, ?, ?, ?, ?)",  # nosec B608: quoted
            ((fid, west, east, south, north) for fid, (west, south, east, north) in found),
        )


def _bounds(blob: bytes) -> tuple[float, float, float, float]:
    """Return west, south, east and north of what :func:`.gpkg.blobs` has made: points carry no envelope."""
    if blob[3] >> 1 & 7:
        west, east, south, north = struct.unpack_from("<4d", blob, 8)
        return west, south, east, north
    x, y = struct.unpack_from("<2d", blob, 13)
    return x, y, x, y


def _tell(connection: sqlite3.Connection, name: str, box: _Box) -> None:
    """Say in the tables of the GeoPackage how many rows a layer has and where they are."""
    connection.execute(
        "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?",
        (*(box.bounds or [None] * 4), name),
    )
    connection.execute("UPDATE gpkg_ogr_contents SET feature_count = ? WHERE table_name = ?", (box.rows, name))
