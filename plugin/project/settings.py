"""What a project remembers for EnvZones: its one map, the date it speaks of, the rulebooks it is checked by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from qgis.core import QgsExpressionContextUtils, QgsProject, QgsSettings

from ..compat import setting
from ..engine.errors import InputError
from ..engine.location import Location, is_database, parse
from . import source

SCOPE = "envzones"
#: What a profile keeps, for all projects.
USUAL_DAY, USUAL_WORKING = "envzones/day", "envzones/working"
EXPORT_FOLDER, PROBE_CARD = "envzones/export_folder", "envzones/probe_card"
REPORT_TEMPLATE = "envzones/report_template"
#: Of which day a project speaks when it is opened.
DAYS = PROJECTS_DAY, TODAY = ("project", "today")


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
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:  # written by hand; the project then speaks of today
        return None


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


def city(project: QgsProject) -> str:
    """Return the code of the jurisdiction chosen for the project, empty where none was."""
    text, _ = project.readEntry(SCOPE, "/city", "")
    return text


def set_city(project: QgsProject, code: str) -> None:
    """Remember the jurisdiction."""
    project.writeEntry(SCOPE, "/city", code)


def working(project: QgsProject) -> dict[str, float]:
    """Return the office's own distances in metres, by name; what was written by hand and is no number is left out."""
    return _distances(_stored(project, "/working"))


def set_working(project: QgsProject, distances: Mapping[str, float]) -> None:
    """Remember the office's own distances."""
    project.writeEntry(SCOPE, "/working", json.dumps(dict(distances), ensure_ascii=False))


def has_rulebooks(project: QgsProject) -> bool:
    """Tell whether rulebooks were ever chosen for the project, if only to choose none."""
    return bool(project.readEntry(SCOPE, "/rulebooks", "")[1])


def accuracy(project: QgsProject) -> float:
    """Return the positional accuracy in metres that a site is taken to have where nothing else is known."""
    return max(float(project.readDoubleEntry(SCOPE, "/accuracy_m", 0.0)[0]), 0.0)


def set_accuracy(project: QgsProject, metres: float) -> None:
    """Remember it."""
    project.writeEntryDouble(SCOPE, "/accuracy_m", metres)


def page_state(project: QgsProject, page: str) -> dict[str, Any]:
    """Return what a page of the desk remembers in the project."""
    return _stored(project, f"/desk/{page}")


def set_page_state(project: QgsProject, page: str, what: Mapping[str, Any]) -> None:
    """Remember it with the project; nobody is asked to save because a page was looked at."""
    changed = project.isDirty()
    project.writeEntry(SCOPE, f"/desk/{page}", json.dumps(dict(what), ensure_ascii=False))
    project.setDirty(changed)


# --- for all projects of a profile --------------------------------------------------------------------------


def usual_day() -> str:
    """Return of which day a project speaks when it is opened: ``project`` (the one it was saved with) or ``today``."""
    found = setting(USUAL_DAY, PROJECTS_DAY, str)
    return found if found in DAYS else PROJECTS_DAY


def set_usual_day(which: str) -> None:
    """Set it."""
    QgsSettings().setValue(USUAL_DAY, which)


def usual_working() -> dict[str, float]:
    """Return the distances that the office uses in its projects, by name."""
    return _distances(_parsed(setting(USUAL_WORKING, "", str)))


def set_usual_working(distances: Mapping[str, float]) -> None:
    """Set them; projects that have distances of their own keep those."""
    QgsSettings().setValue(USUAL_WORKING, json.dumps(dict(distances), ensure_ascii=False))


def export_folder() -> str:
    """Return where results are written unless another folder is chosen; empty for the project's own."""
    return setting(EXPORT_FOLDER, "", str)


def set_export_folder(folder: str) -> None:
    """Set it."""
    QgsSettings().setValue(EXPORT_FOLDER, folder)


def report_template() -> str:
    """Return the office's own .docx that reports are written into; empty for the built-in form."""
    return setting(REPORT_TEMPLATE, "", str)


def set_report_template(path: str) -> None:
    """Set it."""
    QgsSettings().setValue(REPORT_TEMPLATE, path)


def probe_card() -> bool:
    """Tell whether the probe shows its card beside the mouse."""
    return setting(PROBE_CARD, True, bool)


def set_probe_card(shown: bool) -> None:
    """Set it."""
    QgsSettings().setValue(PROBE_CARD, shown)


def begin(project: QgsProject) -> None:
    """Give a project that was just opened what the profile says; nobody is asked to save because of it.

    The office's distances are copied, so that a project that is saved gives its next reader the same verdicts.
    """
    if not project.readEntry(SCOPE, "/onemap", "")[1]:
        return
    changed = project.isDirty()
    if usual_day() == TODAY and as_of(project) is not None:
        set_as_of(project, None)
    if usual_working() and not project.readEntry(SCOPE, "/working", "")[1]:
        set_working(project, usual_working())
    project.setDirty(changed)


def _stored(project: QgsProject, key: str) -> dict[str, Any]:
    return _parsed(project.readEntry(SCOPE, key, "")[0])


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except json.JSONDecodeError:  # written by hand; nothing is remembered then
        return {}
    return found if isinstance(found, dict) else {}


def _distances(found: Mapping[str, Any]) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in found.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf")
    }
