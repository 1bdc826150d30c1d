"""Five zone descriptions of Henan, drawn on made maps; ``make``s the pictures docs/img/delineate_*.png.

The sentences are those of the documents named with them.  The maps are not: rivers, wells, dykes and roads bear the
names of the texts, their geometry is drawn for the example (示意).  Run it after a change of the delineation:
``PROJ_DATA=/usr/share/proj .venv/bin/python docs/delineation_examples.py``.  The tests draw the same examples.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from envzones.plugin.engine import delineation as dl
from envzones.plugin.engine.delineation_table import sheet_of
from envzones.plugin.engine.geodesy import LocalFrame, tm_forward

IMAGES = Path(__file__).with_name("img")


@dataclass(frozen=True)
class Example:
    """One description and what was drawn of it.

    Attributes
    ----------
    key, title, sentence, document : str
    result : Delineated
    maps : dict of name -> GeoDataFrame
        What the sentence names: EPSG:4490.
    lon, lat : float
        The origin of the made map.
    """

    key: str
    title: str
    sentence: str
    document: str
    result: dl.Delineated
    maps: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    lon: float = 0.0
    lat: float = 0.0


class Place:
    """Draws in metres about a place, gives degrees."""

    def __init__(self, lon: float, lat: float) -> None:
        self.lon, self.lat, self.frame = lon, lat, LocalFrame(lon)
        self.north = float(tm_forward(lon, lat, lon)[1])

    def degrees(self, geometry: Any) -> Any:
        """Bring a geometry in metres (x east, y north) to degrees."""
        return self.frame.inverse(shapely.transform(geometry, lambda c: c + [0.0, self.north]))

    def metres(self, geometry: Any) -> Any:
        """The way back."""
        return shapely.transform(self.frame.forward(geometry), lambda c: c - [0.0, self.north])

    def layer(self, geometries: list[Any], **columns: Any) -> gpd.GeoDataFrame:
        """Return a layer of geometries drawn in metres."""
        return gpd.GeoDataFrame(columns, geometry=[self.degrees(g) for g in geometries], crs=4490)


def _winding(x: np.ndarray, height: float, length: float) -> np.ndarray:
    return np.column_stack([x, height * np.sin(2 * np.pi * x / length)])


def sanmenxia() -> Example:
    """3000 m up, 200 m down, 50 m outside the dyke; then on from there 2000, 200 and 1000 m."""
    at = Place(111.18, 34.80)
    # The river runs east; the dykes follow it 250 m off, the water is 160 m wide.
    middle = shapely.linestrings(_winding(np.arange(-8000.0, 3001.0, 50.0), 500.0, 6000.0))
    dykes = [shapely.offset_curve(middle, d, quad_segs=16) for d in (250.0, -250.0)]
    maps = {
        "river": at.layer([middle], uid=["R1"], river=["示意河流"], accuracy_m=[2.0]),
        "channel": at.layer([shapely.buffer(middle, 80.0, cap_style="flat")], accuracy_m=[3.0]),
        "dyke": at.layer(dykes, name=["北堤", "南堤"], accuracy_m=[1.0, 1.0]),
        "intake": at.layer([shapely.Point(shapely.get_coordinates(middle)[160])], uid=["Q1"], name=["取水口"]),
    }
    document = "豫政办〔2007〕125号"
    source = dl.Source("三门峡市黄河水源地(示意)", document_no=document, provenance="illustrative")

    def said(value: float) -> dl.Figure:
        return dl.Figure(value, "document")

    levels = [
        dl.ReachLevel("primary", said(3000.0), said(200.0), said(50.0)),
        dl.ReachLevel("secondary", said(2000.0), said(200.0), said(1000.0)),
    ]
    result = dl.intake_reach(
        maps["river"], maps["intake"], levels, source, channel=maps["channel"], dyke=maps["dyke"], bank_from="dyke"
    )
    sentence = (
        "一级保护区:取水口上游3000米、下游200米的水域及河堤外50米的陆域;"
        "二级保护区:一级保护区上游2000米、下游200米的水域及河堤外1000米的陆域"
    )
    return Example("sanmenxia", "三门峡", sentence, document, result, maps, at.lon, at.lat)


def luohe() -> Example:
    """Three wells: lines beside them, and the dyke of the Sha river in the south."""
    at = Place(114.02, 33.57)
    wells = [(180.0, 60.0), (0.0, 75.0), (-190.0, 55.0)]
    dyke = shapely.LineString([(-900.0, -120.0), (-200.0, -150.0), (300.0, -110.0), (900.0, -160.0)])
    maps = {
        "wells": at.layer([shapely.Point(p) for p in wells], uid=["W8", "W9", "W10"], name=["8号", "9号", "10号"]),
        "edge": at.layer([dyke], name=["沙河堤"]),
    }
    document = "豫政办〔2007〕125号"
    offsets = tuple(
        dl.Directed(names, where, dl.Figure(50.0, "document"))
        for names, where in ((("8号", "9号", "10号"), "北"), (("8号",), "东"), (("10号",), "西"))
    )
    level = dl.WellLevel("primary", directed=offsets, until=tuple(dl.edges_of(maps["edge"], "dyke")))
    source = dl.Source("漯河市地下水井群(示意)", document_no=document, provenance="illustrative")
    result = dl.well_zones(maps["wells"], [level], source)
    sentence = "8号、9号、10号三口井一线向北50米、8号井向东50米、10号井向西50米及沙河堤所围的区域"
    return Example("luohe", "漯河", sentence, document, result, maps, at.lon, at.lat)


def weishi() -> Example:
    """26 wells: the outer hull and 30 m about it, in the south as far as the red line of a road."""
    at = Place(114.19, 34.41)
    rows = [7, 6, 6, 7]
    places = [
        (-450.0 + 900.0 * (k + 0.5 * (n % 2)) / (6 + (n % 2) * 0.5), 260.0 - 150.0 * n)
        for n, count in enumerate(rows) for k in range(count)
    ]  # fmt: skip
    places = [(x, y) for x, y in places]
    places[0], places[6], places[-7], places[-1] = (-450.0, 260.0), (450.0, 270.0), (-460.0, -190.0), (455.0, -195.0)
    road = shapely.LineString([(-1500.0, -258.0), (1500.0, -274.0)])
    maps = {
        "wells": at.layer([shapely.Point(p) for p in places], uid=[f"{n}号" for n in range(1, 27)]),
        "edge": at.layer([road], name=["水系南路北侧道路红线"]),
    }
    document = "豫政文〔2023〕8号"
    level = dl.WellLevel(
        "primary", dl.Figure(30.0, "document"), "hull", "mitre", until=tuple(dl.edges_of(maps["edge"], "road")),
        reach="南",
    )  # fmt: skip
    source = dl.Source("尉氏县二水厂地下水井群(示意)", document_no=document, provenance="illustrative")
    result = dl.well_zones(maps["wells"], [level], source)
    sentence = "各组井群外包线内及外围30米南至水系南路北侧道路红线的四边形区域"
    return Example("weishi", "尉氏", sentence, document, result, maps, at.lon, at.lat)


def tongbai() -> Example:
    """From a rubber dam 1110 m up and 100 m down, a tributary 300 m above its mouth, 50 m on either side."""
    at = Place(113.42, 32.37)
    main = shapely.linestrings(_winding(np.arange(-2500.0, 800.1, 25.0), 120.0, 2200.0))
    mouth = shapely.get_coordinates(main)[70]
    ganhe = shapely.LineString([mouth + [-250.0, 900.0], mouth + [-60.0, 350.0], mouth])
    other = shapely.LineString([(-1500.0, -900.0), tuple(shapely.get_coordinates(main)[44])])
    maps = {
        "river": at.layer(
            [main, ganhe, other], uid=["R1", "R2", "R3"], river=["淮河", "甘河", "示意小河"], width_m=[60.0, 20.0, 12.0]
        ),
        "intake": at.layer([shapely.Point(shapely.get_coordinates(main)[100])], uid=["D1"], name=["橡胶坝"]),
    }
    document = "2025年11月18日省政府通知"
    source = dl.Source("桐柏县淮河金庄水源地(示意)", document_date="2025-11-18", provenance="illustrative")

    def said(value: float) -> dl.Figure:
        return dl.Figure(value, "document")

    level = dl.ReachLevel("primary", said(1110.0), said(100.0), said(50.0), said(300.0))
    result = dl.intake_reach(
        maps["river"], maps["intake"], [level], source, tributary_names=["甘河"], separate=False, anchor="橡胶坝"
    )
    sentence = (
        "橡胶坝上游1110米至下游100米河道内及两侧各50米的区域,"
        "甘河入淮河干流处至上游300米河道内及两侧各50米的区域"
    )
    return Example("tongbai", "桐柏", sentence, document, result, maps, at.lon, at.lat)


#: A vertex table in whole seconds; the first point is one that the document's own table shows the form of.
HEBI = """拐点序号\t东经\t北纬\t备注
1\t114°3′19″\t35°50′41″\t示意
2\t114°3′31″\t35°50′47″\t示意
3\t114°3′52″\t35°50′45″\t示意
4\t114°4′8″\t35°50′33″\t示意
5\t114°4′2″\t35°50′18″\t示意
6\t114°3′40″\t35°50′14″\t示意
7\t114°3′24″\t35°50′22″\t示意
"""


def hebi() -> Example:
    """A table of vertices in whole seconds."""
    sheet = sheet_of([line.split("\t") for line in HEBI.splitlines()], "盘石头水库拐点坐标表(示意)")
    source = dl.Source("鹤壁市盘石头水库(示意)", type="lake", provenance="illustrative")
    result = dl.vertex_zones(sheet, source)
    points = [(v.east.value, v.north.value) for v in sheet.vertices]
    maps = {"vertices": gpd.GeoDataFrame(
        {"name": [v.serial for v in sheet.vertices]}, geometry=[shapely.Point(p) for p in points], crs=4490
    )}  # fmt: skip
    sentence = "拐点序号、东经、北纬(整秒)、备注的坐标表,如 1 114°3′19″ 35°50′41″"
    return Example("hebi", "鹤壁", sentence, "盘石头水库拐点坐标表", result, maps, 114.06, 35.84)


EXAMPLES = (sanmenxia, luohe, weishi, tongbai, hebi)


# --------------------------------------------------------------------------------------------------------
# Pictures
# --------------------------------------------------------------------------------------------------------

_FILL = {("primary", "water"): "#d7191c", ("primary", "land"): "#f4a582", ("primary", "both"): "#ef8a62",
         ("secondary", "water"): "#e08214", ("secondary", "land"): "#fee0a6"}  # fmt: skip
_LABEL = {("primary", "water"): "一级保护区(水域)", ("primary", "land"): "一级保护区(陆域)",
          ("primary", "both"): "一级保护区", ("secondary", "water"): "二级保护区(水域)",
          ("secondary", "land"): "二级保护区(陆域)"}  # fmt: skip
_LINES = {"river": ("#2166ac", 1.2, "河流中心线"), "dyke": ("#8c510a", 1.6, "河堤"), "edge": ("#8c510a", 1.6, None)}


def draw(example: Example, path: Path) -> None:
    """Draw one example in true metres, with a scale bar."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch

    _font()
    at = Place(example.lon, example.lat)
    figure, axes = plt.subplots(figsize=(8.6, 5.6), dpi=110)
    handles = []
    for row in example.result.zone.itertuples():
        key = (row.level, row.part)
        for polygon in shapely.get_parts(at.metres(row.geometry)):
            _polygon(axes, polygon, _FILL[key])
        handles.append(Patch(facecolor=_FILL[key], edgecolor="#444444", label=_LABEL[key]))
    for name, (colour, width, label) in _LINES.items():
        if name in example.maps:
            lines = example.maps[name]
            for geometry, called in zip(lines.geometry, lines.get("name", [""] * len(lines))):
                for line in shapely.get_parts(at.metres(geometry)):
                    xy = shapely.get_coordinates(line)
                    handles += axes.plot(xy[:, 0], xy[:, 1], color=colour, lw=width, label=label or called)
    for name in ("wells", "intake", "vertices"):
        if name in example.maps:
            points = example.maps[name]
            xy = shapely.get_coordinates(at.metres(np.asarray(points.geometry.array)))
            axes.plot(xy[:, 0], xy[:, 1], "o", color="black", ms=4)
            for (x, y), called in zip(xy, points.get("name", [""] * len(points))):
                axes.annotate(called, (x, y), xytext=(4, 5), textcoords="offset points", fontsize=9)
    once = {h.get_label(): h for h in handles}
    axes.legend(handles=list(once.values()), loc="upper right", fontsize=8, framealpha=0.95)
    bounds = shapely.bounds(shapely.union_all(at.metres(np.asarray(example.result.zone.geometry.array))))
    room = 0.18 * max(bounds[2] - bounds[0], bounds[3] - bounds[1])
    axes.set_xlim(bounds[0] - room, bounds[2] + room)
    axes.set_ylim(bounds[1] - room, bounds[3] + room)
    axes.set_aspect("equal")
    _scale(axes, bounds, room)
    axes.set_axis_off()
    axes.set_title(f"{example.title}(示意图,非官方边界)", fontsize=12)
    figure.tight_layout()
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)


