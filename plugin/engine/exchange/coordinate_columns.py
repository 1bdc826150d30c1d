"""Which columns of a table are its coordinates, what they are in by their titles, which of them is the north."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..progress import SILENT, Progress, report
from .coordinates import METRES_FROM, parse, settle, split_pairs
from .model import Declared, Note, ReadOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EAST = frozenset(
    "经度 东经 经 lon long longitude lng lont jd jingdu 经度坐标 gps经度 中心经度 中心点经度 地理经度 企业经度 经度值 东坐标 东坐标e e easting"
    " east 横坐标 横坐标y 东距".split()
)
_NORTH = frozenset(
    "纬度 北纬 纬 lat latitude wd weidu 纬度坐标 gps纬度 中心纬度 中心点纬度 地理纬度 企业纬度 纬度值 北坐标 北坐标n n northing north 纵坐标"
    " 纵坐标x 北距".split()
)
_X = frozenset("x x坐标 坐标x xcoord xcoordinate coordx pointx gpsx x值 中心x 国家2000坐标x xm".split())
_Y = frozenset("y y坐标 坐标y ycoord ycoordinate coordy pointy gpsy y值 中心y 国家2000坐标y ym".split())
_WKT = frozenset("wkt geom geometry thegeom shape wktgeom geomwkt 几何 图形".split())
_BOTH = frozenset(
    "坐标 经纬度 地理坐标 位置坐标 location 坐标位置 经纬度坐标 中心坐标 lonlat latlon coordinates coordinate gps gps坐标".split()
)
_VERTEX = frozenset("点号 序号 拐点 拐点号 拐点编号 界址点 界址点号 点序号 顶点号 vertex pointno".split())
_DATUMS = (
    ("bd09", re.compile(r"bd-?09|百度", re.IGNORECASE)),
    ("gcj02", re.compile(r"gcj-?02|火星|高德|腾讯|amap", re.IGNORECASE)),
)
_SYSTEMS = (
    (4490, re.compile(r"cgcs\s*2000|国家2000|2000国家|c2000", re.IGNORECASE)),
    (4326, re.compile(r"wgs-?\s*84", re.IGNORECASE)),
)
_EPSG = re.compile(r"epsg\s*[:：]?\s*(\d{4,6})", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[（【].*?[)\]）】]|[_\-\s°:：/.]")


#: Metres on the ground that one unit of the last digit may be worth at most.
_COARSE = 50.0


@dataclass(frozen=True)
class Columns:
    """Where the coordinates are: `east` and `north`, or both in `pair`, or in `wkt`.

    `settled` says that the form has been decided by other rows and is not to be asked again.
    """

    east: str | None = None
    north: str | None = None
    pair: str | None = None
    wkt: str | None = None
    form: str | None = None
    swap: bool | None = None
    named_by_axis: bool = False
    settled: bool = False


def key(title: str) -> str:
    """Return a title as it is compared: plain forms, lower case, without brackets, units and signs between words."""
    return _BRACKETS.sub("", unicodedata.normalize("NFKC", title).strip().lower())


def is_coordinate_title(title: str) -> bool:
    """Tell whether a column's title names coordinates."""
    return key(title) in _EAST | _NORTH | _X | _Y | _WKT | _BOTH


def find(titles: Sequence[str], options: ReadOptions, where: str) -> Columns:
    """Find the coordinate columns by their titles.

    Raises
    ------
    InputError
        If a column that the options name is not there, or none is found.
    """
    for said in (options.x, options.y, options.wkt):
        if said is not None and said not in titles:
            raise InputError(f"{where} has no column '{said}'; it has {', '.join(titles[:30])}.")
    as_wkt = options.form == "wkt"
    if options.wkt or as_wkt and options.x:
        return Columns(wkt=options.wkt or options.x)
    if options.x and options.y:
        axis = key(options.x) in _EAST and key(options.y) in _NORTH
        return Columns(options.x, options.y, form=options.form, swap=options.swap, named_by_axis=axis)
    if options.x:
        return Columns(pair=options.x, form=options.form, swap=options.swap)
    keys = [key(title) for title in titles]

    def first(names: frozenset[str]) -> str | None:
        return next((title for title, one in zip(titles, keys) if one in names), None)

    for east, north, by_axis in ((first(_EAST), first(_NORTH), True), (first(_X), first(_Y), False)):
        if east is not None and north is not None and not as_wkt:
            return Columns(east, north, form=options.form, swap=options.swap, named_by_axis=by_axis)
    wkt, both = first(_WKT), first(_BOTH)
    if wkt is not None:
        return Columns(wkt=wkt)
    if both is not None and not as_wkt:
        return Columns(pair=both, form=options.form, swap=options.swap)
    raise InputError(
        f"{where} has no column that is known to hold coordinates (columns:"
        f" {', '.join(titles[:30])}); say which hold the east and the north, or a WKT."
    )


def vertices(titles: Sequence[str]) -> bool:
    """Tell whether a table lists numbered points of boundaries."""
    return any(key(title) in _VERTEX for title in titles)


