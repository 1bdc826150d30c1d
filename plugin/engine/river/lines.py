"""The lines of a river layer as flat arrays, and what is met while they are taken apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..geodesy import segment_m
from .near import ranges
from .rows import issue, text, truths

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

# Ends this near to each other (degrees, 0.1 mm) are one place: it is the noise of storing and reprojecting.
NOISE = 1e-9
# Fields that may say that a line is a canal, beside the catalog's true/false `canal`.
_KIND_FIELDS = ("kind", "type", "waterway", "fclass", "类型", "类别")


@dataclass(frozen=True)
class Lines:
    """Single lines with a length, one after another.

    Attributes
    ----------
    coords : (v, 2) float
        Vertices, degrees; no two neighbours of a line are equal.
    start : (l + 1,) int
        Line `i` owns ``coords[start[i]:start[i + 1]]``.
    row : (l,) int
        Row of the layer that a line stems from.
    """

    coords: Floats
    start: Ints
    row: Ints

    def __len__(self) -> int:
        return len(self.row)

    @cached_property
    def tips(self) -> Floats:
        """First vertices of all lines, then last ones: (2l, 2) degrees."""
        return np.concatenate([self.coords[self.start[:-1]], self.coords[self.start[1:] - 1]])

    @cached_property
    def _nodes(self) -> tuple[Ints, Ints]:
        return places(self.tips)

    @cached_property
    def tail(self) -> Ints:
        """Node at the first vertex of each line."""
        return self._nodes[1][: len(self)]

    @cached_property
    def head(self) -> Ints:
        """Node at the last vertex of each line."""
        return self._nodes[1][len(self) :]

    @cached_property
    def node(self) -> Floats:
        """Node coordinates (n, 2), in the order in which the lines meet them."""
        return self.tips[self._nodes[0]]

    @cached_property
    def measure(self) -> Floats:
        """Metres from the first vertex of its line to each vertex."""
        step = np.zeros(len(self.coords))
        step[1:] = segment_m(self.coords[:-1], self.coords[1:])
        step[self.start[:-1]] = 0.0
        total = np.cumsum(step)
        total -= np.repeat(total[self.start[:-1]], np.diff(self.start))
        # The running sum over a whole province loses a little; each line's own sum does not.
        total[self.start[1:] - 1] = np.add.reduceat(step, self.start[:-1])
        return total

    @cached_property
    def length(self) -> Floats:
        """Metres."""
        return self.measure[self.start[1:] - 1]

    def line_of(self, vertex: ArrayLike) -> Ints:
        """Return the line that owns each vertex."""
        return np.searchsorted(self.start, vertex, side="right") - 1

    def shapes(self, which: Ints | None = None) -> NDArray[Any]:
        """Return lines as LineStrings in degrees."""
        chosen = self if which is None else self.only(which)
        return shapely.linestrings(
            chosen.coords, indices=np.repeat(np.arange(len(chosen)), np.diff(chosen.start))
        )

    def only(self, which: ArrayLike) -> Lines:
        """Return some of the lines."""
        which = np.asarray(which)
        which = np.flatnonzero(which) if which.dtype == bool else which
        count = np.diff(self.start)[which]
        start = np.concatenate([[0], np.cumsum(count)])
        return Lines(self.coords[ranges(self.start[which], count)], start, self.row[which])

    def turned(self, flip: ArrayLike) -> Lines:
        """Return the lines with those of the (l,) bool mask `flip` running the other way.

        The vertices are turned where they are: `self` is used up.
        """
        which = np.flatnonzero(flip)
        count = np.diff(self.start)[which]
        index = ranges(self.start[which], count)
        self.coords[index] = self.coords[np.repeat(self.start[which] + self.start[which + 1] - 1, count) - index]
        return Lines(self.coords, self.start, self.row)

    def moved(self, tip: Ints, place: Floats) -> Lines:
        """Return the lines with some of their `tips` (by index) at new places.

        The vertices are moved where they are: `self` is used up.
        """
        first = tip < len(self)
        self.coords[self.start[tip[first]]] = place[first]
        self.coords[self.start[tip[~first] - len(self) + 1] - 1] = place[~first]
        return Lines(self.coords, self.start, self.row)


def turned_index(start: Ints, flip: NDArray[np.bool_]) -> Ints:
    """Return the order of vertices that turns some of the lines round."""
    count = np.diff(start)
    index = np.arange(start[-1])
    mirrored = np.repeat(start[:-1] + start[1:] - 1, count) - index
    return np.where(np.repeat(flip, count), mirrored, index)


def places(points: Floats) -> tuple[Ints, Ints]:
    """Number equal points.

    Returns
    -------
    first : (n,) int
        The point at which each place is first met; places are numbered in this order.
    place : (k,) int
        The place of each point.
    """
    bits = np.ascontiguousarray(points + 0.0).view(np.uint64).reshape(-1, 2)
    mixed = (bits[:, 0] ^ (bits[:, 0] >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15) + bits[:, 1]
    first, place = _numbered(mixed)
    if not np.array_equal(points[first[place]], points):  # two places with one key
        _, place = np.unique(points + 0.0, axis=0, return_inverse=True)
        first, place = _numbered(place.ravel())
    return first, place


def _numbered(key: NDArray[Any]) -> tuple[Ints, Ints]:
    """Number equal keys in the order in which they are first met; see :func:`places`."""
    order = np.argsort(key)
    ordered = key[order]
    fresh = np.ones(len(key), dtype=bool)
    fresh[1:] = ordered[1:] != ordered[:-1]
    opens = np.flatnonzero(fresh)
    first = np.minimum.reduceat(order, opens) if len(key) else order
    met = np.zeros(len(key), dtype=np.int64)
    met[first] = 1
    number = np.cumsum(met) - 1
    place = np.empty(len(key), dtype=np.int64)
    place[order] = np.repeat(number[first], np.diff(opens, append=len(key)))
    return np.flatnonzero(met), place


@dataclass
class Found:
    """What was met while a network was built: issue rows, and what each of them touches.

    Attributes
    ----------
    rows : list of issue rows
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    _source: dict[int, int] = field(default_factory=dict)
    _lines: dict[int, Ints] = field(default_factory=dict)
    _spots: dict[int, Floats] = field(default_factory=dict)

    def add(
        self,
        severity: str,
        code: str,
        words: tuple[str, str],
        geometry: Any = None,
        *,
        row: int | None = None,
        lines: ArrayLike | None = None,
        spot: Floats | None = None,
    ) -> None:
        """Note an issue.

        Parameters
        ----------
        severity, code, words, geometry
            See :func:`.rows.issue`; `words` are the Chinese and the English message.
        row : int, optional
            It touches all that stems from this row of the layer,
        lines : int array, optional
            or these lines,
        spot : (2,) float, optional
            or the lines that end at this place.
        """
        number = len(self.rows)
        self.rows.append(issue(severity, code, *words, geometry))
        if row is not None:
            self._source[number] = int(row)
        if lines is not None:
            self._lines[number] = np.unique(np.asarray(lines, dtype=np.int64))
        if spot is not None:
            self._spots[number] = np.asarray(spot, dtype=float)

    def renumber(self, old: Ints, new: Ints) -> None:
        """Lines have changed: what touched ``old[k]`` touches ``new[k]`` (`old` sorted; one may have many)."""
        for number, lines in self._lines.items():
            first, last = np.searchsorted(old, lines, "left"), np.searchsorted(old, lines, "right")
            self._lines[number] = np.unique(new[ranges(first, last - first)])

    def edges(self, lines: Lines) -> tuple[Ints, ...]:
        """Return for each issue the lines it touches."""
        out = [np.empty(0, dtype=np.int64)] * len(self.rows)
        if self._source:
            order = np.argsort(lines.row, kind="stable")
            asked = np.array(list(self._source.values()))
            sorted_rows = lines.row[order]
            low, high = np.searchsorted(sorted_rows, asked, "left"), np.searchsorted(sorted_rows, asked, "right")
            for number, a, b in zip(self._source, low, high):
                out[number] = order[a:b]
        for number, touched in self._lines.items():
            out[number] = touched
        if self._spots:
            spots = np.array(list(self._spots.values()))
            _, place = places(np.concatenate([lines.node, spots]))
            ends = np.concatenate([lines.tail, lines.head])
            order = np.argsort(ends, kind="stable")
            ends = ends[order]
            asked = place[len(lines.node) :]
            low, high = np.searchsorted(ends, asked, "left"), np.searchsorted(ends, asked, "right")
            for number, a, b in zip(self._spots, low, high):
                out[number] = np.unique(order[a:b] % len(lines))
        return tuple(out)


