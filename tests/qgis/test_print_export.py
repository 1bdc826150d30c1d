"""Printed maps as files: what they hold, where they lie, that they are whole, and the same bytes for the same map."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsLayoutItemLabel,
    QgsLayoutItemMap,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsPalLayerSettings,
    QgsPrintLayout,
    QgsRectangle,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtGui import QColor, QFont, QImage

#: Lower left corner of the map in EPSG:4547, and its scale: 200 mm by 150 mm of the paper are 10 km by 7.5 km.
WEST, SOUTH, SCALE = 400000.0, 3870000.0, 50000.0
WORDS = "沁河断面管控图"


def make_page(project, layers=()):
    """Return an A4 page with a title and a map of 200 by 150 mm whose upper left corner lies at (20, 30)."""
    project.setCrs(QgsCoordinateReferenceSystem("EPSG:4547"))
    layout = QgsPrintLayout(project)
    layout.initializeDefaults()
    layout.setName("page")
    title = QgsLayoutItemLabel(layout)
    title.setId("title")
    title.setText(WORDS)
    font = QFont("Noto Sans CJK SC")
    font.setPointSizeF(20.0)
    title.setFont(font)
    layout.addLayoutItem(title)
    title.attemptMove(QgsLayoutPoint(20, 8))
    title.attemptResize(QgsLayoutSize(200, 15))
    main = QgsLayoutItemMap(layout)
    main.setId("map")
    layout.addLayoutItem(main)
    main.attemptMove(QgsLayoutPoint(20, 30))
    main.attemptResize(QgsLayoutSize(200, 150))
    main.setCrs(project.crs())
    main.setLayers(list(layers))
    main.setKeepLayerSet(True)
    main.setExtent(QgsRectangle(WEST, SOUTH, WEST + 10000.0, SOUTH + 7500.0))
    return layout


def made(project, make_layer):
    """Return such a page with one labelled square, which the project holds."""
    square = f"Polygon (({WEST} {SOUTH}, {WEST + 5000} {SOUTH}, {WEST + 5000} {SOUTH + 3750}, {WEST} {SOUTH + 3750},"
    square += f" {WEST} {SOUTH}))"
    layer = make_layer("Polygon", "field=name:string", [(square, ["五龙口"])], "zones", "EPSG:4547")
    layer.renderer().symbol().setColor(QColor("#c0d8a0"))  # else it is drawn by lot
    settings = QgsPalLayerSettings()
    settings.fieldName = "name"
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)
    project.addMapLayer(layer)
    return make_page(project, [layer])


@pytest.fixture
def page(clean_project, tools):
    layout = made(clean_project, tools.make_layer)
    assert layout.itemById("map").scale() == pytest.approx(SCALE, rel=1e-6)
    return layout


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} (poppler-utils) is not installed")
    return found


def told(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout


def export(*args, **kwargs):
    from envzones.plugin.project.print_export import export as one

    return one(*args, **kwargs)


# --- what the files hold ------------------------------------------------------------------------------


@pytest.mark.parametrize("layers", [False, True])
def test_pdf_has_text_fonts_title_and_its_place(page, tmp_path, layers):
    from osgeo import gdal, osr

    path = tmp_path / "map.pdf"
    export(page, path, layers=layers)
    info = told(program("pdfinfo"), str(path))
    assert re.search(rf"Title: +{WORDS}\n", info)
    assert "Author" not in info
    assert re.search(r"Page size: +84[12](\.\d+)? x 59[56](\.\d+)? pts", info)
    fonts = told(program("pdffonts"), str(path)).splitlines()[2:]
    # Columns from the right: object, number, unicode, subset, embedded.
    assert fonts and all(line.split()[-5] == "yes" for line in fonts)
    text = told(program("pdftotext"), str(path), "-")
    assert WORDS in text and "五龙口" in text
    file = gdal.OpenEx(str(path), gdal.OF_RASTER, open_options=["DPI=200"])
    x, across, _, y, _, down = file.GetGeoTransform()
    dot = SCALE * 0.0254 / 200
    assert (across, -down) == (pytest.approx(dot, rel=2e-3), pytest.approx(dot, rel=2e-3))
    # The page's corner lies 20 mm left of the map's and 30 mm above it.
    assert x == pytest.approx(WEST - 20 * SCALE / 1000, abs=3 * dot)
    assert y == pytest.approx(SOUTH + 7500 + 30 * SCALE / 1000, abs=3 * dot)
    system = osr.SpatialReference(wkt=file.GetProjection())
    assert system.GetAttrValue("PROJCS") == "CGCS2000 / 3-degree Gauss-Kruger CM 114E"
    if not layers:
        assert str(int(WEST)) in file.GetMetadataItem("NEATLINE")


def test_layers_of_a_pdf_can_be_switched(page, tmp_path):
    from osgeo import gdal

    from envzones.plugin import compat

    if not compat.can_write_layered_pdf():
        pytest.skip("this GDAL cannot put a layered PDF together")
    export(page, tmp_path / "map.pdf", layers=True)
    names = gdal.OpenEx(str(tmp_path / "map.pdf"), gdal.OF_RASTER).GetMetadata("LAYERS").values()
    assert any("zones" in name for name in names)
    export(page, tmp_path / "flat.pdf")
    assert not gdal.OpenEx(str(tmp_path / "flat.pdf"), gdal.OF_RASTER).GetMetadata("LAYERS")


def test_pdf_without_its_place(page, tmp_path):
    from osgeo import gdal

    export(page, tmp_path / "map.pdf", georeference=False)
    assert gdal.Open(str(tmp_path / "map.pdf")).GetProjection() == ""


def test_picture_and_its_world_file(page, tmp_path):
    export(page, tmp_path / "map.png", dpi=100)
    assert sorted(os.listdir(tmp_path)) == ["map.png"]
    image = QImage(str(tmp_path / "map.png"))
    assert abs(image.width() - 297 / 25.4 * 100) <= 1 and abs(image.height() - 210 / 25.4 * 100) <= 1
    assert round(image.dotsPerMeterX() * 0.0254) == 100
    assert image.text("Title") == WORDS
    export(page, tmp_path / "map.jpg", dpi=100, georeference=True)
    across, lean, skew, down, x, y = map(float, (tmp_path / "map.jgw").read_text().split())
    dot = SCALE * 0.0254 / 100
    assert (lean, skew) == (pytest.approx(0, abs=1e-9), pytest.approx(0, abs=1e-9))
    assert across == pytest.approx(dot, rel=1e-3) and down == pytest.approx(-dot, rel=1e-3)
    # A world file tells the centre of the first dot.
    assert x == pytest.approx(WEST - 20 * SCALE / 1000 + dot / 2, abs=0.1)
    assert y == pytest.approx(SOUTH + 7500 + 30 * SCALE / 1000 - dot / 2, abs=0.1)
    # The square's corner in the middle of the map is where the file says: fill on one side, paper on the other.
    picture = QImage(str(tmp_path / "map.jpg"))
    column, row = (WEST + 5000 - x) / across, (SOUTH + 3750 - y) / down
    inside, outside = picture.pixelColor(int(column) - 4, int(row) + 4), picture.pixelColor(int(column) + 4, int(row) - 4)
    assert outside.lightness() > 245 and inside.lightness() < 240


def test_svg_needs_no_font(page, tmp_path):
    path = tmp_path / "map.svg"
    export(page, path)
    tree = ElementTree.parse(path)
    kinds = {element.tag.split("}")[-1] for element in tree.iter()}
    assert "text" not in kinds and "path" in kinds
    outlined = {element.get("aria-label"): element.get("d") for element in tree.iter() if element.get("aria-label")}
    assert WORDS in outlined
    # Each of the letters has its outlines, in one row as wide as the words.
    starts = [float(x) for x in re.findall(r"M(-?[\d.]+),", outlined[WORDS])]
    assert len(starts) >= len(WORDS) and max(starts) - min(starts) > 10 * len(WORDS)
    assert tree.getroot().find("{http://www.w3.org/2000/svg}title").text == WORDS


@pytest.mark.parametrize("layers", [False, True])
def test_svg_cuts_a_map_at_its_frame(page, tmp_path, layers):
    """Qt writes no clipping: what the map draws is clipped to its frame, the frame itself is not."""
    page.itemById("map").setFrameEnabled(True)
    export(page, tmp_path / "map.svg", layers=layers)
    tree = ElementTree.parse(tmp_path / "map.svg")
    name, inkscape = "{http://www.w3.org/2000/svg}", "{http://www.inkscape.org/namespaces/inkscape}"
    box = [float(one) for one in tree.getroot().get("viewBox").split()]
    (rect,) = tree.getroot().findall(f"{name}defs/{name}clipPath/{name}rect")
    x, y, width, height = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
    wanted = (20 / 297 * box[2], 30 / 210 * box[3], 200 / 297 * box[2], 150 / 210 * box[3])
    assert (x, y, width, height) == pytest.approx(wanted, abs=0.01)
    clipped = [group for group in tree.getroot() if group.get("clip-path")]
    whole = [group for group in tree.getroot() if group.tag == f"{name}g" and not group.get("clip-path")]
    assert {group.get("clip-path") for group in clipped} == {"url(#map-0)"}
    drawn = {path.get("fill") or group.get("fill") for one in clipped for group in one.iter() for path in group}
    assert "#c0d8a0" in drawn
    # The title and the frame are whole.
    assert any(path.get("aria-label") == WORDS for one in whole for path in one.iter())
    labels = {group.get(f"{inkscape}label") for group in tree.getroot()} - {None}
    assert ("map: zones" in labels and "map: Frame" in labels) is layers


def test_outlined_text_looks_as_qt_draws_it(page, tmp_path):
    """Rendered by Qt's own SVG, the page is the page of the picture."""
    from qgis.PyQt.QtGui import QPainter
    from qgis.PyQt.QtSvg import QSvgRenderer

    export(page, tmp_path / "map.svg", dpi=100)
    export(page, tmp_path / "map.png", dpi=100)
    wanted = QImage(str(tmp_path / "map.png"))
    drawn = QImage(wanted.size(), QImage.Format.Format_RGB32)
    drawn.fill(0xFFFFFFFF)
    painter = QPainter(drawn)
    QSvgRenderer(str(tmp_path / "map.svg")).render(painter)
    painter.end()

    def ink(image, box=(70, 25, 640, 100)):
        x0, y0, x1, y1 = box
        dark = [(x, y) for x in range(x0, x1) for y in range(y0, y1) if image.pixelColor(x, y).lightness() < 128]
        return min(x for x, _ in dark), max(x for x, _ in dark), min(y for _, y in dark), max(y for _, y in dark), len(dark)

    theirs, ours = ink(wanted), ink(drawn)
    assert all(abs(a - b) <= 3 for a, b in zip(theirs[:4], ours[:4]))
    assert abs(theirs[4] - ours[4]) <= 0.3 * theirs[4]


