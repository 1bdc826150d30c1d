"""The header of a boundary-point TXT (界址点坐标文件): which system its words and its numbers mean.

No official text of the format has been found; what is read here is what public files and programs of land offices
write.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import crs_systems as systems
from .crs_guard import DEGREES, GRID, ZONED
from .model import Declared, Foreign

if TYPE_CHECKING:
    from pyproj import CRS

_DATUMS = (
    ("cgcs2000", re.compile(r"2000|cgcs", re.IGNORECASE)),
    ("wgs84", re.compile(r"wgs|84", re.IGNORECASE)),
    ("beijing54", re.compile(r"54|北京|beijing", re.IGNORECASE)),
    ("xian80", re.compile(r"80|西安|xi'?an", re.IGNORECASE)),
)
_OFFSETS = (("gcj02", re.compile(r"gcj|火星", re.IGNORECASE)), ("bd09", re.compile(r"bd-?09|百度", re.IGNORECASE)))
_WHOLE = re.compile(r"\d{1,3}(?!\d)")
_DECIMAL = re.compile(r"[-+]?\d{1,20}(?:\.\d{1,20})?")
_MERIDIAN_KEYS = ("中央经线", "中央子午线", "中央子午线经度")
_SYSTEM_KEYS = ("坐标系", "几度分带", "投影类型", "带号", *_MERIDIAN_KEYS)
#: How many notes of one kind are worth reading.
_MOST = 20


class Notes:
    """Adds notes to what was read, the first twenty of each kind; :meth:`close` says how many more there were."""

    def __init__(self, foreign: Foreign) -> None:
        self._foreign, self._told = foreign, Counter[str]()

    def __call__(self, severity: str, code: str, zh: str, en: str, row: int | None = None) -> None:
        self._told[code] += 1
        if self._told[code] <= _MOST:
            self._foreign.note(severity, code, zh, en, row)

    def close(self) -> None:
        """Say how many notes were left out."""
        for code, count in self._told.items():
            if count > _MOST:
                last = [note for note in self._foreign.notes if note.code == code][-1]
                more = count - _MOST
                self._foreign.note(last.severity, code, f"同类问题另有 {more} 处", f"{more} more of the same kind")


def datum_of(words: str) -> str:
    """Return the datum that a header's 坐标系 names, empty for none that is known."""
    return next((name for name, pattern in _DATUMS if pattern.search(words)), "")


def number_of(words: str) -> int | None:
    """Return the number in a header's 带号, 几度分带 (``3``, ``3度带``, ``三度带``) or 中央经线; None where there is none."""
    match = _WHOLE.search(words)
    if match:
        return int(match[0])
    return 3 if "三" in words else 6 if "六" in words else None


def system_of(header: Mapping[str, str]) -> tuple[str, int | None, int | None]:
    """Return the datum, the width of zones and the central meridian that a header names."""
    width = number_of(header.get("几度分带", ""))
    return datum_of(header.get("坐标系", "")), width, _meridian(header, width)


def words_of(header: Mapping[str, str]) -> str:
    """Return what a header says of its system, as it puts it."""
    return " ".join(f"{key}={header[key]}" for key in _SYSTEM_KEYS if header.get(key))


def _meridian(header: Mapping[str, str], width: int | None) -> int | None:
    """The central meridian that a header means by its zone, or says itself; some write the meridian as the zone."""
    for key in _MERIDIAN_KEYS:
        said = number_of(header.get(key, ""))
        if said is not None and 75 <= said <= 135 and said % 3 == 0:
            return said
    zone = number_of(header.get("带号", ""))
    if zone is None:
        return None
    if 75 <= zone <= 135:
        return zone if zone % 3 == 0 else None
    found = systems.of_zone("cgcs2000", zone)
    if found is None:
        return None
    return found.meridian if width in (None, found.width) else None


