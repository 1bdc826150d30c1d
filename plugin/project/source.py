"""The one map as QGIS sees it: read through QGIS, with the unsaved edits of the open project."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProject, QgsProviderRegistry, QgsVectorLayer

from .. import bridge, paths
from ..engine.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

    from ..engine.onemap import OneMap


def table_uri(path: str | Path, table: str) -> str:
    """Return the source by which QGIS opens one table of a GeoPackage."""
    return f"{Path(path).as_posix()}|layername={table}"


def read_meta(path: str | Path) -> dict[str, str]:
    """Return the entries of the one map's ``envzones_meta``.

    Raises
    ------
    InputError
        If the file does not exist or is no one map.
    """
    return _describe(Path(path))[1]


def tables(path: str | Path) -> list[str]:
    """Return the names of the feature tables of a one map, in the file's order.

    Raises
    ------
    InputError
        If the file does not exist or is no one map.
    """
    return _describe(Path(path))[0]


def open_onemap(path: str | Path, project: QgsProject | None = None) -> OneMap:
    """Open a one map for the engine; call it in the main thread.

    Layers are read when a clause asks for them, through QGIS's own GDAL.  Layers with unsaved edits in
    `project` are snapshot at once, so the answer is about what the user sees.

    Raises
    ------
    InputError
        If the file does not exist or is no one map.
    """
    from ..engine import onemap as engine
    from ..engine.catalog import load_catalog

    path = Path(path)
    names, meta = _describe(path)
    edited = _edited_layers(path, project)
    readers: dict[str, Any] = {}
    for table in names:
        if table in edited:
            readers[table] = lambda frame=edited[table]: frame
        else:
            readers[table] = lambda table=table: _read(path, table)
    readers.pop(engine.COVERAGE_TABLE, None)
    coverage = None
    if engine.COVERAGE_TABLE in names:
        coverage = edited.get(engine.COVERAGE_TABLE)
        if coverage is None:
            coverage = _read(path, engine.COVERAGE_TABLE)
    return engine.OneMap(readers, coverage, meta, load_catalog(paths.user_layers()), str(path))


def _describe(path: Path) -> tuple[list[str], dict[str, str]]:
    """Return the feature tables and the metadata of a one map."""
    if not path.is_file():
        raise InputError(f"One map {path} does not exist; choose another file or make a new one-map project.")
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            tables = [
                row[0]
                for row in connection.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")
            ]
            meta = dict(connection.execute("SELECT key, value FROM envzones_meta"))
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path} is no one-map GeoPackage ({error}); choose another file.") from error
    return tables, meta


def _read(path: Path, table: str) -> gpd.GeoDataFrame:
    options = QgsVectorLayer.LayerOptions(loadDefaultStyle=False)
    layer = QgsVectorLayer(table_uri(path, table), table, "ogr", options)
    if not layer.isValid():
        raise InputError(f"Layer '{table}' of {path} cannot be read; check the file in QGIS's browser.")
    return bridge.to_frame(layer)


def _edited_layers(path: Path, project: QgsProject | None) -> dict[str, gpd.GeoDataFrame]:
    found = {}
    for table, layer in map_layers(project, path).items():
        if layer.isModified():
            found[table] = bridge.to_frame(layer)
    return found


def map_layers(project: QgsProject | None, path: str | Path | None = None) -> dict[str, QgsVectorLayer]:
    """Return table -> layer of a project's layers from one GeoPackage (from any, when `path` is None)."""
    found: dict[str, QgsVectorLayer] = {}
    registry = QgsProviderRegistry.instance()
    for layer in project.mapLayers().values() if project is not None else ():
        if not isinstance(layer, QgsVectorLayer) or layer.providerType() != "ogr":
            continue
        parts = registry.decodeUri("ogr", layer.source())
        table, file = parts.get("layerName"), parts.get("path")
        if table and file and (path is None or Path(file).resolve() == Path(path).resolve()):
            found.setdefault(table, layer)
    return found


def first_onemap(project: QgsProject) -> Path | None:
    """Return the one map that any of the project's layers comes from, or None."""
    registry = QgsProviderRegistry.instance()
    seen: set[str] = set()
    for layer in project.mapLayers().values():
        if not isinstance(layer, QgsVectorLayer) or layer.providerType() != "ogr":
            continue
        file = registry.decodeUri("ogr", layer.source()).get("path") or ""
        if file in seen or not file.lower().endswith(".gpkg"):
            continue
        seen.add(file)
        if is_onemap(file):
            return Path(file)
    return None


def is_onemap(path: str | Path) -> bool:
    """Tell whether a file is a one map."""
    try:
        read_meta(path)
    except InputError:
        return False
    return True


def last_change(path: Path) -> float:
    """Return when a GeoPackage last changed, edits that still lie in its log included."""
    log = path.with_name(path.name + "-wal")
    return max(file.stat().st_mtime for file in (path, log) if file.exists())
