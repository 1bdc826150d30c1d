"""Shapefiles as offices send them: without .prj, without .cpg, without .shx, with Chinese names, cut off in the mail.

GDAL reads the geometry; the table is read here (:mod:`.dbf`), since its encoding has to be seen before it is believed.
Source: ESRI Shapefile Technical Description (July 1998).
"""

from __future__ import annotations

import shutil
import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..progress import SILENT, Progress, part, report
from . import dbf, ogr, text
from .model import PLAIN, Declared, Foreign, LayerSummary, ReadOptions, Reject

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KINDS = {
    0: "Null", 1: "Point", 3: "LineString", 5: "Polygon", 8: "MultiPoint", 11: "PointZ", 13: "LineStringZ", 15: "PolygonZ",
    18: "MultiPointZ", 21: "PointM", 23: "LineStringM", 25: "PolygonM", 28: "MultiPointM", 31: "MultiPatch",
}  # fmt: skip
_HEAD = 100


def layers(path: Path, options: ReadOptions = PLAIN) -> list[LayerSummary]:
    """List the one layer."""
    kind, _ = _header(path)
    index = beside(path, ".shx")
    count = max(0, (index.stat().st_size - _HEAD) // 8) if index else None
    return [LayerSummary(path.stem, _KINDS.get(kind, "Unknown"), count)]


def beside(path: Path, suffix: str) -> Path | None:
    """Return the side file of a shapefile, however its suffix is written."""
    for one in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if one.exists():
            return one
    wanted = path.stem.lower() + suffix
    return next((one for one in path.parent.iterdir() if one.name.lower() == wanted), None)


def read(path: Path, options: ReadOptions = PLAIN, *, progress: Progress = SILENT) -> Foreign:
    """Read a shapefile.

    Parameters
    ----------
    path : Path
        The .shp.
    options : ReadOptions
        `encoding` takes the place of what the files say; `limit`.

    Raises
    ------
    InputError
        If it is no shapefile, or nothing in it is whole.
    """
    import geopandas as gpd
    import pandas as pd

    kind, words = _header(path)
    if kind not in _KINDS or kind == 31:
        raise InputError(f"{path.name} holds shapes of type {kind}, which is none that a map has; ask for another format.")
    foreign = Foreign(path.stem, path, "shapefile", gpd.GeoDataFrame(), np.empty(0, dtype=np.int64), 0)
    report(progress, 0.0, path.name)
    shapes = _shapes(path, words, foreign, options.limit, part(progress, 0.0, 0.6))
    table_path = beside(path, ".dbf")
    cells: dict[str, list[Any]] = {}
    deleted = np.zeros(len(shapes), dtype=bool)
    if table_path is None:
        foreign.note("warning", "no_table", f"缺少 {path.stem}.dbf,只有图形没有属性",
                     f"{path.stem}.dbf is missing: there are shapes but no attributes")  # fmt: skip
    else:
        cells, deleted = _table(table_path, path, options, len(shapes), foreign)
    report(progress, 0.9, path.name)
    declared = _declared(path, foreign)
    kept = np.flatnonzero(~deleted)
    flat = shapely.force_2d(shapes)
    if len(flat) and (shapely.has_z(shapes).any() or kind > 10):
        foreign.note("info", "heights_dropped", "Z/M 值已去掉", "Z and M values were left out")
    data = {name: [column[row] for row in kept] for name, column in cells.items()}
    frame = gpd.GeoDataFrame(
        pd.DataFrame(data, index=pd.RangeIndex(len(kept)), dtype=object).infer_objects(), geometry=list(flat[kept]),
        crs=declared.crs if declared else None,
    )  # fmt: skip
    foreign.frame, foreign.rows, foreign.declared = frame, kept.astype(np.int64) + 1, declared
    for row in np.flatnonzero(deleted):
        values = {name: "" if column[row] is None else str(column[row]) for name, column in cells.items()}
        foreign.rejects.append(Reject(int(row) + 1, "deleted", "该记录已标记删除", "the record is marked as deleted", values))
    foreign.count = len(frame) + len(foreign.rejects)
    empty = int(np.sum(shapely.is_missing(flat[kept]) | shapely.is_empty(flat[kept])))
    if empty:
        foreign.note("warning", "no_shape", f"{empty} 条记录没有图形", f"{empty} records have no shape")
    report(progress, 1.0)
    return foreign


def _header(path: Path) -> tuple[int, int]:
    """Return the type of the shapes and the length of the file in 16-bit words, as its header says."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if len(head) < _HEAD or struct.unpack(">i", head[:4])[0] != 9994:
        what = "is empty" if not head else "is no shapefile"
        raise InputError(f"{path.name} {what}; ask for the .shp, .shx, .dbf and .prj to be sent again, best in one zip.")
    return struct.unpack("<i", head[32:36])[0], struct.unpack(">i", head[24:28])[0]


def _shapes(path: Path, words: int, foreign: Foreign, limit: int | None, progress: Progress) -> NDArray[Any]:
    index = beside(path, ".shx")
    size = path.stat().st_size
    sound = index is not None and index.name == path.stem + ".shx" and size >= words * 2 and _agrees(index, size)
    if sound:
        return ogr.read(path, columns=[], encoding="ISO-8859-1", limit=limit, progress=progress).geometry
    missing = index is None
    # The user's folder is left alone: what is whole goes into a folder of its own, with an index made anew.
    folder = Path(tempfile.mkdtemp(prefix="envzones-"))
    try:
        lost, count = _restored(path, folder / "whole.shp")
        if not count:
            raise InputError(f"{path.name} holds no whole shape; it was cut off, ask for it to be sent again.")
        shapes = ogr.read(
            folder / "whole.shp", columns=[], encoding="ISO-8859-1", limit=limit, progress=progress
        ).geometry
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if missing:
        foreign.note("info", "no_index", f"缺少 {path.stem}.shx,已按 .shp 顺序读取",
                     f"{path.stem}.shx is missing; the shapes were read in their order")  # fmt: skip
    if lost:
        foreign.note(
            "error", "cut_off", f"{path.name} 被截断或损坏:只读到 {count} 个完整图形",
            f"{path.name} was cut off or is broken: {count} whole shapes were read",
        )  # fmt: skip
    return shapes


def _agrees(index: Path, size: int) -> bool:
    """Whether an index points into its file."""
    data = index.read_bytes()[_HEAD:]
    entries = np.frombuffer(data[: len(data) // 8 * 8], dtype=">i4").reshape(-1, 2).astype(np.int64)
    if not len(entries):
        return size <= _HEAD
    return bool((entries[:, 0] >= 50).all() and ((entries.sum(axis=1) + 4) * 2 <= size).all())


def _restored(path: Path, target: Path) -> tuple[bool, int]:
    """Copy the whole records of a .shp with an index; return whether something was lost, and how many are whole."""
    data = path.read_bytes()
    at, entries, end = _HEAD, [], _HEAD
    while at + 12 <= len(data):
        length = struct.unpack(">i", data[at + 4 : at + 8])[0]
        if length < 2 or at + 8 + length * 2 > len(data):
            break
        kind = struct.unpack("<i", data[at + 8 : at + 12])[0]
        if kind not in _KINDS:
            break
        entries.append((at // 2, length))
        at = end = at + 8 + length * 2
    lost = end < len(data) or end // 2 < struct.unpack(">i", data[24:28])[0]
    target.write_bytes(data[:24] + struct.pack(">i", end // 2) + data[28:end])
    index = b"".join(struct.pack(">2i", *entry) for entry in entries)
    head = data[:24] + struct.pack(">i", (_HEAD + len(index)) // 2) + data[28:_HEAD]
    target.with_suffix(".shx").write_bytes(head + index)
    return lost, len(entries)


def _table(
    table_path: Path, path: Path, options: ReadOptions, count: int, foreign: Foreign
) -> tuple[dict[str, list[Any]], NDArray[np.bool_]]:
    table = dbf.read(table_path, options.limit)
    for code, zh, en in table.problems:
        foreign.note("warning", code, zh, en)
    said, where = _said(path, options)
    found = dbf.encoding(table, said, where)
    foreign.encoding = found
    _contradiction(table, said, where, found.name, foreign)
    name = text.codec(options.encoding) or found.name
    if options.encoding and name != found.name:
        foreign.note("warning", "encoding_forced", f"按指定的 {options.encoding} 解码;按字节看应为 {found.name}",
                     f"decoded as {options.encoding}, as told; by its bytes it is {found.name}")  # fmt: skip
    cells, problems = dbf.columns(table, name)
    for code, zh, en in problems:
        foreign.note("warning", code, zh, en)
    _destroyed(cells, foreign)
    deleted = np.zeros(count, dtype=bool)
    have = len(table.records)
    if have != count:
        foreign.note(
            "warning", "counts_differ", f".shp 有 {count} 个图形,.dbf 有 {have} 条记录,按顺序对应,多出的一方为空",
            f"there are {count} shapes and {have} records; they were paired in order, the rest is empty",
        )  # fmt: skip
    cells = {name: (column + [None] * count)[:count] for name, column in cells.items()}
    deleted[: min(have, count)] = table.deleted[: min(have, count)]
    return cells, deleted


def _said(path: Path, options: ReadOptions) -> tuple[str | None, str]:
    if options.encoding:
        return options.encoding, "用户"
    page = beside(path, ".cpg") or beside(path, ".cst")
    if page is None:
        return None, ""
    return page.read_bytes()[:64].decode("ascii", "replace").strip().strip("\ufeff\0"), page.suffix.lower()


def _contradiction(table: dbf.Table, said: str | None, where: str, found: str, foreign: Foreign) -> None:
    """Tell where what is declared is not what the bytes are."""
    wrong = []
    named = text.codec(said)
    if said and named not in (None, "", found) and where != "用户":
        wrong.append(f"{where}: {said}")
    driver = dbf.LDID.get(table.ldid)
    if driver and driver != found and driver.startswith(("gb", "big5", "cp9")):
        wrong.append(f"LDID 0x{table.ldid:02X}: {driver}")
    if wrong and foreign.encoding is not None and "ASCII" not in foreign.encoding.en:
        told = ", ".join(wrong)
        foreign.note("warning", "encoding_contradicts", f"文件声明的编码({told})与实际字节不符,按 {found} 解码",
                     f"the encoding declared ({told}) is not that of the bytes; decoded as {found}")  # fmt: skip


def _destroyed(cells: dict[str, list[Any]], foreign: Foreign) -> None:
    for name, column in cells.items():
        seen: set[Any] = set()
        for row, value in enumerate(column):
            if not isinstance(value, str) or value in seen:
                continue
            seen.add(value)
            why = text.destroyed(value)
            if why:
                foreign.note("error", "text_destroyed", f"字段“{name}”第 {row + 1} 条“{value[:20]}”:{why[0]}",
                             f"field '{name}', record {row + 1} ('{value[:20]}'): the text is destroyed: {why[1]}",
                             row + 1)  # fmt: skip
                break


def _declared(path: Path, foreign: Foreign) -> Declared | None:
    """What the .prj says."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    side = beside(path, ".prj")
    if side is None:
        return None
    words = text.decode(side.read_bytes()[:20_000], "utf-8").strip().strip("\0")
    if not words:
        foreign.note("warning", "prj_empty", ".prj 文件是空的", "the .prj is empty")
        return None
    try:
        crs = CRS.from_user_input(words)
    except CRSError:
        foreign.note("warning", "prj_unknown", ".prj 中的坐标系无法识别", "the system in the .prj is not known")
        return Declared(None, words[:200], ".prj")
    return Declared(crs, crs.name, ".prj")


