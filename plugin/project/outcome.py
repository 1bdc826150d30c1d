"""Results on the map: a file becomes a group of layers that know what they rest on, and when they no longer hold."""

from __future__ import annotations

import contextlib
import shutil
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from qgis.core import QgsLayerTreeGroup, QgsLayerTreeLayer, QgsProcessingUtils, QgsProject, QgsVectorLayer

from ..texts import tr
from . import results

_PREFIX = "envzones/"
#: What a result rests on, as custom properties of its layers.
BASIS = ("onemap", "stamp", "as_of", "books", "working")


def results_folder(project: QgsProject) -> Path:
    """Return the folder for results: beside a saved project and named after it, else a temporary one."""
    file = Path(project.fileName()) if project.fileName() else None
    if file is not None and file.parent.is_dir():
        folder = file.with_name(f"{file.stem}.results")
        with contextlib.suppress(OSError):
            folder.mkdir(exist_ok=True)
            return folder
    return Path(QgsProcessingUtils.tempFolder())


def result_path(project: QgsProject, kind: str) -> Path:
    """Return a name for a new result that no older one has."""
    made = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    return results_folder(project) / f"{kind}-{made}.gpkg"


def about(
    where: Any, stamp: Any, as_of: date, books: list[str], working: Mapping[str, float] | None = None
) -> dict[str, str]:
    """Return what a result rests on, for :func:`publish`; `stamp` tells one content of the map from another."""
    from . import source

    return {
        "onemap": str(source.location(where)), "stamp": repr(stamp), "as_of": as_of.isoformat(),
        "books": ",".join(books),
        "working": ",".join(f"{name}={metres:g}" for name, metres in sorted((working or {}).items())),
    }  # fmt: skip


def publish(
    project: QgsProject, kind: str, path: Path, lang: str, *, about: Mapping[str, str]
) -> list[QgsVectorLayer]:
    """Add a result GeoPackage as a group, in place of the older one of its kind; run it in the main thread.

    A group that is replaced leaves its place, and whether it and its layers were shown and open.  Its file is removed
    where it lies in the project's folder of results and the saved project does not show it.

    Raises
    ------
    InputError
        If the file cannot be opened; the older group then stays.
    """
    root = project.layerTreeRoot()
    results.read_results(path, kind, lang)
    parent, position, shown, expanded = root, 0, True, True
    seen: dict[tuple[str, int], tuple[bool, bool]] = {}
    for group in groups(project, kind)[:1]:
        parent = group.parent()
        position = parent.children().index(group)
        shown, expanded = group.itemVisibilityChecked(), group.isExpanded()
        seen = {
            _part(node.layer()): (node.itemVisibilityChecked(), node.isExpanded())
            for node in group.findLayers() if node.layer() is not None
        }  # fmt: skip
    remove(project, kind, path)
    layers = results.add_results(project, parent, position, kind, path, lang)
    for layer in layers:
        node = parent.findLayer(layer.id())
        if _part(layer) in seen:
            node.setItemVisibilityChecked(seen[_part(layer)][0])
            node.setExpanded(seen[_part(layer)][1])
        node.parent().setItemVisibilityChecked(shown)
        node.parent().setExpanded(expanded)
    mark(layers, kind, about)
    return layers


def _part(layer: QgsVectorLayer) -> tuple[str, int]:
    """Return what a layer is in its result: the table and the geometry type."""
    return str(layer.customProperty(f"{_PREFIX}result", "")), int(layer.geometryType())


def mark(layers: list[QgsVectorLayer], kind: str, about: Mapping[str, str]) -> None:
    """Write into layers what they rest on."""
    made = datetime.now().isoformat(timespec="milliseconds")
    for layer in layers:
        layer.setCustomProperty(f"{_PREFIX}made", made)
        layer.setCustomProperty(f"{_PREFIX}kind", kind)
        for name in BASIS:
            layer.setCustomProperty(f"{_PREFIX}{name}", about.get(name, ""))


def published(project: QgsProject, kind: str) -> dict[str, list[QgsVectorLayer]]:
    """Return table -> layers of the newest result of a kind that is in the project; one layer per geometry type."""
    found = [
        layer
        for layer in project.mapLayers().values()
        if isinstance(layer, QgsVectorLayer) and layer.isValid() and layer.customProperty(f"{_PREFIX}kind") == kind
    ]
    newest = max((str(layer.customProperty(f"{_PREFIX}made")) for layer in found), default="")
    tables: dict[str, list[QgsVectorLayer]] = {}
    for layer in found:
        if str(layer.customProperty(f"{_PREFIX}made")) == newest:
            table = str(layer.customProperty(f"{_PREFIX}result", "")).split("/")[-1]
            tables.setdefault(table, []).append(layer)
    return tables


