"""Making a one map in PostgreSQL, and bringing an older one up to date: in one transaction, or not at all."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ..engine import pg
from ..engine.catalog import COVERAGE, Catalog, LayerSpec
from ..engine.errors import InputError
from ..engine.gpkg import SRS_ID, quoted
from ..engine.location import Location
from ..engine.progress import SILENT, Progress, report
from . import postgis_ddl as ddl
from .forms import style_document
from .geopackage import SCHEMA_VERSION, STYLE_NAME, fit, style_key
from .gpkg_ddl import GEOMETRY
from .postgis_ddl import at
from .postgis_roles import attempt, set_up
from .store import EDITED, EDITOR, VERSION, Created, Migrated, now

if TYPE_CHECKING:
    import geopandas as gpd

_BATCH = 1000
#: Key of the advisory lock under which a map is made or migrated by one at a time ("EZ").
LOCK = 0x455A
_CGCS2000 = (
    'GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,'
    'AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
    'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4490"]]'
)
#: What COPY's text format writes otherwise than as it is.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def create(
    location: Location,
    catalog: Catalog,
    *,
    frames: Mapping[str, gpd.GeoDataFrame] | None = None,
    coverage: gpd.GeoDataFrame | None = None,
    meta: Mapping[str, str] | None = None,
    overwrite: bool = False,
    progress: Progress = SILENT,
    conninfo: str | None = None,
) -> Created:
    """Make a one map in a schema of its own; arguments as :func:`.geopackage.create` has them.

    The group roles ``<schema>_reader``, ``_editor`` and ``_admin`` are made where the user may; a note says what an
    administrator has to run where not.  Styles go to ``public.layer_styles``, where QGIS looks for them.
    `conninfo` is as :func:`.pg.connect` takes it.

    Raises
    ------
    InputError
        If the schema is there already and `overwrite` is not set (or it is no one map), the database lacks
        PostGIS, a right is missing, or data do not fit.
    Cancelled
        If the user cancelled; the database is as it was.
    """
    notes: list[str] = []
    fitted = fit(catalog, frames or {}, coverage, notes)
    specs = (*catalog.values(), COVERAGE)
    rows = sum(len(frame) for frame in fitted.values())
    # Every table costs about as much as some hundred rows.
    total, done = rows + 200 * len(specs), 0
    report(progress, 0.1, "Writing layers")
    with pg.session(location, conninfo, write=True) as connection, connection.cursor() as cursor:
        _alone(cursor, location)
        postgis = _postgis(connection, location)
        _make_room(cursor, location, overwrite)
        for statement in (*ddl.base_tables(location.schema), *ddl.functions(location.schema, postgis)):
            cursor.execute(statement)
        for spec in specs:
            frame = fitted[spec.name]
            share = len(frame) + 200
            _add_layer(cursor, location.schema, spec, postgis)
            _load(cursor, location.schema, spec, frame, progress, 0.1 + 0.8 * done / total, 0.8 * share / total)
            _finish_layer(cursor, location.schema, spec)
            done += share
        for statement in ddl.audit_triggers(location.schema):
            cursor.execute(statement)
        made = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        entries = {**(meta or {}), "schema_version": SCHEMA_VERSION, "created": (meta or {}).get("created", made)}
        for key, value in entries.items():
            _remember(cursor, location.schema, key, str(value))
        report(progress, 0.92, "Writing titles, code lists and styles")
        told: list[str] = []
        _styles_to_catalog(connection, location, specs, told, notes)
        notes += set_up(connection, location)
        report(progress, 0.98)
    progress(1.0, "")
    return Created(location, {name: len(fitted[name]) for name in catalog}, tuple(notes))


def _alone(cursor: Any, location: Location) -> None:
    """Wait until nobody else makes or migrates this map."""
    cursor.execute("SELECT pg_catalog.pg_advisory_xact_lock(%s, pg_catalog.hashtext(%s))", (LOCK, location.schema))


def _postgis(connection: Any, location: Location) -> str:
    """Return the schema of PostGIS, which is to know EPSG:4490; install it where that is allowed."""
    found = pg.extension_schema(connection)
    if found is None:
        refused = attempt(connection, ["CREATE EXTENSION postgis SCHEMA public"])
        found = pg.extension_schema(connection)
        if found is None:
            raise InputError(
                f"{location}: the database has no PostGIS ({refused}); let its administrator run: CREATE EXTENSION"
                " postgis."
            )
    table = f"{quoted(found)}.spatial_ref_sys"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} WHERE srid = %s", (SRS_ID,))  # nosec B608: quoted
        if cursor.fetchone() is not None:
            return found
        statement = cursor.mogrify(
            f"INSERT INTO {table} (srid, auth_name, auth_srid, srtext, proj4text)"  # nosec B608: quoted
            " VALUES (%s, 'EPSG', %s, %s, %s)",
            (SRS_ID, SRS_ID, _CGCS2000, "+proj=longlat +ellps=GRS80 +no_defs"),
        ).decode()
    refused = attempt(connection, [statement])
    if refused:
        raise InputError(
            f"{location}: PostGIS does not know EPSG:4490 ({refused}); let the database's administrator run:"
            f" {statement}"
        )
    return found


def _make_room(cursor: Any, location: Location, overwrite: bool) -> None:
    schema = location.schema
    cursor.execute("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s", (schema,))
    if cursor.fetchone() is None:
        return
    if not overwrite:
        raise InputError(
            f"{location}: the schema {schema} is there already; give another or allow it to be overwritten."
        )
    cursor.execute(
        "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND c.relname = %s",
        (schema, ddl.META),
    )
    if cursor.fetchone() is None:
        raise InputError(f"{location}: the schema {schema} holds no one map; it is left alone, give another.")
    cursor.execute(f"DROP SCHEMA {quoted(schema)} CASCADE")
    cursor.execute("SELECT pg_catalog.to_regclass(%s)", (f"public.{ddl.STYLES}",))
    if cursor.fetchone()[0] is not None:
        cursor.execute(
            f"DELETE FROM public.{ddl.STYLES}"  # nosec B608: constants
            " WHERE f_table_schema = %s AND f_table_catalog = pg_catalog.current_database()",
            (schema,),
        )


def _add_layer(cursor: Any, schema: str, spec: LayerSpec, postgis: str) -> None:
    for statement in ddl.layer_table(schema, spec, postgis):
        cursor.execute(statement)


def _finish_layer(cursor: Any, schema: str, spec: LayerSpec) -> None:
    for statement in (*ddl.indexes(schema, spec), *ddl.triggers(schema, spec.name)):
        cursor.execute(statement)
    for name, test in ddl.checks(spec).items():
        for statement in ddl.add_check(schema, spec.name, name, test):
            cursor.execute(statement)


def _load(
    cursor: Any, schema: str, spec: LayerSpec, frame: gpd.GeoDataFrame, progress: Progress, start: float, share: float
) -> None:
    """Copy a new table's rows: its first state, and no edit."""
    columns = [hexes(frame.geometry.array), *(cells(frame[item.name], item.type) for item in spec.fields)]
    cursor.execute("SELECT session_user")
    store = (1, cursor.fetchone()[0], now())
    listed = ", ".join(quoted(name) for name in (GEOMETRY, *spec.field_names, VERSION, EDITOR, EDITED))
    rows = list(zip(*columns))
    for first in range(0, len(rows), _BATCH):
        report(progress, start + share * first / len(rows), spec.name)
        text = "".join("\t".join(map(copied, (*row, *store))) + "\n" for row in rows[first : first + _BATCH])
        cursor.copy_expert(f"COPY {at(schema, spec.name)} ({listed}) FROM STDIN", io.StringIO(text))
    report(progress, start + share)


