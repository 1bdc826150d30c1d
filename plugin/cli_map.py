"""The verb ``map`` of the command line: printed maps, by the Python that QGIS uses.

QGIS must not share a process with the libraries of this one (and this one may have no QGIS at all), so that the map is
printed by :mod:`.project.print_main` in a process of its own.
"""

from __future__ import annotations

import argparse
import glob
import json
import os
import subprocess  # nosec B404 - a Python of this machine, never a shell
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .cli_io import (
    EXIT_CANCELLED,
    EXIT_INPUT,
    add_publication,
    add_verb,
    day,
    progress_bar,
    publication_of,
    say,
)
from .engine.errors import Cancelled, InputError

PYTHON_VARIABLE = "ENVZONES_QGIS_PYTHON"
FORMATS = ("pdf", "png", "jpg", "svg")
ROOT = Path(__file__).resolve().parents[1]
#: Where QGIS's Python is, by system; the newest of several comes last by name.
_PLACES = {
    "win32": (r"C:\Program Files\QGIS *\bin\python-qgis*.bat", r"C:\OSGeo4W*\bin\python-qgis*.bat"),
    "darwin": ("/Applications/QGIS*.app/Contents/MacOS/bin/python3",),
}
_LINUX = ("/usr/bin/python3", "/usr/local/bin/python3")
#: Where packages of Linux put the modules of QGIS, for a Python that does not look there.
_MODULES = ("/usr/share/qgis/python", "/usr/lib/python3/dist-packages", "/usr/local/share/qgis/python")
#: What leads another Python astray.
_OTHERS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "GDAL_DRIVER_PATH")
_ASK = "import qgis.core, yaml"
#: Runs the module by its name wherever the package lies and whatever its folder is called.
_START = """
import importlib.util, runpy, sys
root = sys.argv.pop(1)
spec = importlib.util.spec_from_file_location("envzones", root + "/__init__.py", submodule_search_locations=[root])
sys.modules["envzones"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["envzones"])
runpy.run_module("envzones.plugin.project.print_main", run_name="__main__", alter_sys=True)
"""
_WAIT_S = 5.0


def add_map(verbs: Any) -> None:
    """Declare ``envzones map``."""
    one = add_verb(verbs, "map", _map, "print maps: the one map, a theme, a river section, a site, or an atlas of them")
    one.add_argument("source", metavar="PROJECT.qgz|ONEMAP", help="a project, MAP.gpkg, postgresql://… or service=…")
    one.add_argument(
        "--subject", default="onemap", metavar="KIND[:ID]",
        help="onemap, theme:ID, section[:ID], radius[:ID], site[:ID], zone[:LAYER/UID], county[:UID]"
        " (default onemap)",
    )  # fmt: skip
    one.add_argument("--list", action="store_true", help="say what can be printed, and print nothing")
    one.add_argument("--atlas", action="store_true", help="a page for each subject of the kind")
    one.add_argument("--out", metavar="FILE|FOLDER", help="an atlas in a folder has a file for each page")
    one.add_argument("--format", choices=FORMATS, help="(default: as FILE ends, else pdf)")
    one.add_argument("--paper", choices=("a4", "a3"), default="a3", help="(default a3)")
    one.add_argument(
        "--orientation", choices=("landscape", "portrait"), default="landscape", help="(default landscape)"
    )
    one.add_argument("--dpi", type=int, default=200, metavar="N", help="dots per inch (default 200)")
    one.add_argument("--layers", action="store_true", help="layers that a reader can switch, in pdf and svg")
    one.add_argument("--world-file", action="store_true", help="write where the map lies beside a png or jpg")
    for kind in ("check", "section", "radius", "plan"):
        one.add_argument(f"--{kind}", type=Path, metavar="RESULT.gpkg", help=f"with ONEMAP: what envzones {kind} found")
    one.add_argument("--as-of", type=day, metavar="DATE", help="with ONEMAP: the day the map speaks of")
    one.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the map")
    add_publication(one)
    group = one.add_mutually_exclusive_group()
    group.add_argument("--no-check", action="store_true", help="do not look for flaws first")
    group.add_argument("--strict", action="store_true", help="print nothing and exit 1 where the map has a flaw")


