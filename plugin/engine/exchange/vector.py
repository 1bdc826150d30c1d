"""GeoPackage, file geodatabase and GeoJSON: formats that say what they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..progress import SILENT, Progress, part, report
from . import ogr, text
from .model import PLAIN, Declared, Encoding, Foreign, LayerSummary, ReadOptions, Reject, plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST = 512 << 20
_STEP = 5000
#: Tables that GeoPackages carry for programs, not for people.
_CURVES = re.compile("Curve|Surface|Circular|Compound")
_UTF8 = {
    "gpkg": Encoding("utf-8", "GeoPackage 规定为 UTF-8", "GeoPackage is UTF-8 by definition", True),
    "fgdb": Encoding("utf-8", "FileGDB 规定为 Unicode", "file geodatabases are Unicode by definition", True),
}
_INNER = ("layer_styles", "gpkg_", "rtree_", "sqlite_", "qgis_", "envzones_")


def layers(path: Path, options: ReadOptions = PLAIN) -> list[LayerSummary]:
    """List the layers."""
    if _is_json(path):
        return [LayerSummary(path.stem, "Geometry")]
    del options
    return [one for one in ogr.layers(path) if not one.name.lower().startswith(_INNER)]


def read(path: Path, options: ReadOptions = PLAIN, *, progress: Progress = SILENT) -> Foreign:
    """Read one layer.

    Raises
    ------
    InputError
        If the file holds several layers and the options do not say which, none, or cannot be read.
    """
    if _is_json(path):
        return _geojson(path, options, progress)
    one = _one(path, options)
    raw = ogr.read(path, one.name, limit=options.limit, count=one.count, progress=part(progress, 0.0, 0.9))
    found = _framed(raw, one, path, 0)
    report(progress, 1.0)
    return found


def read_chunks(
    path: Path, options: ReadOptions = PLAIN, *, size: int = 50_000, progress: Progress = SILENT
) -> Iterator[Foreign]:
    """Read one layer in pieces of up to `size` rows (GeoJSON: read whole, then cut); otherwise as :func:`read`."""
    if _is_json(path):
        from .read import sliced

        yield from sliced(_geojson(path, options, progress), size)
        return
    one, done = _one(path, options), 0
    for raw in ogr.pieces(path, one.name, limit=options.limit, size=size):
        piece = _framed(raw, one, path, done)
        done += len(raw.geometry)
        report(progress, min(0.99, done / max(one.count or 0, done + 1)), one.name)
        yield piece
    report(progress, 1.0)


def _one(path: Path, options: ReadOptions) -> LayerSummary:
    """Return the layer that is meant."""
    found = layers(path)
    names = ", ".join(one.name for one in found[:12]) + (" …" if len(found) > 12 else "")
    if not found:
        raise InputError(f"{path.name} holds no layer; ask for it to be sent again.")
    if options.layer is None and len(found) > 1:
        raise InputError(f"{path.name} holds {len(found)} layers ({names}); say which one to read.")
    if options.layer is None:
        return found[0]
    for one in found:
        if one.name == options.layer:
            return one
    raise InputError(f"{path.name} has no layer '{options.layer}'; it has {names}.")


def _framed(raw: ogr.Raw, one: LayerSummary, path: Path, done: int) -> Foreign:
    import geopandas as gpd

    form = "fgdb" if path.is_dir() else "gpkg"
    foreign = Foreign(one.name, path, form, gpd.GeoDataFrame(), np.empty(0, dtype=np.int64), 0)
    foreign.declared = declared(raw.crs)
    foreign.encoding = _UTF8[form]
    ogr.placed(foreign, raw.columns, raw.geometry, raw.unread, start=done)
    if _CURVES.search(one.geometry) and not done:
        foreign.note("info", "curves_linearised", "曲线已转为折线", "curves were turned into short straight lines")
    tell_destroyed(foreign)
    return foreign


def declared(said: str) -> Declared | None:
    """Return what a layer's CRS says, None where it has none."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if not said:
        return None
    try:
        crs = ogr.identified(CRS.from_user_input(said))
    except CRSError:
        return Declared(None, said[:200], "layer")
    if crs.name.lower().startswith(("undefined", "unknown", "unnamed")) and crs.to_authority() is None:
        return None
    return Declared(crs, crs.name, "layer")


def tell_destroyed(foreign: Foreign) -> None:
    """Note the first destroyed text of each column."""
    for name in foreign.frame.columns.drop("geometry"):
        column = foreign.frame[name]
        if column.dtype != object:
            continue
        for value in column.dropna().unique():
            why = text.destroyed(value) if isinstance(value, str) else None
            if why:
                row = int(foreign.rows[int(np.flatnonzero((column == value).to_numpy(dtype=bool))[0])])
                foreign.note("error", "text_destroyed", f"字段“{name}”第 {row} 条“{value[:20]}”:{why[0]}",
                             f"field '{name}', record {row} ('{value[:20]}'): the text is destroyed: {why[1]}", row)  # fmt: skip
                break


