"""The verbs ``onemap items register | list | settle | sample`` of the command line: follow-up until it is closed."""

from __future__ import annotations

import argparse
import getpass
from datetime import date
from pathlib import Path
from typing import Any

from .cli_io import EXIT_FINDINGS, add_publication, add_verb, day, publication_of, say
from .engine.errors import InputError

_STATES = ("not_started", "rectifying", "done", "closed")


def add_items(onemap: Any) -> None:
    """Declare ``envzones onemap items``."""
    verbs = onemap.add_parser(
        "items", help="problems to be rectified: register, list, settle, draw a sample"
    ).add_subparsers(metavar="VERB", required=True)
    one = add_verb(verbs, "register", _register, "make items of what a plan board, a section or a check found")
    one.add_argument("map", metavar="MAP")
    one.add_argument(
        "--from", dest="results", nargs="+", type=Path, required=True, metavar="RESULT.gpkg",
        help="results of envzones plan, section or check",
    )  # fmt: skip
    one.add_argument(
        "--as-of", type=day, default=None, metavar="DATE", help="the day of the run (default today)"
    )
    one.add_argument(
        "--prefix", metavar="WORD", help="what new numbers begin with (default: the jurisdiction's name)"
    )
    one.add_argument("--dry-run", action="store_true", help="say what would be written, and write nothing")
    _who(one)
    one = add_verb(verbs, "list", _list, "list the items, overdue first")
    one.add_argument("map", metavar="MAP")
    one.add_argument(
        "--as-of",
        type=day,
        default=None,
        metavar="DATE",
        help="the day overdue is counted to (default today)",
    )
    one.add_argument("--status", choices=_STATES, help="of this state only")
    one.add_argument("--overdue", action="store_true", help="overdue ones only")
    one.add_argument("--xlsx", type=Path, metavar="LEDGER.xlsx", help="write the ledger too")
    one.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the ledger")
    one.add_argument(
        "--period", metavar="SPAN",
        help="with --xlsx: sheets of week:2019-26, month:2019-06, quarter:2019-Q2 or year:2019 as well",
    )  # fmt: skip
    one.add_argument(
        "--photos", action="store_true", help="with --xlsx: a sheet with the photos of the items as well"
    )
    add_publication(one)
    one = add_verb(verbs, "settle", _settle, "bring items on: rectifying, done, closed")
    one.add_argument("map", metavar="MAP")
    one.add_argument("numbers", nargs="+", metavar="NUMBER", help="problem numbers")
    one.add_argument("--status", choices=_STATES[1:], required=True)
    one.add_argument("--on", type=day, default=None, metavar="DATE", help="the day (default today)")
    one.add_argument("--by", metavar="NAME", help="who approved the closing")
    one.add_argument("--verification", choices=("confirmed", "unconfirmed"))
    one.add_argument("--verified-by", metavar="NAME")
    one.add_argument("--verified-on", type=day, metavar="DATE")
    one.add_argument("--photo-before", metavar="PATH", help="relative to the map's folder")
    one.add_argument("--photo-after", metavar="PATH", help="relative to the map's folder")
    _who(one)
    one = add_verb(
        verbs, "return", _return, "take back a ledger that the office edited: show its changes, or apply them"
    )
    one.add_argument("map", metavar="MAP")
    one.add_argument("ledger", type=Path, metavar="LEDGER.xlsx")
    one.add_argument(
        "--apply", action="store_true", help="write the changes that are ready (else they are only shown)"
    )
    one.add_argument(
        "--take-theirs", action="store_true", help="with --apply: also where the map changed meanwhile"
    )
    one.add_argument("--report", type=Path, metavar="CHANGES.xlsx", help="write the list of changes too")
    one.add_argument("--blank-clears", action="store_true", help="a cell that was emptied empties the field")
    one.add_argument(
        "--as-of",
        type=day,
        default=None,
        metavar="DATE",
        help="no date of the ledger may be later (default today)",
    )
    one.add_argument("--lang", choices=("zh", "en"), default="zh", help="of titles and reasons")
    one.add_argument(
        "--fail-on", choices=("refused", "conflict"), help="exit 1 where a change was refused, or is a conflict"
    )
    _who(one)
    one = add_verb(verbs, "sample", _sample, "draw closed items for a second look")
    one.add_argument("map", metavar="MAP")
    one.add_argument("--share", type=float, default=0.1, metavar="X", help="at least this share (default 0.1)")
    one.add_argument("--seed", required=True, metavar="TEXT", help="what the draw depends on, such as the year")
    _who(one)


def _who(one: argparse.ArgumentParser) -> None:
    one.add_argument("--who", metavar="NAME", help="who edits, for the audit trail (default: the login name)")


def _name(options: argparse.Namespace) -> str:
    return options.who or getpass.getuser()


def _register(options: argparse.Namespace) -> int:
    from .engine.onemap import OneMap, read_file
    from .store.follow_up import register_findings
    from .store.store import open_store

    result = register_findings(
        open_store(options.map), OneMap.open(options.map), [read_file(path, "finding") for path in options.results],
        as_of=options.as_of or date.today(), prefix=options.prefix, who=_name(options), write=not options.dry_run,
    )  # fmt: skip
    for title, frame in (
        ("vanished, verify and close", result.vanished),
        ("closed but found again", result.reappeared),
    ):
        for item in frame.itertuples():
            say(f"  {title}: {item.problem_no}  {item.name or ''}")
    done = "would be " if options.dry_run else ""
    say(
        f"{options.map}: {len(result.new)} items {done}registered, {len(result.changed)} {done}brought up to date,"
        f" {result.unchanged} unchanged, {len(result.vanished)} no longer found."
    )
    return 0


