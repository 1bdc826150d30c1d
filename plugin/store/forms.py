"""Turn a layer of the catalog into a QGIS style document: its symbols as drawn, its form from the field list.

The .qml files in ``layers/`` hold symbols and labels.  Titles, value lists, defaults and constraints of the
form are written from the YAML, so that they cannot drift from it.  Plain XML: neither Qt nor QGIS is needed.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree  # nosec B405: entities are refused before parsing
from xml.etree.ElementTree import Element, SubElement  # nosec B405: builds, does not parse

from ..engine.catalog import FieldSpec, LayerSpec
from ..engine.catalog_rules import Requires, Unique
from ..engine.errors import InputError
from .forms_layout import add_layout

_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_CATEGORIES = "Symbology|Labeling|Fields|Forms|Rendering"
#: What QGIS's value-map widget stores as NULL.
_NULL_CODE = "{2839923C-8B7D-419E-B84B-CA2FE9B80EC7}"
# Bits and strengths of QgsFieldConstraints.
_NOT_NULL, _UNIQUE, _EXPRESSION = 1, 2, 4
_NONE, _HARD = "0", "1"
_STORE_TITLES = {
    "row_version": {"zh": "版本号", "en": "Version of the row"},
    "edited_by": {"zh": "最后编辑人", "en": "Last edited by"},
    "edited_at": {"zh": "最后编辑时间(UTC)", "en": "Last edited at (UTC)"},
}
_LONG_TEXTS = frozenset({"remark", "extent_text", "parameters", "problem", "measure", "exemptions"})


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
    for tag in (
        "fieldConfiguration", "aliases", "defaults", "constraints", "constraintExpressions", "editorlayout",
        "attributeEditorForm", "editable",
    ):  # fmt: skip
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
        expression, words = constraint(spec, item, lang)
        # A pasted row whose uid is taken gets a new one by the default: QGIS does so for unique fields.
        alone = item.name == "uid" or any(isinstance(r, Unique) and r.fields == (item.name,) for r in spec.rules)
        bits = (_NOT_NULL if item.required else 0) | (_UNIQUE if alone else 0) | (_EXPRESSION if expression else 0)
        SubElement(
            constraints, "constraint", field=item.name, constraints=str(bits),
            unique_strength=_HARD if alone else _NONE,
            notnull_strength=_HARD if item.required else _NONE, exp_strength=_HARD if expression else _NONE,
        )  # fmt: skip
        SubElement(expressions, "constraint", field=item.name, exp=expression, desc=words)
    for name, kind in (("row_version", "Hidden"), ("edited_by", "TextEdit"), ("edited_at", "TextEdit")):
        _widget(widgets, name, kind, {} if kind == "Hidden" else {"IsMultiline": False, "UseHtml": False})
    for index, (name, titles) in enumerate(_STORE_TITLES.items(), start=len(spec.fields) + 1):
        SubElement(aliases, "alias", field=name, index=str(index), name=titles[lang])
    add_layout(root, spec, lang)
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
        _widget(parent, item.name, "TextEdit", {"IsMultiline": item.name in _LONG_TEXTS, "UseHtml": False})


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


def constraint(spec: LayerSpec, item: FieldSpec, lang: str) -> tuple[str, str]:
    """Return the expression that a value of a field must meet in its row, and the same in words; empty where none.

    Taken together: range, pattern, "not in the future", order of two fields, and what another field requires.
    """
    name, title = _column(item.name), item.title(lang, unit=False)
    told: list[tuple[str, str, str]] = [*_range(item)]
    if item.pattern:
        pattern = item.pattern.replace("\\", "\\\\").replace("'", "''")
        told.append((f"regexp_match({name}, '^({pattern})$') > 0", "格式不对", "is not written as it should be"))
    if item.not_future:
        told.append((f"{name} <= to_date(now())", "不能晚于今天", "must not be after today"))
    for first, second in spec.checks:
        if item.name == second:
            other = spec.field(first)
            test = f"{_column(first)} is null or {_column(first)} <= {name}"
            told.append((test, f"不能早于或小于“{other.zh}”", f"must not be before or less than '{other.en}'"))
    expressions = [f"({name} is null or ({test}))" for test, _, _ in told]
    for rule in spec.rules:
        if not isinstance(rule, Requires) or item.name not in rule.fields:
            continue
        met, zh, en = [], [], []
        for key, codes in rule.when.items():
            field = spec.field(key)
            listed = ", ".join("'" + code.replace("'", "''") + "'" for code in codes)
            met.append(f"coalesce({_column(key)} in ({listed}), false)")
            zh.append(f"{field.zh}为" + "或".join(field.domain[code]["zh"] for code in codes))
            en.append(f"{field.en} is " + " or ".join(field.domain[code]["en"] for code in codes))
        expressions.append(f"(not ({' and '.join(met)}) or {name} is not null)")
        told.append(("", f"{'且'.join(zh)}时必填", f"is required where {' and '.join(en)}"))
    words = [said_zh if lang == "zh" else said_en for _, said_zh, said_en in told]
    if item.hint and item.pattern:
        words.append(item.hint[lang])
    if not expressions:
        return "", ""
    return " and ".join(expressions), f"{title}: {('；' if lang == 'zh' else '; ').join(words)}"


def _column(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _range(item: FieldSpec) -> list[tuple[str, str, str]]:
    """Return what keeps a number in its range: expression, and words in both languages."""
    name, unit = _column(item.name), f" {item.unit}" if item.unit else ""
    found = []
    if item.minimum is not None:
        found.append((f"{name} >= {item.minimum:g}", f"不小于{item.minimum:g}{unit}", f"at least {item.minimum:g}{unit}"))
    if item.maximum is not None:
        found.append((f"{name} <= {item.maximum:g}", f"不大于{item.maximum:g}{unit}", f"at most {item.maximum:g}{unit}"))
    return found