def _font() -> None:
    from matplotlib import font_manager, rcParams

    known = {font.name for font in font_manager.fontManager.ttflist}
    name = next((n for n in ("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Serif CJK SC") if n in known), None)
    if name is None:
        raise SystemExit("No Chinese font is installed; apt-get install fonts-noto-cjk.")
    rcParams["font.family"] = name
    rcParams["axes.unicode_minus"] = False


def _polygon(axes: Any, polygon: Any, colour: str) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(polygon)]
    outline = Outline.make_compound_path(*(Outline(xy, closed=True) for xy in rings))
    axes.add_patch(PathPatch(outline, facecolor=colour, edgecolor="#444444", lw=0.7))


def _scale(axes: Any, bounds: Any, room: float) -> None:
    wide = bounds[2] - bounds[0]
    length = next(v for v in (2000, 1000, 500, 200, 100, 50) if v < wide / 2.5)
    x, y = bounds[0] - room * 0.7, bounds[1] - room * 0.7
    axes.plot([x, x + length], [y, y], color="black", lw=2.5)
    axes.annotate(f"{length} m", (x + length / 2, y), xytext=(0, 4), textcoords="offset points", ha="center", fontsize=9)


def main() -> int:
    """Draw all examples."""
    for make in EXAMPLES:
        example = make()
        path = IMAGES / f"delineate_{example.key}.png"
        draw(example, path)
        print(path.name, len(example.result.zone), "rows", example.result.zone["extent_text"].tolist())
    return 0


if __name__ == "__main__":
    sys.exit(main())
