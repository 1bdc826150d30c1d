"""The styles as a colour-blind reader, a black-and-white printer and a satellite photograph see them.

Read from the .qml files themselves, without QGIS.  Colour difference is CIEDE2000 (checked against the test data of
Sharma, Wu and Dalal, 2005); colour blindness is simulated with the matrices of Machado, Oliveira and Fernandes (2009,
severity 1); contrast is that of WCAG 2.1.
"""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.exchange.write_colours import look

ROOT = Path(__file__).resolve().parents[2]
CATALOG = load_catalog()
RESULTS = {
    path.stem: path for path in sorted((ROOT / "resources" / "styles").glob("*.qml")) if "raster" not in path.stem
}
STYLES = {name: spec.style for name, spec in CATALOG.items() if spec.style is not None}
#: Two fills count as different from here on, where pattern and outline do not tell them apart already.
DIFFERENT = 8.0
#: Of outlines, signs and text against paper (WCAG 1.4.3 asks it of text).
ON_PAPER = 4.5
#: Of the better one of outline and casing against a photograph.
ON_IMAGERY = 2.0
IMAGERY = {
    "forest": (38, 58, 32),
    "soil": (118, 96, 66),
    "grey roof": (160, 160, 155),
    "water": (30, 52, 60),
    "bright field": (196, 184, 150),
    "grass": (96, 122, 64),
}
_SEEN = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
Rgb = tuple


# --- reading --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Drawn:
    """What a symbol consists of: its name in the legend, the colours that tell it, and its form without colour."""

    layer: str
    value: str
    kind: str
    fill: tuple[int, ...]
    ink: tuple[int, ...]
    light: tuple[int, ...]
    form: tuple[object, ...]


def options(layer: ElementTree.Element) -> dict[str, str]:
    return {one.get("name"): one.get("value", "") for one in layer.find("Option")}


def colour(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",")[:4])


def symbols(name: str, path: Path) -> list[Drawn]:
    renderer = ElementTree.parse(path).getroot().find("renderer-v2")
    called = {one.get("symbol"): one.get("value") for one in renderer.iterfind("categories/category")}
    return [read(name, called.get(one.get("name"), "*"), one) for one in renderer.iterfind("symbols/symbol")]


def read(layer: str, value: str, symbol: ElementTree.Element) -> Drawn:
    kind = symbol.get("type")
    parts = [(one.get("class"), options(one), one) for one in symbol.findall("layer")]
    if kind == "marker":
        return marker(layer, value, parts)
    strokes = [(colour(o["line_color"]), float(o["line_width"]), o) for c, o, _ in parts if c == "SimpleLine"]
    casing = [c for c, _, _ in strokes if min(c[:3]) >= 250]
    own = [(c, w, o) for c, w, o in strokes if min(c[:3]) < 250 and o["draw_inside_polygon"] != "1"]
    dash = own[0][2]["customdash"] if own[0][2]["use_custom_dash"] == "1" else "solid"
    form: list[object] = [dash, len(own), len(casing)]
    form.append(any(o["draw_inside_polygon"] == "1" for _, _, o in strokes))
    for sort, o, element in parts:
        if sort == "LinePatternFill":
            form.append(("hatch", o["angle"], float(o["distance"])))
        elif sort in ("PointPatternFill", "MarkerLine"):
            inner = options(element.find("symbol/layer"))
            gap = float(o.get("distance_x") or o.get("interval"))
            form.append((inner["name"], inner["angle"], colour(inner["color"])[3] > 200, gap))
    fill = colour(parts[0][1]["color"]) if parts[0][0] == "SimpleFill" else own[0][0]
    if kind == "line":
        form.append(own[0][1])
    for core, _, o in (
        one for one in strokes[1:] if kind == "line" and one[0] != own[0][0] and one is not strokes[0]
    ):
        fill = core
        form.append(("core", o["customdash"] if o["use_custom_dash"] == "1" else "solid"))
    return Drawn(layer, value, kind, fill, own[0][0], casing[0] if casing else fill, tuple(form))


