"""The ledger of items through Processing and from the command line, over a map of its own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely
from qgis.core import QgsProcessingException, QgsProject, QgsSettings

from envzones.plugin import cli
from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.project import publication as kept
from envzones.plugin.store.geopackage import create


@pytest.fixture
def world(qgis_app, qgis_processing, tmp_path: Path) -> Path:
    """A map with three items: an overdue one at an outfall, one at an intake, one that is closed."""
    QgsProject.instance().clear()
    base = {"provenance": "illustrative", "valid_from": date(2018, 1, 1), "life_state": "delineated"}
    rows = [
        ("甲-J42-0001", "outfall", "rectifying", date(2018, 12, 31), None, None, (112.612345, 35.123456)),
        ("甲-J42-0002", "water_intake", "not_started", date(2020, 12, 31), None, None, (112.623456, 35.134567)),
        ("甲-J42-0003", "outfall", "closed", date(2019, 6, 1), date(2019, 6, 10), date(2019, 6, 20), (112.634567, 35.1)),
    ]
    items = gpd.GeoDataFrame(
        [
            {**base, "uid": f"I{k}", "problem_no": number, "name": f"问题{k}", "feature_layer": layer, "status": state,
             "due_on": due, "done_on": done, "closed_on": closed, "found_on": date(2019, 6, k + 1), "township": "克井镇",
             "verification": "confirmed" if closed else None, "verified_by": "李工" if closed else None,
             "closed_by": "王局" if closed else None, "photo_before": "照片/无.jpg" if k == 0 else None,
             "geometry": shapely.Point(place)}
            for k, (number, layer, state, due, done, closed, place) in enumerate(rows)
        ],
        geometry="geometry", crs="EPSG:4490",
    )  # fmt: skip
    meta = {"jurisdiction_zh": "甲市", "jurisdiction_code": "419001", "central_meridian": "114", "dem_path": ""}
    folder = tmp_path / "图"
    folder.mkdir()
    create(folder / "one.gpkg", load_catalog(), frames={"rectification_item": items}, meta=meta)
    yield folder / "one.gpkg"
    QgsProject.instance().clear()
    for key in (kept.USUAL_OFFICE, kept.USUAL_DECIMALS):
        QgsSettings().remove(key)


def run(world: Path, **more: object) -> dict:
    """Run the algorithm as Processing does."""
    import processing

    from envzones.plugin.processing.export_ledger import ItemsLedger

    given = {"ONEMAP": str(world), "AS_OF": "2019-06-30", "XLSX": str(world.parent / "台账.xlsx"), **more}
    return processing.run(ItemsLedger().create(), given)


def test_a_month_with_photos(world: Path) -> None:
    done = run(world, PERIOD=2, PHOTOS=True, OFFICE="甲市生态环境局", CLASSIFICATION="内部")
    assert (done["ITEM_COUNT"], done["OVERDUE_COUNT"]) == (3, 1)
    book = openpyxl.load_workbook(done["XLSX"])
    assert book.sheetnames[1:5] in (
        ["月通报", "逾期清单", "本期变动", "照片页"], ["Monthly report", "Overdue", "Changes", "Photos"]
    )
    sheet = book.worksheets[0]
    assert "内部" in sheet.oddHeader.left.text and "甲市生态环境局" in sheet.oddFooter.left.text
    words = [cell.value for line in book.worksheets[4].iter_rows() for cell in line if cell.value]
    assert any("照片/无.jpg" in str(one) for one in words)


def test_a_public_ledger_of_a_project(world: Path) -> None:
    project = QgsProject.instance()
    kept.remember(project, kept.made(True, "", "豫S〔2019〕1号", "", 3))
    done = run(world)
    sheet = openpyxl.load_workbook(done["XLSX"]).worksheets[0]
    cells = [cell.value for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert 112.612 in cells and "豫S〔2019〕1号" in sheet.oddHeader.left.text
    assert not [one for one in cells if "112.62" in str(one) or "35.134" in str(one)]


def test_marks_of_both_audiences_are_refused(world: Path) -> None:
    with pytest.raises(QgsProcessingException):  # QGIS 3.22 keeps the words for its log
        run(world, AUDIENCE=1, CLASSIFICATION="内部")
    assert not (world.parent / "台账.xlsx").exists()


def test_from_the_shell(world: Path, capsys: pytest.CaptureFixture) -> None:
    out = world.parent / "周.xlsx"
    verb = ["onemap", "items", "list", str(world), "--as-of", "2019-06-30"]
    assert cli.main([*verb, "--xlsx", str(out), "--period", "week:2019-26", "--photos", "--public", "--decimals", "2"]) == 0
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["问题整改销号台账", "周调度", "逾期清单", "本期变动", "照片页"]
    assert cli.main([*verb, "--xlsx", str(out), "--period", "week:2019-99"]) == 2
    assert "no period" in capsys.readouterr().err
    assert cli.main([*verb, "--period", "week:2019-26"]) == 2
    assert cli.main([*verb, "--xlsx", str(out), "--period", "week:2019-26", "--overdue"]) == 2
    assert cli.main([*verb, "--xlsx", str(out), "--public", "--classification", "内部"]) == 2
