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
from typing import TYPE_CHECKING, Any, Callable

from .engine.errors import Cancelled, EnvZonesError, InputError
from .engine.progress import SILENT, Progress

if TYPE_CHECKING:
    import geopandas as gpd

EXIT_FINDINGS, EXIT_INPUT, EXIT_CANCELLED = 1, 2, 130


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
    one = _verb(
        onemap, "create", _onemap_create, "make a one-map GeoPackage, empty or from a folder of layers"
    )
    one.add_argument("path", type=Path, help="the .gpkg to make")
    one.add_argument(
        "--data", type=Path, help="folder with <layer>.geojson files, layer_coverage.geojson and meta.yaml"
    )
    one.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    one = _verb(onemap, "info", _onemap_info, "list layers, rows, extents and declared coverage")
    one.add_argument("path", type=Path)

    rules = verbs.add_parser("rules", help="list, show or validate rulebooks").add_subparsers(
        metavar="VERB", required=True
    )
    one = _verb(rules, "list", _rules_list, "list the rulebooks")
    one = _verb(rules, "show", _rules_show, "print the clauses of a rulebook")
    one.add_argument("rulebook")
    one.add_argument("--clause", help="this clause only, in full")
    one = _verb(
        rules, "validate", _rules_validate, "check rulebook files, and their quotations against a document"
    )
    one.add_argument("files", nargs="+", type=Path)
    one.add_argument(
        "--against", type=Path, help="text file of the document: every quotation must stand in it"
    )

    one = _verb(verbs, "section", _section, "the control zone of river sections and what lies in it")
    one.add_argument("--rivers", type=_layer, required=True, metavar="FILE[:LAYER]")
    one.add_argument("--sections", type=_layer, required=True, metavar="FILE[:LAYER]")
    one.add_argument("--channel", type=_layer, metavar="FILE[:LAYER]", help="river channel polygons")
    one.add_argument(
        "--features", type=_layer, nargs="+", default=[], metavar="FILE[:LAYER]", help="what to list inside"
    )
    one.add_argument(
        "--jurisdiction",
        type=_layer,
        metavar="FILE[:LAYER]",
        help="polygons; features outside are listed apart",
    )
    for name, metres in (("upstream", 5000.0), ("downstream", 500.0), ("bank", 500.0), ("tolerance", 100.0)):
        one.add_argument(
            f"--{name}", type=_metres, default=metres, metavar="M", help=f"metres (default {metres:g})"
        )
    one.add_argument(
        "--working-width", type=_metres, metavar="M", help="river width to assume where none is known"
    )
    one.add_argument(
        "--approximate",
        type=_metres,
        metavar="M",
        help="list this much beyond and within the bank distance apart",
    )
    one.add_argument("--main-stem", action="store_true", help="trace the main stem only, not all tributaries")
    one.add_argument("--reverse", action="store_true", help="the lines are digitised against the flow")
    one.add_argument("--as-of", type=_day, metavar="DATE", help="leave out what is not in force on this day")
    _results(one, "--xlsx")

    one = _verb(verbs, "radius", _radius, "heat-supply circles and the boilers in them")
    one.add_argument("--plants", type=_layer, required=True, metavar="FILE[:LAYER]")
    one.add_argument("--boilers", type=_layer, metavar="FILE[:LAYER]")
    one.add_argument("--distance", type=_metres, default=15000.0, metavar="M", help="metres (default 15000)")
    one.add_argument(
        "--min-unit-mw", type=float, metavar="MW", help="only plants with units of at least this capacity"
    )
    one.add_argument("--all-plants", action="store_true", help="plants that are no CHP too")
    one.add_argument(
        "--as-of", type=_day, metavar="DATE", help="plants that become CHP later count as doubtful"
    )
    _results(one, "--xlsx")

    one = _verb(verbs, "check", _check, "may this go here? sites against every siting clause")
    one.add_argument("sites", type=_layer, metavar="SITES[:LAYER]")
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
    _results(one, "--xlsx", "--docx")

    one = _verb(verbs, "plan", _plan, "what the inventory clauses list on the map, and what is overdue")
    _books(one)
    _results(one, "--xlsx")
    return top


