"""What a document is made of: a result that was just computed, or one that an opened project shows, and its maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProject, QgsVectorLayer

from .. import paths
from ..engine.errors import InputError
from ..texts import tr
from . import outcome, settings, source

if TYPE_CHECKING:
    from ..engine.publication import Publication
    from ..engine.report.content import Content, MapPage
    from .layout import Subject

#: Kind of result -> the table that says what it is about, the column of ids, and the kind of map of one of them.
_ABOUT = {
    "check": ("verdict", "site_id", "site"), "section": ("zone", "section_id", "section"),
    "radius": ("zone", "plant_id", "radius"),
}  # fmt: skip
#: Dots per inch of a map in a document.
_DPI = 200


@dataclass(frozen=True)
class MapWish:
    """A map that a document is to hold: what it shows, its caption, and where it stands in the document."""

    subject: Subject
    caption: str
    key: str


@dataclass(frozen=True)
class Matter:
    """What a document is to be made of; made in the main thread.

    Attributes
    ----------
    kind : {"check", "section", "radius", "plan"}
    title : str
        Of the document, and of its file unless another is chosen.
    make : callable
        Returns the content; any thread may call it.
    note : str
        What the document has to say of a result that no longer holds; empty while it does.
    maps : sequence of MapWish
    """

    kind: str
    title: str
    make: Callable[[], Content]
    note: str = ""
    maps: Sequence[MapWish] = ()


@dataclass(frozen=True)
class Stored:
    """The newest result of a kind on the map: its file, its day, the rulebooks, and what it is about."""

    path: Path
    day: date
    books: list[str]
    layer: QgsVectorLayer
    ids: list[str]


def stored(project: QgsProject, kind: str) -> Stored | None:
    """Return the newest result of a kind that is on the map, None where there is none; run it in the main thread."""
    tables = outcome.published(project, kind)
    table, column, _ = _ABOUT.get(kind, ("board", "", ""))
    for layer in tables.get(table, []):
        path = Path(layer.source().split("|")[0])
        if not path.is_file():
            continue
        day = str(layer.customProperty("envzones/as_of", "") or "")
        books = str(layer.customProperty("envzones/books", "") or "")
        at = layer.fields().lookupField(column)
        ids = sorted(str(one) for one in layer.uniqueValues(at)) if at >= 0 else []
        return Stored(
            path, date.fromisoformat(day) if day else date.today(), [one for one in books.split(",") if one], layer,
            ids,
        )  # fmt: skip
    return None


def title_of(kind: str, lang: str, name: str = "") -> str:
    """Return what a document is called: after its kind, and the section that it is about."""
    from ..engine.report.content import TITLES

    title = TITLES[kind][0 if lang == "zh" else 1]
    if not name:
        return title
    return f"{name}{title}" if lang == "zh" else f"{title}: {name}"


def of_content(
    project: QgsProject, content: Content, lang: str, *, name: str = "", ids: Sequence[str] = (), note: str = ""
) -> Matter:
    """Return what a document of a result just computed is made of; run it in the main thread.

    `name` is that of the section that it is about, `ids` say of which sites or sections it can hold maps.
    """
    kind = content.kinds[0]
    return Matter(kind, title_of(kind, lang, name), lambda: content, note, maps_of(project, kind, ids, lang))


def of_file(project: QgsProject, kind: str, lang: str, note: str = "") -> Matter:
    """Return what a document of a stored result is made of; run it in the main thread.

    Raises
    ------
    InputError
        If the project shows no such result, or its map cannot be opened.
    """
    found = stored(project, kind)
    if found is None:
        raise InputError(tr("This project shows no such result any more. Compute it again."))
    onemap = onemap_of(project)

    def make() -> Content:
        from ..engine.clauses.book import load_books
        from ..engine.clauses.shelf import available
        from ..engine.report.content import read_results

        folder = paths.user_rulebooks()
        known = available(folder)
        # A book that was taken away since leaves its quotations, which lie in the rows.
        books = load_books([one for one in found.books if one in known], folder)
        return read_results([found.path], onemap, books=books, as_of=found.day, lang=lang)

    return Matter(kind, title_of(kind, lang), make, note, maps_of(project, kind, found.ids, lang))


def onemap_of(project: QgsProject) -> Any:
    """Return the project's map with its unsaved edits, None where it has none; run it in the main thread.

    Raises
    ------
    InputError
        If it cannot be opened.
    """
    where = settings.onemap_path(project)
    return None if where is None else source.open_onemap(where, project)


def maps_of(project: QgsProject, kind: str, ids: Sequence[str], lang: str) -> list[MapWish]:
    """Return the maps that a document on these sites, sections or plants can hold; run it in the main thread."""
    from .layout import subjects

    shape = _ABOUT.get(kind, ("", "", "onemap"))[2]
    wanted = set(ids)
    found = [
        MapWish(subject, title, f"{subject.kind}:{subject.key}" if subject.key else subject.kind)
        for subject, title in subjects(project, lang)
        if subject.kind == shape and (shape == "onemap" or subject.key in wanted)
    ]
    order = {one: place for place, one in enumerate(ids)}
    return sorted(found, key=lambda one: order.get(one.subject.key, 0))


def note(why: str) -> str:
    """Return what a document says of a result that no longer holds; empty while it does.

    `why` is ``map``, ``day``, ``books``, ``working`` or ``sites``.
    """
    sentences = {
        "map": tr("The map has changed since this result was computed; the document tells of the map as it was."),
        "day": tr("The project has come to speak of another day since; the document tells of the day of the result."),
        "books": tr("Other rulebooks have been chosen since; the document tells of those of the result."),
        "working": tr("The office's own distances have changed since; the document tells of those of the result."),
        "sites": tr("The list of sites has changed since; the document tells of the sites that were checked."),
    }
    return sentences.get(why, why)


def pages(
    project: QgsProject, wanted: Sequence[MapWish], lang: str, publication: Publication, folder: Path
) -> Iterator[tuple[float, str]]:
    """Draw maps into a folder, one for each step of the iterator; run it in the main thread.

    Yields
    ------
    (float, str)
        The share that is done, and the title of the map that comes next.

    Returns
    -------
    list of MapPage
        As the value of the iterator's end.

    Raises
    ------
    InputError
        If a map cannot be drawn.
    """
    from ..engine.report.content import MapPage
    from .layout import Sheet, make_layout
    from .print_export import export

    done: list[MapPage] = []
    for number, one in enumerate(wanted, start=1):
        yield (number - 1) / len(wanted), one.caption
        layout = make_layout(project, one.subject, Sheet("a4", "landscape"), lang, publication=publication)
        path = folder / f"map-{number}.png"
        export(layout, path, dpi=_DPI, georeference=False)
        layout.deleteLater()
        done.append(MapPage(path, one.caption, one.key))
    return done


def write(
    path: Path, matter: Matter, title: str, lang: str, publication: Publication, *, maps: Sequence[MapPage] = (),
    template: Path | None = None, progress: Any = None,
) -> Path:  # fmt: skip
    """Write a document, by the name's end; any thread may call it.

    Raises
    ------
    InputError
        If the result cannot be read, a library is missing, or the file cannot be written.
    Cancelled
        If the progress says so; nothing is written then.
    """
    from ..engine.progress import SILENT, part, report
    from ..engine.report import content

    progress = SILENT if progress is None else progress
    report(progress, 0.0)
    made = matter.make()
    notes = [*made.notes, matter.note] if matter.note else made.notes
    made = replace(made, title=title or made.title, notes=notes, maps=maps)
    report(progress, 0.2)
    return content.write(
        path, made, lang=lang, publication=publication, template=template, progress=part(progress, 0.2, 1.0)
    )
