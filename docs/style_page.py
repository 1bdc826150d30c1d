"""The text of docs/styles.md: how the map is drawn and why, and every class of every layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from style_palette import OTHER
from style_parts import HATCHES, SIGNS, Label, Line, Sign, Style, Symbol

from envzones.plugin.engine.catalog import Catalog, LayerSpec

_HEAD = """# How the map is drawn

Written by `docs/style_files.py` from the tables beside it, which also draw the `.qml` files
in `layers/` and `resources/styles/`. Change a style in QGIS and save it as `<layer>.qml` in your profile's folder
`envzones/layers/<theme>/` (results: `envzones/resources/styles/`): your copy wins; see [own-layers.md](own-layers.md).

## Rules of the family

- **Colour is never alone.** Classes of one layer differ in pattern, outline or fill of the sign as well; any two
  classes of all layers differ in form, or by CIEDE2000 of 8 and more for normal eyes, protanopia, deuteranopia and
  tritanopia (simulated after Machado, Oliveira and Fernandes, 2009).
- **Levels of drinking water** are red (primary), amber with a hatch (secondary) and blue with a broken outline
  (quasi).
- **Signs of a theme share their frame**: drinking water circles, heat squares, machinery hexagons, rivers
  triangles, problems diamonds, follow-up stars, facilities octagons; context has pentagons, monitoring stations
  pentagons upside down. What is open or in use is full, what is under way light, what is over hollow.
- **What fits no class** is drawn too: grey, with crosses, dots or a question mark, and called "Not filled in or
  unknown".
- **Paper and photographs.** Outlines, signs and labels have a contrast of 4.5 to 1 or more against white; a white
  casing below outlines and lines, and a white edge round signs, keep 2 to 1 or more against forest, soil, roofs,
  fields and water. Fills of zones that cover a town are thin.
- **Names** show from a scale on: what one finds the way by from 1:400 000 or 1:200 000, zones from 1:100 000, small
  things from 1:25 000; they never lie on each other. Small signs shrink beyond 1:60 000 and 1:150 000 and drop what
  is inside.
- **Fonts**: the first of Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, SimHei and WenQuanYi
  Micro Hei that is installed.
- **Results** lie above: larger, in a ring or with a wider outline. The severities of a suitable area are told apart
  by every reader, in the raster without a pattern too.

`tests/engine/test_palette.py` and `tests/qgis/test_styles.py` hold the files to this.
"""
_PATTERNS = {
    "/": "hatch rising", "\\": "hatch falling", "-": "level hatch", "|": "upright hatch", "x": "cross-hatch",
    "#": "grid",
    ".": "dots", "o": "rings", "^": "triangles", "v": "triangles upside down", "+": "plus signs", "*": "crosses",
    "s": "squares", "d": "diamonds", "=": "level strokes", "w": "arcs", "i": "upright strokes",
}  # fmt: skip
_GAPS = {"1": "very dense ", "2": "dense ", "3": "", "4": "sparse ", "5": "very sparse "}


def page(layers: Mapping[str, Style], results: Mapping[str, Style], catalog: Catalog) -> str:
    """Return the page."""
    lines = [_HEAD]
    for theme in catalog.themes.values():
        specs = [spec for spec in catalog.of_theme(theme.name) if spec.name in layers]
        if specs:
            lines += [f"## {theme.zh} {theme.en}", "", "| layer | class | drawn as | names |", "|---|---|---|---|"]
            lines += [row for spec in specs for row in _rows(spec, layers[spec.name])]
            lines.append("")
    lines += ["## Results", "", "| style | class | drawn as | names |", "|---|---|---|---|"]
    for name, style in results.items():
        lines += list(_table(f"`{name}`", style, {}))
    return "\n".join(lines) + "\n"


def _rows(spec: LayerSpec, style: Style) -> Iterator[str]:
    titles = {}
    if style.attribute in spec.field_names:
        titles = {
            code: f"{both['zh']} {both['en']}" for code, both in (spec.field(style.attribute).domain or {}).items()
        }
    yield from _table(f"{spec.zh} `{spec.name}`", style, titles)


def _table(name: str, style: Style, titles: Mapping[str, str]) -> Iterator[str]:
    names = _names(style.label)
    if style.single is not None:
        yield f"| {name} | | {_words(style.single)} | {names} |"
        return
    for number, (value, title, symbol) in enumerate(style.classes):
        if title == OTHER:
            continue  # all alike: told above
        called = titles.get(value) or f"{title} `{value}`".replace(" ``", "").strip()
        yield f"| {'' if number else name} | {called} | {_words(symbol)} | {'' if number else names} |"


def _names(label: Label | None) -> str:
    return "" if label is None else f"from 1:{label.scale:,}".replace(",", " ")


def _hex(colour: tuple[int, int, int]) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)


def _words(what: Symbol) -> str:
    """Say how something is drawn."""
    if isinstance(what, Sign):
        inside = "" if not what.glyph else f", {what.glyph.replace('_', ' ')} inside"
        turned = " upside down" if what.turned == 180 else ""
        return f"{what.state} {what.frame.replace('_', ' ')}{turned} {_hex(what.ink)}{inside}"
    if isinstance(what, Line):
        core = "" if what.core is None else f", {what.core_line} core {_hex(what.core)}"
        signs = "" if not what.signs else f", {_PATTERNS[what.signs]} along it"
        return f"{what.line} line {what.width:g} mm {_hex(what.ink)}{core}{signs}{', arrows' if what.arrow else ''}"
    pairs = [(what.pattern[at], what.pattern[at + 1]) for at in range(0, len(what.pattern), 2)]
    signs = "".join(f", {_GAPS[gap]}{_PATTERNS[sign]}" for sign, gap in pairs if sign in HATCHES or sign in SIGNS)
    fill = "no fill" if what.fill is None else f"fill {_hex(what.fill)} at {round(what.alpha / 2.55)} %"
    band = "" if not what.band else f", band {what.band:g} mm inside"
    return f"{fill}{signs}, {what.line} outline {what.width:g} mm {_hex(what.ink)}{band}"
