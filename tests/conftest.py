"""Shared by all tests: what runs under `tests/engine` must not be able to import QGIS or Qt."""

from __future__ import annotations

import importlib.abc
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from .postgis_server import database, pg_url, postgis_server  # noqa: F401 - fixtures for all tests

_BARRED = frozenset({"qgis", "PyQt5", "PyQt6", "PySide2", "PySide6", "processing", "osgeo"})
_ENGINE = Path(__file__).parent / "engine"

# The same examples on every run and machine: a test that fails today fails tomorrow too.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


class _Bar(importlib.abc.MetaPathFinder):
    """Answers every import of a barred package with ImportError, as if it were not installed."""

    def find_spec(self, fullname, path=None, target=None):  # noqa: ARG002 - the signature is Python's
        if fullname.partition(".")[0] in _BARRED:
            raise ModuleNotFoundError(f"barred in tests/engine: {fullname}", name=fullname)


def _only_engine(config: pytest.Config) -> bool:
    asked = [Path(argument.split("::")[0]).resolve() for argument in config.args]
    return bool(asked) and all(path == _ENGINE or _ENGINE in path.parents for path in asked)


def pytest_configure(config: pytest.Config) -> None:
    """Bar QGIS when engine tests run alone; pytest-qgis, which loads QGIS, must be off then (-p no:pytest_qgis)."""
    if _only_engine(config) and "qgis" not in sys.modules:
        sys.meta_path.insert(0, _Bar())


def pytest_report_header(config: pytest.Config) -> str:
    """Say in the header whether QGIS can be imported in this run."""
    barred = any(isinstance(finder, _Bar) for finder in sys.meta_path)
    return f"envzones: QGIS is {'barred' if barred else 'not barred'}"
