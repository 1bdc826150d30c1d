"""The verbs ``look`` and ``convert``: what a foreign file is, and the same file in another system or format."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .cli_foreign import (
    add_crs,
    add_reading,
    area_of,
    choice,
    describe,
    read_options,
    reference_of,
    say_notes,
)
from .cli_io import add_verb, layer, progress_bar, say
from .engine.errors import InputError

_LOOKED = 20_000


def add_convert(verbs: Any) -> None:
    """Declare ``envzones look`` and ``envzones convert``."""
    one = add_verb(
        verbs,
        "look",
        _look,
        "say what a file is: format, encoding, columns, and what its coordinates look like",
    )
    one.add_argument(
        "file",
        metavar="FILE",
        help="a file, folder, archive, or postgresql://host/database?table=schema.table",
    )
    add_reading(one)
    one.add_argument("--within", metavar="MAP|FILE", help="the jurisdiction: a map, or a file with polygons")
    one.add_argument(
        "--reference", type=layer, metavar="FILE[:LAYER]", help="features that it should lie on, to measure a shift by"
    )
    one.add_argument("--json", action="store_true", help="print it for a program to read")
    one = add_verb(verbs, "convert", _convert, "write a file in another reference system or format")
    one.add_argument("file", metavar="FILE")
    add_crs(one, "--from", "--crs")
    one.add_argument("--to", default="EPSG:4490", metavar="CRS", help="EPSG:… , gcj02 or bd09 (default EPSG:4490)")
    one.add_argument("--out", type=Path, required=True, metavar="OUT")
    one.add_argument("--format", metavar="NAME", help="default: by the suffix of OUT")
    one.add_argument("--overwrite", action="store_true", help="replace OUT")
    one.add_argument("--within", metavar="MAP|FILE", help="the jurisdiction, to judge the coordinates by")
    add_reading(one)


def _look(options: argparse.Namespace) -> int:
    from .engine.exchange import read
    from .engine.exchange.crs_decide import reading_of

    area, reference = area_of(options.within), reference_of(options.reference)
    names: list[str | None] = [options.source_layer]
    if options.source_layer is None:
        names = [one.name for one in read.layers(options.file)] or [None]
    found = []
    for name in names:
        options.source_layer = name if len(names) > 1 else options.source_layer
        foreign = read.read(options.file, read_options(options, _LOOKED), progress=progress_bar("look"))
        reading = reading_of(foreign, jurisdiction=area, reference=reference)
        if options.json:
            found.append(_plain(foreign, reading))
            continue
        for line in describe(foreign, reading):
            print(line)
        say_notes([*foreign.notes, *reading.doubts])
        for one in foreign.rejects[:10]:
            say(f"  row {one.row}: {one.en}")
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    return 0


def _plain(foreign: Any, reading: Any) -> dict[str, Any]:
    return {
        "file": foreign.path.name, "format": foreign.format, "layer": foreign.name, "rows": foreign.count,
        "rejected": [{"row": one.row, "code": one.code, "zh": one.zh, "en": one.en} for one in foreign.rejects],
        "encoding": None if foreign.encoding is None else vars(foreign.encoding),
        "columns": [str(name) for name in foreign.frame.columns if name != "geometry"],
        "declared": None if foreign.declared is None else {"words": foreign.declared.words,
        "where": foreign.declared.where},
        "agrees": reading.agrees, "certain": reading.certain,
        "candidates": [
            {"crs": one.choice.crs, "swap": one.choice.swap, "zh": one.zh, "en": one.en, "why_zh": one.why_zh,
             "why_en": one.why_en, "inside": one.inside, "shift_m": one.shift_m}
            for one in reading.candidates
        ],
        "notes": [vars(note) for note in [*foreign.notes, *reading.doubts]],
    }  # fmt: skip


def _convert(options: argparse.Namespace) -> int:
    from .engine.exchange import read, write
    from .engine.exchange.crs_apply import to_4490
    from .engine.exchange.crs_decide import decide
    from .engine.exchange.model import CrsChoice
    from .engine.progress import part

    progress = progress_bar("convert")
    said = choice(options)
    foreign = read.read(options.file, read_options(options), progress=part(progress, 0.0, 0.5))
    chosen, reading = decide(foreign, said, jurisdiction=area_of(options.within))
    say_notes([*foreign.notes, *(note for note in reading.doubts if said is None or note.severity == "error")])
    if foreign.rejects:
        first = foreign.rejects[0]
        raise InputError(
            f"{foreign.path.name}: {len(foreign.rejects)} of {foreign.count} rows cannot be read (the first, row"
            f" {first.row}:"
            f" {first.en}); correct them, or import the file into a map, which keeps them aside."
        )
    frame = to_4490(foreign.frame, chosen, foreign.path.name)
    target = None if options.to == "EPSG:4490" else CrsChoice(options.to)
    out = write.WriteOptions(format=options.format or "", crs=target, overwrite=options.overwrite)
    written = write.write(frame, options.out, out, progress=part(progress, 0.5, 1.0))
    say_notes(list(written.notes))
    swapped = ", axes swapped" if chosen.swap else ""
    say(f"{', '.join(str(path) for path in written.paths)}: {len(frame)} rows, {chosen.crs}{swapped} -> {options.to}.")
    return 0
