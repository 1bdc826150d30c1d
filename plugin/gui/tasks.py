"""Work in the background, with its answer brought back to the main thread."""

from __future__ import annotations

from typing import Any, Callable

from qgis.core import QgsApplication, QgsFeedback, QgsMessageLog, QgsTask

from .. import bridge, compat
from ..engine.errors import Cancelled, EnvZonesError
from ..texts import tr

#: Tasks that run; QGIS does not keep a Python task alive by itself.
_RUNNING: set[Work] = set()


class Work(QgsTask):
    """One function in a worker thread: ``work(progress)`` there, then ``done(answer)`` or ``failed(sentence)`` here."""

    def __init__(
        self,
        title: str,
        work: Callable[[Any], Any],
        done: Callable[[Any], None],
        failed: Callable[[str], None],
        *,
        quiet: bool = False,
    ) -> None:
        flags = QgsTask.Flag.CanCancel
        if quiet and hasattr(QgsTask.Flag, "Hidden"):
            flags |= QgsTask.Flag.Hidden
        # What came of it is said by who started it; QGIS 3.26 and newer need not say so again.
        if hasattr(QgsTask.Flag, "Silent"):
            flags |= QgsTask.Flag.Silent
        super().__init__(title, flags)
        self._work, self._done, self._failed = work, done, failed
        self._feedback = QgsFeedback()
        self._feedback.progressChanged.connect(self.setProgress)
        self._answer: Any = None
        self._error = ""

    def run(self) -> bool:
        """Do the work (worker thread)."""
        try:
            self._answer = self._work(bridge.FeedbackProgress(self._feedback))
        except Cancelled:
            return False
        except EnvZonesError as error:
            self._error = str(error)
            return False
        except Exception as error:  # noqa: BLE001 - an exception that leaves a worker would take QGIS along
            QgsMessageLog.logMessage(_trace(error), "EnvZones")
            self._error = tr("Unexpected error ({error}); the message log has the details.").format(error=error)
            return False
        return True

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._feedback.cancel()
        super().cancel()

    def finished(self, result: bool) -> None:
        """Hand the answer over (main thread)."""
        _RUNNING.discard(self)
        if result:
            self._done(self._answer)
        elif self._error:
            self._failed(self._error)


def start(task: Work) -> None:
    """Run a task in the background."""
    _RUNNING.add(task)
    QgsApplication.taskManager().addTask(task)


def start_or_run(task: Work) -> None:
    """Run a task that makes coordinate systems: in the background, or here where that would crash."""
    if compat.threads_are_safe():
        start(task)
    else:
        task.finished(task.run())


def _trace(error: Exception) -> str:
    import traceback

    return "".join(traceback.format_exception(type(error), error, error.__traceback__))
