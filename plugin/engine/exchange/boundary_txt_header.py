"""The header of a boundary-point TXT (界址点坐标文件): which system its words and its numbers mean.

No official text of the format has been found; what is read here is what public files and programs of land offices write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from . import crs_systems as systems
from .crs_guard import DEGREES, DEGREES_SWAPPED, GRID, GRID_SWAPPED, ZONED, ZONED_SWAPPED
from .model import Declared, Foreign

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DATUMS = (
    ("cgcs2000", re.compile(r"2000|cgcs", re.IGNORECASE)),
    ("xian80", re.compile(r"80|西安|xi'?an", re.IGNORECASE)),
    ("beijing54", re.compile(r"54|北京|beijing", re.IGNORECASE)),
    ("wgs84", re.compile(r"wgs|84", re.IGNORECASE)),
)
_NUMBER = re.compile(r"\d+")


def datum_of(words: str) -> str:
    """Return the datum that a header's 坐标系 names, empty for none that is known."""
    return next((name for name, pattern in _DATUMS if pattern.search(words)), "")


def zone_of(words: str) -> int | None:
    """Return the number in a header's 带号 or 几度分带, None where there is none."""
    match = _NUMBER.search(words)
    return int(match[0]) if match else None


def declared(
    header: Mapping[str, str], east: NDArray[np.float64], kind: int, foreign: Foreign
) -> Declared | None:
    """Return what the header says, held against the numbers; contradictions are noted.

    Parameters
    ----------
    header : mapping
        Its keys and values.
    east : (n,) float
        The eastings as they stand.
    kind : int
        The class of the numbers (:mod:`.crs_guard`).
    foreign : Foreign
        Receives the notes.
    """
    from pyproj import CRS

    said = {key: header[key] for key in ("坐标系", "几度分带", "投影类型", "带号") if header.get(key)}
    if not said:
        return None
    words = " ".join(f"{key}={value}" for key, value in said.items())
    datum = datum_of(header.get("坐标系", ""))
    zone, width = zone_of(header.get("带号", "")), zone_of(header.get("几度分带", ""))
    if _shifted(header.get("转换参数", "")):
        foreign.note(
            "warning", "parameters_given", f"文件给出了转换参数({header['转换参数']}),此处未使用,请核对坐标系",
            f"the file gives parameters of a datum shift ({header['转换参数']}), which are not applied; check its system",
        )  # fmt: skip
    if kind in (DEGREES, DEGREES_SWAPPED):
        code = systems.GEOGRAPHIC.get(datum)
        return Declared(CRS.from_epsg(code) if code else None, words, "header")
    if kind not in (GRID, GRID_SWAPPED, ZONED, ZONED_SWAPPED):
        return Declared(None, words, "header")
    prefix = None
    if kind in (ZONED, ZONED_SWAPPED):
        prefixes, counts = np.unique((east // 1e6).astype(int), return_counts=True)
        prefix = int(prefixes[counts.argmax()])
    if prefix is not None and zone is not None and prefix != zone:
        one, other = (systems.of_zone("cgcs2000", n) for n in (zone, prefix))
        meridians = [f"{s.meridian}°E" if s else "?" for s in (one, other)]
        foreign.note(
            "error", "zone_mismatch",
            f"文件头带号={zone}(中央经线 {meridians[0]}),但东坐标以 {prefix} 开头(中央经线 {meridians[1]}),两者必有一错,请核对后选定",
            f"the header says zone {zone} (central meridian {meridians[0]}), but the eastings begin with {prefix}"
            f" ({meridians[1]}); one of them is wrong: check it and choose",
        )  # fmt: skip
        return Declared(None, words, "header")
    number = prefix if prefix is not None else zone
    system = _grid(datum, number, width, prefix is not None)
    if system is None:
        return Declared(None, words, "header")
    if width in (3, 6) and system.width != width:
        foreign.note("warning", "width_mismatch", f"文件头为 {width} 度分带,但带号 {number} 是 {system.width} 度带的",
                     f"the header says {width}-degree zones, but zone {number} is one of {system.width} degrees")  # fmt: skip
        return Declared(None, words, "header")
    return Declared(CRS.from_user_input(system.crs), words, "header")


def _shifted(words: str) -> bool:
    numbers = [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", words)]
    return any(number != 0 for number in numbers)


def _grid(datum: str, number: int | None, width: int | None, prefixed: bool) -> systems.System | None:
    """The grid of a datum and zone; WGS 84 has no codes for Gauss-Krüger zones."""
    if number is None or datum not in ("cgcs2000", *systems.OLD_DATUMS):
        return None
    found = systems.of_zone(datum, number)
    if found is None and width == 3 and 75 <= number <= 135 and number % 3 == 0 and not prefixed:
        return systems.grid(datum, 3, number, False)  # some write the meridian as the zone
    if found is None or prefixed:
        return found
    return systems.grid(datum, found.width, found.meridian, False)
