"""The exchange package (部门共享数据包): an extract of the map with what a receiver has to know, and fingerprints.

One zip: ``<stem>.gpkg`` (tables of our names, codes, titles in the schema extension), ``<stem>.xlsx`` (titles in
place of codes), ``README.md`` in Chinese and English, ``manifest.json``, and ``SHA256SUMS`` over them all.  The
same map, choice and SOURCE_DATE_EPOCH give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..location import is_database, parse
from ..progress import SILENT, Progress, part, report
from ..report.sheet import MAX_ROWS
from . import write_gpkg, write_sheet
from .extract import Taken, extract
from .model import Note
from .package_readme import readme
from .write import Workplace, WriteOptions, file_name, put
from .write_columns import Told, sheet_of
from .write_kml import zip_files

if TYPE_CHECKING:
    from ..onemap import OneMap

FORMAT, VERSION = "envzones-exchange-package", 1
MANIFEST, SUMS, README = "manifest.json", "SHA256SUMS", "README.md"
#: A package that is checked may not unpack to more.
_LARGEST, _LONGEST_TEXT = 8 << 30, 64 << 20
_BLOCK = 1 << 20
#: What of a map's own entries concerns its readers.
_META = ("title", "as_of", "work_crs", "jurisdiction_code", "jurisdiction_zh", "jurisdiction_en", "license", "licence",
         "attribution", "source", "schema_version")  # fmt: skip
_MOST_SOURCES = 20
#: What reading a damaged member raises.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError)


@dataclass(frozen=True)
class PackageOptions:
    """What is put into a package beside the data.

    Attributes
    ----------
    purpose, classification, sender, receiver, remark : str
        用途, 密级, 提供单位, 接收单位, 备注: as given, printed as given; nothing is derived from them.
    area_name : str
        What the area is called.
    lang : str
        Of the workbook's titles.
    """

    purpose: str = ""
    classification: str = ""
    sender: str = ""
    receiver: str = ""
    remark: str = ""
    area_name: str = ""
    lang: str = "zh"
    overwrite: bool = False


@dataclass(frozen=True)
class Packaged:
    """The file that was written, rows by layer, and what there is to tell."""

    path: Path
    rows: Mapping[str, int]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Checked:
    """What a check of a package found: `faults` as (zh, en), none where all is as it was sent."""

    manifest: Mapping[str, Any]
    files: int
    layers: int
    faults: tuple[tuple[str, str], ...]


def pack(
    onemap: OneMap, path: str | Path, options: PackageOptions, *, layers: Iterable[str] | None = None, area: Any = None,
    clip: bool = False, as_of: date | None = None, progress: Progress = SILENT,
) -> Packaged:  # fmt: skip
    """Write a package; `layers`, `area`, `clip` and `as_of` as :func:`.extract.extract` takes them.

    Raises
    ------
    InputError
        If nothing is left to send, or the file is there already or cannot be written.
    Cancelled
        Nothing was written.
    """
    path = Path(path)
    if path.suffix.lower() != ".zip":
        raise InputError(f"{path.name} is to be a package; let its name end in .zip.")
    if not path.parent.is_dir():
        raise InputError(f"Folder {path.parent} does not exist; create it or choose another for {path.name}.")
    if path.exists() and not options.overwrite:
        raise InputError(f"{path} exists already; choose another name or allow overwriting.")
    taken = extract(onemap, layers, area=area, clip=clip, as_of=as_of, progress=part(progress, 0.0, 0.3))
    told = Told()
    stem = file_name(path.stem)
    with Workplace(path) as folder:
        names = _data(taken, folder, stem, options, told, part(progress, 0.3, 0.7))
        report(progress, 0.7)
        manifest = _manifest(
            onemap, taken, options, area, clip, as_of, folder / names[0], part(progress, 0.7, 0.9)
        )
        manifest["notes"] = [{"code": note.code, "zh": note.zh, "en": note.en} for note in told.notes]
        manifest["files"] = [_print(folder / name) for name in names]
        _save(folder / README, readme(manifest))
        names.insert(0, README)
        manifest["files"].insert(0, _print(folder / README))
        _save(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
        names.append(MANIFEST)
        _save(folder / SUMS, "".join(f"{_digest(folder / name)}  {name}\n" for name in names))
        names.append(SUMS)
        report(progress, 0.92, path.name)
        zip_files(
            folder / path.name,
            {name: folder / name for name in names},
            write_gpkg.clock(),
            part(progress, 0.92, 0.99),
        )
        report(progress, 0.99)
        (done,) = put(folder, path.parent, [path.name], overwrite=options.overwrite)
    report(progress, 1.0)
    return Packaged(done, {one.name: len(one.frame) for one in taken}, tuple(told.notes))


def _data(
    taken: Sequence[Taken], folder: Path, stem: str, options: PackageOptions, told: Told, progress: Progress
) -> list[str]:
    sheets = [sheet_of(one.frame, one.name, one.spec, told) for one in taken]
    quiet = Told()
    out = WriteOptions(format="gpkg", lang=options.lang)
    names = write_gpkg.make(sheets, folder, stem, out, told, part(progress, 0.0, 0.5))
    fitting = [sheet for sheet in sheets if len(sheet.shapes) < MAX_ROWS]
    for sheet in sheets:
        if sheet not in fitting:
            told.say("warning", "not_in_workbook", f"“{sheet.title('zh')}”行数超过工作表上限,仅在 GeoPackage 中",
                     f"'{sheet.name}' has more rows than a worksheet holds and is in the GeoPackage alone")  # fmt: skip
    if fitting:
        out = WriteOptions(format="xlsx", lang=options.lang)
        names += write_sheet.make(fitting, folder, stem, out, quiet, part(progress, 0.5, 1.0))
    # That a table has no shapes is no news beside the GeoPackage.
    told.notes.extend(note for note in quiet.notes if note.code != "shapes_left_out")
    return names


def _manifest(
    onemap: OneMap, taken: Sequence[Taken], options: PackageOptions, area: Any, clip: bool, as_of: date | None,
    tables: Path, progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    clock = write_gpkg.clock()
    day = as_of or clock.date()
    listed = []
    for k, one in enumerate(taken):
        report(progress, k / len(taken), one.name)
        listed.append(_layer(onemap, one, area, day, tables))
    chosen = {one.name for one in taken}
    return {
        "format": FORMAT, "version": VERSION, "made": clock.strftime("%Y-%m-%dT%H:%M:%SZ"), "crs": "EPSG:4490",
        "map": {
            "name": _map_name(onemap.source),
            "meta": {key: onemap.meta[key] for key in _META if key in onemap.meta},
        },
        "choice": {
            "as_of": as_of.isoformat() if as_of else None, "area": options.area_name or None, "clipped": clip,
            "area_bounds": [round(value, 6) for value in area.bounds] if area is not None else None,
        },
        "purpose": options.purpose, "classification": options.classification, "sender": options.sender,
        "receiver": options.receiver, "remark": options.remark, "lang": options.lang, "layers": listed,
        "layers_left_out": [
            {"layer": name, "title_zh": onemap.title(name, "zh"), "title_en": onemap.title(name, "en")}
            for name in onemap.layers() if name not in chosen
        ],
    }  # fmt: skip


def _map_name(source: str) -> str:
    """Return what the map is called; never a folder of the sender's, a server's address or a user."""
    if not source:
        return ""
    return parse(source).name if is_database(source) else Path(source).name


def _layer(onemap: OneMap, one: Taken, area: Any, day: date, tables: Path) -> dict[str, Any]:
    coverage = onemap.coverage(one.name, day)
    within = None
    if area is not None and coverage.area is not None:
        within = bool(shapely.covers(coverage.area, area))
    print_, content = onemap.fingerprint(one.name), _content(tables, one.name)
    bounds = one.frame.total_bounds if len(one.frame) else np.full(4, np.nan)
    return {
        "layer": one.name, "title_zh": one.title("zh"), "title_en": one.title("en"),
        "department": onemap.department(one.name),
        "rows": len(one.frame), "rows_in_map": one.rows,
        "left_out": {"not_in_force": one.not_in_force, "outside": one.outside},
        "cut": one.cut, "cut_off_m2": round(one.lost_m2, 1),
        "bounds": None if np.isnan(bounds[0]) else [round(float(value), 6) for value in bounds],
        **{key: round(value, 1) for key, value in one.measures().items()},
        "coverage": {
            "state": coverage.state, "as_of": coverage.complete_as_of.isoformat() if coverage.complete_as_of else None,
            "whole_area": within,
        },
        "provenance": _counted(one, "provenance"), "sources": _counted(one, "source"),
        "documents": _counted(one, "document_no"),
        "map_sha256": print_["sha256"], "newest": print_["newest"], "content_sha256": content["sha256"],
    }  # fmt: skip


def _content(tables: Path, name: str) -> dict[str, Any]:
    """Return the fingerprint of a table as SQLite gives it: whatever catalog a receiver has, it finds the same."""
    from ..catalog import Catalog
    from ..gpkg import read_table
    from ..onemap import OneMap

    frame = read_table(tables, name).drop(columns="fid", errors="ignore")
    return OneMap.from_frames({name: frame}, catalog=Catalog({}, {})).fingerprint(name)


def _counted(one: Taken, column: str) -> dict[str, int]:
    """Count the values of a column, the most frequent first; rows without one stand under an empty text."""
    if column not in one.frame or not len(one.frame):
        return {}
    cells = [
        "" if value is None or value != value else str(value) for value in one.frame[column].astype(object)
    ]
    values, counts = np.unique(np.array(cells, dtype=object).astype(str), return_counts=True)
    order = sorted(zip(values.tolist(), counts.tolist()), key=lambda pair: (-pair[1], pair[0]))
    return dict(order[:_MOST_SOURCES])


def _save(path: Path, words: str) -> None:
    path.write_bytes(words.encode("utf-8"))


def _print(path: Path) -> dict[str, Any]:
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": _digest(path)}


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


# --------------------------------------------------------------------------------------------------------
# Checking
# --------------------------------------------------------------------------------------------------------


def check(path: str | Path, *, progress: Progress = SILENT) -> Checked:
    """Hold a package against its fingerprints: of each file, and of each layer's content in the GeoPackage.

    A fingerprint tells that something changed on the way.  It is no signature: who can write the package can write its
    fingerprints too.

    Raises
    ------
    InputError
        If the file is not there or no package.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"Package {path} does not exist; check the path.")
    try:
        with zipfile.ZipFile(path) as archive:
            return _check(archive, path, progress)
    except (*_BROKEN, OSError, NotImplementedError, RuntimeError, ValueError, KeyError) as error:
        raise InputError(
            f"{path.name} cannot be read as a package"
            f" ({str(error).splitlines()[0] if str(error) else type(error).__name__}); ask"
            f" for it to be sent again."
        ) from error


