"""Checking and mending a layer in its edit session: the engine's checks on what the user sees, unsaved or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsGeometry,
    QgsProject,
    QgsVectorLayer,
)

from .. import bridge, paths
from ..engine.errors import InputError
from ..texts import tr
from . import editing, settings, source

if TYPE_CHECKING:
    import geopandas as gpd

    from ..engine.onemap import OneMap
    from ..engine.progress import Progress

_STORAGE = "EPSG:4490"


@dataclass(frozen=True)
class Issue:
    """One row of the list; `fid` is the id of the feature in QGIS, `wkb` the place in EPSG:4490."""

    row: int
    severity: str
    fid: int
    uid: str
    name: str
    what: Mapping[str, str]
    mend: Mapping[str, str]
    repair: str
    wkb: bytes | None


@dataclass(frozen=True)
class Prepared:
    """What a worker needs: the map, the table, its rows as they are edited."""

    onemap: OneMap
    table: str
    frame: gpd.GeoDataFrame


@dataclass(frozen=True)
class Found:
    """The issues of a layer, and the rows that were checked."""

    rows: list[Issue]
    issues: gpd.GeoDataFrame
    frame: gpd.GeoDataFrame


def storage_crs() -> QgsCoordinateReferenceSystem:
    """Return the CRS in which issues lie."""
    return QgsCoordinateReferenceSystem(_STORAGE)


def prepare(layer: QgsVectorLayer, project: QgsProject) -> Prepared:
    """Read the layer, its edit session included; call it in the main thread.

    Raises
    ------
    InputError
        If the layer belongs to no one map that can be read.
    """
    from ..engine.catalog import load_catalog
    from ..engine.onemap import OneMap

    where = map_of(layer, project)
    place = source.location(where)
    if place.path is None:
        stored = source.open_onemap(place)
    else:
        # By SQLite: QGIS may open a file that is being edited without its log, and would find nothing in it.
        stored = OneMap.open(place.path, load_catalog(paths.user_layers()))
    table = editing.table(layer)
    frame = rows(layer)
    names = {name: (lambda name=name: stored.layer(name)) for name in stored.layers() if name != table}
    names[table] = lambda: frame
    return Prepared(OneMap(names, None, stored.meta, stored.catalog, stored.source), table, frame)


def map_of(layer: QgsVectorLayer, project: QgsProject) -> Any:
    """Return the one map that a layer belongs to.

    Raises
    ------
    InputError
        If it belongs to none.
    """
    if layer.providerType() == "postgres":
        found = source.layer_location(layer)
        if found is not None:
            return found
    else:
        from qgis.core import QgsProviderRegistry

        path = QgsProviderRegistry.instance().decodeUri("ogr", layer.source()).get("path")
        if path:
            return path
    found = settings.onemap_path(project)
    if found is None:
        raise InputError(tr("The layer {layer} belongs to no one map.").format(layer=layer.name()))
    return found


def rows(layer: QgsVectorLayer) -> gpd.GeoDataFrame:
    """Return a layer's rows as they are edited, EPSG:4490, with the ids of the features in QGIS as ``fid``."""
    reader = _Content(layer)
    frame = bridge.snapshot(reader, layer.name())
    frame.insert(0, "fid", reader.fids)
    return frame


class _Content(bridge.LayerReader):
    """The content fields alone: a new feature has words where the store's own columns will be."""

    def __init__(self, layer: QgsVectorLayer) -> None:
        super().__init__(layer)
        from qgis.core import QgsFields

        self._wanted = list(editing.store_indexes(layer.fields()))
        kept = QgsFields()
        for index in self._wanted:
            kept.append(layer.fields().at(index))
        self._fields = kept

    def getFeatures(self, request: Any) -> Any:  # noqa: N802 - QGIS's name
        """Return the features with their content fields alone."""
        for feature in super().getFeatures(request):
            cells = feature.attributes()
            feature.setFields(self._fields, False)
            feature.setAttributes([cells[index] for index in self._wanted])
            yield feature


def run(prepared: Prepared, progress: Progress) -> Found:
    """Check the layer; any thread."""
    import shapely

    from ..engine.quality import validate

    issues = validate(prepared.onemap, layers=[prepared.table], progress=progress)
    issues = issues[issues["layer"] == prepared.table].reset_index(drop=True)
    places = shapely.to_wkb(issues.geometry.array)
    out = []
    for number, (one, place) in enumerate(zip(issues.to_dict("records"), places)):
        fid = one["fid"]
        out.append(
            Issue(
                number,
                one["severity"],
                -1 if fid is None or fid != fid else int(fid),
                one["uid"] or "",
                one["name"] or "",
                {"zh": one["what_zh"], "en": one["what_en"]},
                {"zh": one["mend_zh"] or "", "en": one["mend_en"] or ""},
                one["repair"] or "",
                place,
            )  # fmt: skip
        )
    return Found(out, issues, prepared.frame)


def mend(layer: QgsVectorLayer, found: Found, chosen: Sequence[Issue], lang: str) -> str:
    """Carry out the safe repairs of some issues in the layer's edit session, as one undo step.

    Returns
    -------
    str
        What was done, for the message bar.

    Raises
    ------
    InputError
        If the layer was changed since it was checked, or nothing could be mended.
    """
    import numpy as np
    import shapely

    from ..engine.repair import repair

    now = rows(layer)
    wanted = found.issues.iloc[[one.row for one in chosen]]
    fids = sorted({one.fid for one in chosen})
    before, current = found.frame.set_index("fid"), now.set_index("fid")
    if not set(fids) <= set(current.index):
        raise InputError(tr("The layer was changed since it was checked; check it again."))
    for fid in fids:
        if not shapely.equals_exact(before.geometry[fid], current.geometry[fid]):
            raise InputError(tr("The layer was changed since it was checked; check it again."))
    out, told = repair(now, wanted)
    done = told[told["done"].astype(bool)] if len(told) else told
    reasons = [] if not len(told) else [text for text in told[~told["done"].astype(bool)][f"why_{lang}"] if text]
    if not len(done):
        raise InputError(reasons[0] if reasons else tr("Nothing could be mended safely."))
    back = QgsCoordinateTransform(storage_crs(), layer.crs(), QgsProject.instance())
    layer.beginEditCommand(tr("Mend zones"))
    kept = out.set_index("fid")
    old = np.asarray(now.geometry.array)
    for fid, shape in zip(now["fid"].tolist(), old):
        if fid not in kept.index:
            layer.deleteFeature(fid)
            continue
        after = kept.geometry[fid]
        if after is None or shapely.to_wkb(after) == shapely.to_wkb(shape):
            continue
        geometry = QgsGeometry()
        geometry.fromWkb(shapely.to_wkb(after))
        geometry.transform(back)
        layer.changeGeometry(fid, editing.fitted(geometry, layer.wkbType()))
    layer.endEditCommand()
    layer.triggerRepaint()
    changed = float(done["changed_m2"].fillna(0.0).sum())
    said = tr("Mended {n} rows; {m2} m² changed.").format(n=done["fid"].nunique(), m2=f"{changed:,.2f}")
    return " ".join([said, *dict.fromkeys(reasons)])
