"""Which layers a printed map shows, and how those of its subject differ from the map on the screen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from qgis.core import (
    QgsFillSymbol,
    QgsLayerTreeLayer,
    QgsLineSymbol,
    QgsMapLayer,
    QgsMapLayerStyle,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsProject,
    QgsProperty,
    QgsRuleBasedRenderer,
    QgsSingleSymbolRenderer,
    QgsSymbol,
    QgsSymbolLayer,
    QgsTextBackgroundSettings,
    QgsTextFormat,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSizeF
from qgis.PyQt.QtGui import QColor, QFont

from ..engine.publication import Publication
from .layout_subject import RESULTS, Subject, equals

#: Tables below everything else, on every map.
_BASE = ("admin_area", "river_reach", "river_channel", "road", "railway", "built_up_area", "reservoir")
#: Themes that a kind of subject is read with.
_THEMES: Mapping[str, tuple[str, ...]] = {
    "section": ("rivers", "problems", "follow_up"), "radius": ("heat",),
}  # fmt: skip
_RESULT_OF = {kind: result for kind, (result, _, _, _) in RESULTS.items()}
_NUMBER = "#b42318"
#: Around the zone or area that a map is about.
_BAND = "255,170,0,170"


@dataclass
class Shown:
    """The layers of a map from top to bottom, and the styles that hold on it alone (layer id -> XML)."""

    layers: list[QgsMapLayer] = field(default_factory=list)
    styles: dict[str, str] = field(default_factory=dict)


def choose(
    project: QgsProject, subject: Subject, publication: Publication, numbered: Sequence[str] = (), family: str = "",
    here: str = "",
) -> Shown:  # fmt: skip
    """Return what a map of a subject shows.

    Parameters
    ----------
    project : QgsProject
        Its layer tree is read and left as it is.
    subject : Subject
    publication : Publication
        For the public, layers that it hides and findings that would give them away are left out.
    numbered : sequence of str
        Ids of the features that the table beside the map numbers, in its order.
    family : str
        Of the numbers.
    here : str
        What the legend calls the zone or area that the map is about.
    """
    shown = Shown()
    for node in project.layerTreeRoot().findLayers():
        layer = node.layer()
        if layer is None or not layer.isValid() or publication.hides(_table(layer)):
            continue
        if not _wanted(node, layer, subject):
            continue
        shown.layers.append(layer)
        kind = str(layer.customProperty("envzones/kind") or "")
        if kind and isinstance(layer, QgsVectorLayer):
            style = _own_style(layer, kind, subject, publication, numbered, family)
            if style:
                shown.styles[layer.id()] = style
        elif isinstance(layer, QgsVectorLayer) and _is_of(layer, subject):
            shown.styles[layer.id()] = _highlighted(layer, subject, here)
    order = {layer.id(): place for place, layer in enumerate(project.layerTreeRoot().layerOrder())}
    # Boundaries of an area lie on top, lest zones cover them.
    top = subject.kind == "county"
    shown.layers.sort(
        key=lambda layer: (not (top and _is_of(layer, subject)), order.get(layer.id(), len(order)))
    )
    return shown


def _table(layer: QgsMapLayer) -> str:
    return str(layer.customProperty("envzones/table") or "").split(".")[-1]


def _result(layer: QgsMapLayer) -> str:
    return str(layer.customProperty("envzones/result") or "").split("/")[-1]


def _wanted(node: QgsLayerTreeLayer, layer: QgsMapLayer, subject: Subject) -> bool:
    kind, table = str(layer.customProperty("envzones/kind") or ""), _table(layer)
    if kind:
        return _result_wanted(node, kind, _result(layer), subject)
    if not table:
        # A layer of the user's own is printed as it is on the screen, where it is no picture from the network.
        return bool(node.isVisible()) and _is_local(layer)
    if not isinstance(layer, QgsVectorLayer) or not layer.featureCount():
        return False
    theme = _theme(node)
    if subject.kind == "theme":
        return theme == subject.key or (table in _BASE and node.isVisible())
    if subject.kind in _THEMES:
        return theme in _THEMES[subject.kind] or (table in _BASE and node.isVisible())
    if subject.kind == "zone":
        return (
            table == subject.key.split("/")[0]
            or theme == "drinking_water"
            or (table in _BASE and node.isVisible())
        )
    return bool(node.isVisible())


def _result_wanted(node: QgsLayerTreeLayer, kind: str, table: str, subject: Subject) -> bool:
    if subject.kind in RESULTS:
        if kind != _RESULT_OF[subject.kind]:
            return False
        return table in (RESULTS[subject.kind][1], "reach", "strip", "finding", "zone", "verdict")
    return subject.kind == "onemap" and bool(node.isVisible())


def _theme(node: QgsLayerTreeLayer) -> str:
    parent = node.parent()
    while parent is not None:
        theme = parent.customProperty("envzones/theme")
        if theme:
            return str(theme)
        parent = parent.parent()
    return ""


def _is_local(layer: QgsMapLayer) -> bool:
    """Tell whether a layer needs no network: a printed map must not fetch a picture of the world."""
    provider = layer.dataProvider()
    return provider is None or provider.name() not in (
        "wms",
        "WFS",
        "arcgismapserver",
        "arcgisfeatureserver",
        "vectortile",
    )


def _is_of(layer: QgsMapLayer, subject: Subject) -> bool:
    """Tell whether the zone or area that a map is about is in a layer."""
    if subject.kind == "county":
        return _table(layer) == "admin_area"
    return subject.kind == "zone" and _table(layer) == subject.key.split("/")[0]


# --------------------------------------------------------------------------------------------------------
# Styles for one map
# --------------------------------------------------------------------------------------------------------


def _own_style(
    layer: QgsVectorLayer,
    kind: str,
    subject: Subject,
    publication: Publication,
    numbered: Sequence[str],
    family: str,
) -> str:
    """Return the style by which a result layer shows the subject alone; empty where it shows all as ever."""
    terms = []
    names = layer.fields().names()
    if subject.kind in RESULTS and kind == _RESULT_OF[subject.kind]:
        column = RESULTS[subject.kind][2]
        if column not in names and subject.kind == "radius":
            column = "zone_id"
        if column in names:
            terms.append(equals(column, subject.key))
        if _result(layer) == "finding" and "status" in names:
            terms.append("\"status\" <> 'clear'" if subject.kind == "radius" else "\"status\" = 'hit'")
    if publication.public and {"site_layer", "zone_layer"} & set(names):
        terms += [_not_hidden(name, publication) for name in ("site_layer", "zone_layer") if name in names]
    if not terms and not numbered:
        return ""
    copy = _double(layer)
    condition = " AND ".join(f"({term})" for term in terms)
    if condition and copy.renderer() is not None:
        _limit(copy, condition)
    if numbered and _result(layer) == "finding":
        _number(copy, condition, numbered, family)
    elif subject.kind == "site" and _result(layer) == "verdict":
        copy.setLabelsEnabled(False)
    return _style_of(copy)


def _not_hidden(name: str, publication: Publication) -> str:
    from ..engine.publication import shipped_hidden

    hidden: Collection[str] = {*shipped_hidden(), *publication.hidden}
    words = ", ".join("'" + one.replace("'", "''") + "'" for one in sorted(hidden))
    return f'"{name}" IS NULL OR "{name}" NOT IN ({words})'


def _highlighted(layer: QgsVectorLayer, subject: Subject, here: str) -> str:
    """Return a layer's style with a band of colour around the feature that the map is about."""
    copy = _double(layer)
    rules = QgsRuleBasedRenderer.convertFromRenderer(copy.renderer())
    if rules is None:
        return ""
    band = {"line_color": _BAND, "line_width": "1.3", "capstyle": "flat"}
    symbols = {
        QgsWkbTypes.GeometryType.PolygonGeometry: lambda: QgsFillSymbol.createSimple(
            {"style": "no", "outline_color": _BAND, "outline_width": "1.3"}
        ),
        QgsWkbTypes.GeometryType.LineGeometry: lambda: QgsLineSymbol.createSimple(band),
        QgsWkbTypes.GeometryType.PointGeometry: lambda: QgsMarkerSymbol.createSimple(
            {
                "name": "circle",
                "color": "255,255,255,0",
                "outline_color": _BAND,
                "outline_width": "1.3",
                "size": "7",
            }
        ),
    }
    make = symbols.get(layer.geometryType())
    if make is None:
        return ""
    root = rules.rootRule().clone()
    uid = subject.key.split("/")[-1]
    symbol = make()
    # After all that the layer draws, lest a neighbour lies on it.
    symbol.symbolLayer(0).setRenderingPass(1)
    root.insertChild(0, QgsRuleBasedRenderer.Rule(symbol, 0, 0, equals("uid", uid), here))
    _redraw(copy, root)
    return _style_of(copy)


