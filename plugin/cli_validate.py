"""The verb ``onemap validate`` of the command line."""

from __future__ import annotations

import argparse
import os
import uuid
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cli_io import EXIT_FINDINGS, add_results, add_verb, check_outputs, day, progress_bar, say
from .engine.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

    from .engine.onemap import OneMap

#: Codes of the safe repairs; the engine's list carries heavy imports, a test holds the two together.
REPAIRS = (
    "swap_axes", "close_ring", "remove_repeated_points", "remove_spikes", "make_valid", "snap_to_neighbour",
    "drop_duplicate",
)  # fmt: skip
_MOST_SHOWN = 20


def add_validate(verbs: Any) -> None:
    """Declare ``envzones onemap validate``."""
    one = add_verb(verbs, "validate", _validate, "check a map: shapes, topology, nesting, values, places, coordinates")
    one.add_argument("map", metavar="MAP", help="the .gpkg, postgresql://host/database?schema=… or service=…")
    one.add_argument(
        "--layer", action="append", default=[], metavar="LAYER", help="check this layer only (may be repeated)"
    )
    one.add_argument("--as-of", type=day, metavar="DATE", help="the day for what is in force (default today)")
    one.add_argument("--fail-on", choices=("error", "warning"), help="exit 1 where one of this severity remains")
    one.add_argument(
        "--repair", nargs="+", choices=(*REPAIRS, "all"), default=[], metavar="CODE",
        help=f"carry out these safe repairs: {', '.join(REPAIRS)}, all",
    )  # fmt: skip
    where = one.add_mutually_exclusive_group()
    where.add_argument("--repaired", type=Path, metavar="OUT.gpkg", help="write the repaired map here")
    where.add_argument("--apply", action="store_true", help="write the repairs into the map itself (audited)")
    one.add_argument("--who", metavar="NAME", help="who repairs, for the audit trail")
    add_results(one, "--xlsx")


def _validate(options: argparse.Namespace) -> int:
    _check(options)
    check_outputs(options)
    from .engine.catalog import load_catalog
    from .engine.onemap import OneMap
    from .engine.quality import validate
    from .store.results import write_results

    catalog = load_catalog()
    onemap = OneMap.open(options.map, catalog)
    as_of = options.as_of or date.today()
    issues = validate(
        onemap, catalog, layers=options.layer or None, as_of=as_of, progress=progress_bar("validate")
    )
    repairs, left = None, issues
    if options.repair:
        repairs, left = _repair(options, onemap, issues, as_of)
    write_results(options.out, layers_of(issues))
    if options.xlsx:
        from .engine.report.quality import write_quality

        titles = {name: (spec.zh, spec.en) for name, spec in catalog.items()}
        write_quality(options.xlsx, issues, as_of=as_of, titles=titles, repairs=repairs, lang=options.lang)
    _tell(issues, repairs, left, options)
    grave = {"error": ("error",), "warning": ("error", "warning")}.get(options.fail_on or "", ())
    return EXIT_FINDINGS if left["severity"].isin(grave).any() else 0


