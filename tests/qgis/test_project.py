"""The project: built, written, opened again; and the printed map."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest
from qgis.core import QgsFieldConstraints, QgsProject, QgsVectorLayer
from qgis.PyQt.QtGui import QImage


@pytest.fixture
def folder(onemap, tmp_path) -> Path:
    shutil.copy(onemap, tmp_path / "map.gpkg")
    return tmp_path


def make(folder: Path, project: QgsProject, lang: str = "zh", **results: Path) -> Path:
    from envzones.plugin.project.build import Request, build, save

    out = folder / "city.qgz"
    project.setFileName(str(out))
    build(Request(folder / "map.gpkg", results, lang, date(2019, 6, 30)), project)
    save(project, out)
    return out


def tables(project: QgsProject) -> dict[str, QgsVectorLayer]:
    return {layer.customProperty("envzones/table"): layer for layer in project.mapLayers().values()}


def colours(image: QImage) -> int:
    """Return how many different colours a coarse grid of pixels has."""
    return len({image.pixel(x, y) for x in range(0, image.width(), 9) for y in range(0, image.height(), 9)})


def test_opens_again_with_valid_styled_layers_in_themes(folder, clean_project):
    from envzones.plugin.engine.catalog import load_catalog

    out = make(folder, clean_project)
    clean_project.clear()
    assert clean_project.read(str(out))
    catalog = load_catalog()
    found = tables(clean_project)
    assert set(catalog) <= set(found)
    assert all(layer.isValid() for layer in found.values())
    groups = [group.name() for group in clean_project.layerTreeRoot().findGroups()]
    assert groups == [theme.zh for theme in catalog.themes.values()]
    zone = found["drinking_water_zone"]
    assert zone.name() == catalog["drinking_water_zone"].zh
    assert zone.renderer().type() == "categorizedSymbol"
    assert zone.renderer().classAttribute() == "level"
    assert clean_project.crs().authid() == "EPSG:4547"
    assert clean_project.title() == "示例一张图"


def test_paths_are_relative(folder, clean_project, tmp_path_factory):
    out = make(folder, clean_project)
    clean_project.clear()
    with zipfile.ZipFile(out) as archive:
        text = archive.read(next(n for n in archive.namelist() if n.endswith(".qgs"))).decode()
    assert str(folder) not in text
    elsewhere = tmp_path_factory.mktemp("moved")
    shutil.move(str(out), elsewhere / out.name)
    shutil.move(str(folder / "map.gpkg"), elsewhere / "map.gpkg")
    assert clean_project.read(str(elsewhere / out.name))
    assert all(layer.isValid() for layer in clean_project.mapLayers().values())


def test_forms_come_from_the_catalog(folder, clean_project):
    make(folder, clean_project)
    layer = tables(clean_project)["drinking_water_zone"]
    fields = layer.fields()
    level = fields.indexOf("level")
    assert layer.attributeAlias(level) == "保护区级别"
    setup = layer.editorWidgetSetup(level)
    assert setup.type() == "ValueMap"
    assert {"一级保护区": "primary"} in setup.config()["map"]
    assert layer.editorWidgetSetup(fields.indexOf("valid_from")).type() == "DateTime"
    constraints = layer.fieldConstraints(level)
    assert constraints & QgsFieldConstraints.ConstraintNotNull
    plant = tables(clean_project)["heat_source"]
    assert plant.editorWidgetSetup(plant.fields().indexOf("chp")).type() == "CheckBox"


def test_speaks_english_when_asked(folder, clean_project):
    from envzones.plugin.engine.catalog import load_catalog

    make(folder, clean_project, lang="en")
    catalog = load_catalog()
    layer = tables(clean_project)["drinking_water_zone"]
    assert layer.name() == catalog["drinking_water_zone"].en
    labels = {category.value(): category.label() for category in layer.renderer().categories()}
    assert labels["primary"] == catalog["drinking_water_zone"].field("level").domain["primary"]["en"]
    assert clean_project.layoutManager().layouts()[0].name() == "One map A3"


def test_empty_layers_start_hidden(folder, clean_project):
    make(folder, clean_project)
    root = clean_project.layerTreeRoot()
    found = tables(clean_project)
    assert not root.findLayer(found["mine_site"].id()).isVisible()
    assert root.findLayer(found["drinking_water_zone"].id()).isVisible()


def test_results_lie_on_top_and_styled(folder, clean_project, provider, tools):
    import processing

    plants = QgsVectorLayer(f"{folder / 'map.gpkg'}|layername=heat_source", "plants", "ogr")
    boilers = QgsVectorLayer(f"{folder / 'map.gpkg'}|layername=coal_boiler", "boilers", "ogr")
    target = folder / "radius.gpkg"
    finding = f"ogr:dbname='{target}' table=\"finding\" (geom)"
    processing.run("envzones:heatradius", {"PLANTS": plants, "BOILERS": boilers, "FINDING": finding})
    make(folder, clean_project, radius=target)
    first = clean_project.layerTreeRoot().children()[0]
    assert first.name() == "供热半径"
    layer = first.findLayers()[0].layer()
    assert layer.name().startswith("研判明细")
    assert layer.renderer().type() == "categorizedSymbol"


def test_map_is_printed_and_not_blank(folder, clean_project):
    from envzones.plugin.project.layout import NAME
    from envzones.plugin.project.print_export import export

    make(folder, clean_project)
    layout = clean_project.layoutManager().layoutByName(NAME["zh"])
    scale = layout.itemById("map").scale()
    assert scale / 50000.0 == pytest.approx(round(scale / 50000.0), abs=1e-6)
    assert "114°E" in layout.itemById("notes").currentText()
    assert "2019-06-30" in layout.itemById("subtitle").currentText()
    export(layout, folder / "map.png")
    image = QImage(str(folder / "map.png"))
    assert abs(image.width() - 3307) <= 1
    assert abs(image.height() - 2338) <= 1
    assert colours(image) > 100
    export(layout, folder / "map.pdf")
    assert (folder / "map.pdf").read_bytes()[:5] == b"%PDF-"
    assert not [name for name in os.listdir(folder) if name.startswith(".")]


def test_export_refuses_an_unknown_kind(folder, clean_project):
    from envzones.plugin.engine.errors import InputError
    from envzones.plugin.project.layout import NAME
    from envzones.plugin.project.print_export import export

    make(folder, clean_project)
    with pytest.raises(InputError, match=r"\.bmp"):
        export(clean_project.layoutManager().layoutByName(NAME["zh"]), folder / "map.bmp")


def test_headless_command_is_silent_and_ends_well(folder):
    command = [
        sys.executable, "-m", "envzones.plugin.project", "--onemap", str(folder / "map.gpkg"),
        "--out", str(folder / "p.qgz"), "--png", str(folder / "p.png"), "--as-of", "2019-06-30",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (folder / "p.qgz").is_file()
    assert (folder / "p.png").is_file()


def test_headless_command_answers_bad_input_in_a_sentence(folder):
    command = [sys.executable, "-m", "envzones.plugin.project", "--onemap", str(folder / "no.gpkg"),
               "--out", str(folder / "p.qgz")]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "no.gpkg does not exist" in done.stderr
    assert not (folder / "p.qgz").exists()