# --------------------------------------------------------------------------------------------------------
# GeoJSON
# --------------------------------------------------------------------------------------------------------


def _is_json(path: Path) -> bool:
    return path.suffix.lower() in (".geojson", ".json")


def _geojson(path: Path, options: ReadOptions, progress: Progress) -> Foreign:
    import geopandas as gpd
    import pandas as pd

    if path.stat().st_size > _LARGEST:
        raise InputError(f"{path.name} is larger than {_LARGEST >> 20} MB; convert it to a GeoPackage first.")
    data = path.read_bytes()
    encoding = text.detect(data, declared=options.encoding)
    foreign = Foreign(path.stem, path, "geojson", gpd.GeoDataFrame(), np.empty(0, dtype=np.int64), 0)
    foreign.encoding = encoding
    if encoding.name not in ("utf-8", "utf-8-sig"):
        foreign.note("warning", "not_utf8", f"GeoJSON 应为 UTF-8,此文件为 {encoding.name}",
                     f"GeoJSON has to be UTF-8; this file is {encoding.name}")  # fmt: skip
    try:
        document = json.loads(text.decode(data, encoding))
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(f"{path.name} is no JSON{where}; it may be cut off, ask for it to be sent again.") from error
    features = _features(document, path)
    foreign.declared = _crs_member(document)
    if options.limit is not None:
        features = features[: options.limit]
    rows: list[dict[str, Any]] = []
    shapes: list[Any] = []
    numbers: list[int] = []
    for k, feature in enumerate(features):
        if k % _STEP == 0:
            report(progress, 0.9 * k / len(features))
        cells = feature.get("properties") if isinstance(feature, dict) else None
        cells = cells if isinstance(cells, dict) else {}
        try:
            if not isinstance(feature, dict):
                raise TypeError("no feature")
            shapes.append(_shape(feature.get("geometry")))
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, shapely.errors.ShapelyError,
                RecursionError, NotImplementedError) as error:  # fmt: skip
            said = " ".join(str(error).split())[:80] or type(error).__name__
            foreign.rejects.append(Reject(k + 1, "bad_geometry", f"图形无法读取({said})",
                                          f"a geometry that cannot be read ({said})", plain(cells)))  # fmt: skip
            continue
        rows.append({str(key): _cell(value) for key, value in cells.items() if str(key) != "geometry"})
        numbers.append(k + 1)
    frame = pd.DataFrame(rows, index=pd.RangeIndex(len(rows)), dtype=object)
    frame = frame.where(frame.notna(), None).infer_objects() if len(frame.columns) else frame
    crs = foreign.declared.crs if foreign.declared else None
    foreign.frame = gpd.GeoDataFrame(frame, geometry=shapes, crs=crs)
    foreign.rows = np.asarray(numbers, dtype=np.int64)
    foreign.count = len(features)
    tell_destroyed(foreign)
    report(progress, 1.0)
    return foreign


def _features(document: Any, path: Path) -> list[Any]:
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        return document["features"]
    if kind == "Feature":
        return [document]
    if isinstance(kind, str) and ("coordinates" in document or "geometries" in document):
        return [{"type": "Feature", "properties": {}, "geometry": document}]
    raise InputError(f"{path.name} is JSON but no GeoJSON (it has no features); export it again as GeoJSON.")


def _crs_member(document: dict[str, Any]) -> Declared:
    """The CRS that GeoJSON of 2008 names; without one it is WGS 84 (RFC 7946)."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    member = document.get("crs")
    named = member.get("properties", {}) if isinstance(member, dict) else None
    said = named.get("name") if isinstance(named, dict) else None
    if not isinstance(said, str) or not said:
        return Declared(CRS.from_epsg(4326), "WGS 84 (RFC 7946)", "format")
    try:
        return Declared(CRS.from_user_input(said), said, "crs member")
    except CRSError:
        return Declared(None, said[:200], "crs member")


def _shape(geometry: Any) -> Any:
    from shapely.geometry import shape

    if geometry is None:
        return None
    made = shapely.force_2d(shape(geometry))
    if made is None or made.is_empty:
        return None
    coords: NDArray[np.float64] = shapely.get_coordinates(made)
    if not np.isfinite(coords).all():
        raise ValueError("a coordinate that is no number")
    return made


def _cell(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1 << 63:
        return str(value)
    return value