def _verb(
    group: Any, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    one = group.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    one.set_defaults(run=run)
    return one


def _books(one: argparse.ArgumentParser) -> None:
    one.add_argument("--onemap", type=Path, required=True, metavar="MAP.gpkg")
    one.add_argument(
        "--rulebook", nargs="+", required=True, metavar="ID", help="ids, or paths of .yaml files"
    )
    one.add_argument(
        "--as-of", type=_day, default=date.today(), metavar="DATE", help="YYYY-MM-DD (default: today)"
    )
    one.add_argument("--working", action="append", default=[], type=_working, metavar="NAME=METRES",
                     help="the office's own distance where a clause gives none")  # fmt: skip


def _results(one: argparse.ArgumentParser, *reports: str) -> None:
    one.add_argument("--out", type=Path, required=True, metavar="OUT.gpkg")
    for name in reports:
        one.add_argument(name, type=Path, metavar=f"FILE{name.replace('--', '.')}")
    one.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of ledgers and reports")


def _layer(text: str) -> tuple[Path, str | None]:
    path, colon, layer = text.rpartition(":")
    # A Windows drive letter is no layer separator.
    return (
        (Path(path), layer)
        if colon and len(path) > 1 and "/" not in layer and "\\" not in layer
        else (Path(text), None)
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no date; write it as 2019-06-30") from error


def _metres(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1e6:
        raise argparse.ArgumentTypeError(f"'{text}' is no distance between 0 and 1000000 m")
    return value


def _working(text: str) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"'{text}' must be NAME=METRES, e.g. road_side=1000")
    return name, _metres(value)


# --------------------------------------------------------------------------------------------------------
# Help for the verbs
# --------------------------------------------------------------------------------------------------------


class _Bar:
    """A tqdm bar as engine progress; on a terminal only."""

    cancelled = False

    def __init__(self, title: str) -> None:
        from tqdm import tqdm

        self._bar = tqdm(
            total=100,
            desc=title,
            unit="%",
            leave=False,
            bar_format="{desc}: {percentage:3.0f}%|{bar}| {postfix}",
        )

    def __call__(self, fraction: float, message: str = "") -> None:
        self._bar.n = round(100 * fraction)
        self._bar.set_postfix_str(message[:40], refresh=True)
        if fraction >= 1:
            self._bar.close()


def _progress(title: str) -> Progress:
    return _Bar(title) if sys.stderr.isatty() else SILENT


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _read(source: tuple[Path, str | None]) -> gpd.GeoDataFrame:
    from .engine.onemap import read_file

    return read_file(*source)


def _read_named(source: tuple[Path, str | None]) -> tuple[str, gpd.GeoDataFrame]:
    return source[1] or source[0].stem, _read(source)


def _check_outputs(options: argparse.Namespace) -> None:
    from .store.results import check_writable

    check_writable(options.out)
    for name in ("xlsx", "docx"):
        path = getattr(options, name, None)
        if path is not None and not path.parent.is_dir():
            raise InputError(
                f"Folder {path.parent} does not exist; create it or choose another for {path.name}."
            )


def _ledger(options: argparse.Namespace, **content: Any) -> None:
    """Write the ledger where one is asked for."""
    if options.xlsx:
        from .engine.report.ledger import write_xlsx

        write_xlsx(options.xlsx, lang=options.lang, **content)


def _issues(issues: gpd.GeoDataFrame) -> None:
    for severity in ("error", "warning"):
        for message in issues.loc[issues["severity"] == severity, "message_en"]:
            _say(f"  {severity}: {message}")


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
        progress=_progress(options.path.name),
    )
    for note in made.notes:
        _say(f"  note: {note}")
    filled = {name: n for name, n in made.counts.items() if n}
    _say(
        f"{options.path}: {len(made.counts)} layers, {len(filled)} of them with {sum(filled.values())} features."
    )
    return 0


def _onemap_info(options: argparse.Namespace) -> int:
    from .store.geopackage import info

    found = info(options.path)
    print(f"{found.path}  schema {found.schema_version}  {found.meta.get('title', '')}")
    print(f"{'layer':24} {'rows':>7}  {'newest':10}  complete as of / until  declared by")
    for layer in found.layers:
        newest = layer.newest_valid_from.isoformat() if layer.newest_valid_from else ""
        declared = "; ".join(f"{c.complete_as_of} / {c.valid_until}  {c.declared_by}" for c in layer.coverage)
        print(f"{layer.name:24} {layer.count:>7}  {newest:10}  {declared or 'not declared'}")
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
        _say(f"envzones: {fault}")
    if not faults:
        _say(f"{len(options.files)} rulebook(s) are valid.")
    return EXIT_INPUT if faults else 0


def _section(options: argparse.Namespace) -> int:
    from .engine.river.network import build
    from .engine.river.section import control_section
    from .store.results import write_results

    _check_outputs(options)
    result = control_section(
        build(_read(options.rivers), reverse=options.reverse),
        _read(options.sections),
        channel=_read(options.channel) if options.channel else None,
        features=dict(map(_read_named, options.features)),
        upstream=options.upstream,
        downstream=options.downstream,
        bank=options.bank,
        main_stem=options.main_stem,
        tolerance=options.tolerance,
        approximate={"bank": options.approximate} if options.approximate else None,
        working_width=options.working_width,
        jurisdiction=_read(options.jurisdiction) if options.jurisdiction else None,
        as_of=options.as_of,
        progress=_progress("section"),
    )
    write_results(
        options.out,
        {"reach": result.reach, "zone": result.zone, "finding": result.finding, "issue": result.issue},
    )
    _ledger(options, title="断面周边排查台账", as_of=options.as_of or date.today(), section=result)
    inside = result.finding[result.finding["status"] == "hit"]
    _say(f"{len(result.zone)} section(s) traced, {len(inside)} feature(s) in their zones: {options.out}")
    _issues(result.issue)
    return EXIT_FINDINGS if (result.issue["severity"] == "error").any() else 0


def _radius(options: argparse.Namespace) -> int:
    from .engine.radius import heat_radius
    from .store.results import write_results

    _check_outputs(options)
    result = heat_radius(
        _read(options.plants),
        distance=options.distance,
        min_unit_mw=options.min_unit_mw,
        chp_only=not options.all_plants,
        boilers=_read(options.boilers) if options.boilers else None,
        as_of=options.as_of,
        progress=_progress("radius"),
    )
    write_results(options.out, {"zone": result.zone, "finding": result.finding, "issue": result.issue})
    _ledger(options, title="供热半径内锅炉台账", as_of=options.as_of or date.today(), radius=result)
    hits = result.finding[result.finding["status"] == "hit"]
    _say(
        f"{len(result.zone)} plant(s), {hits['site_id'].nunique()} boiler(s) within {options.distance:g} m:"
        f" {options.out}"
    )
    _issues(result.issue)
    return 0


def _check(options: argparse.Namespace) -> int:
    from .engine.clauses.book import load_books
    from .engine.findings import VERDICTS
    from .engine.onemap import OneMap
    from .engine.siting import check
    from .store.results import write_results

    _check_outputs(options)
    books = load_books(options.rulebook)
    onemap = OneMap.open(options.onemap)
    result = check(
        _read(options.sites),
        onemap,
        books,
        as_of=options.as_of,
        facility_type=options.facility_type,
        nature=options.nature,
        working=dict(options.working),
        progress=_progress("check"),
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
    _ledger(options, **common)
    if options.docx:
        from .engine.report.document import write_docx

        write_docx(options.docx, office=options.office, lang=options.lang, **common)
    _say(f"Checked as of {result.as_of} against {', '.join(b.id for b in books)}:")
    for row in result.verdicts.itertuples():
        _say(f"  {row.site_id:8} {row.site_name or '':24} {row.text_zh}  ({row.text_en})")
    for book in books:
        if not book.period.holds(result.as_of):
            _say(
                f"  {book.id} is not in force on {result.as_of}: its clauses are reference only (参考),"
                " outside the verdict."
            )
    _issues(result.issues)
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

    _check_outputs(options)
    books = load_books(options.rulebook)
    onemap = OneMap.open(options.onemap)
    result = board(
        onemap,
        books,
        as_of=options.as_of,
        working=dict(options.working),
        progress=_progress("plan"),
    )
    write_results(options.out, {"board": result.board, "finding": result.findings, "issue": result.issues})
    _ledger(
        options,
        title="方案落实台账",
        as_of=result.as_of,
        plan=result,
        books=books,
        fingerprints=result.fingerprints,
        onemap=onemap,
        working=result.working,
    )
    _say(f"As of {result.as_of}:")
    for row in result.board.itertuples():
        if row.state == "not_computable" and row.checked != row.checked:
            _say(f"  {row.clause_id:6} {row.layer:20} not computable: {row.why_en}")
        else:
            _say(
                f"  {row.clause_id:6} {row.layer:20} {row.listed:4.0f} listed, {row.outstanding:4.0f} outstanding,"
                f" {row.tentative + row.open:4.0f} to be verified  {row.state}"
            )
    _issues(result.issues)
    return 0


if __name__ == "__main__":
    sys.exit(main())
