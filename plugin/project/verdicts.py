"""The latest verdicts of a project: their layers, their rows from the gravest to the mildest, their icons."""

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
    """One site: where it is stored, its name, the value its symbol stands for, the verdict in words, the symbol."""

    layer: QgsVectorLayer
    fid: int
    site: str
    value: str
    text: str
    icon: QIcon


def latest(project: QgsProject) -> list[QgsVectorLayer]:
    """Return the verdict layers written last: sites of several geometry types give one layer each."""
    found: dict[tuple[str, str], list[QgsVectorLayer]] = {}
    for layer in project.mapLayers().values():
        if not isinstance(layer, QgsVectorLayer) or not layer.isValid():
            continue
        if set(layer.fields().names()) >= _FIELDS:
            made = str(layer.customProperty("envzones/made", ""))
            # Parts of one file differ behind the bar only; a layer in memory stands alone.
            origin = layer.source().split("|")[0] if layer.providerType() == "ogr" else layer.id()
            found.setdefault((made, origin), []).append(layer)
    return found[max(found)] if found else []


def rows(layers: list[QgsVectorLayer], lang: str) -> list[Row]:
    """Return the sites from the gravest verdict to the mildest."""
    found = []
    for layer in layers:
        symbols = _icons(layer)
        for feature in layer.getFeatures():
            known, pending = str(feature["known"]), feature["pending"]
            value = "undecided" if known == "pass" and (pending or 0) > 0 else known
            name = feature["site_name"] or feature["site_id"]
            icon = symbols.get(value, QIcon())
            found.append(Row(layer, feature.id(), str(name), value, str(feature[f"text_{lang}"]), icon))
    rank = {value: number for number, value in enumerate(_ORDER)}
    return sorted(found, key=lambda row: (rank.get(row.value, len(rank)), row.site))


def _icons(layer: QgsVectorLayer) -> dict[str, QIcon]:
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
