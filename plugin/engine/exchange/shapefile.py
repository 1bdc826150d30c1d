"""Shapefiles as offices send them: without .prj, without .cpg, without .shx, with Chinese names, cut off in the mail.

The shapes are read by :mod:`.shp`, the table by :mod:`.dbf`, since its encoding has to be seen before it is believed;
record for record they belong together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..progress import SILENT, Progress, report
from . import dbf, ogr, shp, text
from .model import PLAIN, Declared, Encoding, Foreign, LayerSummary, ReadOptions, Reject, plain

_DEFINITION = re.compile(r"[A-Z_0-9]+\s*[\[(]|EPSG:\d+$|\+(proj|init)=", re.IGNORECASE)
_DATUMS = ((re.compile("GCJ", re.IGNORECASE), "gcj02"), (re.compile("BD[-_ ]?09", re.IGNORECASE), "bd09"))
_DELETED = ("deleted", "该记录已标记删除", "the record is marked as deleted")
_CUT = ("cut_off", "文件被截断,图形丢失", "the shape was lost when the file was cut off")


def layers(path: Path, options: ReadOptions = PLAIN) -> list[LayerSummary]:
    """List the one layer."""
    del options
    where = shp.index(path, beside(path, ".shx"))
    return [LayerSummary(path.stem, shp.KINDS[where.kind], len(where.start))]


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
    progress : Progress

    Raises
    ------
    InputError
        If it is no shapefile, nothing in it is whole, or the encoding that was given does not exist.
    """
    return next(_pieces(path, options, None, progress))


def read_chunks(
    path: Path, options: ReadOptions = PLAIN, *, size: int = 50_000, progress: Progress = SILENT
) -> Iterator[Foreign]:
    """Read a shapefile in pieces of `size` records; otherwise as :func:`read`."""
    return _pieces(path, options, size, progress)


def _pieces(path: Path, options: ReadOptions, size: int | None, progress: Progress) -> Iterator[Foreign]:
    where = shp.index(path, beside(path, ".shx"))
    side = beside(path, ".dbf")
    table = None if side is None else dbf.read(side)
    whole = Foreign(path.stem, path, "shapefile", _nothing(), np.empty(0, dtype=np.int64), 0)
    whole.declared = _declared(path, whole)
    codec = _opening(path, where, table, options, whole)
    count = max(len(where.start), table.count if table else 0)
    if where.lost and not len(where.start):
        raise InputError(f"{path.name} holds no whole shape; it was cut off, ask for it to be sent again.")
    count = count if options.limit is None else min(count, options.limit)
    size = max(count, 1) if size is None else size
    shapes = shp.pieces(path, where, size, progress)
    told: set[str] = set()
    for start in range(0, max(count, 1), size):
        piece = Foreign(path.stem, path, "shapefile", _nothing(), np.empty(0, dtype=np.int64), 0)
        piece.declared, piece.encoding = whole.declared, whole.encoding
        piece.notes = list(whole.notes) if start == 0 else []
        stop = min(start + size, count)
        found = next(shapes, None) if start < len(where.start) else None
        _fill(piece, found, where, table, codec, start, stop, told)
        yield piece
    report(progress, 1.0)


def _nothing() -> Any:
    import geopandas as gpd

    return gpd.GeoDataFrame()


