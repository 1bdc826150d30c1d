"""The verb ``network`` of the command line."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    write_ledger,
)
from .engine.errors import InputError

if TYPE_CHECKING:
    from .engine.river.check import CheckResult

_SEVERITIES = ("error", "warning", "info")


def add_network(verbs: Any) -> None:
    """Declare ``envzones network``."""
    one = add_verb(verbs, "network", _network, "find what is wrong in river lines; a clean directed network")
    one.add_argument("--rivers", type=layer, required=True, metavar="FILE[:LAYER]")
    way = one.add_argument_group("direction of flow", "as digitised, unless one of these tells it")
    way.add_argument(
        "--outlet", type=_outlet, nargs="+", default=[], metavar="LON,LAT|FILE[:LAYER]",
        help="where the water leaves: every reach is directed towards it",
    )  # fmt: skip
    way.add_argument("--dem", type=Path, metavar="FILE", help="elevations: directed by the fall of whole rivers")
    way.add_argument("--from-node", metavar="FIELD", help="field with the node at the upper end (with --to-node)")
    way.add_argument("--to-node", metavar="FIELD", help="field with the node at the lower end")
    way.add_argument("--direction-field", metavar="FIELD", help="field that tells how a line is digitised")
    way.add_argument("--forward", nargs="+", metavar="VALUE", help="its values for: with the flow")
    way.add_argument("--backward", nargs="+", metavar="VALUE", help="its values for: against the flow")
    way.add_argument("--reverse", action="store_true", help="all lines are digitised against the flow")
    one.add_argument(
        "--fix", type=_kinds, default=frozenset(), metavar="KIND[,KIND]",
        help="what to mend: gap,node,direction,crossing,duplicate,pseudo_node, or all (default none)",
    )  # fmt: skip
    one.add_argument(
        "--canals",
        choices=("keep", "undirected", "exclude"),
        default="keep",
        help="canals: as rivers, as lines in which water may run both ways, or left out",
    )
    one.add_argument("--name-field", metavar="FIELD", help="the river's name (default river, else name)")
    for name, default, text in (
        ("tolerance", 1.0, "ends this near to one another are meant to be one"),
        ("dead-end", 50.0, "loose ends this near to another line are told"),
        ("parallel", 30.0, "lines that run side by side within this are told; 0: do not look"),
    ):
        one.add_argument(
            f"--{name}", type=metres, default=default, metavar="M", help=f"metres: {text} (default {default:g})"
        )
    one.add_argument(
        "--fail-on", choices=_SEVERITIES, help="exit 1 where a finding of this severity, or a graver one, remains"
    )
    add_results(one, "--xlsx")


def _outlet(text: str) -> Any:
    """Read ``LON,LAT`` as a pair of degrees, anything else as ``FILE[:LAYER]``."""
    try:
        lon, lat = map(float, text.split(","))
    except ValueError:
        return layer(text)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise argparse.ArgumentTypeError(f"'{text}' is no longitude,latitude in degrees, e.g. 112.6,35.1")
    return lon, lat


def _kinds(text: str) -> frozenset[str]:
    """Read a list of repairs."""
    from .engine.river.repair import REPAIRS

    given = {one.strip().replace("-", "_") for one in text.split(",") if one.strip()}
    if given == {"none"}:
        return frozenset()
    if given == {"all"}:
        return frozenset(REPAIRS)
    unknown = sorted(given - set(REPAIRS))
    if unknown or not given:
        raise argparse.ArgumentTypeError(
            f"'{', '.join(unknown) or text}' cannot be mended; choose from: {', '.join(REPAIRS)}, all or none"
        )
    return frozenset(given)


def _network(options: argparse.Namespace) -> int:
    from .engine.river.check import check_network
    from .store.results import write_results

    check_outputs(options)
    result = check_network(
        read(options.rivers),
        tolerance=options.tolerance,
        dead_end=options.dead_end,
        parallel=options.parallel,
        outlets=_outlets(options.outlet),
        dem=_existing(options.dem),
        nodes=_nodes(options),
        direction=_direction(options),
        reverse=options.reverse,
        name_field=options.name_field,
        canals=options.canals,
        repair=options.fix,
        progress=progress_bar("network"),
    )
    write_results(options.out, {"edge": result.edge, "node": result.node, "issue": result.issue})
    write_ledger(
        options, title="河网检查台账", as_of=date.today(), issues=result.issue, notes=_lines(result, options.lang)
    )
    for line in _lines(result, "en"):
        say(line)
    say(f"Written to {options.out}")
    return EXIT_FINDINGS if _failed(result, options.fail_on) else 0


def _lines(result: CheckResult, lang: str) -> list[str]:
    """Say how large the network is and what was found, in lines."""
    edge, node = result.edge, result.node
    parts, length = int(edge["part"].max()), edge["length_m"].sum() / 1000
    if lang == "zh":
        head = f"河段 {len(edge)} 段,节点 {len(node)} 个,连通部分 {parts} 个,总长 {length:.1f} 千米"
    else:
        head = f"{len(edge)} reaches, {len(node)} nodes, {parts} connected part(s), {length:.1f} km"
    if result.counts.empty:
        return [head, "未发现问题" if lang == "zh" else "Nothing was found."]
    width = max(len(title) for title in result.counts[lang])
    out = [head]
    for row in result.counts.itertuples():
        title = getattr(row, lang)
        if lang == "zh":
            out.append(f"{title}:处理前 {row.before},已处理 {row.mended},剩余 {row.after}")
        else:
            out.append(f"  {title:{width}}  found {row.before}, mended {row.mended}, remaining {row.after}")
    return out


def _failed(result: CheckResult, severity: str | None) -> bool:
    if severity is None:
        return False
    grave = _SEVERITIES[: _SEVERITIES.index(severity) + 1]
    return bool((result.issue["severity"].isin(grave) & ~result.issue["mended"]).any())


def _outlets(given: list[Any]) -> Any:
    """Return the outlets as degrees, from pairs and from layers of points."""
    import numpy as np
    import shapely

    from .engine.geodesy import to_storage

    if not given:
        return None
    found = []
    for one in given:
        if isinstance(one[0], float):
            found.append([one])
            continue
        points = to_storage(read(one), one[1] or one[0].stem).geometry.dropna()
        if not len(points):
            raise InputError(f"{one[0]} holds no outlet; give a layer of points, or LON,LAT.")
        found.append(shapely.get_coordinates(shapely.point_on_surface(np.asarray(points.array))))
    return np.concatenate(found)


def _existing(path: Path | None) -> Path | None:
    if path is not None and not path.is_file():
        raise InputError(f"There is no file {path}; give the elevation model as a raster file.")
    return path


def _nodes(options: argparse.Namespace) -> tuple[str, str] | None:
    if (options.from_node is None) != (options.to_node is None):
        raise InputError("--from-node and --to-node belong together; give both.")
    return None if options.from_node is None else (options.from_node, options.to_node)


def _direction(options: argparse.Namespace) -> tuple[str, Any, Any] | None:
    if options.direction_field is None:
        if options.forward or options.backward:
            raise InputError("--forward and --backward are values of --direction-field; give that too.")
        return None
    return options.direction_field, options.forward, options.backward
