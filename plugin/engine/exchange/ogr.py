"""The one border to GDAL's vector drivers: layers as columns, WKB and CRS, by whatever reader is at hand.

pyogrio where it is installed, else fiona; inside QGIS the plugin puts QGIS's own reader here (:func:`use`), so that no
second GDAL is loaded into its process.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import shapely

from ..errors import InputError
from ..progress import SILENT, Progress, report
from .model import LayerSummary

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_ROWS = 5000


@dataclass
class Raw:
    """A layer as GDAL gives it.

    `columns` maps names to cells in the layer's order; `geometry` are shapely geometries with Z and M as stored (None
    where a record has none); `crs` is WKT or an authority code, empty where the layer declares none.
    """

    columns: dict[str, list[Any]]
    geometry: NDArray[Any]
    crs: str = ""
    fids: list[int] = field(default_factory=list)


class Reader(Protocol):
    """What reads a layer; `columns` restricts the attributes, an empty sequence reads the geometry alone."""

    def layers(self, path: str) -> list[LayerSummary]:
        """List the layers."""

    def read(
        self, path: str, layer: str | None, *, columns: Sequence[str] | None, encoding: str | None, limit: int | None,
        options: Mapping[str, str], progress: Progress,
    ) -> Raw:  # fmt: skip
        """Read one."""


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
    return _guarded(path, lambda: reader().layers(str(path)))


def read(
    path: Path, layer: str | None = None, *, columns: Sequence[str] | None = None, encoding: str | None = None,
    limit: int | None = None, options: Mapping[str, str] | None = None, progress: Progress = SILENT,
) -> Raw:  # fmt: skip
    """Read one layer.

    Raises
    ------
    InputError
        If GDAL cannot read it; the sentence carries GDAL's own words.
    """
    return _guarded(
        path,
        lambda: reader().read(
            str(path), layer, columns=columns, encoding=encoding, limit=limit, options=options or {}, progress=progress
        ),
    )


def reader() -> Reader:
    """Return what reads: the one chosen by :func:`use`, else pyogrio, else fiona."""
    if _chosen is not None:
        return _chosen
    try:
        import pyogrio  # noqa: F401 - asked for, used below
    except ImportError:
        return _Fiona()
    return _Pyogrio()


def _guarded(path: Path, call: Any) -> Any:
    from ..errors import EnvZonesError

    try:
        with warnings.catch_warnings():
            # What drivers grumble about on the way is no defect of ours; what fails raises.
            warnings.simplefilter("ignore")
            return call()
    except (EnvZonesError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - GDAL's bindings raise many kinds; all mean that it cannot be read
        words = " ".join(str(error).split())[:300]
        raise InputError(
            f"{path.name} cannot be read ({words or type(error).__name__}); open and save it again in the program it"
            f" comes from, or ask for it in another format."
        ) from error


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

    def read(
        self, path: str, layer: str | None, *, columns: Sequence[str] | None, encoding: str | None, limit: int | None,
        options: Mapping[str, str], progress: Progress,
    ) -> Raw:  # fmt: skip
        from pyogrio.raw import read

        report(progress, 0.0)
        meta, fids, wkb, data = read(
            path, layer=layer, encoding=encoding, columns=None if columns is None else list(columns), max_features=limit,
            return_fids=True, **options,
        )  # fmt: skip
        report(progress, 0.8)
        names = [str(name) for name in meta["fields"]]
        cells = {name: _cells(column) for name, column in zip(names, data)}
        count = len(fids)
        shapes = np.full(count, None, dtype=object) if wkb is None else shapely.from_wkb(wkb, on_invalid="ignore")
        return Raw(cells, shapes, str(meta["crs"] or ""), [int(fid) for fid in fids])


def _cells(column: NDArray[Any]) -> list[Any]:
    if column.dtype.kind == "M":
        return [None if np.isnat(v) else str(v).replace("T00:00:00.000", "") for v in column]
    if column.dtype.kind == "f":
        return [None if v != v else float(v) for v in column.tolist()]
    return column.tolist()


class _Fiona:
    def layers(self, path: str) -> list[LayerSummary]:
        import fiona

        found = []
        for name in fiona.listlayers(path):
            with fiona.open(path, layer=name) as source:
                found.append(LayerSummary(name, str(source.schema.get("geometry", "")), len(source)))
        return found

    def read(
        self, path: str, layer: str | None, *, columns: Sequence[str] | None, encoding: str | None, limit: int | None,
        options: Mapping[str, str], progress: Progress,
    ) -> Raw:  # fmt: skip
        import fiona
        from shapely.geometry import shape

        arguments: dict[str, Any] = dict(options)
        if encoding:
            arguments["encoding"] = encoding
        if columns is not None and not columns:
            arguments["include_fields"] = []
        with fiona.open(path, layer=layer, **arguments) as source:
            names = list(source.schema["properties"])
            if columns is not None:
                names = [name for name in names if name in columns]
            cells: dict[str, list[Any]] = {name: [] for name in names}
            shapes: list[Any] = []
            fids: list[int] = []
            for k, feature in enumerate(source):
                if limit is not None and k >= limit:
                    break
                if k % _ROWS == 0:
                    report(progress, min(0.9, k / max(len(source), 1)))
                for name in names:
                    cells[name].append(feature["properties"].get(name))
                shapes.append(None if feature["geometry"] is None else shape(feature["geometry"]))
                fids.append(int(feature["id"]))
            geometry = np.full(len(shapes), None, dtype=object)
            geometry[:] = shapes
            return Raw(cells, geometry, source.crs_wkt or "", fids)
