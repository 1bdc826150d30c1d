"""Any layer in the format that another office asks for.

A writer never drops in silence: what a format cannot hold is refused in one sentence, or done and told in a note where
the options say so.  All files of one call are made under other names and put in their places together; until then, and
where anything fails, what was there before stays as it was.
"""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import shapely

from ..errors import InputError
from ..geodesy import densified, to_storage
from ..progress import SILENT, Progress, part, report
from .crs_systems import BD09, GCJ02
from .model import CrsChoice, Note
from .write_columns import Sheet, Told, sheet_of

if TYPE_CHECKING:
    import geopandas as gpd

    from ..catalog import LayerSpec

_FORMATS: dict[str, tuple[str, ...]] = {
    "shapefile": (".shp",),
    "gpkg": (".gpkg",),
    "geojson": (".geojson", ".json"),
    "kml": (".kml",),
    "kmz": (".kmz",),
    "dxf": (".dxf",),
    "csv": (".csv",),
    "xlsx": (".xlsx",),
    "txt": (".txt",),
}
_MODULES = {
    "shapefile": "write_shapefile", "gpkg": "write_gpkg", "geojson": "write_geojson", "kml": "write_kml",
    "kmz": "write_kml", "dxf": "write_dxf", "csv": "write_sheet", "xlsx": "write_sheet", "txt": "write_txt",
}  # fmt: skip
#: Formats whose files hold any number of layers; of the others each layer is a file of its own.
MANY_LAYERS = frozenset({"gpkg", "kml", "kmz", "dxf", "xlsx"})
#: Edges up to this long (degrees) are within 1 mm of straight in either; deviations up to this (metres) are not told.
_STRAIGHT_DEG, _TOLD_M, _LONGEST = 0.002, 0.02, 1000
#: Beside a file that is replaced, what else belongs to it and would contradict the new one.
_SIDES = {
    "shapefile": (
        ".dbf", ".shx", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".qpj", ".cst", ".idm", ".ind", ".shp.xml",
        ".fields.csv",
    ),
    "gpkg": (".gpkg-journal", ".gpkg-wal", ".gpkg-shm"),
}  # fmt: skip


@dataclass(frozen=True)
class WriteOptions:
    """How layers are written; what is left empty is what the format usually has.

    Attributes
    ----------
    format : str
        A name of :func:`formats`; empty for what the file's suffix says.
    crs : CrsChoice or None
        Move the coordinates there; None leaves them (KML and GeoJSON have their own by definition).
    encoding : str
        Of text: shapefile ``utf-8`` (default) or ``gbk``, CSV ``utf-8-sig`` (default), ``utf-8`` or ``gb18030``,
        DXF ``gbk``
        (default) or ``utf-8``.
    lossy : bool
        Write ``?`` for characters that the encoding lacks, and cut what is too long, each told; else that is refused.
    lang : str
        ``zh`` or ``en``, for titles.
    titles : bool or None
        Field titles instead of names; None for what the format usually has (tables and KML: titles).
    labels : bool or None
        Titles of codes instead of the codes; None likewise.
    overwrite : bool
        Replace files that are there.
    layer : str
        Name of the one layer within the file; empty for that of the layer, or the file's.
    split : bool
        Mixed geometries into one shapefile per kind; else they are refused.
    columns : tuple of str
        What CSV and XLSX have beside the fields: ``degrees``, ``dms``, ``wkt``, ``xy``, ``areas``.
    densify : bool
        Add vertices to edges that are straight in degrees and would not be in the projection, so that they stay within
        1 mm; else such edges are left to be straight in the projection, and by how much they move is told.
    label : str
        Field whose text stands at the shapes of a DXF, or names the places of a KML.
    layer_by : str
        Field whose values are the layers of a DXF.
    degrees : bool
        Let a DXF hold degrees.
    text_height : float
        Height of labels in a DXF, in metres; 0 for what fits the drawing.
    txt : object
        ``boundary_txt_write.TxtOptions`` for boundary-point TXT.
    """

    format: str = ""
    crs: CrsChoice | None = None
    encoding: str = ""
    lossy: bool = False
    lang: str = "zh"
    titles: bool | None = None
    labels: bool | None = None
    overwrite: bool = False
    layer: str = ""
    split: bool = False
    columns: tuple[str, ...] = ("degrees", "dms", "areas")
    densify: bool = False
    label: str = ""
    layer_by: str = ""
    degrees: bool = False
    text_height: float = 0.0
    txt: Any = None


@dataclass(frozen=True)
class Written:
    """The files that were written, and what there is to tell of them."""

    paths: tuple[Path, ...]
    notes: tuple[Note, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)


class _Writer(Protocol):
    """A module that writes sheets into a folder and returns the names of its files."""

    def make(
        self,
        sheets: Sequence[Sheet],
        folder: Path,
        stem: str,
        options: WriteOptions,
        told: Told,
        progress: Progress,
    ) -> list[str]: ...


#: What the formats usually have.
PLAIN = WriteOptions()


def formats() -> dict[str, tuple[str, ...]]:
    """Return the formats by name, with the suffixes of their files."""
    return dict(_FORMATS)


