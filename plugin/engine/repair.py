"""Safe repairs, each only where it is asked for by its code, and an account of what each changed.

A repair is safe if what it does can be said in a sentence and measured.  It changes only rows that have an issue
with its code, and leaves a row as it is, with the reason told, where the result would not be what was promised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Callable

import numpy as np
import shapely

from . import geodesy
from .errors import InputError
from .progress import SILENT, Progress, report
from .quality_shape import SAME_POINT_DEG, spikes
from .quality_topology import areal

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

#: Code -> what it does, in zh and en.  In this order they are carried out: each leaves fit work for the next.
REPAIRS: Mapping[str, tuple[str, str]] = {
    "swap_axes": ("交换X、Y坐标", "swap x and y"),
    "close_ring": ("闭合未闭合的环", "close open rings"),
    "remove_repeated_points": ("删除重复节点(1 mm以内)", "remove repeated points (within 1 mm)"),
    "remove_spikes": ("删除尖刺节点", "remove the tips of spikes"),
    "make_valid": ("修复为有效面(只保留面)", "make valid, polygons kept"),
    "snap_to_neighbour": ("捕捉到邻接要素(细缝归本要素或让给邻接要素)", "snap slivers to the neighbour"),
    "drop_duplicate": ("删除完全重复的行", "drop exact duplicate rows"),
}
#: A snap that changes a row's area by more than this share is no snap.
_MOST_SNAPPED = 0.05
#: Corners this near (degrees; 1 mm) are one corner.
_HAIR = 1e-8
_COLUMNS = (
    "code", "layer", "uid", "fid", "done", "why_zh", "why_en", "area_before_m2", "area_after_m2", "changed_m2",
)  # fmt: skip


def repair(
    frame: gpd.GeoDataFrame,
    issues: gpd.GeoDataFrame,
    codes: Iterable[str] | None = None,
    *,
    progress: Progress = SILENT,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Carry out safe repairs on the rows of one layer.

    Parameters
    ----------
    frame : GeoDataFrame
        The layer's rows as they were validated, EPSG:4490.
    issues : GeoDataFrame
        Issues of this layer (:func:`.quality.validate`); those whose `repair` is among `codes` are mended.  Rows are
        found by `fid`: the column of that name, else the place from 1.
    codes : iterable of str, optional
        Repairs of :data:`REPAIRS` to carry out (default: all that the issues offer).

    Returns
    -------
    frame : GeoDataFrame
        A copy; rows keep their index and order, dropped rows are gone, other rows are untouched.
    report : DataFrame
        One row per repair and row: `code`, `layer`, `uid`, `fid`, `done`, why not in zh and en, the ellipsoidal area
        before and after, and `changed_m2`, the area that was added plus the area that was taken away.

    Raises
    ------
    InputError
        If a code is unknown or an issue names a row that is not in the frame.
    """
    import pandas as pd

    asked = set(REPAIRS if codes is None else codes)
    unknown = sorted(asked - set(REPAIRS))
    if unknown:
        raise InputError(f"There is no repair '{unknown[0]}'; use one of {', '.join(REPAIRS)}.")
    wanted = issues[issues["repair"].isin(asked)]
    rows = _rows(frame, wanted)
    geometry = np.array(frame.geometry.array, dtype=object)
    gone = np.zeros(len(frame), dtype=bool)
    by_uid = {uid: n for n, uid in enumerate(frame["uid"].tolist()) if uid} if "uid" in frame.columns else {}
    told: list[dict[str, Any]] = []
    for number, code in enumerate(REPAIRS):
        report(progress, number / len(REPAIRS), code)
        mine = np.flatnonzero((wanted["repair"] == code).to_numpy())
        if not len(mine):
            continue
        for row in np.unique(rows[mine]):
            here = mine[rows[mine] == row]
            entry = _entry(code, wanted.iloc[here[0]])
            if code == "drop_duplicate":
                gone[row] = True
                entry.update(done=True, changed_m2=0.0)
            elif code == "close_ring":
                # Reading closed it already; writing the row keeps it so.
                entry.update(_measured(geometry[row], geometry[row]), done=True)
            else:
                pieces = np.array(wanted.geometry.iloc[here], dtype=object)
                kinds = wanted["code"].iloc[here].to_numpy()
                others = [by_uid.get(uid) for uid in wanted["other_uid"].iloc[here]]
                beside = np.array([None if n is None else geometry[n] for n in others] + [None], dtype=object)[:-1]
                _mend(code, geometry, int(row), (pieces, kinds, beside), entry)
            told.append(entry)
    out = frame.copy()
    out[frame.geometry.name] = type(frame.geometry)(geometry, index=frame.index, crs=frame.crs)
    out = out[~gone]
    report(progress, 1.0, "")
    return out, pd.DataFrame(told, columns=list(_COLUMNS))


