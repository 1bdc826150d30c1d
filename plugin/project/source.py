"""The one map as QGIS sees it: a file or a shared map in PostgreSQL, with the unsaved edits of the open project.

A map in PostgreSQL is opened with what QGIS's authentication keeps (``authcfg``), a service file or ``~/.pgpass``.
What is written to a project names the first two and never holds a password.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from qgis.core import QgsDataSourceUri, QgsProject, QgsProviderRegistry, QgsVectorLayer

from .. import bridge, paths
from ..engine.errors import InputError
from ..engine.location import Location, parse

if TYPE_CHECKING:
    import geopandas as gpd

    from ..engine.onemap import OneMap
    from ..store.postgis import PostgisStore
    from ..store.store import MapInfo

#: A file, or a map in PostgreSQL as text or read.
Where = Union[Path, str, Location]
_GEOMETRY, _KEY, _SRID, _PORT = "geom", "fid", "4490", "5432"
_SSL_DEFAULT = "prefer"


# --------------------------------------------------------------------------------------------------------
# Addresses
# --------------------------------------------------------------------------------------------------------


def location(where: Where) -> Location:
    """Return where a map is.

    Raises
    ------
    InputError
        If a text is no address, or holds a password.
    """
    return where if isinstance(where, Location) else parse(where)


def provider(where: Where) -> str:
    """Return QGIS's name of what opens the map's tables: ``ogr`` or ``postgres``."""
    return "ogr" if location(where).path is not None else "postgres"


def table_uri(where: Where, table: str) -> str:
    """Return the source by which QGIS opens one table; it holds no password."""
    place = location(where)
    if place.path is not None:
        return f"{place.path.as_posix()}|layername={table}"
    uri = database_uri(place)
    uri.setDataSource(place.schema, table, _GEOMETRY, "", _KEY)
    uri.setSrid(_SRID)
    return uri.uri(False)


def database_uri(place: Location) -> QgsDataSourceUri:
    """Return the connection of a map in PostgreSQL as QGIS describes it, credentials by their id alone."""
    dsn = dict(place.dsn or {})
    uri = QgsDataSourceUri()
    ssl = QgsDataSourceUri.decodeSslMode(dsn.get("sslmode", _SSL_DEFAULT))
    name, user, authcfg = dsn.get("dbname", ""), dsn.get("user", ""), dsn.get("authcfg", "")
    if "service" in dsn:
        uri.setConnection(dsn["service"], name, user, "", ssl, authcfg)
    else:
        uri.setConnection(dsn.get("host", ""), dsn.get("port", ""), name, user, "", ssl, authcfg)
    return uri


def layer_location(layer: QgsVectorLayer) -> Location | None:
    """Return the map that a layer of PostgreSQL would belong to; a password in its source is left out."""
    if layer.providerType() != "postgres":
        return None
    uri = QgsDataSourceUri(layer.source())
    dsn = {
        "service": uri.service(), "host": uri.host(), "port": uri.port(), "dbname": uri.database(),
        "user": uri.username(), "authcfg": uri.authConfigId(),
    }  # fmt: skip
    ssl = QgsDataSourceUri.encodeSslMode(uri.sslMode())
    if ssl != _SSL_DEFAULT:
        dsn["sslmode"] = ssl
    return Location(dsn={key: value for key, value in dsn.items() if value}, schema=uri.schema())


def same(one: Where, other: Where) -> bool:
    """Tell whether two addresses mean the same map, whoever opens it."""
    return _place(location(one)) == _place(location(other))


def _place(place: Location) -> tuple[Any, ...]:
    if place.path is not None:
        return ("", place.path.resolve())
    dsn = place.dsn or {}
    if "service" in dsn:
        return ("service", dsn["service"], dsn.get("dbname", ""), place.schema)
    return ("host", dsn.get("host", ""), dsn.get("port", _PORT), dsn.get("dbname", ""), place.schema)


def conninfo(place: Location) -> str | None:
    """Return the connection with the user and password that QGIS keeps for it, None where it names none.

    It stays in memory: it is handed to the database's driver and nowhere else.

    Raises
    ------
    InputError
        If QGIS has no such credentials, or may not read them.
    """
    authcfg = (place.dsn or {}).get("authcfg")
    if not authcfg:
        return None
    from qgis.core import QgsApplication

    if authcfg not in QgsApplication.authManager().configIds():
        raise InputError(
            f"QGIS has no credentials '{authcfg}' for {place.name}; open the shared map again and choose yours."
        )
    plain, full = (database_uri(place).connectionInfo(expand) for expand in (False, True))
    if plain == full:
        raise InputError(f"QGIS may not read the credentials for {place.name}; give its master password and try again.")
    return full


def store(where: Where) -> PostgisStore:
    """Open a map in PostgreSQL for reading and editing, with the credentials that QGIS keeps.

    Raises
    ------
    InputError
        If it cannot be reached or is no one map.
    """
    from ..engine.catalog import load_catalog
    from ..store.postgis import PostgisStore

    place = location(where)
    return PostgisStore(place, load_catalog(paths.user_layers()), conninfo(place))


# --------------------------------------------------------------------------------------------------------
# Reading
# --------------------------------------------------------------------------------------------------------


def read_meta(where: Where) -> dict[str, str]:
    """Return the entries of the one map's ``envzones_meta``.

    Raises
    ------
    InputError
        If the map cannot be reached or is none.
    """
    return _describe(location(where))[1]


def tables(where: Where) -> list[str]:
    """Return the names of the feature tables of a one map, in its order.

    Raises
    ------
    InputError
        If the map cannot be reached or is none.
    """
    return _describe(location(where))[0]


def info(where: Where) -> MapInfo:
    """Describe a one map; any thread may call it.

    Raises
    ------
    InputError
        If the map cannot be reached or is none.
    """
    place = location(where)
    if place.path is None:
        return store(place).info()
    from ..store.geopackage import info as file_info

    return file_info(place.path)


def open_onemap(where: Where, project: QgsProject | None = None) -> OneMap:
    """Open a one map for the engine; call it in the main thread.

    Layers are read when a clause asks for them, by any thread.  Layers with unsaved edits in
    `project` are snapshot at once, so the answer is about what the user sees.

    Raises
    ------
    InputError
        If the map cannot be reached or is none.
    """
    from ..engine import gpkg
    from ..engine import onemap as engine
    from ..engine.catalog import load_catalog

    place = location(where)
    readers: dict[str, Any] = {}
    if place.path is None:
        # Whoever reads later is in another thread; QGIS's authentication is asked in this one.
        shared = store(place)
        names, meta = shared.tables(), dict(shared.meta)
        readers = {table: lambda table=table: shared.read(table) for table in names}
    else:
        names, meta = _describe(place)
        # By SQLite: GDAL takes longer to open one of its hundred tables than this takes to read them all.
        file = gpkg.Tables(place.path)
        readers = {table: partial(file.read, table) for table in names}
    for table, frame in _edited_layers(place, project).items():
        if table in readers:
            readers[table] = lambda frame=frame: frame
    coverage = readers.pop(engine.COVERAGE_TABLE, lambda: None)()
    return engine.OneMap(readers, coverage, meta, load_catalog(paths.user_layers()), str(place))


def _describe(place: Location) -> tuple[list[str], dict[str, str]]:
    """Return the feature tables and the metadata of a one map."""
    if place.path is None:
        shared = store(place)
        return shared.tables(), dict(shared.meta)
    path = place.path
    if not path.is_file():
        raise InputError(f"One map {path} does not exist; choose another file or make a new one-map project.")
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            tables = [
                row[0]
                for row in connection.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")
            ]
            query = "SELECT key, value FROM envzones_meta WHERE key NOT LIKE 'style!_%' ESCAPE '!'"
            meta = dict(connection.execute(query))
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path} is no one-map GeoPackage ({error}); choose another file.") from error
    return tables, meta


# --------------------------------------------------------------------------------------------------------
# The project's layers
# --------------------------------------------------------------------------------------------------------


def _edited_layers(place: Location, project: QgsProject | None) -> dict[str, gpd.GeoDataFrame]:
    found = {}
    for table, layer in map_layers(project, place).items():
        if layer.isModified():
            found[table] = bridge.to_frame(layer)
    return found


def map_layers(project: QgsProject | None, where: Where | None = None) -> dict[str, QgsVectorLayer]:
    """Return table -> layer of a project's layers from one map (from any file or schema, when `where` is None)."""
    found: dict[str, QgsVectorLayer] = {}
    for table, layer in each_map_layer(project, where):
        found.setdefault(table, layer)
    return found


