"""Editing a one map in QGIS: which layers are its own, what an edit session holds, how it is put on newer rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsFeatureRequest,
    QgsFields,
    QgsGeometry,
    QgsSettings,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QTime, QVariant
from qgis.PyQt.QtWidgets import QUndoCommand

from ..engine.catalog import STORE_COLUMNS

#: Under which name a user edits a GeoPackage; PostgreSQL knows its users itself.
NAME_SETTING = "envzones/user_name"
FID, VERSION, EDITOR, EDITED = STORE_COLUMNS


def user_name() -> str:
    """Return the name that edits of a GeoPackage are signed with: the one set, else the computer user's."""
    chosen = QgsSettings().value(NAME_SETTING, "", type=str).strip()
    return chosen or QgsApplication.userFullName().strip() or QgsApplication.userLoginName().strip()


def set_user_name(name: str) -> None:
    """Set the name that edits are signed with; an empty one means the computer user's."""
    QgsSettings().setValue(NAME_SETTING, name.strip())


def is_stored(layer: Any) -> bool:
    """Tell whether a layer is a table of a one map: it has the columns that a store keeps."""
    if not isinstance(layer, QgsVectorLayer) or not layer.isValid():
        return False
    if layer.providerType() not in ("ogr", "postgres"):
        return False
    names = set(layer.fields().names())
    return {VERSION, EDITOR, EDITED, "uid"} <= names


def table(layer: QgsVectorLayer) -> str:
    """Return the table behind a layer of the one map."""
    from .. import compat

    if layer.providerType() == "postgres":
        from qgis.core import QgsDataSourceUri

        return QgsDataSourceUri(layer.dataProvider().dataSourceUri()).table()
    return compat.table_name(layer)


def is_null(value: Any) -> bool:
    """Tell whether a cell is empty."""
    return value is None or (isinstance(value, QVariant) and value.isNull())


def plain(value: Any) -> Any:
    """Return a cell as SQLite and JSON hold it: None, True/False, a number or a text; dates as 2020-12-31."""
    if is_null(value):
        return None
    if isinstance(value, QDate):
        return value.toString("yyyy-MM-dd") if value.isValid() else None
    if isinstance(value, QDateTime):
        return value.toUTC().toString("yyyy-MM-ddTHH:mm:ss.zzzZ") if value.isValid() else None
    if isinstance(value, QTime):
        return value.toString("HH:mm:ss")
    return value


def alike(one: Any, other: Any) -> bool:
    """Tell whether two plain cells say the same, whatever program wrote them."""
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return float(one) == float(other)
    return one == other


def store_indexes(fields: QgsFields) -> dict[int, str]:
    """Return index -> name of the content fields that lie in the table (no joined or computed ones)."""
    return {
        index: fields.at(index).name()
        for index in range(fields.count())
        if fields.fieldOrigin(index) == QgsFields.FieldOrigin.OriginProvider
        and fields.at(index).name() not in STORE_COLUMNS
    }


@dataclass
class Pending:
    """What an edit session holds, as it would be saved.

    Attributes
    ----------
    values : mapping of feature id to {field index: value}
    shapes : mapping of feature id to QgsGeometry
    added : list of QgsFeature
        With their temporary, negative ids.
    deleted : set of int
    """

    values: dict[int, dict[int, Any]] = field(default_factory=dict)
    shapes: dict[int, QgsGeometry] = field(default_factory=dict)
    added: list[QgsFeature] = field(default_factory=list)
    deleted: set[int] = field(default_factory=set)

    @property
    def changed(self) -> set[int]:
        """Ids of stored features that are changed and not deleted."""
        return (set(self.values) | set(self.shapes)) - self.deleted

    def __bool__(self) -> bool:
        return bool(self.values or self.shapes or self.added or self.deleted)


def pending(layer: QgsVectorLayer) -> Pending:
    """Return a copy of what a layer's edit session holds; empty where it is not edited."""
    buffer = layer.editBuffer()
    if buffer is None:
        return Pending()
    return Pending(
        {fid: dict(values) for fid, values in buffer.changedAttributeValues().items()},
        {fid: QgsGeometry(shape) for fid, shape in buffer.changedGeometries().items()},
        [QgsFeature(one) for one in buffer.addedFeatures().values()],
        set(buffer.deletedFeatureIds()),
    )