# --- whole or not at all ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "dpi", "words"),
    [("map.bmp", 200, r"\.bmp"), ("no/map.pdf", 200, "does not exist"), ("map.pdf", 5, "5 dots"), (".", 200, "kind")],
)
def test_refuses_what_cannot_be_written(page, tmp_path, name, dpi, words):
    from envzones.plugin.engine.errors import InputError

    with pytest.raises(InputError, match=words):
        export(page, tmp_path / name, dpi=dpi)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kind", ["pdf", "png", "svg"])
def test_a_failure_leaves_what_was_there(page, tmp_path, monkeypatch, kind):
    from envzones.plugin.engine.errors import InputError
    from envzones.plugin.project import print_export

    path = tmp_path / f"map.{kind}"
    path.write_bytes(b"before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(print_export.os, "replace", full)
    with pytest.raises(InputError, match="No space left"):
        export(page, path)
    assert os.listdir(tmp_path) == [path.name]
    assert path.read_bytes() == b"before"


def test_a_pdf_that_was_cut_short_is_found(tmp_path):
    from envzones.plugin.engine.errors import InputError
    from envzones.plugin.project.print_export import _check_pdf

    (tmp_path / "cut.pdf").write_bytes(b"%PDF-1.4\n" + b"x" * 500)
    with pytest.raises(InputError, match="to its end"):
        _check_pdf(tmp_path / "cut.pdf")


def test_the_layout_is_left_as_it_was(page, tmp_path):
    context = page.renderContext()
    before = context.dpi(), int(context.flags()), context.textRenderFormat()
    for kind in ("pdf", "png"):
        export(page, tmp_path / f"map.{kind}", dpi=77)
    assert (context.dpi(), int(context.flags()), context.textRenderFormat()) == before


# --- the same bytes -----------------------------------------------------------------------------------

_TWICE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from qgis.core import QgsApplication, QgsProject
application = QgsApplication([], True)
application.initQgis()
import conftest
import test_print_export as scene
layout = scene.made(QgsProject.instance(), conftest.make_layer)
out = Path(sys.argv[2])
for name, layers in (("map.pdf", False), ("layers.pdf", True), ("map.png", False), ("map.jpg", False),
                     ("map.svg", False), ("layers.svg", True)):
    scene.export(layout, out / name, layers=layers)
import os
os._exit(0)
"""


def test_two_processes_write_the_same_bytes(tmp_path):
    written = []
    for number, seed in enumerate(("1", "2")):
        folder = tmp_path / str(number)
        (folder / "run").mkdir(parents=True, mode=0o700)
        environment = {
            **os.environ, "SOURCE_DATE_EPOCH": "1561852800", "PYTHONHASHSEED": seed,
            "XDG_RUNTIME_DIR": str(folder / "run"), "QGIS_CUSTOM_CONFIG_PATH": str(folder / "profile"),
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", _TWICE, str(Path(__file__).parent), str(folder)], env=environment,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        written.append({path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()})
    assert len(written[0]) == 6
    differing = [name for name in written[0] if written[0][name] != written[1][name]]
    assert not differing, json.dumps(differing)
    assert b"D:20190630000000" in written[0]["map.pdf"]


def test_another_moment_gives_other_dates_alone(page, tmp_path, monkeypatch):
    contents = []
    for epoch in ("1561852800", "1577836800"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        export(page, tmp_path / "map.pdf")
        contents.append((tmp_path / "map.pdf").read_bytes())
    assert contents[0] != contents[1]
    assert re.sub(rb"D:\d{14}", b"", contents[0]) == re.sub(rb"D:\d{14}", b"", contents[1])
