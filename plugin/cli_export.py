"""The verbs ``onemap export | package`` of the command line: what leaves the map, for other offices."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cli_io import EXIT_FINDINGS, add_verb, day, layer, progress_bar, read, say
from .engine.errors import InputError

if TYPE_CHECKING:
    from .engine.exchange.model import Note
    from .engine.onemap import OneMap

_MAP = "the .gpkg, postgresql://host/database?schema=… or service=…"


def add_export(onemap: Any) -> None:
    """Declare the verbs."""
    _add_export(
        add_verb(onemap, "export", _export, "write layers in the format that another office asks for")
    )
    _add_package(
        add_verb(
            onemap,
            "package",
            _package,
            "make an exchange package (部门共享数据包) for another office, or check one",
        )
    )


def _add_choice(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--within",
        metavar="AREA",
        help="only what touches it: FILE[:LAYER] of polygons, or an administrative area's name",
    )
    one.add_argument(
        "--clip", action="store_true", help="cut shapes at the area's edge instead of taking them whole"
    )
    one.add_argument("--as-of", type=day, metavar="DATE", help="only what is in force on this day")
    one.add_argument("--overwrite", action="store_true", help="replace what is there")
    one.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of titles")


def _add_export(one: argparse.ArgumentParser) -> None:
    one.add_argument("map", metavar="MAP", help=_MAP)
    one.add_argument("--layer", nargs="+", required=True, metavar="LAYER", help="names of layers")
    one.add_argument(
        "--out", type=Path, required=True, metavar="OUT", help="the file; of a shapefile the .shp"
    )
    one.add_argument(
        "--format", choices=("shapefile", "gpkg", "geojson", "kml", "kmz", "dxf", "csv", "xlsx", "txt"),
        help="when OUT's suffix does not say it",
    )  # fmt: skip
    one.add_argument(
        "--to", metavar="CRS", help="EPSG:4547, EPSG:4526 …, gcj02 or bd09 (default: EPSG:4490, degrees)"
    )
    one.add_argument(
        "--densify", action="store_true", help="add vertices so that long edges stay where they are in --to"
    )
    one.add_argument(
        "--encoding", default="", metavar="NAME", help="utf-8, gbk (shapefile, DXF), gb18030 (CSV)"
    )
    one.add_argument("--lossy", action="store_true", help="write ? for characters that the encoding lacks")
    one.add_argument(
        "--names", choices=("titles", "fields"), help="head columns with titles or with the fields' names"
    )
    one.add_argument("--values", choices=("titles", "codes"), help="write the titles of codes, or the codes")
    one.add_argument("--split", action="store_true", help="mixed shapes into a shapefile for each kind")
    one.add_argument(
        "--columns", nargs="+", choices=("degrees", "dms", "xy", "wkt", "areas"), metavar="KIND",
        help="what CSV and XLSX have beside the fields: degrees, dms, xy, wkt, areas",
    )  # fmt: skip
    one.add_argument(
        "--label", default="", metavar="FIELD", help="text at the shapes of a DXF, names in a KML"
    )
    one.add_argument(
        "--layer-by", default="", metavar="FIELD", help="field whose values are a DXF's layers, or none"
    )
    one.add_argument("--degrees", action="store_true", help="let a DXF hold degrees")
    one.add_argument(
        "--text-height", type=float, default=0.0, metavar="M", help="of a DXF's labels (default: what fits)"
    )
    one.add_argument(
        "--txt", nargs="+", default=[], metavar="KEY=VALUE",
        help="dialect of a boundary-point TXT, such as decimals=3 j_prefix= closing=no many_files=yes",
    )  # fmt: skip
    _add_choice(one)


def _add_package(one: argparse.ArgumentParser) -> None:
    one.add_argument("map", metavar="MAP", nargs="?", help=_MAP)
    one.add_argument("--out", type=Path, metavar="PKG.zip", help="the package to make")
    one.add_argument("--check", type=Path, metavar="PKG.zip", help="hold a package against its fingerprints")
    one.add_argument(
        "--layers", nargs="+", metavar="LAYER", help="names of layers (default: all that hold rows)"
    )
    one.add_argument("--purpose", default="", metavar="TEXT", help="用途: what the data are for")
    one.add_argument("--classification", default="", metavar="TEXT", help="密级, as the office decided it")
    one.add_argument("--sender", default="", metavar="TEXT", help="提供单位")
    one.add_argument("--receiver", default="", metavar="TEXT", help="接收单位")
    one.add_argument("--remark", default="", metavar="TEXT", help="备注")
    _add_choice(one)


def _export(options: argparse.Namespace) -> int:
    from .engine.exchange.extract import extract
    from .engine.exchange.write import write_layers
    from .engine.onemap import OneMap
    from .engine.progress import part

    progress = progress_bar("export")
    out = write_options(options)
    onemap = OneMap.open(options.map)
    area = area_of(onemap, options.within)
    taken = extract(
        onemap,
        options.layer,
        area=area,
        clip=options.clip,
        as_of=options.as_of,
        progress=part(progress, 0.0, 0.4),
    )
    layers = {one.name: (one.frame, one.spec) for one in taken}
    done = write_layers(layers, options.out, out, progress=part(progress, 0.4, 1.0))
    say_notes(done.notes)
    rows = ", ".join(f"{name} {count}" for name, count in done.rows.items())
    say(f"{', '.join(str(path) for path in done.paths)}: {rows} rows.")
    return 0


def write_options(options: argparse.Namespace) -> Any:
    """Return the engine's options for what was said on the command line."""
    from .engine.exchange.model import CrsChoice
    from .engine.exchange.write import WriteOptions

    crs = CrsChoice(options.to) if options.to else None
    plain = WriteOptions()
    return WriteOptions(
        format=options.format or "", crs=crs, encoding=options.encoding, lossy=options.lossy, lang=options.lang,
        titles=None if options.names is None else options.names == "titles",
        labels=None if options.values is None else options.values == "titles", overwrite=options.overwrite,
        split=options.split, columns=tuple(options.columns or plain.columns), label=options.label,
        layer_by=options.layer_by, degrees=options.degrees, densify=options.densify, text_height=options.text_height,
        txt=_txt(options.txt, crs) if options.txt else None,
    )  # fmt: skip


