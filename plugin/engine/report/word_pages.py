"""The contents of a report, written out: heading, dots, page number, so that they are there without any refresh.

The entries lie within a TOC field, which Word and WPS renew on demand.  On which page a heading comes to stand is known
once the pages are set: LibreOffice does that where it is installed; elsewhere the entries have no numbers.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError

if TYPE_CHECKING:
    from .word import Paper

_WITH_OUTLINE = 'pdf:writer_pdf_Export:{"ExportBookmarks":{"type":"boolean","value":"true"}}'
_KIDS = re.compile(rb"/Type\s*/Pages\b[^>]*?/Kids\s*\[([^\]]*)\]", re.DOTALL)
_OBJECT = re.compile(rb"(?<!\d)(\d+) 0 obj\s*<<(.{0,4000}?)>>\s*endobj", re.DOTALL)
_TITLE = re.compile(rb"/Title\s*<([0-9A-Fa-f]+)>")
_DEST = re.compile(rb"/Dest\s*\[\s*(\d+) 0 R")


def write_contents(
    paper: Paper, marker: Any, heads: Sequence[tuple[int, str, str]], pages: Mapping[str, str]
) -> None:
    """Write the entries in the place of the `marker` paragraph."""
    from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
    from docx.oxml import OxmlElement
    from docx.shared import Mm, Pt

    from .word import PORTRAIT_WIDTH, _field, _hint, _w

    # The entries of a usual report stay on one page.
    line = 28 if len(heads) <= 18 else 23 if len(heads) <= 25 else 19.5
    for place, (level, words, mark) in enumerate(heads):
        entry = marker.insert_paragraph_before()
        form = entry.paragraph_format
        form.left_indent = Mm(0 if level == 1 else 8)
        form.space_after = Pt(0)
        if paper.lang == "zh":
            form.line_spacing = Pt(line)
        form.tab_stops.add_tab_stop(Mm(PORTRAIT_WIDTH * paper.share), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
        if place == 0:
            _begin(entry, 'TOC \\o "1-2" \\h \\z \\u')
        link = OxmlElement("w:hyperlink")
        link.set(_w("anchor"), mark)
        link.set(_w("history"), "1")
        run = entry.add_run(words)
        _hint(run, paper.lang)
        tab = entry.add_run("\t")
        runs = [run, tab]
        for one in runs:
            one.font.size = Pt(14 if paper.lang == "zh" else 11)
        count = len(entry.runs)
        if mark in pages or not pages:
            # On the first round a number holds the place, so that no line breaks otherwise later.
            _field(entry, f"PAGEREF {mark} \\h", pages.get(mark, ""))
        runs += entry.runs[count:]
        entry._p.append(link)
        for one in runs:
            link.append(one._r)
        if place == len(heads) - 1:
            _close(entry)
    marker._p.getparent().remove(marker._p)


def _begin(paragraph: Any, code: str) -> None:
    from docx.oxml import OxmlElement

    from .word import _w

    for kind in ("begin", None, "separate"):
        run = paragraph.add_run()
        if kind is None:
            instruction = OxmlElement("w:instrText")
            instruction.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            instruction.text = f" {code} "
            run._element.append(instruction)
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(_w("fldCharType"), kind)
            run._element.append(mark)


def _close(paragraph: Any) -> None:
    from docx.oxml import OxmlElement

    from .word import _w

    mark = OxmlElement("w:fldChar")
    mark.set(_w("fldCharType"), "end")
    paragraph.add_run()._element.append(mark)


def page_numbers(content: bytes, heads: Sequence[tuple[int, str, str]]) -> dict[str, str]:
    """Return bookmark -> page of the headings of a document, as LibreOffice sets it; empty where it cannot tell."""
    from .pdf import convert, libreoffice

    if libreoffice() is None or not heads:
        return {}
    with tempfile.TemporaryDirectory(prefix="envzones-pages-") as folder:
        source = Path(folder) / "report.docx"
        source.write_bytes(content)
        try:
            made = convert(source, Path(folder), _WITH_OUTLINE)
        except InputError:
            # The report is whole without page numbers; a program that is broken must not keep it back.
            return {}
        outline = outline_pages(made.read_bytes())
    found: dict[str, str] = {}
    place = 0
    for _, words, mark in heads:
        # The outline has the headings in their order; one that it lacks does not shift the others.
        at = next((k for k in range(place, len(outline)) if _plain(outline[k][0]) == _plain(words)), None)
        if at is not None:
            found[mark] = str(outline[at][1])
            place = at + 1
    return found


def _plain(words: str) -> str:
    return "".join(words.split())


def outline_pages(pdf: bytes) -> list[tuple[str, int]]:
    """Return title and page, from 1, of the entries of a PDF's outline, as LibreOffice writes it: in plain objects."""
    pages: dict[int, int] = {}
    for kids in _KIDS.finditer(pdf):
        for one in re.findall(rb"(\d+) 0 R", kids[1]):
            pages.setdefault(int(one), len(pages) + 1)
    found = []
    for match in _OBJECT.finditer(pdf):
        title, target = _TITLE.search(match[2]), _DEST.search(match[2])
        if title and target and int(target[1]) in pages:
            words = bytes.fromhex(title[1].decode("ascii"))
            text = (
                words.decode("utf-16", "replace")
                if words[:2] in (b"\xfe\xff", b"\xff\xfe")
                else words.decode("latin-1")
            )
            found.append((int(match[1]), text, pages[int(target[1])]))
    return [(text, page) for _, text, page in sorted(found)]