def _check(archive: zipfile.ZipFile, path: Path, progress: Progress) -> Checked:
    names = archive.namelist()
    if MANIFEST not in names:
        raise InputError(
            f"{path.name} is no exchange package (it has no {MANIFEST}); check that it is the right file."
        )
    if sum(info.file_size for info in archive.infolist()) > _LARGEST:
        raise InputError(f"{path.name} would unpack to more than {_LARGEST >> 30} GB; it is not opened.")
    manifest = _read_manifest(archive, path)
    faults: list[tuple[str, str]] = []
    said = {str(one["name"]): str(one["sha256"]) for one in manifest["files"]}
    sums = _sums(archive) if SUMS in names else {}
    if SUMS not in names:
        faults.append((f"缺少 {SUMS}", f"{SUMS} is missing"))
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.append((f"{name} 在包中有多个", f"{name} stands in the package more than once"))
    for name in names:
        if name not in {*said, MANIFEST, SUMS}:
            faults.append((f"多出文件 {name}", f"{name} is not listed in the manifest"))
    for k, (name, wanted) in enumerate({**said, MANIFEST: sums.get(MANIFEST, "")}.items()):
        report(progress, 0.6 * k / (len(said) + 1), name)
        if name not in names:
            faults.append((f"缺少文件 {name}", f"{name} is missing"))
            continue
        found = _member_digest(archive, name)
        if found != wanted or sums.get(name, found) != found:
            faults.append(
                (
                    f"{name} 与发出时不一致(SHA-256 不符)",
                    f"{name} is not as it was sent (its SHA-256 differs)",
                )
            )
    layers = manifest["layers"]
    if not faults:
        faults += _check_layers(archive, said, layers, part(progress, 0.6, 1.0))
    report(progress, 1.0)
    return Checked(manifest, len(said) + 1, len(layers), tuple(faults))


