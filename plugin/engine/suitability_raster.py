"""The suitable area as a raster of severity (GeoTIFF), written block by block through rasterio."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from . import geodesy
from .errors import InputError
from .findings import VERDICT_WORDS
from .progress import SILENT, Progress, report
from .suitability_model import OUTSIDE, SEVERITY, WORSE

if TYPE_CHECKING:
    from .onemap import OneMap
    from .suitability_model import SuitableArea

NODATA = 255
BLOCK = 512
#: Rows burnt at a time: GDAL looks at every edge for each row of what it burns.
_STRIP = 64
_CACHE_MB = 16
#: Far more cells than a county at 5 m; beyond it a typing error is likelier than a wish.
MAX_CELLS = 4_000_000_000
_OUTSIDE_WORDS = ("界外", "outside the jurisdiction")
#: Blue to orange to red, distinct to colour-blind eyes; what is open is paler.
_COLOURS: Mapping[str, tuple[int, int, int]] = {
    "pass": (69, 117, 180),
    "note": (145, 191, 219),
    "conditional": (254, 224, 144),
    "restricted": (252, 141, 89),
    "fail": (178, 24, 43),
}


def categories() -> dict[int, tuple[str, str, tuple[int, int, int, int]]]:
    """Return cell value -> name in zh, name in en, colour."""
    out = {}
    for verdict, grade in SEVERITY.items():
        zh, en = VERDICT_WORDS[verdict]
        red, green, blue = _COLOURS[verdict]
        out[grade] = (zh, en, (red, green, blue, 255))
        if verdict == "fail":
            continue  # nothing is graver
        pale = tuple(round(c + (255 - c) * 0.5) for c in (red, green, blue))
        out[grade + WORSE] = (f"{zh},待核实", f"{en}, to be verified", (*pale, 255))
    out[OUTSIDE] = (*_OUTSIDE_WORDS, (200, 200, 200, 255))
    return out


def work_crs(onemap: OneMap, area: Any) -> str:
    """Return the city's CGCS2000 3-degree zone: the map's own `work_crs`, else the zone the area lies in.

    Raises
    ------
    InputError
        If the map's work CRS is not in metres, or no 3-degree zone holds the area.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    own = onemap.meta.get("work_crs", "")
    if own:
        try:
            crs = CRS.from_user_input(own)
        except CRSError as error:
            raise InputError(f"The map's work CRS '{own}' is unknown; write it as EPSG:4547.") from error
        if not crs.is_projected or crs.axis_info[0].unit_name != "metre":
            raise InputError(
                f"The map's work CRS {own} is not in metres, so a cell has no size in it; set work_crs to the"
                " city's CGCS2000 3-degree zone, such as EPSG:4547."
            )
        return own
    meridian = float(geodesy.zone_meridian(shapely.get_x(shapely.centroid(area))))
    if not 75 <= meridian <= 135:
        raise InputError(
            f"The area lies about {meridian:g}° east, outside the CGCS2000 3-degree zones (75° to 135° E); set"
            " the map's work_crs."
        )
    # EPSG:4534 is CGCS2000 / 3-degree Gauss-Kruger CM 75E; the codes follow each other.
    return f"EPSG:{4534 + round((meridian - 75) / 3)}"


@lru_cache(maxsize=4)
def projection(crs: str) -> Any:
    """Return the way from degrees to the metres of a CRS; a dialog builds it before its worker starts."""
    from pyproj import Transformer

    return Transformer.from_crs(geodesy.STORAGE_CRS, crs, always_xy=True)


def write_raster(
    path: str | Path, result: SuitableArea, onemap: OneMap, *, cell: float = 30.0, lang: str = "zh",
    progress: Progress = SILENT,
) -> Path:  # fmt: skip
    """Write the severity of each cell, judged at its centre, as a GeoTIFF.

    The names of the values stand beside it in ``.tif.aux.xml``, where GDAL and QGIS look for them.

    Parameters
    ----------
    path : path
        The .tif; it changes only when all is written.
    result : SuitableArea
    onemap : OneMap
        For its work CRS.
    cell : float
        Metres.
    lang : str
        Of the names.

    Raises
    ------
    InputError
        Without rasterio, for an unusable name, cell or CRS.
    Cancelled
        If the progress says so; an older file is untouched.
    """
    path = check_raster(path, cell)
    try:
        import rasterio
    except ImportError as error:
        raise InputError(
            f"A raster needs the Python package rasterio, which is not installed ({error}); install it or leave"
            " the raster out."
        ) from error
    crs = work_crs(onemap, result.area)
    shapes = _projected(np.asarray(result.pieces.geometry.array, dtype=object), crs)
    values = result.pieces["severity"].to_numpy(dtype=np.uint8)
    low_x, low_y, high_x, high_y = shapely.total_bounds(shapes)
    left, top = np.floor(low_x / cell) * cell, np.ceil(high_y / cell) * cell
    width, height = int(np.ceil((high_x - left) / cell)), int(np.ceil((top - low_y) / cell))
    if width * height > MAX_CELLS:
        raise InputError(f"A cell of {cell:g} m makes {width} × {height} cells; give a larger cell.")
    transform = rasterio.Affine(cell, 0.0, left, 0.0, -cell, top)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}-{uuid.uuid4().hex[:8]}.part.tif")
    try:
        # GDAL would keep a twentieth of the machine's memory full of blocks that are done with.
        with rasterio.Env(GDAL_CACHEMAX=_CACHE_MB), rasterio.open(
            temporary, "w", driver="GTiff", width=width, height=height, count=1, dtype="uint8", crs=crs,
            transform=transform, nodata=NODATA, compress="deflate", tiled=True, blockxsize=BLOCK, blockysize=BLOCK,
            bigtiff="if_safer",
        ) as target:  # fmt: skip
            _describe(target, result)
            _fill(target, shapes, values, progress)
        report(progress, 0.99, path.name)
        try:
            os.replace(temporary, path)
            names = temporary.with_name(temporary.name + ".aux.xml")
            names.write_text(_names(lang), encoding="utf-8")
            os.replace(names, path.with_name(path.name + ".aux.xml"))
        except OSError as error:
            raise InputError(
                f"{path} cannot be replaced ({error.strerror}); close it in other programs and run again."
            ) from error
    finally:
        for end in ("", ".aux.xml"):
            temporary.with_name(temporary.name + end).unlink(missing_ok=True)
    return path


