"""Boundary-point TXT (界址点坐标文件) in the dialects that offices write.

A file has blocks ``[项目信息]`` (some regions), ``[属性描述]`` and ``[地块坐标]``, any of which may be missing.  A plot's line holds
the number of its points, its area, number, name, kind (点/线/面), sheet, use and class, and an ``@``; each of its points a label,
the number of the ring, the north and the east.  Whatever is put in order is noted; nothing is repaired in silence.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..progress import SILENT, Progress, report
from . import text
from .boundary_txt_header import declared
from .boundary_txt_rings import Point, shape_of
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

_LARGEST = 128 << 20
_BLOCK = re.compile(r"^\[\s*(.+?)\s*\]$")
_KINDS = ("点", "线", "面")
_KIND_WORDS = {"点": "点", "线": "线", "面": "面", "point": "点", "line": "线", "polygon": "面"}
_CUT = re.compile(r"[,;\t]")
_NUMBER = re.compile(r"^[-+]?\d+(?:\.\d+)?$")
_LABEL = re.compile(r"^[A-Za-z]{0,3}\d*$|^$")
#: Names of a plot's cells after its kind, in order.
_AFTER_KIND = ("map_sheet", "land_use", "land_class")
_FULL = str.maketrans({"【": "[", "】": "]", "［": "[", "］": "]", "，": ",", "；": ";", "＝": "=", "＠": "@", "：": ":", "\u3000": " "})
MU_M2 = 10000 / 15


@dataclass
class _Plot:
    """A plot as it is written: its line, cells, and points."""

    line: int
    cells: list[str]
    points: list[Point] = field(default_factory=list)
    at: str = ""


def is_boundary_txt(data: bytes) -> bool:
    """Tell by the first bytes of a file whether it is a boundary-point TXT."""
    head = data[:65536]
    said = text.decode(head[: head.rfind(b"\n") + 1] or head, text.detect(head[: head.rfind(b"\n") + 1] or head))
    plain = said.translate(_FULL)
    if re.search(r"^\s*\[\s*(?:地块坐标|属性描述|项目信息)\s*\]", plain, re.MULTILINE):
        return True
    lines = [line.strip() for line in plain.splitlines() if line.strip()][:200]
    plots = sum("@" in line and "," in line for line in lines)
    points = sum(_is_point(_fields(line)) for line in lines)
    return bool(lines) and (plots >= 1 and points >= 3 or points >= max(3, 0.9 * len(lines)))


def layers(path: Path, options: ReadOptions = PLAIN) -> list[LayerSummary]:
    """List the one layer of plots."""
    found = read(path, options)
    return [LayerSummary(found.name, "Geometry", found.count)]


def read(path: Path, options: ReadOptions = PLAIN, *, progress: Progress = SILENT) -> Foreign:
    """Read the plots of a boundary-point TXT.

    Returns
    -------
    Foreign
        Columns ``plot_no``, ``plot_name``, ``kind``, ``area_ha`` (as the file says, in hectares), ``points``, ``map_sheet``,
        ``land_use``, ``land_class``, ``field_10``… for more, and ``point_labels`` (JSON); `rows` are the plots' lines.

    Raises
    ------
    InputError
        If nothing in it is a point, or its numbers are of several kinds.
    """
    import geopandas as gpd
    import pandas as pd

    if path.stat().st_size > _LARGEST:
        raise InputError(f"{path.name} is larger than {_LARGEST >> 20} MB; split it and give the parts.")
    data = path.read_bytes()
    encoding = text.detect(data, declared=options.encoding)
    foreign = Foreign(path.stem, path, "txt", gpd.GeoDataFrame(), np.empty(0, dtype=np.int64), 0, encoding=encoding)
    said = text.decode(data, text.codec(options.encoding) or encoding.name)
    why = text.destroyed(said)
    if why:
        foreign.note("error", "text_destroyed", *why)
    header, plots = _parsed(said, foreign, progress)
    if not any(plot.points for plot in plots):
        raise InputError(
            f"{path.name} holds no boundary points (lines such as J1,1,3853189.181,38520986.477); check that it is the right"
            f" file."
        )
    kind = _oriented(plots, options, path, foreign)
    east = np.array([point.east for plot in plots for point in plot.points])
    foreign.declared = declared(header, east, kind, foreign)
    metric = kind in (GRID, GRID_SWAPPED, ZONED, ZONED_SWAPPED, ELSEWHERE)
    rows: list[dict[str, Any]] = []
    shapes: list[Any] = []
    lines: list[int] = []
    wanted = plots if options.limit is None else plots[: options.limit]
    for k, plot in enumerate(wanted):
        if k % 200 == 0:
            report(progress, 0.5 + 0.5 * k / len(wanted), path.name)
        cells = _cells(plot)
        try:
            shape, labels = shape_of(plot.points, cells["kind"], foreign)
        except InputError as error:
            foreign.rejects.append(Reject(
                plot.line, "bad_ring", f"地块无法成形:{error}", f"the plot cannot be drawn: {error}",
                {key: "" if value is None else str(value) for key, value in cells.items()},
            ))  # fmt: skip
            continue
        _count(plot, cells, labels, foreign)
        cells["area_ha"] = _area(cells, shape, plot, metric, foreign)
        cells["point_labels"] = json.dumps(labels, ensure_ascii=False)
        rows.append(cells)
        shapes.append(shape)
        lines.append(plot.line)
    names = list(dict.fromkeys(name for row in rows for name in row)) or ["plot_no", "plot_name", "kind", "area_ha"]
    frame = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names})
    crs = foreign.declared.crs if foreign.declared else None
    foreign.frame = gpd.GeoDataFrame(frame, geometry=shapes, crs=crs)
    foreign.rows = np.asarray(lines, dtype=np.int64)
    foreign.count = len(frame) + len(foreign.rejects)
    for key in ("数据产生单位", "数据产生日期", "计量单位", "精度"):
        if header.get(key):
            foreign.note("info", "header", f"{key}={header[key]}", f"{key}={header[key]}")
    report(progress, 1.0)
    return foreign


# --------------------------------------------------------------------------------------------------------
# Lines
# --------------------------------------------------------------------------------------------------------


def _plain(line: str) -> str:
    """A line with its full-width signs and figures made plain; names keep theirs."""
    line = line.translate(_FULL)
    return "".join(unicodedata.normalize("NFKC", c) if "\uff10" <= c <= "\uff19" or c in "Ｊｊ．－" else c for c in line).strip()


def _fields(line: str) -> list[str]:
    cells = [cell.strip() for cell in _CUT.split(line)]
    return cells if len(cells) > 1 else line.split()


def _is_point(cells: list[str]) -> bool:
    """Whether cells are a label, a ring and two ordinates, or fewer of them."""
    numbers = [cell for cell in cells if _NUMBER.match(cell)]
    if len(cells) < 2 or len(numbers) < 2 or any(c in _KIND_WORDS for c in cells):
        return False
    ordinates = cells[2:4] if len(cells) >= 4 else cells[-2:]
    return all(_NUMBER.match(cell) and ("." in cell or abs(float(cell)) > 1000) for cell in ordinates) and bool(
        len(cells) == 2 or _LABEL.match(cells[0])
    )


def _parsed(said: str, foreign: Foreign, progress: Progress) -> tuple[dict[str, str], list[_Plot]]:
    header: dict[str, str] = {}
    plots: list[_Plot] = []
    bad: list[int] = []
    lines = said.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, raw in enumerate(lines, 1):
        if number % 20_000 == 0:
            report(progress, 0.5 * number / len(lines))
        line = _plain(raw)
        if not line or _BLOCK.match(line):
            continue
        cells = _fields(line)
        key, equals, value = line.partition("=")
        if equals and not plots and "," not in key:
            header[key.strip()] = value.strip()
        elif "@" in line or (any(cell in _KIND_WORDS for cell in cells) and len(cells) >= 4):
            plots.append(_plot(number, line))
        elif _is_point(cells):
            if not plots:
                plots.append(_Plot(number, []))
            plots[-1].points.append(_point(cells, number))
        else:
            bad.append(number)
    for number in bad[:20]:
        foreign.note("warning", "line_not_read", f"第 {number} 行“{lines[number - 1].strip()[:40]}”无法识别,未读取",
                     f"line {number} ('{lines[number - 1].strip()[:40]}') is no line of this format and was not read",
                     number)  # fmt: skip
    if len(bad) > 20:
        foreign.note("warning", "lines_not_read", f"另有 {len(bad) - 20} 行无法识别", f"{len(bad) - 20} more lines were not read")
    empty = [plot for plot in plots if not plot.points]
    for plot in empty:
        cells = {key: "" if value is None else str(value) for key, value in _cells(plot).items()}
        foreign.rejects.append(Reject(plot.line, "no_points", "地块没有界址点", "the plot has no points", cells))
    return header, [plot for plot in plots if plot.points]


def _plot(number: int, line: str) -> _Plot:
    at = "start" if line.startswith("@") else "end" if "@" in line else "none"
    cells = [cell.strip() for cell in _CUT.split(line.strip("@").replace(",@", "").strip(","))] if at != "end" else [
        cell.strip() for cell in _CUT.split(line[: line.rindex("@")].rstrip(","))
    ]  # fmt: skip
    return _Plot(number, [cell for k, cell in enumerate(cells) if k or cell], at=at)


def _point(cells: list[str], number: int) -> Point:
    """Label, ring, first and second ordinate; the north comes first by convention."""
    if len(cells) >= 4:
        label, ring, first, second = cells[:4]
    elif len(cells) == 3:
        (label, first, second), ring = cells, "1"
    else:
        (first, second), label, ring = cells, "", "1"
    return Point(label, int(float(ring)) if _NUMBER.match(ring) and float(ring) < 1e6 else 1, float(second), float(first), number)


def _cells(plot: _Plot) -> dict[str, Any]:
    """A plot's cells by name; the kind is found by its word, what comes after the known ones is numbered."""
    cells = plot.cells
    at = next((k for k, cell in enumerate(cells) if cell in _KIND_WORDS), None)
    before = cells[:at] if at is not None else cells[:4]
    after = cells[at + 1 :] if at is not None else cells[4:]
    padded = [*before, *[""] * 4][:4]
    out: dict[str, Any] = {
        "plot_no": padded[2] or None, "plot_name": padded[3] or None,
        "kind": _KIND_WORDS[cells[at]] if at is not None else "面", "area_ha": padded[1], "points": padded[0],
    }  # fmt: skip
    for k, value in enumerate([*before[4:], *after]):
        name = _AFTER_KIND[k] if k < len(_AFTER_KIND) else f"field_{k + 6}"
        out[name] = value or None
    for name in _AFTER_KIND:
        out.setdefault(name, None)
    return out


