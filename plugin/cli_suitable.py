"""The verb ``suitable`` of the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cli_books import add_books, books_of, onemap_of
from .cli_io import (
    EXIT_FINDINGS,
    add_results,
    add_verb,
    check_outputs,
    layer,
    metres,
    progress_bar,
    read,
    say,
    say_issues,
)

if TYPE_CHECKING:
    from .engine.suitability_model import SuitableArea


def add_suitable(verbs: Any) -> None:
    """Declare ``envzones suitable``."""
    one = add_verb(verbs, "suitable", _suitable, "where may this go? an area cut up by what the clauses say there")
    one.add_argument("--area", type=layer, required=True, metavar="FILE[:LAYER]", help="polygons to look at")
    add_books(one, law=True)
    one.add_argument("--facility-type", required=True, metavar="TYPE", help="what is to be built")
    one.add_argument("--nature", choices=("new", "rebuild", "expand", "existing"), help="left out: unknown")
    one.add_argument(
        "--attribute", action="append", default=[], metavar="NAME=VALUE",
        help="what is known of the facility, e.g. capacity_tph=20; a clause that asks for more cannot be told",
    )  # fmt: skip
    one.add_argument("--raster", type=Path, metavar="FILE.tif", help="the severity as a GeoTIFF too")
    one.add_argument("--cell", type=metres, default=30.0, metavar="M", help="metres of a cell (default 30)")
    one.add_argument("--fail-if-none", action="store_true", help="exit 1 where no ground is left to build on")
    add_results(one, "--xlsx")


def _suitable(options: argparse.Namespace) -> int:
    from .engine.progress import part
    from .engine.suitability import read_attributes, suitable_area
    from .engine.suitability_raster import check_raster, write_raster
    from .store.results import write_results

    check_outputs(options)
    if options.raster:
        check_raster(options.raster, options.cell)
    books, onemap = books_of(options), onemap_of(options)
    attributes = read_attributes(options.attribute, books)
    bar = progress_bar("suitable")
    result = suitable_area(
        read(options.area),
        onemap,
        books,
        facility_type=options.facility_type,
        nature=options.nature,
        attributes=attributes,
        as_of=options.as_of,
        working=dict(options.working),
        progress=part(bar, 0.0, 0.8),
    )
    write_results(
        options.out,
        {"suitable": result.pieces, "clause_area": result.clauses, "issue": result.issues},
        progress=part(bar, 0.8, 0.9),
    )
    if options.raster:
        write_raster(
            options.raster, result, onemap, cell=options.cell, lang=options.lang, progress=part(bar, 0.9, 1.0)
        )
    if options.xlsx:
        from .engine.report.suitable import write_areas

        write_areas(options.xlsx, result, onemap, lang=options.lang)
    bar(1.0, "")
    for line in _lines(result):
        say(line)
    say_issues(result.issues)
    say(f"Written to {options.out}")
    free = result.pieces["known"].isin(("pass", "note", "conditional")) & ~result.pieces["outside_jurisdiction"]
    return EXIT_FINDINGS if options.fail_if_none and not free.any() else 0


def _lines(result: SuitableArea) -> list[str]:
    """Say how much ground there is of each verdict."""
    from .engine.findings import VERDICT_WORDS

    lines = [
        f"{result.facility_type} as of {result.as_of} against {', '.join(b.id for b in result.books)}:",
        f"  {'':44} {'km2':>12} {'ha (公顷)':>14} {'mu (亩)':>15}  share",
    ]
    for row in result.summary.itertuples():
        if row.outside_jurisdiction:
            name = "outside the jurisdiction"
        else:
            name = VERDICT_WORDS[row.known][1]
            name += f", possibly {VERDICT_WORDS[row.possible][1]}" if row.worse else ""
        lines.append(f"  {name:44} {row.area_km2:12.4f} {row.area_ha:14.2f} {row.area_mu:15.1f} {row.share:6.1%}")
    for state, head in (("hit", "Binding:"), ("not_assessed", "To be verified:")):
        rows = result.clauses[result.clauses["state"] == state].sort_values("share", ascending=False, kind="stable")
        lines += [f"  {head}"] if len(rows) else []
        for row in rows.itertuples():
            why = f": {row.why_en}" if isinstance(row.why_en, str) else ""
            lines.append(f"    {row.rulebook} {row.clause_id:6} {row.effect:9} {row.share:6.1%}  {row.clause_en}{why}")
    return lines