def take_apart(layer: gpd.GeoDataFrame, uid: NDArray[Any], skip: NDArray[np.bool_], found: Found) -> Lines:
    """Take a layer apart into single lines with a length.

    Parameters
    ----------
    layer : GeoDataFrame
        EPSG:4490.
    uid : (r,) object
        What to call each row in a message.
    skip : (r,) bool
        Rows to leave out without a word.
    found : Found
        Receives what was met.

    Raises
    ------
    InputError
        If no line is left.
    """
    geometry = np.asarray(layer.geometry.array, dtype=object)
    kind = shapely.get_type_id(geometry)
    empty = (shapely.is_missing(geometry) | shapely.is_empty(geometry)) & ~skip
    line = ~empty & ~skip & np.isin(kind, (1, 2, 5))
    for r in np.flatnonzero(empty):
        words = f"河段 {uid[r]} 没有图形,未参与", f"Reach {uid[r]} has no geometry and was left out."
        found.add("warning", "no_geometry", words, row=r)
    for r in np.flatnonzero(~empty & ~line & ~skip):
        words = f"河段 {uid[r]} 不是线,未参与", f"Reach {uid[r]} is no line and was left out."
        found.add("error", "not_a_line", words, shapely.point_on_surface(geometry[r]), row=r)
    rows = np.flatnonzero(line)
    geometry = geometry[rows]
    count, owner = _parts(geometry)
    parts = np.bincount(owner, minlength=len(rows))
    for k in np.flatnonzero(parts > 1):
        name, n = uid[rows[k]], parts[k]
        words = f"河段 {name} 由 {n} 段组成,已逐段使用", f"Reach {name} has {n} parts; each was used as a line."
        place = shapely.get_point(shapely.get_geometry(geometry[k], 0), 0)
        found.add("info", "multipart", words, place, row=rows[k])
    lines = Lines(shapely.get_coordinates(geometry), np.concatenate([[0], np.cumsum(count)]), rows[owner])
    lines = _told_without_repetition(lines, uid, found)
    if not len(lines):
        raise InputError("The river layer holds no line with a length; give a layer of river lines.")
    return lines


