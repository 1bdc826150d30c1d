"""A real PostgreSQL with PostGIS for tests: a cluster of its own on 127.0.0.1, gone when the tests are.

Each test process has its own server in its own folder on a free port.  It ends and its folder goes whatever
becomes of the tests: a small process holds the other end of a pipe and clears up when the pipe closes, which the
kernel sees to even after ``kill -9``.

Over TCP every role needs its password (scram); those of :data:`ROLES` stand in the file that ``PGPASSFILE`` names.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

LIMIT_S = 120
#: Logins without rights of their own, but `chief`, who makes maps and roles.  `locked` is in no password file.
ROLES = {"chief": "CREATEROLE CREATEDB", "alice": "", "bob": "", "reader": "", "stranger": "", "locked": ""}
_SETTINGS = {
    # The system does not crash in a test, so nothing is lost without fsync; a killed server still has its log.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "40",
    "jit": "off",
    "dynamic_shared_memory_type": "mmap",
    "listen_addresses": "127.0.0.1",
    "password_encryption": "scram-sha-256",
    "timezone": "Asia/Shanghai",
    "autovacuum": "off",
}
_TEMPLATE = "envzones_template"
# Ends the server and removes its folder once nobody holds the other end of standard input.
_WATCH = """
import os, pathlib, shutil, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
folder, pg_ctl, user = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
sys.stdin.read()
who = {"user": user, "group": user, "extra_groups": []} if user else {}
subprocess.run([pg_ctl, "stop", "-D", str(folder / "data"), "-m", "immediate", "-w", "-t", "20"], cwd="/",
               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who)
