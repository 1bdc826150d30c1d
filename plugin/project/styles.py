"""Styles from files: of the one map's layers and of results, with legends in the user's language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsPalettedRasterRenderer,
    QgsRasterLayer,
    QgsRendererCategory,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtXml import QDomDocument

from .. import paths
from ..engine.errors import InputError
from ..texts import language

if TYPE_CHECKING:
    from ..engine.catalog import LayerSpec

#: The style files speak Chinese; these are the English words for the values of result layers.
_WORDS = (  # pairs: scanners take a key called "pass" for a password
    ("river_section", "Control zone"),
    ("heat_radius", "Heat radius"),
    ("", "Control zone"),
    ("U", "Upstream reach"),
    ("D", "Downstream reach"),
    ("left", "Left bank"),
    ("right", "Right bank"),
    ("channel", "Channel"),
    ("source", "Source"),
    ("outlet", "Outlet"),
    ("confluence", "Confluence"),
    ("fork", "Fork"),
    ("through", "Node on the way"),
    ("loose", "Loose end"),
    ("hit", "Hit"),
    ("tentative", "Hit, to be verified"),
    ("approximate", "Approximate band, check on site"),
    ("not_assessed", "To be verified"),
    ("clear", "Not affected"),
    ("not_applicable", "Not applicable"),
    ("counted", "Counted in the figure"),
    ("short", "Missing from the figure"),
    ("fail", "Refused"),
    ("restricted", "Restricted"),
    ("conditional", "Allowed with conditions"),
    ("note", "Notes only"),
    ("undecided", "Undecided (to be verified)"),
    ("pass", "No constraint found"),
    ("restricted_open", "Restricted, possibly graver"),
    ("conditional_open", "Allowed with conditions, possibly graver"),
    ("note_open", "Notes only, possibly graver"),
    ("pass_open", "Undecided: no constraint found so far"),
    ("outside", "Outside the jurisdiction"),
    ("error", "Error"),
    ("warning", "Warning"),
    ("info", "Information"),
)
_ENGLISH: Mapping[str, str] = dict(_WORDS)
#: The severities of the suitable area's raster.
_RASTER_ENGLISH: Mapping[int, str] = {
    **{k: _ENGLISH[one] for k, one in enumerate(("pass", "note", "conditional", "restricted", "fail"))},
    **{10 + k: _ENGLISH[f"{one}_open"] for k, one in enumerate(("pass", "note", "conditional", "restricted"))},
    20: _ENGLISH["outside"],
}
_SUFFIX = {
    QgsWkbTypes.GeometryType.PointGeometry: "point",
    QgsWkbTypes.GeometryType.LineGeometry: "line",
    QgsWkbTypes.GeometryType.PolygonGeometry: "polygon",
}


def result_style(name: str, geometry_type: Any) -> Path | None:
    """Return the style file of a result layer (the user's copy first), or None where there is none."""
    suffix = _SUFFIX.get(geometry_type)
    if suffix is None:
        return None
    path = paths.user_or_shipped(paths.STYLES / f"{name}_{suffix}.qml")
    return path if path.is_file() else None


def apply_result_style(layer: QgsVectorLayer, name: str, lang: str | None = None) -> bool:
    """Style a result layer (reach, zone, finding, verdict, issue); return whether there was a style.

    Raises
    ------
    InputError
        If the style file cannot be read.
    """
    path = result_style(name, layer.geometryType())
    if path is None:
        return False
    said, read = layer.loadNamedStyle(str(path))
    if not read:
        raise InputError(f"Style {path} cannot be read ({said}); save it again from QGIS or delete your copy.")
    if (lang or language()) == "en":
        relabel(layer, _ENGLISH)
    if name == "zone":
        _drop_unused(layer, "kind")
    return True


def apply_raster_style(layer: QgsRasterLayer, name: str) -> bool:
    """Style a result raster; return whether there was a style.

    Raises
    ------
    InputError
        If the style file cannot be read.
    """
    path = paths.user_or_shipped(paths.STYLES / f"{name}_raster.qml")
    if not path.is_file():
        return False
    said, read = layer.loadNamedStyle(str(path))
    if not read:
        raise InputError(f"Style {path} cannot be read ({said}); save it again from QGIS or delete your copy.")
    renderer = layer.renderer()
    if language() == "en" and isinstance(renderer, QgsPalettedRasterRenderer):
        for one in renderer.classes():
            renderer.setLabel(int(one.value), _RASTER_ENGLISH.get(int(one.value), one.label))
    return True


def _drop_unused(layer: QgsVectorLayer, field: str) -> None:
    """Take categories out of the legend that stand for another kind of zone."""
    renderer = layer.renderer()
    if not isinstance(renderer, QgsCategorizedSymbolRenderer) or renderer.classAttribute() != field:
        return
    present = {str(value) for value in layer.uniqueValues(layer.fields().indexOf(field))}
    known = {str(category.value()) for category in renderer.categories()}
    if not present or not present <= known:
        return
    for index in reversed(range(len(renderer.categories()))):
        if str(renderer.categories()[index].value()) not in present:
            renderer.deleteCategory(index)


def apply_layer_style(layer: QgsVectorLayer, spec: LayerSpec, lang: str) -> None:
    """Give a layer of the one map its symbols, labels and attribute form.

    Raises
    ------
    InputError
        If the layer's style file cannot be read.
    """
    from ..store.forms import style_document

    document = QDomDocument()
    document.setContent(style_document(spec, lang))
    read, said = layer.importNamedStyle(document)
    if not read:
        raise InputError(f"The style of layer '{spec.name}' cannot be used ({said}); save it again from QGIS.")
    renderer = layer.renderer()
    if lang == "zh" or not isinstance(renderer, QgsCategorizedSymbolRenderer):
        return
    if renderer.classAttribute() in spec.field_names:
        domain = spec.field(renderer.classAttribute()).domain
        relabel(layer, {code: titles[lang] for code, titles in (domain or {}).items()})


def relabel(layer: QgsVectorLayer, words: Mapping[str, str]) -> None:
    """Rename the legend's categories by their values; values without a word keep their label."""
    renderer = layer.renderer()
    if not isinstance(renderer, QgsCategorizedSymbolRenderer):
        return
    for index, category in enumerate(renderer.categories()):
        if _known(category, words):
            renderer.updateCategoryLabel(index, words[str(category.value())])


def _known(category: QgsRendererCategory, words: Mapping[str, str]) -> bool:
    value = category.value()
    return isinstance(value, str) and value in words
