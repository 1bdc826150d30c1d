"""An atlas: a page for each section, site, zone or county, in one PDF or a file each; whole or not at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import QgsPrintLayout, QgsProject
from qgis.PyQt import sip

from ..engine.errors import Cancelled, EnvZonesError, InputError
from ..engine.progress import SILENT, Progress, report
from ..engine.publication import INTERNAL
from . import print_check, print_export, settings
from .layout import Sheet, Subject, make_layout, subjects

if TYPE_CHECKING:
    from ..engine.publication import Publication
    from .print_check import Flaw

#: Returns the layout of a subject; the page is its number and the number of all.
Make = Callable[[Subject, tuple[int, int]], QgsPrintLayout]
FORMATS = ("pdf", "png", "jpg", "svg")
#: Names that Windows keeps for devices, whatever their ending.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))})
_NO_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')
#: File systems take names of 255 bytes; the ending and a number come on top.
_LONGEST = 180
#: So many subjects are named to who asks for one that is not there.
_NAMED = 8


def pages(project: QgsProject, kind: str, lang: str) -> list[tuple[Subject, str]]:
    """Return the subjects of a kind that a project can print, with titles, in order."""
    return [(subject, title) for subject, title in subjects(project, lang) if subject.kind == kind]


def word(subject: Subject) -> str:
    """Return a subject as it is written in one word: ``section:MS-01``."""
    return f"{subject.kind}:{subject.key}" if subject.key else str(subject.kind)


def choose(
    there: Sequence[tuple[Subject, str]], wanted: str, *, all_of_kind: bool = False
) -> list[tuple[Subject, str]]:
    """Return the subjects that ``kind`` or ``kind:key`` names; a title serves as well as a key.

    Raises
    ------
    InputError
        If there is none, or more than one where one is to be printed.
    """
    kind, _, key = wanted.partition(":")
    found = [(subject, title) for subject, title in there if subject.kind == kind]
    if not found:
        kinds = ", ".join(dict.fromkeys(str(subject.kind) for subject, _ in there))
        raise InputError(
            f"The project has nothing to print for '{kind}'; it has: {kinds}. Results of checks come first."
        )
    if key:
        found = [(subject, title) for subject, title in found if subject.key == key] or [
            (subject, title) for subject, title in found if title == key
        ]
        if not found:
            raise InputError(f"The project has no '{wanted}'; it has: {_some(there, kind)}.")
    if len(found) > 1 and not all_of_kind:
        raise InputError(f"Name one of {_some(there, kind)}; or print all of them as an atlas.")
    return found


def _some(there: Sequence[tuple[Subject, str]], kind: str) -> str:
    said = [f"{word(subject)} ({title})" for subject, title in there if subject.kind == kind]
    return ", ".join(said[:_NAMED]) + (f" and {len(said) - _NAMED} more" if len(said) > _NAMED else "")


def preflight(
    project: QgsProject, wanted: Sequence[tuple[Subject, str]], sheet: Sheet, lang: str, publication: Publication,
    progress: Progress = SILENT,
) -> Iterator[tuple[str, Flaw]]:  # fmt: skip
    """Return what is wrong with the pages, each flaw once, with the title of the first page that has it.

    Raises
    ------
    InputError
        If a page cannot be made; it names the page.
    Cancelled
        If the progress says so.
    """
    day = settings.as_of(project) or date.today()
    seen: set[tuple[str, str]] = set()

    def make(subject: Subject, page: tuple[int, int]) -> QgsPrintLayout:
        return make_layout(project, subject, sheet, lang, publication=publication, page=page)

    for (_, title), layout in zip(wanted, _drawn(wanted, progress, make)):
        for flaw in print_check.check(layout, project, day, publication=publication):
            if (flaw.item, flaw.message) not in seen:
                seen.add((flaw.item, flaw.message))
                yield title, flaw


def print_atlas(
    project: QgsProject,
    subjects: Sequence[Subject],
    sheet: Sheet,
    target: Path,
    lang: str,
    *,
    fmt: str = "pdf",
    one_file: bool = True,
    dpi: int = print_export.DPI,
    publication: Publication = INTERNAL,
    progress: Progress = SILENT,
    make: Make | None = None,
) -> list[Path]:
    """Print a page for each subject; run it in the main thread.

    Only the page that is drawn is held in memory.  The progress is told the title of each page before it is made and
    again before it is drawn, and can cancel there.

    Parameters
    ----------
    target : Path
        The PDF, where all pages go into one; else the folder.  A folder that is not there yet is made.
    make : callable, optional
        Returns the layout of a subject for its page (number, of how many), which is released when that is drawn; left
        out, :func:`.layout.make_layout`.

    Returns
    -------
    list of Path
        The files, in the order of the subjects.

    Raises
    ------
    InputError
        If there is nothing to print, or a page cannot be made or written; it names the page.
    Cancelled
        If the progress says so.  Nothing of this atlas is then written, and what was there before is.
    """
    target, wanted = Path(target), list(subjects)
    if fmt not in FORMATS:
        raise InputError(f"'{fmt}' is no kind of map file; use one of {', '.join(FORMATS)}.")
    if not wanted:
        raise InputError("There is nothing to print: the project has no such subjects.")
    titles = _titles(project, lang)
    named = [(subject, titles.get(subject, subject.key or subject.kind)) for subject in wanted]
    if make is None:
        def make(subject: Subject, page: tuple[int, int]) -> QgsPrintLayout:
            return make_layout(project, subject, sheet, lang, publication=publication, page=page)

    if one_file and fmt == "pdf":
        print_export.check_target(target, dpi)
        return _one_file(named, target, dpi, progress, make)
    return _files(named, target, fmt, dpi, progress, make)


def _titles(project: QgsProject, lang: str) -> dict[Subject, str]:
    return dict(subjects(project, lang))


def _one_file(
    named: Sequence[tuple[Subject, str]], path: Path, dpi: int, progress: Progress,
    make: Make,
) -> list[Path]:  # fmt: skip
    with print_export.whole(path) as folder:
        # Of 100 sections, the document is called what the file is called.
        with print_export.PdfPages(folder / path.name, path.stem, dpi) as document:
            for layout in _drawn(named, progress, make):
                document.add(layout)
        report(progress, 1.0, path.name)
    return [path]


def _files(
    named: Sequence[tuple[Subject, str]], folder: Path, fmt: str, dpi: int, progress: Progress,
    make: Make,
) -> list[Path]:  # fmt: skip
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; give a folder for an atlas of a file each.")
    names = file_names([title for _, title in named], fmt)
    print_export.check_target(folder.parent / names[0], dpi)
    made = not folder.exists()
    try:
        folder.mkdir(exist_ok=True)
        with print_export.whole(folder / names[0]) as hidden:
            for name, layout in zip(names, _drawn(named, progress, make)):
                print_export.export(layout, hidden / name, dpi=dpi)
            report(progress, 1.0, folder.name)
    except BaseException:
        if made and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        raise
    return [folder / name for name in names]


def _drawn(
    named: Sequence[tuple[Subject, str]], progress: Progress, make: Make
) -> Iterator[QgsPrintLayout]:
    """Give each page's layout to be drawn, and release it then; what goes wrong names the page."""
    for number, (subject, title) in enumerate(named):
        told = f"{title} ({number + 1}/{len(named)})"
        report(progress, number / len(named), told)
        layout = None
        try:
            layout = make(subject, (number + 1, len(named)))
            report(progress, (number + 0.3) / len(named), told)
            yield layout
        except Cancelled:
            raise
        except EnvZonesError as error:
            raise InputError(f"Page {number + 1}, {title}: {error}") from error
        finally:
            # A later deletion waits for an event loop that a program without a window does not have.
            if layout is not None and not sip.isdeleted(layout):
                sip.delete(layout)


def file_names(titles: Sequence[str], fmt: str) -> list[str]:
    """Return a file name for each title that every system takes, none twice.

    >>> file_names(["沁河 五龙口", "../a:b", "", "../a:b"], "pdf")
    ['沁河 五龙口.pdf', 'a_b.pdf', 'map.pdf', 'a_b (2).pdf']
    """
    taken: set[str] = set()
    names = []
    for title in titles:
        base = name = safe_name(title)
        number = 2
        while name.casefold() in taken:
            name, number = f"{base} ({number})", number + 1
        taken.add(name.casefold())
        names.append(f"{name}.{fmt}")
    return names


def safe_name(title: str) -> str:
    """Return a title as a file name without an ending: no folder, no device, no sign that a system refuses."""
    text = _NO_NAME.sub("_", unicodedata.normalize("NFC", title))
    text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cf", "Cs", "Co", "Cn"))
    text = " ".join(text.split()).strip("._ ")
    while len(text.encode("utf-8")) > _LONGEST:
        text = text[:-1].rstrip("._ ")
    # Windows looks only at what stands before the first dot.
    return f"map {text}" if text.split(".")[0].casefold() in _DEVICES else text or "map"