def copied(value: Any) -> str:
    """Return a value as COPY reads it."""
    if value is None:
        return "\\N"
    return value.translate(_ESCAPES) if isinstance(value, str) else str(value)


def hexes(shapes: Any) -> list[str | None]:
    """Return geometries as PostGIS reads them: hexadecimal WKB with the reference system, None for None."""
    import numpy as np
    import shapely

    shapes = shapely.set_srid(np.asarray(shapes, dtype=object), SRS_ID)
    return list(shapely.to_wkb(shapes, hex=True, include_srid=True, byte_order=1, output_dimension=2))


def cells(column: Any, kind: str) -> list[Any]:
    """Return a typed column's cells as the driver takes them, None where unknown."""
    known = column.notna().to_numpy()
    cast: Any = {"integer": int, "real": float, "boolean": bool, "text": str, "date": lambda day: day.date()}[kind]
    return [cast(value) if there else None for value, there in zip(column, known)]


def _remember(cursor: Any, schema: str, key: str, value: str) -> None:
    cursor.execute(
        f"INSERT INTO {at(schema, ddl.META)} VALUES (%s, %s)"  # nosec B608: quoted
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )


# --------------------------------------------------------------------------------------------------------
# Migrating
# --------------------------------------------------------------------------------------------------------


def migrate(
    location: Location, catalog: Catalog, *, progress: Progress = SILENT, conninfo: str | None = None
) -> Migrated:
    """Bring a map to this version of EnvZones and to the catalog; only who owns its tables can.

    What the catalog has and the map lacks is added: tables, columns, indexes, checks, titles, styles.  Nothing is
    taken away; a style that a user changed stays.  Rows that break a new check stay as they are and are told.

    Raises
    ------
    InputError
        If the schema is no one map, is newer than this program, belongs to somebody else, or a column of it has
        another type than the catalog.
    Cancelled
        If the user cancelled; the database is as it was.
    """
    schema, done = location.schema, []
    specs = (*catalog.values(), COVERAGE)
    with pg.session(location, conninfo, write=True) as connection, connection.cursor() as cursor:
        _alone(cursor, location)
        before = version(pg.meta(connection, location), location)
        _own(cursor, location)
        postgis = _postgis(connection, location)
        for statement in (*ddl.functions(schema, postgis), *ddl.audit_triggers(schema)):
            cursor.execute(statement)
        there = set(pg.tables(connection, schema))
        for number, spec in enumerate(specs):
            report(progress, 0.1 + 0.7 * number / len(specs), spec.name)
            if spec.name not in there:
                if pg.columns(connection, schema, spec.name):
                    raise InputError(
                        f"The schema {schema} has a table '{spec.name}' that is no layer; rename it, the catalog has a"
                        " layer of that name."
                    )
                _add_layer(cursor, schema, spec, postgis)
                _finish_layer(cursor, schema, spec)
                done.append(f"Layer '{spec.name}' was added.")
                continue
            _columns_to_catalog(connection, schema, spec, done)
            _checks_to_catalog(connection, schema, spec, done)
            for made in (ddl.comments(schema, spec), ddl.indexes(schema, spec), ddl.triggers(schema, spec.name)):
                for statement in made:
                    cursor.execute(statement)
        notes: list[str] = []
        _styles_to_catalog(connection, location, specs, done, notes)
        if before != SCHEMA_VERSION:
            _remember(cursor, schema, "schema_version", str(SCHEMA_VERSION))
        notes += set_up(connection, location)
        report(progress, 0.98)
    progress(1.0, "")
    return Migrated(before, SCHEMA_VERSION, (*done, *notes))


