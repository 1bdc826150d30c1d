"""Work that must stay in the main thread, done piece by piece, so that the window lives between the pieces."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from qgis.core import QgsMessageLog
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QApplication, QLabel, QProgressBar, QVBoxLayout, QWidget

from ..engine.errors import EnvZonesError
from ..texts import tr
from .runner import left_in_words

#: Before so many seconds nothing is said of the time that is left.
_FIRST_S = 1.0


class Pieces(QObject):
    """Runs one iterator at a time, a step of it for each turn of the event loop.

    Signals
    -------
    progressed : percent, the seconds left (-1 where nothing can be said yet), and what comes next
    """

    progressed = pyqtSignal(float, float, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._work: Iterator[tuple[float, str]] | None = None
        self._began = 0.0
        self._ends: tuple[Callable[[Any], None], Callable[[str], None]] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._step)

    @property
    def busy(self) -> bool:
        """Whether work is under way."""
        return self._work is not None

    def start(
        self, work: Iterator[tuple[float, str]], done: Callable[[Any], None], failed: Callable[[str], None]
    ) -> None:
        """Take the steps of `work`; then one of the others is called."""
        self.stop()
        self._work, self._ends, self._began = work, (done, failed), time.monotonic()
        self._timer.start()

    def stop(self) -> None:
        """Take no more steps."""
        self._timer.stop()
        work, self._work = self._work, None
        if work is not None and hasattr(work, "close"):
            work.close()

    def _step(self) -> None:
        work, (done, failed) = self._work, self._ends
        try:
            share, coming = next(work)
        except StopIteration as end:
            self._end()
            done(end.value)
        except EnvZonesError as error:
            self._end()
            failed(str(error))
        except Exception as error:  # noqa: BLE001 - an exception that leaves a timer's slot would take QGIS along
            import traceback

            trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            QgsMessageLog.logMessage(trace, "EnvZones")
            self._end()
            failed(tr("Unexpected error ({error}); the message log has the details.").format(error=error))
        else:
            self.progressed.emit(100.0 * share, _left(self._began, share), coming)

    def _end(self) -> None:
        self._timer.stop()
        self._work = None


class Pumped:
    """Progress of work that cannot be cut into pieces: each report lets the window live, and Cancel be pressed."""

    def __init__(self, show: Callable[[float, float, str], None]) -> None:
        self._show = show
        self._began = time.monotonic()
        self.cancelled = False

    def cancel(self) -> None:
        """Ask the work to stop."""
        self.cancelled = True

    def __call__(self, fraction: float, message: str = "") -> None:
        """Show how far it is."""
        self._show(100.0 * fraction, _left(self._began, fraction), message)
        QApplication.processEvents()


def _left(began: float, share: float) -> float:
    spent = time.monotonic() - began
    return -1.0 if spent < _FIRST_S or share <= 0.0 else spent * (1.0 - share) / share


class Bar(QWidget):
    """What runs, how far it is, and how long it still takes; hidden while nothing runs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesExportBar")
        self._what = QLabel()
        self._what.setWordWrap(True)
        self._bar = QProgressBar()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._what)
        box.addWidget(self._bar)
        self.hide()

    @property
    def words(self) -> str:
        """What it says."""
        return self._what.text()

    def begin(self, text: str) -> None:
        """Show that something runs of which nothing is known yet."""
        self._bar.setRange(0, 0)
        self._what.setText(text)
        self.show()

    def tell(self, percent: float, left: float, text: str) -> None:
        """Show how far it is."""
        self._bar.setRange(0, 100)
        self._bar.setValue(round(percent))
        self._what.setText(" – ".join(one for one in (text, left_in_words(left)) if one))
