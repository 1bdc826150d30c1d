"""Computes a section whenever its place, its distances or its layers change, without holding up the window.

The network of a river layer is built once, in the background.  A section then takes milliseconds: it is
computed at once where the last one was quick, else in the background, and only the latest wish counts.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from .. import bridge, compat
from ..texts import tr
from . import river_data, tasks
from .river_data import Answer, Place, Wish

if TYPE_CHECKING:
    from datetime import date

    from qgis.core import QgsRectangle

#: While a spin box moves, the section follows in steps of this many milliseconds.
PAUSE_MS = 80
#: The list of features follows when the zone has rested this long.
REST_MS = 150
#: After an edit of the rivers the network is built again once the edits pause.
EDIT_PAUSE_MS = 600
#: Work that lately took longer than this, in seconds, goes to the background.
QUICK_S = 0.06
#: The signals by which a layer tells that what was read of it is no longer so.
_CHANGES = (
    "featureAdded", "featuresDeleted", "geometryChanged", "attributeValueChanged", "afterCommitChanges",
    "afterRollBack", "dataChanged", "dataSourceChanged", "crsChanged", "subsetStringChanged",
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """All that a section depends on."""

    place: Place | None
    wish: Wish
    rivers: QgsVectorLayer | None
    channel: QgsVectorLayer | None = None
    management: QgsVectorLayer | None = None
    dyke: QgsVectorLayer | None = None
    jurisdiction: QgsVectorLayer | None = None
    features: tuple[QgsVectorLayer, ...] = ()
    as_of: date | None = None
    sections: QgsVectorLayer | None = None

    def banks(self) -> dict[str, QgsVectorLayer]:
        """Return the layers that the bank may be measured from."""
        if self.wish.bank_from == "centreline":
            return {}
        named = {"channel": self.channel, "management": self.management, "dyke": self.dyke}
        return {name: layer for name, layer in named.items() if layer is not None}

    def layers(self) -> list[QgsVectorLayer]:
        """Return all layers that the answer rests on."""
        given = [
            self.rivers, self.sections, self.channel, self.management, self.dyke, self.jurisdiction,
            *self.features,
        ]  # fmt: skip
        return [layer for layer in given if layer is not None and not sip.isdeleted(layer)]


class Watch(QObject):
    """Counts the changes of layers, and tells of each."""

    changed = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watched: dict[str, tuple[QgsVectorLayer, Callable[..., None]]] = {}
        self._edits: dict[str, int] = {}

    def follow(self, layers: Iterable[QgsVectorLayer]) -> None:
        """Watch these layers and no others."""
        wanted = {layer.id(): layer for layer in layers}
        for gone in set(self._watched) - set(wanted):
            self.leave(gone)
        for name in set(wanted) - set(self._watched):
            layer = wanted[name]

            def slot(*_: Any, name: str = name) -> None:
                self._edits[name] = self._edits.get(name, 0) + 1
                self.changed.emit(name)

            for signal in _CHANGES:
                getattr(layer, signal).connect(slot)
            self._watched[name] = (layer, slot)

    def stamp(self, layer: QgsVectorLayer) -> tuple[Any, ...]:
        """Return what tells one state of a layer from another."""
        provider = layer.dataProvider()
        return (
            layer.id(), self._edits.get(layer.id(), 0), layer.featureCount(), layer.isModified(),
            provider.dataTimestamp().toMSecsSinceEpoch(), layer.subsetString(), layer.crs().authid(),
        )  # fmt: skip

    def release(self) -> None:
        """Let go of all layers."""
        for name in list(self._watched):
            self.leave(name)

    def leave(self, name: str) -> None:
        """Let go of one layer."""
        layer, slot = self._watched.pop(name, (None, None))
        if layer is None or sip.isdeleted(layer):
            return
        for signal in _CHANGES:
            getattr(layer, signal).disconnect(slot)


class Runner(QObject):
    """Turns requests into answers; the latest request is the only one that counts."""

    #: Something runs in the background: what, and percent done; -1 when it is done or was given up.
    busy = pyqtSignal(str, float)
    #: A layer that is watched has changed (its id).
    layer_changed = pyqtSignal(str)
    #: A zone, before the features in it are known (Answer).
    zoned = pyqtSignal(object)
    #: The zone with its features (Answer).
    listed = pyqtSignal(object)
    #: A sentence that tells what went wrong.
    failed = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._request = Request(None, Wish(), None)
        self._generation = 0
        self._network: tuple[Any, Any] | None = None
        self._building: tuple[Any, tasks.Work] | None = None
        self._running: tasks.Work | None = None
        self._banks: dict[str, tuple[Any, QgsRectangle, Any]] = {}
        self._union: tuple[Any, Any] | None = None
        self._last: dict[str, float] = {}
        self._watch = Watch(self)
        self._watch.changed.connect(self._layer_changed)
        self._timer = self._single_shot(self._zone)
        self._rest = self._single_shot(self._list)
        self._zoned: Answer | None = None
        self._used_banks: dict[str, Any] = {}

    def _single_shot(self, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(slot)
        return timer

    # --- what the panel calls -------------------------------------------------------------------------------

    @property
    def request(self) -> Request:
        """The request that counts."""
        return self._request

    @property
    def resting(self) -> bool:
        """Whether nothing is computed, built or waited for."""
        waiting = self._timer.isActive() or self._rest.isActive()
        return not waiting and self._running is None and self._building is None

    @property
    def network(self) -> Any:
        """The network as last built and still true, else None."""
        layer = self._request.rivers
        if layer is None or sip.isdeleted(layer) or self._network is None:
            return None
        return self._network[1] if self._network[0] == self._stamp() else None

    def ask(self, request: Request, pause: int = PAUSE_MS) -> None:
        """Compute this from now on, after a pause in which newer requests replace it."""
        self._request = request
        self._watch.follow(request.layers())
        self._give_up()
        if request.rivers is None:
            self._stop_building()
        self._timer.start(pause)

    def prepare(self, request: Request) -> None:
        """Build the network for a request to come."""
        self._request = request
        self._watch.follow(request.layers())
        if request.rivers is not None and self.network is None:
            self._build()

    def cancel(self) -> None:
        """Give up what is running."""
        self._give_up()
        self._stop_building()

    def release(self) -> None:
        """Stop everything and let go of the layers."""
        self.cancel()
        self._timer.stop()
        self._rest.stop()
        self._watch.release()
        self._network = self._union = self._zoned = None
        self._banks, self._used_banks = {}, {}
        self._request = Request(None, Wish(), None)

    # --- layers that change -----------------------------------------------------------------------------------

    def _stamp(self) -> tuple[Any, ...]:
        return (*self._watch.stamp(self._request.rivers), self._request.wish.reverse)

    def _layer_changed(self, name: str) -> None:
        """Something that was read is no longer so."""
        rivers = self._request.rivers
        if rivers is not None and not sip.isdeleted(rivers) and rivers.id() == name:
            self._network = None
            self._stop_building()
            self._timer.start(EDIT_PAUSE_MS)
        elif self._request.place is not None:
            self._timer.start(EDIT_PAUSE_MS)
        self._give_up(keep_timer=True)
        self.layer_changed.emit(name)

    def forget(self, names: Iterable[str]) -> None:
        """Drop what was read of layers that are about to go."""
        gone = set(names)
        for name in gone:
            self._watch.leave(name)
        if self._network is not None and self._network[0][0] in gone:
            self._network = None
        if self._building is not None and self._building[0][0] in gone:
            self._stop_building()
        if any(layer.id() in gone for layer in self._request.layers()):
            self.cancel()
            self._timer.stop()
            self._request = Request(None, self._request.wish, None)

    # --- the network --------------------------------------------------------------------------------------------

    def _build(self) -> None:
        stamp = self._stamp()
        if self._building is not None:
            if self._building[0] == stamp:
                return
            self._stop_building()
        reader, reverse = bridge.LayerReader(self._request.rivers), self._request.wish.reverse

        def built(network: Any) -> None:
            self._building = None
            self._network = (stamp, network)
            self.busy.emit("", -1.0)
            # An edit meanwhile makes another one necessary.
            self._timer.start(0)

        def failed(said: str) -> None:
            self._building = None
            self.busy.emit("", -1.0)
            self.failed.emit(said)

        title = tr("Building the river network")
        task = tasks.Work(
            title,
            lambda progress: river_data.build_network(reader, reverse, progress),
            built,
            failed,
        )
        self._building = (stamp, task)
        self._tell_progress(task, title)
        tasks.start_or_run(task)

    def _stop_building(self) -> None:
        if self._building is None:
            return
        _, task = self._building
        self._building = None
        task.cancel()
        self.busy.emit("", -1.0)

    def _tell_progress(self, task: tasks.Work, title: str) -> None:
        """Report how far a task is, as long as it is the one that counts."""

        def tell(percent: float) -> None:
            if task is self._running or (self._building is not None and task is self._building[1]):
                self.busy.emit(title, percent)

        task.progressChanged.connect(tell)
        self.busy.emit(title, 0.0)

    # --- zone, then list ------------------------------------------------------------------------------------------

    def _give_up(self, keep_timer: bool = False) -> None:
        self._generation += 1
        self._rest.stop()
        if not keep_timer:
            self._timer.stop()
        if self._running is not None:
            running, self._running = self._running, None
            running.cancel()
            self.busy.emit("", -1.0)

    def _zone(self) -> None:
        request = self._request
        if request.rivers is None or sip.isdeleted(request.rivers) or not request.rivers.isValid():
            return
        network = self.network
        if network is None:
            self._build()
            return
        place, wish = request.place, request.wish
        if place is None:
            return
        self._give_up()
        readers = self._bank_readers(request, place)

        def read_bank(name: str, stamp: Any, box: QgsRectangle, reader: Any, frame: Any) -> Any:
            if frame is None:
                frame = river_data.read(reader)
                self._banks[name] = (stamp, box, frame)
            return frame

        def work(progress: Any) -> Any:
            banks = {name: read_bank(name, *given) for name, given in readers.items()}
            there, rivers = river_data.resolve(network, place)
            result = river_data.control(network, there, wish, banks, request.as_of, progress)
            return Answer(result, there, rivers), banks

        def done(answer: tuple[Answer, Any]) -> None:
            self._zoned, self._used_banks = answer
            self.zoned.emit(self._zoned)
            self._rest.start(REST_MS)

        self._go("zone", tr("Drawing the control zone"), work, done)

    def _list(self) -> None:
        request, zoned, network = self._request, self._zoned, self.network
        if zoned is None or network is None:
            return
        if not zoned.has_zone:
            self.listed.emit(zoned)
            return
        wish, banks = request.wish, self._used_banks
        context = QgsProject.instance().transformContext()
        box = river_data.widened(zoned.result.zone.total_bounds, river_data.slack(network, wish))
        readers = [
            (name, layer.id(), river_data.near(layer, box, context))
            for name, layer in river_data.table_names(
                [one for one in request.features if not sip.isdeleted(one)]
            )
        ]
        within = request.jurisdiction
        stamp = None if within is None or sip.isdeleted(within) else self._watch.stamp(within)
        whole = None if stamp is None else bridge.LayerReader(within)

        def work(progress: Any) -> Answer:
            frames, found = {}, {}
            for name, layer_id, reader in readers:
                frames[name], fids = river_data.read_features(name, reader)
                found.update({(name, uid): (layer_id, fid) for uid, fid in fids.items()})
            if self._union is None or self._union[0] != stamp:
                self._union = (stamp, None if whole is None else river_data.united(river_data.read(whole)))
            result = river_data.control(
                network, zoned.place, wish, banks, request.as_of, progress, frames, self._union[1]
            )
            return Answer(result, zoned.place, zoned.rivers, found, frames)

        self._go("list", tr("Listing the features in the control zone"), work, self.listed.emit)

    def _bank_readers(self, request: Request, place: Place) -> dict[str, tuple[Any, QgsRectangle, Any, Any]]:
        """Return name -> (stamp, box, reader, frame if read already) of what the bank may be measured from."""
        wish = request.wish
        box = river_data.box_around(place.lon, place.lat, wish.span + wish.bank + place.reach + 1000.0)
        context = QgsProject.instance().transformContext()
        found = {}
        for name, layer in request.banks().items():
            stamp = self._watch.stamp(layer)
            kept = self._banks.get(name)
            if kept is not None and kept[0] == stamp and kept[1].contains(box):
                found[name] = (stamp, kept[1], None, kept[2])
            else:
                found[name] = (stamp, box, river_data.near(layer, box, context), None)
        return found

    def _go(self, step: str, title: str, work: Callable[[Any], Any], done: Callable[[Any], None]) -> None:
        """Do one step here or in the background; an answer that is no longer wanted is dropped."""
        generation = self._generation
        # Twice the river takes about twice as long.
        size = self._request.wish.span + self._request.wish.bank
        expected = self._last[step] * size if step in self._last else QUICK_S

        def timed(progress: Any) -> Any:
            begun = time.monotonic()
            answer = work(progress)
            self._last[step] = (time.monotonic() - begun) / size
            return answer

        def finish(answer: Any) -> None:
            if generation == self._generation:
                self._running = None
                self.busy.emit("", -1.0)
                done(answer)

        def failed(said: str) -> None:
            if generation == self._generation:
                self._running = None
                self.busy.emit("", -1.0)
                self.failed.emit(said)

        task = tasks.Work(title, timed, finish, failed, quiet=True)
        self._running = task
        if expected < QUICK_S or not compat.threads_are_safe():
            task.finished(task.run())
        else:
            self._tell_progress(task, title)
            tasks.start(task)
