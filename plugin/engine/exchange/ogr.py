"""The one border to GDAL's vector drivers: layers as columns, WKB and CRS, by whatever reader is at hand.

pyogrio where it is installed, else fiona; inside QGIS the plugin puts QGIS's own reader here (:func:`use`), so that no
second GDAL is loaded into its process.
"""

from __future__ import annotations

import contextlib
import json
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import shapely

from ..errors import EnvZonesError, InputError
from ..progress import SILENT, Progress, report
from . import text
from .model import Foreign, LayerSummary, Reject, plain

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from pyproj import CRS

_STEP = 20_000
#: A moment as GDAL writes it; what says nothing (no fraction, UTC by default) is left out.
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d*[1-9])?(?:\.?0*)(?:Z|\+00:?00)?(.*)")
#: Different fields of records that say their own; more would be rows times columns in memory.
_COLUMNS = 300
_WILD = ("坐标不是有限的数", "coordinates that are no finite numbers")
_UNREAD = ("图形类型不支持(如 TIN)或已损坏", "a shape of a kind that cannot be read (such as a TIN), or broken")
#: Beyond this, floats are no exact whole numbers.
_EXACT = 2**53


@dataclass
class Raw:
    """A layer, or a piece of one, as GDAL gives it.

    `columns` maps names to cells in the layer's order; dates and times are texts (``2019-09-27``,
    ``2019-09-27T08:00:00``).  `geometry` are shapely geometries, straight, with Z and M as stored (None where a record
    has none); `unread` flags those that have one which shapely cannot hold.  `crs` is WKT or an authority code, empty
    where the layer declares none.
    """

    columns: dict[str, list[Any]]
    geometry: NDArray[Any]
    unread: NDArray[np.bool_]
    crs: str = ""


class Reader(Protocol):
    """What reads a layer."""

    def layers(self, path: str) -> list[LayerSummary]:
        """List the layers."""

    def pieces(
        self, path: str, layer: str | None, *, encoding: str | None, limit: int | None, size: int
    ) -> Iterator[Raw]:
        """Read one in pieces of up to `size` records; at least one piece."""


_chosen: Reader | None = None


def use(reader: Reader | None) -> None:
    """Read through `reader` from now on; None for the libraries."""
    global _chosen  # noqa: PLW0603 - one process has one GDAL
    _chosen = reader


def layers(path: Path) -> list[LayerSummary]:
    """List the layers of a file.

    Raises
    ------
    InputError
        If no driver reads it.
    """
    with _guarded(path):
        return _reader().layers(str(path))


def pieces(
    path: Path, layer: str | None = None, *, encoding: str | None = None, limit: int | None = None, size: int = _STEP
) -> Iterator[Raw]:
    """Read one layer in pieces of up to `size` records; a layer without records is one piece without.

    Raises
    ------
    InputError
        If GDAL cannot read it; the sentence carries GDAL's own words.
    """
    with _guarded(path):
        found = _reader().pieces(str(path), layer, encoding=encoding, limit=limit, size=size)
    while True:
        # What the caller does with a piece is none of GDAL's errors.
        with _guarded(path):
            piece = next(found, None)
        if piece is None:
            return
        yield piece


def read(
    path: Path, layer: str | None = None, *, encoding: str | None = None, limit: int | None = None,
    count: int | None = None, progress: Progress = SILENT,
) -> Raw:  # fmt: skip
    """Read one layer whole; `count` is how many records are expected, for the progress. Errors as :func:`pieces`."""
    found: list[Raw] = []
    done = 0
    for piece in pieces(path, layer, encoding=encoding, limit=limit):
        found.append(piece)
        done += len(piece.geometry)
        report(progress, min(0.99, done / max(count or 0, done + _STEP)), path.name)
    return joined(found)


def joined(found: Sequence[Raw]) -> Raw:
    """Put pieces of a layer together."""
    if len(found) == 1:
        return found[0]
    cells = {name: [cell for one in found for cell in one.columns[name]] for name in found[0].columns}
    shapes = np.concatenate([one.geometry for one in found])
    return Raw(cells, shapes, np.concatenate([one.unread for one in found]), found[0].crs)


