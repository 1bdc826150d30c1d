"""The verb ``channel`` of the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

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
from .engine.errors import InputError


def add_channel(verbs: Any) -> None:
    """Declare ``envzones channel``."""
    one = add_verb(
        verbs, "channel", _channel, "river channel and centreline derived from land-survey water polygons"
    )
    one.add_argument("--polygons", type=layer, required=True, metavar="FILE[:LAYER]", help="DLTB or its like")
    one.add_argument(
        "--codes",
        nargs="+",
        default=["1101"],
        metavar="CODE",
        help="land classes that are the river, sub-classes too, or 'all' (default 1101; 1102 lakes, 1103 reservoirs,"
        " 1104 ponds, 1107 ditches)",
    )
    one.add_argument("--code-field", metavar="FIELD", help="field with the class (default DLBM or its like)")
    way = one.add_argument_group("direction of flow", "unknown, unless one of these tells it")
    for name, text in (("upstream", "a place up the river"), ("downstream", "a place down the same river")):
        way.add_argument(
            f"--{name}", type=_place, nargs="+", metavar="LON,LAT", help=f"{text}; one for each river"
        )
    way.add_argument("--dem", type=Path, metavar="FILE", help="elevations: directed by the fall of whole rivers")
    for name, default, text in (
        ("gap", 30.0, "waters this near to each other are one river (bridges)"),
        ("spacing", None, "distance between samples of the bank (default a quarter of the mean width)"),
    ):
        told = f" (default {default:g})" if default else ""
        one.add_argument(f"--{name}", type=metres, default=default, metavar="M", help=f"metres: {text}{told}")
    one.add_argument(
        "--spur", type=float, default=1.0, metavar="N",
        help="keep branches that reach this many widths beyond the bank (default 1)",
    )  # fmt: skip
    one.add_argument(
        "--smallest", type=metres, default=400.0, metavar="M2",
        help="pass over islands and waters smaller than this, square metres (default 400)",
    )  # fmt: skip
    one.add_argument("--river", metavar="NAME", help="the river's name, where all polygons are one river")
    add_results(one)


def _place(text: str) -> tuple[float, float]:
    """Read ``LON,LAT``."""
    try:
        lon, lat = map(float, text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no place; write it as 112.6,35.1") from error
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise argparse.ArgumentTypeError(f"'{text}' is no longitude,latitude in degrees, e.g. 112.6,35.1")
    return lon, lat


def _channel(options: argparse.Namespace) -> int:
    from .engine.river.derive import derive_channel
    from .store.results import write_results

    check_outputs(options)
    if options.dem is not None and not options.dem.is_file():
        raise InputError(f"There is no file {options.dem}; give the elevation model as a raster file.")
    result = derive_channel(
        read(options.polygons),
        codes=None if options.codes == ["all"] else options.codes,
        code_field=options.code_field,
        upstream=options.upstream,
        downstream=options.downstream,
        dem=options.dem,
        gap=options.gap,
        spacing=options.spacing or None,
        spur=options.spur,
        smallest=options.smallest,
        river=options.river,
        progress=progress_bar("channel"),
    )
    write_results(
        options.out,
        {"river_channel": result.channel, "river_reach": result.centreline, "issue": result.issue},
    )
    length = result.centreline["length_m"].sum() / 1000
    say(f"{len(result.channel)} channel(s), {length:.1f} km of centreline derived: {options.out}")
    say_issues(result.issue)
    return EXIT_FINDINGS if (result.issue["severity"] == "error").any() else 0