def check_raster(path: str | Path, cell: float) -> Path:
    """Refuse a raster that could not be written, before anything is computed."""
    path = Path(path)
    if path.suffix.lower() not in (".tif", ".tiff"):
        raise InputError(f"Raster {path} must end in .tif; it is written as a GeoTIFF.")
    if not path.parent.is_dir():
        raise InputError(f"Folder {path.parent} does not exist; create it or choose another for {path.name}.")
    if path.is_dir():
        raise InputError(f"Raster {path} is a folder; give the name of a file in it.")
    if not cell >= 0.1:
        raise InputError(f"The cell size is {cell:g} m; give metres of 0.1 or more.")
    return path


def _projected(shapes: Any, crs: str) -> Any:
    """Bring polygons to the raster's metres, edges within 1 mm of straight in degrees."""
    forward = projection(crs)
    # Steps of 200 m bend by a millimetre.
    dense = geodesy.densified(shapes, 0.002)
    return shapely.transform(dense, lambda c: np.column_stack(forward.transform(c[:, 0], c[:, 1])))


def _fill(target: Any, shapes: Any, values: Any, progress: Progress) -> None:
    """Burn the pieces into the raster, one block in memory at a time."""
    from rasterio.windows import Window

    tree = shapely.STRtree(shapes)
    windows = [
        Window(x, y, min(BLOCK, target.width - x), min(BLOCK, target.height - y))
        for y in range(0, target.height, BLOCK)
        for x in range(0, target.width, BLOCK)
    ]
    for k, window in enumerate(windows):
        report(progress, 0.99 * k / len(windows), "Writing the raster")
        block = np.full((int(window.height), int(window.width)), NODATA, dtype=np.uint8)
        for row in range(0, int(window.height), _STRIP):
            strip = Window(window.col_off, window.row_off + row, window.width, min(_STRIP, window.height - row))
            _burn(block[row : row + _STRIP], strip, target.transform, tree, values)
        target.write(block, 1, window=window)


def _burn(cells: Any, window: Any, whole: Any, tree: Any, values: Any) -> None:
    """Burn the pieces into one window's cells (rows, columns)."""
    from rasterio.features import rasterize

    left, top = whole.c + window.col_off * whole.a, whole.f + window.row_off * whole.e
    place = type(whole)(whole.a, 0.0, left, 0.0, whole.e, top)
    box = shapely.box(*_bounds(window, place))
    rows = tree.query(box, predicate="intersects")
    # A window's own part of a large piece is much less to burn than the whole of it.
    near = shapely.clip_by_rect(tree.geometries[rows], *shapely.bounds(box))
    flat = (shapely.get_dimensions(near) == 2) & ~shapely.is_empty(near)
    burnt = list(zip(near[flat], values[rows][flat].tolist()))
    if burnt:
        rasterize(burnt, out=cells, transform=place, all_touched=False)


def _bounds(window: Any, place: Any) -> tuple[float, float, float, float]:
    return (
        place.c - place.a, place.f + place.e * (window.height + 1),
        place.c + place.a * (window.width + 1), place.f - place.e,
    )  # fmt: skip


def _names(lang: str) -> str:
    """Return the names of the values 0 to `OUTSIDE` as GDAL keeps them beside a raster."""
    known = categories()
    said = [known[value][0 if lang == "zh" else 1] if value in known else "" for value in range(OUTSIDE + 1)]
    body = "".join(f"<Category>{escape(one)}</Category>" for one in said)
    return f'<PAMDataset><PAMRasterBand band="1"><CategoryNames>{body}</CategoryNames></PAMRasterBand></PAMDataset>\n'


def _describe(target: Any, result: SuitableArea) -> None:
    """Write the colour table, the names of the values and what the raster rests on."""
    table = {value: colour for value, (_, _, colour) in categories().items()}
    table[NODATA] = (0, 0, 0, 0)
    target.write_colormap(1, table)
    target.set_band_description(1, "severity")
    target.update_tags(1, **{f"CATEGORY_{value}": f"{zh} / {en}" for value, (zh, en, _) in categories().items()})
    layers = "; ".join(f"{mark['layer']} {mark['rows']} {mark['sha256'][:16]}" for mark in result.fingerprints)
    target.update_tags(
        TIFFTAG_SOFTWARE="EnvZones",
        AS_OF=result.as_of.isoformat(),
        FACILITY_TYPE=result.facility_type,
        NATURE=result.nature or "",
        ATTRIBUTES="; ".join(f"{k}={v}" for k, v in sorted(result.attributes.items())),
        RULEBOOKS="; ".join(book.id for book in result.books),
        FINGERPRINTS=layers,
    )