def groups(project: QgsProject, kind: str) -> list[QgsLayerTreeGroup]:
    """Return the groups that hold published results of a kind, the topmost first."""
    root = project.layerTreeRoot()
    found: list[QgsLayerTreeGroup] = []
    for node in _nodes(project, kind):
        # A layer that was dragged out of its group has none.
        if node.parent() != root and node.parent() not in found:
            found.append(node.parent())
    return found


def _nodes(project: QgsProject, kind: str) -> list[QgsLayerTreeLayer]:
    return [
        node for node in project.layerTreeRoot().findLayers()
        if node.layer() is not None and node.layer().customProperty(f"{_PREFIX}kind") == kind
    ]  # fmt: skip


def remove(project: QgsProject, kind: str, keep: Path | None = None) -> None:
    """Take the published results of a kind off the map, and files that nobody needs out of the folder of results.

    `keep` is the file of the result to come.
    """
    holders = groups(project, kind)
    project.removeMapLayers([node.layer().id() for node in _nodes(project, kind)])
    for group in holders:
        # What else users put into the group stays.
        if not group.children():
            group.parent().removeChildNode(group)
    _clean(project, kind, keep)


def _clean(project: QgsProject, kind: str, keep: Path | None) -> None:
    folder = results_folder(project)
    used = {layer.source().split("|")[0] for layer in project.mapLayers().values()}
    for file in folder.glob(f"{kind}-*.gpkg"):
        if file == keep or str(file) in used or _saved_with(project, file.name):
            continue
        for end in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):  # still open elsewhere; the next result tries again
                file.with_name(file.name + end).unlink(missing_ok=True)


def _saved_with(project: QgsProject, name: str) -> bool:
    """Tell whether the project as it was saved last shows a file: who closes without saving finds it again."""
    file = Path(project.fileName()) if project.fileName() else None
    if file is None or not file.is_file():
        return False
    try:
        if file.suffix.lower() == ".qgz":
            with zipfile.ZipFile(file) as archive:
                texts = [archive.read(one) for one in archive.namelist() if one.lower().endswith(".qgs")]
        else:
            texts = [file.read_bytes()]
    except (OSError, zipfile.BadZipFile):
        return True
    return any(name.encode() in one for one in texts)


def bring_along(project: QgsProject) -> list[str]:
    """Move published results that lie in a temporary folder beside the project, while that is being saved.

    QGIS empties its temporary folder when it ends, and the saved project would show nothing.  Returns a sentence for
    each file that could not be copied; its layers stay what they are.
    """
    folder, temporary = results_folder(project), Path(QgsProcessingUtils.tempFolder())
    if folder == temporary:
        return []
    said: list[str] = []
    moved: dict[Path, Path | None] = {}
    for layer in project.mapLayers().values():
        if not isinstance(layer, QgsVectorLayer) or not layer.customProperty(f"{_PREFIX}kind"):
            continue
        place, bar, rest = layer.source().partition("|")
        file = Path(place)
        if file.parent != temporary or not file.is_file():
            continue
        if file not in moved:
            try:
                moved[file] = Path(shutil.copy2(file, folder / file.name))
            except OSError as error:
                moved[file] = None
                told = tr("{file} cannot be copied to {folder} ({error}); save the project elsewhere.")
                said.append(told.format(file=file, folder=folder, error=error.strerror))
        if moved[file] is not None:
            layer.setDataSource(f"{moved[file]}{bar}{rest}", layer.name(), "ogr")
    return said


def stale(layer: QgsVectorLayer, about: Mapping[str, str]) -> str:
    """Return why a result no longer holds: ``map``, ``day``, ``books``, ``working``, or empty while it does.

    `about` is what a result made now would rest on, empty without a map; a layer that does not say what it rests on
    counts as stale.
    """
    kept = {name: str(layer.customProperty(f"{_PREFIX}{name}", "") or "") for name in BASIS}
    # An empty stamp is that of a map that could not be read.
    if kept["stamp"] != about.get("stamp") or kept["stamp"] == repr(()):
        return "map"
    if kept["as_of"] != about.get("as_of"):
        return "day"
    if kept["books"] != about.get("books"):
        return "books"
    return "" if kept["working"] == about.get("working", "") else "working"