def versions(layer: QgsVectorLayer, fids: Iterable[int] | None = None) -> dict[int, tuple[int, int | None, str]]:
    """Read feature id -> (row's fid, row_version, uid) from the store, the edit session left aside."""
    fields = layer.dataProvider().fields()
    names = [name for name in (FID, VERSION, "uid") if fields.indexOf(name) >= 0]
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    request.setSubsetOfAttributes(names, fields)
    if fids is not None:
        request.setFilterFids([fid for fid in fids if fid >= 0])
    found = {}
    for feature in layer.dataProvider().getFeatures(request):
        row = feature.attribute(FID) if FID in names else feature.id()
        version, uid = feature.attribute(VERSION), feature.attribute("uid")
        found[feature.id()] = (
            feature.id() if is_null(row) else int(row),
            None if is_null(version) else int(version),
            "" if is_null(uid) else str(uid),
        )
    return found


def drop_last_command(layer: QgsVectorLayer) -> None:
    """Take back the last undo step without a trace: it cannot be done again either."""
    stack = layer.undoStack()
    stack.undo()
    nothing = QUndoCommand()
    nothing.setObsolete(True)
    # Pushing deletes what could be done again; an obsolete command is not kept.
    stack.push(nothing)


def rebase(layer: QgsVectorLayer, title: str, drop: Iterable[int], insert: Iterable[QgsFeature] = ()) -> None:
    """Put an edit session anew on the rows as they are stored now, as one undo step.

    Parameters
    ----------
    layer : QgsVectorLayer
        In edit mode.
    title : str
        Of the undo step.
    drop : iterable of int
        Stored features whose edits (changes and deletion) are given up.
    insert : iterable of QgsFeature
        Rows to add beside, such as one that somebody else has deleted meanwhile.
    """
    held, gone = pending(layer), set(drop)
    # Not rollBack(): QGIS would tell everybody that editing is over.
    layer.undoStack().setIndex(0)
    layer.beginEditCommand(title)
    for fid in sorted(held.changed - gone):
        for index, value in held.values.get(fid, {}).items():
            layer.changeAttributeValue(fid, index, value)
        if fid in held.shapes:
            layer.changeGeometry(fid, held.shapes[fid], True)
    for fid in sorted(held.deleted - gone):
        layer.deleteFeature(fid)
    for feature in (*reversed(held.added), *insert):
        layer.addFeature(feature)
    layer.endEditCommand()
    layer.triggerRepaint()


def leave_additions(layer: QgsVectorLayer, held: Pending) -> Pending:
    """Take out of an edit session what has been written to the store already: all but the new rows.

    What tables and maps show is what is stored now.  Returns what is left to save.
    """
    blocked = layer.blockSignals(True)
    selected = set(layer.selectedFeatureIds())
    layer.undoStack().setIndex(0)
    if held.added:
        layer.beginEditCommand("")
        for feature in reversed(held.added):
            before = feature.id()
            layer.addFeature(feature)
            if before in selected:
                selected = selected - {before} | {feature.id()}
        layer.endEditCommand()
    layer.blockSignals(blocked)
    # QGIS and GDAL have counted the rows without knowing of it; reading anew drops the selection.
    layer.dataProvider().reloadData()
    layer.selectByIds(list(selected - held.deleted))
    return pending(layer)


def revived(
    layer: QgsVectorLayer, was: Mapping[str, Any], mine: Mapping[int, Any], shape: QgsGeometry | None
) -> QgsFeature:
    """Return a row that somebody deleted, with my changes, as a new feature.

    `was` is the row as the audit trail has it, `mine` my values by field index, `shape` my geometry if I changed it.
    """
    feature = QgsFeature(layer.fields())
    for index, name in store_indexes(layer.fields()).items():
        feature.setAttribute(index, mine[index] if index in mine else was.get(name))
    feature.setGeometry(shape if shape is not None else from_hex(was.get("geom")))
    return feature


def from_hex(text: str | None) -> QgsGeometry:
    """Return the geometry of an audit entry (hexadecimal WKB), empty for None."""
    geometry = QgsGeometry()
    if text:
        geometry.fromWkb(bytes.fromhex(text))
    return geometry


def fitted(geometry: QgsGeometry, kind: Any) -> QgsGeometry:
    """Return a geometry as a table of this WKB type holds it: single or multi, without Z and M."""
    if geometry.isNull() or geometry.isEmpty():
        return QgsGeometry()
    out = QgsGeometry(geometry)
    if QgsWkbTypes.isCurvedType(out.wkbType()) and not QgsWkbTypes.isCurvedType(kind):
        out = QgsGeometry(out.constGet().segmentize())
    shape = out.get()
    if not QgsWkbTypes.hasZ(kind):
        shape.dropZValue()
    if not QgsWkbTypes.hasM(kind):
        shape.dropMValue()
    if QgsWkbTypes.isMultiType(kind):
        out.convertToMultiType()
    elif out.isMultipart() and out.constGet().numGeometries() == 1:
        out.convertToSingleType()
    return out
