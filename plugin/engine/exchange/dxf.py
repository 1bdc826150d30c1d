"""DXF drawings: CAD layers as types, closed polylines as polygons, texts that stand in a polygon as its label."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..progress import SILENT, Progress, part, report
from . import ogr
from .model import PLAIN, Foreign, LayerSummary, ReadOptions
from .vector import tell_destroyed

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST = 512 << 20
_BINARY = b"AutoCAD Binary DXF"
#: GDAL's columns that say nothing to a planner.
_LEFT_OUT = frozenset({"PaperSpace", "SubClasses", "Linetype", "EntityHandle", "ExtendedEntity"})


def layers(path: Path, options: ReadOptions = PLAIN) -> list[LayerSummary]:
    """List the CAD layers with the number of their entities."""
    found = read(path, ReadOptions(limit=options.limit, lines_as_areas=options.lines_as_areas))
    counts = found.frame["Layer"].value_counts(sort=False) if "Layer" in found.frame else {}
    return [LayerSummary(str(name), "Geometry", int(count)) for name, count in counts.items()]


def read(path: Path, options: ReadOptions = PLAIN, *, progress: Progress = SILENT) -> Foreign:
    """Read a drawing's entities; `options.layer` takes those of one CAD layer.

    Returns
    -------
    Foreign
        Columns ``Layer``, ``Text`` (of text entities) and ``label`` (of a text inside a polygon of the same drawing).

    Raises
    ------
    InputError
        For a DWG, a binary DXF, and what GDAL cannot read.
    """
    import geopandas as gpd
    import pandas as pd

    with path.open("rb") as stream:
        head = stream.read(64)
    if head.startswith(b"AC10"):
        raise InputError(f"{path.name} is a DWG, which cannot be read here; save it as DXF (ASCII, 2013 or older).")
    if head.startswith(_BINARY):
        raise InputError(f"{path.name} is a binary DXF, which cannot be read here; save it as ASCII DXF.")
    if path.stat().st_size > _LARGEST:
        raise InputError(f"{path.name} is larger than {_LARGEST >> 20} MB; save only the layers that are wanted.")
    raw = ogr.read(path, "entities", limit=options.limit, progress=part(progress, 0.0, 0.7))
    foreign = Foreign(path.stem, path, "dxf", gpd.GeoDataFrame(), np.empty(0, dtype=np.int64), 0)
    shapes = shapely.force_2d(np.asarray(raw.geometry, dtype=object))
    rows = np.arange(1, len(shapes) + 1, dtype=np.int64)
    columns = {name: cells for name, cells in raw.columns.items() if name not in _LEFT_OUT}
    if options.layer is not None:
        wanted = np.array([cell == options.layer for cell in columns.get("Layer", [None] * len(shapes))], dtype=bool)
        if not wanted.any():
            raise InputError(f"{path.name} has nothing on layer '{options.layer}'; see which layers it has.")
        shapes, rows = shapes[wanted], rows[wanted]
        columns = {name: [cell for cell, keep in zip(cells, wanted) if keep] for name, cells in columns.items()}
    if options.lines_as_areas:
        shapes, closed = _closed(shapes)
        if closed:
            foreign.note("info", "closed_lines", f"{closed} 条闭合多段线已作为面",
                         f"{closed} closed polylines were taken as polygons")  # fmt: skip
    report(progress, 0.8)
    columns["label"] = _labels(shapes, columns.get("Text", [None] * len(shapes)))
    if not any(columns["label"]):
        del columns["label"]
    data = {name: pd.Series(cells, dtype=object) for name, cells in columns.items()}
    frame = pd.DataFrame(data, index=pd.RangeIndex(len(shapes)))
    foreign.frame = gpd.GeoDataFrame(frame.where(frame.notna(), None), geometry=list(shapes), crs=None)
    foreign.rows, foreign.count = rows, len(shapes)
    tell_destroyed(foreign)
    foreign.note("info", "no_crs", "DXF 不含坐标系信息", "a DXF says nothing of its reference system")
    report(progress, 1.0)
    return foreign


def _closed(shapes: NDArray[Any]) -> tuple[NDArray[Any], int]:
    lines = (shapely.get_type_id(shapes) == 1) & (shapely.get_num_coordinates(shapes) >= 4)
    closed = np.flatnonzero(lines & shapely.is_closed(shapes))
    if len(closed):
        shapes = shapes.copy()
        shapes[closed] = shapely.polygons([shapely.linearrings(shapely.get_coordinates(one)) for one in shapes[closed]])
    return shapes, len(closed)


def _labels(shapes: NDArray[Any], texts: list[Any]) -> list[str | None]:
    """Join the texts whose anchor lies in a polygon, smallest polygon first where they nest."""
    out: list[str | None] = [None] * len(shapes)
    areas = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    said = [k for k, one in enumerate(texts) if one and shapes[k] is not None and shapes[k].geom_type == "Point"]
    if not len(areas) or not said:
        return out
    valid = areas[shapely.is_valid(shapes[areas])]
    if not len(valid):
        return out
    s, a = shapely.STRtree(shapes[valid]).query(shapes[said], predicate="within")
    size = shapely.area(shapes[valid])
    order = np.lexsort((size[a], s))
    _, first = np.unique(s[order], return_index=True)
    for k in order[first]:
        row = int(valid[a[k]])
        word = str(texts[said[int(s[k])]]).strip()
        out[row] = f"{out[row]} {word}" if out[row] else word
    return out
