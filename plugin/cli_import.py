"""The verb ``onemap import``: foreign files into a layer of a map."""

from __future__ import annotations

import argparse
import getpass
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cli_foreign import add_crs, add_reading, area_of, area_of_map, choice, read_options, say_notes
from .cli_io import add_verb, progress_bar, say
from .engine.errors import InputError

if TYPE_CHECKING:
    from .engine.exchange.mapping import Mapping
    from .store.load import Loaded

_LOOKED = 20_000
_SHOWN = 20
#: From here on a proposed field is taken without being asked for: its name, title, alias, or cut name.
_SURE = 0.85


def add_import(onemap: Any) -> None:
    """Declare ``envzones onemap import``."""
    one = add_verb(onemap, "import", _import, "bring a foreign file into a layer: good rows in, bad rows aside")
    one.add_argument("map", metavar="MAP", help="the .gpkg, postgresql://host/database?schema=… or service=…")
    one.add_argument(
        "file",
        metavar="FILE",
        help="shapefile, GeoPackage, FileGDB, KML, GeoJSON, DXF, CSV, XLSX, TXT, zip …",
    )
    one.add_argument("--layer", required=True, metavar="LAYER", help="the layer that receives the rows")
    add_crs(one, "--crs", "--from")
    add_reading(one)
    one.add_argument("--within", metavar="MAP|FILE", help="the jurisdiction (default: that of the map)")
    one.add_argument("--template", type=Path, metavar="T.yaml", help="a mapping that was saved before")
    one.add_argument("--save-template", type=Path, metavar="T.yaml", help="save the mapping for files of this kind")
    one.add_argument(
        "--map",
        dest="mapped",
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help="map a field by hand",
    )
    one.add_argument(
        "--set",
        dest="constants",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="one value for all rows",
    )
    one.add_argument("--ignore", action="append", default=[], metavar="COLUMN", help="a column not even to be kept")
    one.add_argument("--rejects", type=Path, metavar="R.csv", help="where rejected rows go (default: FILE.rejects.csv)")
    one.add_argument(
        "--on-conflict", choices=("reject", "skip", "update"), default="reject",
        help="rows whose id, or name and place, the layer has already (default reject)",
    )  # fmt: skip
    one.add_argument("--dry-run", action="store_true", help="say what would be done, and write nothing")
    one.add_argument("--who", metavar="NAME", help="who edits, for the audit trail (default: the login name)")


def _import(options: argparse.Namespace) -> int:
    from .engine.catalog import load_catalog
    from .engine.exchange import mapping as mapping_
    from .engine.exchange import mapping_file, read
    from .engine.exchange.crs_decide import decide
    from .store.load import load

    catalog = load_catalog()
    spec = catalog.require(options.layer, "The import")
    template = mapping_file.load(options.template) if options.template else None
    reading_options = read_options(options)
    if template is not None and template.options is not None:
        given = {key: value for key, value in vars(reading_options).items() if value is not None}
        reading_options = replace(template.options, **given)
    sample = read.read(options.file, replace(reading_options, limit=_LOOKED))
    said = choice(options) or (template.choice if template is not None else None)
    area = area_of(options.within) if options.within else area_of_map(options.map)
    chosen, reading = decide(sample, said, jurisdiction=area)
    mapping = template or _sure(mapping_.propose(sample, spec))
    mapping = _by_hand(mapping, options, spec, sample)
    columns = [str(name) for name in sample.frame.columns if name != "geometry"]
    mapping_.check(mapping, spec, columns, sample.path.name)
    _say_mapping(mapping, columns)
    say(f"  coordinates: {chosen.crs}{' with the axes swapped' if chosen.swap else ''}")
    say_notes(list(reading.doubts))
    if options.save_template:
        mapping_file.save(replace(mapping, choice=chosen, options=reading_options), options.save_template)
        say(f"  mapping saved as {options.save_template}")
    source = Path(options.file)
    done = load(
        options.map, spec.name, options.file, options=reading_options, choice=chosen, mapping=mapping,
        who=options.who or getpass.getuser(), on_conflict=options.on_conflict, catalog=catalog, dry_run=options.dry_run,
        rejects=options.rejects or source.with_name(f"{source.name}.rejects.csv"), progress=progress_bar("import"),
    )  # fmt: skip
    _say_done(done, options)
    return 0


def _sure(proposed: Mapping) -> Mapping:
    """Keep what is sure of a proposal; what is only alike is told, for the user to take by name."""
    for name, one in proposed.fields.items():
        if one.sure < _SURE:
            say(f"  perhaps: {name} <- {one.source} ({one.why_en}); to take it: --map {name}={one.source}")
    return replace(proposed, fields={name: one for name, one in proposed.fields.items() if one.sure >= _SURE})


def _by_hand(mapping: Mapping, options: argparse.Namespace, spec: Any, sample: Any) -> Mapping:
    """Put what the user says before what was proposed."""
    from .engine.exchange import map_values
    from .engine.exchange.mapping import FieldMap, aliases

    fields = dict(mapping.fields)
    for name, column in map(_pair, options.mapped):
        if not column:
            fields.pop(name, None)
            continue
        values = {}
        if name in spec.field_names and spec.field(name).domain and column in sample.frame.columns:
            values = map_values.propose(sample.frame[column], spec.field(name), aliases())
        fields = {key: one for key, one in fields.items() if one.source != column}
        fields[name] = FieldMap(column, values)
    constants = {**mapping.constants, **dict(map(_pair, options.constants))}
    fields = {key: one for key, one in fields.items() if key not in dict(map(_pair, options.constants))}
    return replace(mapping, fields=fields, constants=constants, ignored=(*mapping.ignored, *options.ignore))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"'{text}' is no pair; write FIELD=VALUE.")
    return name.strip(), value.strip()


def _say_mapping(mapping: Mapping, columns: list[str]) -> None:
    for name, one in mapping.fields.items():
        words = "; ".join(f"{word} = {code}" for word, code in list(one.values.items())[:_SHOWN])
        say(f"  {name} <- {one.source}  ({one.why_en}){f': {words}' if words else ''}")
    for name, value in mapping.constants.items():
        say(f"  {name} = {value}")
    used = {one.source for one in mapping.fields.values()} | set(mapping.ignored)
    rest = [name for name in columns if name not in used]
    if rest:
        say(f"  kept in source_fields: {', '.join(rest)}")


def _say_done(done: Loaded, options: argparse.Namespace) -> None:
    say_notes(done.notes)
    for (field, word), count in list(done.outside.items())[:_SHOWN]:
        say(f"  outside the domain of {field}: {word} ({count} rows)")
    for (_, en), count in list(done.reasons.items())[:_SHOWN]:
        say(f"  {count} rows rejected: {en}")
    would = "would be " if done.dry_run else ""
    say(
        f"{options.map}, {done.layer}: {done.read} rows read, {done.loaded} {would}loaded, {done.updated}"
        f" {would}updated,"
        f" {done.skipped} skipped, {done.rejected} {would}rejected."
    )
    if done.rejects_path is not None:
        say(f"The rejected rows are in {done.rejects_path}.")