def declared(columns: Columns, above: Sequence[str] = (), file: str = "") -> Declared | None:
    """Return what the titles of the coordinate columns, the lines above the table or the file's name say of the
    system.

    Coordinates in metres need a zone besides, so that of them only a code or an offset datum counts.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    columns_said = [one for one in (columns.east, columns.north, columns.pair, columns.wkt) if one]
    for where, said in (("column name", columns_said), ("header", above), ("file name", [file])):
        for words in said:
            for name, pattern in _DATUMS:
                if pattern.search(words):
                    return Declared(None, words, where, name)
            match = _EPSG.search(words)
            if match:
                try:
                    return Declared(CRS.from_epsg(int(match[1])), words, where)
                except CRSError:
                    return Declared(None, words, where)
    return None


def declared_degrees(columns: Columns, above: Sequence[str] = ()) -> Declared | None:
    """Return the geographic system that titles name; projected ones need a zone besides and are left to the guard."""
    from pyproj import CRS

    for where, said in (("column name", (columns.east, columns.north, columns.pair)), ("header", above)):
        for words in said:
            for code, pattern in _SYSTEMS:
                if words and pattern.search(words):
                    return Declared(CRS.from_epsg(code), words, where)
    return None


@dataclass
class Located:
    """Coordinates of rows: (n, 2) east and north, NaN where bad; `bad` says why, by row; `step` as in Parsed."""

    xy: NDArray[np.float64]
    form: str
    bad: dict[int, tuple[str, str]]
    step: float = 0.0


def locate(frame: Any, columns: Columns, progress: Progress = SILENT) -> Located:
    """Read the coordinates of a frame's rows.

    Raises
    ------
    InputError
        If the form cannot be told.
    """
    if columns.pair is not None:
        one, other = split_pairs(frame[columns.pair])
    else:
        one, other = frame[columns.east], frame[columns.north]
    first = parse(one, columns.form)
    report(progress, 0.0)
    second = parse(other, columns.form)
    if not columns.settled:
        first, second = settle(first, second, columns.form)
    if first.axis == "N" or second.axis == "E" or columns.swap:
        first, second = second, first
    bad = dict(second.bad)
    for row, why in first.bad.items():
        bad.setdefault(row, why)
    form = first.form if first.form == second.form else "mixed"
    return Located(np.column_stack([first.values, second.values]), form, bad, max(first.step, second.step))


def turned(xy: NDArray[np.float64]) -> bool | None:
    """Tell by the values whether the first ordinate is the north: True, False, None where nothing tells.

    In China longitudes are 73 to 136 and latitudes 3 to 54 degrees; projected northings have seven digits up to six
    million, eastings six digits, or eight with the zone before them.
    """
    good = xy[np.isfinite(xy).all(axis=1)]
    if not len(good):
        return None
    a, b = good[:, 0], good[:, 1]

    def share(east: NDArray[np.float64], north: NDArray[np.float64]) -> float:
        degrees = (east >= 73) & (east <= 136) & (north >= 3) & (north <= 54)
        metres = (
            (north >= 1e6)
            & (north < 7e6)
            & (((east >= 1e5) & (east < 9.5e5)) | ((east >= 13e6) & (east < 46e6)))
        )
        return float((degrees | metres).mean())

    straight, other = share(a, b), share(b, a)
    if max(straight, other) < 0.5 or straight == other:
        return None
    return other > straight


def swap_note(columns: Columns, metres: bool) -> Note:
    """Say that the columns stand the other way round than their titles, or as surveyors write them."""
    if metres and not columns.named_by_axis:
        return Note(
            "info",
            "north_first",
            "按测量惯例 X 为北、Y 为东读取",
            "read as surveyors write it: X is the north, Y the east",
        )
    return Note(
        "warning", "axes_swapped", "按数值看两列坐标与列名相反,已对调,请核对",
        "by their values the two columns stand the other way round than their titles; they were"
        " changed over, check it",
    )  # fmt: skip


def step_note(step: float, metres: bool) -> Note | None:
    """Say that coordinates are written too coarsely for zones, where no cell is finer than some 50 m."""
    ground = step if metres else step * 111_320
    if ground < _COARSE:
        return None
    return Note(
        "warning", "coarse", f"坐标的末位约合 {ground:,.0f} 米,精度不足以划定或判定边界,请索取更精确的坐标",
        f"the last digit of the coordinates is worth about {ground:,.0f} m, too coarse for"
        " boundaries; ask for finer ones",
    )  # fmt: skip


def implausible(
    xy: NDArray[np.float64], form: str, mixed_metres: bool, asked: bool
) -> dict[int, tuple[str, str]]:
    """Return the rows whose numbers cannot be of the form that the others have, and why.

    Parameters
    ----------
    xy : float64 array, shape (n, 2)
        East and north, NaN where missing.
    form : str
        The form of the table (as :class:`~.coordinates.Parsed`).
    mixed_metres : bool
        Whether most numbers of a mixed table are metres.
    asked : bool
        The user said the form: metres may then be of any size, as on a local grid.
    """
    out: dict[int, tuple[str, str]] = {}
    with np.errstate(invalid="ignore"):
        size = np.abs(xy)
        if not asked:
            for row in np.flatnonzero((size == 0).all(axis=1)):
                out[int(row)] = (
                    "坐标为 0,0,视为未填",
                    "the coordinates are 0, 0, as where none were filled in",
                )
        if form == "metres" or form == "mixed" and mixed_metres:
            east, north = size[:, 0], size[:, 1]
            # Of numbers that were metres from the first rows on, none is small; of others only degrees are told.
            degrees = (east >= 73) & (east <= 136) & (north >= 3) & (north <= 54)
            degrees |= (north >= 73) & (north <= 136) & (east >= 3) & (east <= 54)
            small = (size < METRES_FROM).any(axis=1) if form == "metres" else degrees
            why = (
                "其余各行为米,本行数值过小,像是度",
                "the other rows are metres, but this one is too small, as degrees are",
            )
            wrong = small if not asked else np.zeros(len(xy), dtype=bool)
        else:
            wrong = (size[:, 0] > 180) | (size[:, 1] > 90)
            why = ("超出经纬度范围(经度 180、纬度 90 以内),可能漏了小数点或两列写反",
                   "outside longitude 180, latitude 90: a decimal point may be missing, or the two stand the"
                   " wrong way round")  # fmt: skip
        for row in np.flatnonzero(wrong):
            out.setdefault(int(row), why)
    return out
