"""Printed maps: every kind on every sheet is whole, fits, and says what it shows; the public sees no hidden place."""

from __future__ import annotations

import importlib.util
import json
import math
from datetime import date
from pathlib import Path

import pytest
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsCoordinateTransform,
    QgsExpressionContextUtils,
    QgsGeometry,
    QgsLayoutExporter,
    QgsLayoutFrame,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemShape,
    QgsLayoutUtils,
    QgsProject,
    QgsRectangle,
    QgsRenderContext,
    QgsVectorLayer,
)

from envzones.plugin import compat
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.publication import INTERNAL, Publication
from envzones.plugin.project import layout_frame, layout_legend, layout_text
from envzones.plugin.project.layout import Sheet, Subject, make_layout, subjects

DEMO = Path(__file__).resolve().parents[2] / "resources" / "demo" / "jiyuan"
DAY = date(2019, 6, 30)
KINDS = ("onemap", "theme", "section", "radius", "site", "zone", "county")
SHEETS = [Sheet(paper, way) for paper in ("a4", "a3") for way in ("landscape", "portrait")]
PUBLIC = Publication("public", approval_no="豫S〔2019〕001号", office="示例局")
#: What lies in another item's frame because it belongs there.
MEANT = {frozenset(("map", "north"))}


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> dict[str, Path]:
    """The demonstration's map, and results of each kind: two sections, all heat radii, four sites."""
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.engine.clauses.book import load_books
    from envzones.plugin.engine.onemap import OneMap, read_file
    from envzones.plugin.engine.radius import heat_radius
    from envzones.plugin.engine.report import content
    from envzones.plugin.engine.river.section import control_section
    from envzones.plugin.engine.siting import check
    from envzones.plugin.store.folder import read_folder
    from envzones.plugin.store.geopackage import create
    from envzones.plugin.store.results import write_results

    folder = tmp_path_factory.mktemp("city")
    catalog = load_catalog()
    data = read_folder(DEMO, catalog)
    path = folder / "city.gpkg"
    create(path, catalog, frames=data.frames, coverage=data.coverage, meta=data.meta)
    onemap = OneMap.open(path, catalog)
    targets = onemap.in_force("monitoring_section", DAY)
    section = control_section(
        onemap.in_force("river_reach", DAY), targets[targets["responsibility_target"].fillna(False)].head(2),
        channel=onemap.in_force("river_channel", DAY),
        features={name: onemap.in_force(name, DAY) for name in ("outfall", "waste_dump", "catering", "wharf")},
        approximate={"bank": 50.0}, as_of=DAY,
    )  # fmt: skip
    plants = onemap.in_force("heat_source", DAY)
    radius = heat_radius(plants, boilers=onemap.in_force("coal_boiler", DAY), as_of=DAY)
    sites = read_file(DEMO / "candidates.geojson").head(4)
    siting = check(sites, onemap, load_books(["jiyuan-2018", "national-henan"]), as_of=DAY)
    made = {
        "section": content.of_section(section, DAY, onemap, "断面"), "radius": content.of_radius(radius, DAY, onemap, "半径"),
        "check": content.of_check(siting, onemap, "选址"),
    }  # fmt: skip
    for kind, one in made.items():
        write_results(folder / f"{kind}.gpkg", content.frames(one), about=content.about(one))
    return {"onemap": path, **{kind: folder / f"{kind}.gpkg" for kind in made}}


def build(city, folder, lang):
    from envzones.plugin.project.build import Request
    from envzones.plugin.project.build import build as fill

    project = QgsProject.instance()
    project.clear()
    project.setFileName(str(folder / "city.qgz"))
    results = {kind: path for kind, path in city.items() if kind != "onemap"}
    fill(Request(city["onemap"], results, lang, DAY), project)
    return project


@pytest.fixture(scope="module", params=["zh", "en"])
def world(request, city, tmp_path_factory, qgis_app):
    """A project in each language, which no test changes."""
    project = build(city, tmp_path_factory.mktemp("project"), request.param)
    yield project, request.param
    project.clear()


