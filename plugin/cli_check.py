"""``envzones check``: sites against every siting clause, in memory, in chunks, or on many processes."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cli_books import add_books, books_of, onemap_of
from .cli_io import (
    DOCUMENTS,
    EXIT_FINDINGS,
    add_documents,
    add_verb,
    check_documents,
    check_outputs,
    interruptible,
    progress_bar,
    publication_of,
    say,
    say_issues,
    write_documents,
)
from .engine.errors import InputError

if TYPE_CHECKING:
    from .engine.batch import BatchResult
    from .engine.clauses.model import Rulebook

_STATUSES = ("hit", "clear", "not_applicable", "not_assessed")


def add_check(verbs: Any) -> None:
    """Add the verb ``check``."""
    one = add_verb(verbs, "check", _check, "may this go here? sites against every siting clause")
    one.add_argument(
        "sites", metavar="SITES[:LAYER]",
        help="a vector file, GeoParquet (a file or a folder), or postgresql://host/database#schema.table",
    )  # fmt: skip
    one.add_argument("--facility-type", help="for sites that do not say it themselves")
    one.add_argument("--nature", choices=("new", "rebuild", "expand", "existing"))
    one.add_argument(
        "--fail-on",
        choices=("fail", "restricted", "conditional", "pending"),
        help="exit 1 from this verdict on",
    )
    add_books(one, law=True)
    one.add_argument(
        "--out", type=Path, required=True, metavar="OUT",
        help="OUT.gpkg; with --engine chunks or dask also a folder, for a GeoParquet dataset",
    )  # fmt: skip
    add_documents(one)
    many = one.add_argument_group("many sites (docs/scale.md)")
    many.add_argument(
        "--engine", choices=("memory", "chunks", "dask"), default="memory",
        help="all at once (the default), partition by partition, or partitions on many processes or machines",
    )  # fmt: skip
    many.add_argument("--chunk", type=_count, metavar="N", help="sites in a partition (default: by the clauses)")
    many.add_argument("--scheduler", metavar="ADDRESS", help="of a running dask scheduler, such as tcp://host:8786")
    many.add_argument("--workers", type=_count, metavar="N", help="processes to start where no scheduler is named")
    many.add_argument(
        "--omit", nargs="+", choices=_STATUSES, default=[], metavar="STATUS",
        help="findings not to write, such as not_applicable; verdicts count them all the same",
    )  # fmt: skip


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number above zero")
    return int(text)


def _check(options: argparse.Namespace) -> int:
    if options.engine == "memory":
        return _in_memory(options)
    return _in_parts(options)


def _source(text: str) -> Any:
    from .cli_io import layer
    from .engine.batch_sites import open_sites
    from .engine.location import is_database

    return open_sites(text) if is_database(text) else open_sites(*layer(text))


def _in_memory(options: argparse.Namespace) -> int:
    from .engine.report.content import about, frames, of_check
    from .engine.siting import check
    from .store.results import write_results

    for name in ("chunk", "scheduler", "workers", "omit"):
        if getattr(options, name):
            raise InputError(f"--{name} is for --engine chunks or dask; name one of them, or leave it out.")
    check_outputs(options)
    books, onemap = books_of(options), onemap_of(options)
    result = check(
        _source(options.sites).whole(),
        onemap,
        books,
        as_of=options.as_of,
        facility_type=options.facility_type,
        nature=options.nature,
        working=dict(options.working),
        progress=progress_bar("check"),
    )
    content = of_check(result, onemap)
    write_results(options.out, frames(content), about=about(content))
    write_documents(options, content)
    say(f"Checked as of {result.as_of} against {', '.join(b.id for b in books)}:")
    for row in result.verdicts.itertuples():
        say(f"  {row.site_id:8} {row.site_name or '':24} {row.text_zh}  ({row.text_en})")
    _say_books(books, options)
    say_issues(result.issues)
    return _status(
        options, set(result.verdicts["known"]), bool((result.verdicts["pending"] > 0).any())
    )


def _in_parts(options: argparse.Namespace) -> int:
    from .engine.batch import check_in_parts

    _check_parts_outputs(options)
    books = books_of(options)
    if options.dem is not None and not options.dem.is_file():
        raise InputError(f"Elevation model {options.dem} does not exist; check the path.")
    one_file = options.out.suffix.lower() == ".gpkg"
    folder = options.out.with_name(f"{options.out.name}.parts") if one_file else options.out
    with interruptible(progress_bar("check")) as progress:
        result = check_in_parts(
            _source(options.sites),
            options.onemap,
            books,
            folder,
            as_of=options.as_of,
            kind="pieces" if one_file else "parquet",
            chunk=options.chunk,
            facility_type=options.facility_type,
            nature=options.nature,
            working=dict(options.working),
            dem=options.dem,
            omit=options.omit,
            engine=options.engine,
            scheduler=options.scheduler,
            workers=options.workers,
            progress=progress,
        )
    issues = result.issues()
    if one_file:
        from .store.results_parts import write_parts

        write_parts(options.out, result, about=_about(result), progress=progress_bar(options.out.name))
    _say_parts(result, options)
    _say_books(books, options)
    say_issues(issues)
    status = _status(options, set(result.known), result.pending > 0)
    if one_file:
        shutil.rmtree(folder, ignore_errors=True)
    return status


def _check_parts_outputs(options: argparse.Namespace) -> None:
    """Refuse what could not be written, before hours are spent."""
    from .store.results import check_writable

    for option in DOCUMENTS:
        if getattr(options, option.strip("-"), None) is not None:
            raise InputError(
                f"{option} is made of one result in memory; leave it out and run 'envzones report' on the .gpkg."
            )
    publication_of(options)
    check_documents(options)
    if options.scheduler and options.engine != "dask":
        raise InputError("--scheduler is for --engine dask; add it, or leave the scheduler out.")
    if options.workers and (options.engine != "dask" or options.scheduler):
        raise InputError("--workers is for --engine dask without --scheduler, which has workers of its own.")
    if options.out.suffix.lower() == ".gpkg":
        check_writable(options.out)
    elif options.out.suffix:
        raise InputError(f"Output {options.out} must end in .gpkg, or be a folder for GeoParquet.")
    elif not options.out.absolute().parent.is_dir():
        raise InputError(
            f"Folder {options.out.parent} does not exist; create it or choose another for {options.out.name}."
        )


def _about(result: BatchResult) -> Any:
    from .engine.result_file import About

    return About(
        "check", result.as_of, "", tuple(book.id for book in result.books), dict(result.working),
        tuple(result.fingerprints),
    )  # fmt: skip


def _say_parts(result: BatchResult, options: argparse.Namespace) -> None:
    from .engine.findings import VERDICT_WORDS

    said = result.manifest.said
    kept = f", {result.kept} of them from before" if result.kept else ""
    say(
        f"Checked {said['sites']} site(s) in {said['partitions']} partition(s){kept} as of {result.as_of} against"
        f" {', '.join(book.id for book in result.books)}: {options.out}"
    )
    for name, (zh, en) in VERDICT_WORDS.items():
        if result.known.get(name):
            say(f"  {result.known[name]:>10}  {zh}  ({en})")
    if result.pending:
        say(f"  {result.pending:>10}  其中有待核实条款  (of these with something to be verified)")


def _say_books(books: list[Rulebook], options: argparse.Namespace) -> None:
    from .engine.clauses.model import STATES

    for book in books:
        state = book.state(None, options.as_of)
        if state != "in_force":
            say(
                f"  {book.id} is {STATES[state][1]} on {options.as_of}: its clauses are reference only (参考),"
                " outside the verdict."
            )


def _status(options: argparse.Namespace, known: set[str], pending: bool) -> int:
    from .engine.findings import VERDICTS

    if not options.fail_on:
        return 0
    if options.fail_on == "pending":
        return EXIT_FINDINGS if pending else 0
    return EXIT_FINDINGS if known & set(VERDICTS[: VERDICTS.index(options.fail_on) + 1]) else 0
