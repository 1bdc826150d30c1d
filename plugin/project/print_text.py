"""The text of a printed map: what is written, with which font, whether it fits and whether there are signs for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from qgis.core import (
    QgsAbstractValidityCheck,
    QgsCoordinateTransform,
    QgsCsException,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeatureRequest,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemManualTable,
    QgsLayoutItemMap,
    QgsLayoutItemScaleBar,
    QgsLegendStyle,
    QgsMapLayer,
    QgsPrintLayout,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QRectF, Qt
from qgis.PyQt.QtGui import QFont, QFontDatabase, QFontMetricsF, QTextLayout

#: So many features of a labelled layer are looked at.
_SAMPLE = 100
#: Text is measured at ten times its size, as QGIS draws it.
_FINE = 10.0
_MM_PER_POINT = 25.4 / 72.0
#: A letter's overhang, in millimetres.
_SLACK = 0.3
#: Families that every system has under this name for whatever it has.
_GENERIC = frozenset({"", "sans serif", "sans-serif", "serif", "monospace", "ms shell dlg 2", "arial"})
_MARKUP = re.compile(r"<[^>]+>")


# --- what is written ----------------------------------------------------------------------------------


def drawn(
    layout: QgsPrintLayout, maps: Iterable[QgsLayoutItemMap], shown: Callable[[QgsLayoutItemMap], list[QgsMapLayer]]
) -> Iterator[tuple[str, QFont, str]]:
    """Return the text of a page: the item, the font and the words; of features a sample."""
    for item in layout.items():
        if not getattr(item, "isVisible", bool)():
            continue
        name = str(item.id() or item.displayName()) if hasattr(item, "displayName") else ""
        if isinstance(item, QgsLayoutItemLabel):
            yield name, label_font(item), item.currentText()
        elif isinstance(item, QgsLayoutItemLegend):
            for style, text in _legend_texts(item):
                yield name, _legend_font(item, style), text
        elif isinstance(item, QgsLayoutItemScaleBar):
            yield name, item.textFormat().font(), f"0123456789{item.unitLabel()}"
    for frames in layout.multiFrames():
        if isinstance(frames, QgsLayoutItemManualTable) and frames.frameCount():
            cells = [str(cell.content() or "") for row in frames.tableContents() for cell in row]
            name = str(frames.frame(0).id() or frames.displayName())
            yield name, frames.contentTextFormat().font(), "\n".join(cells)
    for main in maps:
        for layer in shown(main):
            if isinstance(layer, QgsVectorLayer) and layer.labelsEnabled() and layer.labeling() is not None:
                for font, text in _feature_labels(layer, main):
                    yield str(main.id() or main.displayName()), font, text


def label_font(label: QgsLayoutItemLabel) -> QFont:
    """Return the font of a label (QGIS 3.24 gave labels a text format)."""
    if hasattr(label, "textFormat"):
        text = label.textFormat()
        font = QFont(text.font())
        font.setPointSizeF(text.size() if text.size() > 0 else font.pointSizeF())
        return font
    return QFont(label.font())


def _legend_texts(legend: QgsLayoutItemLegend) -> Iterator[tuple[Any, str]]:
    styles = QgsLegendStyle.Style
    if legend.title():
        yield styles.Title, legend.title()
    tree = legend.model().rootGroup()
    for group in tree.findGroups():
        yield styles.Group, group.name()
    for node in tree.findLayers():
        yield styles.Subgroup, str(node.customProperty("legend/title-label") or node.name())
        for one in legend.model().layerLegendNodes(node):
            yield styles.SymbolLabel, str(one.data(Qt.ItemDataRole.DisplayRole) or "")


def _legend_font(legend: QgsLayoutItemLegend, style: Any) -> QFont:
    return QFont(legend.rstyle(style).font()) if hasattr(legend, "rstyle") else QFont(legend.styleFont(style))


def _feature_labels(layer: QgsVectorLayer, main: QgsLayoutItemMap) -> Iterator[tuple[QFont, str]]:
    labeling = layer.labeling()
    for provider in labeling.subProviders() or [""]:
        settings = labeling.settings(provider)
        if settings is None or not settings.fieldName:
            continue
        words = settings.fieldName if settings.isExpression else QgsExpression.quotedColumnRef(settings.fieldName)
        expression = QgsExpression(words)
        if expression.hasParserError():
            continue
        context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
        expression.prepare(context)
        request = QgsFeatureRequest().setLimit(_SAMPLE)
        try:
            to_layer = QgsCoordinateTransform(main.crs(), layer.crs(), QgsProject.instance())
            request.setFilterRect(to_layer.transformBoundingBox(main.extent()))
        except QgsCsException:  # a map beyond what the layer's system can tell: any features then
            request = QgsFeatureRequest().setLimit(_SAMPLE)
        found = set()
        for feature in layer.getFeatures(request):
            context.setFeature(feature)
            value = expression.evaluate(context)
            if value is not None and str(value) not in ("", "NULL"):
                found.add(str(value))
        if found:
            yield QFont(settings.format().font()), "\n".join(sorted(found))


# --- whether it fits ----------------------------------------------------------------------------------


def overflows(label: QgsLayoutItemLabel) -> bool:
    """Tell whether a label's text, wrapped as QGIS wraps it, is larger than its frame."""
    text = label.currentText()
    if label.mode() != type(label).Mode.ModeFont or not text.strip():
        return False
    font = label_font(label)
    if font.pointSizeF() <= 0:
        return False
    font.setPixelSize(max(round(font.pointSizeF() * _MM_PER_POINT * _FINE), 1))
    metrics = QFontMetricsF(font)
    width = (label.rect().width() - 2.0 * label.marginX()) * _FINE
    height = (label.rect().height() - 2.0 * label.marginY()) * _FINE
    box = metrics.boundingRect(QRectF(0.0, 0.0, width, 1e6), int(Qt.TextFlag.TextWordWrap), text)
    # A font's own line is higher than its letters: what counts is where ink would lie outside.
    ink = metrics.tightBoundingRect(text.replace("\n", ""))
    room = height - box.height()
    down = {Qt.AlignmentFlag.AlignVCenter: room / 2.0, Qt.AlignmentFlag.AlignBottom: room}.get(label.vAlign(), 0.0)
    top = down + metrics.ascent() + ink.top()
    bottom = down + box.height() - metrics.descent() + ink.bottom()
    slack = _SLACK * _FINE
    return bool(box.width() > width + slack or top < -slack or bottom > height + slack)


