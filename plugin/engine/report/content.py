"""What a document is made of, fresh from a check or out of result files, and the one road to all kinds of documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..progress import SILENT, Progress
from ..publication import INTERNAL, Publication
from ..result_file import KINDS, About, read_about, read_frame, tables
from . import text

if TYPE_CHECKING:
    from ..clauses.model import Rulebook
    from ..onemap import OneMap
    from ..plan import PlanResult
    from ..radius import RadiusResult
    from ..river.section import SectionResult
    from ..siting import CheckResult

#: Endings of the names of documents.
SUFFIXES = (".xlsx", ".docx", ".pdf", ".html")
TITLES: Mapping[str, tuple[str, str]] = {
    "check": ("选址符合性分析", "Siting report"),
    "section": ("断面上下游排查", "River section clearance"),
    "radius": ("供热半径内燃煤锅炉排查", "Boilers within the heat radius"),
    "plan": ("方案落实情况", "Plan board"),
}


@dataclass(frozen=True)
class MapPage:
    """A printed map in a document.

    `key` says what it shows, so that it stands where that is told of: ``onemap``, ``site:<id>``, ``section:<id>``,
    ``radius:<id>``, ``theme:<id>``; with none it comes at the end.
    """

    path: Path
    caption: str
    key: str = ""


@dataclass(frozen=True)
class Content:
    """Everything that a document may tell; what is None has no part in it.

    Attributes
    ----------
    title : str
    as_of : date
    findings, verdicts, units : GeoDataFrame, optional
        Of a siting check.
    section, radius, plan : optional
        Results of the other verbs, or anything with their frames.
    issues : DataFrame, optional
    books : sequence of Rulebook
    fingerprints : sequence of mapping
    onemap : OneMap, optional
        Names the features.
    working : mapping of str to float
        The office's own distances, metres.
    maps : sequence of MapPage
    notes : sequence of str
    """

    title: str
    as_of: date
    findings: Any = None
    verdicts: Any = None
    units: Any = None
    section: Any = None
    radius: Any = None
    plan: Any = None
    issues: Any = None
    books: Sequence[Rulebook] = ()
    fingerprints: Sequence[Mapping[str, Any]] = ()
    onemap: Any = None
    working: Mapping[str, float] = field(default_factory=dict)
    maps: Sequence[MapPage] = ()
    notes: Sequence[str] = ()

    def kwargs(self) -> dict[str, Any]:
        """Return the keywords that the writers of documents take."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @property
    def kinds(self) -> list[str]:
        """The kinds of results that it holds."""
        held = {"check": self.verdicts, "section": self.section, "radius": self.radius, "plan": self.plan}
        return [kind for kind in KINDS if held[kind] is not None]


def of_check(result: CheckResult, onemap: Any, title: str = "", **more: Any) -> Content:
    """Return the content of a siting check."""
    return Content(
        title, result.as_of, findings=result.findings, verdicts=result.verdicts, units=result.units,
        issues=result.issues, books=result.books, fingerprints=result.fingerprints, onemap=onemap,
        working=result.working, **more,
    )  # fmt: skip


def of_plan(result: PlanResult, onemap: Any, title: str = "", **more: Any) -> Content:
    """Return the content of a plan board."""
    return Content(
        title, result.as_of, plan=result, books=result.books, fingerprints=result.fingerprints, onemap=onemap,
        working=result.working, **more,
    )  # fmt: skip


def of_section(result: SectionResult, as_of: date, onemap: Any, title: str = "", **more: Any) -> Content:
    """Return the content of a check of river sections."""
    return Content(title, as_of, section=result, onemap=onemap, **more)


def of_radius(result: RadiusResult, as_of: date, onemap: Any, title: str = "", **more: Any) -> Content:
    """Return the content of a check of heat radii."""
    return Content(title, as_of, radius=result, onemap=onemap, **more)


def about(content: Content) -> About:
    """Return what a result file has to say of itself, for content of one kind."""
    return About(
        content.kinds[0], content.as_of, content.title, tuple(book.id for book in content.books),
        dict(content.working), tuple(content.fingerprints),
    )  # fmt: skip


