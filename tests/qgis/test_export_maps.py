"""Maps through Processing: in QGIS's own process and in qgis_process."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from pathlib import Path

import pytest
from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
)


@pytest.fixture(scope="module")
def project(onemap, tmp_path_factory, qgis_app):
    from envzones.plugin.project.build import Request, build, save

    folder = tmp_path_factory.mktemp("city")
    path = Path(shutil.copy(onemap, folder / "map.gpkg"))
    one = QgsProject.instance()
    one.clear()
    out = folder / "city.qgz"
    one.setFileName(str(out))
    build(Request(path, lang="en", as_of=date(2019, 6, 30)), one)
    save(one, out)
    yield one
    one.clear()


class Told(QgsProcessingFeedback):
    """Feedback that keeps warnings, and cancels from some progress on."""

    def __init__(self, stop: float = 1000.0) -> None:
        super().__init__(False)
        self.warnings: list[str] = []
        self.progressChanged.connect(lambda percent: self.cancel() if percent >= stop else None)

    def pushWarning(self, warning: str) -> None:  # noqa: N802 - QGIS's name
        self.warnings.append(warning)

    def reportError(self, error: str, fatal: bool = False) -> None:  # noqa: N802, ARG002
        self.warnings.append(error)


def run(project, feedback=None, **parameters):
    import processing

    from envzones.plugin.processing.export_maps import ExportMaps

    context = QgsProcessingContext()
    context.setProject(project)
    return processing.run(
        ExportMaps().create(), {"DPI": 72, "PAPER": 0, **parameters}, feedback=feedback or Told(), context=context
    )


def test_is_a_thing_of_the_main_thread(provider):
    from envzones.plugin.processing.export_maps import ExportMaps

    assert ExportMaps().flags() & QgsProcessingAlgorithm.FlagNoThreading


def test_one_zone_as_a_picture(provider, project, tmp_path):
    out = tmp_path / "zone.png"
    told = Told()
    answer = run(project, told, SUBJECT=5, KEY="示例一级保护区", OUTPUT=str(out), AUDIENCE=1)
    assert answer["OUTPUT"] == str(out) and answer["PAGES"] == 1 and answer["FLAWS"] == len(told.warnings) >= 1
    assert any("approval number is missing" in one for one in told.warnings)
    assert out.read_bytes()[:4] == b"\x89PNG" and os.listdir(tmp_path) == ["zone.png"]


def test_all_zones_as_a_pdf_and_as_files(provider, project, tmp_path):
    out, folder = tmp_path / "zones.pdf", tmp_path / "zones"
    answer = run(project, SUBJECT=5, OUTPUT=str(out), FOLDER=str(folder), FORMAT=3)
    assert answer["PAGES"] == 2 and answer["OUTPUT"] == str(out) and answer["FOLDER"] == str(folder)
    assert out.read_bytes()[:5] == b"%PDF-"
    assert sorted(os.listdir(folder)) == ["示例一级保护区.svg", "示例二级保护区.svg"]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"SUBJECT": 2}, "nothing to print for 'section'"),
        ({"SUBJECT": 5, "KEY": "none"}, "has no 'zone:none'"),
        ({"SUBJECT": 5, "OUTPUT": "zones.png"}, "2 pages go into one .pdf"),
        ({"SUBJECT": 5, "KEY": "示例一级保护区", "AUDIENCE": 1, "STRICT": True}, "nothing was written"),
    ],
)
def test_what_cannot_be_printed(provider, project, tmp_path, parameters, words):
    if "OUTPUT" in parameters:
        parameters = {**parameters, "OUTPUT": str(tmp_path / parameters["OUTPUT"])}
    told = Told()
    with pytest.raises(QgsProcessingException):
        run(project, told, **{"OUTPUT": str(tmp_path / "a.pdf"), **parameters})
    assert any(words in one for one in told.warnings)
    assert os.listdir(tmp_path) == []


def test_without_a_one_map_it_says_so(provider, tmp_path):
    told = Told()
    with pytest.raises(QgsProcessingException):
        run(QgsProject(), told, OUTPUT=str(tmp_path / "a.pdf"))
    assert any("one map" in one for one in told.warnings)


def test_cancelled_in_the_middle_it_leaves_nothing(provider, project, tmp_path):
    run(project, Told(stop=60.0), SUBJECT=5, OUTPUT=str(tmp_path / "zones.pdf"))
    assert os.listdir(tmp_path) == []


def test_from_a_shell(provider, project, qgis_process, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    done = qgis_process(
        "--json", "run", "envzones:exportmaps", f"--PROJECT_PATH={project.fileName()}", "--SUBJECT=5", "--DPI=72",
        "--PAPER=0", f"--OUTPUT={folder / 'zones.pdf'}",
    )  # fmt: skip
    answer = json.loads(done.stdout[done.stdout.index("{") :])["results"]
    assert answer["PAGES"] == 2 and Path(answer["OUTPUT"]).read_bytes()[:5] == b"%PDF-"
    assert os.listdir(folder) == ["zones.pdf"]