def of_kind(project, lang, kind):
    return next(subject for subject, _ in subjects(project, lang) if subject.kind == kind)


def boxes(layout):
    """Return the frame of each item that has an id, in mm."""
    found = {}
    for item in layout.items():
        if hasattr(item, "id") and item.id() and not isinstance(item, QgsLayoutItemShape):
            at = item.positionWithUnits()
            found[item.id()] = QgsRectangle(at.x(), at.y(), at.x() + item.rect().width(), at.y() + item.rect().height())
    return found


def columns(table):
    return compat.table_font(table, header=True), compat.table_font(table, header=False)


# --------------------------------------------------------------------------------------------------------
# Each kind, on each sheet, in each language
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda one: f"{one.paper}-{one.orientation}")
@pytest.mark.parametrize("kind", KINDS)
def test_a_sheet_is_whole(world, kind, sheet):
    project, lang = world
    subject = of_kind(project, lang, kind)
    order = [layer.id() for layer in project.layerTreeRoot().layerOrder()]
    visible = [node.isVisible() for node in project.layerTreeRoot().findLayers()]
    inside_use = Publication(classification="秘密★1年", office="济源市生态环境局大气环境与应对气候变化科")
    layout = make_layout(project, subject, sheet, lang, publication=inside_use, page=(3, 12))

    page = layout.pageCollection().page(0).pageSize()
    paper = {"a4": (297, 210), "a3": (420, 297)}[sheet.paper]
    assert (page.width(), page.height()) == (paper if sheet.orientation == "landscape" else paper[::-1])
    inside(layout, page)
    words_fit(layout)
    table_fits(layout)
    legend = layout.itemById("legend")
    room, needed = legend.rect(), layout_legend.size(legend)
    assert (needed.width(), needed.height()) <= (room.width() + 0.1, math.inf)
    assert needed.height() <= room.height() + 0.1

    main = layout.itemById("map")
    figure = main.scale() / 10 ** math.floor(math.log10(main.scale()) + 1e-9)
    assert min(abs(figure - one) for one in layout_frame.ROUND) < 1e-6, main.scale()
    assert layout.itemById("scale").text() == f"1:{main.scale():,.0f}"
    assert layout.itemById("scalebar").linkedMap() is main
    assert main.keepLayerSet()
    assert main.layers()
    assert "3" in layout.itemById("page").text() and "12" in layout.itemById("page").text()
    assert "秘密★1年" in layout.itemById("marks").text()
    assert "2019-06-30" in layout.itemById("subtitle").text()
    # The tree is the user's.
    assert order == [layer.id() for layer in project.layerTreeRoot().layerOrder()]
    assert visible == [node.isVisible() for node in project.layerTreeRoot().findLayers()]


def inside(layout, page):
    found = boxes(layout)
    sheet = QgsRectangle(0, 0, page.width(), page.height())
    assert {"title", "subtitle", "marks", "page", "map", "north", "legend", "scale", "scalebar", "notes", "office", "made"} <= set(
        found
    )
    for name, box in found.items():
        assert sheet.contains(box), f"{name} {box.toString(1)}"
    names = sorted(found)
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            common = found[one].intersect(found[other])
            touching = common.isNull() or min(common.width(), common.height()) < 0.25
            assert touching or frozenset((one, other)) in MEANT, f"{one} and {other}: {common.toString(1)}"


def words_fit(layout):
    """Measure labels as QGIS itself does, which is not how they were fitted."""
    for item in layout.items():
        if isinstance(item, QgsLayoutItemLabel) and item.text():
            needed, room = item.sizeForText(), item.rect()
            assert needed.width() <= room.width() + 0.2, f"{item.id()}: {item.text()}"
            assert needed.height() <= room.height() + 0.6, f"{item.id()}: {item.text()}"