def frames(content: Content) -> dict[str, Any]:
    """Return the tables of a result file, for content of one kind."""
    kind = content.kinds[0]
    if kind == "check":
        return {
            "verdict": content.verdicts, "finding": content.findings, "unit": content.units, "issue": content.issues,
        }  # fmt: skip
    if kind == "plan":
        return {"board": content.plan.board, "finding": content.plan.findings, "issue": content.plan.issues}
    result = content.section if kind == "section" else content.radius
    names = ("reach", "zone", "finding", "issue") if kind == "section" else ("zone", "finding", "issue")
    return {name: getattr(result, name) for name in names}


def titled(content: Content, lang: str) -> Content:
    """Return content that has a title: its own, else what its kinds are called."""
    if content.title:
        return content
    return replace(content, title=text.pick(("、", ", "), lang).join(text.pick(TITLES[k], lang) for k in content.kinds))


# --------------------------------------------------------------------------------------------------------
# Out of result files
# --------------------------------------------------------------------------------------------------------


def read_results(
    paths: Iterable[str | Path],
    onemap: OneMap | None = None,
    *,
    books: Sequence[Rulebook] | None = None,
    book_folder: str | Path | None = None,
    as_of: date | None = None,
    lang: str = "zh",
) -> Content:
    """Return the content of result files, one of each kind at most.

    Parameters
    ----------
    paths : iterable of path
        GeoPackages that the verbs wrote.
    onemap : OneMap, optional
        Names the features.  Where a layer is no longer what the check used, a note says so.
    books : sequence of Rulebook, optional
        Else those that the files name are loaded.
    book_folder : path, optional
        Of the user's own books.
    as_of : date, optional
        For files that do not say which day they were made for.
    lang : {"zh", "en"}
        Of the notes.

    Raises
    ------
    InputError
        If a file is no result, does not say its day and none is given, two are of one kind or of different days, or
        a book is not there.
    """
    from ..clauses.book import load_books

    content: Content | None = None
    origin: dict[str, Path] = {}
    for path in map(Path, paths):
        said = read_about(path)
        kind = said.kind if said is not None else _kind(path)
        day = said.as_of if said is not None else as_of
        if day is None:
            raise InputError(f"Result {path} does not say which day it was made for; give the day.")
        if kind in origin:
            raise InputError(f"{origin[kind]} and {path} are both results of '{kind}'; give one of each kind.")
        if content is not None and content.as_of != day:
            raise InputError(f"{path} was made for {day}, the others for {content.as_of}; give results of one day.")
        origin[kind] = path
        said = said or About(kind, day)
        named = list(books) if books is not None else load_books(said.rulebooks, book_folder)
        one = _read(path, said, named)
        content = one if content is None else _joined(content, one)
    if content is None:
        raise InputError("No result file is named; give at least one.")
    notes = [*content.notes, *_changed(content, onemap, lang)]
    return replace(content, onemap=onemap, notes=notes)


def _kind(path: Path) -> str:
    """Return which verb wrote a file that does not say so, by its tables."""
    there = set(tables(path))
    if "verdict" in there:
        return "check"
    if "board" in there:
        return "plan"
    if "reach" in there:
        return "section"
    if {"zone", "finding"} <= there:
        return "radius"
    raise InputError(f"{path} holds no result of a check; give what check, plan, section or radius wrote.")


def _read(path: Path, said: About, books: Sequence[Rulebook]) -> Content:
    from ..control_units import UNIT_COLUMNS
    from ..findings import FINDING_COLUMNS, ISSUE_COLUMNS, VERDICT_COLUMNS
    from ..plan_columns import BOARD_COLUMNS
    from ..radius import ZONE_COLUMNS as CIRCLES
    from ..river.rows import REACH_COLUMNS, ZONE_COLUMNS

    if said.kind not in KINDS:
        raise InputError(f"{path} holds no result of a check; give what check, plan, section or radius wrote.")
    finding = read_frame(path, "finding", FINDING_COLUMNS)
    issue = read_frame(path, "issue", ISSUE_COLUMNS)
    common = Content(
        said.title, said.as_of, books=tuple(books), fingerprints=said.fingerprints, working=dict(said.working)
    )
    if said.kind == "check":
        return replace(
            common, findings=finding, verdicts=read_frame(path, "verdict", VERDICT_COLUMNS),
            units=read_frame(path, "unit", UNIT_COLUMNS), issues=issue,
        )  # fmt: skip
    if said.kind == "plan":
        board = read_frame(path, "board", BOARD_COLUMNS)
        return replace(common, plan=SimpleNamespace(findings=finding, board=board, issues=issue))
    if said.kind == "radius":
        return replace(
            common, radius=SimpleNamespace(zone=read_frame(path, "zone", CIRCLES), finding=finding, issue=issue)
        )
    reach, zone = read_frame(path, "reach", REACH_COLUMNS), read_frame(path, "zone", ZONE_COLUMNS)
    return replace(common, section=SimpleNamespace(reach=reach, zone=zone, finding=finding, issue=issue))


