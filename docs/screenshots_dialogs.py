"""Pictures of dialogs: a new map, a shared one, an algorithm, a form, the import wizard, the printed map."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import processing
from qgis.core import QgsLayoutExporter, QgsVectorLayer
from qgis.PyQt.QtWidgets import QApplication, QWizard
from qgis.utils import iface
from screenshots_window import CHINESE, OUT, PROJECT, action, layer, need, rest, shoot

import envzones

ROOT = Path(envzones.__file__).resolve().parent
_PRINT_DPI = 84


def new_project() -> None:
    """Take a picture of the dialog for a new one map."""
    from envzones.plugin.gui.new_project import NewProjectDialog

    window = NewProjectDialog(iface.mainWindow())
    window.set_file(Path("~/jiyuan/jiyuan.gpkg"))
    window.show()
    rest()
    shoot(window, "new-project.png")
    window.close()


def shared_map() -> None:
    """Take a picture of the dialog for a shared map; no server is asked."""
    from envzones.plugin.engine.location import Location
    from envzones.plugin.gui.connect import SharedMapDialog

    window = SharedMapDialog(iface.mainWindow())
    place = Location(dsn={"host": "db.office", "port": "5432", "dbname": "city", "sslmode": "require"}, schema="envzones")
    window.set_address(place, Path("~/jiyuan/jiyuan.qgz"))
    window.show()
    rest()
    shoot(window, "shared-map.png")
    window.close()


def candidates() -> str:
    """Add the candidate projects and return their layer's id."""
    file = ROOT / "resources" / "demo" / "jiyuan" / "candidates.geojson"
    sites = QgsVectorLayer(f"{file}|geometrytype=Point", "候选项目" if CHINESE else "Candidates", "ogr")
    PROJECT.addMapLayer(sites, False)
    return sites.id()


def algorithm(verb: str, name: str, **known: object) -> None:
    """Take a picture of an algorithm's dialog, filled in from the project."""
    from envzones.plugin.gui.prefill import prefilled

    window = processing.createAlgorithmDialog(f"envzones:{verb}", {**prefilled(verb), **known})
    window.show()
    window.resize(1000, 580)
    rest()
    shoot(window, name)
    window.close()
    window.deleteLater()


def algorithms() -> None:
    """Take pictures of the siting check's dialog and of the export of layers."""
    sites = candidates()
    algorithm("sitingcheck", "algorithm.png", ONEMAP="~/jiyuan/jiyuan.gpkg", SITES=sites)
    PROJECT.removeMapLayer(sites)
    algorithm(
        "exportzones", "export-layers.png", LAYERS=[layer("drinking_water_zone").id()], OUTPUT="~/jiyuan/保护区.shp"
    )


def form() -> None:
    """Take a picture of the form of a drinking-water zone."""
    zones = layer("drinking_water_zone")
    zones.startEditing()
    window = iface.getFeatureForm(zones, next(zones.getFeatures()))
    window.show()
    window.resize(860, 620)
    rest()
    if QApplication.focusWidget() is not None:
        QApplication.focusWidget().clearFocus()
    rest(1.0)
    shoot(window, "attribute-form.png")
    window.reject()
    zones.rollBack()


def importing() -> None:
    """Go through the import wizard with a shapefile in GBK that has no .prj, up to its check; nothing is imported."""
    spec = importlib.util.spec_from_file_location("messy", ROOT / "tests" / "engine" / "messy.py")
    messy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(messy)
    folder = OUT / "import"
    folder.mkdir()
    action("import").trigger()
    wizard = iface.mainWindow().findChild(QWizard, "EnvZonesImport")
    wizard.files.add([str(messy.shapefile(folder, epsg=4547))])
    need(lambda: wizard.state.peek is not None, 30, "a look at the file")
    shoot(wizard, "import-files.png")
    wizard.next()
    need(lambda: wizard.state.reading is not None, 30, "a reading of the coordinates")
    wizard.crs.choose(0)
    wizard.crs.map.to_both()
    rest(1.5)
    shoot(wizard, "import-crs.png")
    wizard.next()
    wizard.fields.choose("contaminated_plot")
    wizard.fields.set_fixed("register_state", "suspected")
    wizard.fields.show_field("planned_use")
    rest()
    shoot(wizard, "import-fields.png")
    wizard.next()
    need(lambda: wizard.check.loaded is not None, 60, "the import's check")
    wizard.check.file.lineEdit().setText("~/地块_rejects.csv")
    wizard.check.rejects.setCurrentItem(wizard.check.rejects.topLevelItem(0))
    rest(1.5)
    shoot(wizard, "import-check.png")
    wizard.reject()


def layout() -> None:
    """Take a picture of the print layout's window, and print the map."""
    page = PROJECT.layoutManager().printLayouts()[0]
    designer = iface.openLayoutDesigner(page)
    window = designer.window()
    window.showNormal()
    window.setGeometry(0, 0, 1366, 768)
    rest(1.5)
    designer.view().zoomFull()
    rest(4.0)
    shoot(window, "layout.png")
    window.close()
    how = QgsLayoutExporter.ImageExportSettings()
    how.dpi = _PRINT_DPI
    how.generateWorldFile = False
    if QgsLayoutExporter(page).exportToImage(str(OUT / "printed-map.png"), how) != QgsLayoutExporter.ExportResult.Success:
        raise RuntimeError("the map could not be printed")


def suitable() -> None:
    """Show where a new livestock farm may go in the whole city, alone on the map."""
    city = processing.run("native:extractbyattribute", {
        "INPUT": layer("admin_area"), "FIELD": "level", "VALUE": "city", "OUTPUT": "TEMPORARY_OUTPUT",
    })["OUTPUT"]  # fmt: skip
    known = dict.fromkeys(("statutory_key_project", "siting_unavoidable", "soil_polluting"), "false")
    before = set(PROJECT.mapLayers())
    processing.runAndLoadResults("envzones:suitablearea", {
        "AREA": city, "ONEMAP": layer("admin_area").source().split("|")[0], "RULEBOOK": ["jiyuan-2018", "national-henan"],
        "FACILITY_TYPE": "livestock_farm", "NATURE": 0, "AS_OF": date(2019, 6, 30).isoformat(),
        "ATTRIBUTES": "\n".join(f"{name}={value}" for name, value in known.items()),
        "SUITABLE": "TEMPORARY_OUTPUT",
    })  # fmt: skip
    made = (one for one in PROJECT.mapLayers().values() if one.customProperty("envzones/result"))
    shown = next(one for one in made if one.customProperty("envzones/result") == "suitablearea/suitable")
    states = {node: node.itemVisibilityChecked() for node in PROJECT.layerTreeRoot().findLayers()}
    for node in states:
        node.setItemVisibilityChecked(node.layer() in (shown, layer("admin_area")))
        node.setExpanded(node.layer() is shown)
    iface.setActiveLayer(shown)
    iface.zoomToActiveLayer()
    rest(2.0)
    shoot(iface.mainWindow(), "suitable.png")
    for node, visible in states.items():
        node.setItemVisibilityChecked(visible)
    PROJECT.removeMapLayers([one for one in PROJECT.mapLayers() if one not in before])
