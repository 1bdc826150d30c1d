"""The parts of a QGIS style as XML: symbols that stand out from paper and from imagery, labels, categories."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Union
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # nosec B405 - builds, does not parse

Rgb = tuple[int, int, int]
WHITE: Rgb = (255, 255, 255)
GREY: Rgb = (86, 86, 92)
#: Families with Chinese glyphs on Linux, Windows and macOS; QGIS takes the first that is installed.
FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "SimHei", "WenQuanYi Micro Hei")
#: From here on small signs shrink and lose what is drawn inside them (denominators of scales).
DENSE, CROWDED = 60_000, 150_000
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_SCALE = "3x:0,0,0,0,0,0"
#: Hatches: sign -> angles of their lines.
HATCHES: Mapping[str, tuple[int, ...]] = {
    "/": (45,),
    "\\": (135,),
    "-": (0,),
    "|": (90,),
    "x": (45, 135),
    "#": (0, 90),
}
#: Signs strewn over an area -> marker, size in mm, angle, filled.
SIGNS: Mapping[str, tuple[str, float, int, bool]] = {
    ".": ("circle", 0.65, 0, True), "o": ("circle", 1.3, 0, False), "^": ("triangle", 1.4, 0, True),
    "v": ("triangle", 1.4, 180, True), "+": ("cross", 1.5, 0, False), "*": ("cross2", 1.2, 0, False),
    "s": ("square", 1.0, 0, True), "d": ("diamond", 1.4, 0, False), "=": ("line", 1.6, 90, False),
    "w": ("half_arc", 1.6, 0, False), "i": ("line", 1.6, 0, False),
}  # fmt: skip
_GAPS = {"1": 1.9, "2": 2.8, "3": 4.2, "4": 6.5, "5": 9.5}
#: Drawn by us, since QGIS has no simple marker for them; they lie inside the style file.
_DRAWN = {
    "query": "M7.5 8.5a4.5 4.5 0 1 1 6.6 4c-1.400.8-2.100 1.500-2.100 3.200M12 19.400v1",
    "tick": "M4.500 12.500l5 5.500L19.500 6.500",
    "drop": "M12 3.500c3.800 5 5.600 7.800 5.600 11a5.600 5.600 0 0 1-11.200 0c0-3.200 1.800-6 5.600-11z",
    "flame": "M12.500 3.500c.5 4-5.500 6.500-5.500 11.500a5.200 5.200 0 0 0 10.400 0"
    "c0-3-1.800-4.200-1.900-6.500-1.300.9-2 2-2 3.500",
    "fish": "M3.500 12c4-5.500 9.500-5.500 13 0-3.500 5.500-9 5.500-13 0zM16.500 12l4-4v8z",
    "wave": "M3 9.500q3-3.500 6 0t6 0 6 0M3 15.500q3-3.500 6 0t6 0 6 0",
    "bolt": "M13.500 3L6.500 13.500h5L10 21l7.500-11h-5z",
    "fork": "M8 4v16M5.500 4v4.500q0 2 2.500 2t2.500-2V4M17 20V4q-2.500 2.500-2.500 8H17",
    "house": "M4.500 12L12 5l7.500 7M7 11v8.500h10V11",
    "anchor": "M12 7v13M7.500 10.500h9M4.500 14.500q1.500 5.500 7.500 5.500t7.500-5.500M12 7a1.800 1.800 0 1 0-.1 0",
    "shovel": "M5 5l8 8M11 15l4-4q5 2 4.500 8.500Q13 20 11 15z",
    "fan": "M12 12V4q5 1 0 8l7 3.500q-3 4-7-3.500l-7 3.500Q3 12 12 12",
    "bang": "M12 4v10.500M12 18.800v1.200",
    "letter_p": "M8 20V4.500h5a4.300 4.300 0 0 1 0 8.600H8",
    "flag": "M7 21V4h11l-3 3.800 3 3.700H7",
    "paw": "M6 9v.2M18 9v.2M10 5.500v.2M14 5.500v.2M8 17q0-5 4-5t4 5q-1.500 2.500-4 1.200Q9.500 19.500 8 17z",
    "plug": "M9 3.500v5M15 3.500v5M6.500 8.500h11v3.500a5.500 5.500 0 0 1-11 0zM12 17.500V21",
    "pump": "M5.500 20V5h8v15M4 20h11M13.500 10h3v7h2.500V8L16.500 5.500",
    "crane": "M7 20V4.500h12M7 9.500L12 4.500M17 4.500v6M4 20h6",
    "stack": "M6 20V6h3.500v8H18v6zM12.500 8q2-3.500 5-2",
    "eye": "M3 12q9-12 18 0-9 12-18 0zM12 11.900v.2",
    "bin": "M5 7.500h14M7 7.500l1.200 12h7.600L17 7.500M10 4.500h4",
    "truck": "M3 6.500h10v9.500H3zM13 10h4.500l3 3v3H13M7 19v.1M17 19v.1",
    "sprout": "M12 20.500v-9M12 14q-6 .5-7-6.500 6.500 0 7 6.500M12 12q0-6 7-7 0 7-7 7",
    "tower": "M8 20.500l2.500-16h3l2.500 16M9.500 12h5M5.500 7h13",
    "gear": "M12 4v3M12 17v3M4 12h3M17 12h3M6.300 6.300l2 2M15.700 15.700l2 2M17.700 6.300l-2 2"
    "M8.300 15.700l-2 2M12 8.500a3.500 3.500 0 1 0 .1 0",
}  # fmt: skip
DRAWN = frozenset(_DRAWN)


def rgba(colour: Rgb, alpha: int = 255) -> str:
    """Return a colour as QGIS writes it."""
    return ",".join(str(part) for part in (*colour, alpha))


def mixed(colour: Rgb, white: float) -> Rgb:
    """Return a colour with a share of white in it."""
    red, green, blue = (round(part + (255 - part) * white) for part in colour)
    return red, green, blue


# --- symbols ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Area:
    """How a polygon is drawn.

    `fill` with `alpha`, then `pattern` (signs of HATCHES and SIGNS, each with a digit for its gap, 1 dense to 5
    sparse), then a white casing and the outline in `ink` (`line` solid, dash, dot, dash dot or double), and inside
    of it a `band` so many millimetres wide.
    """

    ink: Rgb
    fill: Rgb | None = None
    pattern: str = ""
    line: str = "solid"
    width: float = 0.5
    alpha: int = 60
    band: float = 0.0
    #: how much wider than the outline the white below it is
    casing: float = 0.5


@dataclass(frozen=True)
class Sign:
    """How a point is drawn: a frame in `ink` (full, light or hollow) with a glyph inside."""

    frame: str
    ink: Rgb
    glyph: str = ""
    state: str = "full"
    size: float = 3.6
    turned: int = 0
    glyph_turned: int = 0
    #: shrinks at small scales and drops its glyph
    dense: bool = False
    #: a dark ring outside, for results that lie above other signs
    ringed: bool = False


@dataclass(frozen=True)
class Line:
    """How a line is drawn: a casing, the line in `ink`, on it another in `core`, and signs along it."""

    ink: Rgb
    width: float
    line: str = "solid"
    casing: float = 0.5
    core: Rgb | None = None
    core_line: str = "solid"
    signs: str = ""
    every: float = 6.0
    arrow: bool = False


Symbol = Union[Area, Sign, Line]
UNKNOWN_AREA = Area(GREY, (150, 150, 156), "*3", "dot", 0.4, 40)
UNKNOWN_LINE = Line(GREY, 0.5, "dot")


def unknown(like: Symbol) -> Symbol:
    """Return how what fits no class is drawn: grey, and marked."""
    if isinstance(like, Area):
        return UNKNOWN_AREA
    if isinstance(like, Line):
        return UNKNOWN_LINE
    return Sign(like.frame, GREY, "query", "hollow", like.size, like.turned, 0, like.dense)


def symbol(parent: Element, name: str, what: Symbol) -> None:
    """Write a symbol."""
    kind = {Area: "fill", Sign: "marker", Line: "line"}[type(what)]
    at = SubElement(parent, "symbol", alpha="1", clip_to_extent="1", force_rhr="0", name=name, type=kind)
    if isinstance(what, Area):
        _area(at, name, what)
    elif isinstance(what, Sign):
        _sign(at, what)
    else:
        _line(at, name, what)


def _layer(parent: Element, kind: str, options: Mapping[str, object], level: int = 0) -> Element:
    layer = SubElement(parent, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": str(level)})
    holder = SubElement(layer, "Option", type="Map")
    for name, value in sorted(options.items()):
        SubElement(holder, "Option", name=name, type="QString", value=f"{value}")
    return layer


def _driven(layer: Element, **expressions: str) -> None:
    """Let expressions drive properties of a symbol layer."""
    outer = SubElement(SubElement(layer, "data_defined_properties"), "Option", type="Map")
    SubElement(outer, "Option", name="name", type="QString", value="")
    properties = SubElement(outer, "Option", name="properties", type="Map")
    for name, expression in expressions.items():
        one = SubElement(properties, "Option", name=name, type="Map")
        SubElement(one, "Option", name="active", type="bool", value="true")
        SubElement(one, "Option", name="expression", type="QString", value=expression)
        SubElement(one, "Option", name="type", type="int", value="3")
    SubElement(outer, "Option", name="type", type="QString", value="collection")


def _stroke(
    parent: Element, ink: Rgb, width: float, line: str = "solid", alpha: int = 255, *, level: int = 0,
    inside: bool = False, offset: float = 0.0,
) -> None:  # fmt: skip
    dashes = {
        "dash": "2.4;1.2",
        "dot": "0.5;1",
        "dash dot": "3.2;1;0.5;1",
        "long": "5;1.6",
        "dash dot dot": "3.2;0.9;0.5;0.9;0.5;0.9",
    }
    options: dict[str, object] = {
        "capstyle": "flat" if line in dashes else "round", "joinstyle": "round", "line_color": rgba(ink, alpha),
        "line_style": "solid", "line_width": width, "line_width_unit": "MM", "draw_inside_polygon": int(inside),
        "offset": offset, "offset_unit": "MM", "use_custom_dash": int(line in dashes),
        "customdash": dashes.get(line, "5;2"), "customdash_unit": "MM",
    }  # fmt: skip
    _layer(parent, "SimpleLine", options, level)


def _area(at: Element, name: str, what: Area) -> None:
    fill = what.fill or what.ink
    _layer(at, "SimpleFill", {
        "color": rgba(fill, what.alpha if what.fill else 0), "joinstyle": "round", "offset": "0,0", "offset_unit": "MM",
        "outline_color": rgba(what.ink), "outline_style": "no", "outline_width": what.width,
        "outline_width_unit": "MM", "style": "solid",
    })  # fmt: skip
    signs = [(what.pattern[at], what.pattern[at + 1]) for at in range(0, len(what.pattern), 2)]
    for sign, gap in signs:
        if sign in HATCHES:
            for angle in HATCHES[sign]:
                _hatch(at, name, what.ink, angle, _GAPS[gap])
        else:
            _strewn(at, name, what.ink, sign, _GAPS[gap])
    if what.band:
        _stroke(at, what.ink, what.band * 2, alpha=80, inside=True)
    if what.casing:
        _stroke(at, WHITE, round(what.width + what.casing, 2), alpha=215)
    if what.line == "double":
        _stroke(at, what.ink, what.width + 0.7)
        _stroke(at, WHITE, what.width)
        _stroke(at, what.ink, what.width * 0.35)
    else:
        _stroke(at, what.ink, what.width, what.line)


def _sub(layer: Element, owner: Element, name: str, kind: str) -> Element:
    number = len([one for one in owner if one.tag == "layer"]) - 1
    return SubElement(
        layer, "symbol", alpha="1", clip_to_extent="1", force_rhr="0", name=f"@{name}@{number}", type=kind
    )


def _hatch(at: Element, name: str, ink: Rgb, angle: int, gap: float) -> None:
    # Moved off the edge, so that the small sample in a legend shows a line.
    offset = min(1.2, gap / 2)
    layer = _layer(at, "LinePatternFill", {
        "angle": angle, "color": rgba(ink), "distance": gap, "distance_unit": "MM", "line_width": 0,
        "line_width_unit": "MM", "offset": offset, "offset_unit": "MM", "outline_width_unit": "MM",
    })  # fmt: skip
    sub = _sub(layer, at, name, "line")
    # The white beneath keeps a dark hatch readable on a dark photograph.
    _stroke(sub, WHITE, 0.45, alpha=110)
    _stroke(sub, ink, 0.2, alpha=235)


def _strewn(at: Element, name: str, ink: Rgb, sign: str, gap: float) -> None:
    layer = _layer(at, "PointPatternFill", {
        "displacement_x": gap / 2, "displacement_x_unit": "MM", "displacement_y": 0, "displacement_y_unit": "MM",
        "distance_x": gap, "distance_x_unit": "MM", "distance_y": gap, "distance_y_unit": "MM",
        "offset_x": 1.2, "offset_x_unit": "MM", "offset_y": 1.2, "offset_y_unit": "MM",
    })  # fmt: skip
    sub = _sub(layer, at, name, "marker")
    shape, size, angle, filled = SIGNS[sign]
    open_shape = shape in ("cross", "cross2", "line", "half_arc")
    if open_shape:
        _marker(sub, shape, size, rgba(WHITE, 0), rgba(WHITE, 130), 0.5, angle)
        _marker(sub, shape, size, rgba(WHITE, 0), rgba(ink, 235), 0.22, angle)
    elif filled:
        _marker(sub, shape, size, rgba(ink, 235), rgba(WHITE, 150), 0.15, angle)
    else:
        _marker(sub, shape, size, rgba(WHITE, 90), rgba(ink, 235), 0.2, angle)


def _marker(
    parent: Element, shape: str, size: float, colour: str, outline: str, width: float, angle: int = 0, level: int = 0
) -> Element:
    return _layer(parent, "SimpleMarker", {
        "angle": angle, "color": colour, "horizontal_anchor_point": 1, "joinstyle": "round", "cap_style": "round",
        "name": shape, "offset": "0,0", "offset_unit": "MM", "outline_color": outline, "outline_style": "solid",
        "outline_width": width, "outline_width_unit": "MM", "scale_method": "diameter", "size": f"{size:g}",
        "size_unit": "MM", "vertical_anchor_point": 1,
    }, level)  # fmt: skip


def _sign(at: Element, what: Sign) -> None:
    full = what.state == "full"
    if what.ringed:
        _marker(at, what.frame, what.size + 1.2, rgba(WHITE), rgba((48, 48, 54)), 0.3, what.turned)
    colour = {"full": what.ink, "light": mixed(what.ink, 0.77), "hollow": WHITE}[what.state]
    frame = _marker(
        at, what.frame, what.size, rgba(colour), rgba(WHITE if full else what.ink), 0.4 if full else 0.45, what.turned
    )
    if what.dense:
        size = what.size
        # Without a feature, in a legend, a sign is drawn in full.
        shrunk = f"if(@map_scale > {CROWDED}, {size * 0.5:.2f}, if(@map_scale > {DENSE}, {size * 0.7:.2f}, {size:g}))"
        _driven(frame, size=f"if($id is null, {size:g}, {shrunk})")
    if not what.glyph:
        return
    ink = WHITE if full else what.ink
    if what.glyph in _DRAWN:
        stroke = "#{:02x}{:02x}{:02x}".format(*ink)
        drawing = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24">'
            f'<path d="{_DRAWN[what.glyph]}"'
            f' fill="none" stroke="{stroke}" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>'
        )
        glyph = _layer(at, "SvgMarker", {
            "angle": 0, "color": rgba(ink), "fixedAspectRatio": 0, "horizontal_anchor_point": 1,
            "name": "base64:" + base64.b64encode(drawing.encode()).decode(), "offset": "0,0", "offset_unit": "MM",
            "outline_color": rgba(ink), "outline_width": 0, "outline_width_unit": "MM", "parameters": "",
            "scale_method": "diameter", "size": f"{what.size * 0.68:.2f}", "size_unit": "MM",
            "vertical_anchor_point": 1,
        })  # fmt: skip
    else:
        line = what.glyph in ("cross", "cross2", "line", "half_arc", "arrowhead", "arrow")
        scale = 0.42 if line else 0.34
        fill = rgba(ink, 0) if line else rgba(ink)
        glyph = _marker(
            at, what.glyph, round(what.size * scale, 2), fill, rgba(ink), 0.4 if line else 0.1, what.glyph_turned
        )
    if what.dense:
        _driven(glyph, enabled=f"$id is null or coalesce(@map_scale, 1) <= {DENSE}")


def _line(at: Element, name: str, what: Line) -> None:
    if what.casing:
        _stroke(at, WHITE, round(what.width + what.casing, 2), alpha=225)
    _stroke(at, what.ink, what.width, what.line, level=1)
    if what.core is not None:
        _stroke(at, what.core, round(what.width * 0.55, 2), what.core_line, level=2)
    if what.signs or what.arrow:
        layer = _layer(at, "MarkerLine", {
            "interval": what.every, "interval_unit": "MM", "offset": 0, "offset_along_line": what.every / 2,
            "offset_along_line_unit": "MM", "offset_unit": "MM", "placement": "interval", "rotate": 1,
        }, 3)  # fmt: skip
        sub = _sub(layer, at, name, "marker")
        if what.arrow:
            _marker(sub, "filled_arrowhead", max(1.6, what.width * 2.4), rgba(what.ink), rgba(WHITE), 0.15)
        else:
            shape, size, angle, filled = SIGNS[what.signs]
            _marker(sub, shape, size * 1.3, rgba(what.ink if filled else WHITE), rgba(what.ink), 0.3, angle)


# --- labels -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Label:
    """Text at features: an expression over fields, shown from a scale on (its denominator) and closer."""

    text: str
    scale: int
    ink: Rgb = GREY
    size: float = 8.5
    bold: bool = False
    italic: bool = False
    #: curved along a line, beside a point, horizontal in an area
    place: str = "point"
    priority: int = 5
    distance: float = 2.2
    spaced: float = 0.0


def _labels(root: Element, label: Label) -> None:
    settings = SubElement(SubElement(root, "labeling", type="simple"), "settings", calloutType="simple")
    plain = label.text.isidentifier()
    text = SubElement(settings, "text-style", {
        "allowHtml": "0", "blendMode": "0", "capitalization": "0", "fieldName": label.text, "fontFamily": FONTS[0],
        "fontItalic": str(int(label.italic)), "fontKerning": "1", "fontLetterSpacing": f"{label.spaced:g}",
        "fontSize": f"{label.size:g}", "fontSizeMapUnitScale": _SCALE, "fontSizeUnit": "Point", "fontStrikeout": "0",
        "fontUnderline": "0", "fontWeight": "75" if label.bold else "50", "fontWordSpacing": "0",
        "isExpression": str(int(not plain)), "legendString": "Aa", "multilineHeight": "1", "namedStyle": "",
        "previewBkgrdColor": rgba(WHITE), "textColor": rgba(label.ink), "textOpacity": "1",
        "textOrientation": "horizontal", "useSubstitutions": "0",
    })  # fmt: skip
    families = SubElement(text, "families")
    for family in FONTS:
        SubElement(families, "family", name=family)
    SubElement(text, "text-buffer", {
        "bufferBlendMode": "0", "bufferColor": rgba(WHITE, 230), "bufferDraw": "1", "bufferJoinStyle": "128",
        "bufferNoFill": "1", "bufferOpacity": "1", "bufferSize": "0.9", "bufferSizeMapUnitScale": _SCALE,
        "bufferSizeUnits": "MM",
    })  # fmt: skip
    SubElement(settings, "text-format", {
        "addDirectionSymbol": "0", "autoWrapLength": "0", "decimals": "3", "formatNumbers": "0",
        "multilineAlign": "3", "plussign": "0", "useMaxLineLengthForAutoWrap": "1", "wrapChar": "",
    })  # fmt: skip
    # Kinds of placement as QgsPalLayerSettings counts them: horizontal 4, curved 3, cartographic 6.
    # A label that does not fit into its polygon may stand beside it: polygonPlacementFlags 1 and 2.
    kind = {"area": "4", "line": "3", "point": "6"}[label.place]
    SubElement(settings, "placement", {
        "centroidInside": "1", "centroidWhole": "0", "dist": f"{label.distance:g}" if label.place == "point" else "0",
        "distMapUnitScale": _SCALE, "distUnits": "MM", "fitInPolygonOnly": "0", "maxCurvedCharAngleIn": "25",
        "maxCurvedCharAngleOut": "-25", "offsetType": "1", "placement": kind,
        "placementFlags": "9" if label.place == "line" else "10", "polygonPlacementFlags": "3",
        "predefinedPositionOrder": "R,TR,BR,TSR,BSR,L,TL,BL", "preserveRotation": "1", "priority": str(label.priority),
        "quadOffset": "5", "repeatDistance": "90" if label.place == "line" else "0",
        "repeatDistanceMapUnitScale": _SCALE,
        "repeatDistanceUnits": "MM",
    })  # fmt: skip
    SubElement(settings, "rendering", {
        "displayAll": "0", "drawLabels": "1", "fontLimitPixelSize": "0", "labelPerPart": "0", "limitNumLabels": "1",
        "maxNumLabels": "2000", "mergeLines": str(int(label.place == "line")), "minFeatureSize": "0", "obstacle": "1",
        "obstacleFactor": "1", "obstacleType": "1", "scaleMax": str(label.scale), "scaleMin": "0",
        "scaleVisibility": "1", "unplacedVisibility": "0", "upsidedownLabels": "0", "zIndex": "0",
    })  # fmt: skip


# --- the whole style ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Style:
    """One layer's style: a symbol for all, or one for each value of an attribute (a field or an expression)."""

    single: Symbol | None = None
    attribute: str = ""
    #: (value, Chinese title, symbol); the value "" stands for everything else
    classes: Sequence[tuple[str, str, Symbol]] = ()
    label: Label | None = None
    #: an expression; what is greater is drawn later
    order: str = ""
    levels: bool = False
    #: denominator of the smallest scale at which the layer is drawn; 0 for always
    smallest: int = 0

    @property
    def symbols(self) -> list[Symbol]:
        """All symbols, in the order of the legend."""
        return [self.single] if self.single is not None else [one for _, _, one in self.classes]