def _map(options: argparse.Namespace) -> int:
    order = order_of(options)
    command, environment = qgis_python()
    return run(command, environment, order)


def order_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return what :mod:`.project.print_main` reads.

    Raises
    ------
    InputError
        If the options contradict each other or nothing can be written there.
    """
    results = {kind: str(path) for kind in ("check", "section", "radius", "plan") if (path := getattr(options, kind))}
    project = str(options.source).lower().endswith((".qgz", ".qgs"))
    if project and (results or options.as_of):
        raise InputError("A project holds its own results and day; give --check, --section, --as-of … with a one map.")
    if not options.out and not options.list:
        raise InputError("Where to? Give --out FILE or --out FOLDER, or --list to see what can be printed.")
    out = Path(options.out or ".").absolute()
    suffix = out.suffix.lower().lstrip(".")
    folder = out.is_dir() or str(options.out or "").endswith(("/", os.sep)) or (options.atlas and suffix not in FORMATS)
    kind = options.format or (suffix if suffix in FORMATS else "pdf")
    if not folder and not options.list:
        if not suffix:
            out = out.with_name(f"{out.name}.{kind}")
        elif suffix not in FORMATS or suffix != kind:
            raise InputError(f"--out {out.name} must end in .{kind}; change the name, or give --format.")
        if options.atlas and kind != "pdf":
            raise InputError(f"Pages of a .{kind} atlas have a file each; give a folder with --out, or a .pdf.")
    elif not options.atlas and not options.list and not out.is_dir():
        raise InputError(f"Folder {out} does not exist; create it or choose another.")
    if not out.parent.is_dir():
        raise InputError(f"Folder {out.parent} does not exist; create it or choose another for {out.name}.")
    publication = json.loads(publication_of(options).to_json())
    said = options.public or options.internal or options.classification or options.office
    picture = kind in ("png", "jpg")
    return {
        "source": str(options.source), "results": results, "as_of": options.as_of.isoformat() if options.as_of else "",
        "subject": options.subject, "list": options.list, "atlas": options.atlas, "one_file": not folder,
        "out": str(out), "format": kind, "paper": options.paper, "orientation": options.orientation,
        "dpi": options.dpi, "layers": options.layers, "georeference": options.world_file if picture else None,
        "lang": options.lang, "publication": publication if said else None,
        "check": "no" if options.no_check else "strict" if options.strict else "tell",
    }  # fmt: skip


# --------------------------------------------------------------------------------------------------------
# QGIS's Python
# --------------------------------------------------------------------------------------------------------


def qgis_python() -> tuple[str, dict[str, str]]:
    """Return a Python that can import QGIS, and the environment it needs.

    This one comes first, then what ``$ENVZONES_QGIS_PYTHON`` names, then the usual places.

    Raises
    ------
    InputError
        If none is found.
    """
    named = os.environ.get(PYTHON_VARIABLE, "")
    if named:
        for environment in _environments(named):
            if _serves(named, environment):
                return named, environment
        raise InputError(f"${PYTHON_VARIABLE} is '{named}', which is no Python with QGIS; correct or unset it.")
    for python in dict.fromkeys(_candidates()):
        for environment in _environments(python):
            if _serves(python, environment):
                return python, environment
    raise InputError(
        f"No Python with QGIS was found; install QGIS, or set {PYTHON_VARIABLE} to the python3 (Windows:"
        " python-qgis.bat) that it uses."
    )


def _candidates() -> Iterator[str]:
    yield sys.executable
    # A development tree has one of its own.
    yield str(ROOT / ".venv" / "bin" / "python")
    for pattern in _PLACES.get(sys.platform, _LINUX):
        yield from sorted(glob.glob(pattern), reverse=True)


def _environments(python: str) -> Iterator[dict[str, str]]:
    """Return the environments to try: this one for this Python, else one that nothing of it leads astray."""
    common = {"QT_QPA_PLATFORM": "offscreen", "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1", "QT_HASH_SEED": "0"}
    if python == sys.executable:
        yield {**os.environ, **common}
        return
    plain = {name: value for name, value in os.environ.items() if name not in _OTHERS}
    yield {**plain, **common}
    there = [folder for folder in _MODULES if Path(folder).is_dir()]
    if there:
        yield {**plain, **common, "PYTHONPATH": os.pathsep.join(there)}


def _serves(python: str, environment: Mapping[str, str]) -> bool:
    if not Path(python).is_file():
        return False
    try:
        done = subprocess.run(  # nosec B603
            [python, "-c", _ASK], env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


# --------------------------------------------------------------------------------------------------------
# The process
# --------------------------------------------------------------------------------------------------------


def run(python: str, environment: Mapping[str, str], order: Mapping[str, Any]) -> int:
    """Let QGIS's Python print; show what it tells, and return the exit status.

    Raises
    ------
    Cancelled
        If the user interrupts it; the process is ended, and nothing is written.
    InputError
        If it tells of an error, or ends before it is done.
    """
    bar = progress_bar("map")
    with tempfile.TemporaryFile() as noise:
        with subprocess.Popen(  # nosec B603
            [python, "-c", _START, str(ROOT)], env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=noise, encoding="utf-8", errors="replace",
        ) as child:  # fmt: skip
            try:
                status = _listen(child, order, bar)
            except BaseException as error:
                _end(child)
                if isinstance(error, KeyboardInterrupt):
                    raise Cancelled("Cancelled; nothing was written.") from error
                raise
        if status is None:
            noise.seek(0)
            told = noise.read().decode("utf-8", "replace").strip().splitlines()
            last = told[-1][:300] if told else f"exit status {child.returncode}"
            raise InputError(f"QGIS's Python ended before the map was printed ({last}); see that QGIS works.")
    return status


def _listen(child: subprocess.Popen[str], order: Mapping[str, Any], bar: Any) -> int | None:
    """Hand over the order and show what is told; return the status, None where the process did not say it."""
    try:
        child.stdin.write(json.dumps(order))
        child.stdin.close()
    except BrokenPipeError:  # it ended before it read; what it said tells why
        pass
    status: int | None = None
    for line in child.stdout:
        try:
            told = json.loads(line)
        except ValueError:  # QGIS and its plugins talk, too
            continue
        if not isinstance(told, dict):
            continue
        if "progress" in told:
            bar(float(told["progress"]), str(told["message"]))
        elif "flaw" in told:
            _say_flaw(told["flaw"])
        elif "choices" in told:
            for word, title in told["choices"]:
                print(f"{word}\t{title}")
            status = 0
        elif "written" in told:
            bar(1.0, "")
            for path in told["written"]:
                say(f"  {path}")
            status = 0
        elif "error" in told:
            status = int(told["status"])
            if status == EXIT_CANCELLED:
                raise Cancelled(told["error"])
            if status == EXIT_INPUT:
                raise InputError(told["error"])
            say(f"envzones: {told['error']}")
    child.wait()
    return status


def _say_flaw(flaw: Mapping[str, str]) -> None:
    item = f", {flaw['item']}" if flaw["item"] else ""
    say(f"  {flaw['severity']}: {flaw['page']}{item}: {flaw['message']}")


def _end(child: subprocess.Popen[str]) -> None:
    """End the process; what it wrote lies in a folder of its own that it takes away, if it is given the time."""
    if child.poll() is not None:
        return
    child.terminate() if os.name == "nt" else child.send_signal(2)
    try:
        child.wait(_WAIT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
