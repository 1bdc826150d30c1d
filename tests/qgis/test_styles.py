"""Styles in QGIS itself: they load, draw every code and what fits none, and speak both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from qgis.core import (
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeature,
    QgsGeometry,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsRasterLayer,
    QgsRectangle,
    QgsRenderContext,
    QgsRuleBasedRenderer,
    QgsSimpleMarkerSymbolLayer,
    QgsSymbolLayerUtils,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QFontDatabase

from envzones.plugin import paths
from envzones.plugin.engine.catalog import COVERAGE, load_catalog
from envzones.plugin.project import styles

CATALOG = load_catalog()
HAN = re.compile("[\u4e00-\u9fff]")
ZONE = "MULTIPOLYGON(((-0.001 -0.0005, 0.001 -0.0005, 0.001 0.0005, -0.001 0.0005, -0.001 -0.0005)))"
TYPES = {"text": "string", "integer": "int", "real": "double", "boolean": "bool", "date": "date"}
RESULTS = sorted(path.stem for path in paths.STYLES.glob("*.qml") if "raster" not in path.stem)
SHAPES = {"Point": "POINT(0 0)", "MultiLineString": "MULTILINESTRING((-1 -1, 1 1))",
          "MultiPolygon": "MULTIPOLYGON(((0 0, 1 0, 1 1, 0 1, 0 0)))"}  # fmt: skip


def memory(name: str) -> QgsVectorLayer:
    """Return an empty layer in memory with the geometry and the fields of one of the map's."""
    spec = CATALOG[name]
    fields = "&".join(f"field={item.name}:{TYPES[item.type]}" for item in spec.fields)
    layer = QgsVectorLayer(f"{spec.geometry}?crs=EPSG:4490&{fields}", name, "memory")
    assert layer.isValid() and layer.fields().count() == len(spec.fields)
    return layer


def styled(name: str, lang: str = "zh") -> QgsVectorLayer:
    layer = memory(name)
    styles.apply_layer_style(layer, CATALOG[name], lang)
    return layer


def legend(layer: QgsVectorLayer) -> dict[str, str]:
    """Return value -> text of the classes."""
    return {str(one.value()): one.label() for one in layer.renderer().categories()}


def feature(layer: QgsVectorLayer, spec_name: str, /, **values: object) -> QgsFeature:
    made = QgsFeature(layer.fields())
    for key, value in values.items():
        made[key] = value
    made.setGeometry(QgsGeometry.fromWkt(SHAPES[CATALOG[spec_name].geometry]))
    return made


def picture(layer: QgsVectorLayer, scale: float = 5_000.0, background: str = "white") -> object:
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setOutputSize(QSize(200, 150))
    settings.setOutputDpi(96)
    half = scale * 0.0254 / 96 * 100
    settings.setExtent(QgsRectangle(-half, -half * 0.75, half, half * 0.75))
    settings.setBackgroundColor(QColor(background))
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    assert not job.errors()
    return job.renderedImage()


def inked(image: object, background: str = "white") -> int:
    """Return how many pixels differ from the background."""
    ground = QColor(background).rgb()
    return sum(image.pixel(x, y) != ground for x in range(image.width()) for y in range(image.height()))


# --- the layers of the map ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(CATALOG))
def test_style_loads_without_fallback_and_every_symbol_draws(qgis_app, name):
    layer = styled(name)
    spec = CATALOG[name]
    assert spec.style is not None
    # A style of another geometry, or one that QGIS does not know, would leave the random default behind.
    wanted = spec.style.read_text(encoding="utf-8")
    symbols = layer.renderer().symbols(QgsRenderContext())
    assert len(symbols) == wanted.count('<symbol alpha="1" clip_to_extent="1" force_rhr="0" name="') - wanted.count(
        'name="@'
    )
    for symbol in symbols:
        sorts = [symbol.symbolLayer(number).layerType() for number in range(symbol.symbolLayerCount())]
        assert sorts and all(sort in wanted for sort in sorts)
        assert symbol.color().isValid()
    for shape in set(
        re.findall(r'<layer class="SimpleMarker".*?name="name" type="QString" value="(\w+)"', wanted, re.S)
    ):
        # QGIS draws a circle for a shape that it does not know.
        assert QgsSimpleMarkerSymbolLayer.decodeShape(shape)[1], shape
    for symbol in symbols:
        icon = QgsSymbolLayerUtils.symbolPreviewPixmap(symbol, QSize(32, 20)).toImage()
        assert len({icon.pixel(x, y) for x in range(32) for y in range(20)}) > 1, "an empty sign in the legend"


