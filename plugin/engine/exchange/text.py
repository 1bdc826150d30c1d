"""From bytes to text: which codec, why, and whether the text was destroyed before it came here.

UTF-8 tells itself by its own rules.  GBK (read as GB18030, its superset) and Big5 both decode most of each other's
bytes; what tells them apart is how common the characters are: running text is made of the first level of GB 2312 or of
Big5 nearly alone, a wrong decoding of rare characters.  What a wrong decoding has destroyed cannot be brought back; it
is told.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence

from .model import Encoding

#: How a codec is called in .cpg files, XML headers and by users -> Python's name.
_NAMES = {
    "utf8": "utf-8", "utf-8": "utf-8", "65001": "utf-8", "cp65001": "utf-8", "utf8bom": "utf-8",
    "936": "gb18030", "cp936": "gb18030", "ansi936": "gb18030", "ms936": "gb18030", "gbk": "gb18030",
    "gb2312": "gb18030", "gb18030": "gb18030", "54936": "gb18030", "cp54936": "gb18030", "euccn": "gb18030",
    "windows936": "gb18030", "chinese": "gb18030", "20936": "gb18030",
    "950": "big5", "cp950": "big5", "big5": "big5", "ansi950": "big5", "windows950": "big5", "big5hkscs": "big5",
    "utf16": "utf-16", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "unicode": "utf-16",
    "88591": "iso-8859-1", "iso88591": "iso-8859-1", "latin1": "iso-8859-1", "1252": "cp1252", "cp1252": "cp1252",
    "ansi1252": "cp1252", "windows1252": "cp1252", "ansi": "", "oem": "", "": "", "ascii": "ascii", "usascii": "ascii",
}  # fmt: skip
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
#: Codecs of one byte a character decode anything; a Chinese file that names one means "whatever Windows has".
_SINGLE = frozenset({"iso-8859-1", "cp1252", "ascii"})
_SAMPLE = 1 << 20
_LINES = 20_000
#: Text that a wrong decoding leaves behind; each is what common bytes become.
_REPLACED = "\ufffd"
_BURNT = re.compile("锟斤拷|锟斤|斤拷|烫烫烫|屯屯屯|锘锘|锟叫")
_MOJIBAKE_LATIN = re.compile("[\u00c0-\u00ff][\u0080-\u00bf\u2018-\u203a\u20ac\u0152-\u017e]")
_ASKED = re.compile(r"\?{3,}")


def codec(name: str | None) -> str | None:
    """Return Python's name of a codec as files and users call it; "" for one that says nothing, None if unknown."""
    if name is None:
        return None
    key = re.sub(r"[\s_\-]", "", name.strip().lower())
    if key in _NAMES:
        return _NAMES[key]
    try:
        return codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return None


