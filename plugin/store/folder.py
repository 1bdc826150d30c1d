"""A one map as a folder of plain files: ``<layer>.geojson``, ``layer_coverage.geojson``, ``meta.yaml``.

The form in which map content is reviewed, versioned and shipped; :func:`~.geopackage.create` makes it a map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.errors import InputError
from ..engine.onemap import COVERAGE_TABLE, read_file
from ..engine.yaml_source import YamlSource

if TYPE_CHECKING:
    import geopandas as gpd

    from ..engine.catalog import Catalog


@dataclass(frozen=True)
class Content:
    """What a folder holds: frames by layer, declared coverage, and metadata as text."""

    frames: Mapping[str, gpd.GeoDataFrame]
    coverage: gpd.GeoDataFrame | None
    meta: Mapping[str, str]


def read_folder(folder: str | Path, catalog: Catalog) -> Content:
    """Read a folder of GeoJSON layers.

    A ``.geojson`` file whose name is no layer of the catalog is left alone: a folder may hold candidate
    sites beside the map.  GeoJSON coordinates are WGS 84 by its standard (RFC 7946).

    Raises
    ------
    InputError
        If the folder has no layer, or a file cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"Folder {folder} does not exist; give one with <layer>.geojson files.")
    frames = {p.stem: read_file(p) for p in sorted(folder.glob("*.geojson")) if p.stem in catalog}
    if not frames:
        raise InputError(f"Folder {folder} holds no layer of the one map; name files <layer>.geojson.")
    coverage = folder / f"{COVERAGE_TABLE}.geojson"
    return Content(frames, read_file(coverage) if coverage.is_file() else None, _meta(folder / "meta.yaml"))


def _meta(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    data = YamlSource(path, "Map description").data
    if not isinstance(data, dict):
        raise InputError(f"{path} must hold keys and values; mend it or take it away.")
    flat: dict[str, str] = {}
    _flatten(data, "", flat)
    return flat


def _flatten(data: Mapping[str, Any], prefix: str, out: dict[str, str]) -> None:
    for key, value in data.items():
        if isinstance(value, dict):
            _flatten(value, f"{prefix}{key}_", out)
        elif isinstance(value, list):
            out[f"{prefix}{key}"] = ",".join(str(v) for v in value)
        else:
            out[f"{prefix}{key}"] = str(value)
