"""Type on printed maps: families that have Chinese, and words that never leave their frame."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import QgsLayoutItemLabel
from qgis.PyQt.QtGui import QFont, QFontDatabase, QFontMetricsF

#: The families that templates name, and what stands in for them: the first that is installed.
FAMILIES = {
    "SimHei": ("SimHei", "黑体", "Microsoft YaHei", "Source Han Sans SC", "Noto Sans CJK SC", "PingFang SC", "Heiti SC",
               "Hiragino Sans GB", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei"),
    "FangSong": ("FangSong", "仿宋", "FangSong_GB2312", "SimSun", "宋体", "Noto Serif CJK SC", "Source Han Serif SC",
                 "STFangsong", "Songti SC", "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC",
                 "WenQuanYi Zen Hei", "WenQuanYi Micro Hei"),
}  # fmt: skip
#: Type is not made smaller than this share of what the template says; what does not fit then is cut off with a sign.
LEAST = 0.62
_STEP = 0.04
#: Pixels per millimetre at which text is measured: fine enough for hinting not to count.
_FINE = 20.0
_MM_PER_POINT = 25.4 / 72.0
#: Of the width of a frame; printers' and screens' metrics differ by some thousandths.
_SAFE = 0.985
_ELLIPSIS = "…"


def installed() -> dict[str, str]:
    """Return for each family of the templates the one that is used here."""
    there = set(QFontDatabase().families())
    return {
        name: next((one for one in chosen if one in there), chosen[0]) for name, chosen in FAMILIES.items()
    }


def fit(label: QgsLayoutItemLabel, text: str) -> bool:
    """Put a text into a label so that it stays in its frame: broken into lines, set smaller, cut at last.

    Returns
    -------
    bool
        False where something had to be cut off.
    """
    font = QFont(label.font())
    size = font.pointSizeF()
    width = (label.rect().width() - 2 * label.marginX()) * _SAFE
    height = label.rect().height() - 2 * label.marginY()
    factor = 1.0
    while True:
        font.setPointSizeF(size * factor)
        lines = broken(text, font, width)
        if len(lines) * line_height(font) <= height + 1e-6 or factor <= LEAST:
            break
        factor = max(LEAST, factor - _STEP)
    most = max(1, int((height + 1e-6) / line_height(font)))
    whole = len(lines) <= most
    if not whole:
        lines = [*lines[: most - 1], _cut("".join(lines[most - 1 :]), font, width)]
    label.setFont(font)
    label.setText("\n".join(lines))
    return whole


def broken(text: str, font: QFont, width: float) -> list[str]:
    """Return a text in lines of at most `width` mm: Chinese breaks anywhere, Latin between words."""
    metrics = _metrics(font)
    room = width * _FINE
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _pieces(paragraph):
            if line and metrics.horizontalAdvance(line + piece.rstrip()) > room:
                lines.append(line.rstrip())
                line = piece.lstrip()
            else:
                line += piece
            # A word that is wider than the frame breaks where it must.
            while metrics.horizontalAdvance(line.rstrip()) > room and len(line) > 1:
                at = _fitting(line, metrics, room)
                lines.append(line[:at])
                line = line[at:]
        lines.append(line.rstrip())
    return lines


def _pieces(text: str) -> Sequence[str]:
    """Return what stays together: a Latin word with the space behind it, a Chinese character with its full stop."""
    pieces: list[str] = []
    for sign in text:
        last = pieces[-1] if pieces else ""
        latin = sign.isascii() and not sign.isspace()
        if last and (
            (latin and last[-1].isascii() and not last[-1].isspace())
            or sign in ",.;:!?)]}%°′″、。，；：！？）》”’·"
            or sign.isspace()
            or last[-1] in "(（《“‘[〔"
        ):
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _fitting(line: str, metrics: QFontMetricsF, room: float) -> int:
    at = len(line) - 1
    while at > 1 and metrics.horizontalAdvance(line[:at]) > room:
        at -= 1
    return max(1, at)


def _cut(line: str, font: QFont, width: float) -> str:
    metrics, room = _metrics(font), width * _FINE
    if metrics.horizontalAdvance(line) <= room:
        return line
    while line and metrics.horizontalAdvance(line + _ELLIPSIS) > room:
        line = line[:-1]
    return line + _ELLIPSIS


def line_height(font: QFont) -> float:
    """Return the height of a line in millimetres."""
    return _metrics(font).lineSpacing() / _FINE


def _metrics(font: QFont) -> QFontMetricsF:
    """Return the metrics of a font in units of 1/20 mm."""
    scaled = QFont(font)
    scaled.setPixelSize(max(1, round(font.pointSizeF() * _MM_PER_POINT * _FINE)))
    return QFontMetricsF(scaled)