# --------------------------------------------------------------------------------------------------------
# Numbers
# --------------------------------------------------------------------------------------------------------


def _oriented(plots: list[_Plot], options: ReadOptions, path: Path, foreign: Foreign) -> int:
    """Put east and north where they belong, for all points alike; return the class of the numbers."""
    points = [point for plot in plots for point in plot.points]
    xy: NDArray[np.float64] = np.array([(point.east, point.north) for point in points])
    kinds = classes(xy)
    usual = int(np.bincount(kinds).argmax())
    other = np.flatnonzero(kinds != usual)
    if len(other) and usual not in (ELSEWHERE, NONE):
        one = points[int(other[0])]
        raise InputError(
            f"{path.name}, line {one.line}: {one.north:.10g}, {one.east:.10g} is of another kind than the other points (a zone"
            f" number before some eastings only, or axes changed over in some lines); put all points into one form."
        )
    turn = usual in (GRID_SWAPPED, ZONED_SWAPPED, DEGREES_SWAPPED) if options.swap is None else options.swap
    if turn:
        for point in points:
            point.east, point.north = point.north, point.east
        usual = {GRID_SWAPPED: GRID, ZONED_SWAPPED: ZONED, DEGREES_SWAPPED: DEGREES}.get(usual, usual)
        if usual != DEGREES:
            foreign.note("warning", "axes_swapped", "按数值看东坐标写在前面,已对调,请核对",
                         "by their values the eastings come first, unlike the convention; they were changed over, check it")  # fmt: skip
    return usual


