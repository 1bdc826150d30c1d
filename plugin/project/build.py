"""Builds the one-map project from a one-map GeoPackage and, if given, result files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsExpressionContextUtils,
    QgsLayerTreeGroup,
    QgsLayerTreeLayer,
    QgsMapThemeCollection,
    QgsProject,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsUnitTypes,
    QgsVectorLayer,
)

from .. import compat, paths
from ..engine.errors import InputError
from ..engine.location import Location
from . import outcome, results, settings, source, styles, version
from .relations import add_relations

if TYPE_CHECKING:
    from ..engine.catalog import Catalog, LayerSpec

#: Layers of the context group that the map shows at first; the rest would bury the themes.
CONTEXT_SHOWN = frozenset({"admin_area", "built_up_area", "road", "railway"})
#: Layers of other themes that start hidden, because a result or a zone says the same more clearly.
START_HIDDEN = frozenset(
    {
        "drinking_water_source", "boundary_marker", "machinery_position", "planned_parcel", "river_management_area",
        "heat_supply_area",
    }
)  # fmt: skip
_HIDDEN_THEMES = frozenset({"problems", "follow_up", "environment", "facilities", "planning"})
_DRAWN = ("Point", "MultiLineString", "MultiPolygon")
MAP_THEME = {"zh": "一张图", "en": "One map"}


@dataclass(frozen=True)
class Request:
    """What to build.

    Attributes
    ----------
    onemap : Path or Location
        The one-map GeoPackage, or where the map lies in PostgreSQL.
    results : mapping of str to Path
        Result GeoPackages by kind: check, section, radius, plan.
    lang : {"zh", "en"}
        Language of titles, forms and legends.
    as_of : date or None
        The day the project speaks of; printed on the map.
    title : str
        Of the project; the map's own title when empty.
    """

    onemap: Path | Location
    results: Mapping[str, Path] = field(default_factory=dict)
    lang: str = "zh"
    as_of: date | None = None
    title: str = ""


def build(request: Request, project: QgsProject) -> QgsProject:
    """Fill an empty project; run it in the main thread.

    Raises
    ------
    InputError
        If the map or a result file cannot be used, or its work CRS is unknown.
    """
    from ..engine.catalog import load_catalog

    meta = source.read_meta(request.onemap)
    catalog = load_catalog(paths.user_layers())
    lang = request.lang
    crs = _work_crs(meta, request.onemap)
    project.setCrs(crs, True)
    project.setEllipsoid(crs.ellipsoidAcronym())
    project.setDistanceUnits(QgsUnitTypes.DistanceUnit.DistanceMeters)
    project.setAreaUnits(QgsUnitTypes.AreaUnit.AreaSquareMeters)
    project.writeEntryBool("Paths", "/Absolute", False)
    project.setTitle(request.title or meta.get("title") or meta.get(f"jurisdiction_{lang}", ""))
    root = project.layerTreeRoot()
    basis = _basis(request, meta) if request.results else {}
    position = 0
    for kind in results.GROUPS:
        if kind in request.results:
            made = results.add_results(project, root, position, kind, Path(request.results[kind]), lang)
            outcome.mark(made, kind, basis)
            position += 1
    layers = _add_themes(project, root, catalog, request.onemap, lang)
    add_relations(project, catalog, layers, lang)
    _remember(project, request, meta)
    _show_extent(project, layers, crs)
    _map_themes(project, root, lang)
    from .layout import add_layout

    add_layout(project, lang)
    return project


def save(project: QgsProject, path: Path) -> None:
    """Write the project (QGIS itself writes to a temporary name and renames).

    Raises
    ------
    InputError
        If it cannot be written.
    """
    if not path.parent.is_dir():
        raise InputError(f"Folder {path.parent} does not exist; create it or give another place for the project.")
    if not project.write(str(path)):
        raise InputError(f"Project {path} could not be written ({project.error()}); check the folder's rights.")


def _basis(request: Request, meta: Mapping[str, str]) -> dict[str, str]:
    """Return what the result files are taken to rest on: the map as it is, the request's day, the map's books."""
    stamp = (version.version(request.onemap), ())
    return outcome.about(request.onemap, stamp, request.as_of or date.today(), _books(meta))


def _books(meta: Mapping[str, str]) -> list[str]:
    return [one.strip() for one in meta.get("rulebooks", "").split(",") if one.strip()]


def _work_crs(meta: Mapping[str, str], path: Path | Location) -> QgsCoordinateReferenceSystem:
    name = meta.get("work_crs") or "EPSG:4490"
    crs = QgsCoordinateReferenceSystem(name)
    if not crs.isValid():
        raise InputError(f"The work CRS '{name}' of {path} is unknown to QGIS; correct work_crs in envzones_meta.")
    return crs


def _add_themes(
    project: QgsProject, root: QgsLayerTreeGroup, catalog: Catalog, path: Path | Location, lang: str
) -> dict[str, QgsVectorLayer]:
    from ..engine.catalog import COVERAGE

    tables = set(source.tables(path))
    added: dict[str, QgsVectorLayer] = {}
    for theme in catalog.themes.values():
        specs = [spec for spec in catalog.of_theme(theme.name) if spec.name in tables]
        if not specs:
            continue
        # Points are drawn over lines, and these over areas; within each kind the theme's own order stays.
        specs.sort(key=lambda spec: _DRAWN.index(spec.geometry) if spec.geometry in _DRAWN else len(_DRAWN))
        group = root.addGroup(theme.title(lang))
        group.setCustomProperty("envzones/theme", theme.name)
        for spec in specs:
            added[spec.name] = add_layer(project, group, path, spec, lang)
        group.setExpanded(theme.name not in _HIDDEN_THEMES and theme.name != "context")
        if theme.name == "context" and COVERAGE.name in tables:
            layer = add_layer(project, group, path, COVERAGE, lang)
            root.findLayer(layer.id()).setItemVisibilityChecked(False)
    return added


def add_layer(
    project: QgsProject, group: QgsLayerTreeGroup, path: Path | Location, spec: LayerSpec, lang: str
) -> QgsVectorLayer:
    """Add one table of a map to a group, styled; shown if it holds anything and is none of those that start hidden.

    Raises
    ------
    InputError
        If it cannot be opened.
    """
    options = QgsVectorLayer.LayerOptions(loadDefaultStyle=False)
    layer = QgsVectorLayer(source.table_uri(path, spec.name), spec.title(lang), source.provider(path), options)
    if not layer.isValid():
        raise InputError(f"Layer '{spec.name}' of {path} cannot be opened; check the file in QGIS's browser.")
    styles.apply_layer_style(layer, spec, lang)
    layer.setCustomProperty("envzones/table", spec.name)
    if spec.department:
        compat.set_abstract(layer, spec.department)
    project.addMapLayer(layer, False)
    node = group.addLayer(layer)
    empty = layer.featureCount() == 0
    shown = (
        not empty
        and spec.name not in START_HIDDEN
        and spec.theme not in _HIDDEN_THEMES
        and (spec.theme != "context" or spec.name in CONTEXT_SHOWN)
    )
    node.setItemVisibilityChecked(shown)
    node.setExpanded(False)
    return layer


def _remember(project: QgsProject, request: Request, meta: Mapping[str, str]) -> None:
    """Keep what the panel and the layout need to know."""
    lang = request.lang
    variables = {"envzones_jurisdiction": meta.get(f"jurisdiction_{lang}", ""), "envzones_lang": lang}
    QgsExpressionContextUtils.setProjectVariables(project, variables)
    settings.set_onemap_path(project, request.onemap)
    settings.set_as_of(project, request.as_of)
    if _books(meta):
        # Where the map names none, those of its city are suggested.
        settings.set_rulebooks(project, _books(meta))


def _show_extent(
    project: QgsProject, layers: Mapping[str, QgsVectorLayer], crs: QgsCoordinateReferenceSystem
) -> None:
    extent = map_extent(project, layers)
    if not extent.isEmpty():
        project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(extent, crs))


def map_extent(project: QgsProject, layers: Mapping[str, QgsVectorLayer]) -> QgsRectangle:
    """Return what the map should show, in the project's CRS: the jurisdiction, else all zones."""
    chosen = [layers["admin_area"]] if "admin_area" in layers and layers["admin_area"].featureCount() else []
    extent = QgsRectangle()
    for layer in chosen or layers.values():
        if not layer.featureCount():
            continue
        transform = QgsCoordinateTransform(layer.crs(), project.crs(), project.transformContext())
        extent.combineExtentWith(transform.transformBoundingBox(layer.extent()))
    extent.scale(1.04)
    return extent


