"""Which Python libraries EnvZones needs, whether they are there and new enough, and how to get them.

Nothing is imported to find out: presence comes from ``find_spec`` and the version from the package's
metadata, so that asking costs milliseconds at start-up.  Nothing is ever installed from here.
"""

from __future__ import annotations

import importlib.metadata
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
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def problems() -> list[Problem]:
    """Return what is missing or too old, in the order of NEEDS."""
    found = []
    for need in NEEDS:
        if importlib.util.find_spec(need.module) is None:
            found.append(Problem(need, None))
            continue
        version = installed_version(need.distribution)
        # A library without metadata (copied in by hand) is given the benefit of the doubt.
        if version is not None and version[: len(need.floor)] < need.floor:
            found.append(Problem(need, _version_text(need.distribution)))
    return found


def message() -> str:
    """Return one message that says what is missing and how to get it here, or an empty text."""
    from .texts import tr

    lacking = problems()
    if not lacking:
        return ""
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
    return tr("EnvZones needs {what}. {advice}").format(what=", ".join(parts), advice=_advice())


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