def write(
    frame: gpd.GeoDataFrame, path: str | Path, options: WriteOptions = PLAIN, *, spec: LayerSpec | None = None,
    progress: Progress = SILENT,
) -> Written:  # fmt: skip
    """Write one layer.

    Parameters
    ----------
    frame : GeoDataFrame
        In any reference system; without one only where `options.crs` is left out.
    path : path
        The file to be written; of a shapefile the .shp.
    spec : LayerSpec, optional
        Gives types, titles, codes and colours.

    Raises
    ------
    InputError
        If the format cannot hold the layer, or a file cannot be written or is there already.
    Cancelled
        Nothing was written.
    """
    path = Path(path)
    name = options.layer or (spec.name if spec and format_of(path, options) in MANY_LAYERS else path.stem)
    return write_layers({name: (frame, spec)}, path, options, progress=progress)


def write_layers(
    layers: Mapping[str, tuple[gpd.GeoDataFrame, LayerSpec | None]], path: str | Path, options: WriteOptions = PLAIN, *,
    progress: Progress = SILENT,
) -> Written:  # fmt: skip
    """Write several layers: into one file where the format can, else into files ``<stem>_<layer>`` beside each other.

    `layers` maps names to frames with their definitions, None for layers that the catalog does not know; otherwise as
    :func:`write`.
    """
    path = Path(path)
    chosen = format_of(path, options)
    _check_place(path, chosen)
    if options.lang not in ("zh", "en"):
        raise InputError(f"Titles are written in zh or en, not '{options.lang}'; choose one of the two.")
    if not layers:
        raise InputError(f"There is no layer to write into {path.name}; choose at least one.")
    options = replace(options, format=chosen)
    told = Told()
    sheets = []
    for k, (name, (frame, spec)) in enumerate(layers.items()):
        report(progress, 0.2 * k / len(layers), name)
        there = moved(frame, options.crs, name, told, options.densify)
        report(progress, 0.2 * (k + 0.5) / len(layers), name)
        sheets.append(sheet_of(there, name, spec, told, system_of(options.crs)))
    report(progress, 0.2)
    writer: _Writer = importlib.import_module(f".{_MODULES[chosen]}", __package__)
    inner = part(progress, 0.2, 0.95)
    with Workplace(path) as folder:
        if chosen in MANY_LAYERS or len(sheets) == 1:
            names = writer.make(sheets, folder, path.stem, options, told, inner)
        else:
            names = []
            for k, sheet in enumerate(sheets):
                share = part(inner, k / len(sheets), (k + 1) / len(sheets))
                names += writer.make(
                    [sheet], folder, f"{path.stem}_{file_name(sheet.name)}", options, told, share
                )
        report(progress, 0.97)
        paths = put(folder, path.parent, names, overwrite=options.overwrite, sides=_SIDES.get(chosen, ()))
    report(progress, 1.0)
    return Written(paths, tuple(told.notes), {sheet.name: len(sheet.shapes) for sheet in sheets})


def format_of(path: Path, options: WriteOptions = PLAIN) -> str:
    """Return the format that the options or the suffix name.

    Raises
    ------
    InputError
        If it is none that can be written.
    """
    if options.format:
        if options.format not in _FORMATS:
            raise InputError(f"'{options.format}' is no format to write; use one of {', '.join(_FORMATS)}.")
        return options.format
    for name, suffixes in _FORMATS.items():
        if path.suffix.lower() in suffixes:
            return name
    said = ", ".join(suffix for suffixes in _FORMATS.values() for suffix in suffixes)
    raise InputError(
        f"{path.name} does not say in which format to write; end it in one of {said}, or name the format."
    )


def moved(
    frame: gpd.GeoDataFrame, choice: CrsChoice | None, what: str, told: Told, densify: bool = False
) -> gpd.GeoDataFrame:
    """Return the frame in the system that is wanted; as it is where none is, or it is there already."""
    if choice is None:
        return frame
    if frame.crs is None:
        raise InputError(
            f"Layer '{what}' does not say what its coordinates are in, so that they cannot be brought to"
            f" {choice.crs}; say what"
            f" they are in first."
        )
    from .crs_apply import from_4490

    if choice.shift is None and not choice.swap and _same(frame, choice.crs):
        return frame
    stored = to_storage(frame, what)
    out = from_4490(stored, choice)
    if out.crs is None or out.crs.is_geographic or choice.swap:
        return out
    if densify:
        shapes = np.asarray(stored.geometry.array, dtype=object)
        return from_4490(stored.set_geometry(densified(shapes, _STRAIGHT_DEG), crs=stored.crs), choice)
    bent = _bent_m(stored, choice)
    if bent > _TOLD_M:
        told.say("info", "edges_straightened",
                 f"“{what}”的长边在投影坐标系中取直线,最大偏离 {bent:.2f} m(需要时可加密节点)",
                 f"long edges of '{what}' are straight in the projection, up to {bent:.2f} m off (vertices can"
                 f" be added)")  # fmt: skip
    return out


