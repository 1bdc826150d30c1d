"""The project's layers around an import: what lies under the preview, features drawn there, the layer that grew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import (
    QgsCentroidFillSymbolLayer,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsFillSymbol,
    QgsGeometry,
    QgsLineSymbol,
    QgsMarkerSymbol,
    QgsProject,
    QgsRectangle,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)

from ..engine.geodesy import STORAGE_CRS
from ..engine.location import Location
from . import build, source

if TYPE_CHECKING:
    import geopandas as gpd

    from ..engine.catalog import Catalog

#: Layers of the one map that a preview shows below the file's features, the topmost first.
GROUND = ("river", "river_reach", "admin_area")
_LOOKS = {
    "Point": lambda: QgsMarkerSymbol.createSimple(
        {
            "name": "circle",
            "size": "2.6",
            "color": "217,72,1,220",
            "outline_color": "255,255,255",
            "outline_width": "0.3",
        }
    ),
    "LineString": lambda: QgsLineSymbol.createSimple({"line_color": "217,72,1", "line_width": "0.8"}),
    "Polygon": lambda: _area(),
}


def _area() -> QgsFillSymbol:
    """An area, with a dot in it so that it is seen where it is smaller than a pixel."""
    symbol = QgsFillSymbol.createSimple({"color": "245,158,11,90", "outline_color": "217,72,1", "outline_width": "0.5"})
    dot = QgsCentroidFillSymbolLayer()
    dot.setSubSymbol(
        QgsMarkerSymbol.createSimple({"name": "circle", "size": "1.6", "color": "217,72,1", "outline_style": "no"})
    )
    dot.setPointOnSurface(True)
    symbol.appendSymbolLayer(dot)
    return symbol


@dataclass(frozen=True)
class Target:
    """A layer of the one map that rows can go into: its table, and how it is called in both languages."""

    table: str
    zh: str
    en: str
    theme: str
    geometry: str
    department: str

    def words(self, lang: str) -> str:
        """Return the layer in a list: title, title in the other language, table."""
        own, other = (self.zh, self.en) if lang == "zh" else (self.en, self.zh)
        return f"{own} · {other} · {self.table}"


def targets(where: Path | Location, catalog: Catalog, lang: str, kinds: set[str]) -> list[Target]:
    """Return the layers of a map that take features of these kinds, in the map's order.

    Raises
    ------
    InputError
        If the map cannot be reached.
    """
    there = set(source.tables(where))
    return [
        Target(spec.name, spec.zh, spec.en, catalog.themes[spec.theme].title(lang), spec.geometry, spec.department)
        for spec in catalog.values()
        if spec.name in there and spec.geometry in kinds
    ]


def ground_layers(project: QgsProject, where: Path | Location) -> list[QgsVectorLayer]:
    """Return what a preview shows below a file's features, topmost first."""
    found = source.map_layers(project, where)
    return [found[name] for name in GROUND if name in found and found[name].featureCount()]


def areas(project: QgsProject, where: Path | Location) -> QgsVectorLayer | None:
    """Return the map's layer of administrative areas, if the project has it."""
    return source.map_layers(project, where).get("admin_area")


def drawing_layers() -> list[QgsVectorLayer]:
    """Make the layers that a preview draws a file's features in: points, lines, areas; EPSG:4490."""
    made = []
    for kind, look in _LOOKS.items():
        layer = QgsVectorLayer(f"{kind}?crs={STORAGE_CRS}&field=row:integer", kind, "memory")
        layer.setRenderer(QgsSingleSymbolRenderer(look()))
        made.append(layer)
    return made


def draw(layers: list[QgsVectorLayer], frame: gpd.GeoDataFrame) -> QgsRectangle:
    """Put a frame's features (EPSG:4490, with `row`) into the drawing layers; return their extent."""
    import numpy as np
    import shapely

    shapes = np.asarray(frame.geometry.array, dtype=object)
    kinds = shapely.get_dimensions(shapes)
    rows = frame["row"].tolist()
    for number, layer in enumerate(layers):
        provider = layer.dataProvider()
        provider.truncate()
        mask = np.flatnonzero(kinds == number)
        features = []
        for at, blob in zip(mask.tolist(), shapely.to_wkb(shapes[mask])):
            feature = QgsFeature(layer.fields())
            feature.setAttributes([int(rows[at])])
            feature.setGeometry(geometry(blob))
            features.append(feature)
        provider.addFeatures(features)
        layer.updateExtents()
        layer.triggerRepaint()
    bounds = shapely.total_bounds(shapes) if len(shapes) else np.full(4, np.nan)
    if not np.isfinite(bounds).all():
        return QgsRectangle()
    return QgsRectangle(*bounds.tolist())


def clear(layers: list[QgsVectorLayer]) -> None:
    """Take all features out of the drawing layers."""
    for layer in layers:
        layer.dataProvider().truncate()
        layer.updateExtents()
        layer.triggerRepaint()


def geometry(blob: bytes) -> QgsGeometry:
    """Return a shape from WKB."""
    made = QgsGeometry()
    made.fromWkb(bytes(blob))
    return made


def storage_crs() -> QgsCoordinateReferenceSystem:
    """Return the system that the map is stored in."""
    return QgsCoordinateReferenceSystem(STORAGE_CRS)


def refresh(
    project: QgsProject, where: Path | Location, table: str, catalog: Catalog, lang: str
) -> QgsVectorLayer | None:
    """Show what was loaded into a table: reread its layer, or add it to the project; None where the map is not open."""
    there = source.map_layers(project, where)
    layer = there.get(table)
    if layer is None:
        if not there or table not in catalog:
            return None
        layer = _added(project, where, table, catalog, lang)
    layer.dataProvider().reloadData()
    layer.updateExtents(True)
    layer.triggerRepaint()
    node = project.layerTreeRoot().findLayer(layer.id())
    if node is not None:
        # An empty layer starts hidden.
        node.setItemVisibilityCheckedParentRecursive(True)
    return layer


def _added(project: QgsProject, where: Path | Location, table: str, catalog: Catalog, lang: str) -> QgsVectorLayer:
    spec = catalog[table]
    root = project.layerTreeRoot()
    group = next((one for one in root.findGroups() if one.customProperty("envzones/theme") == spec.theme), None)
    if group is None:
        group = root.addGroup(catalog.themes[spec.theme].title(lang))
        group.setCustomProperty("envzones/theme", spec.theme)
    return build.add_layer(project, group, where, spec, lang)


def reach(canvas_crs: QgsCoordinateReferenceSystem, box: QgsRectangle) -> QgsRectangle:
    """Return a rectangle of degrees in the coordinates of a map."""
    return QgsCoordinateTransform(storage_crs(), canvas_crs, QgsProject.instance()).transformBoundingBox(box)
