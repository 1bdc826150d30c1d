"""Shapes of a .shp, read record by record as the specification has them; neither the table nor GDAL has a say in it.

GDAL leaves out what the table marks as deleted, needs an index and gives up at the first broken record.  Here every
record has its place: a shape, none, or the flag that it cannot be read.

Source: ESRI Shapefile Technical Description (July 1998); positions of bytes are those of its tables 3 to 15.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import shapely

from ..errors import InputError
from ..progress import SILENT, Progress, report

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS = {
    0: "Null", 1: "Point", 3: "LineString", 5: "Polygon", 8: "MultiPoint", 11: "Point", 13: "LineString", 15: "Polygon",
    18: "MultiPoint", 21: "Point", 23: "LineString", 25: "Polygon", 28: "MultiPoint",
}  # fmt: skip
HEAD = 100
_POINT, _LINE, _AREA, _POINTS = "Point", "LineString", "Polygon", "MultiPoint"
#: Records and bytes that are worked on at once.
_STEP, _BYTES = 20_000, 32 << 20
_TWO = struct.Struct("<2i")


@dataclass(frozen=True)
class Index:
    """Where the records are: byte positions of their contents and lengths in bytes, (n,); -1 for what is cut off.

    `rebuilt` says that there was no sound .shx, `lost` that bytes at the end belong to no whole record.
    """

    start: NDArray[np.int64]
    size: NDArray[np.int64]
    kind: int
    rebuilt: bool
    lost: bool


@dataclass
class Shapes:
    """Shapes of some records, (n,): geometries (None where the record has none), and which cannot be read and why.

    `dropped` counts rings and lines of too few points that were left out of shapes with others; `turned` shapes whose
    shells ran the way of holes.
    """

    geometry: NDArray[Any]
    unread: NDArray[np.bool_]
    dropped: int = 0
    turned: int = 0


def index(path: Path, side: Path | None) -> Index:
    """Find the records of a .shp, by its .shx (`side`) where that is sound, else one after the other.

    Raises
    ------
    InputError
        If it is no shapefile.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        if len(head) < HEAD or head[:4] != b"\x00\x00\x27\x0a":
            what = "is empty" if not head else "is no whole shapefile"
            raise InputError(f"{path.name} {what}; ask for .shp, .shx, .dbf and .prj to be sent again, in one zip.")
        kind = struct.unpack("<i", head[32:36])[0]
        if kind not in KINDS:
            raise InputError(
                f"{path.name} holds shapes of type {kind} (such as MultiPatch), which no zone has; export it again as"
                f" polygons, lines or points."
            )
        found = _indexed(stream, side, size, kind)
        return _scanned(stream, size, kind) if found is None else found


