"""The user guide: the same in both languages, whole, and readable without a network."""

from __future__ import annotations

import re
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import build_guide  # noqa: E402
import screenshots  # noqa: E402

SOURCES = build_guide.read(ROOT / "docs" / "guide", ".md")
PICTURES = build_guide.read(ROOT / "docs" / "img", ".png")


class Reader(HTMLParser):
    """What a browser would take from a page: its ids, its links, its pictures, its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.words = ""
        self._skip = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.add(tag)
        self.names |= set(given)
        self._skip = tag == "style"
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "img":
            self.pictures.append(given["src"])

    def handle_data(self, data):
        if not self._skip:
            self.words += data


@pytest.fixture(scope="module")
def built() -> dict[str, bytes]:
    return build_guide.build(SOURCES, PICTURES)


@pytest.fixture(scope="module")
def pages(built) -> dict[str, Reader]:
    return {name: Reader(data.decode("utf-8")) for name, data in built.items() if name.endswith(".html")}


def shape(source: bytes) -> tuple[list[str], ...]:
    """What a page consists of, whatever its language: headings, anchors, pictures."""
    text = source.decode("utf-8")
    headings = re.findall(r"^(#+) ", text, re.MULTILINE)
    anchors = re.findall(r"^<!-- anchor: (\S+) -->$", text, re.MULTILINE)
    pictures = [re.sub(r"/(zh|en)/", "/", one) for one in re.findall(r"!\[[^\]]*\]\(([^)]*)\)", text)]
    return headings, anchors, pictures


def rows_of_tables(source: bytes) -> list[int]:
    """How many rows each table of a page has."""
    return [one.count("\n") for one in re.findall(r"(?:^\|[^\n]*\n)+", source.decode("utf-8"), re.MULTILINE)]


@pytest.mark.parametrize("name", build_guide.page_names())
def test_a_page_is_the_same_in_both_languages(name):
    zh, en = SOURCES[f"zh/{name}.md"], SOURCES[f"en/{name}.md"]
    assert shape(zh) == shape(en)
    assert rows_of_tables(zh) == rows_of_tables(en)
    targets = [set(re.findall(r"\]\(([a-z-]+\.md[^)]*)\)", one.decode("utf-8"))) for one in (zh, en)]
    assert targets[0] == targets[1]
    han = re.compile("[\u4e00-\u9fff]")
    assert len(han.findall(zh.decode("utf-8"))) > 150
    # English pages name Chinese terms now and then; they are not written in Chinese.
    assert len(han.findall(en.decode("utf-8"))) < 60


def test_every_page_of_the_plugin_is_there_in_the_order_of_its_list(pages):
    names = build_guide.page_names()
    assert {"map", "site", "probe", "matrix", "river", "plan", "import", "export", "editing", "new-project", "shared-map",
            "options", "processing", "styles", "searching", "index", "troubleshooting"} == set(names)  # fmt: skip
    for lang in ("zh", "en"):
        for name in names:
            listed = [link for link in pages[f"{lang}/{name}.html"].links if link.endswith(".html")]
            assert listed[: len(names)] == [f"{one}.html" for one in names]


def test_every_link_and_picture_leads_somewhere(built, pages):
    for name, page in pages.items():
        folder = name.split("/")[0]
        assert len(page.ids) == len(set(page.ids)), name
        for link in page.links:
            path, _, anchor = link.partition("#")
            target = name if not path else f"{folder}/{path}" if not path.startswith("../") else path[3:]
            assert target in pages, (name, link)
            if anchor:
                assert anchor in pages[target].ids, (name, link)
        for picture in page.pictures:
            assert picture.startswith(f"../img/{folder}/"), (name, picture)
            assert picture[3:] in built, (name, picture)


def test_pages_run_no_script_and_need_no_network(built, pages):
    for name, page in pages.items():
        assert not page.tags & {"script", "iframe", "object", "embed", "link", "form"}, name
        assert not [one for one in page.names if one.startswith("on")], name
        assert not [link for link in page.links if re.match(r"[a-z]+:", link)], name
        assert b"url(" not in built[name]
        assert b"@import" not in built[name]


def test_pages_are_readable_in_light_and_dark_and_in_chinese(built):
    text = built["zh/index.html"].decode("utf-8")
    assert '<html lang="zh-CN">' in text
    assert "prefers-color-scheme: dark" in text
    assert "Noto Sans CJK SC" in text
    assert "Microsoft YaHei" in text


def test_all_pictures_of_the_script_are_shown_and_no_other(built):
    taken = {name for names in screenshots.STEPS.values() for name in names}
    for lang in ("zh", "en"):
        shown = {name.split("/")[2].removesuffix(".png") for name in built if name.startswith(f"img/{lang}/")}
        assert shown == taken
        kept = {name.split("/")[1].removesuffix(".png") for name in PICTURES if name.startswith(f"{lang}/")}
        assert kept == taken


def test_the_same_sources_give_the_same_bytes(built):
    again = build_guide.build(dict(reversed(list(SOURCES.items()))), PICTURES)
    assert again == built


def test_pictures_are_small(built):
    from io import BytesIO

    from PIL import Image

    for name, data in built.items():
        if name.endswith(".png"):
            with Image.open(BytesIO(data)) as picture:
                assert picture.width <= build_guide.WIDEST, name
    assert sum(map(len, built.values())) < 10e6


def test_what_looks_like_html_is_text():
    page = build_guide._Page("en", "site", "# A <b>title</b> & more\n\n<script>alert(1)</script>\n\n<img src=x onerror=y>\n")
    assert "<script" not in page.body
    assert "<b>" not in page.body
    assert "&lt;script&gt;" in page.body
    assert "<img" not in page.body


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("# A\n\n[b](nowhere.md)\n", "there is no page nowhere"),
        ("# A\n\n[b](site.md#nowhere)\n", "site has no heading nowhere"),
        ("# A\n\n[b](../../clauses.md)\n", "not bundled"),
        ("# A\n\n![b](../../img/en/nowhere.png)\n", "docs/img/en/nowhere.png is missing"),
        ("# A\n\n![b](../../img/../../secret.png)\n", "does not lie in docs/img"),
        ("# A\n\n![](../../img/en/river.png)\n", "has no caption"),
        ("# A\n\n## B\n\n## B\n", "two headings"),
        ("no title\n", "there is no title"),
    ],
)
def test_a_fault_in_a_source_is_told_in_one_sentence(source, said):
    sources = {**SOURCES, "en/map.md": source.encode()}
    with pytest.raises(build_guide.GuideError, match=said) as told:
        build_guide.build(sources, PICTURES)
    assert "docs/guide/en/map.md" in str(told.value)


def test_a_page_that_is_missing_or_unknown_is_told():
    sources = dict(SOURCES)
    del sources["en/map.md"]
    with pytest.raises(build_guide.GuideError, match=r"docs/guide/en/map\.md is missing"):
        build_guide.build(sources, PICTURES)
    with pytest.raises(build_guide.GuideError, match="odd"):
        build_guide.build({**SOURCES, "en/odd.md": b"# Odd\n"}, PICTURES)


def test_writing_takes_the_place_of_what_was_there(tmp_path):
    target = tmp_path / "help"
    build_guide.write({"zh/old.html": b"old"}, target)
    build_guide.write({"zh/new.html": b"new"}, target)
    assert [path.name for path in target.rglob("*.html")] == ["new.html"]
    assert list(tmp_path.iterdir()) == [target]


def test_the_zip_holds_the_guide(zip_path):
    with zipfile.ZipFile(zip_path) as archive:
        names = set(archive.namelist())
    for lang in ("zh", "en"):
        for name in build_guide.page_names():
            assert f"envzones/resources/help/{lang}/{name}.html" in names
    assert any(name.startswith("envzones/resources/help/img/zh/") for name in names)
    assert zip_path.stat().st_size < 15e6