shutil.rmtree(folder, ignore_errors=True)
"""


class Server:
    """A running cluster; make it with :func:`running`."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self.programs = folder, programs
        self.host, self.port = "127.0.0.1", 0
        self.passwords = {name: secrets.token_hex(8) for name in ROLES}
        self.passfile = folder / "pgpass"
        self._count = 0
        # PostgreSQL refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else ""

    # --- running ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the cluster, start it and make its roles."""
        if self._user:
            shutil.chown(self.folder, self._user, self._user)
        self._run("initdb", "-D", self.folder / "data", "--auth=reject", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        rules = (
            "local all all trust",  # the socket lies in a folder that only this user opens
            f"host all {_superuser(self._user)} all reject",
            "host all all 127.0.0.1/32 scram-sha-256",
        )
        (self.folder / "data" / "pg_hba.conf").write_text("\n".join(rules) + "\n", encoding="utf-8")
        for attempt in range(5):
            self.port = _free_port()
            try:
                self.launch()
                break
            except RuntimeError:
                # Somebody else took the port since.
                if attempt == 4:
                    raise
        for name, rights in ROLES.items():
            self.sql("postgres", f"CREATE ROLE {name} LOGIN {rights} PASSWORD '{self.passwords[name]}'")
        lines = [f"*:*:*:{name}:{word}" for name, word in self.passwords.items() if name != "locked"]
        self.passfile.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.passfile.chmod(0o600)
        self.sql("postgres", f"CREATE DATABASE {_TEMPLATE}")
        self.sql(_TEMPLATE, "CREATE EXTENSION postgis")

    def launch(self) -> None:
        """Start the server of a cluster that is there."""
        options = {**_SETTINGS, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        words = " ".join(f"-c {key}='{value}'" for key, value in options.items())
        log = self.folder / "log"
        self._run("pg_ctl", "start", "-D", self.folder / "data", "-l", log, "-o", words, "-w", "-t", "60")

    def crash(self) -> None:
        """Stop the server as a failing machine would: no goodbye to anybody, no last write."""
        self._run("pg_ctl", "stop", "-D", self.folder / "data", "-m", "immediate", "-w", "-t", "60")

    def restart(self) -> None:
        """Crash and come back."""
        self.crash()
        self.launch()

    def _run(self, program: str, *arguments: object, script: str = "") -> str:
        who = {"user": self._user, "group": self._user, "extra_groups": []} if self._user else {}
        with tempfile.TemporaryFile() as out:
            # The server keeps what it inherits: a pipe would never come to its end.
            done = subprocess.run(
                [str(self.programs / program), *map(str, arguments)], input=script.encode(), stdout=out, stderr=out,
                check=False, timeout=LIMIT_S, cwd=self.folder, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
                **who,
            )  # fmt: skip
            out.seek(0)
            said = out.read().decode("utf-8", "replace")
        if done.returncode:
            raise RuntimeError(f"{program} failed: {said[-2000:]}")
        return said

    # --- using ------------------------------------------------------------------------------------------

    def sql(self, database: str, *statements: str, user: str = "") -> str:
        """Run statements as the cluster's owner (or `user`) over the socket; return what psql prints, bare."""
        login = user or _superuser(self._user)
        where = ["-h", self.folder, "-p", self.port, "-U", login, "-d", database]
        options = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        return self._run("psql", *where, *options, script=";\n".join(statements) + ";\n").strip()

    def database(self) -> str:
        """Make a database with PostGIS that belongs to `chief`; return its name."""
        self._count += 1
        name = f"city_{self._count}"
        self.sql("postgres", f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} OWNER chief")
        return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is in it, and the roles of its maps."""
        self.sql("postgres", f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        like = "rolname ~ '_(reader|editor|admin)$' AND NOT rolcanlogin"
        for role in self.sql("postgres", f"SELECT quote_ident(rolname) FROM pg_roles WHERE {like}").splitlines():
            with contextlib.suppress(RuntimeError):  # another database's map has it still
                self.sql("postgres", f"DROP ROLE {role}")

    def url(self, database: str, user: str = "chief", schema: str = "envzones") -> str:
        """Return the address of a map."""
        return f"postgresql://{user}@{self.host}:{self.port}/{database}?schema={schema}"

    def connect(self, database: str, user: str = "chief"):
        """Return a psycopg2 connection of a role, in autocommit mode."""
        import psycopg2

        connection = psycopg2.connect(
            host=self.host, port=self.port, dbname=database, user=user, password=self.passwords[user],
            client_encoding="UTF8",
        )  # fmt: skip
        connection.autocommit = True
        return connection


def _superuser(user: str) -> str:
    import getpass

    return user or getpass.getuser()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _programs() -> Path:
    found = [
        path
        for path in Path("/usr/lib/postgresql").glob("*/bin")
        if (Path("/usr/share/postgresql") / path.parent.name / "extension" / "postgis.control").exists()
    ]
    if not found:
        raise FileNotFoundError("PostgreSQL with PostGIS is missing; run 'make setup'")
    return max(found, key=lambda path: int(path.parent.name))


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """Run a server; it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="envzones-pg-"))
    server = Server(folder, _programs())
    watch = subprocess.Popen(
        [sys.executable, "-I", "-c", _WATCH, str(folder), str(server.programs / "pg_ctl"), server._user],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", start_new_session=True,
    )  # fmt: skip
    try:
        server.start()
        yield server
    finally:
        watch.stdin.close()
        try:
            watch.wait(timeout=60)
        except subprocess.TimeoutExpired:
            watch.kill()
            watch.wait()


@pytest.fixture(scope="session")
def postgis_server() -> Iterator[Server]:
    """The server of this test process, with ``PGPASSFILE`` set for it."""
    before = {name: os.environ.get(name) for name in ("PGPASSFILE", "PGSERVICEFILE")}
    with running() as server:
        services = server.folder / "services"
        os.environ.update(PGPASSFILE=str(server.passfile), PGSERVICEFILE=str(services))
        services.touch()
        try:
            yield server
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


@pytest.fixture
def database(postgis_server: Server) -> Iterator[str]:
    """A new database with PostGIS, owned by `chief`."""
    name = postgis_server.database()
    yield name
    postgis_server.drop(name)


@pytest.fixture
def pg_url(postgis_server: Server, database: str) -> str:
    """The address of a map yet to be made."""
    return postgis_server.url(database)


def until(test, seconds: float = 20.0) -> bool:
    """Wait until `test()` is true; tell whether it came to be."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if test():
            return True
        time.sleep(0.02)
    return False
