"""What a one map holds, layer by layer, and which rulebooks are in force: read for the panel, off the main thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .. import paths
from ..engine.location import Location
from . import source

#: States of a layer, from the best to the worst.
DECLARED, EXPIRED, MISSING = "declared", "expired", "missing"


@dataclass(frozen=True)
class LayerState:
    """One layer: its table, title, rows, and whether it is declared complete on the day."""

    table: str
    title: str
    rows: int
    state: str
    complete_as_of: date | None = None


@dataclass(frozen=True)
class BookState:
    """One rulebook: its id, its document, and whether it is in force on the day."""

    id: str
    number: str
    title: str
    in_force: bool


@dataclass(frozen=True)
class Overview:
    """What the panel shows of a one map."""

    path: Path | Location
    meta: Mapping[str, str]
    themes: Mapping[str, list[LayerState]]
    books: list[BookState]


def overview(path: Path | Location, day: date, lang: str, user_layers: Path | None, user_books: Path) -> Overview:
    """Read what the panel shows; no geometry is read, and any thread may call it.

    Raises
    ------
    InputError
        If it is no one map or does not answer, or a rulebook cannot be loaded.
    """
    from ..engine.catalog import load_catalog
    from ..engine.clauses.book import available, load_books

    found = source.info(path)
    catalog = load_catalog(user_layers)
    rows = {layer.name: layer for layer in found.layers}
    themes: dict[str, list[LayerState]] = {}
    for theme in catalog.themes.values():
        states = []
        for spec in catalog.of_theme(theme.name):
            if spec.name not in rows:
                continue
            layer = rows[spec.name]
            valid = [c for c in layer.coverage if c.valid_until is None or c.valid_until >= day]
            state = DECLARED if valid else EXPIRED if layer.coverage else MISSING
            dates = [c.complete_as_of for c in valid if c.complete_as_of]
            states.append(
                LayerState(spec.name, spec.title(lang), layer.count, state, min(dates) if dates else None)
            )
        if states:
            themes[theme.title(lang)] = states
    books = []
    for book in load_books(available(user_books), user_books):
        title = book.document.zh if lang == "zh" else book.document.en
        books.append(BookState(book.id, book.document.number, title, book.state(None, day) == "in_force"))
    return Overview(path, found.meta, themes, books)


def overview_here(path: Path | Location, day: date, lang: str) -> Overview:
    """Read the overview with the profile's own layer definitions and rulebooks."""
    return overview(path, day, lang, paths.user_layers(), paths.user_folder() / "rulebooks")
