"""What a result file says of itself: which check made it, for which day, on which documents, distances and data.

The statement lies in the GeoPackage as metadata (OGC 12-128r15, annex F.8), where no program lists it as a layer.
With it a ledger or a report can be written from a result of last month as it was found then.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import gpkg
from .errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

KINDS = ("check", "section", "radius", "plan")
_STANDARD = "https://github.com/envzones/envzones#result"
_TABLES = (
    "CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,"
    " definition TEXT NOT NULL, scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name,"
    " extension_name))",
    "CREATE TABLE gpkg_metadata (id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT"
    " 'dataset', md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL"
    " DEFAULT '')",
    "CREATE TABLE gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT,"
    " row_id_value INTEGER, timestamp DATETIME NOT NULL, md_file_id INTEGER NOT NULL, md_parent_id INTEGER, CONSTRAINT"
    " crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id), CONSTRAINT crmr_mpi_fk FOREIGN KEY"
    " (md_parent_id) REFERENCES gpkg_metadata(id))",
)  # fmt: skip


@dataclass(frozen=True)
class About:
    """What a result rests on.

    Attributes
    ----------
    kind : {"check", "section", "radius", "plan"}
    as_of : date
        The day the check was made for.
    title : str
        What the office calls it; may be empty.
    rulebooks : tuple of str
        Ids of the books.
    working : mapping of str to float
        The office's own distances, metres.
    fingerprints : tuple of mapping
        What identifies the data of every layer used (:meth:`.onemap.OneMap.fingerprint`).
    """

    kind: str
    as_of: date
    title: str = ""
    rulebooks: tuple[str, ...] = ()
    working: Mapping[str, float] = field(default_factory=dict)
    fingerprints: tuple[Mapping[str, Any], ...] = ()


def write_about(path: Path, about: About, moment: str) -> None:
    """Put the statement into a GeoPackage that has none; `moment` is the time stamp (ISO 8601, UTC)."""
    said = {
        "kind": about.kind, "as_of": about.as_of.isoformat(), "title": about.title,
        "rulebooks": list(about.rulebooks), "working": dict(about.working),
        "fingerprints": [{name: _plain(value) for name, value in mark.items()} for mark in about.fingerprints],
    }  # fmt: skip
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    definition = "http://www.geopackage.org/spec121/#extension_metadata"
    with contextlib.closing(gpkg.connect(path, write=True)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN IMMEDIATE")
        for statement in _TABLES:
            connection.execute(statement)
        for table in ("gpkg_metadata", "gpkg_metadata_reference"):
            connection.execute(
                "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_metadata', ?, 'read-write')",
                (table, definition),
            )
        connection.execute(
            "INSERT INTO gpkg_metadata VALUES (1, 'dataset', ?, 'application/json', ?)", (_STANDARD, text)
        )
        connection.execute(
            "INSERT INTO gpkg_metadata_reference VALUES ('geopackage', NULL, NULL, NULL, ?, 1, NULL)", (moment,)
        )
        connection.execute("COMMIT")


def _plain(value: Any) -> Any:
    """Return a cell of a fingerprint as JSON has it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value.item() if hasattr(value, "item") else value


def read_about(path: str | Path) -> About | None:
    """Return what a result file says of itself; None where it says nothing.

    Raises
    ------
    InputError
        If the file is no GeoPackage, or its statement cannot be understood.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"File {path} does not exist; check the path.")
    try:
        with contextlib.closing(gpkg.connect(path)) as connection:
            known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'gpkg_metadata'").fetchone()
            found = (
                known
                and connection.execute(
                    "SELECT metadata FROM gpkg_metadata WHERE md_standard_uri = ?", (_STANDARD,)
                ).fetchone()
            )
    except sqlite3.DatabaseError as error:
        raise InputError(
            f"File {path} is no result that can be read ({error}); run the check again."
        ) from error
    if not found:
        return None
    try:
        said = json.loads(found[0])
        return About(
            str(said["kind"]), date.fromisoformat(said["as_of"]), str(said.get("title", "")),
            tuple(map(str, said.get("rulebooks", ()))),
            {str(name): float(metres) for name, metres in said.get("working", {}).items()},
            tuple(dict(mark) for mark in said.get("fingerprints", ())),
        )  # fmt: skip
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"What {path} says of itself cannot be read ({error!r}); run the check again."
        ) from error


def tables(path: str | Path) -> list[str]:
    """Return the names of the tables with geometry that a GeoPackage has.

    Raises
    ------
    InputError
        If the file is no GeoPackage.
    """
    try:
        with contextlib.closing(gpkg.connect(path)) as connection:
            rows = connection.execute(
                "SELECT table_name FROM gpkg_geometry_columns ORDER BY table_name"
            ).fetchall()
    except sqlite3.DatabaseError as error:
        raise InputError(
            f"File {path} is no result that can be read ({error}); run the check again."
        ) from error
    return [str(row[0]) for row in rows]


def read_frame(path: str | Path, table: str, columns: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Read one table of a result with the columns and types that the engine gives it; none where it is not there.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    from .findings import table as typed

    if table not in tables(path):
        return typed([], columns)
    frame = gpkg.read_table(path, table)
    shapes = frame.geometry.array
    cells = {name: frame[name].to_numpy(dtype=object) for name in columns if name in frame}
    return typed({**cells, "geometry": shapes}, columns)