def _txt(pairs: list[str], crs: Any) -> Any:
    """Return the dialect of a boundary-point TXT from KEY=VALUE pairs."""
    from .engine.exchange.boundary_txt_write import TxtOptions

    if crs is None:
        raise InputError(
            "A boundary-point TXT is in a Gauss-Krüger grid; name it with --to, such as EPSG:4526."
        )
    plain = TxtOptions(crs)
    kinds = {one.name: type(getattr(plain, one.name)) for one in fields(plain)}
    known = sorted(name for name, kind in kinds.items() if kind in (bool, int, str))
    said: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name not in known:
            raise InputError(f"--txt {pair}: give KEY=VALUE with one of {', '.join(known)}.")
        if kinds[name] is bool:
            if value not in ("yes", "no"):
                raise InputError(f"--txt {pair}: write yes or no.")
            said[name] = value == "yes"
        elif kinds[name] is int:
            if not value.isdigit():
                raise InputError(f"--txt {pair}: write a whole number.")
            said[name] = int(value)
        else:
            said[name] = {"crlf": "\r\n", "lf": "\n"}.get(value, value) if name == "newline" else value
    return TxtOptions(crs, **said)


def _package(options: argparse.Namespace) -> int:
    if options.check is not None:
        return _check(options)
    if options.map is None or options.out is None:
        raise InputError("Give the map and --out PKG.zip to make a package, or --check PKG.zip to check one.")
    from .engine.exchange.package import PackageOptions, pack
    from .engine.onemap import OneMap

    onemap = OneMap.open(options.map)
    area = area_of(onemap, options.within)
    said = PackageOptions(
        purpose=options.purpose, classification=options.classification, sender=options.sender,
        receiver=options.receiver,
        remark=options.remark, area_name=_area_name(options.within), lang=options.lang, overwrite=options.overwrite,
    )  # fmt: skip
    done = pack(
        onemap, options.out, said, layers=options.layers, area=area, clip=options.clip, as_of=options.as_of,
        progress=progress_bar("package"),
    )  # fmt: skip
    say_notes(done.notes)
    say(f"{done.path}: {len(done.rows)} layers, {sum(done.rows.values())} rows.")
    return 0


def _check(options: argparse.Namespace) -> int:
    from .engine.exchange.package import check

    found = check(options.check, progress=progress_bar("check"))
    for zh, en in found.faults:
        print(f"{en}  ({zh})")
    if found.faults:
        say(f"{options.check}: {len(found.faults)} faults; ask for it to be sent again.")
        return EXIT_FINDINGS
    say(f"{options.check}: {found.files} files and {found.layers} layers are as they were sent.")
    return 0


def area_of(onemap: OneMap, within: str | None) -> Any:
    """Return the area that is named: polygons of a file, else an administrative area of the map; None for none."""
    if within is None:
        return None
    import numpy as np
    import shapely

    from .engine.exchange.extract import area_named
    from .engine.geodesy import to_storage

    source = layer(within)
    if not source[0].exists():
        found = area_named(onemap, within)
        if found is None:
            raise InputError(
                f"'{within}' is neither a file nor an administrative area of the map; check its name or path."
            )
        return found
    shapes = np.asarray(to_storage(read(source), str(source[0])).geometry.array, dtype=object)
    areal = shapes[shapely.get_dimensions(shapes) == 2]
    if not len(areal):
        raise InputError(f"{source[0]} has no polygon; give one that the data should lie within.")
    return shapely.union_all(shapely.make_valid(areal))


def _area_name(within: str | None) -> str:
    """Return what an area is called: a file's name without its folder."""
    if within is None:
        return ""
    path = layer(within)[0]
    return path.stem if path.exists() else within


def say_notes(notes: tuple[Note, ...]) -> None:
    """Print notes."""
    for note in notes:
        say(f"  {'note' if note.severity == 'info' else note.severity}: {note.en}")
