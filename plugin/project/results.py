"""Result files as styled layers: one group per file, one layer per table and geometry type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qgis.core import Qgis, QgsLayerTreeGroup, QgsProject, QgsProviderRegistry, QgsVectorLayer, QgsWkbTypes

from ..engine.errors import InputError
from . import styles

#: Kind of result file -> title of its group, in the order from top to bottom.
GROUPS: Mapping[str, tuple[str, str]] = {
    "check": ("选址研判", "Siting check"),
    "section": ("断面管控", "River section"),
    "radius": ("供热半径", "Heat radius"),
    "plan": ("计划台账", "Plan board"),
}
#: Table -> title, in the order from top to bottom.
TABLES: Mapping[str, tuple[str, str]] = {
    "issue": ("数据问题", "Issues"),
    "verdict": ("研判结论", "Verdicts"),
    "finding": ("研判明细", "Findings"),
    "board": ("条款进展", "Clauses"),
    "reach": ("上下游河段", "Traced reaches"),
    "strip": ("左右岸范围", "Left and right strips"),
    "zone": ("管控范围", "Control zone"),
}
#: A zone is called by what it is.
_ZONES: Mapping[str, tuple[str, str]] = {
    "section": ("断面管控范围", "Control zone"),
    "radius": ("供热半径", "Heat radius"),
}
_SHAPES: Mapping[int, tuple[str, str]] = {
    QgsWkbTypes.GeometryType.PointGeometry: ("点", "points"),
    QgsWkbTypes.GeometryType.LineGeometry: ("线", "lines"),
    QgsWkbTypes.GeometryType.PolygonGeometry: ("面", "areas"),
}
#: What the map shows at first; the rest is one click away.
_VISIBLE = {"verdict", "reach", "zone"}
_SHAPE_ORDER = tuple(_SHAPES)


def section_title(table: str) -> tuple[str, str]:
    """Return what a table of a river section's result is called, in Chinese and English."""
    return _ZONES["section"] if table == "zone" else TABLES[table]


@dataclass(frozen=True)
class ResultLayer:
    """One table of a result file with one geometry type."""

    table: str
    title: str
    layer: QgsVectorLayer
    rows: int


def read_results(path: Path, kind: str, lang: str) -> list[ResultLayer]:
    """Open the tables of a result GeoPackage, styled; a table with several geometry types gives several.

    Raises
    ------
    InputError
        If the file does not exist or is no vector file.
    """
    if not path.is_file():
        raise InputError(f"Result file {path} does not exist; run the check first or leave the file out.")
    metadata = QgsProviderRegistry.instance().providerMetadata("ogr")
    sublayers = metadata.querySublayers(str(path), Qgis.SublayerQueryFlags(Qgis.SublayerQueryFlag.ResolveGeometryType))
    if not sublayers:
        raise InputError(f"Result file {path} has no layers; give a GeoPackage written by EnvZones.")
    index = 0 if lang == "zh" else 1
    tables = [one.name() for one in sublayers]
    found = []
    for one in sublayers:
        if one.name() not in TABLES:
            continue
        shape = QgsWkbTypes.geometryType(one.wkbType())
        # No issues, and no evidence of this shape, is no layer.
        if not one.featureCount() and (tables.count(one.name()) > 1 or one.name() == "issue"):
            continue
        title = _ZONES.get(kind, TABLES["zone"])[index] if one.name() == "zone" else TABLES[one.name()][index]
        if tables.count(one.name()) > 1 and shape in _SHAPES:
            title = f"{title} ({_SHAPES[shape][index]})"
        options = QgsVectorLayer.LayerOptions(loadDefaultStyle=False)
        layer = QgsVectorLayer(one.uri(), title, "ogr", options)
        if not layer.isValid():
            raise InputError(f"Table '{one.name()}' of {path} cannot be opened; write the result again.")
        styled = "plan_finding" if (kind, one.name()) == ("plan", "finding") else one.name()
        styles.apply_result_style(layer, styled, lang)
        layer.setCustomProperty("envzones/result", f"{kind}/{one.name()}")
        found.append(ResultLayer(one.name(), title, layer, layer.featureCount()))
    order = list(TABLES)
    return sorted(
        found,
        key=lambda item: (
            order.index(item.table),
            _SHAPE_ORDER.index(item.layer.geometryType()) if item.layer.geometryType() in _SHAPE_ORDER else 9,
        ),
    )


def add_results(
    project: QgsProject, root: QgsLayerTreeGroup, position: int, kind: str, path: Path, lang: str
) -> list[QgsVectorLayer]:
    """Add a result file as a group at `position` below `root`; return its layers."""
    group = root.insertGroup(position, GROUPS[kind][0 if lang == "zh" else 1])
    layers = []
    for item in read_results(path, kind, lang):
        project.addMapLayer(item.layer, False)
        node = group.addLayer(item.layer)
        node.setItemVisibilityChecked(item.table in _VISIBLE and item.rows > 0 and kind != "plan")
        node.setExpanded(item.table in _VISIBLE and item.rows > 0)
        layers.append(item.layer)
    return layers
