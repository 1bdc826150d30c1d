"""A new one map and its project: what New One-Map Project… does."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from qgis.core import QgsProject

from .. import paths
from ..engine.location import Location
from .build import Request, build, save


def write_map(
    path: Path, folder: Path | None, title: str, place: str, work_crs: str, progress: Any
) -> dict[str, str]:
    """Write a one map, empty or from a folder of GeoJSON layers; any thread may call it.

    Returns
    -------
    dict
        The map's metadata.

    Raises
    ------
    InputError
        If the folder or the place of the file cannot be used.
    Cancelled
        If the progress says so; an older file is untouched.
    """
    from ..engine.catalog import load_catalog
    from ..store.folder import read_folder
    from ..store.geopackage import create

    catalog = load_catalog(paths.user_layers())
    if folder is None:
        meta = {"title": title, "jurisdiction_zh": place, "jurisdiction_en": place, "work_crs": work_crs}
        create(path, catalog, meta=meta, overwrite=True, progress=progress)
        return meta
    content = read_folder(folder, catalog)
    create(
        path,
        catalog,
        frames=content.frames,
        coverage=content.coverage,
        meta=content.meta,
        overwrite=True,
        progress=progress,
    )
    return dict(content.meta)


def open_project(project: QgsProject, onemap: Path | Location, out: Path, lang: str, as_of: date | None) -> None:
    """Fill the (empty) project from the map and save it.

    Raises
    ------
    InputError
        If the map cannot be used or the project cannot be written.
    """
    project.setFileName(str(out))
    build(Request(onemap, lang=lang, as_of=as_of), project)
    save(project, out)
