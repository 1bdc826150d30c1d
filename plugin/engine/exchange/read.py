"""Any file an office sends: what it is, what is in it, and its rows.

A file is known by its content, then by its suffix.  An archive or a folder is looked into; where it holds several
files, each layer is named ``member|layer``.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..location import is_database
from ..progress import SILENT, Progress, part
from . import archive
from .model import PLAIN, Foreign, LayerSummary, ReadOptions

_FORMATS: Mapping[str, tuple[str, ...]] = {
    "shapefile": (".shp",),
    "gpkg": (".gpkg",),
    "fgdb": (".gdb",),
    "geojson": (".geojson", ".json"),
    "kml": (".kml", ".ovkml"),
    "kmz": (".kmz", ".ovkmz"),
    "dxf": (".dxf", ".dwg"),
    "csv": (".csv", ".tsv", ".tab"),
    "xlsx": (".xlsx", ".xlsm", ".xls"),
    "txt": (".txt",),
}
_MODULES = {
    "shapefile": "shapefile", "gpkg": "vector", "fgdb": "vector", "geojson": "vector", "kml": "kml", "kmz": "kml",
    "dxf": "dxf", "csv": "sheet", "xlsx": "sheet", "txt": "boundary_txt",
}  # fmt: skip
_ZIPPED = {b"xl/": "xlsx", b"doc.kml": "kmz"}
_HEAD = 65536


def formats() -> dict[str, tuple[str, ...]]:
    """Return name -> suffixes of what can be read."""
    return dict(_FORMATS)


def sniff(path: Path) -> str:
    """Tell what a file is: a key of :func:`formats`, or ``archive`` or ``folder``.

    Raises
    ------
    InputError
        If it is not there, is empty, or is nothing that can be read.
    """
    suffix = path.suffix.lower()
    if not path.exists():
        raise InputError(f"{path} does not exist; check the name.")
    if path.is_dir():
        return "fgdb" if suffix == ".gdb" else "folder"
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head:
        raise InputError(f"{path.name} is empty; ask for it to be sent again.")
    if head.startswith(b"SQLite format 3\0"):
        return "gpkg"
    if head[:4] == b"\x00\x00\x27\x0a":
        return "shapefile"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(f"{path.name} is an old Excel workbook (.xls); save it as .xlsx and give that.")
    if head.startswith(b"PK\x03\x04") and suffix != ".zip":
        return _zipped(path, head)
    if archive.is_archive(path):
        return "archive"
    if head.startswith((b"AC10", b"AutoCAD Binary DXF")):
        return "dxf"
    return _by_text(path, head, suffix)


def _zipped(path: Path, head: bytes) -> str:
    suffix = path.suffix.lower()
    for name in ("kmz", "xlsx"):
        if suffix in _FORMATS[name]:
            return name
    return next((name for mark, name in _ZIPPED.items() if mark in head[:4000]), "archive")


def _by_text(path: Path, head: bytes, suffix: str) -> str:
    from .boundary_txt import is_boundary_txt

    plain = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    known = next((name for name, suffixes in _FORMATS.items() if suffix in suffixes), None)
    if plain[:1] == b"<" and (b"<kml" in plain or known == "kml"):
        return "kml"
    if plain[:1] in b"{[" and known in (None, "geojson"):
        return "geojson"
    if known in ("txt", None, "csv") and is_boundary_txt(head):
        return "txt"
    if known == "txt":
        return "csv"  # a table with another suffix
    if known in ("shapefile", "gpkg", "xlsx"):
        raise InputError(f"{path.name} is called a {known} but is none; it may be broken, ask for it to be sent again.")
    if known is None:
        raise InputError(
            f"{path.name} is nothing that can be read here; give a shapefile, GeoPackage, FileGDB, KML, GeoJSON, DXF,"
            f" CSV, XLSX or boundary-point TXT."
        )
    return known


def sources(folder: Path) -> list[Path]:
    """Return what in a folder can be read, in order of name; side files and hidden ones are passed over."""
    suffixes = {suffix for all_ in _FORMATS.values() for suffix in all_}
    found = []
    for one in sorted(folder.rglob("*")):
        inside = one.relative_to(folder).parts
        if any(name.startswith((".", "__MACOSX", "~$")) for name in inside):
            continue
        if any(name.lower().endswith(".gdb") for name in inside[:-1]):
            continue
        if one.suffix.lower() == ".gdb" and one.is_dir() or one.is_file() and one.suffix.lower() in suffixes:
            found.append(one)
    return found


@contextlib.contextmanager
def opened(path: Path, *, progress: Progress = SILENT) -> Iterator[dict[str, Path]]:
    """Yield member name -> file: the file itself, or what an archive (unpacked for the time being) or folder holds."""
    kind = sniff(path)
    if kind not in ("archive", "folder"):
        yield {path.name: path}
        return
    with contextlib.ExitStack() as stack:
        folder = path if kind == "folder" else stack.enter_context(archive.unpacked(path, progress=progress))
        found = {one.relative_to(folder).as_posix(): one for one in sources(folder)}
        if not found:
            raise InputError(f"{path.name} holds nothing that can be read here; see which formats can be imported.")
        yield found


def layers(path: Path | str, options: ReadOptions = PLAIN) -> list[LayerSummary]:
    """List the layers, sheets or members of a source.

    Raises
    ------
    InputError
        As :func:`sniff`, and if the file is broken.
    """
    if is_database(path):
        return _module("postgis").layers(path, options)
    with opened(Path(path)) as found:
        out = []
        for member, file in found.items():
            for one in _module(_MODULES[sniff(file)]).layers(file, replace(options, layer=None)):
                out.append(one if len(found) == 1 else replace(one, name=f"{member}|{one.name}"))
        return out


def read(path: Path | str, options: ReadOptions = PLAIN, *, progress: Progress = SILENT) -> Foreign:
    """Read one layer of a source.

    Raises
    ------
    InputError
        As :func:`layers`, and if it holds several and the options do not say which.
    """
    if is_database(path):
        return _module("postgis").read(path, options, progress=progress)
    path = Path(path)
    with opened(path, progress=part(progress, 0.0, 0.2)) as found:
        file, inner = _picked(found, options, path)
        foreign = _module(_MODULES[sniff(file)]).read(file, inner, progress=part(progress, 0.2, 1.0))
        foreign.path = path
        return foreign


def read_chunks(
    path: Path | str, options: ReadOptions = PLAIN, *, size: int = 50_000, progress: Progress = SILENT
) -> Iterator[Foreign]:
    """Read one layer in pieces of about `size` rows; formats that cannot be read so come in one piece.

    Raises
    ------
    InputError
        As :func:`read`.
    """
    if is_database(path):
        yield from _module("postgis").read_chunks(path, options, size=size, progress=progress)
        return
    path = Path(path)
    with opened(path, progress=part(progress, 0.0, 0.1)) as found:
        file, inner = _picked(found, options, path)
        module = _module(_MODULES[sniff(file)])
        rest = part(progress, 0.1, 1.0)
        pieces = (
            module.read_chunks(file, inner, size=size, progress=rest)
            if hasattr(module, "read_chunks")
            else iter([module.read(file, inner, progress=rest)])
        )
        for piece in pieces:
            piece.path = path
            yield piece


def _picked(found: Mapping[str, Path], options: ReadOptions, path: Path) -> tuple[Path, ReadOptions]:
    """Return the member that the options name, and the options for it."""
    member, bar, layer = (options.layer or "").rpartition("|")
    if bar and member in found:
        return found[member], replace(options, layer=layer)
    if options.layer in found and len(found) > 1:
        return found[options.layer], replace(options, layer=None)
    if len(found) == 1:
        return next(iter(found.values())), options
    names = ", ".join(list(found)[:12]) + (" …" if len(found) > 12 else "")
    raise InputError(f"{path.name} holds {len(found)} files ({names}); say which one to read.")


def _module(name: str) -> Any:
    return importlib.import_module(f".{name}", __package__)
