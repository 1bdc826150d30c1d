"""Rulebooks and the map on the command line: what check, plan and suitable take alike; the verbs of ``rules``."""

from __future__ import annotations

import argparse
import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cli_io import EXIT_INPUT, add_verb, day, metres, say
from .engine.errors import InputError

if TYPE_CHECKING:
    from .engine.clauses.model import Rulebook
    from .engine.onemap import OneMap

#: The book of law in force, which every check takes besides the plans that are named.
LAW = "national-henan"
#: Where a shell without QGIS finds the user's own books.
FOLDER_VARIABLE = "ENVZONES_RULEBOOKS"


def add_books(one: argparse.ArgumentParser, *, law: bool = False) -> None:
    """Add the map, the books, the day and the office's own distances; with `law`, the book of law comes by itself."""
    one.add_argument("--onemap", required=True, metavar="MAP", help="MAP.gpkg, postgresql://… or service=…")
    one.add_argument("--rulebook", nargs="+", required=not law, default=[], metavar="ID",
                     help="ids, or paths of .yaml files")  # fmt: skip
    if law:
        one.add_argument("--no-law", action="store_true", help=f"leave out {LAW}, the law in force")
    add_folder(one)
    one.add_argument(
        "--as-of", type=day, default=date.today(), metavar="DATE", help="YYYY-MM-DD (default: today)"
    )
    one.add_argument("--working", action="append", default=[], type=_working, metavar="NAME=METRES",
                     help="the office's own distance where a clause gives none")  # fmt: skip
    one.add_argument("--dem", type=Path, metavar="DEM.tif", help="elevation model, for what can be seen from where")


def add_folder(one: argparse.ArgumentParser) -> None:
    """Add the folder of the user's own books."""
    one.add_argument("--rulebook-dir", type=Path, metavar="DIR",
                     help=f"folder of your own rulebooks (default: ${FOLDER_VARIABLE})")  # fmt: skip


def _working(text: str) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"'{text}' must be NAME=METRES, e.g. road_side=1000")
    return name, metres(value)


def folder_of(options: argparse.Namespace) -> Path | None:
    """Return the folder of the user's own books, or None."""
    given = options.rulebook_dir or os.environ.get(FOLDER_VARIABLE)
    if given and not Path(given).is_dir():
        raise InputError(f"Rulebook folder {given} does not exist; create it or give another.")
    return Path(given) if given else None


def books_of(options: argparse.Namespace) -> list[Rulebook]:
    """Load the books named, and the book of law unless it is left out."""
    from .engine.clauses.book import load_books

    names = list(options.rulebook)
    if not getattr(options, "no_law", True):
        names.append(LAW)
    if not names:
        raise InputError("No rulebook is named; give --rulebook, see 'envzones rules list'.")
    return load_books(names, folder_of(options))


def onemap_of(options: argparse.Namespace) -> OneMap:
    """Open the map, with the elevation model where one is given."""
    from .engine.onemap import OneMap

    onemap = OneMap.open(options.onemap)
    if options.dem is not None:
        if not options.dem.is_file():
            raise InputError(f"Elevation model {options.dem} does not exist; check the path.")
        onemap.dem = options.dem
    return onemap


# --------------------------------------------------------------------------------------------------------
# envzones rules
# --------------------------------------------------------------------------------------------------------


def add_rules(verbs: Any) -> None:
    """Add ``rules list|show|validate``."""
    rules = verbs.add_parser("rules", help="list, show or validate rulebooks").add_subparsers(
        metavar="VERB", required=True
    )
    add_folder(add_verb(rules, "list", _list, "list the rulebooks"))
    one = add_verb(rules, "show", _show, "print the clauses of a rulebook")
    one.add_argument("rulebook")
    one.add_argument("--clause", help="this clause only, in full")
    add_folder(one)
    one = add_verb(
        rules, "validate", _validate, "check rulebook files, and their quotations against a document"
    )
    one.add_argument("files", nargs="+", type=Path)
    one.add_argument(
        "--against", type=Path, help="text file of the document: every quotation must stand in it"
    )


def _list(options: argparse.Namespace) -> int:
    from .engine.clauses.book import available, load_books
    from .engine.clauses.model import KINDS

    folder = folder_of(options)
    for name in available(folder):
        (book,) = load_books([name], folder)
        kinds = ", ".join(f"{len(book.of_kind(kind))} {kind}" for kind in KINDS)
        until = f"{book.period.start or '…'} to {book.period.end or '…'}"
        print(f"{name:22} {until:24} {book.document.number} {book.document.zh}  ({kinds})")
    return 0


def _show(options: argparse.Namespace) -> int:
    from .engine.clauses.book import load_books

    book = load_books([options.rulebook], folder_of(options))[0]
    clauses = [c for c in book.clauses if options.clause in (None, c.id, c.row)]
    if not clauses:
        raise InputError(
            f"Rulebook '{book.id}' has no clause '{options.clause}'; 'envzones rules show {book.id}' lists them."
        )
    for clause in clauses:
        print(f"{clause.id:6} {clause.kind:9} {clause.effect:9} {clause.clause:10} {clause.zh}")
        if not options.clause:
            continue
        words = f"“{clause.quote}”" if clause.verbatim else f"摘要:{clause.quote}"
        print(f"       {clause.en}\n       {words}")
        if clause.basis:
            print(f"       依据:{clause.basis.zh}{clause.basis.article}  [{clause.basis.mark}]")
        print(f"       责任单位:{clause.responsible}\n       期限:{clause.deadline_words}")
        for figure in clause.figures:
            print(f"       指标:{figure.zh}({figure.measure}, {figure.unit or '—'})")
    return 0


def _validate(options: argparse.Namespace) -> int:
    from .engine.clauses.validate import validate_book

    document = None
    if options.against:
        try:
            document = options.against.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"Document {options.against} cannot be read ({error}); give a UTF-8 text file."
            ) from error
    faults = [fault for path in options.files for fault in validate_book(path, document)]
    for fault in faults:
        say(f"envzones: {fault}")
    if not faults:
        say(f"{len(options.files)} rulebook(s) are valid.")
    return EXIT_INPUT if faults else 0