def _map_themes(project: QgsProject, root: QgsLayerTreeGroup, lang: str) -> None:
    """Record what is visible now as the map theme "one map", and one theme per group of zones."""
    collection = project.mapThemeCollection()
    collection.insert(MAP_THEME[lang], _record(root, lambda node: node.isVisible()))
    for group in root.findGroups():
        name = group.customProperty("envzones/theme")
        if not name or name == "context":
            continue
        members = {node.layerId() for node in group.findLayers() if node.layer().featureCount()}
        base = {
            node.layerId()
            for node in root.findLayers()
            if node.layer().customProperty("envzones/table") in {"admin_area", "river_reach"}
        }
        if members:
            wanted = members | base
            collection.insert(group.name(), _record(root, lambda node, w=wanted: node.layerId() in w))


def _record(root: QgsLayerTreeGroup, shown: object) -> QgsMapThemeCollection.MapThemeRecord:
    record = QgsMapThemeCollection.MapThemeRecord()
    for node in root.findLayers():
        if isinstance(node, QgsLayerTreeLayer) and node.layer() is not None and shown(node):
            one = QgsMapThemeCollection.MapThemeLayerRecord(node.layer())
            one.isVisible = True
            one.usingCurrentStyle = True
            one.currentStyle = node.layer().styleManager().currentStyle()
            record.addLayerRecord(one)
    return record
