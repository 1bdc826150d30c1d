"""The reference systems that Chinese offices' files are in, and how to tell their numbers apart.

Gauss-Krüger grids come with the zone's number before the easting (带号, eight digits) or without it (six digits and a
central meridian that nothing in the numbers tells).  Codes: EPSG dataset; each is held to its central meridian
and false easting by a test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

GCJ02, BD09 = "gcj02", "bd09"
#: First codes: 3° with the zone (25-45), 3° by meridian (75-135), 6° with the zone (13-23), 6° by meridian (75-135).
_FIRST = {
    "cgcs2000": (4513, 4534, 4491, 4502),
    "xian80": (2349, 2370, 2327, 2338),
    "beijing54": (2401, 2422, 21413, 21453),
}
_TITLES = {
    "cgcs2000": ("CGCS2000", "CGCS2000"),
    "xian80": ("西安80", "Xi'an 1980"),
    "beijing54": ("北京54", "Beijing 1954"),
    "wgs84": ("WGS 84", "WGS 84"),
    GCJ02: ("GCJ-02(高德、腾讯)", "GCJ-02 (Amap, Tencent)"),
    BD09: ("BD-09(百度)", "BD-09 (Baidu)"),
}
#: Datums that differ from CGCS2000 by tens of metres and more; only seven parameters of the place lead over.
OLD_DATUMS = ("xian80", "beijing54")
GEOGRAPHIC = {"cgcs2000": 4490, "xian80": 4610, "beijing54": 4214, "wgs84": 4326}


@dataclass(frozen=True)
class System:
    """One reference system.

    Attributes
    ----------
    crs : str
        ``EPSG:…``, ``gcj02`` or ``bd09``: what a :class:`.model.CrsChoice` names.
    datum : str
        ``cgcs2000``, ``xian80``, ``beijing54``, ``wgs84``, ``gcj02`` or ``bd09``.
    width : int
        3 or 6 degrees; 0 for degrees and other projections.
    meridian : int
        Central meridian, degrees east; 0 for degrees.
    zone : int or None
        The number before the easting, None where it is left out.
    """

    crs: str
    datum: str
    width: int
    meridian: int
    zone: int | None
    zh: str
    en: str

    @property
    def geographic(self) -> bool:
        """Whether its numbers are degrees."""
        return self.meridian == 0 and self.width == 0 and self.crs not in ("EPSG:3857",)


def grid(datum: str, width: int, meridian: int, prefixed: bool) -> System:
    """Return the Gauss-Krüger grid of a datum, zone width and central meridian, with or without the zone's number."""
    zh, en = _TITLES[datum]
    if width == 3:
        zone, code = meridian // 3, _FIRST[datum][0 if prefixed else 1]
        epsg = code + (zone - 25 if prefixed else (meridian - 75) // 3)
    else:
        zone, code = (meridian + 3) // 6, _FIRST[datum][2 if prefixed else 3]
        epsg = code + (zone - 13 if prefixed else (meridian - 75) // 6)
    how_zh = f"带号 {zone}" if prefixed else f"中央经线 {meridian}°,无带号"
    how_en = f"zone {zone} before the easting" if prefixed else f"central meridian {meridian}°E, no zone number"
    return System(
        f"EPSG:{epsg}", datum, width, meridian, zone if prefixed else None, f"{zh} {width}度带,{how_zh}",
        f"{en} {width}-degree zone, {how_en}",
    )  # fmt: skip


def degrees(datum: str) -> System:
    """Return the system of longitudes and latitudes of a datum."""
    zh, en = _TITLES[datum]
    code = GEOGRAPHIC.get(datum)
    return System(f"EPSG:{code}" if code else datum, datum, 0, 0, None, f"{zh} 经纬度", f"{en} longitude and latitude")


def utm(zone: int) -> System:
    """Return a UTM zone of the northern hemisphere on WGS 84."""
    return System(
        f"EPSG:{32600 + zone}",
        "wgs84",
        6,
        6 * zone - 183,
        None,
        f"WGS 84 UTM {zone}N",
        f"WGS 84 UTM zone {zone}N",
    )


MERCATOR = System(
    "EPSG:3857", "wgs84", 0, 0, None, "Web 墨卡托(EPSG:3857,网络地图)", "web Mercator (EPSG:3857, as web maps have)"
)


@lru_cache(maxsize=1)
def table() -> dict[str, System]:
    """Return crs -> system of all that are known by name."""
    return {one.crs: one for one in _all()}


def _all() -> Iterator[System]:
    for datum in ("cgcs2000", "xian80", "beijing54", "wgs84", GCJ02, BD09):
        yield degrees(datum)
    for datum in _FIRST:
        for prefixed in (True, False):
            for meridian in range(75, 136, 3):
                yield grid(datum, 3, meridian, prefixed)
            for meridian in range(75, 136, 6):
                yield grid(datum, 6, meridian, prefixed)
    for zone in range(43, 54):
        yield utm(zone)
    yield MERCATOR


def of_zone(datum: str, zone: int) -> System | None:
    """Return the grid that a number before the easting means: 13-23 are 6° zones, 25-45 3° zones, 24 is none."""
    if 25 <= zone <= 45:
        return grid(datum, 3, 3 * zone, True)
    if 13 <= zone <= 23:
        return grid(datum, 6, 6 * zone - 3, True)
    return None


def datum_of(crs: object) -> str:
    """Return the datum's key of a pyproj CRS, empty for one that is not of the table."""
    base = getattr(crs, "geodetic_crs", None)
    name = (getattr(getattr(base, "datum", None), "name", "") or "").lower()
    if "2000" in name and "china" in name or "cgcs" in name:
        return "cgcs2000"
    if "xian" in name or "xi'an" in name:
        return "xian80"
    if "beijing" in name:
        return "beijing54"
    if "world geodetic system 1984" in name or name.startswith(("wgs", "d_wgs")):
        return "wgs84"
    return ""


def titled(crs: str) -> tuple[str, str]:
    """Return a system's name in zh and en, that of PROJ for one that is not of the table."""
    known = table().get(crs)
    if known is not None:
        return known.zh, known.en
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        name = CRS.from_user_input(crs).name
    except CRSError:
        name = crs
    return f"{name}({crs})", f"{name} ({crs})"