def table_fits(layout):
    frame = layout.itemById("table")
    if not isinstance(frame, QgsLayoutFrame):
        return
    table = frame.multiFrame()
    assert table.totalSize().height() <= frame.rect().height() + 0.1
    assert table.totalSize().width() <= layout.itemById("table_title").rect().width() + 0.1
    heads = columns(table)
    for number, row in enumerate(table.tableContents()):
        for cell, wide in zip(row, table.columnWidths()):
            for line in str(cell.content()).split("\n"):
                assert QgsLayoutUtils.textWidthMM(heads[0 if number == 0 else 1], line) <= wide + 0.3, line


# --------------------------------------------------------------------------------------------------------
# The legend
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_legend_names_what_is_visible_and_nothing_else(world, kind):
    project, lang = world
    layout = make_layout(project, of_kind(project, lang, kind), Sheet("a4", "landscape"), lang)
    main = layout.itemById("map")
    said = {}
    model = layout.itemById("legend").model()
    for node in model.rootGroup().findLayers():
        said[node.layerId()] = {str(one.data(0)).replace("\n", "") for one in model.layerLegendNodes(node)}
    checked = 0
    for layer in main.layers():
        if not isinstance(layer, QgsVectorLayer):
            continue
        seen = seen_features(layer, main, project)
        if layer.id() in main.layerStyleOverrides():
            assert seen or layer.id() not in said
            continue
        renderer = layer.renderer()
        if not seen:
            assert layer.id() not in said, layer.name()
        elif isinstance(renderer, QgsCategorizedSymbolRenderer):
            assert said.get(layer.id(), set()) == labels(layer, renderer, seen), layer.name()
            checked += 1
    assert checked > 2


def seen_features(layer, main, project):
    """Return the features that meet the map's frame, one by one, without any index."""
    if layer.hasScaleBasedVisibility() and not layer.isInScaleRange(main.scale()):
        return []
    frame = QgsGeometry.fromRect(main.extent())
    transform = QgsCoordinateTransform(layer.crs(), project.crs(), project.transformContext())
    found = []
    for feature in layer.getFeatures():
        shape = QgsGeometry(feature.geometry())
        if not shape.isNull():
            shape.transform(transform)
            if shape.intersects(frame):
                found.append(feature)
    return found


def labels(layer, renderer, seen):
    context = QgsRenderContext()
    context.expressionContext().appendScopes(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    renderer = renderer.clone()
    renderer.startRender(context, layer.fields())
    found = set()
    for feature in seen:
        context.expressionContext().setFeature(feature)
        found |= {
            item.label() for item in renderer.legendSymbolItems()
            if item.ruleKey() in renderer.legendKeysForFeature(feature, context)
        }  # fmt: skip
    renderer.stopRender(context)
    return found


# --------------------------------------------------------------------------------------------------------
# The subject
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["section", "radius", "zone", "county", "site"])
def test_the_map_shows_its_subject_whole_and_not_from_afar(world, kind):
    project, lang = world
    from envzones.plugin.project.layout_subject import feature_rows

    for subject in [one for one, _ in subjects(project, lang) if one.kind == kind][:3]:
        layout = make_layout(project, subject, Sheet("a4", "landscape"), lang)
        main = layout.itemById("map")
        box = QgsRectangle()
        for layer, row in feature_rows(project, subject):
            transform = QgsCoordinateTransform(layer.crs(), project.crs(), project.transformContext())
            box.combineExtentWith(transform.transformBoundingBox(row["geometry"].boundingBox()))
        assert main.extent().contains(box)
        # The next round scale but two would cut it off, unless the subject is smaller than its surroundings.
        share = max(box.width() / main.extent().width(), box.height() / main.extent().height())
        assert share > 0.45 or max(box.width(), box.height()) < 3100.0


