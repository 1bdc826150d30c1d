"""Boundary-point TXT (界址点坐标文件) as each office wants it.

Numbers are settled as whole units of the last decimal before anything is counted, so that the area printed is exactly
that of the points printed, and a file read and written again is the same to the byte.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..catalog import LayerSpec
from ..errors import InputError
from ..progress import SILENT, Progress, report
from .boundary_txt_grid import DATUMS, parts_of, placed, system_of, twice, zone_of
from .boundary_txt_lines import PLACES
from .crs_systems import System
from .model import CrsChoice, Note

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Grid = NDArray[np.int64]

_UNITS = {
    "ha": (Fraction(1, 10_000), "公顷", "ha"), "m2": (Fraction(1), "平方米", "m²"), "mu": (Fraction(3, 2000), "亩", "mu"),
}  # fmt: skip
#: Where a plot's cells come from unless it is said otherwise: the first of these columns that there is.
_SOURCES = {"plot_no": ("plot_no", "code", "id"), "plot_name": ("plot_name", "name")}
_EXTRA = ("field_9", "field_10", "field_11")
_BREAKS = str.maketrans({",": "，", "@": "＠"})
_EQUALS = str.maketrans({"=": "＝"})
_CONTROL = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ufeff\ud800-\udfff]+")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\s]+')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_LONGEST_NAME = 60
_STEP = 200


@dataclass(frozen=True)
class TxtOptions:
    """What a boundary-point TXT looks like.

    Attributes
    ----------
    crs : CrsChoice
        A 3° or 6° Gauss-Krüger grid (``EPSG:4526``, ``EPSG:4547``); whether eastings bear the zone's number is said
        by `zone_prefix` alone.
    header : bool
        Write the block [属性描述].
    block_project : mapping or None
        Keys and values of the block [项目信息], which only some regions have.
    producer, date, version, precision : str
        数据产生单位, 数据产生日期, 格式版本号, 精度 (that of the decimals where it is empty).
    j_prefix : str
        Before the numbers of points: ``J`` or nothing.
    pad : int
        Digits of a point's number at least: 2 for J01.
    labels : str
        Points are numbered by ``ring``, through the ``plot``, or ``kept`` as the column ``point_labels`` has them.
    closing : bool
        Repeat the first point at the end of a ring.
    count_closing : bool
        Count the closing points among the points of a plot, where they are written.
    zone_prefix : bool
        Write the zone's number before the easting.
    decimals : int
        Of coordinates, 2 to 4.
    area_unit : str
        ``ha``, ``m2`` or ``mu``.
    area_decimals : int
        Of areas, up to 8.
    area_cut : bool
        Cut areas off after their last decimal, as some programs do, instead of rounding them.
    swap : bool
        East before north.
    fields : int
        Cells of a plot's line, the mark included: 9, or 12 with the columns ``field_9`` to ``field_11``; 0 for no such
        lines.
    at : str
        Where the mark @ stands: ``end``, ``start``, ``none``.
    rings : str
        Rings are numbered on through a plot (``plot``), or from 1 in each of its parts (``part``).
    many_files : bool
        A file per plot, named by its number and name.
    full_width_brackets : bool
        【】 instead of [].
    thin : bool
        Leave out vertices within 0.5 mm of the straight line between others, as programs add them.
    from_north_west : bool
        Outer rings clockwise from their north-western vertex, holes the other way round; else as drawn.
    columns : mapping
        Cell (``plot_no``, ``plot_name``, ``map_sheet``, ``land_use``, ``land_class``, ``field_9``…) -> column of the
        frame.
    """

    crs: CrsChoice
    header: bool = True
    block_project: Mapping[str, str] | None = None
    producer: str = ""
    date: str = ""
    version: str = "1.01版本"
    precision: str = ""
    j_prefix: str = "J"
    pad: int = 2
    labels: str = "ring"
    closing: bool = True
    count_closing: bool = True
    zone_prefix: bool = True
    decimals: int = 3
    area_unit: str = "ha"
    area_decimals: int = 4
    area_cut: bool = False
    swap: bool = False
    fields: int = 9
    at: str = "end"
    rings: str = "plot"
    newline: str = "\r\n"
    encoding: str = "utf-8"
    many_files: bool = False
    full_width_brackets: bool = False
    thin: bool = False
    from_north_west: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WrittenTxt:
    """The files that were written, and what a user should know of them."""

    paths: tuple[Path, ...]
    notes: tuple[Note, ...]


@dataclass
class _Plot:
    """A plot to write: its place in the frame, kind, and rings by part, (m, 2) whole units of (east, north)."""

    row: int
    kind: str
    parts: list[list[Grid]]
    cells: dict[str, str] = field(default_factory=dict)


def write_txt(
    frame: gpd.GeoDataFrame, path: str | Path, options: TxtOptions, *, spec: LayerSpec | None = None,
    progress: Progress = SILENT,
) -> WrittenTxt:  # fmt: skip
    """Write plots as boundary-point TXT.

    Parameters
    ----------
    frame : GeoDataFrame, shape (n,)
        Polygons, lines or points in any CRS of CGCS2000 or WGS 84, or in the grid of `options` itself; rows without
        geometry are left out and noted.
    path : path
        The file; with `many_files` the folder, or a file whose name goes before those of the plots.
    spec : LayerSpec, optional
        The layer, for messages.

    Raises
    ------
    InputError
        If the options contradict each other, the grid is none, the plots lie outside it, or the file cannot be
        written.
    Cancelled
        If the progress says so; nothing was written.
    """
    _check(options)
    path = Path(path)
    if len(frame) == 0:
        raise InputError(f"There are no plots to write to {path.name}; choose a layer that has some.")
    notes: list[Note] = []
    system = system_of(options.crs)
    shapes = placed(frame, options.crs, system, notes)
    plots = _plots(shapes, options, notes, progress)
    if not plots:
        raise InputError(f"No plot of {spec.zh if spec else 'the layer'} has a geometry that a"
                         " boundary-point TXT can hold.")
    _measured(plots, system, options, notes)
    _named(plots, frame, options, notes)
    contents = _files(plots, frame, path, options, system, progress)
    _publish(contents, progress)
    report(progress, 1.0)
    return WrittenTxt(tuple(contents), tuple(notes))


def _check(options: TxtOptions) -> None:
    allowed = {
        "labels": ("ring", "plot", "kept"), "decimals": (2, 3, 4), "area_unit": tuple(_UNITS), "fields": (0, 9, 12),
        "at": ("end", "start", "none"), "rings": ("plot", "part"), "newline": ("\n", "\r\n"),
        "encoding": ("utf-8", "utf-8-sig", "gb18030"), "area_decimals": tuple(range(9)), "pad": tuple(range(8)),
    }  # fmt: skip
    for name, values in allowed.items():
        if getattr(options, name) not in values:
            said = ", ".join(repr(value) for value in values)
            raise InputError(f"{name} of a boundary-point TXT is {getattr(options, name)!r}; it is one of {said}.")
    if not re.fullmatch("[A-Za-z]{0,4}", options.j_prefix, re.ASCII):
        raise InputError(f"The prefix of points is '{options.j_prefix}'; it is up to four letters, or nothing.")
    if options.rings == "part" and (options.fields == 0 or not (options.closing or options.labels == "ring")):
        raise InputError(
            "Rings numbered anew in each part cannot be told apart without lines for plots, or without"
            " closing points and"
            " numbers by ring; number rings through the plot."
        )
    if options.labels == "kept" and (options.from_north_west or not options.closing):
        raise InputError("Kept names of points need the order of points as it is, and closing points; change"
                         " one of them.")
    unknown = [name for name in options.columns if name not in (*PLACES[2:4], *PLACES[5:], *_EXTRA)]
    if unknown:
        raise InputError(f"A plot's line has no cell '{unknown[0]}'; it has"
                         f" {', '.join((*PLACES[2:4], *PLACES[5:], *_EXTRA))}.")


# --------------------------------------------------------------------------------------------------------
# Plots
# --------------------------------------------------------------------------------------------------------


def _plots(shapes: NDArray[Any], options: TxtOptions, notes: list[Note], progress: Progress) -> list[_Plot]:
    """Bring geometries to whole units of the last decimal."""
    plots: list[_Plot] = []
    empty: list[int] = []
    for row, shape in enumerate(shapes):
        if row % _STEP == 0:
            report(progress, 0.5 * row / len(shapes))
        if shape is None or shape.is_empty:
            empty.append(row + 1)
            continue
        kind = {"Polygon": "面", "LineString": "线", "LinearRing": "线", "Point": "点"}.get(
            shape.geom_type.removeprefix("Multi")
        )
        if kind is None:
            raise InputError(f"Plot {row + 1} is a {shape.geom_type}, which mixes kinds; split it into"
                             " areas, lines and points.")
        if kind != "面" and options.fields == 0:
            raise InputError(f"Plot {row + 1} is no area; without lines for plots a file can hold areas alone.")
        plots.append(_Plot(row, kind, parts_of(shape, kind, row, options, notes)))
    if empty:
        shown = ", ".join(map(str, empty[:10])) + (" …" if len(empty) > 10 else "")
        notes.append(Note("warning", "no_geometry", f"{len(empty)} 个要素没有图形,未写出:第 {shown} 个",
                          f"{len(empty)} features have no geometry and were left out: number"
                          f" {shown}", empty[0]))  # fmt: skip
    return plots


def _square_metres(plot: _Plot, decimals: int) -> Fraction:
    if plot.kind != "面":
        return Fraction(0)
    total = sum(abs(twice(rings[0])) - sum(abs(twice(hole)) for hole in rings[1:]) for rings in plot.parts)
    return Fraction(total, 2 * 100**decimals)


def _measured(plots: list[_Plot], system: System, options: TxtOptions, notes: list[Note]) -> None:
    """Print the area of each plot, and tell how it stands to the zone and to the ellipsoid."""
    from pyproj import CRS, Transformer

    from ..geodesy import area_m2

    scale = 10.0**options.decimals
    xy = np.concatenate([ring for plot in plots for rings in plot.parts for ring in rings]) / scale
    outside = (xy[:, 0] < 1e5) | (xy[:, 0] >= 9e5) | (xy[:, 1] < 0) | (xy[:, 1] >= 1e7)
    if outside.any() or not np.isfinite(xy).all():
        raise InputError(
            f"Some points lie hundreds of kilometres outside the zone of {system.en} ({system.crs}); choose"
            " the zone of the plots."
        )
    crs = CRS.from_user_input(system.crs)
    back = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    lon = np.asarray(back.transform(xy[:, 0], xy[:, 1])[0])
    if (np.abs(lon - system.meridian) > system.width / 2 + 0.25).any():
        low, high = float(lon.min()), float(lon.max())
        notes.append(Note(
            "warning", "outside_zone",
            f"地块在东经 {low:.2f}°至 {high:.2f}°,超出中央经线 {system.meridian}°的 {system.width} 度带,长度变形较大",
            f"the plots lie at {low:.2f}° to {high:.2f}°E, outside the {system.width}-degree zone of"
            f" {system.meridian}°E, where the"
            f" grid stretches lengths",
        ))  # fmt: skip
    areas = [_square_metres(plot, options.decimals) for plot in plots]
    factor, zh, en = _UNITS[options.area_unit]
    for plot, m2 in zip(plots, areas):
        shown = _decimal(m2 * factor, options.area_decimals, cut=options.area_cut)
        plot.cells["area_ha"] = shown if plot.kind == "面" else ""
    if not any(areas):
        return
    flat = [
        shapely.Polygon(rings[0] / scale, [hole / scale for hole in rings[1:]])
        for plot in plots if plot.kind == "面" for rings in plot.parts
    ]  # fmt: skip
    degrees = shapely.transform(
        np.array(flat, dtype=object), lambda c: np.column_stack(back.transform(c[:, 0], c[:, 1]))
    )
    curved = Fraction(float(area_m2(degrees).sum()))
    total, true = (_decimal(m2 * factor, options.area_decimals) for m2 in (sum(areas, Fraction(0)), curved))
    notes.append(Note(
        "info", "area_printed", f"文件中为投影面积(合计 {total} {zh});相应的椭球面积合计 {true} {zh}",
        f"the file has planar areas of the projection (in all {total} {en}); on the ellipsoid they are {true} {en}",
    ))  # fmt: skip


def _decimal(value: Fraction, places: int, *, cut: bool = False) -> str:
    """A number with so many decimals, cut off or halves rounded up."""
    whole = int(value * 10**places + (0 if cut else Fraction(1, 2)))
    return _number(whole, places)


def _number(whole: int, places: int) -> str:
    """A number given in units of its last decimal."""
    if not places:
        return str(whole)
    sign, whole = ("-", -whole) if whole < 0 else ("", whole)
    return f"{sign}{whole // 10**places}.{whole % 10**places:0{places}d}"


# --------------------------------------------------------------------------------------------------------
# Text
# --------------------------------------------------------------------------------------------------------


def clean(value: object) -> str:
    """Return a value as a cell of the format: commas and @ full-width, no line ends."""
    if value is None or (isinstance(value, float) and not np.isfinite(value)) or str(value) in ("<NA>", "NaT"):
        return ""
    said = f"{value:.15g}" if isinstance(value, float) else str(value)
    said = _CONTROL.sub(" ", said).translate(_BREAKS).strip()
    # A mark that stands alone would be taken for that of the line.
    return said if said.strip("＠") else ""


def _named(plots: list[_Plot], frame: gpd.GeoDataFrame, options: TxtOptions, notes: list[Note]) -> None:
    """Fill the plots' cells from the frame's columns."""
    changed: dict[str, list[int]] = {}
    for name in (*PLACES[2:4], *PLACES[5:], *(_EXTRA if options.fields == 12 else ())):
        source = options.columns.get(name)
        if source is not None and source not in frame:
            raise InputError(f"There is no column '{source}' for {name}; there are"
                             f" {', '.join(map(str, frame.columns[:30]))}.")
        source = source or next((one for one in _SOURCES.get(name, (name,)) if one in frame), None)
        values = frame[source].tolist() if source is not None else None
        for plot in plots:
            value = None if values is None else values[plot.row]
            cell = clean(value)
            if isinstance(value, str) and cell != value.strip():
                changed.setdefault(str(source), []).append(plot.row + 1)
            plot.cells[name] = cell or (str(plot.row + 1) if name == "plot_no" else "")
    for column, rows in changed.items():
        notes.append(Note(
            "warning", "text_changed", f"字段“{column}”有 {len(rows)} 个值含有逗号、@ 或换行,已改为全角或空格(首个:第 {rows[0]} 个)",
            f"{len(rows)} values of '{column}' hold commas, @ or line ends, which were made full-width or"
            " spaces (first: number"
            f" {rows[0]})", rows[0],
        ))  # fmt: skip


def _head(options: TxtOptions, system: System) -> Iterator[str]:
    left, right = "【】" if options.full_width_brackets else "[]"
    if options.block_project is not None:
        yield f"{left}项目信息{right}"
        for key, value in options.block_project.items():
            yield f"{clean(key).translate(_EQUALS) or '项目'}={clean(value)}"
    if options.header:
        yield f"{left}属性描述{right}"
        yield f"格式版本号={clean(options.version)}"
        yield f"数据产生单位={clean(options.producer)}"
        yield f"数据产生日期={clean(options.date)}"
        yield f"坐标系={DATUMS[system.datum]}"
        yield f"几度分带={system.width}"
        yield "投影类型=高斯克吕格"
        yield "计量单位=米"
        yield f"带号={zone_of(system)}"
        yield f"精度={clean(options.precision) or _number(1, options.decimals)}"
        yield "转换参数=0,0,0,0,0,0,0"
    if options.header or options.block_project is not None:
        yield f"{left}地块坐标{right}"


def _body(plot: _Plot, kept: object, options: TxtOptions, system: System) -> Iterator[str]:
    """The lines of a plot."""
    closes = options.closing and plot.kind == "面"
    rings = [(part, k, ring) for part, rings in enumerate(plot.parts) for k, ring in enumerate(rings)]
    points = sum(len(ring) for _, _, ring in rings)
    if options.fields:
        said = points + (len(rings) if closes and options.count_closing else 0)
        cells = [str(said), *(plot.kind if name == "kind" else plot.cells.get(name, "") for name in PLACES[1:])]
        cells += [plot.cells.get(name, "") for name in _EXTRA] if options.fields == 12 else []
        yield ",".join([*(["@"] if options.at == "start" else []), *cells, *(["@"] if options.at == "end" else [])])
    names = _labels(kept, [len(ring) for _, _, ring in rings]) if options.labels == "kept" else None
    through = count(1)
    number = 0
    offset = zone_of(system) * 10 ** (6 + options.decimals) if options.zone_prefix else 0
    for _, k, ring in rings:
        number = k + 1 if options.rings == "part" and plot.kind == "面" else number + 1
        numbers = through if options.labels == "plot" else count(1)
        labels = names.pop(0) if names else [f"{options.j_prefix}{next(numbers):0{options.pad}d}" for _ in ring]
        lines = []
        for label, (east, north) in zip(labels, ring.tolist()):
            pair = _number(north, options.decimals), _number(east + offset, options.decimals)
            lines.append(f"{label},{number},{','.join(pair[::-1] if options.swap else pair)}")
        yield from lines
        if closes:
            yield lines[0]


def _labels(kept: object, sizes: list[int]) -> list[list[str]] | None:
    """The names of points that a frame kept, where they are as many as the points."""
    try:
        said = json.loads(kept) if isinstance(kept, str) else None
    except ValueError:
        return None
    if not isinstance(said, list) or not all(isinstance(ring, list) for ring in said):
        return None
    if [len(ring) for ring in said] != sizes:
        return None
    return [[clean(name).translate(_EQUALS) for name in ring] for ring in said]


def _files(
    plots: list[_Plot], frame: gpd.GeoDataFrame, path: Path, options: TxtOptions, system: System, progress: Progress
) -> dict[Path, bytes]:
    """Return the bytes of each file."""
    head = list(_head(options, system))
    has_labels = options.labels == "kept" and "point_labels" in frame
    kept = frame["point_labels"].tolist() if has_labels else [None] * len(frame)
    bodies: list[list[str]] = []
    for k, plot in enumerate(plots):
        if k % _STEP == 0:
            report(progress, 0.5 + 0.4 * k / len(plots), path.name)
        bodies.append(list(_body(plot, kept[plot.row], options, system)))

    def encoded(lines: list[str]) -> bytes:
        return (options.newline.join(lines) + options.newline).encode(options.encoding)

    if not options.many_files:
        if not path.parent.is_dir():
            raise InputError(f"Folder {path.parent} does not exist; create it or choose another for {path.name}.")
        if path.is_dir():
            raise InputError(f"{path} is a folder; give the name of a file in it.")
        return {path: encoded([*head, *(line for body in bodies for line in body)])}
    single = path.suffix.lower() == ".txt"
    folder, before = (path.parent, f"{path.stem}_") if single else (path, "")
    if not folder.is_dir():
        raise InputError(f"Folder {folder} does not exist; create it or choose another for the files of the plots.")
    taken: set[str] = set()
    out: dict[Path, bytes] = {}
    for plot, body in zip(plots, bodies):
        name = _file_name(f"{before}{plot.cells['plot_no']}_{plot.cells['plot_name']}", taken)
        out[folder / f"{name}.txt"] = encoded([*head, *body])
    return out


def _file_name(wanted: str, taken: set[str]) -> str:
    """A name that every system takes and no other plot has, whatever the case of its letters."""
    name = _FORBIDDEN.sub("_", wanted).strip("._ ")
    while len(name.encode()) > 3 * _LONGEST_NAME or len(name) > _LONGEST_NAME:
        name = name[:-1].rstrip("._ ")
    name = f"_{name}" if _RESERVED.match(name) or not name else name
    found = name
    for k in count(2):
        if found.lower() not in taken:
            break
        found = f"{name}_{k}"
    taken.add(found.lower())
    return found


def _publish(contents: Mapping[Path, bytes], progress: Progress) -> None:
    """Write all files under temporary names, then put them in place."""
    mark = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
    made: dict[Path, Path] = {}
    here = next(iter(contents))
    try:
        for k, (path, content) in enumerate(contents.items()):
            if k % _STEP == 0:
                report(progress, 0.9 + 0.1 * k / len(contents), path.name)
            here = path
            made[path] = path.with_name(f".{mark}-{k}.part")
            made[path].write_bytes(content)
        for path, temporary in made.items():
            here = path
            os.replace(temporary, path)
    except OSError as error:
        raise InputError(
            f"{here} cannot be written ({error.strerror or error}); close it where it is open, or choose"
            " another name."
        ) from error
    finally:
        for temporary in made.values():
            temporary.unlink(missing_ok=True)
