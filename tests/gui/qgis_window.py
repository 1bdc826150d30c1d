"""Start a real QGIS on a screen of its own, let it run a script, and end it whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sysconfig
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCREEN = (1366, 768)
_SETTINGS = """[PythonPlugins]
envzones=true
processing=true

[Plugins]
libgrassplugin7=false
libgeometry_checkerplugin=false
libtopolplugin=false

[locale]
overrideFlag=true
userLocale={locale}

[qgis]
checkVersion=false
showTips=false
promptForDatumTransform=false
enableMacros=SecurityNever
newProjectDefault=false
firstRunVersionFlag=99999
iconSize=24

[app]
projections\\newProjectCrsBehavior=UsePresetCrs

[core]
NewsFeed\\httpsfeedqgisorg\\disabled=true

[app-news]
disabled=true
"""


def make_profile(folder: Path, locale: str = "en") -> Path:
    """Make a QGIS profile that has the plugin enabled and opens nothing by itself."""
    profile = folder / "profiles" / "default"
    plugins = profile / "python" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "envzones").symlink_to(ROOT, target_is_directory=True)
    ini = profile / "QGIS"
    ini.mkdir()
    (ini / "QGIS3.ini").write_text(_SETTINGS.format(locale=locale), encoding="utf-8")
    return folder


def run_in_window(
    script: Path, project: Path | None, out: Path, *, locale: str = "en", seconds: float = 240.0,
    libraries: str | None = None, **extra: str,
) -> dict[str, Any]:
    """Open QGIS with `project`, run `script` in it, and return what the script wrote to ``result.json`` in `out`.

    `libraries` is where QGIS's Python looks before its own; by default where this one keeps its packages.

    The script finds its folder in the environment variable ENVZONES_OUT, that of the tools it may import in
    ENVZONES_TOOLS, and `extra` as further variables.

    Raises
    ------
    RuntimeError
        If QGIS ended or the time ran out before the script had answered, with the end of QGIS's output.
    """
    runner = shutil.which("xvfb-run")
    if runner is None or shutil.which("qgis.bin") is None:
        raise RuntimeError("qgis.bin or xvfb-run is missing; run 'make setup'")
    profile = make_profile(out / f"profile-{locale}", locale)
    runtime = out / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "QT_QPA_PLATFORM")}
    environment.update(
        QGIS_CUSTOM_CONFIG_PATH=str(profile),
        PYTHONPATH=sysconfig.get_paths()["purelib"] if libraries is None else libraries,
        PROJ_DATA="/usr/share/proj",
        XDG_RUNTIME_DIR=str(runtime),
        LC_ALL="C.UTF-8",
        ENVZONES_OUT=str(out),
        ENVZONES_TOOLS=str(Path(__file__).resolve().parent),
        **extra,
    )
    width, height = SCREEN
    command = [
        runner, "-a", "-s", f"-screen 0 {width}x{height}x24", "qgis.bin", "--noversioncheck", "--nologo",
        "--code", str(script),
    ]  # fmt: skip
    if project is not None:
        command.append(str(project))
    answer, log = out / "result.json", out / "qgis.log"
    with log.open("w", encoding="utf-8") as sink:
        process = subprocess.Popen(
            command, stdout=sink, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        )
        try:
            _wait(process, answer, seconds)
        finally:
            _end(process)
    if not answer.is_file():
        tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
        raise RuntimeError(f"QGIS gave no answer within {seconds:.0f} s (exit {process.returncode}):\n{tail}")
    return json.loads(answer.read_text(encoding="utf-8"))


def _wait(process: subprocess.Popen, answer: Path, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not answer.is_file() and process.poll() is None:
        time.sleep(0.2)
    if answer.is_file():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=15.0)


def _end(process: subprocess.Popen) -> None:
    """End QGIS, xvfb-run and the screen: they share a process group of their own."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5.0)
