"""How many threads a process uses for one question."""

from __future__ import annotations

import os

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
