"""What a Word document is made of here: page, fonts, headings, tables, page numbers.

python-docx (0.8.11 and 1.x) is imported inside the functions; it needs lxml.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from . import text

#: East Asian and Latin fonts.  Chinese Windows and WPS have them; elsewhere :data:`STAND_INS` say what to take.
SONG, HEI, KAI, TITLE, LATIN, LATIN_HEAD = (
    "FangSong",
    "SimHei",
    "KaiTi",
    "FZXiaoBiaoSong-B05S",
    "Times New Roman",
    "Arial",
)
#: What an office suite takes where a font is not installed (w:altName); one name each is all that the format holds.
STAND_INS = {
    SONG: "仿宋_GB2312", HEI: "Noto Sans CJK SC", KAI: "楷体_GB2312", TITLE: "方正小标宋简体",
    "仿宋_GB2312": "Noto Serif CJK SC", "楷体_GB2312": "Noto Serif CJK SC", "方正小标宋简体": "SimSun",
}  # fmt: skip
#: Page margins of GB/T 9704 in millimetres: top, bottom, left, right.
MARGINS = (37, 35, 28, 26)
PORTRAIT_WIDTH = 210 - 28 - 26
_HEAD_FILL, _LATE_FILL, _OPEN_FILL = "DCE6F0", "FDE8E6", "FFF6DC"
_NUMERALS = "一二三四五六七八九十"


def require() -> None:
    """Check that python-docx and lxml are there.

    Raises
    ------
    InputError
        Naming what is missing.
    """
    for module, package in (("lxml", "lxml"), ("docx", "python-docx")):
        try:
            found = importlib.util.find_spec(module) is not None
            if found:
                importlib.import_module("lxml.etree" if module == "lxml" else module)
        except ImportError as error:
            raise InputError(
                f"A report (.docx) needs the Python package {package}, which cannot be imported here"
                f" ({error});"
                f" install it with 'pip install {package}', or ask for the ledger (.xlsx) instead."
            ) from error
        if not found:
            raise InputError(
                f"A report (.docx) needs the Python package {package}, which is not installed;"
                f" install it with 'pip install {package}', or ask for the ledger (.xlsx) instead."
            )


def numeral(number: int) -> str:
    """Return a Chinese numeral for 1 to 99; beyond, where it is no longer read at a glance, the figures."""
    if number > 99:
        return str(number)
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _NUMERALS[ones - 1]
    head = "" if tens == 1 else _NUMERALS[tens - 1]
    return head + "十" + (_NUMERALS[ones - 1] if ones else "")


class Paper:
    """A document being written: numbered headings, captioned tables, paragraphs in the right fonts."""

    def __init__(
        self, lang: str, template: str | Path | None = None, filled: Mapping[str, str] | None = None
    ) -> None:
        require()
        from docx import Document

        self.lang = lang
        self._chapter = 0
        self._part = 0
        self._table = 0
        self._figure = 0
        self.heads: list[tuple[int, str, str]] = []
        self._contents: tuple[Any, Mapping[str, str]] | None = None
        self._own = template is not None
        self._anchor: Any = None
        self.share, self._turned, self._fresh = 1.0, False, False
        if template is not None:
            from .word_template import open_template

            self.doc, self._anchor = open_template(template, filled or {})
            self._first = len(self.doc.element.body)
            # Tables are laid out for the text width of GB/T 9704; an office's page may be narrower or wider.
            self.share = _text_width(self.doc.sections[-1]) / (PORTRAIT_WIDTH * 36000)
        else:
            self.doc = Document()
            self._styles()
            self._page(self.doc.sections[0])

    def finish(self) -> None:
        """Write the contents, and put the body where an office's document wants it."""
        from .word_pages import write_contents

        if self._contents is not None:
            write_contents(self, self._contents[0], self.heads, self._contents[1])
        if self._anchor is not None:
            body = self.doc.element.body
            section = self.doc.sections[-1]
            if section.page_width > section.page_height and self._turned:
                # What the office's document has after the report stands upright again.
                self.turn(landscape=False)
            last = self._anchor
            for element in [one for one in list(body)[self._first - 1 :] if one.tag != _w("sectPr")]:
                if element is not self._anchor:
                    last.addnext(element)
                    last = element
            body.remove(self._anchor)

    def contents(self, title: str, pages: Mapping[str, str]) -> None:
        """Keep a page for the contents, which :meth:`finish` writes; `pages` is bookmark -> page number."""
        self.say(title, size=16, strong=True, center=True, after=12)
        marker = self.doc.add_paragraph()
        self._contents = (marker, pages)
        self.break_page()

    def parts(self) -> dict[str, Callable[[bytes], Iterable[bytes]]]:
        """Return what of the package is written anew: the table of fonts, with what stands in for them."""
        return {} if self._own else {"word/fontTable.xml": _font_table}

    # ---- page and styles --------------------------------------------------------------------------------

    def _page(self, section: Any, *, landscape: bool = False) -> None:
        from docx.enum.section import WD_ORIENT
        from docx.shared import Mm

        if self._own:
            short, long = sorted((section.page_width, section.page_height))
            section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
            section.page_width, section.page_height = (long, short) if landscape else (short, long)
            return
        top, bottom, left, right = MARGINS
        if landscape:
            section.orientation = WD_ORIENT.LANDSCAPE
            section.page_width, section.page_height = Mm(297), Mm(210)
            top, bottom, left, right = 26, 23, 25, 25
        else:
            section.orientation = WD_ORIENT.PORTRAIT
            section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(top), Mm(bottom)
        section.left_margin, section.right_margin = Mm(left), Mm(right)
        section.header_distance, section.footer_distance = Mm(15), Mm(20 if not landscape else 15)

    def _styles(self) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt, RGBColor

        styles = self.doc.styles
        normal = styles["Normal"]
        zh = self.lang == "zh"
        # 三号 type on lines of 28 points, as official documents are set (GB/T 9704).
        self._font(normal, SONG, LATIN, 16 if zh else 11)
        normal.paragraph_format.line_spacing = Pt(28) if zh else 1.25
        normal.paragraph_format.space_after = Pt(0 if zh else 4)
        for name, family, size, before, after in (
            ("Title", TITLE, 22, 0, 12),
            ("Heading 1", HEI, 16, 14, 6),
            ("Heading 2", KAI, 16 if zh else 13, 10, 4),
        ):
            style = styles[name]
            self._font(style, family, LATIN_HEAD, size)
            style.paragraph_format.line_spacing = Pt(32) if zh else 1.2
            style.font.bold, style.font.italic = False, False
            style.font.color.rgb = RGBColor(0x00, 0x00, 0x00)
            form = style.paragraph_format
            form.space_before, form.space_after, form.keep_with_next = Pt(before), Pt(after), True
            if zh and name != "Title":
                _indent(form, size)
        title = styles["Title"]
        title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        border = title.element.find(f".//{_w('pBdr')}")
        if border is not None:
            border.getparent().remove(border)
        caption = styles["Caption"]
        self._font(caption, HEI, LATIN_HEAD, 10.5)
        caption.font.bold = False
        caption.font.color.rgb = RGBColor(0x20, 0x20, 0x20)
        form = caption.paragraph_format
        form.line_spacing = 1.15
        form.alignment, form.keep_with_next = WD_ALIGN_PARAGRAPH.CENTER, True
        form.space_before, form.space_after = Pt(8), Pt(4)
        for name in ("Header", "Footer"):
            self._font(styles[name], SONG, LATIN, 9)

    def _font(self, style: Any, east: str, latin: str, size: float) -> None:
        from docx.oxml import OxmlElement
        from docx.shared import Pt

        style.font.name = latin
        style.font.size = Pt(size)
        properties = style.element.get_or_add_rPr()
        fonts = properties.rFonts
        # A theme font outranks a named one.
        for key in list(fonts.attrib):
            if key.endswith("Theme"):
                del fonts.attrib[key]
        for key, value in (("eastAsia", east), ("ascii", latin), ("hAnsi", latin), ("cs", latin)):
            fonts.set(_w(key), value)
        language = properties.find(_w("lang"))
        if language is None:
            language = OxmlElement("w:lang")
            properties.append(language)
        # The language decides which regional shapes a substituted font shows.
        language.set(_w("val"), "en-US")
        language.set(_w("eastAsia"), "zh-CN")

    def running_heads(self, head: str) -> None:
        """Put `head` on top of each page but the first, and page numbers at the bottom."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        if self._own:
            return
        section = self.doc.sections[0]
        section.different_first_page_header_footer = True
        # The number stands at the outer edge: right on odd pages, left on even ones.
        self.doc.settings.odd_and_even_pages_header_footer = True
        for header, footer, side in (
            (section.header, section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
            (section.even_page_header, section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
        ):
            top = header.paragraphs[0]
            top.alignment = WD_ALIGN_PARAGRAPH.CENTER
            _hint(top.add_run(text.plain(head)), self.lang)
            bottom = footer.paragraphs[0]
            bottom.alignment = side
            # One character in from the edge.
            bottom.paragraph_format.left_indent = bottom.paragraph_format.right_indent = Pt(14)
            bottom.add_run("— ")
            _field(bottom, "PAGE")
            bottom.add_run(" —")
            for run in bottom.runs:
                run.font.size = Pt(14)

    def turn(self, *, landscape: bool) -> None:
        """Begin a new page, upright or across."""
        from docx.enum.section import WD_SECTION

        section = self.doc.add_section(WD_SECTION.NEW_PAGE)
        # A new section would take "different first page" along and print its first page without a header.
        section.different_first_page_header_footer = False
        self._page(section, landscape=landscape)
        self._turned, self._fresh = landscape, False

    def break_page(self) -> None:
        """Have the next paragraph begin a new page; a break of its own may fall on a page that then stays empty."""
        self._fresh = True

    def _paragraph(self, style: str | None = None) -> Any:
        paragraph = self.doc.add_paragraph(style=style)
        if self._fresh:
            paragraph.paragraph_format.page_break_before = True
            self._fresh = False
        return paragraph

    # ---- text -------------------------------------------------------------------------------------------

    def chapter(self, words: str) -> None:
        """Add a numbered chapter heading."""
        self._chapter += 1
        self._part = 0
        head = f"{numeral(self._chapter)}、{words}" if self.lang == "zh" else f"{self._chapter}  {words}"
        self._headed(head, 1)

    def part(self, words: str) -> None:
        """Add a numbered heading within a chapter."""
        self._part += 1
        head = (
            f"({numeral(self._part)}){words}" if self.lang == "zh" else f"{self._chapter}.{self._part}  {words}"
        )
        self._headed(head, 2)

    def _headed(self, words: str, level: int) -> None:
        from docx.oxml import OxmlElement

        paragraph = self._styled(words, f"Heading {level}")
        number = len(self.heads) + 1
        mark = f"_Toc{number:06d}"
        begin, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        begin.set(_w("id"), str(number))
        begin.set(_w("name"), mark)
        end.set(_w("id"), str(number))
        paragraph._p.insert(1 if paragraph._p.pPr is not None else 0, begin)
        paragraph._p.append(end)
        self.heads.append((level, text.plain(words), mark))

    def say(self, words: str, *, size: float | None = None, strong: bool = False, center: bool = False,
            after: float | None = None, keep: bool = False, indent: bool = True) -> Any:  # fmt: skip
        """Add a paragraph, its first line two characters in; `keep` holds it on the page of what follows."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        paragraph = self._paragraph()
        run = paragraph.add_run(text.plain(words))
        _hint(run, self.lang)
        if strong:
            _face(run, HEI, LATIN_HEAD)
        if size:
            run.font.size = Pt(size)
        paragraph.paragraph_format.keep_with_next = keep
        if center:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif indent and words and self.lang == "zh" and not self._own:
            _indent(paragraph.paragraph_format, size or 16)
        if after is not None:
            paragraph.paragraph_format.space_after = Pt(after)
        return paragraph

    def title(self, words: str) -> None:
        """Add the title of the document."""
        self._styled(words, "Title")

    def _styled(self, words: str, style: str) -> Any:
        paragraph = self._paragraph(style)
        _hint(paragraph.add_run(text.plain(words)), self.lang)
        return paragraph

    # ---- tables and figures -----------------------------------------------------------------------------

    def table(
        self,
        caption: str,
        titles: Sequence[str],
        rows: Iterable[Sequence[Any]],
        widths: Sequence[float],
        *,
        marks: Sequence[str] = (),
        centred: Sequence[int] = (),
        size: float = 9.5,
    ) -> Any:
        """Add a captioned table with a repeated header row.

        Parameters
        ----------
        caption : str
            Numbered; empty for none.
        titles : sequence of str
            Empty for a table without header.
        rows : iterable of sequences
            Cells are written as text; a list in a cell is one paragraph per item.
        widths : sequence of float
            Millimetres.
        marks : sequence of str
            For each row ``late``, ``open`` or nothing.
        centred : sequence of int
            Columns to centre.
        size : float
            Points.
        """
        from docx.enum.table import WD_TABLE_ALIGNMENT
        from docx.shared import Pt

        if caption:
            self._table += 1
            lead = f"表{self._table}  " if self.lang == "zh" else f"Table {self._table}  "
            self._styled(lead + caption, "Caption")
        body = [list(row) for row in rows]
        widths = [width * self.share for width in widths]
        table = self.doc.add_table(rows=len(body) + bool(titles), cols=len(widths))
        table.style = "Table Grid"
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        _fix_layout(table, widths)
        # table.rows[i].cells walks the whole table each time, so a long one would take minutes.
        lines = list(table._tbl.tr_lst)
        first = 0
        if titles:
            first = 1
            self._row(
                lines[0], table, titles, widths, size, head=True, fill=_HEAD_FILL, centred=range(len(widths))
            )
        for i, values in enumerate(body):
            mark = marks[i] if i < len(marks) else ""
            fill = {"late": _LATE_FILL, "open": _OPEN_FILL}.get(mark, "")
            self._row(lines[first + i], table, values, widths, size, head=False, fill=fill, centred=centred)
        gap = self.doc.add_paragraph()
        gap.paragraph_format.space_after = 0
        gap.paragraph_format.line_spacing = Pt(8)
        return table

    def _row(self, line: Any, table: Any, values: Sequence[Any], widths: Sequence[float], size: float, *,
        head: bool,
             fill: str, centred: Iterable[int]) -> None:  # fmt: skip
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml import OxmlElement
        from docx.shared import Mm, Pt
        from docx.table import _Cell

        properties = line.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if head:
            properties.append(OxmlElement("w:tblHeader"))
        middle = set(centred)
        for i, (element, value) in enumerate(zip(line.tc_lst, values)):
            cell = _Cell(element, table)
            cell.width = Mm(widths[i])
            shape = element.get_or_add_tcPr()
            if fill:
                shade = OxmlElement("w:shd")
                for key, said in (("val", "clear"), ("color", "auto"), ("fill", fill)):
                    shade.set(_w(key), said)
                shape.append(shade)
            align = OxmlElement("w:vAlign")
            align.set(_w("val"), "center")
            shape.append(align)
            items = value if isinstance(value, (list, tuple)) else [value]
            for k, item in enumerate(items or [""]):
                paragraph = cell.paragraphs[0] if k == 0 else cell.add_paragraph()
                form = paragraph.paragraph_format
                form.space_after, form.line_spacing = Pt(1), 1.1
                if i in middle:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
                run = paragraph.add_run(text.plain(item))
                _hint(run, self.lang)
                run.font.size = Pt(size)
                if head:
                    form.keep_with_next = True
                    _face(run, HEI, LATIN_HEAD)

    def form(self, rows: Sequence[tuple[str, str, float]], widths: Sequence[float]) -> None:
        """Add a form to be filled in by hand: label, value, height in millimetres."""
        from docx.enum.table import WD_ROW_HEIGHT_RULE
        from docx.shared import Mm

        table = self.table(
            "", (), [(label, value) for label, value, _height in rows], widths, centred=(0,), size=12
        )
        for row, (_label, _value, height) in zip(table.rows, rows):
            row.height_rule = WD_ROW_HEIGHT_RULE.AT_LEAST
            row.height = Mm(height)

    def picture(self, path: str | Path, caption: str, *, last: bool = False) -> None:
        """Add a picture on a page of its own, upright or across as the picture is; after the `last` text goes on.

        Raises
        ------
        InputError
            If the file is not there or is no picture.
        """
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.image.exceptions import UnrecognizedImageError
        from docx.shared import Mm

        path = Path(path)
        if not path.is_file():
            raise InputError(f"Map picture {path} does not exist; export the map first or leave it out.")
        try:
            from docx.image.image import Image

            image = Image.from_file(str(path))
        except UnrecognizedImageError as error:
            raise InputError(
                f"Map picture {path} is no picture that Word can show; give a PNG or JPEG."
            ) from error
        across = image.px_width > image.px_height
        self.turn(landscape=across)
        section = self.doc.sections[-1]
        height = section.page_height - section.top_margin - section.bottom_margin
        room = (_text_width(section), height - Mm(16 if across else 22))
        scale = min(room[0] / image.px_width, room[1] / image.px_height)
        paragraph = self.doc.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        # A line of a set height would show that much of the picture and no more.
        paragraph.paragraph_format.line_spacing = 1.0
        paragraph.add_run().add_picture(
            str(path), width=int(image.px_width * scale), height=int(image.px_height * scale)
        )
        self._figure += 1
        lead = f"图{self._figure}  " if self.lang == "zh" else f"Figure {self._figure}  "
        self._styled(lead + caption, "Caption").paragraph_format.keep_with_next = False
        if last:
            self.turn(landscape=False)


