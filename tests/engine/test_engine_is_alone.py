"""The engine never needs QGIS or Qt, and importing the command line costs no heavy library."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import pytest

import envzones.plugin.engine as engine


def test_qgis_cannot_be_imported_here():
    with pytest.raises(ImportError):
        import qgis.core  # noqa: F401


def test_every_engine_module_imports_without_qgis():
    names = [m.name for m in pkgutil.walk_packages(engine.__path__, engine.__name__ + ".")]
    assert len(names) > 25
    for name in names:
        __import__(name)
    assert not {"qgis", "PyQt5", "PyQt6"} & set(sys.modules)


def test_command_line_starts_without_heavy_libraries():
    code = (
        "import sys, envzones.plugin.cli as cli; cli.parser();"
        "print([m for m in ('geopandas', 'shapely', 'pandas', 'rasterio', 'fiona', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
