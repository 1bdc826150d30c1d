"""The life cycle of zones in an edit session: adjusted or cancelled by a document, as one undo step each.

What becomes of the rows is :mod:`.engine.lifecycle`'s; here it is put into the edit session, so that it can be
undone and is saved, compared and recorded like every other edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qgis.core import QgsFeature, QgsFeatureRequest, QgsGeometry, QgsVectorLayer
from qgis.PyQt.QtCore import QDate

from .. import bridge
from ..engine.errors import InputError
from ..texts import tr
from . import editing

if TYPE_CHECKING:
    import geopandas as gpd

    from ..engine.lifecycle import Document


def reshaped(layer: QgsVectorLayer, fid: int) -> bool:
    """Tell whether a stored zone has another extent in the edit session."""
    buffer = layer.editBuffer()
    return buffer is not None and fid >= 0 and fid in buffer.changedGeometries()


def adjust(layer: QgsVectorLayer, fids: Sequence[int], document: Document) -> str:
    """End one zone's stored row and begin a new one with what was edited since; return what was done.

    Raises
    ------
    InputError
        If it is not one stored zone with a new extent, or the day contradicts its dates.
    """
    import shapely

    from ..engine import lifecycle

    fid = fids[0]
    if len(fids) != 1 or not reshaped(layer, fid):
        raise InputError(tr("Select one saved zone and draw its new extent before you adjust it."))
    frame = _stored(layer, [fid])
    edited, fields = layer.getFeature(fid), layer.fields()
    shape = editing.fitted(edited.geometry(), layer.wkbType())
    uid = frame["uid"].iloc[0]
    insert, update = lifecycle.adjust(frame, uid, shapely.from_wkb(bytes(shape.asWkb())), document)
    # What else was edited goes to the new row, but for what the document says.
    held = editing.pending(layer).values.get(fid, {})
    decided = {name for name in insert.columns if name != insert.geometry.name and _differs(insert, frame, name)}
    new = QgsFeature(fields)
    for index, name in editing.store_indexes(fields).items():
        own = index in held and name not in decided
        new.setAttribute(index, held[index] if own else _cell(insert, name))
    new.setGeometry(shape)
    was = next(layer.dataProvider().getFeatures(QgsFeatureRequest(fid)))
    layer.beginEditCommand(tr("Adjust zone"))
    for index in held:
        layer.changeAttributeValue(fid, index, was.attribute(index))
    layer.changeGeometry(fid, was.geometry(), True)
    _set(layer, fid, update.iloc[0].to_dict())
    layer.addFeature(new)
    layer.endEditCommand()
    layer.selectByIds([new.id()])
    layer.triggerRepaint()
    return tr("{name}: adjusted by {document}, in force from {day}. Save the edits to keep it.").format(
        name=_title(frame), document=document.number, day=document.day.isoformat()
    )


def cancel(layer: QgsVectorLayer, fids: Sequence[int], document: Document) -> str:
    """End zones by a document; return what was done.

    Raises
    ------
    InputError
        If a zone was never saved, is cancelled already, or the day contradicts its dates.
    """
    from ..engine import lifecycle

    if min(fids) < 0:
        raise InputError(tr("A zone that was never saved cannot be cancelled; delete it."))
    frame = _stored(layer, fids)
    update = lifecycle.cancel(frame, frame["uid"].tolist(), document).set_index("uid")
    by_uid = dict(zip(frame["uid"], frame["fid"]))
    layer.beginEditCommand(tr("Cancel zone"))
    for uid, row in update.iterrows():
        _set(layer, int(by_uid[uid]), row.to_dict())
    layer.endEditCommand()
    layer.triggerRepaint()
    return tr("{name}: cancelled by {document} from {day}. Save the edits to keep it.").format(
        name=_title(frame), document=document.number, day=document.day.isoformat()
    )


class _Rows:
    """Features as they are stored, their content fields alone, for :func:`.bridge.to_frame`."""

    def __init__(self, layer: QgsVectorLayer, fids: Sequence[int]) -> None:
        from qgis.core import QgsFields

        self._layer, self._fids = layer, sorted(fids)
        self._names = editing.store_indexes(layer.fields())
        self._fields = QgsFields()
        for index in self._names:
            self._fields.append(layer.fields().at(index))
        self.fids: list[int] = []

    def fields(self) -> Any:
        return self._fields

    def sourceCrs(self) -> Any:  # noqa: N802 - QGIS's name
        return self._layer.crs()

    def featureCount(self) -> int:  # noqa: N802 - QGIS's name
        return len(self._fids)

    def getFeatures(self, _request: Any) -> Any:  # noqa: N802 - QGIS's name
        request = QgsFeatureRequest().setFilterFids(self._fids)
        for feature in self._layer.dataProvider().getFeatures(request):
            cells = [feature.attribute(name) for name in self._names.values()]
            out = QgsFeature(self._fields, feature.id())
            out.setAttributes(cells)
            out.setGeometry(QgsGeometry(feature.geometry()))
            self.fids.append(feature.id())
            yield out


def _stored(layer: QgsVectorLayer, fids: Sequence[int]) -> gpd.GeoDataFrame:
    """Return rows as they are stored, with the ids of the features in QGIS as ``fid``."""
    rows = _Rows(layer, fids)
    frame = bridge.to_frame(rows)
    frame.insert(0, "fid", rows.fids)
    return frame


def _differs(new: Any, old: Any, name: str) -> bool:
    one, other = _cell(new, name), _cell(old, name)
    return one != other


def _cell(frame: Any, name: str) -> Any:
    return _value(frame[name].iloc[0]) if name in frame.columns else None


def _value(value: Any) -> Any:
    """Return a frame's cell as QGIS stores it."""
    import pandas as pd

    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return QDate(value.year, value.month, value.day)
    return value.item() if hasattr(value, "item") else value


def _set(layer: QgsVectorLayer, fid: int, values: Mapping[str, Any]) -> None:
    fields = layer.fields()
    names = set(editing.store_indexes(fields).values()) - {"uid"}
    for name, value in values.items():
        if name in names:
            layer.changeAttributeValue(fid, fields.indexOf(name), _value(value))


def _title(frame: Any) -> str:
    return ", ".join(str(_value(name) or uid) for name, uid in zip(frame["name"], frame["uid"]))
