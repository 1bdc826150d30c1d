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
    QgsRuleBasedRenderer,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QVariant
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
#: On the plan board a hit is not a place in the way, but work that is not done.
_PLAN_ENGLISH: Mapping[str, str] = {"hit": "Not done, not covered or short", "tentative": "Doubtful, to be verified"}
#: Classes of the one map's layers that are no codes of a domain: (layer, value) -> English.
_CLASSES: Mapping[tuple[str, str], str] = {
    ("mine_site", "open_pit_live"): "Open pit, producing or suspended",
    ("mine_site", "open_pit_old"): "Open pit, closed or abandoned",
    ("mine_site", "underground_live"): "Underground, producing or suspended",
    ("mine_site", "underground_old"): "Underground, closed or abandoned",
    ("heat_source", "true"): "Combined heat and power",
    ("heat_source", "false"): "No combined heat and power",
    ("machinery_position", "true"): "Carries the environmental label",
    ("machinery_position", "false"): "Carries no environmental label",
    ("construction_site", "true"): "Video and dust monitoring online",
    ("construction_site", "false"): "No video and dust monitoring online",
}
_OTHER = "Not filled in or unknown"
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
        relabel(layer, {**_ENGLISH, **_PLAN_ENGLISH} if name == "plan_finding" else _ENGLISH)
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
    if lang == "zh":
        return
    renderer = layer.renderer()
    words = {value: title for (name, value), title in _CLASSES.items() if name == spec.name} | {"": _OTHER}
    if isinstance(renderer, QgsCategorizedSymbolRenderer):
        if renderer.classAttribute() in spec.field_names:
            domain = spec.field(renderer.classAttribute()).domain
            words |= {code: both[lang] for code, both in (domain or {}).items()}
        relabel(layer, words)
    elif isinstance(renderer, QgsRuleBasedRenderer):
        # A style of the user's own: its rules know no codes, but may be called as a domain calls them.
        titles = {both["zh"]: both[lang] for item in spec.fields for both in (item.domain or {}).values()}
        for rule in renderer.rootRule().descendants():
            rule.setLabel(titles.get(rule.label(), rule.label()))


def relabel(layer: QgsVectorLayer, words: Mapping[str, str]) -> None:
    """Rename the legend's categories by their values; values without a word keep their label."""
    renderer = layer.renderer()
    if not isinstance(renderer, QgsCategorizedSymbolRenderer):
        return
    for index, category in enumerate(renderer.categories()):
        value = _value(category)
        if value in words:
            renderer.updateCategoryLabel(index, words[value])


def _value(category: QgsRendererCategory) -> str | None:
    """Return what a category stands for, "" for all that no other one holds, None where that is no text."""
    value = category.value()
    if value is None or (isinstance(value, QVariant) and value.isNull()):
        return ""
    return value if isinstance(value, str) else None