def version(meta: Mapping[str, str], location: Location) -> int:
    """Return the version of a map's layout.

    Raises
    ------
    InputError
        If it has none, or a newer EnvZones made it.
    """
    found = meta.get("schema_version", "")
    if not found.isdigit():
        raise InputError(f"{location}: {ddl.META} has no schema_version; restore the schema from a backup.")
    if int(found) > SCHEMA_VERSION:
        raise InputError(f"{location} was made by a newer EnvZones (schema {found}); update EnvZones to open it.")
    return int(found)


def _own(cursor: Any, location: Location) -> None:
    cursor.execute(
        "SELECT pg_catalog.pg_has_role(nspowner, 'USAGE'), pg_catalog.pg_get_userbyid(nspowner)"
        " FROM pg_catalog.pg_namespace WHERE nspname = %s",
        (location.schema,),
    )
    mine, owner = cursor.fetchone()
    if not mine:
        raise InputError(f"{location} belongs to the database user {owner}; only they can migrate it.")


def _columns_to_catalog(connection: Any, schema: str, spec: LayerSpec, done: list[str]) -> None:
    there = pg.columns(connection, schema, spec.name)
    wanted = {**{item.name: ddl.TYPES[item.type] for item in spec.fields}, **ddl.STORE_TYPES}
    added = []
    with connection.cursor() as cursor:
        for name, kind in wanted.items():
            if name not in there:
                cursor.execute(f"ALTER TABLE {at(schema, spec.name)} ADD COLUMN {quoted(name)} {kind}")
                added.append(name)
            elif _family(there[name]) != _family(kind):
                raise InputError(
                    f"Layer '{spec.name}', field {name} is {there[name]} in the database and {kind} in the catalog;"
                    " rename one of them."
                )
    if added:
        done.append(f"Layer '{spec.name}': fields added: {', '.join(added)}.")


def _family(kind: str) -> str:
    """Return what a type amounts to: an administrator may have made a column narrower."""
    bare = kind.split("(")[0].strip()
    if bare in ("smallint", "integer", "bigint"):
        return "integer"
    if bare in ("real", "double precision", "numeric"):
        return "real"
    return "text" if bare in ("text", "character varying", "character") else bare


def _checks_to_catalog(connection: Any, schema: str, spec: LayerSpec, done: list[str]) -> None:
    """Make the checks anew where they are not what they should be; rows that break one stay, and are told."""
    t, driver, wanted = at(schema, spec.name), pg.psycopg2(), ddl.checks(spec)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_catalog.obj_description(oid, 'pg_constraint') FROM pg_catalog.pg_constraint"
            " WHERE conrelid = pg_catalog.to_regclass(%s) AND contype = 'c'",
            (t,),
        )
        there = dict(cursor.fetchall())
        for name, test in there.items():
            # PostgreSQL writes a check in its own words; ours tell in a comment what they were made from.
            if (test or "").startswith("CHECK") and wanted.get(name) != test:
                cursor.execute(f"ALTER TABLE {t} DROP CONSTRAINT {quoted(name)}")
        for name, test in wanted.items():
            if there.get(name) == test:
                continue
            for statement in ddl.add_check(schema, spec.name, name, test, valid=False):
                cursor.execute(statement)
            cursor.execute("SAVEPOINT envzones_check")
            try:
                cursor.execute(f"ALTER TABLE {t} VALIDATE CONSTRAINT {quoted(name)}")
            except driver.errors.CheckViolation:
                cursor.execute("ROLLBACK TO SAVEPOINT envzones_check")
                done.append(
                    f"Layer '{spec.name}': some rows break {name}; they stay until somebody edits them, see: envzones"
                    " onemap validate."
                )
            else:
                if name in there:
                    done.append(f"Layer '{spec.name}': {name} was brought up to date.")


