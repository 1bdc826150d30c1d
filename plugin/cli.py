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

from .cli_books import add_rules
from .cli_changes import add_changes
from .cli_channel import add_channel
from .cli_check import add_check
from .cli_convert import add_convert
from .cli_delineate import add_delineate
from .cli_export import add_export
from .cli_import import add_import
from .cli_io import (
    EXIT_CANCELLED,
    EXIT_INPUT,
    add_documents,
    add_out,
    add_verb,
    check_outputs,
    day,
    layer,
    metres,
    progress_bar,
    read,
    say,
    say_issues,
    write_documents,
)
from .cli_items import add_items
from .cli_map import add_map
from .cli_network import add_network
from .cli_onemap import add_onemap
from .cli_plan import add_plan
from .cli_report import add_report
from .cli_river import add_section
from .cli_roles import add_roles
from .cli_suitable import add_suitable
from .cli_validate import add_validate
from .engine.errors import Cancelled, EnvZonesError


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

    onemap = add_onemap(verbs)
    add_import(onemap)
    add_export(onemap)
    add_validate(onemap)
    add_items(onemap)
    add_changes(onemap)
    add_roles(onemap)
    add_convert(verbs)

    add_rules(verbs)
    add_network(verbs)
    add_channel(verbs)
    add_section(verbs)
    add_delineate(verbs)

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
    add_out(one)
    add_documents(one)

    add_check(verbs)
    add_plan(verbs)
    add_suitable(verbs)
    add_report(verbs)
    add_map(verbs)
    return top


# --------------------------------------------------------------------------------------------------------
# The verbs
# --------------------------------------------------------------------------------------------------------


def _radius(options: argparse.Namespace) -> int:
    from .engine.radius import heat_radius
    from .engine.report.content import about, frames, of_radius
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
    content = of_radius(result, options.as_of or date.today(), None)
    write_results(options.out, frames(content), about=about(content))
    write_documents(options, content)
    hits = result.finding[result.finding["status"] == "hit"]
    say(
        f"{len(result.zone)} plant(s), {hits['site_id'].nunique()} boiler(s) within {options.distance:g} m:"
        f" {options.out}"
    )
    say_issues(result.issue)
    return 0


if __name__ == "__main__":
    sys.exit(main())
