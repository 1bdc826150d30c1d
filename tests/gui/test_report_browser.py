"""The page of a report in a real Chromium: no complaint, no request, rows and map that lead to each other."""

from __future__ import annotations

import importlib.util
import time
from datetime import date
from pathlib import Path

import pytest

from envzones.plugin.engine.clauses.book import load_books
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.report.content import read_results, write

_SPEC = importlib.util.spec_from_file_location("browser", Path(__file__).with_name("browser.py"))
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)
Browser = _MODULE.Browser
DEMO = Path(__file__).resolve().parents[2] / "build" / "demo"
#: What changes when the map moves.
_VIEW = (
    "return document.querySelector('#map .leaflet-map-pane').style.transform"
    " + document.querySelectorAll('#map path')[0].getAttribute('d')"
)
KINDS = ("check", "section", "radius", "plan")


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    onemap, books = OneMap.open(DEMO / "jiyuan.gpkg"), load_books(["jiyuan-2018", "national-henan"])
    for lang in ("zh", "en"):
        for kind in KINDS:
            content = read_results([DEMO / f"{kind}.gpkg"], onemap, books=books, as_of=date(2019, 6, 30), lang=lang)
            write(folder / f"{kind}-{lang}.html", content, lang=lang)
    return folder


@pytest.fixture(scope="module")
def browser():
    with Browser() as one:
        yield one


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_opens_without_complaint_or_request(browser, pages, kind, lang):
    path = pages / f"{kind}-{lang}.html"
    browser.requests()
    browser.open(path)
    assert browser.complaints() == []
    assert browser.requests() == [path.as_uri()]
    assert browser.run("return document.querySelectorAll('tbody tr').length") > 10
    assert browser.run("return document.querySelectorAll('#map path').length") > 20
    wide = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    assert browser.picture(pages / f"{kind}-{lang}.png").stat().st_size > 30_000


def test_a_row_leads_to_the_map_and_the_map_to_its_row(browser, pages):
    browser.open(pages / "check-zh.html")
    before = browser.run(_VIEW)
    browser.click("#chapter-0 tbody tr:nth-child(3) button")
    time.sleep(1.0)
    after = browser.run(_VIEW)
    assert before != after
    assert browser.run("return document.querySelector('tr.chosen td').textContent") == "3"
    # A click on a site in the map marks its row.
    browser.open(pages / "check-zh.html")
    browser.run(
        "const paths = document.querySelectorAll('#map path.leaflet-interactive');"
        "paths[paths.length - 1].dispatchEvent(new MouseEvent('click', {bubbles: true}));"
    )
    assert browser.run("return document.querySelectorAll('tr.chosen').length") == 1
    assert browser.complaints() == []


def test_words_and_status_sift_the_rows(browser, pages):
    browser.open(pages / "check-zh.html")
    every = browser.run("return [...document.querySelectorAll('tbody tr')].filter(r => !r.hidden).length")
    browser.type("#search", "水源")
    found = browser.run("return [...document.querySelectorAll('tbody tr')].filter(r => !r.hidden && r.parentElement.rows.length).length")
    texts = browser.run("return [...document.querySelectorAll('.scroll tbody tr')].filter(r => !r.hidden).map(r => r.textContent)")
    assert 0 < found < every and sum("水源" not in one for one in texts) <= 6  # the form for the decision stays
    browser.run("const s = document.getElementById('search'); s.value = ''; s.dispatchEvent(new Event('input'));")
    browser.run("const f = document.getElementById('filter'); f.value = 'not_assessed'; f.dispatchEvent(new Event('change'));")
    left = browser.run("return [...document.querySelectorAll('tbody tr')].filter(r => !r.hidden).length")
    assert 0 < left < every
    assert browser.complaints() == []


def test_layers_are_switched(browser, pages):
    browser.open(pages / "section-zh.html")
    count = "return document.querySelectorAll('#map path').length"
    before = browser.run(count)
    browser.click(".legend label:nth-of-type(5) input")
    assert browser.run(count) < before
    browser.click(".legend label:nth-of-type(5) input")
    assert browser.run(count) == before


def test_it_prints(browser, pages, tmp_path):
    browser.open(pages / "section-zh.html")
    printed = browser.pdf(tmp_path / "page.pdf").read_bytes()
    assert printed.startswith(b"%PDF") and len(printed) > 20_000


def test_on_a_narrow_screen_map_and_tables_follow_each_other(pages):
    with Browser(420, 800) as narrow:
        narrow.open(pages / "check-zh.html")
        assert narrow.complaints() == []
        wide = narrow.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        narrow.picture(pages / "narrow.png")