def _bent_m(stored: gpd.GeoDataFrame, choice: CrsChoice) -> float:
    """Return how far the middles of edges move, at most, between straight in degrees and in the projection."""
    import geopandas as gpd

    from .crs_apply import from_4490

    shapes = np.asarray(stored.geometry.array, dtype=object)
    rings = shapely.get_parts(shapes)
    flat = np.concatenate(
        [rings[shapely.get_dimensions(rings) == 1], shapely.get_rings(rings[shapely.get_type_id(rings) == 3])]
    )
    before, owner = shapely.get_coordinates(flat, return_index=True)
    if len(before) < 2:
        return 0.0
    edge = np.flatnonzero(owner[1:] == owner[:-1])
    # Of all edges only the longest can move most.
    edge = edge[np.argsort(np.abs(before[edge + 1] - before[edge]).sum(axis=1))[-_LONGEST:]]
    ends = np.concatenate([before[edge], before[edge + 1], (before[edge] + before[edge + 1]) / 2])
    points = gpd.GeoDataFrame(geometry=shapely.points(ends), crs=stored.crs)
    first, last, middle = np.split(
        shapely.get_coordinates(np.asarray(from_4490(points, choice).geometry.array)), 3
    )
    along, aside = (last - first).T, (middle - first).T
    length = np.hypot(*along)
    # What moves along the edge changes nothing.
    off = np.abs(along[0] * aside[1] - along[1] * aside[0])[length > 0] / length[length > 0]
    return float(off.max(initial=0.0))


def _same(frame: gpd.GeoDataFrame, wanted: str) -> bool:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return bool(frame.crs == CRS.from_user_input(wanted))
    except CRSError:
        return False


def system_of(choice: CrsChoice | None) -> str:
    """Return ``gcj02`` or ``bd09`` where the coordinates are written so, else an empty text."""
    wanted = choice.crs.lower() if choice else ""
    return wanted if wanted in (GCJ02, BD09) else ""


# --------------------------------------------------------------------------------------------------------
# Files
# --------------------------------------------------------------------------------------------------------


def file_name(words: str) -> str:
    """Return words as a part of a file's name that every system accepts."""
    clean = "".join("_" if char in '<>:"/\\|?*' or ord(char) < 32 else char for char in words).strip(" .")
    return clean[:80] or "_"


def _check_place(path: Path, chosen: str) -> None:
    if path.suffix.lower() not in _FORMATS[chosen]:
        raise InputError(
            f"{path.name} is to be written as {chosen}; let its name end in {_FORMATS[chosen][0]}."
        )
    if not path.parent.is_dir():
        raise InputError(f"Folder {path.parent} does not exist; create it or choose another for {path.name}.")
    if path.is_dir():
        raise InputError(f"{path} is a folder; give the name of a file in it.")


class Workplace:
    """A folder of our own beside the target, on the same disk, gone when it is left."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder: Path | None = None

    def __enter__(self) -> Path:
        try:
            self._folder = Path(
                tempfile.mkdtemp(prefix=f".{self._path.stem[:40]}-", suffix=".part", dir=self._path.parent)
            )
        except OSError as error:
            raise InputError(
                f"Folder {self._path.parent} cannot be written to ({error.strerror}); choose another for"
                f" {self._path.name}."
            ) from error
        return self._folder

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def put(
    folder: Path, target: Path, names: Sequence[str], *, overwrite: bool, sides: Iterable[str] = ()
) -> tuple[Path, ...]:
    """Put finished files in their places, all or none; `sides` are suffixes of files that go with those replaced.

    Raises
    ------
    InputError
        If one is there already and is not to be replaced, or cannot be; then all is as it was before.
    """
    folded = [name.casefold() for name in names]
    if len(set(folded)) < len(folded):
        raise InputError(
            "Two of the files to be written would have the same name; give the layers other names."
        )
    there = [name for name in names if (target / name).exists()]
    if there and not overwrite:
        raise InputError(f"{target / there[0]} exists already; choose another name or allow overwriting.")
    stems = {Path(name).stem for name in names}
    stale = [f"{stem}{side}" for stem in stems for side in sides if f"{stem}{side}" not in names]
    umask = os.umask(0)
    os.umask(umask)
    kept, new = folder / "kept", []
    kept.mkdir()
    moved_away: list[str] = []
    try:
        for name in [*there, *(name for name in stale if (target / name).is_file() and there)]:
            os.replace(target / name, kept / name)
            moved_away.append(name)
        for name in names:
            os.chmod(folder / name, 0o666 & ~umask)
            os.replace(folder / name, target / name)
            new.append(name)
    except OSError as error:
        _undo(target, kept, new, moved_away)
        raise InputError(
            f"{target / Path(str(error.filename or names[0])).name} cannot be written"
            f" ({error.strerror or error}); close it"
            f" where it is open, or choose another name."
        ) from error
    except BaseException:
        _undo(target, kept, new, moved_away)
        raise
    return tuple(target / name for name in names)


def _undo(target: Path, kept: Path, new: Sequence[str], away: Sequence[str]) -> None:
    for name in new:
        (target / name).unlink(missing_ok=True)
    for name in away:
        os.replace(kept / name, target / name)
