"""The report, written and read back."""

from __future__ import annotations

import importlib.util
import struct
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.publication import Publication
from envzones.plugin.engine.report.content import MapPage
from envzones.plugin.engine.report.document import write_docx
from envzones.plugin.engine.report.ledger import write_xlsx

_SPEC = importlib.util.spec_from_file_location("report_samples",
    Path(__file__).with_name("report_samples.py"))
samples = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(samples)


def png(path: Path, width: int, height: int) -> Path:
    """Write a white picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = (b"\x00" + b"\xff" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND",
            b"")
    )
    return path


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The sample report with a map, reopened."""
    folder = tmp_path_factory.mktemp("report")
    path = write_docx(folder / "报告.docx", publication=Publication(office="济源市生态环境局"),
                      maps=[MapPage(png(folder / "map.png", 141, 100), "环境管控一张图", "onemap")],
                      **samples.everything())  # fmt: skip
    return docx.Document(str(path))


def words(paragraph: Any) -> str:
    """Return the text of one paragraph's element."""
    return "".join(piece.text or "" for piece in paragraph.iter(qn("w:t")))


def said(document: Any) -> str:
    """Return all text of the body, tables included, in order."""
    return "\n".join(words(paragraph) for paragraph in document.element.body.iter(qn("w:p")))


def table_of(document: Any, caption: str) -> list[list[str]]:
    """Return the cells of the table below the caption that contains `caption`."""
    for element in document.element.body.iter(qn("w:p")):
        if caption in words(element) and element.getnext().tag == qn("w:tbl"):
            break
    else:
        raise AssertionError(f"no table {caption}")
    return [
        ["\n".join(words(paragraph) for paragraph in cell.iter(qn("w:p"))) for cell in row.tc_lst]
        for row in element.getnext().tr_lst
    ]


def test_it_is_preliminary_and_dated(report: Any) -> None:
    text = said(report)
    assert "初步研判" in text and "2019年6月30日" in text and "济源市生态环境局" in text
    for room in ("审定结论", "修改理由", "编制", "审核", "审定", "日期"):
        assert room in text


def test_the_table_offices_know(report: Any) -> None:
    table = table_of(report, "五龙口镇石灰岩露天开采项目符合性分析")
    assert table[0] == ["序号", "管控要求", "本项目情况", "符合性"]
    requirement, situation, answer = table[2][1:]
    assert samples.Q_J30 in requirement and "济政〔2018〕29号 二(三)2" in requirement
    assert "740米" in situation and "控制距离1000米(本单位工作距离)" in situation and answer == "待核实"


def test_nothing_open_is_called_passed(report: Any) -> None:
    table = table_of(report, "选址准入初步结论")
    for row in table[1:]:
        if row[5] != "0":
            assert "待核实" in row[3] and row[3] != "通过"
    assert "有待核实条款的项目，不得理解为已经通过" in said(report)


def test_expired_books_are_reference(report: Any) -> None:
    rows = {row[0]: row[3] for row in table_of(report, "依据文件及有效性")[1:]}
    assert rows == {"济政〔2018〕29号": "有效", "济政〔2016〕11号": "参考(已到期)"}
    (old,) = [row for row in table_of(report, "精细化工中间体项目符合性分析") if "沁河干流" in row[1]]
    assert old[3] == "参考：不符合"


def test_working_distances_are_the_offices_own(report: Any) -> None:
    assert table_of(report, "本单位工作距离")[1][:2] == ["交通干线两侧", "1000米"]


def test_inquiries_by_department(report: Any) -> None:
    text = said(report)
    for department in ("市环境保护局", "市林业局", "申请单位(补充项目资料)"):
        assert f"函询：{department}" in text


def test_section_lists_inside_band_and_outside_apart(report: Any) -> None:
    names = [
        {row[1] for row in table_of(report, caption)[1:]}
        for caption in ("五龙口断面范围内(含待核实)", "五龙口断面左右带", "五龙口断面界外")
    ]
    assert names[1] == {"渠首饭店"} and names[2] == {"沁阳市西向镇排口"} and len(names[0]) == 6
    row = next(row for row in table_of(report, "五龙口断面范围内") if row[1] == "五龙口镇生活污水直排口")
    assert row[3:7] == ["上游4999米", "右岸", "310米", "4121米"]


