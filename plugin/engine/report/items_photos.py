"""The photos of items before and after, small, on a sheet of their own (照片页)."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..rectification import missing
from ..rectification_steps import check_photo
from . import text
from .ledger_page import Pages, set_up_page
from .sheet import Styles, put_text, sheet_title

#: The longer side of a picture as it is stored, and the room that it has on the sheet, in pixels.
LONGEST = 480
_WIDE, _HIGH = 300, 225
#: What is larger was made to harm; a camera makes a tenth of it.
_MOST_PIXELS = 300_000_000
_SIDES = (("photo_before", ("整改前", "Before")), ("photo_after", ("整改后", "After")))
_BLOCKS_ON_A_PAGE = 2


def add_photos(
    book: Any, styles: Styles, items: Sequence[Mapping[str, Any]], captions: Sequence[str], folder: Path, lang: str
) -> None:
    """Add the sheet: two items beside each other, each with its pictures before and after under a caption.

    Parameters
    ----------
    book, styles
    items : sequence of mapping
        With ``photo_before`` and ``photo_after``: paths relative to `folder`.
    captions : sequence of str
        One for each item.
    folder : path
        The map's; no picture is taken from outside of it.
    lang : {"zh", "en"}
    """
    title = text.pick(("照片页", "Photos"), lang)
    sheet = book.create_sheet(sheet_title(book, title))
    for letter, width in zip("ABCDE", (_WIDE / 7, _WIDE / 7, 2, _WIDE / 7, _WIDE / 7)):
        sheet.column_dimensions[letter].width = round(width, 1)
    told = [k for k, item in enumerate(items) if any(not missing(item.get(name)) for name, _ in _SIDES)]
    pillow = _pillow()
    notes = [_counted(len(items), len(told), lang)]
    if pillow is None:
        lacking = ("此处没有Pillow库，照片只列路径。", "The package Pillow is not here: photos are named only.")
        notes.append(text.pick(lacking, lang))
    for row, words in enumerate((title, *notes), start=1):
        put_text(sheet.cell(row, 1), words)
        sheet.cell(row, 1).font = styles.title if row == 1 else styles.subtitle
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=5)
        sheet.row_dimensions[row].height = 27 if row == 1 else 18
    head = len(notes) + 1
    row = head + 1
    for place, k in enumerate(told):
        column = 1 if place % 2 == 0 else 4
        _block(sheet, styles, row, column, items[k], captions[k], folder, pillow, lang)
        if place % 2 or place == len(told) - 1:
            row += 4
            if (place // 2 + 1) % _BLOCKS_ON_A_PAGE == 0 and place < len(told) - 1:
                _break_after(sheet, row - 1)
    # 72 % of four pictures and their gap are a little less than A4 is wide, and two blocks less than it is high.
    area = f"A1:E{max(row - 1, head)}"
    set_up_page(sheet, Pages("A4", 72), lang, book.envzones_publication, head=1, fixed=0, area=area)


def _break_after(sheet: Any, row: int) -> None:
    from openpyxl.worksheet.pagebreak import Break

    sheet.row_breaks.append(Break(id=row))


def _counted(count: int, told: int, lang: str) -> str:
    return text.pick(
        (f"共{count}项，其中{told}项有照片。", f"{count} items, {told} of them with photos."), lang
    )


def _block(
    sheet: Any, styles: Styles, row: int, column: int, item: Mapping[str, Any], caption: str, folder: Path, pillow: Any,
    lang: str,
) -> None:  # fmt: skip
    put_text(sheet.cell(row, column), caption)
    sheet.merge_cells(start_row=row, start_column=column, end_row=row, end_column=column + 1)
    for offset in (0, 1):
        cell = sheet.cell(row, column + offset)
        cell.font, cell.fill, cell.border, cell.alignment = styles.head, styles.fill, styles.border, styles.left
    sheet.row_dimensions[row].height = 32
    sheet.row_dimensions[row + 1].height = (_HIGH + 8) * 0.75
    sheet.row_dimensions[row + 2].height = 30
    sheet.row_dimensions[row + 3].height = 8
    for offset, (name, side) in enumerate(_SIDES):
        path = item.get(name)
        path = "" if missing(path) else str(path).strip()
        room, label = sheet.cell(row + 1, column + offset), sheet.cell(row + 2, column + offset)
        for cell in (room, label):
            cell.border, cell.font, cell.alignment = styles.border, styles.body, styles.middle
        said = text.pick(side, lang)
        put_text(label, f"{said}{'：' if lang == 'zh' else ': '}{path or text.pick(('无', 'none'), lang)}")
        if not path:
            continue
        picture, why = _picture(path, folder, pillow, lang)
        if picture is None:
            put_text(room, why)
        else:
            _place(sheet, room, picture)


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        return None
    return Image


def _picture(path: str, folder: Path, pillow: Any, lang: str) -> tuple[bytes | None, str]:
    """Return a small picture, or why there is none."""
    try:
        check_photo(path, None)
        file = (folder / path.replace("\\", "/")).resolve()
        file.relative_to(folder.resolve())
    except (InputError, ValueError, OSError):
        return None, text.pick((f"照片不在图库目录内：{path}", f"Not in the map's folder: {path}"), lang)
    if not file.is_file():
        return None, text.pick((f"缺少照片：{path}", f"Photo is missing: {path}"), lang)
    if pillow is None:
        return None, path
    try:
        return _small(file, pillow), ""
    except Exception:  # noqa: BLE001 - a broken picture may fail in any way; it is named, and the rest is written
        return None, text.pick((f"照片无法读取：{path}", f"Photo cannot be read: {path}"), lang)


def _small(file: Path, pillow: Any) -> bytes:
    """Return a picture made small, as it is meant to be seen, without what the camera noted (place, owner)."""
    from PIL import ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pillow.open(file) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise ValueError("too large")
            image.draft("RGB", (LONGEST, LONGEST))
            turned = ImageOps.exif_transpose(image).convert("RGB")
        turned.thumbnail((LONGEST, LONGEST))
        plain = pillow.new("RGB", turned.size)
        plain.paste(turned)
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=80)
    return out.getvalue()


def _place(sheet: Any, cell: Any, picture: bytes) -> None:
    from openpyxl.drawing.image import Image
    from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
    from openpyxl.drawing.xdr import XDRPositiveSize2D
    from openpyxl.utils.units import pixels_to_EMU

    image = Image(io.BytesIO(picture))
    scale = min(_WIDE / image.width, _HIGH / image.height, 1.0)
    width, height = int(image.width * scale), int(image.height * scale)
    left, top = (_WIDE + 5 - width) // 2, (_HIGH + 8 - height) // 2
    marker = AnchorMarker(cell.column - 1, pixels_to_EMU(left), cell.row - 1, pixels_to_EMU(top))
    image.anchor = OneCellAnchor(_from=marker, ext=XDRPositiveSize2D(pixels_to_EMU(width), pixels_to_EMU(height)))
    sheet.add_image(image)
