"""Sites in GeoParquet, read by row groups."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .batch_sites import STEP, Piece, even, sha256
from .errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


@dataclass(frozen=True)
class ParquetSites:
    """Sites in GeoParquet: one file, or a folder of them that are read in the order of their names' numbers."""

    path: str

    def attributes(self) -> Iterator[pd.DataFrame]:
        """Yield everything but the geometries, in order, some rows at a time."""
        for file in self._files():
            geometry = _geo(file)[0]
            names = [name for name in file.schema_arrow.names if name != geometry]
            for batch in file.iter_batches(STEP, columns=names):
                yield batch.to_pandas()

    def pieces(self, rows: int, size: int) -> list[Piece]:
        """Return partitions of at most `size` rows."""
        return even(rows, size)

    def read(self, piece: Piece) -> gpd.GeoDataFrame:
        """Return the rows of a partition, in order; only the row groups that hold them are read."""
        import pyarrow as pa

        found, start, crs, geometry = [], 0, None, ""
        for file in self._files():
            if start >= piece.start + piece.count:
                break
            for group in range(file.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                low, high = max(piece.start - start, 0), min(piece.start + piece.count - start, rows)
                if low < high:
                    own = _geo(file)
                    if found and own != (geometry, crs):
                        raise InputError(f"The files of {self.path} differ in their reference systems; correct them.")
                    geometry, crs = own
                    found.append(file.read_row_group(group).slice(low, high - low))
                start += rows
        if not found:
            raise InputError(
                f"The sites have changed since the run began (0 rows where {piece.count} were); start again."
            )
        return _frame(pa.concat_tables(found, promote_options="permissive"), geometry, crs)

    def whole(self) -> gpd.GeoDataFrame:
        """Return all rows."""
        rows = sum(file.metadata.num_rows for file in self._files())
        if not rows:
            raise InputError(f"{self.path} has no rows; give sites.")
        return self.read(Piece(0, 0, rows))

    def mark(self) -> dict[str, Any]:
        """Return what identifies the content: the SHA-256 of the files."""
        return {"sha256": sha256(self._paths())}

    def _paths(self) -> list[Path]:
        path = Path(self.path)
        if not path.is_dir():
            return [path]
        return sorted(path.glob("*.parquet"), key=_numbers)

    def _files(self) -> Iterator[Any]:
        pq = parquet()
        for path in self._paths():
            try:
                with pq.ParquetFile(path) as file:
                    yield file
            except (OSError, ValueError) as error:
                raise InputError(f"{path} cannot be read as GeoParquet ({str(error).splitlines()[0]}).") from error


def parquet() -> Any:
    """Return ``pyarrow.parquet``.

    Raises
    ------
    InputError
        If it is missing.
    """
    try:
        import pyarrow.parquet as pq
    except ImportError as error:
        raise InputError(
            "GeoParquet needs the Python library pyarrow; install it with: pip install 'envzones[scale]'"
        ) from error
    return pq


def _numbers(path: Path) -> list[tuple[int, str]]:
    """Sort part.10 after part.9."""
    return [(int(one), "") if one.isdigit() else (-1, one) for one in re.split(r"(\d+)", path.name)]


def _geo(file: Any) -> tuple[str, str]:
    """Return the column of geometries and its reference system (PROJJSON or a code) as a GeoParquet file states them.

    Raises
    ------
    InputError
        If it is none, or stores its geometries in another way than WKB.
    """
    said = (file.schema_arrow.metadata or {}).get(b"geo")
    if said is None:
        raise InputError("The sites are Parquet without geometries; write them as GeoParquet.")
    told = json.loads(said)
    name = told["primary_column"]
    column = told["columns"][name]
    if column.get("encoding") != "WKB":
        raise InputError(f"The sites' geometries are stored as {column.get('encoding')}; write them as WKB.")
    crs = column.get("crs", "OGC:CRS84")
    return name, json.dumps(crs) if isinstance(crs, dict) else (crs or "")


def _frame(table: Any, geometry: str, crs: str) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import shapely

    frame = table.drop_columns([geometry]).to_pandas()
    blobs = np.array([*table.column(geometry).to_pylist(), None], dtype=object)[:-1]
    return gpd.GeoDataFrame(frame.reset_index(drop=True), geometry=shapely.from_wkb(blobs), crs=crs or None)
