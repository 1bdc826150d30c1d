"""The fast road from a GeoPackage layer to a frame: GDAL's own stream of columns, instead of feature by feature.

QGIS's Python binding makes an object of every feature and value; GDAL (3.6 and newer) hands over whole columns as
numpy arrays, of the same file through the same library.  It is taken only where the rows are certain to be those that
QGIS would give: a layer of a GeoPackage on the disk as it is stored, no filter, join, virtual field or unsaved edit,
and fields of plain kinds.  Everything else goes feature by feature (:mod:`.bridge`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsFeedback, QgsFields, QgsProviderRegistry, QgsVectorLayer, QgsWkbTypes

from . import compat
from .engine.errors import Cancelled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Rows in a batch: a text column is as wide as its longest text, so one long text must not meet too many rows.
_BATCH = 8192
_SHAPES = (
    QgsWkbTypes.Type.Point, QgsWkbTypes.Type.MultiPoint, QgsWkbTypes.Type.LineString, QgsWkbTypes.Type.MultiLineString,
    QgsWkbTypes.Type.Polygon, QgsWkbTypes.Type.MultiPolygon,
)  # fmt: skip


@dataclass(frozen=True)
class Road:
    """Where the columns of a layer are read.  Found in the main thread, followed in any.

    Attributes
    ----------
    path, layer : str
        `layer` is empty where QGIS was given the file alone.
    fields : QgsFields
        As the layer shows them.
    count : int
    multi : bool
        QGIS shows every shape as one of several parts.
    """

    path: str
    layer: str
    fields: QgsFields
    count: int
    multi: bool = False


@dataclass
class Columns:
    """What was read: fields by name (None where NULL), geometries as WKB (None where there is none), feature ids.

    `multi` says that shapes of one part are still to be made shapes of several.
    """

    cells: dict[str, Any]
    wkb: NDArray[np.object_]
    fids: NDArray[np.int64]
    multi: bool = False


def road_of(layer: QgsVectorLayer) -> Road | None:
    """Return the fast road to a layer as it is now, or None where there is none."""
    provider = layer.dataProvider()
    if provider is None or layer.providerType() != "ogr" or provider.storageType() != "GPKG":
        return None
    if layer.isModified() or provider.subsetString() or layer.subsetString() or provider.transaction() is not None:
        return None
    fields = layer.fields()
    if any(fields.fieldOrigin(k) != QgsFields.FieldOrigin.OriginProvider for k in range(fields.count())):
        return None
    said = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    path, name = said.get("path") or "", said.get("layerName") or ""
    if {key for key, value in said.items() if value not in (None, "", [], {})} - {"path", "layerName"}:
        return None
    # In a layer of any shape QGIS goes by the shapes it has met first.
    if not Path(path).is_file() or QgsWkbTypes.flatType(layer.wkbType()) not in _SHAPES:
        return None
    return Road(path, name, fields, layer.featureCount(), QgsWkbTypes.isMultiType(layer.wkbType()))


def read(road: Road, feedback: QgsFeedback | None = None) -> Columns | None:
    """Read the columns, or return None where QGIS might see other values than GDAL's stream gives.

    Raises
    ------
    Cancelled
        If the user cancelled through `feedback`.
    """
    try:
        from osgeo import gdal, ogr
    except ImportError:
        return None
    if not hasattr(ogr.Layer, "GetArrowStreamAsNumPy"):
        return None
    # Not the shared handle: QGIS's own reading, in another thread maybe, must not meet this one.
    try:
        source = gdal.OpenEx(road.path, gdal.OF_VECTOR | gdal.OF_READONLY, allowed_drivers=["GPKG"])
    except RuntimeError:
        # Some program had GDAL raise; the other road says what is wrong with the file.
        return None
    table = None if source is None else _table(source, road.layer)
    if table is None or not _plain(road, table, ogr):
        return None
    key, shape = table.GetFIDColumn(), table.GetGeometryColumn()
    flags = [one.name() for one in road.fields.toList() if compat.kind_of(one) == "bool"]
    # GDAL 3.6 hands over one truth value in eight.
    table.SetIgnoredFields(flags)
    batches: list[dict[str, Any]] = []
    done = 0
    for batch in _batches(table):
        if feedback is not None:
            if feedback.isCanceled():
                raise Cancelled("Cancelled; nothing was written.")
            if road.count > 0:
                feedback.setProgress(min(100.0, 100.0 * done / road.count))
        # What GDAL hands over lives as long as its batch.
        batches.append({name: column.copy() for name, column in batch.items()})
        done += len(batch[key])
    columns = _columns(road, batches, key, shape)
    return columns if _add_flags(road.path, table.GetName(), columns, flags, key) else None


def _table(source: Any, name: str) -> Any:
    """Return the layer of this name, or the only one there is where QGIS was given a file and no name."""
    if name:
        return source.GetLayerByName(name)
    return source.GetLayer(0) if source.GetLayerCount() == 1 else None


def _batches(table: Any) -> Iterator[dict[str, Any]]:
    options = [f"MAX_FEATURES_IN_BATCH={_BATCH}"]
    stream = table.GetArrowStreamAsNumPy(options=options)
    yield from stream


def _plain(road: Road, table: Any, ogr: Any) -> bool:
    """Tell whether all fields are of kinds whose values cannot be read in two ways."""
    definition = table.GetLayerDefn()
    if definition.GetGeomFieldCount() != 1 or table.GetGeomType() == ogr.wkbUnknown or not table.GetFIDColumn():
        return False
    none, flag, short, single = (ogr.OFSTNone, ogr.OFSTBoolean, ogr.OFSTInt16, ogr.OFSTFloat32)
    known = {
        (ogr.OFTString, none), (ogr.OFTInteger, none), (ogr.OFTInteger, flag), (ogr.OFTInteger, short),
        (ogr.OFTInteger64, none), (ogr.OFTReal, none), (ogr.OFTReal, single), (ogr.OFTDate, none),
    }  # fmt: skip
    if compat.streams_moments():
        known.add((ogr.OFTDateTime, none))
    names = [table.GetFIDColumn()]
    for k in range(definition.GetFieldCount()):
        one = definition.GetFieldDefn(k)
        if (one.GetType(), one.GetSubType()) not in known:
            return False
        names.append(one.GetName())
    return names == road.fields.names() and len(set(names)) == len(names)


def _columns(road: Road, batches: list[dict[str, Any]], key: str, shape: str) -> Columns:
    import numpy as np

    def whole(name: str) -> Any:
        parts = [batch[name] for batch in batches]
        return np.ma.concatenate(parts) if parts else np.ma.array([], dtype=object)

    kinds = {one.name(): compat.kind_of(one) for one in road.fields.toList()}
    cells = {name: None if kind == "bool" else _cells(whole(name), kind) for name, kind in kinds.items()}
    wkb = _texts_of([batch[shape] for batch in batches])
    none = np.empty(0, dtype=np.int64)
    fids = np.concatenate([none, *(np.ma.getdata(batch[key]).astype(np.int64) for batch in batches)])
    return Columns(cells, wkb, fids, road.multi)


def _add_flags(path: str, layer: str, columns: Columns, flags: list[str], key: str) -> bool:
    """Read the truth values; False where the rows are no longer the same."""
    import pandas as pd

    if not flags:
        return True
    names, table = ", ".join(map(_quoted, (key, *flags))), _quoted(layer)
    connection = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)
    try:
        rows = connection.execute(f"SELECT {names} FROM {table} ORDER BY 1").fetchall()  # nosec B608: quoted
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()
    if [row[0] for row in rows] != columns.fids.tolist():
        return False
    for k, name in enumerate(flags, 1):
        columns.cells[name] = pd.Series([None if row[k] is None else bool(row[k]) for row in rows], dtype=object)
    return True


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _texts_of(parts: list[Any]) -> NDArray[np.object_]:
    """Join columns of bytes; where all are of one length GDAL gives them as raw records."""
    import numpy as np

    found: list[Any] = []
    for part in parts:
        values = np.ma.getdata(part)
        plain = [bytes(value) for value in values] if values.dtype.kind == "V" else values.tolist()
        mask = np.ma.getmaskarray(part)
        found.extend([None if gone else one for one, gone in zip(plain, mask.tolist())] if mask.any() else plain)
    out = np.empty(len(found), dtype=object)
    out[:] = found
    return out


def _cells(column: Any, kind: str) -> Any:
    """Turn a column into what :mod:`.bridge` makes of the same values feature by feature."""
    import numpy as np
    import pandas as pd

    values, gone = np.ma.getdata(column), np.ma.getmaskarray(column)
    if kind in ("date", "datetime"):
        return _times(values, gone, kind)
    if kind == "int":
        if not gone.any():
            return values.astype(np.int64)
        return np.where(gone, np.nan, values.astype(float))
    if kind == "double":
        return np.where(gone, np.nan, values.astype(float))
    out = np.full(len(values), None, dtype=object)
    # GDAL 3.10 gives texts, older ones their bytes.
    out[~gone] = [text if isinstance(text, str) else text.decode("utf-8") for text in values[~gone].tolist()]
    return pd.Series(out, dtype=object)


def _times(values: Any, gone: NDArray[np.bool_], kind: str) -> Any:
    import numpy as np
    import pandas as pd

    stamps = values.astype("datetime64[ms]").copy()
    stamps[gone] = np.datetime64("NaT")
    # Rounded inwards by a second: in the unit of the stamps nothing overflows.
    limits = [np.datetime64(one.to_pydatetime(warn=False), "ms") for one in (pd.Timestamp.min, pd.Timestamp.max)]
    limits = [limits[0] + np.timedelta64(1000, "ms"), limits[1] - np.timedelta64(1000, "ms")]
    # NaT compares false, on either side.
    if not ((stamps < limits[0]) | (stamps > limits[1])).any():
        return pd.Series(stamps.astype("datetime64[ns]"))
    # Dates before 1677 (a temple's founding year) fit no nanosecond stamp and stay dates.
    plain = stamps.astype("datetime64[D]" if kind == "date" else "datetime64[us]").astype(object)
    plain[gone] = None
    return pd.Series(plain, dtype=object)
