"""GeoJSON (RFC 7946): longitude and latitude of WGS 84 to nine decimals, outer rings anticlockwise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..progress import Progress, report
from .model import CrsChoice
from .write_columns import Column, Sheet, Told

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .write import WriteOptions

#: 1e-9 degrees are 0.1 mm.
_DECIMALS = 9
_STEP = 5000


def make(
    sheets: Sequence[Sheet], folder: Path, stem: str, options: WriteOptions, told: Told, progress: Progress
) -> list[str]:
    """Write one sheet; coordinates of a projected system are brought to WGS 84, which the format prescribes.

    Raises
    ------
    InputError
        If a projected system is asked for, or none is known and the numbers are no degrees.
    """
    (sheet,) = sheets
    shapes = oriented(geographic(sheet, options.crs, "GeoJSON", told))
    names = _names(sheet.columns, options)
    columns = [column.labelled(options.lang) for column in sheet.columns] if options.labels else sheet.columns
    cells = [_plain(column) for column in columns]
    name = f"{stem}.geojson"
    with (folder / name).open("w", encoding="utf-8", newline="\n") as stream:
        head: dict[str, Any] = {"type": "FeatureCollection", "name": sheet.name}
        if sheet.system:
            head["coordinates_in"] = sheet.system
        stream.write(json.dumps(head, ensure_ascii=False)[:-1] + ',\n"features": [')
        for first in range(0, len(shapes), _STEP):
            report(progress, first / len(shapes), sheet.name)
            last = min(first + _STEP, len(shapes))
            rows = zip(*(cell[first:last] for cell in cells)) if cells else [()] * (last - first)
            lines = []
            for geometry, row in zip(geojson(shapes[first:last]), rows):
                properties = json.dumps(dict(zip(names, row)), ensure_ascii=False)
                lines.append(f'{{"type": "Feature", "properties": {properties}, "geometry": {geometry}}}')
            stream.write(("\n" if first == 0 else ",\n") + ",\n".join(lines))
        stream.write("\n]}\n")
    return [name]


def geographic(sheet: Sheet, wanted: CrsChoice | None, form: str, told: Told) -> NDArray[Any]:
    """Return a sheet's shapes in degrees as formats of WGS 84 hold them; CGCS2000 counts as WGS 84, which is told."""
    if sheet.system:
        said = sheet.system.upper()
        told.say("warning", "not_wgs84", f"{form} 规定为 WGS 84,此文件按要求为 {said} 偏移坐标,只可用于相应地图",
                 f"{form} is WGS 84 by definition; as asked, this one is in shifted {said} coordinates, for such"
                 f" maps alone")  # fmt: skip
        return sheet.shapes
    if sheet.crs is None:
        if sheet.degrees:
            told.say("warning", "no_crs", f"坐标系未知,按 WGS 84 写入 {form}",
                     f"what the coordinates are in is not known; {form} takes them as WGS 84")  # fmt: skip
            return sheet.shapes
        raise InputError(
            f"{form} holds degrees of WGS 84, and layer '{sheet.name}' has others; say what it is in first."
        )
    if sheet.crs.is_geographic:
        if sheet.crs.to_epsg() == 4490:
            told.say("info", "taken_as_wgs84", f"CGCS2000 坐标按 WGS 84 写入 {form},两者相差不足 1 m",
                     f"CGCS2000 is written as the WGS 84 of {form}; they differ by less than 1 m")  # fmt: skip
            return sheet.shapes
        if sheet.crs.to_epsg() == 4326:
            return sheet.shapes
    if wanted is not None and not sheet.crs.is_geographic:
        raise InputError(
            f"{form} holds degrees only, not {wanted.crs}; leave the system out or choose another format."
        )
    import geopandas as gpd

    from ..geodesy import to_storage
    from .crs_apply import from_4490, to_4490
    from .crs_systems import OLD_DATUMS, datum_of

    frame = gpd.GeoDataFrame(geometry=list(sheet.shapes), crs=sheet.crs)
    if datum_of(sheet.crs) in OLD_DATUMS:
        frame = to_4490(frame, CrsChoice(sheet.crs.to_wkt()), sheet.name)
    out = from_4490(to_storage(frame, sheet.name), CrsChoice("EPSG:4326"))
    return np.asarray(out.geometry.array, dtype=object)


def oriented(shapes: NDArray[Any]) -> NDArray[Any]:
    """Return shapes with outer rings anticlockwise and holes clockwise (RFC 7946, 3.1.6; KML too)."""
    from shapely.geometry.polygon import orient

    out: NDArray[Any] = shapes.copy()
    kinds = shapely.get_type_id(out)
    for k in np.flatnonzero(kinds == 3):
        out[k] = orient(out[k], 1.0)
    for k in np.flatnonzero(kinds == 6):
        out[k] = shapely.MultiPolygon([orient(one, 1.0) for one in out[k].geoms])
    return out


def geojson(shapes: NDArray[Any]) -> list[str]:
    """Return geometries as GeoJSON, ``null`` for none, coordinates rounded to nine decimals."""
    known = np.array([shape is not None for shape in shapes], dtype=bool)
    out = np.full(len(shapes), "null", dtype=object)
    if known.any():
        rounded = shapely.transform(shapes[known], lambda xy: np.round(xy, _DECIMALS))
        out[known] = shapely.to_geojson(rounded)
    return [str(one) for one in out]


def _names(columns: Sequence[Column], options: WriteOptions) -> list[str]:
    taken: set[str] = set()
    names = []
    for column in columns:
        wanted = column.title(options.lang) if options.titles else column.name
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted}_{number}"
        taken.add(name)
        names.append(name)
    return names


def _plain(column: Column) -> list[Any]:
    if column.kind in ("date", "datetime"):
        return [None if value is None else value.isoformat() for value in column.values]
    return column.values
