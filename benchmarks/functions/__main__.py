"""`python -m envzones.benchmarks.functions`: times of single functions, beside those of the last run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STORE = ROOT / "build" / "bench" / "functions"

if __name__ == "__main__":
    kept = ["--benchmark-compare"] if list(STORE.glob("*/*.json")) else []
    options = [
        "--benchmark-autosave", f"--benchmark-storage=file://{STORE}", "--benchmark-columns=min,median,max,iqr,rounds",
        "--benchmark-sort=name",
        # The project's tests hold warnings to be defects; here one says that a machine's name has changed.
        "-W", "default::pytest_benchmark.logger.PytestBenchmarkWarning",
    ]  # fmt: skip
    raise SystemExit(pytest.main([f"--rootdir={ROOT}", "-q", str(Path(__file__).parent), *options, *kept, *sys.argv[1:]]))
