"""GeoPackage and file geodatabase through GDAL, and GeoJSON (:mod:`.geojson`): formats that say what they are."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..progress import SILENT, Progress, part, report
from . import geojson, ogr
from .model import PLAIN, Declared, Encoding, Foreign, LayerSummary, ReadOptions

#: Tables that GeoPackages carry for programs, not for people.
_CURVES = re.compile("CURVE|SURFACE|CIRCULAR", re.IGNORECASE)
_UTF8 = {
    "gpkg": Encoding("utf-8", "GeoPackage 规定为 UTF-8", "GeoPackage is UTF-8 by definition", True),
    "fgdb": Encoding("utf-8", "FileGDB 规定为 Unicode", "file geodatabases are Unicode by definition", True),
}
_INNER = ("layer_styles", "gpkg_", "rtree_", "sqlite_", "qgis_", "envzones_")


def layers(path: Path, options: ReadOptions = PLAIN) -> list[LayerSummary]:
    """List the layers."""
    if _is_json(path):
        return geojson.layers(path, options)
    return [one for one in ogr.layers(path) if not one.name.lower().startswith(_INNER)]


def read(path: Path, options: ReadOptions = PLAIN, *, progress: Progress = SILENT) -> Foreign:
    """Read one layer.

    Raises
    ------
    InputError
        If the file holds several layers and the options do not say which, none, or cannot be read.
    """
    if _is_json(path):
        return geojson.read(path, options, progress=progress)
    one = _one(path, options)
    raw = ogr.read(path, one.name, limit=options.limit, count=one.count, progress=part(progress, 0.0, 0.9))
    found = _framed(raw, one, path, 0)
    report(progress, 1.0)
    return found


def read_chunks(
    path: Path, options: ReadOptions = PLAIN, *, size: int = 50_000, progress: Progress = SILENT
) -> Iterator[Foreign]:
    """Read one layer in pieces of up to `size` rows (GeoJSON: read whole, then cut); otherwise as :func:`read`."""
    if _is_json(path):
        from .read import sliced

        yield from sliced(geojson.read(path, options, progress=progress), size)
        return
    one, done = _one(path, options), 0
    for raw in ogr.pieces(path, one.name, limit=options.limit, size=size):
        piece = _framed(raw, one, path, done)
        done += len(raw.geometry)
        report(progress, min(0.99, done / max(one.count or 0, done + 1)), one.name)
        yield piece
    report(progress, 1.0)


def _one(path: Path, options: ReadOptions) -> LayerSummary:
    """Return the layer that is meant."""
    found = layers(path)
    names = ", ".join(one.name for one in found[:12]) + (" …" if len(found) > 12 else "")
    if not found:
        raise InputError(f"{path.name} holds no layer; ask for it to be sent again.")
    if options.layer is None and len(found) > 1:
        raise InputError(f"{path.name} holds {len(found)} layers ({names}); say which one to read.")
    if options.layer is None:
        return found[0]
    for one in found:
        if one.name == options.layer:
            return one
    raise InputError(f"{path.name} has no layer '{options.layer}'; it has {names}.")


def _framed(raw: ogr.Raw, one: LayerSummary, path: Path, done: int) -> Foreign:
    import geopandas as gpd

    form = "fgdb" if path.is_dir() else "gpkg"
    foreign = Foreign(one.name, path, form, gpd.GeoDataFrame(), np.empty(0, dtype=np.int64), 0)
    foreign.declared = declared(raw.crs)
    foreign.encoding = _UTF8[form]
    numbers = np.arange(done + 1, done + len(raw.geometry) + 1, dtype=np.int64)
    ogr.placed(foreign, raw.columns, raw.geometry, raw.unread, numbers=numbers)
    if not done and _curved(path, one):
        foreign.note("info", "curves_linearised", "曲线已转为折线", "curves were turned into short straight lines")
    ogr.tell_destroyed(foreign)
    return foreign


def _curved(path: Path, one: LayerSummary) -> bool:
    """Whether a layer is of curves, which GDAL's bindings give as lines without a word."""
    kind = one.geometry
    if path.is_file():
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as base:
            row = base.execute(
                "SELECT geometry_type_name FROM gpkg_geometry_columns WHERE table_name = ?", (one.name,)
            ).fetchone()
            kind = str(row[0]) if row else kind
    return _CURVES.search(kind) is not None


def declared(said: str) -> Declared | None:
    """Return what a layer's CRS says, None where it has none."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if not said:
        return None
    try:
        crs = ogr.identified(CRS.from_user_input(said))
    except CRSError:
        return Declared(None, said[:200], "layer")
    if crs.name.lower().startswith(("undefined", "unknown", "unnamed")) and crs.to_authority() is None:
        return None
    return Declared(crs, crs.name, "layer")


def _is_json(path: Path) -> bool:
    if path.is_dir():
        return False
    with path.open("rb") as stream:
        return not stream.read(16).startswith(b"SQLite format 3")