@pytest.mark.parametrize("name", list(CATALOG))
def test_classes_are_the_codes_of_the_domain_and_one_for_the_rest(qgis_app, name):
    layer = styled(name)
    renderer, spec = layer.renderer(), CATALOG[name]
    if not isinstance(renderer, QgsCategorizedSymbolRenderer):
        return
    values = [str(one.value()) for one in renderer.categories()]
    assert values[-1] == "" and len(set(values)) == len(values)
    field = renderer.classAttribute()
    if field in spec.field_names:
        item = spec.field(field)
        assert values[:-1] == (list(item.domain) if item.domain else ["true", "false"])
    else:
        assert name == "mine_site"


@pytest.mark.parametrize("name", list(CATALOG))
def test_legend_is_complete_in_both_languages(qgis_app, name):
    for lang in ("zh", "en"):
        layer = styled(name, lang)
        if not isinstance(layer.renderer(), QgsCategorizedSymbolRenderer):
            continue
        told = legend(layer)
        assert all(told.values()) and len(set(told.values())) == len(told)
        for value, text in told.items():
            # Names such as GB 50137 or PM2.5 read the same in both.
            assert bool(HAN.search(text)) is (lang == "zh"), (value, text)
        field = layer.renderer().classAttribute()
        domain = CATALOG[name].field(field).domain if field in CATALOG[name].field_names else None
        for code, titles in (domain or {}).items():
            assert told[code] == titles[lang]
        assert told[""] == {"zh": "未填或未知", "en": "Not filled in or unknown"}[lang]


@pytest.mark.parametrize("name", [name for name, spec in CATALOG.items() if spec.geometry in SHAPES])
def test_every_code_and_none_at_all_is_drawn_at_all_scales(qgis_app, name):
    layer = styled(name)
    renderer = layer.renderer()
    if not isinstance(renderer, QgsCategorizedSymbolRenderer):
        cases = [{}]
    elif renderer.classAttribute() in CATALOG[name].field_names:
        cases = [{renderer.classAttribute(): one.value()} for one in renderer.categories()]
        cases[-1] = {}
        if not CATALOG[name].field(renderer.classAttribute()).domain:
            cases[:2] = [{renderer.classAttribute(): True}, {renderer.classAttribute(): False}]
    else:
        cases = [
            {"mining_method": method, "status": status}
            for method in ("open_pit", "underground") for status in ("producing", "suspended", "closed", "abandoned")
        ] + [{}]  # fmt: skip
    for values in cases:
        layer.dataProvider().truncate()
        layer.dataProvider().addFeature(feature(layer, name, **values))
        for scale in (10_000, 90_000, 250_000):
            if layer.hasScaleBasedVisibility() and scale > layer.minimumScale():
                continue
            assert inked(picture(layer, scale)) >= 4, (values, scale)


def test_a_code_that_nobody_knows_is_seen(qgis_app):
    layer = styled("drinking_water_zone")
    layer.dataProvider().addFeature(feature(layer, "drinking_water_zone", level="tertiary"))
    assert inked(picture(layer)) > 1000


def test_primary_lies_on_what_surrounds_it_in_whatever_order_it_was_drawn(qgis_app):
    pictures = []
    for order in (("primary", "secondary", "quasi"), ("quasi", "secondary", "primary")):
        layer = styled("drinking_water_zone")
        layer.dataProvider().addFeatures([feature(layer, "drinking_water_zone", level=level) for level in order])
        pictures.append(picture(layer))
    assert pictures[0] == pictures[1]