def test_radius_and_board(report: Any) -> None:
    table = table_of(report, "供热半径内及待核实")
    assert [row[3] for row in table[1:]] == ["3120米", "8004米", "14999.9米", "15000.1米"]
    board = table_of(report, "任务进展")
    assert [row[-1].split("\n")[0] for row in board[1:]] == ["未完成", "逾期"]


def test_chinese_fonts_everywhere(report: Any) -> None:
    for name, east in (("Normal", "FangSong"), ("Title", "FZXiaoBiaoSong-B05S"), ("Heading 1", "SimHei"),
        ("Heading 2", "KaiTi"), ("Caption", "SimHei")):
        fonts = report.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == east
        assert not [key for key in fonts.attrib if key.endswith("Theme")]
        assert report.styles[name].element.rPr.find(qn("w:lang")).get(qn("w:eastAsia")) == "zh-CN"


def test_tables_fit_the_page_and_repeat_their_header(report: Any) -> None:
    for table in report.tables:
        grid = [column.w for column in table._tbl.tblGrid.gridCol_lst]
        # The board lies across.
        assert sum(grid) <= Mm(247 if len(grid) == 10 else 156) + Mm(1)
        assert all(row.trPr.find(qn("w:cantSplit")) is not None for row in table._tbl.tr_lst)
    headed = [t for t in report.tables if t._tbl.tr_lst[0].trPr.find(qn("w:tblHeader")) is not None]
    assert len(headed) == len(report.tables) - 2  # all but the cover's and the form for the decision


def test_page_numbers_and_paper(report: Any) -> None:
    first = report.sections[0]
    # Word counts in twentieths of a point.
    assert (first.page_width, first.page_height) == pytest.approx((Mm(210), Mm(297)), abs=635)
    assert "初步研判" in first.header.paragraphs[0].text
    for footer in (first.footer, first.even_page_footer):
        assert [i.text.strip() for i in footer._element.iter(qn("w:instrText"))] == ["PAGE"]
    assert report.settings.odd_and_even_pages_header_footer and first.different_first_page_header_footer
    last = report.sections[-1]
    assert last.page_width > last.page_height  # a wide map gets a sheet laid across
    picture = report.inline_shapes[0]
    assert picture.width / picture.height == pytest.approx(1.41, rel=0.01)
    assert picture.width <= last.page_width - last.left_margin - last.right_margin
    assert picture.height <= last.page_height - last.top_margin - last.bottom_margin


def test_same_input_same_bytes(tmp_path: Path) -> None:
    one = write_docx(tmp_path / "a.docx", **samples.everything()).read_bytes()
    two = write_docx(tmp_path / "b.docx", **samples.everything()).read_bytes()
    assert one == two


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_empty_frames_make_a_report(tmp_path: Path, lang: str) -> None:
    none = samples.frame([], [])
    hollow = SimpleNamespace(reach=none, zone=none, finding=none, issue=none, findings=none, board=none,
        issues=none)
    path = write_docx(tmp_path / "r.docx", title="空", as_of="2019-06-30", findings=none, verdicts=none,
        section=hollow,
                      radius=hollow, plan=hollow, issues=none, books=[], fingerprints=[],
                      lang=lang)  # fmt: skip
    assert len(said(docx.Document(str(path)))) > 100


def test_optional_columns_may_be_missing(tmp_path: Path) -> None:
    path = write_docx(tmp_path / "r.docx", title="t", as_of="2019-06-30",
                      findings=samples.findings()[["site_id", "status", "clause", "geometry"]],
                      verdicts=samples.verdicts()[["site_id", "known", "geometry"]])  # fmt: skip
    assert "不通过" in said(docx.Document(str(path)))


def test_control_characters_do_not_break_the_file(tmp_path: Path) -> None:
    found = samples.findings()
    found["why"] = "甲\x00乙"
    assert "甲\ufffd乙" in said(docx.Document(str(write_docx(
        tmp_path / "r.docx", title="t\x01", as_of="2019-06-30", findings=found,
        verdicts=samples.verdicts()))))  # fmt: skip


