"""A real scheduler and two real worker processes on loopback: one is killed at work, and the answer is whole and the same."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from envzones.plugin import cli
from envzones.plugin.engine import batch, batch_dask, batch_sites
from envzones.plugin.engine.clauses.book import load_books
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.onemap import read_file

from .batch_world import CANDIDATES, DAY, SHORT, assert_same, make_map, whole


@pytest.fixture(scope="module")
def onemap(tmp_path_factory):
    return make_map(tmp_path_factory.mktemp("map"))


def run(onemap, folder, **more):
    source = batch_sites.open_sites(CANDIDATES)
    return batch.check_in_parts(
        source, onemap, load_books(SHORT), folder, as_of=DAY, engine="dask", kind="pieces", **more
    )


@contextlib.contextmanager
def processes(folder, workers):
    """A scheduler and workers without nannies: a worker that is killed stays away."""
    file = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    here = ["--host", "127.0.0.1", "--no-dashboard"]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "dask", "scheduler", "--port", "0", "--scheduler-file", str(file), *here], **quiet
        )
    ]
    try:
        while not file.exists() or "address" not in (told := file.read_text("utf-8")):
            assert started[0].poll() is None
            time.sleep(0.05)
        address = json.loads(told)["address"]
        more = [*here, "--nthreads", "1", "--no-nanny", "--memory-limit", "0", "--local-directory", str(folder)]
        for _ in range(workers):
            started.append(subprocess.Popen([sys.executable, "-m", "dask", "worker", address, *more], **quiet))
        yield address, started[1:]
    finally:
        for one in reversed(started):
            one.terminate()
        for one in started:
            try:
                one.wait(timeout=10)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()


def test_a_worker_killed_at_work_costs_nothing_but_time(onemap, tmp_path):
    distributed = pytest.importorskip("distributed")
    with processes(tmp_path, 2) as (address, workers):
        killed = []

        def kill(client):
            of = {}
            while len(of) < 2:
                of = client.run(os.getpid)
            while not killed:
                # Both are at partitions, and one is finished.
                busy = [one for one, keys in client.processing().items() if keys]
                if len(busy) == 2 and watch.done:
                    os.kill(of[busy[0]], signal.SIGKILL)
                    killed.append(of[busy[0]])
                time.sleep(0.01)

        class Watch:
            cancelled, done = False, False

            def __call__(self, fraction, message=""):
                self.done = self.done or (message[:1].isdigit() and not message.startswith("0 ") and "of" in message)

        watch = Watch()
        with contextlib.closing(distributed.Client(address, set_as_default=False)) as client:
            client.wait_for_workers(2, timeout=60)
            thread = threading.Thread(target=kill, args=(client,), daemon=True)
            thread.start()
            result = run(onemap, tmp_path / "parts", scheduler=address, chunk=2, progress=watch)
            thread.join(timeout=30)
        assert killed and killed[0] in [one.pid for one in workers]
        assert sum(one.wait(timeout=30) == -signal.SIGKILL for one in workers if one.pid == killed[0]) == 1
    assert len(result.manifest.parts()) == 8
    assert_same(result, whole(read_file(CANDIDATES), onemap))


def test_processes_of_its_own_and_taking_up_by_chunks(onemap, tmp_path, capsys):
    pytest.importorskip("distributed")

    class Stopping:
        cancelled = False

        def __call__(self, fraction, message=""):
            self.cancelled = self.cancelled or message.startswith("2 of 4")

    with pytest.raises(Cancelled, match="of 4 partitions are finished and kept"):
        run(onemap, tmp_path / "out.gpkg.parts", workers=2, chunk=4, progress=Stopping())
    done = len(json.loads((tmp_path / "out.gpkg.parts" / "manifest.json").read_text("utf-8"))["parts"])
    assert done >= 2
    arguments = ["check", str(CANDIDATES), "--onemap", str(onemap), "--rulebook", *SHORT, "--no-law", "--as-of",
                 DAY.isoformat(), "--out", str(tmp_path / "out.gpkg"), "--engine", "chunks", "--chunk", "4"]  # fmt: skip
    assert cli.main(arguments) == 0
    assert f"{done} of them from before" in capsys.readouterr().err


def test_a_scheduler_that_is_away_or_alone_is_told_in_a_sentence(onemap, tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(batch_dask, "_REACH_S", 1.0)
    with pytest.raises(InputError, match="does not answer"):
        run(onemap, tmp_path / "nobody", scheduler="tcp://127.0.0.1:9", chunk=4)
    with processes(tmp_path, 0) as (address, _), pytest.raises(InputError, match="has no workers"):
        run(onemap, tmp_path / "none", scheduler=address, chunk=4)


def test_without_dask_one_sentence_says_what_to_install(onemap, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'envzones\[scale\]'"):
        run(onemap, tmp_path / "parts", chunk=4)
    assert not (tmp_path / "parts").exists()
