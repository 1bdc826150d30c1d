"""Tables with coordinates: CSV and its kin, and Excel workbooks.

Every cell stays what it was (texts as text, so that ``001`` keeps its zeros); only the coordinates are read.  A row
whose coordinates cannot be read is kept apart with its line and the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..progress import SILENT, Progress, report
from . import coordinate_columns as columns_
from .coordinate_columns import Columns
from .coordinates import METRES_FROM
from .model import PLAIN, Declared, Encoding, Foreign, LayerSummary, Note, ReadOptions, Reject, plain

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: Rows by which the form and the order of the coordinates are judged.
_SAMPLE = 2000


@dataclass
class Grid:
    """A piece of a table.

    `frame` holds the cells by unique title, `lines` the line (CSV) or row (Excel) of each, from 1; `rejects` are
    records that do not fit the table, `notes` what shows only here.
    """

    frame: pd.DataFrame
    lines: NDArray[np.int64]
    rejects: list[Reject] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


@dataclass
class Opened:
    """A table ready to be read: its name, titles, what was noted on opening, and its pieces."""

    name: str
    titles: list[str]
    pieces: Iterator[Grid]
    encoding: Encoding | None = None
    above: tuple[str, ...] = ()
    notes: list[Note] = field(default_factory=list)


def layers(path: Path, options: ReadOptions = PLAIN) -> list[LayerSummary]:
    """List the sheets; a CSV is one."""
    if _excel(path):
        from .sheet_xlsx import sheets

        return sheets(path)
    del options
    return [LayerSummary(path.stem, "Point")]


def read(path: Path, options: ReadOptions = PLAIN, *, progress: Progress = SILENT) -> Foreign:
    """Read a whole table.

    Raises
    ------
    InputError
        If it has no columns that hold coordinates, several sheets that could be meant, or cannot be read.
    """
    import pandas as pd

    pieces = list(read_chunks(path, options, size=50_000, progress=progress))
    first = pieces[0]
    if len(pieces) > 1:
        import geopandas as gpd

        frames = [piece.frame for piece in pieces]
        first.frame = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=first.frame.crs)
        first.rows = np.concatenate([piece.rows for piece in pieces])
        first.count = sum(piece.count for piece in pieces)
        for piece in pieces[1:]:
            first.rejects += piece.rejects
            first.notes += [note for note in piece.notes if note.code not in {n.code for n in first.notes}]
    return first


def read_chunks(
    path: Path, options: ReadOptions = PLAIN, *, size: int = 50_000, progress: Progress = SILENT
) -> Iterator[Foreign]:
    """Read a table in pieces of about `size` rows; a table without rows is one empty piece.

    Raises
    ------
    InputError
        As :func:`read`.
    """
    table = _open(path, options, size, progress)
    where = f"{path.name}{f' ({table.name})' if table.name != path.stem else ''}"
    found = columns_.find(table.titles, options, where)
    judged: _Judged | None = None
    told = list(table.notes)
    if columns_.vertices(table.titles):
        told.append(Note(
            "warning", "numbered_points", "表中有点号一列,像是界址点成果表;此处按点读取,要连成面请用“拐点坐标表划定”",
            "it has a column of point numbers, as tables of boundary points do; it is read as points here, to join them"
            " use: envzones delineate vertices",
        ))  # fmt: skip
    for piece in _limited(_judgeable(table.pieces), options.limit):
        if judged is None:
            judged = _judge(piece.frame.iloc[:_SAMPLE], found, table, path.stem)
            told += judged.notes
        foreign = _foreign(piece, judged, path, table, progress)
        said = {note.code for note in table.notes}
        foreign.notes += [*told, *(note for note in piece.notes if note.code not in said)]
        told = []
        yield foreign
    report(progress, 1.0)


def _judgeable(pieces: Iterator[Grid]) -> Iterator[Grid]:
    """Let the first piece be large enough to judge by, so that pieces of any size are read alike."""
    import pandas as pd

    first = next(pieces, None)
    if first is None:
        return
    while len(first.frame) < _SAMPLE:
        piece = next(pieces, None)
        if piece is None:
            break
        frame = pd.concat([first.frame, piece.frame], ignore_index=True)
        lines = np.concatenate([first.lines, piece.lines])
        first = Grid(frame, lines, first.rejects + piece.rejects, first.notes + piece.notes)
    yield first
    yield from pieces


def _limited(pieces: Iterator[Grid], limit: int | None) -> Iterator[Grid]:
    """Let through the first rows alone, and the rejects among them."""
    seen = 0
    for piece in pieces:
        if limit is not None and seen + len(piece.lines) > limit:
            piece.frame, piece.lines = piece.frame.iloc[: limit - seen], piece.lines[: limit - seen]
            last = piece.lines[-1] if len(piece.lines) else 0
            piece.rejects = [one for one in piece.rejects if one.row <= last]
        seen += len(piece.lines)
        yield piece
        if limit is not None and seen >= limit:
            return


def _excel(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(512)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(
            f"{path.name} is an old Excel workbook (.xls) or one with a password; open it in Excel or WPS, save it"
            " as .xlsx without a password, and give that."
        )
    if (
        head.lstrip(b"\xef\xbb\xbf \t\r\n")[:9]
        .lower()
        .startswith((b"<html", b"<table", b"<!doctype", b"<?xml"))
    ):
        raise InputError(
            f"{path.name} is a web page or XML with the name of a table; open it in Excel or WPS, save it as"
            " .xlsx, and give that."
        )
    return head.startswith(b"PK")


def _open(path: Path, options: ReadOptions, size: int, progress: Progress) -> Opened:
    if _excel(path):
        from .sheet_xlsx import open_sheet

        return open_sheet(path, options, size, progress)
    from .sheet_csv import open_csv

    return open_csv(path, options, size, progress)


@dataclass
class _Judged:
    """What the first rows say about all."""

    columns: Columns
    turn: bool
    form: str
    metres: bool
    declared: Declared | None
    notes: list[Note]


def _judge(sample: pd.DataFrame, found: Columns, table: Opened, file: str) -> _Judged:
    said = columns_.declared(found, table.above, file)
    if found.wkt is not None:
        return _Judged(found, False, "wkt", False, said, [])
    located = columns_.locate(sample, found)
    turn, notes = False, []
    if found.swap is None:
        turn = columns_.turned(located.xy) or False
        if turn:
            notes.append(columns_.swap_note(found, located.form == "metres"))
    known = np.abs(located.xy[np.isfinite(located.xy)])
    metres = bool(len(known)) and float(np.median(known)) >= METRES_FROM
    if not metres:
        said = said or columns_.declared_degrees(found, table.above)
    coarse = columns_.step_note(located.step, metres) if len(known) else None
    if coarse is not None:
        notes.append(coarse)
    if located.form == "mixed":
        notes.append(
            Note(
                "warning",
                "mixed_forms",
                "坐标写法不一致,请核对",
                "the coordinates are written in several forms",
            )
        )
    elif located.form in ("dms", "packed"):
        forms = {
            "dms": ("度分秒", "degrees, minutes, seconds"),
            "packed": ("度分秒压缩格式", "packed degrees (ddd.mmss)"),
        }
        notes.append(
            Note(
                "info",
                "form",
                f"坐标按{forms[located.form][0]}读取",
                f"coordinates read as {forms[located.form][1]}",
            )
        )
    # What the first rows are decides for all, so that every piece is read alike.
    form = found.form or ("packed" if located.form == "packed" else None)
    fixed = replace(found, form=form, settled=True)
    return _Judged(fixed, turn, located.form, metres, said, notes)


def _foreign(piece: Grid, judged: _Judged, path: Path, table: Opened, progress: Progress) -> Foreign:
    import geopandas as gpd

    frame = piece.frame.reset_index(drop=True)
    n = len(frame)
    if judged.columns.wkt is not None:
        shapes, bad, srid = _wkt(frame[judged.columns.wkt])
        if srid and judged.declared is None:
            judged.declared = srid
    else:
        located = columns_.Located(np.empty((0, 2)), "degrees", {})
        if n:
            located = columns_.locate(frame, judged.columns, progress)
        xy = located.xy[:, ::-1] if judged.turn else located.xy
        asked = judged.columns.form is not None and judged.form != "packed"
        bad = {**columns_.implausible(xy, judged.form, judged.metres, asked), **located.bad}
        known = np.array(np.isfinite(xy).all(axis=1), dtype=bool)
        for row in np.flatnonzero(~known):
            bad.setdefault(int(row), ("坐标为空", "the coordinate is empty"))
        known[sorted(bad)] = False
        shapes = np.full(n, None, dtype=object)
        shapes[known] = shapely.points(xy[known])
    rejects = list(piece.rejects)
    if bad:
        records = frame.iloc[sorted(bad)].to_dict("records")
        rejects += [
            Reject(int(piece.lines[row]), "bad_coordinates", *bad[row], plain(cells))
            for row, cells in zip(sorted(bad), records)
        ]
        keep = np.ones(n, dtype=bool)
        keep[sorted(bad)] = False
        frame, shapes, lines = frame[keep].reset_index(drop=True), shapes[keep], piece.lines[keep]
    else:
        lines = piece.lines
    crs = judged.declared.crs if judged.declared else None
    geometry = gpd.GeoSeries(gpd.array.from_shapely(shapes, crs=crs), index=frame.index)
    if "geometry" in frame.columns:
        frame = frame.rename(columns={"geometry": "geometry_1"})
    made = gpd.GeoDataFrame(frame, geometry=geometry, crs=crs)
    form = "xlsx" if _excel(path) else "csv"
    return Foreign(
        table.name, path, form, made, np.asarray(lines, dtype=np.int64), len(made) + len(rejects), judged.declared,
        table.encoding, sorted(rejects, key=lambda one: one.row),
    )  # fmt: skip


def _wkt(column: Any) -> tuple[NDArray[Any], dict[int, tuple[str, str]], Declared | None]:
    """Read WKT, with an SRID before it where there is one."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    said = column.astype(object).where(column.notna(), None).tolist()
    bad: dict[int, tuple[str, str]] = {}
    srids: set[str] = set()
    texts: list[str | None] = []
    for value in said:
        word = str(value).strip() if value is not None else ""
        if word[:5].upper() == "SRID=":
            srid, _, word = word.partition(";")
            srids.add(srid[5:].strip())
        texts.append(word or None)
    with np.errstate(over="ignore", invalid="ignore"):
        shapes = (
            shapely.from_wkt(np.array(texts, dtype=object), on_invalid="ignore")
            if texts
            else np.empty(0, dtype=object)
        )
    shapes = np.array(shapely.force_2d(shapes), dtype=object)
    for row in np.flatnonzero(shapely.is_missing(shapes)):
        word = texts[row] or ""
        bad[int(row)] = (
            (f"“{word[:40]}”不是 WKT", f"'{word[:40]}' is no WKT")
            if word
            else ("没有图形", "there is no geometry")
        )
    good = np.flatnonzero(~shapely.is_missing(shapes))
    coords, owner = shapely.get_coordinates(shapes[good], return_index=True)
    for row in np.unique(owner[~np.isfinite(coords).all(axis=1)]):
        bad[int(good[row])] = ("坐标不是有限数", "a coordinate is no finite number")
    declared = None
    if len(srids) == 1:
        (code,) = srids
        try:
            declared = Declared(CRS.from_epsg(int(code)), f"SRID={code}", "header")
        except (CRSError, ValueError):
            declared = Declared(None, f"SRID={code}", "header")
    return shapes, bad, declared


