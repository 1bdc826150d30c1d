"""Where the bank is: the management line, the dyke toe, the edge of the channel, or the centreline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..progress import SILENT, Progress
from .channel import traced_channels
from .dykes import OpenStretch, between_dykes
from .features import prepare
from .rows import issue

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from .network import Network
    from .reaches import Reaches

#: What the bank can be measured from, the best first.
SOURCES = ("management", "dyke", "channel", "centreline")
_LAYERS = {"management": "river_management_area", "dyke": "dyke", "channel": "river_channel"}
_WORDS = {"management": "河道管理范围线", "dyke": "堤脚线", "channel": "河道面边线"}
# A river held by the layer but for this share of its length is held.
_HELD = 0.999


@dataclass(frozen=True)
class Held:
    """What the banks of traces are.

    Attributes
    ----------
    channel : (n,) geometry or None
        The land between the banks, in the metres of each trace's frame; None where the layer holds none of it.
    accuracy : (n,) float
        Its positional accuracy in metres, NaN where unknown.
    centreline : (n,) bool
        Whether some of the trace has no better bank than the centreline.
    source : (n,) object
        ``management``, ``dyke``, ``channel``, ``centreline+width`` or ``centreline``.
    note : (n,) object
        What must be said about it, in Chinese.
    reaches : Reaches
        The traces, without a width of their own where the layer holds them.
    """

    channel: NDArray[Any]
    accuracy: NDArray[np.float64]
    centreline: NDArray[np.bool_]
    source: NDArray[Any]
    note: NDArray[Any]
    reaches: Reaches


@dataclass(frozen=True)
class Banks:
    """The layer that the bank is read from.

    Attributes
    ----------
    source : str
        One of `SOURCES`.
    geometry : (m,) geometry
        Polygons (of dykes: lines) in degrees.
    accuracy : (m,) float
    """

    source: str
    geometry: NDArray[Any]
    accuracy: NDArray[np.float64]

    @staticmethod
    def choose(
        bank_from: str | None,
        management: gpd.GeoDataFrame | None,
        dyke: gpd.GeoDataFrame | None,
        channel: gpd.GeoDataFrame | None,
        as_of: Any,
        issues: list[dict[str, Any]],
    ) -> Banks:
        """Choose the layer asked for, else the best one given.

        Raises
        ------
        InputError
            An unknown source, one whose layer is not given, or one without any usable geometry.
        """
        given = {"management": management, "dyke": dyke, "channel": channel}
        if bank_from is not None and bank_from not in SOURCES:
            raise InputError(f"The bank can be measured from {', '.join(SOURCES)}, not from '{bank_from}'.")
        if bank_from in given and given[bank_from] is None:
            raise InputError(
                f"The bank is to be measured from '{bank_from}', but no such layer is given; add it."
            )
        best = next((s for s in SOURCES[:-1] if given[s] is not None and len(given[s])), "centreline")
        source = bank_from or best
        if source == "centreline":
            return Banks(source, np.empty(0, dtype=object), np.empty(0))
        features, found = prepare(_LAYERS[source], given[source], as_of)
        features, invalid = features.all_valid()
        issues.extend([*found, *invalid])
        fits = shapely.get_dimensions(features.geometry) == (1 if source == "dyke" else 2)
        return Banks(source, features.geometry[fits], features.accuracy[fits])

    def hold(
        self,
        network: Network,
        reaches: Reaches,
        bank: float,
        section_id: NDArray[Any],
        issues: list[dict[str, Any]],
        progress: Progress = SILENT,
    ) -> Held:
        """Find the land between the banks of each trace, and say where it is read from."""
        count = len(reaches)
        channel = np.full(count, None, dtype=object)
        if self.source == "dyke":
            channel, gaps = between_dykes(network, reaches, self.geometry, progress=progress)
            issues.extend(_open(gap, str(section_id[gap.zone])) for gap in gaps)
        elif self.source != "centreline":
            channel = traced_channels(network, reaches, self.geometry, bank, progress=progress)
        accuracy = self._accuracy(reaches, channel)
        length = shapely.length(reaches.lines)
        owner = reaches.traces.owner
        total = np.bincount(owner, length, minlength=count)
        wide = np.bincount(owner, length * (reaches.half > 0), minlength=count) / total
        source = np.where(wide > 0, "centreline+width", "centreline").astype(object)
        centreline = wide < 1.0
        note = np.empty(count, dtype=object)
        for k in range(count):
            note[k] = _width_note(float(wide[k]))
        for k in np.flatnonzero([c is not None for c in channel]).tolist():
            held = float(shapely.length(shapely.intersection(reaches.whole[k], channel[k]))) / total[k]
            source[k] = self.source
            centreline[k] = held < _HELD and centreline[k]
            rest = "河宽或中心线" if wide[k] > 0 else "中心线"
            word = _WORDS[self.source]
            note[k] = f"自{word}起算"
            if held < _HELD:
                note[k] = f"自{word}起算,其覆盖所追溯河段的{held:.1%},其余自{rest}起算"
        return Held(channel, accuracy, centreline, source, note, _without_width(reaches, channel))

    def _accuracy(self, reaches: Reaches, channel: NDArray[Any]) -> NDArray[np.float64]:
        """The worst accuracy of the polygons that a trace meets; NaN where none of them says."""
        out = np.full(len(reaches), np.nan)
        if not len(self.geometry):
            return out
        piece, polygon = shapely.STRtree(self.geometry).query(reaches.drawn, predicate="intersects")
        owner = reaches.traces.owner[piece]
        known = np.isfinite(self.accuracy[polygon])
        worst = np.full(len(reaches), -np.inf)
        np.maximum.at(worst, owner[known], self.accuracy[polygon[known]])
        met = np.isfinite(worst)
        out[met] = worst[met]
        return out


def _without_width(reaches: Reaches, channel: NDArray[Any]) -> Reaches:
    """Take the width from pieces that lie between banks: there the banks say how wide the river is."""
    mine = channel[reaches.traces.owner]
    rows = np.flatnonzero(np.array([c is not None for c in mine], dtype=bool) & (reaches.half > 0))
    if not len(rows):
        return reaches
    length = shapely.length(reaches.lines[rows])
    inside = shapely.length(shapely.intersection(reaches.lines[rows], mine[rows]))
    half = reaches.half.copy()
    half[rows[inside >= _HELD * length]] = 0.0
    return replace(reaches, half=half)


def _width_note(wide: float) -> str:
    if wide <= 0:
        return "河宽不明,自河道中心线起算"
    if wide < 1:
        return f"{wide:.1%}的河段有河宽,其余自中心线起算"
    return "自中心线加半河宽起算"


def _open(gap: OpenStretch, section: str) -> dict[str, Any]:
    """Say where a side of the river lacks a dyke."""
    zh = "两岸" if gap.left and gap.right else "左岸" if gap.left else "右岸"
    en = "both banks lack" if gap.left and gap.right else f"the {'left' if gap.left else 'right'} bank lacks"
    if gap.bridged:
        return issue(
            "info", "dyke_gap",
            f"断面 {section} 所追溯河段{zh}堤脚线在此缺 {gap.length:.0f} 米,已取直连接",
            f"On the river of section {section} {en} a dyke for {gap.length:.0f} m here; it was closed straight.",
            gap.place, section_id=section,
        )  # fmt: skip
    return issue(
        "warning", "dyke_open",
        f"断面 {section} 所追溯河段{zh}有 {gap.length:.0f} 米没有堤脚线,该段自河宽或中心线起算;请补充堤脚线",
        f"On the river of section {section} {en} a dyke for {gap.length:.0f} m here; there the bank is that of the"
        f" river's width or its centreline. Complete the dyke layer.",
        gap.place, section_id=section,
    )  # fmt: skip
