"""The verbs ``onemap changes | adjust | cancel`` of the command line: the life cycle of zones."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path
from typing import Any

from .cli_io import add_verb, day, layer, progress_bar, read, say
from .engine.errors import InputError


def add_changes(onemap: Any) -> None:
    """Declare the verbs."""
    one = add_verb(onemap, "changes", _changes, "list what changed between two days, with areas gained and lost")
    one.add_argument("map", metavar="MAP")
    one.add_argument("--from", dest="earlier", type=day, required=True, metavar="DATE")
    one.add_argument("--to", dest="later", type=day, required=True, metavar="DATE")
    one.add_argument(
        "--layer", action="append", default=[], metavar="LAYER", help="of this layer only (may be repeated)"
    )
    one.add_argument("--out", type=Path, metavar="OUT.gpkg", help="write the changes and what was gained and lost")
    one = add_verb(onemap, "adjust", _adjust, "give a zone another extent by a document; the old one stays in the past")
    _step(one)
    one.add_argument(
        "--geometry", type=layer, required=True, metavar="FILE[:LAYER]", help="one feature: the new extent"
    )
    one = add_verb(onemap, "cancel", _cancel, "end a zone by a document; it stays in the past")
    _step(one)


def _step(one: argparse.ArgumentParser) -> None:
    one.add_argument("map", metavar="MAP")
    one.add_argument("--layer", default="drinking_water_zone", metavar="LAYER")
    one.add_argument("--uid", required=True, metavar="UID", help="the zone's stable id")
    one.add_argument("--document", required=True, metavar="NUMBER", help="number of the document")
    one.add_argument("--issued", type=day, required=True, metavar="DATE", help="date of the document")
    one.add_argument("--from", dest="day", type=day, required=True, metavar="DATE", help="the day from which it counts")
    one.add_argument("--who", metavar="NAME", help="who edits, for the audit trail (default: the login name)")


def _changes(options: argparse.Namespace) -> int:
    from .engine.lifecycle import MU_M2, changes
    from .engine.onemap import OneMap
    from .store.results import write_results

    onemap = OneMap.open(options.map)
    found = changes(
        onemap, options.earlier, options.later, layers=options.layer or None, progress=progress_bar("changes")
    )
    for row in found.rows.itertuples():
        areas = ""
        if row.area_before_m2 or row.area_after_m2:
            areas = (
                f"  {row.area_before_m2 / 1e4:.4f} -> {row.area_after_m2 / 1e4:.4f} ha"
                f" (+{row.gained_m2 / MU_M2:.2f} / -{row.lost_m2 / MU_M2:.2f} mu)"
            )
        print(
            f"{row.on or '':10}  {row.change:10}  {row.layer}  {row.uid}  {row.name or ''}  {row.document_no or ''}"
            f"{areas}"
        )
    if options.out:
        write_results(options.out, {"change": found.rows, "piece": found.pieces})
    say(f"{len(found.rows)} changes between {options.earlier} and {options.later}.")
    return 0


def _adjust(options: argparse.Namespace) -> int:
    from .engine.geodesy import to_storage
    from .engine.lifecycle import Document, adjust
    from .store.store import Change, open_store

    drawn = to_storage(read(options.geometry), str(options.geometry[0]))
    if len(drawn) != 1 or drawn.geometry.iloc[0] is None or drawn.geometry.iloc[0].is_empty:
        raise InputError(f"{options.geometry[0]} holds {len(drawn)} features; give one with the new extent.")
    store = open_store(options.map)
    document = Document(options.document, options.issued, options.day)
    insert, update = adjust(store.read(options.layer), options.uid, drawn.geometry.iloc[0], document)
    store.apply([Change(options.layer, insert=insert, update=update)], who=options.who or getpass.getuser())
    say(f"{options.map}: {options.uid} ends on {options.day}; {insert['uid'].iloc[0]} takes its place.")
    return 0


def _cancel(options: argparse.Namespace) -> int:
    from .engine.lifecycle import Document, cancel
    from .store.store import Change, open_store

    store = open_store(options.map)
    update = cancel(store.read(options.layer), [options.uid], Document(options.document, options.issued, options.day))
    store.apply([Change(options.layer, update=update)], who=options.who or getpass.getuser())
    say(f"{options.map}: {options.uid} is cancelled from {options.day} on.")
    return 0
