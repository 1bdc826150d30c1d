"""What a benchmark runs on and with: processor, memory, versions, and how busy the machine is."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / ".ci"))
import environment  # noqa: E402 - the project's own, beside its build scripts

#: Above this load average for each processor, or this share of all processors in use, others are at work.
LOAD_EACH, USED = 0.5, 0.25
#: So long after a part of ours its own share has left the load average of a minute.
_FADED_S = 90.0
_LOOK_S = 2.0
_IN_QGIS = """
import shapely, numpy
from osgeo import gdal
import pyproj
from qgis.core import Qgis
print(Qgis.QGIS_VERSION, gdal.__version__, pyproj.proj_version_str, shapely.__version__, shapely.geos_version_string,
      numpy.__version__, sep="\\t")
"""


@dataclass(frozen=True)
class State:
    """How busy the machine is.

    Attributes
    ----------
    load : float
        Load average of a minute.
    used : float
        Share of all processors in use during a moment's look.
    busy : bool
        Whether that is more than a quiet machine shows.
    """

    load: float
    used: float
    busy: bool


def describe() -> dict[str, str]:
    """Return processor, memory and versions by name; what is missing is said to be."""
    out = {
        "processor": f"{processor()}, {os.cpu_count()} of them", "memory": f"{_memory_gb():.1f} GB", "system": _system(),
        "Python (engine's venv)": platform.python_version(), **engine_versions(), **_qgis(), **_postgres(),
    }  # fmt: skip
    return {name: value for name, value in out.items() if value}


def state(idle_s: float, *, patient: bool) -> State:
    """Look how busy the machine is before a part begins.

    Parameters
    ----------
    idle_s : float
        Seconds since the last part of ours ended, whose own load does not count; infinite before the first.
    patient : bool
        Wait until that load has faded, if there is any.
    """
    limit = LOAD_EACH * (os.cpu_count() or 1)
    begun = time.monotonic()
    while patient and os.getloadavg()[0] > limit and idle_s + time.monotonic() - begun < _FADED_S:
        time.sleep(_LOOK_S)
    used = share_used()
    load = os.getloadavg()[0]
    return State(load, used, is_busy(load, used, idle_s + time.monotonic() - begun, os.cpu_count() or 1))


def is_busy(load: float, used: float, idle_s: float, processors: int) -> bool:
    """Whether others are at work: by the load average where it is not ours, by the processors in use always."""
    return used > USED or (load > LOAD_EACH * processors and idle_s >= _FADED_S)


def share_used(look_s: float = _LOOK_S) -> float:
    """Share of all processors in use during the next seconds; 0 where the system does not tell."""
    before = _jiffies()
    time.sleep(look_s)
    after = _jiffies()
    total = after[0] - before[0]
    return 0.0 if total <= 0 else 1.0 - (after[1] - before[1]) / total


def commit() -> str:
    """Short id of the source's state; a plus where files of the engine or the benchmarks differ from it."""
    asked = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if asked.returncode:
        return ""
    changed = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=no", "--", "plugin", "benchmarks", "resources", "layers"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return asked.stdout.strip() + ("+" if changed.stdout.strip() else "")


def _jiffies() -> tuple[int, int]:
    """Processor time of all kinds, and idle (waiting for a disk counts as idle)."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0, 0
    values = [int(cell) for cell in stat.read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
    return sum(values), values[3] + values[4]


def processor() -> str:
    """Name of the processor."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", info.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
        if found:
            return found.group(1).strip()
    return platform.processor() or platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _system() -> str:
    release = Path("/etc/os-release")
    if release.exists():
        found = re.search(r'^PRETTY_NAME="?([^"\n]+)', release.read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            return f"{found.group(1)}, Linux {platform.release()}"
    return platform.platform()


def engine_versions() -> Mapping[str, str]:
    """Return the versions of this Python's libraries by name."""
    import geopandas
    import numpy
    import pyogrio
    import pyproj
    import shapely

    return {
        "numpy": numpy.__version__, "geopandas": geopandas.__version__,
        "shapely": f"{shapely.__version__} on GEOS {shapely.geos_version_string}",
        "pyproj": f"{pyproj.__version__} on PROJ {pyproj.proj_version_str}",
        "pyogrio": f"{pyogrio.__version__} on GDAL {pyogrio.__gdal_version_string__}",
    }  # fmt: skip


def _qgis() -> Mapping[str, str]:
    python = ROOT / ".venv" / "bin" / "python"
    if not python.exists():
        return {"QGIS": "not there: .venv is missing (make setup)"}
    done = subprocess.run(
        [str(python), "-c", _IN_QGIS], env=environment.qgis(), capture_output=True, text=True, check=False, timeout=120
    )
    # QGIS's Python may crash on leaving, when all is said.
    cells = (done.stdout.strip().splitlines() or [""])[-1].split("\t")
    if len(cells) != 6:
        return {"QGIS": f"not there: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}"}
    qgis, gdal, proj, shapely, geos, numpy = cells
    return {
        "QGIS": qgis,
        "QGIS's Python": f"GDAL {gdal}, PROJ {proj}, shapely {shapely} on GEOS {geos}, numpy {numpy}",
    }


def _postgres() -> Mapping[str, str]:
    servers = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not servers:
        return {"PostgreSQL": "not there"}
    done = subprocess.run([str(servers[-1]), "--version"], capture_output=True, text=True, check=False)
    told = [done.stdout.strip().replace("postgres (PostgreSQL) ", "").split(" ")[0]]
    for name, title in (("postgis", "PostGIS"), ("pgrouting", "pgRouting")):
        for control in sorted(Path("/usr/share/postgresql").glob(f"*/extension/{name}.control"))[-1:]:
            found = re.search(r"default_version\s*=\s*'([^']+)'", control.read_text(encoding="utf-8"))
            told.append(f"{title} {found.group(1)}" if found else title)
    return {"PostgreSQL": ", ".join(told)}
