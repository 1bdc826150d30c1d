"""What a one map holds, layer by layer, and what the rulebooks ask of it: read for the desk, off the main thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .. import paths
from ..engine.errors import InputError
from ..engine.location import Location
from . import source

if TYPE_CHECKING:
    from ..engine.catalog import Catalog
    from ..engine.clauses.model import Clause, Rulebook
    from ..store.store import LayerInfo

#: States of a layer, from the best to the worst; a layer without a table cannot be declared complete.
DECLARED, EXPIRED, MISSING, NO_TABLE = "declared", "expired", "missing", "no_table"
#: Whom a rulebook binds, seen from a city: itself, the city among others (province, state), somebody else.
OWN, ABOVE, OTHER = "own", "above", "other"
IN_FORCE = "in_force"
_STATE_CODES = ("000000", "100000")
#: What was read of the rulebooks last, and of which files: reading them takes a third of a second.
_LAST: dict[tuple[tuple[str, int], ...], tuple[list[Rulebook], list[str]]] = {}


@dataclass(frozen=True)
class Need:
    """A clause that looks at a layer: its number, its short title and its book."""

    clause: str
    title: str
    book: str


@dataclass(frozen=True)
class LayerState:
    """One layer: its table, title, rows (None where the map has no such table), and whether it is declared complete."""

    table: str
    title: str
    rows: int | None
    state: str
    complete_as_of: date | None = None
    valid_until: date | None = None
    needs: tuple[Need, ...] = ()

    @property
    def gap(self) -> bool:
        """Whether "nothing found here" says nothing."""
        return self.state != DECLARED


@dataclass(frozen=True)
class BookState:
    """One rulebook: its document, whom it binds, and what it is on the day (a key of ``model.STATES``)."""

    id: str
    number: str
    title: str
    code: str
    place: str
    state: str
    clauses: int
    issued: date | None = None
    start: date | None = None
    end: date | None = None
    superseded_by: str = ""

    @property
    def in_force(self) -> bool:
        """Whether it binds on the day."""
        return self.state == IN_FORCE


@dataclass(frozen=True)
class Overview:
    """What the desk shows of a one map."""

    path: Path | Location
    meta: Mapping[str, str]
    themes: Mapping[str, list[LayerState]]
    books: list[BookState]
    #: Of a file: bytes and the time of its last change.
    size: int | None = None
    changed: datetime | None = None
    #: What is wrong with rulebook files, in sentences.
    problems: tuple[str, ...] = ()
    #: Code -> name of each place that rulebooks speak of, and of the map's own.
    places: Mapping[str, str] = field(default_factory=dict)

    @property
    def layers(self) -> list[LayerState]:
        """All layers, in the order of their themes."""
        return [state for states in self.themes.values() for state in states]

    def suggested(self, city: str) -> list[str]:
        """Return the ids of the books in force that bind a city: its own, its province's and the state's."""
        return [book.id for book in self.books if book.in_force and binding(book.code, city) != OTHER]


def binding(code: str, city: str) -> str:
    """Tell how a book's administrative code relates to a city's (GB/T 2260: two digits a level).

    >>> binding("410000", "419001"), binding("419001", "419001"), binding("410100", "419001")
    ('above', 'own', 'other')
    """
    if city and code == city:
        return OWN
    if code in _STATE_CODES:
        return ABOVE
    stem = code
    while len(stem) > 2 and stem.endswith("00"):
        stem = stem[:-2]
    return ABOVE if city and city.startswith(stem) else OTHER


def overview(
    path: Path | Location,
    day: date,
    lang: str,
    user_layers: Path | None,
    user_books: Path,
    chosen: Iterable[str] = (),
) -> Overview:
    """Read what the desk shows; no geometry is read, and any thread may call it.

    `chosen` are the rulebooks whose clauses are counted at the layers they look at.

    Raises
    ------
    InputError
        If it is no one map or does not answer.
    """
    from ..engine.catalog import load_catalog

    found = source.info(path)
    catalog = load_catalog(user_layers)
    books, problems = load_all(user_books)
    wanted = set(chosen)
    needs = _needs([book for book in books if book.id in wanted], day, lang)
    size = changed = None
    if found.path is not None:
        facts = found.path.stat()
        size, changed = facts.st_size, datetime.fromtimestamp(source.last_change(found.path))
    places = {book.jurisdiction.code: getattr(book.jurisdiction, lang) for book in books}
    own = found.meta.get("jurisdiction_code", "")
    if own:
        places[own] = found.meta.get(f"jurisdiction_{lang}") or places.get(own, own)
    return Overview(
        path, found.meta, _themes(found.layers, catalog, day, lang, needs),
        [_book_state(book, day, lang) for book in books], size, changed, tuple(problems), places,
    )  # fmt: skip


def overview_here(path: Path | Location, day: date, lang: str, chosen: Iterable[str] = ()) -> Overview:
    """Read the overview with the profile's own layer definitions and rulebooks."""
    return overview(path, day, lang, paths.user_layers(), paths.user_rulebooks(), chosen)


