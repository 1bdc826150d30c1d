"""The engine stands alone: every module of it loads where neither QGIS nor Qt can be imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ENGINE = Path(__file__).resolve().parents[2] / "plugin" / "engine"

# In a fresh interpreter, with the imports barred before anything else is loaded.
PROGRAM = """
import importlib, sys

class Bar:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"qgis", "PyQt5", "PyQt6", "PySide2", "PySide6", "processing", "osgeo"}:
            raise ModuleNotFoundError("barred: " + name, name=name)

sys.meta_path.insert(0, Bar())
try:
    import qgis
except ModuleNotFoundError:
    pass
else:
    raise SystemExit("qgis could be imported: nothing was barred")
for name in sys.argv[1:]:
    importlib.import_module(name)
ours = [name for name in sys.modules if name.startswith("envzones.plugin.")]
above = sorted(name for name in ours if not name.startswith("envzones.plugin.engine"))
raise SystemExit("the engine loaded what lies above it: " + ", ".join(above) if above else 0)
"""


def test_every_module_loads_without_qgis():
    root = ENGINE.parents[1]
    modules = []
    for path in sorted(ENGINE.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        modules.append(".".join(("envzones", *(parts[:-1] if parts[-1] == "__init__" else parts))))
    assert len(modules) > 10
    ended = subprocess.run([sys.executable, "-c", PROGRAM, *modules], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
