"""Which Python libraries EnvZones needs, whether they are there and new enough, and how to get them.

Nothing is imported to find out: presence comes from ``find_spec`` and the version from the package's
metadata, so that asking costs milliseconds at start-up.  Nothing is ever installed from here.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """A library: the module it is imported as, its distribution, and the oldest version that serves."""

    module: str
    distribution: str
    floor: tuple[int, ...]

    @property
    def floor_text(self) -> str:
        """The floor as people write it."""
        return ".".join(str(part) for part in self.floor)


NEEDS = (
    Need("shapely", "shapely", (2, 0)),
    Need("geopandas", "geopandas", (0, 14)),
    Need("yaml", "PyYAML", (5, 1)),
)

#: Ending of a document's name -> what writing it needs; without them all else works.
DOCUMENTS = {
    ".xlsx": (Need("openpyxl", "openpyxl", (3, 0)),),
    ".docx": (Need("docx", "python-docx", (0, 8)), Need("lxml", "lxml", (4, 0))),
}
DOCUMENTS[".pdf"] = DOCUMENTS[".docx"]


@dataclass(frozen=True)
class Problem:
    """A library that is missing (`found` is None) or too old."""

    need: Need
    found: str | None


def installed_version(distribution: str) -> tuple[int, ...] | None:
    """Return the version of an installed distribution as numbers, or None when it is not known."""
    text = _version_text(distribution)
    if text is None:
        return None
    return tuple(int(part) for part in re.findall(r"\d+", text.split("+")[0])[:3])


def _version_text(distribution: str) -> str | None:
    # Imported here: it brings the e-mail library along, and QGIS starts without either.
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def problems(needs: tuple[Need, ...] | None = None) -> list[Problem]:
    """Return what is missing or too old, of what everything needs unless other `needs` are given, in their order."""
    found = []
    for need in NEEDS if needs is None else needs:
        if importlib.util.find_spec(need.module) is None:
            found.append(Problem(need, None))
            continue
        version = installed_version(need.distribution)
        # A library without metadata (copied in by hand) is given the benefit of the doubt.
        if version is not None and version[: len(need.floor)] < need.floor:
            found.append(Problem(need, _version_text(need.distribution)))
    return found


def document_message(suffix: str) -> str:
    """Return what is missing to write a kind of document, by the end of its name, or an empty text."""
    from .texts import tr

    lacking = _named(problems(DOCUMENTS.get(suffix, ())))
    if not lacking:
        return ""
    said = tr("This kind of document needs {what}; install it into QGIS's Python and restart QGIS.")
    return said.format(what=lacking)


def message() -> str:
    """Return one message that says what is missing and how to get it here, or an empty text."""
    from .texts import tr

    lacking = _named(problems())
    return tr("EnvZones needs {what}. {advice}").format(what=lacking, advice=_advice()) if lacking else ""


def _named(lacking: list[Problem]) -> str:
    from .texts import tr

    parts = [
        tr("{name} {floor} or newer (found {found})").format(
            name=problem.need.distribution, floor=problem.need.floor_text, found=problem.found
        )
        if problem.found
        else tr("{name} {floor} or newer (not installed)").format(
            name=problem.need.distribution, floor=problem.need.floor_text
        )
        for problem in lacking
    ]
    return ", ".join(parts)


def _advice() -> str:
    from .texts import tr

    if sys.platform == "win32":
        return tr(
            "In the OSGeo4W set-up choose python3-geopandas (it brings shapely), or install QGIS from its"
            " all-in-one installer, which has both; then restart QGIS."
        )
    if sys.platform == "darwin":
        return tr(
            "Use a QGIS package that includes geopandas, or install QGIS from conda-forge together with"
            " geopandas; then restart QGIS."
        )
    return tr(
        "On Debian 13, Ubuntu 24.10 and newer install python3-geopandas; on older systems start QGIS with a"
        " Python environment that has them (the README tells how); then restart QGIS."
    )