def test_a_section_is_told_from_the_stored_result(world, city):
    project, lang = world
    import geopandas as gpd

    stored = gpd.read_file(city["section"], layer="finding", engine="fiona" if fiona_there() else None)
    for subject in [one for one, _ in subjects(project, lang) if one.kind == "section"]:
        mine = stored[(stored["section_id"] == subject.key) & (stored["status"] == "hit")]
        layout = make_layout(project, subject, Sheet("a3", "portrait"), lang)
        assert str(mine["site_id"].nunique()) in layout.itemById("table_title").text()
        body = [[cell.content().replace("\n", "") for cell in row] for row in layout.itemById("table").multiFrame().tableContents()]
        names = {one.replace(" ", "") for one in mine["site_name"]}
        told = [row for row in body[1:] if row[0].isdigit()]
        assert told
        for row in told:
            assert any(row[1].replace(" ", "").startswith(name) for name in names), row
        left = mine["site_id"].nunique() - len(told)
        assert (body[-1][0] == "…") is bool(left)
        if left:
            assert str(left) in body[-1][1]


def fiona_there():
    return importlib.util.find_spec("pyogrio") is None


def test_numbers_on_the_map_are_those_of_the_table(world):
    project, lang = world
    subject = of_kind(project, lang, "section")
    layout = make_layout(project, subject, Sheet("a3", "landscape"), lang)
    rows = [row for row in layout.itemById("table").multiFrame().tableContents()[1:] if str(row[0].content()).isdigit()]
    main = layout.itemById("map")
    numbering = [
        style for layer, style in main.layerStyleOverrides().items()
        if project.mapLayer(layer).customProperty("envzones/result").endswith("finding")
    ]  # fmt: skip
    assert numbering
    for style in numbering:
        ids = style.split("array_find(array(")[1].split("),")[0]
        assert ids.count(",") + 1 == len(rows)


def test_the_subject_of_a_zone_and_a_county_is_marked(world):
    project, lang = world
    said = "本图范围" if lang == "zh" else "Subject of this map"
    for kind in ("zone", "county"):
        layout = make_layout(project, of_kind(project, lang, kind), Sheet("a4", "landscape"), lang)
        model = layout.itemById("legend").model()
        shown = [str(one.data(0)) for node in model.rootGroup().findLayers() for one in model.layerLegendNodes(node)]
        assert shown.count(said) == 1
    assert said not in str([str(one) for one in entries_of(project, lang, "onemap")])


def entries_of(project, lang, kind):
    layout = make_layout(project, of_kind(project, lang, kind), Sheet("a4", "landscape"), lang)
    return layout_legend.entries(layout.itemById("legend"))


def test_zones_that_bind_from_outside_the_map_are_counted(world, monkeypatch):
    project, lang = world
    from envzones.plugin.project import layout_subject

    monkeypatch.setattr(layout_subject, "_NEAR_M", 1.0)
    lines = next(
        layer for layer in project.mapLayers().values()
        if str(layer.customProperty("envzones/result") or "").endswith("finding")
        and str(layer.customProperty("envzones/kind")) == "check" and layer.geometryType() == 1
    )  # fmt: skip
    row = next(lines.getFeatures("\"status\" = 'hit' AND \"distance_m\" > 0"))
    subject = Subject("site", row["site_id"])
    assert layout_subject.beyond(project, subject, QgsRectangle(0, 0, 1, 1)) >= 1
    assert layout_subject.beyond(project, subject, QgsRectangle(0, 0, 1e7, 1e7)) == 0
    assert layout_subject.beyond(project, Subject("onemap"), QgsRectangle(0, 0, 1, 1)) == 0


def test_what_is_not_there_is_refused_in_a_sentence(world):
    project, lang = world
    for subject in (Subject("section", "no'; such"), Subject("zone", "no_layer/1"), Subject("theme", "none"), Subject("county", "x")):
        with pytest.raises(InputError):
            make_layout(project, subject, Sheet(), lang)
    with pytest.raises(InputError, match="landscap"):
        Sheet("a4", "landscap")
    with pytest.raises(InputError, match="a5"):
        Sheet("a5")
    with pytest.raises(InputError, match="poster"):
        Subject("poster")


