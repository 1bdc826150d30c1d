"""Bring a one-map GeoPackage to this version of EnvZones and to the catalog: forward only, on a copy, or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path

from ..engine import gpkg
from ..engine.catalog import COVERAGE, Catalog, LayerSpec
from ..engine.errors import InputError
from ..engine.gpkg import quoted
from ..engine.progress import SILENT, Progress, report
from . import geopackage
from . import gpkg_ddl as ddl
from .forms import style_document
from .store import Migrated, now


def migrate(path: Path, catalog: Catalog, *, progress: Progress = SILENT) -> Migrated:
    """Bring a map up to date; the file as it was stays beside it as ``<name>.v<n>.gpkg``.

    Numbered steps bring the layout forward; then what the catalog has and the file lacks is added: tables,
    columns, indexes, titles, code lists, styles.  Nothing is taken away.  A style that a user changed stays the
    default.

    Raises
    ------
    InputError
        If the file is no one map, is newer than this program, is open with unsaved edits elsewhere, or a column of
        it has another type than the catalog.
    Cancelled
        If the user cancelled; the file is untouched.
    """
    path = path.absolute()
    with contextlib.closing(gpkg.connect(path)) as connection:
        before = int(geopackage.read_meta(connection, path)["schema_version"])
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise InputError(f"{path} is open in another program (QGIS?); close it there and run again.")
    temporary = path.with_name(f".{path.stem}.{os.getpid()}-{uuid.uuid4().hex[:8]}.part.gpkg")
    kept = path.with_name(f"{path.stem}.v{before}.gpkg")
    done: list[str] = []
    try:
        shutil.copyfile(path, temporary)
        report(progress, 0.2, "Migrating")
        with contextlib.closing(gpkg.connect(temporary, write=True)) as connection:
            connection.execute("BEGIN")
            for version in range(before, geopackage.SCHEMA_VERSION):
                _STEPS[version](connection, done)
                report(progress, 0.3)
            _to_catalog(connection, catalog, done, progress)
            connection.execute(
                "INSERT OR REPLACE INTO envzones_meta VALUES ('schema_version', ?)", (str(geopackage.SCHEMA_VERSION),)
            )
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode = DELETE")
        if not done:
            progress(1.0, "")
            return Migrated(before, geopackage.SCHEMA_VERSION)
        geopackage.settle(temporary)
        report(progress, 0.95)
        report(progress, 0.98)
        if before != geopackage.SCHEMA_VERSION and not kept.exists():
            shutil.copy2(path, kept)
        try:
            os.replace(temporary, path)
        except PermissionError as error:
            raise InputError(f"{path} is in use by another program; close it there and run again.") from error
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path} could not be migrated ({error}); it is unchanged, take a copy of it.") from error
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            temporary.with_name(temporary.name + end).unlink(missing_ok=True)
    progress(1.0, "")
    return Migrated(
        before, geopackage.SCHEMA_VERSION, tuple(done), kept if before != geopackage.SCHEMA_VERSION else None
    )


# --------------------------------------------------------------------------------------------------------
# From one version to the next
# --------------------------------------------------------------------------------------------------------


def _from_1(connection: sqlite3.Connection, done: list[str]) -> None:
    """Give every table the store's columns, ``layer_coverage`` its uid, and the file its audit trail."""
    stamp = now()
    for table in _feature_tables(connection):
        there = _columns(connection, table)
        for name, kind in ddl.STORE_TYPES.items():
            if name not in there:
                connection.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(name)} {kind}")
        connection.execute(
            f"UPDATE {quoted(table)} SET row_version = 1, edited_at = ? WHERE row_version ISNULL",  # nosec B608: quoted
            (stamp,),
        )
    if COVERAGE.name in _feature_tables(connection) and "uid" not in _columns(connection, COVERAGE.name):
        connection.execute(f'ALTER TABLE {COVERAGE.name} ADD COLUMN "uid" TEXT')
        for (fid,) in connection.execute(f"SELECT fid FROM {COVERAGE.name}").fetchall():  # nosec B608: a constant
            connection.execute(
                f"UPDATE {COVERAGE.name} SET uid = ? WHERE fid = ?",  # nosec B608: a constant
                (str(uuid.uuid4()), fid),
            )
    for statement in ddl.AUDIT:
        connection.execute(statement)
    # What the file held as "EnvZones" may be the office's own by now: it stays, under another name.
    connection.execute(
        "UPDATE layer_styles SET styleName = 'EnvZones 1', useAsDefault = 0 WHERE styleName = 'EnvZones'"
    )
    done.append(
        "Rows have versions and every edit is kept in the audit trail; the old styles are kept as 'EnvZones 1'."
    )


#: What brings a file of that version to the next one.
_STEPS: dict[int, Callable[[sqlite3.Connection, list[str]], None]] = {1: _from_1}


# --------------------------------------------------------------------------------------------------------
# To the catalog
# --------------------------------------------------------------------------------------------------------