def layers_of(issues: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Return issues as two layers: ``issue`` with a point for each, ``issue_area`` with the pieces that have area.

    `fid` becomes `row_fid`: a GeoPackage would take it for the issue's own number.
    """
    import numpy as np
    import shapely

    issues = issues.rename(columns={"fid": "row_fid"})
    shapes = np.array(issues.geometry.array, dtype=object)
    points = issues.copy()
    there = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    spots = np.full(len(shapes), None, dtype=object)
    spots[there] = shapely.point_on_surface(shapes[there])
    points["geometry"] = type(issues.geometry)(spots, index=issues.index, crs=issues.crs)
    return {"issue": points, "issue_area": issues[(shapely.get_dimensions(shapes) == 2) & there]}


def _check(options: argparse.Namespace) -> None:
    """Refuse what cannot be meant, before anything is computed."""
    if options.repair and not (options.repaired or options.apply):
        raise InputError("--repair needs --repaired OUT.gpkg (a repaired copy) or --apply (into the map itself).")
    if (options.repaired or options.apply) and not options.repair:
        raise InputError("--repaired and --apply need --repair with the codes of what to mend, or all.")
    if options.apply and not options.who:
        raise InputError("--apply needs --who NAME: the audit trail says who changed the map.")
    if options.repaired:
        from .store.location import is_database
        from .store.results import check_writable

        if is_database(options.map):
            raise InputError("--repaired copies a GeoPackage; repair a map in PostgreSQL with --apply.")
        check_writable(options.repaired)
        if options.repaired.resolve() == Path(options.map).resolve():
            raise InputError("--repaired names the map itself; choose another file, or --apply --who NAME.")


def _repair(options: argparse.Namespace, onemap: OneMap, issues: Any, as_of: date) -> tuple[Any, Any]:
    """Carry out the repairs where they were asked for; return the account and what the layers have wrong afterwards."""
    import pandas as pd

    from .engine.onemap import OneMap as Map
    from .engine.quality import validate
    from .store.store import open_store

    codes = REPAIRS if "all" in options.repair else options.repair
    wanted = issues[issues["repair"].isin(list(codes))]
    changes, told = [], []
    for name in wanted["layer"].unique():
        change, account = _changes(onemap, name, wanted[wanted["layer"] == name], codes)
        told.append(account)
        changes += change
    account = pd.concat(told, ignore_index=True) if told else None
    if options.apply:
        where = options.map
        if changes:
            open_store(where).apply(changes, who=options.who, progress=progress_bar("repair"))
    else:
        where = options.repaired
        _copied(Path(options.map), where, changes, options.who)
    layers = options.layer or None
    return account, validate(Map.open(where, onemap.catalog), onemap.catalog, layers=layers, as_of=as_of)


def _changes(onemap: OneMap, name: str, issues: Any, codes: Any) -> tuple[list[Any], Any]:
    """Mend one layer; return the rows to write and the account."""
    from .engine.quality_layers import by_vertices
    from .engine.quality_rings import read_closed
    from .engine.repair import repair
    from .store.store import Change

    frame, _ = read_closed(onemap, name)
    frame = by_vertices(frame, name).reset_index(drop=True)
    mended, account = repair(frame, issues, codes)
    done = account[account["done"]]
    dropped = set(done.loc[done["code"] == "drop_duplicate", "fid"])
    changed = set(done["fid"]) - dropped
    number = frame["fid"].tolist() if "fid" in frame.columns else list(range(1, len(frame) + 1))
    gone = [row for row, fid in enumerate(number) if fid in dropped]
    rows = [row for row, fid in enumerate(number) if fid in changed]
    for row in (*gone, *rows):
        if not frame["uid"].iloc[row]:
            raise InputError(
                f"Layer '{name}', row {number[row]} has no uid, so that it cannot be written; give it one."
            )
    version = frame["row_version"].tolist() if "row_version" in frame.columns else [None] * len(frame)
    keep = [column for column in ("uid", "row_version", mended.geometry.name) if column in mended.columns]
    update = mended.loc[rows, keep] if rows else None
    delete = [(frame["uid"].iloc[row], version[row]) for row in gone]
    return ([Change(name, update=update, delete=delete)] if rows or gone else []), account


def _copied(source: Path, target: Path, changes: list[Any], who: str | None) -> None:
    """Copy the map, write the changes into the copy, and put it in place only when all is written."""
    import contextlib
    import sqlite3

    from .engine import gpkg
    from .store.store import open_store

    temporary = target.with_name(f".{target.stem}.{os.getpid()}-{uuid.uuid4().hex[:8]}.part.gpkg")
    try:
        # SQLite's own backup takes a consistent copy while others write.
        with contextlib.closing(gpkg.connect(source)) as old, contextlib.closing(sqlite3.connect(temporary)) as new:
            old.backup(new)
        if changes:
            open_store(temporary).apply(changes, who=who, progress=progress_bar("repair"))
        os.replace(temporary, target)
    except (OSError, sqlite3.Error) as error:
        raise InputError(f"{target} cannot be written ({error}); choose another place.") from error
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            temporary.with_name(temporary.name + end).unlink(missing_ok=True)


def _tell(issues: Any, repairs: Any, left: Any, options: argparse.Namespace) -> None:
    """Print what was found, mended and left."""
    counts = issues["severity"].value_counts()
    said = ", ".join(f"{counts.get(one, 0)} {one}" for one in ("error", "warning", "info"))
    say(f"{options.map}: {said}: {options.out}")
    grouped = issues[issues["severity"] != "info"].groupby(["layer", "code", "severity"], sort=False).size()
    for (layer, code, severity), count in list(grouped.items())[:_MOST_SHOWN]:
        say(f"  {severity:8} {layer:24} {code:26} {count}")
    if len(grouped) > _MOST_SHOWN:
        say(f"  … and {len(grouped) - _MOST_SHOWN} more kinds")
    if options.repair:
        done = 0 if repairs is None else int(repairs["done"].sum())
        changed = 0.0 if repairs is None else float(repairs["changed_m2"].sum())
        say(f"{done} repairs, {changed:.2f} m2 changed: {options.repaired or options.map}")
        for row in [] if repairs is None else repairs[~repairs["done"].astype(bool)].itertuples():
            say(f"  left: {row.layer} {row.uid or row.fid}: {row.code}: {row.why_en}")
        after = left["severity"].value_counts()
        say("afterwards: " + ", ".join(f"{after.get(one, 0)} {one}" for one in ("error", "warning", "info")))