# --- whether there are signs for it -------------------------------------------------------------------


@lru_cache(maxsize=1)
def _families() -> frozenset[str]:
    names = (name.casefold() for name in QFontDatabase().families())
    # A foundry may stand behind the name: "Noto Sans [GOOG]".
    return frozenset(name.split(" [")[0] for name in names)


def replaced(font: QFont) -> str:
    """Return the family that a font asks for, where it is not installed; else nothing."""
    family = font.family()
    plain = family.casefold().split(" [")[0]
    # Nobody asked for the font that a program without one falls back to.
    nobodys = {*_GENERIC, QFont().family().casefold()}
    return "" if plain in nobodys or plain in _families() else str(family)


def tofu(font: QFont, text: str) -> list[str]:
    """Return the signs of a text that neither a font nor any that steps in for it can draw."""
    signs = "".join(sorted({sign for sign in text if _visible(sign)}))
    if not signs or _drawable(font, signs):
        return []
    return [sign for sign in signs if not _drawable(font, sign)]


def _visible(sign: str) -> bool:
    # Marks that only change what stands before them, blanks and controls need no sign of their own.
    return unicodedata.category(sign)[0] not in "ZM" and unicodedata.category(sign) not in ("Cc", "Cf")


def _drawable(font: QFont, signs: str) -> bool:
    """Tell whether Qt finds a glyph for every sign, in the font or in one that steps in: glyph 0 is the empty box."""
    page = QTextLayout(signs, font)
    page.beginLayout()
    page.createLine()
    page.endLayout()
    return all(index != 0 for run in page.glyphRuns() for index in run.glyphIndexes())


# --- QGIS's checks ------------------------------------------------------------------------------------


def layout_check_kind() -> int:
    """Return the kind of checks that layouts get."""
    return int(QgsAbstractValidityCheck.Type.TypeLayoutCheck)


def plain(text: str) -> str:
    """Return words without markup, in one line."""
    return " ".join(_MARKUP.sub(" ", text).split())
