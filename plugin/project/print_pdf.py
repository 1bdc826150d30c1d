"""What Qt leaves to be settled in a PDF: the names of letters, dates, and the order of its objects."""

from __future__ import annotations

import mmap
import os
import re
import unicodedata
from pathlib import Path

from ..engine.exchange.write_gpkg import clock

#: Where dates stand: in the first object, and in what was appended.
_ENDS = 1 << 16
_DATE = re.compile(rb"\(D:\d{14}")
#: Lists of letters, and the codes of radicals in them.
_LETTERS = re.compile(rb"\[(?:<[0-9A-F]{4}>\s*)+\]")
_CODE = re.compile(rb"<(2E[89A-F][0-9A-F]|2F[0-9A-D][0-9A-F])>")
#: Radicals that Unicode does not call compatible with the letter they look like.
_RADICALS = dict(zip(
    "\u2e81\u2e8a\u2e8e\u2e92\u2e93\u2ea0\u2ec1\u2ec4\u2ec5\u2ec6\u2ec9\u2ecb\u2ed1\u2ed3\u2ed4\u2ed8\u2eda\u2edb\u2edc"
    "\u2edd\u2edf\u2ee0\u2ee2\u2ee3\u2ee4\u2ee5\u2ee6\u2ee8\u2ee9\u2eea\u2eeb\u2eec\u2eed\u2eee\u2eef\u2ef0\u2ef2",
    "厂卜兀巳幺民虎西见角贝车長长门青页风飞食飠饣马骨鬼鱼鸟麦黄黾斉齐歯齿竜龙亀",
))  # fmt: skip
_REFERENCE = re.compile(rb"(?<![\d.])(\d+) 0 R\b")
_HEAD = re.compile(rb"\s*(\d+) 0 obj")
#: The tag before the name of a font of which only some letters are embedded.
_TAG = re.compile(rb"/FontName /[A-Z]{6}\+")
_STREAM = b"\nstream\n"
_ENTRY = 20


def name_letters(path: Path) -> None:
    """Name the letters of a PDF rightly.

    Qt names a glyph by the last of the letters that share it: 面 (U+9762) becomes the radical U+2FAF, and who searches
    the file or copies from it does not find the word.
    """
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
        for table in _LETTERS.finditer(content):
            content[table.start() : table.end()] = _CODE.sub(_letter, table[0])


def _letter(code: re.Match[bytes]) -> bytes:
    sign = chr(int(code[1], 16))
    meant = _RADICALS.get(sign) or unicodedata.normalize("NFKC", sign)
    return b"<%04X>" % ord(meant) if len(meant) == 1 else code[0]


def set_dates(path: Path) -> None:
    """Set the dates in a PDF to SOURCE_DATE_EPOCH, where that is set."""
    if not os.environ.get("SOURCE_DATE_EPOCH"):
        return
    when = b"(D:" + clock().strftime("%Y%m%d%H%M%S").encode()
    with path.open("r+b") as file:
        size = path.stat().st_size
        for start in {0, max(size - _ENDS, 0)}:
            file.seek(start)
            content = file.read(_ENDS)
            # As long as before, so that no place in the file moves.
            changed = _DATE.sub(when, content)
            if changed != content:
                file.seek(start)
                file.write(changed)


def put_in_order(path: Path) -> None:
    """Write the objects of a PDF of Qt's in the order in which they are referred to, where SOURCE_DATE_EPOCH is set.

    Qt writes and numbers fonts in an order that it draws by lot.
    """
    if not os.environ.get("SOURCE_DATE_EPOCH"):
        return
    target = path.with_name(f"{path.name}.part")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        table = content.rfind(b"\nxref\n") + 1
        trailer = content[content.find(b"trailer", table) : content.find(b"startxref", table)]
        places = _places(content, table)
        ends = dict(zip(sorted(places.values()), [*sorted(places.values())[1:], table]))
        numbers = _numbers(content, places, ends, trailer)
        with target.open("wb") as out:
            out.write(content[: min(places.values())])
            starts = []
            for old, new in numbers.items():
                starts.append(out.tell())
                head, stream = _split(content[places[old] : ends[places[old]]])
                head = _HEAD.sub(b"%d 0 obj" % new, head, count=1)
                out.write(_renumbered(_TAG.sub(b"/FontName /%s+" % _tag(new), head), numbers))
                out.write(stream)
            first = out.tell()
            out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(starts) + 1))
            out.writelines(b"%010d 00000 n \n" % start for start in starts)
            size = re.sub(rb"/Size \d+", b"/Size %d" % (len(starts) + 1), trailer)
            out.write(_renumbered(size, numbers) + b"startxref\n%d\n%%%%EOF\n" % first)
    os.replace(target, path)


def _places(content: mmap.mmap, table: int) -> dict[int, int]:
    """Return object -> where it begins, from the table of a file that was written in one go."""
    head = content.find(b"\n", table) + 1
    start = content.find(b"\n", head) + 1
    first, count = map(int, content[head:start].split())
    places = {}
    for number in range(count):
        entry = content[start + number * _ENTRY : start + (number + 1) * _ENTRY]
        if entry[17:18] == b"n":
            places[first + number] = int(entry[:10])
    return places


def _split(one: bytes) -> tuple[bytes, bytes]:
    """Return an object's words and its stream."""
    at = one.find(_STREAM)
    return (one, b"") if at < 0 else (one[:at], one[at:])


def _numbers(content: mmap.mmap, places: dict[int, int], ends: dict[int, int], trailer: bytes) -> dict[int, int]:
    """Return old -> new number, in the order in which the objects are met from the trailer on."""
    numbers: dict[int, int] = {}
    waiting = [int(one) for one in reversed(_REFERENCE.findall(trailer))]
    while waiting:
        old = waiting.pop()
        if old in numbers or old not in places:
            continue
        numbers[old] = len(numbers) + 1
        head, _ = _split(content[places[old] : ends[places[old]]])
        waiting += [int(one) for one in reversed(_REFERENCE.findall(head))]
    return numbers


def _renumbered(head: bytes, numbers: dict[int, int]) -> bytes:
    # What refers to nothing is null, as the standard has it.
    return _REFERENCE.sub(
        lambda found: b"%d 0 R" % numbers[int(found[1])] if int(found[1]) in numbers else b"null", head
    )


def _tag(number: int) -> bytes:
    letters = bytearray()
    for _ in range(6):
        number, digit = divmod(number, 26)
        letters.insert(0, 65 + digit)
    return bytes(letters)
