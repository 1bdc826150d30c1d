"""Times of single functions: `make bench-functions`.

    .venv-engine/bin/python -m envzones.benchmarks.functions [-k trace]

Outside the tests: nothing here can fail for being slow.
"""

from __future__ import annotations

import pytest

from envzones.benchmarks.functions.cases import CASES

pytest.importorskip("pytest_benchmark", reason="pip install pytest-benchmark")


@pytest.mark.parametrize("name", CASES)
def test_function(benchmark, name):
    benchmark.group = CASES[name].group
    benchmark(CASES[name].make(1.0))