def _w(name: str) -> str:
    from docx.oxml.ns import qn

    return qn(f"w:{name}")


def _face(run: Any, east: str, latin: str) -> None:
    run.font.name = latin
    run._element.rPr.rFonts.set(_w("eastAsia"), east)


def _text_width(section: Any) -> int:
    return int(section.page_width - section.left_margin - section.right_margin)


def _indent(form: Any, size: float) -> None:
    """Indent the first line by two characters, in points for what does not count in characters."""
    from docx.shared import Pt

    form.first_line_indent = Pt(2 * size)
    form._element.pPr.ind.set(_w("firstLineChars"), "200")


def _hint(run: Any, lang: str) -> None:
    """Have quotation marks, dashes and dots that both scripts use set in the Chinese font."""
    if lang == "zh":
        run._element.get_or_add_rPr().get_or_add_rFonts().set(_w("hint"), "eastAsia")


def _field(paragraph: Any, code: str, shown: str = "1") -> None:
    """Add a field that Word and WPS compute, with what it shows until they do."""
    from docx.oxml import OxmlElement

    for kind in ("begin", None, "separate", "shown", "end"):
        run = paragraph.add_run()
        if kind is None:
            instruction = OxmlElement("w:instrText")
            instruction.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            instruction.text = f" {code} "
            run._element.append(instruction)
        elif kind == "shown":
            run.text = shown
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(_w("fldCharType"), kind)
            run._element.append(mark)


