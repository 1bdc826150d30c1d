"""The verb ``delineate`` of the command line: draw zones from the figures of a document."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cli_io import (
    EXIT_FINDINGS,
    add_verb,
    check_outputs,
    day,
    layer,
    metres,
    progress_bar,
    read,
    say,
    say_issues,
)
from .engine.errors import InputError

if TYPE_CHECKING:
    from .engine.delineation import Delineated, Edge, Figure, Preset, Source

_LEVELS = ("primary", "secondary", "quasi")
_RANKS = ("city", "county", "township", "thousand_ton")
_TYPES = ("river", "lake", "groundwater", "canal")


def add_delineate(verbs: Any) -> None:
    """Declare ``envzones delineate``."""
    group = verbs.add_parser(
        "delineate", help="draw drinking-water zones from a document's figures",
        description="Draw drinking-water zones from a document's figures.",
    ).add_subparsers(metavar="VERB", required=True)  # fmt: skip
    _add_intake(group)
    _add_wells(group)
    _add_circle(group)
    _add_corridor(group)
    _add_table(group)
    _add_cut(group)
    _add_enclosed(group)
    one = add_verb(group, "presets", _presets, "list the presets with their figures, to be verified")
    one.add_argument("--presets", type=Path, metavar="FILE.yaml", help="the office's own presets")


# --------------------------------------------------------------------------------------------------------
# Arguments
# --------------------------------------------------------------------------------------------------------


def _add_intake(group: Any) -> None:
    one = add_verb(group, "intake", _intake, "zones up and down a river from an intake or a dam, tributaries too")
    one.add_argument("--rivers", type=layer, required=True, metavar="FILE[:LAYER]", help="lines running downstream")
    one.add_argument("--intakes", type=layer, required=True, metavar="FILE[:LAYER]", help="points")
    one.add_argument("--channel", type=layer, metavar="FILE[:LAYER]", help="river channel polygons")
    one.add_argument("--dyke", type=layer, metavar="FILE[:LAYER]", help="lines along the toes of the dykes")
    one.add_argument("--management", type=layer, metavar="FILE[:LAYER]", help="polygons of the management area")
    one.add_argument(
        "--bank-from", choices=("management", "dyke", "channel", "centreline"),
        help="what land is measured from (default: the first of these whose layer is given)",
    )  # fmt: skip
    one.add_argument("--working-width", type=metres, metavar="M", help="river width where none is known")
    for level in _LEVELS:
        one.add_argument(
            f"--{level}", nargs="+", metavar="M",
            help=f"{level} zone: metres upstream, downstream, of land, up tributaries (or 'along'); the last two may"
            " be left out, land 0 is water alone; outer levels are measured on from the inner one's cuts",
        )  # fmt: skip
    one.add_argument("--tributaries", nargs="+", metavar="NAME", help="only these tributaries")
    one.add_argument("--side", choices=("both", "intake", "left", "right"), default="both", help="side of the land")
    one.add_argument("--not-beside", action="store_true", help="no outer land beside the inner zone's stretch")
    one.add_argument("--anchor", default="取水口", metavar="WORD", help="what the text measures from (取水口)")
    one.add_argument("--together", action="store_true", help="water and land in one row")
    one.add_argument("--tolerance", type=metres, default=100.0, metavar="M", help="intake to river (default 100)")
    _add_common(one, preset=True)


def _add_wells(group: Any) -> None:
    one = add_verb(group, "wells", _wells, "zones of a well group: circles, outer hull and offset, directions")
    one.add_argument("--wells", type=layer, required=True, metavar="FILE[:LAYER]", help="points")
    for level in _LEVELS:
        one.add_argument(f"--{level}", type=metres, metavar="M", help=f"{level} zone: metres about wells or hull")
    one.add_argument(
        "--arrangement", choices=("auto", "circles", "hull"), default="auto",
        help="auto: wells farther apart than so many radii keep their own circles",
    )  # fmt: skip
    one.add_argument("--apart", type=float, metavar="N", help="radii beyond which wells are apart (default 2)")
    one.add_argument("--corners", choices=("round", "mitre"), default="round", help="corners of the hull's offset")
    one.add_argument(
        "--beside", nargs=3, action="append", default=[], metavar=("WELLS", "DIRECTION", "M"),
        help="instead of a radius: a line so many metres from wells, as in --beside 8号,9号,10号 north 50",
    )  # fmt: skip
    _add_edges(one, required=False)
    one.add_argument("--reach", metavar="DIRECTION", help="stretch the zone as far as the lines in this direction")
    for name, unit, text in (
        ("conductivity", "M/D", "K"), ("gradient", "I", "hydraulic gradient I"), ("porosity", "N", "porosity n"),
    ):  # fmt: skip
        one.add_argument(f"--{name}", type=float, metavar=unit, help=f"{text}: radius by R = alpha K I T / n")
    _add_common(one, preset=True)


def _add_circle(group: Any) -> None:
    one = add_verb(group, "circle", _circle, "a circle about an intake on the water alone, and a strip of the shore")
    one.add_argument("--intakes", type=layer, required=True, metavar="FILE[:LAYER]", help="points")
    one.add_argument("--water", type=layer, required=True, metavar="FILE[:LAYER]", help="polygons of the water")
    for level in _LEVELS:
        one.add_argument(
            f"--{level}", nargs="+", metavar="M", help=f"{level} zone: radius ('all' water), land from the shore"
        )
    one.add_argument("--whole-shore", action="store_true", help="land on all shores, not the intake's side alone")
    one.add_argument("--together", action="store_true", help="water and land in one row")
    one.add_argument("--tolerance", type=metres, default=100.0, metavar="M", help="intake to water (default 100)")
    _add_common(one, preset=True)


def _add_corridor(group: Any) -> None:
    one = add_verb(group, "corridor", _corridor, "so many metres on either side of a line")
    one.add_argument("--lines", type=layer, required=True, metavar="FILE[:LAYER]")
    one.add_argument("--left", type=metres, required=True, metavar="M", help="both sides, unless --right is given")
    one.add_argument("--right", type=metres, metavar="M")
    one.add_argument("--ends", choices=("square", "round"), default="square")
    _add_level(one)
    _add_common(one)


def _add_table(group: Any) -> None:
    one = add_verb(group, "table", _table, "a table of boundary vertices: degrees, minutes, seconds, or metres")
    one.add_argument("table", type=Path, metavar="FILE", help="csv, txt or xlsx of one table")
    one.add_argument("--sheet", metavar="NAME", help="sheet of a workbook (default: the first)")
    one.add_argument("--crs", metavar="EPSG:N", help="what the numbers are in, where they do not tell")
    one.add_argument("--packed", action="store_true", help="plain numbers are ddd.mmss")
    one.add_argument("--accuracy", type=metres, metavar="M", help="how accurate the survey was")
    one.add_argument("--part", choices=("water", "land", "both"), default="both")
    _add_level(one)
    _add_common(one)


def _add_cut(group: Any) -> None:
    one = add_verb(group, "cut", _cut, "cut polygons at roads, dykes or other lines and keep one side")
    one.add_argument("--areas", type=layer, required=True, metavar="FILE[:LAYER]", help="polygons")
    one.add_argument("--keep", type=layer, required=True, metavar="FILE[:LAYER]", help="points on the side that stays")
    one.add_argument("--side", default="取水口一侧", metavar="WORDS", help="how the text calls that side")
    _add_edges(one)
    _add_level(one)
    _add_common(one)


def _add_enclosed(group: Any) -> None:
    one = add_verb(group, "enclosed", _enclosed, "the ground that roads or other lines enclose about a place")
    one.add_argument("--place", type=layer, required=True, metavar="FILE[:LAYER]", help="one point inside")
    _add_edges(one)
    _add_level(one)
    _add_common(one)


def _add_edges(one: argparse.ArgumentParser, required: bool = True) -> None:
    one.add_argument(
        "--edges", type=layer, required=required, metavar="FILE[:LAYER]", help="lines or polygons that bound the zone"
    )
    one.add_argument("--edge-names", nargs="+", metavar="NAME", help="only these lines of the layer")
    one.add_argument("--extend", type=metres, metavar="M", help="prolong ends of lines straight by up to so much")


def _add_level(one: argparse.ArgumentParser) -> None:
    one.add_argument("--level", choices=_LEVELS, default="primary")


def _add_common(one: argparse.ArgumentParser, preset: bool = False) -> None:
    if preset:
        one.add_argument("--preset", metavar="ID", help="figures to be verified, where none are given")
        one.add_argument("--presets", type=Path, metavar="FILE.yaml", help="the office's own presets")
    about = one.add_argument_group("the source and its document")
    about.add_argument("--source-name", metavar="NAME", help="水源地名称 (default: the input's source_name)")
    about.add_argument("--source-code", metavar="CODE")
    about.add_argument("--source-type", choices=_TYPES)
    about.add_argument("--source-rank", choices=_RANKS)
    about.add_argument("--approved-by", metavar="NAME")
    about.add_argument("--document-no", metavar="NO", help="文号")
    about.add_argument("--document-date", type=day, metavar="DATE")
    about.add_argument("--valid-from", type=day, metavar="DATE")
    about.add_argument(
        "--figures-from", choices=("document", "office"),
        help="whose the figures are (default: the document's if its number is given, else the office's)",
    )  # fmt: skip
    out = one.add_argument_group("output", "a file, a map, or both")
    out.add_argument("--out", type=Path, metavar="OUT.gpkg", help="layers zone and issue")
    out.add_argument("--into", metavar="MAP", help="insert into this map: .gpkg, postgresql://… or service=…")
    out.add_argument("--who", metavar="NAME", help="who edits (default: the user of this computer)")


# --------------------------------------------------------------------------------------------------------
# Verbs
# --------------------------------------------------------------------------------------------------------


def _intake(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from .engine.delineation import ALONG, ReachLevel, intake_reach

    def level(name: str, values: list[str]) -> ReachLevel:
        if not 2 <= len(values) <= 4:
            raise InputError(f"--{name} takes two to four numbers: upstream, downstream, land, tributaries.")
        numbers = [_given(options, v, f"--{name}") for v in values[:3]]
        land = numbers[2] if len(numbers) > 2 and numbers[2].value else None
        tributary: Figure | str | None = None
        if len(values) > 3:
            tributary = ALONG if values[3] == ALONG else _given(options, values[3], f"--{name}")
        return ReachLevel(name, numbers[0], numbers[1], land, tributary, options.side)

    def run() -> Delineated:
        levels = [level(name, getattr(options, name)) for name in _LEVELS if getattr(options, name)]
        chosen = _preset(options)
        if chosen is not None:
            own = {one.level: one for one in levels}
            levels = [own.pop(one.level, replace(one, side=options.side)) for one in chosen.reach_levels()]
            levels = sorted([*levels, *own.values()], key=lambda one: _LEVELS.index(one.level))
        return intake_reach(
            read(options.rivers), read(options.intakes), levels, _source(options), channel=_maybe(options.channel),
            dyke=_maybe(options.dyke), management=_maybe(options.management), bank_from=options.bank_from,
            working_width=_figure(options, options.working_width), tributary_names=options.tributaries,
            beside_inner=not options.not_beside, separate=not options.together, anchor=options.anchor,
            tolerance=options.tolerance, progress=progress_bar("delineate"),
        )  # fmt: skip

    return _publish(options, run)


def _wells(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from .engine.delineation import Directed, WellLevel, pore_levels, well_zones

    def run() -> Delineated:
        inputs: dict[str, Figure] = {}
        extra: list[dict[str, Any]] = []
        chosen = _preset(options)
        formula = [options.conductivity, options.gradient, options.porosity]
        if any(v is not None for v in formula):
            if chosen is None or any(v is None for v in formula):
                raise InputError(
                    "A radius by R = alpha K I T / n needs --conductivity, --gradient, --porosity and a --preset that"
                    " gives alpha and T; add what is missing."
                )
            levels, inputs, extra = pore_levels(chosen, *(_sure(options, v) for v in formula))
        else:
            levels = chosen.well_levels() if chosen is not None else []
        given = {n: _sure(options, getattr(options, n)) for n in _LEVELS if getattr(options, n) is not None}
        levels = [replace(one, radius=given.pop(one.level, one.radius)) for one in levels]
        levels += [WellLevel(name, radius) for name, radius in given.items()]
        directed = tuple(
            Directed(tuple(map(str.strip, names.replace("、", ",").split(","))), way, _given(options, far, "--beside"))
            for names, way, far in options.beside
        )
        if directed:
            if levels:
                raise InputError("Give --beside or a radius, not both; outer levels are drawn by a second run.")
            levels = [WellLevel("primary", directed=directed)]
        until = tuple(_edges(options)) if options.edges else ()
        levels = [
            replace(one, arrangement=options.arrangement, corners=options.corners, until=until, reach=options.reach)
            for one in sorted(levels, key=lambda one: _LEVELS.index(one.level))
        ]
        apart = _figure(options, options.apart) or (chosen.own.get("apart") if chosen is not None else None)
        result = well_zones(
            read(options.wells), levels, _named(options), apart=apart, extend=_figure(options, options.extend),
            inputs=inputs, progress=progress_bar("delineate"),
        )  # fmt: skip
        return result.with_issues(extra)

    return _publish(options, run)


def _circle(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from .engine.delineation import CircleLevel, water_circle

    def level(name: str, values: list[str]) -> CircleLevel:
        if len(values) > 2:
            raise InputError(f"--{name} takes a radius (or 'all') and the land from the shore.")
        radius = None if values[0] == "all" else _given(options, values[0], f"--{name}")
        land = _given(options, values[1], f"--{name}") if len(values) > 1 else None
        return CircleLevel(name, radius, land, options.whole_shore)

    def run() -> Delineated:
        levels = [level(name, getattr(options, name)) for name in _LEVELS if getattr(options, name)]
        chosen = _preset(options)
        if chosen is not None:
            own = {one.level: one for one in levels}
            shore = options.whole_shore
            levels = [own.pop(one.level, replace(one, whole_shore=shore)) for one in chosen.circle_levels()]
            levels = sorted([*levels, *own.values()], key=lambda one: _LEVELS.index(one.level))
        return water_circle(
            read(options.intakes), read(options.water), levels, _source(options), tolerance=options.tolerance,
            separate=not options.together, progress=progress_bar("delineate"),
        )  # fmt: skip

    return _publish(options, run)


def _corridor(options: argparse.Namespace) -> int:
    from .engine.delineation import corridor

    return _publish(options, lambda: corridor(
        read(options.lines), _sure(options, options.left), _figure(options, options.right), _source(options),
        level=options.level, ends=options.ends, progress=progress_bar("delineate"),
    ))  # fmt: skip


def _table(options: argparse.Namespace) -> int:
    from .engine.delineation import read_sheet, vertex_zones

    return _publish(options, lambda: vertex_zones(
        read_sheet(options.table, sheet=options.sheet, packed=options.packed), _named(options), level=options.level,
        part=options.part, crs=options.crs, accuracy=_figure(options, options.accuracy),
        progress=progress_bar("delineate"),
    ))  # fmt: skip


def _cut(options: argparse.Namespace) -> int:
    from .engine.delineation import cut

    return _publish(options, lambda: cut(
        read(options.areas), _edges(options), read(options.keep), _source(options), level=options.level,
        extend=_figure(options, options.extend), side=options.side, progress=progress_bar("delineate"),
    ))  # fmt: skip


def _enclosed(options: argparse.Namespace) -> int:
    from .engine.delineation import enclosed

    return _publish(options, lambda: enclosed(
        _edges(options), read(options.place), _named(options), level=options.level,
        extend=_figure(options, options.extend), progress=progress_bar("delineate"),
    ))  # fmt: skip


def _presets(options: argparse.Namespace) -> int:
    from .engine.delineation import Figure, load_presets

    for one in load_presets(options.presets).values():
        print(f"{one.id}\t{one.verb}\t{one.title()}")
        for level, figures in one.levels.items():
            for what, value in figures.items():
                top = one.upper.get((level, what))
                number = f"{value.value:g}{f'-{top:g}' if top else ''}" if isinstance(value, Figure) else value
                mark = value.mark if isinstance(value, Figure) else ""
                print(f"  {level}\t{what}\t{number}\t{mark}")
    return 0


# --------------------------------------------------------------------------------------------------------
# What they share
# --------------------------------------------------------------------------------------------------------


def _owner(options: argparse.Namespace) -> str:
    return options.figures_from or ("document" if options.document_no else "office")


def _figure(options: argparse.Namespace, value: float | None) -> Figure | None:
    return None if value is None else _sure(options, value)


def _sure(options: argparse.Namespace, value: float) -> Figure:
    from .engine.delineation import figure

    return figure(value, _owner(options))


def _given(options: argparse.Namespace, text: str, option: str) -> Figure:
    try:
        return _sure(options, metres(text))
    except (ValueError, argparse.ArgumentTypeError):
        raise InputError(f"{option}: '{text}' is no distance in metres; give a number such as 3000.") from None


def _preset(options: argparse.Namespace) -> Preset | None:
    from .engine.delineation import preset

    return preset(options.preset, options.presets) if options.preset else None


def _source(options: argparse.Namespace) -> Source | None:
    """Return the source that the options name, or None where the input names it."""
    if options.source_name:
        return _named(options)
    if any((options.source_code, options.document_no, options.document_date, options.approved_by, options.valid_from)):
        raise InputError("A document or a code is given, but no source; add --source-name.")
    return None


def _named(options: argparse.Namespace) -> Source:
    from .engine.delineation import Source

    if not options.source_name:
        raise InputError("Zones belong to a source; give its name by --source-name.")
    return Source(
        options.source_name, options.source_code, options.source_type, options.source_rank, options.approved_by,
        options.document_no, options.document_date, options.valid_from,
    )  # fmt: skip


def _edges(options: argparse.Namespace) -> list[Edge]:
    from .engine.delineation import edges_of

    return edges_of(read(options.edges), options.edges[1] or options.edges[0].stem, options.edge_names)


def _maybe(source: tuple[Path, str | None] | None) -> Any:
    return None if source is None else read(source)


def _publish(options: argparse.Namespace, run: Callable[[], Delineated]) -> int:
    """Check where the zones go, draw them, write them, and say what was done."""
    from .store.delineation import save_zones
    from .store.results import write_results

    if options.out is None and options.into is None:
        raise InputError("The zones need a place to go; give --out FILE.gpkg, --into MAP, or both.")
    if options.out is not None:
        check_outputs(options)
    result = run()
    if options.out is not None:
        write_results(options.out, {"zone": result.zone, "issue": result.issue})
    for row in result.zone.itertuples():
        accuracy = "" if row.accuracy_m != row.accuracy_m else f", good to {row.accuracy_m:g} m"
        say(f"{row.name}: {row.area_m2 / 1e4:.2f} ha{accuracy}; {row.extent_text}")
    say_issues(result.issue)
    if options.into is not None:
        applied = save_zones(options.into, result, who=options.who or _user(), progress=progress_bar("save"))
        for note in applied.notes:
            say(f"  {note}")
        say(f"{len(result.zone)} zone(s) inserted into {options.into}")
    if options.out is not None:
        say(f"{len(result.zone)} zone(s) written: {options.out}")
    return EXIT_FINDINGS if (result.issue["severity"] == "error").any() else 0


def _user() -> str | None:
    """The user of this computer, None where it does not know."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return None
