"""CSV, TSV and tables with other separators, in pieces, with the line of each row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..progress import Progress, report
from . import text
from .model import Encoding, Note, ReadOptions, Reject
from .sheet import Grid, Opened, header_row, refuse_empty, unique_titles

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_SEPARATORS = ",\t;|，"
_HEAD_LINES = 40
_HEAD_BYTES = 4 << 20
_WEIGHED = 32 << 20
#: Cells beyond the titles that a row may have before it is refused as a whole.
_SPARE = 20


class _Counted(io.RawIOBase):
    """A file that tells how far it has been read."""

    def __init__(self, stream: IO[bytes], size: int, progress: Progress) -> None:
        self._stream, self._size, self._progress, self._read = stream, max(size, 1), progress, 0
        self.quoted = False  # whether a quotation mark has been seen: only then can a cell hold a line end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self.quoted = self.quoted or b'"' in data
        self._read += len(data)
        return len(data)

    @property
    def share(self) -> float:
        """How much of it has been read, 0 to 1."""
        return min(self._read / self._size, 1.0)


class _Widened:
    """A text file with a row of empty cells before it, as wide as any row may be.

    pandas 1.x takes the width of a table from its first row and refuses names for more.
    """

    def __init__(self, lines: io.TextIOWrapper, first: str) -> None:
        self._lines, self._first = lines, first
        self.broken = False  # whether what has been read holds the remains of a wrong decoding

    def read(self, size: int = -1) -> str:
        first, self._first = self._first, ""
        said = first or self._lines.read(size)
        self.broken = self.broken or "\ufffd" in said or "锟斤拷" in said
        return said

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)


def open_csv(path: Path, options: ReadOptions, size: int, progress: Progress) -> Opened:
    """Open a text table.

    Raises
    ------
    InputError
        If it is empty, holds zeros as binary files do, or the encoding that was asked for is not known.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
        weighed = head + stream.read(_WEIGHED - _HEAD_BYTES)
        # ASCII alone says nothing of the codec: the first other byte may stand far down.
        while len(weighed) >= _WEIGHED and weighed.isascii():
            report(progress, 0.0)
            weighed = weighed[weighed.rfind(b"\n") + 1 :][-(1 << 20) :] + stream.read(_WEIGHED)
    if options.encoding and text.codec(options.encoding) is None:
        raise InputError(
            f"'{options.encoding}' is no encoding that is known; use UTF-8, GB18030 or Big5, or none."
        )
    encoding = text.detect(_whole(weighed), declared=options.encoding)
    name = text.codec(options.encoding) or encoding.name
    if b"\0" in head and not name.startswith("utf-16"):
        raise InputError(f"{path.name} is no text table (it holds zero bytes); save it again as CSV or XLSX.")
    notes: list[Note] = []
    if options.encoding and text.codec(options.encoding) not in (None, "", encoding.name):
        notes.append(Note("warning", "encoding_forced", f"按指定的 {options.encoding} 解码;按字节看应为 {encoding.name}",
                          f"decoded as {options.encoding}, as told; by its bytes it is {encoding.name}"))  # fmt: skip
        encoding = Encoding(name, "用户指定", "as the user said", True)
    lines = text.decode(_cut(head), name).splitlines()[:_HEAD_LINES]
    if not any(line.strip() for line in lines):
        raise refuse_empty(path)
    separator = _separator(lines)
    rows = _first_rows(lines, separator)
    top = options.header_row - 1 if options.header_row else None
    if options.header_row is None:
        top = header_row(rows, (options.x, options.y, options.wkt))
    if top is not None and top >= len(rows):
        raise InputError(
            f"{path.name} has {len(rows)} rows before line {_HEAD_LINES}; row {top + 1} cannot hold its titles."
        )
    width = max(len(row) for row in rows)
    said: list[Any] = rows[top] if top is not None else [None] * width
    titles = unique_titles(said, notes)
    above = tuple(cell for row in rows[: top or 0] for cell in row if cell)
    if any(text.destroyed(line) for line in lines):
        why = next(filter(None, map(text.destroyed, lines)))
        notes.append(Note("error", "text_destroyed", why[0], why[1]))
    first = 0 if top is None else _line_after(lines, separator, top)
    pieces = _pieces(path, name, separator, titles, first, size, progress, options.limit)
    return Opened(path.stem, titles, pieces, encoding, above, notes)


def _whole(data: bytes) -> bytes:
    """Bytes up to the last line end, so that no character is cut."""
    if len(data) < _WEIGHED:
        return data
    return data[: data.rfind(b"\n") + 1] or data


def _cut(data: bytes) -> bytes:
    return data if len(data) < _HEAD_BYTES else data[: data.rfind(b"\n") + 1] or data


def _separator(lines: list[str]) -> str:
    """The separator that cuts the first lines into most, and equally many, cells."""
    best, score = ",", 0.0
    for one in _SEPARATORS:
        counts = [line.count(one) for line in lines if line.strip()]
        usual = max(set(counts), key=lambda n: (counts.count(n), n))
        mark = usual * counts.count(usual) / len(counts)
        if mark > score:
            best, score = one, mark
    return best


def _first_rows(lines: list[str], separator: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(lines, delimiter=separator))
    except csv.Error as error:
        raise InputError(
            f"The table's first lines cannot be cut into cells ({error}); save it again as CSV."
        ) from error
    return [[cell.strip() for cell in row] for row in rows if row] or [[]]


