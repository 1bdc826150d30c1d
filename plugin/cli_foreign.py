"""What the verbs over foreign files share: options for reading and coordinates, and how a file is described."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cli_io import say
from .engine.errors import InputError

if TYPE_CHECKING:
    from .engine.exchange.crs_guard import Reading
    from .engine.exchange.model import CrsChoice, Foreign, Note, ReadOptions

_SHOWN = 12


def add_reading(one: argparse.ArgumentParser) -> None:
    """Add how a file is read."""
    one.add_argument("--source-layer", metavar="NAME", help="layer, sheet or archive member")
    one.add_argument("--encoding", metavar="CODEC", help="of its text, such as gbk, gb18030, utf-8, big5")
    one.add_argument("--x", metavar="COLUMN", help="column with the longitude or east (or with both)")
    one.add_argument("--y", metavar="COLUMN", help="column with the latitude or north")
    one.add_argument("--wkt", metavar="COLUMN", help="column with WKT")
    one.add_argument(
        "--form",
        choices=("degrees", "dms", "packed", "metres"),
        help="how coordinates are written (default: found out)",
    )
    one.add_argument("--header-row", type=int, metavar="N", help="row with the titles, from 1; 0 for none")
    one.add_argument("--keep-lines", action="store_true", help="closed lines stay lines (DXF, KML)")


def add_crs(one: argparse.ArgumentParser, *names: str) -> None:
    """Add what the coordinates are in."""
    one.add_argument(
        *names,
        dest="crs",
        metavar="CRS",
        help="what its coordinates are in: EPSG:4547, gcj02, bd09 … (default: what it declares)",
    )
    one.add_argument("--swap", action="store_true", help="the first ordinate is the north")
    one.add_argument(
        "--shift", metavar="DX,DY,DZ,RX,RY,RZ,S",
        help="seven parameters from an old datum: m, arc seconds, ppm; position vector",
    )  # fmt: skip


def read_options(options: argparse.Namespace, limit: int | None = None) -> ReadOptions:
    """Return the options for the readers."""
    from .engine.exchange.model import ReadOptions

    return ReadOptions(
        options.source_layer, options.encoding, options.header_row, options.x, options.y, options.wkt, options.form,
            None,
        not options.keep_lines, limit,
    )  # fmt: skip


def choice(options: argparse.Namespace) -> CrsChoice | None:
    """Return what the user says that the coordinates are in, None where nothing."""
    from .engine.exchange.model import CrsChoice

    shift = None
    if options.shift:
        try:
            shift = tuple(float(number) for number in options.shift.split(","))
        except ValueError as error:
            raise InputError(f"--shift takes seven numbers with commas between them, not '{options.shift}'.") from error
    if options.crs is None:
        if shift is not None or options.swap:
            raise InputError("--swap and --shift go with the reference system; name it too.")
        return None
    return CrsChoice(options.crs, options.swap, shift)


def area_of(text: str | None) -> Any:
    """Return the jurisdiction that a map or a polygon file names, None for none."""
    if text is None:
        return None
    import shapely

    from .engine.location import is_database
    from .engine.onemap import OneMap, read_file
    from .store.store import open_store

    path = Path(text)
    if is_database(text) or _is_map(path):
        open_store(text)
        frame = OneMap.open(text).layer("admin_area")
        if frame is None or not len(frame) or not (frame["level"] == "city").any():
            raise InputError(
                f"{text} holds no city boundary (admin_area, level city), by which places could be judged."
            )
        frame = frame[(frame["level"] == "city").to_numpy()]
    else:
        from .engine.geodesy import to_storage

        frame = to_storage(read_file(path, None), path.name)
    return shapely.union_all(shapely.make_valid(frame.geometry.array))


def area_of_map(text: str) -> Any:
    """Return the city's boundary of a map, None where it holds none."""
    import shapely

    from .engine.onemap import OneMap

    frame = OneMap.open(text).layer("admin_area")
    if frame is None or not (frame["level"] == "city").any():
        return None
    return shapely.union_all(shapely.make_valid(frame[(frame["level"] == "city").to_numpy()].geometry.array))


def _is_map(path: Path) -> bool:
    from .engine.errors import EnvZonesError
    from .store.store import open_store

    if path.suffix.lower() != ".gpkg":
        return False
    try:
        open_store(path)
    except EnvZonesError:
        return False
    return True


def reference_of(source: tuple[Path, str | None] | None) -> Any:
    """Return the geometries of a reference layer in EPSG:4490."""
    if source is None:
        return None
    import numpy as np

    from .cli_io import read
    from .engine.geodesy import to_storage

    return np.asarray(to_storage(read(source), source[0].name).geometry.array)


def say_notes(notes: list[Note]) -> None:
    """Print what is to be known of a file, the gravest first."""
    order = {"error": 0, "warning": 1, "info": 2}
    for note in sorted(notes, key=lambda one: order[one.severity]):
        say(f"  {note.severity}: {note.en}")


def describe(foreign: Foreign, reading: Reading) -> list[str]:
    """Return the lines that say what a layer is."""
    kinds = foreign.frame.geometry.geom_type.value_counts().to_dict()
    shapes = ", ".join(f"{count} {kind or 'without geometry'}" for kind, count in kinds.items()) or "none"
    lines = [
        f"{foreign.path.name}  {foreign.format}  layer '{foreign.name}'  {foreign.count} rows"
        f" ({len(foreign.rejects)} cannot be read)",
        f"  shapes: {shapes}",
    ]
    if foreign.encoding is not None:
        sure = "" if foreign.encoding.sure else " (not certain)"
        lines.append(f"  encoding: {foreign.encoding.name}{sure}: {foreign.encoding.en}")
    lines.append(f"  columns: {', '.join(str(c) for c in foreign.frame.columns if c != 'geometry') or 'none'}")
    if foreign.declared is not None:
        held = "the numbers agree" if reading.agrees else "the numbers do not bear it out"
        lines.append(f"  declares: {foreign.declared.words[:100]} ({foreign.declared.where}); {held}")
    else:
        lines.append("  declares: no reference system")
    for place, one in enumerate(reading.candidates[:_SHOWN]):
        mark = "looks like" if place == 0 and reading.told_apart else "could be"
        swap = " swapped" if one.choice.swap else ""
        inside = "" if one.inside is None else f"  {one.inside:.0%} inside"
        moved = "" if one.shift_m is None else f"  shift {one.shift_m:.0f} m"
        lines.append(f"  {mark}: {one.choice.crs}{swap}  {one.en}{inside}{moved}: {one.why_en}")
    return lines
