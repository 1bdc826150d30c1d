"""The command line: every engine verb from a shell.

A verb prints a short summary to stderr, writes what it is told to write, and exits 0, 1 (findings, with
``--fail-on``) or 2 (bad input: one line that says what, where and what to do).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from .cli_channel import add_channel
from .cli_io import (
    EXIT_CANCELLED,
    EXIT_FINDINGS,
    EXIT_INPUT,
    add_results,
    add_verb,
    check_outputs,
    day,
    layer,
    metres,
    progress_bar,
    read,
    say,
    say_issues,
    write_ledger,
)
from .cli_network import add_network
from .cli_river import add_section
from .engine.errors import Cancelled, EnvZonesError, InputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``envzones`` and return its exit status."""
    options = parser().parse_args(arguments)
    try:
        return options.run(options)
    except Cancelled as error:
        print(f"envzones: {error}", file=sys.stderr)
        return EXIT_CANCELLED
    except KeyboardInterrupt:
        print("envzones: Cancelled; nothing was written.", file=sys.stderr)
        return EXIT_CANCELLED
    except EnvZonesError as error:
        print(f"envzones: {error}", file=sys.stderr)
        return EXIT_INPUT
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python must not complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


# --------------------------------------------------------------------------------------------------------
# Arguments
# --------------------------------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    """Return the argument parser of ``envzones``."""
    top = argparse.ArgumentParser(prog="envzones", description="One map of a city's pollution-control zones.")
    verbs = top.add_subparsers(metavar="VERB", required=True)

    onemap = verbs.add_parser("onemap", help="make or describe a one map").add_subparsers(
        metavar="VERB", required=True
    )
    one = add_verb(
        onemap, "create", _onemap_create, "make a one-map GeoPackage, empty or from a folder of layers"
    )
    one.add_argument("path", type=Path, help="the .gpkg to make")
    one.add_argument(
        "--data", type=Path, help="folder with <layer>.geojson files, layer_coverage.geojson and meta.yaml"
    )
    one.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    one = add_verb(onemap, "info", _onemap_info, "list layers, rows, extents and declared coverage")
    one.add_argument("path", type=Path)

    rules = verbs.add_parser("rules", help="list, show or validate rulebooks").add_subparsers(
        metavar="VERB", required=True
    )
    one = add_verb(rules, "list", _rules_list, "list the rulebooks")
    one = add_verb(rules, "show", _rules_show, "print the clauses of a rulebook")
    one.add_argument("rulebook")
    one.add_argument("--clause", help="this clause only, in full")
    one = add_verb(
        rules, "validate", _rules_validate, "check rulebook files, and their quotations against a document"
    )
    one.add_argument("files", nargs="+", type=Path)
    one.add_argument(
        "--against", type=Path, help="text file of the document: every quotation must stand in it"
    )

    add_network(verbs)
    add_channel(verbs)
    add_section(verbs)

    one = add_verb(verbs, "radius", _radius, "heat-supply circles and the boilers in them")
    one.add_argument("--plants", type=layer, required=True, metavar="FILE[:LAYER]")
    one.add_argument("--boilers", type=layer, metavar="FILE[:LAYER]")
    one.add_argument("--distance", type=metres, default=15000.0, metavar="M", help="metres (default 15000)")
    one.add_argument(
        "--min-unit-mw", type=float, metavar="MW", help="only plants with units of at least this capacity"
    )
    one.add_argument("--all-plants", action="store_true", help="plants that are no CHP too")
    one.add_argument(
        "--as-of", type=day, metavar="DATE", help="plants that become CHP later count as doubtful"
    )
    add_results(one, "--xlsx")

    one = add_verb(verbs, "check", _check, "may this go here? sites against every siting clause")
    one.add_argument("sites", type=layer, metavar="SITES[:LAYER]")
    one.add_argument("--facility-type", help="for sites that do not say it themselves")
    one.add_argument("--nature", choices=("new", "rebuild", "expand", "existing"))
    one.add_argument(
        "--fail-on",
        choices=("fail", "restricted", "conditional", "pending"),
        help="exit 1 from this verdict on",
    )
    one.add_argument(
        "--office", default="", metavar="NAME", help="the compiling office (编制单位) named in the report"
    )
    _books(one)
    add_results(one, "--xlsx", "--docx")

    one = add_verb(verbs, "plan", _plan, "what the inventory clauses list on the map, and what is overdue")
    _books(one)
    add_results(one, "--xlsx")
    return top


