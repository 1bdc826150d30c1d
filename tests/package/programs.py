"""Running QGIS's programs and the command line from a test, and seeing that they ended well."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 240
#: What a crash or a broken plugin leaves on stderr, whatever the exit code says.
SIGNS_OF_TROUBLE = ("Traceback", "double free", "Segmentation", "terminate called", "Fatal Python error", "core dumped")


@dataclass(frozen=True)
class Ended:
    """How a program ended."""

    code: int
    out: str
    err: str

    def is_fine(self) -> None:
        """Fail with what it said, unless it ended well."""
        said = f"exit {self.code}\n{self.out[-4000:]}\n{self.err[-4000:]}"
        assert self.code == 0, said
        assert not [sign for sign in SIGNS_OF_TROUBLE if sign in self.err + self.out], said


def run(command: list[str], variables: dict[str, str], limit_s: float = LIMIT_S) -> Ended:
    """Run a program to its end, or end it and all it started."""
    process = subprocess.Popen(
        command,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        pytest.fail(f"{Path(command[0]).name} was still running after {limit_s} s\n{out[-2000:]}\n{err[-2000:]}")
    return Ended(process.returncode, out, err)