def _reader() -> Reader:
    """Return what reads: the one chosen by :func:`use`, else pyogrio, else fiona."""
    if _chosen is not None:
        return _chosen
    try:
        import pyogrio  # noqa: F401 - asked for, used below
    except ImportError:
        return _Fiona()
    return _Pyogrio()


@contextlib.contextmanager
def _guarded(path: Path) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            # What drivers grumble about on the way is no defect of ours; what fails raises.
            warnings.simplefilter("ignore")
            yield
    except (EnvZonesError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - GDAL's bindings raise many kinds; all mean that it cannot be read
        words = " ".join(str(error).split())[:300].rstrip(".")
        raise InputError(
            f"{path.name} cannot be read ({words or type(error).__name__}); open and save it again in the program it"
            f" comes from, or ask for it in another format."
        ) from error


def identified(crs: CRS) -> CRS:
    """Return the EPSG system that a definition is, where PROJ finds it equivalent; else the definition itself."""
    from pyproj import CRS

    code = crs.to_epsg()
    return crs if code is None else CRS.from_epsg(code)


def moment(said: Any) -> Any:
    """Return a date and time without what it does not say: fractions of zero, UTC where GDAL takes it by default."""
    match = _MOMENT.fullmatch(said) if isinstance(said, str) else None
    return said if match is None else f"{match[1]}T{match[2]}{match[3] or ''}{match[4]}"


def placed(
    foreign: Foreign, columns: Mapping[str, Sequence[Any]], shapes: NDArray[Any],
    unread: NDArray[np.bool_] | None = None, *, numbers: NDArray[np.int64] | None = None,
) -> None:  # fmt: skip
    """Put records into a result: frame, rows, count, and a reject for each whose shape is impossible.

    Parameters
    ----------
    foreign : Foreign
        What is filled; its `declared` gives the frame its CRS.
    columns, shapes : mapping, array of geometries, shape (n,)
        The records; Z and M are left out, which is noted.
    unread : bool array, shape (n,), optional
        Records with a shape that could not be read.
    numbers : int array, shape (n,), optional
        The records' numbers in the source; by default 1 to n.
    """
    import geopandas as gpd

    shapes = np.asarray(shapes, dtype=object)
    if len(shapes) and (shapely.has_z(shapes).any() or _has_m(shapes)):
        foreign.note("info", "heights_dropped", "Z/M 值已去掉", "Z and M values were left out")
    with np.errstate(all="ignore"):
        flat = shapely.force_2d(shapes)
    numbers = np.arange(1, len(flat) + 1, dtype=np.int64) if numbers is None else numbers
    unread = np.zeros(len(flat), dtype=bool) if unread is None else unread
    wild = ~finite(flat)
    kept = np.flatnonzero(~(unread | wild))
    for row in np.flatnonzero(unread | wild):
        zh, en = _WILD if wild[row] else _UNREAD
        foreign.rejects.append(
            Reject(int(numbers[row]), "bad_geometry", zh, en, plain({name: v[row] for name, v in columns.items()}))
        )
    if len(kept) < len(flat):
        columns = {name: [cells[row] for row in kept] for name, cells in columns.items()}
    crs = foreign.declared.crs if foreign.declared else None
    foreign.frame = gpd.GeoDataFrame(table(columns, len(kept)), geometry=list(flat[kept]), crs=crs)
    foreign.rows = numbers[kept]
    foreign.rejects.sort(key=lambda one: one.row)
    foreign.count = len(kept) + len(foreign.rejects)


def finite(shapes: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which shapes have no east or north that is infinite or no number, (n,); those without a shape have none."""
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    sound = np.ones(len(shapes), dtype=bool)
    sound[owner[~np.isfinite(xy).all(axis=1)]] = False
    return sound


def tell_destroyed(foreign: Foreign) -> None:
    """Note the first destroyed text of each column."""
    for name in foreign.frame.columns.drop("geometry"):
        column = foreign.frame[name]
        if column.dtype != object:
            continue
        # Each value once, where it first stands.
        first = {value: row for row, value in reversed(list(enumerate(column))) if isinstance(value, str)}
        for value, at in sorted(first.items(), key=lambda one: one[1]):
            why = text.destroyed(value)
            if why:
                row = int(foreign.rows[at])
                foreign.note("error", "text_destroyed", f"字段“{name}”第 {row} 条“{value[:20]}”:{why[0]}",
                             f"field '{name}', record {row} ('{value[:20]}'): the text is destroyed: {why[1]}",
                             row)  # fmt: skip
                break


def _has_m(shapes: NDArray[Any]) -> bool:
    # M came with shapely 2.1 and GEOS 3.12.
    has_m = getattr(shapely, "has_m", None)
    return has_m is not None and shapely.geos_version >= (3, 12) and bool(has_m(shapes).any())


def table(columns: Mapping[str, Sequence[Any]], count: int) -> pd.DataFrame:
    """Return columns as a frame of `count` rows: whole numbers, floats and truths by type, texts as objects with None.

    A column called ``geometry`` would take the place of the shapes; it becomes ``geometry_1``.
    """
    import pandas as pd

    made = {}
    for name, values in columns.items():
        column = pd.Series(list(values), dtype=object, index=pd.RangeIndex(count))
        kind = pd.api.types.infer_dtype(column, skipna=False)
        if kind in ("integer", "floating", "boolean", "mixed-integer-float"):
            column = column.infer_objects()
        made[name if name != "geometry" else _free("geometry", columns)] = column
    return pd.DataFrame(made, index=pd.RangeIndex(count))


def gathered(rows: Sequence[Mapping[str, Any]], first: Sequence[str], foreign: Foreign) -> dict[str, list[Any]]:
    """Turn records that each have fields of their own into columns, in the order in which they first occur.

    Parameters
    ----------
    rows : sequence of mappings
    first : sequence of str
        Columns that there are in any case, and first.
    foreign : Foreign
        Gets a note where there are so many different fields that the rarest are kept together in one column, as JSON.
    """
    seen: dict[str, int] = {name: len(rows) + 1 for name in first}
    for row in rows:
        for name in row:
            seen[name] = seen.get(name, 0) + 1
    names = list(seen)
    if len(names) <= _COLUMNS:
        return {name: [row.get(name) for row in rows] for name in names}
    common = set(sorted(names, key=lambda name: -seen[name])[: _COLUMNS - 1])
    kept = [name for name in names if name in common]
    columns = {name: [row.get(name) for row in rows] for name in kept}
    rest = [{name: value for name, value in row.items() if name not in common} for row in rows]
    columns[_free("other_fields", columns)] = [json.dumps(one, ensure_ascii=False) if one else None for one in rest]
    foreign.note(
        "warning", "many_fields", f"共有 {len(names)} 种字段,少见的合并在“other_fields”列中",
        f"there are {len(names)} different fields; the rarest are kept together in column 'other_fields'",
    )  # fmt: skip
    return columns


def _free(name: str, taken: Mapping[str, Any]) -> str:
    n = 1
    while f"{name}_{n}" in taken:
        n += 1
    return f"{name}_{n}"


class _Pyogrio:
    def layers(self, path: str) -> list[LayerSummary]:
        import pyogrio

        found = []
        for name, kind in pyogrio.list_layers(path):
            count = pyogrio.read_info(path, layer=name, force_feature_count=False)["features"]
            found.append(LayerSummary(str(name), str(kind or ""), None if count < 0 else int(count)))
        return found

    def pieces(
        self, path: str, layer: str | None, *, encoding: str | None, limit: int | None, size: int
    ) -> Iterator[Raw]:
        from pyogrio.raw import read

        done = 0
        while True:
            want = size if limit is None else min(size, limit - done)
            meta, _, wkb, data = read(
                path, layer=layer, encoding=encoding, skip_features=done, max_features=want, datetime_as_string=True
            )
            have = len(wkb) if wkb is not None else max((len(column) for column in data), default=0)
            if have or not done:
                yield self._raw(path, layer, meta, wkb, data, have)
            done += have
            if have < want or done == limit:
                return

    def _raw(self, path: str, layer: str | None, meta: Any, wkb: Any, data: Any, count: int) -> Raw:
        names = [str(name) for name in meta["fields"]]
        kinds = [str(kind) for kind in meta.get("ogr_types", [""] * len(names))]
        cells = {name: self._cells(column, kind) for name, column, kind in zip(names, data, kinds)}
        if wkb is None:
            return Raw(cells, np.full(count, None, dtype=object), np.zeros(count, dtype=bool), str(meta["crs"] or ""))
        there = np.array([one is not None for one in wkb], dtype=bool)
        shapes = shapely.from_wkb(wkb, on_invalid="ignore")
        return Raw(cells, shapes, there & shapely.is_missing(shapes), str(meta["crs"] or ""))

    @staticmethod
    def _cells(column: NDArray[Any], kind: str) -> list[Any]:
        if column.dtype.kind == "f":
            # Whole numbers with gaps come as floats.
            whole = kind.startswith("OFTInteger") and bool(np.nanmax(np.abs(column), initial=0.0) < _EXACT)
            return [None if v != v else int(v) if whole else v for v in column.tolist()]
        cells = column.tolist()
        if kind == "OFTDate":
            return [cell[:10] if isinstance(cell, str) else cell for cell in cells]
        if kind in ("OFTDateTime", "OFTTime"):
            return [moment(cell) for cell in cells]
        return [_plain(cell) for cell in cells] if column.dtype.kind == "O" else cells


def _plain(cell: Any) -> Any:
    """A list of a list field as text; bytes, which say nothing, as None."""
    if isinstance(cell, (list, tuple, np.ndarray)):
        return ", ".join(str(one) for one in cell)
    return None if isinstance(cell, (bytes, bytearray, memoryview)) else cell


class _Fiona:
    def layers(self, path: str) -> list[LayerSummary]:
        import fiona

        found = []
        for name in fiona.listlayers(path):
            with fiona.open(path, layer=name) as source:
                found.append(LayerSummary(name, self._schema(source)[0], len(source)))
        return found

    @staticmethod
    def _schema(source: Any) -> tuple[str, list[str]]:
        """The kind of the shapes, and the columns: none where fiona does not know the kind, such as curves."""
        from fiona.errors import UnsupportedGeometryTypeError

        try:
            schema = source.schema
        except UnsupportedGeometryTypeError:
            return "Curve", []
        return str(schema.get("geometry", "")), list(schema["properties"])

    def pieces(
        self, path: str, layer: str | None, *, encoding: str | None, limit: int | None, size: int
    ) -> Iterator[Raw]:
        import fiona

        arguments = {"encoding": encoding} if encoding else {}
        with fiona.open(path, layer=layer, **arguments) as source:
            names = self._schema(source)[1]
            crs, done = source.crs_wkt or "", 0
            features = iter(source)
            while True:
                want = size if limit is None else min(size, limit - done)
                found = [feature for _, feature in zip(range(want), features)]
                if found or not done:
                    yield self._raw(found, names, crs)
                done += len(found)
                if len(found) < want or done == limit:
                    return

    @staticmethod
    def _raw(features: list[Any], names: list[str], crs: str) -> Raw:
        from shapely.geometry import shape

        records = [feature["properties"] for feature in features]
        names = names or list(dict.fromkeys(name for record in records for name in record))
        cells = {name: [moment(_plain(record.get(name))) for record in records] for name in names}
        shapes = np.full(len(features), None, dtype=object)
        unread = np.zeros(len(features), dtype=bool)
        for row, feature in enumerate(features):
            try:
                shapes[row] = None if feature["geometry"] is None else shape(feature["geometry"])
            except Exception:  # noqa: BLE001 - shapely and GEOS refuse in many ways; all mean an impossible shape
                unread[row] = True
        return Raw(cells, shapes, unread, crs)
