"""Boundary-point TXT (界址点坐标文件) in the dialects that offices write.

A file has blocks ``[项目信息]`` (some regions), ``[属性描述]`` and ``[地块坐标]``, any of which may be missing.
A plot's line holds the number of its points, its area, number, name, kind (点/线/面), sheet, use and class, and an
``@``; each of its points a label, the number of the ring, the north and the east.  Whatever is put in order is noted;
nothing is repaired in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..progress import SILENT, Progress, report
from . import text
from .boundary_txt_header import Notes, declared, system_of, words_of
from .boundary_txt_lines import Line, Said, parsed
from .boundary_txt_rings import BadRing, Points, Ring, cut, lines_of, shape_of
from .crs_guard import (
    DEGREES,
    DEGREES_SWAPPED,
    ELSEWHERE,
    GRID,
    GRID_SWAPPED,
    NONE,
    ZONED,
    ZONED_SWAPPED,
    classes,
)
from .model import PLAIN, Foreign, LayerSummary, ReadOptions, Reject

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST = 256 << 20
_HEAD = 65536
_STEP = 500
_FAR_M, _FAR_DEG = 100_000.0, 1.0
#: Classes whose first ordinate, as the file has it, is the east; points are kept as (second, first).
_TURNED = {GRID_SWAPPED: GRID, ZONED_SWAPPED: ZONED, DEGREES_SWAPPED: DEGREES}
_TITLES = {
    GRID: ("北坐标、不带带号的东坐标", "a north and an east without zone number"),
    GRID_SWAPPED: ("不带带号的东坐标在前、北坐标在后", "an east without zone number before the north"),
    ZONED: ("北坐标、带带号的东坐标", "a north and an east with zone number"),
    ZONED_SWAPPED: ("带带号的东坐标在前、北坐标在后", "an east with zone number before the north"),
    DEGREES: ("纬度、经度", "a latitude and a longitude"),
    DEGREES_SWAPPED: ("经度在前、纬度在后", "a longitude before the latitude"),
}
#: Units of area: key, square metres, names.
_UNITS = (("ha", 1e4, "公顷", "hectares"), ("m2", 1.0, "平方米", "square metres"), ("mu", 10000 / 15, "亩", "mu"))
_COLUMNS = ("plot_no", "plot_name", "area_ha", "kind", "map_sheet", "land_use", "land_class")
_KIND_TITLES = {"面": "Polygon", "线": "LineString", "点": "Point"}
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{0,15})?", re.ASCII)
_RUN = re.compile(r"(\D*)(\d{1,9})", re.ASCII)


@dataclass
class _Plot:
    """A plot as it is written: its line, cells by name, points, and what is wrong with it."""

    line: int
    cells: dict[str, str] = field(default_factory=dict)
    points: Points = field(default_factory=Points)
    bad: tuple[str, str, str] | None = None
    rings: list[Ring] | None = None

    @property
    def kind(self) -> str:
        return self.cells.get("kind") or "面"

    def reject(self, code: str, zh: str, en: str) -> None:
        """Say why it cannot be read; the first reason stands."""
        self.bad = self.bad or (code, zh, en)


def is_boundary_txt(data: bytes) -> bool:
    """Tell by the first bytes of a file whether it is a boundary-point TXT."""
    head = data[:_HEAD]
    if len(data) >= 4096:
        head = head[: head.rfind(b"\n") + 1] or head
    try:
        said = parsed(text.decode(head, text.detect(head)), most=400)
    except InputError:
        return False
    if said.blocks:
        return True
    points = [line for line in said.lines if line.what == "point"]
    marked = any(line.what == "plot" and line.at for line in said.lines)
    if marked and (points or len(said.lines) == 1):
        return True
    if len(points) < 3 or said.unread:
        return False
    if any(line.what == "plot" for line in said.lines) or sum(line.width >= 4 for line in points) == len(points):
        return True
    # Bare pairs are as well a table without titles; they are boundary points if they come back to where they began.
    xy = [(line.first, line.second) for line in points]
    return all(line.width == 3 and line.label[:1].isalpha() for line in points) or xy[0] in xy[3:]


def layers(path: Path, options: ReadOptions = PLAIN) -> list[LayerSummary]:
    """List the one layer of plots.

    Raises
    ------
    InputError
        As :func:`read`.
    """
    found = read(path, options)
    kinds = {_KIND_TITLES[kind] for kind in found.frame["kind"].unique()} if len(found.frame) else {"Polygon"}
    words = found.declared.words if found.declared else ""
    return [LayerSummary(found.name, kinds.pop() if len(kinds) == 1 else "Geometry", found.count, words)]


def read(path: Path, options: ReadOptions = PLAIN, *, progress: Progress = SILENT) -> Foreign:
    """Read the plots of a boundary-point TXT.

    Returns
    -------
    Foreign
        Columns ``plot_no``, ``plot_name``, ``area_ha`` (as the file says, in hectares), ``kind`` (点/线/面),
        ``map_sheet``, ``land_use``, ``land_class``; ``field_9``… for further cells by their place in the line, and
        ``point_labels`` (JSON, a list per ring) where labels are not simply numbered; `rows` are the plots' lines.

    Raises
    ------
    InputError
        If it cannot be opened, nothing in it is a point, or its points are of several kinds or zones.
    """
    path = Path(path)
    data = _bytes(path)
    encoding = text.detect(data, declared=options.encoding)
    foreign = _empty(path)
    foreign.encoding = encoding
    notes = Notes(foreign)
    words = text.decode(data, text.codec(options.encoding) or encoding.name)
    why = text.destroyed(words)
    if why:
        notes("error", "text_destroyed", *why)
    said = parsed(words, progress=progress)
    _tell(said, notes)
    plots = _plots(said)
    if not any(len(plot.points) for plot in plots):
        raise InputError(
            f"{path.name} holds no boundary points (lines such as J1,1,3853189.181,38520986.477); check that"
            " it is the right"
            f" file."
        )
    _same_headers(said, path)
    kind, zone = _oriented(plots, options, path, notes)
    metric = kind != DEGREES
    if not said.plots:
        plots = _regrouped(plots, metric, notes)
    foreign.declared = declared(said.header, zone, kind, notes)
    _frame(foreign, plots if options.limit is None else plots[: options.limit], metric, notes, progress)
    _areas(foreign, kind, said.header.get("面积单位", ""), notes)
    _doubts(foreign, metric, notes)
    notes.close()
    report(progress, 1.0)
    return foreign


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path.name} is larger than {_LARGEST >> 20} MB; split it and give the parts.")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name} cannot be opened ({error.strerror}); close it elsewhere and try"
                         " again.") from error


def _empty(path: Path) -> Foreign:
    import geopandas as gpd

    return Foreign(path.stem, path, "txt", gpd.GeoDataFrame(), np.empty(0, dtype=np.int64), 0)


def _tell(said: Said, notes: Notes) -> None:
    """Tell the header, and the lines that are none of the format."""
    if said.header:
        told = "; ".join(f"{key}={value[:200]}" for key, value in said.header.items())[:2000]
        notes("info", "header", f"文件头:{told}", f"the header says: {told}")
    for number, line in said.unread:
        notes("warning", "line_not_read", f"第 {number} 行“{line[:40]}”无法识别,未读取",
              f"line {number} ('{line[:40]}') is no line of this format and was not read", number)  # fmt: skip
    if said.comments:
        notes("info", "comments", f"{said.comments} 行注释未读取", f"{said.comments} lines of comment were passed over")


def _same_headers(said: Said, path: Path) -> None:
    """Refuse a file put together from files in several systems."""
    told = [(line, header) for line, header in said.headers if words_of(header)]
    for line, header in told[1:]:
        if system_of(header) != system_of(told[0][1]):
            raise InputError(
                f"{path.name}, line {line}: a second header says {words_of(header)[:120]}, the one at line"
                f" {told[0][0]} says"
                f" {words_of(told[0][1])[:120]}; cut the file into one for each system."
            )


# --------------------------------------------------------------------------------------------------------
# Plots
# --------------------------------------------------------------------------------------------------------


def _plots(said: Said) -> list[_Plot]:
    """Put the points under their plots; those before the first plot's line make one of their own."""
    plots: list[_Plot] = []
    ended = True
    for line in said.lines:
        if line.what == "plot":
            plots.append(_Plot(line.number, line.cells))
            ended = False
        elif line.what == "block":
            ended = True
        else:
            if not plots or (ended and said.plots == 0):
                plots.append(_Plot(line.number))
                ended = False
            plot = plots[-1]
            if line.what == "bad":
                shown = line.label[:60]
                plot.reject("bad_point", f"第 {line.number} 行“{shown}”不是一个界址点",
                            f"line {line.number} ('{shown}') is no boundary point; mend it and import"
                            " again")  # fmt: skip
                continue
            _add(plot.points, line)
    return plots