def _read_manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    wrong = InputError(
        f"{path.name} is no exchange package of a version that is known here; ask what made it."
    )
    if archive.getinfo(MANIFEST).file_size > _LONGEST_TEXT:
        raise wrong
    try:
        manifest = json.loads(archive.read(MANIFEST).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise wrong from error
    if (
        not isinstance(manifest, dict)
        or manifest.get("format") != FORMAT
        or manifest.get("version") != VERSION
    ):
        raise wrong
    files, layers = manifest.get("files"), manifest.get("layers")
    if not isinstance(files, list) or not isinstance(layers, list):
        raise wrong
    if not all(isinstance(one, dict) and {"name", "sha256"} <= set(one) for one in files):
        raise wrong
    if not all(isinstance(one, dict) and {"layer", "content_sha256", "rows"} <= set(one) for one in layers):
        raise wrong
    return manifest


def _sums(archive: zipfile.ZipFile) -> dict[str, str]:
    if archive.getinfo(SUMS).file_size > _LONGEST_TEXT:
        return {}
    lines = archive.read(SUMS).decode("utf-8", "replace").splitlines()
    pairs = [line.split("  ", 1) for line in lines if "  " in line]
    return {name: digest for digest, name in pairs}


def _member_digest(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    try:
        with archive.open(name) as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except _BROKEN:
        return ""
    return digest.hexdigest()


def _check_layers(
    archive: zipfile.ZipFile, said: Mapping[str, str], layers: Sequence[Mapping[str, Any]], progress: Progress
) -> list[tuple[str, str]]:
    """Read the tables of the GeoPackage and compare what stands in them."""
    inside = next((name for name in said if name.endswith(".gpkg")), None)
    if inside is None:
        return [("包中没有 GeoPackage", "the package has no GeoPackage")]
    faults = []
    with tempfile.TemporaryDirectory(prefix="envzones-") as folder:
        file = Path(folder) / "data.gpkg"
        with archive.open(inside) as source, file.open("wb") as out:
            while block := source.read(_BLOCK):
                out.write(block)
        for k, one in enumerate(layers):
            name = str(one["layer"])
            report(progress, k / len(layers), name)
            try:
                content = _content(file, name)
            except InputError as error:
                faults.append((f"图层 {name} 无法读取", f"layer {name} cannot be read ({error})"))
                continue
            if content["sha256"] != one["content_sha256"] or content["rows"] != one["rows"]:
                faults.append(
                    (
                        f"图层 {name} 的内容与清单不符",
                        f"the content of layer {name} is not what the manifest says",
                    )
                )
    return faults
