"""The tabs of an attribute form, as QGIS style XML: groups of fields, and the size of what is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement  # nosec B405: builds, does not parse

from ..engine.catalog import STORE_COLUMNS, LayerSpec

#: The fields that every layer has, by tab.
_BASE_TABS = (
    (
        {"zh": "依据与时效", "en": "Document and validity"},
        (
            "document_no", "document_date", "valid_from", "valid_to", "life_state", "adjusts_uid",
            "cancel_document_no", "cancel_document_date",
        ),
    ),
    (
        {"zh": "来源与记录", "en": "Source and record"},
        ("accuracy_m", "provenance", "source", "source_fields", "remark", "uid", "edited_by", "edited_at"),
    ),
)  # fmt: skip
_OWN = {"zh": "基本信息", "en": "General"}
_REST = {"zh": "其他", "en": "Other"}
_SIZE = {"zh": "面积与周长", "en": "Area and perimeter"}
_LENGTH = {"zh": "长度", "en": "Length"}
#: The CGCS2000 3-degree zone of a place in degrees, without zone prefix: EPSG:4534 is that of 75 E.
_ZONE = "'EPSG:' || to_string(4509 + to_int(round(x(centroid($geometry)) / 3)))"
_FLAT = f"transform($geometry, 'EPSG:4490', {_ZONE})"


def add_layout(root: Element, spec: LayerSpec, lang: str) -> None:
    """Write the tabs of a layer's form into a style document."""
    SubElement(root, "editorlayout").text = "tablayout"
    form = SubElement(root, "attributeEditorForm")
    order = ("fid", *spec.field_names, *STORE_COLUMNS[1:])
    for number, (title, names) in enumerate(_tabs(spec, lang)):
        tab = SubElement(
            form, "attributeEditorContainer", name=title, groupBox="0", columnCount="1", showLabel="1",
            visibilityExpressionEnabled="0", visibilityExpression="",
        )  # fmt: skip
        for name in names:
            SubElement(tab, "attributeEditorField", name=name, index=str(order.index(name)), showLabel="1")
        if number == 0 and spec.geometry != "Point":
            words = _SIZE if spec.geometry == "MultiPolygon" else _LENGTH
            box = SubElement(
                tab, "attributeEditorContainer", name=words[lang], groupBox="1", columnCount="1", showLabel="1",
                visibilityExpressionEnabled="0", visibilityExpression="",
            )  # fmt: skip
            page = SubElement(box, "attributeEditorHtmlElement", name=words[lang], showLabel="0")
            page.text = _page(spec.geometry, lang)
    editable = SubElement(root, "editable")
    for name in order:
        SubElement(editable, "field", name=name, editable="0" if name in STORE_COLUMNS else "1")


def _tabs(spec: LayerSpec, lang: str) -> Iterator[tuple[str, list[str]]]:
    named = {name for group in spec.groups for name in group.fields}
    base = {name for _, names in _BASE_TABS for name in names}
    rest = [name for name in spec.field_names if name not in named and name not in base]
    for group in spec.groups:
        yield group.title(lang), list(group.fields)
    if rest:
        yield (_REST if spec.groups else _OWN)[lang], rest
    for titles, names in _BASE_TABS:
        here = [name for name in names if name in spec.field_names or name in STORE_COLUMNS]
        here = [name for name in here if name not in named]
        if here:
            yield titles[lang], here


def _page(geometry: str, lang: str) -> str:
    """Return the page that shows how large the drawn geometry is, on the ellipsoid and in its 3-degree zone."""
    zh = lang == "zh"
    if geometry == "MultiPolygon":
        rows = [
            ("椭球面积" if zh else "Ellipsoidal area", _areas("$area", lang)),
            ("投影面积(CGCS2000三度带)" if zh else "Projected area (CGCS2000 3-degree zone)", _areas(f"area({_FLAT})", lang)),
            ("周长(椭球/投影)" if zh else "Perimeter (ellipsoidal / projected)", _both("$perimeter", f"perimeter({_FLAT})")),
        ]
    else:
        rows = [("长度(椭球/投影)" if zh else "Length (ellipsoidal / projected)", _both("$length", f"length({_FLAT})"))]
    said = " || '<br>' || ".join(f"'{title}: ' || {expression}" for title, expression in rows)
    units = "请把工程的单位设为米和平方米" if zh else "set the units of the project to metres and square metres"
    # QGIS names its units in the user's language; what is measured says in which units it is.
    pairs = {"$area": f"area({_FLAT})", "$perimeter": f"perimeter({_FLAT})"}
    pairs = pairs if geometry == "MultiPolygon" else {"$length": f"length({_FLAT})"}
    metric = " and ".join(f"abs({own} / {flat} - 1) < 0.01" for own, flat in pairs.items())
    empty = "尚未绘制" if zh else "not drawn yet"
    expression = f"case when not ({metric}) then '{units}' else coalesce({said}, '{empty}') end"
    return (
        '<div style="font-family: sans-serif; font-size: 10pt; line-height: 150%">'
        f'<script>document.write(expression.evaluate("{expression}"));</script></div>'
    )


def _areas(value: str, lang: str) -> str:
    hectare, mu = ("公顷", "亩") if lang == "zh" else ("ha", "mu")
    return (
        f"format_number({value}, 1) || ' m² = ' || format_number({value} / 10000, 4) || ' {hectare} = '"
        f" || format_number({value} * 0.0015, 2) || ' {mu}'"
    )


def _both(first: str, second: str) -> str:
    return f"format_number({first}, 1) || ' m / ' || format_number({second}, 1) || ' m'"