def _add(points: Points, line: Line) -> None:
    points.labels.append(line.label)
    points.numbers.append(line.ring)
    points.lines.append(line.number)
    points.first.append(line.first)
    points.second.append(line.second)


def _oriented(plots: list[_Plot], options: ReadOptions, path: Path, notes: Notes) -> tuple[int, int | None]:
    """Put east and north where they belong, for all points alike; return the class of the numbers and the zone.

    Raises
    ------
    InputError
        If points are of several kinds, or in several zones.
    """
    first = np.array([v for plot in plots for v in plot.points.first])
    second = np.array([v for plot in plots for v in plot.points.second])
    lines = np.array([v for plot in plots for v in plot.points.lines])
    kinds = classes(np.column_stack([second, first]))
    usual = int(np.bincount(kinds).argmax())
    if usual == NONE:
        usual = ELSEWHERE
    if usual != ELSEWHERE:
        _one_kind(kinds, usual, first, second, lines, path)
    swap = usual in _TURNED if options.swap is None else not options.swap
    if swap:
        first, second = second, first
    if (usual in _TURNED) != swap and usual != ELSEWHERE:
        notes("warning", "axes_forced", "按指定的坐标顺序读取;按数值看应相反", "the axes were read as told; by their values"
                                                              " they are the other way round")
    elif swap and usual != ELSEWHERE:
        notes("warning", "axes_swapped", f"按数值看是{_TITLES[usual][0]},与该格式的规定(北在前)相反,已对调,请核对",
              f"by their values the points have {_TITLES[usual][1]}, unlike the format (north first); they"
              " were changed over,"
              f" check it")  # fmt: skip
    begin = 0
    bad = kinds == NONE if usual == ELSEWHERE else (kinds == ELSEWHERE) | (kinds == NONE)
    if usual in (ZONED, ZONED_SWAPPED):
        # Northings of six digits are of the southernmost seas; among others of seven a digit is missing.
        short = np.abs(first) < 1e6
        bad |= short if 2 * short.sum() < len(short) else ~short
    for plot in plots:
        end = begin + len(plot.points)
        plot.points.north, plot.points.east = first[begin:end], second[begin:end]
        for k in np.flatnonzero(bad[begin:end])[:1]:
            here = begin + int(k)
            pair = f"{plot.points.first[k]:.10g}, {plot.points.second[k]:.10g}"
            plot.reject("bad_number", f"第 {lines[here]} 行的坐标 {pair} 与其余点不是一类,疑有错字",
                        f"line {lines[here]}: {pair} is unlike the other points, a digit may be wrong; mend"
                        " it and import"
                        f" again")  # fmt: skip
        begin = end
    if usual == ELSEWHERE:
        notes("warning", "unknown_numbers", "坐标数值不像中国境内的高斯投影坐标或经纬度,按北坐标在前读取,请确认坐标系",
              "the numbers look like no place in China, neither metres nor degrees; they were read north"
              " first, say what they"
              " are in")  # fmt: skip
    told = (usual in _TURNED) != swap
    kind = ELSEWHERE if told else _TURNED.get(usual, usual)
    return kind, _one_zone(kind, kinds == usual, second, lines, path)


