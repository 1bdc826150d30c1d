"""A real QGIS window without geopandas, or with Debian's own shapely 1.8: one message, and all of QGIS works."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
DEMO = HERE.parents[1] / "build" / "demo"
#: Makes Python find neither library, as where they were never installed.
_WITHOUT = """import sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] in {"geopandas", "shapely"} else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Without
"""


@pytest.fixture(scope="module", params=["missing", "old"])
def seen(request, tmp_path_factory):
    """What the script in the window saw."""
    spec = importlib.util.spec_from_file_location("qgis_window", HERE / "qgis_window.py")
    runner = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(runner)
    out = tmp_path_factory.mktemp(f"lacking-{request.param}")
    for name in ("jiyuan.gpkg", "jiyuan.qgz", "check.gpkg", "section.gpkg", "radius.gpkg", "plan.gpkg"):
        shutil.copy(DEMO / name, out / name)
    libraries = out / "libraries"
    libraries.mkdir()
    if request.param == "missing":
        (libraries / "sitecustomize.py").write_text(_WITHOUT, encoding="utf-8")
    answer = runner.run_in_window(
        HERE / "inside_lacking.py", out / "jiyuan.qgz", out, libraries=str(libraries), locale="en"
    )
    assert "error" not in answer, answer["error"]
    return {**answer, "case": request.param, "log": out / "qgis.log"}


def test_the_machine_is_as_the_test_says(seen):
    if seen["case"] == "old":
        ask = "from importlib import metadata as m; print(m.version('shapely'), m.version('geopandas'))"
        system = [str(Path(sys.base_prefix) / "bin" / "python3"), "-I", "-c", ask]
        found = subprocess.run(system, capture_output=True, text=True, check=True, timeout=60).stdout.split()
        assert found[0].startswith("1.8")
        assert found[1].startswith("0.12")


def test_the_plugin_loads_and_is_silent_at_first(seen):
    assert seen["there"]
    assert seen["before"] == []
    assert seen["imported"] == []


def test_one_message_says_what_is_missing_and_how_to_get_it(seen):
    assert seen["pressed"] >= 13
    assert len(seen["said"]) == 1, seen["said"]
    said = seen["said"][0]
    wanted = "not installed" if seen["case"] == "missing" else "found 1.8"
    assert "shapely 2.0" in said
    assert "geopandas 0.14" in said
    assert wanted in said
    assert "python3-geopandas" in said
    assert seen["dialogs"] == []


def test_all_else_of_qgis_works(seen):
    assert seen["edited"]["saved"], seen["edited"]["errors"]
    assert seen["edited"]["name"] == "改名后的矿山"
    assert seen["buffered"] > 0
    assert seen["refused"][0] is False
    assert "shapely 2.0" in seen["refused"][1]
    assert seen["again"]


def test_no_python_error_in_the_log(seen):
    log = seen["log"].read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log, log[-3000:]
