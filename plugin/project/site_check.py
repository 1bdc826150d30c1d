"""The siting check behind the desk's page: what is asked, prepared here, computed by a worker, written whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProject

from .. import paths
from ..engine.location import Location

if TYPE_CHECKING:
    import geopandas as gpd

    from ..engine.onemap import OneMap
    from ..engine.siting import CheckResult


@dataclass(frozen=True)
class CheckWish:
    """What a check needs; made in the main thread.

    Attributes
    ----------
    sites : GeoDataFrame
        In EPSG:4490, with `site_id`, `name`, `facility_type`, `nature`, `accuracy_m` and attributes.
    path : Path or Location
        The one map.
    books : list of str
        Ids of the rulebooks.
    day : date
    working : mapping of str to float
        The office's own distances, metres.
    lang : {"zh", "en"}
    onemap : OneMap
        The map with unsaved edits, opened by :func:`prepare`.
    """

    sites: gpd.GeoDataFrame
    path: Path | Location
    books: list[str]
    day: date
    working: Mapping[str, float] = field(default_factory=dict)
    lang: str = "zh"
    onemap: OneMap | None = None


def prepare(wish: CheckWish, project: QgsProject) -> CheckWish:
    """Snapshot the map's unsaved edits; run it in the main thread.

    Raises
    ------
    InputError
        If the map cannot be opened.
    """
    from dataclasses import replace

    from .source import open_onemap

    return replace(wish, onemap=open_onemap(wish.path, project))


def run(wish: CheckWish, progress: Any, out: Path | None = None) -> CheckResult:
    """Check the sites, and write the result to `out` if it is given; any thread may call it.

    Raises
    ------
    InputError
        As :func:`..engine.siting.check` does, and if the result cannot be written.
    Cancelled
        If the progress says so; nothing is written then.
    """
    from ..engine.clauses.book import load_books
    from ..engine.progress import part
    from ..engine.report import content
    from ..engine.siting import check
    from ..store.results import write_results

    books = load_books(wish.books, paths.user_rulebooks())
    result = check(
        wish.sites, wish.onemap, books, as_of=wish.day, working=wish.working, progress=part(progress, 0.0, 0.9)
    )
    if out is not None:
        rests = content.of_check(result, wish.onemap)
        write_results(out, content.frames(rests), about=content.about(rests), progress=part(progress, 0.9, 1.0))
    return result