def _fix_layout(table: Any, widths: Sequence[float]) -> None:
    """Give the columns fixed widths: left alone, LibreOffice and WPS each share the page out differently."""
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    properties = table._tbl.tblPr
    total = properties.find(_w("tblW"))
    if total is None:
        total = OxmlElement("w:tblW")
        properties.append(total)
    total.set(_w("type"), "dxa")
    total.set(_w("w"), str(round(sum(widths) * 1440 / 25.4)))
    inner = OxmlElement("w:tblCellMar")
    for side, twips in (("top", 28), ("left", 68), ("bottom", 28), ("right", 68)):
        edge = OxmlElement(f"w:{side}")
        edge.set(_w("w"), str(twips))
        edge.set(_w("type"), "dxa")
        inner.append(edge)
    # The schema wants the margins before the look.
    look = properties.find(_w("tblLook"))
    if look is not None:
        look.addprevious(inner)
    else:
        properties.append(inner)
    for column, width in zip(table._tbl.tblGrid.gridCol_lst, widths):
        column.w = Mm(width)


def _font_table(body: bytes) -> Iterable[bytes]:
    """Return the table of fonts with what stands in for ours where they are not installed."""
    added = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/>'
        '<w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name, other in STAND_INS.items()
    )
    yield body.replace(b"</w:fonts>", added.encode("utf-8") + b"</w:fonts>")
