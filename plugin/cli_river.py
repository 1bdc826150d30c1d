"""The verb ``section`` of the command line."""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

from .cli_io import (
    EXIT_FINDINGS,
    add_documents,
    add_out,
    add_verb,
    check_outputs,
    day,
    layer,
    metres,
    progress_bar,
    read,
    read_named,
    say,
    say_issues,
    write_documents,
)


def add_section(verbs: Any) -> None:
    """Declare ``envzones section``."""
    one = add_verb(verbs, "section", _section, "the control zone of river sections and what lies in it")
    one.add_argument("--rivers", type=layer, required=True, metavar="FILE[:LAYER]")
    one.add_argument("--sections", type=layer, required=True, metavar="FILE[:LAYER]")
    one.add_argument("--channel", type=layer, metavar="FILE[:LAYER]", help="river channel polygons")
    one.add_argument(
        "--management", type=layer, metavar="FILE[:LAYER]", help="polygons within the river management line"
    )
    one.add_argument("--dyke", type=layer, metavar="FILE[:LAYER]", help="lines along the toes of the dykes")
    one.add_argument(
        "--bank-from",
        choices=("management", "dyke", "channel", "centreline"),
        help="where the bank is (default: the first of these whose layer is given)",
    )
    one.add_argument(
        "--features", type=layer, nargs="+", default=[], metavar="FILE[:LAYER]", help="what to list inside"
    )
    one.add_argument(
        "--jurisdiction",
        type=layer,
        metavar="FILE[:LAYER]",
        help="polygons; features outside are listed apart",
    )
    for name, default in (("upstream", 5000.0), ("downstream", 500.0), ("bank", 500.0), ("tolerance", 100.0)):
        one.add_argument(
            f"--{name}", type=metres, default=default, metavar="M", help=f"metres (default {default:g})"
        )
    one.add_argument(
        "--working-width", type=metres, metavar="M", help="river width to assume where none is known"
    )
    one.add_argument(
        "--approximate",
        type=metres,
        metavar="M",
        help="list this much beyond and within the bank distance apart (default a tenth of it; 0: nothing)",
    )
    one.add_argument("--main-stem", action="store_true", help="upstream the main stem only, not all tributaries")
    one.add_argument(
        "--main-by",
        choices=("longest", "largest"),
        default="longest",
        help="where names do not tell the main stem: the longest way up, or the most river above",
    )
    one.add_argument("--downstream-main", action="store_true", help="downstream the main arm only")
    one.add_argument("--stop-at-sections", action="store_true", help="stop at the next section")
    one.add_argument("--barriers", type=layer, metavar="FILE[:LAYER]", help="dams and sluices to stop at")
    one.add_argument("--strips", action="store_true", help="write the left and the right strip too")
    one.add_argument("--reverse", action="store_true", help="the lines are digitised against the flow")
    one.add_argument(
        "--no-repair", action="store_true", help="mend nothing in the river layer; what needs it is an error"
    )
    one.add_argument(
        "--canals", choices=("keep", "exclude"), default="keep", help="canals: part of the network, or left out"
    )
    one.add_argument("--as-of", type=day, metavar="DATE", help="leave out what is not in force on this day")
    add_out(one)
    add_documents(one)


def _section(options: argparse.Namespace) -> int:
    from .engine.report.content import about, frames, of_section
    from .engine.river.network import build
    from .engine.river.repair import SAFE
    from .engine.river.section import control_section
    from .store.results import write_results

    check_outputs(options)
    rivers = build(
        read(options.rivers),
        reverse=options.reverse,
        repair=frozenset() if options.no_repair else SAFE,
        canals=options.canals,
    )
    band = options.bank / 10 if options.approximate is None else options.approximate
    result = control_section(
        rivers,
        read(options.sections),
        channel=read(options.channel) if options.channel else None,
        management=read(options.management) if options.management else None,
        dyke=read(options.dyke) if options.dyke else None,
        bank_from=options.bank_from,
        features=dict(map(read_named, options.features)),
        upstream=options.upstream,
        downstream=options.downstream,
        bank=options.bank,
        main_stem=options.main_stem,
        main_by=options.main_by,
        downstream_main=options.downstream_main,
        stop_at_sections=options.stop_at_sections,
        barriers=read(options.barriers) if options.barriers else None,
        tolerance=options.tolerance,
        approximate={"bank": band} if band else None,
        working_width=options.working_width,
        jurisdiction=read(options.jurisdiction) if options.jurisdiction else None,
        strips=options.strips,
        as_of=options.as_of,
        progress=progress_bar("section"),
    )
    content = of_section(result, options.as_of or date.today(), None)
    strips = {"strip": result.strip} if options.strips else {}
    write_results(options.out, {**frames(content), **strips}, about=about(content))
    write_documents(options, content)
    inside = result.finding[result.finding["status"] == "hit"]
    say(f"{len(result.zone)} section(s) traced, {len(inside)} feature(s) in their zones: {options.out}")
    say_issues(result.issue)
    return EXIT_FINDINGS if (result.issue["severity"] == "error").any() else 0
