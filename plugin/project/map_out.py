"""A printed map as it was ordered: which subjects, on what sheet, in which file; checked, then drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsPrintLayout, QgsProject

from ..engine.errors import InputError
from ..texts import tr
from . import settings
from .layout import Sheet, Subject, add_layout, make_layout, subjects

if TYPE_CHECKING:
    from ..engine.publication import Publication
    from .print_check import Flaw

#: The kind of a layout that the project holds, as its user left it.
OWN = "layout"
FORMATS = ("pdf", "png", "svg")


@dataclass(frozen=True)
class Held:
    """A layout that the project holds; `key` is its name.  It stands among subjects."""

    key: str
    kind: str = OWN


def subject_of(kind: str, key: str) -> Subject | Held:
    """Return a subject by its kind and key.

    Raises
    ------
    InputError
        If the kind is unknown.
    """
    return Held(key) if kind == OWN else Subject(kind, key)


@dataclass(frozen=True)
class Order:
    """What is to be printed.

    Attributes
    ----------
    pages : sequence of (Subject, str)
        What each page shows, with its title.
    path : Path
        The file; the folder where each page has a file of its own.
    layers, georeference : bool
        Layers that can be switched, and the map's position, in one PDF or beside one picture.
    """

    pages: Sequence[tuple[Subject | Held, str]]
    path: Path
    sheet: Sheet = Sheet()
    suffix: str = "pdf"
    dpi: int = 200
    layers: bool = False
    georeference: bool = True
    atlas: bool = False
    one_file: bool = True


@dataclass(frozen=True)
class Found:
    """A flaw of a page."""

    subject: Subject | Held
    title: str
    flaw: Flaw

    @property
    def error(self) -> bool:
        """Whether it stops the export."""
        return self.flaw.severity == "error"


def kinds() -> Mapping[str, str]:
    """Return the kinds of subjects, in the order in which they are offered, with their titles."""
    return {
        "onemap": tr("One map"), "theme": tr("Themes"), "section": tr("River sections"),
        "radius": tr("Heat sources"), "site": tr("Sites"), "zone": tr("Zones"), "county": tr("Counties"),
        OWN: tr("Layouts of the project"),
    }  # fmt: skip


def choices(project: QgsProject, lang: str) -> list[tuple[Subject | Held, str]]:
    """Return all that can be printed, with titles: subjects of the map, and layouts that the project holds."""
    own = sorted(layout.name() for layout in project.layoutManager().printLayouts())
    return [*subjects(project, lang), *((Held(name), name) for name in own)]


def make(
    project: QgsProject, subject: Subject | Held, sheet: Sheet, lang: str, publication: Publication,
    name: str | None = None,
) -> QgsPrintLayout:  # fmt: skip
    """Return a layout that the caller owns.

    Raises
    ------
    InputError
        If the subject or the template is not there.
    """
    if subject.kind != OWN:
        return make_layout(project, subject, sheet, lang, publication=publication, name=name)
    found = project.layoutManager().layoutByName(subject.key)
    if found is None:
        raise InputError(tr("The project has no layout “{name}” any more.").format(name=subject.key))
    copy = found.clone()
    copy.setName(name or subject.key)
    return copy


def open_in_project(
    project: QgsProject, subject: Subject | Held, title: str, sheet: Sheet, lang: str, publication: Publication
) -> QgsPrintLayout:
    """Add a layout to the project, under a name that is free, or return the one that it holds; it owns it.

    Raises
    ------
    InputError
        As :func:`make` does, and if it cannot be added.
    """
    manager = project.layoutManager()
    if subject.kind == OWN and manager.layoutByName(subject.key) is not None:
        return manager.layoutByName(subject.key)
    base = name = f"{title} {sheet.paper.upper()}"
    number = 2
    while manager.layoutByName(name) is not None:
        name, number = f"{base} ({number})", number + 1
    layout = make(project, subject, sheet, lang, publication, name)
    if not manager.addLayout(layout):
        raise InputError(tr("The layout “{name}” could not be added to the project.").format(name=name))
    return layout


def printed_map(project: QgsProject, lang: str) -> QgsPrintLayout:
    """Return the project's printed map as its user left it, or a new one."""
    from .layout import NAME

    manager = project.layoutManager()
    for name in NAME.values():
        layout = manager.layoutByName(name)
        if layout is not None:
            return layout
    return add_layout(project, lang)


def check_layout(layout: QgsPrintLayout, project: QgsProject) -> list[Flaw]:
    """Return what is wrong with a page."""
    from .print_check import check

    return check(layout, project, settings.as_of(project) or date.today())


def check_pages(
    project: QgsProject, order: Order, lang: str, publication: Publication
) -> Iterator[tuple[float, str]]:
    """Check every page, one for each step of the iterator; its value is the list of :class:`Found`.

    Raises
    ------
    InputError
        If a page cannot be made.
    """
    found: list[Found] = []
    told: set[tuple[str, str]] = set()
    for number, (subject, title) in enumerate(order.pages):
        yield number / len(order.pages), title
        layout = make(project, subject, order.sheet, lang, publication)
        for flaw in check_layout(layout, project):
            # What holds for the whole project is told once.
            if (flaw.item, flaw.message) not in told:
                told.add((flaw.item, flaw.message))
                found.append(Found(subject, title, flaw))
        layout.deleteLater()
    return found


def print_order(
    project: QgsProject, order: Order, lang: str, publication: Publication, progress: Any,
    made: QgsPrintLayout | None = None,
) -> list[Path]:  # fmt: skip
    """Draw the pages; each file appears only when it is complete.

    `made` is the layout of the only page, where that is there already.

    Raises
    ------
    InputError
        If a page cannot be made or a file cannot be written.
    Cancelled
        If the progress says so.
    """
    if order.atlas:
        from .atlas import print_atlas

        return list(print_atlas(
            project, [subject for subject, _ in order.pages], order.sheet, order.path, lang, fmt=order.suffix,
            one_file=order.one_file, dpi=order.dpi, publication=publication, progress=progress,
        ))  # fmt: skip
    from ..engine.progress import report
    from .print_export import export

    subject, title = order.pages[0]
    report(progress, 0.0, title)
    layout = make(project, subject, order.sheet, lang, publication) if made is None else made
    report(progress, 0.2, title)
    export(layout, order.path, dpi=order.dpi, layers=order.layers, georeference=order.georeference)
    if made is None:
        layout.deleteLater()
    return [order.path]