def marker(layer: str, value: str, parts: list) -> Drawn:
    frames = [o for sort, o, _ in parts if sort == "SimpleMarker"]
    # A ring lies beneath the frame: the same shape, a little larger, white.
    sizes = [float(o["size"]) for o in frames[:2]]
    ringed = len(frames) > 1 and frames[0]["name"] == frames[1]["name"] and sizes[1] > 0.7 * sizes[0]
    frame = frames[int(ringed)]
    at = int(ringed)
    glyphs = tuple((o["name"], o["angle"]) for _, o, _ in parts[at + 1 :])
    fill, edge = colour(frame["color"]), colour(frame["outline_color"])
    dark, light = sorted((fill, edge), key=luminance)
    level = "full" if luminance(fill) < luminance(edge) else "hollow" if fill[:3] == (255, 255, 255) else "light"
    return Drawn(layer, value, "marker", fill, dark, light, (frame["name"], frame["angle"], level, *glyphs))


# --- seeing ---------------------------------------------------------------------------------------------


def linear(rgb: tuple) -> np.ndarray:
    part = np.asarray(rgb[:3], float) / 255.0
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def luminance(rgb: tuple) -> float:
    return float(linear(rgb) @ [0.2126, 0.7152, 0.0722])


def contrast(one: tuple, other: tuple) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def over(top: tuple, ground: tuple) -> tuple[float, ...]:
    share = (top[3] if len(top) > 3 else 255) / 255.0
    return tuple(a * share + b * (1.0 - share) for a, b in zip(top[:3], ground[:3], strict=False))


