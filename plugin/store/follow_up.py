"""Problems of a run become items of the map: what the command line and Processing do alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from ..engine.rectification import LAYER, Registered, register
from .store import Change, Store

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ..engine.onemap import OneMap

#: What people enter about an item; a run leaves it alone, so that nobody's entry is in the way.
PEOPLE_ENTER = (
    "status", "responsible_person", "verification", "verified_by", "verified_on", "photo_before", "photo_after",
    "done_on", "closed_on", "closed_by", "sampled", "rechecked", "remark",
)  # fmt: skip


def register_findings(
    store: Store, onemap: OneMap, findings: Sequence[gpd.GeoDataFrame], *, as_of: date, prefix: str | None = None,
    who: str | None = None, write: bool = True,
) -> Registered:  # fmt: skip
    """Make items of the findings of one or several runs and bring those that are there up to date.

    Parameters
    ----------
    store : Store
        Where the items are kept.
    onemap : OneMap
        The same map, to read from.
    findings : sequence of GeoDataFrame
        As :func:`~..engine.rectification.register` takes them.
    as_of, prefix
        As there.
    who : str, optional
        Who edits, for the audit trail.
    write : bool
        Without it nothing is written.

    Raises
    ------
    InputError
        As `register` does, and when somebody changed an item meanwhile (:class:`.store.Conflict`).
    """
    import pandas as pd

    existing = store.read(LAYER)
    trail = store.audit(layer=LAYER)
    cells = [one for column in ("before", "after") for one in trail[column] if one]
    used = {one["problem_no"] for one in cells if one.get("problem_no")}
    rows = pd.concat(findings, ignore_index=True) if len(findings) > 1 else findings[0]
    result = register(rows, onemap, existing, as_of=as_of, used=used, prefix=prefix)
    if write and (len(result.new) or len(result.changed)):
        store.apply([Change(LAYER, insert=result.new, update=_changed(result.changed))], who=who)
    return result


def _changed(frame: pd.DataFrame) -> Any:
    return frame.drop(columns=[name for name in PEOPLE_ENTER if name in frame]) if len(frame) else None