def _redraw(layer: QgsVectorLayer, root: QgsRuleBasedRenderer.Rule) -> None:
    """Draw a layer by rules, in the order in which it was drawn."""
    before, after = layer.renderer(), QgsRuleBasedRenderer(root)
    after.setOrderBy(before.orderBy())
    after.setOrderByEnabled(before.orderByEnabled())
    if before.paintEffect() is not None:
        after.setPaintEffect(before.paintEffect().clone())
    layer.setRenderer(after)


def _limit(layer: QgsVectorLayer, condition: str) -> None:
    """Show only rows for which a condition holds, with the signs that they have."""
    rules = QgsRuleBasedRenderer.convertFromRenderer(layer.renderer())
    if rules is None:
        return
    # Each rule is limited by itself: a rule above them all would take a line of its own in the legend.
    root = rules.rootRule().clone()
    others = [
        rule.filterExpression() for rule in root.children() if not rule.isElse() and rule.filterExpression()
    ]
    for rule in root.children():
        own = [rule.filterExpression()] if rule.filterExpression() and not rule.isElse() else []
        if rule.isElse():
            own = [f"NOT coalesce({other}, false)" for other in others]
        rule.setFilterExpression(" AND ".join(f"({term})" for term in (condition, *own)))
    _redraw(layer, root)
    if layer.labelsEnabled() and isinstance(layer.labeling(), QgsVectorLayerSimpleLabeling):
        settings = layer.labeling().settings()
        properties = settings.dataDefinedProperties()
        properties.setProperty(QgsPalLayerSettings.Property.Show, QgsProperty.fromExpression(condition))
        settings.setDataDefinedProperties(properties)
        layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))


