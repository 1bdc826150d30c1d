"""The one map: its layers as frames, where each is complete, and what exactly was used."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Callable

import numpy as np

from . import geodesy, gpkg, pg
from .catalog import STORE_COLUMNS
from .errors import InputError
from .location import Location, is_database, parse

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from .catalog import Catalog, LayerSpec

COVERAGE_TABLE = "layer_coverage"


@dataclass(frozen=True)
class Coverage:
    """Where one layer is declared complete.

    Attributes
    ----------
    state : str
        ``declared``, ``expired`` (declared once, no longer valid) or ``missing`` (never declared).
    area : geometry or None
        The union of the areas declared complete and still valid, EPSG:4490.
    complete_as_of : date or None
        The oldest date among them.
    """

    state: str
    area: Any = None
    complete_as_of: date | None = None


class OneMap:
    """The layers of one city's map, read on demand and kept.

    A layer that the map does not hold is None, never an empty frame: no data is not no constraint.
    """

    def __init__(
        self,
        names: Mapping[str, Callable[[], gpd.GeoDataFrame]],
        coverage: gpd.GeoDataFrame | None = None,
        meta: Mapping[str, str] | None = None,
        catalog: Catalog | None = None,
        source: str = "",
        dem: str | Path | None = None,
    ) -> None:
        if catalog is None:
            from .catalog import load_catalog

            catalog = load_catalog()
        self.catalog = catalog
        self.source = source
        self.meta = dict(meta or {})
        self._readers = dict(names)
        self._frames: dict[str, gpd.GeoDataFrame] = {}
        self._coverage = coverage
        self._fingerprints: dict[str, dict[str, Any]] = {}
        self._dem = Path(dem) if dem else None

    @classmethod
    def open(
        cls, where: str | Path | Location, catalog: Catalog | None = None, dem: str | Path | None = None
    ) -> OneMap:
        """Open a one map read-only: a GeoPackage, ``postgresql://…`` or ``service=…``.

        `dem` is an elevation model to use with it.

        Raises
        ------
        InputError
            If the file is not there, the server does not answer, or it is no one map.
        """
        location = where if isinstance(where, Location) else parse(where)
        if location.path is None:
            readers, meta = pg.readers(location)
            coverage = readers.pop(COVERAGE_TABLE, lambda: None)()
            return cls(readers, coverage, meta, catalog, str(location), dem)
        path = location.path
        if not path.is_file():
            raise InputError(f"One map {path} does not exist; make it with 'envzones onemap create {path}'.")
        try:
            connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            try:
                query = "SELECT table_name FROM gpkg_contents WHERE data_type = 'features'"
                tables = [r[0] for r in connection.execute(query)]
                query = "SELECT key, value FROM envzones_meta WHERE key NOT LIKE 'style!_%' ESCAPE '!'"
                meta = dict(connection.execute(query))
            finally:
                connection.close()
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"{path} is no one-map GeoPackage ({error}); make one with 'envzones onemap create'."
            ) from error
        file = gpkg.Tables(path)
        readers = {name: (lambda name=name: file.read(name)) for name in tables if name != COVERAGE_TABLE}
        coverage = file.read(COVERAGE_TABLE) if COVERAGE_TABLE in tables else None
        return cls(readers, coverage, meta, catalog, str(path), dem)

    @classmethod
    def from_frames(
        cls,
        frames: Mapping[str, gpd.GeoDataFrame],
        coverage: gpd.GeoDataFrame | None = None,
        meta: Mapping[str, str] | None = None,
        catalog: Catalog | None = None,
        dem: str | Path | None = None,
    ) -> OneMap:
        """Build a map from frames in any declared CRS (from QGIS layers, or in a test)."""
        readers = {name: (lambda f=frame: f) for name, frame in frames.items()}
        return cls(readers, coverage, meta, catalog, dem=dem)

    @property
    def dem(self) -> Path | None:
        """The raster file of the elevation model, or None where the map has none.

        It is the file that was given, else the one that the map's own table names under ``dem``, beside the map;
        beside a map in PostgreSQL there is none.

        Raises
        ------
        InputError
            If the map names a file anywhere else: a map may come from a stranger.
        """
        if self._dem is not None or not self.meta.get("dem") or is_database(self.source):
            return self._dem
        said = str(self.meta["dem"])
        parts = (*PurePosixPath(said).parts, *PureWindowsPath(said).parts)
        strange = said.startswith(("/", "\\", "~")) or ":" in said or ".." in parts
        folder = Path(self.source).resolve().parent if self.source else None
        path = None if strange or folder is None else (folder / said).resolve()
        if path is None or folder is None or folder not in path.parents:
            raise InputError(
                f"The map names the elevation model '{said}', which is not beside the map; put the file in the map's"
                f" folder, or give its path yourself."
            )
        return path

    @dem.setter
    def dem(self, path: str | Path | None) -> None:
        self._dem = Path(path) if path else None

    def layers(self) -> list[str]:
        """Return the names of the layers that the map holds."""
        return list(self._readers)

    def spec(self, name: str) -> LayerSpec | None:
        """Return the catalog's definition of a layer, or None for a layer of the user's own."""
        return self.catalog.get(name)

    def department(self, name: str) -> str:
        """Return the department that owns the layer (主管部门), or an empty text."""
        spec = self.spec(name)
        return spec.department if spec else ""

    def title(self, name: str, lang: str = "zh") -> str:
        """Return the layer's title in `lang`, or its name where the catalog does not know it."""
        spec = self.spec(name)
        return getattr(spec, lang) if spec else name

    def raw(self, name: str) -> gpd.GeoDataFrame:
        """Return a layer that the map holds as it is stored: untyped, in its own reference system, read anew."""
        return self._readers[name]()

    def layer(self, name: str) -> gpd.GeoDataFrame | None:
        """Return the layer in EPSG:4490 with typed columns and a plain 0..n-1 index, or None."""
        if name not in self._readers:
            return None
        if name not in self._frames:
            frame = geodesy.to_storage(self._readers[name](), name).reset_index(drop=True)
            self._frames[name] = _typed(frame, self.spec(name), name)
        return self._frames[name]

    def in_force(self, name: str, day: date) -> gpd.GeoDataFrame | None:
        """Return the rows of a layer that are in force on `day`.

        A row counts from `valid_from` (always, if it has none) to `valid_to` exclusive, and not at all once
        its life-cycle state is cancelled with no `valid_to`.
        """
        frame = self.layer(name)
        if frame is None:
            return None
        import pandas as pd

        stamp = pd.Timestamp(day)
        keep = np.ones(len(frame), dtype=bool)
        if "valid_from" in frame:
            keep &= (frame["valid_from"].isna() | (frame["valid_from"] <= stamp)).to_numpy()
        if "valid_to" in frame:
            keep &= (frame["valid_to"].isna() | (frame["valid_to"] > stamp)).to_numpy()
        if "life_state" in frame:
            dated = frame["valid_to"].notna() if "valid_to" in frame else False
            keep &= ~((frame["life_state"] == "cancelled") & ~dated).to_numpy()
        return frame[keep].reset_index(drop=True)

    def coverage(self, name: str, day: date) -> Coverage:
        """Return where the layer is declared complete on `day`."""
        import pandas as pd
        import shapely

        if self._coverage is None or not len(self._coverage):
            return Coverage("missing")
        rows = self._coverage[self._coverage["layer"] == name]
        if not len(rows):
            return Coverage("missing")
        until = pd.to_datetime(rows["valid_until"], errors="raise")
        valid = rows[(until.isna() | (until >= pd.Timestamp(day))).to_numpy()]
        if not len(valid):
            return Coverage("expired")
        valid = geodesy.to_storage(valid, COVERAGE_TABLE)
        dates = pd.to_datetime(valid["complete_as_of"], errors="raise").dropna()
        return Coverage(
            "declared",
            shapely.union_all(np.asarray(valid.geometry.array)),
            dates.min().date() if len(dates) else None,
        )

    def fingerprint(self, name: str) -> dict[str, Any]:
        """Return what identifies the data of a layer: rows, extent, newest date, SHA-256 of its content."""
        if name not in self._fingerprints:
            self._fingerprints[name] = _fingerprint(name, self.layer(name), self._coverage)
        return self._fingerprints[name]