def declared(header: Mapping[str, str], zone: int | None, kind: int, notes: Notes) -> Declared | None:
    """Return what the header says, held against the numbers; None where it says nothing.

    A header that contradicts its numbers declares no system: both readings are told, and the user decides.

    Parameters
    ----------
    header : mapping
        Its keys and values.
    zone : int or None
        The number before the eastings.
    kind : int
        The class of the numbers (:mod:`.crs_guard`), as (east, north).
    notes : Notes
    """
    words = words_of(header)
    _parameters(header, notes)
    said = header.get("坐标系", "")
    if not words:
        return None
    for name, pattern in _OFFSETS:
        if pattern.search(said):
            return Declared(None, words, "header", name)
    datum, width, meridian = system_of(header)
    if kind == DEGREES:
        code = systems.GEOGRAPHIC.get(datum)
        notes("warning", "degrees", "界址点坐标是经纬度(度),而不是该格式规定的米,请核对",
              "the points are longitudes and latitudes in degrees, not metres as the format has them; check"
              " them")  # fmt: skip
        return Declared(_crs(f"EPSG:{code}") if code else None, words, "header")
    if kind not in (GRID, ZONED):
        return Declared(None, words, "header")
    if zone is not None:
        agrees = _agrees(header, zone, width, meridian, notes)
        if not agrees:
            return Declared(None, f"{words};东坐标以 {zone} 开头 (the eastings begin with {zone})", "header")
        meridian = agrees.meridian
        width = agrees.width
    elif meridian is None and header.get("带号"):
        notes("warning", "zone_unclear", f"文件头带号={header['带号'][:20]} 与几度分带={header.get('几度分带', '')[:20]} 不成一带,请核对",
              f"the header's zone {header['带号'][:20]} and width {header.get('几度分带', '')[:20] or '(none)'}"
              " make no zone; check"
              f" them")  # fmt: skip
        return Declared(None, words, "header")
    elif meridian is None:
        notes("warning", "zone_missing", "东坐标不带带号,文件头也未写明带号或中央经线,无法由文件确定在哪一带,请向提供方核对",
              "the eastings have no zone number and the header names neither zone nor central meridian: the"
              " file does not say in"
              " which zone it is; ask those who sent it")  # fmt: skip
        return Declared(None, words, "header")
    else:
        width = width if width in (3, 6) else _width(header, meridian)
    if datum not in ("cgcs2000", *systems.OLD_DATUMS) or not _is_meridian(meridian, width):
        return Declared(None, words, "header")  # WGS 84 has no codes for Gauss-Krüger zones
    if datum in systems.OLD_DATUMS:
        notes("warning", "old_datum", "文件为旧坐标系,与 2000 国家大地坐标系相差数十米,换算需当地七参数",
              "the file is in an old datum, tens of metres from CGCS2000; the place's seven parameters are"
              " needed")  # fmt: skip
    return Declared(_crs(systems.grid(datum, width, meridian, zone is not None).crs), words, "header")


def _agrees(
    header: Mapping[str, str], zone: int, width: int | None, meridian: int | None, notes: Notes
) -> systems.System | None:
    """The zone that the eastings begin with, if the header does not contradict it."""
    found = systems.of_zone("cgcs2000", zone)
    if found is None:
        return None
    if width in (3, 6) and width != found.width:
        notes("warning", "width_mismatch",
              f"文件头为 {width} 度分带,但东坐标以 {zone} 开头,是 {found.width} 度带的带号,两者必有一错,请核对后选定",
              f"the header says {width}-degree zones, but the eastings begin with {zone}, a zone of"
              f" {found.width} degrees; one of"
              f" them is wrong: check it and choose")  # fmt: skip
        return None
    said = header.get("带号", "") or next((header[k] for k in _MERIDIAN_KEYS if header.get(k)), "")
    number = number_of(header.get("带号", ""))
    if meridian == found.meridian or (meridian is None and number in (None, zone)):
        return found
    theirs = f"中央经线 {meridian}°" if meridian else "无此带"
    theirs_en = f"central meridian {meridian}°E" if meridian else "no such zone"
    notes("warning", "zone_mismatch",
          f"文件头带号={said}({theirs}),但东坐标以 {zone} 开头(中央经线 {found.meridian}°),两者必有一错:若坐标正确,应为 {zone} 带;"
          f"若文件头正确,则东坐标前两位有误,请核对后选定",
          f"the header says zone {said} ({theirs_en}), but the eastings begin with {zone} (central meridian"
          f" {found.meridian}°E); one of them is wrong: if the points are right the zone is {zone}, if the"
          " header is right the"
          f" first two digits of the eastings are wrong; check it and choose")  # fmt: skip
    return None


def _width(header: Mapping[str, str], meridian: int) -> int:
    """The width of zones where a header leaves it out: the zone's number tells, else the meridian."""
    zone = number_of(header.get("带号", ""))
    if zone is not None and zone <= 23:
        return 6
    if zone is not None and 25 <= zone <= 45:
        return 3
    # 117° is a meridian of both; without a zone number in the eastings both give the same numbers.
    return 3 if meridian % 3 == 0 else 6


def _is_meridian(meridian: int, width: int) -> bool:
    return 75 <= meridian <= 135 and (meridian % 3 == 0 if width == 3 else (meridian - 75) % 6 == 0)


def _parameters(header: Mapping[str, str], notes: Notes) -> None:
    """Tell parameters of a datum shift, which nothing here applies."""
    words = header.get("转换参数", "")
    if any(float(one) for one in _DECIMAL.findall(words)):
        notes(
            "warning", "parameters_given", f"文件给出了转换参数({words[:80]}),此处未使用,请核对坐标系",
            f"the file gives parameters of a datum shift ({words[:80]}), which are not applied; check its system",
        )  # fmt: skip


def _crs(code: str) -> CRS:
    from pyproj import CRS

    return CRS.from_user_input(code)
