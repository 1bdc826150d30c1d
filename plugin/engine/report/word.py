"""What a Word document is made of here: page, fonts, headings, tables, page numbers.

python-docx (0.8.11 and 1.x) is imported inside the functions; it needs lxml.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from . import text

#: East Asian and Latin fonts.  Chinese Windows and WPS have them; elsewhere the office suite substitutes.
SONG, HEI, LATIN, LATIN_HEAD = "FangSong", "SimHei", "Times New Roman", "Arial"
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

    def __init__(self, lang: str) -> None:
        require()
        from docx import Document

        self.lang = lang
        self.doc = Document()
        self._chapter = 0
        self._part = 0
        self._table = 0
        self._figure = 0
        self._styles()
        self._page(self.doc.sections[0])

    # ---- page and styles --------------------------------------------------------------------------------

    def _page(self, section: Any, *, landscape: bool = False) -> None:
        from docx.enum.section import WD_ORIENT
        from docx.shared import Mm

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
        self._font(normal, SONG, LATIN, 12)
        normal.paragraph_format.line_spacing = 1.35
        normal.paragraph_format.space_after = Pt(4)
        for name, size, before, after in (
            ("Title", 24, 0, 12),
            ("Heading 1", 16, 18, 8),
            ("Heading 2", 13, 12, 6),
        ):
            style = styles[name]
            self._font(style, HEI, LATIN_HEAD, size)
            style.font.bold, style.font.italic = False, False
            style.font.color.rgb = RGBColor(0x12, 0x2B, 0x44)
            form = style.paragraph_format
            form.space_before, form.space_after, form.keep_with_next = Pt(before), Pt(after), True
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

        section = self.doc.sections[0]
        section.different_first_page_header_footer = True
        top = section.header.paragraphs[0]
        top.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _hint(top.add_run(text.plain(head)), self.lang)
        bottom = section.footer.paragraphs[0]
        bottom.alignment = WD_ALIGN_PARAGRAPH.CENTER
        before, between, after = ("第 ", " 页  共 ", " 页") if self.lang == "zh" else ("Page ", " of ", "")
        bottom.add_run(before)
        _field(bottom, "PAGE")
        bottom.add_run(between)
        _field(bottom, "NUMPAGES")
        bottom.add_run(after)

    def turn(self, *, landscape: bool) -> None:
        """Begin a new page, upright or across."""
        from docx.enum.section import WD_SECTION

        section = self.doc.add_section(WD_SECTION.NEW_PAGE)
        # A new section would take "different first page" along and print its first page without a header.
        section.different_first_page_header_footer = False
        self._page(section, landscape=landscape)

    def break_page(self) -> None:
        """Begin a new page."""
        self.doc.add_page_break()

    # ---- text -------------------------------------------------------------------------------------------

    def chapter(self, words: str) -> None:
        """Add a numbered chapter heading."""
        self._chapter += 1
        self._part = 0
        head = f"{numeral(self._chapter)}、{words}" if self.lang == "zh" else f"{self._chapter}  {words}"
        self._styled(head, "Heading 1")

    def part(self, words: str) -> None:
        """Add a numbered heading within a chapter."""
        self._part += 1
        head = (
            f"({numeral(self._part)}){words}"
            if self.lang == "zh"
            else f"{self._chapter}.{self._part}  {words}"
        )
        self._styled(head, "Heading 2")

    def say(self, words: str, *, size: float | None = None, strong: bool = False, center: bool = False,
            after: float | None = None, keep: bool = False) -> Any:  # fmt: skip
        """Add a paragraph; `keep` holds it on the page of what follows."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        paragraph = self.doc.add_paragraph()
        run = paragraph.add_run(text.plain(words))
        _hint(run, self.lang)
        if strong:
            _face(run, HEI, LATIN_HEAD)
        if size:
            run.font.size = Pt(size)
        paragraph.paragraph_format.keep_with_next = keep
        if center:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if after is not None:
            paragraph.paragraph_format.space_after = Pt(after)
        return paragraph

    def title(self, words: str) -> None:
        """Add the title of the document."""
        self._styled(words, "Title")

    def _styled(self, words: str, style: str) -> Any:
        paragraph = self.doc.add_paragraph(style=style)
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

        if caption:
            self._table += 1
            lead = f"表{self._table}  " if self.lang == "zh" else f"Table {self._table}  "
            self._styled(lead + caption, "Caption")
        body = [list(row) for row in rows]
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
        gap.paragraph_format.line_spacing = 0.7
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

    def picture(self, path: str | Path, caption: str) -> None:
        """Add a picture on a page of its own, upright or across as the picture is.

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
        room = (
            (Mm(297 - 50), Mm(210 - 26 - 23 - 16)) if across else (Mm(PORTRAIT_WIDTH), Mm(297 - 37 - 35 - 22))
        )
        scale = min(room[0] / image.px_width, room[1] / image.px_height)
        paragraph = self.doc.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        paragraph.add_run().add_picture(
            str(path), width=int(image.px_width * scale), height=int(image.px_height * scale)
        )
        self._figure += 1
        lead = f"图{self._figure}  " if self.lang == "zh" else f"Figure {self._figure}  "
        self._styled(lead + caption, "Caption").paragraph_format.keep_with_next = False


def _w(name: str) -> str:
    from docx.oxml.ns import qn

    return qn(f"w:{name}")


def _face(run: Any, east: str, latin: str) -> None:
    run.font.name = latin
    run._element.rPr.rFonts.set(_w("eastAsia"), east)


def _hint(run: Any, lang: str) -> None:
    """Have quotation marks, dashes and dots that both scripts use set in the Chinese font."""
    if lang == "zh":
        run._element.get_or_add_rPr().get_or_add_rFonts().set(_w("hint"), "eastAsia")


def _field(paragraph: Any, code: str) -> None:
    """Add a field that Word and WPS compute, with a 1 in it until they do."""
    from docx.oxml import OxmlElement

    for kind in ("begin", None, "separate", "1", "end"):
        run = paragraph.add_run()
        if kind is None:
            instruction = OxmlElement("w:instrText")
            instruction.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            instruction.text = f" {code} "
            run._element.append(instruction)
        elif kind == "1":
            run.text = "1"
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
