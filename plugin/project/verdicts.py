"""The latest verdict layer of a project: which it is, its rows from the gravest to the mildest, its icons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsCoordinateTransform,
    QgsProject,
    QgsSymbolLayerUtils,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QIcon

if TYPE_CHECKING:
    from qgis.gui import QgsMapCanvas

_FIELDS = {"site_id", "site_name", "known", "possible", "pending", "text_zh", "text_en"}
_ORDER = ("fail", "restricted", "conditional", "note", "undecided", "pass")
_MARGIN_DEGREES = 0.005


@dataclass(frozen=True)
class Row:
    """One site: its feature id, its name, the value its symbol stands for, and the verdict in words."""

    fid: int
    site: str
    value: str
    text: str


def latest(project: QgsProject) -> QgsVectorLayer | None:
    """Return the verdict layer written last, or None."""
    found = [
        layer
        for layer in project.mapLayers().values()
        if isinstance(layer, QgsVectorLayer) and layer.isValid() and set(layer.fields().names()) >= _FIELDS
    ]
    return max(found, key=lambda layer: str(layer.customProperty("envzones/made", "")), default=None)


def rows(layer: QgsVectorLayer, lang: str) -> list[Row]:
    """Return the sites from the gravest verdict to the mildest."""
    found = []
    for feature in layer.getFeatures():
        known, pending = str(feature["known"]), feature["pending"]
        value = "undecided" if known == "pass" and (pending or 0) > 0 else known
        name = feature["site_name"] or feature["site_id"]
        found.append(Row(feature.id(), str(name), value, str(feature[f"text_{lang}"])))
    rank = {value: number for number, value in enumerate(_ORDER)}
    return sorted(found, key=lambda row: (rank.get(row.value, len(rank)), row.site))


def icons(layer: QgsVectorLayer) -> dict[str, QIcon]:
    """Return value -> icon as the map draws it."""
    renderer = layer.renderer()
    if not isinstance(renderer, QgsCategorizedSymbolRenderer):
        return {}
    size = QSize(16, 16)
    return {
        str(category.value()): QgsSymbolLayerUtils.symbolPreviewIcon(category.symbol(), size)
        for category in renderer.categories()
    }


def zoom_to(canvas: QgsMapCanvas, layer: QgsVectorLayer, fid: int) -> None:
    """Show a site with some ground around it."""
    feature = layer.getFeature(fid)
    if not feature.hasGeometry():
        return
    box = feature.geometry().boundingBox()
    box.grow(_MARGIN_DEGREES)
    settings = canvas.mapSettings()
    transform = QgsCoordinateTransform(layer.crs(), settings.destinationCrs(), QgsProject.instance())
    canvas.setExtent(transform.transformBoundingBox(box))
    canvas.refresh()