def read_file(path: str | Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read any vector file.

    Raises
    ------
    InputError
        If it cannot be read, in one sentence.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"File {path} does not exist; check the path.")
    try:
        return _read(path, layer)
    except InputError:
        raise
    except Exception as error:  # GDAL raises a different class per driver and version
        raise InputError(
            f"File {path}{f', layer {layer}' if layer else ''} cannot be read as a vector layer"
            f" ({str(error).splitlines()[0]}); give a GeoPackage, GeoJSON or shapefile."
        ) from error


def _read(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    import importlib.util

    import geopandas as gpd

    options: dict[str, Any] = {"layer": layer} if layer else {}
    engine = "pyogrio" if importlib.util.find_spec("pyogrio") else "fiona"
    frame = gpd.read_file(path, engine=engine, **options)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(f"File {path} has no geometry; give a file with points, lines or polygons.")
    return frame


def _typed(frame: gpd.GeoDataFrame, spec: LayerSpec | None, name: str) -> gpd.GeoDataFrame:
    """Give the columns the types of the catalog: drivers and versions differ in what they make of a table."""
    if spec is None:
        return frame.infer_objects()
    from .conform import typed

    frame = frame.copy()
    for field in spec.fields:
        if field.name in frame.columns:
            frame[field.name], faults = typed(frame[field.name], field)
            if faults:
                row, message = faults[0]
                raise InputError(f"Layer '{name}', row {row + 1}, field {field.name}: {message}; correct it.")
    return frame


def _fingerprint(name: str, frame: gpd.GeoDataFrame | None, coverage: pd.DataFrame | None) -> dict[str, Any]:
    import pandas as pd
    import shapely

    as_of = ""
    if coverage is not None and len(coverage):
        dates = pd.to_datetime(coverage.loc[coverage["layer"] == name, "complete_as_of"]).dropna()
        as_of = dates.min().date().isoformat() if len(dates) else ""
    if frame is None:
        return {
            "layer": name,
            "rows": None,
            "extent": "",
            "newest": "",
            "sha256": "",
            "complete_as_of": as_of,
        }
    geometry = np.asarray(frame.geometry.array)
    columns = sorted(c for c in frame.columns if c not in (frame.geometry.name, *STORE_COLUMNS))
    lines = [
        json.dumps([None if pd.isna(v) else str(v) for v in row], ensure_ascii=False) + (shape or "")
        for row, shape in zip(
            frame[columns].astype(object).itertuples(index=False, name=None),
            shapely.to_wkb(geometry, hex=True),
        )
    ]
    digest = hashlib.sha256("\n".join([json.dumps(columns), *sorted(lines)]).encode()).hexdigest()
    bounds = shapely.total_bounds(geometry) if len(geometry) else np.full(4, np.nan)
    newest = pd.to_datetime(frame["valid_from"]).max() if "valid_from" in frame else pd.NaT
    return {
        "layer": name,
        "rows": len(frame),
        "extent": "" if np.isnan(bounds[0]) else ", ".join(f"{v:.4f}" for v in bounds),
        "newest": "" if pd.isna(newest) else newest.date().isoformat(),
        "sha256": digest,
        "complete_as_of": as_of,
    }