def load_all(user_books: Path) -> tuple[list[Rulebook], list[str]]:
    """Return all rulebooks that can be read, and a sentence for each that cannot; any thread may call it."""
    from ..engine.clauses.book import SHIPPED, available, load_books

    files = sorted([*SHIPPED.glob("*.yaml"), *(user_books.glob("*.yaml") if user_books.is_dir() else ())])
    key = tuple((str(file), file.stat().st_mtime_ns) for file in files)
    if key not in _LAST:
        books: list[Rulebook] = []
        problems: list[str] = []
        try:
            names = list(available(user_books))
        except InputError as error:
            names, problems = list(available()), [str(error)]
        for name in names:
            try:
                books += load_books([name], user_books)
            except InputError as error:
                problems.append(str(error))
        _LAST.clear()
        _LAST[key] = (books, problems)
    return _LAST[key]


def _needs(books: Iterable[Rulebook], day: date, lang: str) -> dict[str, tuple[Need, ...]]:
    """Return the layers that clauses in force look at, each with the clauses."""
    found: dict[str, list[Need]] = {}
    for book in books:
        name = book.document.number or getattr(book.document, lang)
        for clause in book.clauses:
            # A book that was chosen although it is not in force is asked for reference: with all its clauses.
            if book.state(None, day) == IN_FORCE and book.state(clause, day) != IN_FORCE:
                continue
            for layer in clause.layers():
                found.setdefault(layer, []).append(Need(clause.clause or clause.id, _title(clause, lang), name))
    return {layer: tuple(needs) for layer, needs in found.items()}


def _title(clause: Clause, lang: str) -> str:
    return clause.zh if lang == "zh" else clause.en


def _themes(
    layers: Iterable[LayerInfo], catalog: Catalog, day: date, lang: str, needs: Mapping[str, tuple[Need, ...]]
) -> dict[str, list[LayerState]]:
    there = {layer.name: layer for layer in layers}
    themes: dict[str, list[LayerState]] = {}
    for theme in catalog.themes.values():
        states = [
            _layer_state(spec.name, spec.title(lang), there.get(spec.name), day, needs.get(spec.name, ()))
            for spec in catalog.of_theme(theme.name)
        ]
        if states:
            themes[theme.title(lang)] = states
    return themes


def _layer_state(
    name: str, title: str, layer: LayerInfo | None, day: date, needs: tuple[Need, ...]
) -> LayerState:
    if layer is None:
        return LayerState(name, title, None, NO_TABLE, needs=needs)
    valid = [one for one in layer.coverage if one.valid_until is None or one.valid_until >= day]
    state = DECLARED if valid else EXPIRED if layer.coverage else MISSING
    dates = [one.complete_as_of for one in valid if one.complete_as_of]
    ends = [one.valid_until for one in (valid or layer.coverage) if one.valid_until]
    until = (min(ends) if valid else max(ends)) if ends else None
    return LayerState(name, title, layer.count, state, min(dates) if dates else None, until, needs)


def _book_state(book: Rulebook, day: date, lang: str) -> BookState:
    paper = book.document
    superseded = paper.superseded.by if paper.superseded is not None else ""
    return BookState(
        book.id, paper.number, getattr(paper, lang), book.jurisdiction.code, getattr(book.jurisdiction, lang),
        book.state(None, day), len(book.clauses), paper.issued, book.period.start, book.period.end, superseded,
    )  # fmt: skip