def _count(plot: _Plot, cells: dict[str, Any], labels: list[list[str]], foreign: Foreign) -> None:
    """Hold the number of points that the line gives against those there are, with or without closing points."""
    said = cells.get("points")
    if not said or not _NUMBER.match(str(said)):
        cells["points"] = len(plot.points)
        return
    number, have = int(float(said)), len(plot.points)
    once = sum(len(ring) for ring in labels)
    if number not in (have, once, once + len(labels)):
        foreign.note("warning", "count_differs", f"第 {plot.line} 行声明 {number} 个点,实有 {have} 个",
                     f"line {plot.line} says {number} points, and there are {have}", plot.line)  # fmt: skip
    cells["points"] = number


def _area(cells: dict[str, Any], shape: Any, plot: _Plot, metric: bool, foreign: Foreign) -> float | None:
    """The area that a plot's line gives, in hectares: the unit is the one that fits the points."""
    said = str(cells.get("area_ha") or "")
    if not _NUMBER.match(said):
        return None
    value = float(said)
    if not metric or cells["kind"] != "面" or value <= 0:
        return value
    true = float(shape.area)
    places = len(said.partition(".")[2])
    for unit, m2 in (("ha", 1e4), ("m2", 1.0), ("mu", MU_M2)):
        if abs(value * m2 - true) <= max(0.01 * true, m2 * 10.0**-places):
            if unit != "ha":
                words = {"m2": ("平方米", "square metres"), "mu": ("亩", "mu")}[unit]
                foreign.note("info", "area_unit", f"第 {plot.line} 行面积按{words[0]}理解,已换算为公顷",
                             f"line {plot.line}: the area is in {words[1]} and was converted to hectares", plot.line)  # fmt: skip
            return value * m2 / 1e4
    foreign.note(
        "warning", "area_differs", f"第 {plot.line} 行面积 {said} 与按界址点计算的 {true / 1e4:.4f} 公顷不符",
        f"line {plot.line}: the area {said} is not the {true / 1e4:.4f} ha that the points enclose", plot.line,
    )  # fmt: skip
    return value
