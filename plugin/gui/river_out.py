"""What leaves the River section panel: result layers in the project, a file of them, documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProject, QgsVectorLayer

from ..project import outcome, report_out, results, settings
from ..texts import language

if TYPE_CHECKING:
    from ..engine.report.content import Content
    from ..project.report_out import Matter
    from .river_data import Answer


def frames(answer: Answer) -> dict[str, Any]:
    """Return the result's frames by the names of result layers, empty ones left out."""
    found = {name: getattr(answer.result, name, None) for name in ("issue", "finding", "reach", "strip", "zone")}
    return {name: frame for name, frame in found.items() if frame is not None and len(frame)}


def keep(project: QgsProject, answer: Answer, about: Mapping[str, str]) -> list[QgsVectorLayer]:
    """Write a result among the project's results and add it as a group on top; return the layers.

    Sections are kept side by side: one does not take the place of another.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    layers = save(project, answer, outcome.result_path(project, "section"))
    outcome.mark(layers, "section", about)
    return layers


def save(project: QgsProject, answer: Answer, path: Path) -> list[QgsVectorLayer]:
    """Write a result to a GeoPackage and add it to the project as a group on top; return the layers.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    from ..engine.report.content import about
    from ..store.results import write_results

    write_results(path, frames(answer), about=about(content(project, answer, None)))
    root = project.layerTreeRoot()
    added = results.add_results(project, root, 0, "section", path, language())
    root.children()[0].setName(group_name(answer))
    return added


def group_name(answer: Answer) -> str:
    """Return what the group of a kept result is called."""
    title = results.GROUPS["section"][0 if language() == "zh" else 1]
    return f"{title} {answer.place.name or answer.place.river or answer.place.uid}"


def file_name(answer: Answer) -> str:
    """Return a file name for a result."""
    name = answer.place.name or answer.place.river or answer.place.uid
    return "".join("_" if one in '\\/:*?"<>|' else one for one in name)


def matter(project: QgsProject, answer: Answer | None, about: Mapping[str, str]) -> Matter:
    """Return what a document of a section is made of: the one that is shown, else the one that was kept last.

    `about` is what a result made now would rest on.

    Raises
    ------
    InputError
        If the map cannot be opened, or nothing was kept.
    """
    lang = language()
    if answer is None or not answer.has_zone:
        found = report_out.stored(project, "section")
        stale = "" if found is None else outcome.stale(found.layer, about)
        return report_out.of_file(project, "section", lang, report_out.note(stale))
    onemap = report_out.onemap_of(project)
    return report_out.of_content(
        project, content(project, answer, dict(answer.frames) if onemap is None else onemap), lang,
        name=answer.place.name or answer.place.river or answer.place.uid, ids=kept_ids(project, answer),
    )  # fmt: skip


def section_id(project: QgsProject, answer: Answer | None) -> str:
    """Return the id of the section that is shown, else of one that was kept last; empty without any."""
    if answer is not None:
        return answer.place.uid
    found = report_out.stored(project, "section")
    return found.ids[0] if found is not None and found.ids else ""


def kept_ids(project: QgsProject, answer: Answer) -> list[str]:
    """Return the id of the section that is shown, if it was kept: only then it is on the map."""
    found = report_out.stored(project, "section")
    return [answer.place.uid] if found is not None and answer.place.uid in found.ids else []


def content(project: QgsProject, answer: Answer, onemap: Any) -> Content:
    """Return the content of a section's documents."""
    from ..engine.report.content import of_section

    return of_section(answer.result, settings.as_of(project) or date.today(), onemap)