def _opening(path: Path, where: shp.Index, table: dbf.Table | None, options: ReadOptions, foreign: Foreign) -> str:
    """Note what the files as a whole say; return the codec of the texts."""
    if where.rebuilt:
        if beside(path, ".shx") is None:
            foreign.note("info", "no_index", f"缺少 {path.stem}.shx,已按 .shp 顺序读取",
                         f"{path.stem}.shx is missing; the shapes were read in their order")  # fmt: skip
        else:
            foreign.note("warning", "bad_index", f"{path.stem}.shx 与 .shp 不符,已按 .shp 顺序读取",
                         f"{path.stem}.shx does not fit the .shp; the shapes were read in their order")  # fmt: skip
    if where.lost:
        whole = int((where.start >= 0).sum())
        foreign.note("error", "cut_off", f"{path.name} 被截断或损坏:只有 {whole} 个完整图形,请重新索取",
                     f"{path.name} was cut off or is broken: it holds {whole} whole shapes; ask for it"
                     f" again")  # fmt: skip
    # Types 11 to 28 are those with Z or M.
    if where.kind > 10:
        foreign.note("info", "heights_dropped", "Z/M 值已去掉", "Z and M values were left out")
    if table is None:
        foreign.note("warning", "no_table", f"缺少 {path.stem}.dbf,只有图形没有属性",
                     f"{path.stem}.dbf is missing: there are shapes but no attributes")  # fmt: skip
        return "utf-8"
    for code, zh, en in table.problems:
        foreign.note("warning", code, zh, en)
    if len(where.start) != table.count:
        foreign.note(
            "warning", "counts_differ",
            f".shp 有 {len(where.start)} 个图形,.dbf 有 {table.count} 条记录,按顺序对应,多出的部分没有图形或属性",
            f"there are {len(where.start)} shapes and {table.count} records; they were paired in order, and what is"
            f" left over has no shape or no attributes",
        )  # fmt: skip
    return _encoding(path, table, options, foreign)


def _encoding(path: Path, table: dbf.Table, options: ReadOptions, foreign: Foreign) -> str:
    forced = text.codec(options.encoding)
    if options.encoding and not forced:
        raise InputError(f"There is no encoding '{options.encoding}'; use UTF-8, GBK, GB18030 or Big5.")
    said, where = _said(path)
    found = dbf.encoding(table, said, where)
    _contradiction(table, said, where, found, foreign)
    if forced and forced != found.name:
        foreign.note("warning", "encoding_forced", f"按指定的 {options.encoding} 解码;按字节看应为 {found.name}",
                     f"decoded as {options.encoding}, as told; by its bytes it is {found.name}")  # fmt: skip
    if forced:
        found = Encoding(forced, f"由用户指定为 {options.encoding}", f"{options.encoding}, as the user said", True)
    foreign.encoding = found
    return found.name


def _fill(
    piece: Foreign, found: shp.Shapes | None, where: shp.Index, table: dbf.Table | None, codec: str, start: int,
    stop: int, told: set[str],
) -> None:  # fmt: skip
    """Put the records from `start` to before `stop` into a result."""
    count = max(0, stop - start)
    shapes = np.full(count, None, dtype=object)
    unread = np.zeros(count, dtype=bool)
    if found is not None:
        have = min(count, len(found.geometry))
        shapes[:have], unread[:have] = found.geometry[:have], found.unread[:have]
        _parts(piece, found)
    cells: dict[str, list[Any]] = {}
    deleted = np.zeros(count, dtype=bool)
    if table is not None:
        block = table.block(start, stop)
        deleted[: len(block.data)] = block.deleted
        cells, problems = dbf.columns(table, block, codec)
        cells = {name: column + [None] * (count - len(column)) for name, column in cells.items()}
        for code, zh, en in problems:
            if en not in told:
                told.add(en)
                piece.note("warning", code, zh, en)
    # After the end of a .shp that was cut off there were shapes once.
    gone = np.arange(start, start + count) >= len(where.start) if where.lost else np.zeros(count, dtype=bool)
    cut = gone.copy()
    in_index = np.arange(start, min(start + count, len(where.start)))
    cut[: len(in_index)] |= where.start[in_index] < 0
    left_out = cut | deleted
    kept = np.flatnonzero(~left_out)
    data = {name: [column[row] for row in kept] for name, column in cells.items()}
    # Records are numbered as in the source, with those that were left out.
    ogr.placed(piece, data, shapes[kept], unread[kept], numbers=kept.astype(np.int64) + start + 1)
    for row in np.flatnonzero(left_out):
        values = plain({name: column[row] for name, column in cells.items()})
        code, zh, en = _DELETED if deleted[row] else _CUT
        piece.rejects.append(Reject(int(row) + start + 1, code, zh, en, values))
    piece.rejects.sort(key=lambda one: one.row)
    piece.count = len(piece.frame) + len(piece.rejects)
    empty = int(piece.frame.geometry.isna().sum())
    if empty:
        piece.note("warning", "no_shape", f"{empty} 条记录没有图形", f"{empty} records have no shape")
    _destroyed(cells, start, told, piece)


