"""Who may do what in a map in PostgreSQL: three group roles, and who is in them.

A reader reads everything, the audit trail too; an editor also edits layers and coverage; an admin also edits the
map's description and styles.  Nobody writes the trail but its trigger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..engine import pg
from ..engine.errors import InputError
from ..engine.gpkg import quoted
from ..engine.location import Location
from .gpkg_ddl import text_literal
from .postgis_ddl import META, STYLES, at

KINDS = ("reader", "editor", "admin")


def role(schema: str, kind: str) -> str:
    """Return the name of a map's group role: reader, editor or admin."""
    return f"{schema}_{kind}"


def make_roles(schema: str) -> Iterator[str]:
    """Yield what makes the group roles where they are not there; roles belong to the whole server."""
    for kind in KINDS:
        name = role(schema, kind)
        yield (
            "DO $do$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles"  # nosec B608: quoted
            f" WHERE rolname = {text_literal(name)}) THEN CREATE ROLE {quoted(name)} NOLOGIN; END IF; END $do$"
        )


def grants(schema: str, layers: Mapping[str, str]) -> Iterator[str]:
    """Yield the rights on the map's own schema; who made the map may give them.

    `layers` are the layers' tables with the (quoted) names of the sequences that number their rows.
    """
    reader, editor, admin = (quoted(role(schema, kind)) for kind in KINDS)
    everyone = f"{reader}, {editor}, {admin}"
    yield f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {everyone}"
    yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {quoted(schema)} TO {everyone}"
    for name, sequence in layers.items():
        yield f"GRANT INSERT, UPDATE, DELETE ON {at(schema, name)} TO {editor}, {admin}"
        # QGIS asks the sequence for the next number itself.
        yield f"GRANT USAGE, SELECT ON SEQUENCE {sequence} TO {editor}, {admin}"
    yield f"GRANT INSERT, UPDATE, DELETE ON {at(schema, META)} TO {admin}"


def style_grants(schema: str) -> Iterator[str]:
    """Yield the rights on the table of styles; who made that table may give them."""
    reader, editor, admin = (quoted(role(schema, kind)) for kind in KINDS)
    yield f"GRANT SELECT ON public.{STYLES} TO {reader}, {editor}, {admin}"
    yield f"GRANT INSERT, UPDATE, DELETE ON public.{STYLES} TO {admin}"
    yield f"GRANT USAGE, SELECT ON SEQUENCE public.{STYLES}_id_seq TO {admin}"


def entrance(schema: str, database: str) -> str:
    """Return the right to connect, which everybody has who was not deprived of it."""
    everyone = ", ".join(quoted(role(schema, kind)) for kind in KINDS)
    return f"GRANT CONNECT ON DATABASE {quoted(database)} TO {everyone}"


def attempt(connection: Any, statements: Sequence[str]) -> str | None:
    """Run statements that the user may lack the right to; where so, do nothing and return the server's words."""
    driver = pg.psycopg2()
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT envzones_attempt")
        try:
            for statement in statements:
                cursor.execute(statement)
        except driver.Error as error:
            # 42501: no right; 0LP01: may not grant; 42P01, 42704: what the rights are on or for is not there.
            if error.pgcode not in ("42501", "0LP01", "42P01", "42704"):
                raise
            cursor.execute("ROLLBACK TO SAVEPOINT envzones_attempt")
            return pg.said(error)
        cursor.execute("RELEASE SAVEPOINT envzones_attempt")
    return None


def set_up(connection: Any, location: Location) -> list[str]:
    """Make a map's roles and give them their rights, as far as the user may; return sentences on what was not done."""
    schema = location.schema
    layers = _layers(connection, schema)
    refused = attempt(connection, list(make_roles(schema)))
    refused = refused or attempt(connection, list(grants(schema, layers)))
    if refused:
        return [
            f"The roles were not made ({refused}); let an administrator of the database run what this prints:"
            f" envzones onemap roles '{location}'"
        ]
    attempt(connection, [entrance(schema, _database(connection))])
    if _owns_styles(connection):
        attempt(connection, list(style_grants(schema)))
        return []
    return [f"Rights on public.{STYLES} were not given; let its owner run: {'; '.join(style_grants(schema))}"]


def _layers(connection: Any, schema: str) -> dict[str, str]:
    found = {}
    with connection.cursor() as cursor:
        for name in pg.tables(connection, schema):
            cursor.execute("SELECT pg_catalog.pg_get_serial_sequence(%s, 'fid')", (at(schema, name),))
            found[name] = cursor.fetchone()[0]
    return found


def _database(connection: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.current_database()")
        return cursor.fetchone()[0]


def _owns_styles(connection: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class c"
            " WHERE c.oid = pg_catalog.to_regclass(%s)",
            (f"public.{STYLES}",),
        )
        row = cursor.fetchone()
        return bool(row and row[0])


def statements(location: Location, granted: Mapping[str, str], conninfo: str | None = None) -> list[str]:
    """Return the SQL that makes a map's roles, gives them their rights and puts users into them.

    Parameters
    ----------
    location : Location
        A map that is there.
    granted : mapping of str to str
        Database user to one of :data:`KINDS`.
    conninfo : str, optional
        See :func:`.pg.connect`.

    Raises
    ------
    InputError
        If a role is none of a map's, or the map cannot be reached.
    """
    members = list(memberships(location.schema, granted))
    with pg.session(location, conninfo) as connection:
        pg.meta(connection, location)
        layers = _layers(connection, location.schema)
        schema, database = location.schema, _database(connection)
    return [
        *make_roles(schema), *grants(schema, layers), entrance(schema, database), *style_grants(schema), *members
    ]  # fmt: skip


def memberships(schema: str, granted: Mapping[str, str]) -> Iterator[str]:
    """Yield what puts users into roles, and out of the map's other ones.

    Raises
    ------
    InputError
        If a role is none of a map's.
    """
    for member, kind in granted.items():
        if kind not in KINDS:
            raise InputError(f"'{kind}' is no role of a map; use {', '.join(KINDS)}.")
        for other in KINDS:
            if other != kind:
                yield f"REVOKE {quoted(role(schema, other))} FROM {quoted(member)}"
        yield f"GRANT {quoted(role(schema, kind))} TO {quoted(member)}"


def grant(location: Location, granted: Mapping[str, str], conninfo: str | None = None) -> list[str]:
    """Make roles and rights where they lack, and put database users into them; return sentences on what was not done.

    Raises
    ------
    InputError
        If a role is none of a map's, there is no such user, or the connection may not do it.
    """
    members = list(memberships(location.schema, granted))
    with pg.session(location, conninfo, write=True) as connection:
        pg.meta(connection, location)
        notes = set_up(connection, location)
        with connection.cursor() as cursor:
            for member in granted:
                cursor.execute("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = %s", (member,))
                if cursor.fetchone() is None:
                    raise InputError(
                        f"The database has no user '{member}'; let its administrator run: CREATE ROLE"
                        f" {quoted(member)} LOGIN; then set a password with \\password in psql."
                    )
            for statement in members:
                cursor.execute(statement)
    return notes
