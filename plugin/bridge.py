"""The one border between QGIS and the engine: layers become frames, frames become features.

Geometries cross as WKB in bulk, coordinate systems as their authority code or WKT, feedback as the
engine's Progress.  Reading a layer belongs to the main thread (it sees the edit buffer, and it builds the
coordinate systems); the frames may then travel to a worker.  A :class:`LayerReader`, made in the main thread,
may be read in a worker.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeatureRequest,
    QgsFeatureSink,
    QgsFeatureSource,
    QgsFeedback,
    QgsField,
    QgsFields,
    QgsGeometry,
    QgsProcessingFeatureSource,
    QgsProcessingFeedback,
    QgsVectorLayer,
    QgsVectorLayerFeatureSource,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QTime, QVariant

from . import compat
from .bridge_arrow import Columns, road_of
from .bridge_arrow import read as read_columns
from .engine.errors import Cancelled, InputError

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd

_BATCH = 1000
#: WKB's numbers of points, lines and polygons and of several of these, flat and straight.
_PLAIN = frozenset(range(1, 7))
#: A degenerate line of this many degrees (about a centimetre) stands for a point in a layer of lines.
_DOT = 5e-8


class FeedbackProgress:
    """Hands the engine's progress to a QGIS feedback, and its cancel button to the engine."""

    def __init__(self, feedback: QgsFeedback | None) -> None:
        self._feedback = feedback
        self._message = ""

    @property
    def cancelled(self) -> bool:
        """True once the user pressed Cancel."""
        return self._feedback is not None and self._feedback.isCanceled()

    def __call__(self, fraction: float, message: str = "") -> None:
        """Show `fraction` (0 to 1), and `message` whenever it changes."""
        if self._feedback is None:
            return
        self._feedback.setProgress(100.0 * fraction)
        if message and message != self._message and isinstance(self._feedback, QgsProcessingFeedback):
            self._feedback.setProgressText(message)
            self._message = message


def crs_text(crs: QgsCoordinateReferenceSystem) -> str | None:
    """Return the text by which pyproj knows `crs`, or None for an unknown one.

    An EPSG code is preferred to WKT: two writings of one system then compare equal.
    """
    if not crs.isValid():
        return None
    if crs.authid().startswith("EPSG:"):
        return crs.authid()
    return crs.toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED)


def to_frame(source: QgsFeatureSource | LayerReader, feedback: QgsFeedback | None = None) -> gpd.GeoDataFrame:
    """Read a layer or feature source, its unsaved edits included.

    Parameters
    ----------
    source : QgsFeatureSource or LayerReader
        Any vector layer, or the source of a Processing parameter (its selection and filter are kept).
    feedback : QgsFeedback, optional

    Returns
    -------
    GeoDataFrame
        In the source's own CRS (None when it has none), index 0..n-1.  NULL is None in text and
        True/False columns, NaN in numbers, NaT in dates.  Curves are segmented, Z and M dropped.

    Raises
    ------
    Cancelled
        If the user cancelled through `feedback`.
    """
    import geopandas as gpd
    import pandas as pd

    from .engine import geodesy  # noqa: F401 - sets PROJ's data path before pyproj is first imported

    read = _by_column(source, feedback) or _by_feature(source, feedback)
    columns, shapes = dict(read.cells), _shapes(read.wkb)
    if read.multi:
        _make_multi(shapes)
    name = "geometry"
    while name in columns:
        name = f"_{name}"
    data = pd.DataFrame(columns, index=range(len(shapes)))
    data[name] = gpd.GeoSeries(shapes, index=data.index, crs=crs_text(source.sourceCrs()))
    return gpd.GeoDataFrame(data, geometry=name)


def _by_column(source: QgsFeatureSource | LayerReader, feedback: QgsFeedback | None) -> Columns | None:
    """Read a layer by the fast road, or return None where there is none."""
    road = source.road if isinstance(source, LayerReader) else None
    if isinstance(source, QgsVectorLayer):
        road = road_of(source)
    found = None if road is None else read_columns(road, feedback)
    if found is None:
        return None
    if isinstance(source, LayerReader):
        source.fids = found.fids.tolist()
    return found


