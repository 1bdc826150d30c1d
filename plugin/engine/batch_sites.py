"""Sites by ranges of rows: out of a file, a GeoParquet dataset or a PostGIS table, never all at once.

A range reads the same whatever the others are: the types of its columns are those of the whole (a column of integers
with one empty cell anywhere is a column of floats everywhere), and a site without an id has its row number in the
whole.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .errors import InputError
from .location import is_database, parse
from .progress import SILENT, Progress, report

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from .facilities import FacilityTypes

#: Rows whose attributes are looked at together before a check.
STEP = 50_000
_KEYS = ("site_id", "uid")
_PARQUET = (".parquet", ".geoparquet", ".pq")
#: Files that belong to a shapefile.
_BESIDE = (".shx", ".dbf", ".prj", ".cpg")
_NAME = re.compile(r"[^.\x00]+(\.[^.\x00]+)?")


@dataclass(frozen=True)
class Piece:
    """One partition: rows `start` to `start` + `count` of the whole; `low` and `high` bound the key of a table."""

    number: int
    start: int
    count: int
    low: str | None = None
    high: str | None = None


@dataclass(frozen=True)
class Survey:
    """What the whole of the sites says of each: how many rows, which column is the id, the types of the columns."""

    rows: int
    key: str | None
    types: Mapping[str, Any] = field(default_factory=dict)


class Sites(Protocol):
    """Where sites are read from; small, so that it can be sent to other machines."""

    def attributes(self) -> Iterator[pd.DataFrame]:
        """Yield everything but the geometries, in order, some rows at a time."""

    def pieces(self, rows: int, size: int) -> list[Piece]:
        """Return partitions of at most `size` rows."""

    def read(self, piece: Piece) -> gpd.GeoDataFrame:
        """Return the rows of a partition, in order."""

    def whole(self) -> gpd.GeoDataFrame:
        """Return all rows."""

    def mark(self) -> dict[str, Any]:
        """Return what identifies the content."""


def open_sites(text: str | Path, layer: str | None = None) -> Sites:
    """Return where sites are read from.

    Parameters
    ----------
    text : str or path
        A vector file; a GeoParquet file or folder of them; ``postgresql://…#[schema.]table`` or
        ``service=…#[schema.]table``.
    layer : str, optional
        Of a file with several.

    Raises
    ------
    InputError
        If it is not there, or the address cannot be read.
    """
    if is_database(text):
        address, hash_, table = str(text).partition("#")
        if not hash_ or not _NAME.fullmatch(table):
            raise InputError("The address of the sites names no table; write postgresql://host/database#schema.table.")
        from .batch_table import TableSites

        return TableSites(parse(address), table)
    path = Path(text).absolute()
    if not path.exists():
        raise InputError(f"File {path} does not exist; check the path.")
    if path.suffix.lower() in _PARQUET or (path.is_dir() and any(path.glob("*.parquet"))):
        from .batch_parquet import ParquetSites

        return ParquetSites(str(path))
    return FileSites(str(path), layer)


def sha256(paths: list[Path]) -> str:
    """Return the SHA-256 of files one after the other.

    Raises
    ------
    InputError
        If one cannot be read.
    """
    digest = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise InputError(f"File {path} cannot be read ({error.strerror}); check the path.") from error
    return digest.hexdigest()


# --------------------------------------------------------------------------------------------------------
# Before a check: what all sites say together
# --------------------------------------------------------------------------------------------------------


def survey(
    sites: Sites,
    facility_type: str | None,
    nature: str | None,
    facilities: FacilityTypes,
    progress: Progress = SILENT,
) -> Survey:
    """Look once at the attributes of all sites, and refuse what :func:`.siting.check` would refuse of the whole.

    Ids are compared by 64-bit hashes, 8 bytes a site; where two are equal the ids themselves are.

    Raises
    ------
    InputError
        For a facility type or nature that is unknown, an id used twice anywhere.
    Cancelled
        If the progress says so.
    """
    import pandas as pd

    from .clauses.model import NATURES

    rows, key, types, said = 0, None, _Types(), {"facility_type": set(), "nature": set()}
    hashes: list[Any] = []
    for frame in sites.attributes():
        report(progress, 0.0, f"{rows} sites looked at")
        if rows and not len(frame):
            continue
        key = next((name for name in _KEYS if name in frame.columns), None)
        ids = site_ids(frame, key, rows)
        hashes.append(pd.util.hash_array(ids, categorize=False))
        for name, default in (("facility_type", facility_type), ("nature", nature)):
            cells = _said(frame[name]) if name in frame.columns else [None] * min(len(frame), 1)
            said[name].update(cell or default for cell in cells)
        types.add(frame)
        rows += len(frame)
    again = _twice(sites, key, np.concatenate(hashes) if hashes else np.zeros(0, dtype=np.uint64))
    if again is not None:
        raise InputError(f"Site id '{again}' is used twice; give each site its own id.")
    for kind in sorted(said["facility_type"] - {None}):
        facilities.get(kind)
    for value in sorted(said["nature"] - {None}):
        if value not in NATURES:
            raise InputError(f"Project nature '{value}' is unknown; use one of {', '.join(NATURES)}.")
    return Survey(rows, key, types.settled())


def site_ids(frame: pd.DataFrame, key: str | None, start: int) -> Any:
    """Return the ids of sites whose first is row `start` of the whole, (n,) object; an empty one is its row number."""
    ids = _said(frame[key]) if key else [None] * len(frame)
    out = np.empty(len(ids), dtype=object)
    out[:] = [one or str(start + row + 1) for row, one in enumerate(ids)]
    return out


def read_piece(sites: Sites, piece: Piece, known: Survey) -> gpd.GeoDataFrame:
    """Return the rows of a partition with the types of the whole and their ids in ``site_id``.

    Raises
    ------
    InputError
        If they are not what the survey has seen.
    """
    frame = sites.read(piece)
    if len(frame) != piece.count:
        raise InputError(
            f"The sites have changed since the run began ({len(frame)} rows where {piece.count} were); start again."
        )
    for name, kind in known.types.items():
        if name in frame.columns and frame[name].dtype != kind:
            frame[name] = frame[name].astype(kind)
    frame["site_id"] = site_ids(frame, known.key, piece.start)
    return frame


def _said(cells: Any) -> list[str | None]:
    return [None if v is None or v != v or str(v).strip() == "" else str(v).strip() for v in cells]


def _twice(sites: Sites, key: str | None, hashes: Any) -> str | None:
    """Return the id of the first row that repeats an earlier one, or None."""
    order = np.argsort(hashes, kind="stable")
    same = hashes[order][1:] == hashes[order][:-1]
    if not same.any():
        return None
    suspects = np.zeros(len(hashes), dtype=bool)
    suspects[order[1:][same]] = suspects[order[:-1][same]] = True
    seen: set[str] = set()
    start = 0
    for frame in sites.attributes():
        ids = site_ids(frame, key, start)
        for one in ids[suspects[start : start + len(ids)]]:
            if one in seen:
                return str(one)
            seen.add(one)
        start += len(ids)
    return None


class _Types:
    """The types that columns have when they are read whole, learned from pieces of them."""

    def __init__(self) -> None:
        self._kinds: dict[str, Any] = {}
        self._empty: set[str] = set()

    def add(self, frame: pd.DataFrame) -> None:
        for name in frame.columns:
            kind = frame[name].dtype
            if kind.kind not in "biufMm" and frame[name].isna().all():
                # A reader that guesses types from cells has none to guess from here.
                self._empty.add(name)
                continue
            self._kinds[name] = kind if name not in self._kinds else _common(self._kinds[name], kind)

    def settled(self) -> dict[str, Any]:
        out = dict(self._kinds)
        for name in self._empty & set(out):
            if out[name].kind in "iu":
                out[name] = np.dtype(float)
            elif out[name].kind == "b":
                out[name] = np.dtype(object)
        return out


def _common(one: Any, other: Any) -> Any:
    if one == other:
        return one
    if one.kind in "biuf" and other.kind in "biuf":
        return np.result_type(one, other)
    return np.dtype(object)


# --------------------------------------------------------------------------------------------------------
# Files
# --------------------------------------------------------------------------------------------------------


def even(rows: int, size: int) -> list[Piece]:
    """Return partitions of `size` rows."""
    starts = range(0, rows, size)
    return [Piece(number, start, min(size, rows - start)) for number, start in enumerate(starts)]


@dataclass(frozen=True)
class FileSites:
    """Sites in any vector file that GDAL reads."""

    path: str
    layer: str | None = None

    def attributes(self) -> Iterator[pd.DataFrame]:
        """Yield everything but the geometries, in order, some rows at a time."""
        start = 0
        while True:
            frame = self._rows(start, STEP, ignore_geometry=True)
            yield frame
            start += len(frame)
            if len(frame) < STEP:
                return

    def pieces(self, rows: int, size: int) -> list[Piece]:
        """Return partitions of at most `size` rows."""
        return even(rows, size)

    def read(self, piece: Piece) -> gpd.GeoDataFrame:
        """Return the rows of a partition, in order."""
        frame = self._rows(piece.start, piece.count)
        if not hasattr(frame, "to_crs"):
            raise InputError(f"File {self.path} has no geometry; give a file with points, lines or polygons.")
        return frame

    def whole(self) -> gpd.GeoDataFrame:
        """Return all rows."""
        from .onemap import read_file

        return read_file(self.path, self.layer)

    def mark(self) -> dict[str, Any]:
        """Return what identifies the content: the SHA-256 of the file and of those that belong to it."""
        path = Path(self.path)
        inside = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        beside = [one for end in _BESIDE if (one := path.with_suffix(end)).is_file() and one != path]
        wal = path.with_name(path.name + "-wal")
        log = [wal] if wal.is_file() and wal.stat().st_size else []
        return {"layer": self.layer, "sha256": sha256([*inside, *beside, *log])}

    def _rows(self, start: int, count: int, **more: Any) -> Any:
        """Read rows by their place.

        Raises
        ------
        InputError
            If the file cannot be read, in one sentence.
        """
        import importlib.util

        import geopandas as gpd

        if self.layer:
            more["layer"] = self.layer
        engine = "pyogrio" if importlib.util.find_spec("pyogrio") else "fiona"
        try:
            return gpd.read_file(self.path, engine=engine, rows=slice(start, start + count), **more)
        except Exception as error:  # noqa: BLE001 - GDAL raises a different class per driver and version
            raise InputError(
                f"File {self.path}{f', layer {self.layer}' if self.layer else ''} cannot be read as a vector layer"
                f" ({str(error).splitlines()[0]}); give a GeoPackage, GeoJSON or shapefile."
            ) from error