def _rows(frame: gpd.GeoDataFrame, issues: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Place of each issue's row in the frame."""
    if "fid" in frame.columns:
        place = {int(fid): row for row, fid in enumerate(frame["fid"].tolist())}
    else:
        place = {row + 1: row for row in range(len(frame))}
    out = np.zeros(len(issues), dtype=np.int64)
    for at, fid in enumerate(issues["fid"].tolist()):
        row = None if fid is None or fid != fid else place.get(int(fid))
        if row is None:
            raise InputError(f"The layer has no row {fid}; validate it anew and repair what is found then.")
        out[at] = row
    return out


def _entry(code: str, issue: Any) -> dict[str, Any]:
    return {
        "code": code, "layer": issue["layer"], "uid": issue["uid"], "fid": int(issue["fid"]), "done": False,
        "why_zh": "", "why_en": "", "area_before_m2": np.nan, "area_after_m2": np.nan, "changed_m2": np.nan,
    }  # fmt: skip


def _mend(code: str, geometry: NDArray[Any], row: int, given: tuple[Any, ...], entry: dict[str, Any]) -> None:
    """Mend one row in place, or tell why not."""
    before = geometry[row]
    try:
        after, why = _snap(before, *given) if code == "snap_to_neighbour" else _MENDERS[code](before)
    except shapely.errors.GEOSException:
        after, why = None, ("几何运算失败", "the overlay failed")
    if after is None:
        entry.update(why_zh=why[0], why_en=why[1])
        return
    if code != "swap_axes":
        entry.update(_measured(before, after))
    geometry[row] = after
    entry["done"] = True


def _measured(before: Any, after: Any) -> dict[str, float]:
    """Areas before and after, and what was added and taken away; of an invalid shape those of it made valid."""
    if before is None or shapely.get_dimensions(before) != 2:
        return {}
    old, new = (areal(np.array([shapely.make_valid(shape)])) for shape in (before, after))
    try:
        changed = areal(np.array([shapely.make_valid(g) for g in shapely.symmetric_difference(old, new)]))
        share = float(geodesy.area_m2(changed)[0])
    except shapely.errors.GEOSException:
        share = float(np.abs(geodesy.area_m2(old) - geodesy.area_m2(new))[0])
    return {
        "area_before_m2": float(geodesy.area_m2([before])[0]), "area_after_m2": float(geodesy.area_m2(new)[0]),
        "changed_m2": share,
    }  # fmt: skip


Mended = tuple[Any, tuple[str, str]]


def _swap(shape: Any) -> Mended:
    return shapely.transform(shape, lambda xy: xy[:, ::-1]), ("", "")


def _without_repeated(shape: Any) -> Mended:
    out = _rebuilt(shape, _distinct)
    return (out, ("", "")) if out is not None else (None, ("删除后节点不足", "too few points would be left"))


def _distinct(xy: NDArray[np.float64], is_ring: bool) -> NDArray[np.float64]:
    """Coordinates without those that repeat the one before."""
    keep = np.ones(len(xy), dtype=bool)
    last = 0
    for at in range(1, len(xy)):
        if (np.abs(xy[at] - xy[last]) < SAME_POINT_DEG).all():
            keep[at] = False
        else:
            last = at
    if is_ring or len(xy) == 2:
        # The end closes the ring: what gives way is the point before it.
        if not keep[-1]:
            keep[last] = last == 0
            keep[-1] = True
    elif not keep[-1]:
        keep[last], keep[-1] = last == 0, True
    return xy[keep]


def _without_spikes(shape: Any) -> Mended:
    """Take the tips off until there is none: behind one spike may stand another."""
    out = shape
    for _ in range(20):
        tips = np.array([xy for _, xy, _, _ in spikes(np.array([out]))])
        if not len(tips):
            break
        made = _rebuilt(out, lambda xy, is_ring, tips=tips: _cut(xy, is_ring, tips))
        if made is None:
            return None, ("删除后节点不足", "too few points would be left")
        out = made
    if not shapely.is_valid(out) and shapely.is_valid(shape):
        return None, ("删除尖刺会使边界自相交", "the boundary would cross itself without the spike")
    return out, ("", "")


def _cut(xy: NDArray[np.float64], is_ring: bool, tips: NDArray[np.float64]) -> NDArray[np.float64]:
    """A ring without the vertices at `tips`."""
    if not is_ring:
        return xy
    ring = xy[:-1]
    tip = (ring[:, None, :] == tips[None]).all(axis=2).any(axis=1)
    ring = ring[~tip]
    if len(ring) < 3:
        return ring
    return _distinct(np.concatenate([ring, ring[:1]]), True)


def _rebuilt(shape: Any, change: Callable[[NDArray[np.float64], bool], NDArray[np.float64]]) -> Any:
    """Rebuild lines and polygons from changed coordinates; None where a ring or line would have too few."""
    made = []
    for one in shapely.get_parts([shape]):
        if one.geom_type == "Polygon":
            rings = [change(shapely.get_coordinates(ring), True) for ring in (one.exterior, *one.interiors)]
            if len(rings[0]) < 4:
                return None
            made.append(shapely.Polygon(rings[0], [ring for ring in rings[1:] if len(ring) >= 4]))
        elif one.geom_type == "LineString":
            line = change(shapely.get_coordinates(one), False)
            if len(line) < 2:
                return None
            made.append(shapely.LineString(line))
        else:
            made.append(one)
    if shape.geom_type == "MultiPolygon":
        return shapely.multipolygons(made)
    if shape.geom_type == "MultiLineString":
        return shapely.multilinestrings(made)
    return made[0]


def _make_valid(shape: Any) -> Mended:
    if shape is None or not np.isfinite(shapely.get_coordinates(shape)).all():
        return None, ("含非数坐标", "a coordinate is not a number")
    out = areal(np.array([shapely.make_valid(shape)]))[0]
    if out.is_empty:
        return None, ("修复后不剩面,须重画", "no polygon would be left; redraw it")
    if out.geom_type == "Polygon" and shape.geom_type == "MultiPolygon":
        out = shapely.multipolygons([out])
    if not shapely.is_valid(out):
        return None, ("无法修复,须重画", "it cannot be made valid; redraw it")
    return out, ("", "")


def _snap(shape: Any, pieces: NDArray[Any], kinds: NDArray[Any], neighbours: NDArray[Any]) -> Mended:
    """Give gap strips to the row, and slivers of overlap to the neighbour."""
    out = np.array([shape])
    for piece, kind, neighbour in zip(pieces, kinds, neighbours):
        strip = areal(np.array([shapely.make_valid(piece)]))
        # The strip was measured elsewhere and its corners are off in the last digit: they take the neighbour's and
        # the row's own corners, so that the new boundary is one line.
        for corner in (neighbour, shape):
            if corner is not None:
                window = shapely.bounds(strip[0]) + np.array([-1, -1, 1, 1]) * 100 * _HAIR
                near = shapely.intersection(corner, shapely.box(*window))
                strip = areal(shapely.make_valid(shapely.snap(strip, near, _HAIR)))
        out = shapely.union(out, strip) if kind == "gap" else shapely.difference(out, strip)
    out = areal(np.array([shapely.make_valid(out[0])]))
    measured = _measured(shape, out[0])
    if out[0].is_empty or measured["changed_m2"] > _MOST_SNAPPED * measured["area_before_m2"]:
        return None, ("改动超过面积的5%,须人工处理", "more than 5 % of the area would change; do it by hand")
    if not shapely.is_valid(out[0]):
        return None, ("捕捉后几何无效,须人工处理", "the result would be invalid; do it by hand")
    made = out[0]
    if shape.geom_type == "MultiPolygon" and made.geom_type == "Polygon":
        made = shapely.multipolygons([made])
    return made, ("", "")


_MENDERS: Mapping[str, Callable[[Any], Mended]] = {
    "swap_axes": _swap,
    "remove_repeated_points": _without_repeated,
    "remove_spikes": _without_spikes,
    "make_valid": _make_valid,
}