def _parts(geometry: NDArray[Any]) -> tuple[Ints, Ints]:
    """Vertices of each single part, and the geometry it belongs to."""
    parts = shapely.get_num_geometries(geometry)
    owner = np.repeat(np.arange(len(geometry)), parts)
    count = np.empty(len(owner), dtype=np.int64)
    several = parts > 1
    of_several = several[owner]
    count[~of_several] = shapely.get_num_coordinates(geometry[~several & (parts > 0)])
    # Only these are copied out: taking all geometries apart costs more than reading their vertices.
    count[of_several] = shapely.get_num_coordinates(shapely.get_parts(geometry[several]))
    return count, owner


def without_repetition(lines: Lines) -> tuple[Lines, Ints, Ints]:
    """Leave out vertices equal to the one before, and lines that have no length.

    Returns
    -------
    Lines
    kept : (k,) int
        The lines of the input that are left.
    repeated : (l,) int
        How many vertices of each line of the input were left out.
    """
    x, y = lines.coords[:, 0], lines.coords[:, 1]
    fresh = np.ones(len(x), dtype=bool)
    fresh[1:] = (x[1:] != x[:-1]) | (y[1:] != y[:-1])
    count = np.diff(lines.start)
    filled = count > 0
    fresh[lines.start[:-1][filled]] = True
    if fresh.all() and (count > 1).all():
        return lines, np.arange(len(lines)), np.zeros(len(lines), dtype=np.int64)
    stale = np.concatenate([[0], np.cumsum(~fresh)])
    repeated = stale[lines.start[1:]] - stale[lines.start[:-1]]
    left = count - repeated
    kept = np.flatnonzero(left > 1)
    fresh &= np.repeat(left > 1, count)
    start = np.concatenate([[0], np.cumsum(left[kept])])
    # Blocks between the few vertices to leave out are copied whole: much faster than picking by a mask.
    blocks = np.split(lines.coords, np.flatnonzero(~fresh))
    coords = np.concatenate(blocks[:1] + [block[1:] for block in blocks[1:]])
    return Lines(coords, start, lines.row[kept]), kept, repeated


