"""The shipped models: offered by the provider, run for real, equal to their steps run one by one."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from pathlib import Path

import pytest
from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback, QgsVectorLayer

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("sectionclearance", "sitesfromafile")


def run(name: str, parameters: dict) -> dict:
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"envzones:{name}")
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    answer, fine = algorithm.run(parameters, context, feedback)
    assert fine, feedback.textLog()
    return {
        name: (context.takeResultLayer(value) or value) if isinstance(value, str) else value
        for name, value in answer.items()
    }


def layer(found: dict, ending: str) -> QgsVectorLayer:
    """Return an output by the end of its name; a model puts the step before it."""
    return next(value for name, value in found.items() if name.endswith(ending) and isinstance(value, QgsVectorLayer))


def test_they_are_offered_with_titles_and_stable_ids(provider):
    for name in NAMES:
        found = QgsApplication.processingRegistry().algorithmById(f"envzones:{name}")
        assert found is not None, name
        assert found.displayName() not in ("", name)
        assert found.group()
        assert found.canExecute()[0]


def test_the_files_are_those_that_the_script_writes(provider, tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("make_models", ROOT / "docs" / "make_models.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for made in (module.clearance(), module.sites()):
        fine, said = made.validate()
        assert fine, said
        shipped = module.QgsProcessingModelAlgorithm()
        assert shipped.fromFile(str(module.MODELS / f"{made.helpContent()['name']}.model3"))
        assert sorted(shipped.childAlgorithms()) == sorted(made.childAlgorithms())
        assert {p.name() for p in shipped.parameterDefinitions()} == {p.name() for p in made.parameterDefinitions()}


def test_section_clearance_lists_what_the_section_alone_lists(provider, river, section, outfalls):
    found = run("sectionclearance", {
        "RIVERS": river, "SECTIONS": section, "FEATURES": [outfalls], "riversection:Control zones": "TEMPORARY_OUTPUT",
        "riversection:What lies in them": "TEMPORARY_OUTPUT",
    })  # fmt: skip
    alone = run("riversection", {
        "RIVERS": river, "SECTIONS": section, "FEATURES": [outfalls], "FINDING": "TEMPORARY_OUTPUT",
    })  # fmt: skip
    told = sorted((f["site_id"], round(f["chainage_m"], 3)) for f in layer(found, "What lies in them").getFeatures())
    assert told == sorted((f["site_id"], round(f["chainage_m"], 3)) for f in layer(alone, "FINDING").getFeatures())
    assert len(told) >= 3
    assert layer(found, "Control zones").featureCount() == 1


def test_sites_are_converted_checked_and_reported(provider, tools, onemap, tmp_path):
    sites = tools.make_layer(
        "Point", "field=site_id:string&field=name:string",
        [("Point (500000 3884000)", ["C1", "甲"]), ("Point (510000 3890000)", ["C2", "乙"])], "sites", crs="EPSG:4547",
    )  # fmt: skip
    ledger = tmp_path / "ledger.xlsx"
    found = run("sitesfromafile", {
        "SITES": sites, "FROM": "EPSG:4547", "ONEMAP": str(onemap), "FACILITY_TYPE": "coal_boiler",
        "AS_OF": "2019-06-30", "sitingcheck:Verdicts": "TEMPORARY_OUTPUT", "sitingcheck:Ledger": str(ledger),
    })  # fmt: skip
    verdicts = {f["site_id"]: f for f in layer(found, "Verdicts").getFeatures()}
    assert set(verdicts) == {"C1", "C2"}
    place = verdicts["C1"].geometry().centroid().asPoint()
    assert place.x() == pytest.approx(114.0, abs=1e-6)
    assert ledger.stat().st_size > 5000


def test_one_runs_in_qgis_process(tmp_path, river, section, outfalls):
    """As a shell runs it, in the real program with a profile that has the plugin."""
    from qgis.core import QgsVectorFileWriter

    paths = {}
    for name, one in (("rivers", river), ("sections", section), ("outfall", outfalls)):
        paths[name] = str(tmp_path / f"{name}.gpkg")
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.layerName = name
        QgsVectorFileWriter.writeAsVectorFormatV3(one, paths[name], one.transformContext(), options)
    profile = tmp_path / "profile" / "profiles" / "default" / "python" / "plugins"
    profile.mkdir(parents=True)
    (profile / "envzones").symlink_to(ROOT, target_is_directory=True)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QGIS_CUSTOM_CONFIG_PATH": str(tmp_path / "profile")}
    import sysconfig

    environment["PYTHONPATH"] = sysconfig.get_paths()["purelib"]
    enable = ["qgis_process.bin", "plugins", "enable", "envzones"]
    subprocess.run(enable, env=environment, check=True, capture_output=True, timeout=120)
    out = tmp_path / "zones.gpkg"
    command = [
        "qgis_process.bin", "run", "envzones:sectionclearance", "--json", "--", f"RIVERS={paths['rivers']}",
        f"SECTIONS={paths['sections']}", f"FEATURES={paths['outfall']}", f"riversection:Control zones={out}",
    ]  # fmt: skip
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout[done.stdout.index("{"):])["results"]
    assert QgsVectorLayer(str(out), "zones", "ogr").featureCount() == 1
