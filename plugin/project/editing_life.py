"""The life cycle of zones in an edit session: adjusted or cancelled by a document, as one undo step each.

An adjusted zone's row ends on the day on which its new row, which names it in ``adjusts_uid``, begins; a cancelled
zone's row ends and says by which document.  Rows are never deleted: the map can be shown as of any day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from qgis.core import QgsFeature, QgsFeatureRequest, QgsVectorLayer
from qgis.PyQt.QtCore import QDate

from ..engine.errors import InputError
from ..texts import tr
from . import editing, editing_shapes


@dataclass(frozen=True)
class Document:
    """What adjusts or cancels a zone: its number, when it was issued, from which day it counts."""

    number: str
    issued: date
    day: date


def _stored(layer: QgsVectorLayer, fid: int) -> QgsFeature | None:
    feature = QgsFeature()
    if fid >= 0 and layer.dataProvider().getFeatures(QgsFeatureRequest(fid)).nextFeature(feature):
        return feature
    return None


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
    fid = fids[0]
    was = _stored(layer, fid)
    if len(fids) != 1 or was is None or not reshaped(layer, fid):
        raise InputError(tr("Select one saved zone and draw its new extent before you adjust it."))
    _in_time(was, document)
    edited = layer.getFeature(fid)
    fields = layer.fields()
    new = QgsFeature(fields)
    for index in editing.store_indexes(fields):
        new.setAttribute(index, edited.attribute(index))
    uid = was.attribute("uid")
    for name, value in {
        "uid": editing_shapes.new_uid(), "adjusts_uid": uid, "life_state": "adjusted",
        "document_no": document.number, "document_date": _qdate(document.issued), "valid_from": _qdate(document.day),
        "valid_to": None, "cancel_document_no": None, "cancel_document_date": None,
    }.items():  # fmt: skip
        if fields.indexOf(name) >= 0:
            new.setAttribute(fields.indexOf(name), value)
    new.setGeometry(editing.fitted(edited.geometry(), layer.wkbType()))
    layer.beginEditCommand(tr("Adjust zone"))
    for index, value in editing.pending(layer).values.get(fid, {}).items():
        if not editing.alike(editing.plain(value), editing.plain(was.attribute(index))):
            layer.changeAttributeValue(fid, index, was.attribute(index))
    layer.changeGeometry(fid, was.geometry(), True)
    _set(layer, fid, valid_to=_qdate(document.day))
    layer.addFeature(new)
    layer.endEditCommand()
    layer.selectByIds([new.id()])
    layer.triggerRepaint()
    return tr("{name}: adjusted by {document}, in force from {day}. Save the edits to keep it.").format(
        name=_title(was), document=document.number, day=document.day.isoformat()
    )


def cancel(layer: QgsVectorLayer, fids: Sequence[int], document: Document) -> str:
    """End zones by a document; return what was done.

    Raises
    ------
    InputError
        If a zone was never saved, is cancelled already, or the day contradicts its dates.
    """
    features = [_stored(layer, fid) for fid in fids]
    for feature in features:
        if feature is None:
            raise InputError(tr("A zone that was never saved cannot be cancelled; delete it."))
        if _cell(feature, "life_state") == "cancelled":
            raise InputError(tr("{name} is cancelled already.").format(name=_title(feature)))
        _in_time(feature, document)
    layer.beginEditCommand(tr("Cancel zone"))
    for fid in fids:
        _set(
            layer, fid, life_state="cancelled", valid_to=_qdate(document.day), cancel_document_no=document.number,
            cancel_document_date=_qdate(document.issued),
        )  # fmt: skip
    layer.endEditCommand()
    layer.triggerRepaint()
    return tr("{name}: cancelled by {document} from {day}. Save the edits to keep it.").format(
        name=", ".join(_title(one) for one in features), document=document.number, day=document.day.isoformat()
    )


def _in_time(feature: QgsFeature, document: Document) -> None:
    begins, ends = _cell(feature, "valid_from"), _cell(feature, "valid_to")
    day = document.day.isoformat()
    if document.day < document.issued:
        raise InputError(tr("It cannot count before the document was issued."))
    if begins and day <= begins:
        raise InputError(
            tr("{name} has been in force since {day}; give a later day.").format(name=_title(feature), day=begins)
        )
    if ends and ends <= day:
        raise InputError(tr("{name} ended on {day} already.").format(name=_title(feature), day=ends))


def _set(layer: QgsVectorLayer, fid: int, **values: Any) -> None:
    fields = layer.fields()
    for name, value in values.items():
        if fields.indexOf(name) >= 0:
            layer.changeAttributeValue(fid, fields.indexOf(name), value)


def _cell(feature: QgsFeature, name: str) -> str:
    index = feature.fields().indexOf(name)
    value = editing.plain(feature.attribute(index)) if index >= 0 else None
    return "" if value is None else str(value)


def _title(feature: QgsFeature) -> str:
    return _cell(feature, "name") or _cell(feature, "uid") or str(feature.id())


def _qdate(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