def each_map_layer(project: QgsProject | None, where: Where | None = None) -> Iterator[tuple[str, QgsVectorLayer]]:
    """Give table and layer of all layers of a map, of a table that is shown several times each."""
    wanted = None if where is None else location(where)
    for layer in project.mapLayers().values() if project is not None else ():
        table, place = _origin(layer)
        if table and place is not None and (wanted is None or same(place, wanted)):
            yield table, layer


def _origin(layer: Any) -> tuple[str, Location | None]:
    """Return a layer's table and the file or schema it lies in; nothing for layers of other kinds."""
    if not isinstance(layer, QgsVectorLayer):
        return "", None
    if layer.providerType() == "postgres":
        return QgsDataSourceUri(layer.source()).table(), layer_location(layer)
    if layer.providerType() == "ogr":
        parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
        if parts.get("layerName") and parts.get("path"):
            return parts["layerName"], Location(path=Path(parts["path"]))
    return "", None


def first_onemap(project: QgsProject) -> Path | Location | None:
    """Return the one map that any of the project's layers comes from, or None."""
    registry = QgsProviderRegistry.instance()
    seen: set[Any] = set()
    for layer in project.mapLayers().values():
        if not isinstance(layer, QgsVectorLayer):
            continue
        if layer.providerType() == "postgres":
            place = layer_location(layer)
            # A layer that is valid has a server that answers; without versions it is none of a map's.
            ours = layer.isValid() and layer.fields().lookupField("row_version") >= 0
            if place is None or not ours or _place(place) in seen:
                continue
            seen.add(_place(place))
            if is_onemap(place):
                return place
        elif layer.providerType() == "ogr":
            file = registry.decodeUri("ogr", layer.source()).get("path") or ""
            if file in seen or not file.lower().endswith(".gpkg"):
                continue
            seen.add(file)
            if is_onemap(Path(file)):
                return Path(file)
    return None


def is_onemap(where: Where) -> bool:
    """Tell whether a file or schema is a one map that can be read."""
    try:
        read_meta(where)
    except InputError:
        return False
    return True


def last_change(where: Where) -> float:
    """Return when a map last changed, edits that still lie in a file's log included.

    Nobody tells when a shared map changed, so that it always counts as changed just now.
    """
    path = location(where).path
    if path is None:
        return time.time()
    log = path.with_name(path.name + "-wal")
    return max((file.stat().st_mtime for file in (path, log) if file.exists()), default=0.0)
