"""How many threads a process uses for one question, and what they leave behind."""

from __future__ import annotations

import os
from typing import Any, Callable, TypeVar

import numpy as np

_Work = TypeVar("_Work", bound=Callable[..., Any])

#: Where somebody says it: a machine that is shared, a process that is one of many.
VARIABLE = "ENVZONES_THREADS"
#: More bring little: numpy's share of the work keeps Python's lock.
_MOST = 8


def cores() -> int:
    """Return the number of threads: ``ENVZONES_THREADS``, else one for each core up to eight."""
    said = os.environ.get(VARIABLE, "").strip()
    if said.isdigit() and int(said) > 0:
        return int(said)
    return min(os.cpu_count() or 1, _MOST)


def quiet(work: _Work) -> _Work:
    """Make `work` mind no flag of an invalid value: GEOS leaves it in the processor, and each thread has its own."""
    return np.errstate(invalid="ignore")(work)