def _by_feature(source: QgsFeatureSource | LayerReader, feedback: QgsFeedback | None) -> Columns:
    import numpy as np

    wkb: list[bytes | None] = []
    rows: list[list[Any]] = []
    total = source.featureCount()
    for number, feature in enumerate(_features(source)):
        if feedback is not None and number % _BATCH == 0:
            if feedback.isCanceled():
                raise Cancelled("Cancelled; nothing was written.")
            if total > 0:
                feedback.setProgress(100.0 * number / total)
        wkb.append(_plain_wkb(feature.geometry()))
        rows.append(feature.attributes())
    names = source.fields().toList()
    values = list(zip(*rows)) if rows else [()] * len(names)
    shapes = np.empty(len(wkb), dtype=object)
    shapes[:] = wkb
    columns = {one.name(): _column(one, list(cells)) for one, cells in zip(names, values)}
    return Columns(columns, shapes, np.empty(0, dtype=np.int64))


def _shapes(wkb: np.ndarray) -> np.ndarray:
    """Read WKB (None where there is no geometry) as flat, straight shapes; an empty one is none.

    `wkb` is emptied on the way: bytes and shapes together would be the peak of the memory.
    """
    import numpy as np
    import shapely

    found = []
    # In batches: one call for all would let no other thread run meanwhile, the window's neither.
    for first in range(0, len(wkb), _BATCH):
        batch = wkb[first : first + _BATCH]
        try:
            found.append(shapely.from_wkb(batch))
        except (shapely.errors.GEOSException, NotImplementedError):
            # Curves, which shapely does not read (with GEOS 3.13 it says so in another way).
            found.append(shapely.from_wkb(np.array([_flat(data) for data in batch], dtype=object)))
        batch[:] = None
    shapes = np.concatenate(found) if found else np.array([], dtype=object)
    # shapely 2.1 keeps measures (M); older ones drop them as they read.
    deep = shapely.has_z(shapes) | (shapely.has_m(shapes) if compat.keeps_measures() else False)
    shapes[deep] = shapely.force_2d(shapes[deep])
    shapes[shapely.is_empty(shapes)] = None
    return shapes


def _make_multi(shapes: np.ndarray) -> None:
    """Make shapes of one part shapes of several parts, as QGIS does in a layer of such."""
    import numpy as np
    import shapely

    kinds = shapely.get_type_id(shapes)
    for kind, made in ((0, shapely.multipoints), (1, shapely.multilinestrings), (3, shapely.multipolygons)):
        rows = np.flatnonzero(kinds == kind)
        if len(rows):
            shapes[rows] = made(shapes[rows], indices=np.arange(len(rows)))


class LayerReader:
    """A layer as it is now, unsaved edits included, that any thread may read with :func:`to_frame`.

    Make it in the main thread.

    Parameters
    ----------
    layer : QgsVectorLayer
    request : QgsFeatureRequest, optional
        Which features are read (default all).

    Attributes
    ----------
    name : str
        The layer's name.
    fids : list of int
        After reading, the feature ids in the order of the rows.
    road : Road, optional
        The fast road to the layer, if there is one.
    """

    def __init__(self, layer: QgsVectorLayer, request: QgsFeatureRequest | None = None) -> None:
        self.name = layer.name()
        self.fids: list[int] = []
        self._source = QgsVectorLayerFeatureSource(layer)
        self._request = QgsFeatureRequest() if request is None else request
        self._fields, self._crs = layer.fields(), layer.crs()
        self._count = layer.featureCount() if request is None else -1
        self.road = road_of(layer) if request is None else None

    def fields(self) -> QgsFields:
        """Return the layer's fields."""
        return self._fields

    def sourceCrs(self) -> QgsCoordinateReferenceSystem:  # noqa: N802 - QGIS's name
        """Return the layer's coordinate system."""
        return self._crs

    def featureCount(self) -> int:  # noqa: N802 - QGIS's name
        """Return how many features there are, -1 where only some are read."""
        return self._count

    def getFeatures(self, _request: QgsFeatureRequest) -> Iterator[QgsFeature]:  # noqa: N802 - QGIS's name
        """Return the features that the reader was made for."""
        self.fids = []
        for feature in self._source.getFeatures(self._request):
            self.fids.append(feature.id())
            yield feature


def snapshot(
    source: QgsFeatureSource | LayerReader, what: str, feedback: QgsFeedback | None = None
) -> gpd.GeoDataFrame:
    """Read a source and bring it to the storage CRS, so that a worker meets no coordinate system.

    Raises
    ------
    InputError
        If the layer has no usable CRS.
    """
    from .engine import geodesy

    return geodesy.to_storage(to_frame(source, feedback), what)


