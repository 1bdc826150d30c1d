"""The pre-flight check: a good page has no flaw, and a page broken in one way has exactly that flaw."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from qgis.core import (
    QgsAbstractValidityCheck,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemScaleBar,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsPalLayerSettings,
    QgsPrintLayout,
    QgsRectangle,
    QgsValidityCheckResult,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtGui import QColor, QFont

DAY = date(2019, 6, 30)
WEST, SOUTH = 400000.0, 3870000.0
FONT = "Noto Sans CJK SC"


def place(layout, item, name, x, y, width, height):
    item.setId(name)
    layout.addLayoutItem(item)
    item.attemptMove(QgsLayoutPoint(x, y))
    item.attemptResize(QgsLayoutSize(width, height))
    return item


def write(layout, name, words, x, y, width, height, size=10.0):
    label = QgsLayoutItemLabel(layout)
    label.setText(words)
    font = QFont(FONT)
    font.setPointSizeF(size)
    label.setFont(font)
    return place(layout, label, name, x, y, width, height)


@pytest.fixture
def page(clean_project, tools):
    """A page without flaw: a map at 1:50 000 with a labelled layer, legend, scale bar, title and mark."""
    project = clean_project
    project.setCrs(QgsCoordinateReferenceSystem("EPSG:4547"))
    square = f"Polygon (({WEST} {SOUTH}, {WEST + 5000} {SOUTH}, {WEST + 5000} {SOUTH + 3750}, {WEST} {SOUTH}))"
    layer = tools.make_layer("Polygon", "field=name:string", [(square, ["五龙口"])], "保护区", "EPSG:4547")
    layer.renderer().symbol().setColor(QColor("#c0d8a0"))
    settings = QgsPalLayerSettings()
    settings.fieldName = "name"
    text = settings.format()
    text.setFont(QFont(FONT))
    settings.setFormat(text)
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)
    project.addMapLayer(layer)
    layout = QgsPrintLayout(project)
    layout.initializeDefaults()
    main = place(layout, QgsLayoutItemMap(layout), "map", 20, 30, 200, 150)
    main.setCrs(project.crs())
    main.setLayers([layer])
    main.setKeepLayerSet(True)
    main.setExtent(QgsRectangle(WEST, SOUTH, WEST + 10000.0, SOUTH + 7500.0))
    bar = QgsLayoutItemScaleBar(layout)
    bar.setLinkedMap(main)
    place(layout, bar, "scalebar", 230, 180, 40, 12)
    format_ = bar.textFormat()
    format_.setFont(QFont(FONT))
    bar.setTextFormat(format_)
    legend = QgsLayoutItemLegend(layout)
    legend.setLinkedMap(main)
    legend.setAutoUpdateModel(False)
    legend.setLegendFilterByMapEnabled(True)
    for style in (0, 1, 2, 3, 4):
        if hasattr(legend, "rstyle"):
            legend.rstyle(style).setFont(QFont(FONT, 8))
    legend.setResizeToContents(False)
    place(layout, legend, "legend", 230, 40, 60, 100)
    write(layout, "title", "沁河断面管控图", 20, 8, 200, 15, 20.0)
    write(layout, "marks", "内部资料", 240, 8, 40, 10)
    return layout


def flaws(page, as_of=DAY, **more):
    from envzones.plugin.project.print_check import check

    return check(page, page.project(), as_of, **more)


def only(page, item, words, severity, **more):
    """Assert that the page has one flaw, this one."""
    found = flaws(page, **more)
    assert len(found) == 1, found
    assert (found[0].severity, found[0].item) == (severity, item), found
    assert words in found[0].message and found[0].message.endswith("."), found


def layer_of(page) -> QgsVectorLayer:
    return page.itemById("map").layers()[0]


def test_a_good_page_has_no_flaw(page):
    assert flaws(page) == []


# --- the map and its layers ---------------------------------------------------------------------------


def test_a_layer_that_cannot_be_opened(page):
    broken = QgsVectorLayer("/nowhere/zones.gpkg|layername=zones", "断面", "ogr")
    page.project().addMapLayer(broken)
    only(page, "map", "断面", "error")


def test_a_layer_of_the_map_that_cannot_be_opened(page):
    broken = QgsVectorLayer("/nowhere/zones.gpkg|layername=zones", "断面", "ogr")
    page.project().addMapLayer(broken, False)
    page.itemById("map").setLayers([layer_of(page), broken])
    only(page, "map", "断面", "error")


def test_a_map_without_layers(page):
    page.itemById("map").setLayers([])
    page.itemById("map").setKeepLayerSet(True)
    page.project().layerTreeRoot().findLayers()[0].setItemVisibilityChecked(False)
    assert ("error", "map") in {(flaw.severity, flaw.item) for flaw in flaws(page)}
    assert any("no layer" in flaw.message for flaw in flaws(page))


def test_a_layer_without_features(page, tools):
    empty = tools.make_layer("Point", "field=name:string", [], "排口", "EPSG:4547")
    page.project().addMapLayer(empty)
    page.itemById("map").setLayers([layer_of(page), empty])
    only(page, "map", "排口", "warning")


def test_many_layers_are_named_in_one_sentence(page, tools):
    layers = [tools.make_layer("Point", "field=name:string", [], f"空{k}", "EPSG:4547") for k in range(7)]
    page.project().addMapLayers(layers)
    page.itemById("map").setLayers([layer_of(page), *layers])
    only(page, "map", "and 3 more", "warning")


def test_a_map_in_degrees(page):
    page.project().setCrs(QgsCoordinateReferenceSystem("EPSG:4490"))
    main = page.itemById("map")
    main.setCrs(QgsCoordinateReferenceSystem("EPSG:4490"))
    main.setExtent(QgsRectangle(112.0, 34.9, 112.2, 35.05))
    assert [(one.severity, one.item) for one in flaws(page) if "EPSG:4490" in one.message] == [("error", "map")]


def test_another_system_than_the_projects(page):
    page.project().setCrs(QgsCoordinateReferenceSystem("EPSG:4546"))
    only(page, "map", "EPSG:4546", "warning")


def test_a_scale_that_is_not_round(page):
    page.itemById("map").setScale(53210.0)
    only(page, "map", "53210", "warning")


def test_round_scales():
    from envzones.plugin.project.print_check import is_round

    round_ones = (500, 1000, 1250, 2000, 2500, 5000, 7500, 10000, 12500, 25000, 30000, 50000, 100000, 250000, 1e6)
    assert all(is_round(float(scale)) for scale in round_ones)
    assert not any(is_round(float(scale)) for scale in (501, 1300, 53210, 99000, 1111, 0, float("inf")))


# --- items --------------------------------------------------------------------------------------------


def test_a_scale_bar_of_no_map(page):
    page.itemById("scalebar").setLinkedMap(None)
    only(page, "scalebar", "no map", "error")


def test_an_item_beyond_the_page(page):
    page.itemById("marks").attemptMove(QgsLayoutPoint(280, 8))
    only(page, "marks", "edge of the page", "warning")


def test_a_text_longer_than_its_frame(page):
    page.itemById("title").setText("沁河五龙口断面上下游管控范围图及其问题清单" * 3)
    only(page, "title", "longer than its frame", "warning")


def test_a_word_wider_than_its_frame(page):
    page.itemById("marks").attemptResize(QgsLayoutSize(8, 60))
    page.itemById("marks").setText("内部资料\nabcdefghijklmnopqrstuvwxyz")
    only(page, "marks", "longer than its frame", "warning")


@pytest.mark.parametrize("lines", [2, 3])
def test_a_text_that_just_fits_is_no_flaw(page, lines):
    """Its ink, drawn, is the measure: what the picture shows whole is not reported, what it cuts is."""
    from qgis.core import QgsLayoutExporter

    label = page.itemById("marks")
    label.setText("\n".join(["内部资料"] * lines))
    reported, cut = [], []
    for height in (4, 6, 8, 10, 12, 14, 16, 18):
        label.attemptResize(QgsLayoutSize(40, height))
        reported.append(bool(flaws(page)))
        label.setFrameEnabled(False)
        image = QgsLayoutExporter(page).renderPageToImage(0, dpi=254)
        dots = [(x, y) for y in range(60, 400) for x in range(2400, 2800) if image.pixelColor(x, y).lightness() < 128]
        cut.append((max(y for _, y in dots) - min(y for _, y in dots)) if dots else 0)
    whole = max(cut)
    for told, ink in zip(reported, cut):
        assert told is (ink < whole - 4), list(zip(reported, cut))


def test_a_legend_larger_than_its_frame(page):
    page.itemById("legend").attemptResize(QgsLayoutSize(60, 5))
    only(page, "legend", "mm", "warning")


def test_an_empty_legend(page):
    page.itemById("legend").model().rootGroup().clear()
    only(page, "legend", "empty", "warning")


# --- text ---------------------------------------------------------------------------------------------

#: A sign of Linear A, which no font of an office has.
STRANGE = "\U00010600"


def test_a_sign_without_a_glyph(page):
    page.itemById("title").setText(f"沁河{STRANGE}断面")
    only(page, "title", "U+10600", "error")


def test_a_label_of_a_feature_without_a_glyph(page):
    layer = layer_of(page)
    layer.dataProvider().changeAttributeValues({1: {0: f"五{STRANGE}口"}})
    only(page, "map", "U+10600", "error")


def test_a_legend_entry_without_a_glyph(page):
    page.itemById("legend").model().rootGroup().findLayers()[0].setCustomProperty("legend/title-label", STRANGE)
    only(page, "legend", "U+10600", "error")


def test_other_fonts_step_in(page):
    """Chinese in a font without it, emoji sequences, blanks and marks: what a font steps in for is no flaw."""
    from envzones.plugin.project.print_text import tofu

    assert tofu(QFont("DejaVu Sans"), "沁河断面 Ωß\u3000\t\n\u200b１２３ ㎡ ℃") == []
    assert tofu(QFont(FONT), f"a{STRANGE}b{STRANGE}") == [STRANGE]


def test_a_font_that_is_not_installed(page):
    font = QFont("SimHei Of Another Machine")
    font.setPointSizeF(20.0)
    page.itemById("title").setFont(font)
    only(page, "title", "SimHei Of Another Machine", "warning")


# --- for whom -----------------------------------------------------------------------------------------


def test_a_public_map_without_its_number(page):
    from envzones.plugin.engine.publication import Publication

    only(page, "", "approval number is missing", "warning", publication=Publication("public"))
    numbered = Publication("public", approval_no="豫S〔2019〕001号")
    only(page, "", "豫S〔2019〕001号", "error", publication=numbered)
    page.itemById("marks").setText("审图号：豫S〔2019〕001号")
    page.itemById("marks").attemptResize(QgsLayoutSize(50, 10))
    assert flaws(page, publication=numbered) == []


def test_a_layout_says_for_whom_it_was_made(page):
    from envzones.plugin.engine.publication import Publication
    from envzones.plugin.project.print_check import PUBLICATION

    page.setCustomProperty(PUBLICATION, Publication("public").to_json())
    only(page, "", "approval number is missing", "warning")


def test_an_internal_map_that_does_not_say_so(page):
    page.removeLayoutItem(page.itemById("marks"))
    only(page, "", "internal use", "warning")


# --- the one map behind it ----------------------------------------------------------------------------


@pytest.fixture
def of_onemap(page, onemap, tmp_path):
    """The page, showing a layer of a one map whose data is declared complete until 2020-06-30."""
    from envzones.plugin.project import settings

    path = Path(shutil.copy(onemap, tmp_path / "map.gpkg"))
    settings.set_onemap_path(page.project(), path)
    layer = QgsVectorLayer(f"{path}|layername=drinking_water_zone", "水源保护区", "ogr")
    layer.setCustomProperty("envzones/table", "drinking_water_zone")
    page.project().addMapLayer(layer)
    page.itemById("map").setLayers([layer, layer_of(page)])
    return page


def test_data_that_has_expired(of_onemap):
    assert flaws(of_onemap, date(2020, 6, 30)) == []
    only(of_onemap, "map", "水源保护区", "warning", as_of=date(2020, 7, 1))


def test_a_result_of_another_day_or_map(of_onemap, tools):
    from envzones.plugin.project import outcome, settings, version

    project = of_onemap.project()
    path = settings.onemap_path(project)
    square = f"Polygon (({WEST} {SOUTH}, {WEST + 500} {SOUTH}, {WEST} {SOUTH + 500}, {WEST} {SOUTH}))"
    result = tools.make_layer("Polygon", "field=name:string", [(square, ["a"])], "管控范围", "EPSG:4547")
    project.addMapLayer(result)
    stamp = (version.version(path), version.unsaved(project, path))
    outcome.mark([result], "section", outcome.about(path, stamp, DAY, settings.rulebooks(project)))
    of_onemap.itemById("map").setLayers([*of_onemap.itemById("map").layers(), result])
    assert flaws(of_onemap) == []
    only(of_onemap, "map", "another day: 管控范围", "warning", as_of=date(2019, 7, 1))
    outcome.mark([result], "section", outcome.about(path, ("older", ()), DAY, settings.rulebooks(project)))
    only(of_onemap, "map", "changed since", "warning")


# --- QGIS's own ---------------------------------------------------------------------------------------


def test_checks_that_others_registered_are_told(page):
    class Blue(QgsAbstractValidityCheck):
        def create(self):
            return Blue()

        def id(self):
            return "blue"

        def checkType(self):  # noqa: N802 - QGIS's name
            return QgsAbstractValidityCheck.TypeLayoutCheck

        def prepareCheck(self, context, feedback):  # noqa: N802
            return True

        def runCheck(self, context, feedback):  # noqa: N802
            result = QgsValidityCheckResult()
            result.type = QgsValidityCheckResult.Critical
            result.title, result.detailedDescription = "Not blue", "<p>The map is <b>not</b> blue.</p>"
            return [result]

    registry, check = QgsApplication.validityCheckRegistry(), Blue()
    registry.addCheck(check)
    try:
        only(page, "", "The map is not blue.", "error")
    finally:
        registry.removeCheck(check)


def test_each_layout_of_a_city_is_told_apart(page):
    """A check twice over says the same, and leaves the layout as it was."""
    before = page.itemById("map").layers(), page.itemById("map").extent()
    page.itemById("map").setScale(53210.0)
    assert flaws(page) == flaws(page)
    page.itemById("map").setExtent(before[1])
    assert page.itemById("map").layers() == before[0]
    assert flaws(page) == []
