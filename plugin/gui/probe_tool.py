"""Hold a site under the mouse: the verdict and the nearest constraints follow it while it moves."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsPointXY,
    QgsProject,
)
from qgis.gui import QgsMapMouseEvent, QgsMapTool
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QEvent, QObject, QPoint, Qt, QTimer, pyqtSignal

from ..engine.errors import EnvZonesError
from ..project import probe_work, settings
from ..texts import tr
from .probe_overlay import SHOWN, STORAGE_CRS, Content, ProbeBands, ProbeCard, content
from .runner import Runner

if TYPE_CHECKING:
    from qgis.gui import QgsMapCanvas

    from ..engine.probe import Probed
    from .desk_state import DeskState

#: One answer for each picture of a screen, seconds.
FRAME_S = 0.016


class ProbeTool(QgsMapTool):
    """Follows the mouse; what it asks is built in the background, again whenever the map or the wish changes.

    Signals
    -------
    probed : the answer (`engine.probe.Probed`) that is shown now
    kept : longitude and latitude of a place that was clicked
    """

    probed = pyqtSignal(object)
    kept = pyqtSignal(float, float)

    def __init__(self, canvas: QgsMapCanvas, state: DeskState) -> None:
        super().__init__(canvas)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._state = state
        self._facility, self._title = probe_work.Facility(), ""
        self._built: probe_work.Built | None = None
        #: What the probe was built for, and what its map was read for.
        self._of: tuple[Any, ...] = ()
        self._read: tuple[Any, ...] = ()
        self._message = ""
        self._cursor: QPoint | None = None
        self._place: tuple[float, float] | None = None
        self._held = False
        self._active, self._with_card = False, True
        self._spent, self._ended = 0.0, 0.0
        self.last: Probed | None = None
        self._runner = Runner(self)
        self._runner.progressed.connect(self._progressed)
        self._card = ProbeCard(canvas)
        self._bands = ProbeBands(canvas)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._evaluate)
        self._to_storage: QgsCoordinateTransform | None = None
        for signal, slot in self._signals():
            signal.connect(slot)

    def _signals(self) -> list[tuple[Any, Any]]:
        canvas, state = self.canvas(), self._state
        return [
            (state.map_changed, self._changed), (state.settings_changed, self._changed),
            (canvas.extentsChanged, self._moved), (canvas.destinationCrsChanged, self._other_crs),
        ]  # fmt: skip

    # --- what the page calls ----------------------------------------------------------------------------------

    def set_wish(
        self, facility_type: str | None = None, nature: str | None = None,
        attributes: Mapping[str, Any] | None = None, accuracy_m: float = 0.0, title: str = "",
    ) -> None:  # fmt: skip
        """Say what stands under the mouse; `title` is what people call it."""
        self._facility = probe_work.Facility(facility_type, nature, dict(attributes or {}), accuracy_m)
        self._title = title
        self._changed()

    @property
    def busy(self) -> bool:
        """Whether the probe is being built."""
        return self._runner.busy

    @property
    def ready(self) -> bool:
        """Whether the probe answers for the map as it is now."""
        return self._built is not None and self._of == self._wanted()

    def release(self) -> None:
        """Let go of the canvas and the project; nothing is left on the map."""
        if self._active and not sip.isdeleted(self.canvas()):
            self.canvas().unsetMapTool(self)
        self._timer.stop()
        self._runner.stop()
        if not sip.isdeleted(self.canvas()):
            for signal, slot in self._signals():
                signal.disconnect(slot)
        self._built = None
        self._bands.release()
        if not sip.isdeleted(self._card):
            self._card.setParent(None)
            self._card.deleteLater()

    # --- being a tool -----------------------------------------------------------------------------------------

    def activate(self) -> None:
        """Begin: build what is asked, and wait for the mouse."""
        super().activate()
        self._active, self._held = True, False
        self._with_card = settings.probe_card()
        self._other_crs()
        self.canvas().viewport().installEventFilter(self)
        # Esc and Shift come to whoever has the focus.
        self.canvas().setFocus()
        self._changed()

    def deactivate(self) -> None:
        """End; what was built stays for the next time."""
        self._active, self._cursor, self._place, self.last = False, None, None, None
        self._timer.stop()
        self._runner.stop()
        if not sip.isdeleted(self.canvas()):
            self.canvas().viewport().removeEventFilter(self)
        self._hide()
        super().deactivate()

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Follow the mouse; with Shift the card stays where it is."""
        self._held = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier) and self._card.isVisible()
        if not self._held:
            self._cursor = event.pos()
            self._show_card()
            self._ask()

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Keep the place that was clicked; while the card is held, the place that it speaks of."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if not self._held:
            self._cursor = event.pos()
            self._place = self._storage(self._cursor)
        if self._place is not None:
            self.kept.emit(*self._place)

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Put the tool away with Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.canvas().unsetMapTool(self)
        else:
            event.ignore()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Take the card away with the mouse."""
        if event.type() == QEvent.Type.Leave and not self._held:
            self._cursor = None
            self._timer.stop()
            self._hide()
        return super().eventFilter(watched, event)

    # --- building ---------------------------------------------------------------------------------------------

    def _wanted(self) -> tuple[Any, ...]:
        state, facility = self._state, self._facility
        return (
            state.stamp, state.day, tuple(state.books), tuple(sorted(state.working.items())),
            facility.facility_type, facility.nature, tuple(sorted(facility.attributes.items(), key=str)),
            facility.accuracy_m,
        )  # fmt: skip

    def _changed(self) -> None:
        """Build anew where the map, the settings or the wish are other ones."""
        state = self._state
        if not self._active:
            if self._read != state.stamp:
                # The map's file is not held open for nothing.
                self._built, self._of, self._read = None, (), ()
            return
        wanted = self._wanted()
        if self._built is not None and wanted == self._of:
            self._ask()
            return
        if state.path is None or not state.books:
            self._runner.stop()
            self._built, self._of, self._read = None, (), ()
            self._tell(
                tr("There is no one map in this project; make or open one first.") if state.path is None
                else tr("No rulebook is chosen; choose the city's on the Map page.")
            )  # fmt: skip
            return
        known = self._built.onemap if self._built is not None and self._read == state.stamp else None
        try:
            work = probe_work.wish(
                state.project, state.path, state.day, state.books, state.working, self._facility, known
            )
        except EnvZonesError as error:
            self._failed(str(error))
            return
        self._tell(tr("Reading the map…"))
        stamp = state.stamp
        self._runner.start(
            tr("Probe"), lambda progress: probe_work.build(work, progress),
            lambda built: self._ready(built, wanted, stamp), self._failed, self._cancelled, quiet=False,
        )  # fmt: skip

    def _ready(self, built: probe_work.Built, of: tuple[Any, ...], stamp: tuple[Any, ...]) -> None:
        self._built, self._of, self._read = built, of, stamp
        self._message = ""
        self._ask()

    def _progressed(self, percent: float, _left: float) -> None:
        if self._runner.busy:
            self._tell(tr("Reading the map… {percent} %").format(percent=round(percent)))

    def _failed(self, said: str) -> None:
        self._built, self._of = None, ()
        self._tell(said)

    def _cancelled(self) -> None:
        self.canvas().unsetMapTool(self)

    def _tell(self, said: str) -> None:
        """Say why there is no answer, instead of one."""
        self._message = said
        self.last = None
        self._bands.clear()
        self._card.say(Content(said))
        self._show_card()

    # --- answering --------------------------------------------------------------------------------------------

    def _moved(self) -> None:
        """Another part of the map lies under the mouse."""
        if self._active and self._cursor is not None and not self._held:
            self._ask()

    def _other_crs(self) -> None:
        crs = self.canvas().mapSettings().destinationCrs()
        storage = QgsCoordinateReferenceSystem(STORAGE_CRS)
        self._to_storage = QgsCoordinateTransform(crs, storage, QgsProject.instance())
        self._moved()

    def _storage(self, cursor: QPoint) -> tuple[float, float] | None:
        """Return degrees at a place of the canvas, None where the map's system cannot say."""
        at = self.toMapCoordinates(cursor)
        try:
            there = self._to_storage.transform(QgsPointXY(at)) if self._to_storage is not None else at
        except QgsCsException:
            return None
        if abs(there.x()) > 180 or abs(there.y()) > 90 or there.x() != there.x():
            return None
        return there.x(), there.y()

    def _ask(self) -> None:
        """Answer with the next picture; after a slow answer the canvas has as long for itself."""
        if self._cursor is None or self._built is None or self._runner.busy or self._timer.isActive():
            return
        free = self._ended + max(FRAME_S - self._spent, self._spent if self._spent > FRAME_S else 0.0)
        self._timer.start(max(0, round(1000 * (free - time.perf_counter()))))

    def _evaluate(self) -> None:
        if self._cursor is None or self._built is None or self._runner.busy or not self._active:
            return
        began = time.perf_counter()
        place = self._storage(self._cursor)
        if place is None:
            self._tell(tr("The map's coordinate system does not reach here."))
            return
        probe, onemap, lang = self._built.probe, self._built.onemap, self._state.lang
        answer = probe.at(*place)
        self._place, self.last, self._message = place, answer, ""
        said = content(answer, lang, lambda name: onemap.title(name, lang), self._title, len(probe.unprobed))
        self._card.say(said)
        self._bands.show(*place, answer.nearest(SHOWN))
        self._show_card()
        self._ended = time.perf_counter()
        self._spent = self._ended - began
        self.probed.emit(answer)

    def _show_card(self) -> None:
        if not self._active or self._cursor is None:
            return
        if not self._message and (self.last is None or not self._with_card):
            self._card.hide()
            return
        self._card.resize(self._card.sizeHint())
        self._card.follow(self._cursor)
        self._card.show()
        self._card.raise_()

    def _hide(self) -> None:
        self._bands.clear()
        if not sip.isdeleted(self._card):
            self._card.hide()
