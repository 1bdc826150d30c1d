"""Turn a layer of the catalog into a QGIS style document: its symbols as drawn, its form from the field list.

The .qml files in ``layers/`` hold symbols and labels.  Titles, value lists, defaults and constraints of the
form are written from the YAML, so that they cannot drift from it.  Plain XML: neither Qt nor QGIS is needed.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree  # nosec B405: entities are refused before parsing
from xml.etree.ElementTree import Element, SubElement  # nosec B405: builds, does not parse

from ..engine.catalog import FieldSpec, LayerSpec
from ..engine.errors import InputError

_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_CATEGORIES = "Symbology|Labeling|Fields|Forms|Rendering"
#: What QGIS's value-map widget stores as NULL.
_NULL_CODE = "{2839923C-8B7D-419E-B84B-CA2FE9B80EC7}"
# Bits and strengths of QgsFieldConstraints.
_NOT_NULL, _EXPRESSION = 1, 4
_NONE, _HARD = "0", "1"


def style_document(spec: LayerSpec, lang: str = "zh") -> str:
    """Return the QML text of a layer: symbols and labels from its .qml file, the form from its fields.

    Parameters
    ----------
    spec : LayerSpec
    lang : {"zh", "en"}
        Language of field titles and value lists.

    Raises
    ------
    InputError
        If the layer's .qml file cannot be read or is no QGIS style.
    """
    root = Element("qgis", version="3.22.0")
    if spec.style is not None:
        try:
            text = spec.style.read_text(encoding="utf-8")
            if "<!ENTITY" in text:
                raise InputError(f"Style {spec.style} declares XML entities; save it again from QGIS.")
            root = ElementTree.fromstring(text)  # nosec B314: no entity can be declared in it
        except (OSError, ValueError, ElementTree.ParseError) as error:
            raise InputError(
                f"Style {spec.style} cannot be read ({error}); save it again from QGIS."
            ) from error
        if root.tag != "qgis":
            raise InputError(f"Style {spec.style} is no QGIS style; save it from QGIS as a .qml file.")
    root.set("styleCategories", _CATEGORIES)
    for tag in ("fieldConfiguration", "aliases", "defaults", "constraints", "constraintExpressions"):
        for old in root.findall(tag):
            root.remove(old)
    widgets = SubElement(root, "fieldConfiguration")
    aliases, defaults = SubElement(root, "aliases"), SubElement(root, "defaults")
    constraints, expressions = SubElement(root, "constraints"), SubElement(root, "constraintExpressions")
    _widget(widgets, "fid", "Hidden", {})
    for index, item in enumerate(spec.fields, start=1):
        _field_widget(widgets, item, lang)
        SubElement(aliases, "alias", field=item.name, index=str(index), name=item.title(lang))
        SubElement(defaults, "default", field=item.name, expression=_default(item), applyOnUpdate="0")
        expression, words = _range(item, lang)
        bits = (_NOT_NULL if item.required else 0) | (_EXPRESSION if expression else 0)
        SubElement(
            constraints, "constraint", field=item.name, constraints=str(bits), unique_strength=_NONE,
            notnull_strength=_HARD if item.required else _NONE, exp_strength=_HARD if expression else _NONE,
        )  # fmt: skip
        SubElement(expressions, "constraint", field=item.name, exp=expression, desc=words)
    # Only lone surrogates and control characters cannot be written, and YAML and XML refuse them before.
    return _DOCTYPE + ElementTree.tostring(root, encoding="unicode")


def _option(parent: Element, name: str | None, value: str | bool | list[tuple[str, str]]) -> None:
    attributes = {} if name is None else {"name": name}
    if isinstance(value, list):
        holder = SubElement(parent, "Option", attributes, type="List")
        for title, code in value:
            _option(SubElement(holder, "Option", type="Map"), title, code)
    elif isinstance(value, bool):
        SubElement(parent, "Option", attributes, type="bool", value=str(value).lower())
    else:
        SubElement(parent, "Option", attributes, type="QString", value=value)


def _widget(
    parent: Element, name: str, kind: str, config: dict[str, str | bool | list[tuple[str, str]]]
) -> None:
    widget = SubElement(
        SubElement(parent, "field", name=name, configurationFlags="None"), "editWidget", type=kind
    )
    options = SubElement(SubElement(widget, "config"), "Option", type="Map")
    for key, value in config.items():
        _option(options, key, value)


def _field_widget(parent: Element, item: FieldSpec, lang: str) -> None:
    if item.domain:
        choices = [(titles[lang], code) for code, titles in item.domain.items()]
        if not item.required:
            choices.append(({"zh": "(未填)", "en": "(not set)"}[lang], _NULL_CODE))
        _widget(parent, item.name, "ValueMap", {"map": choices})
    elif item.type == "date":
        form = "yyyy-MM-dd"
        config = {"allow_null": True, "calendar_popup": True, "display_format": form, "field_format": form}
        _widget(parent, item.name, "DateTime", {**config, "field_iso_format": False})
    elif item.type == "boolean":
        # An unknown answer stays unknown: the box has a third state.
        _widget(
            parent, item.name, "CheckBox", {"AllowNullState": True, "CheckedState": "", "UncheckedState": ""}
        )
    else:
        _widget(parent, item.name, "TextEdit", {"IsMultiline": item.name == "remark", "UseHtml": False})


def _default(item: FieldSpec) -> str:
    if item.name == "uid":
        return "uuid('WithoutBraces')"
    if item.default is None:
        return ""
    if isinstance(item.default, bool):
        return str(item.default).lower()
    return (
        str(item.default)
        if item.type in ("integer", "real")
        else "'" + str(item.default).replace("'", "''") + "'"
    )


def _range(item: FieldSpec, lang: str) -> tuple[str, str]:
    """Return the expression that keeps a number in its range, and the same in words."""
    low, high = item.minimum, item.maximum
    if low is None and high is None:
        return "", ""
    tests, zh, en = [], [], []
    if low is not None:
        tests.append(f'"{item.name}" >= {low:g}')
        zh.append(f"不小于{low:g}")
        en.append(f"at least {low:g}")
    if high is not None:
        tests.append(f'"{item.name}" <= {high:g}')
        zh.append(f"不大于{high:g}")
        en.append(f"at most {high:g}")
    words = ", ".join(en) if lang == "en" else "、".join(zh)
    return f'"{item.name}" is null or ({" and ".join(tests)})', f"{item.title(lang)}: {words}"
