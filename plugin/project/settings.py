"""What a project remembers for EnvZones: its one map, the date it speaks of, the rulebooks it is checked by."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from qgis.core import QgsExpressionContextUtils, QgsProject

from ..engine.errors import InputError
from ..engine.location import Location, is_database, parse
from . import source

SCOPE = "envzones"


def onemap_path(project: QgsProject) -> Path | Location | None:
    """Return the project's one map, or None: the one it was built for, else the first among its layers.

    A file is a Path, a map in PostgreSQL a Location; whether that answers is not asked here.
    """
    stored, found = project.readEntry(SCOPE, "/onemap", "")
    if found and is_database(stored):
        try:
            return parse(stored)
        except InputError:  # written by hand; the layers know better
            return source.first_onemap(project)
    if found and stored:
        path = Path(project.readPath(stored))
        if path.is_file():
            return path
    return source.first_onemap(project)


def set_onemap_path(project: QgsProject, where: Path | Location) -> None:
    """Remember the one map: a file relative to the project, a shared map by its address without any secret."""
    place = source.location(where)
    text = str(place) if place.path is None else project.writePath(str(place.path))
    project.writeEntry(SCOPE, "/onemap", text)


def as_of(project: QgsProject) -> date | None:
    """Return the day the project speaks of, or None when none was set."""
    text, _ = project.readEntry(SCOPE, "/as_of", "")
    return date.fromisoformat(text) if text else None


def set_as_of(project: QgsProject, day: date | None) -> None:
    """Remember the day, and hand it to the printed map."""
    text = day.isoformat() if day else ""
    project.writeEntry(SCOPE, "/as_of", text)
    QgsExpressionContextUtils.setProjectVariable(project, "envzones_as_of", text)


def rulebooks(project: QgsProject) -> list[str]:
    """Return the ids of the rulebooks chosen for the project."""
    text, _ = project.readEntry(SCOPE, "/rulebooks", "")
    return [one.strip() for one in text.split(",") if one.strip()]


def set_rulebooks(project: QgsProject, ids: list[str]) -> None:
    """Remember the rulebooks."""
    project.writeEntry(SCOPE, "/rulebooks", ",".join(ids))
