"""``python -m envzones.plugin.project``: build the project and its printed map without a window."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from datetime import date
from pathlib import Path


def main(argv: list[str] | None = None) -> int:
    """Build, write, export; return the exit code (0 done, 2 bad input)."""
    arguments = _arguments(argv)
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="envzones-") as scratch:
        # A profile and a run-time folder of its own: nothing of the user's QGIS is read or written.
        runtime = Path(scratch) / "run"
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        os.environ.setdefault("QGIS_CUSTOM_CONFIG_PATH", scratch)
        return _run(arguments)


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m envzones.plugin.project",
        description="Build the QGIS project of a one map, and its printed map.",
    )
    parser.add_argument("--onemap", required=True, help="the one-map GeoPackage, or postgresql://…")
    parser.add_argument("--section", type=Path, help="result of envzones section")
    parser.add_argument("--radius", type=Path, help="result of envzones radius")
    parser.add_argument("--check", type=Path, help="result of envzones check")
    parser.add_argument("--plan", type=Path, help="result of envzones plan")
    parser.add_argument("--out", type=Path, required=True, help="the project to write (.qgz or .qgs)")
    parser.add_argument("--png", type=Path, help="printed map as an image")
    parser.add_argument("--pdf", type=Path, help="printed map as PDF")
    parser.add_argument("--as-of", type=date.fromisoformat, help="the day the map speaks of, such as 2019-06-30")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of titles and legends")
    return parser.parse_args(argv)


def _run(arguments: argparse.Namespace) -> int:
    from ..engine.errors import EnvZonesError

    try:
        from qgis.core import QgsApplication, QgsProject
    except ImportError as error:
        sys.stderr.write(f"QGIS's Python is not here ({error}); run this with the Python that QGIS uses.\n")
        return 2
    application = QgsApplication([], True)
    application.initQgis()
    project = QgsProject.instance()
    try:
        _build(arguments, project)
        return 0
    except EnvZonesError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        project.clear()
        application.exitQgis()


def _build(arguments: argparse.Namespace, project: object) -> None:
    from ..engine.location import parse
    from .build import Request, build, save
    from .layout import NAME
    from .print_export import export

    given = {kind: getattr(arguments, kind) for kind in ("check", "section", "radius", "plan")}
    place = parse(arguments.onemap)
    request = Request(
        onemap=place if place.path is None else place.path.resolve(),
        results={kind: path.resolve() for kind, path in given.items() if path is not None},
        lang=arguments.lang,
        as_of=arguments.as_of,
    )
    out = arguments.out.resolve()
    project.setFileName(str(out))
    build(request, project)
    save(project, out)
    layout = project.layoutManager().layoutByName(NAME[arguments.lang])
    for path in (arguments.png, arguments.pdf):
        if path is not None:
            export(layout, path.resolve())


if __name__ == "__main__":
    sys.exit(main())
