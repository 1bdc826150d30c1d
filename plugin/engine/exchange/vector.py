"""GeoPackage, file geodatabase and GeoJSON: formats that say what they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..progress import SILENT, Progress, part, report
from . import ogr, text
from .model import PLAIN, Declared, Foreign, LayerSummary, ReadOptions, Reject, plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST = 512 << 20
_STEP = 5000
#: Tables that GeoPackages carry for programs, not for people.
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
    found = layers(path)
    layer = options.layer
    if layer is None and len(found) != 1:
        names = ", ".join(one.name for one in found[:12])
        raise InputError(
            f"{path.name} holds {len(found)} layers ({names}); say which one to read." if found else
            f"{path.name} holds no layer; ask for it to be sent again."
        )  # fmt: skip
    if layer is not None and layer not in {one.name for one in found}:
        raise InputError(
            f"{path.name} has no layer '{layer}'; it has {', '.join(one.name for one in found[:12]) or 'none'}."
        )
    layer = layer or found[0].name
    raw = ogr.read(path, layer, encoding=None, limit=options.limit, progress=part(progress, 0.0, 0.8))
    return _framed(raw, layer, path, "fgdb" if path.suffix.lower() == ".gdb" else "gpkg", progress)


def _framed(raw: ogr.Raw, layer: str, path: Path, form: str, progress: Progress) -> Foreign:
    import geopandas as gpd
    import pandas as pd

    foreign = Foreign(layer, path, form, gpd.GeoDataFrame(), np.empty(0, dtype=np.int64), 0)
    shapes = np.asarray(raw.geometry, dtype=object)
    known = ~shapely.is_missing(shapes)
    if known.any() and shapely.has_z(shapes[known]).any():
        foreign.note("info", "heights_dropped", "Z 值已去掉", "Z values were left out")
    foreign.declared = declared(raw.crs)
    n = len(shapes)
    data = pd.DataFrame({k: pd.Series(v, dtype=object) for k, v in raw.columns.items()}, index=pd.RangeIndex(n))
    data = data.drop(columns="geometry", errors="ignore").infer_objects()
    crs = foreign.declared.crs if foreign.declared else None
    foreign.frame = gpd.GeoDataFrame(data, geometry=list(shapely.force_2d(shapes)), crs=crs)
    foreign.rows = np.arange(1, n + 1, dtype=np.int64)
    foreign.count = n
    tell_destroyed(foreign)
    report(progress, 1.0)
    return foreign


def declared(said: str) -> Declared | None:
    """Return what a layer's CRS says, None where it has none."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if not said:
        return None
    try:
        crs = CRS.from_user_input(said)
    except CRSError:
        return Declared(None, said[:200], "layer")
    if crs.name.lower().startswith(("undefined", "unknown", "unnamed")) and crs.to_authority() is None:
        return None
    return Declared(crs, crs.name, "layer")


def tell_destroyed(foreign: Foreign) -> None:
    """Note the first destroyed text of each column."""
    for name in foreign.frame.columns.drop("geometry"):
        column = foreign.frame[name]
        if column.dtype != object and not str(column.dtype).startswith(("str", "string")):
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