def document(style: Style) -> str:
    """Return a style as the text of a .qml file."""
    flags = {
        "hasScaleBasedVisibilityFlag": str(int(bool(style.smallest))),
        "labelsEnabled": str(int(style.label is not None)),
        "maxScale": "0", "minScale": str(style.smallest or 100000000), "simplifyAlgorithm": "0",
        "simplifyDrawingHints": "0" if isinstance(style.symbols[0], Sign) else "1", "simplifyDrawingTol": "1",
        "simplifyLocal": "1", "simplifyMaxScale": "1", "styleCategories": "Symbology|Labeling|Rendering",
        "symbologyReferenceScale": "-1", "version": "3.22.0",
    }  # fmt: skip
    root = Element("qgis", flags)
    common = {
        "enableorderby": str(int(bool(style.order))), "forceraster": "0", "referencescale": "-1",
        "symbollevels": str(int(style.levels)),
    }  # fmt: skip
    if style.single is not None:
        renderer = SubElement(root, "renderer-v2", {**common, "type": "singleSymbol"})
    else:
        renderer = SubElement(root, "renderer-v2", {**common, "attr": style.attribute, "type": "categorizedSymbol"})
        categories = SubElement(renderer, "categories")
        for number, (value, title, _) in enumerate(style.classes):
            SubElement(categories, "category", label=title, render="true", symbol=str(number), value=value)
    symbols = SubElement(renderer, "symbols")
    for number, one in enumerate(style.symbols):
        symbol(symbols, str(number), one)
    if style.order:
        clause = SubElement(SubElement(renderer, "orderby"), "orderByClause", asc="1", nullsFirst="1")
        clause.text = style.order
    if style.label is not None:
        _labels(root, style.label)
    SubElement(root, "blendMode").text = "0"
    SubElement(root, "featureBlendMode").text = "0"
    SubElement(root, "layerOpacity").text = "1"
    kind = {Sign: "0", Line: "1", Area: "2"}[type(style.symbols[0])]
    SubElement(root, "layerGeometryType").text = kind
    indent(root, " ")
    return _DOCTYPE + tostring(root, encoding="unicode") + "\n"
