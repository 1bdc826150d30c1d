"""How numbers, places and states are written in ledgers and reports, in Chinese and English.

Everything here is plain Python: no frame, no file.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime
from typing import Any

from ..errors import InputError

LANGUAGES = ("zh", "en")
#: One mu is 1/15 hectare.
MU_M2 = 10000.0 / 15.0
HECTARE_M2 = 10000.0

EFFECT = {
    "prohibit": ("禁止", "Prohibited"),
    "close": ("关停取缔", "To be closed"),
    "restrict": ("限制", "Restricted"),
    "rectify": ("整治", "To be rectified"),
    "require": ("须落实要求", "Requirement"),
    "attend": ("注意", "To be attended to"),
    "encourage": ("鼓励", "Encouraged"),
}
STATUS = {
    "hit": ("命中", "Hit"),
    "clear": ("未涉及", "Clear"),
    "not_applicable": ("不适用", "Not applicable"),
    "not_assessed": ("待核实", "To be verified"),
}
# A check never ends in a bare "pass": nothing found is said as nothing found.
VERDICT = {
    "fail": ("不通过", "Fail"),
    "restricted": ("受限", "Restricted"),
    "conditional": ("通过(附条件)", "Pass with conditions"),
    "note": ("提示", "Note"),
    "pass": ("未见限制", "No restriction found"),
}
CONFORMITY = {
    "prohibit": ("不符合", "Does not conform"),
    "close": ("不符合", "Does not conform"),
    "restrict": ("受限", "Restricted"),
    "rectify": ("附条件", "Conditional"),
    "require": ("附条件", "Conditional"),
    "attend": ("提示", "Note"),
    "encourage": ("提示", "Note"),
}
BANK = {
    "left": ("左岸", "Left bank"),
    "right": ("右岸", "Right bank"),
    "channel": ("河道内", "In the channel"),
    "both": ("跨两岸", "Both banks"),
}
DIRECTION = {"U": ("上游", "Upstream"), "D": ("下游", "Downstream")}
OWNER = {
    "document": ("文件规定", "The document's"),
    "working": ("本单位工作距离", "The office's working distance"),
    "law": ("法律法规", "Law"),
}
SEVERITY = {"error": ("错误", "Error"), "warning": ("警告", "Warning"), "info": ("提示", "Information")}
BANK_FROM = {
    "channel": ("河道面边界", "Edge of the channel polygon"),
    "management": ("河道管理范围线", "River management line"),
    "management_line": ("河道管理范围线", "River management line"),
    "dyke": ("堤脚线", "Dyke toe"),
    "centreline+width": ("河道中心线加河宽", "Centreline and river width"),
    "centreline": ("河道中心线", "Centreline"),
}
_COMPASS = (
    ("北", "N"), ("东北", "NE"), ("东", "E"), ("东南", "SE"),
    ("南", "S"), ("西南", "SW"), ("西", "W"), ("西北", "NW"),
)  # fmt: skip
#: States of follow-up, as the layer rectification_item names them; the ledger's drop-down list.
STATES = (
    ("未启动", "Not started"),
    ("整改中", "Being rectified"),
    ("已完成", "Done"),
    ("已销号", "Closed"),
)
#: Codes of rectification_item.status and of the problem layers' status, as places in STATES.
STATE_OF_CODE = {"not_started": 0, "open": 0, "rectifying": 1, "done": 2, "closed": 3}

# Control characters that XML cannot hold; a cell or a paragraph with one would make an unreadable file.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def check_language(lang: str) -> str:
    """Return `lang`, or say that reports come in Chinese and English only.

    Raises
    ------
    InputError
        If `lang` is neither ``zh`` nor ``en``.
    """
    if lang not in LANGUAGES:
        raise InputError(f"Reports are written in zh or en, not '{lang}'; choose one of the two.")
    return lang


def pick(pair: tuple[str, str], lang: str) -> str:
    """Return the Chinese or the English of a pair."""
    return pair[0] if lang == "zh" else pair[1]


def word(table: dict[str, tuple[str, str]], code: Any, lang: str = "zh") -> str:
    """Return what a user reads for a code; a code that the table does not have is shown as it is."""
    if code is None:
        return ""
    return pick(table[code], lang) if code in table else str(code)


def plain(value: Any) -> str:
    """Return `value` as text that XML can hold: a control character becomes the replacement character."""
    return "" if value is None else _CONTROL.sub("\ufffd", str(value))


_HALF = re.compile(r"(?<=[\u4e00-\u9fff”’)）%])([,;:])|([,;:])(?=[\u4e00-\u9fff“‘])")
_FULL = {",": "，", ";": "；", ":": "："}


def prose(value: Any) -> str:
    """Return a Chinese sentence of the program's with full-width commas; never for a document's own words."""
    return _HALF.sub(lambda match: _FULL[match.group(0)], plain(value))


def as_date(value: Any) -> date | None:
    """Return a date from a date, a timestamp or an ISO text; None where there is no such date."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = re.match(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]|\s*$)", str(value))
    if not match:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def required_date(value: Any, what: str) -> date:
    """Return a date or say which one is missing.

    Raises
    ------
    InputError
        If `value` is no date.
    """
    found = as_date(value)
    if found is None:
        raise InputError(f"{what} is {value!r}, which is no date; give it as YYYY-MM-DD.")
    return found


def day(value: Any, lang: str = "zh") -> str:
    """Write a date: 2019年6月30日, or 2019-06-30 in English; an unknown one is empty."""
    found = as_date(value)
    if found is None:
        return ""
    return f"{found.year}年{found.month}月{found.day}日" if lang == "zh" else found.isoformat()


