"""The Word file itself: elements in the order of the schema, captions without gaps, contents that tell the right page."""

from __future__ import annotations

import base64
import importlib.util
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import docx
import pandas as pd
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm

from envzones.plugin.engine.report import pdf as pdf_module
from envzones.plugin.engine.report.document import write_docx
from envzones.plugin.engine.report.pdf import to_pdf

_SPEC = importlib.util.spec_from_file_location("report_samples", Path(__file__).with_name("report_samples.py"))
samples = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(samples)

_PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
#: Children in the order of ECMA-376, part 1, as far as a report may hold them.
ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs"
    " suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd"
    " snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment"
    " textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid"
    " vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em"
    " lang eastAsianLayout specVanish oMath",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing"
    " tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
    "sectPr": "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType"
    " pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid",
}


def _plain(words: str) -> str:
    return "".join(words.split())


@pytest.fixture(scope="module", params=["zh", "en"])
def written(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docx")
    return write_docx(folder / "report.docx", lang=request.param, **samples.everything())


def test_elements_stand_in_the_order_of_the_schema(written: Path) -> None:
    document = docx.Document(str(written))
    roots = [document.element, document.styles.element]
    for section in document.sections:
        roots += [section.header._element, section.footer._element, section.even_page_footer._element]
    seen = set()
    for root in roots:
        for name, order in ORDER.items():
            ranks = {qn(f"w:{child}"): rank for rank, child in enumerate(order.split())}
            if name == "sectPr":
                # References to headers and footers may come in any order among themselves.
                ranks[qn("w:footerReference")] = 0
            for element in root.iter(qn(f"w:{name}")):
                got = [ranks[child.tag] for child in element]
                assert got == sorted(got), (name, [child.tag for child in element])
                # Only header and footer references may come more than once.
                once = [rank for rank in got if name != "sectPr" or rank > 0]
                assert len(once) == len(set(once)), name
                seen.add(name)
    assert seen == set(ORDER)


def test_captions_are_numbered_without_gaps(written: Path) -> None:
    said = [p.text for p in docx.Document(str(written)).paragraphs if p.style.name == "Caption"]
    numbers = [int(match[1]) for one in said if (match := re.match(r"(?:表|Table )(\d+)", one))]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 8


def test_marks_of_headings_are_unique_and_every_entry_leads_to_one(written: Path) -> None:
    root = docx.Document(str(written)).element
    marks = [one.get(qn("w:name")) for one in root.iter(qn("w:bookmarkStart"))]
    links = [one.get(qn("w:anchor")) for one in root.iter(qn("w:hyperlink"))]
    assert len(marks) == len(set(marks)) and links == marks
    kinds = [one.get(qn("w:fldCharType")) for one in root.iter(qn("w:fldChar"))]
    assert kinds.count("begin") == kinds.count("end") == kinds.count("separate")


def test_the_first_chapter_is_the_summary(written: Path) -> None:
    document = docx.Document(str(written))
    heads = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert heads[0] in ("一、摘要", "1  Summary")
    said = "\n".join(p.text for p in document.paragraphs)
    assert "共4个项目" in said or "对4个项目" in said or "4 sites were held" in said


@pytest.mark.skipif(
    pdf_module.libreoffice() is None or shutil.which("pdftotext") is None, reason="needs LibreOffice and pdftotext"
)
def test_the_contents_tell_the_page_on_which_each_heading_stands(written: Path, tmp_path: Path) -> None:
    printed = to_pdf(written, tmp_path / "report.pdf")
    said = subprocess.run(["pdftotext", "-layout", str(printed), "-"], capture_output=True, check=True).stdout
    pages = [_plain(page) for page in said.decode("utf-8").split("\f")]
    document = docx.Document(str(written))
    entries = [
        re.fullmatch(r"(.*)\t(\d+)", "".join(t.text or "" if t.tag == qn("w:t") else "\t"
                                             for t in link.iter(qn("w:t"), qn("w:tab"))))
        for link in document.element.iter(qn("w:hyperlink"))
    ]  # fmt: skip
    assert entries and all(entries)
    heads = [p.text for p in document.paragraphs if p.style.name in ("Heading 1", "Heading 2")]
    assert [entry[1] for entry in entries] == heads
    for entry in entries:
        # The page of the contents has every heading too.
        found = [k for k, page in enumerate(pages, start=1) if _plain(entry[1]) in page and k > 2]
        assert int(entry[2]) in found, (entry[1], entry[2], found)
    numbers = [int(entry[2]) for entry in entries]
    assert numbers == sorted(numbers)
    # No page is empty but for its head and its number.
    assert all(len(page) > 60 for page in pages[:-1]), [len(page) for page in pages]


@pytest.mark.parametrize("width", [120, 180])
def test_tables_follow_the_page_of_a_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr("envzones.plugin.engine.report.document.page_numbers", lambda *_: {})
    office = docx.Document()
    section = office.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm((210 - width) / 2)
    office.add_paragraph("{{body}}")
    office.add_paragraph("(此页无正文)")
    office.save(tmp_path / "office.docx")
    made = docx.Document(str(write_docx(
        tmp_path / "out.docx", template=tmp_path / "office.docx", **samples.everything()
    )))  # fmt: skip
    for table in made.tables:
        wide = sum(column.w for column in table._tbl.tblGrid.gridCol_lst)
        assert wide <= Mm(width) * (247 / 156 if len(table._tbl.tblGrid.gridCol_lst) == 10 else 1) + Mm(1)
    assert made.sections[-1].page_width < made.sections[-1].page_height


def test_a_picture_beside_a_placeholder_stays_and_chinese_style_names_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("envzones.plugin.engine.report.document.page_numbers", lambda *_: {})
    (tmp_path / "logo.png").write_bytes(base64.b64decode(_PIXEL))
    office = docx.Document()
    office.styles["Heading 1"].element.find(qn("w:name")).set(qn("w:val"), "标题 1")
    head = office.sections[0].header.paragraphs[0]
    head.add_run("{{off")
    head.add_run("ice}} ")
    head.add_run().add_picture(str(tmp_path / "logo.png"))
    head.add_run(" {{marks}}")
    office.save(tmp_path / "office.docx")
    made = docx.Document(str(write_docx(
        tmp_path / "out.docx", template=tmp_path / "office.docx", title="甲", as_of=samples.AS_OF,
        findings=samples.findings(), verdicts=samples.verdicts(),
    )))  # fmt: skip
    head = made.sections[0].header.paragraphs[0]
    assert len(list(head._p.iter(qn("w:drawing")))) == 1 and "{{" not in head.text and "内部资料" in head.text
    assert any(p.style.name == "Heading 1" and "摘要" in p.text for p in made.paragraphs)


def test_a_thousand_findings_take_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("envzones.plugin.engine.report.document.page_numbers", lambda *_: {})
    base = samples.findings()
    many = pd.concat([
        base.assign(clause_id=[f"{one}-{k}" for one in base["clause_id"]]) for k in range(1000 // len(base) + 1)
    ], ignore_index=True)  # fmt: skip
    begun = time.perf_counter()
    path = write_docx(tmp_path / "r.docx", title="甲", as_of=samples.AS_OF, findings=many,
                      verdicts=samples.verdicts(), books=samples.books())  # fmt: skip
    assert len(many) >= 1000 and path.is_file() and time.perf_counter() - begun < 60
