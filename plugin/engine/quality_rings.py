"""Rings whose ends do not meet: GEOS refuses to read them, so they are found and closed in the WKB itself."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from . import geodesy
from .errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

    from .onemap import OneMap

    Open = list[tuple[int, float, Any]]

_DIMENSIONS = {0: 2, 1: 3, 2: 3, 3: 4}


def closed(wkb: bytes) -> tuple[bytes, list[tuple[tuple[float, float], tuple[float, float]]]]:
    """Return ISO WKB with every open ring closed by its first point, and the first and last point of each of them.

    A ring of fewer than three points is left out with its polygon's place kept; Z and M are kept.

    Raises
    ------
    ValueError
        If the bytes are no WKB of points, lines or polygons.
    """
    ends: list[tuple[tuple[float, float], tuple[float, float]]] = []
    try:
        out, place = _geometry(wkb, 0, ends)
    except (struct.error, IndexError) as error:
        raise ValueError("no WKB") from error
    return out + wkb[place:], ends


def _geometry(wkb: bytes, at: int, ends: list[Any]) -> tuple[bytes, int]:
    order = "<" if wkb[at] == 1 else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, at + 1)
    # Flags of extended WKB (PostGIS): Z, M, and a reference system before the body.
    kind, levels = code & 0xFFFF, 0
    head = 9 if code & 0x20000000 else 5
    if code & 0xE0000000:
        levels = bool(code & 0x80000000) + bool(code & 0x40000000)
        kind %= 1000
        size = 2 + levels
    else:
        size = _DIMENSIONS.get(kind // 1000, 0)
        kind %= 1000
    if size == 0 or kind not in (1, 2, 3, 4, 5, 6, 7):
        raise ValueError(f"geometry type {code} cannot be read")
    body, at = wkb[at : at + head], at + head
    width = 8 * size
    if kind == 1:
        return body + wkb[at : at + width], at + width
    (count,) = struct.unpack_from(f"{order}I", wkb, at)
    if kind == 2:
        end = at + 4 + count * width
        return body + wkb[at:end], end
    parts = [body]
    if kind != 3:
        parts.append(wkb[at : at + 4])
        at += 4
        for _ in range(count):
            piece, at = _geometry(wkb, at, ends)
            parts.append(piece)
        return b"".join(parts), at
    rings = []
    at += 4
    for _ in range(count):
        (points,) = struct.unpack_from(f"{order}I", wkb, at)
        at += 4
        raw = wkb[at : at + points * width]
        if len(raw) < points * width:
            raise ValueError("the geometry is cut short")
        at += points * width
        first, last = raw[:width], raw[-width:]
        if points and first[:16] != last[:16]:
            ends.append((struct.unpack(f"{order}2d", first[:16]), struct.unpack(f"{order}2d", last[:16])))
            raw, points = raw + first, points + 1
        # GEOS reads no ring of one to three points; an empty one it does.
        rings.append(struct.pack(f"{order}I", points) + raw if points >= 4 else None)
    if rings and rings[0] is None:
        return b"".join([*parts, struct.pack(f"{order}I", 0)]), at
    kept = [ring for ring in rings if ring is not None]
    return b"".join([*parts, struct.pack(f"{order}I", len(kept)), *kept]), at


def read_closed(onemap: OneMap, name: str) -> tuple[gpd.GeoDataFrame, Open]:
    """Read a layer of a map as it is stored, untyped and in its own reference system.

    Returns
    -------
    frame : GeoDataFrame
        Rows in order; open rings are closed in it.
    open_rings : list of (row, gap in metres, place)
        The rings that were not closed.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    import shapely

    try:
        return onemap.raw(name), []
    except InputError:
        raise
    except shapely.errors.ShapelyError as error:
        if not onemap.source.lower().endswith(".gpkg"):
            raise InputError(f"Layer '{name}' cannot be read ({error}); mend it in QGIS and try again.") from error
    from . import gpkg

    told: Open = []

    def mend(row: int, wkb: bytes) -> bytes:
        out, ends = closed(wkb)
        for first, last in ends:
            gap = float(geodesy.segment_m([first], [last])[0]) if np.isfinite([*first, *last]).all() else 0.0
            told.append((row, gap, shapely.points(first)))
        return out

    return gpkg.read_table(onemap.source, name, mend=mend), told