def _one_kind(
    kinds: NDArray[Any], usual: int, first: NDArray[np.float64], second: NDArray[np.float64], lines: NDArray[Any],
    path: Path,
) -> None:
    known = (kinds != ELSEWHERE) & (kinds != NONE)
    for k in np.flatnonzero(known & (kinds != usual))[:1]:
        here, rest = (_TITLES.get(kind, ("", "other numbers"))[1] for kind in (int(kinds[k]), usual))
        raise InputError(
            f"{path.name}, line {lines[k]}: {first[k]:.10g}, {second[k]:.10g} is {here}, where most points"
            f" have {rest}; bring"
            f" all points into one form."
        )


def _one_zone(
    kind: int, mask: NDArray[np.bool_], east: NDArray[np.float64], lines: NDArray[Any], path: Path
) -> int | None:
    if kind != ZONED:
        return None
    zones = (east[mask] // 1e6).astype(int)
    found, counts = np.unique(zones, return_counts=True)
    usual = int(found[counts.argmax()])
    for k in np.flatnonzero(zones != usual)[:1]:
        raise InputError(
            f"{path.name}, line {lines[mask][k]}: the easting begins with {zones[k]}, where most begin with"
            f" {usual}; cut the file"
            f" into one for each zone."
        )
    return usual


def _regrouped(plots: list[_Plot], metric: bool, notes: Notes) -> list[_Plot]:
    """Tell plots apart where none has a line: a ring whose number does not go on from the one before begins one."""
    out: list[_Plot] = []
    for plot in plots:
        rings = cut(plot.points, notes, metric=metric, strict=False)
        groups: list[list[Ring]] = []
        for ring in rings:
            number = plot.points.numbers[ring.index[0]]
            if groups and number > plot.points.numbers[groups[-1][-1].index[0]]:
                groups[-1].append(ring)
            else:
                groups.append([ring])
        for group in groups:
            index = [k for ring in group for k in ring.index]
            points = plot.points.taken(index)
            place = iter(range(len(index)))
            again = [Ring([next(place) for _ in ring.index], ring.closed) for ring in group]
            # What is wrong with one of the points is wrong with all: which it belongs to is not known.
            out.append(_Plot(points.lines[0], {}, points, plot.bad, again))
    if len(out) > 1:
        notes("info", "plots_by_rings", f"文件没有地块行,按界线分为 {len(out)} 个地块",
              f"the file has no lines for plots; by their rings they are {len(out)}")  # fmt: skip
    return out


# --------------------------------------------------------------------------------------------------------
# The frame
# --------------------------------------------------------------------------------------------------------


def _frame(foreign: Foreign, plots: Sequence[_Plot], metric: bool, notes: Notes, progress: Progress) -> None:
    """Draw the plots and set the frame, its rows, and the rejects."""
    import geopandas as gpd
    import pandas as pd

    rows: list[dict[str, Any]] = []
    shapes: list[Any] = []
    lines: list[int] = []
    for k, plot in enumerate(plots):
        if k % _STEP == 0 or len(plot.points) > _STEP:
            report(progress, 0.5 + 0.4 * k / len(plots), foreign.path.name)
        shape, rings = _drawn(plot, metric, notes)
        if plot.bad is not None:
            foreign.rejects.append(Reject(plot.line, *plot.bad, {k: v for k, v in plot.cells.items() if v}))
            continue
        labels = [[plot.points.labels[i] for i in ring.index] for ring in rings]
        _count(plot, rings, notes)
        row: dict[str, Any] = {name: value or None for name, value in plot.cells.items() if name != "points"}
        row["kind"] = plot.kind
        row["point_labels"] = None if _is_run(labels) else json.dumps(labels, ensure_ascii=False)
        rows.append(row)
        shapes.append(shape)
        lines.append(plot.line)
    found = {name for row in rows for name in row if name.startswith("field_")}
    extra = sorted(found, key=lambda name: int(name[6:]))
    names = [*_COLUMNS, *extra, *(["point_labels"] if any(row["point_labels"] for row in rows) else [])]
    frame = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names})
    crs = foreign.declared.crs if foreign.declared else None
    foreign.frame = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, index=frame.index), crs=crs)
    foreign.rows = np.asarray(lines, dtype=np.int64)
    foreign.count = len(frame) + len(foreign.rejects)


