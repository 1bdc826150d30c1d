"""One siting check over partitions in a fresh process; prints one line of JSON: seconds, and what each process held.

With ``--workers`` a scheduler and so many workers of one thread each run beside it, as processes of their own.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .river_ours import peak_mb

_LIMIT_S = 60.0


def main() -> int:
    """Check once."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--sites", "--map", "--out"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--book", required=True)
    parser.add_argument("--chunk", type=int)
    parser.add_argument("--workers", type=int, default=0, help="0: in this process, one partition after the other")
    parser.add_argument("--most-gb", type=float, default=14.0, help="fail rather than take more memory than this")
    options = parser.parse_args()
    # A partition too large for the machine must end this process, not the machine.
    most = int(options.most_gb * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    from ..plugin.engine import batch, batch_sites
    from ..plugin.engine.clauses.book import load_books
    from .probe import day

    books = load_books([options.book])
    more: dict[str, Any] = {"as_of": day(books), "kind": "parquet", "chunk": options.chunk}
    source = batch_sites.open_sites(options.sites)
    if not options.workers:
        started = time.perf_counter()
        result = batch.check_in_parts(source, options.map, books, options.out, **more)
        seconds, held = time.perf_counter() - started, {"this process": peak_mb()}
    else:
        with _cluster(options.workers) as client:
            address = client.scheduler.address
            started = time.perf_counter()
            result = batch.check_in_parts(
                source, options.map, books, options.out, engine="dask", scheduler=address, **more
            )
            seconds = time.perf_counter() - started
            workers = sorted(client.run(peak_mb).values())
            held = {
                "client": peak_mb(), "scheduler": client.run_on_scheduler(peak_mb),
                **{f"worker {k + 1}": one for k, one in enumerate(workers)},
            }  # fmt: skip
    parts = result.manifest.parts()
    print(json.dumps({
        "seconds": seconds, "held_mb": held, "partitions": len(parts), "sites": sum(one["sites"] for one in parts),
        "findings": sum(one["rows"]["finding"] for one in parts), "inside": [one["seconds"] for one in parts],
        "clauses": sum(len(book.of_kind("siting")) for book in books), "issues": len(result.issues()),
        "disk_mb": sum(path.stat().st_size for path in options.out.rglob("*.parquet")) / 1e6,
    }))  # fmt: skip
    return 0


@contextlib.contextmanager
def _cluster(workers: int) -> Iterator[Any]:
    """A scheduler and workers as processes of their own on loopback, and a client of them."""
    import distributed

    with tempfile.TemporaryDirectory(prefix="envzones-dask-") as name:
        file = Path(name) / "scheduler.json"
        here = ["--host", "127.0.0.1", "--no-dashboard"]
        program = [sys.executable, "-m", "dask"]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started = [subprocess.Popen([*program, "scheduler", "--port", "0", "--scheduler-file", str(file), *here], **quiet)]
        try:
            until = time.monotonic() + _LIMIT_S
            while not file.exists() or "address" not in (told := file.read_text("utf-8")):
                if started[0].poll() is not None or time.monotonic() > until:
                    raise RuntimeError("the scheduler did not start")
                time.sleep(0.05)
            address = json.loads(told)["address"]
            more = [*here, "--nthreads", "1", "--no-nanny", "--memory-limit", "0", "--local-directory", name]
            started += [subprocess.Popen([*program, "worker", address, *more], **quiet) for _ in range(workers)]
            with contextlib.closing(distributed.Client(address, set_as_default=False)) as client:
                client.wait_for_workers(workers, timeout=_LIMIT_S)
                yield client
        finally:
            for one in reversed(started):
                one.terminate()
            for one in started:
                try:
                    one.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    one.kill()
                    one.wait()


if __name__ == "__main__":
    raise SystemExit(main())