def _told_without_repetition(lines: Lines, uid: NDArray[Any], found: Found) -> Lines:
    out, kept, repeated = without_repetition(lines)
    lost = np.ones(len(lines), dtype=bool)
    lost[kept] = False
    for k in np.flatnonzero(lost | (repeated > 0)):
        name, first = uid[lines.row[k]], lines.start[k]
        place = shapely.points(lines.coords[first]) if first < lines.start[k + 1] else None
        if lost[k]:
            words = f"河段 {name} 有一段长度为零,未参与", f"Reach {name} has a part without length, left out."
            found.add("warning", "zero_length", words, place, row=lines.row[k])
        else:
            zh = f"河段 {name} 有 {repeated[k]} 个重复节点,已略去"
            en = f"Reach {name} repeats {repeated[k]} vertices; the repetitions were left out."
            found.add("info", "repeated_vertices", (zh, en), place, row=lines.row[k])
    return out


def broken(
    lines: Lines, line: Ints, vertex: Ints, share: Floats, place: Floats, found: Found, also: ArrayLike = ()
) -> Lines:
    """Break lines.

    Parameters
    ----------
    lines : Lines
    line : (k,) int
        The line of each break.
    vertex, share : (k,) int and float
        The vertex before the break and the share (0 to below 1) of the segment after it; at share 0 the vertex
        itself is the break.
    place : (k, 2) float
        The node, degrees; vertices before and after stay where they are.
    found : Found
        Follows the lines.
    also : (m,) int
        Lines with ends that have just been moved; what they repeat since is left out too.

    Notes
    -----
    Writes to the coordinates of `lines`, which is used up.
    """
    key = np.unique(np.column_stack([line, vertex, share, place]), axis=0)
    line, vertex = key[:, 0].astype(np.int64), key[:, 1].astype(np.int64)
    share, place = key[:, 2], key[:, 3:]
    at_vertex = share == 0.0
    # Two nodes at one vertex: the second is a break of its own.
    at_vertex[1:] &= ~((vertex[1:] == vertex[:-1]) & (share[:-1] == 0.0))
    coords = lines.coords
    coords[vertex[at_vertex]] = place[at_vertex]
    copies = np.where(at_vertex, 1, 2)
    position = np.repeat(vertex + 1, copies)
    # Blocks between breaks are copied whole: ten times faster than np.insert.
    blocks = np.split(coords, vertex + 1)
    added = np.split(np.repeat(place, copies, axis=0), np.cumsum(copies)[:-1])
    coords = np.concatenate([block for pair in zip(blocks, added) for block in pair] + blocks[-1:])
    opened = vertex + np.cumsum(copies)
    start = lines.start + np.searchsorted(position, lines.start, side="left")
    start = np.sort(np.concatenate([start, opened]))
    source = np.repeat(np.arange(len(lines)), 1 + np.bincount(line, minlength=len(lines)))
    found.renumber(source, np.arange(len(source)))
    touched = np.zeros(len(lines), dtype=bool)
    touched[line] = touched[np.asarray(also, dtype=np.int64)] = True
    return tidied(Lines(coords, start, lines.row[source]), np.flatnonzero(touched[source]), found)


