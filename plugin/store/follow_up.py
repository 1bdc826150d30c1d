"""Problems of a run become items of the map: what the command line and Processing do alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.progress import SILENT, Progress
from ..engine.rectification import LAYER, Registered, register
from .store import Change, Store

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ..engine.onemap import OneMap
    from ..engine.report.items_return import Change as Returning
    from ..engine.report.items_return import Returned

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


def take_back(
    store: Store, path: Path, *, as_of: date, lang: str = "zh", blank_clears: bool = False,
    progress: Progress = SILENT,
) -> tuple[Returned, gpd.GeoDataFrame]:  # fmt: skip
    """Hold an edited ledger against the items of a map; return what came back, and the items it was held against.

    Raises
    ------
    InputError
        As :func:`~..engine.report.items_return.read_items` does.
    """
    from ..engine.catalog import load_catalog
    from ..engine.report.items_return import read_items

    items = store.read(LAYER)
    place = store.location.path
    folder = None if place is None else place.absolute().parent
    found = read_items(
        path, items, load_catalog(), as_of=as_of, lang=lang, blank_clears=blank_clears, folder=folder,
        progress=progress,
    )  # fmt: skip
    return found, items


def apply_returned(
    store: Store, found: Returned, items: gpd.GeoDataFrame, chosen: Sequence[Returning] | None = None, *,
    who: str | None = None, progress: Progress = SILENT,
) -> int:  # fmt: skip
    """Write the changes of a ledger (all that are ready, or those chosen) as one edit; return how many items changed.

    Raises
    ------
    InputError
        If somebody changed one of the items meanwhile (:class:`.store.Conflict`); nothing is written then.
    """
    update = found.update(items, chosen)
    if len(update):
        store.apply([Change(LAYER, update=update)], who=who, progress=progress)
    return len(update)
