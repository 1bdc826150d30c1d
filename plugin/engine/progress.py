"""How a long computation tells its caller how far it is, and learns that it should stop.

The command line hands in a tqdm bar, QGIS hands in a ``QgsFeedback``; the engine knows neither.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from .errors import Cancelled


@runtime_checkable
class Progress(Protocol):
    """Receives progress and answers whether the user has cancelled."""

    @property
    def cancelled(self) -> bool:
        """True once the user asked to stop."""

    def __call__(self, fraction: float, message: str = "") -> None:
        """Take note that `fraction` (0 to 1) of the work is done."""


class _Silent:
    cancelled = False

    def __call__(self, fraction: float, message: str = "") -> None:
        return None


class _Part:
    """A share of another progress: 0..1 here is `low`..`high` there."""

    def __init__(self, parent: Progress, low: float, high: float) -> None:
        self._parent, self._low, self._high = parent, low, high

    @property
    def cancelled(self) -> bool:
        return self._parent.cancelled

    def __call__(self, fraction: float, message: str = "") -> None:
        self._parent(self._low + (self._high - self._low) * fraction, message)


SILENT: Progress = _Silent()


def part(progress: Progress, low: float, high: float) -> Progress:
    """Scale a step's own 0..1 to the share `low`..`high` of `progress`."""
    return _Part(progress, low, high)


def report(progress: Progress, fraction: float, message: str = "") -> None:
    """Report `fraction` and raise :class:`Cancelled` when the user has asked to stop."""
    if progress.cancelled:
        raise Cancelled("Cancelled; nothing was written.")
    progress(min(max(fraction, 0.0), 1.0), message)
