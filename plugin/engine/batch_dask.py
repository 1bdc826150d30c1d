"""Partitions of a siting check on dask.distributed: processes of this machine, or the workers of a running scheduler.

A partition is one task without dependencies but the job itself, so a worker that dies costs the partitions it was at,
which others do again.  Workers write what they find; only a line of the manifest comes back.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from .batch import check_part
from .errors import EnvZonesError, InputError
from .threads import VARIABLE

if TYPE_CHECKING:
    from .batch import Job, _Watch
    from .batch_sites import Piece

#: How often cancelling is looked for.
_POLL_S = 0.2
#: How long a scheduler is waited for, and processes that are to end.
_REACH_S, _CLOSE_S = 10.0, 3.0


def distributed() -> Any:
    """Return ``distributed``.

    Raises
    ------
    InputError
        If it is missing.
    """
    try:
        import distributed
    except ImportError as error:
        raise InputError(
            "Checking on several processes or machines needs dask; install it with: pip install 'envzones[scale]'"
        ) from error
    return distributed


def over_dask(
    job: Job,
    pieces: Sequence[Piece],
    watch: _Watch,
    scheduler: str | None,
    workers: int | None,
    work: Callable[[Job, Piece], dict[str, Any]] = check_part,
) -> None:
    """Check partitions on the workers of a scheduler, in any order; `watch` is told of each that is finished.

    Raises
    ------
    InputError
        If the scheduler cannot be reached or has no workers, a partition ends its worker again and again, or the check
        refuses.
    Cancelled
        If the progress says so.
    """
    with _client(scheduler, workers) as client:
        finished: queue.SimpleQueue[Any] = queue.SimpleQueue()
        # Names of their own: the scheduler expects of a task what others of its name took, and the job takes nothing.
        shared = client.submit(_itself, job, key=f"envzones_job-{job.run}", pure=False)
        futures = client.map(
            partial(_one_thread, work), [shared] * len(pieces), pieces, pure=False,
            key=[f"envzones_partition-{job.run}-{one.number}" for one in pieces],
        )
        number_of = {future.key: one.number for future, one in zip(futures, pieces)}
        for future in futures:
            future.add_done_callback(finished.put)
        try:
            for _ in pieces:
                future = _next(finished, watch)
                watch(number_of[future.key], _answer(future, number_of[future.key]))
        except BaseException:
            # What waits is not begun; what runs ends in its own time, or with its process.
            client.cancel(futures, force=True)
            raise


def _one_thread(work: Callable[[Job, Piece], Any], job: Job, piece: Piece) -> Any:
    """Work on a partition in a process that is one of many: the others have the other cores."""
    os.environ.setdefault(VARIABLE, "1")
    return work(job, piece)


def _itself(job: Job) -> Job:
    """Return the job: as a task of its own it is made again where the worker that held it is gone."""
    return job


def _next(finished: queue.SimpleQueue[Any], watch: _Watch) -> Any:
    while True:
        watch.tell()
        with contextlib.suppress(queue.Empty):
            return finished.get(timeout=_POLL_S)


def _answer(future: Any, number: int) -> dict[str, Any]:
    if future.status == "finished":
        return future.result()
    error = future.exception() if future.status == "error" else None
    if isinstance(error, EnvZonesError):
        raise error
    killed = distributed().scheduler.KilledWorker
    if isinstance(error, killed):
        raise InputError(
            f"Partition {number} ended its worker again and again, as a rule for want of memory; take fewer sites with"
            " --chunk, or fewer --workers."
        ) from error
    if error is None:
        raise InputError(f"The scheduler gave up partition {number}; see that it runs and start the command again.")
    raise error


@contextlib.contextmanager
def _client(scheduler: str | None, workers: int | None) -> Iterator[Any]:
    """A client of the scheduler named, or of processes of its own that end with it."""
    module = distributed()
    if scheduler is not None:
        try:
            client = module.Client(scheduler, timeout=_REACH_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError(
                f"Scheduler {scheduler} does not answer; start it with 'dask scheduler' and check the address."
            ) from error
        with contextlib.closing(client):
            if not client.scheduler_info(n_workers=-1)["workers"]:
                raise InputError(
                    f"Scheduler {scheduler} has no workers; start some with: dask worker {scheduler} --nthreads 1"
                )
            yield client
        return
    with _deaf():
        cluster = module.LocalCluster(
            n_workers=workers or os.cpu_count() or 1, threads_per_worker=1, processes=True, host="127.0.0.1",
            dashboard_address="127.0.0.1:0", memory_limit=0, silence_logs=logging.CRITICAL,
        )  # fmt: skip
    client = module.Client(cluster, set_as_default=False)
    try:
        yield client
    except BaseException:
        _end(cluster)
        raise
    finally:
        with contextlib.suppress(TimeoutError, OSError):
            client.close(timeout=_CLOSE_S)
        with contextlib.suppress(TimeoutError, OSError):
            cluster.close(timeout=_CLOSE_S)


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Let processes that are started here not hear Ctrl-C, which a terminal sends to all: this one ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end(cluster: Any) -> None:
    """End the workers at once: they write whole files or none, and to wait for what they are at may take minutes."""
    for nanny in cluster.workers.values():
        nanny.auto_restart = False
        pid = getattr(nanny.process, "pid", None)
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