def _features(source: QgsFeatureSource | LayerReader) -> Iterator[QgsFeature]:
    if isinstance(source, QgsProcessingFeatureSource):
        # The engine reports an invalid geometry as a row with a place to click on; QGIS would stop.
        return source.getFeatures(
            QgsFeatureRequest(), QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
        )
    return source.getFeatures(QgsFeatureRequest())


def _plain_wkb(geometry: QgsGeometry) -> bytes | None:
    """Return two-dimensional WKB without curves, or None for no geometry."""
    data = bytes(geometry.asWkb())
    if _code(data) in _PLAIN:
        return data
    if geometry.isNull() or geometry.isEmpty():
        return None
    kind = geometry.wkbType()
    if QgsWkbTypes.isCurvedType(kind):
        geometry = QgsGeometry(geometry.constGet().segmentize())
    if QgsWkbTypes.hasZ(kind) or QgsWkbTypes.hasM(kind):
        flat = geometry.constGet().clone()
        flat.dropZValue()
        flat.dropMValue()
        geometry = QgsGeometry(flat)
    return bytes(geometry.asWkb())


def _flat(data: bytes | None) -> bytes | None:
    """Bring WKB to :func:`_plain_wkb`'s."""
    if data is None or _code(data) in _PLAIN:
        return data
    geometry = QgsGeometry()
    geometry.fromWkb(data)
    return _plain_wkb(geometry)


def _code(data: bytes) -> int:
    """Return the type of a geometry's WKB, 0 for none."""
    return int.from_bytes(data[1:5], "little" if data[0] else "big") if len(data) > 5 else 0


def _is_null(value: Any) -> bool:
    return value is None or (isinstance(value, QVariant) and value.isNull())


def _column(one: QgsField, values: list[Any]) -> Any:
    """Turn one field's values into the column that geopandas would read from a file."""
    import numpy as np
    import pandas as pd

    # Few columns hold a NULL of Qt's; what a column holds is told faster than each value.
    if QVariant in set(map(type, values)):
        values = [None if _is_null(value) else value for value in values]
    kind = compat.kind_of(one)
    if kind in ("date", "datetime"):
        return _times(values)
    if kind == "bool":
        return pd.Series([None if value is None else bool(value) for value in values], dtype=object)
    if kind in ("int", "double"):
        # A feature that is not saved yet holds the words of its default: Autogenerate, nextval(…).
        values = [None if isinstance(value, str) else value for value in values]
        if kind == "int" and None not in values:
            return np.array(values, dtype=np.int64)
        return np.array([math.nan if value is None else float(value) for value in values], dtype=float)
    if not set(map(type, values)) <= {str, type(None)}:
        values = [_text_or_value(value) for value in values]
    return pd.Series(values, dtype=object)


def _times(values: list[Any]) -> pd.Series:
    import pandas as pd

    plain: list[date | datetime | None] = []
    for value in values:
        if isinstance(value, QDateTime):
            plain.append(value.toPyDateTime() if value.isValid() else None)
        elif isinstance(value, QDate):
            plain.append(value.toPyDate() if value.isValid() else None)
        else:
            plain.append(value)
    try:
        return pd.Series(pd.to_datetime(pd.Series(plain, dtype=object), errors="raise"))
    except (pd.errors.OutOfBoundsDatetime, ValueError):
        # Dates before 1677 (a temple's founding year) fit no nanosecond stamp and stay dates.
        return pd.Series(plain, dtype=object)


def _text_or_value(value: Any) -> Any:
    if isinstance(value, QTime):
        return value.toString("HH:mm:ss")
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value)
    return value