def _line_after(lines: list[str], separator: str, top: int) -> int:
    """How many physical lines go before the first row of data (`top` counts rows that are not blank)."""
    reader = csv.reader(lines, delimiter=separator)
    seen = -1
    for row in reader:
        seen += bool(row)
        if seen == top:
            return reader.line_num
    return len(lines)


def _pieces(
    path: Path,
    codec: str,
    separator: str,
    titles: list[str],
    skip: int,
    size: int,
    progress: Progress,
    limit: int | None,
) -> Iterator[Grid]:
    import pandas as pd

    names = [*titles, *(f"\0{k}" for k in range(_SPARE))]
    total = path.stat().st_size
    with path.open("rb") as raw:
        counted = _Counted(raw, total, progress)
        # What does not decode becomes U+FFFD and is told, rather than ending the import at row 900,000.
        lines = io.TextIOWrapper(
            io.BufferedReader(counted, 1 << 20), encoding=codec, errors="replace", newline=""
        )
        for _ in range(skip):
            lines.readline()
        line, made = skip, -1  # the row put before is none of the file's
        told: list[Note] = []
        try:
            wide = _Widened(lines, separator * (len(names) - 1) + "\n")
            source = pd.read_csv(
                wide, header=None, names=names, index_col=False, dtype=str, keep_default_na=False, sep=separator,
                chunksize=size, skip_blank_lines=False, engine="c", low_memory=False, quoting=csv.QUOTE_MINIMAL,
                nrows=None if limit is None else limit + 51,
            )  # fmt: skip
            for frame in source:
                report(progress, counted.share, f"{made + len(frame):,}")
                grid, line = _grid(frame, titles, line, counted.quoted)
                if wide.broken and not told:
                    told = _broken(grid)
                    grid.notes += told
                made += len(frame)
                yield grid
        except pd.errors.EmptyDataError:
            pass
        except pd.errors.ParserError as error:
            words = " ".join(str(error).replace("Error tokenizing data. C error: ", "").split())
            raise InputError(
                f"{path.name} cannot be cut into cells after row {made} ({words}); look there for quotation marks or"
                f" separators too many, or save it as XLSX."
            ) from error
    if made <= 0:
        yield Grid(
            pd.DataFrame({title: pd.Series([], dtype=object) for title in titles}),
            np.empty(0, dtype=np.int64),
        )


def _grid(frame: pd.DataFrame, titles: list[str], line: int, quoted: bool) -> tuple[Grid, int]:
    """Number the lines of a piece, and put aside the rows that are wider than the table; blank rows are no rows."""
    frame = frame.reset_index(drop=True)
    lines, after = _lines(frame, line, quoted)
    spare = frame.iloc[:, len(titles) :]
    frame = frame.iloc[:, : len(titles)]
    rejects: list[Reject] = []
    keep = np.ones(len(frame), dtype=bool)
    if len(frame) and _filled(spare.iloc[:, 0]).any():
        wide = np.zeros(len(frame), dtype=bool)
        for k in range(spare.shape[1]):
            wide |= _filled(spare.iloc[:, k])
        for row in np.flatnonzero(wide):
            cells = {title: str(frame.iat[row, k]) for k, title in enumerate(titles)}
            rejects.append(Reject(
                int(lines[row]), "too_many_cells", f"该行比表头多出单元格,可能有未加引号的分隔符({len(titles)} 列)",
                f"the row has more cells than the {len(titles)} titles; a separator may stand in a cell without"
                " quotation marks", cells,
            ))  # fmt: skip
        keep &= ~wide
    blank = ~_filled(frame.iloc[:, 0])
    if blank.any():
        for k in range(1, frame.shape[1]):
            blank &= ~_filled(frame.iloc[:, k])
        keep &= ~blank
    if not keep.all():
        frame, lines = frame[keep].reset_index(drop=True), lines[keep]
    return Grid(frame, lines, rejects), after


def _broken(grid: Grid) -> list[Note]:
    """Tell the first row of a piece whose text is destroyed, or does not decode."""
    for k, title in enumerate(grid.frame.columns):
        column = grid.frame.iloc[:, k]
        hits = np.flatnonzero(column.str.contains("\ufffd|锟斤拷", na=False).to_numpy(dtype=bool))
        why = text.destroyed(str(column.iloc[hits[0]])) if len(hits) else None
        if why is not None:
            row = int(grid.lines[hits[0]])
            return [
                Note(
                    "error",
                    "text_destroyed",
                    f"“{title}”列第 {row} 行起:{why[0]}",
                    f"column '{title}' from line {row} on: {why[1]}",
                    row,
                )
            ]
    return []


def _filled(column: pd.Series) -> NDArray[np.bool_]:
    return np.array((column != "") & column.notna(), dtype=bool)


def _lines(frame: pd.DataFrame, line: int, quoted: bool) -> tuple[NDArray[np.int64], int]:
    """The physical line of each row, when line ends stand inside quotation marks too."""
    extra = np.zeros(len(frame), dtype=np.int64)
    for k in range(frame.shape[1] if quoted else 0):
        column = frame.iloc[:, k]
        values = column.to_numpy(dtype=object)
        if any("\n" in v for v in values if v.__class__ is str):
            extra += np.array([v.count("\n") if isinstance(v, str) else 0 for v in values], dtype=np.int64)
    starts = (
        line
        + np.arange(len(frame), dtype=np.int64)
        + np.concatenate([[0], np.cumsum(extra)[:-1]])[: len(frame)]
    )
    return starts, int(line + len(frame) + extra.sum())
