"""``envzones onemap roles``: who may do what in a map in PostgreSQL."""

from __future__ import annotations

import argparse
from typing import Any

from .cli_io import add_verb, say


def add_roles(onemap: Any) -> None:
    """Add the verb to those of ``onemap``."""
    one = add_verb(
        onemap, "roles", _roles, "print the SQL of a PostgreSQL map's roles, or put database users into them"
    )
    one.add_argument("where", metavar="MAP", help="postgresql://host/database?schema=name or service=name")
    one.add_argument(
        "--grant",
        action="append",
        default=[],
        type=_granted,
        metavar="USER=ROLE",
        help="make a database user a reader, editor or admin of the map",
    )
    one.add_argument("--print", action="store_true", dest="only", help="print the SQL and run nothing")


def _granted(text: str) -> tuple[str, str]:
    user, equals, kind = text.rpartition("=")
    if not equals or not user:
        raise argparse.ArgumentTypeError(f"'{text}' must be USER=ROLE, e.g. alice=editor")
    return user, kind


def _roles(options: argparse.Namespace) -> int:
    from .engine.errors import InputError
    from .engine.location import parse
    from .store import postgis_roles

    location = parse(options.where)
    if location.path is not None:
        raise InputError(f"{location} is a file, which has no roles; give postgresql://host/database?schema=name.")
    granted = dict(options.grant)
    if options.only or not granted:
        for statement in postgis_roles.statements(location, granted):
            print(f"{statement};")
        return 0
    for note in postgis_roles.grant(location, granted):
        say(f"  note: {note}")
    for user, kind in granted.items():
        say(f"{user} is {kind} of {location}.")
    return 0