# --------------------------------------------------------------------------------------------------------
# The public
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_public_map_shows_no_hidden_place(world, kind):
    project, lang = world
    from envzones.plugin.project.layout_layers import _table

    layout = make_layout(project, of_kind(project, lang, kind), Sheet("a4", "landscape"), lang, publication=PUBLIC)
    hidden = {"water_intake", "contaminated_plot"}
    assert all(PUBLIC.hides(name) for name in hidden)
    for item in layout.items():
        if isinstance(item, QgsLayoutItemMap):
            assert not {_table(layer) for layer in item.layers()} & hidden
        if isinstance(item, QgsLayoutItemLegend):
            assert not {_table(node.layer()) for node in item.model().rootGroup().findLayers()} & hidden
    frame = layout.itemById("table")
    if isinstance(frame, QgsLayoutFrame):
        told = {cell.content() for row in frame.multiFrame().tableContents() for cell in row}
        assert not told & {layer.name() for layer in project.mapLayers().values() if _table(layer) in hidden}
    assert "豫S〔2019〕001号" in layout.itemById("office").text()
    assert not layout.itemById("marks").text()
    assert json.loads(layout.customProperty("envzones/publication"))["audience"] == "public"


def test_a_hidden_zone_is_no_subject_of_a_public_map(world):
    project, lang = world
    subject = next(one for one, _ in subjects(project, lang) if one.key.startswith("contaminated_plot/"))
    make_layout(project, subject, Sheet(), lang, publication=INTERNAL)
    with pytest.raises(InputError, match="public"):
        make_layout(project, subject, Sheet(), lang, publication=PUBLIC)


# --------------------------------------------------------------------------------------------------------
# Words
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "五龙口镇白涧河生活污水直排口" * 12,
        "Unbreakable" * 30,
        "Control zone of the Qin He at Wulongkou, upstream and downstream, " * 6,
        "短",
        "第一行\n第二行\n" + "很长的第三行" * 30,
    ],
)
def test_words_never_leave_their_frame(clean_project, words):
    from qgis.core import QgsLayoutPoint, QgsLayoutSize, QgsPrintLayout
    from qgis.PyQt.QtGui import QFont

    layout = QgsPrintLayout(clean_project)
    layout.initializeDefaults()
    label = QgsLayoutItemLabel(layout)
    font = QFont("Noto Sans CJK SC")
    font.setPointSizeF(11.0)
    label.setFont(font)
    layout.addLayoutItem(label)
    label.attemptMove(QgsLayoutPoint(20, 20))
    label.attemptResize(QgsLayoutSize(60, 12))
    whole = layout_text.fit(label, words)
    assert whole is ("…" not in label.text())
    ink = drawn(layout)
    # The same text with room to spare is no larger than the frame: nothing was clipped.
    label.attemptResize(QgsLayoutSize(200, 100))
    loose = drawn(layout)
    assert (loose.width(), loose.height()) <= (60.2, math.inf)
    assert loose.height() <= 12.4
    assert abs(ink.width() - loose.width()) < 0.6


def drawn(layout):
    """Return the box of all that is not white on the page, mm."""
    import numpy as np

    image = QgsLayoutExporter(layout).renderPageToImage(0, dpi=127).convertToFormat(4 + 20)  # 8 bits of grey
    wide, high = image.width(), image.height()
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    dots = np.frombuffer(bits, np.uint8).reshape(high, image.bytesPerLine())[:, :wide]
    rows, columns_ = np.nonzero(dots < 160)
    return QgsRectangle(columns_.min() / 5.0, rows.min() / 5.0, (columns_.max() + 1) / 5.0, (rows.max() + 1) / 5.0)


