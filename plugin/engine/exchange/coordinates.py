"""Columns of coordinates as tables hold them, read all at once.

Forms: ``degrees`` (112.6), ``dms`` (112°36′0″, 112度36分, 112-36-00, 112 36 0, 东经…), ``packed`` (ddd.mmss or dddmmss) and
``metres`` (projected).  Plain numbers say their form by their size, a packed number only beside its partner and when it
is told; what could be either is asked, not guessed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..delineation_angles import Coordinate, read_coordinate
from ..errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMS = ("degrees", "dms", "packed", "metres")
_UNIT = re.compile(r"\s*(?:米|m|M|度)$")
_HYPHENS = re.compile(r"^(\D*?)(\d{1,3})-(\d{1,2})-(\d{1,2}(?:\.\d+)?)(\D*)$")
_PARTED = re.compile(
    r"^(?:(东经|E)|(北纬|N))? ?(\d{1,3})([-: ])(\d{1,2})\4(\d{1,2})(?:\.(\d{1,9}))?(?: ?(?:(E)|(N)))?$"
)
_THOUSANDS = re.compile(r"^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
_COMMA = re.compile(r"^[-+]?(\d+),(\d+)$")
#: Degrees, minutes and seconds as nearly all tables write them; what differs is left to :func:`read_coordinate`.
_USUAL = re.compile(
    r"^(?:(东经|E)|(北纬|N))?[ :]?(\d{1,3})[°º度] ?(\d{1,2})[′'’分] ?(\d{1,2})(?:\.(\d{1,9}))?"
    r"(?:[″\"”秒]|''|′′)(?: ?(?:(E)|(N)))?$"
)
_WEST = re.compile(r"^(?:西经|南纬)|[WS]$", re.IGNORECASE)
_PAIR = re.compile(r"^\s*(.+?)\s*[,，;；、/|\s]\s*(.+?)\s*$", re.DOTALL)
_PAIR_AXES = re.compile(
    r"^\s*((?:东经|E|经度)[^北N纬]+?)[,，;；、\s]*((?:北纬|N|纬度).+?)\s*$", re.IGNORECASE | re.DOTALL
)
_PAIR_AXES_TURNED = re.compile(
    r"^\s*((?:北纬|N|纬度)[^东E经]+?)[,，;；、\s]*((?:东经|E|经度).+?)\s*$", re.IGNORECASE | re.DOTALL
)
#: Above this a plain number is metres; below it degrees (or ddd.mmss).
METRES_FROM = 1000.0
#: From so many different minutes and seconds on, that all are below 60 is no chance (0.6 each): of numbers with four
#: decimals at most, and of any.
_FEWEST_SHORT, _FEWEST_PACKED = 8, 16
#: Share of the rows that must agree on a form.
_MOST = 0.9
#: Cells by which the step is told.
_STEP_CELLS = 200
#: 180 degrees as dddmmss, and some.
_PACKED_BELOW = 2e6


@dataclass
class Parsed:
    """A column read.

    Attributes
    ----------
    values : float64 array, shape (n,)
        Degrees or metres, NaN where a cell is empty or cannot be read.
    form : str
        ``degrees``, ``dms``, ``packed``, ``metres``, or ``mixed``.
    axis : str
        ``E`` or ``N`` where the cells say so themselves.
    bad : dict of int to (zh, en)
        Why a cell could not be read, by row; an empty one is among them.
    raw : float64 array, shape (n,)
        Plain numbers as they stand, NaN where a cell is none.
    step : float
        What one unit of the last digit is worth, in degrees or metres, by the finest of the first cells; 0 where
        numbers do not show it.
    """

    values: NDArray[np.float64]
    form: str
    axis: str = ""
    bad: dict[int, tuple[str, str]] = field(default_factory=dict)
    raw: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    step: float = 0.0


def parse(column: Any, form: str | None = None) -> Parsed:
    """Read a column of coordinates.

    Parameters
    ----------
    column : sequence of text or number, shape (n,)
    form : str, optional
        One of :data:`FORMS`; found out where it is left out.

    Raises
    ------
    InputError
        If `form` is none that is known.
    """
    import pandas as pd

    if form is not None and form not in FORMS:
        raise InputError(f"'{form}' is no form of coordinates; use one of {', '.join(FORMS)}.")
    series = pd.Series(column, dtype=object).reset_index(drop=True)
    numbers = np.array(pd.to_numeric(series, errors="coerce"), dtype=np.float64)
    blank = np.array(series.isna(), dtype=bool)
    unread = np.flatnonzero(np.isnan(numbers) & ~blank)
    blank[unread] = [not str(cell).strip() for cell in series.iloc[unread].tolist()]
    rest = np.flatnonzero(np.isnan(numbers) & ~blank)
    out = Parsed(numbers.copy(), "degrees", raw=numbers)
    for row in np.flatnonzero(blank):
        out.bad[int(row)] = ("坐标为空", "the coordinate is empty")
    forms: set[str] = set()
    plain = np.isfinite(numbers)
    if plain.any():
        large = np.abs(numbers[plain]) >= METRES_FROM
        forms |= {"metres"} if large.all() else {"degrees"} if not large.any() else {"metres", "degrees"}
    if len(rest):
        codes, said = pd.factorize(series.iloc[rest].astype(str).to_numpy(dtype=object))
        values, kinds, axes, faults = _texts(list(said), form == "packed")
        out.values[rest] = values[codes]
        for at, code in zip(rest.tolist(), codes.tolist()):
            if faults[code] is not None:
                out.bad[at] = faults[code]
        forms |= {kind for kind, fault in zip(kinds, faults) if fault is None}
        known = {axis for axis in axes if axis}
        out.axis = known.pop() if len(known) == 1 else ""
    infinite = np.isinf(out.values)
    for row in np.flatnonzero(infinite):
        out.bad[int(row)] = ("不是有限数", "it is no finite number")
    out.values[infinite] = np.nan
    out.form = form or (forms.pop() if len(forms) == 1 else "mixed" if forms else "degrees")
    if form == "packed":
        _unpack(out)
    out.step = _step(series, form == "packed")
    return out


def _unpack(parsed: Parsed) -> None:
    """Take the plain numbers of a column as packed."""
    whole = np.flatnonzero(np.isfinite(parsed.raw))
    parsed.values[whole], wrong = unpacked(parsed.raw[whole])
    for row in whole[wrong]:
        parsed.bad[int(row)] = (
            "度分秒压缩格式的分或秒不小于 60",
            "its packed minutes or seconds are 60 or more",
        )
    parsed.form = "packed"


def _step(series: Any, packed: bool) -> float:
    """The finest step of the first cells; figures only where they are text, or show decimals as floats do."""
    steps = []
    for cell in series.dropna().iloc[:_STEP_CELLS].tolist():
        try:
            steps.append(_number(str(cell).strip(), packed, False)[1].step)
        except InputError:
            continue
    return min(steps, default=0.0)


def _texts(
    said: list[str], packed: bool
) -> tuple[NDArray[np.float64], list[str], list[str], list[tuple[str, str] | None]]:
    """Read unique texts: values, forms, axes, faults."""
    values = np.full(len(said), np.nan)
    forms, axes = [""] * len(said), [""] * len(said)
    faults: list[tuple[str, str] | None] = [None] * len(said)
    thousands = _thousands(said)
    for k, one in enumerate(said):
        usual = _USUAL.match(one)
        parts = usual.groups() if usual else (p := _PARTED.match(one)) and p.group(1, 2, 3, 5, 6, 7, 8, 9)
        if parts and int(parts[3]) < 60 and int(parts[4]) < 60:
            seconds = int(parts[4]) + (int(parts[5]) / 10 ** len(parts[5]) if parts[5] else 0.0)
            values[k] = int(parts[2]) + (int(parts[3]) * 60 + seconds) / 3600
            forms[k], axes[k] = "dms", "E" if parts[0] or parts[6] else "N" if parts[1] or parts[7] else ""
            continue
        word = unicodedata.normalize("NFKC", one) if any("\uff00" <= c <= "\uffef" for c in one) else one
        word = word.strip()
        try:
            values[k], read = _number(word, packed, thousands)
            forms[k], axes[k] = read.form, read.axis
        except InputError:
            shown = one.strip()[:40]
            faults[k] = (f"“{shown}”不是坐标", f"'{shown}' is no coordinate")
    return values, forms, axes, faults


def _thousands(said: list[str]) -> bool:
    """Whether one comma with three figures after it parts thousands in a column, rather than decimals.

    Written 112,654 both would look alike; so the column decides: thousands where any cell has two such commas, or more
    before the comma than degrees have.
    """
    if any(one.count(",") > 1 and _THOUSANDS.match(one.strip()) for one in said):
        return True
    ones = [match for one in said if "," in one and (match := _COMMA.match(one.strip()))]
    return (
        bool(ones)
        and all(len(m[2]) == 3 and len(m[1]) <= 3 for m in ones)
        and any(int(m[1]) > 180 for m in ones)
    )


def _number(word: str, packed: bool, thousands: bool) -> tuple[float, Coordinate]:
    sign = -1.0 if _WEST.search(word) else 1.0
    if sign < 0:
        word = re.sub(r"^(?:西经|南纬)|\s*[WSws]$", "", word)
    if not re.search(r"[°º˚′″'\"分秒]", word):
        word = _UNIT.sub("", word)
    match = _HYPHENS.match(word)
    if match:
        word = f"{match[1]}{match[2]}°{match[3]}′{match[4]}″{match[5]}"
    elif _THOUSANDS.match(word) and (thousands or word.count(",") > 1 or "." in word):
        word = word.replace(",", "")
    elif _COMMA.match(word):
        word = word.replace(",", ".")
    read = read_coordinate(word, "", packed)
    if not np.isfinite(read.value):
        raise InputError("It is no finite number; correct it.")
    return sign * read.value, read


def unpacked(numbers: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Turn ddd.mmss and dddmmss into degrees; flagged where minutes or seconds are 60 or more.

    Numbers below 1000 are ddd.mmss, larger ones dddmmss with decimals of a second.
    """
    large = ~(np.abs(numbers) < _PACKED_BELOW)
    numbers = np.where(large, 0.0, numbers)
    short = np.abs(numbers) < METRES_FROM
    # Through whole hundred-thousandths of a second, lest 112.36 become 112.3559999.
    whole = np.round(np.abs(numbers) * np.where(short, 1e9, 1e5)).astype(np.int64)
    degrees, rest = np.divmod(whole, 1_000_000_000)
    minutes, seconds = np.divmod(rest, 10_000_000)
    wrong = (minutes >= 60) | (seconds >= 60 * 100_000) | large
    value = np.sign(numbers) * (degrees + minutes / 60 + seconds / 100_000 / 3600)
    return np.where(wrong, np.nan, value), wrong


