"""Every difference between versions of QGIS, Qt and the geo libraries, in one place."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from qgis.core import Qgis, QgsField, QgsProcessing, QgsProcessingAlgorithm, QgsSettings, QgsUnitTypes

#: QGIS 3.38 replaced QVariant's types by QMetaType's for fields.
QGIS_VERSION = Qgis.QGIS_VERSION_INT

VECTOR_ANY = QgsProcessing.SourceType.TypeVectorAnyGeometry
VECTOR_POINT = QgsProcessing.SourceType.TypeVectorPoint
VECTOR_LINE = QgsProcessing.SourceType.TypeVectorLine
VECTOR_POLYGON = QgsProcessing.SourceType.TypeVectorPolygon
METRES = QgsUnitTypes.DistanceUnit.DistanceMeters


#: Our kinds of fields -> names in QMetaType and in QVariant.
_TYPE_NAMES = {
    "bool": (("Bool", "Bool"),),
    "int": (("LongLong", "LongLong"), ("Int", "Int"), ("UInt", "UInt"), ("ULongLong", "ULongLong")),
    "double": (("Double", "Double"),),
    "date": (("QDate", "Date"),),
    "datetime": (("QDateTime", "DateTime"),),
    "string": (("QString", "String"),),
}


@lru_cache(maxsize=1)
def _field_types() -> dict[str, Any]:
    """Return our kinds and QGIS's types for them; the first of several is the one we write."""
    if QGIS_VERSION >= 33800:
        from qgis.PyQt.QtCore import QMetaType

        return {kind: [getattr(QMetaType.Type, new) for new, _ in names] for kind, names in _TYPE_NAMES.items()}
    from qgis.PyQt.QtCore import QVariant

    return {kind: [getattr(QVariant, old) for _, old in names] for kind, names in _TYPE_NAMES.items()}


def field(name: str, kind: str) -> QgsField:
    """Return a field of one of our kinds: bool, int, double, date, datetime or string."""
    return QgsField(name, _field_types()[kind][0])


def kind_of(one: QgsField) -> str:
    """Return which of our kinds a field holds; ``string`` for all that we keep as it is."""
    return next((kind for kind, types in _field_types().items() if one.type() in types), "string")


def setting(key: str, default: Any, kind: type) -> Any:
    """Read one of QGIS's settings as `kind` (settings files store everything as text)."""
    return QgsSettings().value(key, default, type=kind)


@lru_cache(maxsize=1)
def threads_are_safe() -> bool:
    """Tell whether coordinate systems may be created in Qt's worker threads.

    pyproj 3.7 crashes there (pyproj 3.8 mended it); with it algorithms run in the main thread.
    """
    from .dependencies import installed_version

    version = installed_version("pyproj")
    return version is None or not (3, 7) <= version[:2] < (3, 8)


@lru_cache(maxsize=1)
def keeps_measures() -> bool:
    """Tell whether shapely knows measures (M): from 2.1 on, with GEOS 3.12 or newer."""
    import shapely

    return hasattr(shapely, "has_m") and shapely.geos_version >= (3, 12, 0)


@lru_cache(maxsize=1)
def streams_moments() -> bool:
    """Tell whether GDAL streams moments as it stores them; newer ones bring some to UTC and others not."""
    from osgeo import gdal

    return int(gdal.VersionInfo()) < 3070000


def no_threading_flag() -> Any:
    """Return the flag that keeps an algorithm in the main thread."""
    return QgsProcessingAlgorithm.Flag.FlagNoThreading


def snap_vertex_and_segment() -> Any:
    """Return the flags for snapping to vertices and edges (QGIS 3.26 moved them)."""
    if hasattr(Qgis, "SnappingType"):
        return Qgis.SnappingTypes(Qgis.SnappingType.Vertex | Qgis.SnappingType.Segment)
    from qgis.core import QgsSnappingConfig

    return QgsSnappingConfig.SnappingTypes(QgsSnappingConfig.VertexFlag | QgsSnappingConfig.SegmentFlag)


def snap_to_chosen_layers(config: Any) -> None:
    """Let a snapping configuration have settings per layer (QGIS 3.26 moved the mode)."""
    if hasattr(Qgis, "SnappingMode"):
        config.setMode(Qgis.SnappingMode.AdvancedConfiguration)
        return
    from qgis.core import QgsSnappingConfig

    config.setMode(QgsSnappingConfig.SnappingMode.AdvancedConfiguration)


def avoid_intersections(project: Any, layers: list[Any]) -> None:
    """Let new shapes give way to the features of these layers, of none if there are none (QGIS 3.26 moved the mode)."""
    if hasattr(Qgis, "AvoidIntersectionsMode"):
        modes = Qgis.AvoidIntersectionsMode
        mode = modes.AvoidIntersectionsLayers if layers else modes.AllowIntersections
    else:
        modes = type(project).AvoidIntersectionsMode
        mode = modes.AvoidIntersectionsLayers if layers else modes.AllowIntersections
    project.setAvoidIntersectionsMode(mode)
    project.setAvoidIntersectionsLayers(layers)


def table_name(layer: Any) -> str:
    """Return the name of the table or file behind a layer, else the layer's own name.

    The name in the file is stable; users rename and translate what the layer tree shows.
    """
    from pathlib import Path

    from qgis.core import QgsProviderRegistry

    parts = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
    if parts.get("layerName") or parts.get("table"):
        return str(parts.get("layerName") or parts["table"])
    if parts.get("path") and layer.providerType() == "ogr":
        return Path(parts["path"]).stem
    return str(layer.name())


def set_abstract(layer: Any, text: str) -> None:
    """Describe a layer (QGIS 3.38 moved the words to what a server says of it)."""
    said = layer.serverProperties()
    (said if hasattr(said, "setAbstract") else layer).setAbstract(text)


def user_data(result: Any) -> Any:
    """Return what a locator filter gave its result to carry (the property of QGIS 3.16 became a method)."""
    return result.getUserData() if hasattr(result, "getUserData") else result.userData


def can_write_layered_pdf() -> bool:
    """Tell whether QGIS can write a PDF with layers: its GDAL must write PDF and read the pages it puts together."""
    from osgeo import gdal

    driver = gdal.GetDriverByName("PDF")
    readers = ("HAVE_POPPLER", "HAVE_PDFIUM", "HAVE_PODOFO")
    return driver is not None and any(driver.GetMetadataItem(name) == "YES" for name in readers)


def text_format(*, outlines: bool) -> Any:
    """Return how text is drawn: as outlines or as text (QGIS 3.34 moved it)."""
    if hasattr(Qgis, "TextRenderFormat"):
        return Qgis.TextRenderFormat.AlwaysOutlines if outlines else Qgis.TextRenderFormat.AlwaysText
    from qgis.core import QgsRenderContext

    # The names lie on the class itself in every version; older ones do not carry them on the enumeration.
    return getattr(QgsRenderContext, "TextFormatAlwaysOutlines" if outlines else "TextFormatAlwaysText")


def table_format(table: Any, *, header: bool) -> Any:
    """Return the text format of a layout's table (QGIS 3.16 made formats of fonts, PyQGIS keeps both)."""
    return table.headerTextFormat() if header else table.contentTextFormat()


def table_font(table: Any, *, header: bool) -> Any:
    """Return the font of a layout's table with its size in points."""
    made = table_format(table, header=header)
    font = made.font()
    font.setPointSizeF(made.size())
    return font
