"""Documents through Processing: from a check as it runs, and later from the result it left."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from qgis.core import QgsProject


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1561852800")


@pytest.fixture
def checked(provider, tools, onemap, tmp_path):
    """A siting check with its result file and every document that needs no other program."""
    import processing

    sites = tools.make_layer(
        "Point", "field=site_id:string&field=name:string&field=facility_type:string&field=nature:string",
        [("Point (112.61 35.11)", ["C1", "=1+1", "coal_boiler", "new"])], "sites",
    )  # fmt: skip
    files = {name: str(tmp_path / f"fresh.{name.lower()}") for name in ("XLSX", "DOCX", "HTML")}
    answer = processing.run("envzones:sitingcheck", {
        "SITES": sites, "ONEMAP": str(onemap), "AS_OF": "2019-06-30", "FINDING": "TEMPORARY_OUTPUT",
        "VERDICT": "TEMPORARY_OUTPUT", "ISSUE": "TEMPORARY_OUTPUT", "OFFICE": "示例市生态环境局",
        "RESULT": str(tmp_path / "check.gpkg"), **files,
    })  # fmt: skip
    assert {name: answer[name] for name in files} == files
    return tmp_path / "check.gpkg"


def export(result: Path, onemap: Path, **more):
    import processing

    return processing.run(
        "envzones:exportreport", {"RESULTS": [str(result)], "ONEMAP": str(onemap), "OFFICE": "示例市生态环境局", **more}
    )


@pytest.mark.parametrize("kind", ["xlsx", "docx", "html"])
def test_the_later_document_is_the_document_of_the_check(checked, onemap, tmp_path, kind):
    later = tmp_path / f"later.{kind}"
    answer = export(checked, onemap, **{kind.upper(): str(later)})
    assert answer[kind.upper()] == str(later)
    assert later.read_bytes() == (tmp_path / f"fresh.{kind}").read_bytes()


def test_marks_of_the_audience_are_printed(checked, onemap, tmp_path):
    inside, outside = tmp_path / "inside.docx", tmp_path / "outside.docx"
    export(checked, onemap, DOCX=str(inside), CLASSIFICATION="秘密")
    export(checked, onemap, DOCX=str(outside), AUDIENCE=1, APPROVAL_NO="豫S〔2019〕001号")

    def said(path: Path) -> str:
        with zipfile.ZipFile(path) as package:
            parts = [name for name in package.namelist() if re.match(r"word/(document|header\d*|footer\d*)\.xml", name)]
            return "".join(re.sub("<[^>]+>", "", package.read(name).decode("utf-8")) for name in parts)

    assert "For internal use" in said(inside) and "秘密" in said(inside) and "示例市生态环境局" in said(inside)
    assert "豫S〔2019〕001号" in said(outside) and "For internal use" not in said(outside)


def test_what_the_project_was_told_holds_unless_said_otherwise(checked, onemap, tmp_path, clean_project):
    from envzones.plugin.engine.publication import Publication
    from envzones.plugin.project import publication

    publication.remember(QgsProject.instance(), Publication("public", approval_no="豫S〔2019〕002号"))
    path = tmp_path / "public.xlsx"
    export(checked, onemap, XLSX=str(path))
    cells = [str(c.value) for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for c in row if c.value]
    assert any("豫S〔2019〕002号" in one for one in cells)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "No document is asked for"),
        ({"AUDIENCE": 1, "CLASSIFICATION": "秘密", "XLSX": "a.xlsx"}, "not for the public"),
        ({"AUDIENCE": 0, "APPROVAL_NO": "豫S1", "XLSX": "a.xlsx"}, "approval number is for the public"),
    ],
)
def test_what_does_not_fit_is_refused(checked, onemap, tmp_path, more, words):
    from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback

    files = {name: str(tmp_path / path) if name == "XLSX" else path for name, path in more.items()}
    before = sorted(tmp_path.iterdir())
    told: list[str] = []

    class Recorder(QgsProcessingFeedback):
        def reportError(self, error, fatalError=False):  # noqa: N802, N803 - QGIS's names
            told.append(error)

    algorithm = QgsApplication.processingRegistry().algorithmById("envzones:exportreport").create()
    given = {"RESULTS": [str(checked)], "ONEMAP": str(onemap), **files}
    _, done = algorithm.run(given, QgsProcessingContext(), Recorder(False))
    assert not done and any(words in one for one in told), told
    assert sorted(tmp_path.iterdir()) == before


def test_every_check_of_the_toolbox_writes_documents(provider, tools, onemap, river, section, outfalls, tmp_path):
    import processing

    plan, radius, rivers = (tmp_path / f"{name}.gpkg" for name in ("plan", "radius", "section"))
    common = {"FINDING": "TEMPORARY_OUTPUT", "ISSUE": "TEMPORARY_OUTPUT", "AS_OF": "2019-06-30"}
    processing.run("envzones:planboard", {**common, "ONEMAP": str(onemap), "BOARD": "TEMPORARY_OUTPUT",
                                          "RESULT": str(plan), "XLSX": str(tmp_path / "plan.xlsx")})  # fmt: skip
    sources = {name: f"{onemap}|layername={name}" for name in ("heat_source", "coal_boiler")}
    processing.run("envzones:heatradius", {
        **common, "PLANTS": sources["heat_source"], "BOILERS": sources["coal_boiler"], "ZONE": "TEMPORARY_OUTPUT",
        "RESULT": str(radius), "XLSX": str(tmp_path / "radius.xlsx"),
    })  # fmt: skip
    processing.run("envzones:riversection", {
        **common, "RIVERS": river, "SECTIONS": section, "FEATURES": [outfalls], "REACH": "TEMPORARY_OUTPUT",
        "ZONE": "TEMPORARY_OUTPUT", "RESULT": str(rivers), "XLSX": str(tmp_path / "section.xlsx"),
    })  # fmt: skip
    all_of_them = tmp_path / "all.xlsx"
    processing.run(
        "envzones:exportreport",
        {"RESULTS": [str(plan), str(radius), str(rivers)], "ONEMAP": str(onemap), "XLSX": str(all_of_them)},
    )
    sheets = {name: set(openpyxl.load_workbook(tmp_path / f"{name}.xlsx").sheetnames) for name in ("plan", "radius", "section")}
    together = set(openpyxl.load_workbook(all_of_them).sheetnames)
    assert set.union(*sheets.values()) <= together


def test_through_the_real_qgis_process(checked, onemap, tmp_path, qgis_process):
    out = tmp_path / "report.docx"
    done = qgis_process(
        "run", "envzones:exportreport", "--json", "--", f"RESULTS={checked}", f"ONEMAP={onemap}", f"DOCX={out}",
        "TITLE=甲项目选址符合性分析",
    )  # fmt: skip
    assert json.loads(done.stdout)["results"]["DOCX"] == str(out)
    with zipfile.ZipFile(out) as package:
        assert "甲项目选址符合性分析" in package.read("word/document.xml").decode("utf-8")
