"""The map as of a day: features that are not in force are hidden from the layers, and from nothing else.

A layer's filter is what it shows; checks read the map itself.  Which rows count is what
:meth:`..engine.onemap.OneMap.in_force` says, here in SQL that SQLite and PostgreSQL both read.  The filter that a
user gave a layer stays beside ours and comes back alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from contextlib import closing
from datetime import date

from qgis.core import QgsExpression, QgsProject, QgsVectorLayer

from ..engine.errors import InputError
from . import settings, source

FROM, TO, STATE = "valid_from", "valid_to", "life_state"
COLUMNS = (FROM, TO, STATE)
_SHOWN = "/as_of_shown"
#: Custom properties of a filtered layer: the user's own filter, our part, and all of what was set.
OWN, OURS, SET = "envzones/as_of_own", "envzones/as_of_ours", "envzones/as_of_set"


def is_shown(project: QgsProject) -> bool:
    """Tell whether the project shows its map as of its day."""
    shown, _ = project.readBoolEntry(settings.SCOPE, _SHOWN, False)
    return bool(shown)


def set_shown(project: QgsProject, shown: bool) -> None:
    """Remember it with the project."""
    project.writeEntryBool(settings.SCOPE, _SHOWN, shown)


def clause(columns: Iterable[str], day: date) -> str:
    """Return the filter that leaves the rows in force on `day`; empty for a table whose rows have no dates."""
    has = set(columns)
    stamp = QgsExpression.quotedString(day.isoformat())
    parts = []
    if FROM in has:
        parts.append(f'("{FROM}" IS NULL OR "{FROM}" <= {stamp})')
    if TO in has:
        parts.append(f'("{TO}" IS NULL OR "{TO}" > {stamp})')
    if STATE in has:
        dated = f' OR "{TO}" IS NOT NULL' if TO in has else ""
        parts.append(f"(\"{STATE}\" IS NULL OR \"{STATE}\" <> 'cancelled'{dated})")
    return " AND ".join(parts)


def hiding(where: source.Where, day: date) -> list[str]:
    """Return the tables with rows that are not in force on `day`; any thread may call it.

    Setting a layer's filter opens its table anew, a tenth of a second each: the others are left alone.

    Raises
    ------
    InputError
        If the map cannot be reached or is none.
    """
    from ..engine import gpkg, pg

    place = source.location(where)
    if place.path is None:
        shared = source.store(place)
        with shared.session() as connection, connection.cursor() as cursor:
            found = []
            for table in pg.tables(connection, place.schema):
                wanted = clause(pg.columns(connection, place.schema, table), day)
                if wanted:
                    cursor.execute(_asks(shared.table(table), wanted))
                    found += [table] if cursor.fetchone() else []
            return found
    names = source.tables(place)
    try:
        with closing(sqlite3.connect(f"{place.path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            found = []
            for table in names:
                quoted = gpkg.quoted(table)
                columns = [row[1] for row in connection.execute(f"PRAGMA table_info({quoted})")]
                wanted = clause(columns, day)
                if wanted and connection.execute(_asks(quoted, wanted)).fetchone():
                    found.append(table)
            return found
    except sqlite3.DatabaseError as error:
        raise InputError(f"{place.path} cannot be read ({error}); check the file.") from error


def _asks(table: str, wanted: str) -> str:
    # Each part is true or false, never unknown, so that NOT finds all others.
    return f"SELECT 1 FROM {table} WHERE NOT ({wanted}) LIMIT 1"  # nosec B608: quoted, and of constants and a date


def filtered(layer: QgsVectorLayer) -> bool:
    """Tell whether a layer carries our filter."""
    return bool(layer.customProperty(SET))


def to_do(
    project: QgsProject, where: source.Where, day: date | None, tables: Collection[str]
) -> list[tuple[QgsVectorLayer, str]]:
    """Return the layers whose filter must change and the clause each needs; a day of None takes all filters off."""
    found = []
    for table, layer in source.each_map_layer(project, where):
        wanted = clause(layer.fields().names(), day) if day is not None and table in tables else ""
        if (wanted or filtered(layer)) and layer.subsetString() != _joined(own_filter(layer), wanted):
            found.append((layer, wanted))
        elif not wanted and filtered(layer):
            found.append((layer, ""))
    return found


def filter_layer(layer: QgsVectorLayer, wanted: str) -> bool:
    """Let a layer show what `wanted` leaves of the user's own filter; False where it is being edited or refuses."""
    if layer.isEditable():
        return False
    own = own_filter(layer)
    text = _joined(own, wanted)
    if text != layer.subsetString() and not layer.setSubsetString(text):
        return False
    if wanted:
        layer.setCustomProperty(OWN, own)
        layer.setCustomProperty(OURS, wanted)
        # As the provider gives it back.
        layer.setCustomProperty(SET, layer.subsetString())
    else:
        for name in (OWN, OURS, SET):
            layer.removeCustomProperty(name)
    return True


def is_readable(layer: QgsVectorLayer) -> bool:
    """Tell whether a layer can be read after filters were set; where not, see :func:`leave_log`."""
    return layer.providerType() != "ogr" or layer.featureCount() >= 0


def leave_log(where: source.Where) -> bool:
    """Take a map's file out of SQLite's mode of write-ahead logs, where QGIS left it in it; tell whether it is out.

    QGIS opens a file for writing and then for reading when a filter is set, and between the two takes it out of the
    mode.  While another thread reads, that fails: the file stays in the mode, its log goes with whoever closes last,
    and connections that only read cannot make a new one.  Not to be called while a layer of the file is edited.
    """
    path = source.location(where).path
    if path is None:
        return True
    try:
        with path.open("rb") as file:
            if file.read(20)[18:20] != b"\x02\x02":
                return True
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=0.05)) as connection:
            return bool(connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0] == "delete")
    except (OSError, sqlite3.OperationalError):  # somebody still reads
        return False


def own_filter(layer: QgsVectorLayer) -> str:
    """Return the user's own filter of a layer, ours taken off."""
    now = layer.subsetString()
    if not filtered(layer):
        return now
    if now == layer.customProperty(SET):
        return str(layer.customProperty(OWN) or "")
    # The user changed the filter meanwhile; what is left of ours in it would stay for ever.
    ours = str(layer.customProperty(OURS) or "")
    return now.replace(f" AND {ours}", "").replace(ours, "1 = 1") if ours else now


def _joined(own: str, wanted: str) -> str:
    return f"({own}) AND {wanted}" if own and wanted else own or wanted
