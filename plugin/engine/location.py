"""Where a one map is: a GeoPackage file, or a schema of a PostgreSQL database.  Never with a password."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from .errors import InputError

SCHEMA = "envzones"
#: PostgreSQL cuts names at 63 bytes; the roles of a map are its schema's name and up to seven bytes more.
#: Not compiled here: with its many letters that takes longer than all else of this module.
_SCHEMA_NAME = r"[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*"
_SCHEMA_BYTES = 50
#: Settings of a connection that an address may carry: libpq's names, and QGIS's id of stored credentials.
_SETTINGS = frozenset(
    {
        "application_name", "authcfg", "connect_timeout", "dbname", "host", "passfile", "port", "service", "sslcert",
        "sslkey", "sslmode", "sslrootcert", "user",
    }
)  # fmt: skip
_URL = re.compile(r"^postgres(?:ql)?:/")
_NAME = re.compile(r"[a-z_]{1,20}")
_AUTHCFG = re.compile(r"[A-Za-z0-9]{7}")
_REFUSED = "a password must not stand in it; keep it in ~/.pgpass, in a service file or in QGIS's authentication"
_UNREADABLE = (
    "The address of the map cannot be read; write postgresql://user@host:5432/database?schema=name"
    " or service=name schema=name."
)


@dataclass(frozen=True)
class Location:
    """Exactly one of `path` (a GeoPackage) and `dsn` (settings of a PostgreSQL connection, libpq's names).

    `dsn` may hold ``authcfg``, the id under which QGIS keeps user and password; only QGIS can use it.
    """

    path: Path | None = None
    dsn: Mapping[str, str] | None = None
    schema: str = SCHEMA

    def __post_init__(self) -> None:
        if (self.path is None) == (self.dsn is None):
            raise ValueError("a location is either a path or a connection")
        if any("password" in key.lower() for key in self.dsn or {}):
            raise InputError(f"The address of the map: {_REFUSED}.")

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        """The path, or the address that :func:`parse` reads: never a password."""
        if self.path is not None:
            return str(self.path)
        parts = dict(self.dsn or {})
        if "service" in parts:
            parts["schema"] = self.schema
            return " ".join(f"{key}={shlex.quote(parts[key])}" for key in sorted(parts, key=_service_first))
        user = f"{quote(parts.pop('user'), safe='')}@" if "user" in parts else ""
        port = f":{parts.pop('port')}" if "port" in parts else ""
        host, name = parts.pop("host", ""), quote(parts.pop("dbname", ""), safe="")
        if host.startswith("/"):
            # A folder with the server's socket.
            parts["host"], host = host, ""
        elif ":" in host:
            host = f"[{host}]"
        settings = {"schema": self.schema, **{key: parts[key] for key in sorted(parts)}}
        return f"postgresql://{user}{host}{port}/{name}?{urlencode(settings, quote_via=quote)}"

    @property
    def name(self) -> str:
        """What a panel shows: the file's name, or schema and database."""
        if self.path is not None:
            return self.path.name
        dsn = self.dsn or {}
        return f"{self.schema} ({dsn.get('dbname') or dsn.get('service', '')})"

    @property
    def stem(self) -> str:
        """A name for what is made from the map: the file's without its ending, or the schema's."""
        return self.path.stem if self.path is not None else self.schema


def _service_first(key: str) -> tuple[bool, str]:
    return key != "service", key


def is_database(text: str | Path) -> bool:
    """Tell whether a text names a PostgreSQL map rather than a file."""
    text = str(text).strip()
    return bool(_URL.match(text)) or text.startswith("service=")


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
        If it holds a password or cannot be understood.  What was given is not repeated: it may hold a password.
    """
    said = str(text).strip()
    if not is_database(said):
        if "://" in said or re.search(r"\b(dbname|password)\s*=", said):
            raise InputError(_UNREADABLE)
        return Location(path=text if isinstance(text, Path) else Path(said))
    if said.startswith("service="):
        return _service(said)
    # A Path made of a URL has lost one of its slashes.
    return _url(re.sub(r"^(postgres(?:ql)?):/(?!/)", r"\1://", said))


def _url(said: str) -> Location:
    try:
        url = urlsplit(said)
        login, _, server = url.netloc.rpartition("@")
        user, colon, _ = login.partition(":")
        host, port = _server(server)
        settings = dict(parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query)))
    except ValueError:
        raise InputError(_UNREADABLE) from None
    if colon:
        raise InputError(f"The address of the map: {_REFUSED}.")
    # A password with one of / ? # in it would end up in what follows the host.
    if url.fragment or "@" in url.path or "/" in url.path[1:] or any("@" in key for key in settings):
        raise InputError(_UNREADABLE)
    schema = _schema(settings.pop("schema", SCHEMA))
    _known(settings)
    for key, value in (("user", user), ("host", host), ("port", port), ("dbname", url.path.lstrip("/"))):
        if value:
            settings[key] = unquote(value)
    if not settings.get("dbname") and not settings.get("service"):
        raise InputError("The address of the map names no database; write postgresql://host/database?schema=name.")
    return Location(dsn=settings, schema=schema)


def _server(text: str) -> tuple[str, str]:
    """Return host and port; urlsplit() would write the host in small letters, a socket's folder too."""
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::(\d{1,5}))?", text)
    if match is None:
        raise ValueError
    return match[1].strip("[]"), match[2] or ""


def _service(said: str) -> Location:
    try:
        pairs = dict(part.split("=", 1) for part in shlex.split(said))
    except ValueError:
        raise InputError(_UNREADABLE) from None
    schema = _schema(pairs.pop("schema", SCHEMA))
    _known(pairs)
    if not pairs["service"]:
        raise InputError(_UNREADABLE)
    return Location(dsn=pairs, schema=schema)


def _known(settings: Mapping[str, str]) -> None:
    for key, value in settings.items():
        if "password" in key.lower():
            raise InputError(f"The address of the map: {_REFUSED}.")
        if key not in _SETTINGS:
            # Only what looks like a name is repeated.
            said = f" '{key}'" if _NAME.fullmatch(key) else ""
            known = ", ".join(sorted(_SETTINGS))
            raise InputError(f"The address of the map has an unknown setting{said}; use schema, {known}.")
        if key == "authcfg" and not _AUTHCFG.fullmatch(value):
            raise InputError("The address of the map: authcfg is the seven letters and digits that QGIS shows.")


def _schema(name: str) -> str:
    bad = name.lower().startswith("pg_") or name.lower() in ("public", "information_schema")
    if bad or not re.fullmatch(_SCHEMA_NAME, name) or len(name.encode()) > _SCHEMA_BYTES:
        raise InputError(
            f"'{name}' cannot be the schema of a map; give a name of letters, digits and _ of its own, such as"
            f" {SCHEMA}, of at most {_SCHEMA_BYTES} bytes."
        )
    return name