def tidied(lines: Lines, which: Ints, found: Found) -> Lines:
    """Leave out what moving an end has made a repetition in the lines `which`; `found` follows the lines."""
    which = np.unique(which)
    _, kept, repeated = without_repetition(lines.only(which))
    if len(kept) == len(which) and not repeated.any():
        return lines
    lines, kept, _ = without_repetition(lines)
    found.renumber(kept, np.arange(len(kept)))
    return lines


def match_ends(lines: Lines, found: Found) -> Lines:
    """Make ends that differ by no more than the noise of storing coordinates one place; one row tells of them."""
    target = _same_places(lines.node)
    if target is None:
        return lines
    node = lines.node
    ends = np.concatenate([lines.tail, lines.head])
    tip = np.flatnonzero(target[ends] != ends)
    spots = np.unique(target[ends[tip]])
    zh = f"{len(spots)} 处河段端点坐标相差不足 0.1 毫米,视为同一点"
    en = f"At {len(spots)} places ends of lines differ by less than 0.1 mm; they were taken as one point."
    touched = np.flatnonzero(np.isin(target[lines.tail], spots) | np.isin(target[lines.head], spots))
    found.add("info", "ends_matched", (zh, en), shapely.multipoints(node[spots]), lines=touched)
    return tidied(lines.moved(tip, node[target[ends[tip]]]), tip % len(lines), found)


def _same_places(node: Floats) -> Ints | None:
    """First node within the noise of each; None where all are apart."""
    order = np.argsort(node[:, 0])
    near = np.diff(node[order, 0]) <= NOISE
    if not near.any():
        return None
    # Among nodes of like longitude those of like latitude are one place.
    run = np.concatenate([[0], np.cumsum(~near)])
    alone = np.ones(len(node), dtype=bool)
    alone[1:] &= ~near
    alone[:-1] &= ~near
    some, run = order[~alone], run[~alone]
    by = np.lexsort((some, node[some, 1], run))
    some, run = some[by], run[by]
    same = (np.diff(run) == 0) & (np.diff(node[some, 1]) <= NOISE)
    if not same.any():
        return None
    group = np.concatenate([[0], np.cumsum(~same)])
    lowest = np.minimum.reduceat(some, np.flatnonzero(np.concatenate([[True], ~same])))
    target = np.arange(len(node))
    target[some] = lowest[group]
    return target


def canals(layer: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which rows are artificial canals (人工渠).

    The catalog's true/false field ``canal`` says it, or a field like ``kind``, ``type`` or ``waterway`` with a
    word such as 人工渠, 渠道 or canal.
    """
    out = np.array([value is True for value in truths(layer, "canal").tolist()], dtype=bool)
    named = {str(column).lower(): column for column in layer.columns}
    for name in ("canal", *_KIND_FIELDS):
        if name not in named:
            continue
        words = layer[named[name]]
        if words.dtype.kind in "biuf":
            continue
        said = {word: _canal_word((text(word) or "").lower()) for word in words.dropna().unique().tolist()}
        out |= np.array([said.get(word, False) for word in words.tolist()], dtype=bool)
    return out


def _canal_word(word: str) -> bool:
    # 河渠 is the surveyor's word for rivers and canals alike; 是 and yes answer the field `canal` itself.
    return ("渠" in word and "河渠" not in word) or "canal" in word or word in ("是", "yes")
