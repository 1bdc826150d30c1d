"""What a ledger may say of places: degrees, and degrees, minutes and seconds, in full, rounded or not at all."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..publication import Publication
from . import text
from .rows import Row
from .sheet import Column

#: Whether a place is known by its coordinates, by an address alone, or not at all.
STATES = (("有坐标", "Coordinates"), ("仅地址", "Address only"), ("无", "None"))
WITHHELD = ("不公开", "withheld")
_TITLES = (
    ("经度", "Longitude"), ("纬度", "Latitude"), ("经度(度分秒)", "Longitude (DMS)"), ("纬度(度分秒)", "Latitude (DMS)"),
    ("坐标状态", "Coordinates known"),
)  # fmt: skip
_NUMBER = re.compile(r"-?\d+\.\d+")
#: What tells of a hidden feature where it lies.
_TELLING = ("geometry", "lon", "lat", "chainage_m", "offset_m", "straight_m", "distance_m", "bearing_deg")


class Places:
    """Writes the cells of places for one audience."""

    def __init__(self, publication: Publication, lang: str) -> None:
        self.publication, self._lang = publication, lang
        decimals = publication.decimals if publication.public else 9
        # A second is 0.00028 degrees: no more decimals than the degrees have.
        self._digits = max(0, min(2, decimals - 3))

    def columns(self) -> list[Column]:
        """Return the five columns of a place."""
        titles = [text.pick(title, self._lang) for title in _TITLES]
        states = tuple(text.pick(state, self._lang) for state in STATES)
        return [
            Column(titles[0], "degrees"), Column(titles[1], "degrees"), Column(titles[2], widest=18),
            Column(titles[3], widest=18), Column(titles[4], widest=8, choices=states),
        ]  # fmt: skip

    def cells(self, place: Any, *, address: Any = None, hidden: bool = False, layer: Any = None) -> list[Any]:
        """Return the five cells of a place (lon, lat) or None."""
        state = 0 if place is not None else 1 if text.plain(address).strip() else 2
        said = text.pick(STATES[state], self._lang)
        if place is None:
            return [None, None, None, None, said]
        shown = None if hidden else self.publication.point(layer, float(place[0]), float(place[1]))
        if shown is None:
            return [*[self.withheld] * 4, said]
        lon, lat = shown
        return [lon, lat, text.dms(lon, "lon", self._digits), text.dms(lat, "lat", self._digits), said]

    @property
    def withheld(self) -> str:
        """What stands for a place that is not told."""
        return text.pick(WITHHELD, self._lang)

    def pair(self, place: Any, *, hidden: bool = False) -> list[Any]:
        """Return longitude and latitude alone."""
        return self.cells(place, hidden=hidden)[:2]


def shielded(rows: Iterable[Row], publication: Publication) -> list[Row]:
    """Return rows without what would tell where a hidden place lies: its coordinates, the way to it from another."""
    if not publication.public:
        return list(rows)
    shown = []
    for row in rows:
        if publication.hides(row.get("site_layer")):
            row = {**row, **dict.fromkeys(_TELLING)}
        elif publication.hides_row(row):
            row = {**row, "bearing_deg": None, "geometry": None, "lon": None, "lat": None}
            row["distance_m"] = _coarse(row.get("distance_m"), row.get("threshold_m"), publication.decimals)
        shown.append(row)
    return shown


def _coarse(metres: Any, threshold: Any, decimals: int) -> float | None:
    """Return a distance to a hidden place as coarse as public coordinates are, on its own side of the threshold.

    From three sites and three distances in full anybody could find the place.
    """
    if metres is None or not math.isfinite(float(metres)):
        return metres
    step, gap = 10.0 ** max(1, 5 - decimals), float(metres)
    near = round(gap / step) * step
    if threshold is not None and (near <= float(threshold)) != (gap <= float(threshold)):
        near = (math.floor if gap <= float(threshold) else math.ceil)(gap / step) * step
    return near


def shielded_mark(mark: Mapping[str, Any], publication: Publication) -> dict[str, Any]:
    """Return a layer's fingerprint with its extent rounded, or without it where its places are hidden."""
    extent = mark.get("extent")
    if not publication.public or not extent:
        return dict(mark)
    if publication.hides(mark.get("layer")):
        return {**mark, "extent": None}
    digits = publication.decimals
    if isinstance(extent, str):
        return {**mark, "extent": _NUMBER.sub(lambda match: f"{float(match[0]):.{digits}f}", extent)}
    return {**mark, "extent": ", ".join(f"{float(value):.{digits}f}" for value in extent)}