def _drawn(plot: _Plot, metric: bool, notes: Notes) -> tuple[Any, list[Ring]]:
    if not len(plot.points):
        plot.reject("no_points", "地块没有界址点", f"the plot at line {plot.line} has no points")
    if plot.bad is not None:
        return None, []
    rings = plot.rings
    if rings is None:
        everything = [Ring(list(range(len(plot.points))))]
        rings = everything if plot.kind == "点" else lines_of(plot.points) if plot.kind == "线" else cut(
            plot.points, notes, metric=metric)  # fmt: skip
    try:
        return shape_of(plot.points, plot.kind, rings, notes), rings
    except BadRing as error:
        plot.reject("bad_ring", error.zh, f"{error}; mend it and import again")
        return None, []


def _is_run(labels: list[list[str]]) -> bool:
    """Whether points are simply numbered from 1, ring by ring or through the plot, or not at all."""
    if not any(any(ring) for ring in labels):
        return True
    first = _RUN.fullmatch(labels[0][0]) if labels[0] else None
    if first is None:
        return False
    prefix, pad = first[1], len(first[2])
    per_ring = all(name == f"{prefix}{k:0{pad}d}" for ring in labels for k, name in enumerate(ring, 1))
    return per_ring or all(
        name == f"{prefix}{k:0{pad}d}" for k, name in enumerate((name for ring in labels for name in ring), 1)
    )