def _to_catalog(connection: sqlite3.Connection, catalog: Catalog, done: list[str], progress: Progress) -> None:
    tables = set(_feature_tables(connection))
    others = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    specs = (*catalog.values(), COVERAGE)
    for number, spec in enumerate(specs):
        report(progress, 0.3 + 0.6 * number / len(specs), spec.name)
        if spec.name not in tables:
            if spec.name in others:
                raise InputError(
                    f"The file has a table '{spec.name}' that is no layer; rename it, the catalog has a"
                    " layer of that name."
                )
            geopackage.add_table(connection, spec)
            geopackage.add_triggers(connection, spec.name)
            done.append(f"Layer '{spec.name}' was added.")
        else:
            _columns_to_catalog(connection, spec, done)
            _refresh_triggers(connection, spec.name, done)
        _titles_to_catalog(connection, spec, done)
        geopackage.write_indexes(connection, spec)
        _style_to_catalog(connection, spec, done)


def _columns_to_catalog(connection: sqlite3.Connection, spec: LayerSpec, done: list[str]) -> None:
    there = _columns(connection, spec.name)
    added = []
    for item in spec.fields:
        kind = ddl.TYPES[item.type]
        if item.name not in there:
            connection.execute(f"ALTER TABLE {quoted(spec.name)} ADD COLUMN {quoted(item.name)} {kind}")
            added.append(item.name)
        elif _family(there[item.name]) != _family(kind):
            raise InputError(
                f"Layer '{spec.name}', field {item.name} is {there[item.name]} in the file and {kind} in the catalog;"
                " rename one of them."
            )
    if added:
        done.append(f"Layer '{spec.name}': fields added: {', '.join(added)}.")


def _refresh_triggers(connection: sqlite3.Connection, table: str, done: list[str]) -> None:
    """Make the edit triggers anew where they are not what they should be: a column may have come."""
    columns = _columns(connection, table)
    wanted = list(ddl.edit_triggers(table, columns))
    like = f"envzones_{table}_%"
    found = dict(
        connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? AND name LIKE ?", (table, like)
        )
    )
    if sorted(found.values()) == sorted(wanted):
        return
    for name in found:
        connection.execute(f"DROP TRIGGER {quoted(name)}")
    for statement in wanted:
        connection.execute(statement)
    if found:
        done.append(f"Layer '{table}': the audit trail follows its columns as they are now.")


def _titles_to_catalog(connection: sqlite3.Connection, spec: LayerSpec, done: list[str]) -> None:
    query = (
        "SELECT c.column_name, c.title, c.description, c.constraint_name, k.value, k.min, k.max, k.description"
        " FROM gpkg_data_columns c LEFT JOIN gpkg_data_column_constraints k USING (constraint_name)"
        " WHERE c.table_name = ? ORDER BY 1, 4, 5"
    )
    before = connection.execute(query, (spec.name,)).fetchall()
    connection.execute("DELETE FROM gpkg_data_columns WHERE table_name = ?", (spec.name,))
    for item in spec.fields:
        name = geopackage.constraint_name(spec, item)
        if name:
            connection.execute("DELETE FROM gpkg_data_column_constraints WHERE constraint_name = ?", (name,))
    geopackage.write_titles(connection, spec)
    if before and connection.execute(query, (spec.name,)).fetchall() != before:
        done.append(f"Layer '{spec.name}': titles and code lists were brought up to date.")


def _style_to_catalog(connection: sqlite3.Connection, spec: LayerSpec, done: list[str]) -> None:
    row = connection.execute(
        "SELECT id, styleQML FROM layer_styles WHERE f_table_name = ? AND styleName = ?",
        (spec.name, geopackage.STYLE_NAME),
    ).fetchone()
    shipped = connection.execute(
        "SELECT value FROM envzones_meta WHERE key = ?", (geopackage.style_key(spec.name),)
    ).fetchone()
    document = style_document(spec)
    if row is not None and row[1] == document:
        return
    own_default = connection.execute(
        "SELECT 1 FROM layer_styles WHERE f_table_name = ? AND styleName <> ? AND useAsDefault",
        (spec.name, geopackage.STYLE_NAME),
    ).fetchone()
    if row is None:
        geopackage.write_style(connection, spec)
        if own_default:
            connection.execute(
                "UPDATE layer_styles SET useAsDefault = 0 WHERE f_table_name = ? AND styleName = ?",
                (spec.name, geopackage.STYLE_NAME),
            )
        return
    if shipped is None or shipped[0] != hashlib.sha256(row[1].encode()).hexdigest():
        done.append(f"Layer '{spec.name}': the style in the file is the office's own and was kept.")
        return
    connection.execute("UPDATE layer_styles SET styleQML = ? WHERE id = ?", (document, row[0]))
    geopackage.remember_style(connection, spec.name, document)
    done.append(f"Layer '{spec.name}': the form and style were brought up to date.")


def _feature_tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features' ORDER BY rowid")
    return [row[0] for row in rows]


def _columns(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    return {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({quoted(table)})")}


def _family(kind: str) -> str:
    """Return what a column's declared type amounts to: other programs write TEXT(80), MEDIUMINT, DOUBLE."""
    bare = kind.upper().split("(")[0].strip()
    if bare in ("INTEGER", "INT", "MEDIUMINT", "SMALLINT", "TINYINT"):
        return "INTEGER"
    return "REAL" if bare in ("REAL", "DOUBLE", "FLOAT") else bare