def settle(first: Parsed, second: Parsed, form: str | None) -> tuple[Parsed, Parsed]:
    """Decide the form of two plain columns together.

    dddmmss lies where metres may lie too; but of metres one column has seven digits or more, and minutes and seconds of
    60 and more.

    Raises
    ------
    InputError
        If decimal degrees could all be ddd.mmss as well: the user has to say which.
    """
    if form is not None:
        return first, second
    a, b = first.raw[np.isfinite(first.raw)], second.raw[np.isfinite(second.raw)]
    if not len(a) or not len(b) or min(len(a) / _cells(first), len(b) / _cells(second)) < _MOST:
        return first, second
    for one, other in ((a, b), (b, a)):
        if _whole_packed(one, 73, 136) and _whole_packed(other, 3, 54):
            _unpack(first)
            _unpack(second)
            return first, second
    if first.form == second.form == "degrees" and _maybe_packed(a, b):
        raise InputError(
            "The coordinates may be decimal degrees or ddd.mmss (all minutes and seconds are below 60); say"
            " which form they have: degrees or packed."
        )
    return first, second


def _cells(parsed: Parsed) -> int:
    """How many cells of a column hold a coordinate or try to."""
    return max(1, int(np.isfinite(parsed.values).sum()))


def _maybe_packed(*columns: NDArray[np.float64]) -> bool:
    """Whether degrees might as well be ddd.mmss: all minutes and seconds below 60, and not by chance."""
    different, fewest = 0, _FEWEST_SHORT
    for numbers in columns:
        if unpacked(numbers)[1].any():
            return False
        minutes, seconds = np.divmod(np.round(np.abs(numbers) * 1e6).astype(np.int64) // 100 % 10_000, 100)
        if ((minutes > 0) | (seconds > 0)).mean() < _MOST:
            return False
        if (np.abs(numbers * 1e4 - np.round(numbers * 1e4)) < 1e-4).mean() < _MOST:
            fewest = _FEWEST_PACKED
        here = len(np.unique(minutes)) + len(np.unique(seconds))
        if here < _FEWEST_SHORT // 2:
            return False
        different += here
    return different >= fewest


def _whole_packed(numbers: NDArray[np.float64], low: int, high: int) -> bool:
    """Whether numbers are dddmmss of degrees `low` to `high`, but for a few mistakes."""
    within = (numbers >= low * 10_000) & (numbers < high * 10_000)
    return bool((within & ~unpacked(numbers)[1]).mean() > _MOST)


def split_pairs(column: Any) -> tuple[list[str | None], list[str | None]]:
    """Split cells that hold both coordinates; a cell that does not is (None, None)."""
    import pandas as pd

    codes, said = pd.factorize(pd.Series(column, dtype=object).to_numpy(dtype=object))
    pairs: list[tuple[str | None, str | None]] = []
    for one in said:
        word = str(one).strip().strip("()（）[]【】")
        match = _PAIR_AXES.match(word)
        if match:
            pairs.append((match[1], match[2]))
            continue
        match = _PAIR_AXES_TURNED.match(word)
        if match:
            pairs.append((match[2], match[1]))
            continue
        match = _PAIR.match(word)
        pairs.append((match[1], match[2]) if match else (None, None))
    pairs.append((None, None))  # what a missing cell's code, -1, points to
    return [pairs[k][0] for k in codes], [pairs[k][1] for k in codes]
