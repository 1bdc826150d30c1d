"""What tells one content of a one map from another, whoever opens it and whatever a file's date says."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from ..engine.errors import InputError
from ..store.store import AUDIT_TABLE
from . import source

if TYPE_CHECKING:
    from qgis.core import QgsProject, QgsVectorLayer


def version(where: source.Where) -> str:
    """Return the version of a map's content: when it was made, and its last entry in the audit trail.

    Every change of a row is in the trail, so two equal versions are one content.  It costs a millisecond for a file,
    and a question to the server for a shared map.

    Raises
    ------
    InputError
        If the map cannot be reached or is none.
    """
    place = source.location(where)
    if place.path is None:
        shared = source.store(place)
        with shared.session() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT max(id) FROM {shared.table(AUDIT_TABLE)}")  # nosec B608: quoted
            return _text(shared.meta, cursor.fetchone()[0])
    meta = source.read_meta(place)
    with closing(sqlite3.connect(f"{place.path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            last = connection.execute(f"SELECT max(id) FROM {AUDIT_TABLE}").fetchone()[0]  # nosec B608: constant
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"{place.path} has no audit trail ({error}); bring it up to date: envzones onemap migrate."
            ) from error
    return _text(meta, last)


def _text(meta: Any, last: int | None) -> str:
    return f"{meta.get('created', '')}#{last or 0}"


def unsaved(project: QgsProject, where: source.Where) -> tuple[tuple[str, int], ...]:
    """Return the map's layers with unsaved edits, each with where its undo stack stands."""
    layers = source.map_layers(project, where).items()
    return tuple(sorted((table, _steps(layer)) for table, layer in layers if layer.isModified()))


def _steps(layer: QgsVectorLayer) -> int:
    return int(layer.undoStack().index())
