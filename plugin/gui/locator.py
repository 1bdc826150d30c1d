"""QGIS's search bar finds sections, zones and clauses; Enter flies there, or shows the clause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeedback,
    QgsGeometry,
    QgsLocatorContext,
    QgsLocatorFilter,
    QgsLocatorResult,
    QgsProject,
    QgsRectangle,
)
from qgis.PyQt import sip
from qgis.PyQt.QtGui import QIcon

from .. import compat
from ..engine.errors import EnvZonesError
from ..paths import ICON
from ..project import search_index, source
from ..project.search_index import CLAUSE, SECTION, ZONE, Entry
from ..texts import tr
from . import tasks

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from .desk_state import DeskState

#: QGIS takes prefixes of plugins from three letters on.
PREFIX = "env"
#: Shorter texts would find half the map.
_LEAST = 1


class _Index:
    """The index that the filter and its clones in other threads share; replaced as a whole."""

    def __init__(self) -> None:
        self.entries: tuple[Entry, ...] = ()
        self.icons: dict[str, QIcon] = {}
        self.titles: dict[str, str] = {}


class ZoneFilter(QgsLocatorFilter):
    """Searches the index; QGIS clones it for each search and runs the clone in another thread."""

    def __init__(self, index: _Index, trigger: Callable[[Entry], None], prepare: Callable[[], None]) -> None:
        super().__init__()
        self._index, self._trigger, self._prepare = index, trigger, prepare
        self._entries: tuple[Entry, ...] = index.entries

    def name(self) -> str:
        """Return the filter's name in settings."""
        return "envzones"

    def displayName(self) -> str:  # noqa: N802 - QGIS's names here and below
        """Return what QGIS's options call it."""
        return tr("EnvZones: sections, zones and clauses")

    def prefix(self) -> str:
        """Return what is typed to search here alone."""
        return PREFIX

    def clone(self) -> ZoneFilter:
        """Return one for another thread."""
        return ZoneFilter(self._index, self._trigger, self._prepare)

    def prepare(self, _text: str, _context: QgsLocatorContext) -> list[str]:
        """See to the index before a search (main thread)."""
        self._prepare()
        self._entries = self._index.entries
        return []

    def fetchResults(self, text: str, _context: QgsLocatorContext, feedback: QgsFeedback) -> None:  # noqa: N802
        """Search (worker thread)."""
        if len(text.strip()) < _LEAST:
            return
        for entry, score in search_index.search(self._entries, text, feedback.isCanceled):
            if feedback.isCanceled():
                return
            found = QgsLocatorResult(self, entry.title, entry)
            found.description = entry.detail
            found.score = score
            found.group = self._index.titles.get(entry.group, "")
            found.icon = self._index.icons.get(entry.group, QIcon())
            self.resultFetched.emit(found)

    def triggerResult(self, result: QgsLocatorResult) -> None:  # noqa: N802
        """Go to what was chosen (main thread)."""
        self._trigger(compat.user_data(result))


class Locator:
    """Keeps the filter in QGIS's search bar and its index fresh; :meth:`release` takes it away.

    `on_clause` is called with a rulebook's id and a clause's.
    """

    def __init__(self, iface: QgisInterface, state: DeskState, on_clause: Callable[[str, str], None]) -> None:
        self._iface, self._state, self._on_clause = iface, state, on_clause
        self._index = _Index()
        self._index.titles = {SECTION: tr("Monitoring Sections"), ZONE: tr("Zones and Features"), CLAUSE: tr("Clauses")}
        self._index.icons = {
            SECTION: QIcon(str(ICON.with_name("riversection.svg"))), ZONE: QIcon(str(ICON)),
            CLAUSE: QIcon(str(ICON.with_name("sitingcheck.svg"))),
        }  # fmt: skip
        self._of: tuple[Any, ...] = ()
        self._task: tasks.Work | None = None
        self.filter = ZoneFilter(self._index, self.go, self.build)
        iface.registerLocatorFilter(self.filter)
        state.project_changed.connect(self._forget)

    @property
    def ready(self) -> bool:
        """Whether the index is that of the map as it is now."""
        return self._task is None and self._of == self._wanted()

    def _wanted(self) -> tuple[Any, ...]:
        state = self._state
        return (str(state.path or ""), state.stamp, tuple(state.books), state.lang)

    def _forget(self) -> None:
        """Find nothing of a project that is closed."""
        self._stop()
        self._index.entries, self._of = (), ()

    def build(self) -> None:
        """Index the map in the background, if it changed since."""
        wanted, path = self._wanted(), self._state.path
        if path is None or wanted == self._of:
            return
        from .. import dependencies

        if dependencies.problems():
            return
        self._stop()
        self._of = wanted
        books, lang = self._state.books, self._state.lang
        try:
            onemap = source.open_onemap(path, QgsProject.instance())
        except EnvZonesError:
            # The Map page says what is wrong with the map; there is nothing to find in it.
            self._index.entries = ()
            return

        def done(entries: tuple[Entry, ...]) -> None:
            if self._of == wanted:
                self._task, self._index.entries = None, entries

        def failed(_said: str) -> None:
            if self._of == wanted:
                self._task, self._index.entries, self._of = None, (), ()

        self._task = tasks.Work(
            tr("Indexing the one map"), lambda progress: search_index.load(onemap, books, lang, progress), done, failed,
            quiet=True,
        )  # fmt: skip
        tasks.start_or_run(self._task)

    def _stop(self) -> None:
        task, self._task = self._task, None
        if task is not None and not sip.isdeleted(task):
            task.cancel()

    def go(self, entry: Entry) -> None:
        """Fly to a feature and flash it, or hand a clause over."""
        if entry.group == CLAUSE:
            self._on_clause(entry.book, entry.clause)
            return
        from .flash import Flight

        west, south, east, north = entry.box
        path = self._state.path
        layer = None if path is None else source.map_layers(QgsProject.instance(), path).get(entry.table)
        shape = QgsGeometry.fromRect(QgsRectangle(west, south, east, north))
        if layer is not None:
            from qgis.core import QgsExpression, QgsFeatureRequest

            request = QgsFeatureRequest().setFilterExpression(f'"uid" = {QgsExpression.quotedValue(entry.uid)}')
            for feature in layer.getFeatures(request):
                shape = feature.geometry()
            self._iface.setActiveLayer(layer)
        stored = QgsCoordinateReferenceSystem("EPSG:4490")
        Flight(self._iface.mapCanvas()).to([shape], [shape], stored if layer is None else layer.crs(), close=True)

    def release(self) -> None:
        """Take the filter out of the search bar."""
        self._stop()
        self._state.project_changed.disconnect(self._forget)
        self._index.entries = ()
        # QGIS deletes the filter.
        self._iface.deregisterLocatorFilter(self.filter)