def period(start: Any, end: Any, lang: str = "zh") -> str:
    """Write the days a document holds; an open end is said."""
    if as_date(start) is None and as_date(end) is None:
        return "长期" if lang == "zh" else "open"
    first = day(start, lang) or ("未注明" if lang == "zh" else "not stated")
    last = day(end, lang) or ("长期有效" if lang == "zh" else "open")
    return f"{first}至{last}" if lang == "zh" else f"{first} to {last}"


def dms(degrees: float | None, axis: str, digits: int = 2) -> str:
    """Write an angle as degrees, minutes and seconds, by default to 0.01″ (0.3 m on the ground).

    Parameters
    ----------
    degrees : float or None
    axis : str
        ``lon`` or ``lat``; decides the letter E/W or N/S.
    digits : int
        Decimals of the seconds.
    """
    if degrees is None or not math.isfinite(degrees):
        return ""
    # Round once, in parts of a second, so that 59.999″ becomes the next minute and never 60.00″.
    second = 10**digits
    minutes, parts = divmod(round(abs(degrees) * 3600 * second), 60 * second)
    letter = ("W" if degrees < 0 else "E") if axis == "lon" else ("S" if degrees < 0 else "N")
    seconds = f"{parts // second:02d}" + (f".{parts % second:0{digits}d}" if digits else "")
    return f"{minutes // 60}°{minutes % 60:02d}′{seconds}″{letter}"


def number(value: Any, digits: int = 1) -> str:
    """Write a number with a thin grouping of thousands; an unknown one is empty."""
    if value is None:
        return ""
    amount = float(value)
    return f"{amount:,.{digits}f}" if math.isfinite(amount) else ""


def distance(value: Any, lang: str = "zh") -> str:
    """Write a distance: 320 m (decimetres below 100 m), 10.9 km from 10 km up."""
    if value is None or not math.isfinite(float(value)):
        return ""
    metres = float(value)
    # Near a threshold a rounded kilometre would hide the side it falls on, so metres stay until 10 km.
    if abs(metres) >= 10000:
        text, unit = f"{metres / 1000:.2f}".rstrip("0").rstrip("."), (" km" if lang == "en" else "公里")
    else:
        text, unit = (
            (f"{metres:.1f}" if abs(metres) < 100 else f"{metres:.0f}"),
            (" m" if lang == "en" else "米"),
        )
        text = "0" if text in ("0.0", "-0.0") else text
    return text + unit


def separation(value: Any, threshold: Any, lang: str = "zh") -> str:
    """Write a distance so that rounding never moves it to the other side of its threshold.

    14 999.94 m against 15 000 m is written in metres with as many decimals as keep it below.
    """
    if value is None or threshold is None:
        return distance(value, lang)
    metres, limit = float(value), float(threshold)
    if not math.isfinite(metres) or abs(metres - limit) > 100:
        return distance(value, lang)
    for digits in (0, 1, 2, 3, 6):
        text = f"{metres:.{digits}f}"
        if metres == limit or (float(text) < limit) == (metres < limit) and float(text) != limit:
            break
    return text + (" m" if lang == "en" else "米")


def area(square_metres: Any, lang: str = "zh") -> str:
    """Write an area in the unit that fits, with mu beside it in Chinese."""
    if square_metres is None or not math.isfinite(float(square_metres)):
        return ""
    value = float(square_metres)
    if lang == "en":
        return f"{value / HECTARE_M2:,.2f} ha" if value >= HECTARE_M2 else f"{value:,.1f} m²"
    if value >= HECTARE_M2:
        return f"{value / HECTARE_M2:,.2f}公顷({value / MU_M2:,.1f}亩)"
    return f"{value:,.1f}平方米({value / MU_M2:,.2f}亩)"


def hectares(square_metres: float | None) -> float | None:
    """Square metres as hectares."""
    return None if square_metres is None else float(square_metres) / HECTARE_M2


def mu(square_metres: float | None) -> float | None:
    """Square metres as mu (亩)."""
    return None if square_metres is None else float(square_metres) / MU_M2


def share(fraction: Any) -> str:
    """Write a fraction as a percentage."""
    return "" if fraction is None else f"{float(fraction) * 100:.1f}%"


def compass(bearing: Any, lang: str = "zh") -> str:
    """Name the eighth of the compass that a bearing (degrees from north, clockwise) lies in."""
    if bearing is None or not math.isfinite(float(bearing)):
        return ""
    return pick(_COMPASS[int(((float(bearing) % 360) + 22.5) // 45) % 8], lang)


def yes_no(value: Any, lang: str = "zh") -> str:
    """Write 是/否; an unknown truth is empty."""
    if value is None:
        return ""
    return pick(("是", "Yes") if bool(value) else ("否", "No"), lang)


def chainage(metres: Any, direction: Any, lang: str = "zh") -> str:
    """Write a place along the river: 上游1,234米."""
    if metres is None:
        return word(DIRECTION, direction, lang)
    side = direction or ("U" if float(metres) >= 0 else "D")
    value = distance(abs(float(metres)), lang)
    return (
        f"{word(DIRECTION, side, lang)}{value}"
        if lang == "zh"
        else f"{value} {word(DIRECTION, side, lang).lower()}"
    )


def width(text: str) -> int:
    """Return the columns that a line of text takes: two for a Chinese character, one for a Latin one."""
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def lines_needed(text: str, columns: float) -> int:
    """Return how many lines a text takes in a cell of `columns` Latin characters."""
    return sum(max(1, math.ceil(width(line) / max(columns, 1))) for line in str(text).split("\n"))