def test_english(tmp_path: Path) -> None:
    path = write_docx(tmp_path / "r.docx", lang="en", **samples.everything())
    text = said(docx.Document(str(path)))
    assert "Preliminary assessment" in text and "Requirement" in text and "To be verified" in text


@pytest.mark.parametrize("module", ["lxml", "docx"])
def test_missing_packages_are_named_and_the_ledger_still_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    for name in [key for key in sys.modules if key.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_Absent(module), *sys.meta_path])
    with pytest.raises(InputError, match="lxml" if module == "lxml" else "python-docx"):
        write_docx(tmp_path / "r.docx", title="t", as_of="2019-06-30", findings=None, verdicts=None)
    assert not list(tmp_path.iterdir())
    assert write_xlsx(tmp_path / "l.xlsx", title="t", as_of="2019-06-30").is_file()


class _Absent:
    """An importer that does not know one package."""

    def __init__(self, name: str) -> None:
        self.name = name

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        if fullname.split(".")[0] == self.name:
            raise ModuleNotFoundError(f"No module named '{fullname}'", name=fullname)


def test_a_picture_that_is_none_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "map.png"
    bad.write_text("no picture")
    for picture, words in ((bad, "no picture"), (tmp_path / "gone.png", "does not exist")):
        with pytest.raises(InputError, match=words):
            write_docx(tmp_path / "r.docx", title="t", as_of="2019-06-30", maps=[MapPage(picture, "图")])
    assert not (tmp_path / "r.docx").exists()


def _units() -> Any:
    import geopandas as gpd

    from envzones.plugin.engine.control_units import UNIT_COLUMNS
    from envzones.plugin.engine.findings import table

    rows = [
        {"site_id": "P001", "site_name": "甲项目", "status": "crossed", "unit_id": "U1", "unit_code": "ZH41900110001",
         "unit_name": "济源市水源保护单元", "unit_kind": "priority", "overlap_m2": 12345.0, "overlap_share": 0.25,
         "spatial_constraint": "禁止新建、扩建化工项目。", "version_date": "2023-12-01"},
        {"site_id": "P002", "site_name": "乙项目", "status": "not_assessed", "why": "一张图中没有“环境管控单元”图层",
         "why_en": "the map has no layer control_unit"},
    ]  # fmt: skip
    frame = table(rows, UNIT_COLUMNS)
    assert isinstance(frame, gpd.GeoDataFrame)
    return frame


def test_control_units_open_the_report_with_their_lists_verbatim(tmp_path: Path) -> None:
    path = write_docx(tmp_path / "units.docx", title="甲", as_of=samples.AS_OF, units=_units(), books=samples.books())
    paper = docx.Document(str(path))
    (first, second) = table_of(paper, "涉及的环境管控单元")[1:]
    assert first[1:6] == ["甲项目", "济源市水源保护单元\nZH41900110001", "优先保护单元", "涉及", "1.2345 公顷 (25%)"]
    assert second[4] == "待核实:一张图中没有“环境管控单元”图层"
    lists = table_of(paper, "管控单元准入清单(原文)")
    assert lists[1] == ["济源市水源保护单元", "空间布局约束", "禁止新建、扩建化工项目。"]


def test_a_rule_in_other_words_is_no_quotation(tmp_path: Path) -> None:
    rows = samples.findings()
    law = (rows["clause_id"] == "J39").to_numpy()
    rows["verbatim"] = ~law
    rows["basis"] = [("中华人民共和国水污染防治法第六十六条" if one else None) for one in law]
    path = write_docx(tmp_path / "law.docx", title="甲", as_of=samples.AS_OF, findings=rows, verdicts=samples.verdicts(), books=samples.books())
    text = said(docx.Document(str(path)))
    assert "摘要:全面取缔饮用水水源" in text and "“全面取缔饮用水水源" not in text
    assert "——中华人民共和国水污染防治法第六十六条" in text
    assert "“2018年10月底前,全市35蒸吨" in text
