"""An office's own Word document as the paper of a report: its page, its styles, its header and footer.

Placeholders ``{{title}}``, ``{{office}}``, ``{{date}}`` and ``{{marks}}`` are filled wherever they stand, headers and
footers included; the report begins in the place of the paragraph ``{{body}}``, or at the end.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError

#: Styles that a report needs; those that a template lacks come from python-docx's own.
_STYLES = ("Title", "Heading 1", "Heading 2", "Caption", "Table Grid", "Header", "Footer")
_CHINESE = {
    "标题": "Title", "标题 1": "Heading 1", "标题1": "Heading 1", "标题 2": "Heading 2", "标题2": "Heading 2",
    "题注": "Caption", "网格型": "Table Grid", "页眉": "Header", "页脚": "Footer", "正文": "Normal",
}  # fmt: skip
_SMALL = ("Heading 1", "Heading 2", "Caption", "Header", "Footer")
_LARGEST, _RATIO = 256 << 20, 200
_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
#: What a report must not carry on: programs, embedded objects, what is fetched from elsewhere when it is opened.
_FORBIDDEN = re.compile(r"vbaProject|vbaData|/embeddings/|/activeX/|attachedToolbars", re.IGNORECASE)
_MACROS = b"application/vnd.ms-word.document.macroEnabled"
_FETCHED = ("attachedTemplate", "oleObject", "frame", "subDocument", "image")


def open_template(path: str | Path, filled: Mapping[str, str]) -> tuple[Any, Any]:
    """Return an office's document with its placeholders filled, and the paragraph where the report goes.

    Returns
    -------
    (Document, Paragraph element or None)

    Raises
    ------
    InputError
        If it is no .docx, holds programs or embedded objects, fetches something when it is opened, or unpacks to far
        more than it should.
    """
    import copy

    import docx
    from docx.oxml.ns import qn

    path = Path(path)
    if not path.is_file():
        raise InputError(f"Template {path} does not exist; choose another or leave it out.")
    content = path.read_bytes()
    _check(path, content)
    try:
        document = docx.Document(io.BytesIO(content))
    except Exception as error:  # noqa: BLE001 - python-docx and lxml raise whatever a broken package makes them
        raise InputError(
            f"Template {path.name} is no Word document that can be read; save it as .docx again."
        ) from error
    for style in document.styles:
        # A style may carry the name that the office's language gives it.
        if style.name in _CHINESE and not any(one.name == _CHINESE[style.name] for one in document.styles):
            # In the file Word's own styles are called in small letters; python-docx translates only when it looks up.
            name = _CHINESE[style.name]
            style.name = name.lower() if name in _SMALL else name
    own = {style.name for style in document.styles}
    plain = docx.Document()
    for name in _STYLES:
        if name not in own:
            document.styles.element.append(copy.deepcopy(plain.styles[name].element))
    anchor = None
    for paragraph in list(_paragraphs(document)):
        said = "".join(one.text or "" for one in paragraph._p.iter(qn("w:t")))
        if "{{" not in said:
            continue
        if (
            "body" in _PLACE.findall(said)
            and anchor is None
            and paragraph._p.getparent() is document.element.body
        ):
            anchor = paragraph._p
            continue
        _fill(paragraph, filled)
    return document, anchor


def _check(path: Path, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = package.infolist()
            if sum(one.file_size for one in members) > min(_LARGEST, max(len(content), 1 << 20) * _RATIO):
                raise InputError(f"Template {path.name} unpacks to far more than it should; it was not opened.")
            for one in members:
                if _FORBIDDEN.search(one.filename):
                    raise InputError(
                        f"Template {path.name} holds programs or embedded objects ({one.filename}); save it"
                        " without them."
                    )
                if not one.filename.endswith((".xml", ".rels")):
                    continue
                part = package.read(one)
                if b"<!DOCTYPE" in part[:4096].upper() or b"<!ENTITY" in part:
                    raise InputError(
                        f"Template {path.name} holds entities, which may be harmful; it was not opened."
                    )
                if one.filename == "[Content_Types].xml" and _MACROS in part:
                    raise InputError(f"Template {path.name} is a document with macros; save it as .docx.")
                if one.filename.endswith(".rels") and _fetches(part):
                    raise InputError(
                        f"Template {path.name} fetches something when it is opened ({one.filename}); embed its"
                        " pictures and remove its linked template."
                    )
            if "word/document.xml" not in package.namelist():
                raise InputError(f"Template {path.name} is no Word document; save it as .docx.")
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(
            f"Template {path.name} is no Word document that can be read; save it as .docx again."
        ) from error


def _fetches(part: bytes) -> bool:
    """Tell whether a part's relations load something from elsewhere; a link that is clicked on is none."""
    for relation in re.findall(rb"<Relationship\b[^>]*>", part):
        if b'TargetMode="External"' in relation or b"TargetMode='External'" in relation:
            kind = re.search(rb"Type=[\"'][^\"']*/(\w+)[\"']", relation)
            if kind and kind[1].decode("ascii", "replace") in _FETCHED:
                return True
    return False


def _paragraphs(document: Any) -> Iterator[Any]:
    """Yield every paragraph: of the body, of its tables, of headers and footers."""
    from docx.oxml.ns import qn
    from docx.text.paragraph import Paragraph

    roots = [document.element.body]
    for section in document.sections:
        for part in (
            section.header, section.footer, section.first_page_header, section.first_page_footer,
            section.even_page_header, section.even_page_footer,
        ):  # fmt: skip
            # Asking a part that is linked for its paragraphs would make it one of its own.
            if not part.is_linked_to_previous:
                roots.append(part._element)
    for root in roots:
        for element in root.iter(qn("w:p")):
            yield Paragraph(element, document)


def _fill(paragraph: Any, filled: Mapping[str, str]) -> None:
    """Put the words in place of the placeholders; Word may have spread one over several runs."""
    from docx.oxml.ns import qn

    # Texts of this very paragraph, not of one in a text box that hangs on it; pictures and fields stay untouched.
    pieces = [one for one in paragraph._p.iter(qn("w:t")) if next(one.iterancestors(qn("w:p"))) is paragraph._p]
    whole = "".join(one.text or "" for one in pieces)
    for match in reversed(list(_PLACE.finditer(whole))):
        words, begin = filled.get(match[1], match[0]), 0
        for one in pieces:
            said = one.text or ""
            first, last = max(match.start() - begin, 0), min(match.end() - begin, len(said))
            begin += len(said)
            if first < last:
                # The text in which a placeholder begins takes the words, and gives them its type.
                one.text = said[:first] + words + said[last:]
                words = ""