def _books(one: argparse.ArgumentParser) -> None:
    one.add_argument("--onemap", type=Path, required=True, metavar="MAP.gpkg")
    one.add_argument(
        "--rulebook", nargs="+", required=True, metavar="ID", help="ids, or paths of .yaml files"
    )
    one.add_argument(
        "--as-of", type=day, default=date.today(), metavar="DATE", help="YYYY-MM-DD (default: today)"
    )
    one.add_argument("--working", action="append", default=[], type=_working, metavar="NAME=METRES",
                     help="the office's own distance where a clause gives none")  # fmt: skip


def _working(text: str) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"'{text}' must be NAME=METRES, e.g. road_side=1000")
    return name, metres(value)


# --------------------------------------------------------------------------------------------------------
# The verbs
# --------------------------------------------------------------------------------------------------------


def _onemap_create(options: argparse.Namespace) -> int:
    from .engine.catalog import load_catalog
    from .store.folder import read_folder
    from .store.geopackage import create

    catalog = load_catalog()
    content = read_folder(options.data, catalog) if options.data else None
    made = create(
        options.path,
        catalog,
        frames=content.frames if content else None,
        coverage=content.coverage if content else None,
        meta=content.meta if content else None,
        overwrite=options.overwrite,
        progress=progress_bar(options.path.name),
    )
    for note in made.notes:
        say(f"  note: {note}")
    filled = {name: n for name, n in made.counts.items() if n}
    say(
        f"{options.path}: {len(made.counts)} layers, {len(filled)} of them with {sum(filled.values())} features."
    )
    return 0


def _onemap_info(options: argparse.Namespace) -> int:
    from .store.geopackage import info

    found = info(options.path)
    print(f"{found.path}  schema {found.schema_version}  {found.meta.get('title', '')}")
    print(f"{'layer':24} {'rows':>7}  {'newest':10}  complete as of / until  declared by")
    for one in found.layers:
        newest = one.newest_valid_from.isoformat() if one.newest_valid_from else ""
        declared = "; ".join(f"{c.complete_as_of} / {c.valid_until}  {c.declared_by}" for c in one.coverage)
        print(f"{one.name:24} {one.count:>7}  {newest:10}  {declared or 'not declared'}")
    return 0


def _rules_list(options: argparse.Namespace) -> int:
    from .engine.clauses.book import available, load_book

    for name, path in available().items():
        book = load_book(path)
        kinds = ", ".join(
            f"{len(book.of_kind(kind))} {kind}"
            for kind in ("siting", "inventory", "coverage", "indicator", "register")
        )
        print(
            f"{name}  {book.document.number} {book.document.zh}  {book.period.start} to {book.period.end}  ({kinds})"
        )
    return 0


def _rules_show(options: argparse.Namespace) -> int:
    from .engine.clauses.book import load_books

    book = load_books([options.rulebook])[0]
    clauses = [c for c in book.clauses if options.clause in (None, c.id, c.row)]
    if not clauses:
        raise InputError(
            f"Rulebook '{book.id}' has no clause '{options.clause}'; 'envzones rules show {book.id}' lists them."
        )
    for clause in clauses:
        print(f"{clause.id:6} {clause.kind:9} {clause.effect:9} {clause.clause:10} {clause.zh}")
        if options.clause:
            print(
                f"       {clause.en}\n       “{clause.quote}”\n       责任单位:{clause.responsible}\n"
                f"       期限:{clause.deadline_words}"
            )
    return 0


def _rules_validate(options: argparse.Namespace) -> int:
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


