"""Figures of length and area: clipped to the jurisdiction, what overlaps counted once, on the ellipsoid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .. import geodesy
from ..errors import InputError
from .conditions import NO, UNKNOWN, YES
from .intervals import NOTHING, Bounds, both
from .members import Members, clip

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Metres, or square metres, in one of each unit.
LENGTH_UNITS: Mapping[str, float] = {"m": 1.0, "米": 1.0, "km": 1000.0, "公里": 1000.0, "千米": 1000.0}
AREA_UNITS: Mapping[str, float] = {
    "m²": 1.0, "平方米": 1.0, "万平方米": 1e4, "万m²": 1e4, "ha": 1e4, "hm²": 1e4, "公顷": 1e4, "万公顷": 1e8, "km²": 1e6,
    "平方公里": 1e6, "平方千米": 1e6, "亩": 1e4 / 15, "mu": 1e4 / 15, "万亩": 1e8 / 15,
}  # fmt: skip


def unit_size(unit: str, units: Mapping[str, float], what: str) -> float:
    """Return how many metres or square metres `unit` is.

    Raises
    ------
    InputError
        If it is no such unit.
    """
    if unit not in units:
        raise InputError(f"{what}: '{unit}' is none of the units {', '.join(units)}; correct the rulebook.")
    return units[unit]


class Extents:
    """The clipped shapes of a selection and what they cover.

    Attributes
    ----------
    shapes : (n,) array of geometry
        Clipped to the jurisdiction.
    state : (n,) int8
        Whether each one counts; a shape that had to be mended counts as unknown, for what it covers is.
    """

    def __init__(self, members: Members, state: NDArray[np.int8], dimension: int) -> None:
        self.shapes = clip(members, dimension)
        mended = ~shapely.is_valid(np.asarray(members.frame.geometry.array, dtype=object))
        self.state = np.where(mended & (state == YES), UNKNOWN, state).astype(np.int8)
        self.dimension = dimension

    def union(self, rows: NDArray[np.bool_]) -> Any:
        """Return the union of some shapes."""
        return shapely.union_all(self.shapes[rows])

    @property
    def sure(self) -> Any:
        """What is surely covered."""
        return self.union(self.state == YES)

    @property
    def most(self) -> Any:
        """What may be covered."""
        return self.union(self.state != NO)

    def measure(self) -> NDArray[np.float64]:
        """Return the length or the area of each clipped shape, metres or square metres."""
        return geodesy.length_m(self.shapes) if self.dimension == 1 else geodesy.area_m2(self.shapes)


def metres(shape: Any) -> float:
    """Return the length of one shape."""
    return float(geodesy.length_m([shape])[0])


def square_metres(shape: Any) -> float:
    """Return the area of one shape."""
    return 0.0 if shape is None else float(geodesy.area_m2([shape])[0])


def limit_m2(members: Members) -> float:
    """Return the area of the jurisdiction, more than which nothing in it covers; infinite where it is unknown."""
    return math.inf if members.area is None else square_metres(members.area)


def length(extents: Extents, unseen: bool) -> Bounds:
    """Return the length of lines in metres."""
    return metres(extents.sure), math.inf if unseen else metres(extents.most)


def area(extents: Extents, members: Members) -> Bounds:
    """Return the area of polygons in square metres."""
    return square_metres(extents.sure), square_metres(extents.most) if members.complete else limit_m2(members)


def area_share(of: Extents, per: Extents, members: Members, per_members: Members) -> tuple[Bounds, float, float]:
    """Return which share (0 to 1) of `per` lies in `of`, and the two areas that are surely meant, in square metres.

    The bounds may be a little wide where both are uncertain.
    """
    sure, most, base, widest = of.sure, of.most, per.sure, per.most
    covered, whole = square_metres(shapely.intersection(sure, base)), square_metres(base)
    if members.area is None:
        return (0.0, 1.0), covered, whole
    if not per_members.complete:
        widest = members.area
    if not members.complete:
        most = members.area
    if square_metres(widest) == 0:
        return NOTHING, covered, whole
    least_out = square_metres(shapely.difference(base, most))
    most_out = square_metres(shapely.difference(widest, sure))
    most_in = square_metres(shapely.intersection(most, widest))
    low = covered / (covered + most_out) if covered + most_out > 0 else 1.0
    high = most_in / (most_in + least_out) if most_in + least_out > 0 else 0.0
    return (low, high), covered, whole


def area_change(
    now: Extents, then: Extents, common: NDArray[np.int8], gone: NDArray[np.bool_], members: Members
) -> Bounds:
    """Return by how many square metres the area is larger than it was.

    `common` says of each shape of now whether the same row of the map was in force then, `gone` of each shape of
    then that its row no longer is.  What is unknown of a row of both days is unknown on both alike and changes
    nothing.
    """
    if not members.complete:
        limit = limit_m2(members)
        return square_metres(now.sure) - limit, limit - square_metres(then.sure)
    kept_sure = now.union((common == YES) & (now.state == YES))
    kept_most = now.union((common != NO) & (now.state != NO))
    new_sure = now.union((common == NO) & (now.state == YES))
    new_most = now.union((common != YES) & (now.state != NO))
    lost_sure, lost_most = then.union(gone & (then.state == YES)), then.union(gone & (then.state != NO))
    moved = [new_sure, lost_most, new_most, lost_sure]
    outside = shapely.difference(moved, [kept_most, kept_sure, kept_sure, kept_most])
    grown_least, lost_greatest, grown_greatest, lost_least = geodesy.area_m2(outside)
    return float(grown_least - lost_greatest), float(grown_greatest - lost_least)


def counted(members: Members, having: NDArray[np.int8] | None) -> NDArray[np.int8]:
    """Return which members count once what they must have is asked."""
    return members.state if having is None else both(members.state, having)
