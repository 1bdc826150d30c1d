"""Boundary-point TXT through the common way of writing: one layer, one file (or one per plot)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ..errors import InputError
from ..progress import Progress
from .crs_systems import table
from .model import CrsChoice
from .write_columns import Sheet, Told

if TYPE_CHECKING:
    from .boundary_txt_write import TxtOptions
    from .write import WriteOptions

#: Python's codecs by the names that users give.
_ENCODINGS = {"": "utf-8", "gbk": "gb18030", "cp936": "gb18030", "utf8": "utf-8"}


def make(
    sheets: Sequence[Sheet], folder: Path, stem: str, options: WriteOptions, told: Told, progress: Progress
) -> list[str]:
    """Write one sheet; see :func:`.boundary_txt_write.write_txt` for what is refused."""
    import geopandas as gpd

    from .boundary_txt_write import write_txt

    (sheet,) = sheets
    chosen = options.txt or _usual(sheet, options)
    data = {column.name: column.values for column in sheet.columns}
    frame = gpd.GeoDataFrame(data, geometry=list(sheet.shapes), crs=sheet.crs)
    done = write_txt(frame, folder / f"{stem}.txt", chosen, spec=sheet.spec, progress=progress)
    told.notes.extend(done.notes)
    return [path.name for path in done.paths]


def _usual(sheet: Sheet, options: WriteOptions) -> TxtOptions:
    """Return the dialect that most offices take, in the grid that is wanted."""
    from .boundary_txt_write import TxtOptions

    code = sheet.crs.to_epsg() if sheet.crs is not None and not sheet.crs.is_bound else None
    known = table().get(f"EPSG:{code}")
    if known is None or known.geographic:
        raise InputError(
            f"A boundary-point TXT is in a Gauss-Krüger grid; choose one{_suggested(sheet)}, with or without the"
            f" zone's number."
        )
    encoding = _ENCODINGS.get(options.encoding.lower(), options.encoding)
    return TxtOptions(CrsChoice(f"EPSG:{code}"), zone_prefix=known.zone is not None, encoding=encoding)


def _suggested(sheet: Sheet) -> str:
    """Name the 3-degree zone that the middle of the sheet lies in."""
    bounds = shapely.total_bounds(sheet.shapes) if len(sheet.shapes) else np.full(4, np.nan)
    if np.isnan(bounds[0]) or not sheet.degrees:
        return ""
    zone = int(((bounds[0] + bounds[2]) / 2 + 1.5) // 3)
    return f", such as EPSG:{4513 + zone - 25} (CGCS2000, zone {zone})" if 25 <= zone <= 45 else ""