def _indexed(stream: BinaryIO, side: Path | None, size: int, kind: int) -> Index | None:
    """Return what a .shx says, None if it does not fit the .shp."""
    if side is None:
        return None
    data = side.read_bytes()[HEAD:]
    entries = np.frombuffer(data[: len(data) // 8 * 8], dtype=">i4").reshape(-1, 2).astype(np.int64) * 2
    start, length = entries[:, 0] + 8, entries[:, 1]
    if len(start) == 0:
        return None if size > HEAD + 8 else Index(start, length, kind, False, False)
    if (start < HEAD + 8).any() or (length < 4).any() or length.sum() > 2 * size:
        return None
    there = start + length <= size
    for k in np.unique(np.linspace(0, len(start) - 1, 200).astype(int)):
        if there[k]:
            stream.seek(start[k] - 4)
            if struct.unpack(">i", stream.read(4))[0] * 2 != length[k]:
                return None
    if not there.all() and there.sum() < len(there) // 100:
        return None
    return Index(np.where(there, start, -1), np.where(there, length, 0), kind, False, not bool(there.all()))


def _scanned(stream: BinaryIO, size: int, kind: int) -> Index:
    """Walk through the records until one is not whole."""
    start, length, at = [], [], HEAD
    stream.seek(at)
    while at + 12 <= size:
        head = stream.read(12)
        words, one = struct.unpack(">i", head[4:8])[0], struct.unpack("<i", head[8:12])[0]
        if words < 2 or at + 8 + words * 2 > size or one not in KINDS:
            break
        start.append(at + 8)
        length.append(words * 2)
        at += 8 + words * 2
        stream.seek(at)
    return Index(np.array(start, dtype=np.int64), np.array(length, dtype=np.int64), kind, True, at < size)


def pieces(path: Path, where: Index, size: int, progress: Progress = SILENT) -> Iterator[Shapes]:
    """Read the shapes in pieces of `size` records, in their order."""
    count = len(where.start)
    with path.open("rb") as stream:
        for first in range(0, count, size):
            last = min(first + size, count)
            parts, at = [], first
            while at < last:
                report(progress, at / count, path.name)
                bytes_to = np.cumsum(where.size[at : min(at + _STEP, last)])
                stop = at + max(1, int(np.searchsorted(bytes_to, _BYTES, side="right")))
                parts.append(_shapes(_contents(stream, where, at, stop)))
                at = stop
            yield parts[0] if len(parts) == 1 else _joined(parts)


def _joined(parts: list[Shapes]) -> Shapes:
    return Shapes(
        np.concatenate([one.geometry for one in parts]), np.concatenate([one.unread for one in parts]),
        sum(one.dropped for one in parts), sum(one.turned for one in parts),
    )  # fmt: skip


def _contents(stream: BinaryIO, where: Index, first: int, last: int) -> list[bytes]:
    """Read the contents of some records; empty where they were cut off."""
    start, size = where.start[first:last], where.size[first:last]
    there = np.flatnonzero(start >= 0)
    if not len(there):
        return [b""] * (last - first)
    low, high = int(start[there].min()), int((start + size)[there].max())
    if high - low <= 2 * _BYTES:
        # Records mostly stand one after the other: one piece is read and cut.
        stream.seek(low)
        data = stream.read(high - low)
        ends = (start - low + size).tolist()
        return [data[a:b] if a >= 0 else b"" for a, b in zip(np.where(start < 0, -1, start - low).tolist(), ends)]
    out = []
    for at, length in zip(start.tolist(), size.tolist()):
        stream.seek(max(at, 0))
        out.append(stream.read(length) if at >= 0 else b"")
    return out


# --------------------------------------------------------------------------------------------------------
# Bytes to shapes
# --------------------------------------------------------------------------------------------------------


def _shapes(records: list[bytes]) -> Shapes:
    """Turn contents of records into shapes."""
    n = len(records)
    out = Shapes(np.full(n, None, dtype=object), np.zeros(n, dtype=bool))
    found: dict[str, tuple[list[int], list[NDArray[np.float64]]]] = {kind: ([], []) for kind in set(KINDS.values())}
    for row, content in enumerate(records):
        kind = KINDS.get(int.from_bytes(content[:4], "little", signed=True), "") if len(content) >= 4 else ""
        if kind == "Null":
            continue
        parts = _parts(content, kind)
        if parts is None:
            out.unread[row] = True
            continue
        rows, points = found[kind]
        rows.extend([row] * len(parts))
        points.extend(parts)
    for kind, (rows, points) in found.items():
        if points:
            _made(kind, np.array(rows), points, out)
    out.geometry[out.unread] = None
    return out


def _made(kind: str, rows: NDArray[np.int64], parts: list[NDArray[np.float64]], out: Shapes) -> None:
    """Make the shapes of one kind of the parts of their records, (n, 2) each, which stand together."""
    counts = np.array([len(one) for one in parts])
    points = np.concatenate(parts)
    wild = ~np.isfinite(points).all(axis=1)
    if wild.any():
        out.unread[rows[np.repeat(np.arange(len(rows)), counts)[wild]]] = True
        fine = np.flatnonzero(~out.unread[rows])
        if len(fine):
            _made(kind, rows[fine], [parts[k] for k in fine], out)
    elif kind == _POINT:
        out.geometry[rows] = shapely.points(points)
    elif kind == _POINTS:
        some = np.flatnonzero(counts)
        owner = np.repeat(np.arange(len(some)), counts[some])
        if len(some):
            out.geometry[rows[some]] = shapely.multipoints(shapely.points(points), indices=owner)
    elif kind == _LINE:
        _lines(rows, counts, points, out)
    else:
        _areas(rows, counts, points, out)


def _parts(content: bytes, kind: str) -> list[NDArray[np.float64]] | None:
    """Return the parts of a record's shape, each (n, 2); None if the record is not whole."""
    if kind == _POINT:
        return [np.frombuffer(content, "<f8", 2, 4).reshape(1, 2)] if len(content) >= 20 else None
    if kind == _POINTS and len(content) >= 40:
        count = struct.unpack("<i", content[36:40])[0]
        return [_points(content, 40, count)] if 0 <= count <= (len(content) - 40) // 16 else None
    if kind not in (_LINE, _AREA) or len(content) < 44:
        return None
    parts, count = _TWO.unpack_from(content, 36)
    body = 44 + 4 * parts
    if parts < 0 or count < 0 or body + 16 * count > len(content):
        return None
    if parts == 1:
        return [_points(content, 48, count)] if content[44:48] == bytes(4) else None
    begin = np.frombuffer(content, "<i4", parts, 44)
    if parts and (begin[0] < 0 or (np.diff(begin) < 0).any() or begin[-1] > count):
        return None
    points = _points(content, body, count)
    return np.split(points, begin[1:]) if parts else ([] if not count else None)


def _points(content: bytes, at: int, count: int) -> NDArray[np.float64]:
    return np.frombuffer(content, "<f8", 2 * count, at).reshape(-1, 2)


def _lines(rows: NDArray[np.int64], counts: NDArray[np.int64], points: NDArray[np.float64], out: Shapes) -> None:
    """Put lines together: one part a LineString, several a MultiLineString."""
    rows, counts, points = _long_enough(rows, counts, points, counts >= 2, out)
    if not len(rows):
        return
    made = shapely.linestrings(points, indices=np.repeat(np.arange(len(rows)), counts))
    alone, several = _grouped(rows)
    out.geometry[rows[alone]] = made[alone]
    for members in several:
        out.geometry[rows[members[0]]] = shapely.multilinestrings(made[members])


def _long_enough(
    rows: NDArray[np.int64], counts: NDArray[np.int64], points: NDArray[np.float64], sound: NDArray[np.bool_],
    out: Shapes,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:  # fmt: skip
    """Leave out parts that are too short, and count them; a shape that has no other cannot be read."""
    if sound.all():
        return rows, counts, points
    out.dropped += int((~sound).sum())
    out.unread[np.setdiff1d(rows[~sound], rows[sound])] = True
    return rows[sound], counts[sound], points[np.repeat(sound, counts)]


def _grouped(rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    """The numbers of parts that are alone in their record, and those of each record with several."""
    edges = np.flatnonzero(np.diff(rows)) + 1
    begin, end = np.concatenate([[0], edges]), np.concatenate([edges, [len(rows)]])
    one = end - begin == 1
    return begin[one], [np.arange(a, b) for a, b in zip(begin[~one].tolist(), end[~one].tolist())]


def _areas(rows: NDArray[np.int64], counts: NDArray[np.int64], points: NDArray[np.float64], out: Shapes) -> None:
    """Put rings together: those that run clockwise are shells, the others holes of the smallest shell around them."""
    begin = np.concatenate([[0], np.cumsum(counts)])
    # Three points that are not closed make a triangle.
    open_ = np.zeros(len(counts), dtype=bool)
    three = np.flatnonzero(counts == 3)
    open_[three] = (points[begin[three]] != points[begin[three] + 2]).any(axis=1)
    rows, counts, points = _long_enough(rows, counts, points, (counts >= 4) | open_, out)
    if not len(rows):
        return
    made = shapely.linearrings(points, indices=np.repeat(np.arange(len(rows)), counts))
    alone, several = _grouped(rows)
    out.geometry[rows[alone]] = shapely.polygons(made[alone])
    if several:
        with np.errstate(all="ignore"):
            areas, boxes = _turning(points, counts), shapely.bounds(made)
            for members in several:
                shape, turned = _nested(made[members], areas[members], boxes[members])
                out.geometry[rows[members[0]]] = shape
                out.turned += turned


def _turning(points: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the signed areas of rings, below 0 for those that run clockwise."""
    begin = np.concatenate([[0], np.cumsum(counts)[:-1]])
    with np.errstate(over="ignore", invalid="ignore"):
        # Around each ring's first point: squares of national coordinates would leave no digits.
        local = points - np.repeat(points[begin], counts, axis=0)
        after = np.roll(local, -1, axis=0)
        after[np.cumsum(counts) - 1] = 0.0
        cross = local[:, 0] * after[:, 1] - after[:, 0] * local[:, 1]
        areas: NDArray[np.float64] = np.add.reduceat(cross, begin) / 2
        return np.nan_to_num(areas)


def _nested(rings: NDArray[Any], signed: NDArray[np.float64], boxes: NDArray[np.float64]) -> tuple[Any, bool]:
    """Assemble one shape of several rings; tell whether its shells ran the way of holes throughout."""
    shell, area = signed <= 0, np.abs(signed)
    parent = _parents(rings, area, shell, boxes)
    turned = False
    if (~shell & (parent < 0)).any():
        # A "hole" that lies in no shell: the shape may run the other way round.
        again = _parents(rings, area, ~shell, boxes)
        if not (shell & (again < 0)).any():
            shell, parent, turned = ~shell, again, True
    shell = shell | (parent < 0)
    holes: dict[int, list[int]] = {int(one): [] for one in np.flatnonzero(shell)}
    for one in np.flatnonzero(~shell):
        holes.setdefault(int(parent[one]), []).append(int(one))
    polygons = [shapely.polygons(rings[one], holes=rings[mine] if mine else None) for one, mine in holes.items()]
    return (polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)), turned


def _parents(
    rings: NDArray[Any], area: NDArray[np.float64], shell: NDArray[np.bool_], boxes: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return for each hole the smallest shell that is larger and around it, -1 for none and for shells."""
    parent = np.full(len(rings), -1, dtype=np.int64)
    shells, holes = np.flatnonzero(shell), np.flatnonzero(~shell)
    if not len(shells) or not len(holes):
        return parent
    if len(shells) == 1:
        outer, inner = boxes[shells[0]], boxes[holes]
        within = (inner[:, :2] >= outer[:2]).all() and (inner[:, 2:] <= outer[2:]).all()
        if within and (area[holes] <= area[shells]).all():
            parent[holes] = shells[0]
            return parent
    inside = shapely.point_on_surface(shapely.polygons(rings[holes]))
    h, s = shapely.STRtree(shapely.polygons(rings[shells])).query(inside, predicate="intersects")
    h, s = holes[h], shells[s]
    fits = area[s] >= area[h]
    h, s = h[fits], s[fits]
    order = np.lexsort((area[s], h))
    first_of, first = np.unique(h[order], return_index=True)
    parent[first_of] = s[order][first]
    return parent