def _count(plot: _Plot, rings: list[Ring], notes: Notes) -> None:
    """Hold the number of points that the line gives against those there are, with or without closing points."""
    said = plot.cells.get("points", "")
    if not said.isascii() or not said.isdigit():
        return
    have, closing = len(plot.points), sum(ring.closed for ring in rings)
    repeated = sum(ring.repeated for ring in rings)
    once = have - closing - repeated
    if int(said[:18]) not in (have, have - closing, once, once + len(rings)):
        notes("warning", "count_differs", f"第 {plot.line} 行声明 {said[:18]} 个点,实有 {have} 个",
              f"line {plot.line} says {said[:18]} points, and there are {have}", plot.line)  # fmt: skip


def _areas(foreign: Foreign, kind: int, header: str, notes: Notes) -> None:
    """Turn ``area_ha`` into hectares: the unit of a file is the one that fits most of its plots."""
    frame = foreign.frame
    said = ["" if v is None else str(v) for v in frame["area_ha"]]
    value = np.array([float(v) if _NUMBER.fullmatch(v) else np.nan for v in said], dtype=float)
    for k in [k for k, v in enumerate(said) if v and not np.isfinite(value[k])]:
        row = int(foreign.rows[k])
        notes("warning", "area_not_read", f"第 {row} 行的面积“{said[k][:20]}”不是数",
              f"line {row}: the area '{said[k][:20]}' is no number", row)  # fmt: skip
    true = _enclosed(frame, kind)
    places = np.array([len(v.partition(".")[2]) for v in said], dtype=float)
    known = (true > 0) & np.isfinite(value)
    fits = {
        key: known & (np.abs(value * m2 - true) <= np.maximum(0.005 * true, 0.51 * m2 * 10.0**-places))
        for key, m2, _, _ in _UNITS
    }
    unit, m2, zh, en = max(_UNITS, key=lambda one: (int(fits[one[0]].sum()), one[2] in header))
    frame["area_ha"] = value * m2 / 1e4
    if unit != "ha":
        notes("info", "area_unit", f"面积按{zh}理解(与界址点所围面积相符),已换算为公顷",
              f"areas are in {en}, as what the points enclose shows; they were converted to hectares")  # fmt: skip
    for k in np.flatnonzero(known & ~fits[unit]):
        row = int(foreign.rows[k])
        other = next((f",若单位为{z}则相符" for u, _, z, _ in _UNITS if fits[u][k]), "")
        other_en = next((f"; it fits in {e}" for u, _, _, e in _UNITS if fits[u][k]), "")
        notes("warning", "area_differs", f"第 {row} 行面积 {said[k][:20]} {zh}与界址点所围 {true[k] / 1e4:.4f} 公顷不符{other}",
              f"line {row}: the area {said[k][:20]} {en} is not the {true[k] / 1e4:.4f} ha that the points"
              f" enclose{other_en}",
              row)  # fmt: skip


def _enclosed(frame: Any, kind: int) -> NDArray[np.float64]:
    """The area within the points, m²: planar of metres, ellipsoidal of degrees; 0 where the numbers are neither."""
    import shapely

    shapes = np.asarray(frame.geometry.array, dtype=object)
    if kind == DEGREES:
        from ..geodesy import area_m2

        return np.asarray(area_m2(shapes))
    if kind == ELSEWHERE and len(shapes) and np.abs(np.nan_to_num(shapely.bounds(shapes))).max() < 360:
        return np.zeros(len(shapes))
    return np.asarray(shapely.area(shapes), dtype=float)


def _doubts(foreign: Foreign, metric: bool, notes: Notes) -> None:
    """Tell boundaries that cross themselves or each other, or reach too far; they stay as they are."""
    import shapely

    shapes = np.asarray(foreign.frame.geometry.array, dtype=object)
    box = shapely.bounds(shapes).reshape(-1, 4)
    size = np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])
    for k in np.flatnonzero(size > (_FAR_M if metric else _FAR_DEG)):
        row = int(foreign.rows[k])
        notes("warning", "far_point", f"第 {row} 行的地块跨度超过 100 公里,某点坐标疑有错字,请核对",
              f"line {row}: the plot is more than 100 km across; a digit of one of its points may be wrong, check it",
              row)  # fmt: skip
    for k in np.flatnonzero(~shapely.is_valid(shapes)):
        row = int(foreign.rows[k])
        why = str(shapely.is_valid_reason(shapes[k]))[:80]
        notes("warning", "ring_crosses", f"第 {row} 行的地块界线自相交或互相交叉({why}),按原样读取,请核对",
              f"line {row}: the plot's boundary crosses itself or another of its rings ({why}); it was kept"
              " as it is, check it",
              row)  # fmt: skip
