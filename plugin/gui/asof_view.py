"""Keeps the map's layers filtered to the project's day while that is wished for, a layer at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..project import asof, source
from ..texts import tr
from . import tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .desk_state import DeskState


#: A file that another thread reads may have to be opened again for a filter: so often, after so many milliseconds.
_TRIES, _TRY_MS = 25, 200
#: Reading so often without a fault, it is calm.
_CALM = 5


class AsOfView(QObject):
    """Follows the desk's state; filters live in the layers and are saved with them.

    A layer cannot change its filter while it is edited, and editing must see all rows: its filter goes as editing
    starts and comes back as it stops.

    Signals
    -------
    changed : the switch, the layers left alone, or what went wrong
    """

    changed = pyqtSignal()

    def __init__(self, state: DeskState) -> None:
        super().__init__(state)
        self._state = state
        self._project: QgsProject = state.project
        self._asked = 0
        self._version = ("", "")
        self._tables: tuple[str, ...] = ()
        self._queue: list[tuple[QgsVectorLayer, str]] = []
        self._watched: dict[str, QgsVectorLayer] = {}
        #: The layers that were opened anew and not yet seen to be readable.
        self._touched: set[str] = set()
        self._tries = 0
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_TRY_MS)
        self._again.timeout.connect(self._settle)
        #: What went wrong, in a sentence.
        self.problem = ""
        self._step = QTimer(self)
        self._step.setInterval(0)
        self._step.timeout.connect(self._next)
        for signal, slot in self._signals():
            signal.connect(slot)
        self.refresh()

    @classmethod
    def of(cls, state: DeskState) -> AsOfView:
        """Return the one view that follows a state; it goes when the state does."""
        found = state.findChild(cls)
        return found if found is not None else cls(state)

    def _signals(self) -> list[tuple[Any, Any]]:
        state, project = self._state, self._project
        again = (state.project_changed, state.settings_changed, project.layersAdded, project.layersRemoved)
        return [*((signal, self.refresh) for signal in again), (state.map_changed, self._map_changed)]

    def release(self) -> None:
        """Let go of the project; filters stay as they are saved with it."""
        if self.parent() is None:
            return
        self.setParent(None)
        self._asked += 1
        self._step.stop()
        self._again.stop()
        self._queue = []
        for signal, slot in self._signals():
            signal.disconnect(slot)
        for name in list(self._watched):
            self._leave(name)

    @property
    def on(self) -> bool:
        """Whether the map is shown as of its day."""
        return asof.is_shown(self._project)

    @property
    def busy(self) -> bool:
        """Whether layers are still to be filtered."""
        return self.left > 0

    @property
    def left(self) -> int:
        """How many layers are still to be filtered."""
        return len(self._queue)

    @property
    def settling(self) -> bool:
        """Whether the file is still to be left as layers can read it."""
        return self._again.isActive()

    @property
    def hidden_in(self) -> list[str]:
        """The names of the layers that hide features now."""
        return [layer.name() for layer in self._layers() if asof.filtered(layer)]

    @property
    def left_alone(self) -> list[str]:
        """The names of the layers that would be filtered but are being edited."""
        if not self.on:
            return []
        return [
            layer.name()
            for table, layer in self._pairs()
            if layer.isEditable() and table in self._tables and not asof.filtered(layer)
        ]

    def set_on(self, on: bool) -> None:
        """Show the map as of its day, or all of it."""
        if on != self.on:
            asof.set_shown(self._project, on)
            self.refresh()
            self.changed.emit()

    def _version_now(self) -> tuple[str, str]:
        stamp = self._state.stamp
        return (str(self._state.path), stamp[0] if stamp else "")

    def _map_changed(self) -> None:
        """Follow what was stored; edits that are not saved hide nothing."""
        if not self._version[1] or self._version != self._version_now():
            self.refresh()

    def refresh(self, *_: Any) -> None:
        """Ask which tables hide anything on the day, then filter their layers."""
        self._asked += 1
        asked, path, day = self._asked, self._state.path, self._state.day
        self._watch()
        self._version = self._version_now()
        if path is None or not self.on:
            self.problem = ""
            self._filter(())
            return

        def found(tables: list[str]) -> None:
            if not sip.isdeleted(self) and asked == self._asked:
                self.problem = ""
                self._filter(tuple(tables))

        def failed(said: str) -> None:
            if not sip.isdeleted(self) and asked == self._asked:
                self.problem = said
                self.changed.emit()

        title = tr("Showing the map as of a day")
        tasks.start(tasks.Work(title, lambda _progress: asof.hiding(path, day), found, failed, quiet=True))

    def _filter(self, tables: tuple[str, ...]) -> None:
        self._tables = tables
        path = self._state.path
        day = self._state.day if self.on else None
        self._queue = [] if path is None else asof.to_do(self._project, path, day, tables)
        if self._queue:
            self._step.start()
        self.changed.emit()

    def _next(self) -> None:
        """Filter one layer; the window goes on between two."""
        if not self._queue:
            self._step.stop()
            self._tries = 0
            self._again.start()
            self.changed.emit()
            return
        layer, wanted = self._queue.pop(0)
        if sip.isdeleted(layer) or layer.isEditable():
            return
        if not self._set(layer, wanted):
            self.problem = tr("Layer {name} takes no filter; it shows all features.").format(name=layer.name())
        self.changed.emit()

    def _set(self, layer: QgsVectorLayer, wanted: str) -> bool:
        """Filter without marking the project as changed: the switch is what was changed."""
        changed = self._project.isDirty()
        done = asof.filter_layer(layer, wanted)
        self._touched.add(layer.id())
        self._project.setDirty(changed)
        return done

    def _settle(self) -> None:
        """See to it that all layers can be read, once nobody else reads the file."""
        path, layers = self._state.path, self._layers()
        if path is None or self._queue or any(layer.isEditable() for layer in layers):
            return
        self._tries += 1
        # Where QGIS itself holds the file, it stays as it is and can be opened again as it is.
        out = asof.leave_log(path)
        unread = [layer for layer in layers if layer.id() in self._touched and not asof.is_readable(layer)]
        for layer in unread:
            layer.dataProvider().reloadData()
            layer.triggerRepaint()
        left = [layer for layer in unread if not asof.is_readable(layer)]
        if not left and (out or self._tries >= _CALM):
            self._touched.clear()
        elif self._tries < _TRIES:
            self._again.start()
        else:
            names = ", ".join(layer.name() for layer in left)
            self.problem = tr("{layers} cannot be read now; press Reload.").format(layers=names)
            self.changed.emit()

    # --- editing --------------------------------------------------------------------------------------------

    def _pairs(self) -> Iterator[tuple[str, QgsVectorLayer]]:
        path = self._state.path
        return iter(()) if path is None else source.each_map_layer(self._project, path)

    def _layers(self) -> list[QgsVectorLayer]:
        return [layer for _, layer in self._pairs()]

    def _watch(self) -> None:
        wanted = {layer.id(): layer for layer in self._layers()}
        for gone in set(self._watched) - set(wanted):
            self._leave(gone)
        for name in set(wanted) - set(self._watched):
            wanted[name].beforeEditingStarted.connect(self._editing_starts)
            wanted[name].editingStopped.connect(self._editing_stopped)
            self._watched[name] = wanted[name]

    def _leave(self, name: str) -> None:
        layer = self._watched.pop(name)
        if not sip.isdeleted(layer):
            layer.beforeEditingStarted.disconnect(self._editing_starts)
            layer.editingStopped.disconnect(self._editing_stopped)

    def _editing_starts(self) -> None:
        layer = self.sender()
        if asof.filtered(layer):
            self._queue = [(one, wanted) for one, wanted in self._queue if one is not layer]
            self._set(layer, "")
            self.changed.emit()

    def _editing_stopped(self) -> None:
        # What was committed may have changed which rows count.
        QTimer.singleShot(0, self._after_editing)

    def _after_editing(self) -> None:
        if not sip.isdeleted(self):
            self.refresh()
