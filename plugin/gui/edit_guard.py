"""Keeps two editors of one map from overwriting each other: compares row versions whenever QGIS saves.

A plugin cannot forbid a save (QGIS keeps `setAllowCommit` from Python).  What it can do is hold out to QGIS, for
this one attempt, a new feature whose kind of geometry the layer cannot take: QGIS checks that before it writes
anything, refuses, and the feature is gone again without a trace in the undo steps.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qgis.core import Qgis, QgsFeature, QgsGeometry, QgsProject, QgsVectorLayer, QgsWkbTypes
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QPushButton

from ..engine.errors import EnvZonesError
from ..project import editing, editing_store
from ..project.editing_store import CHANGED, Clash
from ..texts import tr

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from .edit_conflict import ConflictDialog

#: Layers with more rows are not read when editing begins; each row's version is read when it is first touched.
MANY = 50_000


class EditGuard(QObject):
    """Watches every layer of the project that is a table of a one map, while the plugin is loaded."""

    #: A layer was saved (its id).
    saved = pyqtSignal(str)

    def __init__(self, iface: QgisInterface, project: QgsProject | None = None) -> None:
        super().__init__()
        self._iface = iface
        self._project = QgsProject.instance() if project is None else project
        self._watches: dict[str, Watch] = {}
        self._dialog: ConflictDialog | None = None
        self._waiting: list[Watch] = []
        self._project.layersAdded.connect(self._attach_all)
        self._project.layersWillBeRemoved.connect(self._detach_all)
        self._attach_all(list(self._project.mapLayers().values()))

    def release(self) -> None:
        """Let go of all layers and of the project."""
        self._project.layersAdded.disconnect(self._attach_all)
        self._project.layersWillBeRemoved.disconnect(self._detach_all)
        self._waiting = []
        if self._dialog is not None and not sip.isdeleted(self._dialog):
            self._dialog.reject()
        self._detach_all(list(self._watches))

    def watching(self) -> list[str]:
        """Return the ids of the layers under watch."""
        return list(self._watches)

    @property
    def dialog(self) -> ConflictDialog | None:
        """The question that is open, if one is."""
        return self._dialog

    def _attach_all(self, layers: list[Any]) -> None:
        for layer in layers:
            if layer.id() not in self._watches and editing.is_stored(layer):
                watch = Watch(layer, self)
                watch.clashed.connect(partial(self._clashed, watch))
                watch.failed.connect(self._failed)
                watch.saved.connect(self.saved)
                self._watches[layer.id()] = watch

    def _detach_all(self, names: Any) -> None:
        for name in names:
            watch = self._watches.pop(str(name), None)
            if watch is not None:
                if watch in self._waiting:
                    self._waiting.remove(watch)
                if self._dialog is not None and self._dialog.watch is watch:
                    self._dialog.reject()
                watch.release()
                watch.deleteLater()

    def _failed(self, said: str) -> None:
        self._drop_qgis_message()
        self._iface.messageBar().pushMessage("EnvZones", said, Qgis.MessageLevel.Critical, 0)

    def _clashed(self, watch: Watch) -> None:
        """Tell what happened, and ask what to do, one layer after the other."""
        self._drop_qgis_message()
        bar = self._iface.messageBar()
        said = headline(watch.layer, watch.clashes)
        if hasattr(bar, "createMessage"):
            item = bar.createMessage("EnvZones", said)
            button = QPushButton(tr("Compare…"))
            button.clicked.connect(lambda _=False: self._ask(watch))
            item.layout().addWidget(button)
            bar.pushWidget(item, Qgis.MessageLevel.Warning, 0)
        else:
            bar.pushMessage("EnvZones", said, Qgis.MessageLevel.Warning, 0)
        self._ask(watch)

    def _ask(self, watch: Watch) -> None:
        if sip.isdeleted(watch) or not watch.clashes:
            return
        if self._dialog is not None:
            if watch is not self._dialog.watch and watch not in self._waiting:
                self._waiting.append(watch)
            return
        from .edit_conflict import ConflictDialog

        try:
            self._dialog = ConflictDialog(watch, self._iface)
        except EnvZonesError as error:
            self._failed(str(error))
            return
        self._dialog.finished.connect(self._answered)
        self._dialog.open()

    def _answered(self, _result: int) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.deleteLater()
        if self._waiting:
            self._ask(self._waiting.pop(0))

    def _drop_qgis_message(self) -> None:
        """Take QGIS's own words on the refused feature off the screen: ours say what is the matter."""
        bar = self._iface.messageBar()
        item = bar.currentItem() if hasattr(bar, "currentItem") else None
        if item is not None and item.level() == Qgis.MessageLevel.Warning and item.title() != "EnvZones":
            bar.popWidget(item)


