"""Where a one map is: a GeoPackage file, or a schema of a PostgreSQL database.  Never with a password."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from ..engine.errors import InputError

SCHEMA = "envzones"
_SCHEMA_NAME = re.compile(r"[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]{0,50}")
#: Settings of a connection that a URL may carry (libpq's names).
_SETTINGS = frozenset(
    {"sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "application_name", "passfile", "service", "host"}
)
_REFUSED = "a password must not stand in it; keep it in ~/.pgpass, in a service file or in QGIS's authentication"


@dataclass(frozen=True)
class Location:
    """Exactly one of `path` (a GeoPackage) and `dsn` (settings of a PostgreSQL connection, libpq's names)."""

    path: Path | None = None
    dsn: Mapping[str, str] | None = None
    schema: str = SCHEMA

    def __str__(self) -> str:
        """The path, or the connection as text: never a password."""
        if self.path is not None:
            return str(self.path)
        parts = {key: value for key, value in (self.dsn or {}).items() if key != "password"}
        if "service" in parts and "host" not in parts:
            return f"service={parts['service']} schema={self.schema}"
        user = f"{parts.pop('user')}@" if "user" in parts else ""
        port = f":{parts.pop('port')}" if "port" in parts else ""
        host, name = parts.pop("host", ""), parts.pop("dbname", "")
        if host.startswith("/"):
            parts["host"], host = host, ""
        return f"postgresql://{user}{host}{port}/{name}?{urlencode({'schema': self.schema, **parts})}"


def is_database(text: str | Path) -> bool:
    """Tell whether a text names a PostgreSQL map rather than a file."""
    text = str(text).strip()
    return text.startswith(("postgresql://", "postgres://", "postgresql:/", "postgres:/", "service="))


def parse(text: str | Path) -> Location:
    """Read where a map is.

    Parameters
    ----------
    text : str or Path
        ``map.gpkg``, ``postgresql://[user@]host[:port]/database[?schema=s&sslmode=…]`` or
        ``service=name [schema=s] [user=…]``.

    Raises
    ------
    InputError
        If it holds a password or cannot be understood.
    """
    if isinstance(text, Path) and not is_database(text):
        return Location(path=text)
    said = str(text).strip()
    if said.startswith("service="):
        return _service(said)
    if not is_database(said):
        return Location(path=Path(said))
    # A Path made of a URL has lost one of its slashes.
    said = re.sub(r"^(postgres(?:ql)?):/+", r"\1://", said)
    try:
        url = urlsplit(said)
        port = url.port
    except ValueError as error:
        raise InputError(f"The address of the map cannot be read ({error}); write postgresql://host/database.") from None
    if url.password is not None:
        raise InputError(f"The address of the map postgresql://{url.hostname or ''}{url.path}: {_REFUSED}.")
    settings = dict(parse_qsl(url.query, keep_blank_values=True))
    schema = _schema(settings.pop("schema", SCHEMA))
    _known(settings)
    dsn = dict(settings)
    for key, value in (("user", url.username), ("host", url.hostname), ("dbname", url.path.lstrip("/"))):
        if value:
            dsn[key] = unquote(value)
    if port:
        dsn["port"] = str(port)
    if not dsn.get("dbname") and not dsn.get("service"):
        raise InputError("The address of the map names no database; write postgresql://host/database?schema=name.")
    return Location(dsn=dsn, schema=schema)


def _service(said: str) -> Location:
    try:
        pairs = dict(part.split("=", 1) for part in shlex.split(said))
    except ValueError:
        raise InputError("The address of the map cannot be read; write service=name schema=name.") from None
    schema = _schema(pairs.pop("schema", SCHEMA))
    _known({key: value for key, value in pairs.items() if key not in ("user", "dbname", "host", "port")})
    return Location(dsn=pairs, schema=schema)


def _known(settings: Mapping[str, str]) -> None:
    for key in settings:
        if "password" in key.lower() and key != "passfile":
            raise InputError(f"The address of the map: {_REFUSED}.")
        if key not in _SETTINGS:
            raise InputError(
                f"The address of the map has an unknown setting '{key}'; use schema, {', '.join(sorted(_SETTINGS))}."
            )


def _schema(name: str) -> str:
    if not _SCHEMA_NAME.fullmatch(name) or name.lower().startswith("pg_") or name.lower() == "public":
        raise InputError(
            f"'{name}' cannot be the schema of a map; give a name of letters, digits and _ of its own, such as {SCHEMA}."
        )
    return name