def _radius(options: argparse.Namespace) -> int:
    from .engine.radius import heat_radius
    from .store.results import write_results

    check_outputs(options)
    result = heat_radius(
        read(options.plants),
        distance=options.distance,
        min_unit_mw=options.min_unit_mw,
        chp_only=not options.all_plants,
        boilers=read(options.boilers) if options.boilers else None,
        as_of=options.as_of,
        progress=progress_bar("radius"),
    )
    write_results(options.out, {"zone": result.zone, "finding": result.finding, "issue": result.issue})
    write_ledger(options, title="供热半径内锅炉台账", as_of=options.as_of or date.today(), radius=result)
    hits = result.finding[result.finding["status"] == "hit"]
    say(
        f"{len(result.zone)} plant(s), {hits['site_id'].nunique()} boiler(s) within {options.distance:g} m:"
        f" {options.out}"
    )
    say_issues(result.issue)
    return 0


def _check(options: argparse.Namespace) -> int:
    from .engine.clauses.book import load_books
    from .engine.findings import VERDICTS
    from .engine.onemap import OneMap
    from .engine.siting import check
    from .store.results import write_results

    check_outputs(options)
    books = load_books(options.rulebook)
    onemap = OneMap.open(options.onemap)
    result = check(
        read(options.sites),
        onemap,
        books,
        as_of=options.as_of,
        facility_type=options.facility_type,
        nature=options.nature,
        working=dict(options.working),
        progress=progress_bar("check"),
    )
    write_results(
        options.out, {"verdict": result.verdicts, "finding": result.findings, "issue": result.issues}
    )
    common = {
        "title": "选址准入初步研判",
        "as_of": result.as_of,
        "findings": result.findings,
        "verdicts": result.verdicts,
        "issues": result.issues,
        "books": books,
        "fingerprints": result.fingerprints,
        "onemap": onemap,
        "working": result.working,
    }
    write_ledger(options, **common)
    if options.docx:
        from .engine.report.document import write_docx

        write_docx(options.docx, office=options.office, lang=options.lang, **common)
    say(f"Checked as of {result.as_of} against {', '.join(b.id for b in books)}:")
    for row in result.verdicts.itertuples():
        say(f"  {row.site_id:8} {row.site_name or '':24} {row.text_zh}  ({row.text_en})")
    for book in books:
        if not book.period.holds(result.as_of):
            say(
                f"  {book.id} is not in force on {result.as_of}: its clauses are reference only (参考),"
                " outside the verdict."
            )
    say_issues(result.issues)
    if not options.fail_on:
        return 0
    if options.fail_on == "pending":
        return EXIT_FINDINGS if (result.verdicts["pending"] > 0).any() else 0
    worst = VERDICTS[: VERDICTS.index(options.fail_on) + 1]
    return EXIT_FINDINGS if result.verdicts["known"].isin(worst).any() else 0


def _plan(options: argparse.Namespace) -> int:
    from .engine.clauses.book import load_books
    from .engine.onemap import OneMap
    from .engine.plan import board
    from .store.results import write_results

    check_outputs(options)
    books = load_books(options.rulebook)
    onemap = OneMap.open(options.onemap)
    result = board(
        onemap,
        books,
        as_of=options.as_of,
        working=dict(options.working),
        progress=progress_bar("plan"),
    )
    write_results(options.out, {"board": result.board, "finding": result.findings, "issue": result.issues})
    write_ledger(
        options,
        title="方案落实台账",
        as_of=result.as_of,
        plan=result,
        books=books,
        fingerprints=result.fingerprints,
        onemap=onemap,
        working=result.working,
    )
    say(f"As of {result.as_of}:")
    for row in result.board.itertuples():
        if row.state == "not_computable" and row.checked != row.checked:
            say(f"  {row.clause_id:6} {row.layer:20} not computable: {row.why_en}")
        else:
            say(
                f"  {row.clause_id:6} {row.layer:20} {row.listed:4.0f} listed, {row.outstanding:4.0f} outstanding,"
                f" {row.tentative + row.open:4.0f} to be verified  {row.state}"
            )
    say_issues(result.issues)
    return 0


if __name__ == "__main__":
    sys.exit(main())
