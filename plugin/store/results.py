"""Results as layers of one GeoPackage: all of them, or the file that was there before."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.errors import InputError
from ..engine.geodesy import STORAGE_CRS
from ..engine.progress import SILENT, Progress, report
from ..engine.result_file import About, write_about

if TYPE_CHECKING:
    import geopandas as gpd

_TYPES = {"f": "float", "i": "int", "u": "int", "b": "bool", "M": "date"}


def check_writable(path: str | Path) -> Path:
    """Return `path` as the place of a result, before hours are spent computing it.

    Raises
    ------
    InputError
        If its folder is not there, it is a folder, or it does not end in .gpkg.
    """
    path = Path(path)
    if path.suffix.lower() != ".gpkg":
        raise InputError(f"Output {path} must end in .gpkg; results are written as a GeoPackage.")
    if not path.parent.is_dir():
        raise InputError(f"Folder {path.parent} does not exist; create it or choose another for {path.name}.")
    if path.is_dir():
        raise InputError(f"Output {path} is a folder; give the name of a file in it.")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"Folder {path.parent} cannot be written to; choose another for {path.name}.")
    return path


def write_results(
    path: str | Path,
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    about: About | None = None,
    progress: Progress = SILENT,
) -> Path:
    """Write frames as the layers of one GeoPackage in EPSG:4490, replacing an older file.

    Parameters
    ----------
    path : path
        The .gpkg; it changes only when everything is written.
    layers : mapping of layer name to GeoDataFrame
        Rows may have no geometry; geometry types may be mixed.
    about : About, optional
        What the result rests on: with it documents can be written from the file later.

    Raises
    ------
    InputError
        If it cannot be written (on Windows, while another program holds it open).
    Cancelled
        If the progress says so; the older file is untouched.
    """
    import fiona

    path = check_writable(path)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}-{uuid.uuid4().hex[:8]}.part.gpkg")
    try:
        with fiona.Env(OGR_SQLITE_SYNCHRONOUS="OFF", **_clock()):
            for i, (name, frame) in enumerate(layers.items()):
                report(progress, i / len(layers), name)
                _write_layer(temporary, name, frame, fiona)
        if about is not None:
            write_about(temporary, about, _moment())
        report(progress, 0.98, path.name)
        try:
            os.replace(temporary, path)
        except OSError as error:
            raise InputError(
                f"{path} cannot be replaced ({error.strerror}); close it in other programs and run again."
            ) from error
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            temporary.with_name(temporary.name + end).unlink(missing_ok=True)
    return path


def _clock() -> dict[str, str]:
    """Return the option that fixes the moment GDAL writes into a GeoPackage, where SOURCE_DATE_EPOCH asks for it."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return {"OGR_CURRENT_DATE": _moment()} if epoch.isdigit() else {}


def _moment() -> str:
    """Return now, or the moment that SOURCE_DATE_EPOCH names, as a GeoPackage writes it."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), timezone.utc) if epoch.isdigit() else datetime.now(timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _write_layer(path: Path, name: str, frame: gpd.GeoDataFrame, fiona: Any) -> None:
    import pandas as pd
    from shapely.geometry import mapping

    columns = [c for c in frame.columns if c != frame.geometry.name]
    kinds = {c: _TYPES.get(frame[c].dtype.kind, "str") for c in columns}
    schema = {"geometry": _geometry_type(frame), "properties": kinds}
    values = {c: _plain(frame[c], kinds[c], pd) for c in columns}
    records = (
        {
            "geometry": None if shape is None or shape.is_empty else mapping(shape),
            "properties": {c: values[c][i] for c in columns},
        }
        for i, shape in enumerate(frame.geometry)
    )
    with fiona.open(
        path,
        "w",
        driver="GPKG",
        layer=name,
        schema=schema,
        crs=STORAGE_CRS,
        VERSION="1.2",
    ) as target:
        target.writerecords(records)


def _geometry_type(frame: gpd.GeoDataFrame) -> str:
    kinds = set(frame.geom_type.dropna())
    return kinds.pop() if len(kinds) == 1 else "Unknown"


def _plain(column: Any, kind: str, pd: Any) -> list[Any]:
    missing = column.isna().to_numpy()
    if kind == "float":
        convert: Any = float
    elif kind == "int":
        convert = int
    elif kind == "bool":
        convert = bool
    elif kind == "date":
        convert = lambda v: pd.Timestamp(v).date().isoformat()  # noqa: E731
    else:
        convert = str
    return [None if gone else convert(value) for value, gone in zip(column, missing)]