class Watch(QObject):
    """One layer under watch: which version of each row was read, and what clashes when it is saved."""

    clashed = pyqtSignal()
    failed = pyqtSignal(str)
    saved = pyqtSignal(str)

    def __init__(self, layer: QgsVectorLayer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.layer = layer
        #: Rows that somebody else changed, after a save was refused.
        self.clashes: list[Clash] = []
        #: Whether the user meant to end editing with the save that was refused.
        self.stop = False
        self._known: dict[int, tuple[int, int | None, str]] = {}
        self._lazy = False
        self._vetoed = False
        self._stamped = False
        self._store = editing_store.store_of(layer)
        self._said = ""
        for signal, slot in self._signals():
            signal.connect(slot)
        if layer.isEditable():
            self._take()

    def _signals(self) -> list[tuple[Any, Any]]:
        layer = self.layer
        return [
            (layer.editingStarted, self._take),
            (layer.editingStopped, self._forget),
            (layer.beforeCommitChanges, self._before),
            (layer.afterCommitChanges, self._after),
            (layer.attributeValueChanged, self._touched),
            (layer.geometryChanged, self._touched),
            (layer.featureDeleted, self._touched),
        ]

    def release(self) -> None:
        """Let go of the layer."""
        if not sip.isdeleted(self.layer):
            for signal, slot in self._signals():
                signal.disconnect(slot)
            self._unveto()
        self.clashes = []

    # --- what was read ------------------------------------------------------------------------------------------

    def _take(self) -> None:
        self.clashes = []
        self._lazy = self.layer.dataProvider().featureCount() > MANY
        self._known = {} if self._lazy else editing.versions(self.layer)

    def _forget(self) -> None:
        self._known, self.clashes, self._lazy = {}, [], False

    def _touched(self, fid: int, *_: Any) -> None:
        if self._lazy and fid >= 0 and fid not in self._known:
            self._known.update(editing.versions(self.layer, [fid]))

    # --- saving -------------------------------------------------------------------------------------------------

    def _before(self, stop: bool = True) -> None:
        """Compare versions before QGIS writes; QGIS calls this in the middle of its save."""
        held = editing.pending(self.layer)
        if not held or self._vetoed:
            return
        self.stop, self.clashes, self._said = stop, [], ""
        try:
            self.clashes = self._save(held)
        except EnvZonesError as error:
            self._said = str(error)
        if self.clashes or self._said:
            self._veto()
        else:
            if self._store.writes and (held.changed or held.deleted):
                held = editing.leave_additions(self.layer, held)
            self._stamp(held)
        QTimer.singleShot(0, self._settle)

    def _save(self, held: editing.Pending) -> list[Clash]:
        found = self._store.save(held, self._known, editing.user_name())
        # Both deleted the row: nobody's work is lost.
        both = [one.feature for one in found if one.deleted and one.mine_deleted]
        if both and len(both) == len(found):
            editing.rebase(self.layer, tr("Reread rows"), both)
            return self._store.save(editing.pending(self.layer), self._known, editing.user_name())
        return found

    def _stamp(self, held: editing.Pending) -> None:
        """Write into the edit session what the database cannot know: the version read, and who adds rows."""
        layer, fields = self.layer, self.layer.fields()
        who = editing.user_name()
        added = held.added if self._store.writes and who else []
        changed = set() if self._store.writes else held.changed
        self._stamped = bool(added or changed)
        if not self._stamped:
            return
        layer.beginEditCommand(tr("Version and editor"))
        moment = editing_store.now()
        for feature in added:
            layer.changeAttributeValue(feature.id(), fields.indexOf(editing.EDITOR), who)
            layer.changeAttributeValue(feature.id(), fields.indexOf(editing.EDITED), moment)
        for fid in changed:
            if fid in self._known and self._known[fid][1] is not None:
                layer.changeAttributeValue(fid, fields.indexOf(editing.VERSION), self._known[fid][1])
        layer.endEditCommand()

    def _after(self) -> None:
        """Start anew from what is stored now."""
        self._stamped = False
        self._take()
        self.saved.emit(self.layer.id())

    def _settle(self) -> None:
        """Once QGIS is done with its attempt: put things back, and tell what is the matter."""
        if sip.isdeleted(self) or sip.isdeleted(self.layer):
            return
        vetoed = self._vetoed
        self._unveto()
        if vetoed and self.clashes:
            self.clashed.emit()
        elif vetoed:
            self.failed.emit(self._said)
        elif self.layer.isEditable() and self.layer.isModified():
            self._refused()

    def _refused(self) -> None:
        """QGIS's save failed after all; perhaps somebody was faster by the blink of an eye."""
        if self._stamped:
            self._stamped = False
            editing.drop_last_command(self.layer)
        said = " ".join(self.layer.commitErrors())
        there = editing.versions(self.layer, self._known)
        if CHANGED not in said:
            # Rows that were written before the failure have new versions, and they are ours.
            written = set(self._known) - editing.pending(self.layer).changed
            self._known.update({fid: there[fid] for fid in written if fid in there})
            return
        held = editing.pending(self.layer)
        now = {row: (version, "", "") for row, version, _ in there.values()}
        self.clashes = editing_store.clashes(held, self._known, now)
        table = editing.table(self.layer)
        for number, clash in enumerate(self.clashes):
            entries = self._store.history(table, row=clash.row, limit=1)
            if entries:
                who, at = entries[0].who, entries[0].at
                self.clashes[number] = Clash(
                    clash.feature, clash.row, clash.uid, clash.read, clash.version, who, at, clash.mine_deleted
                )
        if self.clashes:
            self.clashed.emit()

    # --- the veto -----------------------------------------------------------------------------------------------

    def _veto(self) -> None:
        """Make QGIS refuse this save before it writes anything; see the module's text."""
        layer = self.layer
        feature = QgsFeature(layer.fields())
        point = layer.geometryType() == QgsWkbTypes.GeometryType.PointGeometry
        feature.setGeometry(QgsGeometry.fromWkt("Polygon((0 0, 1 0, 1 1, 0 0))" if point else "Point(0 0)"))
        # Attribute tables, snapping and the map need not hear of it.
        blocked = layer.blockSignals(True)
        layer.beginEditCommand(tr("Save"))
        layer.addFeature(feature)
        layer.blockSignals(blocked)
        self._vetoed = True

    def _unveto(self) -> None:
        if not self._vetoed:
            return
        self._vetoed = False
        if self.layer.isEditable():
            blocked = self.layer.blockSignals(True)
            self.layer.destroyEditCommand()
            self.layer.blockSignals(blocked)

    # --- answers ------------------------------------------------------------------------------------------------

    def history(self, clash: Clash) -> list[editing_store.Entry]:
        """Return what others did to a row since it was read, the latest first."""
        entries = self._store.history(editing.table(self.layer), row=clash.row, limit=50)
        # Each content change raises the version by one.
        since = max((clash.version or 0) - (clash.read or 0), 1) if not clash.deleted else len(entries)
        return entries[:since]

    def resolve(self, mine: dict[int, bool]) -> bool:
        """Save again; `mine` says of each clashing feature whether my edit is kept. True if it was saved."""
        layer, held = self.layer, editing.pending(self.layer)
        drop, insert = [], []
        for clash in self.clashes:
            keep = mine.get(clash.feature, False)
            if clash.deleted:
                drop.append(clash.feature)
                if keep and not clash.mine_deleted:
                    insert.append(self._revived(clash, held))
            elif keep:
                self._known[clash.feature] = (clash.row, clash.version, clash.uid)
            else:
                drop.append(clash.feature)
        if drop:
            editing.rebase(layer, tr("Keep theirs"), drop, insert)
        self._known.update(editing.versions(layer, drop))
        self.clashes = []
        if not layer.isModified():
            if self.stop:
                layer.commitChanges(True)
            self._take()
            return True
        return layer.commitChanges(self.stop)

    def _revived(self, clash: Clash, held: editing.Pending) -> QgsFeature:
        was = next((e.before for e in self.history(clash) if e.action == "delete" and e.before), {})
        return editing.revived(self.layer, was, held.values.get(clash.feature, {}), held.shapes.get(clash.feature))


def headline(layer: QgsVectorLayer, found: list[Clash]) -> str:
    """Say in one sentence who changed what and when."""
    first = found[0]
    who = first.who or tr("another program")
    did = tr("deleted") if first.deleted else tr("changed")
    said = tr("Not saved: {who} {did} row {row} of {layer} at {at}, after you began to edit it.").format(
        who=who, did=did, row=name_of(layer, first), layer=layer.name(), at=local_time(first.at)
    )
    if len(found) > 1:
        said += " " + tr("{n} more rows like it.").format(n=len(found) - 1)
    return said


def name_of(layer: QgsVectorLayer, clash: Clash) -> str:
    """Return how a row is called: its name, else its uid, else its number."""
    feature = layer.getFeature(clash.feature)
    if feature.isValid() and feature.fields().indexOf("name") >= 0:
        name = feature.attribute("name")
        if not editing.is_null(name) and str(name).strip():
            return str(name)
    return clash.uid or str(clash.row)


def local_time(at: str) -> str:
    """Return a time of the audit trail (UTC) in local time."""
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(at.rstrip("!").replace("Z", "+00:00"))
    except ValueError:
        return at
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")
