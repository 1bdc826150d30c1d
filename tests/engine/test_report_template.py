"""An office's own document as the paper of a report, and documents that are refused."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from pathlib import Path

import docx
import pytest
from docx.shared import Mm, Pt

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.publication import Publication
from envzones.plugin.engine.report import word_pages
from envzones.plugin.engine.report.document import write_docx

_SPEC = importlib.util.spec_from_file_location("report_samples", Path(__file__).with_name("report_samples.py"))
samples = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(samples)
OFFICE = Publication(office="济源市生态环境局", classification="内部")


@pytest.fixture(autouse=True)
def _without_pages(monkeypatch) -> None:
    monkeypatch.setattr("envzones.plugin.engine.report.document.page_numbers", lambda *_: {})


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A document with narrow margins, its own heading type, a placeholder spread over runs, a header, an end."""
    one = docx.Document()
    section = one.sections[0]
    section.page_width, section.page_height, section.left_margin = Mm(210), Mm(297), Mm(20)
    one.styles["Heading 1"].font.size = Pt(31)
    section.header.paragraphs[0].text = "{{office}} 文件 {{marks}}"
    cover = one.add_paragraph()
    for piece in ("关于", "{{ti", "tle", "}}的报告 ", "{{date}}"):
        cover.add_run(piece)
    one.add_paragraph("{{body}}")
    one.add_paragraph("(此页无正文)")
    path = tmp_path / "office.docx"
    one.save(path)
    return path


def written(office: Path, tmp_path: Path) -> docx.document.Document:
    path = write_docx(
        tmp_path / "out.docx", title="甲项目选址", as_of=samples.AS_OF, findings=samples.findings(),
        verdicts=samples.verdicts(), books=samples.books(), publication=OFFICE, template=office,
    )  # fmt: skip
    return docx.Document(str(path))


def test_the_office_keeps_its_page_its_styles_and_its_heads(office, tmp_path) -> None:
    made = written(office, tmp_path)
    assert made.sections[0].left_margin == pytest.approx(Mm(20), abs=635)
    assert made.styles["Heading 1"].font.size == Pt(31)
    assert made.sections[0].header.paragraphs[0].text == "济源市生态环境局 文件 内部资料　密级：内部"
    said = [paragraph.text for paragraph in made.paragraphs]
    assert said[0] == "关于甲项目选址的报告 2019年6月30日"
    assert not [one for one in said if "{{" in one]
    first = next(k for k, one in enumerate(said) if "研判依据" in one)
    assert said[-1] == "(此页无正文)" and 0 < first < len(said) - 1


def test_without_a_place_for_the_body_it_comes_last(tmp_path) -> None:
    one = docx.Document()
    one.add_paragraph("封面")
    path = tmp_path / "cover.docx"
    one.save(path)
    made = written(path, tmp_path)
    assert made.paragraphs[0].text == "封面"
    assert any("审定意见" in paragraph.text for paragraph in made.paragraphs[1:])


def test_styles_that_it_lacks_are_brought_along(tmp_path) -> None:
    one = docx.Document()
    for name in ("Caption", "Table Grid", "Title"):
        style = one.styles[name].element
        style.getparent().remove(style)
    path = tmp_path / "bare.docx"
    one.save(path)
    assert {"Caption", "Table Grid", "Title"} <= {style.name for style in written(path, tmp_path).styles}


def _changed(path: Path, **members: bytes) -> Path:
    """Return a copy of a document with members added or replaced; __ in a name stands for a slash, _DOT_ for a dot."""
    out = io.BytesIO()
    names = {name.replace("__", "/").replace("_DOT_", "."): body for name, body in members.items()}
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            if entry.filename not in names:
                target.writestr(entry, source.read(entry))
        for name, body in names.items():
            target.writestr(name, body)
    bad = path.with_name("bad.docx")
    bad.write_bytes(out.getvalue())
    return bad


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"word__vbaProject_DOT_bin": b"x"}, "programs or embedded"),
        ({"word__embeddings__oleObject1_DOT_bin": b"x"}, "programs or embedded"),
        ({"word__settings_DOT_xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"}, "entities"),
        ({"word___rels__settings_DOT_xml_DOT_rels": b"<Relationships><Relationship Id='r' Type='http://x/attachedTemplate'"
          b" Target='http://x/a.dotm' TargetMode=\"External\"/></Relationships>"}, "fetches something"),
    ],
)  # fmt: skip
def test_what_may_harm_is_refused(office, tmp_path, members, words) -> None:
    bad = _changed(office, **members)
    with pytest.raises(InputError, match=words):
        written(bad, tmp_path)
    assert not (tmp_path / "out.docx").exists()


def test_what_is_no_document_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        written(tmp_path / "none.docx", tmp_path)
    bad = tmp_path / "text.docx"
    bad.write_text("hello")
    with pytest.raises(InputError, match="no Word document"):
        written(bad, tmp_path)
    with zipfile.ZipFile(bad, "w") as package:
        package.writestr("a.txt", "b")
    with pytest.raises(InputError, match="no Word document"):
        written(bad, tmp_path)


def test_the_outline_of_a_pdf_is_read() -> None:
    pdf = (
        b"5 0 obj\n<</Type/Pages/Kids[ 1 0 R 3 0 R ]/Count 2>>\nendobj\n"
        b"9 0 obj\n<</Count 0/Title<FEFF4E000030002E>\n/Dest[1 0 R/XYZ 0 1 0]>>\nendobj\n"
        b"10 0 obj\n<</Title<FEFF4E8C>/Dest[3 0 R/XYZ 0 1 0]>>\nendobj\n"
    )
    assert word_pages.outline_pages(pdf) == [("一0.", 1), ("二", 2)]
