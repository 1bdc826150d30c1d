"""An extract of the one map: chosen layers, within an area, as of a day; what is left out is counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..geodesy import area_m2, length_m, projected_area_m2
from ..progress import SILENT, Progress, report

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ..catalog import LayerSpec
    from ..onemap import OneMap


@dataclass(frozen=True)
class Taken:
    """One layer of an extract.

    Attributes
    ----------
    frame : GeoDataFrame
        The rows taken, EPSG:4490, in the order of their uid.
    rows : int
        Rows in the map.
    not_in_force, outside : int
        Rows left out: not in force on the day; with no place within the area.
    cut : int
        Rows whose shape was cut at the edge of the area.
    lost_m2 : float
        Area on the ellipsoid that was cut off from them.
    """

    name: str
    spec: LayerSpec | None
    frame: gpd.GeoDataFrame
    rows: int
    not_in_force: int = 0
    outside: int = 0
    cut: int = 0
    lost_m2: float = 0.0

    def title(self, lang: str) -> str:
        """Return the layer's title."""
        return self.spec.title(lang) if self.spec else self.name

    def measures(self) -> dict[str, float]:
        """Return the sums ``ellipsoidal_m2`` and ``projected_m2`` of its areas, ``length_m`` of its lines."""
        shapes = np.asarray(self.frame.geometry.array, dtype=object)
        dimensions = shapely.get_dimensions(shapes)
        out: dict[str, float] = {}
        if (dimensions == 2).any():
            areas = shapes[dimensions == 2]
            out["ellipsoidal_m2"] = float(area_m2(areas).sum())
            out["projected_m2"] = float(projected_area_m2(areas).sum())
        if (dimensions == 1).any():
            out["length_m"] = float(length_m(shapes[dimensions == 1]).sum())
        return out


def extract(
    onemap: OneMap, layers: Iterable[str] | None = None, *, area: Any = None, clip: bool = False,
    as_of: date | None = None,
    progress: Progress = SILENT,
) -> list[Taken]:  # fmt: skip
    """Take layers out of a map.

    Parameters
    ----------
    layers : iterable of str, optional
        All layers that hold rows when left out.
    area : geometry, optional
        EPSG:4490.  Rows that touch it are taken whole; rows without a shape are not.
    clip : bool
        Cut shapes at the edge of `area`.
    as_of : date, optional
        Only rows in force on this day.

    Raises
    ------
    InputError
        If the map has no such layer, nothing is left, or a shape is so broken that it cannot be cut.
    """
    wanted = list(dict.fromkeys(layers)) if layers is not None else None
    there = onemap.layers()
    for name in wanted or []:
        if name not in there:
            raise InputError(f"The map has no layer '{name}'; it has {', '.join(there)}.")
    order = {name: place for place, name in enumerate(onemap.catalog)}
    names = sorted(there, key=lambda name: order.get(name, len(order))) if wanted is None else wanted
    if clip and area is None:
        raise InputError("There is no area to cut the shapes at; give one, or leave cutting out.")
    if area is not None:
        shapely.prepare(area)
    out = []
    for k, name in enumerate(names):
        report(progress, k / len(names), name)
        one = _one(onemap, name, area, clip, as_of)
        if one is not None and (wanted is not None or len(one.frame)):
            out.append(one)
    if not any(len(one.frame) for one in out):
        what = "within the area" if area is not None else f"in force on {as_of}" if as_of else "in the map"
        raise InputError(
            f"No row of {', '.join(wanted) if wanted else 'any layer'} is {what}; nothing was written."
        )
    return out


def _one(onemap: OneMap, name: str, area: Any, clip: bool, as_of: date | None) -> Taken | None:
    whole = onemap.layer(name)
    frame = whole if as_of is None else onemap.in_force(name, as_of)
    if whole is None or frame is None:
        return None
    rows, valid = len(whole), len(frame)
    cut, lost = 0, 0.0
    if area is not None:
        shapes = np.asarray(frame.geometry.array, dtype=object)
        keep = shapely.intersects(area, shapes)
        frame = frame[keep].reset_index(drop=True)
        if clip:
            made, cut, lost = _clipped(np.asarray(frame.geometry.array, dtype=object), area, name)
            frame = frame.set_geometry(made, crs=frame.crs)
            frame = frame[shapely.get_dimensions(made) >= 0].reset_index(drop=True)
    if "uid" in frame:
        frame = frame.sort_values("uid", kind="stable").reset_index(drop=True)
    return Taken(name, onemap.spec(name), frame, rows, rows - valid, valid - len(frame), cut, lost)


def _clipped(shapes: NDArray[Any], area: Any, name: str) -> tuple[NDArray[Any], int, float]:
    """Cut what reaches over the edge, keeping parts of the shape's own dimension alone."""
    across = np.flatnonzero(~shapely.covers(area, shapes))
    out = shapes.copy()
    try:
        out[across] = shapely.intersection(shapes[across], area)
    except shapely.errors.GEOSException as error:
        raise InputError(
            f"Layer '{name}' has a shape that cannot be cut at the area's edge ({str(error).splitlines()[0]});"
            f" check the layer with"
            f" 'envzones onemap validate', or take shapes whole."
        ) from error
    for k in across:
        out[k] = _of_dimension(
            out[k], int(shapely.get_dimensions(shapes[k])), many=hasattr(shapes[k], "geoms")
        )
    areal = across[shapely.get_dimensions(shapes[across]) == 2]
    lost = float(area_m2(shapes[areal]).sum() - area_m2(out[areal]).sum()) if len(areal) else 0.0
    return out, int((shapely.get_dimensions(out[across]) >= 0).sum()), lost


def _of_dimension(shape: Any, dimension: int, *, many: bool) -> Any:
    """Return the parts of a dimension as one shape, None where there are none; `many` keeps a type of several."""
    parts = shapely.get_parts(shape)
    while any(hasattr(one, "geoms") for one in parts):
        parts = shapely.get_parts(parts)
    parts = parts[shapely.get_dimensions(parts) == dimension]
    if not len(parts):
        return None
    if len(parts) == 1 and not many:
        return parts[0]
    return (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)[dimension](parts)


def area_named(onemap: OneMap, name: str) -> Any:
    """Return the union of the administrative areas of that name or code in the map, None where there is none."""
    frame = onemap.layer("admin_area")
    if frame is None or not len(frame):
        return None
    hit = np.zeros(len(frame), dtype=bool)
    for key in ("name", "code", "uid"):
        if key in frame:
            hit |= np.array([isinstance(value, str) and value == name for value in frame[key]], dtype=bool)
    if not hit.any():
        return None
    return shapely.union_all(shapely.make_valid(np.asarray(frame.geometry.array)[hit]))
