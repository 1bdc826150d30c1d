"""Layers as the checks see them: read without stopping at what is wrong, typed, and looked at row by row once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from . import geodesy
from .catalog import STORE_COLUMNS, Catalog, LayerSpec
from .errors import InputError
from .progress import SILENT, Progress, part, report
from .quality_crs import check_coordinates
from .quality_edges import Boundary
from .quality_issues import Collector, Subject
from .quality_rings import read_closed
from .quality_shape import check_shapes
from .quality_values import check_values, typed_columns

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from .onemap import OneMap

#: Fields by which two rows with one geometry are told apart as two things that happen to lie in one place.
_KINDS = ("level", "kind", "sub_zone", "class", "grade", "zone_kind", "part", "source_code", "function_zone")


@dataclass
class Examined:
    """One layer.

    Attributes
    ----------
    columns : dict of str to Series
        The catalog's fields that the table has, typed; all columns as they are where the catalog has no such layer.
    geometry : (n,) geometry
        EPSG:4490, as stored.
    sound : (n,) bool
        There, of the kind due, finite, valid, and in the country.
    now : (n,) bool
        In force on the day.
    boundaries : dict
        By the bytes of how the polygons are grouped: their unmatched edges, once they were needed.
    """

    name: str
    spec: LayerSpec | None
    columns: dict[str, pd.Series]
    geometry: NDArray[Any]
    sound: NDArray[np.bool_]
    now: NDArray[np.bool_]
    boundaries: dict[bytes, Boundary] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.geometry)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Rows that can be held against others: sound and in force."""
        return self.sound & self.now

    @property
    def shapes(self) -> NDArray[Any]:
        """The geometries of usable rows, None elsewhere."""
        return np.where(self.usable, self.geometry, None)

    @property
    def areal(self) -> bool:
        """Whether the layer holds polygons."""
        if self.spec is not None:
            return self.spec.geometry == "MultiPolygon"
        return bool(np.isin(shapely.get_type_id(self.geometry), (3, 6)).any())

    @property
    def points(self) -> bool:
        """Whether the layer holds points."""
        return bool(np.isin(shapely.get_type_id(self.geometry), (-1, 0, 4)).all())

    def same_name(self, first: int, second: int) -> bool:
        """Whether two rows have one name."""
        names = self.columns.get("name")
        return names is not None and bool(names.notna().iloc[first]) and names.iloc[first] == names.iloc[second]

    def titles(self) -> tuple[str, str]:
        """The layer's names in zh and en."""
        return (self.spec.zh, self.spec.en) if self.spec is not None else (self.name, self.name)

    def codes(self, fields: Sequence[str]) -> NDArray[np.int64]:
        """Number the rows by their values in `fields`; equal numbers are equal values, unknown equals unknown."""
        import pandas as pd

        code = np.zeros(len(self), dtype=np.int64)
        # In one order whatever the caller's, so that equal groupings have equal numbers.
        for name in sorted(fields):
            if name in self.columns:
                one, kinds = pd.factorize(self.columns[name].astype(object), use_na_sentinel=True)
                code = np.unique(code * (len(kinds) + 2) + one + 1, return_inverse=True)[1].reshape(-1)
        return code.astype(np.int64)

    def content_codes(self) -> NDArray[np.int64]:
        """Number the rows by all they say, their id and the store's columns left out."""
        return self.codes([name for name in self.columns if name not in (*STORE_COLUMNS, "uid")])

    def kind_group(self) -> NDArray[np.int64]:
        """Number the rows by the fields that tell kinds of things apart."""
        return self.codes(_KINDS)

    def one_object(self, first: int, second: int) -> bool:
        """Whether two rows with one geometry may be one object: nothing that tells kinds apart differs."""
        kinds = self.kind_group()
        return bool(kinds[first] == kinds[second])


