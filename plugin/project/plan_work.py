"""The plan board behind the desk's page: what is asked, prepared here, computed by a worker, written whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProject

from .. import paths
from ..engine.location import Location
from ..engine.publication import INTERNAL, Publication

if TYPE_CHECKING:
    from ..engine.onemap import OneMap
    from ..engine.plan import PlanResult


@dataclass(frozen=True)
class PlanWish:
    """What a board needs; made in the main thread by :func:`prepare`.

    Attributes
    ----------
    onemap : OneMap
        With the unsaved edits of the open project.
    books : list of str
        Ids of the rulebooks.
    day : date
    working : mapping of str to float
        The office's own distances, metres.
    lang : {"zh", "en"}
    """

    onemap: OneMap
    books: list[str]
    day: date
    working: Mapping[str, float] = field(default_factory=dict)
    lang: str = "zh"


@dataclass(frozen=True)
class Computed:
    """A board, and the map that it was computed from: the ledger names features of it."""

    result: PlanResult
    onemap: OneMap


def prepare(
    project: QgsProject, where: Path | Location, books: list[str], day: date, working: Mapping[str, float], lang: str
) -> PlanWish:
    """Snapshot the map's unsaved edits; run it in the main thread.

    Raises
    ------
    InputError
        If the map cannot be opened.
    """
    from .source import open_onemap

    return PlanWish(open_onemap(where, project), list(books), day, dict(working), lang)


def run(wish: PlanWish, progress: Any, out: Path | None = None) -> Computed:
    """Compute the board, and write it to `out` if it is given; any thread may call it.

    Raises
    ------
    InputError
        As :func:`..engine.plan.board` does, and if the result cannot be written.
    Cancelled
        If the progress says so; nothing is written then.
    """
    from ..engine.clauses.book import load_books
    from ..engine.plan import board
    from ..engine.progress import part
    from ..engine.report.content import about, of_plan
    from ..store.results import write_results

    books = load_books(wish.books, paths.user_folder() / "rulebooks")
    result = board(wish.onemap, books, as_of=wish.day, working=wish.working, progress=part(progress, 0.0, 0.95))
    if out is not None:
        tables = {"board": result.board, "finding": result.findings, "issue": result.issues}
        rests = about(of_plan(result, wish.onemap))
        write_results(out, tables, about=rests, progress=part(progress, 0.95, 1.0))
    return Computed(result, wish.onemap)


def write_ledger(path: Path, made: Computed, lang: str, *, publication: Publication = INTERNAL) -> Path:
    """Write the board, a list to clear for each clause, and what to ask which department; any thread may call it.

    Raises
    ------
    InputError
        If openpyxl is missing or the file cannot be written.
    """
    from ..engine.report.content import of_plan, write

    return write(path, of_plan(made.result, made.onemap), lang=lang, publication=publication)