def _number(layer: QgsVectorLayer, condition: str, numbered: Sequence[str], family: str) -> None:
    """Label findings with their numbers in the table beside the map."""
    ids = ", ".join("'" + one.replace("'", "''") + "'" for one in numbered)
    settings = QgsPalLayerSettings()
    settings.fieldName = f'array_find(array({ids}), "site_id") + 1'
    settings.isExpression = True
    shape = layer.geometryType()
    placement = QgsPalLayerSettings.Placement
    settings.placement = (
        placement.AroundPoint if shape == QgsWkbTypes.GeometryType.PointGeometry else placement.Horizontal
    )
    if shape == QgsWkbTypes.GeometryType.LineGeometry:
        # The line leads from the feature to what it is measured to; the number belongs to the feature.
        settings.geometryGeneratorEnabled = True
        settings.geometryGeneratorType = QgsWkbTypes.GeometryType.PointGeometry
        settings.geometryGenerator = "coalesce(start_point($geometry), start_point(geometry_n($geometry, 1)))"
        settings.placement = placement.AroundPoint
    settings.dist = 0.8
    settings.displayAll = True
    text = QgsTextFormat()
    font = QFont(family)
    font.setBold(True)
    text.setFont(font)
    text.setSize(6.5)
    text.setColor(QColor("white"))
    back = QgsTextBackgroundSettings()
    back.setEnabled(True)
    back.setType(QgsTextBackgroundSettings.ShapeType.ShapeCircle)
    back.setSizeType(QgsTextBackgroundSettings.SizeType.SizeBuffer)
    back.setSize(QSizeF(0.35, 0.35))
    back.setSizeUnit(QgsUnitTypes.RenderUnit.RenderMillimeters)
    back.setFillColor(QColor(_NUMBER))
    text.setBackground(back)
    settings.setFormat(text)
    properties = settings.dataDefinedProperties()
    there = f'array_contains(array({ids}), "site_id")'
    properties.setProperty(
        QgsPalLayerSettings.Property.Show,
        QgsProperty.fromExpression(f"({condition}) AND {there}" if condition else there),
    )
    settings.setDataDefinedProperties(properties)
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)


@lru_cache(maxsize=4)
def plain_style(shape: QgsWkbTypes.GeometryType) -> str:
    """Return the style by which an index map shows lines or areas: thin, and without labels.

    With its own style a province's rivers take ten times as long as all the rest of a page.
    """
    if shape == QgsWkbTypes.GeometryType.LineGeometry:
        symbol: QgsSymbol = QgsLineSymbol.createSimple({"line_color": "#2f6fb0", "line_width": "0.2"})
    else:
        symbol = QgsFillSymbol.createSimple(
            {"style": "no", "outline_color": "#7a8591", "outline_width": "0.12"}
        )
        width = QgsProperty.fromExpression("if(\"level\" = 'city', 0.4, 0.12)")
        symbol.symbolLayer(0).setDataDefinedProperty(QgsSymbolLayer.Property.PropertyStrokeWidth, width)
    layer = _empty(shape)
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    return _style_of(layer)


def _empty(shape: QgsWkbTypes.GeometryType) -> QgsVectorLayer:
    names = {
        QgsWkbTypes.GeometryType.PointGeometry: "Point", QgsWkbTypes.GeometryType.LineGeometry: "LineString",
        QgsWkbTypes.GeometryType.PolygonGeometry: "Polygon",
    }  # fmt: skip
    return QgsVectorLayer(names.get(shape, "None"), "", "memory")


def _double(layer: QgsVectorLayer) -> QgsVectorLayer:
    """Return a layer without features that is styled as another: a clone would open the file again."""
    double = _empty(layer.geometryType())
    style = QgsMapLayerStyle()
    style.readFromLayer(layer)
    style.writeToLayer(double)
    return double


def _style_of(layer: QgsVectorLayer) -> str:
    style = QgsMapLayerStyle()
    style.readFromLayer(layer)
    return str(style.xmlData())
