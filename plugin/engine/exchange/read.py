"""Any foreign file, whatever it is: what format its bytes are, what layers it has, and one of them read.

The content decides, the suffix only where the content says nothing.  Archives and folders are looked through for what
can be read in them; their members are named like layers.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..location import is_database
from ..progress import SILENT, Progress, part, report
from . import archive
from .model import PLAIN, Foreign, LayerSummary, Note, ReadOptions

_FORMATS: dict[str, tuple[str, ...]] = {
    "shapefile": (".shp",),
    "gpkg": (".gpkg",),
    "fgdb": (".gdb",),
    "kml": (".kml", ".ovkml"),
    "kmz": (".kmz", ".ovkmz"),
    "geojson": (".geojson", ".json"),
    "dxf": (".dxf",),
    "csv": (".csv", ".tsv", ".tab"),
    "xlsx": (".xlsx", ".xlsm"),
    "txt": (".txt",),
    "postgis": (),
}
_MODULES = {
    "shapefile": "shapefile", "gpkg": "vector", "fgdb": "vector", "geojson": "vector", "kml": "kml", "kmz": "kml",
    "dxf": "dxf", "csv": "sheet", "xlsx": "sheet", "txt": "boundary_txt", "postgis": "postgis",
}  # fmt: skip
#: Formats that are tables first: beside real layers in an archive they are lists and read-me files.
_TABLES = frozenset({"csv", "xlsx"})
_HEAD = 8192
_SIDES = frozenset({".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".cst"})
_SENT_AGAIN = "ask for it as shapefile, GeoPackage, KML, GeoJSON, DXF, CSV, XLSX or boundary-point TXT"
#: First bytes of what is often sent and cannot be read, and what to do about it.
_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "is an old Office file (.xls, .doc); save it in Excel or WPS as .xlsx and give that"),
    (b"AC10", "is an AutoCAD drawing (DWG); save it in AutoCAD, ZWCAD or GstarCAD as ASCII DXF and give that"),
    (b"%PDF", f"is a PDF, which holds a picture of a map but no coordinates; {_SENT_AGAIN}"),
    (b"\x89PNG", f"is a picture, which holds no coordinates; {_SENT_AGAIN}"),
    (b"\xff\xd8\xff", f"is a picture, which holds no coordinates; {_SENT_AGAIN}"),
    (b"GIF8", f"is a picture, which holds no coordinates; {_SENT_AGAIN}"),
    (b"II*\0", f"is a raster (TIFF), which holds no zones; {_SENT_AGAIN}"),
    (b"MM\0*", f"is a raster (TIFF), which holds no zones; {_SENT_AGAIN}"),
    (b"\0\1\0\0Standard", "is an Access database (.mdb); export its tables in ArcGIS as file geodatabase or shapefile"),
    (b"!table", "is a MapInfo table; export it in MapInfo as shapefile"),
)
_REFUSED_SUFFIXES = {
    ".xls": "is an old Excel file; save it in Excel or WPS as .xlsx and give that",
    ".dwg": "is an AutoCAD drawing (DWG); save it in AutoCAD, ZWCAD or GstarCAD as ASCII DXF and give that",
}


def formats() -> dict[str, tuple[str, ...]]:
    """Return the formats by name, with the suffixes they usually have."""
    return dict(_FORMATS)


# --------------------------------------------------------------------------------------------------------
# What a file is
# --------------------------------------------------------------------------------------------------------


def sniff(path: str | Path) -> str:
    """Tell a source's format: a name of :func:`formats`, or ``archive`` or ``folder``.

    Raises
    ------
    InputError
        If it is not there, empty, or of a kind that cannot be read.
    """
    if is_database(path):
        return "postgis"
    path = Path(path)
    if path.is_dir():
        return "fgdb" if _is_fgdb(path) else "folder"
    if not path.is_file():
        raise InputError(f"{path.name} is not there; check the name and the folder {path.parent}.")
    head = _head(path)
    suffix = path.suffix.lower()
    if not head:
        raise InputError(f"{path.name} is empty; ask for it to be sent again.")
    for mark, words in _REFUSED:
        if head.startswith(mark):
            raise InputError(f"{path.name} {words}.")
    found = _binary(path, head, suffix) or _text(path, head, suffix)
    if found is None and suffix in _REFUSED_SUFFIXES:
        raise InputError(f"{path.name} {_REFUSED_SUFFIXES[suffix]}.")
    if found is None:
        raise InputError(f"{path.name} is of no kind that can be read here; {_SENT_AGAIN}.")
    return found


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise InputError(f"{path.name} cannot be opened ({why}); close it elsewhere and try again.") from error


def _binary(path: Path, head: bytes, suffix: str) -> str | None:
    if head.startswith(b"\x00\x00\x27\x0a") or suffix == ".shp":
        return "shapefile"
    if head.startswith(b"SQLite format 3\0"):
        return "gpkg"
    if head.startswith(b"AutoCAD Binary DXF"):
        return "dxf"
    if head.startswith(b"PK"):
        return _zipped(path, suffix)
    if archive.is_archive(path):
        return "archive"
    if suffix in _SIDES:
        from .shapefile import beside

        if beside(path, ".shp") is not None:
            return "shapefile"
        raise InputError(f"{path.name} is a side file of a shapefile whose .shp is missing; ask for the .shp too.")
    return None


def _zipped(path: Path, suffix: str) -> str:
    if suffix in _FORMATS["kmz"]:
        return "kmz"
    names = [name.lower() for name in archive.names(path)]
    if "xl/workbook.xml" in names or (suffix in _FORMATS["xlsx"] and "[content_types].xml" in names):
        return "xlsx"
    if "word/document.xml" in names:
        raise InputError(f"{path.name} is a Word document; copy its table of coordinates to an .xlsx and give that.")
    return "archive"


def _text(path: Path, head: bytes, suffix: str) -> str | None:
    words = _words(head)
    if words is None:
        # Bytes that are no text: only a suffix that belongs to a text format is let try, and its reader tells why not.
        return next((name for name in ("dxf", "kml", "geojson") if suffix in _FORMATS[name]), None)
    start = words.lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        if "<kml" in start or ":kml" in start or suffix in _FORMATS["kml"]:
            return "kml"
        return None
    if _is_boundary(head):
        return "txt"
    if start[:1] in ("{", "[") and suffix not in _FORMATS["csv"]:
        return "geojson"
    lines = [line.strip() for line in start.splitlines()[:4]]
    if lines[:2] in (["0", "SECTION"], ["999", *lines[1:2]]) or suffix == ".dxf":
        return "dxf"
    for name in ("geojson", "kml", "csv", "xlsx"):
        if suffix in _FORMATS[name]:
            return "csv" if name == "xlsx" else name
    # A .txt that holds no boundary points, or no suffix at all, is a table if its lines have columns.
    if suffix in (".txt", "", ".dat", ".asc", ".xyz") and any(mark in start for mark in (",", "\t", ";", "|")):
        return "csv"
    return "txt" if suffix == ".txt" else None


def _words(head: bytes) -> str | None:
    """The first bytes as text, in whatever encoding; None where they are none."""
    from . import text

    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")) and head.count(0) < len(head) // 5:
        return None
    return text.decode(head, text.detect(head))


def _is_boundary(head: bytes) -> bool:
    from .boundary_txt import is_boundary_txt

    return bool(is_boundary_txt(head))


# --------------------------------------------------------------------------------------------------------
# What is in it
# --------------------------------------------------------------------------------------------------------


def sources(folder: Path) -> dict[str, Path]:
    """Return member name -> file of what in a folder can be read, by name; side files and hidden ones are passed over.

    Raises
    ------
    InputError
        If there is nothing, with the reason of the first that was refused.
    """
    known = {suffix for suffixes in _FORMATS.values() for suffix in suffixes} | set(_REFUSED_SUFFIXES)
    found, refused = {}, []
    for one in _walk(folder):
        if one.suffix.lower() not in known and not _is_fgdb(one):
            continue
        try:
            kind = sniff(one)
        except InputError as error:
            refused.append(str(error))
            continue
        # A read-me file is no list of coordinates.
        plain = one.suffix.lower() == ".txt" and not (kind == "txt" and _is_boundary(_head(one)))
        if kind not in ("archive", "folder") and not plain:
            found[one.relative_to(folder).as_posix()] = one
    if found:
        return found
    raise InputError(f"there is nothing in it that can be read; {refused[0] if refused else _SENT_AGAIN + '.'}")


def _is_fgdb(path: Path) -> bool:
    return path.is_dir() and (path.suffix.lower() == ".gdb" or next(path.glob("*.gdbtable"), None) is not None)


def _walk(folder: Path, depth: int = 8) -> Iterator[Path]:
    """Files and geodatabases below a folder, by name; what is hidden, and links, are passed over."""
    for one in sorted(folder.iterdir()):
        if one.name.startswith((".", "__MACOSX", "~$")) or one.is_symlink():
            continue
        if one.is_dir() and not _is_fgdb(one):
            if depth:
                yield from _walk(one, depth - 1)
        else:
            yield one


@contextlib.contextmanager
def opened(path: str | Path, *, progress: Progress = SILENT) -> Iterator[dict[str, Path]]:
    """Yield member name -> file: the file itself, or what an archive or a folder holds.

    Archives are unpacked into a private folder that goes with the context.

    Raises
    ------
    InputError
        As :func:`sniff`, and if an archive or folder holds nothing that can be read.
    """
    path = Path(path)
    kind = sniff(path)
    if kind not in ("archive", "folder"):
        yield {path.name: _main(path, kind)}
        return
    with contextlib.ExitStack() as stack:
        folder = path if kind == "folder" else stack.enter_context(archive.unpacked(path, progress=progress))
        try:
            found = sources(folder)
        except InputError as error:
            raise InputError(f"{path.name} cannot be imported: {error}") from error
        yield found


def _main(path: Path, kind: str) -> Path:
    """The file to read where one of its side files was given."""
    if kind == "shapefile" and path.suffix.lower() in _SIDES:
        from .shapefile import beside

        return beside(path, ".shp") or path
    return path


def layers(path: str | Path, options: ReadOptions = PLAIN) -> list[LayerSummary]:
    """List layers and sheets; where there are several members, ``member|layer``.

    Raises
    ------
    InputError
        As :func:`sniff`, and if the file is broken.
    """
    plain = replace(options, layer=None)
    if is_database(path):
        return list(_module("postgis").layers(str(path), plain))
    with opened(path) as found:
        out: list[LayerSummary] = []
        for member, file in found.items():
            for one in _module(sniff(file)).layers(file, plain):
                out.append(one if len(found) == 1 else replace(one, name=f"{member}|{one.name}"))
        return out


def read(path: str | Path, options: ReadOptions = PLAIN, *, progress: Progress = SILENT) -> Foreign:
    """Read one layer of a source.

    Parameters
    ----------
    path : str or Path
        A file, a folder, an archive, or the address of a database (``postgresql://…?schema=s&table=t``).
    options : ReadOptions
        `layer` as :func:`layers` names it; it may be left out where there is one.
    progress : Progress

    Raises
    ------
    InputError
        If it cannot be read, or holds several layers and none was chosen.
    """
    if is_database(path):
        foreign: Foreign = _module("postgis").read(str(path), options, progress=progress)
        return foreign
    path = Path(path)
    with opened(path, progress=part(progress, 0.0, 0.2)) as found:
        file, inner, notes = _picked(found, options, path)
        foreign = _module(sniff(file)).read(file, inner, progress=part(progress, 0.2, 1.0))
        # The unpacked copy is gone after reading.
        foreign.path = path
        foreign.notes += notes
    report(progress, 1.0)
    return foreign


def read_chunks(
    path: str | Path, options: ReadOptions = PLAIN, *, size: int = 50_000, progress: Progress = SILENT
) -> Iterator[Foreign]:
    """Read one layer in pieces of up to `size` rows; memory is bounded where the format allows it.

    CSV, GeoPackage, FileGDB, shapefiles and database tables are read as they come; KML, GeoJSON, DXF, XLSX and TXT are
    read whole and then cut.  A source without rows gives one piece without rows.  Arguments and errors as :func:`read`.
    """
    if is_database(path):
        yield from _module("postgis").read_chunks(str(path), options, size=size, progress=progress)
        return
    path = Path(path)
    with opened(path, progress=part(progress, 0.0, 0.1)) as found:
        file, inner, notes = _picked(found, options, path)
        module, rest = _module(sniff(file)), part(progress, 0.1, 1.0)
        if hasattr(module, "read_chunks"):
            pieces = module.read_chunks(file, inner, size=size, progress=rest)
        else:
            pieces = sliced(module.read(file, inner, progress=rest), size)
        for number, piece in enumerate(pieces):
            piece.path = path
            if number == 0:
                piece.notes += notes
            yield piece


def sliced(whole: Foreign, size: int) -> Iterator[Foreign]:
    """Cut what was read into pieces; rejects and notes go with the first."""
    for start in range(0, max(len(whole.frame), 1), size):
        frame = whole.frame.iloc[start : start + size].reset_index(drop=True)
        rejects = list(whole.rejects) if start == 0 else []
        yield replace(
            whole, frame=frame, rows=whole.rows[start : start + size], count=len(frame) + len(rejects),
            rejects=rejects, notes=list(whole.notes) if start == 0 else [],
        )  # fmt: skip


def _picked(found: Mapping[str, Path], options: ReadOptions, path: Path) -> tuple[Path, ReadOptions, list[Note]]:
    """Return the member that the options name, the options for it, and what to say of the others."""
    if len(found) == 1:
        member, file = next(iter(found.items()))
        said = (options.layer or "").removeprefix(f"{member}|")
        return file, replace(options, layer=None if said in ("", member) else said), []
    if options.layer is not None:
        member, _, layer = options.layer.partition("|")
        if member in found:
            return found[member], replace(options, layer=layer or None), []
        raise InputError(f"{path.name} has no member '{member}'; it has {_list(found)}.")
    # Tables beside real layers are lists and read-me files.
    main = [name for name, file in found.items() if sniff(file) not in _TABLES] or list(found)
    if len(main) > 1:
        raise InputError(f"{path.name} holds {len(main)} files ({_list(main)}); say which one to read.")
    others = _list([name for name in found if name != main[0]])
    note = Note("info", "other_members", f"其中还有 {others},未读取", f"there is also {others}, which was not read")
    return found[main[0]], options, [note]


def _list(names: Iterable[str]) -> str:
    all_ = list(names)
    return ", ".join(all_[:12]) + (f" and {len(all_) - 12} more" if len(all_) > 12 else "")


def _module(kind: str) -> Any:
    return importlib.import_module(f".{_MODULES[kind]}", __package__)