def test_lines_break_where_they_may(qgis_app):
    from qgis.PyQt.QtGui import QFont

    font = QFont("Noto Sans CJK SC")
    font.setPointSizeF(10)
    lines = layout_text.broken("环境管控一张图，资料来源：示意数据", font, 20.0)
    assert len(lines) > 1
    assert "".join(lines) == "环境管控一张图，资料来源：示意数据"
    assert not any(line[0] in "，：" for line in lines)
    assert layout_text.broken("two words", font, 60.0) == ["two words"]
    assert "".join(layout_text.broken("unbreakable" * 9, font, 15.0)) == "unbreakable" * 9


def test_families_that_are_not_installed_are_replaced(world):
    project, lang = world
    there = layout_text.installed()
    layout = make_layout(project, Subject("onemap"), Sheet("a4", "landscape"), lang)
    assert layout.itemById("title").font().family() == there["SimHei"]
    assert layout.itemById("notes").font().family() == there["FangSong"]


# --------------------------------------------------------------------------------------------------------
# Templates
# --------------------------------------------------------------------------------------------------------


def script():
    path = Path(__file__).resolve().parents[2] / "docs" / "make_layouts.py"
    spec = importlib.util.spec_from_file_location("make_layouts", path)
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["make_layouts"] = module
    spec.loader.exec_module(module)
    return module


def test_the_templates_are_what_the_script_makes(clean_project):
    made = script()
    names = {f"{kind}_{paper}_{way}.qpt" for kind, paper, way in made.names()}
    assert len(names) == 28
    assert {path.name for path in made.OUT.glob("*.qpt")} == names
    for kind, paper, way in made.names():
        path = made.OUT / f"{kind}_{paper}_{way}.qpt"
        text = path.read_text(encoding="utf-8")
        assert text == made.xml(kind, paper, way), f"{path.name}: run docs/make_layouts.py"
        assert "/usr/" not in text
        assert "/home/" not in text


def test_a_users_copy_takes_the_place_of_a_single_file(world, tmp_path, monkeypatch):
    project, lang = world
    from envzones.plugin import paths

    own = tmp_path / "envzones" / "resources" / "layouts" / "zone_a4_landscape.qpt"
    own.parent.mkdir(parents=True)
    shipped = (paths.LAYOUTS / own.name).read_text(encoding="utf-8")
    # An office that takes an item away, or gives it another name, is not refused.
    own.write_text(shipped.replace('id="north"', 'id="our_arrow"'), encoding="utf-8")
    monkeypatch.setattr(paths, "user_folder", lambda: tmp_path / "envzones")
    subject = of_kind(project, lang, "zone")
    layout = make_layout(project, subject, Sheet("a4", "landscape"), lang)
    assert layout.itemById("our_arrow") is not None
    assert layout.itemById("north") is None
    assert make_layout(project, subject, Sheet("a4", "portrait"), lang).itemById("our_arrow") is None
    own.write_text("<nothing", encoding="utf-8")
    with pytest.raises(InputError, match=r"zone_a4_landscape\.qpt"):
        make_layout(project, subject, Sheet("a4", "landscape"), lang)


def test_a_map_without_anything_is_laid_out_too(clean_project, tmp_path):
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.project.build import Request
    from envzones.plugin.project.build import build as fill
    from envzones.plugin.store.geopackage import create

    path = tmp_path / "empty.gpkg"
    create(path, load_catalog(), frames={}, meta={"title": "空图", "work_crs": "EPSG:4547"})
    clean_project.setFileName(str(tmp_path / "empty.qgz"))
    fill(Request(path, lang="zh", as_of=DAY), clean_project)
    layout = make_layout(clean_project, Subject("onemap"), Sheet(), "zh")
    assert layout.itemById("title").text() == "空图"


def test_subjects_come_in_order_and_fast_enough_for_a_list(world):
    import time

    project, lang = world
    began = time.perf_counter()
    found = subjects(project, lang)
    assert time.perf_counter() - began < 2.0
    kinds = [subject.kind for subject, _ in found]
    assert kinds == sorted(kinds, key=KINDS.index)
    assert set(kinds) == set(KINDS)