def _joined(one: Content, other: Content) -> Content:
    """Return both as one; they are of different kinds and of one day."""
    held = {
        name: getattr(one, name) if getattr(one, name) is not None else getattr(other, name)
        for name in ("findings", "verdicts", "units", "section", "radius", "plan", "issues")
    }
    books = {book.id: book for book in (*one.books, *other.books)}
    title = one.title if one.title == other.title else ""
    return replace(
        one, **held, title=title, books=tuple(books.values()), fingerprints=(*one.fingerprints, *other.fingerprints),
        working={**one.working, **other.working},
    )  # fmt: skip


def _changed(content: Content, onemap: OneMap | None, lang: str) -> list[str]:
    """Return a note on the layers of the map that are no longer what the results were found on."""
    if onemap is None:
        return []
    gone: list[str] = []
    for mark in content.fingerprints:
        name = str(mark.get("layer"))
        now = onemap.fingerprint(name) if onemap.layer(name) is not None else {}
        if mark.get("sha256") and now.get("sha256") != mark["sha256"]:
            spec = onemap.spec(name)
            gone.append(name if spec is None else spec.title(lang))
    if not gone:
        return []
    named = text.pick(("、", ", "), lang).join(dict.fromkeys(gone))
    return [
        f"下列图层在研判之后有改动，本文件为改动前的结果：{named}。"
        if lang == "zh"
        else f"These layers have changed since the check, whose results these are: {named}."
    ]


# --------------------------------------------------------------------------------------------------------
# Into documents
# --------------------------------------------------------------------------------------------------------


def write(
    path: str | Path,
    content: Content,
    *,
    lang: str = "zh",
    publication: Publication = INTERNAL,
    template: str | Path | None = None,
    overwrite: bool = True,
    progress: Progress = SILENT,
) -> Path:
    """Write a ledger (.xlsx), a report (.docx, .pdf) or a page with a map (.html), by the name's end.

    Parameters
    ----------
    path : path
    content : Content
    lang : {"zh", "en"}
    publication : Publication
    template : path, optional
        The office's own .docx, for .docx and .pdf.
    overwrite : bool
        False refuses to replace an existing file.
    progress : Progress

    Raises
    ------
    InputError
        If the end of the name is unknown, a library or LibreOffice (for .pdf) is missing, or it cannot be written.
    Cancelled
        If the progress says so.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    known = {**titled(content, lang).kwargs(), "lang": lang, "publication": publication, "overwrite": overwrite}
    if suffix == ".xlsx":
        from .ledger import write_xlsx

        del known["maps"]
        return write_xlsx(path, **known)
    if suffix == ".html":
        from .page import write_html

        return write_html(path, **known)
    if suffix == ".docx":
        from .document import write_docx

        return write_docx(path, template=template, **known)
    if suffix == ".pdf":
        return _write_pdf(path, known, template, progress)
    raise InputError(f"{path}: unknown kind of document; end the name with {', '.join(SUFFIXES)}.")


def _write_pdf(path: Path, known: dict[str, Any], template: str | Path | None, progress: Progress) -> Path:
    import tempfile

    from .document import write_docx
    from .pdf import to_pdf

    if path.exists() and not known["overwrite"]:
        raise InputError(f"{path} exists already; choose another name or allow overwriting.")
    with tempfile.TemporaryDirectory(prefix="envzones-") as folder:
        # LibreOffice takes the document's name for the title where it has none.
        document = write_docx(Path(folder) / "report.docx", template=template, **known)
        return to_pdf(document, path, progress=progress)