def _parts(piece: Foreign, found: shp.Shapes) -> None:
    if found.dropped:
        piece.note("warning", "parts_dropped", f"{found.dropped} 个点数不足的环或线段已略去",
                   f"{found.dropped} rings or lines of too few points were left out")  # fmt: skip
    if found.turned:
        piece.note("info", "rings_turned", f"{found.turned} 个面的外环与内环方向相反,已按包含关系区分",
                   f"{found.turned} polygons run the wrong way round; shells and holes were told by what lies in"
                   f" what")  # fmt: skip


def _said(path: Path) -> tuple[str | None, str]:
    """What the .cpg says."""
    page = beside(path, ".cpg") or beside(path, ".cst")
    if page is None:
        return None, ""
    return page.read_bytes()[:64].decode("ascii", "replace").strip().strip("\ufeff\0"), page.suffix.lower()


def _contradiction(table: dbf.Table, said: str | None, where: str, encoding: Encoding, foreign: Foreign) -> None:
    """Tell where what is declared is not what the bytes are."""
    found, wrong = encoding.name, []
    named = text.codec(said)
    if said and named is None:
        foreign.note("warning", "encoding_unknown", f"{where} 声明的编码“{said[:40]}”无法识别",
                     f"the encoding that the {where} declares ('{said[:40]}') is not known")  # fmt: skip
    elif said and named not in ("", found):
        wrong.append(f"{where}: {said[:40]}")
    driver = dbf.LDID.get(table.ldid)
    if driver and driver != found and driver.startswith(("gb", "big5", "cp9")):
        wrong.append(f"LDID 0x{table.ldid:02X}: {driver}")
    if wrong and "ASCII" not in encoding.en:
        told = ", ".join(wrong)
        foreign.note("warning", "encoding_contradicts", f"文件声明的编码({told})与实际字节不符,按 {found} 解码",
                     f"the encoding declared ({told}) is not that of the bytes; decoded as {found}")  # fmt: skip


def _destroyed(cells: dict[str, list[Any]], start: int, told: set[str], foreign: Foreign) -> None:
    """Note the first destroyed text of each field."""
    for name, column in cells.items():
        if f"destroyed {name}" in told:
            continue
        first = {value: row for row, value in reversed(list(enumerate(column))) if isinstance(value, str)}
        for value, row in sorted(first.items(), key=lambda one: one[1]):
            why = text.destroyed(value)
            if why:
                told.add(f"destroyed {name}")
                row += start + 1
                foreign.note("error", "text_destroyed", f"字段“{name}”第 {row} 条“{value[:20]}”:{why[0]}",
                             f"field '{name}', record {row} ('{value[:20]}'): the text is destroyed: {why[1]}",
                             row)  # fmt: skip
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
    datum = next((name for mark, name in _DATUMS if mark.search(words)), "")
    try:
        # Only what is a definition: PROJ would look up other words as names and files.
        if datum or not _DEFINITION.match(words):
            raise CRSError("no definition")
        crs = ogr.identified(CRS.from_user_input(words))
    except CRSError:
        said = " ".join(words.split())[:200]
        foreign.note("warning", "prj_unknown", f".prj 中的坐标系无法识别:{said[:60]}",
                     f"the system in the .prj is not known: {said[:60]}")  # fmt: skip
        return Declared(None, said, ".prj", datum)
    return Declared(crs, crs.name, ".prj")
