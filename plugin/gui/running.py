"""A thin bar that says what runs, how far it is, how long it will take, and stops it."""

from __future__ import annotations

from typing import Any, Callable

from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from ..texts import tr
from .runner import Runner, left_in_words

#: Work that is over sooner shows no bar: it would only unsettle.
PATIENCE_MS = 300


class Running(QWidget):
    """Runs one piece of work at a time in the background and shows how it goes; hidden while nothing runs."""

    #: Nothing runs any more.
    idle = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesRunning")
        self._runner = Runner(self)
        self._runner.progressed.connect(self._show)
        self._runner.changed.connect(self._changed)
        self._what = QLabel()
        self._what.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(True)
        self._stop = QPushButton(tr("Cancel"))
        self._stop.clicked.connect(self.cancel)
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(self._stop)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._what)
        box.addLayout(row)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self.show)
        self._title = ""
        self.hide()

    @property
    def busy(self) -> bool:
        """Whether work is under way."""
        return self._runner.busy

    def start(
        self,
        title: str,
        work: Callable[[Any], Any],
        done: Callable[[Any], None],
        failed: Callable[[str], None] | None = None,
        cancelled: Callable[[], None] | None = None,
    ) -> None:
        """Run ``work(progress)`` in the background, then one of the others here; a newer start stops an older one."""
        self._title = title
        self._bar.setRange(0, 0)
        self._bar.show()
        self._stop.show()
        self._stop.setEnabled(True)
        self._say("")
        self._patience.start()
        self._runner.start(title, work, done, failed or self._told, cancelled, quiet=False)

    def cancel(self) -> None:
        """Ask the work to stop; it is told once it has."""
        if self.busy:
            self._stop.setEnabled(False)
            self._say(tr("stopping…"))
            self._runner.cancel()

    def release(self) -> None:
        """Stop, and hear no more of it."""
        self._patience.stop()
        self._runner.stop()

    def _show(self, percent: float, left: float) -> None:
        self._bar.setRange(0, 100)
        self._bar.setValue(round(percent))
        if self._stop.isEnabled():
            self._say(left_in_words(left))

    def _told(self, said: str) -> None:
        """Keep what went wrong in sight where nobody else does."""
        self._what.setText(said)
        self._bar.hide()
        self._stop.hide()
        self.show()

    def _say(self, more: str) -> None:
        self._what.setText(f"{self._title} – {more}" if more else self._title)

    def _changed(self) -> None:
        if not self.busy:
            self._patience.stop()
            self.hide()
            self.idle.emit()