# --------------------------------------------------------------------------------------------------------
# Styles
# --------------------------------------------------------------------------------------------------------


def _styles_to_catalog(
    connection: Any, location: Location, specs: Sequence[LayerSpec], done: list[str], notes: list[str]
) -> None:
    """Store styles and forms where QGIS looks for them, as far as the user may; what the office changed stays."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.to_regclass(%s)", (f"public.{ddl.STYLES}",))
        if cursor.fetchone()[0] is None:
            refused = attempt(connection, [ddl.STYLE_TABLE])
            if refused:
                notes.append(
                    f"Styles and forms were not stored ({refused}); let the database's owner run: {ddl.STYLE_TABLE};"
                    f" GRANT ALL ON public.{ddl.STYLES}, public.{ddl.STYLES}_id_seq TO {_user(cursor)}; then run:"
                    f" envzones onemap migrate '{location}'"
                )
                return
        cursor.execute("SELECT pg_catalog.has_table_privilege(%s, 'INSERT')", (f"public.{ddl.STYLES}",))
        if not cursor.fetchone()[0]:
            notes.append(
                f"Styles and forms were not stored; let the owner of public.{ddl.STYLES} run: GRANT ALL ON"
                f" public.{ddl.STYLES}, public.{ddl.STYLES}_id_seq TO {_user(cursor)}; then run: envzones onemap"
                f" migrate '{location}'"
            )
            return
        cursor.execute("SELECT pg_catalog.current_database()")
        database = cursor.fetchone()[0]
        kinds = "type" in pg.columns(connection, "public", ddl.STYLES)
        for spec in specs:
            _style_to_catalog(cursor, (database, location.schema, spec.name), spec, kinds, done)


def _user(cursor: Any) -> str:
    cursor.execute("SELECT pg_catalog.quote_ident(session_user)")
    return cursor.fetchone()[0]


def _style_to_catalog(
    cursor: Any, place: tuple[str, str, str], spec: LayerSpec, kinds: bool, done: list[str]
) -> None:
    schema = place[1]
    where = "f_table_catalog = %s AND f_table_schema = %s AND f_table_name = %s"
    cursor.execute(
        "SELECT id, stylename, useasdefault, styleqml::text"  # nosec B608: constants
        f" FROM public.{ddl.STYLES} WHERE {where}",
        place,
    )
    rows = cursor.fetchall()
    ours = next((row for row in rows if row[1] == STYLE_NAME), None)
    document = style_document(spec)
    if ours is None:
        other = any(row[2] for row in rows)
        columns = "f_table_catalog, f_table_schema, f_table_name, f_geometry_column, stylename, styleqml, useasdefault"
        more, values = (", type", (ddl.STYLE_KINDS[spec.geometry],)) if kinds else ("", ())
        cursor.execute(
            f"INSERT INTO public.{ddl.STYLES} ({columns}, description{more})"  # nosec B608: constants
            f" VALUES (%s, %s, %s, %s, %s, XMLPARSE(DOCUMENT %s), %s, %s{', %s' * len(values)})",
            (*place, GEOMETRY, STYLE_NAME, document, not other, spec.zh, *values),
        )
        done.append(f"Layer '{spec.name}': its form and style were stored.")
    else:
        if ours[3] == document:
            return
        cursor.execute(
            f"SELECT value FROM {at(schema, ddl.META)} WHERE key = %s",  # nosec B608: quoted
            (style_key(spec.name),),
        )
        shipped = cursor.fetchone()
        if shipped is None or shipped[0] != hashlib.sha256(ours[3].encode()).hexdigest():
            done.append(f"Layer '{spec.name}': the style in the database is the office's own and was kept.")
            return
        cursor.execute(
            f"UPDATE public.{ddl.STYLES} SET styleqml = XMLPARSE(DOCUMENT %s),"  # nosec B608: constants
            " update_time = CURRENT_TIMESTAMP WHERE id = %s",
            (document, ours[0]),
        )
        done.append(f"Layer '{spec.name}': the form and style were brought up to date.")
    _remember(cursor, schema, style_key(spec.name), hashlib.sha256(document.encode()).hexdigest())