def test_dense_signs_shrink_and_lose_their_glyph_far_away(qgis_app):
    layer = styled("waste_dump")
    layer.dataProvider().addFeature(feature(layer, "waste_dump", status="open"))
    near, middle, far = (inked(picture(layer, scale)) for scale in (10_000, 90_000, 250_000))
    assert near > 1.5 * middle > 2 * far / 1.5
    close, distant = picture(layer, 10_000), picture(layer, 90_000)
    white = QColor("white").rgb()
    assert close.pixel(100, 76) != distant.pixel(100, 76) or any(
        close.pixel(100 + x, 75) == white != distant.pixel(100 + x, 75) for x in range(-4, 5)
    )


@pytest.mark.parametrize("ground", ["#263a20", "#76604a", "#a0a09b", "#1e343c", "#ffffff"])
def test_a_zone_stands_out_from_paper_and_from_a_photograph(qgis_app, ground):
    layer = styled("ecological_redline")
    layer.dataProvider().addFeature(feature(layer, "ecological_redline"))
    layer.dataProvider().changeGeometryValues({next(layer.getFeatures()).id(): QgsGeometry.fromWkt(ZONE)})
    image = picture(layer, 5_000, ground)
    base = QColor(ground).lightnessF()
    across = [abs(image.pixelColor(100, y).lightnessF() - base) for y in range(20, 130)]
    assert max(across) > 0.15


# --- labels ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(CATALOG))
def test_labels_speak_of_fields_that_there_are_and_end_at_a_scale(qgis_app, name):
    layer = styled(name)
    if not layer.labelsEnabled():
        return
    settings = layer.labeling().settings()
    expression = settings.getLabelExpression()
    assert not expression.hasParserError()
    assert set(expression.referencedColumns()) <= set(CATALOG[name].field_names)
    # QGIS calls the smallest scale, that with the largest denominator, the minimum.
    assert settings.scaleVisibility and settings.minimumScale > 1 and settings.maximumScale == 0
    assert settings.format().buffer().enabled()
    assert not getattr(settings, "displayAll", False)


def test_labels_are_written_close_by_and_left_out_far_away(qgis_app):
    layer = styled("waste_dump")
    bare, far = [], []
    for title in (None, "垃圾堆放点"):
        layer.dataProvider().truncate()
        layer.dataProvider().addFeature(feature(layer, "waste_dump", status="open", name=title))
        bare.append(inked(picture(layer, 20_000)))
        far.append(inked(picture(layer, 40_000)))
    assert bare[1] > 1.5 * bare[0] and far[0] == far[1]


def test_a_missing_chinese_font_is_replaced_by_the_next_installed_one(qgis_app, tmp_path):
    installed = set(QFontDatabase().families())
    layer = styled("village")
    families = layer.labeling().settings().format().families()
    assert families[0] == "Noto Sans CJK SC" and "Microsoft YaHei" in families and "SimHei" in families
    if "Noto Sans CJK SC" not in installed:
        pytest.skip("no Chinese font here")
    text = CATALOG["village"].style.read_text(encoding="utf-8")
    moved = text.replace('fontFamily="Noto Sans CJK SC"', 'fontFamily="No such font"').replace(
        '<family name="Noto Sans CJK SC" />',
        '<family name="No such font" />\n     <family name="Noto Sans CJK SC" />',
    )
    assert moved != text
    (tmp_path / "a.qml").write_text(moved, encoding="utf-8")
    assert layer.loadNamedStyle(str(tmp_path / "a.qml"))[1]
    assert layer.labeling().settings().format().font().family() == "Noto Sans CJK SC"


# --- styles of the user's own ---------------------------------------------------------------------------


