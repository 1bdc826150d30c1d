"""Delineated zones into a one map: all of them in one transaction, or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..engine.delineation_rows import LAYER, TOLD, Delineated
from ..engine.errors import InputError
from ..engine.progress import SILENT, Progress
from .location import Location

if TYPE_CHECKING:
    from ..engine.catalog import Catalog
    from .store import Applied


def save_zones(
    where: str | Path | Location, result: Delineated, *, who: str | None, catalog: Catalog | None = None,
    progress: Progress = SILENT,
) -> Applied:  # fmt: skip
    """Insert the zones of a delineation into ``drinking_water_zone``, with life-cycle state 划定.

    Parameters
    ----------
    where : str, Path or Location
        A GeoPackage or PostgreSQL map.
    result : Delineated
    who : str or None
        Who drew them.
    catalog : Catalog, optional
        What the map's layers are; the shipped one when left out.
    progress : Progress

    Returns
    -------
    Applied

    Raises
    ------
    InputError
        If the delineation has an error among its issues or no zone (nothing is written then), or the map cannot be
        written.
    """
    from .store import Change, open_store

    wrong = result.issue[result.issue["severity"] == "error"]
    if len(wrong):
        raise InputError(f"{wrong['message_en'].iloc[0].rstrip('.')}; nothing was written to {where}.")
    if not len(result.zone):
        raise InputError(f"No zone was drawn, so that nothing was written to {where}; check the input.")
    store = open_store(where, catalog)
    rows = result.zone.drop(columns=list(TOLD))
    return store.apply([Change(LAYER, insert=rows)], who=who, progress=progress)
