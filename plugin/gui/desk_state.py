"""What the pages of the desk share: the project's one map, its day and rulebooks, and the news of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from qgis.core import Qgis, QgsMessageLog, QgsProject, QgsVectorLayer
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..engine.errors import InputError
from ..engine.location import Location
from ..project import settings, source
from ..texts import language
from . import tasks

#: Changes of a project come in bursts; the desk follows once they are over.
PAUSE_MS = 150
#: A shared map changes without telling; this often the server is asked.
_ASK_MS = 30_000
#: While others read the map's file it is looked at again, so often at most.
_TRY_MS, _MOST_TRIES = 1000, 60
#: The signals by which a layer tells that its rows are other ones.
_CHANGES = ("afterCommitChanges", "afterRollBack", "editingStopped", "featureAdded", "featureDeleted",
            "geometryChanged", "attributeValueChanged")  # fmt: skip


class DeskState(QObject):
    """Follows the open project for all pages; nothing here reads a layer.

    Signals
    -------
    project_changed : another project was opened, or this one closed; what a page keeps is that of another project
    map_changed : another one map, none any more, or other rows in it
    settings_changed : the day, the rulebooks, the working distances
    results_changed : layers of results were added or removed
    """

    project_changed = pyqtSignal()
    map_changed = pyqtSignal()
    settings_changed = pyqtSignal()
    results_changed = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project = QgsProject.instance()
        self.lang = language()
        self._version = ""
        self._asked = 0
        self._other = False
        self._tries = 0
        self._watched: dict[str, QgsVectorLayer] = {}
        self._seen: tuple[Any, ...] = ()
        self._results: frozenset[str] = frozenset()
        self._settings: tuple[Any, ...] = ()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self.refresh)
        self._clock = QTimer(self)
        self._clock.setInterval(_ASK_MS)
        self._clock.timeout.connect(self.refresh)
        for signal, slot in self._signals():
            signal.connect(slot)
        self.path: Path | Location | None = None
        self.refresh()

    def _signals(self) -> list[tuple[Any, Any]]:
        project = self.project
        later = (project.layersAdded, project.layersRemoved, project.projectSaved)
        return [
            (project.readProject, self._another),
            (project.cleared, self._another),
            (project.writeProject, self._saving),
            *((signal, self._later) for signal in later),
        ]

    # --- what holds now -----------------------------------------------------------------------------------

    @property
    def day_set(self) -> date | None:
        """The day set in the project, or None."""
        return settings.as_of(self.project)

    @property
    def day(self) -> date:
        """The day that counts: the project's, else today."""
        return self.day_set or date.today()

    @property
    def books(self) -> list[str]:
        """The ids of the rulebooks chosen for the project."""
        return settings.rulebooks(self.project)

    @property
    def working(self) -> dict[str, float]:
        """The office's own distances in metres, by name."""
        return settings.working(self.project)

    @property
    def stamp(self) -> tuple[Any, ...]:
        """What tells one content of the map from another, unsaved edits included; empty while it is not known.

        Where the map lies is no part of it: a folder may be moved.
        """
        if self.path is None or not self._version:
            return ()
        from ..project import version

        return (self._version, version.unsaved(self.project, self.path))

    def about(self) -> dict[str, str]:
        """Return what a result made now rests on, for :mod:`..project.outcome`."""
        if self.path is None:
            return {}
        from ..project import outcome

        return outcome.about(self.path, self.stamp, self.day, self.books, self.working)

    # --- changing it --------------------------------------------------------------------------------------

    def set_day(self, day: date | None) -> None:
        """Let the project speak of another day; None is today, whenever it is opened."""
        if day != self.day_set:
            settings.set_as_of(self.project, day)
            self.project.setDirty(True)
            self._tell_settings()

    def set_books(self, ids: list[str]) -> None:
        """Choose the rulebooks."""
        if ids != self.books:
            settings.set_rulebooks(self.project, ids)
            self._tell_settings()

    def set_working(self, distances: Mapping[str, float]) -> None:
        """Set the office's own distances."""
        if dict(distances) != self.working:
            settings.set_working(self.project, dict(distances))
            self._tell_settings()

    def kept(self, page: str) -> dict[str, Any]:
        """Return what a page remembers in this project."""
        return settings.page_state(self.project, page)

    def keep(self, page: str, what: Mapping[str, Any]) -> None:
        """Remember it; saved with the project, without asking to save."""
        settings.set_page_state(self.project, page, dict(what))

    # --- following ----------------------------------------------------------------------------------------

    def _later(self, *_: Any) -> None:
        self._timer.start()

    def _another(self, *_: Any) -> None:
        self._other = True
        self._timer.start()

    def _saving(self, *_: Any) -> None:
        """Let results that lie in a temporary folder lie beside the project from now on."""
        from ..project import outcome

        for said in outcome.bring_along(self.project):
            QgsMessageLog.logMessage(said, "EnvZones", Qgis.MessageLevel.Warning)

    def settle(self) -> None:
        """Follow changes at once that wait for the burst to be over."""
        if self._timer.isActive():
            self._timer.stop()
            self.refresh()

    def refresh(self) -> None:
        """Look at the project as it is now, and tell what became other."""
        self.path = settings.onemap_path(self.project)
        if self._other:
            self._other = False
            settings.begin(self.project)
            self.project_changed.emit()
        self._watch()
        self._leave_log()
        self._read_version()
        self._tell_map()
        self._tell_settings()
        results = frozenset(
            name
            for name, layer in self.project.mapLayers().items()
            if layer.customProperty("envzones/made") or layer.customProperty("envzones/result")
        )
        if results != self._results:
            self._results = results
            self.results_changed.emit()

    def _leave_log(self) -> None:
        """Take the map's file out of the mode in which an edit left it, once nobody edits or reads it.

        Where editing ends while a check reads the file, QGIS cannot do so itself, and its layers would draw nothing.
        """
        layers = [layer for layer in self._watched.values() if not sip.isdeleted(layer)]
        if self.path is None or any(layer.isEditable() for layer in layers):
            return
        from ..project import asof

        if not asof.leave_log(self.path) and self._tries < _MOST_TRIES:
            self._tries += 1
            QTimer.singleShot(_TRY_MS, self._later)
        else:
            self._tries = 0

    def _read_version(self) -> None:
        shared = self.path is not None and source.location(self.path).path is None
        if shared != self._clock.isActive():
            self._clock.start() if shared else self._clock.stop()
        if self.path is None:
            self._version = ""
        elif shared:
            self._ask_server(self.path)
        else:
            from ..project import version

            try:
                self._version = version.version(self.path)
            except InputError:
                # The page that reads the map says what is wrong with it.
                self._version = ""

    def _ask_server(self, path: Path | Location) -> None:
        self._asked += 1
        asked = self._asked

        def answered(found: str) -> None:
            if not sip.isdeleted(self) and asked == self._asked:
                self._version = found
                self._tell_map()

        def silent(_said: str) -> None:
            answered("")

        from ..project import version

        tasks.start(tasks.Work("", lambda _progress: version.version(path), answered, silent, quiet=True))

    def _tell_map(self) -> None:
        seen = (str(self.path or ""), self.stamp)
        if seen != self._seen:
            self._seen = seen
            self.map_changed.emit()

    def _tell_settings(self) -> None:
        now = (self.day_set, tuple(self.books), tuple(sorted(self.working.items())))
        if now != self._settings:
            self._settings = now
            self.settings_changed.emit()

    def _watch(self) -> None:
        """Follow the edits of the map's layers."""
        found = {} if self.path is None else source.map_layers(self.project, self.path)
        wanted = {layer.id(): layer for layer in found.values()}
        for gone in set(self._watched) - set(wanted):
            self._leave(gone)
        for name in set(wanted) - set(self._watched):
            for signal in _CHANGES:
                getattr(wanted[name], signal).connect(self._later)
            self._watched[name] = wanted[name]

    def _leave(self, name: str) -> None:
        layer = self._watched.pop(name)
        if not sip.isdeleted(layer):
            for signal in _CHANGES:
                getattr(layer, signal).disconnect(self._later)

    def release(self) -> None:
        """Let go of the project."""
        self._timer.stop()
        self._clock.stop()
        self._asked += 1
        for signal, slot in self._signals():
            signal.disconnect(slot)
        for name in list(self._watched):
            self._leave(name)
