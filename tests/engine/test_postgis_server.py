"""The tests' own PostgreSQL: there, closed to strangers, and gone whatever becomes of the tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ..postgis_server import until

_CHILD = """
import os, sys
sys.path.insert(0, sys.argv[1])
from postgis_server import running
with running() as server:
    print(server.folder, server.port, flush=True)
    sys.stdin.read()
"""


def test_it_has_postgis_and_the_reference_system(postgis_server, database):
    with postgis_server.connect(database).cursor() as cursor:
        cursor.execute("SELECT auth_srid FROM public.spatial_ref_sys WHERE srid = 4490")
        assert cursor.fetchone() == (4490,)


def test_a_role_needs_its_password(postgis_server, database, monkeypatch):
    import psycopg2

    monkeypatch.delenv("PGPASSFILE")
    with pytest.raises(psycopg2.OperationalError, match="no password"):
        psycopg2.connect(host="127.0.0.1", port=postgis_server.port, dbname=database, user="alice")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_the_tests_even_when_they_are_killed(how):
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(Path(__file__).resolve().parents[1])],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    folder, _port = child.stdout.readline().split()
    pid = int((Path(folder) / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.killpg(child.pid, how)
    child.communicate()
    assert until(lambda: not Path(folder).exists())
    assert until(lambda: not Path(f"/proc/{pid}").exists())
