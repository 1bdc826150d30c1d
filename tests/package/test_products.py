"""The demonstration's products as an office opens them: LibreOffice, pandas, fonts, and what the public must not see."""

from __future__ import annotations

import re
import subprocess
import zipfile
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from envzones.plugin.engine.clauses.book import load_books
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.publication import Publication
from envzones.plugin.engine.report import text
from envzones.plugin.engine.report.content import read_results, write

DEMO = Path(__file__).resolve().parents[2] / "build" / "demo"
DAY = date(2019, 6, 30)
OFFICE = ("ledger.xlsx", "items.xlsx", "siting.docx", "sections.docx", "plan.docx")
PDFS = ("map.pdf", "sections.pdf")


def run(*command: object) -> str:
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def converted(tmp_path_factory) -> Path:
    """All office documents as LibreOffice reads them."""
    folder = tmp_path_factory.mktemp("converted")
    run("soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "pdf",
        "--outdir", folder, *(DEMO / name for name in OFFICE))  # fmt: skip
    return folder


@pytest.mark.parametrize("name", OFFICE)
def test_it_opens_in_libreoffice_with_text_and_fonts(converted, name):
    pdf = converted / f"{Path(name).stem}.pdf"
    assert int(re.search(r"Pages:\s+(\d+)", run("pdfinfo", pdf))[1]) >= 2
    fonts = run("pdffonts", pdf).splitlines()[2:]
    assert fonts and all(re.search(r" yes +(yes|no) +(yes|no) +\d+ +\d+$", line) for line in fonts)
    said = run("pdftotext", "-layout", pdf, "-")
    assert "\ufffd" not in said and not re.search(r"#{4,}", said)


@pytest.mark.parametrize("name", [name for name in OFFICE if name.endswith(".docx")])
def test_the_contents_name_the_page_on_which_a_chapter_stands(converted, name):
    pdf = converted / f"{Path(name).stem}.pdf"
    pages = run("pdftotext", "-layout", pdf, "-").split("\f")
    plain = ["".join(page.split()) for page in pages]
    entries = [
        (match[1].strip(), int(match[2]))
        for page in pages[1:4] for match in re.finditer(r"^\s*([一二三四五六七八九十]+、.+?)\.{3,}\s*(\d+)\s*$", page, re.MULTILINE)
    ]  # fmt: skip
    assert len(entries) >= 4
    for words, number in entries:
        assert "".join(words.split()) in plain[number - 1], (words, number)


@pytest.mark.parametrize("name", [name for name in OFFICE if name.endswith(".xlsx")])
def test_pandas_reads_every_sheet(name):
    sheets = pd.read_excel(DEMO / name, sheet_name=None, header=None)
    assert len(sheets) >= 2 and all(len(sheet) for sheet in sheets.values())


@pytest.mark.parametrize("name", PDFS)
def test_maps_hold_their_fonts_and_a_round_scale(name):
    fonts = run("pdffonts", DEMO / name).splitlines()[2:]
    assert fonts and all(re.search(r" yes +(yes|no) +(yes|no) +\d+ +\d+$", line) for line in fonts)
    said = run("pdftotext", DEMO / name, "-")
    scales = [float(one.replace(",", "")) for one in re.findall(r"1:([\d,]+)", said)]
    pages = int(re.search(r"Pages:\s+(\d+)", run("pdfinfo", DEMO / name))[1])
    assert len(scales) == pages
    for scale in scales:
        assert f"{scale:.0f}".rstrip("0") in {"1", "15", "2", "25", "3", "4", "5", "6", "75", "8"}
    assert "国家大地坐标系" in said and "内部资料" in said


@pytest.fixture(scope="module")
def public(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("public")
    onemap, books = OneMap.open(DEMO / "jiyuan.gpkg"), load_books(["jiyuan-2018", "national-henan"])
    publication = Publication("public", approval_no="豫S〔2019〕001号", decimals=3)
    content = read_results([DEMO / f"{kind}.gpkg" for kind in ("check", "section", "radius", "plan")], onemap, books=books)
    for suffix in (".xlsx", ".docx", ".html"):
        write(folder / f"public{suffix}", content, publication=publication)
    return folder


@pytest.mark.parametrize("suffix", [".xlsx", ".docx", ".html"])
def test_a_public_product_tells_no_place_of_an_intake_or_a_contaminated_plot(public, suffix):
    path = public / f"public{suffix}"
    if suffix == ".html":
        said = path.read_text(encoding="utf-8")
    else:
        with zipfile.ZipFile(path) as package:
            said = "".join(package.read(name).decode("utf-8", "replace") for name in package.namelist() if name.endswith(".xml"))
    assert "豫S〔2019〕001号" in said
    onemap = OneMap.open(DEMO / "jiyuan.gpkg")
    looked = 0
    for layer in ("water_intake", "drinking_water_source", "contaminated_plot"):
        frame = onemap.layer(layer)
        points = frame.geometry.representative_point()
        for lon, lat in zip(points.x, points.y):
            pair = (f"{lon:.4f}", f"{lat:.4f}")
            # Alone a figure may be chance; a place is told by both.
            assert not all(one in said for one in pair), (layer, pair)
            assert not (text.dms(lon, "lon") in said and text.dms(lat, "lat") in said)
            looked += 1
    assert looked > 10
