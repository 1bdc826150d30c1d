"""The verbs ``onemap create | info | migrate | audit`` of the command line: a map as a whole."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cli_io import add_verb, progress_bar, say

if TYPE_CHECKING:
    from .store.store import MapInfo

_MAP = "the .gpkg, postgresql://host/database?schema=… or service=…"


def add_onemap(verbs: Any) -> Any:
    """Declare ``envzones onemap``; return its sub-parsers, to which other verbs over a map are added."""
    onemap = verbs.add_parser("onemap", help="make, describe, check and edit a one map").add_subparsers(
        metavar="VERB", required=True
    )
    one = add_verb(onemap, "create", _create, "make a one map, empty or from a folder of layers")
    one.add_argument("map", metavar="MAP", help=_MAP)
    one.add_argument(
        "--data", type=Path, help="folder with <layer>.geojson files, layer_coverage.geojson and meta.yaml"
    )
    one.add_argument("--overwrite", action="store_true", help="replace a map that is there")
    one = add_verb(onemap, "info", _info, "list layers, rows, extents and declared coverage")
    one.add_argument("map", metavar="MAP", help=_MAP)
    one.add_argument("--json", action="store_true", help="print it for a program to read")
    one = add_verb(onemap, "migrate", _migrate, "bring a map to this version: layout, layers, fields, forms")
    one.add_argument("map", metavar="MAP", help=_MAP)
    one = add_verb(onemap, "audit", _audit, "list who changed what and when")
    one.add_argument("map", metavar="MAP", help=_MAP)
    one.add_argument("--layer", metavar="LAYER", help="of this layer only")
    one.add_argument("--uid", metavar="UID", help="of this row only")
    one.add_argument("--since", metavar="TIME", help="from this time (UTC) on, such as 2026-11-23 or 2026-11-23T08:00")
    one.add_argument("--last", type=int, default=50, metavar="N", help="the last N entries (default 50, 0 for all)")
    one.add_argument("--json", action="store_true", help="print whole rows, before and after, one JSON object a line")
    return onemap


def _create(options: argparse.Namespace) -> int:
    from .engine.catalog import load_catalog
    from .store.folder import read_folder
    from .store.store import create

    catalog = load_catalog()
    content = read_folder(options.data, catalog) if options.data else None
    made = create(
        options.map,
        catalog,
        frames=content.frames if content else None,
        coverage=content.coverage if content else None,
        meta=content.meta if content else None,
        overwrite=options.overwrite,
        progress=progress_bar("onemap"),
    )
    for note in made.notes:
        say(f"  note: {note}")
    filled = {name: n for name, n in made.counts.items() if n}
    say(f"{made.location}: {len(made.counts)} layers, {len(filled)} of them with {sum(filled.values())} features.")
    return 0


def _info(options: argparse.Namespace) -> int:
    from .store.store import open_store

    found = open_store(options.map).info()
    if options.json:
        print(json.dumps(_plain(found), ensure_ascii=False, indent=1))
        return 0
    print(f"{found.location}  schema {found.schema_version}  {found.meta.get('title', '')}")
    print(f"{'layer':24} {'rows':>7}  {'newest':10}  complete as of / until  declared by")
    for one in found.layers:
        newest = one.newest_valid_from.isoformat() if one.newest_valid_from else ""
        declared = "; ".join(f"{c.complete_as_of} / {c.valid_until}  {c.declared_by}" for c in one.coverage)
        print(f"{one.name:24} {one.count:>7}  {newest:10}  {declared or 'not declared'}")
    return 0


def _plain(found: MapInfo) -> dict[str, Any]:
    def day(value: date | None) -> str | None:
        return value.isoformat() if value else None

    return {
        "map": str(found.location),
        "schema_version": found.schema_version,
        "meta": dict(found.meta),
        "layers": [
            {
                "layer": one.name,
                "title": one.title,
                "rows": one.count,
                "bounds": one.bounds,
                "newest_valid_from": day(one.newest_valid_from),
                "coverage": [
                    {
                        "complete_as_of": day(c.complete_as_of), "valid_until": day(c.valid_until),
                        "declared_by": c.declared_by, "document": c.document, "bounds": c.bounds,
                    }
                    for c in one.coverage
                ],
            }
            for one in found.layers
        ],
    }  # fmt: skip


def _migrate(options: argparse.Namespace) -> int:
    from .engine.catalog import load_catalog
    from .store.store import open_store

    catalog = load_catalog()
    done = open_store(options.map, catalog).migrate(catalog, progress=progress_bar("migrate"))
    for sentence in done.done:
        say(f"  {sentence}")
    if not done.done:
        say(f"{options.map} is up to date (schema {done.after}).")
        return 0
    say(f"{options.map}: schema {done.before} -> {done.after}.")
    if done.kept is not None:
        say(f"The map as it was is kept in {done.kept}.")
    return 0


def _audit(options: argparse.Namespace) -> int:
    from .store.audit import changed
    from .store.store import open_store

    trail = open_store(options.map).audit(
        layer=options.layer, uid=options.uid, since=options.since, limit=options.last or None
    )
    for row in trail.itertuples(index=False):
        if options.json:
            print(json.dumps(row._asdict(), ensure_ascii=False))
            continue
        who, name = row.who or "(not said)", (row.after or row.before or {}).get("name") or ""
        what = ", ".join(changed(row.before, row.after)) if row.action == "update" else ""
        print(f"{row.at}  {who}  {row.action}  {row.layer}  {row.uid or ''}  {name}  {what}".rstrip())
    say(f"{len(trail)} entries.")
    return 0