def unique_titles(cells: list[Any], notes: list[Note]) -> list[str]:
    """Return titles of columns, each once; empty ones are numbered."""
    out: list[str] = []
    doubled = empty = 0
    for k, cell in enumerate(cells, 1):
        said = "" if cell is None else " ".join(str(cell).split())
        if not said:
            said, empty = f"column_{k}", empty + 1
        title, n = said, 2
        while title in out:
            title, n = f"{said}_{n}", n + 1
        doubled += title != said
        out.append(title)
    if doubled:
        notes.append(
            Note(
                "info",
                "titles_doubled",
                f"{doubled} 个列名重复,已编号",
                f"{doubled} titles stand twice; they were numbered",
            )
        )
    if empty:
        notes.append(
            Note(
                "info",
                "titles_empty",
                f"{empty} 列没有列名,以列号命名",
                f"{empty} columns have no title; they are named by number",
            )
        )
    return out


def header_row(rows: list[list[Any]], wanted: tuple[str | None, ...] = ()) -> int | None:
    """Return which of the first rows holds the titles (from 0), None where the first is data already.

    It is the row that has the titles `wanted`; else the one with most titles that name coordinates; else the
    first row of texts alone that is as wide as the table.
    """
    names = {name for name in wanted if name}
    if names:
        found = next((k for k, row in enumerate(rows) if names <= {str(cell).strip() for cell in row}), None)
        if found is not None:
            return found
    best, most = None, 0
    for k, row in enumerate(rows):
        named = sum(isinstance(cell, str) and columns_.is_coordinate_title(cell) for cell in row)
        filled = sum(cell not in (None, "") for cell in row)
        if named > most and (filled >= 2 or named == filled):
            best, most = k, named
    if best is not None:
        return best
    width = max((sum(cell not in (None, "") for cell in row) for row in rows), default=0)
    for k, row in enumerate(rows):
        filled_cells = [cell for cell in row if cell not in (None, "")]
        if len(filled_cells) >= max(1, width - 1):
            return k if all(isinstance(cell, str) and not _number(cell) for cell in filled_cells) else None
    return None


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def refuse_empty(path: Path, name: str = "") -> InputError:
    """Return the error for a table without rows."""
    return InputError(
        f"{path.name}{f' ({name})' if name else ''} holds no table; check that it is the right file."
    )