class Layers:
    """Reads and examines each layer of a map once.

    The faults of layers that are asked for go to `found`; those of layers that are only referred to are not told.
    """

    def __init__(self, onemap: OneMap, catalog: Catalog, found: Collector, as_of: date) -> None:
        self.onemap, self.catalog, self.found, self.as_of = onemap, catalog, found, as_of
        self._known: dict[str, Examined | None] = {}

    def examined(self, name: str, progress: Progress = SILENT) -> Examined | None:
        """Return a layer that is asked for, its own faults told; None where nothing can be done with it."""
        self._known[name] = self._examine(name, self.found, progress)
        return self._known[name]

    def of(self, name: str) -> Examined | None:
        """Return a layer that is referred to; None where the map has none, or none that can be read."""
        if name not in self._known:
            there = name in self.onemap.layers()
            aside = Collector()
            self._known[name] = self._examine(name, aside, SILENT) if there else None
            for known, subject in aside.subjects.items():
                self.found.subjects.setdefault(known, subject)
        return self._known[name]

    def _examine(self, name: str, found: Collector, progress: Progress) -> Examined | None:
        report(progress, 0.0, name)
        frame = self._stored(name, found)
        if frame is None:
            return None
        spec = self.catalog.get(name)
        geometry = shapely.force_2d(np.array(frame.geometry.array, dtype=object))
        table = frame.drop(columns=frame.geometry.name)
        count = len(table)
        found.subjects[name] = _subject(name, table, geometry)
        now = np.ones(count, dtype=bool)
        if not count:
            return Examined(name, spec, {}, geometry, now.copy(), now)
        if spec is None:
            columns = {str(one): table[one] for one in table.columns if one not in STORE_COLUMNS}
        else:
            columns = typed_columns(table, spec, found, progress=progress)
            check_values(spec, columns, count, found, as_of=self.as_of, progress=part(progress, 0.0, 0.2))
            now = _in_force(columns, count, self.as_of)
        due = spec.geometry if spec is not None else None
        sound = check_shapes(name, due, geometry, found, progress=part(progress, 0.2, 1.0))
        sound &= check_coordinates(name, geometry, found)
        return Examined(name, spec, columns, geometry, sound, now)

    def _stored(self, name: str, found: Collector) -> gpd.GeoDataFrame | None:
        """Read a layer into EPSG:4490; None, and told, where that cannot be."""
        try:
            frame, open_rings = read_closed(self.onemap, name)
        except InputError as error:
            found.add("layer_unreadable", name, words={"why": str(error).rstrip(".")})
            return None
        if frame.crs is None and len(frame):
            found.add("crs_missing", name)
            return None
        if frame.crs is None:
            frame = frame.set_crs(geodesy.STORAGE_CRS)
        try:
            frame = by_vertices(frame, name)
        except InputError as error:
            if not frame.crs.is_geographic:
                found.add("layer_unreadable", name, words={"why": str(error).rstrip(".")})
                return None
            # Numbers that cannot be degrees are told row by row.
            frame = frame.set_crs(geodesy.STORAGE_CRS, allow_override=True)
        frame = frame.reset_index(drop=True)
        if open_rings:
            shapes = np.array(frame.geometry.array, dtype=object)
            found.subjects[name] = _subject(name, frame.drop(columns=frame.geometry.name), shapes)
            for row, gap, place in open_rings:
                found.add("ring_not_closed", name, row, place=place, words={"gap": gap})
        return frame


def by_vertices(frame: gpd.GeoDataFrame, what: str) -> gpd.GeoDataFrame:
    """Bring a frame to EPSG:4490 vertex by vertex.

    :func:`.geodesy.to_storage` adds vertices to projected edges, each polygon's own; edges that two polygons share
    would no longer be the same, and a crossing could fall between two added vertices.

    Raises
    ------
    InputError
        As :func:`.geodesy.to_storage` does.
    """
    if frame.crs is None or frame.crs.is_geographic:
        return geodesy.to_storage(frame, what)
    out = frame.to_crs(geodesy.STORAGE_CRS)
    there = np.isfinite(shapely.bounds(np.asarray(frame.geometry.array))).all(axis=1)
    if not np.isfinite(shapely.bounds(np.asarray(out.geometry.array))[there]).all():
        raise InputError(
            f"Layer '{what}' has coordinates that its reference system ({frame.crs.to_string()[:60]}) cannot hold;"
            f" check whether it was assigned the wrong system."
        )
    return out


def _subject(name: str, table: pd.DataFrame, geometry: NDArray[Any]) -> Subject:
    """Name the rows: uid, number and name of each."""
    count = len(table)

    def texts(column: str) -> list[Any]:
        if column not in table.columns:
            return [None] * count
        return [None if v is None or v != v or v == "" else str(v) for v in table[column].tolist()]

    fids = table["fid"].tolist() if "fid" in table.columns else list(range(1, count + 1))
    return Subject(name, texts("uid"), fids, texts("name"), geometry)


def _in_force(columns: dict[str, pd.Series], count: int, day: date) -> NDArray[np.bool_]:
    """Which rows are in force on the day, as :meth:`.OneMap.in_force` counts it."""
    import pandas as pd

    stamp = pd.Timestamp(day)
    keep = np.ones(count, dtype=bool)
    if "valid_from" in columns:
        begun = columns["valid_from"]
        keep &= (begun.isna() | (begun <= stamp)).to_numpy(dtype=bool)
    ended = columns.get("valid_to")
    if ended is not None:
        keep &= (ended.isna() | (ended > stamp)).to_numpy(dtype=bool)
    if "life_state" in columns:
        dated = ended.notna().to_numpy(dtype=bool) if ended is not None else np.zeros(count, dtype=bool)
        keep &= ~((columns["life_state"] == "cancelled").to_numpy(dtype=bool) & ~dated)
    return keep
