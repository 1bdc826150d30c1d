"""The legend of a printed map: what the map shows and nothing else, in as many columns as fit."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import (
    QgsGeometry,
    QgsLayerTreeGroup,
    QgsLayoutItemLegend,
    QgsLegendRenderer,
    QgsLegendStyle,
    QgsMapLayer,
    QgsMapLayerLegendUtils,
    QgsMarkerSymbol,
    QgsProject,
    QgsProperty,
    QgsSymbolLegendNode,
    QgsUnitTypes,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSizeF
from qgis.PyQt.QtGui import QFont

#: From so many letters on, a title is broken in two: columns are narrow, and English takes more room than Chinese.
_LONG = 30
#: Dots per millimetre at which the legend is measured.
_MEASURE = 4.0
#: Size of type and of signs, times the template's: signs bear more than words.
_SHRINK = (
    (1.0, 1.0),
    (0.93, 0.93),
    (0.86, 0.8),
    (0.8, 0.8),
    (0.8, 0.68),
    (0.74, 0.68),
    (0.68, 0.58),
    (0.62, 0.5),
)
_LARGEST = 1.25
_COLUMNS = (2, 3, 4, 5, 6)
_STYLES = (
    QgsLegendStyle.Style.Group, QgsLegendStyle.Style.Subgroup, QgsLegendStyle.Style.SymbolLabel,
)  # fmt: skip


def fill(legend: QgsLayoutItemLegend, project: QgsProject, layers: Sequence[QgsMapLayer]) -> bool:
    """Fill the legend with the layers of its map, by theme, and set it until it fits.

    Returns
    -------
    bool
        False where it is larger than its frame even in the smallest type.
    """
    legend.setAutoUpdateModel(False)
    legend.setWrapString("\n")
    shown = {layer.id() for layer in layers if isinstance(layer, QgsVectorLayer) and layer.featureCount()}
    tree = legend.model().rootGroup()
    tree.clear()
    for group in project.layerTreeRoot().findGroups():
        mine = [node.layer() for node in group.findLayers() if node.layerId() in shown]
        shown -= {layer.id() for layer in mine}
        if mine:
            _group(tree, group.name(), mine)
    legend.setLegendFilterByMapEnabled(True)
    _filter_now(legend)
    _prune(legend)
    return _fit(legend)


def _prune(legend: QgsLayoutItemLegend) -> None:
    """Take what the map does not show out of the legend: layers, and classes of layers.

    The item's own filter goes by boxes, and would keep a class of which only a corner's emptiness is in the map.
    """
    model = legend.model()
    for group in model.rootGroup().findGroups():
        for node in group.findLayers():
            shown = model.layerLegendNodes(node)
            if not shown:
                group.removeChildNode(node)
                continue
            every = model.layerOriginalLegendNodes(node)
            order = [place for place, one in enumerate(every) if one in shown]
            if len(order) < len(every):
                QgsMapLayerLegendUtils.setLegendNodeOrder(node, order)
                model.refreshLayerLegend(node)
        if not group.children():
            model.rootGroup().removeChildNode(group)


def _group(tree: QgsLayerTreeGroup, title: str, layers: Sequence[QgsVectorLayer]) -> None:
    group = tree.addGroup(title)
    QgsLegendRenderer.setNodeLegendStyle(group, QgsLegendStyle.Style.Group)
    for layer in layers:
        node = group.addLayer(layer)
        node.setCustomProperty("legend/title-label", _broken(layer.name()))
        renderer = layer.renderer()
        own = [one.label() for one in renderer.categories()] if hasattr(renderer, "categories") else []
        if own and (layer.name() == title or layer.name() in own):
            # A heading that says what the line above or below it says is left out.
            QgsLegendRenderer.setNodeLegendStyle(node, QgsLegendStyle.Style.Hidden)


def _broken(title: str) -> str:
    if not title.isascii() or len(title) <= _LONG:
        return title
    spaces = [at for at, sign in enumerate(title) if sign == " "]
    middle = min(spaces, key=lambda at: abs(at - len(title) // 2), default=0)
    return f"{title[:middle]}\n{title[middle + 1 :]}" if middle else title


def _fit(legend: QgsLayoutItemLegend) -> bool:
    room = legend.rect()
    fonts = {style: QFont(legend.rstyle(style).font()) for style in _STYLES}
    swatch = QSizeF(legend.symbolWidth(), legend.symbolHeight())
    width, height = room.width(), room.height()
    best: tuple[float, int] | None = None
    drawn = 0.0
    for shrink, signs in _SHRINK:
        _set(legend, fonts, swatch, shrink, signs)
        if signs != drawn:
            # Each new size costs a refresh of every layer.
            _limit_signs(legend, swatch.height() * _LARGEST * signs)
            drawn = signs
        for columns in _COLUMNS:
            legend.setColumnCount(columns)
            needed = size(legend)
            if needed.width() <= width and needed.height() <= height:
                best = (shrink, columns)
                break
        if best:
            break
    if best is None:
        legend.setColumnCount(_COLUMNS[0])
    legend.updateLegend()
    _filter_now(legend)
    needed = size(legend)
    return needed.width() <= width + 0.05 and needed.height() <= height + 0.05


def lacking(legend: QgsLayoutItemLegend) -> float:
    """Return the height in mm that a legend needs and does not have, in the number of columns that needs least.

    It stays in that number of columns; 0 where it fits.
    """
    width, height = legend.rect().width(), legend.rect().height()
    heights = {}
    for columns in _COLUMNS:
        legend.setColumnCount(columns)
        needed = size(legend)
        if needed.width() <= width:
            heights[columns] = needed.height()
    best = min(heights, key=lambda columns: heights[columns], default=_COLUMNS[0])
    legend.setColumnCount(best)
    return max(0.0, heights.get(best, size(legend).height()) - height)


def _set(
    legend: QgsLayoutItemLegend, fonts: dict[int, QFont], swatch: QSizeF, factor: float, signs: float
) -> None:
    for style, font in fonts.items():
        smaller = QFont(font)
        smaller.setPointSizeF(font.pointSizeF() * factor)
        legend.rstyle(style).setFont(smaller)
    top = QgsLegendStyle.Side.Top
    legend.rstyle(QgsLegendStyle.Style.Group).setMargin(top, 2.0 * factor)
    legend.rstyle(QgsLegendStyle.Style.Subgroup).setMargin(top, 1.1 * factor)
    for style in (QgsLegendStyle.Style.Symbol, QgsLegendStyle.Style.SymbolLabel):
        legend.rstyle(style).setMargin(top, 1.2 * signs)
    legend.setSymbolWidth(swatch.width() * signs)
    legend.setSymbolHeight(swatch.height() * signs)


def _limit_signs(legend: QgsLayoutItemLegend, largest: float) -> None:
    """Draw large signs of the map smaller (mm): a row of the legend need not be much taller than its words."""
    model = legend.model()
    for node in model.rootGroup().findLayers():
        changed = False
        order = QgsMapLayerLegendUtils.legendNodeOrder(node)
        for place, one in enumerate(model.layerOriginalLegendNodes(node)):
            symbol = one.symbol() if isinstance(one, QgsSymbolLegendNode) else None
            if not isinstance(symbol, QgsMarkerSymbol) or symbol.size() <= largest + 1e-6:
                continue
            smaller = symbol.clone()
            smaller.setDataDefinedSize(QgsProperty())
            smaller.setSizeUnit(QgsUnitTypes.RenderUnit.RenderMillimeters)
            smaller.setSize(largest)
            QgsMapLayerLegendUtils.setLegendNodeCustomSymbol(node, order[place] if order else place, smaller)
            changed = True
        if changed:
            model.refreshLayerLegend(node)


def _filter_now(legend: QgsLayoutItemLegend) -> None:
    """Leave out what the map does not show; the item itself does so only when it is painted."""
    main = legend.linkedMap()
    if main is None:
        return
    dots = QSizeF(main.rect().width() * _MEASURE, main.rect().height() * _MEASURE)
    settings = main.mapSettings(main.extent(), dots, _MEASURE * 25.4, True)
    legend.model().setLegendFilter(settings, True, QgsGeometry.fromRect(main.extent()), True)


def size(legend: QgsLayoutItemLegend) -> QSizeF:
    """Return the room in mm that the legend takes."""
    return QgsLegendRenderer(legend.model(), legend.legendSettings()).minimumSize()


def entries(legend: QgsLayoutItemLegend) -> list[tuple[str, list[str]]]:
    """Return each layer of the legend with the titles of its classes that the map shows."""
    model = legend.model()
    found = []
    for node in model.rootGroup().findLayers():
        nodes = (
            model.filteredLegendNodes(node)
            if hasattr(model, "filteredLegendNodes")
            else model.layerLegendNodes(node)
        )
        found.append((node.layer().name(), [str(one.data(0)) for one in nodes]))
    return found
