"""The environments that EnvZones' programs and tests run in, in one place (standard library only)."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SYSTEM_PROJ = "/usr/share/proj"
PLUGIN_FOLDERS = ("/usr/share/qgis/python", "/usr/share/qgis/python/plugins")


def site_packages(venv: str = ".venv") -> Path:
    """The library folder of a venv; it goes before the system's own in QGIS's Python."""
    found = sorted((ROOT / venv).glob("lib/python3*/site-packages"))
    if not found:
        raise SystemExit(f"{venv} is missing or broken; run 'make setup'")
    return found[0]


def plain() -> dict[str, str]:
    """The caller's environment without what would leak another Python, PROJ or screen into ours."""
    dropped = {"PYTHONPATH", "PYTHONHOME", "PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "QGIS_PREFIX_PATH", "VIRTUAL_ENV"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    # Chinese file names need a UTF-8 locale, and C.UTF-8 is there on the barest machine.
    return {**kept, "PYTHONNOUSERSITE": "1", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


def qgis(profile: Path | None = None, *, screen: bool = False) -> dict[str, str]:
    """What qgis.bin, qgis_process.bin and PyQGIS programs need: .venv's libraries first, the system's PROJ data."""
    environment = plain()
    environment["PROJ_DATA"] = SYSTEM_PROJ
    environment["PYTHONPATH"] = os.pathsep.join([str(site_packages()), *PLUGIN_FOLDERS])
    environment["QGIS_CUSTOM_CONFIG_PATH"] = str(profile or ROOT / "build" / "profile")
    environment.pop("WAYLAND_DISPLAY", None)
    if screen:
        environment["QT_QPA_PLATFORM"] = "xcb"
    else:
        environment.pop("DISPLAY", None)
        environment["QT_QPA_PLATFORM"] = "offscreen"
    return environment
