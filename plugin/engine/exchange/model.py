"""What the readers of foreign files give, and what they can be told.

A reader never guesses in silence and never drops a row: what could not be read is a :class:`Reject`, what was put in
order or looks doubtful is a :class:`Note`.  Coordinates stay as they stand in the file; what they are in is asked of
:mod:`.crs_guard` and decided by the user.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS

SEVERITIES = ("info", "warning", "error")


@dataclass(frozen=True)
class Note:
    """One thing a user should know about a file.

    `severity` is one of :data:`SEVERITIES`, `code` stable snake_case, `row` the record or line of the source (from 1)
    where there is one.
    """

    severity: str
    code: str
    zh: str
    en: str
    row: int | None = None


@dataclass(frozen=True)
class Reject:
    """One record that was not read: its number in the source (from 1), why, and its cells as text."""

    row: int
    code: str
    zh: str
    en: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Encoding:
    """How the bytes of a file became text: the codec's Python name, why it was taken, and whether that is certain."""

    name: str
    zh: str
    en: str
    sure: bool


@dataclass(frozen=True)
class Declared:
    """What a file itself says of its coordinates.

    Attributes
    ----------
    crs : pyproj.CRS or None
        None where the words name no system that PROJ knows (GCJ-02, "local grid").
    words : str
        As the file puts it (the name in the .prj, ``坐标系=2000国家大地坐标系 带号=38``).
    where : str
        ``.prj``, ``header``, ``crs member``, ``layer``, ``format`` (KML is WGS 84 by definition), ``column name``.
    datum : str
        ``gcj02`` or ``bd09`` where the file says so, else empty.
    """

    crs: CRS | None
    words: str
    where: str
    datum: str = ""


@dataclass(frozen=True)
class LayerSummary:
    """One layer, sheet or member of a source: `count` is None where counting would mean reading it."""

    name: str
    geometry: str
    count: int | None = None
    words: str = ""


@dataclass(frozen=True)
class ReadOptions:
    """What a user tells a reader; everything left None is found out.

    Attributes
    ----------
    layer : str
        Layer, sheet or archive member, by the name that `layers` gives.
    encoding : str
        Codec for text.
    header_row : int
        Row with the column names, from 1; 0 for none.
    x, y, wkt : str
        Columns with the east, the north, or a WKT.
    form : str
        How coordinates are written: ``degrees``, ``dms``, ``packed`` (ddd.mmss or dddmmss), ``metres``, ``wkt``.
    swap : bool
        The first ordinate is the north.
    lines_as_areas : bool
        Closed lines become polygons (DXF; closed KML lines).
    limit : int
        Read only so many rows: a preview.
    """

    layer: str | None = None
    encoding: str | None = None
    header_row: int | None = None
    x: str | None = None
    y: str | None = None
    wkt: str | None = None
    form: str | None = None
    swap: bool | None = None
    lines_as_areas: bool = True
    limit: int | None = None


#: Nothing told.
PLAIN = ReadOptions()


@dataclass
class Foreign:
    """One layer of a foreign file, as it stands there.

    Attributes
    ----------
    frame : GeoDataFrame, shape (n,)
        Columns named as in the source, in its order; text decoded; index 0…n-1; geometry column ``geometry`` (None
        where a record has none).  Its CRS is ``declared.crs`` where there is one, else None; geometry is (east, north)
        in whatever the numbers are.
    rows : int64 array, shape (n,)
        Number of each row's record (line, for text) in the source, from 1.
    count : int
        Records in the source (or in what was read of it): ``len(frame) + len(rejects)``.
    """

    name: str
    path: Path
    format: str
    frame: gpd.GeoDataFrame
    rows: NDArray[np.int64]
    count: int
    declared: Declared | None = None
    encoding: Encoding | None = None
    rejects: list[Reject] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def note(self, severity: str, code: str, zh: str, en: str, row: int | None = None) -> None:
        """Add a note."""
        self.notes.append(Note(severity, code, zh, en, row))


@dataclass(frozen=True)
class CrsChoice:
    """What the user says the coordinates are in: the only thing that ever moves them.

    `crs` is anything PROJ knows (``EPSG:4547``), or ``gcj02``, ``bd09``; `swap` says that the first ordinate is the
    north; `shift` are the seven parameters (dx, dy, dz in m, rx, ry, rz in arc seconds, position-vector, scale in
    ppm) from an old datum (Beijing 54, Xi'an 80) to CGCS2000, as the office's surveyors gave them.
    """

    crs: str
    swap: bool = False
    shift: tuple[float, ...] | None = None


def plain(values: Mapping[str, Any]) -> dict[str, str]:
    """Return a record's cells as text, for :class:`Reject`."""
    return {str(key): "" if value is None else str(value) for key, value in values.items()}
