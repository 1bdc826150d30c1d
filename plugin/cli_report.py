"""The verb ``report`` of the command line: ledgers and reports from results that were made before."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .cli_books import FOLDER_VARIABLE, folder_of
from .cli_io import add_documents, add_verb, check_documents, day, publication_of, say, write_documents
from .engine.errors import InputError


def add_report(verbs: Any) -> None:
    """Declare ``envzones report``."""
    one = add_verb(verbs, "report", _report, "write ledgers and reports from what check, plan, section, radius found")
    one.add_argument("results", nargs="+", type=Path, metavar="RESULT.gpkg", help="one of each kind at most")
    one.add_argument("--onemap", metavar="MAP", help="MAP.gpkg, postgresql://… or service=…: names the features")
    one.add_argument(
        "--rulebook", nargs="+", default=None, metavar="ID", help="ids or paths; else those that the results name"
    )
    one.add_argument(
        "--rulebook-dir", type=Path, metavar="DIR", help=f"folder of your own rulebooks (default: ${FOLDER_VARIABLE})"
    )
    one.add_argument("--as-of", type=day, metavar="DATE", help="for results that do not say their day")
    one.add_argument("--title", default="", metavar="WORDS", help="of the document")
    one.add_argument("--note", action="append", default=[], metavar="WORDS", help="a remark for the first page")
    one.add_argument(
        "--map", action="append", default=[], metavar="[KEY=]PICTURE", dest="maps",
        help="a printed map (.png, .jpg); KEY is site:ID, section:ID, radius:ID or onemap",
    )  # fmt: skip
    add_documents(one)


def _report(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from .engine.clauses.book import load_books
    from .engine.onemap import OneMap
    from .engine.report.content import read_results

    publication_of(options)
    check_documents(options)
    onemap = OneMap.open(options.onemap) if options.onemap else None
    folder = folder_of(options)
    books = load_books(options.rulebook, folder) if options.rulebook is not None else None
    content = read_results(
        options.results, onemap, books=books, book_folder=folder, as_of=options.as_of, lang=options.lang
    )
    content = replace(
        content, title=options.title or content.title, notes=[*content.notes, *options.note],
        maps=[_page(said) for said in options.maps],
    )  # fmt: skip
    for note in content.notes[: len(content.notes) - len(options.note)]:
        say(f"  note: {note}")
    if not write_documents(options, content):
        raise InputError("No document is asked for; give --xlsx, --docx, --pdf or --html.")
    return 0


def _page(said: str) -> Any:
    """Read ``[KEY=]PICTURE``."""
    from .engine.report.content import MapPage

    key, equals, path = said.partition("=")
    # A name with a sign of equality in it is a name, unless a key stands before.
    keyed = bool(equals) and (key == "onemap" or ":" in key)
    place = Path(path if keyed else said)
    if not place.is_file():
        raise InputError(f"Map picture {place} does not exist; export the map first or leave it out.")
    return MapPage(place, place.stem, key if keyed else "")
