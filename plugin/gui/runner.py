"""Background work for a widget: one piece at a time, an older answer is dropped, and the time that is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QApplication

from .. import compat
from ..engine.errors import Cancelled
from ..texts import tr
from . import tasks

#: Before this many seconds and this share nothing is said of the time that is left.
_FIRST_S, _FIRST_SHARE = 1.0, 0.03


class Runner(QObject):
    """Runs one function at a time in the background for its parent.

    Signals
    -------
    progressed : percent, and the seconds left (-1 where nothing can be said yet)
    changed : work began or ended
    """

    progressed = pyqtSignal(float, float)
    changed = pyqtSignal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._task: tasks.Work | None = None
        self._run = 0
        self._began = 0.0

    @property
    def busy(self) -> bool:
        """Whether work is under way."""
        return self._task is not None

    def start(
        self, title: str, work: Callable[[Any], Any], done: Callable[[Any], None], failed: Callable[[str], None],
        cancelled: Callable[[], None] | None = None, *, quiet: bool = True,
    ) -> None:  # fmt: skip
        """Run `work(progress)`; then one of the others is called here, unless something newer was started."""
        self.stop()
        run = self._run
        self._began = time.monotonic()

        began: list[bool] = []

        def guarded(progress: Any) -> Any:
            began.append(True)
            try:
                return work(progress)
            except Cancelled:
                return Cancelled

        def ended(answer: Any) -> None:
            if self._over(run):
                return
            if answer is Cancelled:
                if cancelled is not None:
                    cancelled()
            else:
                done(answer)

        def broke(said: str) -> None:
            if not self._over(run):
                failed(said)

        task = tasks.Work(title, guarded, ended, broke, quiet=quiet)
        task.progressChanged.connect(lambda percent: self._progress(run, float(percent)))

        def terminated() -> None:
            # A task that was cancelled while it waited never runs.
            if not began and not self._over(run) and cancelled is not None:
                cancelled()

        task.taskTerminated.connect(terminated)
        self._task = task
        self.changed.emit()
        if compat.threads_are_safe():
            tasks.start(task)
        else:
            task.finished(task.run())

    def cancel(self) -> None:
        """Ask the work to stop; its answer tells whether it did."""
        if self._task is not None and not sip.isdeleted(self._task):
            self._task.cancel()

    def stop(self) -> None:
        """Ask the work to stop, and hear no more of it."""
        task, self._task = self._task, None
        self._run += 1
        if task is not None:
            if not sip.isdeleted(task):
                task.cancel()
            self.changed.emit()

    def _over(self, run: int) -> bool:
        """Note the end of a piece of work; True if nobody waits for it any more."""
        if sip.isdeleted(self) or run != self._run or self._task is None:
            return True
        self._task = None
        self.changed.emit()
        return False

    def _progress(self, run: int, percent: float) -> None:
        if sip.isdeleted(self) or run != self._run:
            return
        spent, share = time.monotonic() - self._began, percent / 100.0
        left = -1.0 if spent < _FIRST_S or share < _FIRST_SHARE else spent * (1.0 - share) / share
        self.progressed.emit(percent, left)
        if not compat.threads_are_safe():
            # The work runs in this thread; let its Cancel button be pressed.
            QApplication.processEvents()


def left_in_words(seconds: float) -> str:
    """Say how long it still takes."""
    if seconds < 0:
        return ""
    if seconds < 60:
        return tr("about {n} s left").format(n=max(1, round(seconds)))
    return tr("about {n} min left").format(n=round(seconds / 60))
