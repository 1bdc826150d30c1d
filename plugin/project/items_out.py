"""The ledger of items to be rectified, all of them or those of a week, a month, a quarter or a year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProject

from .. import paths
from ..engine.errors import InputError
from ..engine.rectification import LAYER
from ..texts import tr
from . import settings, source

if TYPE_CHECKING:
    from ..engine.publication import Publication

#: Spans of a ledger, from all to the longest.
SPANS = ("", "week", "month", "quarter", "year")


def span_of(span: str, day: date) -> str | None:
    """Return the period of a day as the ledger takes it, such as ``month:2019-06``; None for all."""
    if span == "week":
        year, week, _ = day.isocalendar()
        return f"week:{year}-{week:02d}"
    if span == "month":
        return f"month:{day:%Y-%m}"
    if span == "quarter":
        return f"quarter:{day.year}-Q{(day.month + 2) // 3}"
    return f"year:{day.year}" if span == "year" else None


def unsaved(project: QgsProject) -> bool:
    """Tell whether items have edits that are not saved; run it in the main thread."""
    where = settings.onemap_path(project)
    layer = None if where is None else source.map_layers(project, where).get(LAYER)
    return layer is not None and layer.isModified()


def reader(project: QgsProject) -> tuple[Callable[[], Any], Path | None]:
    """Return what reads the items, as they are saved, and the folder of their photos; run it in the main thread.

    Raises
    ------
    InputError
        If the map cannot be opened.
    """
    where = settings.onemap_path(project)
    if where is None:
        raise InputError(tr("There is no one map in this project; make or open one first."))
    place = source.location(where)
    if place.path is None:
        shared = source.store(place)
        return lambda: shared.read(LAYER), None
    from ..store.store import open_store

    path = place.path.absolute()
    return lambda: open_store(path).read(LAYER), path.parent


def write(
    path: Path, read: Callable[[], Any], folder: Path | None, day: date, period: str | None, lang: str,
    publication: Publication, progress: Any,
) -> Path:  # fmt: skip
    """Write the ledger; any thread may call it.

    Raises
    ------
    InputError
        If the items cannot be read, openpyxl is missing, or the file cannot be written.
    Cancelled
        If the progress says so.
    """
    from ..engine.catalog import load_catalog
    from ..engine.progress import report
    from ..engine.report.items import write_items

    report(progress, 0.0)
    items = read()
    report(progress, 0.3)
    write_items(
        path, items, load_catalog(paths.user_layers()), as_of=day, lang=lang, publication=publication, period=period,
        folder=folder,
    )  # fmt: skip
    return path
