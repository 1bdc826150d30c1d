"""``python -m envzones.plugin.project.print_main``: print maps without a window, for :mod:`..cli_map`.

An order comes as JSON on standard input.  What happens goes out on standard output, a JSON object a line: ``progress``
and ``message``, ``flaw``, ``choices``, ``written``, or ``error`` with the exit ``status``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qgis.core import QgsProject

    from ..engine.publication import Publication
    from .layout import Sheet, Subject

DONE, FLAWED, BAD_INPUT, CANCELLED = 0, 1, 2, 130


def main() -> int:
    """Read the order, print, and end the process with its status."""
    # Where interrupts are ignored (a shell's background), the one who ordered the map must still be able to stop it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    order = json.load(sys.stdin)
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="envzones-") as scratch:
        runtime = Path(scratch) / "run"
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        # Without the user's profile, unless it is asked for: templates and rulebooks of one's own lie there.
        os.environ.setdefault("QGIS_CUSTOM_CONFIG_PATH", scratch)
        status = _run(order, Path(scratch))
    sys.stdout.flush()
    # What of QGIS is static and what Python still holds would be destroyed in no particular order, which can crash.
    os._exit(status)


def tell(**what: Any) -> None:
    """Send a line to whoever ordered the map."""
    sys.stdout.write(json.dumps(what, ensure_ascii=True) + "\n")
    sys.stdout.flush()


class _Told:
    """Progress as lines of JSON."""

    cancelled = False

    def __call__(self, fraction: float, message: str = "") -> None:
        tell(progress=fraction, message=message)


def _run(order: Mapping[str, Any], scratch: Path) -> int:
    from qgis.core import QgsApplication, QgsProject

    from ..engine.errors import Cancelled, EnvZonesError

    application = QgsApplication([], True)
    application.initQgis()
    project = QgsProject.instance()
    try:
        return _print(order, project, scratch)
    except (KeyboardInterrupt, Cancelled):
        tell(error="Cancelled; nothing was written.", status=CANCELLED)
        return CANCELLED
    except EnvZonesError as error:
        tell(error=str(error), status=BAD_INPUT)
        return BAD_INPUT
    finally:
        project.clear()


def _print(order: Mapping[str, Any], project: QgsProject, scratch: Path) -> int:
    from ..engine.errors import InputError
    from ..engine.progress import part
    from . import atlas
    from .layout import Sheet, subjects

    told = _Told()
    told(0.0, Path(order["source"]).name)
    _open(order, project, scratch)
    lang = order["lang"]
    there = subjects(project, lang)
    if order["list"]:
        tell(choices=[[atlas.word(subject), title] for subject, title in there])
        return DONE
    wanted = atlas.choose(there, order["subject"], all_of_kind=order["atlas"])
    publication = _publication(order, project)
    sheet = Sheet(order["paper"], order["orientation"])
    if order["check"] != "no":
        flawed = False
        for title, flaw in atlas.preflight(project, wanted, sheet, lang, publication, part(told, 0.1, 0.3)):
            tell(flaw={"severity": flaw.severity, "item": flaw.item, "message": flaw.message, "page": title})
            flawed = True
        if flawed and order["check"] == "strict":
            tell(error="The map has flaws; nothing was written.", status=FLAWED)
            return FLAWED
    out = Path(order["out"])
    if order["atlas"]:
        written = atlas.print_atlas(
            project, [subject for subject, _ in wanted], sheet, out, lang, fmt=order["format"],
            one_file=order["one_file"], dpi=order["dpi"], publication=publication, progress=part(told, 0.3, 1.0),
        )  # fmt: skip
    else:
        if len(wanted) != 1:
            raise InputError(f"There are {len(wanted)} such subjects; name one, or print all of them with --atlas.")
        written = [_one(project, wanted[0], sheet, out, lang, order, publication, part(told, 0.3, 1.0))]
    tell(written=[str(path) for path in written])
    return DONE


def _open(order: Mapping[str, Any], project: QgsProject, scratch: Path) -> None:
    """Open the project, or make one of the one map and results of checks."""
    from ..engine.errors import InputError

    source = order["source"]
    if source.lower().endswith((".qgz", ".qgs")):
        if not Path(source).is_file():
            raise InputError(f"Project {source} does not exist; give a .qgz, .qgs or a one map.")
        if not project.read(source):
            raise InputError(f"Project {source} cannot be read ({project.error()}); open it in QGIS and save it anew.")
        return
    from ..engine.location import parse
    from .build import Request, build

    place = parse(source)
    # Where the project would lie: paths are written relative to it.
    project.setFileName(str(scratch / "map.qgz"))
    build(
        Request(
            onemap=place if place.path is None else place.path.resolve(),
            results={kind: Path(path).resolve() for kind, path in order["results"].items()},
            lang=order["lang"],
            as_of=date.fromisoformat(order["as_of"]) if order["as_of"] else None,
        ),
        project,
    )


def _publication(order: Mapping[str, Any], project: QgsProject) -> Publication:
    """Return for whom it is printed: as ordered, else as the project was told."""
    from . import publication as kept

    said = order["publication"]
    if said is None:
        return kept.current(project)
    return kept.made(
        said["audience"] == "public", said["classification"], said["approval_no"], said["office"], said["decimals"]
    )


def _one(
    project: QgsProject, wanted: tuple[Subject, str], sheet: Sheet, out: Path, lang: str, order: Mapping[str, Any],
    publication: Publication, progress: Any,
) -> Path:  # fmt: skip
    from .atlas import safe_name
    from .layout import make_layout
    from .print_export import export

    subject, title = wanted
    path = out / f"{safe_name(title)}.{order['format']}" if out.is_dir() else out
    progress(0.0, title)
    layout = make_layout(project, subject, sheet, lang, publication=publication)
    progress(0.4, title)
    export(layout, path, dpi=order["dpi"], layers=order["layers"], georeference=order["georeference"])
    return path


if __name__ == "__main__":
    main()
