"""Declaring a layer complete: a row of the map's table of declarations, filled in as far as the project knows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsProject,
    QgsVectorLayerUtils,
)

from ..engine.errors import InputError
from . import editing, source

if TYPE_CHECKING:
    from qgis.core import QgsVectorLayer

TABLE = "layer_coverage"


def declarations(project: QgsProject, where: source.Where, lang: str) -> QgsVectorLayer:
    """Return the project's layer of declarations, added to the project if it is not in it.

    Raises
    ------
    InputError
        If the map has no such table or it cannot be opened.
    """
    from ..engine.catalog import COVERAGE
    from . import build

    found = source.map_layers(project, where).get(TABLE)
    if found is not None:
        return found
    root = project.layerTreeRoot()
    group = next((one for one in root.findGroups() if one.customProperty("envzones/theme") == "context"), root)
    layer = build.add_layer(project, group, where, COVERAGE, lang)
    root.findLayer(layer.id()).setItemVisibilityChecked(False)
    return layer


def declaration(project: QgsProject, where: source.Where, layer: QgsVectorLayer, table: str, day: date) -> QgsFeature:
    """Return a new declaration of a table: complete as of `day` in the whole city, by who edits.

    Raises
    ------
    InputError
        If the project does not show the city's area.
    """
    area = city_area(project, where)
    fields = layer.fields()
    values = {"layer": table, "complete_as_of": day.isoformat(), "declared_by": editing.user_name()}
    given = {fields.lookupField(name): value for name, value in values.items() if fields.lookupField(name) >= 0}
    return QgsVectorLayerUtils.createFeature(layer, area, given)


def city_area(project: QgsProject, where: source.Where) -> QgsGeometry:
    """Return the city's area in EPSG:4490: the union of the administrative areas of the highest level.

    Raises
    ------
    InputError
        If there are none.
    """
    layer = source.map_layers(project, where).get("admin_area")
    areas: dict[str, list[QgsGeometry]] = {}
    if layer is not None:
        at = layer.fields().lookupField("level")
        for feature in layer.getFeatures():
            if feature.hasGeometry():
                areas.setdefault(str(feature[at]) if at >= 0 else "", []).append(feature.geometry())
    chosen = next((areas[level] for level in ("city", "county") if level in areas), None)
    chosen = chosen or [one for many in areas.values() for one in many]
    if not chosen:
        raise InputError("The map has no administrative areas; draw or import the city's area first.")
    whole = QgsGeometry.unaryUnion(chosen)
    whole.convertToMultiType()
    if layer.crs().isValid() and layer.crs().authid() != "EPSG:4490":
        target = QgsCoordinateReferenceSystem("EPSG:4490")
        whole.transform(QgsCoordinateTransform(layer.crs(), target, project.transformContext()))
    return whole