def column_kinds(frame: pd.DataFrame, known: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return column -> kind (bool, int, double, date, datetime, string), geometry left out.

    `known` wins: an empty or all-NULL column does not show what it would hold.
    """
    import pandas as pd

    known = known or {}
    geometry = getattr(frame, "_geometry_column_name", None)
    kinds = {}
    for name in frame.columns:
        if name == geometry:
            continue
        if name in known:
            kinds[name] = known[name]
            continue
        column = frame[name]
        if pd.api.types.is_bool_dtype(column):
            kinds[name] = "bool"
        elif pd.api.types.is_integer_dtype(column):
            kinds[name] = "int"
        elif pd.api.types.is_float_dtype(column):
            kinds[name] = "double"
        elif pd.api.types.is_datetime64_any_dtype(column):
            stamps = column.dropna()
            kinds[name] = "date" if (stamps == stamps.dt.normalize()).all() else "datetime"
        else:
            present = {type(value) for value in column.dropna()}
            kinds[name] = "bool" if present == {bool} else "date" if present == {date} else "string"
    return kinds


def fields_of(kinds: Mapping[str, str]) -> QgsFields:
    """Return QGIS fields for kinds by column name."""
    fields = QgsFields()
    for name, kind in kinds.items():
        fields.append(compat.field(str(name), kind))
    return fields


def to_sink(
    frame: gpd.GeoDataFrame,
    sink: QgsFeatureSink,
    fields: QgsFields,
    kinds: Mapping[str, str],
    *,
    shape: str = "any",
    feedback: QgsFeedback | None = None,
) -> int:
    """Write a frame's rows into a sink with the fields of :func:`fields_of`.

    Parameters
    ----------
    shape : {"any", "point", "line", "polygon"}
        What the sink takes.  For ``line`` a polygon becomes its outline and a point a dot-sized line.

    Returns
    -------
    int
        The number of features written.

    Raises
    ------
    InputError
        If the sink refuses a feature (a full disk, a locked file).
    """
    import numpy as np
    import shapely

    shapes = fit(np.asarray(frame.geometry.array), shape)
    blobs = shapely.to_wkb(shapes)
    columns = [[_value(v, kind) for v in frame[name].tolist()] for name, kind in kinds.items()]
    batch: list[QgsFeature] = []
    written = 0
    for number, blob in enumerate(blobs):
        feature = QgsFeature(fields)
        feature.setAttributes([column[number] for column in columns])
        if blob is not None:
            geometry = QgsGeometry()
            geometry.fromWkb(blob)
            feature.setGeometry(geometry)
        batch.append(feature)
        if len(batch) == _BATCH or number == len(blobs) - 1:
            if feedback is not None and feedback.isCanceled():
                raise Cancelled("Cancelled; the outputs are not complete.")
            if not sink.addFeatures(batch, QgsFeatureSink.Flag.FastInsert):
                raise InputError(
                    f"The output could not be written ({sink.lastError() or 'no reason given'}); check the"
                    " disk space and that no other program holds the file."
                )
            written += len(batch)
            batch = []
    return written


def fit(shapes: np.ndarray, shape: str) -> np.ndarray:
    """Bring geometries to one of the shapes a QGIS layer can hold; None stays None."""
    import shapely

    out = shapes.copy()
    if shape == "any":
        return out
    for number, geometry in enumerate(shapes):
        if geometry is None or geometry.is_empty:
            out[number] = None
        elif shape == "line":
            out[number] = _as_lines(geometry)
        elif shape == "polygon":
            parts = [p for p in shapely.get_parts([geometry]) if p.geom_type in ("Polygon", "MultiPolygon")]
            out[number] = shapely.multipolygons(list(shapely.get_parts(parts))) if parts else None
        elif shape == "point":
            out[number] = geometry if geometry.geom_type == "Point" else shapely.point_on_surface(geometry)
    return out


def _as_lines(geometry: Any) -> Any:
    import shapely

    lines: list[Any] = []
    for piece in _leaves(geometry):
        if piece.geom_type == "Polygon":
            lines.extend([piece.exterior, *piece.interiors])
        elif piece.geom_type == "Point":
            lines.append(shapely.linestrings([[piece.x - _DOT, piece.y], [piece.x + _DOT, piece.y]]))
        else:
            lines.append(piece)
    return shapely.multilinestrings([shapely.linestrings(shapely.get_coordinates(line)) for line in lines])


def _leaves(geometry: Any) -> Iterable[Any]:
    parts = getattr(geometry, "geoms", None)
    if parts is None:
        return [geometry]
    return [leaf for part in parts for leaf in _leaves(part)]


def _value(value: Any, kind: str) -> Any:
    """Turn one value of a frame into what QGIS stores for a field of this kind; None is NULL."""
    import pandas as pd

    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if kind == "bool":
        return bool(value)
    if kind == "int":
        return int(value)
    if kind == "double":
        return float(value)
    if kind == "date":
        day = value if isinstance(value, (date, datetime)) else pd.Timestamp(value)
        return QDate(day.year, day.month, day.day)
    if kind == "datetime":
        stamp = pd.Timestamp(value)
        return QDateTime(
            QDate(stamp.year, stamp.month, stamp.day), QTime(stamp.hour, stamp.minute, stamp.second)
        )
    return value if isinstance(value, str) else str(value)