def _list(options: argparse.Namespace) -> int:
    from .engine.catalog import load_catalog
    from .engine.rectification import LAYER, overdue_days
    from .store.store import open_store

    as_of = options.as_of or date.today()
    store = open_store(options.map)
    _check_ledger(options, store)
    items = store.read(LAYER)
    late = overdue_days(items, as_of)
    keep = (items["status"] == options.status).to_numpy() if options.status else [True] * len(items)
    keep = [k and (not options.overdue or days > 0) for k, days in zip(keep, late)]
    items, late = items[keep].reset_index(drop=True), late[keep]
    for k in sorted(range(len(items)), key=lambda k: (-late[k], items["problem_no"].iat[k])):
        item = items.iloc[k]
        due = "" if item["due_on"] != item["due_on"] else f"due {item['due_on']:%Y-%m-%d}"
        over = f"{late[k]} days overdue" if late[k] else ""
        cells = (item["problem_no"], item["status"], due, over, item["township"] or "", item["name"] or "")
        print("  ".join(cell for cell in cells if cell))
    if options.xlsx:
        from .engine.publication import hidden_layers
        from .engine.report.items import write_items

        catalog = load_catalog()
        folder = store.location.path.absolute().parent if options.photos else None
        write_items(
            options.xlsx, items, catalog, as_of=as_of, lang=options.lang, period=options.period, folder=folder,
            publication=publication_of(options, hidden_layers(catalog)),
        )  # fmt: skip
    say(f"{len(items)} items, {int((late > 0).sum())} overdue on {as_of}.")
    return 0


def _check_ledger(options: argparse.Namespace, store: Any) -> None:
    """Refuse what no ledger can be made of, before anything is read."""
    if (options.period or options.photos) and not options.xlsx:
        raise InputError("--period and --photos say what the ledger holds; name it with --xlsx.")
    if options.period:
        from .engine.report.items_period import parse_period

        parse_period(options.period)
        if options.status or options.overdue:
            raise InputError("--period counts all items; leave out --status and --overdue.")
    if options.photos and store.location.path is None:
        raise InputError("A map in a database has no folder with photos; leave out --photos.")
    publication_of(options)


def _settle(options: argparse.Namespace) -> int:
    from .engine.rectification import LAYER
    from .engine.rectification_steps import Step, settle
    from .store.store import Change, open_store

    store = open_store(options.map)
    step = Step(
        options.status, options.on or date.today(), options.by, options.verification, options.verified_by,
        options.verified_on, options.photo_before, options.photo_after,
    )  # fmt: skip
    path = store.location.path
    update = settle(
        store.read(LAYER), options.numbers, step, folder=None if path is None else path.absolute().parent
    )
    store.apply([Change(LAYER, update=update)], who=_name(options))
    say(f"{options.map}: {len(update)} item(s) are {options.status} now.")
    return 0


def _return(options: argparse.Namespace) -> int:
    from .engine.report.items_return import CONFLICT, READY, REFUSED, UNCHANGED, UNKNOWN
    from .store.follow_up import apply_returned, take_back
    from .store.store import open_store

    store = open_store(options.map)
    found, items = take_back(
        store,
        options.ledger,
        as_of=options.as_of or date.today(),
        lang=options.lang,
        blank_clears=options.blank_clears,
    )
    for one in found.changes:
        why = f"  [{one.state}: {one.why}]" if one.why else ""
        print(f"{one.number}  {one.title}: {one.old or '-'} -> {one.new or '-'}{why}")
    for said in found.problems:
        say(f"  {said}")
    for title, numbers in (
        ("not in the ledger any more, left as they are", found.missing),
        ("not in the map", found.unknown),
    ):
        if numbers:
            say(f"  {title}: {', '.join(numbers)}")
    if not found.traced:
        say("  The ledger does not remember what it was written from; it was held against the map as it is.")
    states = {state: len(found.of_state(state)) for state in (READY, CONFLICT, REFUSED)}
    if options.report:
        from .engine.report.items_return_list import write_changes

        write_changes(options.report, found, as_of=options.as_of or date.today(), lang=options.lang)
    say(
        f"{found.rows} rows, {found.unchanged} unchanged; {states[READY]} changes ready,"
        f" {states[CONFLICT]} in conflict, {states[REFUSED]} refused."
    )
    rows = found.states
    say(
        f"Of the rows {rows[READY]} can be applied, {rows[CONFLICT]} hold a conflict, {rows[REFUSED]} a refusal,"
        f" {rows[UNCHANGED]} are unchanged, {rows[UNKNOWN]} unknown."
    )
    if options.apply:
        chosen = found.of_state(READY) + (found.of_state(CONFLICT) if options.take_theirs else [])
        written = apply_returned(store, found, items, chosen, who=_name(options))
        say(f"{options.map}: {written} item(s) changed.")
    failing = {"refused": states[REFUSED], "conflict": states[REFUSED] + states[CONFLICT]}
    return EXIT_FINDINGS if options.fail_on and failing[options.fail_on] else 0


def _sample(options: argparse.Namespace) -> int:
    from .engine.rectification import LAYER, draw_sample
    from .store.store import Change, open_store

    store = open_store(options.map)
    items = store.read(LAYER)
    drawn = draw_sample(items, share=options.share, seed=options.seed)
    if not drawn:
        raise InputError(f"{options.map} has no closed item, so that there is nothing to draw from.")
    chosen = items[items["problem_no"].isin(drawn)]
    store.apply([Change(LAYER, update=chosen[["uid", "row_version"]].assign(sampled=True))], who=_name(options))
    for number in drawn:
        print(number)
    say(
        f"{len(drawn)} of {int((items['status'] == 'closed').sum())} closed items were drawn (seed {options.seed})."
    )
    return 0
