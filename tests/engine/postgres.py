"""PostgreSQL without a server: SQL run by a backend of its own in a folder that is gone afterwards.

Nothing listens anywhere and nothing is left running: the backend reads the script, answers into files, and ends.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pandas as pd

LIMIT_S = 120


class Database:
    """A cluster of its own; use it in a ``with`` statement."""

    def __enter__(self) -> Database:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
        extensions = "share/postgresql/{}/extension/pgrouting.control"
        found = [p for p in found if (Path("/usr") / extensions.format(p.parent.name)).exists()]
        if not found:
            raise FileNotFoundError("PostgreSQL with pgRouting is missing; run 'make setup'")
        self.programs = found[-1]
        self.folder = Path(tempfile.mkdtemp(prefix="envzones-postgres-"))
        # PostgreSQL refuses to run as root.
        self.user = {}
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
            self.user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        try:
            self._run("initdb", "-D", self.folder / "data", "--auth=reject", "--no-sync", "-E", "UTF8", "--locale=C")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: object, script: str = "") -> None:
        done = subprocess.run(
            [str(self.programs / program), *map(str, arguments)],
            input=script, capture_output=True, text=True, encoding="utf-8", check=False, timeout=LIMIT_S,
            cwd=self.folder, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}, **self.user,
        )  # fmt: skip
        # A backend by itself goes on after an error, and ends as if all were well.
        if done.returncode or "ERROR:" in done.stderr or "FATAL:" in done.stderr:
            raise RuntimeError(f"{program} failed: {done.stderr[-2000:]}")

    def table(self, name: str, frame: pd.DataFrame) -> None:
        """Write a frame where SQL reads it: ``COPY … FROM '<name>.csv' CSV``."""
        frame.to_csv(self.folder / f"{name}.csv", index=False, header=False)
        (self.folder / f"{name}.csv").chmod(0o644)

    def answers(self, *statements: str, **columns: list[str]) -> list[pd.DataFrame]:
        """Run statements; read back what they copied to ``<name>.out``, one name with its columns each."""
        # The backend's own folder is the cluster's; a statement ends with a semicolon and an empty line.
        script = "\n\n".join(s.strip().rstrip(";") + ";" for s in statements)
        script = script.replace("@", f"{self.folder}/")
        settings = ("fsync=off", "jit=off", "shared_buffers=64MB", "dynamic_shared_memory_type=mmap")
        options = [part for setting in settings for part in ("-c", setting)]
        self._run("postgres", "--single", "-j", "-D", self.folder / "data", *options, "postgres", script=script + "\n\n")
        return [pd.read_csv(self.folder / f"{name}.out", names=names) for name, names in columns.items()]
