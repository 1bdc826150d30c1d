"""Maps and documents leave a project in a real QGIS window of 1366 x 768, in English and in Chinese."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DEMO = ROOT / "resources" / "demo" / "jiyuan"
DAY = date(2019, 6, 30)


@pytest.fixture(scope="module", params=["en", "zh_CN"])
def seen(request, tmp_path_factory):
    """What the script in the window saw."""
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.folder import read_folder
    from envzones.plugin.store.geopackage import create

    spec = importlib.util.spec_from_file_location("qgis_window", HERE / "qgis_window.py")
    runner = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(runner)
    out = tmp_path_factory.mktemp(f"export-{request.param}")
    onemap, project = out / "jiyuan.gpkg", out / "jiyuan.qgz"
    catalog = load_catalog()
    content = read_folder(DEMO, catalog)
    create(onemap, catalog, frames=content.frames, coverage=content.coverage, meta=content.meta)
    subprocess.run(
        [sys.executable, "-m", "envzones.plugin.project", "--onemap", str(onemap), "--out", str(project),
         "--as-of", DAY.isoformat(), "--lang", "zh" if request.param.startswith("zh") else "en"], check=True, timeout=180,
    )  # fmt: skip
    answer = runner.run_in_window(HERE / "inside_export.py", project, out, locale=request.param, seconds=420.0)
    assert "error" not in answer, answer["error"]
    return {**answer, "out": out}


def test_the_audience_is_asked_once(seen):
    assert seen["maps"]["asked"] == 1


def test_the_map_is_written(seen):
    assert seen["maps"]["written"], seen["maps"]
    said = subprocess.run(["pdffonts", str(seen["out"] / "one.pdf")], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in said.splitlines()[2:]]
    # Every font is in the file.
    assert rows and all(row[-5] == "yes" for row in rows), said


def test_a_page_opens_in_the_layout_designer(seen):
    assert seen["maps"]["designers"] == 1 and len(seen["maps"]["layouts"]) == 2


def test_the_boards_ledger_is_written(seen):
    from openpyxl import load_workbook

    assert seen["documents"]["written"], seen["documents"]
    # Read-only mode would keep the file open and leave a warning to whichever test comes next.
    cells = [cell for sheet in load_workbook(seen["out"] / "board.xlsx")
             for row in sheet.iter_rows(values_only=True) for cell in row if cell]  # fmt: skip
    assert len(cells) > 100


def test_nothing_is_cut_off_on_a_small_screen(seen):
    assert seen["cut"] == [], json.dumps(seen["cut"], ensure_ascii=False, indent=1)


def test_no_python_error_in_the_log(seen):
    log = (seen["out"] / "qgis.log").read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log, log[-3000:]