def lab(rgb: tuple, seen: str) -> tuple[float, float, float]:
    """Return CIE L*a*b* (D65) of an sRGB colour as somebody sees it."""
    light = np.clip(_SEEN[seen] @ linear(rgb), 0.0, 1.0)
    xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    x, y, z = (xyz @ light) / [0.95047, 1.0, 1.08883]
    f = [v ** (1 / 3) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116 for v in (x, y, z)]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def ciede2000(one: tuple, other: tuple) -> float:
    """Return the colour difference of two L*a*b* colours (Sharma, Wu and Dalal, 2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = ((math.hypot(a1, b1) + math.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - math.sqrt(mean / (mean + 25.0**7)))
    c1, c2 = math.hypot(a1 * (1 + g), b1), math.hypot(a2 * (1 + g), b2)
    h1, h2 = (math.degrees(math.atan2(b, a * (1 + g))) % 360 for a, b in ((a1, b1), (a2, b2)))
    dl, dc = l2 - l1, c2 - c1
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    dh = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    if c1 * c2 == 0:
        hm = h1 + h2
    elif abs(h1 - h2) <= 180:
        hm = (h1 + h2) / 2
    else:
        hm = (h1 + h2 + 360) / 2 if h1 + h2 < 360 else (h1 + h2 - 360) / 2
    cos = [math.cos(math.radians(angle)) for angle in (hm - 30, 2 * hm, 3 * hm + 6, 4 * hm - 63)]
    t = 1 - 0.17 * cos[0] + 0.24 * cos[1] + 0.32 * cos[2] - 0.20 * cos[3]
    sl = 1 + 0.015 * (lm - 50) ** 2 / math.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    rc = 2 * math.sqrt(cm**7 / (cm**7 + 25.0**7))
    rt = -math.sin(math.radians(60 * math.exp(-(((hm - 275) / 25) ** 2)))) * rc
    return math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * dc / sc * dh / sh)


def apart(one: Drawn, other: Drawn) -> float:
    """Return how far the worst-off reader sees two symbols apart on paper, by fill or by outline."""
    paper = (255, 255, 255)
    return min(
        max(
            ciede2000(lab(over(one.fill, paper), seen), lab(over(other.fill, paper), seen)),
            ciede2000(lab(one.ink, seen), lab(other.ink, seen)),
        )
        for seen in _SEEN
    )


ALL = [drawn for name, path in STYLES.items() for drawn in symbols(name, path)]
RESULT = [drawn for name, path in RESULTS.items() for drawn in symbols(name, path)]


# --- the tools themselves -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (61, -5, 29), 22.8977),
        ((50, 2.5, 0), (56, -27, -3), 31.9030),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_colour_difference_is_that_of_the_published_pairs(one: tuple, other: tuple, wanted: float) -> None:
    assert ciede2000(one, other) == pytest.approx(wanted, abs=5e-5)


def test_simulated_eyes_keep_grey_and_lose_red_and_green() -> None:
    for seen in _SEEN:
        assert ciede2000(lab((128, 128, 128), seen), lab((128, 128, 128), "all cones")) < 0.5
    red, green = (200, 90, 60), (122, 130, 50)
    assert ciede2000(lab(red, "all cones"), lab(green, "all cones")) > 2 * ciede2000(
        lab(red, "deuteranopia"), lab(green, "deuteranopia")
    )
    assert contrast((255, 255, 255), (0, 0, 0)) == pytest.approx(21.0)


def test_files_and_page_are_those_of_the_table() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "style_files.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"run docs/style_files.py: {done.stderr}"


# --- classes of one layer -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(STYLES))
def test_classes_of_a_layer_differ_without_colour(name: str) -> None:
    drawn = symbols(name, STYLES[name])
    same = [(a.value, b.value) for a, b in combinations(drawn, 2) if a.form == b.form]
    assert not same


@pytest.mark.parametrize("name", [name for name in RESULTS if not name.startswith(("suitable", "clause_area"))])
def test_classes_of_a_result_differ_without_colour(name: str) -> None:
    drawn = symbols(name, RESULTS[name])
    same = [
        (a.value, b.value)
        for a, b in combinations(drawn, 2)
        if a.form == b.form and abs(lab(a.ink, "all cones")[0] - lab(b.ink, "all cones")[0]) < 12.0
    ]
    assert not same


def test_severities_differ_for_every_reader_in_polygons_and_in_the_raster() -> None:
    drawn = symbols("suitable_polygon", RESULTS["suitable_polygon"])
    fills = [one.fill[:3] for one in drawn]
    raster = ElementTree.parse(ROOT / "resources" / "styles" / "suitable_raster.qml").getroot()
    painted = [tuple(bytes.fromhex(one.get("color")[1:])) for one in raster.iter("paletteEntry")]
    assert sorted(painted) == sorted(fills)
    worst = min(ciede2000(lab(a, seen), lab(b, seen)) for seen in _SEEN for a, b in combinations(painted, 2))
    assert worst >= DIFFERENT
    assert {one.value for one in drawn if len(one.form) > 4} == {
        one.value for one in drawn if "_open" in one.value
    } | {"outside"}


# --- layers among each other ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["fill", "line", "marker"])
def test_symbols_of_all_layers_differ_in_form_or_for_every_reader_in_colour(kind: str) -> None:
    drawn = [one for one in ALL if one.kind == kind and one.value]
    confused = [
        f"{a.layer}/{a.value} {b.layer}/{b.value} {apart(a, b):.1f}"
        for a, b in combinations(drawn, 2)
        if a.form == b.form and apart(a, b) < DIFFERENT
    ]
    assert not confused


def test_levels_of_drinking_water_are_red_amber_and_blue_apart_for_every_reader() -> None:
    zones = {one.value: one for one in ALL if one.layer == "drinking_water_zone"}
    primary, secondary, quasi = (zones[level].ink for level in ("primary", "secondary", "quasi"))
    assert primary[0] > 2 * max(primary[1:3]) and quasi[2] > quasi[1] > quasi[0]
    assert secondary[0] > secondary[1] > secondary[2] and secondary[1] > secondary[0] / 3
    for one, other in combinations(("primary", "secondary", "quasi"), 2):
        assert apart(zones[one], zones[other]) >= DIFFERENT and zones[one].form != zones[other].form


def test_signs_of_a_theme_share_their_frame_and_themes_do_not() -> None:
    frames: dict[str, set[str]] = {}
    for one in ALL:
        if one.kind == "marker":
            frames.setdefault(CATALOG[one.layer].theme, set()).add(str(one.form[0]))
    shared = {theme: found for theme, found in frames.items() if theme != "context"}
    assert all(len(found) == 1 for found in shared.values()), shared
    assert len({next(iter(found)) for found in shared.values()}) == len(shared)


@pytest.mark.parametrize("drawn", [one for one in ALL if one.value == ""], ids=lambda one: one.layer)
def test_what_fits_no_class_is_grey_and_marked(drawn: Drawn) -> None:
    assert max(drawn.ink[:3]) - min(drawn.ink[:3]) <= 10
    if drawn.kind == "fill":
        assert drawn.form[-1][0] == "cross2" and drawn.form[0] != "solid"
    elif drawn.kind == "marker":
        assert drawn.form[-1][0].startswith("base64:") and drawn.form[2] == "hollow"
    else:
        assert drawn.form[0] != "solid"


def test_every_layer_with_classes_draws_what_fits_none() -> None:
    classed = {one.layer for one in ALL if one.value not in ("", "*")}
    assert classed <= {one.layer for one in ALL if one.value == ""}


# --- on paper and over imagery --------------------------------------------------------------------------


@pytest.mark.parametrize("drawn", [*ALL, *RESULT], ids=lambda one: f"{one.layer}-{one.value}")
def test_outlines_read_on_paper_and_over_imagery(drawn: Drawn) -> None:
    assert contrast(drawn.ink, (255, 255, 255)) >= ON_PAPER
    if drawn.layer.startswith(("suitable", "clause_area")):
        return  # they cover the ground: read by their fills
    for ground in IMAGERY.values():
        best = max(contrast(drawn.ink, ground), contrast(over(drawn.light, ground), ground))
        assert best >= ON_IMAGERY, ground


@pytest.mark.parametrize("path", [*STYLES.values(), *RESULTS.values()], ids=lambda path: path.stem)
def test_labels_are_buffered_dark_limited_in_scale_and_in_chinese_fonts(path: Path) -> None:
    root = ElementTree.parse(path).getroot()
    assert (root.get("labelsEnabled") == "1") is (root.find("labeling") is not None)
    for settings in root.iterfind("labeling/settings"):
        text, buffer, rendering = (
            settings.find("text-style"),
            settings.find("text-style/text-buffer"),
            settings.find("rendering"),
        )
        assert contrast(colour(text.get("textColor")), (255, 255, 255)) >= ON_PAPER
        assert buffer.get("bufferDraw") == "1" and colour(buffer.get("bufferColor"))[3] >= 200
        for ground in IMAGERY.values():
            assert contrast(colour(text.get("textColor")), over(colour(buffer.get("bufferColor")), ground)) >= 3.5
        assert rendering.get("scaleVisibility") == "1" and 0 < int(rendering.get("scaleMax")) <= 400_000
        assert rendering.get("displayAll") == "0", "labels may not lie on each other"
        families = [one.get("name") for one in text.iterfind("families/family")]
        assert families[0] == text.get("fontFamily") and {"Noto Sans CJK SC", "Microsoft YaHei", "SimHei"} <= set(
            families
        )


#: What one finds the way by may be named before the zones are.
LANDMARKS = {
    "admin_area",
    "river_reach",
    "canal",
    "basin",
    "landform",
    "drinking_water_source",
    "heat_source",
    "heat_supply_area",
    "monitoring_section",
    "machinery_no_go_zone",
    "no_burn_zone",
    "town_seat",
}
MAIN_POINTS = LANDMARKS | {"water_intake", "village", "tailings_pond", "incident"}


def test_zones_are_named_from_100_000_and_small_things_from_25_000() -> None:
    late = {}
    for name, path in STYLES.items():
        rendering = ElementTree.parse(path).getroot().find("labeling/settings/rendering")
        if rendering is not None:
            late[name] = int(rendering.get("scaleMax"))
    assert {name for name, scale in late.items() if scale > 100_000} <= LANDMARKS
    points = {name for name in late if CATALOG[name].geometry == "Point"}
    assert {name for name in points if late[name] > 25_000} <= MAIN_POINTS
    assert set(STYLES) - set(late) <= {"built_up_area", "farmland_class", "permanent_farmland", "river_channel"}


@pytest.mark.parametrize("name", [name for name, spec in CATALOG.items() if spec.geometry == "MultiLineString"])
def test_other_formats_take_the_colour_of_a_line_and_not_of_what_lies_beneath(name: str) -> None:
    seen = look(STYLES[name])
    drawn = {one.value: one.ink[:3] for one in symbols(name, STYLES[name])}
    assert seen.classes and {value: paint.stroke for value, paint in seen.classes.items()} == {
        value: ink for value, ink in drawn.items() if value
    }
    assert all(0.3 <= paint.width <= 2.5 for paint in seen.classes.values())