def test_rules_of_a_users_style_are_translated_where_a_domain_knows_them(qgis_app, tmp_path):
    from dataclasses import replace

    layer = styled("coal_boiler")
    root = QgsRuleBasedRenderer.Rule(None)
    first = layer.renderer().categories()[0]
    symbol = first.symbol().clone()
    for label, test in (("在用", "\"status\" = 'running'"), ("大于 10 蒸吨", '"capacity_tph" > 10')):
        root.appendChild(QgsRuleBasedRenderer.Rule(symbol.clone(), 0, 0, test, label))
    layer.setRenderer(QgsRuleBasedRenderer(root))
    layer.saveNamedStyle(str(tmp_path / "coal_boiler.qml"))
    spec = replace(CATALOG["coal_boiler"], style=tmp_path / "coal_boiler.qml")
    known = CATALOG["coal_boiler"].field("status").domain["running"]
    english, chinese = memory("coal_boiler"), memory("coal_boiler")
    styles.apply_layer_style(english, spec, "en")
    styles.apply_layer_style(chinese, spec, "zh")
    labels = [rule.label() for rule in english.renderer().rootRule().children()]
    assert labels == [known["en"] if known["zh"] == "在用" else "在用", "大于 10 蒸吨"]
    assert [rule.label() for rule in chinese.renderer().rootRule().children()] == ["在用", "大于 10 蒸吨"]


@pytest.mark.parametrize("name", ["drinking_water_zone", "waste_dump", "road", "mine_site", "control_unit"])
def test_a_style_saved_from_qgis_draws_the_same(qgis_app, tmp_path, name):
    first, second = styled(name), memory(name)
    assert first.saveNamedStyle(str(tmp_path / "a.qml"))[1]
    assert second.loadNamedStyle(str(tmp_path / "a.qml"))[1]
    renderer = first.renderer()
    field = renderer.classAttribute()
    for layer in (first, second):
        value = {field: renderer.categories()[0].value()} if field in CATALOG[name].field_names else {}
        layer.dataProvider().addFeature(feature(layer, name, name="甲", **value))
    assert picture(first) == picture(second) and picture(first, 90_000) == picture(second, 90_000)


def test_a_style_without_the_class_for_the_rest_is_left_as_it_is(qgis_app):
    layer = styled("coal_boiler")
    renderer = layer.renderer()
    renderer.deleteCategory(len(renderer.categories()) - 1)
    styles.relabel(layer, {"": "Rest", "running": "Runs"})
    assert legend(layer)["running"] == "Runs" and "" not in legend(layer)


def test_coverage_needs_no_style_of_its_own(qgis_app):
    layer = QgsVectorLayer("MultiPolygon?crs=EPSG:4490", "x", "memory")
    styles.apply_layer_style(layer, COVERAGE, "en")
    assert layer.renderer() is not None


# --- results --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RESULTS)
def test_results_are_styled_in_both_languages(qgis_app, name):
    table, _, shape = name.rpartition("_")
    kind = {"point": "Point", "line": "MultiLineString", "polygon": "MultiPolygon"}[shape]
    layer = QgsVectorLayer(f"{kind}?crs=EPSG:4490", name, "memory")
    for lang in ("zh", "en"):
        assert styles.apply_result_style(layer, table, lang)
        assert layer.renderer().type() in ("singleSymbol", "categorizedSymbol")
        if isinstance(layer.renderer(), QgsCategorizedSymbolRenderer):
            told = legend(layer)
            assert all(bool(HAN.search(text)) is (lang == "zh") for text in told.values()), told


def test_plan_board_speaks_of_work_not_of_hits(qgis_app):
    layer = QgsVectorLayer("Point?crs=EPSG:4490", "p", "memory")
    styles.apply_result_style(layer, "plan_finding", "en")
    assert legend(layer)["hit"] == "Not done, not covered or short"
    styles.apply_result_style(layer, "finding", "en")
    assert legend(layer)["hit"] == "Hit"


def test_results_are_heavier_than_the_map_below(qgis_app):
    def largest(layer: QgsVectorLayer) -> float:
        parts = [
            s.symbolLayer(n)
            for s in layer.renderer().symbols(QgsRenderContext())
            for n in range(s.symbolLayerCount())
        ]
        return max(part.size() for part in parts if isinstance(part, QgsSimpleMarkerSymbolLayer))

    verdict = QgsVectorLayer("Point?crs=EPSG:4490", "v", "memory")
    styles.apply_result_style(verdict, "verdict", "zh")
    points = [name for name, spec in CATALOG.items() if spec.geometry == "Point"]
    assert largest(verdict) > max(largest(styled(name)) for name in points)