def detect(data: bytes, *, declared: str | None = None) -> Encoding:
    """Tell which codec a text's bytes are in.

    Parameters
    ----------
    data : bytes
        The whole text; all of it is tried as UTF-8, up to 20,000 of its lines as anything else.
    declared : str, optional
        What something beside the text says (an XML header, a .cpg file, the user).
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return Encoding(
                name, "文件开头有字节顺序标记(BOM)", "the file begins with a byte order mark", True
            )
    head = data[:4096]
    if len(head) >= 4 and head.count(0) > len(head) // 5:
        little = head[1::2].count(0) >= head[0::2].count(0)
        name = "utf-16-le" if little else "utf-16-be"
        return Encoding(
            name, "每隔一个字节为零,是 UTF-16", "every other byte is zero, which is UTF-16", False
        )
    if _fits([data], "utf-8") == 1.0:
        return detect_cells([data], declared=declared)
    # By lines, so that one broken byte does not speak for the whole.
    lines = [line for line in data.split(b"\n") if not line.isascii()]
    return detect_cells(lines[:: len(lines) // _LINES + 1], declared=declared)


def detect_cells(cells: Iterable[bytes], *, declared: str | None = None, where: str = "") -> Encoding:
    """Tell which codec many short texts are in, each of which may be cut in the middle of its last character.

    Parameters
    ----------
    cells : iterable of bytes
        Cells of a table; those of ASCII alone do not count.
    declared : str, optional
        As :func:`detect`.
    where : str
        What declares it (``.cpg``), for the reason.
    """
    told = [cell for cell in cells if not cell.isascii()]
    wanted = codec(declared)
    if not told:
        name = wanted if wanted and wanted not in _SINGLE else "utf-8"
        return Encoding(
            name, "全部为 ASCII 字符,任何编码都一样", "ASCII only, the same in every encoding", True
        )
    utf8 = _fits(told, "utf-8")
    # Chinese of GBK decodes as UTF-8 next to never; the other way round it often does, so UTF-8 is asked first.
    if wanted and wanted not in _SINGLE and (wanted == "utf-8" or utf8 < 1.0) and _fits(told, wanted) == 1.0:
        words = where or "文件"
        said = f"{where or 'the file'} says {declared}, and all decodes"
        return Encoding(wanted, f"{words}声明为 {declared},全部可解码", said, True)
    found = _undeclared(told, utf8)
    if not wanted or wanted in _SINGLE or found.name == wanted:
        return found
    words, said = where or "文件", where or "the file"
    return Encoding(
        found.name,
        f"{found.zh};与{words}声明的 {declared} 不符",
        f"{found.en}, though {said} says {declared}",
        False,
    )


def _undeclared(told: Sequence[bytes], utf8: float) -> Encoding:
    """Tell the codec by the bytes alone; `utf8` is the share of cells that are UTF-8."""
    if utf8 == 1.0:
        return Encoding("utf-8", "全部字节符合 UTF-8 规则", "all bytes follow the rules of UTF-8", True)
    mainland, taiwan = _fits(told, "gb18030"), _fits(told, "big5")
    common = {"gb18030": _commonness(told, "gb18030"), "big5": _commonness(told, "big5")}
    share = {"gb18030": mainland, "big5": taiwan}
    name = (
        "big5" if share["big5"] * common["big5"] > share["gb18030"] * common["gb18030"] + 0.1 else "gb18030"
    )
    if utf8 > max(0.9, share[name] * common[name]):
        return Encoding(
            "utf-8",
            f"{utf8:.1%} 的文字符合 UTF-8,其余已损坏",
            f"{utf8:.1%} of the texts are UTF-8, the rest is broken",
            False,
        )
    title = {"gb18030": "GBK/GB18030", "big5": "Big5"}[name]
    if share[name] < 1.0:
        return Encoding(
            name,
            f"不是 UTF-8;{share[name]:.1%} 的文字可按 {title} 解码,其余已损坏",
            f"not UTF-8; {share[name]:.1%} of the texts decode as {title}, the rest is broken",
            False,
        )
    sure = abs(common["gb18030"] - common["big5"]) > 0.15 or share["big5"] * share["gb18030"] < 1.0
    return Encoding(
        name,
        f"不是 UTF-8;按 {title} 全部可解码,{common[name]:.0%} 为常用字",
        f"not UTF-8; all decodes as {title}, {common[name]:.0%} of it common characters",
        sure and common[name] > 0.6,
    )


def decode(data: bytes, encoding: Encoding | str) -> str:
    """Decode bytes; what does not decode becomes U+FFFD, which :func:`destroyed` tells."""
    name = encoding if isinstance(encoding, str) else encoding.name
    return data.decode(name, errors="replace").lstrip("\ufeff")


def decode_cell(cell: bytes, name: str) -> str:
    """Decode one cell of a table of fixed width, without a last character that was cut off."""
    try:
        return codecs.getincrementaldecoder(name)().decode(cell, final=False)
    except UnicodeDecodeError:
        return cell.decode(name, errors="replace")


def destroyed(text: str) -> tuple[str, str] | None:
    """Tell text that a wrong decoding destroyed before it came here: why in zh and en, or None.

    Notes
    -----
    ``锟斤拷`` is U+FFFD written as UTF-8 and read as GBK; ``烫烫烫`` is memory that was never filled; Latin letters with
    accents in pairs are UTF-8 read as Latin-1; runs of 娌鍗涓… are UTF-8 read as GBK.  The last two can be undone where
    no byte was lost: say so, but leave it to the user.
    """
    if _REPLACED in text or _BURNT.search(text):
        return (
            "含有“\ufffd”或“锟斤拷”一类的残字,原文字节已丢失,无法恢复,请向提供方索取原始文件",
            "it holds U+FFFD or 锟斤拷, the remains of a wrong decoding whose bytes are lost; ask for the original file",
        )
    if _ASKED.search(text):
        return (
            "含有连续的“???”,文字在另存时已丢失,请索取原始文件",
            "it holds runs of '???': the text was lost when it was saved; ask for the original file",
        )
    if len(_MOJIBAKE_LATIN.findall(text)) >= 2:
        return (
            "像是把 UTF-8 或 GBK 当作 Latin-1 读过后又保存的乱码,请索取原始文件",
            "it looks like UTF-8 or GBK read as Latin-1 and saved again; ask for the original file",
        )
    chinese = sum("\u4e00" <= c <= "\u9fff" for c in text)
    if chinese >= 3 and _was_utf8(text):
        return (
            "像是把 UTF-8 当作 GBK 读过后又保存的乱码,请索取原始文件",
            "it looks like UTF-8 read as GBK and saved again; ask for the original file",
        )
    return None


def _was_utf8(text: str) -> bool:
    """Whether the text, written as GBK, is UTF-8 of Chinese: Chinese that was never misread hardly ever is."""
    data = text.encode("gb18030", errors="ignore")
    try:
        said = codecs.getincrementaldecoder("utf-8")().decode(data, final=False)
    except UnicodeDecodeError:
        return False
    return any("\u4e00" <= c <= "\u9fff" for c in said)


def _fits(cells: Sequence[bytes], name: str) -> float:
    """The share of cells that decode; an incomplete last character is let pass."""
    good = 0
    make = codecs.getincrementaldecoder(name)
    for cell in cells:
        try:
            make().decode(cell, final=False)
            good += 1
        except UnicodeDecodeError:
            continue
    return good / len(cells)


def _commonness(cells: Sequence[bytes], name: str) -> float:
    """The share of the Chinese characters of a decoding that are of the first level of its own character set."""
    text, size = [], 0
    for cell in cells:
        piece = cell[: _SAMPLE - size].decode(name, errors="ignore")
        text.append(piece)
        size += len(cell)
        if size >= _SAMPLE:
            break
    chinese = "".join(c for c in "".join(text) if c > "\u2e7f")
    if not chinese:
        return 0.0
    charset, low, high = ("gb2312", 0xA1, 0xD7) if name == "gb18030" else ("big5", 0xA1, 0xC6)
    data = chinese.encode(charset, errors="ignore")
    leads = data[0::2]
    return sum(low <= lead <= high for lead in leads) / len(chinese)
