"""Coordinates as documents write them: degrees, minutes and seconds in signs or in Chinese, degrees, or metres.

The last digit that is written says how exact a number is: 114°3′19″ is good to a second, about 31 m.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from .errors import InputError

FORMS = ("dms", "degrees", "packed", "metres")
_NUMBER = r"\d+(?:\.\d+)?"
_DEGREE = r"(?:°|º|˚|度|d|D)"
_MINUTE = r"(?:′|'|’|‘|`|分|m|M)"
_SECOND = r"(?:″|\"|”|“|′′|''|’’|秒|s|S)"
_SIGNS = re.compile(
    rf"^({_NUMBER})\s*{_DEGREE}\s*(?:({_NUMBER})\s*(?:{_MINUTE}\s*(?:({_NUMBER})\s*{_SECOND}?)?)?)?$"
)
_BLANKS = re.compile(rf"^(\d{{1,3}})[\s:]+(\d{{1,2}})[\s:]+({_NUMBER})$")
_PLAIN = re.compile(rf"^([+-]?)({_NUMBER})$")
_EAST = re.compile(r"^(?:东经|経度|经度|E|L)\s*[:=]?\s*|\s*[E]$", re.IGNORECASE)
_NORTH = re.compile(r"^(?:北纬|纬度|N|B)\s*[:=]?\s*|\s*[N]$", re.IGNORECASE)


@dataclass(frozen=True)
class Coordinate:
    """One number of a vertex.

    Attributes
    ----------
    value : float
        Degrees, or metres.
    step : float
        What one unit of the last digit is worth, in the same unit.
    form : str
        ``dms``, ``degrees``, ``packed`` (ddd.mmss) or ``metres``.
    axis : str
        ``E`` or ``N`` where the text says so itself, else empty.
    """

    value: float
    step: float
    form: str
    axis: str = ""


def read_coordinate(cell: Any, where: str, packed: bool = False) -> Coordinate:
    """Read one coordinate.

    Parameters
    ----------
    cell : str or number
        ``114°3′19″``, ``东经114度7分33.897秒``, ``114 03 19``, ``114.0553``, ``3848023.49``.
    where : str
        Row and column, for the message.
    packed : bool
        A plain number below 1000 is ddd.mmss, as some forms want it.

    Raises
    ------
    InputError
        If it cannot be read, or its minutes or seconds are 60 or more.
    """
    # Compatibility forms (full-width figures) become plain ones; signs of angles stay what they are.
    said = unicodedata.normalize("NFC", str(cell))
    said = "".join(unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" or c == "\u3000" else c for c in said)
    said = said.strip().rstrip(",，;；")
    axis = "E" if _EAST.search(said) else "N" if _NORTH.search(said) else ""
    text = (_EAST if axis == "E" else _NORTH).sub("", said).strip() if axis else said
    match = _SIGNS.match(text) or _BLANKS.match(text)
    if match:
        return _dms(match[1], match[2], match[3], where, axis, said)
    match = _PLAIN.match(text)
    if not match:
        raise InputError(f"{where}: '{said}' is no coordinate; write 114°3′19″, 114度3分19秒, 114.0553 or metres.")
    try:
        number = Decimal(match[2])
    except InvalidOperation:
        raise InputError(f"{where}: '{said}' is no number; correct it.") from None
    places = max(0, -int(number.as_tuple().exponent))
    value = float(number) * (-1 if match[1] == "-" else 1)
    if abs(value) >= 1000:
        return Coordinate(value, 10.0**-places, "metres", axis)
    if packed:
        whole, _, rest = match[2].partition(".")
        rest = rest.ljust(4, "0")
        seconds = rest[2:4] + (f".{rest[4:]}" if rest[4:] else "")
        return _dms(whole, rest[:2], seconds, where, axis, said, "packed")
    return Coordinate(value, 10.0**-places, "degrees", axis)


def _dms(
    degrees: str, minutes: str | None, seconds: str | None, where: str, axis: str, said: str, form: str = "dms"
) -> Coordinate:
    for part, what in ((minutes, "minutes"), (seconds, "seconds")):
        if part is not None and Decimal(part) >= 60:
            raise InputError(f"{where}: '{said}' has {part} {what}; there are fewer than 60. Correct it.")
    if "." in degrees and minutes or minutes and "." in minutes and seconds:
        raise InputError(f"{where}: '{said}' has a fraction before its last part; correct it.")
    last, worth = (seconds, 3600) if seconds else (minutes, 60) if minutes else (degrees, 1)
    places = len(str(last).partition(".")[2])
    value = Decimal(degrees) + Decimal(minutes or 0) / 60 + Decimal(seconds or 0) / 3600
    return Coordinate(float(value), 10.0**-places / worth, form, axis)


def in_dms(degrees: float, places: int = 0) -> str:
    """Return degrees as ``114°3′19″``, rounded to so many decimals of a second."""
    unit = 10**places
    total = round(abs(degrees) * 3600 * unit)
    whole, rest = divmod(total, 3600 * unit)
    minutes, seconds = divmod(rest, 60 * unit)
    shown = f"{seconds / unit:.{places}f}" if places else str(seconds)
    return f"{'-' if degrees < 0 else ''}{whole}°{minutes}′{shown}″"
