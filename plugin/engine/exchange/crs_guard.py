"""What coordinates look like and why: proposed, never applied.

Numbers tell degrees from metres, swapped axes, and the number of a zone before the easting.  They do not tell
the central
meridian of a grid without that number, nor the datum, nor the shift of a web map: the jurisdiction tells the
first (it lies
inside under one reading alone), a reference layer the last (measured in metres), and the second nothing but a
declaration.
Ranges: longitudes 73-136 and latitudes 3-54 degrees; Gauss-Krüger northings 0.3 to 6 million metres, eastings
500 km plus or minus half a zone, with the zone's number times a million before them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .. import datum, geodesy
from ..quality_crs import Shift, agreement, is_best
from . import crs_systems as systems
from .crs_systems import BD09, GCJ02, System
from .model import CrsChoice, Declared, Note

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SAMPLE = 20_000
_SHOWN = 10
#: With more numbers of nowhere than this share the rest is no sign of a system either.
_ODD = 0.2
#: So much more of the points inside under another reading contradicts a declaration.
_ELSEWHERE_BY = 0.3
#: Classes of coordinate pairs, in the order of their codes.
_CLASSES = (
    "degrees",
    "degrees_swapped",
    "grid",
    "grid_swapped",
    "zoned",
    "zoned_swapped",
    "mercator",
    "elsewhere",
    "none",
)
DEGREES, DEGREES_SWAPPED, GRID, GRID_SWAPPED, ZONED, ZONED_SWAPPED, MERCATOR, ELSEWHERE, NONE = range(9)
_WORDS = {
    DEGREES: ("经纬度(度)", "degrees of longitude and latitude"),
    DEGREES_SWAPPED: ("纬度在前的经纬度", "degrees with the latitude first"),
    GRID: ("不带带号的高斯投影坐标(米)", "metres of a grid without a zone number"),
    GRID_SWAPPED: ("不带带号、北坐标在前的高斯投影坐标(米)", "metres of a grid without a zone number, the north first"),
    ZONED: ("带带号的高斯投影坐标(米)", "metres with a zone number before the easting"),
    ZONED_SWAPPED: ("带带号、北坐标在前的高斯投影坐标(米)", "metres with a zone number before the easting, the north first"),
    MERCATOR: ("Web 墨卡托坐标(米)", "metres of web Mercator"),
    ELSEWHERE: ("不像中国境内的坐标", "numbers that are no place in China"),
}
_RADIUS = 6378137.0
#: Eastings of web Mercator that are eastings of 6° zones 13 and 14 too.
_MERCATOR_EAST = (8.1e6, 15.2e6)
#: The meridians of Henan, proposed first where nothing tells.
_HOME = (114, 111, 117)


@dataclass(frozen=True)
class Candidate:
    """One reading of the coordinates.

    Attributes
    ----------
    choice : CrsChoice
    zh, en : str
        The system's name.
    why_zh, why_en : str
        Why it may be this one, a sentence each.
    inside : float or None
        Share of the points inside the jurisdiction under this reading; None where none was given.
    shift_m : float or None
        How far the web map's shift moves the points, where a reference layer shows that it is there, metres.
    """

    choice: CrsChoice
    zh: str
    en: str
    why_zh: str
    why_en: str
    inside: float | None = None
    shift_m: float | None = None


@dataclass(frozen=True)
class Reading:
    """What coordinates look like.

    Attributes
    ----------
    candidates : tuple of Candidate
        Best first.
    doubts : tuple of Note
    agrees : bool or None
        Whether the numbers can be what the file declares; None where it declares nothing.
    certain : bool
        Only the first reading fits, and a declaration confirms it.
    told_apart : bool
        Whether anything speaks for the first candidate before the second.
    """

    candidates: tuple[Candidate, ...]
    doubts: tuple[Note, ...]
    agrees: bool | None
    certain: bool = False
    told_apart: bool = False

    @property
    def best(self) -> Candidate | None:
        """The first candidate where anything speaks for it, else None."""
        return self.candidates[0] if self.candidates and self.told_apart else None


def look(
    xy: NDArray[np.float64], *, declared: Declared | None = None, jurisdiction: Any = None,
    reference: NDArray[Any] | None = None, shapes: NDArray[Any] | None = None,
) -> Reading:  # fmt: skip
    """Tell what coordinates look like.

    Parameters
    ----------
    xy : (n, 2) float
        All coordinates as they stand in the file, first and second ordinate.
    declared : Declared, optional
        What the file says itself.
    jurisdiction : polygon, optional
        Where the places should lie, EPSG:4490.
    reference : array of geometry, optional
        What they should lie on or beside, EPSG:4490.
    shapes : array of geometry, optional
        The features that `xy` are the coordinates of: doubts then name features, and the reference is held
        against them.
    """
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    owner = np.arange(len(xy))
    if shapes is not None:
        shapes = np.asarray(shapes, dtype=object)
        xy, owner = shapely.get_coordinates(shapes, return_index=True)
    kinds = classes(xy)
    doubts: list[Note] = []
    known = kinds[kinds != NONE]
    if not len(known):
        doubts.append(Note("error", "no_coordinates", "没有可读的坐标", "there are no coordinates to be looked at"))
        return Reading((), tuple(doubts), None)
    main = int(np.bincount(known, minlength=len(_CLASSES)).argmax())
    if main != ELSEWHERE and (known == ELSEWHERE).mean() > _ODD:
        # A system whose numbers only in part look like one of the table, as a national Albers grid's do.
        main = ELSEWHERE
    else:
        doubts += _mixed(kinds, main, owner)
    sample = _sampled(xy[(kinds == main) if main != ELSEWHERE else kinds != NONE])
    found = list(_candidates(main, sample, jurisdiction, doubts))
    agrees = _agreement(declared, main, sample, found, doubts, jurisdiction)
    found, shifted = _against(reference, xy if shapes is None else None, shapes, found, doubts)
    ranked = sorted(found, key=lambda one: -one[0])
    apart = len(ranked) == 1 or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] > 1e-9)
    best = ranked[0][1] if ranked else None
    believed = declared is not None and agrees is True and declared.where != "format" and not shifted
    certain = bool(
        believed and best is not None and declared is not None and is_declared(declared, best.choice)
        and (best.inside is None or best.inside > 0.5) and not any(d.severity == "error" for d in doubts)
    )  # fmt: skip
    if best is not None and best.inside is not None and best.inside < 0.5:
        doubts.append(Note(
            "warning", "outside_jurisdiction", f"按各种解读,最多只有 {best.inside:.0%} 的点落在辖区内",
            f"under no reading more than {best.inside:.0%} of the points lie inside the jurisdiction",
        ))  # fmt: skip
    return Reading(tuple(one for _, one in ranked), tuple(doubts), agrees, certain, apart)


# --------------------------------------------------------------------------------------------------------
# From the numbers
# --------------------------------------------------------------------------------------------------------


def classes(xy: NDArray[np.float64]) -> NDArray[np.int8]:
    """Sort pairs by what they can be, (n,)."""
    with np.errstate(invalid="ignore", over="ignore"):
        a, b = xy[:, 0], xy[:, 1]

        def degrees(east: NDArray[np.float64], north: NDArray[np.float64]) -> NDArray[np.bool_]:
            return np.asarray((east >= 73) & (east <= 136) & (north >= 3) & (north <= 54))

        def northing(v: NDArray[np.float64]) -> NDArray[np.bool_]:
            return np.asarray((v >= 3.3e5) & (v < 6.1e6))

        def grid(east: NDArray[np.float64], north: NDArray[np.float64]) -> NDArray[np.bool_]:
            # Two numbers of six digits could be either; a northing in China has seven from 9° N on.
            return np.asarray((east >= 2e4) & (east < 9.8e5) & (north >= 1e6) & northing(north))

        def zoned(east: NDArray[np.float64], north: NDArray[np.float64]) -> NDArray[np.bool_]:
            zone = np.floor(east / 1e6)
            rest = east - zone * 1e6
            return np.asarray(
                (((zone >= 13) & (zone <= 23)) | ((zone >= 25) & (zone <= 45)))
                & (rest >= 2e4)
                & (rest < 9.8e5)
                & northing(north)
            )

        mercator = (a >= _MERCATOR_EAST[0]) & (a < _MERCATOR_EAST[1]) & (b >= 3.3e5) & (b < 7.2e6)
        out = np.full(len(xy), ELSEWHERE, dtype=np.int8)
        for code, mask in (
            (MERCATOR, mercator & ~zoned(a, b)), (ZONED_SWAPPED, zoned(b, a)), (ZONED, zoned(a, b)),
            (GRID_SWAPPED, grid(b, a)), (GRID, grid(a, b)), (DEGREES_SWAPPED, degrees(b, a)), (DEGREES, degrees(a, b)),
        ):  # fmt: skip
            out[mask] = code
        out[~np.isfinite(xy).all(axis=1)] = NONE
    return out


def _sampled(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    return xy[:: max(1, int(np.ceil(len(xy) / _SAMPLE)))]


def _mixed(kinds: NDArray[np.int8], main: int, owner: NDArray[Any]) -> Iterator[Note]:
    """Tell which rows are of another kind than most."""
    for kind in np.unique(kinds):
        if kind in (main, NONE):
            continue
        rows = np.unique(owner[kinds == kind]) + 1
        shown = ", ".join(map(str, rows[:_SHOWN])) + (" …" if len(rows) > _SHOWN else "")
        zh, en = _WORDS[int(kind)]
        yield Note(
            "error", "mixed_coordinates", f"{len(rows)} 个要素的坐标是{zh},与其余的({_WORDS[main][0]})不同:第 {shown} 个",
            f"{len(rows)} features have {en}, unlike the rest ({_WORDS[main][1]}): number {shown}", int(rows[0]),
        )  # fmt: skip


def _candidates(
    main: int, xy: NDArray[np.float64], jurisdiction: Any, doubts: list[Note]
) -> Iterator[tuple[float, Candidate]]:
    """Yield (score, candidate) for a class of numbers."""
    swap = main in (DEGREES_SWAPPED, GRID_SWAPPED, ZONED_SWAPPED)
    east, north = (xy[:, 1], xy[:, 0]) if swap else (xy[:, 0], xy[:, 1])
    if main == ELSEWHERE:
        low, high = xy.min(axis=0), xy.max(axis=0)
        doubts.append(Note(
            "error", "unknown_numbers",
            f"坐标范围 {low[0]:.6g}…{high[0]:.6g}, {low[1]:.6g}…{high[1]:.6g} 不是中国境内任何常用坐标系的数值(可能是地方独立坐标系或全国阿尔伯斯投影)"
            f",请向提供方询问",
            f"numbers from {low[0]:.6g} to {high[0]:.6g} and {low[1]:.6g} to {high[1]:.6g} are those of no common"
            f" system in"
            f" China; it may be a local grid or a national Albers projection: ask who made it",
        ))  # fmt: skip
        return
    if main in (DEGREES, DEGREES_SWAPPED):
        yield from _in_degrees(east, north, jurisdiction, swap)
    elif main == MERCATOR:
        yield from _in_mercator(east, north, jurisdiction)
    elif main in (ZONED, ZONED_SWAPPED):
        yield from _with_zone(east, north, jurisdiction, swap, doubts)
    else:
        yield from _by_meridian(east, north, jurisdiction, swap)


def _in_mercator(
    east: NDArray[np.float64], north: NDArray[np.float64], jurisdiction: Any
) -> Iterator[tuple[float, Candidate]]:
    lon, lat = np.degrees(east / _RADIUS), np.degrees(2 * np.arctan(np.exp(north / _RADIUS)) - np.pi / 2)
    share = _inside(lon, lat, jurisdiction)
    yield _scored(systems.MERCATOR, False, share, 1.0, "数值在 Web 墨卡托范围内", "the numbers are those of web Mercator")


def _in_degrees(
    lon: NDArray[np.float64], lat: NDArray[np.float64], jurisdiction: Any, swap: bool
) -> Iterator[tuple[float, Candidate]]:
    share = _inside(lon, lat, jurisdiction)
    yield _scored(systems.degrees("cgcs2000"), swap, share, 1.0, "数值是中国境内的经纬度(与 WGS 84 相差不到 1 米,数值上无法区分)",
                  "the numbers are degrees in China (WGS 84 differs by less than a metre)")  # fmt: skip
    for name, weight, turn in ((GCJ02, 0.3, datum.gcj_to_wgs), (BD09, 0.2, datum.bd_to_wgs)):
        yield _scored(
            systems.degrees(name), swap, _inside(*turn(lon, lat), jurisdiction), weight,
            "网络地图坐标在数值上与经纬度无异,只有与参考图层对比才能看出",
            "web map coordinates look like any degrees; only a reference layer tells",
        )  # fmt: skip
    for name in systems.OLD_DATUMS:
        yield _scored(systems.degrees(name), swap, share, 0.1, *_OLD)


_OLD = (
    "旧坐标系的数值与 CGCS2000 相差几十到一百多米,看不出来;只有声明或参考图层能说明,转换须用当地七参数",
    "an old datum differs by tens of metres to more than a hundred, which the numbers do not show; only a"
    " declaration or a"
    " reference layer tells, and the seven parameters of the place are needed",
)


def _with_zone(
    east: NDArray[np.float64], north: NDArray[np.float64], jurisdiction: Any, swap: bool, doubts: list[Note]
) -> Iterator[tuple[float, Candidate]]:
    if not swap and (east >= _MERCATOR_EAST[0]).all() and (east < _MERCATOR_EAST[1]).all():
        # East of 117° E the numbers of web Mercator begin with 13 and 14 as those of 6° zones in the far west do.
        yield from _in_mercator(east, north, jurisdiction)
    zones, counts = np.unique((east // 1e6).astype(int), return_counts=True)
    zone = int(zones[counts.argmax()])
    if len(zones) > 1:
        told = ", ".join(map(str, zones))
        doubts.append(Note("error", "several_zones", f"东坐标的带号不止一个:{told};请分带处理",
                           f"the eastings begin with several zone numbers ({told}); treat each zone by"
                           f" itself"))  # fmt: skip
    system = systems.of_zone("cgcs2000", zone)
    if system is None:
        return
    lon, lat = geodesy.tm_inverse(east - zone * 1e6 - 5e5, north, system.meridian)
    share = _inside(lon, lat, jurisdiction)
    said = f"东坐标以带号 {zone} 开头(中央经线 {system.meridian}°)", (
        f"the eastings begin with zone {zone} (central meridian {system.meridian}°E)")  # fmt: skip
    yield _scored(system, swap, share, 1.0, *said)
    for weight, name in ((0.2, "xian80"), (0.1, "beijing54")):
        old = systems.of_zone(name, zone)
        if old is not None:
            yield _scored(old, swap, share, weight, *_OLD)


def _by_meridian(
    east: NDArray[np.float64], north: NDArray[np.float64], jurisdiction: Any, swap: bool
) -> Iterator[tuple[float, Candidate]]:
    if jurisdiction is None:
        for meridian in _HOME:
            yield _scored(systems.grid("cgcs2000", 3, meridian, False), swap, None, 1.0,
                          "没有带号,数值上看不出中央经线;给出辖区范围即可判断",
                          "without a zone number nothing in the numbers tells the central meridian; the"
                          " jurisdiction would")  # fmt: skip
        return
    shares: list[tuple[float, System]] = []
    for meridian in range(75, 136, 3):
        lon, lat = geodesy.tm_inverse(east - 5e5, north, meridian)
        share = _inside(lon, lat, jurisdiction) or 0.0
        shares.append((share, systems.grid("cgcs2000", 3, meridian, False)))
        if meridian % 6 == 3:
            # UTM is the same grid shrunk by 0.9996.
            lon, lat = geodesy.tm_inverse((east - 5e5) / 0.9996, north / 0.9996, meridian)
            shares.append(((_inside(lon, lat, jurisdiction) or 0.0) - 0.01, systems.utm((meridian + 183) // 6)))
    best = max(share for share, _ in shares)
    for share, system in shares:
        if share > 0.05 or (best <= 0.05 and system.meridian in _HOME and system.datum == "cgcs2000"):
            utm = system.datum == "wgs84"
            yield _scored(
                system, swap, max(share, 0.0), 0.5 if utm else 1.0,
                f"按此解读有 {max(share, 0):.0%} 的点落在辖区内", f"under this reading {max(share, 0):.0%} of the points lie inside"
                f" the jurisdiction",
            )  # fmt: skip
    top = max(shares, key=lambda one: one[0])[1]
    if best > 0.05 and top.datum == "cgcs2000":
        for weight, name in ((0.2, "xian80"), (0.1, "beijing54")):
            yield _scored(systems.grid(name, 3, top.meridian, False), swap, max(best, 0.0), weight, *_OLD)


def _inside(lon: NDArray[np.float64], lat: NDArray[np.float64], jurisdiction: Any) -> float | None:
    """The share of points inside the jurisdiction."""
    if jurisdiction is None or not len(lon):
        return None
    shapely.prepare(jurisdiction)
    good = np.isfinite(lon) & np.isfinite(lat)
    hits = np.zeros(len(lon), dtype=bool)
    hits[good] = shapely.intersects(jurisdiction, shapely.points(lon[good], lat[good]))
    return float(hits.mean())


def _scored(
    system: System, swap: bool, share: float | None, weight: float, why_zh: str, why_en: str
) -> tuple[float, Candidate]:
    """A candidate with its score: above all the share inside, then how common the reading is."""
    zh, en = system.zh, system.en
    if swap:
        zh, en = f"{zh},北(纬度)在前", f"{en}, the north first"
    score = (share or 0.0) * 10 + weight
    return score, Candidate(CrsChoice(system.crs, swap), zh, en, why_zh, why_en, share)


# --------------------------------------------------------------------------------------------------------
# Against what is declared, and against a reference
# --------------------------------------------------------------------------------------------------------


def is_declared(declared: Declared | None, choice: CrsChoice) -> bool:
    """Whether a choice is what a file declares."""
    if declared is None:
        return False
    if declared.datum:
        return declared.datum == choice.crs
    code = None if declared.crs is None else _code(declared.crs)
    return code == choice.crs


def _code(crs: Any) -> str:
    """The code of a CRS as a choice names it; ESRI's names in a .prj are matched to EPSG's."""
    epsg = crs.to_epsg(min_confidence=60)
    return f"EPSG:{epsg}" if epsg else crs.to_string()


def _agreement(
    declared: Declared | None,
    main: int,
    xy: NDArray[np.float64],
    found: list[tuple[float, Candidate]],
    doubts: list[Note],
    jurisdiction: Any,
) -> bool | None:
    """Hold the declaration against the numbers; what agrees becomes the first candidate."""
    if declared is None:
        return None
    if declared.datum:
        agrees = main in (DEGREES, DEGREES_SWAPPED)
        code = declared.datum
    elif declared.crs is None:
        doubts.append(Note("warning", "declaration_unclear", f"文件声明“{declared.words[:60]}”不是明确的坐标系,请核对",
                           f"what the file declares ('{declared.words[:60]}') names no system clearly; check"
                           f" it"))  # fmt: skip
        return False
    else:
        agrees, code = _fits(declared.crs, main, xy), _code(declared.crs)
    if not agrees:
        zh, en = systems.titled(code)
        doubts.append(Note(
            "error", "declaration_contradicts", f"文件声明为 {zh},但数值是{_WORDS[main][0]},两者不符",
            f"the file declares {en}, but the numbers are {_WORDS[main][1]}; one of them is wrong",
        ))  # fmt: skip
        return False
    swap = main in (DEGREES_SWAPPED, GRID_SWAPPED, ZONED_SWAPPED)
    same = next((k for k, (_, one) in enumerate(found) if one.choice.crs == code), None)
    where = declared.where
    why = (
        f"文件声明({where}):{declared.words[:60]},数值相符",
        f"declared ({where}: {declared.words[:60]}), and the numbers agree",
    )
    if same is None:
        zh, en = systems.titled(code)
        share = _share_of(declared.crs, xy, swap, jurisdiction)
        mine = Candidate(CrsChoice(code, swap), zh, en, *why, share)
        found.append(((share or 0.0) * 10 + 5.0, mine))
    else:
        score, one = found[same]
        mine = Candidate(one.choice, one.zh, one.en, *why, one.inside)
        found[same] = (score + 5.0, mine)
    _held(found, mine, doubts)
    return True


def _share_of(crs: Any, xy: NDArray[np.float64], swap: bool, jurisdiction: Any) -> float | None:
    """The share inside under a declared system; the datum's shift counts for nothing beside a jurisdiction's size."""
    if jurisdiction is None or crs is None:
        return None
    from pyproj import Transformer

    east, north = (xy[:, 1], xy[:, 0]) if swap else (xy[:, 0], xy[:, 1])
    if not crs.is_geographic:
        east, north = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(east, north)
    return _inside(np.asarray(east), np.asarray(north), jurisdiction)


def _held(found: list[tuple[float, Candidate]], declared: Candidate, doubts: list[Note]) -> None:
    """Tell where a declared system brings the points elsewhere than another reading does, or has its axes swapped."""
    if declared.choice.swap:
        doubts.append(Note(
            "error", "axes_swapped", f"文件声明为 {declared.zh.split(',北')[0]},但北坐标(纬度)在前,与声明的轴序相反",
            f"the file declares {declared.en.removesuffix(', the north first')}, but the north comes first:"
            " its axes are swapped",
        ))  # fmt: skip
    other = max((one for _, one in found if one.inside is not None), key=lambda one: one.inside or 0.0, default=None)
    if other is None or declared.inside is None or (other.inside or 0.0) - declared.inside < _ELSEWHERE_BY:
        return
    doubts.append(Note(
        "error", "declared_elsewhere",
        f"按文件声明的 {declared.zh},只有 {declared.inside:.0%} 的点落在辖区内;按 {other.zh} 则有 {other.inside:.0%},请核对",
        f"under {declared.en}, which the file declares, {declared.inside:.0%} of the points lie inside the"
        f" jurisdiction, but {other.inside:.0%} under {other.en}; one of them is wrong",
    ))  # fmt: skip


def _fits(crs: Any, main: int, xy: NDArray[np.float64]) -> bool:
    """Whether numbers of a class can be of a system."""
    if crs.is_geographic:
        return main in (DEGREES, DEGREES_SWAPPED)
    known = systems.table().get(_code(crs))
    if known is not None and known.crs == systems.MERCATOR.crs:
        low, high = _MERCATOR_EAST
        return main == MERCATOR or (main == ZONED and bool(((xy[:, 0] >= low) & (xy[:, 0] < high)).all()))
    if known is not None and known.zone is not None:
        swap = main == ZONED_SWAPPED
        zones = set((xy[:, 1 if swap else 0] // 1e6).astype(int).tolist())
        return main in (ZONED, ZONED_SWAPPED) and zones == {known.zone}
    if known is not None:
        return main in (GRID, GRID_SWAPPED)
    # A projected system that is not of the table: all that can be said is that its numbers are no degrees.
    return main not in (DEGREES, DEGREES_SWAPPED)


def _against(
    reference: NDArray[Any] | None, xy: NDArray[np.float64] | None, shapes: NDArray[Any] | None,
    found: list[tuple[float, Candidate]], doubts: list[Note],
) -> tuple[list[tuple[float, Candidate]], bool]:  # fmt: skip
    """Measure against a reference layer whether the shift of a web map is in the coordinates."""
    plain = next((k for k, (_, one) in enumerate(found) if one.choice.crs in ("EPSG:4490", "EPSG:4326")), None)
    if reference is None or not found or not len(reference):
        return found, False
    if shapes is None:
        shapes = shapely.points(xy)
    usable = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    top = max(found, key=lambda one: one[0])[1].choice if plain is None else found[plain][1].choice
    usable = usable[:: max(1, int(np.ceil(len(usable) / _SAMPLE)))]
    if top.swap:
        usable = shapely.transform(usable, lambda at: at[:, ::-1])
    if plain is None:
        usable = _flat(usable, top.crs)
    reference = np.asarray(reference, dtype=object)
    measured: list[tuple[Shift, str, str]] = []
    for way, name in (("inverse", GCJ02), ("bd09", BD09)):
        seen = agreement(usable, reference, way)
        if seen.clear and is_best(usable, reference, way):
            measured.append((seen, way, name))
    if not measured:
        doubts.append(
            Note(
                "info",
                "no_shift",
                "与参考图层对比,未见网络地图偏移",
                "held against the reference layer, no web map's shift shows",
            )
        )
        return found, False
    seen, _, name = min(measured, key=lambda one: one[0].after)
    after_zh, after_en = ("", "") if plain is not None else (
        f";先按 {top.crs} 转换为经纬度,再按 {name} 去掉偏移",
        f"; bring it from {top.crs} to degrees first, then from {name}",
    )  # fmt: skip
    turn = datum.gcj_to_wgs if name == GCJ02 else datum.bd_to_wgs
    at = shapely.get_coordinates(shapely.centroid(usable[:_SAMPLE]))
    moved = float(np.median(geodesy.segment_m(at, np.column_stack(turn(at[:, 0], at[:, 1])))))
    zh, en = systems.titled(name)
    doubts.append(Note(
        "error", "web_map_shift", f"与参考图层对比,距离中位数 {seen.before:.0f} 米,去掉 {zh} 偏移后 {seen.after:.0f} 米({seen.count} 个要素),"
        f"很可能是 {zh}{after_zh}", f"held against the reference layer, the median distance is {seen.before:.0f} m, and"
        f" {seen.after:.0f} m once the shift of {en} is taken off ({seen.count} features): it most likely is"
        f" {en}{after_en}",
    ))  # fmt: skip
    out = []
    for score, one in found:
        if one.choice.crs == name:
            why = f"与参考图层对比:去掉偏移后更吻合({seen.before:.0f} → {seen.after:.0f} 米)", (
                f"the reference layer agrees once the shift is taken off ({seen.before:.0f} to {seen.after:.0f}"
                f" m)")  # fmt: skip
            out.append((score + 100.0, Candidate(one.choice, one.zh, one.en, *why, one.inside, moved)))
        else:
            out.append((score, one))
    return out, True


def _flat(shapes: NDArray[Any], crs: str) -> NDArray[Any]:
    """Bring projected shapes to degrees of their own datum, to be measured."""
    from pyproj import CRS, Transformer

    known = CRS.from_user_input(crs)
    turn = Transformer.from_crs(known, known.geodetic_crs, always_xy=True)
    moved = shapely.transform(shapes, lambda at: np.column_stack(turn.transform(at[:, 0], at[:, 1])))
    return np.asarray(moved, dtype=object)