def test_codes_of_verdicts_are_those_the_check_gives(qgis_app):
    from envzones.plugin.gui.signs import COLOURS

    layer = QgsVectorLayer("Point?crs=EPSG:4490", "v", "memory")
    styles.apply_result_style(layer, "verdict", "zh")
    assert set(legend(layer)) == set(COLOURS)


def test_suitability_raster_is_read_and_speaks_english(qgis_app, tmp_path, monkeypatch):
    from osgeo import gdal

    path = tmp_path / "s.tif"
    data = gdal.GetDriverByName("GTiff").Create(str(path), 4, 4, 1, gdal.GDT_Byte)
    data.SetGeoTransform((0, 1, 0, 4, 0, -1))
    data.FlushCache()
    del data
    layer = QgsRasterLayer(str(path), "s")
    monkeypatch.setattr(styles, "language", lambda: "en")
    assert styles.apply_raster_style(layer, "suitable")
    assert all(not HAN.search(one.label) for one in layer.renderer().classes())
    assert len(layer.renderer().classes()) == 10


def test_long_titles_of_the_printed_legend_are_broken_at_a_space():
    from envzones.plugin.project.layout_legend import _broken

    assert _broken("No-go zone for high-emission non-road machinery") == "No-go zone for high-emission\nnon-road machinery"
    assert _broken("River reach") == "River reach" and _broken("高排放非道路移动机械禁用区" * 3).count("\n") == 0
    assert _broken("x" * 60) == "x" * 60


# --- icons ----------------------------------------------------------------------------------------------

ICONS = sorted((paths.RESOURCES / "icons").glob("*.svg"))
ACTIONS = (
    "new", "shared", "import", "dock", "sitingcheck", "riversection", "heatradius", "planboard", "exportlayers",
    "export",
    "site", "river", "plan", "probe", "settings", "help", "map", "compare", "paste", "polygon", "selection", "file",
    "copy",
    "edit_live", "edit_vertices", "edit_split", "edit_merge", "edit_adjust", "edit_cancel", "edit_validate",
    "edit_snap", "edit_history", "edit_shared",
)  # fmt: skip


def test_every_action_has_an_icon():
    assert set(ACTIONS) <= {path.stem for path in ICONS}


@pytest.mark.parametrize("path", ICONS, ids=lambda path: path.stem)
@pytest.mark.parametrize("size", [16, 24, 32])
def test_icons_read_in_light_and_dark_themes(qgis_app, path: Path, size: int):
    from qgis.PyQt.QtGui import QIcon, QImage, QPainter

    # Default, Blend of Gray and Night Mapping.
    for ground in ("#ffffff", "#f0f0f0", "#5f5f5f", "#323232", "#2b2b2b"):
        image = QImage(size, size, QImage.Format_ARGB32)
        image.fill(QColor(ground))
        painter = QPainter(image)
        QIcon(str(path)).paint(painter, 0, 0, size, size)
        painter.end()
        base = luminance(QColor(ground))
        seen = [
            contrast(luminance(image.pixelColor(x, y)), base) for x in range(size) for y in range(size)
            if image.pixelColor(x, y) != QColor(ground)
        ]  # fmt: skip
        assert len(seen) > 0.12 * size * size, "hardly anything is drawn"
        assert sum(one >= 2.0 for one in seen) > 0.06 * size * size, ground


def luminance(colour: QColor) -> float:
    parts = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def test_icons_have_no_black_strokes_no_text_and_one_canvas():
    for path in ICONS:
        text = path.read_text(encoding="utf-8")
        assert 'viewBox="0 0 24 24"' in text or path.stem == "icon", path.name
        assert not re.search(r'"(#000|#000000|black)"|<text|currentColor|<image|href', text), path.name


def test_geometry_of_each_style_is_that_of_its_layer(qgis_app):
    assert QgsApplication.instance() is not None
    for name, spec in CATALOG.items():
        said = re.search(r"<layerGeometryType>(\d)", spec.style.read_text(encoding="utf-8")).group(1)
        assert int(said) == int(QgsWkbTypes.geometryType(memory(name).wkbType())), name
